/* SPDX-License-Identifier: ISC */
/* What a plan is not given by the command, which checks it first: doses that are none, and more
 * documents than one step changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "store/vault.h"

static enum ac_err
begin(struct ac_space *s, const struct ac_careplan_exposure *e, size_t n, struct ac_fault *f)
{
	const struct ac_careplan_options o = { .name = "adult-all-acs", .since = "2024-02-01", .exposures = e, .n = n, .today = "2024-06-01" };
	struct ac_wrote w;

	return ac_careplan_new(&w, s, &o, f);
}

static void
doses(void **state)
{
	static const char *const none[] = { "", "1,\"x\":2", "1}", "\"1\"", "01", "1.", "-1", "1 2", "null", "[]", "abc" };
	static const char *const some[] = { "0", "250", "37.50", "1e2" };
	struct ac_careplan_exposure e = { .code = "anthracycline", .unit = "mg/m2" };
	struct vault *v = *state;
	struct ac_fault f = { 0 };
	struct ac_wrote w;
	size_t i;

	for (i = 0; i < sizeof none / sizeof *none; i++) {
		e.value = none[i];
		assert_int_equal(begin(v->s, &e, 1, &f), AC_EUSAGE);
		assert_non_null(strstr(f.text, "37.5"));
	}
	e = (struct ac_careplan_exposure){ .code = "anthracycline", .value = "250" };
	assert_int_equal(begin(v->s, &e, 1, &f), AC_EUSAGE);
	assert_non_null(strstr(f.text, "mg/m2"));
	e.unit = "mg/m2";
	assert_int_equal(begin(v->s, &e, 1, &f), AC_OK);
	for (i = 0; i < sizeof some / sizeof *some; i++) {
		e.value = some[i];
		assert_int_equal(ac_careplan_expose(&w, v->s, &e, "2024-06-01", &f), AC_OK);
	}
}

static void
many(void **state)
{
	struct ac_careplan_exposure e[39];
	struct vault *v = *state;
	struct ac_fault f = { 0 };
	struct ac_careplan p;
	struct ac_arena a = { 0 };
	size_t i;

	for (i = 0; i < 39; i++)
		e[i] = (struct ac_careplan_exposure){ .code = "vincristine" };
	assert_int_equal(begin(v->s, e, 39, &f), AC_ELIMIT);
	assert_non_null(strstr(f.text, "fewer"));
	assert_int_equal(ac_careplan_read(&p, &a, v->s, "2024-06-01", &f), AC_ENOTFOUND);
	assert_int_equal(begin(v->s, e, 38, &f), AC_OK);
	assert_int_equal(ac_careplan_read(&p, &a, v->s, "2024-06-01", &f), AC_OK);
	ac_arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(doses, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(many, vault_setup, vault_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
