/* SPDX-License-Identifier: ISC */
/*
 * Method: the values are walked together, down to the things that a person takes
 * as one: a dose, a drug, a date. Only where they differ is anything told.
 *
 * What differs is never told as if it were the same: where two sides have the same
 * text though they differ (two codes of one name, a time in another zone), the
 * walk goes on into what the text leaves out; and where nothing is left to go into,
 * they are spelled out (say_spell.c).
 */
#include <string.h>

#include "schema/atoms.h"
#include "schema/say_parts.h"

static const struct ac_val empty_map = { .kind = AC_MAP };

void *
ac_say_room(struct ac_say_telling *t, size_t n)
{
	void *p = t->w.err ? NULL : ac_arena_get(t->w.a, n ? n : 1);

	if (!p && !t->w.err)
		t->w.err = AC_ENOMEM;
	return p;
}

bool
ac_say_same(const struct ac_val *a, const struct ac_val *b)
{
	return !a || !b ? a == b : ac_atoms_same(a, b);
}

bool
ac_say_all_same(const struct ac_say_telling *t, const struct ac_say_at *s)
{
	size_t i;

	for (i = 1; i < t->n; i++)
		if (!ac_say_same(s[0].v, s[i].v))
			return false;
	return true;
}

/* ------------------------------------------------------------------- parts */

void
ac_say_part(struct ac_say_telling *t, const char *label, const char *const *text)
{
	size_t cap = t->cap ? t->cap * 2 : 8;
	struct ac_part *more;

	if (t->nparts == t->cap) {
		if (!(more = ac_say_room(t, cap * sizeof *more)))
			return;
		if (t->nparts)
			memcpy(more, t->part, t->nparts * sizeof *more);
		t->part = more;
		t->cap = cap;
	}
	t->part[t->nparts++] = (struct ac_part){ label, text };
}

/* Two sides that differ and read the same. */
static bool
collide(const struct ac_say_telling *t, const struct ac_say_at *s, const char *const *text)
{
	size_t i, k;

	for (i = 0; i < t->n; i++)
		for (k = i + 1; k < t->n; k++)
			if (!strcmp(text[i], text[k]) && !ac_say_same(s[i].v, s[k].v))
				return true;
	return false;
}

bool
ac_say_wide(const struct ac_say_telling *t, const struct ac_say_at *s)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (s[i].v && s[i].v->n > AC_SAY_WIDE)
			return true;
	return false;
}

static bool
all_of_kind(const struct ac_say_telling *t, const struct ac_say_at *s, enum ac_kind kind)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (!s[i].v || s[i].v->kind != kind)
			return false;
	return true;
}

static bool
maps_or_none(const struct ac_say_telling *t, const struct ac_say_at *s)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (s[i].v && s[i].v->kind != AC_MAP)
			return false;
	return true;
}

/* Units that read the same and are not: what is given with a code has two names. */
static bool
hidden_unit(const struct ac_say_telling *t, const struct ac_say_at *s)
{
	const struct ac_val *one = ac_val_get(s[0].v, "unit"), *code = ac_val_get(s[0].v, "code");
	size_t i;

	for (i = 1; i < t->n && one; i++)
		if (ac_say_same(one, ac_val_get(s[i].v, "unit")) && !ac_say_same(code, ac_val_get(s[i].v, "code")))
			return true;
	return false;
}

static bool
is_quantity(const struct ac_r4_frame *f)
{
	for (; f; f = ac_fhir_base(f))
		if (!strcmp(ac_fhir_name(f), "Quantity"))
			return true;
	return false;
}

/* One part, with the text of each side. */
void
ac_say_tell_whole(struct ac_say_telling *t, const char *label, const struct ac_say_at *s)
{
	const char **text = ac_say_room(t, t->n * sizeof *text);
	size_t i;

	for (i = 0; text && i < t->n && !t->w.err; i++) {
		text[i] = _("nothing");
		if (s[i].v && !t->w.err)
			t->w.err = ac_say_value(&text[i], t->w.a, s[i].type ? ac_fhir_name(s[i].type) : NULL, s[i].v);
	}
	if (!text || t->w.err)
		return;
	if (!collide(t, s, text)) {
		ac_say_part(t, label, text);
		if (all_of_kind(t, s, AC_MAP) && is_quantity(s[0].type) && hidden_unit(t, s))
			ac_say_tell_elements(t, label, s);
	} else if (maps_or_none(t, s) && t->depth < AC_SAY_DEEP && !ac_say_wide(t, s)) {
		ac_say_tell_elements(t, label, s);
	} else {
		ac_say_tell_spelled(t, label, s);
	}
}

/* ---------------------------------------------------------------- elements */

