#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""trust_test.py [NAME...]: what a person must be told, and can take back: who joined, whether
what was restored is the newest, what a removed device wrote late, undo, and wrong clocks.

Each case makes its own homes and folder hubs. A device's clock is shifted by a small library
that is loaded before the program; without a C compiler those cases are skipped.
"""
import fcntl
import functools
import json
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import termios
import time

from homes import Answer, Skipped, World, observation, play_all

HOUR, DAY = 3600, 86400
SHIFT = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long shift(void) { const char *s = getenv("SHIFT_CLOCK"); return s ? atol(s) : 0; }
int clock_gettime(clockid_t id, struct timespec *t)
{
	static int (*real)(clockid_t, struct timespec *);
	int rc;
	if (!real)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	rc = real(id, t);
	if (id == CLOCK_REALTIME)
		t->tv_sec += shift();
	return rc;
}
int gettimeofday(struct timeval *restrict t, void *restrict z)
{
	struct timespec n;
	(void)z;
	clock_gettime(CLOCK_REALTIME, &n);
	t->tv_sec = n.tv_sec;
	t->tv_usec = n.tv_nsec / 1000;
	return 0;
}
time_t time(time_t *t)
{
	struct timespec n;
	clock_gettime(CLOCK_REALTIME, &n);
	if (t)
		*t = n.tv_sec;
	return n.tv_sec;
}
"""
shim = None


def build_shim(folder):
    """The library that shifts the clock; None where there is no compiler."""
    source, out = os.path.join(folder, "shift.c"), os.path.join(folder, "shift.so")
    with open(source, "w", encoding="utf-8") as f:
        f.write(SHIFT)
    cc = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if cc and subprocess.run([cc, "-shared", "-fPIC", "-o", out, source, "-ldl"], capture_output=True).returncode == 0:
        return out
    return None


class Case(World):
    def __init__(self, name):
        super().__init__("trust-" + name, memory=True)
        self.name = name
        self.told = []
        self.number = 0
        self.shift = {}    # home: seconds that its clock is ahead
        self.edition = {}  # home: the merge edition of its program
        self.init("laptop")

    def run(self, home, *args, stdin=None, timeout=300):
        """Without a terminal, and by the clock of that home."""
        env = dict(self.env)
        if self.shift.get(home):
            env.update(LD_PRELOAD=shim, SHIFT_CLOCK=str(self.shift[home]))
        if self.edition.get(home):
            env["AFTERCARE_EDITION"] = str(self.edition[home])
        p = subprocess.run(self.command(home, args), env=env, input=stdin or "", text=True, capture_output=True,
                           timeout=timeout, start_new_session=True)
        return Answer((home, *args), p.returncode, p.stdout, p.stderr)

    def on_terminal(self, home, *args, answer):
        """The same where a person sits, who answers once."""
        master, slave = pty.openpty()

        def child():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        p = subprocess.Popen(self.command(home, args), stdin=slave, stdout=slave, stderr=slave, preexec_fn=child,
                             env=self.env)
        out, end, asked = "", time.time() + 60, False
        while time.time() < end:
            if select.select([master], [], [], 0.05)[0]:
                out += os.read(master, 65536).decode(errors="replace")
            elif p.poll() is not None:
                break
            if not asked and "[y/N]" in out:
                asked = True
                os.write(master, answer.encode())
        rc = p.wait(timeout=10)
        os.close(master)
        os.close(slave)
        return Answer((home, *args), rc, out, "")

    def say(self, good, what, *why):
        self.told.append((bool(good), f"{self.name}: {what}", why))

    def sync(self, *homes, times=1, ok=(0, 3)):
        """Kinds of alerts; what was said goes to self.said."""
        kinds = []
        self.said = ""
        for _ in range(times):
            for h in homes:
                a = self.run(h, "sync", "--json")
                if a.rc not in ok:
                    self.say(False, f"{h} syncs with exit {a.rc}, not one of {ok}", a)
                self.said += a.err
                if a.json:
                    kinds += [x["kind"] for x in a.json["alerts"]]
        return kinds

    def add(self, home, *args, by="laptop", device=None):
        self.join(home, self.invite(by, *args), device=device)

    def restore(self, home, *args, hub="hub", device=None, ok=(0,)):
        return self.must(home, "restore", "--remote", self.path(hub), "--identity", self.path("laptop.html"), "--device",
                         device or home, "--yes", *args, ok=ok)

    def status(self, home):
        return self.must(home, "status", "--json", ok=(0, 3)).json

    def fresh(self, home):
        return self.status(home).get("freshness", "proved")

    def shows(self, home, doc):
        return any(f'"id":"{doc}"' in line for line in self.view(home))

    def value(self, home, ref):
        a = self.must(home, "show", ref, "--format", "json", ok=(0, 1, 3))
        return None if a.rc == 1 else json.loads(a.out)["valueQuantity"]["value"] if a.rc == 0 else "dispute"

    def set(self, home, ref, value):
        return self.must(home, "set", ref, f"valueQuantity.value={value}", "--json").json["version"]

    def history(self, home, ref):
        return self.must(home, "history", ref, "--json").rows

    def late(self, home, device):
        return [r.get("late", 0) for r in self.must(home, "device", "list", "--json").rows if r["name"] == device]

    def refused(self, what, a, *words, rc=1):
        self.say(a.rc == rc and not a.out.strip() and len(a.err.strip().splitlines()) == 1
                 and all(w in a.err for w in words), what, a)

    def equal(self, *homes):
        views = [self.view(h) for h in homes]
        self.say(all(v == views[0] for v in views), f"{', '.join(homes)} see the same", [len(v) for v in views])
        for h in homes:
            a = self.run(h, "verify", "--json")
            self.say(a.rc == 0, f"verify of {h} is clean", a)

    def copy_hub(self, name):
        shutil.copytree(self.path("hub"), self.path(name))


CASES = []


def case(f):
    CASES.append(f)
    return f


