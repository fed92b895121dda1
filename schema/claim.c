/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "schema/claim.h"
#include "schema/moment.h"

/* ----------------------------------------------------- walking a path */

/* Calls `each` for every value that the path leads to; stops when it says so. */
struct walk {
	bool (*each)(struct walk *w, const struct ac_val *v);
	const char *want;         /* wanted: the words */
	size_t nwant;
	struct ac_claim_bag *bag;   /* gather: where to */
	const struct ac_val *found; /* first */
};

static size_t
word(const char *path)
{
	return strcspn(path, " .[=<&|>),~!(");
}

/* Does a property carry that choice's name, with a type behind it? */
static bool
choice_key(const struct ac_pair *p, const char *name, size_t n)
{
	size_t under = p->key[0] == '_';

	return p->nkey > n + under && !memcmp(p->key + under, name, n)
		&& p->key[n + under] >= 'A' && p->key[n + under] <= 'Z';
}

static bool walk(struct walk *w, const struct ac_val *v, const char *path, const char *end);

/* The rest of the path from one property's value on. */
static bool
walk_on(struct walk *w, const struct ac_val *v, const char *rest, const char *end)
{
	uint32_t i, at = UINT32_MAX;

	if (rest < end && *rest == '[' && rest[1] != 'x') {
		at = (uint32_t)strtoul(rest + 1, NULL, 10);
		rest = memchr(rest, ']', (size_t)(end - rest)) ;
		rest++;
	}
	if (rest < end && *rest == '.')
		rest++;
	if (v->kind != AC_ARR)
		return (at == UINT32_MAX || at == 0) && walk(w, v, rest, end);
	for (i = 0; i < v->n; i++)
		if ((at == UINT32_MAX || i == at) && walk(w, &v->items[i], rest, end))
			return true;
	return false;
}

static bool
walk(struct walk *w, const struct ac_val *v, const char *path, const char *end)
{
	size_t n = word(path);
	bool choice = !strncmp(path + n, "[x]", 3), plain;
	uint32_t i;

	if (path >= end)
		return v->kind != AC_NIL && w->each(w, v);
	if (v->kind != AC_MAP)
		return false;
	for (i = 0; i < v->n; i++) {
		const struct ac_pair *p = &v->pairs[i];

		plain = (p->nkey == n && !memcmp(p->key, path, n))
			|| (p->nkey == n + 1 && p->key[0] == '_' && !memcmp(p->key + 1, path, n));
		if (choice ? choice_key(p, path, n) : plain)
			if (walk_on(w, &p->val, path + n + (choice ? 3 : 0), end))
				return true;
	}
	return false;
}

static bool
any(struct walk *w, const struct ac_val *v)
{
	(void)w;
	(void)v;
	return true;
}

/* Is the value one of the comma-separated words? */
static bool
wanted(struct walk *w, const struct ac_val *v)
{
	const char *p = w->want, *end = p + w->nwant, *s = NULL;
	size_t n = 0, len;
	char digit[2] = "";

	if (v->kind == AC_STR) {
		s = v->s;
		n = v->n;
	} else if (v->kind == AC_BOOL) {
		s = v->b ? "true" : "false";
		n = strlen(s);
	} else if (v->kind == AC_INT && v->i >= 0 && v->i < 10) {
		digit[0] = (char)('0' + v->i);
		s = digit;
		n = 1;
	}
	for (; s && p < end; p += len + 1) {
		const char *comma = memchr(p, ',', (size_t)(end - p));

		len = (size_t)((comma ? comma : end) - p);
		if (len == n && !memcmp(p, s, n))
			return true;
	}
	return false;
}

void
ac_claim_gather(struct ac_claim_bag *b, const struct ac_val *v)
{
	size_t cap = b->cap ? b->cap * 2 : 16;
	const struct ac_val **list;

	if (!v || v->kind != AC_STR || b->failed)
		return;
	if (b->n == b->cap) {
		if (!(list = realloc(b->list, cap * sizeof *list))) { /* pointers, no text */
			b->failed = true;
			return;
		}
		b->list = list;
		b->cap = cap;
	}
	b->list[b->n++] = v;
}

static bool
gather(struct walk *w, const struct ac_val *v)
{
	ac_claim_gather(w->bag, v);
	return false;
}

static bool
first(struct walk *w, const struct ac_val *v)
{
	w->found = v;
	return true;
}

static const struct ac_val *
value_at(const struct ac_val *obj, const char *path, const char *end)
{
	struct walk w = { .each = first };

	walk(&w, obj, path, end);
	return w.found;
}

const struct ac_val *
ac_claim_first(const struct ac_val *obj, const char *path)
{
	return value_at(obj, path, path + strlen(path));
}

static int
by_text(const void *a, const void *b)
{
	const struct ac_val *x = *(const struct ac_val *const *)a, *y = *(const struct ac_val *const *)b;

	return strcmp(x->s, y->s);
}

