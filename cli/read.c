/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------- list and find */

struct listing {
	struct cli *c;
	struct table *table;
	const char **refs;
	size_t n, cap;
};

static void
row_json(const struct ac_row *r)
{
	struct ac_buf *b = out_buf();

	json_open(b, NULL, '{');
	json_str(b, "ref", r->ref);
	json_str(b, "type", r->type);
	json_str(b, "date", r->date);
	json_str(b, "title", r->title);
	json_str(b, "version", r->version);
	json_bool(b, "conflict", r->conflict);
	json_bool(b, "flagged", r->flagged);
	json_str(b, "author", r->author);
	json_close(b, '}');
	json_row_end(b);
}

static void
remember(struct listing *l, const char *ref)
{
	if (l->n == l->cap) {
		size_t cap = l->cap != 0 ? l->cap * 2 : 64;
		const char **more = ac_arena_get(&l->c->arena, cap * sizeof *more);

		if (more == NULL)
			return;
		if (l->n != 0)
			memcpy(more, l->refs, l->n * sizeof *more);
		l->refs = more;
		l->cap = cap;
	}
	l->refs[l->n++] = ac_arena_text(&l->c->arena, ref, strlen(ref));
}

/* A date as a person reads it: to the minute, as the document's own clock had it. */
static const char *
short_date(struct cli *c, const char *date)
{
	char *s;

	if (strlen(date) < 16 || date[10] != 'T' || (s = ac_arena_text(&c->arena, date, 16)) == NULL)
		return date;
	s[10] = ' ';
	return s;
}

static int
each_row(void *ctx, const struct ac_row *r)
{
	struct listing *l = ctx;
	const char *mark = r->conflict ? "conflict" : r->flagged ? "flagged" : "";

	if (l->c->json) {
		row_json(r);
		return 0;
	}
	table_row(l->table, (const char *[]){ short_date(l->c, r->date), r->ref, r->title, r->author, mark });
	remember(l, r->ref);
	return 0;
}

