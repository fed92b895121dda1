/* SPDX-License-Identifier: ISC */
/* Small readers of FHIR elements that may be odd. */
#include <string.h>

#include "schema/plan.h"

bool
ac_plan_read_is(const char *s, const char *const *words)
{
	for (; s && *words; words++)
		if (!strcmp(s, *words))
			return true;
	return false;
}

struct ac_plan_date
ac_plan_read_date(const char *s)
{
	struct ac_plan_date d = { .text = "" };

	d.known = ac_day_read(&d.days, s);
	if (d.known)
		d.text = s;
	return d;
}

int
ac_plan_read_order(const struct ac_plan_date *x, const struct ac_plan_date *y)
{
	if (x->known != y->known)
		return x->known ? 1 : -1;
	if (!x->known)
		return 0;
	if (x->days.first != y->days.first)
		return x->days.first < y->days.first ? -1 : 1;
	if (x->days.last != y->days.last)
		return x->days.last < y->days.last ? -1 : 1;
	return strcmp(x->text, y->text);
}
