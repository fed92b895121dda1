/* SPDX-License-Identifier: ISC */
/*
 * Method: a file is read through twice. The first pass proves that all of it is JSON
 * and a FHIR resource or Bundle, and sees whose record it is; only then does the
 * second store. What is not FHIR leaves nothing behind. In NDJSON each line stands for
 * itself: a bad one is refused, the others are taken.
 *
 * --person REF: the Patient of that id (or of the one id that begins so) is the
 * vault's person. Other Patients of the file are passed over, with every document
 * whose subject is one of them; all else is taken.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/import.h"

struct named { const char *id, *url; };

struct file {
	struct ac_import *im;
	const char *name;
	bool store;                 /* second pass */
	struct ac_arena arena;      /* of the Patients seen in the first */
	const struct ac_val *first;
	bool several, differs;
	char asked[256];
	struct named *patients;     /* only with --person REF */
	size_t npatients, cap;
	const char *keep;           /* id of the one meant */
	bool choose;
	struct ac_import_found *found; /* NULL: not ahead */
};

/* ------------------------------------------------------------------ positions */

void
ac_import_where(uint64_t *line, uint64_t *column, const struct ac_import_piece *piece, uint32_t at)
{
	uint32_t l, c;

	ac_json_position(piece->p, piece->n, at ? at : 1, &l, &c);
	*line = piece->line + l - 1;
	*column = l == 1 ? piece->column + c - 1 : c;
}

/* The fault's place in the piece becomes its place in the file. */
static void
place_fault(struct ac_fault *f, const struct ac_import_piece *piece)
{
	if (!f || !f->line)
		return;
	if (f->line == 1)
		f->column += (uint32_t)piece->column - 1;
	f->line += (uint32_t)piece->line - 1;
}

static enum ac_err
read_piece(const struct ac_val **out, struct ac_arena *a, const struct ac_import_piece *piece, struct ac_fault *f)
{
	enum ac_err err;

	if (piece->toolong) {
		err = ac_fault(f, AC_ELIMIT, "one document here is longer than the %u bytes allowed; leave it out", AC_MAX_JSON);
		if (f) {
			f->line = (uint32_t)piece->line;
			f->column = (uint32_t)piece->column;
		}
		return err;
	}
	if ((err = ac_json_read(out, a, piece->p, piece->n, f)))
		place_fault(f, piece);
	return err;
}

/* -------------------------------------------------------------------- persons */

static enum ac_err
remember(struct file *o, const struct ac_val *patient, const char *url)
{
	const char *id = ac_val_str(patient, "id");
	struct named *more;

	if (o->npatients == o->cap) {
		o->cap = o->cap ? 2 * o->cap : 16;
		if (!(more = realloc(o->patients, o->cap * sizeof *more)))
			return AC_ENOMEM;
		o->patients = more;
	}
	if (!id)
		id = url && !strncmp(url, "urn:uuid:", 9) ? url + 9 : "";
	more = &o->patients[o->npatients];
	more->id = ac_arena_text(&o->arena, id, strlen(id));
	more->url = ac_arena_text(&o->arena, url ? url : "", url ? strlen(url) : 0);
	if (!more->id || !more->url)
		return AC_ENOMEM;
	o->npatients++;
	return AC_OK;
}

static enum ac_err
saw_patient(struct file *o, const struct ac_val *patient, const char *url)
{
	bool other = o->im->person && ac_person_differs(o->im->person, patient);
	struct ac_arena a = { 0 };

	if (o->im->o->person)
		return strcmp(o->im->o->person, "any") ? remember(o, patient, url) : AC_OK;
	if (!o->first && !(o->first = ac_val_copy(&o->arena, patient)))
		return AC_ENOMEM;
	if (!o->several && o->first)
		o->several = ac_person_differs(o->first, patient);
	if ((other && !o->differs) || (o->several && !o->asked[0]))
		snprintf(o->asked, sizeof o->asked, "%s", ac_doc_title(&a, patient));
	ac_arena_free(&a);
	o->differs |= other;
	return AC_OK;
}

