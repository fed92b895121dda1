#!/bin/sh
# SPDX-License-Identifier: ISC
# terminal.sh: what happens only where a person sits: questions, hidden input,
# numbers of a list, tables that fit. A pseudo-terminal stands for one. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
A=$(realpath "${AFTERCARE:-$here/../../.build/aftercare}")
command -v python3 >/dev/null || { echo "1..0 # skip there is no python3"; exit 0; }
export PYTHONPATH="$here/../lib"
exec python3 - "$A" <<'END'
import os, re, shutil, signal, subprocess, sys, tempfile, time
import terminal

signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored in the background
A, n, bad = sys.argv[1], 0, 0
W = tempfile.mkdtemp()
H = W + "/home"
os.makedirs(W + "/run", 0o700)
os.environ.update(AFTERCARE_HOME=H, AFTERCARE_QUICK_KDF="1", XDG_RUNTIME_DIR=W + "/run", TERM="xterm", TZ="UTC")
for k in ("AFTERCARE_PASSPHRASE_FILE", "NO_COLOR", "VISUAL"):
    os.environ.pop(k, None)

def check(what, good, seen=""):
    global n, bad
    n += 1
    if good:
        print(f"ok {n} - {what}")
    else:
        bad += 1
        print(f"not ok {n} - {what}\n# {seen!r}")

def Terminal(columns=80):
    return terminal.Terminal(A, columns)

def plain(*args, stdin=b""):
    return subprocess.run([A, *args], input=stdin, capture_output=True, start_new_session=True)

t = Terminal()
rc, out = t.run("init", "--name", "Ana Ruiz", "--device", "laptop", answers=[("New passphrase: ", "one\n"), ("once more: ", "two\n")])
check("two passphrases that differ make nothing", rc == 2 and not os.path.exists(H), out)
rc, out = t.run("init", "--name", "Ana Ruiz", "--device", "laptop", answers=[("New passphrase: ", "\n")])
check("an empty passphrase makes nothing", rc == 2 and not os.path.exists(H), out)
rc, out = t.run("init", "--name", "Ana Ruiz", "--device", "laptop", answers=[("New passphrase: ", "pass word\n"), ("once more: ", "pass word\n")])
check("init asks twice and shows the kit", rc == 0 and re.search(r"AGE-SECRET-KEY-1[0-9A-Z]{58}\b", out), out)
check("the kit has a QR code", "▀" in out or "█" in out, out)
check("the passphrase is not shown", "pass word" not in out, out)

t.start("list")
t.wait_for("Passphrase: ")
check("echo is off while a passphrase is typed", not t.echo())
t.p.send_signal(signal.SIGINT)
rc = t.end()
check("an interrupt restores it", t.echo() and rc == -signal.SIGINT, rc)
rc, out = t.run("list", answers=[("Passphrase: ", "wrong\n")])
check("a wrong passphrase is 4", rc == 4 and t.echo(), out)
rc, out = t.run("unlock", answers=[("Passphrase: ", "pass word\n")])
check("unlock asks", rc == 0, out)

for i, title in enumerate(["H\\u00e4moglobin \\u202eand\\u001b]0;x\\u0007 a title that is far too long for a terminal of eighty columns " * 2, "pulse"]):
    plain("put", "-", stdin=b'{"resourceType":"Observation","id":"o-%d","status":"final","code":{"text":"%s"},"effectiveDateTime":"2026-0%d-01"}'
          % (i, title.encode(), 3 - i))
