# SPDX-License-Identifier: ISC
"""One sealed segment: store/FORMAT.md, "Segments"."""
import os
import re

from keyfile import Refused
from primitives import H, ed25519_fits, hkdf, padme, unpack, x25519, x25519_public, xopen
from values import Bad, Walk

DATA, KEYS, INVITE = 1, 2, 3
DICT_SOURCE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../store/dict.c")
LABELS = {"epoch": b"aftercare wrap epoch 1".ljust(24, b"\0"), "owners": b"aftercare wrap owners 1".ljust(24, b"\0")}
_dictionary = []


class Waits(Exception):
    """Pending: what another chain, or a later program, may bring."""


def dictionary():
    """Dictionary 1: the strings in store/dict.c, which the document names."""
    if not _dictionary:
        with open(DICT_SOURCE, encoding="ascii") as f:
            text = re.search(r"rows\[\]\[ROW \+ 1\] = \{(.*?)\n\};", f.read(), re.S).group(1)
        text = "".join(re.findall(r'^"((?:[^"\\]|\\.)*)",?$', text, re.M))
        _dictionary.append(re.sub(r'\\([0-7]{3}|["\\])', lambda m: chr(int(m[1], 8)) if len(m[1]) == 3 else m[1], text).encode("latin-1"))
        if len(_dictionary[0]) != 97281:
            raise Refused("the dictionary has not its length")
    return _dictionary[0]


def hash_of_key(key):
    return H(32, b"aftercare key", key)


def is_hash(x, n=32):
    return isinstance(x, bytes) and len(x) == n


class Entry:
    """A list whose first item is the kind; raw holds the bytes of each item."""

    def __init__(self, kind, items, raw):
        self.kind, self.items, self.raw = kind, items, raw


class Segment:
    """The clear part at first; all once it is opened with a key."""

    def __init__(self, data, space, branch, namespace=None):
        if len(data) > 96 << 20 or len(data) < 6 or data[:4] != b"ACSG":
            raise Refused("no segment")
        if data[4] != 1:
            raise Waits(f"format {data[4]}")
        self.kind = data[5]
        if self.kind not in (DATA, KEYS, INVITE):
            raise Refused(f"kind {self.kind}")
        self.space, self.branch, self.hash, self.c = space, branch, H(32, data), 0
        if self.kind == KEYS:
            if len(data) < 108:
                raise Refused("a keys segment that is cut short")
            wraps = int.from_bytes(data[6:8], "big")
            if wraps > 4096 or wraps % 8:
                raise Refused("an odd number of wraps")
            self.c = 102 + 48 * wraps
            self.clear_number = int.from_bytes(data[8:12], "big")
            self.key_hash, self.ephemeral, self.mark = data[12:44], data[44:76], data[76:108]
            self.wraps = [data[108 + 48 * i:156 + 48 * i] for i in range(wraps)]
        if len(data) < 54 + self.c + 132:
            raise Refused("a segment that is cut short")
        self.head = data[:6 + self.c]
        self.ad = self.head + (namespace or space) + branch
        self.t, self.sealed = data[6 + self.c:38 + self.c], data[38 + self.c:]
        self.key = None

    def unwrap(self, label, secret, psk):
        """Keys that the wraps give to one recipient."""
        shared = x25519(secret, self.ephemeral)
        if shared is None:
            return []
        info = LABELS[label] + self.space + self.branch + self.clear_number.to_bytes(4, "big") + self.key_hash \
            + self.ephemeral + x25519_public(secret)
        wrap = hkdf(psk, shared, info)
        got = [xopen(wrap, b"\0" * 24, b"", w) for w in self.wraps]
        return [k for k in got if k]

    def mark_fits(self, name_key):
        return self.mark == H(32, b"aftercare keys mark" + self.head[6:76] + self.head[108:] + self.space + self.branch, name_key)

    def signed_clear(self, name_key):
        """What the signature in the clear part covers, and the key of its halves."""
        covered = self.head[6:76] + b"".join(self.wraps[:-2]) + self.space + self.branch
        return b"aftercare keys signed 1\0" + H(32, b"aftercare keys signed" + covered, name_key), \
            H(32, b"aftercare keys signature" + covered, name_key)

    def clear_signature_fits(self, name_key, sign):
        """Is it that of the signing key?"""
        covered, key = self.signed_clear(name_key)
        halves = [xopen(key, bytes([n + 1]) + b"\0" * 23, b"", w) for n, w in enumerate(self.wraps[-2:])]
        return None not in halves and ed25519_fits(sign, b"".join(halves), covered)

    def open(self, key):
        """False where the key is another's; Refused where it opens and is not in its form."""
        plain = xopen(H(32, b"aftercare segment seal", key), self.t[:24], self.ad, self.sealed)
        if plain is None or H(32, self.ad + plain, H(32, b"aftercare segment T", key)) != self.t:
            return False
        self.key = key
        self.parse(plain)
        return True

    def parse(self, plain):
        def number(at, n):
            return int.from_bytes(plain[at:at + n], "big")
        self.signature, self.signed = plain[:64], plain[64:]
        self.writer, self.incarnation, self.number = plain[64:72], number(72, 4), number(76, 4)
        self.link, self.clock, self.edition = plain[80:112], number(112, 8), number(120, 2)
        dict_number, self.document = plain[122], plain[123]
        size, packed = number(124, 4), number(128, 4)
        if self.kind == KEYS and self.number != self.clear_number:
            raise Refused("the number in the clear is another")
        if dict_number > 1:
            raise Waits(f"dictionary {dict_number}")
        rest = plain[132:]
        if size > 80 << 20 or packed > len(rest) or len(rest) != padme(packed) or any(rest[packed:]):
            raise Refused("padding")
        text = unpack(rest[:packed], size, dictionary() if dict_number else b"")
        if text is None:
            raise Refused("packed entries")
        try:
            self.heads, self.entries = entries(text)
        except Bad as e:
            raise Refused(f"entries: {e}") from None

    def signature_fits(self, public):
        return ed25519_fits(public, self.signature, b"aftercare segment 1\0" + self.ad + self.signed)


def pieces(text):
    """The bytes of each item of a list."""
    w, out = Walk(text), []
    for _ in range(w.array_head()):
        at = w.at
        w.value()
        out.append(w.data[at:w.at])
    return out


def entries(text):
    w = Walk(text)
    count = w.array_head()
    if not count:
        raise Bad("no heads")
    heads = w.value(depth=2)
    if not isinstance(heads, list):
        raise Bad("heads that are no list")
    heads = [h[:3] for h in heads if isinstance(h, list) and len(h) >= 3 and is_hash(h[0], 16) and type(h[1]) is int and is_hash(h[2])]
    out = []
    for _ in range(count - 1):
        at = w.at
        items = w.value(depth=2)
        raw = pieces(w.data[at:w.at]) if isinstance(items, list) else []
        kind = items[0] if raw and type(items[0]) is int else None         # what is no entry is passed over, and counts as a place
        out.append(Entry(kind, items, raw))
    if w.at != len(text):
        raise Bad("something follows the entries")
    return heads, out
