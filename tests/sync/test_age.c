/* SPDX-License-Identifier: ISC */
/*
 * age v1, both ways. With arguments it is a filter from standard input to
 * standard output, for the tests against the stock program:
 *   test_age seal RECIPIENT... | test_age open IDENTITY...
 *   test_age seal-pass WORK PASSPHRASE | test_age open-pass PASSPHRASE
 *   test_age keygen
 * Exit: 0, or 10 and the number of the error.
 */
#include <archive.h>
#include <dirent.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "store/crypto.h"
#include "sync/age.h"
#include "sync/agehead.h"
#include "sync/b64.h"
#include "sync/bech32.h"

#define BIG (32u << 20)

/* ------------------------------------------------------- memory as a stream */

struct mem {
	const unsigned char *p;
	size_t n, at;
	size_t most;               /* bytes that one read gives; 0: all */
	size_t fail_at;            /* the read of this offset fails; 0: none */
};

static enum ac_err
mem_read(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	struct mem *m = ctx;

	if (m->fail_at && m->at >= m->fail_at)
		return ac_fault(f, AC_EIO, "the test refuses this read");
	if (m->most && *n > m->most)
		*n = m->most;
	if (*n > m->n - m->at)
		*n = m->n - m->at;
	if (*n)
		memcpy(p, m->p + m->at, *n);
	m->at += *n;
	return AC_OK;
}

struct out {
	struct ac_buf buf;
	unsigned writes, fail_at;  /* the write of this number fails; 0: none */
};

static enum ac_err
out_write(void *ctx, const void *p, size_t n, struct ac_fault *f)
{
	struct out *o = ctx;

	if (++o->writes == o->fail_at)
		return ac_fault(f, AC_EIO, "the test refuses this write");
	return ac_buf_add(&o->buf, p, n);
}

/* Opens m whole into out; what came before an error stays there. */
static enum ac_err
open_all(struct ac_buf *out, struct mem *m, const struct ac_age_identities *ids, size_t piece,
	struct ac_fault *f)
{
	struct ac_source from = { mem_read, m };
	struct ac_age_open *o = NULL;
	unsigned char *p = malloc(piece);
	enum ac_err err = ac_age_open_new(&o, ids, &from, f);
	size_t n;

	while (!err) {
		n = piece;
		if ((err = ac_age_open_read(o, p, &n, f)) || !n)
			break;
		err = ac_buf_add(out, p, n);
	}
	if (o && err) {
		n = piece;
		assert_int_equal(ac_age_open_read(o, p, &n, NULL), err);
		assert_int_equal(n, piece);
	}
	ac_age_open_free(o);
	free(p);
	return err;
}

static enum ac_err
seal_all(struct out *out, const void *p, size_t n, const struct ac_age_recipients *r, size_t piece,
	struct ac_fault *f)
{
	struct ac_sink to = { out_write, out };
	struct ac_age_seal *s = NULL;
	enum ac_err err = ac_age_seal_new(&s, r, &to, f);
	size_t at, k;

	for (at = 0; !err && at < n; at += k) {
		k = n - at < piece ? n - at : piece;
		err = ac_age_seal_write(s, (const unsigned char *)p + at, k, f);
	}
	if (!err)
		err = ac_age_seal_end(s, f);
	if (!err)
		assert_int_equal(ac_age_seal_end(s, NULL), AC_EINTERNAL);
	else if (s)
		assert_int_equal(ac_age_seal_write(s, p, n, NULL), n ? err : err);
	ac_age_seal_free(s);
	return err;
}

/* ----------------------------------------------------------------- vectors */

struct vector {
	char expect[32], payload[65];
	unsigned char keys[8][32];
	char pass[64];
	size_t nkeys;
	bool has_pass, zlib, armored, skip;
	unsigned char *file;
	size_t n;
};

