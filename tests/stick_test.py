#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""stick_test.py: folder hubs that are pulled out, cannot be written, or are full.

The hub is a disk of memory of its own, so that it can be small and be made read-only.
For that the test starts itself again in a mount namespace, where nothing of it outlives
the test; where none can be had those cases are skipped by name.
"""
import errno
import os
import random
import shutil
import subprocess
import sys

from homes import Tap, World, observation

NOISE = random.Random(2)


class Stick(World):
    def __init__(self, tap, mounts):
        super().__init__("stick")
        self.tap, self.mounts, self.n = tap, mounts, 0
        self.written = set()
        os.mkdir(self.path("stick"))
        if mounts:
            self.mount("-t", "tmpfs", "-o", "size=4m", "stick")
        self.init("a", "stick/hub")
        self.must("a", "hub", "init", self.path("other"))
        self.join("b", self.invite("a"))
        self.must("a", "sync")
        self.must("b", "sync")

    def mount(self, *args):
        subprocess.run(["mount", *args[:-1], *(["none"] if "-t" in args else []), self.path(args[-1])], check=True)

    def new(self, home, size=0):
        self.n += 1
        note = "".join(NOISE.choices("abcdefghijklmnopqrstuvwxyz0123456789 .,-", k=size)) if size else None
        self.written.add(self.put(home, observation(f"o{self.n}", self.n, note=note))["version"])

    def failing(self, what, words):
        self.must("a", "remote", "remove", "other", ok=(0, 1))
        x = self.run("a", "sync", "--json")
        self.tap.ok(x.rc == 1 and not x.out, f"{what}: exit 1", x)
        self.tap.ok(len(x.err.strip().splitlines()) == 1 and words in x.err, f"{what}: one sentence, {words}", x)
        self.must("a", "remote", "add", "other", self.path("other"))
        x = self.run("a", "sync", "--json")
        rows = {r["name"]: r for r in x.json["remotes"]} if x.json else {}
        self.tap.ok(x.rc == 3 and not rows["hub"]["ok"] and words in rows["hub"]["error"] and rows["other"]["ok"]
                    and not x.json["alerts"], f"{what}: another remote is served, exit 3", x)
        self.must("a", "remote", "remove", "other")

    def over(self, what):
        bad = []
        for h in "a", "b", "a":
            x = self.run(h, "sync", "--json")
            if x.rc or x.json["alerts"]:
                bad.append(x)
        for h in "a", "b":
            if lacks := self.written - self.versions(h):
                bad.append(f"{h} lacks {len(lacks)} versions")
            bad += self.alerts(h)
            x = self.run(h, "verify", "--json")
            if x.rc or x.json["bad"]:
                bad.append(x)
        self.tap.ok(not bad, f"{what}: when it is over the next sync repairs it, nobody is alarmed", *bad)
        said = self.git("stick/hub", "fsck", "--full", "--strict", "--no-dangling").decode().strip()
        left = [f"{d}/{x}" for d, _, fs in os.walk(self.path("stick")) for x in fs
                if x.endswith(".lock") or x.startswith(("tmp_", "pack_git2"))]
        self.tap.ok(not said and not left, f"{what}: git finds the hub whole, nothing half written lies there", said, *left)

    # ------------------------------------------------------------------ the cases
    def pulled(self):
        what = "a stick that is not there"
        self.new("a")
        os.rename(self.path("stick/hub"), self.path("stick/away"))
        self.failing(what, "there is no hub at")
        os.rename(self.path("stick/away"), self.path("stick/hub"))
        self.over(what)
        what = "a stick whose objects are gone"
        self.new("a")
        os.rename(self.path("stick/hub/objects"), self.path("stick/away"))
        self.failing(what, "stick/hub")
        os.rename(self.path("stick/away"), self.path("stick/hub/objects"))
        self.over(what)

    def read_only(self):
        what = "a stick that cannot be written"
        self.new("b")
        self.must("b", "sync")
        self.new("a")
        self.mount("-o", "remount,ro", "stick")
        self.failing(what, "cannot be written")
        self.tap.ok(self.written <= self.versions("a"), f"{what}: what is on it was taken all the same")
        self.mount("-o", "remount,rw", "stick")
        self.over(what)

    def fill(self, left, disk="stick"):
        """All but so many pages."""
        size = os.statvfs(self.path(disk))
        with open(self.path(disk, "fill"), "wb") as f:
            os.posix_fallocate(f.fileno(), 0, (size.f_bavail - left) * size.f_frsize)

    def full(self, size):
        what = f"a stick that is full ({size} bytes to write)"
        self.fill(0)
        self.new("a", size)
        self.failing(what, "full")
        os.unlink(self.path("stick/fill"))
        self.over(what)

    def nearly(self):
        """It gets full after one step more each time: objects, their folders, the branch."""
        what = "a stick that gets full at each step of a push"
        seen, bad = set(), []
        for left in range(1, 8):
            self.new("a")
            self.fill(left)
            x = self.run("a", "sync", "--json")
            seen.add(x.rc)
            if x.rc not in (0, 1) or x.rc == 1 and "full" not in x.err:
                bad.append(x)
            os.unlink(self.path("stick/fill"))
        self.tap.ok(seen == {0, 1} and not bad, f"{what}: exit 1 and its sentence, or done", seen, *bad)
        self.over(what)

    def many(self):
        """A pack, where single objects would be too many."""
        what = "a stick that is full (a pack to write)"
        self.fill(8)
        for _ in range(30):
            self.new("a", 1000)
        self.failing(what, "full")
        os.unlink(self.path("stick/fill"))
        self.over(what)

    def home_full(self):
        """A file that a full device cannot take in is not called damaged."""
        what = "a device whose own disk is full"
        os.mkdir(self.path("disk"))
        self.mount("-t", "tmpfs", "-o", "size=6m", "disk")
        try:
            self.join("disk/c", self.invite("a"), device="c")
            self.must("a", "sync")
            for _ in range(8):
                self.new("a", 60000)
            self.must("a", "send", self.path("bring"))
            self.fill(16, "disk")
            x = self.run("disk/c", "receive", self.path("bring"), "--json")
            self.tap.ok(x.rc == 1 and not x.out and len(x.err.strip().splitlines()) == 1
                        and os.strerror(errno.ENOSPC) in x.err and "damaged" not in x.err,
                        f"{what}: receive says so, exit 1", x)
            os.unlink(self.path("disk/fill"))
            x = self.run("disk/c", "receive", self.path("bring"), "--json")
            self.tap.ok(x.rc == 0 and not x.json["alerts"] and self.written <= self.versions("disk/c"),
                        f"{what}: with room again all of it is taken in", x)
        finally:
            subprocess.run(["umount", self.path("disk")])
        self.must("a", "sync")
        self.must("b", "sync")

    def leftovers(self):
        old = [self.write("stick/hub/objects/tmp_object_git2_0123456789abcdef", "x"),
               self.write("stick/hub/objects/pack/pack_git2_0123456789abcdef", "x")]
        new = self.write("stick/hub/objects/tmp_object_git2_fedcba9876543210", "x")
        for f in old:
            os.utime(f, (1e9, 1e9))
        self.new("a")
        self.must("a", "sync")
        self.tap.ok(not any(map(os.path.exists, old)) and os.path.exists(new),
                    "what was half written long ago is removed, what is being written is not")
        os.unlink(new)

    def shim(self):
        out = self.path("pulled.so")
        if not os.path.exists(out):
            subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", out,
                            os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", "pulled.c"), "-ldl"], check=True)
        return out

    def cut(self, place, *command):
        """A pack that loses its bytes while it is mapped: the system has no error for that."""
        what = f"{command[0]} while a pack is cut short beneath it"
        repo, kept = self.path(place), self.path("kept")
        self.new("b", 500)
        self.must("b", "sync")
        self.git(place, "repack", "-adq")
        shutil.copytree(repo, kept)
        refs = self.refs("a/repo.git")
        self.env.update(LD_PRELOAD=self.shim(), PULLED=repo, PULLED_CUT="1")
        x = self.run("a", *command)
        for name in "LD_PRELOAD", "PULLED", "PULLED_CUT":
            del self.env[name]
        self.tap.ok(x.rc == 1 and not x.out, f"{what}: exit 1, no answer", x)
        self.tap.ok(len(x.err.strip().splitlines()) == 1 and x.err.startswith(f"aftercare: {repo}/objects/pack/pack-")
                    and "cut short" in x.err and "given again" in x.err, f"{what}: one sentence that names the file", x)
        self.tap.ok(self.refs("a/repo.git") == refs, f"{what}: the branches of the home are as they were")
        shutil.rmtree(repo)
        shutil.move(kept, repo)
        self.over(what)
        left = [n for n in os.listdir(self.path("a")) if n.startswith(("quarantine-", "index.dirty"))]
        self.tap.ok(not left, f"{what}: nothing of it lies in the home", left)

    def midway(self, error, words):
        """From each call on, one after the other, nothing more of the stick can be used."""
        what = f"a stick that fails in the middle ({os.strerror(error)})"
        shim, bad, seen, at = self.shim(), [], set(), 0
        before = self.refs("stick/hub")
        self.new("b")
        self.must("b", "sync")
        for i in range(3):
            self.new("a", 100 * i)
        self.env.update(LD_PRELOAD=shim, PULLED=self.path("stick/hub"), PULLED_ERRNO=str(error),
                        PULLED_COUNT=self.path("count"))
        step = 1
        while at < 400:
            at += step
            self.env["PULLED_AT"] = str(at)
            x = self.run("a", "sync", "--json")
            with open(self.path("count")) as f:
                if int(f.read()) < at:
                    break
            seen.add(x.rc)
            if x.rc not in (0, 1) or x.rc and (len(x.err.strip().splitlines()) != 1 or words and words not in x.err):
                bad.append(f"from call {at}: {x}")
        for name in "LD_PRELOAD", "PULLED", "PULLED_AT", "PULLED_ERRNO", "PULLED_COUNT":
            del self.env[name]
        self.tap.ok(at > 10 and at < 400 and 1 in seen and x.rc == 0, f"{what}: at each of {at - 1} calls", seen, x)
        self.tap.ok(not bad, f"{what}: exit 1 and one sentence", *bad[:6])
        self.tap.ok(self.refs("stick/hub") != before, f"{what}: it got on at last")
        self.over(what)

    def bytes(self):
        self.new("a")
        sent = self.must("a", "sync", "--json").json["remotes"][0]
        got = self.must("b", "sync", "--json").json["remotes"][0]
        idle = self.must("b", "sync", "--json").json["remotes"][0]
        n = [sent["bytes_out"], sent["bytes_in"], got["bytes_in"], got["bytes_out"], idle["bytes_in"], idle["bytes_out"]]
        self.tap.ok(300 < n[0] < 2000 and 300 < n[2] < 2000 and n[1] == n[3] == n[4] == n[5] == 0,
                    "bytes in and out are objects and ref updates", n)

    def all(self):
        try:
            self.bytes()
            self.leftovers()
            self.midway(errno.EIO, "")
            self.pulled()
            self.cut("stick/hub", "sync", "--json")
            self.cut("a/repo.git", "verify", "--json")
            if not self.mounts:
                self.tap.skip("a stick that is full or cannot be written", "no mount namespace to be had here")
                return
            self.read_only()
            self.full(0)
            self.full(60000)
            self.nearly()
            self.many()
            self.home_full()
        finally:
            if self.mounts:
                subprocess.run(["umount", self.path("stick")])
            self.close()


def main():
    if "--inside" not in sys.argv:
        again = ["unshare", *([] if os.geteuid() == 0 else ["-r"]), "-m", "--propagation", "private"]
        if subprocess.run([*again, "true"], capture_output=True).returncode == 0:
            os.execvp("unshare", [*again, sys.executable, *sys.argv, "--inside"])
    tap = Tap()
    Stick(tap, "--inside" in sys.argv).all()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
