/* SPDX-License-Identifier: ISC */
/* The forms that make an Observation: symptom, distress, activity, note. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/form.h"
#include "schema/say.h"

#define CATEGORY "\"category\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/observation-category\",\"code\":\"%s\"}]}]"

static const char *
head(struct ac_form_work *w, const char *category, const char *codings, const char *text, const char *on)
{
	return ac_form_said(w, "{\"resourceType\":\"Observation\",\"status\":\"final\"," CATEGORY ",\"code\":{%s%s\"text\":%s},\"subject\":%s,%s,\"performer\":[%s]",
		category, codings, *codings ? "," : "", ac_form_quote(w, text), ac_form_subject(w), on, ac_form_subject(w));
}

static const char *
effective(struct ac_form_work *w)
{
	return ac_form_said(w, "\"effectiveDateTime\":%s", ac_form_when(w, "on"));
}

static const char *
noted(struct ac_form_work *w)
{
	return ac_form_if(w, ",\"note\":[{\"text\":%s}]", ac_form_answer(w, "note"));
}

/* ------------------------------------------------------------------- symptom */

/* CTCAE's grades in the words of its grading, and SNOMED CT's of severity. */
static const struct { const char *word, *also, *text, *display, *snomed, *severity; } grades[] = {
	{ "gone", N_("none|absent"), N_("gone"), "Absent Adverse Event", NULL, NULL },
	{ "mild", N_("light|slight"), N_("mild"), "Mild Adverse Event", "255604002", "Mild (qualifier value)" },
	{ "moderate", N_("medium"), N_("moderate"), "Moderate Adverse Event", "6736007", "Moderate (severity modifier) (qualifier value)" },
	{ "severe", N_("strong|bad"), N_("severe"), "Severe Adverse Event", "24484000", "Severe (severity modifier) (qualifier value)" },
	{ "life-threatening", N_("life threatening|lifethreatening"), N_("life-threatening"), "Life Threatening or Disabling Adverse Event", "442452003",
	  "Life threatening severity (qualifier value)" },
};

/* By the words here, and those of the person's language. */
bool
ac_form_grade(unsigned *grade, const char *s)
{
	size_t i;

	if (!strncmp(s, "grade ", 6))
		s += 6;
	if (*s >= '0' && *s <= '4' && !s[1]) {
		*grade = (unsigned)(*s - '0');
		return true;
	}
	for (i = 0; i < sizeof grades / sizeof *grades; i++)
		if (!strcmp(grades[i].word, s) || ac_form_among(grades[i].also, s) || !strcmp(_(grades[i].text), s) || ac_form_among(_(grades[i].also), s)) {
			*grade = (unsigned)i;
			return true;
		}
	return false;
}

static const char *
grade_value(struct ac_form_work *w, unsigned g)
{
	return ac_form_said(w, ",\"valueCodeableConcept\":{\"coding\":[{\"system\":\"http://hl7.org/fhir/us/ctcae/CodeSystem/ctcae-grade-code-system\","
		"\"code\":\"%u\",\"display\":\"%s\"}%s],\"text\":\"%s\"}", g, grades[g].display, !grades[g].snomed ? "" : ac_form_said(w,
		",{\"system\":\"http://snomed.info/sct\",\"code\":\"%s\",\"display\":\"%s\"}", grades[g].snomed, grades[g].severity), grades[g].word);
}

void
ac_form_symptom(struct ac_form_work *w)
{
	const char *word = ac_form_answer(w, "symptom"), *grade = ac_form_answer(w, "grade"), *until = ac_form_answer(w, "until");
	const struct ac_symptom *s = word ? ac_symptom_find(word) : NULL;
	const char *codings = !s || !s->code ? "" : ac_form_said(w, "\"coding\":[{\"system\":\"http://snomed.info/sct\",\"code\":\"%s\",\"display\":\"%s\"}]",
		s->code, s->display);
	const char *when = !until ? effective(w) : ac_form_said(w, "\"effectivePeriod\":{%s\"end\":%s}",
		ac_form_answer(w, "on") ? ac_form_said(w, "\"start\":%s,", ac_form_when(w, "on")) : "", ac_form_quote(w, until));
	unsigned g = 0;

	if (grade && !ac_form_grade(&g, grade))
		ac_form_failed(w, AC_EINTERNAL);
	if (w->err)
		return;
	w->json = ac_form_said(w, "%s%s%s}", head(w, "survey", codings, s ? s->title : word, when),
		grade ? grade_value(w, g) : ",\"valueCodeableConcept\":{\"text\":\"present\"}", noted(w));
	if (grade && g == 0)
		return;
	w->out->call = s && s->listed ? AC_CALL_LISTED : (s && s->tell) || g >= 3 ? AC_CALL_TELL : AC_CALL_NOBODY;
}

/* ------------------------------------------------------------------ distress */

void
ac_form_distress(struct ac_form_work *w)
{
	const char *score = ac_form_answer(w, "score"), *about = ac_form_answer(w, "about"), *end;
	char n[AC_FORM_NUMBER];
	double v;

	if (w->err || !score || !ac_form_number(n, score, &end))
		return;
	v = strtod(n, NULL);
	if (v > 10 || strchr(n, '.')) {
		ac_form_wrong(w, "score", _("distress goes from 0, none, to 10, the most; write a whole number"));
		return;
	}
	w->json = ac_form_said(w, "%s,\"valueQuantity\":{\"value\":%s,\"unit\":\"{score}\",\"system\":\"" AC_FORM_UCUM "\",\"code\":\"{score}\"}%s%s}",
		head(w, "survey", "\"coding\":[{\"system\":\"" AC_PLAN_ITEMS "\",\"code\":\"distress\"}]", N_("Distress thermometer"), effective(w)), n,
		ac_form_if(w, ",\"component\":[{\"code\":{\"text\":\"About\"},\"valueString\":%s}]", about), noted(w));
	if (v >= 4) {
		w->out->call = AC_CALL_DISTRESS;
		w->out->about = _("4 or more of 10 is a reason to talk about it with your care team. That number is from memory and was not compared"
			" with a source.");
	}
}

/* ------------------------------------------------------------- activity, note */

void
ac_form_activity(struct ac_form_work *w)
{
	const char *what = ac_form_answer(w, "what"), *minutes = ac_form_answer(w, "minutes"), *end;
	char n[AC_FORM_NUMBER];
	double v;

	if (w->err || !what || !minutes || !ac_form_number(n, minutes, &end))
		return;
	v = strtod(n, NULL);
	if (v <= 0) {
		ac_form_wrong(w, "minutes", _("an activity takes some minutes"));
		return;
	}
	if (v > 1440)
		w->out->doubt = _("A day has 1440 minutes.");
	w->json = ac_form_said(w, "%s,\"valueQuantity\":%s,\"component\":[{\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"73985-4\","
		"\"display\":\"%s\"}]},\"valueCodeableConcept\":{\"text\":%s}}]%s}", head(w, "activity",
		"\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"55411-3\",\"display\":\"Exercise duration\"}]", what, effective(w)),
		ac_form_quantity(w, NULL, n, "min"), N_("Exercise activity"), ac_form_quote(w, what), noted(w));
}

void
ac_form_note(struct ac_form_work *w)
{
	const char *text = ac_form_answer(w, "text");

	if (w->err || !text)
		return;
	w->json = ac_form_said(w, "%s,\"valueString\":%s}", head(w, "social-history",
		"\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"51855-5\",\"display\":\"Patient Note\"}]", "Note", effective(w)), ac_form_quote(w, text));
}
