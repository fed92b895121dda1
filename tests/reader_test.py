#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""reader_test.py [NAME...]: a second reader, written from the format documents alone, reads the same.

Each case makes homes with the program; tests/reader opens them with the passphrase and
must print the same documents, versions, members and disputes, byte for byte.
"""
import base64
import glob
import json
import os
import random
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "reader"))

from backup import identity, open_backup, open_code, open_hub  # noqa: E402
from chance import Chance  # noqa: E402
from forge import forged, put_batch  # noqa: E402
from home import BOUND, open_home  # noqa: E402
from keyfile import Refused as KeyRefused, open_keyfile  # noqa: E402
from primitives import H, ed25519_keys, pack  # noqa: E402
from values import Kept, NumberText, Opaque  # noqa: E402
from homes import ROOT, Skipped, World, observation, play_all  # noqa: E402

PASSPHRASE = b"correct horse battery"
RECORDS = os.path.join(ROOT, "tests/records")
FHIR = os.environ.get("AFTERCARE_FHIR") or os.path.join(ROOT, "../shared/fhir")


def lines(a):
    """Split at line feeds alone: a document may hold other separators."""
    return a.out.split("\n")[:-1]


def differing(a, b):
    """Why two lists of rows are not the same."""
    a, b = [json.dumps(x, sort_keys=True) for x in a], [json.dumps(x, sort_keys=True) for x in b]
    return [f"only the program: {x}" for x in a if x not in b][:2] + [f"only the reader: {x}" for x in b if x not in a][:2]


class Case(World):
    bound = BOUND

    def __init__(self, name):
        super().__init__("reader-" + name, memory=True)
        self.name = name
        self.told = []
        self.repositories = []
        self.init("laptop")

    def say(self, good, what, *why):
        self.told.append((bool(good), f"{self.name}: {what}", why))

    def join_as(self, home, *args, by="laptop"):
        self.join(home, self.invite(by, *args))
        self.sync(by, home)

    def sync(self, *homes, times=1):
        for _ in range(times):
            for h in homes:
                self.must(h, "sync", ok=(0, 1, 3))

    def second_hub(self, first, *others):
        """A copy of the hub, which the others know besides, and the first knows alone."""
        shutil.copytree(self.path("hub"), self.path("hub2"))
        for h in (first, *others):
            self.must(h, "remote", "add", "hub2", self.path("hub2"))
        self.must(first, "remote", "remove", "hub")

    def record(self, name):
        return os.path.join(RECORDS, name)

    def read(self, home):
        return self.opened(open_home(self.path(home), PASSPHRASE, self.bound))

    def opened(self, spaces):
        self.repositories += [o.space.repo for o in spaces]
        return spaces

    def close(self):
        for repo in self.repositories:
            repo.close()
        super().close()

    def same(self, *homes, when=""):
        for home in homes:
            spaces = self.read(home)
            if len(spaces) != 1:
                self.say(False, f"{home} has one space", spaces)
                continue
            self.compare(home, spaces[0], when)

    def all_spaces(self, *homes, when=""):
        """A vault with its shares, or what a clinician accepted: the space that the commands speak of."""
        for home in homes:
            spaces = self.read(home)
            self.compare(home, next((o for o in spaces if o.kind == 0), spaces[0]), when)
            for o in spaces:
                self.say(not o.space.problems and not o.record.refused, f"{home} {when}: the reader takes every chain of kind {o.kind}",
                         o.space.problems, o.record.refused)

    def compare(self, home, opened, when, strict=True):
        r = opened.reports
        what = f"{home}{' ' + when if when else ''}: "
        if strict:
            self.say(not opened.space.problems and not opened.record.refused, what + "the reader takes every chain",
                     opened.space.problems, opened.record.refused)
        theirs, ours = lines(self.must(home, "export", "--format", "ndjson", ok=(0, 3))), list(r.export())
        self.say(theirs == ours and ours, what + f"the same {len(ours)} documents, byte for byte", *differing(theirs, ours))
        theirs, ours = self.must(home, "log", "--json").rows, list(r.log())
        self.say(sorted(map(str, theirs)) == sorted(map(str, ours)), what + f"the same {len(ours)} versions", *differing(theirs, ours))
        theirs, ours = self.must(home, "conflicts", "--json").rows, [with_values(x) for x in r.conflicts()]
        self.say(theirs == ours, what + f"the same {len(ours)} disputes", *differing(theirs, ours))
        self.members(home, opened, what)

    def members(self, home, opened, what):
        if opened.kind != 0:
            return
        theirs = sorted((r["person"], r["role"], r["state"]) for r in self.must(home, "device", "list", "--json").rows)
        roles = {1: "owner", 2: "writer", 3: "reader"}
        ours = sorted((m.name, roles[m.role], "revoked" if m.removed else "pending" if m.suspended else "active")
                      for m in opened.space.membership.members.values())
        self.say(theirs == ours, what + "the same members", theirs, ours)


def with_values(row):
    for s in row["sides"]:
        s["value"] = json.loads(s["value"])
    return row


CASES = []


def case(f):
    CASES.append(f)
    return f


@case
def records(c):
    """Files, twice and from two exports of a server, on two devices."""
    c.join_as("phone")
    c.must("laptop", "import", c.record("survivor.json"))
    c.must("laptop", "import", c.record("hospital-a.json"), ok=(0, 3))
    c.must("laptop", "import", c.record("hospital-b.json"), ok=(0, 3))
    c.must("laptop", "import", c.record("export-1.json"), ok=(0, 3))
    c.must("phone", "import", c.record("export-2.json"), ok=(0, 3))
    c.must("laptop", "import", c.record("export-1.json"), ok=(0, 3))
    c.must("laptop", "put", c.record("lab.json"), ok=(0, 3))
    c.sync("laptop", "phone", "laptop")
    c.same("laptop", "phone")


@case
def edits(c):
    """Two devices write apart: conflicts of every kind, settled or not, undone, deleted."""
    c.join_as("phone")
    for n in range(8):
        c.put("laptop", observation(f"o{n}", n, "a note"))
    plan = {"resourceType": "CarePlan", "id": "plan", "status": "active", "intent": "plan", "subject": {"display": "Ana"},
            "identifier": [{"system": "http://x.example", "value": "1"}, {"value": "2"}], "note": [{"text": "one"}],
            "activity": [{"detail": {"code": {"coding": [{"system": "s", "code": "a"}]}, "status": "scheduled", "description": "A"}},
                         {"detail": {"code": {"coding": [{"system": "s", "code": "b"}]}, "status": "scheduled", "description": "B"}},
                         {"detail": {"status": "scheduled", "description": "no code"}}]}
    c.put("laptop", plan)
    c.put("laptop", {"resourceType": "Goal", "id": "goal", "lifecycleStatus": "active", "description": {"text": "walk"},
                     "subject": {"display": "Ana"}, "addresses": [{"reference": "Condition/1"}, {"reference": "Condition/2"}]})
    c.sync("laptop", "phone")

    def put(home, ref, *sets):
        return c.must(home, "set", ref, *sets, "--force", "--json", ok=(0, 3)).json["version"]
    put("laptop", "Observation/o0", "valueQuantity.value=10")
    phone = put("phone", "Observation/o0", "valueQuantity.value=20")
    put("laptop", "Observation/o1", "note[0].text=left")
    put("phone", "Observation/o1", "note[0].text=right")
    put("laptop", "Observation/o2", "valueQuantity.value=11")
    put("phone", "Observation/o2", "note[0].text=beside")
    c.must("laptop", "rm", "Observation/o3", "--yes")
    put("phone", "Observation/o3", "note[0].text=kept")
    put("laptop", "Observation/o4", "status=amended")
    put("phone", "Observation/o4", "status=amended", "issued=2021-03-04T10:00:00Z")
    put("laptop", "CarePlan/plan", "activity[0].detail.status=completed", "identifier[0].use=usual", "identifier[2].value=3", "title=T")
    put("phone", "CarePlan/plan", "activity[0].detail.status=cancelled", "activity[1].detail.description=C", "identifier[0]=",
        "description=D", "activity[2].detail.description=other")
    put("phone", "CarePlan/plan", "activity[2].detail.code.coding[0].code=new")
    put("laptop", "Goal/goal", "lifecycleStatus=completed", "statusDate=2022-01-01", "addresses[0]=", "language=en")
    put("phone", "Goal/goal", "lifecycleStatus=on-hold", "addresses[2].reference=Condition/3", "startDate=2021-01-01")
    put("laptop", "Observation/o5", "note[0].text=undone")
    c.must("laptop", "undo")
    put("phone", "Observation/o6", "bodySite.text=arm")
    c.must("phone", "rm", "Observation/o7", "--yes")
    c.sync("laptop", "phone", "laptop")
    c.same("laptop", "phone")
    c.must("laptop", "resolve", "Observation/o0", "--take", phone)
    put("laptop", "Observation/o6", "bodySite.text=leg")
    late = put("phone", "Observation/o6", "bodySite.text=hand")
    c.sync("laptop", "phone", "laptop")
    c.must("phone", "resolve", "Observation/o6", "--take", late)
    sides = [r for r in c.must("phone", "conflicts", "--json").rows if r["ref"] == "CarePlan/plan"]
    c.must("phone", "resolve", "CarePlan/plan", "--take", sides[0]["sides"][0]["version"], ok=(0, 1, 3))
    c.sync("phone", "laptop")
    c.same("laptop", "phone", when="after resolving")



@case
def lacking(c):
    """One side has no value, the other another: all else of the group is agreed."""
    c.join_as("phone")
    c.put("laptop", observation("o", 1))
    c.sync("laptop", "phone")
    c.must("laptop", "set", "Observation/o", "valueQuantity.value=2")
    doc = observation("o")
    del doc["valueQuantity"]
    c.put("phone", doc)
    c.sync("laptop", "phone", "laptop")
    sides = [s["value"] for r in c.must("laptop", "conflicts", "--json").rows for s in r["sides"]]
    c.say(len(sides) == 2 and None in sides and {"value": 2}.items() <= (sides[0] or sides[1]).items(), "the side that lacks it says null", sides)
    c.same("laptop", "phone")


@case
def hidden(c):
    """A conflict that is not shown, as its document or its item is gone, is there again when they are."""
    c.join_as("phone")
    c.join_as("tablet")
    activity = {"detail": {"code": {"coding": [{"code": "a"}]}, "status": "scheduled", "description": "A"}}
    plan = {"resourceType": "CarePlan", "id": "plan", "status": "active", "intent": "plan", "subject": {"display": "Ana"}, "activity": [activity]}
    goal = {"resourceType": "Goal", "id": "goal", "lifecycleStatus": "active", "description": {"text": "walk"}, "subject": {"display": "Ana"}}
    c.put("laptop", plan)
    c.put("laptop", goal)
    c.sync("laptop", "phone", "tablet")
    for home, words in (("laptop", "left"), ("phone", "right")):
        c.must(home, "set", "Goal/goal", "description.text=" + words)
        c.must(home, "set", "CarePlan/plan", "activity[0].detail.description=" + words)
    gone = {"Goal/goal": c.must("tablet", "rm", "Goal/goal", "--yes", "--json").json["version"],
            "CarePlan/plan": c.must("tablet", "set", "CarePlan/plan", "activity[0]=", "--json").json["version"]}
    c.sync("laptop", "phone", "tablet", "laptop")
    for ref, version in gone.items():
        c.must("laptop", "resolve", ref, "--take", version)
    c.same("laptop", when="when it is gone")
    c.put("laptop", goal)
    c.put("laptop", plan)
    c.say(len(c.must("laptop", "conflicts", "--json").rows) == 2, "both are in conflict again", c.must("laptop", "conflicts").out)
    c.sync("laptop", "phone")
    c.same("laptop", "phone", when="when it is back")


@case
def removal(c):
    """A device that is removed: what counts up to its cut, what an owner had seen, what is adopted."""
    c.join_as("phone")
    c.join_as("tablet")
    c.join_as("carer", "--as", "Eva", "--role", "reader")
    c.join_as("writer", "--as", "Tom", "--role", "writer")
    c.put("phone", observation("before"))
    c.put("writer", observation("toms"))
    c.sync("phone", "writer", "laptop", "tablet", "carer", "phone")
    c.must("laptop", "hub", "init", c.path("hub2"))
    for h in ("phone", "tablet", "writer"):
        c.must(h, "remote", "add", "hub2", c.path("hub2"))
        c.must(h, "remote", "remove", "hub")
    c.put("phone", observation("seen"))
    c.sync("phone", "tablet")
    c.put("tablet", observation("tablets"))
    c.sync("tablet")
    c.must("laptop", "device", "remove", "phone", "--yes")
    c.sync("laptop")
    c.put("phone", observation("late"))
    c.must("phone", "set", "Observation/before", "valueQuantity.value=77")
    c.sync("phone", "tablet")
    for h in ("tablet", "writer"):
        c.must(h, "remote", "add", "hub", c.path("hub"))
    c.sync("tablet", "laptop", "tablet", "carer", "writer", "laptop")
    c.same("laptop", "tablet", "carer", "writer")
    late = c.must("laptop", "log", "--late", "--json").rows
    c.say(len(late) == 2, "two versions came late", late)
    c.must("laptop", "revert", late[0]["ref"], late[0]["version"])
    c.sync("laptop", "tablet")
    c.same("laptop", "tablet", when="after an adoption")


@case
def copies(c):
    """A home that was copied and goes on twice: incarnations, forks and relays."""
    c.join_as("phone")
    c.put("phone", observation("one"))
    c.sync("phone", "laptop")
    shutil.copytree(c.path("phone"), c.path("copy"), symlinks=True, ignore=shutil.ignore_patterns("agent"))
    c.put("phone", observation("two"))
    c.put("copy", observation("three"))
    c.must("copy", "set", "Observation/one", "valueQuantity.value=5")
    c.sync("phone", "copy", "laptop", "phone", "copy", "laptop", times=2)
    c.same("laptop", "phone")


@case
def fork(c):
    """A home that goes on twice from one state, by two hubs, and is lost: others carry both arms."""
    c.join_as("phone")
    c.join_as("tablet")
    c.put("phone", observation("one"))
    c.sync("phone", "laptop", "tablet", "phone")
    shutil.copytree(c.path("hub"), c.path("hub2"))
    subprocess.run(["cp", "-a", c.path("phone"), c.path("old")], check=True)
    c.must("phone", "set", "Observation/one", "valueQuantity.value=5")
    c.sync("phone")
    for n in os.listdir(c.path("phone")):    # the folder stays: nothing tells the home that it is older
        subprocess.run(["rm", "-rf", c.path("phone", n)], check=True)
    subprocess.run(["cp", "-a", c.path("old") + "/.", c.path("phone")], check=True)
    for h in ("phone", "tablet"):
        c.must(h, "remote", "remove", "hub")
        c.must(h, "remote", "add", "hub2", c.path("hub2"))
    c.must("phone", "set", "Observation/one", "valueQuantity.value=6")
    c.must("phone", "device", "remove", "tablet", "--yes")
    c.put("phone", observation("two"))
    c.sync("phone")
    shutil.rmtree(c.path("phone"))
    c.sync("laptop", "tablet")
    c.must("laptop", "remote", "add", "hub2", c.path("hub2"))
    c.sync("laptop", "tablet", times=3)
    c.same("laptop", "tablet")
    for h in ("laptop", "tablet"):
        s = c.read(h)[0].space
        c.say(any(r.seg for r in s.relays) and any(s.forked_from(b) for b in s.chains), f"{h} has a fork in relays")


@case
def epochs_apart(c):
    """Two owners begin an epoch each, apart: what a writer writes then is sealed for both."""
    c.join_as("phone")
    c.join_as("tom", "--as", "Tom", "--role", "writer")
    c.join_as("one", "--role", "reader")
    c.join_as("two", "--role", "reader")
    c.put("laptop", observation("shared"))
    c.sync("phone", "tom", "laptop")
    c.second_hub("phone", "tom")
    c.must("laptop", "device", "remove", "one", "--yes")
    c.must("phone", "device", "remove", "two", "--yes")
    c.sync("laptop", "phone", "tom")
    c.put("tom", observation("between"))
    c.must("tom", "set", "Observation/shared", "valueQuantity.value=3")
    c.must("phone", "set", "Observation/shared", "valueQuantity.value=4")
    c.sync("tom", "phone", "tom")
    c.say(c.read("tom")[0].space.derived_keys(), "there is a key of two epochs")
    side = c.must("tom", "conflicts", "--json").rows[0]["sides"][0]["version"]
    c.must("tom", "resolve", "Observation/shared", "--take", side, ok=(0, 1, 3))
    c.sync("tom", "laptop", "phone", "tom")
    c.same("laptop", "tom")


@case
def epoch_cut(c):
    """One of two who began an epoch each, apart, is removed by the other, who has not seen his: it opens."""
    c.join_as("phone")
    c.join_as("tom", "--as", "Tom", "--role", "writer")
    c.join_as("one", "--role", "reader")
    c.join_as("two", "--role", "reader")
    c.sync("phone", "tom", "laptop")
    c.second_hub("phone", "tom")
    c.must("laptop", "device", "remove", "one", "--yes")
    c.must("phone", "device", "remove", "two", "--yes")
    c.sync("laptop", "phone", "tom")
    c.put("tom", observation("between"))
    c.sync("tom")
    c.must("laptop", "device", "remove", "phone", "--yes")
    c.sync("laptop", "tom")
    c.put("tom", observation("after"))
    c.sync("tom", "laptop", "tom")
    c.same("laptop", "tom")
    space = c.read("tom")[0].space
    last = max((x.segments[-1] for x in space.chains.values()), key=lambda seg: seg.clock)
    verified, others = space.epochs_now()
    c.say(len(others) == 1 and last.key in {e.key for e in verified}, "and nothing new is sealed under it", others)


@case
def void_each_other(c):
    """Two owners remove each other, apart, and two devices join by one code."""
    c.join_as("phone")
    c.join_as("tablet")
    code = c.invite("laptop")
    c.put("phone", observation("before"))
    c.sync("laptop", "phone", "tablet", "laptop")
    c.second_hub("phone", "tablet")
    c.must("laptop", "device", "remove", "phone", "--yes")
    c.must("phone", "device", "remove", "laptop", "--yes")
    c.put("phone", observation("after"))
    c.sync("laptop", "phone", "tablet", "laptop")
    c.must("laptop", "remote", "add", "hub2", c.path("hub2"))
    c.sync("laptop", "tablet", "laptop")
    c.same("laptop", "tablet")
    state = {m.device: m.removed for m in c.read("tablet")[0].space.membership.members.values()}
    c.say(state["phone"] and not state["laptop"], "the senior's removal counts", state)
    c.must("laptop", "hub", "init", c.path("hub3"))
    c.must("laptop", "remote", "add", "hub3", c.path("hub3"))
    c.sync("laptop")
    shutil.copytree(c.path("hub3"), c.path("hub4"))
    for n, hub in (("first", "hub3"), ("second", "hub4")):
        c.join(n, code, "--remote", c.path(hub), ok=(0, 1, 3))
        c.must("laptop", "remote", "add", n, c.path(hub))
        c.run(n, "put", "-", stdin=json.dumps(observation(n)))
        c.run(n, "sync")
    c.sync("laptop", "tablet", "laptop")
    c.compare("laptop", c.read("laptop")[0], "when a code was used twice", strict=False)


@case
def overfull(c):
    """A document of more than may be put together: the same versions are left out."""
    bound = 120000
    c.env["AFTERCARE_DOCUMENT"] = str(bound)
    c.join_as("phone", "--role", "writer")
    c.put("laptop", observation("shared", 1))
    c.sync("laptop", "phone")
    for n in range(6):
        c.must("phone", "set", "Observation/shared", f"valueQuantity.value={n + 20}", "note[0].text=" + "0" * 8000)
    mine = c.must("laptop", "set", "Observation/shared", "valueQuantity.value=7", "--json").json["version"]
    c.sync("phone", "laptop", "phone")
    c.bound = bound
    c.say(any(d.omitted for d in c.read("laptop")[0].reports.documents), "versions are left out")
    c.same("laptop", "phone")
    c.must("laptop", "resolve", "Observation/shared", "--take", mine)
    c.sync("laptop", "phone")
    c.same("laptop", "phone", when="after an owner settled it")


@case
def shares(c):
    """A clinician who writes: contributions, proposals, what an owner takes or leaves, the end."""
    c.join_as("phone")
    for n in range(3):
        c.put("laptop", observation(f"lab{n}", n))
    medication = {"resourceType": "MedicationStatement", "id": "drug", "status": "active", "subject": {"display": "Ana"},
                  "medicationCodeableConcept": {"text": "Mercaptopurine"}, "dosage": [{"text": "one tablet"}], "note": [{"text": "a"}]}
    c.put("laptop", medication)
    c.sync("laptop", "phone")
    code = c.must("laptop", "share", "create", "Dr Lee", "--all", "--write", "--json", ok=(0, 3)).json["code"]
    c.join("lee", code, "--name", "Mina Lee")
    c.sync("laptop", "lee")
    for n in range(3):
        c.must("lee", "set", f"Observation/lab{n}", f"valueQuantity.value={n + 50}")
    c.must("lee", "set", "MedicationStatement/drug", "dosage[0].text=two tablets", "note[0].text=b")
    c.put("lee", observation("lees", 9))
    c.must("lee", "rm", "Observation/lab1", "--yes")
    c.must("phone", "set", "Observation/lab2", "valueQuantity.value=3")
    c.must("phone", "set", "MedicationStatement/drug", "status=on-hold")
    c.sync("lee", "phone", "laptop", "phone", "lee")
    c.all_spaces("laptop", "phone", "lee")
    lab0 = next(r for r in c.must("laptop", "conflicts", "--json").rows if r["ref"] == "Observation/lab0")
    c.must("laptop", "resolve", "Observation/lab0", "--take", lab0["sides"][-1]["version"])
    c.must("lee", "set", "Observation/lees", "valueQuantity.value=10")
    c.must("laptop", "set", "Observation/lees", "valueQuantity.value=11")
    c.sync("laptop", "lee", "laptop", "phone", "lee")
    c.all_spaces("laptop", "phone", "lee", when="after resolving")
    c.must("laptop", "share", "revoke", "Dr Lee", "--yes")
    c.put("lee", observation("after"), ok=(0, 1))
    c.sync("laptop", "lee", "laptop", "phone")
    c.all_spaces("laptop", "phone", "lee", when="after the end")


@case
def filtered(c):
    """A share of some types: what leaves the filter is withdrawn."""
    c.put("laptop", observation("in"))
    c.put("laptop", dict(observation("out"), effectiveDateTime="2019-01-01"))
    code = c.must("laptop", "share", "create", "Dr Lee", "--since", "2020-01-01", "--types", "Observation", "--no-history", "--json",
                  ok=(0, 3)).json["code"]
    c.join("lee", code, "--name", "Mina Lee")
    c.sync("laptop", "lee")
    c.must("laptop", "set", "Observation/in", "effectiveDateTime=2018-01-01")
    c.must("laptop", "set", "Observation/out", "effectiveDateTime=2022-01-01")
    c.sync("laptop", "lee")
    c.all_spaces("laptop", "lee")
    c.say(any(o.record.withdrawals for o in c.read("lee")), "something was withdrawn")


@case
def attachments(c):
    """Small, large and inline ones: the chunks open and have the hash."""
    c.join_as("phone")
    rnd = random.Random(7)
    for name, size in (("none", 0), ("small", 90_000), ("middle", 1_200_000), ("large", 9_000_000)):
        with open(c.path(name), "wb") as f:
            f.write(rnd.randbytes(size))
        if size:
            c.must("phone", "attachment", "add", c.path(name), "--title", name)
    c.put("phone", {"resourceType": "Binary", "id": "inline", "contentType": "text/plain",
                    "data": base64.b64encode(rnd.randbytes(100_000)).decode()})
    c.put("phone", {"resourceType": "Binary", "id": "short", "contentType": "text/plain",
                    "data": base64.b64encode(rnd.randbytes(500)).decode()})
    c.sync("phone")
    c.same("phone")
    o = c.read("phone")[0]
    kept = [Kept(h, next(iter(e.values()))[0][2]) for h, e in o.attachments.entries.items()]
    got = {o.attachments.get(k) for k in kept}
    for name in ("small", "middle", "large"):
        with open(c.path(name), "rb") as f:
            c.say(f.read() in got, f"the attachment {name}, bit for bit")
    c.say(len(got) == 4, "four are kept", len(got))


@case
def sealed_away(c):
    """A backup with the kit, and a hub with the kit alone, hold what the home holds."""
    c.must("laptop", "import", c.record("hospital-a.json"), ok=(0, 3))
    with open(c.path("scan"), "wb") as f:
        f.write(random.Random(5).randbytes(1_200_000))
    c.must("laptop", "attachment", "add", c.path("scan"), "--title", "scan")
    c.must("laptop", "share", "create", "Dr Lee", "--all", "--json", ok=(0, 3))
    c.join_as("phone")
    c.put("phone", observation("phones"))
    c.must("phone", "kit", "renew", "--kit", c.path("second.html"), "--yes")
    c.put("phone", observation("more"))
    c.sync("phone", "laptop")
    c.must("laptop", "backup", c.path("b.age"), "--readable", ok=(0, 3))
    c.sync("laptop")
    with open(c.path("second.html"), encoding="utf-8") as f:
        kit = identity(f.read())
        f.seek(0)
        key = re.search("AGE-SECRET-KEY-1[A-Z0-9]+", f.read()).group()
    c.write("kit.txt", key + "\n")
    want = {o.space.id: list(o.reports.export()) for o in c.read("laptop")}
    os.mkdir(c.path("out"))
    spaces, members = open_backup(c.path("b.age"), c.path("kit.txt"), c.path("out"))
    c.opened(spaces)
    got = {o.space.id: list(o.reports.export()) for o in spaces}
    c.say(got == want and len(got) == 2, "the backup holds the same", [(k.hex(), len(v)) for k, v in got.items()])
    c.say(not any(o.space.problems for o in spaces), "its chains are whole", [o.space.problems for o in spaces])
    readable = sorted(b"".join(b for n, b in members.items() if n.startswith("readable/")).decode().split("\n")[:-1])
    vault = next(o for o in spaces if o.kind == 0)
    c.say(readable == sorted(vault.reports.export()), "what is readable in it is the same")
    got = {o.space.id: list(o.reports.export()) for o in c.opened(open_hub(c.path("hub"), kit))}
    c.say(got == want, "and so does the hub", [(k.hex(), len(v)) for k, v in got.items()])
    code = c.invite("laptop", "--role", "reader")
    share = c.must("laptop", "share", "create", "Dr Roe", "--all", "--json", ok=(0, 3)).json["code"]
    joined = c.opened([open_code(c.path("hub"), x) for x in (code, share)])
    vault = c.read("laptop")[0]
    c.say(all(list(o.reports.export()) == list(vault.reports.export()) for o in joined), "a code of a device, and of a share, opens the same")
    with open(c.path("laptop", "keys"), "rb") as f:
        data = f.read()
    with open(c.path("laptop.html"), encoding="utf-8") as f:
        first = identity(f.read())
    by_kit, by_words = open_keyfile(data, kit=first), open_keyfile(data, PASSPHRASE)
    c.say(by_kit == by_words, "the key file opens with the kit as with the passphrase")
    for what, bytes_, words in (("another passphrase", data, b"no"), ("another byte", data[:-20] + b"x" + data[-19:], PASSPHRASE)):
        try:
            open_keyfile(bytes_, words)
            c.say(False, f"{what} is refused")
        except KeyRefused as e:
            c.say("key file" in str(e), f"{what} is refused: {e}")


# what a reader says of a chain to which a segment was put: (what, wrong, reason)
WRONG = [
    ("an honest one", {}, None),
    ("a signature by another key", {"seed": b"x" * 32}, "the signature is not its writer's"),
    ("a number left out", {"number": 999}, "number 999"),
    ("another link", {"link": b"y" * 32}, "link"),
    ("bytes in the padding", {"padding": b"\1"}, "padding"),
    ("two frames", {"packed": pack(b"\x91\x90") + b"\x28\xb5\x2f\xfd\x00\x50\x01\x00\x00"}, "packed entries"),
    ("another key", {"key": b"k" * 32}, "no key opens it"),
    ("another T", {"t": b"t" * 32}, "no key opens it"),
    ("a writer who is nobody", {"writer": b"nobody!!"}, "its writer is not known"),
    ("an integer in a long form", {"raw": b"\x92\x90\x92\xcc\x63\xc0"}, "longer form"),
    ("a key twice", {"raw": b"\x92\x90\x92\x63\x82\xa1a\x01\xa1a\x01"}, "twice"),
    ("text that is not UTF-8", {"raw": b"\x92\x90\x92\x63\xa1\xff"}, "UTF-8"),
    ("something behind", {"raw": b"\x91\x90\x00"}, "follows"),
    ("a float", {"raw": b"\x92\x90\x92\x63\xcb" + bytes(8)}, "byte cb"),
]


@case
def refused(c):
    """What is not whole, not signed, not canonical is refused with a reason, and the rest is read."""
    c.join_as("phone")
    c.put("phone", observation("one"))
    c.put("phone", observation("two"))
    c.sync("phone", "laptop")
    c.put("laptop", observation("three"))
    c.sync("laptop", "phone")
    mine = c.read("phone")[0]
    with open(c.path("phone", "keys"), "rb") as f:
        keys = open_keyfile(f.read(), PASSPHRASE).spaces[0]
    chain = next(x for x in mine.space.chains.values() if x.segments[-1].writer == H(32, ed25519_keys(keys.seed)[0])[:8])
    ref = f"refs/heads/{mine.space.id.hex()}/{chain.branch.hex()}"
    tip = c.refs("phone/repo.git")[ref]
    before = list(mine.reports.export())

    def problem(what, reason, kind=None):
        o = c.read("phone")[0]
        said = [(k, r) for k, b, _, r in o.space.problems if b == chain.branch]
        good = not said if reason is None else len(said) == 1 and reason in said[0][1] and kind in (None, said[0][0])
        c.say(good and (kind == "withheld" or list(o.reports.export()) == before), f"{what}: {reason or 'taken'}", said)
        c.git("phone/repo.git", "update-ref", ref, tip)

    def put(*segments, **more):
        put_batch(c.path("phone/repo.git"), mine.space.id, chain.branch, segments, tip, **more)
    for what, wrong, reason in WRONG:
        put(forged(mine.space, keys, chain, [[99, None]], **wrong))
        problem(what, reason)
    good = forged(mine.space, keys, chain, [[99]])
    for at, reason in ((0, "no segment"), (4, "format"), (5, "kind"), (20, "no key"), (60, "no key"), (len(good) - 1, "no key")):
        put(good[:at] + bytes([good[at] ^ 64]) + good[at + 1:])
        problem(f"byte {at} changed", reason)
    put(good, author="b <b> 0 +0000")
    problem("a commit by somebody", "no batch", "corrupt")
    c.git("phone/repo.git", "update-ref", ref, c.git("phone/repo.git", "rev-parse", tip + "^").decode().strip())
    problem("a chain rolled back", "others had seen", "withheld")


@case
def odd_entries(c):
    """Entries that no program of today writes: both readers pass over the same ones."""
    c.join_as("phone")
    c.put("phone", observation("one"))
    c.sync("phone", "laptop", "phone")
    mine = c.read("phone")[0]
    with open(c.path("phone", "keys"), "rb") as f:
        keys = open_keyfile(f.read(), PASSPHRASE).spaces[0]
    chain = next(x for x in mine.space.chains.values() if x.segments[-1].writer == H(32, ed25519_keys(keys.seed)[0])[:8])
    tip = c.refs("phone/repo.git")[f"refs/heads/{mine.space.id.hex()}/{chain.branch.hex()}"]
    salt = bytes(16)

    def version(n, **more):
        items = {"source": "", "type": None, "id": None, "parents": [], "time": 0, "author": True, "op": 1, "salt": salt, "url": None,
                 "body": {"resourceType": "Basic", "id": f"n{n}"}}
        items.update(more)
        return [1] + list(items.values())
    b = {"resourceType": "Basic", "id": "x"}

    def imported(n, ident, updated):
        return version(n, author=None, time=None, op=0, salt=None, body=dict(b, id=ident, meta={"lastUpdated": updated}))
    odd = [
        "no entry", [], ["no kind"], [99, "of a later kind"], [1], [1, "", "Basic"],
        version(0), version(1, op=200), version(2, op=256), version(3, op=-1),
        version(4, parents=[b"\2" * 32, b"\1" * 32]), version(5, parents=[b"\1" * 32, b"\1" * 32]), version(6, parents=[b"\1" * 32]),
        version(7, parents=[b"\1" * 31]), version(8, type="Basic", id="given"), version(9, type="", id="x"), version(10, type="t" * 128),
        version(11, id="i" * 512), version(12, source="s" * 512), version(13, type="t" * 127, id="i" * 511, source="s" * 511),
        version(14, time=-65536), version(15, time=1 << 63), version(16, time=None),
        version(17, author=b"otherone"), version(18, author=b"seven.."),
        version(41, author=chain.segments[-1].writer),
        version(19, author=False), version(20, salt=bytes(15)), version(21, salt=None), version(22, url=5), version(23, url="urn:x"),
        version(24, author=None, time=None, op=0, salt=None), version(25, author=None, time=1 << 60, op=1),
        version(26, author=None, time=5 << 16, op=0),
        imported(27, "dated", "2020-02-29T23:59:60.1234+14:00"),
        imported(28, "undated", "2020-02-30T00:00:00Z"),
        imported(29, "day", "2020-02-03"),
        imported(30, "early", "1969-12-31T23:59:59Z"),
        imported(31, "late", "4199-12-31T23:59:59.9-01:00"),
        imported(32, "later", "4200-01-01T00:00:00Z"),
        version(33, time=1 << 60), version(34, author=None, time=-1, op=1),
        version(35, body=None, type="Basic", id="n0"), version(36, body=None), version(37, body="text", type="Basic", id="t"),
        version(38, body={}, type="Basic", id="empty"), version(39, body=dict(b, id="opaque", later=Opaque(9, b"later"))),
        version(40, body=dict(b, id="number", n=NumberText("1e2"))) + ["more", 5],
        version(42, body=dict(b, id="short", data=bytes(189))), version(43, body=dict(b, id="text", note=[{"text": "A" * 256}])),
        version(44, body=dict(b, id="bytes", data=bytes(190))), version(45, body=dict(b, id="words", text="A" * 255)),
    ]
    put_batch(c.path("phone/repo.git"), mine.space.id, chain.branch, [forged(mine.space, keys, chain, odd)], tip)
    os.remove(c.path("phone", "index"))
    o = c.read("phone")[0]
    c.say(not o.space.problems, "the reader takes the segment", o.space.problems)
    theirs, ours = c.must("phone", "log", "--json").rows, list(o.reports.log())
    c.say(sorted(map(str, theirs)) == sorted(map(str, ours)), f"the same {len(ours)} versions", *differing(theirs, ours))


@case
def by_chance(c):
    """Documents that two devices and a clinician change apart, by chance."""
    seed, rounds = int(os.environ.get("AFTERCARE_SEED", "1")), int(os.environ.get("AFTERCARE_ROUNDS", "2"))
    rnd = random.Random(seed)
    chance = Chance(rnd)
    kinds = list(chance.elements())
    c.join_as("phone")
    code = c.must("laptop", "share", "create", "Dr Lee", "--all", "--write", "--json", ok=(0, 3)).json["code"]
    c.join("lee", code, "--name", "Mina Lee")
    for n in range(rounds):
        keys = [(k, rnd.randint(0, 1)) for k in kinds for _ in range(2)]
        for kind, number in keys:
            home = rnd.choice(("laptop", "phone", "phone", "lee"))
            doc = chance.document(kind, number)
            what = rnd.random()
            if what < .15:
                c.run(home, "rm", f"{kind}/{doc['id']}", "--yes")
            elif what < .3:
                sides = [r for r in c.run(home, "conflicts", "--json").rows if r["ref"] == f"{kind}/{doc['id']}"]
                if sides:
                    c.run(home, "resolve", sides[0]["ref"], "--take", rnd.choice(sides[0]["sides"])["version"])
            else:
                c.run(home, "put", "-", "--force", stdin=json.dumps(doc))
            if rnd.random() < .2:
                c.sync(rnd.choice(("laptop", "phone", "lee")))
        c.sync("lee", "laptop", "phone", "laptop", "lee")
        c.all_spaces("laptop", "phone", "lee", when=f"after round {n} of seed {seed}")


@case
def shared_data(c):
    """Others' FHIR, where it is there."""
    some = ("ips/*.json", "mcode/*undle*.json", "hl7-examples/[AQ]*.json", "microsoft-ok/*.json", "synthea-juvenile/B*.json",
            "bulk-ndjson/Patient*.ndjson")
    files = [path for pattern in some for path in sorted(glob.glob(os.path.join(FHIR, "dev", pattern)))[:6]]
    if not files:
        raise Skipped("no shared data")
    print(f"# files {len(files)}")
    for n, path in enumerate(files):
        c.must("laptop", "import", path, "--person", "any", "--source", f"file-{n}", ok=(0, 1, 3))
    c.same("laptop")


if __name__ == "__main__":
    sys.exit(play_all(Case, CASES))
