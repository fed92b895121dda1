/* SPDX-License-Identifier: ISC */
/*
 * Method: a document's line in a list is the first of its elements that names it,
 * and, in a title, behind that a result's value or a medication's dose. The text is gathered
 * whole, then cleaned and cut, so that no piece needs care of its own.
 */
#include <string.h>

#include "schema/form.h"
#include "schema/schema.h"

#define MAX_CHARS 100u

static const struct ac_val *
first(const struct ac_val *v)
{
	if (!v || v->kind != AC_ARR)
		return v;
	return v->n ? &v->items[0] : NULL;
}

static const struct ac_val *
at(const struct ac_val *v, const char *key)
{
	return first(ac_val_get(v, key));
}

static bool
filled(const char *s)
{
	return s && s[strspn(s, " \t\r\n")];
}

static enum ac_err
add(struct ac_buf *b, const char *s)
{
	return ac_buf_add(b, s, strlen(s));
}

/* A separator, if something stands before it. */
static enum ac_err
separate(struct ac_buf *b, const char *by)
{
	return b->len ? add(b, by) : AC_OK;
}

/* The best text of a concept, coding or reference; NULL. said: in the words of who reads it. */
static const char *
concept_text(const struct ac_val *v, bool said)
{
	static const char *const keys[] = { "text", "display", "value", "code" };
	const struct ac_val *codings = ac_val_get(v, "coding");
	const char *s;
	uint32_t i;
	size_t k;

	if (filled(s = said ? ac_form_text(v) : ac_val_str(v, "text")))
		return s;
	for (i = 0; codings && codings->kind == AC_ARR && i < codings->n; i++)
		if (filled(s = ac_val_str(&codings->items[i], "display")))
			return s;
	for (i = 0; codings && codings->kind == AC_ARR && i < codings->n; i++)
		if (filled(s = ac_val_str(&codings->items[i], "code")))
			return s;
	for (k = 1; k < sizeof keys / sizeof *keys; k++)
		if (filled(s = ac_val_str(v, keys[k])))
			return s;
	return NULL;
}

static bool
is_type(const struct ac_val *doc, const char *type)
{
	const char *s = ac_val_str(doc, "resourceType");

	return s && !strcmp(s, type);
}

/* -------------------------------------------------------------------- names */

static enum ac_err
human_name(struct ac_buf *b, const struct ac_val *v)
{
	const struct ac_val *given = ac_val_get(v, "given");
	const char *s = ac_val_str(v, "family");
	enum ac_err err = AC_OK;
	uint32_t i;

	if (!s && !given)
		return filled(s = ac_val_str(v, "text")) ? add(b, s) : AC_OK;
	for (i = 0; !err && given && given->kind == AC_ARR && i < given->n; i++)
		if (given->items[i].kind == AC_STR && !(err = separate(b, " ")))
			err = add(b, given->items[i].s);
	if (!err && s && !(err = separate(b, " ")))
		err = add(b, s);
	return err;
}

/* The name in use: no old or maiden one where there is another. */
static const struct ac_val *
name_in_use(const struct ac_val *names)
{
	const struct ac_val *best = NULL;
	const char *use;
	uint32_t i;

	if (!names || names->kind != AC_ARR)
		return names;
	for (i = 0; i < names->n; i++) {
		use = ac_val_str(&names->items[i], "use");
		if (use && !strcmp(use, "official"))
			return &names->items[i];
		if (!best && (!use || (strcmp(use, "old") && strcmp(use, "maiden"))))
			best = &names->items[i];
	}
	return best ? best : names->n ? &names->items[0] : NULL;
}

/* What a medicationReference names, contained or only displayed. */
static const char *
referred(const struct ac_val *doc, const struct ac_val *v)
{
	const struct ac_val *list = ac_val_get(doc, "contained");
	const char *ref = ac_val_str(v, "reference"), *id, *s;
	uint32_t i;

	for (i = 0; ref && *ref == '#' && list && list->kind == AC_ARR && i < list->n; i++)
		if ((id = ac_val_str(&list->items[i], "id")) && !strcmp(id, ref + 1)
		    && (s = concept_text(at(&list->items[i], "code"), false)))
			return s;
	return ac_val_str(v, "display");
}

