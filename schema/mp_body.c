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