def clocks(f):
    """Plays it only where clocks can be shifted."""
    @functools.wraps(f)
    def shifted(c):
        if not shim:
            raise Skipped("there is no C compiler")
        f(c)
    return case(shifted)


# ---------------------------------------------------------------------------- who joined
@case
def kit_use(c):
    """Every other device says once that the kit was used, and status goes on saying it."""
    c.add("phone")
    c.sync("laptop", "phone")
    c.restore("third")
    for h in ("laptop", "phone"):
        a = c.must(h, "sync")
        c.say("recovery kit" in a.err and "device third" in a.err and "device remove third, then kit renew" in a.err,
              f"{h} says that the kit was used, by whom, and what to do", a)
        c.say(len(a.err.strip().splitlines()) == 1, f"{h} says it in one sentence", a)
        c.sync(h, times=2)
        c.say("third" not in c.said, f"{h} says it once", c.said)
        s = c.status(h)
        c.say([(j["name"], j["by"]) for j in s.get("joined", [])] == [("third", "kit")] and not s["alerts"],
              f"status of {h} names it, and it is no alert", s)
        a = c.must(h, "status")
        c.say("recovery kit" in a.out and "third" in a.out, f"status of {h} says it in words", a)
    c.sync("third")
    c.say("recovery kit" not in c.said and not c.status("third").get("joined", []), "third says nothing of itself", c.said)
    c.must("laptop", "device", "remove", "third")
    c.say(not c.status("laptop").get("joined", []), "once removed it is not named any more", c.status("laptop"))


@clocks
def kit_use_renewed(c):
    """A new kit ends it, but not before 30 days: a thief could renew the kit himself."""
    c.restore("third")
    c.sync("laptop")
    c.must("third", "kit", "renew", "--kit", c.path("other.html"))
    c.sync("third", "laptop")
    c.say([j["name"] for j in c.status("laptop").get("joined", [])] == ["third"], "the kit renewed, it is still named")
    c.shift["laptop"] = 31 * DAY
    c.say(not c.status("laptop").get("joined", []), "and after 30 days no more", c.status("laptop"))


@clocks
def kit_use_dated_back(c):
    """A thief whose clock is set back is told all the same."""
    c.shift["third"] = -400 * DAY
    c.restore("third")
    c.sync("laptop")
    c.say("device third" in c.said, "the joining is told whatever its own clock says", c.said)
    c.must("third", "kit", "renew", "--kit", c.path("other.html"))
    c.sync("third", "laptop")
    c.say([j["name"] for j in c.status("laptop").get("joined", [])] == ["third"], "and is named in status", c.status("laptop"))


@case
def kit_use_by_file(c):
    """Without a hub: receive says it too."""
    c.restore("third")
    c.must("third", "send", c.path("bundle"))
    a = c.must("laptop", "receive", c.path("bundle"))
    c.say("recovery kit" in a.err and "device third" in a.err and a.rc == 0, "receive says that the kit was used", a)
    a = c.must("laptop", "receive", c.path("bundle"))
    c.say("third" not in a.err, "once", a)


@case
def taken_name(c):
    """Who joins under the name of another device can be named and removed all the same."""
    c.add("phone")
    c.sync("laptop", "phone")
    c.restore("thief", device="phone")
    c.sync("laptop")
    shown = [r["name"] for r in c.must("laptop", "device", "list", "--json").rows]
    c.say(len(set(shown)) == 3 and sum(n.startswith("phone~") for n in shown) == 2, "each has a name of its own", shown)
    c.refused("the bare name is refused", c.run("laptop", "device", "remove", "phone"), "does not name one", rc=2)
    name = next(n for n in shown if n.startswith("phone~") and f"device remove {n}," in c.said)
    c.must("laptop", "device", "remove", name)
    c.sync("laptop", "phone")
    rows = c.must("phone", "device", "list", "--json").rows
    c.say(sorted((r["this"], r["state"]) for r in rows if r["name"] == "phone") == [(False, "revoked"), (True, "active")],
          "what the sentence says to do removes the right one", rows)


@case
def sly_name(c):
    """A name is a stranger's: however long, it cuts nothing off, and copied into a shell it runs nothing."""
    for name in ("x" * 200, "third' on 1999-01-01; all is well `date` $(date)", "'" * 200, "-rf", "two words"):
        c.restore("third", device=name)
        c.sync("laptop")
        quoted = c.said.partition("if this was not you: ")[2].partition(", then kit renew")
        words = subprocess.run(["sh", "-c", "printf '%s\\n' " + quoted[0]], capture_output=True, text=True).stdout.splitlines()
        c.say(quoted[1] and words[-1] == name and len(words) <= 4, f"a name like {name[:20]} is one word of the command",
              c.said, words)
        a = c.run("laptop", *words)
        rows = c.must("laptop", "device", "list", "--json").rows
        c.say(a.rc == 0 and [r["state"] for r in rows if r["name"] == name][-1:] == ["revoked"], "and it removes the device", a)
        shutil.rmtree(c.path("third"))


@case
def invited(c):
    """By a code, by a backup's invite, to a share: each is told, once."""
    c.must("laptop", "backup", c.path("old.age"))
    c.add("phone", "--as", "Aunt Mia", "--role", "writer")
    c.invite("laptop")   # synchronises, and tells nobody
    a = c.must("laptop", "sync")
    c.say("device phone of Aunt Mia joined" in a.err and "writer" in a.err, "a code's use is told", a)
    c.say(not c.status("laptop").get("joined", []), "and is not in status")
    c.sync("laptop", "phone", times=2)
    c.say("joined" not in c.said, "once, and the phone says nothing of who was there before", c.said)
    c.must("again", "restore", c.path("old.age"), "--identity", c.path("laptop.html"), "--device", "again")
    c.must("again", "remote", "add", "hub2", c.path("hub"), ok=(0, 1))
    c.sync("again", "laptop")
    c.say("device again" in c.said and "backup" in c.said and "then invite cancel 'backup" in c.said,
          "a backup's invite is told", c.said)
    c.say([(j["name"], j["by"]) for j in c.status("laptop").get("joined", [])] == [("again", "backup")], "and is in status",
          c.status("laptop"))
    invite = next(r["name"] for r in c.must("laptop", "invite", "list", "--json").rows if r["name"].startswith("backup"))
    a = c.run("laptop", "invite", "cancel", invite)
    c.say(a.rc == 0, "the invite of that name can be cancelled", a)
    code = c.must("laptop", "share", "create", "Dr Lee", "--all", "--json").json["code"]
    c.join("lee", code, "--name", "Lee Medical", device="office")
    c.sync("lee", "laptop")
    c.say("Dr Lee joined the share" in c.said and "share revoke 'Dr Lee'" in c.said, "a clinician's joining is told", c.said)
    c.sync("laptop", "again")
    c.say(c.said.count("joined") == 1 and "Dr Lee" in c.said, "to another owner's device too", c.said)
    c.sync("laptop", "again", "lee", times=2)
    c.say("joined" not in c.said, "and once", c.said)


