/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/import.h"

/* ------------------------------------------------------------------- findings */

void
ac_import_issue(struct ac_import *im, const char *file, const char *ref, const char *path,
	const struct ac_import_piece *piece, uint32_t at, bool error, const char *message)
{
	struct ac_import_issue i = { .file = file, .ref = ref, .path = path, .error = error, .message = ac_words(message) };
	uint64_t line, column;

	if (!im->o->issue)
		return;
	ac_import_where(&line, &column, piece, at);
	i.line = (uint32_t)line;
	i.column = (uint32_t)column;
	im->o->issue(im->o->ctx, &i);
}

void
ac_import_refuse(struct ac_import *im, const char *file, const char *ref, uint64_t line, uint64_t column,
	enum ac_err why, const char *message)
{
	const char *said = ac_words(message);
	struct ac_import_issue i = { .file = file, .ref = ref, .path = "", .line = (uint32_t)line,
		.column = (uint32_t)column, .error = true, .refused = true, .message = said };

	im->c->refused++;
	if (!im->why) {
		im->why = why;
		snprintf(im->said, sizeof im->said, "%.120s%s%.60s: %.300s", file, ref[0] ? ", " : "", ref, said);
	}
	if (im->o->issue)
		im->o->issue(im->o->ctx, &i);
}

/* --------------------------------------------------------------------- person */

/* The vault's person: its first imported Patient, as it is seen now. */
enum ac_err
ac_import_person(struct ac_import *im, struct ac_fault *f)
{
	struct ac_rows q;
	enum ac_err err = AC_OK;
	const void *p;
	size_t n;

	if (im->person)
		return AC_OK;
	q = ac_index_query(im->s->home->index, "SELECT d.body FROM doc d JOIN version v ON v.doc = d.id WHERE d.space = ? AND"
		" d.type = 'Patient' AND v.op = 0 AND d.body IS NOT NULL ORDER BY v.id LIMIT 1", "i", im->s->id);
	if (ac_rows_next(&q) && (p = ac_rows_blob(&q, 0, &n)))
		err = ac_mp_read(&im->person, &im->arena, p, n, f);
	return ac_rows_end(&q, f) ? q.err : err;
}

/* ---------------------------------------------------------------------- paths */

static bool
ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && !strcasecmp(name + n - m, end);
}

bool
ac_import_by_line(const char *name)
{
	return ends(name, ".ndjson") || ends(name, ".jsonl");
}

bool
ac_import_wanted(const char *name)
{
	const char *slash = strrchr(name, '/');

	/* what macOS puts beside the files in its archives has their names */
	return (ends(name, ".json") || ac_import_by_line(name)) && strncmp(slash ? slash + 1 : name, "._", 2);
}

static enum ac_err
read_fd(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	ssize_t got;

	do
		got = read(*(int *)ctx, p, *n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return ac_fault(f, AC_EIO, "the input cannot be read: %s", ac_words_error(errno));
	*n = (size_t)got;
	return AC_OK;
}

static enum ac_err
stream(struct ac_import *im, const char *name, const struct ac_source *from, struct ac_fault *f)
{
	struct ac_import_input *in = NULL;
	enum ac_err err = ac_import_input_spool(&in, ac_home_path(im->s->home), from, f);

	if (!err)
		err = ac_import_file(im, name, in, f);
	ac_import_input_free(in);
	return err;
}

/* By name or, for a file that was named itself, by content. */
static bool
is_zip(const char *path)
{
	char magic[4] = { 0 };
	int fd;

	if (ends(path, ".zip") || ac_import_wanted(path))
		return ends(path, ".zip");
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return false;
	if (read(fd, magic, 4) != 4)
		magic[0] = 0;
	close(fd);
	return !memcmp(magic, "PK\3\4", 4);
}

static enum ac_err
file(struct ac_import *im, const char *path, const struct stat *st, struct ac_fault *f)
{
	struct ac_import_input *in = NULL;
	struct ac_source from = { read_fd, NULL };
	enum ac_err err;
	char why[200];
	int fd;

	if (S_ISREG(st->st_mode) && is_zip(path))
		return ac_import_zip(im, path, f);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
		snprintf(why, sizeof why, ac_words("it cannot be read: %s"), ac_words_error(errno));
		im->c->files++;
		ac_import_refuse(im, path, "", 0, 0, AC_EIO, why);
		return AC_OK;
	}
	if (!S_ISREG(st->st_mode)) {
		from.ctx = &fd;
		err = stream(im, path, &from, f);
		close(fd);
		return err;
	}
	if ((err = ac_import_input_file(&in, fd, f)))
		return err;
	err = ac_import_file(im, path, in, f);
	ac_import_input_free(in);
	return err;
}

static enum ac_err folder(struct ac_import *im, const char *path, unsigned depth, struct ac_fault *f);

