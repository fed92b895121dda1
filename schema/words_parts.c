/* SPDX-License-Identifier: ISC */
/*
 * Method: the values are walked together, down to the things that a person takes
 * as one: a dose, a drug, a date. Only where they differ is anything told. Lists
 * are compared without the items that all sides have.
 *
 * What differs is never told as if it were the same: where two sides have the same
 * text though they differ (two codes of one name, a time in another zone), the
 * walk goes on into what the text leaves out; and where nothing is left to go into,
 * they are spelled out, from shortly before the place at which they part.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/atoms.h"
#include "schema/path.h"
#include "schema/words.h"

#define DEEP  16u    /* levels that are walked */
#define WIDE  500u   /* items or elements that are looked at one by one */
#define FEW   8u     /* items of a list that is told whole */
#define LEAD  30u    /* characters told before the place where two texts part */

/* A value where it stands; v NULL: nothing. */
struct at { const struct ac_val *v; const struct ac_r4_frame *type; };

struct telling {
	struct ac_words w;
	struct ac_part *part;
	size_t nparts, cap, n; /* n: sides */
	unsigned depth;
};

static const struct ac_val empty_map = { .kind = AC_MAP };

/* label: what a text of the whole is told under; inner: what stands before the
 * names of what is in it ("": nothing). */
static void tell(struct telling *t, const char *label, const char *inner, const struct at *s);
static void tell_elements(struct telling *t, const char *inner, const struct at *s);

static void *
get(struct telling *t, size_t n)
{
	void *p = t->w.err ? NULL : ac_arena_get(t->w.a, n ? n : 1);

	if (!p && !t->w.err)
		t->w.err = AC_ENOMEM;
	return p;
}

static bool
same(const struct ac_val *a, const struct ac_val *b)
{
	return !a || !b ? a == b : ac_atoms_same(a, b);
}

static bool
all_same(const struct telling *t, const struct at *s)
{
	size_t i;

	for (i = 1; i < t->n; i++)
		if (!same(s[0].v, s[i].v))
			return false;
	return true;
}

/* ------------------------------------------------------------------- parts */

static void
add(struct telling *t, const char *label, const char *const *text)
{
	size_t cap = t->cap ? t->cap * 2 : 8;
	struct ac_part *more;

	if (t->nparts == t->cap) {
		if (!(more = get(t, cap * sizeof *more)))
			return;
		if (t->nparts)
			memcpy(more, t->part, t->nparts * sizeof *more);
		t->part = more;
		t->cap = cap;
	}
	t->part[t->nparts++] = (struct ac_part){ label, text };
}

/* JSON in which every hidden point is spelled. */
static void
spell(struct telling *t, struct ac_buf *out, const struct ac_val *v)
{
	struct ac_buf b = { .max = SIZE_MAX / 2 };
	char hex[16];
	size_t i, len;
	uint32_t p;

	if (v && !t->w.err)
		t->w.err = v->kind == AC_BLOB || v->kind == AC_BIN ? ac_mp_write(&b, v) : ac_json_write(&b, v, NULL, NULL);
	if (t->w.err == AC_ENOTFOUND) { /* large data inside: its hash and size stand for it */
		ac_buf_reset(&b);
		t->w.err = ac_mp_write(&b, v);
	}
	for (i = 0; i < b.len && !t->w.err; i += len) {
		len = ac_words_point((const char *)b.p + i, b.len - i, &p);
		if (ac_words_hidden(p) || (len == 1 && p >= 0x80)) {
			snprintf(hex, sizeof hex, "\\u%04x", (unsigned)p);
			t->w.err = ac_buf_add(out, hex, strlen(hex));
		} else if (len == 1 && !p) { /* no UTF-8 */
			snprintf(hex, sizeof hex, "\\x%02x", b.p[i]);
			t->w.err = ac_buf_add(out, hex, strlen(hex));
		} else {
			t->w.err = ac_buf_add(out, b.p + i, len);
		}
	}
	ac_buf_free(&b);
}

