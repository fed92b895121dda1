/* SPDX-License-Identifier: ISC */
/*
 * Days, clocks, and how often something is done, as people say it. A date is told
 * as precisely as it was written, on the clock that it was written by.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "schema/moment.h"
#include "schema/say.h"

static const char *const months[12] = { N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"),
	N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec") };
static const char *const weekdays[7] = { N_("Sunday"), N_("Monday"), N_("Tuesday"), N_("Wednesday"),
	N_("Thursday"), N_("Friday"), N_("Saturday") };

/* The units of time: in UCUM and FHIR, one of it, several, and how often in one. */
static const struct unit {
	const char *code, *one, *many, *once, *twice, *times, *every, *several;
} units[] = {
	{ "s", N_("%s second"), N_("%s seconds"), N_("every second"), N_("twice a second"),
	  N_("%s times a second"), N_("every %s seconds"), N_("%s times in %s seconds") },
	{ "min", N_("%s minute"), N_("%s minutes"), N_("every minute"), N_("twice a minute"),
	  N_("%s times a minute"), N_("every %s minutes"), N_("%s times in %s minutes") },
	{ "h", N_("%s hour"), N_("%s hours"), N_("every hour"), N_("twice an hour"),
	  N_("%s times an hour"), N_("every %s hours"), N_("%s times in %s hours") },
	{ "d", N_("%s day"), N_("%s days"), N_("once a day"), N_("twice a day"),
	  N_("%s times a day"), N_("every %s days"), N_("%s times in %s days") },
	{ "wk", N_("%s week"), N_("%s weeks"), N_("once a week"), N_("twice a week"),
	  N_("%s times a week"), N_("every %s weeks"), N_("%s times in %s weeks") },
	{ "mo", N_("%s month"), N_("%s months"), N_("once a month"), N_("twice a month"),
	  N_("%s times a month"), N_("every %s months"), N_("%s times in %s months") },
	{ "a", N_("%s year"), N_("%s years"), N_("once a year"), N_("twice a year"),
	  N_("%s times a year"), N_("every %s years"), N_("%s times in %s years") },
};

/* Codes of FHIR's Timing: code, dayOfWeek, when. */
struct word { const char *code, *text; };
static const struct word codes[] = {
	{ "QD", N_("once a day") }, { "BID", N_("twice a day") }, { "TID", N_("3 times a day") },
	{ "QID", N_("4 times a day") }, { "AM", N_("every morning") }, { "PM", N_("every afternoon") },
	{ "QOD", N_("every other day") }, { "WK", N_("once a week") }, { "MO", N_("once a month") },
	{ "BED", N_("at bedtime") }, { "Q1H", N_("every hour") }, { "Q2H", N_("every 2 hours") },
	{ "Q3H", N_("every 3 hours") }, { "Q4H", N_("every 4 hours") }, { "Q6H", N_("every 6 hours") },
	{ "Q8H", N_("every 8 hours") },
}, whens[] = {
	{ "MORN", N_("in the morning") }, { "MORN.early", N_("early in the morning") },
	{ "MORN.late", N_("late in the morning") }, { "NOON", N_("at noon") }, { "AFT", N_("in the afternoon") },
	{ "AFT.early", N_("early in the afternoon") }, { "AFT.late", N_("late in the afternoon") },
	{ "EVE", N_("in the evening") }, { "EVE.early", N_("early in the evening") },
	{ "EVE.late", N_("late in the evening") }, { "NIGHT", N_("at night") }, { "PHS", N_("after sleep") },
	{ "HS", N_("at bedtime") }, { "WAKE", N_("on waking") }, { "C", N_("with meals") },
	{ "CM", N_("with breakfast") }, { "CD", N_("with lunch") }, { "CV", N_("with dinner") },
	{ "AC", N_("before meals") }, { "ACM", N_("before breakfast") }, { "ACD", N_("before lunch") },
	{ "ACV", N_("before dinner") }, { "PC", N_("after meals") }, { "PCM", N_("after breakfast") },
	{ "PCD", N_("after lunch") }, { "PCV", N_("after dinner") },
}, days[] = {
	{ "mon", N_("Monday") }, { "tue", N_("Tuesday") }, { "wed", N_("Wednesday") }, { "thu", N_("Thursday") },
	{ "fri", N_("Friday") }, { "sat", N_("Saturday") }, { "sun", N_("Sunday") },
};
#define COUNT(table) (sizeof (table) / sizeof *(table))

