/* SPDX-License-Identifier: ISC */
/*
 * Method: each datatype has a function that makes one text of a value; a text is
 * never NULL, "" says that there is nothing to say. Whatever has no function, or
 * gives no text, is told element by element, and as short JSON when nobody knows
 * what its elements are.
 */
#include <stdio.h>
#include <string.h>

#include "schema/say.h"

#define DEEP 8u /* levels that are told */

/* ------------------------------------------------------- element by element */

/* The last word of a URL, in words. */
static const char *
extension_name(struct ac_say *w, const struct ac_val *v)
{
	const char *url = ac_say_str(w, v, "url");
	size_t n = strlen(url);

	while (n && url[n - 1] != '/' && url[n - 1] != ':' && url[n - 1] != '#')
		n--;
	return ac_say_name(w, NULL, url + n, strlen(url + n));
}

const struct ac_r4_frame *
ac_say_frame(const struct ac_r4_frame *f, const struct ac_val *v)
{
	const struct ac_r4_frame *own = ac_fhir_frame(ac_val_str(v, "resourceType"));

	return own && (!f || f->kind == AC_R4_RESOURCE || f->kind == AC_R4_ABSTRACT) ? own : f;
}

static bool
among(const char *key, const char *const *keys, size_t n)
{
	while (n-- > 0)
		if (!strcmp(key, keys[n]))
			return true;
	return false;
}

static const char *
one_element(struct ac_say *w, const struct ac_r4_frame *f, const struct ac_pair *p)
{
	static const char *const telling[] = { "code", "text", "name", "item", "linkId", "extension" };
	struct ac_fhir_hit hit = { 0 };
	bool known = f && ac_fhir_find(&hit, f, p->key, p->nkey);
	const char *text = ac_say_of(w, known ? ac_fhir_name(hit.type) : NULL, &p->val), *base;

	if (ac_say_blank(text) || among(p->key, telling, sizeof telling / sizeof *telling))
		return text;
	base = known ? ac_fhir_elem_name(hit.elem) : p->key;
	return AC_SAY_FILL(w, _("%s %s"), ac_say_name(w, f, base, strlen(base)), text);
}

/* Ids and references to a type of resource say nothing to a person. */
static const char *
elements(struct ac_say *w, const struct ac_r4_frame *f, const struct ac_val *v)
{
	struct ac_say_list l = { 0 };
	uint32_t i;

	for (i = 0; i < v->n && l.b.len <= AC_SAY_PIECE; i++)
		if (strcmp(v->pairs[i].key, "id") && strcmp(v->pairs[i].key, "resourceType"))
			ac_say_add(w, &l, one_element(w, f, &v->pairs[i]));
	return ac_say_joined(w, &l);
}

static const char *
extension(struct ac_say *w, const struct ac_val *v)
{
	const struct ac_r4_frame *f = ac_fhir_frame("Extension");
	const char *name = extension_name(w, v), *text;
	struct ac_say_list l = { 0 };
	uint32_t i;

	for (i = 0; i < v->n && l.b.len <= AC_SAY_PIECE; i++) {
		struct ac_fhir_hit hit = { 0 };

		if (strcmp(v->pairs[i].key, "id") && strcmp(v->pairs[i].key, "url"))
			ac_say_add(w, &l, ac_say_of(w, ac_fhir_find(&hit, f, v->pairs[i].key, v->pairs[i].nkey)
				? ac_fhir_name(hit.type) : NULL, &v->pairs[i].val));
	}
	text = ac_say_joined(w, &l);
	return ac_say_blank(text) ? name : AC_SAY_FILL(w, _("%s %s"), name, text);
}

static const char *
resource(struct ac_say *w, const struct ac_val *v)
{
	const char *type = ac_say_str(w, v, "resourceType"), *title = ac_doc_said(w->a, v);

	return ac_say_blank(title) ? type
		: AC_SAY_FILL(w, _("%s %s"), ac_say_name(w, NULL, type, strlen(type)), title);
}

/* ------------------------------------------------------------- what it says */

