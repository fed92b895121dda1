# SPDX-License-Identifier: ISC
"""Who belongs to a space: store/FORMAT.md, "Members", as the pure function that it is there."""
from primitives import H
from segment import is_hash

INVITE, CANCEL, REMOVE, JOIN = 3, 4, 5, 6
OWNER, WRITER, READER = 1, 2, 3


class Member:
    def __init__(self, entry, seg, role, rank, invite):
        self.public, self.wrap, self.person, self.device = entry.items[1:5]
        self.id = H(32, self.public)[:8]
        self.seg, self.role, self.rank, self.invite = seg, role, rank, invite
        self.suspended = False
        self.reused = False          # one of several by one single invite
        self.cuts = None             # branch -> (number, hash), once removed
        self.removals = []           # the segments of the removals that count

    @property
    def name(self):
        """What a person calls it: as the invite says, else as it joined."""
        return self.invite.person if self.invite and self.invite.standing == 0 and self.invite.person else self.person

    @property
    def removed(self):
        return self.cuts is not None


class Invite:
    def __init__(self, entry, seg, writer):
        self.sign, self.wrap, role, standing, self.name, self.person, self.expires, self.box, self.branch = entry.items[1:10]
        self.role = role if role in (1, 2) else READER
        self.standing = standing if standing in (0, 1) else 2
        self.seg, self.writer = seg, writer
        self.joins = []
        self.cancelled = False

    @property
    def open(self):
        return not self.cancelled and (self.standing != 0 or not self.joins)


def well_formed(e):
    """Is a membership entry as described? Else it is passed over."""
    i = e.items
    if e.kind == INVITE:
        return len(i) >= 10 and is_hash(i[1]) and is_hash(i[2]) and all(type(n) is int and n >= 0 for n in (i[3], i[4], i[7])) and i[3] \
            and isinstance(i[5], str) and isinstance(i[6], str) and isinstance(i[8], bytes) and (i[9] is None or is_hash(i[9], 16))
    if e.kind == CANCEL:
        return len(i) >= 2 and is_hash(i[1])
    if e.kind == REMOVE:
        return len(i) >= 3 and is_hash(i[1], 8) and isinstance(i[2], list) and all(
            isinstance(c, list) and len(c) >= 3 and is_hash(c[0], 16) and type(c[1]) is int and is_hash(c[2]) for c in i[2])
    if e.kind == JOIN:
        founder = len(i) >= 8 and i[5] is None and i[6] is None and isinstance(i[7], bytes)
        return len(i) >= 8 and is_hash(i[1]) and is_hash(i[2]) and isinstance(i[3], str) and isinstance(i[4], str) and (
            founder or is_hash(i[5]) and is_hash(i[6], 64) and i[7] is None)
    return False


class Membership:
    """space: gives log (clock, hash, place, segment, entry), seen(seg, branch), chain hashes, forks."""

    def __init__(self, space):
        self.space = space
        self.log = sorted(space.log, key=lambda row: row[:3])
        self.cuts, self.removals, used = {}, {}, set()
        while True:
            self.grow()
            best = None
            for n, (_, _, _, seg, e) in enumerate(self.log):
                if e.kind != REMOVE or n in used or e.items[1] not in self.members or not self.counts(seg):
                    continue
                by = self.members[seg.writer]
                rank = by.rank, by.seg.hash, seg.number
                if best is None or rank < best[0]:
                    best = rank, n, seg, e
            if best is None:
                break
            _, n, seg, e = best
            used.add(n)
            cuts = self.cuts.setdefault(e.items[1], {})
            for branch, number, h in (c[:3] for c in e.items[2]):
                cuts.setdefault(branch, (number, h))
            self.removals.setdefault(e.items[1], []).append(seg)
        for _, _, _, seg, e in self.log:
            if e.kind == CANCEL and e.items[1] in self.invites and self.counts(seg):
                self.invites[e.items[1]].cancelled = True
        for m in self.members.values():
            m.removals = self.removals.get(m.id, [])

    def past_cut(self, seg):
        cuts = self.cuts.get(seg.writer)
        if cuts is None:
            return False
        at = cuts.get(seg.branch)
        return at is None or seg.number > at[0] or self.space.hash_at(seg.branch, at[0]) != at[1]

    def past_fork(self, seg):
        n = self.space.forked_from(seg.branch)
        return n is not None and seg.number >= n and seg.number != 0

    def counts(self, seg):
        """Does an invite, cancel or remove entry of this segment count?"""
        m = self.members.get(seg.writer)
        return m is not None and m.role == OWNER and seg.writer not in self.mute and not self.past_cut(seg) and not self.past_fork(seg)

    def grow(self):
        """Whoever turns out to be suspended was counted on the way: so again without them."""
        self.mute = set()
        while True:
            self.grow_once()
            more = {m.id for m in self.members.values() if m.suspended} - self.mute
            if not more:
                return
            self.mute |= more

    def grow_once(self):
        self.members, self.invites = {}, {}
        done = set()
        while True:
            before = len(done)
            for n, row in enumerate(self.log):
                if n not in done and self.add(*row[2:]):
                    done.add(n)
            for m in self.members.values():
                m.cuts = self.cuts.get(m.id)
                m.suspended = False
            for i in self.invites.values():
                joins = [self.members[j] for j in i.joins]
                if i.standing == 0 and len(joins) > 1 and sum(not m.removed for m in joins) > 1:
                    for m in joins:
                        m.suspended = True
                if i.standing == 0 and len(joins) > 1:
                    for m in joins:
                        m.reused = True
            if len(done) == before:
                return

    def add(self, place, seg, e):
        if e.kind == INVITE:
            if not self.counts(seg) or e.items[1] in self.invites:
                return False
            self.invites[e.items[1]] = Invite(e, seg, self.members[seg.writer])
            return True
        if e.kind != JOIN:
            return False
        mid = H(32, e.items[1])[:8]
        if mid in self.members or mid != seg.writer:
            return False
        if self.space.is_founding(seg):
            self.members[mid] = Member(e, seg, OWNER, 1, None)
            return True
        i = self.invites.get(e.items[5])
        if i is None or i.expires and i.expires < seg.clock >> 16:
            return False
        if any(c.kind == CANCEL and c.items[1] == e.items[5] and self.counts(by) and self.space.seen(by, seg.branch) < seg.number
               for _, _, _, by, c in self.log):
            return False
        rank = 0 if i.standing == 1 else i.writer.rank + 1
        self.members[mid] = Member(e, seg, i.role, rank, i)
        i.joins.append(mid)
        return True
