/* SPDX-License-Identifier: ISC */
/*
 * Method: a header is read twice. The first pass holds it against the grammar,
 * whole; the second, once per identity, tries the stanzas. A stanza's body is
 * kept only as far as its first line (48 bytes), since the two kinds that we
 * open have 32: so no memory depends on what a stranger wrote.
 */
#include <string.h>

#include "store/crypto.h"
#include "sync/agehead.h"
#include "sync/b64.h"

#define KEY     AC_AGEHEAD_KEY
#define TAG     16
#define WRAPPED (KEY + TAG)
#define COLUMNS 64
#define LINE    48            /* bytes in a full body line */

static const char first_line[] = "age-encryption.org/v1\n";
static const char x25519_info[] = "age-encryption.org/v1/X25519";
static const char scrypt_info[] = "age-encryption.org/v1/scrypt";
static const unsigned char zero_nonce[12];

/* ---------------------------------------------------------------- wrapping */

/* The key that wraps for pk: shared is the X25519 result. */
static void
x25519_wrap_key(unsigned char out[static 32], const unsigned char shared[static 32],
	const unsigned char share[static 32], const unsigned char pk[static 32])
{
	unsigned char salt[64];

	memcpy(salt, share, 32);
	memcpy(salt + 32, pk, 32);
	ac_crypto_hkdf(out, 32, salt, sizeof salt, shared, 32, x25519_info, sizeof x25519_info - 1);
}

static enum ac_err
scrypt_wrap_key(unsigned char out[static 32], const char *pass, size_t npass,
	const unsigned char salt[static 16], unsigned work, struct ac_fault *f)
{
	unsigned char full[sizeof scrypt_info - 1 + 16];

	memcpy(full, scrypt_info, sizeof scrypt_info - 1);
	memcpy(full + sizeof scrypt_info - 1, salt, 16);
	if (ac_crypto_scrypt(out, pass, npass, full, sizeof full, work))
		return ac_fault(f, AC_ENOMEM, "this passphrase needs %lu MiB of memory, which are not free; "
			"close other programs and try again", 1ul << (work > 10 ? work - 10 : 0));
	return AC_OK;
}

static void
header_mac(unsigned char mac[static 32], const unsigned char file_key[static KEY], const void *p, size_t n)
{
	unsigned char key[32];

	ac_crypto_hkdf(key, sizeof key, NULL, 0, file_key, KEY, "header", 6);
	ac_crypto_hmac(mac, key, sizeof key, p, n);
	ac_wipe(key, sizeof key);
}

/* ----------------------------------------------------------------- writing */

/* The body of a stanza: the file key under the wrap key, 43 characters. */
static enum ac_err
add_wrapped(struct ac_buf *out, const unsigned char file_key[static KEY], const unsigned char wrap[static 32])
{
	unsigned char body[WRAPPED];
	char text[AC_B64_LEN(WRAPPED) + 1];

	ac_crypto_seal(body, body + KEY, file_key, KEY, zero_nonce, wrap);
	ac_b64_encode(text, body, sizeof body);
	return ac_buf_addf(out, "%s\n", text);
}

static enum ac_err
add_x25519(struct ac_buf *out, const unsigned char file_key[static KEY],
	const unsigned char pk[static 32], struct ac_fault *f)
{
	unsigned char secret[32], share[32], shared[32], wrap[32];
	char text[AC_B64_LEN(32) + 1];
	enum ac_err err;

	ac_crypto_random(secret, sizeof secret);
	ac_crypto_dh_public(share, secret);
	if (!ac_crypto_dh(shared, secret, pk)) {
		err = ac_fault(f, AC_EUSAGE, "a recipient is a key that hides nothing; ask for the right one");
		goto out;
	}
	x25519_wrap_key(wrap, shared, share, pk);
	ac_b64_encode(text, share, sizeof share);
	if (!(err = ac_buf_addf(out, "-> X25519 %s\n", text)))
		err = add_wrapped(out, file_key, wrap);
out:
	ac_wipe(secret, sizeof secret);
	ac_wipe(shared, sizeof shared);
	ac_wipe(wrap, sizeof wrap);
	return err;
}

static enum ac_err
add_scrypt(struct ac_buf *out, const unsigned char file_key[static KEY],
	const struct ac_age_recipients *r, struct ac_fault *f)
{
	unsigned work = r->work ? r->work : AC_AGE_WORK;
	unsigned char salt[16], wrap[32];
	char text[AC_B64_LEN(16) + 1];
	enum ac_err err;

	ac_crypto_random(salt, sizeof salt);
	if ((err = scrypt_wrap_key(wrap, r->pass, r->npass, salt, work, f)))
		return err;
	ac_b64_encode(text, salt, sizeof salt);
	if (!(err = ac_buf_addf(out, "-> scrypt %s %u\n", text, work)))
		err = add_wrapped(out, file_key, wrap);
	ac_wipe(wrap, sizeof wrap);
	return err;
}

