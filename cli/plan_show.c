/* SPDX-License-Identifier: ISC */
/* Care plans: what a person reads of one. Every text says that it was not reviewed for them. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- templates */

static void
template_json(const struct ac_plan_template *t)
{
	struct ac_buf *b = out_buf();

	json_open(b, NULL, '{');
	json_str(b, "name", t->name);
	json_str(b, "title", t->title);
	json_int(b, "edition", t->edition);
	json_str(b, "source", t->source);
	json_str(b, "url", t->url);
	json_bool(b, "reviewed", t->reviewed);
	json_close(b, '}');
	json_row_end(b);
}

static void
template_text(struct cli *c, const struct ac_plan_template *t)
{
	plan_text_line(c, 0, t->name);
	plan_text_line(c, 2, _(t->title));
	plan_text_line(c, 2, text_of(c, _("Stage: %s. Edition %u."), _(t->stage), (unsigned)t->edition));
	if (*t->source != '\0')
		plan_text_line(c, 2, text_of(c, *t->url != '\0' ? _("Source: %s, %s") : _("Source: %s"), _(t->source), t->url));
	if (!t->reviewed)
		plan_text_line(c, 2, _("Not every line of it was compared with its source."));
	plan_text_line(c, 2, _(t->about));
}

int
cmd_plan_templates(struct cli *c)
{
	const struct ac_plan_library *lib;
	const struct ac_plan_template *t;
	enum ac_err err = ac_plan_library_builtin(&lib, &c->arena, &c->fault);

	if (err != AC_OK)
		return fail(c, err);
	for (size_t i = 0; (t = ac_plan_library_template(lib, i)) != NULL; i++) {
		if (c->json)
			template_json(t);
		else
			template_text(c, t);
	}
	return DONE;
}

/* --------------------------------------------------------------------- show */

static int
item_order(const void *x, const void *y)
{
	const struct ac_plan_row *a = *(const struct ac_plan_row *const *)x, *b = *(const struct ac_plan_row *const *)y;
	int c = strcmp(a->item, b->item);

	return c != 0 ? c : (a > b) - (a < b);
}

/* A mark for each row that is the first of its item; NULL: no memory. */
static const bool *
firsts(struct cli *c, const struct ac_plan *p)
{
	bool *out = ac_arena_get(&c->arena, p->nrows + 1);
	const struct ac_plan_row **rows = ac_arena_get(&c->arena, (p->nrows + 1) * sizeof *rows);

	if (out == NULL || rows == NULL)
		return NULL;
	for (size_t i = 0; i < p->nrows; i++)
		rows[i] = &p->rows[i];
	qsort(rows, p->nrows, sizeof *rows, item_order);
	for (size_t i = 0; i < p->nrows; i++)
		out[rows[i] - p->rows] = i == 0 || strcmp(rows[i]->item, rows[i - 1]->item) != 0;
	return out;
}

/* Only where there is a newer edition. */
static void
newer_json(struct ac_buf *b, const struct ac_careplan_update *u)
{
	if (u->n == 0)
		return;
	json_open(b, "newer", '[');
	for (size_t i = 0; i < u->n; i++) {
		json_open(b, NULL, '{');
		json_str(b, "template", u->newer[i].to->name);
		json_int(b, "edition", u->newer[i].from->edition);
		json_int(b, "newest", u->newer[i].to->edition);
		json_close(b, '}');
	}
	json_close(b, ']');
}

static void
show_json(const struct ac_careplan *p, const bool *first, const struct ac_careplan_update *u, const struct beside *rows)
{
	struct ac_buf *b = out_buf();

	json_open(b, NULL, '{');
	json_str(b, "ref", p->ref);
	json_str(b, "stage", p->plan.stage);
	json_str(b, "since", p->plan.since);
	json_str(b, "anchor", p->plan.anchor);
	json_open(b, "items", '[');
	for (size_t i = 0; i < p->plan.nrows; i++) {
		const struct ac_plan_row *r = &p->plan.rows[i];

		if (!first[i])
			continue;
		json_open(b, NULL, '{');
		json_str(b, "item", r->item);
		json_str(b, "title", r->title);
		json_str(b, "rule", r->rule);
		json_str(b, "exposure", r->exposure);
		json_str(b, "source", r->source);
		json_str(b, "url", r->url);
		json_bool(b, "reviewed", r->reviewed);
		json_str(b, "by", r->by);
		json_close(b, '}');
	}
	json_close(b, ']');
	json_open(b, "notes", '[');
	for (size_t i = 0; i < p->plan.nnotes; i++) {
		json_open(b, NULL, '{');
		json_str(b, "text", p->plan.notes[i].text);
		json_str(b, "about", p->plan.notes[i].about);
		json_close(b, '}');
	}
	json_close(b, ']');
	beside_json(b, rows);
	newer_json(b, u);
	json_close(b, '}');
	json_row_end(b);
}

