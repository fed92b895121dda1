/* SPDX-License-Identifier: ISC */
#include "made.h"

#include "sync/age.h"
#include "sync/kit.h"

static struct ac_home *home;
static struct ac_space *space;
static unsigned char kit[32];
static char text[80];

static int
setup(void **state)
{
	if (made_setup(state))
		return -1;
	home = made_make("home", &space, kit);
	ac_age_identity_format(text, kit);
	return 0;
}

static int
teardown(void **state)
{
	ac_home_close(home);
	return made_teardown(state);
}

/* As a person types it, and as it stands in a page. */
static void
secrets(void **state)
{
	unsigned char got[32], keys[AC_KIT_KEYS * 32];
	char spaced[300] = "<p>Recovery key: ", lower[300], wrong[80], two[400];
	size_t i, n = strlen(spaced);

	(void)state;
	for (i = 0; text[i]; i++) {
		spaced[n++] = text[i];
		if (i % 5 == 4)
			spaced[n++] = i % 2 ? '\n' : ' ';
	}
	snprintf(spaced + n, sizeof spaced - n, "</p>");
	MUST(ac_kit_secret(got, spaced, &fault));
	assert_memory_equal(got, kit, 32);
	for (i = 0; text[i]; i++)
		lower[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
	lower[i] = 0;
	MUST(ac_kit_secret(got, lower, &fault));
	assert_memory_equal(got, kit, 32);
	for (i = 0; text[i]; i++) {
		snprintf(wrong, sizeof wrong, "%s", text);
		wrong[i] = text[i] == 'Q' ? 'P' : 'Q';
		memset(got, 7, 32);
		assert_int_equal(ac_kit_secret(got, wrong, &fault), AC_EINVAL);
		assert_int_equal(got[0], 7);
		assert_null(strstr(fault.text, text + 20));
		wrong[i] = 0;
		assert_int_equal(ac_kit_secret(got, wrong, &fault), AC_EINVAL);
	}
	snprintf(two, sizeof two, "# a\n%s\n# b\n%s\n", text, lower);
	MUST(ac_kit_find(keys, &n, two, &fault));
	assert_int_equal(n, 2);
	assert_memory_equal(keys + 32, kit, 32);
}

static void
sheet(void **state)
{
	struct ac_arena a = { 0 };
	unsigned char root[32];
	struct ac_kit k;
	char hex[65];

	(void)state;
	MUST(ac_kit_sheet(&k, &a, space, kit, &fault));
	assert_string_equal(k.secret, text);
	assert_string_equal(k.person, "Ana Ruiz");
	ac_space_root(space, root);
	ac_crypto_hex(hex, root, 32);
	assert_string_equal(k.root, hex);
	assert_int_equal(strlen(k.space), 16);
	assert_int_equal(k.nremotes, 0);
	MUST(ac_remote_add(space, "hub", "ssh://hub/ana", &fault));
	MUST(ac_kit_sheet(&k, &a, space, kit, &fault));
	assert_int_equal(k.nremotes, 1);
	assert_string_equal(k.remotes[0], "ssh://hub/ana");
	ac_arena_free(&a);
}

static void
check(void **state)
{
	unsigned char other[32], pk[32], want[32];
	char s[80];
	size_t i;

	(void)state;
	MUST(ac_kit_check(space, text, &fault));
	ac_crypto_random(other, 32);
	ac_age_identity_format(s, other);
	assert_int_equal(ac_kit_check(space, s, &fault), AC_EREFUSED);
	assert_int_equal(ac_kit_check(space, "AGE-SECRET-KEY-1", &fault), AC_EINVAL);
	/* a backup can be sealed to the kit although it lies in a drawer */
	ac_crypto_dh_public(want, kit);
	for (i = 0; i < space->members.ni; i++)
		if (space->members.i[i].standing == AC_KIT)
			assert_true(ac_kit_public(pk, &space->members.i[i]));
	assert_memory_equal(pk, want, 32);
}

static void
renew(void **state)
{
	unsigned char fresh[32], hash[32];
	const char *at = made_path("home");
	const struct ac_invite *i;
	struct ac_home *h;
	struct ac_verified v;
	char s[80];

	(void)state;
	memcpy(hash, space->epochs.keys[space->epochs.n - 1].hash, 32);
	MUST(ac_kit_renew(space, fresh, &fault));
	assert_memory_not_equal(fresh, kit, 32);
	assert_int_equal(ac_kit_check(space, text, &fault), AC_EREFUSED);
	ac_age_identity_format(s, fresh);
	MUST(ac_kit_check(space, s, &fault));
	assert_non_null(i = ac_kit_invite(space, fresh));
	assert_int_equal(i->role, AC_OWNER);
	assert_null(ac_kit_invite(space, kit));
	/* a new epoch, clean: the retired kit opens nothing that is written from now on */
	assert_memory_not_equal(space->epochs.keys[space->epochs.n - 1].hash, hash, 32);
	assert_true(space->epochs.keys[space->epochs.n - 1].clean);
	made_fill(space);
	MUST(ac_verify(&v, home, NULL, NULL, NULL, &fault));
	assert_int_equal(v.bad, 0);
	/* the forgotten passphrase is reset by the new sheet, not by the old */
	assert_int_equal(ac_home_reset(at, kit, "second", 6, &fault), AC_ELOCKED);
	MUST(ac_home_reset(at, fresh, "second", 6, &fault));
	assert_int_equal(ac_home_open(&h, at, PASS, strlen(PASS), NULL, NULL, &fault), AC_ELOCKED);
	MUST(ac_home_open(&h, at, "second", 6, NULL, NULL, &fault));
	MUST(ac_kit_check(ac_home_space(h, 0), s, &fault));
	ac_home_close(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets), cmocka_unit_test(sheet), cmocka_unit_test(check), cmocka_unit_test(renew),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
