# SPDX-License-Identifier: ISC
"""What a person sees of a document: schema/FORMAT.md, "Who writes what" and "What is shown"."""
from atoms import BOX, DOCUMENT, Splitter, canon, item_keys, object_at

NOTHING = b"nothing yet"


class Node:
    """A version in the view: its parents are there, the author of all imports is None."""

    def __init__(self, name, time, author, guest, body, settles, parents):
        self.name, self.time, self.author, self.guest, self.body = name, time, author, guest, body
        self.settles = settles and not guest     # an owner's resolve
        self.parents = parents
        self.incomplete = False                  # an owner's whose parents are not all there
        self.past = 0
        self.bit = 0

    @property
    def order(self):
        return self.time, self.name


class History:
    """What was done to one atom."""

    def __init__(self):
        self.writers = []        # (node, value, superseding)
        self.proposals = []      # (node, value)
        self.settled = []        # (node, by an owner's writes)

    def accepted(self, past):
        ws = [w for w in self.writers if w[0].bit & past]
        return [w for w in ws if not any(u[2] and w[0].bit & u[0].past for u in ws)]

    def pending(self, past):
        ps = [p for p in self.proposals if p[0].bit & past]
        return [p for p in ps if not any(s.bit & past and p[0].bit & s.past and (owner or s.author == p[0].author)
                                         for s, owner in self.settled)]


def entered_in_error(value, name):
    v = value.get(name) if isinstance(value, dict) else None
    codings = v.get("coding") if isinstance(v, dict) else None
    return v == "entered-in-error" or isinstance(codings, list) and any(
        isinstance(c, dict) and c.get("code") == "entered-in-error" for c in codings)


class Dispute:
    def __init__(self, key, kind, sides, safety):
        self.key, self.kind, self.sides, self.safety = key, kind, sides, safety       # sides: [(node, canon)]


