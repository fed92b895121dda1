/* SPDX-License-Identifier: ISC */
/*
 * sync/age.h: files in the format age v1 (C2SP age.md), sealed and opened as
 * streams in constant memory. What is written here, stock `age` opens, and the
 * other way round. It holds confidentiality and integrity only: an age file
 * does not say who wrote it.
 *
 * Recipients are X25519 keys, or one passphrase (scrypt). Stanzas of other
 * kinds are passed over on opening. The text form (armor) is read, not written.
 *
 * ac_crypto_init comes first. A stream is for one thread at a time; after an
 * error it gives that error for every further call.
 */
#ifndef AC_SYNC_AGE_H
#define AC_SYNC_AGE_H

#include "schema/schema.h"

#define AC_MAX_AGE_RECIPIENTS 64u
#define AC_MAX_AGE_HEADER     (256u << 10)  /* bytes of a header that is read */
#define AC_MAX_AGE_WORK       20u           /* scrypt with 2^20: 1 GiB, some seconds */
#define AC_AGE_WORK           18u           /* what is written: 256 MiB, about a second */

/* Borrowed during ac_age_seal_new. Exactly one of keys and pass is given. */
struct ac_age_recipients {
	const unsigned char *keys;         /* X25519 public keys, 32 bytes each */
	size_t nkeys;
	const char *pass;                 /* UTF-8, not empty */
	size_t npass;
	unsigned work;                    /* log2 of scrypt's N; 0: AC_AGE_WORK */
};

/* Borrowed during ac_age_open_new. */
struct ac_age_identities {
	const unsigned char *keys;         /* X25519 secret keys, 32 bytes each */
	size_t nkeys;
	const char *pass;                 /* NULL: none */
	size_t npass;
};

/*
 * Sealing: new writes the header, write takes any number of bytes, end writes
 * the last chunk. Without end the file is not whole, and opening it says so.
 * `to` must live as long as the stream. free wipes; NULL is allowed.
 *   AC_EUSAGE  no recipient, both kinds, too many, a key that is no key
 *   any error of `to`
 */
struct ac_age_seal;
AC_MUST enum ac_err ac_age_seal_new(struct ac_age_seal **out, const struct ac_age_recipients *r,
	const struct ac_sink *to, struct ac_fault *f);
AC_MUST enum ac_err ac_age_seal_write(struct ac_age_seal *s, const void *p, size_t n, struct ac_fault *f);
AC_MUST enum ac_err ac_age_seal_end(struct ac_age_seal *s, struct ac_fault *f);
void ac_age_seal_free(struct ac_age_seal *s);

/* The stream as a sink; it borrows s and does not end it. */
struct ac_sink ac_age_seal_sink(struct ac_age_seal *s);

/*
 * Opening: new reads the header and finds the file's key; read fills at most *n
 * bytes and sets *n, to 0 only at the true end: the last chunk verified and
 * nothing behind it. Every byte handed out is authentic, but what came before
 * an error may be only the beginning of the file.
 *   AC_EINVAL   not an age file, a malformed header or armor
 *   AC_EVERSION an age file of another version
 *   AC_ELIMIT   header over AC_MAX_AGE_HEADER, work over AC_MAX_AGE_WORK
 *   AC_ELOCKED  none of the identities opens it
 *   AC_ECORRUPT header or payload was changed or cut
 *   any error of `from`
 */
struct ac_age_open;
AC_MUST enum ac_err ac_age_open_new(struct ac_age_open **out, const struct ac_age_identities *ids,
	const struct ac_source *from, struct ac_fault *f);
AC_MUST enum ac_err ac_age_open_read(struct ac_age_open *o, void *p, size_t *n, struct ac_fault *f);
void ac_age_open_free(struct ac_age_open *o);

/* The stream as a source; it borrows o. */
struct ac_source ac_age_open_source(struct ac_age_open *o);

/* Keys as text: "age1…" and "AGE-SECRET-KEY-1…", with nothing around them.
 * AC_EUSAGE: not that. */
AC_MUST enum ac_err ac_age_recipient_parse(unsigned char pk[static 32], const char *text, struct ac_fault *f);
AC_MUST enum ac_err ac_age_identity_parse(unsigned char sk[static 32], const char *text, struct ac_fault *f);
void ac_age_recipient_format(char out[static 80], const unsigned char pk[static 32]);
void ac_age_identity_format(char out[static 80], const unsigned char sk[static 32]);

#endif
