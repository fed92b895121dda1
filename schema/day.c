/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "schema/day.h"
#include "schema/moment.h"

int
ac_day_length(int year, int month)
{
	static const signed char days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Years are counted from March, so that the leap day is the last of its year. */
int32_t
ac_day_number(int year, int month, int day)
{
	int32_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int32_t yoe = y - era * 400, doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void
ac_day_civil(int *year, int *month, int *day, int32_t number)
{
	int32_t days = number + 719468, era = (days >= 0 ? days : days - 146096) / 146097;
	int32_t doe = days - era * 146097;
	int32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = yoe + era * 400 + (*month <= 2);
}

bool
ac_day_read(struct ac_days *out, const char *s)
{
	struct ac_moment m;
	int last;

	if (!s || !ac_time_parse(&m, s))
		return false;
	last = m.month > 0 ? m.month : 12;
	out->first = ac_day_number(m.year, m.month > 0 ? m.month : 1, m.day > 0 ? m.day : 1);
	out->last = ac_day_number(m.year, last, m.day > 0 ? m.day : ac_day_length(m.year, last));
	return true;
}

void
ac_day_write(char out[static 11], int32_t day)
{
	int y, m, d;

	ac_day_civil(&y, &m, &d, day);
	snprintf(out, 11, "%04u-%02u-%02u", (unsigned)y % 10000u, (unsigned)m % 100u, (unsigned)d % 100u);
}

int32_t
ac_day_add(int32_t day, uint32_t n, enum ac_day_unit unit)
{
	int64_t months, later;
	int y, m, d, length;

	if (n > 4000000u || day > AC_DAY_MAX)
		return AC_DAY_MAX + 1;
	if (unit == AC_DAY_D || unit == AC_DAY_WK) {
		later = day + (int64_t)n * (unit == AC_DAY_WK ? 7 : 1);
		return later > AC_DAY_MAX ? AC_DAY_MAX + 1 : (int32_t)later;
	}
	ac_day_civil(&y, &m, &d, day);
	months = (int64_t)y * 12 + m - 1 + (int64_t)n * (unit == AC_DAY_A ? 12 : 1);
	if (months >= 10000 * 12)
		return AC_DAY_MAX + 1;
	y = (int)(months / 12);
	m = (int)(months % 12) + 1;
	length = ac_day_length(y, m);
	return ac_day_number(y, m, d < length ? d : length);
}

static const char names[4][3] = { "d", "wk", "mo", "a" };

bool
ac_day_unit(enum ac_day_unit *out, const char *s)
{
	int i;

	for (i = 0; i < 4; i++)
		if (s && !strcmp(s, names[i])) {
			*out = (enum ac_day_unit)i;
			return true;
		}
	return false;
}

const char *
ac_day_unit_name(enum ac_day_unit unit)
{
	return names[unit];
}

uint32_t
ac_day_about(uint32_t n, enum ac_day_unit unit)
{
	static const uint32_t days[4] = { 1, 7, 30, 365 };

	return n > 4000000u ? UINT32_MAX : n * days[unit];
}
