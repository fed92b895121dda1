/* SPDX-License-Identifier: ISC */
/* What a program sets to have all words in another language, and where it reaches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "schema/schema.h"

static const char *
one(const char *s)
{
	static const char *const known[][2] = { { "yes", "ja" }, { "%s is gone", "fort ist %s" }, { "Every %s weeks.", "Alle %s Wochen." },
		{ "Blood count", "Blutbild" }, { "anthracycline", "Anthrazyklin" }, { "active", "aktiv" },
		{ "No space left on device", "voll" }, { "off-treatment", "danach" } };
	size_t i;

	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(known[i][0], s))
			return known[i][1];
	return s;
}

static const char *
many(const char *s, const char *p, unsigned long n)
{
	(void)s, (void)p;
	return n == 1 ? "ein %lu" : "viele %lu";
}

static void
test_faults(void **state)
{
	struct ac_fault f = { 0 };
	const char *gone = "x";

	(void)state;
	assert_int_equal(ac_fault(&f, AC_EIO, "%s is gone", gone), AC_EIO);
	assert_string_equal(f.text, "x is gone");
	assert_string_equal(ac_words_plural("%lu thing", "%lu things", 1), "%lu thing");
	assert_string_equal(ac_words_plural("%lu thing", "%lu things", 0), "%lu things");
	assert_string_equal(ac_words_error(ENOSPC), "No space left on device");
	assert_string_equal(ac_words_error(-1), "Unknown error");
	ac_words_set(one, many);
	assert_int_equal(ac_fault(&f, AC_EIO, "%s is gone", gone), AC_EIO);
	assert_string_equal(f.text, "fort ist x");
	assert_string_equal(ac_words_plural("%lu thing", "%lu things", 7), "viele %lu");
	assert_string_equal(ac_words_error(ENOSPC), "voll");
	assert_string_equal(ac_words("said by nobody"), "said by nobody");
	assert_string_equal(ac_words(""), "");
	ac_words_set(NULL, NULL);
	assert_string_equal(ac_words("yes"), "yes");
}

static void
test_values(void **state)
{
	struct ac_arena a = { 0 };
	struct ac_val yes = ac_val_bool(true), code = ac_val_text("active");
	const char *s = NULL;

	(void)state;
	ac_words_set(one, many);
	assert_int_equal(ac_say_value(&s, &a, "boolean", &yes), AC_OK);
	assert_string_equal(s, "ja");
	assert_int_equal(ac_say_value(&s, &a, "code", &code), AC_OK);
	assert_string_equal(s, "aktiv");
	ac_words_set(NULL, NULL);
	assert_int_equal(ac_say_value(&s, &a, "boolean", &yes), AC_OK);
	assert_string_equal(s, "yes");
	ac_arena_free(&a);
}

/* A plan is said, and the one that writers read stays as it was. */
static void
test_plan(void **state)
{
	struct ac_arena a = { 0 };
	const struct ac_plan_row rows[] = {
		{ .item = "blood-count", .title = "Blood count", .due = "", .from = "", .until = "", .reason = "", .rule = "Every 3 weeks.",
		  .exposure = "anthracycline 250 mg/m2", .source = "Blood count", .url = "", .satisfied_by = "", .by = "Blood count",
		  .booked = "", .booked_on = "", .min = 3, .max = 3, .unit = "wk" },
		{ .item = "own", .title = "As I call it", .due = "", .from = "", .until = "", .reason = "", .rule = "As I like.", .exposure = "",
		  .source = "active", .url = "", .satisfied_by = "", .by = "", .booked = "", .booked_on = "", .min = 3, .max = 3, .unit = "wk" },
	};
	const struct ac_plan_note notes[] = { { "yes", "" } };
	struct ac_plan p = { .stage = "off-treatment", .since = "", .anchor = "", .rows = rows, .nrows = 2, .notes = notes, .nnotes = 1 };

	(void)state;
	ac_words_set(one, many);
	assert_int_equal(ac_plan_words(&p, &a), AC_OK);
	ac_words_set(NULL, NULL);
	assert_string_equal(p.rows[0].title, "Blutbild");
	assert_string_equal(p.rows[0].rule, "Alle 3 Wochen.");
	assert_string_equal(p.rows[0].exposure, "Anthrazyklin 250 mg/m2");
	assert_string_equal(p.rows[0].source, "Blood count"); /* a person's name, as in `by` */
	assert_string_equal(p.rows[0].item, "blood-count");
	assert_string_equal(p.rows[1].title, "As I call it");
	assert_string_equal(p.rows[1].rule, "As I like.");
	assert_string_equal(p.rows[1].source, "aktiv");
	assert_string_equal(p.notes[0].text, "ja");
	assert_string_equal(p.stage, "danach");
	assert_string_equal(rows[0].title, "Blood count");
	ac_arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
