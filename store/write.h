/* SPDX-License-Identifier: ISC */
/* store/write.h: what set and resolve share. */
#ifndef AC_STORE_WRITE_H
#define AC_STORE_WRITE_H

#include "store/store.h"

/* One PATH=VALUE, PATH:=JSON or PATH= over a body. */
AC_MUST enum ac_err ac_write_set(const struct ac_val **body, struct ac_arena *a, const char *set, struct ac_fault *f);
/* A validation error that `was` (NULL: nothing) did not have is refused without AC_FORCE;
 * fills out->flagged and out->issue. */
AC_MUST enum ac_err ac_write_validate(struct ac_wrote *out, const struct ac_val *was, const struct ac_val *body,
	int flags, struct ac_fault *f);

#endif
