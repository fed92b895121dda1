/* SPDX-License-Identifier: ISC */
/* What a person takes: medications and supplements, both as MedicationStatement. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/form.h"
#include "schema/say.h"

struct often { const char *words; unsigned frequency, period; const char *unit; };

static const struct often often[] = {
	{ N_("daily|once a day|every day|once daily|1 a day|a day|each day"), 1, 1, "d" },
	{ N_("twice a day|twice daily|2 a day|two times a day|2x a day|2x"), 2, 1, "d" },
	{ N_("three times a day|3 a day|three times daily|3x a day|3x"), 3, 1, "d" },
	{ N_("four times a day|4 a day|four times daily|4x a day|4x"), 4, 1, "d" },
	{ N_("every other day"), 1, 2, "d" },
	{ N_("weekly|once a week|every week"), 1, 1, "wk" },
	{ N_("twice a week|two times a week"), 2, 1, "wk" },
	{ N_("three times a week"), 3, 1, "wk" },
	{ N_("monthly|once a month|every month"), 1, 1, "mo" },
};

/* "every 8 hours"; "" where it is not so said. */
static const char *
every(struct ac_form_work *w, const char *s)
{
	static const struct { const char *words, *unit; } units[] = { { "hour|hours|h", "h" }, { "day|days|d", "d" }, { "week|weeks|w", "wk" },
		{ "month|months|mo", "mo" } };
	size_t n, i;

	if (strncmp(s, "every ", 6) != 0)
		return "";
	s += 6;
	n = strspn(s, "0123456789");
	if (!n || n > 3 || *s == '0')
		return "";
	for (i = 0; i < sizeof units / sizeof *units; i++)
		if (ac_form_among(units[i].words, s + n + strspn(s + n, " ")))
			return ac_form_said(w, ",\"timing\":{\"repeat\":{\"frequency\":1,\"period\":%.*s,\"periodUnit\":\"%s\"}}", (int)n, s, units[i].unit);
	return "";
}

static const char *
timing(struct ac_form_work *w, const char *s)
{
	static const char *const needed = N_("as needed|when needed|if needed|prn");
	size_t i;

	if (!s)
		return "";
	if (ac_form_among(needed, s) || ac_form_among(_(needed), s))
		return ",\"asNeededBoolean\":true";
	for (i = 0; i < sizeof often / sizeof *often; i++)
		if (ac_form_among(often[i].words, s) || ac_form_among(_(often[i].words), s))
			return ac_form_said(w, ",\"timing\":{\"repeat\":{\"frequency\":%u,\"period\":%u,\"periodUnit\":\"%s\"}}", often[i].frequency, often[i].period,
				often[i].unit);
	return every(w, s);
}

/* The amount of "10 mg"; in UCUM where the unit is one that it has. */
static const char *
amount(struct ac_form_work *w, const char *dose)
{
	static const char *const units[][2] = { { "mg", "mg" }, { "g", "g" }, { "ug", "ug" }, { "mcg", "ug" }, { "\xc2\xb5g", "ug" }, { "\xce\xbcg", "ug" }, { "ml", "mL" },
		{ "mL", "mL" }, { "IU", "[iU]" }, { "iu", "[iU]" }, { "units", "[iU]" } };
	char number[AC_FORM_NUMBER];
	const char *end, *unit;
	size_t i;

	if (!dose || !ac_form_number(number, dose, &end) || !*(unit = end + strspn(end, " ")))
		return "";
	for (i = 0; i < sizeof units / sizeof *units; i++)
		if (!strcmp(units[i][0], unit))
			return ac_form_said(w, ",\"doseAndRate\":[{\"doseQuantity\":%s}]", ac_form_quantity(w, NULL, number, units[i][1]));
	return ac_form_said(w, ",\"doseAndRate\":[{\"doseQuantity\":{\"value\":%s,\"unit\":%s}}]", number, ac_form_quote(w, unit));
}

static const char *
dosage(struct ac_form_work *w)
{
	const char *dose = ac_form_answer(w, "dose"), *times = ac_form_answer(w, "often");
	const char *text = ac_form_said(w, "%s%s%s", dose ? dose : "", dose && times ? ", " : "", times ? times : "");

	return !*text ? "" : ac_form_said(w, ",\"dosage\":[{\"text\":%s%s%s}]", ac_form_quote(w, text), timing(w, times), amount(w, dose));
}

