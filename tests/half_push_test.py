#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""half_push_test.py: who carries the chains of several devices to a hub is killed between
any two branches, and a device that knows this hub alone is not alarmed.

Laptop and tablet answer each other through one hub, so that each of their chains names
segments of the other, again and again; the phone carries both to a stick, where a third
reads. The test build kills the phone after each branch that it moves.
"""
import signal
import sys

from homes import Tap, World, observation


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
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
