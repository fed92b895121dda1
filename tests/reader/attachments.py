# SPDX-License-Identifier: ISC
"""The bytes of attachments: store/FORMAT.md, "Attachments"."""
import hashlib

from keyfile import Refused
from primitives import H, padme, xopen
from segment import is_hash

BLOB, CHUNK, TRIED = 2, 4194304, 1024
HEAD = b"ACFC\1\0\0\0"


class Attachments:
    def __init__(self, space):
        self.space = space
        self.namespace = H(16, b"files", space.name_key)[:8]
        self.entries = {}                        # hash -> {writer: [entry's items]}
        for seg, where, _ in sorted(space.placed(), key=lambda x: (x[1].branch, x[1].number)):
            if not space.may_write(seg):
                continue
            for e in seg.entries:
                if e.kind == BLOB and self.well_formed(e.items):
                    self.entries.setdefault(e.items[1], {}).setdefault(seg.writer, []).append(e.items)

    @staticmethod
    def well_formed(i):
        return len(i) >= 6 and is_hash(i[1]) and type(i[2]) is int and is_hash(i[3]) and is_hash(i[4], 16) and isinstance(i[5], list) \
            and all(is_hash(b, 20) for b in i[5])

    def get(self, kept):
        """The bytes that have the hash; Refused with the reason where none have."""
        why, tried = "no entry is about it", 0
        of = list(self.entries.get(kept.hash, {}).values())
        for n in range(max(map(len, of), default=0)):
            for entries in of:
                if n < len(entries) and tried < TRIED:
                    tried += 1
                    try:
                        return self.read(entries[n], kept)
                    except Refused as e:
                        why = str(e)
        raise Refused(f"attachment {kept.hash.hex()}: {why}")

    def read(self, items, kept):
        _, digest, size, key, _, blobs = items[:6]
        if size != kept.size or not blobs:
            raise Refused("another size")
        out = b""
        for i, name in enumerate(blobs):
            last = i == len(blobs) - 1
            data = self.space.repo.blob(name.hex())
            if data[:8] != HEAD:
                raise Refused("no chunk")
            plain = xopen(key, b"\0" * 16 + (2 * i + last).to_bytes(8, "big"), HEAD, data[8:])
            if plain is None:
                raise Refused(f"chunk {i} does not open")
            if last:
                r = int.from_bytes(plain[:4], "big")
                if len(plain) != padme(4 + r) or any(plain[4 + r:]):
                    raise Refused("the last chunk's padding")
                plain = plain[4:4 + r]
            elif len(plain) != CHUNK:
                raise Refused(f"chunk {i} has not its length")
            out += plain
        if len(out) != size or hashlib.blake2b(out, digest_size=32).digest() != digest:
            raise Refused("the bytes have not the hash")
        return out
