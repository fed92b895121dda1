/* SPDX-License-Identifier: ISC */
/*
 * Results of laboratory tests, vital signs, weight.
 *
 * Method: what was typed stands in the record as it was typed, in the unit that was meant. A
 * value is compared in the test's first unit, as a double; that comparison only decides
 * what is asked and said. The table's range is never written into the record: it is not
 * the laboratory's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/form.h"
#include "schema/say.h"

struct value {
	const char *comparator;
	char number[AC_FORM_NUMBER];
	char second[AC_FORM_NUMBER]; /* of 120/80; "": none */
	const char *rest;            /* what stands behind it: a unit */
};

/* False: no number is there. */
static bool
read_value(struct value *v, const char *s)
{
	static const char *const signs[][2] = { { "<=", "<=" }, { ">=", ">=" }, { "\xe2\x89\xa4", "<=" }, { "\xe2\x89\xa5", ">=" }, { "<", "<" }, { ">", ">" } };
	const char *end;
	size_t i;

	*v = (struct value){ 0 };
	for (i = 0; i < sizeof signs / sizeof *signs; i++)
		if (!strncmp(s, signs[i][0], strlen(signs[i][0]))) {
			v->comparator = signs[i][1];
			s += strlen(signs[i][0]);
			break;
		}
	s += strspn(s, " ");
	if (!ac_form_number(v->number, s, &end))
		return false;
	if (*end == '/' && end[1] >= '0' && end[1] <= '9' && !ac_form_number(v->second, end + 1, &end))
		return false;
	v->rest = end + strspn(end, " ");
	return true;
}

/* The test that a field names, blanks around it or not; NULL: none of the table. */
static const struct ac_lab *
lab_by(const struct ac_form_input *in, const char *field)
{
	char word[128];
	const char *s;
	size_t n;
	int i;

	for (i = 0; in->form->fields[i].name && strcmp(in->form->fields[i].name, field) != 0; i++)
		;
	if (!in->form->fields[i].name || !in->answers[i])
		return NULL;
	s = in->answers[i] + strspn(in->answers[i], " \t\r\n");
	for (n = strlen(s); n && strchr(" \t\r\n", s[n - 1]); n--)
		;
	if (n >= sizeof word)
		return NULL;
	memcpy(word, s, n);
	word[n] = '\0';
	return ac_lab_find(word);
}

/* By its name, else by its code. */
static const struct ac_lab *
lab_of(const struct ac_form_input *in)
{
	const struct ac_lab *l = !strcmp(in->form->name, "weight") ? ac_lab_find("weight") : lab_by(in, "test");

	return l ? l : lab_by(in, "code");
}

static const char *
words_of(const struct ac_lab_unit *u)
{
	const char *s = ac_form_unit_words(u->unit);

	return s ? s : u->unit;
}

/* The units of a test, as one text. */
static const char *
units_of(struct ac_say *say, const struct ac_lab *l)
{
	struct ac_say_list list = { { 0 } };
	size_t i;

	for (i = 0; l->units[i].unit; i++)
		ac_say_add(say, &list, words_of(l->units + i));
	return ac_say_joined(say, &list);
}

static const char *
test_wrong(const char **more, const struct ac_form_input *in, const char *answer)
{
	const struct ac_lab *l;
	int i;

	for (i = 0; in->form->fields[i].name; i++)
		if (!strcmp(in->form->fields[i].name, "code") && in->answers[i] && *in->answers[i])
			return NULL;
	if (ac_lab_find(answer))
		return NULL;
	if ((l = ac_lab_nearest(answer))) {
		*more = l->name;
		return _("there is no test %1$s here; did you mean %2$s? Else give its LOINC code with --code");
	}
	return _("there is no test %s here; give its LOINC code with --code, and the unit with --unit");
}

static bool
is_loinc(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n > 0 && n < 8 && s[n] == '-' && s[n + 1] >= '0' && s[n + 1] <= '9' && !s[n + 2];
}

