/* SPDX-License-Identifier: ISC */
/* Care plans: newer editions of the templates. What they change is shown before they are taken. */
#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where the changes are told: the answer, or the terminal on which is asked. */
struct telling { struct cli *c; bool asks; };

static void
tell(const struct telling *t, int indent, const char *s)
{
	struct cli *c = t->c;

	if (t->asks)
		prompt_say(text_wrap(c, text_of(c, "%*s%s", indent, "", s), prompt_width(), indent));
	else
		plan_text_line(c, indent, s);
}

static const struct ac_plan_row *
worded(struct cli *c, const struct ac_plan_row *r)
{
	struct ac_plan_row *said = ac_arena_get(&c->arena, sizeof *said);

	if (said == NULL)
		return r;
	*said = *r;
	return ac_plan_words_row(said, &c->arena) == AC_OK ? said : r;
}

static const char *
title(struct cli *c, const struct ac_plan_row *r)
{
	return text_of(c, "%s (%s)", clean(c, _(r->title)), clean(c, r->item));
}

/* What an item says, when it comes or goes. */
static void
tell_item(const struct telling *t, const struct ac_plan_row *r)
{
	struct cli *c = t->c;

	r = worded(c, r);
	if (*r->due != '\0')
		tell(t, 4, plan_text_window(c, r));
	if (*r->rule != '\0')
		tell(t, 4, clean(c, r->rule));
	if (*r->reason != '\0')
		tell(t, 4, clean(c, r->reason));
	if (*r->exposure != '\0')
		tell(t, 4, text_of(c, _("Because of: %s."), clean(c, r->exposure)));
	tell(t, 4, plan_text_origin(c, r));
}

/* A line where the two differ; either may be "". */
AC_PRINTF(4, 5) static void
tell_if(const struct telling *t, const char *was, const char *becomes, const char *fmt, ...)
{
	const char *line;
	va_list ap;

	if (strcmp(was, becomes) == 0)
		return;
	va_start(ap, fmt);
	line = ac_arena_printf(&t->c->arena, fmt, ap);
	va_end(ap);
	if (line == NULL)
		out_lost();
	else
		tell(t, 4, clean(t->c, line));
}

static const char *
dated(struct cli *c, const struct ac_plan_row *r)
{
	return *r->due != '\0' ? plan_text_window(c, r) : _("without a date.");
}

static void
tell_changed(const struct telling *t, const struct ac_plan_change *ch)
{
	struct cli *c = t->c;
	const struct ac_plan_row *x = worded(c, ch->was), *y = worded(c, ch->becomes);
	const char *when[] = { dated(c, x), dated(c, y) };
	const char *from[] = { plan_text_origin(c, x), plan_text_origin(c, y) };

	tell_if(t, x->title, y->title, _("It was called: %s. It will be: %s."), x->title, y->title);
	tell_if(t, x->rule, y->rule, _("The rule was: %s It will be: %s"), x->rule, y->rule);
	tell_if(t, when[0], when[1], _("When it was: %s It will be: %s"), when[0], when[1]);
	tell_if(t, x->reason, y->reason, _("The reason was: %s It will be: %s"), x->reason, y->reason);
	tell_if(t, x->exposure, y->exposure, _("It was there because of: %s. It will be because of: %s."), x->exposure, y->exposure);
	tell_if(t, from[0], from[1], _("%s It will be: %s"), from[0], from[1]);
	if (ch->was_done != ch->becomes_done)
		tell(t, 4, text_of(c, _("Records that count for it: %zu. Then: %zu."), ch->was_done, ch->becomes_done));
}

static void
tell_all(const struct telling *t, const struct ac_careplan_update *u)
{
	struct cli *c = t->c;

	for (size_t i = 0; i < u->n; i++)
		tell(t, 0, text_of(c, _("%s: edition %u is here, and the plan follows edition %u."), u->newer[i].to->name,
			(unsigned)u->newer[i].to->edition, (unsigned)u->newer[i].from->edition));
	if (u->nchanges == 0)
		tell(t, 0, _("It changes nothing in this plan today."));
	for (size_t i = 0; i < u->nchanges; i++) {
		const struct ac_plan_change *ch = &u->changes[i];

		if (ch->was != NULL && ch->becomes != NULL) {
			tell(t, 2, text_of(c, _("Changed: %s"), title(c, ch->becomes)));
			tell_changed(t, ch);
		} else if (ch->was != NULL) {
			tell(t, 2, text_of(c, _("Gone: %s"), title(c, ch->was)));
			tell_item(t, ch->was);
		} else if (ch->becomes != NULL) {
			tell(t, 2, text_of(c, _("New: %s"), title(c, ch->becomes)));
			tell_item(t, ch->becomes);
		}
	}
	tell(t, 0, _("What was done stays in the record, and what you or the care team set stays as it is. Talk about it with"
		" your care team; nobody reviewed it for you."));
}

/* ---------------------------------------------------------------------- JSON */

static void
side_json(struct ac_buf *b, const char *key, const struct ac_plan_row *r, size_t done)
{
	if (r == NULL) {
		json_null(b, key);
		return;
	}
	json_open(b, key, '{');
	plan_text_row(b, r);
	json_str(b, "url", r->url);
	json_bool(b, "reviewed", r->reviewed);
	json_int(b, "done", done);
	json_close(b, '}');
}

static void
changes_json(const struct ac_careplan_update *u)
{
	struct ac_buf *b = out_buf();

	for (size_t i = 0; i < u->nchanges; i++) {
		const struct ac_plan_change *ch = &u->changes[i];

		json_open(b, NULL, '{');
		json_str(b, "item", ch->was != NULL ? ch->was->item : ch->becomes->item);
		json_str(b, "change", ch->was == NULL ? "added" : ch->becomes == NULL ? "removed" : "changed");
		side_json(b, "was", ch->was, ch->was_done);
		side_json(b, "becomes", ch->becomes, ch->becomes_done);
		json_close(b, '}');
		json_row_end(b);
	}
}

int
cmd_plan_update(struct cli *c)
{
	bool dry = args_flag(c, "dry-run");
	struct telling t = { c, !dry && !c->yes && prompt_there() };
	struct ac_careplan_update u;
	struct ac_wrote w = { 0 };
	struct ac_careplan p;
	char today[40];
	enum ac_err err;
	int rc;

	if ((err = date_day(c, today, NULL)) != AC_OK)
		return fail(c, err);
	if ((rc = plan_text_read(c, &p, NULL, NULL)) != 0)
		return rc;
	if ((err = ac_careplan_newer(&u, &c->arena, &p, &c->fault)) != AC_OK)
		return fail(c, err);
	if (u.n == 0 && dry) {
		note(c, _("The plan follows the newest edition of each of its templates."));
		return DONE;
	}
	if (u.n > 0 && c->json && dry)
		changes_json(&u);
	else if (u.n > 0 && (!c->json || t.asks))
		tell_all(&t, &u);
	if (dry)
		return DONE;
	if (u.n > 0 && (rc = prompt_confirm(c, _("The plan would follow the newer edition. `plan update --dry-run` shows what changes.")))
	    != 0)
		return rc;
	err = ac_careplan_update(&w, c->space, today, &c->fault);
	return err != AC_OK ? fail(c, err) : wrote(c, &w, "Changed");
}