class View:
    def __init__(self, kind, nodes, overfull=False):
        self.overfull = overfull
        self.nodes = topological(nodes)
        named = {p for n in self.nodes for p in n.parents}
        self.heads = sorted((n for n in self.nodes if n not in named), key=lambda n: n.name)
        self.alone = len(self.nodes) == 1
        if self.alone:
            self.disputes = []
            return
        self.splitter = Splitter(kind, [n.body for n in self.nodes if n.body is not None])
        self.atoms = {n: self.splitter.atoms(n.body) if n.body is not None else {} for n in self.nodes}
        self.all = 0
        self.values = {(DOCUMENT, NOTHING): None}
        self.rows, self.histories = {}, {}
        for n in self.nodes:
            for a in self.atoms[n].values():
                self.rows.setdefault(a.key, a.row)
                self.histories.setdefault(a.key, History())
                self.values.setdefault((a.key, a.canon), a.value)
        self.histories.setdefault(DOCUMENT, History())
        self.rows.setdefault(DOCUMENT, None)
        self.deep_first = sorted(self.histories, key=lambda k: -(2 * len(k[0]) + (k[1] != "box")))
        self.by_owner_root = any(not n.parents and not n.guest for n in self.nodes)
        for i, n in enumerate(self.nodes):
            n.bit = 1 << i
            n.past = 0
            for p in n.parents:
                n.past |= p.past | p.bit
            self.all |= n.bit
            self.judge(n)
        self.finish()

    # ------------------------------------------------------------ who writes what
    def guarded(self, v):
        if not v.guest:
            return False
        return self.by_owner_root or any(not n.parents and n.author != v.author for n in self.nodes if n.bit & (v.past | v.bit))

    def accepted_values(self, key, past):
        got = list(dict.fromkeys(w[1] for w in self.histories[key].accepted(past)))
        return got or [NOTHING if key == DOCUMENT else None]

    def judge(self, v):
        mine = self.atoms[v]
        guarded = self.guarded(v)
        wrote, proposed = set(), set()           # paths of boxes in which v did something
        for key in self.deep_first:
            path, shape, _ = key
            outer = path[:-1] if shape == "box" else path
            if key != DOCUMENT and (outer, "box", None) not in mine:
                continue
            done = self.effect(v, key, mine, guarded, path in wrote, path in proposed)
            row = self.rows[key]
            if done and key != DOCUMENT and not (shape == "fields" and row and row.bookkeeping):
                into = {"write": wrote, "touch": wrote, "side": wrote, "propose": proposed, "hint": proposed}[done]
                into.update(path[:n] for n in range(len(path) + (shape != "box")))

    def effect(self, v, key, mine, guarded, wrote_inside, proposed_inside):
        h, row = self.histories[key], self.rows[key]
        value = mine[key].canon if key in mine else None
        values = self.accepted_values(key, v.past)
        pending = h.pending(v.past)
        bookkeeping = key[1] == "fields" and row is not None and row.bookkeeping
        last_word = self.overfull and v.incomplete and len(values) > 1
        of_author = [p for p in pending if p[0].author == v.author and p[1] == value]
        if v.settles and (len(values) > 1 or any(p[1] not in values for p in pending)) or last_word:
            done = "write"
        elif len(values) > 1 and bookkeeping:
            done = "write"
        elif value in values and key[1] == "box" and value == BOX and len(values) == 1 and wrote_inside:
            done = "touch"
        elif value in values and key[1] == "box" and value == BOX and len(values) == 1 and proposed_inside and not of_author:
            done = "hint"
        elif value in values:
            return None
        elif guarded and self.critical(key, values + [value], guest=v):
            if of_author:
                return None
            done = "propose"
        elif len(values) > 1:
            done = "side"
        else:
            done = "write"
        if done in ("write", "touch", "side"):
            h.writers.append((v, value, done != "side"))
        else:
            h.proposals.append((v, value))
        if done in ("write", "side", "propose"):
            h.settled.append((v, done == "write" and not v.guest))
        return done

    def critical(self, key, values, guest=None):
        """Is the difference among the values safety-critical? guest: whose version makes it."""
        if key == DOCUMENT:
            return guest is None or None in values
        got = [self.values.get((key, v)) for v in values]
        row = self.rows[key]
        if key[1] == "fields" and row is not None:
            if row.always:
                return len(set(values)) > 1
            if row.critical:
                parts = [canon([(g or {}).get(row.critical), (g or {}).get("_" + row.critical)]) for g in got]
                if len(set(parts)) > 1:
                    return True
        if key[0] == () and key[1] == "fields":
            for name in ("status", "verificationStatus"):
                said = [entered_in_error(g, name) for g in got]
                if any(said) and not all(said):
                    return True
        return False

    # ------------------------------------------------------------ what is shown
    def finish(self):
        self.shown, self.disputes = {}, []      # shown: key -> (node, atom)
        for key in sorted(self.histories, key=lambda k: 2 * len(k[0]) + (k[1] != "box")):
            path, shape, _ = key
            if key != DOCUMENT and not self.box_shown(path[:-1] if shape == "box" else path):
                continue
            h = self.histories[key]
            accepted = sorted(h.accepted(self.all), key=lambda w: w[0].order)
            if shape != "fields":
                having = [w for w in accepted if w[1] is not None]
            else:
                having = accepted[-1:]
            if having and having[-1][1] is not None:
                node = having[-1][0]
                own = self.atoms[self.base].get(key) if self.base else None
                if own and own.canon == having[-1][1]:         # the same, as the base spells it
                    node = self.base
                self.shown[key] = node, self.atoms[node][key]
            self.dispute(key, accepted, h.pending(self.all))

    def box_shown(self, path):
        return (path, "box", None) in self.shown

    def dispute(self, key, accepted, pending):
        row = self.rows[key]
        if key[1] == "fields" and row is not None and row.bookkeeping:
            return
        sides = latest(accepted)
        values = [v for _, v in sides] or [NOTHING if key == DOCUMENT else None]
        if len(sides) > 1:
            self.disputes.append(Dispute(key, "conflict", sides, self.critical(key, values)))
        proposed = latest([p for p in pending if p[1] not in values])
        if proposed:
            if not sides:
                last = sorted(self.histories[DOCUMENT].accepted(self.all), key=lambda w: w[0].order)
                sides = [(last[-1][0], None)] if last else []
            self.disputes.append(Dispute(key, "proposal", sides + proposed, True))

    @property
    def safety(self):
        return any(d.safety and d.kind == "conflict" for d in self.disputes)

    @property
    def base(self):
        with_body = [n for n in self.heads if n.body is not None] or [n for n in self.nodes if n.body is not None]
        return max(with_body, key=lambda n: n.order) if with_body else None

    @property
    def body(self):
        if len(self.heads) == 1 and not self.disputes:
            return self.heads[0].body
        if not self.box_shown(()) or self.base is None:
            return None
        return Builder(self).build(self.base.body, (), (), None)


