/* SPDX-License-Identifier: ISC */
/* schema/moment.h: FHIR's dates and times taken apart. Private to this room. */
#ifndef AC_MOMENT_H
#define AC_MOMENT_H

#include "schema/schema.h"

/* date and dateTime as written: what is absent is -1. Real calendar days only,
 * years 0001 to 9999, no 24:00; second 60 is a leap second. */
struct ac_moment {
	int year, month, day, hour, minute, second;
	int zone;             /* minutes east of UTC; 0 where there is no time */
	int ms;               /* of the second, cut off */
};

bool ac_time_parse(struct ac_moment *out, const char *s);

/* hh:mm:ss with an optional fraction; the length used, 0: none. `m` may be NULL. */
size_t ac_time_clock(struct ac_moment *m, const char *s);

/* Orders two moments as far as both are precise: <0, 0, >0. */
int ac_time_order(const struct ac_moment *a, const struct ac_moment *b);

#endif
