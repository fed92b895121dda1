/* SPDX-License-Identifier: ISC */
/* Which items a plan has in one stage, and whose they are: PLAN.md, "Which items". */
#include <string.h>

#include "schema/plan.h"


struct items {
	const struct ac_plan_facts *facts;
	struct ac_arena *a;
	struct ac_plan_entry *e;
	size_t n;
	int32_t day;
	bool *taken;
};

/* -------------------------------------------------------------- conditions */

static bool
is_kind(const struct ac_plan_facts *facts, const char *code, const char *wider)
{
	const struct ac_plan_kin *kin = ac_plan_facts_kin(facts, code);
	size_t i;

	if (!strcmp(code, wider))
		return true;
	for (i = 0; kin && i < kin->nis; i++)
		if (!strcmp(kin->is[i], wider))
			return true;
	return false;
}

/* The largest dose that is known, which is the first of its code; NULL. */
static const struct ac_plan_dose *
known_dose(const struct ac_plan_facts *facts, const char *code)
{
	size_t i;

	for (i = 0; i < facts->ndoses; i++)
		if (!strcmp(facts->doses[i].code, code))
			return facts->doses[i].value ? &facts->doses[i] : NULL;
	return NULL;
}

/* Appends who fulfils a condition without a dose; false: nobody. */
static bool
present(const struct items *x, const char *wider, struct ac_buf *says, enum ac_err *err)
{
	const struct ac_plan_facts *f = x->facts;
	bool any = false;
	size_t i;

	for (i = 0; i < f->ndoses && !*err; i++) {
		if ((i && !strcmp(f->doses[i].code, f->doses[i - 1].code))
		    || !is_kind(f, f->doses[i].code, wider))
			continue;
		*err = ac_buf_addf(says, "%s%s", any ? ", " : "", f->doses[i].code);
		any = true;
	}
	return any;
}

static bool
holds(const struct items *x, const struct ac_plan_when *w, struct ac_buf *says, enum ac_err *err)
{
	const struct ac_plan_dose *dose = known_dose(x->facts, w->exposure);
	const char *value;

	if (!w->unit)
		return (!w->unknown || !dose) && present(x, w->exposure, says, err);
	if (!dose || strcmp(dose->unit, w->unit)
	    || (w->at_least && ac_plan_dose_order(dose->value, w->at_least) < 0)
	    || (w->below && ac_plan_dose_order(dose->value, w->below) >= 0))
		return false;
	if (!(value = ac_plan_dose_text(x->a, dose->value)))
		*err = AC_ENOMEM;
	else
		*err = ac_buf_addf(says, "%s %s %s", w->exposure, value, w->unit);
	return true;
}

/* Whether all conditions hold; *exposure says by what. */
static enum ac_err
conditions(const struct items *x, const struct ac_plan_item *item, bool *hold, const char **exposure)
{
	struct ac_buf says = { 0 };
	enum ac_err err = AC_OK;
	size_t i;

	*hold = true;
	*exposure = "";
	for (i = 0; i < item->nwhen && *hold && !err; i++) {
		if (i)
			err = ac_buf_add(&says, " + ", 3);
		if (!err)
			*hold = holds(x, &item->when[i], &says, &err);
	}
	if (!err && *hold && says.len && !(*exposure = ac_arena_text(x->a, (const char *)says.p, says.len)))
		err = AC_ENOMEM;
	ac_buf_free(&says);
	return err;
}

/* -------------------------------------------------------------- activities */

static bool
has_code(const struct ac_plan_test *test, const struct ac_plan_activity *act)
{
	size_t i, k;

	for (i = 0; i < test->ncodes; i++)
		for (k = 0; k < act->ncodes; k++)
			if (!strcmp(act->codes[k].code, test->codes[i].code)
			    && !strcmp(act->codes[k].system, test->codes[i].system))
				return true;
	return false;
}

static bool
shares_code(const struct ac_plan_activity *act, const struct ac_plan_item *item)
{
	size_t i;

	for (i = 0; i < item->ntests; i++)
		if (has_code(item->tests[i], act))
			return true;
	return false;
}

/* In force on that day: a bounded one begins with its first day and ends with its last. */
static bool
in_force(const struct ac_plan_activity *act, int32_t day)
{
	return (!act->start.known || act->start.days.first <= day)
		&& (!act->end.known || act->end.days.last >= day);
}

/* How an activity speaks of an item: by the item's own code, by a code of its tests, not. */
enum claim { NONE, SHARED, NAMED };

static bool
is_an_item(const struct ac_plan_facts *facts, const char *name)
{
	size_t i, j;

	for (i = 0; i < facts->nfiles; i++)
		for (j = 0; j < facts->files[i]->nitems; j++)
			if (!strcmp(facts->files[i]->items[j].name, name))
				return true;
	return false;
}

static enum claim
claim(const struct items *x, const struct ac_plan_activity *act, const struct ac_plan_item *item)
{
	if (!strcmp(act->item, item->name))
		return NAMED;
	return act->clinician && !act->off && shares_code(act, item) && !is_an_item(x->facts, act->item)
		? SHARED : NONE;
}

/* Adds an item with the activity that speaks of it, the first in their order. What a clinician
 * wrote without naming a template's item takes the place of the first item that everyone has and
 * that shares a code; other items that share it are left out while it is in force. An item
 * that an exposure brings is no such place: what is named after it would change with it. */
