/* SPDX-License-Identifier: ISC */
/* What a CarePlan says, and the documents that it names. What is odd is passed over: a plan is
 * written by several programs, and one strange element must not hide the rest. */
#include <stdlib.h>
#include <string.h>

#include "schema/plan.h"

#define PLAN     "urn:aftercare:plan"
#define ITEM     "urn:aftercare:plan-item"
#define TEMPLATE "urn:aftercare:plan-template:"

const char *const ac_plan_stage_names[4] = { "relapsed", "in-treatment", "ongoing", "off-treatment" };

struct facts {
	struct ac_plan_facts *out;
	const struct ac_plan_input *in;
	struct ac_arena *a;
	enum ac_err err;
};

static void *
get(struct facts *x, size_t n, size_t size)
{
	void *p = x->err ? NULL : ac_arena_get(x->a, (n ? n : 1) * size);

	if (!p)
		x->err = AC_ENOMEM;
	return p;
}

/* An element that should be an array: its items. */
static const struct ac_val *
list(const struct ac_val *map, const char *key)
{
	static const struct ac_val none = { .kind = AC_ARR };
	const struct ac_val *v = ac_val_get(map, key);

	return v && v->kind == AC_ARR ? v : &none;
}

static bool
is(const char *s, const char *const *words)
{
	for (; s && *words; words++)
		if (!strcmp(s, *words))
			return true;
	return false;
}

static struct ac_plan_date
date(const char *s)
{
	struct ac_plan_date d = { .text = "" };

	d.known = ac_day_read(&d.days, s);
	if (d.known)
		d.text = s;
	return d;
}

static int
by_date(const struct ac_plan_date *x, const struct ac_plan_date *y)
{
	if (x->known != y->known)
		return x->known ? 1 : -1;
	if (!x->known)
		return 0;
	if (x->days.first != y->days.first)
		return x->days.first < y->days.first ? -1 : 1;
	if (x->days.last != y->days.last)
		return x->days.last < y->days.last ? -1 : 1;
	return strcmp(x->text, y->text);
}

/* ------------------------------------------------------- named Observations */

/* The first code of a system in a CodeableConcept that is not `but`; NULL. */
static const char *
code_of(const struct ac_val *concept, const char *system, const char *but)
{
	const struct ac_val *c = list(concept, "coding");
	const char *s, *code;
	uint32_t i;

	for (i = 0; i < c->n; i++)
		if ((s = ac_val_str(&c->items[i], "system")) && !strcmp(s, system)
		    && (code = ac_val_str(&c->items[i], "code")) && *code && strcmp(code, but))
			return code;
	return NULL;
}

/* Whether a reference names a document: by its ref; where no document has that, by type and id at
 * its end, as in a URL. */
static bool
named(const struct facts *x, const char *reference, const struct ac_plan_doc *doc)
{
	const char *type = ac_val_str(doc->body, "resourceType"), *id = ac_val_str(doc->body, "id");
	size_t n = strlen(reference), nid = id ? strlen(id) : 0, ntype = strlen(type), all = ntype + 1 + nid, i;

	if (!strcmp(reference, doc->ref))
		return true;
	if (!nid || n < all || (n > all && reference[n - all - 1] != '/'))
		return false;
	if (memcmp(reference + n - all, type, ntype) || reference[n - nid - 1] != '/'
	    || strcmp(reference + n - nid, id))
		return false;
	for (i = 0; i < x->in->ndocs; i++)
		if (!strcmp(x->in->docs[i].ref, reference))
			return false;
	return true;
}

static void
stage(struct facts *x, const struct ac_val *doc)
{
	const char *s = code_of(ac_val_get(doc, "valueCodeableConcept"), PLAN, "");
	int i;

	for (i = 0; s && i < 4; i++)
		if (!strcmp(s, ac_plan_stage_names[i]))
			x->out->stages[x->out->nstages++] = (struct ac_plan_since){ (enum ac_plan_stage)i,
				date(ac_doc_date(x->a, doc)) };
}

