/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/vault.h"

static enum ac_err
add(void *ctx, const void *p, size_t n, struct ac_fault *f)
{
	(void)f;
	return ac_buf_add(ctx, p, n);
}

static void
export(struct ac_buf *out, struct vault *v, const char *ref, const char *const *types, enum ac_export_format format,
	uint64_t disputed)
{
	struct ac_sink to = { add, out };
	struct ac_fault f = { 0 };
	uint64_t n = 99;

	ac_buf_reset(out);
	out->max = (size_t)1 << 30;
	if (ac_export(v->s, ref ? &ref : NULL, ref != NULL, types, format, &to, &n, &f))
		fail_msg("%s", f.text);
	assert_int_equal(n, disputed);
	assert_int_equal(ac_buf_add(out, "", 1), AC_OK);
	out->len--;
}

static void
import(struct vault *v, const char *path, struct ac_import_counts *c)
{
	struct ac_import_options o = { .person = "any" };
	struct ac_fault f = { 0 };

	if (ac_import(c, v->s, &path, 1, NULL, &o, &f))
		fail_msg("%s", f.text);
}

static void
no_errors(void *ctx, const struct ac_issue *i)
{
	(void)ctx;
	if (i->error)
		fail_msg("%s: %s", i->path, i->message);
}

/* Valid, and with no fullUrl twice. */
static const struct ac_val *
valid(struct ac_arena *a, const struct ac_buf *out)
{
	struct ac_fault f = { 0 };
	const struct ac_val *v;
	size_t errors;

	assert_int_equal(ac_json_read(&v, a, out->p, out->len, &f), AC_OK);
	assert_int_equal(ac_validate(v, no_errors, NULL, &errors), AC_OK);
	return v;
}

static void
test_round(void **state)
{
	static const char *const types[] = { "Observation", "Condition", NULL };
	struct vault *v = *state, other;
	struct ac_import_counts c, d;
	struct ac_arena a = { 0 };
	struct ac_buf one = { 0 }, two = { 0 };
	const struct ac_val *b;
	char path[4200];

	export(&one, v, NULL, NULL, AC_BUNDLE, 0);
	assert_string_equal((char *)one.p, "{\"resourceType\":\"Bundle\",\"type\":\"collection\"}\n");
	valid(&a, &one);
	import(v, "tests/records/survivor.json", &c);
	export(&one, v, NULL, NULL, AC_BUNDLE, 0);
	b = valid(&a, &one);
	assert_int_equal(ac_val_get(b, "entry")->n, c.added);
	/* another vault that imports it exports the same */
	vault_open(&other, "other");
	vault_file(path, &other, "all.json", one.p, one.len);
	import(&other, path, &d);
	assert_int_equal(d.added, c.added);
	export(&two, &other, NULL, NULL, AC_BUNDLE, 0);
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.p, two.p, one.len);
	import(v, path, &d);
	assert_int_equal(d.same, c.added);
	export(&one, v, NULL, NULL, AC_NDJSON, 0);
	vault_file(path, &other, "all.ndjson", one.p, one.len);
	export(&two, v, NULL, types, AC_NDJSON, 0);
	assert_true(two.len && two.len < one.len);
	assert_null(strstr((char *)two.p, "\"resourceType\":\"Patient\""));
	vault_close(&other);
	ac_buf_free(&one);
	ac_buf_free(&two);
	ac_arena_free(&a);
}

static void
put(struct vault *v, const char *name, const char *json)
{
	struct ac_import_counts c;
	char path[4200];

	vault_file(path, v, name, json, strlen(json));
	import(v, path, &c);
	assert_int_equal(c.refused, 0);
}

#define OBS(updated, value) "{\"resourceType\":\"Observation\",\"id\":\"o\",\"meta\":{\"lastUpdated\":\"" updated \
	"\"},\"status\":\"final\",\"code\":{\"text\":\"Weight\"},\"effectiveDateTime\":\"2026-01-05\"," \
	"\"valueString\":\"" value "\"}"

