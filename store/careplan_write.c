/* SPDX-License-Identifier: ISC */
/*
 * What a person does with a plan, as FHIR documents (schema/PLAN.md says which).
 *
 * Each call holds the home's lock from its reading to its writing, so that two processes
 * do not overwrite each other's activities. Bodies are made as JSON text, in which every
 * word that is not ours was quoted by the JSON writer.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/careplan.h"
#include "store/write.h"

struct work {
	struct ac_space *s;
	struct ac_arena a;
	struct ac_fault *f;
	struct ac_careplan plan;
	const char *subject;       /* JSON of a Reference */
	const struct ac_val *careplan; /* as it is to be */
	struct ac_write_doc docs[40];
	size_t n;
	enum ac_err err;
};

static void
wrong(struct work *w, enum ac_err err)
{
	if (!w->err)
		w->err = err;
}

/* A string as JSON. */
static const char *
quoted(struct work *w, const char *s)
{
	struct ac_val v = ac_val_text(s ? s : "");
	struct ac_buf b = { 0 };
	const char *out = NULL;

	if (!ac_json_write(&b, &v, NULL, NULL))
		out = ac_arena_text(&w->a, (const char *)b.p, b.len);
	ac_buf_free(&b);
	if (!out)
		wrong(w, AC_ENOMEM);
	return out ? out : "\"\"";
}

AC_PRINTF(2, 3) static const char *
said(struct work *w, const char *fmt, ...)
{
	va_list ap;
	char *p = NULL;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !(p = ac_arena_get(&w->a, (size_t)n + 1))) {
		wrong(w, AC_ENOMEM);
		return "";
	}
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

static const struct ac_val *
json(struct work *w, const char *text)
{
	const struct ac_val *v = NULL;

	if (!w->err)
		w->err = ac_json_read(&v, &w->a, text, strlen(text), w->f);
	return w->err ? NULL : v;
}

static void
put(struct work *w, const char *ref, const struct ac_val *body)
{
	if (!w->err && w->n == sizeof w->docs / sizeof *w->docs)
		wrong(w, ac_fault(w->f, AC_ELIMIT, "that is too much for one step"));
	if (!w->err)
		w->docs[w->n++] = (struct ac_write_doc){ .ref = ref, .body = body };
}

/* ------------------------------------------------------------ begin and end */

static enum ac_err
begin(struct work *w, struct ac_space *s, struct ac_fault *f)
{
	memset(w, 0, sizeof *w);
	w->f = f;
	if (!(w->err = ac_home_lock(s->home, f)))
		w->s = s;
	return w->err;
}

static void
subject(struct work *w, const char *reference)
{
	const char *id;
	const struct ac_val *person;

	if (!w->err)
		w->err = ac_careplan_person(&id, &person, &w->a, w->s, reference, w->f);
	if (w->err)
		return;
	w->subject = reference ? said(w, "{\"reference\":%s}", quoted(w, reference))
		: id ? said(w, "{\"reference\":%s}", quoted(w, said(w, "Patient/%s", id)))
		: said(w, "{\"display\":%s}", quoted(w, w->s->patient));
}

static enum ac_err
begin_with_plan(struct work *w, struct ac_space *s, const char *today, struct ac_fault *f)
{
	if (!begin(w, s, f))
		w->err = ac_careplan_read(&w->plan, &w->a, s, today, f);
	if (w->err)
		return w->err;
	w->careplan = w->plan.body;
	subject(w, ac_val_str(ac_val_get(w->plan.body, "subject"), "reference"));
	return w->err;
}

/* Writes all; the answer tells of document `of`. */
static enum ac_err
end(struct ac_wrote *out, struct work *w, size_t of)
{
	enum ac_err err = w->err;

	if (!err && !(err = ac_write_docs(w->docs, w->n, w->s, w->f)))
		*out = w->docs[of].wrote;
	if (w->s)
		ac_home_unlock(w->s->home);
	ac_arena_free(&w->a);
	return err;
}

/* ------------------------------------------------------------- observations */