const char *
ac_form_lab_wrong(const char **more, struct ac_say *say, const struct ac_form_input *in, const char *field, const char *answer)
{
	const struct ac_lab *l = lab_of(in);
	struct value v;

	if (!strcmp(field, "test"))
		return test_wrong(more, in, answer);
	if (!strcmp(field, "code"))
		return is_loinc(answer) ? NULL : _("%s is no LOINC code; write 6690-2");
	if (!strcmp(field, "unit")) {
		if (!l || ac_lab_unit(l, answer))
			return NULL;
		*more = units_of(say, l);
		return _("%1$s is no unit of this test; its units are %2$s");
	}
	if (strcmp(field, "value") != 0)
		return NULL;
	if (!read_value(&v, answer))
		return (*answer >= '0' && *answer <= '9') || strpbrk(answer, "<>") || !strcmp(in->form->name, "weight")
			? _("%s is no number, or can be read in two ways; write it with a point and without marks between thousands") : NULL;
	if (*v.rest && l && !ac_lab_unit(l, v.rest)) {
		*more = units_of(say, l);
		return _("%1$s is no value in a unit of this test; its units are %2$s");
	}
	if (l && !strcmp(l->name, "blood-pressure") != !!*v.second)
		return *v.second ? _("%s looks like a blood pressure; this test has one number") : _("%s is half a blood pressure; write 120/80");
	if (l && *v.second && v.comparator)
		return _("%s does not say which of the two numbers it means; write them alone, 120/80");
	return NULL;
}

/* ------------------------------------------------------------------ in its place */

static double
in_first(const struct ac_lab_unit *u, const char *number)
{
	return strtod(number, NULL) * u->times + u->plus;
}

static bool
possible(const struct ac_lab *l, double v)
{
	return v >= strtod(l->least, NULL) && v <= strtod(l->most, NULL);
}

/* In the range of anybody. */
static bool
usual(const struct ac_lab *l, double v)
{
	const struct ac_lab_range *r;

	for (r = l->ranges; r->sex; r++)
		if ((!r->low || v >= strtod(r->low, NULL)) && v <= strtod(r->high, NULL))
			return true;
	return false;
}

/* The unit in which the number would be nothing odd. */
static const struct ac_lab_unit *
meant(const struct ac_lab *l, const struct ac_lab_unit *than, const char *number)
{
	const struct ac_lab_unit *u, *found = NULL;

	for (u = l->units; u->unit; u++) {
		if (u->times == than->times && u->plus == than->plus)
			continue;
		if (usual(l, in_first(u, number)))
			return u;
		if (!found && possible(l, in_first(u, number)))
			found = u;
	}
	return found;
}

static void
doubt(struct ac_form_work *w, const struct ac_lab *l, const struct ac_lab_unit *u, const char *number, bool unit_given)
{
	struct ac_say say = { .a = w->a };
	const struct ac_lab_unit *m = meant(l, u, number);
	double v = in_first(u, number);
	const char *pattern = NULL;

	if (!possible(l, v))
		pattern = m ? _("%1$s %2$s can hardly be for %3$s; %1$s %4$s could.") : _("%1$s %2$s can hardly be for %3$s.");
	else if (!unit_given && m && l->ranges[0].sex && !usual(l, v) && usual(l, in_first(m, number)))
		pattern = _("%1$s %2$s would be unusual for %3$s; %1$s %4$s would not.");
	if (!pattern)
		return;
	w->out->doubt = AC_SAY_FILL(&say, pattern, number, words_of(u), _(l->title), m ? words_of(m) : "");
	if (say.err)
		ac_form_failed(w, say.err);
	w->out->meant = m && !unit_given ? m->unit : NULL;
}

/* A bound of the table in a unit: four digits at least, as decimals. */
static const char *
bound(struct ac_form_work *w, const char *s, const struct ac_lab_unit *u)
{
	double v = (strtod(s, NULL) - u->plus) / u->times, x = v < 0 ? -v : v;
	int places = 0;
	char text[400];
	size_t n;

	if (u->times == 1 && u->plus == 0)
		return s;
	for (; x < 999.95 && places < 9; x *= 10)
		places++;
	n = (size_t)snprintf(text, sizeof text, "%.*f", places, v);
	while (places && text[n - 1] == '0' && places--)
		text[--n] = '\0';
	if (n && text[n - 1] == '.')
		text[n - 1] = '\0';
	return ac_form_said(w, "%s", text);
}

