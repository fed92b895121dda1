/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/minify.h"
#include "schema/shared.h"
#include "store/import.h"
#include "store/vault.h"

/* ------------------------------------------------------------------- helpers */

struct said {
	char text[64][400];
	uint32_t line[64];
	size_t n, refused, errors, asked;
	bool answer;
};

static void
issue(void *ctx, const struct ac_import_issue *i)
{
	struct said *s = ctx;

	s->refused += i->refused;
	s->errors += i->error;
	if (s->n == 64)
		return;
	s->line[s->n] = i->line;
	snprintf(s->text[s->n++], 400, "%s|%s|%s", i->file, i->ref, i->message);
}

static bool
whose(void *ctx, const char *file, const char *name)
{
	struct said *s = ctx;

	(void)file;
	assert_true(name[0]);
	s->asked++;
	return s->answer;
}

static enum ac_err
take(struct vault *v, struct ac_import_counts *c, struct said *s, const char *path, const char *person,
	const char *source)
{
	struct ac_import_options o = { .person = person, .source = source, .issue = issue, .whose = s && s->answer ? whose
		: NULL, .ctx = s };
	struct said none = { 0 };
	struct ac_fault f = { 0 };

	if (!s)
		o.ctx = &none;
	return ac_import(c, v->s, &path, 1, NULL, &o, &f);
}

/* Writes text to a file of the test's folder and imports it. */
static enum ac_err
text(struct vault *v, struct ac_import_counts *c, struct said *s, const char *name, const char *json)
{
	char path[4200];

	vault_file(path, v, name, json, strlen(json));
	return take(v, c, s, path, NULL, NULL);
}

static char *
body(struct vault *v, const char *ref)
{
	struct ac_arena a = { 0 };
	struct ac_buf b = { .max = (size_t)1 << 30 };
	struct ac_blob_source blobs = ac_space_blobs(v->s);
	struct ac_shown sh;
	struct ac_fault f = { 0 };
	char *out = NULL;

	if (!ac_show(&sh, &a, v->s, ref, NULL, &f) && sh.body) {
		assert_int_equal(ac_json_write(&b, sh.body, &blobs, &f), AC_OK);
		out = strndup((char *)b.p, b.len);
	}
	ac_buf_free(&b);
	ac_arena_free(&a);
	return out;
}

static void
assert_body(struct vault *v, const char *ref, const char *want)
{
	char *have = body(v, ref);

	assert_non_null(have);
	assert_string_equal(have, want);
	free(have);
}

#define OBS(id, updated, status, value) "{\"resourceType\":\"Observation\",\"id\":\"" id "\",\"meta\":{\"lastUpdated\":\"" \
	updated "\"},\"status\":\"" status "\",\"code\":{\"text\":\"Weight\"},\"effectiveDateTime\":\"2026-01-05\"," \
	"\"valueString\":\"" value "\"}"
#define T1 "2026-01-05T10:00:00Z"
#define T2 "2026-01-06T10:00:00Z"
#define T3 "2026-01-07T10:00:00Z"

/* --------------------------------------------------------------------- tests */

static void
test_again(void **state)
{
	struct vault *v = *state;
	struct ac_import_counts c;

	assert_int_equal(text(v, &c, NULL, "a.json", OBS("o", T1, "final", "one")), AC_OK);
	assert_int_equal(c.added, 1);
	assert_int_equal(c.resources, 1);
	assert_int_equal(c.files, 1);
	assert_int_equal(text(v, &c, NULL, "a.json", OBS("o", T1, "final", "one")), AC_OK);
	assert_int_equal(c.same, 1);
	assert_int_equal(text(v, &c, NULL, "a.json", OBS("o", T2, "final", "two")), AC_OK);
	assert_int_equal(c.changed, 1);
	assert_body(v, "Observation/o", OBS("o", T2, "final", "two"));
	/* an earlier one, and one that is older */
	assert_int_equal(text(v, &c, NULL, "a.json", OBS("o", T1, "final", "one")), AC_OK);
	assert_int_equal(c.older, 1);
	assert_int_equal(text(v, &c, NULL, "a.json", OBS("o", T1, "final", "three")), AC_OK);
	assert_int_equal(c.older, 1);
	assert_body(v, "Observation/o", OBS("o", T2, "final", "two"));
}

