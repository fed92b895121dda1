/* SPDX-License-Identifier: ISC */
/* Care plans: the exposures that one has, and those that the records speak of. */
#include "cli.h"

#include <string.h>

/* CODE, or CODE=NUMBERUNIT. */
int
plan_exposure_read(struct cli *c, struct ac_careplan_exposure *out, const char *s)
{
	const char *eq = strchr(s, '='), *unit;
	size_t n;

	*out = (struct ac_careplan_exposure){ .code = s };
	if (eq == NULL)
		return 0;
	n = strspn(eq + 1, "0123456789");
	if (n > 0 && eq[1 + n] == '.')
		n += 1 + strspn(eq + 2 + n, "0123456789");
	if (n == 0 || n > 15 || eq[n] == '.' || (eq[1] == '0' && eq[2] >= '0' && eq[2] <= '9'))
		return fail_with(c, USAGE, "%s is no exposure with its dose; write anthracycline=250mg/m2.", clean(c, s));
	unit = eq + 1 + n;
	out->code = ac_arena_text(&c->arena, s, (size_t)(eq - s));
	out->value = ac_arena_text(&c->arena, eq + 1, n);
	out->unit = strcmp(unit, "mg/m\xc2\xb2") == 0 ? "mg/m2" : unit;
	return out->code != NULL && out->value != NULL ? 0 : fail(c, AC_ENOMEM);
}

/* One exposure with all that speaks of it. */
struct told {
	const char *code, *title, *value, *unit;
	bool in_plan;
	const char *refs[16]; size_t nrefs;
	const struct ac_careplan_found *found; size_t nfound; /* not of the plan: its documents */
	const struct ac_plan_row *const *rows; size_t nrows;  /* what it brings */
};

static const char *
title_of(const struct ac_careplan *p, const char *code)
{
	const struct ac_plan_exposure *e;

	for (size_t i = 0; (e = ac_plan_library_exposure(p->lib, i)) != NULL; i++)
		if (strcmp(e->code, code) == 0)
			return e->title;
	return "";
}

static enum ac_err
in_plan(struct cli *c, struct told *t, const struct ac_careplan *p, size_t *i)
{
	const struct ac_plan_had *h = &p->plan.had[*i];

	*t = (struct told){ h->code, title_of(p, h->code), h->value, h->unit, true };
	for (; *i < p->plan.nhad && strcmp(p->plan.had[*i].code, t->code) == 0; ++*i)
		if (p->plan.had[*i].counts && t->nrefs < sizeof t->refs / sizeof *t->refs)
			t->refs[t->nrefs++] = p->plan.had[*i].ref;
	return t->nrefs == 0 ? AC_OK : ac_careplan_brings(&t->rows, &t->nrows, &c->arena, p, t->code, &c->fault);
}

static enum ac_err
in_records(struct cli *c, struct told *t, const struct ac_careplan *p, const struct ac_careplan_found *found, size_t n, size_t *i)
{
	*t = (struct told){ found[*i].exposure->code, found[*i].exposure->title, "", "", false, .found = &found[*i] };
	for (; *i < n && found[*i].exposure == t->found->exposure; ++*i, t->nfound++) {
		if (*t->value == '\0' && *found[*i].value != '\0') {
			t->value = found[*i].value;
			t->unit = found[*i].unit;
		}
		if (t->nrefs < sizeof t->refs / sizeof *t->refs)
			t->refs[t->nrefs++] = found[*i].ref;
	}
	return ac_careplan_brings(&t->rows, &t->nrows, &c->arena, p, t->code, &c->fault);
}

static void
told_json(const struct told *t)
{
	struct ac_buf *b = out_buf();

	json_open(b, NULL, '{');
	json_str(b, "exposure", t->code);
	json_str(b, "title", t->title);
	json_str(b, "state", t->in_plan ? "plan" : "found");
	json_str(b, "dose", t->value);
	json_str(b, "unit", t->unit);
	json_open(b, "refs", '[');
	for (size_t i = 0; i < t->nrefs; i++)
		json_str(b, NULL, t->refs[i]);
	json_close(b, ']');
	json_open(b, "items", '[');
	for (size_t i = 0; i < t->nrows; i++)
		json_str(b, NULL, t->rows[i]->item);
	json_close(b, ']');
	json_close(b, '}');
	json_row_end(b);
}

static const char *
dated(struct cli *c, const struct ac_careplan_found *f)
{
	return text_of(c, *f->date != '\0' ? "%s  %s  %s" : "%s  %s", clean(c, f->ref), clean(c, f->title), clean(c, date_shown(c, f->date)));
}

static void
told_text(struct cli *c, const struct told *t)
{
	plan_text_line(c, 2, text_of(c, *t->value != '\0' ? "%s %s %s" : "%s", clean(c, t->code), clean(c, t->value), clean(c, t->unit)));
	for (size_t i = 0; i < t->nfound; i++)
		plan_text_line(c, 4, dated(c, &t->found[i]));
	for (size_t i = 0; t->nfound == 0 && i < t->nrefs; i++)
		plan_text_line(c, 4, clean(c, t->refs[i]));
	for (size_t i = 0; i < t->nrows; i++)
		plan_text_line(c, 4, text_of(c, t->in_plan ? _("It puts there: %s (%s).") : _("It would put there: %s (%s)."),
			clean(c, _(t->rows[i]->title)), clean(c, t->rows[i]->item)));
}

