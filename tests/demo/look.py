#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""look.py WHAT ...: how the demo reads JSON that the program under test did not judge.

  facts FILE          shell assignments: name, patient, word and refs found in the records
  get PATH [FILE]     a value of the first JSON row: a.b.0.c
  column NAME [FILE]  that member of each row, sorted
  same FILE EXPORT    every resource of the records stands in the NDJSON export, byte for byte in value
  found WORD ANSWER EXPORT   find's rows are the records of the export with that word
  pairs FILE [BUT]    ref and version of each row, sorted; without those that device BUT wrote
Numbers keep their spelling and members their order, so equal means equal.
"""
import json
import re
import shlex
import sys
import unicodedata


def parse(text):
    return json.loads(text, parse_float=lambda s: ("number", s), parse_int=lambda s: ("number", s))


def shape(text):
    return json.loads(text, parse_float=lambda s: ("number", s), parse_int=lambda s: ("number", s),
                      object_pairs_hook=lambda pairs: ("object", tuple(pairs)))


def freeze(v):
    return tuple(freeze(x) for x in v) if isinstance(v, (list, tuple)) else v


def rows(path="-"):
    with sys.stdin if path == "-" else open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def read(path):
    with open(path, encoding="utf-8-sig") as f:
        return f.read()


def resources(bundle):
    """The resources of a Bundle with their fullUrl, or one resource alone."""
    if bundle.get("resourceType") != "Bundle":
        return [(bundle, "")]
    return [(e["resource"], e.get("fullUrl", "")) for e in bundle.get("entry", []) if "resource" in e]


def person_name(patient):
    for n in patient.get("name", []):
        full = n.get("text") or " ".join(n.get("given", [])[:1] + [n.get("family", "")]).strip()
        if full:
            return full
    return "Ana Ruiz"


def dose_of(kept):
    """An active prescription if there is one: the last, and its words."""
    orders = [r for r in kept if r["resourceType"] == "MedicationRequest" and r.get("id")]
    live = [r for r in orders if r.get("status") == "active"] or orders
    return "MedicationRequest/" + live[-1]["id"] if live else ""


def note_of(kept):
    """A document with a written note that is no prescription, and a second field to change in it."""
    others = {"Procedure": "outcome.text", "Goal": "achievementStatus.text", "Condition": "severity.text"}
    for kind, path in others.items():
        for r in kept:
            if r["resourceType"] == kind and r.get("id") and r.get("note", [{}])[0].get("text"):
                return f"{kind}/{r['id']}", path
    return "", ""


def word_of(kept):
    """A word to look for: the longest plain one of a name that the program shows."""
    best = ""
    for r in kept:
        for said in said_in(r):
            for w in re.findall(r"\b[A-Za-z]{5,14}\b", said):
                if len(w) > len(best):
                    best = w
    return best.lower() or "leukaemia"


def facts(path):
    kept = [r for r, _ in resources(parse(read(path)))]
    patients = [r for r in kept if r["resourceType"] == "Patient"]
    note, path = note_of(kept)
    named = [r for r in kept if r.get("id")]
    out = {
        "name": person_name(patients[0]) if patients else "Ana Ruiz",
        "patient": "Patient/" + patients[0].get("id", "person") if patients else "Patient/ana-ruiz",
        "people": str(len(patients)),
        "word": word_of(kept),
        "med": dose_of(kept), "note": note, "field": path,
        "any": f"{named[-1]['resourceType']}/{named[-1]['id']}" if named else "",
    }
    for k, v in out.items():
        print(f"{k}={shlex.quote(v)}")


def get(path, file="-"):
    v = rows(file)[0]
    for step in path.split("."):
        v = v[int(step)] if isinstance(v, list) else v[step]
    print(v if isinstance(v, str) else json.dumps(v, ensure_ascii=False))


def same(records, export):
    want, keys = set(), set()
    text = read(records)
    tree = shape(text)
    plain = parse(text)
    for r, url in resources(plain):
        keys.add((r["resourceType"], r.get("id") or url or freeze(r.items().__repr__())))

    def walk(v):
        members = dict(v[1])
        if members.get("resourceType") == "Bundle":
            for e in members.get("entry", []):
                e = dict(e[1])
                if "resource" in e:
                    want.add(freeze(e["resource"]))
        else:
            want.add(freeze(v))
    walk(tree)
    have = [freeze(shape(line)) for line in read(export).splitlines()]
    lost = len(want - set(have))
    made = len(set(have) - want)
    if len(have) != len(keys) or made or (lost and len(keys) == len(want)):
        print(f"# {len(keys)} resources in the records, {len(have)} in the export; {lost} are not there, {made} are others")
        sys.exit(1)


def plain(text):
    return "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))


def said_in(r):
    """What the code of a record is called."""
    for key in ("code", "vaccineCode", "medicationCodeableConcept"):
        c = r.get(key)
        if isinstance(c, dict):
            yield c.get("text", "")
            yield from (x.get("display", "") for x in c.get("coding", []))


def values(v):
    if isinstance(v, dict):
        v = list(v.values())
    if isinstance(v, list):
        for x in v:
            yield from values(x)
    else:
        yield str(v)


def found(word, answer, export):
    """All whose code is called by that word were found, and no record that nowhere has it."""
    have = {r["ref"].partition("~")[0] for r in rows(answer)}
    must, may = set(), set()
    for r in rows(export):
        ref = f"{r['resourceType']}/{r.get('id', '')}"
        if any(re.search(rf"\b{re.escape(word)}\b", plain(t)) for t in said_in(r)):
            must.add(ref)
        if word in plain(" ".join(values(r))):
            may.add(ref)
    ours = {ref for ref in have if not ref.endswith("/") and ref in may | must}
    unnamed = any(ref.endswith("/") for ref in may)
    lost = {ref for ref in must if not ref.endswith("/")} - have
    if lost or (have - ours and not unnamed):
        print(f"# not found: {sorted(lost)[:5]}; found without the word: {sorted(have - ours)[:5]}")
        sys.exit(1)


def column(key, file="-"):
    print("\n".join(sorted(str(r[key]) for r in rows(file))))


def pairs(file="-", but=None):
    r = [x for x in rows(file) if but is None or x["device"] != but]
    if len(r) == 1 and "readable" in r[0]:
        r = r[0]["readable"]
    print("\n".join(sorted({f"{x['ref']} {x['version']}" for x in r})))


if __name__ == "__main__":
    {"facts": facts, "get": get, "same": same, "found": found, "column": column, "pairs": pairs}[sys.argv[1]](*sys.argv[2:])
