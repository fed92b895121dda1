/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as msgpack: what is accepted is written again byte for byte, uses
 * memory in proportion to its length, and, where it could be a body, comes back
 * the same through JSON.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "schema/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define MUST(x) do { if (!(x)) abort(); } while (0)

static bool
has_blob(const struct ac_val *v)
{
	uint32_t i;

	if (v->kind == AC_ARR || v->kind == AC_MAP)
		for (i = 0; i < v->n; i++)
			if (has_blob(v->kind == AC_ARR ? &v->items[i] : &v->pairs[i].val))
				return true;
	return v->kind == AC_BLOB;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct ac_arena a = { 0 };
	struct ac_buf b = { 0 }, json = { .max = AC_MAX_JSON };
	struct ac_fault f = { .text = "" };
	const struct ac_val *v = NULL, *w = NULL;

	if (ac_mp_read(&v, &a, p, n, &f)) {
		MUST(!v && f.text[0]);
	} else {
		MUST(!ac_mp_write(&b, v));
		MUST(b.len == n && !memcmp(b.p, p, n));
		if (ac_mp_is_body(v) && !has_blob(v) && !ac_val_later(v)) {
			MUST(!ac_json_write(&json, v, NULL, NULL));
			MUST(!ac_json_read(&w, &a, json.p, json.len, NULL));
			MUST(ac_val_equal(v, w));
		}
	}
	MUST(a.used <= 1024 + 256 * n);
	ac_buf_free(&b);
	ac_buf_free(&json);
	ac_arena_free(&a);
	return 0;
}