static void
vector_line(struct vector *v, const char *key, const char *val)
{
	if (!strcmp(key, "expect"))
		snprintf(v->expect, sizeof v->expect, "%s", val);
	else if (!strcmp(key, "payload"))
		snprintf(v->payload, sizeof v->payload, "%s", val);
	else if (!strcmp(key, "passphrase") && !v->has_pass) {
		v->has_pass = true;
		snprintf(v->pass, sizeof v->pass, "%s", val);
	} else if (!strcmp(key, "compressed"))
		v->zlib = !strcmp(val, "zlib");
	else if (!strcmp(key, "armored"))
		v->armored = !strcmp(val, "yes");
	else if (!strcmp(key, "identity") && !strncmp(val, "AGE-SECRET-KEY-PQ-", 18))
		v->skip = true;
	else if (!strcmp(key, "identity"))
		assert_int_equal(ac_age_identity_parse(v->keys[v->nkeys++], val, NULL), AC_OK);
}

/* libarchive reads gzip and not bare zlib: the deflate stream inside is the
 * same, and it looks neither at the checksum nor at the length behind it. */
static void
inflate(struct vector *v)
{
	static const unsigned char head[10] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3 };
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	unsigned char *gz = calloc(1, v->n + 16), *out = malloc(BIG);
	la_ssize_t n, len = 0;

	memcpy(gz, head, sizeof head);
	memcpy(gz + sizeof head, v->file + 2, v->n - 2);
	assert_int_equal(archive_read_support_filter_gzip(a), ARCHIVE_OK);
	assert_int_equal(archive_read_support_format_raw(a), ARCHIVE_OK);
	assert_int_equal(archive_read_open_memory(a, gz, v->n + 12), ARCHIVE_OK);
	assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_OK);
	while ((n = archive_read_data(a, out + len, BIG - (size_t)len)) > 0)
		len += n;
	assert_int_equal(n, 0);
	archive_read_free(a);
	free(gz);
	free(v->file);
	v->file = out;
	v->n = (size_t)len;
}

static void
vector_read(struct vector *v, const char *path)
{
	FILE *in = fopen(path, "rb");
	char line[512], *val;
	unsigned char *p = malloc(BIG);

	memset(v, 0, sizeof *v);
	assert_non_null(in);
	while (fgets(line, sizeof line, in) && *line != '\n') {
		line[strcspn(line, "\n")] = 0;
		assert_non_null(val = strstr(line, ": "));
		*val = 0;
		vector_line(v, line, val + 2);
	}
	v->n = fread(p, 1, BIG, in);
	v->file = realloc(p, v->n + 1);
	fclose(in);
	if (v->zlib)
		inflate(v);
}

/* The error and, where two classes share one, a word of its sentence. */
static void
expected(const struct vector *v, const char *name, enum ac_err *err, const char **word)
{
	*word = "";
	if (!strcmp(v->expect, "success")) {
		*err = AC_OK;
	} else if (!strcmp(v->expect, "no match")) {
		*err = AC_ELOCKED;
	} else if (!strcmp(v->expect, "HMAC failure")) {
		*err = AC_ECORRUPT;
		*word = "header";
	} else if (!strcmp(v->expect, "payload failure")) {
		*err = AC_ECORRUPT;
		*word = "this age file";
	} else if (!strcmp(v->expect, "armor failure")) {
		*err = AC_EINVAL;
		*word = "armor";
	} else if (!strcmp(v->expect, "header failure")) {
		*err = AC_EINVAL;
		if (!strncmp(name, "version_", 8))
			*err = AC_EVERSION;
		if (!strcmp(name, "scrypt_work_factor_23") || !strcmp(name, "scrypt_work_factor_overflow") ||
		    !strcmp(name, "scrypt_work_21"))
			*err = AC_ELIMIT;
	} else {
		fail_msg("%s: unknown class %s", name, v->expect);
	}
}

