/* SPDX-License-Identifier: ISC */
/*
 * The tables of schema/FORMAT.md, "The tables", as they stand there, so that no
 * row can be added without a shape that tries it.
 */
#ifndef TABLES_H
#define TABLES_H

#include "graphs.h"

#define ROWS 128

struct table_row {
	char types[200], in[40], elements[1200];
	bool group;
};

static struct table_row table[ROWS];
static uint32_t ntable;

static void
trim(char *out, size_t size, const char *s, size_t n)
{
	while (n && (*s == ' ' || *s == '`')) {
		s++;
		n--;
	}
	while (n && (s[n - 1] == ' ' || s[n - 1] == '`'))
		n--;
	assert_true(n < size);
	memcpy(out, s, n);
	out[n] = 0;
}

/* A line of a table: its first three places. */
static void
take_line(char *line, bool group)
{
	struct table_row *t = &table[ntable];
	char *at[4];
	int i;

	for (i = 0; i < 4; i++, line = at[i - 1] + 1)
		if (!(at[i] = strchr(line, '|')))
			return;
	trim(t->types, sizeof t->types, at[0] + 1, (size_t)(at[1] - at[0] - 1));
	trim(t->in, sizeof t->in, at[1] + 1, (size_t)(at[2] - at[1] - 1));
	trim(t->elements, sizeof t->elements, at[2] + 1, (size_t)(at[3] - at[2] - 1));
	t->group = group;
	if (strcmp(t->types, "type") && strncmp(t->types, "---", 3))
		assert_true(++ntable < ROWS);
}

static void
read_tables(void)
{
	FILE *f = fopen("schema/FORMAT.md", "r");
	int part = 0; /* 1: groups, 2: rules */
	char line[4096];

	if (!f)
		fail_msg("no schema/FORMAT.md: run this where the Makefile is");
	while (fgets(line, sizeof line, f)) {
		if (!strncmp(line, "**Groups.**", 11))
			part = 1;
		else if (!strncmp(line, "**Rules.**", 10))
			part = 2;
		else if (!strncmp(line, "**", 2))
			part = 0;
		else if (part && *line == '|')
			take_line(line, part == 1);
	}
	fclose(f);
	assert_true(ntable > 40);
}

/* The i-th word of a list; false: it has fewer. */
static bool
word(char *out, size_t size, const char *list, uint32_t i)
{
	size_t n;

	for (;; i--, list += n) {
		list += strspn(list, " ");
		n = strcspn(list, " ");
		if (!n)
			return false;
		if (!i)
			break;
	}
	trim(out, size, list, n);
	return true;
}

/* "TYPE IN FIRST-ELEMENT", as the shapes name a row. */
static bool
label(char *out, size_t size, const struct table_row *t, uint32_t i)
{
	char type[64], first[64];

	if (!word(type, sizeof type, t->types, i) || !word(first, sizeof first, t->elements, 0))
		return false;
	snprintf(out, size, "%s%s%s %s", type, *t->in ? " " : "", t->in, first);
	return true;
}

/* What stands in place of "*" in a shape's i-th turn; NULL: it has had them all. */
static const char *
name_in_turn(const struct shape *s, uint32_t i)
{
	static char name[64];
	char l[200];
	uint32_t t;

	if (!s->names)
		return i ? NULL : "";
	for (t = 0; t < ntable; t++)
		if (!table[t].group && label(l, sizeof l, &table[t], 0) && !strcmp(l, s->names))
			return word(name, sizeof name, table[t].elements, i) ? name : NULL;
	fail_msg("no row %s", s->names);
	return NULL;
}

static bool
is_spelling(const char *key, const char *element)
{
	size_t n = strlen(element);

	if (n > 3 && !strcmp(element + n - 3, "[x]"))
		return !strncmp(key, element, n - 3) && strlen(key) > n - 3;
	return !strcmp(key, element);
}

/* Whether one of the shapes' slots that are of this row holds the element. */
static bool
is_tried(const struct table_row *t, const char *element)
{
	char l[200];
	uint32_t s, a, i, k;

	for (s = 0; s < SHAPES; s++)
		for (use(&shapes[s], "x"), a = 1; a < nslot; a++)
			for (i = 0; label(l, sizeof l, t, i); i++)
				for (k = 0; S->slot[a].row && !strcmp(S->slot[a].row, l) && k < nkey; k++)
					if (keys[k].slot == a && is_spelling(keys[k].name, element))
						return true;
	return false;
}

/* Every row has a slot in a shape of its type, every element of a group a value. */
static void
check_tables(void)
{
	char l[200], element[64];
	uint32_t t, i, s, a;
	bool found;

	for (t = 0; t < ntable; t++) {
		for (i = 0; label(l, sizeof l, &table[t], i); i++) {
			for (found = false, s = 0; s < SHAPES; s++)
				for (a = 1; a < SLOTS; a++)
					found |= shapes[s].slot[a].row && !strcmp(shapes[s].slot[a].row, l)
						&& (!strncmp(l, "every ", 6) || !strncmp(l, shapes[s].type, strlen(shapes[s].type)));
			if (!found)
				fail_msg("no shape has the row %s", l);
		}
		for (i = 0; table[t].group && word(element, sizeof element, table[t].elements, i); i++)
			if (!is_tried(&table[t], element))
				fail_msg("no shape has %s of %s", element, table[t].types);
	}
}

#endif
