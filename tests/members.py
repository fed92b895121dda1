#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""members.py [NAME...]: who belongs, while people act apart.

Each case makes its own homes and folder hubs. A second hub is how two devices act
without knowing of each other.
"""
import os
import shutil
import subprocess
import sys
import time

from homes import World, observation, play_all


class Case(World):
    def __init__(self, name):
        super().__init__("members-" + name, memory=True)
        self.name = name
        self.told = []
        self.number = 0
        self.init("laptop")

    def say(self, good, what, *why):
        self.told.append((bool(good), f"{self.name}: {what}", why))

    def write_doc(self, home, ok=(0,)):
        self.number += 1
        a = self.put(home, observation(f"{home}-{self.number}", self.number), ok=ok)
        return a["version"] if a else None

    def sync(self, *homes, times=1, ok=(0, 3)):
        kinds = []
        for _ in range(times):
            for h in homes:
                a = self.run(h, "sync", "--json")
                if a.rc not in ok:
                    self.say(False, f"{h} syncs with exit {a.rc}, not one of {ok}", a)
                if a.json:
                    kinds += [x["kind"] for x in a.json["alerts"]]
        return kinds

    def add(self, home, *args, by="laptop"):
        self.join(home, self.invite(by, *args))

    def has(self, home, *versions):
        got = self.versions(home)
        return all(v in got for v in versions)

    def shows(self, home, doc):
        return any(f'"id":"{doc}"' in line for line in self.view(home))

    def state(self, home, device):
        rows = [r for r in self.must(home, "device", "list", "--json").rows if r["name"] == device]
        return [r["state"] for r in rows]

    def refused(self, what, a, *words):
        self.say(a.rc == 1 and not a.out.strip() and len(a.err.strip().splitlines()) == 1
                 and all(w in a.err for w in words), what, a)

    def equal(self, *homes):
        views = [self.view(h) for h in homes]
        self.say(all(v == views[0] for v in views), f"{', '.join(homes)} see the same", [len(v) for v in views])
        for h in homes:
            a = self.run(h, "verify", "--json")
            self.say(a.rc == 0, f"verify of {h} is clean", a)

    def two_hubs(self, *homes):
        """hub2: a copy of the hub as it is; each home but the first gets it as a second remote."""
        shutil.copytree(self.path("hub"), self.path("hub2"))
        for h in homes:
            self.must(h, "remote", "add", "hub2", self.path("hub2"))


CASES = []


def case(f):
    CASES.append(f)
    return f


# ------------------------------------------------------------------------- removing
@case
def removed(c):
    c.add("phone")
    c.add("tablet")
    before = c.write_doc("phone")
    c.sync("phone", "laptop", "tablet")
    c.must("laptop", "device", "remove", "phone", "--yes")
    c.sync("laptop")
    late = c.write_doc("phone")          # it does not know yet
    a = c.run("phone", "sync")
    c.say("ended" in a.err or "removed" in a.err, "the phone is told at its next sync", a)
    c.refused("it can write nothing after", c.run("phone", "put", "-", stdin='{"resourceType":"Basic","code":{"text":"x"}}'))
    c.say("1 written here" in a.err, "and how much was not delivered", a)
    c.say(c.has("phone", before), "what it has stays readable on it")
    later = c.write_doc("laptop")
    c.sync("laptop", "tablet", "phone", times=2)
    c.say(c.has("tablet", before, later) and c.has("laptop", before), "what it wrote before stays with the others")
    c.say(not c.has("tablet", late) and not c.has("laptop", late), "what it wrote after does not come")
    c.say(not c.has("phone", later), "it gets nothing that is written after")
    c.say(c.state("tablet", "phone") == ["revoked"], "the tablet knows too", c.state("tablet", "phone"))
    c.equal("laptop", "tablet")


@case
def removed_late_writes(c):
    """What a removed device wrote after its removal comes by another hub: kept, not shown."""
    c.add("phone")
    c.add("tablet")
    c.sync("phone", "laptop", "tablet")
    c.two_hubs("phone", "tablet")
    c.must("phone", "remote", "remove", "hub")
    c.must("laptop", "device", "remove", "phone", "--yes")
    c.sync("laptop")
    late = c.put("phone", observation("late"))["version"]
    c.sync("phone")
    kinds = c.sync("tablet", "laptop", "tablet", "laptop")
    c.say(not kinds, "that alarms nobody", kinds)
    c.say(not c.shows("tablet", "late") and not c.shows("laptop", "late"), "the late write is shown nowhere")
    c.say(c.has("phone", late), "its writer keeps it")
    c.equal("laptop", "tablet")


@case
def last_owner(c):
    c.add("phone", "--role", "writer")
    c.sync("laptop")
    c.refused("the last owner is not removed", c.run("laptop", "device", "remove", "laptop", "--yes"))
    c.refused("nor by a writer", c.run("phone", "device", "remove", "laptop", "--yes"), "owner")
    c.refused("nobody of that name", c.run("laptop", "device", "remove", "nobody", "--yes"), "device list")
    c.add("tablet")
    c.sync("laptop", "tablet")
    c.must("tablet", "device", "remove", "laptop", "--yes")
    c.sync("tablet", "laptop", "phone")
    c.say(c.state("phone", "laptop") == ["revoked"] and c.state("phone", "tablet") == ["active"],
          "another owner takes its place", c.state("phone", "laptop"))
    v = c.write_doc("phone")
    c.sync("phone", "tablet")
    c.say(c.has("tablet", v), "and the rest goes on")
    c.equal("tablet", "phone")


@case
def void_each_other(c):
    """Two owners remove each other, apart: the senior's removal counts, whoever is heard first."""
    c.add("phone")
    c.add("tablet")
    c.add("watch")
    c.sync("laptop", "phone", "tablet", "watch", times=2)
    c.two_hubs("phone", "tablet", "watch")
    c.must("phone", "remote", "remove", "hub")
    c.must("laptop", "device", "remove", "phone", "--yes")
    c.must("phone", "device", "remove", "laptop", "--yes")
    c.sync("laptop")
    c.sync("phone")
    # the tablet hears the junior first, the watch the senior
    c.must("tablet", "sync", "hub2", ok=(0, 3))
    c.must("watch", "sync", "hub", ok=(0, 3))
    c.say(c.state("tablet", "laptop") == ["revoked"], "who heard only the junior believes it", c.state("tablet", "laptop"))
    kinds = c.sync("tablet", "watch", "laptop", times=3)
    c.say(not kinds, "nobody is alarmed", kinds)
    for h in ("tablet", "watch", "laptop"):
        c.say((c.state(h, "laptop"), c.state(h, "phone")) == (["active"], ["revoked"]), f"{h}: the senior's removal counts",
              c.must(h, "device", "list").out)
    v = [c.write_doc(h) for h in ("laptop", "tablet", "watch")]
    c.sync("tablet", "watch", "laptop", times=2)
    c.say(all(c.has(h, *v) for h in ("tablet", "watch", "laptop")), "the three go on")
    c.equal("laptop", "tablet", "watch")