/* Bytes that all texts begin with, down to the beginning of a character. */
static size_t
common(const struct ac_buf *b, size_t n)
{
	size_t len = SIZE_MAX, i, k;

	for (i = 0; i < n; i++)
		for (k = i + 1; k < n; k++) {
			size_t both = b[i].len < b[k].len ? b[i].len : b[k].len, at = 0;

			while (at < both && b[i].p[at] == b[k].p[at])
				at++;
			if (at < len && (at < both || b[i].len != b[k].len))
				len = at;
		}
	return len == SIZE_MAX ? 0 : len;
}

static void
tell_spelled(struct telling *t, const char *label, const struct at *s)
{
	struct ac_buf *b = calloc(t->n, sizeof *b);
	const char **text = get(t, t->n * sizeof *text), *p;
	size_t i, from, back = 0;

	if (!b)
		t->w.err = AC_ENOMEM;
	for (i = 0; b && text && i < t->n; i++) {
		b[i].max = SIZE_MAX / 2;
		spell(t, &b[i], s[i].v);
	}
	for (from = b && text && !t->w.err ? common(b, t->n) : 0; from > 0 && back < LEAD; from--)
		back += (b[0].p[from] & 0xc0) != 0x80;
	while (from > 0 && (b[0].p[from] & 0xc0) == 0x80)
		from--;
	for (i = 0; b && text && i < t->n && !t->w.err; i++) {
		p = s[i].v ? ac_words_text(&t->w, (const char *)b[i].p + from, b[i].len - from) : _("nothing");
		text[i] = from && s[i].v ? AC_FILL(&t->w, "\xe2\x80\xa6%s", p) : p;
	}
	if (!t->w.err)
		add(t, label, text);
	for (i = 0; b && i < t->n; i++)
		ac_buf_free(&b[i]);
	free(b);
}

/* Two sides that differ and read the same. */
static bool
collide(const struct telling *t, const struct at *s, const char *const *text)
{
	size_t i, k;

	for (i = 0; i < t->n; i++)
		for (k = i + 1; k < t->n; k++)
			if (!strcmp(text[i], text[k]) && !same(s[i].v, s[k].v))
				return true;
	return false;
}

static bool
all_of_kind(const struct telling *t, const struct at *s, enum ac_kind kind)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (!s[i].v || s[i].v->kind != kind)
			return false;
	return true;
}

