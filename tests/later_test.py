#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""later_test.py [NAME...]: homes and hubs that hold what a later version of this program writes.

The test build writes such things when it is told to (schema/faults.h): a later merge edition,
document number and segment format, entries of another kind, items behind the known ones, another
op, a value of an unknown type, another role. Beside it stands the program as it is. What it can
read it shows, changes and passes on; what it cannot it keeps and passes on byte for byte, says so
in one sentence, and asks for a version that can. Nothing of it is an alarm.
"""
import json
import os
import re
import shutil
import subprocess
import sys

from homes import Answer, World, observation, play_all

# What a later program writes that leaves the JSON of a document as it is, and all that it writes.
BESIDE = {"AFTERCARE_EDITION": "2", "AFTERCARE_NUMBER": "1", "AFTERCARE_LATER": "kind items op"}
ALL = dict(BESIDE, AFTERCARE_LATER="kind items op ext")
FORMAT = {"AFTERCARE_FORMAT": "9"}
READS = {"AFTERCARE_READS": "9"}

# A type, elements and shapes that are none of FHIR R4's
STUDY = {"resourceType": "GenomicStudy", "id": "g1", "status": "available", "analysis": [{"focus": [{"reference": "Patient/x"}],
         "regions": {"called": [1.50, "chr1:1-2", None, {"deep": [[], {}, -0.0, 1e400]}]}}], "date": "2024-01-02"}


class Case(World):
    def __init__(self, name):
        super().__init__("later-" + name, memory=True)
        self.name = name
        self.told = []
        self.program_of = {}   # home: what its program does besides
        self.said = ""

    def run(self, home, *args, stdin=None, timeout=300):
        env = dict(self.env, **self.program_of.get(home, {}))
        p = subprocess.run(self.command(home, args), env=env, input=stdin or "", text=True, capture_output=True,
                           timeout=timeout, start_new_session=True)
        return Answer((home, *args), p.returncode, p.stdout, p.stderr)

    def say(self, good, what, *why):
        self.told.append((bool(good), f"{self.name}: {what}", why))

    def begin(self, *homes):
        self.init("laptop")
        for h in homes:
            self.join(h, self.invite("laptop"))
        self.sync("laptop", *homes)

    def sync(self, *homes, ok=(0,)):
        """Each once; kinds of alerts. What was said goes to self.said."""
        kinds = []
        self.said = ""
        for h in homes:
            a = self.run(h, "sync", "--json")
            self.say(a.rc in ok, f"{h} syncs with exit {' or '.join(map(str, ok))}", a)
            self.said += a.err
            if a.json:
                kinds += [x["kind"] for x in a.json["alerts"]]
        return kinds

    def later(self, home):
        a = self.must(home, "status", "--json", ok=(0, 3))
        return [(r["name"], r["made"], r["entries"]) for r in a.json.get("later", [])]

    def json_of(self, home, ref, ok=(0,)):
        return self.must(home, "show", ref, "--format", "json", ok=ok).out

    def quiet(self, *homes):
        for h in homes:
            a = self.must(h, "status", "--json", ok=(0, 3))
            self.say(not a.json["alerts"], f"{h} is not alarmed", a)

    def clean(self, *homes):
        for h in homes:
            a = self.run(h, "verify", "--json")
            self.say(a.rc == 0 and not a.json["bad"], f"verify of {h} is clean", a)

    def same_versions(self, what, *homes):
        all_ = [self.versions(h) for h in homes]
        self.say(all(v == all_[0] for v in all_) and all_[0], f"{what}: {', '.join(homes)} have the same versions",
                 [len(v) for v in all_])

    def same_views(self, what, *homes):
        views = [self.view(h) for h in homes]
        self.say(all(v == views[0] for v in views) and views[0], f"{what}: {', '.join(homes)} see the same",
                 *[line for v in views for line in v])

    def refused(self, what, a, *words, rc=1):
        lines = a.err.strip().splitlines()
        self.say(a.rc == rc and not a.out.strip() and len(lines) == 1 and all(w in a.err for w in words), what, a)

    def bytes_of(self, *names):
        with open(self.path(*names), "rb") as f:
            return f.read()

    def put_bytes(self, data, *names):
        with open(self.path(*names), "wb") as f:
            f.write(data)

    # what a hub can do
    def chain_of(self, home):
        """The branch that the next write of this home moves."""
        before = self.refs(home + "/repo.git")
        self.put(home, observation("mark-" + home))
        after = self.refs(home + "/repo.git")
        return next(r for r in after if r.startswith("refs/heads/") and after[r] != before.get(r))

    def on_top(self, hub, ref, data):
        """Bytes that are no segment of its writer's, as the next one of a chain."""
        def git(*args, stdin=None):
            return self.git(hub, *args, stdin=stdin).decode().strip()
        blob = git("hash-object", "-w", "--stdin", "-t", "blob", stdin=data)
        tree = git("mktree", stdin=f"100644 blob {blob}\t0000\n".encode())
        text = f"tree {tree}\nparent {self.refs(hub)[ref]}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\n"
        git("update-ref", ref, git("hash-object", "-w", "--stdin", "-t", "commit", stdin=text.encode()))


CASES = []


def case(f):
    CASES.append(f)
    return f


