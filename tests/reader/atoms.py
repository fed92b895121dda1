# SPDX-License-Identifier: ISC
"""A body split into atoms: schema/FORMAT.md, "Boxes and leaves".

An atom's key is (path, shape, name); path is the boxes on the way, each (element, key of the item or
None). Shapes: "box" (name None), "fields" (a group's elements, or an element), "item" ((array, key)),
"rest" (array).
"""
import tables
from values import encode

BOX = b"box"
DOCUMENT = ((), "box", None)
ALL = ("*",)


def canon(v):
    return encode(v, order=True)


def by_name(key):
    """An element stands before its _name."""
    return key.lstrip("_").encode(), key.startswith("_")


def text_key(v):
    return v if isinstance(v, str) and v else None


def identifier_key(v):
    if isinstance(v, dict) and text_key(v.get("value")):
        return "identifier", text_key(v.get("system")), v["value"]
    return None


def code_key(v):
    if isinstance(v, str):
        return ("code", None, v) if v else None
    if not isinstance(v, dict):
        return None
    codings = v["coding"] if isinstance(v.get("coding"), list) else []
    for c in [v] + codings:
        if isinstance(c, dict) and text_key(c.get("code")):
            return "code", text_key(c.get("system")), c["code"]
    return None


def reference_key(v):
    if not isinstance(v, dict):
        return None
    if text_key(v.get("reference")):
        return "reference", v["reference"]
    return identifier_key(v.get("identifier"))


KEYS = {"identifier": identifier_key, "code": code_key, "reference": reference_key, "id": lambda v: None}


def item_key(rule, item):
    if text_key(item.get("id")):
        return "id", item["id"]
    at = item
    for name in filter(None, rule.at.split(".")):
        at = at.get(name) if isinstance(at, dict) else None
    return KEYS[rule.kind](at)


def item_keys(rule, items):
    """The key of each item; None where it is not matched."""
    keys = [item_key(rule, i) for i in items]
    return [k if k and keys.count(k) == 1 else None for k in keys]


class Atom:
    def __init__(self, key, value, row, place=0):
        self.key, self.value, self.row, self.place = key, value, row, place
        self.canon = BOX if key[1] == "box" else canon(value)


class Splitter:
    """How the documents of one key are split: by the type, and by what any version has."""

    def __init__(self, kind, bodies):
        self.kind, self.known = kind, kind in tables.R4
        self.plain = set()                         # rules that open nothing in this document
        for b in bodies:
            self.look(b, (), None)

    def rule(self, where, key, inside):
        r = self.row(where, key, inside)
        return None if r in self.plain else r

    def row(self, where, key, inside):
        if not self.known and (where, key) != ((), "meta"):
            return None
        if inside and inside.nested and key in inside.elements:
            return inside
        if tables.find(tables.GROUPS, self.kind, where, key):
            return None
        return tables.find(tables.RULES, self.kind, where, key)

    def leaf(self, where, key):
        """(name of the fields leaf, its group)."""
        name = tables.element(key)
        if not self.known and where == () and name not in ("resourceType", "id"):
            return ALL, None
        group = tables.find(tables.GROUPS, self.kind, where, name)
        return (tuple(group.elements), group) if group else (name, None)

    @staticmethod
    def into(where, name, rule):
        return where if rule.nested and where and where[-1] == name else where + (name,)

    def look(self, obj, where, inside):
        for key, v in obj.items():
            r = self.row(where, key, inside)
            if r is None:
                continue
            fits = isinstance(v, dict) if r.shape == "object" else isinstance(v, list) and all(isinstance(i, dict) for i in v)
            if not fits:
                self.plain.add(r)
            elif r.shape != "items":
                for o in [v] if r.shape == "object" else v:
                    self.look(o, self.into(where, key, r), r)

    def atoms(self, body):
        out = {DOCUMENT: Atom(DOCUMENT, True, None)}
        self.split(body, (), (), None, out)
        return out

    def split(self, obj, path, where, inside, out):
        for key, v in obj.items():
            r = self.rule(where, key, inside)
            if r is None:
                leaf, group = self.leaf(where, key)
                k = path, "fields", leaf
                if k not in out:
                    members = sorted((x for x in obj if self.rule(where, x, inside) is None and self.leaf(where, x)[0] == leaf),
                                     key=by_name)
                    out[k] = Atom(k, {x: obj[x] for x in members}, group)
            elif r.shape == "object":
                self.box(v, path, where, key, None, r, out)
            else:
                self.array(v, path, where, key, r, out)

    def box(self, v, path, where, name, key, r, out, place=0):
        p = path + ((name, key),)
        out[p, "box", None] = Atom((p, "box", None), True, r, place)
        self.split(v, p, self.into(where, name, r), r, out)

    def array(self, items, path, where, name, r, out):
        rest = []
        for place, (item, k) in enumerate(zip(items, item_keys(r, items))):
            if k is None:
                rest.append((place, item))
            elif r.shape == "boxes":
                self.box(item, path, where, name, k, r, out, place)
            else:
                out[path, "item", (name, k)] = Atom((path, "item", (name, k)), item, r, place)
        if rest:
            out[path, "rest", name] = Atom((path, "rest", name), [i for _, i in rest], r, rest[0][0])


def object_at(splitter, body, path):
    """The object of a box in a body, found by its keys."""
    at, where, inside = body, (), None
    for name, k in path:
        r = splitter.rule(where, name, inside)
        if k is None:
            at = at[name]
        else:
            at = at[name][item_keys(r, at[name]).index(k)]
        where, inside = splitter.into(where, name, r), r
    return at
