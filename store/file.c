/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/file.h"

#define MAX_DEPTH 256          /* of folders that remove_tree goes down */
#define TMP_SIZE  40

/* ------------------------------------------------------------------ errors */

static const char *
hint(int e)
{
	switch (e) {
	case ENOSPC: case EDQUOT: return ac_words("free some space and try again");
	case EACCES: case EPERM:  return ac_words("look at its rights, or choose another place");
	case EROFS:               return ac_words("this place can only be read; choose another");
	case ENOENT: case ENOTDIR: return ac_words("look at the spelling");
	case EISDIR:              return ac_words("give the name of a file");
	case EIO:                 return ac_words("the disk may be failing; make a copy elsewhere");
	case ENAMETOOLONG:        return ac_words("choose a shorter name");
	default:                  return ac_words("try again, or choose another place");
	}
}

/* The sentence for errno. `what` reads "could not be WHAT". */
static enum ac_err
refused(const char *path, const char *what, struct ac_fault *f)
{
	int e = errno;
	enum ac_err err = AC_EIO;

	if (e == ENOENT)
		err = AC_ENOTFOUND;
	else if (e == EEXIST)
		err = AC_EEXIST;
	else if (e == EISDIR || e == ENOTDIR || e == ENAMETOOLONG)
		err = AC_EUSAGE;
	return ac_fault(f, err, "%s could not be %s: %s; %s", path, ac_words(what),
		ac_words_error(e), hint(e));
}

static enum ac_err
no_memory(struct ac_fault *f)
{
	return ac_fault(f, AC_ENOMEM, "out of memory at a file");
}

/* ----------------------------------------------------------------- durably */

/* Some file systems and all pipes have no fsync; that they say so is no failure. */
static int
sync_fd(int fd)
{
	int rc;

	while ((rc = fsync(fd)) && errno == EINTR)
		;
	return rc && errno != EINVAL && errno != ENOTSUP && errno != EROFS ? -1 : 0;
}

/* On Linux the descriptor is gone also after EINTR: never closed twice. */
static int
close_fd(int fd)
{
	return close(fd) && errno != EINTR ? -1 : 0;
}

static int
write_fd(int fd, const void *p, size_t n)
{
	const char *s = p;
	ssize_t k;

	while (n) {
		if ((k = write(fd, s, n)) < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		s += k;
		n -= (size_t)k;
	}
	return 0;
}

/* Opens the folder of path; *base is the name in it. */
static int
open_parent(const char *path, const char **base)
{
	const char *slash = strrchr(path, '/');
	char *dir;
	int fd, e;

	*base = slash ? slash + 1 : path;
	if (!slash)
		return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!(dir = strndup(path, slash == path ? 1 : (size_t)(slash - path))))
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	e = errno;
	free(dir);
	errno = e;
	return fd;
}

/* ---------------------------------------------------------------- a stream */

struct ac_file_out {
	char *path;                /* for sentences */
	const char *base;          /* in path */
	int dir, fd;               /* -1: none */
	char tmp[TMP_SIZE];        /* "": written as it is */
	bool replace;
	enum ac_err err;           /* a write failed: commit does too */
};

static enum ac_err
open_tmp(struct ac_file_out *o, mode_t mode, struct ac_fault *f)
{
	unsigned char r[8];
	int tries;

	for (tries = 0; tries < 100; tries++) {
		if (getentropy(r, sizeof r))
			break;
		snprintf(o->tmp, sizeof o->tmp, ".aftercare-%02x%02x%02x%02x%02x%02x%02x%02x.tmp",
			r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7]);
		o->fd = openat(o->dir, o->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
		if (o->fd >= 0)
			return AC_OK;
		if (errno != EEXIST)
			break;
	}
	o->tmp[0] = 0;
	return refused(o->path, "written", f);
}

static enum ac_err
taken(const struct ac_file_out *o, struct ac_fault *f)
{
	return ac_fault(f, AC_EEXIST, "%s is there already; choose another name, or remove it first", o->path);
}

