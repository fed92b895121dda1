#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""lossless_test.py [FOLDER]: every resource of every FHIR file comes out as it went in.

Each file is imported into one home with a source of its own, another home gets
it all through a folder hub, and what the second writes equals the original,
minified by the code below, byte for byte. Prints TAP.
FOLDER is ../shared/fhir/dev beside the repository, or $AFTERCARE_FHIR/dev; in it
the folder invalid is not read.
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
SHARED = os.environ.get("AFTERCARE_FHIR") or os.path.join(HERE, "../../shared/fhir")
done = bad = 0


def check(what, good, seen=""):
    global done, bad
    done += 1
    bad += not good
    print(f"{'ok' if good else 'not ok'} {done} - {what}", flush=True)
    if not good and seen:
        print("\n".join("# " + line for line in str(seen)[:1500].splitlines()))
    return good


# ------------------------------------------------- minifying, on the text itself
#
# Nothing is parsed into numbers or dictionaries here: the tokens are cut out,
# and only strings are written anew, as RFC 8785 escapes them.

TOKEN = re.compile(r'[ \t\r\n]*("(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^ \t\r\n{}\[\]:,"]+)')
ESCAPED = re.compile(r'\\(u[0-9a-fA-F]{4}|.)')
NAMED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\", "/": "/"}
BACK = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def unescape(m):
    e = m.group(1)
    return chr(int(e[1:], 16)) if e[0] == "u" else NAMED[e]


def string(token):
    if "\\" not in token and "\x7f" > max(token, default=""):
        return token
    plain = ESCAPED.sub(unescape, token[1:-1])
    # two halves written as escapes are one character
    plain = plain.encode("utf-16", "surrogatepass").decode("utf-16")
    return '"' + "".join(BACK.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in plain) + '"'


def tokens(text):
    at, out = 0, []
    text = text.rstrip(" \t\r\n")
    while at < len(text):
        m = TOKEN.match(text, at)
        if not m:
            raise ValueError(f"no token at {at}")
        t = m.group(1)
        out.append(string(t) if t[0] == '"' else t)
        at = m.end()
    return out


def value_end(toks, i):
    """Index behind the value that begins at i."""
    depth = 0
    while True:
        if toks[i] in "{[":
            depth += 1
        elif toks[i] in "}]":
            depth -= 1
        i += 1
        if not depth:
            return i


def members(toks, i):
    """(name, first, end) of each member of the object at i."""
    i += 1
    while toks[i] != "}":
        name, first = json.loads(toks[i]), i + 2
        end = value_end(toks, first)
        yield name, first, end
        i = end + (toks[end] == ",")


def resources_at(toks, i):
    """The minified text of each resource that an import makes a document of."""
    found = {name: (first, end) for name, first, end in members(toks, i)}
    if json.loads(toks[found["resourceType"][0]]) != "Bundle":
        yield "".join(toks[i:value_end(toks, i)])
        return
    if "entry" not in found:
        return
    e = found["entry"][0] + 1
    while toks[e] != "]":
        for name, first, _ in members(toks, e):
            if name == "resource":
                yield from resources_at(toks, first)
        e = value_end(toks, e)
        e += toks[e] == ","


def resources(path):
    with open(path, encoding="utf-8-sig", newline="") as f:
        text = f.read()
    if not path.endswith(".json"):
        for line in text.split("\n"):
            if line.strip():
                yield from resources_at(tokens(line), 0)
        return
    yield from resources_at(tokens(text), 0)


# ------------------------------------------------------------------ two devices


def run(home, *args, code=0, **kw):
    p = subprocess.run([PROGRAM, "--home", home, "--passphrase-file", "pass", *args], capture_output=True, **kw)
    if p.returncode not in (code if isinstance(code, tuple) else (code,)):
        raise SystemExit(f"not ok {done + 1} - {' '.join(args)}: exit {p.returncode}: {p.stderr.decode()[-500:]}")
    return p.stdout


def own_files(folder):
    """Vectors of our own: what is awkward, whether or not there is shared data."""
    def obs(name, rest):
        return '{"resourceType" : "Observation",\n "id":"%s", "status":"final","code":{"text":"x"}%s}' % (name, rest)
    rows = {
        "numbers": ',"valueQuantity":{"value":1.0},"component":[%s]' % ",".join(
            '{"code":{"text":"n"},"valueQuantity":{"value":%s}}' % n for n in (
                "0.010 1e2 1E+2 -0.0 -0 0 0.0 100 1.50e-7 123456789012345678901234567890 9007199254740993 0.1e1 1e-400".split())),
        "strings": ',"note":[{"text":"a\\u0041\\/\\n\\u001f\\ud83d\\ude00\\u00e9 \\u2028\\u007f\\"\\\\"}]',
        "order": ',"zzz":1,"aaa":[{"b":null},{"a":true}],"_status":{"id":"s"}',
        "base64": ',"note":[{"text":"%s"}]' % ("QUJD" * 100),
        "large": ',"note":[{"text":"%s"}]' % ("QUJD" * 30000),
        "deep": ',"extension":[{"url":"http://x.example/a","extension":[{"url":"b","valueDecimal":-0.50}]}]',
    }
    for name, rest in rows.items():
        with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8", newline="") as f:
            f.write(obs(name, rest))
    with open(os.path.join(folder, "rows.ndjson"), "w", encoding="utf-8", newline="") as f:
        f.write(obs("line1", "").replace("\n", "") + "\r\n" + obs("line2", ',"valueInteger":-5').replace("\n", "") + "\n")
    return sorted(glob.glob(folder + "/*"))


