/* SPDX-License-Identifier: ISC */
/* store/careplan.h: what reading and writing of care plans share. */
#ifndef AC_STORE_CAREPLAN_H
#define AC_STORE_CAREPLAN_H

#include "store/query.h"


/* The row of the person whose record this is: the Patient that `reference` names, else the
 * only person here. *id is NULL where none is known. */
AC_MUST enum ac_err ac_careplan_person(const char **id, const struct ac_val **body, struct ac_arena *a,
	struct ac_space *s, const char *reference, struct ac_fault *f);
/* Is a document known to be another person's than that Patient's? */
AC_MUST enum ac_err ac_careplan_foreign(bool *out, struct ac_arena *a, struct ac_space *s, const struct ac_val *doc,
	const char *id, const struct ac_val *person, struct ac_fault *f);

/* Who wrote each activity of a plan last. */
AC_MUST enum ac_err ac_careplan_authors(const struct ac_plan_author **out, size_t *n, struct ac_arena *a,
	struct ac_space *s, int64_t doc, const struct ac_val *careplan, struct ac_fault *f);

#endif
