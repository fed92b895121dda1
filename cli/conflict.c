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

/* ------------------------------------------------------------ in sentences */

static const char *
who(struct cli *c, const struct ac_disputed_side *s)
{
	const char *author = clean(c, s->author);

	return s->device != NULL && *s->device != '\0' ? text_of(c, _("%s on %s"), author, clean(c, s->device)) : author;
}

static const char *
who_when(struct cli *c, const struct ac_disputed_side *s)
{
	return s->time != 0 ? text_of(c, _("%s, %s"), who(c, s), date_words(c, s->time)) : who(c, s);
}

static const char *
document(struct cli *c, const struct ac_disputed *d)
{
	return *d->subject != '\0' ? text_of(c, _("%s (%s)"), clean(c, d->subject), clean(c, d->ref)) : clean(c, d->ref);
}

static enum ac_err
parts_of(struct cli *c, const struct ac_part **parts, size_t *n, const struct ac_disputed *d)
{
	const struct ac_val **values = ac_arena_get(&c->arena, d->nsides * sizeof *values);

	if (values == NULL)
		return AC_ENOMEM;
	for (size_t i = 0; i < d->nsides; i++)
		values[i] = d->sides[i].whole;
	return ac_say_parts(parts, n, &c->arena, d->type, d->path, d->fields, values, d->nsides);
}

/* "10 mg by Ana on phone, yesterday 14:02; 20 mg by Dr Lee, today 09:10": of the sides
 * that are proposed, or of the others. */
static const char *
sides_text(struct cli *c, const struct ac_disputed *d, const struct ac_part *p, bool proposed)
{
	const char *out = "";

	for (size_t i = 0; i < d->nsides; i++) {
		const struct ac_disputed_side *s = &d->sides[i];
		const char *one;

		if (s->proposed != proposed)
			continue;
		one = text_of(c, _("%s by %s"), clean(c, p->text[i]), who_when(c, s));
		out = *out != '\0' ? text_of(c, _("%s; %s"), out, one) : one;
	}
	return out;
}

static bool
news(const struct ac_disputed *d, const struct ac_part *p, size_t side)
{
	for (size_t i = 0; i < d->nsides; i++)
		if (!d->sides[i].proposed && strcmp(p->text[i], p->text[side]) != 0)
			return true;
	return false;
}

static void
proposal_lines(struct cli *c, const struct ac_disputed *d, const struct ac_part *p)
{
	for (size_t i = 0; i < d->nsides; i++)
		if (d->sides[i].proposed && news(d, p, i))
			out_line(c, 4, text_of(c, _("  %s proposes: %s %s; now %s"), clean(c, d->sides[i].author),
				clean(c, p->label), clean(c, p->text[i]), sides_text(c, d, p, false)));
}

static enum ac_err
atom_lines(struct cli *c, const struct ac_disputed *d)
{
	const struct ac_part *parts = NULL;
	size_t n = 0;
	enum ac_err err = parts_of(c, &parts, &n, d);

	for (size_t i = 0; i < n && err == AC_OK; i++)
		if (d->proposal)
			proposal_lines(c, d, &parts[i]);
		else
			out_line(c, 4, text_of(c, _("  %s: %s"), clean(c, parts[i].label), sides_text(c, d, &parts[i], false)));
	return err;
}

static const char *
takes(struct cli *c, const struct ac_disputed *d)
{
	const char *out = "";

	for (size_t i = 0; i < d->nsides; i++) {
		const char *v = short_version(c, d->sides[i].version);

		out = *out != '\0' ? text_of(c, _("%s or %s"), out, v) : v;
	}
	return out;
}

static enum ac_err
atom_text(struct cli *c, const struct ac_disputed *d)
{
	const char *what = document(c, d);
	enum ac_err err;

	out_line(c, 2, d->proposal ? text_of(c, _("%s: a proposal, yours is shown until you choose"), what)
		: d->safety ? text_of(c, _("%s: a conflict, nobody's value is shown until you choose"), what)
		: text_of(c, _("%s: a conflict, the later value is shown until you choose"), what));
	err = atom_lines(c, d);
	out_line(c, 4, text_of(c, _("  to choose: aftercare resolve %s (--take %s)"), clean(c, d->ref), takes(c, d)));
	return err;
}

