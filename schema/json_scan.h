/* SPDX-License-Identifier: ISC */
/*
 * schema/json_scan.h, private to the room: the tokens of a JSON text, strictly.
 *
 * White space, strings and words. It refuses bytes that are not UTF-8, lone surrogates
 * and NUL in escapes, long numbers and long strings. It knows no grammar: that is
 * json_read.c's. It allocates nothing.
 */
#ifndef AC_SCHEMA_JSON_SCAN_H
#define AC_SCHEMA_JSON_SCAN_H

#include "schema/schema.h"

struct ac_json_text {
	const unsigned char *p;
	size_t n;
	size_t at;          /* the next byte; below or at n */
	struct ac_fault *f;
};

/* A string or a word, where it stands in the text. */
struct ac_json_token {
	const unsigned char *p; /* of a string: behind its opening quote */
	size_t n;           /* without quotes */
	size_t len;         /* of a string, unescaped; less than n: it has escapes */
};

/* To the first token, past a byte order mark. AC_ELIMIT: too long; AC_EINVAL: no token. */
enum ac_err ac_json_start(struct ac_json_text *t);
/* Past white space; the byte that stands there, or -1: the end. */
int ac_json_peek(struct ac_json_text *t);

/* From the opening quote at `at`, or a word's first byte, to behind the token. A word is
 * what numbers, true, false and null are made of, and their misspellings.
 * AC_EINVAL, AC_ELIMIT: through ac_json_fail. */
enum ac_err ac_json_string(struct ac_json_token *out, struct ac_json_text *t);
enum ac_err ac_json_word(struct ac_json_token *out, struct ac_json_text *t);
/* The string's s->len bytes. */
void ac_json_unescape(unsigned char *out, const struct ac_json_token *s);

/* Fills the fault, line and column included, and returns err. */
enum ac_err ac_json_fail(const struct ac_json_text *t, enum ac_err err, size_t offset,
	const char *fmt, ...) AC_PRINTF(4, 5);

#endif
