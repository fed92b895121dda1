/* SPDX-License-Identifier: ISC */
/*
 * Exposures that the records speak of: medications, procedures, diagnoses, and Observations of
 * a cumulative dose.
 *
 * Method: the index finds documents in which the words of an exposure stand anywhere; then the
 * words must stand where the document says what was given or done, and its status must say that
 * it was. What is found is offered with the document, and never taken by itself.
 */
#include <stdlib.h>
#include <string.h>

#include "store/facts.h"
#include "store/careplan.h"

#define MEDICATIONS "'MedicationStatement', 'MedicationAdministration', 'MedicationRequest', 'MedicationDispense'"

enum { EACH = 5, CANDIDATES = 200 }; /* of one exposure: documents told, and looked at */

struct search {
	struct ac_space *s;
	struct ac_arena *a;
	struct ac_fault *f;
	const char *id;            /* the person's Patient; NULL: not known */
	const struct ac_val *person;
	struct ac_careplan_found *out;
	size_t n, cap;
};

/* ------------------------------------------------------------- what a document says */

static enum ac_err
add_words(struct ac_buf *out, const struct ac_val *v)
{
	enum ac_err err = v ? ac_doc_words(out, v) : AC_OK;

	return err ? err : ac_buf_add(out, " ", 1);
}

static enum ac_err
each_of(struct ac_buf *out, const struct ac_val *list, const char *a, const char *b)
{
	enum ac_err err = AC_OK;
	uint32_t i, n = list && list->kind == AC_ARR ? list->n : list ? 1 : 0;

	for (i = 0; i < n && !err; i++) {
		const struct ac_val *v = list->kind == AC_ARR ? &list->items[i] : list;

		if (!(err = add_words(out, a ? ac_val_get(v, a) : v)) && b)
			err = add_words(out, ac_val_get(v, b));
	}
	return err;
}

/* The Medication that a reference names, which is a document of its own or contained. */
static enum ac_err
medication(struct search *x, struct ac_buf *out, const struct ac_doc_row *r)
{
	const struct ac_val *reference = ac_val_get(r->body, "medicationReference"), *list = ac_val_get(r->body, "contained");
	const char *s = ac_val_str(reference, "reference"), *id;
	struct ac_doc_row named;
	int64_t row;
	uint32_t i;
	enum ac_err err;

	if (!s)
		return AC_OK;
	for (i = 0; *s == '#' && list && list->kind == AC_ARR && i < list->n; i++)
		if ((id = ac_val_str(&list->items[i], "id")) && !strcmp(id, s + 1))
			return add_words(out, ac_val_get(&list->items[i], "code"));
	if (*s == '#')
		return AC_OK;
	if ((err = ac_query_named(&row, x->s, s, r->source, x->f)) || !row)
		return err;
	if ((err = ac_query_doc(&named, x->a, x->s, row, x->f)) || !named.body || strcmp(named.type, "Medication"))
		return err;
	return add_words(out, ac_val_get(named.body, "code"));
}

/* Words of what was given or done, and how. */
static enum ac_err
says(struct search *x, struct ac_buf *out, const struct ac_doc_row *r)
{
	const struct ac_val *doc = r->body;
	enum ac_err err;

	if (strncmp(r->type, "Medication", 10)) {
		err = add_words(out, ac_val_get(doc, "code"));
		return err ? err : each_of(out, ac_val_get(doc, "bodySite"), NULL, NULL);
	}
	if ((err = add_words(out, ac_val_get(doc, "medicationCodeableConcept")))
	    || (err = add_words(out, ac_val_get(ac_val_get(doc, "medicationReference"), "display")))
	    || (err = medication(x, out, r)) || (err = each_of(out, ac_val_get(doc, "dosage"), "route", "text")))
		return err;
	return each_of(out, ac_val_get(doc, "dosageInstruction"), "route", "text");
}

/* In lower case without marks, one blank between words and at both ends. */
static enum ac_err
plain(struct ac_buf *out, const struct ac_buf *words)
{
	struct ac_buf low = { 0 };
	enum ac_err err = ac_fold(&low, (const char *)words->p);
	size_t i;

	if (!err)
		err = ac_buf_add(out, " ", 1);
	for (i = 0; i < low.len && !err; i++) {
		unsigned char c = low.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;

		if (letter || out->p[out->len - 1] != ' ')
			err = ac_buf_add(out, letter ? (const void *)&c : " ", 1);
	}
	if (!err)
		err = ac_buf_add(out, " ", 2); /* with the NUL */
	ac_buf_free(&low);
	return err;
}

/* Do all words of a phrase stand there? */
static bool
stand(const char *text, const char *phrase)
{
	char word[64];
	size_t n;

	for (; *phrase; phrase += n + (phrase[n] == ' ')) {
		n = strcspn(phrase, " ");
		if (n > sizeof word - 3)
			return false;
		word[0] = word[n + 1] = ' ';
		memcpy(word + 1, phrase, n);
		word[n + 2] = '\0';
		if (!strstr(text, word))
			return false;
	}
	return true;
}

