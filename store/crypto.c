/* SPDX-License-Identifier: ISC */
#include <sodium.h>
#include <string.h>

#include "store/crypto.h"

_Static_assert(sizeof(crypto_generichash_state) <= sizeof(struct ac_hash), "BLAKE2b state");

enum ac_err
ac_crypto_init(struct ac_fault *f)
{
	if (sodium_init() < 0)
		return ac_fault(f, AC_EINTERNAL, "libsodium could not start: no source of random numbers");
	return AC_OK;
}

void
ac_crypto_random(void *p, size_t n)
{
	randombytes_buf(p, n);
}

bool
ac_crypto_equal(const void *a, const void *b, size_t n)
{
	return sodium_memcmp(a, b, n) == 0;
}

void
ac_crypto_hex(char *out, const void *p, size_t n)
{
	sodium_bin2hex(out, 2 * n + 1, p, n);
}

bool
ac_crypto_unhex(void *p, size_t n, const char *hex)
{
	unsigned char *out = p;
	size_t i;
	int hi, lo;

	for (i = 0; i < n; i++) {
		const char *digits = "0123456789abcdef", *a, *b;

		if (!hex[2 * i] || !hex[2 * i + 1])
			return false;
		a = strchr(digits, hex[2 * i]);
		b = strchr(digits, hex[2 * i + 1]);
		if (!a || !b)
			return false;
		hi = (int)(a - digits);
		lo = (int)(b - digits);
		out[i] = (unsigned char)(hi << 4 | lo);
	}
	return true;
}

void *
ac_crypto_secret_new(size_t n)
{
	void *p = sodium_malloc(n);

	if (p)
		memset(p, 0, n);
	return p;
}

void
ac_crypto_secret_free(void *p)
{
	sodium_free(p);
}

void
ac_crypto_hash(void *out, size_t outlen, const void *p, size_t n, const void *key, size_t keylen)
{
	crypto_generichash(out, outlen, p, n, key, keylen);
}

void
ac_crypto_hash_init(struct ac_hash *h, size_t outlen, const void *key, size_t keylen)
{
	crypto_generichash_init((crypto_generichash_state *)h->opaque, key, keylen, outlen);
}

void
ac_crypto_hash_add(struct ac_hash *h, const void *p, size_t n)
{
	crypto_generichash_update((crypto_generichash_state *)h->opaque, p, n);
}

void
ac_crypto_hash_end(struct ac_hash *h, void *out, size_t outlen)
{
	crypto_generichash_final((crypto_generichash_state *)h->opaque, out, outlen);
}

void
ac_crypto_short(unsigned char out[static 8], const void *p, size_t n)
{
	static const unsigned char key[crypto_shorthash_KEYBYTES];

	crypto_shorthash(out, p, n, key);
}

void
ac_crypto_hmac(unsigned char out[static 32], const void *key, size_t keylen, const void *p, size_t n)
{
	crypto_auth_hmacsha256_state st;

	crypto_auth_hmacsha256_init(&st, key, keylen);
	crypto_auth_hmacsha256_update(&st, p, n);
	crypto_auth_hmacsha256_final(&st, out);
	sodium_memzero(&st, sizeof st);
}

void
ac_crypto_hkdf(void *out, size_t outlen, const void *salt, size_t saltlen,
	const void *ikm, size_t ikmlen, const void *info, size_t infolen)
{
	static const unsigned char none[32], one = 1;
	unsigned char prk[32], block[32];
	crypto_auth_hmacsha256_state st;

	ac_crypto_hmac(prk, saltlen ? salt : none, saltlen ? saltlen : sizeof none, ikm, ikmlen);
	crypto_auth_hmacsha256_init(&st, prk, sizeof prk);
	crypto_auth_hmacsha256_update(&st, info, infolen);
	crypto_auth_hmacsha256_update(&st, &one, 1);
	crypto_auth_hmacsha256_final(&st, block);
	memcpy(out, block, outlen < sizeof block ? outlen : sizeof block);
	sodium_memzero(prk, sizeof prk);
	sodium_memzero(block, sizeof block);
	sodium_memzero(&st, sizeof st);
}