def fill(c, home):
    """A record as a later program keeps it; what its JSON is."""
    odd = dict(observation("a", 1), bodySite2={"text": "left"}, valueQuantity={"value": 6.30, "unit": "g/dL", "extraDigits": 1.10})
    c.must(home, "put", "--force", "-", stdin=json.dumps(odd).replace("6.3,", "6.30,"), ok=(0, 3))
    c.must(home, "put", "--force", "-", stdin=json.dumps(STUDY).replace("Infinity", "1e400").replace("1.5,", "1.50,"), ok=(0, 3))
    c.put(home, observation("b", 2, "of the later program"))
    many = "\n".join(json.dumps(observation(f"i{n}", n)) for n in range(300))
    c.must(home, "import", c.write("many.ndjson", many))
    c.must(home, "set", "Observation/i7", "status=amended")
    c.must(home, "rm", "Observation/i8")


# ------------------------------------------------------------- what stands beside documents
@case
def a_later_home(c):
    """The program as it is opens a home that a later one wrote: all of it is read and changed."""
    c.program_of["laptop"] = BESIDE
    c.begin()
    fill(c, "laptop")
    c.must("laptop", "set", "Observation/b", "status=amended")
    c.must("laptop", "sync")
    refs = ("Observation/a", "GenomicStudy/g1", "Observation/b", "Observation/i7", "Observation/i200")
    before = {r: c.json_of("laptop", r) for r in refs}
    views, versions, lists = c.view("laptop"), c.versions("laptop"), c.must("laptop", "list").out
    c.say('"value":6.30' in before[refs[0]] and "1e400" in before[refs[1]] and "1.50" in before[refs[1]], "numbers as they were spelled",
          before)
    c.program_of["laptop"] = {}
    c.say({r: c.json_of("laptop", r) for r in refs} == before, "show --format json gives the same bytes")
    c.say(c.view("laptop") == views and c.versions("laptop") == versions and c.must("laptop", "list").out == lists,
          "export, log and list say the same")
    a = c.must("laptop", "find", "later", "program", "--json")
    c.say([r["ref"] for r in a.rows] == ["Observation/b"], "find finds it", a)
    a = c.must("laptop", "list", "GenomicStudy", "--json")
    c.say([r["ref"] for r in a.rows] == ["GenomicStudy/g1"], "a type that is unknown is listed", a)
    a = c.must("laptop", "history", "Observation/b", "--json")
    c.say([r["op"] for r in a.rows] == ["unknown", "unknown"], "an op that is unknown is called so", a)
    os.remove(c.path("laptop", "index"))
    c.say(c.view("laptop") == views and c.versions("laptop") == versions, "an index made again holds the same")
    (name, made, n), = c.later("laptop")
    c.say(name == "laptop" and not made and n >= 5, "status names what is kept and not shown", c.later("laptop"))
    a = c.must("laptop", "status", ok=(0, 3))
    c.say("this device wrote what is kept and cannot be shown until aftercare is updated" in a.out, "in words too", a)
    c.sync("laptop")
    lines = [line for line in c.said.splitlines() if "only a newer version of aftercare can show" in line]
    c.say(len(lines) == 1 and "update aftercare on this device" in lines[0], "sync says it in one sentence", c.said)
    c.sync("laptop")
    c.say("newer" not in c.said, "and once", c.said)
    c.clean("laptop")
    # changed here, then read by everybody
    c.must("laptop", "set", "Observation/a", "status=corrected", "--force", ok=(0, 3))
    c.must("laptop", "set", "GenomicStudy/g1", "status=cancelled", "--force", ok=(0, 3))
    after = {r: c.json_of("laptop", r) for r in refs}
    c.say(after[refs[0]] == before[refs[0]].replace('"final"', '"corrected"')
          and after[refs[1]] == before[refs[1]].replace('"available"', '"cancelled"'), "one element changes, and no other byte", after)
    a = c.join("third", c.invite("laptop"))
    c.say("only a newer version of aftercare can show, from device laptop" in a.err, "a third device is told when it joins", a)
    c.program_of["fourth"] = BESIDE
    c.join("fourth", c.invite("laptop"))
    c.sync("laptop", "third", "fourth", "laptop", "third")
    c.same_versions("all over the hub", "laptop", "third", "fourth")
    c.same_views("all over the hub", "laptop", "third", "fourth")
    c.say({r: c.json_of("fourth", r) for r in refs} == after, "and the later program reads back the same bytes")
    c.must("third", "backup", c.path("b.age"))
    a = c.must("third", "verify", c.path("b.age"), "--identity", c.path("laptop.html"), "--json")
    c.say(not a.json["bad"], "a backup of it is proved", a)
    c.must("fifth", "restore", c.path("b.age"), "--identity", c.path("laptop.html"), "--device", "fifth")
    c.same_versions("restored", "third", "fifth")
    c.same_views("restored", "third", "fifth")
    c.must("third", "send", c.path("bundle"))
    a = c.must("laptop", "receive", c.path("bundle"))
    c.quiet("laptop", "third", "fourth", "fifth")
    c.clean("laptop", "third", "fourth", "fifth")
    c.program_of["laptop"] = BESIDE
    os.remove(c.path("laptop", "index"))
    c.must("laptop", "list")
    c.say(not [r for r in c.later("laptop") if r[1]], "nothing ever waited", c.later("laptop"))


