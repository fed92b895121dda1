# SPDX-License-Identifier: ISC
"""words.py: what the source says to people, and what the catalogs say of it.

messages() is every text that goes through ac_words, by a small reading of the C files: a call's
name and place say that a literal is one. The texts of the templates are messages too. unmarked()
is the other literals that look like words, where they are not known to be for programs.
"""
import errno
import glob
import json
import os
import re

ROOMS = ("schema", "store", "sync", "cli")
# Calls that look a text up: the places of it, from 0. The first row is for the writer of a text.
SAID = {
    "_": (0,), "N_": (0,), "P_": (0, 1), "ac_words": (0,), "AC_WORD": (0,), "ac_words_plural": (0, 1),
    "ac_fault": (2,), "fail_with": (2,), "note": (1,), "prompt_confirm": (1,), "table_new": (1,), "file_read": (3,),
    "file_stdin": (1,), "secret_first_line": (3,), "secret_twice": (2,), "wrote": (2,), "step": (1,),
    "ac_transport_fail": (1,), "malformed": (1,), "broken": (1,), "failed": (1, 2), "refused": (1,),
    "ac_import_refuse": (6,), "ac_import_issue": (7,), "refuse": (4,), "bad_segment": (3,), "bad_chain": (2,), "bad": (3,), "report": (2, 4), "ac_alert_add": (1,), "dropped": (1,),
    "alert": (1, 4), "wrong": (2,), "ac_json_fail": (3,), "ac_mp_stop": (1,), "ac_plan_template_wrong": (2,), "ac_form_wrong": (2,),
}
PLURAL = ("P_", "ac_words_plural")
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|[A-Za-z_]\w*|\S', re.S)
ESCAPE = {b"n": b"\n", b"t": b"\t", b"r": b"\r"}


def plain(s):
    """The text of a literal, or of a catalog's."""
    def one(m):
        if re.fullmatch(rb"x..|[0-7]+", m[1]):
            return bytes([int(m[1][1:], 16) if m[1][:1] == b"x" else int(m[1], 8) & 255])
        return ESCAPE.get(m[1], m[1])
    return re.sub(rb"\\(x[0-9A-Fa-f]{2}|[0-7]{1,3}|.)", one, s.encode()).decode(errors="replace")


class Literal:
    def __init__(self, path, line, at, calls, before):
        self.path, self.line, self.at, self.calls, self.before, self.text = path, line, at, calls, before, ""

    def said(self):
        """The call that says it: the nearest, for what a comparison beside it has is not said. The table of
        commands has the help of each in one place, where help.c finds it."""
        if self.path == "cli/commands.c" and self.calls and self.calls[-1] == ("{", 2) and self.text:
            return "_"
        # and so has the table of tests their names for people
        if self.path == "schema/lab_data.c" and self.calls and self.calls[-1] == ("{", 1) and re.search("[A-Za-z]{3}", self.text):
            return "_"
        for name, place in reversed(self.calls):
            if re.fullmatch(r"\w+", name) and name not in ("if", "return", "while", "sizeof"):
                return name if place in SAID.get(name, ()) else None
        return None


