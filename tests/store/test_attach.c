/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "store/chunks.h"
#include "store/vault.h"

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1 /* which keeps freed memory for a while */
#else
#define SANITIZED 0
#endif

struct out { struct ac_hash h; uint64_t n; };

static enum ac_err
count(void *ctx, const void *p, size_t n, struct ac_fault *f)
{
	struct out *o = ctx;

	(void)f;
	ac_crypto_hash_add(&o->h, p, n);
	o->n += n;
	return AC_OK;
}

static enum ac_err
get(struct vault *v, const char *ref, struct out *o, char name[static 256])
{
	struct ac_sink to = { count, o };
	struct ac_fault f = { 0 };

	memset(o, 0, sizeof *o);
	ac_crypto_hash_init(&o->h, 32, NULL, 0);
	return ac_attachment_read(v->s, ref, &to, name, &f);
}

struct list { size_t n, here; char hash[8][65], ref[8][200], title[8][64], type[8][64]; uint64_t size[8]; };

static int
listed(void *ctx, const struct ac_attachment *a)
{
	struct list *l = ctx;

	strcpy(l->hash[l->n], a->hash);
	snprintf(l->ref[l->n], 200, "%s", a->ref);
	snprintf(l->title[l->n], 64, "%s", a->title);
	snprintf(l->type[l->n], 64, "%s", a->type);
	l->size[l->n++] = a->size;
	l->here += a->here;
	return 0;
}

/* A file of n bytes that look like nothing; its hash in hex. */
static void
make(char path[static 4200], char hex[static 65], struct vault *v, const char *name, uint64_t n, unsigned char seed)
{
	unsigned char block[4096], hash[32];
	struct ac_hash h;
	FILE *f;
	size_t k, i;

	snprintf(path, 4200, "%s/%s", v->dir, name);
	assert_non_null(f = fopen(path, "w"));
	ac_crypto_hash_init(&h, 32, NULL, 0);
	for (i = 0; i < sizeof block; i++)
		block[i] = (unsigned char)(i * 31 + seed);
	while (n) {
		k = n < sizeof block ? (size_t)n : sizeof block;
		block[0]++;
		assert_int_equal(fwrite(block, 1, k, f), k);
		ac_crypto_hash_add(&h, block, k);
		n -= k;
	}
	fclose(f);
	ac_crypto_hash_end(&h, hash, 32);
	ac_crypto_hex(hex, hash, 32);
}

static void
check(struct vault *v, const char *ref, const char *hex, uint64_t n, const char *name)
{
	unsigned char hash[32];
	char have[65], got[256];
	struct out o;

	assert_int_equal(get(v, ref, &o, got), AC_OK);
	assert_int_equal(o.n, n);
	ac_crypto_hash_end(&o.h, hash, 32);
	ac_crypto_hex(have, hash, 32);
	assert_string_equal(have, hex);
	assert_string_equal(got, name);
}

static void
test_sizes(void **state)
{
	static const uint64_t sizes[] = { 1, 255, 65536, 65537, AC_CHUNK_SMALL, AC_CHUNK_SMALL + 1, AC_CHUNK - 1, AC_CHUNK,
		AC_CHUNK + 1, 3 * AC_CHUNK, 21 * AC_CHUNK / 2 };
	struct vault *v = *state;
	struct ac_wrote w;
	struct ac_fault f = { 0 };
	char path[4200], hex[65];
	size_t i;

	for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		make(path, hex, v, "scan.pdf", sizes[i], (unsigned char)i);
		assert_int_equal(ac_attachment_add(&w, v->s, path, NULL, i ? "A scan" : NULL, &f), AC_OK);
		assert_false(w.flagged);
		check(v, w.ref, hex, sizes[i], i ? "A scan" : "scan.pdf");
	}
	make(path, hex, v, "empty", 0, 0);
	assert_int_equal(ac_attachment_add(&w, v->s, path, NULL, NULL, &f), AC_EREFUSED);
	assert_int_equal(ac_attachment_add(&w, v->s, "/nowhere/at/all", NULL, NULL, &f), AC_ENOTFOUND);
}

static enum ac_err
count_ref(void *ctx, const char *name, const struct ac_oid *at, struct ac_fault *f)
{
	(void)name;
	(void)at;
	(void)f;
	++*(size_t *)ctx;
	return AC_OK;
}

