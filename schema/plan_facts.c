/* SPDX-License-Identifier: ISC */
/* What a CarePlan says, and the documents that it names. What is odd is passed over: a plan is
 * written by several programs, and one strange element must not hide the rest. */
#include <stdlib.h>
#include <string.h>

#include "schema/plan.h"


const char *const ac_plan_stage_names[4] = { "relapsed", "in-treatment", "ongoing", "off-treatment" };

void *
ac_plan_get(struct ac_plan_reading *x, size_t n, size_t size)
{
	void *p = x->err ? NULL : ac_arena_get(x->a, (n ? n : 1) * size);

	if (!p)
		x->err = AC_ENOMEM;
	return p;
}

/* ------------------------------------------------------- named Observations */

/* The first code of our system in a CodeableConcept; NULL. */
static const char *
code_of(const struct ac_val *concept)
{
	const struct ac_val *c = ac_val_list(concept, "coding");
	const char *s, *code;
	uint32_t i;

	for (i = 0; i < c->n; i++)
		if ((s = ac_val_str(&c->items[i], "system")) && !strcmp(s, AC_PLAN_CODES)
		    && (code = ac_val_str(&c->items[i], "code")) && *code)
			return code;
	return NULL;
}

/* Whether a reference names a document: by its ref; where no document has that, by type and id at
 * its end, as in a URL. */
static bool
named(const struct ac_plan_reading *x, const char *reference, const struct ac_plan_doc *doc)
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
stage(struct ac_plan_reading *x, const struct ac_val *doc)
{
	const char *s = code_of(ac_val_get(doc, "valueCodeableConcept"));
	int i;

	for (i = 0; s && i < 4; i++)
		if (!strcmp(s, ac_plan_stage_names[i]))
			x->out->stages[x->out->nstages++] = (struct ac_plan_since){ (enum ac_plan_stage)i,
				ac_plan_read_date(ac_doc_date(x->a, doc)) };
}

static void
exposure(struct ac_plan_reading *x, const struct ac_val *doc, const char *code, const char *ref)
{
	const struct ac_plan_kin *kin = ac_plan_facts_kin(x->out, code);
	const struct ac_val *q = ac_val_get(doc, "valueQuantity"), *v = ac_val_get(q, "value");
	static const struct ac_val zero = { .kind = AC_INT };
	struct ac_plan_dose *d = &x->out->doses[x->out->ndoses++];
	const char *unit = ac_val_str(q, "code");

	*d = (struct ac_plan_dose){ code, ref, true, NULL, "" };
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
	return x->date.known && y->date.known ? ac_plan_read_order(&x->date, &y->date) : 0;
}

static int
end_order(const void *p, const void *q)
{
	return ac_plan_read_order(p, q);
}

static int
dose_order(const void *p, const void *q)
{
	const struct ac_plan_dose *x = p, *y = q;
	int c = strcmp(x->code, y->code);

	if (c || (!x->value && !y->value))
		return c ? c : strcmp(x->ref, y->ref);
	if (!x->value || !y->value)
		return x->value ? -1 : 1;
	c = ac_plan_dose_order(y->value, x->value);
	return c ? c : (c = ac_plan_dose_tie(x->value, y->value)) ? c : strcmp(x->ref, y->ref);
}

