#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""concurrency.py [--hub folder|https|ssh] [homes [kills [writes [seconds]]]]

Homes that write and synchronise through one hub in random order while some of their
syncs are killed: a folder, or that folder behind git's http-backend with TLS, or behind
an sshd. It goes on until that many kills landed inside a sync and that many writes were
acknowledged, and fails when that takes longer than the seconds given. A kill counts when
the process was alive, had opened its home and begun the exchange, and died of it; with a
server also only if, stopped for a look just before, it had an open connection (its own,
or its ssh) or fetched objects in its quarantine. A write counts when its command said so
(exit 0, or 3: stored and flagged).

At the end, after some quiet rounds: every acknowledged version is on every home, all
views are equal, nobody was alarmed, no home has anything to repair, and stock git finds
the hub whole, with nothing half received and no lock left.
The order is that of SEED (printed), as far as a machine repeats itself.
"""
import argparse
import glob
import json
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from homes import Tap, World, observation
from server import Server

SHARED = 6
PARALLEL = 3


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return f.read().split()


def connections(pid):
    """Open TCP connections of a process."""
    mine = set()
    for fd in glob.glob(f"/proc/{pid}/fd/*"):
        try:
            mine.add(os.readlink(fd))
        except OSError:
            pass
    with open("/proc/net/tcp") as f:
        rows = [line.split() for line in f.readlines()[1:]]
    return [r for r in rows if r[3] == "01" and f"socket:[{r[9]}]" in mine]


class Run:
    def __init__(self, homes, kills, writes, seconds, hub="folder"):
        self.w = World("concurrency")
        self.hub, self.server = hub, None
        self.states = {}         # what a process was at when it was killed
        self.w.env.setdefault("AFTERCARE_LOOSE", "100")  # so that loose objects are packed all the time
        self.names = [f"h{i}" for i in range(homes)]
        self.kills, self.writes, self.seconds = kills, writes, seconds
        self.lock = threading.Lock()
        self.busy = {n: 0 for n in self.names}
        self.acked = []          # (version, home, what)
        self.killed = self.late = self.syncs = self.own = 0
        self.refused = {}        # why a write was not taken
        self.errors = []
        self.took = [0.3]        # how long whole syncs take
        self.until = 0

    # ------------------------------------------------------------------ setting up
    def begin(self):
        first = self.names[0]
        if self.hub == "folder":
            self.w.init(first, "hub.git")
        else:
            self.w.init(first, None)
            self.w.must(first, "hub", "init", self.w.path("hub.git"))
            self.server = Server(self.hub, self.w.top)
            self.w.env.update(self.server.env)
            self.w.must(first, "remote", "add", "hub", self.server.url)
        for i in range(SHARED):
            self.w.put(first, observation(f"shared-{i}", note="as it came"))
        for n in self.names[1:]:
            self.w.join(n, self.w.invite(first))

    # ------------------------------------------------------------------- one action
    def write_own(self, rnd, home):
        with self.lock:
            self.own += 1
            name = f"{home}-{self.own}"
        return self.w.run(home, "put", "-", "--json", stdin=json.dumps(observation(name, rnd.randint(1, 99))))

    def write_shared(self, rnd, home):
        ref = f"Observation/shared-{rnd.randrange(SHARED)}"
        what = rnd.choice([f"note[0].text=by {home} {rnd.random()}", f"method.text=by {home} {rnd.random()}",
                           f"comment{home}:=\"{rnd.random()}\"", f"device.display={home} {rnd.random()}"])
        return self.w.run(home, "set", ref, what, "--json", "--force")

    def resolve(self, rnd, home):
        rows = self.w.run(home, "conflicts", "--json").rows
        if not rows:
            return None
        row = rnd.choice(rows)
        return self.w.run(home, "resolve", row["ref"], "--take", row["sides"][-1]["version"], "--json")

    def write(self, rnd, home):
        how = rnd.choice([self.write_own, self.write_own, self.write_shared, self.write_shared, self.resolve])
        a = how(rnd, home)
        if a is None:
            return
        with self.lock:
            if a.rc in (0, 3) and a.json and "version" in a.json:
                self.acked.append((a.json["version"], home, " ".join(a.args)))
            elif a.rc == 1:
                why = a.err.strip().replace(home, "HOME")[:160]
                self.refused[why] = self.refused.get(why, 0) + 1
            else:
                self.errors.append(str(a))

    def quarantines(self, home):
        return {n for n in os.listdir(self.w.path(home)) if n.startswith("quarantine-")}

    def kill(self, p, home):
        """Stops it, looks what it is at, kills it. Did that land inside an exchange?"""
        os.kill(p.pid, signal.SIGSTOP)
        state = []
        try:
            if children(p.pid) if self.hub == "ssh" else connections(p.pid):
                state.append("connected")
        except OSError:
            pass  # it had ended
        for q in self.quarantines(home):
            if any(files for _, _, files in os.walk(self.w.path(home, q, "objects")) if files != ["alternates"]):
                state.append("objects in the quarantine")
                break
        os.kill(p.pid, signal.SIGKILL)
        state = " and ".join(state) or "between two conversations"
        return state, self.hub == "folder" or not state.startswith("between")

    def sync(self, rnd, home, kill):
        before = self.quarantines(home)
        t = time.time()
        state, inside = "", False
        p = self.w.start(home, "sync", "--json")
        if kill:
            # the exchange begins with a quarantine of its own
            while p.poll() is None and not self.quarantines(home) - before:
                time.sleep(0.002)
            time.sleep(rnd.uniform(0, rnd.choice(self.took)))
            alive = p.poll() is None
            if alive:
                state, inside = self.kill(p, home)
        out, err = p.communicate()
        with self.lock:
            self.syncs += 1
            if p.returncode == -signal.SIGKILL:
                self.killed += inside
                self.states[state] = self.states.get(state, 0) + 1
            elif kill:
                self.late += 1
            if p.returncode == 0 and not kill:
                self.took = (self.took + [time.time() - t])[-20:]
            if p.returncode not in (0, 3, -signal.SIGKILL):
                self.errors.append(f"{home} sync: exit {p.returncode}: {out[:500]} {err[:500]}")
            elif p.returncode == 3 and '"alerts":[]' not in out:
                self.errors.append(f"{home} sync: {out[:900]}")
            elif p.returncode == 3 and '"ok":false' in out:
                self.errors.append(f"{home} sync: {out[:900]}")

    def done(self):
        return (self.killed >= self.kills and len(self.acked) >= self.writes) or time.time() > self.until \
            or len(self.errors) > 20

    def work(self, seed):
        rnd = random.Random(seed)
        while not self.done():
            with self.lock:
                # two commands of one home at once are fine, and are tried now and then
                free = [n for n in self.names if self.busy[n] < (2 if rnd.random() < 0.1 else 1)]
                if not free:
                    continue
                home = rnd.choice(free)
                self.busy[home] += 1
                need_kills = self.killed < self.kills
                need_writes = len(self.acked) < self.writes
                behind = self.killed * self.writes <= len(self.acked) * self.kills
            try:
                if need_writes and (not need_kills or not behind or rnd.random() < 0.5):
                    self.write(rnd, home)
                else:
                    self.sync(rnd, home, need_kills and rnd.random() < 0.7)
            except Exception as e:  # a thread that dies in silence would be a test that tests less
                self.errors.append(f"{home}: {e!r}")
            finally:
                with self.lock:
                    self.busy[home] -= 1

    def go(self, seed):
        self.until = time.time() + self.seconds
        threads = [threading.Thread(target=self.work, args=(seed * 1000 + i,)) for i in range(PARALLEL)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()

    # ------------------------------------------------------------------ the reckoning
    def quiet(self):
        for _ in range(2):
            for n in self.names:
                a = self.w.run(n, "sync", "--json")
                if a.rc not in (0, 3) or '"alerts":[]' not in a.out:
                    self.errors.append(str(a))

    def judge_hub(self, tap):
        """Stock git's opinion of the hub."""
        w = self.w
        try:
            said = w.git("hub.git", "fsck", "--full", "--strict", "--no-dangling").decode()
        except AssertionError as e:
            said = str(e)
        tap.ok(not said.strip(), f"{self.hub}: git finds the hub whole", said)
        if not self.server:
            return
        left = [f"{d}/{x}" for d, ds, fs in os.walk(w.path("hub.git")) for x in ds + fs
                if x.endswith(".lock") or x.startswith("tmp_")]
        tap.ok(not left, f"{self.hub}: nothing half received lies in the hub, and no lock", *left[:10])
        if self.hub != "ssh":
            return
        key, ours = self.server.env["AFTERCARE_SSH"].split()[4], []
        for c in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(c, "rb") as f:
                    words = f.read().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"ssh") and key.encode() in words:
                ours.append(c)
        tap.ok(not ours, f"{self.hub}: no ssh was left running", *ours)

    def judge(self, tap):
        w = self.w
        views, missing, alerts, bad, left = {}, [], [], [], []
        want = {}
        for v, home, what in self.acked:
            want[v] = (home, what)
        for n in self.names:
            has = w.versions(n)
            missing += [f"{n} lacks {v} of {want[v]}" for v in want if v not in has]
            views[n] = (w.view(n), sorted(has))
            alerts += [f"{n}: {a}" for a in w.alerts(n)]
            a = w.run(n, "verify", "--json")
            if a.rc or a.json["bad"]:
                bad.append(str(a))
            left += [f"{n}/{x}" for x in self.quarantines(n)]
            left += [f"{d}/{x}" for d, _, fs in os.walk(w.path(n)) for x in fs if x.endswith(".lock")]
            if os.path.exists(w.path(n, "index.dirty")):
                left.append(f"{n}/index.dirty")
        tap.ok(not self.errors, f"{self.hub}: no command failed, no sync was alarmed", *self.errors[:12])
        tap.ok(self.killed >= self.kills,
               f"{self.hub}: {self.killed} kills landed inside a sync (of {self.kills} asked for)", self.states)
        tap.ok(len(want) >= self.writes, f"{self.hub}: {len(want)} writes were acknowledged (of {self.writes} asked for)",
               self.refused)
        tap.ok(not missing, f"{self.hub}: each acknowledged version is on every home", *missing[:10])
        first = views[self.names[0]]
        differ = [n for n in self.names if views[n] != first]
        why = []
        for n in differ[:2]:
            why += [f"{n} has {x[:300]}" for x in views[n][0] if x not in first[0]][:3]
            why += [f"{self.names[0]} has {x[:300]}" for x in first[0] if x not in views[n][0]][:3]
            why += [f"versions {len(views[n][1])} and {len(first[1])}"]
        tap.ok(not differ, f"{self.hub}: all {len(self.names)} views are equal ({len(first[0])} rows)", *why)
        tap.ok(not alerts, f"{self.hub}: nobody holds an alert", *alerts[:10])
        tap.ok(not bad, f"{self.hub}: verify finds nothing bad", *bad[:5])
        tap.ok(not left, f"{self.hub}: killed syncs left nothing behind", *left[:10])
        self.judge_hub(tap)
        print(f"# {self.syncs} syncs, {self.late} ended before their kill, killed: {self.states}, not taken: {self.refused}")

    def all(self, tap, seed):
        t = time.time()
        try:
            self.begin()
            t1 = time.time()
            self.go(seed)
            t2 = time.time()
            self.quiet()
            self.judge(tap)
            print(f"# beginning {t1 - t:.0f} s, playing {t2 - t1:.0f} s, reckoning {time.time() - t2:.0f} s")
        finally:
            if self.server:
                self.server.end()
            self.w.close()


def seed():
    n = int(os.environ.get("SEED", random.randrange(1 << 30)))
    print(f"# SEED={n}", flush=True)
    return n


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--hub", choices=["folder", "https", "ssh"], default="folder")
    for name, usual in ("homes", 4), ("kills", 30), ("writes", 120), ("seconds", 45):
        ap.add_argument(name, nargs="?", type=int, default=usual)
    a = ap.parse_args()
    tap = Tap()
    Run(a.homes, a.kills, a.writes, a.seconds, a.hub).all(tap, seed())
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