def literals(path):
    with open(path, encoding="utf-8") as f:
        src = f.read()
    src = re.sub(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', lambda m: re.sub(r'[^\n]', ' ', m[0]), src, flags=re.M)
    stack, before, cur = [], "", None
    for m in TOKEN.finditer(src):
        t = m[0]
        if t.startswith(("//", "/*")):
            continue
        if t[0] == '"':
            if cur is None:
                cur = Literal(path, src.count("\n", 0, m.start()) + 1, m.start(), [tuple(c) for c in stack], before)
            cur.text += plain(t[1:-1])
            continue
        if cur is not None and re.fullmatch(r"PRI\w+|AC_[A-Z_]+", t):
            continue
        if cur is not None:
            yield cur
            cur = None
        if t in "([{":
            stack.append([before if t == "(" and re.fullmatch(r"\w+", before) else t, 0])
        elif t in ")]}":
            if stack:
                stack.pop()
        elif t == "," and stack:
            stack[-1][1] += 1
        before = t


def sources():
    return [p for r in ROOMS for p in sorted(glob.glob(f"{r}/*.c")) if p not in ("schema/r4.c", "store/dict.c")]


def of_templates():
    """Each text of the templates that a person reads."""
    out = {}

    def walk(v, key, path):
        if isinstance(v, dict):
            for k, x in v.items():
                walk(x, k if key != "sources" or k != "name" else "title", path)
        elif isinstance(v, list):
            for x in v:
                walk(x, key, path)
        elif key in ("title", "about", "reason", "rule", "stage", "exposure") and isinstance(v, str):
            out.setdefault(v, (None, path))

    for path in sorted(glob.glob("schema/templates/*.json")):
        with open(path, encoding="utf-8") as f:
            walk(json.load(f), "", path)
    return out


def messages():
    """text -> (its plural or None, where it stands)"""
    out = {}
    for path in sources():
        pair = None
        for l in literals(path):
            call = l.said()
            if call is None:
                continue
            where = f"{path}:{l.line}"
            if call in PLURAL:
                place = next(p for n, p in reversed(l.calls) if n == call)
                if place == 0:
                    pair = l.text
                else:
                    out[pair] = (l.text, where)
            elif re.search(r"[^\W\d_]", re.sub(r"%[-+0-9.*$]*(?:ll|l|z|h)?[a-zA-Z%]", "", l.text)) or call == "_":
                out.setdefault(l.text, (None, where))
    for usage in usages():
        for value in re.findall(r"[A-Z]{2,}", usage):
            out.setdefault(value, (None, "cli/commands.c"))
    out.update({k: v for k, v in of_templates().items() if k not in out})
    return out


# --------------------------------------------------------------------- catalogs

class Entry:
    def __init__(self, path, line):
        self.path, self.line, self.fuzzy, self.id, self.plural, self.str = path, line, False, None, None, {}


def catalog(path):
    """The entries of a .po file but its header."""
    out, cur, part = [], None, None
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            line = line.rstrip("\n")
            m = re.match(r'(msgid_plural|msgid|msgstr)(?:\[(\d)\])? "(.*)"$', line)
            if line.startswith("#,"):
                cur = Entry(path, n)
                cur.fuzzy = "fuzzy" in line
            elif m and m[1] == "msgid":
                if cur is None or cur.id is not None:
                    cur = Entry(path, n)
                cur.id, part = plain(m[3]), "id"
                out.append(cur)
            elif m and m[1] == "msgid_plural":
                cur.plural, part = plain(m[3]), "plural"
            elif m:
                part = int(m[2] or 0)
                cur.str[part] = plain(m[3])
            elif line.startswith('"') and cur:
                more = plain(line[1:-1])
                if part == "id":
                    cur.id += more
                elif part == "plural":
                    cur.plural += more
                else:
                    cur.str[part] += more
            elif line and not line.startswith("#"):
                raise ValueError(f"{path}:{n}: {line}")
    return [e for e in out if e.id]


def quoted(s):
    return '"' + s.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def entry(text, plural, strs):
    """The lines of an entry."""
    out = [f"msgid {quoted(text)}"]
    if plural is not None:
        out.append(f"msgid_plural {quoted(plural)}")
        out += [f"msgstr[{i}] {quoted(s)}" for i, s in enumerate(strs)]
    else:
        out.append(f"msgstr {quoted(strs[0])}")
    return "\n".join(out) + "\n"


def files(language):
    return sorted(glob.glob(os.path.join("cli/po", language, "*.po")))


# ------------------------------------------------------------------ what is not said

# Literals that these take are for programs: names, patterns of dates, keys, SQL.
PROGRAM = {
    "strcmp", "strncmp", "strcasecmp", "strncasecmp", "strstr", "strchr", "strspn", "strcspn", "memcmp", "getenv", "setenv",
    "fopen", "open", "unlink", "strftime", "json_str", "json_open", "json_int", "json_bool", "json_time", "json_null", "json_val",
    "json_hex_list", "args_value", "args_flag", "args_list", "ac_val_str", "ac_val_get", "ac_config_get", "ac_index_query",
    "ac_index_run", "ac_index_int", "sqlite3_exec", "_Static_assert", "said", "observation", "ac_remote_saw", "ac_invite_entry",
    "put_text", "keys", "text", "content", "label", "subkey", "listed",
}
PRINTS = {"out_printf", "text_of", "out_line", "line", "table_row", "prompt_line", "prompt_yes", "prompt_say", "fputs", "out_now"}
# The rest that looks like words and is not for people, or is in every language the same.
EXCEPT = [
    (r"cli/args\.c", r"^home: patient:|^`?[A-Za-z]{52}"), (r"cli/(out|mapped)\.c", r"^aftercare: "), (r"cli/main\.c", r"^aftercare %s\n$"),
    (r"cli/init_kit\.c", r'^\{"ok":true\}'), (r"cli/(kitpage|qr)\.c", r"^(<|</)"), (r"cli/help\.c", r"^(  %-18s %s|%s)"),
    (r"cli/status\.c", r"^(kit renew|invite cancel)$"), (r"schema/(merge|rules|claim|keys|xhtml)\.c", r"^[\w\[\] ,.&|>=<!():/-]+$"),
    (r"schema/say_label\.c", r"^[A-Z]\w+([. ]\w+)* ?$"), (r"schema/json_write\.c", r""), (r"schema/doc\w*\.c", r""),
    (r"store/(append|contributed|docs|epochs|fold|keyfile|keys|segment|space|state|vfs|invite|crypto|index|list|show|query\w*)\.c",
     r"^(aftercare [\w ]+|segment format|a later dictionary|[a-z ,.?&;']+thssa|PRAGMA|.*\?\d?.*|.*\b(FROM|SELECT|WHERE)\b.*)"),
    (r"store/chunks\.c", r"^aftercare files beside 1$"),
    (r"store/(certify|export|apply|loose|repo|repack|file|home|sealer)\.c",
     r"^(aftercare certificate|Not settled: this|One of several versions| Another one |[A-Z]+ batch|tree |author |standard output)"),
    (r"sync/(backup|bundle|joined|keysjson|kit|later|push|share_owners|http|ssh|closed)\.c",
     r"^(A BACKUP OF|backup %|# v2 git|kit renew$|invite cancel|shared with me|.*\bGROUP BY\b|fetch first|already exists|stale info"
     r"|aftercare share owner|git/2|refs/|has changed and you|Host key ver|Permission denied)"),
    (r"schema/(lab_data|symptom|form_\w+)\.c", r"^([A-Z][\w ,/.()%\[\]#&-]+$|\{\"|%s,\"|\"coding\"|,\"|supports me|in (Blood|Serum)| in | by )"),
    (r"cli/handoff\w*\.c", r"^(attachments/%|handoff-)"), (r"cli/read\.c", r"^(conflict|flagged)$"), (r"cli/report_past\.c", r"^(tumor|cns) "), (r"schema/say_sheet\.c", r"^[a-z][A-Za-z ]+$"), (r"schema/say_kind\.c", r"^[A-Z][A-Za-z]+ [a-z]+$"), (r"schema/lab_data\.c", r""), (r"cli/report_\w+\.c", r"^(infusion of|plot%|urn:aftercare|mx of)"),
    (r"cli/plan_ics\.c", r"^(UID:|SEQUENCE:|%s;VALUE=DATE)"),
    (r"sync/(http|keysjson)\.c", r"^(Pragma: |Content-Type: |Accept: |aftercare backup )"),
    (r"sync/push\.c", r"^(non-fast|fetch|stale|failed to)"),
]
# What no pattern above may except: a sentence. The few that are in every language the same stand here whole.
SENTENCE = re.compile(r"\b(is|was|were|are|not|cannot|nothing|done|your|this|that)\b.*[a-z]|[a-z]{3}\.$")
WHOLE = [  # in files for other programs and people, which have one language
    (r"store/export\.c", r"Not settled: this is one of %zu versions of this record that disagree\.%s%s| Another one is not here: it needs a newer version of aftercare\.|One of several versions that disagree"),
    (r"sync/backup\.c", r"A BACKUP OF A MEDICAL RECORD\n.*"),
]


def unmarked():
    """The literals that look like words, and are not said through a catalog."""
    out = []
    for path in sources():
        for l in literals(path):
            if l.said() is not None:
                continue
            call = next((n for n, _ in reversed(l.calls) if re.fullmatch(r"\w+", n) and n not in ("if", "return", "while")), "")
            if call in PROGRAM:
                continue
            if path == "cli/commands.c":
                continue
            bare = re.sub(r"<style>.*?</style>|<[^<>]*>|<[^<>]*$", " ", l.text, flags=re.S)
            bare = re.sub(r"%[-+0-9.*$]*(?:ll|l|z)?[a-zA-Z]", " ", bare)
            wordy = re.search(r"[A-Za-z]{2,}[,;:.]? [a-z]{2,}", bare)
            if not wordy and not (call in PRINTS and re.search(r"[A-Za-z]{2}", bare)):
                continue
            if SENTENCE.search(l.text) and not any(re.fullmatch(p, path) and re.fullmatch(rx, l.text, re.S) for p, rx in WHOLE):
                out.append(f"{path}:{l.line}: {l.text!r}")
            elif not any(re.fullmatch(p, path) and re.match(rx, l.text) for p, rx in EXCEPT):
                out.append(f"{path}:{l.line}: {l.text!r}")
    return out


def usages():
    """What follows a command's name, of each."""
    return [l.text for l in literals("cli/commands.c") if l.calls and l.calls[-1] == ("{", 1)]


# --------------------------------------------------------------------- the glossary

def glossary(language):
    """(English as a pattern, Spanish as one, the row) of each medical word."""
    out = []
    with open(f"cli/po/{language}/glossary.tsv", encoding="utf-8") as f:
        for line in f:
            row = line.rstrip("\n").split("\t")
            if line.startswith("#") or len(row) < 2:
                continue
            # a capital begins a sentence; within one it is a name of FHIR's
            english = "|".join(re.escape(w) + ("s?" if w[-1].islower() else "") for w in row[0].split("|"))
            first = "|".join(w[0].upper() + w[1:] for w in english.split("|"))
            out.append((re.compile(rf"(?<![\w./,-])(?:{english})(?![\w=/-])|(?:^|[.:?] )(?:{first})(?![\w=/-])"),
                        re.compile(rf"\b(?:{row[1]})", re.I), row[0]))
    return out


# The errors that a person may meet: what the system says of each is said too.
ERRORS = ("EPERM ENOENT EIO ENXIO ENOMEM EACCES EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL EMFILE EFBIG ENOSPC EROFS EPIPE "
          "ENAMETOOLONG ENOTEMPTY ELOOP EDQUOT ESTALE ETIMEDOUT ECONNREFUSED ECONNRESET EHOSTUNREACH ENETUNREACH").split()


def errors():
    return [(name, os.strerror(getattr(errno, name))) for name in ERRORS]


# ------------------------------------------------------------------- FHIR's own names

# Of these a person's record is made: the names of their elements and the codes that FHIR requires
# there are told in words (schema/say_label.c and say.c take them apart).
TYPES = ("AllergyIntolerance Condition MedicationStatement MedicationRequest MedicationAdministration Observation Procedure "
         "Immunization DiagnosticReport CarePlan Goal Patient Encounter Appointment Coverage CareTeam RelatedPerson Task "
         "DocumentReference Dosage").split()


def fhir_words():
    """Those words, as they are looked up."""
    names, codes, sets, frame = set(), set(), {}, ""
    with open("schema/r4.tsv", encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip() and line[0] != "#"]
    for row in rows:
        if row[0] == "=":
            sets[row[1]] = row[3:]
    for row in rows:
        if row[0] == "@":
            frame = row[1].split(".")[0]
        elif row[0] != "=" and frame in TYPES:
            name = row[0].replace("[x]", "")
            names.add(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
            codes.update(c.replace("-", " ") for s in row[3:4] for c in sets.get(s, ()) if re.fullmatch("[a-z-]+", c))
    types = {re.sub(r"(?<=[a-z])(?=[A-Z])", " ", t).lower() for t in TYPES}
    # codes that stand in no required set of FHIR's and in every record
    codes.update("active inactive resolved remission recurrence relapse confirmed unconfirmed refuted provisional differential".split())
    return names | codes | types