static void
exposure(struct facts *x, const struct ac_val *doc, const char *code)
{
	const struct ac_plan_kin *kin = ac_plan_library_kin(x->in->library, code);
	const struct ac_val *q = ac_val_get(doc, "valueQuantity"), *v = ac_val_get(q, "value");
	static const struct ac_val zero = { .kind = AC_INT };
	struct ac_plan_dose *d = &x->out->doses[x->out->ndoses++];
	const char *unit = ac_val_str(q, "code");

	*d = (struct ac_plan_dose){ code, NULL, "" };
	if (!unit)
		unit = ac_val_str(q, "unit");
	if (!kin || !unit || !*kin->exposure.unit || strcmp(unit, kin->exposure.unit)
	    || ac_val_get(q, "comparator") || !v
	    || (v->kind != AC_INT && v->kind != AC_UINT && v->kind != AC_DEC && v->kind != AC_NUM)
	    || ac_plan_dose_order(v, &zero) < 0)
		return;
	d->value = v;
	d->unit = kin->exposure.unit;
}

static int
stage_order(const void *p, const void *q)
{
	const struct ac_plan_since *x = p, *y = q;
	int64_t a = x->date.known ? x->date.days.first : INT64_MIN;
	int64_t b = y->date.known ? y->date.days.first : INT64_MIN;

	if (a != b)
		return a < b ? -1 : 1;
	if (x->stage != y->stage)
		return x->stage > y->stage ? -1 : 1;
	return x->date.known && y->date.known ? by_date(&x->date, &y->date) : 0;
}

static int
end_order(const void *p, const void *q)
{
	return by_date(p, q);
}

static int
dose_order(const void *p, const void *q)
{
	const struct ac_plan_dose *x = p, *y = q;
	int c = strcmp(x->code, y->code);

	if (c || (!x->value && !y->value))
		return c;
	if (!x->value || !y->value)
		return x->value ? -1 : 1;
	c = ac_plan_dose_order(y->value, x->value);
	return c ? c : ac_plan_dose_tie(x->value, y->value);
}

static void
supporting(struct facts *x)
{
	static const char *const void_[] = { "entered-in-error", "cancelled", NULL };
	const struct ac_val *refs = list(x->in->careplan, "supportingInfo");
	struct ac_plan_facts *o = x->out;
	size_t i, n = x->in->ndocs;
	const char *ref, *code;
	uint32_t j;

	o->stages = get(x, n, sizeof *o->stages);
	o->ends = get(x, n, sizeof *o->ends);
	o->doses = get(x, n, sizeof *o->doses);
	for (i = 0; !x->err && i < n; i++) {
		const struct ac_val *doc = x->in->docs[i].body;

		code = ac_val_str(doc, "resourceType");
		if (!code || strcmp(code, "Observation") || is(ac_val_str(doc, "status"), void_)
		    || !(code = code_of(ac_val_get(doc, "code"), PLAN, "")))
			continue;
		for (j = 0; j < refs->n; j++)
			if ((ref = ac_val_str(&refs->items[j], "reference")) && named(x, ref, &x->in->docs[i]))
				break;
		if (j == refs->n)
			continue;
		if (!strcmp(code, "stage"))
			stage(x, doc);
		else if (strcmp(code, "end-of-treatment"))
			exposure(x, doc, code);
		else if (date(ac_doc_date(x->a, doc)).known)
			o->ends[o->nends++] = date(ac_doc_date(x->a, doc));
	}
	if (x->err)
		return;
	qsort(o->stages, o->nstages, sizeof *o->stages, stage_order);
	qsort(o->ends, o->nends, sizeof *o->ends, end_order);
	qsort(o->doses, o->ndoses, sizeof *o->doses, dose_order);
}

/* --------------------------------------------------------------- templates */

static int
by_text(const void *p, const void *q)
{
	return strcmp(*(const char *const *)p, *(const char *const *)q);
}

static int
by_name(const void *p, const void *q)
{
	const struct ac_plan_file *x = *(const struct ac_plan_file *const *)p;
	const struct ac_plan_file *y = *(const struct ac_plan_file *const *)q;
	int c = strcmp(x->about.name, y->about.name);

	return c ? c : (x->about.edition < y->about.edition) - (x->about.edition > y->about.edition);
}