static int
list_with(struct cli *c, struct ac_filter *q)
{
	struct listing l = { .c = c };
	enum ac_err err;

	if (!c->json)
		l.table = table_new(c, "Date|*Ref|Title|By|");
	err = ac_list(c->space, q, each_row, &l, &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	if (c->json)
		return DONE;
	table_print(l.table, out_terminal() && prompt_there());
	numbers_save(c, l.refs, l.n);
	if (l.n == 0 && out_terminal())
		note(c, "No documents.");
	return DONE;
}

static const char **
types_of(struct cli *c, const char *word)
{
	size_t n = 1, k = 0;
	const char **list;

	for (const char *p = word; *p != '\0'; p++)
		n += *p == ',';
	list = ac_arena_get(&c->arena, (n + 1) * sizeof *list);
	for (const char *p = word; list != NULL; p++) {
		size_t len = strcspn(p, ",");

		if (len > 0)
			list[k++] = ac_arena_text(&c->arena, p, len);
		p += len;
		if (*p == '\0')
			break;
	}
	return list;
}

static int
read_when(struct cli *c, const char *option, char buf[static 40], const char **out)
{
	const char *v = args_value(c, option);
	enum ac_err err;

	if (v == NULL)
		return 0;
	err = date_when(c, buf, v);
	if (err != AC_OK)
		return fail(c, err);
	*out = buf;
	return 0;
}

int
cmd_list(struct cli *c)
{
	struct ac_filter q = { 0 };
	char since[40], until[40];
	int rc;

	if (c->args.n > 0)
		q.types = types_of(c, c->args.words[0]);
	q.code = args_value(c, "code");
	q.flagged = args_flag(c, "flagged");
	if ((rc = args_types(c, q.types)) != 0 || (rc = args_limit(c, &q.limit)) != 0
	    || (rc = read_when(c, "since", since, &q.since)) != 0 || (rc = read_when(c, "until", until, &q.until)) != 0)
		return rc;
	rc = home_space(c);
	if (rc != 0 || (rc = list_with(c, &q)) != 0)
		return rc;
	/* who lists all of a patient's record has seen what was new in it */
	if (c->args.n == 0 && q.code == NULL && q.since == NULL && q.until == NULL && !q.flagged && q.limit == 0
	    && ac_space_shared(c->space))
		(void)!ac_patient_looked(c->space, NULL); /* else it counts as new once more */
	return DONE;
}

/* The words as one text; "-" alone: from standard input. */
static enum ac_err
join_words(struct cli *c, struct ac_buf *b)
{
	enum ac_err err = AC_OK;

	if (c->args.n == 1 && strcmp(c->args.words[0], "-") == 0)
		err = file_read(c, b, "-", "the words");
	else
		for (int i = 0; i < c->args.n && err == AC_OK; i++)
			err = ac_buf_addf(b, "%s%s", i > 0 ? " " : "", c->args.words[i]);
	if (err == AC_OK)
		err = ac_buf_add(b, "", 1);
	if (err == AC_OK && strspn((const char *)b->p, " \t\r\n") == b->len - 1)
		err = ac_fault(&c->fault, AC_EUSAGE, "There is no word to look for; give one or more.");
	return err;
}

int
cmd_find(struct cli *c)
{
	struct ac_filter q = { 0 };
	struct ac_buf words = { 0 };
	enum ac_err err;
	int rc = args_limit(c, &q.limit);

	if (rc != 0)
		return rc;
	err = join_words(c, &words);
	q.words = (const char *)words.p;
	rc = err != AC_OK ? fail(c, err) : home_space(c);
	if (rc == 0)
		rc = list_with(c, &q);
	ac_buf_free(&words);
	return rc;
}

/* ---------------------------------------------------------------------- show */

static enum ac_err
side_json(struct cli *c, const char *ref, const struct ac_shown_side *s)
{
	struct ac_buf *b = out_buf();
	enum ac_err err;

	json_open(b, NULL, '{');
	json_str(b, "version", s->version);
	json_str(b, "author", s->author);
	json_str(b, "device", s->device);
	json_time(b, "time", s->time);
	err = json_val(c, b, "resource", s->body, ref);
	json_close(b, '}');
	return err;
}

static enum ac_err
shown_json(struct cli *c, const struct ac_shown *s)
{
	struct ac_buf *b = out_buf();
	enum ac_err err;

	json_open(b, NULL, '{');
	json_str(b, "ref", s->ref);
	json_str(b, "version", s->version);
	json_hex_list(b, "parents", s->parents, s->nparents);
	json_time(b, "time", s->time);
	json_str(b, "author", s->author);
	json_str(b, "device", s->device);
	json_bool(b, "conflict", s->conflict);
	if (s->late)
		json_bool(b, "late", true);
	err = json_val(c, b, "resource", s->body, s->ref);
	if (s->nsides > 0 && s->body == NULL) {
		json_open(b, "sides", '[');
		for (size_t i = 0; i < s->nsides && err == AC_OK; i++)
			err = side_json(c, s->ref, &s->sides[i]);
		json_close(b, ']');
	}
	json_close(b, '}');
	json_row_end(b);
	return err;
}

static enum ac_err
body_line(struct cli *c, const char *ref, const struct ac_val *body)
{
	struct ac_buf line = { .max = SIZE_MAX / 2 };
	enum ac_err err = AC_OK;

	if (body != NULL)
		err = json_val(c, &line, NULL, body, ref);
	if (err == AC_OK && body != NULL) {
		out_write(line.p, line.len);
		out_printf("\n");
	}
	ac_buf_free(&line);
	return err;
}

static enum ac_err
shown_lines(struct cli *c, const struct ac_shown *s)
{
	enum ac_err err = AC_OK;

	if (s->body != NULL || s->nsides == 0)
		return body_line(c, s->ref, s->body);
	for (size_t i = 0; i < s->nsides && err == AC_OK; i++)
		err = body_line(c, s->ref, s->sides[i].body);
	return err;
}

static void
leaf(struct cli *c, const char *path, const struct ac_val *v)
{
	struct ac_buf num = { 0 };

	switch (v->kind) {
	case AC_STR:
		out_printf("%s: %s\n", path, clean_lines(c, v->s, v->n, "    "));
		break;
	case AC_BIN:
		out_printf("%s: (%lu bytes)\n", path, (unsigned long)v->n);
		break;
	case AC_BLOB:
		out_printf("%s: (%llu bytes, kept as an attachment)\n", path, (unsigned long long)v->blob->size);
		break;
	case AC_LATER:
		out_printf("%s: (of a newer version of aftercare, which shows it)\n", path);
		break;
	default:
		if (ac_json_write(&num, v, NULL, NULL) == AC_OK)
			out_printf("%s: %.*s\n", path, (int)num.len, (const char *)num.p);
		ac_buf_free(&num);
	}
}

/* Each field with the path that `set` takes. */
static void
fields(struct cli *c, const char *path, const struct ac_val *v)
{
	const char *dot = *path != '\0' ? "." : "";
	char *next;

	if (v->kind != AC_MAP && v->kind != AC_ARR) {
		leaf(c, path, v);
		return;
	}
	for (uint32_t i = 0; i < v->n; i++) {
		int n = v->kind == AC_MAP ? asprintf(&next, "%s%s%s", path, dot, clean(c, v->pairs[i].key))
			: asprintf(&next, "%s[%u]", path, (unsigned)i);

		if (n < 0) {
			out_lost();
			return;
		}
		fields(c, next, v->kind == AC_MAP ? &v->pairs[i].val : &v->items[i]);
		free(next);
	}
}

static void
heading(struct cli *c, const char *version, const char *author, const char *device, int64_t time)
{
	bool color = out_color(c);

	out_printf("%sversion %s, by %s%s%s, %s%s\n", color ? "\033[1m" : "", short_version(c, version),
		clean(c, author), device != NULL && *device != '\0' ? " on " : "", clean(c, device),
		time == 0 ? "time unknown" : date_text(c, time), color ? "\033[0m" : "");
}

static void
overfull(struct cli *c, const struct ac_shown *s)
{
	const char *by = *s->omits.device != '\0' ? clean(c, s->omits.device) : clean(c, s->omits.author);

	out_printf("It has more versions, or larger ones, than can be put together: the eldest %llu of %s are left out;"
		" `aftercare history` has them all.\n", (unsigned long long)s->omitted, by);
}

static enum ac_err
shown_text(struct cli *c, const struct ac_shown *s)
{
	const char *title = s->body != NULL ? ac_doc_title(&c->arena, s->body) : "";
	enum ac_err err;

	out_printf("%s\n", clean(c, s->ref));
	if (s->body == NULL && s->nsides > 0) {
		if (s->omitted > 0)
			overfull(c, s);
		out_line(c, 0, _("In dispute: each side below is what one of you wrote; `aftercare resolve` settles it."));
		if ((err = disputes_print(c, s->ref)) != AC_OK)
			return err;
		for (size_t i = 0; i < s->nsides; i++) {
			out_printf("\n");
			heading(c, s->sides[i].version, s->sides[i].author, s->sides[i].device, s->sides[i].time);
			if (s->sides[i].body != NULL)
				fields(c, "", s->sides[i].body);
			else
				out_printf("(deleted)\n");
		}
		return AC_OK;
	}
	heading(c, s->version, s->author, s->device, s->time);
	if (s->late)
		out_printf("After removal: its device wrote this when it was removed already, and it is no part of the record;"
			" `aftercare revert` adopts it.\n");
	if (s->conflict)
		out_printf("Some fields are in conflict and show the later value; see `aftercare conflicts`.\n");
	if (s->incomplete && s->omitted == 0)
		out_printf("Something that this version builds on has not arrived yet.\n");
	if (s->omitted > 0)
		overfull(c, s);
	if (s->flagged)
		out_printf("It does not follow FHIR's rules in every point.\n");
	if (*title != '\0')
		out_line(c, 0, clean(c, title));
	out_printf("\n");
	if (s->body != NULL)
		fields(c, "", s->body);
	else
		out_printf("(deleted)\n");
	return AC_OK;
}

int
cmd_show(struct cli *c)
{
	const char *version = args_value(c, "version"), *format = args_value(c, "format");
	struct ac_shown s = { 0 };
	char ref[AC_REF_MAX];
	enum ac_err err;
	int rc;

	if (format != NULL && strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
		return fail_with(c, USAGE, "--format is text or json, not %s.", clean(c, format));
	if (version != NULL && (rc = home_version(c, version)) != 0)
		return rc;
	if ((rc = home_space(c)) != 0 || (rc = home_ref(c, ref, c->args.words[0], false)) != 0)
		return rc;
	err = ac_show(&s, &c->arena, c->space, ref, version, &c->fault);
	if (err == AC_OK && c->json)
		err = shown_json(c, &s);
	else if (err == AC_OK && format != NULL && strcmp(format, "json") == 0)
		err = shown_lines(c, &s);
	else if (err == AC_OK)
		err = shown_text(c, &s);
	if (err != AC_OK)
		return fail(c, err);
	return s.safety && version == NULL ? NOTED : DONE;
}
