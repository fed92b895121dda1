#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""bench.py [N...]: how long the common things take, and how they grow.

For 1,000, 10,000 and 100,000 records of about 1.2 kB, or the sizes given: import
beside what git alone needs to keep the same files (and sync nothing); one edit
synchronised through a folder hub; one document shown by a fresh process. The
agent is unlocked, so no time holds a key derivation; what one takes is said
apart. Times are the best of several, because a busy machine only ever adds; for
import the processor's time stands beside the clock's. Exit 0 unless something
breaks.
"""
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
PROGRAM = os.path.realpath(os.environ.get("AFTERCARE") or os.path.join(HERE, "../../.build/aftercare"))


def timed(*args, **kw):
    start = time.perf_counter()
    p = subprocess.run(args, capture_output=True, **kw)
    took = time.perf_counter() - start
    if p.returncode:
        sys.exit(f"{' '.join(args)}: exit {p.returncode}: {p.stderr.decode()[-400:]}")
    return took, p.stdout.decode()


def run(*args):
    return timed(PROGRAM, "--home", "home", *args)


def processor():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def with_passphrase(*args):
    return run("--passphrase-file", "pass", *args)


def derivation():
    """A command with the passphrase, less the same with the agent."""
    slow = min(with_passphrase("list", "--limit", "1")[0] for _ in range(3))
    with_passphrase("unlock", "--for", "8h")
    return slow - min(run("list", "--limit", "1")[0] for _ in range(3))


def by_git(folder):
    env = dict(os.environ, GIT_AUTHOR_NAME="x", GIT_AUTHOR_EMAIL="x@x.example", GIT_COMMITTER_NAME="x",
               GIT_COMMITTER_EMAIL="x@x.example", GIT_CONFIG_GLOBAL="/dev/null",
               GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="gc.auto", GIT_CONFIG_VALUE_0="0")
    timed("git", "init", "-q", folder, env=env)
    worked = processor()
    add = timed("git", "-C", folder, "add", "-A", env=env)[0]
    took = add + timed("git", "-C", folder, "commit", "-q", "-m", "records", env=env)[0]
    worked = processor() - worked
    shutil.rmtree(os.path.join(folder, ".git"))
    return took, worked


def one_edit(n, times=9):
    took, out = [], []
    ref = json.loads(run("list", "Observation", "--limit", "1", "--json")[1])["ref"]
    for i in range(times):
        run("set", ref, f"note[0].text=Read again, {n} {i}")
        t, answer = run("sync", "--json")
        took.append(t)
        out.append(json.loads(answer)["remotes"][0]["bytes_out"])
    return min(took), max(out)


def one_show(times=15):
    ref = json.loads(run("list", "MedicationRequest", "--limit", "1", "--json")[1])["ref"]
    return min(run("show", ref, "--format", "json")[0] for _ in range(times))


def measure(n):
    m = {"n": n}
    timed(sys.executable, os.path.join(HERE, "../records/many.py"), str(n), "7", "records")
    # git first and last, so that neither finds a colder cache than the other
    before = by_git("records")
    with_passphrase("init", "--name", "Ana Ruiz", "--device", "bench", "--kit", "kit.html")
    m["derive"] = derivation()
    worked = processor()
    m["import"], answer = run("import", "records", "--json")
    m["import cpu"] = processor() - worked
    counts = json.loads(answer)
    if counts["new"] != n:
        sys.exit(f"{n} records, and the import took {counts['new']}")
    after = by_git("records")
    m["git"], m["git cpu"] = (min(pair) for pair in zip(before, after))
    run("hub", "init", "hub")
    run("remote", "add", "hub", "hub")
    m["first"] = run("sync")[0]
    m["sync"], m["bytes"] = one_edit(n)
    m["show"] = one_show()
    run("lock")
    return m


def in_a_folder(n):
    work, back = tempfile.mkdtemp(), os.getcwd()
    os.chdir(work)
    try:
        with open("pass", "w") as f:
            f.write("a sentence for the bench\n")
        return measure(n)
    finally:
        subprocess.run([PROGRAM, "--home", "home", "lock"], capture_output=True)
        os.chdir(back)
        shutil.rmtree(work)


def goal(name, got, limit, unit=""):
    print(f"{'met   ' if got < limit else 'MISSED'}  {name}: {got:.2f}{unit} (goal: under {limit:.2f}{unit})")


def main(sizes):
    print("key derivation stands in no time below: the agent is unlocked")
    print(f"{'records':>8} {'derive':>8} {'import':>9} {'cpu':>8} {'git':>9} {'cpu':>8} {'1st sync':>9} {'edit sync':>10} {'bytes out':>10} {'show':>8}")
    all_of = []
    for n in sizes:
        m = in_a_folder(n)
        all_of.append(m)
        print(f"{n:8} {m['derive']:7.2f}s {m['import']:8.2f}s {m['import cpu']:7.2f}s {m['git']:8.2f}s {m['git cpu']:7.2f}s {m['first']:8.2f}s {m['sync'] * 1000:7.1f} ms"
              f" {m['bytes']:10} {m['show'] * 1000:5.1f} ms", flush=True)
    small, large = all_of[0], all_of[-1]
    goal(f"import of {large['n']} beside git add and commit", large["import"] / large["git"], 1 / 3)
    goal("the same in the processor's time", large["import cpu"] / large["git cpu"], 1 / 3)
    goal("bytes that one edit sends", max(m["bytes"] for m in all_of), 1500, " B")
    goal(f"one edit synchronised, {large['n']} beside {small['n']}", large["sync"] / small["sync"], 1.5)
    goal(f"one document shown, {large['n']} beside {small['n']}", large["show"] / small["show"], 1.3)


if __name__ == "__main__":
    main([int(a) for a in sys.argv[1:]] or [1000, 10000, 100000])
