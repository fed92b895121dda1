# SPDX-License-Identifier: ISC
"""The key file of a home: store/FORMAT.md, "Key file"."""
from typing import NamedTuple

from primitives import argon2id, hkdf, xopen
from values import decode


class Refused(Exception):
    """What is not in the form described, with the reason."""


class SpaceKeys(NamedTuple):
    id: bytes
    root: bytes
    vault: bytes
    kind: int        # 0 a vault, 1 a share of a vault here, 2 a share accepted from a patient
    patient: str
    seed: bytes
    wrap_secret: bytes
    psk: bytes
    name_key: bytes
    incarnation: int
    renew: bool
    start: list      # empty, or [epoch keys, owners keys, invite secrets]


class KeyFile(NamedTuple):
    index_key: bytes
    age_secret: bytes
    machine: bytes
    spaces: list


def inner_by_passphrase(data, passphrase):
    passes, kib = int.from_bytes(data[8:12], "big"), int.from_bytes(data[12:16], "big")
    if not 1 <= passes <= 1000 or not 8 <= kib <= 4194304:
        raise Refused("key file: cost out of range")
    return xopen(argon2id(passphrase, data[16:32], passes, kib), data[32:56], data[8:32], data[56:104])


def inner_by_kit(data, kit):
    for at in range(104, 104 + 80 * data[5], 80):
        slot = data[at:at + 80]
        inner = xopen(hkdf(None, kit, b"aftercare kit keyfile 1"), slot[8:32], slot[:8], slot[32:])
        if inner:
            return inner
    return None


def open_keyfile(data, passphrase=None, kit=None):
    if data[:5] != b"ACKF\1" or data[6:8] != b"\0\0" or data[5] > 64 or len(data) > 16 << 20:
        raise Refused("no key file of version 1")
    inner = inner_by_kit(data, kit) if kit else inner_by_passphrase(data, passphrase)
    if inner is None:
        raise Refused("key file: wrong passphrase or kit")
    at = 104 + 80 * data[5]
    body = xopen(inner, data[at:at + 24], data[:at], data[at + 24:])
    if body is None:
        raise Refused("key file: the body does not open")
    index_key, age_secret, machine, spaces = decode(body)
    return KeyFile(index_key, age_secret, machine, [SpaceKeys(*s) for s in spaces])
