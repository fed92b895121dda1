#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""concurrency.py through an https and an ssh server, in a form short enough for every run."""
import sys

from concurrency import Run, seed
from homes import Tap

HOMES, KILLS, WRITES, SECONDS = 4, 20, 100, 120


def main():
    tap, n = Tap(), seed()
    for hub in "https", "ssh":
        Run(HOMES, KILLS, WRITES, SECONDS, hub).all(tap, n)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