/* Of one name the newest edition only. */
static void
templates(struct facts *x)
{
	const struct ac_val *uris = list(x->in->careplan, "instantiatesUri");
	const size_t prefix = strlen(TEMPLATE);
	struct ac_plan_facts *o = x->out;
	const struct ac_plan_file *f;
	const char *s, *colon;
	char *end;
	size_t n = 0;
	uint32_t i;

	o->templates = get(x, uris->n, sizeof *o->templates);
	o->missing = get(x, uris->n, sizeof *o->missing);
	for (i = 0; !x->err && i < uris->n; i++) {
		s = uris->items[i].kind == AC_STR ? uris->items[i].s : "";
		if (strncmp(s, TEMPLATE, prefix))
			continue;
		s += prefix;
		f = NULL;
		if ((colon = strchr(s, ':')) && colon[1] >= '1' && colon[1] <= '9') {
			unsigned long edition = strtoul(colon + 1, &end, 10);

			if (!*end && edition <= UINT32_MAX)
				f = ac_plan_library_find(x->in->library, s, (size_t)(colon - s), (uint32_t)edition);
		}
		if (f && f->about.stage)
			o->templates[o->ntemplates++] = f;
		else
			o->missing[o->nmissing++] = s;
	}
	if (x->err)
		return;
	qsort(o->missing, o->nmissing, sizeof *o->missing, by_text);
	qsort(o->templates, o->ntemplates, sizeof *o->templates, by_name);
	for (i = 0; i < o->ntemplates; i++)
		if (!n || strcmp(o->templates[n - 1]->about.name, o->templates[i]->about.name))
			o->templates[n++] = o->templates[i];
	o->ntemplates = n;
}

/* -------------------------------------------------------------- activities */

