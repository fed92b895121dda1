/* SPDX-License-Identifier: ISC */
/* The Observations that a plan names: its stages, the ends of treatment, the exposures. */
#include <string.h>

#include "store/step.h"

/* One more Observation that the plan names; returns its ref. `more`: further elements, as JSON. */
static const char *
observation(struct ac_step *w, const char *status, const char *code, const char *title, const char *when, const char *more)
{
	char id[37];

	ac_write_uuid(id);
	ac_step_put(w, NULL, ac_step_json(w, ac_step_said(w, "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"status\":\"%s\",\"code\":"
		"{\"coding\":[{\"system\":\"" AC_PLAN_CODES "\",\"code\":%s}],\"text\":%s},\"subject\":%s%s%s%s}", id, status,
		ac_step_quoted(w, code), ac_step_quoted(w, title), w->subject, when ? ",\"effectiveDateTime\":" : "",
		when ? ac_step_quoted(w, when) : "", more)));
	return ac_step_said(w, "Observation/%s", id);
}

const char *
ac_careplan_observation_stage(struct ac_step *w, const char *stage, const char *since)
{
	return observation(w, "final", "stage", AC_WORD("Stage of treatment"), since, ac_step_said(w, ",\"valueCodeableConcept\":{\"coding\":"
		"[{\"system\":\"" AC_PLAN_CODES "\",\"code\":%s}]}", ac_step_quoted(w, stage)));
}

const char *
ac_careplan_observation_end(struct ac_step *w, const char *when)
{
	return observation(w, "final", "end-of-treatment", AC_WORD("End of treatment"), when, "");
}

static const struct ac_plan_exposure *
known(struct ac_step *w, const struct ac_plan_library *lib, const char *code)
{
	const struct ac_plan_exposure *e;
	struct ac_buf names = { 0 };
	size_t i;

	for (i = 0; (e = ac_plan_library_exposure(lib, i)) && strcmp(e->code, code) != 0; i++)
		;
	if (e)
		return e;
	for (i = 0; (e = ac_plan_library_exposure(lib, i)); i++)
		if (ac_buf_addf(&names, "%s%s", i ? ", " : "", e->code))
			break;
	if (ac_buf_add(&names, "", 1) == AC_OK)
		ac_step_wrong(w, ac_fault(w->f, AC_EUSAGE, "no template knows the exposure %.80s; known are %s", code,
			(const char *)names.p));
	ac_buf_free(&names);
	ac_step_wrong(w, AC_ENOMEM);
	return NULL;
}

/* A number of JSON, not below 0? It goes into JSON as it stands. */
static bool
decimal(struct ac_step *w, const char *s)
{
	const struct ac_val *v = NULL;
	enum ac_err err = *s >= '0' && *s <= '9' ? ac_json_read(&v, &w->a, s, strlen(s), NULL) : AC_EINVAL;

	if (err == AC_ENOMEM)
		ac_step_wrong(w, err);
	return !err && (v->kind == AC_INT || v->kind == AC_UINT || v->kind == AC_DEC || v->kind == AC_NUM);
}

const char *
ac_careplan_observation_dose(struct ac_step *w, const struct ac_plan_library *lib, const struct ac_careplan_exposure *e)
{
	const struct ac_plan_exposure *k = known(w, lib, e->code);

	if (!k || !e->value)
		return NULL;
	if (!decimal(w, e->value)) {
		ac_step_wrong(w, ac_fault(w->f, AC_EUSAGE, "%.40s is no dose of %s; a dose is a decimal number, 250 or 37.5", e->value, e->code));
		return NULL;
	}
	if (!e->unit || strcmp(e->unit, k->unit) != 0) {
		ac_step_wrong(w, *k->unit ? ac_fault(w->f, AC_EUSAGE, "a dose of %s is written in %s, as in %s=250%s", e->code, k->unit,
			e->code, k->unit) : ac_fault(w->f, AC_EUSAGE, "%s has no dose that a template compares; leave it out", e->code));
		return NULL;
	}
	return ac_step_said(w, "{\"value\":%s,\"unit\":%s,\"system\":\"http://unitsofmeasure.org\",\"code\":%s}", e->value,
		ac_step_quoted(w, e->unit), ac_step_quoted(w, e->unit));
}

/* The documents that it is known by, each where an Observation names such a one. */
static const char *
known_by(struct ac_step *w, const char *const *refs, size_t n)
{
	static const struct { const char *key, *types; } places[] = {
		{ "basedOn", "MedicationRequest " }, { "derivedFrom", "Observation " },
		{ "partOf", "MedicationAdministration MedicationDispense MedicationStatement Procedure " } };
	const char *out = "", *list;
	size_t i, k, ntype, nid;

	for (k = 0; k < sizeof places / sizeof *places; k++) {
		list = "";
		for (i = 0; i < n; i++) {
			const char *type = refs[i], *at;

			ntype = strcspn(type, "/");
			for (at = places[k].types; *at && (strncmp(at, type, ntype) || at[ntype] != ' '); at += strcspn(at, " ") + 1)
				;
			nid = strcspn(type, "~"); /* the source is no part of a reference */
			if (*at)
				list = ac_step_said(w, "%s%s{\"reference\":%s}", list, *list ? "," : "",
					ac_step_quoted(w, ac_step_said(w, "%.*s", (int)nid, type)));
		}
		if (*list)
			out = ac_step_said(w, "%s,\"%s\":[%s]", out, places[k].key, list);
	}
	return out;
}

const char *
ac_careplan_observation_exposure(struct ac_step *w, const struct ac_plan_library *lib, const struct ac_careplan_exposure *e,
	const char *const *refs, size_t n)
{
	const struct ac_plan_exposure *k = known(w, lib, e->code);
	const char *dose = ac_careplan_observation_dose(w, lib, e);

	if (w->err)
		return "";
	return observation(w, "final", e->code, k->title, NULL, ac_step_said(w, "%s%s%s", dose ? ",\"valueQuantity\":" : "",
		dose ? dose : "", known_by(w, refs, n)));
}

const char *
ac_careplan_observation_refused(struct ac_step *w, const struct ac_plan_library *lib, const char *exposure)
{
	const struct ac_plan_exposure *k = known(w, lib, exposure);

	return w->err ? "" : observation(w, "cancelled", exposure, k->title, NULL, "");
}
