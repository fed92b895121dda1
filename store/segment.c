/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "schema/faults.h"
#include "store/bytes.h"
#include "store/press.h"
#include "store/segment.h"

#define MAGIC     "ACSG"
#define HEAD      6    /* magic, version, kind */
#define KEYS_HEAD 102  /* count, seq, epoch hash, ephemeral, mark */
#define WRAP      48
#define FIXED     132  /* plaintext before the packed entries */
#define TAIL      (32 + 16)
static const char domain[] = "aftercare segment 1";

uint16_t
ac_segment_edition(void)
{
	return (uint16_t)ac_faults_number("AFTERCARE_EDITION", AC_MERGE_EDITION);
}

static void
subkey(unsigned char out[static 32], const char *label, const unsigned char key[static 32])
{
	ac_crypto_hash(out, 32, label, strlen(label), key, 32);
}

uint8_t
ac_segment_number(void)
{
	return (uint8_t)ac_faults_number("AFTERCARE_NUMBER", AC_DOCUMENT_NUMBER);
}

bool
ac_segment_later(const struct ac_segment *s)
{
	return s->edition > ac_segment_edition() || s->number > ac_segment_number();
}

/* The format that is written. */
static uint8_t
format(void)
{
	return (uint8_t)ac_faults_number("AFTERCARE_FORMAT", AC_SEGMENT_VERSION);
}

/* The latest that is read. */
static uint8_t
readable(void)
{
	return (uint8_t)ac_faults_number("AFTERCARE_READS", format());
}

/* T: binds key, place and every signed byte; its first 24 bytes are the nonce. */
static void
synthetic(unsigned char t[static 32], const unsigned char key[static 32], const struct ac_buf *ad,
	const unsigned char *plain, size_t n)
{
	unsigned char k[32];
	struct ac_hash h;

	subkey(k, "aftercare segment T", key);
	ac_crypto_hash_init(&h, 32, k, 32);
	ac_crypto_hash_add(&h, ad->p, ad->len);
	ac_crypto_hash_add(&h, plain, n);
	ac_crypto_hash_end(&h, t, 32);
	ac_wipe(k, sizeof k);
}

/* clear header without T, space, branch */
static enum ac_err
associated(struct ac_buf *ad, const unsigned char *clear, size_t n, const struct ac_place *at)
{
	enum ac_err err;

	if ((err = ac_buf_add(ad, clear, n)) || (err = ac_buf_add(ad, at->space, 8)))
		return err;
	return ac_buf_add(ad, at->branch, 16);
}

static enum ac_err
clear_part(struct ac_buf *out, const struct ac_segment *s, const struct ac_wraps *w)
{
	unsigned char head[HEAD + KEYS_HEAD] = MAGIC;
	enum ac_err err;

	head[4] = format();
	head[5] = (unsigned char)s->kind;
	if (s->kind != AC_SEGMENT_KEYS)
		return ac_buf_add(out, head, HEAD);
	ac_bytes_put16(head + 6, w->n);
	ac_bytes_put32(head + 8, w->seq);
	memcpy(head + 12, w->epoch, 32);
	memcpy(head + 44, w->ephemeral, 32);
	memcpy(head + 76, w->mark, 32);
	if ((err = ac_buf_add(out, head, sizeof head)))
		return err;
	return ac_buf_add(out, w->wraps, (size_t)w->n * WRAP);
}