static void
test_after_a_person(void **state)
{
	struct vault *v = *state;
	struct ac_import_counts c;
	struct ac_fault f = { 0 };
	struct ac_wrote w;
	const char *set[] = { "valueString=mine" };
	char *now;

	assert_int_equal(text(v, &c, NULL, "a.json", OBS("o", T1, "final", "one")), AC_OK);
	assert_int_equal(ac_set(&w, v->s, "Observation/o", set, 1, 0, &f), AC_OK);
	assert_int_equal(text(v, &c, NULL, "a.json", OBS("o", T1, "final", "one")), AC_OK);
	assert_int_equal(c.same, 1);
	assert_body(v, "Observation/o", OBS("o", T1, "final", "mine"));
	/* a changed export says otherwise: both are kept */
	assert_int_equal(text(v, &c, NULL, "a.json", OBS("o", T2, "final", "two")), AC_OK);
	assert_int_equal(c.changed, 1);
	assert_null(body(v, "Observation/o"));
	/* and what was deleted stays so */
	assert_int_equal(text(v, &c, NULL, "b.json", OBS("p", T1, "final", "one")), AC_OK);
	assert_int_equal(ac_rm(&w, v->s, "Observation/p", &f), AC_OK);
	assert_int_equal(text(v, &c, NULL, "b.json", OBS("p", T1, "final", "one")), AC_OK);
	assert_int_equal(c.same, 1);
	now = body(v, "Observation/p");
	assert_null(now);
}

static void
test_hospitals(void **state)
{
	struct vault *v = *state;
	struct ac_import_counts c;
	struct said s = { 0 };
	char *have;

	assert_int_equal(take(v, &c, &s, "tests/records/hospital-a.json", NULL, NULL), AC_OK);
	assert_int_equal(c.refused, 0);
	assert_int_equal(take(v, &c, &s, "tests/records/hospital-b.json", NULL, NULL), AC_OK);
	assert_int_equal(c.refused, 0);
	assert_true(c.added > 0 && c.added == c.resources);
	assert_true((have = body(v, "Patient/1~https://hospital-a.example/fhir")) != NULL);
	free(have);
	assert_int_equal(take(v, &c, &s, "tests/records/hospital-a.ndjson", NULL, NULL), AC_OK);
	memset(&s, 0, sizeof s);
	/* the same ids and no server: other records are not laid over these */
	take(v, &c, &s, "tests/records/hospital-b.ndjson", NULL, NULL);
	assert_true(c.refused > 0);
	assert_non_null(strstr(s.text[0], "--source"));
	assert_int_equal(take(v, &c, &s, "tests/records/hospital-b.ndjson", NULL, "b"), AC_OK);
	assert_int_equal(c.added, c.resources);
}

static void
test_relative(void **state)
{
	struct vault *v = *state;
	struct ac_import_counts c;
	struct said s = { 0 };

	assert_int_equal(take(v, &c, &s, "tests/records/survivor.json", NULL, NULL), AC_OK);
	assert_int_equal(c.added, 498);
	assert_int_equal(take(v, &c, &s, "tests/records/relative.json", NULL, NULL), AC_EREFUSED);
	assert_int_equal(c.refused, 1);
	assert_int_equal(c.added, 0);
	s.answer = true;
	assert_int_equal(take(v, &c, &s, "tests/records/relative.json", NULL, NULL), AC_OK);
	assert_int_equal(s.asked, 1);
	assert_true(c.added > 0);
}

