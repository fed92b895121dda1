#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""trust_test.py [NAME...]: what a person must be told, and can take back: who joined, whether
what was restored is the newest, what a removed device wrote late, undo, and wrong clocks.

Each case makes its own homes and folder hubs. A device's clock is shifted by a small library
that is loaded before the program; without a C compiler those cases are skipped.
"""
import fcntl
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
import traceback
from concurrent.futures import ThreadPoolExecutor

from homes import Answer, Tap, World, observation

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
        self.init("laptop")

    def run(self, home, *args, stdin=None, timeout=300):
        """Without a terminal, and by the clock of that home."""
        env = dict(self.env)
        if self.shift.get(home):
            env.update(LD_PRELOAD=shim, SHIFT_CLOCK=str(self.shift[home]))
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
        return self.status(home)["freshness"]

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
        return [r["late"] for r in self.must(home, "device", "list", "--json").rows if r["name"] == device]

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
    f.clocks = True
    return case(f)


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
    """Only this device's own, and only where nobody has changed the document since."""
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
    c.refused("and further back is what the phone changed too", c.run("laptop", "undo"), "has changed since")
    c.sync("laptop", "phone")
    c.must("laptop", "set", "Observation/a", "note[0].text=once more")
    c.must("phone", "set", "Observation/a", "language=fr")
    c.sync("phone", "laptop")
    c.must("laptop", "put", "-", stdin=c.must("laptop", "show", "Observation/a", "--format", "json").out)
    c.must("laptop", "undo")
    c.refused("a write that only joined two versions is taken back once", c.run("laptop", "undo"), "has changed since")
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


def play(f):
    c = None
    try:
        if getattr(f, "clocks", False) and not shim:
            return [(None, f.__name__, "there is no C compiler")]
        c = Case(f.__name__)
        f(c)
        return c.told
    except Exception:
        told = c.told if c else []
        return told + [(False, f"{f.__name__}: runs to its end", traceback.format_exc())]
    finally:
        if c:
            c.close()


def main():
    global shim
    todo = [f for f in CASES if not sys.argv[1:] or f.__name__ in sys.argv[1:]]
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(3) as pool:
        shim = build_shim(folder)
        for told in pool.map(play, todo):
            for good, what, why in told:
                if good is None:
                    tap.skip(what, why)
                else:
                    tap.ok(good, what, *([why] if isinstance(why, str) else why))
    print(f"# cases {len(todo)}")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