def latest(writers):
    """The latest writer of each value, by time and id."""
    got = {}
    for n, value, *_ in sorted(writers, key=lambda w: w[0].order):
        got[value] = n
    return sorted(((n, v) for v, n in got.items()), key=lambda s: s[0].order)


def topological(nodes):
    out, done = [], set()
    for start in sorted(nodes, key=lambda n: n.order):
        stack = [start]
        while stack:
            n = stack[-1]
            wait = [p for p in n.parents if p not in done]
            if wait:
                stack.extend(wait)
                continue
            stack.pop()
            if n not in done:
                done.add(n)
                out.append(n)
    return out


class Builder:
    """The body that is shown, put together on the base."""

    def __init__(self, view):
        self.view, self.splitter = view, view.splitter
        self.under = {}                                     # path -> keys shown in that box
        for key in view.shown:
            path, shape, _ = key
            if key != DOCUMENT:
                self.under.setdefault(path[:-1] if shape == "box" else path, []).append(key)

    def build(self, base, path, where, inside):
        out, met = {}, set()
        for key, v in base.items():
            r = self.splitter.rule(where, key, inside)
            if r is None:
                self.field(out, met, base, key, path, self.splitter.leaf(where, key)[0])
                continue
            met.add(key)
            if r.shape == "object":
                got = self.box(path + ((key, None),), v, where, key, r)
            else:
                got = self.array(v, path, where, key, r)
            if got:
                out[key] = got
        for name, key in sorted(self.missing(path, met), key=lambda x: x[0]):
            self.add(out, path, where, name, key)
        return out

    def field(self, out, met, base, key, path, leaf):
        atom = self.view.shown.get((path, "fields", leaf))
        value = atom[1].value if atom else {}
        if key in value:
            out[key] = value[key]
        if leaf not in met:
            met.add(leaf)
            for k in value:
                if k not in base:
                    out[k] = value[k]

    def missing(self, path, met):
        """(name to sort by, atom's key or array) of what the base has nothing of."""
        seen = set()
        for key in self.under.get(path, ()):
            shape, name = key[1], key[2]
            if shape == "fields":
                if name not in met:
                    yield (name if isinstance(name, str) else " ".join(name)), key
                continue
            array = {"box": lambda: key[0][-1][0], "item": lambda: name[0], "rest": lambda: name}[shape]()
            if array not in met and array not in seen:
                seen.add(array)
                yield array, key

    def add(self, out, path, where, name, key):
        if key[1] == "fields":
            out.update(self.view.shown[key][1].value)
            return
        r = self.view.rows[key]
        if r.shape == "object":
            got = self.box(key[0], None, where, name, r)
        else:
            got = self.array([], path, where, name, r)
        if got:
            out[name] = got

    def box(self, path, base, where, name, r):
        """The box as shown: None where it is not, {} where nothing is left of it."""
        at = self.view.shown.get((path, "box", None))
        if at is None:
            return None
        if base is None:
            base = object_at(self.splitter, at[0].body, path)
        return self.build(base, path, Splitter.into(where, name, r), r)

    def array(self, base, path, where, name, r):
        shown, out, here, rest_done = self.view.shown, [], set(), False
        rest = shown.get((path, "rest", name))
        keys = item_keys(r, base)
        base_rest = [i for i, k in zip(base, keys) if k is None]
        same = rest is not None and canon(base_rest) == rest[1].canon
        for item, k in zip(base, keys):
            if k is None:
                if same:
                    out.append(item)
                elif not rest_done and rest:
                    out.extend(rest[1].value)
                rest_done = True
                continue
            here.add(k)
            if r.shape == "boxes":
                got = self.box(path + ((name, k),), item, where, name, r)
                if got:
                    out.append(got)
            elif (path, "item", (name, k)) in shown:
                out.append(shown[path, "item", (name, k)][1].value)
        new = []
        for key in self.under.get(path, ()):
            if key[1] == "item" and key[2][0] == name and key[2][1] not in here:
                new.append((shown[key], key))
            elif key[1] == "box" and key[0][-1][0] == name and key[0][-1][1] not in here:
                new.append((shown[key], key))
            elif key[1] == "rest" and key[2] == name and not rest_done:
                new.append((shown[key], key))
        for (node, atom), key in sorted(new, key=lambda x: (x[0][0].order, x[0][1].place)):
            if key[1] == "box":
                got = self.box(key[0], None, where, name, r)
                if got:
                    out.append(got)
            elif key[1] == "rest":
                out.extend(atom.value)
            else:
                out.append(atom.value)
        return out
