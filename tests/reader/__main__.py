# SPDX-License-Identifier: ISC
"""python3 tests/reader HOME PASSPHRASE-FILE export|log|conflicts|members: what is in a home.

A stand-alone reader, written from the documents of the formats alone.
"""
import json
import sys

from home import open_home


def main():
    home, pw, what = sys.argv[1:4]
    with open(pw, "rb") as f:
        passphrase = f.readline().rstrip(b"\r\n")
    for o in open_home(home, passphrase):
        for kind, branch, number, reason in o.space.problems:
            print(f"{kind}: {branch.hex()} at {number}: {reason}", file=sys.stderr)
        if what == "members":
            for m in o.space.membership.members.values():
                print(json.dumps({"id": m.id.hex(), "person": m.person, "device": m.device, "role": m.role, "removed": m.removed,
                                  "suspended": m.suspended}))
        else:
            for row in getattr(o.reports, what)():
                print(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
