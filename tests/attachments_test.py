#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""attachments_test.py [NAME...]: scans on their way between devices, clinicians and backups.

Each case makes its own homes. Bytes are compared whole: an attachment is right bit for
bit or it is wrong.
"""
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from homes import Tap, World, observation

SMALL, LARGE = 90_000, 9_000_000   # below and above what shares a branch a month


class Case(World):
    hub = True

    def __init__(self, name):
        super().__init__("attachments-" + name, memory=True)
        self.name = name
        self.told = []
        self.rnd = random.Random(name)

    def say(self, good, what, *why):
        self.told.append((bool(good), f"{self.name}: {what}", why))

    def scan(self, name, size):
        """A file of bytes that nothing can compress."""
        with open(self.path(name), "wb") as f:
            f.write(self.rnd.randbytes(size))
        return self.path(name)

    def add(self, home, name, size, *more):
        a = self.must(home, "attachment", "add", self.scan(name, size), "--json", *more)
        return a.json["ref"]

    def get(self, home, ref, ok=(0,)):
        out = self.path(f"{home}.out")
        if os.path.exists(out):
            os.remove(out)
        return self.must(home, "attachment", "get", ref, "-o", out, ok=ok)

    def same(self, home, ref, name, what):
        try:
            a = self.get(home, ref)
        except AssertionError as e:
            return self.say(False, what, e)
        with open(self.path(f"{home}.out"), "rb") as x, open(self.path(name), "rb") as y:
            self.say(x.read() == y.read(), what, a)

    def lacks(self, home, ref, what, *words):
        a = self.run(home, "attachment", "get", ref, "-o", self.path("none.out"))
        self.say(a.rc == 1 and not a.out and len(a.err.strip().splitlines()) == 1 and all(w in a.err for w in words)
                 and not os.path.exists(self.path("none.out")), what, a)

    def here(self, home):
        return {r["ref"]: r["here"] for r in self.must(home, "attachment", "list", "--json").rows}

    def sync(self, *homes, ok=(0, 3)):
        for h in homes:
            a = self.must(h, "sync", ok=ok)
        return a

    def pass_file(self, here, there, *more, name="passed", ok=(0, 3)):
        a = self.must(here, "send", self.path(name), "--json", *more)
        self.must(there, "receive", self.path(name), ok=ok)
        return a.json

    def clean(self, *homes):
        for h in homes:
            a = self.run(h, "verify", "--json")
            self.say(a.rc == 0, f"verify of {h} is clean", a)
            self.say(not self.alerts(h), f"{h} holds no alert", self.alerts(h))


CASES = []


def case(f):
    CASES.append(f)
    return f


# ------------------------------------------------------------------ files, no hub ever
@case
def by_file(c):
    c.init("laptop", hub=None)
    small, large = c.add("laptop", "letter", SMALL), c.add("laptop", "disc", LARGE)
    code = c.invite("laptop")
    c.must("laptop", "send", c.path("first"))
    c.join("phone", code, "--remote", c.path("first"))
    c.same("phone", small, "letter", "a small one came with the joining")
    c.same("phone", large, "disc", "and a large one")
    sent = c.pass_file("phone", "laptop")
    c.say(sent["attachments"] == 1 and sent["attachment_bytes"] == SMALL and sent["bytes"] < LARGE,
          "back goes what the laptop may lack: the small one", sent)
    later = c.add("laptop", "later", LARGE)
    sent = c.pass_file("laptop", "phone")
    c.say(sent["attachments"] == 2 and sent["attachment_bytes"] == SMALL + LARGE and sent["bytes"] > LARGE,
          "the size of what is new shows", sent)
    c.same("phone", later, "later", "it arrives")
    again = c.must("laptop", "send", c.path("again"), "--json").json
    c.say(again["attachments"] == 2, "it goes again while the phone has not said that it has it", again)
    c.pass_file("phone", "laptop")
    a = c.must("laptop", "send", c.path("again"))
    c.say(os.path.getsize(c.path("again")) < LARGE and "2 large attachments were left out" in a.err,
          "and no more once it has", a, os.path.getsize(c.path("again")))
    c.join("tablet", c.invite("laptop"), ok=(0,), *[])
    c.must("laptop", "send", c.path("all"))
    c.must("tablet", "receive", c.path("all"), ok=(0, 3))
    c.same("tablet", large, "disc", "who joins later gets all of it")
    c.same("tablet", later, "later", "from one file")
    c.clean("laptop", "phone", "tablet")


def one(f):
    c = Case(f.__name__)
    try:
        f(c)
    except Exception:
        c.say(False, "runs to its end", traceback.format_exc())
    finally:
        c.close()
    return c.told


def main():
    wanted = [f for f in CASES if not sys.argv[1:] or f.__name__ in sys.argv[1:]]
    tap = Tap()
    with ThreadPoolExecutor(2) as pool:
        for told in pool.map(one, wanted):
            for good, what, why in told:
                tap.ok(good, what, *why)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
