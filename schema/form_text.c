/* SPDX-License-Identifier: ISC */
/*
 * What the forms and plans wrote, as it is said. A document has one language, so that every device
 * stores the same; a text of ours is known by its code, or by its words where it has none.
 */
#include <string.h>

#include "schema/form.h"
#include "schema/say.h"

#define NOTE_PATIENT "51855-5"
#define EXERCISE "73985-4" /* what was done; it has no text beside its name */
#define GRADES "http://hl7.org/fhir/us/ctcae/CodeSystem/ctcae-grade-code-system"

/* Of concepts without a code; symptoms of the table are others. */
static const char *const bare[] = { N_("present"), N_("About"), N_("Health insurance") };

static bool
of_test(const char *text, const char *code)
{
	const struct ac_lab *l;

	for (l = ac_lab_table(); l->name; l++)
		if (!strcmp(l->title, text))
			return ac_lab_has(l, code);
	return !strcmp(text, N_("Note")) && !strcmp(code, NOTE_PATIENT);
}

static bool
of_symptom(const char *text, const char *code)
{
	const struct ac_symptom *s = ac_symptom_titled(text);

	return s && (s->code ? code && !strcmp(s->code, code) : !code);
}

static bool
of_grade(const char *text, const char *code)
{
	unsigned g;

	return ac_form_grade(&g, text) && strlen(code) == 1 && *code == (char)('0' + g);
}

static bool
ours(const char *system)
{
	return !strncmp(system, "urn:aftercare:", 14);
}

static bool
own_code(const struct ac_val *coding, const char *text)
{
	const char *system = ac_val_str(coding, "system"), *code = ac_val_str(coding, "code");

	if (!system || !code)
		return false;
	return ours(system) || (!strcmp(system, "http://loinc.org") && of_test(text, code))
		|| (!strcmp(system, "http://snomed.info/sct") && of_symptom(text, code)) || (!strcmp(system, GRADES) && of_grade(text, code));
}

const char *
ac_form_text(const struct ac_val *concept)
{
	const struct ac_val *list = ac_val_get(concept, "coding");
	const char *text = ac_val_str(concept, "text");
	uint32_t n = list && list->kind == AC_ARR ? list->n : 0, i;
	bool own = text && *text && !n && of_symptom(text, NULL);

	for (i = 0; text && *text && i < n && !own; i++)
		own = own_code(&list->items[i], text);
	for (i = 0; text && !n && i < sizeof bare / sizeof *bare && !own; i++)
		own = !strcmp(bare[i], text);
	return own ? _(text) : text;
}

static bool
of_template(const struct ac_val *doc)
{
	const struct ac_val *list = ac_val_list(doc, "instantiatesUri");
	uint32_t i;

	for (i = 0; i < list->n; i++)
		if (list->items[i].kind == AC_STR && !strncmp(list->items[i].s, AC_PLAN_TEMPLATE, sizeof AC_PLAN_TEMPLATE - 1))
			return true;
	return false;
}

static bool
of_item(const struct ac_val *doc)
{
	const struct ac_val *list = ac_val_list(doc, "serviceType");
	const char *system;

	list = list->n ? ac_val_list(&list->items[0], "coding") : list;
	return list->n && (system = ac_val_str(&list->items[0], "system")) && !strcmp(system, AC_PLAN_ITEMS);
}

const struct ac_val *
ac_form_plan_text(const struct ac_val *doc)
{
	const char *type = ac_val_str(doc, "resourceType");
	const struct ac_val *v = NULL;

	if (type && !strcmp(type, "CarePlan") && of_template(doc))
		v = ac_val_get(doc, "title");
	if (type && !strcmp(type, "Appointment") && of_item(doc))
		v = ac_val_get(doc, "description");
	return v && v->kind == AC_STR ? v : NULL;
}

const char *
ac_form_display(const struct ac_val *coding)
{
	const char *system = ac_val_str(coding, "system"), *code = ac_val_str(coding, "code"), *display = ac_val_str(coding, "display");
	bool own = system && (ours(system) || (!strcmp(system, "http://loinc.org") && code && !strcmp(code, EXERCISE)));

	return own && display && *display ? _(display) : display;
}

const char *
ac_form_note_text(struct ac_arena *a, const struct ac_val *annotation)
{
	static const char *const discussed = N_("Discussed with the care team.");
	static const char by[] = "Prescribed by ";
	const char *text = ac_val_str(annotation, "text");
	struct ac_say say = { .a = a };
	const char *out;

	if (!text)
		return NULL;
	if (!strcmp(text, discussed))
		return _(discussed);
	if (annotation->n != 1 || strncmp(text, by, sizeof by - 1) != 0)
		return text;
	out = AC_SAY_FILL(&say, _("Prescribed by %s"), text + sizeof by - 1);
	return say.err ? text : out;
}
