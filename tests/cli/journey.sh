#!/bin/sh
# SPDX-License-Identifier: ISC
# journey.sh: a patient with two devices, a clinician, a hub, a backup: every
# command once for real, with the keys of its JSON exactly as promised. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
A=$(realpath "${AFTERCARE:-$here/../../.build/aftercare}")
command -v python3 >/dev/null || { echo "1..0 # skip there is no python3"; exit 0; }
exec python3 - "$A" <<'END'
import base64, json, os, re, shutil, subprocess, sys, tempfile

A, n, bad = sys.argv[1], 0, 0
W = tempfile.mkdtemp()
os.chdir(W)
os.environ.update(AFTERCARE_QUICK_KDF="1", LC_ALL="C.UTF-8")
for k in ("AFTERCARE_PASSPHRASE_FILE", "AFTERCARE_HOME", "NO_COLOR"):
    os.environ.pop(k, None)
open("pw", "w").write("a sentence for the test\n")
open("sealing", "w").write("another sentence\n")

def check(what, good, seen=""):
    global n, bad
    n += 1
    if good:
        print(f"ok {n} - {what}", flush=True)
    else:
        bad += 1
        print(f"not ok {n} - {what}\n# {seen!r}"[:1500], flush=True)
    return good

class Run:
    def __init__(self, home, *args, stdin=""):
        p = subprocess.run([A, "--home", home, "--passphrase-file", "pw", *args], input=stdin.encode(),
                           capture_output=True, start_new_session=True)
        self.rc, self.out, self.err = p.returncode, p.stdout.decode(), p.stderr.decode()
        self.rows = None
        if "--json" in args:
            try:
                self.rows = [json.loads(l) for l in self.out.splitlines()]
            except ValueError:
                self.rows = None
    @property
    def one(self):
        return self.rows[0] if self.rows else {}
    def __repr__(self):
        return f"exit {self.rc}; {self.out[-600:]}; {self.err[-400:]}"

def go(what, home, *args, rc=0, stdin="", keys=None, rows=None):
    r = Run(home, *args, stdin=stdin)
    good = r.rc == rc
    if "--json" in args and rc in (0, 3):
        good = good and r.rows is not None
    if good and keys is not None:
        must, may = {k for k in keys.split() if k[-1] != "?"}, set(keys.replace("?", "").split())
        good = bool(r.rows) and all(must <= set(x) <= may for x in r.rows)
    if good and rows is not None:
        good = len(r.rows) == rows
    if rc in (1, 2, 4):
        good = good and r.out == "" and r.err.count("\n") == 1
    check(what, good, r)
    return r

WROTE = "ref version flagged"
EXCHANGE = "remotes alerts"
STATUS = "documents versions conflicts flagged devices shares remotes backup alerts"
def obs(id, value="7.10", status="final", date="2026-01-02"):
    return json.dumps({"resourceType": "Observation", "id": id, "status": status,
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}], "text": "Hämoglobin"},
        "effectiveDateTime": date, "valueQuantity": {"value": "@", "unit": "g/dL"}}, ensure_ascii=False).replace('"@"', value)

