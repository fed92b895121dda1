# SPDX-License-Identifier: ISC
"""Segments that no honest device writes, for the tests of who must refuse them."""
import os
import subprocess

from primitives import H, ed25519_sign, pack, padme, xseal
from segment import DATA, KEYS, Segment
from values import encode


def forged(space, keys, chain, entries, raw=None, **wrong):
    """A sealed data segment that follows the chain's last, in the name of the device of keys.

    raw: the packed list as bytes in place of the entries. wrong: number, link, clock, seed, padding,
    packed, branch, writer, t.
    """
    last = chain.segments[-1]
    key = wrong.get("key", last.key)
    clock = wrong.get("clock", last.clock + 65536)
    packed = wrong.get("packed") or pack(raw if raw is not None else encode([[]] + entries))
    size = len(raw) if raw is not None else len(encode([[]] + entries))
    rest = packed + b"\0" * (padme(len(packed)) - len(packed))
    if "padding" in wrong:
        rest = rest + wrong["padding"]
    branch = wrong.get("branch", chain.branch)
    plain = wrong.get("writer", last.writer) + last.incarnation.to_bytes(4, "big") \
        + wrong.get("number", last.number + 1).to_bytes(4, "big") + wrong.get("link", last.hash) + clock.to_bytes(8, "big") \
        + b"\0\1\0\0" + size.to_bytes(4, "big") + len(packed).to_bytes(4, "big") + rest
    head = b"ACSG\1" + bytes([DATA])
    ad = head + space.id + branch
    plain = ed25519_sign(wrong.get("seed", keys.seed), b"aftercare segment 1\0" + ad + plain) + plain
    t = wrong.get("t") or H(32, ad + plain, H(32, b"aftercare segment T", key))
    return head + t + xseal(H(32, b"aftercare segment seal", key), t[:24], ad, plain)


def false_beginning(space, branch, number, seed=None):
    """What looks like the beginning of an epoch to whoever it is not wrapped for, made with the name key;
    seed: signed with that key."""
    def clear(wraps, mark=b"\0" * 32):
        return b"ACSG\1" + bytes([KEYS]) + fixed + mark + b"".join(wraps)
    fixed = (8).to_bytes(2, "big") + number.to_bytes(4, "big") + os.urandom(64)
    wraps, rest = [os.urandom(48) for _ in range(8)], os.urandom(400)
    if seed:
        covered, key = Segment(clear(wraps) + rest, space.id, branch).signed_clear(space.name_key)
        signature = ed25519_sign(seed, covered)
        wraps[6:] = [xseal(key, bytes([n + 1]) + b"\0" * 23, b"", signature[32 * n:32 * n + 32]) for n in range(2)]
    mark = H(32, b"aftercare keys mark" + clear(wraps)[6:76] + b"".join(wraps) + space.id + branch, space.name_key)
    return clear(wraps, mark) + rest


def put_batch(repo, space, branch, segments, parent, author="a <a> 0 +0000"):
    """Puts a batch on top of a branch of a bare repository."""
    def git(*args, data=None):
        return subprocess.run(["git", "-C", repo, *args], input=data, capture_output=True, check=True).stdout.decode().strip()
    blobs = [git("hash-object", "-w", "--stdin", data=s) for s in segments]
    tree = git("mktree", data="".join(f"100644 blob {b}\t{n:04x}\n" for n, b in enumerate(blobs)).encode())
    commit = git("hash-object", "-w", "-t", "commit", "--stdin",
                 data=f"tree {tree}\nparent {parent}\nauthor {author}\ncommitter {author}\n\n".encode())
    git("update-ref", f"refs/heads/{space.hex()}/{branch.hex()}", commit)
    return commit
