#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""plan_edition_test.py: a newer edition of a plan's template. The phone has a later program, which
is this one with more templates (AFTERCARE_TEMPLATES of a test build); the laptop has not.

Treatment ended on 2025-01-31 and the plan is looked at on fixed days, each worked out by hand.
"""
import json
import os
import sys

from homes import ROOT, Tap, World

sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
import terminal

t = Tap()
w = World("edition", memory=True)
ITEMS = "urn:aftercare:plan-item"


def template(name):
    with open(os.path.join(ROOT, "schema", "templates", name + "-1.json"), encoding="utf-8") as f:
        return json.load(f)


def item(of, name):
    return next(i for i in of["items"] if i["item"] == name)


# The second edition: visits every 2 months and no more every 1 to 2; no liver tests; a new check of the skin;
# another title; of the parts, echocardiograms every 3 years, an exposure and codes that the first did not know.
tests = dict(template("tests"), edition=2)
tests["tests"].append({"test": "skin", "codes": [{"system": "http://loinc.org", "code": "72170-4", "types": ["Observation"]},
                                                 {"system": "http://loinc.org", "code": "8302-2", "types": ["Observation"]}]})
late = dict(template("late-effects"), edition=2)
late["with"] = ["tests:2"]
late["exposures"].append({"exposure": "sunlight", "title": "Sunlight"})
item(late, "echocardiogram-250")["phases"][0].update(min=3, max=3, early=109, late=109, rule="Every 3 years.")
ccs = dict(template("adult-all-ccs"), edition=2)
ccs["with"] = ["late-effects:2", "living:1", "tests:2"]
item(ccs, "visit")["phases"][0].update(min=2, max=2, early=6, late=6, rule="Every 2 months in the first year.")
item(ccs, "distress")["title"] = "How are you?"
ccs["items"] = [i for i in ccs["items"] if i["item"] != "liver-function"]
ccs["items"].append({"item": "skin", "title": "A look at the skin", "reason": "It is simple.", "tests": ["skin"], "source": "ccs", "mark": "V",
                     "reviewed": True, "phases": [{"from": 0, "min": 1, "max": 1, "unit": "a", "early": 36, "late": 36, "rule": "Every year.",
                                                   "source": "ccs", "mark": "V", "reviewed": True}]})
LATER = ":".join(w.write(f["name"] + "-2.json", json.dumps(f)) for f in (tests, late, ccs))
# and a third edition, in which nothing that this plan has is another
LATER3 = LATER + ":" + w.write("adult-all-ccs-3.json", json.dumps(dict(ccs, edition=3)))


def program(later):
    w.env.pop("AFTERCARE_TEMPLATES", None)
    if later:
        w.env["AFTERCARE_TEMPLATES"] = later


def both(what, *args):
    """The same bytes from the older program and the later one; what the later one adds on standard error."""
    program(None)
    a = w.must("laptop", *args)
    program(LATER)
    b = w.must("phone", *args)
    t.ok(a.out == b.out and a.out, "two programs, the same bytes: " + what, a.out[:400], b.out[:400])
    return b


def sync():
    for h in ("laptop", "phone", "laptop"):
        program(LATER if h == "phone" else None)
        w.must(h, "sync", ok=(0, 3))
    program(LATER)


def due(on, name, state=None):
    return [r for r in w.must("phone", "plan", "due", "--on", on, "--json").rows if r["item"] == name and state in (None, r["state"])]


w.init("laptop")
w.must("laptop", "plan", "new", "adult-all-ccs", "--end-of-treatment", "2025-01-31", "--exposure", "anthracycline=300mg/m2")
plan = w.must("laptop", "list", "CarePlan", "--json").rows[0]["ref"]
w.must("laptop", "plan", "done", "visit", "--on", "2025-03-10")
w.must("laptop", "plan", "done", "liver-function", "--on", "2025-03-11")
w.must("laptop", "plan", "change", "blood-count", "--every", "4w", "--from", "2025-02-01")
# an item of her own, with a code that only the later program's tests know
w.must("laptop", "plan", "add", "Height", "--every", "1y", "--from", "2025-02-01", "--code", "72170-4")
w.put("laptop", {"resourceType": "Observation", "id": "height", "status": "final", "effectiveDateTime": "2026-01-30",
                 "code": {"coding": [{"system": "http://loinc.org", "code": "8302-2"}]}})
o = {"resourceType": "Observation", "id": "sun", "status": "final", "code": {"coding": [{"system": "urn:aftercare:plan", "code": "sunlight"}]}}
w.put("laptop", o)
w.must("laptop", "set", plan, 'supportingInfo[3]:={"reference":"Observation/sun"}')
w.must("laptop", "sync")
program(LATER)
w.join("phone", w.invite("laptop"))
sync()

# ------------------------------------------------------------------ it is told, and not taken
for on in ("2025-03-20", "2025-06-01", "2026-02-20", "2028-02-01"):
    a = both("due on " + on, "plan", "due", "--on", on, "--json")
    t.ok("Edition 2 of adult-all-ccs is here" in a.err and "plan update" in a.err, "and the later one tells of its edition", a)
a = both("due in words", "plan", "due", "--on", "2025-06-01")
t.ok("does not know" not in a.err and "do not know this exposure" in a.out, "an exposure is known by the plan's own edition alone", a)
both("show in words", "plan", "show")
program(None)
j = w.must("laptop", "plan", "show", "--json").json
program(LATER)
k = w.must("phone", "plan", "show", "--json").json
t.ok("newer" not in j and k.pop("newer", None) == [{"template": "adult-all-ccs", "edition": 1, "newest": 2}] and j == k, "show names it, and is the same else", k)
t.ok(len([r for r in w.must("phone", "plan", "templates", "--json").rows if r["name"] == "adult-all-ccs"]) == 2, "both editions are kept")

# ------------------------------------------------------------------------ what it changes
before = w.view("phone")
rows = w.must("phone", "plan", "update", "--dry-run", "--json").rows
changes = {r["item"]: r for r in rows}
t.ok(len(rows) == len(changes) and set(changes) == {"visit", "distress", "liver-function", "skin", "echocardiogram-250", "height"},
     "the items that change, and no other", sorted(changes))
t.ok(all(list(r) == ["item", "change", "was", "becomes"] for r in rows), "their keys", rows[:1])
t.ok((changes["skin"]["change"], changes["skin"]["was"], changes["skin"]["becomes"]["done"]) == ("added", None, 1), "an item that comes, with what counts for it",
     changes["skin"])
t.ok(changes["liver-function"]["change"] == "removed" and changes["liver-function"]["becomes"] is None
     and changes["liver-function"]["was"]["done"] == 1, "one that goes, with what counted for it", changes["liver-function"])
c = changes["echocardiogram-250"]
t.ok(c["change"] == "changed" and (c["was"]["due"], c["becomes"]["due"]) == ("2027-01-31", "2028-01-31")
     and c["becomes"]["rule"] == "Every 3 years.", "one with another interval: when it is due before and after", c)
c = changes["distress"]
t.ok(c["was"]["title"] != c["becomes"]["title"] == "How are you?" and c["was"]["due"] == c["becomes"]["due"], "one with another title", c)
# 2025-03-10 is from a month after the end, less 3 days, and not from two, less 6: 2025-03-31 - 6 = 2025-03-25
t.ok((changes["visit"]["was"]["done"], changes["visit"]["becomes"]["done"]) == (1, 0), "a record that would no more count is told", changes["visit"])
a = w.must("phone", "plan", "update", "--dry-run")
t.ok("edition 2 is here" in a.out and "New: A look at the skin (skin)" in a.out and "Gone: Liver tests (liver-function)" in a.out
     and "Changed: How are you? (distress)" in a.out and "Every 3 years." in a.out and "nobody reviewed it" in a.out
     and "Due 31 Jan 2027" in a.out and "Due 31 Jan 2028" in a.out, "in words", a)
a = w.run("phone", "plan", "update")
t.ok(a.rc == 2 and not a.out and "--yes" in a.err and w.view("phone") == before, "without a terminal nothing is taken unasked", a)
program(None)
a = w.run("laptop", "plan", "update", "--yes")
t.ok(a.rc == 1 and not a.out and "newest" in a.err, "where nothing is newer there is nothing to take", a)
a = w.run("laptop", "plan", "update", "--dry-run", "--json")
t.ok(a.rc == 0 and not a.out, "and nothing to show", a)
program(LATER)
w.must("phone", "plan", "stage", "off-treatment", "--on", "2025-02-10", "--template", "adult-all-ccs")
b = w.must("phone", "show", plan, "--json").json["resource"]
t.ok(b["instantiatesUri"] == ["urn:aftercare:plan-template:adult-all-ccs:1"], "naming the template does not take its newer edition", b["instantiatesUri"])
sync()
both("after that", "plan", "due", "--on", "2025-06-01", "--json")

# ------------------------------------------------------------------------- on a terminal
term = terminal.Terminal(w.program, 200)
for answer, text in (("n\n", "Nothing was done"), ("\n", "Nothing was done")):
    before = w.view("phone")
    rc, out = term.run(*w.command("phone", ["plan", "update"])[1:], answers=[(r"\[y/N\]", answer)], env=w.env)
    t.ok(rc == 1 and out.index("Gone: Liver tests") < out.index("[y/N]") and text in out and w.view("phone") == before,
         f"it is shown before it is asked, and {answer!r} takes nothing", out)
rc, out = term.run(*w.command("phone", ["plan", "update"])[1:], answers=[(r"\[y/N\]", "y\n")], env=w.env)
b = w.must("phone", "show", plan, "--json").json["resource"]
t.ok(rc == 0 and b["instantiatesUri"] == ["urn:aftercare:plan-template:adult-all-ccs:2"], "and y takes it", out)

# ------------------------------------------------------------------------------- after it
t.ok(due("2025-06-01", "skin") and not due("2025-06-01", "liver-function") and due("2025-06-01", "visit", "overdue")[0]["due"] == "2025-03-31",
     "the plan follows the newer edition")
t.ok(due("2026-02-20", "blood-count")[0]["rule"] == "Every 4 weeks.", "what she changed stays hers")
t.ok(w.must("phone", "list", "Procedure", "--json").out.count("Procedure/") == 2, "what was done stays in the record")
a = w.must("phone", "plan", "due", "--json")
t.ok("Edition" not in a.err, "nothing is newer now", a)
sync()
program(None)
a = w.must("laptop", "plan", "due", "--on", "2025-06-01")
t.ok("does not have a template that the plan names" in a.out and "adult-all-ccs:2" in a.out, "the older program says that it lacks the edition", a)
a = w.must("laptop", "plan", "due", "--on", "2025-06-01", "--json")
t.ok("adult-all-ccs:2" in a.err and [r["item"] for r in a.rows if r["item"] == "visit"] == [], "and in a script's words too, and guesses nothing", a)
t.ok([r for r in a.rows if r["item"] == "height"], "her own item stands")
a = w.must("laptop", "plan", "stage", "off-treatment", "--on", "2025-02-20", "--template", "adult-all-ccs")
b = w.must("laptop", "show", plan, "--json").json["resource"]
t.ok(b["instantiatesUri"] == ["urn:aftercare:plan-template:adult-all-ccs:2"], "nor does it go back to its own", b["instantiatesUri"])

# ------------------------------------------------------------- an edition that changes nothing here
sync()
program(LATER3)
a = w.must("phone", "plan", "update", "--dry-run")
t.ok("changes nothing" in a.out and not w.must("phone", "plan", "update", "--dry-run", "--json").out, "an edition that changes nothing says so", a)
a = w.must("phone", "plan", "update", "--yes", "--json")
t.ok(set(a.json) == {"ref", "version", "flagged"} and a.json["ref"] == plan, "taken with --yes", a)

# --------------------------------------------- both devices take it, one changes something besides
w.must("phone", "undo")
w.must("phone", "plan", "update", "--yes")
w.must("phone", "sync", ok=(0, 3))
program(LATER3)
w.must("laptop", "plan", "update", "--yes")
w.must("laptop", "plan", "skip", "distress", "--why", "Away.")
w.must("laptop", "sync", ok=(0, 3))
w.must("phone", "sync", ok=(0, 3))
x, y = (w.must(h, "plan", "due", "--on", "2025-07-01", "--json").out for h in ("laptop", "phone"))
t.ok(x == y and not w.must("phone", "conflicts", "--json").out, "both took it: one plan, and no conflict", w.must("phone", "conflicts", "--json").out)

w.close()
sys.exit(t.end())
