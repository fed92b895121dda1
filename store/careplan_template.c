/* SPDX-License-Identifier: ISC */
/* Which template a plan takes. What it follows already stays on its edition. */
#include <string.h>

#include "store/step.h"

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

bool
ac_careplan_template_followed(const struct ac_step *w, const struct ac_plan_template *t)
{
	const struct ac_val *uris = ac_val_get(w->careplan, "instantiatesUri");
	const size_t prefix = strlen(AC_PLAN_TEMPLATE), n = strlen(t->name);
	uint32_t i;

	for (i = 0; uris && uris->kind == AC_ARR && i < uris->n; i++) {
		const char *s = uris->items[i].kind == AC_STR ? uris->items[i].s : "";

		if (!strncmp(s, AC_PLAN_TEMPLATE, prefix) && !strncmp(s + prefix, t->name, n) && s[prefix + n] == ':')
			return true;
	}
	return false;
}

bool
ac_careplan_template_for(const struct ac_step *w, const char *stage)
{
	const struct ac_plan_template *t;
	size_t i;

	for (i = 0; (t = ac_plan_library_template(w->plan.lib, i)); i++)
		if (!strcmp(t->stage, stage) && ac_careplan_template_followed(w, t))
			return true;
	return false;
}

const struct ac_plan_template *
ac_careplan_template_only(struct ac_step *w, const char *stage)
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
