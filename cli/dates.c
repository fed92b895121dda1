/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

int64_t
date_now(void)
{
	struct timeval t;

	gettimeofday(&t, NULL);
	return (int64_t)t.tv_sec * 1000 + t.tv_usec / 1000;
}

bool
date_ahead(int64_t ms)
{
	return ms > date_now() + (int64_t)3600 * 1000;
}

struct span { int64_t n; int months; int64_t seconds; bool clock; };

/* "15min", "6mo": a number and a unit; a bare m could be either, so it is none. */
static bool
span_read(struct span *out, const char *s)
{
	static const struct { const char *unit; int months; int64_t seconds; bool clock; } UNITS[] = {
		{ "s", 0, 1, true }, { "min", 0, 60, true }, { "h", 0, 3600, true },
		{ "d", 0, 86400, false }, { "w", 0, 7 * 86400, false }, { "mo", 1, 0, false }, { "y", 12, 0, false },
	};
	char *end;
	long n;

	if (*s < '0' || *s > '9')
		return false;
	n = strtol(s, &end, 10);
	if (n > 1000000)
		return false;
	for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++)
		if (strcmp(end, UNITS[i].unit) == 0) {
			*out = (struct span){ n, UNITS[i].months, UNITS[i].seconds, UNITS[i].clock };
			return true;
		}
	return false;
}

