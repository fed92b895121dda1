/* SPDX-License-Identifier: ISC */
/* A new stage of treatment. */
#include <string.h>

#include "store/step.h"

static void
take_template(struct ac_step *w, const struct ac_careplan_stage *o)
{
	const struct ac_plan_template *t = NULL;

	if (o->name && (t = ac_careplan_template_of(w, w->plan.lib, o->name)) && strcmp(t->stage, o->stage) != 0)
		ac_step_wrong(w, ac_fault(w->f, AC_EUSAGE, "the template %s is for the stage %s; `plan templates` lists those of others", t->name,
			t->stage));
	if (!w->err && !o->name && !ac_careplan_template_for(w, o->stage))
		t = ac_careplan_template_only(w, o->stage);
	if (!w->err && t && !ac_careplan_template_followed(w, t))
		ac_step_append(w, "instantiatesUri", ac_step_said(w, "\"" AC_PLAN_TEMPLATE "%s:%u\"", t->name, (unsigned)t->edition));
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
	if (in_it && !since && !o->end && !o->name && ac_careplan_template_for(&w, o->stage))
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