/* Where the value stands in the table's range. */
static const char *
about_of(struct ac_form_work *w, const struct ac_lab *l, const struct ac_lab_unit *u, const struct value *v)
{
	const struct ac_lab_range *r = ac_lab_range(l, w->in->sex);
	struct ac_say say = { .a = w->a };
	double x = in_first(u, v->number);
	const char *high, *told, *unit = words_of(u);

	if (!r || v->comparator)
		return "";
	high = bound(w, r->high, u);
	if (!r->low)
		told = AC_SAY_FILL(&say, x > strtod(r->high, NULL)
			? _("For adults up to %1$s %2$s is usual (%3$s; not reviewed here); this is above it. Your laboratory's own range counts.")
			: _("For adults up to %1$s %2$s is usual (%3$s; not reviewed here). Your laboratory's own range counts."), high, unit, r->source);
	else
		told = AC_SAY_FILL(&say, x < strtod(r->low, NULL)
			? _("For adults %1$s to %2$s %3$s is usual (%4$s; not reviewed here); this is below it. Your laboratory's own range counts.")
			: x > strtod(r->high, NULL)
			? _("For adults %1$s to %2$s %3$s is usual (%4$s; not reviewed here); this is above it. Your laboratory's own range counts.")
			: _("For adults %1$s to %2$s %3$s is usual (%4$s; not reviewed here). Your laboratory's own range counts."), bound(w, r->low, u), high, unit, r->source);
	if (say.err)
		ac_form_failed(w, say.err);
	return told;
}

/* -------------------------------------------------------------------- the body */

static const char *
coding(struct ac_form_work *w, const struct ac_lab *l, const struct ac_lab_unit *u)
{
	if (!u->loinc)
		return ac_form_said(w, "{\"system\":\"" AC_LAB_SYSTEM "\",\"code\":\"%s\",\"display\":\"%s\"}", l->name, l->title);
	return ac_form_said(w, "{\"system\":\"http://loinc.org\",\"code\":\"%s\",\"display\":\"%s\"}", u->loinc, u->display);
}

/* A number in a unit of the table, or (u NULL) in what was typed (NULL: nothing). */
static const char *
amount(struct ac_form_work *w, const struct ac_lab_unit *u, const char *typed, const char *comparator, const char *number)
{
	return u ? ac_form_quantity(w, comparator, number, u->unit) : ac_form_said(w, "{\"value\":%s%s%s}", number,
		ac_form_if(w, ",\"comparator\":%s", comparator), ac_form_if(w, ",\"unit\":%s", typed));
}

static const char *
range(struct ac_form_work *w, const struct ac_lab_unit *u, const char *typed)
{
	const char *from = ac_form_answer(w, "low"), *to = ac_form_answer(w, "high"), *end;
	char low[AC_FORM_NUMBER], high[AC_FORM_NUMBER];

	if ((!from && !to) || (from && !ac_form_number(low, from, &end)) || (to && !ac_form_number(high, to, &end)))
		return "";
	if (from && to && strtod(low, NULL) > strtod(high, NULL))
		ac_form_wrong(w, "high", _("the range ends below its beginning"));
	return ac_form_said(w, ",\"referenceRange\":[{%s%s%s%s%s}]", from ? "\"low\":" : "", from ? amount(w, u, typed, NULL, low) : "",
		from && to ? "," : "", to ? "\"high\":" : "", to ? amount(w, u, typed, NULL, high) : "");
}

static const char *
pressure(struct ac_form_work *w, const struct value *v)
{
	const struct ac_lab *s = ac_lab_find("systolic"), *d = ac_lab_find("diastolic");

	if (strtod(v->number, NULL) <= strtod(v->second, NULL))
		w->out->doubt = _("The first number of a blood pressure is the higher one.");
	if (!possible(s, strtod(v->number, NULL)) || !possible(d, strtod(v->second, NULL)))
		w->out->doubt = _("That can hardly be a blood pressure.");
	return ac_form_said(w, ",\"component\":[{\"code\":{\"coding\":[%s]},\"valueQuantity\":%s},{\"code\":{\"coding\":[%s]},\"valueQuantity\":%s}]",
		coding(w, s, s->units), ac_form_quantity(w, NULL, v->number, s->units[0].unit), coding(w, d, d->units),
		ac_form_quantity(w, NULL, v->second, d->units[0].unit));
}

