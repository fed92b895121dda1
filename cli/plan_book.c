/* SPDX-License-Identifier: ISC */
/* Care plans: appointments, and what was missed. */
#include "cli.h"

#include <string.h>

enum { MINUTES = 30 }; /* that an appointment takes, where nobody knows */

/* A day alone is kept as the whole day. */
static int
read_moment(struct cli *c, struct ac_careplan_booking *o, char start[static 40], char end[static 40], const char *when)
{
	int64_t ms;
	enum ac_err err = date_moment(c, start, when);

	if (err != AC_OK)
		return fail(c, err);
	if (strlen(start) < 10)
		return fail_with(c, USAGE, "%s is no whole day; write it as 2026-05-31, or with its time as \"2026-05-31 14:30\".", clean(c, when));
	if (strlen(start) == 10) {
		if ((err = date_moment(c, end, text_of(c, "%s 23:59", start))) != AC_OK
		    || (err = date_moment(c, start, text_of(c, "%s 00:00", start))) != AC_OK)
			return fail(c, err);
	} else if (ac_time_read(start, &ms)) {
		date_local(start, ms);
		date_local(end, ms + (int64_t)MINUTES * 60000);
	}
	*o = (struct ac_careplan_booking){ start, end, args_value(c, "with") };
	return 0;
}

static int
book(struct cli *c, struct ac_wrote *w, const char *item, const char *when, const char *today)
{
	struct ac_careplan_booking o;
	char start[40], end[40];
	enum ac_err err;
	int rc = read_moment(c, &o, start, end, when);

	if (rc != 0)
		return rc;
	if (strncmp(start, today, 10) < 0)
		return fail_with(c, USAGE, "%.10s is over; `aftercare plan done` notes what was done then.", start);
	err = ac_careplan_book(w, c->space, item, &o, today, &c->fault);
	return err != AC_OK ? fail(c, err) : 0;
}

int
cmd_plan_book(struct cli *c)
{
	const char *when = args_value(c, "on");
	struct ac_wrote w = { 0 };
	char today[40];
	enum ac_err err;
	int rc;

	if (when == NULL)
		return fail_with(c, USAGE, "Say for when with --on, as in --on \"2026-05-31 14:30\".");
	if ((err = date_day(c, today, NULL)) != AC_OK)
		return fail(c, err);
	if ((rc = home_space(c)) != 0 || (rc = book(c, &w, c->args.words[0], when, today)) != 0)
		return rc;
	return wrote(c, &w, "Stored");
}

/* -------------------------------------------------------------- what was missed */

static bool
open_question(const struct ac_plan_row *r)
{
	return *r->missed != '\0' || (r->state == AC_PLAN_OVERDUE && *r->booked == '\0' && *r->ends == '\0');
}

const char *
plan_book_question(struct cli *c, const struct ac_plan_row *r)
{
	if (r->state == AC_PLAN_OVERDUE && *r->ends != '\0' && *r->missed == '\0')
		return text_of(c, _("Is it renewed? `aftercare add insurance` notes until when; `aftercare plan skip %s --why TEXT` says that this one is"
			" needed no more."), clean(c, r->item));
	if (!open_question(r))
		return NULL;
	if (*r->missed != '\0')
		return text_of(c, _("It was booked for %s. Did it take place? `aftercare plan done %s --ref %s` says so; `aftercare plan book %s"
			" --on DATE` books it again."), date_shown(c, r->missed_on), clean(c, r->item), clean(c, r->missed), clean(c, r->item));
	return text_of(c, _("Was it done? `aftercare plan done %s --on DATE` says when; `aftercare plan book %s --on DATE` books it."),
		clean(c, r->item), clean(c, r->item));
}

/* One answer: a day until today says that it was done then, one to come books it. */
static int
answered(struct cli *c, const struct ac_plan_row *r, const char *answer, const char *today)
{
	struct ac_wrote w = { 0 };
	char day[40];
	bool same = *r->missed != '\0' && (strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0
		|| strcmp(answer, _("y")) == 0 || strcmp(answer, _("yes")) == 0);
	enum ac_err err = same ? AC_OK : date_moment(c, day, answer);

	if (err != AC_OK)
		return fail(c, err);
	if (!same && strncmp(day, today, 10) > 0)
		return book(c, &w, r->item, answer, today);
	same = same || (*r->missed != '\0' && strncmp(day, r->missed_on, 10) == 0);
	err = ac_careplan_done(&w, c->space, r->item, same ? today : day, same ? r->missed : NULL, today, &c->fault);
	return err != AC_OK ? fail(c, err) : 0;
}

void
plan_book_ask(struct cli *c, const struct ac_careplan *p)
{
	struct ac_buf line = { 0 };
	char today[40];

	if (!prompt_there() || !out_terminal() || date_day(c, today, NULL) != AC_OK)
		return;
	for (size_t i = 0; i < p->plan.nrows; i++) {
		const struct ac_plan_row *r = &p->plan.rows[i];
		const char *ask;

		if (!open_question(r))
			continue;
		ask = *r->missed != '\0' ? text_of(c, _("%s, booked for %s: when did it take place (y: then), or for when is it booked again? Enter"
			" leaves it open: "), clean(c, r->title), date_shown(c, r->missed_on))
			: text_of(c, _("%s, due %s: when was it done, or for when is it booked? Enter leaves it open: "), clean(c, r->title),
			date_shown(c, r->due));
		if (prompt_line(c, &line, ask, false) != AC_OK)
			break;
		if (line.len > 0 && answered(c, r, (const char *)line.p, today) == 0)
			prompt_say(_("Noted.\n"));
	}
	ac_buf_free(&line);
}