/* Units that read the same and are not: what is given with a code has two names. */
static bool
hidden_unit(const struct telling *t, const struct at *s)
{
	const struct ac_val *one = ac_val_get(s[0].v, "unit"), *code = ac_val_get(s[0].v, "code");
	size_t i;

	for (i = 1; i < t->n && one; i++)
		if (same(one, ac_val_get(s[i].v, "unit")) && !same(code, ac_val_get(s[i].v, "code")))
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
static void
tell_whole(struct telling *t, const char *label, const struct at *s)
{
	const char **text = get(t, t->n * sizeof *text);
	size_t i;

	for (i = 0; text && i < t->n && !t->w.err; i++) {
		text[i] = _("nothing");
		if (s[i].v && !t->w.err)
			t->w.err = ac_words_value(&text[i], t->w.a, s[i].type ? ac_fhir_name(s[i].type) : NULL, s[i].v);
	}
	if (!text || t->w.err)
		return;
	if (!collide(t, s, text)) {
		add(t, label, text);
		if (all_of_kind(t, s, AC_MAP) && is_quantity(s[0].type) && hidden_unit(t, s))
			tell_elements(t, label, s);
	} else if (all_of_kind(t, s, AC_MAP) && t->depth < DEEP) {
		tell_elements(t, label, s);
	} else {
		tell_spelled(t, label, s);
	}
}

/* ------------------------------------------------------------------- lists */

struct items { const struct ac_val *v; uint32_t n, left; bool *gone; };

static bool
has(struct items *in, const struct ac_val *v, uint32_t *at)
{
	uint32_t i;

	for (i = 0; i < in->n; i++)
		if (!in->gone[i] && ac_atoms_same(&in->v[i], v)) {
			*at = i;
			return true;
		}
	return false;
}

/* Takes out what every side has. */
static void
drop_common(struct telling *t, struct items *list)
{
	uint32_t i, *at = get(t, t->n * sizeof *at);
	size_t k;

	for (i = 0; at && i < list[0].n; i++) {
		bool all = true;

		for (k = 0; k < t->n && all; k++)
			all = has(&list[k], &list[0].v[i], &at[k]);
		for (k = 0; k < t->n && all; k++) {
			list[k].gone[at[k]] = true;
			list[k].left--;
		}
	}
}

/* What an item is of: a component's code, an answer's question. */
static const struct ac_val *
topic(const struct ac_val *item)
{
	static const char *const keys[] = { "id", "code", "linkId", "item", "url", "system" };
	const struct ac_val *v = NULL;
	size_t i;

	for (i = 0; !v && i < sizeof keys / sizeof *keys; i++)
		v = ac_val_get(item, keys[i]);
	return v;
}

/* The item that goes with another's: of the same topic, else the first that is left
 * and has a topic as little as that one. */
static uint32_t
partner(const struct items *in, const struct ac_val *item)
{
	const struct ac_val *of = topic(item);
	uint32_t i;

	for (i = 0; i < in->n; i++)
		if (!in->gone[i] && same(topic(&in->v[i]), of))
			return i;
	return AC_NONE;
}

/* A name for one of several: "dosage 2"; a component goes by its code. */
static const char *
item_name(struct telling *t, const char *label, const struct at *s, uint32_t index)
{
	const struct ac_val *code = ac_val_get(s[0].v, "code");
	char number[16];
	const char *text = "";
	size_t i;

	for (i = 1; i < t->n; i++)
		if (!same(ac_val_get(s[i].v, "code"), code))
			code = NULL;
	if (code && code->kind == AC_MAP)
		text = ac_words_say(&t->w, "CodeableConcept", code);
	if (!ac_words_blank(text) && *text != '{')
		return text;
	snprintf(number, sizeof number, "%u", index + 1);
	return AC_FILL(&t->w, _("%s %s"), label, number);
}

static bool
pair_up(struct telling *t, const char *label, struct items *list, const struct at *s)
{
	struct at *one = get(t, t->n * sizeof *one);
	uint32_t i, k;
	const char *name;
	size_t j;

	if (!one)
		return false;
	for (i = 0; i < list[0].n; i++) {
		if (list[0].gone[i])
			continue;
		for (j = 0; j < t->n; j++) {
			k = j ? partner(&list[j], &list[0].v[i]) : i;
			if (k == AC_NONE)
				return false;
			one[j] = (struct at){ &list[j].v[k], s[j].type };
			list[j].gone[k] = true;
		}
		name = item_name(t, label, one, i);
		tell(t, name, name, one);
	}
	return true;
}

/* What is left of each list, told whole; how many are left out behind it. */
static void
tell_left(struct telling *t, const char *label, struct items *list, const struct at *s, bool all)
{
	struct at *rest = get(t, t->n * sizeof *rest);
	struct ac_val *v = get(t, t->n * sizeof *v), *items;
	char number[16];
	uint32_t i;
	size_t k;

	for (k = 0; rest && v && k < t->n; k++) {
		rest[k] = s[k];
		if (all || !list[k].left) {
			rest[k].v = all ? s[k].v : NULL;
			continue;
		}
		if (!(items = get(t, list[k].left * sizeof *items)))
			return;
		v[k] = (struct ac_val){ .kind = AC_ARR, .items = items };
		for (i = 0; i < list[k].n; i++)
			if (!list[k].gone[i])
				items[v[k].n++] = list[k].v[i];
		rest[k].v = &v[k];
	}
	if (!rest || !v)
		return;
	if (!all && list[0].n > list[0].left) {
		snprintf(number, sizeof number, "%u", list[0].n - list[0].left);
		label = AC_FILL(&t->w, _("%s, beside %s that all have"), label, number);
	}
	tell_whole(t, label, rest);
}

static void
tell_list(struct telling *t, const char *label, const char *inner, const struct at *s)
{
	struct items *list = get(t, t->n * sizeof *list);
	bool even = true, some = false, wide = false, few = true, maps = true;
	size_t k;

	for (k = 0; list && k < t->n; k++) {
		const struct ac_val *v = s[k].v;

		list[k].v = v && v->kind == AC_ARR ? v->items : v;
		list[k].n = list[k].left = !v ? 0 : v->kind == AC_ARR ? v->n : 1;
		list[k].gone = get(t, list[k].n);
		wide |= list[k].n > WIDE;
		few &= list[k].n <= FEW;
		even &= list[k].n == list[0].n;
		maps &= list[k].n > 0 && list[k].v[0].kind == AC_MAP;
	}
	if (t->w.err)
		return;
	if (even && list[0].n == 1) {
		struct at *one = get(t, t->n * sizeof *one);

		for (k = 0; one && k < t->n; k++)
			one[k] = (struct at){ list[k].v, s[k].type };
		if (one)
			tell(t, label, inner, one);
		return;
	}
	if (!wide)
		drop_common(t, list);
	for (k = 0; k < t->n; k++)
		some |= list[k].left > 0;
	if (!some || wide || t->depth >= DEEP) { /* another order, or too many to look at */
		tell_whole(t, label, s);
		return;
	}
	if (even && maps) {
		size_t before = t->nparts;

		if (pair_up(t, label, list, s))
			return;
		t->nparts = before; /* they are not of the same things */
		for (k = 0; k < t->n; k++) {
			memset(list[k].gone, 0, list[k].n);
			list[k].left = list[k].n;
		}
		drop_common(t, list);
	}
	tell_left(t, label, list, s, few);
}

/* ---------------------------------------------------------------- elements */

/* One element of an object. */
struct element { const char *base; size_t n; bool under; const struct ac_r4_frame *type; };

static struct element
element_of(const struct ac_r4_frame *f, const struct ac_pair *p)
{
	struct ac_fhir_hit hit = { 0 };
	struct element e = { p->key, p->nkey, false, NULL };

	if (f && ac_fhir_find(&hit, f, p->key, p->nkey)) {
		e = (struct element){ ac_fhir_elem_name(hit.elem), 0, hit.under, hit.type };
		e.n = strlen(e.base);
	}
	return e;
}

static bool
same_element(const struct element *a, const struct element *b)
{
	return a->n == b->n && a->under == b->under && !memcmp(a->base, b->base, a->n);
}

/* The pair of a side that has that element and was not told yet: of the same key, else
 * another type of the same choice. */
static uint32_t
pair_of(const struct at *s, const bool *told, const struct ac_pair *p, const struct element *e)
{
	uint32_t i, found = AC_NONE;
	struct element other;

	for (i = 0; i < s->v->n; i++) {
		const struct ac_pair *q = &s->v->pairs[i];

		if (told[i])
			continue;
		if (q->nkey == p->nkey && !memcmp(q->key, p->key, p->nkey))
			return i;
		other = element_of(s->type, q);
		if (found == AC_NONE && same_element(&other, e))
			found = i;
	}
	return found;
}

static void
tell_element(struct telling *t, const char *inner, const struct at *s, bool **told, const struct ac_pair *p,
	const struct ac_r4_frame *frame)
{
	struct at *one = get(t, t->n * sizeof *one);
	struct element e = element_of(frame, p), other;
	const char *name = ac_words_name(&t->w, frame, e.base, e.n), *label, *outer;
	uint32_t at;
	size_t k;

	if (!one)
		return;
	for (k = 0; k < t->n; k++) {
		one[k] = (struct at){ NULL, NULL };
		if ((at = pair_of(&s[k], told[k], p, &e)) == AC_NONE)
			continue;
		told[k][at] = true;
		other = element_of(s[k].type, &s[k].v->pairs[at]);
		one[k] = (struct at){ &s[k].v->pairs[at].val, other.type };
	}
	if (all_same(t, one))
		return;
	if (e.under)
		name = AC_FILL(&t->w, _("%s, further information"), name);
	label = ac_words_blank(inner) ? name : AC_FILL(&t->w, _("%s, %s"), inner, name);
	outer = ac_words_quiet(e.base) ? inner : label;
	tell(t, label, outer, one);
}

static void
tell_elements(struct telling *t, const char *inner, const struct at *sides)
{
	struct at *s = get(t, t->n * sizeof *s);
	bool **told = get(t, t->n * sizeof *told);
	size_t k;
	uint32_t i;

	for (k = 0; s && told && k < t->n; k++) {
		s[k] = sides[k];
		if (!s[k].v)
			s[k].v = &empty_map;
		s[k].type = ac_words_frame(s[k].type, s[k].v);
		told[k] = get(t, s[k].v->n);
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
opens(const struct telling *t, const struct at *s)
{
	const struct ac_r4_frame *f = ac_words_frame(s[0].type, s[0].v);
	size_t i;

	if (!all_of_kind(t, s, AC_MAP) || t->depth >= DEEP)
		return false;
	for (i = 0; i < t->n; i++)
		if (ac_words_frame(s[i].type, s[i].v) != f || s[i].v->n > WIDE)
			return false;
	return !f || f->kind == AC_R4_RESOURCE || f->kind == AC_R4_BACKBONE || !strcmp(ac_fhir_name(f), "Dosage")
		|| !strcmp(ac_fhir_name(f), "Meta")
		|| (strchr(ac_fhir_name(f), '.') && strcmp(ac_fhir_name(f), "Observation.referenceRange"));
}

static void
tell(struct telling *t, const char *label, const char *inner, const struct at *s)
{
	bool list = false;
	size_t i;

	if (t->w.err || all_same(t, s))
		return;
	for (i = 0; i < t->n; i++)
		list |= s[i].v && s[i].v->kind == AC_ARR;
	if (list && t->depth < DEEP)
		tell_list(t, label, inner, s);
	else if (opens(t, s))
		tell_elements(t, inner, s);
	else
		tell_whole(t, label, s);
}

/* ------------------------------------------------------------------ from a path */

/* Where a path leads: the frame that holds the last element, what is said before its
 * name; and of the element itself its type and names. */
struct place {
	const struct ac_r4_frame *holder, *type;
	const char *outer, *label, *inner;
};

static void
numbered(struct ac_words *w, const char **s, uint32_t index)
{
	char number[16];

	snprintf(number, sizeof number, "%u", index + 1);
	*s = index ? AC_FILL(w, _("%s %s"), *s, number) : *s;
}

static void
walk(struct place *p, struct ac_words *w, const char *type, const char *path)
{
	struct ac_path_step steps[AC_MAX_DEPTH];
	unsigned i, n = *path ? ac_path_split(steps, path) : 0;

	*p = (struct place){ NULL, ac_fhir_frame(type), "", _("record"), "" };
	for (i = 0; i < n; i++) {
		struct ac_pair key = { .key = steps[i].key, .nkey = steps[i].n };
		struct element e;
		const char *name;

		if (!steps[i].key) {
			numbered(w, &p->label, steps[i].n);
			p->inner = p->inner == p->outer && !steps[i].n ? p->inner : p->label;
			continue;
		}
		p->holder = p->type;
		p->outer = p->inner;
		e = element_of(p->holder, &key);
		name = ac_words_name(w, p->holder, e.base, e.n);
		p->label = ac_words_blank(p->outer) ? name : AC_FILL(w, _("%s, %s"), p->outer, name);
		p->inner = e.type && ac_words_quiet(e.base) ? p->outer : p->label;
		p->type = e.type;
	}
}

enum ac_err
ac_words_label(const char **out, struct ac_arena *a, const char *type, const char *path)
{
	struct ac_words w = { .a = a };
	struct place p;

	walk(&p, &w, type, path);
	if (!w.err)
		*out = p.label;
	return w.err;
}

/* A document, or a thing in it, that one side deleted. */
static void
tell_presence(struct telling *t, const char *label, const struct at *s)
{
	const char **text = get(t, t->n * sizeof *text);
	size_t i;

	for (i = 0; text && i < t->n; i++)
		text[i] = s[i].v ? _("kept") : _("deleted");
	if (text)
		add(t, label, text);
}

static void
tell_at(struct telling *t, const char *type, const char *path, bool fields, struct at *s)
{
	size_t before = t->nparts, i;
	bool absent = false;
	struct place p;

	if (t->w.err || all_same(t, s))
		return;
	walk(&p, &t->w, type, path);
	for (i = 0; i < t->n; i++) {
		s[i].type = fields ? p.holder : s[i].type ? s[i].type : p.type;
		absent |= !s[i].v;
		if (s[i].v && fields && s[i].v->kind != AC_MAP)
			fields = false;
	}
	if (fields)
		tell_elements(t, p.outer, s);
	else if (!*path && absent)
		tell_presence(t, p.label, s);
	else
		tell(t, p.label, p.inner, s);
	if (t->nparts == before && !t->w.err)
		tell_spelled(t, p.label, s);
}

enum ac_err
ac_words_parts(const struct ac_part **out, size_t *nparts, struct ac_arena *a, const char *type,
	const char *path, bool fields, const struct ac_val *const *values, size_t n)
{
	struct telling t = { .w = { .a = a }, .n = n };
	struct at *s = get(&t, n * sizeof *s);
	size_t i;

	for (i = 0; s && i < n; i++)
		s[i] = (struct at){ values[i], NULL };
	if (s)
		tell_at(&t, type, path, fields, s);
	if (!t.w.err) {
		*out = t.part;
		*nparts = t.nparts;
	}
	return t.w.err;
}

/* ----------------------------------------------------------------- changes */

/* Do two paths name two types of one choice ("valueQuantity", "valueString")? */
static bool
one_choice(const char *type, const char *x, const char *y)
{
	const char *a = strrchr(x, '.'), *b = strrchr(y, '.');
	struct element ex, ey;
	struct ac_words none = { .a = NULL, .err = AC_ENOMEM }; /* no label is needed */
	struct place px, py;

	a = a ? a + 1 : x;
	b = b ? b + 1 : y;
	if (a - x != b - y || memcmp(x, y, (size_t)(a - x)) || strpbrk(a, "[") || strpbrk(b, "["))
		return false;
	walk(&px, &none, type, x);
	walk(&py, &none, type, y);
	ex = element_of(px.holder, &(struct ac_pair){ .key = a, .nkey = (uint32_t)strlen(a) });
	ey = element_of(py.holder, &(struct ac_pair){ .key = b, .nkey = (uint32_t)strlen(b) });
	return ex.type && ey.type && same_element(&ex, &ey);
}

/* The change that took away what this one brings in another type; n: none. */
static size_t
other_half(const char *type, const struct ac_change *changes, size_t n, size_t i)
{
	size_t k;

	for (k = 0; k < n; k++)
		if (k != i && !changes[i].from != !changes[k].from && !changes[i].to != !changes[k].to
		    && !changes[i].from == !changes[k].to && one_choice(type, changes[i].path, changes[k].path))
			return k;
	return n;
}

enum ac_err
ac_words_changes(const struct ac_part **out, size_t *nparts, struct ac_arena *a, const char *type,
	const struct ac_change *changes, size_t n)
{
	struct telling t = { .w = { .a = a }, .n = 2 };
	size_t i, k;

	for (i = 0; i < n && !t.w.err; i++) {
		const struct ac_change *from = &changes[i], *to = from;
		struct at s[2];
		struct place p;

		if (n <= WIDE && (k = other_half(type, changes, n, i)) < n) {
			if (k < i)
				continue; /* told with it */
			from = changes[i].from ? &changes[i] : &changes[k];
			to = changes[i].from ? &changes[k] : &changes[i];
		}
		s[0] = (struct at){ from->from, NULL };
		s[1] = (struct at){ to->to, NULL };
		if (from != to) {
			walk(&p, &t.w, type, from->path);
			s[0].type = p.type;
			walk(&p, &t.w, type, to->path);
			s[1].type = p.type;
		}
		tell_at(&t, type, from->path, false, s);
	}
	if (!t.w.err) {
		*out = t.part;
		*nparts = t.nparts;
	}
	return t.w.err;
}
