#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""hostile_hub.py [NAME...]: a hub that lies, breaks or is broken, played with git's plumbing.

Three homes (laptop, phone, tablet) share a record through a folder hub. The test turns
against the phone's chain or the whole hub, and then asks in each case:
  - which alerts come, on whom, and that nothing else does;
  - that the exit code and the sentence are right;
  - that all three go on writing and everything written reaches everybody, through this
    hub where it can and else through a second one;
  - that after the hub is honest again all views are equal and nobody is alarmed anew.
"""
import os
import shutil
import subprocess
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "reader"))
from forge import false_beginning
from home import open_home
from homes import World, observation, play_all
from keyfile import open_keyfile
from segment import KEYS

HOMES = ("laptop", "phone", "tablet")
PERSON = "a <a> 0 +0000"
GUEST = "phone"          # whose chain is attacked


class Case(World):
    def __init__(self, name):
        super().__init__("hub-" + name, memory=True)
        self.name = name
        self.told = []           # (good, what, why)
        self.number = 0
        self.alerted = {h: [] for h in HOMES}
        self.written = {}        # version -> home
        self.gone = set()
        self.init("laptop")
        for h in HOMES[1:]:
            self.join(h, self.invite("laptop"))
        for h in HOMES:
            self.write_doc(h)
            self.write_doc(h)
            self.sync(h)
        self.round()
        before = self.refs(GUEST + "/repo.git")
        self.write_doc(GUEST)
        after = self.refs(GUEST + "/repo.git")
        self.ref = next(r for r in after if r.startswith("refs/heads/") and after[r] != before.get(r))
        self.sid = self.ref.split("/")[2]
        self.round()
        self.say(not self.all_alerts(), "an honest beginning alarms nobody", self.alerted)

    # ------------------------------------------------------------------ judging
    def say(self, good, what, *why):
        self.told.append((bool(good), f"{self.name}: {what}", why))

    def all_alerts(self):
        return {h: k for h, k in self.alerted.items() if k}

    def write_doc(self, home):
        self.number += 1
        a = self.put(home, observation(f"{home}-{self.number}", self.number))
        self.written[a["version"]] = home
        return a

    def sync(self, home, ok=(0, 3)):
        a = self.run(home, "sync", "--json")
        if a.rc not in ok:
            self.say(False, f"{home} syncs with exit {a.rc}, not one of {ok}", a)
        if a.json:
            self.alerted[home] += [x["kind"] for x in a.json["alerts"]]
        if a.rc == 1:
            self.say(len(a.err.strip().splitlines()) == 1, f"{home} says in one line why it failed", a)
        return a

    def round(self, times=2, ok=(0, 3)):
        for _ in range(times):
            for h in HOMES:
                self.sync(h, ok)

    def expect(self, **kinds):
        """Alerts since the last call; each home's as a set, or a tuple of allowed sets."""
        for h in [h for h in HOMES if os.path.exists(self.path(h))]:
            want = kinds.get(h, kinds.get("all", set()))
            want = want if isinstance(want, tuple) else (want,)
            got = set(self.alerted[h])
            self.say(got in want, f"{h} is told {' or '.join(str(sorted(w)) for w in want)}", f"told {self.alerted[h]}",
                     *[a for a in self.alerts(h)])
            self.alerted[h] = []

    def everyone_has_all(self, what, homes=HOMES):
        for h in homes:
            lacks = [f"{v} of {self.written[v]}" for v in self.written if v not in self.versions(h) and v not in self.gone]
            self.say(not lacks, f"{what}, {h} has every version", *lacks)

    def life_goes_on(self, through="what is left of the hub", homes=HOMES):
        for h in homes:
            self.write_doc(h)
        self.round(3)
        self.everyone_has_all(f"through {through}", homes)

    def honest_again(self):
        """Nothing new to tell, equal views, clean homes."""
        for h in HOMES:
            self.alerted[h] = []
        self.life_goes_on("the honest hub")
        self.say(not self.all_alerts(), "an honest hub alarms nobody anew", self.alerted,
                 *[a for h in HOMES for a in self.alerts(h)])
        views = [self.view(h) for h in HOMES]
        self.say(views[0] == views[1] == views[2] and views[0], "all views are equal",
                 [len(v) for v in views])
        for h in HOMES:
            a = self.run(h, "verify", "--json")
            self.say(a.rc == 0, f"verify of {h} is clean", a)

    # ------------------------------------------------------------------ git
    def hub(self, *args, **more):
        return self.git("hub", *args, **more).decode().strip()

    def tip(self, ref=None):
        return self.refs("hub")[ref or self.ref]

    def blob(self, data):
        return self.hub("hash-object", "-w", "--stdin", "-t", "blob", stdin=data)

    def read(self, sha):
        return self.git("hub", "cat-file", "blob", sha)

    def blobs(self, commit):
        return [line.split()[2] for line in self.hub("ls-tree", commit).splitlines()]

    def tree(self, blobs, names=None):
        rows = "".join(f"100644 blob {b}\t{names[i] if names else f'{i:04x}'}\n" for i, b in enumerate(blobs))
        return self.hub("mktree", stdin=rows.encode())

    def commit(self, tree, *parents, author=PERSON, message=""):
        text = f"tree {tree}\n" + "".join(f"parent {p}\n" for p in parents)
        text += f"author {author}\ncommitter {author}\n\n{message}"
        return self.hub("hash-object", "-w", "--stdin", "-t", "commit", stdin=text.encode())

    def put_ref(self, commit, ref=None):
        # by hand: git itself refuses to make a branch of what is no commit
        path = self.path("hub", ref or self.ref)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(commit + "\n")

    def drop_ref(self, ref=None):
        self.hub("update-ref", "-d", ref or self.ref)

    def chains(self):
        """Branches of the record's chains on the hub."""
        return sorted(r for r in self.refs("hub") if r.startswith(f"refs/heads/{self.sid}/"))

    def chain_of(self, home):
        """The branch that a write of this home moves."""
        before = self.refs(home + "/repo.git")
        self.write_doc(home)
        after = self.refs(home + "/repo.git")
        return next(r for r in after if r.startswith("refs/heads/") and after[r] != before.get(r))

    def on_top(self, blobs, **how):
        """Junk on top of the attacked chain; returns the tip that was good."""
        good = self.tip()
        self.put_ref(self.commit(self.tree(blobs), good, **how))
        return good


