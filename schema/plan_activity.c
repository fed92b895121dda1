/* SPDX-License-Identifier: ISC */
/* Activities of a CarePlan: what differs from the templates, and what was skipped. */
#include <stdlib.h>
#include <string.h>

#include "schema/plan.h"


/* A whole number from 1 on, also as a decimal such as 6.0; 0: none. */
static uint32_t
whole(const struct ac_val *v)
{
	uint32_t low = 1, high = AC_MAX_PLAN_NUMBER;

	if (!v)
		return 0;
	if (v->kind == AC_INT)
		return v->i > 0 && v->i <= (int64_t)AC_MAX_PLAN_NUMBER ? (uint32_t)v->i : 0;
	if (v->kind != AC_DEC && v->kind != AC_NUM)
		return 0;
	while (low <= high) {
		uint32_t n = low + (high - low) / 2;
		struct ac_val i = ac_val_int(n);
		int c = ac_plan_dose_order(v, &i);

		if (!c)
			return n;
		if (c < 0)
			high = n - 1;
		else
			low = n + 1;
	}
	return 0;
}

static void
timing(struct ac_plan_activity *act, const struct ac_val *detail)
{
	const struct ac_val *t = ac_val_get(detail, "scheduledTiming"), *r = ac_val_get(t, "repeat");
	const struct ac_val *bounds = ac_val_get(r, "boundsPeriod"), *often = ac_val_get(r, "frequency");
	const struct ac_val *max = ac_val_get(r, "periodMax");
	struct ac_plan_span s = { .min = whole(ac_val_get(r, "period")) };

	act->timed = t || ac_val_get(detail, "scheduledPeriod") || ac_val_get(detail, "scheduledString");
	act->start = ac_plan_read_date(ac_val_str(bounds, "start"));
	act->end = ac_plan_read_date(ac_val_str(bounds, "end"));
	s.max = max ? whole(max) : s.min;
	if (!s.min || s.max < s.min || !ac_day_unit(&s.unit, ac_val_str(r, "periodUnit"))
	    || (often && whole(often) != 1) || ac_val_get(r, "frequencyMax"))
		return;
	s.early = ac_day_about(s.min, s.unit) / 10;
	s.late = ac_day_about(s.max, s.unit) / 10;
	act->every = s;
}

static const char *
words(const struct ac_val *concept)
{
	const struct ac_val *c = ac_val_list(concept, "coding");
	const char *s = ac_val_str(concept, "text");

	if (!s && c->n && !(s = ac_val_str(&c->items[0], "display")))
		s = ac_val_str(&c->items[0], "code");
	return s ? s : "";
}

static void
codings(struct ac_plan_reading *x, struct ac_plan_activity *act, const struct ac_val *concept)
{
	const struct ac_val *c = ac_val_list(concept, "coding");
	const char *system, *code;
	uint32_t i;

	act->codes = ac_plan_get(x, c->n, sizeof *act->codes);
	for (i = 0; act->codes && i < c->n; i++) {
		system = ac_val_str(&c->items[i], "system");
		code = ac_val_str(&c->items[i], "code");
		if (!code || !*code)
			continue;
		if (!system || strcmp(system, AC_PLAN_ITEMS))
			act->codes[act->ncodes++] = (struct ac_plan_coding){ system ? system : "", code };
		else if (!*act->item)
			act->item = code;
	}
}

static int
author_order(const void *p, const void *q)
{
	const struct ac_plan_author *x = p, *y = q;
	int c = strcmp(x->activity, y->activity);

	return c ? c : (c = strcmp(x->name, y->name)) ? c : x->clinician - y->clinician;
}

/* By activity, so that a list of any length is soon read. */
static void
sort_authors(struct ac_plan_reading *x)
{
	size_t n = x->in->nauthors;
	struct ac_plan_author *list = ac_plan_get(x, n, sizeof *list);

	if (list && n) {
		memcpy(list, x->in->authors, n * sizeof *list);
		qsort(list, n, sizeof *list, author_order);
	}
	x->authors = list;
}

