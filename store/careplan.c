/* SPDX-License-Identifier: ISC */
/*
 * The plan of a space as it is seen on a day: the CarePlan, the documents that the index
 * finds by the codes that can count, and who wrote what; ac_plan_make does the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "store/careplan.h"

enum { TOGETHER = 200 }; /* codes in one query of the index */

struct reading {
	struct ac_careplan out;
	struct ac_space *s;
	struct ac_arena *a;
	struct ac_fault *f;
	int64_t plan;              /* its row */
	const char *source;        /* the plan's */
	const char *id;            /* the person's Patient; NULL: not known */
	const struct ac_val *person;
	struct ac_buf codes;       /* as words of the index: queries of some, as JSON strings with commas between */
	size_t ncodes;
	struct ac_buf docs;        /* rows, int64_t each */
	enum ac_err err;
};

/* -------------------------------------------------------------- the CarePlan */

static bool
in_force(const struct ac_val *body)
{
	static const char *const closed[] = { "revoked", "completed", "entered-in-error" };
	const struct ac_val *uris = ac_val_list(body, "instantiatesUri");
	const char *status = ac_val_str(body, "status");
	uint32_t i;

	for (i = 0; status && i < sizeof closed / sizeof *closed; i++)
		if (!strcmp(status, closed[i]))
			return false;
	for (i = 0; i < uris->n; i++)
		if (uris->items[i].kind == AC_STR && !strncmp(uris->items[i].s, AC_PLAN_TEMPLATE, strlen(AC_PLAN_TEMPLATE)))
			return true;
	return false;
}

/* Is x the plan rather than y? */
static bool
before(const struct ac_doc_row *x, const struct ac_doc_row *y)
{
	const char *a = ac_val_str(x->body, "created"), *b = ac_val_str(y->body, "created");
	int c = strcmp(a ? a : "~", b ? b : "~");

	return c ? c < 0 : strcmp(x->ref, y->ref) < 0;
}

static enum ac_err
rows_of(struct ac_buf *out, struct ac_rows q, struct ac_fault *f)
{
	enum ac_err err = AC_OK;
	int64_t doc;

	while (!err && ac_rows_next(&q)) {
		doc = ac_rows_int(&q, 0);
		err = ac_buf_add(out, &doc, sizeof doc);
	}
	return ac_rows_end(&q, f) ? q.err : err;
}

static enum ac_err
find(struct reading *r)
{
	struct ac_buf rows = { 0 };
	struct ac_doc_row one, best = { 0 };
	const char *ref = NULL;
	size_t i, found = 0;
	enum ac_err err = rows_of(&rows, ac_index_query(r->s->home->index, "SELECT id FROM doc WHERE space = ? AND type ="
		" 'CarePlan' AND (flags & 72) = 0", "i", r->s->id), r->f);

	for (i = 0; i < rows.len / sizeof(int64_t) && !err; i++) {
		int64_t doc;

		memcpy(&doc, rows.p + i * sizeof doc, sizeof doc);
		if ((err = ac_query_doc(&one, r->a, r->s, doc, r->f)) || !one.body || !in_force(one.body))
			continue;
		if (!found++ || before(&one, &best))
			best = one;
	}
	ac_buf_free(&rows);
	if (err)
		return err;
	if (!found)
		return ac_fault(r->f, AC_ENOTFOUND, "there is no care plan yet; `plan templates` lists what one can begin with, and"
			" `plan new` makes it");
	if (!(ref = ac_arena_text(r->a, best.ref, strlen(best.ref))))
		return AC_ENOMEM;
	r->plan = best.doc;
	r->source = best.source;
	r->out.ref = ref;
	r->out.body = best.body;
	r->out.others = found - 1;
	return AC_OK;
}

/* ------------------------------------------------------------- the documents */

static void
code(void *ctx, const char *system, const char *text)
{
	struct reading *r = ctx;
	char word[AC_FACTS_CODE];

	(void)system;
	ac_facts_code(word, NULL, text ? text : "");
	if (!r->err)
		r->err = ac_buf_addf(&r->codes, "%s%s", r->ncodes % TOGETHER ? " OR " : r->ncodes ? "\",\"" : "", word);
	r->ncodes++;
}

/* An item of its own is named by its plan-item code, its id or its description. */
static void
codes_of_activities(struct reading *r)
{
	const struct ac_val *list = ac_val_list(r->out.body, "activity"), *detail, *codings;
	uint32_t i, j;

	for (i = 0; i < list->n; i++) {
		detail = ac_val_get(&list->items[i], "detail");
		codings = ac_val_list(ac_val_get(detail, "code"), "coding");
		for (j = 0; j < codings->n; j++)
			code(r, NULL, ac_val_str(&codings->items[j], "code"));
		code(r, NULL, ac_val_str(&list->items[i], "id"));
		code(r, NULL, ac_val_str(detail, "description"));
	}
}