/* One more Observation that the plan names; returns its ref. */
static const char *
observation(struct work *w, const char *code, const char *title, const char *when, const char *value)
{
	char id[37];

	ac_write_uuid(id);
	put(w, NULL, json(w, said(w, "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"status\":\"final\",\"code\":{\"coding\":"
		"[{\"system\":\"" AC_CAREPLAN_CODES "\",\"code\":%s}],\"text\":%s},\"subject\":%s%s%s%s%s}", id, quoted(w, code),
		quoted(w, title), w->subject, when ? ",\"effectiveDateTime\":" : "", when ? quoted(w, when) : "",
		value ? "," : "", value ? value : "")));
	return said(w, "Observation/%s", id);
}

static const char *
stage_observation(struct work *w, const char *stage, const char *since)
{
	return observation(w, "stage", "Stage of treatment", since, said(w, "\"valueCodeableConcept\":{\"coding\":[{\"system\":\""
		AC_CAREPLAN_CODES "\",\"code\":%s}]}", quoted(w, stage)));
}

static const char *
end_observation(struct work *w, const char *when)
{
	return observation(w, "end-of-treatment", "End of treatment", when, NULL);
}

static const char *
exposure_observation(struct work *w, const struct ac_plan_library *lib, const struct ac_careplan_exposure *e)
{
	const struct ac_plan_exposure *known;
	size_t i;

	for (i = 0; (known = ac_plan_library_exposure(lib, i)) && strcmp(known->code, e->code) != 0; i++)
		;
	if (!known) {
		struct ac_buf names = { 0 };

		for (i = 0; (known = ac_plan_library_exposure(lib, i)); i++)
			if (ac_buf_addf(&names, "%s%s", i ? ", " : "", known->code))
				break;
		if (ac_buf_add(&names, "", 1) == AC_OK)
			wrong(w, ac_fault(w->f, AC_EUSAGE, "no template knows the exposure %.80s; known are %s", e->code,
				(const char *)names.p));
		ac_buf_free(&names);
		wrong(w, AC_ENOMEM);
		return "";
	}
	if (e->value && strcmp(e->unit, known->unit) != 0) {
		wrong(w, *known->unit ? ac_fault(w->f, AC_EUSAGE, "a dose of %s is written in %s, as in %s=250%s", e->code, known->unit,
			e->code, known->unit) : ac_fault(w->f, AC_EUSAGE, "%s has no dose that a template compares; leave it out",
			e->code));
		return "";
	}
	return observation(w, e->code, known->title, NULL, !e->value ? NULL : said(w, "\"valueQuantity\":{\"value\":%s,\"unit\":%s,"
		"\"system\":\"http://unitsofmeasure.org\",\"code\":%s}", e->value, quoted(w, e->unit), quoted(w, e->unit)));
}

/* ---------------------------------------------------------------------- new */

static const struct ac_plan_template *
template_of(struct work *w, const struct ac_plan_library *lib, const char *name)
{
	const struct ac_plan_template *t, *best = NULL;
	size_t i;

	for (i = 0; (t = ac_plan_library_template(lib, i)); i++)
		if (!strcmp(t->name, name) && (!best || t->edition > best->edition))
			best = t;
	if (!best)
		wrong(w, ac_fault(w->f, AC_EUSAGE, "there is no template %.80s; `plan templates` lists them", name));
	return best;
}

static void
none_in_force(struct work *w, const char *today)
{
	struct ac_careplan standing;
	enum ac_err err;

	if (w->err)
		return;
	if (!(err = ac_careplan_read(&standing, &w->a, w->s, today, w->f)))
		err = ac_fault(w->f, AC_EEXIST, "%s is the plan in force: change that one, or end it first with `set %s status=completed`",
			standing.ref, standing.ref);
	else if (err == AC_ENOTFOUND) {
		if (w->f)
			memset(w->f, 0, sizeof *w->f);
		err = AC_OK;
	}
	w->err = err;
}

