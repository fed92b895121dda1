/* SPDX-License-Identifier: ISC */
/* How much: quantities and what is made of them, and the dosages of drugs. */
#include <stdio.h>
#include <string.h>

#include "schema/say.h"

/* ---------------------------------------------------------------- quantities */

static const char *
unit(struct ac_say *w, const struct ac_val *v)
{
	const char *s = ac_say_either(ac_say_str(w, v, "unit"), ac_say_str(w, v, "code"));

	return *s == '{' || !strcmp(s, "1") ? "" : s;
}

static const char *
with_unit(struct ac_say *w, const char *value, const char *u)
{
	return ac_say_blank(u) ? value : !strcmp(u, "%") ? AC_SAY_FILL(w, _("%s%%"), value)
		: AC_SAY_FILL(w, _("%s %s"), value, u);
}

static const char *
amount(struct ac_say *w, const struct ac_val *v)
{
	const char *value = ac_say_child(w, v, "value", "decimal"), *comparator = ac_say_str(w, v, "comparator");

	return ac_say_blank(value) || ac_say_blank(comparator) ? value
		: AC_SAY_FILL(w, _("%s%s"), comparator, value);
}

const char *
ac_say_quantity(struct ac_say *w, const struct ac_val *v)
{
	const char *value = amount(w, v);

	return ac_say_blank(value) ? "" : with_unit(w, value, unit(w, v));
}

/* Of an Age or Duration a code is enough: "mo" is months. */
const char *
ac_say_duration(struct ac_say *w, const struct ac_val *v)
{
	const char *value = amount(w, v), *span;

	if (ac_say_blank(value) || !ac_say_blank(ac_say_str(w, v, "unit")))
		return ac_say_quantity(w, v);
	span = ac_say_span(w, value, ac_say_str(w, v, "code"));
	return ac_say_either(span, ac_say_quantity(w, v));
}

const char *
ac_say_money(struct ac_say *w, const struct ac_val *v)
{
	const char *value = ac_say_child(w, v, "value", "decimal");

	return ac_say_blank(value) ? "" : with_unit(w, value, ac_say_str(w, v, "currency"));
}

const char *
ac_say_range(struct ac_say *w, const struct ac_val *v)
{
	const struct ac_val *low = ac_val_get(v, "low"), *high = ac_val_get(v, "high");
	const char *l = ac_say_quantity(w, low), *h = ac_say_quantity(w, high);

	if (ac_say_blank(l))
		return ac_say_blank(h) ? "" : AC_SAY_FILL(w, _("up to %s"), h);
	if (ac_say_blank(h))
		return AC_SAY_FILL(w, _("%s or more"), l);
	if (!strcmp(unit(w, low), unit(w, high)))
		l = amount(w, low);
	return AC_SAY_FILL(w, _("%s to %s"), l, h);
}

const char *
ac_say_ratio(struct ac_say *w, const struct ac_val *v)
{
	const struct ac_val *x = ac_val_get(v, "numerator"), *y = ac_val_get(v, "denominator");
	const char *a = ac_say_quantity(w, x), *b = ac_say_quantity(w, y);

	if (ac_say_blank(a) || ac_say_blank(b))
		return ac_say_either(a, b);
	if (ac_say_blank(unit(w, x)) && ac_say_blank(unit(w, y)))
		return AC_SAY_FILL(w, _("%s:%s"), a, b);
	return AC_SAY_FILL(w, _("%s per %s"), a, !strcmp(amount(w, y), "1") && !ac_say_blank(unit(w, y)) ? unit(w, y) : b);
}

const char *
ac_say_period(struct ac_say *w, const struct ac_val *v)
{
	const char *from = ac_say_child(w, v, "start", "dateTime"), *to = ac_say_child(w, v, "end", "dateTime");

	if (ac_say_blank(from))
		return ac_say_blank(to) ? "" : AC_SAY_FILL(w, _("until %s"), to);
	return ac_say_blank(to) ? AC_SAY_FILL(w, _("since %s"), from) : AC_SAY_FILL(w, _("%s to %s"), from, to);
}

