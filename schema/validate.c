/* SPDX-License-Identifier: ISC */
/*
 * Method: one walk over the document beside the tables of schema/fhir.h. An
 * object is checked against its frame: each property in document order, then
 * what is missing, then the invariants. A primitive is its property and the one
 * with an underscore before it, which together make one element: its value, and
 * its id and extensions.
 */
#include <stdio.h>
#include <string.h>

#include "schema/fhir.h"
#include "schema/primitive.h"
#include "schema/rules.h"

#define STEPS (2 * AC_MAX_DEPTH + 2) /* a name and an index at each depth, and the type */

struct check {
	void (*each)(void *ctx, const struct ac_issue *issue);
	void *ctx;
	size_t errors;
	/* the way to where we are: spelled out only for a finding */
	struct step { const char *name; size_t n; uint32_t index; } steps[STEPS];
	size_t nsteps;
	const struct ac_val *root;   /* the resource that local references resolve in */
	uint32_t at;                 /* of the object whose rules are checked */
	unsigned depth;
	enum ac_err err;
};

static void check_resource(struct check *c, const struct ac_val *v, bool contained);
static void check_object(struct check *c, const struct ac_r4_frame *f, const struct ac_val *v);

/* ------------------------------------------------------------- reporting */

static enum ac_err
spell(struct ac_buf *out, const struct check *c)
{
	enum ac_err err = AC_OK;
	size_t i;

	for (i = 0; i < c->nsteps && !err; i++) {
		if (!c->steps[i].name)
			err = ac_buf_addf(out, "[%u]", (unsigned)c->steps[i].index);
		else if (!out->len || !(err = ac_buf_add(out, ".", 1)))
			err = ac_buf_add(out, c->steps[i].name, c->steps[i].n);
	}
	return err ? err : ac_buf_add(out, "", 1);
}

static void
report(struct check *c, bool error, uint32_t at, const char *message)
{
	struct ac_issue issue = { .error = error, .message = ac_words(message), .at = at };
	struct ac_buf path = { 0 };

	c->errors += error;
	if (c->err || !c->each)
		return;
	if (!(c->err = spell(&path, c))) {
		issue.path = (const char *)path.p;
		c->each(c->ctx, &issue);
	}
	ac_buf_free(&path);
}

static void
wrong(struct check *c, const struct ac_val *v, const char *message)
{
	report(c, true, v->at, message);
}

/* Extends the path by a name or an index; gives back the length to return to. */
static size_t
push(struct check *c, const char *name, size_t n, const uint32_t *index)
{
	size_t before = c->nsteps;

	if (before == STEPS) /* deeper than documents may be, which is told where it begins */
		return before;
	c->steps[before].name = name;
	c->steps[before].n = n;
	c->steps[before].index = index ? *index : 0;
	c->nsteps++;
	return before;
}

static void
pop(struct check *c, size_t to)
{
	c->nsteps = to;
}

static void
broken(void *ctx, const char *key, const char *says, bool error)
{
	struct check *c = ctx;
	char text[400];

	snprintf(text, sizeof text, ac_words("%s (FHIR's rule %s)"), ac_words(says), key);
	report(c, error, c->at, text);
}

/* ---------------------------------------------------------- required codes */

/* "is none of the codes a, b, c", or without the list where it is long. */
static void
not_in_set(struct check *c, uint16_t set, const struct ac_val *v)
{
	const struct ac_r4_set *s = &ac_r4_sets[set];
	char text[512];
	size_t used = (size_t)snprintf(text, sizeof text, "%s", s->n <= 12
		? ac_words("is none of the codes that FHIR requires here:") : ac_words("is none of the codes that FHIR requires here"));
	size_t i;

	if (s->n <= 12)
		for (i = 0; i < s->n && used < sizeof text; i++)
			used += (size_t)snprintf(text + used, sizeof text - used, "%s %s", i ? "," : "",
				ac_r4_codes + ac_r4_members[s->member + i]);
	wrong(c, v, text);
}

static void
check_concept(struct check *c, uint16_t set, const struct ac_val *v)
{
	const struct ac_val *codings = ac_val_get(v, "coding");
	const char *system, *code;
	uint32_t i;

	for (i = 0; codings && codings->kind == AC_ARR && i < codings->n; i++) {
		system = ac_val_str(&codings->items[i], "system");
		code = ac_val_str(&codings->items[i], "code");
		if (system && code && !strcmp(system, ac_fhir_set_system(set)) && ac_fhir_set_has(set, code))
			return;
	}
	/* an extension may say why there is none (unknown, masked) */
	if (v->kind == AC_MAP && (codings || ac_val_get(v, "text")))
		not_in_set(c, set, v);
}