CASES = []


def case(f):
    CASES.append(f)
    return f


# ------------------------------------------------------------------------- going back
@case
def rollback_one(c):
    old = c.tip()
    c.write_doc(GUEST)
    c.round()
    c.put_ref(old)
    c.sync("laptop", ok=(3,))
    c.expect(laptop={"rollback"})
    c.say(c.tip() != old, "whoever has more gives it back")
    c.honest_again()


@case
def rollback_all(c):
    old = c.refs("hub")
    for h in HOMES:
        c.write_doc(h)
    c.round()
    for ref, at in old.items():
        c.put_ref(at, ref)
    for h in HOMES:
        c.sync(h)
    c.say("rollback" in c.alerted["laptop"], "the first who looks is told of the rollback", c.alerted)
    c.say(set(sum(c.alerted.values(), [])) == {"rollback"}, "nothing else is said", c.alerted)
    c.honest_again()


@case
def rollback_twice(c):
    """Another rollback, after the first was settled, is told again."""
    for _ in range(2):
        old = c.tip()
        c.write_doc(GUEST)
        c.round()
        c.put_ref(old)
        c.sync("laptop", ok=(3,))
        c.expect(laptop={"rollback"})
    c.honest_again()


@case
def deleted_branch(c):
    c.drop_ref()
    c.sync("tablet", ok=(0,))
    c.expect()
    c.say(c.ref in c.refs("hub"), "it is pushed again")
    c.honest_again()


@case
def emptied(c):
    """A stick that was formatted lies to nobody."""
    for ref in c.refs("hub"):
        c.drop_ref(ref)
    c.sync("tablet", ok=(0,))
    c.expect()
    c.say(len(c.chains()) == 3, "all is pushed again", c.chains())
    c.honest_again()


@case
def new_stick(c):
    """The same place, another empty hub."""
    shutil.rmtree(c.path("hub"))
    c.must("laptop", "hub", "init", c.path("hub"))
    c.round(ok=(0,))
    c.expect()
    c.honest_again()


