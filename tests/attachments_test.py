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
HUGE = 34_000_000                  # over what a sync fetches for a share's sake


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


# ----------------------------------------------------------------------------- shares
def share(c, *more, write=True, types="DocumentReference,Observation"):
    """Ana's laptop and phone, Dr Lee's clinic, one hub."""
    a = c.must("laptop", "share", "create", "Dr Lee", "--types", types, *(["--write"] if write else []), "--json", *more,
               ok=(0, 3))
    c.join("clinic", a.json["code"], "--name", "Lee")


@case
def contributed(c):
    c.init("laptop")
    c.join("phone", c.invite("laptop"))
    c.add("laptop", "old", SMALL)
    share(c)
    c.sync("laptop", "phone")
    small, large = c.add("clinic", "report", SMALL), c.add("clinic", "mri", LARGE)
    c.sync("clinic", "phone", "laptop")
    c.say(c.here("phone").get(small) and c.here("phone").get(large), "the sync that takes them in has the bytes", c.here("phone"))
    c.same("phone", small, "report", "and they are right")
    c.same("laptop", large, "mri", "another device gets them from the vault")
    c.must("laptop", "share", "revoke", "Dr Lee", "--yes", ok=(0, 3))
    before = c.refs("hub")
    gone = [r for r in before if is_share(c, r)]
    for r in gone:
        c.git("hub", "update-ref", "-d", r)
    c.say(gone, "the share's branches are gone from the hub", sorted(before))
    c.join("tablet", c.invite("laptop"))
    c.sync("tablet")
    c.same("tablet", small, "report", "a new device gets them when the share is gone")
    c.same("tablet", large, "mri", "also the large one")
    c.clean("laptop", "phone", "tablet", "clinic")


def is_share(c, ref):
    """Branches that the clinic has are the share's."""
    return ref in c.refs("clinic/repo.git") or ref.split("/")[2] in {r.split("/")[2] for r in c.refs("clinic/repo.git")}


@case
def contributed_late(c):
    """The bytes are not on the hub when the version is taken in: they are told of, and come later."""
    c.init("laptop")
    share(c)
    ref = c.add("clinic", "mri", LARGE)
    shutil.copytree(c.path("hub"), c.path("aside"))
    c.sync("clinic")
    files = set(c.refs("hub")) - set(c.refs("aside"))   # the one branch of attachments
    c.say(len(files) == 1, "one branch is new", files)
    tip = c.refs("hub")[next(iter(files))]
    c.git("hub", "update-ref", "-d", next(iter(files)))
    a = c.must("laptop", "sync", ok=(0, 3))
    c.say("1 attachment that Dr Lee added is not in your record yet" in a.err, "the sync tells what it could not get", a)
    c.lacks("laptop", ref, "get says who had it", "Lee on clinic")
    a = c.must("laptop", "sync", ok=(0, 3))
    c.say("1 attachment that Dr Lee added" in a.err, "and tells it again", a)
    c.git("hub", "update-ref", next(iter(files)), tip)
    a = c.must("laptop", "sync", ok=(0, 3))
    c.say("attachment" not in a.err and c.here("laptop")[ref], "until it is there", a)
    c.same("laptop", ref, "mri", "and right")


@case
def contributed_large(c):
    """Over what a sync fetches: told of, brought by get, and all of it when the share ends."""
    c.init("laptop")
    share(c)
    asked, other = c.add("clinic", "asked", HUGE), c.add("clinic", "other", HUGE)
    c.sync("clinic")
    a = c.must("laptop", "sync", ok=(0, 3))
    c.say("2 attachments that Dr Lee added are not in your record yet" in a.err and not any(c.here("laptop").values()),
          "a sync leaves what is over its ceiling", a)
    c.same("laptop", asked, "asked", "get brings one from the share")
    a = c.must("laptop", "sync", ok=(0, 3))
    c.say("1 attachment that" in a.err, "which is then no longer owed", a)
    c.must("laptop", "share", "revoke", "Dr Lee", "--yes", ok=(0, 3))
    shutil.rmtree(c.path("hub"))
    c.same("laptop", other, "other", "the end of the share brought the rest")


