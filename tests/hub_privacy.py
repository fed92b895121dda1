#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""hub_privacy.py DEMO RECORDS: a hub that saw the whole demo holds no word of it.

DEMO is the folder that demo.sh leaves, RECORDS what it was run on. Sought are all
words of five and more characters, dates and ids of the records and of what the
demo wrote, the names of people and devices, passphrases, codes and the kit's
secret, as text and as bytes: in every object inflated, every ref and file name,
every pack, index and loose file as it lies there. The same search must find one
unsealed segment and one commit with a name, planted in a copy. Prints TAP.
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
PROGRAM = os.path.realpath(os.environ.get("AFTERCARE") or os.path.join(HERE, "../.build/aftercare"))
SHORT = 5
SURE = 7  # a word of so many is in no random bytes, whatever its case
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
# what a commit says in any repository
GIT_WORDS = b"tree parent author committer message commit objects deltified reftable"
done = bad = 0


def check(what, good, seen=""):
    global done, bad
    done += 1
    bad += not good
    print(f"{'ok' if good else 'not ok'} {done} - {what}")
    if not good:
        print(f"# {seen!r}"[:1000])


def strings(v):
    if isinstance(v, dict):
        for k, x in v.items():
            yield k
            yield from strings(x)
    elif isinstance(v, list):
        for x in v:
            yield from strings(x)
    elif isinstance(v, str):
        yield v


def words(text):
    """Itself if it is short, and its parts: dates and ids whole, and plain words."""
    yield from re.findall(r"[\w.:/+-]{5,}", text)
    yield from re.findall(r"\w{5,}", text)


def bech32(text):
    """The bytes of a code or a key, without its checksum."""
    bits = n = 0
    out = bytearray()
    for c in text.strip().lower().rpartition("1")[2][:-6]:
        bits, n = (bits << 5 | BECH32.index(c)) & 0xffff, n + 5
        if n >= 8:
            n -= 8
            out.append(bits >> n & 255)
    return bytes(out)


def secrets(demo):
    """Pieces of 16 bytes of each code and kit; as they are and in hexadecimal."""
    found = []
    for page in glob.glob(demo + "/kit*.html"):
        found += re.findall("AGE-SECRET-KEY-1[0-9A-Z]{58}", open(page).read())
    found += [open(p).read().strip() for p in glob.glob(demo + "/code*") if os.path.isfile(p)]
    for text in found:
        yield text.lower().encode()[16:32]
        raw = bech32(text)
        for i in range(len(raw) - 15):
            yield raw[i:i + 16].lower()
            yield raw[i:i + 16].hex().encode()


def sought(demo, records):
    out = set(secrets(demo))
    texts = []
    for path in [records] + glob.glob(demo + "/*.json"):
        texts += strings(json.load(open(path, encoding="utf-8-sig")))
    script = open(os.path.join(HERE, "demo.sh"), encoding="utf-8").read()
    # what the demo made people say, and what they are called
    texts += re.findall(r'"?[\w\[\]0.]+(?:text|\$field)=([^"]+)"', script)
    texts += re.findall(r'(?:--device|--name) (?:"([^"$]+)"|\S+)', script)
    texts += [os.path.basename(p)[:-5] for p in glob.glob(demo + "/*.pass")]
    for p in glob.glob(demo + "/*.pass"):
        texts.append(open(p).read().strip())
    for t in texts:
        out.update(w.encode() for w in words(t))
    return {w if len(w) < SURE else w.lower() for w in out if len(w) >= SHORT}


def git(hub, *args, stdin=b""):
    return subprocess.run(["git", "-C", hub, *args], input=stdin, capture_output=True, check=True).stdout


