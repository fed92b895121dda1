/* SPDX-License-Identifier: ISC */
#include "schema/base64.h"
#include "schema/schema.h"

static bool
strings_ok(const struct ac_val *v, unsigned depth)
{
	uint32_t i;
	size_t size;

	switch (v->kind) {
	case AC_STR:
		return !ac_base64_is(v->s, v->n);
	case AC_BIN:
		size = ac_base64_size(v->n);
		return size >= AC_MIN_BASE64 && size <= AC_MAX_STRING;
	case AC_ARR:
		for (i = 0; i < v->n; i++)
			if (depth >= AC_MAX_DEPTH || !strings_ok(&v->items[i], depth + 1))
				return false;
		return true;
	case AC_MAP:
		for (i = 0; i < v->n; i++)
			if (depth >= AC_MAX_DEPTH || !strings_ok(&v->pairs[i].val, depth + 1))
				return false;
		return true;
	default:
		return true;
	}
}

bool
ac_mp_is_body(const struct ac_val *v)
{
	return v && v->kind == AC_MAP && strings_ok(v, 0);
}

static bool
would_be_bytes(const struct ac_val *v)
{
	return v->kind == AC_STR && ac_base64_is(v->s, v->n);
}

static enum ac_err
as_bytes(struct ac_val *v, void *ctx, struct ac_fault *f)
{
	size_t n = ac_base64_raw(v->s, v->n);
	unsigned char *raw = ac_arena_get(ctx, n);

	(void)f;
	if (!raw)
		return AC_ENOMEM;
	ac_base64_decode(raw, v->s, v->n);
	*v = (struct ac_val){ .kind = AC_BIN, .n = (uint32_t)n, .at = v->at, .bin = raw };
	return AC_OK;
}

enum ac_err
ac_mp_body(const struct ac_val **out, struct ac_arena *a, const struct ac_val *v)
{
	return ac_val_replace(out, a, v, would_be_bytes, as_bytes, a, NULL);
}