/* The fixed fields, then the packed and padded entries; the signature's 64 bytes are left zero. */
static enum ac_err
plain_part(struct ac_buf *out, const struct ac_segment *s, struct ac_fault *f)
{
	struct ac_buf own = { .max = AC_SEGMENT_RAW_MAX }, packed = { .max = AC_SEGMENT_MAX };
	const struct ac_buf *raw = s->raw ? s->raw : &own;
	unsigned char fixed[FIXED] = { 0 };
	enum ac_err err;
	size_t pad;

	if (!s->raw && (err = ac_mp_write(&own, s->entries)))
		goto out;
	if ((err = ac_press_shrink(&packed, raw->p, raw->len, AC_PRESS_DICT, f)))
		goto out;
	memcpy(fixed + 64, s->writer, 8);
	ac_bytes_put32(fixed + 72, s->incarnation);
	ac_bytes_put32(fixed + 76, s->seq);
	memcpy(fixed + 80, s->prev, 32);
	ac_bytes_put64(fixed + 112, s->clock);
	ac_bytes_put16(fixed + 120, s->edition);
	fixed[122] = (unsigned char)ac_faults_number("AFTERCARE_DICTIONARY", AC_PRESS_DICT);
	fixed[123] = s->number;
	ac_bytes_put32(fixed + 124, (uint32_t)raw->len);
	ac_bytes_put32(fixed + 128, (uint32_t)packed.len);
	if ((err = ac_buf_add(out, fixed, sizeof fixed)) || (err = ac_buf_add(out, packed.p, packed.len)))
		goto out;
	pad = ac_press_padme(packed.len) - packed.len;
	if ((err = ac_buf_room(out, pad)))
		goto out;
	memset(out->p + out->len, 0, pad);
	out->len += pad;
out:
	ac_buf_free(&own);
	ac_buf_free(&packed);
	return err;
}

static enum ac_err
signing_input(struct ac_buf *out, const struct ac_buf *ad, const unsigned char *plain, size_t n)
{
	enum ac_err err;

	if ((err = ac_buf_add(out, domain, sizeof domain)) || (err = ac_buf_add(out, ad->p, ad->len)))
		return err;
	return ac_buf_add(out, plain + 64, n - 64);
}

enum ac_err
ac_segment_seal(struct ac_buf *out, struct ac_segment *s, const struct ac_wraps *wraps,
	const struct ac_place *at, const unsigned char key[static 32], const unsigned char seed[static 32],
	struct ac_fault *f)
{
	struct ac_buf clear = { .max = AC_SEGMENT_MAX }, ad = { .max = AC_SEGMENT_MAX },
	    plain = { .max = AC_SEGMENT_MAX }, sig = { .max = AC_SEGMENT_MAX };
	unsigned char t[32], tag[16], k[32] = { 0 };
	size_t start = out->len;
	enum ac_err err;

	if ((err = clear_part(&clear, s, wraps)) || (err = associated(&ad, clear.p, clear.len, at)))
		goto out;
	if ((err = plain_part(&plain, s, f)) || (err = signing_input(&sig, &ad, plain.p, plain.len)))
		goto out;
	ac_crypto_sign(plain.p, sig.p, sig.len, seed);
	synthetic(t, key, &ad, plain.p, plain.len);
	subkey(k, "aftercare segment seal", key);
	ac_crypto_xseal(plain.p, tag, plain.p, plain.len, ad.p, ad.len, t, k);
	if ((err = ac_buf_add(out, clear.p, clear.len)) || (err = ac_buf_add(out, t, 32))
	    || (err = ac_buf_add(out, plain.p, plain.len)) || (err = ac_buf_add(out, tag, 16)))
		goto out;
	ac_crypto_hash(s->hash, 32, out->p + start, out->len - start, NULL, 0);
out:
	if (err) {
		out->len = start;
		if (err == AC_ELIMIT)
			ac_fault(f, err, "a batch of changes is too large for one segment (over 80 MiB)");
	}
	ac_wipe(k, sizeof k);
	ac_buf_free(&clear);
	ac_buf_free(&ad);
	ac_buf_free(&plain);
	ac_buf_free(&sig);
	return err;
}

enum ac_err
ac_segment_peek(enum ac_segment_kind *kind, struct ac_wraps *wraps, const unsigned char *p, size_t n,
	struct ac_fault *f)
{
	uint16_t count;

