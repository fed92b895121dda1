/* SPDX-License-Identifier: ISC */
/*
 * Method: a file is one JSON text, or, when its name says so or its first line is
 * a value and the second begins another, a text a line. A row for each resource: a Bundle has one
 * of its own, then one for each of its entries.
 */
#include "cli.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct checking {
	struct cli *c;
	const char *file;
	const char *text; size_t n;   /* the JSON text that the offsets count in */
	uint32_t line;                /* of its beginning in the file, from 1 */
	struct ac_buf issues;
	size_t errors, bad;           /* of this row; rows with errors */
};

static void
issue(struct checking *k, bool error, const char *path, uint32_t line, uint32_t column, const char *message)
{
	struct ac_buf *b = &k->issues;
	struct cli *c = k->c;

	k->errors += error;
	if (!c->json) {
		if (ac_buf_addf(b, "%s:%u:%u: %s: %s%s%s\n", clean(c, k->file), (unsigned)line, (unsigned)column,
		    error ? _("error") : _("warning"), clean(c, path), path != NULL && *path != '\0' ? ": " : "",
		    clean(c, message)) != AC_OK)
			out_lost();
		return;
	}
	json_open(b, NULL, '{');
	json_str(b, "severity", error ? "error" : "warning");
	json_str(b, "path", path);
	json_int(b, "line", line);
	json_int(b, "column", column);
	json_str(b, "message", message);
	json_close(b, '}');
}

static void
each_issue(void *ctx, const struct ac_issue *i)
{
	struct checking *k = ctx;
	uint32_t line = 0, column = 0;

	if (i->at != 0) {
		ac_json_position(k->text, k->n, i->at, &line, &column);
		line += k->line - 1;
	}
	issue(k, i->error, i->path, line, column, i->message);
}

static void
row(struct checking *k, const char *type, const char *id, uint32_t line)
{
	struct ac_buf *b = out_buf();

	k->bad += k->errors > 0;
	if (k->c->json) {
		json_open(b, NULL, '{');
		json_str(b, "file", k->file);
		json_int(b, "line", line);
		json_str(b, "type", type);
		json_str(b, "id", id);
		json_bool(b, "ok", k->errors == 0);
		json_open(b, "issues", '[');
		out_write(k->issues.p, k->issues.len);
		json_close(b, ']');
		json_close(b, '}');
		json_row_end(b);
	} else {
		out_printf("%s:%u: %s%s%s: %s\n", clean(k->c, k->file), (unsigned)line, clean(k->c, type),
			id != NULL && *id != '\0' ? "/" : "", clean(k->c, id), k->errors == 0 ? _("ok") : _("not valid"));
		out_write(k->issues.p, k->issues.len);
		out_row_end();
	}
	ac_buf_reset(&k->issues);
	k->errors = 0;
}

static enum ac_err
resource(struct checking *k, const struct ac_val *doc)
{
	const char *type = ac_val_str(doc, "resourceType");
	const struct ac_val *entries;
	uint32_t line = 0, column = 0;
	enum ac_err err;
	size_t errors;

	ac_json_position(k->text, k->n, doc->at != 0 ? doc->at : 1, &line, &column);
	line += k->line - 1;
	err = ac_doc_check(doc, &k->c->fault);
	if (err == AC_OK)
		err = ac_validate(doc, each_issue, k, &errors);
	if (err == AC_ENOMEM)
		return err;
	if (err != AC_OK)
		issue(k, true, "", line, column, k->c->fault.text);
	row(k, type, ac_val_str(doc, "id"), line);
	entries = type != NULL && strcmp(type, "Bundle") == 0 ? ac_val_get(doc, "entry") : NULL;
	for (uint32_t i = 0; entries != NULL && entries->kind == AC_ARR && i < entries->n; i++) {
		const struct ac_val *r = ac_val_get(&entries->items[i], "resource");

		if (r != NULL && r->kind == AC_MAP && (err = resource(k, r)) == AC_ENOMEM)
			return err;
	}
	return AC_OK;
}

