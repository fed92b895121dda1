/* SPDX-License-Identifier: ISC */
/*
 * Method: a name becomes codes, the index gives the documents under a code or with it in a
 * component, each is read as it stands now, and of one in dispute all sides are. What is in
 * another unit is converted where the table of common tests knows how, and else stands apart.
 */
#include "series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	struct cli *c;
	const struct series_options *o;
	const struct ac_lab *lab;       /* the common test that it is; NULL: none */
	const char *const *codes;
	const char **refs; size_t nrefs, crefs;
	struct point *p; size_t n, cap;
	const char *title;              /* of the latest document */
	int64_t titled;
	struct names { const char *code, *title; } *found; size_t nfound; /* by a name */
	const char *parts;              /* of documents with this code that have only parts: their names */
	int64_t since;
	struct ac_arena one;            /* of the document that is read: what lasts is copied */
	enum ac_err err;
};

/* One more place at the end; NULL, and err is set, without memory. */
static void *
more(struct reading *r, void *list, size_t n, size_t *cap, size_t size)
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
	const char **refs = more(r, r->refs, r->nrefs, &r->crefs, sizeof *refs);

	if (refs == NULL)
		return 1;
	r->refs = refs;
	r->refs[r->nrefs++] = text_of(r->c, "%s", row->ref);
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Each once. */
static void
sort_refs(struct reading *r)
{
	size_t k = 0;

	if (r->nrefs != 0)
		qsort(r->refs, r->nrefs, sizeof *r->refs, by_name);
	for (size_t i = 0; i < r->nrefs; i++)
		if (i == 0 || strcmp(r->refs[i], r->refs[k - 1]) != 0)
			r->refs[k++] = r->refs[i];
	r->nrefs = k;
}

static enum ac_err
find(struct reading *r, const char *code, const char *words)
{
	static const char *const types[] = { "Observation", NULL };
	const struct ac_filter q = { .types = types, .code = code, .words = words };
	enum ac_err err = ac_list(r->c->space, &q, keep_ref, r, &r->c->fault);

	return err != AC_OK ? err : r->err;
}

/* ------------------------------------------------------------------- numbers */

const char *
plot_number(struct cli *c, double x, int places)
{
	char s[400];
	int n = snprintf(s, sizeof s, "%.*f", places, x);

	for (int i = 0; i < n; i++)
		if (s[i] == ',')
			s[i] = '.';
	if (n > 1 && s[0] == '-' && strspn(s + 1, "0.") == (size_t)n - 1)
		return text_of(c, "%s", s + 1);
	return text_of(c, "%s", s);
}

static const char *
spelled(struct cli *c, const struct ac_val *v)
{
	struct ac_buf b = { 0 };
	const char *out = "";

	if (v != NULL && ac_json_write(&b, v, NULL, NULL) == AC_OK)
		out = text_of(c, "%.*s", (int)b.len, (const char *)b.p);
	ac_buf_free(&b);
	return out;
}

/* A decimal of ours, in any locale. */
static double
decimal(const char *s)
{
	double x = 0, unit = 1;

	for (bool point = false; (*s >= '0' && *s <= '9') || *s == '.'; s++) {
		point = point || *s == '.';
		x = *s == '.' ? x : x * 10 + (*s - '0');
		unit = point && *s != '.' ? unit * 10 : unit;
	}
	return x / unit;
}

static int
significant(const char *s)
{
	bool begun = false;
	int n = 0;

	for (; *s != '\0' && *s != 'e' && *s != 'E'; s++) {
		begun = begun || (*s >= '1' && *s <= '9');
		n += begun && *s != '.';
	}
	return n;
}

/* As precise as what it was made from. */
static const char *
converted(struct cli *c, double x, const char *was)
{
	int places = significant(was) - 1 - (x != 0 ? (int)floor(log10(fabs(x))) : 0);

	return plot_number(c, x, places < 0 ? 0 : places > 6 ? 6 : places);
}

/* -------------------------------------------------------------------- points */