static void
tell(struct cli *c, const struct told *t, const char *head, bool *headed)
{
	if (c->json) {
		told_json(t);
		return;
	}
	if (!*headed)
		plan_text_line(c, 0, head);
	*headed = true;
	told_text(c, t);
}

static int
list(struct cli *c)
{
	const struct ac_careplan_found *found;
	struct ac_careplan p;
	struct told t;
	bool headed = false, offered = false;
	size_t n = 0, i;
	enum ac_err err;
	int rc = plan_text_read(c, &p, NULL, NULL);

	if (rc != 0)
		return rc;
	err = ac_careplan_evidence(&found, &n, &c->arena, c->space, &p, &c->fault);
	for (i = 0; err == AC_OK && i < p.plan.nhad; )
		if ((err = in_plan(c, &t, &p, &i)) == AC_OK && t.nrefs > 0)
			tell(c, &t, _("In the plan"), &headed);
	for (i = 0; err == AC_OK && i < n; )
		if ((err = in_records(c, &t, &p, found, n, &i)) == AC_OK)
			tell(c, &t, _("Not in the plan, but the records speak of it"), &offered);
	if (err != AC_OK)
		return fail(c, err);
	if (offered)
		note(c, _("`aftercare plan exposure NAME` takes one into the plan; with --remove it is not offered again. Ask your care"
			" team when in doubt."));
	if (i == 0 && !headed && !c->json && p.plan.nhad == 0)
		note(c, _("The plan has no exposure, and the records speak of none."));
	return DONE;
}

int
cmd_plan_exposure(struct cli *c)
{
	const char *word = c->args.n > 0 ? c->args.words[0] : NULL;
	bool remove = args_flag(c, "remove");
	struct ac_careplan_exposure e;
	struct ac_wrote w = { 0 };
	char today[40];
	enum ac_err err;
	int rc;

	if (word == NULL && remove)
		return fail_with(c, USAGE, "Say which exposure --remove takes out.");
	if (word == NULL)
		return list(c);
	if ((err = date_day(c, today, NULL)) != AC_OK)
		return fail(c, err);
	if ((rc = plan_exposure_read(c, &e, word)) != 0)
		return rc;
	if (remove && e.value != NULL)
		return fail_with(c, USAGE, "%s is taken out as a whole; leave the dose out.", clean(c, e.code));
	if ((rc = home_space(c)) != 0)
		return rc;
	err = remove ? ac_careplan_unexpose(&w, c->space, e.code, today, &c->fault)
		: ac_careplan_expose(&w, c->space, &e, today, &c->fault);
	return err != AC_OK ? fail(c, err) : wrote(c, &w, "Changed");
}

/* ------------------------------------------------------------------- offering */

int
plan_exposure_note(struct cli *c, const struct ac_careplan *p)
{
	const struct ac_careplan_found *found;
	struct ac_buf names = { .max = SIZE_MAX / 2 };
	struct told t;
	size_t n = 0, i = 0;
	enum ac_err err = ac_careplan_evidence(&found, &n, &c->arena, c->space, p, &c->fault);

	while (err == AC_OK && i < n)
		if ((err = in_records(c, &t, p, found, n, &i)) == AC_OK && t.nrows > 0)
			err = ac_buf_addf(&names, "%s%s", names.len > 0 ? ", " : "", t.code);
	if (err == AC_OK && names.len > 0 && (err = ac_buf_add(&names, "", 1)) == AC_OK)
		note(c, _("The records speak of what the plan does not have: %s. `aftercare plan exposure` shows what that would bring."),
			(const char *)names.p);
	ac_buf_free(&names);
	return err != AC_OK ? fail(c, err) : 0;
}

static bool
has(const struct ac_careplan_options *o, size_t n, const char *code)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(o->exposures[i].code, code) == 0)
			return true;
	return false;
}

int
plan_exposure_offer(struct cli *c, struct ac_careplan_options *o, size_t most)
{
	struct ac_careplan_exposure *list = ac_arena_get(&c->arena, (most + 1) * sizeof *list);
	const struct ac_careplan_found *found;
	size_t n = 0, given = o->n, k;
	enum ac_err err = ac_careplan_evidence(&found, &n, &c->arena, c->space, NULL, &c->fault);

	if (err != AC_OK || list == NULL)
		return fail(c, err != AC_OK ? err : AC_ENOMEM);
	for (size_t i = 0; i < given; i++)
		list[i] = o->exposures[i];
	o->exposures = list;
	for (size_t i = 0; i < n; i = k) {
		struct ac_careplan_exposure e = { .code = found[i].exposure->code };
		const char **refs = ac_arena_get(&c->arena, (n + 1) * sizeof *refs);

		if (refs == NULL)
			return fail(c, AC_ENOMEM);
		for (k = i; k < n && found[k].exposure == found[i].exposure; k++) {
			refs[e.nrefs++] = found[k].ref;
			if (e.value == NULL && *found[k].value != '\0') {
				e.value = found[k].value;
				e.unit = found[k].unit;
			}
		}
		e.refs = refs;
		if (!has(o, given, e.code) && o->n < most && prompt_yes(c, text_of(c, _("The records speak of %s: %s. Does it belong into the plan? [y/N] "), e.code,
		    dated(c, &found[i])), false))
			list[o->n++] = e;
	}
	return 0;
}