def all_bytes(hub):
    yield "objects", git(hub, "cat-file", "--batch-all-objects", "--batch", "--buffer", "--unordered")
    yield "refs", git(hub, "for-each-ref", "--format=%(refname) %(objectname) %(subject) %(authorname)")
    for folder, folders, files in os.walk(hub):
        yield "names", "\n".join(folders + files).encode()
        for name in files:
            with open(os.path.join(folder, name), "rb") as f:
                yield os.path.relpath(os.path.join(folder, name), hub), f.read()


class Search:
    """Each word by its first five bytes: one look a position, however many words.

    Among millions of random bytes a short word is found by chance: those of five and six
    characters must be spelled as they were, and as text is, behind a printable character or
    msgpack's mark of a short string; and not in one of git's own names, which are
    hexadecimal."""

    def __init__(self, wanted):
        self.by_start = {}
        for w in wanted:
            self.by_start.setdefault(w[:SHORT], set()).add(w)

    def found(self, data):
        starts, out = self.by_start, set()
        for text, sure in (data, False), (data.lower(), True):
            for i in range(len(text) - SHORT + 1):
                if text[i:i + SHORT] in starts:
                    out.update(w for w in starts[text[i:i + SHORT]] if (len(w) >= SURE) == sure and text.startswith(w, i)
                               and (sure or self.is_text(text, i, w)))
        return out

    @staticmethod
    def is_text(data, i, w):
        if i and not (32 <= data[i - 1] < 127 or data[i - 1] == 0xa0 | len(w) or data[i - 1] == len(w)):
            return False
        around = data[max(0, i - 64):i], data[i:i + 64]
        run = len(re.search(rb"[0-9a-f]*$", around[0])[0]) + len(re.match(rb"[0-9a-f]*", around[1])[0])
        return run < 32

    def hits(self, hub):
        out = {}
        for where, data in all_bytes(hub):
            for w in self.found(data):
                out.setdefault(w, where)
        return out


def plant(hub, record):
    """One segment that was not sealed, and one commit that names somebody."""
    blob = git(hub, "hash-object", "-w", "--stdin", stdin=record).decode().strip()
    tree = git(hub, "mktree", stdin=f"100644 blob {blob}\tsegment\n".encode()).decode().strip()
    who = "Planted Person <planted.person@hub.example> 0 +0000"
    body = f"tree {tree}\nauthor {who}\ncommitter {who}\n\nmessage\n"
    git(hub, "hash-object", "-t", "commit", "-w", "--stdin", stdin=body.encode())


def main(demo, records):
    hub, work = os.path.join(demo, "hub"), tempfile.mkdtemp()
    try:
        empty = os.path.join(work, "empty")
        subprocess.run([PROGRAM, "hub", "init", empty], check=True, capture_output=True)
        wanted = sought(demo, records)
        everywhere = Search(wanted)
        # a word that a hub of nobody holds too tells nothing of anybody
        common = set(everywhere.hits(empty)) | everywhere.found(GIT_WORDS)
        # a code says which branch it stands on; a branch has its name in the open
        common |= wanted & set(re.split(rb"[/\n]", git(hub, "for-each-ref", "--format=%(refname)")))
        search = Search(wanted - common)
        size = sum(len(data) for _, data in all_bytes(hub))
        print(f"# {len(wanted - common)} words, {len(common)} common to every hub; {size} bytes of hub")
        check("there is something to look for and somewhere", len(wanted - common) > 300 and size > 3 << 20, (len(wanted), size))
        hits = search.hits(hub)
        check("the hub holds no word of it", not hits, hits)
        copy = os.path.join(work, "copy")
        shutil.copytree(hub, copy)
        first = next(iter(json.load(open(records, encoding="utf-8-sig")).get("entry", [{}])), {})
        plant(copy, json.dumps(first).encode())
        planted = Search((wanted - common) | {b"planted person"}).hits(copy)
        check("a planted segment that is not sealed is found", len(planted) > 3, planted)
        check("a planted commit with a name is found", b"planted person" in planted, planted)
    finally:
        shutil.rmtree(work)
    return bad != 0


if __name__ == "__main__":
    sys.exit(main(os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])))
