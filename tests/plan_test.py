#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""plan_test.py: care plans by the commands. What is due when is held against plans/ in the
schema room; here is that the commands write what that room reads, and read the right documents.

Dates are in the past, and each is worked out by hand from schema/PLAN.md: treatment ended on
2020-01-31, so the second year of the template, with its 3 months, begins on 2021-01-31.
"""
import json
import os
import re
import subprocess
import sys
import time

from homes import ROOT, Tap, World, observation, said

sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
import terminal

ITEMS = "urn:aftercare:plan-item"
KEYS = ["item", "title", "state", "due", "from", "until", "reason", "rule", "exposure", "source", "reviewed", "satisfied_by"]
DATE = re.compile(r"\b\d{4}-\d{2}\b")  # as programs write it
t = Tap()
w = World("plan", memory=True)


def due(home, on, item=None):
    rows = w.must(home, "plan", "due", "--on", on, "--json").rows
    return [r for r in rows if item in (None, r["item"])]


def one(home, on, item, state):
    rows = [r for r in due(home, on, item) if r["state"] == state]
    return rows[0] if rows else {}


def window(r):
    return r.get("due"), r.get("from"), r.get("until")


def fails(what, rc, args, *words):
    before = w.view("laptop")
    a = w.run("laptop", *args)
    t.ok(a.rc == rc and not a.out and len(a.err.splitlines()) == 1 and all(x in a.err for x in words), what, a)
    t.ok(w.view("laptop") == before, what + ": nothing is written")


def body(home, ref):
    return w.must(home, "show", ref, "--json").json["resource"]


def of_plan(home):
    return next(r["ref"] for r in w.must(home, "list", "CarePlan", "--json").rows)


w.init("laptop")
w.put("laptop", {"resourceType": "Patient", "id": "ana", "name": [{"family": "Ruiz", "given": ["Ana"]}], "birthDate": "1990-04-01"})

# --------------------------------------------------------------------- templates
rows = w.must("laptop", "plan", "templates", "--json").rows
t.ok(len(rows) >= 6 and all(list(r) == ["name", "title", "edition", "source", "url", "reviewed"] for r in rows), "templates", rows)
a = w.must("laptop", "plan", "templates")
t.ok("adult-all-nccn-2017" in a.out and "Stage: off-treatment" in a.out and "not reviewed for you" in a.out, "as text", a)

# ------------------------------------------------------------------ without a plan
a = w.run("laptop", "plan", "due")
t.ok(a.rc == 0 and not a.out and "no care plan" in a.err and w.run("laptop", "plan", "due", "--json").rc == 0, "without a plan nothing is due, and that is no error", a)
fails("show without a plan", 1, ["plan", "show"], "plan new")
fails("done without a plan", 1, ["plan", "done", "visit"], "plan new")

# ---------------------------------------------------------------------------- new
NEW = ["plan", "new", "adult-all-nccn-2017"]
fails("a template that is none", 2, ["plan", "new", "living"], "plan templates")
fails("a stage that is not the template's", 2, NEW + ["--stage", "ongoing"], "off-treatment")
fails("an exposure that nobody knows", 2, NEW + ["--exposure", "sunshine"], "anthracycline", "vincristine")
fails("a dose in another unit", 2, NEW + ["--exposure", "anthracycline=300mg"], "mg/m2")
fails("a dose that is no number", 2, NEW + ["--exposure", "anthracycline=much"], "anthracycline=250mg/m2")
fails("a dose of what has none", 2, NEW + ["--exposure", "transplant=2Gy"], "leave it out")
fails("a date that is none", 2, NEW + ["--end-of-treatment", "soon"], "soon")
a = w.must("laptop", *NEW, "--stage", "off-treatment", "--end-of-treatment", "2020-01-31",
           "--exposure", "anthracycline=300.50mg/m2", "--exposure", "vincristine", "--json")
plan = a.json["ref"]
t.ok(set(a.json) == {"ref", "version", "flagged"} and plan.startswith("CarePlan/") and a.json["flagged"] is False, "new", a)
t.ok("care team" in a.err and "reviewed" in a.err, "says that nobody reviewed it", a)
b = body("laptop", plan)
t.ok(b["status"] == "active" and b["intent"] == "plan" and b["subject"] == {"reference": "Patient/ana"}
     and b["instantiatesUri"] == ["urn:aftercare:plan-template:adult-all-nccn-2017:1"] and len(b["supportingInfo"]) == 4, "the plan as FHIR", b)
named = {o["code"]["coding"][0]["code"]: (i["reference"], o) for i in b["supportingInfo"] for o in [body("laptop", i["reference"])]}
t.ok(set(named) == {"stage", "end-of-treatment", "anthracycline", "vincristine"}, "what it names", named)
t.ok(named["anthracycline"][1]["valueQuantity"]["code"] == "mg/m2" and "valueQuantity" not in named["vincristine"][1]
     and named["stage"][1]["effectiveDateTime"] == named["end-of-treatment"][1]["effectiveDateTime"] == "2020-01-31", "its values", named)
t.ok('"value":300.50,' in w.must("laptop", "export", named["anthracycline"][0]).out.replace(" ", ""), "a dose is kept as it was written")
w.write("all.json", w.must("laptop", "export").out)
a = w.run("laptop", "validate", w.path("all.json"), "--json")
t.ok(a.rc == 0 and a.rows and all(r["ok"] for r in a.rows), "all of it is valid", a)
fails("a second plan", 1, NEW, plan, "status=completed")

# ------------------------------------------------------------------- due and show
rows = due("laptop", "2021-04-10")
t.ok(rows and all(list(r) == KEYS for r in rows), "the keys of due", rows[:1])
r = one("laptop", "2021-04-10", "visit", "next")
t.ok(window(r) == ("2021-04-30", "2021-04-21", "2021-05-09") and r["reviewed"] is True and "NCCN" in r["source"], "a visit that is next", r)
t.ok(one("laptop", "2021-04-21", "visit", "due") and one("laptop", "2021-05-10", "visit", "overdue"), "due on its first day, overdue after its last")
r = one("laptop", "2022-01-20", "echocardiogram-250", "due")
t.ok(r.get("due") == "2022-01-31" and r["exposure"] == "anthracycline 300.50 mg/m2", "an item of an exposure", r)
a = w.must("laptop", "plan", "due", "--on", "2021-05-10")
t.ok("nobody reviewed it for you" in a.out and "Overdue\n" in a.out and "Due 30 Apr 2021; from 21 Apr 2021 until 9 May 2021" in a.out
     and not DATE.search(a.out), "as text, with days as people write them", a)
fails("due on half a date", 2, ["plan", "due", "--on", "2021-05"], "whole day")
j = w.must("laptop", "plan", "show", "--json").json
t.ok(set(j) == {"ref", "stage", "since", "anchor", "items", "notes", "kept"} and j["ref"] == plan and j["stage"] == "off-treatment"
     and j["anchor"] == "2020-01-31" and "reviewed" in j["notes"][0]["text"]
     and set(j["items"][0]) == {"item", "title", "rule", "exposure", "source", "url", "reviewed", "by"}, "show", j)
a = w.must("laptop", "plan", "show")
t.ok("nobody reviewed it for you" in a.out and "visit: " in a.out and "Stage: off-treatment, since 31 Jan 2020." in a.out
     and "Dates count from 31 Jan 2020." in a.out and not DATE.search(a.out), "as text", a)

# --------------------------------------------------------------------------- done
a = w.run("laptop", "plan", "done", "visit", "--on", "2021-02-01", "--json")
t.ok(a.rc == 0 and "does not count" in a.err and not [r for r in due("laptop", "2021-04-10", "visit") if r["satisfied_by"] == a.json["ref"]],
     "too early: kept, and it says that it does not count", a)
a = w.must("laptop", "plan", "done", "visit", "--on", "2021-04-25", "--json")
first = a.json["ref"]
t.ok(set(a.json) == {"ref", "version", "flagged"} and first.startswith("Procedure/") and not a.err, "done", a)
r = one("laptop", "2021-05-01", "visit", "done")
t.ok(r.get("satisfied_by") == first and window(r) == ("2021-04-30", "2021-04-21", "2021-05-09"), "the row is done by it", r)
t.ok(one("laptop", "2021-05-01", "visit", "next").get("due") == "2021-07-25", "the next counts from it")
b = body("laptop", first)
t.ok(b["subject"] == {"reference": "Patient/ana"} and b["performedDateTime"] == "2021-04-25"
     and b["code"]["coding"] == [{"system": ITEMS, "code": "visit"}], "the record", b)
enc = {"resourceType": "Encounter", "id": "seen", "status": "finished", "class": {"code": "AMB"},
       "type": [{"text": "a talk"}], "subject": {"reference": "Patient/ana"}, "period": {"start": "2021-07-20"}}
w.put("laptop", enc)
a = w.must("laptop", "plan", "done", "visit", "--ref", "Encounter/seen", "--json")
t.ok(a.json["ref"] == "Encounter/seen" and one("laptop", "2021-08-01", "visit", "done") and
     {r["satisfied_by"] for r in due("laptop", "2021-08-01", "visit")} == {"", first, "Encounter/seen"}, "done --ref of a visit", a)
t.ok(body("laptop", "Encounter/seen")["type"] == [{"text": "a talk"}, {"coding": [{"system": ITEMS, "code": "visit"}]}], "its code stands beside what was there")
again = w.must("laptop", "plan", "done", "visit", "--ref", "Encounter/seen", "--json")
t.ok(again.json == a.json, "a second time changes nothing", again)
o = observation("count")
o["effectiveDateTime"], o["subject"] = "2021-05-02", {"reference": "Patient/ana"}
w.put("laptop", o)
w.must("laptop", "plan", "done", "blood-count", "--ref", "Observation/count")
t.ok(one("laptop", "2021-06-01", "blood-count", "done").get("satisfied_by") == "Observation/count" and
     [c["code"] for c in body("laptop", "Observation/count")["code"]["coding"]] == ["718-7", "blood-count"], "done --ref of a result")
report = {"resourceType": "DiagnosticReport", "id": "echo", "status": "final", "subject": {"reference": "Patient/ana"},
          "code": {"coding": [{"system": "http://snomed.info/sct", "code": "40701008"}]}, "effectiveDateTime": "2022-01-15"}
w.put("laptop", report)
t.ok(one("laptop", "2022-02-01", "echocardiogram-250", "done").get("satisfied_by") == "DiagnosticReport/echo", "a report with a code of its test counts by itself")
fails("done of no item", 1, ["plan", "done", "nothing"], "plan show")
fails("done of what fits several", 2, ["plan", "done", "blood"], "several")
fails("done to come", 2, ["plan", "done", "visit", "--on", "+30d"], "to come")
fails("done by a person", 1, ["plan", "done", "visit", "--ref", "Patient/ana"], "Patient/ana")
fails("done --on --ref", 2, ["plan", "done", "visit", "--on", "2021-01-01", "--ref", "Encounter/seen"], "not both")

# ------------------------------------------------------------------ another person's
w.put("laptop", {"resourceType": "Patient", "id": "bob", "name": [{"family": "Berg", "given": ["Bob"]}], "birthDate": "1961-01-01"})
his = dict(body("laptop", first), id="his", subject={"reference": "Patient/bob"}, performedDateTime="2021-10-20")
w.put("laptop", his)
t.ok(not [r for r in due("laptop", "2021-11-01", "visit") if r["satisfied_by"] == "Procedure/his"], "another person's visit does not count")
fails("done by another person's document", 1, ["plan", "done", "visit", "--ref", "Procedure/his"], "another person")
w.put("laptop", dict(his, id="hers", subject={"reference": "Patient/ana"}))
t.ok([r for r in due("laptop", "2021-11-01", "visit") if r["satisfied_by"] == "Procedure/hers"], "the same of her own does")

# ------------------------------------------------------------------ done, in words
w.put("laptop", {"resourceType": "Appointment", "id": "met", "status": "fulfilled", "description": "Dr Lee", "start": "2022-01-19T09:30:00Z",
                 "end": "2022-01-19T10:00:00Z", "participant": [{"actor": {"reference": "Patient/ana"}, "status": "accepted"}]})
w.must("laptop", "plan", "done", "visit", "--ref", "Appointment/met")
w.put("laptop", dict(his, id="about", subject={"reference": "Patient/ana"}, performedDateTime="2022-05"))
a = w.must("laptop", "plan", "due", "--on", "2022-07-01")
done = a.out[a.out.index("\nDone\n"):]
for what, line in (("a visit", "Was due 25 Jul 2021. Done 20 Jul 2021: a talk (Encounter/seen)."),
                   ("what was noted", f"Was due 30 Apr 2021. Done 25 Apr 2021: {b['code']['text']} ({first})."),
                   ("an appointment", "Was due 20 Jan 2022. Done 19 Jan 2022: Dr Lee (Appointment/met)."),
                   ("a report without words of its own", "Was due 31 Jan 2022. Done 15 Jan 2022: 40701008 (DiagnosticReport/echo)."),
                   ("a day known in part", f"Was due 19 Apr 2022. Done May 2022: {b['code']['text']} (Procedure/about).")):
    t.ok(f"\n    {line}\n" in done, f"done by {what}: when, and its words before its ref", done)
t.ok(not DATE.search(a.out), "no day is a program's", a)
term = terminal.Terminal(w.program, 40)
rc, out = term.run(*w.command("laptop", ["plan", "due", "--on", "2022-07-01"])[1:], env=dict(w.env, TERM="xterm"))
out = out.replace("\r", "")
t.ok(rc == 0 and all(len(x) <= 40 for x in out.splitlines()) and "Done 19 Jan 2022: Dr Lee" in re.sub(r"\s+", " ", out), "in 40 columns", out)
for args, words in ((["due", "--on", "2022-07-01"], ["Tocaba el 20 ene 2022. Hecho (19 ene 2022): Dr Lee (Appointment/met).", "Hecho (may 2022)"]),
                    (["show"], ["Las fechas cuentan desde 31 ene 2020.", "desde 31 ene 2020"])):
    p = subprocess.run(w.command("laptop", ["plan", *args]), env={**os.environ, **w.env, "LC_ALL": "es_ES.UTF-8"}, capture_output=True, text=True, check=False)
    t.ok(p.returncode == 0 and all(x in p.stdout for x in words) and not DATE.search(p.stdout), f"{args[0]} in Spanish", p.stdout)

# --------------------------------------------------------------------------- skip
now = w.must("laptop", "plan", "due", "--json").rows
r = next(r for r in now if r["item"] == "distress" and r["state"] != "done")
fails("skip without a reason", 2, ["plan", "skip", "distress"], "--why")
fails("skip of what has no date", 1, ["plan", "skip", "copies", "--why", "x"], "no date")
a = w.must("laptop", "plan", "skip", "distress", "--why", "I was \"away\"", "--json")
t.ok(a.json["ref"] == plan and set(a.json) == {"ref", "version", "flagged"}, "skip", a)
s = next((x for x in w.must("laptop", "plan", "due", "--json").rows if x["item"] == "distress" and x["state"] == "skipped"), {})
t.ok(window(s) == window(r) and s["reason"] == 'I was "away"', "the row is skipped, with its reason", s, r)
t.ok(body("laptop", plan)["activity"][0]["id"] == "skip.distress." + r["due"], "the activity's id")

# ------------------------------------------------------- an exposure that is taken away
items = lambda: {r["item"] for r in due("laptop", "2022-02-01")}
before = items()
w.must("laptop", "rm", named["vincristine"][0])
gone = before - items()
t.ok(gone and all("vincristine" in x for x in gone), "its items go, and no other", gone)
w.must("laptop", "undo")
t.ok(items() == before, "and come back")

# ------------------------------------------------------------------- two devices
w.must("laptop", "sync")
w.join("phone", w.invite("laptop"))
t.ok(w.must("phone", "plan", "due", "--json").out == w.must("laptop", "plan", "due", "--json").out, "two devices compute the same bytes")
fails("a plan where the phone's is in force", 1, NEW, plan)

# -------------------------------------------------------------------- a clinician
code = w.must("laptop", "share", "create", "Dr Lee", "--types", "CarePlan,Observation,Procedure", "--write", "--json").json["code"]
w.write("lee.code", code + "\n")
w.must("laptop", "sync", ok=(0, 3))
w.must("clinic", "join", "--device", "desk", "--name", "Mina Lee", "--code-file", w.path("lee.code"))
act = {"id": "lee-1", "detail": {"code": {"coding": [{"system": ITEMS, "code": "visit"}]}, "status": "scheduled",
       "statusReason": {"text": "All was well."}, "scheduledTiming": {"repeat": {"frequency": 1, "period": 6, "periodUnit": "mo"}}}}
w.must("clinic", "set", plan, "activity[1]:=" + json.dumps(act))
w.must("clinic", "sync", ok=(0, 3))
w.must("laptop", "sync", ok=(0, 3))
visit = next(i for i in w.must("laptop", "plan", "show", "--json").json["items"] if i["item"] == "visit")
t.ok(visit["by"].startswith("Dr Lee") and visit["reviewed"] is True and "6 months" in visit["rule"], "what a clinician sets through a share says so", visit)
t.ok("of the care team" in w.must("laptop", "plan", "show").out, "in words too")
mine = next((i for i in w.must("clinic", "plan", "show", "--json").json["items"] if i["item"] == "visit"), {})
t.ok(mine.get("reviewed") is True and "6 months" in mine["rule"], "on the clinician's own device too", mine)
w.must("phone", "sync", ok=(0, 3))
t.ok(w.must("phone", "plan", "due", "--json").out == w.must("laptop", "plan", "due", "--json").out, "and on the phone the same bytes")
w.must("laptop", "plan", "skip", "blood-count", "--why", "Later.")
visit = next(i for i in w.must("laptop", "plan", "show", "--json").json["items"] if i["item"] == "visit")
t.ok(visit["by"].startswith("Dr Lee"), "it stays the clinician's when the patient changes something else", visit)
w.must("laptop", "set", plan, "activity[1].detail.statusReason.text=I changed my mind.")
visit = next(i for i in w.must("laptop", "plan", "show", "--json").json["items"] if i["item"] == "visit")
t.ok(visit["by"] == "Ana Ruiz" and visit["reviewed"] is False, "once the patient changes it, it is the patient's", visit)

# ------------------------------------------------------------------- without a Patient
w.must("bare", "init", "--name", "Bo Lind", "--device", "d", "--kit", w.path("bare.html"))
w.must("bare", "plan", "new", "all-in-treatment", "--since", "2025-03", "--end-of-treatment", "2027", "--json")
b = body("bare", of_plan("bare"))
t.ok(b["subject"] == {"display": "Bo Lind"}, "without a Patient the plan is of the vault's person", b)
a = w.must("bare", "plan", "due")
t.ok("Only a part of the date" in a.out and "last. (Mar 2025)" in a.out, "a date known in part is said", a)
t.ok("since Mar 2025." in w.must("bare", "plan", "show").out, "as far as it is known")
j = w.must("bare", "plan", "show", "--json").json
t.ok(j["since"] == j["anchor"] == "2025-03" and any(n["about"] == "2025-03" for n in j["notes"]), "programs read it as it was written", j)

# ------------------------------------------------------------------------- stages
w.must("own", "init", "--name", "Bo Lind", "--device", "d", "--kit", w.path("own.html"))
w.must("own", "plan", "new", "all-in-treatment", "--since", "2018-03-01")
own = of_plan("own")


def refused(what, rc, args, *words):
    before = w.view("own")
    a = w.run("own", *args)
    t.ok(a.rc == rc and not a.out and len(a.err.splitlines()) == 1 and all(x in a.err for x in words) and w.view("own") == before, what, a)


def valid(what):
    w.write("all.json", w.must("own", "export").out)
    a = w.run("own", "validate", w.path("all.json"), "--json")
    t.ok(a.rc == 0 and a.rows and all(r["ok"] for r in a.rows), what + ": all is valid", a)


refused("a stage with several templates", 2, ["plan", "stage", "off-treatment"], "--template", "adult-all-ccs", "adult-all-nccn-2017")
refused("a template of another stage", 2, ["plan", "stage", "relapsed", "--template", "all-ongoing"], "ongoing")
refused("the stage that it is in", 1, ["plan", "stage", "in-treatment"], "--on")
a = w.must("own", "plan", "stage", "off-treatment", "--on", "2020-02-15", "--template", "adult-all-nccn-2017", "--json")
t.ok(set(a.json) == {"ref", "version", "flagged"} and a.json["ref"] == own, "stage", a)
j = w.must("own", "plan", "show", "--json").json
t.ok(j["stage"] == "off-treatment" and j["since"] == "2020-02-15" and j["anchor"] == "" and
     any("end of treatment is not known" in n["text"] for n in j["notes"]), "a new stage; no date stands in for the end", j)
w.must("own", "plan", "stage", "off-treatment", "--end-of-treatment", "2020-01-31")
j = w.must("own", "plan", "show", "--json").json
t.ok(j["since"] == "2020-02-15" and j["anchor"] == "2020-01-31", "the end alone; the stage is as it was", j)
t.ok(one("own", "2021-04-10", "visit", "next").get("due") == "2021-04-30", "and there are dates")
t.ok(not [r for r in due("own", "2019-01-01") if "NCCN" in r["source"]], "before it the template of the stage before counts")
w.must("own", "plan", "stage", "relapsed", "--on", "2022-01-01")
t.ok(body("own", own)["instantiatesUri"][-1] == "urn:aftercare:plan-template:all-relapsed:1"
     and w.must("own", "plan", "show", "--json").json["stage"] == "relapsed", "the only template for a stage is taken")
w.must("own", "plan", "stage", "off-treatment", "--on", "2022-06-30", "--end-of-treatment", "2022-06-30")
t.ok(len(body("own", own)["instantiatesUri"]) == 3 and w.must("own", "plan", "show", "--json").json["anchor"] == "2022-06-30", "back in a stage that it was in")
valid("stages")

# ------------------------------------------------------------- items of one's own
a = w.must("own", "plan", "add", "Tea with the group; weekly, \\o/", "--every", "1-2w", "--from", "2023-01-02", "--until", "2023-06-30",
           "--code", "72170-4", "--why", "It helps.", "--json")
t.ok(set(a.json) == {"ref", "version", "flagged"} and a.json["ref"] == own, "add", a)
tea = "tea-with-the-group-weekly-o"
r = one("own", "2023-01-05", tea, "next")
t.ok(window(r) == ("2023-01-09", "2023-01-09", "2023-01-17") and r["reason"] == "It helps." and r["source"] == "Bo Lind"
     and r["reviewed"] is False, "its first date is one interval on", r)
t.ok(body("own", own)["activity"][0]["detail"]["code"]["coding"][1] == {"system": "http://loinc.org", "code": "72170-4"}, "its code")
o = observation("tea")
o["code"]["coding"][0]["code"], o["effectiveDateTime"] = "72170-4", "2023-01-10"
w.put("own", o)
t.ok(one("own", "2023-01-12", tea, "done").get("satisfied_by") == "Observation/tea", "a record with that code counts")
w.must("own", "plan", "add", "Visit", "--every", "1y")
t.ok([x["id"] for x in body("own", own)["activity"]] == [tea, "visit-2"], "a title is never the name of a template's item")
refused("a code of nothing", 2, ["plan", "add", "x", "--every", "1y", "--code", "abc"], "SYSTEM|CODE")
refused("an end before the beginning", 2, ["plan", "add", "x", "--every", "1y", "--until", "2001-01-01"], "2001-01-01")

# ----------------------------------------------------------------- change, remove
before = one("own", "2024-01-05", "visit", "overdue")
t.ok(before.get("due") == "2023-09-30", "a visit of the second year: the end, twelve months and three", before)
w.must("own", "plan", "change", "visit", "--every", "6mo", "--from", "2023-07-01", "--why", "All was well.")
r = one("own", "2024-02-01", "visit", "overdue")
t.ok(r.get("due") == "2023-12-30" and r["reason"] == "All was well." and r["source"] == "Bo Lind", "six months from when the phase began", r)
w.must("own", "plan", "change", "visit", "--title", "Dr Lee")
t.ok(one("own", "2024-02-01", "visit", "overdue").get("title") == "Dr Lee" and len(body("own", own)["activity"]) == 3, "a second change is of the same activity")
refused("days without an interval", 2, ["plan", "change", "blood-count", "--until", "2099-01-01"], "--every")
refused("a change of nothing there", 1, ["plan", "change", "none", "--every", "1y"], "plan show")
names = {i["item"] for i in w.must("own", "plan", "show", "--json").json["items"]}
w.must("own", "plan", "remove", "distress", "--why", "Not for me.")
left = {i["item"] for i in w.must("own", "plan", "show", "--json").json["items"]}
t.ok(names - left == {"distress"} and not left - names, "remove takes one item", names ^ left)
refused("remove of what is gone", 1, ["plan", "remove", "distress"], "plan show")
w.must("own", "plan", "change", "distress", "--why", "After all.")
t.ok(names == {i["item"] for i in w.must("own", "plan", "show", "--json").json["items"]}, "a change brings it back")
valid("changes")

# ---------------------------------------------------------- what the care team set
w.must("clinic", "plan", "change", "blood-count", "--every", "2mo", "--why", "Each second month.")
w.must("clinic", "sync", ok=(0, 3))
w.must("laptop", "sync", ok=(0, 3))
i = next(i for i in w.must("laptop", "plan", "show", "--json").json["items"] if i["item"] == "blood-count")
t.ok(i["by"].startswith("Dr Lee") and "2 months" in i["rule"], "a clinician changes an item with the same command", i)
fails("the patient does not change it", 1, ["plan", "change", "blood-count", "--every", "1y"], "Dr Lee", "blood-count")
fails("nor takes it out", 1, ["plan", "remove", "blood-count"], "Dr Lee")

# -------------------------------------------------------------------- the calendar
# by the system's Python, which has the library from Debian
READ = """
import icalendar, json, sys
c = icalendar.Calendar.from_ical(open(sys.argv[1], 'rb').read())
print(json.dumps([{'uid': str(e['uid']), 'start': e['dtstart'].dt.isoformat(), 'sequence': int(e['sequence']), 'summary': str(e['summary']),
    'description': str(e['description']), 'stamp': e['dtstamp'].dt.isoformat(),
    'alarms': [(str(a['action']), a['trigger'].dt.total_seconds()) for a in e.walk('valarm')]} for e in c.walk('vevent')]))
