/* SPDX-License-Identifier: ISC */
/*
 * The schedule of one item: PLAN.md, "The schedule of one item".
 *
 * Method: t is the day that the item counts from; each turn finds what happened to the next
 * occurrence and moves t on. It ends because t grows each time: no window opens before the
 * day after t, and a phase ends after it begins.
 */
#include <string.h>

#include "schema/faults.h"
#include "schema/plan.h"

struct run {
	const struct ac_plan_run *in;
	struct ac_plan_rows *out;
	struct ac_arena *a;
	struct ac_days t;
	bool counted;                  /* t is that of a record or a skip, and not a beginning */
	bool changed;                  /* the activity's interval is in force for good */
	enum ac_err err;
};

/* What counts from t: a phase, or the activity's interval (phase NULL). `limit`: the day
 * from which something else will count. */
struct rule {
	const struct ac_plan_phase *phase;
	struct ac_plan_span every;
	int32_t end, limit;
	bool none;                     /* the item is over */
};

/* -------------------------------------------------------------------- rows */

static const char *
text(struct run *r, int32_t day)
{
	char s[11];
	const char *p;

	ac_day_write(s, day);
	if (!(p = ac_arena_text(r->a, s, 10)))
		r->err = AC_ENOMEM;
	return p ? p : "";
}

static const char *
interval(struct run *r, const struct ac_plan_span *s)
{
	static const char *const one[] = { "day", "week", "month", "year" };
	struct ac_buf b = { 0 };
	const char *out = NULL;

	if (s->max == s->min && s->min == 1)
		r->err = ac_buf_addf(&b, "Every %s.", one[s->unit]);
	else if (s->max == s->min)
		r->err = ac_buf_addf(&b, "Every %u %ss.", s->min, one[s->unit]);
	else
		r->err = ac_buf_addf(&b, "Every %u to %u %ss.", s->min, s->max, one[s->unit]);
	if (!r->err && !(out = ac_arena_text(r->a, (const char *)b.p, b.len)))
		r->err = AC_ENOMEM;
	ac_buf_free(&b);
	return out ? out : "";
}

/* Whether the activity sets an interval, if only one that is not counted. */
static bool
sets_interval(const struct ac_plan_entry *e)
{
	return e->act && (e->act->every.max || e->act->timed || !e->item);
}

/* The row of an item by whom the rule is, without its dates. */
static struct ac_plan_row
row(struct run *r, const struct rule *rule, enum ac_plan_state state)
{
	const struct ac_plan_item *item = r->in->entry->item;
	const struct ac_plan_phase *phase = rule->phase;
	/* while the template's interval counts, an activity with another has no say */
	const struct ac_plan_activity *act = phase && sets_interval(r->in->entry) ? NULL : r->in->entry->act;
	struct ac_plan_row o = { .item = r->in->entry->name, .state = state, .due = "", .from = "",
		.until = "", .exposure = r->in->entry->exposure, .url = "", .satisfied_by = "", .by = "",
		.booked = "", .booked_on = "", .missed = "", .missed_on = "", .ends = "", .unit = "", .beside = item && item->beside };

	o.title = act && *act->title ? act->title : item ? item->title
		: *act->label ? act->label : r->in->entry->name;
	o.reason = act && *act->why ? act->why : item ? item->reason : "";
	if (phase) {
		o.rule = phase->rule;
		o.source = phase->line.source->name;
		o.url = phase->line.source->url;
		o.reviewed = item->line.reviewed && phase->line.reviewed;
		o.by = act ? act->by : "";
	} else {
		o.rule = rule->every.max ? interval(r, &rule->every)
			: act->timed ? AC_WORD("Its interval is not one that is counted here; ask who set it.")
			: AC_WORD("No interval is set.");
		o.source = o.by = act->by;
		o.reviewed = act->clinician;
	}
	if (rule->every.max) {
		o.min = rule->every.min;
		o.max = rule->every.max;
		o.unit = ac_day_unit_name(rule->every.unit);
	}
	return o;
}

/* A record that an earlier stage has shown is not shown again. */
static bool
shown(const struct run *r, const struct ac_plan_row *row)
{
	size_t i;

	for (i = 0; *row->satisfied_by && i < r->in->before; i++)
		if (r->out->row[i].satisfied_by == row->satisfied_by /* of the same records */
		    && !strcmp(r->out->row[i].item, row->item))
			return true;
	return false;
}

static void
keep(struct run *r, const struct ac_plan_row *row)
{
	struct ac_plan_rows *o = r->out;
	struct ac_plan_row *more;
	size_t cap = o->cap * 2 + 64;

	if (r->err || shown(r, row))
		return;
	if (o->n == o->cap) {
		if (!(more = ac_arena_get(r->a, cap * sizeof *more))) {
			r->err = AC_ENOMEM;
			return;
		}
		if (o->n)
			memcpy(more, o->row, o->n * sizeof *more);
		o->row = more;
		o->cap = cap;
	}
	o->row[o->n++] = *row;
}