enum ac_err
ac_careplan_new(struct ac_wrote *out, struct ac_space *s, const struct ac_careplan_options *o, struct ac_fault *f)
{
	const struct ac_plan_library *lib = NULL;
	const struct ac_plan_template *t = NULL;
	const char *refs = "", *stage, *since;
	struct work w;
	char id[37];
	size_t i;

	if (!begin(&w, s, f))
		w.err = ac_plan_library_builtin(&lib, &w.a, f);
	if (!w.err)
		t = template_of(&w, lib, o->name);
	if (t && o->stage && strcmp(o->stage, t->stage) != 0)
		wrong(&w, ac_fault(f, AC_EUSAGE, "the template %s is for the stage %s; `plan templates` lists those of others", t->name,
			t->stage));
	none_in_force(&w, o->today);
	subject(&w, NULL);
	if (w.err)
		return end(out, &w, 0);
	stage = t->stage;
	since = o->since ? o->since : strcmp(stage, "off-treatment") != 0 ? o->today : o->end;
	refs = said(&w, "{\"reference\":\"%s\"}", stage_observation(&w, stage, since));
	if (o->end)
		refs = said(&w, "%s,{\"reference\":\"%s\"}", refs, end_observation(&w, o->end));
	for (i = 0; i < o->n && !w.err; i++)
		refs = said(&w, "%s,{\"reference\":\"%s\"}", refs, exposure_observation(&w, lib, &o->exposures[i]));
	ac_write_uuid(id);
	put(&w, NULL, json(&w, said(&w, "{\"resourceType\":\"CarePlan\",\"id\":\"%s\",\"instantiatesUri\":[\"" AC_CAREPLAN_TEMPLATE
		"%s:%u\"],\"status\":\"active\",\"intent\":\"plan\",\"title\":%s,\"subject\":%s,\"created\":%s,\"supportingInfo\":[%s]}", id,
		t->name, (unsigned)t->edition, quoted(&w, t->title), w.subject, quoted(&w, o->today), refs)));
	return end(out, &w, w.n ? w.n - 1 : 0);
}

/* -------------------------------------------------------------------- items */

/* The item that a word names: the row that is open, else any of its rows. */
static const struct ac_plan_row *
item_of(struct work *w, const char *word)
{
	const struct ac_plan *p = &w->plan.plan;
	const struct ac_plan_row *exact = NULL, *begins = NULL;
	bool several = false;
	size_t i, n = strlen(word);

	for (i = 0; i < p->nrows; i++) { /* open rows come first */
		if (!exact && !strcmp(p->rows[i].item, word))
			exact = &p->rows[i];
		if (n && !strncmp(p->rows[i].item, word, n)) {
			several = several || (begins && strcmp(begins->item, p->rows[i].item) != 0);
			begins = begins ? begins : &p->rows[i];
		}
	}
	if (exact)
		return exact;
	if (several)
		wrong(w, ac_fault(w->f, AC_EAMBIGUOUS, "%.80s fits several items of the plan; `plan show` lists their names", word));
	else if (!begins)
		wrong(w, ac_fault(w->f, AC_ENOTFOUND, "the plan has no item %.80s; `plan show` lists their names", word));
	return several ? NULL : begins;
}

static const char *
item_code(struct work *w, const struct ac_plan_row *row)
{
	return said(w, "{\"system\":\"" AC_CAREPLAN_ITEMS "\",\"code\":%s}", quoted(w, row->item));
}

/* --------------------------------------------------------------------- done */

static bool
has_code(const struct ac_val *concept, const char *item)
{
	const struct ac_val *list = ac_val_get(concept, "coding");
	const char *system, *code;
	uint32_t i;

	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++)
		if ((system = ac_val_str(&list->items[i], "system")) && !strcmp(system, AC_CAREPLAN_ITEMS)
		    && (code = ac_val_str(&list->items[i], "code")) && !strcmp(code, item))
			return true;
	return false;
}

/* The document with the item's code: `code` where the type has it, else one more concept of
 * what kind of visit it was. */
