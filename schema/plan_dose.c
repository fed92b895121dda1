/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "schema/number.h"
#include "schema/plan.h"

/* A number as digits without zeros around them, and where its point stands: 0.0125e3 is
 * "125" with the point behind the second digit. */
struct digits {
	char text[AC_MAX_NUMBER];
	size_t n;
	long point;
	bool minus;
};

static size_t
spelling(char out[static AC_MAX_NUMBER], const struct ac_val *v)
{
	if (v->kind != AC_NUM)
		return ac_number_text(out, v);
	if (v->n > AC_MAX_NUMBER)
		return 0;
	memcpy(out, v->s, v->n);
	return v->n;
}

static void
take_apart(struct digits *d, const struct ac_val *v)
{
	char s[AC_MAX_NUMBER];
	size_t n = spelling(s, v), i;
	bool fraction = false;
	long e = 0;

	*d = (struct digits){ .minus = n && s[0] == '-' };
	for (i = d->minus; i < n && s[i] != 'e' && s[i] != 'E'; i++) {
		if (s[i] == '.') {
			fraction = true;
			continue;
		}
		if (!d->n && s[i] == '0') {
			d->point -= fraction;
			continue;
		}
		d->text[d->n++] = s[i];
		d->point += !fraction;
	}
	if (i < n) {
		bool down = s[++i] == '-';

		for (i += s[i] == '-' || s[i] == '+'; i < n && e < 100000000; i++)
			e = e * 10 + s[i] - '0';
		d->point += down ? -e : e;
	}
	while (d->n && d->text[d->n - 1] == '0')
		d->n--;
	if (!d->n) { /* zero has no sign here */
		d->point = 0;
		d->minus = false;
	}
}

int
ac_plan_dose_order(const struct ac_val *x, const struct ac_val *y)
{
	struct digits a, b;
	size_t n;
	int c;

	take_apart(&a, x);
	take_apart(&b, y);
	if (a.minus != b.minus)
		return a.minus ? -1 : 1;
	if (!a.n || !b.n)
		c = (a.n > 0) - (b.n > 0);
	else if (a.point != b.point)
		c = a.point < b.point ? -1 : 1;
	else {
		n = a.n < b.n ? a.n : b.n;
		c = memcmp(a.text, b.text, n);
		c = c ? c : (a.n > b.n) - (a.n < b.n);
	}
	return a.minus ? -c : c;
}

int
ac_plan_dose_tie(const struct ac_val *x, const struct ac_val *y)
{
	char s[AC_MAX_NUMBER], t[AC_MAX_NUMBER];
	size_t n = spelling(s, x), m = spelling(t, y);
	int c = memcmp(s, t, n < m ? n : m);

	return c ? c : (n > m) - (n < m);
}

const char *
ac_plan_dose_text(struct ac_arena *a, const struct ac_val *v)
{
	char s[AC_MAX_NUMBER];
	size_t n = spelling(s, v);

	return ac_arena_text(a, s, n);
}