/* A link to a file stays, and what it names is replaced: the temporary file must
 * then lie beside that, or /dev/stdout would become a file of its own. */
static enum ac_err
follow(struct ac_file_out *o, struct ac_fault *f)
{
	struct stat st, link;
	char *real;

	if (lstat(o->path, &link) || !S_ISLNK(link.st_mode) || stat(o->path, &st) || !S_ISREG(st.st_mode))
		return AC_OK;
	if (!(real = realpath(o->path, NULL)))
		return refused(o->path, "written", f);
	free(o->path);
	o->path = real;
	return AC_OK;
}

/* A device or pipe is opened as it is; anything else gets a temporary file. */
static enum ac_err
open_named(struct ac_file_out *o, mode_t mode, struct ac_fault *f)
{
	struct stat st, link;
	enum ac_err err;

	if (o->replace && (err = follow(o, f)))
		return err;
	if ((o->dir = open_parent(o->path, &o->base)) < 0)
		return refused(o->path, "written", f);
	if (!*o->base || !fstatat(o->dir, o->base, &st, 0)) {
		if (!*o->base || S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode))
			return ac_fault(f, AC_EUSAGE, "%s is no file; give the name of a file", o->path);
		if (!S_ISREG(st.st_mode)) {
			o->fd = openat(o->dir, o->base, O_WRONLY | O_CLOEXEC | O_NOCTTY);
			return o->fd < 0 ? refused(o->path, "written", f) : AC_OK;
		}
	}
	if (!o->replace && !fstatat(o->dir, o->base, &link, AT_SYMLINK_NOFOLLOW))
		return taken(o, f);
	return open_tmp(o, mode, f);
}

enum ac_err
ac_file_out_new(struct ac_file_out **out, const char *path, mode_t mode, bool replace, struct ac_fault *f)
{
	bool named = path && strcmp(path, "-");
	struct ac_file_out *o = calloc(1, sizeof *o);
	enum ac_err err = AC_OK;

	if (!o)
		return no_memory(f);
	o->dir = o->fd = -1;
	o->replace = replace;
	if (!(o->path = strdup(named ? path : "standard output")))
		err = no_memory(f);
	else if (named)
		err = open_named(o, mode, f);
	else if ((o->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)) < 0)
		err = refused(o->path, "written", f);
	if (err)
		ac_file_out_free(o);
	else
		*out = o;
	return err;
}

static enum ac_err
out_write(void *ctx, const void *p, size_t n, struct ac_fault *f)
{
	struct ac_file_out *o = ctx;

	if (o->fd < 0)
		return ac_fault(f, AC_EINTERNAL, "%s is finished already", o->path);
	if (write_fd(o->fd, p, n))
		return o->err = refused(o->path, "written", f);
	return AC_OK;
}

struct ac_sink
ac_file_out_sink(struct ac_file_out *o)
{
	return (struct ac_sink){ .write = out_write, .ctx = o };
}

/* The name at last, without replacing: by the rename that refuses, else by a
 * second name, else (no such rename, no second names) by looking first. */
