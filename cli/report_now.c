/* SPDX-License-Identifier: ISC */
/* The first page of a report: who it is, what was found, what was given, what is taken. */
#include "report_page.h"
#include "standing.h"

#include <stdlib.h>
#include <string.h>

/* ----------------------------------------------------------------------- who */

static int
years_between(const char *born, const char *today)
{
	int years = (int)(strtol(today, NULL, 10) - strtol(born, NULL, 10));

	return strlen(born) == 10 && strcmp(today + 5, born + 5) < 0 ? years - 1 : years;
}

static void
fact(struct html *h, const char *name, const char *value)
{
	if (*value != '\0')
		html(h, "<div><dt><bdi>%s</bdi></dt><dd><bdi>%s</bdi></dd></div>", text_of(h->c, "%.*s", (int)text_fit(clean(h->c, name), 40), clean(h->c, name)),
			text_of(h->c, "%.*s", (int)text_fit(clean(h->c, value), 60), clean(h->c, value)));
}

void
section_who(struct page *p)
{
	const struct ac_val *who = p->whose.patient, *ids = page_list(who, "identifier");
	const char *born = page_str(who, "birthDate"), *died = page_str(who, "deceasedDateTime");
	const struct doc patient = { .ref = p->whose.ref, .disputed = true };
	struct html *h = &p->h;

	html(h, "<header><p class=\"kind\">%s</p>\n<h1><bdi>%s</bdi></h1>\n<dl class=\"facts\">", _("Health record, a summary"),
		ac_space_patient(p->c->space));
	if (disputes_at(p, p->whose.ref, "birthDate"))
		born = ""; /* every side stands below */
	if (strlen(born) == 10 && *died == '\0')
		fact(h, _("Born"), text_of(p->c, _("%s (%d years)"), page_day(p, born), years_between(born, p->today)));
	else
		fact(h, _("Born"), page_day(p, born));
	fact(h, _("Died"), disputes_at(p, p->whose.ref, "deceased") ? "" : page_day(p, died));
	fact(h, _("Sex"), disputes_at(p, p->whose.ref, "gender") ? "" : page_say(p, "code", ac_val_get(who, "gender")));
	for (uint32_t i = 0; i < ids->n && i < 2; i++)
		fact(h, *page_say(p, "CodeableConcept", ac_val_get(&ids->items[i], "type")) != '\0'
			? page_say(p, "CodeableConcept", ac_val_get(&ids->items[i], "type")) : _("Number"), page_str(&ids->items[i], "value"));
	fact(h, _("Made"), page_moment(p, p->now));
	html(h, "</dl>\n");
	disputes_of(p, &patient);
	if (p->whose.unclear)
		html(h, "<p class=\"warn\" role=\"note\"><b>%s</b></p>\n", text_of(p->c, _("These records are of several persons (%s), and it is not clear"
			" who is meant: what follows may be of any of them."), p->whose.names));
	else if (p->whose.n > 0)
		html(h, "<p class=\"small\">%s</p>\n", text_of(p->c, _("Records of another person (%s) are left out."), p->whose.names));
	html(h, "<p class=\"small\">%s</p></header>\n",
		_("Made by the patient's own program from the records on one device. It is no medical advice, and nobody reviewed it;"
		" talk about it with your care team. A record may be incomplete: what is not here may still be so."));
}

/* Begins an item of a list. false: it is in dispute, and what the sides say is all of it. */
static bool
named(struct page *p, const struct doc *d, const char *name)
{
	html(&p->h, "<li><b><bdi>%s</bdi></b>", name);
	if (d->disputed) {
		disputes_of(p, d);
		html(&p->h, "</li>\n");
	}
	return !d->disputed;
}

/* ----------------------------------------------------------------- diagnoses */

