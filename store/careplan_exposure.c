/* SPDX-License-Identifier: ISC */
/* An exposure that a plan names: added, changed, taken back; and what it brings to the plan. */
#include <string.h>

#include "store/step.h"

/* ------------------------------------------------------------- what it brings */

/* The plan with one more Observation, or without those of that exposure. */
static enum ac_err
other_plan(struct ac_plan *out, struct ac_arena *a, const struct ac_careplan *p, const char *code, struct ac_fault *f)
{
	struct ac_plan_input in = p->input;
	struct ac_plan_doc *docs = ac_arena_get(a, (in.ndocs + 1) * sizeof *docs);
	const struct ac_val *list = ac_val_get(in.careplan, "supportingInfo"), *v = NULL;
	struct ac_buf b = { 0 };
	bool had = false;
	size_t i, k, n = 0;
	enum ac_err err;

	if (!docs)
		return AC_ENOMEM;
	for (i = 0; i < in.ndocs; i++) {
		for (k = 0; k < p->plan.nhad && (!p->plan.had[k].counts || strcmp(p->plan.had[k].code, code) != 0
		    || strcmp(p->plan.had[k].ref, in.docs[i].ref) != 0); k++)
			;
		if (k < p->plan.nhad)
			had = true;
		else
			docs[n++] = in.docs[i];
	}
	in.docs = docs;
	in.ndocs = n;
	if (had)
		return ac_plan_make(out, a, &in, f);
	if ((err = ac_buf_addf(&b, "{\"resourceType\":\"Observation\",\"id\":\".\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\""
	    AC_PLAN_CODES "\",\"code\":\"%s\"}]}}", code)) || (err = ac_json_read(&v, a, b.p, b.len, f)))
		goto out;
	docs[in.ndocs++] = (struct ac_plan_doc){ "Observation/.", v };
	ac_buf_reset(&b);
	if ((err = ac_buf_addf(&b, "supportingInfo[%u]", list && list->kind == AC_ARR ? (unsigned)list->n : 0))
	    || (err = ac_buf_add(&b, "", 1)) || (err = ac_json_read(&v, a, "{\"reference\":\"Observation/.\"}", 29, f))
	    || (err = ac_path_set(&in.careplan, a, in.careplan, (const char *)b.p, v, f)))
		goto out;
	err = ac_plan_make(out, a, &in, f);
out:
	ac_buf_free(&b);
	return err;
}

enum ac_err
ac_careplan_brings(const struct ac_plan_row *const **out, size_t *n, struct ac_arena *a, const struct ac_careplan *p,
	const char *exposure, struct ac_fault *f)
{
	const struct ac_plan_change *changes;
	const struct ac_plan_row **rows;
	struct ac_plan *other = ac_arena_get(a, sizeof *other);
	size_t i, count, k = 0;
	enum ac_err err;

	if (!other)
		return AC_ENOMEM;
	if ((err = other_plan(other, a, p, exposure, f)) || (err = ac_plan_compare(&changes, &count, a, &p->plan, other)))
		return err;
	if (!(rows = ac_arena_get(a, (count + 1) * sizeof *rows)))
		return AC_ENOMEM;
	for (i = 0; i < count; i++)
		if (!changes[i].was != !changes[i].becomes)
			rows[k++] = changes[i].was ? changes[i].was : changes[i].becomes;
	*out = rows;
	*n = k;
	return AC_OK;
}

/* ------------------------------------------------------------------ changing it */

static void
put_set(struct ac_step *w, const char *ref, const struct ac_val *body, const char *path, const char *json)
{
	const struct ac_val *v = json ? ac_step_json(w, json) : NULL;

	if (!w->err && (v || ac_path_get(body, path)))
		ac_step_wrong(w, ac_path_set(&body, &w->a, body, path, v, w->f));
	if (!w->err)
		ac_step_put(w, ref, body);
}

/* Those that count: the first gets the dose, the others are taken back, so that what was said
 * last is what counts. */
