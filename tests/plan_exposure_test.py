#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""plan_exposure_test.py: exposures after a plan has begun: added, changed, taken out, and those that
the records speak of, offered with the record."""
import json
import os
import sys

from homes import ROOT, Tap, World

sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
import terminal

t = Tap()
w = World("exposure", memory=True)
PLAN = "urn:aftercare:plan"
H = "laptop"
with open(os.path.join(ROOT, "schema", "templates", "late-effects-1.json"), encoding="utf-8") as f:
    KNOWN = json.load(f)["exposures"]


def put_all(home, docs):
    w.write("in.ndjson", "".join(json.dumps(d) + "\n" for d in docs))
    w.must(home, "import", w.path("in.ndjson"), "--person", "any", "--quiet")


def medication(name, text, kind="MedicationStatement", status="active", **more):
    d = {"resourceType": kind, "id": name, "status": status, "subject": {"reference": "Patient/ana"}, "medicationCodeableConcept": {"text": text}}
    return {**d, **({"intent": "order"} if kind == "MedicationRequest" else {}), **more}


def procedure(name, text, status="completed", **more):
    return {"resourceType": "Procedure", "id": name, "status": status, "subject": {"reference": "Patient/ana"}, "code": {"text": text}, **more}


def listed(home=H, state=None):
    rows = w.must(home, "plan", "exposure", "--json").rows
    return {r["exposure"]: r for r in rows if state in (None, r["state"])}


def items(home=H):
    return {(i["item"], i["exposure"]): i for i in w.must(home, "plan", "show", "--json").json["items"]}


def fails(what, rc, args, *words):
    before = w.view(H)
    a = w.run(H, *args)
    t.ok(a.rc == rc and not a.out and len(a.err.splitlines()) == 1 and all(x in a.err for x in words) and w.view(H) == before, what, a)


# ------------------------------------------------------------------ after `plan new`, one by one
w.init(H)
w.put(H, {"resourceType": "Patient", "id": "ana", "name": [{"family": "Ruiz", "given": ["Ana"]}], "birthDate": "1990-04-01"})
fails("without a plan there is nothing to add to", 1, ["plan", "exposure", "vincristine"], "plan new")
w.must(H, "plan", "new", "adult-all-acs", "--end-of-treatment", "2020-01-31", "--exposure", "anthracycline=300mg/m2")
base = items()
brought = 0
for e in KNOWN:
    code = e["exposure"]
    if code == "anthracycline":
        continue
    a = w.must(H, "plan", "exposure", code, "--json")
    good = set(a.json) == {"ref", "version", "flagged"} and a.json["ref"].startswith("Observation/")
    now = items()
    came = {i for i, _ in now} - {i for i, _ in base}
    good &= came <= set(listed()[code]["items"]) | {"echocardiogram-both"} and {i for i, _ in base} <= {i for i, _ in now}
    brought += len(came)
    w.must(H, "plan", "exposure", code, "--remove")
    good &= items() == base
    t.ok(good, f"{code}: it brings its items, and taking it out takes exactly these", came, a)
t.ok(brought > 20, "most bring something", brought)

# ------------------------------------------------------------------------------- doses
a = w.must(H, "plan", "exposure", "anthracycline=120.50mg/m2", "--json")
t.ok("echocardiogram-100" in {i for i, _ in items()} and listed()["anthracycline"]["dose"] == "120.50", "a dose changes", a)
ref = a.json["ref"]
more = w.must(H, "show", ref, "--json").json["resource"]
w.put(H, dict(more, id="twice", valueQuantity=dict(more["valueQuantity"], value=400)))
plan = w.must(H, "list", "CarePlan", "--json").rows[0]["ref"]
n = len(w.must(H, "show", plan, "--json").json["resource"]["supportingInfo"])
w.must(H, "set", plan, "supportingInfo[%d]:=%s" % (n, json.dumps({"reference": "Observation/twice"})))
t.ok("echocardiogram-250" in {i for i, _ in items()} and len(listed()["anthracycline"]["refs"]) == 2, "of two doses the larger counts")
w.must(H, "plan", "exposure", "anthracycline=99mg/m2")
t.ok("echocardiogram-below-100" in {i for i, _ in items()} and len(listed()["anthracycline"]["refs"]) == 1, "once a dose is said, it is the one", listed())
fails("what is there already", 1, ["plan", "exposure", "anthracycline"], "already")
fails("a dose in another unit", 2, ["plan", "exposure", "vincristine=3Gy"], "mg/m2")
fails("an exposure that nobody knows", 2, ["plan", "exposure", "sunshine"], "vincristine")
fails("out of what is not there", 1, ["plan", "exposure", "vincristine", "--remove"], "vincristine")
fails("out with a dose", 2, ["plan", "exposure", "anthracycline=99mg/m2", "--remove"], "whole")
fails("out of nothing", 2, ["plan", "exposure", "--remove"], "which")

# ---------------------------------------------------------------------- what the records speak of
ways = 0
for k in range(max(len(e.get("found_by", [])) for e in KNOWN)):
    h = f"b{k}"
    w.must(h, "init", "--name", "Ana Ruiz", "--device", "b", "--kit", w.path(h + ".html"))
    docs, wanted = [{"resourceType": "Patient", "id": "ana"}], {}
    for e in KNOWN:
        for phrase in e.get("found_by", [])[k:k + 1]:
            words = phrase.split()
            # in capitals, with more around it, and where there are several words in another order
            text = "10 ML " + "-".join(reversed(words)).upper() + " 2 MG/ML"
            docs.append(procedure(e["exposure"], text) if len(words) > 1 else medication(e["exposure"], text))
            wanted[e["exposure"]] = docs[-1]["resourceType"] + "/" + e["exposure"]
    put_all(h, docs)
    a = w.must(h, "plan", "new", "adult-all-acs", "--end-of-treatment", "2020-01-31")
    t.ok("The records speak of" in a.err and "plan exposure" in a.err, "a new plan says what the records speak of", a)
    found = listed(h, "found")
    t.ok(set(wanted) <= set(found) and all(ref in found[c]["refs"] for c, ref in wanted.items()), f"found by {len(wanted)} phrases", wanted, found)
    ways += len(wanted)
t.ok(ways == sum(len(e.get("found_by", [])) for e in KNOWN) > 70, f"each of {ways} ways to speak of an exposure is found")
put_all("b0", [medication(f"v{i}", "vincristine", effectiveDateTime=f"20{i:02}-01-01") for i in range(9)])
t.ok(listed("b0")["vincristine"]["refs"] == [f"MedicationStatement/v{i}" for i in (8, 7, 6, 5, 4)], "of many documents the newest are told", listed("b0"))

w.must("c", "init", "--name", "Ana Ruiz", "--device", "c", "--kit", w.path("c.html"))
SNOMED = "http://snomed.info/sct"
w.put("c", {"resourceType": "Patient", "id": "ana", "name": [{"family": "Ruiz"}], "birthDate": "1990-04-01"})
w.must("c", "plan", "new", "all-ongoing")
put_all("c", [
    {"resourceType": "Patient", "id": "bob", "name": [{"family": "Berg"}], "birthDate": "1950-01-01"},
    medication("not-taken", "vincristine", status="not-taken"), medication("wrong", "vincristine", status="entered-in-error"),
    medication("meant", "vincristine", status="intended"),
    medication("draft", "etoposide", "MedicationRequest", "draft"), medication("idea", "etoposide", "MedicationRequest", intent="proposal"),
    medication("never", "etoposide", "MedicationRequest", doNotPerform=True), procedure("no", "bone marrow transplant", status="not-done"),
    medication("his", "busulfan", subject={"reference": "Patient/bob"}),
    medication("note", "Something else", note=[{"text": "no melphalan was given"}]),
    {"resourceType": "Observation", "id": "level", "status": "final", "code": {"text": "Methotrexate level"}, "subject": {"reference": "Patient/ana"}},
    {"resourceType": "Condition", "id": "ruled-out", "code": {"text": "Philadelphia positive leukaemia"}, "subject": {"reference": "Patient/ana"},
     "verificationStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "refuted"}]}},
])
t.ok(listed("c") == {}, "what was not given, not done, another's, or only spoken of is not offered", listed("c"))
a = w.must("c", "plan", "due")
t.ok("records speak" not in a.err, "nor told", a)

more = [
    medication("mtx", "Methotrexate", dosage=[{"route": {"coding": [{"system": SNOMED, "code": "72607000", "display": "Intrathecal route"}]}}]),
    {"resourceType": "Medication", "id": "vin", "code": {"coding": [{"display": "VinCRIStine Sulfate 1 MG/ML"}]}},
    medication("by-name", "x", status="stopped"),
    {"resourceType": "MedicationAdministration", "id": "in-it", "status": "completed", "subject": {"reference": "Patient/ana"}, "effectiveDateTime": "2019-03-04",
     "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "etoposide"}}], "medicationReference": {"reference": "#m"}},
    {"resourceType": "Observation", "id": "sum", "status": "final", "code": {"text": "Cumulative dose of doxorubicin"}, "effectiveDateTime": "2019-05-06",
     "subject": {"reference": "Patient/ana"}, "valueQuantity": {"value": 240.0, "unit": "mg/m2", "system": "http://unitsofmeasure.org", "code": "mg/m2"}},
    {"resourceType": "Observation", "id": "other", "status": "final", "code": {"coding": [{"system": PLAN, "code": "chest-radiation"}]},
     "subject": {"reference": "Patient/ana"}, "valueQuantity": {"value": 12, "unit": "Gy", "system": "http://unitsofmeasure.org", "code": "Gy"}},
    {"resourceType": "Condition", "id": "ph", "code": {"text": "ALL, Philadelphia-positive"}, "subject": {"reference": "Patient/ana"}},
]
del more[2]["medicationCodeableConcept"]
more[2]["medicationReference"] = {"reference": "Medication/vin"}
put_all("c", more)
f = listed("c")
t.ok({k: v["refs"] for k, v in f.items()} == {
    "chest-radiation": ["Observation/other"], "doxorubicin": ["Observation/sum"], "etoposide": ["MedicationAdministration/in-it"],
    "intrathecal-methotrexate": ["MedicationStatement/mtx"], "methotrexate": ["MedicationStatement/mtx"], "ph-positive": ["Condition/ph"],
    "vincristine": ["MedicationStatement/by-name"]}, "each with the document that speaks of it", f)
t.ok(f["doxorubicin"]["dose"] == "240.0" and f["chest-radiation"]["dose"] == "12" and f["vincristine"]["items"], "doses, and what each would bring", f)
a = w.must("c", "plan", "exposure")
t.ok("MedicationAdministration/in-it" in a.out and "4 Mar 2019" in a.out and "It would put there" in a.out and "doxorubicin 240.0 mg/m2" in a.out, "in words", a)
a = w.must("c", "plan", "due", "--json")
t.ok("The records speak of" in a.err and "vincristine" in a.err, "what came later is told beside what is due", a)
for code in f:
    w.must("c", "plan", "exposure", code)
j = listed("c")
t.ok({k for k, v in j.items() if v["state"] == "plan"} == set(f) == set(j) and j["doxorubicin"]["dose"] == "240.0", "taken into the plan, with the dose", j)
b = {k: w.must("c", "show", v["refs"][0], "--json").json["resource"] for k, v in j.items()}
t.ok(b["doxorubicin"]["derivedFrom"] == [{"reference": "Observation/sum"}] and b["etoposide"]["partOf"] == [{"reference": "MedicationAdministration/in-it"}]
     and b["vincristine"]["partOf"] == [{"reference": "MedicationStatement/by-name"}], "each says what it is known by", b)
w.must("c", "plan", "exposure", "vincristine", "--remove")
put_all("c", [medication("again", "vincristine")])
t.ok("vincristine" not in listed("c") and "records speak" not in w.must("c", "plan", "show").err, "what was taken out is not offered again")
put_all("c", [medication("busulfan", "busulfan", "MedicationDispense", "completed")])
t.ok("busulfan" in w.must("c", "plan", "show").err, "another is")
w.must("c", "plan", "exposure", "busulfan", "--remove")
t.ok("busulfan" not in w.must("c", "plan", "show").err and "busulfan" not in listed("c"), "unless one says that it is none")
w.must("c", "plan", "exposure", "busulfan")
t.ok(listed("c")["busulfan"]["state"] == "plan", "and one may think again")
for h in (H, "b0", "c"):
    w.write("all.json", w.must(h, "export").out)
    a = w.run(h, "validate", w.path("all.json"), "--json")
    t.ok(a.rc == 0 and a.rows and all(r["ok"] for r in a.rows), "all of it is valid", [r for r in a.rows if not r["ok"]])

# ------------------------------------------------- what two sources hold under one type and id
w.must("s", "init", "--name", "Ana Ruiz", "--device", "s", "--kit", w.path("s.html"))
w.put("s", {"resourceType": "Patient", "id": "ana", "name": [{"family": "Ruiz"}], "birthDate": "1990-04-01"})
w.must("s", "plan", "new", "adult-all-acs", "--end-of-treatment", "2024-01-31", "--exposure", "glucocorticoid", "--exposure", "anthracycline=300mg/m2")
own, had = w.must("s", "plan", "show", "--json").json, listed("s", "plan")
w.write("s.json", w.must("s", "export").out)
w.must("s", "import", w.path("s.json"), "--source", "clinic", "--person", "any", "--quiet")
j, now = w.must("s", "plan", "show", "--json").json, listed("s", "plan")
t.ok(j["stage"] == own["stage"] and j["items"] == own["items"] and set(now) == set(had) == {"anthracycline", "glucocorticoid"}
     and [len(r["refs"]) for r in now.values()] == [1, 1], "the plan keeps its stage, its items and its exposures", j, now)
ref = now["anthracycline"]["refs"][0]
t.ok(ref.endswith("~"), "its own of the two", ref)
w.must("s", "plan", "exposure", "anthracycline=99mg/m2")
t.ok(listed("s")["anthracycline"]["dose"] == "99" and listed("s")["anthracycline"]["refs"] == [ref]
     and w.must("s", "show", ref + "clinic", "--json").json["resource"]["valueQuantity"]["value"] == 300, "which changes, and the clinic's stays", listed("s"))
w.must("s", "rm", "Observation/" + ref.split("/")[1].strip("~") + "~")
t.ok(listed("s")["anthracycline"]["dose"] == "300", "where the plan's source has none, the other's counts", listed("s"))

# --------------------------------------------------------- the Medication that a reference names
def by(name, reference):
    d = medication(name, "x")
    del d["medicationCodeableConcept"]
    return {**d, "medicationReference": {"reference": reference}}


w.must("e", "init", "--name", "Ana Ruiz", "--device", "e", "--kit", w.path("e.html"))
w.must("e", "plan", "new", "all-ongoing")
put_all("e", [{"resourceType": "Patient", "id": "ana"}, {"resourceType": "Medication", "id": "12", "code": {"text": "vincristine"}},
              by("dangling", "Medication/1"), by("of-a-server", "https://other.example/fhir/Medication/12")])
t.ok("vincristine" not in listed("e"), "the beginning of an id, and another server's, name no Medication here", listed("e"))
w.write("e.json", json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [
    {"fullUrl": "https://h.example/fhir/Medication/12", "resource": {"resourceType": "Medication", "id": "12", "code": {"text": "etoposide"}}},
    {"fullUrl": "https://h.example/fhir/MedicationStatement/s", "resource": by("s", "https://h.example/fhir/Medication/12")},
    {"fullUrl": "https://h.example/fhir/MedicationStatement/r", "resource": by("r", "Medication/12")}]}))
w.must("e", "import", w.path("e.json"), "--person", "any", "--quiet")
put_all("e", [by("here", "Medication/12")])
f = listed("e")
t.ok(set(f) == {"vincristine", "etoposide"} and f["vincristine"]["refs"] == ["MedicationStatement/here"]
     and sorted(f["etoposide"]["refs"]) == ["MedicationStatement/r", "MedicationStatement/s"], "of two sources each names its own, by URL or by type and id", f)
w.write("in.ndjson", json.dumps(dict(more[4], valueQuantity=dict(more[4]["valueQuantity"], value="240"))))
w.must("e", "import", w.path("in.ndjson"), "--person", "any", "--quiet", ok=(3,))
t.ok(listed("e")["doxorubicin"]["dose"] == "", "a dose that is no number is none", listed("e"))

# ----------------------------------------------------------------------------- on a terminal
w.must("d", "init", "--name", "Ana Ruiz", "--device", "d", "--kit", w.path("d.html"))
put_all("d", [{"resourceType": "Patient", "id": "ana"}, medication("m", "melphalan"), medication("e", "etoposide"), medication("v", "vincristine")])
rc, out = terminal.Terminal(w.program, 240).run(*w.command("d", ["plan", "new", "all-ongoing", "--exposure", "etoposide"])[1:], env=w.env,
                                                answers=[(r"melphalan.*\[y/N\]", "y\n"), (r"vincristine.*\[y/N\]", "\n")])
f = listed("d")
t.ok(rc == 0 and {k: v["state"] for k, v in f.items()} == {"etoposide": "plan", "melphalan": "plan", "vincristine": "found"}
     and "MedicationStatement/m" in out, "on a terminal each is asked about, with its record", out, f)
b = w.must("d", "show", f["melphalan"]["refs"][0], "--json").json["resource"]
t.ok(b["partOf"] == [{"reference": "MedicationStatement/m"}], "and what is taken says what it is known by", b)

w.close()
sys.exit(t.end())