static void
diagnosis(struct page *p, const struct doc *d)
{
	const struct ac_val *stages = page_list(d->body, "stage"), *notes = page_list(d->body, "note");
	const char *span = page_span(p, d->body, "onset"), *end = page_span(p, d->body, "abatement");
	const char *status = page_say(p, "CodeableConcept", ac_val_get(d->body, "clinicalStatus"));
	struct html *h = &p->h;

	if (!named(p, d, page_name(p, d)))
		return;
	html(h, "<small>");
	if (*status != '\0')
		html(h, " <bdi>%s</bdi>", status);
	if (*span != '\0' && *end != '\0')
		span = text_of(p->c, _("%s to %s"), span, end);
	if (*span != '\0')
		html(h, "%s <bdi>%s</bdi>", *status != '\0' ? "," : "", span);
	for (uint32_t i = 0; i < stages->n && i < 4; i++)
		html(h, " · <bdi>%s</bdi>", page_say(p, "CodeableConcept", ac_val_get(&stages->items[i], "summary")));
	html(h, "</small>");
	for (uint32_t i = 0; i < notes->n && i < 2 && standing_cancer(d->body, page_name(p, d)); i++)
		html(h, "<p class=\"small\"><bdi>%s</bdi></p>", page_note(p, &notes->items[i]));
	html(h, "</li>\n");
}

/* Those of a kind; how many. 0: cancers; 1: others that last; 2: others that are over. */
static size_t
diagnoses(struct page *p, int kind, size_t most, bool count)
{
	size_t n = 0;

	for (const struct doc *d = page_next(p, NULL, "Condition"); d != NULL; d = page_next(p, d, "Condition")) {
		bool cancer = standing_cancer(d->body, page_name(p, d));

		if (standing_wrong(d->body) || (cancer ? 0 : standing_over(d->body) ? 2 : 1) != kind)
			continue;
		if (n++ < most && !count)
			diagnosis(p, d);
	}
	return n;
}

static void
more_of(struct page *p, size_t n, size_t most)
{
	if (n > most)
		html(&p->h, "<li class=\"small\">%s</li>\n", text_of(p->c, _("and %zu more in the record"), n - most));
}

void
section_diagnosis(struct page *p)
{
	struct html *h = &p->h;
	size_t cancers = diagnoses(p, 0, 0, true), others = diagnoses(p, 1, 0, true);

	html(h, "<section><h2>%s</h2>\n", _("Diagnosis"));
	if (cancers + others == 0)
		html(h, "<p>%s</p>\n", _("No diagnosis is recorded."));
	if (cancers > 0) {
		html(h, "<ul class=\"plain main\">\n");
		more_of(p, diagnoses(p, 0, 6, false), 6);
		html(h, "</ul>\n");
	}
	if (others > 0) {
		html(h, cancers > 0 ? "<h3>%s</h3>\n<ul class=\"plain\">\n" : "<ul class=\"plain\" aria-label=\"%s\">\n", _("Other conditions now"));
		more_of(p, diagnoses(p, 1, 10, false), 10);
		html(h, "</ul>\n");
	}
	html(h, "</section>\n");
}

/* ----------------------------------------------------------------- exposures */

struct exposures { struct page *p; const struct ac_plan_exposure *e; size_t n; };

static int
each_exposure(void *ctx, const struct ac_row *row)
{
	struct exposures *x = ctx;
	struct page *p = x->p;
	struct ac_shown s = { 0 };
	struct doc d;

	if (!page_shown(p, &s, row->ref, NULL) || s.merged == NULL || whose_foreign(&p->whose, s.merged))
		return p->h.err != AC_OK;
	if (strcmp(page_str(s.merged, "status"), "entered-in-error") == 0 || strcmp(page_str(s.merged, "status"), "cancelled") == 0)
		return 0;
	if (x->n++ == 0)
		html(&p->h, "<ul class=\"plain main\">\n");
	d = (struct doc){ .ref = s.ref, .body = s.merged, .disputed = s.conflict };
	if (named(p, &d, _(x->e->title)))
		html(&p->h, " <span class=\"dose\"><bdi>%s</bdi></span> <small><bdi>%s</bdi></small></li>\n",
			ac_val_get(d.body, "valueQuantity") != NULL ? page_say(p, "Quantity", ac_val_get(d.body, "valueQuantity"))
			: _("dose not known"), page_span(p, d.body, "effective"));
	return p->h.err != AC_OK;
}