static int
judge(const struct point *p)
{
	bool less = *p->comparator == '<', over = *p->comparator == '>';

	if (*p->low != '\0' && !over && (less ? p->at <= p->floor : p->at < p->floor))
		return -1;
	if (*p->high != '\0' && !less && (over ? p->at >= p->ceiling : p->at > p->ceiling))
		return 1;
	return 0;
}

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
	struct point *list = more(r, r->p, r->n, &r->cap, sizeof *list), *p;
	const struct point *last;

	if (list == NULL)
		return;
	r->p = list;
	p = &list[r->n];
	last = r->n > 0 ? p - 1 : &(struct point){ 0 };
	*p = (struct point){ .ref = lasting(r, ref, last->ref), .version = lasting(r, version, NULL), .by = lasting(r, by, last->by),
		.date = lasting(r, m->date, last->date), .ms = m->ms, .comparator = lasting(r, m->comparator, last->comparator),
		.value = spelled(r->c, m->value), .unit = lasting(r, m->unit, last->unit), .shown = lasting(r, m->shown, last->shown),
		.low = spelled(r->c, m->low), .high = spelled(r->c, m->high), .was = "", .at = ac_measure_number(m->value) };
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

/* --------------------------------------------------------------------- names */

static bool
looks_like_code(const char *s)
{
	size_t n = strspn(s, "0123456789");

	if (strchr(s, '|') != NULL)
		return true;
	return n > 0 && (s[n] == '\0' || (s[n] == '-' && strspn(s + n + 1, "0123456789") == 1 && s[n + 2] == '\0'));
}

static bool
has_word(const char *text, const char *word, size_t n)
{
	for (; *text != '\0'; text++)
		if (strncasecmp(text, word, n) == 0)
			return true;
	return false;
}

static bool
has_words(const char *text, const char *words)
{
	while (*words != '\0') {
		size_t n = strcspn(words, " ");

		if (n > 0 && !has_word(text, words, n))
			return false;
		words += n + strspn(words + n, " ");
	}
	return true;
}

static void
note_name(struct reading *r, const char *code, const char *title)
{
	size_t cap = r->nfound; /* few: grown one by one would do, but not past what a person reads */

	for (size_t i = 0; i < r->nfound; i++)
		if (strcmp(r->found[i].code, code) == 0)
			return;
	if (cap % 16 == 0) {
		r->found = more(r, r->found, r->nfound, &cap, sizeof *r->found);
		if (r->found == NULL) {
			r->nfound = 0;
			return;
		}
	}
	r->found[r->nfound].code = text_of(r->c, "%s", code);
	r->found[r->nfound].title = code == title ? r->found[r->nfound].code : text_of(r->c, "%s", title);
	r->nfound++;
}

/* The code of a document or component whose name has all the words. */
static void
names_of(struct reading *r, const struct ac_val *v, const char *words)
{
	const struct ac_val *codings = ac_val_get(ac_val_get(v, "code"), "coding");
	const char *text = ac_val_str(ac_val_get(v, "code"), "text"), *name;
	bool coded = codings != NULL && codings->kind == AC_ARR && codings->n > 0 && ac_val_str(&codings->items[0], "code") != NULL;
	bool fits = text != NULL && has_words(text, words);

	for (uint32_t i = 0; coded && i < codings->n && !fits; i++)
		fits = (name = ac_val_str(&codings->items[i], "display")) != NULL && has_words(name, words);
	if (!fits)
		return;
	name = text != NULL ? text : ac_val_str(&codings->items[0], "display");
	if (coded)
		note_name(r, ac_val_str(&codings->items[0], "code"), name);
	else
		note_name(r, text, text);
}

