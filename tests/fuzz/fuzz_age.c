/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as an age file, read whole and in single bytes: both must end the
 * same way with the same output. The header, base64 and Bech32 readers get the
 * bytes too; what they accept must be what their writers write. No passphrase:
 * an input could ask for a gigabyte.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/crypto.h"
#include "sync/age.h"
#include "sync/agehead.h"
#include "sync/b64.h"
#include "sync/bech32.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct mem {
	const uint8_t *p;
	size_t n, most;
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static enum ac_err
mem_read(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	struct mem *m = ctx;

	(void)f;
	if (*n > m->most)
		*n = m->most;
	if (*n > m->n)
		*n = m->n;
	if (*n)
		memcpy(p, m->p, *n);
	m->p += *n;
	m->n -= *n;
	return AC_OK;
}

/* The secret key is thirty-two ones, so that a corpus can hold files for it. */
static enum ac_err
open_all(struct ac_buf *out, const uint8_t *p, size_t len, size_t most)
{
	unsigned char sk[32], buf[4096];
	struct ac_age_identities ids = { .keys = sk, .nkeys = 1 };
	struct mem m = { p, len, most };
	struct ac_source from = { mem_read, &m };
	struct ac_age_open *o = NULL;
	struct ac_fault f = { .text = "" };
	enum ac_err err;
	size_t n = 1;

	memset(sk, 1, sizeof sk);
	err = ac_age_open_new(&o, &ids, &from, &f);
	while (!err && n) {
		n = sizeof buf;
		if (!(err = ac_age_open_read(o, buf, &n, &f)))
			must(ac_buf_add(out, buf, n) == AC_OK);
	}
	must(!err == !*f.text);
	ac_age_open_free(o);
	return err;
}

static void
text(const uint8_t *p, size_t n)
{
	char *s = malloc(n + 1), *back = malloc(n + 100);
	unsigned char *bytes = malloc(n + 1), sk[32];
	size_t len;

	must(s && back && bytes);
	if (n)
		memcpy(s, p, n);
	s[n] = 0;
	if (ac_b64_decode(bytes, n, &len, s, n)) {
		ac_b64_encode(back, bytes, len);
		must(strlen(back) == n && !memcmp(back, s, n));
	}
	if (ac_age_recipient_parse(sk, s, NULL) == AC_OK) {
		ac_age_recipient_format(back, sk);
		must(!strcmp(back, s));
	}
	if (ac_age_identity_parse(sk, s, NULL) == AC_OK) {
		ac_age_identity_format(back, sk);
		must(!strcmp(back, s));
	}
	free(s);
	free(back);
	free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct ac_buf a = { 0 }, b = { 0 };
	unsigned char key[AC_AGEHEAD_KEY];
	struct ac_age_identities none = { 0 };

	must(ac_crypto_init(NULL) == AC_OK);
	must(open_all(&a, p, n, SIZE_MAX) == open_all(&b, p, n, 1));
	must(a.len == b.len && (!a.len || !memcmp(a.p, b.p, a.len)));
	must(ac_agehead_read(key, p, n, &none, NULL) != AC_OK);
	text(p, n);
	ac_buf_free(&a);
	ac_buf_free(&b);
	return 0;
}
