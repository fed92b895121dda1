/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct printing { struct cli *c; size_t n; enum ac_err err; };

static enum ac_err
atom_json(struct cli *c, const struct ac_disputed *d)
{
	struct ac_buf *b = out_buf();
	enum ac_err err = AC_OK;

	json_open(b, NULL, '{');
	json_str(b, "ref", d->ref);
	json_str(b, "path", d->path);
	json_str(b, "kind", d->proposal ? "proposal" : "conflict");
	json_bool(b, "safety", d->safety);
	json_open(b, "sides", '[');
	for (size_t i = 0; i < d->nsides && err == AC_OK; i++) {
		const struct ac_disputed_side *s = &d->sides[i];

		json_open(b, NULL, '{');
		json_str(b, "version", s->version);
		json_str(b, "author", s->author);
		json_str(b, "device", s->device);
		json_time(b, "time", s->time);
		err = json_val(c, b, "value", s->value, d->ref);
		json_close(b, '}');
	}
	json_close(b, ']');
	json_close(b, '}');
	json_row_end(b);
	return err;
}

static enum ac_err
value_line(struct cli *c, const struct ac_disputed *d, size_t i)
{
	const struct ac_disputed_side *s = &d->sides[i];
	struct ac_buf b = { .max = SIZE_MAX / 2 };
	enum ac_err err = AC_OK;

	if (s->value != NULL)
		err = json_val(c, &b, NULL, s->value, d->ref);
	if (err == AC_OK)
		out_printf("  %zu  %s%s%s, %s, version %s\n     %s\n", i + 1, clean(c, s->author),
			s->device != NULL && *s->device != '\0' ? " on " : "", clean(c, s->device), date_text(c, s->time),
			short_version(c, s->version), s->value == NULL ? (*d->path == '\0' ? "(deleted)" : "(nothing)")
			: clean_lines(c, (const char *)b.p, b.len, "     "));
	ac_buf_free(&b);
	return err;
}

static enum ac_err
atom_text(struct cli *c, const struct ac_disputed *d)
{
	enum ac_err err = AC_OK;

	out_printf("%s %s: %s%s\n", clean(c, d->ref), *d->path != '\0' ? clean(c, d->path) : "(the whole document)",
		d->proposal ? "a proposal, yours is shown until you choose" : "a conflict",
		d->safety && !d->proposal ? ", nobody's value is shown until you choose" : "");
	for (size_t i = 0; i < d->nsides && err == AC_OK; i++)
		err = value_line(c, d, i);
	return err;
}

static int
each_atom(void *ctx, const struct ac_disputed *d)
{
	struct printing *p = ctx;

	p->n++;
	p->err = p->c->json ? atom_json(p->c, d) : atom_text(p->c, d);
	return p->err != AC_OK;
}

int
cmd_conflicts(struct cli *c)
{
	struct printing p = { .c = c };
	char ref[AC_REF_MAX];
	enum ac_err err;
	int rc = home_space(c);

	if (rc == 0 && c->args.n > 0)
		rc = home_ref(c, ref, c->args.words[0], false);
	if (rc != 0)
		return rc;
	err = ac_conflicts(c->space, c->args.n > 0 ? ref : NULL, each_atom, &p, &c->fault);
	if (err == AC_OK)
		err = p.err;
	if (err != AC_OK)
		return fail(c, err);
	if (p.n == 0 && !c->json && out_terminal())
		note(c, "No conflicts and no proposals.");
	return DONE;
}

/* ------------------------------------------------------- choosing by number */

struct chosen { char *path, *version; struct chosen *next; };
struct choosing { struct cli *c; struct chosen *first, **last; enum ac_err err; };

/* Shows what stands in the out buffer at once: here it is a question. */
static void
show_question(struct ac_buf *b)
{
	fwrite(b->p, 1, b->len, stderr);
	ac_buf_reset(b);
}

static int
ask_side(void *ctx, const struct ac_disputed *d)
{
	struct choosing *q = ctx;
	struct ac_buf line = { 0 };
	struct chosen *pick = ac_arena_get(&q->c->arena, sizeof *pick);
	unsigned long n = 0;
	char ask[64];

	q->err = pick == NULL ? AC_ENOMEM : atom_text(q->c, d);
	show_question(out_buf());
	snprintf(ask, sizeof ask, "Which one (1 to %zu, nothing to leave)? ", d->nsides);
	while (q->err == AC_OK && (n < 1 || n > d->nsides)) {
		q->err = prompt_line(q->c, &line, ask, false);
		if (q->err == AC_OK && line.len == 0)
			q->err = ac_fault(&q->c->fault, AC_EREFUSED, "Nothing was settled; the dispute stays open.");
		if (q->err == AC_OK)
			n = strtoul((const char *)line.p, NULL, 10);
	}
	ac_buf_free(&line);
	if (q->err != AC_OK)
		return 1;
	pick->path = ac_arena_text(&q->c->arena, d->path, strlen(d->path));
	pick->version = ac_arena_text(&q->c->arena, d->sides[n - 1].version, strlen(d->sides[n - 1].version));
	*q->last = pick;
	q->last = &pick->next;
	return 0;
}

