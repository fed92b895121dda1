/* SPDX-License-Identifier: ISC */
/*
 * schema/mp_head.h, private to the room: the head of one msgpack value, in the
 * one form that is canonical.
 */
#ifndef AC_SCHEMA_MP_HEAD_H
#define AC_SCHEMA_MP_HEAD_H

#include "schema/schema.h"

/* What stands in front of a value's own bytes. n: bytes of AC_STR, AC_BIN and
 * of the kinds that are extensions; items of AC_ARR; pairs of AC_MAP. The value
 * itself: b of AC_BOOL, i of AC_INT, u of AC_UINT; type of AC_LATER. */
struct ac_mp_head {
	enum ac_kind kind;
	uint32_t n;
	bool b;
	unsigned char type;
	int64_t i;
	uint64_t u;
};

struct ac_mp_walk {
	const unsigned char *start, *p, *end;
	const char *why; /* why it stopped, NULL: it did not */
};

/* Reads a head and moves p behind it; the n bytes that it promises are there (an
 * item needs one byte at least, a pair two). False: w->why says why. */
bool ac_mp_head(struct ac_mp_walk *w, struct ac_mp_head *h);

/* Sets w->why; false. */
bool ac_mp_stop(struct ac_mp_walk *w, const char *why);

/* A number of n bytes, 8 at most. */
bool ac_mp_big_endian(struct ac_mp_walk *w, uint64_t *u, unsigned n);

#endif