static enum ac_err
check_recipients(const struct ac_age_recipients *r, struct ac_fault *f)
{
	if (!r->nkeys && !r->npass)
		return ac_fault(f, AC_EUSAGE, "there is nobody to seal for; give a recipient or a passphrase");
	if (r->nkeys && r->npass)
		return ac_fault(f, AC_EUSAGE, "a file is sealed for recipients or with a passphrase, not both");
	if (r->nkeys > AC_MAX_AGE_RECIPIENTS)
		return ac_fault(f, AC_EUSAGE, "a file is sealed for at most %u recipients",
			AC_MAX_AGE_RECIPIENTS);
	if (r->work > AC_MAX_AGE_WORK)
		return ac_fault(f, AC_EUSAGE, "the work factor of a passphrase is at most %u", AC_MAX_AGE_WORK);
	return AC_OK;
}

enum ac_err
ac_agehead_write(struct ac_buf *out, const unsigned char file_key[static KEY],
	const struct ac_age_recipients *r, struct ac_fault *f)
{
	size_t start = out->len, i;
	unsigned char mac[32];
	char text[AC_B64_LEN(32) + 1];
	enum ac_err err;

	if ((err = check_recipients(r, f)))
		return err;
	err = ac_buf_add(out, first_line, sizeof first_line - 1);
	if (!err && r->npass)
		err = add_scrypt(out, file_key, r, f);
	for (i = 0; !err && i < r->nkeys; i++)
		err = add_x25519(out, file_key, r->keys + 32 * i, f);
	if (!err && !(err = ac_buf_add(out, "---", 3))) {
		header_mac(mac, file_key, out->p + start, out->len - start);
		ac_b64_encode(text, mac, sizeof mac);
		err = ac_buf_addf(out, " %s\n", text);
	}
	if (err)
		out->len = start;
	return err;
}

/* ------------------------------------------------------------- the grammar */

struct head {
	const char *p;
	size_t n, at;
	uint32_t line;             /* of what was read last */
};

struct stanza {
	const char *arg[3];        /* the type and what follows it */
	size_t len[3], nargs;
	unsigned char body[LINE];  /* its beginning */
	size_t nbody;
};

static enum ac_err
malformed(const struct head *h, const char *what, struct ac_fault *f)
{
	if (f)
		f->line = h->line;
	return ac_fault(f, AC_EINVAL, "the header of this age file is malformed at line %lu: %s; "
		"get another copy of the file", (unsigned long)h->line, ac_words(what));
}

static enum ac_err
next_line(struct head *h, const char **s, size_t *n, struct ac_fault *f)
{
	const char *start = h->p + h->at, *end = memchr(start, '\n', h->n - h->at);

	h->line++;
	if (!end)
		return malformed(h, "it ends too early", f);
	*s = start;
	*n = (size_t)(end - start);
	h->at += *n + 1;
	return AC_OK;
}

static bool
arguments(struct stanza *st, const char *s, size_t n)
{
	size_t i, from = 3;

	if (n < 4 || memcmp(s, "-> ", 3))
		return false;
	st->nargs = 0;
	for (i = 3; i <= n; i++) {
		if (i < n && s[i] != ' ') {
			if (s[i] < 0x21 || s[i] > 0x7e)
				return false;
			continue;
		}
		if (i == from)
			return false;
		if (st->nargs < 3) {
			st->arg[st->nargs] = s + from;
			st->len[st->nargs] = i - from;
		}
		st->nargs++;
		from = i + 1;
	}
	return true;
}

/* Full lines, then one that is shorter and may be empty. */
static enum ac_err
body(struct head *h, struct stanza *st, struct ac_fault *f)
{
	unsigned char bytes[LINE];
	const char *s;
	size_t n, len;
	enum ac_err err;

	st->nbody = 0;
	do {
		if ((err = next_line(h, &s, &n, f)))
			return err;
		if (n > COLUMNS || !ac_b64_decode(bytes, sizeof bytes, &len, s, n))
			return malformed(h, "this is no base64 line in its canonical form", f);
		if (!st->nbody)
			memcpy(st->body, bytes, len);
		st->nbody += len;
	} while (n == COLUMNS);
	return AC_OK;
}