int
ac_claim_differ(struct ac_claim_bag *b)
{
	int out = b->failed ? -1 : 1;
	size_t i;

	if (b->n && !b->failed)
		qsort(b->list, b->n, sizeof *b->list, by_text);
	for (i = 1; i < b->n && out == 1; i++)
		if (!by_text(&b->list[i - 1], &b->list[i]))
			out = 0;
	free(b->list);
	return out;
}

/* ------------------------------------------------------- order of two values */

/* For ordering only; no stored number is ever made from a double. */
static bool
number(double *out, const struct ac_val *v)
{
	int32_t e;

	switch (v->kind) {
	case AC_INT:
		*out = (double)v->i;
		return true;
	case AC_UINT:
		*out = (double)v->u;
		return true;
	case AC_NUM:
		*out = strtod(v->s, NULL);
		return true;
	case AC_DEC:
		*out = (double)v->dec.mantissa;
		for (e = v->dec.exponent; e < 0 && *out != 0; e++)
			*out /= 10;
		return true;
	default:
		return false;
	}
}

bool
ac_claim_in_order(const struct ac_val *a, const struct ac_val *b)
{
	struct ac_moment x, y;
	double i, j;

	if (!a || !b)
		return true;
	if (number(&i, a) && number(&j, b))
		return i <= j;
	return a->kind != AC_STR || b->kind != AC_STR || !ac_time_parse(&x, a->s)
		|| !ac_time_parse(&y, b->s) || ac_time_order(&x, &y) <= 0;
}

/* ----------------------------------------------------------- the language */

struct eval {
	const struct ac_val *obj;
	const char *p;
	bool failed;
};

static bool implies(struct eval *e);

static void
blanks(struct eval *e)
{
	while (*e->p == ' ')
		e->p++;
}

/* The end of the path at p. */
static const char *
path_end(const char *p)
{
	for (;;) {
		p += word(p);
		if (*p == '[')
			p = strchr(p, ']') + 1;
		if (*p != '.')
			return p;
		p++;
	}
}

/* A path's first value, or the whole number that stands there. */
static const struct ac_val *
operand(struct eval *e, struct ac_val *number_here)
{
	const char *start = e->p;
	char *end;

	if (*start >= '0' && *start <= '9') {
		*number_here = ac_val_int(strtol(start, &end, 10));
		e->p = end;
		return number_here;
	}
	e->p = path_end(start);
	return value_at(e->obj, start, e->p);
}

static bool
exactly_one(struct eval *e)
{
	struct walk w = { .each = any };
	const char *start;
	int n = 0;

	for (e->p++; e->p[-1] != ')'; e->p++) {
		start = e->p;
		e->p = path_end(start);
		n += walk(&w, e->obj, start, e->p);
	}
	return n == 1;
}

static bool
distinct(struct eval *e)
{
	struct ac_claim_bag bag = { 0 };
	struct walk w = { .each = gather, .bag = &bag };
	const char *start = e->p;
	int r;

	e->p = path_end(start);
	walk(&w, e->obj, start, e->p);
	r = ac_claim_differ(&bag);
	e->failed |= r < 0;
	return r != 0;
}

static bool
term(struct eval *e)
{
	struct walk w = { .each = any };
	const struct ac_val *left;
	struct ac_val n, m;
	const char *start = e->p;

	if (*start == '1' && start[1] == '(') {
		e->p++;
		return exactly_one(e);
	}
	left = operand(e, &n);
	if (!strncmp(e->p, "<=", 2)) {
		e->p += 2;
		return ac_claim_in_order(left, operand(e, &m));
	}
	if (*e->p == '=') {
		w.each = wanted;
		w.want = e->p + 1;
		w.nwant = strcspn(w.want, " )");
		left = (const struct ac_val *)(const void *)e->p;
		e->p = w.want + w.nwant;
		return walk(&w, e->obj, start, (const char *)left);
	}
	return walk(&w, e->obj, start, e->p);
}

static bool
unary(struct eval *e)
{
	bool r;

	blanks(e);
	if (*e->p == '!') {
		e->p++;
		return !unary(e);
	}
	if (*e->p == '~') {
		e->p++;
		return distinct(e);
	}
	if (*e->p != '(')
		return term(e);
	e->p++;
	r = implies(e);
	blanks(e);
	e->p++;
	return r;
}

static bool
both(struct eval *e)
{
	bool r = unary(e), next;

	for (blanks(e); *e->p == '&'; blanks(e)) {
		e->p++;
		next = unary(e);
		r = r && next;
	}
	return r;
}

static bool
either(struct eval *e)
{
	bool r = both(e), next;

	for (blanks(e); *e->p == '|'; blanks(e)) {
		e->p++;
		next = both(e);
		r = r || next;
	}
	return r;
}

static bool
implies(struct eval *e)
{
	bool r = either(e), next;

	if (*e->p != '>')
		return r;
	e->p++;
	next = either(e);
	return !r || next;
}

int
ac_claim_holds(const struct ac_val *obj, const char *test)
{
	struct eval e = { .obj = obj, .p = test };
	bool ok = implies(&e);

	return e.failed ? -1 : ok;
}