# ----------------------------------------------------------------------- junk on a chain
def junk(c, blobs, kinds=frozenset({"corrupt"}), **how):
    """Alerts on all three, the phone goes on in its next incarnation."""
    n = len(c.chains())
    good = c.on_top(blobs, **how)
    c.write_doc(GUEST)   # acknowledged before the phone could know
    c.round()
    c.expect(all=tuple({k} for k in kinds))
    c.life_goes_on()
    c.say(len(c.chains()) > n, "the phone went on in its next incarnation", c.chains())
    bad = c.tip()
    c.say(bad != good, "nothing was overwritten by force")
    c.alerted = {h: [] for h in HOMES}
    c.put_ref(good)
    c.honest_again()


@case
def junk_random_blob(c):
    junk(c, [c.blob(os.urandom(300))])


@case
def junk_with_magic(c):
    real = c.read(c.blobs(c.tip())[0])
    junk(c, [c.blob(real[:8] + os.urandom(len(real) - 8))])


def false_keys():
    """What looks like the beginning of an epoch, made by who knows the format and no key."""
    clear = b"ACSG\x01\x02" + (8).to_bytes(2, "big") + (99).to_bytes(4, "big")
    return clear + os.urandom(32 + 32 + 32 + 8 * 48 + 32 + 200 + 16)


@case
def junk_keys(c):
    junk(c, [c.blob(false_keys())])


@case
def junk_keys_for_newcomer(c):
    """An epoch that is not wrapped for a newcomer waits in silence; a false one hides nothing."""
    c.join("fourth", c.invite("laptop"))      # and no owner has heard of it yet
    c.on_top([c.blob(false_keys())])
    a = c.must("fourth", "sync", "--json", ok=(3,))
    c.say({x["kind"] for x in a.json["alerts"]} == {"corrupt"}, "the newcomer is told at once", a)


@case
def junk_keys_of_removed(c):
    """Who has the name key of a removed owner begins no epoch, not in a newcomer's eyes either; and
    one that an honest owner began before he heard of the newcomer alarms nobody."""
    c.must("laptop", "device", "remove", "phone", "--yes")
    c.round(2)
    c.alerted = {h: [] for h in HOMES}
    removed = open_home(c.path("phone"), b"correct horse battery")[0].space
    with open(c.path("phone", "keys"), "rb") as f:
        seed = open_keyfile(f.read(), b"correct horse battery").spaces[0].seed
    ref = next(r for r in c.chains() if r not in (c.ref, c.chain_of("laptop")))
    branch = bytes.fromhex(ref.split("/")[3])
    good, n = c.tip(ref), len(removed.chains[branch].segments)
    for how, by in (("with the name key alone", None), ("signed with its own key", seed)):
        name = "fourth" if by is None else "fifth"
        c.join(name, c.invite("laptop"))               # and no owner has heard of it yet
        c.put_ref(c.commit(c.tree([c.blob(false_beginning(removed, branch, n, by))]), good), ref)
        a = c.must(name, "sync", "--json", ok=(0, 3))
        c.say({x["kind"] for x in a.json["alerts"]} == {"corrupt"}, f"{how}: the newcomer is told at once", a)
        c.put_ref(good, ref)
    c.join("sixth", c.invite("laptop"))
    c.must("tablet", "kit", "renew", "--kit", c.path("kit.html"))
    c.git("hub", "fetch", c.path("tablet/repo.git"), f"{ref}:{ref}")     # its first word since, before it heard
    a = c.must("sixth", "sync", "--json", ok=(0, 3))
    c.say(not a.json["alerts"] and c.refs("sixth/repo.git")[ref] != c.tip(ref), "an honest owner's waits in silence", a)
    space = open_home(c.path("tablet"), b"correct horse battery")[0].space
    keys = [(s, space.membership.members[s.writer].public) for x in space.chains.values() for s in x.segments if s.kind == KEYS]
    c.say(len(keys) > 3 and all(s.clear_signature_fits(space.name_key, public) for s, public in keys),
          f"each of {len(keys)} keys segments is signed in the clear by its writer")
    for h in ("tablet", "laptop", "sixth", "sixth"):
        a = c.must(h, "sync", "--json", ok=(0, 3))
        c.say(not a.json["alerts"], f"{h} is not alarmed then", a)
    c.say(c.versions("sixth") == c.versions("laptop"), "and the newcomer has all")