# -------------------------------------------------------------------------- invites
@case
def cancelled(c):
    code = c.invite("laptop")
    name = c.must("laptop", "invite", "list", "--json").json["name"]
    c.must("laptop", "invite", "cancel", name, "--yes")
    c.sync("laptop")
    c.refused("a cancelled code is refused", c.join("phone", code, ok=(1,)))
    c.say(not os.path.exists(c.path("phone")), "and leaves no home behind")
    c.add("phone")
    c.say(c.state("phone", "phone") == ["active"], "a new code works")


@case
def cancelled_apart(c):
    """Cancelled on the laptop, used meanwhile from a copy of the hub: the cancel counts where
    the canceller had not seen the use."""
    c.add("tablet")
    c.sync("laptop", "tablet")
    code = c.invite("laptop")
    c.two_hubs()
    a = c.join("phone", code, "--remote", c.path("hub2"))
    name = next(r["name"] for r in c.must("laptop", "invite", "list", "--json").rows if r["state"] == "pending")
    c.must("laptop", "invite", "cancel", name, "--yes")
    c.sync("laptop")
    late = c.write_doc("phone")
    c.sync("phone")
    c.must("phone", "remote", "add", "first", c.path("hub"))
    a = c.run("phone", "sync")
    kinds = c.sync("tablet", "laptop", times=2)
    c.say(not kinds, "nobody is alarmed", kinds)
    c.say(not c.has("tablet", late) and not c.has("laptop", late), "what it wrote counts for nobody", a)
    v = c.write_doc("laptop")
    c.sync("laptop", "tablet", times=2)
    c.sync("phone", ok=(0, 1, 3))
    c.say(not c.has("phone", v), "and it opens nothing that is written after")
    c.equal("laptop", "tablet")


