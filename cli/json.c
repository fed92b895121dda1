/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <string.h>

static void
put(struct ac_buf *b, const void *p, size_t n)
{
	if (ac_buf_add(b, p, n) != AC_OK)
		out_lost();
}

static void
put_escaped(struct ac_buf *b, const char *s)
{
	static const char NAMED[] = "\b\t\n\f\r\"\\", LETTER[] = "btnfr\"\\";
	size_t n = strlen(s);

	put(b, "\"", 1);
	for (size_t i = 0; i < n; ) {
		uint32_t p = 0;
		size_t len = text_decode(s + i, n - i, &p);
		const char *at = len == 1 && p != 0 ? strchr(NAMED, (int)p) : NULL;
		char hex[8];

		if (len == 0)
			put(b, "\xEF\xBF\xBD", 3);
		else if (at != NULL)
			put(b, (char[]){ '\\', LETTER[at - NAMED] }, 2);
		else if (p < 0x20)
			put(b, hex, (size_t)snprintf(hex, sizeof hex, "\\u%04x", (unsigned)p));
		else
			put(b, s + i, len);
		i += len == 0 ? 1 : len;
	}
	put(b, "\"", 1);
}

static void
put_key(struct ac_buf *b, const char *key)
{
	char last = b->len > 0 ? (char)b->p[b->len - 1] : '\n';

	if (strchr("{[\n", last) == NULL || last == '\0')
		put(b, ",", 1);
	if (key != NULL) {
		put_escaped(b, key);
		put(b, ":", 1);
	}
}

void
json_open(struct ac_buf *b, const char *key, char bracket)
{
	put_key(b, key);
	put(b, &bracket, 1);
}

void
json_close(struct ac_buf *b, char bracket)
{
	put(b, &bracket, 1);
}

void
json_str(struct ac_buf *b, const char *key, const char *s)
{
	put_key(b, key);
	put_escaped(b, s != NULL ? s : "");
}

void
json_hex_list(struct ac_buf *b, const char *key, const char *const *s, size_t n)
{
	json_open(b, key, '[');
	for (size_t i = 0; i < n; i++)
		json_str(b, NULL, s[i]);
	json_close(b, ']');
}

void
json_int(struct ac_buf *b, const char *key, uint64_t n)
{
	char s[24];

	put_key(b, key);
	put(b, s, (size_t)snprintf(s, sizeof s, "%llu", (unsigned long long)n));
}

void
json_bool(struct ac_buf *b, const char *key, bool v)
{
	put_key(b, key);
	put(b, v ? "true" : "false", v ? 4 : 5);
}

void
json_number(struct ac_buf *b, const char *key, const char *s)
{
	put_key(b, key);
	put(b, *s != '\0' ? s : "null", *s != '\0' ? strlen(s) : 4);
}

void
json_null(struct ac_buf *b, const char *key)
{
	put_key(b, key);
	put(b, "null", 4);
}

void
json_time(struct ac_buf *b, const char *key, int64_t ms)
{
	char s[32] = "";

	if (ms != 0)
		ac_time_write(s, ms);
	json_str(b, key, s);
}

void
json_row_end(struct ac_buf *b)
{
	put(b, "\n", 1);
	if (b == out_buf())
		out_row_end();
}

enum ac_err
json_val(struct cli *c, struct ac_buf *b, const char *key, const struct ac_val *v, const char *ref)
{
	struct ac_blob_source blobs;
	size_t start;
	enum ac_err err;

	if (v == NULL) {
		json_null(b, key);
		return AC_OK;
	}
	put_key(b, key);
	start = b->len;
	blobs = ac_space_blobs(c->space);
	err = ac_json_write(b, v, &blobs, &c->fault);
	if (err == AC_ENOTFOUND && ref != NULL) {
		b->len = start;
		err = ac_attachment_fetch(c->space, ref, NULL, &c->fault);
		if (err == AC_OK)
			err = ac_json_write(b, v, &blobs, &c->fault);
	}
	/* one element that a later version wrote must not hide what stands beside it; a whole
	 * resource without it would be another */
	if (err == AC_EVERSION && ac_val_str(v, "resourceType") == NULL) {
		b->len = start;
		put(b, "null", 4);
		err = AC_OK;
	}
	return err;
}
