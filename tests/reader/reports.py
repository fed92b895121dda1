# SPDX-License-Identifier: ISC
"""What is told of a record, as the program tells it: documents, versions, disputes."""
import time

from atoms import canon
from documents import Document
from jsontext import NoJson, text
from paths import Teller
from tables import NOTED
from values import Opaque
from versions import signed

OPS = ("import", "put", "set", "edit", "rm", "revert", "resolve", "contribute", "revert")     # an undo is told as a revert
TAG = {"system": "urn:aftercare:tag", "code": "in-dispute", "display": "One of several versions that disagree"}


def when(clock):
    ms = signed(clock) >> 16
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03d}Z"


class Reports:
    def __init__(self, record, attachment, bound):
        self.record, self.attachment = record, attachment
        self.documents = [Document(record, key, bound) for key in sorted(record.documents, key=lambda k: (k[1], k[2], k[0]))]

    def export(self):
        """As `export --format ndjson`: one line a document; disputed where it is safety-critical, one a head."""
        for d in self.documents:
            if not d.view or self.record.withdrawn(d.key):
                continue
            for b in self.sides(d) if d.view.safety else [d.body]:
                if b is not None:
                    try:
                        yield text(b, self.attachment)
                    except NoJson:
                        pass

    def sides(self, d):
        """What is written of a document in a safety-critical dispute: schema/FORMAT.md, "Exports"."""
        heads, deleted = [], False
        for n in d.view.heads:
            deleted |= n.body is None
            if n.body is not None and not any(canon(n.body) == canon(o.body) for o in heads):
                heads.append(n)
        for n in heads:
            v = self.record.versions[n.name]
            own = n.body.get("id")
            body = dict(n.body, id=f"{(own if isinstance(own, str) else d.key[2])[:54]}-v{n.name.hex()[:8]}")
            body["meta"] = dict(body.get("meta", {}), tag=body.get("meta", {}).get("tag", []) + [dict(TAG)])
            if d.key[1] in NOTED and isinstance(body.get("note", []), list):
                said = f"Not settled: this is one of {len(heads) + deleted} versions of this record that disagree."
                note = {"authorString": self.author(v)[0], "time": when(n.time), "text": said + " Another one deleted it." * deleted}
                body["note"] = body.get("note", []) + [note]
            yield body

    def author(self, v):
        if v.author is None:
            return v.key[0] or "import", ""
        for p in v.places:
            if p.names:
                return p.names
        return self.record.names.get(v.author, ("unknown", ""))

    @staticmethod
    def op(v):
        if any(p.names for p in v.places):
            return "contribute"
        return OPS[v.op] if v.op < len(OPS) else "unknown"

    def log(self):
        """As `log --json`: rows of all versions that are shown."""
        for d in self.documents:
            for v in d.versions:
                person, device = self.author(v)
                yield {"time": when(v.time) if v.time >> 16 else "", "author": person, "device": device, "op": self.op(v),
                       "ref": d.ref, "version": v.name.hex()}

    def conflicts(self):
        """As `conflicts --json`, values as texts of JSON."""
        for d in self.documents:
            if not d.view or not d.view.disputes or self.record.withdrawn(d.key):
                continue
            for path, dispute, values in Teller(d.view).rows():
                sides = []
                for (n, _), value in zip(dispute.sides, telling(path, dispute, values)):
                    person, device = self.author(self.record.versions[n.name])
                    sides.append({"version": n.name.hex(), "author": person, "device": device, "time": when(n.time),
                                  "value": text(without_opaque(value), self.attachment)})
                yield {"ref": d.ref, "path": path, "kind": dispute.kind, "safety": dispute.safety, "sides": sides}


def without_opaque(v):
    if isinstance(v, Opaque):
        return None
    if isinstance(v, dict):
        return {k: without_opaque(x) for k, x in v.items()}
    return [without_opaque(x) for x in v] if isinstance(v, list) else v


def telling(path, dispute, values):
    """Of a safety-critical group `conflicts` tells what differs between its sides, if anything does."""
    if not path or not dispute.safety or "." in path or "[" in path or not all(v is None or isinstance(v, dict) for v in values):
        return values

    def agreed(k):
        return len({canon(v[k]) if v and k in v else None for v in values}) == 1
    out = []
    for v in values:
        left = {k: x for k, x in v.items() if not agreed(k)} if v else v
        out.append(v if not v else None if not left else left[path] if list(left) == [path] else left)
    return out
