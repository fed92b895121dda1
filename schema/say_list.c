/* SPDX-License-Identifier: ISC */
/*
 * Lists are compared without the items that all sides have. What is left is told item
 * by item where each has its counterpart, of the same code or in the same place, else
 * whole.
 */
#include <stdio.h>
#include <string.h>

#include "schema/atoms.h"
#include "schema/say_parts.h"

#define FEW 8u /* items of a list that is told whole */

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
drop_common(struct ac_say_telling *t, struct items *list)
{
	uint32_t i, *at = ac_say_room(t, t->n * sizeof *at);
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
		if (!in->gone[i] && ac_say_same(topic(&in->v[i]), of))
			return i;
	return AC_NONE;
}

/* A name for one of several: "dosage 2"; a component goes by its code. */
static const char *
item_name(struct ac_say_telling *t, const char *label, const struct ac_say_at *s, uint32_t index)
{
	const struct ac_val *code = ac_val_get(s[0].v, "code");
	char number[16];
	const char *text = "";
	size_t i;

	for (i = 1; i < t->n; i++)
		if (!ac_say_same(ac_val_get(s[i].v, "code"), code))
			code = NULL;
	if (code && code->kind == AC_MAP)
		text = ac_say_of(&t->w, "CodeableConcept", code);
	if (!ac_say_blank(text) && *text != '{')
		return text;
	snprintf(number, sizeof number, "%u", index + 1);
	return AC_SAY_FILL(&t->w, _("%s %s"), label, number);
}

static bool
pair_up(struct ac_say_telling *t, const char *label, struct items *list, const struct ac_say_at *s)
{
	struct ac_say_at *one = ac_say_room(t, t->n * sizeof *one);
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
			one[j] = (struct ac_say_at){ &list[j].v[k], s[j].type };
			list[j].gone[k] = true;
		}
		name = item_name(t, label, one, i);
		ac_say_tell(t, name, name, one);
	}
	return true;
}

/* What is left of each list, told whole; how many are left out behind it. */
static void
tell_left(struct ac_say_telling *t, const char *label, struct items *list, const struct ac_say_at *s, bool all)
{
	struct ac_say_at *rest = ac_say_room(t, t->n * sizeof *rest);
	struct ac_val *v = ac_say_room(t, t->n * sizeof *v), *items;
	char number[16];
	uint32_t i;
	size_t k;

	for (k = 0; rest && v && k < t->n; k++) {
		rest[k] = s[k];
		if (all || !list[k].left) {
			rest[k].v = all ? s[k].v : NULL;
			continue;
		}
		if (!(items = ac_say_room(t, list[k].left * sizeof *items)))
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
		label = AC_SAY_FILL(&t->w, _("%s, beside %s that all have"), label, number);
	}
	ac_say_tell_whole(t, label, rest);
}

void
ac_say_tell_list(struct ac_say_telling *t, const char *label, const char *inner, const struct ac_say_at *s)
{
	struct items *list = ac_say_room(t, t->n * sizeof *list);
	bool even = true, some = false, wide = false, few = true, maps = true;
	size_t k;

	for (k = 0; list && k < t->n; k++) {
		const struct ac_val *v = s[k].v;

		list[k].v = v && v->kind == AC_ARR ? v->items : v;
		list[k].n = list[k].left = !v ? 0 : v->kind == AC_ARR ? v->n : 1;
		list[k].gone = ac_say_room(t, list[k].n);
		wide |= list[k].n > AC_SAY_WIDE;
		few &= list[k].n <= FEW;
		even &= list[k].n == list[0].n;
		maps &= list[k].n > 0 && list[k].v[0].kind == AC_MAP;
	}
	if (t->w.err)
		return;
	if (even && list[0].n == 1) {
		struct ac_say_at *one = ac_say_room(t, t->n * sizeof *one);

		for (k = 0; one && k < t->n; k++)
			one[k] = (struct ac_say_at){ list[k].v, s[k].type };
		if (one)
			ac_say_tell(t, label, inner, one);
		return;
	}
	if (!wide)
		drop_common(t, list);
	for (k = 0; k < t->n; k++)
		some |= list[k].left > 0;
	if (!some || wide || t->depth >= AC_SAY_DEEP) { /* another order, or too many to look at */
		ac_say_tell_whole(t, label, s);
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