static void
author(const struct ac_plan_reading *x, const char *id, const char **name, bool *clinician)
{
	size_t low = 0, high = x->in->nauthors;

	*name = "";
	*clinician = false;
	while (*id && low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(x->authors[mid].activity, id);

		if (!c) {
			*name = x->authors[mid].name;
			*clinician = x->authors[mid].clinician;
			return;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
}

/* skip.ITEM.YYYY-MM-DD: takes it, or is no such id. */
static bool
skip(struct ac_plan_reading *x, const char *id, const char *status, const char *why)
{
	size_t n = strlen(id), nitem;
	struct ac_plan_skip s = { .why = why };
	struct ac_days due;
	char *item;

	if (n < 17 || strncmp(id, "skip.", 5) || id[n - 11] != '.' || !ac_day_read(&due, id + n - 10)
	    || due.first != due.last)
		return false;
	nitem = n - 16;
	if (!status || strcmp(status, "cancelled"))
		return true;
	author(x, id, &s.by, &s.clinician);
	if (!(item = ac_plan_get(x, nitem + 1, 1)))
		return true;
	memcpy(item, id + 5, nitem);
	s.item = item;
	s.due = due.first;
	x->out->skips[x->out->nskips++] = s;
	return true;
}

static int
activity_order(const void *p, const void *q)
{
	const struct ac_plan_activity *x = p, *y = q;
	int c = strcmp(x->id, y->id);

	if (x->clinician != y->clinician)
		return x->clinician ? -1 : 1;
	if (c || (c = strcmp(x->item, y->item)) || (c = strcmp(x->title, y->title))
	    || (c = strcmp(x->why, y->why)))
		return c;
	if (x->every.unit != y->every.unit)
		return x->every.unit < y->every.unit ? -1 : 1;
	if (x->every.min != y->every.min)
		return x->every.min < y->every.min ? -1 : 1;
	if (x->every.max != y->every.max)
		return x->every.max < y->every.max ? -1 : 1;
	return (c = ac_plan_read_order(&x->start, &y->start)) ? c : ac_plan_read_order(&x->end, &y->end);
}

static int
skip_order(const void *p, const void *q)
{
	const struct ac_plan_skip *x = p, *y = q;
	int c = strcmp(x->item, y->item);

	if (c || x->due != y->due)
		return c ? c : x->due < y->due ? -1 : 1;
	return (c = strcmp(x->by, y->by)) ? c : strcmp(x->why, y->why);
}

static void
activities(struct ac_plan_reading *x)
{
	static const char *const off[] = { "stopped", "cancelled", "completed", "on-hold", NULL };
	const struct ac_val *all = ac_val_list(x->in->careplan, "activity"), *detail;
	const char *id, *status, *why, *title;
	struct ac_plan_activity act;
	uint32_t i;

	x->out->activities = ac_plan_get(x, all->n, sizeof *x->out->activities);
	x->out->skips = ac_plan_get(x, all->n, sizeof *x->out->skips);
	sort_authors(x);
	for (i = 0; !x->err && i < all->n; i++) {
		detail = ac_val_get(&all->items[i], "detail");
		id = ac_val_str(&all->items[i], "id");
		status = ac_val_str(detail, "status");
		title = ac_val_str(detail, "description");
		why = words(ac_val_get(detail, "statusReason"));
		if (!detail || (status && !strcmp(status, "entered-in-error"))
		    || (id && skip(x, id, status, why)))
			continue;
		act = (struct ac_plan_activity){ .id = id ? id : "", .item = "", .why = why,
			.title = title ? title : "", .off = ac_plan_read_is(status, off) };
		author(x, act.id, &act.by, &act.clinician);
		codings(x, &act, ac_val_get(detail, "code"));
		timing(&act, detail);
		act.label = words(ac_val_get(detail, "code"));
		x->out->activities[x->out->nactivities++] = act;
	}
	if (x->err)
		return;
	qsort(x->out->activities, x->out->nactivities, sizeof *x->out->activities, activity_order);
	qsort(x->out->skips, x->out->nskips, sizeof *x->out->skips, skip_order);
}

enum ac_err
ac_plan_activities(struct ac_plan_facts *out, struct ac_arena *a, const struct ac_plan_input *in)
{
	struct ac_plan_reading x = { out, in, a, NULL, AC_OK };

	activities(&x);
	return x.err;
}
