# SPDX-License-Identifier: ISC
"""Homes, hubs and answers for the tests that play several devices at once.

Not a test by itself. AFTERCARE names the program; else the test build is taken when it
is there, because its keys are quick to derive, and else the plain one.
"""
import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor

# who starts a test in the background may have it ignore interrupts; what it runs must not
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def program():
    named = os.environ.get("AFTERCARE")
    if named:
        return os.path.abspath(named)
    for p in (".build/test/aftercare", ".build/aftercare"):
        if os.path.exists(os.path.join(ROOT, p)):
            return os.path.join(ROOT, p)
    sys.exit("no aftercare is built; run make V=test")


class Answer:
    """What a command said: rc, out, err, and its standard output as JSON rows."""

    def __init__(self, args, rc, out, err):
        self.args, self.rc, self.out, self.err = args, rc, out, err

    @property
    def rows(self):
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]

    @property
    def json(self):
        rows = self.rows
        return rows[0] if rows else None

    def __str__(self):
        return f"{' '.join(self.args)}: exit {self.rc}: {self.out[:600].strip()} {self.err[:600].strip()}"


class World:
    """A folder with homes and hubs, removed at the end (kept with KEEP=1)."""

    def __init__(self, name, memory=False):
        """memory: on a disk of memory where there is one, for tests that wait for no disk."""
        place = "/dev/shm" if memory and not os.environ.get("TMPDIR") and os.access("/dev/shm", os.W_OK) else None
        self.top = tempfile.mkdtemp(prefix=f"aftercare-{name}-", dir=place)
        self.open = True
        atexit.register(self.close)
        self.env = dict(os.environ, AFTERCARE_QUICK_KDF="1", TZ="UTC", LC_ALL="C.UTF-8")
        for gone in ("AFTERCARE_HOME", "AFTERCARE_PASSPHRASE_FILE", "XDG_RUNTIME_DIR"):
            self.env.pop(gone, None)
        self.program = program()
        self.write("pw", "correct horse battery\n")

    def path(self, *names):
        return os.path.join(self.top, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.path(name)

    def command(self, home, args):
        return [self.program, "--home", self.path(home), "--passphrase-file", self.path("pw"), *args]

    def start(self, home, *args):
        return subprocess.Popen(self.command(home, args), env=self.env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, home, *args, stdin=None, timeout=300):
        p = subprocess.run(self.command(home, args), env=self.env, input=stdin or "", text=True,
                           capture_output=True, timeout=timeout)
        return Answer((home, *args), p.returncode, p.stdout, p.stderr)

    def must(self, home, *args, ok=(0,), **more):
        a = self.run(home, *args, **more)
        if a.rc not in ok:
            raise AssertionError(str(a))
        return a

    def git(self, repo, *args, stdin=None, ok=(0,)):
        p = subprocess.run(["git", "-C", self.path(repo), *args], input=stdin, capture_output=True,
                           env=dict(self.env, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null"))
        if p.returncode not in ok:
            raise AssertionError(f"git {' '.join(args)}: {p.stderr.decode(errors='replace')}")
        return p.stdout

    def refs(self, repo):
        out = self.git(repo, "for-each-ref", "--format=%(refname) %(objectname)").decode()
        return dict(line.split() for line in out.splitlines())

    # ------------------------------------------------------------ the usual beginnings
    def init(self, home, hub="hub", device=None):
        self.must(home, "init", "--name", "Ana Ruiz", "--device", device or home, "--kit", self.path(home + ".html"))
        if hub:
            if not os.path.exists(self.path(hub)):
                self.must(home, "hub", "init", self.path(hub))
            self.must(home, "remote", "add", "hub", self.path(hub))
            self.must(home, "sync")

    def invite(self, home, *args):
        a = self.must(home, "device", "invite", "--json", *args, ok=(0, 3))
        return a.json["code"]

    def join(self, home, code, *args, device=None, ok=(0,)):
        f = self.write(home + ".code", code + "\n")
        return self.must(home, "join", "--device", device or home, "--code-file", f, *args, ok=ok)

    def put(self, home, doc, ok=(0,)):
        a = self.must(home, "put", "-", "--json", stdin=json.dumps(doc), ok=ok)
        return a.json

    def versions(self, home):
        return {r["version"] for r in self.must(home, "log", "--json").rows}

    def view(self, home):
        out = self.must(home, "export", "--format", "ndjson", ok=(0, 3)).out
        return sorted(out.splitlines())

    def alerts(self, home):
        return self.must(home, "status", "--json", ok=(0, 3)).json["alerts"]

    def close(self):
        if not self.open:
            return
        self.open = False
        if os.environ.get("KEEP"):
            print("# kept", self.top)
        else:
            shutil.rmtree(self.top, ignore_errors=True)


def observation(name, value=1, note=None):
    """A lab result whose id is its name."""
    o = {"resourceType": "Observation", "id": name, "status": "final",
         "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}], "text": "Hemoglobin"},
         "effectiveDateTime": "2021-03-04",
         "valueQuantity": {"value": value, "unit": "g/dL", "system": "http://unitsofmeasure.org", "code": "g/dL"}}
    if note:
        o["note"] = [{"text": note}]
    return o


def said(day):
    """2026-03-01 as the program says it to people: 1 Mar 2026."""
    y, m, d = day.split("-")
    return f"{int(d)} {'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()[int(m) - 1]} {y}"


class Tap:
    """Prints TAP; the exit code says whether all held."""

    def __init__(self):
        self.n = self.bad = 0

    def ok(self, good, what, *why):
        self.n += 1
        self.bad += not good
        print(f"{'ok' if good else 'not ok'} {self.n} - {what}", flush=True)
        if not good:
            for w in why:
                for line in str(w).splitlines()[:40]:
                    print("#  ", line[:1000], flush=True)
        return good

    def skip(self, what, why):
        self.n += 1
        print(f"ok {self.n} - {what} # skip {why}", flush=True)

    def end(self):
        print(f"1..{self.n}")
        return 1 if self.bad or not self.n else 0


class Skipped(Exception):
    """A case that cannot be played here, and why."""


def play(make, f):
    """What the case f told, in a world that make(name) gives: (good, what, why); good None: skipped."""
    c = None
    try:
        c = make(f.__name__)
        f(c)
        return c.told
    except Skipped as e:
        return (c.told if c else []) + [(None, f.__name__, (str(e),))]
    except Exception:
        return (c.told if c else []) + [(False, f"{f.__name__}: runs to its end", (traceback.format_exc(),))]
    finally:
        if c:
            c.close()


def play_all(make, cases, workers=3):
    """The cases named on the command line, or all, some at once. The exit code of the test."""
    todo = [f for f in cases if not sys.argv[1:] or f.__name__ in sys.argv[1:]]
    tap = Tap()
    with ThreadPoolExecutor(workers) as pool:
        for told in pool.map(lambda f: play(make, f), todo):
            for good, what, why in told:
                tap.skip(what, *why) if good is None else tap.ok(good, what, *why)
    print(f"# cases {len(todo)}")
    return tap.end()
