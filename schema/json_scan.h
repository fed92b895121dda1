/* SPDX-License-Identifier: ISC */
/*
 * schema/json_scan.h, private to the room: the strict walk in front of yajl.
 *
 * It refuses what yajl lets through or would choke on: bytes that are not
 * UTF-8, lone surrogates and NUL in escapes, form feeds as white space, nesting,
 * long numbers and long strings. It knows tokens and brackets, not the grammar:
 * that is yajl's. It allocates nothing and does not recurse.
 */
#ifndef AC_SCHEMA_JSON_SCAN_H
#define AC_SCHEMA_JSON_SCAN_H

#include "schema/schema.h"

struct ac_json_text {
	const unsigned char *p;
	size_t n;
	size_t start;   /* set by the scan: past a byte order mark */
	size_t longest; /* set by the scan: bytes of the longest string, unescaped */
	struct ac_fault *f;
};

/* AC_EINVAL, AC_ELIMIT: through ac_json_fail. */
enum ac_err ac_json_scan(struct ac_json_text *t);

/* Offset of the first token at or behind offset `at` (t->n: none), and of the
 * byte behind the token that begins there. Only for text that was scanned. */
size_t ac_json_token(const struct ac_json_text *t, size_t at);
size_t ac_json_token_end(const struct ac_json_text *t, size_t at);

/* Fills the fault, line and column included, and returns err. */
enum ac_err ac_json_fail(const struct ac_json_text *t, enum ac_err err, size_t offset,
	const char *fmt, ...) AC_PRINTF(4, 5);

#endif
