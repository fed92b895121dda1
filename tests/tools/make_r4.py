#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""make_r4.py [DEFINITIONS]: the element tables of FHIR R4 (4.0.1).

With DEFINITIONS (a folder with r4-base-min.json, a digest of HL7's package
hl7.fhir.r4.core 4.0.1) it first writes schema/r4.tsv. Then, or without it, it
writes schema/r4.c from schema/r4.tsv. Both are committed: building needs
neither this script nor the definitions. With --check it writes nothing and
fails if schema/r4.c is not what schema/r4.tsv says.

HL7 publishes the definitions under CC0; the tables hold facts only: names,
cardinalities, types, and the codes of required bindings.
"""
import json
import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
TSV = os.path.join(ROOT, "schema", "r4.tsv")
OUT = os.path.join(ROOT, "schema", "r4.c")

PRIMITIVES = """base64Binary boolean canonical code date dateTime decimal id instant integer
markdown oid positiveInt string time unsignedInt uri url uuid xhtml""".split()
KINDS = ["resource", "abstract", "complex", "backbone"] + PRIMITIVES
MIN, MANY, CHOICE, BARE = 1, 2, 4, 8
NONE = 0xFFFF

HEAD = """# SPDX-License-Identifier: ISC
# FHIR R4 (4.0.1): what each type is made of. Facts from HL7's definitions, which
# are published under CC0; written by tests/tools/make_r4.py, not by hand.
#   @ FRAME KIND BASE    a type, or an element with elements of its own
#   NAME CARD TYPES SET  an element: 0..1, 1..1, 0..*, 1..*; a type that is a path is
#                        that frame; ! behind: no _NAME beside it; SET: required codes
#   = SET SYSTEM CODE... a required set that can be listed
"""


def short(url):
    return url.split("|")[0].rsplit("/", 1)[-1]


def types_of(e, paths):
    """The element's type column."""
    if "contentReference" in e:
        return e["contentReference"].lstrip("#")
    if e["path"] in paths:
        return e["path"]
    out = []
    for t in e["types"]:
        code = t["code"]
        if "System." in code:
            code = t["fhirType"]
            if e["path"].endswith(".id") and e["path"].count(".") == 1 and e["resource"]:
                code = "id"
            code += "!"
        out.append(code)
    return ",".join(out)


def read_definitions(folder):
    defs = json.load(open(os.path.join(folder, "r4-base-min.json")))
    frames, lists = {}, {}
    for t in defs["types"]:
        name, resource = t["type"], t["kind"] == "resource"
        if t["kind"] == "primitive-type":
            frames[name] = (name, "Element", {})
            continue
        elems = t["elements"][1:]
        paths = {e["path"].rsplit(".", 1)[0] for e in elems} - {name}
        abstract = name in ("Resource", "DomainResource", "Element", "BackboneElement")
        kind = "abstract" if abstract else "resource" if resource else "complex"
        frames[name] = (kind, t.get("base") or "-", {})
        for e in elems:
            if e["path"] in paths:
                frames[e["path"]] = ("backbone", e["types"][0]["code"], {})
        for e in elems:
            e["resource"] = resource
            parent, leaf = e["path"].rsplit(".", 1)
            card = "%d..%s" % (e["min"], e["max"])
            bound = e.get("binding", {})
            bset = ""
            if bound.get("strength") == "required" and defs["requiredValueSets"].get(bound["valueSet"]):
                bset = short(bound["valueSet"])
                codes = defs["requiredValueSets"][bound["valueSet"]]
                assert lists.setdefault(bset, codes) == codes
            frames[parent][2][leaf] = (card, types_of(e, paths), bset)
    for path, (kind, base, elems) in frames.items():
        inherited = {}
        while base != "-":
            for k, v in frames[base][2].items():
                inherited.setdefault(k, v)
            base = frames[base][1]
        for k, v in inherited.items():
            if elems.get(k) == v:
                del elems[k]
    return frames, lists


def write_tsv(frames, lists):
    with open(TSV, "w") as f:
        f.write(HEAD)
        for path in sorted(frames):
            kind, base, elems = frames[path]
            f.write("@\t%s\t%s\t%s\n" % (path, kind, base))
            for name in sorted(elems):
                f.write("\t".join((name,) + elems[name]).rstrip("\t") + "\n")
        for name in sorted(lists):
            codes = sorted({c.split("|")[1] for c in lists[name]})
            f.write("\t".join(["=", name, lists[name][0].split("|")[0]] + codes) + "\n")


