/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "schema/schema.h"

static void
buf_ceiling(void **state)
{
	struct ac_buf b = { .max = 100 };
	unsigned char junk[101] = { 0 };

	(void)state;
	assert_int_equal(ac_buf_add(&b, junk, 101), AC_ELIMIT);
	assert_int_equal(b.len, 0);
	assert_int_equal(ac_buf_add(&b, junk, 100), AC_OK);
	assert_int_equal(ac_buf_add(&b, junk, 1), AC_ELIMIT);
	assert_int_equal(b.len, 100);
	ac_buf_free(&b);
	assert_int_equal(b.len, 0);
}

static void
buf_text(void **state)
{
	struct ac_buf b = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		assert_int_equal(ac_buf_addf(&b, "%d,", i), AC_OK);
	assert_memory_equal(b.p, "0,1,2,3,", 8);
	assert_int_equal(b.len, 2 * 10 + 3 * 90 + 4 * 900);
	ac_buf_free(&b);
}

static void
arena_ceiling(void **state)
{
	struct ac_arena a = { .max = 1000 };
	char *s;

	(void)state;
	assert_null(ac_arena_get(&a, 1001));
	s = ac_arena_text(&a, "hello", 5);
	assert_string_equal(s, "hello");
	assert_null(ac_arena_get(&a, 1000));
	assert_non_null(ac_arena_get(&a, 900));
	ac_arena_free(&a);
}

static void
maps(void **state)
{
	struct ac_arena a = { 0 };
	struct ac_val one = ac_val_int(1), two = ac_val_text("two");
	const struct ac_val *m = ac_val_set(&a, NULL, "one", &one), *n, *c;

	(void)state;
	n = ac_val_set(&a, m, "two", &two);
	assert_int_equal(m->n, 1);
	assert_int_equal(n->n, 2);
	assert_string_equal(ac_val_str(n, "two"), "two");
	assert_null(ac_val_str(n, "one"));
	assert_null(ac_val_get(n, "on"));
	c = ac_val_copy(&a, n);
	assert_true(ac_val_equal(c, n));
	assert_false(ac_val_equal(c, m));
	c = ac_val_unset(&a, c, "two");
	assert_true(ac_val_equal(c, m));
	ac_arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buf_ceiling),
		cmocka_unit_test(buf_text),
		cmocka_unit_test(arena_ceiling),
		cmocka_unit_test(maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
