/* SPDX-License-Identifier: ISC */
/* Newer editions of the templates that a plan follows: what they would change, and taking them. */
#include "store/step.h"

enum ac_err
ac_careplan_newer(struct ac_careplan_update *out, struct ac_arena *a, const struct ac_careplan *p, struct ac_fault *f)
{
	struct ac_careplan_update o = { 0 };
	struct ac_plan_input in = p->input;
	struct ac_plan *after = ac_arena_get(a, sizeof *after);
	enum ac_err err;

	if (!after)
		return AC_ENOMEM;
	if ((err = ac_plan_newest(&in.careplan, &o.newer, &o.n, a, &p->input, f)))
		return err;
	o.body = in.careplan;
	if (o.n && ((err = ac_plan_make(after, a, &in, f))
	    || (err = ac_plan_compare(&o.changes, &o.nchanges, a, &p->plan, after))))
		return err;
	*out = o;
	return AC_OK;
}

enum ac_err
ac_careplan_update(struct ac_wrote *out, struct ac_space *s, const char *today, struct ac_fault *f)
{
	struct ac_careplan_update u = { 0 };
	struct ac_step w;

	if (!ac_step_plan(&w, s, today, f))
		w.err = ac_careplan_newer(&u, &w.a, &w.plan, f);
	if (!w.err && !u.n)
		ac_step_wrong(&w, ac_fault(f, AC_EEXIST, "the plan follows the newest edition of its templates already"));
	ac_step_put(&w, w.plan.ref, u.body);
	return ac_step_end(out, &w, 0);
}