static enum ac_err
add(struct items *x, const struct ac_plan_item *item)
{
	const struct ac_plan_facts *f = x->facts;
	const struct ac_plan_activity *act = NULL;
	bool hold, displaced = false;
	const char *exposure;
	enum ac_err err;
	size_t i;

	if ((err = conditions(x, item, &hold, &exposure)))
		return err;
	for (i = 0; i < f->nactivities; i++) {
		const struct ac_plan_activity *a = &f->activities[i];
		enum claim c = claim(x, a, item);

		if (c == NAMED || (c == SHARED && !item->nwhen && !act && !x->taken[i])) {
			x->taken[i] = true;
			act = act ? act : a;
		} else if (c == SHARED && in_force(a, x->day)) {
			displaced = true;
		}
	}
	if (act ? act->off || (!hold && !act->clinician) : displaced || !hold)
		return AC_OK;
	x->e[x->n++] = (struct ac_plan_entry){ item->name, item, act, exposure, item->tests, item->ntests };
	return AC_OK;
}

static enum ac_err
add_file(struct items *x, const struct ac_plan_file *f)
{
	enum ac_err err = AC_OK;
	size_t i, j;

	for (i = 0; i < f->nitems && !err; i++) {
		for (j = 0; j < x->n && strcmp(x->e[j].name, f->items[i].name); j++)
			;
		if (j == x->n)
			err = add(x, &f->items[i]);
	}
	return err;
}

/* The tests that share a code with an activity: whoever orders one form of a test is content
 * with another. */
static const struct ac_plan_test **
tests_of(struct items *x, const struct ac_plan_activity *act, size_t *n)
{
	const struct ac_plan_test **out;
	size_t i, j, room = 1;

	for (i = 0; i < x->facts->nfiles; i++)
		room += x->facts->files[i]->ntests;
	*n = 0;
	if (!(out = ac_arena_get(x->a, room * sizeof *out)))
		return NULL;
	for (i = 0; i < x->facts->nfiles; i++)
		for (j = 0; j < x->facts->files[i]->ntests; j++)
			if (has_code(&x->facts->files[i]->tests[j], act))
				out[(*n)++] = &x->facts->files[i]->tests[j];
	return out;
}

/* Names that are taken, as places in x->e, 0 free: open addressing, at least half of it free. */
struct names { size_t *place, size; };

/* Takes a name for the entry after the last; false: another has it. */
static bool
take(const struct names *n, const struct items *x, const char *name)
{
	size_t h = 5381;
	const char *s;

	for (s = name; *s; s++)
		h = h * 33 + (unsigned char)*s;
	for (h %= n->size; n->place[h]; h = (h + 1) % n->size)
		if (!strcmp(x->e[n->place[h] - 1].name, name))
			return false;
	n->place[h] = x->n + 1;
	return true;
}

static enum ac_err
own(struct items *x)
{
	const struct ac_plan_activity *act;
	struct names names = { .size = x->facts->nactivities * 2 + 16 };
	struct ac_plan_entry e;
	size_t i;

	if (!(names.place = ac_arena_get(x->a, names.size * sizeof *names.place)))
		return AC_ENOMEM;
	for (i = 0; i < x->facts->nactivities; i++) {
		act = &x->facts->activities[i];
		if (x->taken[i] || act->off)
			continue;
		e = (struct ac_plan_entry){ .act = act, .exposure = "" };
		e.name = *act->item ? act->item : *act->id ? act->id : act->ncodes ? act->codes[0].code : act->title;
		if (!*e.name || !take(&names, x, e.name))
			continue;
		if (!(e.tests = tests_of(x, act, &e.ntests)))
			return AC_ENOMEM;
		x->e[x->n++] = e;
	}
	return AC_OK;
}

enum ac_err
ac_plan_items(struct ac_plan_entry **out, size_t *n, struct ac_arena *a,
	const struct ac_plan_facts *facts, const enum ac_plan_stage *stage, int32_t day, bool *taken)
{
	struct items x = { facts, a, NULL, 0, day, taken };
	size_t i, j, room = facts->nactivities + 1;
	enum ac_err err = AC_OK;

	for (i = 0; i < facts->nfiles; i++)
		room += facts->files[i]->nitems;
	if (!(x.e = ac_arena_get(a, room * sizeof *x.e)))
		return AC_ENOMEM;
	for (i = 0; stage && i < facts->ntemplates && !err; i++) {
		const struct ac_plan_file *f = facts->templates[i];

		if (strcmp(f->about.stage, ac_plan_stage_names[*stage]))
			continue;
		err = add_file(&x, f);
		for (j = 0; j < f->nwith && !err; j++)
			err = add_file(&x, f->with[j]);
	}
	if (!stage)
		err = own(&x);
	*out = x.e;
	*n = x.n;
	return err;
}

/* ---------------------------------------------------------------- matching */

static bool
has(const struct ac_plan_record *r, const char *system, const char *code)
{
	size_t i;

	for (i = 0; i < r->ncodes; i++)
		if (!strcmp(r->codes[i].code, code) && !strcmp(r->codes[i].system, system))
			return true;
	return false;
}

bool
ac_plan_entry_matches(const struct ac_plan_entry *e, const struct ac_plan_record *r)
{
	size_t i, j, k;

	if (has(r, AC_PLAN_ITEMS, e->name) || (e->act && has(r, AC_PLAN_ITEMS, e->act->item)))
		return true;
	for (i = 0; e->act && i < e->act->ncodes; i++)
		if (has(r, e->act->codes[i].system, e->act->codes[i].code))
			return true;
	for (i = 0; i < e->ntests; i++)
		for (j = 0; j < e->tests[i]->ncodes; j++) {
			const struct ac_plan_code *c = &e->tests[i]->codes[j];

			if (!has(r, c->system, c->code))
				continue;
			for (k = 0; k < c->ntypes; k++)
				if (r->booked || !strcmp(c->types[k], r->type))
					return true;
		}
	return false;
}