static int
month_days(int year, int month) /* month from 0 */
{
	static const int DAYS[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return DAYS[month] + (month == 1 && leap);
}

/* Local calendar: a month from the 31st is the last day of a shorter month. */
static int64_t
span_from_now(const struct span *s, int sign)
{
	time_t now = time(NULL);
	struct tm t;

	localtime_r(&now, &t);
	if (s->clock)
		return ((int64_t)now + sign * s->n * s->seconds) * 1000;
	if (s->months != 0) {
		long m = (long)t.tm_year * 12 + t.tm_mon + sign * (long)s->n * s->months;
		int days;

		t.tm_year = (int)(m >= 0 ? m / 12 : (m - 11) / 12);
		t.tm_mon = (int)(m - (long)t.tm_year * 12);
		days = month_days(t.tm_year + 1900, t.tm_mon);
		if (t.tm_mday > days)
			t.tm_mday = days;
	} else {
		t.tm_mday += (int)(sign * s->n * (s->seconds / 86400));
	}
	t.tm_isdst = -1;
	return (int64_t)mktime(&t) * 1000;
}

static void
day_text(char out[static 40], int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(out, 40, "%Y-%m-%d", &tm);
}

enum ac_err
date_when(struct cli *c, char out[static 40], const char *s)
{
	struct span span;
	int64_t ms;

	if (strcmp(s, "today") == 0 || strcmp(s, _("today")) == 0) {
		day_text(out, date_now());
		return AC_OK;
	}
	if ((*s == '-' || *s == '+') && span_read(&span, s + 1)) {
		ms = span_from_now(&span, *s == '-' ? -1 : 1);
		if (span.clock)
			ac_time_write(out, ms);
		else
			day_text(out, ms);
		return AC_OK;
	}
	if (strlen(s) < 40 && ac_time_read(s, &ms)) {
		strcpy(out, s);
		return AC_OK;
	}
	return ac_fault(&c->fault, AC_EUSAGE,
		"%s is no date; write 2026-05-31, today, -6mo or +30d (units: s min h d w mo y).", clean(c, s));
}

int
date_option(struct cli *c, const char *option, char buf[static 40], const char **out)
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

void
date_local(char out[static 40], int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	long zone;

	localtime_r(&t, &tm);
	zone = labs(tm.tm_gmtoff) / 60;
	out += strftime(out, 24, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out, 8, "%c%02ld:%02ld", tm.tm_gmtoff < 0 ? '-' : '+', zone / 60 % 24, zone % 60);
}

/* The number of n digits; -1: they are none. */
static int
digits(const char *s, int n)
{
	int v = 0;

	for (; n > 0; n--, s++) {
		if (*s < '0' || *s > '9')
			return -1;
		v = v * 10 + (*s - '0');
	}
	return v;
}

enum ac_err
date_moment(struct cli *c, char out[static 40], const char *s)
{
	size_t n = strcspn(s, " T");
	char day[40];
	struct tm tm = { .tm_isdst = -1 };
	const char *clock;
	enum ac_err err;
	int64_t ms;

	if (s[n] == '\0' || n >= sizeof day || ac_time_read(s, &ms))
		return date_when(c, out, s);
	snprintf(day, sizeof day, "%.*s", (int)n, s);
	if ((err = date_day(c, out, day)) != AC_OK)
		return err;
	clock = s + n + 1;
	if (clock[0] != '\0' && clock[1] == ':') { /* 9:05 */
		tm.tm_hour = digits(clock, 1);
		tm.tm_min = digits(clock + 2, 2);
		clock += 4;
	} else {
		tm.tm_hour = digits(clock, 2);
		tm.tm_min = tm.tm_hour >= 0 && clock[2] == ':' ? digits(clock + 3, 2) : -1;
		clock += 5;
	}
	if (tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 || tm.tm_min > 59 || *clock != '\0')
		return ac_fault(&c->fault, AC_EUSAGE, "%s has no time that a clock shows; write 2026-12-03 14:30.", clean(c, s));
	tm.tm_year = digits(out, 4) - 1900;
	tm.tm_mon = digits(out + 5, 2) - 1;
	tm.tm_mday = digits(out + 8, 2);
	date_local(out, (int64_t)mktime(&tm) * 1000);
	return AC_OK;
}

enum ac_err
date_day(struct cli *c, char out[static 40], const char *s)
{
	enum ac_err err = date_when(c, out, s != NULL ? s : "today");

	if (err == AC_OK && strlen(out) != 10)
		err = ac_fault(&c->fault, AC_EUSAGE, "%s is no whole day; write it as 2026-05-31.", clean(c, s));
	return err;
}

enum ac_err
date_duration(struct cli *c, int64_t *ms, const char *s)
{
	struct span span;

	if (!span_read(&span, s + (*s == '+')) || span.n == 0)
		return ac_fault(&c->fault, AC_EUSAGE,
			"%s is no duration; write 15min, 24h or 30d (units: s min h d w mo y).", clean(c, s));
	*ms = span.clock ? span.n * span.seconds * 1000 : span_from_now(&span, 1) - date_now();
	return AC_OK;
}

enum ac_err
date_expiry(struct cli *c, int64_t *ms, const char *s)
{
	struct span span;
	int64_t t;

	if (span_read(&span, s + (*s == '+')))
		t = span_from_now(&span, 1);
	else if (!ac_time_read(s, &t))
		return ac_fault(&c->fault, AC_EUSAGE,
			"%s is no date to come; write 2027-05-31, 24h or +30d (units: s min h d w mo y).", clean(c, s));
	if (t <= date_now())
		return ac_fault(&c->fault, AC_EUSAGE, "%s is past already; give a time to come.", clean(c, s));
	*ms = t;
	return AC_OK;
}

const char *
date_text(struct cli *c, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	char s[64];
	size_t n;

	if (ms == 0)
		return _("never");
	localtime_r(&t, &tm);
	n = strftime(s, sizeof s, "%Y-%m-%d %H:%M", &tm);
	const char *out = ac_arena_text(&c->arena, s, n);
	return out != NULL ? out : "";
}

const char *
date_words(struct cli *c, int64_t ms)
{
	time_t t = (time_t)(ms / 1000), n = (time_t)(date_now() / 1000);
	struct tm then, now;
	const char *out = "";

	if (ms == 0)
		return "";
	localtime_r(&t, &then);
	localtime_r(&n, &now);
	if (ac_say_when(&out, &c->arena, &then, &now) != AC_OK)
		out_lost();
	return out;
}

const char *
date_shown(struct cli *c, const char *date)
{
	const struct ac_val day = ac_val_text(text_of(c, "%.*s", (int)strcspn(date, "T"), date));
	const char *out = "";

	if (ac_say_value(&out, &c->arena, "date", &day) != AC_OK)
		out_lost();
	return out;
}
