#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""contract_exchange_test.py: the commands that concern more than one device: conflicts,
hubs, devices, shares, backups, the kit, the agent. Prints TAP."""
import json
import os
import re
import stat
import subprocess
import sys

from contract import Contract, doc, fits, listing, version

t = Contract("exchange")
w = t.w
PW = w.path("pw")


def obs(ident, /, **more):
    return doc("Observation", ident, status="final", code={"text": "pulse"}) | more


def refused(what, code, home, args, words="", **more):
    t.refuses(what, code, w.run(home, *args, **more), words)
    t.refuses(what + ", --json", code, w.run(home, *args, "--json", **more), words)


def mode(*path):
    return stat.S_IMODE(os.stat(w.path(*path)).st_mode)


# ------------------------------------------------------------------------ init, kit
a = w.run("laptop", "init", "--name", "Ana Ruiz", "--device", "laptop", "--kit", w.path("kit.html"), "--json")
t.answers("init --kit", "kit in a file", a)
page = open(w.path("kit.html"), encoding="utf-8").read()
key = re.search(r"AGE-SECRET-KEY-1[0-9A-Z]{58}", page)
t.ok(key and "<svg" in page and mode("kit.html") == 0o600 and "src=" not in page and "http-equiv" not in page.lower(),
     "the kit's page: mode 0600, a QR code, the key unbroken, nothing from elsewhere", page[:400])
a = w.run("other", "init", "--name", "Bo", "--device", "x", "--json")
j = t.answers("init without --kit", "kit", a)
t.ok(j and re.fullmatch(r"AGE-SECRET-KEY-1[0-9A-Z]{58}", j["kit"]), "shows the key", j)
a = w.run("third", "init", "--name", "Cy", "--device", "x")
t.ok(a.rc == 0 and re.search(r"AGE-SECRET-KEY-1[0-9A-Z]{58}", a.out), "and as text", a)
w.write("kit", key.group(0) + "\n")
w.write("lower", key.group(0).lower() + "\n")
w.write("stranger", j["kit"] + "\n")
for f in ("kit", "lower", "kit.html"):
    t.answers(f"kit check --identity {f}", "kit check", w.run("laptop", "kit", "check", "--identity", w.path(f), "--json"))
t.ok(w.run("laptop", "kit", "check", "--identity", "-", stdin=page).rc == 0, "kit check --identity -")
refused("kit check of another's kit", 1, "laptop", ["kit", "check", "--identity", w.path("stranger")])
refused("kit check of what is none", 1, "laptop", ["kit", "check", "--identity", PW], "AGE-SECRET-KEY")
refused("kit check without a terminal", 4, "laptop", ["kit", "check"])
refused("init of a name that is there", 1, "laptop", ["init", "--name", "Ana Ruiz", "--device", "x", "--kit", w.path("no.html")])
refused("init over a kit", 1, "fourth", ["init", "--name", "D", "--device", "x", "--kit", w.path("kit.html")])
t.ok(not os.path.exists(w.path("fourth")) and not os.path.exists(w.path("no.html")), "leaves no home, no page")

# ----------------------------------------------------------------- hub, remote, sync
refused("sync with no remote", 1, "laptop", ["sync"])
a = t.raw("hub", "init", "--json", w.path("hub"))
j = t.answers("hub init", "hub init", a)
t.ok(j and os.path.isabs(j["path"]) and os.path.isdir(j["path"]), "an absolute path", j)
a = w.run("laptop", "remote", "add", "stick", w.path("hub"), "--json")
t.ok(a.rc == 0 and a.out == "", "remote add has no answer", a)
r = t.answers("remote list", "remote list", w.run("laptop", "remote", "list", "--json"), 0, 1)
t.ok(r and r[0]["name"] == "stick" and r[0]["url"] == w.path("hub") and r[0]["last_ok"] == "" and r[0]["error"] == "",
     "never reached", r)
refused("remote add of a name that is there", 1, "laptop", ["remote", "add", "stick", w.path("hub2")])
refused("remote remove of none", 1, "laptop", ["remote", "remove", "none"])
refused("sync with a remote that is none", 1, "laptop", ["sync", "none"])
for i in range(3):
    w.put("laptop", obs(f"o{i}"))
j = t.answers("sync", "sync", w.run("laptop", "sync", "--json"))
t.ok(j and j["remotes"][0]["name"] == "stick" and j["remotes"][0]["ok"] and j["remotes"][0]["sent"] == 3
     and j["remotes"][0]["received"] == 0 and j["remotes"][0]["bytes_out"] > 0 and j["remotes"][0]["error"] == "", "3 sent", j)
j = t.answers("sync NAME once more", "sync", w.run("laptop", "sync", "stick", "--json"))
t.ok(j and j["remotes"][0]["sent"] == 0 and j["remotes"][0]["bytes_out"] == 0 and j["remotes"][0]["bytes_in"] == 0,
     "nothing to send, no byte", j)
r = w.run("laptop", "remote", "list", "--json").rows
t.ok(r[0]["last_ok"] != "", "reached now", r)
w.run("laptop", "remote", "add", "gone", w.path("no", "hub"))
a = w.run("laptop", "sync", "--json")
j = t.answers("sync where one of two fails", "sync", a, 3)
t.ok(j and [(x["name"], x["ok"], bool(x["error"])) for x in sorted(j["remotes"], key=lambda x: x["name"])]
     == [("gone", False, True), ("stick", True, False)], "says which, and why", j)
refused("sync where all fail", 1, "laptop", ["sync", "gone"], "gone")
j = t.answers("status with a failed remote", "status", w.run("laptop", "status", "--json"), 3)
t.ok(j and [x["error"] != "" for x in sorted(j["remotes"], key=lambda x: x["name"])] == [True, False] and j["devices"] == 1
     and j["shares"] == 0 and j["documents"] == 3 and j["versions"] == 3 and j["backup"] == {"time": "", "file": "", "verified": ""},
     "its values", j)
w.run("laptop", "remote", "remove", "gone")
w.put("laptop", obs("late"))
j = t.answers("status", "status", w.run("laptop", "status", "--json"))
t.ok(j and j["remotes"][0]["unsent"] == 1, "one version unsent", j)
w.run("laptop", "sync")
t.eq("none after a sync", w.run("laptop", "status", "--json").json["remotes"][0]["unsent"], 0)

# ------------------------------------------------------------- devices and invites
a = w.run("laptop", "device", "invite", "--json", "--as", "Ana's phone", "--expires", "2h")
j = t.answers("device invite", "code", a)
t.ok("no remote" not in a.err, "published before it is shown", a)
code = j["code"]
r = t.answers("invite list", "invite list", w.run("laptop", "invite", "list", "--json"), 0, 1)
name = r[0]["name"] if r else ""
a = w.run("laptop", "invite", "cancel", name, "--json")
t.ok(a.rc == 0 and a.out == "" and "sync" in a.err, "invite cancel has no answer, and says when it counts", a)
t.eq("no code is pending", [r["state"] for r in w.run("laptop", "invite", "list", "--json").rows], ["revoked"])
w.must("laptop", "sync")
w.write("code", code)
refused("join with a cancelled code", 1, "phone", ["join", "--device", "phone", "--code-file", w.path("code")])
t.ok(not os.path.exists(w.path("phone")), "leaves no home behind")
code = w.invite("laptop")
t.ok(code == "".join(code.split()), "a code is one word", code)
at = len(code) // 2
w.write("typo", code[:at] + ("x" if code[at].lower() != "x" else "y") + code[at + 1:])
refused("join with a wrong character", 1, "phone", ["join", "--device", "phone", "--code-file", w.path("typo")])
t.ok(not os.path.exists(w.path("phone")), "leaves no home behind")
spread = " \n".join((code.upper() if i % 2 else code.lower())[i:i + 7] for i in range(0, len(code), 7))
a = w.run("phone", "join", "--device", "phone", "--code-file", "-", "--json", stdin="  " + spread + "\n\n")
j = t.answers("join: white space and case do not matter", "join", a)
t.eq("join's values", j, {"patient": "Ana Ruiz", "role": "owner", "device": "phone"})
t.eq("the home's mode", mode("phone"), 0o700)
t.eq("the remotes came too", [r["name"] for r in w.run("phone", "remote", "list", "--json").rows], ["stick"])
t.eq("and the documents", len(w.run("phone", "list", "--json").rows), 4)
w.write("code", code)
refused("join with a used code", 1, "tablet", ["join", "--device", "tablet", "--code-file", w.path("code")])
a = w.run("laptop", "sync")
r = t.answers("device list", "device list", w.run("laptop", "device", "list", "--json"), 0, 2)
t.ok(r and sorted((x["name"], x["role"], x["this"], x["state"]) for x in r)
     == [("laptop", "owner", True, "active"), ("phone", "owner", False, "active")] and all(x["person"] for x in r), "its values", r)
refused("device remove of none", 1, "laptop", ["device", "remove", "none"])
a = w.run("alone", "init", "--name", "Al", "--device", "d", "--kit", w.path("al.html"))
a = w.run("alone", "device", "invite", "--json")
t.ok(a.rc == 0 and "on no remote yet: run sync or send" in a.err, "an invite that is on no remote says so", a)
a = w.run("alone", "device", "invite", "--quiet")
t.ok(a.rc == 0 and len(a.out.split("\n")[0]) > 60 and "\033" not in a.out, "as text the code is the first line", a)

# ----------------------------------------------------------------------- conflicts
w.put("laptop", obs("c", note=[{"text": "x"}], valueInteger=1))
w.put("laptop", doc("Patient", "ana", name=[{"family": "Ruiz"}], gender="female", birthDate="1990-01-01", active=True))
w.run("laptop", "sync"), w.run("phone", "sync")
w.must("laptop", "set", "Observation/c", "valueInteger=2")
w.must("phone", "set", "Observation/c", "valueInteger=3")
w.must("laptop", "set", "Patient/ana", "birthDate=1991-01-01")
w.must("phone", "set", "Patient/ana", "birthDate=1992-01-01")
w.must("laptop", "sync")
j = t.answers("sync that meets a conflict", "sync", w.run("phone", "sync", "--json"), 3)
t.answers("sync once more", "sync", w.run("phone", "sync", "--json"), 0)
rows = t.answers("conflicts", "conflicts", w.run("phone", "conflicts", "--json"), 0, 2)
c = next(r for r in rows if r["ref"] == "Observation/c")
p = next(r for r in rows if r["ref"] == "Patient/ana")
t.ok(c["kind"] == "conflict" and c["safety"] is True and len(c["sides"]) == 2
     and {s["device"] for s in c["sides"]} == {"laptop", "phone"} and {s["author"] for s in c["sides"]} == {"Ana Ruiz"},
     "a result is safety-critical, with both sides", c)
t.ok(p["safety"] is False and {s["value"] for s in p["sides"]} == {"1991-01-01", "1992-01-01"} and p["path"] == "birthDate",
     "a birth date is not", p)
a = w.run("phone", "conflicts", "Patient/ana", "--json")
t.ok(a.rc == 0 and len(a.rows) == 1, "conflicts REF", a)
j = t.answers("show in dispute", "show in dispute", w.run("phone", "show", "Observation/c", "--json"), 3)
t.ok(j and j["conflict"] is True and sorted(s["resource"]["valueInteger"] for s in j["sides"]) == [2, 3]
     and j["version"] == "+".join(sorted(s["version"] for s in j["sides"])), "no resource, both sides", j)
a = w.run("phone", "show", "Observation/c", "--format", "json")
t.ok(a.rc == 3 and len(a.rows) == 2 and {r["valueInteger"] for r in a.rows} == {2, 3}, "--format json: each head on a line", a)
t.eq("show as text: exit 3", w.run("phone", "show", "Observation/c").rc, 3)
j = t.answers("show of another dispute", "show", w.run("phone", "show", "Patient/ana", "--json"), 0)
t.ok(j and j["conflict"] is True and j["resource"]["birthDate"] == "1992-01-01", "shows the later value", j)
side = json.loads(json.dumps(c["sides"][0]))
j = t.answers("show --version of a side", "show", w.run("phone", "show", "Observation/c", "--version", side["version"][:10], "--json"), 0)
for args in (["export"], ["export", "Observation/c"], ["export", "-o", w.path("disputed.json")], ["export", "--format", "ndjson"]):
    t.eq(" ".join(args[:2]) + ": exit 3 in dispute", w.run("phone", *args).rc, 3)
a = w.run("phone", "export", "Observation/c", "--format", "ndjson")
t.ok(len(a.rows) == 2 and all(re.fullmatch(r"c-v[0-9a-f]{8}", r["id"]) and r["meta"]["tag"] for r in a.rows), "one resource a side", a)
t.eq("export of what is not in dispute: 0", w.run("phone", "export", "Patient/ana").rc, 0)
for args in (["list"], ["find", "pulse"], ["conflicts"], ["patients"], ["log"], ["history", "Observation/c"], ["remote", "list"],
             ["device", "list"], ["share", "list"], ["verify"], ["backup", w.path("inconflict.age")]):
    a = w.run("phone", *args, "--json")
    t.ok(a.rc == 0, f"{args[0]}: exit 0 whatever the home holds", a)
r = next(x for x in w.run("phone", "list", "--json").rows if x["ref"] == "Observation/c")
t.ok(fits(r, {k: type(v) for k, v in r.items()}) == "" and r["conflict"] is True and "+" in r["version"], "list: conflict, two heads", r)
j = t.answers("status in conflict", "status", w.run("phone", "status", "--json"), 3)
t.ok(j and j["conflicts"] in (1, 2), "counts them", j)
heads = w.run("phone", "log", "--json").out
for args, more in ((["put", "-"], {"stdin": json.dumps(obs("c"))}), (["set", "Observation/c", "status=amended"], {}),
                   (["set", "Observation/c", "status=amended", "--force"], {}), (["rm", "Observation/c"], {}),
                   (["put", "-", "--force"], {"stdin": json.dumps(obs("c"))})):
    refused(" ".join(args[:1] + args[2:]) + " of a document in dispute", 1, "phone", args, "resolve", **more)
a = t.raw("--home", w.path("phone"), "--passphrase-file", PW, "edit", "Observation/c", env={"EDITOR": "sed -i s/final/amended/"})
t.refuses("edit of a document in dispute", 1, a, "resolve")
refused("resolve that leaves the disputed field", 1, "phone", ["resolve", "Observation/c", "status=amended"])
refused("resolve --take of what is not there", 1, "phone", ["resolve", "Observation/c", "--take", "00000000"])
t.eq("and nothing was written", w.run("phone", "log", "--json").out, heads)
j = t.answers("resolve --take", "write", w.run("phone", "resolve", "Observation/c", "--take", side["version"][:8], "--json"))
t.eq("its value stands", w.run("phone", "show", "Observation/c", "--json").json["resource"]["valueInteger"], side["value"] if isinstance(side["value"], int)
     else w.run("phone", "show", "Observation/c", "--version", side["version"], "--json").json["resource"]["valueInteger"])
t.eq("op resolve, both sides its parents", (lambda r: (r["op"], sorted(r["parents"])))(w.run("phone", "history", "Observation/c", "--json").rows[0]),
     ("resolve", sorted(s["version"] for s in c["sides"])))
j = t.answers("resolve PATH=VALUE from -", "write", w.run("phone", "resolve", "Patient/ana", "-", "--json", stdin="birthDate=1993-03-03\n"))
t.ok(w.run("phone", "conflicts", "--json").out == "" and w.run("phone", "status").rc == 0, "nothing is open any more")
w.run("phone", "sync"), w.run("laptop", "sync")
t.eq("on the other device too", w.run("laptop", "conflicts", "--json").out, "")
# --edit, and a write that adds an error
w.must("laptop", "set", "Observation/c", "valueInteger=5"), w.must("phone", "set", "Observation/c", "valueInteger=6")
w.run("laptop", "sync"), w.run("phone", "sync")
refused("resolve that adds an error", 1, "phone", ["resolve", "Observation/c", "valueInteger=7", "status=nonsense"], "--force")
a = t.raw("--home", w.path("phone"), "--passphrase-file", PW, "--json", "resolve", "Observation/c", "--edit", env={"EDITOR": "true", "VISUAL": None})
t.answers("resolve --edit", "write", a)
w.run("phone", "sync"), w.run("laptop", "sync")

# --------------------------------------------------------------------- send, receive
w.put("laptop", obs("sent"))
a = w.run("laptop", "send", w.path("x.send"), "--json")
t.answers("send", "send", a)
a = w.run("phone", "receive", w.path("x.send"), "--json")
j = t.answers("receive", "sync", a)
t.ok(j and j["remotes"][0]["received"] == 1 and j["remotes"][0]["ok"], "one version", j)
j = t.answers("receive once more", "sync", w.run("phone", "receive", w.path("x.send"), "--json"))
t.ok(j and j["remotes"][0]["received"] == 0, "none", j)
w.write("junk", "junk\n")
j = t.answers("receive of a good and a bad file", "sync", w.run("phone", "receive", w.path("x.send"), w.path("junk"), "--json"), 3)
t.ok(j and [r["ok"] for r in j["remotes"]] == [True, False], "says which", j)
refused("receive of a bad file", 1, "phone", ["receive", w.path("junk")], "junk")
refused("receive of nothing there", 1, "phone", ["receive", w.path("none")], "none")
refused("send into no folder", 1, "laptop", ["send", w.path("none", "x")])
refused("send of a space that is none", 1, "laptop", ["send", w.path("no.send"), "--space", "none"])
t.ok(not [n for n in listing(w.top) if n.startswith("no.send")], "leaves no file")

# -------------------------------------------------------------------------- shares
refused("share create with no filter", 2, "laptop", ["share", "create", "Dr Lee"])
for i, args in enumerate((["--types", "Observation,Condition", "--write"], ["--code", "718-7"], ["--since", "-6mo"],
                          ["--ref", "Observation/o1", "Observation/o2"], ["--all", "--no-history"],
                          ["--types", "Observation", "--expires", "+30d"])):
    a = w.run("laptop", "share", "create", f"Dr {i}", *args, "--json")
    j = t.answers("share create " + " ".join(args), "code", a)
    if i == 0:
        w.write("lee", j["code"])
rows = t.answers("share list", "share list", w.run("laptop", "share", "list", "--json"), 0, 6)
by = {r["name"]: r for r in rows}
t.ok(by["Dr 0"]["role"] == "writer" and by["Dr 1"]["role"] == "reader" and sorted(by["Dr 0"]["types"]) == ["Condition", "Observation"]
     and by["Dr 4"]["types"] == [] and by["Dr 5"]["expires"] and by["Dr 1"]["expires"] == "" and by["Dr 0"]["state"] == "pending",
     "its values", rows)
j = t.answers("share show", "share show", w.run("laptop", "share", "show", "Dr 0", "--json"))
refused("share show of none", 1, "laptop", ["share", "show", "none"])
refused("share create of a name that is there", 1, "laptop", ["share", "create", "Dr 0", "--all"])
refused("share create --types observation", 2, "laptop", ["share", "create", "Dr 9", "--types", "observation"])
a = w.run("laptop", "share", "create", "Dr T", "--all")
t.ok(a.rc == 0 and "remote" in a.out, "as text it says what access to the remote is needed", a)
a = w.run("clinic", "join", "--device", "surgery", "--name", "Dr Mina Lee", "--code-file", w.path("lee"), "--json")
j = t.answers("join of a share", "join", a)
t.eq("as a writer", j and j["role"], "writer")
r = t.answers("patients", "patients", w.run("clinic", "patients", "--json"), 0, 1)
t.ok(r and r[0]["patient"] == "Ana Ruiz" and r[0]["state"] == "active" and r[0]["synced"], "its values", r)
seen = sorted(x["ref"] for x in w.run("clinic", "list", "--json").rows)
t.ok(seen and all(x.startswith("Observation/") for x in seen), "sees the types shared", seen)
refused("export of what was not shared", 1, "clinic", ["export", "Patient/ana"])
w.put("clinic", obs("by-lee"))
w.must("clinic", "sync", ok=(0, 3))
w.must("laptop", "sync", ok=(0, 3))
t.eq("state active", next(x for x in w.run("laptop", "share", "list", "--json").rows if x["name"] == "Dr 0")["state"], "active")
j = w.run("laptop", "show", "Observation/by-lee", "--json").json
t.ok(j and j["author"].startswith("Dr 0") and "Dr Mina Lee" in j["author"], "under the name that the owner gave, theirs beside it", j)
t.eq("op contribute", w.run("laptop", "history", "Observation/by-lee", "--json").rows[0]["op"], "contribute")
w.must("clinic", "set", "Observation/o0", "valueInteger=9")
w.run("clinic", "sync")
j = t.answers("sync that brings a proposal", "sync", w.run("laptop", "sync", "--json"), 3)
rows = t.answers("conflicts: a proposal", "conflicts", w.run("laptop", "conflicts", "--json"), 0, 1)
t.ok(rows and rows[0]["kind"] == "proposal" and rows[0]["safety"] is True, "its kind", rows)
t.ok(w.run("laptop", "show", "Observation/o0").rc == 0, "the patient's own value is shown")
w.must("laptop", "resolve", "Observation/o0", "--take", next(s["version"] for s in rows[0]["sides"] if s["author"].startswith("Dr 0"))[:8])
t.eq("settled", w.run("laptop", "conflicts", "--json").out, "")
j = t.answers("share revoke", "share revoke", w.run("laptop", "share", "revoke", "Dr 0", "--json"))
t.ok(j and j["name"] == "Dr 0" and {x["ref"] for x in j["readable"]} >= set(seen), "lists what could be read", j)
t.eq("state revoked", next(x for x in w.run("laptop", "share", "list", "--json").rows if x["name"] == "Dr 0")["state"], "revoked")
refused("share revoke of none", 1, "laptop", ["share", "revoke", "none"])
w.run("laptop", "sync")
a = w.run("clinic", "sync", "--json")
t.ok(a.rc in (0, 1, 3), "the clinician's next sync", a)
t.eq("the clinician sees it as revoked", w.run("clinic", "patients", "--json").rows[0]["state"], "revoked")

# ------------------------------------------------------------ hub prune, device remove
a = w.run("laptop", "hub", "prune", w.path("hub"), "--json")
t.answers("hub prune", "hub prune", a)
a = w.run("laptop", "device", "remove", "phone", "--json")
t.ok(a.rc == 0 and a.out == "", "device remove has no answer", a)
w.run("laptop", "sync")
r = w.run("laptop", "device", "list", "--json").rows
t.ok("active" not in [x["state"] for x in r if x["name"] == "phone"], "no active device any more", r)

# ------------------------------------------------------------- backup, verify, restore
j = t.answers("backup", "backup", w.run("laptop", "backup", w.path("b.age"), "--json"))
t.ok(j and j["file"].endswith("b.age") and j["bytes"] == os.path.getsize(w.path("b.age")) and j["recipients"] == 2
     and mode("b.age") == 0o600, "its values", j)
was = open(w.path("b.age"), "rb").read()
refused("backup onto a file that is there", 2, "laptop", ["backup", w.path("b.age")], "--yes")
t.ok(open(w.path("b.age"), "rb").read() == was, "which stays")
t.answers("backup --yes", "backup", w.run("laptop", "backup", w.path("b.age"), "--yes", "--json"))
p = subprocess.run(w.command("laptop", ["backup", "-"]), env=w.env, capture_output=True)
t.ok(p.returncode == 0 and p.stdout.startswith(b"age-encryption.org/v1\n"), "backup - is the file itself", p.returncode, p.stderr)
with open(w.path("stdout.age"), "wb") as f:
    f.write(p.stdout)
w.write("seal", "another sentence\n")
j = t.answers("backup --sealed-with-file", "backup", w.run("laptop", "backup", w.path("s.age"), "--sealed-with-file", w.path("seal"), "--json"))
t.eq("one recipient", j and j["recipients"], 1)
j = t.answers("handoff --sealed-with-file", "handoff", w.run("laptop", "handoff", w.path("ho.age"), "--sealed-with-file", w.path("seal"), "--json"))
t.ok(j and j["recipients"] == 1 and j["bytes"] == os.path.getsize(w.path("ho.age")) and mode("ho.age") == 0o600, "its values", j)
refused("handoff onto a file that is there", 1, "laptop", ["handoff", w.path("ho.age"), "--sealed-with-file", w.path("seal"), "--yes"], "there already")
refused("handoff --plain unasked", 2, "laptop", ["handoff", "--plain", w.path("ho")], "--yes")
t.answers("handoff --plain", "handoff", w.run("laptop", "handoff", "--plain", w.path("ho"), "--yes", "--json"))
refused("backup sealed with the home's passphrase", 2, "laptop", ["backup", w.path("no.age"), "--sealed-with-file", PW], "differ")
refused("backup --to and a passphrase", 2, "laptop", ["backup", w.path("no.age"), "--sealed-with-file", w.path("seal"), "--to", "age1x"])
refused("backup --to nobody", 2, "laptop", ["backup", w.path("no.age"), "--to", "bob"])
refused("backup into no folder", 1, "laptop", ["backup", w.path("none", "b.age")])
t.ok(not [n for n in listing(w.top) if n.startswith("no.age")], "no failed backup leaves a file")
agekey = "age1" + "q" * 58
a = w.run("laptop", "backup", w.path("no.age"), "--to", agekey)
t.ok(a.rc in (1, 2) and not os.path.exists(w.path("no.age")), "a recipient with a wrong checksum is refused", a)
j = t.answers("verify", "verify", w.run("laptop", "verify", "--json"))
t.ok(j and j["segments"] > 0 and j["versions"] > 0 and j["bad"] == [] and os.path.isfile(j["certificate"]), "a certificate is written", j)
t.answers("verify FILE --sealed-with-file", "verify",
          w.run("laptop", "verify", w.path("s.age"), "--sealed-with-file", w.path("seal"), "--json"))
w.must("laptop", "backup", w.path("b.age"), "--yes")
j = t.answers("verify FILE", "verify", w.run("laptop", "verify", w.path("b.age"), "--json"))
t.answers("verify FILE --identity", "verify", t.raw("--home", w.path("nohome"), "verify", w.path("b.age"), "--identity", w.path("kit"), "--json"))
j = w.run("laptop", "status", "--json").json
t.ok(j["backup"]["time"] and j["backup"]["file"] and j["backup"]["verified"], "status tells of both", j["backup"])
j = t.answers("verify of junk: bad", "verify", w.run("laptop", "verify", w.path("junk"), "--json"), 3)
t.ok(j and len(j["bad"]) == 1, "one row", j)
broken = bytearray(was)
broken[len(broken) // 2] ^= 1
with open(w.path("broken.age"), "wb") as f:
    f.write(broken)
a = w.run("laptop", "verify", w.path("broken.age"), "--json")
t.ok((a.rc == 1 and a.out == "") or (a.rc == 3 and a.json["bad"]), "verify of a damaged backup", a)
refused("restore into a home that is there", 1, "laptop", ["restore", w.path("b.age"), "--identity", w.path("kit")], "already")
os.mkdir(w.path("dirty"))
w.write("dirty/x", "x")
refused("restore into a folder that is not empty", 1, "dirty", ["restore", w.path("b.age"), "--identity", w.path("kit")])
t.eq("which stays", listing(w.path("dirty")), ["x"])
for f, args, code in (("b.age", ["--identity", w.path("stranger")], None), ("junk", ["--identity", w.path("kit")], 1),
                      ("broken.age", ["--identity", w.path("kit")], 1), ("s.age", ["--sealed-with-file", w.path("junk")], None),
                      ("none", ["--identity", w.path("kit")], 1)):
    a = w.run("r0", "restore", w.path(f), *args, "--json")
    t.ok((a.rc == code or code is None and a.rc in (1, 4)) and a.out == "" and a.err.count("\n") == 1 and not os.path.exists(w.path("r0")),
         f"restore of {f} {args[0]}: no home is left", a)
want = sorted(w.run("laptop", "export", "--format", "ndjson").out.splitlines())
for i, (f, args) in enumerate((("b.age", ["--identity", w.path("kit")]), ("stdout.age", ["--identity", w.path("kit.html")]),
                               ("s.age", ["--sealed-with-file", w.path("seal")]))):
    os.makedirs(w.path(f"r{i + 1}"), exist_ok=True) if i == 1 else None
    j = t.answers(f"restore {f}", "restore", w.run(f"r{i + 1}", "restore", w.path(f), *args, "--device", f"new{i}", "--json"))
    t.eq("the same documents", sorted(w.run(f"r{i + 1}", "export", "--format", "ndjson").out.splitlines()), want)
    t.eq("mode 0700", mode(f"r{i + 1}"), 0o700)
    t.eq("its remotes", [r["name"] for r in w.run(f"r{i + 1}", "remote", "list", "--json").rows], ["stick"])
refused("restore --remote that nobody confirms", 2, "r9", ["restore", "--remote", w.path("hub"), "--identity", w.path("kit")])
t.ok(not os.path.exists(w.path("r9")), "leaves no home")
j = t.answers("restore --remote", "restore", w.run("r9", "restore", "--remote", w.path("hub"), "--identity", w.path("kit"), "--device", "hubbed", "--yes", "--json"))
t.eq("the same documents", sorted(w.run("r9", "export", "--format", "ndjson").out.splitlines()), want)
refused("restore --remote of no hub", 1, "r8", ["restore", "--remote", w.path("nohub"), "--identity", w.path("kit")])
t.ok(not os.path.exists(w.path("r8")), "leaves no home")

# --------------------------------------------------------------- kit renew, passphrase
a = w.run("laptop", "kit", "renew", "--kit", w.path("kit2.html"), "--json")
t.answers("kit renew --kit", "kit in a file", a)
refused("kit check of the old kit", 1, "laptop", ["kit", "check", "--identity", w.path("kit")])
t.ok(w.run("laptop", "kit", "check", "--identity", w.path("kit2.html")).rc == 0, "kit check of the new one")
j = t.answers("kit renew", "kit", w.run("laptop", "kit", "renew", "--json"))
w.write("kit3", j["kit"])
w.write("pw2", "a new sentence\r\n")
a = w.run("laptop", "passphrase", "--new-passphrase-file", w.path("pw2"), "--json")
t.ok(a.rc == 0 and a.out == "", "passphrase has no answer", a)
t.refuses("the old passphrase", 4, w.run("laptop", "list"))
a = t.raw("--home", w.path("laptop"), "--passphrase-file", w.path("pw2"), "list")
t.ok(a.rc == 0, "the new one", a)
a = t.raw("--home", w.path("laptop"), "passphrase", "--reset", "--identity", w.path("kit3"), "--new-passphrase-file", PW)
t.ok(a.rc == 0 and w.run("laptop", "list").rc == 0, "passphrase --reset with the kit", a)
a = t.raw("--home", w.path("laptop"), "passphrase", "--reset", "--identity", w.path("stranger"), "--new-passphrase-file", PW)
t.ok(a.rc in (1, 4) and a.out == "" and a.err.count("\n") == 1, "not with another's", a)

# ------------------------------------------------------------------- unlock, lock
t.answers("unlock", "unlock", w.run("laptop", "unlock", "--for", "15min", "--json"))
a = t.raw("--home", w.path("laptop"), "list", "--json")
t.ok(a.rc == 0 and a.out, "later commands do not ask", a)
a = w.run("laptop", "lock", "--json")
t.ok(a.rc == 0 and a.out == "", "lock has no answer", a)
t.refuses("after it they do", 4, t.raw("--home", w.path("laptop"), "list"))
t.refuses("unlock with a wrong passphrase", 4, t.raw("--home", w.path("laptop"), "unlock", "--passphrase-file", w.path("seal")))
w.run("laptop", "unlock", "--for", "1s")
import time
time.sleep(2.2)
t.refuses("unlock --for 1s ends", 4, t.raw("--home", w.path("laptop"), "list"))

# --------------------------------------------------------------------------- alerts
refused("alert clear of none", 1, "laptop", ["alert", "clear", "none"])
w.init("v", hub="vhub")
w.put("v", obs("v1"))
w.must("v", "sync")
subprocess.run(["cp", "-a", w.path("vhub"), w.path("old")], check=True)
w.put("v", obs("v2"))
w.must("v", "sync")
subprocess.run(["rm", "-rf", w.path("vhub")], check=True)
os.rename(w.path("old"), w.path("vhub"))
subprocess.run(["cp", "-a", w.path("vhub"), w.path("old")], check=True)
a = w.run("v", "sync", "--json")
j = t.answers("sync with a hub that went back", "sync", a, 3)
t.ok(j and any(x["kind"] == "rollback" for x in j["alerts"]), "the alert is told", j)
t.answers("sync once more", "sync", w.run("v", "sync", "--json"), 0)
j = t.answers("status with an alert", "status", w.run("v", "status", "--json"), 3)
for x in j["alerts"]:
    a = w.run("v", "alert", "clear", x["id"], "--json")
    t.ok(a.rc == 0 and a.out == "", "alert clear", a)
t.eq("status then", w.run("v", "status").rc, 0)

sys.exit(t.end())
