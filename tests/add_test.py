#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""add_test.py: the forms by the command: words, options, lines, questions on a terminal; what is
questioned, what is refused and leaves nothing; whom to call; what shows beside the care plan.
What the forms make is held against their answers in tests/schema/test_form.c. Everything that was
made here goes before the four validators, where they are.
"""
import json
import os
import re
import subprocess
import sys
import time

from homes import ROOT, Tap, World, said

sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
from terminal import Terminal  # noqa: E402

ITEMS = "urn:aftercare:plan-item"
UCUM = "http://unitsofmeasure.org"
t = Tap()
w = World("add", memory=True)
w.env["TZ"] = "Europe/Berlin"


seen = None  # how many versions there were, as long as nothing was written since


def count():
    return len(w.must("home", "log", "--json").rows)


def body(ref, home="home"):
    return w.must(home, "show", ref, "--json").json["resource"]


def add(*args, home="home", ok=(0,), stdin=None):
    """The document, and the answer."""
    global seen
    seen = None
    a = w.must(home, "add", *args, "--json", ok=ok, stdin=stdin)
    t.ok(set(a.json) == {"ref", "version", "flagged"} and a.json["flagged"] is False, f"add {args[0]}: the answer of every write", a)
    return body(a.json["ref"], home), a


def fails(what, rc, args, *words, stdin=None, home="home"):
    global seen
    before = count() if seen is None else seen
    a = w.run(home, "add", *args, stdin=stdin)
    t.ok(a.rc == rc and not a.out and len(a.err.splitlines()) == 1 and all(x in a.err for x in words), what, a)
    seen = count()
    t.ok(seen == before, what + ": nothing is written")


def coding(concept):
    return [(c["system"], c["code"]) for c in concept.get("coding", [])]


LOINC = "http://loinc.org"
w.init("home", hub=None)
w.put("home", {"resourceType": "Patient", "id": "ana", "name": [{"family": "Ruiz", "given": ["Ana"]}], "gender": "female"})

# --------------------------------------------------------------------------- lab
b, a = add("lab", "wbc", "4.20")
t.ok(coding(b["code"]) == [(LOINC, "6690-2")] and b["valueQuantity"] == {"value": 4.2, "unit": "10^9/L", "system": UCUM, "code": "10*9/L"}
     and b["subject"] == {"reference": "Patient/ana"} and b["category"][0]["coding"][0]["code"] == "laboratory"
     and b["status"] == "final" and "referenceRange" not in b, "wbc 4.2 works without knowing a code", b)
t.ok('"value":4.20,' in w.must("home", "export", a.json["ref"]).out.replace(" ", ""), "a value is kept as it was written")
t.ok(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0[12]:00", b["effectiveDateTime"]), "now, in the zone here", b)
t.ok("4.0 to 11.0" in a.err and "ABIM" in a.err and "not reviewed" in a.err and "laboratory's own range counts" in a.err, "the range is told with its source, not kept", a)
b, a = add("lab", "hgb", "140", "g/L", "--on", "2026-03")
t.ok(b["valueQuantity"]["code"] == "g/L" and b["effectiveDateTime"] == "2026-03" and "120 to 160 g/L" in a.err, "the range in the unit that was typed, of her sex; a partial date", b, a)
b, a = add("lab", "creatinine", "80", "\u00b5mol/L", "--low", "45", "--high", "84", "--lab", "Quest", "--note", "fasting")
t.ok(coding(b["code"]) == [(LOINC, "14682-9")] and b["referenceRange"][0]["high"]["value"] == 84 and b["performer"] == [{"display": "Quest"}]
     and b["note"] == [{"text": "fasting"}] and "ABIM" not in a.err, "an amount of substance has its own code; the laboratory's range is kept, and the table's not told", b, a)
b, _ = add("lab", "vitamin", "d", "30,5")
t.ok(coding(b["code"]) == [(LOINC, "1989-3")] and b["valueQuantity"]["value"] == 30.5, "a name of two words, a decimal comma", b)
b, _ = add("lab", "bp", "120/80", "--on", "2026-03-01 08:15")
t.ok(coding(b["code"]) == [(LOINC, "85354-9")] and [c["valueQuantity"]["value"] for c in b["component"]] == [120, 80]
     and b["effectiveDateTime"] == "2026-03-01T08:15:00+01:00", "a blood pressure; a time by the clock here", b)
b, _ = add("lab", "mrd", "<0.01")
t.ok(b["valueQuantity"]["comparator"] == "<" and coding(b["code"]) == [("urn:aftercare:lab", "mrd")], "less than", b)
b, _ = add("lab", "mrd", "negative")
t.ok(b["valueCodeableConcept"] == {"text": "negative"}, "a word", b)
b, _ = add("lab", "cortisol", "12", "--unit", "ug/dL", "--code", "2143-6")
t.ok(coding(b["code"]) == [(LOINC, "2143-6")] and b["code"]["text"] == "cortisol" and b["valueQuantity"] == {"value": 12, "unit": "ug/dL"}, "a test that the table lacks, by its code", b)
fails("an impossible value", 2, ["lab", "hgb", "140"], "140 g/dL", "140 g/L could", "--unit", "--yes")
fails("unusual without a unit, usual in another", 2, ["lab", "calcium", "2.3"], "2.3 mmol/L would not")
fails("impossible in each unit", 2, ["lab", "sodium", "5"], "5 mmol/L can hardly be")
fails("impossible in the unit that was given", 2, ["lab", "hgb", "140 g/dL"], "140 g/dL can hardly be", "--yes")
b, _ = add("lab", "hgb", "140", "--yes")
t.ok(b["valueQuantity"]["code"] == "g/dL" and b["valueQuantity"]["value"] == 140, "--yes keeps it as it was typed", b)
b, a = add("lab", "calcium", "2.3", "mmol/L")
t.ok(coding(b["code"]) == [(LOINC, "2000-8")] and "2.146 to 2.545 mmol/L" in a.err, "with its unit it is no question", b, a)
fails("a unit of another test", 2, ["lab", "wbc", "4.2", "mg/dL"], "10^9/L")
fails("a name that is nearly one", 2, ["lab", "hemoglobine", "12"], "did you mean hemoglobin?", "--code")
fails("a name that is none", 2, ["lab", "something else", "12"], "--code")
fails("a number that is read in two ways", 2, ["lab", "platelets", "150,000"], "two ways")
fails("a day to come", 2, ["lab", "wbc", "4.2", "--on", "+3d"], "to come")
fails("no day", 2, ["lab", "wbc", "4.2", "--on", "soon"], "no date")
fails("half a blood pressure", 2, ["lab", "bp", "120"], "120/80")
fails("a blood pressure upside down", 2, ["lab", "bp", "80/120"], "higher")
fails("no value", 2, ["lab", "wbc"], "--value")
fails("a range upside down", 2, ["lab", "wbc", "4.2", "--low", "11", "--high", "4"], "below its beginning")
fails("the unit twice", 2, ["lab", "wbc", "4.2", "10^9/L", "--unit", "/uL"], "--unit", "twice")
fails("a code of another kind", 2, ["lab", "cortisol", "12", "--code", "A12"], "LOINC")

# ---------------------------------------------------------------- from standard input
b, _ = add("lab", "-", stdin="test: wbc\nvalue: 3.9\nunit: K/uL\non: 2026-04-02\nnote: two lines\n  of a note\n")
t.ok(b["valueQuantity"]["code"] == "10*3/uL" and b["effectiveDateTime"] == "2026-04-02" and b["note"][0]["text"] == "two lines\nof a note", "lines", b)
b, _ = add("note", "-", "--on", "2026-04-02", stdin="\ufefftext: a: b, \u201ec\u201c\r\n")
t.ok(b["valueString"] == "a: b, \u201ec\u201c", "a colon in the answer, an option beside it", b)
fails("a line of no field", 2, ["lab", "-"], "colour", "field: answer", stdin="colour: red\n")
fails("a line without a field", 2, ["lab", "-"], "wbc 4.2", stdin="wbc 4.2\n")
fails("a line twice", 2, ["lab", "-"], "twice", stdin="test: wbc\ntest: hgb\n")
fails("no line", 2, ["lab", "-"], "--test", stdin="")
fails("no UTF-8", 1, ["note", b"a\xff"], "UTF-8")
fails("a byte of no text", 2, ["note", "-"], "no text", stdin="text: a\0b\n")

# ------------------------------------------------------------------------ symptom
b, a = add("symptom", "short", "of", "breath", "severe")
t.ok(coding(b["code"]) == [("http://snomed.info/sct", "267036007")] and b["code"]["text"] == "Breathlessness"
     and ("http://hl7.org/fhir/us/ctcae/CodeSystem/ctcae-grade-code-system", "3") in coding(b["valueCodeableConcept"])
     and b["valueCodeableConcept"]["text"] == "severe" and b["performer"] == [{"reference": "Patient/ana"}], "a symptom in words, and its grade", b)
t.ok("Canadian Cancer Society" in a.err and "nobody to call" in a.err and "emergency number" in a.err and "1-800" not in a.err, "on the list, and nobody to call yet", a)
b, a = add("symptom", "fever")
t.ok(b["valueCodeableConcept"] == {"text": "present"} and "Tell your care team" in a.err and "Canadian" not in a.err, "fever: told, and no source is claimed", a)
b, a = add("symptom", "purple", "toes")
t.ok(b["code"] == {"text": "purple toes"} and not a.err, "a symptom without a code, and not on the list", b, a)
b, a = add("symptom", "purple toes", "--grade", "3")
t.ok("Tell your care team" in a.err, "severe says so of any", a)
b, a = add("symptom", "fatigue", "gone", "--on", "2026-01", "--until", "2026-02-03")
t.ok(b["effectivePeriod"] == {"start": "2026-01", "end": "2026-02-03"} and not a.err, "what is gone calls nobody", b, a)
fails("no such grade", 2, ["symptom", "pain", "--grade", "9"], "moderate")

# -------------------------------------------------------- medications and supplements
b, _ = add("medication", "mercaptopurine", "50", "mg", "daily", "--since", "2026-01", "--for", "maintenance", "--by", "Dr Lee")
t.ok(b["status"] == "active" and b["medicationCodeableConcept"] == {"text": "mercaptopurine"} and b["effectivePeriod"] == {"start": "2026-01"}
     and b["dosage"][0]["text"] == "50 mg, daily" and b["dosage"][0]["timing"]["repeat"] == {"frequency": 1, "period": 1, "periodUnit": "d"}
     and b["dosage"][0]["doseAndRate"][0]["doseQuantity"]["code"] == "mg" and "Dr Lee" in b["note"][0]["text"], "a medication", b)
b, _ = add("medication", "cotrimoxazole", "--dose", "1 tablet", "--often", "every 12 hours", "--until", "2020")
t.ok(b["status"] == "completed" and b["dosage"][0]["timing"]["repeat"]["period"] == 12
     and b["dosage"][0]["doseAndRate"][0]["doseQuantity"] == {"value": 1, "unit": "tablet"}, "one that is over", b)
b, a = add("supplement", "Vitamin", "D3", "1000", "IU", "daily")
zinc = a.json["ref"]
t.ok(("urn:aftercare:supplement", "not-discussed") in coding(b["category"]) and "Not yet discussed" in b["category"]["text"]
     and b["medicationCodeableConcept"]["text"] == "Vitamin D3" and "Not yet discussed with the care team" in a.err, "a supplement is not yet discussed", b, a)
t.ok("(not yet discussed with the care team)" in w.must("home", "list", "MedicationStatement").out
     and "Not yet discussed" in w.must("home", "show", zinc).out, "in list and in show")
b, a = add("supplement", "vitamin d3", "--discussed", "2026-05-01")
t.ok(a.json["ref"] == zinc and ("urn:aftercare:supplement", "discussed") in coding(b["category"]) and b["dosage"][0]["text"] == "1000 IU, daily"
     and b["note"] == [{"time": "2026-05-01", "text": "Discussed with the care team."}], "until it is: the same document says so", b)
t.ok("not yet discussed" not in w.must("home", "list", "MedicationStatement").out, "and list no more")
b, a = add("supplement", "vitamin d3", "--discussed", "2026-05-01")
t.ok(a.json["ref"] != zinc, "a second of that name is one of its own", a)
add("supplement", "Zinc", "10 mg")
fails("a talk to come", 2, ["supplement", "Zinc", "--discussed", "+2d"], "to come")
fails("it ends before it begins", 2, ["medication", "x", "--since", "2026-03", "--until", "2026-02-01"], "before it begins")
fails("a dose that is read in two ways", 2, ["medication", "x", "1,000 mg"], "dose")

# ------------------------------------------------------ people, appointments, insurance
b, a = add("contact", "Nurse", "line", "--phone", "555-0101", "--role", "nurse on duty", "--call-for", "fever, day and night", "--email", "n@example.org")
t.ok(b["resourceType"] == "CareTeam" and b["name"] == "Nurse line" and [x["value"] for x in b["telecom"]] == ["555-0101", "n@example.org"], "a contact", b)
fails("a contact that nobody can call", 2, ["contact", "Nurse"], "--phone")
fails("no number", 2, ["contact", "Nurse", "--phone", "ask"], "telephone")
fails("no address", 2, ["contact", "Nurse", "--phone", "555-0101", "--email", "n"], "e-mail")
nurse, many = a.json["ref"], b
w.env["AFTERCARE_UNREAD"] = nurse
was, a = count(), w.run("home", "add", "symptom", "bleeding")
t.ok(a.rc == 3 and "damaged" in a.err and "not all whom you noted" in a.out and "nobody to call" not in a.out and "emergency number" in a.out and count() == was + 1,
     "where whom to call cannot be read, nothing says that it is nobody: kept, exit 3", a)
w.env["AFTERCARE_UNREAD"] = next(r["ref"] for r in w.must("home", "list", "MedicationStatement", "--json").rows if "Zinc" in r["title"])
seen = None
fails("a supplement that may be there already is not kept twice", 1, ["supplement", "Zinc", "--discussed", "2026-05-01"], "damaged")
del w.env["AFTERCARE_UNREAD"]
a = w.must("home", "add", "symptom", "bleeding")
t.ok("Whom you can call:\n" in a.out and "Nurse line, nurse on duty, 555-0101" in a.out and "nobody to call" not in a.out, "whom to call, in the answer", a)
b, a = add("distress", "7", "sleep", "and", "money")
t.ok(b["valueQuantity"] == {"value": 7, "unit": "{score}", "system": UCUM, "code": "{score}"} and coding(b["code"]) == [(ITEMS, "distress")]
     and b["component"][0]["valueString"] == "sleep and money", "distress", b)
t.ok("Nurse line" in a.err and "1-800-227-2345" in a.err and "from memory" in a.err, "a high one says whom to call, and offers the helpline", a)
t.ok(not add("distress", "3")[1].err and add("distress", "4")[1].err, "from 4 on")
fails("more than the most", 2, ["distress", "11"], "10")
fails("half a score", 2, ["distress", "4.5"], "whole number")
b, _ = add("appointment", "Visit", "to the clinic", "2036-12-03", "14:30", "--with", "Dr Lee", "--where", "Room 3", "--minutes", "45")
t.ok(b["start"] == "2036-12-03T14:30:00+01:00" and b["end"] == "2036-12-03T15:15:00+01:00" and b["status"] == "booked" and b["description"] == "Visit to the clinic"
     and [p["actor"].get("display") for p in b["participant"]] == [None, "Dr Lee", "Room 3"], "an appointment", b)
b, _ = add("appointment", "Visit", "2036-07-03 23:50")
t.ok(b["start"] == "2036-07-03T23:50:00+02:00" and b["end"] == "2036-07-04T00:20:00+02:00", "over midnight, in summer time", b)
t.ok(add("appointment", "Visit", "2020-01-02 10:00")[0]["status"] == "fulfilled", "one that was")
fails("an appointment without a time", 2, ["appointment", "Visit", "2036-12-03"], "time")
t.ok(add("appointment", "Visit", "2036-12-03 9:05")[0]["start"] == "2036-12-03T09:05:00+01:00", "an hour of one digit")
for bad in ("25:30", "10:60", "10:5", "1030", "10:30x", "10:30:00"):
    fails("a time that no clock shows: " + bad, 2, ["appointment", "Visit", "2036-12-03 " + bad], "clock")
fails("an item without a plan", 1, ["appointment", "Visit", "2036-12-03 10:00", "--item", "visit"], "plan")
b, _ = add("question", "May", "I", "fly?", "--to", "Dr Lee")
t.ok(b["resourceType"] == "Task" and b["description"] == "May I fly?" and b["status"] == "requested" and b["owner"] == {"display": "Dr Lee"}, "a question", b)
b, a = add("insurance", "AOK", "--number", "A 1", "--plan", "Gold", "--until", "2036-12-31", "--phone", "0800-1")
aok = a.json["ref"]
t.ok(b["payor"] == [{"reference": "#insurer", "display": "AOK"}] and b["subscriberId"] == "A 1" and b["period"] == {"end": "2036-12-31"}, "insurance", b)
add("support", "Maria", "--who", "sister", "--phone", "555-2222")
b, _ = add("support", "Monday", "group", "--group")
t.ok(b["resourceType"] == "CareTeam", "a group", b)
b, _ = add("weight", "150", "lb")
t.ok(coding(b["code"]) == [(LOINC, "29463-7")] and b["valueQuantity"]["code"] == "[lb_av]" and b["category"][0]["coding"][0]["code"] == "vital-signs", "weight", b)
t.ok(add("weight", "70.5")[0]["valueQuantity"]["code"] == "kg", "in kg")
fails("a weight of nobody", 2, ["weight", "700"], "can hardly be")
fails("a weight in words", 2, ["weight", "heavy"], "no number")
b, _ = add("activity", "walking", "the", "dog", "30")
t.ok(b["code"]["text"] == "walking the dog" and b["valueQuantity"]["value"] == 30 and coding(b["code"]) == [(LOINC, "55411-3")], "activity", b)
fails("more than a day", 2, ["activity", "walking", "2000"], "1440")
fails("no time at all", 2, ["activity", "walking", "0"], "some minutes")
b, _ = add("note", "I", "slept", "well")
t.ok(b["valueString"] == "I slept well" and "Note: I slept well" in w.must("home", "list").out, "a note", b)
fails("a note of nothing", 2, ["note", "  "], "--text")
fails("a note that is too long", 2, ["note", "x" * 5000], "longer")

# --------------------------------------------------------------- beside the care plan
seen = None
w.must("home", "plan", "new", "adult-all-ccs", "--end-of-treatment", "2025-06-01")
kept = {k["item"]: [x["text"] for x in w.must("home", "plan", "show", "--json").json["kept"] if x["item"] == k["item"]]
        for k in w.must("home", "plan", "show", "--json").json["kept"]}
t.ok(kept["questions"] == ["May I fly? (for Dr Lee)"] and kept["insurance"] == ["AOK; it ends or is renewed on 31 Dec 2036"]
     and sorted(kept["people"]) == ["Maria, sister, 555-2222", "Monday group"] and "Zinc: not yet discussed with the care team" in kept["food"]
     and kept["symptoms"][0].startswith("Nurse line, nurse on duty"), "plan show: what was added", kept)
w.env["AFTERCARE_UNREAD"] = nurse
a = w.run("home", "plan", "show")
t.ok(a.rc == 1 and not a.out and "damaged" in a.err, "what cannot be read is no gap", a)
del w.env["AFTERCARE_UNREAD"]
a = w.must("home", "plan", "show")
t.ok("  - May I fly?" in a.out and a.out.index("questions: ") < a.out.index("  - May I fly?") < a.out.index("symptoms: "), "each under its item", a)
t.ok("    - AOK; it ends or is renewed on 31 Dec 2036" in w.must("home", "plan", "due").out, "plan due tells when insurance is renewed")
r = next(r for r in w.must("home", "plan", "due", "--json").rows if r["item"] == "insurance")
t.ok((r["state"], r["due"], r["from"], r["until"]) == ("next", "2036-12-31", "2036-11-01", "2036-12-31"), "and it is due by then, from 60 days before", r)
w.must("home", "set", next(r["ref"] for r in w.must("home", "list", "Task", "--json").rows), "status=completed")
w.must("home", "set", aok, "period.end=2020-12-31")
w.put("home", {"resourceType": "Coverage", "id": "same", "status": "active", "beneficiary": {"reference": "Patient/ana"}, "payor": [{"display": "Hers"}]})
texts = [k["text"] for k in w.must("home", "plan", "show", "--json").json["kept"]]
t.ok("Hers" in texts, "coverage that came from elsewhere counts", texts)
w.put("home", {"resourceType": "Patient", "id": "bob", "name": [{"family": "Berg", "given": ["Bob"]}], "birthDate": "1961-01-01"})
w.put("home", {"resourceType": "Coverage", "id": "his", "status": "active", "beneficiary": {"reference": "Patient/bob"}, "payor": [{"display": "His"}]})
kept = w.must("home", "plan", "show", "--json").json["kept"]
t.ok("His" not in [k["text"] for k in kept] and "Hers" in [k["text"] for k in kept], "another person's does not", kept)
b, _ = add("note", "whose", "is", "this?")
t.ok(b["subject"] == {"display": "Ana Ruiz"}, "of two persons none is taken: it is the vault's person", b)
w.must("home", "rm", "Coverage/his")
w.must("home", "rm", "Patient/bob")
r = next(r for r in w.must("home", "plan", "due", "--json").rows if r["item"] == "insurance")
t.ok((r["state"], r["due"]) == ("overdue", "2020-12-31"), "one that ended is overdue", r)
t.ok("AOK; it ended on 31 Dec 2020" in texts and not [x for x in texts if "fly" in x], "what was asked goes, what has ended says so", texts)
w.must("many", "init", "--name", "Ana Ruiz", "--device", "d", "--kit", w.path("many.kit"))
w.must("many", "import", w.write("many.ndjson", "".join(json.dumps(dict(many, id=f"n{i}", name=f"Nurse {i}")) + "\n" for i in range(70))), "--person", "any", ok=(0, 3))
a = w.must("many", "add", "symptom", "bleeding")
t.ok(len(re.findall(r"Nurse \d", a.out)) == 70, "all whom one can call, be they many", a.out.count("Nurse"))
seen = None
when = time.strftime("%Y-%m-%d", time.localtime(time.time() + 3 * 86400))
b, a = add("appointment", "Visit", when + " 09:00", "--item", "vis")
t.ok(coding(b["serviceType"][0]) == [(ITEMS, "visit")] and f"Booked for {said(when)}: {a.json['ref']}" in w.must("home", "plan", "due").out, "an appointment for an item is booked there", b)
fails("an item that the plan lacks", 2, ["appointment", "Visit", "2036-12-03 10:00", "--item", "none"], "plan show")
rows = [r for r in w.must("home", "plan", "due", "--json").rows if r["item"] == "distress" and r["state"] == "done"]
t.ok(rows, "a score counts for the plan's item", rows)

for form in ("lab", "note"):
    a = w.must("home", "help", "add", form)
    t.ok("fields: " in a.out and "- | " in a.out, f"help add {form}: its fields", a)
t.ok(w.must("home", "help", "add").out.count("usage: aftercare add ") == 13, "help add: the 13 forms")

# ------------------------------------------------------------------- on a terminal
env = dict(w.env)


def at(*args, answers=(), columns=40):
    return Terminal(w.program, columns).run("--home", w.path("home"), "--passphrase-file", w.path("pw"), *args, answers=answers, env=env)


before = count()
asked = [("Which test", "hemoglobine"), (r"--code\.", "hgb"), ("What is the", "140"), ("In which", ""), ("On which day", "2026-03-01"), ("From which", ""),
         ("Up to", ""), ("Which lab", ""), ("Anything", "")]
rc, out = at("add", "lab", answers=[(q + r"[^\0]*> $", x + "\n") for q, x in asked] + [(r"Is it 140 g/L\? \[Y/n\] $", "\n")])
b = body(w.must("home", "list", "Observation", "--code", "718-7", "--since", "2026-03-01", "--until", "2026-03-01", "--json").json["ref"])
t.ok(rc == 0 and b["valueQuantity"]["code"] == "g/L" and count() == before + 1, "one by one: the name is asked again, the unit is questioned, the rest skipped", out)
t.ok(max(len(x.rstrip("\r")) for x in re.sub("\0", "", out).split("\n")) <= 40, "at 40 columns", out)
before = count()
rc, out = at("add", "lab", "hgb", "300", "g/dL", answers=[(r"Go on\? \[y/N\]", "n\n")])
t.ok(rc == 1 and count() == before, "a doubt that is not confirmed", out)
rc, out = at("add", "contact", "Dr Lee", answers=[("telephone", "555-3333\n")])
t.ok(rc == 0 and "Which e-mail" not in out and "555-3333" in w.must("home", "add", "distress", "8").out, "only what must be known is asked, once something was given", out)
before = count()
for what, answers in (("an empty answer", [("What do you", "\n")]), ("the end of input", [("What do you", "\x04")]),
                      ("the end of input later", [("What do you", "x\n"), ("For which", "\x04")])):
    rc, out = at("add", "note", answers=answers)
    t.ok(rc == 2 and count() == before and "nothing was done" in re.sub(r"\s+", " ", out), what + " leaves nothing", out)
rc, out = at("add", "note", "--no-input")
t.ok(rc == 2 and "What do you" not in out.split("missing")[0] and count() == before, "--no-input never asks", out)
rc, out = at("add", "lab", "hgb", "140", "--no-input")
t.ok(rc == 2 and "--yes" in out and count() == before, "nor about a doubt", out)
ASKED = {"symptom": ["cough", "mild"], "medication": ["aspirin"], "supplement": ["iron"], "appointment": ["scan", "2036-01-02 10:00"], "question": ["why"],
         "contact": ["Bo", "555"], "insurance": ["TK"], "distress": ["1"], "weight": ["70"], "activity": ["yoga", "20"], "support": ["Li"], "note": ["hm"]}
for form, first in ASKED.items():
    before = count()
    rc, out = at("add", form, answers=[("> $", x + "\n") for x in first] + [("> $", "\n")] * (9 - len(first)))
    t.ok(rc == 0 and count() == before + 1 and max(len(x.rstrip("\r")) for x in re.sub("\0", "", out).split("\n")[:-6]) <= 40, f"{form}: asked one by one", out)

before = count()
rc, out = at("add", "appointment", answers=[("> $", x + "\n") for x in ("Check", "2036-05-06 10:00", "", "", "", "none")]
             + [(r"plan\s+show[^\0]*> $", "visit\n"), ("> $", "\n")])
t.ok(rc == 0 and count() == before + 1 and "no item none" in re.sub(r"\s+", " ", out), "an item that the plan lacks is asked for again", out)

# ------------------------------------------------------------- a record without a Patient
w.must("bare", "init", "--name", "Bo Lind", "--device", "d", "--kit", w.path("bare.html"))
rc, out = Terminal(w.program).run("--home", w.path("bare"), "--passphrase-file", w.path("pw"), "add", "appointment", env=env,
                                  answers=[("> $", x + "\n") for x in ("Check", "2036-05-06 10:00", "", "", "", "")])
t.ok(rc == 0 and "care plan" not in out, "without a plan its item is not asked for", out)
for args in (["lab", "wbc", "4"], ["symptom", "pain", "1"], ["medication", "x"], ["supplement", "x"], ["appointment", "x", "2036-01-02 10:00"], ["question", "x"],
             ["contact", "x", "--phone", "555"], ["insurance", "x"], ["distress", "2"], ["weight", "70"], ["activity", "x", "5"], ["support", "x"], ["note", "x"]):
    b, _ = add(*args, home="bare")
    t.ok('{"display": "Bo Lind"}' in json.dumps(b), f"{args[0]}: of the vault's person", b)

# ---------------------------------------------------------------------- the judges
files = []
for home in ("home", "bare"):
    files.append(w.path(home + ".json"))
    w.write(home + ".json", w.must(home, "export").out)
    a = w.run(home, "validate", files[-1], "--json")
    t.ok(a.rc == 0 and a.rows and all(r["ok"] for r in a.rows), "valid by our own checks", a)
    t.ok(not w.must(home, "list", "--flagged", "--json").rows, "nothing is flagged")
p = subprocess.run(["sh", os.path.join(ROOT, "tests", "tools", "judge.sh"), *files], capture_output=True, text=True, cwd=ROOT)
for said in (x for x in p.stdout.splitlines() if x.startswith(("ok", "not ok"))):
    t.ok(said.startswith("ok"), "a judge: " + said.split(" - ", 1)[-1], p.stdout)

w.close()
sys.exit(t.end())
