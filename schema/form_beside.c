/* SPDX-License-Identifier: ISC */
/* What of a person's own notes stands beside a care plan, and what each says in a line. */
#include <string.h>

#include "schema/form.h"
#include "schema/say.h"

static const struct ac_val *
first(const struct ac_val *v, const char *key)
{
	const struct ac_val *list = ac_val_get(v, key);

	return list && list->kind == AC_ARR && list->n ? &list->items[0] : list && list->kind == AC_MAP ? list : NULL;
}

/* The code of that system in a concept; NULL. */
static const char *
code_of(const struct ac_val *concept, const char *system)
{
	const struct ac_val *list = ac_val_get(concept, "coding");
	const char *s;
	uint32_t i;

	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++)
		if ((s = ac_val_str(&list->items[i], "system")) && !strcmp(s, system))
			return ac_val_str(&list->items[i], "code");
	return NULL;
}

static bool
is(const struct ac_val *v, const char *key, const char *word)
{
	const char *s = ac_val_str(v, key);

	return s && !strcmp(s, word);
}

/* Every number and address, as one text. */
static const char *
telecom(struct ac_say *say, const struct ac_val *doc)
{
	const struct ac_val *list = ac_val_get(doc, "telecom");
	struct ac_say_list out = { { 0 } };
	uint32_t i;

	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++)
		ac_say_add(say, &out, ac_say_str(say, &list->items[i], "value"));
	return ac_say_joined(say, &out);
}

static const char *
joined(struct ac_say *say, const char *a, const char *b, const char *c, const char *d)
{
	struct ac_say_list out = { { 0 } };

	ac_say_add(say, &out, a);
	ac_say_add(say, &out, b);
	ac_say_add(say, &out, c);
	ac_say_add(say, &out, d);
	return ac_say_joined(say, &out);
}

static const char *
team(const char **line, struct ac_say *say, const struct ac_val *doc)
{
	const char *item = code_of(first(doc, "category"), AC_PLAN_ITEMS), *reason = ac_say_str(say, first(doc, "reasonCode"), "text");
	const char *role = ac_say_str(say, first(first(doc, "participant"), "role"), "text");

	if (!is(doc, "status", "active"))
		return NULL;
	*line = joined(say, ac_say_str(say, doc, "name"), role, telecom(say, doc), *reason ? AC_SAY_FILL(say, _("call for: %s"), reason) : "");
	return item && !strcmp(item, "people") ? "people" : item && !strcmp(item, "symptoms") ? "symptoms" : NULL;
}

static const char *
person(const char **line, struct ac_say *say, const struct ac_val *doc)
{
	const struct ac_val *active = ac_val_get(doc, "active"), *how = first(doc, "relationship");
	const char *item = code_of(how, AC_PLAN_ITEMS);

	if (!item || strcmp(item, "people") != 0 || (active && active->kind == AC_BOOL && !active->b))
		return NULL;
	*line = joined(say, ac_say_human_name(say, first(doc, "name")), ac_say_concept(say, how), telecom(say, doc), "");
	return "people";
}

static const char *
question(const char **line, struct ac_say *say, const struct ac_val *doc)
{
	static const char *const open[] = { "draft", "requested", "received", "accepted", "ready", "in-progress", "on-hold" };
	const char *item = code_of(ac_val_get(doc, "code"), AC_PLAN_ITEMS), *whom = ac_say_str(say, ac_val_get(doc, "owner"), "display");
	size_t i;

	for (i = 0; i < sizeof open / sizeof *open && !is(doc, "status", open[i]); i++)
		;
	if (!item || strcmp(item, "questions") != 0 || i == sizeof open / sizeof *open)
		return NULL;
	*line = *whom ? AC_SAY_FILL(say, _("%1$s (for %2$s)"), ac_say_str(say, doc, "description"), whom) : ac_say_str(say, doc, "description");
	return "questions";
}

static const char *
coverage(const char **line, struct ac_say *say, const struct ac_val *doc, const char *today)
{
	const char *end = ac_val_str(ac_val_get(doc, "period"), "end"), *who = ac_say_str(say, first(doc, "payor"), "display");
	size_t n = end ? strlen(end) < 10 ? strlen(end) : 10 : 0;

	if (!is(doc, "status", "active"))
		return NULL;
	if (!*who)
		who = ac_say_reference(say, first(doc, "payor"));
	*line = !end ? who : AC_SAY_FILL(say, strncmp(end, today, n) < 0 ? _("%1$s; it ended on %2$s") : _("%1$s; it ends or is renewed on %2$s"), who,
		ac_say_date(say, end));
	return "insurance";
}

static const char *
supplement(const char **line, struct ac_say *say, const struct ac_val *doc)
{
	const char *state = code_of(ac_val_get(doc, "category"), AC_FORM_SUPPLEMENT);
	const char *name = ac_doc_subject(say->a, doc);

	if (!state || (!is(doc, "status", "active") && !is(doc, "status", "intended")))
		return NULL;
	*line = !strcmp(state, "not-discussed") ? AC_SAY_FILL(say, _("%s: not yet discussed with the care team"), name)
		: AC_SAY_FILL(say, _("%s: discussed with the care team"), name);
	return "food";
}

const char *
ac_form_beside(const char **line, struct ac_arena *a, const struct ac_val *doc, const char *today)
{
	const char *type = ac_val_str(doc, "resourceType"), *item = NULL;
	struct ac_say say = { .a = a };

	*line = "";
	if (!type)
		return NULL;
	if (!strcmp(type, "CareTeam"))
		item = team(line, &say, doc);
	else if (!strcmp(type, "RelatedPerson"))
		item = person(line, &say, doc);
	else if (!strcmp(type, "Task"))
		item = question(line, &say, doc);
	else if (!strcmp(type, "Coverage"))
		item = coverage(line, &say, doc, today);
	else if (!strcmp(type, "MedicationStatement"))
		item = supplement(line, &say, doc);
	return say.err ? NULL : item;
}
