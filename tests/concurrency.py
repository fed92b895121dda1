#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""concurrency.py [homes [kills [writes [seconds]]]]

Homes that write and synchronise through one folder hub in random order while some of
their syncs are killed. It goes on until that many kills landed inside a sync and that
many writes were acknowledged, and fails when that takes longer than the seconds given.
A kill counts when the process was alive, had opened its home and begun the exchange,
and died of it. A write counts when its command said so (exit 0, or 3: stored and flagged).

At the end, after some quiet rounds: every acknowledged version is on every home, all
views are equal, nobody was alarmed, no home has anything to repair.
The order is that of SEED (printed), as far as a machine repeats itself.
"""
import os
import random
import signal
import sys
import threading
import time

from homes import Tap, World, observation

SHARED = 6
PARALLEL = 3


class Run:
    def __init__(self, homes, kills, writes, seconds):
        self.w = World("concurrency")
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
        self.w.init(first)
        for i in range(SHARED):
            self.w.put(first, observation(f"shared-{i}", note="as it came"))
        for n in self.names[1:]:
            self.w.join(n, self.w.invite(first))

    # ------------------------------------------------------------------- one action
    def write_own(self, rnd, home):
        with self.lock:
            self.own += 1
            name = f"{home}-{self.own}"
        return self.w.run(home, "put", "-", "--json", stdin=__import__("json").dumps(observation(name, rnd.randint(1, 99))))

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

    def sync(self, rnd, home, kill):
        before = self.quarantines(home)
        t = time.time()
        p = self.w.start(home, "sync", "--json")
        if kill:
            # the exchange begins with a quarantine of its own
            while p.poll() is None and not self.quarantines(home) - before:
                time.sleep(0.002)
            time.sleep(rnd.uniform(0, rnd.choice(self.took)))
            alive = p.poll() is None
            if alive:
                os.kill(p.pid, signal.SIGKILL)
        out, err = p.communicate()
        with self.lock:
            self.syncs += 1
            if p.returncode == -signal.SIGKILL:
                self.killed += 1
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
        tap.ok(not self.errors, "no command failed, no sync was alarmed", *self.errors[:12])
        tap.ok(self.killed >= self.kills, f"{self.killed} kills landed inside a sync (of {self.kills} asked for)")
        tap.ok(len(want) >= self.writes, f"{len(want)} writes were acknowledged (of {self.writes} asked for)",
               self.refused)
        tap.ok(not missing, "each acknowledged version is on every home", *missing[:10])
        first = views[self.names[0]]
        differ = [n for n in self.names if views[n] != first]
        why = []
        for n in differ[:2]:
            why += [f"{n} has {x[:300]}" for x in views[n][0] if x not in first[0]][:3]
            why += [f"{self.names[0]} has {x[:300]}" for x in first[0] if x not in views[n][0]][:3]
            why += [f"versions {len(views[n][1])} and {len(first[1])}"]
        tap.ok(not differ, f"all {len(self.names)} views are equal ({len(first[0])} rows)", *why)
        tap.ok(not alerts, "nobody holds an alert", *alerts[:10])
        tap.ok(not bad, "verify finds nothing bad", *bad[:5])
        tap.ok(not left, "killed syncs left nothing behind", *left[:10])
        print(f"# {self.syncs} syncs, {self.late} ended before their kill, not taken: {self.refused}")


def main():
    args = [int(a) for a in sys.argv[1:]]
    homes, kills, writes, seconds = args + [4, 30, 120, 45][len(args):]
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    print(f"# SEED={seed}", flush=True)
    tap = Tap()
    r = Run(homes, kills, writes, seconds)
    t = time.time()
    try:
        r.begin()
        t1 = time.time()
        r.go(seed)
        t2 = time.time()
        r.quiet()
        r.judge(tap)
        print(f"# beginning {t1 - t:.0f} s, playing {t2 - t1:.0f} s, reckoning {time.time() - t2:.0f} s")
    finally:
        r.w.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