@case
def contributed_by_file(c):
    c.init("laptop", hub=None)
    a = c.must("laptop", "share", "create", "Dr Lee", "--types", "DocumentReference", "--write", "--json", ok=(0, 3))
    mine = c.add("laptop", "letter", LARGE)
    c.must("laptop", "send", c.path("out"), "--space", "Dr Lee")
    c.join("clinic", a.json["code"], "--name", "Lee", "--remote", c.path("out"))
    c.same("clinic", mine, "letter", "what was shared came with the file")
    ref = c.add("clinic", "mri", LARGE)
    c.pass_file("clinic", "laptop")
    c.same("laptop", ref, "mri", "what the clinic added came back so")
    c.must("laptop", "share", "revoke", "Dr Lee", "--yes", ok=(0, 3))
    for r in list(c.refs("laptop/repo.git")):
        if is_share(c, r):
            c.git("laptop/repo.git", "update-ref", "-d", r)
    c.git("laptop/repo.git", "gc", "-q", "--prune=now")
    c.same("laptop", ref, "mri", "it is the vault's own")


@case
def published_without(c):
    """The device that publishes lacks the bytes, and no remote has them yet."""
    c.init("laptop")
    c.join("phone", c.invite("laptop"))
    c.sync("laptop")
    ref = c.add("laptop", "disc", LARGE)
    c.must("laptop", "sync")
    files = [r for r in c.refs("hub") if r.split("/")[2] not in vault_spaces(c)]
    for r in files:
        c.git("hub", "update-ref", "-d", r)             # not there while the phone publishes
    c.sync("phone")
    c.say(not c.here("phone")[ref], "the phone has not got the bytes")
    a = c.must("phone", "share", "create", "Dr Lee", "--types", "DocumentReference", "--json", ok=(0, 3))
    c.join("clinic", a.json["code"], "--name", "Lee")
    a = c.must("phone", "sync", ok=(0, 3))
    c.say("1 attachment in the share Dr Lee is not there yet" in a.err, "the phone says what is owed", a)
    c.lacks("clinic", ref, "the clinic sees the document and cannot open it", "attachment")
    c.sync("laptop", "laptop", "clinic")
    c.same("clinic", ref, "disc", "when the laptop has synchronised it opens")
    a = c.must("phone", "sync", ok=(0, 3))
    c.say("attachment" not in a.err, "and nothing is owed any more", a)
    ids = {}
    for home in ("laptop", "clinic"):
        rows = c.git(f"{home}/repo.git", "cat-file", "--batch-all-objects", "--batch-check").decode().split("\n")
        ids[home] = {r.split()[0] for r in rows if r and int(r.split()[2]) > 1_000_000}
    c.say(ids["clinic"] < ids["laptop"] and len(ids["laptop"]) == 2 * len(ids["clinic"]) > 0,
          "the clinic's chunks are other bytes than the vault's", ids)
    c.clean("laptop", "phone", "clinic")


def vault_spaces(c):
    """The namespaces of chains and invites: all that is on the hub before an attachment is."""
    return {r.split("/")[2] for r in c.refs("hub") if len(set(c.git("hub", "ls-tree", "-r", "--name-only", r).split())) and
            not c.git("hub", "show", f"{r}:0000").startswith(b"ACFC")}


@case
def published_from_remote(c):
    """The device that publishes lacks the bytes, and the hub has them."""
    c.init("laptop")
    c.join("phone", c.invite("laptop"))
    c.sync("laptop")
    ref = c.add("laptop", "disc", LARGE)
    c.sync("laptop", "phone")
    c.say(not c.here("phone")[ref], "a sync fetches no attachment")
    a = c.must("phone", "share", "create", "Dr Lee", "--types", "DocumentReference", "--json", ok=(0, 3))
    c.join("clinic", a.json["code"], "--name", "Lee")
    c.same("clinic", ref, "disc", "but for a share it does")


# ----------------------------------------------------------------------------- memory
@case
def memory(c):
    """No command's memory grows with the file."""
    def most(home, *args):
        pid = os.fork()
        if not pid:
            null = os.open("/dev/null", os.O_RDWR)
            os.dup2(null, 0)
            os.dup2(null, 1)
            os.execve(c.program, c.command(home, args), c.env)
        _, status, used = os.wait4(pid, 0)
        c.say(status == 0 and used.ru_maxrss < 115 << 10, f"{' '.join(args[:2])} stays small", status, used.ru_maxrss)

    c.init("laptop", hub=None)
    code = c.write("code", c.invite("laptop") + "\n")
    most("laptop", "attachment", "add", c.scan("disc", 120_000_000))
    most("laptop", "send", c.path("passed"))
    most("phone", "join", "--device", "phone", "--code-file", code, "--remote", c.path("passed"))
    ref = c.must("phone", "attachment", "list", "--json").json["ref"]
    most("phone", "attachment", "get", ref, "-o", c.path("got"))
    c.same("phone", ref, "disc", "and the bytes are right")
    most("phone", "backup", c.path("b.age"))