static void
test_person(void **state)
{
	static const char two[] = "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":["
		"{\"resource\":{\"resourceType\":\"Patient\",\"id\":\"a\",\"name\":[{\"family\":\"A\"}],\"birthDate\":\"1990-01-01\"}},"
		"{\"resource\":{\"resourceType\":\"Patient\",\"id\":\"b\",\"name\":[{\"family\":\"B\"}],\"birthDate\":\"1991-01-01\"}},"
		"{\"resource\":{\"resourceType\":\"Basic\",\"id\":\"x\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"Patient/a\"}}},"
		"{\"resource\":{\"resourceType\":\"Basic\",\"id\":\"y\",\"code\":{\"text\":\"y\"},\"subject\":{\"reference\":\"Patient/b\"}}},"
		"{\"resource\":{\"resourceType\":\"Organization\",\"id\":\"z\",\"name\":\"z\"}}]}";
	struct vault *v = *state;
	struct ac_import_counts c;
	char path[4200];

	assert_int_equal(text(v, &c, NULL, "two.json", two), AC_EREFUSED);
	vault_file(path, v, "two.json", two, strlen(two));
	assert_int_equal(take(v, &c, NULL, path, "Patient/b", NULL), AC_OK);
	assert_int_equal(c.added, 3);
	assert_int_equal(c.skipped, 2);
	assert_int_equal(take(v, &c, NULL, path, "any", NULL), AC_OK);
	assert_int_equal(c.added, 2);
	assert_int_equal(c.same, 3);
}

static void
test_broken(void **state)
{
	struct vault *v = *state;
	struct ac_import_counts c;
	struct said s = { 0 };
	const char *both[] = { "tests/records/broken.json", "tests/records/export-1.json" };
	struct ac_import_options o = { .issue = issue, .ctx = &s };
	struct ac_fault f = { 0 };

	assert_int_equal(take(v, &c, &s, "tests/records/broken.json", NULL, NULL), AC_EINVAL);
	assert_int_equal(c.added, 0);
	assert_int_equal(c.refused, 1);
	assert_true(s.line[0] > 0);
	memset(&s, 0, sizeof s);
	assert_int_equal(ac_import(&c, v->s, both, 2, NULL, &o, &f), AC_OK);
	assert_true(c.added > 0);
	assert_int_equal(c.refused, 1);
	memset(&s, 0, sizeof s);
	assert_int_equal(take(v, &c, &s, "tests/records/mixed.ndjson", "any", NULL), AC_OK);
	assert_int_equal(c.refused, 1);
	assert_int_equal(c.resources, 3);
	assert_int_equal(s.line[0], 3);
}

/* Positions in what the walk puts together from pieces. */
static void
test_positions(void **state)
{
	static const struct { const char *json; uint32_t line; } bad[] = {
		{ "{\"resourceType\":\"Bundle\",\n\"entry\":[\n{\"resource\":{\"resourceType\":\"Basic\"}},\n{\"resource\":{]}}\n]}", 4 },
		{ "{\"resourceType\":\"Bundle\",\n\"entry\":[\n{},\n]}", 4 },
		{ "{\"resourceType\":\"Bundle\",\n\"entry\":[\n{}\n{}]}", 4 },
		{ "{\"resourceType\":\"Bundle\",\n\"entry\":[\n{}\n],\n\"x\":tru\n}", 5 },
		{ "{\"resourceType\":\"Bundle\",\n\"entry\":[{}],\n\"entry\":[]}", 3 },
		{ "{\"resourceType\":\"Bundle\",\n\"entry\":[{},\n{\"a\":1,\"a\":2}]}", 3 },
		{ "{\"resourceType\":\"Bundle\",\n\"entry\":[{}", 2 },
		{ "\n[{\"resourceType\":\"Basic\"}]", 0 },
		{ "{\"resourceType\":\"Basic\"\n,\"id\":}", 2 },
		{ "{\"a\":1}", 0 }, { "", 1 }, { "\n\n", 1 }, { "nonsense", 1 }, { "{\"resourceType\":\"Bundle\"}]", 1 },
		{ "<html>", 1 }, { "{\"resourceType\":\"bundle\",\"entry\":[{}]}", 0 },
	};
	struct vault *v = *state;
	struct ac_import_counts c;
	struct said s;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		memset(&s, 0, sizeof s);
		if (text(v, &c, &s, "bad.json", bad[i].json) != AC_EINVAL)
			fail_msg("%s was not refused", bad[i].json);
		if (s.line[0] != bad[i].line)
			fail_msg("%s: line %u, %s", bad[i].json, s.line[0], s.text[0]);
		assert_int_equal(c.refused, 1);
		assert_int_equal(c.resources, 0);
	}
}