const char *
ac_say_reference_range(struct ac_say *w, const struct ac_val *v)
{
	const char *text = ac_say_str(w, v, "text"), *type = ac_say_child(w, v, "type", "CodeableConcept");

	text = ac_say_either(text, ac_say_range(w, v));
	return ac_say_blank(text) || ac_say_blank(type) ? text : AC_SAY_FILL(w, _("%s (%s)"), text, type);
}

const char *
ac_say_sampled(struct ac_say *w, const struct ac_val *v)
{
	const struct ac_val *data = ac_val_get(v, "data");
	size_t n = 0, i;
	char s[24];

	if (!data || data->kind != AC_STR)
		return "";
	for (i = 0; i < data->n; i++)
		n += data->s[i] != ' ' && (!i || data->s[i - 1] == ' ');
	snprintf(s, sizeof s, "%zu", n);
	return AC_SAY_FILL(w, _("a series of %s values"), s);
}

/* ------------------------------------------------------------------- dosages */

static void
dose_and_rate(struct ac_say *w, struct ac_say_list *l, const struct ac_val *v)
{
	const struct ac_val *list = ac_val_get(v, "doseAndRate"), *one;
	const char *rate;
	uint32_t i, n = list && list->kind == AC_ARR ? list->n : 1;

	for (i = 0; i < n; i++) {
		one = !list ? v : list->kind == AC_ARR ? &list->items[i] : list;
		ac_say_add(w, l, ac_say_child(w, one, "doseQuantity", "Quantity"));
		ac_say_add(w, l, ac_say_child(w, one, "doseRange", "Range"));
		ac_say_add(w, l, ac_say_child(w, one, "dose", "Quantity"));
		rate = ac_say_either(ac_say_child(w, one, "rateQuantity", "Quantity"),
			ac_say_either(ac_say_child(w, one, "rateRatio", "Ratio"), ac_say_child(w, one, "rateRange", "Range")));
		if (!ac_say_blank(rate))
			ac_say_add(w, l, AC_SAY_FILL(w, _("at a rate of %s"), rate));
	}
}

static const char *
as_needed(struct ac_say *w, const struct ac_val *v)
{
	const struct ac_val *b = ac_val_get(v, "asNeededBoolean");
	const char *why = ac_say_child(w, v, "asNeededCodeableConcept", "CodeableConcept");

	return !ac_say_blank(why) ? AC_SAY_FILL(w, _("as needed for %s"), why)
		: b && b->kind == AC_BOOL && b->b ? _("as needed") : "";
}

const char *
ac_say_dosage(struct ac_say *w, const struct ac_val *v)
{
	const char *text = ac_say_str(w, v, "text"), *most;
	struct ac_say_list l = { 0 };

	if (!ac_say_blank(text))
		return text;
	dose_and_rate(w, &l, v);
	ac_say_add(w, &l, ac_say_child(w, v, "timing", "Timing"));
	ac_say_add(w, &l, ac_say_child(w, v, "route", "CodeableConcept"));
	ac_say_add(w, &l, ac_say_child(w, v, "site", "CodeableConcept"));
	ac_say_add(w, &l, ac_say_child(w, v, "method", "CodeableConcept"));
	ac_say_add(w, &l, as_needed(w, v));
	ac_say_add(w, &l, ac_say_child(w, v, "additionalInstruction", "CodeableConcept"));
	ac_say_add(w, &l, ac_say_str(w, v, "patientInstruction"));
	if (!ac_say_blank(most = ac_say_child(w, v, "maxDosePerPeriod", "Ratio")))
		ac_say_add(w, &l, AC_SAY_FILL(w, _("at most %s"), most));
	return ac_say_joined(w, &l);
}
