/* SPDX-License-Identifier: ISC */
/* Care plans: what a person reads of one. Every text says that it was not reviewed for them. */
#include "cli.h"

#include <string.h>

static void
line(struct cli *c, int indent, const char *s)
{
	out_line(c, indent, text_of(c, "%*s%s", indent, "", s));
}

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
	line(c, 0, t->name);
	line(c, 2, t->title);
	line(c, 2, text_of(c, _("Stage: %s. Edition %u."), t->stage, (unsigned)t->edition));
	if (*t->source != '\0')
		line(c, 2, text_of(c, *t->url != '\0' ? _("Source: %s, %s") : _("Source: %s"), t->source, t->url));
	if (!t->reviewed)
		line(c, 2, _("Not every line of it was compared with its source."));
	line(c, 2, t->about);
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

/* --------------------------------------------------------------------- both */

/* none: set where there is no plan; NULL: that is an error. */
static int
read_plan(struct cli *c, struct ac_careplan *p, const char *on, bool *none)
{
	char day[40];
	enum ac_err err = date_day(c, day, on);
	int rc;

	if (err != AC_OK)
		return fail(c, err);
	if ((rc = home_space(c)) != 0)
		return rc;
	err = ac_careplan_read(p, &c->arena, c->space, day, &c->fault);
	if (err == AC_ENOTFOUND && none != NULL) {
		*none = true;
		if (!c->json)
			note(c, _("There is no care plan yet; `aftercare plan templates` lists what one can begin"
				" with."));
		return 0;
	}
	if (err != AC_OK)
		return fail(c, err);
	if (p->others > 0)
		note(c, _("There is more than one plan in force; %s was made first and counts. End the others with"
			" `aftercare set REF status=completed`."), clean(c, p->ref));
	return 0;
}

static void
notes_text(struct cli *c, const struct ac_plan *p)
{
	for (size_t i = 0; i < p->nnotes; i++)
		line(c, 0, *p->notes[i].about != '\0' ? text_of(c, "%s (%s)", p->notes[i].text, clean(c, p->notes[i].about))
			: p->notes[i].text);
}

/* Where it comes from, in one line. */
static const char *
origin(struct cli *c, const struct ac_plan_row *r)
{
	if (*r->by != '\0' && !r->reviewed && strcmp(r->source, r->by) == 0)
		return text_of(c, _("Set by %s."), clean(c, r->by));
	if (*r->by != '\0' && strcmp(r->source, r->by) == 0)
		return text_of(c, _("Set by %s, of the care team."), clean(c, r->by));
	return text_of(c, r->reviewed ? _("Source: %s.") : _("Source: %s; this line was not compared with it."),
		clean(c, r->source));
}

/* --------------------------------------------------------------------- show */

static bool
first_of_item(const struct ac_plan *p, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(p->rows[j].item, p->rows[i].item) == 0)
			return false;
	return true;
}

static void
show_json(const struct ac_careplan *p, const struct beside *rows)
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

		if (!first_of_item(&p->plan, i))
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
	json_close(b, '}');
	json_row_end(b);
}

static void
show_text(struct cli *c, const struct ac_careplan *p, struct beside *rows)
{
	const char *title = ac_val_str(p->body, "title");

	line(c, 0, text_of(c, title != NULL ? "%s (%s)" : "%s%s", title != NULL ? clean(c, title) : "", clean(c, p->ref)));
	if (*p->plan.stage != '\0')
		line(c, 0, text_of(c, *p->plan.since != '\0' ? _("Stage: %s, since %s.") : _("Stage: %s."), clean(c, p->plan.stage),
			clean(c, p->plan.since)));
	if (*p->plan.anchor != '\0')
		line(c, 0, text_of(c, _("Dates count from %s."), clean(c, p->plan.anchor)));
	notes_text(c, &p->plan);
	for (size_t i = 0; i < p->plan.nrows; i++) {
		const struct ac_plan_row *r = &p->plan.rows[i];

		if (!first_of_item(&p->plan, i))
			continue;
		line(c, 0, text_of(c, "%s: %s", clean(c, r->item), clean(c, r->title)));
		if (*r->rule != '\0')
			line(c, 2, clean(c, r->rule));
		if (*r->exposure != '\0')
			line(c, 2, text_of(c, _("Because of: %s."), clean(c, r->exposure)));
		line(c, 2, origin(c, r));
		beside_text(c, rows, r->item, 2);
	}
	beside_text(c, rows, NULL, 2);
}

