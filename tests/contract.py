# SPDX-License-Identifier: ISC
"""What the tests of the command line's contract share: a program run as scripts run
it, and answers held against a table of keys.

Not a test by itself.
"""
import json
import os
import re
import subprocess

from homes import Answer, Tap, World

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
HEX = re.compile(r"[0-9a-f]{64}")


def moment(v):
    """RFC 3339, UTC, milliseconds."""
    return isinstance(v, str) and bool(TIME.fullmatch(v))


def perhaps(v):
    """A time, or "" for one that never was."""
    return v == "" or moment(v)


def version(v):
    return isinstance(v, str) and bool(HEX.fullmatch(v))


def heads(v):
    """One version, or several ascending, joined by +."""
    parts = v.split("+") if isinstance(v, str) else [""]
    return all(map(version, parts)) and parts == sorted(set(parts))


def count(v):
    return type(v) is int and v >= 0


def one_of(*words):
    return lambda v: v in words


def rows_of(shape):
    return lambda v: isinstance(v, list) and all(fits(x, shape) == "" for x in v)


def anything(_):
    return True


OPS = one_of("import", "put", "set", "edit", "rm", "revert", "resolve", "contribute")
SIDE = {"version": version, "author": str, "device": str, "time": perhaps}
ALERT = {"id": str, "space": str, "chain": str, "remote": str, "time": moment, "message": str,
         "kind": one_of("rollback", "fork", "withheld", "corrupt", "forged", "invite-reused", "clock")}
STATES = one_of("pending", "active", "revoked", "expired")
REMOTE = {"name": str, "ok": bool, "received": count, "sent": count, "bytes_in": count, "bytes_out": count, "error": str}
IMPORT_ISSUE = {"file": str, "ref": str, "path": str, "line": count, "column": count, "message": str,
                "severity": one_of("error", "warning")}
ISSUE = {"severity": one_of("error", "warning"), "path": str, "line": count, "column": count, "message": str}

# Every object that the contract names, with exactly its keys; one with "?" behind it may be
# left out, as cli/README.md says of it.
SHAPES = {
    "write": {"ref": str, "version": version, "flagged": bool},
    "import": dict.fromkeys(("files", "resources", "new", "changed", "same", "older", "flagged", "refused", "skipped"),
                            count) | {"issues": rows_of(IMPORT_ISSUE)},
    "validate": {"file": str, "line": count, "type": str, "id": str, "ok": bool, "issues": rows_of(ISSUE)},
    "list": {"ref": str, "type": str, "date": str, "title": str, "version": heads, "conflict": bool, "flagged": bool,
             "author": str},
    "show": {"ref": str, "version": heads, "parents": list, "time": perhaps, "author": str, "device": str,
             "conflict": bool, "resource": dict},
    "show in dispute": {"ref": str, "version": heads, "parents": list, "time": perhaps, "author": str, "device": str,
                        "conflict": bool, "resource": type(None), "sides": rows_of(SIDE | {"resource": anything})},
    "history": {"version": version, "parents": list, "time": perhaps, "author": str, "device": str, "op": OPS},
    "conflicts": {"ref": str, "path": str, "kind": one_of("conflict", "proposal"), "safety": bool,
                  "sides": rows_of(SIDE | {"value": anything})},
    "diff": {"path": str, "from": anything, "to": anything},
    "log": {"time": perhaps, "author": str, "device": str, "op": OPS, "ref": str, "version": version},
    "sync": {"remotes": rows_of(REMOTE), "alerts": rows_of(ALERT)},
    "status": dict.fromkeys(("documents", "versions", "conflicts", "flagged", "devices", "shares"), count) | {
        "remotes": rows_of({"name": str, "url": str, "last_ok": perhaps, "unsent": count, "error": str}),
        "backup": lambda v: fits(v, {"time": perhaps, "file": str, "verified": perhaps}) == "",
        "alerts": rows_of(ALERT)},
    "remote list": {"name": str, "url": str, "last_ok": perhaps, "error": str},
    "device list": {"name": str, "person": str, "role": one_of("owner", "writer", "reader"), "state": str,
                    "since": perhaps, "this": bool},
    "share list": {"name": str, "role": one_of("owner", "writer", "reader"), "state": STATES, "types": list,
                   "expires": perhaps, "remote": str},
    "share revoke": {"name": str, "readable": rows_of({"ref": str, "version": version})},
    "patients": {"patient": str, "new": count, "overdue": count, "conflicts": count, "state": STATES, "synced": perhaps},
    "code": {"code": str, "expires": moment},
    "plan templates": {"name": str, "title": str, "edition": count, "source": str, "url": str, "reviewed": bool},
    "plan due": {"item": str, "title": str, "state": one_of("overdue", "due", "next", "done", "skipped"), "due": str,
                 "from": str, "until": str, "reason": str, "rule": str, "exposure": str, "source": str, "reviewed": bool,
                 "satisfied_by": str, "booked?": str, "booked_on?": str, "missed?": str, "missed_on?": str},
    "plan update": {"item": str, "change": one_of("added", "removed", "changed"), "was": anything, "becomes": anything},
    "verify": {"segments": count, "versions": count, "attachments": count, "certificate": str,
               "bad": rows_of({"what": str, "affects": str, "message": str})},
    "backup": {"file": str, "bytes": count, "recipients": count},
    "hub init": {"path": str},
    # beyond the shared contract, told in cli/README.md
    "kit": {"patient": str, "space": str, "root": str, "file": str, "kit": str},
    "kit in a file": {"patient": str, "space": str, "root": str, "file": str},
    "attachment list": {"ref": str, "title": str, "type": str, "size": count, "hash": version, "here": bool},
    "attachment get": {"ref": str, "file": str},
    "plan show": {"ref": str, "stage": str, "since": str, "anchor": str,
                  "items": rows_of(dict.fromkeys(("item", "title", "rule", "exposure", "source", "url", "by"), str) | {"reviewed": bool}),
                  "notes": rows_of({"text": str, "about": str}), "kept": rows_of({"item": str, "ref": str, "text": str})},
    "plan exposure": {"exposure": str, "title": str, "state": one_of("plan", "found"), "dose": str, "unit": str, "refs": list, "items": list},
    "plan export": {"file": str, "events": count},
    "trend": {"ref": str, "version": version, "code": str, "date": str, "value": lambda v: isinstance(v, (int, float)),
              "comparator": str, "unit": str, "low": lambda v: v is None or isinstance(v, (int, float)),
              "high": lambda v: v is None or isinstance(v, (int, float)), "range": one_of("", "low", "normal", "high"),
              "converted": bool, "conflict": bool},
    "trend as a picture": {"file": str, "points": count},
    "report": {"file": str, "bytes": count},
    "handoff": {"file": str, "bytes": count, "recipients": count, "records": count, "disputed": count, "attachments": count,
                "missing": count},
    "send": {"file": str, "sent": count, "bytes": count, "attachments": count, "attachment_bytes": count},
    "hub prune": {"path": str, "removed": count, "kept": count},
    "invite list": {"name": str, "person": str, "role": one_of("owner", "writer", "reader"), "state": str,
                    "since": perhaps},
    "share show": {"name": str, "role": one_of("owner", "writer", "reader"), "state": STATES, "types": list,
                   "expires": perhaps, "remote": str, "published": count, "withdrawn": count, "own_name": str, "after_revocation": list},
    "join": {"patient": str, "role": one_of("owner", "writer", "reader"), "device": str},
    "restore": {"patient": str, "device": str, "documents": count, "versions": count},
    "config": {"key": str, "value": str},
    "unlock": {"until": moment},
    "kit check": {"ok": one_of(True)},
}