static enum ac_err
text(struct checking *k, const char *p, size_t n, uint32_t line)
{
	struct ac_arena a = { 0 };
	const struct ac_val *doc;
	struct ac_fault *f = &k->c->fault;
	enum ac_err err;

	k->text = p;
	k->n = n;
	k->line = line;
	err = ac_json_read(&doc, &a, p, n, f);
	if (err == AC_OK) {
		err = resource(k, doc);
	} else if (err != AC_ENOMEM) {
		issue(k, true, "", f->line != 0 ? f->line + line - 1 : line, f->column, f->text);
		row(k, "", "", f->line != 0 ? f->line + line - 1 : line);
		err = AC_OK;
	}
	ac_arena_free(&a);
	return err;
}

static enum ac_err
lines(struct checking *k, const char *p, size_t n)
{
	uint32_t line = 1;
	enum ac_err err = AC_OK;

	for (size_t i = 0; i < n && err == AC_OK; line++) {
		const char *end = memchr(p + i, '\n', n - i);
		size_t len = end != NULL ? (size_t)(end - p) - i : n - i;
		size_t blank = 0;

		while (blank < len && strchr(" \t\r", p[i + blank]) != NULL && p[i + blank] != '\0')
			blank++;
		if (blank < len)
			err = text(k, p + i, len, line);
		i += len + 1;
	}
	return err;
}

static bool
ends(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcasecmp(s + n - m, end) == 0;
}

/* Whatever the name says: more than one line, each an object of its own, is NDJSON. */
static bool
looks_like_lines(const char *file, const char *p, size_t n)
{
	const char *nl = memchr(p, '\n', n);
	size_t at = nl != NULL ? (size_t)(nl - p) : n;
	bool opened = n > 0 && p[0] == '{';

	if (ends(file, ".ndjson") || ends(file, ".jsonl"))
		return true;
	while (at > 0 && (p[at - 1] == '\r' || p[at - 1] == ' '))
		at--;
	return opened && at > 1 && p[at - 1] == '}' && nl != NULL
		&& nl + 1 < p + n && nl[1] == '{';
}

static enum ac_err
file(struct checking *k, const char *path)
{
	struct ac_buf b = { .max = AC_MAX_JSON };
	const char *p;
	enum ac_err err;

	k->file = path;
	err = file_read(k->c, &b, path, "the records");
	p = b.p != NULL ? (const char *)b.p : "";
	if (err == AC_OK)
		err = looks_like_lines(path, p, b.len) ? lines(k, p, b.len) : text(k, p, b.len, 1);
	ac_buf_free(&b);
	return err;
}

static int
not_hidden(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static enum ac_err path_of(struct checking *k, const char *path, bool named);

static enum ac_err
folder(struct checking *k, const char *path)
{
	struct dirent **e = NULL;
	int n = scandir(path, &e, not_hidden, alphasort);
	enum ac_err err = AC_OK;

	if (n < 0)
		return ac_fault(&k->c->fault, AC_EIO, "The folder %s cannot be read.", path);
	for (int i = 0; i < n; i++) {
		char *inner = NULL;

		if (err == AC_OK && asprintf(&inner, "%s/%s", path, e[i]->d_name) < 0)
			err = AC_ENOMEM;
		if (err == AC_OK)
			err = path_of(k, inner, false);
		free(inner);
		free(e[i]);
	}
	free(e);
	return err;
}

/* In a folder only what is FHIR by its name is looked at; what was named is. */
static enum ac_err
path_of(struct checking *k, const char *path, bool named)
{
	struct stat st;

	if (strcmp(path, "-") == 0)
		return file(k, path);
	if (stat(path, &st) != 0)
		return ac_fault(&k->c->fault, AC_EIO, "%s cannot be read.", path);
	if (S_ISDIR(st.st_mode))
		return folder(k, path);
	if (ends(path, ".zip"))
		return named ? ac_fault(&k->c->fault, AC_EUSAGE, "%s is a zip file; unpack it, then validate the folder.",
			path) : AC_OK;
	if (!named && !ends(path, ".json") && !ends(path, ".ndjson") && !ends(path, ".jsonl"))
		return AC_OK;
	return file(k, path);
}

int
cmd_validate(struct cli *c)
{
	struct checking k = { .c = c, .issues = { .max = SIZE_MAX / 2 } };
	enum ac_err err = AC_OK;

	for (int i = 0; i < c->args.n && err == AC_OK; i++)
		err = path_of(&k, c->args.words[i], true);
	ac_buf_free(&k.issues);
	if (err != AC_OK)
		return fail(c, err);
	return k.bad > 0 ? NOTED : DONE;
}