# ------------------------------------------------------------------------ a newer program
def newer(c, home):
    return [(n["name"], n["edition"]) for n in c.status(home).get("newer", [])]


@case
def later_edition(c):
    """Who merges by later rules is named, once for each edition, and nothing else changes."""
    c.add("phone", "--as", "Aunt Mia", "--role", "owner")
    c.add("tablet")
    c.put("laptop", observation("a", 1))
    c.sync("laptop", "phone", "tablet", times=2)
    c.say("newer" not in c.said and not newer(c, "laptop") and "newer" not in c.must("laptop", "status").out,
          "nothing is said among equals", c.said)
    c.edition["phone"] = 2
    c.set("phone", "Observation/a", 2)
    c.put("phone", observation("p", 1))
    many = "\n".join(json.dumps(observation(f"i{n}", n)) for n in range(300))
    c.must("phone", "import", c.write("many.ndjson", many))
    c.sync("phone")
    c.say("newer" not in c.said and not newer(c, "phone"), "the newer program says nothing of itself", c.said)
    a = c.must("laptop", "sync")
    c.say(len(a.err.strip().splitlines()) == 1 and "device phone of Aunt Mia" in a.err and "merge edition 2, here 1" in a.err
          and "nothing is lost" in a.err and "may look different" in a.err and "update aftercare" in a.err,
          "the other says in one sentence who, what may differ, and what to do", a)
    c.sync("laptop", times=2)
    c.say("newer" not in c.said, "once", c.said)
    c.say(newer(c, "laptop") == [("phone", 2)], "status --json goes on naming it", c.status("laptop"))
    a = c.must("laptop", "status")
    c.say("newer program: device phone" in a.out and "(merge edition 2, here 1)" in a.out, "status too, and it is no trouble", a)
    c.say(c.value("laptop", "Observation/a") == 2 and c.shows("laptop", "i299"), "what it wrote is shown")
    c.set("laptop", "Observation/a", 3)
    c.set("laptop", "Observation/p", 4)
    kinds = c.sync("laptop", "phone")
    c.say(not kinds and (c.value("phone", "Observation/a"), c.value("phone", "Observation/p")) == (3, 4),
          "and is changed by the older program as ever", kinds)
    os.remove(c.path("laptop", "index"))
    c.must("laptop", "list")
    c.say(newer(c, "laptop") == [("phone", 2)], "an index made again knows it")
    c.sync("laptop")
    c.say("newer" not in c.said, "and does not tell it again", c.said)
    c.must("phone", "send", c.path("bundle"))
    a = c.must("tablet", "receive", c.path("bundle"))
    c.say("device phone of Aunt Mia" in a.err and "newer" in a.err, "a file tells it too", a)
    c.edition["tablet"] = 2
    c.put("tablet", observation("t", 1))
    c.sync("tablet", "laptop")
    c.say("newer" not in c.said and newer(c, "laptop") == [("phone", 2), ("tablet", 2)], "a second device with it is no news",
          c.said, newer(c, "laptop"))
    c.edition["tablet"] = 3
    c.put("tablet", observation("u", 1))
    c.sync("tablet", "laptop")
    c.say("device tablet" in c.said and "merge edition 3, here 1" in c.said, "a later edition is", c.said)
    c.must("laptop", "device", "remove", "tablet")
    c.say(newer(c, "laptop") == [("phone", 2)], "who was removed is not named", newer(c, "laptop"))
    c.sync("laptop", "phone", "laptop")
    c.equal("laptop", "phone")
    c.edition["laptop"] = 2
    c.say(not newer(c, "laptop") and "newer" not in c.must("laptop", "status").out, "updated, status says nothing any more")
    c.put("laptop", observation("l", 1))
    c.edition["laptop"] = 0
    c.say(newer(c, "laptop") == [("laptop", 2), ("phone", 2)] and "this one, had it before" in c.must("laptop", "status").out,
          "an older program put back says so of itself", newer(c, "laptop"))


@case
def later_edition_in_shares(c):
    """A clinician's newer program is named to the patient, and a patient's to the clinician."""
    c.put("laptop", observation("a", 1))
    code = c.must("laptop", "share", "create", "Dr Lee", "--types", "Observation", "--write", "--json").json["code"]
    c.edition["lee"] = 2
    c.join("lee", code, "--name", "Lee Medical", device="office")
    c.put("lee", observation("result", 5))
    c.sync("lee", "laptop")
    c.say("device office of Dr Lee writes with a newer version" in c.said and c.shows("laptop", "result"),
          "the patient hears of a clinician's, and has the result", c.said)
    c.say(newer(c, "laptop") == [("office", 2)], "and sees it in status", newer(c, "laptop"))
    c.edition["laptop"] = 3
    c.set("laptop", "Observation/a", 2)
    c.sync("laptop", "lee")
    c.say("merge edition 3, here 2" in c.said and newer(c, "lee") == [("laptop", 3)], "the clinician hears of the patient's", c.said)


