/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "schema/base64.h"
#include "schema/fhir.h"
#include "schema/number.h"
#include "schema/path.h"
#include "schema/utf8.h"

/* The FHIR type at the path; the innermost resource on the way counts, for
 * contained ones and a Bundle's are of any type. */
static const char *
type_at(const struct ac_val *doc, const char *path, const struct ac_path_step *steps, unsigned n)
{
	const char *type = ac_val_str(doc, "resourceType"), *inner;
	unsigned i;

	for (i = 0; i + 1 < n && (doc = ac_path_child(doc, &steps[i])); i++)
		if ((inner = ac_val_str(doc, "resourceType")) && *steps[i].end == '.') {
			type = inner;
			path = steps[i].end + 1;
		}
	return type ? ac_fhir_path_type(type, path) : NULL;
}

/* What VALUE becomes: AC_BOOL, AC_NUM (any number), AC_INT, AC_STR, or AC_MAP
 * where one word is no value. */
static enum ac_kind
kind_at(const struct ac_val *now, const char *type)
{
	if (now && now->kind != AC_NIL) {
		switch (now->kind) {
		case AC_BOOL:
			return AC_BOOL;
		case AC_INT: case AC_UINT: case AC_DEC: case AC_NUM:
			return AC_NUM;
		case AC_ARR: case AC_MAP:
			return AC_MAP;
		default:
			return AC_STR;
		}
	}
	if (!type)
		return AC_STR;
	if (!strcmp(type, "boolean"))
		return AC_BOOL;
	if (!strcmp(type, "decimal"))
		return AC_NUM;
	if (!strcmp(type, "integer") || !strcmp(type, "positiveInt") || !strcmp(type, "unsignedInt"))
		return AC_INT;
	return *type >= 'A' && *type <= 'Z' ? AC_MAP : AC_STR;
}

/* The string as the JSON reader makes it, with its own copy. */
static bool
take_string(struct ac_val *v, struct ac_arena *a, const char *text, size_t n)
{
	unsigned char *raw;

	*v = (struct ac_val){ .kind = AC_STR, .n = (uint32_t)n };
	if (!ac_base64_is(text, n))
		return (v->s = ac_arena_text(a, text, n)) != NULL;
	*v = (struct ac_val){ .kind = AC_BIN, .n = (uint32_t)ac_base64_raw(text, n) };
	if ((v->bin = raw = ac_arena_get(a, v->n)))
		ac_base64_decode(raw, text, n);
	return raw != NULL;
}

/* VALUE as that kind, borrowing the text; false: it is not. */
static bool
take_word(struct ac_val *v, enum ac_kind kind, const char *text, size_t n)
{
	switch (kind) {
	case AC_BOOL:
		*v = ac_val_bool(!strcmp(text, "true"));
		return v->b || !strcmp(text, "false");
	case AC_INT:
		return ac_number_read(v, text, n) && v->kind == AC_INT;
	default:
		return ac_number_read(v, text, n);
	}
}

static enum ac_err
bad_value(enum ac_kind kind, const char *path, struct ac_fault *f)
{
	return ac_fault(f, AC_EUSAGE, kind == AC_BOOL ? "%.200s takes true or false"
		: kind == AC_INT ? "%.200s takes a whole number"
		: "%.200s takes a number, with a point for decimals", path);
}

static enum ac_err
check_value(enum ac_kind kind, const char *path, const char *text, size_t n, struct ac_fault *f)
{
	if (!n)
		return ac_fault(f, AC_EUSAGE, "%.200s cannot be empty; to delete it, give no value", path);
	if (n > AC_MAX_STRING)
		return ac_fault(f, AC_ELIMIT, "the value for %.200s is longer than the %u bytes allowed", path,
			AC_MAX_STRING);
	if (!ac_utf8_ok(text, n))
		return ac_fault(f, AC_EUSAGE, "the value for %.200s is not UTF-8", path);
	if (kind == AC_MAP)
		return ac_fault(f, AC_EUSAGE,
			"%.200s holds more than one word; name an element in it, or give the whole as JSON", path);
	return AC_OK;
}

enum ac_err
ac_path_value(const struct ac_val **out, struct ac_arena *a, const struct ac_val *doc,
	const char *path, const char *text, struct ac_fault *f)
{
	struct ac_path_step steps[AC_MAX_DEPTH];
	unsigned n = ac_path_split(steps, path);
	size_t ntext = strlen(text);
	struct ac_val v = { .kind = AC_NIL }, *copy;
	enum ac_kind kind;
	enum ac_err err;

	if (!n)
		return ac_path_bad(path, f);
	kind = kind_at(ac_path_get(doc, path), type_at(doc, path, steps, n));
	if ((err = check_value(kind, path, text, ntext, f)))
		return err;
	if (kind != AC_STR && !take_word(&v, kind, text, ntext))
		return bad_value(kind, path, f);
	if ((kind == AC_STR && !take_string(&v, a, text, ntext))
	    || (v.kind == AC_NUM && !(v.s = ac_arena_text(a, text, ntext)))
	    || !(copy = ac_arena_get(a, sizeof *copy)))
		return ac_fault(f, AC_ENOMEM, "there is not enough memory for the value of %.200s", path);
	*copy = v;
	*out = copy;
	return AC_OK;
}
