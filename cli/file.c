/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum ac_err
file_stdin(struct cli *c, const char *what)
{
	if (c->stdin_for != NULL)
		return ac_fault(&c->fault, AC_EUSAGE,
			"Standard input cannot be both %s and %s; give one of them as a file.", c->stdin_for, what);
	c->stdin_for = what;
	return AC_OK;
}

static enum ac_err
source_read(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	ssize_t r;

	(void)ctx;
	do
		r = read(STDIN_FILENO, p, *n);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return ac_fault(f, AC_EIO, "Standard input could not be read (%s).", ac_words_error(errno));
	*n = (size_t)r;
	return AC_OK;
}

struct ac_source
file_stdin_source(void)
{
	return (struct ac_source){ source_read, NULL };
}

static enum ac_err
read_all(struct cli *c, struct ac_buf *b, int fd, const char *path)
{
	for (;;) {
		ssize_t r;
		enum ac_err err = ac_buf_room(b, b->len < 4096 ? 4096 : 65536);

		if (err != AC_OK)
			return ac_fault(&c->fault, err, "%s is larger than Aftercare takes in one piece.", path);
		r = read(fd, b->p + b->len, b->cap - b->len);
		if (r == 0)
			return AC_OK;
		if (r < 0 && errno != EINTR)
			return ac_fault(&c->fault, AC_EIO, "%s could not be read (%s).", path, ac_words_error(errno));
		if (r > 0)
			b->len += (size_t)r;
	}
}