@case
def cancelled_seen_late(c):
    """The same, and the tablet hears of the use before it hears of the cancel."""
    c.add("tablet")
    c.sync("laptop", "tablet")
    code = c.invite("laptop")
    c.two_hubs("tablet")
    c.join("phone", code, "--remote", c.path("hub2"))
    c.put("phone", observation("by-phone"))
    c.sync("phone")
    c.must("tablet", "sync", "hub2")
    c.say(c.shows("tablet", "by-phone"), "the tablet believes it at first")
    name = next(r["name"] for r in c.must("laptop", "invite", "list", "--json").rows if r["state"] == "pending")
    c.must("laptop", "invite", "cancel", name, "--yes")
    kinds = c.sync("laptop", "tablet", times=3)
    c.say(not kinds, "nobody is alarmed", kinds)
    c.say(not c.shows("tablet", "by-phone") and not c.shows("laptop", "by-phone"), "and then nobody does")
    c.equal("laptop", "tablet")


@case
def same_file_twice(c):
    """Two devices import one file apart, one of them after it was removed: who heard of which
    first makes no difference."""
    for h in ("phone", "tablet", "watch"):
        c.add(h)
    c.sync("laptop", "phone", "tablet", "watch", times=2)
    c.two_hubs("phone", "watch")
    c.must("phone", "remote", "remove", "hub")
    c.must("laptop", "device", "remove", "phone", "--yes")
    c.sync("laptop")
    f = c.write("one.json", __import__("json").dumps(observation("same")))
    c.must("phone", "import", f)
    c.must("tablet", "import", f)
    c.sync("phone")
    c.must("watch", "sync", "hub2")       # the removed one's first
    c.sync("tablet")
    kinds = c.sync("watch", "laptop", "tablet", times=2)
    c.say(not kinds, "nobody is alarmed", kinds)
    for h in ("laptop", "tablet", "watch"):
        c.say(c.shows(h, "same"), f"{h} shows what the tablet imported too")
    c.must("laptop", "device", "remove", "tablet", "--yes")
    c.sync("laptop", "watch", times=2)
    c.equal("laptop", "watch")


@case
def expired(c):
    code = c.invite("laptop", "--expires", "1s")
    time.sleep(1.5)
    c.refused("an expired code is refused", c.join("phone", code, ok=(1,)), "expired")
    c.say(not os.path.exists(c.path("phone")), "and leaves no home behind")
    rows = c.must("laptop", "invite", "list", "--json").rows
    c.say(all(r["state"] == "expired" for r in rows), "the list says so", rows)


