/* SPDX-License-Identifier: ISC */
/*
 * schema/keys.h, private to the room: no object has a name twice.
 */
#ifndef AC_SCHEMA_KEYS_H
#define AC_SCHEMA_KEYS_H

#include "schema/schema.h"

/* *index = the first pair whose key an earlier pair has, or n when there is
 * none. n log n, whoever chose the keys. AC_ENOMEM. */
enum ac_err ac_keys_twice(uint32_t *index, const struct ac_pair *pairs, uint32_t n);

#endif
