/* SPDX-License-Identifier: ISC */
/* What both drawings share, and the one for a terminal. */
#include "series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void
widen(double *low, double *high, double x)
{
	*low = x < *low ? x : *low;
	*high = x > *high ? x : *high;
}

/* The range that is drawn is the latest one. */
static const struct point *
ranged(const struct series *s)
{
	for (size_t i = s->n; i > 0; i--)
		if (*s->p[i - 1].low != '\0' || *s->p[i - 1].high != '\0')
			return &s->p[i - 1];
	return NULL;
}

bool
plot_band(const struct series *s, const struct plot_scale *y, double *from, double *to)
{
	const struct point *p = ranged(s);

	if (p == NULL)
		return false;
	*from = *p->low != '\0' ? p->floor : y->low;
	*to = *p->high != '\0' ? p->ceiling : y->high;
	return *from <= *to;
}

struct plot_scale
plot_scale(const struct series *s, int steps)
{
	static const double nice[] = { 1, 2, 2.5, 5, 10 };
	const struct point *r = ranged(s);
	struct plot_scale y = { s->p[0].at, s->p[0].at, 1, 0, 0 };
	double span, unit;
	bool positive;

	for (size_t i = 0; i < s->n; i++)
		widen(&y.low, &y.high, s->p[i].at);
	if (r != NULL && *r->low != '\0')
		widen(&y.low, &y.high, r->floor);
	if (r != NULL && *r->high != '\0')
		widen(&y.low, &y.high, r->ceiling);
	positive = y.low >= 0;
	span = y.high - y.low;
	if (!(span > fabs(y.high) * 1e-9)) { /* all are one: something of its size around it */
		span = y.high != 0 ? fabs(y.high) / 2 : 1;
		y.low -= span / 2;
		y.high += span / 2;
	}
	unit = pow(10, floor(log10(span / steps)));
	for (size_t i = 0; i < sizeof nice / sizeof *nice; i++) {
		y.step = unit * nice[i];
		if (y.step * steps >= span)
			break;
	}
	y.low = floor(y.low / y.step + 1e-9) * y.step;
	y.high = ceil(y.high / y.step - 1e-9) * y.step;
	if (positive && y.low < 0)
		y.low = 0;
	y.steps = (int)lround((y.high - y.low) / y.step);
	while (y.places < 6 && fabs(y.step * pow(10, y.places) - round(y.step * pow(10, y.places))) > 1e-6)
		y.places++;
	return y;
}

const char *
plot_label(struct cli *c, const struct plot_scale *y, double x)
{
	double size = fabs(y->low) > fabs(y->high) ? fabs(y->low) : fabs(y->high);
	int e;

	if (size < 1e7 && (size >= 1e-4 || size == 0))
		return series_number(c, x, y->places);
	e = (int)floor(log10(size));
	return text_of(c, "%se%d", series_number(c, x / pow(10, e), 2), e);
}

/* ------------------------------------------------------------------ terminal */

enum cell { NOTHING, BAND, BETWEEN, WITHIN, ABOVE, BELOW, CONFLICT, CELLS };

static const char *const SIGNS[2][CELLS] = {
	{ " ", ":", "|", "o", "^", "v", "?" },
	{ " ", "░", "│", "●", "▲", "▼", "◆" },
};
static const char *const COLORS[CELLS] = { "", "\033[32m", "", "", "\033[31m", "\033[31m", "\033[33m" };
static const char *const AXES[2][3] = { { "|", "+", "-" }, { "│", "└", "─" } };

enum { ROWS = 13, NARROWEST = 24, WIDEST = 100 };

struct canvas {
	struct cli *c;
	const struct series *s;
	struct plot_scale y;
	int columns, label;
	bool utf8, color;
	enum cell cell[ROWS][WIDEST];
};

/* Whether what reads us takes UTF-8: by the locale's name, as the C library judges it. */
static bool
takes_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *term = getenv("TERM"), *v = NULL;

	if (out_terminal() && term != NULL && strcmp(term, "dumb") == 0)
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names && (v == NULL || *v == '\0'); i++)
		v = getenv(names[i]);
	return v != NULL && (strcasestr(v, "utf-8") != NULL || strcasestr(v, "utf8") != NULL);
}

static int
row_of(const struct canvas *v, double x)
{
	double part = (x - v->y.low) / (v->y.high - v->y.low);
	int row = (int)lround(part * (ROWS - 1));

	return row < 0 ? 0 : row >= ROWS ? ROWS - 1 : row;
}

static int
column_of(const struct canvas *v, const struct point *p)
{
	int64_t first = v->s->p[0].ms, last = v->s->p[v->s->n - 1].ms;

	if (first == last)
		return v->columns / 2;
	return (int)lround((double)(p->ms - first) / (double)(last - first) * (v->columns - 1));
}

static enum cell
kind(const struct point *p)
{
	return p->conflict ? CONFLICT : p->out > 0 ? ABOVE : p->out < 0 ? BELOW : WITHIN;
}