static enum ac_err
by_code(struct reading *r)
{
	struct ac_buf json = { 0 };
	enum ac_err err;

	ac_plan_library_codes(r->out.lib, code, r);
	codes_of_activities(r);
	if (!(err = r->err) && !(err = ac_buf_add(&r->codes, "", 1)) && !(err = ac_buf_addf(&json, "[\"%s\"]", (const char *)r->codes.p))
	    && !(err = ac_buf_add(&json, "", 1)))
		err = rows_of(&r->docs, ac_index_query(r->s->home->index, "SELECT DISTINCT d.id FROM json_each(?2) j JOIN words ON"
			" words MATCH j.value JOIN doc d ON d.id = words.rowid & 4294967295 WHERE"
			" words.rowid = (d.wording << 32 | d.id) AND d.space = ?1 AND (d.flags & 72) = 0 AND d.type IN"
			" ('Observation', 'DiagnosticReport', 'Procedure', 'Encounter', 'Appointment')", "it", r->s->id,
			(const char *)json.p), r->f);
	ac_buf_free(&json);
	return err;
}

/* Of the person's insurances each counts, by its dates. */
static enum ac_err
coverages(struct reading *r)
{
	return rows_of(&r->docs, ac_index_query(r->s->home->index, "SELECT id FROM doc WHERE space = ? AND type = 'Coverage'"
		" AND (flags & 72) = 0", "i", r->s->id), r->f);
}

/* What supportingInfo names: of several sources' the plan's own. A URL that is none of a document
 * here leads by its end. */
static enum ac_err
named(struct reading *r)
{
	const struct ac_val *list = ac_val_list(r->out.body, "supportingInfo");
	const char *s, *type;
	int64_t doc;
	enum ac_err err = AC_OK;
	uint32_t i;

	for (i = 0; i < list->n && !err; i++) {
		if (!(s = ac_val_str(&list->items[i], "reference")))
			continue;
		if ((type = strrchr(s, '/')))
			while (type > s && type[-1] != '/')
				type--;
		err = ac_query_named(&doc, r->s, s, r->source, r->f);
		if (!err && !doc && type && type != s)
			err = ac_query_named(&doc, r->s, type, r->source, r->f);
		if (!err && doc)
			err = ac_buf_add(&r->docs, &doc, sizeof doc);
	}
	return err;
}

static int
row_order(const void *p, const void *q)
{
	const int64_t *x = p, *y = q;

	return (*x > *y) - (*x < *y);
}

static enum ac_err
read_docs(struct reading *r, struct ac_plan_input *in)
{
	size_t n = r->docs.len / sizeof(int64_t), i;
	struct ac_plan_doc *docs = ac_arena_get(r->a, (n + 1) * sizeof *docs);
	int64_t *rows = (int64_t *)(void *)r->docs.p;
	struct ac_doc_row d;
	bool foreign;
	enum ac_err err;

	if (!docs)
		return AC_ENOMEM;
	if (n)
		qsort(rows, n, sizeof *rows, row_order);
	for (i = 0; i < n; i++) {
		if (i && rows[i] == rows[i - 1])
			continue;
		if ((err = ac_query_doc(&d, r->a, r->s, rows[i], r->f)))
			return err;
		if (!d.body || d.flags & (AC_DOC_DELETED | AC_DOC_WITHDRAWN))
			continue;
		if ((err = ac_careplan_foreign(&foreign, r->a, r->s, d.body, r->id, r->person, r->f)))
			return err;
		if (foreign)
			continue;
		if (!(docs[in->ndocs].ref = ac_arena_text(r->a, d.ref, strlen(d.ref))))
			return AC_ENOMEM;
		docs[in->ndocs++].body = d.body;
	}
	in->docs = docs;
	return AC_OK;
}

enum ac_err
ac_careplan_read(struct ac_careplan *out, struct ac_arena *a, struct ac_space *s, const char *on, struct ac_fault *f)
{
	struct reading r = { .s = s, .a = a, .f = f };
	struct ac_plan_input in = { .on = ac_arena_text(a, on, strlen(on)) }; /* outlives the caller's */
	enum ac_err err;
	int64_t ms;

	if (!in.on)
		return AC_ENOMEM;
	if ((err = ac_plan_library_builtin(&r.out.lib, a, f)) || (err = find(&r))
	    || (err = ac_careplan_person(&r.id, &r.person, a, s, ac_val_str(ac_val_get(r.out.body, "subject"), "reference"), f))
	    || (err = by_code(&r)) || (err = coverages(&r)) || (err = named(&r)) || (err = read_docs(&r, &in))
	    || (err = ac_careplan_authors(&in.authors, &in.nauthors, a, s, r.plan, r.out.body, f)))
		goto out;
	in.lib = r.out.lib;
	in.careplan = r.out.body;
	in.birth = ac_val_str(r.person, "birthDate");
	if (in.birth && !ac_time_read(in.birth, &ms))
		in.birth = NULL;
	r.out.input = in;
	if (!(err = ac_plan_make(&r.out.plan, a, &in, f)))
		*out = r.out;
out:
	ac_buf_free(&r.codes);
	ac_buf_free(&r.docs);
	return err;
}