# ------------------------------------------------------------------------------ freshness
@case
def asked(c):
    """restore --remote asks, before anything is written, whether the newest dates are right."""
    c.add("phone")
    c.put("laptop", observation("one"))
    c.sync("laptop", "phone")
    refs = c.refs("hub")
    args = ("restore", "--remote", c.path("hub"), "--identity", c.path("laptop.html"), "--device", "third")
    a = c.run("third", *args)
    c.refused("without a terminal it needs --yes", a, "laptop 20", "phone 20", "--yes", rc=2)
    c.say(not os.path.exists(c.path("third")) and c.refs("hub") == refs, "nothing was done")
    a = c.on_terminal("third", *args, answer="n\n")
    c.say(a.rc == 1 and "laptop 20" in a.out and not os.path.exists(c.path("third")) and c.refs("hub") == refs,
          "no: nothing was done, here and there", a)
    a = c.on_terminal("third", *args, answer="y\n")
    c.say(a.rc == 0 and c.shows("third", "one"), "yes: it is restored", a)
    a = c.restore("fourth")
    c.say("laptop 20" in a.err, "with --yes the dates are told", a)


@case
def unproved(c):
    """From a hub alone, until another device has written since."""
    c.put("laptop", observation("one"))
    c.sync("laptop")
    c.say(c.fresh("laptop") == "proved", "who was always there needs no proof")
    c.restore("third")
    a = c.must("third", "status", ok=(0,))
    c.say("freshness unproved" in a.out and a.rc == 0, "status says so, and that alone is no trouble", a)
    c.sync("third", times=2)
    c.say(c.fresh("third") == "unproved", "the hub alone does not change that")
    c.add("tablet", by="third")
    c.put("tablet", observation("two"))
    c.sync("tablet", "third")
    c.say(c.fresh("third") == "unproved", "nor does a newcomer, who knows only the same hub")
    c.sync("laptop", "third")
    c.say(c.fresh("third") == "proved", "a device that was there before does", c.status("third"))
    c.say("unproved" not in c.must("third", "status", ok=(0, 3)).out, "and the words are gone")
    c.sync("laptop", "third", "tablet", times=2)
    c.equal("laptop", "third", "tablet")


@case
def unproved_old_hub(c):
    """A hub that serves an old state: status says unproved while it does."""
    c.copy_hub("old")
    c.put("laptop", observation("one"))
    c.sync("laptop")
    c.restore("third", hub="old")
    c.sync("third")
    c.say(c.fresh("third") == "unproved" and not c.shows("third", "one"), "the old hub convinces nobody")
    c.must("third", "remote", "add", "second", c.path("hub"))
    c.sync("third", "laptop", "third")
    c.say(c.fresh("third") == "proved" and c.shows("third", "one"), "until the laptop is heard")


@case
def unproved_two(c):
    """Two homes restored from one old hub, and a device that one of them invited, do not reassure
    each other."""
    c.copy_hub("old")
    c.put("laptop", observation("one"))
    c.sync("laptop")
    c.restore("third", hub="old")
    c.add("tablet", by="third")
    c.restore("fourth", hub="old")
    c.put("third", observation("by-third"))
    c.put("tablet", observation("by-tablet"))
    c.sync("third", "tablet", "fourth", "third", "fourth", "tablet", times=2)
    c.say((c.fresh("third"), c.fresh("fourth")) == ("unproved", "unproved"), "neither is proved by the other")
    for h in ("third", "fourth"):
        c.must(h, "remote", "add", "second", c.path("hub"))
    c.sync("third", "laptop", "fourth", "laptop", "third", "fourth", "tablet", times=2)
    c.say((c.fresh("third"), c.fresh("fourth")) == ("proved", "proved"), "the laptop proves both")
    c.equal("laptop", "third", "fourth", "tablet")


@case
def unproved_backup(c):
    """A backup proves it, if it is at least as new, has no more, and was made by another."""
    c.put("laptop", observation("one"))
    c.must("laptop", "backup", c.path("old.age"))
    c.put("laptop", observation("two"))
    c.must("laptop", "backup", c.path("new.age"))
    c.sync("laptop")
    c.restore("third")
    c.must("third", "backup", c.path("own.age"))
    kit = ("--identity", c.path("laptop.html"))
    for name in ("old", "own"):
        c.must("third", "verify", c.path(name + ".age"), *kit)
        c.say(c.fresh("third") == "unproved", f"the {name} one proves nothing", c.status("third"))
    c.must("third", "verify", c.path("new.age"), *kit)
    c.say(c.fresh("third") == "proved", "the newest one does", c.status("third"))


@case
def unproved_more(c):
    """A backup with more than the hub showed proves nothing."""
    c.put("laptop", observation("one"))
    c.sync("laptop")
    c.put("laptop", observation("two"))
    c.must("laptop", "backup", c.path("more.age"))
    c.restore("third")
    c.must("third", "verify", c.path("more.age"), "--identity", c.path("laptop.html"))
    c.say(c.fresh("third") == "unproved", "it says that something is missing", c.status("third"))


@case
def unproved_file(c):
    """A home from a backup file knows no more than the file."""
    c.put("laptop", observation("one"))
    c.must("laptop", "backup", c.path("b.age"))
    c.must("third", "restore", c.path("b.age"), "--identity", c.path("laptop.html"), "--device", "third")
    c.say(c.fresh("third") == "unproved", "unproved")
    c.must("third", "verify", c.path("b.age"), "--identity", c.path("laptop.html"))
    c.say(c.fresh("third") == "unproved", "the same file proves nothing")
    c.sync("third", "laptop", "third")
    c.say(c.fresh("third") == "proved", "another device does", c.status("third"))


@case
def joined_by_code(c):
    """The code says how far its maker was: reached, that is the proof."""
    c.copy_hub("old")
    c.put("laptop", observation("one"))
    c.sync("laptop")
    c.add("phone")
    c.say(c.fresh("phone") == "proved", "a hub that reaches the floor is proved")
    c.put("laptop", observation("two"))
    c.sync("laptop")
    code = c.invite("laptop")
    a = c.join("tablet", code, "--remote", c.path("old"), ok=(1,))
    c.say(not os.path.exists(c.path("tablet")), "one that does not lets nobody join", a)


