/* SPDX-License-Identifier: ISC */
/*
 * schema/path.h, private to the room: a PATH in steps.
 */
#ifndef AC_SCHEMA_PATH_H
#define AC_SCHEMA_PATH_H

#include "schema/schema.h"

/* A key or an index. */
struct ac_path_step {
	const char *key; /* in the path, not NUL-ended; NULL: an index */
	uint32_t n;      /* bytes of the key, or the index */
	const char *end; /* what follows in the path */
};

/* How many steps: name *( "[" index "]" ) *( "." name *( "[" index "]" ) ).
 * 0: it is no path, or has more than AC_MAX_DEPTH. */
unsigned ac_path_split(struct ac_path_step steps[static AC_MAX_DEPTH], const char *path);

/* What is one step further; NULL: nothing. */
const struct ac_val *ac_path_child(const struct ac_val *v, const struct ac_path_step *s);

/* AC_EUSAGE, and the sentence for what ac_path_split refuses. */
enum ac_err ac_path_bad(const char *path, struct ac_fault *f);

#endif