@case
def used_twice(c):
    """Two homes join by one code from copies of the hub: both can only read until one goes."""
    c.add("tablet")
    c.sync("laptop", "tablet")
    code = c.invite("laptop")
    c.two_hubs()
    c.join("phone", code)
    c.join("thief", code, "--remote", c.path("hub2"))
    c.put("phone", observation("by-phone"))
    c.put("thief", observation("by-thief"))
    c.sync("phone")
    c.must("thief", "remote", "add", "first", c.path("hub"))
    c.sync("thief")
    kinds = c.sync("laptop")
    c.say(kinds == ["invite-reused"], "the laptop is alarmed", kinds)
    c.sync("tablet", "phone", "thief", times=2)
    for h in ("phone", "thief"):
        c.refused(f"{h} can only read", c.run(h, "put", "-", stdin='{"resourceType":"Basic","code":{"text":"x"}}'))
    c.say(not c.shows("laptop", "by-thief"), "nothing of theirs counts")
    c.say(c.state("tablet", "phone") == ["pending"], "both are pending", c.state("tablet", "phone"))
    c.must("laptop", "device", "remove", "thief", "--yes")
    c.sync("laptop", "phone", "tablet", times=2)
    v = c.write_doc("phone")
    c.sync("phone", "laptop", "tablet", times=2)
    c.say(c.has("laptop", v) and c.has("tablet", v), "with the thief gone the phone writes again")
    c.say(c.shows("tablet", "by-phone"), "and what it wrote before counts")
    c.say(not c.shows("tablet", "by-thief"), "the thief's does not")
    c.equal("laptop", "tablet", "phone")


@case
def used_code(c):
    code = c.invite("laptop")
    c.join("phone", code)
    c.sync("laptop")
    c.refused("a used code is refused", c.join("second", code, ok=(1,)))
    c.say(not os.path.exists(c.path("second")), "and leaves no home behind")
    c.refused("also by the home that used it", c.join("phone", code, ok=(1,)))
    c.say(c.state("phone", "phone") == ["active"], "which is none the worse", c.state("phone", "phone"))