@case
def a_value_unknown(c):
    """A value of a type that is unknown stays where it is, whatever is changed beside it."""
    c.begin("phone", "tablet")
    c.program_of["phone"] = dict(ALL, AFTERCARE_LATER="ext")
    c.put("phone", observation("a", 1))
    c.put("laptop", observation("plain", 1))
    c.sync("phone")
    c.sync("laptop")
    c.say("only a newer version of aftercare can show, from device phone" in c.said, "the older program says so once", c.said)
    a = c.must("laptop", "show", "Observation/a", "--paths")
    c.say("language: (of a newer version of aftercare" in a.out and "status: final" in a.out, "show shows what stands beside it", a)
    c.refused("as JSON it is refused", c.run("laptop", "show", "Observation/a", "--format", "json"), "newer version")
    c.refused("and as JSON with its version", c.run("laptop", "show", "Observation/a", "--json"), "newer version")
    c.refused("exported with others it is named", c.run("laptop", "export"), "Observation/a", "newer version", "leave the document out")
    a = c.must("laptop", "export", "Observation/plain")
    c.say("plain" in a.out, "others are exported", a)
    a = c.must("laptop", "list", "--json")
    c.say({r["ref"] for r in a.rows} >= {"Observation/a", "Observation/plain"}, "list has it", a)
    c.refused("a whole new text would drop it", c.run("laptop", "put", "-", stdin=json.dumps(observation("a", 5))),
              "newer version", "set")
    c.must("laptop", "set", "Observation/a", "valueQuantity.value=2")
    c.must("laptop", "set", "Observation/a", "note[0].text=seen here")
    c.sync("laptop", "tablet")
    c.must("tablet", "set", "Observation/a", "status=amended")
    c.sync("tablet", "phone", "laptop", "tablet")
    c.same_versions("changed beside it on three devices", "laptop", "phone", "tablet")
    for h in ("laptop", "phone", "tablet"):
        a = c.must(h, "show", "Observation/a", "--paths")
        c.say("language: (of a newer" in a.out and "valueQuantity.value: 2" in a.out and "amended" in a.out and "seen here" in a.out,
              f"{h} has the changes and the value", a)
    # apart, then put together
    c.must("laptop", "set", "Observation/a", "note[0].text=other words")
    c.must("tablet", "set", "Observation/a", "subject.display=Ana")
    c.sync("laptop", "tablet", "laptop", "phone")
    shown = [c.must(h, "show", "Observation/a", "--paths").out.split("\n", 2)[2] for h in ("laptop", "tablet", "phone")]
    c.say(shown[0] == shown[1] == shown[2] and "language: (of a newer" in shown[0] and "other words" in shown[0] and "Ana" in shown[0],
          "a merge keeps it", *shown)
    # in dispute: the others of the list are not hidden by it
    c.must("laptop", "set", "Observation/a", "language=en")
    c.sync("laptop", "phone", "tablet")
    c.must("phone", "set", "Observation/a", "subject.display=Ana Ruiz")   # which puts the value there again
    c.must("tablet", "set", "Observation/a", "language=de")
    c.sync("phone", "tablet", "laptop", ok=(0, 3))
    a = c.must("laptop", "conflicts", "--json", ok=(0,))
    c.say([(r["path"], sorted(str(s["value"]) for s in r["sides"])) for r in a.rows] == [("language", ["None", "de"])],
          "a dispute of it is listed", a)
    a = c.run("laptop", "conflicts")
    c.say(a.rc == 0 and "data of a newer version of aftercare" in a.out, "in words too", a)
    a = c.must("laptop", "history", "Observation/a", "--json")
    one, two = a.rows[-1]["version"], a.rows[0]["version"]
    a = c.must("laptop", "diff", "Observation/a", one, two, "--json")
    c.say({r["path"]: r["from"] for r in a.rows}.get("language", 0) is None, "a difference names it", a)
    a = c.run("laptop", "diff", "Observation/a", one, two)
    c.say(a.rc == 0 and "data of a newer version of aftercare" in a.out, "in words too", a)
    c.must("laptop", "revert", "Observation/a", one, ok=(0, 1))
    c.must("laptop", "backup", c.path("b.age"))
    c.must("fourth", "restore", c.path("b.age"), "--identity", c.path("laptop.html"), "--device", "fourth")
    c.same_versions("restored", "laptop", "fourth")
    c.clean("laptop", "phone", "tablet", "fourth")
    c.quiet("laptop", "phone", "tablet")


