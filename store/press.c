/* SPDX-License-Identifier: ISC */
/* zstd's contexts hold pieces of the text: they live in memory that is wiped
 * when zstd gives it back, which is why its allocator interface is used. */
#define ZSTD_STATIC_LINKING_ONLY
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "schema/faults.h"
#include "store/dict.h"
#include "store/press.h"

/* An edit is small and is kept, sent and backed up for ever: it gets the best
 * that there is. Of an import's 4 MiB level 6 makes a sixth less than level 3 in
 * three times its time, which is some 5 % more of the import; with matches of 6
 * bytes at least it is quicker and smaller than with the shorter ones that zstd
 * would take, because in records those cost more than they save. */
#define SMALL (128u << 10)
#define LEVEL_SMALL 19
#define LEVEL_LARGE 6
#define MATCH_LARGE 6

static const unsigned char head[5] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00 };

/* ------------------------------------------------------------------ memory */

struct cell { _Alignas(max_align_t) size_t n; };

static void *
get(void *ctx, size_t n)
{
	struct cell *c;

	(void)ctx;
	if (n > SIZE_MAX - sizeof *c || !(c = malloc(sizeof *c + n)))
		return NULL;
	c->n = n;
	return c + 1;
}

static void
put(void *ctx, void *p)
{
	struct cell *c = p;

	(void)ctx;
	if (!p)
		return;
	c--;
	ac_wipe(c, sizeof *c + c->n);
	free(c);
}

static const ZSTD_customMem wiping = { get, put, NULL };

/* ------------------------------------------------------------ dictionaries */

/* Digesting one takes milliseconds, an edit microseconds: once per process. */
static struct { ZSTD_CDict *small, *large; ZSTD_DDict *grow; } dict1;
static pthread_once_t dict1_once = PTHREAD_ONCE_INIT;

static void
dict1_digest(void)
{
	unsigned char *dict = malloc(ac_dict_1_size);

	if (!dict)
		return;
	ac_dict_1(dict); /* each of these keeps a copy */
	dict1.small = ZSTD_createCDict(dict, ac_dict_1_size, LEVEL_SMALL);
	dict1.large = ZSTD_createCDict(dict, ac_dict_1_size, LEVEL_LARGE);
	dict1.grow = ZSTD_createDDict(dict, ac_dict_1_size);
	free(dict);
}

static bool
dict1_ready(void)
{
	return pthread_once(&dict1_once, dict1_digest) == 0 && dict1.small && dict1.large && dict1.grow;
}

/* --------------------------------------------------------------- shrinking */

static bool
settings(ZSTD_CCtx *z, size_t n, unsigned dict)
{
	bool large = n >= SMALL;

	return !ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, large ? LEVEL_LARGE : LEVEL_SMALL)) &&
		(!large || !ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_minMatch, MATCH_LARGE))) &&
		!ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_contentSizeFlag, 0)) &&
		!ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 0)) &&
		!ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_dictIDFlag, 0)) &&
		(!dict || !ZSTD_isError(ZSTD_CCtx_refCDict(z, large ? dict1.large : dict1.small)));
}

enum ac_err
ac_press_shrink(struct ac_buf *out, const void *p, size_t n, unsigned dict, struct ac_fault *f)
{
	struct ac_buf b = { .max = SIZE_MAX / 4 };
	ZSTD_CCtx *z = NULL;
	enum ac_err err;
	size_t k;

	if (dict > AC_PRESS_DICT)
		return ac_fault(f, AC_EINVAL, "there is no dictionary %u", dict);
	if ((dict && !dict1_ready()) || !(z = ZSTD_createCCtx_advanced(wiping)) || !settings(z, n, dict) ||
	    ac_buf_room(&b, ZSTD_compressBound(n))) {
		err = ac_fault(f, AC_ENOMEM, "out of memory");
		goto out;
	}
	k = ZSTD_compress2(z, b.p, b.cap, p, n);
	if (ZSTD_isError(k)) {
		err = ac_fault(f, AC_ENOMEM, "compression failed: %s", ZSTD_getErrorName(k));
		goto out;
	}
	b.len = k;
	if (k < sizeof head || memcmp(b.p, head, sizeof head) != 0) {
		err = ac_fault(f, AC_EINTERNAL, "this zstd writes frames of another form");
		goto out;
	}
	if ((err = ac_buf_add(out, b.p + sizeof head, k - sizeof head)))
		ac_fault(f, err, "compressed bytes do not fit: %zu are over the ceiling", k);
out:
	ZSTD_freeCCtx(z);
	ac_buf_free(&b);
	return err;
}