static void
dates_of_plan(struct page *p)
{
	if (!p->planned || *p->plan.plan.stage == '\0')
		return;
	html(&p->h, "<p class=\"small\">%s", *p->plan.plan.since != '\0' ? text_of(p->c, _("Stage: %s, since %s."), p->plan.plan.stage,
		page_day(p, p->plan.plan.since)) : text_of(p->c, _("Stage: %s."), p->plan.plan.stage));
	html(&p->h, "</p>\n");
}

void
section_exposures(struct page *p)
{
	static const char *const types[] = { "Observation", NULL };
	const struct ac_plan_library *lib = NULL;
	struct exposures x = { .p = p };
	struct html *h = &p->h;

	html(h, "<section><h2>%s</h2>\n", _("Treatment exposures, cumulative"));
	if (h->err == AC_OK)
		h->err = ac_plan_library_builtin(&lib, &p->c->arena, &p->c->fault);
	for (size_t i = 0; h->err == AC_OK && (x.e = ac_plan_library_exposure(lib, i)) != NULL; i++) {
		const struct ac_filter q = { .types = types, .code = text_of(p->c, "urn:aftercare:plan|%s", x.e->code) };
		enum ac_err err = ac_list(p->c->space, &q, each_exposure, &x, &p->c->fault);

		if (h->err == AC_OK)
			h->err = err;
	}
	html(h, x.n > 0 ? "</ul>\n" : "<p>%s</p>\n", _("None is entered in the care plan. What was given is listed below."));
	dates_of_plan(p);
	html(h, "</section>\n");
}

/* --------------------------------------------------------------- medications */

static const char *
dose_of(struct page *p, const struct doc *d)
{
	const struct ac_val *list = page_list(d->body, strcmp(d->type, "MedicationStatement") == 0 ? "dosage" : "dosageInstruction");

	return list->n > 0 ? page_say(p, "Dosage", &list->items[0]) : "";
}

static void
medication(struct page *p, const struct doc *d)
{
	const struct ac_val *reasons = page_list(d->body, "reasonCode"), *notes = page_list(d->body, "note");
	const char *since = *page_span(p, d->body, "effective") != '\0' ? page_span(p, d->body, "effective")
		: *page_str(d->body, "authoredOn") != '\0' ? text_of(p->c, _("ordered %s"), page_day(p, page_str(d->body, "authoredOn"))) : "";
	const char *dose = dose_of(p, d);
	struct html *h = &p->h;

	if (!named(p, d, page_name(p, d)))
		return;
	if (*dose != '\0')
		html(h, " <span class=\"dose\"><bdi>%s</bdi></span>", dose);
	html(h, " <small><bdi>%s</bdi>", since);
	if (strcmp(page_str(d->body, "status"), "active") != 0)
		html(h, "%s<bdi>%s</bdi>", *since != '\0' ? ", " : "", page_say(p, "code", ac_val_get(d->body, "status")));
	if (reasons->n > 0)
		html(h, " · <bdi>%s</bdi>", page_say(p, "CodeableConcept", &reasons->items[0]));
	if (*page_say(p, "CodeableConcept", ac_val_get(d->body, "category")) != '\0' && strcmp(d->type, "MedicationStatement") == 0)
		html(h, " · <bdi>%s</bdi>", page_say(p, "CodeableConcept", ac_val_get(d->body, "category")));
	for (uint32_t i = 0; i < notes->n && i < 2; i++)
		html(h, " · <bdi>%s</bdi>", page_note(p, &notes->items[i]));
	html(h, "</small></li>\n");
}

