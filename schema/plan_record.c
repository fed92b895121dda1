/* SPDX-License-Identifier: ISC */
/* What was done or is booked: the documents that can satisfy an item, in order of their dates. */
#include <stdlib.h>
#include <string.h>

#include "schema/plan.h"

struct take { struct ac_plan_reading *x; struct ac_plan_record *r; size_t cap; };

static void
take_code(void *ctx, const char *system, const char *code)
{
	struct take *t = ctx;
	struct ac_plan_coding *more;

	if (t->r->ncodes == t->cap) {
		if (!(more = ac_plan_get(t->x, t->cap * 2 + 4, sizeof *more)))
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
	return i < 5 && (*booked || ac_plan_read_is(status, table[i].status))
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
records(struct ac_plan_reading *x)
{
	struct ac_plan_facts *o = x->out;
	size_t i;

	o->records = ac_plan_get(x, x->in->ndocs, sizeof *o->records);
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
ac_plan_records(struct ac_plan_facts *out, struct ac_arena *a, const struct ac_plan_input *in)
{
	struct ac_plan_reading x = { out, in, a, NULL, AC_OK };

	records(&x);
	return x.err;
}