static enum ac_err
subject(struct ac_buf *b, const struct ac_val *doc, bool said)
{
	static const char *const keys[] = { "title", "code", "medicationCodeableConcept",
		"medicationReference", "vaccineCode", "deviceName", "description", "type", "relationship",
		"serviceType", "appointmentType", "reasonCode", "class", "category", "topic", "scope", "activity",
		"modality", "specialty", "productCodeableConcept", "itemCodeableConcept", "location", "physicalType" };
	const struct ac_val *v = ac_val_get(doc, "name");
	const char *s = v && v->kind == AC_STR ? v->s : NULL;
	enum ac_err err = AC_OK;
	size_t k;

	if (v && v->kind != AC_STR)
		err = human_name(b, name_in_use(v));
	if (err || b->len)
		return err;
	if (filled(ac_val_str(doc, "title")))
		s = ac_val_str(doc, "title");
	/* what is to be done says more than which kind it is, and who pays more than what for */
	if (!filled(s) && is_type(doc, "Task"))
		s = ac_val_str(doc, "description");
	if (!filled(s) && is_type(doc, "Coverage"))
		s = concept_text(at(doc, "payor"), said);
	for (k = 0; !filled(s) && k < sizeof keys / sizeof *keys; k++) {
		v = at(doc, keys[k]);
		if (v && v->kind == AC_STR)
			s = v->s;
		else if (!strcmp(keys[k], "medicationReference"))
			s = referred(doc, v);
		else if (!strcmp(keys[k], "deviceName"))
			s = ac_val_str(v, "name");
		else if (v && v->kind == AC_MAP)
			s = concept_text(v, said);
	}
	if (!filled(s))
		s = ac_val_str(ac_val_get(at(doc, "content"), "attachment"), "title");
	if (said && filled(s) && (v = ac_form_plan_text(doc)) && v->s == s)
		s = ac_words(s);
	return filled(s) ? add(b, s) : AC_OK;
}

/* ------------------------------------------------------------------- values */

static enum ac_err
number(struct ac_buf *b, const struct ac_val *v)
{
	return v->kind >= AC_INT && v->kind <= AC_NUM ? ac_json_write(b, v, NULL, NULL) : AC_OK;
}

static enum ac_err
unit(struct ac_buf *b, const struct ac_val *v)
{
	const char *s = ac_val_str(v, "unit");
	enum ac_err err;

	s = filled(s) ? s : ac_val_str(v, "code");
	if (!filled(s) || *s == '{' || !strcmp(s, "1"))
		return AC_OK;
	err = strcmp(s, "%") ? add(b, " ") : AC_OK;
	return err ? err : add(b, s);
}

static enum ac_err
quantity(struct ac_buf *b, const struct ac_val *v, bool with_unit)
{
	const struct ac_val *value = ac_val_get(v, "value");
	const char *comparator = ac_val_str(v, "comparator");
	enum ac_err err = AC_OK;

	if (!value)
		return AC_OK;
	if (comparator)
		err = add(b, comparator);
	if (!err)
		err = number(b, value);
	return err || !with_unit ? err : unit(b, v);
}

static enum ac_err
pair(struct ac_buf *b, const struct ac_val *x, const struct ac_val *y, const char *between)
{
	enum ac_err err = quantity(b, x, false);

	if (!err && x && y)
		err = add(b, between);
	if (!err)
		err = quantity(b, y, true);
	return err || y ? err : unit(b, x);
}

/* The component with that LOINC code. */
static const struct ac_val *
component(const struct ac_val *doc, const char *loinc)
{
	const struct ac_val *list = ac_val_get(doc, "component"), *codings;
	const char *code;
	uint32_t i, j;

	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++) {
		codings = ac_val_get(ac_val_get(&list->items[i], "code"), "coding");
		for (j = 0; codings && codings->kind == AC_ARR && j < codings->n; j++)
			if ((code = ac_val_str(&codings->items[j], "code")) && !strcmp(code, loinc))
				return ac_val_get(&list->items[i], "valueQuantity");
	}
	return NULL;
}

static enum ac_err
result(struct ac_buf *b, const struct ac_val *doc, bool said)
{
	const struct ac_val *v, *systolic, *diastolic;
	const char *s = NULL;
	enum ac_err err;

	if (ac_val_get(v = ac_val_get(doc, "valueQuantity"), "value"))
		return (err = separate(b, " ")) ? err : quantity(b, v, true);
	if ((v = ac_val_get(doc, "valueRange")))
		return (err = separate(b, " ")) ? err
			: pair(b, ac_val_get(v, "low"), ac_val_get(v, "high"), "\xe2\x80\x93");
	if ((v = ac_val_get(doc, "valueRatio")))
		return (err = separate(b, " ")) ? err
			: pair(b, ac_val_get(v, "numerator"), ac_val_get(v, "denominator"), ":");
	if ((v = ac_val_get(doc, "valueInteger")))
		return (err = separate(b, " ")) ? err : number(b, v);
	systolic = component(doc, "8480-6");
	diastolic = component(doc, "8462-4");
	if (systolic && diastolic)
		return (err = separate(b, " ")) ? err : pair(b, systolic, diastolic, "/");
	if ((v = ac_val_get(doc, "valueCodeableConcept")))
		s = concept_text(v, said);
	else if ((v = ac_val_get(doc, "valueBoolean")) && v->kind == AC_BOOL)
		s = said ? ac_words(v->b ? AC_WORD("yes") : AC_WORD("no")) : v->b ? "yes" : "no";
	else if (!(s = ac_val_str(doc, "valueString")) && !(s = ac_val_str(doc, "valueDateTime")))
		s = ac_val_str(doc, "valueTime");
	return !filled(s) ? AC_OK : (err = separate(b, ": ")) ? err : add(b, s);
}

