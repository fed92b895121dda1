/* SPDX-License-Identifier: ISC */
/* Numbers as texts, one unit for all, and what lies outside its range. */
#include "series_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
series_number(struct cli *c, double x, int places)
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

const char *
series_spelled(struct cli *c, const struct ac_val *v)
{
	struct ac_buf b = { 0 };
	const char *out = "";
	enum ac_err err = v != NULL ? ac_json_write(&b, v, NULL, NULL) : AC_OK;

	if (err != AC_OK)
		out_lost();
	else if (v != NULL)
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

	return series_number(c, x, places < 0 ? 0 : places > 6 ? 6 : places);
}

/* A number as people read it: of more digits than anybody measured, the first four. */
const char *
series_readable(struct cli *c, const char *as_written, double x)
{
	int e = x != 0 ? (int)floor(log10(fabs(x))) : 0;

	if (strlen(as_written) <= 10 && significant(as_written) <= 6)
		return as_written;
	if (e >= 7 || e <= -6)
		return text_of(c, "%se%d", series_number(c, x / pow(10, e), 3), e);
	return converted(c, x, "1000");
}

/* --------------------------------------------------------------------- units */

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

enum ac_err
series_settle(struct reading *r, struct series *out)
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
