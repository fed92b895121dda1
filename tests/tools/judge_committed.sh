#!/bin/sh
# SPDX-License-Identifier: ISC
# The committed records before the four judges.
cd tests/records && exec sh ../tools/judge.sh survivor.json clinician.json lab.json hospital-a.json hospital-b.json relative.json export-1.json export-2.json
