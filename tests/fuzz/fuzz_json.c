/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as JSON: a refusal has its place and sentence and leaves the output
 * alone; what is accepted comes back the same through minified and indented
 * text and, unless it is over a ceiling, through msgpack.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "schema/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define MUST(x) do { if (!(x)) abort(); } while (0)

/* v, read again from b, which is emptied. */
static void
again(struct ac_arena *a, struct ac_buf *b, const struct ac_val *v, bool msgpack)
{
	const struct ac_val *w = NULL;
	enum ac_err err = msgpack ? ac_mp_read(&w, a, b->p, b->len, NULL)
		: ac_json_read(&w, a, b->p, b->len, NULL);

	MUST(!err && ac_val_equal(v, w));
	ac_buf_reset(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct ac_arena a = { 0 };
	struct ac_buf b = { .max = AC_MAX_JSON }, first = { .max = AC_MAX_JSON };
	struct ac_fault f = { .text = "" };
	const struct ac_val *v = NULL, *w = NULL;

	if (ac_json_read(&v, &a, p, n, &f)) {
		MUST(!v && f.text[0] && f.line && f.column && f.line <= n + 1 && f.column <= n + 1);
	} else {
		MUST(!ac_json_write(&first, v, NULL, NULL));
		MUST(!ac_json_read(&w, &a, first.p, first.len, NULL) && ac_val_equal(v, w));
		MUST(!ac_json_write(&b, w, NULL, NULL));
		MUST(b.len == first.len && !memcmp(b.p, first.p, b.len));
		ac_buf_reset(&b);
		MUST(!ac_json_write_pretty(&b, v, NULL, NULL));
		again(&a, &b, v, false);
		MUST(!ac_mp_write(&b, v));
		again(&a, &b, v, true);
		MUST(ac_mp_is_body(v) == (v->kind == AC_MAP));
	}
	ac_buf_free(&b);
	ac_buf_free(&first);
	ac_arena_free(&a);
	return 0;
}