/* A name that no table has: whatever in the record is called so. */
static enum ac_err
by_words(struct reading *r, const char *words)
{
	enum ac_err err = find(r, NULL, words);

	sort_refs(r);
	for (size_t i = 0; i < r->nrefs && err == AC_OK; i++) {
		struct ac_shown s = { 0 };
		const struct ac_val *parts;

		ac_arena_reset(&r->one);
		err = ac_show(&s, &r->one, r->c->space, r->refs[i], NULL, &r->c->fault);
		if (err == AC_ENOTFOUND || (err == AC_OK && s.merged == NULL)) {
			err = AC_OK;
			continue;
		}
		if (err != AC_OK)
			break;
		names_of(r, s.merged, words);
		parts = ac_val_get(s.merged, "component");
		for (uint32_t k = 0; parts != NULL && parts->kind == AC_ARR && k < parts->n; k++)
			names_of(r, &parts->items[k], words);
	}
	r->nrefs = 0;
	return err != AC_OK ? err : r->err;
}

static enum ac_err
several(struct reading *r, const char *word)
{
	const char *list = "";

	for (size_t i = 0; i < r->nfound && i < 6; i++)
		list = text_of(r->c, *list != '\0' ? "%s, %s (%s)" : "%s%s (%s)", list, clean(r->c, r->found[i].code),
			clean(r->c, r->found[i].title));
	return ac_fault(&r->c->fault, AC_EAMBIGUOUS, "%s fits several measurements: %s%s. Name one by its code.", clean(r->c, word),
		list, r->nfound > 6 ? ", …" : "");
}

/* LOINC's codes of a common test, and what stands for one that it has none for. */
static enum ac_err
lab_codes(struct reading *r, const char ***out)
{
	const struct ac_lab *lab = r->lab;
	const char *p = lab->codes;
	size_t n = sizeof lab->units / sizeof *lab->units + 3, k = 0;
	const char **codes;

	for (; *p != '\0'; p++)
		n += *p == '|';
	codes = ac_arena_get(&r->c->arena, (n + r->nfound + 1) * sizeof *codes);
	if (codes == NULL)
		return AC_ENOMEM;
	for (const struct ac_lab_unit *u = lab->units; u->unit != NULL; u++)
		if (u->loinc != NULL && (k == 0 || strcmp(codes[k - 1], u->loinc) != 0))
			codes[k++] = u->loinc;
	for (p = lab->codes; *p != '\0'; p += strcspn(p, "|"), p += *p == '|')
		codes[k++] = text_of(r->c, "%.*s", (int)strcspn(p, "|"), p);
	codes[k++] = text_of(r->c, "%s|%s", AC_LAB_SYSTEM, lab->name);
	for (size_t i = 0; i < r->nfound; i++) /* what has that name and no code */
		if (r->found[i].code == r->found[i].title && ac_lab_find(r->found[i].title) == lab)
			codes[k++] = r->found[i].code;
	*out = codes;
	return AC_OK;
}

/* The codes that a word stands for; NULL-ended, empty where it names nothing here. */
static enum ac_err
codes_of(struct reading *r, const char *word)
{
	const char **codes = ac_arena_get(&r->c->arena, 2 * sizeof *codes), *bar = strrchr(word, '|');
	enum ac_err err = AC_OK;

	if (codes == NULL)
		return AC_ENOMEM;
	r->lab = ac_lab_find(bar != NULL ? bar + 1 : word);
	if (looks_like_code(word))
		codes[0] = word;
	else if ((err = by_words(r, word)) == AC_OK && r->lab != NULL)
		err = lab_codes(r, &codes);
	else if (err == AC_OK && r->nfound > 1)
		err = several(r, word);
	else if (err == AC_OK && r->nfound == 1)
		codes[0] = r->found[0].code;
	r->codes = codes;
	return err;
}

/* --------------------------------------------------------------------- units */

/* x in another unit: through the first unit of the table. */
static bool
other_unit(const struct reading *r, double *x, const char *from, const char *to)
{
	const struct ac_lab_unit *u, *v;

	if (strcmp(from, to) == 0)
		return true;
	if (r->lab == NULL || (u = ac_lab_unit(r->lab, from)) == NULL || (v = ac_lab_unit(r->lab, to)) == NULL)
		return false;
	*x = u == v ? *x : (*x * u->times + u->plus - v->plus) / v->times;
	return true;
}

