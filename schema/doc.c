/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "schema/fhir.h"
#include "schema/moment.h"
#include "schema/xhtml.h"

static bool
is_one_of(const char *s, const char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (*s == *list[i] && !strcmp(s, list[i])) /* most differ in the first letter */
			return true;
	return false;
}
#define ONE_OF(s, list) is_one_of(s, list, sizeof(list) / sizeof *(list))

enum ac_err
ac_doc_check(const struct ac_val *doc, struct ac_fault *f)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	const struct ac_val *type = ac_val_get(doc, "resourceType");

	if (!doc || doc->kind != AC_MAP)
		return ac_fault(f, AC_EINVAL, "This is no FHIR resource: it is not a JSON object. "
			"Give a file that holds FHIR R4 resources.");
	if (!type)
		return ac_fault(f, AC_EINVAL, "This is no FHIR resource: it has no resourceType. "
			"Give a file that holds FHIR R4 resources.");
	if (type->kind != AC_STR || !type->n || type->n > 64 || type->s[0] < 'A' || type->s[0] > 'Z'
	    || strspn(type->s, letters) != type->n)
		return ac_fault(f, AC_EINVAL, "This is no FHIR resource: its resourceType is not the name "
			"of a type, such as Patient. Correct it at its source.");
	return AC_OK;
}

/* ------------------------------------------------------------------- date */

/* The moment in a value of any of the types that stand for one. */
static const char *
moment_in(const struct ac_val *v)
{
	const struct ac_val *event;
	struct ac_moment m;
	const char *s;

	if (!v)
		return NULL;
	if (v->kind == AC_STR)
		return ac_time_parse(&m, v->s) ? v->s : NULL;
	if ((s = ac_val_str(v, "start")))
		return ac_time_parse(&m, s) ? s : NULL;
	event = ac_val_get(v, "event"); /* Timing */
	return event && event->kind == AC_ARR && event->n ? moment_in(&event->items[0]) : NULL;
}

/* The date of an element or, for a choice, of whatever type it has. */
static const char *
date_at(const struct ac_val *doc, const char *name)
{
	size_t n = strlen(name);
	const char *s;
	uint32_t i;

	for (i = 0; i < doc->n; i++) {
		const struct ac_pair *p = &doc->pairs[i];

		if (p->nkey < n || memcmp(p->key, name, n)
		    || (p->nkey > n && (p->key[n] < 'A' || p->key[n] > 'Z')))
			continue;
		if (p->nkey > n && strcmp(p->key + n, "DateTime") && strcmp(p->key + n, "Period")
		    && strcmp(p->key + n, "Instant") && strcmp(p->key + n, "Timing")
		    && strcmp(p->key + n, "Date"))
			continue;
		if ((s = moment_in(&p->val)))
			return s;
	}
	return NULL;
}

/* Borrowed; NULL where there is none. */
static const char *
date_of(const struct ac_val *doc)
{
	/* these and no others: scripts count on it */
	static const char *const names[] = { "effective", "onset", "performed", "authoredOn",
		"recordedDate", "period", "date", "issued" };
	const char *s;
	size_t i;

	if (!doc || doc->kind != AC_MAP)
		return NULL;
	for (i = 0; i < sizeof names / sizeof *names; i++)
		if ((s = date_at(doc, names[i])))
			return s;
	return NULL;
}

const char *
ac_doc_date(struct ac_arena *a, const struct ac_val *doc)
{
	const char *s = date_of(doc);
	const char *out = s ? ac_arena_text(a, s, strlen(s)) : "";

	return out ? out : "";
}

/* ------------------------------------------------------------------- words */

static enum ac_err words(struct ac_buf *out, const struct ac_val *v, const char *key, unsigned depth);

static enum ac_err
word(struct ac_buf *out, const struct ac_val *v, const char *key)
{
	static const char *const unfindable[] = { "id", "system", "url", "reference", "fullUrl", "profile",
		"data", "hash", "implicitRules", "versionId", "lastUpdated", "resourceType", "contentType",
		"language", "div" };
	enum ac_err err;

	if (!strcmp(key, "div")) {
		err = ac_xhtml_text(out, v->s, v->n);
		return err ? err : ac_buf_add(out, "\n", 1);
	}
	if (!v->n || ONE_OF(key, unfindable) || (*v->s == 'h' && (!strncmp(v->s, "http://", 7)
	    || !strncmp(v->s, "https://", 8))) || (*v->s == 'u' && !strncmp(v->s, "urn:", 4)))
		return AC_OK;
	err = ac_buf_add(out, v->s, v->n);
	return err ? err : ac_buf_add(out, "\n", 1);
}

static enum ac_err
words(struct ac_buf *out, const struct ac_val *v, const char *key, unsigned depth)
{
	enum ac_err err = AC_OK;
	uint32_t i;

	if (v->kind == AC_STR)
		return word(out, v, key);
	if (depth > AC_MAX_DEPTH)
		return AC_ELIMIT;
	for (i = 0; v->kind == AC_ARR && i < v->n && !err; i++)
		err = words(out, &v->items[i], key, depth + 1);
	for (i = 0; v->kind == AC_MAP && i < v->n && !err; i++)
		err = words(out, &v->pairs[i].val, v->pairs[i].key, depth + 1);
	return err;
}

enum ac_err
ac_doc_words(struct ac_buf *out, const struct ac_val *doc)
{
	size_t before = out->len;
	enum ac_err err = words(out, doc, "", 0);

	if (err) {
		if (out->p)
			ac_wipe(out->p + before, out->len - before);
		out->len = before;
	}
	return err;
}

