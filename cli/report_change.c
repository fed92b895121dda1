/* SPDX-License-Identifier: ISC */
/*
 * What changed since the last visit.
 *
 * Method: the log gives every version since then. Of each document the first of these says
 * what was before (its parent, or nothing), the last who wrote it last; in what both differ is
 * told as everywhere.
 */
#include "report_page.h"

#include <stdlib.h>
#include <string.h>

struct write { const char *ref, *parent, *who; int64_t time; size_t order; bool begins, ends; };
struct changes { struct page *p; struct write *list; size_t n, cap; int64_t since; };

/* One document's: from its first write in that time to its last. */
struct change { const char *ref, *before, *who; int64_t time; bool added, removed; };

static int
each_write(void *ctx, const struct ac_past *past)
{
	struct changes *x = ctx;
	struct page *p = x->p;
	struct write *list;

	if (past->time < x->since)
		return 1; /* newest first: the rest is older */
	list = page_more(p, x->list, x->n, &x->cap, sizeof *list);
	if (list == NULL)
		return 1;
	x->list = list;
	list[x->n] = (struct write){ .ref = text_of(p->c, "%s", past->ref), .time = past->time, .order = x->n,
		.parent = past->nparents > 0 ? text_of(p->c, "%s", past->parents[0]) : "", .begins = past->nparents == 0,
		.ends = strcmp(past->op, "rm") == 0, .who = past->device != NULL && *past->device != '\0'
		? text_of(p->c, _("%s on %s"), past->author, past->device) : text_of(p->c, "%s", past->author) };
	x->n++;
	return 0;
}

static int
by_document(const void *a, const void *b)
{
	const struct write *x = a, *y = b;
	int k = strcmp(x->ref, y->ref);

	return k != 0 ? k : (x->order > y->order) - (x->order < y->order);
}

static int
newest_first(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return x->time != y->time ? (x->time < y->time) - (x->time > y->time) : strcmp(x->ref, y->ref);
}

static size_t
fold(struct changes *x, struct change **out)
{
	struct change *list = ac_arena_get(&x->p->c->arena, (x->n + 1) * sizeof *list);
	size_t n = 0;

	*out = list;
	if (list == NULL) {
		x->p->h.err = AC_ENOMEM;
		return 0;
	}
	if (x->n > 0)
		qsort(x->list, x->n, sizeof *x->list, by_document);
	for (size_t i = 0, end; i < x->n; i = end) {
		for (end = i + 1; end < x->n && strcmp(x->list[end].ref, x->list[i].ref) == 0; end++)
			;
		list[n] = (struct change){ .ref = x->list[i].ref, .before = x->list[end - 1].parent, .who = x->list[i].who,
			.time = x->list[i].time, .added = x->list[end - 1].begins, .removed = x->list[i].ends };
		n += !(list[n].added && list[n].removed);
	}
	if (n > 0)
		qsort(list, n, sizeof *list, newest_first);
	return n;
}

/* --------------------------------------------------------------- the last visit */

static const struct doc *
last_visit(struct page *p, const char **date)
{
	static const char *const held[] = { "arrived", "triaged", "in-progress", "onleave", "finished", "fulfilled", NULL };
	static const char *const types[] = { "Encounter", "Appointment", NULL };
	const struct doc *best = NULL;

	*date = "";
	for (const char *const *t = types; *t != NULL; t++)
		for (const struct doc *d = page_next(p, NULL, *t); d != NULL; d = page_next(p, d, *t)) {
			const char *when = strcmp(*t, "Appointment") == 0 ? page_str(d->body, "start") : d->date;

			if (!page_among(page_str(d->body, "status"), held) || strncmp(when, p->today, 10) > 0 || strcmp(when, *date) <= 0)
				continue;
			best = d;
			*date = when;
		}
	return best;
}

/* ---------------------------------------------------------------------- telling */

static void
by_whom(struct page *p, const struct change *k)
{
	html(&p->h, " <small><bdi>%s</bdi>, %s</small>", k->who, page_moment(p, k->time));
}

