# SPDX-License-Identifier: ISC
"""Documents from their versions: parents, heads and what is left out (schema/FORMAT.md, "Versions")."""
from versions import outside, weigh
from view import Node, View

RESOLVE = 6


def within(versions, bound):
    """Those that count, when all together weigh too much."""
    left = list(versions)
    if sum(outside(v) + 68 * len(v.raw_body or b"") for v in left) <= bound:
        return left
    weight = {v.name: weigh(v) for v in left}
    while len(left) > 1 and sum(weight[v.name] for v in left) > bound:
        of = {}
        for v in left:
            a = (v.guest, v.author is not None, v.author or b"")
            of[a] = of.get(a, 0) + weight[v.name]
        worst = min(of, key=lambda a: (-of[a], a))
        gone = min((v for v in left if (v.guest, v.author is not None, v.author or b"") == worst), key=lambda v: (v.time, v.name))
        left.remove(gone)
    return left


class Document:
    def __init__(self, record, key, bound):
        self.record, self.key = record, key
        self.versions = [v for v in record.documents[key].values() if v.shown]
        counted = within(self.versions, bound)
        self.omitted = len(self.versions) - len(counted)
        by_name = {v.name: v for v in counted}
        self.nodes = {}
        for v in counted:
            author = None if v.op == 0 and v.author is None else v.author
            settles = v.op == RESOLVE and record.is_owner(v.author, unknown=True)
            self.nodes[v.name] = Node(v.name, v.time, author, v.guest, v.body, settles, [])
        incomplete = [v for v in counted if any(p not in by_name for p in v.parents)]
        for v in counted:
            if v not in incomplete:
                self.nodes[v.name].parents = [self.nodes[p] for p in v.parents]
        for v in incomplete:
            n = self.nodes[v.name]
            n.incomplete = record.is_owner(v.author)
            self.add(n, [o.name for o in counted if o is not v and self.had_seen(v, o)])
        for v in sorted(counted, key=lambda v: (v.time, v.name)):
            self.add(self.nodes[v.name], self.import_before(v, counted))
        self.view = View(key[1], list(self.nodes.values()), self.omitted > 0) if self.nodes else None

    def add(self, n, names):
        """Gives the node more parents, but for what would close a circle."""
        for name in names:
            p = self.nodes[name]
            if p not in n.parents and not self.reaches(p, n):
                n.parents = n.parents + [p]

    @staticmethod
    def reaches(node, to):
        """Does a way along parents lead there?"""
        seen, stack = set(), [node]
        while stack:
            at = stack.pop()
            if at is to:
                return True
            if at not in seen:
                seen.add(at)
                stack.extend(at.parents)
        return False

    @staticmethod
    def import_before(v, versions):
        """Of the imports without author the one before, by the server's time, if any."""
        if v.author is not None or v.op != 0 or not v.time:
            return []
        earlier = [(o.time, o.name) for o in versions if o.author is None and o.op == 0 and 0 < o.time < v.time]
        return [max(earlier)[1]] if earlier else []

    def had_seen(self, v, other):
        space = self.record.space
        return any(a.number > b.number if a.seg is b.seg else space.seen(a.seg, b.seg.branch) >= b.seg.number
                   for a in v.places for b in other.places)

    @property
    def body(self):
        return self.view.body if self.view else None

    @property
    def ref(self):
        source, kind, ident = self.key
        twins = [k for k in self.record.documents if k[1:] == self.key[1:]]
        return f"{kind}/{ident}" + (f"~{source}" if len(twins) > 1 else "")
