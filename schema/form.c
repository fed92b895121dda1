/* SPDX-License-Identifier: ISC */
/* The forms as tables of questions, and what all of them share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/day.h"
#include "schema/form.h"
#include "schema/moment.h"
#include "schema/say.h"

#define TEXT AC_FIELD_TEXT
#define NUMBER AC_FIELD_NUMBER
#define DATE AC_FIELD_DATE
#define MUST true
#define MAY false
#define WORD true
#define OPTION false
#define ON(ask) { "on", ask, DATE, MAY, OPTION }
#define NOTE { "note", N_("Anything to note about it?"), TEXT, MAY, OPTION }
#define PHONE(must) { "phone", N_("Which telephone number?"), TEXT, must, OPTION }
#define EMAIL { "email", N_("Which e-mail address?"), TEXT, MAY, OPTION }

static const struct ac_form forms[] = {
	{ "lab", {
		{ "test", N_("Which test? For example wbc, hemoglobin, platelets or creatinine."), TEXT, MUST, WORD },
		{ "value", N_("What is the result? A number, <0.5, 120/80, or a word such as negative."), TEXT, MUST, WORD },
		{ "unit", N_("In which unit? Enter: the usual one."), TEXT, MAY, WORD },
		ON(N_("On which day? Enter: today.")),
		{ "low", N_("From which value on does the laboratory call it normal?"), NUMBER, MAY, OPTION },
		{ "high", N_("Up to which value?"), NUMBER, MAY, OPTION },
		{ "lab", N_("Which laboratory?"), TEXT, MAY, OPTION },
		{ "code", NULL, TEXT, MAY, OPTION },
		NOTE } },
	{ "symptom", {
		{ "symptom", N_("Which symptom?"), TEXT, MUST, WORD },
		{ "grade", N_("How strong? 1 or mild, 2 or moderate, 3 or severe, 4 or life-threatening; 0 or gone."), TEXT, MAY, WORD },
		ON(N_("Since which day? Enter: today.")),
		{ "until", N_("Until which day, if it is over?"), DATE, MAY, OPTION },
		NOTE } },
	{ "medication", {
		{ "name", N_("Which medication?"), TEXT, MUST, WORD },
		{ "dose", N_("How much at a time? For example 10 mg."), TEXT, MAY, WORD },
		{ "often", N_("How often? For example daily, twice a day, every 8 hours, as needed."), TEXT, MAY, WORD },
		{ "since", N_("Since when?"), DATE, MAY, OPTION },
		{ "until", N_("Until when, if it ends?"), DATE, MAY, OPTION },
		{ "for", N_("What is it for?"), TEXT, MAY, OPTION },
		{ "by", N_("Who prescribed it?"), TEXT, MAY, OPTION },
		{ "code", NULL, TEXT, MAY, OPTION },
		NOTE } },
	{ "supplement", {
		{ "name", N_("Which supplement?"), TEXT, MUST, WORD },
		{ "dose", N_("How much at a time? For example 1000 IU."), TEXT, MAY, WORD },
		{ "often", N_("How often? For example daily."), TEXT, MAY, WORD },
		{ "since", N_("Since when?"), DATE, MAY, OPTION },
		{ "until", N_("Until when, if it ends?"), DATE, MAY, OPTION },
		{ "for", N_("What is it for?"), TEXT, MAY, OPTION },
		{ "discussed", N_("When did you discuss it with your care team? Enter: not yet."), DATE, MAY, OPTION },
		NOTE } },
	{ "appointment", {
		{ "what", N_("What is it? For example a visit or a blood test."), TEXT, MUST, WORD },
		{ "on", N_("When? For example 2026-12-03 14:30."), AC_FIELD_MOMENT, MUST, WORD },
		{ "with", N_("With whom?"), TEXT, MAY, OPTION },
		{ "where", N_("Where?"), TEXT, MAY, OPTION },
		{ "minutes", N_("How many minutes does it take? Enter: 30."), NUMBER, MAY, OPTION },
		{ "item", N_("For which item of your care plan? `aftercare plan show` lists their names."), TEXT, MAY, OPTION },
		NOTE } },
	{ "question", {
		{ "text", N_("What do you want to ask?"), TEXT, MUST, WORD },
		{ "to", N_("Whom?"), TEXT, MAY, OPTION },
		ON(NULL),
		NOTE } },
	{ "contact", {
		{ "name", N_("Whom can you call?"), TEXT, MUST, WORD },
		PHONE(MUST),
		{ "role", N_("Who is it? For example oncologist, or nurse on duty."), TEXT, MAY, OPTION },
		{ "call-for", N_("What for, and when? For example fever, day and night."), TEXT, MAY, OPTION },
		EMAIL,
		{ "where", N_("Of which clinic or practice?"), TEXT, MAY, OPTION },
		NOTE } },
	{ "insurance", {
		{ "insurer", N_("Which insurer?"), TEXT, MUST, WORD },
		{ "number", N_("Which member number?"), TEXT, MAY, OPTION },
		{ "plan", N_("Which plan?"), TEXT, MAY, OPTION },
		{ "from", N_("Since when?"), DATE, MAY, OPTION },
		{ "until", N_("Until when, or when must it be renewed?"), DATE, MAY, OPTION },
		PHONE(MAY) } },
	{ "distress", {
		{ "score", N_("How much distress in the past week? 0 is none, 10 the most that you can think of."), NUMBER, MUST, WORD },
		{ "about", N_("What about? For example sleep, money, family, fear."), TEXT, MAY, WORD },
		ON(N_("On which day? Enter: today.")),
		NOTE } },
	{ "weight", {
		{ "value", N_("How much do you weigh?"), TEXT, MUST, WORD },
		{ "unit", N_("In which unit, kg or lb? Enter: kg."), TEXT, MAY, WORD },
		ON(N_("On which day? Enter: today.")),
		NOTE } },
	{ "activity", {
		{ "what", N_("What did you do? For example walking."), TEXT, MUST, WORD },
		{ "minutes", N_("For how many minutes?"), NUMBER, MUST, WORD },
		ON(N_("On which day? Enter: today.")),
		NOTE } },
	{ "support", {
		{ "name", N_("Who supports you? A person or a group."), TEXT, MUST, WORD },
		{ "who", N_("Who is that? For example sister, friend, neighbour."), TEXT, MAY, OPTION },
		PHONE(MAY),
		EMAIL,
		{ "group", NULL, AC_FIELD_FLAG, MAY, OPTION } } },
	{ "note", {
		{ "text", N_("What do you want to note?"), TEXT, MUST, WORD },
		ON(N_("For which day? Enter: today.")) } },
	{ NULL, { { NULL, NULL, TEXT, MAY, OPTION } } }
};

static void (*const makers[])(struct ac_form_work *w) = { ac_form_lab, ac_form_symptom, ac_form_medication, ac_form_supplement,
	ac_form_appointment, ac_form_question, ac_form_contact, ac_form_insurance, ac_form_distress, ac_form_weight, ac_form_activity,
	ac_form_support, ac_form_note };

const struct ac_form *
ac_form_find(const char *name)
{
	const struct ac_form *f;

	for (f = forms; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

/* ------------------------------------------------------------------- answers */