enum ac_err
file_read(struct cli *c, struct ac_buf *b, const char *path, const char *what)
{
	enum ac_err err;
	int fd;

	if (strcmp(path, "-") == 0) {
		err = file_stdin(c, what);
		return err != AC_OK ? err : read_all(c, b, STDIN_FILENO, _("Standard input"));
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return ac_fault(&c->fault, AC_EIO, "%s (%s) could not be opened (%s).", path, _(what), ac_words_error(errno));
	err = read_all(c, b, fd, path);
	close(fd);
	return err;
}

/* The name that a signal's end would leave behind. */
static char doomed[PATH_MAX + 16];

void
file_abandon(void)
{
	if (doomed[0] != '\0')
		(void)unlink(doomed);
}

static void
remove_and_die(int sig)
{
	file_abandon();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void
doom(const char *name)
{
	static const int SIGNALS[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction was, act = { .sa_handler = *name != '\0' ? remove_and_die : SIG_DFL };

	doomed[0] = '\0'; /* half a name would be another file's */
	strcpy(doomed + 1, *name != '\0' ? name + 1 : "");
	doomed[0] = *name;
	/* what was ignored when we began (nohup) stays so */
	for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++)
		if (sigaction(SIGNALS[i], NULL, &was) == 0 && was.sa_handler != SIG_IGN)
			(void)sigaction(SIGNALS[i], &act, NULL);
}

static int
open_nameless(const char *path)
{
	char copy[PATH_MAX];

	if (access("/proc/self/fd", X_OK) != 0)
		return -1; /* it could not be named later */
	strcpy(copy, path);
	return open(dirname(copy), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
}

static int
open_named(struct file_out *o)
{
	int fd;

	snprintf(o->tmp, sizeof o->tmp, "%s.XXXXXX", o->path);
	fd = mkostemp(o->tmp, O_CLOEXEC); /* mode 0600 */
	if (fd < 0)
		o->tmp[0] = '\0';
	else
		doom(o->tmp);
	return fd;
}

enum ac_err
file_out_open(struct cli *c, struct file_out *o, const char *path)
{
	struct stat st;

	o->fd = -1;
	o->tmp[0] = '\0';
	if (strlen(path) >= sizeof o->path)
		return ac_fault(&c->fault, AC_EUSAGE, "The name of the file to write is too long.");
	strcpy(o->path, path);
	o->regular = stat(path, &st) != 0 || S_ISREG(st.st_mode);
	if (!o->regular) {
		/* A device or a pipe cannot be renamed over; it is written as it is. */
		o->fd = S_ISDIR(st.st_mode) ? -1 : open(path, O_WRONLY | O_CLOEXEC);
		errno = S_ISDIR(st.st_mode) ? EISDIR : errno;
	} else if ((o->fd = open_nameless(path)) < 0) {
		o->fd = open_named(o);
	}
	if (o->fd < 0)
		return ac_fault(&c->fault, AC_EIO, "%s could not be made (%s).", path, ac_words_error(errno));
	return AC_OK;
}

static enum ac_err
out_sink_write(void *ctx, const void *p, size_t n, struct ac_fault *f)
{
	struct file_out *o = ctx;
	const char *s = p;

	while (n > 0) {
		ssize_t w = write(o->fd, s, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return ac_fault(f, AC_EIO, "%s could not be written (%s).", o->path, ac_words_error(errno));
		s += w;
		n -= (size_t)w;
	}
	return AC_OK;
}

struct ac_sink
file_out_sink(struct file_out *o)
{
	return (struct ac_sink){ out_sink_write, o };
}

static void
sync_folder(const char *path)
{
	char copy[PATH_MAX];
	int fd;

	strcpy(copy, path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
	}
}

/* The whole file gets its name: at once where nothing has it, else through another,
 * for a link replaces nothing. */
static int
appear(struct file_out *o)
{
	char self[64];

	if (o->tmp[0] == '\0') {
		snprintf(self, sizeof self, "/proc/self/fd/%d", o->fd);
		if (linkat(AT_FDCWD, self, AT_FDCWD, o->path, AT_SYMLINK_FOLLOW) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
		snprintf(o->tmp, sizeof o->tmp, "%s.%ld", o->path, (long)getpid() % 10000000);
		if (linkat(AT_FDCWD, self, AT_FDCWD, o->tmp, AT_SYMLINK_FOLLOW) != 0) {
			o->tmp[0] = '\0'; /* another file's name */
			return -1;
		}
		doom(o->tmp);
	}
	return rename(o->tmp, o->path);
}

enum ac_err
file_out_done(struct cli *c, struct file_out *o)
{
	bool bad = o->regular && (fsync(o->fd) != 0 || appear(o) != 0);
	int e = errno;

	if (close(o->fd) != 0 && !bad) {
		bad = true;
		e = errno;
	}
	o->fd = -1;
	if (bad) {
		file_out_drop(o);
		return ac_fault(&c->fault, AC_EIO, "%s could not be written (%s).", o->path, ac_words_error(e));
	}
	if (o->regular)
		sync_folder(o->path);
	if (o->tmp[0] != '\0')
		doom("");
	o->tmp[0] = '\0';
	return AC_OK;
}

void
file_out_drop(struct file_out *o)
{
	if (o->fd >= 0)
		close(o->fd);
	if (o->tmp[0] != '\0') {
		unlink(o->tmp);
		doom("");
	}
	o->fd = -1;
	o->tmp[0] = '\0';
}

int
file_may(struct cli *c, const char *file)
{
	struct stat st;

	if (*file == '\0')
		return fail_with(c, USAGE, "The file has no name.");
	if (strcmp(file, "-") == 0) {
		if (c->json)
			return fail_with(c, USAGE, "`-` writes the file itself to standard output; leave --json out.");
		if (out_terminal())
			return fail_with(c, USAGE, "That would fill the terminal; send it to a file or a program.");
		return 0;
	}
	if (stat(file, &st) != 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return fail_with(c, FAILED, "%s is a folder; name a file.", clean(c, file));
	return S_ISREG(st.st_mode) ? prompt_confirm(c, "%s is there already and would be replaced.", clean(c, file)) : 0;
}

enum ac_err
file_whole(struct cli *c, const char *file, const void *p, size_t n)
{
	struct file_out o = { .fd = -1 };
	struct ac_sink sink;
	enum ac_err err;

	if (strcmp(file, "-") == 0) {
		out_write(p, n);
		return AC_OK;
	}
	err = file_out_open(c, &o, file);
	if (err == AC_OK) {
		sink = file_out_sink(&o);
		err = sink.write(sink.ctx, p, n, &c->fault);
	}
	if (err == AC_OK)
		err = file_out_done(c, &o);
	file_out_drop(&o);
	return err;
}

int
file_answer(struct cli *c, enum ac_err err, const char *file, struct ac_buf *b, const char *key, uint64_t n, const char *sentence)
{
	if (err == AC_OK && out_is_lost())
		err = AC_ENOMEM;
	if (err == AC_OK)
		err = file_whole(c, file, b->p, b->len);
	ac_buf_free(b);
	if (err != AC_OK)
		return fail(c, err);
	if (c->json) {
		json_open(out_buf(), NULL, '{');
		json_str(out_buf(), "file", file);
		json_int(out_buf(), key, n);
		json_close(out_buf(), '}');
		json_row_end(out_buf());
	} else if (strcmp(file, "-") != 0) {
		out_line(c, 0, sentence);
	}
	return DONE;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	(void)remove(path);
	return 0;
}

void
file_remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