static const struct ac_plan_record *
first_record(const struct run *r, int32_t from, int32_t until)
{
	const struct ac_plan_facts *f = r->in->facts;
	size_t low = 0, high = f->nrecords, mid;

	until = until < r->in->on ? until : r->in->on;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (f->records[mid].days.first < from)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < f->nrecords && f->records[low].days.first <= until; low++)
		if (!f->records[low].booked && ac_plan_entry_matches(r->in->entry, &f->records[low]))
			return &f->records[low];
	return NULL;
}

static const struct ac_plan_skip *
skip_of(const struct run *r, int32_t due)
{
	const struct ac_plan_facts *f = r->in->facts;
	size_t low = 0, high = f->nskips;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(f->skips[mid].item, r->in->entry->name);

		if (c < 0 || (!c && f->skips[mid].due < due))
			low = mid + 1;
		else
			high = mid;
	}
	return low < f->nskips && f->skips[low].due == due && !strcmp(f->skips[low].item, r->in->entry->name)
		? &f->skips[low] : NULL;
}

/* The first booked appointment of a row's window, which is open-ended once it is over. */
static void
booked(struct run *r, struct ac_plan_row *row, int32_t from, int32_t until)
{
	const struct ac_plan_facts *f = r->in->facts;
	size_t i;

	from = from > r->in->on ? from : r->in->on;
	for (i = 0; i < f->nrecords; i++)
		if (f->records[i].booked && f->records[i].days.first >= from
		    && f->records[i].days.first <= until
		    && ac_plan_entry_matches(r->in->entry, &f->records[i])) {
			row->booked = f->records[i].ref;
			row->booked_on = text(r, f->records[i].days.first);
			return;
		}
}

/* The last appointment since t whose day is over: nobody said that it took place. */
static void
missed(struct run *r, struct ac_plan_row *row)
{
	const struct ac_plan_facts *f = r->in->facts;
	int32_t from = r->in->anchor.known ? r->t.last + r->counted : AC_DAY_MIN;
	const struct ac_plan_record *last = NULL;
	size_t i;

	for (i = 0; i < f->nrecords && f->records[i].days.first < r->in->on; i++)
		if (f->records[i].booked && f->records[i].days.first >= from && f->records[i].days.last < r->in->on
		    && ac_plan_entry_matches(r->in->entry, &f->records[i]))
			last = &f->records[i];
	if (last) {
		row->missed = last->ref;
		row->missed_on = text(r, last->days.first);
	}
}

/* Of a phase that an insurance gives the date: those ends that were skipped, and the first of which
 * nothing was said; false: each is settled. A record settles one. */
static bool
covered(struct run *r, const struct rule *rule)
{
	const struct ac_plan_facts *f = r->in->facts;
	const struct ac_plan_ending *e = &rule->phase->coverage;
	int32_t after = AC_DAY_MIN, from;
	size_t i;

	for (i = 0; i < f->ncovers && !r->err; i++) {
		const struct ac_plan_cover *c = &f->covers[i];
		const struct ac_plan_skip *skip = skip_of(r, c->end.first);
		const struct ac_plan_record *rec;
		struct ac_plan_row o = row(r, rule, AC_PLAN_SKIPPED);

		from = c->end.first - (int32_t)e->early;
		from = from > AC_DAY_MIN ? from : AC_DAY_MIN;
		if (!skip && (rec = first_record(r, from > after ? from : after, AC_DAY_MAX))) {
			after = rec->days.first + 1;
			continue;
		}
		o.due = text(r, c->end.first);
		o.from = text(r, from);
		o.until = text(r, c->end.last);
		o.rule = e->rule;
		o.source = e->line.source->name;
		o.url = e->line.source->url;
		o.reviewed = o.reviewed && e->line.reviewed;
		o.ends = c->ref;
		if (skip) {
			o.reason = skip->why;
			o.by = skip->by;
			keep(r, &o);
			continue;
		}
		o.state = r->in->on < from ? AC_PLAN_NEXT : r->in->on <= c->end.last ? AC_PLAN_DUE : AC_PLAN_OVERDUE;
		booked(r, &o, from, o.state == AC_PLAN_OVERDUE ? AC_DAY_MAX : c->end.last);
		missed(r, &o);
		keep(r, &o);
		return true;
	}
	return false;
}

static void
open_row(struct run *r, const struct rule *rule)
{
	struct ac_plan_row o = row(r, rule, AC_PLAN_NEXT);

	if (rule->phase && rule->phase->coverage.rule && !r->in->past && covered(r, rule))
		return;
	booked(r, &o, r->in->on, AC_DAY_MAX);
	missed(r, &o);
	if (!r->in->past)
		keep(r, &o);
}

/* ------------------------------------------------------------------- rules */

static int32_t
phase_day(const struct run *r, uint32_t months)
{
	return months == UINT32_MAX ? AC_DAY_MAX + 1
		: ac_day_add(r->in->anchor.days.first, months, AC_DAY_MO);
}