/* A whole number from 1 on, also as a decimal such as 6.0; 0: none. */
static uint32_t
whole(const struct ac_val *v)
{
	uint32_t n;

	if (!v)
		return 0;
	if (v->kind == AC_INT)
		return v->i > 0 && v->i <= (int64_t)AC_MAX_PLAN_NUMBER ? (uint32_t)v->i : 0;
	if (v->kind != AC_DEC && v->kind != AC_NUM)
		return 0;
	for (n = 1; n <= AC_MAX_PLAN_NUMBER; n++) {
		struct ac_val i = ac_val_int(n);
		int c = ac_plan_dose_order(v, &i);

		if (c <= 0)
			return c ? 0 : n;
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
	act->start = date(ac_val_str(bounds, "start"));
	act->end = date(ac_val_str(bounds, "end"));
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
	const struct ac_val *c = list(concept, "coding");
	const char *s = ac_val_str(concept, "text");

	if (!s && c->n && !(s = ac_val_str(&c->items[0], "display")))
		s = ac_val_str(&c->items[0], "code");
	return s ? s : "";
}

static void
codings(struct facts *x, struct ac_plan_activity *act, const struct ac_val *concept)
{
	const struct ac_val *c = list(concept, "coding");
	const char *system, *code;
	uint32_t i;

	act->codes = get(x, c->n, sizeof *act->codes);
	for (i = 0; act->codes && i < c->n; i++) {
		system = ac_val_str(&c->items[i], "system");
		code = ac_val_str(&c->items[i], "code");
		if (!code || !*code)
			continue;
		if (!system || strcmp(system, ITEM))
			act->codes[act->ncodes++] = (struct ac_plan_coding){ system ? system : "", code };
		else if (!*act->item)
			act->item = code;
	}
}

static void
author(const struct facts *x, const char *id, const char **name, bool *clinician)
{
	size_t i;

	*name = "";
	*clinician = false;
	for (i = 0; *id && i < x->in->nauthors; i++)
		if (!strcmp(x->in->authors[i].activity, id)) {
			*name = x->in->authors[i].name;
			*clinician = x->in->authors[i].clinician;
		}
}

/* skip.ITEM.YYYY-MM-DD: takes it, or is no such id. */
static bool
skip(struct facts *x, const char *id, const char *status, const char *why)
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
	if (!(item = get(x, nitem + 1, 1)))
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
	return (c = by_date(&x->start, &y->start)) ? c : by_date(&x->end, &y->end);
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
activities(struct facts *x)
{
	static const char *const off[] = { "stopped", "cancelled", "completed", "on-hold", NULL };
	const struct ac_val *all = list(x->in->careplan, "activity"), *detail;
	const char *id, *status, *why, *title;
	struct ac_plan_activity act;
	uint32_t i;

	x->out->activities = get(x, all->n, sizeof *x->out->activities);
	x->out->skips = get(x, all->n, sizeof *x->out->skips);
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
			.title = title ? title : "", .off = is(status, off) };
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

/* ----------------------------------------------------------------- records */

struct take { struct facts *x; struct ac_plan_record *r; size_t cap; };

static void
take_code(void *ctx, const char *system, const char *code)
{
	struct take *t = ctx;
	struct ac_plan_coding *more;

	if (t->r->ncodes == t->cap) {
		if (!(more = get(t->x, t->cap * 2 + 4, sizeof *more)))
			return;
		if (t->cap)
			memcpy(more, t->r->codes, t->cap * sizeof *more);
		t->r->codes = more;
		t->cap = t->cap * 2 + 4;
	}
	t->r->codes[t->r->ncodes++] = (struct ac_plan_coding){ system, code };
}

/* Whether a document's type and status say that something was done, or is booked. */
static bool
counts(const struct ac_val *doc, const char *type, bool *booked)
{
	static const char *const observed[] = { "final", "amended", "corrected", "preliminary", NULL };
	static const char *const reported[] = { "final", "amended", "corrected", "preliminary", "partial", NULL };
	static const char *const done[] = { "completed", NULL };
	static const char *const seen[] = { "arrived", "triaged", "in-progress", "onleave", "finished", NULL };
	static const char *const met[] = { "fulfilled", NULL };
	static const struct { const char *type; const char *const *status; } table[] = {
		{ "Observation", observed }, { "DiagnosticReport", reported }, { "Procedure", done },
		{ "Encounter", seen }, { "Appointment", met } };
	const char *status = ac_val_str(doc, "status");
	size_t i;

	for (i = 0; i < sizeof table / sizeof *table; i++)
		if (!strcmp(type, table[i].type))
			break;
	*booked = i == 4 && status && !strcmp(status, "booked");
	return i < 5 && (*booked || is(status, table[i].status))
		&& (i || !ac_val_get(doc, "dataAbsentReason"));
}

static int
record_order(const void *p, const void *q)
{
	const struct ac_plan_record *x = p, *y = q;

	if (x->days.first != y->days.first)
		return x->days.first < y->days.first ? -1 : 1;
	if (x->days.last != y->days.last)
		return x->days.last < y->days.last ? -1 : 1;
	return strcmp(x->ref, y->ref);
}

static void
records(struct facts *x)
{
	struct ac_plan_facts *o = x->out;
	size_t i;

	o->records = get(x, x->in->ndocs, sizeof *o->records);
	for (i = 0; !x->err && i < x->in->ndocs; i++) {
		const struct ac_val *doc = x->in->docs[i].body;
		struct ac_plan_record r = { .ref = x->in->docs[i].ref };
		struct take t = { x, &r, 0 };

		if (!(r.type = ac_val_str(doc, "resourceType")) || !counts(doc, r.type, &r.booked)
		    || !ac_day_read(&r.days, strcmp(r.type, "Appointment") ? ac_doc_date(x->a, doc)
		    : ac_val_str(doc, "start")))
			continue;
		ac_doc_codes(doc, take_code, &t);
		if (r.ncodes)
			o->records[o->nrecords++] = r;
	}
	if (!x->err)
		qsort(o->records, o->nrecords, sizeof *o->records, record_order);
}

enum ac_err
ac_plan_facts(struct ac_plan_facts *out, struct ac_arena *a, const struct ac_plan_input *in,
	struct ac_fault *f)
{
	static const char *const closed[] = { "revoked", "completed", "entered-in-error", NULL };
	struct facts x = { out, in, a, AC_OK };
	const char *type = ac_val_str(in->careplan, "resourceType");

	if (!type || strcmp(type, "CarePlan"))
		return ac_fault(f, AC_EINVAL, "The plan is not a CarePlan.");
	*out = (struct ac_plan_facts){ .open = !is(ac_val_str(in->careplan, "status"), closed),
		.created = date(ac_val_str(in->careplan, "created")) };
	templates(&x);
	supporting(&x);
	activities(&x);
	records(&x);
	if (x.err)
		return ac_fault(f, x.err, "There is not enough memory for the plan.");
	return AC_OK;
}