struct bytes { const char *p; size_t n; };

static enum ac_err
read_bytes(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	struct bytes *b = ctx;

	(void)f;
	if (*n > b->n)
		*n = b->n;
	memcpy(p, b->p, *n);
	b->p += *n;
	b->n -= *n;
	return AC_OK;
}

static enum ac_err
read_item(void *ctx, const struct ac_import_piece *piece, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	const struct ac_val *v;
	enum ac_err err = ac_json_read(&v, &a, piece->p, piece->n, f);

	(void)ctx;
	ac_arena_free(&a);
	return err;
}

/* In pieces and in one piece a text is JSON, or is not. */
static void
test_agree(void **state)
{
	static const char text[] = " {\"type\":\"collection\",\"entry\":[ {\"fullUrl\":\"a\",\"resource\":{\"x\":[1,2.0,{}]}} ,"
		"\n{},{\"a\":\"b\\\"]}\"},\"s\\\\\",12 ],\"entry2\" : [1,[2]],\"link\":[{\"entry\":[{}]}],\"e\":null}\n";
	static const char with[] = "\"\\{}[],: 1aet\n";
	char one[sizeof text];
	unsigned long seed = 1;
	size_t i, k, agreed[2] = { 0 };

	(void)state;
	for (i = 0; i < 30000; i++) {
		struct bytes b = { one, sizeof text - 1 };
		struct ac_source from = { read_bytes, &b };
		struct ac_import_input *in;
		struct ac_import_shell shell;
		struct ac_arena a = { 0 };
		const struct ac_val *v;
		enum ac_err whole, parts;

		memcpy(one, text, sizeof text);
		for (k = 0; k < i % 3; k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			one[(seed >> 33) % (sizeof text - 1)] = with[(seed >> 20) % (sizeof with - 1)];
		}
		whole = ac_json_read(&v, &a, one, sizeof text - 1, NULL);
		assert_int_equal(ac_import_input_spool(&in, "/tmp", &from, NULL), AC_OK);
		parts = ac_import_walk(&shell, in, read_item, NULL, NULL);
		if (!parts && shell.lines)
			parts = AC_EINVAL;
		if (!parts)
			parts = ac_json_read(&v, &a, shell.text.len ? (void *)shell.text.p : "", shell.text.len, NULL);
		if (!whole != !parts)
			fail_msg("%d in one piece, %d in several: %s", whole, parts, one);
		agreed[!whole]++;
		ac_buf_free(&shell.text);
		ac_import_input_free(in);
		ac_arena_free(&a);
	}
	assert_true(agreed[0] > 5000 && agreed[1] > 5000);
}

