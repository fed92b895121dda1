/* SPDX-License-Identifier: ISC */
/* A plan put together: its stages, each with its items, and what there is to say. */
#include <stdlib.h>
#include <string.h>

#include "schema/plan.h"

enum { MAX_FIXED_NOTES = 16, MAX_ALIKE = 16 }; /* of one kind: whoever writes more is no program of ours */

struct plan {
	struct ac_plan *out;
	const struct ac_plan_input *in;
	struct ac_plan_facts facts;
	struct ac_arena *a;
	struct ac_plan_rows rows;
	struct ac_plan_note *notes;
	int32_t on;
	bool *taken;
	enum ac_err err;
};

const char *
ac_plan_state_name(enum ac_plan_state state)
{
	static const char *const names[] = { "overdue", "due", "next", "done", "skipped" };

	return names[state];
}

static void
note(struct plan *p, const char *text, const char *about)
{
	p->notes[p->out->nnotes++] = (struct ac_plan_note){ text, about };
}

/* ------------------------------------------------------------------ stages */

/* The last stage that has begun; those of one day are in order of weight, the heaviest last. */
static size_t
current(const struct plan *p)
{
	size_t i = p->facts.nstages;

	while (i && p->facts.stages[i - 1].date.known && p->facts.stages[i - 1].date.days.first > p->on)
		i--;
	return i; /* 0: none */
}

/* The first day of the stage after the i-th; past the last that has begun: no day. */
static int32_t
next_begins(const struct plan *p, size_t i, size_t now)
{
	const struct ac_plan_date *next = &p->facts.stages[i + 1].date;

	return i + 1 == now ? AC_DAY_MAX + 1 : next->known ? next->days.first : AC_DAY_MIN;
}

static struct ac_plan_date
anchor(const struct plan *p, size_t i, size_t now)
{
	struct ac_plan_date none = { .text = "" };
	size_t e = p->facts.nends;

	if (p->facts.stages[i].stage != AC_PLAN_OFF_TREATMENT)
		return p->facts.stages[i].date;
	while (e && p->facts.ends[e - 1].days.first >= next_begins(p, i, now))
		e--;
	return e ? p->facts.ends[e - 1] : none;
}

static void
run(struct plan *p, const struct ac_plan_entry *entry, struct ac_plan_date from, int32_t on, bool past,
	size_t before)
{
	struct ac_plan_run r = { &p->facts, entry, from, on, past, before };

	if (!p->err)
		p->err = ac_plan_run(&p->rows, p->a, &r);
}

static void
one_stage(struct plan *p, size_t i, size_t now)
{
	int32_t next = next_begins(p, i, now), on = p->on < next ? p->on : next - 1;
	struct ac_plan_date from = anchor(p, i, now);
	struct ac_plan_entry *entries;
	size_t n, k, before = p->rows.n;

	memset(p->taken, 0, p->facts.nactivities * sizeof *p->taken);
	p->err = ac_plan_items(&entries, &n, p->a, &p->facts, &p->facts.stages[i].stage, on, p->taken);
	for (k = 0; !p->err && k < n; k++)
		run(p, &entries[k], from, on, i + 1 < now, before);
}

static void
own_items(struct plan *p)
{
	struct ac_plan_entry *entries;
	size_t n, k, before = p->rows.n;

	p->err = ac_plan_items(&entries, &n, p->a, &p->facts, NULL, p->on, p->taken);
	for (k = 0; !p->err && k < n; k++)
		run(p, &entries[k], entries[k].act->start.known ? entries[k].act->start : p->facts.created,
			p->on, false, before);
}

/* ------------------------------------------------------------------- notes */

static void
about_stage(struct plan *p, size_t now)
{
	const struct ac_plan_since *s = &p->facts.stages[now - 1];
	const char *name = ac_plan_stage_names[s->stage];
	struct ac_plan_date from = anchor(p, now - 1, now);
	struct ac_days birth;
	bool any = false;
	size_t i;

	p->out->stage = name;
	p->out->since = s->date.text;
	p->out->anchor = from.text;
	for (i = 0; i < p->facts.ntemplates; i++) {
		const struct ac_plan_file *f = p->facts.templates[i];

		if (strcmp(f->about.stage, name))
			continue;
		any = true;
		if (f->age_from && from.known && ac_day_read(&birth, p->in->birth)
		    && ac_day_add(birth.first, f->age_from, AC_DAY_A) > from.days.last)
			note(p, "This template is for adults; for someone younger the care team's own plan counts.",
				f->about.name);
	}
	if (!any)
		note(p, "No template of the plan is for this stage.", name);
	if (!from.known && s->stage == AC_PLAN_OFF_TREATMENT)
		note(p, "The end of treatment is not known, so there are no dates.", "");
	else if (!from.known)
		note(p, "The date of the stage is not known, so there are no dates.", name);
	else if (from.days.first != from.days.last)
		note(p, "Only a part of the date that the plan counts from is known: windows open by its first "
			"day and close by its last.", from.text);
}

