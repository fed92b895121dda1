# SPDX-License-Identifier: ISC
"""A space read from its chains: keys, members, what is taken and what is shown (store/FORMAT.md)."""
import itertools

from keyfile import Refused
from membership import CANCEL, INVITE, JOIN, OWNER, READER, REMOVE, Membership, well_formed
from primitives import H, ed25519_fits, hkdf, xopen
from segment import DATA, KEYS, Segment, Waits, hash_of_key, is_hash
from values import decode, encode

KEYS_ENTRY, RELAY = 7, 16
SETS, SETS_EACH = 1024, 64      # derived keys
OTHERS, LONGEST = 64, 65536     # epochs of a writer that only open, and their entries


class Chain:
    def __init__(self, branch, batches, why):
        self.branch, self.batches = branch, batches
        self.above = why         # what lies above the batches is none
        self.state = None        # or (kind, reason)
        self.broken = None
        self.segments = []
        self.named = {}          # branch -> [(number here, number there)], rising

    @property
    def link(self):
        return self.segments[-1].hash if self.segments else b"\0" * 32


class Relay:
    """A relayed segment and where it stands."""

    def __init__(self, carrier, place, branch, data):
        self.carrier, self.place, self.branch, self.data = carrier, place, branch, data
        self.seg = None


class Epoch:
    def __init__(self, key, seg, earlier, size):
        self.key, self.seg, self.earlier, self.size = key, seg, earlier, size


