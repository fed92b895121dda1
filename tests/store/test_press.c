/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/shared.h"
#include "store/crypto.h"
#include "store/dict.h"
#include "store/entry.h"
#include "store/press.h"

static const char text[] = "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":"
	"\"http://loinc.org\",\"code\":\"718-7\"}]},\"valueQuantity\":{\"value\":13.20,\"unit\":\"g/dL\"}}";

/* ------------------------------------------------------------- there and back */

static void
there_and_back(const unsigned char *p, size_t n, unsigned dict)
{
	struct ac_buf small = { .max = SIZE_MAX / 8 }, back = { .max = n + 3 };
	struct ac_fault f = { 0 };

	assert_int_equal(ac_buf_add(&small, "<<", 2), AC_OK);
	assert_int_equal(ac_press_shrink(&small, p, n, dict, &f), AC_OK);
	assert_memory_equal(small.p, "<<", 2);
	assert_int_equal(ac_buf_add(&back, ">>>", 3), AC_OK);
	assert_int_equal(ac_press_grow(&back, small.p + 2, small.len - 2, n, dict, &f), AC_OK);
	assert_int_equal(back.len, n + 3);
	assert_memory_equal(back.p, ">>>", 3);
	if (n)
		assert_memory_equal(back.p + 3, p, n);
	ac_buf_free(&small);
	ac_buf_free(&back);
}

static void
round_trips(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 255, 256, 257, 1000, 65535, 65536, 65537, 131072, 131073, 300000,
		20000000 };
	size_t i, n = 20000000, k;
	unsigned char *noise = malloc(n), *words = malloc(n);

	(void)state;
	ac_crypto_random(noise, n);
	for (i = 0; i < n; i++)
		words[i] = (unsigned char)(i % 977 < 40 ? noise[i] : (unsigned char)text[i % (sizeof text - 1)]);
	for (k = 0; k < sizeof sizes / sizeof *sizes; k++)
		for (i = 0; i < 2; i++) {
			there_and_back(words, sizes[k], (unsigned)i);
			/* what cannot shrink is the same code at any such size */
			if (sizes[k] < 1000000)
				there_and_back(noise, sizes[k], (unsigned)i);
		}
	free(noise);
	free(words);
}

static void
shrink(struct ac_buf *out, unsigned dict)
{
	assert_int_equal(ac_press_shrink(out, text, sizeof text - 1, dict, NULL), AC_OK);
}

/* Refused with AC_ECORRUPT, and out as it was. */
static void
corrupt(const void *p, size_t n, size_t exact, unsigned dict)
{
	struct ac_buf out = { 0 };
	struct ac_fault f = { 0 };

	assert_int_equal(ac_buf_add(&out, "kept", 4), AC_OK);
	assert_int_equal(ac_press_grow(&out, p, n, exact, dict, &f), AC_ECORRUPT);
	assert_int_equal(out.len, 4);
	assert_memory_equal(out.p, "kept", 4);
	assert_true(f.text[0]);
	ac_buf_free(&out);
}

static void
exact_or_nothing(void **state)
{
	struct ac_buf b = { 0 }, twice = { 0 };
	size_t n = sizeof text - 1, i;
	unsigned dict;

	(void)state;
	for (dict = 0; dict < 2; dict++) {
		ac_buf_reset(&b);
		shrink(&b, dict);
		corrupt(b.p, b.len, n - 1, dict);
		corrupt(b.p, b.len, n + 1, dict);
		corrupt(b.p, b.len, 0, dict);
		/* without the dictionary it was made with; one that none was used for may be there */
		if (dict)
			corrupt(b.p, b.len, n, 0);
		for (i = 0; i < b.len; i++)
			corrupt(b.p, i, n, dict);
		/* a byte more, and a second frame */
		assert_int_equal(ac_buf_add(&b, "", 1), AC_OK);
		corrupt(b.p, b.len, n, dict);
		b.len--;
		ac_buf_reset(&twice);
		assert_int_equal(ac_buf_add(&twice, b.p, b.len), AC_OK);
		assert_int_equal(ac_buf_add(&twice, "\x28\xb5\x2f\xfd\x00", 5), AC_OK);
		assert_int_equal(ac_buf_add(&twice, b.p, b.len), AC_OK);
		corrupt(twice.p, twice.len, 2 * n, dict);
	}
	ac_buf_free(&b);
	ac_buf_free(&twice);
}

