/* SPDX-License-Identifier: ISC */
/*
 * schema/claim.h: a tiny language of claims about one object, for FHIR's
 * invariants (schema/rules.c). Private to this room; claims are our own
 * constants and are not checked for syntax.
 *
 *   a.b        something is there (any item of an array; _b counts too)
 *   a[2]       a third item is there        a[x]     a choice, whatever its type
 *   a=v,w      one of its values is v or w
 *   a<=b       true unless both are there and out of order; numbers or moments;
 *              either side may be a whole number
 *   ~a.b       its values differ from one another
 *   1(a,b)     exactly one of them is there
 *   ! & | > () not, and, or, implies; > binds least
 */
#ifndef AC_CLAIM_H
#define AC_CLAIM_H

#include "schema/schema.h"

/* 1: it holds, 0: it does not, -1: no memory. */
int ac_claim_holds(const struct ac_val *obj, const char *test);

/* The first value at a path of the language; NULL: none. */
const struct ac_val *ac_claim_first(const struct ac_val *obj, const char *path);

/* Numbers or moments; true where they cannot be compared. NULL is allowed. */
bool ac_claim_in_order(const struct ac_val *a, const struct ac_val *b);

/* Strings that should differ. A zeroed bag is empty; differ frees it:
 * 1: they do, 0: two are equal, -1: no memory. */
struct ac_claim_bag {
	const struct ac_val **list;
	size_t n, cap;
	bool failed;
};
void ac_claim_gather(struct ac_claim_bag *b, const struct ac_val *v);
int ac_claim_differ(struct ac_claim_bag *b);

#endif
