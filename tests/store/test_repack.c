/* SPDX-License-Identifier: ISC */
/* Loose objects into packs: all is readable at every moment, whoever dies when. */
#include "made.h"

#include <signal.h>
#include <sys/wait.h>

#define COMMITS 100

static struct ac_repo *repo;
static struct ac_oid commit[COMMITS + 40], blob[COMMITS + 40];
static size_t n;
static char objects[300];

static void
add(size_t size)
{
	unsigned char *p = malloc(size);
	struct ac_batch *b = malloc(sizeof *b);
	struct ac_buf buf = { .p = p, .len = size };

	ac_crypto_random(p, size);
	MUST(ac_repo_write(&commit[n], repo, n ? &commit[n - 1] : NULL, &buf, 1, &fault));
	MUST(ac_repo_read(b, repo, &commit[n], &fault));
	blob[n++] = b->blobs[0];
	free(b);
	free(p);
}

static int
setup(void **state)
{
	if (made_setup(state))
		return -1;
	n = 0;
	MUST(ac_repo_open(&repo, made_path("r.git"), true, &fault));
	snprintf(objects, sizeof objects, "%s/objects", made_path("r.git"));
	while (n < COMMITS)
		add(300 + n);
	return 0;
}

static int
teardown(void **state)
{
	ac_repo_close(repo);
	return made_teardown(state);
}

static size_t
count(const char *what)
{
	struct ac_buf b = { 0 };
	char cmd[700];
	size_t k;

	snprintf(cmd, sizeof cmd, "find %s %s | wc -l >%s", objects, what, made_path("count"));
	assert_int_equal(system(cmd), 0);
	MUST(ac_file_read(&b, made_path("count"), 100, &fault));
	MUST(ac_buf_add(&b, "", 1));
	k = strtoul((char *)b.p, NULL, 10);
	ac_buf_free(&b);
	return k;
}

#define LOOSE   "-path '*/[0-9a-f][0-9a-f]/*' -type f"
#define FOLDERS "-name '[0-9a-f][0-9a-f]' -type d"
#define PACKS   "-name 'pack-*.pack'"

static void
readable(struct ac_repo *r)
{
	struct ac_batch *b = malloc(sizeof *b);
	struct ac_buf bytes = { 0 };
	size_t i;

	for (i = 0; i < n; i++) {
		MUST(ac_repo_read(b, r, &commit[i], &fault));
		assert_memory_equal(&b->blobs[0], &blob[i], sizeof blob[i]);
		ac_buf_reset(&bytes);
		MUST(ac_repo_blob(&bytes, r, &blob[i], 1 << 20, &fault));
	}
	ac_buf_free(&bytes);
	free(b);
}

static void
readable_anew(void)
{
	struct ac_repo *r;

	MUST(ac_repo_open(&r, made_path("r.git"), false, &fault));
	readable(r);
	ac_repo_close(r);
}

static void
packs_once(void **state)
{
	struct ac_repo *before;
	char cmd[700];

	(void)state;
	MUST(ac_repo_open(&before, made_path("r.git"), false, &fault));
	MUST(ac_repo_repack(repo, objects, 3 * COMMITS + 1, 0, &fault));
	assert_int_equal(count(LOOSE), 3 * COMMITS); /* not so many */
	MUST(ac_repo_repack(repo, objects, 3 * COMMITS, 0, &fault));
	assert_int_equal(count(LOOSE), 0);
	assert_int_equal(count(FOLDERS), 0);
	assert_int_equal(count(PACKS), 1);
	assert_false(ac_repo_crowded(objects, 1));
	readable(before); /* who opened it before finds all in the pack */
	readable(repo);
	readable_anew();
	ac_repo_close(before);
	/* no deltas, and git agrees */
	snprintf(cmd, sizeof cmd, "git -C %s fsck --full --strict 2>%s/fsck && ! git verify-pack -v %s/pack/pack-*.idx |"
		" grep -q 'chain length'", made_path("r.git"), made_top, objects);
	assert_int_equal(system(cmd), 0);
	/* what is written again is not written loose again; what is new is */
	add(200);
	assert_int_equal(count(LOOSE), 3);
	readable(repo);
}

/* A folder without a lock: nothing goes until the pack is old. */
static void
hub(void **state)
{
	char cmd[700];
	size_t folders;

	(void)state;
	MUST(ac_repo_repack(repo, objects, 100, 3600, &fault));
	assert_int_equal(count(PACKS), 1);
	assert_int_equal(count(LOOSE), 3 * COMMITS);
	MUST(ac_repo_repack(repo, objects, 100, 3600, &fault));
	assert_int_equal(count(PACKS), 1);
	assert_int_equal(count(LOOSE), 3 * COMMITS);
	snprintf(cmd, sizeof cmd, "chmod u+w %s/pack/*; touch -d '2 hours ago' %s/pack/*", objects, objects);
	assert_int_equal(system(cmd), 0);
	add(100);
	folders = count(FOLDERS);
	MUST(ac_repo_repack(repo, objects, 100, 3600, &fault));
	assert_int_equal(count(LOOSE), 3);
	assert_int_equal(count(FOLDERS), folders);
	assert_int_equal(count("-name 'tmp_*'"), 0);
	readable_anew();
}

