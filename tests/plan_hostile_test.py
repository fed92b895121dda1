#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""plan_hostile_test.py: plans that two devices change at once, and plans that a clinician wrote by hand:
too long, odd, with dates and intervals that nobody means. Both devices make the same plan, what the
patient has stays, and what it takes grows with the plan."""
import json
import os
import resource
import sys

from homes import ROOT, Tap, World

t = Tap()
w = World("hostile", memory=True)
ITEMS = "urn:aftercare:plan-item"
ON = ("--on", "2024-06-01", "--json")


def sync(*homes):
    for h in homes:
        w.must(h, "sync", ok=(0, 3))


def both(what, *args):
    sync("laptop", "phone", "laptop")
    x, y = (w.must(h, "plan", "due", *(args or ON)).out for h in ("laptop", "phone"))
    t.ok(x == y and x, what + ": both devices make the same plan", x[:300], y[:300])
    return [json.loads(line) for line in x.splitlines()]


def of(rows, item, state=None):
    return [r for r in rows if r["item"] == item and state in (None, r["state"])]


def body(home, ref):
    return w.must(home, "show", ref, "--json", ok=(0, 3)).json["resource"]


w.init("laptop")
w.put("laptop", {"resourceType": "Patient", "id": "ana", "name": [{"family": "Ruiz", "given": ["Ana"]}], "birthDate": "1990-04-01"})
w.join("phone", w.invite("laptop"))

# ------------------------------------------------------------------ two plans at once
w.must("laptop", "plan", "new", "adult-all-ccs", "--end-of-treatment", "2024-01-31")
w.must("phone", "plan", "new", "adult-all-nccn-2017", "--end-of-treatment", "2024-01-31")
both("two plans made at once")
a = w.must("laptop", "plan", "due")
t.ok("more than one plan" in a.err, "and it is said", a)
ref = w.must("laptop", "plan", "show", "--json").json["ref"]
other = next(r["ref"] for r in w.must("laptop", "list", "CarePlan", "--json").rows if r["ref"] != ref)
w.must("phone", "set", other, "status=completed")
rows = both("one of them ended")
t.ok("more than one plan" not in w.must("laptop", "plan", "due").err, "then there is one")

# ----------------------------------------------------------------- one plan, two hands
w.must("laptop", "plan", "change", "visit", "--every", "5w", "--from", "2024-02-01")
w.must("phone", "plan", "change", "blood-count", "--every", "3w", "--from", "2024-02-01")
w.must("phone", "plan", "add", "Tea", "--every", "2w", "--from", "2024-02-01")
rows = both("different items at once")
t.ok("5 weeks" in of(rows, "visit")[0]["rule"] and "3 weeks" in of(rows, "blood-count")[0]["rule"] and of(rows, "tea"), "and all changes stand", rows)
w.must("laptop", "plan", "change", "visit", "--title", "Dr Lee")
w.must("phone", "plan", "change", "visit", "--why", "All was well.")
rows = both("two sides of one item at once")
t.ok(of(rows, "visit")[0]["title"] == "Dr Lee" and of(rows, "visit")[0]["reason"] == "All was well.", "and both stand", of(rows, "visit"))
w.must("laptop", "plan", "change", "visit", "--every", "6w")
w.must("phone", "plan", "change", "visit", "--every", "7w")
rows = both("one interval, two ways, at once")
t.ok(w.must("laptop", "conflicts", "--json").rows and of(rows, "visit")[0]["rule"] in ("Every 6 weeks.", "Every 7 weeks."), "one of them counts, and it is a conflict to settle",
     w.must("laptop", "conflicts", "--json").out)
side = w.must("phone", "conflicts", "--json").rows[0]["sides"][0]
w.must("phone", "resolve", w.must("phone", "plan", "show", "--json").json["ref"], "--take", side["version"])
both("settled")
t.ok(not w.must("laptop", "conflicts", "--json").rows, "and it is settled")

w.must("laptop", "plan", "done", "tea", "--on", "2024-02-16")
due = of(w.must("phone", "plan", "due", "--json").rows, "tea", "overdue")[0]["due"]
w.must("phone", "plan", "skip", "tea", "--why", "Away.")
rows = both("skipped here and done there")
t.ok(due == "2024-02-15" and len(of(rows, "tea", "done")) == 1 and not of(rows, "tea", "skipped"), "what was done was not skipped", of(rows, "tea"))
w.must("laptop", "plan", "remove", "tea")
w.must("phone", "plan", "done", "tea", "--on", "2024-03-01")
both("taken out here and done there")

w.must("laptop", "plan", "exposure", "anthracycline=300mg/m2")
w.must("phone", "plan", "exposure", "anthracycline=120mg/m2")
rows = both("two doses at once")
t.ok(of(rows, "echocardiogram-250") and not of(rows, "echocardiogram-100"), "the larger counts")
w.must("phone", "plan", "exposure", "anthracycline", "--remove")
rows = both("taken out once")
t.ok(not [r for r in rows if "anthracycline" in r["exposure"]], "both are gone", rows)

w.must("laptop", "plan", "stage", "relapsed", "--on", "2024-05-01")
w.must("phone", "plan", "stage", "ongoing", "--on", "2024-05-02")
rows = both("two stages at once")
t.ok(w.must("laptop", "plan", "show", "--json").json["stage"] == "ongoing", "the later one counts")
disputed = w.must("laptop", "conflicts", "--json").rows
t.ok(disputed, "which template goes with it is a conflict")
w.must("laptop", "resolve", disputed[0]["ref"], "--take", disputed[0]["sides"][0]["version"])
t.ok(not w.must("laptop", "conflicts", "--json").rows, "and one answer settles it")
for h in ("laptop", "phone"):
    w.must(h, "sync", ok=(0, 3))
a = w.must("phone", "plan", "show")
if "No template of the plan is for this stage" in a.out:  # the side that was taken is the other stage's
    w.must("phone", "plan", "stage", "ongoing")
rows = both("and settled")
t.ok(of(rows, "primary-care"), "and the stage has its template", body("phone", w.must("phone", "plan", "show", "--json").json["ref"])["instantiatesUri"])

# --------------------------------------------------- a plan that somebody wrote by hand
plan = w.must("laptop", "plan", "show", "--json").json["ref"]
code = w.must("laptop", "share", "create", "Dr No", "--types", "CarePlan,Observation,Procedure", "--write", "--json").json["code"]
w.write("no.code", code + "\n")
w.must("laptop", "sync", ok=(0, 3))
w.must("clinic", "join", "--device", "desk", "--name", "Nora No", "--code-file", w.path("no.code"))
w.must("laptop", "plan", "change", "primary-care", "--every", "6mo", "--from", "2024-01-01")
sync("laptop", "clinic")
b = body("clinic", plan)
mine = {r["item"]: r for r in w.must("laptop", "plan", "due", *ON).rows if r["source"] == "Ana Ruiz"}


def act(name, **detail):
    return {"id": name, "detail": {"code": {"coding": [{"system": ITEMS, "code": name}]}, "status": "scheduled", **detail}}


def every(period, unit="d", **more):
    return {"scheduledTiming": {"repeat": {"frequency": 1, "period": period, "periodUnit": unit, **more}}}


odd = [
    {"id": "nothing"}, {"reference": {"reference": "Task/none"}}, {"id": "bare", "detail": {"status": "scheduled"}}, act("million", **every(10 ** 6)),
    act("first", **every(1, boundsPeriod={"start": "0001-01-01"})), act("last", **every(4800, "a", boundsPeriod={"start": "9999-12-31"})),
    act("ended", **every(1, "wk", boundsPeriod={"start": "2024-05-01", "end": "2024-02-01"})), act("half", **every(0.5)), act("seconds", **every(1, "s")),
    act("twins", **every(1, "wk")), dict(act("twins", **every(2, "wk")), id="twins-2"), act("x" * 5000, **every(1, "wk")), act("\u202e\u0007bell", **every(1, "wk")),
    {"id": "skip.visit.9999-12-31", "detail": {"status": "cancelled"}}, {"id": "skip..2024-01-01", "detail": {"status": "cancelled"}},
    {"id": "skip.visit.2024-02-30", "detail": {"status": "cancelled"}},
]
many = [act(f"n{i}", **every(1 + i % 4800)) for i in range(1200)] + [{"id": f"skip.m{i}.2024-01-01", "detail": {"status": "cancelled"}} for i in range(1200)]
b["activity"] = b.get("activity", []) + odd + many
b["supportingInfo"] += [{"reference": f"Observation/none-{i}"} for i in range(1000)] + [{"reference": plan}, {"reference": "#x"}, {"display": "x"}]
b["instantiatesUri"] += [f"urn:aftercare:plan-template:t{i}:1" for i in range(400)] + ["urn:aftercare:plan-template:", "urn:aftercare:plan-template::1",
                                                                                    "urn:aftercare:plan-template:adult-all-ccs:99999999999999999999"]
b["partOf"] = b["replaces"] = b["basedOn"] = [{"reference": plan}]
w.write("small.json", json.dumps(dict(b, activity=b["activity"][:-len(many)] + many[::4])))
w.write("p.json", json.dumps(b))


def spent():
    r = resource.getrusage(resource.RUSAGE_CHILDREN)
    return r.ru_utime + r.ru_stime


def cost():
    before = spent()
    for _ in range(2):
        w.must("laptop", "plan", "due", *ON)
    return spent() - before


w.must("clinic", "put", w.path("small.json"), "--force", ok=(0, 3))
sync("clinic", "laptop")
small = cost()
a = w.run("clinic", "put", w.path("p.json"), "--force")
t.ok(a.rc in (0, 3), "a clinician may write any of this", a)
sync("clinic", "laptop", "phone")
large = cost()
t.ok(large < 10 * small, f"four times as much takes {large / small:.1f} times as long", large, small)
rows = both("a plan of 2,400 activities")
t.ok(len(rows) > 1200, "all of it is there", len(rows))
now = {r["item"]: r for r in rows}
t.ok(mine and all(now.get(i) == r for i, r in mine.items()), "what the patient set stays as it was", [(r, now.get(i)) for i, r in mine.items() if now.get(i) != r])
t.ok(all(r["source"].startswith("Dr No") for i, r in now.items() if i in ("n7", "million", "first")), "the rest says who wrote it", now.get("n7"))
t.ok(now["million"]["due"] == now["half"]["due"] == now["seconds"]["due"] == "" and "not one that is counted" in now["million"]["rule"],
     "an interval that nobody means is none, and says so", now["million"])
t.ok(now["first"]["due"] == "0001-01-02" and now["first"]["state"] == "overdue" and "last" not in now, "the first and the last day of the calendar", now["first"])
for args in (["show"], ["show", "--json"], ["due"], ["due", "--on", "0001-01-01"], ["due", "--on", "9999-12-31", "--json"], ["exposure"], ["update", "--dry-run"],
             ["export", "--ics", w.path("p.ics")], ["skip", "n7", "--why", "No."], ["done", "visit"], ["book", "copies", "--on", "+3d"], ["exposure", "vincristine"],
             ["change", "copies", "--every", "1y"]):
    a = w.run("laptop", "plan", *args)
    t.ok(a.rc == 0 and ("--json" in args or not {"\u202e", "\x07"} & set(a.out + a.err)), f"plan {args[0]} answers", a.rc, a.err[:300])
a = w.run("laptop", "patients", "--json")
t.ok(a.rc == 0 and a.json["overdue"] > 0, "patients answers", a)
a = w.must("laptop", "plan", "due", "--json")
t.ok(len([x for x in a.err.splitlines() if "does not have a template" in x]) == 16, "what is alike is told a few times", len(a.err))
w.must("laptop", "share", "revoke", "Dr No")
t.ok(w.must("laptop", "verify", "--json").json["bad"] == [], "the home is whole")

w.close()
sys.exit(t.end())
