#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""covered_test.py [NAME...]: somebody who can write to a hub puts something else on a branch of
another's attachments there. What its writer adds reaches everybody all the same, by this hub;
nothing is forced; the writer is told, and nobody else is.
"""
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import attachments_test
from attachments_test import LARGE, SMALL
from homes import observation, play_all
from server import Server

PERSON = "a <a> 0 +0000"


class Case(attachments_test.Case):
    """Laptop and phone share a record through one hub."""

    def __init__(self, name, kind=None):
        super().__init__("covered-" + name)
        self.repo, self.server = "hub", None
        if kind:
            self.server = Server(kind, self.top)
            self.env.update(self.server.env)
            self.repo = "hub.git"
            self.init("laptop", hub=None)
            self.must("laptop", "hub", "init", self.path(self.repo))
            self.must("laptop", "remote", "add", "hub", self.server.url)
            self.sync("laptop")
        else:
            self.init("laptop")
        self.join("phone", self.invite("laptop"))
        self.sync("laptop", "phone")

    def close(self):
        if self.server:
            self.server.end()
            self.server = None
        super().close()

    def files(self, repo=None):
        """Branches of attachments in a repository."""
        repo = repo or self.repo
        return {r: t for r, t in self.refs(repo).items() if r.startswith("refs/heads/")
                and self.git(repo, "show", f"{t}:0000", ok=(0, 128)).startswith(b"ACFC")}

    def batch(self, data, *parents):
        blob = self.git(self.repo, "hash-object", "-w", "--stdin", stdin=data).decode().strip()
        tree = self.git(self.repo, "mktree", stdin=f"100644 blob {blob}\t0000\n".encode()).decode().strip()
        text = f"tree {tree}\n" + "".join(f"parent {p}\n" for p in parents) + f"author {PERSON}\ncommitter {PERSON}\n\n"
        return self.git(self.repo, "hash-object", "-w", "--stdin", "-t", "commit", stdin=text.encode()).decode().strip()

    def junk(self, *parents):
        return self.batch(b"ACFC\1\0\0\0" + os.urandom(500), *parents)

    def cover(self, ref, commit):
        self.git(self.repo, "update-ref", ref, commit)

    def hears(self, home, n):
        """A sync tells of n new alerts, all on attachments; nobody who has none is told."""
        a = self.must(home, "sync", "--json", ok=(3,) if n else (0,))
        self.say(len(a.json["alerts"]) == n and all(x["kind"] == "corrupt" and "attachments" in x["message"]
                                                    for x in a.json["alerts"]), f"{home} is told of {n}", a)

    def reach(self, home, *refs):
        """refs: (ref, file) pairs that a home must get."""
        self.hears(home, 0)
        for ref, name in refs:
            self.same(home, ref, name, f"{home} has {name}")

    def old_in_place(self, home):
        """The folder stays: nothing tells the home that it is older."""
        for n in os.listdir(self.path(home)):
            p = self.path(home, n)
            shutil.rmtree(p) if os.path.isdir(p) else os.unlink(p)
        subprocess.run(["cp", "-a", self.path("old") + "/.", self.path(home)], check=True)

    def done(self, *homes):
        for h in homes:
            a = self.run(h, "verify", "--json")
            self.say(a.rc == 0, f"verify of {h} is clean", a)
        self.say(not self.alerts("phone"), "the phone holds no alert", self.alerts("phone"))


CASES = []


def case(f):
    CASES.append(f)
    return f


def on_top_of(c, times):
    one = c.add("laptop", "one", SMALL), "one"
    c.sync("laptop")
    c.reach("phone", one)
    (ref, good), = c.files().items()
    bad = c.junk(good)
    c.cover(ref, bad)
    c.hears("laptop", 1)                                # at once, though nothing lacks yet
    c.say(len(c.files()) == 1, "and goes nowhere for nothing", c.files())
    two = c.add("laptop", "two", SMALL), "two"
    c.hears("laptop", 0)
    c.say(c.refs(c.repo)[ref] == bad and len(c.files()) == 2, "what it adds goes on another branch, and nothing is forced")
    c.reach("phone", one, two)
    three = c.add("laptop", "three", SMALL), "three"
    c.hears("laptop", 0)
    c.say(len(c.files()) == 2, "where the next goes too", c.files())
    c.reach("phone", three)
    # and that one too, again and again
    for i in range(times):
        for r, t in c.files().items():
            c.cover(r, c.junk(t))
        c.hears("laptop", 1)
        more = c.add("laptop", f"more{i}", SMALL), f"more{i}"
        c.hears("laptop", 0)
        c.reach("phone", more)
    c.join("tablet", c.invite("laptop"))
    c.reach("tablet", one, two, three, more)
    os.remove(c.path("laptop", "index"))
    four = c.add("laptop", "four", SMALL), "four"
    c.hears("laptop", 0)
    c.reach("phone", four)
    c.done("laptop", "phone", "tablet")


@case
def on_top(c):
    on_top_of(c, 3)


@case
def instead(c):
    """Another history in its place: also what stood there before reaches who comes now."""
    one = c.add("laptop", "one", SMALL), "one"
    c.sync("laptop")
    (ref, _), = c.files().items()
    bad = c.junk()
    c.cover(ref, bad)
    c.hears("laptop", 1)
    c.say(c.files()[ref] == bad and len(c.files()) == 2, "it is said again beside it, and nothing is forced", c.files())
    c.reach("phone", one)
    c.hears("laptop", 0)
    c.done("laptop", "phone")


@case
def before(c):
    """Somebody is there first, on the branch of this month and on that of one large file."""
    one, disc = (c.add("laptop", "one", SMALL), "one"), (c.add("laptop", "disc", LARGE), "disc")
    for ref in c.files("laptop/repo.git"):
        c.cover(ref, c.junk())
    c.hears("laptop", 2)
    c.say(len(c.files()) == 4, "both go beside", c.files())
    c.reach("phone", one, disc)
    two = c.add("laptop", "two", SMALL), "two"
    c.hears("laptop", 0)
    c.reach("phone", two)
    c.done("laptop", "phone")


@case
def known_elsewhere(c):
    """A commit that the laptop knows, and that belongs on no such branch."""
    one = c.add("laptop", "one", SMALL), "one"
    (ref, good), = c.files("laptop/repo.git").items()
    chain = next(t for r, t in c.refs(c.repo).items() if c.refs("laptop/repo.git").get(r) == t)
    c.cover(ref, chain)
    c.hears("laptop", 1)
    c.reach("phone", one)
    c.cover(ref, good)                                  # it is honest again
    two = c.add("laptop", "two", SMALL), "two"
    c.hears("laptop", 0)
    c.reach("phone", two)
    c.done("laptop", "phone")


@case
def broken(c):
    """What stands there is not even whole."""
    one = c.add("laptop", "one", SMALL), "one"
    (ref, _), = c.files("laptop/repo.git").items()
    with_hole = c.junk()
    blob = c.git(c.repo, "rev-parse", f"{with_hole}:0000").decode().strip()
    os.unlink(c.path(c.repo, "objects", blob[:2], blob[2:]))
    c.cover(ref, with_hole)
    c.hears("laptop", 1)
    c.reach("phone", one)
    c.hears("laptop", 0)
    c.done("laptop", "phone")


@case
def by_chance(c):
    """A copied home, a killed push, an older hub: nobody is alarmed, and nothing is lost."""
    one = c.add("laptop", "one", SMALL), "one"
    c.sync("laptop", "phone")
    subprocess.run(["cp", "-a", c.path("laptop"), c.path("twin")], check=True)
    old = c.files()
    two, three = (c.add("laptop", "two", SMALL), "two"), (c.add("twin", "three", SMALL), "three")
    for h in ("laptop", "twin", "laptop", "twin"):
        c.hears(h, 0)
    four = c.add("laptop", "four", SMALL), "four"
    c.env["AFTERCARE_FAULT"] = "push"
    for _ in range(2):
        a = c.run("laptop", "sync")
        c.say(a.rc == -signal.SIGKILL, "its push is killed", a)
        del c.env["AFTERCARE_FAULT"]
        c.hears("twin", 0)
        c.hears("phone", 0)
        c.env["AFTERCARE_FAULT"] = "push"
    del c.env["AFTERCARE_FAULT"]
    for h in ("laptop", "twin", "laptop", "phone"):
        c.hears(h, 0)
    for ref, at in old.items():
        c.cover(ref, at)
    c.put("laptop", observation("note", 1))
    c.hears("laptop", 0)
    for h in ("laptop", "twin"):
        c.hears(h, 0)
    c.reach("phone", one, two, three, four)
    c.done("laptop", "twin", "phone")


@case
def carried(c):
    """Who fetches below it carries no junk to a hub that is honest."""
    one = c.add("laptop", "one", SMALL), "one"
    c.sync("laptop")
    (ref, good), = c.files().items()
    c.must("laptop", "hub", "init", c.path("other"))
    c.must("phone", "remote", "add", "other", c.path("other"))
    c.cover(ref, c.junk(good))
    c.reach("phone", one)
    c.hears("phone", 0)
    c.say(c.files("other") == {ref: good}, "the other hub has what the laptop wrote", c.files("other"))
    c.must("laptop", "remote", "remove", "hub")
    c.must("laptop", "remote", "add", "other", c.path("other"))
    c.hears("laptop", 0)
    c.done("laptop", "phone")


@case
def put_back(c):
    """An older copy of the home in its place, which does not know what it added: that is no junk."""
    one = c.add("laptop", "one", SMALL), "one"
    c.sync("laptop")
    c.reach("phone", one)
    subprocess.run(["cp", "-a", c.path("laptop"), c.path("old")], check=True)
    two = c.add("laptop", "two", SMALL), "two"
    c.sync("laptop")
    c.old_in_place("laptop")
    three = c.add("laptop", "three", SMALL), "three"
    for _ in range(2):
        a = c.must("laptop", "sync", "--json", ok=(0, 3))
        c.say({x["kind"] for x in a.json["alerts"]} <= {"fork"}, "at most a fork is told", a)
    c.must("phone", "sync", ok=(0, 3))
    for ref, name in (one, two, three):
        c.same("phone", ref, name, f"phone has {name}")
    c.same("laptop", *two, "and the laptop what it had forgotten")
    for h in "laptop", "phone":
        a = c.run(h, "verify", "--json")
        c.say(a.rc == 0, f"verify of {h} is clean", a)


@case
def of_a_fork(c):
    """Who carries both arms of another's fork says nothing of that one's branches."""
    shutil.copytree(c.path("hub"), c.path("hub2"))
    subprocess.run(["cp", "-a", c.path("phone"), c.path("old")], check=True)
    two = c.add("phone", "two", SMALL), "two"
    c.sync("phone")
    c.old_in_place("phone")
    c.must("phone", "remote", "remove", "hub")
    c.must("phone", "remote", "add", "hub2", c.path("hub2"))
    c.add("phone", "three", SMALL)
    c.sync("phone")
    shutil.rmtree(c.path("phone"))
    c.reach("laptop", two)
    c.must("laptop", "remote", "add", "hub2", c.path("hub2"))
    a = c.must("laptop", "sync", "--json", ok=(3,))
    c.say({x["kind"] for x in a.json["alerts"]} == {"fork"}, "the fork is told", a)
    for r, t in c.files().items():
        c.cover(r, c.junk(t))
    c.hears("laptop", 0)


@case
def of_a_share(c):
    """A clinician's report, on a share that somebody else can write to."""
    attachments_test.share(c)
    c.sync("laptop")
    own = set(c.files())
    ref = c.add("clinic", "report", SMALL)
    (branch,) = set(c.files("clinic/repo.git")) - own
    c.cover(branch, c.junk())
    c.hears("clinic", 1)
    a = c.must("laptop", "sync", ok=(0,))
    c.say("attachment" not in a.err, "the patient's sync has the bytes", a)
    c.same("laptop", ref, "report", "and they are right")
    c.done("laptop", "clinic")


@case
def at_a_server(c):
    on_top_of(c, 1)


def make(name):
    return Case(name, "https" if name == "at_a_server" else None)


if __name__ == "__main__":
    sys.exit(play_all(make, CASES, workers=2))