/* Was the same drug with the same words listed already? One in dispute never hides. */
static bool
told(struct page *p, const struct doc *d)
{
	static const char *const types[] = { "MedicationStatement", "MedicationRequest", NULL };

	for (const char *const *t = types; *t != NULL && !d->disputed; t++)
		for (const struct doc *e = page_next(p, NULL, *t); e != NULL && e < d; e = page_next(p, e, *t))
			if (standing_taken(e->body, p->today) && strcasecmp(page_name(p, e), page_name(p, d)) == 0
			    && (strcmp(dose_of(p, e), dose_of(p, d)) == 0 || *dose_of(p, d) == '\0'))
				return true;
	return false;
}

void
section_medications(struct page *p)
{
	static const char *const types[] = { "MedicationStatement", "MedicationRequest", NULL };
	struct html *h = &p->h;
	size_t n = 0;

	html(h, "<section><h2>%s</h2>\n", _("Medications now"));
	for (const char *const *t = types; *t != NULL; t++)
		for (const struct doc *d = page_next(p, NULL, *t); d != NULL; d = page_next(p, d, *t)) {
			if ((!standing_taken(d->body, p->today) && !d->disputed) || told(p, d))
				continue;
			html(h, n++ == 0 ? "<ul class=\"plain main\">\n" : "");
			medication(p, d);
		}
	html(h, n > 0 ? "</ul>\n" : "<p>%s</p>\n", _("None is recorded as taken now. That does not prove that none is taken."));
	html(h, "</section>\n");
}

/* ----------------------------------------------------------------- allergies */

static void
allergy(struct page *p, const struct doc *d)
{
	const struct ac_val *reactions = page_list(d->body, "reaction"), *notes = page_list(d->body, "note");
	const char *risk = page_str(d->body, "criticality");
	struct html *h = &p->h;

	if (!named(p, d, page_name(p, d)))
		return;
	if (strcmp(risk, "high") == 0)
		html(h, " <span class=\"tag\">%s</span>", _("high risk"));
	html(h, " <small>");
	for (uint32_t i = 0; i < reactions->n && i < 4; i++) {
		const char *severity = page_say(p, "code", ac_val_get(&reactions->items[i], "severity"));

		html(h, "%s<bdi>%s</bdi>%s%s", i > 0 ? "; " : "", page_say(p, "CodeableConcept", ac_val_get(&reactions->items[i], "manifestation")),
			*severity != '\0' ? ", " : "", severity);
	}
	if (strcmp(risk, "low") == 0 || strcmp(risk, "unable-to-assess") == 0)
		html(h, " · %s", strcmp(risk, "low") == 0 ? _("low risk") : _("risk not known"));
	if (*page_span(p, d->body, "onset") != '\0')
		html(h, " · <bdi>%s</bdi>", page_span(p, d->body, "onset"));
	if (strcmp(page_code(d->body, "verificationStatus"), "unconfirmed") == 0)
		html(h, " · %s", _("not confirmed"));
	for (uint32_t i = 0; i < notes->n && i < 2; i++)
		html(h, " · <bdi>%s</bdi>", page_note(p, &notes->items[i]));
	html(h, "</small></li>\n");
}

void
section_allergies(struct page *p)
{
	struct html *h = &p->h;
	size_t n = 0;

	html(h, "<section><h2>%s</h2>\n", _("Allergies and intolerances"));
	for (int high = 1; high >= 0; high--)
		for (const struct doc *d = page_next(p, NULL, "AllergyIntolerance"); d != NULL; d = page_next(p, d, "AllergyIntolerance")) {
			bool grave = d->disputed || strcmp(page_str(d->body, "criticality"), "high") == 0;

			if (grave != high || (!d->disputed && (standing_over(d->body) || standing_wrong(d->body))))
				continue;
			html(h, n++ == 0 ? "<ul class=\"plain main\">\n" : "");
			allergy(p, d);
		}
	html(h, n > 0 ? "</ul>\n" : "<p>%s</p>\n", _("None is recorded. That does not prove that there is none."));
	html(h, "</section>\n");
}
