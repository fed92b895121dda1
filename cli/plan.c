/* SPDX-License-Identifier: ISC */
/* Care plans: what a person does with one. */
#include "cli.h"

#include <string.h>

enum { MAX_EXPOSURES = 32 }; /* that a plan begins with */

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

static int
read_exposures(struct cli *c, struct ac_careplan_options *o)
{
	struct ac_careplan_exposure *list;
	const char **words;
	int rc = args_list(c, "exposure", false, &words, &o->n);

	if (rc != 0)
		return rc;
	if ((list = ac_arena_get(&c->arena, (o->n + 1) * sizeof *list)) == NULL)
		return fail(c, AC_ENOMEM);
	if (o->n > MAX_EXPOSURES)
		return fail_with(c, USAGE, "That is more exposures than a plan can begin with: %d.", MAX_EXPOSURES);
	for (size_t i = 0; i < o->n; i++)
		if ((rc = plan_exposure_read(c, &list[i], words[i])) != 0)
			return rc;
	o->exposures = list;
	return 0;
}

int
cmd_plan_new(struct cli *c)
{
	struct ac_careplan_options o = { .name = c->args.words[0], .stage = args_value(c, "stage") };
	struct ac_wrote w = { 0 };
	struct ac_careplan p;
	struct ac_fault quiet = { 0 };
	char today[40], since[40], end[40];
	enum ac_err err;
	int rc;

	if ((rc = read_today(c, today)) != 0 || (rc = date_option(c, "since", since, &o.since)) != 0
	    || (rc = date_option(c, "end-of-treatment", end, &o.end)) != 0 || (rc = read_exposures(c, &o)) != 0
	    || (rc = home_space(c)) != 0)
		return rc;
	o.today = today;
	if (prompt_there() && ac_careplan_read(&p, &c->arena, c->space, today, &quiet) == AC_ENOTFOUND
	    && (rc = plan_exposure_offer(c, &o, MAX_EXPOSURES)) != 0)
		return rc;
	err = ac_careplan_new(&w, c->space, &o, &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	note(c, _("This plan is a start for a talk with your care team; nobody reviewed it for you. `aftercare plan due`"
		" shows what is due."));
	if (ac_careplan_read(&p, &c->arena, c->space, today, &quiet) == AC_OK && (rc = plan_exposure_note(c, &p)) != 0)
		return rc;
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
	if ((rc = read_today(c, today)) != 0 || (rc = date_option(c, "on", date, &on)) != 0)
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

/* -------------------------------------------------------------------- stage */

int
cmd_plan_stage(struct cli *c)
{
	struct ac_careplan_stage o = { .stage = c->args.words[0], .name = args_value(c, "template") };
	struct ac_wrote w = { 0 };
	char today[40], since[40], end[40];
	enum ac_err err;
	int rc;

	if (strcmp(o.stage, "in-treatment") != 0 && strcmp(o.stage, "off-treatment") != 0
	    && strcmp(o.stage, "ongoing") != 0 && strcmp(o.stage, "relapsed") != 0)
		return fail_with(c, USAGE, "%s is no stage; in-treatment, off-treatment, ongoing and relapsed are.",
			clean(c, o.stage));
	if ((rc = read_today(c, today)) != 0 || (rc = date_option(c, "on", since, &o.since)) != 0
	    || (rc = date_option(c, "end-of-treatment", end, &o.end)) != 0 || (rc = home_space(c)) != 0)
		return rc;
	o.today = today;
	err = ac_careplan_stage(&w, c->space, &o, &c->fault);
	return err != AC_OK ? fail(c, err) : wrote(c, &w, "Changed");
}

/* ------------------------------------------------------------------ changes */

static bool
read_number(uint32_t *out, const char **s)
{
	size_t n = strspn(*s, "0123456789");

	if (n == 0 || n > 4 || **s == '0')
		return false;
	*out = 0;
	for (; n > 0; n--, ++*s)
		*out = *out * 10 + (uint32_t)(**s - '0');
	return *out <= AC_MAX_PLAN_NUMBER;
}

/* "4w", "4-6w": d w mo y, in FHIR's names. */
static int
read_every(struct cli *c, struct ac_careplan_change *o)
{
	static const char *const units[][2] = { { "d", "d" }, { "w", "wk" }, { "mo", "mo" }, { "y", "a" } };
	const char *v = args_value(c, "every"), *s = v;

	if (v == NULL)
		return 0;
	if (read_number(&o->min, &s)) {
		o->max = o->min;
		if (*s != '-' || (s++, read_number(&o->max, &s) && o->max >= o->min))
			for (size_t i = 0; i < sizeof units / sizeof *units; i++)
				if (strcmp(s, units[i][0]) == 0)
					o->unit = units[i][1];
	}
	return o->unit != NULL ? 0 : fail_with(c, USAGE,
		"%s is no interval; write 10d, 4w, 3mo or 1y, or a range as in 4-6w.", clean(c, v));
}

static int
read_day(struct cli *c, const char *option, char buf[static 40], const char **out)
{
	const char *v = args_value(c, option);
	enum ac_err err = v != NULL ? date_day(c, buf, v) : AC_OK;

	if (err != AC_OK)
		return fail(c, err);
	if (v != NULL)
		*out = buf;
	return 0;
}

/* SYSTEM|CODE; else a code whose look says that it is LOINC's or SNOMED CT's. */
static int
read_code(struct cli *c, struct ac_careplan_change *o)
{
	const char *v = args_value(c, "code"), *bar;
	size_t n;

	if (v == NULL)
		return 0;
	if ((bar = strrchr(v, '|')) != NULL && bar > v && bar[1] != '\0') {
		o->system = ac_arena_text(&c->arena, v, (size_t)(bar - v));
		o->code = bar + 1;
		return o->system != NULL ? 0 : fail(c, AC_ENOMEM);
	}
	n = strspn(v, "0123456789");
	o->code = v;
	if (n > 0 && v[n] == '-' && v[n + 1] >= '0' && v[n + 1] <= '9' && v[n + 2] == '\0')
		o->system = "http://loinc.org";
	else if (n >= 6 && n <= 18 && v[n] == '\0')
		o->system = "http://snomed.info/sct";
	return o->system != NULL ? 0 : fail_with(c, USAGE,
		"%s is no code of LOINC or SNOMED CT; write one of another system as SYSTEM|CODE.", clean(c, v));
}

static int
change(struct cli *c, const struct ac_careplan_change *what)
{
	struct ac_careplan_change o = *what;
	struct ac_wrote w = { 0 };
	char today[40], from[40], until[40];
	enum ac_err err;
	int rc;

	o.why = args_value(c, "why");
	if ((rc = read_today(c, today)) != 0 || (rc = read_every(c, &o)) != 0 || (rc = read_code(c, &o)) != 0
	    || (rc = read_day(c, "from", from, &o.from)) != 0 || (rc = read_day(c, "until", until, &o.until)) != 0)
		return rc;
	if (o.until != NULL && strcmp(o.until, o.from != NULL ? o.from : today) < 0)
		return fail_with(c, USAGE, "%s, the last day, is before the first.", o.until);
	if ((rc = home_space(c)) != 0)
		return rc;
	o.today = today;
	err = ac_careplan_change(&w, c->space, &o, &c->fault);
	return err != AC_OK ? fail(c, err) : wrote(c, &w, "Changed");
}

int
cmd_plan_add(struct cli *c)
{
	struct ac_careplan_change o = { .title = c->args.words[0] };

	if (*o.title == '\0')
		return fail_with(c, USAGE, "The item needs a title.");
	if (args_value(c, "every") == NULL)
		return fail_with(c, USAGE, "Say how often with --every, as in --every 4w.");
	return change(c, &o);
}

int
cmd_plan_change(struct cli *c)
{
	struct ac_careplan_change o = { .item = c->args.words[0], .title = args_value(c, "title") };

	if (o.title == NULL && args_value(c, "every") == NULL && args_value(c, "from") == NULL
	    && args_value(c, "until") == NULL && args_value(c, "why") == NULL)
		return fail_with(c, USAGE, "Say what changes: --title, --every, --from, --until or --why.");
	return change(c, &o);
}

int
cmd_plan_remove(struct cli *c)
{
	struct ac_careplan_change o = { .item = c->args.words[0], .remove = true };

	return change(c, &o);
}
