# SPDX-License-Identifier: ISC
"""Versions of documents as they stand in a space: entries 1, 10, 11 and 12."""
import calendar
import re

from membership import OWNER
from primitives import H, ed25519_fits
from segment import is_hash, pieces
from values import Bad, NumberText, Opaque, decode, encode

HEAVIEST = 536870912
VERSION, CONTRIBUTED, AUTHOR, WITHDRAWN = 1, 10, 11, 12
DATETIME = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d))?)?)?", re.A)


def milliseconds(text):
    """ms since 1970 of a FHIR dateTime, 0 where it is none, or not between 1970 and 4199."""
    m = DATETIME.fullmatch(text) if isinstance(text, str) else None
    if not m:
        return 0
    y, mo, d, h, mi, s = (int(x) if x else None for x in m.groups()[:6])
    mo, d, h, mi, s = mo if mo is not None else 1, d if d is not None else 1, h or 0, mi or 0, s or 0
    if y < 1 or not 1 <= mo <= 12 or not 1 <= d <= calendar.monthrange(y, mo)[1] or h > 23 or mi > 59 or s > 60:
        return 0
    zone, east = m.group(8) or "Z", 0
    if zone != "Z":
        zh, zm = int(zone[1:3]), int(zone[4:])
        if zm > 59 or zh * 60 + zm > 14 * 60:
            return 0
        east = (1 if zone[0] == "+" else -1) * (zh * 60 + zm)
    ms = calendar.timegm((y, mo, d, h, mi, s)) * 1000 + int((m.group(7) or "0").ljust(3, "0")[:3]) - east * 60000
    return ms if 0 < ms < 1 << 46 else 0


def signed(n):
    """The 64 bits of n as an integer with a sign."""
    return n - (n >> 63 << 64)


class Version:
    def __init__(self, key, parents, time, author, op, salt, url, raw_body):
        self.key, self.parents, self.time, self.author, self.op, self.url = key, parents, time, author, op, url
        self.raw_body = raw_body                 # canonical msgpack, or None: a deletion
        self.places = []                         # [Place]
        self._body = None
        self.name = self.named(salt)

    def named(self, salt):
        return H(32, self.unsalted() + salt)

    def unsalted(self):
        """The list up to the 16 bytes of its last item."""
        items = [*self.key, self.parents, signed(self.time), self.author, self.op, self.url]
        return b"\x9a" + b"".join(map(encode, items)) + (self.raw_body or b"\xc0") + b"\xc4\x10"

    @property
    def body(self):
        if self._body is None and self.raw_body:
            self._body = decode(self.raw_body)
        return self._body

    @property
    def guest(self):
        return all(p.guest for p in self.places if p.shown)

    @property
    def shown(self):
        return any(p.shown for p in self.places)


class Place:
    """One standing of a version: in which segment, whose, shown or not."""

    def __init__(self, seg, number, guest, shown, names=None):
        self.seg, self.number, self.guest, self.shown, self.names = seg, number, guest, shown, names


def weigh(v):
    """What a version weighs: schema/FORMAT.md, "Overfull documents"."""
    return outside(v) + (weigh_value(v.body) if v.raw_body else 0)


def outside(v):
    return 4096 + 128 * len(v.parents) + 4 * len((v.url or "").encode())


def weighs_at_most(v, bound):
    return outside(v) + 68 * len(v.raw_body or b"") <= bound or weigh(v) <= bound


def weigh_value(v):
    if isinstance(v, dict):
        return 64 + sum(64 + 4 * len(k.encode()) + weigh_value(x) for k, x in v.items())
    if isinstance(v, list):
        return 64 + sum(map(weigh_value, v))
    if isinstance(v, str):
        return 64 + 4 * len(v.encode())
    if isinstance(v, bytes):
        return 64 + 4 * len(v)
    if isinstance(v, NumberText):
        return 64 + 4 * len(v.spelling)
    if isinstance(v, Opaque):
        return 64 + 4 * len(v.data)
    return 64


def derived_salt(name_key, head):
    k = H(32, b"aftercare import salt", name_key)
    return H(16, head, k)


