/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 12
#define NARROW  6  /* no column is cut below this */

struct table {
	struct cli *c;
	const char *title[COLUMNS];
	bool whole[COLUMNS];
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
		size_t n = strcspn(p, "|");

		t->whole[t->columns] = *p == '*';
		t->title[t->columns++] = ac_arena_text(&c->arena, p + (*p == '*'), n - (*p == '*'));
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

/* Takes columns from the widest that may be cut, until the row fits. */
static void
squeeze(const struct table *t, int *width, int room)
{
	for (;;) {
		int sum = 2 * (t->columns - 1), widest = -1;

		for (int i = 0; i < t->columns; i++) {
			sum += width[i];
			if (!t->whole[i] && width[i] > NARROW && (widest < 0 || width[i] > width[widest]))
				widest = i;
		}
		if (sum <= room || widest < 0)
			return;
		width[widest]--;
	}
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
print_row(const struct table *t, const char *const *cell, const int *width, const char *end)
{
	int last = t->columns - 1;

	while (last > 0 && *cell[last] == '\0')
		last--;
	for (int i = 0; i <= last; i++)
		print_cell(cell[i], width[i], i == last);
	out_printf("%s\n", end);
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
	squeeze(t, width, room - gutter);
	if (out_terminal()) {
		out_printf("%*s%s", gutter, "", out_color(t->c) ? "\033[1m" : "");
		print_row(t, t->title, width, out_color(t->c) ? "\033[0m" : "");
	}
	for (const struct row *r = t->first; r != NULL; r = r->next) {
		if (numbered)
			out_printf("%*zu ", gutter - 1, ++k);
		print_row(t, r->cell, width, "");
		out_row_end();
	}
}