/* One resource per side. */
static void
test_disputed(void **state)
{
	struct vault *v = *state;
	const char *set[] = { "valueString=mine" };
	struct ac_arena a = { 0 };
	struct ac_buf out = { 0 };
	struct ac_fault f = { 0 };
	const struct ac_val *b, *e, *body;
	struct ac_wrote w;
	uint32_t i;

	put(v, "1.json", OBS("2026-01-05T10:00:00Z", "one"));
	assert_int_equal(ac_set(&w, v->s, "Observation/o", set, 1, 0, &f), AC_OK);
	put(v, "1.json", OBS("2026-01-06T10:00:00Z", "two"));
	export(&out, v, "Observation/o", NULL, AC_BUNDLE, 1);
	b = valid(&a, &out);
	e = ac_val_get(b, "entry");
	assert_int_equal(e->n, 2);
	for (i = 0; i < 2; i++) {
		body = ac_val_get(&e->items[i], "resource");
		assert_int_equal(strlen(ac_val_str(body, "id")), 11);
		assert_memory_equal(ac_val_str(body, "id"), "o-v", 3);
		assert_string_equal(ac_path_get(body, "meta.tag[0].code")->s, "in-dispute");
		assert_non_null(ac_path_get(body, "note[0].text"));
		assert_non_null(ac_path_get(body, "note[0].authorString"));
		assert_non_null(ac_path_get(body, "note[0].time"));
	}
	assert_non_null(strstr((char *)out.p, "\"mine\""));
	assert_non_null(strstr((char *)out.p, "\"two\""));
	assert_non_null(strstr((char *)out.p, "\"Ana Ruiz\""));
	export(&out, v, NULL, NULL, AC_NDJSON, 1);
	ac_buf_free(&out);
	ac_arena_free(&a);
}

/* What was named the same in two files is named once. */
static void
test_urls(void **state)
{
	static const char card[] = "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"fullUrl\":\"resource:0\","
		"\"resource\":{\"resourceType\":\"Basic\",\"code\":{\"text\":\"%s\"}}},{\"fullUrl\":\"urn:uuid:"
		"0f1d9a56-0000-4000-8000-000000000001\",\"resource\":{\"resourceType\":\"Basic\",\"id\":\"%s\",\"code\":"
		"{\"text\":\"%s\"}}}]}";
	struct vault *v = *state;
	struct ac_arena a = { 0 };
	struct ac_buf out = { 0 };
	char json[1000];

	snprintf(json, sizeof json, card, "a", "a", "a");
	put(v, "a.json", json);
	snprintf(json, sizeof json, card, "b", "b", "b");
	put(v, "b.json", json);
	export(&out, v, NULL, NULL, AC_BUNDLE, 0);
	assert_int_equal(ac_val_get(valid(&a, &out), "entry")->n, 4);
	ac_buf_free(&out);
	ac_arena_free(&a);
}

/* Attachments of any size stand in their place. */
static void
test_attached(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 70000, 70001, 70002, 9000001 };
	struct vault *v = *state;
	struct ac_blob_source blobs = ac_space_blobs(v->s);
	struct ac_arena a = { 0 };
	struct ac_buf out = { 0 }, want = { .max = (size_t)1 << 30 };
	struct ac_fault f = { 0 };
	struct ac_wrote w;
	struct ac_shown sh;
	unsigned char *p;
	char path[4200];
	size_t i, k;

	for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		p = malloc(sizes[i]);
		for (k = 0; k < sizes[i]; k++)
			p[k] = (unsigned char)(k * 37 + i);
		vault_file(path, v, "f.pdf", p, sizes[i]);
		assert_int_equal(ac_attachment_add(&w, v->s, path, i == 4 ? w.ref : NULL, "T", &f), AC_OK);
		export(&out, v, w.ref, NULL, AC_NDJSON, 0);
		assert_int_equal(ac_show(&sh, &a, v->s, w.ref, NULL, &f), AC_OK);
		ac_buf_reset(&want);
		assert_int_equal(ac_json_write(&want, sh.body, &blobs, &f), AC_OK);
		assert_int_equal(out.len, want.len + 1);
		assert_memory_equal(out.p, want.p, want.len);
		free(p);
	}
	ac_buf_free(&want);
	ac_buf_free(&out);
	ac_arena_free(&a);
}

static void
test_errors(void **state)
{
	struct vault *v = *state;
	const char *ref = "Observation/none";
	struct ac_buf out = { 0 };
	struct ac_sink to = { add, &out };
	struct ac_fault f = { 0 };
	struct ac_wrote w;
	uint64_t n = 7;

	assert_int_equal(ac_export(v->s, &ref, 1, NULL, AC_BUNDLE, &to, &n, &f), AC_ENOTFOUND);
	put(v, "1.json", OBS("2026-01-05T10:00:00Z", "one"));
	assert_int_equal(ac_rm(&w, v->s, "Observation/o", &f), AC_OK);
	ref = "Observation/o";
	assert_int_equal(ac_export(v->s, &ref, 1, NULL, AC_BUNDLE, &to, &n, &f), AC_ENOTFOUND);
	assert_int_equal(n, 7);
	ac_buf_free(&out);
}

/* The bytes of one attachment stay, those of the other go along. */
struct chosen { char hash[65]; unsigned asked; };

static bool
only(void *ctx, const char hash[static 65])
{
	struct chosen *c = ctx;

	c->asked++;
	return !strcmp(hash, c->hash);
}

