/* SPDX-License-Identifier: ISC */
/*
 * Care plans: the open dates as a calendar file (RFC 5545).
 *
 * Method: one event for each item that has an open date. Its UID is made of the plan's and
 * the item's names, so that it moves when the item was done or changed, and nothing stale is
 * left. SEQUENCE and DTSTAMP are the time of the last write, or today's beginning where that
 * is later (a plan changes by the day too); so a later file always wins, and the same record
 * gives the same file all day. Calendars are seen by others: nothing of the illness is in it
 * unless it is asked for. The UID is no secret's hash: what keeps the item's name from being
 * guessed is the plan's random id.
 */
#include "cli.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { FOLD = 75, SINCE = 1577836800 }; /* SEQUENCE has 31 bits: it counts from 2020 */

struct ics {
	struct cli *c;
	struct ac_buf b;
	enum ac_err err;
};

static void
add(struct ics *x, const void *p, size_t n)
{
	if (x->err == AC_OK)
		x->err = ac_buf_add(&x->b, p, n);
}

/* A content line, folded within octets but never within a character. */
static void
content(struct ics *x, const char *line)
{
	size_t room = FOLD, n = strlen(line);

	while (n > room) {
		size_t k = room;

		while (k > 1 && ((unsigned char)line[k] & 0xc0) == 0x80)
			k--;
		add(x, line, k);
		add(x, "\r\n ", 3);
		line += k;
		n -= k;
		room = FOLD - 1;
	}
	add(x, line, n);
	add(x, "\r\n", 2);
}

/* NAME:TEXT, the text escaped. */
static void
text(struct ics *x, const char *name, const char *s)
{
	struct ac_buf b = { 0 };
	enum ac_err err = ac_buf_addf(&b, "%s:", name);

	for (s = clean(x->c, s); *s != '\0' && err == AC_OK; s++)
		err = ac_buf_addf(&b, strchr("\\;,", *s) != NULL ? "\\%c" : "%c", *s);
	if (err == AC_OK)
		err = ac_buf_add(&b, "", 1);
	if (err == AC_OK)
		content(x, (const char *)b.p);
	else
		x->err = err;
	ac_buf_free(&b);
}

static uint64_t
hash(uint64_t h, const char *s)
{
	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return h;
}

static const char *
uid(struct cli *c, const char *plan, const char *item)
{
	uint64_t one = hash(hash(hash(UINT64_C(0xcbf29ce484222325), plan), "\n"), item);
	uint64_t two = hash(hash(hash(one, item), "\n"), plan);

	return text_of(c, "UID:%016" PRIx64 "%016" PRIx64 "@aftercare", one, two);
}

static const char *
day(struct cli *c, const char *name, const char *date) /* YYYY-MM-DD */
{
	return text_of(c, "%s;VALUE=DATE:%.4s%.2s%.2s", name, date, date + 5, date + 8);
}

static void
alarm(struct ics *x, const char *trigger, const char *words)
{
	content(x, "BEGIN:VALARM");
	content(x, "ACTION:DISPLAY");
	content(x, trigger);
	text(x, "DESCRIPTION", words);
	content(x, "END:VALARM");
}

static void
event(struct ics *x, const struct ac_careplan *p, const struct ac_plan_row *r, time_t stamp, bool titles)
{
	struct cli *c = x->c;
	const char *title = titles ? r->title : _("Care plan: something is due");
	char when[32];
	struct tm t;

	gmtime_r(&stamp, &t);
	strftime(when, sizeof when, "DTSTAMP:%Y%m%dT%H%M%SZ", &t);
	content(x, "BEGIN:VEVENT");
	content(x, uid(c, p->ref, r->item));
	content(x, when);
	content(x, text_of(c, "SEQUENCE:%" PRId64, stamp > SINCE ? (int64_t)stamp - SINCE : 0));
	content(x, day(c, "DTSTART", r->due));
	text(x, "SUMMARY", title);
	text(x, "DESCRIPTION", titles ? text_of(c, _("%s %s Until %s. A start for a talk with your care team; nobody reviewed it for you."),
		r->rule, r->reason, date_shown(c, r->until)) : _("aftercare plan due says what. A start for a talk with your care team; nobody"
		" reviewed it for you."));
	content(x, "CLASS:PRIVATE");
	content(x, "TRANSP:TRANSPARENT");
	alarm(x, "TRIGGER:-P7D", title);
	alarm(x, "TRIGGER:-P1D", title);
	content(x, "END:VEVENT");
}

static int
newest(void *ctx, const struct ac_past *p)
{
	*(int64_t *)ctx = p->time;
	return 1;
}

static enum ac_err
calendar(struct ics *x, size_t *events, const struct ac_careplan *p, const char *today)
{
	int64_t written = 0, begun = 0;
	bool titles = args_flag(x->c, "titles");
	enum ac_err err = ac_log(x->c->space, 1, newest, &written, &x->c->fault);

	if (err != AC_OK)
		return err;
	if (ac_time_read(today, &begun) && begun > written)
		written = begun;
	content(x, "BEGIN:VCALENDAR");
	content(x, "VERSION:2.0");
	content(x, "PRODID:-//Aftercare//Care plan//EN");
	content(x, "CALSCALE:GREGORIAN");
	content(x, "METHOD:PUBLISH");
	for (size_t i = 0; i < p->plan.nrows; i++) {
		const struct ac_plan_row *r = &p->plan.rows[i];

		if (r->state > AC_PLAN_NEXT || *r->due == '\0')
			continue;
		event(x, p, r, (time_t)(written / 1000), titles);
		++*events;
	}
	content(x, "END:VCALENDAR");
	return x->err;
}

int
cmd_plan_export(struct cli *c)
{
	const char *file = args_value(c, "ics");
	struct ics x = { .c = c };
	struct ac_careplan p;
	char today[40];
	size_t events = 0;
	enum ac_err err;
	int rc;

	if (file == NULL || *file == '\0')
		return fail_with(c, USAGE, "Say which file with --ics FILE.");
	err = date_day(c, today, NULL);
	if (err != AC_OK)
		return fail(c, err);
	if ((rc = file_may(c, file)) != 0 || (rc = home_space(c)) != 0)
		return rc;
	if ((err = ac_careplan_read(&p, &c->arena, c->space, today, &c->fault)) == AC_OK
	    && (err = ac_plan_words(&p.plan, &c->arena)) == AC_OK)
		err = calendar(&x, &events, &p, today);
	return file_answer(c, err, file, &x.b, "events", events, text_of(c, _("%zu dates in %s."), events, clean(c, file)));
}
