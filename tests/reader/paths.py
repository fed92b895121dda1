# SPDX-License-Identifier: ISC
"""The path, the values and the order of disputes: schema/FORMAT.md, "What is shown"."""
from atoms import DOCUMENT, Splitter, canon, item_keys, object_at
import tables


class Teller:
    def __init__(self, view):
        self.view, self.splitter, self.body = view, view.splitter, view.body

    def rows(self):
        """(path, dispute, [value of each side]) in their order."""
        return [(self.path(d), d, [self.value(d, n, v) for n, v in d.sides])
                for d in sorted(self.view.disputes, key=lambda d: self.order(d.key))]

    # ------------------------------------------------------------ where
    def steps(self, path):
        """[(element, place or None)] of the boxes on the way, in the body shown."""
        out, at, where, inside = [], self.body, (), None
        for name, k in path:
            r = self.splitter.rule(where, name, inside)
            at = at.get(name) if isinstance(at, dict) else None
            place = None
            if k is not None:
                place = self.place(r, at, k)
                at = at[place] if at is not None and place is not None else None
            out.append((name, place))
            where, inside = Splitter.into(where, name, r), r
        return out, at

    @staticmethod
    def place(r, items, k):
        keys = item_keys(r, items) if isinstance(items, list) else []
        return keys.index(k) if k in keys else len(keys)

    def has_items(self, path, name):
        return any(k[1] == "item" and k[0] == path and k[2][0] == name or k[1] == "box" and k[0][:-1] == path and k[0] and
                   k[0][-1][0] == name for k in self.view.histories)

    def located(self, key):
        """Steps of an atom but for fields: those of its box."""
        path, shape, name = key
        steps, at = self.steps(path)
        if shape == "item":
            return steps + [(name[0], self.place(self.view.rows[key], (at or {}).get(name[0]), name[1]))]
        if shape == "rest":
            keys = item_keys(self.view.rows[key], (at or {}).get(name, []))
            place = (keys.index(None) if None in keys else len(keys)) if self.has_items(path, name) else None
            return steps + [(name, place)]
        return steps

    def path(self, d):
        path, shape, name = d.key
        steps = self.located(d.key)
        if shape == "fields":
            steps = steps + [(self.spelled(d, name), None)]
        return ".".join(n if p is None else f"{n}[{p}]" for n, p in steps)

    def maps(self, d):
        """(node, elements or None) of each side of fields."""
        return [(n, self.view.values.get((d.key, v)) if v else None) for n, v in d.sides]

    def spelled(self, d, name):
        maps = [s or {} for _, s in self.maps(d)]
        for e in name if isinstance(name, tuple) else (name,):
            for s in reversed(maps):
                for k in s:
                    if e in ("*", tables.element(k)) and len({canon(o[k]) if k in o else None for o in maps}) > 1:
                        return k.lstrip("_")
        return name if isinstance(name, str) else name[0]

    def order(self, key):
        """By name, from the last item to the first, what is in an item before the item."""
        steps = self.located(key)
        if key[1] == "fields":
            name = key[2] if isinstance(key[2], str) else " ".join(key[2])
            steps = steps + [(name, None)]
        if key == DOCUMENT:
            return (0,)
        return 1, [(n, -1 if p is None else -p, 0) for n, p in steps] + [("\x7f", 0, 0)]

    # ------------------------------------------------------------ what
    def value(self, d, node, v):
        path, shape, name = d.key
        if not v or node.body is None:
            return None
        if shape == "box":
            return object_at(self.splitter, node.body, path)
        value = self.view.values.get((d.key, v))
        if shape != "fields":
            return value
        row = self.view.rows[d.key]
        one = {k for _, s in self.maps(d) for k in s or ()}
        if len(one) == 1 and (isinstance(name, str) or row is not None and row.plain):
            return next(iter(value.values()))
        return value