static size_t
refs(struct vault *v)
{
	struct ac_fault f = { 0 };
	size_t n = 0;

	assert_int_equal(ac_repo_refs(v->h->repo, "refs/heads/", count_ref, &n, &f), AC_OK);
	return n;
}

static void
test_once(void **state)
{
	struct vault *v = *state;
	struct ac_wrote a, b, c;
	struct ac_fault f = { 0 };
	char path[4200], hex[65], more[4200], hex2[65];
	struct list l = { 0 };
	size_t before = refs(v);

	make(path, hex, v, "scan.png", 2000000, 1);
	assert_int_equal(ac_attachment_add(&a, v->s, path, NULL, NULL, &f), AC_OK);
	assert_int_equal(refs(v), before + 1);
	assert_int_equal(ac_attachment_add(&b, v->s, path, NULL, "Again", &f), AC_OK);
	assert_int_equal(refs(v), before + 1);
	/* small ones share a branch */
	make(more, hex2, v, "note.txt", 100, 2);
	assert_int_equal(ac_attachment_add(&c, v->s, more, a.ref, "More", &f), AC_OK);
	assert_string_equal(c.ref, a.ref);
	make(more, hex2, v, "note2.txt", 200, 3);
	assert_int_equal(ac_attachment_add(&c, v->s, more, NULL, NULL, &f), AC_OK);
	assert_int_equal(refs(v), before + 2);
	assert_int_equal(ac_attachment_list(v->s, listed, &l, &f), AC_OK);
	assert_int_equal(l.n, 4);
	assert_int_equal(l.here, 4);
	check(v, b.ref, hex, 2000000, "Again");
	assert_int_equal(ac_rm(&c, v->s, b.ref, &f), AC_OK);
	memset(&l, 0, sizeof l);
	assert_int_equal(ac_attachment_list(v->s, listed, &l, &f), AC_OK);
	assert_int_equal(l.n, 3);
}

static void
test_to(void **state)
{
	static const char report[] = "{\"resourceType\":\"DiagnosticReport\",\"id\":\"r\",\"status\":\"final\",\"code\":{\"text\":\"CT\"}}";
	static const char basic[] = "{\"resourceType\":\"Basic\",\"id\":\"b\",\"code\":{\"text\":\"x\"}}";
	struct vault *v = *state;
	struct ac_fault f = { 0 };
	char path[4200], hex[65];
	struct ac_wrote w;

	make(path, hex, v, "scan.jpeg", 70000, 1);
	assert_int_equal(ac_put(&w, v->s, report, strlen(report), 0, &f), AC_OK);
	assert_int_equal(ac_put(&w, v->s, basic, strlen(basic), 0, &f), AC_OK);
	assert_int_equal(ac_attachment_add(&w, v->s, path, "DiagnosticReport/r", "CT", &f), AC_OK);
	check(v, "DiagnosticReport/r", hex, 70000, "CT");
	assert_int_equal(ac_attachment_add(&w, v->s, path, "Basic/b", NULL, &f), AC_EREFUSED);
	assert_int_equal(ac_attachment_add(&w, v->s, path, "Basic/none", NULL, &f), AC_ENOTFOUND);
}

/* A name is a name, wherever it came from. */
static void
test_names(void **state)
{
	static const char *const titles[][2] = { { "../../etc/passwd", "_.._etc_passwd" }, { "a\nb", "a_b" }, { "...", "attachment" },
		{ ".hidden", "hidden" } };
	struct vault *v = *state;
	struct ac_fault f = { 0 };
	char path[4200], hex[65];
	struct ac_wrote w;
	size_t i;

	make(path, hex, v, "x", 300, 1);
	for (i = 0; i < sizeof titles / sizeof *titles; i++) {
		assert_int_equal(ac_attachment_add(&w, v->s, path, NULL, titles[i][0], &f), AC_OK);
		check(v, w.ref, hex, 300, i ? titles[i][1] : "_.._etc_passwd");
	}
}

