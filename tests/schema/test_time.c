/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "schema/moment.h"

static const struct { const char *text; int64_t ms; const char *out; } good[] = {
	{ "1970", 0, "1970-01-01T00:00:00.000Z" },
	{ "1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z" },
	{ "1969-12-31T23:59:59.999Z", -1, "1969-12-31T23:59:59.999Z" },
	{ "2000-02-29", 951782400000, "2000-02-29T00:00:00.000Z" },
	{ "2024-03", 1709251200000, "2024-03-01T00:00:00.000Z" },
	{ "2024-12-31T23:59:60Z", 1735689600000, "2025-01-01T00:00:00.000Z" },
	{ "2024-05-06T07:08:09.1239+02:00", 1714972089123, "2024-05-06T05:08:09.123Z" },
	{ "2024-05-06T07:08:09-05:30", 1714999089000, "2024-05-06T12:38:09.000Z" },
	{ "2024-05-06T07:08:09+14:00", 1714928889000, "2024-05-05T17:08:09.000Z" },
	{ "0001-01-01", -62135596800000, "0001-01-01T00:00:00.000Z" },
	{ "0385", -50017737600000, "0385-01-01T00:00:00.000Z" },
	{ "9999-12-31T23:59:59.999Z", 253402300799999, "9999-12-31T23:59:59.999Z" },
	{ "1900-03-01", -2203891200000, "1900-03-01T00:00:00.000Z" },
};

static const char *const bad[] = {
	"", "0000", "385", "20200", "2020-1", "2020-13", "2020-00", "2020-02-30", "1900-02-29", "2023-04-31",
	"2020-01-01T", "2020-01-01T10", "2020-01-01T10:00", "2020-01-01T10:00:00", "2020-01-01T10:00Z",
	"2020-01-01T24:00:00Z", "2020-01-01T10:60:00Z", "2020-01-01T10:00:61Z", "2020-01-01T10:00:00.Z",
	"2020-01-01T10:00:00+14:30", "2020-01-01T10:00:00+15:00", "2020-01-01T10:00:00+1:00",
	"2020-01-01 10:00:00Z", "2020-01-01t10:00:00Z", "2020-01-01T10:00:00z", "2020-01-01T10:00:00Z ",
	" 2020", "2020/01/01", "2020-01T10:00:00Z", "-2020", "+2020", "2020-01-01T10:00:00+0200",
};

static void
reads(void **state)
{
	char out[32];
	int64_t ms;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof *good; i++) {
		if (!ac_time_read(good[i].text, &ms) || ms != good[i].ms)
			fail_msg("%s", good[i].text);
		ac_time_write(out, ms);
		assert_string_equal(out, good[i].out);
	}
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		ms = 7;
		if (ac_time_read(bad[i], &ms) || ms != 7)
			fail_msg("%s", bad[i]);
	}
	assert_false(ac_time_read(NULL, &ms));
}

/* Every day of the calendar, there and back; the ends of the range hold. */
static void
every_day(void **state)
{
	int64_t ms, back;
	char out[32];

	(void)state;
	for (ms = -62135596800000; ms < 253402300800000; ms += 86400000) {
		ac_time_write(out, ms);
		assert_true(ac_time_read(out, &back));
		assert_true(back == ms);
	}
	ac_time_write(out, INT64_MAX);
	assert_string_equal(out, "9999-12-31T23:59:59.999Z");
	ac_time_write(out, INT64_MIN);
	assert_string_equal(out, "0001-01-01T00:00:00.000Z");
}

static int
order(const char *a, const char *b)
{
	struct ac_moment x, y;

	assert_true(ac_time_parse(&x, a));
	assert_true(ac_time_parse(&y, b));
	return ac_time_order(&x, &y);
}

static void
orders(void **state)
{
	(void)state;
	assert_true(order("2020", "2021") < 0);
	assert_int_equal(order("2020", "2020-05"), 0);
	assert_int_equal(order("2020-05-07", "2020-05"), 0);
	assert_true(order("2020-06", "2020-05-31") > 0);
	assert_int_equal(order("2020-05-07T23:00:00Z", "2020-05-08T01:00:00+02:00"), 0);
	assert_true(order("2020-05-07T23:00:00Z", "2020-05-08T01:00:00+01:00") < 0);
	assert_int_equal(order("2020-05-07T23:00:00Z", "2020-05-07"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(every_day),
		cmocka_unit_test(orders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