@case
def junk_bit_flipped(c):
    real = bytearray(c.read(c.blobs(c.tip())[0]))
    real[len(real) // 2] ^= 4
    junk(c, [c.blob(bytes(real))])


@case
def junk_truncated(c):
    real = c.read(c.blobs(c.tip())[0])
    junk(c, [c.blob(real[:-16])])


@case
def junk_empty_blob(c):
    junk(c, [c.blob(b"")])


@case
def junk_wrong_author(c):
    junk(c, c.blobs(c.tip()), author="mallory <m@example.org> 1 +0000")


@case
def junk_message(c):
    junk(c, c.blobs(c.tip()), message="hello\n")


@case
def junk_merge(c):
    other = next(r for r in c.chains() if r != c.ref)
    good = c.tip()
    c.put_ref(c.commit(c.tree(c.blobs(good)), good, c.tip(other)))
    c.round()
    c.expect(all={"corrupt"})
    c.life_goes_on()
    c.put_ref(good)
    c.honest_again()


@case
def junk_replayed(c):
    """A segment of this chain a second time."""
    junk(c, c.blobs(c.tip()), kinds={"forged", "corrupt"})


@case
def junk_other_chain(c):
    """A segment of another member's chain."""
    other = next(r for r in c.chains() if r != c.ref)
    junk(c, c.blobs(c.tip(other)), kinds={"forged", "corrupt"})


@case
def junk_other_space(c):
    """A segment of somebody else's record."""
    c.must("stranger", "init", "--name", "Bo Lind", "--device", "stranger", "--kit", c.path("stranger.html"))
    c.must("stranger", "remote", "add", "hub", c.path("hub"))
    before = set(c.refs("hub"))
    c.put("stranger", observation("strange"))
    c.must("stranger", "sync")
    ref = next(r for r in c.refs("hub") if r not in before)
    junk(c, c.blobs(c.tip(ref)), kinds={"forged", "corrupt"})


@case
def junk_names(c):
    """The right segments under other names in the tree."""
    good = c.tip()
    c.put_ref(c.commit(c.tree(c.blobs(good), names=["0001"]), good))
    c.round()
    c.expect(all={"corrupt"})
    c.life_goes_on()
    c.put_ref(good)
    c.honest_again()


@case
def junk_deep(c):
    """Five thousand commits of junk."""
    at = good = c.tip()
    tree = c.tree([c.blob(b"junk")])
    feed = []
    for i in range(5000):
        feed.append(f"commit refs/heads/deep\nmark :{i + 1}\ncommitter a <a> 0 +0000\ndata 0\n"
                    + (f"from {at}\n" if i == 0 else "") + f"M 100644 inline 0000\ndata 4\nj{i % 1000:03d}\n")
    c.hub("fast-import", "--quiet", stdin="".join(feed).encode())
    deep = c.tip("refs/heads/deep")
    c.drop_ref("refs/heads/deep")
    c.put_ref(deep)
    c.round()
    c.expect(all={"corrupt"})
    c.life_goes_on()
    c.put_ref(good)
    c.honest_again()
    del tree


@case
def junk_huge(c):
    """A blob over every ceiling."""
    path = c.path("huge")
    with open(path, "wb") as f:
        f.truncate(200 << 20)
    sha = c.hub("hash-object", "-w", path)
    os.unlink(path)
    junk(c, [sha])


@case
def reordered(c):
    """The last two commits of the chain in the other order, at its end."""
    c.write_doc(GUEST)
    c.round()
    tip = c.tip()
    parent = c.hub("rev-parse", tip + "^")
    below = c.hub("rev-parse", parent + "^")
    one = c.commit(c.tree(c.blobs(tip)), below)
    c.put_ref(c.commit(c.tree(c.blobs(parent)), one))
    c.round()
    c.expect(all=({"fork"}, {"forged"}, {"corrupt"}))
    c.life_goes_on()
    c.put_ref(tip)
    c.honest_again()


# ----------------------------------------------------------------------- odd references
@case
def missing_objects(c):
    good = c.tip()
    c.put_ref("12" * 20)
    c.sync("laptop", ok=(3,))
    c.round()
    c.expect(all={"corrupt"})
    c.life_goes_on()
    c.put_ref(good)
    c.honest_again()


@case
def missing_blob(c):
    """A commit whose segment the hub has lost."""
    good = c.tip()
    sha = c.blob(os.urandom(500))
    bad = c.commit(c.tree([sha]), good)
    os.unlink(c.path("hub", "objects", sha[:2], sha[2:]))
    c.put_ref(bad)
    c.round()
    c.expect(all={"corrupt"})
    c.life_goes_on()
    c.put_ref(good)
    c.honest_again()


@case
def no_commit(c):
    """References to a blob and to a tree."""
    good = c.tip()
    for what in (c.blob(b"no commit"), c.tree(c.blobs(good))):
        c.put_ref(what)
        c.round(1)
    c.expect(all={"corrupt"})
    c.life_goes_on()
    c.put_ref(good)
    c.honest_again()


@case
def strange_branches(c):
    """Thousands of references that are none of ours, and some that look like ours."""
    good = c.tip()
    rows = [f"{good} refs/heads/unrelated-{i}" for i in range(3000)]
    rows += [f"{good} refs/heads/{c.sid}/deep/{i}/{'x' * 200}" for i in range(20)]
    rows += [f"{good} refs/heads/{c.sid.upper()}/{'A' * 32}", f"{good} refs/heads/{c.sid}x/{'0' * 32}",
             f"{good} refs/tags/{c.sid}/{'0' * 32}", f"{good} refs/heads/ä-ö"]
    rows += [f"{good} refs/remotes/{c.sid}/{'1' * 32}"]
    with open(c.path("hub", "packed-refs"), "a", encoding="utf-8") as f:
        f.write("\n".join(sorted(rows, key=lambda r: r.split()[1])) + "\n")
    c.round(ok=(0,))
    c.expect()
    c.honest_again()


@case
def false_chain(c):
    """A chain of the phone's segments under a name that is nobody's."""
    made = f"refs/heads/{c.sid}/{'ab' * 16}"
    c.put_ref(c.tip(), made)
    c.round()
    c.expect(all=({"corrupt"}, {"forged"}))
    c.life_goes_on()
    c.drop_ref(made)
    c.honest_again()


@case
def left_over_lock(c):
    """Somebody died while moving the branch: nobody is blocked for ever."""
    c.write_doc(GUEST)
    with open(c.path("hub", c.ref + ".lock"), "w") as f:
        f.write("")
    c.sync(GUEST, ok=(0,))
    c.round()
    c.expect()
    c.honest_again()


# --------------------------------------------------------------------- keeping things back
@case
def withheld(c):
    """The tablet's chain shows that it saw what the hub does not show to the laptop."""
    old = c.tip()
    c.write_doc(GUEST)
    c.sync(GUEST)
    c.sync("tablet")
    c.write_doc("tablet")
    c.sync("tablet")
    new = c.tip()
    c.put_ref(old)
    c.sync("laptop", ok=(3,))
    c.expect(laptop={"withheld"})
    c.put_ref(new)
    c.honest_again()


@case
def withheld_whole(c):
    """The same with a whole chain: the laptop is told until it comes."""
    made = c.invite("laptop")
    c.join("fourth", made)
    c.round(1)
    c.must("fourth", "sync")
    c.put("fourth", observation("fourth-1"))
    before = c.refs("fourth/repo.git")
    ref = next(r for r in before if r.startswith(f"refs/heads/{c.sid}/") and before[r] != c.refs("hub").get(r))
    c.must("fourth", "sync")
    c.sync("tablet")
    c.write_doc("tablet")
    c.sync("tablet")
    at = c.tip(ref)
    back = c.hub("rev-parse", at + "^")
    c.put_ref(back, ref)
    c.sync("laptop", ok=(3,))
    c.expect(laptop={"withheld"})
    c.put_ref(at, ref)
    c.honest_again()


# ------------------------------------------------------------------------ broken hubs
@case
def read_only(c):
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        return c.say(True, "skipped: root writes everywhere")
    c.write_doc(GUEST)
    c.sync(GUEST)
    mount = c.path("hub")
    if os.geteuid() == 0:
        if subprocess.run(["mount", "--bind", "-o", "ro", mount, mount], capture_output=True).returncode or \
           subprocess.run(["mount", "-o", "remount,ro,bind", mount], capture_output=True).returncode:
            return c.say(True, "skipped: no mount here")
    else:
        subprocess.run(["chmod", "-R", "a-w", mount], check=True)
    try:
        c.write_doc("laptop")
        a = c.sync("laptop", ok=(1,))
        c.say(a.rc == 1 and not a.out.strip() or a.rc == 1, "it says that nothing could be sent", a)
        c.say(c.written and all(v in c.versions("laptop") for v, h in c.written.items() if h == GUEST),
              "and yet takes what is there")
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", mount], check=True)
        else:
            subprocess.run(["chmod", "-R", "u+w", mount], check=True)
    c.expect()
    c.honest_again()


@case
def a_file(c):
    os.rename(c.path("hub"), c.path("hub.away"))
    c.write("hub", "no hub")
    a = c.sync("laptop", ok=(1,))
    c.say("hub" in a.err, "it names the place", a)
    c.expect()
    os.unlink(c.path("hub"))
    a = c.sync("laptop", ok=(1,))
    c.say("plug it in" in a.err, "a hub that is away is to be plugged in", a)
    os.mkdir(c.path("hub"))
    a = c.sync("laptop", ok=(1,))
    c.say(not os.listdir(c.path("hub")), "an empty mount point is not made into a hub")
    os.rmdir(c.path("hub"))
    os.rename(c.path("hub.away"), c.path("hub"))
    c.honest_again()


@case
def full_disk(c):
    mount = c.path("small")
    os.mkdir(mount)
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", mount],
                                      capture_output=True).returncode:
        return c.say(True, "skipped: no small disk without root")
    try:
        shutil.copytree(c.path("hub"), mount + "/hub")
        shutil.rmtree(c.path("hub"))
        os.symlink(mount + "/hub", c.path("hub"))
        fill = os.open(mount + "/fill", os.O_WRONLY | os.O_CREAT)
        try:
            while os.write(fill, b"x" * 4096):
                pass
        except OSError:
            os.close(fill)
        for h in HOMES:
            c.write_doc(h)
            c.sync(h, ok=(1,))
        c.expect()
        os.unlink(mount + "/fill")
        subprocess.run(["mount", "-o", "remount,size=20m", mount], check=True)
        c.honest_again()
    finally:
        subprocess.run(["umount", "-l", mount], check=True)