class Space:
    def __init__(self, repo, space_id, root, name_key, recipients, keys=(), owners=()):
        """recipients: [(X25519 secret, symmetric secret)]; keys: epoch keys known already."""
        self.repo, self.id, self.root, self.name_key, self.recipients = repo, space_id, root, name_key, list(recipients)
        self.keys, self.owners_keys = dict.fromkeys(keys), dict.fromkeys(owners)
        self.epochs, self.relays, self.log, self.problems = [], [], [], []
        self.derived = None
        self._membership = None
        self.chains = {}
        for branch, tip in sorted(repo.branches(space_id).items()):
            self.chains[branch] = Chain(branch, *self.batches(tip))
        self.take()
        if not any(c.segments and c.segments[0].hash == root for c in self.chains.values()):
            raise Refused(f"space {space_id.hex()}: its first segment is not there")
        self.report()

    def batches(self, tip):
        try:
            return self.repo.history(tip)
        except Refused as e:
            return [], str(e)

    @classmethod
    def of_keyfile(cls, repo, k):
        epochs, owners, invites = k.start or ([], [], [])
        recipients = [(k.wrap_secret, k.psk)] + [invite_recipient(s) for s in invites]
        return cls(repo, k.id, k.root, k.name_key, recipients, epochs, owners)

    # ------------------------------------------------------------ what Membership asks
    def seen(self, seg, branch):
        """Number of the last segment of branch that seg's branch had named up to seg; -1: none."""
        if branch == seg.branch:
            return seg.number - 1
        return max((there for at, there in self.chains[seg.branch].named.get(branch, ()) if at <= seg.number), default=-1)

    def hash_at(self, branch, number):
        c = self.chains.get(branch)
        return c.segments[number].hash if c and number < len(c.segments) else None

    def is_founding(self, seg):
        return seg.number == 0 and seg.hash == self.root

    def forked_from(self, branch):
        known = {}
        for r in self.relays:
            if r.seg and r.branch == branch:
                known.setdefault(r.seg.number, set()).add(r.seg.hash)
        c = self.chains.get(branch)
        for n, hashes in known.items():
            if c and n < len(c.segments):
                hashes.add(c.segments[n].hash)
        return min((n for n, hashes in known.items() if len(hashes) > 1), default=None)

    @property
    def membership(self):
        if self._membership is None:
            self._membership = Membership(self)
        return self._membership

    # ------------------------------------------------------------ taking
    def take(self):
        moved = True
        while moved:
            moved = False
            for c in self.chains.values():
                while len(c.batches) and not c.broken:
                    try:
                        got = self.judge(c, c.batches[0])
                    except Waits as e:
                        c.state = "pending", str(e)
                        break
                    except Refused as e:
                        c.state = c.broken = "forged or corrupt", str(e)
                        break
                    c.batches.pop(0)
                    c.state = None
                    for seg in got:
                        self.accept(c, seg)
                    moved = True
            for r in self.relays:
                if r.seg is None and self.take_relay(r):
                    moved = True

    def judge(self, c, blobs):
        got, link, keys = [], c.link, {}
        for i, blob in enumerate(blobs):
            seg = Segment(self.repo.blob(blob), self.id, c.branch)
            if seg.kind not in (DATA, KEYS):
                raise Refused("an invite segment on a chain")
            self.open(seg, keys)
            if seg.number != len(c.segments) + i:
                raise Refused(f"number {seg.number} where {len(c.segments) + i} follows")
            if seg.link != link:
                raise Refused("the link is not the hash of the segment before")
            self.admit(seg, got)
            if seg.kind == KEYS:
                for k in self.keys_of(seg)[1]:
                    keys[k] = None
            link = seg.hash
            got.append(seg)
        return got

    def open(self, seg, more=()):
        if seg.kind == KEYS:
            if not seg.mark_fits(self.name_key):
                raise Refused("a keys segment with another mark")
            for k in itertools.chain(self.unwrapped(seg, "epoch"), self.keys, more):
                if hash_of_key(k) == seg.key_hash:
                    if not seg.open(k):
                        raise Refused("a keys segment that its key does not open")
                    return
            raise Waits("no wrap for this device")
        for k in itertools.chain(reversed(self.keys), more):
            if seg.open(k):
                return
        for k in self.derived_keys():
            if seg.open(k):
                return
        raise Waits("no key opens it")

    def unwrapped(self, seg, label):
        for secret, psk in self.recipients:
            yield from seg.unwrap(label, secret, psk)

    def epochs_now(self):
        """(verified epochs, those that only open, each writer's first before anybody's second)."""
        verified, others = {}, {}
        for e in self.epochs:
            if self.verified(e):
                verified.setdefault(e.key, e)
        for e in sorted(self.epochs, key=self.before):
            m = self.membership.members.get(e.seg.writer)
            if not self.verified(e) and e.size <= LONGEST and (m is None or m.role == OWNER):
                others.setdefault(e.seg.writer, []).append(e)
        rounds = {}
        for n, w in sorted((n, w) for w, es in others.items() for n in range(min(len(es), OTHERS))):
            e = others[w][n]
            if e.key not in verified:
                rounds.setdefault(e.key, e)
        return list(verified.values()), list(rounds.values())

    def before(self, epoch):
        """Order among the epochs of one writer that only open."""
        seg = epoch.seg
        at = self.membership.cuts.get(seg.writer, {}).get(seg.branch)
        named = at is not None and self.hash_at(seg.branch, at[0]) == at[1]
        return not named, seg.branch, seg.number

    def derived_keys(self):
        """Of each set of epochs of which none carries another as earlier."""
        if self.derived is None:
            self.derived = {}
            verified, others = self.epochs_now()
            self.sets([], verified, SETS)
            left = SETS
            for e in others:
                left -= self.sets([e], verified, min(SETS_EACH, left))
            left = SETS
            for i, a in enumerate(others):
                for j in range(i + 1, len(others)):
                    if left and self.apart(a, others[j]):
                        left -= 1
                        self.derive([a, others[j]])
                        left -= self.sets([a, others[j]], others[j + 1:] + verified, left)
        return self.derived

    def apart(self, a, b):
        return a.key not in b.earlier and b.key not in a.earlier and (
            self.verified(a) or self.verified(b) or a.seg.writer != b.seg.writer)

    def derive(self, epochs):
        self.derived[H(32, b"".join(sorted(e.key for e in epochs)), b"aftercare epochs")] = None

    def sets(self, epochs, more, left):
        """Derives the keys of larger sets than these, at most so many; how many they were."""
        made = 0
        for i, e in enumerate(more):
            if made < left and len(epochs) < 16 and all(self.apart(e, x) for x in epochs):
                grown = epochs + [e]
                if len(grown) > 1:
                    self.derive(grown)
                    made += 1
                made += self.sets(grown, more[i + 1:], left - made)
        return made

    def verified(self, epoch):
        seg = epoch.seg
        if self.is_founding(seg):
            return True
        m = self.membership.members.get(seg.writer)
        return m is not None and m.role == OWNER and not m.suspended and not self.membership.past_cut(seg)

    def admit(self, seg, before):
        """The writer is known, what it signs with, and whether the branch and the signature are its own."""
        first = (before + [seg])[0]
        joins = [e for e in first.entries if e.kind == JOIN] if first.number == 0 and first.writer == seg.writer else []
        m = self.membership.members.get(seg.writer)
        if m:
            public = m.public
        elif not joins:
            raise Waits("its writer is not known")
        elif not well_formed(joins[0]) or H(32, joins[0].items[1])[:8] != seg.writer:
            raise Refused("a join of another key than the writer's")
        else:
            public = joins[0].items[1]
            if not self.is_founding(first):
                if joins[0].items[5] not in self.membership.invites:
                    raise Waits("its writer's invite is not known")
                if not self.join_fits(joins[0]):
                    raise Refused("a join's signature")
        if seg.branch != self.branch_of(public, seg.incarnation):
            raise Refused("the branch is not its writer's")
        if not seg.signature_fits(public):
            raise Refused("the signature is not its writer's")

    def branch_of(self, public, incarnation):
        return H(16, public + incarnation.to_bytes(4, "big"), self.name_key)

    def join_fits(self, e):
        message = b"aftercare join 1" + self.id + e.items[1] + e.items[2] + e.items[5] + b"\0" * 8
        return ed25519_fits(e.items[5], e.items[6], message)

    def open_box(self, box):
        """What a box for owners holds; None where no owners key opens it."""
        for k in self.owners_keys:
            p = xopen(k, box[:24], b"aftercare owners" + self.id, box[24:])
            if p is not None:
                return p
        return None

    def keys_of(self, seg):
        """(the keys entry or None, [keys that a keys segment gives, its own first])."""
        for e in seg.entries:
            i = e.items
            if e.kind == KEYS_ENTRY and len(i) >= 8 and all(map(is_hash, i[1:4])) and isinstance(i[4], list) and all(map(is_hash, i[4])):
                return e, [seg.key] + i[4]
        return None, [seg.key]

    def accept(self, c, seg):
        c.segments.append(seg)
        for branch, number, _ in seg.heads:
            c.named.setdefault(branch, []).append((seg.number, number))
        if seg.kind == KEYS:
            e, keys = self.keys_of(seg)
            self.epochs.append(Epoch(seg.key, seg, set(keys[1:]), len(encode(e.items)) if e else 0))
            self.keys.update(dict.fromkeys(reversed(keys)))
            for k in self.unwrapped(seg, "owners") if e else ():
                if hash_of_key(k) == e.items[3]:
                    self.owners_keys[k] = None
            earlier = self.open_box(e.items[5]) if e and isinstance(e.items[5], bytes) else None
            for k in decode(earlier) if earlier else ():
                self.owners_keys[k] = None
            self.derived = None
        for place, e in enumerate(seg.entries):
            if e.kind in (INVITE, CANCEL, REMOVE, JOIN) and well_formed(e):
                self.log.append((seg.clock, seg.hash, place, seg, e))
                self._membership = self.derived = None
            if e.kind == RELAY and len(seg.entries) == 1 and len(e.items) >= 3 and is_hash(e.items[1], 16) \
                    and isinstance(e.items[2], bytes):
                self.relays.append(Relay(seg, place, e.items[1], e.items[2]))

    def take_relay(self, r):
        try:
            seg = Segment(r.data, self.id, r.branch)
            self.open(seg)
        except (Waits, Refused):
            return False
        m = self.membership.members.get(seg.writer)
        if not self.may_write(r.carrier) or m is None or seg.branch != self.branch_of(m.public, seg.incarnation) \
                or not seg.signature_fits(m.public):
            return False
        r.seg = seg
        if seg.kind == KEYS:
            self.keys.update(dict.fromkeys(self.keys_of(seg)[1]))
        self._membership = self.derived = None
        return True

    def report(self):
        """What is wrong with the chains: (kind, branch, number, reason)."""
        for c in self.chains.values():
            if c.above:
                self.problems.append(("corrupt", c.branch, len(c.segments), c.above))
            if c.state:
                self.problems.append((c.state[0], c.branch, len(c.segments), c.state[1]))
            for seg in c.segments:
                for branch, number, h in seg.heads:
                    there = self.hash_at(branch, number)
                    if there is None:
                        self.problems.append(("withheld", branch, number, "others had seen this segment, and it is not here"))
                    elif there != h and not any(r.seg and r.seg.hash == h for r in self.relays):
                        self.problems.append(("fork", branch, number, "others had seen another segment"))

    # ------------------------------------------------------------ what is shown
    def placed(self):
        """(segment whose writer is asked, segment whose place it has, relay or None) of all that is read."""
        for c in self.chains.values():
            for seg in c.segments:
                yield seg, seg, None
        for r in self.relays:
            if r.seg:
                yield r.seg, r.carrier, r

    def may_write(self, seg):
        m = self.membership.members.get(seg.writer)
        return m is not None and m.role != READER

    def by_owner(self, seg):
        m = self.membership.members.get(seg.writer)
        return m is not None and m.role == OWNER

    def unaware(self, seg, member):
        """Had the segment not seen one of the member's removals?"""
        return not member.reused and any(seg is not x and self.seen(seg, x.branch) < x.number for x in member.removals)

    def shown(self, seg, relay):
        """Are versions of this segment shown?"""
        members = self.membership.members
        m = members[seg.writer]
        if m.suspended:
            return False
        if not m.removed:
            return True
        if relay:
            o = members.get(relay.carrier.writer)
            return o is not None and o.role == OWNER and not o.removed and not o.suspended and self.unaware(relay.carrier, m)
        if not self.membership.past_cut(seg):
            return True
        for c in self.chains.values():
            if not c.segments:
                continue
            o = members.get(c.segments[0].writer)
            if o is None or o.role != OWNER or o.removed:
                continue
            for a in c.segments:
                if any(b == seg.branch and n >= seg.number for b, n, _ in a.heads) and self.unaware(a, m):
                    return True
        return False


def invite_secret(secret, what):
    return hkdf(None, secret, b"aftercare invite " + what + b" 1")


def invite_recipient(secret):
    return invite_secret(secret, b"wrap"), invite_secret(secret, b"psk")
