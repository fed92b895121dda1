/* SPDX-License-Identifier: ISC */
/* One item of a plan: the row that a word names, its code in documents, its activity. */
#include <string.h>

#include "store/step.h"

/* -------------------------------------------------------------------- items */
const struct ac_plan_row *
ac_careplan_item_of(struct ac_step *w, const char *word)
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
		ac_step_wrong(w, ac_fault(w->f, AC_EAMBIGUOUS, "%.80s fits several items of the plan; `plan show` lists their names", word));
	else if (!begins)
		ac_step_wrong(w, ac_fault(w->f, AC_ENOTFOUND, "the plan has no item %.80s; `plan show` lists their names", word));
	return several ? NULL : begins;
}

const char *
ac_careplan_item_code(struct ac_step *w, const struct ac_plan_row *row)
{
	return ac_step_said(w, "{\"system\":\"" AC_PLAN_ITEMS "\",\"code\":%s}", ac_step_quoted(w, row->item));
}

/* --------------------------------------------------------------------- done */
bool
ac_careplan_item_has(const struct ac_val *concept, const char *item)
{
	const struct ac_val *list = ac_val_get(concept, "coding");
	const char *system, *code;
	uint32_t i;

	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++)
		if ((system = ac_val_str(&list->items[i], "system")) && !strcmp(system, AC_PLAN_ITEMS)
		    && (code = ac_val_str(&list->items[i], "code")) && !strcmp(code, item))
			return true;
	return false;
}

const struct ac_val *
ac_careplan_item_mark(struct ac_step *w, const struct ac_val *body, const struct ac_plan_row *row, const char *ref)
{
	static const struct { const char *type, *path; bool list; } places[] = {
		{ "Observation", "code", false }, { "DiagnosticReport", "code", false }, { "Procedure", "code", false },
		{ "Encounter", "type", true }, { "Appointment", "serviceType", true } };
	const char *type = ac_val_str(body, "resourceType");
	const struct ac_val *at, *code = ac_step_json(w, ac_careplan_item_code(w, row));
	uint32_t i, n;
	size_t k;

	for (k = 0; k < sizeof places / sizeof *places && (!type || strcmp(type, places[k].type) != 0); k++)
		;
	if (k == sizeof places / sizeof *places) {
		ac_step_wrong(w, ac_fault(w->f, AC_EREFUSED, "%.200s tells of nothing that was done: a result, a report, a procedure, a visit or an"
			" appointment can", ref));
		return NULL;
	}
	if (w->err)
		return NULL;
	at = ac_val_get(body, places[k].path);
	n = at && at->kind == AC_ARR ? at->n : 0;
	for (i = 0; i < n; i++)
		if (ac_careplan_item_has(&at->items[i], row->item))
			return body;
	if (ac_careplan_item_has(at, row->item))
		return body;
	if (!places[k].list) {
		at = ac_val_get(at, "coding");
		n = at && at->kind == AC_ARR ? at->n : 0;
	}
	ac_step_wrong(w, ac_path_set(&body, &w->a, body, places[k].list ? ac_step_said(w, "%s[%u].coding[0]", places[k].path, (unsigned)n)
		: ac_step_said(w, "%s.coding[%u]", places[k].path, (unsigned)n), code, w->f));
	return body;
}

/* --------------------------------------------------------------- activities */
void
ac_careplan_item_set(struct ac_step *w, const char *id, const struct ac_val *v)
{
	const struct ac_val *list = ac_val_get(w->careplan, "activity");
	uint32_t n = list && list->kind == AC_ARR ? list->n : 0, i;
	const char *s;

	for (i = 0; i < n; i++)
		if ((s = ac_val_str(&list->items[i], "id")) && !strcmp(s, id))
			break;
	if (!w->err)
		w->err = ac_path_set(&w->careplan, &w->a, w->careplan, ac_step_said(w, "activity[%u]", (unsigned)i), v, w->f);
}