static bool
at_end(const struct head *h)
{
	return ac_agehead_last(h->p + h->at, h->n - h->at);
}

static enum ac_err
next_stanza(struct head *h, struct stanza *st, struct ac_fault *f)
{
	enum ac_err err;
	const char *s;
	size_t n;

	if ((err = next_line(h, &s, &n, f)))
		return err;
	if (!arguments(st, s, n))
		return malformed(h, "this is no beginning of a stanza", f);
	return body(h, st, f);
}

static bool
is_type(const struct stanza *st, const char *type)
{
	return st->len[0] == strlen(type) && !memcmp(st->arg[0], type, st->len[0]);
}

static bool
arg_bytes(unsigned char *out, size_t n, const struct stanza *st, size_t i)
{
	size_t len;

	return ac_b64_decode(out, n, &len, st->arg[i], st->len[i]) && len == n;
}

static enum ac_err
read_x25519(unsigned char share[static 32], const struct stanza *st, const struct head *h, struct ac_fault *f)
{
	if (st->nargs != 2 || st->nbody != WRAPPED || !arg_bytes(share, 32, st, 1))
		return malformed(h, "the X25519 stanza has not the shape of one", f);
	return AC_OK;
}

static enum ac_err
read_scrypt(unsigned char salt[static 16], unsigned *work, const struct stanza *st,
	const struct head *h, struct ac_fault *f)
{
	const char *s = st->arg[2];
	unsigned w = 0;
	size_t i;

	if (st->nargs != 3 || st->nbody != WRAPPED || !arg_bytes(salt, 16, st, 1))
		return malformed(h, "the scrypt stanza has not the shape of one", f);
	for (i = 0; i < st->len[2]; i++) {
		if (s[i] < '0' || s[i] > '9' || s[0] == '0')
			return malformed(h, "the work factor is no number", f);
		if (w <= AC_MAX_AGE_WORK)
			w = w * 10 + (unsigned)(s[i] - '0');
	}
	if (w > AC_MAX_AGE_WORK)
		return ac_fault(f, AC_ELIMIT, "this age file asks for more memory to try a passphrase than is "
			"taken here (work factor over %u); open it with another program", AC_MAX_AGE_WORK);
	*work = w;
	return AC_OK;
}

/* The first pass: all of the header, and where its MAC line stands. */
struct shape {
	size_t stanzas, mac_at;    /* offsets */
	unsigned char mac[32];
	bool scrypt;
};

static enum ac_err
check_stanzas(struct head *h, struct shape *shape, struct ac_fault *f)
{
	size_t count = 0;
	enum ac_err err;

	do {
		unsigned char bytes[32];
		struct stanza st = { 0 };
		unsigned work;

		if ((err = next_stanza(h, &st, f)))
			return err;
		count++;
		if (is_type(&st, "X25519") && (err = read_x25519(bytes, &st, h, f)))
			return err;
		if (is_type(&st, "scrypt")) {
			shape->scrypt = true;
			if ((err = read_scrypt(bytes, &work, &st, h, f)))
				return err;
		}
	} while (!at_end(h));
	if (shape->scrypt && count > 1)
		return malformed(h, "a passphrase stanza stands beside another", f);
	return AC_OK;
}

static enum ac_err
check(struct shape *shape, struct head *h, struct ac_fault *f)
{
	enum ac_err err;
	const char *s;
	size_t n, len;

	if ((err = next_line(h, &s, &n, f)) || (err = ac_agehead_first(s, n + 1, f)))
		return err;
	shape->stanzas = h->at;
	if ((err = check_stanzas(h, shape, f)))
		return err;
	shape->mac_at = h->at;
	if ((err = next_line(h, &s, &n, f)))
		return err;
	if (h->at != h->n || n != 4 + AC_B64_LEN(32) || memcmp(s, "--- ", 4) ||
	    !ac_b64_decode(shape->mac, 32, &len, s + 4, n - 4))
		return malformed(h, "the line of its MAC has not the shape of one", f);
	return AC_OK;
}

/* ------------------------------------------------------------- the opening */

static bool
unwrap(unsigned char file_key[static KEY], const struct stanza *st, const unsigned char wrap[static 32])
{
	return ac_crypto_open(file_key, st->body, KEY, st->body + KEY, zero_nonce, wrap);
}

static enum ac_err
try_x25519(unsigned char file_key[static KEY], bool *found, const struct stanza *st,
	const unsigned char sk[static 32], const unsigned char pk[static 32], const struct head *h,
	struct ac_fault *f)
{
	unsigned char share[32], shared[32], wrap[32];
	enum ac_err err;