@case
def floor_missed(c):
    """A hub that covers the segment which the code names: its maker says it again elsewhere, so
    that the code works, and the joiner knows that it was not shown all."""
    before = c.refs("hub")
    code = c.invite("laptop")
    now = c.refs("hub")
    chain = next(r for r in before if now[r] != before[r])
    tree = c.git("hub", "mktree", stdin=b"").decode().strip()
    junk = c.git("hub", "-c", "user.name=x", "-c", "user.email=x", "commit-tree", tree, "-p", before[chain], "-m", "x")
    c.git("hub", "update-ref", chain, junk.decode().strip())
    c.sync("laptop", times=2)
    c.join("phone", code, ok=(0, 3))
    kinds = [a["kind"] for a in c.alerts("phone")]
    c.say("withheld" in kinds and c.fresh("phone") == "unproved", "unproved, and an alert", kinds, c.status("phone"))
    c.sync("phone")
    c.say(c.fresh("phone") == "unproved", "the hub alone does not change that")
    c.put("laptop", observation("one"))
    c.sync("laptop", "phone")
    c.say(c.fresh("phone") == "proved", "the laptop, heard again, does", c.status("phone"))


@case
def last_heard(c):
    """status and patients say as of when each other device was last heard."""
    c.add("phone")
    c.sync("laptop")
    a = c.must("laptop", "status")
    c.say("device phone: last heard 20" in a.out, "status in words", a)
    a = c.must("phone", "patients")
    c.say("laptop 20" in a.out, "patients in words", a)


# ------------------------------------------------------------------------- late writings
def removed_phone(c):
    """The phone is removed and writes on, by another hub; its late document and its late edit."""
    c.add("phone")
    c.add("tablet")
    c.put("laptop", observation("kept", 1))
    c.sync("laptop", "phone", "tablet", times=2)
    c.copy_hub("hub2")
    for h in ("phone", "tablet"):
        c.must(h, "remote", "add", "hub2", c.path("hub2"))
    c.must("phone", "remote", "remove", "hub")
    c.must("laptop", "device", "remove", "phone")
    c.sync("laptop")
    doc = c.put("phone", observation("late", 7))["version"]
    edit = c.set("phone", "Observation/kept", 9)
    c.sync("phone")
    kinds = c.sync("tablet", "laptop", "tablet", "laptop")
    c.say(not kinds, "that alarms nobody", kinds)
    return doc, edit


@case
def late_adopted(c):
    doc, edit = removed_phone(c)
    for h in ("laptop", "tablet"):
        c.say(not c.shows(h, "late") and c.value(h, "Observation/kept") == 1, f"{h} shows nothing of it")
        c.say(c.late(h, "phone") == [2] and c.late(h, "laptop") == [0], f"{h} counts it", c.late(h, "phone"))
        c.say(not c.must(h, "conflicts", "--json").rows and doc not in c.versions(h), f"it is no conflict, and not in the log of {h}")
        rows = c.must(h, "log", "--late", "--json").rows
        c.say({(r["ref"], r["version"]) for r in rows} == {("Observation/late", doc), ("Observation/kept", edit)}
              and all(r["late"] for r in rows), f"log --late of {h} lists it", rows)
    a = c.must("laptop", "device", "list")
    c.say("2 late versions, kept unshown" in a.out, "device list says it in words", a)
    rows = c.history("laptop", "Observation/kept")
    c.say([r["version"] for r in rows if r.get("late")] == [edit] and len(rows) == 2, "history marks it", rows)
    c.say("after removal" in c.must("laptop", "history", "Observation/kept").out, "in words")
    a = c.must("laptop", "show", "Observation/late", "--version", doc)
    c.say("After removal" in a.out and "7" in a.out, "show --version says what it is", a)
    a = c.must("laptop", "show", "Observation/late", "--version", doc, "--json")
    c.say(a.json["late"] is True and a.json["resource"]["valueQuantity"]["value"] == 7, "in JSON too", a)
    c.refused("show without a version does not", c.run("laptop", "show", "Observation/late"), "no part of the record", "history")
    a = c.must("laptop", "diff", "Observation/kept", edit, "--json")
    c.say(a.rows and a.rows[0]["path"].startswith("valueQuantity"), "diff compares it with what stands", a)
    c.must("laptop", "revert", "Observation/late", doc)
    c.sync("laptop", "tablet")
    c.say(c.value("tablet", "Observation/late") == 7 and c.value("laptop", "Observation/late") == 7, "an owner adopts the document")
    c.say(c.value("tablet", "Observation/kept") == 1, "and nothing else by that")
    c.must("tablet", "revert", "Observation/kept", edit[:12])
    c.sync("tablet", "laptop")
    c.say(c.value("tablet", "Observation/kept") == 9 and c.value("laptop", "Observation/kept") == 9, "and the edit")
    rows = c.history("laptop", "Observation/kept")
    c.say(rows[0]["device"] == "tablet" and rows[0]["op"] == "revert" and not rows[0].get("late"), "under the owner's own name", rows)
    c.must("laptop", "undo")
    c.say(c.value("laptop", "Observation/late") is None, "an adoption is undone like any write")
    c.sync("laptop", "tablet")
    c.add("watch")
    c.sync("watch", "laptop", "tablet", times=2)
    c.equal("laptop", "tablet", "watch")


@case
def late_heard_after(c):
    """A device that hears of the adoption before it hears of what was adopted."""
    doc, _ = removed_phone(c)
    c.add("watch")            # by the first hub, where the phone's late chain came with the others
    c.must("laptop", "revert", "Observation/late", doc)
    c.sync("laptop", "watch", "tablet", times=2)
    c.equal("laptop", "tablet", "watch")
    c.say(c.value("watch", "Observation/late") == 7, "all show it")


