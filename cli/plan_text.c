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

void
plan_text_notes(struct cli *c, const struct ac_plan *p)
{
	for (size_t i = 0; i < p->nnotes; i++)
		plan_text_line(c, 0, *p->notes[i].about != '\0' ? text_of(c, "%s (%s)", p->notes[i].text, clean(c, p->notes[i].about))
			: p->notes[i].text);
}

void
plan_text_aside(struct cli *c, const struct ac_plan *p)
{
	for (size_t i = 1; i < p->nnotes; i++) /* the first is about every plan */
		note(c, *p->notes[i].about != '\0' ? "%s (%s)" : "%s%s", p->notes[i].text, clean(c, p->notes[i].about));
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
		return text_of(c, _("On %s."), r->due);
	return text_of(c, _("Due %s; from %s until %s counts."), r->due, r->from, r->until);
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
