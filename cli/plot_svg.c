/* SPDX-License-Identifier: ISC */
/*
 * A series as a picture. It says in words what it shows; colour says nothing that a shape
 * does not say too. Of more values than there is room for, each stretch of time shows its
 * lowest and its highest.
 */
#include "series.h"
#include "html.h"

#include <math.h>
#include <string.h>

enum { WIDE = 360, HIGH = 190, TOP = 12, BOTTOM = 34, RIGHT = 14, STRETCHES = 150, LINED = 60 };

/* Of a file of its own; the page has the same for its own colours. */
static const char STYLE[] =
	"<style>:root{color-scheme:light dark}.plot{background:#fff;font:13px system-ui,sans-serif}.plot text{fill:#4a5561}"
	".plot .band{fill:#dcefe3}.plot .grid{stroke:#e3e7eb;fill:none}.plot .line{stroke:#8fa3b5;fill:none;stroke-width:1.2}"
	".plot .in{fill:#1d5b8f}.plot .out{fill:#b3261e}.plot .both{fill:#fff;stroke:#7a4a00;stroke-width:1.8}"
	"@media (prefers-color-scheme:dark){.plot{background:#14181d}.plot text{fill:#b3bdc7}.plot .band{fill:#1d3a2b}"
	".plot .grid{stroke:#2c343c}.plot .line{stroke:#60717f}.plot .in{fill:#7ab8ea}.plot .out{fill:#ff8a80}"
	".plot .both{fill:#14181d;stroke:#f0b65a}}"
	"@media print{.plot{background:#fff}.plot text{fill:#333}.plot .band{fill:#dcefe3}.plot .grid{stroke:#e3e7eb}"
	".plot .line{stroke:#8fa3b5}.plot .in{fill:#1d5b8f}.plot .out{fill:#b3261e}.plot .both{fill:#fff;stroke:#7a4a00}}</style>";

struct picture {
	struct html h;
	const struct series *s;
	struct plot_scale y;
	int left;
};

/* Tenths, for a locale's comma is no point to SVG. */
static const char *
at(const struct picture *p, double x)
{
	return series_number(p->h.c, x, 1);
}

static double
x_of(const struct picture *p, const struct point *q)
{
	int64_t first = p->s->p[0].ms, last = p->s->p[p->s->n - 1].ms;
	double room = WIDE - RIGHT - p->left;

	return p->left + (first == last ? room / 2 : room * (double)(q->ms - first) / (double)(last - first));
}

static double
y_of(const struct picture *p, double x)
{
	return TOP + (HIGH - TOP - BOTTOM) * (p->y.high - x) / (p->y.high - p->y.low);
}

static void
words(struct picture *p, const char *id)
{
	const struct series *s = p->s;
	struct cli *c = p->h.c;

	html(&p->h, "<title id=\"%s-t\">%s</title>\n<desc id=\"%s-d\">", id, s->title, id);
	html(&p->h, "%s", s->n == 1 ? text_of(c, _("One value, %s."), series_latest(c, s))
		: text_of(c, _("%zu values from %s to %s. The latest, %s."), s->n, date_shown(c, s->p[0].date),
		date_shown(c, s->p[s->n - 1].date), series_latest(c, s)));
	html(&p->h, "</desc>\n");
}

static void
frame(struct picture *p)
{
	const struct series *s = p->s;
	struct cli *c = p->h.c;
	double from, to;

	if (plot_band(s, &p->y, &from, &to))
		html(&p->h, "<rect class=\"band\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"/>\n", at(p, p->left), at(p, y_of(p, to)),
			at(p, WIDE - RIGHT - p->left + 6), at(p, y_of(p, from) - y_of(p, to)));
	for (int i = 0; i <= p->y.steps; i++) {
		double x = p->y.low + i * p->y.step;

		html(&p->h, "<path class=\"grid\" d=\"M%s %sH%s\"/>", at(p, p->left), at(p, y_of(p, x)), at(p, WIDE - RIGHT + 6));
		html(&p->h, "<text x=\"%s\" y=\"%s\" text-anchor=\"end\">%s</text>\n", at(p, p->left - 5), at(p, y_of(p, x) + 4.5),
			plot_label(c, &p->y, x));
	}
	if (s->p[0].ms == s->p[s->n - 1].ms) {
		html(&p->h, "<text x=\"%s\" y=\"%s\" text-anchor=\"middle\">%s</text>\n", at(p, x_of(p, &s->p[0])), at(p, HIGH - 12),
			date_shown(c, s->p[0].date));
		return;
	}
	html(&p->h, "<text x=\"%s\" y=\"%s\">%s</text>", at(p, p->left), at(p, HIGH - 12), date_shown(c, s->p[0].date));
	html(&p->h, "<text x=\"%s\" y=\"%s\" text-anchor=\"end\">%s</text>\n", at(p, WIDE - RIGHT + 6), at(p, HIGH - 12),
		date_shown(c, s->p[s->n - 1].date));
}