/* libsodium's secret key is the seed followed by the public key. */
static void
expand(unsigned char sk[static 64], unsigned char pk[static 32], const unsigned char seed[static 32])
{
	crypto_sign_ed25519_seed_keypair(pk, sk, seed);
}

void
ac_crypto_sign_public(unsigned char pk[static 32], const unsigned char seed[static 32])
{
	unsigned char sk[64];

	expand(sk, pk, seed);
	sodium_memzero(sk, sizeof sk);
}

void
ac_crypto_sign(unsigned char sig[static 64], const void *p, size_t n, const unsigned char seed[static 32])
{
	unsigned char sk[64], pk[32];

	expand(sk, pk, seed);
	crypto_sign_ed25519_detached(sig, NULL, p, n, sk);
	sodium_memzero(sk, sizeof sk);
}

/* RFC 8032 leaves open how points with a part of small order are judged, and
 * libsodium's releases differ. Of points without one all say the same. */
bool
ac_crypto_verify(const unsigned char sig[static 64], const void *p, size_t n, const unsigned char pk[static 32])
{
	return crypto_sign_ed25519_verify_detached(sig, p, n, pk) == 0
		&& crypto_core_ed25519_is_valid_point(pk) && crypto_core_ed25519_is_valid_point(sig);
}

void
ac_crypto_dh_public(unsigned char pk[static 32], const unsigned char sk[static 32])
{
	crypto_scalarmult_curve25519_base(pk, sk);
}

bool
ac_crypto_dh(unsigned char out[static 32], const unsigned char sk[static 32], const unsigned char pk[static 32])
{
	return crypto_scalarmult_curve25519(out, sk, pk) == 0 && !sodium_is_zero(out, 32);
}

void
ac_crypto_xseal(void *out, unsigned char tag[static 16], const void *in, size_t n,
	const void *ad, size_t nad, const unsigned char nonce[static 24], const unsigned char key[static 32])
{
	crypto_aead_xchacha20poly1305_ietf_encrypt_detached(out, tag, NULL, in, n, ad, nad, NULL, nonce, key);
}

bool
ac_crypto_xopen(void *out, const void *in, size_t n, const unsigned char tag[static 16],
	const void *ad, size_t nad, const unsigned char nonce[static 24], const unsigned char key[static 32])
{
	return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(out, NULL, in, n, tag, ad, nad,
		nonce, key) == 0;
}

void
ac_crypto_seal(void *out, unsigned char tag[static 16], const void *in, size_t n,
	const unsigned char nonce[static 12], const unsigned char key[static 32])
{
	crypto_aead_chacha20poly1305_ietf_encrypt_detached(out, tag, NULL, in, n, NULL, 0, NULL, nonce, key);
}

bool
ac_crypto_open(void *out, const void *in, size_t n, const unsigned char tag[static 16],
	const unsigned char nonce[static 12], const unsigned char key[static 32])
{
	return crypto_aead_chacha20poly1305_ietf_decrypt_detached(out, NULL, in, n, tag, NULL, 0,
		nonce, key) == 0;
}

enum ac_err
ac_crypto_argon2id(unsigned char out[static 32], const void *pass, size_t n,
	const unsigned char salt[static 16], uint64_t passes, uint64_t bytes)
{
	return crypto_pwhash(out, 32, pass, n, salt, passes, (size_t)bytes,
		crypto_pwhash_ALG_ARGON2ID13) ? AC_ENOMEM : AC_OK;
}

enum ac_err
ac_crypto_scrypt(unsigned char out[static 32], const void *pass, size_t n,
	const void *salt, size_t nsalt, unsigned log2n)
{
	return crypto_pwhash_scryptsalsa208sha256_ll(pass, n, salt, nsalt, (uint64_t)1 << log2n, 8, 1,
		out, 32) ? AC_ENOMEM : AC_OK;
}
