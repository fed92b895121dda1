/* SPDX-License-Identifier: ISC */
/*
 * Method: the payload is chunks of 64 KiB, each sealed under its number and a
 * mark on the last. A writer holds a full chunk back until more comes, so that
 * the last one is empty only in an empty file. A reader cannot know that a full
 * chunk is the last before it reads on; it tries it as one of many and then as
 * the last, so that what was whole is handed out before a cut is reported.
 */
#include <string.h>

#include "store/crypto.h"
#include "sync/age.h"
#include "sync/agehead.h"
#include "sync/armor.h"
#include "sync/bech32.h"

#define CHUNK (64u << 10)
#define TAG   16u
#define NONCE 16u              /* of the payload, in front of it */

static const char hrp_public[] = "age";
static const char hrp_secret[] = "AGE-SECRET-KEY-";

_Static_assert(AC_BECH32_SIZE(sizeof hrp_secret - 1, 32) <= 80, "text of an identity");

/* ------------------------------------------------------------ both ways */

static void
payload_key(unsigned char key[static 32], const unsigned char file_key[static AC_AGEHEAD_KEY],
	const unsigned char nonce[static NONCE])
{
	ac_crypto_hkdf(key, 32, nonce, NONCE, file_key, AC_AGEHEAD_KEY, "payload", 7);
}

/* 11 bytes of big-endian count, and 1 on the last chunk. */
static void
chunk_nonce(unsigned char nonce[static 12], uint64_t count, bool last)
{
	int i;

	memset(nonce, 0, 12);
	for (i = 0; i < 8; i++)
		nonce[10 - i] = (unsigned char)(count >> 8 * i);
	nonce[11] = last;
}

/* --------------------------------------------------------------- sealing */

struct ac_age_seal {
	struct ac_sink to;
	enum ac_err err;           /* what a call before ended with */
	bool ended;
	uint64_t count;
	unsigned char key[32];
	size_t len;
	unsigned char chunk[CHUNK + TAG];
};

static enum ac_err
write_chunk(struct ac_age_seal *s, bool last, struct ac_fault *f)
{
	unsigned char nonce[12];
	size_t n = s->len;

	chunk_nonce(nonce, s->count++, last);
	ac_crypto_seal(s->chunk, s->chunk + n, s->chunk, n, nonce, s->key);
	s->len = 0;
	return s->err = s->to.write(s->to.ctx, s->chunk, n + TAG, f);
}

static enum ac_err
write_head(struct ac_age_seal *s, const struct ac_age_recipients *r, struct ac_fault *f)
{
	unsigned char file_key[AC_AGEHEAD_KEY], nonce[NONCE];
	struct ac_buf head = { 0 };
	enum ac_err err;

	ac_crypto_random(file_key, sizeof file_key);
	ac_crypto_random(nonce, sizeof nonce);
	if (!(err = ac_agehead_write(&head, file_key, r, f)) &&
	    !(err = s->to.write(s->to.ctx, head.p, head.len, f)))
		err = s->to.write(s->to.ctx, nonce, sizeof nonce, f);
	payload_key(s->key, file_key, nonce);
	ac_wipe(file_key, sizeof file_key);
	ac_buf_free(&head);
	return err;
}

enum ac_err
ac_age_seal_new(struct ac_age_seal **out, const struct ac_age_recipients *r,
	const struct ac_sink *to, struct ac_fault *f)
{
	struct ac_age_seal *s = ac_crypto_secret_new(sizeof *s);
	enum ac_err err;

	if (!s)
		return ac_fault(f, AC_ENOMEM, "out of memory while sealing a file");
	s->to = *to;
	if ((err = write_head(s, r, f))) {
		ac_age_seal_free(s);
		return err;
	}
	*out = s;
	return AC_OK;
}

static enum ac_err
sealable(const struct ac_age_seal *s, struct ac_fault *f)
{
	if (s->err)
		return ac_fault(f, s->err, "the sealed file could not be written further after an error; "
			"start again");
	if (s->ended)
		return ac_fault(f, AC_EINTERNAL, "the sealed file has its end already");
	return AC_OK;
}

enum ac_err
ac_age_seal_write(struct ac_age_seal *s, const void *p, size_t n, struct ac_fault *f)
{
	const unsigned char *in = p;
	enum ac_err err = sealable(s, f);

	while (!err && n) {
		size_t k = CHUNK - s->len;

		if (!k) {
			err = write_chunk(s, false, f);
			continue;
		}
		if (k > n)
			k = n;
		memcpy(s->chunk + s->len, in, k);
		s->len += k;
		in += k;
		n -= k;
	}
	return err;
}