static const char *
type_of(struct page *p, const char *ref)
{
	return text_of(p->c, "%.*s", (int)strcspn(ref, "/"), ref);
}

static const struct ac_val *
body_of(struct page *p, const char *ref, const char *version)
{
	struct ac_shown s = { 0 };

	if (!page_shown(p, &s, ref, version))
		return NULL;
	return s.merged != NULL ? s.merged : s.body;
}

static bool
other_persons(struct page *p, const struct ac_val *body)
{
	return body != NULL && whose_foreign(&p->whose, body);
}

static void
changed(struct page *p, const struct change *k)
{
	enum { MOST = 8 };
	const struct ac_change *changes = NULL;
	const struct ac_part *parts = NULL;
	size_t n = 0, nparts = 0;
	const struct ac_val *now = body_of(p, k->ref, NULL);
	struct html *h = &p->h;
	enum ac_err err;

	if (now == NULL || other_persons(p, now) || k->before[0] == '\0')
		return;
	err = ac_compare(&changes, &n, &p->c->arena, p->c->space, k->ref, k->before, NULL, &p->c->fault);
	if (err == AC_ENOTFOUND) { /* what was before is not here */
		(void)ac_fault_past(&p->c->fault);
		return;
	}
	if (err == AC_OK)
		err = ac_say_changes(&parts, &nparts, &p->c->arena, type_of(p, k->ref), changes, n);
	if (h->err == AC_OK)
		h->err = err;
	if (nparts == 0)
		return;
	html(h, "<li><b><bdi>%s</bdi></b>", *ac_doc_subject(&p->c->arena, now) != '\0' ? ac_doc_subject(&p->c->arena, now) : k->ref);
	by_whom(p, k);
	html(h, "<ul>");
	for (size_t i = 0; i < nparts && i < MOST; i++)
		html(h, "<li><bdi>%s</bdi></li>", text_of(p->c, _("%s: %s, then %s"), parts[i].label, parts[i].text[0], parts[i].text[1]));
	if (nparts > MOST)
		html(h, "<li>%s</li>", text_of(p->c, _("and %zu more changes"), nparts - MOST));
	html(h, "</ul></li>\n");
}

static void
removed(struct page *p, const struct change *k)
{
	const struct ac_val *was = k->before[0] != '\0' ? body_of(p, k->ref, k->before) : NULL;

	if (other_persons(p, was))
		return;
	html(&p->h, "<li><b><bdi>%s</bdi></b>", was != NULL && *ac_doc_said(&p->c->arena, was) != '\0' ? ac_doc_said(&p->c->arena, was)
		: k->ref);
	by_whom(p, k);
	html(&p->h, "</li>\n");
}

/* ------------------------------------------------- what is new, a line a type */

static const struct { const char *type, *title; } KINDS[] = {
	{ "Condition", N_("Diagnoses") }, { "AllergyIntolerance", N_("Allergies") }, { "MedicationStatement", N_("Medications") },
	{ "MedicationRequest", N_("Orders of drugs") }, { "MedicationAdministration", N_("Drugs given") }, { "Procedure", N_("Procedures") },
	{ "Observation", N_("Results") }, { "DiagnosticReport", N_("Reports") }, { "Encounter", N_("Visits") },
	{ "Appointment", N_("Appointments") }, { "Immunization", N_("Vaccines") }, { "DocumentReference", N_("Documents") },
	{ "CarePlan", N_("Care plans") }, { "QuestionnaireResponse", N_("Answers to questionnaires") },
};

struct fresh { const char *name; size_t n; };