static const struct {
	const char *type;
	const char *(*say)(struct ac_say *w, const struct ac_val *v);
} datatypes[] = {
	{ "Address", ac_say_address }, { "Age", ac_say_duration },
	{ "Annotation", ac_say_annotation }, { "Attachment", ac_say_attachment },
	{ "CodeableConcept", ac_say_concept }, { "Coding", ac_say_coding },
	{ "ContactDetail", ac_say_contact_detail }, { "ContactPoint", ac_say_contact_point },
	{ "Contributor", ac_say_contact_detail }, { "Count", ac_say_quantity },
	{ "Distance", ac_say_quantity }, { "Dosage", ac_say_dosage },
	{ "Duration", ac_say_duration }, { "Expression", ac_say_expression },
	{ "Extension", extension }, { "HumanName", ac_say_human_name },
	{ "Identifier", ac_say_identifier },
	{ "MedicationAdministration.dosage", ac_say_dosage }, { "Money", ac_say_money },
	{ "MoneyQuantity", ac_say_quantity }, { "Narrative", ac_say_narrative },
	{ "Observation.referenceRange", ac_say_reference_range }, { "Period", ac_say_period },
	{ "Quantity", ac_say_quantity }, { "Range", ac_say_range }, { "Ratio", ac_say_ratio },
	{ "Reference", ac_say_reference }, { "RelatedArtifact", ac_say_related },
	{ "SampledData", ac_say_sampled }, { "Signature", ac_say_signature },
	{ "SimpleQuantity", ac_say_quantity }, { "Timing", ac_say_timing },
	{ "UsageContext", ac_say_usage },
};

static const char *
object(struct ac_say *w, const char *type, const struct ac_val *v)
{
	const struct ac_r4_frame *f = ac_say_frame(ac_fhir_frame(type), v);
	const char *out = "";
	size_t i;

	if (w->depth >= DEEP)
		return "\xe2\x80\xa6";
	w->depth++;
	for (i = 0; type && i < sizeof datatypes / sizeof *datatypes; i++)
		if (!strcmp(datatypes[i].type, type))
			out = datatypes[i].say(w, v);
	if (ac_say_blank(out) && f && f->kind == AC_R4_RESOURCE)
		out = resource(w, v);
	if (ac_say_blank(out) && f)
		out = elements(w, f, v);
	w->depth--;
	return ac_say_blank(out) ? ac_say_json(w, v) : out;
}

/* A code is words with dashes between them: "entered-in-error". */
static const char *
code(struct ac_say *w, const struct ac_val *v)
{
	const char *s = ac_say_text(w, v->s, v->n);
	struct ac_buf b = { 0 };
	size_t i;

	for (i = 0; s[i]; i++) {
		if ((s[i] < 'a' || s[i] > 'z') && s[i] != '-')
			break;
		ac_say_put(w, &b, s[i] == '-' ? " " : s + i, 1);
	}
	if (!s[i] && i)
		s = _(ac_say_keep(w, &b));
	ac_buf_free(&b);
	return s;
}

static const char *
string(struct ac_say *w, const char *type, const struct ac_val *v)
{
	const struct ac_r4_frame *f = ac_fhir_frame(type);

	switch (f ? f->kind : AC_R4_STRING) {
	case AC_R4_DATE:
	case AC_R4_DATETIME:
	case AC_R4_INSTANT:
		return ac_say_date(w, v->s);
	case AC_R4_TIME:
		return ac_say_clock(w, v->s);
	case AC_R4_CODE:
		return code(w, v);
	default:
		return ac_say_text(w, v->s, v->n);
	}
}

static const char *
items(struct ac_say *w, const char *type, const struct ac_val *v)
{
	struct ac_say_list l = { 0 };
	uint32_t i;

	if (w->depth >= DEEP)
		return "\xe2\x80\xa6";
	w->depth++;
	for (i = 0; i < v->n && l.b.len <= AC_SAY_PIECE; i++)
		ac_say_add(w, &l, ac_say_of(w, type, &v->items[i]));
	w->depth--;
	return ac_say_joined(w, &l);
}

const char *
ac_say_bytes(struct ac_say *w, uint64_t n)
{
	char s[24];

	snprintf(s, sizeof s, "%llu", (unsigned long long)n);
	return AC_SAY_FILL(w, _("data of %s bytes"), s);
}

const char *
ac_say_of(struct ac_say *w, const char *type, const struct ac_val *v)
{
	if (!v || w->err)
		return "";
	switch (v->kind) {
	case AC_NIL:
		return "";
	case AC_BOOL:
		return v->b ? _("yes") : _("no");
	case AC_STR:
		return string(w, type, v);
	case AC_BIN:
		return ac_say_bytes(w, v->n);
	case AC_BLOB:
		return ac_say_bytes(w, v->blob->size);
	case AC_ARR:
		return type ? items(w, type, v) : ac_say_json(w, v);
	case AC_MAP:
		return object(w, type, v);
	default:
		return ac_say_spelled(w, v, AC_MAX_WORDS);
	}
}

enum ac_err
ac_say_value(const char **out, struct ac_arena *a, const char *type, const struct ac_val *v)
{
	struct ac_say w = { .a = a };
	const char *s = ac_say_of(&w, type, v);

	s = ac_say_cut(&w, s, strlen(s), AC_MAX_WORDS);
	if (!w.err)
		*out = s;
	return w.err;
}