def read_version(items, raw, writer, clock, name_key):
    """The version of an entry; None where its items are not as described."""
    if len(items) < 11:
        return None
    source, kind, ident, parents, time, author, op, salt, url, body = items[1:11]
    if not isinstance(source, str) or not isinstance(parents, list) or not all(map(is_hash, parents)) or parents != sorted(set(parents)) \
            or len(parents) > 4096 or type(op) is not int or not 0 <= op <= 255 or not (url is None or isinstance(url, str)) \
            or not (body is None or isinstance(body, dict)):
        return None
    if body is not None:
        try:
            decode(raw[10], body=True)
        except Bad:
            return None
    kind = (body or {}).get("resourceType") if kind is None else kind
    ident = (body or {}).get("id") if ident is None else ident
    if not isinstance(kind, str) or not isinstance(ident, str):
        return None
    if not 1 <= len(kind.encode()) <= 127 or not 1 <= len(ident.encode()) <= 511 or len(source.encode()) > 511:
        return None
    if author is None:
        if time is None:
            meta = (body or {}).get("meta")
            time = milliseconds(meta.get("lastUpdated") if isinstance(meta, dict) else None) << 16
    elif author is not True and (not is_hash(author, 8) or author == writer):
        return None
    if type(time) is not int or not -1 << 63 <= time < 1 << 63:
        return None
    if author is not None:
        author, time = writer if author is True else author, clock - time
    time %= 1 << 64
    v = Version((source, kind, ident), parents, time, author, op, b"\0" * 16, url, None if body is None else raw[10])
    if salt is None:
        salt = derived_salt(name_key, H(32, v.unsalted()))
    elif not is_hash(salt, 16):
        return None
    v.name = v.named(salt)
    return v if weighs_at_most(v, HEAVIEST) else None


class Record:
    """All versions of a space, by document."""

    def __init__(self, space, is_share):
        self.space, self.is_share = space, is_share
        self.versions, self.documents = {}, {}
        self.names = {}                           # author -> (person, device)
        self.refused = []
        self.withdrawals = {}
        for m in space.membership.members.values():
            self.names[m.id] = m.name, m.device
        for seg, where, relay in space.placed():
            for place, e in enumerate(seg.entries):
                self.entry(e, seg, where, relay, place)

    def entry(self, e, seg, where, relay, place):
        if e.kind == VERSION:
            if self.space.may_write(seg):
                self.version(e, seg, where, relay, place)
        elif e.kind == CONTRIBUTED:
            if not self.is_share and self.space.by_owner(seg):
                self.contributed(e, seg, where, relay, place)
        elif e.kind == AUTHOR and relay is None:
            if self.is_share and self.space.by_owner(seg) and len(e.items) >= 4 and is_hash(e.items[1], 8):
                self.names.setdefault(e.items[1], tuple(e.items[2:4]))
        elif e.kind == WITHDRAWN and relay is None:
            i = e.items
            if self.is_share and self.space.by_owner(seg) and not self.space.membership.past_cut(seg) and len(i) >= 5 \
                    and all(isinstance(x, str) for x in i[1:4]) and type(i[4]) is int:
                self.withdrawals.setdefault(tuple(i[1:4]), []).append((seg.clock, seg.branch, seg.number, place, seg, i[4]))

    def version(self, e, seg, where, relay, place):
        v = read_version(e.items, e.raw, seg.writer, seg.clock, self.space.name_key)
        if v is None:
            self.refused.append((seg, "an entry that is no version"))
            return
        if v.author not in (None, seg.writer) and not (self.is_share and self.space.by_owner(seg)):
            return                                # only an owner who publishes writes in another's name
        guest = self.is_share and (not self.space.by_owner(seg) or len(e.items) > 11 and e.items[11] is True)
        self.put(v, Place(where, place, guest, self.space.shown(seg, relay)))

    def contributed(self, e, seg, where, relay, place):
        i = e.items
        if len(i) < 9 or not isinstance(i[1], list) or not is_hash(i[2], 8) or not is_hash(i[3]) or not is_hash(i[4], 64) \
                or type(i[5]) is not int or not isinstance(i[6], str) or not isinstance(i[7], str) or type(i[8]) is not int:
            self.refused.append((seg, "no contributed entry"))
            return
        v = read_version(i[1], pieces(e.raw[1]), H(32, i[3])[:8], i[8], self.space.name_key)
        if v is None or i[1][8] is None:          # a salt that is not derived
            self.refused.append((seg, "no contributed version"))
            return
        message = b"aftercare contribution 1" + v.name + i[2] + bytes([i[5] & 255])
        if not ed25519_fits(i[3], i[4], message):
            self.refused.append((seg, "a contribution that its writer did not sign"))
            return
        self.names.setdefault(v.author, (i[6], i[7]))
        self.put(v, Place(where, place, True, self.space.shown(seg, relay), (i[6], i[7])))

    def is_owner(self, author, unknown=False):
        m = self.space.membership.members.get(author)
        return m.role == OWNER if m else unknown

    def put(self, v, place):
        have = self.versions.setdefault(v.name, v)
        have.places.append(place)
        self.documents.setdefault(v.key, {})[v.name] = have

    def withdrawn(self, key):
        """Has the document left the share?"""
        counts = None
        for row in sorted(self.withdrawals.get(key, ()), key=lambda row: row[:4]):
            seg = row[4]
            if counts is None or not self.had_seen(counts[4], seg):
                counts = row
        return counts is not None and counts[5] == 1

    def had_seen(self, seg, other):
        return other is seg or self.space.seen(seg, other.branch) >= other.number
