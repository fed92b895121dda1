/* SPDX-License-Identifier: ISC */
/* Editions: of which templates the program has a newer one than the plan follows, and the plan
 * with these. Nothing is taken by itself: two devices follow what the plan says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/plan.h"


static const struct ac_plan_template *
newest(const struct ac_plan_library *lib, const char *name)
{
	const struct ac_plan_template *t, *out = NULL;
	size_t i;

	for (i = 0; (t = ac_plan_library_template(lib, i)); i++) /* the newest comes last */
		if (!strcmp(t->name, name))
			out = t;
	return out;
}

/* Whether an element of instantiatesUri is an edition of that template that comes before `t`. */
static bool
older(const struct ac_val *uri, const struct ac_plan_template *t)
{
	const size_t prefix = strlen(AC_PLAN_TEMPLATE), n = strlen(t->name);
	const char *s = uri->kind == AC_STR ? uri->s : "";
	unsigned long edition;
	char *end;

	if (strncmp(s, AC_PLAN_TEMPLATE, prefix) || strncmp(s + prefix, t->name, n) || s[prefix + n] != ':')
		return false;
	s += prefix + n + 1;
	if (*s < '1' || *s > '9')
		return false;
	edition = strtoul(s, &end, 10);
	return !*end && edition < t->edition;
}

/* The list with the newest edition in the place of older ones, each once. */
static enum ac_err
replaced(struct ac_val *out, struct ac_arena *a, const struct ac_val *uris, const struct ac_plan_newer *list, size_t n)
{
	struct ac_val *items = ac_arena_get(a, (uris->n + 1) * sizeof *items);
	char uri[256];
	uint32_t i, k;
	size_t j;

	*out = *uris;
	if (!items)
		return AC_ENOMEM;
	out->items = items;
	out->n = 0;
	for (i = 0; i < uris->n; i++) {
		items[out->n] = uris->items[i];
		for (j = 0; j < n; j++)
			if (older(&uris->items[i], list[j].to)) {
				const char *s;

				snprintf(uri, sizeof uri, AC_PLAN_TEMPLATE "%s:%u", list[j].to->name, (unsigned)list[j].to->edition);
				if (!(s = ac_arena_text(a, uri, strlen(uri))))
					return AC_ENOMEM;
				items[out->n] = ac_val_text(s);
			}
		for (k = 0; k < out->n && !ac_val_equal(&items[k], &items[out->n]); k++)
			;
		out->n += k == out->n;
	}
	return AC_OK;
}

enum ac_err
ac_plan_newest(const struct ac_val **careplan, const struct ac_plan_newer **list, size_t *n, struct ac_arena *a,
	const struct ac_plan_input *in, struct ac_fault *f)
{
	struct ac_plan_facts facts = { .open = false };
	struct ac_plan_newer *out;
	const struct ac_plan_template *t;
	struct ac_val uris;
	enum ac_err err;
	size_t i;

	if ((err = ac_plan_facts(&facts, a, in, f)))
		return err;
	*n = 0;
	*careplan = in->careplan;
	if (!(*list = out = ac_arena_get(a, (facts.ntemplates + 1) * sizeof *out)))
		return ac_fault(f, AC_ENOMEM, "There is not enough memory for the plan.");
	for (i = 0; i < facts.ntemplates; i++)
		if ((t = newest(in->lib, facts.templates[i]->about.name)) && t->edition > facts.templates[i]->about.edition)
			out[(*n)++] = (struct ac_plan_newer){ &facts.templates[i]->about, t };
	if (!*n)
		return AC_OK;
	if (replaced(&uris, a, ac_val_list(in->careplan, "instantiatesUri"), out, *n)
	    || !(*careplan = ac_val_set(a, in->careplan, "instantiatesUri", &uris)))
		return ac_fault(f, AC_ENOMEM, "There is not enough memory for the plan.");
	return AC_OK;
}