bool
ac_import_join(char path[static 4096], const char *dir, const char *name)
{
	size_t n = strlen(dir);

	return (size_t)snprintf(path, 4096, "%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", name) < 4096;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int
ac_import_names(struct dirent ***list, const char *path)
{
	return scandir(path, list, NULL, by_name);
}

/* One name in a folder. */
static enum ac_err
inside(struct ac_import *im, const char *path, const char *name, unsigned depth, struct ac_fault *f)
{
	struct stat st;
	bool link;

	link = !lstat(path, &st) && S_ISLNK(st.st_mode);
	if (stat(path, &st)) {
		im->c->skipped++;
		return AC_OK;
	}
	if (S_ISDIR(st.st_mode)) /* a link to a folder may lead round in a circle */
		return link ? AC_OK : folder(im, path, depth + 1, f);
	if (!S_ISREG(st.st_mode) || !(ac_import_wanted(name) || ends(name, ".zip"))) {
		im->c->skipped++;
		return AC_OK;
	}
	return file(im, path, &st, f);
}

static enum ac_err
one_name(struct ac_import *im, const char *dir, const struct dirent *d, unsigned depth, struct ac_fault *f)
{
	struct ac_import_found *found;
	char path[4096];

	if (d->d_name[0] == '.')
		return AC_OK;
	if (!ac_import_join(path, dir, d->d_name)) {
		im->c->skipped++;
		return AC_OK;
	}
	found = ac_import_ahead_may(d) ? ac_import_ahead_take(im->ahead, path) : NULL;
	return found ? ac_import_found(im, path, found, f) : inside(im, path, d->d_name, depth, f);
}

static enum ac_err
folder(struct ac_import *im, const char *path, unsigned depth, struct ac_fault *f)
{
	struct dirent **list = NULL;
	enum ac_err err = AC_OK;
	int n, i;

	if (depth > AC_IMPORT_FOLDERS)
		return ac_fault(f, AC_ELIMIT, "folders are nested over %d deep at %.200s", AC_IMPORT_FOLDERS, path);
	if ((n = ac_import_names(&list, path)) < 0) {
		ac_import_refuse(im, path, "", 0, 0, AC_EIO, "the folder cannot be read");
		return AC_OK;
	}
	for (i = 0; i < n; i++) {
		if (!err)
			err = one_name(im, path, list[i], depth, f);
		free(list[i]);
	}
	free(list);
	return err;
}

static enum ac_err
whole_folder(struct ac_import *im, const char *path, struct ac_fault *f)
{
	enum ac_err err;

	im->ahead = ac_import_ahead_new(im->s, im->o->source ? im->o->source : "", path);
	err = folder(im, path, 0, f);
	ac_import_ahead_free(im->ahead);
	im->ahead = NULL;
	return err;
}

/* ----------------------------------------------------------------- the import */

static enum ac_err
check_options(struct ac_space *s, const char *const *paths, size_t n, const struct ac_source *in,
	const struct ac_import_options *o, uint64_t *bytes, struct ac_fault *f)
{
	const char *p;
	struct stat st;
	size_t i, dashes = 0;

	if (ac_space_role(s) == AC_READER)
		return ac_fault(f, AC_EREFUSED, "this device can only read the record of %s", s->patient);
	for (p = o->source; p && *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return ac_fault(f, AC_EUSAGE, "a source is a name, without control characters");
	if (o->source && (!o->source[0] || strlen(o->source) > 400))
		return ac_fault(f, AC_EUSAGE, "a source is a name of 1 to 400 bytes");
	if (o->person && !o->person[0])
		return ac_fault(f, AC_EUSAGE, "say whose record to take: a REF of a Patient, or any");
	if (!n)
		return ac_fault(f, AC_EUSAGE, "say what to import: files, folders, or - for standard input");
	for (i = 0; i < n; i++) {
		if (!strcmp(paths[i], "-") ? (!in || dashes++) : false)
			return ac_fault(f, AC_EUSAGE, "standard input can be imported once");
		if (!strcmp(paths[i], "-"))
			continue;
		if (stat(paths[i], &st))
			return ac_fault(f, errno == ENOENT ? AC_ENOTFOUND : AC_EIO, "%.300s cannot be read: %s", paths[i],
				ac_words_error(errno));
		*bytes += S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	}
	return AC_OK;
}

static enum ac_err
path(struct ac_import *im, const char *name, const struct ac_source *in, struct ac_fault *f)
{
	struct stat st;

	if (!strcmp(name, "-"))
		return stream(im, "-", in, f);
	if (stat(name, &st))
		return ac_fault(f, AC_EIO, "%.300s cannot be read: %s", name, ac_words_error(errno));
	return S_ISDIR(st.st_mode) ? whole_folder(im, name, f) : file(im, name, &st, f);
}

enum ac_err
ac_import(struct ac_import_counts *out, struct ac_space *s, const char *const *paths, size_t n,
	const struct ac_source *in, const struct ac_import_options *o, struct ac_fault *f)
{
	static const struct ac_import_options plain;
	struct ac_import im = { .s = s, .o = o ? o : &plain };
	enum ac_err err, last;
	size_t i;

	if ((err = check_options(s, paths, n, in, im.o, &im.of, f)))
		return err;
	memset(out, 0, sizeof *out);
	im.c = out;
	for (i = 0; i < n && !err; i++)
		err = path(&im, paths[i], in, f);
	/* what was taken before a failure stays taken */
	last = ac_import_flush(&im, err ? NULL : f);
	err = err ? err : last;
	if (!err && out->refused && !im.taken)
		err = ac_fault(f, im.why, "%s", im.said);
	ac_arena_free(&im.arena);
	ac_arena_free(&im.found);
	ac_facts_free(&im.facts);
	free(im.seen);
	return err;
}