static void
vector_try(const struct vector *v, const char *name, size_t most, size_t piece)
{
	struct mem m = { .p = v->file, .n = v->n, .most = most };
	struct ac_age_identities ids = { .keys = v->keys[0], .nkeys = v->nkeys,
		.pass = v->has_pass ? v->pass : NULL, .npass = strlen(v->pass) };
	struct ac_buf out = { .max = BIG };
	struct ac_fault f = { .text = "" };
	unsigned char sum[32];
	const char *word;
	char hex[65] = "";
	enum ac_err want, err = open_all(&out, &m, &ids, piece, &f);

	expected(v, name, &want, &word);
	if (err != want)
		fail_msg("%s: error %d, not %d: %s", name, err, want, f.text);
	if (!strstr(f.text, word))
		fail_msg("%s: expected %s, said: %s", name, v->expect, f.text);
	if (*v->payload) {
		crypto_hash_sha256(sum, out.p, out.len);
		ac_crypto_hex(hex, sum, sizeof sum);
		if (strcmp(hex, v->payload))
			fail_msg("%s: the payload differs", name);
	} else {
		assert_int_equal(out.len, 0);
	}
	ac_buf_free(&out);
}

static unsigned
run_folder(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	unsigned count = 0;

	while (d && (e = readdir(d))) {
		char path[4096];
		struct vector v;

		if (*e->d_name == '.' || !strcmp(e->d_name, "README"))
			continue;
		snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		vector_read(&v, path);
		if (!v.skip) {
			vector_try(&v, e->d_name, 0, 100000);
			if (v.n < 4096)
				vector_try(&v, e->d_name, 1, 1);
			count++;
		}
		free(v.file);
	}
	if (d)
		closedir(d);
	return count;
}

static void
vectors_of_age(void **state)
{
	const char *base = getenv("AFTERCARE_FHIR");
	char dir[4096];
	unsigned n;
	DIR *d;

	(void)state;
	base = base ? base : "../shared/fhir";
	if (!(d = opendir(base))) {
		printf("# no shared data\n");
		return;
	}
	closedir(d);
	snprintf(dir, sizeof dir, "%s/suites/CCTV-age/testdata", base);
	n = run_folder(dir);
	printf("# files %u\n", n);
	assert_int_equal(n, 124);
}

static void
vectors_of_ours(void **state)
{
	(void)state;
	assert_int_equal(run_folder("tests/vectors/age"), 21);
}

/* -------------------------------------------------------------- both ways */

struct pair {
	unsigned char sk[32], pk[32];
};

static struct pair
make_pair(void)
{
	struct pair p;

	ac_crypto_random(p.sk, 32);
	ac_crypto_dh_public(p.pk, p.sk);
	return p;
}

static unsigned char *
pattern(size_t n)
{
	unsigned char *p = malloc(n + 1);
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (unsigned char)(i * 2654435761u >> 11);
	return p;
}

static void
boundaries(void **state)
{
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 131071, 131072, 131073, 3 * 65536 };
	static const size_t pieces[] = { 1000, 65536, 1u << 20 };
	struct pair k = make_pair();
	struct ac_age_recipients r = { .keys = k.pk, .nkeys = 1 };
	struct ac_age_identities ids = { .keys = k.sk, .nkeys = 1 };
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		for (j = 0; j < sizeof pieces / sizeof *pieces; j++) {
			size_t n = sizes[i], chunks = n ? (n + 65535) / 65536 : 1;
			unsigned char *p = pattern(n);
			struct out sealed = { .buf = { 0 } };
			struct ac_buf back = { 0 };
			struct mem m = { 0 };

			assert_int_equal(seal_all(&sealed, p, n, &r, pieces[j], NULL), AC_OK);
			assert_int_equal(sealed.buf.len, 22 + 54 + 44 + 48 + 16 + n + 16 * chunks);
			m.p = sealed.buf.p;
			m.n = sealed.buf.len;
			m.most = pieces[2 - j] - 1;
			assert_int_equal(open_all(&back, &m, &ids, pieces[j], NULL), AC_OK);
			assert_int_equal(back.len, n);
			if (n)
				assert_memory_equal(back.p, p, n);
			ac_buf_free(&back);
			ac_buf_free(&sealed.buf);
			free(p);
		}
	}
}

