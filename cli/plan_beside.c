/* SPDX-License-Identifier: ISC */
/* What a person noted with `add` that stands beside the plan: questions, people, insurance. */
#include "cli.h"

#include <string.h>

struct gather { struct cli *c; struct beside *b; const char *today, *whose; size_t room; enum ac_err err; };

static int
one(void *ctx, const struct ac_row *row)
{
	struct gather *g = ctx;
	struct ac_shown s = { 0 };
	const char *line, *item;
	struct beside_row *more;
	bool other = false;

	g->err = ac_show(&s, &g->c->arena, g->c->space, row->ref, NULL, &g->c->fault);
	if (g->err == AC_ENOTFOUND) {
		g->err = ac_fault_past(&g->c->fault);
	}
	if (g->err != AC_OK || s.body == NULL || (item = ac_form_beside(&line, &g->c->arena, s.body, g->today)) == NULL)
		return g->err != AC_OK;
	g->err = ac_subject_other(&other, &g->c->arena, g->c->space, s.body, g->whose, &g->c->fault);
	if (g->err != AC_OK || other)
		return g->err != AC_OK;
	if (g->b->n == g->room) {
		more = ac_arena_get(&g->c->arena, (g->room * 2 + 16) * sizeof *more);
		if (more == NULL) {
			g->err = AC_ENOMEM;
			return 1;
		}
		if (g->b->n > 0)
			memcpy(more, g->b->rows, g->b->n * sizeof *more);
		g->b->rows = more;
		g->room = g->room * 2 + 16;
	}
	g->b->rows[g->b->n++] = (struct beside_row){ item, text_of(g->c, "%s", row->ref), line };
	return 0;
}

int
beside_read(struct cli *c, struct beside *out, const struct ac_careplan *p)
{
	static const char *const types[] = { "CareTeam", "RelatedPerson", "Task", "Coverage", "MedicationStatement", NULL };
	const struct ac_filter q = { .types = types };
	char today[40];
	struct gather g = { c, out, today, ac_val_str(ac_val_get(p->body, "subject"), "reference"), 0, AC_OK };
	enum ac_err err = date_day(c, today, NULL);

	*out = (struct beside){ NULL, 0 };
	if (err == AC_OK)
		err = ac_list(c->space, &q, one, &g, &c->fault);
	if (err == AC_OK)
		err = g.err;
	return err != AC_OK ? fail(c, err) : 0;
}

void
beside_json(struct ac_buf *b, const struct beside *rows)
{
	json_open(b, "kept", '[');
	for (size_t i = 0; i < rows->n; i++) {
		json_open(b, NULL, '{');
		json_str(b, "item", rows->rows[i].item);
		json_str(b, "ref", rows->rows[i].ref);
		json_str(b, "text", rows->rows[i].text);
		json_close(b, '}');
	}
	json_close(b, ']');
}

void
beside_text(struct cli *c, struct beside *rows, const char *item, int indent)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->rows[i].item != NULL && (item == NULL || strcmp(rows->rows[i].item, item) == 0)) {
			out_line(c, indent + 2, text_of(c, "%*s- %s", indent, "", clean(c, rows->rows[i].text)));
			rows->rows[i].item = NULL; /* told */
		}
}
