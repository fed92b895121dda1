/* SPDX-License-Identifier: ISC */
/*
 * The care plan: what is due, on the first page in short and then with reasons. Sources stand
 * once at its end, and each line has the number of its own.
 */
#include "report_page.h"

#include <stdlib.h>
#include <string.h>

enum { SHORT = 8 };

struct source { const char *name, *url, *by; bool reviewed; };

struct plan_section {
	struct page *p;
	struct source *source; size_t n, cap;
};

static const char *
state_word(enum ac_plan_state s)
{
	static const char *const words[] = { N_("overdue"), N_("due"), N_("next"), N_("done"), N_("skipped") };

	return _(words[s]);
}

static void
tag(struct page *p, enum ac_plan_state s)
{
	html(&p->h, " <span class=\"tag %s\">%s</span>", ac_plan_state_name(s), state_word(s));
}

/* ----------------------------------------------------------------- in short */

static bool
is_open(const struct ac_plan_row *r)
{
	return r->state <= AC_PLAN_NEXT && *r->due != '\0';
}

/* The same thing on the same day, for another exposure. */
static bool
said_before(const struct ac_plan *plan, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (is_open(&plan->rows[k]) && strcmp(plan->rows[k].title, plan->rows[i].title) == 0
		    && strcmp(plan->rows[k].due, plan->rows[i].due) == 0)
			return true;
	return false;
}

static void
booked(struct page *p, const struct ac_plan_row *r)
{
	if (*r->booked_on != '\0')
		html(&p->h, " <small>%s</small>", text_of(p->c, _("booked for %s"), page_day(p, r->booked_on)));
}

static size_t
appointments(struct page *p)
{
	static const char *const coming[] = { "booked", "pending", "proposed", "arrived", "checked-in", NULL };
	const struct doc *all[SHORT];
	struct html *h = &p->h;
	size_t n = 0;

	for (const struct doc *d = page_next(p, NULL, "Appointment"); d != NULL; d = page_next(p, d, "Appointment")) {
		const char *start = page_str(d->body, "start");
		size_t k = n;

		if (strncmp(start, p->today, 10) < 0 || !page_among(page_str(d->body, "status"), coming))
			continue;
		while (k > 0 && strcmp(start, page_str(all[k - 1]->body, "start")) < 0) { /* the soonest first */
			if (k < SHORT)
				all[k] = all[k - 1];
			k--;
		}
		if (k < SHORT) {
			all[k] = d;
			n += n < SHORT;
		}
	}
	for (size_t i = 0; i < n; i++) {
		html(h, "<li><span class=\"when\">%s</span> <span><b><bdi>%s</bdi></b> <span class=\"tag\">%s</span>",
			page_say(p, "dateTime", ac_val_get(all[i]->body, "start")), page_name(p, all[i]), _("appointment"));
		disputes_of(p, all[i]);
		html(h, "</span></li>\n");
	}
	return n;
}

void
section_due(struct page *p)
{
	const struct ac_plan *plan = &p->plan.plan;
	struct html *h = &p->h;
	size_t n, all = 0;

	html(h, "<section class=\"wide\"><h2>%s</h2>\n<ul class=\"dates\">\n", _("What is due"));
	n = appointments(p);
	for (size_t i = 0; p->planned && i < plan->nrows; i++) {
		const struct ac_plan_row *r = &plan->rows[i];

		if (!is_open(r) || said_before(plan, i) || all++ >= SHORT)
			continue;
		n++;
		html(h, "<li><span class=\"when\">%s</span> <span><b><bdi>%s</bdi></b>", page_day(p, r->due), r->title);
		tag(p, r->state);
		booked(p, r);
		html(h, "</span></li>\n");
	}
	html(h, n > 0 ? "</ul>\n" : "</ul>\n<p>%s</p>\n", p->planned ? _("Nothing has a date.") : _("Nothing is recorded."));
	if (!p->planned)
		html(h, "<p class=\"small\">%s</p>\n", _("There is no care plan made with this program yet."));
	if (all > SHORT)
		html(h, "<p class=\"small\"><a href=\"#plan\">%s</a></p>\n", text_of(p->c, _("and %zu more in the care plan"), all - SHORT));
	html(h, "</section>\n");
}

/* ------------------------------------------------------------------ sources */