static void
many_recipients(void **state)
{
	struct pair k[65];
	unsigned char pks[65][32];
	struct ac_age_recipients r = { .keys = pks[0], .nkeys = 64 };
	struct out sealed = { .buf = { 0 } };
	size_t i;

	(void)state;
	for (i = 0; i < 65; i++) {
		k[i] = make_pair();
		memcpy(pks[i], k[i].pk, 32);
	}
	assert_int_equal(seal_all(&sealed, "hello", 5, &r, 5, NULL), AC_OK);
	for (i = 0; i < 65; i++) {
		unsigned char mine[2][32];
		struct ac_age_identities ids = { .keys = mine[0], .nkeys = 2 };
		struct mem m = { .p = sealed.buf.p, .n = sealed.buf.len };
		struct ac_buf back = { 0 };

		memcpy(mine[0], k[64].sk, 32);
		memcpy(mine[1], k[i].sk, 32);
		assert_int_equal(open_all(&back, &m, &ids, 9, NULL), i < 64 ? AC_OK : AC_ELOCKED);
		assert_int_equal(back.len, i < 64 ? 5 : 0);
		ac_buf_free(&back);
	}
	ac_buf_free(&sealed.buf);
}

static void
passphrase(void **state)
{
	struct ac_age_recipients r = { .pass = "b\xc3\xa4r und baum", .npass = 13, .work = 4 };
	struct ac_age_identities ids = { .pass = "b\xc3\xa4r und baum", .npass = 13 };
	struct pair k = make_pair();
	struct out sealed = { .buf = { 0 } };
	struct ac_buf back = { 0 };
	struct ac_fault f;
	struct mem m;

	(void)state;
	assert_int_equal(seal_all(&sealed, "hello", 5, &r, 5, NULL), AC_OK);
	m = (struct mem){ .p = sealed.buf.p, .n = sealed.buf.len };
	assert_int_equal(open_all(&back, &m, &ids, 9, NULL), AC_OK);
	assert_int_equal(back.len, 5);
	m.at = 0;
	ids.npass--;
	assert_int_equal(open_all(&back, &m, &ids, 9, &f), AC_ELOCKED);
	assert_non_null(strstr(f.text, "not the passphrase"));
	m.at = 0;
	ids = (struct ac_age_identities){ .keys = k.sk, .nkeys = 1 };
	assert_int_equal(open_all(&back, &m, &ids, 9, &f), AC_ELOCKED);
	assert_non_null(strstr(f.text, "give the passphrase"));
	ac_buf_free(&back);
	ac_buf_free(&sealed.buf);
}

static void
refused(void **state)
{
	struct pair k = make_pair();
	unsigned char many[65][32], zero[1][32] = { { 0 } };
	struct ac_age_recipients none = { 0 }, both = { .keys = k.pk, .nkeys = 1, .pass = "x", .npass = 1 },
		crowd = { .keys = many[0], .nkeys = 65 }, weak = { .keys = zero[0], .nkeys = 1 },
		slow = { .pass = "x", .npass = 1, .work = 21 }, empty = { .pass = "", .npass = 0 };
	const struct ac_age_recipients *bad[] = { &none, &both, &crowd, &weak, &slow, &empty };
	size_t i;

	(void)state;
	memset(many, 9, sizeof many);
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct out o = { .buf = { 0 } };
		struct ac_fault f = { .text = "" };

		assert_int_equal(seal_all(&o, "", 0, bad[i], 1, &f), AC_EUSAGE);
		assert_true(*f.text);
		assert_int_equal(o.writes, 0);
	}
}

/* ------------------------------------------------------------------ damage */

struct sealed_file {
	struct pair k;
	struct out o;
	unsigned char *p;
	size_t n;
};

static void
make_sealed(struct sealed_file *s, size_t n)
{
	struct ac_age_recipients r = { .nkeys = 1 };

	memset(s, 0, sizeof *s);
	s->k = make_pair();
	s->p = pattern(n);
	s->n = n;
	r.keys = s->k.pk;
	assert_int_equal(seal_all(&s->o, s->p, n, &r, 1u << 20, NULL), AC_OK);
}

