/* SPDX-License-Identifier: ISC */
/* One document: as JSON, as a sheet to read, or as its fields with the paths that `set` takes. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------------- JSON */

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

/* -------------------------------------------------------------------- fields */

static void
leaf(struct cli *c, const char *path, const struct ac_val *v)
{
	struct ac_buf num = { 0 };

	switch (v->kind) {
	case AC_STR:
		out_printf("%s: %s\n", path, clean_lines(c, v->s, v->n, "    "));
		break;
	case AC_BIN:
		out_printf(_("%s: (%lu bytes)\n"), path, (unsigned long)v->n);
		break;
	case AC_BLOB:
		out_printf(_("%s: (%llu bytes, kept as an attachment)\n"), path, (unsigned long long)v->blob->size);
		break;
	case AC_LATER:
		out_printf(_("%s: (of a newer version of aftercare, which shows it)\n"), path);
		break;
	default:
		if (ac_json_write(&num, v, NULL, NULL) != AC_OK)
			out_lost();
		else
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

/* --------------------------------------------------------------------- sheet */

#define SIDE_BY_SIDE 60 /* columns from which labels have a column of their own on a terminal */
#define LABELS       28 /* of which they take this many at most */

struct sheet { struct cli *c; int labels, width; };

static const char *
title_of(void *ctx, const char *reference)
{
	struct cli *c = ctx;
	const char *ref = "", *title = "";

	/* a reference that cannot be followed is shown as it stands */
	return ac_reference(&ref, &title, &c->arena, c->space, reference, NULL) == AC_OK ? title : "";
}

/* Lines in a style, which ends before the last line does. */
static void
styled(struct cli *c, const char *style, const char *lines)
{
	size_t n = strlen(lines), end = n > 0 && lines[n - 1] == '\n';

	if (out_color(c))
		out_printf("%s%.*s\033[0m%s", style, (int)(n - end), lines, end ? "\n" : "");
	else
		out_printf("%s", lines);
}

#define DIM  "\033[2m"
#define BOLD "\033[1m"

/* The lines of a text under each other, the first behind `room` columns that are taken. */
static void
body_lines(struct sheet *s, const char *text, int indent, int room)
{
	const char *end;
	int taken = room;

	for (;; text = end + 1, taken = 0, room = indent) {
		const char *line, *wrapped;

		end = strchr(text, '\n');
		line = clean(s->c, end != NULL ? text_of(s->c, "%.*s", (int)(end - text), text) : text);
		wrapped = text_wrap(s->c, text_of(s->c, "%*s%s", room, "", line), s->width, indent);
		out_printf("%s", strlen(wrapped) >= (size_t)taken ? wrapped + taken : wrapped);
		if (end == NULL || end[1] == '\0')
			return;
	}
}

/* A note stands behind its text where both fit on the line, else below it. */
static void
value_lines(struct sheet *s, const struct ac_sheet_row *r, int indent, int room)
{
	const char *note = *r->note != '\0' ? clean(s->c, text_of(s->c, _("(%s)"), r->note)) : "";
	const char *text = clean(s->c, r->text);
	bool one = *r->note != '\0' && strchr(r->text, '\n') == NULL
		&& room + text_width(text) + 1 + text_width(note) <= s->width;

	if (one) {
		out_printf("%s ", text);
		styled(s->c, DIM, note);
		out_printf("\n");
		return;
	}
	body_lines(s, r->text, indent, room);
	if (*r->note != '\0')
		styled(s->c, DIM, text_wrap(s->c, text_of(s->c, "%*s%s", indent, "", note), s->width, indent));
}

static void
sheet_row(struct sheet *s, const struct ac_sheet_row *r)
{
	int in = 2 * (int)r->depth, room;
	const char *label = clean(s->c, r->label);

	if (*r->text == '\0' && *r->note == '\0') {
		out_line(s->c, in + 2, text_of(s->c, "%*s%s", in, "", label));
		return;
	}
	if (s->labels > 0) {
		room = text_width(label) + in;
		out_printf("%*s%s", in, "", label);
		if (room > s->labels) {
			out_printf("\n");
			room = 0;
		}
		out_printf("%*s", s->labels + 2 - room, "");
		value_lines(s, r, s->labels + 2, s->labels + 2);
		return;
	}
	label = *label != '\0' ? text_of(s->c, _("%s: "), label) : "  ";
	out_printf("%*s%s", in, "", label);
	value_lines(s, r, in + 2, in + text_width(label));
}

static void
sheet_rows(struct cli *c, const struct ac_sheet_row *rows, size_t n)
{
	struct sheet s = { .c = c, .width = out_width() };

	for (size_t i = 0; i < n && s.width >= SIDE_BY_SIDE && out_terminal(); i++) {
		int w = text_width(clean(c, rows[i].label)) + 2 * (int)rows[i].depth;

		if (*rows[i].text != '\0' && w > s.labels)
			s.labels = w < LABELS ? w : LABELS;
	}
	for (size_t i = 0; i < n; i++) {
		if (rows[i].small && i > 0 && !rows[i - 1].small)
			out_printf("\n");
		sheet_row(&s, &rows[i]);
	}
}

static enum ac_err
sheet_of(struct cli *c, const struct ac_val *body)
{
	const struct ac_sheet_titles titles = { title_of, c };
	const struct ac_sheet_row *rows = NULL;
	size_t n = 0;
	enum ac_err err;

	if (body == NULL) {
		out_printf("%s\n", _("(deleted)"));
		return AC_OK;
	}
	if (args_flag(c, "paths")) {
		fields(c, "", body);
		return AC_OK;
	}
	err = ac_say_sheet(&rows, &n, &c->arena, body, &titles);
	if (err == AC_OK)
		sheet_rows(c, rows, n);
	return err;
}

/* --------------------------------------------------------------------- text */

/* "Diagnosis: Acute lymphoblastic leukaemia (in remission)" */
static void
title_line(struct cli *c, const char *type, const struct ac_val *body)
{
	const char *kind = type, *state = "", *title = body != NULL ? clean(c, ac_doc_said(&c->arena, body)) : "";

	if (ac_say_kind(&kind, &c->arena, type, body) != AC_OK
	    || (body != NULL && ac_say_standing(&state, &c->arena, body) != AC_OK))
		out_lost();
	kind = clean(c, kind);
	if (*title != '\0')
		kind = text_of(c, _("%s: %s"), kind, title);
	if (*state != '\0')
		kind = text_of(c, _("%s (%s)"), kind, clean(c, state));
	styled(c, BOLD, text_wrap(c, kind, out_width(), 2));
}

static void
written(struct cli *c, const char *version, const char *author, const char *device, int64_t time)
{
	const char *v = short_version(c, version), *by = clean(c, author), *when = date_words(c, time);

	if (device != NULL && *device != '\0')
		by = text_of(c, _("%s on %s"), by, clean(c, device));
	out_line(c, 2, time != 0 ? text_of(c, _("version %s, by %s, %s"), v, by, when)
		: text_of(c, _("version %s, by %s, time unknown"), v, by));
}

static void
overfull(struct cli *c, const struct ac_shown *s)
{
	const char *by = *s->omits.device != '\0' ? clean(c, s->omits.device) : clean(c, s->omits.author);

	out_line(c, 0, text_of(c, _("It has more versions, or larger ones, than can be put together: the eldest %llu of %s are left out;"
		" `aftercare history` has them all."), (unsigned long long)s->omitted, by));
}

static enum ac_err
sides_text(struct cli *c, const struct ac_shown *s)
{
	enum ac_err err;

	title_line(c, s->type, s->merged);
	out_line(c, 2, clean(c, s->ref));
	if (s->omitted > 0)
		overfull(c, s);
	out_line(c, 0, _("In dispute: each side below is what one of you wrote; `aftercare resolve` settles it."));
	err = disputes_print(c, s->ref);
	for (size_t i = 0; i < s->nsides && err == AC_OK; i++) {
		const struct ac_shown_side *side = &s->sides[i];

		out_printf("\n");
		if (side->body != NULL)
			title_line(c, s->type, side->body);
		written(c, side->version, side->author, side->device, side->time);
		err = sheet_of(c, side->body);
	}
	return err;
}

static enum ac_err
shown_text(struct cli *c, const struct ac_shown *s)
{
	enum ac_err err = AC_OK;

	if (s->body == NULL && s->nsides > 0)
		return sides_text(c, s);
	title_line(c, s->type, s->body);
	out_line(c, 2, clean(c, s->ref));
	written(c, s->version, s->author, s->device, s->time);
	if (s->late)
		out_line(c, 0, _("After removal: its device wrote this when it was removed already, and it is no part of the record;"
			" `aftercare revert` adopts it."));
	if (s->conflict) {
		out_line(c, 0, _("In conflict: the later value stands below until you choose; see `aftercare conflicts`."));
		err = disputes_print(c, s->ref);
	}
	if (s->incomplete && s->omitted == 0)
		out_line(c, 0, _("Something that this version builds on has not arrived yet."));
	if (s->omitted > 0)
		overfull(c, s);
	if (s->flagged)
		out_line(c, 0, _("It does not follow FHIR's rules in every point."));
	out_printf("\n");
	return err == AC_OK ? sheet_of(c, s->body) : err;
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
	if (args_flag(c, "paths") && (c->json || (format != NULL && strcmp(format, "json") == 0)))
		return fail_with(c, USAGE, "--paths is text; leave it out for JSON.");
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
