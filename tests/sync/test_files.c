/* SPDX-License-Identifier: ISC */
/* Attachments among members of whom one says false things about them. */
#include "made.h"

#include "sync/files.h"

static struct ac_home *home[3];
static struct ac_space *space[3];
enum { LAPTOP, BEN, PHONE }; /* owner, writer, owner */
static char hub[256];

static void
sync_all(void)
{
	struct ac_sync_result r;
	int i, k;

	for (k = 0; k < 2; k++)
		for (i = 0; i < 3; i++) {
			MUST(ac_sync(&r, space[i], NULL, NULL, &fault));
			assert_int_equal(r.failed + r.new_alerts, 0);
		}
}

static void
join(int who, const char *name, enum ac_role role)
{
	struct ac_join j = { .passphrase = PASS, .npassphrase = strlen(PASS), .home_flags = AC_HOME_QUICK };
	struct ac_invited inv;
	char path[256];

	MUST(ac_device_invite(&inv, space[LAPTOP], NULL, role, 3600000, &fault));
	snprintf(path, sizeof path, "%s", made_path(name));
	j.home = path;
	j.code = inv.code;
	j.device = name;
	MUST(ac_join(&home[who], &space[who], &j, NULL, &fault));
}

static int
setup(void **state)
{
	unsigned char kit[32];

	if (made_setup(state))
		return -1;
	snprintf(hub, sizeof hub, "%s", made_path("hub"));
	home[LAPTOP] = made_make("laptop", &space[LAPTOP], kit);
	MUST(ac_hub_init(hub, &fault));
	MUST(ac_remote_add(space[LAPTOP], "hub", hub, &fault));
	join(BEN, "ben", AC_WRITER);
	join(PHONE, "phone", AC_OWNER);
	sync_all();
	return 0;
}

static int
teardown(void **state)
{
	int i;

	for (i = 0; i < 3; i++)
		ac_home_close(home[i]);
	return made_teardown(state);
}

/* ------------------------------------------------------------------- bytes */

struct bytes { unsigned char *p; size_t n, at; unsigned char hash[32]; };

static struct bytes
make(size_t n)
{
	struct bytes b = { malloc(n), n, 0, { 0 } };

	ac_crypto_random(b.p, n);
	ac_crypto_hash(b.hash, 32, b.p, n, NULL, 0);
	return b;
}

static enum ac_err
give(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	struct bytes *b = ctx;

	(void)f;
	if (*n > b->n - b->at)
		*n = b->n - b->at;
	memcpy(p, b->p + b->at, *n);
	b->at += *n;
	return AC_OK;
}

static void
store(int who, struct bytes *b)
{
	struct ac_source from = { give, b };
	struct ac_append ap;

	b->at = 0;
	MUST(ac_append_begin(&ap, space[who], &fault));
	MUST(ac_chunks_put(&ap, b->hash, b->n, &from, &fault));
	MUST(ac_append_commit(&ap, &fault));
	ac_append_end(&ap);
}

static enum ac_err
equal(void *ctx, const void *p, size_t n, struct ac_fault *f)
{
	struct bytes *b = ctx;

	(void)f;
	assert_true(n <= b->n - b->at);
	assert_memory_equal(p, b->p + b->at, n);
	b->at += n;
	return AC_OK;
}

static void
reads(int who, struct bytes *b)
{
	struct ac_sink to = { equal, b };

	b->at = 0;
	MUST(ac_chunks_get(space[who], b->hash, &to, &fault));
	assert_int_equal(b->at, b->n);
}

static void
clean(int who)
{
	struct ac_verified v;

	MUST(ac_verify(&v, home[who], NULL, NULL, NULL, &fault));
	assert_int_equal(v.bad, 0);
}

/* ------------------------------------------------------------------- false entries */

static void
write_entry(int who, const unsigned char *hash, int64_t size, const unsigned char *key, const unsigned char *branch,
	const struct ac_val *chunks)
{
	struct ac_val e[6] = { ac_val_int(AC_ENTRY_BLOB), ac_val_bytes(hash, 32), ac_val_int(size), ac_val_bytes(key, 32),
		ac_val_bytes(branch, 16), *chunks };
	struct ac_val list = { .kind = AC_ARR, .n = 6, .items = e };
	struct ac_append ap;

	MUST(ac_append_begin(&ap, space[who], &fault));
	MUST(ac_append_entry(&ap, &list, 200, &fault));
	MUST(ac_append_commit(&ap, &fault));
	ac_append_end(&ap);
}

/* An entry that is in order but for its hash: what it leads to opens, and is `instead`. */
static void
lie(int who, const struct bytes *about, const struct bytes *instead)
{
	struct ac_rows q = ac_index_query(home[who]->index, "SELECT key, branch, chunks FROM blob WHERE space = ? AND hash = ?",
		"ib", space[who]->id, instead->hash, (size_t)32);
	unsigned char key[32], branch[16];
	const struct ac_val *chunks;
	struct ac_arena a = { 0 };
	struct ac_buf copy = { 0 };
	size_t n;

	assert_true(ac_rows_next(&q));
	memcpy(key, ac_rows_blob(&q, 0, &n), 32);
	memcpy(branch, ac_rows_blob(&q, 1, &n), 16);
	const void *p = ac_rows_blob(&q, 2, &n);
	MUST(ac_buf_add(&copy, p, n));
	MUST(ac_rows_end(&q, &fault));
	MUST(ac_mp_read(&chunks, &a, copy.p, copy.len, &fault));
	write_entry(who, about->hash, (int64_t)instead->n, key, branch, chunks);
	ac_buf_free(&copy);
	ac_arena_free(&a);
}

