/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <string.h>

struct pasts { struct cli *c; struct table *table; const char *ref; size_t n; enum ac_err err; };

#define TOLD 50 /* versions whose changes are told: each is read again, and the one before it */

/* What a removed device wrote late is told from the record itself. */
static const char *
what(struct cli *c, const struct ac_past *p)
{
	char s[64];
	int n = snprintf(s, sizeof s, _("%s (after removal)"), p->op);

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

/* ------------------------------------------------------------------- changes */

static const char *
type_of(struct cli *c, const char *ref)
{
	return text_of(c, "%.*s", (int)strcspn(ref, "/"), ref);
}

static void
change_line(struct cli *c, const struct ac_part *p, const char *from, const char *to, int indent)
{
	const char *line = text_of(c, _("%s: %s, then %s"), clean(c, p->label), clean(c, from), clean(c, to));

	out_line(c, indent + 2, text_of(c, "%*s%s", indent, "", line));
}

static enum ac_err
changes_text(struct cli *c, struct ac_arena *a, const char *ref, const struct ac_change *changes, size_t n, int indent)
{
	const struct ac_part *parts = NULL;
	size_t nparts = 0;
	enum ac_err err = ac_say_changes(&parts, &nparts, a, type_of(c, ref), changes, n);

	for (size_t i = 0; i < nparts && err == AC_OK; i++)
		change_line(c, &parts[i], parts[i].text[0], parts[i].text[1], indent);
	return err;
}

/* A version that joins several: "dose: 10 mg or 20 mg, then 20 mg". */
static enum ac_err
joined_text(struct cli *c, struct ac_arena *a, const char *ref, const struct ac_past *p)
{
	const struct ac_val **sides = ac_arena_get(a, (p->nparents + 1) * sizeof *sides);
	const struct ac_part *parts = NULL;
	struct ac_shown s;
	size_t n = 0;
	enum ac_err err = sides != NULL ? AC_OK : AC_ENOMEM;

	for (size_t i = 0; i <= p->nparents && err == AC_OK; i++) {
		s = (struct ac_shown){ 0 };
		err = ac_show(&s, a, c->space, ref, i < p->nparents ? p->parents[i] : p->version, &c->fault);
		if (err == AC_OK)
			sides[i] = s.body;
	}
	if (err == AC_OK)
		err = ac_say_parts(&parts, &n, a, type_of(c, ref), "", false, sides, p->nparents + 1);
	for (size_t i = 0; i < n && err == AC_OK; i++) {
		const char *from = clean(c, parts[i].text[0]);

		for (size_t k = 1; k < p->nparents; k++)
			if (strcmp(parts[i].text[k], parts[i].text[k - 1]) != 0)
				from = text_of(c, _("%s or %s"), from, clean(c, parts[i].text[k]));
		change_line(c, &parts[i], from, parts[i].text[p->nparents], 10);
	}
	return err;
}

/* What a version changed. What it builds on may not be here, or be nobody's to see. */
static enum ac_err
told(struct pasts *h, const struct ac_past *p)
{
	struct cli *c = h->c;
	const struct ac_change *changes = NULL;
	struct ac_arena a = { 0 }; /* bodies are let go with each version */
	size_t n = 0;
	enum ac_err err;

	if (p->nparents == 0 || p->nparents > 8)
		return AC_OK;
	if (p->nparents > 1)
		err = joined_text(c, &a, h->ref, p);
	else if ((err = ac_compare(&changes, &n, &a, c->space, h->ref, p->parents[0], p->version, &c->fault)) == AC_OK)
		err = changes_text(c, &a, h->ref, changes, n, 10);
	ac_arena_free(&a);
	if (err != AC_ENOTFOUND && err != AC_EREFUSED)
		return err;
	return ac_fault_past(&c->fault);
}

/* -------------------------------------------------------------------- history */

static const char *
done(struct cli *c, const char *op, const char *by)
{
	return strcmp(op, "import") == 0 ? text_of(c, _("taken in from %s"), by)
		: strcmp(op, "put") == 0 ? text_of(c, _("written by %s"), by)
		: strcmp(op, "set") == 0 ? text_of(c, _("changed by %s"), by)
		: strcmp(op, "edit") == 0 ? text_of(c, _("edited by %s"), by)
		: strcmp(op, "rm") == 0 ? text_of(c, _("deleted by %s"), by)
		: strcmp(op, "revert") == 0 ? text_of(c, _("brought back by %s"), by)
		: strcmp(op, "resolve") == 0 ? text_of(c, _("settled by %s"), by)
		: strcmp(op, "contribute") == 0 ? text_of(c, _("contributed by %s"), by)
		: text_of(c, _("%s by %s"), clean(c, op), by);
}

/* "3271b1c9  today 09:10, changed by Ana on phone", and below it what that was. */
static enum ac_err
past_text(struct pasts *h, const struct ac_past *p)
{
	struct cli *c = h->c;
	const char *by = clean(c, p->author), *line;

	if (p->device != NULL && *p->device != '\0')
		by = text_of(c, _("%s on %s"), by, clean(c, p->device));
	line = done(c, p->op, by);
	if (p->time != 0)
		line = text_of(c, _("%s, %s"), date_words(c, p->time), line);
	if (p->late)
		line = text_of(c, _("%s (after removal: no part of the record)"), line);
	out_line(c, 10, text_of(c, "%s  %s", short_version(c, p->version), line));
	return h->n++ < TOLD ? told(h, p) : AC_OK;
}

static int
history_row(void *ctx, const struct ac_past *p)
{
	struct pasts *h = ctx;
	struct ac_buf *b = out_buf();

	if (!h->c->json) {
		h->err = past_text(h, p);
		out_row_end();
		return h->err != AC_OK;
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
	struct pasts h = { .c = c };
	char ref[AC_REF_MAX];
	enum ac_err err;
	int rc;

	if ((rc = home_space(c)) != 0 || (rc = home_ref(c, ref, c->args.words[0], false)) != 0)
		return rc;
	h.ref = ref;
	err = ac_history(c->space, ref, history_row, &h, &c->fault);
	if (err == AC_OK)
		err = h.err;
	if (err != AC_OK)
		return fail(c, err);
	if (h.n > TOLD && !c->json)
		out_line(c, 0, text_of(c, _("What changed is told of the newest %d of %zu versions; `aftercare diff %s V1 V2` tells it of any two."),
			TOLD, h.n, clean(c, ref)));
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
	struct pasts h = { .c = c };
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
		err = changes_text(c, &c->arena, ref, changes, n, 0);
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
	const struct ac_wrote *w;
	enum ac_err err;
	size_t n;
	int rc = home_space(c);

	if (rc != 0)
		return rc;
	err = ac_undo(&w, &n, &c->arena, c->space, &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	for (size_t i = 0; i < (c->json ? 1 : n); i++)
		rc = wrote(c, &w[i], "Took back the last write of");
	return rc;
}