/* Inline data above the ceiling lies outside the document, and comes back in it. */
static void
test_inline(void **state)
{
	struct vault *v = *state;
	size_t n = 100002, len = n / 3 * 4, i;
	char *json = malloc(len + 200), *p = json + sprintf(json, "{\"resourceType\":\"Binary\",\"id\":\"x\",\"contentType\":"
		"\"text/plain\",\"data\":\"");
	struct ac_blob_source blobs = ac_space_blobs(v->s);
	struct ac_buf out = { 0 };
	struct ac_arena a = { 0 };
	struct ac_fault f = { 0 };
	struct list l = { 0 };
	struct ac_shown sh;
	struct ac_wrote w;
	char version[65];

	for (i = 0; i < len; i++)
		*p++ = "ABCDEFGH"[i * 7 % 8];
	strcpy(p, "\"}");
	assert_int_equal(ac_put(&w, v->s, json, strlen(json), 0, &f), AC_OK);
	strcpy(version, w.version);
	assert_int_equal(ac_show(&sh, &a, v->s, "Binary/x", NULL, &f), AC_OK);
	assert_int_equal(ac_val_get(sh.body, "data")->kind, AC_BLOB);
	assert_int_equal(ac_json_write(&out, sh.body, &blobs, &f), AC_OK);
	assert_int_equal(out.len, strlen(json));
	assert_memory_equal(out.p, json, out.len);
	assert_int_equal(ac_attachment_list(v->s, listed, &l, &f), AC_OK);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.size[0], n);
	assert_string_equal(l.type[0], "text/plain");
	/* the same again is no new version */
	assert_int_equal(ac_put(&w, v->s, json, strlen(json), 0, &f), AC_OK);
	assert_string_equal(version, w.version);
	ac_buf_free(&out);
	ac_arena_free(&a);
	free(json);
}

struct raw { const unsigned char *p; size_t n; };

static enum ac_err
raw_read(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	struct raw *r = ctx;

	(void)f;
	if (*n > r->n)
		*n = r->n;
	memcpy(p, r->p, *n);
	r->p += *n;
	r->n -= *n;
	return AC_OK;
}

/* Bytes that are not what they were said to be; chunks that are gone. */
static void
test_failures(void **state)
{
	struct vault *v = *state;
	unsigned char hash[32] = { 1 };
	struct raw r = { (const unsigned char *)"hello", 5 };
	struct ac_source from = { raw_read, &r };
	struct ac_fault f = { 0 };
	struct ac_append b;
	struct ac_wrote w;
	struct out o;
	char path[4200], hex[65], name[256], cmd[4300];
	size_t before = refs(v);

	assert_int_equal(ac_append_begin(&b, v->s, &f), AC_OK);
	assert_int_equal(ac_chunks_put(&b, hash, 5, &from, &f), AC_EREFUSED);
	r = (struct raw){ (const unsigned char *)"hello", 5 };
	assert_int_equal(ac_chunks_put(&b, hash, 6, &from, &f), AC_EREFUSED);
	ac_append_end(&b);
	assert_int_equal(refs(v), before);
	assert_int_equal(get(v, "Basic/none", &o, name), AC_ENOTFOUND);
	make(path, hex, v, "scan.pdf", 5000000, 1);
	assert_int_equal(ac_attachment_add(&w, v->s, path, NULL, NULL, &f), AC_OK);
	check(v, w.ref, hex, 5000000, "scan.pdf");
	/* the large objects are the chunks */
	snprintf(cmd, sizeof cmd, "find %s/home -type f -path '*objects*' -size +100k -delete", v->dir);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(get(v, w.ref, &o, name), AC_ENET);
}

/* Memory does not grow with the file. */
static void
test_memory(void **state)
{
	struct vault *v = *state;
	struct ac_fault f = { 0 };
	char path[4200], hex[65];
	struct rusage before, after;
	struct ac_wrote w;

	make(path, hex, v, "disc.dcm", (uint64_t)160 << 20, 1);
	getrusage(RUSAGE_SELF, &before);
	assert_int_equal(ac_attachment_add(&w, v->s, path, NULL, NULL, &f), AC_OK);
	check(v, w.ref, hex, (uint64_t)160 << 20, "disc.dcm");
	getrusage(RUSAGE_SELF, &after);
	if (!SANITIZED)
		assert_true(after.ru_maxrss - before.ru_maxrss < 60 << 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sizes, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_once, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_to, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_names, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_inline, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_failures, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_memory, vault_setup, vault_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
