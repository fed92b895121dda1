/* SPDX-License-Identifier: ISC */
/*
 * store/crypto.h: the primitives that the formats are made of, under the names
 * that the formats use. The only file behind it is also the only one that
 * includes libsodium. Nothing here allocates but ac_crypto_secret_new.
 */
#ifndef AC_STORE_CRYPTO_H
#define AC_STORE_CRYPTO_H

#include "schema/schema.h"

AC_MUST enum ac_err ac_crypto_init(struct ac_fault *f);   /* once per process, before all */

void ac_crypto_random(void *p, size_t n);
bool ac_crypto_equal(const void *a, const void *b, size_t n); /* constant time */
void ac_crypto_hex(char *out, const void *p, size_t n);       /* 2n characters and NUL */
bool ac_crypto_unhex(void *p, size_t n, const char *hex);     /* exactly 2n lower-case digits at hex */

/* Memory that is locked, guarded, wiped on free and kept out of core dumps
 * (sodium_malloc). Zeroed. NULL: no memory. free takes NULL. */
void *ac_crypto_secret_new(size_t n);
void ac_crypto_secret_free(void *p);

/* BLAKE2b (RFC 7693), outlen 1..64, key NULL or keylen 16..64. */
void ac_crypto_hash(void *out, size_t outlen, const void *p, size_t n, const void *key, size_t keylen);
struct ac_hash { _Alignas(64) unsigned char opaque[384]; };
void ac_crypto_hash_init(struct ac_hash *h, size_t outlen, const void *key, size_t keylen);
void ac_crypto_hash_add(struct ac_hash *h, const void *p, size_t n);
void ac_crypto_hash_end(struct ac_hash *h, void *out, size_t outlen);

/* SipHash-2-4 under a key of zeros: for tables, where an equal hash does no harm. */
void ac_crypto_short(unsigned char out[static 8], const void *p, size_t n);

/* HMAC-SHA-256 (RFC 2104) and HKDF-SHA-256 (RFC 5869), one block: outlen <= 32. */
void ac_crypto_hmac(unsigned char out[static 32], const void *key, size_t keylen, const void *p, size_t n);
void ac_crypto_hkdf(void *out, size_t outlen, const void *salt, size_t saltlen,
	const void *ikm, size_t ikmlen, const void *info, size_t infolen);

/* Ed25519 (RFC 8032): a 32-byte seed makes the pair. verify refuses a
 * non-canonical S, and a key or R that is not the canonical spelling of a point
 * of the prime-order group other than zero; so all ways to verify agree. */
void ac_crypto_sign_public(unsigned char pk[static 32], const unsigned char seed[static 32]);
void ac_crypto_sign(unsigned char sig[static 64], const void *p, size_t n, const unsigned char seed[static 32]);
bool ac_crypto_verify(const unsigned char sig[static 64], const void *p, size_t n, const unsigned char pk[static 32]);

/* X25519 (RFC 7748); false: the result is all zero. */
void ac_crypto_dh_public(unsigned char pk[static 32], const unsigned char sk[static 32]);
AC_MUST bool ac_crypto_dh(unsigned char out[static 32], const unsigned char sk[static 32], const unsigned char pk[static 32]);

/* XChaCha20-Poly1305 (24-byte nonce) and ChaCha20-Poly1305 (RFC 8439, 12-byte
 * nonce), detached tag of 16 bytes; in and out may be the same buffer. open:
 * false, and out wiped, when the tag does not fit. */
void ac_crypto_xseal(void *out, unsigned char tag[static 16], const void *in, size_t n,
	const void *ad, size_t nad, const unsigned char nonce[static 24], const unsigned char key[static 32]);
AC_MUST bool ac_crypto_xopen(void *out, const void *in, size_t n, const unsigned char tag[static 16],
	const void *ad, size_t nad, const unsigned char nonce[static 24], const unsigned char key[static 32]);
void ac_crypto_seal(void *out, unsigned char tag[static 16], const void *in, size_t n,
	const unsigned char nonce[static 12], const unsigned char key[static 32]);
AC_MUST bool ac_crypto_open(void *out, const void *in, size_t n, const unsigned char tag[static 16],
	const unsigned char nonce[static 12], const unsigned char key[static 32]);

/* Argon2id v1.3, one lane (RFC 9106), 32 bytes out; scrypt (RFC 7914), 32 bytes
 * out, r 8, p 1. AC_ENOMEM when the memory cannot be had. */
AC_MUST enum ac_err ac_crypto_argon2id(unsigned char out[static 32], const void *pass, size_t n,
	const unsigned char salt[static 16], uint64_t passes, uint64_t bytes);
AC_MUST enum ac_err ac_crypto_scrypt(unsigned char out[static 32], const void *pass, size_t n,
	const void *salt, size_t nsalt, unsigned log2n);

#endif