bool
ac_form_among(const char *list, const char *s)
{
	size_t n, k = strlen(s);

	for (; *list; list += n + (list[n] == '|'))
		if ((n = strcspn(list, "|")) == k && !memcmp(list, s, n))
			return true;
	return false;
}

const char *
ac_form_trim(struct ac_arena *a, const char *s)
{
	size_t n;

	s += strspn(s, " \t\r\n");
	for (n = strlen(s); n && strchr(" \t\r\n", s[n - 1]); n--)
		;
	return ac_arena_text(a, s, n);
}

static int
place(const struct ac_form *form, const char *field)
{
	int i;

	for (i = 0; form->fields[i].name && strcmp(form->fields[i].name, field) != 0; i++)
		;
	return i;
}

void
ac_form_failed(struct ac_form_work *w, enum ac_err err)
{
	if (!w->err)
		w->err = err;
}

const char *
ac_form_answer(struct ac_form_work *w, const char *field)
{
	int i = place(w->in->form, field);
	const char *s = w->in->form->fields[i].name ? w->in->answers[i] : NULL;

	if (!s || !(s = ac_form_trim(w->a, s))) {
		if (s)
			ac_form_failed(w, AC_ENOMEM);
		return NULL;
	}
	return *s ? s : NULL;
}

void
ac_form_wrong(struct ac_form_work *w, const char *field, const char *fmt, ...)
{
	char text[sizeof w->f->text];
	va_list ap;

	if (w->err)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, ac_words(fmt), ap);
	va_end(ap);
	w->out->field = place(w->in->form, field);
	w->err = ac_fault(w->f, AC_EUSAGE, "%s", text);
}

/* ---------------------------------------------------------------------- JSON */

const char *
ac_form_quote(struct ac_form_work *w, const char *s)
{
	const char *out = ac_json_quote(w->a, s);

	if (!out)
		ac_form_failed(w, AC_ENOMEM);
	return out ? out : "\"\"";
}

const char *
ac_form_said(struct ac_form_work *w, const char *fmt, ...)
{
	const char *out;
	va_list ap;

	va_start(ap, fmt);
	out = ac_arena_printf(w->a, fmt, ap);
	va_end(ap);
	if (!out)
		ac_form_failed(w, AC_ENOMEM);
	return out ? out : "";
}

