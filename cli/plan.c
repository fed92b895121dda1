/* SPDX-License-Identifier: ISC */
/* Care plans: what a person does with one. */
#include "cli.h"

#include <string.h>

static int
read_date(struct cli *c, const char *option, char buf[static 40], const char **out)
{
	const char *v = args_value(c, option);
	enum ac_err err;

	if (v == NULL)
		return 0;
	err = date_when(c, buf, v);
	if (err != AC_OK)
		return fail(c, err);
	*out = buf;
	return 0;
}

static int
read_today(struct cli *c, char today[static 40])
{
	enum ac_err err = date_day(c, today, NULL);

	return err != AC_OK ? fail(c, err) : 0;
}

/* Is any day of that date past today? A partial date may yet be. */
static bool
to_come(const char *date, const char *today)
{
	size_t n = strlen(date) < 10 ? strlen(date) : 10;

	return strncmp(date, today, n) > 0;
}

/* ---------------------------------------------------------------------- new */

/* CODE, or CODE=NUMBERUNIT. */
static int
read_exposure(struct cli *c, struct ac_careplan_exposure *out, const char *s)
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

static int
read_exposures(struct cli *c, struct ac_careplan_options *o)
{
	const char **words = args_list(c, "exposure", false, &o->n);
	struct ac_careplan_exposure *list = ac_arena_get(&c->arena, (o->n + 1) * sizeof *list);
	int rc;

	if (list == NULL || (words == NULL && o->n > 0))
		return fail(c, AC_ENOMEM);
	if (o->n > 32)
		return fail_with(c, USAGE, "That is more exposures than a plan can begin with: 32.");
	for (size_t i = 0; i < o->n; i++)
		if ((rc = read_exposure(c, &list[i], words[i])) != 0)
			return rc;
	o->exposures = list;
	return 0;
}

int
cmd_plan_new(struct cli *c)
{
	struct ac_careplan_options o = { .name = c->args.words[0], .stage = args_value(c, "stage") };
	struct ac_wrote w = { 0 };
	char today[40], since[40], end[40];
	enum ac_err err;
	int rc;

	if ((rc = read_today(c, today)) != 0 || (rc = read_date(c, "since", since, &o.since)) != 0
	    || (rc = read_date(c, "end-of-treatment", end, &o.end)) != 0 || (rc = read_exposures(c, &o)) != 0
	    || (rc = home_space(c)) != 0)
		return rc;
	o.today = today;
	err = ac_careplan_new(&w, c->space, &o, &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	note(c, _("This plan is a start for a talk with your care team; nobody reviewed it for you. `aftercare plan due`"
		" shows what is due."));
	return wrote(c, &w, "Made");
}

/* ------------------------------------------------------------ done and skip */

/* Says so where what was written is no row of the plan: it was too early, or is unfinished. */
static void
counted(struct cli *c, const char *ref, const char *today)
{
	struct ac_careplan p;
	struct ac_fault quiet = { 0 };

	if (ac_careplan_read(&p, &c->arena, c->space, today, &quiet) != AC_OK)
		return;
	for (size_t i = 0; i < p.plan.nrows; i++)
		if (strcmp(p.plan.rows[i].satisfied_by, ref) == 0)
			return;
	note(c, _("It is kept, and does not count by the plan's schedule: it is too early, too late or not finished."
		" `aftercare plan due` shows from when one counts."));
}

int
cmd_plan_done(struct cli *c)
{
	const char *ref = args_value(c, "ref"), *on = NULL;
	char today[40], date[40], full[AC_REF_MAX];
	struct ac_wrote w = { 0 };
	enum ac_err err;
	int rc;

	if (ref != NULL && args_value(c, "on") != NULL)
		return fail_with(c, USAGE, "Give --on or --ref, not both: a document has its own date.");
	if ((rc = read_today(c, today)) != 0 || (rc = read_date(c, "on", date, &on)) != 0)
		return rc;
	if (on != NULL && to_come(on, today))
		return fail_with(c, USAGE, "%s is to come; note it when it was done, or keep an Appointment for it.", on);
	if ((rc = home_space(c)) != 0 || (ref != NULL && (rc = home_ref(c, full, ref, true)) != 0))
		return rc;
	err = ac_careplan_done(&w, c->space, c->args.words[0], on != NULL ? on : today, ref != NULL ? full : NULL, today,
		&c->fault);
	if (err != AC_OK)
		return fail(c, err);
	counted(c, w.ref, today);
	return wrote(c, &w, ref != NULL ? "Changed" : "Stored");
}

int
cmd_plan_skip(struct cli *c)
{
	const char *why = args_value(c, "why");
	struct ac_wrote w = { 0 };
	char today[40];
	enum ac_err err;
	int rc;

	if (why == NULL || *why == '\0')
		return fail_with(c, USAGE, "Say why with --why; the care team will want to know.");
	if ((rc = read_today(c, today)) != 0 || (rc = home_space(c)) != 0)
		return rc;
	err = ac_careplan_skip(&w, c->space, c->args.words[0], why, today, &c->fault);
	return err != AC_OK ? fail(c, err) : wrote(c, &w, "Changed");
}
