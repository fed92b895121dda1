/* SPDX-License-Identifier: ISC */
/* What a remote was seen to have is noted while other processes of the home come and go: whoever takes
 * the home's lock removes the locks of dead processes, and must never meet a living one's. */
#include "made.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "store/crypto.h"
#include "sync/exchange.h"
#include "store/vault.h"

#define NOTES 300

static void
commits_of(struct ac_oid at[2], struct ac_space *s)
{
	unsigned char text[2][4] = { "one", "two" };
	struct ac_buf seg;
	size_t i;

	for (i = 0; i < 2; i++) {
		seg = (struct ac_buf){ .p = text[i], .len = 4 };
		assert_int_equal(ac_repo_write(&at[i], s->home->repo, NULL, &seg, 1, NULL), AC_OK);
	}
}

/* Another process that takes the lock and lets it go, until it is told to end. */
static pid_t
busy(const char *dir)
{
	struct ac_home *h;
	char path[128];
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof path, "%s/home", dir);
	if (ac_home_open(&h, path, "pass", 4, NULL, NULL, NULL))
		_exit(1);
	for (;;) {
		if (ac_home_lock(h, NULL))
			_exit(1);
		ac_home_unlock(h);
	}
}

static void
notes_beside_others(void **state)
{
	struct vault *v = *state;
	unsigned char space[8] = { 1 }, branch[16] = { 2 };
	struct ac_fault f = { 0 };
	struct ac_oid at[2], now;
	char name[128];
	pid_t pid[2];
	size_t i;
	int status;

	commits_of(at, v->s);
	pid[0] = busy(v->dir);
	pid[1] = busy(v->dir);
	ac_remote_ref(name, "hub", space, branch);
	for (i = 0; i < NOTES; i++) {
		if (ac_remote_saw(v->s, "hub", space, branch, &at[i % 2], &f))
			fail_msg("note %zu: %s", i, f.text);
		assert_int_equal(ac_repo_ref_get(&now, v->h->repo, name, NULL), AC_OK);
		assert_memory_equal(&now, &at[i % 2], sizeof now);
	}
	for (i = 0; i < 2; i++) {
		assert_int_equal(waitpid(pid[i], &status, WNOHANG), 0); /* still at it */
		kill(pid[i], SIGKILL);
		waitpid(pid[i], &status, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(notes_beside_others, vault_setup, vault_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
