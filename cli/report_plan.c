/* SPDX-License-Identifier: ISC */
/* The care plan: what is due, on the first page in short and then with reasons and sources. */
#include "report_page.h"

#include <string.h>

enum { SHORT = 8, PAST = 15 };

static const char *
state_word(enum ac_plan_state s)
{
	static const char *const words[] = { N_("overdue"), N_("due"), N_("next"), N_("done"), N_("skipped") };

	return _(words[s]);
}

static bool
open_row(const struct ac_plan_row *r)
{
	return r->state <= AC_PLAN_NEXT && *r->due != '\0';
}

static void
booked(struct page *p, const struct ac_plan_row *r)
{
	if (*r->booked_on != '\0')
		html(&p->h, " · %s", text_of(p->c, _("booked for %s"), page_day(p, r->booked_on)));
}

/* ------------------------------------------------------------- appointments */

static size_t
appointments(struct page *p, size_t most)
{
	static const char *const coming[] = { "booked", "pending", "proposed", "arrived", "checked-in", NULL };
	struct html *h = &p->h;
	size_t n = 0;

	for (const struct doc *d = page_next(p, NULL, "Appointment"); d != NULL; d = page_next(p, d, "Appointment")) {
		const char *start = page_str(d->body, "start");

		if (strncmp(start, p->today, 10) < 0 || !page_among(page_str(d->body, "status"), coming) || n++ >= most)
			continue;
		html(h, "<li><span class=\"when\">%s</span> <span><b><bdi>%s</bdi></b>", page_say(p, "dateTime", ac_val_get(d->body, "start")),
			page_name(p, d));
		html(h, " <small>%s</small>", _("appointment"));
		disputes_of(p, d);
		html(h, "</span></li>\n");
	}
	return n;
}

void
section_due(struct page *p)
{
	const struct ac_plan *plan = &p->plan.plan;
	struct html *h = &p->h;
	size_t n = 0, all = 0;

	html(h, "<section class=\"wide\"><h2>%s</h2>\n<ul class=\"dates\">\n", _("What is due"));
	for (size_t i = 0; p->planned && i < plan->nrows; i++) {
		const struct ac_plan_row *r = &plan->rows[i];

		if (!open_row(r) || all++ >= SHORT)
			continue;
		n++;
		html(h, "<li><span class=\"when\">%s</span> <span><b><bdi>%s</bdi></b> <span class=\"tag %s\">%s</span><small>", page_day(p, r->due),
			r->title, ac_plan_state_name(r->state), state_word(r->state));
		booked(p, r);
		html(h, "</small></span></li>\n");
	}
	n += appointments(p, SHORT);
	html(h, "</ul>\n");
	if (!p->planned)
		html(h, "<p>%s</p>\n", _("There is no care plan made with this program yet."));
	else if (n == 0)
		html(h, "<p>%s</p>\n", _("Nothing has a date."));
	if (all > SHORT)
		html(h, "<p class=\"small\"><a href=\"#plan\">%s</a></p>\n", text_of(p->c, _("and %zu more in the care plan"), all - SHORT));
	html(h, "</section>\n");
}

/* ------------------------------------------------------------------ in full */

static const char *
window(struct page *p, const struct ac_plan_row *r)
{
	if (*r->due == '\0' || strcmp(r->from, r->until) == 0)
		return "";
	return text_of(p->c, _("%s to %s counts"), page_day(p, r->from), page_day(p, r->until));
}

static void
origin(struct page *p, const struct ac_plan_row *r)
{
	bool own = *r->by != '\0' && strcmp(r->source, r->by) == 0;

	html(&p->h, " · <bdi>%s</bdi>", text_of(p->c, own && r->reviewed ? _("set by %s, of the care team") : own ? _("set by %s")
		: r->reviewed ? _("source: %s") : _("source: %s, not compared with it"), r->source));
}

static void
row(struct page *p, const struct ac_plan_row *r)
{
	struct html *h = &p->h;

	html(h, "<li><span class=\"when\">%s</span> <span><b><bdi>%s</bdi></b> <span class=\"tag %s\">%s</span><small>",
		*r->due != '\0' ? page_day(p, r->due) : _("no date"), r->title, ac_plan_state_name(r->state), state_word(r->state));
	booked(p, r);
	if (*r->exposure != '\0')
		html(h, " · <bdi>%s</bdi>", text_of(p->c, _("because of %s"), r->exposure));
	html(h, "</small><br><small><bdi>%s</bdi>", r->rule);
	if (*window(p, r) != '\0')
		html(h, " (%s)", window(p, r));
	origin(p, r);
	html(h, "</small></span></li>\n");
}

/* The day that it was done on, from the document that proves it. */
static void
done_row(struct page *p, const struct ac_plan_row *r)
{
	const struct doc *d = page_ref(p, r->satisfied_by);
	const char *day = d != NULL && *d->date != '\0' ? d->date : d != NULL ? page_str(d->body, "start") : "";
	struct html *h = &p->h;

	if (*day == '\0')
		day = r->due;
	html(h, "<li><span class=\"when\">%s</span> <span><bdi>%s</bdi> <span class=\"tag %s\">%s</span>", page_day(p, day), r->title,
		ac_plan_state_name(r->state), state_word(r->state));
	if (r->state == AC_PLAN_SKIPPED && *r->reason != '\0')
		html(h, " <small><bdi>%s</bdi></small>", r->reason);
	html(h, "</span></li>\n");
}

static size_t
rows_of(struct page *p, const char *title, bool past, bool dated, size_t most)
{
	const struct ac_plan *plan = &p->plan.plan;
	struct html *h = &p->h;
	size_t n = 0, skip = 0, all = 0;

	for (size_t i = 0; i < plan->nrows; i++)
		all += (plan->rows[i].state > AC_PLAN_NEXT) == past && (past || (*plan->rows[i].due != '\0') == dated);
	if (all == 0)
		return 0;
	skip = past && all > most ? all - most : 0; /* the latest of what is past */
	html(h, "<h3>%s</h3>\n<ul class=\"dates line\">\n", title);
	for (size_t i = 0; i < plan->nrows; i++) {
		const struct ac_plan_row *r = &plan->rows[i];

		if ((r->state > AC_PLAN_NEXT) != past || (!past && (*r->due != '\0') != dated) || n++ < skip)
			continue;
		if (past)
			done_row(p, r);
		else
			row(p, r);
	}
	html(h, "</ul>\n");
	if (skip > 0)
		html(h, "<p class=\"small\">%s</p>\n", text_of(p->c, _("and %zu earlier ones"), skip));
	return all;
}

void
section_plan(struct page *p)
{
	const struct ac_plan *plan = &p->plan.plan;
	struct html *h = &p->h;

	if (!p->planned)
		return;
	html(h, "<section id=\"plan\"><h2>%s</h2>\n", _("Care plan"));
	if (*plan->anchor != '\0')
		html(h, "<p class=\"small\">%s</p>\n", text_of(p->c, _("Dates count from %s."), page_day(p, plan->anchor)));
	rows_of(p, _("Due and to come"), false, true, 0);
	rows_of(p, _("Done and skipped"), true, true, PAST);
	rows_of(p, _("Without a date"), false, false, 0);
	for (size_t i = 0; i < plan->nnotes; i++) {
		html(h, "<p class=\"small\"><bdi>%s</bdi>", plan->notes[i].text);
		html(h, *plan->notes[i].about != '\0' ? " (<bdi>%s</bdi>)</p>\n" : "%s</p>\n", plan->notes[i].about);
	}
	html(h, "</section>\n");
}
