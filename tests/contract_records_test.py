#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""contract_records_test.py: the commands that read and write one vault's documents,
each answer held against the contract. Prints TAP."""
import json
import os
import subprocess
import sys
import unicodedata
import zipfile

from contract import Contract, doc, fits, listing, version

t = Contract("records")
w = t.w
w.init("h", hub=None)


def run(*args, **more):
    return w.run("h", *args, **more)


def put(d, *args, **more):
    return run("put", "-", "--json", *args, stdin=json.dumps(d), **more)


def body(ref):
    return run("show", ref, "--format", "json").out.rstrip("\n")


def obs(ident, /, **more):
    return doc("Observation", ident, status="final", code={"text": "pulse"}) | more


def refused(what, code, args, words="", **more):
    """Exit code, one sentence, no answer; with --json too; and no version more."""
    before = run("log", "--json").out
    t.refuses(what, code, run(*args, **more), words)
    t.refuses(what + ", --json", code, run(*args, "--json", **more), words)
    t.eq("and nothing was written", run("log", "--json").out, before)


# -------------------------------------------------------------------- empty lists
for args in (["list"], ["find", "word"], ["conflicts"], ["log"], ["attachment", "list"], ["remote", "list"],
             ["plan", "due"], ["invite", "list"], ["share", "list"], ["config"], ["list", "Observation", "--flagged"],
             ["export", "--format", "ndjson"]):
    for more in ([], ["--json"]):
        a = run(*args, *more)
        t.ok(a.rc == 0 and a.out == "" and (not more or a.err == ""), " ".join(["nothing there:", *args, *more]), a)
a = run("export")
t.ok(a.rc == 0 and a.json["resourceType"] == "Bundle" and not a.json.get("entry"), "export of nothing is an empty Bundle", a)
refused("undo with nothing to take back", 1, ["undo"])
refused("a setting that is not set", 1, ["config", "editor"])
refused("a setting that is none", 2, ["config", "nonsense"])
a = run("config", "editor", "true", "--json")
t.ok(a.rc == 0 and a.out == "", "config KEY VALUE has no answer", a)
t.answers("config KEY", "config", run("config", "editor", "--json"))
t.answers("config", "config", run("config", "--json"), rows=1)
t.ok(run("config", "editor", "--unset").rc == 0 and run("config", "--json").out == "", "config --unset")

# ------------------------------------------------------------------------ import
bundle = {"resourceType": "Bundle", "type": "batch", "entry": [
    {"resource": doc("Patient", "p1", name=[{"family": "Ruiz", "given": ["Ana"]}], birthDate="1990-01-01")},
    {"resource": obs("o1", subject={"reference": "Patient/p1"})},
    {"fullUrl": "urn:uuid:0b5a1cc8-6cbb-4b0b-9a0e-1b1a7e6f0001"},
    {"request": {"method": "DELETE", "url": "Observation/o1"}}]}
w.write("bundle.json", json.dumps(bundle))
ZERO = {"files": 1, "resources": 0, "new": 0, "changed": 0, "same": 0, "older": 0, "flagged": 0, "refused": 0, "skipped": 0}


def imports(what, args, code, issues=None, **counts):
    a = run("import", "--json", *args[0], **args[1])
    j = t.answers("import " + what, "import", a, code)
    if j:
        t.eq(f"import {what}: the counts", {k: j[k] for k in ZERO}, ZERO | counts)
        if issues is not None:
            t.eq(f"import {what}: {issues} issues", len(j["issues"]), issues)
    return j


def at(*args, **more):
    return args, more


j = imports("of a batch Bundle", at(w.path("bundle.json")), 0, resources=2, new=2, skipped=2)
t.ok(j and any(i["path"] == "Bundle.entry.request" and "deletion" in i["message"] for i in j["issues"]), "a DELETE request is listed", j)
t.ok(run("show", "Observation/o1").rc == 0, "and not done")
imports("once more", at(w.path("bundle.json")), 0, resources=2, same=2, skipped=2)
a = run("import", w.path("bundle.json"))
t.ok(a.rc == 0 and "Observation" in a.out and "Patient" in a.out, "a line per resource type", a)
one = w.write("one.json", json.dumps(obs("one", meta={"lastUpdated": "2024-05-01T00:00:00Z"})))
imports("of one resource", at(one), 0, 0, resources=1, new=1)
two = w.write("two.json", json.dumps(obs("one", meta={"lastUpdated": "2024-06-01T00:00:00Z"}, note=[{"text": "x"}])))
imports("of a newer version", at(two), 0, 0, resources=1, changed=1)
imports("of an older version", at(one), 0, None, resources=1, older=1)
ndjson = "".join(json.dumps(obs(f"n{i}")) + end for i, end in enumerate(("\n", "\r\n", "\n\n", "")))
w.write("four.ndjson", ndjson)
imports("of NDJSON", at(w.path("four.ndjson")), 0, 0, resources=4, new=4)
imports("of NDJSON from -", at("-", stdin=ndjson), 0, 0, resources=4, same=4)
imports("of a resource from -", at("-", stdin=json.dumps(obs("stdin"), indent=1)), 0, 0, resources=1, new=1)
os.makedirs(w.path("folder", "sub"))
for name, what in {"a.json": json.dumps(obs("fa")), "b.ndjson": ndjson, "c.jsonl": json.dumps(obs("fc")),
                   "d.txt": "words", "e.pdf": "%PDF", "sub/f.json": json.dumps(obs("ff")), "G.JSON": json.dumps(obs("fg"))}.items():
    w.write(os.path.join("folder", name), what)
imports("of a folder", at(w.path("folder")), 0, files=5, resources=8, new=4, same=4, skipped=2)
with zipfile.ZipFile(w.path("all.zip"), "w", zipfile.ZIP_DEFLATED) as z:
    for d, _, fs in os.walk(w.path("folder")):
        for f in fs:
            z.write(os.path.join(d, f), os.path.relpath(os.path.join(d, f), w.path("folder")))
imports("of a zip", at(w.path("all.zip")), 0, files=5, resources=8, same=8, skipped=2)
imports("of two paths", at(one, w.path("four.ndjson")), 0, files=2, resources=5, older=1, same=4)
flagged = w.write("flagged.json", json.dumps(doc("Observation", "odd", status="nonsense", code={"text": "x"})))
j = imports("of a resource with an error", at(flagged), 3, resources=1, new=1, flagged=1)
t.ok(j and j["issues"] and j["issues"][0]["severity"] == "error" and j["issues"][0]["ref"] == "Observation/odd"
     and j["issues"][0]["file"] and j["issues"][0]["path"] and j["issues"][0]["message"], "the issue says where", j)
a = run("list", "--flagged", "--json")
t.eq("list --flagged lists it", [r["ref"] for r in a.rows], ["Observation/odd"])
imports("of the same once more", at(flagged), 0, resources=1, same=1)
strict = w.write("strict.ndjson", json.dumps(doc("Observation", "odd2", status="nonsense", code={"text": "x"})) + "\n"
                 + json.dumps(obs("good2")))
j = imports("--strict, one of two", at(strict, "--strict"), 3, resources=2, new=1, refused=1)
refused("import --strict where all is refused", 1, ["import", "--strict",
        w.write("f2.json", json.dumps(doc("Observation", "odd3", status="nonsense", code={"text": "x"})))])
broken = w.write("broken.json", '{"resourceType":"Observation",\n "id":"x" "status":1}')
refused("import of a broken file alone", 1, ["import", broken], "broken.json")
j = imports("of a broken file and a good one", at(broken, one), 3, files=2, resources=1, older=1, refused=1)
t.ok(j and any(i["line"] == 2 and i["column"] > 0 and i["file"].endswith("broken.json") and i["severity"] == "error"
               for i in j["issues"]), "with line and column", j)
for what, text in {"duplicate keys": '{"resourceType":"Observation","id":"x","id":"y"}', "no object": "[1]",
                   "no resource": '{"a":1}', "bad UTF-8": b'{"resourceType":"Basic","id":"\xff"}',
                   "a lone surrogate": '{"resourceType":"Basic","id":"\\ud800"}', "nothing": "",
                   "deep nesting": '{"a":' * 70 + "1" + "}" * 70, "not all JSON": '{"resourceType":"Basic","id":"x"}x'}.items():
    f = w.path("bad.json")
    with open(f, "wb") as out:
        out.write(text if isinstance(text, bytes) else text.encode())
    refused(f"import of {what}", 1, ["import", f], "bad.json")
other = w.write("other.json", json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [
    {"resource": doc("Patient", "p2", name=[{"family": "Berg"}], birthDate="1950-02-02")}, {"resource": obs("of-p2")}]}))
refused("import of another person's file", 1, ["import", other], "other.json")
imports("--person any", at(other, "--person", "any", "--source", "X"), 0, resources=2, new=2)
both = w.write("both.json", json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [
    {"resource": doc("Patient", "p3", name=[{"family": "Ruiz"}], birthDate="1990-01-01")},
    {"resource": obs("of-p3", subject={"reference": "Patient/p3"})},
    {"resource": doc("Patient", "p4", name=[{"family": "Lund"}], birthDate="1950-02-02")},
    {"resource": obs("of-p4", subject={"reference": "Patient/p4"})}]}))
refused("import of several persons", 1, ["import", both, "--source", "Y"])
a = run("import", "--json", both, "--source", "Y", "--person", "Patient/p3")
t.answers("import --person REF", "import", a, a.rc if a.rc in (0, 3) else 0)
refs = [r["ref"] for r in run("list", "--json").rows]
t.ok(any("of-p3" in r for r in refs) and not any("of-p4" in r for r in refs), "takes that person's alone", a)
imports("--source tells two servers apart", at(w.write("x.json", json.dumps(obs("one", status="amended"))), "--source", "Z"), 0,
        resources=1, new=1)
refused("import of nothing there", 1, ["import", w.path("nowhere.json")], "nowhere.json")
refused("import of a good and a missing path", 1, ["import", one, w.path("nowhere.json")], "nowhere.json")
os.mkdir(w.path("bare"))
a = run("import", "--json", w.path("bare"))
t.answers("import of an empty folder", "import", a, 0)

# ---------------------------------------------------------------------- validate
def validates(what, path, code, rows, **more):
    a = t.raw("validate", "--json", path, **more)
    return t.answers("validate " + what, "validate", a, code, rows) if a.rc == code else t.ok(False, "validate " + what, a) and None


r = validates("a good resource", one, 0, 1)
t.ok(r and r[0] == {"file": one, "line": 1, "type": "Observation", "id": "one", "ok": True, "issues": r[0]["issues"]}, "its row", r)
r = validates("an error", flagged, 3, 1)
t.ok(r and not r[0]["ok"] and r[0]["issues"][0]["severity"] == "error" and r[0]["issues"][0]["path"].startswith("Observation")
     and r[0]["issues"][0]["line"] == 1 and r[0]["issues"][0]["column"] > 1, "with FHIRPath, line and column", r)
r = validates("a Bundle: it and its entries", w.path("bundle.json"), 3 if t.raw("validate", w.path("bundle.json")).rc == 3 else 0, 3)
t.eq("the Bundle first", r and [x["type"] for x in r], ["Bundle", "Patient", "Observation"])
r = validates("NDJSON", w.path("four.ndjson"), 0, 4)
t.eq("with the lines", r and [x["line"] for x in r], [1, 2, 3, 5])
w.write("lines.json", "".join(json.dumps(obs(f"v{i}")) + "\n" for i in range(3)))
validates("lines by another name", w.path("lines.json"), 0, 3)
r = validates("what cannot be parsed", broken, 3, 1)
t.ok(r and r[0]["ok"] is False and r[0]["type"] == "" and r[0]["issues"][0]["line"] == 2, "one row, not ok", r)
r = validates("-", "-", 0, 1, stdin=json.dumps(obs("i")))
t.refuses("validate of nothing there", 1, t.raw("validate", "--json", w.path("none")), "none")
a = t.raw("validate", "--json", one, flagged)
t.answers("validate of two", "validate", a, 3, 2)
a = t.raw("validate", "--json", w.path("folder"))
t.answers("validate of a folder", "validate", a, 0, 8)

# ---------------------------------------------------------------------- list, find
w.init("l", hub=None)
for d in (obs("a", effectiveDateTime="2024-03-01T10:00:00Z"), obs("b", effectiveDateTime="2024-03-02"),
          obs("c", effectivePeriod={"start": "2023-01-01"}), obs("d", issued="2022-01-01T00:00:00Z"), obs("e"), obs("f"),
          obs("g", effectiveDateTime="2024-03-02", code={"coding": [{"system": "http://loinc.org", "code": "718-7"}]}),
          doc("Condition", "h", subject={"reference": "Patient/p"}, onsetDateTime="2020-05", recordedDate="2021-01-01",
              code={"text": "Múltiple Sclérosis of the œsophagus"}),
          doc("Condition", "i", subject={"reference": "Patient/p"}, recordedDate="2021-02-01", code={"text": "Straße"}),
          doc("Procedure", "j", status="completed", subject={"reference": "Patient/p"}, performedDateTime="2019"),
          doc("MedicationRequest", "k", status="active", intent="order", subject={"reference": "Patient/p"},
              medicationCodeableConcept={"text": "mercaptopurine"}, authoredOn="2018-01-01"),
          doc("Encounter", "l", status="finished", period={"start": "2017-01-01", "end": "2017-01-02"},
              **{"class": {"code": "AMB"}}),
          doc("Immunization", "n", status="completed", vaccineCode={"text": "flu"}, patient={"reference": "Patient/p"},
              occurrenceDateTime="2025-01-01"),
          doc("Composition", "m", status="final", type={"text": "t"}, date="2016-01-01", author=[{"display": "x"}], title="A title")):
    a = w.run("l", "put", "-", "--json", "--force", stdin=json.dumps(d))
    t.answers(f"put {d['resourceType']}/{d['id']}", "write", a, a.rc)
a = w.run("l", "list", "--json")
rows = t.answers("list", "list", a, 0, 14)
t.eq("newest date first, then ref", [r["ref"].split("/")[1] for r in rows], list("bgacdihjklmnef"))
t.eq("dates of each kind", [r["date"] for r in rows], ["2024-03-02", "2024-03-02", "2024-03-01T10:00:00Z", "2023-01-01",
     "2022-01-01T00:00:00Z", "2021-02-01", "2020-05", "2019", "2018-01-01", "2017-01-01", "2016-01-01", "", "", ""])
t.ok(all(r["type"] == r["ref"].split("/")[0] and r["author"] == "Ana Ruiz" for r in rows), "type and author", rows)
for args, want in {(): "bgacdihjklmnef", ("--limit", "2"): "bg", ("Condition",): "ih", ("Condition,Procedure",): "ihj",
                   ("--code", "718-7"): "g", ("--code", "http://loinc.org|718-7"): "g", ("--code", "http://x|718-7"): "",
                   ("--code", "718"): "", ("--since", "2023"): "bgac", ("--until", "2017"): "lm",
                   ("--since", "2024-03-01", "--until", "2024-03-01"): "a", ("--since", "2020-05", "--until", "2020-05"): "h",
                   ("--since", "2019-06", "--until", "2019-07"): None, ("--flagged",): None,
                   ("Observation", "--since", "2022", "--limit", "3", "--code", "718-7"): "g"}.items():
    a = w.run("l", "list", "--json", *args)
    got = "".join(r["ref"].split("/")[1] for r in a.rows)
    if want is not None:
        t.eq("list " + " ".join(args), got, want)
for words, want in {("multiple", "sclerosis"): "h", ("SCLÉROSIS", "múltiple"): "h", ("sclerosis multiple",): "h",
                    ("multiple", "nothing"): "", ("strasse",): None, ("STRASSE",): None, ("mercaptopurine",): "k",
                    ("OR", "multiple"): "", ("NOT", "multiple"): "", ("multiple*",): None, ('"multiple sclerosis"',): "h",
                    ("multiple-sclerosis",): "h", ("NEAR(multiple)",): "", ("title:multiple",): "", ("(multiple", "OR", "x)"): "",
                    ("of", "the"): "h", ("-multiple",): None,
                    (unicodedata.normalize("NFD", "múltiple"),): "h"}.items():
    a = w.run("l", "find", "--json", "--", *words)
    got = "".join(r["ref"].split("/")[1] for r in a.rows)
    t.ok(a.rc == 0 and (want is None or got == want), f"find {' '.join(words)!r}: {want!r}", got, a)
a = w.run("l", "find", "-", "--json", stdin="multiple\nsclerosis\n")
t.answers("find -", "list", a, 0, 1)
a = w.run("l", "find", "--json", "--", "*")
t.ok((a.rc == 0 or a.rc == 2) and a.out == "", "find of no letter finds nothing", a)
t.refuses("find of blanks", 2, w.run("l", "find", "  "))
t.refuses("find - of nothing", 2, w.run("l", "find", "-", stdin="\n"))

# ---------------------------------------------------------------------------- put
j = t.answers("put", "write", put(obs("p", note=[{"text": "1"}])))
t.ok(j and j["ref"] == "Observation/p" and j["flagged"] is False, "its ref", j)
first = j["version"]
j = t.answers("put without an id", "write", put({k: v for k, v in obs("").items() if k != "id"}))
t.ok(j and len(j["ref"]) == len("Observation/") + 36, "a UUID is given", j)
t.ok(j and json.loads(body(j["ref"]))["id"] == j["ref"].split("/")[1], "and stands in the document", body(j["ref"]) if j else "")
refused("put of a document with an error", 1, ["put", flagged.replace("flagged", "f2")])
j = t.answers("put --force", "write", run("put", w.path("f2.json"), "--json", "--force"), 3)
t.ok(j and j["flagged"] is True, "stored flagged", j)
for what, text in {"no JSON": "x", "an array": "[]", "no type": '{"id":"x"}', "nothing": ""}.items():
    refused(f"put of {what}", 1, ["put", "-"], stdin=text)
refused("put --force of no JSON", 1, ["put", "-", "--force"], stdin="{")

# ---------------------------------------------------------------------------- set
j = t.answers("set", "write", run("set", "Observation/p", "status=amended", "--json"))
t.ok(j and j["ref"] == "Observation/p" and j["version"] != first, "a new version", j)


def sets(sets, want, ref="Observation/p", code=0, **more):
    a = run("set", ref, *sets, "--json", **more)
    t.answers("set " + " ".join(sets), "write", a, code)
    return t.ok(want in body(ref), f"gives {want}", body(ref))


sets(["code.coding[0].system=http://loinc.org", "code.coding[0].code=8867-4"],
     '"coding":[{"system":"http://loinc.org","code":"8867-4"}]')
sets(["code.coding[1].code=x"], '{"code":"x"}]')
sets(["valueQuantity.value=72.0"], '"valueQuantity":{"value":72.0}')
sets(["valueQuantity.unit=1"], '"unit":"1"')
sets(["valueQuantity.value=7"], '"value":7,')
sets(["note[1].text=true"], '{"text":"true"}]')
sets(["note[2].text:=\"q\\\"\""], '{"text":"q\\""}')
sets(["note[2]="], '{"text":"true"}]')
sets(["subject.reference=Patient/p1", "subject.display=Ana = x"], '"subject":{"reference":"Patient/p1","display":"Ana = x"}')
sets(["subject="], '"note"')
t.ok('"subject"' not in body("Observation/p"), "PATH= deletes")
sets(["component:=[{\"code\":{\"text\":\"c\"},\"valueInteger\":1}]"], '"valueInteger":1}')
sets(["component[0].valueInteger=2"], '"valueInteger":2}')
sets(["component[1].code.text=d", "component[1].valueBoolean=true"], '"valueBoolean":true}')
sets(["-"], '"value":8', stdin="valueQuantity.value=8\nnote[0].text=from standard input\n")
t.ok("from standard input" in body("Observation/p"), "each line of it")
refused("set an index further than one past the end", 2, ["set", "Observation/p", "note[7].text=x"], r"\[2\]")
refused("set a path that is none", 2, ["set", "Observation/p", "note[x].text=x"])
refused("set below what is no object", 2, ["set", "Observation/p", "status.x=1"])
refused("set a number to a word", 2, ["set", "Observation/p", "valueQuantity.value=much"], "number")
refused("set a boolean to a word", 2, ["set", "Observation/p", "component[1].valueBoolean=yes"], "true or false")
refused("a number where a whole one stands", 1, ["set", "Observation/p", "component[0].valueInteger=1.5"], "--force")
refused("set :=, no JSON", 1, ["set", "Observation/p", "note:=["], "JSON")
refused("set without =", 2, ["set", "Observation/p", "status"], "PATH=VALUE")
refused("delete what is not there", 1, ["set", "Observation/p", "bodySite="])
refused("set on what is not there", 1, ["set", "Observation/none", "status=final"])
refused("a write that adds an error", 1, ["set", "Observation/p", "status=nonsense"], "--force")
a = run("set", "Observation/p", "status=nonsense", "--force", "--json")
j = t.answers("set --force", "write", a, 3)
t.ok(j and j["flagged"] is True, "flagged", j)
a = run("set", "Observation/p", "note[0].text=more", "--json")
j = t.answers("a write that adds no error to a flagged document", "write", a, 0)
t.ok(j and j["flagged"] is True, "stays flagged, exit 0", j)
run("set", "Observation/p", "status=final")
j = t.answers("set to what stands already", "write", run("set", "Observation/p", "status=final", "--json"))

# -------------------------------------------------------------------- edit, rm, show
EDIT = {"EDITOR": f"sed -i s/final/corrected/", "VISUAL": None}
a = t.raw("--home", w.path("h"), "--passphrase-file", w.path("pw"), "edit", "Observation/p", "--json", env=EDIT)
t.answers("edit", "write", a)
t.ok('"corrected"' in body("Observation/p"), "with what the editor wrote")
a = t.raw("--home", w.path("h"), "--passphrase-file", w.path("pw"), "edit", "Observation/p", "--json",
          env={"EDITOR": "true", "VISUAL": None})
t.ok(a.rc == 0 and (a.out == "" or fits(a.json, {"ref": str, "version": version, "flagged": bool}) == ""), "edit of nothing", a)
j = t.answers("rm", "write", run("rm", "Observation/one", "--json")) if run("show", "Observation/one").rc == 0 else None
a = run("rm", "Observation/n0")
t.ok(a.rc == 0 and "history" in a.err, "rm says that the history stays", a)
t.answers("history of a deleted document", "history", run("history", "Observation/n0", "--json"), 0, 2)
refused("show of a deleted document", 1, ["show", "Observation/n0"])
t.ok("Observation/n0" not in run("list", "--json").out, "list leaves it out")
old = run("history", "Observation/n0", "--json").rows
t.eq("op rm, then import", [r["op"] for r in old], ["rm", "import"])
j = t.answers("show --version of it", "show", run("show", "Observation/n0", "--version", old[1]["version"][:8], "--json"))
t.answers("revert", "write", run("revert", "Observation/n0", old[1]["version"][:8], "--json"))
t.ok(run("show", "Observation/n0").rc == 0, "brings it back")
j = t.answers("show", "show", run("show", "Observation/p", "--json"))
t.ok(j and j["conflict"] is False and j["resource"]["id"] == "p" and j["device"] == "h" and j["author"] == "Ana Ruiz"
     and all(map(version, j["parents"])) and len(j["parents"]) == 1, "its values", j)
a = run("show", "Observation/p", "--format", "json")
t.ok(a.rc == 0 and json.loads(a.out) == j["resource"] and a.out == json.dumps(j["resource"], separators=(",", ":")) + "\n",
     "show --format json: minified, one line", a)
a = run("show", "Observation/p", "--format", "text")
t.ok(a.rc == 0 and "status: corrected" in a.out and a.out == run("show", "Observation/p").out, "show --format text is show", a)

# ------------------------------------------------- history, diff, revert, undo, log
rows = run("history", "Observation/p", "--json").rows
t.answers("history", "history", run("history", "Observation/p", "--json"), 0, len(rows))
t.ok(rows[0]["op"] == "edit" and rows[-1]["op"] == "put" and rows[-1]["parents"] == [] and rows[-1]["version"] == first
     and all(a["parents"] == [b["version"]] for a, b in zip(rows, rows[1:]))
     and [r["time"] for r in rows] == sorted((r["time"] for r in rows), reverse=True), "newest first, each on the last", rows[:2])
t.ok(any(r["op"] == "set" for r in rows), "op set")
a = run("diff", "Observation/p", first[:8], rows[0]["version"], "--json")
d = t.answers("diff of two", "diff", a, 0, len(a.rows))
t.ok(any(x["path"] == "status" and x["from"] == "final" and x["to"] == "corrected" for x in d), "status from and to", d)
t.ok(any(x["from"] is None and x["to"] is not None for x in d), "what was not there is null", d)
t.eq("diff of one is against what is shown", run("diff", "Observation/p", first, "--json").out, a.out)
a = run("diff", "Observation/p", first, first, "--json")
t.ok(a.rc == 0 and a.out == "", "no difference prints nothing", a)
a = run("log", "--json")
t.answers("log", "log", a, 0, len(a.rows))
t.ok(len(run("log", "--json", "--limit", "3").rows) == 3, "log --limit")
status = t.answers("status", "status", run("status", "--json"))
t.eq("log has every version", len(a.rows), status and status["versions"])
t.eq("list has every document", len(run("list", "--json").rows), status and status["documents"])
t.eq("flagged are counted", len(run("list", "--json", "--flagged").rows), status and status["flagged"])
was = body("Observation/p")
run("set", "Observation/p", "status=cancelled")
j = t.answers("undo", "write", run("undo", "--json"))
t.ok(j and j["ref"] == "Observation/p" and body("Observation/p") == was, "takes back the last write", j)
t.answers("revert to the first", "write", run("revert", "Observation/p", first, "--json"))
t.eq("op revert", run("history", "Observation/p", "--json").rows[0]["op"], "revert")
refused("revert to what is not there", 1, ["revert", "Observation/p", "00000000"])
refused("resolve of what is not in dispute", 1, ["resolve", "Observation/p", "status=final"])
refused("resolve with no terminal and no choice", 2, ["resolve", "Observation/p"], "--take")

# ----------------------------------------------------------------------- care plans
t.answers("plan templates", "plan templates", run("plan", "templates", "--json"), rows=6)
t.answers("plan new", "write", run("plan", "new", "adult-all-nccn-2017", "--end-of-treatment", "2020-01-31", "--json"))
a = run("plan", "due", "--json")
t.answers("plan due", "plan due", a, rows=len(a.rows))
t.ok({"visit", "distress", "primary-care"} <= {r["item"] for r in a.rows} and not any("booked" in r for r in a.rows), "plan due has the template's items", a)
t.answers("plan show", "plan show", run("plan", "show", "--json"))
t.answers("plan done", "write", run("plan", "done", "visit", "--json"))
t.answers("plan skip", "write", run("plan", "skip", "distress", "--why", "away", "--json"))
t.answers("plan add", "write", run("plan", "add", "Tea", "--every", "4w", "--json"))
t.answers("plan change", "write", run("plan", "change", "tea", "--every", "1-2w", "--json"))
t.answers("plan book", "write", run("plan", "book", "blood-count", "--on", "+3d", "--json"))
a = run("plan", "due", "--json")
t.answers("plan due with an appointment", "plan due", a, rows=len(a.rows))
t.ok([r["item"] for r in a.rows if r.get("booked")] == ["blood-count"], "which stands beside its item", a)
t.answers("plan update --dry-run", "plan update", run("plan", "update", "--dry-run", "--json"), rows=0)
t.answers("plan exposure E", "write", run("plan", "exposure", "vincristine", "--json"))
t.answers("plan exposure", "plan exposure", run("plan", "exposure", "--json"))
t.answers("plan export", "plan export", run("plan", "export", "--ics", w.path("plan.ics"), "--json"))
t.answers("plan remove", "write", run("plan", "remove", "tea", "--json"))
t.answers("plan stage", "write", run("plan", "stage", "ongoing", "--json"))

# ---------------------------------------------------------------- trend and report
put = {"resourceType": "Observation", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
       "valueQuantity": {"value": 60.50, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}}
for day in ("2020-01-01", "2020-02-01"):
    w.put("h", dict(put, id="kg-" + day, effectiveDateTime=day))
t.answers("trend", "trend", run("trend", "weight", "--json"), 0, 2)
t.answers("trend --svg", "trend as a picture", run("trend", "weight", "--svg", w.path("kg.svg"), "--json"))
t.answers("report", "report", run("report", w.path("r.html"), "--json"))
a = run("trend", "nothing", "--json")
t.ok(a.rc == 0 and a.out == "", "trend of what is not there prints nothing", a)

# ------------------------------------------------------------------------- export
a = run("export")
t.ok(a.rc == 0 and len(a.out) and json.loads(a.out)["resourceType"] == "Bundle", "export is one Bundle", a.out[:200])
n = len(json.loads(a.out)["entry"])
t.eq("of every document", n, len(run("list", "--json").rows))
b = run("export", "--format", "ndjson")
t.eq("ndjson: one a line", len(b.rows), n)
a = run("export", "Observation/p", "Patient/p1", "--format", "ndjson")
t.eq("of the REFs named", [(r["resourceType"], r["id"]) for r in a.rows], [("Observation", "p"), ("Patient", "p1")])
a = run("export", "-o", w.path("exp.json"), "--format", "ndjson")
t.ok(a.rc == 0 and a.out == "" and open(w.path("exp.json"), encoding="utf-8").read() == b.out, "-o FILE is the same", a)
t.eq("of mode 0600", os.stat(w.path("exp.json")).st_mode & 0o777, 0o600)
a = run("export", "-o", "-", "--format", "ndjson")
t.eq("-o - is standard output", a.out, b.out)
refused("export of what is not there", 1, ["export", "Observation/none", "-o", w.path("no.json")])
refused("export of a format that is none", 2, ["export", "--format", "xml", "-o", w.path("no.json")])
refused("export into no folder", 1, ["export", "-o", w.path("none", "x.json")])
t.ok(not os.path.exists(w.path("no.json")), "a failed export leaves no file")

# --------------------------------------------------------------------- attachments
with open(w.path("scan.pdf"), "wb") as f:
    f.write(b"%PDF-1.4\n" + os.urandom(200000))
j = t.answers("attachment add", "write", run("attachment", "add", w.path("scan.pdf"), "--title", "A scan", "--json"))
t.ok(j and j["ref"].startswith("DocumentReference/"), "makes a DocumentReference", j)
r = t.answers("attachment list", "attachment list", run("attachment", "list", "--json"), 0, 1)
t.ok(r and r[0]["title"] == "A scan" and r[0]["type"] == "application/pdf" and r[0]["size"] == 200009 and r[0]["here"], "its row", r)
p = subprocess.run(w.command("h", ["attachment", "get", j["ref"]]), env=w.env, capture_output=True)
t.ok(p.returncode == 0 and p.stdout == open(w.path("scan.pdf"), "rb").read(), "attachment get")
t.answers("attachment get -o", "attachment get", run("attachment", "get", j["ref"], "-o", w.path("got.pdf"), "--json"))
t.ok(open(w.path("got.pdf"), "rb").read() == open(w.path("scan.pdf"), "rb").read(), "the same bytes")
k = t.answers("attachment add --to", "write", run("attachment", "add", one, "--to", j["ref"], "--json"))
t.ok(k and k["ref"] == j["ref"], "to the document named", k)
refused("attachment add of nothing there", 1, ["attachment", "add", w.path("none")])
refused("attachment get of what holds none", 1, ["attachment", "get", "Observation/p", "-o", w.path("no.bin")])
t.ok(not os.path.exists(w.path("no.bin")) and not [x for x in listing(w.top) if x.startswith("no.bin")], "leaves no file")

sys.exit(t.end())