static void
show_text(struct cli *c, const struct ac_careplan *p, const bool *first, struct beside *rows)
{
	const char *title = ac_val_str(p->body, "title");

	plan_text_line(c, 0, text_of(c, title != NULL ? "%s (%s)" : "%s%s", title != NULL ? clean(c, _(title)) : "", clean(c, p->ref)));
	if (*p->plan.stage != '\0')
		plan_text_line(c, 0, text_of(c, *p->plan.since != '\0' ? _("Stage: %s, since %s.") : _("Stage: %s."), clean(c, p->plan.stage),
			clean(c, date_shown(c, p->plan.since))));
	if (*p->plan.anchor != '\0')
		plan_text_line(c, 0, text_of(c, _("Dates count from %s."), clean(c, date_shown(c, p->plan.anchor))));
	plan_text_notes(c, &p->plan);
	for (size_t i = 0; i < p->plan.nrows; i++) {
		const struct ac_plan_row *r = &p->plan.rows[i];

		if (!first[i])
			continue;
		plan_text_line(c, 0, text_of(c, "%s: %s", clean(c, r->item), clean(c, r->title)));
		if (*r->rule != '\0')
			plan_text_line(c, 2, clean(c, r->rule));
		if (*r->exposure != '\0')
			plan_text_line(c, 2, text_of(c, _("Because of: %s."), clean(c, r->exposure)));
		plan_text_line(c, 2, plan_text_origin(c, r));
		beside_text(c, rows, r->item, 2);
	}
	beside_text(c, rows, NULL, 2);
}

int
cmd_plan_show(struct cli *c)
{
	struct ac_careplan_update u;
	struct ac_careplan p;
	struct beside rows = { NULL, 0 };
	const bool *first;
	int rc = plan_text_read(c, &p, NULL, NULL);

	if (rc != 0 || (rc = plan_text_newer(c, &u, &p)) != 0 || (rc = plan_exposure_note(c, &p)) != 0
	    || (rc = beside_read(c, &rows, &p)) != 0)
		return rc;
	if (ac_plan_words(&p.plan, &c->arena) != AC_OK || (first = firsts(c, &p.plan)) == NULL)
		return fail(c, AC_ENOMEM);
	if (c->json)
		show_json(&p, first, &u, &rows);
	else
		show_text(c, &p, first, &rows);
	return DONE;
}

/* ---------------------------------------------------------------------- due */

static void
due_json(const struct ac_plan_row *r)
{
	struct ac_buf *b = out_buf();

	json_open(b, NULL, '{');
	json_str(b, "item", r->item);
	plan_text_row(b, r);
	json_bool(b, "reviewed", r->reviewed);
	json_str(b, "satisfied_by", r->satisfied_by);
	if (*r->booked != '\0') {
		json_str(b, "booked", r->booked);
		json_str(b, "booked_on", r->booked_on);
	}
	if (*r->missed != '\0') {
		json_str(b, "missed", r->missed);
		json_str(b, "missed_on", r->missed_on);
	}
	json_close(b, '}');
	json_row_end(b);
}

static void
due_text(struct cli *c, const struct ac_careplan *p, const struct ac_plan_row *r, struct beside *rows)
{
	plan_text_line(c, 2, text_of(c, "%s (%s)", clean(c, r->title), clean(c, r->item)));
	if (r->state == AC_PLAN_DONE) {
		plan_text_line(c, 4, plan_text_done(c, p, r));
		return;
	}
	if (*r->due != '\0')
		plan_text_line(c, 4, plan_text_window(c, r));
	if (*r->rule != '\0')
		plan_text_line(c, 4, clean(c, r->rule));
	if (*r->reason != '\0')
		plan_text_line(c, 4, clean(c, r->reason));
	if (*r->exposure != '\0')
		plan_text_line(c, 4, text_of(c, _("Because of: %s."), clean(c, r->exposure)));
	if (*r->booked != '\0')
		plan_text_line(c, 4, text_of(c, _("Booked for %s: %s."), date_shown(c, r->booked_on), clean(c, r->booked)));
	plan_text_line(c, 4, plan_text_origin(c, r));
	beside_text(c, rows, r->item, 4);
	if (plan_book_question(c, r) != NULL)
		plan_text_line(c, 4, plan_book_question(c, r));
}

int
cmd_plan_due(struct cli *c)
{
	static const char *const heads[] = { N_("Overdue"), N_("Due"), N_("Next"), N_("Done"), N_("Skipped") };
	struct ac_careplan_update u;
	struct ac_careplan p;
	struct beside rows = { NULL, 0 };
	bool none = false;
	int rc = plan_text_read(c, &p, args_value(c, "on"), &none);

	if (rc != 0 || none || (rc = plan_text_newer(c, &u, &p)) != 0 || (rc = plan_exposure_note(c, &p)) != 0
	    || (!c->json && (rc = beside_read(c, &rows, &p)) != 0))
		return rc;
	if (ac_plan_words(&p.plan, &c->arena) != AC_OK)
		return fail(c, AC_ENOMEM);
	if (c->json)
		plan_text_aside(c, &p.plan);
	else
		plan_text_notes(c, &p.plan);
	for (size_t i = 0; i < p.plan.nrows; i++) {
		const struct ac_plan_row *r = &p.plan.rows[i];

		if (c->json) {
			due_json(r);
			continue;
		}
		if (i == 0 || r->state != p.plan.rows[i - 1].state)
			plan_text_line(c, 0, _(heads[r->state]));
		due_text(c, &p, r, &rows);
	}
	if (!c->json && args_value(c, "on") == NULL && out_terminal()) {
		if ((rc = out_now(c, _("; nothing was asked."))) != 0)
			return rc;
		plan_book_ask(c, &p);
	}
	return DONE;
}