/* How many points a unit would do for, and, where that decides nothing, have it already. */
static size_t
fitting(const struct reading *r, const char *unit)
{
	size_t n = 0, same = 0;

	for (size_t i = 0; i < r->n; i++) {
		double x = 0;

		n += other_unit(r, &x, r->p[i].unit, unit);
		same += strcmp(r->p[i].unit, unit) == 0;
	}
	return n * (r->n + 1) + same;
}

/* The unit that does for most; of as good ones that of the latest. */
static const struct point *
usual(const struct reading *r)
{
	const struct point *best = NULL;
	size_t most = 0;

	for (size_t i = r->n; i > 0; i--) {
		bool seen = false;
		size_t k;

		for (size_t j = r->n; j > i && !seen; j--)
			seen = strcmp(r->p[j - 1].unit, r->p[i - 1].unit) == 0;
		if (!seen && (k = fitting(r, r->p[i - 1].unit)) > most) {
			most = k;
			best = &r->p[i - 1];
		}
	}
	return best;
}

static bool
convert(struct reading *r, struct point *p, const char *unit, const char *shown)
{
	const char *was = point_words(r->c, p);

	if (strcmp(p->unit, unit) == 0)
		return true;
	if (!other_unit(r, &p->at, p->unit, unit))
		return false;
	if (*p->low != '\0' && other_unit(r, &p->floor, p->unit, unit))
		p->low = converted(r->c, p->floor, p->low);
	if (*p->high != '\0' && other_unit(r, &p->ceiling, p->unit, unit))
		p->high = converted(r->c, p->ceiling, p->high);
	p->value = converted(r->c, p->at, p->value);
	p->was = was;
	p->unit = unit;
	p->shown = shown;
	return true;
}

/* Where no laboratory gave a range: that of adults, which says of itself whose it is. */
static void
usual_range(struct reading *r, struct series *s)
{
	const char *sex = r->o->whose != NULL && r->o->whose->patient != NULL ? ac_val_str(r->o->whose->patient, "gender") : NULL;
	const struct ac_lab_range *g = r->lab != NULL ? ac_lab_range(r->lab, sex != NULL ? sex : "") : NULL;
	const char *unit = r->lab != NULL ? r->lab->units[0].unit : "";
	struct point like = { .low = "", .high = "", .comparator = "", .value = "", .shown = "", .unit = unit };

	for (size_t i = 0; i < s->n; i++)
		if (*s->p[i].low != '\0' || *s->p[i].high != '\0')
			return;
	if (g == NULL || s->n == 0)
		return;
	like.low = g->low != NULL ? g->low : "";
	like.high = g->high != NULL ? g->high : "";
	like.floor = decimal(like.low);
	like.ceiling = decimal(like.high);
	if (!convert(r, &like, s->unit, s->shown))
		return;
	for (size_t i = 0; i < s->n; i++) {
		struct point *p = &r->p[i];

		p->low = like.low;
		p->high = like.high;
		p->floor = like.floor;
		p->ceiling = like.ceiling;
		p->out = judge(p);
	}
	s->range_from = g->source;
}

static int
by_date(const void *a, const void *b)
{
	const struct point *p = a, *q = b;

	int k = strcmp(p->ref, q->ref);

	return p->ms != q->ms ? (p->ms > q->ms) - (p->ms < q->ms) : k != 0 ? k : strcmp(p->version, q->version);
}

static enum ac_err
settle(struct reading *r, struct series *out)
{
	const struct point *main;
	struct point *apart = ac_arena_get(&r->c->arena, (r->n + 1) * sizeof *apart);
	size_t k = 0, n = 0;

	if (apart == NULL)
		return AC_ENOMEM;
	if (r->n != 0)
		qsort(r->p, r->n, sizeof *r->p, by_date);
	main = usual(r);
	out->unit = main != NULL ? main->unit : "";
	out->shown = main != NULL ? main->shown : "";
	for (size_t i = 0; i < r->n; i++) {
		struct point p = r->p[i];
		bool same = convert(r, &p, out->unit, out->shown);

		p.out = judge(&p);
		if (same && *p.date != '\0')
			r->p[n++] = p;
		else
			apart[k++] = p;
	}
	out->p = r->p;
	out->n = n;
	out->apart = apart;
	out->napart = k;
	usual_range(r, out);
	return AC_OK;
}