enum ac_err
ac_age_seal_end(struct ac_age_seal *s, struct ac_fault *f)
{
	enum ac_err err = sealable(s, f);

	if (err)
		return err;
	s->ended = true;
	return write_chunk(s, true, f);
}

void
ac_age_seal_free(struct ac_age_seal *s)
{
	ac_crypto_secret_free(s);
}

static enum ac_err
sink_write(void *ctx, const void *p, size_t n, struct ac_fault *f)
{
	return ac_age_seal_write(ctx, p, n, f);
}

struct ac_sink
ac_age_seal_sink(struct ac_age_seal *s)
{
	return (struct ac_sink){ .write = sink_write, .ctx = s };
}

/* --------------------------------------------------------------- opening */

struct ac_age_open {
	struct ac_source from;     /* of bytes: armor is off */
	struct ac_armor armor;
	enum ac_err err;
	struct ac_fault fault;     /* err's sentence, given again */
	bool eof, last;
	uint64_t count;
	unsigned char key[32];
	size_t in_at, in_len, out_at, out_len;
	unsigned char in[CHUNK + TAG];
	unsigned char out[CHUNK];
};

/* Reads until `want` bytes wait in o->in, or the end. */
static enum ac_err
fill(struct ac_age_open *o, size_t want, struct ac_fault *f)
{
	enum ac_err err;

	if (o->in_at) {
		memmove(o->in, o->in + o->in_at, o->in_len - o->in_at);
		o->in_len -= o->in_at;
		o->in_at = 0;
	}
	while (o->in_len < want && !o->eof) {
		size_t n = sizeof o->in - o->in_len;

		if ((err = o->from.read(o->from.ctx, o->in + o->in_len, &n, f)))
			return err;
		o->in_len += n;
		o->eof = n == 0;
	}
	return AC_OK;
}

/* What an age file begins with has no white space and no dash in front. */
static enum ac_err
start(struct ac_age_open *o, const struct ac_source *from, struct ac_fault *f)
{
	size_t n = 1;
	enum ac_err err;

	o->from = *from;
	if ((err = from->read(from->ctx, o->in, &n, f)))
		return err;
	o->eof = n == 0;
	o->in_len = n;
	if (n && strchr(" \t\r\n-", o->in[0]) && o->in[0]) {
		ac_armor_init(&o->armor, from, o->in[0]);
		o->from = (struct ac_source){ .read = ac_armor_read, .ctx = &o->armor };
		o->in_len = 0;
	}
	return AC_OK;
}

/* Appends the next line, with its LF where it has one, to head. */
static enum ac_err
take_line(struct ac_age_open *o, struct ac_buf *head, struct ac_fault *f)
{
	unsigned char *lf = NULL;
	enum ac_err err;
	size_t n;

	while (!lf) {
		if (o->in_at == o->in_len && (err = fill(o, 1, f)))
			return err;
		if (o->in_at == o->in_len)
			return AC_OK;
		n = o->in_len - o->in_at;
		if ((lf = memchr(o->in + o->in_at, '\n', n)))
			n = (size_t)(lf - o->in) + 1 - o->in_at;
		if ((err = ac_buf_add(head, o->in + o->in_at, n)))
			return ac_fault(f, err, err == AC_ELIMIT ? "the header of this age file is over %u KiB" :
				"out of memory at a header of under %u KiB", AC_MAX_AGE_HEADER >> 10);
		o->in_at += n;
	}
	return AC_OK;
}

static enum ac_err
take_head(struct ac_age_open *o, struct ac_buf *head, struct ac_fault *f)
{
	size_t at = 0;
	enum ac_err err;

	if ((err = take_line(o, head, f)) || (err = ac_agehead_first(head->p, head->len, f)))
		return err;
	do {
		at = head->len;
		err = take_line(o, head, f);
	} while (!err && head->len > at && !ac_agehead_last(head->p + at, head->len - at));
	return err;
}

static enum ac_err
open_head(struct ac_age_open *o, const struct ac_age_identities *ids, struct ac_fault *f)
{
	unsigned char file_key[AC_AGEHEAD_KEY];
	struct ac_buf head = { .max = AC_MAX_AGE_HEADER };
	enum ac_err err;

	if ((err = take_head(o, &head, f)) ||
	    (err = ac_agehead_read(file_key, head.p, head.len, ids, f)) ||
	    (err = fill(o, NONCE, f)))
		goto out;
	if (o->in_len < NONCE) {
		err = ac_fault(f, AC_EINVAL, "this age file ends right behind its header; "
			"get another copy of the file");
		goto out;
	}
	payload_key(o->key, file_key, o->in);
	o->in_at = NONCE;
out:
	ac_wipe(file_key, sizeof file_key);
	ac_buf_free(&head);
	return err;
}