static void
new_of_type(struct page *p, const struct change *list, size_t n, const char *type, const char *title)
{
	enum { MOST = 12, LOOKED_AT = 400 };
	struct fresh seen[LOOKED_AT];
	size_t nseen = 0, all = 0, looked = 0;
	struct html *h = &p->h;

	for (size_t i = 0; i < n; i++) {
		const struct ac_val *body;
		const char *name;
		size_t k = 0;

		if (!list[i].added || strcmp(type_of(p, list[i].ref), type) != 0)
			continue;
		all++;
		if (looked++ >= LOOKED_AT || (body = body_of(p, list[i].ref, NULL)) == NULL)
			continue;
		if (other_persons(p, body)) {
			all--;
			continue;
		}
		name = ac_doc_subject(&p->c->arena, body);
		while (k < nseen && strcmp(seen[k].name, name) != 0)
			k++;
		if (k == nseen)
			seen[nseen++] = (struct fresh){ name, 0 };
		seen[k].n++;
	}
	if (all == 0)
		return;
	html(h, "<tr><th scope=\"row\"><bdi>%s</bdi></th><td class=\"n\">%s</td><td>", title, text_of(p->c, "%zu", all));
	for (size_t i = 0; i < nseen && i < MOST; i++)
		html(h, "%s<bdi>%s</bdi>%s", i > 0 ? "; " : "", seen[i].name, seen[i].n > 1 ? text_of(p->c, _(" (%zu times)"), seen[i].n) : "");
	html(h, nseen > MOST || all > LOOKED_AT ? "; …</td></tr>\n" : "</td></tr>\n");
}

static void
news(struct page *p, const struct change *list, size_t n)
{
	html(&p->h, "<h3>%s</h3>\n<table><tbody>\n", _("New in the record"));
	for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
		new_of_type(p, list, n, KINDS[i].type, _(KINDS[i].title));
	html(&p->h, "</tbody></table>\n");
}

static void
list_of(struct page *p, const struct change *list, size_t n, bool gone, const char *title)
{
	enum { MOST = 25 };
	struct html *h = &p->h;
	size_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += gone ? list[i].removed : !list[i].removed && !list[i].added;
	if (all == 0)
		return;
	html(h, "<h3>%s</h3>\n<ul class=\"plain\">\n", title);
	for (size_t i = 0, k = 0; i < n && k < MOST; i++)
		if (gone ? list[i].removed : !list[i].removed && !list[i].added) {
			k++;
			if (gone)
				removed(p, &list[i]);
			else
				changed(p, &list[i]);
		}
	if (all > MOST)
		html(h, "<li class=\"small\">%s</li>\n", text_of(p->c, _("and %zu more in the record"), all - MOST));
	html(h, "</ul>\n");
}

void
section_changes(struct page *p)
{
	struct changes x = { .p = p };
	struct html *h = &p->h;
	struct change *list = NULL;
	const char *date, *since = p->o->since;
	const struct doc *visit = last_visit(p, &date);
	size_t n, fresh = 0;
	enum ac_err err;

	html(h, "<section><h2>%s</h2>\n", since != NULL ? _("What changed since then") : _("What changed since the last visit"));
	if (since == NULL && visit == NULL) {
		html(h, "<p>%s</p></section>\n", _("No visit is recorded, so nothing can be said to have changed since. `report --since DATE`"
			" tells what changed since a day."));
		return;
	}
	if (since != NULL)
		html(h, "<p>%s</p>\n", text_of(p->c, _("Since %s, by when it was written into this record."), page_day(p, since)));
	else
		html(h, "<p>%s <bdi>%s</bdi>.</p>\n", text_of(p->c, _("The last visit on record was on %s:"), page_day(p, date)), page_name(p, visit));
	(void)ac_time_read(since != NULL ? since : date, &x.since);
	err = ac_log(p->c->space, 0, each_write, &x, &p->c->fault);
	if (h->err == AC_OK)
		h->err = err;
	n = fold(&x, &list);
	if (n == 0)
		html(h, "<p>%s</p>\n", _("Nothing."));
	list_of(p, list, n, true, _("Removed"));
	list_of(p, list, n, false, _("Changed"));
	for (size_t i = 0; i < n; i++)
		fresh += list[i].added;
	if (fresh > 0)
		news(p, list, n);
	html(h, "</section>\n");
}