static bool
all_one(const struct chosen *first)
{
	for (const struct chosen *p = first; p != NULL; p = p->next)
		if (strcmp(p->version, first->version) != 0)
			return false;
	return true;
}

/* The merged document with each atom as it was chosen. */
static enum ac_err
compose(struct cli *c, const struct ac_val **out, const char *ref, const struct chosen *first)
{
	struct ac_shown now = { 0 };
	enum ac_err err = ac_show(&now, &c->arena, c->space, ref, NULL, &c->fault);
	const struct ac_val *body = now.merged != NULL ? now.merged : now.body;

	for (const struct chosen *p = first; err == AC_OK && p != NULL; p = p->next) {
		struct ac_shown side = { 0 };

		err = ac_show(&side, &c->arena, c->space, ref, p->version, &c->fault);
		if (err == AC_OK)
			err = ac_view_take(&body, &c->arena, now.type, body, p->path, side.body, &c->fault);
	}
	if (err == AC_OK && body == NULL)
		err = ac_fault(&c->fault, AC_EUSAGE, "A deletion cannot be mixed with other fields; choose one side for all.");
	*out = body;
	return err;
}

static enum ac_err
resolve_composed(struct cli *c, struct ac_wrote *w, const char *ref, const struct chosen *first)
{
	struct ac_blob_source blobs = ac_space_blobs(c->space);
	struct ac_buf json = { .max = SIZE_MAX / 2 };
	const struct ac_val *body = NULL;
	enum ac_err err = compose(c, &body, ref, first);

	if (err == AC_OK)
		err = ac_json_write(&json, body, &blobs, &c->fault);
	if (err == AC_OK)
		err = ac_resolve(w, c->space, ref, NULL, NULL, 0, json.p, json.len, write_flags(c), &c->fault);
	ac_buf_free(&json);
	return err;
}

static int
resolve_asking(struct cli *c, const char *ref)
{
	struct choosing q = { .c = c, .last = &q.first };
	struct ac_wrote w = { 0 };
	enum ac_err err;

	if (!prompt_there())
		return fail_with(c, USAGE, "`resolve` needs --take V, --edit or PATH=VALUE where there is no terminal to ask on.");
	err = ac_conflicts(c->space, ref, ask_side, &q, &c->fault);
	if (err == AC_OK)
		err = q.err;
	if (err != AC_OK)
		return fail(c, err);
	if (q.first == NULL)
		return fail_with(c, FAILED, "%s is not in dispute; there is nothing to resolve.", ref);
	if (all_one(q.first))
		err = ac_resolve(&w, c->space, ref, q.first->version, NULL, 0, NULL, 0, write_flags(c), &c->fault);
	else
		err = resolve_composed(c, &w, ref, q.first);
	return err != AC_OK ? fail(c, err) : wrote(c, &w, "Settled");
}

int
cmd_resolve(struct cli *c)
{
	const char *take = args_value(c, "take"), **sets = NULL;
	bool edit = args_flag(c, "edit");
	struct ac_wrote w = { 0 };
	char ref[AC_REF_MAX];
	size_t n = 0;
	enum ac_err err;
	int rc;

	if (edit && (take != NULL || c->args.n > 1))
		return fail_with(c, USAGE, "`resolve --edit` stands alone; leave --take and the fields out.");
	if (take != NULL && (rc = home_version(c, take)) != 0)
		return rc;
	if (c->args.n > 1 && (rc = sets_of(c, 1, &sets, &n)) != 0)
		return rc;
	if ((rc = home_space(c)) != 0 || (rc = home_ref(c, ref, c->args.words[0], true)) != 0)
		return rc;
	if (edit)
		return edit_document(c, ref, true);
	if (take == NULL && n == 0)
		return resolve_asking(c, ref);
	err = ac_resolve(&w, c->space, ref, take, sets, n, NULL, 0, write_flags(c), &c->fault);
	return err != AC_OK ? fail(c, err) : wrote(c, &w, "Settled");
}