static int
place_new(const struct ac_file_out *o)
{
	struct stat st;

	if (!renameat2(o->dir, o->tmp, o->dir, o->base, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
		return -1;
	if (!linkat(o->dir, o->tmp, o->dir, o->base, 0))
		return unlinkat(o->dir, o->tmp, 0);
	if (errno != EPERM && errno != ENOTSUP && errno != ENOSYS && errno != EMLINK)
		return -1;
	if (!fstatat(o->dir, o->base, &st, AT_SYMLINK_NOFOLLOW)) {
		errno = EEXIST;
		return -1;
	}
	return renameat(o->dir, o->tmp, o->dir, o->base);
}

static enum ac_err
place(struct ac_file_out *o, struct ac_fault *f)
{
	int rc = o->replace ? renameat(o->dir, o->tmp, o->dir, o->base) : place_new(o);

	if (rc && errno == EEXIST)
		return taken(o, f);
	if (rc)
		return refused(o->path, "put in its place", f);
	o->tmp[0] = 0;
	if (sync_fd(o->dir))
		return refused(o->path, "made safe against a power cut", f);
	return AC_OK;
}

enum ac_err
ac_file_out_commit(struct ac_file_out *o, struct ac_fault *f)
{
	int fd = o->fd;
	enum ac_err err = AC_OK;

	if (fd < 0)
		return ac_fault(f, AC_EINTERNAL, "%s is finished already", o->path);
	if (o->err)
		return ac_fault(f, o->err, "%s could not be written whole; try again", o->path);
	if (sync_fd(fd))
		err = refused(o->path, "written", f);
	o->fd = -1;
	if (close_fd(fd) && !err)
		err = refused(o->path, "written", f);
	if (!err && *o->tmp)
		err = place(o, f);
	return err;
}

void
ac_file_out_free(struct ac_file_out *o)
{
	if (!o)
		return;
	if (o->fd >= 0)
		close(o->fd);
	if (*o->tmp)
		unlinkat(o->dir, o->tmp, 0);
	if (o->dir >= 0)
		close(o->dir);
	free(o->path);
	free(o);
}

/* ------------------------------------------------------------- whole files */

enum ac_err
ac_file_put(const char *path, const void *p, size_t n, mode_t mode, struct ac_fault *f)
{
	struct ac_file_out *o = NULL;
	enum ac_err err;

	if ((err = ac_file_out_new(&o, path, mode, true, f)))
		return err;
	if (!(err = out_write(o, p, n, f)))
		err = ac_file_out_commit(o, f);
	ac_file_out_free(o);
	return err;
}

static enum ac_err
read_fd(struct ac_buf *out, int fd, size_t max, const char *path, struct ac_fault *f)
{
	unsigned char piece[16384];
	enum ac_err err = AC_OK;
	ssize_t k;

	while (!err && (k = read(fd, piece, sizeof piece))) {
		if (k < 0) {
			if (errno != EINTR)
				err = refused(path, "read", f);
			continue;
		}
		err = (size_t)k > max ? AC_ELIMIT : ac_buf_add(out, piece, (size_t)k);
		max -= (size_t)k;
		if (err == AC_ENOMEM)
			no_memory(f);
	}
	ac_wipe(piece, sizeof piece);
	return err;
}

enum ac_err
ac_file_read(struct ac_buf *out, const char *path, size_t max, struct ac_fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t start = out->len;
	enum ac_err err;

	if (fd < 0)
		return refused(path, "read", f);
	err = read_fd(out, fd, max, path, f);
	close(fd);
	if (err == AC_ELIMIT)
		ac_fault(f, err, "%s is larger than is taken here (%zu bytes); give another file", path,
			out->max && out->max < max ? out->max : max);
	if (err && out->len > start) {
		ac_wipe(out->p + start, out->len - start);
		out->len = start;
	}
	return err;
}

/* ----------------------------------------------------------------- folders */

static enum ac_err
make_one(const char *path, mode_t mode, struct ac_fault *f)
{
	const char *base;
	int dir, rc;

	if (mkdir(path, mode))
		return errno == EEXIST ? AC_OK : refused(path, "made", f);
	if ((dir = open_parent(path, &base)) < 0)
		return refused(path, "made", f);
	rc = sync_fd(dir);
	close(dir);
	return rc ? refused(path, "made safe against a power cut", f) : AC_OK;
}

enum ac_err
ac_file_mkdirs(const char *path, mode_t mode, struct ac_fault *f)
{
	char *s = strdup(path), *at;
	enum ac_err err = AC_OK;
	struct stat st;

	if (!s)
		return no_memory(f);
	for (at = s + strlen(s); at > s + 1 && at[-1] == '/'; )
		*--at = 0;
	for (at = s + 1; *s && !err && (at = strchr(at, '/')); at++) {
		*at = 0;
		err = at[-1] == '/' ? AC_OK : make_one(s, mode, f);
		*at = '/';
	}
	if (!err)
		err = make_one(s, mode, f);
	if (!err && (stat(s, &st) || !S_ISDIR(st.st_mode)))
		err = ac_fault(f, AC_EUSAGE, "%s is a file where a folder belongs; move it away", path);
	free(s);
	return err;
}

static int remove_at(int dir, const char *name, int depth);

/* Takes fd. */
static int
empty_folder(int fd, int depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	int rc = 0, err;

	if (!d) {
		close(fd);
		return -1;
	}
	errno = 0;
	while (!rc && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			rc = remove_at(dirfd(d), e->d_name, depth + 1);
	if (!rc && errno)
		rc = -1;
	err = errno;
	closedir(d);
	errno = err;
	return rc;
}

/* Leaves errno 0 where it succeeds: readdir's caller looks at it. */
static int
remove_at(int dir, const char *name, int depth)
{
	int fd, rc = unlinkat(dir, name, 0);

	if (rc && errno == EISDIR) {
		if (depth > MAX_DEPTH) {
			errno = ELOOP;
			return -1;
		}
		fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		rc = fd < 0 || empty_folder(fd, depth) ? -1 : unlinkat(dir, name, AT_REMOVEDIR);
	}
	if (rc && errno != ENOENT)
		return -1;
	errno = 0;
	return 0;
}

enum ac_err
ac_file_remove_tree(const char *path, struct ac_fault *f)
{
	enum ac_err err = AC_OK;
	const char *base;
	int dir = open_parent(path, &base);

	if (dir < 0)
		return errno == ENOENT ? AC_OK : refused(path, "removed", f);
	if (!*base || !strcmp(base, ".") || !strcmp(base, ".."))
		err = ac_fault(f, AC_EUSAGE, "%s has no name of its own to remove; name it from outside", path);
	else if (remove_at(dir, base, 0) || sync_fd(dir))
		err = refused(path, "removed", f);
	close(dir);
	return err;
}

/* ------------------------------------------------------------------- locks */

static int
open_lock(const char *path, bool exclusive)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 && !exclusive && (errno == EROFS || errno == EACCES))
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd;
}

/* Someone may have removed the file between our open and our flock: a lock on a
 * file without a name excludes nobody. */
static bool
still_there(int fd, const char *path)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* *fd is -1 where another holds it. */
static enum ac_err
try_lock(int *fd, const char *path, bool exclusive, struct ac_fault *f)
{
	enum ac_err err = AC_OK;

	do {
		if ((*fd = open_lock(path, exclusive)) < 0)
			return refused(path, "locked", f);
		if (!flock(*fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB)) {
			if (still_there(*fd, path))
				return AC_OK;
			errno = EINTR;
		} else if (errno != EWOULDBLOCK && errno != EINTR) {
			err = refused(path, "locked", f);
		}
		ac_file_unlock(*fd);
		*fd = -1;
	} while (!err && errno == EINTR);
	return err;
}

enum ac_err
ac_file_lock(int *fd, const char *path, bool exclusive, unsigned wait_ms, struct ac_fault *f)
{
	const struct timespec nap = { .tv_nsec = 20000000 };
	int64_t until = now_ms() + wait_ms;
	enum ac_err err;
	int got;

	while (!(err = try_lock(&got, path, exclusive, f)) && got < 0) {
		if (now_ms() >= until)
			return ac_fault(f, AC_EBUSY, "another aftercare is at work there (%s); "
				"wait until it is done and try again", path);
		nanosleep(&nap, NULL);
	}
	if (!err)
		*fd = got;
	return err;
}

/* Not by close alone: a child that was forked meanwhile would keep the lock. */
void
ac_file_unlock(int fd)
{
	int e = errno;

	if (fd < 0)
		return;
	flock(fd, LOCK_UN);
	close(fd);
	errno = e;
}
