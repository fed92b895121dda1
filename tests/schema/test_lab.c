/* SPDX-License-Identifier: ISC */
/* The table of common laboratory tests, and how what people type finds its way into it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/schema.h"

/* Every unit of the table as UCUM spells it, read in its specification. */
static const char *const ucum[] = { "10*9/L", "10*3/uL", "/uL", "10*12/L", "10*6/uL", "g/dL", "g/L", "%", "L/L", "fL", "pg", "mg/dL", "umol/L",
	"mmol/L", "meq/L", "U/L", "ukat/L", "ng/mL", "ug/L", "ug/dL", "pg/mL", "ng/L", "pmol/L", "nmol/L", "m[IU]/L", "mU/L", "u[IU]/mL", "m[IU]/mL",
	"[IU]/L", "ng/dL", "mg/L", "{INR}", "1", "s", "mm[Hg]", "/min", "Cel", "[degF]", "cm", "m", "[in_i]", "kg", "[lb_av]", "g", "mmol/mol",
	"mL/min/{1.73_m2}" };

/* The last digit of a LOINC code checks the others. */
static bool
loinc(const char *s, size_t n)
{
	unsigned sum = 0, d;
	size_t i;

	if (n < 4 || s[n - 2] != '-')
		return false;
	for (i = 0; i < n - 2; i++) {
		d = (unsigned)(s[n - 3 - i] - '0');
		if (d > 9)
			return false;
		d *= i % 2 ? 1 : 2;
		sum += d / 10 + d % 10;
	}
	return (unsigned)(s[n - 1] - '0') == (10 - sum % 10) % 10;
}

static bool
known_unit(const char *s)
{
	size_t i;

	for (i = 0; i < sizeof ucum / sizeof *ucum; i++)
		if (!strcmp(ucum[i], s))
			return true;
	return false;
}

static bool
decimal(const char *s)
{
	size_t n = strspn(s, "0123456789.");

	return n > 0 && s[n] == '\0';
}

static void
codes_and_units(void **state)
{
	const struct ac_lab *l;
	size_t codes = 0, tests = 0, i, n;
	const char *p;

	(void)state;
	for (l = ac_lab_table(); l->name; l++, tests++) {
		assert_non_null(l->units[0].unit);
		assert_true(l->units[0].times == 1 && l->units[0].plus == 0);
		assert_true(decimal(l->least) && decimal(l->most) && atof(l->least) < atof(l->most));
		for (i = 0; l->units[i].unit; i++) {
			if (!known_unit(l->units[i].unit))
				fail_msg("%s: %s is no unit", l->name, l->units[i].unit);
			assert_true(l->units[i].times > 0);
			assert_true(!l->units[i].loinc == !l->units[i].display);
			if (l->units[i].loinc && !loinc(l->units[i].loinc, strlen(l->units[i].loinc)))
				fail_msg("%s: %s is no LOINC code", l->name, l->units[i].loinc);
			codes += l->units[i].loinc != NULL;
		}
		for (p = l->codes; *p; p += n + (p[n] == '|'), codes++) {
			n = strcspn(p, "|");
			if (!loinc(p, n))
				fail_msg("%s: %.*s is no LOINC code", l->name, (int)n, p);
		}
	}
	assert_true(tests > 60 && codes > 150);
	assert_false(loinc("718-8", 5));
	assert_true(loinc("718-7", 5));
}

static void
ranges(void **state)
{
	const struct ac_lab *l;
	size_t i, n = 0;

	(void)state;
	for (l = ac_lab_table(); l->name; l++)
		for (i = 0; l->ranges[i].sex; i++, n++) {
			assert_true(!l->ranges[i].low || decimal(l->ranges[i].low));
			assert_true(l->ranges[i].high && decimal(l->ranges[i].high) && *l->ranges[i].source && *l->ranges[i].url);
			assert_false(l->ranges[i].reviewed);
			assert_true(!l->ranges[i].low || atof(l->ranges[i].low) < atof(l->ranges[i].high));
			assert_true(atof(l->ranges[i].high) <= atof(l->most));
			assert_true(!l->ranges[i].low || atof(l->ranges[i].low) >= atof(l->least));
		}
	assert_true(n > 40);
	l = ac_lab_find("hgb");
	assert_string_equal(ac_lab_range(l, "female")->low, "12");
	assert_string_equal(ac_lab_range(l, "male")->low, "14");
	assert_null(ac_lab_range(l, NULL));
	assert_null(ac_lab_range(l, "unknown"));
	assert_string_equal(ac_lab_range(ac_lab_find("wbc"), NULL)->high, "11.0");
}

/* No word names two tests: the first would hide the other. */
static void
one_name_one_test(void **state)
{
	const struct ac_lab *l;
	char word[96];
	const char *p;
	size_t i, n;

	(void)state;
	for (l = ac_lab_table(); l->name; l++) {
		assert_ptr_equal(ac_lab_find(l->name), l);
		assert_ptr_equal(ac_lab_find(l->title), l);
		for (i = 0; l->units[i].unit; i++)
			if (l->units[i].loinc)
				assert_ptr_equal(ac_lab_find(l->units[i].loinc), l);
		for (i = 0; i < 2; i++)
			for (p = i ? l->names : l->codes; *p; p += n + (p[n] == '|')) {
				n = strcspn(p, "|");
				snprintf(word, sizeof word, "%.*s", (int)n, p);
				if (ac_lab_find(word) != l)
					fail_msg("%s names another test than %s", word, l->name);
			}
	}
}