static void
drop_sealed(struct sealed_file *s)
{
	ac_buf_free(&s->o.buf);
	free(s->p);
}

/* Opens a changed copy: it must fail, and all that came out must be a prefix. */
static enum ac_err
open_changed(const struct sealed_file *s, const unsigned char *p, size_t n, size_t *got)
{
	struct ac_age_identities ids = { .keys = s->k.sk, .nkeys = 1 };
	struct mem m = { .p = p, .n = n };
	struct ac_buf out = { 0 };
	struct ac_fault f = { .text = "" };
	enum ac_err err = open_all(&out, &m, &ids, 1u << 20, &f);

	assert_int_not_equal(err, AC_OK);
	assert_true(*f.text);
	assert_true(out.len <= s->n);
	if (out.len)
		assert_memory_equal(out.p, s->p, out.len);
	if (got)
		*got = out.len;
	ac_buf_free(&out);
	return err;
}

static void
truncations(void **state)
{
	struct sealed_file s;
	size_t i, got;

	(void)state;
	make_sealed(&s, 40);
	for (i = 0; i < s.o.buf.len; i++) {
		unsigned char *cut = malloc(i ? i : 1); /* so that a read past it is seen */
		enum ac_err err;

		memcpy(cut, s.o.buf.p, i);
		err = open_changed(&s, cut, i, &got);
		assert_int_equal(err, i < s.o.buf.len - 40 - 16 ? AC_EINVAL : AC_ECORRUPT);
		assert_int_equal(got, 0);
		free(cut);
	}
	drop_sealed(&s);
}

static void
flips(void **state)
{
	struct sealed_file s;
	size_t i, bit, got;

	(void)state;
	make_sealed(&s, 40);
	for (i = 0; i < s.o.buf.len; i++) {
		for (bit = 0; bit < 8; bit++) {
			s.o.buf.p[i] ^= (unsigned char)(1u << bit);
			(void)open_changed(&s, s.o.buf.p, s.o.buf.len, &got);
			assert_int_equal(got, 0);
			s.o.buf.p[i] ^= (unsigned char)(1u << bit);
		}
	}
	drop_sealed(&s);
}

/* Chunks cut off, doubled, or put in another order. */
static void
chunks(void **state)
{
	const size_t full = 65536 + 16;
	struct sealed_file s;
	size_t head, got, n;
	unsigned char *p;

	(void)state;
	make_sealed(&s, 3 * 65536 + 10);
	n = s.o.buf.len;
	head = n - 3 * full - 26;
	p = malloc(n + full);

	memcpy(p, s.o.buf.p, n);
	assert_int_equal(open_changed(&s, p, n - 26, &got), AC_ECORRUPT);
	assert_int_equal(got, 3 * 65536);
	assert_int_equal(open_changed(&s, p, n - 26 - full, &got), AC_ECORRUPT);
	assert_int_equal(got, 2 * 65536);
	assert_int_equal(open_changed(&s, p, head, &got), AC_ECORRUPT);
	assert_int_equal(got, 0);

	memcpy(p + head, s.o.buf.p + head + full, full);
	memcpy(p + head + full, s.o.buf.p + head, full);
	assert_int_equal(open_changed(&s, p, n, &got), AC_ECORRUPT);
	assert_int_equal(got, 0);

	memcpy(p + head, s.o.buf.p + head, full);
	memcpy(p + head + full, s.o.buf.p + head, n - head);
	assert_int_equal(open_changed(&s, p, n + full, &got), AC_ECORRUPT);
	assert_int_equal(got, 65536);

	memcpy(p + head + full, s.o.buf.p + head + 2 * full, full + 26);
	assert_int_equal(open_changed(&s, p, n - full, &got), AC_ECORRUPT);
	assert_int_equal(got, 65536);
	free(p);
	drop_sealed(&s);
}