def fits(v, shape):
    """"" when v is an object with these keys and kinds, else what is wrong."""
    if not isinstance(v, dict):
        return f"no object: {v!r}"
    must, may = {k for k in shape if k[-1] != "?"}, {k.rstrip("?") for k in shape}
    if not must <= set(v) <= may:
        return f"keys: lacks {sorted(must - set(v))}, has beside {sorted(set(v) - may)}"
    for k in v:
        kind = shape.get(k) or shape[k + "?"]
        good = type(v[k]) is kind if isinstance(kind, type) else kind(v[k])
        if not good:
            return f"{k} is {v[k]!r}"
    return ""


class Contract(Tap):
    """TAP over one World."""

    def __init__(self, name):
        super().__init__()
        self.w = World(name)

    def raw(self, *args, stdin="", env=None, cwd=None, timeout=120):
        """The program with just these arguments, as a script without a terminal runs it. env: what to set,
        None takes a variable away."""
        e = dict(self.w.env)
        for k, v in (env or {}).items():
            e.pop(k, None)
            if v is not None:
                e[k] = v
        if isinstance(stdin, str):
            stdin = stdin.encode()
        p = subprocess.run([self.w.program, *args], env=e, cwd=cwd or self.w.top, input=stdin, capture_output=True,
                           timeout=timeout, start_new_session=True)
        return Answer(args, p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace"))

    def eq(self, what, seen, want):
        return self.ok(seen == want, what, f"is {seen!r}", f"not {want!r}")

    def refuses(self, what, code, a, words=""):
        """Exit code, one sentence that says these words, and no answer."""
        return self.ok(a.rc == code and a.out == "" and a.err.count("\n") == 1 and re.search(words, a.err),
                       f"{what}: exit {code}, one sentence, no answer", a, f"wanted /{words}/")

    def answers(self, what, shape, a, code=0, rows=None):
        """One object of that shape; with rows, that many of them, one a line."""
        good = a.rc == code
        why = "" if good else f"exit {a.rc}, not {code}"
        lines = a.out.split("\n")
        if good and (lines.pop() != "" or (rows is None and len(lines) != 1)
                     or (rows is not None and len(lines) != rows)):
            why = f"{len(lines)} lines, or no line end"
        for line in lines if not why else []:
            try:
                why = why or fits(json.loads(line), SHAPES[shape])
            except ValueError:
                why = f"no JSON: {line[:200]}"
        self.ok(not why, f"{what}: exit {code}, keys of {shape}", why, a)
        return a.json if rows is None else a.rows

    def end(self):
        self.w.close()
        return super().end()


def doc(kind, ident, /, **more):
    return {"resourceType": kind, "id": ident} | more


def listing(folder):
    return sorted(os.listdir(folder))