rc, out = t.run("list")
rows = [re.sub("\x1b\\[[0-9;]*m", "", r) for r in out.split("\r\n")]
check("a table fits its terminal", rc == 0 and len(rows) > 2 and max(map(len, rows)) <= 80, rows)
check("nothing a terminal would obey comes from a document", "\x1b]" not in out and "\x07" not in out and "\u202e" not in out, out)
check("rows are numbered, their dates as people write them", re.search(r"^1 1 Mar 2026 +Observation +H.*Observation/o-0", out, re.M), out)
check("titles are bold", "\x1b[1m" in out, out)
rc, out = t.run("list", env={"NO_COLOR": "1"})
check("NO_COLOR", "\x1b[" not in out, out)
rc, out = t.run("--no-color", "list")
check("--no-color", "\x1b[" not in out, out)
wide = Terminal(200)
check("a wider terminal, a wider table", max(map(len, wide.run("--no-color", "list")[1].split("\r\n"))) > 100)
check("numbers belong to their terminal", t.run("show", "2")[0] == 0 and Terminal().run("show", "2")[0] == 1)
rc, out = t.run("show", "2")
check("show by number", rc == 0 and "Observation/o-1" in out and re.search(r"^test +pulse", out, re.M), out)
rc, out = t.run("show", "2", "--paths")
check("with the paths that set takes", rc == 0 and "code.text: pulse" in out, out)
check("and not without a terminal", plain("show", "2").returncode == 1)
rc, out = t.run("rm", "2", answers=[(r"\[y/N\] ", "n\n")])
check("a write by number shows what it names, and asks", rc == 1 and "Observation/o-1" in out and "pulse" in out, out)
check("no is no", plain("show", "Observation/o-1").returncode == 0)
rc, out = t.run("rm", "2", answers=[(r"\[y/N\] ", "y\n")])
check("yes is yes", rc == 0 and plain("show", "Observation/o-1").returncode == 1, out)
rc, out = t.run("show", "3")
check("a number past the list", rc == 1, out)

e = W + "/editor"
def editor(script):
    with open(e, "w") as f:
        f.write("#!/bin/sh\necho \"$1\" >%s/where\nstat -c '%%a' \"$1\" \"$(dirname \"$1\")\" >%s/modes\ncp \"$1\" \"$1~\"\n%s\n" % (W, W, script))
    os.chmod(e, 0o700)
    return {"EDITOR": e + " "}
def left():
    where = open(W + "/where").read().strip()
    return os.path.exists(where) or os.path.exists(os.path.dirname(where))
rc, out = t.run("edit", "Observation/o-0", env=editor(":"))
check("an unchanged text", rc == 0 and "unchanged" in out and not left(), out)
check("the text's modes", open(W + "/modes").read().split() == ["600", "700"])
check("the text lies in memory", open(W + "/where").read().startswith(("/dev/shm/", W + "/run/")))
rc, out = t.run("edit", "Observation/o-0", env=editor('if [ -e %s/twice ]; then sed -i "s/{{/{/" "$1"; sed -i s/final/amended/ "$1"; else sed -i "0,/{/s//{{/" "$1"; touch %s/twice; fi' % (W, W)),
                answers=[(r"again\? \[Y/n\] ", "y\n")])
check("a broken text is offered again", rc == 0 and b'"amended"' in plain("show", "Observation/o-0", "--format", "json").stdout and not left(), out)
rc, out = t.run("edit", "Observation/o-0", env=editor('echo "{" >"$1"'), answers=[(r"again\? \[Y/n\] ", "n\n")])
check("or given up", rc == 1 and not left(), out)
t.start("edit", "Observation/o-0", env=editor("sleep 20"))
time.sleep(1)
t.p.send_signal(signal.SIGTERM)
rc = t.end()
check("nothing is left when we are told to end", rc == -signal.SIGTERM and not left(), rc)

rc, out = t.run("passphrase", answers=[("New passphrase: ", "other\n"), ("once more: ", "other\n")])
check("passphrase asks for the new one twice", rc == 0, out)
rc, out = t.run("list", answers=[("Passphrase: ", "other\n")])
check("and it opens", rc == 0, out)
rc, out = t.run("resolve", "Observation/o-0", answers=[("Passphrase: ", "other\n")])
check("nothing to resolve", rc == 1, out)

plain("lock")
shutil.rmtree(W)
print(f"1..{n}")
sys.exit(bad != 0)
END