/* ---------------------------------------------------- streams that give up */

static void
failing_source(void **state)
{
	struct sealed_file s;
	struct ac_age_identities ids = { .nkeys = 1 };
	size_t i;

	(void)state;
	make_sealed(&s, 70000);
	ids.keys = s.k.sk;
	for (i = 1; i < s.o.buf.len; i = i * 5 / 4 + 1) {
		struct mem m = { .p = s.o.buf.p, .n = s.o.buf.len, .most = i, .fail_at = i };
		struct ac_buf out = { 0 };
		struct ac_fault f = { .text = "" };

		assert_int_equal(open_all(&out, &m, &ids, 5000, &f), AC_EIO);
		assert_string_equal(f.text, "the test refuses this read");
		ac_buf_free(&out);
	}
	drop_sealed(&s);
}

static void
failing_sink(void **state)
{
	struct pair k = make_pair();
	struct ac_age_recipients r = { .keys = k.pk, .nkeys = 1 };
	unsigned char *p = pattern(200000);
	struct out whole = { .buf = { 0 } };
	unsigned i;

	(void)state;
	assert_int_equal(seal_all(&whole, p, 200000, &r, 777, NULL), AC_OK);
	for (i = 1; i <= whole.writes; i++) {
		struct out o = { .fail_at = i };
		struct ac_fault f = { .text = "" };

		assert_int_equal(seal_all(&o, p, 200000, &r, 777, &f), AC_EIO);
		assert_string_equal(f.text, "the test refuses this write");
		assert_int_equal(o.writes, i);
		ac_buf_free(&o.buf);
	}
	ac_buf_free(&whole.buf);
	free(p);
}

static void
header_ceiling(void **state)
{
	struct pair k = make_pair();
	struct ac_age_identities ids = { .keys = k.sk, .nkeys = 1 };
	struct ac_buf big = { 0 }, out = { 0 };
	struct mem m;

	(void)state;
	assert_int_equal(ac_buf_addf(&big, "age-encryption.org/v1\n"), AC_OK);
	while (big.len < 300000)
		assert_int_equal(ac_buf_addf(&big, "-> other\n\n"), AC_OK);
	m = (struct mem){ .p = big.p, .n = big.len };
	assert_int_equal(open_all(&out, &m, &ids, 9, NULL), AC_ELIMIT);
	assert_true(m.at < 300000);
	/* the first line decides before the rest is read */
	big.p[0] = 'b';
	m = (struct mem){ .p = big.p, .n = big.len, .most = 100 };
	assert_int_equal(open_all(&out, &m, &ids, 9, NULL), AC_EINVAL);
	assert_true(m.at <= 200);
	ac_buf_free(&big);
}

/* ------------------------------------------------------------ keys as text */

static void
key_text(void **state)
{
	static const unsigned char sk[32] = { 1, 2, 3 };
	unsigned char back[32], pk[32];
	char text[80], bad[80];
	size_t i;

	(void)state;
	ac_age_identity_format(text, sk);
	assert_int_equal(strlen(text), 74);
	assert_int_equal(ac_age_identity_parse(back, text, NULL), AC_OK);
	assert_memory_equal(back, sk, 32);
	memset(back, 7, 32);
	for (i = 0; i <= 74; i++) {
		strcpy(bad, text);
		bad[i] = bad[i] == 'Q' ? 'P' : i == 74 ? 'Q' : 'Q';
		bad[i + 1] = i == 74 ? 0 : bad[i + 1];
		assert_int_equal(ac_age_identity_parse(back, bad, NULL), AC_EUSAGE);
		strcpy(bad, text);
		bad[i] = 0;
		assert_int_equal(ac_age_identity_parse(back, bad, NULL), i < 74 ? AC_EUSAGE : AC_OK);
		if (i < 74)
			assert_int_equal(back[31], 7);
	}
	ac_crypto_dh_public(pk, sk);
	ac_age_recipient_format(text, pk);
	assert_int_equal(strlen(text), 62);
	assert_int_equal(ac_age_recipient_parse(back, text, NULL), AC_OK);
	assert_memory_equal(back, pk, 32);
	assert_int_equal(ac_age_identity_parse(back, text, NULL), AC_EUSAGE);
	for (i = 0; text[i]; i++)
		if (text[i] >= 'a' && text[i] <= 'z')
			text[i] = (char)(text[i] - 32);
	assert_int_equal(ac_age_recipient_parse(back, text, NULL), AC_EUSAGE);
}