static enum ac_err
dose(struct ac_buf *b, const struct ac_val *doc)
{
	const struct ac_val *d = at(doc, "dosageInstruction"), *q;
	const char *s;
	enum ac_err err;

	if (!d)
		d = at(doc, "dosage");
	if (!(q = ac_val_get(at(d, "doseAndRate"), "doseQuantity")))
		q = ac_val_get(d, "dose");
	if (filled(s = ac_val_str(d, "text")) && !strpbrk(s, "0123456789") && ac_val_get(q, "value")) {
		/* "at night" says nothing of how much */
		if ((err = separate(b, ", ")) || (err = quantity(b, q, true)))
			return err;
	}
	if (filled(s))
		return (err = separate(b, ", ")) ? err : add(b, s);
	return !ac_val_get(q, "value") ? AC_OK : (err = separate(b, ", ")) ? err : quantity(b, q, true);
}

/* A supplement of which the care team does not know yet. */
static enum ac_err
supplement(struct ac_buf *b, const struct ac_val *doc, bool said)
{
	static const char *const note = AC_WORD(" (not yet discussed with the care team)");
	const struct ac_val *list = ac_val_get(ac_val_get(doc, "category"), "coding");
	const char *system, *code;
	uint32_t i;

	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++)
		if ((system = ac_val_str(&list->items[i], "system")) && !strcmp(system, "urn:aftercare:supplement")
		    && (code = ac_val_str(&list->items[i], "code")) && !strcmp(code, "not-discussed"))
			return add(b, said ? ac_words(note) : note);
	return AC_OK;
}

/* ------------------------------------------------------------------ cleaning */

/* Bytes of the character at s; *shown: it may reach a terminal. Controls, line
 * separators and marks that turn the direction of writing may not. */
static size_t
character(const unsigned char *s, size_t n, bool *shown)
{
	size_t len = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	*shown = s[0] > 0x20 && s[0] != 0x7f;
	if (len > n)
		len = n;
	if (len == 2 && s[0] == 0xc2 && s[1] < 0xa1)
		*shown = false;
	if (len == 3 && s[0] == 0xe2 && ((s[1] == 0x80 && ((s[2] >= 0x8b && s[2] <= 0x8f)
	    || (s[2] >= 0xa8 && s[2] <= 0xae))) || (s[1] == 0x81 && s[2] >= 0xa0 && s[2] <= 0xaf)))
		*shown = false;
	return len;
}

/* In place: runs of what is not shown become one space, the end is cut. */
static size_t
clean(unsigned char *s, size_t n)
{
	size_t from = 0, to = 0, chars = 0, len;
	bool gap = false, shown;

	while (from < n) {
		len = character(s + from, n - from, &shown);
		if (shown) {
			if (gap && to) {
				s[to++] = ' ';
				chars++;
			}
			gap = false;
			if (chars >= MAX_CHARS - 1 && from + len < n)
				break;
			memmove(s + to, s + from, len);
			to += len;
			chars++;
		} else {
			gap = true;
		}
		from += len;
	}
	/* the three bytes of an ellipsis fit: at least as many were left out, or
	 * the buffer keeps room for them (ac_doc_title) */
	if (from < n) {
		memcpy(s + to, "\xe2\x80\xa6", 3);
		to += 3;
	}
	return to;
}

enum part { WHOLE, SAID, SUBJECT, RESULT };

static const char *
line(struct ac_arena *a, const struct ac_val *doc, enum part part)
{
	const char *type = ac_val_str(doc, "resourceType"), *out = NULL;
	struct ac_buf b = { 0 };
	bool said = part != WHOLE;
	enum ac_err err = part != RESULT ? subject(&b, doc, said) : AC_OK;

	if (!err && part != SUBJECT && type && !strcmp(type, "Observation"))
		err = result(&b, doc, said);
	if (!err && part != SUBJECT && type && !strncmp(type, "Medication", 10))
		err = dose(&b, doc);
	if (!err && part != SUBJECT && is_type(doc, "MedicationStatement"))
		err = supplement(&b, doc, said);
	if (!err)
		err = ac_buf_room(&b, 3);
	if (!err && b.len)
		out = ac_arena_text(a, (const char *)b.p, clean(b.p, b.len));
	ac_buf_free(&b);
	return out ? out : "";
}

const char *
ac_doc_title(struct ac_arena *a, const struct ac_val *doc)
{
	return line(a, doc, WHOLE);
}

const char *
ac_doc_said(struct ac_arena *a, const struct ac_val *doc)
{
	return line(a, doc, SAID);
}

const char *
ac_doc_subject(struct ac_arena *a, const struct ac_val *doc)
{
	return line(a, doc, SUBJECT);
}

const char *
ac_doc_result(struct ac_arena *a, const struct ac_val *doc)
{
	return line(a, doc, RESULT);
}
