/* SPDX-License-Identifier: ISC */
/* What was given and done, and how the main measurements went. */
#include "report_page.h"
#include "standing.h"

#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------------- drugs */

/* All records of one drug. */
struct course { const char *name, *first, *last; size_t given, ordered; bool cancer, now; };
struct courses { struct course *list; size_t n, cap; };

/* Of what is known to have late effects: a word of the plan's exposures. */
static bool
is_exposure(struct page *p, const char *name)
{
	static const char *const also[] = { "cytarabine", "asparaginase", "pegaspargase", "imatinib", "dasatinib", "ponatinib", "rituximab", "platin",
		"prednis", "dexameth", "paclitaxel", "docetaxel", "bleomycin", "fludarabine", "carmustine", NULL };
	const struct ac_plan_library *lib = NULL;
	const struct ac_plan_exposure *e;

	if (p->h.err != AC_OK || ac_plan_library_builtin(&lib, &p->c->arena, &p->c->fault) != AC_OK)
		return false;
	for (size_t i = 0; (e = ac_plan_library_exposure(lib, i)) != NULL; i++)
		if (strcasestr(name, e->code) != NULL)
			return true;
	for (size_t i = 0; also[i] != NULL; i++)
		if (strcasestr(name, also[i]) != NULL)
			return true;
	return false;
}

static struct course *
course_of(struct page *p, struct courses *all, const char *name)
{
	struct course *list;

	for (size_t i = 0; i < all->n; i++)
		if (strcasecmp(all->list[i].name, name) == 0)
			return &all->list[i];
	list = page_more(p, all->list, all->n, &all->cap, sizeof *list);
	if (list == NULL)
		return NULL;
	all->list = list;
	list[all->n] = (struct course){ .name = name, .first = "", .last = "" };
	return &list[all->n++];
}

static void
stretch(struct course *k, const char *from, const char *to)
{
	if (*from != '\0' && (*k->first == '\0' || strcmp(from, k->first) < 0))
		k->first = from;
	if (*to != '\0' && strcmp(to, k->last) > 0)
		k->last = to;
}

static bool
happened(const struct doc *d)
{
	static const char *const not[] = { "not-done", "not-taken", "cancelled", "draft", "intended", "entered-in-error", "stopped-before", NULL };

	return !page_among(page_str(d->body, "status"), not);
}

static void
gather(struct page *p, struct courses *all)
{
	static const char *const types[] = { "MedicationAdministration", "MedicationStatement", "MedicationRequest", NULL };

	for (const char *const *t = types; *t != NULL; t++)
		for (const struct doc *d = page_next(p, NULL, *t); d != NULL && p->h.err == AC_OK; d = page_next(p, d, *t)) {
			const struct ac_val *period = ac_val_get(d->body, "effectivePeriod");
			const char *from = *d->date != '\0' ? d->date : page_str(d->body, "authoredOn"), *to = page_str(period, "end");
			struct course *k = happened(d) ? course_of(p, all, page_name(p, d)) : NULL;

			if (k == NULL)
				continue;
			if (strcmp(*t, "MedicationRequest") == 0 && k->given > 0)
				continue; /* an order of what is seen to have been given */
			stretch(k, from, *to != '\0' ? to : from);
			k->now = k->now || standing_taken(d->body, p->today);
			if (strcmp(*t, "MedicationRequest") == 0)
				k->ordered++;
			else
				k->given++;
		}
	for (size_t i = 0; i < all->n; i++)
		all->list[i].cancer = is_exposure(p, all->list[i].name);
}

static int
by_weight(const void *a, const void *b)
{
	const struct course *x = a, *y = b;

	if (x->cancer != y->cancer)
		return x->cancer ? -1 : 1;
	return strcmp(x->first, y->first) != 0 ? strcmp(x->first, y->first) : strcmp(x->name, y->name);
}

static const char *
course_span(struct page *p, const struct course *k)
{
	const char *from = page_day(p, k->first), *to = page_day(p, k->last);

	if (k->now)
		return *from != '\0' ? text_of(p->c, _("%s until now"), from) : _("now");
	return strcmp(from, to) != 0 && *to != '\0' ? text_of(p->c, _("%s to %s"), from, to) : from;
}