static void
notes(struct plan *p, size_t now)
{
	size_t i, k;

	note(p, "This plan is a start for a talk with your care team; nobody reviewed it for you.", "");
	for (i = 0; i < p->facts.nmissing && i < MAX_ALIKE; i++)
		note(p, "This program does not have a template that the plan names.", p->facts.missing[i]);
	if (now)
		about_stage(p, now);
	else
		note(p, "The plan does not say which stage it is in.", "");
	for (i = k = 0; !p->facts.nmissing && i < p->facts.ndoses && k < MAX_ALIKE; i++)
		if (!ac_plan_facts_kin(&p->facts, p->facts.doses[i].code)
		    && (!i || strcmp(p->facts.doses[i].code, p->facts.doses[i - 1].code)) && ++k)
			note(p, "The templates do not know this exposure; ask the care team what it calls for.",
				p->facts.doses[i].code);
}

/* --------------------------------------------------------------- exposures */

/* In order of code; of one code those that count come first. */
static void
had(struct plan *p)
{
	const struct ac_plan_facts *f = &p->facts;
	struct ac_plan_had *out = ac_arena_get(p->a, (f->ndoses + f->ngone + 1) * sizeof *out);
	size_t i = 0, k = 0, n = 0;

	if (!out) {
		p->err = AC_ENOMEM;
		return;
	}
	while (i < f->ndoses || k < f->ngone) {
		bool counts = i < f->ndoses && (k == f->ngone || strcmp(f->doses[i].code, f->gone[k].code) <= 0);
		const struct ac_plan_dose *d = counts ? &f->doses[i++] : &f->gone[k++];
		const char *value = d->value ? ac_plan_dose_text(p->a, d->value) : "";

		if (!value)
			p->err = AC_ENOMEM;
		out[n++] = (struct ac_plan_had){ d->code, d->ref, value, d->value ? d->unit : "", counts };
	}
	p->out->had = out;
	p->out->nhad = n;
}

/* -------------------------------------------------------------------- plan */

static int
row_order(const void *x, const void *y)
{
	const struct ac_plan_row *a = x, *b = y;
	int c;

	if (a->state != b->state)
		return a->state < b->state ? -1 : 1;
	if (!*a->due != !*b->due)
		return *a->due ? -1 : 1;
	if ((c = strcmp(a->due, b->due)) || (c = strcmp(a->item, b->item))
	    || (c = strcmp(a->satisfied_by, b->satisfied_by)) || (c = strcmp(a->from, b->from)))
		return c;
	return strcmp(a->rule, b->rule);
}

enum ac_err
ac_plan_make(struct ac_plan *out, struct ac_arena *a, const struct ac_plan_input *in, struct ac_fault *f)
{
	struct ac_plan made = { .stage = "", .since = "", .anchor = "" };
	struct plan p = { .out = &made, .in = in, .a = a };
	struct ac_days on, birth;
	enum ac_err err;
	size_t i, now;

	if (!ac_day_read(&on, in->on) || on.first != on.last || strlen(in->on) != 10)
		return ac_fault(f, AC_EUSAGE, "The day of the plan is no date: give it as YYYY-MM-DD.");
	if (in->birth && *in->birth && !ac_day_read(&birth, in->birth))
		return ac_fault(f, AC_EUSAGE, "The date of birth is no date: give it as YYYY-MM-DD.");
	if ((err = ac_plan_facts(&p.facts, a, in, f)))
		return err;
	p.on = on.first;
	p.taken = ac_arena_get(a, p.facts.nactivities + 1);
	p.notes = ac_arena_get(a, (MAX_FIXED_NOTES + p.facts.nmissing + p.facts.ndoses
		+ p.facts.ntemplates) * sizeof *p.notes);
	if (!p.taken || !p.notes)
		return ac_fault(f, AC_ENOMEM, "There is not enough memory for the plan.");
	now = current(&p);
	for (i = 0; p.facts.open && i < now && !p.err; i++)
		one_stage(&p, i, now);
	if (p.facts.open && !p.err)
		own_items(&p);
	if (!p.err)
		had(&p);
	if (p.err)
		return ac_fault(f, p.err, "There is not enough memory for the plan.");
	notes(&p, now);
	if (p.rows.n)
		qsort(p.rows.row, p.rows.n, sizeof *p.rows.row, row_order);
	made.rows = p.rows.row;
	made.nrows = p.rows.n;
	made.notes = p.notes;
	*out = made;
	return AC_OK;
}
