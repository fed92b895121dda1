/* SPDX-License-Identifier: ISC */
/* What differs from the templates: an item added, changed or taken out. */
#include <string.h>

#include "store/step.h"

/* ------------------------------------------------------------------ changes */
static bool
clinicians(const struct ac_step *w, const char *activity)
{
	size_t i;

	for (i = 0; i < w->plan.input.nauthors; i++)
		if (!strcmp(w->plan.input.authors[i].activity, activity))
			return w->plan.input.authors[i].clinician;
	return false;
}

/* The activity of an item that this device may change; NULL: none. */
static const struct ac_val *
own_activity(const struct ac_step *w, const char *item, const char *id)
{
	const struct ac_val *list = ac_val_get(w->careplan, "activity");
	const char *s;
	uint32_t i;

	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++) {
		if (!(s = ac_val_str(&list->items[i], "id")) || !strncmp(s, "skip.", 5))
			continue;
		if (id ? !strcmp(s, id) : !clinicians(w, s) && ac_careplan_item_has(ac_val_get(ac_val_get(&list->items[i], "detail"), "code"), item))
			return &list->items[i];
	}
	return NULL;
}

/* An id for an activity of an item: in a share one of this device's own, so that it never
 * stands in the place of what the patient wrote. */
static const char *
id_of(struct ac_step *w, const char *item)
{
	char hex[17];

	ac_crypto_hex(hex, w->s->me, 8);
	if (ac_space_shared(w->s))
		return ac_step_said(w, "%s.%.8s", item, hex);
	return own_activity(w, item, item) && clinicians(w, item) ? ac_step_said(w, "%s.own", item) : item;
}

/* Letters, digits and hyphens of a title; never the name of an item that is there or that a
 * template has, for it would change that one. */
struct naming { const char *name; bool taken; };

static void
taken(void *ctx, const char *system, const char *code)
{
	struct naming *n = ctx;

	n->taken = n->taken || (!strcmp(system, AC_PLAN_ITEMS) && !strcmp(code, n->name));
}

static const char *
name_of(struct ac_step *w, const char *title)
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
		n.name = count == 1 ? ac_step_said(w, "%s", k ? slug : "item") : ac_step_said(w, "%s-%u", k ? slug : "item", count);
		n.taken = false;
		ac_plan_library_codes(w->plan.lib, taken, &n);
		for (i = 0; list && list->kind == AC_ARR && i < list->n; i++)
			n.taken = n.taken || ac_careplan_item_has(ac_val_get(ac_val_get(&list->items[i], "detail"), "code"), n.name)
				|| !strcmp(n.name, ac_val_str(&list->items[i], "id") ? ac_val_str(&list->items[i], "id") : "");
	}
	return w->err ? "" : n.name;
}

static void
set_field(struct ac_step *w, const struct ac_val **body, const char *path, const char *text)
{
	const struct ac_val *v = text ? ac_step_json(w, text) : NULL;

	if (!w->err && (text || ac_path_get(*body, path)))
		w->err = ac_path_set(body, &w->a, *body, path, v, w->f);
}

#define REPEAT "detail.scheduledTiming.repeat."
static void
set_interval(struct ac_step *w, const struct ac_val **body, const struct ac_careplan_change *o)
{
	bool timed = ac_path_get(*body, "detail.scheduledTiming.repeat.period") != NULL;

	if (!o->max && !timed && (o->from || o->until))
		ac_step_wrong(w, ac_fault(w->f, AC_EUSAGE, "days that an interval holds need the interval: give --every too"));
	if (o->max) {
		set_field(w, body, REPEAT "frequency", "1");
		set_field(w, body, REPEAT "period", ac_step_said(w, "%u", (unsigned)o->min));
		set_field(w, body, REPEAT "periodMax", o->max > o->min ? ac_step_said(w, "%u", (unsigned)o->max) : NULL);
		set_field(w, body, REPEAT "periodUnit", ac_step_quoted(w, o->unit));
	}
	if (o->from || (o->max && !timed))
		set_field(w, body, REPEAT "boundsPeriod.start", ac_step_quoted(w, o->from ? o->from : o->today));
	if (o->until)
		set_field(w, body, REPEAT "boundsPeriod.end", ac_step_quoted(w, o->until));
}

/* The item that a change names: also one that was taken out, to bring it back. */
static const char *
named_item(struct ac_step *w, const struct ac_careplan_change *o)
{
	const struct ac_plan_row *row;
	size_t i;

	if (!o->remove && own_activity(w, o->item, NULL))
		return o->item;
	if (!(row = ac_careplan_item_of(w, o->item)))
		return NULL;
	for (i = 0; !ac_space_shared(w->s) && i < w->plan.input.nauthors; i++)
		if (w->plan.input.authors[i].clinician && *row->by && !strcmp(w->plan.input.authors[i].name, row->by)) {
			ac_step_wrong(w, ac_fault(w->f, AC_EREFUSED, "%s set %s, and what the care team sets stays as it is: ask them, or change %s with"
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
	struct ac_step w;

	if (!ac_step_plan(&w, s, o->today, f))
		item = o->item ? named_item(&w, o) : name_of(&w, o->title);
	if (!item || w.err)
		return ac_step_end(out, &w, 0);
	if (!ac_space_shared(s))
		body = own_activity(&w, item, NULL);
	id = body ? ac_val_str(body, "id") : id_of(&w, item);
	if (!body && !(body = own_activity(&w, item, id)))
		body = ac_step_json(&w, ac_step_said(&w, "{\"id\":%s,\"detail\":{\"code\":{\"coding\":[{\"system\":\"" AC_PLAN_ITEMS
			"\",\"code\":%s}]},\"status\":\"scheduled\"}}", ac_step_quoted(&w, id), ac_step_quoted(&w, item)));
	if (w.err)
		return ac_step_end(out, &w, 0);
	set_field(&w, &body, "detail.status", o->remove ? "\"stopped\"" : "\"scheduled\"");
	if (o->code)
		set_field(&w, &body, "detail.code.coding[1]", ac_step_said(&w, "{\"system\":%s,\"code\":%s}", ac_step_quoted(&w, o->system),
			ac_step_quoted(&w, o->code)));
	if (o->title)
		set_field(&w, &body, "detail.description", ac_step_quoted(&w, o->title));
	if (o->why)
		set_field(&w, &body, "detail.statusReason", ac_step_said(&w, "{\"text\":%s}", ac_step_quoted(&w, o->why)));
	set_interval(&w, &body, o);
	ac_careplan_item_set(&w, id, body);
	ac_step_put(&w, w.plan.ref, w.careplan);
	return ac_step_end(out, &w, 0);
}