/* The one Patient that --person names. */
static void
choose(struct file *o)
{
	const char *ref = o->im->o->person, *slash;
	size_t n, i, fits = 0;

	if (!ref || !strcmp(ref, "any"))
		return;
	o->choose = o->npatients > 0;
	slash = strrchr(ref, '/');
	ref = slash ? slash + 1 : ref;
	n = strcspn(ref, "~");
	for (i = 0; i < o->npatients && !o->keep; i++)
		if (strlen(o->patients[i].id) == n && !memcmp(o->patients[i].id, ref, n))
			o->keep = o->patients[i].id;
	for (i = 0; i < o->npatients && !o->keep && n; i++)
		fits += !strncmp(o->patients[i].id, ref, n);
	for (i = 0; i < o->npatients && fits == 1 && !o->keep; i++)
		if (!strncmp(o->patients[i].id, ref, n))
			o->keep = o->patients[i].id;
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

static bool
is_of_another(const struct file *o, const struct ac_val *body, const char *url)
{
	static const char *const subjects[] = { "subject", "patient", "beneficiary", "for", "individual" };
	const char *type = ac_val_str(body, "resourceType"), *id = ac_val_str(body, "id"), *ref;
	char tail[300];
	size_t i, j;

	if (!o->choose || !type)
		return false;
	if (!strcmp(type, "Patient")) {
		if (!id)
			id = url && !strncmp(url, "urn:uuid:", 9) ? url + 9 : "";
		return !o->keep || strcmp(id, o->keep) != 0;
	}
	for (i = 0; i < sizeof subjects / sizeof *subjects; i++) {
		if (!(ref = ac_val_str(ac_val_get(body, subjects[i]), "reference")))
			continue;
		for (j = 0; j < o->npatients; j++) {
			if (o->keep && !strcmp(o->patients[j].id, o->keep))
				continue;
			snprintf(tail, sizeof tail, "Patient/%s", o->patients[j].id);
			if (!strcmp(ref, o->patients[j].url) || (o->patients[j].id[0] && ends_with(ref, tail)))
				return true;
		}
	}
	return false;
}

/* ------------------------------------------------------------------ documents */

static enum ac_err
take(struct file *o, const struct ac_val *body, const char *url, const struct ac_import_piece *piece, struct ac_arena *a,
	struct ac_fault *f)
{
	struct ac_import_doc d = { .file = o->name, .url = url, .body = body, .piece = piece, .arena = a, .found = o->found };
	const struct ac_progress *p = o->im->o->progress;

	enum ac_err err;

	if (o->found)
		d.facts = &o->found->facts;
	if (body && o->found && (err = ac_import_read(&d, f)))
		return err;
	if (p && p->step && o->im->c->resources % 256 == 0)
		p->step(p->ctx, "import", o->im->done, o->im->of);
	return ac_import_take(o->im, &d, f);
}

static enum ac_err
document(struct file *o, const struct ac_val *body, const char *url, const struct ac_import_piece *piece,
	struct ac_arena *a, struct ac_fault *f)
{
	const char *type;

	if (!o->store) {
		type = ac_val_str(body, "resourceType");
		return type && !strcmp(type, "Patient") ? saw_patient(o, body, url) : AC_OK;
	}
	if (is_of_another(o, body, url)) {
		o->im->c->skipped++;
		return AC_OK;
	}
	return take(o, body, url, piece, a, f);
}

static enum ac_err
entry(struct file *o, const struct ac_val *e, const struct ac_import_piece *piece, struct ac_arena *a,
	struct ac_fault *f)
{
	const struct ac_val *body = ac_val_get(e, "resource");
	const char *method = ac_val_str(ac_val_get(e, "request"), "method");
	const char *url = ac_val_str(e, "fullUrl");
	uint64_t line, column;

	if (e->kind != AC_MAP) {
		if (!o->store)
			return AC_OK;
		ac_import_where(&line, &column, piece, e->at);
		ac_import_refuse(o->im, o->name, "", line, column, AC_EINVAL, "an entry of the Bundle is no object");
		return AC_OK;
	}
	if (method && !strcmp(method, "DELETE")) {
		if (o->store) {
			o->im->c->skipped++;
			ac_import_issue(o->im, o->name, "", "Bundle.entry.request", piece, e->at, false,
				"it asks for a deletion, which an import does not do; rm deletes a document");
		}
		return AC_OK;
	}
	if (!body) {
		o->im->c->skipped += o->store;
		return AC_OK;
	}
	return document(o, body, url && url[0] ? url : NULL, piece, a, f);
}

static bool
is_bundle(const struct ac_val *v)
{
	const char *type = ac_val_str(v, "resourceType");

	return type && !strcmp(type, "Bundle");
}

/* A whole value: one document, or the entries of a Bundle. */
static enum ac_err
whole(struct file *o, const struct ac_val *v, const struct ac_import_piece *piece, struct ac_arena *a,
	struct ac_fault *f)
{
	const struct ac_val *list = is_bundle(v) ? ac_val_get(v, "entry") : NULL;
	enum ac_err err = AC_OK;
	uint32_t i;

	if (!is_bundle(v))
		return document(o, v, NULL, piece, a, f);
	for (i = 0; list && list->kind == AC_ARR && i < list->n && !err; i++)
		err = entry(o, &list->items[i], piece, a, f);
	return err;
}

/* --------------------------------------------------------------------- pieces */

static enum ac_err
each_entry(void *ctx, const struct ac_import_piece *piece, struct ac_fault *f)
{
	struct file *o = ctx;
	struct ac_arena a = { 0 };
	const struct ac_val *v;
	enum ac_err err = read_piece(&v, &a, piece, f);

	if (!err)
		err = entry(o, v, piece, &a, f);
	ac_arena_free(&a);
	return err;
}

static enum ac_err
each_line(void *ctx, const struct ac_import_piece *piece, struct ac_fault *f)
{
	struct file *o = ctx;
	struct ac_fault said = { 0 };
	struct ac_arena a = { 0 };
	const struct ac_val *v;
	enum ac_err err;

	/* the first pass only looks for persons */
	if (!o->store && (piece->toolong || !memmem(piece->p, piece->n, "Patient", 7)))
		return AC_OK;
	err = read_piece(&v, &a, piece, &said);
	if (!err)
		err = whole(o, v, piece, &a, f);
	else if (err == AC_EINVAL || err == AC_ELIMIT) {
		if (o->store)
			ac_import_refuse(o->im, o->name, "", said.line, said.column, err, said.text);
		err = AC_OK;
	}
	ac_arena_free(&a);
	return err;
}

/* ---------------------------------------------------------------------- files */

/* Is it a matter of this file, or of the device? */
static bool
of_the_file(enum ac_err err)
{
	return err == AC_EINVAL || err == AC_ELIMIT || err == AC_EUSAGE;
}

static enum ac_err
refuse_file(struct file *o, enum ac_err err, const struct ac_fault *said, struct ac_fault *f)
{
	if (!of_the_file(err)) {
		if (f)
			*f = *said;
		return err;
	}
	ac_import_refuse(o->im, o->name, "", said->line, said->column, err, said->text);
	return AC_OK;
}

/* True: take it. Counts the refusal otherwise. */
static enum ac_err
whose(bool *take, struct file *o, struct ac_fault *f)
{
	const struct ac_import_options *opt = o->im->o;
	enum ac_err err;

	choose(o);
	*take = !o->several && !o->differs;
	if (*take)
		return AC_OK;
	if (opt->whose) {
		/* a person thinks; others may write meanwhile */
		if ((err = ac_import_flush(o->im, f)))
			return err;
		*take = opt->whose(opt->ctx, o->name, o->asked);
	}
	if (!*take)
		ac_import_refuse(o->im, o->name, "", 0, 0, AC_EREFUSED, o->several
			? "it holds the records of several persons; say with --person which one to take, or any for all"
			: "it is the record of another person than this vault's; to take it all the same give --person any");
	return AC_OK;
}

static enum ac_err
lines(struct file *o, struct ac_import_input *in, struct ac_fault *f)
{
	enum ac_err err;
	bool take;

	if ((err = ac_import_lines(in, each_line, o, f)) || (err = whose(&take, o, f)) || !take)
		return err;
	o->store = true;
	return ac_import_lines(in, each_line, o, f);
}

/* A Bundle, entry by entry. The shell was read; its entries now, twice. */
static enum ac_err
bundle(struct file *o, struct ac_import_input *in, struct ac_fault *f)
{
	struct ac_import_shell shell = { 0 };
	struct ac_fault said = { 0 };
	bool take = false;
	enum ac_err err = ac_import_walk(&shell, in, each_entry, o, &said);

	ac_buf_free(&shell.text);
	if (err)
		return refuse_file(o, err, &said, f);
	if ((err = whose(&take, o, f)) || !take)
		return err;
	o->store = true;
	err = ac_import_walk(&shell, in, each_entry, o, f);
	ac_buf_free(&shell.text);
	return err;
}

static enum ac_err
single(struct file *o, const struct ac_val *v, const struct ac_buf *text, struct ac_arena *a, struct ac_fault *f)
{
	struct ac_import_piece piece = { text->p, text->len, 1, 1, false };
	bool take;
	enum ac_err err = whole(o, v, &piece, a, f);

	if (err || (err = whose(&take, o, f)) || !take)
		return err;
	o->store = true;
	return whole(o, v, &piece, a, f);
}

static enum ac_err
read_whole(struct ac_buf *text, struct ac_import_input *in, struct ac_fault *f)
{
	enum ac_err err = ac_import_input_rewind(in, f);
	size_t n = 1;

	ac_buf_reset(text);
	text->max = AC_MAX_JSON;
	while (!err && n) {
		n = (size_t)64 << 10;
		if ((err = ac_buf_room(text, n)) || (err = ac_import_input_read(in, text->p + text->len, &n, f)))
			break;
		text->len += n;
	}
	return err == AC_ELIMIT ? ac_fault(f, err, "the JSON text is longer than the %u bytes allowed for one document; "
		"split it", AC_MAX_JSON) : err;
}

/* What stands behind the hole stands further on in the file. */
static void
place_shell_fault(struct ac_fault *f, const struct ac_import_shell *shell)
{
	uint32_t line, column;

	if (!shell->hole || !f->line)
		return;
	ac_json_position(shell->text.p, shell->text.len, (uint32_t)shell->at + 1, &line, &column);
	if (f->line < line || (f->line == line && f->column < column))
		return;
	if (f->line == line)
		f->column += (uint32_t)shell->column - column;
	f->line += (uint32_t)shell->line - line;
}

static enum ac_err
text(struct file *o, struct ac_import_input *in, struct ac_fault *f)
{
	struct ac_import_shell shell = { 0 };
	struct ac_fault said = { 0 };
	struct ac_arena a = { 0 };
	const struct ac_val *v = NULL;
	enum ac_err err = ac_import_walk(&shell, in, NULL, NULL, &said);

	if (!err && shell.lines) {
		ac_buf_free(&shell.text);
		return lines(o, in, f);
	}
	if (!err && (err = ac_json_read(&v, &a, shell.text.len ? (const void *)shell.text.p : "", shell.text.len, &said)))
		place_shell_fault(&said, &shell);
	if (!err)
		err = ac_doc_check(v, &said);
	if (!err && shell.hole && is_bundle(v)) {
		ac_buf_free(&shell.text);
		err = bundle(o, in, f);
		goto out;
	}
	if (!err && shell.hole) { /* a List, say: `entry` is its own */
		ac_arena_free(&a);
		if (!(err = read_whole(&shell.text, in, &said)))
			err = ac_json_read(&v, &a, shell.text.p, shell.text.len, &said);
	}
	err = err ? refuse_file(o, err, &said, f) : single(o, v, &shell.text, &a, f);
out:
	ac_arena_free(&a);
	ac_buf_free(&shell.text);
	return err;
}

enum ac_err
ac_import_file(struct ac_import *im, const char *name, struct ac_import_input *in, struct ac_fault *f)
{
	struct file o = { .im = im, .name = name };
	enum ac_err err;

	im->c->files++;
	if (!(err = ac_import_person(im, f)))
		err = ac_import_by_line(name) ? lines(&o, in, f) : text(&o, in, f);
	im->done += ac_import_input_size(in);
	ac_arena_free(&o.arena);
	free(o.patients);
	return err;
}

/* Of a person, of findings and of attachments only the value can tell. */
static bool
needs_value(const struct ac_import_found *o)
{
	return o->facts.issues || o->facts.holds || !strcmp(o->key.type, "Patient");
}

enum ac_err
ac_import_found(struct ac_import *im, const char *name, struct ac_import_found *found, struct ac_fault *f)
{
	struct ac_import_piece piece = { found->text.p, found->text.len, 1, 1, false };
	struct ac_import_doc d = { .found = found, .arena = &im->found };
	struct file o = { .im = im, .name = name, .found = found };
	enum ac_err err;

	im->c->files++;
	if ((err = ac_import_person(im, f)))
		goto out;
	if (!needs_value(found))
		err = take(&o, NULL, NULL, &piece, &im->found, f);
	else if (!(err = ac_import_read(&d, f)))
		err = single(&o, d.body, &found->text, &im->found, f);
out:
	im->done += found->text.len;
	ac_arena_reset(&im->found);
	ac_arena_free(&o.arena);
	free(o.patients);
	return err;
}