const char *
ac_form_if(struct ac_form_work *w, const char *fmt, const char *answer)
{
	const char *at = strstr(fmt, "%s");

	if (!answer || !at)
		return "";
	return ac_form_said(w, "%.*s%s%s", (int)(at - fmt), fmt, ac_form_quote(w, answer), at + 2);
}

const char *
ac_form_subject(struct ac_form_work *w)
{
	struct ac_buf b = { 0 };
	const char *out = NULL;

	if (!ac_json_write(&b, w->in->subject, NULL, NULL))
		out = ac_arena_text(w->a, (const char *)b.p, b.len);
	ac_buf_free(&b);
	if (!out)
		ac_form_failed(w, AC_ENOMEM);
	return out ? out : "{}";
}

const char *
ac_form_when(struct ac_form_work *w, const char *field)
{
	const char *s = ac_form_answer(w, field);

	return ac_form_quote(w, s ? s : w->in->now);
}

const char *
ac_form_telecom(struct ac_form_work *w)
{
	const char *phone = ac_form_answer(w, "phone"), *email = ac_form_answer(w, "email");

	if (!phone && !email)
		return "";
	return ac_form_said(w, ",\"telecom\":[%s%s%s]", ac_form_if(w, "{\"system\":\"phone\",\"value\":%s}", phone), phone && email ? "," : "",
		ac_form_if(w, "{\"system\":\"email\",\"value\":%s}", email));
}

/* ------------------------------------------------------------------- numbers */

bool
ac_form_number(char out[static AC_FORM_NUMBER], const char *s, const char **end)
{
	size_t whole = strspn(s, "0123456789"), part = 0, zeros;
	const char *point = s + whole, *fraction = "";

	if (*point == '.' || *point == ',')
		part = strspn(fraction = point + 1, "0123456789");
	if ((!whole && !part) || whole + part > 18)
		return false;
	*end = part ? fraction + part : point;
	/* 1,500 is a thousand and a half to some, and one and a half to others */
	if (part && ((*point == ',' && part == 3) || **end == '.' || **end == ','))
		return false;
	for (zeros = 0; zeros + 1 < whole && s[zeros] == '0'; zeros++)
		;
	snprintf(out, AC_FORM_NUMBER, "%.*s%s%.*s", whole ? (int)(whole - zeros) : 1, whole ? s + zeros : "0", part ? "." : "", (int)part, fraction);
	return true;
}

/* What UCUM spells in its own way, as people read it. */
const char *
ac_form_unit_words(const char *unit)
{
	static const char *const words[][2] = { { "10*9/L", "10^9/L" }, { "10*3/uL", "10^3/\xc2\xb5L" }, { "10*12/L", "10^12/L" }, { "10*6/uL", "10^6/\xc2\xb5L" },
		{ "/uL", "/\xc2\xb5L" }, { "umol/L", "\xc2\xb5mol/L" }, { "ug/L", "\xc2\xb5g/L" }, { "ug/dL", "\xc2\xb5g/dL" }, { "ukat/L", "\xc2\xb5kat/L" },
		{ "m[IU]/L", "mIU/L" }, { "m[IU]/mL", "mIU/mL" }, { "u[IU]/mL", "\xc2\xb5IU/mL" }, { "[IU]/L", "IU/L" }, { "[iU]", "IU" }, { "mm[Hg]", "mmHg" },
		{ "Cel", "\xc2\xb0""C" }, { "[degF]", "\xc2\xb0""F" }, { "[in_i]", "in" }, { "[lb_av]", "lb" }, { "ug", "\xc2\xb5g" },
		{ "mL/min/{1.73_m2}", "mL/min/1.73 m\xc2\xb2" } };
	size_t i;

	for (i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcmp(words[i][0], unit))
			return words[i][1];
	return *unit == '{' || !strcmp(unit, "1") ? NULL : unit;
}

const char *
ac_form_quantity(struct ac_form_work *w, const char *comparator, const char *number, const char *unit)
{
	return ac_form_said(w, "{\"value\":%s%s%s,\"system\":\"" AC_FORM_UCUM "\",\"code\":%s}", number,
		ac_form_if(w, ",\"comparator\":%s", comparator), ac_form_if(w, ",\"unit\":%s", ac_form_unit_words(unit)), ac_form_quote(w, unit));
}

/* ------------------------------------------------------------------- checking */

bool
ac_form_ahead(const struct ac_form_input *in, const char *date)
{
	struct ac_days day, today;

	return ac_day_read(&day, date) && ac_day_read(&today, in->now) && day.first > today.first;
}

static bool
may_be_ahead(const struct ac_form *form, const char *field)
{
	return !strcmp(field, "until") || !strcmp(field, "from") || !strcmp(field, "since") || !strcmp(form->name, "appointment");
}