static void
source_of(struct plan_section *x, const struct ac_plan_row *r)
{
	struct page *p = x->p;
	struct source *list;
	size_t i = 0;

	while (i < x->n && (strcmp(x->source[i].name, r->source) != 0 || x->source[i].reviewed != r->reviewed
	    || strcmp(x->source[i].by, r->by) != 0))
		i++;
	if (i == x->n) {
		list = page_more(p, x->source, x->n, &x->cap, sizeof *list);
		if (list == NULL)
			return;
		x->source = list;
		list[x->n++] = (struct source){ r->source, r->url, r->by, r->reviewed };
	}
	html(&p->h, " <sup>%s</sup>", text_of(p->c, "%zu", i + 1));
}

static void
sources(const struct plan_section *x)
{
	struct html *h = &x->p->h;

	if (x->n == 0)
		return;
	html(h, "<h3>%s</h3>\n<ol class=\"small\">\n", _("Where each line comes from"));
	for (size_t i = 0; i < x->n; i++) {
		const struct source *s = &x->source[i];
		bool own = *s->by != '\0' && strcmp(s->name, s->by) == 0;

		html(h, "<li><bdi>%s</bdi>", text_of(x->p->c, own && s->reviewed ? _("Set by %s, of the care team.") : own ? _("Set by %s.")
			: s->reviewed ? _("%s.") : _("%s. These lines were not compared with their source."), s->name));
		html(h, *s->url != '\0' ? " <bdi>%s</bdi></li>\n" : "%s</li>\n", s->url);
	}
	html(h, "</ol>\n");
}

/* ------------------------------------------------------------------ in full */

static const char *
window(struct page *p, const struct ac_plan_row *r)
{
	if (strcmp(r->from, r->until) == 0)
		return "";
	return text_of(p->c, _("From %s to %s it counts."), page_day(p, r->from), page_day(p, r->until));
}

static void
because(struct page *p, const struct ac_plan_row *r)
{
	if (*r->exposure != '\0')
		html(&p->h, " <small><bdi>%s</bdi></small>", text_of(p->c, _("because of %s"), r->exposure));
}

static void
dated(struct plan_section *x)
{
	const struct ac_plan *plan = &x->p->plan.plan;
	struct page *p = x->p;
	struct html *h = &p->h;
	size_t n = 0;

	for (size_t i = 0; i < plan->nrows; i++) {
		const struct ac_plan_row *r = &plan->rows[i];

		if (!is_open(r))
			continue;
		if (n++ == 0)
			html(h, "<h3>%s</h3>\n<ul class=\"dates\">\n", _("Due and to come"));
		html(h, "<li><span class=\"when\">%s</span> <span><b><bdi>%s</bdi></b>", page_day(p, r->due), r->title);
		source_of(x, r);
		tag(p, r->state);
		booked(p, r);
		because(p, r);
		html(h, "<br><small><bdi>%s</bdi> %s</small></span></li>\n", r->rule, window(p, r));
	}
	html(h, n > 0 ? "</ul>\n" : "");
}

