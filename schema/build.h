/* SPDX-License-Identifier: ISC */
/*
 * build.h: a body put together from atoms (private to schema/).
 */
#ifndef AFTERCARE_BUILD_H
#define AFTERCARE_BUILD_H

#include "schema/atoms.h"
#include "schema/graph.h"

/* What the view shows of an atom. */
struct ac_shown {
	const struct ac_val *at; /* as in ac_entry; NULL: nothing */
	uint32_t node, value;    /* who wrote it; the number of the value */
	uint32_t place;          /* where it stood in his array */
	uint32_t index;          /* out: where it came to stand in its array */
};

/* The document in the order of `base`'s body: what others changed in its place,
 * what only others have behind it. Shares everything but the objects and arrays
 * on the way. *out is NULL where nothing at all is shown. */
AC_MUST enum ac_err ac_build_body(const struct ac_val **out, struct ac_arena *a,
	struct ac_atoms *s, const struct ac_graph *g, struct ac_shown *shown, uint32_t base);

#endif
