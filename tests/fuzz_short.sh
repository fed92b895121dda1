#!/bin/sh
# SPDX-License-Identifier: ISC
# The short form of make fuzz.
exec sh tests/fuzz.sh 3
