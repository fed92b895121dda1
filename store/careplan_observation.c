/* SPDX-License-Identifier: ISC */
/* The Observations that a plan names: its stages, the ends of treatment, the exposures. */
#include <string.h>

#include "store/step.h"

/* ------------------------------------------------------------- observations */
/* One more Observation that the plan names; returns its ref. */
static const char *
ac_careplan_observation(struct ac_step *w, const char *code, const char *title, const char *when, const char *value)
{
	char id[37];

	ac_write_uuid(id);
	ac_step_put(w, NULL, ac_step_json(w, ac_step_said(w, "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"status\":\"final\",\"code\":{\"coding\":"
		"[{\"system\":\"" AC_CAREPLAN_CODES "\",\"code\":%s}],\"text\":%s},\"subject\":%s%s%s%s%s}", id, ac_step_quoted(w, code),
		ac_step_quoted(w, title), w->subject, when ? ",\"effectiveDateTime\":" : "", when ? ac_step_quoted(w, when) : "",
		value ? "," : "", value ? value : "")));
	return ac_step_said(w, "Observation/%s", id);
}

const char *
ac_careplan_observation_stage(struct ac_step *w, const char *stage, const char *since)
{
	return ac_careplan_observation(w, "stage", "Stage of treatment", since, ac_step_said(w, "\"valueCodeableConcept\":{\"coding\":[{\"system\":\""
		AC_CAREPLAN_CODES "\",\"code\":%s}]}", ac_step_quoted(w, stage)));
}

const char *
ac_careplan_observation_end(struct ac_step *w, const char *when)
{
	return ac_careplan_observation(w, "end-of-treatment", "End of treatment", when, NULL);
}

const char *
ac_careplan_observation_exposure(struct ac_step *w, const struct ac_plan_library *lib, const struct ac_careplan_exposure *e)
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
			ac_step_wrong(w, ac_fault(w->f, AC_EUSAGE, "no template knows the exposure %.80s; known are %s", e->code,
				(const char *)names.p));
		ac_buf_free(&names);
		ac_step_wrong(w, AC_ENOMEM);
		return "";
	}
	if (e->value && strcmp(e->unit, known->unit) != 0) {
		ac_step_wrong(w, *known->unit ? ac_fault(w->f, AC_EUSAGE, "a dose of %s is written in %s, as in %s=250%s", e->code, known->unit,
			e->code, known->unit) : ac_fault(w->f, AC_EUSAGE, "%s has no dose that a template compares; leave it out",
			e->code));
		return "";
	}
	return ac_careplan_observation(w, e->code, known->title, NULL, !e->value ? NULL : ac_step_said(w, "\"valueQuantity\":{\"value\":%s,\"unit\":%s,"
		"\"system\":\"http://unitsofmeasure.org\",\"code\":%s}", e->value, ac_step_quoted(w, e->unit), ac_step_quoted(w, e->unit)));
}