static int
each_lines(void *ctx, const struct ac_disputed *d)
{
	struct printing *p = ctx;

	p->err = atom_lines(p->c, d);
	return p->err != AC_OK;
}

enum ac_err
disputes_print(struct cli *c, const char *ref)
{
	struct printing p = { .c = c };
	enum ac_err err = ac_conflicts(c->space, ref, each_lines, &p, &c->fault);

	return err == AC_OK ? p.err : err;
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
struct choosing { struct cli *c; struct chosen *first, **last; size_t n, of; enum ac_err err; };

static void
ask_line(struct cli *c, int indent, const char *line)
{
	prompt_say(text_wrap(c, line, prompt_width(), indent));
}

static enum ac_err
show_sides(struct choosing *q, const struct ac_disputed *d)
{
	struct cli *c = q->c;
	const struct ac_part *parts = NULL;
	size_t n = 0;
	enum ac_err err = parts_of(c, &parts, &n, d);

	ask_line(c, 0, q->of > 1 ? text_of(c, _("%zu of %zu: %s"), q->n, q->of, document(c, d)) : document(c, d));
	for (size_t i = 0; i < d->nsides && err == AC_OK; i++) {
		const char *by = who_when(c, &d->sides[i]);

		ask_line(c, 4, !d->proposal ? text_of(c, _(" %zu  by %s"), i + 1, by)
			: d->sides[i].proposed ? text_of(c, _(" %zu  proposed by %s"), i + 1, by)
			: text_of(c, _(" %zu  now, by %s"), i + 1, by));
		for (size_t k = 0; k < n; k++)
			ask_line(c, 6, text_of(c, _("    %s: %s"), clean(c, parts[k].label), clean(c, parts[k].text[i])));
	}
	return err;
}

/* A side's number; 0: it is none. */
static size_t
number_of(const char *s, size_t most)
{
	char *end;
	unsigned long n;

	s += strspn(s, " ");
	if (*s < '0' || *s > '9')
		return 0;
	n = strtoul(s, &end, 10);
	return end[strspn(end, " ")] == '\0' && n <= most ? n : 0;
}

static enum ac_err
ask_number(struct cli *c, size_t *out, const struct ac_disputed *d)
{
	const char *ask = text_of(c, _("Which? 1-%zu, q to leave: "), d->nsides);
	struct ac_buf line = { 0 };
	enum ac_err err = AC_OK;

	for (*out = 0; *out == 0 && err == AC_OK; ) {
		bool left = prompt_line(c, &line, ask, false) != AC_OK;

		if (left)
			prompt_say("\n");
		if (left || line.len == 0 || strcmp((const char *)line.p, "q") == 0)
			err = ac_fault(&c->fault, AC_EREFUSED, "%s", _("Nothing was settled; the dispute stays open."));
		else
			*out = number_of((const char *)line.p, d->nsides);
	}
	ac_buf_free(&line);
	return err;
}

static int
ask_side(void *ctx, const struct ac_disputed *d)
{
	struct choosing *q = ctx;
	struct chosen *pick = ac_arena_get(&q->c->arena, sizeof *pick);
	size_t n;

	q->n++;
	q->err = pick == NULL ? AC_ENOMEM : show_sides(q, d);
	if (q->err == AC_OK)
		q->err = ask_number(q->c, &n, d);
	if (q->err != AC_OK)
		return 1;
	pick->path = ac_arena_text(&q->c->arena, d->path, strlen(d->path));
	pick->version = ac_arena_text(&q->c->arena, d->sides[n - 1].version, strlen(d->sides[n - 1].version));
	*q->last = pick;
	q->last = &pick->next;
	return 0;
}

static int
count_side(void *ctx, const struct ac_disputed *d)
{
	(void)d;
	((struct choosing *)ctx)->of++;
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
	err = ac_conflicts(c->space, ref, count_side, &q, &c->fault);
	if (err == AC_OK)
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