static void
spellings(void **state)
{
	static const struct { const char *typed, *name; } names[] = { { "WBC", "wbc" }, { "White Cells", "wbc" }, { "hgb", "hemoglobin" },
		{ "Hb", "hemoglobin" }, { "Vitamin D", "vitamin-d" }, { "vit-d", "vitamin-d" }, { "ANC", "neutrophils" }, { "BUN", "urea" }, { "A1c", "hba1c" },
		{ "alk phos", "alp" }, { "blood pressure", "blood-pressure" }, { "6690-2", "wbc" }, { "2823-3", "potassium" }, { "MRD", "mrd" },
		{ "14682-9", "creatinine" }, { "total cholesterol", "cholesterol" }, { "neutrophils %", "neutrophils-percent" } };
	static const struct { const char *name, *typed, *unit; } units[] = { { "wbc", "10^9/L", "10*9/L" }, { "wbc", "x10^9/l", "10*9/L" },
		{ "wbc", "\xc3\x97""10\xe2\x81\xb9/L", "10*9/L" }, { "wbc", "K/uL", "10*3/uL" }, { "wbc", "10e3/\xc2\xb5L", "10*3/uL" }, { "wbc", "cells/mm\xc2\xb3", "/uL" },
		{ "creatinine", "\xce\xbcmol/L", "umol/L" }, { "creatinine", "mcmol/l", "umol/L" }, { "ferritin", "mcg/L", "ug/L" }, { "alt", "IU/L", "U/L" },
		{ "bp", "mmHg", "mm[Hg]" }, { "temp", "\xc2\xb0""F", "[degF]" }, { "temp", "C", "Cel" }, { "weight", "lbs", "[lb_av]" }, { "fsh", "IU/L", "[IU]/L" },
		{ "tsh", "mIU/L", "m[IU]/L" }, { "tsh", "uIU/mL", "u[IU]/mL" }, { "hgb", "G/L", "g/L" }, { "egfr", "mL/min/1.73m\xc2\xb2", "mL/min/{1.73_m2}" } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof names / sizeof *names; i++) {
		const struct ac_lab *l = ac_lab_find(names[i].typed);

		if (!l || strcmp(l->name, names[i].name) != 0)
			fail_msg("%s: %s", names[i].typed, l ? l->name : "nothing");
	}
	for (i = 0; i < sizeof units / sizeof *units; i++) {
		const struct ac_lab_unit *u = ac_lab_unit(ac_lab_find(units[i].name), units[i].typed);

		if (!u || strcmp(u->unit, units[i].unit) != 0)
			fail_msg("%s in %s: %s", units[i].name, units[i].typed, u ? u->unit : "nothing");
	}
	assert_null(ac_lab_find(""));
	assert_null(ac_lab_find("cortisol"));
	assert_null(ac_lab_unit(ac_lab_find("wbc"), "mg/dL"));
	assert_null(ac_lab_unit(ac_lab_find("wbc"), ""));
}

static void
nearest(void **state)
{
	static const struct { const char *typed, *name; } near[] = { { "hemoglobine", "hemoglobin" }, { "platlets", "platelets" }, { "creatinin", "creatinine" },
		{ "wcb", "wbc" }, { "bilirubine", "bilirubin" }, { "potasium", "potassium" } };
	char word[4096];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof near / sizeof *near; i++) {
		const struct ac_lab *l = ac_lab_nearest(near[i].typed);

		if (!l || strcmp(l->name, near[i].name) != 0)
			fail_msg("%s: %s", near[i].typed, l ? l->name : "nothing");
	}
	assert_null(ac_lab_nearest("something else entirely"));
	assert_null(ac_lab_nearest(""));
	memset(word, 'a', sizeof word);
	word[sizeof word - 1] = '\0';
	assert_null(ac_lab_nearest(word));
	assert_null(ac_lab_find(word));
}

/* Amounts by mass and by substance, against molar masses worked out by hand. */
static void
conversions(void **state)
{
	static const struct { const char *name, *unit; double from, to; } rows[] = { { "creatinine", "umol/L", 88.42, 1.0 }, { "glucose", "mmol/L", 5.551, 100.0 },
		{ "hba1c", "mmol/mol", 48, 6.543 }, { "temperature", "[degF]", 98.6, 37.0 }, { "weight", "[lb_av]", 100, 45.359237 }, { "wbc", "/uL", 4200, 4.2 },
		{ "bilirubin", "umol/L", 17.104, 1.0 }, { "calcium", "mmol/L", 2.5, 10.02 }, { "vitamin-d", "nmol/L", 75, 30.05 }, { "cholesterol", "mmol/L", 5.172, 200.0 },
		{ "urea", "mmol/L", 3.57, 10.0 }, { "hemoglobin", "g/L", 140, 14.0 } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ac_lab_unit *u = ac_lab_unit(ac_lab_find(rows[i].name), rows[i].unit);
		double got = rows[i].from * u->times + u->plus;

		if (got < rows[i].to * 0.998 || got > rows[i].to * 1.002)
			fail_msg("%s: %g", rows[i].name, got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(codes_and_units), cmocka_unit_test(ranges), cmocka_unit_test(one_name_one_test),
		cmocka_unit_test(spellings), cmocka_unit_test(nearest), cmocka_unit_test(conversions) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
