/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE 60 /* columns from which a table is easy to read */

/* -------------------------------------------------------------- list and find */

struct listing {
	struct cli *c;
	struct table *table;
	const char **refs;
	size_t n, cap;
	bool people, numbered;   /* a person reads it; each row has its number */
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

/* For what is no terminal: to the minute, as the document's own clock had it. */
static const char *
short_date(struct cli *c, const char *date)
{
	char *s;

	if (strlen(date) < 16 || date[10] != 'T' || (s = ac_arena_text(&c->arena, date, 16)) == NULL)
		return date;
	s[10] = ' ';
	return s;
}

/* What the document is about: of a drug that stands in a document of its own, its name. */
const char *
row_about(struct cli *c, const struct ac_row *r)
{
	const char *s = r->body != NULL ? ac_doc_subject(&c->arena, r->body) : r->title, *ref, *title = "";
	const char *drug = ac_val_str(ac_val_get(r->body, "medicationReference"), "reference");

	if (*s == '\0' && drug != NULL && ac_reference(&ref, &title, &c->arena, c->space, drug, NULL) == AC_OK)
		s = title;
	return s;
}

/* What came out, how it stands, and what is wrong with the document: "12.1 g/dL, low". */
static const char *
result(struct cli *c, const struct ac_row *r)
{
	const char *s = r->body != NULL ? ac_doc_result(&c->arena, r->body) : "", *state = "";
	const char *mark = r->conflict && r->body == NULL ? _("in dispute") : r->conflict ? _("in conflict")
		: r->flagged ? _("flagged") : "";

	if (r->body != NULL && ac_say_standing(&state, &c->arena, r->body) != AC_OK)
		out_lost();
	if (*state != '\0')
		s = *s != '\0' ? text_of(c, _("%s, %s"), s, state) : state;
	return *s != '\0' && *mark != '\0' ? text_of(c, _("%s, %s"), s, mark) : *s != '\0' ? s : mark;
}

/* A UUID's first digits are as good a name, and leave room for what it names. */
static const char *
short_ref(struct listing *l, const char *ref)
{
	const char *id = strchr(ref, '/');

	return l->numbered && id != NULL && strlen(id + 1) == 36 && strspn(id + 1, "0123456789abcdef-") == 36
		? text_of(l->c, "%.*s", (int)(id - ref) + 9, ref) : ref;
}

/* Two lines and more, where a table has no room. */
static void
narrow_row(struct listing *l, const struct ac_row *r, const char *kind, const char *title, const char *outcome)
{
	struct cli *c = l->c;
	const char *date = date_shown(c, r->date), *line = l->numbered ? text_of(c, "%zu ", l->n + 1) : "";

	line = *date != '\0' ? text_of(c, _("%s%s  %s"), line, date, kind) : text_of(c, "%s%s", line, kind);
	out_line(c, 2, clean(c, line));
	if (*title != '\0' || *outcome != '\0')
		out_line(c, 4, text_of(c, *title == '\0' || *outcome == '\0' ? "    %s%s" : _("    %s: %s"), clean(c, title),
			clean(c, outcome)));
	if (!l->numbered || *title == '\0')
		out_line(c, 4, text_of(c, "    %s", clean(c, short_ref(l, r->ref))));
}

static void
person_row(struct listing *l, const struct ac_row *r)
{
	const char *kind = "", *title = row_about(l->c, r), *outcome = result(l->c, r);

	if (ac_say_kind(&kind, &l->c->arena, r->type, r->body) != AC_OK)
		out_lost();
	if (l->table == NULL)
		narrow_row(l, r, kind, title, outcome);
	else
		table_row(l->table, (const char *[]){ date_shown(l->c, r->date), kind, title, outcome, short_ref(l, r->ref),
			r->author });
}

static int
each_row(void *ctx, const struct ac_row *r)
{
	struct listing *l = ctx;

	if (l->c->json) {
		row_json(r);
		return 0;
	}
	if (l->people)
		person_row(l, r);
	else
		table_row(l->table, (const char *[]){ short_date(l->c, r->date), r->ref, r->title, r->author,
			r->conflict ? "conflict" : r->flagged ? "flagged" : "" });
	remember(l, r->ref);
	return 0;
}

/* On a terminal a person reads, else a program: that form of the rows never changes. */
static int
list_with(struct cli *c, struct ac_filter *q)
{
	struct listing l = { .c = c, .people = out_terminal() && !c->json };
	enum ac_err err;

	l.numbered = l.people && prompt_there();
	q->bodies = l.people;
	if (!c->json && (!l.people || out_width() >= TABLE))
		l.table = table_new(c, l.numbered ? _("*Date|~What|~Title|~Result|?*Ref|?By")
			: l.people ? _("*Date|~What|~Title|~Result|*Ref|?By") : "Date|*Ref|Title|By|");
	err = ac_list(c->space, q, each_row, &l, &c->fault);
	if (err != AC_OK)
		return fail(c, err);
	if (c->json)
		return DONE;
	table_print(l.table, l.numbered);
	numbers_save(c, l.refs, l.n);
	if (l.n == 0 && l.people)
		note(c, _("No documents."));
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
	    || (rc = date_option(c, "since", since, &q.since)) != 0 || (rc = date_option(c, "until", until, &q.until)) != 0)
		return rc;
	rc = home_space(c);
	if (rc != 0 || (rc = list_with(c, &q)) != 0)
		return rc;
	/* below the list, where the eye is when it has gone by */
	if (c->args.n == 0 && q.code == NULL && q.since == NULL && q.until == NULL && !q.flagged && out_terminal() && !c->json
	    && (rc = brief_print(c)) != DONE)
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
