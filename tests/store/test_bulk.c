/* SPDX-License-Identifier: ISC */
/*
 * Many documents at once: what goes into the index while it is written is what a
 * reader of the chain would have put there, and what is found of files ahead is what
 * is found of them one by one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/import.h"
#include "store/vault.h"

#define NOTES 400 /* documents of 12 kB: more than one segment */

static void
put(struct vault *v, const char *name, const char *text)
{
	char path[4200];

	vault_file(path, v, name, text, strlen(text));
}

static void
below(struct vault *v, const char *name)
{
	char path[200];

	snprintf(path, sizeof path, "%s/%s", v->dir, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

/* A folder as people have them: one record a file, and a few odd things among them. */
static void
fill(struct vault *v)
{
	char name[80], *text = malloc(200000);
	size_t i, n;

	assert_non_null(text);
	below(v, "in");
	below(v, "in/deep");
	put(v, "in/a.json", "{\"resourceType\":\"Patient\",\"id\":\"p\",\"name\":[{\"family\":\"Ruiz\",\"given\":[\"Ana\"]}]}");
	for (i = 0; i < NOTES; i++) {
		n = (size_t)sprintf(text, "{\"resourceType\":\"Observation\",\"id\":\"o%zu\",\"status\":\"%s\",\"code\":{\"coding\":"
			"[{\"system\":\"http://loinc.org\",\"code\":\"c%zu\"},{\"system\":\"http://a.example\",\"code\":\"d\"},"
			"{\"code\":\"e\"}],\"text\":\"Name%zu\"},\"effectiveDateTime\":\"20%02zu-01-05\",\"valueQuantity\":"
			"{\"value\":%zu.50},\"note\":[{\"text\":\"", i, i % 7 ? "final" : "odd", i % 9, i % 50, i % 20, i);
		while (n < 12000)
			n += (size_t)sprintf(text + n, "Wort%zu ", n * (i + 3) % 977);
		sprintf(text + n, "\"}]}");
		sprintf(name, i % 3 ? "in/o%zu.json" : "in/deep/o%zu.json", i);
		put(v, name, text);
	}
	n = (size_t)sprintf(text, "{\"resourceType\":\"DocumentReference\",\"id\":\"d\",\"status\":\"current\",\"content\":"
		"[{\"attachment\":{\"data\":\"");
	memset(text + n, 'A', 120000);
	sprintf(text + n + 120000, "\"}}]}");
	put(v, "in/p1.json", text);
	put(v, "in/p2.json", "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"fullUrl\":"
		"\"https://h.example/Condition/c\",\"resource\":{\"resourceType\":\"Condition\",\"id\":\"c\",\"subject\":{\"display\":"
		"\"Ana\"}}}]}");
	put(v, "in/p3.json", "{\"resourceType\":\"Observation\"");
	put(v, "in/p4.json", "{\"resourceType\":\"Observation\",\"id\":\"o1\",\"status\":\"final\",\"code\":{\"text\":\"other\"}}");
	put(v, "in/p5.json", "{\"resourceType\":\"Procedure\",\"status\":\"completed\",\"subject\":{\"display\":\"no id\"}}");
	put(v, "in/p6.json", "[1]");
	put(v, "in/p7.ndjson", "{\"resourceType\":\"Procedure\",\"id\":\"n1\"}\n{\"resourceType\":\"Procedure\",\"id\":\"n2\"}\n");
	put(v, "in/p8.json", "\xef\xbb\xbf { \"resourceType\" : \"Procedure\", \"id\":\"bom\" }\n");
	free(text);
}

struct said { char *text; size_t n; FILE *to; };

static void
issue(void *ctx, const struct ac_import_issue *i)
{
	struct said *s = ctx;

	fprintf(s->to, "%s|%s|%s|%u:%u|%d%d|%s\n", strstr(i->file, "/in/"), i->ref, i->path, (unsigned)i->line,
		(unsigned)i->column, i->error, i->refused, i->message);
}

static char *
take(struct ac_import_counts *c, struct vault *v, const char *const *paths, size_t n)
{
	struct said s = { 0 };
	struct ac_import_options o = { .issue = issue, .ctx = &s };
	struct ac_fault f = { 0 };

	assert_non_null(s.to = open_memstream(&s.text, &s.n));
	if (ac_import(c, v->s, paths, n, NULL, &o, &f))
		fail_msg("%s", f.text);
	fclose(s.to);
	return s.text;
}

static char *
take_folder(struct ac_import_counts *c, struct vault *v)
{
	char path[100];
	const char *p = path;

	snprintf(path, sizeof path, "%s/in", v->dir);
	return take(c, v, &p, 1);
}

/* ------------------------------------------------------------------- the index */

static void
rows(FILE *to, struct vault *v, const char *sql, int cols)
{
	struct ac_rows q = ac_index_query(v->h->index, sql, "");
	const unsigned char *p;
	size_t n;
	int i;

	fprintf(to, "\n%.40s\n", sql);
	while (ac_rows_next(&q)) {
		for (i = 0; i < cols; i++)
			for (p = ac_rows_blob(&q, i, &n), fputc('|', to); n; n--)
				fprintf(to, "%02x", *p++);
		fputc('\n', to);
	}
	assert_int_equal(ac_rows_end(&q, NULL), AC_OK);
}

static int
one(void *ctx, const struct ac_row *row)
{
	fprintf(ctx, "%s ", row->ref);
	return 0;
}

/* All that the index answers with; ids of rows are its own. */
static char *
dump(struct vault *v)
{
	static const char *const words[] = { "wort5", "name7", "other", "ana", "wort976 name3", "nothing" };
	static const char *const codes[] = { "c5", "http://loinc.org|c5", "http://a.example|d", "|e", "d", "|d", "c" };
	struct ac_fault f = { 0 };
	FILE *to;
	char *out;
	size_t n, i;

	assert_non_null(to = open_memstream(&out, &n));
#define KEY "d.source || ' ' || d.type || ' ' || d.rid"
	rows(to, v, "SELECT " KEY ", url, date, title, flags, heads, time, author, proposals, conflicts, body FROM doc d"
		" ORDER BY 1", 11);
	rows(to, v, "SELECT " KEY ", vid, parents, v.time, v.author, op, guest, c.branch, v.seq, n, shown FROM version v"
		" JOIN doc d ON d.id = v.doc JOIN chain c ON c.id = v.chain ORDER BY 1, 2", 11);
	rows(to, v, "SELECT hash, " KEY " FROM holds JOIN doc d ON d.id = holds.doc ORDER BY 1, 2", 2);
	rows(to, v, "SELECT hash, size, key, branch, chunks FROM blob ORDER BY 1", 5);
	rows(to, v, "SELECT branch, writer, incarnation, seq, hash, oid, clock, edition FROM chain ORDER BY 1", 8);
	rows(to, v, "SELECT c.branch, s.seq, s.hash, s.blob, s.kind, s.clock, s.key FROM segment s JOIN chain c"
		" ON c.id = s.chain ORDER BY 1, 2", 7);
	rows(to, v, "SELECT vid, " KEY " FROM wanted w JOIN doc d ON d.id = w.doc ORDER BY 1, 2", 2);
	rows(to, v, "SELECT val FROM meta WHERE key = 'clock'", 1);
	for (i = 0; i < sizeof words / sizeof *words; i++) {
		struct ac_filter filter = { .words = words[i] };

		fprintf(to, "\n%s: ", words[i]);
		assert_int_equal(ac_list(v->s, &filter, one, to, &f), AC_OK);
	}
	for (i = 0; i < sizeof codes / sizeof *codes; i++) {
		struct ac_filter filter = { .code = codes[i], .words = i % 2 ? "name7" : NULL };

		fprintf(to, "\n%s: ", codes[i]);
		assert_int_equal(ac_list(v->s, &filter, one, to, &f), AC_OK);
	}
	fclose(to);
	return out;
}

static void
reopen(struct vault *v)
{
	struct ac_fault f = { 0 };
	char path[100];

	snprintf(path, sizeof path, "%s/home", v->dir);
	if (ac_home_open(&v->h, path, "pass", 4, NULL, NULL, &f))
		fail_msg("%s", f.text);
	v->s = v->h->spaces[0];
}

/* A file below the test's folder gets another name, or (NULL) is removed. */
static void
move(struct vault *v, const char *from, const char *to)
{
	char a[200], b[200];

	snprintf(a, sizeof a, "%s/%s", v->dir, from);
	snprintf(b, sizeof b, "%s/%s", v->dir, to ? to : "");
	assert_int_equal(to ? rename(a, b) : unlink(a), 0);
}

static void
copy(struct vault *v, const char *from, const char *to)
{
	struct ac_buf b = { .max = (size_t)1 << 30 };
	struct ac_fault f = { 0 };
	char path[4200];

	snprintf(path, sizeof path, "%s/%s", v->dir, from);
	assert_int_equal(ac_file_read(&b, path, (size_t)1 << 30, &f), AC_OK);
	vault_file(path, v, to, b.p, b.len);
	ac_buf_free(&b);
}

/* Taken in while it was written, by catching up, and from nothing: the same. */
static void
test_three_ways(void **state)
{
	struct vault *v = *state;
	struct ac_import_counts c;
	struct ac_wrote wrote;
	static const char *const amended[] = { "status=amended" };
	struct ac_fault f = { 0 };
	char *first, *second, *third, *line;

	fill(v);
	ac_home_close(v->h);
	copy(v, "home/index", "before");
	reopen(v);
	free(take_folder(&c, v));
	assert_int_equal(c.added, NOTES + 7);
	assert_int_equal(c.changed, 1);
	/* again, with an edit between and a change of what was imported */
	assert_int_equal(ac_set(&wrote, v->s, "Observation/o5", amended, 1, 0, &f), AC_OK);
	put(v, "in/o5.json", "{\"resourceType\":\"Observation\",\"id\":\"o5\",\"status\":\"final\",\"code\":{\"text\":\"Other\"}}");
	put(v, "in/o7.json", "{\"resourceType\":\"Observation\",\"id\":\"o7\",\"status\":\"final\",\"code\":{\"text\":\"Other\"}}");
	free(take_folder(&c, v));
	assert_int_equal(c.added, 0);
	first = dump(v);
	assert_non_null(strstr(first, "other: Observation/o"));
	/* what a document said before finds it no more */
	assert_non_null(line = strstr(first, "\nname7: "));
	line = strndup(line + 1, strcspn(line + 1, "\n"));
	assert_non_null(strstr(line, "Observation/o57 "));
	assert_null(strstr(line, "Observation/o7 "));
	free(line);
	ac_home_close(v->h);
	move(v, "before", "home/index");
	reopen(v);
	second = dump(v);
	ac_home_close(v->h);
	move(v, "home/index", NULL);
	reopen(v);
	third = dump(v);
	assert_string_equal(first, second);
	assert_string_equal(first, third);
	free(first);
	free(second);
	free(third);
}

/* What is not committed leaves no trace, and the next batch is whole. */
static void
test_dropped(void **state)
{
	static const struct ac_val none = { .kind = AC_ARR };
	struct vault *v = *state;
	struct ac_pair pair = { "resourceType", 12, ac_val_text("Procedure") };
	struct ac_val body = { .kind = AC_MAP, .n = 1, .pairs = &pair };
	struct ac_version ver = { .source = "", .type = "Procedure", .id = "x", .parents = &none, .op = AC_OP_IMPORT,
		.body = &body };
	struct ac_val card[4] = { ac_val_int(AC_ENTRY_AUTHOR), ac_val_bytes("12345678", 8), ac_val_text("A"), ac_val_text("B") };
	struct ac_val other = { .kind = AC_ARR, .n = 4, .items = card };
	unsigned char id[32];
	struct ac_append b;
	struct ac_fault f = { 0 };
	char *before, *after, ref[AC_REF_MAX];

	before = dump(v);
	assert_int_equal(ac_append_begin(&b, v->s, &f), AC_OK);
	assert_int_equal(ac_append_bulk(&b, &f), AC_OK);
	assert_int_equal(ac_append_version(&b, id, &ver, &f), AC_OK);
	assert_non_null(b.own);
	assert_int_equal(ac_ref(ref, v->s, "Procedure/x", &f), AC_OK);
	ac_append_end(&b);
	after = dump(v);
	assert_string_equal(before, after);
	free(before);
	free(after);
	/* an entry of another kind: the batch goes the long way, whole */
	assert_int_equal(ac_append_begin(&b, v->s, &f), AC_OK);
	assert_int_equal(ac_append_bulk(&b, &f), AC_OK);
	assert_int_equal(ac_append_version(&b, id, &ver, &f), AC_OK);
	assert_int_equal(ac_append_entry(&b, &other, 40, &f), AC_OK);
	assert_null(b.own);
	assert_int_equal(ac_append_commit(&b, &f), AC_OK);
	ac_append_end(&b);
	assert_int_equal(ac_ref(ref, v->s, "Procedure/x", &f), AC_OK);
}

static void
test_proves(void **state)
{
	unsigned char seed[32] = { 1 }, pk[32], key[32] = { 2 };
	struct ac_place at = { { 3 }, { 4 } };
	struct ac_buf raw = { 0 }, out = { .max = AC_SEGMENT_MAX };
	struct ac_segment s = { .kind = AC_SEGMENT_DATA, .seq = 5, .raw = &raw };
	struct ac_fault f = { 0 };

	(void)state;
	ac_crypto_sign_public(pk, seed);
	assert_int_equal(ac_buf_add(&raw, "\x92\x90\x91\x01", 4), AC_OK);
	assert_int_equal(ac_segment_seal(&out, &s, NULL, &at, key, seed, &f), AC_OK);
	assert_int_equal(ac_segment_proves(&s, out.p, out.len, &at, key, pk, &f), AC_OK);
	raw.p[3] = 2;
	assert_int_equal(ac_segment_proves(&s, out.p, out.len, &at, key, pk, &f), AC_EINTERNAL);
	raw.p[3] = 1;
	s.seq = 6;
	assert_int_equal(ac_segment_proves(&s, out.p, out.len, &at, key, pk, &f), AC_EINTERNAL);
	s.seq = 5;
	pk[0] ^= 1;
	assert_int_equal(ac_segment_proves(&s, out.p, out.len, &at, key, pk, &f), AC_EINTERNAL);
	ac_buf_free(&raw);
	ac_buf_free(&out);
}

/* ----------------------------------------------------------------------- ahead */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The folder, and its files each by its own name: the same is said of them. */
static void
test_ahead(void **state)
{
	struct vault *v = *state, other;
	struct ac_import_counts c, d;
	char *all, *single, *paths[NOTES + 20], line[300];
	size_t n = 0;
	FILE *ls;

	vault_open(&other, "Ana Ruiz");
	fill(v);
	all = take_folder(&c, v);
	snprintf(line, sizeof line, "find %s/in -type f", v->dir);
	assert_non_null(ls = popen(line, "r"));
	while (fgets(line, sizeof line, ls)) {
		line[strcspn(line, "\n")] = 0;
		assert_true(n < NOTES + 20);
		paths[n++] = strdup(line);
	}
	assert_int_equal(pclose(ls), 0);
	qsort(paths, n, sizeof *paths, by_text);
	single = take(&d, &other, (const char *const *)paths, n);
	assert_string_equal(all, single);
	assert_true(strlen(all) > 1000);
	assert_int_equal(c.files, d.files);
	assert_int_equal(c.resources, d.resources);
	assert_int_equal(c.added, d.added);
	assert_int_equal(c.changed, d.changed);
	assert_int_equal(c.same, d.same);
	assert_int_equal(c.flagged, d.flagged);
	assert_int_equal(c.refused, d.refused);
	assert_true(c.flagged > NOTES / 7);
	while (n)
		free(paths[--n]);
	free(all);
	free(single);
	vault_close(&other);
}

/* The two walks agree by the path, should a folder change between them. */
static void
test_paths(void **state)
{
	struct vault *v = *state;
	struct ac_import_ahead *a;
	struct ac_import_found *found;
	char folder[100], path[200];

	below(v, "in");
	put(v, "in/a.json", "{\"resourceType\":\"Procedure\",\"id\":\"a\"}");
	put(v, "in/b.json", "{");
	put(v, "in/c.json", "{\"resourceType\":\"Procedure\",\"id\":\"c\"}");
	snprintf(folder, sizeof folder, "%s/in", v->dir);
	assert_non_null(a = ac_import_ahead_new(v->s, "", folder));
	snprintf(path, sizeof path, "%s/aa.json", folder);
	assert_null(ac_import_ahead_take(a, path));
	snprintf(path, sizeof path, "%s/a.json", folder);
	assert_non_null(found = ac_import_ahead_take(a, path));
	assert_string_equal(found->key.id, "a");
	snprintf(path, sizeof path, "%s/b.json", folder);
	assert_null(ac_import_ahead_take(a, path));
	snprintf(path, sizeof path, "%s/c.json", folder);
	assert_non_null(found = ac_import_ahead_take(a, path));
	assert_string_equal(found->key.id, "c");
	assert_null(ac_import_ahead_take(a, path));
	ac_import_ahead_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_three_ways, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_dropped, vault_setup, vault_teardown),
		cmocka_unit_test(test_proves),
		cmocka_unit_test_setup_teardown(test_ahead, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_paths, vault_setup, vault_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