/* -------------------------------------------------------------------- dates */

static const char *
number(struct ac_say *w, const char *format, int n)
{
	char s[24];
	int len = !strcmp(format, "%02d") ? snprintf(s, sizeof s, "%02d", n) : snprintf(s, sizeof s, "%d", n);

	return ac_say_text(w, s, (size_t)len);
}

static const char *
hour_minute(struct ac_say *w, int hour, int minute)
{
	return AC_SAY_FILL(w, _("%s:%s"), number(w, "%02d", hour), number(w, "%02d", minute));
}

static const char *
day(struct ac_say *w, int year, int month, int mday)
{
	const char *y = number(w, "%d", year);

	if (month < 1)
		return y;
	if (mday < 1)
		return AC_SAY_FILL(w, _("%s %s"), _(months[month - 1]), y);
	return AC_SAY_FILL(w, _("%s %s %s"), number(w, "%d", mday), _(months[month - 1]), y);
}

const char *
ac_say_date(struct ac_say *w, const char *s)
{
	struct ac_moment m;

	if (!ac_time_parse(&m, s))
		return ac_say_text(w, s, strlen(s));
	return m.hour < 0 ? day(w, m.year, m.month, m.day)
		: AC_SAY_FILL(w, _("%s %s"), day(w, m.year, m.month, m.day), hour_minute(w, m.hour, m.minute));
}

const char *
ac_say_clock(struct ac_say *w, const char *s)
{
	struct ac_moment m = { 0 };
	size_t n = strlen(s) < 8 ? 0 : ac_time_clock(&m, s);

	if (!n || s[n] || m.second || m.ms)
		return ac_say_text(w, s, strlen(s));
	return hour_minute(w, m.hour, m.minute);
}

/* Days since some day long ago. */
static long
day_number(const struct tm *t)
{
	long y = t->tm_year + 1900 - (t->tm_mon < 2), m = (t->tm_mon + 10) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + t->tm_mday;
}

enum ac_err
ac_say_when(const char **out, struct ac_arena *a, const struct tm *then, const struct tm *now)
{
	struct ac_say w = { .a = a };
	long ago = day_number(now) - day_number(then);
	const char *clock = hour_minute(&w, then->tm_hour, then->tm_min), *s;

	if (ago == 0)
		s = AC_SAY_FILL(&w, _("today %s"), clock);
	else if (ago == 1)
		s = AC_SAY_FILL(&w, _("yesterday %s"), clock);
	else if (ago > 1 && ago <= 6)
		s = AC_SAY_FILL(&w, _("%s %s"), _(weekdays[then->tm_wday % 7]), clock);
	else
		s = AC_SAY_FILL(&w, _("%s %s"), day(&w, then->tm_year + 1900, then->tm_mon + 1, then->tm_mday), clock);
	if (!w.err)
		*out = s;
	return w.err;
}

/* ------------------------------------------------------------------ how often */

static const struct unit *
unit_of(const char *code)
{
	size_t i;

	for (i = 0; i < COUNT(units); i++)
		if (!strcmp(units[i].code, code))
			return &units[i];
	return NULL;
}

const char *
ac_say_span(struct ac_say *w, const char *value, const char *unit)
{
	const struct unit *u = unit_of(unit);

	return !u ? "" : !strcmp(value, "1") ? AC_SAY_FILL(w, _(u->one), value) : AC_SAY_FILL(w, _(u->many), value);
}

/* "2", "1 to 2"; `none` where there is neither. */
static const char *
from_to(struct ac_say *w, const struct ac_val *v, const char *key, const char *most, const char *none)
{
	const char *low = ac_say_child(w, v, key, "decimal"), *high = ac_say_child(w, v, most, "decimal");

	if (ac_say_blank(high) || !strcmp(low, high))
		return ac_say_blank(low) ? none : low;
	return ac_say_blank(low) ? AC_SAY_FILL(w, _("up to %s"), high) : AC_SAY_FILL(w, _("%s to %s"), low, high);
}

