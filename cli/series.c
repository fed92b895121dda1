/* SPDX-License-Identifier: ISC */
/*
 * Method: a name becomes codes, the index gives the documents under a code or with it in a
 * component, each is read as it stands now, and of one in dispute all sides are. What is in
 * another unit is converted where the table of common tests knows how, and else stands apart.
 */
#include "series_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void *
series_more(struct reading *r, void *list, size_t n, size_t *cap, size_t size)
{
	void *p;

	if (n < *cap)
		return list;
	p = ac_arena_get(&r->c->arena, (*cap * 2 + 16) * size);
	if (p == NULL) {
		r->err = AC_ENOMEM;
		return NULL;
	}
	if (n != 0)
		memcpy(p, list, n * size);
	*cap = *cap * 2 + 16;
	return p;
}

static int
keep_ref(void *ctx, const struct ac_row *row)
{
	struct reading *r = ctx;
	const char **refs = series_more(r, r->refs, r->nrefs, &r->crefs, sizeof *refs);

	if (refs == NULL)
		return 1;
	r->refs = refs;
	r->refs[r->nrefs++] = text_of(r->c, "%s", row->ref);
	if (out_is_lost())
		r->err = AC_ENOMEM;
	return r->err != AC_OK;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
series_sort(struct reading *r)
{
	size_t k = 0;

	if (r->nrefs != 0)
		qsort(r->refs, r->nrefs, sizeof *r->refs, by_name);
	for (size_t i = 0; i < r->nrefs; i++)
		if (i == 0 || strcmp(r->refs[i], r->refs[k - 1]) != 0)
			r->refs[k++] = r->refs[i];
	r->nrefs = k;
}

enum ac_err
series_find(struct reading *r, const char *code, const char *words)
{
	static const char *const types[] = { "Observation", NULL };
	const struct ac_filter q = { .types = types, .code = code, .words = words };
	enum ac_err err = ac_list(r->c->space, &q, keep_ref, r, &r->c->fault);

	return err != AC_OK ? err : r->err;
}

/* -------------------------------------------------------------------- points */

/* What nobody can have measured would only break the arithmetic of a drawing. */
static bool
drawable(double x)
{
	return fabs(x) <= 1e305 && (x == 0 || fabs(x) >= 1e-305);
}

/* A copy that lasts; mostly it is what the point before has too. */
static const char *
lasting(struct reading *r, const char *s, const char *before)
{
	return before != NULL && strcmp(s, before) == 0 ? before : text_of(r->c, "%s", s);
}

static void
add_point(struct reading *r, const struct ac_measure *m, const char *ref, const char *version, const char *by)
{
	struct point *list = series_more(r, r->p, r->n, &r->cap, sizeof *list), *p;
	const struct point *last;

	if (list == NULL)
		return;
	r->p = list;
	p = &list[r->n];
	last = r->n > 0 ? p - 1 : &(struct point){ 0 };
	*p = (struct point){ .ref = lasting(r, ref, last->ref), .version = lasting(r, version, NULL), .by = lasting(r, by, last->by),
		.date = lasting(r, m->date, last->date), .ms = m->ms, .comparator = lasting(r, m->comparator, last->comparator),
		.value = series_spelled(r->c, m->value), .unit = lasting(r, m->unit, last->unit), .shown = lasting(r, m->shown, last->shown),
		.low = series_spelled(r->c, m->low), .high = series_spelled(r->c, m->high), .was = "", .at = ac_measure_number(m->value) };
	if (m->low != NULL && !drawable(p->floor = ac_measure_number(m->low)))
		p->low = "";
	if (m->high != NULL && !drawable(p->ceiling = ac_measure_number(m->high)))
		p->high = "";
	if (drawable(p->at) && (r->since == 0 || (*p->date != '\0' && p->ms >= r->since)))
		r->n++;
}

static void
title_of(struct reading *r, const struct ac_val *doc)
{
	const struct ac_val *parts = ac_val_get(doc, "component");
	int64_t ms = 0;

	(void)ac_time_read(ac_doc_date(&r->one, doc), &ms);
	if (r->title != NULL && ms <= r->titled)
		return;
	if (ac_measure_coded(doc, r->codes)) {
		r->title = lasting(r, ac_doc_subject(&r->one, doc), r->title);
	} else {
		for (uint32_t i = 0; parts != NULL && parts->kind == AC_ARR && i < parts->n; i++)
			if (ac_measure_coded(&parts->items[i], r->codes)
			    && ac_say_value(&r->title, &r->c->arena, "CodeableConcept", ac_val_get(&parts->items[i], "code")) != AC_OK)
				r->err = AC_ENOMEM;
	}
	r->titled = ms;
}

/* "8480-6 (Systolic blood pressure), 8462-4 (…)": what of it is measured. */
static void
note_parts(struct reading *r, const struct ac_val *doc)
{
	const struct ac_val *parts = ac_val_get(doc, "component"), *codings;
	const char *out = "", *code, *name;

	if (r->parts != NULL || parts == NULL || parts->kind != AC_ARR || !ac_measure_coded(doc, r->codes))
		return;
	for (uint32_t i = 0; i < parts->n && i < 6; i++) {
		codings = ac_val_get(ac_val_get(&parts->items[i], "code"), "coding");
		code = codings != NULL && codings->kind == AC_ARR && codings->n > 0 ? ac_val_str(&codings->items[0], "code") : NULL;
		if (code == NULL || ac_say_value(&name, &r->c->arena, "CodeableConcept", ac_val_get(&parts->items[i], "code")) != AC_OK)
			continue;
		out = text_of(r->c, *out != '\0' ? "%s, %s (%s)" : "%s%s (%s)", out, clean(r->c, code), clean(r->c, name));
	}
	if (*out != '\0')
		r->parts = out;
}

/* What one body says; how many points that were. */
static size_t
take(struct reading *r, const struct ac_val *doc, const char *ref, const char *version, const char *by)
{
	const struct ac_measure *m = NULL;
	size_t n = 0, before = r->n;

	if (doc == NULL || (r->o->whose != NULL && whose_foreign(r->o->whose, doc)))
		return 0;
	r->err = ac_measure_read(&m, &n, &r->one, doc, r->codes);
	for (size_t i = 0; i < n && r->err == AC_OK; i++)
		add_point(r, &m[i], ref, version, by);
	if (n == 0)
		note_parts(r, doc);
	else
		title_of(r, doc);
	return r->n - before;
}

static bool
alike(const struct point *a, const struct point *b)
{
	return strcmp(a->value, b->value) == 0 && strcmp(a->unit, b->unit) == 0 && strcmp(a->date, b->date) == 0
		&& strcmp(a->comparator, b->comparator) == 0 && strcmp(a->low, b->low) == 0 && strcmp(a->high, b->high) == 0;
}

static void
take_sides(struct reading *r, const struct ac_shown *s)
{
	size_t from = r->n, k = from;

	for (size_t i = 0; i < s->nsides && r->err == AC_OK; i++) {
		const struct ac_shown_side *side = &s->sides[i];

		take(r, side->body, s->ref, side->version, side->device != NULL && *side->device != '\0'
			? text_of(r->c, _("%s on %s"), side->author, side->device) : text_of(r->c, "%s", side->author));
	}
	for (size_t i = from; i < r->n; i++) { /* what several sides have alike is one point */
		bool twin = false;

		for (size_t j = from; j < k && !twin; j++)
			twin = alike(&r->p[i], &r->p[j]);
		if (!twin)
			r->p[k++] = r->p[i];
		r->p[k - 1].conflict = true;
	}
	r->n = k;
}

static enum ac_err
read_all(struct reading *r)
{
	for (size_t i = 0; i < r->nrefs && r->err == AC_OK; i++) {
		struct ac_shown s = { 0 };
		enum ac_err err;

		ac_arena_reset(&r->one);
		err = ac_show(&s, &r->one, r->c->space, r->refs[i], NULL, &r->c->fault);
		if (err == AC_ENOTFOUND)
			continue; /* withdrawn, or deleted on one side */
		if (err != AC_OK)
			return err;
		if (s.nsides > 0 && s.body == NULL)
			take_sides(r, &s);
		else
			take(r, s.body, s.ref, s.version, "");
	}
	return r->err;
}

/* ----------------------------------------------------------------- all of it */

static enum ac_err
read_series(struct reading *r, struct series *out, const char *word)
{
	struct series s = { .code = "" };
	enum ac_err err = series_codes(r, word);

	for (size_t i = 0; err == AC_OK && r->codes[i] != NULL; i++) {
		const char *bar = strrchr(r->codes[i], '|');

		if ((err = series_find(r, r->codes[i], NULL)) == AC_OK)
			err = series_find(r, NULL, bar != NULL ? bar + 1 : r->codes[i]);
	}
	series_sort(r);
	if (err == AC_OK)
		err = read_all(r);
	if (err == AC_OK && r->n == 0 && r->parts != NULL)
		return ac_fault(&r->c->fault, AC_EUSAGE, "%s is measured in parts; name one of them: %s.", clean(r->c, word), r->parts);
	if (err == AC_OK)
		err = series_settle(r, &s);
	if (err != AC_OK)
		return err;
	s.code = r->codes[0] != NULL ? r->codes[0] : "";
	s.title = r->title != NULL && *r->title != '\0' ? r->title : word;
	s.lab = r->lab;
	*out = s;
	return AC_OK;
}

enum ac_err
series_read(struct cli *c, struct series *out, const char *word, const struct series_options *o)
{
	struct reading r = { .c = c, .o = o };
	enum ac_err err;

	if (o->since != NULL && !ac_time_read(o->since, &r.since))
		return ac_fault(&c->fault, AC_EUSAGE, "%s is no date.", clean(c, o->since));
	err = read_series(&r, out, word);
	ac_arena_free(&r.one);
	return err;
}
