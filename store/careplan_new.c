/* SPDX-License-Identifier: ISC */
/* A plan that begins. */
#include <string.h>

#include "store/step.h"

static void
none_in_force(struct ac_step *w, const char *today)
{
	struct ac_careplan standing;
	enum ac_err err;

	if (w->err)
		return;
	if (!(err = ac_careplan_read(&standing, &w->a, w->s, today, w->f)))
		err = ac_fault(w->f, AC_EEXIST, "%s is the plan in force: change that one, or end it first with `set %s status=completed`",
			standing.ref, standing.ref);
	else if (err == AC_ENOTFOUND)
		err = ac_fault_past(w->f);
	w->err = err;
}

enum ac_err
ac_careplan_new(struct ac_wrote *out, struct ac_space *s, const struct ac_careplan_options *o, struct ac_fault *f)
{
	const struct ac_plan_library *lib = NULL;
	const struct ac_plan_template *t = NULL;
	const char *refs = "", *stage, *since;
	struct ac_step w;
	char id[37];
	size_t i;

	if (!ac_step_begin(&w, s, f))
		w.err = ac_plan_library_builtin(&lib, &w.a, f);
	if (!w.err)
		t = ac_careplan_template_of(&w, lib, o->name);
	if (t && o->stage && strcmp(o->stage, t->stage) != 0)
		ac_step_wrong(&w, ac_fault(f, AC_EUSAGE, "the template %s is for the stage %s; `plan templates` lists those of others", t->name,
			t->stage));
	none_in_force(&w, o->today);
	ac_step_subject(&w, NULL);
	if (w.err)
		return ac_step_end(out, &w, 0);
	stage = t->stage;
	since = o->since ? o->since : strcmp(stage, "off-treatment") != 0 ? o->today : o->end;
	refs = ac_step_said(&w, "{\"reference\":\"%s\"}", ac_careplan_observation_stage(&w, stage, since));
	if (o->end)
		refs = ac_step_said(&w, "%s,{\"reference\":\"%s\"}", refs, ac_careplan_observation_end(&w, o->end));
	for (i = 0; i < o->n && !w.err; i++)
		refs = ac_step_said(&w, "%s,{\"reference\":\"%s\"}", refs, ac_careplan_observation_exposure(&w, lib, &o->exposures[i],
			o->exposures[i].refs, o->exposures[i].nrefs));
	ac_write_uuid(id);
	ac_step_put(&w, NULL, ac_step_json(&w, ac_step_said(&w, "{\"resourceType\":\"CarePlan\",\"id\":\"%s\",\"instantiatesUri\":[\"" AC_PLAN_TEMPLATE
		"%s:%u\"],\"status\":\"active\",\"intent\":\"plan\",\"title\":%s,\"subject\":%s,\"created\":%s,\"supportingInfo\":[%s]}", id,
		t->name, (unsigned)t->edition, ac_step_quoted(&w, t->title), w.subject, ac_step_quoted(&w, o->today), refs)));
	return ac_step_end(out, &w, w.n ? w.n - 1 : 0);
}
