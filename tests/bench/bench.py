#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""bench.py [N...]: how long the common things take, how they grow, and which goals are met.

For 1,000, 10,000 and 100,000 records of about 1.2 kB, or the sizes given: import
of a folder beside what git alone needs to add and commit the same files; one edit
synchronised through a folder hub; one document shown by a fresh process. The
agent is unlocked, so no time holds a key derivation; what one takes is said
apart.

A busy machine only ever adds. So each thing is done several times, in turn with
what it is compared with (git and import; the small home and the large), and the
best of each counts. The goal of an import is by the clock: it works on two
processors where two are free, and git on one. The processor's time is said beside
it. Exit 0 unless something breaks.
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


def run(home, *args):
    return timed(PROGRAM, "--home", home, *args)


def processor():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def fresh(home):
    """An empty home with its agent unlocked."""
    gone(home)
    run(home, "--passphrase-file", "pass", "init", "--name", "Ana Ruiz", "--device", "bench", "--kit", home + ".kit.html")
    run(home, "--passphrase-file", "pass", "unlock", "--for", "8h")


def gone(home):
    if os.path.exists(home):
        run(home, "lock")
        shutil.rmtree(home)
        os.remove(home + ".kit.html")


def derivation(home):
    """A command with the passphrase, less the same with the agent."""
    run(home, "lock")
    slow = min(run(home, "--passphrase-file", "pass", "list", "--limit", "1")[0] for _ in range(3))
    run(home, "--passphrase-file", "pass", "unlock", "--for", "8h")
    return slow - min(run(home, "list", "--limit", "1")[0] for _ in range(3))


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


def by_us(home, folder, n):
    fresh(home)
    worked = processor()
    took, answer = run(home, "import", folder, "--json")
    worked = processor() - worked
    counts = json.loads(answer)
    if counts["new"] != n:
        sys.exit(f"{n} records, and the import took {counts['new']}")
    return took, worked


def imports(n):
    """git and import in turn, git first and last, so that neither finds a colder cache."""
    folder, home = f"records{n}", f"home{n}"
    timed(sys.executable, os.path.join(HERE, "../records/many.py"), str(n), "7", folder)
    rounds = 5 if n <= 2000 else 3 if n <= 20000 else 2
    git, ours = [by_git(folder)], []
    for _ in range(rounds):
        ours.append(by_us(home, folder, n))
        git.append(by_git(folder))
    shutil.rmtree(folder)
    m = {"n": n, "home": home}
    m["import"], m["import cpu"] = (min(pair) for pair in zip(*ours))
    m["git"], m["git cpu"] = (min(pair) for pair in zip(*git))
    m["derive"] = derivation(home)
    run(home, "hub", "init", home + ".hub")
    run(home, "remote", "add", "hub", home + ".hub")
    m["first"] = run(home, "sync")[0]
    for kind, key in (("Observation", "edited"), ("MedicationRequest", "shown")):
        m[key] = json.loads(run(home, "list", kind, "--limit", "1", "--json")[1])["ref"]
    m["sync"], m["show"], m["bytes"] = float("inf"), float("inf"), 0
    return m


def one_edit(m, i):
    run(m["home"], "set", m["edited"], f"note[0].text=Read again, {m['n']} {i}")
    took, answer = run(m["home"], "sync", "--json")
    m["sync"] = min(m["sync"], took)
    m["bytes"] = max(m["bytes"], json.loads(answer)["remotes"][0]["bytes_out"])


def one_show(m):
    m["show"] = min(m["show"], run(m["home"], "show", m["shown"], "--format", "json")[0])


def goal(name, got, limit, unit=""):
    print(f"{'met   ' if got < limit else 'MISSED'}  {name}: {got:.2f}{unit} (goal: under {limit:.2f}{unit})")


def table(all_of):
    print("key derivation stands in no time below: the agent is unlocked")
    print(f"{'records':>8} {'derive':>8} {'import':>9} {'cpu':>8} {'git':>9} {'cpu':>8} {'1st sync':>9} {'edit sync':>10} {'bytes out':>10} {'show':>8}")
    for m in all_of:
        print(f"{m['n']:8} {m['derive']:7.2f}s {m['import']:8.2f}s {m['import cpu']:7.2f}s {m['git']:8.2f}s {m['git cpu']:7.2f}s {m['first']:8.2f}s {m['sync'] * 1000:7.1f} ms"
              f" {m['bytes']:10} {m['show'] * 1000:5.1f} ms", flush=True)


def goals(all_of):
    for m in all_of:
        goal(f"bytes that one edit sends, {m['n']} records", m["bytes"], 1500, " B")
    small = all_of[0]
    for m in all_of[1:]:
        goal(f"one edit synchronised, {m['n']} records beside {small['n']}", m["sync"] / small["sync"], 1.5)
    for m in all_of[1:]:
        goal(f"one document shown, {m['n']} records beside {small['n']}", m["show"] / small["show"], 1.3)


def measure(sizes):
    all_of = []
    for n in sizes:
        m = imports(n)
        goal(f"import of {n} beside git add and commit", m["import"] / m["git"], 1 / 3)
        print(f"          the same in the processor's time: {m['import cpu'] / m['git cpu']:.2f}", flush=True)
        all_of.append(m)
    for i in range(15):
        for m in all_of:
            one_show(m)
            if i < 9:
                one_edit(m, i)
    return all_of


def main(sizes):
    work, back = tempfile.mkdtemp(), os.getcwd()
    os.chdir(work)
    try:
        with open("pass", "w") as f:
            f.write("a sentence for the bench\n")
        all_of = measure(sizes)
        table(all_of)
        goals(all_of)
    finally:
        for home in (f"home{n}" for n in sizes):
            subprocess.run([PROGRAM, "--home", home, "lock"], capture_output=True)
        os.chdir(back)
        shutil.rmtree(work)


if __name__ == "__main__":
    main([int(a) for a in sys.argv[1:]] or [1000, 10000, 100000])