/* What is wrong with an answer of its kind; NULL: nothing. */
static const char *
kind_wrong(const struct ac_form_input *in, const struct ac_form_field *f, const char *s)
{
	char number[AC_FORM_NUMBER];
	struct ac_moment m;
	const char *end;

	switch (f->kind) {
	case AC_FIELD_NUMBER:
		if (!ac_form_number(number, s, &end))
			return _("%s is no number, or can be read in two ways; write it with a point and without marks between thousands");
		return *end ? _("%s is more than a number; write the number alone") : NULL;
	case AC_FIELD_DATE:
		if (!ac_time_parse(&m, s))
			return _("%s is no date; write 2026-05-31, 2026-05 or 2026");
		return !may_be_ahead(in->form, f->name) && ac_form_ahead(in, s) ? _("%s is to come; this form is for what was") : NULL;
	case AC_FIELD_MOMENT:
		return !ac_time_parse(&m, s) || strlen(s) < 17 ? _("%s has no time; write the day and the time, 2026-12-03 14:30") : NULL;
	case AC_FIELD_FLAG:
		return strcmp(s, "yes") != 0 && strcmp(s, "no") != 0 ? _("%s is neither yes nor no") : NULL;
	default:
		return NULL;
	}
}

static const char *
text_wrong(const char **more, struct ac_say *say, const struct ac_form_input *in, const char *field, const char *s)
{
	char number[AC_FORM_NUMBER];
	unsigned grade;
	const char *end;
	size_t digits = 0, i;

	if (strlen(s) > AC_MAX_ANSWER)
		return _("that is longer than one answer can be");
	if (!strcmp(in->form->name, "lab") || !strcmp(in->form->name, "weight"))
		return ac_form_lab_wrong(more, say, in, field, s);
	if (!strcmp(field, "grade") && !ac_form_grade(&grade, s))
		return _("%s is no grade; write mild, moderate, severe, life-threatening or gone, or a number from 0 to 4");
	if (!strcmp(field, "phone")) {
		for (i = 0; s[i]; i++)
			digits += s[i] >= '0' && s[i] <= '9';
		return digits < 3 ? _("%s is no telephone number") : NULL;
	}
	if (!strcmp(field, "email"))
		return !strchr(s, '@') || strpbrk(s, " \t") ? _("%s is no e-mail address") : NULL;
	if (!strcmp(field, "dose"))
		return !ac_form_number(number, s, &end) && *s >= '0' && *s <= '9' ? _("%s is no dose; write 10 mg, 0.5 mg or 2 tablets") : NULL;
	return NULL;
}

/* 0, or AC_EUSAGE with the sentence. */
static enum ac_err
check(struct ac_arena *a, const struct ac_form_input *in, int i, struct ac_fault *f)
{
	const struct ac_form_field *field = &in->form->fields[i];
	const char *s = in->answers[i] ? ac_form_trim(a, in->answers[i]) : "", *wrong;
	struct ac_say say = { .a = a };
	const char *args[2] = { "", "" };

	if (!s)
		return AC_ENOMEM;
	if (!*s && field->required)
		return ac_fault(f, AC_EUSAGE, _("the answer to --%s is missing: %s"), field->name, _(field->ask));
	if (!*s)
		return AC_OK;
	if (!(wrong = kind_wrong(in, field, s)) && !(wrong = text_wrong(&args[1], &say, in, field->name, s)))
		return AC_OK;
	args[0] = ac_say_cut(&say, s, strlen(s), 60);
	wrong = ac_say_fill(&say, wrong, args, 2);
	return say.err || !*wrong ? AC_ENOMEM : ac_fault(f, AC_EUSAGE, "%s", wrong);
}

enum ac_err
ac_form_check(const struct ac_form_input *in, int field, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	enum ac_err err = check(&a, in, field, f);

	ac_arena_free(&a);
	return err;
}

/* --------------------------------------------------------------------- making */

enum ac_err
ac_form_make(struct ac_form_made *out, struct ac_arena *a, const struct ac_form_input *in, struct ac_fault *f)
{
	struct ac_form_work w = { .a = a, .in = in, .out = out, .f = f };
	int i;

	*out = (struct ac_form_made){ .about = "", .field = -1 };
	for (i = 0; in->form->fields[i].name; i++)
		if ((w.err = check(a, in, i, f))) {
			out->field = i;
			return w.err;
		}
	makers[in->form - forms](&w);
	if (!w.err && !w.json)
		return ac_fault(f, AC_EINTERNAL, "the form %s made nothing of its answers", in->form->name);
	return w.err ? w.err : ac_json_read(&out->body, a, w.json, strlen(w.json), f);
}