static void
windows(void **state)
{
	/* descriptor, then one raw last block of one byte */
	unsigned char frame[5] = { 0, 1 | 1 << 3, 0, 0, 'x' };
	struct ac_buf out = { 0 };
	unsigned d;

	(void)state;
	for (d = 0; d < 256; d++) {
		frame[0] = (unsigned char)d;
		if (d <= (AC_PRESS_WINDOW_LOG - 10) << 3) {
			assert_int_equal(ac_press_grow(&out, frame, sizeof frame, 1, 0, NULL), AC_OK);
			assert_int_equal(out.p[0], 'x');
			ac_buf_reset(&out);
		} else {
			corrupt(frame, sizeof frame, 1, 0);
		}
	}
	ac_buf_free(&out);
}

/* Any bit may be wrong: an error or other bytes of the right number, never more. */
static void
flipped_bits(void **state)
{
	struct ac_buf b = { 0 }, out = { 0 };
	size_t n = sizeof text - 1, i, refused = 0;
	enum ac_err err;

	(void)state;
	shrink(&b, 1);
	for (i = 0; i < 8 * b.len; i++) {
		b.p[i / 8] ^= 1 << (i % 8);
		err = ac_press_grow(&out, b.p, b.len, n, 1, NULL);
		assert_true(err == AC_OK || err == AC_ECORRUPT);
		assert_int_equal(out.len, err ? 0 : n);
		refused += err != AC_OK;
		ac_buf_reset(&out);
		b.p[i / 8] ^= 1 << (i % 8);
	}
	assert_true(refused > 0);
	ac_buf_free(&b);
	ac_buf_free(&out);
}

static void
ceilings(void **state)
{
	struct ac_buf b = { 0 }, out = { .max = 10 };
	struct ac_fault f = { 0 };

	(void)state;
	shrink(&b, 1);
	assert_int_equal(ac_press_grow(&out, b.p, b.len, sizeof text - 1, 1, &f), AC_ELIMIT);
	assert_true(f.text[0]);
	assert_int_equal(ac_press_grow(&out, b.p, b.len, SIZE_MAX, 1, NULL), AC_ELIMIT);
	assert_int_equal(ac_press_shrink(&out, text, sizeof text - 1, 0, NULL), AC_ELIMIT);
	assert_int_equal(out.len, 0);
	assert_int_equal(ac_press_shrink(&b, text, 1, 2, &f), AC_EINVAL);
	assert_int_equal(ac_press_grow(&b, text, 1, 1, 2, &f), AC_EVERSION);
	ac_buf_free(&b);
	ac_buf_free(&out);
}

/* ------------------------------------------------------------------ lengths */

static void
padme(void **state)
{
	static const size_t known[][2] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, 4 }, { 8, 8 }, { 9, 10 },
		{ 10, 10 }, { 17, 18 }, { 100, 104 }, { 200, 208 }, { 1000, 1024 }, { 1024, 1024 }, { 1025, 1088 },
		{ 65535, 65536 }, { 65537, 67584 }, { 1000000, 1015808 } };
	size_t i, n, k, last = 0, lengths = 0;

	(void)state;
	for (i = 0; i < sizeof known / sizeof *known; i++)
		assert_int_equal(ac_press_padme(known[i][0]), known[i][1]);
	for (n = 0; n < 300000; n++) {
		k = ac_press_padme(n);
		assert_true(k >= n && k >= last && (k - n) * 100 <= 12 * n);
		assert_int_equal(ac_press_padme(k), k);
		lengths += k != last;
		last = k;
	}
	assert_true(lengths < 300);
	assert_int_equal(ac_press_padme(SIZE_MAX), SIZE_MAX);
}