static const char *
result(struct ac_form_work *w, const struct ac_lab *l, const struct ac_lab_unit *u, const struct value *v, bool unit_given)
{
	if (*v->second)
		return pressure(w, v);
	doubt(w, l, u, v->number, unit_given);
	if (!ac_form_answer(w, "low") && !ac_form_answer(w, "high"))
		w->out->about = about_of(w, l, u, v);
	return ac_form_said(w, ",\"valueQuantity\":%s", ac_form_quantity(w, v->comparator, v->number, u->unit));
}

/* Of a test that the table does not have: what was typed, unchecked. */
static const char *
unknown_result(struct ac_form_work *w, const struct value *v, const char *unit)
{
	if (*v->second) {
		ac_form_wrong(w, "value", _("a value of two numbers belongs to a blood pressure"));
		return "";
	}
	return ac_form_said(w, ",\"valueQuantity\":%s", amount(w, NULL, unit, v->comparator, v->number));
}

/* A weight is one's own; a result is the laboratory's, where that is known. */
static const char *
performer(struct ac_form_work *w)
{
	return strcmp(w->in->form->name, "lab") != 0 ? ac_form_said(w, ",\"performer\":[%s]", ac_form_subject(w))
		: ac_form_if(w, ",\"performer\":[{\"display\":%s}]", ac_form_answer(w, "lab"));
}

static void
make(struct ac_form_work *w, const struct ac_lab *l, const char *value, const char *unit)
{
	const char *code = ac_form_answer(w, "code"), *codings, *said, *text = l ? l->title : ac_form_answer(w, "test");
	const struct ac_lab_unit *u = l ? l->units : NULL;
	struct value v;
	bool number = read_value(&v, value);

	if (number && *v.rest && unit && strcmp(v.rest, unit) != 0) {
		ac_form_wrong(w, "unit", _("the value has a unit already"));
		return;
	}
	unit = unit ? unit : number && *v.rest ? v.rest : NULL;
	if (l && unit)
		u = ac_lab_unit(l, unit);
	if (w->err || (l && !u))
		return;
	codings = code && (!l || !ac_lab_find(code) || ac_lab_find(code) != l) ? ac_form_said(w, "{\"system\":\"http://loinc.org\",\"code\":\"%s\"}", code)
		: l ? coding(w, l, u) : "";
	said = !number ? ac_form_said(w, ",\"valueCodeableConcept\":{\"text\":%s}", ac_form_quote(w, value))
		: l ? result(w, l, u, &v, unit != NULL) : unknown_result(w, &v, unit);
	w->json = ac_form_said(w, "{\"resourceType\":\"Observation\",\"status\":\"final\",\"category\":[{\"coding\":[{\"system\":"
		"\"http://terminology.hl7.org/CodeSystem/observation-category\",\"code\":\"%s\"}]}],\"code\":{\"coding\":[%s],\"text\":%s},\"subject\":%s,"
		"\"effectiveDateTime\":%s%s%s%s%s}", l ? l->category : "laboratory", codings, ac_form_quote(w, text), ac_form_subject(w), ac_form_when(w, "on"),
		performer(w), said, ac_form_if(w, ",\"note\":[{\"text\":%s}]", ac_form_answer(w, "note")),
		range(w, u, unit));
}

void
ac_form_lab(struct ac_form_work *w)
{
	const char *test = ac_form_answer(w, "test"), *value = ac_form_answer(w, "value"), *unit = ac_form_answer(w, "unit");

	if (!w->err && test && value)
		make(w, lab_of(w->in), value, unit);
}

void
ac_form_weight(struct ac_form_work *w)
{
	const char *value = ac_form_answer(w, "value"), *unit = ac_form_answer(w, "unit");

	if (!w->err && value)
		make(w, lab_of(w->in), value, unit);
}