/* Up and down for what is above and below, a ring of four corners for a dispute. */
static void
mark(struct picture *p, const struct point *q)
{
	const char *x = at(p, x_of(p, q)), *y = at(p, y_of(p, q->at));

	if (q->conflict)
		html(&p->h, "<path class=\"both\" d=\"M%s %sm-5 0l5 -5l5 5l-5 5z\"/>", x, y);
	else if (q->out > 0)
		html(&p->h, "<path class=\"out\" d=\"M%s %sm-4.5 3.2h9l-4.5 -7.6z\"/>", x, y);
	else if (q->out < 0)
		html(&p->h, "<path class=\"out\" d=\"M%s %sm-4.5 -3.2h9l-4.5 7.6z\"/>", x, y);
	else
		html(&p->h, "<circle class=\"in\" cx=\"%s\" cy=\"%s\" r=\"%s\"/>", x, y, p->s->n > LINED ? "2.2" : "3");
}

static void
line(struct picture *p, const struct point *const *list, size_t n)
{
	html(&p->h, "<path class=\"line\" d=\"M");
	for (size_t i = 0; i < n; i++)
		html(&p->h, "%s %s ", at(p, x_of(p, list[i])), at(p, y_of(p, list[i]->at)));
	html(&p->h, "\"/>\n");
}

static int
stretch(const struct series *s, size_t i)
{
	int64_t first = s->p[0].ms, last = s->p[s->n - 1].ms;

	return first == last ? 0 : (int)((double)(s->p[i].ms - first) / (double)(last - first) * (STRETCHES - 1));
}

/* Those that are drawn, in order. */
static size_t
choose(struct picture *p, const struct point ***out)
{
	const struct series *s = p->s;
	const struct point **list = ac_arena_get(&p->h.c->arena, s->n * sizeof *list);
	size_t k = 0;

	*out = list;
	if (list == NULL) {
		p->h.err = AC_ENOMEM;
		return 0;
	}
	for (size_t i = 0, end; i < s->n; i = end) {
		size_t low = i, high = i;

		for (end = i + 1; end < s->n && s->n > STRETCHES && stretch(s, end) == stretch(s, i); end++) {
			low = s->p[end].at < s->p[low].at ? end : low;
			high = s->p[end].at > s->p[high].at ? end : high;
		}
		for (size_t j = i; j < end; j++)
			if (j == low || j == high || s->p[j].conflict || j == s->n - 1)
				list[k++] = &s->p[j];
	}
	return k;
}

enum ac_err
plot_svg(struct cli *c, struct ac_buf *out, const struct series *s, const char *id, bool alone)
{
	struct picture p = { .h = { c, out, AC_OK }, .s = s, .y = plot_scale(s, 4) };
	const struct point **list;
	size_t n;

	for (int i = 0; i <= p.y.steps; i++) {
		int w = 10 + (int)lround(7.6 * text_width(plot_label(c, &p.y, p.y.low + i * p.y.step)));

		p.left = w > p.left ? w : p.left;
	}
	n = choose(&p, &list);
	html(&p.h, alone ? "<svg xmlns=\"http://www.w3.org/2000/svg\" " : "<svg ");
	html(&p.h, "class=\"plot\" role=\"img\" aria-labelledby=\"%s-t %s-d\" viewBox=\"%s\">\n", id, id, alone ? "0 -24 360 214" : "0 0 360 190");
	words(&p, id);
	if (alone) { /* a page has the name beside it */
		const char *name = clean(c, *s->shown != '\0' ? text_of(c, _("%s (%s)"), s->title, s->shown) : s->title);

		html(&p.h, STYLE);
		html(&p.h, "<text x=\"6\" y=\"-7\" font-weight=\"600\">%s</text>\n", text_of(c, "%.*s", (int)text_fit(name, 48), name));
	}
	frame(&p);
	if (n > 1 && s->n <= STRETCHES)
		line(&p, list, n);
	for (size_t i = 0; i < n; i++)
		mark(&p, list[i]);
	html(&p.h, "\n</svg>\n");
	return p.h.err;
}