static void
paint(struct canvas *v)
{
	int low[WIDEST], high[WIDEST];
	double from, to;

	for (int x = 0; x < v->columns; x++)
		low[x] = ROWS, high[x] = -1;
	if (plot_band(v->s, &v->y, &from, &to))
		for (int row = row_of(v, from); row <= row_of(v, to); row++)
			for (int x = 0; x < v->columns; x++)
				v->cell[row][x] = BAND;
	for (size_t i = 0; i < v->s->n; i++) {
		const struct point *p = &v->s->p[i];
		int x = column_of(v, p), row = row_of(v, p->at);

		low[x] = row < low[x] ? row : low[x];
		high[x] = row > high[x] ? row : high[x];
		if (kind(p) > v->cell[row][x])
			v->cell[row][x] = kind(p);
	}
	for (int x = 0; x < v->columns; x++)
		for (int row = low[x] + 1; row < high[x]; row++)
			if (v->cell[row][x] < BETWEEN)
				v->cell[row][x] = BETWEEN;
}

/* The label of a row: of the step that lies nearest to it, if none lies nearer to another. */
static const char *
row_label(const struct canvas *v, int row)
{
	for (int i = 0; i <= v->y.steps; i++)
		if (row_of(v, v->y.low + i * v->y.step) == row)
			return plot_label(v->c, &v->y, v->y.low + i * v->y.step);
	return "";
}

/* From one colour to the next, in a row. */
static void
colored(const struct canvas *v, const char **color, enum cell k)
{
	if (!v->color || strcmp(*color, COLORS[k]) == 0)
		return;
	out_printf("%s%s", **color != '\0' ? "\033[0m" : "", COLORS[k]);
	*color = COLORS[k];
}

static void
rows(const struct canvas *v)
{
	for (int row = ROWS - 1; row >= 0; row--) {
		const char *color = "";
		int last = v->columns - 1;

		out_printf("%*s %s", v->label, row_label(v, row), AXES[v->utf8][0]);
		while (last >= 0 && v->cell[row][last] == NOTHING)
			last--;
		for (int x = 0; x <= last; x++) {
			colored(v, &color, v->cell[row][x]);
			out_printf("%s", SIGNS[v->utf8][v->cell[row][x]]);
		}
		colored(v, &color, NOTHING);
		out_printf("\n");
	}
	out_printf("%*s %s", v->label, "", AXES[v->utf8][1]);
	for (int x = 0; x < v->columns; x++)
		out_printf("%s", AXES[v->utf8][2]);
	out_printf("\n");
}

static void
dates(const struct canvas *v)
{
	const struct series *s = v->s;
	const char *first = date_shown(v->c, s->p[0].date), *last = date_shown(v->c, s->p[s->n - 1].date);
	int gap = v->columns - text_width(first) - text_width(last);

	if (s->p[0].ms == s->p[s->n - 1].ms) {
		gap = (v->columns - text_width(first)) / 2;
		out_printf("%*s%s\n", v->label + 2 + (gap > 0 ? gap : 0), "", first);
		return;
	}
	if (gap < 2) {
		first = text_of(v->c, "%.10s", clean(v->c, s->p[0].date));
		last = text_of(v->c, "%.10s", clean(v->c, s->p[s->n - 1].date));
		gap = v->columns - text_width(first) - text_width(last);
	}
	out_printf("%*s%s%*s%s\n", v->label + 2, "", first, gap > 1 ? gap : 1, "", last);
}

static bool
has(const struct canvas *v, enum cell k)
{
	for (int row = 0; row < ROWS; row++)
		for (int x = 0; x < v->columns; x++)
			if (v->cell[row][x] == k)
				return true;
	return false;
}

static void
legend(const struct canvas *v)
{
	const char *const words[CELLS] = { [BETWEEN] = _("more values"), [WITHIN] = ranged(v->s) != NULL ? _("within") : _("a value"),
		[ABOVE] = _("above"), [BELOW] = _("below"), [CONFLICT] = _("in dispute") };
	const struct point *r = ranged(v->s);
	const char *out = "";

	for (int k = BETWEEN; k < CELLS; k++)
		if (has(v, (enum cell)k))
			out = text_of(v->c, "%s%s%s %s", out, *out != '\0' ? "  " : "", SIGNS[v->utf8][k], words[k]);
	if (r != NULL)
		out = text_of(v->c, _("%s  %s normal range %s"), out, SIGNS[v->utf8][BAND], clean(v->c, point_range(v->c, r)));
	out_line(v->c, 0, out);
}

void
plot_text(struct cli *c, const struct series *s, int columns)
{
	struct canvas v = { .c = c, .s = s, .y = plot_scale(s, 4), .utf8 = takes_utf8(), .color = out_color(c) };

	for (int i = 0; i <= v.y.steps; i++) {
		int w = text_width(plot_label(c, &v.y, v.y.low + i * v.y.step));

		v.label = w > v.label ? w : v.label;
	}
	v.columns = columns - v.label - 2;
	v.columns = v.columns < NARROWEST ? NARROWEST : v.columns > WIDEST ? WIDEST : v.columns;
	paint(&v);
	rows(&v);
	dates(&v);
	legend(&v);
}
