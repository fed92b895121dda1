/* SPDX-License-Identifier: ISC */
/*
 * schema/base64.h, private to the room: which strings are kept as bytes.
 *
 * Only canonical base64 counts (RFC 4648 section 4: the alphabet with + and /,
 * padded, unused bits zero, no white space), because only that comes back the
 * same, and only from AC_MIN_BASE64 characters: shorter words such as "code"
 * are base64 by accident.
 */
#ifndef AC_SCHEMA_BASE64_H
#define AC_SCHEMA_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* True when a string of n bytes is kept as bytes. */
bool ac_base64_is(const char *s, size_t n);
/* Bytes that such a string holds, and the bytes themselves. */
size_t ac_base64_raw(const char *s, size_t n);
void ac_base64_decode(unsigned char *out, const char *s, size_t n);

/* Characters for n bytes (without a NUL), and the characters themselves. */
size_t ac_base64_size(size_t n);
void ac_base64_encode(char *out, const unsigned char *p, size_t n);

#endif
