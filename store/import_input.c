/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/bytes.h"
#include "store/import.h"

#define HEAD_MAX  ((size_t)4 << 20)   /* kept in memory */
#define BLOCK     ((size_t)256 << 10) /* sealed at once */
#define TAG       16
#define SPOOL_MAX ((uint64_t)64 << 30)

struct ac_import_input {
	int fd;                    /* the file, or the spool's; -1: none */
	bool sealed;
	uint64_t size, at;
	struct ac_buf head;        /* the first bytes of a spool */
	unsigned char *key;
	struct ac_buf block;       /* opened, or being filled */
	uint64_t number;           /* of the block in `block`; UINT64_MAX: none */
};

static enum ac_err
new_input(struct ac_import_input **out)
{
	struct ac_import_input *in = calloc(1, sizeof *in);

	if (!in)
		return AC_ENOMEM;
	in->fd = -1;
	in->number = UINT64_MAX;
	in->head.max = HEAD_MAX;
	in->block.max = BLOCK + TAG;
	*out = in;
	return AC_OK;
}

void
ac_import_input_free(struct ac_import_input *in)
{
	if (!in)
		return;
	if (in->fd >= 0)
		close(in->fd);
	ac_buf_free(&in->head);
	ac_buf_free(&in->block);
	ac_crypto_secret_free(in->key);
	free(in);
}

enum ac_err
ac_import_input_file(struct ac_import_input **out, int fd, struct ac_fault *f)
{
	struct ac_import_input *in;
	struct stat st;
	enum ac_err err;

	if (fstat(fd, &st)) {
		err = ac_fault(f, AC_EIO, "a file cannot be read: %s", ac_words_error(errno));
		close(fd);
		return err;
	}
	if ((err = new_input(&in))) {
		close(fd);
		return err;
	}
	in->fd = fd;
	in->size = (uint64_t)st.st_size;
	*out = in;
	return AC_OK;
}

/* ------------------------------------------------------------------ spooling */

static void
nonce_of(unsigned char nonce[static 24], uint64_t number)
{
	memset(nonce, 0, 16);
	ac_bytes_put64(nonce + 16, number);
}

/* A file that has no name from the start, or loses it at once. */
static int
nameless(const char *dir)
{
	char path[4200];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	if ((size_t)snprintf(path, sizeof path, "%s/.spool-XXXXXX", dir) >= sizeof path)
		return -1;
	if ((fd = mkostemp(path, O_CLOEXEC)) >= 0)
		unlink(path);
	return fd;
}

static enum ac_err
write_block(struct ac_import_input *in, uint64_t number, struct ac_fault *f)
{
	unsigned char nonce[24], *p;
	size_t n = in->block.len, done;
	enum ac_err err;
	ssize_t w;

	if ((err = ac_buf_room(&in->block, TAG)))
		return err;
	p = in->block.p;
	nonce_of(nonce, number);
	ac_crypto_xseal(p, p + n, p, n, NULL, 0, nonce, in->key);
	for (done = 0; done < n + TAG; done += (size_t)w)
		if ((w = write(in->fd, p + done, n + TAG - done)) <= 0)
			return ac_fault(f, AC_EIO, "there is no room to keep the input while it is read: %s", ac_words_error(errno));
	ac_buf_reset(&in->block);
	return AC_OK;
}

/* Fills `b` up to max; *end: nothing follows. */
static enum ac_err
fill(struct ac_buf *b, size_t max, const struct ac_source *from, bool *end, struct ac_fault *f)
{
	enum ac_err err;
	size_t n;

	while (b->len < max) {
		n = max - b->len < 65536 ? max - b->len : 65536;
		if ((err = ac_buf_room(b, n)) || (err = from->read(from->ctx, b->p + b->len, &n, f)))
			return err;
		if (!n) {
			*end = true;
			break;
		}
		b->len += n;
	}
	return AC_OK;
}