@case
def late_for_owners(c):
    """Who is no owner is not shown it, and cannot adopt it. The removed device keeps what it wrote."""
    c.add("carer", "--role", "writer")
    doc, edit = removed_phone(c)
    c.sync("carer")
    c.refused("a writer does not see it", c.run("carer", "show", "Observation/late", "--version", doc), "owner")
    c.refused("nor adopts it", c.run("carer", "revert", "Observation/kept", edit), "owner")
    c.refused("nor lists it", c.run("carer", "log", "--late"), "owner")
    c.say(len(c.history("carer", "Observation/kept")) == 1, "nor has it in the history")
    c.must("phone", "remote", "add", "first", c.path("hub"))
    a = c.run("phone", "sync")
    c.say("2 written here" in a.err, "the phone is told", a)
    c.say("7" in c.must("phone", "show", "Observation/late", "--version", doc).out, "and keeps what it wrote")


@case
def late_spam(c):
    """However much a stolen phone writes, nobody is bothered with it."""
    c.add("phone")
    c.sync("laptop", "phone")
    c.copy_hub("hub2")
    c.must("phone", "remote", "add", "hub2", c.path("hub2"))
    c.must("phone", "remote", "remove", "hub")
    c.must("laptop", "device", "remove", "phone")
    docs = "\n".join(json.dumps(observation(f"spam{i}", i)) for i in range(300))
    c.must("phone", "import", "-", stdin=docs)
    c.sync("phone")
    c.must("laptop", "remote", "add", "hub2", c.path("hub2"))
    before = c.must("laptop", "list", "--json").out
    a = c.must("laptop", "sync", "hub2")
    s = c.status("laptop")
    c.say(a.rc == 0 and c.must("laptop", "list", "--json").out == before and not c.must("laptop", "conflicts").out.strip()
          and not s["alerts"] and s["conflicts"] == 0, "no list, no conflict, no alert", a, s)
    c.say(c.late("laptop", "phone") == [300], "a number in device list", c.late("laptop", "phone"))
    c.say(len(c.must("laptop", "log", "--late", "--limit", "5", "--json").rows) == 5, "log --late obeys --limit")


# ------------------------------------------------------------------------------------ undo
@case
def undo_walks_back(c):
    c.refused("nothing to take back", c.run("laptop", "undo"), "nothing more")
    c.put("laptop", observation("a", 1))
    c.set("laptop", "Observation/a", 2)
    c.put("laptop", observation("b", 5))
    c.set("laptop", "Observation/a", 3)
    c.must("laptop", "rm", "Observation/b")
    want = [(3, 5), (2, 5), (2, None), (1, None), (None, None)]
    for n, (a, b) in enumerate(want, 1):
        w = c.must("laptop", "undo", "--json").json
        got = (c.value("laptop", "Observation/a"), c.value("laptop", "Observation/b"))
        c.say(got == (a, b) and set(w) == {"ref", "version", "flagged"}, f"undo {n} takes back one write more", got, w)
    c.refused("and then nothing is left", c.run("laptop", "undo"), "nothing more")
    c.put("laptop", observation("a", 8))
    c.set("laptop", "Observation/a", 9)
    c.must("laptop", "undo")
    c.say(c.value("laptop", "Observation/a") == 8, "what is written after can be taken back again")
    c.must("laptop", "undo")
    c.refused("and no further than before", c.run("laptop", "undo"), "nothing more")
    ops = {r["op"] for r in c.history("laptop", "Observation/a")}
    c.say(ops <= {"put", "set", "rm", "revert"}, "history knows no new word", ops)
    c.equal("laptop")


@case
def undo_of_reverts(c):
    """A revert, and a deletion by hand, are writes like others and no undo."""
    first = c.put("laptop", observation("a", 1))["version"]
    c.set("laptop", "Observation/a", 2)
    c.must("laptop", "revert", "Observation/a", first)
    c.must("laptop", "undo")
    c.say(c.value("laptop", "Observation/a") == 2, "a revert is taken back")
    c.must("laptop", "undo")
    c.say(c.value("laptop", "Observation/a") == 1, "then the write before it")
    c.must("laptop", "rm", "Observation/a")
    c.must("laptop", "undo")
    c.say(c.value("laptop", "Observation/a") == 1, "a deletion is taken back")
    c.must("laptop", "undo")
    c.say(c.value("laptop", "Observation/a") is None, "and then the document itself")


@case
def undo_among_others(c):
    """Only this device's own, and only where nobody has changed the same since."""
    c.add("phone")
    c.put("laptop", observation("a", 1))
    c.sync("laptop", "phone")
    c.refused("another's write is not this device's", c.run("phone", "undo"), "nothing more")
    c.put("phone", observation("p", 1))
    c.set("phone", "Observation/a", 2)
    c.sync("phone", "laptop")
    c.refused("a document that somebody changed since", c.run("laptop", "undo"), "has changed since", "revert")
    c.must("phone", "undo")
    c.sync("phone", "laptop")
    c.must("laptop", "undo")
    c.say(c.value("laptop", "Observation/a") is None, "when the phone has taken its own back, it can be undone")
    c.sync("laptop", "phone")
    c.must("phone", "undo")
    c.say(c.value("phone", "Observation/p") is None, "each goes back along its own writes")
    c.sync("phone", "laptop")
    c.equal("laptop", "phone")