static void
test_bundle(void **state)
{
	static const char json[] = "{\"entry\" : [ {\"fullUrl\":\"urn:uuid:0f1d9a56-0000-4000-8000-000000000001\",\"resource\":"
		"{\"resourceType\":\"Basic\",\"code\":{\"text\":\"no id\"}}},\n {\"fullUrl\":\"resource:0\",\"resource\":"
		"{\"resourceType\":\"Basic\",\"code\":{\"text\":\"card\"}}}, {\"request\":{\"method\":\"DELETE\",\"url\":\"Basic/1\"}},"
		"{\"search\":{\"mode\":\"match\"}},{\"fullUrl\":\"https://h.example/r4/Basic/7\",\"resource\":"
		"{\"resourceType\":\"Basic\",\"id\":\"7\",\"code\":{\"text\":\"far\"}}},"
		"{\"resource\":{\"id\":\"no type\"}} ], \"type\":\"collection\",\"resourceType\":\"Bundle\"}";
	struct vault *v = *state;
	struct ac_import_counts c;
	struct said s = { 0 };
	char *have;

	assert_int_equal(text(v, &c, &s, "b.json", json), AC_OK);
	assert_int_equal(c.added, 3);
	assert_int_equal(c.skipped, 2);
	assert_int_equal(c.refused, 1);
	assert_int_equal(c.resources, 4);
	assert_body(v, "Basic/0f1d9a56-0000-4000-8000-000000000001", "{\"resourceType\":\"Basic\",\"code\":{\"text\":\"no id\"}}");
	assert_true((have = body(v, "Basic/7~https://h.example/r4")) != NULL);
	free(have);
	assert_int_equal(text(v, &c, &s, "b.json", json), AC_OK);
	assert_int_equal(c.same, 3);
	/* a List has an `entry` of its own */
	assert_int_equal(text(v, &c, &s, "list.json", "{\"resourceType\":\"List\",\"id\":\"l\",\"status\":\"current\",\"mode\":"
		"\"working\",\"entry\":[{\"item\":{\"display\":\"x\"}}]}"), AC_OK);
	assert_body(v, "List/l", "{\"resourceType\":\"List\",\"id\":\"l\",\"status\":\"current\",\"mode\":\"working\","
		"\"entry\":[{\"item\":{\"display\":\"x\"}}]}");
	/* a name may be spelled with escapes */
	assert_int_equal(text(v, &c, &s, "e.json", "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"\\u0065ntry\":"
		"[{\"resource\":{\"resourceType\":\"Basic\",\"id\":\"esc\",\"code\":{\"text\":\"x\"}}}]}"), AC_OK);
	assert_int_equal(c.added, 1);
}

/* The same document several times in one file. */
static void
test_repeated(void **state)
{
	struct vault *v = *state;
	struct ac_import_counts c;

	assert_int_equal(text(v, &c, NULL, "r.ndjson", OBS("o", T1, "final", "one") "\n" OBS("o", T1, "final", "one") "\r\n\n"
		OBS("o", T2, "final", "two") "\n" OBS("o", T1, "final", "one") "\n" OBS("o", T3, "final", "three")), AC_OK);
	assert_int_equal(c.added, 1);
	assert_int_equal(c.same, 1);
	assert_int_equal(c.changed, 2);
	assert_int_equal(c.older, 1);
	assert_body(v, "Observation/o", OBS("o", T3, "final", "three"));
}

static void
test_strict(void **state)
{
	static const char bad[] = "{\"resourceType\":\"Observation\",\"id\":\"o\",\"colour\":\"red\"}";
	struct vault *v = *state;
	struct ac_import_counts c;
	struct said s = { 0 };
	struct ac_import_options o = { .strict = true, .issue = issue, .ctx = &s };
	struct ac_fault f = { 0 };
	char path[4200];
	const char *p = path;

	vault_file(path, v, "s.json", bad, strlen(bad));
	assert_int_equal(ac_import(&c, v->s, &p, 1, NULL, &o, &f), AC_EREFUSED);
	assert_int_equal(c.refused, 1);
	assert_true(s.errors > 1);
	assert_int_equal(take(v, &c, &s, path, NULL, NULL), AC_OK);
	assert_int_equal(c.flagged, 1);
	assert_int_equal(c.added, 1);
	assert_body(v, "Observation/o", bad);
}

static void
zip_add(struct archive *z, const char *name, const char *p)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0600);
	archive_entry_set_size(e, (la_int64_t)strlen(p));
	assert_int_equal(archive_write_header(z, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(z, p, strlen(p)), (la_ssize_t)strlen(p));
	archive_entry_free(e);
}