def read_tsv():
    frames, sets, here = {}, {}, None
    for line in open(TSV):
        row = line.rstrip("\n").split("\t")
        if line.startswith("#"):
            continue
        if row[0] == "@":
            here = {}
            frames[row[1]] = (row[2], row[3], here)
        elif row[0] == "=":
            sets[row[1]] = (row[2], row[3:])
        else:
            here[row[0]] = (row[1], row[2], row[3] if len(row) > 3 else "")
    return frames, sets


class Pool:
    """Strings behind one another, each with its NUL; an offset names one."""

    def __init__(self):
        self.at, self.size, self.strings = {}, 0, []

    def add(self, s):
        if s not in self.at:
            self.at[s] = self.size
            self.size += len(s) + 1
            self.strings.append(s)
            assert self.size < NONE
        return self.at[s]

    def emit(self, name):
        lines, line = [], ""
        for s in self.strings:
            s = s.replace("\\", "\\\\").replace('"', '\\"') + "\\0"
            if len(line) + len(s) > 104:
                lines.append(line)
                line = ""
            # a digit behind \0 would be read as a part of it
            line += '""' + s if line and s[0].isdigit() else s
        lines.append(line)
        return "const char %s[] =\n%s;\n" % (name, "\n".join('"%s"' % s for s in lines))


def rows(decl, items):
    lines, line = [], ""
    for s in items:
        if len(line) + len(s) > 108:
            lines.append(line)
            line = ""
        line += s + ","
    lines.append(line)
    return "%s = {\n%s\n};\n" % (decl, "\n".join(lines))


def make_c(frames, sets):
    names, codes = Pool(), Pool()
    order = sorted(frames)
    number = {p: i for i, p in enumerate(order)}
    setnumber = {s: i + 1 for i, s in enumerate(sorted(sets))}
    lists, listat, frows, erows = [], {}, [], []
    for path in order:
        kind, base, elems = frames[path]
        assert len(elems) < 256
        frows.append("{%d,%d,%d,%d,%d}" % (names.add(path), number.get(base, NONE), len(erows),
                                          len(elems), KINDS.index(kind)))
        # the order of a binary search by name without its [x]
        for name in sorted(elems, key=lambda s: s.replace("[x]", "")):
            card, types, bset = elems[name]
            flags = (card[0] == "1") * MIN + (card[-1] == "*") * MANY + name.endswith("[x]") * CHOICE
            flags += types.endswith("!") * BARE
            ids = tuple(number[t] for t in types.rstrip("!").split(","))
            if ids not in listat:
                listat[ids] = len(lists)
                lists.extend(ids)
            erows.append("{%d,%d,%d,%d,%d}" % (names.add(name.replace("[x]", "")), flags, len(ids),
                                              listat[ids], setnumber[bset] if bset else 0))
    srows, crows = ["{0,0,0}"], []
    for name in sorted(sets):
        system, members = sets[name]
        srows.append("{%d,%d,%d}" % (codes.add(system), len(crows), len(members)))
        crows.extend("%d" % codes.add(c) for c in sorted(members))
    return "".join([
        "/* SPDX-License-Identifier: ISC */\n",
        "/* FHIR R4 (4.0.1) in tables: facts from HL7's definitions (CC0). Written by\n",
        " * tests/tools/make_r4.py from schema/r4.tsv; change those, not this. */\n",
        '#include "schema/fhir.h"\n\n',
        '#pragma GCC diagnostic ignored "-Woverlength-strings"\n\n',
        names.emit("ac_r4_names"),
        "const uint16_t ac_r4_nframes = %d;\n" % len(frows),
        rows("const struct ac_r4_frame ac_r4_frames[]", frows),
        rows("const struct ac_r4_elem ac_r4_elems[]", erows),
        rows("const uint16_t ac_r4_types[]", ["%d" % i for i in lists]),
        codes.emit("ac_r4_codes"),
        rows("const struct ac_r4_set ac_r4_sets[]", srows),
        rows("const uint16_t ac_r4_members[]", crows),
    ])


def main(args):
    check = "--check" in args
    args = [a for a in args if a != "--check"]
    if args:
        write_tsv(*read_definitions(args[0]))
    text = make_c(*read_tsv())
    if check:
        return 0 if open(OUT).read() == text else "schema/r4.c is not what schema/r4.tsv says"
    with open(OUT, "w") as f:
        f.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