static void
drugs(struct page *p)
{
	enum { MOST = 40 };
	struct courses all = { 0 };
	struct html *h = &p->h;

	gather(p, &all);
	if (all.n == 0)
		return;
	qsort(all.list, all.n, sizeof *all.list, by_weight);
	html(h, "<h3>%s</h3>\n<table><thead><tr><th scope=\"col\">%s</th><th scope=\"col\">%s</th>"
		"<th scope=\"col\" class=\"n\">%s</th></tr></thead><tbody>\n", _("Drugs, in all"), _("Drug"), _("When"), _("Times"));
	for (size_t i = 0; i < all.n && i < MOST; i++) {
		const struct course *k = &all.list[i];

		html(h, k->cancer ? "<tr><th scope=\"row\"><bdi>%s</bdi></th>" : "<tr><th scope=\"row\" class=\"light\"><bdi>%s</bdi></th>", k->name);
		html(h, "<td class=\"day\">%s</td><td class=\"n\">%s</td></tr>\n", course_span(p, k), text_of(p->c, k->given > 0 ? "%zu"
			: _("%zu ordered"), k->given > 0 ? k->given : k->ordered));
	}
	html(h, "</tbody></table>\n");
	if (all.n > MOST)
		html(h, "<p class=\"small\">%s</p>\n", text_of(p->c, _("and %zu more drugs in the record"), all.n - MOST));
}

/* --------------------------------------------------------------- procedures */

static bool
is_major(struct page *p, const struct doc *d)
{
	static const char *const words[] = { "transplant", "trasplante", "radiat", "radioth", "radiaci", "irradiat", "brachyther", "teletherap", "surg",
		"ectomy", "ectom\xc3\xad" "a", "resection", "biops", "CAR-T", "infusion of", "chemotherap", "quimioter", "amputat", NULL };

	for (const char *const *w = words; *w != NULL; w++)
		if (strcasestr(page_name(p, d), *w) != NULL)
			return true;
	return false;
}

static void
procedure(struct page *p, const struct doc *d)
{
	const struct ac_val *sites = page_list(d->body, "bodySite"), *notes = page_list(d->body, "note");
	struct html *h = &p->h;

	html(h, "<li><span class=\"when\">%s</span> <span><b><bdi>%s</bdi></b>", page_span(p, d->body, "performed"), page_name(p, d));
	if (d->disputed) {
		disputes_of(p, d);
	} else {
		html(h, " <small>");
		for (uint32_t i = 0; i < sites->n && i < 2; i++)
			html(h, " · <bdi>%s</bdi>", page_say(p, "CodeableConcept", &sites->items[i]));
		if (*page_say(p, "CodeableConcept", ac_val_get(d->body, "outcome")) != '\0')
			html(h, " · <bdi>%s</bdi>", page_say(p, "CodeableConcept", ac_val_get(d->body, "outcome")));
		for (uint32_t i = 0; i < notes->n && i < 2; i++)
			html(h, " · <bdi>%s</bdi>", page_note(p, &notes->items[i]));
		html(h, "</small>");
	}
	html(h, "</span></li>\n");
}

/* The same procedure, done again and again, is one line. */
struct again { const char *name, *first, *last; size_t n; const struct doc *one; };

static void
procedures(struct page *p)
{
	enum { MOST = 30 };
	struct again *list = NULL;
	size_t n = 0, cap = 0, shown = 0;
	struct html *h = &p->h;

	for (const struct doc *d = page_next(p, NULL, "Procedure"); d != NULL && h->err == AC_OK; d = page_next(p, d, "Procedure")) {
		const char *name = page_name(p, d);
		size_t i = 0;

		if (!happened(d) && !d->disputed)
			continue;
		while (i < n && (strcmp(list[i].name, name) != 0 || d->disputed || list[i].one->disputed))
			i++;
		if (i == n) {
			struct again *more = page_more(p, list, n, &cap, sizeof *more);

			if (more == NULL)
				return;
			list = more;
			list[n++] = (struct again){ name, d->date, d->date, 0, d };
		}
		list[i].n++;
		if (*d->date != '\0' && (*list[i].first == '\0' || strcmp(d->date, list[i].first) < 0))
			list[i].first = d->date;
	}
	if (n == 0)
		return;
	html(h, "<h3>%s</h3>\n<ul class=\"dates\">\n", _("Procedures, with radiation and transplants first"));
	for (int major = 1; major >= 0; major--)
		for (size_t i = 0; i < n; i++) {
			if (is_major(p, list[i].one) != major || shown++ >= MOST)
				continue;
			if (list[i].n == 1)
				procedure(p, list[i].one);
			else
				html(h, "<li><span class=\"when\">%s</span> <span><b><bdi>%s</bdi></b> <small>%s</small></span></li>\n",
					text_of(p->c, _("%s to %s"), page_day(p, list[i].first), page_day(p, list[i].last)), list[i].name,
					text_of(p->c, _("%zu times"), list[i].n));
		}
	html(h, "</ul>\n");
	if (n > MOST)
		html(h, "<p class=\"small\">%s</p>\n", text_of(p->c, _("and %zu more in the record"), n - MOST));
}