enum ac_err
ac_import_input_spool(struct ac_import_input **out, const char *dir, const struct ac_source *from, struct ac_fault *f)
{
	struct ac_import_input *in = NULL;
	bool end = false;
	uint64_t number;
	enum ac_err err = new_input(&in);

	if (err || (err = fill(&in->head, HEAD_MAX, from, &end, f)))
		goto out;
	in->size = in->head.len;
	if (!end) {
		if (!(in->key = ac_crypto_secret_new(32))) {
			err = AC_ENOMEM;
			goto out;
		}
		ac_crypto_random(in->key, 32);
		if ((in->fd = nameless(dir)) < 0) {
			err = ac_fault(f, AC_EIO, "there is no room to keep the input while it is read: %s", ac_words_error(errno));
			goto out;
		}
	}
	in->sealed = true;
	for (number = 0; !end; number++) {
		if ((err = fill(&in->block, BLOCK, from, &end, f)))
			goto out;
		if (!in->block.len)
			break;
		in->size += in->block.len;
		if (in->size > SPOOL_MAX) {
			err = ac_fault(f, AC_ELIMIT, "the input is over 64 GiB; save it as a file and import that");
			goto out;
		}
		if ((err = write_block(in, number, f)))
			goto out;
	}
	*out = in;
	in = NULL;
out:
	ac_import_input_free(in);
	return err;
}

/* ------------------------------------------------------------------- reading */

static enum ac_err
open_block(struct ac_import_input *in, uint64_t number, struct ac_fault *f)
{
	uint64_t left = in->size - in->head.len - number * BLOCK;
	size_t n = left < BLOCK ? (size_t)left : BLOCK;
	unsigned char nonce[24];
	enum ac_err err;

	in->number = UINT64_MAX;
	ac_buf_reset(&in->block);
	if ((err = ac_buf_room(&in->block, n + TAG)))
		return err;
	if (pread(in->fd, in->block.p, n + TAG, (off_t)(number * (BLOCK + TAG))) != (ssize_t)(n + TAG))
		return ac_fault(f, AC_EIO, "the input that was kept while it is read cannot be read back");
	nonce_of(nonce, number);
	if (!ac_crypto_xopen(in->block.p, in->block.p, n, in->block.p + n, NULL, 0, nonce, in->key))
		return ac_fault(f, AC_ECORRUPT, "the input that was kept while it is read came back damaged; try again");
	in->block.len = n;
	in->number = number;
	return AC_OK;
}

static enum ac_err
read_sealed(struct ac_import_input *in, void *p, size_t *n, struct ac_fault *f)
{
	const struct ac_buf *b = &in->head;
	uint64_t number, at = in->at;
	enum ac_err err;

	if (at >= in->size) {
		*n = 0;
		return AC_OK;
	}
	if (at >= in->head.len) {
		number = (at - in->head.len) / BLOCK;
		if (number != in->number && (err = open_block(in, number, f)))
			return err;
		b = &in->block;
		at = (at - in->head.len) % BLOCK;
	}
	if (*n > b->len - at)
		*n = (size_t)(b->len - at);
	memcpy(p, b->p + at, *n);
	in->at += *n;
	return AC_OK;
}

enum ac_err
ac_import_input_read(struct ac_import_input *in, void *p, size_t *n, struct ac_fault *f)
{
	ssize_t got;

	if (in->sealed)
		return read_sealed(in, p, n, f);
	do
		got = read(in->fd, p, *n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return ac_fault(f, AC_EIO, "a file cannot be read: %s", ac_words_error(errno));
	*n = (size_t)got;
	return AC_OK;
}

enum ac_err
ac_import_input_rewind(struct ac_import_input *in, struct ac_fault *f)
{
	in->at = 0;
	if (!in->sealed && lseek(in->fd, 0, SEEK_SET))
		return ac_fault(f, AC_EIO, "a file cannot be read again: %s", ac_words_error(errno));
	return AC_OK;
}

uint64_t
ac_import_input_size(const struct ac_import_input *in)
{
	return in->size;
}
