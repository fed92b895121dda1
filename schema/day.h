/* SPDX-License-Identifier: ISC */
/* schema/day.h: days of the Gregorian calendar, counted from 1970-01-01. Private to this room. */
#ifndef AC_DAY_H
#define AC_DAY_H

#include "schema/schema.h"

enum {
	AC_DAY_MIN = -719162, /* 0001-01-01 */
	AC_DAY_MAX = 2932896  /* 9999-12-31 */
};

/* In the order of UCUM's d, wk, mo, a. */
enum ac_day_unit { AC_DAY_D, AC_DAY_WK, AC_DAY_MO, AC_DAY_A };

/* A date as far as it is known: all the days that it may be. */
struct ac_days { int32_t first, last; };

int ac_day_length(int year, int month);                    /* of a month, in days */
int32_t ac_day_number(int year, int month, int day);
void ac_day_civil(int *year, int *month, int *day, int32_t number);

/* A FHIR date, dateTime or instant: the day that it writes, whatever its zone. */
bool ac_day_read(struct ac_days *out, const char *s);
void ac_day_write(char out[static 11], int32_t day);       /* YYYY-MM-DD */

/* n units later. The day of the month is kept, or is the month's last where it has
 * none. What would lie after AC_DAY_MAX is AC_DAY_MAX + 1. n is not negative. */
int32_t ac_day_add(int32_t day, uint32_t n, enum ac_day_unit unit);

bool ac_day_unit(enum ac_day_unit *out, const char *s);    /* UCUM's name */
const char *ac_day_unit_name(enum ac_day_unit unit);
uint32_t ac_day_about(uint32_t n, enum ac_day_unit unit);  /* in days: a month 30, a year 365 */

#endif
