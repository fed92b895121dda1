/* SPDX-License-Identifier: ISC */
#include "series.h"

#include <string.h>

enum { LISTED = 5, PAGE = 72 }; /* PAGE: where no terminal says how wide it is */

static const char *
side_of_range(const struct point *p)
{
	if (*p->low == '\0' && *p->high == '\0')
		return "";
	return p->out < 0 ? "low" : p->out > 0 ? "high" : "normal";
}

static void
point_json(const struct series *s, const struct point *p)
{
	struct ac_buf *b = out_buf();

	json_open(b, NULL, '{');
	json_str(b, "ref", p->ref);
	json_str(b, "version", p->version);
	json_str(b, "code", s->code);
	json_str(b, "date", p->date);
	json_number(b, "value", p->value);
	json_str(b, "comparator", p->comparator);
	json_str(b, "unit", p->unit);
	json_number(b, "low", p->low);
	json_number(b, "high", p->high);
	json_str(b, "range", side_of_range(p));
	json_bool(b, "converted", *p->was != '\0');
	json_bool(b, "conflict", p->conflict);
	json_close(b, '}');
	json_row_end(b);
}

static void
line(struct cli *c, int indent, const char *s)
{
	out_line(c, indent, text_of(c, "%*s%s", indent, "", clean(c, s)));
}

/* "4 March 2021: 9.1 g/dL, below" */
static void
point_line(struct cli *c, const struct point *p)
{
	const char *words = point_words(c, p), *day = *p->date != '\0' ? date_shown(c, p->date) : _("no date");

	if (*p->was != '\0')
		words = text_of(c, _("%s (written as %s)"), words, p->was);
	if (p->out != 0)
		words = text_of(c, p->out < 0 ? _("%s, below") : _("%s, above"), words);
	if (p->conflict)
		words = text_of(c, *p->by != '\0' ? _("%s, in dispute, by %s") : _("%s, in dispute%s"), words, p->by);
	line(c, 2, text_of(c, _("%s: %s"), day, words));
}

static void
conflicts_lines(struct cli *c, const struct series *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->p[i].conflict;
	if (n == 0)
		return;
	line(c, 0, _("What is in dispute is drawn with all its sides; `aftercare resolve` settles it."));
	for (size_t i = 0; i + LISTED < s->n; i++) /* the others are listed already */
		if (s->p[i].conflict)
			point_line(c, &s->p[i]);
}

static void
apart_lines(struct cli *c, const struct series *s)
{
	if (s->napart == 0)
		return;
	line(c, 0, s->napart == 1 ? _("One value is not drawn, for its unit is another that cannot be converted, or it has no date:")
		: text_of(c, _("%zu values are not drawn, for their unit is another that cannot be converted, or they have no date:"),
		s->napart));
	for (size_t i = s->napart > LISTED ? s->napart - LISTED : 0; i < s->napart; i++)
		point_line(c, &s->apart[i]);
}

static void
last_lines(struct cli *c, const struct series *s)
{
	size_t n = s->n > LISTED ? LISTED : s->n;

	if (s->n < 2)
		return;
	line(c, 0, s->n <= LISTED ? _("All values:") : text_of(c, _("The last %zu of %zu values:"), n, s->n));
	for (size_t i = s->n; i > s->n - n; i--)
		point_line(c, &s->p[i - 1]);
}

static void
text(struct cli *c, const struct series *s)
{
	int columns = out_terminal() ? out_width() : PAGE;

	line(c, 0, strcmp(s->title, s->code) == 0 ? s->title : text_of(c, _("%s (%s)"), s->title, s->code));
	if (s->n > 0)
		line(c, 0, text_of(c, s->n == 1 ? _("One value, %s.") : _("Latest, %s."), series_latest(c, s)));
	if (s->n > 1) {
		if (*s->shown != '\0')
			line(c, 0, s->shown);
		plot_text(c, s, columns);
	}
	if (s->range_from != NULL)
		line(c, 0, text_of(c, _("The record gives no range: this one is usual for adults (%s), your laboratory's may differ."),
			s->range_from));
	last_lines(c, s);
	conflicts_lines(c, s);
	apart_lines(c, s);
}

/* A picture of nothing is no answer: FILE is not made. */
static int
picture(struct cli *c, const struct series *s, const char *file, const char *word)
{
	struct ac_buf b = { .max = SIZE_MAX / 2 };
	enum ac_err err;

	if (out_is_lost()) /* what was read has holes */
		return fail(c, AC_ENOMEM);
	if (s->n == 0)
		return fail_with(c, FAILED, "There is no value of %s to draw, so %s was not made; `aftercare list Observation` shows what was"
			" measured, and `aftercare add lab` notes a value.", clean(c, word), clean(c, file));
	err = plot_svg(c, &b, s, "trend", true);
	return file_answer(c, err, file, &b, "points", s->n, text_of(c, _("%zu values in %s."), s->n, clean(c, file)));
}

int
cmd_trend(struct cli *c)
{
	const char *word = c->args.words[0], *file = args_value(c, "svg");
	struct series_options o = { 0 };
	struct whose whose;
	struct series s;
	char from[40];
	enum ac_err err;
	int rc;

	if ((rc = date_option(c, "since", from, &o.since)) != 0 || (file != NULL && (rc = file_may(c, file)) != 0)
	    || (rc = home_space(c)) != 0)
		return rc;
	o.whose = &whose;
	if ((err = whose_read(c, &whose)) != AC_OK || (err = series_read(c, &s, word, &o)) != AC_OK)
		return fail(c, err);
	if (whose.unclear)
		note(c, "These records are of several persons (%s); the values may be of any of them.", clean(c, whose.names));
	if (file != NULL)
		return picture(c, &s, file, word);
	if (s.n == 0 && s.napart == 0 && o.since != NULL)
		note(c, "There is no value of %s since %s.", clean(c, word), from);
	else if (s.n == 0 && s.napart == 0)
		note(c, "There is no value of %s.", clean(c, word));
	else if (!c->json)
		text(c, &s);
	for (size_t i = 0; i < s.n && c->json; i++)
		point_json(&s, &s.p[i]);
	for (size_t i = 0; i < s.napart && c->json; i++)
		point_json(&s, &s.apart[i]);
	return DONE;
}
