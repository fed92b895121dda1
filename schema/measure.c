/* SPDX-License-Identifier: ISC */
/* Numbers in Observations: what was measured, when, in what unit, and what is normal. */
#include <string.h>

#include "schema/schema.h"

static const char *
text(const struct ac_val *map, const char *key)
{
	const char *s = ac_val_str(map, key);

	return s ? s : "";
}

static bool
number(const struct ac_val *v)
{
	return v && (v->kind == AC_INT || v->kind == AC_UINT || v->kind == AC_DEC || v->kind == AC_NUM);
}

static double
tens(int64_t n)
{
	double out = 1;

	for (n = n > 400 ? 400 : n; n > 0; n--)
		out *= 10;
	return out;
}

static double
scaled(double x, int64_t exponent)
{
	return exponent < 0 ? x / tens(-exponent) : x * tens(exponent);
}

/* A spelling that no other kind has; by hand, for a locale may read a point otherwise. */
static double
spelled(const char *s)
{
	bool minus = *s == '-', point = false, down;
	int64_t exponent = 0, e = 0;
	double x = 0;

	for (s += minus; (*s >= '0' && *s <= '9') || *s == '.'; s++) {
		if (*s == '.') {
			point = true;
			continue;
		}
		x = x * 10 + (*s - '0');
		exponent -= point;
	}
	if (*s == 'e' || *s == 'E') {
		down = s[1] == '-';
		for (s += 1 + (s[1] == '-' || s[1] == '+'); *s >= '0' && *s <= '9'; s++)
			e = e < 100000 ? e * 10 + (*s - '0') : e;
		exponent += down ? -e : e;
	}
	x = scaled(x, exponent);
	return minus ? -x : x;
}

double
ac_measure_number(const struct ac_val *v)
{
	switch (v->kind) {
	case AC_INT:
		return (double)v->i;
	case AC_UINT:
		return (double)v->u;
	case AC_DEC:
		return scaled((double)v->dec.mantissa, v->dec.exponent);
	case AC_NUM:
		return spelled(v->s);
	default:
		return 0;
	}
}

static bool
among(const char *system, const char *code, const char *const *codes)
{
	const char *bar;
	size_t i;

	for (i = 0; codes[i]; i++) {
		bar = strrchr(codes[i], '|');
		if (strcmp(bar ? bar + 1 : codes[i], code))
			continue;
		if (!bar || (strlen(system) == (size_t)(bar - codes[i]) && !strncmp(system, codes[i], (size_t)(bar - codes[i]))))
			return true;
	}
	return false;
}

bool
ac_measure_coded(const struct ac_val *v, const char *const *codes)
{
	const struct ac_val *code = ac_val_get(v, "code"), *codings = ac_val_list(code, "coding");
	size_t k;
	uint32_t i;

	for (k = 0; !codings->n && *text(code, "text") && codes[k]; k++)
		if (!strcmp(codes[k], text(code, "text")))
			return true;
	for (i = 0; i < codings->n; i++)
		if (*text(&codings->items[i], "code")
		    && among(text(&codings->items[i], "system"), text(&codings->items[i], "code"), codes))
			return true;
	return false;
}

/* A bound of a range, where it is in that unit or in none. */
static const struct ac_val *
bound(const struct ac_val *range, const char *key, const char *unit)
{
	const struct ac_val *q = ac_val_get(range, key), *v = ac_val_get(q, "value");
	const char *u = text(q, "code");

	if (!*u)
		u = text(q, "unit");
	return number(v) && (!*u || !strcmp(u, unit)) ? v : NULL;
}

/* Of several ranges the first that is said to be normal, or says nothing of what it is. */
static void
range(struct ac_measure *m, const struct ac_val *v, const char *written)
{
	const struct ac_val *list = ac_val_list(v, "referenceRange"), *kinds;
	const char *code;
	uint32_t i;

	for (i = 0; i < list->n && !m->low && !m->high; i++) {
		kinds = ac_val_list(ac_val_get(&list->items[i], "type"), "coding");
		code = kinds->n ? text(&kinds->items[0], "code") : "";
		if (*code && strcmp(code, "normal"))
			continue;
		m->low = bound(&list->items[i], "low", m->unit);
		m->high = bound(&list->items[i], "high", m->unit);
		if (!m->low && !m->high) {
			m->low = bound(&list->items[i], "low", written);
			m->high = bound(&list->items[i], "high", written);
		}
	}
}

/* Has v, a document or a component, a number? */
static bool
measure(struct ac_measure *m, const struct ac_val *v)
{
	const struct ac_val *q = ac_val_get(v, "valueQuantity"), *value = ac_val_get(q, "value");

	if (!number(value))
		value = ac_val_get(v, "valueInteger");
	if (!number(value))
		return false;
	m->value = value;
	m->comparator = text(q, "comparator");
	m->shown = text(q, "unit");
	m->unit = *text(q, "code") ? text(q, "code") : m->shown;
	if (!*m->shown)
		m->shown = m->unit;
	m->low = m->high = NULL;
	range(m, v, m->shown);
	return true;
}

enum ac_err
ac_measure_read(const struct ac_measure **out, size_t *n, struct ac_arena *a, const struct ac_val *doc,
	const char *const *codes)
{
	const struct ac_val *parts = ac_val_list(doc, "component");
	const char *status = text(doc, "status");
	struct ac_measure m = { 0 }, *list;
	size_t k = 0;
	uint32_t i;

	*out = NULL;
	*n = 0;
	if (strcmp(text(doc, "resourceType"), "Observation") || !strcmp(status, "entered-in-error") || !strcmp(status, "cancelled"))
		return AC_OK;
	if (!(list = ac_arena_get(a, (parts->n + 1) * sizeof *list)))
		return AC_ENOMEM;
	m.date = ac_doc_date(a, doc);
	if (!ac_time_read(m.date, &m.ms))
		m.date = "";
	if (ac_measure_coded(doc, codes) && measure(&m, doc))
		list[k++] = m;
	for (i = 0; i < parts->n; i++)
		if (ac_measure_coded(&parts->items[i], codes) && measure(&m, &parts->items[i]))
			list[k++] = m;
	*out = list;
	*n = k;
	return AC_OK;
}