static const char *
frequency(struct ac_say *w, const struct ac_val *v)
{
	const struct unit *u = unit_of(ac_say_str(w, v, "periodUnit"));
	const char *often = from_to(w, v, "frequency", "frequencyMax", "1");
	const char *period = from_to(w, v, "period", "periodMax", "1");

	if (!u)
		return ac_val_get(v, "frequency") ? AC_SAY_FILL(w, _("%s times"), often) : "";
	if (strcmp(period, "1"))
		return !strcmp(often, "1") ? AC_SAY_FILL(w, _(u->every), period) : AC_SAY_FILL(w, _(u->several), often, period);
	return !strcmp(often, "1") ? _(u->once) : !strcmp(often, "2") ? _(u->twice) : AC_SAY_FILL(w, _(u->times), often);
}

/* Words for the codes of an array, as many as there are. */
static const char *
coded(struct ac_say *w, const struct ac_val *list, const struct word *table, size_t n)
{
	struct ac_say_list l = { 0 };
	const struct ac_val *v;
	const char *s;
	uint32_t i;
	size_t k;

	for (i = 0; list && i < (list->kind == AC_ARR ? list->n : 1); i++) {
		v = list->kind == AC_ARR ? &list->items[i] : list;
		s = ac_say_of(w, "code", v);
		for (k = 0; v->kind == AC_STR && k < n; k++)
			if (!strcmp(table[k].code, v->s))
				s = _(table[k].text);
		ac_say_add(w, &l, s);
	}
	return ac_say_joined(w, &l);
}

static const char *
meals(struct ac_say *w, const struct ac_val *v)
{
	const char *when = coded(w, ac_val_get(v, "when"), whens, COUNT(whens));
	const char *offset = ac_say_child(w, v, "offset", "unsignedInt");

	return ac_say_blank(when) || ac_say_blank(offset) || !strcmp(offset, "0") ? when
		: AC_SAY_FILL(w, _("%s %s"), ac_say_span(w, offset, "min"), when);
}

/* Whatever may be there, in a pattern. */
static void
add_in(struct ac_say *w, struct ac_say_list *l, const char *pattern, const char *s)
{
	if (!ac_say_blank(s))
		ac_say_add(w, l, AC_SAY_FILL(w, pattern, s));
}

static const char *
repeat(struct ac_say *w, const struct ac_val *v)
{
	struct ac_say_list l = { 0 };
	bool counted = ac_val_get(v, "frequency") || ac_val_get(v, "period");

	if (counted)
		ac_say_add(w, &l, frequency(w, v));
	ac_say_add(w, &l, meals(w, v));
	add_in(w, &l, _("on %s"), coded(w, ac_val_get(v, "dayOfWeek"), days, COUNT(days)));
	add_in(w, &l, _("at %s"), ac_say_child(w, v, "timeOfDay", "time"));
	add_in(w, &l, _("over %s"), ac_say_span(w, from_to(w, v, "duration", "durationMax", ""),
		ac_say_str(w, v, "durationUnit")));
	add_in(w, &l, _("for %s"), ac_say_child(w, v, "boundsDuration", "Duration"));
	add_in(w, &l, _("for %s"), ac_say_child(w, v, "boundsRange", "Range"));
	ac_say_add(w, &l, ac_say_child(w, v, "boundsPeriod", "Period"));
	add_in(w, &l, _("%s times in all"), from_to(w, v, "count", "countMax", ""));
	return ac_say_joined(w, &l);
}

static const char *
code(struct ac_say *w, const struct ac_val *v)
{
	const char *s = ac_say_child(w, v, "code", "CodeableConcept");
	size_t i;

	for (i = 0; i < COUNT(codes); i++)
		if (!strcmp(codes[i].code, s))
			return _(codes[i].text);
	return s;
}

/* What was written for people goes before what is computed. */
const char *
ac_say_timing(struct ac_say *w, const struct ac_val *v)
{
	const struct ac_val *r = ac_val_get(v, "repeat");
	const char *text = ac_say_str(w, ac_val_get(v, "code"), "text");
	struct ac_say_list l = { 0 };

	if (ac_say_blank(text) && r && r->kind == AC_MAP)
		text = repeat(w, r);
	ac_say_add(w, &l, ac_say_blank(text) ? code(w, v) : text);
	ac_say_add(w, &l, ac_say_child(w, v, "event", "dateTime"));
	return ac_say_joined(w, &l);
}
