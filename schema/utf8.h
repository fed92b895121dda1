/* SPDX-License-Identifier: ISC */
/*
 * schema/utf8.h, private to the room: what text may be.
 *
 * Text here is UTF-8 as RFC 3629 has it (no overlong forms, no surrogates,
 * nothing above U+10FFFF) and holds no NUL, because the API ends strings in one.
 */
#ifndef AC_SCHEMA_UTF8_H
#define AC_SCHEMA_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes (1 to 4) of the character at p, which is before end; 0: it is none. */
size_t ac_utf8_step(const unsigned char *p, const unsigned char *end);

/* True when all n bytes are such text. */
bool ac_utf8_ok(const void *s, size_t n);

#endif
