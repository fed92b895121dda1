/* SPDX-License-Identifier: ISC */
/*
 * schema/number.h, private to the room: JSON numbers without a float.
 *
 * Each spelling of a number belongs to exactly one kind, and that kind gives
 * the spelling back: AC_INT, AC_UINT and AC_DEC where their own spelling is the
 * one that was read, AC_NUM for all others (`1e2`, `-0`, `-0.0`, more digits
 * than 64 bits hold).
 */
#ifndef AC_SCHEMA_NUMBER_H
#define AC_SCHEMA_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/schema.h"

/* *out is the number that s spells (an AC_NUM borrows s); false: RFC 8259 has
 * no such number, or it is longer than AC_MAX_NUMBER. */
bool ac_number_read(struct ac_val *out, const char *s, size_t n);

/* Writes the spelling of an AC_INT, AC_UINT or AC_DEC, without a NUL, and
 * returns its length; 0: ac_number_read gives no such value. */
size_t ac_number_text(char out[static AC_MAX_NUMBER], const struct ac_val *v);

#endif