static const struct ac_val *
with_code(struct work *w, const struct ac_val *body, const struct ac_plan_row *row, const char *ref)
{
	static const struct { const char *type, *path; bool list; } places[] = {
		{ "Observation", "code", false }, { "DiagnosticReport", "code", false }, { "Procedure", "code", false },
		{ "Encounter", "type", true }, { "Appointment", "serviceType", true } };
	const char *type = ac_val_str(body, "resourceType");
	const struct ac_val *at, *code = json(w, item_code(w, row));
	uint32_t i, n;
	size_t k;

	for (k = 0; k < sizeof places / sizeof *places && (!type || strcmp(type, places[k].type) != 0); k++)
		;
	if (k == sizeof places / sizeof *places) {
		wrong(w, ac_fault(w->f, AC_EREFUSED, "%.200s tells of nothing that was done: a result, a report, a procedure, a visit or an"
			" appointment can", ref));
		return NULL;
	}
	if (w->err)
		return NULL;
	at = ac_val_get(body, places[k].path);
	n = at && at->kind == AC_ARR ? at->n : 0;
	for (i = 0; i < n; i++)
		if (has_code(&at->items[i], row->item))
			return body;
	if (has_code(at, row->item))
		return body;
	if (!places[k].list) {
		at = ac_val_get(at, "coding");
		n = at && at->kind == AC_ARR ? at->n : 0;
	}
	wrong(w, ac_path_set(&body, &w->a, body, places[k].list ? said(w, "%s[%u].coding[0]", places[k].path, (unsigned)n)
		: said(w, "%s.coding[%u]", places[k].path, (unsigned)n), code, w->f));
	return body;
}

static void
done_by(struct work *w, const struct ac_plan_row *row, const char *word)
{
	struct ac_doc_row d;
	const char *id;
	const struct ac_val *person;
	char ref[AC_REF_MAX];
	bool foreign;
	int64_t doc;

	if ((w->err = ac_query_ref(ref, &doc, w->s, word, w->f)) || (w->err = ac_query_doc(&d, &w->a, w->s, doc, w->f))
	    || (w->err = ac_careplan_person(&id, &person, &w->a, w->s, ac_val_str(ac_val_get(w->plan.body, "subject"), "reference"),
	    w->f)))
		return;
	if (!d.body) {
		w->err = ac_fault(w->f, AC_ENOTFOUND, "%s is deleted; revert brings a version back", ref);
		return;
	}
	if ((w->err = ac_careplan_foreign(&foreign, &w->a, w->s, d.body, id, person, w->f)))
		return;
	if (foreign)
		w->err = ac_fault(w->f, AC_EREFUSED, "%s is another person's; it says nothing of this plan", ref);
	else
		put(w, said(w, "%s", ref), with_code(w, d.body, row, ref));
}

enum ac_err
ac_careplan_done(struct ac_wrote *out, struct ac_space *s, const char *item, const char *on, const char *ref,
	const char *today, struct ac_fault *f)
{
	const struct ac_plan_row *row = NULL;
	struct work w;
	char id[37];

	if (!begin_with_plan(&w, s, today, f))
		row = item_of(&w, item);
	if (row && ref)
		done_by(&w, row, ref);
	if (row && !ref) {
		ac_write_uuid(id);
		put(&w, NULL, json(&w, said(&w, "{\"resourceType\":\"Procedure\",\"id\":\"%s\",\"status\":\"completed\",\"code\":{\"coding\":[%s],"
			"\"text\":%s},\"subject\":%s,\"performedDateTime\":%s}", id, item_code(&w, row), quoted(&w, row->title), w.subject,
			quoted(&w, on))));
	}
	return end(out, &w, 0);
}

/* --------------------------------------------------------------- activities */

/* The plan with this activity, in the place of the one of that id. */
static void
set_activity(struct work *w, const char *id, const struct ac_val *v)
{
	const struct ac_val *list = ac_val_get(w->careplan, "activity");
	uint32_t n = list && list->kind == AC_ARR ? list->n : 0, i;
	const char *s;

	for (i = 0; i < n; i++)
		if ((s = ac_val_str(&list->items[i], "id")) && !strcmp(s, id))
			break;
	if (!w->err)
		w->err = ac_path_set(&w->careplan, &w->a, w->careplan, said(w, "activity[%u]", (unsigned)i), v, w->f);
}

enum ac_err
ac_careplan_skip(struct ac_wrote *out, struct ac_space *s, const char *item, const char *why, const char *today,
	struct ac_fault *f)
{
	const struct ac_plan_row *row = NULL;
	const char *id;
	struct work w;