static void
check_set(struct check *c, const struct ac_fhir_hit *hit, const struct ac_val *v)
{
	if (!hit->elem->set || hit->under)
		return;
	if (hit->type->kind == AC_R4_COMPLEX)
		check_concept(c, hit->elem->set, v);
	else if (v->kind == AC_STR && v->n && !ac_fhir_set_has(hit->elem->set, v->s))
		not_in_set(c, hit->elem->set, v);
}

/* --------------------------------------------------------- one property */

static void
check_primitive(struct check *c, const struct ac_r4_frame *type, const struct ac_val *v)
{
	const char *s = ac_primitive_wrong(type->kind, v);

	if (s)
		wrong(c, v, s);
	else if ((s = ac_primitive_odd(type->kind, v)))
		report(c, false, v->at, s);
}

static void
check_value(struct check *c, const struct ac_fhir_hit *hit, const struct ac_val *v)
{
	if (v->kind == AC_LATER) /* a later version's: nobody here can say */
		return;
	if (ac_fhir_primitive(hit->type)) {
		check_primitive(c, hit->type, v);
	} else if (v->kind != AC_MAP) {
		wrong(c, v, v->kind == AC_NIL ? "is null, which stands only in lists beside an extension"
			: v->kind == AC_ARR ? "is an array where one object belongs"
			: "is a simple value where an object belongs");
		return;
	} else if (!strcmp(ac_fhir_name(hit->type), "Resource")) {
		check_resource(c, v, !strcmp(ac_fhir_elem_name(hit->elem), "contained"));
	} else {
		check_object(c, hit->type, v);
	}
	check_set(c, hit, v);
}

/* The value at that index of the array's other half (x for _x, _x for x). */
static bool
other_half(const struct ac_val *other, uint32_t i)
{
	return other && other->kind == AC_ARR && i < other->n && other->items[i].kind != AC_NIL;
}

static void
check_array(struct check *c, const struct ac_fhir_hit *hit, const struct ac_val *v,
	const struct ac_val *other)
{
	bool halves = hit->under || (ac_fhir_primitive(hit->type) && !(hit->elem->flags & AC_R4_BARE));
	size_t to;
	uint32_t i;

	if (v->kind == AC_LATER)
		return;
	if (v->kind != AC_ARR) {
		wrong(c, v, "is one value where an array belongs");
		return;
	}
	if (!v->n)
		wrong(c, v, "is an empty array");
	for (i = 0; i < v->n && !c->err; i++) {
		to = push(c, NULL, 0, &i);
		if (v->items[i].kind != AC_NIL || !halves)
			check_value(c, hit, &v->items[i]);
		else if (!other_half(other, i))
			wrong(c, &v->items[i], "is null without a value or an extension beside it");
		pop(c, to);
	}
}

/* The property of the same element with, or without, the underscore. */
static const struct ac_val *
beside(const struct ac_val *v, const struct ac_pair *p, bool under)
{
	size_t n = under ? p->nkey - 1 : p->nkey + 1;
	uint32_t i;

	for (i = 0; i < v->n; i++)
		if (v->pairs[i].nkey == n && (under || v->pairs[i].key[0] == '_')
		    && !memcmp(v->pairs[i].key + !under, p->key + under, n - !under))
			return &v->pairs[i].val;
	return NULL;
}

/* An _x that has only an id needs the x beside it. */
static void
check_alone(struct check *c, const struct ac_val *v, const struct ac_val *other)
{
	if (!other && v->kind == AC_MAP && v->n == 1 && ac_val_get(v, "id"))
		wrong(c, v, "has an id and neither a value nor an extension (FHIR's rule ele-1)");
}

static void
check_property(struct check *c, const struct ac_r4_frame *f, const struct ac_val *v,
	const struct ac_pair *p)
{
	const struct ac_val *other = NULL;
	struct ac_fhir_hit hit;

	if (!ac_fhir_find(&hit, f, p->key, p->nkey)) {
		wrong(c, &p->val, "is no element of FHIR 4.0.1 here");
		return;
	}
	if (hit.under || (hit.elem->flags & AC_R4_MANY && ac_fhir_primitive(hit.type)))
		other = beside(v, p, hit.under);
	if (hit.elem->flags & AC_R4_MANY) {
		check_array(c, &hit, &p->val, other);
		return;
	}
	check_value(c, &hit, &p->val);
	if (hit.under)
		check_alone(c, &p->val, other);
}

