#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""long.py [VERSIONS [HEADS]]: a document with a long history beside one with a single version.

10,000 versions and 50 heads if not said, in four shapes (tests/store/test_long.c makes
them). Each command is run in a fresh process, in turn with the same command on the
other document, the agent unlocked; the best of several counts, and its peak memory.
Exit 0 unless something breaks.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
PROGRAM = os.path.realpath(os.environ.get("AFTERCARE") or os.path.join(HERE, "../../.build/aftercare"))
VARIANT = os.path.basename(os.path.dirname(PROGRAM))
MAKER = os.path.join(os.path.dirname(PROGRAM), "tests/store/test_long")


def must(p, what):
    if p not in (0, 3):
        sys.exit(f"{what}: exit {p}")


def run(home, *args):
    """(seconds, peak kB, standard output) of one process."""
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        p = subprocess.Popen([PROGRAM, "--home", home, *args], stdout=out, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(p.pid, 0)
        took = time.perf_counter() - start
        p.returncode = os.waitstatus_to_exitcode(status)
        must(p.returncode, " ".join(args))
        out.seek(0)
        return took, used.ru_maxrss, out.read().decode()


def both(home, rounds, *command):
    """The best of the long document, and of the short: (seconds, kB) each."""
    runs = [[run(home, *command, "Observation/" + name)[:2] for name in ("long", "one")] for _ in range(rounds)]
    return [tuple(min(column) for column in zip(*side)) for side in zip(*runs)]


def goal(name, got, limit, unit=""):
    print(f"{'met   ' if got < limit else 'MISSED'}  {name}: {got:.2f}{unit} (goal: under {limit:.2f}{unit})", flush=True)


def make(home, shape, versions, heads):
    subprocess.run([MAKER, home, shape, str(versions), str(heads), str(2 * versions)], check=True)
    run(home, "--passphrase-file", "pass", "unlock", "--for", "1h")


def rebuilt(home):
    """What taking in all of it costs: the index is made again."""
    best = None
    for _ in range(3):
        os.remove(home + "/index")
        took = run(home, "list")[:2]
        best = took if best is None or took < best else best
    return best


def measure(shape, versions, heads):
    home = shape
    make(home, shape, versions, heads)
    rows = run(home, "history", "Observation/long", "--json")[2].splitlines()
    if len(rows) < versions:
        sys.exit(f"{shape}: {len(rows)} versions in the history")
    name = f"{len(rows)} versions, {shape}"
    shown = json.loads(run(home, "show", "Observation/long", "--json")[2])
    heads = shown["version"].count("+") + 1
    long, one = both(home, 9, "show")
    goal(f"shown beside a single version, {name}, {heads} heads", long[0] / one[0], 50)
    # told in words, a dispute is read whole
    goal("  memory beside a single version", long[1] / one[1], 6 if heads > 1 else 3)
    long, one = both(home, 3, "history")
    print(f"          its history: {long[0] * 1000:.0f} ms, {long[1] >> 10} MB; of the other {one[0] * 1000:.0f} ms, {one[1] >> 10} MB")
    took, used, _ = run(home, "conflicts")
    print(f"          conflicts: {took * 1000:.0f} ms, {used >> 10} MB")
    if heads > 1:
        version = json.loads(rows[0])["version"]
        took, used, _ = run(home, "resolve", "Observation/long", "--take", version)
        print(f"          a resolve: {took * 1000:.0f} ms, {used >> 10} MB")
    took, used, _ = run(home, "set", "Observation/long", "note[0].text=and again")
    print(f"          a further write: {took * 1000:.0f} ms, {used >> 10} MB")
    few = shape + ".few"
    make(few, shape, versions // 5, heads)
    (many, used), (some, _) = rebuilt(home), rebuilt(few)
    goal(f"  taken in, beside a fifth of it ({many * 1000:.0f} ms, {used >> 10} MB)", many / some, 15)
    for h in (home, few):
        run(h, "lock")


def main(versions, heads):
    work, back = tempfile.mkdtemp(), os.getcwd()
    must(subprocess.run(["make", "-s", "-C", os.path.join(HERE, "../.."), f"V={VARIANT}",
                         f".build/{VARIANT}/tests/store/test_long"]).returncode, "make")
    os.chdir(work)
    try:
        with open("pass", "w") as f:
            f.write("pass\n")
        for shape in ("line", "strands", "imports", "torn"):
            measure(shape, versions, heads)
    finally:
        for home in os.listdir(work):
            if os.path.isdir(home):
                subprocess.run([PROGRAM, "--home", home, "lock"], capture_output=True)
        os.chdir(back)
        shutil.rmtree(work)


if __name__ == "__main__":
    main(*([int(a) for a in sys.argv[1:]] + [10000, 50][len(sys.argv) - 1:]))