int
cmd_plan_show(struct cli *c)
{
	struct ac_careplan p;
	struct beside rows = { NULL, 0 };
	int rc = read_plan(c, &p, NULL, NULL);

	if (rc != 0 || (rc = beside_read(c, &rows, &p)) != 0)
		return rc;
	if (c->json)
		show_json(&p, &rows);
	else
		show_text(c, &p, &rows);
	return DONE;
}

/* ---------------------------------------------------------------------- due */

static void
due_json(const struct ac_plan_row *r)
{
	struct ac_buf *b = out_buf();

	json_open(b, NULL, '{');
	json_str(b, "item", r->item);
	json_str(b, "title", r->title);
	json_str(b, "state", ac_plan_state_name(r->state));
	json_str(b, "due", r->due);
	json_str(b, "from", r->from);
	json_str(b, "until", r->until);
	json_str(b, "reason", r->reason);
	json_str(b, "rule", r->rule);
	json_str(b, "exposure", r->exposure);
	json_str(b, "source", r->source);
	json_bool(b, "reviewed", r->reviewed);
	json_str(b, "satisfied_by", r->satisfied_by);
	json_close(b, '}');
	json_row_end(b);
}

static const char *
window(struct cli *c, const struct ac_plan_row *r)
{
	if (*r->due == '\0')
		return "";
	if (strcmp(r->from, r->until) == 0)
		return text_of(c, _("On %s."), r->due);
	return text_of(c, _("Due %s; from %s until %s counts."), r->due, r->from, r->until);
}

static void
due_text(struct cli *c, const struct ac_plan_row *r, struct beside *rows)
{
	if (r->state == AC_PLAN_DONE) {
		line(c, 2, text_of(c, "%s  %s: %s", *r->due != '\0' ? r->due : "          ", clean(c, r->title),
			clean(c, r->satisfied_by)));
		return;
	}
	line(c, 2, text_of(c, "%s (%s)", clean(c, r->title), clean(c, r->item)));
	if (*r->due != '\0')
		line(c, 4, window(c, r));
	if (*r->rule != '\0')
		line(c, 4, clean(c, r->rule));
	if (*r->reason != '\0')
		line(c, 4, clean(c, r->reason));
	if (*r->exposure != '\0')
		line(c, 4, text_of(c, _("Because of: %s."), clean(c, r->exposure)));
	if (*r->booked != '\0')
		line(c, 4, text_of(c, _("Booked for %s: %s."), clean(c, r->booked_on), clean(c, r->booked)));
	line(c, 4, origin(c, r));
	beside_text(c, rows, r->item, 4);
}

int
cmd_plan_due(struct cli *c)
{
	static const char *const heads[] = { _("Overdue"), _("Due"), _("Next"), _("Done"), _("Skipped") };
	struct ac_careplan p;
	struct beside rows = { NULL, 0 };
	bool none = false;
	int rc = read_plan(c, &p, args_value(c, "on"), &none);

	if (rc != 0 || none || (!c->json && (rc = beside_read(c, &rows, &p)) != 0))
		return rc;
	if (!c->json)
		notes_text(c, &p.plan);
	for (size_t i = 0; i < p.plan.nrows; i++) {
		const struct ac_plan_row *r = &p.plan.rows[i];

		if (c->json) {
			due_json(r);
			continue;
		}
		if (i == 0 || r->state != p.plan.rows[i - 1].state)
			line(c, 0, heads[r->state]);
		due_text(c, r, &rows);
	}
	return DONE;
}