/* The same things in a folder, then in a zip. */
static void
test_collections(void **state)
{
	static const char *const inside[][2] = { { "a.json", OBS("a", T1, "final", "a") }, { "sub/b.JSON", OBS("b", T1, "final", "b") },
		{ "sub/c.ndjson", OBS("c", T1, "final", "c") "\n" OBS("d", T1, "final", "d") "\n" }, { "read me.txt", "hello" },
		{ "broken.json", "{\"resourceType\":" }, { "sub/._a.json", "junk" } };
	struct vault *v = *state;
	struct ac_import_counts c;
	struct said s = { 0 };
	struct archive *z = archive_write_new();
	char path[4200], zip[4200], loop[4300];
	struct ac_fault f = { 0 };
	size_t i;

	snprintf(path, sizeof path, "%s/folder/sub", v->dir);
	assert_int_equal(ac_file_mkdirs(path, 0700, &f), AC_OK);
	snprintf(zip, sizeof zip, "%s/all.zip", v->dir);
	assert_int_equal(archive_write_set_format_zip(z), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(z, zip), ARCHIVE_OK);
	for (i = 0; i < sizeof inside / sizeof *inside; i++) {
		snprintf(loop, sizeof loop, "folder/%s", inside[i][0]);
		vault_file(path, v, loop, inside[i][1], strlen(inside[i][1]));
		zip_add(z, inside[i][0], inside[i][1]);
	}
	assert_int_equal(archive_write_close(z), ARCHIVE_OK);
	archive_write_free(z);
	snprintf(path, sizeof path, "%s/folder", v->dir);
	snprintf(loop, sizeof loop, "%s/sub/loop", path);
	assert_int_equal(symlink(path, loop), 0);
	assert_int_equal(take(v, &c, &s, path, NULL, NULL), AC_OK);
	assert_int_equal(c.added, 4);
	assert_int_equal(c.files, 4);
	assert_int_equal(c.refused, 1);
	assert_int_equal(c.skipped, 1);
	assert_non_null(strstr(s.text[0], "broken.json"));
	assert_int_equal(take(v, &c, &s, zip, NULL, NULL), AC_OK);
	assert_int_equal(c.same, 4);
	assert_int_equal(c.files, 4);
	assert_int_equal(c.refused, 1);
	assert_int_equal(c.skipped, 2);
	/* a zip that ends early, one that is none, and one of another name */
	snprintf(path, sizeof path, "%s/export", v->dir);
	assert_int_equal(rename(zip, path), 0);
	assert_int_equal(take(v, &c, &s, path, NULL, NULL), AC_OK);
	assert_int_equal(c.same, 4);
	assert_int_equal(truncate(path, 300), 0);
	assert_int_equal(rename(path, zip), 0);
	(void)!take(v, &c, &s, zip, NULL, NULL);
	assert_true(c.refused > 0);
	assert_int_equal(text(v, &c, &s, "none.zip", "not a zip"), AC_EINVAL);
	assert_int_equal(take(v, &c, &s, "/nowhere/at/all", NULL, NULL), AC_ENOTFOUND);
}

struct feed { const char *p; size_t n, times; };

static enum ac_err
feed(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	struct feed *s = ctx;
	size_t len = strlen(s->p);

	(void)f;
	if (!s->times) {
		*n = 0;
		return AC_OK;
	}
	if (*n > len - s->n)
		*n = len - s->n;
	memcpy(p, s->p + s->n, *n);
	if ((s->n += *n) == len) {
		s->n = 0;
		s->times--;
	}
	return AC_OK;
}

/* Standard input that is far larger than what is kept of it in memory. */
static void
test_input(void **state)
{
	struct feed many = { OBS("o", T1, "final", "one") "\n", 0, 100000 };
	struct feed one = { OBS("p", T1, "final", "one"), 0, 1 };
	struct ac_source in = { feed, &many };
	struct vault *v = *state;
	struct ac_import_counts c;
	struct ac_fault f = { 0 };
	const char *dash = "-";

	assert_int_equal(ac_import(&c, v->s, &dash, 1, &in, NULL, &f), AC_OK);
	assert_int_equal(c.resources, 100000);
	assert_int_equal(c.added, 1);
	assert_int_equal(c.same, 99999);
	in.ctx = &one;
	assert_int_equal(ac_import(&c, v->s, &dash, 1, &in, NULL, &f), AC_OK);
	assert_int_equal(c.added, 1);
}