@case
def handed_over(c):
    """A handoff goes on without what no JSON can say, and names it everywhere; an export does not go on."""
    drug = {"resourceType": "MedicationRequest", "id": "mp", "status": "active", "intent": "order", "subject": {"reference": "Patient/x"},
            "medicationCodeableConcept": {"text": "mercaptopurine"}, "dosageInstruction": [{"text": "50 mg"}]}
    c.begin("phone")
    c.put("laptop", observation("plain", 1))
    c.put("laptop", drug)
    c.sync("laptop", "phone")
    c.program_of["phone"] = dict(ALL, AFTERCARE_LATER="ext")
    c.put("phone", observation("a", 7))
    c.put("phone", {"resourceType": "DocumentReference", "id": "scan", "status": "current",
                    "content": [{"attachment": {"contentType": "text/plain", "title": "Letter", "data": "V2Fsa3MgZGFpbHkuCg=="}}]})
    c.must("phone", "set", "MedicationRequest/mp", "dosageInstruction[0].text=25 mg")
    c.must("laptop", "set", "MedicationRequest/mp", "dosageInstruction[0].text=75 mg")
    c.sync("phone", "laptop", ok=(0, 3))
    side = next(r["version"] for r in c.must("laptop", "history", "MedicationRequest/mp", "--json").rows if r["device"] == "phone")
    named = {"Observation/a": "Hemoglobin 7 g/dL (Observation/a)", "DocumentReference/scan": "Letter (DocumentReference/scan)",
             "MedicationRequest/mp": f"mercaptopurine, 25 mg (MedicationRequest/mp), version {side[:8]}"}
    a = c.run("laptop", "backup", c.path("r.age"), "--readable")
    c.say(a.rc == 1 and "make the backup without --readable" in a.err and "newer" in a.err and not os.path.exists(c.path("r.age")), "a readable backup says how to make one", a)
    c.must("laptop", "backup", c.path("r.age"))
    a = c.run("laptop", "handoff", "--plain", c.path("h"), "--yes", "--json")
    c.say(a.rc == 3 and list(a.json) == ["file", "bytes", "recipients", "records", "disputed", "attachments", "missing"]
          and (a.json["records"], a.json["disputed"], a.json["attachments"], a.json["missing"]) == (2, 1, 1, 0), "handed over, exit 3", a)
    c.say(sorted(line.split(": ", 1)[1].split(";")[0] for line in a.err.splitlines() if "Not in its records.json" in line)
          == sorted(named.values()) and a.err.count("Update aftercare") == 3, "the terminal names each, and what to do", a)
    page = re.sub(r"\s+", " ", c.bytes_of("h", "README.txt").decode())
    missing = page[page.index("WHAT IS MISSING"):page.index("WHERE IT DISAGREES")]
    c.say("3 records are not in records.json" in missing and "A newer version shows them" in missing
          and all(n in missing for n in named.values()), "so does the first page", page)
    c.say("1 record is in dispute" in page and "A side that records.json does not have is named above" in page, "and that a side is not here",
          page)
    rows = [e["resource"] for e in json.loads(c.bytes_of("h", "records.json"))["entry"]]
    note = next(r for r in rows if r["resourceType"] == "MedicationRequest")
    c.say(sorted(r["resourceType"] for r in rows) == ["MedicationRequest", "Observation"] and note["dosageInstruction"][0]["text"] == "75 mg"
          and "one of 2 versions" in note["note"][-1]["text"] and "it needs a newer version" in note["note"][-1]["text"],
          "the side that can be written says that another one is not here", rows)
    c.say(c.bytes_of("h", "attachments", "001-Letter.txt") == b"Walks daily.\n" and b"75 mg" in c.bytes_of("h", "report.html")
          and b"25 mg" in c.bytes_of("h", "report.html"), "attachments go along, and the report shows both sides")
    c.refused("an export is refused as a whole", c.run("laptop", "export", "-o", c.path("e.json")), "newer version", "leave the document out")
    c.say(not os.path.exists(c.path("e.json")), "and leaves no file")
    c.must("laptop", "backup", c.path("b.age"))
    a = c.must("laptop", "resolve", "MedicationRequest/mp", "dosageInstruction[0].text=25 mg", "language=", ok=(0,))
    for ref in ("Observation/a", "DocumentReference/scan"):
        c.must("laptop", "rm", ref)
    a = c.must("laptop", "handoff", "--plain", c.path("h2"), "--yes", "--json")
    c.say(a.json["records"] == 2 and "MISSING" not in c.bytes_of("h2", "README.txt").decode(), "without such a value nothing is missing", a)


@case
def said_again(c):
    """A hub cuts a chain off: its next incarnation says again what a later program wrote there."""
    c.begin("phone", "tablet")
    ref = c.chain_of("phone")
    c.sync("phone", "laptop", "tablet")
    good = c.refs("hub")[ref]
    c.program_of["phone"] = ALL
    c.put("phone", observation("a", 1))
    c.sync("phone")
    c.git("hub", "update-ref", ref, good)
    c.on_top("hub", ref, b"junk that covers it")
    c.program_of["phone"] = {}
    c.sync("phone", ok=(0, 3))
    c.sync("laptop", "tablet", ok=(0, 3))
    c.same_versions("said again", "laptop", "phone", "tablet")
    a = c.must("laptop", "show", "Observation/a", "--paths")
    c.say("language: (of a newer" in a.out, "with the value", a)
    n = {h: sum(r[2] for r in c.later(h)) for h in ("laptop", "tablet")}
    c.say(n["laptop"] == n["tablet"] == 1, "and the entry of an unknown kind", n)
    c.clean("laptop", "phone", "tablet")


def fork(c, **later):
    """The phone goes on twice from one state, by two hubs, and is lost; the laptop and the tablet have an arm each."""
    c.program_of["phone"] = later
    ref = c.chain_of("phone")
    c.sync("phone", "laptop", "tablet")
    shutil.copytree(c.path("hub"), c.path("hub2"))
    subprocess.run(["cp", "-a", c.path("phone"), c.path("phone.old")], check=True)
    one = c.put("phone", observation("one", 1))["version"]
    c.sync("phone")
    for n in os.listdir(c.path("phone")):    # the folder stays: nothing tells the home that it is older
        p = c.path("phone", n)
        shutil.rmtree(p) if os.path.isdir(p) else os.unlink(p)
    subprocess.run(["cp", "-a", c.path("phone.old") + "/.", c.path("phone")], check=True)
    for h in ("phone", "tablet"):
        c.must(h, "remote", "remove", "hub")
        c.must(h, "remote", "add", "hub2", c.path("hub2"))
    two = c.put("phone", observation("two", 2))["version"]
    c.sync("phone", "laptop", "tablet")
    c.say(c.refs("hub")[ref] != c.refs("hub2")[ref], "the two hubs have two arms")
    shutil.rmtree(c.path("phone"))
    c.must("laptop", "remote", "add", "hub2", c.path("hub2"))
    for _ in range(3):
        c.sync("laptop", "tablet", ok=(0, 3))
    return one, two


@case
def relayed(c):
    """Both arms of a fork are carried on, though a later program wrote them."""
    c.begin("phone", "tablet")
    one, two = fork(c, **ALL)
    c.same_versions("of two arms", "laptop", "tablet")
    c.say({one, two} <= c.versions("tablet"), "both arms are read")
    a = c.must("tablet", "show", "Observation/one", "--paths")
    c.say("language: (of a newer" in a.out, "with what is unknown", a)
    c.clean("laptop", "tablet")


