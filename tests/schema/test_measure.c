/* SPDX-License-Identifier: ISC */
/* Numbers out of Observations: which count, in what unit, and what is normal. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "schema/schema.h"

static const char *const HB[] = { "718-7", "20509-6", NULL };

/* What a text gives: "VALUE UNIT LOW..HIGH" for each number, with a semicolon between. */
static void
told(char *out, size_t size, const char *json, const char *const *codes)
{
	struct ac_arena a = { 0 };
	const struct ac_measure *m;
	const struct ac_val *doc;
	size_t n, i, k = 0;

	out[0] = '\0';
	assert_int_equal(ac_json_read(&doc, &a, json, strlen(json), NULL), AC_OK);
	assert_int_equal(ac_measure_read(&m, &n, &a, doc, codes), AC_OK);
	for (i = 0; i < n; i++) {
		k += (size_t)snprintf(out + k, size - k, "%s%s%g %s", i ? "; " : "", m[i].comparator, ac_measure_number(m[i].value), m[i].unit);
		if (m[i].low)
			k += (size_t)snprintf(out + k, size - k, " from %g", ac_measure_number(m[i].low));
		if (m[i].high)
			k += (size_t)snprintf(out + k, size - k, " to %g", ac_measure_number(m[i].high));
	}
	ac_arena_free(&a);
}

#define HEAD "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"718-7\"}]}"
#define Q(v, u) "{\"value\":" v ",\"unit\":\"" u "\",\"code\":\"" u "\"}"

static void
values(void **state)
{
	static const struct { const char *json, *want; } rows[] = {
		{ HEAD ",\"valueQuantity\":" Q("9.10", "g/dL") "}", "9.1 g/dL" },
		{ HEAD ",\"valueInteger\":3}", "3 " },
		{ HEAD ",\"valueQuantity\":{\"value\":1,\"comparator\":\"<\",\"unit\":\"grams\"}}", "<1 grams" },
		{ HEAD ",\"valueQuantity\":{\"unit\":\"g/dL\"}}", "" },
		{ HEAD ",\"valueQuantity\":{\"value\":\"9\"}}", "" },
		{ HEAD ",\"valueString\":\"9\"}", "" },
		{ HEAD ",\"valueQuantity\":" Q("9", "g/dL") ",\"referenceRange\":[{\"low\":" Q("12", "g/dL") ",\"high\":" Q("16", "g/dL") "}]}", "9 g/dL from 12 to 16" },
		{ HEAD ",\"valueQuantity\":" Q("9", "g/dL") ",\"referenceRange\":[{\"low\":{\"value\":12}}]}", "9 g/dL from 12" },
		{ HEAD ",\"valueQuantity\":" Q("9", "g/dL") ",\"referenceRange\":[{\"low\":" Q("120", "g/L") "}]}", "9 g/dL" },
		{ HEAD ",\"valueQuantity\":" Q("9", "g/dL") ",\"referenceRange\":[{\"type\":{\"coding\":[{\"code\":\"treatment\"}]},\"low\":{\"value\":7}},{\"high\":{\"value\":16}}]}",
		  "9 g/dL to 16" },
		{ HEAD ",\"component\":[{\"code\":{\"coding\":[{\"code\":\"20509-6\"}]},\"valueQuantity\":" Q("8", "g/dL") "},{\"code\":{\"coding\":[{\"code\":\"1\"}]},\"valueQuantity\":"
		  Q("7", "g/dL") "}],\"valueQuantity\":" Q("9", "g/dL") "}", "9 g/dL; 8 g/dL" },
		{ "{\"resourceType\":\"Observation\",\"status\":\"cancelled\",\"code\":{\"coding\":[{\"code\":\"718-7\"}]},\"valueInteger\":3}", "" },
		{ "{\"resourceType\":\"Observation\",\"status\":\"entered-in-error\",\"code\":{\"coding\":[{\"code\":\"718-7\"}]},\"valueInteger\":3}", "" },
		{ "{\"resourceType\":\"Procedure\",\"status\":\"final\",\"code\":{\"coding\":[{\"code\":\"718-7\"}]},\"valueInteger\":3}", "" },
		{ "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"coding\":[{\"code\":\"718-8\"}]},\"valueInteger\":3}", "" },
		{ "{\"resourceType\":\"Observation\",\"code\":[],\"component\":{},\"valueInteger\":3}", "" },
		{ "{\"resourceType\":\"Observation\"}", "" },
	};
	char out[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		told(out, sizeof out, rows[i].json, HB);
		assert_string_equal(out, rows[i].want);
	}
}

static void
codes(void **state)
{
	static const char *const with[] = { "http://loinc.org|718-7", NULL }, *const other[] = { "http://x|718-7", NULL }, *const text[] = { "Haemoglobin", NULL },
		*const none[] = { NULL };
	char out[256];

	(void)state;
	told(out, sizeof out, HEAD ",\"valueInteger\":3}", with);
	assert_string_equal(out, "3 ");
	told(out, sizeof out, HEAD ",\"valueInteger\":3}", other);
	assert_string_equal(out, "");
	told(out, sizeof out, HEAD ",\"valueInteger\":3}", none);
	assert_string_equal(out, "");
	told(out, sizeof out, "{\"resourceType\":\"Observation\",\"code\":{\"text\":\"Haemoglobin\"},\"valueInteger\":3}", text);
	assert_string_equal(out, "3 ");
	told(out, sizeof out, "{\"resourceType\":\"Observation\",\"code\":{\"coding\":[{\"code\":\"x\"}],\"text\":\"Haemoglobin\"},\"valueInteger\":3}", text);
	assert_string_equal(out, "");
}

static void
numbers(void **state)
{
	static const struct { const char *text; double want; } rows[] = { { "0", 0 }, { "-0.0", 0 }, { "12", 12 }, { "-12.50", -12.5 }, { "1e3", 1000 },
		{ "1.25E+2", 125 }, { "-4e-2", -0.04 }, { "18446744073709551615", 18446744073709551615.0 }, { "1e99999999999", INFINITY },
		{ "123456789012345678901234567890", 123456789012345678901234567890.0 } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ac_arena a = { 0 };
		const struct ac_val *v;
		double x;

		assert_int_equal(ac_json_read(&v, &a, rows[i].text, strlen(rows[i].text), NULL), AC_OK);
		x = ac_measure_number(v);
		assert_true(x == rows[i].want || fabs(x - rows[i].want) < 1e-12 * fabs(rows[i].want));
		ac_arena_free(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(values), cmocka_unit_test(codes), cmocka_unit_test(numbers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