static const char *
period(struct ac_form_work *w)
{
	const char *since = ac_form_answer(w, "since"), *until = ac_form_answer(w, "until");

	if (!since && !until)
		return "";
	if (since && until && strncmp(until, since, strlen(until) < strlen(since) ? strlen(until) : strlen(since)) < 0)
		ac_form_wrong(w, "until", _("it ends before it begins"));
	return ac_form_said(w, ",\"effectivePeriod\":{%s%s%s}", ac_form_if(w, "\"start\":%s", since), since && until ? "," : "", ac_form_if(w, "\"end\":%s", until));
}

static const char *
status(struct ac_form_work *w)
{
	const char *since = ac_form_answer(w, "since"), *until = ac_form_answer(w, "until");

	if (since && ac_form_ahead(w->in, since))
		return "intended";
	return until && !ac_form_ahead(w->in, until) && strncmp(until, w->in->now, strlen(until) < 10 ? strlen(until) : 10) < 0 ? "completed" : "active";
}

/* `category` and `notes` are JSON members, each with its comma before it, or "". */
static void
statement(struct ac_form_work *w, const char *category, const char *notes)
{
	const char *name = ac_form_answer(w, "name"), *code = ac_form_answer(w, "code");

	if (!w->err && name)
		w->json = ac_form_said(w, "{\"resourceType\":\"MedicationStatement\",\"status\":\"%s\"%s,\"medicationCodeableConcept\":{%s\"text\":%s},\"subject\":%s"
			"%s,\"dateAsserted\":%s%s%s%s}", status(w), category,
			!code ? "" : ac_form_said(w, "\"coding\":[{\"system\":\"http://www.nlm.nih.gov/research/umls/rxnorm\",\"code\":%s}],", ac_form_quote(w, code)),
			ac_form_quote(w, name), ac_form_subject(w), period(w), ac_form_quote(w, w->in->now),
			ac_form_if(w, ",\"reasonCode\":[{\"text\":%s}]", ac_form_answer(w, "for")), notes, dosage(w));
}

void
ac_form_medication(struct ac_form_work *w)
{
	const char *code = ac_form_answer(w, "code"), *by = ac_form_answer(w, "by"), *note = ac_form_answer(w, "note");

	if (code && code[strspn(code, "0123456789")]) {
		ac_form_wrong(w, "code", _("a code of a medication is RxNorm's, a number"));
		return;
	}
	by = ac_form_if(w, "{\"text\":%s}", by ? ac_form_said(w, "Prescribed by %s", by) : NULL);
	note = ac_form_if(w, "{\"text\":%s}", note);
	statement(w, "", *by || *note ? ac_form_said(w, ",\"note\":[%s%s%s]", by, *by && *note ? "," : "", note) : "");
}

void
ac_form_supplement(struct ac_form_work *w)
{
	const char *on = ac_form_answer(w, "discussed"), *note = ac_form_answer(w, "note");
	const char *what = on ? N_("Discussed with the care team") : N_("Not yet discussed with the care team");
	const char *text = on ? N_("Supplement. Discussed with the care team") : N_("Supplement. Not yet discussed with the care team");
	const char *when = on ? ac_form_said(w, "{\"time\":%s,\"text\":\"Discussed with the care team.\"}", ac_form_quote(w, on)) : "";

	note = ac_form_if(w, "{\"text\":%s}", note);
	statement(w, ac_form_said(w, ",\"category\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/medication-statement-category\","
		"\"code\":\"patientspecified\",\"display\":\"Patient Specified\"},{\"system\":\"" AC_FORM_SUPPLEMENT "\",\"code\":\"%s\",\"display\":\"%s\"}],\"text\":"
		"\"%s\"}", on ? "discussed" : "not-discussed", what, text),
		*when || *note ? ac_form_said(w, ",\"note\":[%s%s%s]", when, *when && *note ? "," : "", note) : "");
	if (!on)
		w->out->about = _("Not yet discussed with the care team: ask before you take it. No supplement is known to lower the risk.");
}
