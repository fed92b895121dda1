/* SPDX-License-Identifier: ISC */
/*
 * A plan as it is said to a person. The plan itself is a function of records and is in English
 * everywhere, so that two devices make the same; here its texts go through ac_words. What a
 * person wrote is in no catalog, and stays.
 */
#include <stdio.h>
#include <string.h>

#include "schema/plan.h"
#include "schema/say.h"

/* What plan_run.c calls an interval. */
static const struct { const char *unit, *each, *every, *range; } intervals[] = {
	{ "d", N_("Every day."), N_("Every %s days."), N_("Every %s to %s days.") },
	{ "wk", N_("Every week."), N_("Every %s weeks."), N_("Every %s to %s weeks.") },
	{ "mo", N_("Every month."), N_("Every %s months."), N_("Every %s to %s months.") },
	{ "a", N_("Every year."), N_("Every %s years."), N_("Every %s to %s years.") },
};

static const char *
interval(struct ac_say *w, const struct ac_plan_row *r, bool said)
{
	const char *each, *every, *range;
	char min[16], max[16];
	size_t i;

	for (i = 0; i < sizeof intervals / sizeof *intervals && strcmp(intervals[i].unit, r->unit) != 0; i++)
		;
	if (i == sizeof intervals / sizeof *intervals)
		return "";
	each = said ? _(intervals[i].each) : intervals[i].each;
	every = said ? _(intervals[i].every) : intervals[i].every;
	range = said ? _(intervals[i].range) : intervals[i].range;
	snprintf(min, sizeof min, "%u", (unsigned)r->min);
	snprintf(max, sizeof max, "%u", (unsigned)r->max);
	return r->min != r->max ? AC_SAY_FILL(w, range, min, max) : r->min == 1 ? each : AC_SAY_FILL(w, every, min);
}

/* "anthracycline 250 mg/m2": a code, and perhaps a dose. */
static const char *
exposure(struct ac_say *w, const char *s)
{
	size_t n = strcspn(s, " ");
	const char *code = ac_say_text(w, s, n);

	return s[n] ? AC_SAY_FILL(w, _("%s %s"), _(code), s + n + 1) : _(code);
}

static void
row(struct ac_say *w, struct ac_plan_row *r)
{
	const char *every = interval(w, r, false);

	r->rule = *every && !strcmp(every, r->rule) ? interval(w, r, true) : _(r->rule);
	r->title = _(r->title);
	r->reason = _(r->reason);
	r->exposure = exposure(w, r->exposure);
	/* a name of who set it is told from a source by being the same */
	if (strcmp(r->source, r->by) != 0)
		r->source = _(r->source);
}

enum ac_err
ac_plan_words_row(struct ac_plan_row *r, struct ac_arena *a)
{
	struct ac_say w = { .a = a };

	row(&w, r);
	return w.err;
}

enum ac_err
ac_plan_words(struct ac_plan *p, struct ac_arena *a)
{
	struct ac_say w = { .a = a };
	struct ac_plan_row *rows = ac_arena_get(a, (p->nrows + 1) * sizeof *rows);
	struct ac_plan_note *notes = ac_arena_get(a, (p->nnotes + 1) * sizeof *notes);
	size_t i;

	if (!rows || !notes)
		return AC_ENOMEM;
	for (i = 0; i < p->nrows; i++) {
		rows[i] = p->rows[i];
		row(&w, &rows[i]);
	}
	for (i = 0; i < p->nnotes; i++)
		notes[i] = (struct ac_plan_note){ _(p->notes[i].text), _(p->notes[i].about) };
	if (w.err)
		return w.err;
	p->rows = rows;
	p->notes = notes;
	p->stage = _(p->stage);
	return AC_OK;
}
