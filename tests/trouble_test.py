#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""trouble_test.py [https|ssh [CASE...]]: servers that stop, hang up, refuse, or are others.

Two homes share a record through a server, and the first has a folder as its second
remote. In each case the one remote fails with one sentence in bounded time and the other
is synchronised (exit 3); alone it is exit 1; when the trouble is over the next sync
repairs it and nobody is alarmed.
"""
import os
import random
import sys
import threading
import time
import traceback

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from homes import Tap, World, observation
from server import Server

NOISE = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789 .,-", k=40000))


class Trouble(World):
    def __init__(self, tap, kind):
        super().__init__("trouble-" + kind, memory=True)
        self.tap, self.kind, self.n = tap, kind, 0
        self.written, self.server = set(), None

    def begin(self):
        self.init("a", None)
        self.must("a", "hub", "init", self.path("hub.git"))
        self.must("a", "hub", "init", self.path("stick"))
        self.server = Server(self.kind, self.top)
        self.env.update(self.server.env)
        self.must("a", "remote", "add", "hub", self.server.url)
        self.new("a")
        self.join("b", self.invite("a"))
        self.settle("a", "b", "a")

    def ok(self, good, what, *why):
        self.tap.ok(good, f"{self.kind}: {what}", *why)

    def new(self, home, size=0):
        self.n += 1
        note = NOISE[self.n:self.n + size] if size else None
        self.written.add(self.put(home, observation(f"o{self.n}", self.n, note=note))["version"])

    def settle(self, *homes):
        for h in homes:
            self.must(h, "sync", "--json")

    def failing(self, what, words, seconds=20, home="a", fault=None):
        """The server alone, then with the folder beside it: a sentence; the folder is served."""
        self.must(home, "remote", "remove", "stick", ok=(0, 1))
        t = time.time()
        if fault:
            self.go_wrong(fault)
        x = self.run(home, "sync", "--json")
        took = time.time() - t
        if fault:
            met = self.server.fault(fault)
            self.ok(met > 0, f"{what}: it did happen", x)
        self.ok(x.rc == 1 and not x.out, f"{what}: exit 1", x)
        self.ok(len(x.err.strip().splitlines()) == 1 and any(w in x.err for w in words),
                f"{what}: one sentence, {words[0]}", x)
        self.ok(took < seconds, f"{what}: within {seconds} seconds", f"{took:.1f}")
        self.must(home, "remote", "add", "stick", self.path("stick"))
        x = self.run(home, "sync", "--json")
        rows = {r["name"]: r for r in x.json["remotes"]} if x.json else {}
        self.ok(x.rc == 3 and not rows["hub"]["ok"] and rows["hub"]["error"] and rows["stick"]["ok"]
                and not x.json["alerts"], f"{what}: the folder beside it is served, exit 3", x)
        self.must(home, "remote", "remove", "stick")
        if fault:
            self.go_right()

    def go_wrong(self, fault):
        """The waits are short only then: a busy machine is slow by itself."""
        self.server.fault(fault)
        if fault.startswith("stall"):
            self.env["AFTERCARE_STALL_SECONDS"] = "2"

    def go_right(self):
        self.env.pop("AFTERCARE_STALL_SECONDS", None)
        return self.server.fault(None)

    def over(self, what, *homes):
        """The trouble is over: everything is everywhere, nobody is alarmed."""
        bad = []
        for h in homes or ("a", "b"):
            x = self.run(h, "sync", "--json")
            if x.rc or x.json["alerts"] or not x.json["remotes"][0]["ok"]:
                bad.append(x)
        for h in "a", "b":
            if lacks := self.written - self.versions(h):
                bad.append(f"{h} lacks {len(lacks)} versions")
            s = self.must(h, "status", "--json", ok=(0, 3)).json
            if s["alerts"] or s["remotes"][0]["unsent"] or s["remotes"][0]["error"]:
                bad.append(s)
            bad += [f"{h}/{n} was left" for n in os.listdir(self.path(h)) if n.startswith("quarantine-")]
        self.ok(not bad, f"{what}: when it is over the next sync repairs it, nobody is alarmed", *bad)

    # ------------------------------------------------------------------ the cases
    def stops(self):
        for how, words in ("stall", ["said nothing for 2 seconds"]), \
                ("drop", ["broke off", "in the middle of its answer", "ssh could not go on"]):
            says = {"stall": "a server that stops answering", "drop": "a server that hangs up"}[how]
            self.new("a")
            self.failing(f"{says} in the listing", words, fault=f"{how} listing 100")
            self.over(f"{says} in the listing")
            self.new("b", 30000)
            self.settle("b")
            self.failing(f"{says} in a fetch", words, fault=f"{how} fetch 5000")
            self.over(f"{says} in a fetch", "a")
            self.new("a", 30000)
            self.failing_report(f"{says} before its report of a push", words, f"{how} report 0")

    def failing_report(self, what, words, fault):
        before = self.refs("hub.git")
        self.go_wrong(fault)
        x = self.run("a", "sync", "--json")
        met = self.go_right()
        self.ok(met and x.rc == 1 and len(x.err.strip().splitlines()) == 1 and any(w in x.err for w in words),
                f"{what}: exit 1 and one sentence", met, x)
        self.ok(self.refs("hub.git") != before, f"{what}: the push itself was accepted")
        self.over(what)

    def first(self):
        """Another device brings the same chain further, just before the push."""
        what = "somebody was first"
        self.must("a", "remote", "add", "stick", self.path("stick"))
        self.must("b", "remote", "add", "stick", self.path("stick"))
        before = self.refs("hub.git")
        self.new("b")
        self.must("b", "sync", "stick")
        self.must("a", "sync", "stick")          # a holds one of two
        self.new("b")
        self.must("b", "sync", "stick")
        after = self.refs("stick")
        ref = next(r for r in after if after[r] != before.get(r))
        self.write("before-push", f"git -C {self.path('hub.git')} fetch -q {self.path('stick')} {ref}:{ref}\n")
        self.server.fault("none none 0")
        x = self.run("a", "sync", "hub", "--json")
        self.server.fault(None)
        self.ok(os.path.exists(self.path("before-push.done")), f"{what}: it did happen")
        self.ok(x.rc == 0 and x.json["remotes"][0]["received"] == 1 and not x.json["alerts"],
                f"{what}: fetched and done again, exit 0", x)
        for h in "a", "b":
            self.must(h, "remote", "remove", "stick")
        self.over(what)

    def twice(self):
        bad = []
        for i in range(3):
            self.new("a")
            self.new("b")
            self.settle("b")
            two = [self.start("a", "sync", "--json") for _ in range(2)]
            for p in two:
                out, err = p.communicate()
                if p.returncode or '"alerts":[]' not in out:
                    bad.append(f"exit {p.returncode}: {out} {err}")
        self.ok(not bad, "two syncs of one home at once both do their work, exit 0", *bad)
        self.over("two syncs of one home at once", "a", "b", "a")

    def locked(self):
        """What a killed server process leaves: a lock of a ref, half a pack."""
        what = "a lock that a killed server process left"
        before = self.refs("hub.git")
        self.new("a")
        self.settle("a")
        after = self.refs("hub.git")
        ref = next(r for r in after if after[r] != before.get(r))
        os.makedirs(self.path("hub.git/objects/tmp_objdir-incoming-x1y2z3/pack"))
        self.write("hub.git/objects/tmp_objdir-incoming-x1y2z3/pack/tmp_pack_abcdef", "PACK half")
        self.write(f"hub.git/{ref}.lock", "")
        self.new("a")
        self.failing(what, ["lock"], seconds=40)
        self.new("b")
        x = self.run("b", "sync", "--json")
        self.ok(x.rc == 0 and not x.json["alerts"], f"{what}: others go on, and are not alarmed", x)
        os.unlink(self.path(f"hub.git/{ref}.lock"))
        self.over(what, "a", "b", "a")

    def killed(self):
        """The server's process that receives a push is killed."""
        self.new("a", 30000)
        self.failing("a server whose process is killed in a push",
                     ["ssh ended", "ssh could not go on", "in the middle"], fault="kill upload 5000")
        self.over("a server whose process is killed in a push")

    def declines(self):
        what = "a server that declines what it is sent"
        os.makedirs(self.path("hub.git/hooks"), exist_ok=True)
        hook = self.write("hub.git/hooks/pre-receive", "#!/bin/sh\necho 'the disk of this account is full' >&2\nexit 1\n")
        os.chmod(hook, 0o755)
        self.new("a")
        self.failing(what, ["disk of this account is full"], seconds=40)
        os.unlink(hook)
        self.over(what)

    def portions(self):
        """What is too large for one push goes in several, and what went stays."""
        what = "more than one push takes"
        os.makedirs(self.path("hub.git/hooks"), exist_ok=True)
        hook = self.write("hub.git/hooks/pre-receive", f"#!/bin/sh\nn=$(cat {self.path('pushes')})\n"
                          f"echo $((n + 1)) >{self.path('pushes')}\n[ $n -lt 3 ] || exit 1\n")
        os.chmod(hook, 0o755)
        self.write("pushes", "0\n")
        for _ in range(6):
            self.new("a", 30000)
        self.env["AFTERCARE_PORTION"] = "30000"
        x = self.run("a", "sync", "--json")
        self.ok(x.rc == 1 and "refused" in x.err, f"{what}: the fourth is refused", x)
        self.write("pushes", "-99\n")
        came = self.must("b", "sync", "--json").json["remotes"][0]["received"]
        self.ok(came == 3, f"{what}: three of six are there already", came)
        self.over(what)
        with open(self.path("pushes")) as f:
            n = int(f.read()) + 99
        self.ok(n == 3, f"{what}: the rest went in three more", n)
        del self.env["AFTERCARE_PORTION"]
        os.unlink(hook)

    def deaf(self):
        """A server that reads no more of a push."""
        what = "a server that stops in the middle of a push"
        with open(self.path("scan.bin"), "wb") as f:
            f.write(random.Random(3).randbytes(9 << 20))
        a = self.must("a", "attachment", "add", self.path("scan.bin"), "--json")
        self.written.add(a.json["version"])
        self.failing(what, ["said nothing for 2 seconds"], seconds=30, fault="stall upload 200000")
        self.over(what)

    def floods(self):
        """A listing without end: bounded, and a sentence."""
        flood = self.write("flood", "#!/bin/sh\nexec python3 -c '\nimport sys, os\ni = 0\nwhile True:\n"
                           " os.write(1, b\"\".join(b\"0041%040x refs/heads/%08x\\n\" % (i + k + 1, i + k)"
                           " for k in range(1000)))\n i += 1000\n'\n")
        os.chmod(flood, 0o755)
        before, self.env["AFTERCARE_SSH"] = self.env["AFTERCARE_SSH"], flood
        x = self.run("a", "sync", "--json")
        self.env["AFTERCARE_SSH"] = before
        self.ok(x.rc == 1 and "bytes allowed" in x.err, "a listing without end is cut off", x)
        self.over("a listing without end", "a")

    def bytes(self):
        """Packs and ref updates are counted, the listing is not."""
        sizes = []
        for refs in 0, 1500:
            tip = next(iter(self.refs("hub.git").values()))
            self.git("hub.git", "update-ref", "--stdin",
                     stdin="".join(f"create refs/heads/other/{i:032x} {tip}\n" for i in range(refs)).encode())
            self.new("a")
            sent = self.must("a", "sync", "--json").json["remotes"][0]
            got = self.must("b", "sync", "--json").json["remotes"][0]
            idle = self.must("b", "sync", "--json").json["remotes"][0]
            sizes.append((sent["bytes_out"], sent["bytes_in"], got["bytes_in"], got["bytes_out"],
                          idle["bytes_in"], idle["bytes_out"]))
        for name in [r for r in self.refs("hub.git") if r.startswith("refs/heads/other/")]:
            os.unlink(self.path("hub.git", name))
        good = all(300 < s[0] < 2000 and s[1] == 0 and 300 < s[2] < 2000 and s[3:] == (0, 0, 0) for s in sizes)
        self.ok(good and abs(sizes[0][0] - sizes[1][0]) < 200 and abs(sizes[0][2] - sizes[1][2]) < 200,
                "bytes in and out are packs and ref updates, without the listing", sizes)

    def judge(self):
        for h in "a", "b":
            x = self.run(h, "verify", "--json")
            self.ok(x.rc == 0 and not x.json["bad"], f"verify of {h} is clean", x)
        said = self.git("hub.git", "fsck", "--full", "--strict", "--no-dangling").decode().strip()
        self.ok(not said, "git finds the hub whole", said)

    def end(self):
        if self.server:
            self.server.end()
        self.close()


# What the carrier has a part in is tried with both.
CASES = {"https": ("bytes", "stops", "first", "twice", "locked", "declines", "portions", "deaf"),
         "ssh": ("bytes", "stops", "twice", "killed", "locked", "floods", "deaf")}


class Both(Tap):
    """Two threads report."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()

    def ok(self, *what):
        with self.lock:
            return super().ok(*what)


def main():
    tap, bad = Both(), []

    def play(kind):
        t = Trouble(tap, kind)
        try:
            t.begin()
            for case in sys.argv[2:] or CASES[kind]:
                getattr(t, case)()
            t.judge()
        except Exception:  # a thread that dies in silence would be a test that tests less
            bad.append(traceback.format_exc())
        finally:
            t.end()
    threads = [threading.Thread(target=play, args=(k,)) for k in sys.argv[1:2] or CASES]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    tap.ok(not bad, "every case was played to its end", *bad)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