	if (!begin_with_plan(&w, s, today, f))
		row = item_of(&w, item);
	if (row && (row->state > AC_PLAN_NEXT || !*row->due)) {
		wrong(&w, ac_fault(f, AC_EREFUSED, "%s has no date that is open, so there is nothing to skip", row->item));
		row = NULL;
	}
	if (row) {
		id = said(&w, "skip.%s.%s", row->item, row->due);
		set_activity(&w, id, json(&w, said(&w, "{\"id\":%s,\"detail\":{\"code\":{\"coding\":[%s]},\"status\":\"cancelled\",\"statusReason\":"
			"{\"text\":%s},\"scheduledPeriod\":{\"start\":\"%s\",\"end\":\"%s\"},\"description\":%s}}", quoted(&w, id),
			item_code(&w, row), quoted(&w, why), row->from, row->until, quoted(&w, row->title))));
		put(&w, w.plan.ref, w.careplan);
	}
	return end(out, &w, 0);
}

/* -------------------------------------------------------------------- stage */

/* Does the plan have a template for this stage? */
static bool
has_template(const struct work *w, const char *stage)
{
	const struct ac_val *uris = ac_val_get(w->careplan, "instantiatesUri");
	const struct ac_plan_template *t;
	char uri[200];
	uint32_t i;
	size_t k;

	for (k = 0; (t = ac_plan_library_template(w->plan.lib, k)); k++) {
		snprintf(uri, sizeof uri, AC_CAREPLAN_TEMPLATE "%s:%u", t->name, (unsigned)t->edition);
		for (i = 0; !strcmp(t->stage, stage) && uris && uris->kind == AC_ARR && i < uris->n; i++)
			if (uris->items[i].kind == AC_STR && !strcmp(uris->items[i].s, uri))
				return true;
	}
	return false;
}

/* The only template for a stage, in its newest edition. */
static const struct ac_plan_template *
only_template(struct work *w, const char *stage)
{
	const struct ac_plan_template *t, *only = NULL;
	struct ac_buf names = { 0 };
	bool several = false;
	size_t i;

	for (i = 0; (t = ac_plan_library_template(w->plan.lib, i)); i++) {
		if (strcmp(t->stage, stage) != 0)
			continue;
		several = several || (only && strcmp(only->name, t->name) != 0);
		if (!only || strcmp(only->name, t->name) != 0)
			wrong(w, ac_buf_addf(&names, "%s%s", names.len ? ", " : "", t->name));
		only = t;
	}
	wrong(w, ac_buf_add(&names, "", 1));
	if (!only)
		wrong(w, ac_fault(w->f, AC_EUSAGE, "%.80s is no stage: in-treatment, off-treatment, ongoing and relapsed are", stage));
	else if (several)
		wrong(w, ac_fault(w->f, AC_EUSAGE, "several templates are for %s, so say with --template which one the plan takes: %s", stage,
			(const char *)names.p));
	ac_buf_free(&names);
	return w->err ? NULL : only;
}

static void
append(struct work *w, const char *key, const char *text)
{
	const struct ac_val *list = ac_val_get(w->careplan, key), *v = json(w, text);
	uint32_t n = list && list->kind == AC_ARR ? list->n : 0;

	if (!w->err)
		w->err = ac_path_set(&w->careplan, &w->a, w->careplan, said(w, "%s[%u]", key, (unsigned)n), v, w->f);
}

static void
take_template(struct work *w, const struct ac_careplan_stage *o)
{
	const struct ac_plan_template *t = NULL;

	if (o->name && (t = template_of(w, w->plan.lib, o->name)) && strcmp(t->stage, o->stage) != 0)
		wrong(w, ac_fault(w->f, AC_EUSAGE, "the template %s is for the stage %s; `plan templates` lists those of others", t->name,
			t->stage));
	if (!w->err && !o->name && !has_template(w, o->stage))
		t = only_template(w, o->stage);
	if (!w->err && t)
		append(w, "instantiatesUri", said(w, "\"" AC_CAREPLAN_TEMPLATE "%s:%u\"", t->name, (unsigned)t->edition));
}