@case
def relayed_format(c):
    """Who cannot read the arms of a fork that others carry has them all the same, and reads them when it is updated."""
    c.begin("phone", "tablet")
    for h in ("laptop", "tablet"):
        c.program_of[h] = READS
    one, two = fork(c, **FORMAT)
    c.program_of["fourth"] = {}
    c.join("fourth", c.invite("laptop"))
    c.sync("laptop", "tablet", "fourth", "fourth", ok=(0, 3))
    c.say(len(waiting(c)) == 2 and not {one, two} & c.versions("fourth"), "the fourth waits", c.said)
    c.quiet("fourth")
    c.clean("fourth")
    for h in ("laptop", "tablet"):
        shutil.rmtree(c.path(h))
    shutil.rmtree(c.path("hub"))
    shutil.rmtree(c.path("hub2"))
    c.program_of["fourth"] = READS
    c.put("fourth", observation("mark-fourth"))
    c.say({one, two} <= c.versions("fourth"), "updated, it has both arms out of what was carried", c.versions("fourth"))
    c.clean("fourth")


@case
def a_role_unknown(c):
    """A role and a standing that are unknown: a reader's, and a code that serves often. Nobody is shut out."""
    c.begin("tablet")
    c.program_of["laptop"] = dict(BESIDE, AFTERCARE_LATER="role standing")
    code = c.invite("laptop")
    c.program_of["laptop"] = {}
    c.join("phone", code)
    c.join("other", code)
    c.sync("laptop", "tablet", "phone", "other")
    c.put("laptop", observation("a", 1))
    c.must("laptop", "device", "remove", "tablet")   # an epoch that begins later is for them too
    c.put("laptop", observation("b", 1))
    c.sync("laptop", "phone", "other")
    rows = c.must("laptop", "device", "list", "--json").rows
    c.say(sorted((r["name"], r["role"]) for r in rows if r["name"] in ("phone", "other")) == [("other", "reader"), ("phone", "reader")],
          "they count as readers", rows)
    c.say(c.view("phone") == c.view("other") == c.view("laptop"), "and read everything")
    c.quiet("laptop", "phone", "other")
    c.clean("laptop", "phone", "other")


@case
def a_share_unknown(c):
    """A share whose filter says more than this program knows: it might mean less, so nothing is published."""
    c.begin("phone")
    c.program_of["laptop"] = {"AFTERCARE_LATER": "filter"}
    code = c.must("laptop", "share", "create", "Dr Lee", "--types", "Observation", "--json").json["code"]
    c.program_of["laptop"] = {}
    c.join("lee", code, "--name", "Lee Medical", device="office")
    c.put("laptop", observation("a", 1))
    c.put("phone", observation("b", 1))
    c.sync("laptop", "phone", "laptop", "lee")
    c.say(not c.must("lee", "list", "--json").rows, "nothing went out", c.must("lee", "list").out)
    a = c.must("laptop", "share", "list", "--json")
    c.say([r["name"] for r in a.rows] == ["Dr Lee"], "the share is listed", a)
    a = c.run("laptop", "share", "revoke", "Dr Lee", "--yes", "--json")
    c.say(a.rc == 0, "and can be revoked", a)
    c.quiet("laptop", "phone", "lee")


# -------------------------------------------------------------------- formats of segments
def waiting(c):
    lines = [line for line in c.said.splitlines() if "waits until this program is updated" in line]
    return lines


@case
def a_later_format(c):
    """A chain in a later format waits, is told of in a sentence, and alarms nobody; all else goes on."""
    c.begin("phone", "tablet")
    c.put("phone", observation("before", 1))
    c.sync("phone", "laptop", "tablet")
    c.program_of["phone"] = FORMAT
    c.program_of["tablet"] = READS     # its own chain is read here, and names the phone's
    c.put("phone", observation("a", 1))
    c.put("phone", observation("b", 2))
    c.sync("phone", "tablet")
    c.put("tablet", observation("t", 1))
    c.sync("tablet")
    c.put("laptop", observation("l", 1))
    for _ in range(2):
        kinds = c.sync("laptop")
        lines = waiting(c)
        c.say(not kinds and len(lines) == 1 and len(c.said.strip().splitlines()) == 1 and "device phone of Ana Ruiz (segment format 9)"
              in lines[0] and "nothing is lost" in lines[0] and "get a version of aftercare that reads segment format 9" in lines[0],
              "each run says in one sentence whose it is, which format, and what to get", c.said)
    c.say(c.later("laptop") == [("phone", "segment format 9", 0)], "status --json names it", c.later("laptop"))
    a = c.run("laptop", "status")
    c.say(a.rc == 0 and "newer program: device phone wrote what waits until aftercare is updated (segment format 9)" in a.out,
          "status too, and it is no trouble", a)
    a = c.must("laptop", "list", "--json")
    c.say({r["ref"] for r in a.rows} == {"Observation/before", "Observation/t", "Observation/l"}, "the rest goes on", a)
    c.must("laptop", "set", "Observation/before", "status=amended")
    c.sync("laptop", "tablet", "phone")
    c.say('"amended"' in c.json_of("phone", "Observation/before"), "what is written here reaches the phone")
    os.remove(c.path("laptop", "index"))
    c.must("laptop", "list")
    c.say(c.later("laptop") == [("phone", "segment format 9", 0)], "an index made again still knows it", c.later("laptop"))
    c.clean("laptop")
    c.must("phone", "send", c.path("bundle"))
    a = c.run("laptop", "receive", c.path("bundle"))
    c.said = a.err
    c.say(a.rc == 0 and len(waiting(c)) == 1, "by a file it is the same", a)
    # an epoch that the phone begins holds back what comes after it
    c.join("fourth", c.invite("laptop"))
    c.sync("laptop", "phone", "tablet")
    c.must("phone", "device", "remove", "fourth")
    c.sync("phone", "tablet")
    c.put("tablet", observation("t2", 1))
    c.sync("tablet")
    kinds = c.sync("laptop") + c.sync("laptop")
    c.say(not kinds and len(waiting(c)) == 1, "a key that is in that format is nobody's fault", kinds, c.said)
    c.must("laptop", "backup", c.path("b.age"))
    c.must("fifth", "restore", c.path("b.age"), "--identity", c.path("laptop.html"), "--device", "fifth")
    c.say("Observation/before" in {r["ref"] for r in c.must("fifth", "list", "--json").rows}, "what is here can be backed up")
    # updated
    c.program_of["laptop"] = READS
    c.sync("laptop", "phone", "tablet", "laptop")
    c.say(not waiting(c) and not c.later("laptop"), "updated, nothing waits any more", c.said, c.later("laptop"))
    c.same_versions("updated", "laptop", "phone", "tablet")
    c.same_views("updated", "laptop", "phone", "tablet")
    c.quiet("laptop", "phone", "tablet")
    c.clean("laptop", "phone", "tablet")