/* What was not given, done or found, or was only thought of. */
static bool
happened(const char *type, const struct ac_val *doc)
{
	static const char *const not[] = { "not-taken", "not-done", "entered-in-error", "intended", "unknown", "cancelled",
		"draft", "preparation", "declined", "registered" };
	const char *status = ac_val_str(doc, "status"), *intent = ac_val_str(doc, "intent");
	const struct ac_val *never = ac_val_get(doc, "doNotPerform");
	const char *verified = ac_val_str(ac_path_get(doc, "verificationStatus.coding[0]"), "code");
	size_t i;

	for (i = 0; status && i < sizeof not / sizeof *not; i++)
		if (!strcmp(status, not[i]))
			return false;
	if (!strcmp(type, "MedicationRequest") && ((never && never->kind == AC_BOOL && never->b) || !intent
	    || !strcmp(intent, "proposal") || !strcmp(intent, "plan") || !strcmp(intent, "option")))
		return false;
	return !verified || (strcmp(verified, "refuted") != 0 && strcmp(verified, "entered-in-error") != 0
		&& strcmp(verified, "unconfirmed") != 0 && strcmp(verified, "differential") != 0);
}

/* --------------------------------------------------------------------- the search */

/* A dose in the exposure's unit, of an Observation that tells of a sum. */
static enum ac_err
dose(struct search *x, struct ac_careplan_found *found, const struct ac_val *doc)
{
	const struct ac_val *q = ac_val_get(doc, "valueQuantity"), *v = ac_val_get(q, "value");
	const char *unit = ac_val_str(q, "code");
	struct ac_buf b = { 0 };
	enum ac_err err;

	if (!v || (v->kind != AC_INT && v->kind != AC_UINT && v->kind != AC_DEC && v->kind != AC_NUM) || !unit || !*found->exposure->unit || strcmp(unit, found->exposure->unit) != 0 || ac_val_get(q, "comparator"))
		return AC_OK;
	if (!(err = ac_json_write(&b, v, NULL, NULL)) && b.p[0] != '-') {
		found->unit = unit;
		if (!(found->value = ac_arena_text(x->a, (const char *)b.p, b.len)))
			err = AC_ENOMEM;
	}
	ac_buf_free(&b);
	return err;
}

static enum ac_err
keep(struct search *x, const struct ac_plan_exposure *e, const struct ac_doc_row *r)
{
	struct ac_careplan_found one = { .exposure = e, .value = "", .unit = "" }, *more;
	enum ac_err err;

	if (!(one.ref = ac_arena_text(x->a, r->ref, strlen(r->ref))))
		return AC_ENOMEM;
	if (!(one.title = ac_doc_title(x->a, r->body)) || !(one.date = ac_doc_date(x->a, r->body)))
		return AC_ENOMEM;
	if (!strcmp(r->type, "Observation") && (err = dose(x, &one, r->body)))
		return err;
	if (x->n == x->cap) {
		if (!(more = ac_arena_get(x->a, (x->cap * 2 + 16) * sizeof *more)))
			return AC_ENOMEM;
		if (x->n)
			memcpy(more, x->out, x->n * sizeof *more);
		x->out = more;
		x->cap = x->cap * 2 + 16;
	}
	x->out[x->n++] = one;
	return AC_OK;
}

static enum ac_err
speaks(struct search *x, bool *out, const struct ac_plan_exposure *e, const struct ac_doc_row *r)
{
	struct ac_buf words = { 0 }, text = { 0 };
	bool foreign;
	enum ac_err err;
	size_t i;

	*out = false;
	if (!r->body || !happened(r->type, r->body))
		return AC_OK;
	if ((err = ac_careplan_foreign(&foreign, x->a, x->s, r->body, x->id, x->person, x->f)) || foreign)
		return err;
	if (!(err = says(x, &words, r)) && !(err = ac_buf_add(&words, "", 1)))
		err = plain(&text, &words);
	/* a level in the blood is no exposure; a sum over all is */
	if (!err && (strcmp(r->type, "Observation") != 0 || stand((const char *)text.p, "cumulative")
	    || stand((const char *)text.p, "acumulada")))
		for (i = 0; i < e->nfound_by && !*out; i++)
			*out = stand((const char *)text.p, e->found_by[i]);
	ac_buf_free(&words);
	ac_buf_free(&text);
	return err;
}

/* Phrases as a query of the index: words of one joined by AND, phrases by OR. */
static enum ac_err
query_of(struct ac_buf *out, const struct ac_plan_exposure *e)
{
	enum ac_err err = AC_OK;
	const char *p;
	size_t i, n;

	for (i = 0; i < e->nfound_by && !err; i++) {
		err = ac_buf_addf(out, "%s(", i ? " OR " : "");
		for (p = e->found_by[i]; *p && !err; p += n + (p[n] == ' ')) {
			n = strcspn(p, " ");
			err = ac_buf_addf(out, "%s\"%.*s\"", p == e->found_by[i] ? "" : " AND ", (int)n, p);
		}
		if (!err)
			err = ac_buf_add(out, ")", 1);
	}
	return err ? err : ac_buf_add(out, "", 1);
}