static void
supporting(struct ac_plan_reading *x)
{
	static const char *const void_[] = { "entered-in-error", "cancelled", NULL };
	const struct ac_val *refs = ac_val_list(x->in->careplan, "supportingInfo");
	struct ac_plan_facts *o = x->out;
	size_t i, n = x->in->ndocs;
	const char *ref, *code;
	uint32_t j;
	bool gone;

	o->stages = ac_plan_get(x, n, sizeof *o->stages);
	o->ends = ac_plan_get(x, n, sizeof *o->ends);
	o->doses = ac_plan_get(x, n, sizeof *o->doses);
	o->gone = ac_plan_get(x, n, sizeof *o->gone);
	for (i = 0; !x->err && i < n; i++) {
		const struct ac_val *doc = x->in->docs[i].body;

		code = ac_val_str(doc, "resourceType");
		if (!code || strcmp(code, "Observation") || !(code = code_of(ac_val_get(doc, "code"))))
			continue;
		for (j = 0; j < refs->n; j++)
			if ((ref = ac_val_str(&refs->items[j], "reference")) && named(x, ref, &x->in->docs[i]))
				break;
		if (j == refs->n)
			continue;
		gone = ac_plan_read_is(ac_val_str(doc, "status"), void_);
		if (gone && strcmp(code, "stage") && strcmp(code, "end-of-treatment"))
			o->gone[o->ngone++] = (struct ac_plan_dose){ code, x->in->docs[i].ref, false, NULL, "" };
		if (gone)
			continue;
		if (!strcmp(code, "stage"))
			stage(x, doc);
		else if (strcmp(code, "end-of-treatment"))
			exposure(x, doc, code, x->in->docs[i].ref);
		else if (ac_plan_read_date(ac_doc_date(x->a, doc)).known)
			o->ends[o->nends++] = ac_plan_read_date(ac_doc_date(x->a, doc));
	}
	if (x->err)
		return;
	qsort(o->stages, o->nstages, sizeof *o->stages, stage_order);
	qsort(o->ends, o->nends, sizeof *o->ends, end_order);
	qsort(o->doses, o->ndoses, sizeof *o->doses, dose_order);
	qsort(o->gone, o->ngone, sizeof *o->gone, dose_order);
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

/* The files that the plan is made of. */
static void
files(struct ac_plan_reading *x)
{
	struct ac_plan_facts *o = x->out;
	size_t i, j, n = 0;

	for (i = 0; i < o->ntemplates; i++)
		n += 1 + o->templates[i]->nwith;
	if (!(o->files = ac_plan_get(x, n, sizeof *o->files)))
		return;
	for (i = n = 0; i < o->ntemplates; i++) {
		o->files[n++] = o->templates[i];
		for (j = 0; j < o->templates[i]->nwith; j++)
			o->files[n++] = o->templates[i]->with[j];
	}
	qsort(o->files, n, sizeof *o->files, by_name);
	for (i = 0; i < n; i++)
		if (!o->nfiles || o->files[o->nfiles - 1] != o->files[i])
			o->files[o->nfiles++] = o->files[i];
}

const struct ac_plan_kin *
ac_plan_facts_kin(const struct ac_plan_facts *facts, const char *code)
{
	size_t i, j;

	for (i = 0; i < facts->nfiles; i++)
		for (j = 0; j < facts->files[i]->nkin; j++)
			if (!strcmp(facts->files[i]->kin[j].exposure.code, code))
				return &facts->files[i]->kin[j];
	return NULL;
}

/* Of one name the newest edition only. */
static void
templates(struct ac_plan_reading *x)
{
	const struct ac_val *uris = ac_val_list(x->in->careplan, "instantiatesUri");
	const size_t prefix = strlen(AC_PLAN_TEMPLATE);
	struct ac_plan_facts *o = x->out;
	const struct ac_plan_file *f;
	const char *s, *colon;
	char *end;
	size_t n = 0;
	uint32_t i;

	o->templates = ac_plan_get(x, uris->n, sizeof *o->templates);
	o->missing = ac_plan_get(x, uris->n, sizeof *o->missing);
	for (i = 0; !x->err && i < uris->n; i++) {
		s = uris->items[i].kind == AC_STR ? uris->items[i].s : "";
		if (strncmp(s, AC_PLAN_TEMPLATE, prefix))
			continue;
		s += prefix;
		f = NULL;
		if ((colon = strchr(s, ':')) && colon[1] >= '1' && colon[1] <= '9') {
			unsigned long edition = strtoul(colon + 1, &end, 10);

			if (!*end && edition <= UINT32_MAX)
				f = ac_plan_library_find(x->in->lib, s, (size_t)(colon - s), (uint32_t)edition);
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
	files(x);
}

/* ----------------------------------------------------------------------- */

enum ac_err
ac_plan_facts(struct ac_plan_facts *out, struct ac_arena *a, const struct ac_plan_input *in,
	struct ac_fault *f)
{
	static const char *const closed[] = { "revoked", "completed", "entered-in-error", NULL };
	struct ac_plan_reading x = { out, in, a, NULL, AC_OK };
	const char *type = ac_val_str(in->careplan, "resourceType");

	if (!type || strcmp(type, "CarePlan"))
		return ac_fault(f, AC_EINVAL, "The plan is not a CarePlan.");
	*out = (struct ac_plan_facts){ .open = !ac_plan_read_is(ac_val_str(in->careplan, "status"), closed),
		.created = ac_plan_read_date(ac_val_str(in->careplan, "created")) };
	templates(&x);
	supporting(&x);
	if (!x.err)
		x.err = ac_plan_activities(out, a, in);
	if (!x.err)
		x.err = ac_plan_records(out, a, in);
	if (!x.err)
		x.err = ac_plan_covers(out, a, in);
	if (x.err)
		return ac_fault(f, x.err, "There is not enough memory for the plan.");
	return AC_OK;
}