@case
def two_hubs(c):
    """What one hub shows is not withheld by the other, which nobody brings it to."""
    c.begin("phone", "tablet")
    c.must("laptop", "hub", "init", c.path("second"))
    c.must("laptop", "remote", "add", "second", c.path("second"))
    c.program_of["phone"] = FORMAT
    c.program_of["tablet"] = READS
    c.put("phone", observation("a", 1))
    c.sync("phone", "tablet")
    c.put("tablet", observation("t", 1))
    c.sync("tablet")
    for _ in range(2):
        kinds = c.sync("laptop")
        c.say(not kinds and len(waiting(c)) == 1, "nobody is alarmed", kinds, c.said)
    c.program_of["laptop"] = READS
    c.sync("laptop")
    c.say(not waiting(c), "updated, nothing waits", c.said)
    c.sync("phone")
    c.same_versions("updated", "laptop", "phone", "tablet")


@case
def a_later_dictionary(c):
    """A segment that is packed with a dictionary of a later program waits in the same way."""
    c.begin("phone")
    c.program_of["phone"] = {"AFTERCARE_DICTIONARY": "2"}
    c.put("phone", observation("a", 1))
    c.sync("phone")
    kinds = c.sync("laptop")
    c.say(not kinds and len(waiting(c)) == 1 and "a later dictionary" in c.said, "it waits, and is told of", kinds, c.said)
    c.put("laptop", observation("l", 1))
    c.sync("laptop", "phone")
    c.quiet("laptop", "phone")
    c.program_of["laptop"] = {"AFTERCARE_DICTIONARY": "2"}
    c.sync("laptop")
    c.same_versions("updated", "laptop", "phone")


@case
def withheld_beneath(c):
    """A hub covers what it hides with bytes of a later format: what others have seen is missed all the same."""
    c.begin("phone", "tablet")
    ref = c.chain_of("phone")
    c.sync("phone", "laptop", "tablet")
    old = c.refs("hub")[ref]
    c.put("phone", observation("hidden", 1))
    c.sync("phone", "tablet")
    c.put("tablet", observation("t", 1))
    c.sync("tablet")
    new = c.refs("hub")[ref]
    c.git("hub", "update-ref", ref, old)
    c.on_top("hub", ref, b"ACSG\x09\x01" + os.urandom(300))
    kinds = c.sync("laptop", ok=(3,))
    c.say(kinds == ["withheld"], "it is told as withheld", kinds)
    c.git("hub", "update-ref", ref, new)
    c.must("laptop", "alert", "clear", c.alerts("laptop")[0]["id"])
    kinds = c.sync("laptop")
    c.say(not kinds and not waiting(c) and not c.later("laptop"), "shown again, all is well", kinds, c.said)
    c.sync("phone")
    c.same_versions("shown again", "laptop", "phone", "tablet")


@case
def a_false_format(c):
    """A hub puts such bytes on a chain: its writer goes on beside them, and everybody has all."""
    false_format(c, True)


@case
def a_false_format_on_top(c):
    """The same on a chain that is whole there."""
    false_format(c, False)


def false_format(c, unsent):
    c.begin("phone", "tablet")
    ref = c.chain_of("phone")
    c.sync("phone", "laptop", "tablet")
    if unsent:
        c.put("phone", observation("unsent", 1))
    for n in range(2):
        c.on_top("hub", ref, b"ACSG\x09" + bytes([1 + n]) + os.urandom(300))
    fake, chains = c.refs("hub")[ref], len([r for r in c.refs("hub") if r.startswith(ref[:28])])
    kinds = c.sync("laptop", "tablet")
    c.say(not kinds and len(waiting(c)) == 2, "the others wait, and say so", kinds, c.said)
    kinds = c.sync("phone", ok=(3,))
    c.say(kinds == ["corrupt"] and "did not write" in c.alerts("phone")[0]["message"], "its writer is told that it is not his", kinds,
          c.alerts("phone"))
    c.say(c.refs("hub")[ref] == fake, "and forces nothing")
    c.say(len([r for r in c.refs("hub") if r.startswith(ref[:28])]) == chains + 1, "but goes on in another branch at once")
    kinds = c.sync("phone", "laptop", "tablet")
    c.say(not kinds, "nobody is told of it again", kinds)
    c.same_versions("in the next incarnation", "laptop", "phone", "tablet")
    c.put("phone", observation("next", 1))
    c.put("laptop", observation("l", 1))
    c.sync("phone", "laptop", "tablet", "phone")
    c.same_versions("later", "laptop", "phone", "tablet")
    c.same_views("later", "laptop", "phone", "tablet")
    c.say(not c.later("phone") and not c.alerts("phone")[1:], "its writer does not wait for himself", c.later("phone"))
    c.clean("laptop", "phone", "tablet")
    c.must("laptop", "remote", "remove", "hub")
    c.say(not c.later("laptop"), "with the remote goes what it showed", c.later("laptop"))


