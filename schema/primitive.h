/* SPDX-License-Identifier: ISC */
/* schema/primitive.h: what each of FHIR's primitives may look like. Private to this room. */
#ifndef AC_PRIMITIVE_H
#define AC_PRIMITIVE_H

#include "schema/fhir.h"

/* What is wrong with a value of that primitive kind, as a sentence; NULL: nothing. */
const char *ac_primitive_wrong(enum ac_r4_kind kind, const struct ac_val *v);
/* The same for what is only frowned upon. */
const char *ac_primitive_odd(enum ac_r4_kind kind, const struct ac_val *v);

#endif