static bool
changed(struct ac_step *w, const struct ac_careplan_exposure *e)
{
	const char *quantity = ac_careplan_observation_dose(w, w->plan.lib, e);
	bool first = true;
	size_t i;

	for (i = 0; i < w->plan.plan.nhad && !w->err && !quantity; i++)
		if (w->plan.plan.had[i].counts && !strcmp(w->plan.plan.had[i].code, e->code))
			ac_step_wrong(w, ac_fault(w->f, AC_EEXIST, "the plan has the exposure %.80s already; give its dose to change that", e->code));
	for (i = 0; i < w->plan.plan.nhad && !w->err; i++) {
		const struct ac_plan_had *h = &w->plan.plan.had[i];

		if (!h->counts || strcmp(h->code, e->code) != 0)
			continue;
		if (first)
			put_set(w, h->ref, ac_step_body(w, h->ref), "valueQuantity", quantity);
		else
			put_set(w, h->ref, ac_step_body(w, h->ref), "status", "\"entered-in-error\"");
		first = false;
	}
	return !first;
}

/* With the documents that it was found by, and their dose where it has none. */
static struct ac_careplan_exposure
known_by(struct ac_step *w, const struct ac_careplan_exposure *e)
{
	const struct ac_careplan_found *found = NULL;
	struct ac_careplan_exposure out = *e;
	const char **refs;
	size_t count = 0, i;

	if (!w->err)
		ac_step_wrong(w, ac_careplan_evidence(&found, &count, &w->a, w->s, &w->plan, w->f));
	out.nrefs = 0;
	if (w->err || !(refs = ac_arena_get(&w->a, (count + 1) * sizeof *refs))) {
		ac_step_wrong(w, AC_ENOMEM);
		return out;
	}
	for (i = 0; i < count; i++) {
		if (strcmp(found[i].exposure->code, e->code) != 0)
			continue;
		refs[out.nrefs++] = found[i].ref;
		if (!out.value && *found[i].value) {
			out.value = found[i].value;
			out.unit = found[i].unit;
		}
	}
	out.refs = refs;
	return out;
}

enum ac_err
ac_careplan_expose(struct ac_wrote *out, struct ac_space *s, const struct ac_careplan_exposure *e, const char *today,
	struct ac_fault *f)
{
	struct ac_careplan_exposure known;
	const char *ref;
	struct ac_step w;

	if (ac_step_plan(&w, s, today, f) || changed(&w, e) || w.err)
		return ac_step_end(out, &w, 0);
	known = known_by(&w, e);
	if (!w.err) {
		ref = ac_careplan_observation_exposure(&w, w.plan.lib, &known, known.refs, known.nrefs);
		ac_step_append(&w, "supportingInfo", ac_step_said(&w, "{\"reference\":\"%s\"}", ref));
	}
	ac_step_put(&w, w.plan.ref, w.careplan);
	return ac_step_end(out, &w, 0);
}

/* Not in the plan, but offered: an Observation that says that it is not so. */
static void
refuse(struct ac_step *w, const char *exposure)
{
	const struct ac_careplan_exposure e = { .code = exposure };
	size_t n = known_by(w, &e).nrefs;
	const char *ref;

	if (w->err)
		return;
	if (!n) {
		ac_step_wrong(w, ac_fault(w->f, AC_ENOTFOUND, "the plan has no exposure %.80s, and nothing speaks of it; `plan exposure` lists"
			" those that it has", exposure));
		return;
	}
	ref = ac_careplan_observation_refused(w, w->plan.lib, exposure);
	if (!w->err)
		ac_step_append(w, "supportingInfo", ac_step_said(w, "{\"reference\":\"%s\"}", ref));
	ac_step_put(w, w->plan.ref, w->careplan);
}

enum ac_err
ac_careplan_unexpose(struct ac_wrote *out, struct ac_space *s, const char *exposure, const char *today, struct ac_fault *f)
{
	struct ac_step w;
	size_t i;

	if (ac_step_plan(&w, s, today, f))
		return ac_step_end(out, &w, 0);
	for (i = 0; i < w.plan.plan.nhad; i++)
		if (w.plan.plan.had[i].counts && !strcmp(w.plan.plan.had[i].code, exposure))
			put_set(&w, w.plan.plan.had[i].ref, ac_step_body(&w, w.plan.plan.had[i].ref), "status", "\"entered-in-error\"");
	if (!w.n && !w.err)
		refuse(&w, exposure);
	return ac_step_end(out, &w, 0);
}
