#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""scans_test.py: what a person does to one document reads no table that grows with the record.

The test build says of each statement which tables it reads from end to end, by SQLite's
own plan. Tables of members and their chains are small and may be; a full text search and a
listing read what they look for.
"""
import json
import re
import sys

from homes import Tap, World, observation

SMALL = {"arm", "a", "b", "c", "chain", "space", "members", "json_each", "CONSTANT", "t"}


def scans(answer):
    """The lines that are about a table that grows."""
    return [line for line in answer.err.splitlines() if (m := re.match(r"# SCAN (?!\(subquery)(\S+)", line))
            and m.group(1).rstrip(":") not in SMALL and "VIRTUAL TABLE INDEX 0:M" not in line]


def main():
    tap = Tap()
    w = World("scans", memory=True)
    try:
        w.init("laptop", "hub")
        w.join("phone", w.invite("laptop"))
        w.env["AFTERCARE_SCANS"] = "1"
        doc = observation("one", 1)
        doc["note"] = [{"text": "a"}]
        w.put("laptop", doc)
        ref = "Observation/one"
        first = w.must("laptop", "history", ref, "--json").rows[0]["version"]
        w.write("one.json", json.dumps(dict(doc, note=[{"text": "b"}])))
        w.write("scan.pdf", "some bytes " * 100)
        said = 0
        for args in (["show", ref], ["put", w.path("one.json")], ["set", ref, "note[0].text=c"], ["undo"],
                     ["revert", ref, first], ["history", ref], ["diff", ref, first], ["list"], ["find", "c"],
                     ["conflicts"], ["attachment", "add", w.path("scan.pdf")], ["rm", ref], ["sync"]):
            a = w.must("laptop", *args, ok=(0, 3))
            said += a.err.count("# SCAN")
            tap.ok(not scans(a), f"{args[0]}: no table that grows", *scans(a))
        a = w.must("phone", "sync", ok=(0, 3))
        tap.ok(not scans(a), "the other device's sync: no table that grows", *scans(a))
        tap.ok(said > 10, "the build says what it reads from end to end", said)
    finally:
        w.close()
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