@case
def undo_beside_others(c):
    """Undo takes back what its write changed; what others changed beside it stays."""
    def field(name, home="laptop", ref="Observation/a"):
        doc = json.loads(c.must(home, "show", ref, "--format", "json").out)
        return doc["note"][0]["text"] if name == "note" else doc.get(name)

    c.add("phone")
    c.put("laptop", observation("a", 1, note="first"))
    c.must("laptop", "set", "Observation/a", "note[0].text=second")
    c.must("laptop", "set", "Observation/a", "issued=2021-03-04T10:00:00Z")
    c.sync("laptop", "phone")
    c.must("phone", "set", "Observation/a", "language=de")
    c.sync("phone", "laptop")
    c.must("laptop", "set", "Observation/a", "note[0].text=third")
    c.sync("laptop", "phone")
    c.must("phone", "set", "Observation/a", "implicitRules=http://phone.example/rules")
    c.sync("phone", "laptop")
    c.must("laptop", "undo")
    c.say((field("note"), field("language"), field("implicitRules")) == ("second", "de", "http://phone.example/rules"),
          "the field that it changed is as before, others keep theirs", field("note"), field("language"))
    c.must("laptop", "undo")
    c.say(field("issued") is None and (field("note"), field("language")) == ("second", "de"), "and the write before that")
    c.must("laptop", "undo")
    c.say((field("note"), field("language")) == ("first", "de"), "and before that")
    c.refused("a document that others wrote in is not taken back whole", c.run("laptop", "undo"), "has changed since", "revert")
    c.sync("laptop", "phone")
    c.say(field("note", "phone") == "first" and field("language", "phone") == "de", "the phone sees it so")
    c.must("phone", "undo")
    c.say(field("implicitRules", "phone") is None and field("note", "phone") == "first", "its own undo leaves the laptop's", )
    c.sync("phone", "laptop")

    # what has meaning only together is one thing
    c.put("laptop", observation("b", 1))
    c.set("laptop", "Observation/b", 2)
    c.sync("laptop", "phone")
    c.must("phone", "set", "Observation/b", "status=amended")
    c.sync("phone", "laptop")
    c.refused("not a value that somebody changed the status of", c.run("laptop", "undo"), "has changed since", "revert")
    c.say(c.value("laptop", "Observation/b") == 2 and field("status", ref="Observation/b") == "amended", "nothing was done")
    c.must("phone", "rm", "Observation/b")
    c.sync("phone", "laptop")
    c.refused("nor what somebody deleted", c.run("laptop", "undo"), "has changed since", "revert")
    first = c.history("laptop", "Observation/b")[-1]["version"]
    c.must("laptop", "revert", "Observation/b", first)
    c.must("laptop", "rm", "Observation/b")
    c.sync("laptop", "phone")
    c.must("phone", "revert", "Observation/b", first)
    c.must("phone", "set", "Observation/b", "language=fr")
    c.sync("phone", "laptop")
    c.refused("nor a deletion that somebody took back", c.run("laptop", "undo"), "has changed since", "revert")
    c.sync("laptop", "phone")
    c.equal("laptop", "phone")


@case
def undo_walls(c):
    """An import is not undone, nor a settled dispute; the sentence says what helps."""
    c.add("phone")
    c.put("laptop", observation("x", 1))
    c.must("laptop", "import", "-", stdin=json.dumps(dict(observation("i", 1), meta={"lastUpdated": "2001-01-01T00:00:00Z"})))
    c.refused("an import is the last write, however old its documents say they are", c.run("laptop", "undo"), "import", "revert")
    c.put("laptop", observation("a", 1))
    c.sync("laptop", "phone")
    one, two = c.set("laptop", "Observation/a", 2), c.set("phone", "Observation/a", 3)
    c.sync("laptop", "phone", "laptop")
    c.refused("not while it is in dispute", c.run("laptop", "undo"), "dispute")
    c.must("laptop", "resolve", "Observation/a", "--take", two)
    c.refused("a settled dispute is not brought back", c.run("laptop", "undo"), "dispute", "revert")
    c.must("laptop", "revert", "Observation/a", one)
    c.say(c.value("laptop", "Observation/a") == 2, "revert puts a side back")
    c.must("laptop", "undo")
    c.say(c.value("laptop", "Observation/a") == 3, "and that is undone")
    c.sync("laptop", "phone")
    c.equal("laptop", "phone")


@case
def undo_of_a_joining_write(c):
    """A write onto two versions that did not contradict each other: both come back."""
    c.add("phone")
    c.put("laptop", observation("a", 1, note="first"))
    c.must("laptop", "set", "Observation/a", "issued=2021-03-04T10:00:00Z")
    c.sync("laptop", "phone")
    c.must("laptop", "set", "Observation/a", "note[0].text=by the laptop")
    c.must("phone", "set", "Observation/a", "language=de")
    c.sync("phone", "laptop")
    both = c.must("laptop", "show", "Observation/a", "--format", "json").out
    c.say("by the laptop" in both and '"language":"de"' in both, "the two are merged", both)
    c.must("laptop", "set", "Observation/a", "note[0].text=again")
    c.must("laptop", "undo")
    c.say(c.must("laptop", "show", "Observation/a", "--format", "json").out == both, "undo restores the merged document")
    c.must("laptop", "undo")
    now = c.must("laptop", "show", "Observation/a", "--format", "json").out
    c.say('"text":"first"' in now and '"language":"de"' in now, "further back, what the phone changed stays", now)
    c.sync("laptop", "phone")
    c.must("laptop", "set", "Observation/a", "note[0].text=once more")
    c.must("phone", "set", "Observation/a", "language=fr")
    c.sync("phone", "laptop")
    c.must("laptop", "put", "-", stdin=c.must("laptop", "show", "Observation/a", "--format", "json").out)
    c.must("laptop", "undo")
    now = c.must("laptop", "show", "Observation/a", "--format", "json").out
    c.say("once more" in now and '"language":"fr"' in now, "a write that only joined two versions changed nothing", now)
    c.must("laptop", "undo")
    now = c.must("laptop", "show", "Observation/a", "--format", "json").out
    c.say('"text":"first"' in now and '"language":"fr"' in now, "and is taken back once", now)
    c.sync("laptop", "phone")
    c.equal("laptop", "phone")


@case
def undo_contributions(c):
    """What a clinician wrote and this device took in is not this device's."""
    c.put("laptop", observation("mine", 1))
    code = c.must("laptop", "share", "create", "Dr Lee", "--types", "Observation", "--write", "--json").json["code"]
    c.join("lee", code, "--name", "Lee Medical", device="office")
    c.put("lee", observation("result", 5))
    c.sync("lee", "laptop")
    c.say(c.shows("laptop", "result"), "the result came")
    c.must("laptop", "undo")
    c.say(c.shows("laptop", "result") and not c.shows("laptop", "mine"), "undo takes back the laptop's own write")
    c.must("lee", "undo")
    c.say(not c.shows("lee", "result"), "and the clinician's takes back the clinician's")