/* ----------------------------------------------------------------- growing */

static bool
window_ok(unsigned char descriptor)
{
	unsigned log = 10 + (descriptor >> 3);

	return log < AC_PRESS_WINDOW_LOG || (log == AC_PRESS_WINDOW_LOG && (descriptor & 7) == 0);
}

static enum ac_err
unpack(struct ac_buf *out, const struct ac_buf *frame, size_t exact, unsigned dict, struct ac_fault *f)
{
	ZSTD_DCtx *z = ZSTD_createDCtx_advanced(wiping);
	unsigned char *to = out->p + out->len, none;
	size_t k;

	if (!z || (dict && ZSTD_isError(ZSTD_DCtx_refDDict(z, dict1.grow)))) {
		ZSTD_freeDCtx(z);
		return ac_fault(f, AC_ENOMEM, "out of memory");
	}
	k = ZSTD_decompressDCtx(z, exact ? to : &none, exact, frame->p, frame->len);
	ZSTD_freeDCtx(z);
	if (k == exact) {
		out->len += exact;
		return AC_OK;
	}
	if (exact)
		ac_wipe(to, exact);
	return ac_fault(f, AC_ECORRUPT, "compressed bytes are damaged");
}

enum ac_err
ac_press_grow(struct ac_buf *out, const void *p, size_t n, size_t exact, unsigned dict, struct ac_fault *f)
{
	struct ac_buf frame = { .max = SIZE_MAX / 4 };
	enum ac_err err;

	if (dict > ac_faults_number("AFTERCARE_DICTIONARY", AC_PRESS_DICT)) /* tests: the same one again */
		return ac_fault(f, AC_EVERSION, "a segment packed with dictionary %u: get a version of aftercare that has it (this one has %u)",
			dict, AC_PRESS_DICT);
	if (n == 0 || !window_ok(*(const unsigned char *)p))
		return ac_fault(f, AC_ECORRUPT, "compressed bytes are damaged");
	if ((dict && !dict1_ready()) || ac_buf_add(&frame, head, sizeof head) || ac_buf_add(&frame, p, n)) {
		err = ac_fault(f, AC_ENOMEM, "out of memory");
		goto out;
	}
	/* one frame, not several that would be read one after the other */
	if (ZSTD_findFrameCompressedSize(frame.p, frame.len) != frame.len) {
		err = ac_fault(f, AC_ECORRUPT, "compressed bytes are damaged");
		goto out;
	}
	if ((err = ac_buf_room(out, exact))) {
		ac_fault(f, err, "what is compressed does not fit: %zu bytes", exact);
		goto out;
	}
	err = unpack(out, &frame, exact, dict, f);
out:
	ac_buf_free(&frame);
	return err;
}

/* ------------------------------------------------------------------ length */

size_t
ac_press_padme(size_t n)
{
	unsigned e = 0, s = 0, i;
	size_t mask;

	if (n < 2)
		return n;
	while (n >> e > 1)
		e++;
	for (i = e; i; i >>= 1)
		s++;
	mask = e > s ? ((size_t)1 << (e - s)) - 1 : 0;
	return n > SIZE_MAX - mask ? n : (n + mask) & ~mask;
}
