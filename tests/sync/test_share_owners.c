/* SPDX-License-Identifier: ISC */
/* An owner's device that is removed from the vault is no owner of its shares either. */
#include "made.h"

#include "sync/exchange.h"
#include "sync/share.h"

static struct ac_home *home[3];
static struct ac_space *vault[3];
enum { LAPTOP, PHONE, TABLET };
static char hub[256];

static void
sync_one(int who)
{
	struct ac_sync_result r;

	MUST(ac_sync(&r, vault[who], NULL, NULL, &fault));
	assert_int_equal(r.failed + r.new_alerts, 0);
}

static void
join(int who, const char *name)
{
	struct ac_join j = { .passphrase = PASS, .npassphrase = strlen(PASS), .home_flags = AC_HOME_QUICK };
	struct ac_invited inv;
	char path[256];

	MUST(ac_device_invite(&inv, vault[LAPTOP], NULL, AC_OWNER, 3600000, &fault));
	snprintf(path, sizeof path, "%s", made_path(name));
	j.home = path;
	j.code = inv.code;
	j.device = name;
	MUST(ac_join(&home[who], &vault[who], &j, NULL, &fault));
}

static struct ac_space *
share_of(int who)
{
	struct ac_space *s = NULL;

	MUST(ac_share_space(&s, vault[who], "Dr Lee", &fault));
	return s;
}

static int
setup(void **state)
{
	struct ac_share_options o = { .filter = { .all = true }, .write = true };
	struct ac_invited inv;
	unsigned char kit[32];
	int i;

	if (made_setup(state))
		return -1;
	snprintf(hub, sizeof hub, "%s", made_path("hub"));
	home[LAPTOP] = made_make("laptop", &vault[LAPTOP], kit);
	MUST(ac_hub_init(hub, &fault));
	MUST(ac_remote_add(vault[LAPTOP], "hub", hub, &fault));
	join(PHONE, "phone");
	sync_one(LAPTOP);
	made_fill(vault[LAPTOP]);
	MUST(ac_share_create(&inv, vault[LAPTOP], "Dr Lee", &o, &fault));
	for (i = 0; i < 3; i++) {
		sync_one(LAPTOP);
		sync_one(PHONE);
	}
	return 0;
}

static int
teardown(void **state)
{
	int i;

	for (i = 0; i < 3; i++)
		ac_home_close(home[i]);
	memset(home, 0, sizeof home);
	return made_teardown(state);
}

static size_t
owners(const struct ac_space *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->members.n; i++)
		n += s->members.m[i].role == AC_OWNER && !s->members.m[i].removed;
	return n;
}

static size_t
standing(const struct ac_space *s, bool open)
{
	size_t i, n = 0;

	for (i = 0; i < s->members.ni; i++)
		n += s->members.i[i].standing == AC_KIT && s->members.i[i].cancelled != open;
	return n;
}

static int64_t
versions(const struct ac_space *s)
{
	int64_t n = 0;

	MUST(ac_index_int(&n, s->home->index, &fault, "SELECT count(*) FROM version v JOIN doc d ON d.id = v.doc WHERE"
	    " d.space = ?", "i", s->id));
	return n;
}

/* What a program that minds no rule takes of the share from the hub. */
static void
take_all(struct ac_space *s)
{
	struct ac_quarantine q;
	struct ac_taken t;

	MUST(ac_quarantine_open(&q, s->home, &fault));
	MUST(ac_quarantine_fetch(&q, hub, (const unsigned char (*)[8])s->sid, 1, NULL, &fault));
	MUST(ac_take(&t, &q, s, "hub", false, NULL, &fault));
	ac_quarantine_close(&q);
}

static void
removed_from_shares(void **state)
{
	struct ac_space *mine, *theirs;
	int64_t before;

	(void)state;
	mine = share_of(LAPTOP);
	theirs = share_of(PHONE);
	assert_int_equal(owners(mine), 2);
	assert_int_equal(versions(theirs), versions(mine));
	before = versions(theirs);
	MUST(ac_device_remove(vault[LAPTOP], "phone", &fault));
	sync_one(LAPTOP);
	assert_int_equal(owners(mine), 1);
	assert_int_equal(standing(mine, true), 1);
	assert_int_equal(standing(mine, false), 1);
	made_put(vault[LAPTOP], "{\"resourceType\":\"Basic\",\"id\":\"later\",\"code\":{\"text\":\"later\"}}");
	sync_one(LAPTOP);
	assert_true(versions(mine) > before);
	take_all(vault[PHONE]);
	take_all(theirs);
	assert_int_equal(versions(theirs), before);
	assert_true(ac_members_find(&theirs->members, theirs->me)->removed); /* which it can read */
}

/* One that comes later learns the new secret, and belongs; so does the one that stayed. */
static void
others_go_on(void **state)
{
	struct ac_space *mine, *other;
	int i;

	(void)state;
	join(TABLET, "tablet");
	for (i = 0; i < 3; i++) {
		sync_one(LAPTOP);
		sync_one(TABLET);
	}
	MUST(ac_device_remove(vault[LAPTOP], "phone", &fault));
	for (i = 0; i < 3; i++) {
		sync_one(LAPTOP);
		sync_one(TABLET);
	}
	mine = share_of(LAPTOP);
	other = share_of(TABLET);
	assert_int_equal(owners(mine), 2);
	assert_int_equal(owners(other), 2);
	ac_home_close(home[PHONE]);
	home[PHONE] = NULL;
	join(PHONE, "new-phone");
	made_put(vault[LAPTOP], "{\"resourceType\":\"Basic\",\"id\":\"later\",\"code\":{\"text\":\"later\"}}");
	for (i = 0; i < 3; i++) {
		sync_one(LAPTOP);
		sync_one(PHONE);
	}
	assert_int_equal(owners(share_of(PHONE)), 3);
	assert_int_equal(versions(share_of(PHONE)), versions(mine));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(removed_from_shares, setup, teardown),
		cmocka_unit_test_setup_teardown(others_go_on, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