/* A damaged object is left for verify to find; the rest is packed. Large ones stay. */
static void
leaves(void **state)
{
	struct ac_buf b = { 0 };
	char hex[41], path[400];

	(void)state;
	ac_crypto_hex(hex, blob[7].id, 20);
	snprintf(path, sizeof path, "%s/%.2s/%s", objects, hex, hex + 2);
	assert_int_equal(unlink(path), 0);
	MUST(ac_file_put(path, "x\234junk", 6, 0444, &fault));
	add(600000);
	MUST(ac_repo_repack(repo, objects, 100, 0, &fault));
	assert_int_equal(count(LOOSE), 2);
	assert_true(made_exists(path));
	/* and whoever reads it is told, where libgit2 alone would read for ever */
	assert_int_equal(ac_repo_blob(&b, repo, &blob[7], 1 << 20, &fault), AC_ECORRUPT);
	assert_false(ac_repo_fits(repo, &blob[7], 1 << 20));
	assert_true(ac_repo_fits(repo, &blob[8], 1 << 20));
}

/* Packs do not become many either, and halves of them go. */
static void
merges(void **state)
{
	char path[400];
	int i;

	(void)state;
	snprintf(path, sizeof path, "%s/pack/pack-%040d.pack", objects, 7);
	MUST(ac_repo_repack(repo, objects, 1, 0, &fault));
	MUST(ac_file_put(path, "PACK", 4, 0444, &fault));
	for (i = 0; i < 30; i++) {
		add(50);
		MUST(ac_repo_repack(repo, objects, 1, 0, &fault));
		assert_true(count(PACKS) <= 24);
	}
	assert_true(count(PACKS) < 10);
	assert_false(made_exists(path));
	assert_int_equal(count(LOOSE), 0);
	readable(repo);
	readable_anew();
}

/* Killed after a while that grows, on a fresh copy each time. */
static void
killed(void **state)
{
	char cmd[700];
	long us;
	int landed = 0, status;
	pid_t child;

	(void)state;
	for (us = 500; us < 400000; us += us / 6) {
		child = fork();
		if (!child) {
			if (ac_repo_repack(repo, objects, 1, 0, NULL))
				_exit(1);
			_exit(0);
		}
		usleep((useconds_t)us);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		landed += WIFSIGNALED(status);
		readable_anew();
		if (!WIFSIGNALED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			assert_int_equal(count(LOOSE), 0);
			/* loose again, for the next */
			snprintf(cmd, sizeof cmd, "cd %s && mv pack ../held && mkdir pack && for p in ../held/*.pack; do git "
				"unpack-objects -q <$p || exit; done; rm -rf ../held", objects);
			assert_int_equal(system(cmd), 0);
		}
		if (landed > 12 && !WIFSIGNALED(status))
			break;
	}
	assert_true(landed > 3);
	MUST(ac_repo_repack(repo, objects, 1, 0, &fault));
	readable_anew();
	assert_int_equal(count(LOOSE), 0);
}

/* Killed while many small packs become one. */
static void
killed_merging(void **state)
{
	int landed = 0, status, i;
	pid_t child;
	long us;

	(void)state;
	for (i = 0; i < 30; i++) {
		add(50);
		MUST(ac_repo_repack(repo, objects, 1, 1000000, &fault));
	}
	assert_int_equal(count(PACKS), 30);
	for (us = 100; us < 2000000; us += us / 5 + 20) {
		child = fork();
		if (!child)
			_exit(ac_repo_repack(repo, objects, 1, 0, NULL) != AC_OK);
		usleep((useconds_t)us);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		readable_anew();
		if (!WIFSIGNALED(status))
			break;
		landed++;
	}
	assert_true(landed > 1);
	MUST(ac_repo_repack(repo, objects, 1, 0, &fault));
	readable_anew();
	assert_true(count(PACKS) < 24);
	assert_int_equal(count(LOOSE), 0);
}

/* A sealed segment may be larger than a body; its object is written all the same. */
static void
large(void **state)
{
	struct ac_buf seg = { .max = AC_SEGMENT_MAX }, back = { .max = AC_SEGMENT_MAX };
	struct ac_batch *b = malloc(sizeof *b);
	struct ac_oid at;

	(void)state;
	MUST(ac_buf_room(&seg, AC_SEGMENT_MAX));
	seg.len = AC_SEGMENT_MAX;
	memset(seg.p, 'x', seg.len);
	MUST(ac_repo_write(&at, repo, NULL, &seg, 1, &fault));
	MUST(ac_repo_read(b, repo, &at, &fault));
	MUST(ac_repo_blob(&back, repo, &b->blobs[0], AC_SEGMENT_MAX, &fault));
	assert_int_equal(back.len, AC_SEGMENT_MAX);
	assert_memory_equal(back.p, seg.p, seg.len);
	ac_buf_free(&back);
	ac_buf_free(&seg);
	free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(packs_once, setup, teardown),
		cmocka_unit_test_setup_teardown(hub, setup, teardown),
		cmocka_unit_test_setup_teardown(leaves, setup, teardown),
		cmocka_unit_test_setup_teardown(merges, setup, teardown),
		cmocka_unit_test_setup_teardown(large, setup, teardown),
		cmocka_unit_test_setup_teardown(killed, setup, teardown),
		cmocka_unit_test_setup_teardown(killed_merging, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
