#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""readme_test.py: every command that README shows, run in an empty folder, says on
standard output what README says that it says."""
import os
import re
import shutil
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def commands(text):
    """(command, lines that it prints) in the order of the page."""
    for block in re.findall(r"```console\n(.*?)```", text, re.S):
        items = []
        for line in block.splitlines():
            if line.startswith("$ "):
                items.append((line[2:], []))
            elif line:
                items[-1][1].append(line)
        yield from items


def main():
    program = os.environ.get("AFTERCARE", os.path.join(ROOT, ".build", "aftercare"))
    work = tempfile.mkdtemp()
    os.mkdir(os.path.join(work, "bin"))
    os.symlink(program, os.path.join(work, "bin", "aftercare"))
    folder = os.path.join(work, "folder")
    os.mkdir(folder)
    shutil.copy(os.path.join(ROOT, "tests", "records", "survivor.json"), folder)
    env = dict(os.environ, PATH=os.path.join(work, "bin") + ":" + os.environ["PATH"], NO_COLOR="1")
    for name in ("AFTERCARE_HOME", "AFTERCARE_PASSPHRASE_FILE"):
        env.pop(name, None)
    n = 0
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as f:
        text = f.read()
    for command, wanted in commands(text):
        n += 1
        got = subprocess.run(["sh", "-c", command], cwd=folder, env=env, capture_output=True, text=True,
                             stdin=subprocess.DEVNULL, check=False)
        lines = [line for line in got.stdout.splitlines() if line]
        print("%s %d - %s" % ("ok" if lines == wanted else "not ok", n, command[:100].replace("#", "")))
        if lines != wanted:
            print("# wanted %r" % wanted)
            print("# got %r; %s" % (lines, got.stderr.strip()))
    if n < 10:
        print("not ok %d - README shows commands" % (n + 1))
    print("1..%d" % n)
    shutil.rmtree(work)


main()