enum ac_err
ac_careplan_stage(struct ac_wrote *out, struct ac_space *s, const struct ac_careplan_stage *o, struct ac_fault *f)
{
	const char *since = o->since;
	struct work w;
	bool in_it;

	if (begin_with_plan(&w, s, o->today, f))
		return end(out, &w, 0);
	in_it = !strcmp(w.plan.plan.stage, o->stage);
	if (in_it && !since && !o->end && !o->name)
		wrong(&w, ac_fault(f, AC_EEXIST, "the plan is in the stage %s already; say since when with --on", o->stage));
	take_template(&w, o);
	if (!w.err && (since || !in_it)) {
		if (!since)
			since = o->end && !strcmp(o->stage, "off-treatment") ? o->end : o->today;
		append(&w, "supportingInfo", said(&w, "{\"reference\":\"%s\"}", stage_observation(&w, o->stage, since)));
	}
	if (!w.err && o->end)
		append(&w, "supportingInfo", said(&w, "{\"reference\":\"%s\"}", end_observation(&w, o->end)));
	put(&w, w.plan.ref, w.careplan);
	return end(out, &w, w.n ? w.n - 1 : 0);
}

/* ------------------------------------------------------------------ changes */

static bool
clinicians(const struct work *w, const char *activity)
{
	size_t i;

	for (i = 0; i < w->plan.nauthors; i++)
		if (!strcmp(w->plan.authors[i].activity, activity))
			return w->plan.authors[i].clinician;
	return false;
}

/* The activity of an item that this device may change; NULL: none. */
static const struct ac_val *
own_activity(const struct work *w, const char *item, const char *id)
{
	const struct ac_val *list = ac_val_get(w->careplan, "activity");
	const char *s;
	uint32_t i;

	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++) {
		if (!(s = ac_val_str(&list->items[i], "id")) || !strncmp(s, "skip.", 5))
			continue;
		if (id ? !strcmp(s, id) : !clinicians(w, s) && has_code(ac_val_get(ac_val_get(&list->items[i], "detail"), "code"), item))
			return &list->items[i];
	}
	return NULL;
}

/* An id for an activity of an item: in a share one of this device's own, so that it never
 * stands in the place of what the patient wrote. */
static const char *
id_of(struct work *w, const char *item)
{
	char hex[17];

	ac_crypto_hex(hex, w->s->me, 8);
	if (ac_space_shared(w->s))
		return said(w, "%s.%.8s", item, hex);
	return own_activity(w, item, item) && clinicians(w, item) ? said(w, "%s.own", item) : item;
}

/* Letters, digits and hyphens of a title; never the name of an item that is there or that a
 * template has, for it would change that one. */
struct naming { const char *name; bool taken; };

static void
taken(void *ctx, const char *system, const char *code)
{
	struct naming *n = ctx;

	n->taken = n->taken || (!strcmp(system, AC_CAREPLAN_ITEMS) && !strcmp(code, n->name));
}

static const char *
name_of(struct work *w, const char *title)
{
	const struct ac_val *list = ac_val_get(w->careplan, "activity");
	struct naming n = { .taken = true };
	char slug[48] = "";
	size_t k = 0;
	uint32_t i;
	unsigned count;

	for (; *title && k < sizeof slug - 1; title++) {
		char c = (char)(*title >= 'A' && *title <= 'Z' ? *title + 32 : *title);

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			slug[k++] = c;
		else if (k && slug[k - 1] != '-')
			slug[k++] = '-';
	}
	while (k && slug[k - 1] == '-')
		k--;
	slug[k] = '\0';
	for (count = 1; n.taken && !w->err; count++) {
		n.name = count == 1 ? said(w, "%s", k ? slug : "item") : said(w, "%s-%u", k ? slug : "item", count);
		n.taken = false;
		ac_plan_library_codes(w->plan.lib, taken, &n);
		for (i = 0; list && list->kind == AC_ARR && i < list->n; i++)
			n.taken = n.taken || has_code(ac_val_get(ac_val_get(&list->items[i], "detail"), "code"), n.name)
				|| !strcmp(n.name, ac_val_str(&list->items[i], "id") ? ac_val_str(&list->items[i], "id") : "");
	}
	return w->err ? "" : n.name;
}