@case
def broken_objects(c):
    """A stick whose bits rot: each object of the hub damaged in turn is noticed, none taken."""
    c.write_doc(GUEST)
    c.sync(GUEST)
    sha = c.blobs(c.tip())[0]
    path = c.path("hub", "objects", sha[:2], sha[2:])
    os.chmod(path, 0o644)
    with open(path, "r+b") as f:
        data = bytearray(f.read())
        data[len(data) // 2] ^= 1
        f.seek(0)
        f.write(data)
    c.sync("laptop", ok=(3, 1))
    c.say(set(c.alerted["laptop"]) <= {"corrupt"}, "at most corrupt is said", c.alerted)
    c.alerted["laptop"] = []
    os.unlink(path)
    c.git("phone/repo.git", "cat-file", "blob", sha)
    c.blob(c.git("phone/repo.git", "cat-file", "blob", sha))
    c.honest_again()


# --------------------------------------------------------------- copied and restored homes
@case
def copied_home(c):
    """cp -a of a home, both write: nothing is lost, no alarm."""
    subprocess.run(["cp", "-a", c.path("phone"), c.path("phone2")], check=True)
    for h in ("phone", "phone2"):
        a = c.put(h, observation(f"{h}-copy"))
        c.written[a["version"]] = h
    for _ in range(2):
        for h in ("phone", "phone2", *HOMES):
            a = c.must(h, "sync", "--json", ok=(0, 3))
            c.say(not a.json["alerts"], f"{h} is not alarmed", a)
    c.everyone_has_all("of a copied home", (*HOMES, "phone2"))
    c.honest_again()


@case
def restored_tar(c):
    """An older copy of the phone's home at the same place, which then writes."""
    subprocess.run(["tar", "-C", c.top, "-cf", c.path("old.tar"), "phone"], check=True)
    c.write_doc(GUEST)
    c.round(1)
    shutil.rmtree(c.path("phone"))
    subprocess.run(["tar", "-C", c.top, "-xf", c.path("old.tar")], check=True)
    c.write_doc(GUEST)      # before it could learn what it had written
    c.round(3)
    c.expect(all=(set(), {"fork"}))
    c.everyone_has_all("of a restored home")
    c.honest_again()


@case
def restored_in_place(c):
    """The same with the folder kept, so that nothing tells the home that it is older."""
    subprocess.run(["cp", "-a", c.path("phone"), c.path("phone.old")], check=True)
    c.write_doc(GUEST)
    c.round(1)
    for n in os.listdir(c.path("phone")):
        p = c.path("phone", n)
        shutil.rmtree(p) if os.path.isdir(p) else os.unlink(p)
    subprocess.run(["cp", "-a", c.path("phone.old") + "/.", c.path("phone")], check=True)
    c.write_doc(GUEST)
    c.write_doc(GUEST)
    c.round(3)
    c.expect(all=(set(), {"fork"}))
    c.everyone_has_all("of a home restored in place")
    c.honest_again()


@case
def fork_by_copy(c):
    """The hub serves the arm of a copied home in place of the phone's own."""
    subprocess.run(["cp", "-a", c.path("phone"), c.path("twin")], check=True)
    c.write_doc(GUEST)
    c.round(1)
    good = c.tip()
    # the twin is moved to where the phone was, so that it goes on with the same chain
    os.rename(c.path("phone"), c.path("phone.away"))
    os.mkdir(c.path("phone"))
    inode = os.stat(c.path("phone")).st_ino
    subprocess.run(["cp", "-a", c.path("twin") + "/.", c.path("phone")], check=True)
    same = os.stat(c.path("phone.away")).st_ino == inode
    a = c.put("phone", observation("twin-1"))
    c.written[a["version"]] = "twin"
    refs = c.refs("phone/repo.git")
    c.say(same or refs[c.ref] != good, "the twin has an arm of its own")
    c.git("hub", "fetch", c.path("phone/repo.git"), "+refs/heads/*:refs/arms/*")
    arm = refs[c.ref]
    shutil.rmtree(c.path("phone"))
    os.rename(c.path("phone.away"), c.path("phone"))
    if c.hub("merge-base", arm, good) != arm:
        c.put_ref(arm)
        c.round()
        c.expect(all={"fork"})
    for ref, at in c.refs("hub").items():
        if ref.startswith("refs/arms/"):
            back = ref.replace("refs/arms/", "refs/heads/")
            if back not in c.refs("hub"):
                c.put_ref(at, back)
            c.drop_ref(ref)
    c.put_ref(good)
    c.honest_again()


def forked_and_lost(c, *twin_does):
    """The phone goes on twice from one state, by two hubs, and is lost: the laptop has one arm,
    the tablet the other."""
    shutil.copytree(c.path("hub"), c.path("hub2"))
    subprocess.run(["cp", "-a", c.path("phone"), c.path("phone.old")], check=True)
    c.write_doc(GUEST)
    c.sync(GUEST)
    for n in os.listdir(c.path("phone")):    # the folder stays: nothing tells the home that it is older
        p = c.path("phone", n)
        shutil.rmtree(p) if os.path.isdir(p) else os.unlink(p)
    subprocess.run(["cp", "-a", c.path("phone.old") + "/.", c.path("phone")], check=True)
    for h in ("phone", "tablet"):
        c.must(h, "remote", "remove", "hub")
        c.must(h, "remote", "add", "hub2", c.path("hub2"))
    c.write_doc(GUEST)
    for args in twin_does:
        c.must(GUEST, *args)
    c.write_doc(GUEST)
    c.sync(GUEST)
    c.say(c.refs("hub")[c.ref] != c.refs("hub2")[c.ref], "the two hubs have two arms")
    shutil.rmtree(c.path("phone"))
    c.sync("laptop")
    c.sync("tablet")
    c.expect()
    c.must("laptop", "remote", "add", "hub2", c.path("hub2"))


def both_arms(c):
    for _ in range(3):
        c.sync("laptop")
        c.sync("tablet")
    c.expect(laptop={"fork"}, tablet=({"fork"}, set()))
    c.everyone_has_all("of two arms whose writer is lost", ("laptop", "tablet"))
    shutil.rmtree(c.path("hub2"))            # and one of the hubs is too
    os.unlink(c.path("laptop", "index"))
    c.must("tablet", "remote", "remove", "hub2")
    c.must("tablet", "remote", "add", "hub", c.path("hub"))
    c.must("laptop", "remote", "remove", "hub2")
    c.join("fourth", c.invite("laptop"))
    for _ in range(2):
        for h in ("laptop", "tablet", "fourth"):
            c.sync(h) if h != "fourth" else c.must("fourth", "sync", ok=(0, 3))
    c.everyone_has_all("by the hub that is left", ("laptop", "tablet", "fourth"))
    views = [c.view(h) for h in ("laptop", "tablet", "fourth")]
    c.say(views[0] == views[1] == views[2], "all views are equal", [len(v) for v in views])
    for h in ("laptop", "tablet", "fourth"):
        a = c.run(h, "verify", "--json")
        c.say(a.rc == 0, f"verify of {h} is clean", a)
    for h in ("laptop", "tablet"):
        c.write_doc(h)
    c.sync("laptop")
    c.sync("tablet")
    c.sync("laptop")
    c.everyone_has_all("later", ("laptop", "tablet"))


@case
def fork_of_lost(c):
    forked_and_lost(c)
    both_arms(c)


@case
def fork_removes_nobody(c):
    """What is said of members past a fork does not count, on whichever arm a device is."""
    forked_and_lost(c, ("device", "remove", "tablet", "--yes"))
    both_arms(c)
    for h in ("laptop", "tablet", "fourth"):
        states = {r["name"]: r["state"] for r in c.must(h, "device", "list", "--json").rows}
        c.say(states["tablet"] == "active", f"for {h} the tablet belongs", states)


@case
def fork_of_removed(c):
    """A removed device forks its chain below the cut: nothing of that is shown anywhere."""
    shutil.copytree(c.path("hub"), c.path("hub2"))
    subprocess.run(["cp", "-a", c.path("phone"), c.path("phone.old")], check=True)
    c.write_doc(GUEST)
    c.write_doc(GUEST)
    c.sync(GUEST)
    c.round(1)
    c.must("laptop", "device", "remove", "phone", "--yes")
    c.round(1)
    for n in os.listdir(c.path("phone")):
        p = c.path("phone", n)
        shutil.rmtree(p) if os.path.isdir(p) else os.unlink(p)
    subprocess.run(["cp", "-a", c.path("phone.old") + "/.", c.path("phone")], check=True)
    c.must("phone", "remote", "remove", "hub")
    c.must("phone", "remote", "add", "hub2", c.path("hub2"))
    late = c.put("phone", observation("backdated"))["version"]
    c.sync("phone")
    shutil.rmtree(c.path("phone"))
    for h in ("laptop", "tablet"):
        c.must(h, "remote", "add", "hub2", c.path("hub2"))
        c.sync(h)
        c.sync(h)
    c.expect(laptop={"fork"}, tablet={"fork"})
    # who meets that arm first has it as the chain, until the removal's hash says that it is another
    c.join("fourth", c.invite("laptop"), "--remote", c.path("hub2"))
    c.must("fourth", "sync", ok=(0, 3))
    for h in ("laptop", "tablet", "fourth"):
        c.say(not any('"backdated"' in line for line in c.view(h)), f"{h} shows nothing of it")
    c.must("fourth", "remote", "add", "hub1", c.path("hub"))
    c.must("fourth", "sync", ok=(0, 3))
    c.must("fourth", "sync", ok=(0, 3))
    c.everyone_has_all("of what counts", ("laptop", "tablet", "fourth"))
    for h in ("laptop", "tablet", "fourth"):
        c.say(late not in c.versions(h), f"{h} has not got it among what counts")
        a = c.run(h, "verify", "--json")
        c.say(a.rc == 0, f"verify of {h} is clean", a)


if __name__ == "__main__":
    sys.exit(play_all(Case, CASES))