/* -------------------------------------------------------------- the dictionary */

/* What was stored under it needs it as it is, for ever. */
static void
dictionary_stands(void **state)
{
	unsigned char hash[32], *dict = malloc(ac_dict_1_size);
	char hex[65];

	(void)state;
	assert_non_null(dict);
	ac_dict_1(dict);
	ac_crypto_hash(hash, 32, dict, ac_dict_1_size, NULL, 0);
	free(dict);
	ac_crypto_hex(hex, hash, 32);
	assert_int_equal(ac_dict_1_size, 97281);
	assert_string_equal(hex, "ec8d403d0bc35bb7c336dc2bb21f05abed0ecec159b62d8beb1715b86f4c1d80");
	assert_int_equal(AC_PRESS_DICT, 1);
}

struct tally { size_t files, n, json, raw, without, with; };

/* The raw bytes of a segment that holds one edit of this document. */
static void
edit(struct ac_buf *raw, struct ac_arena *a, const struct ac_val *body)
{
	unsigned char parent[32], salt[16], member[8] = "myself";
	struct ac_val up = ac_val_bytes(parent, 32), parents = { .kind = AC_ARR, .n = 1, .items = &up };
	struct ac_val both[2] = { { .kind = AC_ARR } }, all = { .kind = AC_ARR, .n = 2, .items = both };
	const char *id = ac_val_str(body, "id");
	struct ac_version v = { .source = "", .type = ac_val_str(body, "resourceType"), .id = id ? id : "",
		.parents = &parents, .time = 1, .member = member, .op = AC_OP_SET, .salt = salt, .body = body };

	ac_crypto_random(parent, sizeof parent);
	ac_crypto_random(salt, sizeof salt);
	assert_int_equal(ac_entry_version_write(&both[1], a, &v, member, 1, false), AC_OK);
	assert_int_equal(ac_mp_write(raw, &all), AC_OK);
}

static void
weigh(struct tally *t, struct ac_arena *a, const struct ac_val *body)
{
	struct ac_buf json = { 0 }, raw = { 0 }, one = { 0 }, two = { 0 };

	assert_int_equal(ac_json_write(&json, body, NULL, NULL), AC_OK);
	if (json.len >= 1000 && json.len <= 1400) {
		edit(&raw, a, body);
		assert_int_equal(ac_press_shrink(&one, raw.p, raw.len, 0, NULL), AC_OK);
		assert_int_equal(ac_press_shrink(&two, raw.p, raw.len, 1, NULL), AC_OK);
		t->n++;
		t->json += json.len;
		t->raw += raw.len;
		t->without += one.len;
		t->with += two.len;
	}
	ac_buf_free(&json);
	ac_buf_free(&raw);
	ac_buf_free(&one);
	ac_buf_free(&two);
}

static void
resource(struct tally *t, struct ac_arena *a, const struct ac_val *v)
{
	const char *type = ac_val_str(v, "resourceType");
	const struct ac_val *entries = ac_val_get(v, "entry"), *r;
	uint32_t i;

	if (type && !strcmp(type, "Observation"))
		weigh(t, a, v);
	if (!type || strcmp(type, "Bundle") != 0 || !entries)
		return;
	for (i = 0; i < entries->n; i++)
		if ((r = ac_val_get(&entries->items[i], "resource")))
			resource(t, a, r);
}

static void
one_text(void *ctx, const unsigned char *p, size_t n)
{
	struct ac_arena a = { 0 };
	const struct ac_val *v;

	if (!ac_json_read(&v, &a, p, n, NULL))
		resource(ctx, &a, v);
	ac_arena_free(&a);
}