@case
def wrong_codes(c):
    code = c.invite("laptop")
    swap = "q" if code[40] != "q" else "p"
    for what, bad in (("a wrong character", code[:40] + swap + code[41:]), ("a cut code", code[:-20]),
                      ("half a code", code[:len(code) // 2]), ("two characters in each other's place",
                      code[:50] + code[51] + code[50] + code[52:]), ("no code", "hello"), ("nothing", ""),
                      ("a code and more", code + "qq")):
        if bad == code:
            continue
        a = c.join("phone", bad, ok=(1, 2))
        c.say(a.rc in (1, 2) and len(a.err.strip().splitlines()) == 1, f"{what} is noticed", a)
        c.say(not os.path.exists(c.path("phone")), f"{what} leaves no home behind")
    spaced = " ".join(code.upper()[i:i + 5] for i in range(0, len(code), 5))
    c.join("phone", spaced[:200] + "\n" + spaced[200:])
    c.say(c.state("phone", "phone") == ["active"], "case and white space do not matter")


@case
def other_record(c):
    """The code of one record at a hub that holds another."""
    code = c.invite("laptop")
    c.must("laptop", "hub", "init", c.path("wrong"))
    c.refused("a hub that lacks the record is refused", c.join("phone", code, "--remote", c.path("wrong"), ok=(1,)))
    c.say(not os.path.exists(c.path("phone")), "and leaves no home behind")


@case
def old_hub(c):
    """A hub that shows less than the inviter had written when it made the code."""
    shutil.copytree(c.path("hub"), c.path("old"))
    c.write_doc("laptop")
    c.sync("laptop")
    code = c.invite("laptop")
    refs = c.refs("hub")
    old = c.refs("old")
    c.git("old", "fetch", c.path("hub"), "+refs/heads/*:refs/heads/*")
    for ref in old:
        c.git("old", "update-ref", ref, old[ref])
    a = c.join("phone", code, "--remote", c.path("old"), ok=(0, 1, 3))
    c.say(a.rc != 0 and not os.path.exists(c.path("phone"))
          or "withheld" in [x["kind"] for x in c.alerts("phone")], "the joiner notices", a, refs)


# ----------------------------------------------------------------------------- roles
@case
def roles(c):
    doc = c.put("laptop", observation("one", note="first"))
    c.sync("laptop")
    c.add("reader", "--role", "reader")
    c.add("writer", "--role", "writer", "--as", "Aunt Mia")
    c.sync("laptop", "reader", "writer")
    c.say(c.has("reader", doc["version"]) and c.has("writer", doc["version"]), "both read")
    basic = '{"resourceType":"Basic","code":{"text":"x"}}'
    c.refused("a reader writes nothing", c.run("reader", "put", "-", stdin=basic))
    c.refused("nor changes", c.run("reader", "set", "Observation/one", "note[0].text=mine"))
    c.refused("nor deletes", c.run("reader", "rm", "Observation/one"))
    c.refused("nor imports", c.run("reader", "import", "-", stdin=basic))
    v = c.must("writer", "set", "Observation/one", "note[0].text=by a writer", "--json").json["version"]
    for who in ("reader", "writer"):
        c.refused(f"a {who} invites nobody", c.run(who, "device", "invite"), "only")
        c.refused(f"a {who} removes nobody", c.run(who, "device", "remove", "laptop", "--yes"), "owner")
        c.refused(f"a {who} shares nothing", c.run(who, "share", "create", "Dr Lee", "--all"))
    c.sync("writer", "laptop", "reader")
    c.say(c.has("reader", v) and c.has("laptop", v), "what the writer wrote is everywhere")
    rows = [r for r in c.must("laptop", "history", "Observation/one", "--json").rows if r["version"] == v]
    c.say(rows and rows[0]["author"] == "Aunt Mia" and rows[0]["device"] == "writer", "under the owner's name for her", rows)
    c.equal("laptop", "reader", "writer")


# ---------------------------------------------------------------------------- epochs
@case
def two_epochs(c):
    """Two owners begin an epoch each, apart; a writer writes between, under both."""
    c.add("phone")
    c.add("writer", "--role", "writer")
    c.add("guest1", "--role", "reader")
    c.add("guest2", "--role", "reader")
    c.sync("laptop", "phone", "writer", "guest1", "guest2", times=2)
    c.two_hubs("phone", "writer")
    c.must("phone", "remote", "remove", "hub")
    c.must("laptop", "device", "remove", "guest1", "--yes")
    c.must("phone", "device", "remove", "guest2", "--yes")
    a = [c.write_doc("laptop"), c.write_doc("phone")]
    c.sync("laptop", "phone")
    c.sync("writer", times=2)
    c.say(c.has("writer", *a), "the writer opens both epochs")
    b = c.write_doc("writer")
    kinds = c.sync("writer", "laptop", "phone", "writer")
    c.say(c.has("laptop", b) and c.has("phone", b), "what it wrote under both is opened by both", kinds)
    for h in ("laptop", "phone"):
        for g in ("guest1", "guest2"):
            c.say(c.state(h, g) == ["revoked"], f"{h} knows that {g} is removed")
    d = [c.write_doc("laptop"), c.write_doc("phone"), c.write_doc("writer")]
    kinds += c.sync("laptop", "phone", "writer", times=3)
    c.say(all(c.has(h, *a, b, *d) for h in ("laptop", "phone", "writer")), "and all goes on")
    c.say(not kinds, "nobody is alarmed", kinds)
    c.sync("guest1", "guest2", ok=(0, 1, 3))
    c.say(not c.has("guest1", d[0]) and not c.has("guest2", d[0]), "the removed open nothing of it")
    c.equal("laptop", "phone", "writer")


@case
def invited_apart(c):
    """Two owners invite and let join, apart; everyone meets."""
    c.add("phone")
    c.sync("laptop", "phone")
    c.two_hubs("phone")
    c.must("phone", "remote", "remove", "hub")
    c.add("a", by="laptop")
    c.add("b", by="phone")
    v = [c.write_doc(h) for h in ("laptop", "phone", "a", "b")]
    c.sync("a", "b", "laptop", "phone")
    c.must("a", "remote", "add", "second", c.path("hub2"))
    kinds = c.sync("a", "laptop", "phone", "b", times=3)
    c.say(not kinds, "nobody is alarmed", kinds)
    for h in ("laptop", "phone", "a", "b"):
        c.say(c.has(h, *v), f"{h} has all")
    c.equal("laptop", "phone", "a", "b")


@case
def ten_devices(c):
    """Each invited by the one before."""
    names = ["laptop"] + [f"d{i}" for i in range(1, 10)]
    for before, n in zip(names, names[1:]):
        c.add(n, by=before)
        c.write_doc(n)
    kinds = c.sync(*names, times=2)
    v = [c.write_doc(n) for n in names]
    kinds += c.sync(*names, *names)
    c.say(not kinds, "nobody is alarmed", kinds)
    lacks = [n for n in names if not c.has(n, *v)]
    c.say(not lacks, "all ten have all", lacks)
    rows = c.must("d9", "device", "list", "--json").rows
    c.say(len(rows) == 10 and all(r["state"] == "active" for r in rows), "the last knows all ten", rows)
    c.must("d5", "device", "remove", "d3", "--yes")
    kinds = c.sync(*[n for n in names if n != "d3"], times=2)
    c.say(not kinds, "a removal alarms nobody", kinds)
    c.say(all(c.state(n, "d3") == ["revoked"] for n in names if n != "d3"), "all know that d3 is removed")
    c.say(c.state("laptop", "d4") == ["active"], "whom d3 had invited stays")
    c.equal(*[n for n in names if n != "d3"])


@case
def removed_member_forges(c):
    """A removed owner who knows of it and goes on by hand: an old copy of its home writes on."""
    c.add("phone")
    c.add("tablet")
    c.sync("phone", "laptop", "tablet")
    subprocess.run(["cp", "-a", c.path("phone"), c.path("old")], check=True)
    c.must("laptop", "device", "remove", "phone", "--yes")
    c.sync("laptop", "tablet", "phone")
    c.two_hubs("tablet", "old")
    c.must("old", "remote", "remove", "hub")
    c.git("hub2", "for-each-ref")
    # the copy is shown only what was there before the removal
    shutil.rmtree(c.path("hub2"))
    c.must("laptop", "hub", "init", c.path("hub2"))
    c.put("old", observation("forged"))
    c.must("old", "device", "remove", "tablet", "--yes")
    c.sync("old")
    kinds = c.sync("tablet", "laptop", times=2)
    c.say(c.state("tablet", "tablet") == ["active"] and c.state("laptop", "tablet") == ["active"],
          "its removals count for nobody", kinds)
    c.say(not c.shows("tablet", "forged") and not c.shows("laptop", "forged"), "nor do its documents")
    v = c.write_doc("tablet")
    c.sync("tablet", "laptop", times=2)
    c.say(c.has("laptop", v), "the others go on")
    c.equal("laptop", "tablet")


@case
def four_epochs_apart(c):
    """What a writer wrote between epochs that were made apart opens for ever, for a newcomer too."""
    owners = ("laptop", "phone", "tablet", "desk")
    for o in owners[1:]:
        c.add(o)
    c.add("carer", "--as", "Eva", "--role", "writer")
    for o in owners:
        c.add("old-" + o, "--role", "reader")
    c.sync(*owners, "carer", times=2)
    for o in owners[1:]:
        shutil.copytree(c.path("hub"), c.path("hub-" + o))
        for h in (o, "carer"):
            c.must(h, "remote", "add", "hub-" + o, c.path("hub-" + o))
        c.must(o, "remote", "remove", "hub")
    for o in owners:
        c.must(o, "device", "remove", "old-" + o, "--yes")   # an epoch each, of which the others do not know
        c.sync(o)
    wrote = []
    for o in owners[1:]:
        c.sync("carer")
        wrote.append(c.write_doc("carer"))
    c.sync("carer")
    kinds = c.sync("laptop")                 # joins the epochs
    for n in range(12):                      # and years go by
        c.must("laptop", "kit", "renew", "--kit", c.path(f"kit{n}"), "--yes")
    kinds += c.sync("laptop", "carer")
    c.must("laptop", "remote", "add", "fresh", c.path("fresh"))
    c.must("laptop", "hub", "init", c.path("fresh"))
    kinds += c.sync("laptop")
    c.add("newcomer")
    kinds += c.sync("newcomer", "laptop", "carer")
    c.say(not kinds, "nobody is alarmed", kinds)
    c.say(c.has("newcomer", *wrote), "a newcomer reads what was written between the epochs")
    os.unlink(c.path("laptop", "index"))
    c.say(c.has("laptop", *wrote), "and so does an index that is made anew")
    c.equal("laptop", "newcomer", "carer")


@case
def cut_epoch(c):
    """A writer wrote between two epochs, of which the owner who removes the other had not seen the other's."""
    c.add("phone")
    c.add("tom", "--role", "writer")
    for h in ("old", "older"):
        c.add(h, "--role", "reader")
    c.sync("laptop", "phone", "tom", times=2)
    c.two_hubs("phone", "tom")
    c.must("phone", "remote", "remove", "hub")
    c.must("laptop", "device", "remove", "old", "--yes")
    c.must("phone", "device", "remove", "older", "--yes")
    c.sync("laptop", "phone", "tom")
    between = c.write_doc("tom")
    c.must("laptop", "device", "remove", "phone", "--yes")
    kinds = c.sync("laptop", "tom", "laptop", "tom")
    later = c.write_doc("tom")
    kinds += c.sync("tom", "laptop", "tom")
    c.say(not kinds, "nobody is alarmed", kinds)
    c.say(c.has("laptop", between, later), "the owner who stays reads what was written between the epochs, and after")
    for h in ("laptop", "tom"):
        os.unlink(c.path(h, "index"))
        c.say(c.has(h, between, later), f"and so does the index of {h} that is made anew")
    c.add("newcomer")
    c.sync("newcomer", "laptop", "tom")
    c.say(c.has("newcomer", between, later), "and a newcomer")
    c.equal("laptop", "tom", "newcomer")
    mine = c.write_doc("laptop")
    c.sync("laptop", "phone", ok=(0, 1, 3))
    c.say(not c.has("phone", mine, later), "and the one removed reads nothing more")


@case
def cut_epoch_alone(c):
    """The same where the writer knew but the epoch of the one who was removed, and a device joins meanwhile."""
    c.add("phone")
    c.add("tom", "--role", "writer")
    c.add("tablet")
    c.add("old", "--role", "reader")
    c.sync("laptop", "phone", "tom", "tablet", times=2)
    c.two_hubs("phone", "tom")
    for h in ("phone", "tom"):
        c.must(h, "remote", "remove", "hub")
    c.must("laptop", "device", "remove", "phone", "--yes")
    c.sync("laptop", "tablet")
    c.add("late")
    c.must("phone", "device", "remove", "old", "--yes")
    c.must("phone", "kit", "renew", "--kit", c.path("kit1"), "--yes")
    c.sync("phone", "tom")
    wrote = c.write_doc("tom")
    c.sync("tom")
    c.must("tom", "remote", "add", "hub", c.path("hub"))
    kinds = c.sync("tom", "laptop", "tablet", "late")
    c.write_doc("laptop")                # carries what the late one was not known to
    kinds += c.sync("laptop", "tablet", "late", "tom")
    after = c.write_doc("tom")
    kinds += c.sync("tom", "laptop", "tablet", "late")
    c.say(not kinds, "nobody is alarmed", kinds)
    for h in ("laptop", "tablet", "late", "tom"):
        c.say(c.has(h, wrote, after), f"{h} reads what the writer wrote")
        os.unlink(c.path(h, "index"))
        c.say(c.has(h, wrote, after), f"{h} reads it from an index that is made anew")
    c.equal("laptop", "tablet", "late", "tom")


@case
def kit_restored_again(c):
    """Each restore begins an epoch that reaches everybody, whichever chain the kit opened first."""
    c.add("phone")
    c.sync("phone", "laptop", "phone")
    for n in range(5):
        home = f"again{n}"
        c.must(home, "restore", "--remote", c.path("hub"), "--identity", c.path("laptop.html"), "--device", home, "--yes")
        wrote = c.write_doc(home)
        c.sync(home)
        kinds = c.sync("phone", ok=(0,))
        c.say(not kinds and c.has("phone", wrote), f"the phone reads what restore {n} wrote at once", kinds)
    c.sync("laptop")
    c.equal("laptop", "phone", "again4")


# ------------------------------------------------------------------ one who writes without end
@case
def overfull(c):
    """A member makes a document that is more than devices put together: it stops nobody."""
    c.env["AFTERCARE_DOCUMENT"] = "120000"   # as if devices had that much less
    c.add("phone", "--role", "writer")
    c.add("tablet")
    ours = c.put("laptop", observation("shared", 1))["version"]
    c.sync("laptop", "phone", "tablet", "laptop")
    for n in range(12):                      # zeros, which are next to nothing when they are sealed
        c.must("phone", "set", "Observation/shared", f"valueQuantity.value={n + 20}", "note[0].text=" + "0" * 5000)
    other = c.put("phone", observation("other", 2))["version"]
    mine = c.must("tablet", "set", "Observation/shared", "valueQuantity.value=7", "--json").json["version"]
    late = c.write_doc("tablet")
    kinds = c.sync("phone", "tablet", "laptop", "phone", "tablet", "laptop")
    c.say(not kinds, "that is no alarm", kinds)
    c.say(c.has("laptop", ours, other, mine, late), "all other documents come")
    a = c.run("laptop", "sync")
    c.say(a.rc in (0, 3) and a.err.count("Observation/shared") == 1 and "phone" in a.err and "rm" in a.err,
          "each sync says which document it is, whose, and what to do", a)
    c.say(all(h in c.must("laptop", "status", ok=(0, 3)).out for h in ("overfull: Observation/shared", "phone")),
          "status says so")
    rows = c.must("tablet", "status", "--json", ok=(0, 3)).json.get("overfull", [])
    c.say([r["ref"] for r in rows] == ["Observation/shared"] and rows[0]["device"] == "phone" and rows[0]["omitted"] > 0,
          "and as JSON", rows)
    a = c.run("laptop", "show", "Observation/shared")
    c.say(a.rc == 3 and "left out" in a.out, "show says so", a)
    c.say(len(c.must("laptop", "history", "Observation/shared", "--json").rows) == 14, "history has all of them")
    sides = c.must("laptop", "conflicts", "--json", ok=(0, 3)).rows
    c.say(len(sides) == 1 and sides[0]["ref"] == "Observation/shared", "what the owner wrote apart is in dispute with it", sides)
    c.equal("laptop", "tablet", "phone")
    os.unlink(c.path("laptop", "index"))
    c.equal("laptop", "tablet", "phone")
    c.must("laptop", "resolve", "Observation/shared", "--take", mine)
    c.sync("laptop", "tablet", "phone")
    c.equal("laptop", "tablet", "phone")
    c.say("7" in str(c.must("tablet", "show", "Observation/shared", "--json").json["resource"]["valueQuantity"]), "an owner settles it")
    c.must("laptop", "set", "Observation/shared", "valueQuantity.value=8")
    c.must("laptop", "undo")
    c.equal("laptop")
    c.must("laptop", "rm", "Observation/shared")
    c.sync("laptop", "tablet", "phone")
    c.equal("laptop", "tablet", "phone")
    c.say(not any(c.shows(h, "shared") for h in ("laptop", "tablet", "phone")), "an owner takes it out of the record")
    a = c.run("tablet", "sync")
    c.say(a.rc == 0 and "Observation/shared" not in a.err, "and nothing more is said of it", a)


if __name__ == "__main__":
    sys.exit(play_all(Case, CASES))
