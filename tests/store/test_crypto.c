/* SPDX-License-Identifier: ISC */
/*
 * The primitives as the formats use them: the vectors of their own documents,
 * signatures and points that are made to be doubtful, and Wycheproof's and
 * CCTV's cases where the shared data is there.
 */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "schema/shared.h"
#include "store/crypto.h"

/* ------------------------------------------------------------------ helpers */

static size_t
unhex(unsigned char *out, size_t room, const char *s)
{
	size_t n = strlen(s) / 2;

	assert_true(n <= room && ac_crypto_unhex(out, n, s) && !s[2 * n]);
	return n;
}

static void
is_hex(const unsigned char *p, size_t n, const char *want)
{
	char got[512];

	assert_true(n < sizeof got / 2);
	ac_crypto_hex(got, p, n);
	assert_string_equal(got, want);
}

/* ------------------------------------------- the documents' own test vectors */

static void
signatures(void **state)
{
	/* RFC 8032, 7.1: seed, public key, message, signature */
	static const char *const rows[][4] = {
		{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
		  "d25bf5f0595bbe24655141438e7a100b" },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
		  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
		  "387b2eaeb4302aeeb00d291612bb0c00" },
		{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
		  "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
		  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
		  "4a7c15e9716ed28dc027beceea1ec40a" },
	};
	unsigned char seed[32], pk[32], msg[4], sig[64];
	size_t i, k, n;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		unhex(seed, 32, rows[i][0]);
		n = unhex(msg, sizeof msg, rows[i][2]);
		ac_crypto_sign_public(pk, seed);
		is_hex(pk, 32, rows[i][1]);
		ac_crypto_sign(sig, msg, n, seed);
		is_hex(sig, 64, rows[i][3]);
		assert_true(ac_crypto_verify(sig, msg, n, pk));
		assert_false(ac_crypto_verify(sig, "other", 5, pk));
		for (k = 0; k < 512; k++) {
			sig[k / 8] ^= (unsigned char)(1u << k % 8);
			assert_false(ac_crypto_verify(sig, msg, n, pk));
			sig[k / 8] ^= (unsigned char)(1u << k % 8);
		}
	}
}