/* ----------------------------------------------------------------- findings */

/* What the disease is, finer than its name: stage, genes, markers, what was left after treatment. */
static const char *const FINDINGS[] = { "karyotype", "cytogenetics", "cytogenetic", "abl1", "fusion", "mutation", "immunophenotype", "residual", "mrd",
	"stage", "staging", "grade", "receptor", "her2", "histology", "histologic", "tnm", "tumor marker", "tumor size", "cns status",
	"cariotipo", "estadio", "marcador", NULL };

struct findings { struct page *p; const char **ref; size_t n, cap; const char **name; size_t nnames, ncap; };

static bool
known(const char *const *list, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], s) == 0)
			return true;
	return false;
}

static int
each_finding(void *ctx, const struct ac_row *row)
{
	struct findings *f = ctx;
	const char **list;

	if (known(f->ref, f->n, row->ref))
		return 0;
	list = page_more(f->p, f->ref, f->n, &f->cap, sizeof *list);
	if (list == NULL)
		return 1;
	f->ref = list;
	f->ref[f->n++] = text_of(f->p->c, "%s", row->ref);
	return 0;
}

/* A plan's own notes say "stage" too. */
static bool
is_finding(const struct ac_val *body)
{
	static const char *const not[] = { "entered-in-error", "cancelled", "registered", NULL };
	const struct ac_val *codings = page_list(ac_val_get(body, "code"), "coding");

	for (uint32_t i = 0; i < codings->n; i++)
		if (strncmp(page_str(&codings->items[i], "system"), "urn:aftercare:", 14) == 0)
			return false;
	return !page_among(page_str(body, "status"), not);
}

static void
finding(struct findings *f, const char *ref, size_t *shown)
{
	struct page *p = f->p;
	struct html *h = &p->h;
	struct ac_shown s = { 0 };
	const char *name, **names;
	struct doc d;

	if (!page_shown(p, &s, ref, NULL) || s.merged == NULL || whose_foreign(&p->whose, s.merged)
	    || !is_finding(s.merged))
		return;
	name = ac_doc_subject(&p->c->arena, s.merged);
	if (!s.conflict && known(f->name, f->nnames, name))
		return; /* the latest of its kind */
	names = page_more(p, f->name, f->nnames, &f->ncap, sizeof *names);
	if (names == NULL)
		return;
	f->name = names;
	f->name[f->nnames++] = name;
	if ((*shown)++ == 0)
		html(h, "<h3>%s</h3>\n<ul class=\"dates\">\n", _("Findings about the disease"));
	d = (struct doc){ .ref = s.ref, .disputed = s.conflict };
	html(h, "<li><span class=\"when\">%s</span> <span><bdi>%s</bdi>", page_day(p, ac_doc_date(&p->c->arena, s.merged)),
		s.conflict ? name : ac_doc_said(&p->c->arena, s.merged));
	disputes_of(p, &d);
	html(h, "</span></li>\n");
}

static void
findings(struct page *p)
{
	enum { MOST = 20, EACH = 40 };
	static const char *const types[] = { "Observation", NULL };
	struct findings f = { .p = p };
	struct html *h = &p->h;
	size_t shown = 0;

	for (const char *const *word = FINDINGS; *word != NULL && h->err == AC_OK; word++) {
		const struct ac_filter q = { .types = types, .words = *word, .limit = EACH };
		enum ac_err err = ac_list(p->c->space, &q, each_finding, &f, &p->c->fault);

		if (h->err == AC_OK)
			h->err = err;
	}
	for (size_t i = 0; i < f.n && shown < MOST && h->err == AC_OK; i++)
		finding(&f, f.ref[i], &shown);
	html(h, shown > 0 ? "</ul>\n" : "");
}

