/* SPDX-License-Identifier: ISC */
/* What the state keeps of what others do has a bound, and a flood of one thing hides no other. */
#include "made.h"

#include "store/crypto.h"
#include "sync/exchange.h"
#include "sync/later.h"
#include "store/vault.h"

static bool
told(struct ac_space *s, const char *kind, int64_t seq, const char *remote)
{
	struct ac_fault f = { 0 };
	bool fresh;

	if (ac_alert_add(s, kind, s->branch, seq, remote, "a sentence", NULL, &fresh, &f))
		fail_msg("%s", f.text);
	return fresh;
}

static int
count(void *ctx, const struct ac_alert *a)
{
	(void)a;
	++*(int *)ctx;
	return 0;
}

static void
alerts(void **state)
{
	struct vault *v = *state;
	int64_t i;
	int n = 0;

	for (i = 0; i < 300; i++)
		assert_int_equal(told(v->s, "corrupt", i, "hub"), i < 256);
	assert_false(told(v->s, "corrupt", 3, "hub"));
	assert_true(told(v->s, "withheld", 3, "hub"));
	assert_true(told(v->s, "corrupt", 3, "stick"));
	assert_int_equal(ac_alerts(v->h, count, &n, NULL), AC_OK);
	assert_int_equal(n, 258);
}

/* Of very many the eldest that were put away are forgotten, and none that is open. */
static void
cleared(void **state)
{
	struct vault *v = *state;
	struct ac_arena a = { 0 };
	struct ac_val *list = ac_entry_list(&a, 4096), *row;
	const struct ac_val *all;
	struct ac_fault f = { 0 };
	char id[16];
	size_t i;

	for (i = 0; i < 4096; i++) {
		snprintf(id, sizeof id, "x%07zu", i);
		row = ac_entry_list(&a, 8);
		*ac_entry_at(row, 0) = ac_val_text(ac_arena_text(&a, id, strlen(id)));
		*ac_entry_at(row, 1) = ac_val_text("fork");
		*ac_entry_at(row, 2) = *ac_entry_at(row, 3) = *ac_entry_at(row, 4) = *ac_entry_at(row, 6) = ac_val_text("");
		*ac_entry_at(row, 5) = ac_val_int(1);
		*ac_entry_at(row, 7) = ac_val_bool(i != 0);
		*ac_entry_at(list, i) = *row;
	}
	assert_int_equal(ac_home_lock(v->h, &f), AC_OK);
	assert_int_equal(ac_state_put(v->h, "alerts", list, &f), AC_OK);
	ac_home_unlock(v->h);
	assert_true(told(v->s, "fork", 1, "hub"));
	all = ac_state_get(v->h, "alerts");
	assert_int_equal(all->n, 4096);
	assert_string_equal(all->items[0].items[0].s, "x0000000"); /* open */
	assert_string_equal(all->items[1].items[0].s, "x0000002");
	assert_false(all->items[4095].items[7].b);
	ac_arena_free(&a);
}

static size_t
rows(struct ac_space *s)
{
	const struct ac_val *all = ac_mark_get(s, "later");

	return all ? all->n : 0;
}

static void
later(void **state)
{
	struct vault *v = *state;
	struct ac_later_branch b = { .branch = { 7 }, .next = 5, .made = "segment format 9", .named = 8 };
	struct ac_fault f = { 0 };
	struct ac_arena a = { 0 };
	struct ac_val *list, *row;
	char file[40];
	size_t i;

	/* another remote speaks for what others named there, and for nothing behind it */
	assert_int_equal(ac_later_note(v->s, "hub", &b, 1, &f), AC_OK);
	assert_true(ac_later_elsewhere(v->s, "stick", b.branch, 7));
	assert_false(ac_later_elsewhere(v->s, "stick", b.branch, 8));
	assert_false(ac_later_elsewhere(v->s, "hub", b.branch, 7));
	/* where the chain here is past it, it waits no more, whichever remote is asked */
	memcpy(b.branch, v->s->branch, 16);
	b.next = 0;
	assert_int_equal(ac_later_note(v->s, "old.bundle", &b, 1, &f), AC_OK);
	assert_int_equal(rows(v->s), 2);
	assert_int_equal(ac_later_note(v->s, "other", NULL, 0, &f), AC_OK);
	assert_int_equal(rows(v->s), 1);
	/* received files are remotes of a name each: the eldest go */
	assert_non_null(list = ac_entry_list(&a, 1200));
	for (i = 0; i < 1200; i++) {
		snprintf(file, sizeof file, "file %zu", i);
		assert_non_null(row = ac_entry_list(&a, 5));
		*ac_entry_at(row, 0) = ac_val_bytes(v->s->branch, 16);
		*ac_entry_at(row, 1) = ac_val_int(99);
		*ac_entry_at(row, 2) = ac_val_text(b.made);
		*ac_entry_at(row, 3) = ac_val_text(ac_arena_text(&a, file, strlen(file)));
		*ac_entry_at(row, 4) = ac_val_int(i == 1199 ? 100 : 0);
		*ac_entry_at(list, i) = *row;
	}
	assert_int_equal(ac_home_lock(v->h, &f), AC_OK);
	assert_int_equal(ac_mark_put(v->s, "later", list, &f), AC_OK);
	ac_home_unlock(v->h);
	b.next = 99;
	assert_int_equal(ac_later_note(v->s, "hub", &b, 1, &f), AC_OK);
	assert_int_equal(rows(v->s), 1025);
	assert_true(ac_later_elsewhere(v->s, "hub", b.branch, 99));
	ac_arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(alerts, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(cleared, vault_setup, vault_teardown),
		cmocka_unit_test_setup_teardown(later, vault_setup, vault_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