@case
def another_way(c):
    """In place of what is known of a chain the hub shows it going on in a later format."""
    c.begin("phone", "tablet")
    ref = c.chain_of("phone")
    c.sync("phone", "laptop", "tablet")
    old = c.refs("hub")[ref]
    c.put("phone", observation("a", 1))
    c.sync("phone", "laptop")
    c.git("hub", "update-ref", ref, old)
    c.on_top("hub", ref, b"ACSG\x07\x01" + os.urandom(300))
    kinds = c.sync("laptop", ok=(0, 3))
    c.say("corrupt" not in kinds and "fork" not in kinds and len(waiting(c)) == 1 and "segment format 7" in c.said,
          "it cannot be judged, and waits", kinds, c.said)
    kinds = c.sync("phone", ok=(3,))
    c.say(kinds == ["corrupt"], "its writer knows better", kinds)
    c.sync("laptop", "tablet", ok=(0, 3))
    c.same_versions("in the next incarnation", "laptop", "phone", "tablet")


@case
def an_older_program_back(c):
    """What a newer program wrote on this device can be read up to there, and is not written over."""
    c.begin("phone")
    c.put("laptop", observation("a", 1))
    c.sync("laptop")
    c.program_of["laptop"] = FORMAT
    c.put("laptop", observation("b", 2))
    refs = c.refs("laptop/repo.git")
    c.program_of["laptop"] = {}
    os.remove(c.path("laptop", "index"))    # it is of another edition, and made again
    a = c.must("laptop", "list", "--json")
    c.say({r["ref"] for r in a.rows} == {"Observation/a"}, "it is read up to there", a)
    for args in (("set", "Observation/a", "status=amended"), ("rm", "Observation/a"), ("device", "remove", "phone"), ("undo",)):
        c.refused(f"{args[0]} is refused", c.run("laptop", *args), "newer version", "segment format 9")
    a = c.must("laptop", "status")
    c.say("newer program: this device wrote what waits" in a.out, "status says so", a)
    a = c.run("laptop", "verify", "--json")
    c.say(a.rc == 3 and len(a.json["bad"]) >= 1 and all("format 9" in b["message"] or "shorter" in b["message"] for b in a.json["bad"]),
          "verify cannot prove it, and says which version can", a)
    c.run("laptop", "sync")
    c.say(c.refs("laptop/repo.git").items() >= {k: v for k, v in refs.items() if k.startswith("refs/heads/")}.items(),
          "the branches stay where they are")
    c.program_of["laptop"] = FORMAT
    c.must("laptop", "set", "Observation/a", "status=amended")
    c.sync("laptop")
    c.program_of["phone"] = READS
    c.sync("phone")
    c.same_versions("with the newer program back", "laptop", "phone")
    c.clean("laptop", "phone")


@case
def nothing_to_begin_with(c):
    """A record that begins in a later format: joining and restoring say which, and leave nothing behind."""
    c.program_of["laptop"] = FORMAT
    c.begin()
    c.put("laptop", observation("a", 1))
    c.sync("laptop")
    c.must("laptop", "backup", c.path("b.age"))
    code = c.write("code", c.invite("laptop") + "\n")
    refs = c.refs("hub")
    c.refused("join", c.run("phone", "join", "--device", "phone", "--code-file", code), "format 9")
    c.refused("restore from a hub", c.run("third", "restore", "--remote", c.path("hub"), "--identity", c.path("laptop.html"),
              "--device", "third", "--yes"), "segment format 9", "get that version")
    c.refused("restore from a backup", c.run("third", "restore", c.path("b.age"), "--identity", c.path("laptop.html"),
              "--device", "third"), "segment format 9", "get that version")
    c.say(not os.path.exists(c.path("phone")) and not os.path.exists(c.path("third")) and c.refs("hub") == refs, "nothing is left behind")


@case
def a_backup_in_part(c):
    """A backup of which a part is in a later format is restored up to there, which is said."""
    c.begin("phone", "tablet")
    c.put("laptop", observation("a", 1))
    c.sync("laptop", "tablet")
    c.program_of["tablet"] = FORMAT
    c.put("tablet", observation("b", 1))
    c.program_of["phone"] = READS
    c.sync("tablet", "phone")
    c.must("phone", "backup", c.path("b.age"))
    a = c.run("third", "restore", c.path("b.age"), "--identity", c.path("laptop.html"), "--device", "third")
    c.say(a.rc in (0, 3) and "segment format 9" in a.err and "keep the backup" in a.err, "restore says so", a)
    c.say({r["ref"] for r in c.must("third", "list", "--json").rows} == {"Observation/a"}, "what can be read is there")
    c.quiet("third")
    a = c.run("laptop", "verify", c.path("b.age"), "--identity", c.path("laptop.html"), "--json")
    c.say(a.rc == 3 and [b for b in a.json["bad"] if "segment format 9), which can prove it" in b["message"]], "and it is not called proved", a)


