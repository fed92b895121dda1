/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 12
#define NARROW  6  /* no column is cut below this */
#define EASY    20 /* before one is cut below this, columns that may go go */
#define GONE    (-1)

struct table {
	struct cli *c;
	const char *title[COLUMNS];
	bool whole[COLUMNS], spare[COLUMNS], folds[COLUMNS];
	int columns;
	struct row { struct row *next; const char *cell[]; } *first, **last;
	size_t rows;
};

struct table *
table_new(struct cli *c, const char *titles)
{
	struct table *t = ac_arena_get(&c->arena, sizeof *t);

	if (t == NULL) {
		out_lost();
		return NULL;
	}
	t->c = c;
	t->last = &t->first;
	for (const char *p = _(titles); t->columns < COLUMNS; ) {
		size_t n;

		t->spare[t->columns] = *p == '?';
		p += *p == '?';
		t->whole[t->columns] = *p == '*';
		p += *p == '*';
		t->folds[t->columns] = *p == '~';
		p += *p == '~';
		n = strcspn(p, "|");
		t->title[t->columns++] = ac_arena_text(&c->arena, p, n);
		if (p[n] == '\0')
			break;
		p += n + 1;
	}
	return t;
}

void
table_row(struct table *t, const char *const *cells)
{
	struct row *r;

	if (t == NULL)
		return;
	r = ac_arena_get(&t->c->arena, sizeof *r + (size_t)t->columns * sizeof *r->cell);
	if (r == NULL) {
		out_lost();
		return;
	}
	for (int i = 0; i < t->columns; i++)
		r->cell[i] = clean(t->c, cells[i]);
	*t->last = r;
	t->last = &r->next;
	t->rows++;
}

static void
natural(const struct table *t, int *width)
{
	for (int i = 0; i < t->columns; i++)
		width[i] = text_width(t->title[i]);
	for (const struct row *r = t->first; r != NULL; r = r->next)
		for (int i = 0; i < t->columns; i++) {
			int w = text_width(r->cell[i]);

			if (w > width[i])
				width[i] = w;
		}
}

static bool
empty(const struct table *t, int column)
{
	for (const struct row *r = t->first; r != NULL; r = r->next)
		if (*r->cell[column] != '\0')
			return false;
	return true;
}

static int
sum_of(const struct table *t, const int *width)
{
	int sum = -2;

	for (int i = 0; i < t->columns; i++)
		sum += width[i] == GONE ? 0 : width[i] + 2;
	return sum;
}

/* Takes columns from the widest that may be cut, until the row fits; the width to which
 * one was cut, INT_MAX: none. */
static int
squeeze(const struct table *t, int *width, int room)
{
	int least = INT_MAX;

	while (sum_of(t, width) > room) {
		int widest = -1;

		for (int i = 0; i < t->columns; i++)
			if (!t->whole[i] && width[i] > NARROW && (widest < 0 || width[i] > width[widest]))
				widest = i;
		if (widest < 0)
			return 0;
		least = --width[widest];
	}
	return least;
}

/* The widths with which the row fits: the last columns that may go are gone before one
 * that stays is hard to read. */
static void
fit(const struct table *t, int *width, int room)
{
	int tried[COLUMNS], last = t->columns - 1;

	for (;;) {
		memcpy(tried, width, sizeof tried);
		if (squeeze(t, tried, room) >= EASY)
			break;
		while (last >= 0 && !t->spare[last])
			last--;
		if (last < 0)
			break;
		width[last--] = GONE;
	}
	memcpy(width, tried, sizeof tried);
}

static void
print_cell(const char *s, int width, bool last)
{
	int w = text_width(s);

	if (w > width) {
		out_write(s, text_fit(s, width - 1));
		out_printf("…");
		w = width;
	} else {
		out_write(s, strlen(s));
	}
	if (!last)
		out_printf("%*s", width - w + 2, "");
}

static void
print_cells(const struct table *t, const char *const *cell, const int *width, const char *end)
{
	int last = t->columns - 1;

	while (last > 0 && (*cell[last] == '\0' || width[last] == GONE))
		last--;
	for (int i = 0; i <= last; i++)
		if (width[i] != GONE)
			print_cell(cell[i], width[i], i == last);
	out_printf("%s\n", end);
}

/* What does not fit into a column that folds goes on below, in its column. */
static void
print_row(const struct table *t, const char *const *cell, const int *width, int gutter, const char *end)
{
	const char *now[COLUMNS], *rest[COLUMNS] = { 0 };
	bool more = true;

	for (int i = 0; i < t->columns; i++)
		rest[i] = t->folds[i] && width[i] != GONE && text_width(cell[i]) > width[i]
			? text_wrap(t->c, cell[i], width[i], 0) : NULL;
	for (bool first = true; more; first = false) {
		more = false;
		for (int i = 0; i < t->columns; i++) {
			size_t n = rest[i] != NULL ? strcspn(rest[i], "\n") : 0;

			now[i] = rest[i] != NULL ? text_of(t->c, "%.*s", (int)n, rest[i]) : first ? cell[i] : "";
			if (rest[i] != NULL)
				rest[i] += n + (rest[i][n] != '\0');
			more = more || (rest[i] != NULL && *rest[i] != '\0');
		}
		if (!first)
			out_printf("%*s", gutter, "");
		print_cells(t, now, width, more ? "" : end);
	}
}

void
table_print(struct table *t, bool numbered)
{
	int width[COLUMNS] = { 0 }, room = out_width(), gutter = 0;
	size_t k = 0;

	if (t == NULL || t->rows == 0)
		return;
	if (numbered)
		gutter = snprintf(NULL, 0, "%zu", t->rows) + 1;
	natural(t, width);
	for (int i = 0; out_terminal() && i < t->columns; i++)
		if (empty(t, i))
			width[i] = GONE;
	fit(t, width, room == INT_MAX ? room : room - gutter);
	if (out_terminal()) {
		out_printf("%*s%s", gutter, "", out_color(t->c) ? "\033[1m" : "");
		print_row(t, t->title, width, gutter, out_color(t->c) ? "\033[0m" : "");
	}
	for (const struct row *r = t->first; r != NULL; r = r->next) {
		if (numbered)
			out_printf("%*zu ", gutter - 1, ++k);
		print_row(t, r->cell, width, gutter, "");
		out_row_end();
	}
}