static int
last_hash(void *ctx, const struct ac_attachment *a)
{
	memcpy(((struct chosen *)ctx)->hash, a->hash, 65);
	assert_true(a->here);
	return 0;
}

static void
test_bytes(void **state)
{
	struct vault *v = *state;
	struct chosen c = { .asked = 0 };
	struct ac_export_choice choice = { .with = only, .ctx = &c };
	struct ac_buf out = { .max = (size_t)1 << 30 }, raw = { .max = 1u << 20 };
	struct ac_sink to = { add, &out }, into = { add, &raw };
	struct ac_arena a = { 0 };
	struct ac_fault f = { 0 };
	struct ac_wrote w;
	const struct ac_val *entry, *at;
	unsigned char *data = calloc(1, 100000);
	uint64_t n = 0, disputed = 7;
	unsigned with = 0;
	uint32_t i;
	char path[4200];

	for (i = 0; i < 2; i++) {
		data[0] = (unsigned char)('a' + i);
		vault_file(path, v, "scan.bin", data, 100000);
		assert_int_equal(ac_attachment_add(&w, v->s, path, NULL, "T", &f), AC_OK);
	}
	assert_int_equal(ac_attachment_list(v->s, last_hash, &c, &f), AC_OK);
	assert_true(ac_attachment_here(v->s, c.hash));
	assert_int_equal(ac_attachment_bytes(v->s, c.hash, &into, &f), AC_OK);
	assert_int_equal(raw.len, 100000);
	assert_int_equal(ac_export_with(v->s, NULL, 0, NULL, AC_BUNDLE, &choice, &to, &n, &disputed, &f), AC_OK);
	assert_int_equal(n, 2);
	assert_int_equal(disputed, 0);
	assert_true(c.asked >= 2);
	entry = ac_val_get(valid(&a, &out), "entry");
	for (i = 0; i < entry->n; i++) {
		at = ac_path_get(&entry->items[i], "resource.content[0].attachment");
		assert_non_null(ac_val_str(at, "contentType"));
		with += ac_val_get(at, "data") != NULL;
	}
	assert_int_equal(with, 1);
	memset(c.hash, '0', 64);
	assert_false(ac_attachment_here(v->s, c.hash));
	assert_int_equal(ac_attachment_bytes(v->s, c.hash, &into, &f), AC_ENET);
	free(data);
	ac_buf_free(&out);
	ac_buf_free(&raw);
	ac_arena_free(&a);
}

static void
leads(struct vault *v, const char *reference, const char *ref, const char *title)
{
	struct ac_arena a = { 0 };
	struct ac_fault f = { 0 };
	const char *r = "?", *s = "?";

	assert_int_equal(ac_reference(&r, &s, &a, v->s, reference, &f), AC_OK);
	assert_string_equal(r, ref);
	assert_string_equal(s, title);
	ac_arena_free(&a);
}

static void
test_references(void **state)
{
	static const char bundle[] = "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":["
		"{\"fullUrl\":\"urn:uuid:0f000000-1111-4222-8333-444455556666\",\"resource\":{\"resourceType\":\"Medication\",\"code\":{\"text\":\"one\"}}},"
		"{\"fullUrl\":\"https://h.example/fhir/Condition/c\",\"resource\":{\"resourceType\":\"Condition\",\"id\":\"c\",\"code\":{\"text\":\"two\"},"
		"\"subject\":{\"reference\":\"Patient/p\"}}}]}";
	struct ac_import_counts c;
	struct vault *v = *state;
	struct ac_fault f = { 0 };
	struct ac_wrote w;
	char path[4200];

	vault_file(path, v, "b.json", bundle, sizeof bundle - 1);
	import(v, path, &c);
	leads(v, "urn:uuid:0f000000-1111-4222-8333-444455556666", "Medication/0f000000-1111-4222-8333-444455556666", "one");
	leads(v, "https://h.example/fhir/Condition/c", "Condition/c", "two");
	leads(v, "https://h.example/fhir/Condition/c/_history/3", "Condition/c", "two");
	leads(v, "Condition/c", "Condition/c", "two");
	leads(v, "Condition/c/_history/1", "Condition/c", "two");
	leads(v, "https://other.example/fhir/Condition/c", "", "");
	leads(v, "Condition/d", "", "");
	leads(v, "#c", "", "");
	leads(v, "c", "", "");
	leads(v, "/", "", "");
	leads(v, "", "", "");
	assert_int_equal(ac_rm(&w, v->s, "Condition/c", &f), AC_OK);
	leads(v, "Condition/c", "", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_disputed, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_urls, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_attached, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_bytes, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_references, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(test_errors, vault_setup, vault_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