/* Newest first. A Medication that is a document of its own leads to what names it. */
static enum ac_err
one(struct search *x, const struct ac_plan_exposure *e)
{
	struct ac_buf match = { 0 };
	int64_t docs[CANDIDATES];
	struct ac_doc_row r;
	struct ac_rows q;
	size_t n = 0, i, found = 0;
	bool yes;
	enum ac_err err = query_of(&match, e);

	if (err)
		goto out;
	q = ac_index_query(x->s->home->index, "WITH hit AS (SELECT d.id, d.type, d.date, d.rid FROM words JOIN doc d ON"
		" d.id = words.rowid & 4294967295 WHERE words MATCH ?2 AND words.rowid = (d.wording << 32 | d.id) AND d.space = ?1"
		" AND (d.flags & 72) = 0) SELECT id, date, rid FROM hit WHERE type IN (" MEDICATIONS ", 'Procedure', 'Condition',"
		" 'Observation') UNION SELECT id, date, rid FROM doc WHERE space = ?1 AND type IN (" MEDICATIONS ") AND (flags & 72) = 0"
		" AND EXISTS (SELECT 1 FROM hit WHERE type = 'Medication') ORDER BY date DESC, rid LIMIT ?3", "iti", x->s->id,
		(const char *)match.p, (int64_t)CANDIDATES);
	while (n < CANDIDATES && ac_rows_next(&q))
		docs[n++] = ac_rows_int(&q, 0);
	err = ac_rows_end(&q, x->f);
	for (i = 0; i < n && found < EACH && !err; i++) {
		if ((err = ac_query_doc(&r, x->a, x->s, docs[i], x->f)) || (err = speaks(x, &yes, e, &r)) || !yes)
			continue;
		err = keep(x, e, &r);
		found++;
	}
out:
	ac_buf_free(&match);
	return err;
}

/* Observations of an exposure that no plan names, as another device or program wrote them. */
static enum ac_err
noted(struct search *x, const struct ac_plan_exposure *e, const struct ac_careplan *p)
{
	char word[AC_FACTS_CODE];
	int64_t docs[EACH];
	struct ac_doc_row r;
	struct ac_rows q;
	size_t n = 0, i, k;
	bool foreign;
	enum ac_err err;

	ac_facts_code(word, AC_PLAN_CODES, e->code);
	q = ac_index_query(x->s->home->index, "SELECT d.id FROM words JOIN doc d ON d.id = words.rowid & 4294967295 WHERE"
		" words MATCH ?2 AND words.rowid = (d.wording << 32 | d.id) AND d.space = ?1 AND d.type = 'Observation' AND"
		" (d.flags & 72) = 0 ORDER BY d.date DESC, d.rid LIMIT ?3", "iti", x->s->id, (const char *)word, (int64_t)EACH);
	while (n < EACH && ac_rows_next(&q))
		docs[n++] = ac_rows_int(&q, 0);
	err = ac_rows_end(&q, x->f);
	for (i = 0; i < n && !err; i++) {
		if ((err = ac_query_doc(&r, x->a, x->s, docs[i], x->f)) || !r.body || !happened(r.type, r.body)
		    || (err = ac_careplan_foreign(&foreign, x->a, x->s, r.body, x->id, x->person, x->f)) || foreign)
			continue;
		for (k = 0; p && k < p->plan.nhad && strcmp(p->plan.had[k].ref, r.ref) != 0; k++)
			;
		if (!p || k == p->plan.nhad)
			err = keep(x, e, &r);
	}
	return err;
}

enum ac_err
ac_careplan_evidence(const struct ac_careplan_found **out, size_t *n, struct ac_arena *a, struct ac_space *s,
	const struct ac_careplan *p, struct ac_fault *f)
{
	struct search x = { .s = s, .a = a, .f = f };
	const struct ac_plan_library *lib = p ? p->lib : NULL;
	const struct ac_plan_exposure *e;
	enum ac_err err = lib ? AC_OK : ac_plan_library_builtin(&lib, a, f);
	size_t i, k;

	if (err || (err = ac_careplan_person(&x.id, &x.person, a, s, p ? ac_val_str(ac_val_get(p->body, "subject"), "reference")
	    : NULL, f)))
		return err;
	for (i = 0; (e = ac_plan_library_exposure(lib, i)) && !err; i++) {
		for (k = 0; p && k < p->plan.nhad && strcmp(p->plan.had[k].code, e->code) != 0; k++)
			;
		if (p && k < p->plan.nhad)
			continue; /* it is there, or was taken back */
		if (!(err = noted(&x, e, p)) && e->nfound_by)
			err = one(&x, e);
	}
	*out = x.out;
	*n = x.n;
	return err;
}
