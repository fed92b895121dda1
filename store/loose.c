/* SPDX-License-Identifier: ISC */
/*
 * libgit2 1.5 never returns from reading a loose object whose file was cut short: it asks
 * zlib for more output for ever. So the end of the stream is looked for before it reads.
 *
 * It also deflates each loose object that it writes, whatever core.loosecompression says,
 * and sealed bytes only cost time by that. So they are written here, as a zlib stream of
 * stored blocks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "store/crypto.h"
#include "store/loose.h"

void
ac_loose_path(char out[static 4300], const char *objects, const struct ac_oid *id)
{
	char hex[41];

	ac_crypto_hex(hex, id->id, 20);
	snprintf(out, 4300, "%.4200s/%.2s/%s", objects, hex, hex + 2);
}

/* Reads on to the stream's end, or to that of the file. */
static bool
ends(int fd)
{
	unsigned char in[16384], out[16384];
	z_stream z = { 0 };
	int rc = inflateInit(&z);
	ssize_t n;

	if (rc != Z_OK)
		return true; /* no memory: libgit2 says so too */
	while (rc == Z_OK && (n = read(fd, in, sizeof in)) > 0) {
		z.next_in = in;
		z.avail_in = (unsigned)n;
		do {
			z.next_out = out;
			z.avail_out = sizeof out;
			rc = inflate(&z, Z_NO_FLUSH);
		} while (rc == Z_OK && (z.avail_in || !z.avail_out));
		if (rc == Z_BUF_ERROR) /* it only wants more */
			rc = Z_OK;
	}
	inflateEnd(&z);
	ac_wipe(out, sizeof out);
	return rc == Z_STREAM_END;
}

bool
ac_loose_short(const char *objects, const struct ac_oid *id)
{
	char path[4300];
	bool whole;
	int fd;

	ac_loose_path(path, objects, id);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return false;
	whole = ends(fd);
	close(fd);
	return !whole;
}

/* The object's header and bytes as a zlib stream. */
static enum ac_err
stored(struct ac_buf *out, const char *type, const void *p, size_t n)
{
	char head[32];
	z_stream z = { 0 };
	size_t nhead = (size_t)snprintf(head, sizeof head, "%s %zu", type, n) + 1;
	enum ac_err err;
	int rc;

	if (nhead + n > UINT32_MAX - (64u << 10) || deflateInit(&z, Z_NO_COMPRESSION) != Z_OK)
		return AC_ENOMEM;
	if (!(err = ac_buf_room(out, deflateBound(&z, nhead + n) + 64))) {
		z.next_out = out->p;
		z.avail_out = (unsigned)out->cap;
		z.next_in = (unsigned char *)head;
		z.avail_in = (unsigned)nhead;
		rc = deflate(&z, Z_NO_FLUSH);
		z.next_in = (unsigned char *)(uintptr_t)p;
		z.avail_in = (unsigned)n;
		if (rc != Z_OK || deflate(&z, Z_FINISH) != Z_STREAM_END)
			err = AC_ENOMEM;
		out->len = out->cap - z.avail_out;
	}
	deflateEnd(&z);
	return err;
}

static bool
sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && !fsync(fd);

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool
write_all(int fd, const unsigned char *p, size_t n)
{
	ssize_t k = 0;

	for (; n; p += k, n -= (size_t)k)
		if ((k = write(fd, p, n)) < 0) {
			if (errno != EINTR)
				return false;
			k = 0;
		}
	return true;
}

/* A temporary name as libgit2 gives it, which is swept after a crash; then the object's. */
static bool
place(const char *objects, const struct ac_oid *id, const struct ac_buf *bytes)
{
	char tmp[4300], path[4300], folder[4300];
	bool ok, made;
	int fd, why;

	ac_loose_path(path, objects, id);
	snprintf(folder, sizeof folder, "%.*s", (int)(strlen(path) - 39), path);
	snprintf(tmp, sizeof tmp, "%.4200s/tmp_object_git2_XXXXXX", objects);
	if ((fd = mkostemp(tmp, O_CLOEXEC)) < 0)
		return false;
	ok = write_all(fd, bytes->p, bytes->len) && !fchmod(fd, 0400) && !fsync(fd);
	ok = !close(fd) && ok;
	made = ok && !mkdir(folder, 0777);
	ok = ok && (made || errno == EEXIST) && !rename(tmp, path) && sync_folder(folder) && (!made || sync_folder(objects));
	if (!ok) {
		why = errno;
		unlink(tmp);
		errno = why;
	}
	return ok;
}

enum ac_err
ac_loose_write(const char *objects, const struct ac_oid *id, const char *type, const void *p, size_t n, struct ac_fault *f)
{
	struct ac_buf bytes = { .max = UINT32_MAX }; /* a sealed segment is larger than a body may be */
	enum ac_err err = stored(&bytes, type, p, n);

	if (!err && !place(objects, id, &bytes))
		err = ac_fault(f, AC_EIO, "could not write in %s: %s", objects, ac_words_error(errno));
	ac_buf_free(&bytes);
	return err;
}