# ---- one device
go("init", "a", "init", "--name", "Ana Ruiz", "--device", "laptop", "--kit", "kit.html")
page = open("kit.html").read() if os.path.exists("kit.html") else ""
keys = re.findall(r"AGE-SECRET-KEY-1[0-9A-Z]{58}", page)
check("the sheet holds the key as one run", len(keys) == 1 and "<svg" in page, keys)
check("the sheet is 0600", os.stat("kit.html").st_mode & 0o777 == 0o600)
open("key", "w").write((keys or [""])[0] + "\n")
check("the home is 0700", os.stat("a").st_mode & 0o777 == 0o700)
go("kit check by key", "a", "kit", "check", "--identity", "key")
go("kit check by sheet", "a", "kit", "check", "--identity", "kit.html")
go("put", "a", "--json", "put", "-", stdin=obs("o1"), keys=WROTE)
go("put without an id", "a", "put", "-", "--json", stdin='{"resourceType":"Condition","subject":{"reference":"Patient/p"},"code":{"text":"ALL"}}', keys=WROTE)
go("put what is not FHIR", "a", "put", "-", "--json", stdin='{"resourceType":"Observation","id":"x","status":"nonsense","code":{"text":"x"}}', rc=1)
go("put it by force", "a", "put", "-", "--json", "--force", stdin='{"resourceType":"Observation","id":"x","status":"nonsense","code":{"text":"x"}}', rc=3, keys=WROTE)
go("list", "a", "list", "--json", keys="ref type date title version conflict flagged author", rows=3)
check("empty list, empty output", Run("a", "list", "Procedure", "--json").out == "")
go("list by code", "a", "list", "--json", "--code", "http://loinc.org|718-7", rows=1)
go("list flagged", "a", "list", "--json", "--flagged", rows=1)
go("list since", "a", "list", "--json", "--since", "2026-01-01", "--until", "2026-02-01", rows=1)
go("find", "a", "find", "hamoglobin", "--json", rows=1)
go("find from standard input", "a", "find", "-", "--json", stdin="HÄMOGLOBIN", rows=1)
r = go("show", "a", "show", "Observation/o1", "--json", keys="ref version parents time author device conflict resource")
check("times", re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", r.one.get("time", "")), r)
check("the resource, byte for byte", json.loads(obs("o1")) == r.one.get("resource") and "7.10" in r.out, r)
check("show --format json", Run("a", "show", "Observation/o1", "--format", "json").out ==
      json.dumps(json.loads(obs("o1")), ensure_ascii=False, separators=(",", ":")).replace("7.1,", "7.10,") + "\n")
v1 = r.one.get("version", "0" * 64)
r = go("set", "a", "set", "Observation/o1", "valueQuantity.value=8.20", "--json", keys=WROTE)
go("set several from standard input", "a", "set", "Observation/o1", "-", "--json", stdin="note[0].text=fasting\nstatus=amended\n", keys=WROTE)
go("set of what is no path", "a", "set", "Observation/o1", "note[9].text=x", rc=2)
go("set of what FHIR forbids", "a", "set", "Observation/o1", "status=bogus", rc=1)
go("history", "a", "history", "Observation/o1", "--json", keys="version parents time author device op", rows=3)
go("diff", "a", "diff", "Observation/o1", v1[:8], "--json", keys="path from to")
go("show an older version", "a", "show", "Observation/o1", "--version", v1[:8], "--json")
go("revert", "a", "revert", "Observation/o1", v1[:10], "--json", keys=WROTE)
go("undo", "a", "undo", "--json", keys=WROTE)
go("rm", "a", "rm", "Observation/x", "--json", keys=WROTE)
go("show what is deleted", "a", "show", "Observation/x", rc=1)
go("undo the deletion", "a", "undo", "--json", keys=WROTE)
go("log", "a", "log", "--json", keys="time author device op ref version")
go("conflicts, none", "a", "conflicts", "--json", rows=0)
os.environ["EDITOR"] = "sed -i s/amended/corrected/"
go("edit", "a", "edit", "Observation/o1", "--json", keys=WROTE)

# ---- files
open("in.ndjson", "w").write(obs("n1", date="2025-05-05") + "\n" + obs("n2", date="2025-05-06") + "\n")
IMPORT = "files resources new changed same older flagged refused skipped issues"
r = go("import", "a", "import", "in.ndjson", "--json", keys=IMPORT)
check("two new", (r.one.get("files"), r.one.get("resources"), r.one.get("new")) == (1, 2, 2), r)
r = go("import again", "a", "import", "in.ndjson", "--json", keys=IMPORT)
check("two same", r.one.get("same") == 2 and r.one.get("new") == 0, r)
r = go("import from standard input, one flagged", "a", "import", "-", "--json", rc=3, keys=IMPORT,
       stdin='{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Observation","id":"f1","status":"final"}}]}')
check("an issue", bool(r.one.get("issues")) and sorted(r.one["issues"][0]) == sorted("file ref path line column severity message".split()), r)
open("broken.json", "w").write('{"resourceType":"Observation",,}')
go("import refused", "a", "import", "broken.json", "--json", rc=1)
r = go("export ndjson", "a", "export", "Observation/n1", "--format", "ndjson")
check("as it came in", r.out.strip() == json.dumps(json.loads(obs("n1", date="2025-05-05")), ensure_ascii=False, separators=(",", ":")).replace("7.1,", "7.10,"), r)
r = go("export a bundle", "a", "export", "--types", "Observation", "-o", "out.json")
check("it is one", json.load(open("out.json")).get("resourceType") == "Bundle" if os.path.exists("out.json") else False)
go("validate", "a", "validate", "in.ndjson", "--json", keys="file line type id ok issues", rows=2)
scan = os.urandom(200000)
open("scan.pdf", "wb").write(b"%PDF-1.4\n" + scan)
r = go("attachment add", "a", "attachment", "add", "scan.pdf", "--title", "Discharge letter", "--json", keys=WROTE)
doc = r.one.get("ref", "none")
go("attachment list", "a", "attachment", "list", "--json", keys="ref title type size hash here", rows=1)
go("attachment get", "a", "attachment", "get", doc, "-o", "got.pdf")
check("the same bytes", os.path.exists("got.pdf") and open("got.pdf", "rb").read() == b"%PDF-1.4\n" + scan)
go("show a document with an attachment", "a", "show", doc, "--json")

# ---- a second device
go("sync without a remote", "a", "sync", rc=1)
r = go("hub init", "a", "hub", "init", "hub", "--json", keys="path")
check("hub init, again", Run("a", "hub", "init", "hub").rc == 0)
go("remote add", "a", "remote", "add", "stick", "hub")
go("remote add, again", "a", "remote", "add", "stick", "hub", rc=1)
r = go("sync", "a", "sync", "--json", keys=EXCHANGE)
check("what it sent", r.one.get("remotes", [{}])[0].get("sent", 0) > 0 and
      sorted(r.one["remotes"][0]) == sorted("name ok received sent bytes_in bytes_out error".split()), r)
go("remote list", "a", "remote", "list", "--json", keys="name url last_ok error", rows=1)
r = go("device invite", "a", "device", "invite", "--json", keys="code expires")
open("code", "w").write(" ".join(re.findall(".{1,5}", r.one.get("code", "none"))).lower() + "\n")
go("invite list", "a", "invite", "list", "--json", rows=1)
go("join", "b", "join", "--device", "phone", "--code-file", "code", "--json")
r = Run("b", "list", "--json")
check("the phone has it all", r.out == Run("a", "list", "--json").out and r.out != "", r)
go("join with a code that was used", "c", "join", "--device", "tablet", "--code-file", "code", rc=1)
check("no home is left", not os.path.exists("c"))
go("join with a wrong character", "c", "join", "--device", "tablet", "--code-file", "-", rc=1, stdin=open("code").read()[:-8] + "q" + open("code").read()[-7:])
go("sync the laptop", "a", "sync", "--json")
r = go("device list", "a", "device", "list", "--json", keys="name person role state since this", rows=2)
go("attachment from the remote", "b", "attachment", "get", doc, "-o", "phone.pdf")
check("the same bytes there", os.path.exists("phone.pdf") and open("phone.pdf", "rb").read() == b"%PDF-1.4\n" + scan)

# ---- a conflict
go("the laptop writes", "a", "set", "Observation/o1", "valueQuantity.value=9.0")
go("the phone writes", "b", "set", "Observation/o1", "valueQuantity.value=9.9")
go("the laptop sends", "a", "sync")
go("the phone meets it", "b", "sync", "--json", rc=3, keys=EXCHANGE)
r = go("conflicts", "b", "conflicts", "--json", keys="ref path kind safety sides")
side = (r.rows or [{}])[0].get("sides", [{}])
check("its sides", len(side) == 2 and all(sorted(s) == sorted("version author device time value".split()) for s in side), r)
r = go("show in dispute", "b", "show", "Observation/o1", "--json", rc=3, keys="ref version parents time author device conflict resource sides")
check("no single value", r.one.get("resource", 0) is None and len(r.one.get("sides", [])) == 2, r)
r = go("show each head on a line", "b", "show", "Observation/o1", "--format", "json", rc=3)
check("two lines", len(r.out.splitlines()) == 2, r)
go("set in dispute", "b", "set", "Observation/o1", "status=final", rc=1)
go("rm in dispute", "b", "rm", "Observation/o1", rc=1)
go("export in dispute", "b", "export", "Observation/o1", rc=3)
go("status tells it", "b", "status", "--json", rc=3, keys=STATUS)
go("list all the same", "b", "list", "--json")
mine = next((s["version"] for s in side if s.get("device") == "phone"), "0" * 64)
go("resolve", "b", "resolve", "Observation/o1", "--take", mine[:12], "--json", keys=WROTE)
go("the phone sends", "b", "sync")
go("the laptop takes it", "a", "sync")
check("both agree", Run("a", "show", "Observation/o1", "--format", "json").out == Run("b", "show", "Observation/o1", "--format", "json").out != "")

# ---- files instead of a hub
go("a write to send", "b", "put", "-", stdin=obs("sent"))
go("send", "b", "send", "to-laptop", "--json")
go("receive", "a", "receive", "to-laptop", "--json", keys=EXCHANGE)
go("it arrived", "a", "show", "Observation/sent")
go("receive junk", "a", "receive", "pw", rc=1)

# ---- a clinician
r = go("share create", "a", "share", "create", "Dr Lee", "--types", "Observation", "--write", "--expires", "+90d", "--json", keys="code expires")
open("share", "w").write(r.one.get("code", "none"))
go("sync the share", "a", "sync")
go("share list", "a", "share", "list", "--json", keys="name role state types expires remote", rows=1)
go("share show", "a", "share", "show", "Dr Lee", "--json")
go("the clinician joins", "lee", "join", "--device", "office", "--name", "Lee Medical", "--code-file", "share", "--json")
r = go("patients", "lee", "patients", "--json", keys="patient new overdue conflicts state synced", rows=1)
r = go("the clinician reads", "lee", "list", "--json")
check("only what was shared", r.rows and {x["type"] for x in r.rows} == {"Observation"}, r)
go("the clinician writes", "lee", "put", "-", stdin=obs("result", date="2026-06-06"))
go("the clinician corrects the patient's", "lee", "set", "Observation/n1", "valueQuantity.value=1")
go("and sends", "lee", "sync")
go("the patient meets it", "a", "sync", rc=3)
r = go("the result came", "a", "show", "Observation/result", "--json")
check("under the patient's name for her", r.one.get("author", "").startswith("Dr Lee"), r)
r = go("a proposal", "a", "conflicts", "--json")
check("it is one", any(x["kind"] == "proposal" and x["ref"] == "Observation/n1" for x in r.rows or []), r)
r = go("share revoke", "a", "share", "revoke", "Dr Lee", "--json", keys="name readable")
check("what could be read", len(r.one.get("readable", [])) > 3 and sorted(r.one["readable"][0]) == ["ref", "version"], r)

# ---- copies
r = go("backup", "a", "backup", "records.age", "--json", keys="file bytes recipients")
check("its size", os.path.exists("records.age") and os.path.getsize("records.age") == r.one.get("bytes"), r)
go("backup over it", "a", "backup", "records.age", rc=2)
go("backup over it, confirmed", "a", "backup", "records.age", "--yes")
go("verify", "a", "verify", "--json", keys="segments versions attachments bad certificate")
go("verify the backup", "a", "verify", "records.age", "--json", keys="segments versions attachments bad certificate")
go("restore", "r", "restore", "records.age", "--identity", "key", "--device", "new laptop", "--json")
check("all is there", Run("r", "list", "--json").out == Run("a", "list", "--json").out != "")
FROM_HUB = ("restore", "--remote", "hub", "--identity", "kit.html", "--device", "newer laptop", "--json")
go("restore from the hub, not confirmed", "s", *FROM_HUB, rc=2)
check("no home is left by that", not os.path.exists("s"))
go("restore from the hub", "s", *FROM_HUB, "--yes")
check("all is there too", Run("s", "list", "--json").out == Run("a", "list", "--json").out != "")
go("restore into a home", "r", "restore", "records.age", "--identity", "key", rc=1)
go("sealed with a passphrase", "a", "backup", "sealed.age", "--sealed-with-file", "sealing")
go("and back", "q", "restore", "sealed.age", "--sealed-with-file", "sealing", "--device", "x")
go("a wrong sealing passphrase", "p", "restore", "sealed.age", "--sealed-with-file", "pw", "--device", "x", rc=4)
check("no home is left then", not os.path.exists("p"))
go("status", "a", "status", "--json", rc=3, keys=STATUS)
go("kit renew", "a", "kit", "renew", "--kit", "kit2.html")
go("the old sheet is worthless", "a", "kit", "check", "--identity", "kit.html", rc=1)
go("the new one is not", "a", "kit", "check", "--identity", "kit2.html")
go("passphrase by the kit", "a", "passphrase", "--reset", "--identity", "kit2.html", "--new-passphrase-file", "sealing")
go("the old passphrase", "a", "list", rc=4)
go("passphrase back", "a", "passphrase", "--reset", "--identity", "kit2.html", "--new-passphrase-file", "pw")
go("device remove", "a", "device", "remove", "phone")
go("hub prune", "a", "hub", "prune", "hub", "--json")
go("config", "a", "config", "editor", "nano")
go("config, back", "a", "config", "editor", "--json", keys="key value")
go("config --unset", "a", "config", "editor", "--unset")
go("remote remove", "a", "remote", "remove", "stick")

shutil.rmtree(W)
print(f"1..{n}")
sys.exit(bad != 0)
END