	if (n < HEAD || n > AC_SEGMENT_MAX || memcmp(p, MAGIC, 4))
		return ac_fault(f, AC_ECORRUPT, "the bytes are no segment");
	if (p[4] > readable())
		return ac_fault(f, AC_EVERSION, "a segment of format %u: get a version of aftercare that "
			"reads it (this one reads %u)", p[4], readable());
	if (!p[4])
		return ac_fault(f, AC_ECORRUPT, "a segment of no format");
	if (p[5] < AC_SEGMENT_DATA || p[5] > AC_SEGMENT_INVITE)
		return ac_fault(f, AC_ECORRUPT, "a segment of no known kind");
	if (p[5] == AC_SEGMENT_KEYS) {
		if (n < HEAD + KEYS_HEAD)
			return ac_fault(f, AC_ECORRUPT, "a keys segment that is cut short");
		count = ac_bytes_get16(p + 6);
		if (count > AC_WRAPS_MAX || count % 8 || (n - HEAD - KEYS_HEAD) / WRAP < count)
			return ac_fault(f, AC_ECORRUPT, "a keys segment whose wraps do not fit");
		if (wraps) {
			wraps->n = count;
			wraps->seq = ac_bytes_get32(p + 8);
			memcpy(wraps->epoch, p + 12, 32);
			memcpy(wraps->ephemeral, p + 44, 32);
			memcpy(wraps->mark, p + 76, 32);
			wraps->wraps = p + HEAD + KEYS_HEAD;
		}
	}
	*kind = (enum ac_segment_kind)p[5];
	return AC_OK;
}

static enum ac_err
bad(struct ac_fault *f)
{
	return ac_fault(f, AC_ECORRUPT, "a segment opens and yet does not hold what its format says");
}

/* Unpacks plaintext: the fixed fields into *out, the entries' bytes into *raw. */
static enum ac_err
unpack(struct ac_segment *out, struct ac_buf *raw, const unsigned char *p, size_t n, struct ac_fault *f)
{
	uint32_t rawlen = ac_bytes_get32(p + 124), len = ac_bytes_get32(p + 128);
	enum ac_err err;
	size_t i;

	if (rawlen > AC_SEGMENT_RAW_MAX || len > n - FIXED || ac_press_padme(len) != n - FIXED)
		return bad(f);
	for (i = FIXED + len; i < n; i++)
		if (p[i])
			return bad(f);
	if ((err = ac_press_grow(raw, p + FIXED, len, rawlen, p[122], f)))
		return err == AC_EINVAL ? AC_ECORRUPT : err;
	memcpy(out->signature, p, 64);
	memcpy(out->writer, p + 64, 8);
	out->incarnation = ac_bytes_get32(p + 72);
	out->seq = ac_bytes_get32(p + 76);
	memcpy(out->prev, p + 80, 32);
	out->clock = ac_bytes_get64(p + 112);
	out->edition = ac_bytes_get16(p + 120);
	out->number = p[123];
	return AC_OK;
}

/* All but the meaning of the entries, whose bytes go to *raw. */
static enum ac_err
open_raw(struct ac_segment *out, struct ac_buf *raw, const unsigned char *p, size_t n, const struct ac_place *at,
	const unsigned char key[static 32], struct ac_fault *f)
{
	struct ac_buf ad = { .max = AC_SEGMENT_MAX }, plain = { .max = AC_SEGMENT_MAX };
	unsigned char t[32], k[32] = { 0 };
	struct ac_wraps w;
	enum ac_err err;
	size_t clear, len;

	if ((err = ac_segment_peek(&out->kind, &w, p, n, f)))
		return err;
	clear = out->kind == AC_SEGMENT_KEYS ? HEAD + KEYS_HEAD + (size_t)w.n * WRAP : HEAD;
	if (n - clear < TAIL + FIXED)
		return ac_fault(f, AC_ECORRUPT, "a segment that is cut short");
	len = n - clear - TAIL;
	if ((err = associated(&ad, p, clear, at)) || (err = ac_buf_room(&plain, len)))
		goto out;
	subkey(k, "aftercare segment seal", key);
	if (!ac_crypto_xopen(plain.p, p + clear + 32, len, p + n - 16, ad.p, ad.len, p + clear, k)) {
		err = ac_fault(f, AC_ELOCKED, "a segment is not sealed under a key held here");
		goto out;
	}
	plain.len = len;
	synthetic(t, key, &ad, plain.p, plain.len);
	if (!ac_crypto_equal(t, p + clear, 32)) {
		err = bad(f);
		goto out;
	}
	if ((err = unpack(out, raw, plain.p, plain.len, f)))
		goto out;
	if ((err = signing_input(&out->signed_bytes, &ad, plain.p, plain.len)))
		goto out;
	ac_crypto_hash(out->hash, 32, p, n, NULL, 0);
out:
	ac_wipe(k, sizeof k);
	ac_buf_free(&ad);
	ac_buf_free(&plain);
	return err;
}