/* The template's phase that t lies in; `none` past the last. */
static struct rule
of_template(const struct run *r)
{
	const struct ac_plan_item *item = r->in->entry->item;
	struct rule out = { .none = true, .limit = AC_DAY_MAX + 1 };
	size_t i;

	for (i = 0; item && i < item->nphases; i++)
		if (r->t.first < phase_day(r, item->phases[i].until)) {
			out.phase = &item->phases[i];
			out.every = item->phases[i].every;
			out.end = phase_day(r, item->phases[i].until);
			out.none = false;
			break;
		}
	return out;
}

static struct rule
of_activity(const struct ac_plan_activity *act)
{
	return (struct rule){ .every = act->every, .end = AC_DAY_MAX + 1, .limit = AC_DAY_MAX + 1 };
}

static struct rule
rule_now(struct run *r)
{
	const struct ac_plan_activity *act = r->in->entry->act;
	struct rule out;

	if (!sets_interval(r->in->entry))
		return of_template(r);
	if (r->in->entry->item && act->start.known && !r->changed && r->t.first < act->start.days.first) {
		out = of_template(r);
		out.limit = act->start.days.first;
		return out;
	}
	if (act->end.known && (act->every.max
	    ? ac_day_add(r->t.first, act->every.min, act->every.unit) : r->in->on) > act->end.days.last)
		return of_template(r);
	return of_activity(act);
}

/* ------------------------------------------------------------------- turns */

static void
move(struct run *r, struct ac_days to, bool counted)
{
	r->t = to;
	r->counted = counted;
}

/* A phase without an interval; false: the item's last row is there. */
static bool
free_turn(struct run *r, const struct rule *rule)
{
	int32_t end = rule->end < rule->limit ? rule->end : rule->limit;
	const struct ac_plan_record *rec = first_record(r, r->t.first + r->counted, end - 1);
	struct ac_plan_row o;

	if (rec) {
		o = row(r, rule, AC_PLAN_DONE);
		o.satisfied_by = rec->ref;
		keep(r, &o);
		move(r, rec->days, true);
		return true;
	}
	if (r->in->on < end) {
		open_row(r, rule);
		return false;
	}
	if (rule->limit <= rule->end)
		r->changed = true;
	else
		move(r, (struct ac_days){ end, end }, false);
	return true;
}

/* An interval; false: the item's last row is there. */
static bool
timed_turn(struct run *r, const struct rule *rule)
{
	const struct ac_plan_span *s = &rule->every;
	int32_t due = ac_day_add(r->t.first, s->min + ac_faults_on("plan"), s->unit), from = due - (int32_t)s->early;
	int32_t until = ac_day_add(ac_day_add(r->t.last, s->max, s->unit), s->late, AC_DAY_D);
	const struct ac_plan_skip *skip = due < rule->limit ? skip_of(r, due) : NULL;
	const struct ac_plan_record *rec;
	struct ac_plan_row o;

	from = from > r->t.first ? from : r->t.first + 1;
	if (due > AC_DAY_MAX || until > AC_DAY_MAX || (r->in->past && from > r->in->on))
		return false;
	rec = first_record(r, from, skip && until < rule->limit ? until : rule->limit - 1);
	if (!rec && !skip && r->in->on >= rule->limit) {
		r->changed = true;
		return true;
	}
	o = row(r, rule, rec ? AC_PLAN_DONE : skip ? AC_PLAN_SKIPPED : r->in->on < from ? AC_PLAN_NEXT
		: r->in->on <= until ? AC_PLAN_DUE : AC_PLAN_OVERDUE);
	o.due = text(r, due);
	o.from = text(r, from);
	o.until = text(r, until);
	if (rec) {
		o.satisfied_by = rec->ref;
		move(r, rec->days, true);
	} else if (skip) {
		o.reason = skip->why;
		o.by = skip->by;
		move(r, (struct ac_days){ due, due }, true);
	} else if (r->in->past) {
		return false;
	} else {
		booked(r, &o, from, o.state == AC_PLAN_OVERDUE ? AC_DAY_MAX : until);
		missed(r, &o);
	}
	keep(r, &o);
	return rec || skip;
}

/* Without an anchor there is one row, by the rule that would count first. */
static void
undated(struct run *r)
{
	const struct ac_plan_entry *e = r->in->entry;
	struct rule rule = { .none = true };

	if (sets_interval(e))
		rule = of_activity(e->act);
	else if (e->item)
		rule = (struct rule){ .phase = &e->item->phases[0], .every = e->item->phases[0].every };
	if (!rule.none)
		open_row(r, &rule);
}

enum ac_err
ac_plan_run(struct ac_plan_rows *out, struct ac_arena *a, const struct ac_plan_run *in)
{
	struct run r = { .in = in, .out = out, .a = a, .t = in->anchor.days };
	bool more = in->anchor.known;
	struct rule rule;

	if (!more)
		undated(&r);
	while (more && !r.err) {
		rule = rule_now(&r);
		more = !rule.none && (rule.every.max ? timed_turn(&r, &rule) : free_turn(&r, &rule));
	}
	return r.err;
}
