/* SPDX-License-Identifier: ISC */
/* Which test, which unit, which range a person means: spellings do not matter. */
#include <string.h>

#include "schema/form.h"

enum { WORD = 96 };

struct respelled { const char *from, *to; };

/* Small letters; what is written in several ways in one way; what separates left out. */
static const struct respelled marks[] = {
	{ "\xc2\xb5", "u" }, { "\xce\xbc", "u" }, { "\xe2\x81\xb9", "9" }, { "\xc2\xb3", "3" }, { "\xe2\x81\xb6", "6" },
	{ "\xc2\xb9\xc2\xb2", "12" }, { "\xc2\xb2", "2" }, { "\xc2\xb0", "" }, { "\xc3\x97", "x" }, { "\xc2\xb7", "x" },
};

static void
plain(char out[static WORD], const char *s, const char *drop)
{
	size_t n = 0, i, k;

	while (*s && n < WORD - 3) {
		for (i = 0; i < sizeof marks / sizeof *marks; i++)
			if (!strncmp(s, marks[i].from, k = strlen(marks[i].from)))
				break;
		if (i < sizeof marks / sizeof *marks) {
			s += k;
			for (k = 0; marks[i].to[k]; k++)
				out[n++] = marks[i].to[k];
			continue;
		}
		if (!strchr(drop, *s))
			out[n++] = (char)(*s >= 'A' && *s <= 'Z' ? *s - 'A' + 'a' : *s);
		s++;
	}
	out[n] = '\0';
}

static void
name_plain(char out[static WORD], const char *s)
{
	plain(out, s, " -_.,()'");
}

static void
unit_plain(char out[static WORD], const char *s)
{
	static const struct respelled also[] = {
		{ "10e9/l", "109/l" }, { "gpt/l", "109/l" }, { "k/ul", "103/ul" }, { "10e3/ul", "103/ul" }, { "thou/ul", "103/ul" },
		{ "k/mm3", "103/ul" }, { "103/mm3", "103/ul" }, { "m/ul", "106/ul" }, { "10e6/ul", "106/ul" }, { "mil/ul", "106/ul" },
		{ "10e12/l", "1012/l" }, { "tpt/l", "1012/l" }, { "cells/ul", "/ul" }, { "/mm3", "/ul" }, { "cells/mm3", "/ul" }, { "iu/l", "u/l" },
		{ "uu/ml", "uiu/ml" }, { "mu/ml", "miu/ml" }, { "c", "cel" }, { "f", "degf" }, { "lb", "lbav" }, { "lbs", "lbav" }, { "pound", "lbav" }, { "pounds", "lbav" },
		{ "in", "ini" }, { "inch", "ini" }, { "inches", "ini" }, { "kilo", "kg" }, { "kilos", "kg" }, { "bpm", "/min" }, { "percent", "%" }, { "sec", "s" },
		{ "seconds", "s" }, { "ml/min", "ml/min/1.73m2" },
	};
	const char *p = out;
	size_t i;

	plain(out, s, " ^*[]{}_");
	if (*p == 'x' && p[1] == '1')
		p++;
	memmove(out, p, strlen(p) + 1);
	if (!strncmp(out, "mc", 2) && (out[2] == 'g' || out[2] == 'l' || out[2] == 'm')) { /* "mcg" is a microgram */
		out[0] = 'u';
		memmove(out + 1, out + 2, strlen(out + 2) + 1);
	}
	for (i = 0; i < sizeof also / sizeof *also; i++)
		if (!strcmp(out, also[i].from)) {
			memcpy(out, also[i].to, strlen(also[i].to) + 1);
			return;
		}
}

/* Each word of a list with | between; its length, 0 at the end. */
static size_t
next(const char **list, const char **word)
{
	size_t n;

	while (**list == '|')
		++*list;
	*word = *list;
	n = strcspn(*list, "|");
	*list += n;
	return n;
}

bool
ac_lab_has(const struct ac_lab *l, const char *s)
{
	const char *list = l->codes, *word;
	size_t i, n;

	for (i = 0; l->units[i].unit; i++)
		if (l->units[i].loinc && !strcmp(l->units[i].loinc, s))
			return true;
	while ((n = next(&list, &word)))
		if (strlen(s) == n && !memcmp(word, s, n))
			return true;
	return false;
}

/* Calls it with each name of the test; the smallest answer. */
static unsigned
over_names(const struct ac_lab *l, unsigned (*with)(const char *name, const char *typed), const char *typed)
{
	const char *list = l->names, *word;
	char name[WORD], copy[WORD];
	unsigned best, k;
	size_t n;

	name_plain(name, l->name);
	best = with(name, typed);
	name_plain(name, l->title);
	best = (k = with(name, typed)) < best ? k : best;
	name_plain(name, ac_words(l->title));
	best = (k = with(name, typed)) < best ? k : best;
	while ((n = next(&list, &word))) {
		if (n >= sizeof copy)
			continue;
		memcpy(copy, word, n);
		copy[n] = '\0';
		name_plain(name, copy);
		best = (k = with(name, typed)) < best ? k : best;
	}
	return best;
}

static unsigned
differs(const char *name, const char *typed)
{
	return strcmp(name, typed) != 0;
}

/* How many letters must be put in, taken out, changed, or swapped with the next. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned rows[3][WORD + 1], *before = rows[0], *row = rows[1], *old = rows[2], *spare, k;
	size_t na = strlen(a), nb = strlen(b), i, j;

	for (j = 0; j <= nb; j++)
		before[j] = (unsigned)j;
	for (i = 1; i <= na; i++) {
		row[0] = (unsigned)i;
		for (j = 1; j <= nb; j++) {
			row[j] = before[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = (k = before[j] + 1) < row[j] ? k : row[j];
			row[j] = (k = row[j - 1] + 1) < row[j] ? k : row[j];
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && (k = old[j - 2] + 1) < row[j])
				row[j] = k;
		}
		spare = old;
		old = before;
		before = row;
		row = spare;
	}
	return before[nb];
}

const struct ac_lab *
ac_lab_find(const char *word)
{
	const struct ac_lab *l;
	char typed[WORD];

	name_plain(typed, word);
	for (l = ac_lab_table(); *typed && l->name; l++)
		if (ac_lab_has(l, word) || !over_names(l, differs, typed))
			return l;
	return NULL;
}

const struct ac_lab *
ac_lab_nearest(const char *word)
{
	const struct ac_lab *l, *best = NULL;
	char typed[WORD];
	unsigned k, least;

	name_plain(typed, word);
	least = (unsigned)(strlen(typed) + 2) / 3 + 1; /* a third of the letters may be wrong */
	for (l = ac_lab_table(); *typed && l->name; l++)
		if ((k = over_names(l, distance, typed)) < least) {
			least = k;
			best = l;
		}
	return best;
}

const struct ac_lab_unit *
ac_lab_unit(const struct ac_lab *lab, const char *unit)
{
	const struct ac_lab_unit *u;
	char typed[WORD], known[WORD];

	for (u = lab->units; u->unit; u++)
		if (!strcmp(u->unit, unit))
			return u;
	unit_plain(typed, unit);
	for (u = lab->units; u->unit; u++) {
		unit_plain(known, u->unit);
		if (!strcmp(known, typed))
			return u;
	}
	return NULL;
}

const struct ac_lab_range *
ac_lab_range(const struct ac_lab *lab, const char *sex)
{
	const struct ac_lab_range *r;

	for (r = lab->ranges; r->sex; r++)
		if (!*r->sex || (sex && !strcmp(r->sex, sex)))
			return r;
	return NULL;
}
