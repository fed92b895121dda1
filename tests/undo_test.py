#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""undo_test.py: what one command wrote is taken back by one undo, however many documents it was; all of
it or none, with an index made anew and after a hub took the chain away; undo by undo back to the beginning."""
import datetime
import json
import os
import sys

from homes import World, observation, play_all

TODAY = datetime.datetime.now(datetime.timezone.utc).date()  # the homes' zone


def day(n):
    return (TODAY + datetime.timedelta(n)).isoformat()


class Case(World):
    def __init__(self, name):
        super().__init__("undo-" + name, memory=True)
        self.name = name
        self.told = []

    def say(self, good, what, *why):
        self.told.append((bool(good), f"{self.name}: {what}", why))

    def state(self, home="laptop"):
        """Every document and what the plan makes of them, as far as it names no versions."""
        def rows(*args):
            return [{k: v for k, v in r.items() if k not in ("version", "flagged")} for r in self.run(home, *args, "--json").rows]
        return self.view(home), rows("plan", "show")

    def log(self, home="laptop"):
        return self.must(home, "log", "--json").rows

    def begin(self):
        self.init("laptop")
        self.put("laptop", {"resourceType": "Patient", "id": "ana", "name": [{"family": "Ruiz", "given": ["Ana"]}], "birthDate": "1990-04-01"})


CASES = []


def case(f):
    CASES.append(f)
    return f


# What is written, and how many documents it is. {booked}: the appointment of the visit; a number of documents is given
# where one command writes several.
ROWS = [
    (1, "put", "-"),
    (5, "plan", "new", "adult-all-acs", "--end-of-treatment", day(-400), "--exposure", "anthracycline=300mg/m2", "--exposure", "vincristine"),
    (2, "plan", "exposure", "cyclophosphamide"),
    (1, "plan", "exposure", "cyclophosphamide=7500mg/m2"),
    (1, "plan", "exposure", "vincristine", "--remove"),
    (2, "plan", "exposure", "mercaptopurine", "--remove"),
    (1, "plan", "change", "visit", "--every", "30d", "--from", day(-90)),
    (1, "plan", "add", "Blood count", "--every", "4w"),
    (1, "plan", "book", "visit", "--on", day(3), "--with", "Dr Lee"),
    (1, "plan", "book", "visit", "--on", day(5)),
    (2, "plan", "book", "visit", "--on", day(7), "--with", "Dr Berg"),
    (1, "set", "{booked}", f"start={day(-2)}T09:30:00+00:00", f"end={day(-2)}T10:00:00+00:00"),
    (2, "plan", "book", "visit", "--on", day(9)),
    (1, "plan", "done", "visit", "--on", day(-1)),
    (1, "plan", "skip", "visit", "--why", "away"),
    (1, "plan", "remove", "blood-count"),
    (2, "plan", "stage", "relapsed", "--on", day(-3)),
    (3, "plan", "stage", "off-treatment", "--on", day(-1), "--end-of-treatment", day(-2)),
    (1, "add", "supplement", "Vitamin D", "1000 IU", "daily"),
    (1, "add", "supplement", "Vitamin D", "--discussed", day(0)),
    (1, "add", "symptom", "fatigue", "3"),
    (1, "set", "Observation/hb", "valueQuantity.value=9"),
    (1, "rm", "Observation/hb"),
]
DRUG = {"resourceType": "MedicationStatement", "id": "mp", "status": "active", "subject": {"reference": "Patient/ana"},
        "medicationCodeableConcept": {"text": "mercaptopurine"}}


@case
def every_command(c):
    """Each: undo gives the state before, then it is done again; at the end all is taken back, one by one."""
    c.begin()
    c.must("laptop", "import", c.write("drug.ndjson", json.dumps(DRUG)), "--quiet")
    stdin = json.dumps(observation("hb", 12))
    states, at, several = [c.state()], len(c.log()), 0
    for n, *args in ROWS:
        if "{booked}" in args:
            booked = next(r["booked"] for r in c.must("laptop", "plan", "due", "--json").rows if r.get("booked"))
            args = [a.format(booked=booked) if a == "{booked}" else a for a in args]
        what, before = " ".join(args[:4]), states[-1]
        first = c.must("laptop", *args, "--json", stdin=stdin)
        a = c.run("laptop", "undo", "--json")
        c.say(a.rc == 0 and len(a.rows) == 1 and set(a.json) == {"ref", "version", "flagged"} and a.json["ref"] == first.json["ref"],
              f"{what}: undo answers with the document that it did", first, a)
        now, rows = c.state(), c.log()
        c.say(now == before, f"{what}: undone, all is as before", *[x for p in zip(now, before) if p[0] != p[1] for x in p])
        c.say(len(rows) == at + 2 * n and {r["op"] for r in rows[:n]} == {"revert"} and len({r["time"] for r in rows[:n]}) == 1
              and {r["ref"] for r in rows[:n]} == {r["ref"] for r in rows[n:2 * n]}, f"{what}: {n} documents in one write", rows[:2 * n + 1])
        c.must("laptop", *args, stdin=stdin)
        states.append(c.state())
        c.say(states[-1] != before, f"{what}: done again", before)
        at = len(rows) + n
        several += n > 1
    c.say(several >= 7, "several documents at once", several)
    for (n, *args), want in zip(ROWS[::-1], states[-2::-1]):
        if n > 1:
            os.remove(c.path("laptop", "index"))
        a = c.run("laptop", "undo")
        c.say(a.rc == 0 and len(a.out.splitlines()) == a.out.count("Took back the last write of ") == n, f"{' '.join(args[:3])}: all are named to people", a)
        now = c.state()
        c.say(now == want, f"{' '.join(args[:3])}: taken back in its turn", *[x for p in zip(now, want) if p[0] != p[1] for x in p])
    a = c.run("laptop", "undo")
    c.say(a.rc == 1 and "the last write was an import; rm or revert" in a.err and not a.out, "down to the import, which is not taken back", a)
    a = c.must("laptop", "verify", "--json")
    c.say(not a.json["bad"], "verify finds nothing", a)


@case
def changed_since(c):
    """One document of several changed on another device: all are refused, until it is as it was."""
    c.begin()
    c.join("phone", c.invite("laptop"))
    before = c.state()
    plan = c.must("laptop", "plan", "new", "adult-all-acs", "--end-of-treatment", day(-400), "--exposure", "anthracycline=300mg/m2", "--json").json["ref"]
    dose = next(r["refs"][0] for r in c.must("laptop", "plan", "exposure", "--json").rows if r["exposure"] == "anthracycline")
    c.must("laptop", "sync")
    c.must("phone", "sync")
    c.must("phone", "set", dose, "valueQuantity.value=250")
    c.must("phone", "sync")
    c.must("laptop", "sync")
    there, log = c.state(), c.log()
    a = c.run("laptop", "undo", "--json")
    c.say(a.rc == 1 and not a.out and f"{dose} has changed since" in a.err and len(a.err.splitlines()) == 1, "refused, with its name", a)
    c.say(c.state() == there and c.log() == log, "nothing is written")
    a = c.run("phone", "undo", "--json")
    c.say(a.rc == 0 and a.json["ref"] == dose, "the phone takes back its own alone", a)
    c.must("phone", "sync")
    c.must("laptop", "sync")
    a = c.run("laptop", "undo", "--json")
    c.say(a.rc == 0 and a.json["ref"] == plan and c.state() == before, "then the plan goes as a whole", a)
    c.must("laptop", "sync")
    c.must("phone", "sync")
    c.say(c.state("phone") == before, "on the phone too")
    # what is changed beside it stays
    c.must("laptop", "plan", "new", "adult-all-acs", "--end-of-treatment", day(-400))
    before = c.state()
    c.must("laptop", "plan", "stage", "relapsed", "--on", day(-3))
    c.must("laptop", "sync")
    c.must("phone", "sync")
    c.must("phone", "plan", "add", "Blood count", "--every", "4w")
    c.must("phone", "sync")
    c.must("laptop", "sync")
    c.must("laptop", "undo")
    now = c.must("laptop", "plan", "show", "--json").json
    c.say(now["stage"] == "off-treatment" and any(i["item"] == "blood-count" for i in now["items"]) and len(now["items"]) > 1,
          "a stage goes, an item that another device added stays", now["stage"], now["items"])


@case
def said_again(c):
    """A hub takes the chain away: its steps, said again in one segment of the next incarnation, are steps still."""
    c.begin()
    known = c.refs("laptop/repo.git")
    start = c.state()
    c.must("laptop", "plan", "new", "adult-all-acs", "--end-of-treatment", day(-400), "--exposure", "vincristine")
    before = c.state()
    ref = next(r for r, v in c.refs("laptop/repo.git").items() if r.startswith("refs/heads/") and known.get(r) != v)
    c.must("laptop", "plan", "stage", "relapsed", "--on", day(-3))
    c.must("laptop", "sync")
    c.git("hub", "update-ref", ref, known[ref])
    blob = c.git("hub", "hash-object", "-w", "--stdin", stdin=b"junk that covers it").decode().strip()
    tree = c.git("hub", "mktree", stdin=f"100644 blob {blob}\t0000\n".encode()).decode().strip()
    commit = c.git("hub", "-c", "user.name=a", "-c", "user.email=a", "commit-tree", "-p", known[ref], "-m", "", tree).decode().strip()
    c.git("hub", "update-ref", ref, commit)
    chains = len(c.refs("laptop/repo.git"))
    c.must("laptop", "sync", ok=(0, 3))
    c.say(len(c.refs("laptop/repo.git")) > chains, "it goes on in another branch", c.refs("laptop/repo.git"))
    c.must("laptop", "backup", c.path("b.age"))
    os.remove(c.path("laptop", "index"))
    for n, want in ((2, before), (4, start)):
        a = c.run("laptop", "undo")
        c.say(a.rc == 0 and len(a.out.splitlines()) == n and c.state() == want, f"a step of {n} is taken back whole", a)


if __name__ == "__main__":
    sys.exit(play_all(Case, CASES))
