#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""bytes.py [N]: how many bytes a record takes, this way and that, and which goals are met.

N records as tests/records/many.py makes them (10,000 if not said), and some sets
of ../shared/fhir (or AFTERCARE_FHIR) where that is there. Each column is bytes a
record:

  json      FHIR JSON, minified, as it is exported
  gzip      the same, each record by itself, gzip -9
  gzip all  the same, all records in one stream
  cbor      RFC 8949 in its preferred form, each by itself
  msgpack   plain msgpack, each by itself
  in bulk   sealed segments of one import
  alone     one edited version: compressed, signed, padded, sealed

CBOR and msgpack turn decimals into floats, so 1.0 and 1.00 are one there; ours keeps
them apart. Exit 0 unless something breaks.
"""
import gzip
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
PROGRAM = os.path.realpath(os.environ.get("AFTERCARE") or os.path.join(HERE, "../../.build/aftercare"))
SHARED = os.environ.get("AFTERCARE_FHIR") or os.path.join(HERE, "../../../shared/fhir")
SETS = ("synthea-smart", "synthea-juvenile", "mcode", "bulk-ndjson")
EDITS = 40


def call(*args, **kw):
    p = subprocess.run(args, capture_output=True, **kw)
    if p.returncode not in (0, 3):
        sys.exit(f"{' '.join(args)}: exit {p.returncode}: {p.stderr.decode()[-400:]}")
    return p.stdout


def run(home, *args):
    return call(PROGRAM, "--home", home, *args)


# ---------------------------------------------------------------- other encodings

def number(v, names):
    """The shortest of the floats, of which names has the heads, that is v."""
    for form, head in names:
        try:
            if struct.unpack(form, struct.pack(form, v))[0] == v:
                return head + struct.pack(form, v)
        except OverflowError:
            pass
    raise ValueError(v)


def cbor_head(kind, n):
    if n < 24:
        return bytes([kind << 5 | n])
    for code, form, size in ((24, ">B", 8), (25, ">H", 16), (26, ">I", 32), (27, ">Q", 64)):
        if n < 1 << size:
            return bytes([kind << 5 | code]) + struct.pack(form, n)
    raise ValueError(n)


def cbor(v):
    if v is None or isinstance(v, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[v]
    if isinstance(v, int):
        return cbor_head(0, v) if v >= 0 else cbor_head(1, -1 - v)
    if isinstance(v, float):
        return number(v, ((">e", b"\xf9"), (">f", b"\xfa"), (">d", b"\xfb")))
    if isinstance(v, str):
        return cbor_head(3, len(v.encode())) + v.encode()
    if isinstance(v, list):
        return cbor_head(4, len(v)) + b"".join(map(cbor, v))
    return cbor_head(5, len(v)) + b"".join(cbor(k) + cbor(w) for k, w in v.items())


def msgpack_head(fix, room, codes, n):
    if n < room:
        return bytes([fix | n])
    for code, form, size in zip(codes, (">B", ">H", ">I", ">Q"), (8, 16, 32, 64)):
        if code and n < 1 << size:
            return bytes([code]) + struct.pack(form, n)
    raise ValueError(n)


def msgpack(v):
    if v is None or isinstance(v, bool):
        return {None: b"\xc0", True: b"\xc3", False: b"\xc2"}[v]
    if isinstance(v, int):
        if v >= 0:
            return msgpack_head(0, 128, (0xcc, 0xcd, 0xce, 0xcf), v)
        for code, form, least in ((None, ">b", -32), (0xd0, ">b", -1 << 7), (0xd1, ">h", -1 << 15), (0xd2, ">i", -1 << 31), (0xd3, ">q", -1 << 63)):
            if v >= least:
                return (bytes([code]) if code else b"") + struct.pack(form, v)
    if isinstance(v, float):
        return number(v, ((">f", b"\xca"), (">d", b"\xcb")))
    if isinstance(v, str):
        return msgpack_head(0xa0, 32, (0xd9, 0xda, 0xdb), len(v.encode())) + v.encode()
    if isinstance(v, list):
        return msgpack_head(0x90, 16, (None, 0xdc, 0xdd), len(v)) + b"".join(map(msgpack, v))
    return msgpack_head(0x80, 16, (None, 0xde, 0xdf), len(v)) + b"".join(msgpack(k) + msgpack(w) for k, w in v.items())


# ------------------------------------------------------------------ ours

def git(home, *args, **kw):
    return call("git", "--git-dir", home + "/repo.git", *args, **kw)


def segments(home):
    """The sealed segments in the home's repository: git's name and length."""
    listing = git(home, "cat-file", "--batch-check", "--batch-all-objects").decode().split("\n")
    return {name: int(size) for name, kind, size in (row.split() for row in listing if row) if kind == "blob"}


def branches(home):
    return dict(reversed(row.split()) for row in git(home, "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads").decode().split("\n") if row)


def pack_of(home, before, after):
    """The length of one pack with all that the branches got."""
    moved = "".join(new + "\n" + (f"^{before[ref]}\n" if ref in before else "")
                    for ref, new in after.items() if before.get(ref) != new)
    return len(git(home, "pack-objects", "--revs", "--stdout", "-q", "--window=0", "--compression=0", input=moved.encode()))


def edit(home, ref, language):
    """(minified JSON, sealed segment, pack) of one edit, in bytes."""
    had, before = segments(home), branches(home)
    run(home, "set", ref, "language=" + language)
    new = {name: size for name, size in segments(home).items() if name not in had}
    if len(new) != 1:
        sys.exit(f"one edit made {len(new)} segments")
    body = run(home, "show", ref, "--format", "json").rstrip(b"\n")
    return len(body), sum(new.values()), pack_of(home, before, branches(home))


def some(refs):
    return refs[::max(1, len(refs) // EDITS)][:EDITS]


def measure(name, source):
    home = name + ".home"
    run(home, "--passphrase-file", "pass", "init", "--name", "Ana Ruiz", "--device", "bench", "--kit", name + ".kit.html")
    run(home, "--passphrase-file", "pass", "unlock", "--for", "2h")
    before = segments(home)
    run(home, "import", source, "--person", "any")
    bulk = sum(size for blob, size in segments(home).items() if blob not in before)
    lines = run(home, "export", "--format", "ndjson").rstrip(b"\n").split(b"\n")
    values = [json.loads(line) for line in lines]
    n = len(lines)
    refs = [json.loads(row)["ref"] for row in run(home, "list", "--json").decode().splitlines()]
    edits = [edit(home, ref, "en-GB") for ref in some(refs)]
    seen = [edit(home, ref, "fr-CA") for ref in some([ref for ref in refs if ref.startswith("Observation/")])]
    run(home, "lock")
    return {
        "name": name, "n": n,
        "json": sum(map(len, lines)) / n,
        "gzip": sum(len(gzip.compress(line, 9)) for line in lines) / n,
        "gzip all": len(gzip.compress(b"\n".join(lines), 9)) / n,
        "cbor": sum(len(cbor(v)) for v in values) / n,
        "msgpack": sum(len(msgpack(v)) for v in values) / n,
        "in bulk": bulk / n,
        "alone": sum(e[1] for e in edits) / len(edits), "of": sum(e[0] for e in edits) / len(edits),
        "observations": seen,
    }


COLUMNS = ("json", "gzip", "gzip all", "cbor", "msgpack", "in bulk", "alone")


def table(all_of):
    print(f"{'bytes a record':16} {'records':>8}" + "".join(f"{c:>10}" for c in COLUMNS) + f"{'of json':>10}")
    for m in all_of:
        print(f"{m['name']:16} {m['n']:8}" + "".join(f"{m[c]:10.0f}" for c in COLUMNS) + f"{m['of']:10.0f}", flush=True)
        print(f"{'':25}" + "".join(f"{100 * m[c] / (m['of'] if c == 'alone' else m['json']):9.1f}%" for c in COLUMNS))


def goal(name, got, limit, unit=""):
    print(f"{'met   ' if got <= limit else 'MISSED'}  {name}: {got:.2f}{unit} (goal: at most {limit:.2f}{unit})")


def goals(all_of):
    for m in all_of:
        goal(f"bulk beside the JSON, {m['name']}", 100 * m["in bulk"] / m["json"], 7, "%")
    for m in all_of:
        if not m["observations"]:
            continue
        mean = [sum(column) / len(m["observations"]) for column in zip(*m["observations"])]
        goal(f"one Observation's edit, sealed, {m['name']} ({mean[0]:.0f} B of JSON)", mean[1], mean[0] / 4 + 260, " B")
        print(f"          the most beyond a quarter, of {len(m['observations'])}: {max(e[1] - e[0] / 4 for e in m['observations']):.0f} B")
        goal(f"its git objects in one pack, {m['name']}", mean[2], 900, " B")
        print(f"          the largest: {max(e[2] for e in m['observations'])} B")


def main(n):
    work, back, all_of = tempfile.mkdtemp(), os.getcwd(), []
    shared = os.path.realpath(SHARED)
    os.chdir(work)
    try:
        with open("pass", "w") as f:
            f.write("a sentence for the bench\n")
        call(sys.executable, os.path.join(HERE, "../records/many.py"), str(n), "7", "records")
        all_of.append(measure("many.py", "records"))
        for name in SETS:
            folder = os.path.join(shared, "dev", name)
            if os.path.isdir(folder):
                all_of.append(measure(name, folder))
        table(all_of)
        if len(all_of) == 1:
            print("# no shared data")
        goals(all_of)
    finally:
        for name in ("many.py",) + SETS:
            subprocess.run([PROGRAM, "--home", name + ".home", "lock"], capture_output=True)
        os.chdir(back)
        shutil.rmtree(work)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10000)
