# SPDX-License-Identifier: ISC
"""Canonical msgpack as schema/FORMAT.md, "Bodies", has it: one encoding for each value, no other is taken.

Maps become dicts (their order is kept), arrays lists; numbers that are no integers, attachments and
values of later versions have the types below.
"""
import base64
import binascii
import re
from typing import NamedTuple

MAX_DEPTH = 64
MAX_NUMBER = 1024
MIN_BASE64 = 256
MAX_STRING = 67108864
NUMBER = re.compile(rb"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class Bad(ValueError):
    """Bytes that are no canonical msgpack."""


class Decimal(NamedTuple):
    mantissa: int
    exponent: int

    def text(self):
        sign, digits = ("-", str(-self.mantissa)) if self.mantissa < 0 else ("", str(self.mantissa))
        n = -self.exponent
        digits = digits.rjust(n + 1, "0")
        return f"{sign}{digits[:-n]}.{digits[-n:]}"


class NumberText(NamedTuple):
    spelling: str


class Kept(NamedTuple):
    """Bytes kept as an attachment."""
    hash: bytes
    size: int


class Opaque(NamedTuple):
    kind: int
    data: bytes


def is_base64(text):
    """Canonical base64 of so many characters that it is kept as bytes."""
    if len(text) < MIN_BASE64 or len(text) % 4 or not text.isascii():
        return False
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode() == text
    except binascii.Error:
        return False


def number_kind(spelling):
    """The value that a JSON number of this spelling is."""
    if "e" not in spelling and "E" not in spelling:
        if "." not in spelling:
            if spelling != "-0" and len(spelling) < 25 and -1 << 63 <= int(spelling) < 1 << 64:
                return int(spelling)
        else:
            whole, behind = spelling.split(".")
            if len(whole + behind) < MAX_NUMBER:
                m = int(whole + behind)
                if -1 << 63 <= m < 1 << 63 and not (m == 0 and whole.startswith("-")):
                    return Decimal(m, -len(behind))
    return NumberText(spelling)


class Walk:
    """Reads values one after the other; `at` is the place of the next."""

    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def take(self, n):
        if n > len(self.data) - self.at:
            raise Bad("it ends too early")
        self.at += n
        return self.data[self.at - n:self.at]

    def count(self, n, least):
        v = int.from_bytes(self.take(n), "big")
        if v < least:
            raise Bad("a longer form than needed")
        return v

    def head(self, short, mask, forms, what):
        """The count of an array or a map."""
        b = self.take(1)[0]
        if b & ~mask & 0xff == short:
            return b & mask
        if b == forms[0]:
            return self.count(2, 16)
        if b == forms[1]:
            return self.count(4, 1 << 16)
        raise Bad(f"no {what}")

    def array_head(self):
        n = self.head(0x90, 0x0f, (0xdc, 0xdd), "list")
        if n > len(self.data) - self.at:
            raise Bad("more items than there are bytes")
        return n

    def text(self, n):
        try:
            s = self.take(n).decode()
        except UnicodeDecodeError:
            raise Bad("text that is not UTF-8") from None
        if "\0" in s:
            raise Bad("text with a NUL")
        return s

    def value(self, body=False, depth=1):
        b = self.take(1)[0]
        if b < 0x80:
            return b
        if b >= 0xe0:
            return b - 256
        if 0xa0 <= b < 0xc0:
            return self.text(b & 31)
        if b & 0xf0 == 0x80 or b in (0xde, 0xdf):
            self.at -= 1
            return self.map(body, depth)
        if b & 0xf0 == 0x90 or b in (0xdc, 0xdd):
            self.at -= 1
            if depth > MAX_DEPTH:
                raise Bad("too deep")
            return [self.value(body, depth + 1) for _ in range(self.array_head())]
        if b in CONST:
            return CONST[b]
        if b in UINT:
            return self.count(*UINT[b])
        if b in INT:
            n, above = INT[b]
            v = int.from_bytes(self.take(n), "big", signed=True)
            if v >= above:
                raise Bad("a longer form than needed")
            return v
        if b in STR:
            s = self.text(self.count(*STR[b]))
            if body and len(s) >= MIN_BASE64 and is_base64(s):
                raise Bad("text that would have been bytes")
            return s
        if b in BIN:
            v = self.take(self.count(*BIN[b]))
            if body and not MIN_BASE64 <= (len(v) + 2) // 3 * 4 <= MAX_STRING:
                raise Bad("bytes that would have been text")
            return v
        if b in FIXEXT:
            return self.ext(FIXEXT[b])
        if b in EXT:
            n = self.count(*EXT[b])
            if n in FIXEXT.values():
                raise Bad("a longer form than needed")
            return self.ext(n)
        raise Bad(f"byte {b:02x}")

    def map(self, body, depth):
        n = self.head(0x80, 0x0f, (0xde, 0xdf), "map")
        if depth > MAX_DEPTH:
            raise Bad("too deep")
        out = {}
        for _ in range(n):
            k = self.value(depth=depth + 1)
            if not isinstance(k, str) or k in out:
                raise Bad("a key that is no text, or is there twice")
            out[k] = self.value(body, depth + 1)
        return out

    def ext(self, n):
        kind = int.from_bytes(self.take(1), "big", signed=True)
        data = self.take(n)
        if kind == 1:
            w = Walk(data)
            e, m = w.value(), w.value()
            if w.at != n or type(e) is not int or type(m) is not int or not -MAX_NUMBER < e < 0 or not -1 << 63 <= m < 1 << 63 \
                    or len(Decimal(m, e).text()) > MAX_NUMBER:
                raise Bad("no decimal")
            return Decimal(m, e)
        if kind == 2:
            if n > MAX_NUMBER or not NUMBER.fullmatch(data) or not isinstance(number_kind(data.decode()), NumberText):
                raise Bad("no number that is kept as text")
            return NumberText(data.decode())
        if kind == 3:
            if n != 40:
                raise Bad("no attachment")
            return Kept(data[:32], int.from_bytes(data[32:], "big"))
        if 4 <= kind <= 127:
            return Opaque(kind, data)
        raise Bad(f"ext type {kind}")


CONST = {0xc0: None, 0xc2: False, 0xc3: True}
UINT = {0xcc: (1, 128), 0xcd: (2, 1 << 8), 0xce: (4, 1 << 16), 0xcf: (8, 1 << 32)}
INT = {0xd0: (1, -32), 0xd1: (2, -1 << 7), 0xd2: (4, -1 << 15), 0xd3: (8, -1 << 31)}
STR = {0xd9: (1, 32), 0xda: (2, 1 << 8), 0xdb: (4, 1 << 16)}
BIN = {0xc4: (1, 0), 0xc5: (2, 1 << 8), 0xc6: (4, 1 << 16)}
FIXEXT = {0xd4: 1, 0xd5: 2, 0xd6: 4, 0xd7: 8, 0xd8: 16}
EXT = {0xc7: (1, 0), 0xc8: (2, 1 << 8), 0xc9: (4, 1 << 16)}


def decode(data, body=False):
    w = Walk(data)
    v = w.value(body)
    if w.at != len(data):
        raise Bad("something follows the value")
    if body and not isinstance(v, dict):
        raise Bad("a body that is no map")
    return v


def _head(n, fix, top, forms):
    """fix + n below top, else the shortest of forms: (first byte, bytes of the count)."""
    if n < top:
        return bytes([fix + n])
    for first, size in forms:
        if n < 1 << 8 * size:
            return bytes([first]) + n.to_bytes(size, "big")
    raise Bad("too long")


def _int(v):
    if v >= 0:
        return _head(v, 0, 128, ((0xcc, 1), (0xcd, 2), (0xce, 4), (0xcf, 8)))
    if v >= -32:
        return bytes([v & 0xff])
    for first, size in ((0xd0, 1), (0xd1, 2), (0xd2, 4), (0xd3, 8)):
        if v >= -1 << 8 * size - 1:
            return bytes([first]) + v.to_bytes(size, "big", signed=True)
    raise Bad("too small")


def _ext(kind, data):
    fixed = {n: b for b, n in FIXEXT.items()}
    head = bytes([fixed[len(data)]]) if len(data) in fixed else _head(len(data), 0, 0, ((0xc7, 1), (0xc8, 2), (0xc9, 4)))
    return head + bytes([kind]) + data


def encode(v, order=False):
    """order: the keys of maps of up to 128 sorted, so that what is the same JSON is the same bytes."""
    if v is None or v is False or v is True:
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[v]
    if type(v) is int:
        return _int(v)
    if isinstance(v, str):
        b = v.encode()
        return _head(len(b), 0xa0, 32, ((0xd9, 1), (0xda, 2), (0xdb, 4))) + b
    if isinstance(v, bytes):
        return _head(len(v), 0, 0, ((0xc4, 1), (0xc5, 2), (0xc6, 4))) + v
    if isinstance(v, dict):
        keys = sorted(v) if order and len(v) <= 128 else v
        return _head(len(v), 0x80, 16, ((0xde, 2), (0xdf, 4))) + b"".join(encode(k) + encode(v[k], order) for k in keys)
    if isinstance(v, list):
        return _head(len(v), 0x90, 16, ((0xdc, 2), (0xdd, 4))) + b"".join(encode(x, order) for x in v)
    if isinstance(v, Decimal):
        return _ext(1, _int(v.exponent) + _int(v.mantissa))
    if isinstance(v, NumberText):
        return _ext(2, v.spelling.encode())
    if isinstance(v, Kept):
        return _ext(3, v.hash + v.size.to_bytes(8, "big"))
    if isinstance(v, Opaque):
        return _ext(v.kind, v.data)
    raise TypeError(type(v))