static enum ac_err
read_series(struct reading *r, struct series *out, const char *word)
{
	struct series s = { .code = "" };
	enum ac_err err = codes_of(r, word);

	for (size_t i = 0; err == AC_OK && r->codes[i] != NULL; i++) {
		const char *bar = strrchr(r->codes[i], '|');

		if ((err = find(r, r->codes[i], NULL)) == AC_OK)
			err = find(r, NULL, bar != NULL ? bar + 1 : r->codes[i]);
	}
	sort_refs(r);
	if (err == AC_OK)
		err = read_all(r);
	if (err == AC_OK && r->n == 0 && r->parts != NULL)
		return ac_fault(&r->c->fault, AC_EUSAGE, "%s is measured in parts; name one of them: %s.", clean(r->c, word), r->parts);
	if (err == AC_OK)
		err = settle(r, &s);
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

/* --------------------------------------------------------------------- words */

const char *
date_shown(struct cli *c, const char *date)
{
	const char *day = text_of(c, "%.*s", (int)strcspn(date, "T"), date), *out = "";
	const struct ac_val v = ac_val_text(day);

	if (ac_say_value(&out, &c->arena, "date", &v) != AC_OK)
		out_lost();
	return out;
}

/* A number as people read it: of more digits than anybody measured, the first four. */
static const char *
readable(struct cli *c, const char *as_written, double x)
{
	int e = x != 0 ? (int)floor(log10(fabs(x))) : 0;

	if (strlen(as_written) <= 10 && significant(as_written) <= 6)
		return as_written;
	if (e >= 7 || e <= -6)
		return text_of(c, "%se%d", plot_number(c, x / pow(10, e), 3), e);
	return converted(c, x, "1000");
}

const char *
point_words(struct cli *c, const struct point *p)
{
	const char *value = readable(c, p->value, p->at);

	if (*p->shown == '\0' || *p->shown == '{' || strcmp(p->shown, "1") == 0)
		return text_of(c, "%s%s", p->comparator, value);
	return text_of(c, strcmp(p->shown, "%") == 0 ? "%s%s%s" : "%s%s %s", p->comparator, value, p->shown);
}

const char *
point_range(struct cli *c, const struct point *p)
{
	if (*p->low != '\0' && *p->high != '\0')
		return text_of(c, _("%s to %s"), p->low, p->high);
	if (*p->low != '\0')
		return text_of(c, _("at least %s"), p->low);
	return *p->high != '\0' ? text_of(c, _("up to %s"), p->high) : "";
}

static const char *
point_judged(struct cli *c, const struct point *p)
{
	const char *words = point_words(c, p), *range = point_range(c, p);

	if (*range == '\0')
		return words;
	return text_of(c, p->out < 0 ? _("%s, below the normal range (%s)") : p->out > 0 ? _("%s, above the normal range (%s)")
		: _("%s, within the normal range (%s)"), words, range);
}

/* Of one in dispute all sides. */
const char *
series_latest(struct cli *c, const struct series *s)
{
	const struct point *p = &s->p[s->n - 1];
	const char *day = date_shown(c, p->date), *out = "";
	size_t from = s->n - 1;

	if (!p->conflict)
		return text_of(c, _("%s: %s"), day, point_judged(c, p));
	while (from > 0 && s->p[from - 1].conflict && strcmp(s->p[from - 1].ref, p->ref) == 0)
		from--;
	for (size_t i = from; i < s->n; i++) {
		const char *one = text_of(c, _("%s by %s"), point_judged(c, &s->p[i]), s->p[i].by);

		out = *out != '\0' ? text_of(c, _("%s; %s"), out, one) : one;
	}
	return text_of(c, _("%s: in dispute, %s"), day, out);
}
