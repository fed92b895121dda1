#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""half_push_test.py: who carries the chains of several devices to a hub is killed between
any two branches, or the server is, and a device that knows this hub alone is not alarmed.

Laptop and tablet answer each other through one hub, so that each of their chains names
segments of the other, again and again; the phone carries both to a stick, or to a server,
where a third reads. The test build kills the phone after each branch that it moves; a hook
kills the server's git before it moves a second branch, and it stays so until the phone comes
again.
"""
import os
import signal
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from homes import Tap, World, observation
from server import Server

HOOK = """#!/bin/sh
# one branch is moved, and then none any more
[ -e "$GIT_DIR/moved" ] && kill -9 $PPID
: > "$GIT_DIR/moved"
"""


def first_push(w, server, name, steps):
    """How many pushes of chains fill an empty hub there."""
    w.must("phone", "hub", "init", w.path(name + ".git"))
    hook = w.write(f"{name}.git/hooks/post-receive", "#!/bin/sh\necho >> \"$GIT_DIR/pushes\"\n")
    os.chmod(hook, 0o755)
    w.must("phone", "remote", "add", name, server.url.replace("hub.git", name + ".git"))
    if steps:
        w.env["AFTERCARE_STEPS"] = steps
    w.must("phone", "sync", name)
    w.env.pop("AFTERCARE_STEPS", None)
    with open(w.path(name + ".git", "pushes"), encoding="utf-8") as f:
        return len(f.readlines())


def server_dies(tap):
    w = World("half-server", memory=True)
    w.init("laptop", "stick")
    w.must("laptop", "hub", "init", w.path("hub.git"))
    server = Server("https", w.top)
    w.env.update(server.env)
    try:
        for h in "tablet", "phone", "reader":
            w.join(h, w.invite("laptop"))
        for h in ("laptop", "tablet", "phone", "reader") * 2:
            w.must(h, "sync")
        for h in "phone", "reader":
            w.must(h, "remote", "add", "server", server.url)
            w.must(h, "sync", "server")
        w.must("reader", "remote", "remove", "hub")
        written = set()
        for i in range(3):
            for h in "laptop", "tablet":
                written.add(w.put(h, observation(f"{h}-{i}", i))["version"])
                w.must(h, "sync")
                w.must("tablet" if h == "laptop" else "laptop", "sync")
        w.must("phone", "sync", "hub")
        written.add(w.put("phone", observation("phone", 1))["version"])
        with open(w.path("hub.git", "hooks", "update"), "w", encoding="utf-8") as f:
            f.write(HOOK)
        os.chmod(w.path("hub.git", "hooks", "update"), 0o755)
        deaths, bad = 0, []
        while deaths < 30:
            x = w.run("phone", "sync", "server")
            if x.rc != 1:
                break
            os.unlink(w.path("hub.git", "moved"))
            deaths += 1
            for _ in range(2):           # it stays so for a while
                y = w.run("reader", "sync", "--json")
                if y.rc not in (0, 3) or '"alerts":[]' not in y.out:
                    bad.append(f"after {deaths} deaths: {y}")
        tap.ok(x.rc == 0 and 3 < deaths < 30, f"the push to a server was done at last, after it died {deaths} times", x)
        tap.ok(not bad, "whoever reads there meanwhile is not alarmed", *bad)
        w.must("reader", "sync")
        tap.ok(written <= w.versions("reader"), "and has all in the end", written - w.versions("reader"))
        tap.ok(not w.alerts("reader"), "with no alert", w.alerts("reader"))
        pushes = [first_push(w, server, name, steps) for name, steps in (("one", None), ("two", "2"))]
        tap.ok(pushes[0] > 4 > pushes[1] > 1, "of many steps the first go together", pushes)
        w.must("reader", "remote", "add", "two", server.url.replace("hub.git", "two.git"))
        a = w.must("reader", "sync", "two", "--json")
        tap.ok(not a.json["alerts"] and w.versions("reader") == w.versions("phone"), "and all is there", a)
    finally:
        server.end()
        w.close()


def main():
    tap = Tap()
    w = World("half", memory=True)
    try:
        w.init("laptop", "stick")
        for h in "tablet", "phone", "reader":
            w.join(h, w.invite("laptop"))
        for h in ("laptop", "tablet", "phone", "reader") * 2:
            w.must(h, "sync")
        w.must("phone", "hub", "init", w.path("cloud"))
        for h in "laptop", "tablet":
            w.must(h, "remote", "remove", "hub")
        for h in "laptop", "tablet", "phone":
            w.must(h, "remote", "add", "cloud", w.path("cloud"))
            w.must(h, "sync", "cloud")
        written = set()
        for i in range(4):
            for h in "laptop", "tablet":
                written.add(w.put(h, observation(f"{h}-{i}", i))["version"])
                w.must(h, "sync", "cloud")
                w.must("tablet" if h == "laptop" else "laptop", "sync", "cloud")
        w.must("phone", "sync", "cloud")
        written.add(w.put("phone", observation("phone", 1))["version"])
        kills, bad = 0, []
        while kills < 40:
            w.env["AFTERCARE_FAULT"] = "push"
            x = w.run("phone", "sync", "hub", "--json")
            del w.env["AFTERCARE_FAULT"]
            if x.rc != -signal.SIGKILL:
                break
            kills += 1
            y = w.run("reader", "sync", "--json")
            if y.rc not in (0, 3) or '"alerts":[]' not in y.out:
                bad.append(f"after {kills} kills: {y}")
        tap.ok(x.rc == 0 and 3 < kills < 40, f"the push was done at last, after {kills} kills", x)
        tap.ok(not bad, "whoever reads the stick meanwhile is not alarmed", *bad)
        w.must("reader", "sync")
        tap.ok(written <= w.versions("reader"), "and has all in the end", written - w.versions("reader"))
        tap.ok(not w.alerts("reader"), "with no alert", w.alerts("reader"))
    finally:
        w.close()
    server_dies(tap)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