struct ac_say_element
ac_say_element_of(const struct ac_r4_frame *f, const struct ac_pair *p)
{
	struct ac_fhir_hit hit = { 0 };
	struct ac_say_element e = { p->key, p->nkey, false, NULL };

	if (f && ac_fhir_find(&hit, f, p->key, p->nkey)) {
		e = (struct ac_say_element){ ac_fhir_elem_name(hit.elem), 0, hit.under, hit.type };
		e.n = strlen(e.base);
	}
	return e;
}

bool
ac_say_same_element(const struct ac_say_element *a, const struct ac_say_element *b)
{
	return a->n == b->n && a->under == b->under && !memcmp(a->base, b->base, a->n);
}

/* The pair of a side that has that element and was not told yet: of the same key, else
 * another type of the same choice. */
static uint32_t
pair_of(const struct ac_say_at *s, const bool *told, const struct ac_pair *p, const struct ac_say_element *e)
{
	uint32_t i, found = AC_NONE;
	struct ac_say_element other;

	for (i = 0; i < s->v->n; i++) {
		const struct ac_pair *q = &s->v->pairs[i];

		if (told[i])
			continue;
		if (q->nkey == p->nkey && !memcmp(q->key, p->key, p->nkey))
			return i;
		other = ac_say_element_of(s->type, q);
		if (found == AC_NONE && ac_say_same_element(&other, e))
			found = i;
	}
	return found;
}

static void
tell_element(struct ac_say_telling *t, const char *inner, const struct ac_say_at *s, bool **told,
	const struct ac_pair *p, const struct ac_r4_frame *frame)
{
	struct ac_say_at *one = ac_say_room(t, t->n * sizeof *one);
	struct ac_say_element e = ac_say_element_of(frame, p), other;
	const char *name = ac_say_name(&t->w, frame, e.base, e.n), *label, *outer;
	uint32_t at;
	size_t k;

	if (!one)
		return;
	for (k = 0; k < t->n; k++) {
		one[k] = (struct ac_say_at){ NULL, NULL };
		if ((at = pair_of(&s[k], told[k], p, &e)) == AC_NONE)
			continue;
		told[k][at] = true;
		other = ac_say_element_of(s[k].type, &s[k].v->pairs[at]);
		one[k] = (struct ac_say_at){ &s[k].v->pairs[at].val, other.type };
	}
	if (ac_say_all_same(t, one))
		return;
	if (e.under)
		name = AC_SAY_FILL(&t->w, _("%s, further information"), name);
	label = ac_say_blank(inner) ? name : AC_SAY_FILL(&t->w, _("%s, %s"), inner, name);
	outer = ac_say_quiet(e.base) ? inner : label;
	ac_say_tell(t, label, outer, one);
}

void
ac_say_tell_elements(struct ac_say_telling *t, const char *inner, const struct ac_say_at *sides)
{
	struct ac_say_at *s = ac_say_room(t, t->n * sizeof *s);
	bool **told = ac_say_room(t, t->n * sizeof *told);
	size_t k;
	uint32_t i;

	for (k = 0; s && told && k < t->n; k++) {
		s[k] = sides[k];
		if (!s[k].v)
			s[k].v = &empty_map;
		s[k].type = ac_say_frame(s[k].type, s[k].v);
		told[k] = ac_say_room(t, s[k].v->n);
	}
	t->depth++;
	for (k = 0; k < t->n && !t->w.err; k++)
		for (i = 0; i < s[k].v->n && !t->w.err; i++)
			if (!told[k][i])
				tell_element(t, inner, s, told, &s[k].v->pairs[i], s[k].type);
	t->depth--;
}

/* -------------------------------------------------------------------- walk */

/* Does a person look into it rather than take it as one thing? */
static bool
opens(const struct ac_say_telling *t, const struct ac_say_at *s)
{
	const struct ac_r4_frame *f = ac_say_frame(s[0].type, s[0].v);
	size_t i;

	if (!all_of_kind(t, s, AC_MAP) || t->depth >= AC_SAY_DEEP || ac_say_wide(t, s))
		return false;
	for (i = 0; i < t->n; i++)
		if (ac_say_frame(s[i].type, s[i].v) != f)
			return false;
	return !f || f->kind == AC_R4_RESOURCE || f->kind == AC_R4_BACKBONE || !strcmp(ac_fhir_name(f), "Dosage")
		|| !strcmp(ac_fhir_name(f), "Meta")
		|| (strchr(ac_fhir_name(f), '.') && strcmp(ac_fhir_name(f), "Observation.referenceRange"));
}

void
ac_say_tell(struct ac_say_telling *t, const char *label, const char *inner, const struct ac_say_at *s)
{
	bool list = false;
	size_t i;

	if (t->w.err || ac_say_all_same(t, s))
		return;
	for (i = 0; i < t->n; i++)
		list |= s[i].v && s[i].v->kind == AC_ARR;
	if (list && t->depth < AC_SAY_DEEP)
		ac_say_tell_list(t, label, inner, s);
	else if (opens(t, s))
		ac_say_tell_elements(t, inner, s);
	else
		ac_say_tell_whole(t, label, s);
}