# -------------------------------------------------------------------------------- files
ABC = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def checksum(hrp, values):
    """Of BIP 173."""
    chk = 1
    for v in [ord(x) >> 5 for x in hrp] + [0] + [ord(x) & 31 for x in hrp] + values + [0] * 6:
        top = chk >> 25
        chk = (chk & 0x1ffffff) << 5 ^ v
        for i, g in enumerate((0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3)):
            chk ^= g if top >> i & 1 else 0
    return [(chk ^ 1) >> 5 * (5 - i) & 31 for i in range(6)]


def with_version(code, version):
    """The same code, of another version: the first item of the list that it is."""
    hrp, _, text = code.replace("\n", "").replace(" ", "").rpartition("1")
    values = [ABC.index(x) for x in text[:-6]]
    bits = "".join(f"{v:05b}" for v in values)
    assert bits[8:16] == "00000001"
    bits = bits[:8] + f"{version:08b}" + bits[16:]
    values = [int(bits[i:i + 5], 2) for i in range(0, len(bits), 5)]
    return hrp + "1" + "".join(ABC[v] for v in values + checksum(hrp, values))


def later_backup(c):
    """A backup whose keys.json is of a later format, made with age itself."""
    if not shutil.which("age") or not shutil.which("age-keygen"):
        return
    with open(c.path("laptop.html"), encoding="utf-8") as f:
        c.write("identity", re.search("AGE-SECRET-KEY-1[0-9A-Z]+", f.read()).group() + "\n")
    to = subprocess.run(["age-keygen", "-y", c.path("identity")], capture_output=True, check=True, text=True).stdout.strip()
    tar = subprocess.run(["age", "-d", "-i", c.path("identity"), c.path("b.age")], capture_output=True, check=True).stdout
    c.say(tar.count(b"aftercare backup 1") == 1, "keys.json names its format")
    tar = tar.replace(b"aftercare backup 1", b"aftercare backup 2")
    subprocess.run(["age", "-r", to, "-o", c.path("b2.age")], input=tar, check=True)
    for args in (("third", "restore", c.path("b2.age"), "--identity", c.path("laptop.html"), "--device", "third"),
                 ("laptop", "verify", c.path("b2.age"), "--identity", c.path("laptop.html"))):
        c.refused(f"a later backup: {args[1]}", c.run(*args), "the backup is of format 2", "get a version of aftercare that reads it")


@case
def files(c):
    """Key file, state, kit, code, backup, bundle and age file of a later version: a sentence each, nothing overwritten."""
    c.begin()
    c.put("laptop", observation("a", 1))
    keys, state = c.bytes_of("laptop", "keys"), c.bytes_of("laptop", "state")
    c.put_bytes(keys[:4] + b"\x02" + keys[5:], "laptop", "keys")
    for args in (("list",), ("put", "-"), ("sync",), ("init", "--name", "X", "--device", "y", "--kit", c.path("x.html")),
                 ("passphrase", "--new-passphrase-file", c.path("pw")),
                 ("passphrase", "--reset", "--identity", c.path("laptop.html"), "--new-passphrase-file", c.path("pw"))):
        c.refused(f"a later key file: {' '.join(args[:2])}", c.run("laptop", *args, stdin=json.dumps(observation("z"))),
                  "key file format 2", "get a version of aftercare that reads it")
    c.say(c.bytes_of("laptop", "keys") == keys[:4] + b"\x02" + keys[5:] and not os.path.exists(c.path("x.html")),
          "it is as it was")
    c.put_bytes(keys, "laptop", "keys")
    c.put_bytes(state[:4] + b"\x02" + state[5:], "laptop", "state")
    for args in (("list",), ("remote", "add", "b", c.path("hub")), ("sync",)):
        c.refused(f"a later state: {args[0]}", c.run("laptop", *args), "state has format 2", "get a version of aftercare that reads it")
    c.say(c.bytes_of("laptop", "state") == state[:4] + b"\x02" + state[5:], "it is as it was")
    c.put_bytes(state, "laptop", "state")
    index = c.bytes_of("laptop", "index")
    c.put_bytes(os.urandom(4096) + index[4096:], "laptop", "index")
    c.say([r["ref"] for r in c.must("laptop", "list", "--json").rows] == ["Observation/a"], "an index of another edition is made again")
    kit = c.write("kit", "AGE-SECRET-KEY-PQ-1" + "Q" * 58 + "\n")
    c.must("laptop", "backup", c.path("b.age"))
    c.refused("a later kit", c.run("third", "restore", c.path("b.age"), "--identity", kit, "--device", "third"), "later form",
              "get a version of aftercare that reads it")
    home = c.write("code", with_version(c.invite("laptop"), 2) + "\n")
    c.refused("a later code", c.run("third", "join", "--device", "third", "--code-file", home), "the code has format 2",
              "get a version of aftercare that reads it")
    later_backup(c)
    age = c.bytes_of("b.age")
    c.put_bytes(age.replace(b"age-encryption.org/v1", b"age-encryption.org/v2", 1), "v2.age")
    c.refused("a later age file", c.run("third", "restore", c.path("v2.age"), "--identity", c.path("laptop.html"), "--device", "third"),
              "newer version")
    c.must("laptop", "send", c.path("bundle"))
    bundle = c.bytes_of("bundle")
    c.put_bytes(bundle.replace(b"# v2 git", b"# v3 git", 1), "v3")
    c.refused("a later bundle", c.run("laptop", "receive", c.path("v3")), "git bundle of version 3", "get a version")
    c.say(not os.path.exists(c.path("third")), "nothing is left behind")


if __name__ == "__main__":
    sys.exit(play_all(Case, CASES, workers=2))