/* ------------------------------------------------------------------- codes */

struct sink {
	void (*each)(void *ctx, const char *system, const char *code);
	void *ctx;
};

static void
coding(const struct sink *to, const struct ac_val *v)
{
	const char *system = ac_val_str(v, "system"), *code = ac_val_str(v, "code");

	if (code && *code)
		to->each(to->ctx, system ? system : "", code);
}

/* A CodeableConcept, or an array of them; a bare Coding where the type says so. */
static void
concept(const struct sink *to, const struct ac_val *v, bool bare)
{
	const struct ac_val *list = v->kind == AC_ARR ? v : ac_val_get(v, "coding");
	uint32_t i;

	if (v->kind == AC_MAP && bare)
		coding(to, v);
	else if (list && list->kind == AC_ARR)
		for (i = 0; i < list->n; i++) {
			if (v->kind == AC_ARR && list->items[i].kind == AC_MAP)
				concept(to, &list->items[i], bare);
			else if (v->kind == AC_MAP)
				coding(to, &list->items[i]);
		}
}

/* The contained resource that a "#id" names; NULL. */
static const struct ac_val *
contained(const struct ac_val *doc, const struct ac_val *reference)
{
	const struct ac_val *list = ac_val_get(doc, "contained");
	const char *ref = ac_val_str(reference, "reference"), *id;
	uint32_t i;

	for (i = 0; ref && *ref == '#' && list && list->kind == AC_ARR && i < list->n; i++)
		if ((id = ac_val_str(&list->items[i], "id")) && !strcmp(id, ref + 1))
			return &list->items[i];
	return NULL;
}

void
ac_doc_codes(const struct ac_val *doc,
	void (*each)(void *ctx, const char *system, const char *code), void *ctx)
{
	/* these say how it is, why, or what was found; not what it is */
	static const char *const qualifiers[] = { "clinicalStatus", "verificationStatus", "interpretation",
		"dataAbsentReason", "reasonCode", "statusReason", "reasonNotTaken", "valueCodeableConcept",
		"maritalStatus", "achievementStatus", "outcome", "priority", "severity", "bodySite", "site",
		"route", "sex", "communication", "conclusionCode", "jurisdiction", "fundingSource",
		"programEligibility", "orderedBy", "form", "method", "relationship" };
	const struct ac_r4_frame *f = ac_fhir_frame(ac_val_str(doc, "resourceType"));
	struct sink to = { each, ctx };
	const struct ac_val *med, *code;
	struct ac_fhir_hit hit;
	const char *type;
	uint32_t i;

	for (i = 0; doc->kind == AC_MAP && i < doc->n; i++) {
		const struct ac_pair *p = &doc->pairs[i];

		if ((p->val.kind != AC_MAP && p->val.kind != AC_ARR) || ONE_OF(p->key, qualifiers))
			continue;
		type = f && ac_fhir_find(&hit, f, p->key, p->nkey) ? ac_fhir_name(hit.type) : "CodeableConcept";
		if (!strcmp(type, "CodeableConcept") || !strcmp(type, "Coding"))
			concept(&to, &p->val, !strcmp(type, "Coding"));
	}
	med = contained(doc, ac_val_get(doc, "medicationReference"));
	if (med && (code = ac_val_get(med, "code")))
		concept(&to, code, false);
}

/* ---------------------------------------------------------------- stranger */

/* What the document is about, in one concept; NULL. */
static const struct ac_val *
main_concept(const struct ac_val *doc)
{
	static const char *const names[] = { "code", "medicationCodeableConcept", "vaccineCode", "type" };
	const struct ac_val *v;
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		v = ac_val_get(doc, names[i]);
		if (v && v->kind == AC_ARR && v->n)
			v = &v->items[0];
		if (ac_val_get(v, "coding") || ac_val_get(v, "text"))
			return v;
	}
	return NULL;
}

static bool
equal_at(const struct ac_val *a, const struct ac_val *b, const char *key)
{
	const char *x = ac_val_str(a, key), *y = ac_val_str(b, key);

	return x && y && !strcmp(x, y);
}

static bool
same_concept(const struct ac_val *a, const struct ac_val *b)
{
	const struct ac_val *x = ac_val_get(a, "coding"), *y = ac_val_get(b, "coding");
	uint32_t i, j;

	for (i = 0; x && x->kind == AC_ARR && i < x->n; i++)
		for (j = 0; y && y->kind == AC_ARR && j < y->n; j++)
			if (equal_at(&x->items[i], &y->items[j], "code")
			    && (equal_at(&x->items[i], &y->items[j], "system")
			    || (!ac_val_get(&x->items[i], "system") && !ac_val_get(&y->items[j], "system"))))
				return true;
	return equal_at(a, b, "text");
}

bool
ac_doc_stranger(const struct ac_val *have, const struct ac_val *newcomer)
{
	const struct ac_val *x = main_concept(have), *y = main_concept(newcomer);
	const char *type = ac_val_str(have, "resourceType");
	const char *d = date_of(have), *e = date_of(newcomer);
	struct ac_moment m, n;

	if (type && !strcmp(type, "Patient"))
		return ac_person_differs(have, newcomer);
	if (!x || !y || !d || !e || !ac_time_parse(&m, d) || !ac_time_parse(&n, e))
		return false;
	return !same_concept(x, y) && ac_time_order(&m, &n) != 0;
}