/* Made by the stock program's age-keygen, kept here. */
static void
key_text_known(void **state)
{
	static const char secret[] = "AGE-SECRET-KEY-16MK3RANTSTZ095MQJFS0RKWHPX4GHRAQYKP7E7M0KDRSDKNPTQLQRT6CXH", public[] = "age1lwv7sa70rpplmj4wxa920u5aape2gw325wlvzct580tp6hm6xfpq9uxv7c";
	unsigned char sk[32], pk[32];
	char text[80];
	struct ac_fault f;

	(void)state;
	assert_int_equal(ac_age_identity_parse(sk, secret, NULL), AC_OK);
	ac_crypto_dh_public(pk, sk);
	ac_age_recipient_format(text, pk);
	assert_string_equal(text, public);
	assert_int_equal(ac_age_recipient_parse(pk, secret, &f), AC_EUSAGE);
	assert_non_null(strstr(f.text, "secret key"));
	assert_null(strstr(f.text, secret));
}

/* Sizes whose last group has 0 to 4 spare bits, each bit of them set in turn. */
static void
bech32_sizes(void **state)
{
	unsigned char p[64], back[64];
	char text[AC_BECH32_SIZE(2, 64)];
	size_t n, i;

	(void)state;
	for (i = 0; i < sizeof p; i++)
		p[i] = (unsigned char)(i * 37 + 1);
	for (n = 1; n <= 64; n++) {
		ac_bech32_encode(text, "xy", p, n);
		assert_int_equal(strlen(text) + 1, AC_BECH32_SIZE(2, n));
		assert_true(ac_bech32_decode(back, n, "xy", text));
		assert_memory_equal(back, p, n);
		assert_false(ac_bech32_decode(back, n, "xz", text));
		assert_false(ac_bech32_decode(back, n - (n > 1), "xy", text) && n > 1);
		for (i = 0; text[i]; i++) {
			text[i] ^= 1;
			assert_false(ac_bech32_decode(back, n, "xy", text));
			text[i] ^= 1;
		}
	}
	/* one byte, a spare bit set, with the checksum that fits that */
	assert_true(ac_bech32_decode(back, 1, "a", "a1qqqd87cq"));
	assert_false(ac_bech32_decode(back, 1, "a", "a1qpamnt9j"));
}

static void
base64(void **state)
{
	static const char *good[] = { "", "AA", "AAA", "AAAA", "/+8", "Zm9vYmE" };
	static const char *bad[] = { "A", "AB", "AAB", "AA==", "AA-_", "AA A", "AAAAA", "Zm9vYmF=" };
	char text[16];
	unsigned char out[8];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(ac_b64_decode(out, sizeof out, &n, good[i], strlen(good[i])));
		ac_b64_encode(text, out, n);
		assert_string_equal(text, good[i]);
	}
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(ac_b64_decode(out, sizeof out, &n, bad[i], strlen(bad[i])));
	assert_false(ac_b64_decode(out, 2, &n, "AAAA", 4));
	assert_true(ac_b64_decode(out, 3, &n, "AAAA", 4));
}

/* -------------------------------------------------------------- the filter */

static enum ac_err
stdin_read(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	(void)ctx;
	*n = fread(p, 1, *n, stdin);
	return ferror(stdin) ? ac_fault(f, AC_EIO, "standard input cannot be read") : AC_OK;
}

static enum ac_err
stdout_write(void *ctx, const void *p, size_t n, struct ac_fault *f)
{
	(void)ctx;
	return fwrite(p, 1, n, stdout) == n ? AC_OK : ac_fault(f, AC_EIO, "standard output cannot be written");
}