static void
agreement(void **state)
{
	/* RFC 7748, 5.2: scalar, point, result; the top bit of a point is passed over */
	static const char *const rows[][3] = {
		{ "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
		  "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
		  "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" },
		{ "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
		  "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
		  "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" },
	};
	/* of small order, in every spelling: 0, 1, two of order 8, -1; p and p + 1 are 0 and 1 again */
	static const char *const small[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	unsigned char sk[32], pk[32], out[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		unhex(sk, 32, rows[i][0]);
		unhex(pk, 32, rows[i][1]);
		assert_true(ac_crypto_dh(out, sk, pk));
		is_hex(out, 32, rows[i][2]);
	}
	for (i = 0; i < 2 * (sizeof small / sizeof *small); i++) {
		unhex(pk, 32, small[i / 2]);
		pk[31] |= i % 2 ? 0x80 : 0;
		if (ac_crypto_dh(out, sk, pk))
			fail_msg("%s was taken", small[i / 2]);
	}
	/* 6.1 */
	unhex(sk, 32, "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
	ac_crypto_dh_public(pk, sk);
	is_hex(pk, 32, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
}

/* One text, in the way that both sealings are described. */
static const char sunscreen[] = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for "
	"the future, sunscreen would be it.";
#define LONG (sizeof sunscreen - 1)

static void
sealing(void **state)
{
	unsigned char key[32], nonce[24], ad[12], out[LONG], back[LONG], tag[16];
	static const unsigned char zero[LONG];
	size_t i;

	(void)state;
	for (i = 0; i < 32; i++)
		key[i] = (unsigned char)(0x80 + i);
	/* draft-irtf-cfrg-xchacha-03, A.3.1 */
	unhex(nonce, 24, "404142434445464748494a4b4c4d4e4f5051525354555657");
	unhex(ad, 12, "50515253c0c1c2c3c4c5c6c7");
	ac_crypto_xseal(out, tag, sunscreen, LONG, ad, 12, nonce, key);
	is_hex(out, LONG, "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39"
		"ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c"
		"97637da9768812f615c68b13b52e");
	is_hex(tag, 16, "c0875924c1c7987947deafd8780acf49");
	assert_true(ac_crypto_xopen(back, out, LONG, tag, ad, 12, nonce, key));
	assert_memory_equal(back, sunscreen, LONG);
	for (i = 0; i < 128; i++) {
		tag[i / 8] ^= (unsigned char)(1u << i % 8);
		assert_false(ac_crypto_xopen(back, out, LONG, tag, ad, 12, nonce, key));
		assert_memory_equal(back, zero, LONG);
		tag[i / 8] ^= (unsigned char)(1u << i % 8);
	}
	assert_false(ac_crypto_xopen(back, out, LONG, tag, ad, 11, nonce, key));
	assert_false(ac_crypto_xopen(back, out, LONG - 1, tag, ad, 12, nonce, key));
	/* key, nonce and text of RFC 8439, 2.8.2, without associated data: the tag is
	 * what the RFC's own steps give, done in another language */
	unhex(nonce, 12, "070000004041424344454647");
	ac_crypto_seal(out, tag, sunscreen, LONG, nonce, key);
	is_hex(out, LONG, "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b"
		"1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def0"
		"8e4b7a9de576d26586cec64b6116");
	is_hex(tag, 16, "6a23a4681fd59456aea1d29f82477216");
	assert_true(ac_crypto_open(back, out, LONG, tag, nonce, key));
	assert_memory_equal(back, sunscreen, LONG);
	for (i = 0; i < 8 * LONG; i++) {
		out[i / 8] ^= (unsigned char)(1u << i % 8);
		assert_false(ac_crypto_open(back, out, LONG, tag, nonce, key));
		out[i / 8] ^= (unsigned char)(1u << i % 8);
	}
}

static void
hashes(void **state)
{
	unsigned char key[64], in[255], out[64];
	struct ac_hash h;
	size_t i;

	(void)state;
	/* RFC 7693, appendix A */
	ac_crypto_hash(out, 64, "abc", 3, NULL, 0);
	is_hex(out, 64, "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
		"7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
	/* keyed, the last of its authors' list: 0, 1, ... 254 */
	for (i = 0; i < sizeof in; i++)
		in[i] = (unsigned char)i;
	for (i = 0; i < sizeof key; i++)
		key[i] = (unsigned char)i;
	ac_crypto_hash(out, 64, in, sizeof in, key, sizeof key);
	is_hex(out, 64, "142709d62e28fcccd0af97fad0f8465b971e82201dc51070faa0372aa43e9248"
		"4be1c1e73ba10906d5d1853db6a4106e0a7bf9800d373d6dee2d46d62ef2a461");
	ac_crypto_hash_init(&h, 64, key, sizeof key);
	for (i = 0; i < sizeof in; i++)
		ac_crypto_hash_add(&h, in + i, 1);
	ac_crypto_hash_end(&h, key, 64);
	assert_memory_equal(key, out, 64);
	/* RFC 4231, cases 1, 2 and 6 */
	memset(in, 0x0b, 20);
	ac_crypto_hmac(out, in, 20, "Hi There", 8);
	is_hex(out, 32, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	ac_crypto_hmac(out, "Jefe", 4, "what do ya want for nothing?", 28);
	is_hex(out, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(in, 0xaa, 131);
	ac_crypto_hmac(out, in, 131, "Test Using Larger Than Block-Size Key - Hash Key First", 54);
	is_hex(out, 32, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void
derivations(void **state)
{
	unsigned char ikm[80], salt[80], info[80], out[32];
	size_t i;

	(void)state;
	/* RFC 5869, A.1 to A.3: their first 32 bytes */
	memset(ikm, 0x0b, 22);
	for (i = 0; i < 80; i++) {
		salt[i] = (unsigned char)i;
		info[i] = (unsigned char)(0xf0 + i);
	}
	ac_crypto_hkdf(out, 32, salt, 13, ikm, 22, info, 10);
	is_hex(out, 32, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
	ac_crypto_hkdf(out, 32, NULL, 0, ikm, 22, NULL, 0);
	is_hex(out, 32, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
	for (i = 0; i < 80; i++) {
		ikm[i] = (unsigned char)i;
		salt[i] = (unsigned char)(0x60 + i);
		info[i] = (unsigned char)(0xb0 + i);
	}
	ac_crypto_hkdf(out, 32, salt, 80, ikm, 80, info, 80);
	is_hex(out, 32, "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c");
	/* RFC 7914, 12: the first 32 bytes */
	assert_int_equal(ac_crypto_scrypt(out, "pleaseletmein", 13, "SodiumChloride", 14, 14), AC_OK);
	is_hex(out, 32, "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
	/* RFC 9106 has no vector of one lane and no secret; its authors' program says:
	 * argon2 SodiumChlorideSC -id -v 13 -t 3 -k 64 -p 1 -l 32 -r */
	assert_int_equal(ac_crypto_argon2id(out, "pleaseletmein", 13, (const unsigned char *)"SodiumChlorideSC", 3,
		64u << 10), AC_OK);
	is_hex(out, 32, "efec022b9d72c0f7d4ee5f62dc4f60d3154b76bc93c9d5dc739dfc6e85b3bb5a");
}

/* --------------------------------------------------------- doubtful signatures */

/* A signature over msg by the scalar a, with the points as they are given: R and
 * A may be other than a and the random scalar say. */
static void
sign_with(unsigned char sig[static 64], const unsigned char a[static 32], const unsigned char r[static 32],
	const unsigned char point_r[static 32], const unsigned char pk[static 32], unsigned msg)
{
	unsigned char in[64 + sizeof msg], wide[64], k[32];

	memcpy(in, point_r, 32);
	memcpy(in + 32, pk, 32);
	memcpy(in + 64, &msg, sizeof msg);
	crypto_hash_sha512(wide, in, sizeof in);
	crypto_core_ed25519_scalar_reduce(k, wide);
	crypto_core_ed25519_scalar_mul(k, k, a);
	memcpy(sig, point_r, 32);
	crypto_core_ed25519_scalar_add(sig + 32, r, k);
}

static bool
taken(const unsigned char sig[static 64], const unsigned char pk[static 32], unsigned msg)
{
	return ac_crypto_verify(sig, &msg, sizeof msg, pk);
}

/* A part of order 8 in the key or in R: some ways of verifying take such a
 * signature for some messages, others for none. Here nobody takes one. */
static void
small_parts(void **state)
{
	static const char order8[] = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
	unsigned char a[32], r[32], pk[32], point_r[32], t[32], mixed[32], sig[64];
	unsigned msg, bare = 0;

	(void)state;
	unhex(t, 32, order8);
	crypto_core_ed25519_scalar_random(a);
	crypto_core_ed25519_scalar_random(r);
	assert_int_equal(crypto_scalarmult_ed25519_base_noclamp(pk, a), 0);
	assert_int_equal(crypto_scalarmult_ed25519_base_noclamp(point_r, r), 0);
	sign_with(sig, a, r, point_r, pk, 0);
	assert_true(taken(sig, pk, 0));
	assert_int_equal(crypto_core_ed25519_add(mixed, pk, t), 0);
	for (msg = 0; msg < 200; msg++) {
		sign_with(sig, a, r, point_r, mixed, msg);
		bare += !crypto_sign_ed25519_verify_detached(sig, (unsigned char *)&msg, sizeof msg, mixed);
		assert_false(taken(sig, mixed, msg));
	}
	assert_true(bare > 0); /* what the library alone would have let through */
	assert_int_equal(crypto_core_ed25519_add(mixed, point_r, t), 0);
	for (msg = 0; msg < 200; msg++) {
		sign_with(sig, a, r, mixed, pk, msg);
		assert_false(taken(sig, pk, msg));
	}
}

/* S and the group's order added: the same number, spelled another way. */
static void
long_s(void **state)
{
	static const char order[] = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
	unsigned char seed[32] = { 7 }, pk[32], sig[64], l[32];
	unsigned i, carry = 0, times;

	(void)state;
	unhex(l, 32, order);
	ac_crypto_sign_public(pk, seed);
	ac_crypto_sign(sig, "x", 1, seed);
	assert_true(ac_crypto_verify(sig, "x", 1, pk));
	for (times = 0; times < 14; times++) {
		for (i = 0, carry = 0; i < 32; i++) {
			carry += sig[32 + i] + l[i];
			sig[32 + i] = (unsigned char)carry;
			carry >>= 8;
		}
		assert_false(ac_crypto_verify(sig, "x", 1, pk));
	}
	assert_int_equal(carry, 0);
}

/* -------------------------------------------------------------- shared suites */

struct tally { unsigned cases, taken, refused, other; };

struct bytes { unsigned char p[70000]; size_t n; };

/* The bytes that a text of hex digits means. Four digits are base64 too, so long
 * ones come as bytes. */
static void
get(struct bytes *out, const struct ac_val *v, const char *name)
{
	const struct ac_val *text = ac_val_get(v, name);
	struct ac_buf b = { 0 };

	assert_non_null(text);
	assert_int_equal(ac_json_write(&b, text, NULL, NULL), AC_OK);
	assert_true(b.len >= 2 && b.len % 2 == 0 && b.len / 2 - 1 <= sizeof out->p && b.p[0] == '"');
	assert_int_equal(ac_buf_add(&b, "", 1), AC_OK);
	out->n = b.len / 2 - 1;
	assert_true(ac_crypto_unhex(out->p, out->n, (char *)b.p + 1));
	ac_buf_free(&b);
}

static uint64_t
integer(const struct ac_val *v, const char *name)
{
	const struct ac_val *n = ac_val_get(v, name);

	assert_true(n && n->kind == AC_INT && n->i >= 0);
	return (uint64_t)n->i;
}

static bool
flagged(const struct ac_val *test, const char *flag)
{
	const struct ac_val *flags = ac_val_get(test, "flags");
	uint32_t i;

	for (i = 0; flags && flags->kind == AC_ARR && i < flags->n; i++)
		if (!strcmp(flags->items[i].s, flag))
			return true;
	return false;
}

/* What the suite says: 1 valid, 0 invalid, 2 acceptable. */
static int
says(const struct ac_val *test)
{
	const char *s = ac_val_str(test, "result");

	assert_non_null(s);
	return !strcmp(s, "valid") ? 1 : !strcmp(s, "acceptable") ? 2 : 0;
}

static void
judge(struct tally *t, const struct ac_val *test, bool got, bool want)
{
	const char *comment = ac_val_str(test, "comment");

	if (got != want)
		fail_msg("case %u (%s) was %s", (unsigned)integer(test, "tcId"), comment ? comment : "",
			got ? "taken" : "refused");
	t->cases++;
	t->taken += got;
	t->refused += !got;
}

static struct bytes a, b, c, d, e, g; /* static: they are large */

static void
one_aead(struct tally *t, const struct ac_val *test, bool x)
{
	static unsigned char out[70000], tag[16];
	bool want = says(test) == 1, got;

	get(&a, test, "key");
	get(&b, test, "iv");
	get(&c, test, "aad");
	get(&d, test, "msg");
	get(&e, test, "ct");
	get(&g, test, "tag");
	if (b.n != (x ? 24 : 12)) { /* no other nonce can be asked for */
		assert_false(want);
		t->other++;
		return;
	}
	assert_true(a.n == 32 && g.n == 16 && d.n == e.n);
	/* age has no associated data: what was sealed with some does not open, and has the same bytes */
	want = want && (x || !c.n);
	got = x ? ac_crypto_xopen(out, e.p, e.n, g.p, c.p, c.n, b.p, a.p) : ac_crypto_open(out, e.p, e.n, g.p, b.p, a.p);
	judge(t, test, got && !memcmp(out, d.p, d.n), want);
	if (x)
		ac_crypto_xseal(out, tag, d.p, d.n, c.p, c.n, b.p, a.p);
	else
		ac_crypto_seal(out, tag, d.p, d.n, b.p, a.p);
	assert_memory_equal(out, e.p, e.n);
	assert_int_equal(!memcmp(tag, g.p, 16), want);
}

static void
chacha(struct tally *t, const struct ac_val *group, const struct ac_val *test)
{
	(void)group;
	one_aead(t, test, false);
}

static void
xchacha(struct tally *t, const struct ac_val *group, const struct ac_val *test)
{
	(void)group;
	one_aead(t, test, true);
}

static void
ed25519(struct tally *t, const struct ac_val *group, const struct ac_val *test)
{
	get(&a, ac_val_get(group, "publicKey"), "pk");
	get(&b, test, "msg");
	get(&c, test, "sig");
	assert_true(a.n == 32 && says(test) != 2);
	if (c.n != 64) { /* ours have 64 by their place */
		assert_int_equal(says(test), 0);
		t->other++;
		return;
	}
	judge(t, test, ac_crypto_verify(c.p, b.p, b.n, a.p), says(test) == 1);
}

/* Acceptable are points on the twist, points spelled above p, and those that give
 * zero. All but the last are taken, as RFC 7748 has it. */
static void
x25519(struct tally *t, const struct ac_val *group, const struct ac_val *test)
{
	unsigned char out[32] = { 0 };
	bool zero = flagged(test, "ZeroSharedSecret"), got;

	(void)group;
	get(&a, test, "private");
	get(&b, test, "public");
	get(&c, test, "shared");
	assert_true(a.n == 32 && b.n == 32 && c.n == 32 && says(test) && (!zero || says(test) == 2));
	got = ac_crypto_dh(out, a.p, b.p);
	assert_true(!got || !memcmp(out, c.p, 32));
	judge(t, test, got, !zero);
}

static void
hkdf(struct tally *t, const struct ac_val *group, const struct ac_val *test)
{
	uint64_t size = integer(test, "size");
	unsigned char out[32];

	(void)group;
	get(&a, test, "ikm");
	get(&b, test, "salt");
	get(&c, test, "info");
	get(&d, test, "okm");
	if (!says(test)) { /* only lengths that cannot be asked for */
		assert_true(flagged(test, "SizeTooLarge") && size > 32);
		t->other++;
		return;
	}
	size = size < 32 ? size : 32;
	ac_crypto_hkdf(out, size, b.p, b.n, a.p, a.n, c.p, c.n);
	judge(t, test, !memcmp(out, d.p, size), true);
}

static void
hmac(struct tally *t, const struct ac_val *group, const struct ac_val *test)
{
	uint64_t size = integer(group, "tagSize") / 8;
	unsigned char out[32];

	get(&a, test, "key");
	get(&b, test, "msg");
	get(&c, test, "tag");
	assert_true(size == c.n && size <= 32);
	ac_crypto_hmac(out, a.p, a.n, b.p, b.n);
	judge(t, test, ac_crypto_equal(out, c.p, c.n), says(test) == 1);
}

struct suite {
	const char *file;
	unsigned least; /* cases that must be there */
	void (*each)(struct tally *t, const struct ac_val *group, const struct ac_val *test);
};

static const struct suite suites[] = {
	{ "chacha20_poly1305_test.json", 310, chacha }, { "xchacha20_poly1305_test.json", 300, xchacha },
	{ "ed25519_test.json", 139, ed25519 }, { "x25519_test.json", 518, x25519 },
	{ "hkdf_sha256_test.json", 80, hkdf }, { "hmac_sha256_test.json", 174, hmac },
};

static void
suite_file(void *ctx, const struct shared_file *f)
{
	struct tally *sum = ctx, t = { 0 };
	struct ac_arena arena = { 0 };
	const struct ac_val *v, *groups, *tests;
	uint32_t i, k;
	size_t s;

	for (s = 0; s < sizeof suites / sizeof *suites && strcmp(f->name, suites[s].file); s++)
		;
	if (s == sizeof suites / sizeof *suites)
		return;
	assert_int_equal(ac_json_read(&v, &arena, f->p, f->n, NULL), AC_OK);
	assert_non_null(groups = ac_val_get(v, "testGroups"));
	for (i = 0; i < groups->n; i++) {
		assert_non_null(tests = ac_val_get(&groups->items[i], "tests"));
		for (k = 0; k < tests->n; k++)
			suites[s].each(&t, &groups->items[i], &tests->items[k]);
	}
	printf("# %s: %u taken, %u refused, %u of another shape\n", f->name, t.taken, t.refused, t.other);
	assert_int_equal(integer(v, "numberOfTests"), t.cases + t.other);
	assert_true(t.cases >= suites[s].least);
	sum->cases += t.cases;
	sum->other++;
	ac_arena_free(&arena);
}

static void
wycheproof(void **state)
{
	static const char *const json[] = { "_test.json", NULL };
	struct tally t = { 0 };
	unsigned n = shared_each("suites/wycheproof", json, suite_file, &t);

	(void)state;
	if (!n) {
		printf("# no shared data\n");
		return;
	}
	printf("# files %u of Wycheproof, %u cases\n", t.other, t.cases);
	assert_int_equal(t.other, sizeof suites / sizeof *suites);
}

/* Whatever has a flag has a point that is spelled otherwise or not of the group:
 * none is taken. */
static void
cctv_file(void *ctx, const struct shared_file *f)
{
	struct tally *t = ctx;
	struct ac_arena arena = { 0 };
	const struct ac_val *v, *one;
	const char *msg;
	uint32_t i;

	assert_int_equal(ac_json_read(&v, &arena, f->p, f->n, NULL), AC_OK);
	for (i = 0; i < v->n; i++) {
		bool got, doubt = ac_val_get(one = &v->items[i], "flags")->kind == AC_ARR;

		get(&a, one, "key");
		get(&b, one, "sig");
		assert_true(a.n == 32 && b.n == 64);
		assert_non_null(msg = ac_val_str(one, "msg"));
		got = ac_crypto_verify(b.p, msg, strlen(msg), a.p);
		if (got == doubt)
			fail_msg("vector %u was %s", (unsigned)integer(one, "number"), got ? "taken" : "refused");
		t->cases++;
		t->taken += got;
	}
	ac_arena_free(&arena);
}

static void
cctv_ed25519(void **state)
{
	static const char *const json[] = { "ed25519vectors.json", NULL };
	struct tally t = { 0 };
	unsigned n = shared_each("suites/CCTV-ed25519", json, cctv_file, &t);

	(void)state;
	if (!n) {
		printf("# no shared data\n");
		return;
	}
	printf("# files %u of CCTV Ed25519, %u vectors, %u taken\n", n, t.cases, t.taken);
	assert_true(t.cases >= 914 && t.taken > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures), cmocka_unit_test(agreement), cmocka_unit_test(sealing),
		cmocka_unit_test(hashes), cmocka_unit_test(derivations), cmocka_unit_test(small_parts),
		cmocka_unit_test(long_s), cmocka_unit_test(wycheproof), cmocka_unit_test(cctv_ed25519),
	};

	if (ac_crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
