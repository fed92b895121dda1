#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""handoff_test.py: a record for somebody without this program. It is opened with Debian's age
and tar, what it holds is taken in by another home, and nothing of a failure stays."""
import base64
import json
import os
import pty
import re
import resource
import signal
import stat
import subprocess
import sys
import time

from homes import Tap, World, observation

FHIR = os.environ.get("AFTERCARE_FHIR", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "shared", "fhir"))
KEYS = ["file", "bytes", "recipients", "records", "disputed", "attachments", "missing"]
t = Tap()
w = World("handoff", memory=True)


def key(name):
    out = subprocess.run(["age-keygen"], capture_output=True, text=True, check=True).stdout
    w.write(name, out)
    return re.search("age1[0-9a-z]+", out).group(0)


def tar_of(file, identity):
    p = subprocess.run(["age", "-d", "-i", w.path(identity), w.path(file)], capture_output=True)
    return p.stdout if p.returncode == 0 else None


def unpack(data, name):
    """The folder that stock tar makes of it, and the names in their order."""
    os.makedirs(w.path(name))
    names = subprocess.run(["tar", "tf", "-"], input=data, capture_output=True, check=True).stdout.decode().splitlines()
    subprocess.run(["tar", "-xf", "-", "-C", w.path(name)], input=data, capture_output=True, check=True)
    return w.path(name, os.listdir(w.path(name))[0]), names


def read(*names):
    with open(os.path.join(*names), "rb") as f:
        return f.read()


def bundle(folder):
    b = json.loads(read(folder, "records.json"))
    assert b["resourceType"] == "Bundle" and b["type"] == "collection"
    return [e["resource"] for e in b["entry"]]


def files_in(folder):
    return sorted(os.path.relpath(os.path.join(d, f), folder) for d, _, fs in os.walk(folder) for f in fs)


def taken_in(folder, home):
    """What another home has of it."""
    w.must(home, "init", "--name", "Dr Lee", "--device", home, "--kit", w.path(home + ".kit"))
    w.must(home, "import", os.path.join(folder, "records.json"), "--person", "any", ok=(0, 3))
    return w.view(home)


def nothing_left(what, *names):
    left = [x for x in os.listdir(w.top) if any(x.startswith(n) or x.startswith("." + n) for n in names)]
    t.ok(not left, f"{what}: nothing is left", left)


def document(name, title, size=None, data=None, type="application/pdf"):
    at = {"contentType": type, "title": title}
    at["data"] = base64.b64encode(os.urandom(size) if size else data).decode()
    return {"resourceType": "DocumentReference", "id": name, "status": "current", "content": [{"attachment": at}]}


# ------------------------------------------------------------------------- sealed
w.init("laptop")
w.put("laptop", {"resourceType": "Patient", "id": "ana", "name": [{"family": "Ruiz", "given": ["Ana"]}], "birthDate": "1990-04-01"})
w.put("laptop", {"resourceType": "Condition", "id": "all", "subject": {"reference": "Patient/ana"}, "code": {"text": "Acute lymphoblastic leukaemia"},
                 "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "remission"}]}})
w.put("laptop", observation("hb", 12.1))
LARGE = os.urandom(3 << 20)
with open(w.path("ct.pdf"), "wb") as f:
    f.write(LARGE)
ct = w.must("laptop", "attachment", "add", w.path("ct.pdf"), "--title", "CT of the chest", "--json").json["ref"]
w.put("laptop", document("note", "Letter to Dr Okafor", data="Walks daily. Grüße.\n".encode(), type="text/plain; charset=utf-8"))
w.put("laptop", document("scan", "Scan", size=5000, type="image/png"))
one, two = key("one.key"), key("two.key")
a = w.must("laptop", "handoff", w.path("x.age"), "--to", one, "--to", two, "--json")
t.ok(list(a.json) == KEYS and a.json["bytes"] == os.path.getsize(w.path("x.age")) and a.json["recipients"] == 2 and a.json["records"] == 6
     and a.json["attachments"] == 3 and a.json["missing"] == a.json["disputed"] == 0, "it says what it made", a)
t.ok(stat.S_IMODE(os.stat(w.path("x.age")).st_mode) == 0o600, "mode 0600")
data = tar_of("x.age", "one.key")
t.ok(data is not None and tar_of("x.age", "two.key") == data, "stock age opens it with either key")
t.ok(tar_of("x.age", "pw") is None and b"Ruiz" not in read(w.path("x.age")), "and nobody else")
folder, names = unpack(data, "out")
t.ok([n.split("/", 1)[1] for n in names[:3]] == ["README.txt", "report.html", "records.json"] and len({n.split("/")[0] for n in names}) == 1
     and re.fullmatch(r"handoff-\d{4}-\d\d-\d\d", names[0].split("/")[0]), "stock tar: one folder, its first page first", names)
page = read(folder, "README.txt").decode()
for what, words in {"whose": "THE MEDICAL RECORD OF Ana Ruiz", "what": "records.json: the same and more for another program: 6 records", "when": "laptop (this was made on it): last wrote",
                    "how": "age -d -i KEY FILE", "attachments": "CT of the chest", "peace": "No record is in dispute."}.items():
    t.ok(words in re.sub(r"\s+", " ", page), f"the first page says {what}", page)
t.ok(max(map(len, page.splitlines())) <= 76, "its lines are short")
report = read(folder, "report.html").decode()
t.ok(report.lower().startswith("<!doctype html>") and "Acute lymphoblastic leukaemia" in report, "the report is in it", report[:200])
t.ok(sorted(read(folder, "attachments", x) == LARGE for x in os.listdir(os.path.join(folder, "attachments"))) == [False, False, True]
     and "Walks daily. Grüße.\n".encode() in [read(folder, "attachments", x) for x in os.listdir(os.path.join(folder, "attachments"))],
     "attachments are files, byte for byte", files_in(folder))
t.ok(sorted(x.split("-", 1)[1] for x in os.listdir(os.path.join(folder, "attachments"))) == ["CT-of-the-chest.pdf", "Letter-to-Dr-Okafor.txt", "Scan.png"],
     "under names that say what they are", files_in(folder))
t.ok(taken_in(folder, "second") == w.view("laptop"), "another home that takes it in has the same documents")
before = read(w.path("x.age"))
a = w.run("laptop", "handoff", w.path("x.age"), "--to", one, "--yes")
t.ok(a.rc == 1 and "there already" in a.err and not a.out and read(w.path("x.age")) == before, "a file that is there is not replaced, not even with --yes", a)

w.write("word", "five words for her doctor\n")
a = w.must("laptop", "handoff", w.path("p.age"), "--sealed-with-file", w.path("word"))
t.ok("sealed to 1 recipients" in a.out, "sealed to a passphrase", a)
pid, fd = pty.fork()
if pid == 0:
    os.execvp("age", ["age", "-d", "-o", w.path("p.tar"), w.path("p.age")])
out = b""
try:
    while True:
        more = os.read(fd, 4096)
        if not more:
            break
        out += more
        if b"passphrase" in out.lower() and b"five" not in out:
            os.write(fd, b"five words for her doctor\n")
            out = b"five"
except OSError:
    pass
os.waitpid(pid, 0)
t.ok(os.path.exists(w.path("p.tar")) and unpack(read(w.path("p.tar")), "p")[1][0].endswith("README.txt"), "which stock age asks for", out)

# -------------------------------------------------------------------------- plain
a = w.run("laptop", "handoff", "--plain", w.path("plain"))
t.ok(a.rc == 2 and "will be sealed" in a.err and not os.path.exists(w.path("plain")), "a plain folder is asked about", a)
a = w.must("laptop", "handoff", "--plain", w.path("plain") + "/", "--yes")
t.ok(files_in(w.path("plain")) == files_in(folder) and read(w.path("plain"), "records.json") == read(folder, "records.json"), "the same in a folder", files_in(w.path("plain")))
t.ok(all(stat.S_IMODE(os.stat(os.path.join(d, f)).st_mode) == 0o600 for d, _, fs in os.walk(w.path("plain")) for f in fs)
     and stat.S_IMODE(os.stat(w.path("plain")).st_mode) == 0o700, "nobody else on this computer reads it")
t.ok("format age" not in read(w.path("plain"), "README.txt").decode(), "its first page speaks of no sealed file")
before = files_in(w.path("plain"))
for what in ("full", "file", "link"):
    name = w.path(what)
    if what == "full":
        os.makedirs(name)
        w.write("full/mine", "x")
    elif what == "file":
        w.write("file", "x")
    else:
        os.symlink(w.path("plain"), name)
    a = w.run("laptop", "handoff", "--plain", name, "--yes")
    t.ok(a.rc == 1 and "there already" in a.err and files_in(w.path("plain")) == before, f"a {what} is no place for it", a)
t.ok(read(w.path("full", "mine")) == b"x" and os.listdir(w.path("full")) == ["mine"], "and stays as it is")
os.makedirs(w.path("empty"))
w.must("laptop", "handoff", "--plain", w.path("empty"), "--yes", "--attachments", "none")
t.ok(files_in(w.path("empty")) == ["README.txt", "records.json", "report.html"], "an empty folder will do", files_in(w.path("empty")))

# -------------------------------------------------------------------- attachments
docs = {r["id"]: r for r in bundle(w.path("empty")) if r["resourceType"] == "DocumentReference"}
at = docs[ct.split("/")[1]]["content"][0]["attachment"]
t.ok("data" not in at and at["title"] == "CT of the chest" and at.get("size", len(LARGE)) == len(LARGE), "without attachments the document stays, its bytes do not", at)
t.ok("data" in docs["note"]["content"][0]["attachment"], "what stands in a document itself stays in it")
t.ok("left out on purpose" in re.sub(r"\s+", " ", read(w.path("empty"), "README.txt").decode()), "the first page says so")
a = w.must("laptop", "handoff", "--plain", w.path("some"), "--yes", "--attach", "DocumentReference/note", "--json")
t.ok(a.json["attachments"] == 1 and [f for f in files_in(w.path("some")) if f.startswith("attach")] == ["attachments/001-Letter-to-Dr-Okafor.txt"],
     "one that was chosen", a, files_in(w.path("some")))
code = w.invite("laptop")
w.join("phone", code)
w.must("laptop", "sync")
w.must("phone", "sync")
t.ok(not next(r for r in w.must("phone", "attachment", "list", "--json").rows if r["ref"] == ct)["here"], "the phone has not got the scan's bytes")
w.must("phone", "remote", "remove", "hub")
a = w.run("phone", "handoff", w.path("lacks.age"), "--to", one, "--json")
t.ok(a.rc == 3 and a.json["missing"] == 1 and a.json["attachments"] == 2 and f"Not in it: CT of the chest ({ct}), {len(LARGE)} bytes" in a.err, "what nobody has is named, exit 3", a)
lacks, names = unpack(tar_of("lacks.age", "one.key"), "lacks")
page = re.sub(r"\s+", " ", read(lacks, "README.txt").decode())
t.ok("WHAT IS MISSING" in page and page.index("CT of the chest") > page.index("WHAT IS MISSING") and "laptop: last heard" in page, "on the first page too, and when the laptop was last heard", page)
t.ok(len(bundle(lacks)) == 6 and not any("CT" in f for f in files_in(lacks)), "the rest is there", files_in(lacks))
w.must("phone", "remote", "add", "hub", w.path("hub"))
a = w.must("phone", "handoff", w.path("has.age"), "--to", one, "--json")
has, names = unpack(tar_of("has.age", "one.key"), "has")
t.ok(a.json["missing"] == 0 and LARGE in [read(has, f) for f in files_in(has)], "with a remote it is fetched", a)

# ----------------------------------------------------------------------- disputes
drug = {"resourceType": "MedicationRequest", "id": "mp", "status": "active", "intent": "order", "subject": {"reference": "Patient/ana"},
        "medicationCodeableConcept": {"text": "mercaptopurine"}, "dosageInstruction": [{"text": "50 mg"}]}
w.put("laptop", drug)
w.must("laptop", "sync")
w.must("phone", "sync")
w.must("laptop", "set", "MedicationRequest/mp", "dosageInstruction[0].text=75 mg")
w.must("phone", "set", "MedicationRequest/mp", "dosageInstruction[0].text=25 mg")
w.must("laptop", "set", "Patient/ana", "gender=female")
w.must("phone", "set", "Patient/ana", "gender=other")
for home in ("laptop", "phone", "laptop"):
    w.must(home, "sync", ok=(0, 3))
a = w.run("laptop", "handoff", "--plain", w.path("both"), "--yes", "--json", "--attachments", "none")
sides = [r for r in bundle(w.path("both")) if r["resourceType"] == "MedicationRequest"]
t.ok(a.rc == 0 and a.json["disputed"] == 1 and a.json["records"] == 8, "a dispute is told, exit 0", a)
t.ok(sorted(r["dosageInstruction"][0]["text"] for r in sides) == ["25 mg", "75 mg"] and all(re.fullmatch("mp-v[0-9a-f]{8}", r["id"])
     and r["meta"]["tag"][0]["code"] == "in-dispute" and "Ana Ruiz" in r["note"][-1]["authorString"] for r in sides), "both sides stand, marked", sides)
page = re.sub(r"\s+", " ", read(w.path("both"), "README.txt").decode())
t.ok("1 record is in dispute" in page and "In 1 other places" in page, "the first page says so", page)
both = read(w.path("both"), "report.html").decode()
t.ok("25 mg" in both and "75 mg" in both, "the report shows both")
t.ok(taken_in(w.path("both"), "third") == sorted(json.dumps(r, ensure_ascii=False, separators=(",", ":")) for r in bundle(w.path("both"))), "another home takes them in as they are")
w.must("laptop", "resolve", "MedicationRequest/mp", "dosageInstruction[0].text=25 mg", ok=(0, 3))

# ------------------------------------------------------------------- hostile names
EVIL = ["../../../etc/passwd", "/etc/shadow", ".hidden", "-rf", "a\nb\u202ec\u0007d", "x" * 300, "…" * 100, "CON", "", " ", "a/b\\c:d*e?\"<>|", "報告書" * 30, "same", "same", "scan.PDF"]
w.must("evil", "init", "--name", "../Ana\nRuiz <script>", "--device", "d\u202e", "--kit", w.path("evil.kit"))
w.must("evil", "import", w.write("evil.ndjson", "\n".join(json.dumps(document(f"d{i}", title, size=300 + i)) for i, title in enumerate(EVIL))), ok=(0, 3))
w.must("evil", "handoff", w.path("evil.age"), "--to", one)
evil, names = unpack(tar_of("evil.age", "one.key"), "evil.out")
inner = [n.split("/", 1)[1] for n in names]
t.ok(len(names) == len(set(names)) == len(EVIL) + 3, "every attachment has a name of its own", names)
t.ok(all(re.fullmatch(r"attachments/[0-9]{3}(-[^\x00-\x2c/:*?\"<>|\\\x7f-\x9f\u202e]+)?\.pdf", n, re.I) and ".." not in n and len(n.encode()) < 90 for n in inner[3:]), "and a harmless one", inner)
t.ok(sum(n.endswith(".pdf") or n.endswith(".PDF") for n in inner) == len(EVIL) and any(n.endswith("-scan.PDF") for n in inner), "its ending says what it is", inner)
t.ok(os.listdir(w.path("evil.out")) == [os.path.basename(evil)], "nothing lies outside the folder")
page = read(evil, "README.txt").decode()
t.ok("<script>" in page and "\u202e" not in page and "\x07" not in page and "THE MEDICAL RECORD OF ../Ana Ruiz" in page, "the first page is text", page[:300])
t.ok("<script>" not in read(evil, "report.html").decode(), "the report obeys no name")

# ------------------------------------------------------------------------ failures
def limited():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, 2 << 20))


for what, args in {"sealed": ["no.age", "--to", one], "plain": ["--plain", "no.dir", "--yes"]}.items():
    args = [w.path(x) if x.startswith("no.") else x for x in args]
    p = subprocess.run(w.command("laptop", ["handoff", *args]), env=w.env, capture_output=True, text=True, preexec_fn=limited)
    t.ok(p.returncode == 1 and not p.stdout and len(p.stderr.splitlines()) == 1, f"{what}: no room", p.returncode, p.stderr)
    nothing_left(f"{what}, no room", "no.")
for i in range(2):
    with open(w.path("big"), "wb") as f:
        f.write(os.urandom(8 << 20))
    w.must("laptop", "attachment", "add", w.path("big"), "--title", f"big {i}")
died = 0
for wait in (0, 0.1):
    p = w.start("laptop", "handoff", "--plain", w.path("no.dir"), "--yes")
    end = time.time() + 30
    while p.poll() is None and time.time() < end and not any(x.startswith("no.dir.") for x in os.listdir(w.top)):
        time.sleep(0.002)
    time.sleep(wait)
    p.send_signal(signal.SIGTERM)
    p.communicate()
    died += p.returncode == -signal.SIGTERM
    if os.path.exists(w.path("no.dir")):
        t.ok(len(files_in(w.path("no.dir"))) == 8, f"a signal came too late: it is whole ({wait} s)", files_in(w.path("no.dir")))
        subprocess.run(["rm", "-rf", w.path("no.dir")])
    nothing_left(f"a signal in the midst of it ({wait} s)", "no.dir")
t.ok(died > 0, "a signal ends it", died)

# --------------------------------------------------------------- cancers of real shape
CANCER = re.compile("leuk|lymphoma|carcinom|neoplas|malign|cancer", re.I)
people = 0
for root, _, fs in sorted(os.walk(os.path.join(FHIR, "dev"))):
    for f in sorted(fs):
        if not f.endswith(".json"):
            continue
        try:
            b = json.loads(read(root, f))
            conditions = [e["resource"] for e in b["entry"] if e["resource"]["resourceType"] == "Condition"]
        except (ValueError, KeyError, TypeError):
            continue
        if not any(CANCER.search(json.dumps(r.get("code", {}))) for r in conditions):
            continue
        people += 1
        home = f"real{people}"
        w.must(home, "init", "--name", "Real Person", "--device", "d", "--kit", w.path(home + ".kit"))
        w.must(home, "import", os.path.join(root, f), "--person", "any", ok=(0, 3))
        a = w.run(home, "handoff", w.path(home + ".age"), "--to", one, "--json")
        data = tar_of(home + ".age", "one.key") if a.rc == 0 else None
        folder = unpack(data, home + ".out")[0] if data else ""
        t.ok(bool(data) and taken_in(folder, home + "b") == w.view(home) and read(folder, "report.html").lower().startswith(b"<!doctype"),
             f"{f[:40]}: opened, and taken in again", a)
if people:
    print(f"# files {people}")
else:
    t.skip("records of real shape", "no shared data")
w.close()
sys.exit(t.end())