static enum ac_err
filter_seal(const struct ac_age_recipients *r, struct ac_fault *f)
{
	struct ac_sink to = { stdout_write, NULL };
	struct ac_age_seal *s = NULL;
	enum ac_err err = ac_age_seal_new(&s, r, &to, f);
	char buf[10000];
	size_t n;

	while (!err && (n = fread(buf, 1, sizeof buf, stdin)))
		err = ac_age_seal_write(s, buf, n, f);
	if (!err)
		err = ac_age_seal_end(s, f);
	ac_age_seal_free(s);
	return err;
}

static enum ac_err
filter_open(const struct ac_age_identities *ids, struct ac_fault *f)
{
	struct ac_source from = { stdin_read, NULL };
	struct ac_age_open *o = NULL;
	enum ac_err err = ac_age_open_new(&o, ids, &from, f);
	char buf[10000];
	size_t n = 1;

	while (!err && n) {
		n = sizeof buf;
		if (!(err = ac_age_open_read(o, buf, &n, f)))
			err = stdout_write(NULL, buf, n, f);
	}
	ac_age_open_free(o);
	return err;
}

static enum ac_err
keygen(void)
{
	struct pair k = make_pair();
	char text[80];

	ac_age_recipient_format(text, k.pk);
	printf("# public key: %s\n", text);
	ac_age_identity_format(text, k.sk);
	printf("%s\n", text);
	return AC_OK;
}

static int
filter(int argc, char **argv)
{
	unsigned char keys[70][32];
	struct ac_age_recipients r = { .keys = keys[0] };
	struct ac_age_identities ids = { .keys = keys[0] };
	struct ac_fault f = { .text = "" };
	enum ac_err err = AC_EUSAGE;
	int i;

	for (i = 2; i < argc && i < 72; i++) {
		if (!strcmp(argv[1], "seal") && (err = ac_age_recipient_parse(keys[i - 2], argv[i], &f)))
			break;
		if (!strcmp(argv[1], "open") && (err = ac_age_identity_parse(keys[i - 2], argv[i], &f)))
			break;
		r.nkeys = ids.nkeys = (size_t)(i - 1);
	}
	if (!strcmp(argv[1], "keygen")) {
		err = keygen();
	} else if (!strcmp(argv[1], "seal") && !err) {
		err = filter_seal(&r, &f);
	} else if (!strcmp(argv[1], "open") && !err) {
		err = filter_open(&ids, &f);
	} else if (!strcmp(argv[1], "seal-pass") && argc == 4) {
		r = (struct ac_age_recipients){ .pass = argv[3], .npass = strlen(argv[3]),
			.work = (unsigned)atoi(argv[2]) };
		err = filter_seal(&r, &f);
	} else if (!strcmp(argv[1], "open-pass") && argc == 3) {
		ids = (struct ac_age_identities){ .pass = argv[2], .npass = strlen(argv[2]) };
		err = filter_open(&ids, &f);
	}
	if (!err && fflush(stdout))
		err = AC_EIO;
	if (err)
		fprintf(stderr, "%s\n", f.text);
	return err ? 10 + (int)err : 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64),
		cmocka_unit_test(bech32_sizes),
		cmocka_unit_test(key_text),
		cmocka_unit_test(key_text_known),
		cmocka_unit_test(boundaries),
		cmocka_unit_test(many_recipients),
		cmocka_unit_test(passphrase),
		cmocka_unit_test(refused),
		cmocka_unit_test(truncations),
		cmocka_unit_test(flips),
		cmocka_unit_test(chunks),
		cmocka_unit_test(failing_source),
		cmocka_unit_test(failing_sink),
		cmocka_unit_test(header_ceiling),
		cmocka_unit_test(vectors_of_age),
		cmocka_unit_test(vectors_of_ours),
	};

	if (ac_crypto_init(NULL))
		return 99;
	if (argc > 1)
		return filter(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