def wanted(files):
    """The texts of each file that is FHIR, by the file's number."""
    want = {}
    for n, path in enumerate(files):
        try:
            want[n] = list(resources(path))
        except (KeyError, ValueError) as e:
            print(f"# not FHIR: {os.path.relpath(path, SHARED)}: {e!r}")
    return want


def import_all(files, want):
    """Each file with its own source; a file that is refused whole must be no FHIR."""
    refused = []
    for n in list(want):
        p = subprocess.run([PROGRAM, "--home", "one", "--passphrase-file", "pass", "import", files[n], "--json", "--person", "any",
                            "--source", f"file-{n}"], capture_output=True)
        if p.returncode == 1:
            refused.append((files[n], p.stderr.decode().strip()))
            del want[n]
        elif p.returncode not in (0, 3):
            raise SystemExit(f"not ok - import {files[n]}: exit {p.returncode}")
        else:
            c = json.loads(p.stdout)
            if c["refused"]:
                refused.append((files[n], [i for i in c["issues"] if i["severity"] == "error"][:1]))
            elif c["resources"] != len(want[n]):
                check(f"{files[n]}: {c['resources']} counted, {len(want[n])} there", False)
    return refused


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(SHARED, "dev")
    work = tempfile.mkdtemp()
    files = []
    if os.path.isdir(folder):
        for path in sorted(glob.glob(os.path.realpath(folder) + "/**/*", recursive=True)):
            if path.endswith((".json", ".ndjson")) and "/invalid/" not in path:
                files.append(path)
    else:
        print("# no shared data: own vectors only")
    print(f"# files {len(files)}")
    os.chdir(work)
    try:
        os.environ["AFTERCARE_QUICK_KDF"] = "1"
        open("pass", "w").write("a sentence for the test\n")
        os.mkdir("own")
        files += own_files(work + "/own") + [os.path.join(HERE, "records/survivor.json"), os.path.join(HERE, "records/hospital-a.ndjson")]
        run("one", "init", "--name", "Everybody", "--device", "one", "--kit", "kit.html")
        run("one", "unlock", "--for", "2h")
        compare(files)
    finally:
        for home in ("one", "two"):
            subprocess.run([PROGRAM, "--home", home, "lock"], capture_output=True)
        shutil.rmtree(work)
    print(f"1..{done}")
    return bad != 0 or done < 5


def lines(data):
    """Split at line feeds alone: a document may hold other separators."""
    return data.decode().split("\n")[:-1]


def second_device():
    run("one", "hub", "init", "hub")
    run("one", "remote", "add", "stick", "hub")
    run("one", "sync")
    code = json.loads(run("one", "device", "invite", "--json"))["code"]
    run("two", "join", "--device", "two", "--code-file", "-", input=code.encode())
    run("two", "unlock", "--for", "2h")


def among_the_versions(n, row):
    """Is it an earlier version of its document? A file may hold one key twice."""
    body = json.loads(row)
    ref = f"{body['resourceType']}/{body.get('id', '')}~file-{n}"
    past = [json.loads(line)["version"] for line in lines(run("two", "history", ref, "--json", code=(0, 1)))]
    return any(lines(run("two", "show", ref, "--version", v, "--format", "json")) == [row] for v in past)


def compare(files):
    want = wanted(files)
    total = sum(map(len, want.values()))
    refused = import_all(files, want)
    for path, why in refused:
        print(f"# refused: {os.path.relpath(path, SHARED)}: {why}"[:300])
    second_device()
    out = lines(run("two", "export", "--format", "ndjson", code=(0, 3)))
    have, asked = set(out), {row for rows in want.values() for row in rows}
    lost = [(files[n], row) for n, rows in want.items() for row in rows
            if row not in have and not among_the_versions(n, row)]
    print(f"# files {len(want)} resources {sum(map(len, want.values()))} of {total}")
    check("every resource is on the second device, byte for byte", asked and not lost,
          "\n".join(f"{p}: {r[:200]}" for p, r in lost[:5]) + f"\n{len(lost)} in all")
    check("nothing else is there", have <= asked, "\n".join(sorted(have - asked))[:600])
    check("no file was refused", not refused and sum(map(len, want.values())) == total)
    refs = [json.loads(line)["ref"] for line in lines(run("two", "list", "--json"))]
    check("list names each", len(refs) == len(out), (len(refs), len(out)))
    wrong = [ref for ref in refs[::97] if lines(run("two", "show", ref, "--format", "json", code=(0, 3)))[0] not in have]
    check(f"show --format json gives the same, {len(refs[::97])} tried", refs and not wrong, wrong[:5])


if __name__ == "__main__":
    sys.exit(main())
