/* SPDX-License-Identifier: ISC */
/* What things and people are called: the datatypes that name something. */
#include <string.h>

#include "schema/form.h"
#include "schema/say.h"

static const char *
display(struct ac_say *w, const struct ac_val *v)
{
	const char *s = ac_form_display(v);

	return s ? ac_say_text(w, s, strlen(s)) : "";
}

const char *
ac_say_coding(struct ac_say *w, const struct ac_val *v)
{
	return ac_say_either(display(w, v), ac_say_str(w, v, "code"));
}

const char *
ac_say_concept(struct ac_say *w, const struct ac_val *v)
{
	const struct ac_val *list = ac_val_get(v, "coding");
	const char *own = ac_form_text(v), *out = own ? ac_say_text(w, own, strlen(own)) : "";
	uint32_t i, n = list && list->kind == AC_ARR ? list->n : 0;

	for (i = 0; ac_say_blank(out) && i < n; i++)
		out = display(w, &list->items[i]);
	for (i = 0; ac_say_blank(out) && i < n; i++)
		out = ac_say_str(w, &list->items[i], "code");
	return out;
}

const char *
ac_say_identifier(struct ac_say *w, const struct ac_val *v)
{
	const char *type = ac_say_child(w, v, "type", "CodeableConcept"), *value = ac_say_str(w, v, "value");

	return ac_say_blank(type) || ac_say_blank(value) ? ac_say_either(value, type)
		: AC_SAY_FILL(w, _("%s %s"), type, value);
}

const char *
ac_say_reference(struct ac_say *w, const struct ac_val *v)
{
	const char *out = ac_say_either(ac_say_str(w, v, "display"), ac_say_str(w, v, "reference"));

	out = ac_say_either(out, ac_say_child(w, v, "identifier", "Identifier"));
	return ac_say_either(out, ac_say_str(w, v, "type"));
}

const char *
ac_say_human_name(struct ac_say *w, const struct ac_val *v)
{
	static const char *const keys[] = { "prefix", "given", "family", "suffix" };
	const char *s = ac_say_str(w, v, "text"), *out = "", *part;
	const struct ac_val *list;
	uint32_t i;
	size_t k;

	if (!ac_say_blank(s))
		return s;
	for (k = 0; k < sizeof keys / sizeof *keys; k++) {
		list = ac_val_get(v, keys[k]);
		for (i = 0; list && i < (list->kind == AC_ARR ? list->n : 1) && strlen(out) < AC_SAY_PIECE; i++) {
			part = ac_say_of(w, "string", list->kind == AC_ARR ? &list->items[i] : list);
			out = ac_say_blank(out) ? part : ac_say_blank(part) ? out
				: AC_SAY_FILL(w, _("%s %s"), out, part);
		}
	}
	return out;
}

/* The texts of those elements, joined. */
static const char *
listed(struct ac_say *w, const struct ac_val *v, const char *const *keys, size_t n)
{
	struct ac_say_list l = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		ac_say_add(w, &l, ac_say_child(w, v, keys[i], "string"));
	return ac_say_joined(w, &l);
}

const char *
ac_say_address(struct ac_say *w, const struct ac_val *v)
{
	static const char *const keys[] = { "line", "city", "district", "state", "postalCode", "country" };

	return ac_say_either(ac_say_str(w, v, "text"), listed(w, v, keys, sizeof keys / sizeof *keys));
}

const char *
ac_say_contact_point(struct ac_say *w, const struct ac_val *v)
{
	const char *value = ac_say_str(w, v, "value"), *use = ac_say_child(w, v, "use", "code");

	return ac_say_blank(value) ? "" : ac_say_blank(use) ? value : AC_SAY_FILL(w, _("%s (%s)"), value, use);
}

const char *
ac_say_contact_detail(struct ac_say *w, const struct ac_val *v)
{
	struct ac_say_list l = { 0 };

	ac_say_add(w, &l, ac_say_str(w, v, "name"));
	ac_say_add(w, &l, ac_say_child(w, v, "telecom", "ContactPoint"));
	return ac_say_joined(w, &l);
}

const char *
ac_say_annotation(struct ac_say *w, const struct ac_val *v)
{
	const char *s = ac_form_note_text(w->a, v);

	return s ? ac_say_text(w, s, strlen(s)) : "";
}

const char *
ac_say_attachment(struct ac_say *w, const struct ac_val *v)
{
	const char *out = ac_say_either(ac_say_str(w, v, "title"), ac_say_str(w, v, "url"));

	return ac_say_either(out, ac_say_str(w, v, "contentType"));
}

const char *
ac_say_signature(struct ac_say *w, const struct ac_val *v)
{
	const char *who = ac_say_child(w, v, "who", "Reference"), *when = ac_say_child(w, v, "when", "instant");

	return ac_say_blank(who) ? when : AC_SAY_FILL(w, _("signed by %s, %s"), who, when);
}

const char *
ac_say_related(struct ac_say *w, const struct ac_val *v)
{
	const char *out = ac_say_either(ac_say_str(w, v, "display"), ac_say_str(w, v, "label"));

	return ac_say_either(ac_say_either(out, ac_say_str(w, v, "citation")), ac_say_child(w, v, "url", "url"));
}

const char *
ac_say_expression(struct ac_say *w, const struct ac_val *v)
{
	return ac_say_either(ac_say_str(w, v, "description"), ac_say_str(w, v, "expression"));
}

const char *
ac_say_usage(struct ac_say *w, const struct ac_val *v)
{
	static const struct { const char *key, *type; } values[] = { { "valueCodeableConcept", "CodeableConcept" },
		{ "valueQuantity", "Quantity" }, { "valueRange", "Range" }, { "valueReference", "Reference" } };
	const char *code = ac_say_child(w, v, "code", "Coding"), *value = "";
	size_t i;

	for (i = 0; i < sizeof values / sizeof *values; i++)
		value = ac_say_either(value, ac_say_child(w, v, values[i].key, values[i].type));
	return ac_say_blank(code) || ac_say_blank(value) ? "" : AC_SAY_FILL(w, _("%s %s"), code, value);
}

/* A narrative's text: tags left out, the entities of XML and numbers read. */
const char *
ac_say_narrative(struct ac_say *w, const struct ac_val *v)
{
	static const struct { const char *name, *text; } entities[] = { { "&amp;", "&" }, { "&lt;", "<" },
		{ "&gt;", ">" }, { "&quot;", "\"" }, { "&apos;", "'" }, { "&#39;", "'" }, { "&nbsp;", " " }, { "&#160;", " " } };
	const char *s = ac_val_str(v, "div"), *out;
	struct ac_buf b = { 0 };
	bool gap = false;
	size_t i, k;

	for (i = 0; s && s[i] && b.len < AC_SAY_PIECE; i++) {
		if (s[i] == '<' || strchr(" \t\r\n", s[i])) {
			gap = b.len > 0;
			if (s[i] == '<')
				i += strcspn(s + i, ">");
			if (!s[i])
				break;
			continue;
		}
		if (gap)
			ac_say_put(w, &b, " ", 1);
		gap = false;
		for (k = 0; k < sizeof entities / sizeof *entities; k++)
			if (!strncmp(s + i, entities[k].name, strlen(entities[k].name)))
				break;
		if (k == sizeof entities / sizeof *entities) {
			ac_say_put(w, &b, s + i, 1);
		} else {
			ac_say_put(w, &b, entities[k].text, 1);
			i += strlen(entities[k].name) - 1;
		}
	}
	out = ac_say_text(w, b.len ? (const char *)b.p : "", b.len);
	ac_buf_free(&b);
	return out;
}