# ---------------------------------------------------------------------------- backups
@case
def backup(c):
    c.init("laptop")
    c.join("phone", c.invite("laptop"))
    old, new = c.add("laptop", "old", SMALL), c.add("laptop", "newer", LARGE)
    c.sync("laptop", "phone")
    c.say(not any(c.here("phone").values()), "the phone has no bytes")
    a = c.must("phone", "backup", c.path("full.age"))
    c.say("Not in" not in a.err and all(c.here("phone").values()), "a backup fetches what is not here", a)
    lost = c.add("laptop", "lost", LARGE)
    c.sync("laptop")
    files = {r for r in c.refs("laptop/repo.git") if r.startswith("refs/heads/")
             and c.git("laptop/repo.git", "show", f"{r}:0000").startswith(b"ACFC")}
    tips = c.refs("hub")
    c.sync("phone")
    for r in files & set(tips):
        c.git("hub", "update-ref", "-d", r)
    a = c.must("phone", "backup", c.path("part.age"), ok=(3,))
    c.say(f"Not in the backup: lost ({lost}), {LARGE} bytes." in a.err and "1 attachment is neither here" in a.err,
          "what nobody has is listed by title and REF", a)
    a = c.run("phone", "verify", c.path("part.age"), "--json")
    c.say(a.rc == 0 and a.json["bad"] == [] and a.json["attachments"] == 2 and f"lost ({lost})" in a.err,
          "it verifies, and says what it lacks", a)
    a = c.run("phone", "verify", c.path("full.age"), "--json")
    c.say(a.rc == 0 and a.json["attachments"] == 2 and "Not in" not in a.err, "and so does a full one", a)
    c.must("phone", "remote", "remove", "hub")
    a = c.must("phone", "backup", c.path("alone.age"), ok=(3,))
    c.say(f"lost ({lost})" in a.err, "with no remote it is listed too", a)
    shutil.rmtree(c.path("hub"))
    c.must("new", "restore", c.path("part.age"), "--identity", c.path("laptop.html"), "--device", "new", ok=(0, 3))
    c.same("new", old, "old", "what was in it is restored")
    c.same("new", new, "newer", "also the large one")
    c.lacks("new", lost, "of what was not get says who has it", "Ana Ruiz on laptop")
    c.must("laptop", "send", c.path("bring"))
    c.must("new", "receive", c.path("bring"), ok=(0, 3))
    c.same("new", lost, "lost", "from whom it comes")


# ------------------------------------------------------------------------ the commands
@case
def commands(c):
    c.init("laptop", hub=None)
    empty = c.run("laptop", "attachment", "list", "--json")
    c.say(empty.rc == 0 and empty.out == "", "an empty list prints nothing", empty)
    ref = c.add("laptop", "disc", LARGE)
    row = c.must("laptop", "attachment", "list", "--json").json
    with open(c.path("disc"), "rb") as f:
        hash32 = hashlib.blake2b(f.read(), digest_size=32).hexdigest()
    c.say(row == {"ref": ref, "title": "disc", "type": "application/octet-stream", "size": LARGE, "hash": hash32,
                  "here": True}, "list says what it is", row)
    for args in (("get", ref), ("get", ref, "-o", "/dev/full"), ("list",), ("list", "--json"),
                 ("add", c.path("disc"), "--json")):
        with open("/dev/full", "w", encoding="utf-8") as full:
            p = subprocess.run(c.command("laptop", ("attachment", *args)), env=c.env, stdout=full, stderr=subprocess.PIPE,
                               stdin=subprocess.DEVNULL, text=True)
        c.say(p.returncode == 1 and len(p.stderr.strip().splitlines()) == 1, f"{args[0]} into a full device is exit 1",
              p.returncode, p.stderr)
    a = c.run("laptop", "send", "/dev/full")
    c.say(a.rc == 1 and len(a.err.strip().splitlines()) == 1, "and so is send", a)
    out = c.write("out", "what was there\n")
    c.must("laptop", "attachment", "get", ref, "-o", out)
    with open(out, "rb") as f:
        c.say(hashlib.blake2b(f.read(), digest_size=32).hexdigest() == hash32, "a file that is there is replaced")
    c.write("out", "what was there\n")
    for d, _, names in os.walk(c.path("laptop", "repo.git", "objects")):
        for n in names:
            if os.path.getsize(os.path.join(d, n)) > 1_000_000:
                os.remove(os.path.join(d, n))
    a = c.run("laptop", "attachment", "get", ref, "-o", out)
    with open(out, encoding="utf-8") as f:
        c.say(a.rc == 1 and f.read() == "what was there\n" and sorted(os.listdir(c.top)).count("out") == 1,
              "and stays when its successor cannot be had", a)
    c.say("no remote is defined" in a.err and "nobody else has said to have them" in a.err, "the sentence says why", a)
    a = c.run("laptop", "attachment", "get", "Patient/none")
    c.say(a.rc == 1 and "no document" in a.err, "a document that is not there is exit 1", a)
    o = c.put("laptop", observation("plain"))["ref"]
    a = c.run("laptop", "attachment", "get", o)
    c.say(a.rc == 1 and "has no attachment" in a.err, "one without an attachment too", a)