static bool
is_undated(const struct ac_plan_row *r)
{
	return r->state <= AC_PLAN_NEXT && *r->due == '\0';
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What most lines without a date say is said once; "" where no two say the same. */
static const char *
usual_rule(struct page *p)
{
	const struct ac_plan *plan = &p->plan.plan;
	const char **rules = ac_arena_get(&p->c->arena, (plan->nrows + 1) * sizeof *rules), *best = "";
	size_t n = 0, most = 1, same = 0;

	if (rules == NULL) {
		p->h.err = AC_ENOMEM;
		return "";
	}
	for (size_t i = 0; i < plan->nrows; i++)
		if (is_undated(&plan->rows[i]))
			rules[n++] = plan->rows[i].rule;
	qsort(rules, n, sizeof *rules, by_text);
	for (size_t i = 0; i < n; i++) {
		same = i > 0 && strcmp(rules[i], rules[i - 1]) == 0 ? same + 1 : 1;
		if (same > most) {
			most = same;
			best = rules[i];
		}
	}
	return best;
}

static void
undated(struct plan_section *x)
{
	const char *usual = usual_rule(x->p);
	const struct ac_plan *plan = &x->p->plan.plan;
	struct page *p = x->p;
	struct html *h = &p->h;
	size_t n = 0;

	for (size_t i = 0; i < plan->nrows; i++) {
		const struct ac_plan_row *r = &plan->rows[i];

		if (!is_undated(r))
			continue;
		if (n++ == 0)
			html(h, "<h3>%s</h3>\n<p class=\"small\"><bdi>%s</bdi></p>\n<ul class=\"plain beside\">\n", _("Without a date"), usual);
		html(h, "<li><bdi>%s</bdi>", r->title);
		source_of(x, r);
		because(p, r);
		if (strcmp(r->rule, usual) != 0)
			html(h, " <small><bdi>%s</bdi></small>", r->rule);
		html(h, "</li>\n");
	}
	html(h, n > 0 ? "</ul>\n" : "");
}

/* The day on which it was done, from the document that proves it. */
static const char *
day_of(struct page *p, const struct ac_plan_row *r)
{
	struct ac_shown s = { 0 };
	const char *day = "";

	if (*r->satisfied_by != '\0' && page_shown(p, &s, r->satisfied_by, NULL) && s.merged != NULL) {
		day = ac_doc_date(&p->c->arena, s.merged);
		day = *day != '\0' ? day : page_str(s.merged, "start");
	}
	return *day != '\0' ? day : r->due;
}

/* An item that was done, or skipped: how often, and when last. */
struct past { const char *title, *last, *why; size_t n; enum ac_plan_state state; };

static size_t
gather(struct page *p, struct past **out)
{
	const struct ac_plan *plan = &p->plan.plan;
	struct past *list = ac_arena_get(&p->c->arena, (plan->nrows + 1) * sizeof *list);
	size_t n = 0;

	*out = list;
	if (list == NULL) {
		p->h.err = AC_ENOMEM;
		return 0;
	}
	for (size_t i = 0; i < plan->nrows; i++) {
		const struct ac_plan_row *r = &plan->rows[i];
		const char *day;
		size_t k = 0;

		if (r->state <= AC_PLAN_NEXT)
			continue;
		day = day_of(p, r);
		while (k < n && (strcmp(list[k].title, r->title) != 0 || list[k].state != r->state))
			k++;
		if (k == n)
			list[n++] = (struct past){ r->title, "", "", 0, r->state };
		list[k].n++;
		if (strcmp(day, list[k].last) > 0) {
			list[k].last = day;
			list[k].why = r->state == AC_PLAN_SKIPPED ? r->reason : "";
		}
	}
	return n;
}

static void
past(struct page *p)
{
	struct past *list;
	size_t n = gather(p, &list);
	struct html *h = &p->h;

	if (n == 0)
		return;
	html(h, "<h3>%s</h3>\n<table><thead><tr><th scope=\"col\">%s</th><th scope=\"col\">%s</th><th scope=\"col\" class=\"n\">%s"
		"</th></tr></thead><tbody>\n", _("Done and skipped"), _("What"), _("Last on"), _("Times"));
	for (size_t i = 0; i < n; i++) {
		html(h, "<tr><th scope=\"row\" class=\"light\"><bdi>%s</bdi>", list[i].title);
		tag(p, list[i].state);
		html(h, *list[i].why != '\0' ? " <small><bdi>%s</bdi></small></th>" : "%s</th>", list[i].why);
		html(h, "<td class=\"day\">%s</td><td class=\"n\">%s</td></tr>\n", page_day(p, list[i].last), text_of(p->c, "%zu", list[i].n));
	}
	html(h, "</tbody></table>\n");
}

void
section_plan(struct page *p)
{
	const struct ac_plan *plan = &p->plan.plan;
	struct plan_section x = { .p = p };
	struct html *h = &p->h;
	int64_t ms;

	if (!p->planned)
		return;
	html(h, "<section id=\"plan\"><h2>%s</h2>\n", _("Care plan"));
	if (*plan->anchor != '\0')
		html(h, "<p class=\"small\">%s</p>\n", text_of(p->c, _("Dates count from %s."), page_day(p, plan->anchor)));
	dated(&x);
	past(p);
	undated(&x);
	sources(&x);
	for (size_t i = 0; i < plan->nnotes; i++) {
		const char *about = plan->notes[i].about;

		html(h, "<p class=\"small\"><bdi>%s</bdi>", plan->notes[i].text);
		html(h, *about != '\0' ? " (<bdi>%s</bdi>)</p>\n" : "%s</p>\n", ac_time_read(about, &ms) ? page_day(p, about) : about);
	}
	html(h, "</section>\n");
}
