/* SPDX-License-Identifier: ISC */
/* A new stage, and the template that the plan has for it. */
#include <stdio.h>
#include <string.h>

#include "store/step.h"

/* ---------------------------------------------------------------------- new */
const struct ac_plan_template *
ac_careplan_template_of(struct ac_step *w, const struct ac_plan_library *lib, const char *name)
{
	const struct ac_plan_template *t, *best = NULL;
	size_t i;

	for (i = 0; (t = ac_plan_library_template(lib, i)); i++)
		if (!strcmp(t->name, name) && (!best || t->edition > best->edition))
			best = t;
	if (!best)
		ac_step_wrong(w, ac_fault(w->f, AC_EUSAGE, "there is no template %.80s; `plan templates` lists them", name));
	return best;
}

/* -------------------------------------------------------------------- stage */
/* Does the plan have a template for this stage? */
static bool
has_template(const struct ac_step *w, const char *stage)
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
only_template(struct ac_step *w, const char *stage)
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
			ac_step_wrong(w, ac_buf_addf(&names, "%s%s", names.len ? ", " : "", t->name));
		only = t;
	}
	ac_step_wrong(w, ac_buf_add(&names, "", 1));
	if (!only)
		ac_step_wrong(w, ac_fault(w->f, AC_EUSAGE, "%.80s is no stage: in-treatment, off-treatment, ongoing and relapsed are", stage));
	else if (several)
		ac_step_wrong(w, ac_fault(w->f, AC_EUSAGE, "several templates are for %s, so say with --template which one the plan takes: %s", stage,
			(const char *)names.p));
	ac_buf_free(&names);
	return w->err ? NULL : only;
}

static void
take_template(struct ac_step *w, const struct ac_careplan_stage *o)
{
	const struct ac_plan_template *t = NULL;

	if (o->name && (t = ac_careplan_template_of(w, w->plan.lib, o->name)) && strcmp(t->stage, o->stage) != 0)
		ac_step_wrong(w, ac_fault(w->f, AC_EUSAGE, "the template %s is for the stage %s; `plan templates` lists those of others", t->name,
			t->stage));
	if (!w->err && !o->name && !has_template(w, o->stage))
		t = only_template(w, o->stage);
	if (!w->err && t)
		ac_step_append(w, "instantiatesUri", ac_step_said(w, "\"" AC_CAREPLAN_TEMPLATE "%s:%u\"", t->name, (unsigned)t->edition));
}

enum ac_err
ac_careplan_stage(struct ac_wrote *out, struct ac_space *s, const struct ac_careplan_stage *o, struct ac_fault *f)
{
	const char *since = o->since;
	struct ac_step w;
	bool in_it;

	if (ac_step_plan(&w, s, o->today, f))
		return ac_step_end(out, &w, 0);
	in_it = !strcmp(w.plan.plan.stage, o->stage);
	if (in_it && !since && !o->end && !o->name)
		ac_step_wrong(&w, ac_fault(f, AC_EEXIST, "the plan is in the stage %s already; say since when with --on", o->stage));
	take_template(&w, o);
	if (!w.err && (since || !in_it)) {
		if (!since)
			since = o->end && !strcmp(o->stage, "off-treatment") ? o->end : o->today;
		ac_step_append(&w, "supportingInfo", ac_step_said(&w, "{\"reference\":\"%s\"}", ac_careplan_observation_stage(&w, o->stage, since)));
	}
	if (!w.err && o->end)
		ac_step_append(&w, "supportingInfo", ac_step_said(&w, "{\"reference\":\"%s\"}", ac_careplan_observation_end(&w, o->end)));
	ac_step_put(&w, w.plan.ref, w.careplan);
	return ac_step_end(out, &w, w.n ? w.n - 1 : 0);
}