static void
one_file(void *ctx, const struct shared_file *f)
{
	((struct tally *)ctx)->files++;
	shared_texts(f, one_text, ctx);
}

static void
print(const char *what, const struct tally *t)
{
	double n = (double)t->n;

	printf("# %s: %zu Observations of 1.0 to 1.4 kB: mean %.0f as JSON, %.0f as an edit, %.0f without the"
		" dictionary, %.0f with it (%.1f %%; a quarter would be %.0f)\n", what, t->n, (double)t->json / n,
		(double)t->raw / n, (double)t->without / n, (double)t->with / n,
		100.0 * (double)t->with / (double)t->json, (double)t->json / n / 4);
}

static void
a_quarter_of_real_json(void **state)
{
	static const char *const folders[] = { "dev/synthea-smart", "dev/synthea-juvenile", "dev/mcode", "dev/ips",
		"dev/hl7-examples" };
	static const char *const json[] = { ".json", ".ndjson", NULL };
	struct tally t = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof folders / sizeof *folders; i++)
		shared_each(folders[i], json, one_file, &t);
	if (!t.files) {
		printf("# no shared data\n");
		return;
	}
	printf("# files %zu\n", t.files);
	assert_true(t.n > 50);
	print("real", &t);
	assert_true(4 * t.with <= t.json);
}

/* The same on a record of ours, written by hand and not trained on. */
static void
a_quarter_of_our_json(void **state)
{
	static const char record[] =
		"{\"resourceType\":\"Observation\",\"id\":\"0b3c6e1e-52a7-4b8e-9c0f-6a55d1f07b3e\",\"meta\":{\"versionId\":\"2\","
		"\"lastUpdated\":\"2023-03-09T14:02:11.482+01:00\",\"profile\":[\"http://hl7.org/fhir/us/core/StructureDefinition/"
		"us-core-observation-lab\"]},\"status\":\"final\",\"category\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/"
		"CodeSystem/observation-category\",\"code\":\"laboratory\",\"display\":\"Laboratory\"}],\"text\":\"Laboratory\"}],"
		"\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"2532-0\",\"display\":\"Lactate dehydrogenase "
		"[Enzymatic activity/volume] in Serum or Plasma\"}],\"text\":\"LDH\"},\"subject\":{\"reference\":\"Patient/"
		"5f1d0c77-08b4-4d0c-8f0e-b1f3b9d1a1c9\"},\"encounter\":{\"reference\":\"Encounter/2a7cfe10-7a3e-4f61-b3c5-"
		"0dd9a04c5512\"},\"effectiveDateTime\":\"2023-03-09T09:30:00+01:00\",\"issued\":\"2023-03-09T13:55:40.000+01:00\","
		"\"performer\":[{\"reference\":\"Organization/lab-3\",\"display\":\"Central laboratory\"}],\"valueQuantity\":{\"value\":"
		"231,\"unit\":\"U/L\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"U/L\"},\"interpretation\":[{\"coding\":[{"
		"\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation\",\"code\":\"H\",\"display\":\"High\"}]"
		"}],\"referenceRange\":[{\"low\":{\"value\":125,\"unit\":\"U/L\"},\"high\":{\"value\":220,\"unit\":\"U/L\"}}]}";
	struct tally t = { 0 };

	(void)state;
	one_text(&t, (const unsigned char *)record, sizeof record - 1);
	assert_int_equal(t.n, 1);
	print("ours", &t);
	assert_true(4 * t.with <= t.json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trips),
		cmocka_unit_test(exact_or_nothing),
		cmocka_unit_test(windows),
		cmocka_unit_test(flipped_bits),
		cmocka_unit_test(ceilings),
		cmocka_unit_test(padme),
		cmocka_unit_test(dictionary_stands),
		cmocka_unit_test(a_quarter_of_real_json),
		cmocka_unit_test(a_quarter_of_our_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
