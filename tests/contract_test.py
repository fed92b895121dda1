#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""contract_test.py: what holds for every command: options, help, the home, the
passphrase, names, dates, exit codes, colours. Prints TAP."""
import datetime
import json
import os
import pty
import re
import shutil
import signal
import stat
import subprocess
import sys
import time

from contract import Contract, doc, listing

t = Contract("contract")
w = t.w
HERE = os.path.dirname(os.path.abspath(__file__))
PW = w.path("pw")


def fresh(home, *args, env=None, **more):
    return t.raw(*(("--home", w.path(home)) if home else ()), "--passphrase-file", PW, *args, env=env, **more)


# ------------------------------------------------------------------ help, version
bare = {"HOME": None, "XDG_DATA_HOME": None, "AFTERCARE_HOME": None, "TERM": None, "LC_ALL": None, "LANG": None}
a = t.raw("--version", env=bare)
t.ok(a.rc == 0 and re.fullmatch(r"aftercare \d+\.\d+\.\d+\n", a.out) and not a.err, "--version is one line", a)
everything = t.raw("help", env=bare)
names = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  +\S", everything.out, re.M)
t.ok(everything.rc == 0 and len(names) >= 50 and not everything.err, f"help lists {len(names)} commands", everything)
for same in (["--help"], ["-h"], ["-h", "--json"]):
    a = t.raw(*same, env=bare)
    t.ok(a.rc == 0 and a.out == everything.out, f"{' '.join(same)} is help", a)
t.refuses("no command at all", 2, t.raw(), "help")
t.refuses("a command that is none", 2, t.raw("frobnicate"), "frobnicate")
t.refuses("help of what is no command", 2, t.raw("help", "frobnicate"), "frobnicate")
usages = {}
for name in names:
    words = name.split()
    about = t.raw("help", *words, env=bare)
    usages[name] = about.out.splitlines()[0] if about.out else ""
    good = about.rc == 0 and about.out.startswith(f"usage: aftercare {name}") and not about.err
    for args in ([*words, "-h"], [*words, "--help"], ["--help", *words], ["-h", *words], [*words, "x", "-h"],
                 ["--json", *words, "--quiet", "--help"]):
        b = t.raw(*args, env=bare)
        good = good and b.rc == 0 and b.out == about.out and b.err == ""
        if not good:
            break
    t.ok(good, f"help {name} and its -h and --help say the same", about, args, b)
for family in sorted({n.split()[0] for n in names if " " in n}):
    told = [t.raw(*args, env=bare) for args in (["help", family], [family, "--help"], [family, "-h"])]
    mine = [n for n in names if n.startswith(family + " ")]
    t.ok(all(a.rc == 0 and all(f"usage: aftercare {n}" in a.out for n in mine) for a in told),
         f"help {family} tells its {len(mine)} commands", *told)
    t.refuses(f"{family} alone", 2, t.raw(family), "second word")

# -------------------------------------------------- completion and the manual page
table = {}
for name in names:
    table[name] = sorted(set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", usages[name])))
GLOBAL = ["--home", "--patient", "--passphrase-file", "--json", "--quiet", "--no-color", "--yes", "--help", "--version"]
t.ok(all(o in everything.out for o in GLOBAL), "help tells the global options", everything)


def bash(*words):
    """What bash offers for these words, the last one being typed."""
    quoted = " ".join("'" + x + "'" for x in words)
    script = (f"source '{HERE}/../cli/completion/aftercare.bash'; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
              "COMPREPLY=(); _aftercare; printf '%s\\n' \"${COMPREPLY[@]}\"")
    out = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, env=w.env, cwd=w.path())
    return set(out.stdout.split())


t.eq("bash offers the first words", bash("aftercare", "") - set(GLOBAL), {n.split()[0] for n in names})
for family in sorted({n.split()[0] for n in names if " " in n}):
    t.eq(f"bash offers what follows {family}", bash("aftercare", family, ""),
         {n.split()[1] for n in names if n.startswith(family + " ")})
with open(f"{HERE}/../cli/completion/_aftercare", encoding="utf-8") as f:
    zsh = f.read()
with open(f"{HERE}/../cli/completion/aftercare.fish", encoding="utf-8") as f:
    fish = f.read()
with open(f"{HERE}/../cli/aftercare.1", encoding="utf-8") as f:
    manual = f.read().replace("\\-", "-")
for name in names:
    offered = bash("aftercare", *name.split(), "-")
    t.eq(f"bash offers the options of {name}", offered, set(table[name]) | set(GLOBAL))
    m = re.search(rf"^\t'{name}'\) _arguments (.*) ;;$", zsh, re.M)
    mine = set(re.findall(r"'\*?(--?[a-z][a-z-]*)", m.group(1))) if m else None
    t.eq(f"zsh offers the options of {name}", mine, set(table[name]))
    words = name.split()
    seen = {("--" if long else "-") + o for cond, long, o in re.findall(
        r"^complete -c aftercare .*-n '([^']*)' .*?-(?:(l)|[so]) ?([a-z][a-z-]*)", fish, re.M)
        if cond == "__fish_seen_subcommand_from " + "; and __fish_seen_subcommand_from ".join(words)
        or cond == " ".join(["__fish_seen_subcommand_from", words[0]] if len(words) == 1 else ["-"])}
    t.ok(set(table[name]) <= seen | {"-o"} and seen <= set(table[name]), f"fish offers the options of {name}", seen, table[name])
    m = re.search(rf"^\.B {name}\n(.*)\n?", manual, re.M)
    t.ok(m and (not usages[name].removeprefix(f"usage: aftercare {name}").strip()
                or usages[name].removeprefix(f"usage: aftercare {name} ") == m.group(1)),
         f"the manual's usage of {name} is help's", usages[name], m and m.group(1))
told = re.findall(r"^\.TP\n\.B ([a-z]+(?: [a-z]+)?)\n", manual[manual.index(".SH COMMANDS"):manual.index(".SH NAMES")], re.M)
t.eq("the manual tells no command that is not here, in help's order", told, names)
for shell in ("zsh", "fish"):
    if shutil.which(shell):
        p = subprocess.run([shell, "-n", f"{HERE}/../cli/completion/" + ("_aftercare" if shell == "zsh" else "aftercare.fish")],
                           capture_output=True, text=True)
        t.ok(p.returncode == 0, f"{shell} can read its file", p.stderr)
for choice, args in {("text", "json"): ("show", "Observation/x", "--format", ""),
                     ("bundle", "ndjson"): ("export", "--format", ""),
                     ("owner", "writer", "reader"): ("device", "invite", "--role", "")}.items():
    t.eq(f"bash offers the values of {' '.join(args[:-1])}", bash("aftercare", *args), set(choice))
    m = re.search(rf"'{args[0]}(?: {args[1]})?'\) _arguments .*'{args[-2]}:[a-z]*:\(([^)]*)\)", zsh)
    t.eq(f"zsh offers the values of {' '.join(args[:-1])}", m and tuple(m.group(1).split()), choice)

# ------------------------------------------------------------------------ the home
def mode(*path):
    return stat.S_IMODE(os.stat(w.path(*path)).st_mode)


env = {"AFTERCARE_HOME": w.path("e", "env"), "XDG_DATA_HOME": w.path("e", "xdg"), "HOME": w.path("e", "user")}
os.mkdir(w.path("e"))
for i, (what, home, gone, where) in enumerate([
        ("--home goes first", w.path("e", "opt"), (), ("e", "opt")),
        ("then $AFTERCARE_HOME", None, (), ("e", "env")),
        ("then $XDG_DATA_HOME/aftercare", None, ("AFTERCARE_HOME",), ("e", "xdg", "aftercare")),
        ("then ~/.local/share/aftercare", None, ("AFTERCARE_HOME", "XDG_DATA_HOME"),
         ("e", "user", ".local", "share", "aftercare"))]):
    e = env | dict.fromkeys(gone)
    a = t.raw(*(["--home", home] if home else []), "init", "--name", f"P{i}", "--device", "d", "--passphrase-file", PW,
              "--kit", w.path(f"k{i}.html"), env=e)
    t.ok(a.rc == 0 and os.path.isdir(w.path(*where)) and mode(*where) == 0o700, f"the home: {what}, mode 0700", a)
    a = t.raw(*(["--home", home] if home else []), "patients", "--json", "--passphrase-file", PW, env=e)
    t.ok(a.rc == 0 and a.json["patient"] == f"P{i}", f"and is found there again", a)
    t.eq("the kit's page is mode 0600", mode(f"k{i}.html"), 0o600)
a = t.raw("patients", "--json", "--passphrase-file", PW, env=env | {"AFTERCARE_HOME": ""})
t.ok(a.rc == 0 and a.json["patient"] == "P2", "an empty $AFTERCARE_HOME is none", a)
os.makedirs(w.path("empty"), mode=0o755)
a = fresh("empty", "init", "--name", "E", "--device", "d", "--kit", w.path("ke.html"))
t.ok(a.rc == 0 and mode("empty") == 0o700, "an empty folder becomes a home of mode 0700", a)
loose = [os.path.join(d, n) for d, ds, fs in os.walk(w.path("empty")) for n in ds + fs
         if os.lstat(os.path.join(d, n)).st_mode & 0o077]
t.eq("nothing in it is anyone else's", loose, [])
t.refuses("no home", 1, fresh("nowhere", "list"), "init")
t.ok(not os.path.exists(w.path("nowhere")), "and none is made by looking")
if os.getuid() == 0: # a user whom the system has no name for, and no folder
    os.chmod(w.top, 0o711)
    theirs = shutil.copy(w.program, w.path("theirs")) # the clone may be in a folder that is closed to them
    p = subprocess.run([theirs, "validate", "-"], input=b'{"resourceType":"Basic","code":{"text":"x"}}', capture_output=True,
                       env={"PATH": "/usr/bin"}, user=54321, group=54321, cwd="/")
    t.ok(p.returncode == 0 and not p.stderr, "validate works for a user without a name", p)
    p = subprocess.run([theirs, "list"], capture_output=True, env={"PATH": "/usr/bin"}, user=54321, group=54321, cwd="/")
    t.ok(p.returncode == 2 and b"--home" in p.stderr and p.stderr.count(b"\n") == 1, "list asks such a one for --home", p)
good = w.write("good.json", json.dumps(doc("Observation", "g", status="final", code={"text": "pulse"})))
for what, args in {"validate": ("validate", good), "hub init": ("hub", "init", w.path("ahub"))}.items():
    a = t.raw(*args, env=bare | {"HOME": "/nonexistent/folder"})
    t.ok(a.rc == 0, f"{what} needs no home and no passphrase", a)

# ------------------------------------------------------------------ the passphrase
w.init("laptop", hub=None)
L = w.path("laptop")
for what, text, args, env, code in [
        ("the first line", "correct horse battery\nanother\n", (), {}, 0),
        ("no line end", "correct horse battery", (), {}, 0),
        ("CR LF", "correct horse battery\r\nx\r\n", (), {}, 0),
        ("a blank behind counts", "correct horse battery \n", (), {}, 4),
        ("the wrong one", "wrong\n", (), {}, 4),
        ("an empty file", "", (), {}, 4),
        ("an empty first line", "\ncorrect horse battery\n", (), {}, 4)]:
    f = w.write("try", text)
    for how, a in {"--passphrase-file": t.raw("--home", L, "list", "--passphrase-file", f),
                   "$AFTERCARE_PASSPHRASE_FILE": t.raw("--home", L, "list", env={"AFTERCARE_PASSPHRASE_FILE": f}),
                   "-": t.raw("--home", L, "list", "--passphrase-file", "-", stdin=text),
                   "$... -": t.raw("--home", L, "list", env={"AFTERCARE_PASSPHRASE_FILE": "-"}, stdin=text)}.items():
        if code:
            t.refuses(f"passphrase, {what}, {how}", code, a)
        else:
            t.ok(a.rc == 0, f"passphrase, {what}, {how}", a)
t.refuses("no passphrase and no terminal", 4, t.raw("--home", L, "list"), "--passphrase-file")
t.refuses("no passphrase file there", 4, t.raw("--home", L, "list", "--passphrase-file", w.path("none")), "none")
a = t.raw("--home", L, "list", "--passphrase-file", PW, env={"AFTERCARE_PASSPHRASE_FILE": w.path("none")})
t.ok(a.rc == 0, "the option goes before the environment", a)
fresh("laptop", "put", good)
for args in (["import", "-"], ["put", "-"], ["set", "Observation/g", "-"], ["find", "-"], ["resolve", "Observation/g", "-"],
             ["kit", "check", "--identity", "-"], ["passphrase", "--new-passphrase-file", "-"],
             ["passphrase", "--reset", "--identity", "-", "--new-passphrase-file", "-"],
             ["backup", "b.age", "--sealed-with-file", "-"], ["verify", good, "--identity", "-"],
             ["verify", good, "--sealed-with-file", "-"],
             ["--home", w.path("n1"), "join", "--device", "d", "--code-file", "-"],
             ["--home", w.path("n1"), "restore", good, "--identity", "-"],
             ["--home", w.path("n1"), "restore", good, "--sealed-with-file", "-"],
             ["import", "-", "-"]):
    for how in ("option", "environment"):
        e = {"AFTERCARE_HOME": L}
        if how == "environment":
            e["AFTERCARE_PASSPHRASE_FILE"] = "-"
        else:
            args = [*args, "--passphrase-file", "-"]
        t.refuses(f"two inputs from -, {how}: {' '.join(args[:4])}", 2,
                  t.raw(*args, env=e, stdin="correct horse battery\nstatus=final\n"), "Standard input")
t.refuses("validate - -", 2, t.raw("validate", "-", "-", stdin="{}"), "Standard input")
t.ok(not os.path.exists(w.path("n1")) and not os.path.exists(w.path("b.age")), "and none of them left anything")
t.refuses("an option without its value", 2, t.raw("--home", L, "list", "--passphrase-file"), "value")

# --------------------------------------------------------- a secret as an argument
for secret in ("AGE-SECRET-KEY-1QYPQXPQ9QCRSSZG2PVXQ6RS0ZQG3YYC5Z5TPWXQERGD3C8G7RUSQGPQYEE", "aftercare1" + "q" * 60):
    for args in (["join", secret, "--device", "d"], ["join", "--device", "d", "--code-file", secret], ["kit", "check", secret],
                 ["kit", "check", "--identity", secret], ["restore", "x", "--identity=" + secret], ["--json", "join", secret]):
        a = fresh("laptop", *args)
        t.refuses("refused: " + " ".join(args)[:40], 2, a, "never an argument")
        t.ok(secret not in a.err and secret.lower() not in a.err, "and not repeated")

# ---------------------------------------------------------------- global options
for i in range(3):
    fresh("laptop", "put", "-", stdin=json.dumps(doc("Observation", f"obs-{i}", status="final", code={"text": "pulse"},
                                                     effectiveDateTime=f"2024-0{i + 1}-05")))
want = fresh("laptop", "list", "--json").out
t.ok(want.count("\n") == 4, "four documents to ask about", want)
for args in (["--json", "list"], ["list", "--json"], ["--json", "list", "Observation"], ["list", "Observation", "--json"],
             ["--quiet", "list", "--json", "--no-color"], ["--no-color", "--json", "list", "--quiet", "--yes"],
             ["list", "--json", "--patient=Ana Ruiz"], ["--patient", "Ana", "list", "--json"], ["--json", "--", "list"],
             ["list", "--json", "--", "Observation"]):
    t.eq("the same from " + " ".join(args), t.raw(*args, "--home", L, "--passphrase-file", PW).out
         if "--" not in args else t.raw("--home", L, "--passphrase-file", PW, *args).out, want)
t.refuses("a command's option before it", 2, fresh("laptop", "--limit", "1", "list"), "--limit")
for args in (["list"], ["find", "x"], ["log"]):
    for n in ("0", "x", "-1", "1.5", "", "99999999999999999999999"):
        t.refuses(f"{args[0]} --limit {n!r}", 2, fresh("laptop", *args, "--limit", n), "limit")
    a = fresh("laptop", *args, "--limit", "2", "--json")
    t.ok(a.rc == 0 and len(a.rows) <= 2, f"{args[0]} --limit 2", a)
t.refuses("an option that is none", 2, fresh("laptop", "list", "--nonsense"), "--nonsense")
t.refuses("a word that is one", 2, fresh("laptop", "list", "--json", "Observation", "Condition"), "Condition")
a = fresh("laptop", "remote", "add", "gone", w.path("gone"))
t.ok(a.rc == 0 and a.err and not a.out, "a note is on standard error", a)
a = fresh("laptop", "remote", "remove", "gone", "--quiet")
t.ok(a.rc == 0 and not a.err and not a.out, "--quiet leaves it out", a)
a = fresh("laptop", "--quiet", "list", "--bogus")
t.ok(a.rc == 2 and a.err, "but no error", a)

# ---------------------------------------------------------------------- --patient
for n, more in (("Ana Ruiz", ""), ("Ana Maria Berg", ""), ("Zoë Ångström", ""), ("Ana", "")):
    a = fresh("family", "init", "--name", n, "--device", "d", "--kit", w.path(n + ".html"))
    t.ok(a.rc == 0, f"a vault for {n} in one home, one passphrase", a)
for args in (["list"], ["status"], ["export"], ["log"], ["conflicts"], ["find", "x"], ["show", "Observation/x"],
             ["put", good], ["import", good], ["device", "list"], ["share", "list"], ["remote", "list"], ["sync"],
             ["undo"], ["attachment", "list"], ["backup", "x.age"], ["send", "x.send"], ["invite", "list"]):
    t.refuses(f"{args[0]}: four people and no --patient", 2, fresh("family", *args), "Ana Ruiz.*Zoë|Zoë.*Ana Ruiz")
t.refuses("a beginning that fits two", 2, fresh("family", "list", "--patient", "Ana "), "Ana Ruiz.*Ana Maria|Ana Maria.*Ana Ruiz")
t.refuses("a beginning that fits none", 2, fresh("family", "list", "--patient", "Bob"), "Ana Ruiz")
for who in ("Ana R", "ana r", "Ana Ruiz", "zoe", "Zoë", "ZOË ÅNG", "Ana"):
    a = fresh("family", "list", "--json", "--patient", who)
    t.ok(a.rc == 0 and a.out == "", f"--patient {who}", a)
a = fresh("family", "patients", "--json")
t.ok(a.rc == 0 and len(a.rows) == 4, "patients asks for none", a)

# ------------------------------------------------------------------ REF, V, TYPE
for source in ("a", "b"):
    a = fresh("laptop", "import", w.write("s.json", json.dumps(doc("Condition", "same", code={"text": f"of {source}"},
              subject={"reference": "Patient/x"}))), "--source", f"https://{source}.example/fhir", "--person", "any")
    t.ok(a.rc in (0, 3), f"the same Type/id from source {source}", a)
refs = sorted(r["ref"] for r in fresh("laptop", "list", "Condition", "--json").rows)
t.eq("both are told apart by ~SOURCE", refs, ["Condition/same~https://a.example/fhir", "Condition/same~https://b.example/fhir"])
for ref, want in {"Condition/same~https://a.example/fhir": "of a", "Condition/same~https://b": "of b"}.items():
    a = fresh("laptop", "show", ref, "--json")
    t.ok(a.rc == 0 and a.json["resource"]["code"]["text"] == want, f"show {ref}", a)
t.refuses("Type/id that two sources hold", 2, fresh("laptop", "show", "Condition/same"), "a.example.*b.example")
t.refuses("a beginning of several", 2, fresh("laptop", "show", "Observation/obs-"), "obs-0.*obs-1")
t.refuses("none of that name", 1, fresh("laptop", "show", "Observation/none"), "Observation/none")
a = fresh("laptop", "show", "Observation/g", "--json")
t.ok(a.rc == 0 and a.json["ref"] == "Observation/g", "a unique beginning, and the whole name", a)
fresh("laptop", "put", "-", stdin=json.dumps(doc("Observation", "obs-11", status="final", code={"text": "pulse"})))
a = fresh("laptop", "show", "Observation/obs-1", "--json")
t.ok(a.rc == 0 and a.json["ref"] == "Observation/obs-1", "a whole name goes before what it begins", a)
v = a.json["version"]
for n, code in ((64, 0), (63, 0), (9, 0), (8, 0), (7, 2), (1, 2), (0, 2)):
    a = fresh("laptop", "show", "Observation/obs-1", "--json", "--version", v[:n])
    if code:
        t.refuses(f"a version of {n} digits", code, a)
    else:
        t.ok(a.rc == 0 and a.json["version"] == v, f"a version of {n} digits", a)
t.refuses("a version in upper case", 2, fresh("laptop", "show", "Observation/obs-1", "--version", "ABCDEF01"), "lower-case")
t.refuses("a version of 65 digits", 2, fresh("laptop", "show", "Observation/obs-1", "--version", v + "0"))
t.refuses("a version that is not there", 1, fresh("laptop", "show", "Observation/obs-1", "--version", "0" * 8))
for types, n in {"Observation": 5, "Condition": 2, "Condition,Observation": 7, "Patient,Condition": 2, "Patient": 0}.items():
    a = fresh("laptop", "list", types, "--json")
    t.ok(a.rc == 0 and len(a.rows) == n, f"list {types}: {n}", a)
    b = fresh("laptop", "export", "--types", types, "--format", "ndjson")
    t.ok(b.rc == 0 and len(b.rows) == n, f"export --types {types}: {n}", b)
for wrong in ("observation", "Observation,condition", "Obs/x", "*"):
    t.refuses(f"list {wrong}", 2, fresh("laptop", "list", wrong), "FHIR type")
    t.refuses(f"export --types {wrong}", 2, fresh("laptop", "export", "--types", wrong), "FHIR type")

# ------------------------------------------------------------------ WHEN, durations
def back(days):
    return (datetime.date.today() - datetime.timedelta(days)).isoformat()


fresh("when", "init", "--name", "W", "--device", "d", "--kit", w.path("kw.html"))
for days in (-20, 0, 3, 10, 40, 400):
    fresh("when", "put", "-", stdin=json.dumps(doc("Observation", f"d{days}", status="final", code={"text": "x"},
                                                   effectiveDateTime=back(days))))
fresh("when", "put", "-", stdin=json.dumps(doc("Observation", "undated", status="final", code={"text": "x"})))
for args, want in {("--since", "today"): "0 -20", ("--since", "-4d"): "3 0 -20", ("--since", "-1w"): "3 0 -20",
                   ("--since", "-2w"): "10 3 0 -20", ("--since", "-2mo"): "40 10 3 0 -20",
                   ("--since", "-2y"): "400 40 10 3 0 -20", ("--until", "today"): "400 40 10 3 0",
                   ("--until", "-5d"): "400 40 10", ("--since", "+1d"): "-20", ("--until", "+30d"): "400 40 10 3 0 -20",
                   ("--since", back(10), "--until", back(3)): "10 3", ("--since", back(40)[:7], "--until", back(40)[:7]): None,
                   ("--since", back(400)[:4]): "400 40 10 3 0 -20"}.items():
    a = fresh("when", "list", "--json", *args)
    if want is None:
        t.ok(a.rc == 0 and "Observation/d40" in a.out, "list of one month", a)
    else:
        t.eq("list " + " ".join(args), [r["ref"] for r in a.rows], [f"Observation/d{n}" for n in reversed(want.split())])
for wrong in ("-6m", "6mo", "-6", "-mo", "yesterday", "2024-13", "2024-02-30", "31.12.2024", "", "-6 mo", "-1.5d", "+", "-6M"):
    t.refuses(f"list --since {wrong!r}", 2, fresh("when", "list", "--since", wrong), "date")
for right in ("1s", "2min", "1h", "1d", "1w", "1mo", "1y", "24h"):
    a = fresh("when", "device", "invite", "--as", "x" + right, "--expires", right, "--json")
    b = fresh("when", "unlock", "--for", right, "--json")
    fresh("when", "lock")
    t.ok(a.rc == 0 and b.rc == 0, f"a duration of {right}", a, b)
for wrong in ("15m", "m", "15", "0s", "1 h", "1H", "-1h", "x", ""):
    t.refuses(f"unlock --for {wrong!r}", 2, fresh("when", "unlock", "--for", wrong), "duration")
    t.refuses(f"device invite --expires {wrong!r}", 2, fresh("when", "device", "invite", "--expires", wrong))

# ------------------------------------------------------------- a terminal: colours
def on_terminal(args, env=None, typed=b"", size=(24, 100), wait=20):
    """The command on a terminal of its own; what it showed, and its exit code."""
    e = dict(w.env, **{"TERM": "xterm"})
    for k, v in (env or {}).items():
        e.pop(k, None)
        if v is not None:
            e[k] = v
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(w.top)
        os.execvpe(w.program, [w.program, *args], e)
    import fcntl
    import struct
    import termios
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    if typed:
        time.sleep(0.4)
        os.write(fd, typed)
    out = b""
    end = time.time() + wait
    while time.time() < end:
        try:
            more = os.read(fd, 65536)
        except OSError:
            break
        if not more:
            break
        out += more
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    return out.decode(errors="replace"), os.waitstatus_to_exitcode(status)


ask = ["--home", L, "--passphrase-file", PW]
for what, args, env, colored in [("a terminal", [], {}, True), ("--no-color", ["--no-color"], {}, False),
                                 ("NO_COLOR=1", [], {"NO_COLOR": "1"}, False), ("NO_COLOR=", [], {"NO_COLOR": ""}, True),
                                 ("TERM=dumb", [], {"TERM": "dumb"}, False), ("no TERM", [], {"TERM": None}, False)]:
    out, rc = on_terminal([*ask, "list", *args], env)
    t.ok(rc == 0 and ("\033[" in out) == colored and "Observation/obs-1" in out,
         f"{what}: {'colours' if colored else 'none'}", repr(out))
a = fresh("laptop", "list")
t.ok("\033" not in a.out, "no colours in a pipe", a)
out, rc = on_terminal(["--home", L, "list"], typed=b"correct horse battery\n")
t.ok(rc == 0 and "Passphrase" in out and "horse" not in out and "obs-1" in out, "the passphrase is asked for, unseen", repr(out))
out, rc = on_terminal(["--home", L, "list"], typed=b"wrong\n")
t.ok(rc == 4, "a wrong one on the terminal is exit 4", repr(out))

# the numbers of the last list: a terminal's, and shown before they are written to
import tempfile
run = {"XDG_RUNTIME_DIR": None}
script = w.write("numbers.sh", f'''
A="{w.program} --home {L} --passphrase-file {PW}"
$A list Observation --limit 3; echo "== list $?"
$A show 2; echo "== show $?"
$A set 2 status=amended; echo "== set $?"
$A show 9; echo "== none $?"
$A set 2 status=corrected --yes; echo "== yes $?"
''')
pid, fd = pty.fork()
if pid == 0:
    e = dict(w.env, TERM="dumb")
    os.execvpe("sh", ["sh", script], e)
out = b""
answered = False
while True:
    try:
        more = os.read(fd, 65536)
    except OSError:
        break
    if not more:
        break
    out += more
    if b"[y/N]" in out and not answered:
        answered = True
        os.write(fd, b"n\n")
os.waitpid(pid, 0)
out = out.decode(errors="replace")
second = re.search(r"^ ?2 .*?(Observation/\S+)", out, re.M)
t.ok(second and f"{second.group(1)}\r\nversion" in out and "== show 0" in out, "a number of the last list names a document", out)
t.ok(second and re.search(rf"2 is {second.group(1)}.*\[y/N\]", out) and "== set 1" in out, "a write shows what it names and asks", out)
t.ok("== none 1" in out or "== none 2" in out, "a number that was not shown is none", out)
t.ok("== yes 0" in out, "--yes confirms", out)
t.refuses("a number without a terminal", 1, fresh("laptop", "show", "2"))

# -------------------------------------------------------------- pipes and signals
many = "\n".join(json.dumps(doc("Observation", f"many-{i}", status="final", code={"text": "x" * 200})) for i in range(3000))
a = fresh("laptop", "import", w.write("many.ndjson", many), "--json")
t.ok(a.rc == 0 and a.json["new"] == 3000, "3000 documents", a)
p = subprocess.Popen(w.command("laptop", ["list", "--json"]), env=w.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
p.stdout.readline()
p.stdout.close()
err = p.stderr.read()
t.ok(p.wait() in (-signal.SIGPIPE, 0) and not err, "a reader that leaves early ends it without a word", p.returncode, err)
before = fresh("laptop", "log", "--json").out
p = subprocess.Popen(w.command("laptop", ["import", "-"]), env=w.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE)
time.sleep(0.5)
p.send_signal(signal.SIGINT)
out, err = p.communicate()
t.ok(p.returncode == -signal.SIGINT and out == b"", "SIGINT ends an import without an answer", p.returncode, out, err)
t.eq("and the home is as it was", fresh("laptop", "log", "--json").out, before)
# a file that is being written has no name yet
began = time.time()
fresh("laptop", "export", "-o", w.path("whole.json"))
took = time.time() - began
ended = set()
for i in range(16):
    sig = signal.SIGKILL if i % 2 else signal.SIGINT
    p = subprocess.Popen(w.command("laptop", ["export", "-o", w.path("out.json")]), env=w.env, stderr=subprocess.DEVNULL)
    time.sleep(took * (i + 1) / 16)
    left = [n for n in listing(w.top) if n.startswith("out.json")]
    p.send_signal(sig)
    ended.add(p.wait())
    after = [n for n in listing(w.top) if n.startswith("out.json")]
    if not t.ok(left in ([], ["out.json"]) and after in ([], ["out.json"]), f"{sig.name} in an export leaves no part of a file", left, after):
        break
    if after:
        t.ok(open(w.path("out.json"), "rb").read() == open(w.path("whole.json"), "rb").read(), "what is there is whole")
        os.remove(w.path("out.json"))
t.ok(ended & {-signal.SIGINT, -signal.SIGKILL}, "some were ended before they were done", ended)
w.write("out.json", "old")
a = fresh("laptop", "export", "Observation/g", "-o", w.path("out.json"), "--format", "ndjson")
t.ok(a.rc == 0 and '"id":"g"' in open(w.path("out.json"), encoding="utf-8").read() and mode("out.json") == 0o600
     and [n for n in listing(w.top) if n.startswith("out.json")] == ["out.json"], "a file that is there is replaced", a)
os.symlink("target", w.path("link.json"))
a = fresh("laptop", "export", "Observation/g", "-o", w.path("link.json"))
t.ok(a.rc == 0 and os.path.getsize(w.path("link.json")) > 50, "a link to nothing is replaced", a)

sys.exit(t.end())