void
section_treatment(struct page *p)
{
	struct html *h = &p->h;
	size_t before;

	html(h, "<section><h2>%s</h2>\n", _("Disease and treatment"));
	before = h->b->len;
	findings(p);
	procedures(p);
	drugs(p);
	if (h->b->len == before)
		html(h, "<p>%s</p>\n", _("No treatment is recorded."));
	html(h, "</section>\n");
}

/* --------------------------------------------------------------------- labs */

static const char *const MAIN[] = { "wbc", "neutrophils", "hemoglobin", "platelets", "blasts", "mrd", "alt", "bilirubin", "creatinine",
	"tsh", "ejection-fraction", "weight", "lymphocytes", "ast", "ferritin", "glucose", "hba1c", "systolic", "diastolic", "vitamin-d", NULL };

static void
figure(struct page *p, const struct series *s)
{
	struct html *h = &p->h;
	const struct point *last = &s->p[s->n - 1];

	html(h, "<figure><figcaption><b><bdi>%s</bdi></b><br><span class=\"%s\"><bdi>%s</bdi></span>",
		s->lab != NULL ? _(s->lab->title) : s->title, last->out != 0 ? "off" : "", series_latest(p->c, s));
	if (s->range_from != NULL)
		html(h, " *");
	if (s->napart > 0)
		html(h, " <small>%s</small>", text_of(p->c, _("%zu values in other units are not drawn."), s->napart));
	html(h, "</figcaption>\n");
	if (h->err == AC_OK)
		h->err = plot_svg(p->c, h->b, s, text_of(p->c, "plot%zu", ++p->plots), false);
	html(h, "</figure>\n");
}

static void
single(struct page *p, const struct series *s)
{
	html(&p->h, "<tr><th scope=\"row\" class=\"light\"><bdi>%s</bdi></th><td><bdi>%s</bdi>%s</td></tr>\n",
		s->lab != NULL ? _(s->lab->title) : s->title, series_latest(p->c, s), s->range_from != NULL ? " *" : "");
}

/* Said once: whose the ranges are that no laboratory gave. */
static void
usual_ranges(struct page *p, const struct series *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].range_from != NULL) {
			html(&p->h, "<p class=\"small\">* %s</p>\n", text_of(p->c, _("The record gives no range here: this one is usual for adults (%s),"
				" the laboratory's may differ."), all[i].range_from));
			return;
		}
}

void
section_labs(struct page *p)
{
	enum { MOST = 12 };
	const struct series_options o = { .whose = &p->whose };
	struct series all[sizeof MAIN / sizeof *MAIN];
	struct html *h = &p->h;
	size_t n = 0, drawn = 0, rest = 0;

	for (const char *const *name = MAIN; *name != NULL && h->err == AC_OK; name++) {
		h->err = series_read(p->c, &all[n], *name, &o);
		if (h->err == AC_OK && all[n].n > 0)
			n++;
	}
	html(h, "<section><h2>%s</h2>\n", _("Main measurements"));
	if (n == 0)
		html(h, "<p>%s</p>\n", _("No common test has a value in this record."));
	html(h, n > 0 ? "<p class=\"small\">%s</p>\n<div class=\"plots\">\n" : "<div>%s",
		n > 0 ? _("The shaded band is the normal range. A dot lies within it, a triangle outside; a diamond is in dispute.") : "");
	for (size_t i = 0; i < n; i++)
		if (all[i].n > 1 && drawn++ < MOST)
			figure(p, &all[i]);
		else
			rest++;
	html(h, "</div>\n");
	usual_ranges(p, all, n);
	drawn = 0;
	if (rest > 0)
		html(h, "<table><tbody>\n");
	for (size_t i = 0; i < n && rest > 0; i++)
		if (all[i].n == 1 || drawn++ >= MOST)
			single(p, &all[i]);
	html(h, rest > 0 ? "</tbody></table>\n</section>\n" : "</section>\n");
}