struct parts { const char *parts[3]; size_t times, at, from; };

static enum ac_err
feed_parts(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	struct parts *s = ctx;
	const char *part;
	size_t len, out = 0;

	(void)f;
	while (out < *n && s->at < s->times + 2) {
		part = s->parts[s->at == 0 ? 0 : s->at <= s->times ? 1 : 2];
		len = strlen(part) - s->from;
		len = len < *n - out ? len : *n - out;
		memcpy((char *)p + out, part + s->from, len);
		out += len;
		s->from += len;
		if (!part[s->from]) {
			s->at++;
			s->from = 0;
		}
	}
	*n = out;
	return AC_OK;
}

/* A Bundle of 70 MB whose type comes last; memory does not grow with it. */
static void
test_stream(void **state)
{
	struct parts all = { { "{\"entry\":[{\"search\":{}}", ",\n{\"fullUrl\":\"https://h.example/Observation/o\",\"resource\":"
		OBS("o", T1, "final", "a value of some length, as people write them when they have time and much to say") "}",
		"],\"type\":\"collection\",\"resourceType\":\"Bundle\"}" }, 250000, 0, 0 };
	struct ac_source in = { feed_parts, &all };
	struct vault *v = *state;
	struct rusage before, after;
	struct ac_import_counts c;
	struct ac_fault f = { 0 };
	const char *dash = "-";

	getrusage(RUSAGE_SELF, &before);
	assert_int_equal(ac_import(&c, v->s, &dash, 1, &in, NULL, &f), AC_OK);
	getrusage(RUSAGE_SELF, &after);
	assert_int_equal(c.added, 1);
	assert_int_equal(c.same, 249999);
	assert_int_equal(c.skipped, 1);
#ifndef __SANITIZE_ADDRESS__
	assert_true(after.ru_maxrss - before.ru_maxrss < 40 << 10);
#endif
}

static void
test_two_devices(void **state)
{
	struct vault *v = *state, other;
	struct ac_import_counts c;
	struct ac_arena a = { 0 };
	struct ac_version x = { 0 };
	struct ac_rows q;
	struct ac_fault f = { 0 };
	unsigned char salt[16];

	/* nothing random, no clock and no device in what an import writes */
	vault_open(&other, "other");
	assert_int_equal(text(v, &c, NULL, "a.json", OBS("o", T2, "final", "one")), AC_OK);
	q = ac_index_query(v->h->index, "SELECT chain, seq, n FROM version", "");
	assert_true(ac_rows_next(&q));
	assert_int_equal(ac_docs_version(&x, &a, v->s, ac_rows_int(&q, 0), (uint32_t)ac_rows_int(&q, 1),
		(uint32_t)ac_rows_int(&q, 2), &f), AC_OK);
	assert_int_equal(ac_rows_end(&q, &f), AC_OK);
	assert_null(x.member);
	assert_int_equal(x.time, (uint64_t)1767693600000 << 16);
	assert_int_equal(x.parents->n, 0);
	assert_int_equal(ac_docs_salt(salt, v->s, &x), AC_OK);
	assert_memory_equal(salt, x.salt, 16);
	ac_arena_free(&a);
	vault_close(&other);
}

/* ------------------------------------------------------------- the shared data */

struct shared {
	struct vault *v;
	uint64_t docs;
	unsigned files;
};

