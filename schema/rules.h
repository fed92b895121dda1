/* SPDX-License-Identifier: ISC */
/* schema/rules.h: FHIR R4's invariants. Private to this room. */
#ifndef AC_RULES_H
#define AC_RULES_H

#include "schema/fhir.h"

/* Calls `broken` with a rule's name and sentence for each invariant that the
 * object of that frame breaks; not an error: only frowned upon. `root` is the resource it stands in (of a
 * contained resource: the one that contains it). AC_ENOMEM. */
AC_MUST enum ac_err ac_rules_check(const struct ac_r4_frame *f, const struct ac_val *root,
	const struct ac_val *obj, void (*broken)(void *ctx, const char *key, const char *says, bool error), void *ctx);

#endif