	if ((err = read_x25519(share, st, h, f)))
		return err;
	if (!ac_crypto_dh(shared, sk, share))
		return malformed(h, "the X25519 share is one that hides nothing", f);
	x25519_wrap_key(wrap, shared, share, pk);
	*found = unwrap(file_key, st, wrap);
	ac_wipe(shared, sizeof shared);
	ac_wipe(wrap, sizeof wrap);
	return AC_OK;
}

static enum ac_err
try_key(unsigned char file_key[static KEY], bool *found, struct head h,
	const unsigned char sk[static 32], struct ac_fault *f)
{
	unsigned char pk[32];
	enum ac_err err = AC_OK;

	ac_crypto_dh_public(pk, sk);
	while (!err && !*found && !at_end(&h)) {
		struct stanza st = { 0 };

		err = next_stanza(&h, &st, f);
		if (!err && is_type(&st, "X25519"))
			err = try_x25519(file_key, found, &st, sk, pk, &h, f);
	}
	return err;
}

static enum ac_err
try_pass(unsigned char file_key[static KEY], bool *found, struct head h,
	const struct ac_age_identities *ids, struct ac_fault *f)
{
	unsigned char salt[16], wrap[32];
	struct stanza st = { 0 };
	unsigned work;
	enum ac_err err;

	if ((err = next_stanza(&h, &st, f)) || (err = read_scrypt(salt, &work, &st, &h, f)) ||
	    (err = scrypt_wrap_key(wrap, ids->pass, ids->npass, salt, work, f)))
		return err;
	*found = unwrap(file_key, &st, wrap);
	ac_wipe(wrap, sizeof wrap);
	return AC_OK;
}

static enum ac_err
locked(const struct shape *shape, const struct ac_age_identities *ids, struct ac_fault *f)
{
	if (shape->scrypt && !ids->pass)
		return ac_fault(f, AC_ELOCKED, "this file is sealed with a passphrase; give the passphrase");
	if (shape->scrypt)
		return ac_fault(f, AC_ELOCKED, "this is not the passphrase of this file; "
			"check each word and try again");
	if (!ids->nkeys)
		return ac_fault(f, AC_ELOCKED, "this file is sealed for a key, not with a passphrase; "
			"give the key");
	return ac_fault(f, AC_ELOCKED, "this file is sealed for another key than was given; "
		"look for the key of its date, or another copy");
}

enum ac_err
ac_agehead_read(unsigned char file_key[static KEY], const void *p, size_t n,
	const struct ac_age_identities *ids, struct ac_fault *f)
{
	struct head h = { .p = p, .n = n };
	struct shape shape = { 0 };
	unsigned char key[KEY], mac[32];
	bool found = false;
	enum ac_err err;
	size_t i;

	if ((err = check(&shape, &h, f)))
		return err;
	h.at = shape.stanzas;
	h.line = 1;
	if (shape.scrypt && ids->pass)
		err = try_pass(key, &found, h, ids, f);
	for (i = 0; !err && !found && !shape.scrypt && i < ids->nkeys; i++)
		err = try_key(key, &found, h, ids->keys + 32 * i, f);
	if (!err && !found)
		err = locked(&shape, ids, f);
	if (err)
		goto out;
	header_mac(mac, key, p, shape.mac_at + 3);
	if (!ac_crypto_equal(mac, shape.mac, sizeof mac)) {
		err = ac_fault(f, AC_ECORRUPT, "the header of this age file was changed; "
			"get another copy of the file");
		goto out;
	}
	memcpy(file_key, key, KEY);
out:
	ac_wipe(key, sizeof key);
	return err;
}

/* ------------------------------------------------------------ for a stream */

/* "v" and another number is a version to come; all else is no age file. */
static bool
other_version(const char *s, size_t n)
{
	size_t stem = sizeof first_line - 3, i;

	if (n < stem + 2 || memcmp(s, first_line, stem) || s[n - 1] != '\n')
		return false;
	for (i = stem; i < n - 1; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

enum ac_err
ac_agehead_first(const void *line, size_t n, struct ac_fault *f)
{
	if (n == sizeof first_line - 1 && !memcmp(line, first_line, n))
		return AC_OK;
	if (other_version(line, n))
		return ac_fault(f, AC_EVERSION, "this age file is of a newer version of the format; "
			"open it with a newer program");
	return ac_fault(f, AC_EINVAL, "this is not an age file: it begins neither with the age line nor with "
		"armor");
}

bool
ac_agehead_last(const void *line, size_t n)
{
	return n >= 3 && !memcmp(line, "---", 3);
}