/* --------------------------------------------------------------- one object */

/* How many of an element's variants (a choice's types) the object has. */
static unsigned
variants(const struct ac_r4_frame *f, const struct ac_r4_elem *e, const struct ac_val *v)
{
	const char *name = ac_fhir_elem_name(e);
	const struct ac_r4_frame *seen = NULL;
	const struct ac_pair *p;
	struct ac_fhir_hit hit;
	size_t n = strlen(name), under;
	unsigned count = 0;
	uint32_t i;

	for (i = 0; i < v->n; i++) {
		p = &v->pairs[i];
		under = p->key[0] == '_';
		if (p->nkey < n + under || p->key[under] != *name || memcmp(p->key + under, name, n)
		    || !ac_fhir_find(&hit, f, p->key, p->nkey) || hit.elem != e)
			continue;
		/* _valueString beside valueString is the same variant */
		if (hit.under && beside(v, p, true))
			continue;
		count += !seen || seen != hit.type;
		seen = hit.type;
	}
	return count;
}

static void
check_missing(struct check *c, const struct ac_r4_frame *f, const struct ac_val *v)
{
	const struct ac_r4_frame *at;
	const struct ac_r4_elem *e, *end;
	char text[128];
	unsigned n;

	for (at = f; at; at = ac_fhir_base(at))
		for (e = &ac_r4_elems[at->elem], end = e + at->nelems; e < end; e++) {
			if (!(e->flags & (AC_R4_MIN | AC_R4_CHOICE)))
				continue;
			n = variants(f, e, v);
			if (!n && e->flags & AC_R4_MIN) {
				snprintf(text, sizeof text, ac_words("lacks %s%s, which FHIR requires"), ac_fhir_elem_name(e),
					e->flags & AC_R4_CHOICE ? "[x]" : "");
				wrong(c, v, text);
			} else if (n > 1 && e->flags & AC_R4_CHOICE) {
				snprintf(text, sizeof text, ac_words("has more than one type of %s[x]"), ac_fhir_elem_name(e));
				wrong(c, v, text);
			}
		}
}

/* Everything but the resourceType of a resource. */
static void
check_object(struct check *c, const struct ac_r4_frame *f, const struct ac_val *v)
{
	bool resource = f->kind == AC_R4_RESOURCE;
	enum ac_err err;
	size_t to;
	uint32_t i;

	if (c->depth >= AC_MAX_DEPTH) {
		wrong(c, v, "is nested deeper than documents may be");
		return;
	}
	c->depth++;
	if (!v->n)
		wrong(c, v, "is an empty object");
	else if (v->n == 1 && !resource && ac_val_get(v, "id") && strcmp(ac_fhir_name(f), "Element"))
		wrong(c, v, "has an id and nothing else (FHIR's rule ele-1)");
	for (i = 0; i < v->n && !c->err; i++) {
		if (resource && !strcmp(v->pairs[i].key, "resourceType"))
			continue;
		to = push(c, v->pairs[i].key, v->pairs[i].nkey, NULL);
		check_property(c, f, v, &v->pairs[i]);
		pop(c, to);
	}
	check_missing(c, f, v);
	c->at = v->at;
	if (!c->err && (err = ac_rules_check(f, c->root, v, broken, c)))
		c->err = err;
	c->depth--;
}

static void
check_resource(struct check *c, const struct ac_val *v, bool contained)
{
	const char *type = ac_val_str(v, "resourceType");
	const struct ac_val *above = c->root;

	if (!type) {
		wrong(c, v, "has no resourceType, so it is no resource");
	} else if (!ac_fhir_type_known(type)) {
		wrong(c, ac_val_get(v, "resourceType"), "is no resource type of FHIR 4.0.1");
	} else {
		if (!contained)
			c->root = v;
		check_object(c, ac_fhir_frame(type), v);
		c->root = above;
	}
}

enum ac_err
ac_validate(const struct ac_val *doc,
	void (*each)(void *ctx, const struct ac_issue *issue), void *ctx, size_t *errors)
{
	struct check c;
	const char *type = ac_val_str(doc, "resourceType");

	c.each = each;
	c.ctx = ctx;
	c.errors = 0;
	c.nsteps = 0;
	c.root = NULL;
	c.at = 0;
	c.depth = 0;
	c.err = AC_OK;
	if (type)
		push(&c, type, strlen(type), NULL);
	if (doc->kind != AC_MAP)
		wrong(&c, doc, "is no object, so it is no resource");
	else
		check_resource(&c, doc, false);
	if (!c.err && errors)
		*errors = c.errors;
	return c.err;
}
