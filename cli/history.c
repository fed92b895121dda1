/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <string.h>

struct pasts { struct cli *c; struct table *table; };

/* What a removed device wrote late is told from the record itself. */
static const char *
what(struct cli *c, const struct ac_past *p)
{
	char s[64];
	int n = snprintf(s, sizeof s, "%s (after removal)", p->op);

	return p->late && n > 0 ? ac_arena_text(&c->arena, s, (size_t)n) : p->op;
}

static void
late_json(struct ac_buf *b, const struct ac_past *p)
{
	if (p->late)
		json_bool(b, "late", true);
	json_close(b, '}');
	json_row_end(b);
}

static int
history_row(void *ctx, const struct ac_past *p)
{
	struct pasts *h = ctx;
	struct ac_buf *b = out_buf();

	if (!h->c->json) {
		table_row(h->table, (const char *[]){ short_version(h->c, p->version),
			p->time == 0 ? "" : date_text(h->c, p->time), what(h->c, p), p->author, p->device });
		return 0;
	}
	json_open(b, NULL, '{');
	json_str(b, "version", p->version);
	json_hex_list(b, "parents", p->parents, p->nparents);
	json_time(b, "time", p->time);
	json_str(b, "author", p->author);
	json_str(b, "device", p->device);
	json_str(b, "op", p->op);
	late_json(b, p);
	return 0;
}

int
cmd_history(struct cli *c)
{
	struct pasts h = { c, NULL };
	char ref[AC_REF_MAX];
	enum ac_err err;
	int rc;

	if ((rc = home_space(c)) != 0 || (rc = home_ref(c, ref, c->args.words[0], false)) != 0)
		return rc;
	if (!c->json)
		h.table = table_new(c, "*Version|Time|What|By|Device");
	err = ac_history(c->space, ref, history_row, &h, &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	table_print(h.table, false);
	return DONE;
}

static int
log_row(void *ctx, const struct ac_past *p)
{
	struct pasts *h = ctx;
	struct ac_buf *b = out_buf();

	if (!h->c->json) {
		table_row(h->table, (const char *[]){ p->time == 0 ? "" : date_text(h->c, p->time), what(h->c, p),
			p->ref, p->author, p->device, short_version(h->c, p->version) });
		return 0;
	}
	json_open(b, NULL, '{');
	json_time(b, "time", p->time);
	json_str(b, "author", p->author);
	json_str(b, "device", p->device);
	json_str(b, "op", p->op);
	json_str(b, "ref", p->ref);
	json_str(b, "version", p->version);
	late_json(b, p);
	return 0;
}

int
cmd_log(struct cli *c)
{
	struct pasts h = { c, NULL };
	uint64_t limit = 0;
	enum ac_err err;
	int rc = args_limit(c, &limit);

	if (rc != 0 || (rc = home_space(c)) != 0)
		return rc;
	if (!c->json)
		h.table = table_new(c, "Time|What|*Ref|By|Device|*Version");
	err = args_flag(c, "late") ? ac_late(c->space, limit, log_row, &h, &c->fault)
		: ac_log(c->space, limit, log_row, &h, &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	table_print(h.table, false);
	return DONE;
}

static enum ac_err
changes_text(struct cli *c, const char *ref, const struct ac_change *changes, size_t n)
{
	const char *type = text_of(c, "%.*s", (int)strcspn(ref, "/"), ref);
	const struct ac_part *parts = NULL;
	size_t nparts = 0;
	enum ac_err err = ac_say_changes(&parts, &nparts, &c->arena, type, changes, n);

	for (size_t i = 0; i < nparts && err == AC_OK; i++)
		out_line(c, 2, text_of(c, _("%s: %s, then %s"), clean(c, parts[i].label), clean(c, parts[i].text[0]),
			clean(c, parts[i].text[1])));
	return err;
}

static enum ac_err
change_json(struct cli *c, const struct ac_change *ch, const char *ref)
{
	struct ac_buf *b = out_buf();
	enum ac_err err;

	json_open(b, NULL, '{');
	json_str(b, "path", ch->path);
	err = json_val(c, b, "from", ch->from, ref);
	if (err == AC_OK)
		err = json_val(c, b, "to", ch->to, ref);
	json_close(b, '}');
	json_row_end(b);
	return err;
}

int
cmd_diff(struct cli *c)
{
	const char *v1 = c->args.words[1], *v2 = c->args.n > 2 ? c->args.words[2] : NULL;
	const struct ac_change *changes = NULL;
	char ref[AC_REF_MAX];
	size_t n = 0;
	enum ac_err err;
	int rc;

	if ((rc = home_version(c, v1)) != 0 || (v2 != NULL && (rc = home_version(c, v2)) != 0))
		return rc;
	if ((rc = home_space(c)) != 0 || (rc = home_ref(c, ref, c->args.words[0], false)) != 0)
		return rc;
	err = ac_compare(&changes, &n, &c->arena, c->space, ref, v1, v2, &c->fault);
	if (err == AC_OK && !c->json)
		err = changes_text(c, ref, changes, n);
	for (size_t i = 0; i < n && err == AC_OK && c->json; i++)
		err = change_json(c, &changes[i], ref);
	return err == AC_OK ? DONE : fail(c, err);
}

int
cmd_revert(struct cli *c)
{
	struct ac_wrote w = { 0 };
	char ref[AC_REF_MAX];
	enum ac_err err;
	int rc;

	if ((rc = home_version(c, c->args.words[1])) != 0 || (rc = home_space(c)) != 0
	    || (rc = home_ref(c, ref, c->args.words[0], true)) != 0)
		return rc;
	err = ac_revert(&w, c->space, ref, c->args.words[1], &c->fault);
	return err != AC_OK ? fail(c, err) : wrote(c, &w, "Reverted");
}

int
cmd_undo(struct cli *c)
{
	struct ac_wrote w = { 0 };
	enum ac_err err;
	int rc = home_space(c);

	if (rc != 0)
		return rc;
	err = ac_undo(&w, c->space, &c->fault);
	return err != AC_OK ? fail(c, err) : wrote(c, &w, "Took back the last write of");
}
