/* SPDX-License-Identifier: ISC */
/*
 * Method: without a shared identifier two Patients are one person only if a name
 * or the birth date says so and the other does not say otherwise. Records that
 * hold neither are asked about rather than mixed.
 */
#include <string.h>

#include "schema/moment.h"

enum agreement { UNKNOWN, AGREE, DIFFER };

static const struct ac_val *
item(const struct ac_val *map, const char *key, uint32_t i)
{
	const struct ac_val *list = ac_val_get(map, key);

	return list && list->kind == AC_ARR && i < list->n ? &list->items[i] : NULL;
}

static bool
same_string(const char *a, const char *b)
{
	return a && b && *a && !strcmp(a, b);
}

/* Without a system a number says nothing: every clinic has a patient 1. */
static bool
share_identifier(const struct ac_val *a, const struct ac_val *b)
{
	const struct ac_val *x, *y;
	uint32_t i, j;

	for (i = 0; (x = item(a, "identifier", i)); i++)
		for (j = 0; (y = item(b, "identifier", j)); j++)
			if (same_string(ac_val_str(x, "system"), ac_val_str(y, "system"))
			    && same_string(ac_val_str(x, "value"), ac_val_str(y, "value")))
				return true;
	return false;
}

/* The next character of a name, small letters, ASCII and Latin-1; white space,
 * points and hyphens are one space, none at either end. */
static unsigned
next_char(const char **s)
{
	unsigned c = (unsigned char)**s, before;

	if (c && strchr(" \t\r\n.-", (int)c)) {
		while (**s && strchr(" \t\r\n.-", **s))
			(*s)++;
		return **s ? ' ' : 0;
	}
	before = (unsigned char)(c ? *(*s)++ : 0);
	if (c == 0xc3 && (unsigned char)**s >= 0x80 && (unsigned char)**s <= 0x9e && (unsigned char)**s != 0x97)
		return 0xc300u | ((unsigned char)*(*s)++ + 0x20u);
	if (c == 0xc3 && **s)
		return 0xc300u | (unsigned char)*(*s)++;
	return before >= 'A' && before <= 'Z' ? before + 32 : before;
}

static bool
same_name(const char *a, const char *b)
{
	unsigned x, y;

	if (!a || !b)
		return false;
	while (*a == ' ')
		a++;
	while (*b == ' ')
		b++;
	do {
		x = next_char(&a);
		y = next_char(&b);
	} while (x == y && x);
	return x == y;
}

static bool
share_given(const struct ac_val *a, const struct ac_val *b)
{
	const struct ac_val *x, *y;
	uint32_t i, j;

	if (!item(a, "given", 0) || !item(b, "given", 0))
		return true;
	for (i = 0; (x = item(a, "given", i)); i++)
		for (j = 0; (y = item(b, "given", j)); j++)
			if (x->kind == AC_STR && y->kind == AC_STR && same_name(x->s, y->s))
				return true;
	return false;
}

/* "given family" of a name that may have only a text. */
static const char *
whole_name(struct ac_arena *a, const struct ac_val *name)
{
	const char *text = ac_val_str(name, "text"), *family = ac_val_str(name, "family");
	struct ac_buf b = { .max = 4096 };
	const struct ac_val *g;
	uint32_t i;
	enum ac_err err = AC_OK;

	if (text)
		return text;
	for (i = 0; !err && (g = item(name, "given", i)); i++)
		if (g->kind == AC_STR)
			err = ac_buf_addf(&b, "%s ", g->s);
	if (!err && family)
		err = ac_buf_add(&b, family, strlen(family));
	text = !err && b.len ? ac_arena_text(a, (const char *)b.p, b.len) : NULL;
	ac_buf_free(&b);
	return text;
}

static bool
names_match(struct ac_arena *a, const struct ac_val *x, const struct ac_val *y)
{
	const char *f = ac_val_str(x, "family"), *g = ac_val_str(y, "family");

	if (f && g)
		return same_name(f, g) && share_given(x, y);
	return same_name(whole_name(a, x), whole_name(a, y));
}

static enum agreement
names(const struct ac_val *a, const struct ac_val *b)
{
	const struct ac_val *x, *y;
	struct ac_arena arena = { 0 };
	enum agreement out = UNKNOWN;
	uint32_t i, j;

	for (i = 0; out != AGREE && (x = item(a, "name", i)); i++)
		for (j = 0; out != AGREE && (y = item(b, "name", j)); j++)
			out = names_match(&arena, x, y) ? AGREE : DIFFER;
	ac_arena_free(&arena);
	return out;
}

static enum agreement
births(const struct ac_val *a, const struct ac_val *b)
{
	const char *x = ac_val_str(a, "birthDate"), *y = ac_val_str(b, "birthDate");
	struct ac_moment m, n;

	if (!x || !y)
		return UNKNOWN;
	if (!ac_time_parse(&m, x) || !ac_time_parse(&n, y))
		return strcmp(x, y) ? DIFFER : AGREE;
	return ac_time_order(&m, &n) ? DIFFER : AGREE;
}

bool
ac_person_differs(const struct ac_val *a, const struct ac_val *b)
{
	enum agreement name, birth;

	if (ac_val_equal(a, b) || share_identifier(a, b))
		return false;
	name = names(a, b);
	birth = births(a, b);
	return name == DIFFER || birth == DIFFER || (name == UNKNOWN && birth == UNKNOWN);
}
