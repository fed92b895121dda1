/* SPDX-License-Identifier: ISC */
/* Care plans: what their commands tell in the same words. */
#include "cli.h"

#include <string.h>

void
plan_text_line(struct cli *c, int indent, const char *s)
{
	out_line(c, indent, text_of(c, "%*s%s", indent, "", s));
}

int
plan_text_read(struct cli *c, struct ac_careplan *p, const char *on, bool *none)
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

int
plan_text_newer(struct cli *c, struct ac_careplan_update *u, const struct ac_careplan *p)
{
	enum ac_err err = ac_careplan_newer(u, &c->arena, p, &c->fault);

	for (size_t i = 0; err == AC_OK && i < u->n; i++)
		note(c, _("Edition %u of %s is here, and the plan follows edition %u: `aftercare plan update` shows what it changes,"
			" and asks."), (unsigned)u->newer[i].to->edition, u->newer[i].to->name, (unsigned)u->newer[i].from->edition);
	return err != AC_OK ? fail(c, err) : 0;
}

/* With what it is about, which is a name or a date. */
static const char *
said(struct cli *c, const struct ac_plan_note *n)
{
	int64_t ms;

	if (*n->about == '\0')
		return n->text;
	return text_of(c, _("%s (%s)"), n->text, clean(c, ac_time_read(n->about, &ms) ? date_shown(c, n->about) : n->about));
}

void
plan_text_notes(struct cli *c, const struct ac_plan *p)
{
	for (size_t i = 0; i < p->nnotes; i++)
		plan_text_line(c, 0, said(c, &p->notes[i]));
}

void
plan_text_aside(struct cli *c, const struct ac_plan *p)
{
	for (size_t i = 1; i < p->nnotes; i++) /* the first is about every plan */
		note(c, "%s", said(c, &p->notes[i]));
}

const char *
plan_text_origin(struct cli *c, const struct ac_plan_row *r)
{
	if (*r->by != '\0' && !r->reviewed && strcmp(r->source, r->by) == 0)
		return text_of(c, _("Set by %s."), clean(c, r->by));
	if (*r->by != '\0' && strcmp(r->source, r->by) == 0)
		return text_of(c, _("Set by %s, of the care team."), clean(c, r->by));
	return text_of(c, r->reviewed ? _("Source: %s.") : _("Source: %s; this line was not compared with it."),
		clean(c, r->source));
}

const char *
plan_text_window(struct cli *c, const struct ac_plan_row *r)
{
	if (*r->due == '\0')
		return "";
	if (strcmp(r->from, r->until) == 0)
		return text_of(c, _("On %s."), date_shown(c, r->due));
	return text_of(c, _("Due %s; from %s until %s counts."), date_shown(c, r->due), date_shown(c, r->from), date_shown(c, r->until));
}

const char *
plan_text_done(struct cli *c, const struct ac_careplan *p, const struct ac_plan_row *r)
{
	const char *title = "", *day = "", *start;
	const struct ac_val *doc;

	for (size_t i = 0; i < p->input.ndocs; i++)
		if (strcmp(p->input.docs[i].ref, r->satisfied_by) == 0) {
			doc = p->input.docs[i].body;
			start = ac_val_str(doc, "start");
			title = ac_doc_said(&c->arena, doc);
			day = date_shown(c, start != NULL ? start : ac_doc_date(&c->arena, doc)); /* an Appointment has a start alone */
			break;
		}
	title = *title != '\0' ? text_of(c, _("%s (%s)"), clean(c, title), clean(c, r->satisfied_by)) : clean(c, r->satisfied_by);
	if (*r->due == '\0')
		return text_of(c, _("Done %s: %s."), clean(c, day), title);
	return text_of(c, _("Was due %s. Done %s: %s."), date_shown(c, r->due), clean(c, day), title);
}

void
plan_text_row(struct ac_buf *b, const struct ac_plan_row *r)
{
	json_str(b, "title", r->title);
	json_str(b, "state", ac_plan_state_name(r->state));
	json_str(b, "due", r->due);
	json_str(b, "from", r->from);
	json_str(b, "until", r->until);
	json_str(b, "reason", r->reason);
	json_str(b, "rule", r->rule);
	json_str(b, "exposure", r->exposure);
	json_str(b, "source", r->source);
}