static void
lie_badly(int who, const struct bytes *about)
{
	unsigned char r[64];
	struct ac_val one, none = { .kind = AC_ARR }, list = { .kind = AC_ARR, .n = 1, .items = &one };

	ac_crypto_random(r, sizeof r);
	one = ac_val_bytes(r, 20);
	write_entry(who, about->hash, 17, r, r + 32, &list);  /* nowhere */
	write_entry(who, about->hash, 17, r, r + 32, &none);  /* no file at all */
	write_entry(who, about->hash, -1, r, r + 32, &list);
	one = ac_val_text("chunk");
	write_entry(who, about->hash, 17, r, r + 32, &list);
}

/* Ben says false things of a file before anybody has stored it, and after. */
static void
false_places(void **state)
{
	struct bytes x[2] = { make(3000000), make(5000) }, y[2] = { make(3000000), make(5000) };
	struct ac_chunks_at *at;
	size_t n;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		store(BEN, &y[i]);
		lie(BEN, &x[i], &y[i]);
		lie_badly(BEN, &x[i]);
	}
	sync_all();
	MUST(ac_files_fetch(space[LAPTOP], y[0].hash, &fault)); /* what he leads to is here, and opens */
	for (i = 0; i < 2; i++) {
		assert_false(ac_chunks_here(space[LAPTOP], x[i].hash));
		assert_int_not_equal(ac_files_fetch(space[LAPTOP], x[i].hash, &fault), AC_OK);
		store(LAPTOP, &x[i]); /* he who has it is not told that it was stored */
		reads(LAPTOP, &x[i]);
	}
	sync_all();
	for (i = 0; i < 2; i++) {
		lie(BEN, &x[i], &y[i]);
		MUST(ac_files_fetch(space[PHONE], x[i].hash, &fault));
		assert_true(ac_chunks_here(space[PHONE], x[i].hash));
		reads(PHONE, &x[i]);
		reads(LAPTOP, &x[i]);
	}
	sync_all();
	MUST(ac_chunks_places(&at, &n, space[PHONE], x[0].hash, &fault));
	assert_int_equal(n, 7);
	free(at);
	for (i = 0; i < 2; i++) {
		MUST(ac_files_fetch(space[BEN], x[i].hash, &fault));
		reads(BEN, &x[i]);
		reads(PHONE, &x[i]);
	}
	for (i = 0; i < 3; i++)
		clean(i);
	for (i = 0; i < 2; i++) {
		free(x[i].p);
		free(y[i].p);
	}
}

/* One who writes many entries stands behind everybody else with all but the first. */
static void
many_places(void **state)
{
	struct bytes x = make(2000);
	struct ac_chunks_at *at;
	size_t n;
	int i;

	(void)state;
	for (i = 0; i < 30; i++)
		lie_badly(BEN, &x);
	sync_all();
	store(LAPTOP, &x);
	sync_all();
	MUST(ac_chunks_places(&at, &n, space[PHONE], x.hash, &fault));
	assert_int_equal(n, 121);
	assert_int_equal(at[0].size == x.n || at[1].size == x.n, 1);
	free(at);
	MUST(ac_files_fetch(space[PHONE], x.hash, &fault));
	reads(PHONE, &x);
	free(x.p);
}

/* Somebody puts junk on top of the laptop's branch at the hub. The phone does not take it; and
 * where it has some, by a file, what the laptop stores there later comes all the same. */
static void
junk_on_top(void **state)
{
	struct bytes x = make(4000), later = make(4000);
	unsigned char files[8], junk[64] = "ACFC\1";
	struct ac_chunks_at at;
	struct ac_sync_result r;
	struct ac_synced sent;
	struct ac_repo *repo;
	struct ac_oid tip, over, at_phone;
	char ref[80], file[256];

	(void)state;
	store(LAPTOP, &x);
	sync_all();
	MUST(ac_chunks_find(&at, space[LAPTOP], x.hash, &fault));
	ac_space_files(files, space[LAPTOP]);
	ac_repo_ref_name(ref, files, at.branch);
	MUST(ac_repo_open(&repo, hub, false, &fault));
	MUST(ac_repo_ref_get(&tip, repo, ref, &fault));
	MUST(ac_repo_write(&over, repo, &tip, &(struct ac_buf){ .p = junk, .len = sizeof junk }, 1, &fault));
	MUST(ac_repo_ref_set(repo, ref, &over, &tip, &fault));
	ac_repo_close(repo);
	MUST(ac_files_fetch(space[PHONE], x.hash, &fault));
	reads(PHONE, &x);
	MUST(ac_repo_ref_get(&at_phone, home[PHONE]->repo, ref, &fault));
	assert_memory_equal(&at_phone, &tip, sizeof tip);
	MUST(ac_repo_write(&over, home[PHONE]->repo, &tip, &(struct ac_buf){ .p = junk, .len = sizeof junk }, 1, &fault));
	MUST(ac_repo_ref_set(home[PHONE]->repo, ref, &over, &tip, &fault));
	store(LAPTOP, &later);
	snprintf(file, sizeof file, "%s", made_path("passed"));
	MUST(ac_send(space[LAPTOP], NULL, file, &sent, &fault));
	MUST(ac_receive(&r, space[PHONE], file, NULL, &fault));
	reads(PHONE, &later);
	reads(PHONE, &x);
	/* beside what was there, which stays */
	MUST(ac_repo_ref_get(&tip, home[PHONE]->repo, ref, &fault));
	assert_memory_equal(&tip, &over, sizeof tip);
	clean(PHONE);
	free(x.p);
	free(later.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(false_places, setup, teardown),
		cmocka_unit_test_setup_teardown(many_places, setup, teardown),
		cmocka_unit_test_setup_teardown(junk_on_top, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
