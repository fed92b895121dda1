#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""plan_visit_test.py: visits that are booked, missed, asked about and booked again; how many items of
whom are overdue; what a clinician sets through a share, and what is left once the share is revoked; what
stands beside the schedule; days either side of midnight and a clock that was set back.

What is due today moves with the clock, so dates here are told from today.
"""
import datetime
import json
import os
import sys

from homes import ROOT, Tap, World, said

sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
import terminal

t = Tap()
w = World("visit", memory=True)
ITEMS = "urn:aftercare:plan-item"
TODAY = datetime.datetime.now(datetime.timezone.utc).date()  # the homes' zone


def day(n):
    return (TODAY + datetime.timedelta(n)).isoformat()


def rows(home, item=None, *args):
    return [r for r in w.must(home, "plan", "due", "--json", *args).rows if item in (None, r["item"])]


def open_row(home, item):
    return next((r for r in rows(home, item) if r["state"] in ("overdue", "due", "next")), {})


def body(home, ref):
    return w.must(home, "show", ref, "--json").json["resource"]


def fails(home, what, rc, args, *words):
    before = w.view(home)
    a = w.run(home, *args)
    t.ok(a.rc == rc and not a.out and len(a.err.splitlines()) == 1 and all(x in a.err for x in words) and w.view(home) == before, what, a)


def valid(home, what):
    w.write("all.json", w.must(home, "export").out)
    a = w.run(home, "validate", w.path("all.json"), "--json")
    t.ok(a.rc == 0 and a.rows and all(r["ok"] for r in a.rows), what + ": all is valid", [r for r in a.rows if not r["ok"]])


# -------------------------------------------------------------------- booked and missed
H = "laptop"
w.init(H)
w.put(H, {"resourceType": "Patient", "id": "ana", "name": [{"family": "Ruiz", "given": ["Ana"]}], "birthDate": "1990-04-01"})
fails(H, "nothing is booked without a plan", 1, ["plan", "book", "visit", "--on", day(3)], "plan new")
w.must(H, "plan", "new", "adult-all-acs", "--end-of-treatment", day(-400))
w.must(H, "plan", "change", "visit", "--every", "30d", "--from", day(-90))
r = open_row(H, "visit")
t.ok(r["state"] == "overdue" and "booked" not in r and "missed" not in r, "a visit that is overdue", r)
a = w.must(H, "plan", "due")
t.ok("Was it done? `aftercare plan done visit --on DATE`" in a.out and "plan book visit --on DATE" in a.out, "is asked about, with the step that books it", a)
fails(H, "an appointment needs a day", 2, ["plan", "book", "visit"], "--on")
fails(H, "that is to come", 2, ["plan", "book", "visit", "--on", day(-1)], "plan done")
fails(H, "and whole", 2, ["plan", "book", "visit", "--on", day(3)[:7]], "whole day")
fails(H, "of an item that is there", 1, ["plan", "book", "nothing", "--on", day(3)], "plan show")
a = w.must(H, "plan", "book", "visit", "--on", day(3) + " 09:30", "--with", "Dr \"Lee\"", "--json")
first = a.json["ref"]
b = body(H, first)
t.ok(set(a.json) == {"ref", "version", "flagged"} and b["status"] == "booked" and b["start"] == day(3) + "T09:30:00+00:00"
     and b["end"] == day(3) + "T10:00:00+00:00" and b["serviceType"][0]["coding"] == [{"system": ITEMS, "code": "visit"}]
     and [p["actor"] for p in b["participant"]] == [{"reference": "Patient/ana"}, {"display": "Dr \"Lee\""}], "an appointment", b)
r = open_row(H, "visit")
t.ok((r["booked"], r["booked_on"]) == (first, day(3)) and "missed" not in r, "stands beside the item", r)
a = w.must(H, "plan", "due")
t.ok("Booked for " + said(day(3)) in a.out and "Was it done? `aftercare plan done visit" not in a.out, "and nothing is asked", a)
a = w.must(H, "plan", "book", "visit", "--on", day(5), "--json")
b = body(H, first)
t.ok(a.json["ref"] == first and (b["start"], b["end"]) == (day(5) + "T00:00:00+00:00", day(5) + "T23:59:00+00:00") and open_row(H, "visit")["booked_on"] == day(5),
     "another time moves it; a day alone is the whole day", b)
# the days go by
w.must(H, "set", first, "start=" + day(-2) + "T09:30:00+00:00", "end=" + day(-2) + "T10:00:00+00:00")
r = open_row(H, "visit")
t.ok((r["missed"], r["missed_on"]) == (first, day(-2)) and "booked" not in r, "once its day is over it is missed", r)
a = w.must(H, "plan", "due")
t.ok(f"It was booked for {said(day(-2))}. Did it take place? `aftercare plan done visit --ref {first}`" in a.out and "plan book visit --on DATE" in a.out,
     "and asked about", a)
a = w.must(H, "plan", "book", "visit", "--on", day(7), "--json")
r = open_row(H, "visit")
t.ok(a.json["ref"] != first and body(H, first)["status"] == "noshow" and (r["booked"], r.get("missed")) == (a.json["ref"], None), "one step books it again", r)
second = a.json["ref"]
w.must(H, "plan", "book", "visit", "--on", day(8), "--with", "Dr Berg")
r = open_row(H, "visit")
t.ok(body(H, second)["status"] == "cancelled" and r["booked"] not in (first, second) and r["booked_on"] == day(8), "with somebody else it is another appointment", r)
w.must(H, "set", r["booked"], "start=" + day(-1) + "T09:30:00+00:00", "end=" + day(-1) + "T10:00:00+00:00")
third = r["booked"]
a = w.must(H, "plan", "done", "visit", "--ref", third)
t.ok("does not count" not in a.err and body(H, third)["status"] == "fulfilled" and third in {r["satisfied_by"] for r in rows(H, "visit")},
     "that it took place is one step too", a)
w.must(H, "plan", "book", "copies", "--on", day(9))
t.ok(open_row(H, "copies")["booked_on"] == day(9), "an item without a date may be booked as well")
valid(H, "appointments")

# ------------------------------------------------------------------------- on a terminal
w.must("sits", "init", "--name", "Bo Lind", "--device", "s", "--kit", w.path("s.html"))
w.must("sits", "plan", "new", "all-in-treatment", "--since", day(-200))
for item in ("Blood", "Eyes", "Feet", "Teeth"):
    w.must("sits", "plan", "add", item, "--every", "30d", "--from", day(-100))
w.must("sits", "plan", "book", "teeth", "--on", day(1))
teeth = open_row("sits", "teeth")["booked"]
w.must("sits", "set", teeth, "start=" + day(-3) + "T09:30:00+00:00", "end=" + day(-3) + "T10:00:00+00:00")
term = terminal.Terminal(w.program, 240)
rc, out = term.run(*w.command("sits", ["plan", "due"])[1:], env=w.env,
                   answers=[("Blood, due .* open: ", day(-70) + "\n"), ("Eyes, due .* open: ", day(4) + " 10:15\n"), ("Feet, due .* open: ", "\n"),
                            ("Teeth, booked for .* open: ", "y\n")])
now = {i: rows("sits", i) for i in ("blood", "eyes", "feet", "teeth")}
t.ok(rc == 0 and out.index("Overdue") < out.index(f"Blood, due {said(day(-70))}: when") and f"Teeth, booked for {said(day(-3))}: when" in out, "on a terminal what is due is shown, and then asked about", out)
t.ok([r["state"] for r in now["blood"]].count("done") == 1 and body("sits", next(r["satisfied_by"] for r in now["blood"] if r["satisfied_by"]))["performedDateTime"] == day(-70),
     "a day that is over: done then", now["blood"])
t.ok(now["eyes"][0]["booked_on"] == day(4), "a day to come: booked", now["eyes"])
t.ok(len(now["feet"]) == 1 and "booked" not in now["feet"][0], "Enter: left open", now["feet"])
t.ok({r["satisfied_by"] for r in now["teeth"]} >= {teeth}, "y: it took place", now["teeth"])
rc, out = term.run(*w.command("sits", ["plan", "due", "--on", day(0)])[1:], env=w.env)
t.ok(rc == 0 and "open: " not in out, "another day's plan asks nothing", out)
valid("sits", "answers")

# ------------------------------------------------- what a clinician sets, and whose is overdue
code = w.must(H, "share", "create", "Dr Lee", "--types", "CarePlan,Observation,Procedure,Appointment,Patient", "--write", "--json").json["code"]
w.write("lee.code", code + "\n")
w.must(H, "sync", ok=(0, 3))
w.must("clinic", "join", "--device", "desk", "--name", "Mina Lee", "--code-file", w.path("lee.code"))


def sync(*homes):
    for h in homes:
        w.must(h, "sync", ok=(0, 3))


def item(home, name):
    return next((i for i in w.must(home, "plan", "show", "--json").json["items"] if i["item"] == name), {})


# the patient's own change, then Dr Lee's of the same item, of an item of the template, and a new one
w.must(H, "plan", "change", "distress", "--every", "9w", "--from", day(-150))
sync(H, "clinic")
w.must("clinic", "plan", "change", "distress", "--every", "2w", "--from", day(-100), "--why", "More often for now.")
w.must("clinic", "plan", "change", "liver-function", "--every", "4w", "--from", day(-100))
w.must("clinic", "plan", "add", "Bone marrow", "--every", "3mo", "--from", day(-200), "--why", "As we said.")
sync("clinic", H)
for name, every in (("distress", "2 weeks"), ("liver-function", "4 weeks"), ("bone-marrow-2", "3 months")):
    i = item(H, name)
    t.ok(i.get("by", "").startswith("Dr Lee") and every in i["rule"] and i["reviewed"] is True, f"{name}: what the clinician wrote wins, and says who set it", i)
late = {r["item"] for r in rows(H) if r["state"] == "overdue"}
t.ok({"distress", "liver-function", "bone-marrow-2"} <= late, "it is due by that", late)
t.ok("Set by Dr Lee" in w.must(H, "plan", "due").out, "and says so in words")
fails(H, "the patient leaves it", 1, ["plan", "change", "liver-function", "--every", "1y"], "Dr Lee")
p = {r["patient"]: r for r in w.must("clinic", "patients", "--json").rows}
n = sum(r["state"] == "overdue" for r in rows("clinic"))
t.ok(n >= 3 and p["Ana Ruiz"]["overdue"] == n, "patients: how many items of whom are overdue", p, n)
a = w.must("clinic", "patients")
t.ok(f" {n} " in a.out, "in words", a)
t.ok(w.must(H, "patients", "--json").rows[0]["overdue"] == len(late), "the patient sees it too")
w.must(H, "plan", "done", "liver-function")
sync(H, "clinic")
t.ok(w.must("clinic", "patients", "--json").rows[0]["overdue"] == n - 1, "and what was done is overdue no more")
w.must("bare", "init", "--name", "Nil", "--device", "x", "--kit", w.path("x.html"))
t.ok(w.must("bare", "patients", "--json").rows[0]["overdue"] == 0, "without a plan nothing is")

before = {n: item(H, n) for n in ("distress", "liver-function", "bone-marrow-2", "visit")}
w.must(H, "share", "revoke", "Dr Lee")
sync(H)
w.must("clinic", "plan", "change", "visit", "--every", "1w", ok=(0, 1, 3))
w.run("clinic", "sync")
sync(H)
after = {n: item(H, n) for n in before}
t.ok(after == before and before["visit"]["by"] == "Ana Ruiz", "what a clinician set stays theirs after the revocation, and nothing of theirs comes later", before, after)
t.ok(w.must("clinic", "patients", "--json").rows[0]["state"] == "revoked" and w.must("clinic", "plan", "due", "--json").out, "the clinician's list still answers")

# ----------------------------------------------------------------------- beside the schedule
BESIDE = ["primary-care", "early-detection", "symptoms", "food", "movement", "tobacco", "weight", "insurance", "people", "questions"]
for template in ("adult-all-acs", "adult-all-ccs", "adult-all-nccn-2017", "all-in-treatment", "all-ongoing", "all-relapsed"):
    w.must(template, "init", "--name", "Bo Lind", "--device", "s", "--kit", w.path(template + ".html"))
    w.must(template, "plan", "new", template, "--since", day(-9))
    have = {i["item"] for i in w.must(template, "plan", "show", "--json").json["items"]}
    t.ok(set(BESIDE) <= have, template + ": all that stands beside the schedule", set(BESIDE) - have)
for name in BESIDE:
    w.must("all-ongoing", "plan", "change", name, "--title", f"My {name}", "--why", f"What I know of {name}.", "--every", "6mo")
now = {r["item"]: r for r in rows("all-ongoing") if r["state"] in ("overdue", "due", "next")}
t.ok(all(now[n]["title"] == f"My {n}" and now[n]["source"] == "Bo Lind" and now[n]["due"] and now[n]["reason"] == f"What I know of {n}." for n in BESIDE),
     "each is filled in", now)
for name in BESIDE:
    w.must("all-ongoing", "plan", "change", name, "--why", "Otherwise.")
now = {r["item"]: r["reason"] for r in rows("all-ongoing") if r["state"] in ("overdue", "due", "next")}
t.ok(all(now[n] == "Otherwise." for n in BESIDE), "and changed", now)
w.must("all-ongoing", "put", w.write("c.json", json.dumps({"resourceType": "Coverage", "id": "c", "status": "active", "beneficiary": {"display": "Bo"},
                                                           "payor": [{"display": "Old Mutual"}], "period": {"start": "2020-01-01", "end": day(40)}})))
w.must("all-ongoing", "add", "question", "May I swim?")
w.must("all-ongoing", "add", "contact", "Nurse Kim", "--phone", "+1 555 0100")
w.must("all-ongoing", "add", "support", "My sister")
kept = {k["item"]: k["text"] for k in w.must("all-ongoing", "plan", "show", "--json").json["kept"]}
a = w.must("all-ongoing", "plan", "show")
t.ok(set(kept) == {"insurance", "questions", "symptoms", "people"} and "Old Mutual" in kept["insurance"] and "May I swim?" in kept["questions"]
     and "+1 555 0100" in kept["symptoms"] and "sister" in kept["people"], "what the record has of it stands there", kept)
t.ok("renewed on" in a.out and a.out.index("My insurance") < a.out.index("Old Mutual") and a.out.index("My questions") < a.out.index("May I swim?"),
     "under its item, the insurance with the day of its renewal", a)
valid("all-ongoing", "beside")
r = open_row("all-ongoing", "insurance")
t.ok(r["source"] == "Bo Lind" and r["due"] != day(40), "an interval that she set counts, and not the end of an insurance", r)

# ------------------------------------------------------------------------------ insurance
C = "covered"
w.init(C)
w.put(C, {"resourceType": "Patient", "id": "ana", "name": [{"family": "Ruiz", "given": ["Ana"]}], "birthDate": "1990-04-01"})
w.must(C, "plan", "new", "all-ongoing", "--since", day(-9))
w.put(C, {"resourceType": "Patient", "id": "bob", "name": [{"family": "Berg", "given": ["Bob"]}], "birthDate": "1961-01-01"})


def insured():
    r = open_row(C, "insurance")
    return r["state"], r["due"], r["from"], r["until"]


def add(*args):
    return w.must(C, "add", "insurance", *args, "--json").json["ref"]


KEYS = ["item", "title", "state", "due", "from", "until", "reason", "rule", "exposure", "source", "reviewed", "satisfied_by"]
t.ok(insured() == ("next", "", "", ""), "without an insurance the item has no date")
aok = add("AOK")
t.ok(insured() == ("next", "", "", ""), "nor with one of which nobody knows the end")
w.must(C, "set", aok, "period.end=" + day(61))
t.ok(insured() == ("next", day(61), day(1), day(61)), "one that ends in 61 days is next", open_row(C, "insurance"))
w.put(C, {"resourceType": "Coverage", "id": "his", "status": "active", "beneficiary": {"reference": "Patient/bob"}, "payor": [{"display": "His"}], "period": {"end": day(5)}})
w.put(C, {"resourceType": "Coverage", "id": "old", "status": "cancelled", "beneficiary": {"reference": "Patient/ana"}, "payor": [{"display": "Old"}], "period": {"end": day(5)}})
t.ok(insured()[1] == day(61), "neither another person's nor a cancelled one says so")
w.must(C, "set", aok, "period.end=" + day(60))
r = open_row(C, "insurance")
t.ok(insured() == ("due", day(60), day(0), day(60)) and list(r) == KEYS and r["reviewed"] is False and "own choice" in r["rule"] and "own" in r["source"],
     "from 60 days before it is due, and that is said to be our own choice", r)
i = next(i for i in w.must(C, "plan", "show", "--json").json["items"] if i["item"] == "insurance")
t.ok(i["rule"] == r["rule"] and i["source"] == r["source"] and set(i) == {"item", "title", "rule", "exposure", "source", "url", "reviewed", "by"}, "show says the same", i)
a = w.must(C, "plan", "due")
t.ok(f"Due {said(day(60))}; from {said(day(0))} until {said(day(60))} counts." in a.out and f"- AOK; it ends or is renewed on {said(day(60))}" in a.out, "in words", a)
html = w.must(C, "report", "-").out
t.ok(html.index("What is due") < html.index(f'<span class="when">{said(day(60))}</span> <span><b><bdi>Health insurance') < html.index('id="plan"'), "on the report's first page", html[:3000])


def event():
    a = w.must(C, "plan", "export", "--ics", "-").out.replace("\n ", "")
    return next((e for e in a.split("BEGIN:VEVENT")[1:] if "DTSTART;VALUE=DATE:" + insured()[1].replace("-", "") + "\n" in e), "")


e = event()
uid = e[e.index("UID:"):].split("\n")[0]
t.ok(e.count("BEGIN:VALARM") == 2 and "TRIGGER:-P7D" in e and "TRIGGER:-P1D" in e and "SUMMARY:Care plan: something is due" in e and "nsurance" not in e
     and "AOK" not in e, "an event of the whole day in the calendar, which tells nothing of it", e)
title = w.must(C, "plan", "export", "--ics", "-", "--titles").out
t.ok("SUMMARY:Health insurance: when is it renewed?" in title and uid in title, "with its title where that is asked for", title)
w.must(C, "set", aok, "period.end=" + day(-1))
t.ok(insured() == ("overdue", day(-1), day(-61), day(-1)), "the day after it is overdue", open_row(C, "insurance"))
t.ok(w.must(C, "patients", "--json").rows[0]["overdue"] == 1, "and is counted")
a = w.must(C, "plan", "due")
t.ok("`aftercare add insurance` notes until when" in a.out and "plan done insurance" not in a.out, "and asked about in its own way", a)
rc, out = term.run(*w.command(C, ["plan", "due"])[1:], env=w.env)
t.ok(rc == 0 and "Is it renewed?" in out and "Enter leaves it open" not in out, "on a terminal too", out)
tk = add("TK", "--until", day(300))
t.ok(insured() == ("next", day(300), day(240), day(300)) and uid in event(), "a later one follows, and the event moves", open_row(C, "insurance"))
w.put(C, {"resourceType": "Coverage", "id": "teeth", "status": "active", "type": {"text": "Teeth"}, "beneficiary": {"reference": "Patient/ana"},
          "payor": [{"display": "Teeth"}], "period": {"start": day(-400), "end": day(20)}})
t.ok(insured()[1] == day(300), "whatever began nobody knows when may follow")
w.must(C, "set", tk, "period.start=" + day(0))
t.ok(insured()[1] == day(20), "of two kinds the one that ends first")
w.must(C, "plan", "skip", "insurance", "--why", "My teeth are well.")
r = next(r for r in rows(C, "insurance") if r["state"] == "skipped")
t.ok(insured()[1] == day(300) and (r["due"], r["reason"]) == (day(20), "My teeth are well."), "which may be left out", r)
w.must(C, "set", tk, "period.end=" + day(10))
a = w.must(C, "plan", "done", "insurance", "--json")
t.ok(not a.err and insured() == ("next", "", "", "") and a.json["ref"] in {r["satisfied_by"] for r in rows(C, "insurance")}, "or be noted as done", a)
w.must(C, "undo")
w.must(C, "rm", tk)
t.ok(insured()[0] == "overdue", "what is deleted counts no more")
valid(C, "insurance")
w.must(C, "sync")
w.join("covered-phone", w.invite(C))
t.ok(w.must("covered-phone", "plan", "due", "--json").out == w.must(C, "plan", "due", "--json").out, "two devices compute the same")

# ------------------------------------------------------------- either side of midnight, and back
w.must("zone", "init", "--name", "Bo Lind", "--device", "s", "--kit", w.path("z.html"))
w.must("zone", "plan", "new", "all-in-treatment", "--since", "2024-01-01")
w.must("zone", "plan", "add", "Tea", "--every", "10d", "--from", "2024-03-21")
seen = {}
for zone in ("Etc/GMT+12", "UTC", "Pacific/Kiritimati"):
    w.env["TZ"] = zone
    seen[zone] = w.must("zone", "plan", "due", "--on", "2024-04-01", "--json").out
t.ok(len(set(seen.values())) == 1, "a day's plan is the same in every zone")
ends = {}
for zone in ("Etc/GMT+12", "Pacific/Kiritimati"):  # 26 hours apart: never the same day
    w.env["TZ"] = zone
    a = w.must("zone", "plan", "done", "tea", "--json")
    ends[zone] = body("zone", a.json["ref"])["performedDateTime"]
    a = w.must("zone", "plan", "book", "visit", "--on", "+3d", "--json")
    b = body("zone", a.json["ref"])
    t.ok(b["start"].endswith("T00:00:00-12:00" if "+12" in zone else "T00:00:00+14:00"), zone + ": a booked day is the day here", b)
t.ok(ends["Etc/GMT+12"] < ends["Pacific/Kiritimati"], "today is the day where one is", ends)
w.env["TZ"] = "UTC"
# a record of 23:30 in one zone is the next day's in another: it counts on the day that it writes
o = {"resourceType": "Procedure", "id": "late", "status": "completed", "code": {"coding": [{"system": ITEMS, "code": "tea"}]}, "subject": {"display": "Bo"},
     "performedDateTime": "2024-03-31T23:30:00-11:00"}
w.put("zone", o)
r = next(r for r in rows("zone", "tea", "--on", "2024-04-02") if r["state"] == "done")
n = next(r for r in rows("zone", "tea", "--on", "2024-04-02") if r["state"] == "next")
t.ok(r["due"] == "2024-03-31" and n["due"] == "2024-04-10", "a record counts on the day that it writes, in its own zone", r, n)
for on in ("2023-12-31", "0001-01-01", "9999-12-31", "2024-02-29"):
    a = w.run("zone", "plan", "due", "--on", on, "--json")
    t.ok(a.rc == 0 and not [r for r in a.rows if r["state"] in ("overdue", "due") and on < "2024-01-01"], "a clock at " + on + " makes nothing overdue before the plan", a)
w.must("future", "init", "--name", "Bo Lind", "--device", "s", "--kit", w.path("f.html"))
w.must("future", "plan", "new", "all-ongoing", "--since", day(400))
a = w.must("future", "plan", "due", "--json")
t.ok(not [r for r in a.rows if r["state"] in ("overdue", "due")] and any(r["state"] == "next" for r in a.rows) is False, "a plan that begins later has nothing to do yet", a)

w.close()
sys.exit(t.end())