# ---------------------------------------------------------------------- loose objects
def loose(c, repo):
    return sum(len(d) == 2 and len(os.listdir(c.path(repo, "objects", d)))
               for d in os.listdir(c.path(repo, "objects")))


def packs(c, repo):
    return [n for n in os.listdir(c.path(repo, "objects", "pack")) if n.endswith(".pack")]


@case
def repacked(c):
    """Loose objects do not grow without end, and a command killed while it packs loses nothing."""
    c.env["AFTERCARE_LOOSE"] = "100"
    c.init("laptop")
    ref = c.add("laptop", "letter", SMALL)
    acked, most = [], 0
    for fault in ("repack-written", "repack-removing", None):
        killed = 0
        c.env.pop("AFTERCARE_FAULT", None)
        if fault:
            c.env["AFTERCARE_FAULT"] = fault
        for i in range(400 if fault else 100):  # when it is time is told from four folders of 256: about
            a = c.run("laptop", "put", "-", "--json", stdin=json.dumps(observation(f"{fault}-{i}", i)))
            if a.rc == 0:
                acked.append(a.json["version"])
            most = max(most, loose(c, "laptop/repo.git"))
            if a.rc == -signal.SIGKILL:
                killed += 1
                break
        c.say(bool(fault) == bool(killed), f"{fault}: {killed} killed", a)
    c.env.pop("AFTERCARE_FAULT", None)
    c.say(most < 1000, "loose objects stay few", most)
    has = c.versions("laptop")
    c.say(all(v in has for v in acked), f"each of {len(acked)} acknowledged versions is there")
    c.same("laptop", ref, "letter", "and the attachment")
    c.say(packs(c, "laptop/repo.git"), "in packs", os.listdir(c.path("laptop", "repo.git", "objects")))
    empty = [d for d in os.listdir(c.path("laptop", "repo.git", "objects")) if len(d) == 2
             and not os.listdir(c.path("laptop", "repo.git", "objects", d))]
    c.say(not empty, "no empty folders stay", empty)
    c.git("laptop/repo.git", "fsck", "--full", "--strict")
    c.sync("laptop")
    c.join("phone", c.invite("laptop"))
    c.say(c.view("phone") == c.view("laptop"), "another device gets all of it")
    c.clean("laptop", "phone")


@case
def cut_short(c):
    """A loose object of a hub whose file ends too soon: libgit2 alone would read it for ever."""
    c.init("laptop")
    c.join("phone", c.invite("laptop"))
    c.put("laptop", observation("one"))
    c.sync("laptop")
    tip = next(t for r, t in c.refs("hub").items() if c.refs("laptop/repo.git").get(r) == t
               and c.refs("phone/repo.git").get(r) not in (None, t))
    for what in (tip, c.git("hub", "rev-parse", f"{tip}:0000").decode().strip()):
        path = c.path("hub", "objects", what[:2], what[2:])
        with open(path, "rb") as f:
            whole = f.read()
        os.remove(path)
        with open(path, "wb") as f:
            f.write(whole[:-9])
        t = time.time()
        a = c.run("phone", "sync", "--json", timeout=60)
        c.say(a.json["remotes"][0]["received"] == 0 and [x["kind"] for x in c.alerts("phone")] == ["corrupt"]
              and time.time() - t < 30, "a sync ends, takes nothing and says so", a)
        os.remove(path)
        with open(path, "wb") as f:
            f.write(whole)
    c.sync("phone")
    c.say(len(c.view("phone")) == 1, "and takes it when it is whole")


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
