/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "sync/tar.h"

#define BLOCK 512u
#define OCTAL_MAX 077777777777u

/* where fields stand in a header, and how long they are */
enum { NAME = 0, MODE = 100, UID = 108, GID = 116, SIZE = 124, MTIME = 136, SUM = 148, TYPE = 156, MAGIC = 257 };

static unsigned
rest(uint64_t size)
{
	return (unsigned)(-size % BLOCK);
}

static unsigned
checksum(const unsigned char *head)
{
	unsigned sum = 0, i;

	for (i = 0; i < BLOCK; i++)
		sum += i >= SUM && i < SUM + 8 ? ' ' : head[i];
	return sum;
}

static void
number(unsigned char *field, uint64_t v)
{
	char text[16];
	int i;

	if (v <= OCTAL_MAX) {
		snprintf(text, sizeof text, "%011llo", (unsigned long long)v);
		memcpy(field, text, 12);
		return;
	}
	field[0] = 0x80;
	for (i = 11; i > 3; i--, v >>= 8)
		field[i] = (unsigned char)v;
}

enum ac_err
ac_tar_count(void *counted, const void *p, size_t n, struct ac_fault *f)
{
	struct ac_tar_counted *c = counted;

	c->n += n;
	return c->to ? c->to->write(c->to->ctx, p, n, f) : AC_OK;
}

enum ac_err
ac_tar_head(const struct ac_sink *to, const char *name, uint64_t size, int64_t seconds, struct ac_fault *f)
{
	unsigned char head[BLOCK] = { 0 };
	char sum[8];

	if (!name[0] || strlen(name) >= AC_TAR_NAME)
		return ac_fault(f, AC_EUSAGE, "a name in a backup is empty or too long");
	memcpy(head + NAME, name, strlen(name));
	memcpy(head + MODE, "0000600", 8);
	memcpy(head + UID, "0000000", 8);
	memcpy(head + GID, "0000000", 8);
	number(head + SIZE, size);
	number(head + MTIME, seconds > 0 ? (uint64_t)seconds : 0);
	head[TYPE] = '0';
	memcpy(head + MAGIC, "ustar\00000", 8);
	snprintf(sum, sizeof sum, "%06o", checksum(head));
	memcpy(head + SUM, sum, 7);
	head[SUM + 7] = ' ';
	return to->write(to->ctx, head, sizeof head, f);
}

enum ac_err
ac_tar_pad(const struct ac_sink *to, uint64_t size, struct ac_fault *f)
{
	static const unsigned char zero[BLOCK];

	return rest(size) ? to->write(to->ctx, zero, rest(size), f) : AC_OK;
}

enum ac_err
ac_tar_end(const struct ac_sink *to, struct ac_fault *f)
{
	static const unsigned char zero[2 * BLOCK];

	return to->write(to->ctx, zero, sizeof zero, f);
}

/* ------------------------------------------------------------------- reading */

/* Fills as much of n as the stream has. */
static enum ac_err
fill(size_t *got, struct ac_tar *t, unsigned char *p, size_t n, struct ac_fault *f)
{
	enum ac_err err;
	size_t one;

	for (*got = 0; *got < n; *got += one) {
		one = n - *got;
		if ((err = t->from.read(t->from.ctx, p + *got, &one, f)))
			return err;
		if (!one)
			break;
	}
	return AC_OK;
}

static enum ac_err
skip(struct ac_tar *t, uint64_t n, struct ac_fault *f)
{
	unsigned char scrap[4096];
	enum ac_err err = AC_OK;
	size_t got, one;

	for (; n && !err; n -= one) {
		one = n < sizeof scrap ? (size_t)n : sizeof scrap;
		err = fill(&got, t, scrap, one, f);
		if (!err && got < one)
			err = ac_fault(f, AC_EINVAL, "the tar inside the backup is cut short");
	}
	ac_wipe(scrap, sizeof scrap);
	return err;
}

static bool
zeros(const unsigned char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* Zeros up to the end of the stream, which so is seen to be whole. */
static enum ac_err
drain(struct ac_tar *t, struct ac_fault *f)
{
	unsigned char block[BLOCK];
	enum ac_err err;
	size_t got;

	do {
		if ((err = fill(&got, t, block, sizeof block, f)))
			return err;
		if (!zeros(block, got))
			return ac_fault(f, AC_EINVAL, "something stands behind the end of the tar inside the backup");
	} while (got);
	return AC_OK;
}

static bool
read_number(uint64_t *out, const unsigned char *field)
{
	uint64_t v = 0;
	int i;

	if (field[0] == 0x80) {
		for (i = 1; i < 4; i++)
			if (field[i])
				return false;
		for (; i < 12; i++)
			v = v << 8 | field[i];
		*out = v;
		return v <= INT64_MAX;
	}
	for (i = 0; i < 12 && field[i] && field[i] != ' '; i++) {
		if (field[i] < '0' || field[i] > '7')
			return false;
		v = v << 3 | (uint64_t)(field[i] - '0');
	}
	*out = v;
	return i > 0;
}

/* Six octal digits, a NUL, a space. */
static bool
sum_fits(const unsigned char *head)
{
	char want[8];

	snprintf(want, sizeof want, "%06o", checksum(head));
	return !memcmp(head + SUM, want, 6);
}

enum ac_err
ac_tar_next(struct ac_tar_member *out, bool *end, struct ac_tar *t, struct ac_fault *f)
{
	unsigned char head[BLOCK];
	enum ac_err err;
	uint64_t size;
	size_t got;

	if ((err = skip(t, t->left, f)) || (err = skip(t, t->pad, f)))
		return err;
	t->left = t->pad = 0;
	if ((err = fill(&got, t, head, sizeof head, f)))
		return err;
	if (got == sizeof head && zeros(head, sizeof head)) {
		*end = true;
		return drain(t, f);
	}
	if (got < sizeof head || !sum_fits(head) || memcmp(head + MAGIC, "ustar", 5) || head[TYPE] != '0'
	    || !head[NAME] || head[NAME + AC_TAR_NAME - 1] || !read_number(&size, head + SIZE))
		return ac_fault(f, AC_EINVAL, "what the backup holds is not the tar that its format says");
	*end = false;
	memset(out, 0, sizeof *out);
	memcpy(out->name, head + NAME, AC_TAR_NAME);
	out->size = t->left = size;
	t->pad = rest(size);
	return AC_OK;
}

static enum ac_err
read_member(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	struct ac_tar *t = ctx;
	enum ac_err err;

	if (*n > t->left)
		*n = (size_t)t->left;
	if (!*n)
		return AC_OK;
	if ((err = t->from.read(t->from.ctx, p, n, f)))
		return err;
	if (!*n)
		return ac_fault(f, AC_EINVAL, "the tar inside the backup is cut short");
	t->left -= *n;
	return AC_OK;
}

struct ac_source
ac_tar_source(struct ac_tar *t)
{
	return (struct ac_source){ read_member, t };
}