/* Reads a resource back by its content, and compares it with the text it came from. */
static void
compare_doc(struct shared *sh, const unsigned char *p, size_t n)
{
	struct ac_arena a = { 0 };
	struct ac_fault f = { 0 };
	struct ac_buf key = { .max = (size_t)1 << 30 }, out = { .max = (size_t)1 << 30 };
	struct ac_blob_source blobs = ac_space_blobs(sh->v->s);
	const struct ac_val *doc, *back;
	struct ac_rows q;
	const void *b;
	char *want;
	size_t len, nb;

	if (ac_json_read(&doc, &a, p, n, &f) || ac_doc_check(doc, NULL))
		goto out;
	assert_int_equal(ac_attach_detach(&doc, &a, NULL, doc, &f), AC_OK);
	assert_int_equal(ac_mp_write(&key, doc), AC_OK);
	q = ac_index_query(sh->v->h->index, "SELECT body FROM doc WHERE body = ?", "b", key.p, key.len);
	assert_true(ac_rows_next(&q));
	b = ac_rows_blob(&q, 0, &nb);
	assert_int_equal(ac_mp_read(&back, &a, b, nb, &f), AC_OK);
	assert_int_equal(ac_json_write(&out, back, &blobs, &f), AC_OK);
	assert_int_equal(ac_rows_end(&q, &f), AC_OK);
	want = minify(p, n, &len);
	assert_int_equal(len, out.len);
	assert_memory_equal(want, out.p, len);
	free(want);
	sh->docs++;
out:
	ac_buf_free(&key);
	ac_buf_free(&out);
	ac_arena_free(&a);
}

static void
compare_text(void *ctx, const unsigned char *p, size_t n)
{
	struct ac_arena a = { 0 };
	const struct ac_val *doc, *list, *res;
	size_t i, from, depth;
	bool string;

	if (ac_json_read(&doc, &a, p, n, NULL)) {
		ac_arena_free(&a);
		return;
	}
	list = ac_val_get(doc, "entry");
	if (!ac_val_str(doc, "resourceType") || strcmp(ac_val_str(doc, "resourceType"), "Bundle"))
		compare_doc(ctx, p, n);
	else
		for (i = 0; list && i < list->n; i++) {
			if (!(res = ac_val_get(&list->items[i], "resource")))
				continue;
			/* the resource's own text, from its brace to the one that closes it */
			for (from = n = res->at - 1, depth = 0, string = false; n == from || depth; n++) {
				if (string && p[n] == '\\')
					n++;
				else if (p[n] == '"')
					string = !string;
				else if (!string)
					depth += p[n] == '{' || p[n] == '[' ? 1 : p[n] == '}' || p[n] == ']' ? (size_t)-1 : 0;
			}
			compare_doc(ctx, p + from, n - from);
		}
	ac_arena_free(&a);
}

static void
compare_file(void *ctx, const struct shared_file *f)
{
	struct shared *sh = ctx;
	struct ac_import_counts c;
	struct ac_arena a = { 0 };
	const struct ac_val *doc;
	struct said s = { 0 };
	char source[64];
	bool fhir;

	if (strstr(f->path, "/invalid/") || strstr(f->name, "MANIFEST") || strstr(f->name, "JUDGED"))
		return;
	/* a source of its own, so that no file's ids meet another's */
	snprintf(source, sizeof source, "s%u", sh->files);
	fhir = ac_json_read(&doc, &a, f->p, f->n, NULL) || !ac_doc_check(doc, NULL);
	ac_arena_free(&a);
	if ((take(sh->v, &c, &s, f->path, "any", source) || c.refused) == fhir)
		fail_msg("%s: %s", f->path, s.text[0]);
	if (!fhir)
		return;
	shared_texts(f, compare_text, sh);
	sh->files++;
}

static void
test_shared(void **state)
{
	static const char *const ends[] = { ".json", ".ndjson", ".jsonl", NULL };
	struct shared sh = { .v = *state };

	shared_each("dev", ends, compare_file, &sh);
	printf("# files %u (%llu documents)\n", sh.files, (unsigned long long)sh.docs);
	if (!sh.files)
		printf("# no shared data\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_again, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_after_a_person, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_hospitals, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_relative, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_person, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_broken, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_positions, vault_setup, vault_teardown),
		cmocka_unit_test(test_agree),
		cmocka_unit_test_setup_teardown(test_bundle, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_repeated, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_strict, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_stream, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_collections, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_input, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_two_devices, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_shared, vault_setup, vault_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