# ---------------------------------------------------------------------------------- clocks
@clocks
def clock_ahead(c):
    """A device whose clock is ahead is named once; the others' clocks do not follow it."""
    c.add("phone")
    c.sync("laptop", "phone")
    c.shift["phone"] = 400 * DAY
    kinds = []
    for n in range(4):
        c.put("phone", observation(f"p{n}", n))
        kinds += c.sync("phone", "laptop")
    c.say(kinds == ["clock"], "told once, not for each write", kinds)
    a = c.must("laptop", "status", ok=(3,))
    c.say("its clock is ahead" in a.out, "status marks it where it was last heard", a)
    c.put("laptop", observation("l", 1))
    t = c.must("laptop", "show", "Observation/l", "--json").json["time"]
    c.say(t < time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + HOUR)), "the laptop's own times stay right", t)
    c.shift["phone"] = 0
    c.put("phone", observation("right", 1))
    t = c.must("phone", "show", "Observation/right", "--json").json["time"]
    c.say(t < time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + HOUR)), "its clock set right, so are its times", t)
    kinds = []
    for n in range(3):
        c.put("phone", observation(f"q{n}", n))
        kinds += c.sync("phone", "laptop")
    c.say(not kinds, "and nobody is alarmed any more", kinds)
    c.set("phone", "Observation/p0", 50)
    c.sync("phone", "laptop")
    c.say(c.value("laptop", "Observation/p0") == 50, "what it writes over its own later version counts")
    c.must("phone", "undo")
    c.say(c.value("phone", "Observation/p0") == 0, "undo goes by the order of writing, not by times")
    c.sync("phone", "laptop")
    c.equal("laptop", "phone")


@clocks
def clock_ahead_again(c):
    """Put away, right for a while, and wrong again: that is told again."""
    c.add("phone")
    c.shift["phone"] = 2 * HOUR
    c.put("phone", observation("a"))
    kinds = c.sync("phone", "laptop")
    for x in c.alerts("laptop"):
        c.must("laptop", "alert", "clear", x["id"])
    c.shift.update(laptop=3 * HOUR, phone=3 * HOUR)
    c.put("phone", observation("b"))
    kinds += c.sync("phone", "laptop")
    c.shift["phone"] = 6 * HOUR
    c.put("phone", observation("c"))
    kinds += c.sync("phone", "laptop")
    c.say(kinds == ["clock", "clock"], "twice in all", kinds)


@clocks
def clock_alone(c):
    """One device alone whose clock was ahead."""
    c.shift["laptop"] = 900 * DAY
    c.put("laptop", observation("a", 1))
    c.shift["laptop"] = 0
    for n in range(2, 5):
        c.set("laptop", "Observation/a", n)
    rows = c.history("laptop", "Observation/a")
    times = sorted(r["time"] for r in rows)
    c.say(times[2] < "20%d" % (int(time.strftime("%y")) + 1) and len(set(times)) == 4, "writes in the present again", times)
    c.say(c.value("laptop", "Observation/a") == 4, "and the last one is what is seen")
    c.must("laptop", "undo")
    c.must("laptop", "undo")
    c.say(c.value("laptop", "Observation/a") == 2, "undo too knows the order")
    os.unlink(c.path("laptop", "index"))
    c.set("laptop", "Observation/a", 6)
    rows = c.history("laptop", "Observation/a")
    c.say(sum(r["time"][:4] > time.strftime("%Y", time.gmtime(time.time() + DAY)) for r in rows) == 1,
          "also after its index was made anew", rows)
    c.equal("laptop")


@clocks
def clock_behind(c):
    """A clock that fell back, as an empty battery does, does not take the order along."""
    c.add("phone")
    c.put("laptop", observation("a", 1))
    c.sync("laptop", "phone")
    c.put("phone", observation("b", 1))
    c.sync("phone", "laptop")
    c.shift["laptop"] = -20 * 365 * DAY
    one = c.put("laptop", observation("c", 1))["version"]
    two = c.put("laptop", observation("d", 1))["version"]
    rows = {r["version"]: r["time"] for r in c.must("laptop", "log", "--json").rows}
    others = max(t for v, t in rows.items() if v not in (one, two))
    c.say(others <= rows[one] <= rows[two], "it goes on from the last that it knew", rows)
    c.sync("laptop", "phone")
    c.shift["laptop"] = 0
    c.equal("laptop", "phone")


@clocks
def clock_of_imports(c):
    """meta.lastUpdated is a server's word: it moves no clock and alarms nobody."""
    c.add("phone")
    doc = dict(observation("i", 1), meta={"lastUpdated": "2099-01-01T00:00:00Z"})
    c.must("laptop", "import", "-", stdin=json.dumps(doc))
    c.put("laptop", observation("l", 1))
    kinds = c.sync("laptop", "phone")
    c.put("phone", observation("p", 1))
    for h, ref in (("laptop", "Observation/l"), ("phone", "Observation/p")):
        t = c.must(h, "show", ref, "--json").json["time"]
        c.say(t < "2099", f"{h} writes in the present", t)
    c.set("phone", "Observation/i", 2)
    kinds += c.sync("phone", "laptop")
    c.say(c.value("laptop", "Observation/i") == 2, "a person's edit of it counts")
    c.say(not kinds, "nobody is alarmed", kinds)
    c.must("laptop", "undo")
    c.say(not c.shows("laptop", "l"), "undo takes back what was written last")
    c.sync("laptop", "phone")
    c.equal("laptop", "phone")


def main():
    global shim
    with tempfile.TemporaryDirectory() as folder:
        shim = build_shim(folder)
        return play_all(Case, CASES)


if __name__ == "__main__":
    sys.exit(main())
