/* SPDX-License-Identifier: ISC */
/* From the paths of disputes and changes to the values that stand there. */
#include <stdio.h>
#include <string.h>

#include "schema/path.h"
#include "schema/say_parts.h"

/* Where a path leads: the frame that holds the last element, what is said before its
 * name; and of the element itself its type and names. */
struct place {
	const struct ac_r4_frame *holder, *type;
	const char *outer, *label, *inner;
};

static void
numbered(struct ac_say *w, const char **s, uint32_t index)
{
	char number[16];

	snprintf(number, sizeof number, "%u", index + 1);
	*s = index ? AC_SAY_FILL(w, _("%s %s"), *s, number) : *s;
}

static void
walk(struct place *p, struct ac_say *w, const char *type, const char *path)
{
	struct ac_path_step steps[AC_MAX_DEPTH];
	unsigned i, n = *path ? ac_path_split(steps, path) : 0;

	*p = (struct place){ NULL, ac_fhir_frame(type), "", _("record"), "" };
	for (i = 0; i < n; i++) {
		struct ac_pair key = { .key = steps[i].key, .nkey = steps[i].n };
		struct ac_say_element e;
		const char *name;

		if (!steps[i].key) {
			numbered(w, &p->label, steps[i].n);
			p->inner = p->inner == p->outer && !steps[i].n ? p->inner : p->label;
			continue;
		}
		p->holder = p->type;
		p->outer = p->inner;
		e = ac_say_element_of(p->holder, &key);
		name = ac_say_name(w, p->holder, e.base, e.n);
		p->label = ac_say_blank(p->outer) ? name : AC_SAY_FILL(w, _("%s, %s"), p->outer, name);
		p->inner = e.type && ac_say_quiet(e.base) ? p->outer : p->label;
		p->type = e.type;
	}
}

enum ac_err
ac_say_label(const char **out, struct ac_arena *a, const char *type, const char *path)
{
	struct ac_say w = { .a = a };
	struct place p;

	walk(&p, &w, type, path);
	if (!w.err)
		*out = p.label;
	return w.err;
}

/* A document, or a thing in it, that one side deleted. */
static void
tell_presence(struct ac_say_telling *t, const char *label, const struct ac_say_at *s, size_t n)
{
	const char **text = ac_say_room(t, n * sizeof *text);
	size_t i;

	for (i = 0; text && i < n; i++)
		text[i] = s[i].v ? _("kept") : _("deleted");
	if (text)
		ac_say_part(t, label, text);
}

static void
tell_at(struct ac_say_telling *t, const char *type, const char *path, bool fields, struct ac_say_at *s)
{
	size_t before = t->nparts, n = t->n, i;
	bool absent = false;
	struct place p;

	if (t->w.err || ac_say_all_same(t, s))
		return;
	for (i = 0; i < n; i++) {
		absent |= !s[i].v;
		fields &= !s[i].v || s[i].v->kind == AC_MAP;
	}
	walk(&p, &t->w, type, path);
	for (i = 0; i < n; i++)
		s[i].type = fields ? p.holder : s[i].type ? s[i].type : p.type;
	if (fields && ac_say_wide(t, s))
		ac_say_tell_whole(t, p.label, s);
	else if (fields)
		ac_say_tell_elements(t, p.outer, s);
	else if (!*path && absent)
		tell_presence(t, p.label, s, n);
	else
		ac_say_tell(t, p.label, p.inner, s);
	if (t->nparts == before && !t->w.err)
		ac_say_tell_spelled(t, p.label, s);
}

enum ac_err
ac_say_parts(const struct ac_part **out, size_t *nparts, struct ac_arena *a, const char *type,
	const char *path, bool fields, const struct ac_val *const *values, size_t n)
{
	struct ac_say_telling t = { .w = { .a = a }, .n = n };
	struct ac_say_at *s = ac_say_room(&t, n * sizeof *s);
	size_t i;

	for (i = 0; s && i < n; i++)
		s[i] = (struct ac_say_at){ values[i], NULL };
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
	struct ac_say_element ex, ey;
	struct ac_say none = { .a = NULL, .err = AC_ENOMEM }; /* no label is needed */
	struct place px, py;

	a = a ? a + 1 : x;
	b = b ? b + 1 : y;
	if (a - x != b - y || memcmp(x, y, (size_t)(a - x)) || strpbrk(a, "[") || strpbrk(b, "["))
		return false;
	walk(&px, &none, type, x);
	walk(&py, &none, type, y);
	ex = ac_say_element_of(px.holder, &(struct ac_pair){ .key = a, .nkey = (uint32_t)strlen(a) });
	ey = ac_say_element_of(py.holder, &(struct ac_pair){ .key = b, .nkey = (uint32_t)strlen(b) });
	return ex.type && ey.type && ac_say_same_element(&ex, &ey);
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
ac_say_changes(const struct ac_part **out, size_t *nparts, struct ac_arena *a, const char *type,
	const struct ac_change *changes, size_t n)
{
	struct ac_say_telling t = { .w = { .a = a }, .n = 2 };
	size_t i, k;

	for (i = 0; i < n && !t.w.err; i++) {
		const struct ac_change *from = &changes[i], *to = from;
		struct ac_say_at s[2];
		struct place p;

		if (n <= AC_SAY_WIDE && (k = other_half(type, changes, n, i)) < n) {
			if (k < i)
				continue; /* told with it */
			from = changes[i].from ? &changes[i] : &changes[k];
			to = changes[i].from ? &changes[k] : &changes[i];
		}
		s[0] = (struct ac_say_at){ from->from, NULL };
		s[1] = (struct ac_say_at){ to->to, NULL };
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