enum ac_err
ac_age_open_new(struct ac_age_open **out, const struct ac_age_identities *ids,
	const struct ac_source *from, struct ac_fault *f)
{
	struct ac_age_open *o = ac_crypto_secret_new(sizeof *o);
	enum ac_err err;

	if (!o)
		return ac_fault(f, AC_ENOMEM, "out of memory while opening a sealed file");
	if ((err = start(o, from, f)) || (err = open_head(o, ids, f))) {
		ac_age_open_free(o);
		return err;
	}
	*out = o;
	return AC_OK;
}

static bool
open_chunk(struct ac_age_open *o, bool last)
{
	size_t n = o->in_len - TAG;
	unsigned char nonce[12];

	chunk_nonce(nonce, o->count, last);
	if (!ac_crypto_open(o->out, o->in, n, o->in + n, nonce, o->key))
		return false;
	o->count++;
	o->last = last;
	o->in_len = 0;
	o->out_at = 0;
	o->out_len = n;
	return true;
}

static enum ac_err
next_chunk(struct ac_age_open *o, struct ac_fault *f)
{
	enum ac_err err = fill(o, sizeof o->in, f);

	if (err)
		return err;
	if (o->in_len < TAG)
		return ac_fault(f, AC_ECORRUPT, "this age file is cut short; get another copy of the file");
	if (o->in_len == sizeof o->in && open_chunk(o, false))
		return AC_OK;
	/* a last chunk with nothing in it is for an empty file alone */
	if ((o->in_len > TAG || !o->count) && open_chunk(o, true))
		return AC_OK;
	return ac_fault(f, AC_ECORRUPT, "this age file is damaged or cut short past byte %llu of what it "
		"holds; get another copy of the file", (unsigned long long)o->count * CHUNK);
}

static enum ac_err
check_end(struct ac_age_open *o, struct ac_fault *f)
{
	enum ac_err err = fill(o, 1, f);

	if (!err && o->in_len)
		err = ac_fault(f, AC_ECORRUPT, "there is something behind the end of this age file; "
			"get another copy of the file");
	return err;
}

enum ac_err
ac_age_open_read(struct ac_age_open *o, void *p, size_t *n, struct ac_fault *f)
{
	if (!o->err && o->out_at == o->out_len && !o->last)
		o->err = next_chunk(o, &o->fault);
	if (!o->err && o->out_at == o->out_len && o->last)
		o->err = check_end(o, &o->fault);
	if (o->err) {
		if (f)
			*f = o->fault;
		return o->err;
	}
	if (*n > o->out_len - o->out_at)
		*n = o->out_len - o->out_at;
	memcpy(p, o->out + o->out_at, *n);
	o->out_at += *n;
	return AC_OK;
}

void
ac_age_open_free(struct ac_age_open *o)
{
	ac_crypto_secret_free(o);
}

static enum ac_err
source_read(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	return ac_age_open_read(ctx, p, n, f);
}

struct ac_source
ac_age_open_source(struct ac_age_open *o)
{
	return (struct ac_source){ .read = source_read, .ctx = o };
}

/* ------------------------------------------------------------ keys as text */

enum ac_err
ac_age_recipient_parse(unsigned char pk[static 32], const char *text, struct ac_fault *f)
{
	if (!strncmp(text, hrp_secret, sizeof hrp_secret - 1))
		return ac_fault(f, AC_EUSAGE, "this is a secret key where a recipient belongs; "
			"give the line that begins with age1");
	if (!ac_bech32_decode(pk, 32, hrp_public, text))
		return ac_fault(f, AC_EUSAGE, "this is no age recipient; it begins with age1 and has 62 "
			"characters: look for one mistyped");
	return AC_OK;
}

enum ac_err
ac_age_identity_parse(unsigned char sk[static 32], const char *text, struct ac_fault *f)
{
	if (!ac_bech32_decode(sk, 32, hrp_secret, text))
		return ac_fault(f, AC_EUSAGE, "this is no age identity; it begins with AGE-SECRET-KEY-1 and has "
			"74 characters: look for one mistyped");
	return AC_OK;
}

void
ac_age_recipient_format(char out[static 80], const unsigned char pk[static 32])
{
	ac_bech32_encode(out, hrp_public, pk, 32);
}

void
ac_age_identity_format(char out[static 80], const unsigned char sk[static 32])
{
	ac_bech32_encode(out, hrp_secret, sk, 32);
}