"""


def calendar(*more):
    a = w.must("own", "plan", "export", "--ics", w.path("plan.ics"), "--json", "--yes", *more)
    p = subprocess.run(["/usr/bin/python3", "-c", READ, w.path("plan.ics")], capture_output=True, text=True)
    t.ok(p.returncode == 0, "a calendar library reads it", p.stderr)
    with open(w.path("plan.ics"), "rb") as f:
        raw = f.read()
    lines = raw.split(b"\r\n")
    t.ok(lines.pop() == b"" and not any(b"\n" in x or b"\r" in x or len(x) > 75 for x in lines), "CRLF, and no line over 75 octets",
         [x for x in lines if len(x) > 75])
    t.ok(all(x.decode(errors="replace").count("\ufffd") == 0 for x in lines), "no character is torn", raw)
    t.ok(a.json["file"] == w.path("plan.ics") and a.json["events"] == len(json.loads(p.stdout)), "the answer", a)
    return raw, {e["uid"]: e for e in json.loads(p.stdout)}


w.must("own", "plan", "add", "Größe; Blut, Kälte \\ und ein Ende, das sehr weit über fünfundsiebzig Oktette hinausreicht, mit Ümläuten", "--every", "3w")
w.must("own", "plan", "add", "ü" * 60, "--every", "5w")
w.must("own", "plan", "add", "a" + "ü" * 60, "--every", "5w")
raw, events = calendar()
rows = [r for r in w.must("own", "plan", "due", "--json").rows if r["state"] in ("overdue", "due", "next") and r["due"]]
t.ok(len(rows) > 2 and sorted(e["start"] for e in events.values()) == sorted(r["due"] for r in rows), "an event for each open date", events)
t.ok(all(e["alarms"] == [["DISPLAY", -7 * 86400.0], ["DISPLAY", -86400.0]] for e in events.values()), "a week and a day before")
lower = raw.lower()
t.ok(not [x for x in (b"leuk", b"visit", b"blood", b"distress", b"treatment for", b"nccn") if x in lower], "nothing tells of the illness", raw)
t.ok(b"nobody reviewed it" in raw.replace(b"\r\n ", b""), "nor is it advice")
t.ok(calendar()[0] == raw, "the same record gives the same file")
raw, titled = calendar("--titles")
t.ok(set(titled) == set(events) and {e["summary"] for e in titled.values()} == {r["title"] for r in rows}, "--titles: the items', each as it was written", titled)
until = {said(r["until"]) for r in rows}
t.ok({re.search(r"Until (.*?)\. A start", e["description"])[1] for e in titled.values()} == until, "with the last day that counts, as people write it", titled)
a = w.run("own", "plan", "export", "--ics", w.path("plan.ics"))
with open(w.path("plan.ics"), "rb") as f:
    t.ok(a.rc == 2 and "--yes" in a.err and "would be replaced" in a.err and f.read() == raw, "a file that is there is kept", a)
a = w.must("own", "plan", "export", "--ics", "-", "--titles")
t.ok(a.out.encode().replace(b"\n", b"\r\n") == raw and a.out.endswith("END:VCALENDAR\n"), "-: the calendar alone on standard output", a.out[-300:])
a = w.run("own", "plan", "export", "--ics", "-", "--json")
t.ok(a.rc == 2 and not a.out and "leave --json out" in a.err, "which is no JSON", a)
old = next(u for u, e in titled.items() if e["summary"] == "Dr Lee")
time.sleep(1.1)
w.must("own", "plan", "skip", "visit", "--why", "Away.")
_, later = calendar("--titles")
t.ok(old in later and later[old]["start"] > titled[old]["start"] and later[old]["sequence"] > titled[old]["sequence"]
     and later[old]["stamp"] > titled[old]["stamp"] and set(later) == set(titled), "a date that moved has its UID and a higher SEQUENCE", later.get(old))

w.close()
sys.exit(t.end())
