/* SPDX-License-Identifier: ISC */
/*
 * sync/b64.h: base64 as age writes it (RFC 4648 section 4, no padding), in its
 * one canonical form. Not for secrets that an observer of caches may not learn.
 */
#ifndef AC_SYNC_B64_H
#define AC_SYNC_B64_H

#include "schema/schema.h"

#define AC_B64_LEN(n) (((n) * 4 + 2) / 3)  /* characters for n bytes */

/* Writes AC_B64_LEN(n) characters and a NUL. */
void ac_b64_encode(char *out, const void *p, size_t n);

/* Decodes n characters, at most `max` bytes; false, and out is undefined: a
 * character that is none, padding, spare bits that are not zero, too long. */
AC_MUST bool ac_b64_decode(void *out, size_t max, size_t *nout, const char *s, size_t n);

#endif
