/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "schema/day.h"
#include "schema/moment.h"

/* Two digits between lo and hi, else -1. */
static int
two(const char *s, int lo, int hi)
{
	int v;

	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return -1;
	v = (s[0] - '0') * 10 + s[1] - '0';
	return v < lo || v > hi ? -1 : v;
}

size_t
ac_time_clock(struct ac_moment *m, const char *s)
{
	struct ac_moment drop = { 0 };
	int unit = 100;
	size_t n = 8;

	m = m ? m : &drop;
	if ((m->hour = two(s, 0, 23)) < 0 || s[2] != ':' || (m->minute = two(s + 3, 0, 59)) < 0
	    || s[5] != ':' || (m->second = two(s + 6, 0, 60)) < 0)
		return 0;
	m->ms = 0;
	if (s[n] != '.')
		return n;
	if (s[n + 1] < '0' || s[n + 1] > '9')
		return 0;
	for (n++; s[n] >= '0' && s[n] <= '9'; n++, unit /= 10)
		m->ms += (s[n] - '0') * unit;
	return n;
}

/* The zone that ends a dateTime. */
static bool
zone(int *out, const char *s)
{
	int h, m;

	if (!strcmp(s, "Z")) {
		*out = 0;
		return true;
	}
	if ((*s != '+' && *s != '-') || (h = two(s + 1, 0, 14)) < 0 || s[3] != ':'
	    || (m = two(s + 4, 0, 59)) < 0 || (h == 14 && m) || s[6])
		return false;
	*out = (*s == '-' ? -1 : 1) * (h * 60 + m);
	return true;
}

bool
ac_time_parse(struct ac_moment *out, const char *s)
{
	struct ac_moment m = { .month = -1, .day = -1, .hour = -1, .minute = -1, .second = -1 };
	int hi, lo;
	size_t n;

	if ((hi = two(s, 0, 99)) < 0 || (lo = two(s + 2, 0, 99)) < 0 || !(m.year = hi * 100 + lo))
		return false;
	s += 4;
	if (*s == '-') {
		if ((m.month = two(s + 1, 1, 12)) < 0)
			return false;
		s += 3;
	}
	if (*s == '-' && m.month > 0) {
		if ((m.day = two(s + 1, 1, ac_day_length(m.year, m.month))) < 0)
			return false;
		s += 3;
	}
	if (*s == 'T' && m.day > 0) {
		if (!(n = ac_time_clock(&m, s + 1)) || !zone(&m.zone, s + 1 + n))
			return false;
		s = "";
	}
	if (*s)
		return false;
	*out = m;
	return true;
}

static int64_t
milliseconds(const struct ac_moment *m)
{
	int64_t t = (int64_t)86400
		* ac_day_number(m->year, m->month > 0 ? m->month : 1, m->day > 0 ? m->day : 1);

	if (m->hour >= 0)
		t += m->hour * 3600 + m->minute * 60 + m->second - m->zone * 60;
	return t * 1000 + m->ms;
}

int
ac_time_order(const struct ac_moment *a, const struct ac_moment *b)
{
	int64_t x, y;

	if (a->hour >= 0 && b->hour >= 0) {
		x = milliseconds(a);
		y = milliseconds(b);
		return (x > y) - (x < y);
	}
	if (a->year != b->year)
		return a->year - b->year;
	if (a->month < 0 || b->month < 0)
		return 0;
	if (a->month != b->month)
		return a->month - b->month;
	return a->day < 0 || b->day < 0 ? 0 : a->day - b->day;
}

bool
ac_time_read(const char *s, int64_t *ms)
{
	struct ac_moment m;

	if (!s || !ac_time_parse(&m, s))
		return false;
	*ms = milliseconds(&m);
	return true;
}

void
ac_time_write(char out[static 32], int64_t ms)
{
	const int64_t first = -62135596800000, last = 253402300799999; /* years 0001 to 9999 */
	int64_t days, rest;
	int year, month, day;

	ms = ms < first ? first : ms > last ? last : ms;
	days = (ms - (ms < 0 ? 86399999 : 0)) / 86400000;
	rest = ms - days * 86400000;
	ac_day_civil(&year, &month, &day, (int32_t)days);
	snprintf(out, 32, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", (unsigned)year % 10000u,
		(unsigned)month % 100u, (unsigned)day % 100u, (unsigned)(rest / 3600000) % 100u,
		(unsigned)(rest / 60000 % 60), (unsigned)(rest / 1000 % 60), (unsigned)(rest % 1000));
}