enum ac_err
ac_segment_open(struct ac_segment *out, struct ac_arena *a, const unsigned char *p, size_t n,
	const struct ac_place *at, const unsigned char key[static 32], struct ac_fault *f)
{
	struct ac_segment s = { .signed_bytes = { .max = AC_SEGMENT_MAX } };
	struct ac_buf raw = { .max = AC_SEGMENT_RAW_MAX };
	enum ac_err err;

	if ((err = open_raw(&s, &raw, p, n, at, key, f)))
		goto out;
	if ((err = ac_mp_read(&s.entries, a, raw.p, raw.len, f))) {
		err = err == AC_EINVAL ? AC_ECORRUPT : err;
		goto out;
	}
	if (s.entries->kind != AC_ARR || s.entries->n < 1 || s.entries->items[0].kind != AC_ARR) {
		err = bad(f);
		goto out;
	}
	*out = s;
	memset(&s.signed_bytes, 0, sizeof s.signed_bytes);
out:
	ac_buf_free(&raw);
	ac_buf_free(&s.signed_bytes);
	return err;
}

enum ac_err
ac_segment_proves(const struct ac_segment *s, const unsigned char *p, size_t n, const struct ac_place *at,
	const unsigned char key[static 32], const unsigned char pk[static 32], struct ac_fault *f)
{
	struct ac_segment got = { .signed_bytes = { .max = AC_SEGMENT_MAX } };
	struct ac_buf raw = { .max = AC_SEGMENT_RAW_MAX };
	enum ac_err err = open_raw(&got, &raw, p, n, at, key, f);

	if (!err && (raw.len != s->raw->len || memcmp(raw.p, s->raw->p, raw.len) || got.kind != s->kind
	    || memcmp(got.writer, s->writer, 8) || got.incarnation != s->incarnation || got.seq != s->seq
	    || memcmp(got.prev, s->prev, 32) || got.clock != s->clock || got.edition != s->edition || got.number != s->number
	    || memcmp(got.hash, s->hash, 32) || !ac_segment_signed_by(&got, pk)))
		err = ac_fault(f, AC_EINTERNAL, "what was just sealed does not open to what it was made of");
	ac_segment_close(&got);
	ac_buf_free(&raw);
	return err;
}

void
ac_segment_made(char out[static AC_SEGMENT_MADE], const unsigned char *p, size_t n)
{
	if (n > 4 && p[4] > readable())
		snprintf(out, AC_SEGMENT_MADE, "segment format %u", p[4]);
	else /* which of them is under the seal */
		snprintf(out, AC_SEGMENT_MADE, "a later dictionary");
}

bool
ac_segment_signed_by(const struct ac_segment *s, const unsigned char pk[static 32])
{
	return ac_crypto_verify(s->signature, s->signed_bytes.p, s->signed_bytes.len, pk);
}

void
ac_segment_close(struct ac_segment *s)
{
	ac_buf_free(&s->signed_bytes);
	s->entries = NULL;
}