static void
set_field(struct work *w, const struct ac_val **body, const char *path, const char *text)
{
	const struct ac_val *v = text ? json(w, text) : NULL;

	if (!w->err && (text || ac_path_get(*body, path)))
		w->err = ac_path_set(body, &w->a, *body, path, v, w->f);
}

#define REPEAT "detail.scheduledTiming.repeat."

static void
set_interval(struct work *w, const struct ac_val **body, const struct ac_careplan_change *o)
{
	bool timed = ac_path_get(*body, "detail.scheduledTiming.repeat.period") != NULL;

	if (!o->max && !timed && (o->from || o->until))
		wrong(w, ac_fault(w->f, AC_EUSAGE, "days that an interval holds need the interval: give --every too"));
	if (o->max) {
		set_field(w, body, REPEAT "frequency", "1");
		set_field(w, body, REPEAT "period", said(w, "%u", (unsigned)o->min));
		set_field(w, body, REPEAT "periodMax", o->max > o->min ? said(w, "%u", (unsigned)o->max) : NULL);
		set_field(w, body, REPEAT "periodUnit", quoted(w, o->unit));
	}
	if (o->from || (o->max && !timed))
		set_field(w, body, REPEAT "boundsPeriod.start", quoted(w, o->from ? o->from : o->today));
	if (o->until)
		set_field(w, body, REPEAT "boundsPeriod.end", quoted(w, o->until));
}

/* The item that a change names: also one that was taken out, to bring it back. */
static const char *
named_item(struct work *w, const struct ac_careplan_change *o)
{
	const struct ac_plan_row *row;
	size_t i;

	if (!o->remove && own_activity(w, o->item, NULL))
		return o->item;
	if (!(row = item_of(w, o->item)))
		return NULL;
	for (i = 0; !ac_space_shared(w->s) && i < w->plan.nauthors; i++)
		if (w->plan.authors[i].clinician && *row->by && !strcmp(w->plan.authors[i].name, row->by)) {
			wrong(w, ac_fault(w->f, AC_EREFUSED, "%s set %s, and what the care team sets stays as it is: ask them, or change %s with"
				" set", row->by, row->item, w->plan.ref));
			return NULL;
		}
	return row->item;
}

enum ac_err
ac_careplan_change(struct ac_wrote *out, struct ac_space *s, const struct ac_careplan_change *o, struct ac_fault *f)
{
	const struct ac_val *body = NULL;
	const char *item = NULL, *id = NULL;
	struct work w;

	if (!begin_with_plan(&w, s, o->today, f))
		item = o->item ? named_item(&w, o) : name_of(&w, o->title);
	if (!item || w.err)
		return end(out, &w, 0);
	if (!ac_space_shared(s))
		body = own_activity(&w, item, NULL);
	id = body ? ac_val_str(body, "id") : id_of(&w, item);
	if (!body && !(body = own_activity(&w, item, id)))
		body = json(&w, said(&w, "{\"id\":%s,\"detail\":{\"code\":{\"coding\":[{\"system\":\"" AC_CAREPLAN_ITEMS
			"\",\"code\":%s}]},\"status\":\"scheduled\"}}", quoted(&w, id), quoted(&w, item)));
	if (w.err)
		return end(out, &w, 0);
	set_field(&w, &body, "detail.status", o->remove ? "\"stopped\"" : "\"scheduled\"");
	if (o->code)
		set_field(&w, &body, "detail.code.coding[1]", said(&w, "{\"system\":%s,\"code\":%s}", quoted(&w, o->system),
			quoted(&w, o->code)));
	if (o->title)
		set_field(&w, &body, "detail.description", quoted(&w, o->title));
	if (o->why)
		set_field(&w, &body, "detail.statusReason", said(&w, "{\"text\":%s}", quoted(&w, o->why)));
	set_interval(&w, &body, o);
	set_activity(&w, id, body);
	put(&w, w.plan.ref, w.careplan);
	return end(out, &w, 0);
}
