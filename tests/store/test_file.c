/* SPDX-License-Identifier: ISC */
/*
 * The calls that make a file durable are replaced here by ones that write down
 * their order, and that can be told to fail once.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "store/file.h"

static char trace[256];        /* f: fsync of a file, d: of a folder, r: rename, l: link */
static char fails[8];          /* the calls that fail */
static int with;               /* the errno they fail with */

static int
note(char c)
{
	size_t n = strlen(trace);

	if (n + 1 < sizeof trace)
		trace[n] = c, trace[n + 1] = 0;
	if (!strchr(fails, c))
		return 0;
	errno = with;
	return -1;
}

int
fsync(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return -1;
	return note(S_ISDIR(st.st_mode) ? 'd' : 'f') ? -1 : (int)syscall(SYS_fsync, fd);
}

int
renameat(int a, const char *from, int b, const char *to)
{
	return note('r') ? -1 : (int)syscall(SYS_renameat2, a, from, b, to, 0);
}

int
renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
	return note('n') ? -1 : (int)syscall(SYS_renameat2, a, from, b, to, flags);
}

int
linkat(int a, const char *from, int b, const char *to, int flags)
{
	return note('l') ? -1 : (int)syscall(SYS_linkat, a, from, b, to, flags);
}

static char vanish[128];       /* removed by the next flock, before it locks */

int
flock(int fd, int op)
{
	if (*vanish)
		unlink(vanish);
	*vanish = 0;
	return (int)syscall(SYS_flock, fd, op);
}

static void
fail_on(const char *calls, int e)
{
	snprintf(fails, sizeof fails, "%s", calls);
	with = e;
	*trace = 0;
}

/* -------------------------------------------------------------- the bench */

static char bench[64], path[128];

static int
setup(void **state)
{
	(void)state;
	fail_on("", 0);
	strcpy(bench, "/tmp/test_file.XXXXXX");
	if (!mkdtemp(bench) || chmod(bench, 0777))
		return -1;
	snprintf(path, sizeof path, "%s/file", bench);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fail_on("", 0);
	if (ac_file_remove_tree(bench, NULL))
		return -1;
	return access(bench, F_OK) ? 0 : -1;
}

static unsigned
entries(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	unsigned n = 0;

	assert_non_null(d);
	while ((e = readdir(d)))
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	closedir(d);
	return n;
}

static void
assert_holds(const char *p, const char *text)
{
	struct ac_buf b = { 0 };

	assert_int_equal(ac_file_read(&b, p, 1000, NULL), AC_OK);
	assert_int_equal(b.len, strlen(text));
	if (b.len)
		assert_memory_equal(b.p, text, b.len);
	ac_buf_free(&b);
}

static const char *
under(const char *name)
{
	static char buf[4][256];
	static unsigned i;

	i = (i + 1) % 4;
	snprintf(buf[i], sizeof buf[i], "%s/%s", bench, name);
	return buf[i];
}

/* ------------------------------------------------------------- whole files */

static void
put(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(ac_file_put(path, "one", 3, 0600, NULL), AC_OK);
	assert_string_equal(trace, "frd");
	assert_holds(path, "one");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(ac_file_put(path, "", 0, 0644, NULL), AC_OK);
	assert_holds(path, "");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(entries(bench), 1);
}

static void
put_relative(void **state)
{
	char here[4096];

	(void)state;
	assert_non_null(getcwd(here, sizeof here));
	assert_int_equal(chdir(bench), 0);
	assert_int_equal(ac_file_put("name", "x", 1, 0600, NULL), AC_OK);
	assert_int_equal(chdir(here), 0);
	assert_holds(under("name"), "x");
}

static void
put_refused(void **state)
{
	struct ac_fault f = { .text = "" };

	(void)state;
	assert_int_equal(ac_file_put(under("no/file"), "x", 1, 0600, &f), AC_ENOTFOUND);
	assert_non_null(strstr(f.text, "no/file"));
	assert_int_equal(ac_file_put(bench, "x", 1, 0600, &f), AC_EUSAGE);
	assert_int_equal(ac_file_put(under(""), "x", 1, 0600, &f), AC_EUSAGE);
	assert_int_equal(ac_file_put(path, "x", 1, 0600, NULL), AC_OK);
	assert_int_equal(ac_file_put(under("file/x"), "x", 1, 0600, &f), AC_EUSAGE);
	assert_int_equal(entries(bench), 1);
}

/* Each step failed once: the old file stays, and nothing else. */
static void
put_failing(void **state)
{
	static const struct { const char *call; int e; } steps[] = {
		{ "f", EIO }, { "f", ENOSPC }, { "r", EACCES }, { "r", EIO } };
	struct ac_fault f;
	size_t i;

	(void)state;
	assert_int_equal(ac_file_put(path, "old", 3, 0600, NULL), AC_OK);
	for (i = 0; i < sizeof steps / sizeof *steps; i++) {
		fail_on(steps[i].call, steps[i].e);
		f.text[0] = 0;
		assert_int_equal(ac_file_put(path, "new", 3, 0600, &f), AC_EIO);
		assert_non_null(strstr(f.text, path));
		assert_holds(path, "old");
		assert_int_equal(entries(bench), 1);
	}
	/* what a file system does not offer is no failure */
	fail_on("fd", EINVAL);
	assert_int_equal(ac_file_put(path, "new", 3, 0600, NULL), AC_OK);
	fail_on("d", EIO);
	assert_int_equal(ac_file_put(path, "newer", 5, 0600, &f), AC_EIO);
	assert_non_null(strstr(f.text, "power cut"));
	assert_int_equal(entries(bench), 1);
}

static void
links(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(mkdir(under("sub"), 0700), 0);
	assert_int_equal(ac_file_put(under("sub/real"), "old", 3, 0600, NULL), AC_OK);
	assert_int_equal(symlink("sub/real", path), 0);
	assert_int_equal(ac_file_put(path, "new", 3, 0600, NULL), AC_OK);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_holds(under("sub/real"), "new");
	assert_int_equal(entries(under("sub")), 1);
}

static void
read_bounds(void **state)
{
	struct ac_buf b = { 0 }, tight = { .max = 20000 };
	unsigned char *p = calloc(1, 20000);
	struct ac_fault f;

	(void)state;
	assert_int_equal(ac_file_put(path, p, 20000, 0600, NULL), AC_OK);
	assert_int_equal(ac_buf_add(&b, "ab", 2), AC_OK);
	assert_int_equal(ac_file_read(&b, path, 19999, &f), AC_ELIMIT);
	assert_int_equal(b.len, 2);
	assert_non_null(strstr(f.text, "19999"));
	assert_int_equal(ac_file_read(&b, path, 20000, &f), AC_OK);
	assert_int_equal(b.len, 20002);
	assert_int_equal(ac_file_read(&tight, path, SIZE_MAX, &f), AC_OK);
	assert_int_equal(ac_file_read(&tight, path, SIZE_MAX, &f), AC_ELIMIT);
	assert_int_equal(tight.len, 20000);
	ac_buf_free(&tight);
	assert_int_equal(ac_file_read(&b, "/dev/zero", 100000, &f), AC_ELIMIT);
	assert_int_equal(ac_file_read(&b, bench, 100, &f), AC_EUSAGE);
	assert_int_equal(ac_file_read(&b, under("none"), 100, &f), AC_ENOTFOUND);
	assert_int_equal(b.len, 20002);
	ac_buf_free(&b);
	free(p);
}

/* ----------------------------------------------------------------- streams */

static enum ac_err
say(struct ac_file_out *o, const char *text, struct ac_fault *f)
{
	struct ac_sink s = ac_file_out_sink(o);

	return s.write(s.ctx, text, strlen(text), f);
}

static void
stream(void **state)
{
	struct ac_file_out *o = NULL;

	(void)state;
	assert_int_equal(ac_file_out_new(&o, path, 0600, false, NULL), AC_OK);
	assert_int_equal(say(o, "one ", NULL), AC_OK);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(say(o, "two", NULL), AC_OK);
	assert_int_equal(ac_file_out_commit(o, NULL), AC_OK);
	assert_string_equal(trace, "fnd");
	assert_int_equal(ac_file_out_commit(o, NULL), AC_EINTERNAL);
	assert_int_equal(say(o, "two", NULL), AC_EINTERNAL);
	ac_file_out_free(o);
	assert_holds(path, "one two");
	assert_int_equal(entries(bench), 1);

	assert_int_equal(ac_file_out_new(&o, path, 0600, true, NULL), AC_OK);
	assert_int_equal(say(o, "three", NULL), AC_OK);
	assert_int_equal(entries(bench), 2);
	ac_file_out_free(o);
	ac_file_out_free(NULL);
	assert_holds(path, "one two");
	assert_int_equal(entries(bench), 1);
}

/* Never replaces, by each of the three ways, also what came meanwhile. */
static void
stream_keeps(void **state)
{
	static const struct { const char *calls; int e; } ways[] = {
		{ "", 0 }, { "n", EINVAL }, { "nl", ENOTSUP } };
	struct ac_file_out *o = NULL;
	struct ac_fault f;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof ways / sizeof *ways; i++) {
		assert_int_equal(ac_file_out_new(&o, path, 0600, false, NULL), AC_OK);
		assert_int_equal(say(o, "mine", NULL), AC_OK);
		fail_on(ways[i].calls, ways[i].e);
		assert_int_equal(ac_file_out_commit(o, NULL), AC_OK);
		ac_file_out_free(o);
		assert_holds(path, "mine");
		assert_int_equal(entries(bench), 1);
		assert_int_equal(ac_file_out_new(&o, path, 0600, false, &f), AC_EEXIST);

		assert_int_equal(unlink(path), 0);
		assert_int_equal(ac_file_out_new(&o, path, 0600, false, NULL), AC_OK);
		assert_int_equal(say(o, "mine", NULL), AC_OK);
		fail_on("", 0);
		assert_int_equal(ac_file_put(path, "theirs", 6, 0600, NULL), AC_OK);
		fail_on(ways[i].calls, ways[i].e);
		assert_int_equal(ac_file_out_commit(o, &f), AC_EEXIST);
		assert_non_null(strstr(f.text, "already"));
		ac_file_out_free(o);
		assert_holds(path, "theirs");
		assert_int_equal(entries(bench), 1);
		assert_int_equal(unlink(path), 0);
	}
	/* a link to nothing is something too */
	assert_int_equal(symlink("nowhere", path), 0);
	assert_int_equal(ac_file_out_new(&o, path, 0600, false, &f), AC_EEXIST);
}

/* Devices by links of our own: a fault here must not replace the machine's. */
static void
assert_link(const char *p)
{
	struct stat st;

	assert_int_equal(lstat(p, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

static void
device(void **state)
{
	struct ac_file_out *o = NULL;
	struct ac_fault f;

	(void)state;
	assert_int_equal(symlink("/dev/full", under("full")), 0);
	assert_int_equal(symlink("/dev/null", under("null")), 0);
	assert_int_equal(ac_file_put(under("full"), "x", 1, 0600, &f), AC_EIO);
	assert_non_null(strstr(f.text, "free some space"));
	assert_int_equal(ac_file_put(under("null"), "x", 1, 0600, &f), AC_OK);
	assert_int_equal(ac_file_out_new(&o, under("full"), 0600, false, &f), AC_OK);
	assert_int_equal(say(o, "x", &f), AC_EIO);
	assert_int_equal(ac_file_out_commit(o, &f), AC_EIO);
	ac_file_out_free(o);
	assert_link(under("full"));
	assert_link(under("null"));
	assert_int_equal(entries(bench), 2);
}

/* --------------------------------------------------- in a process of its own */

/* Runs fn in a child; its result, or -1. */
static int
in_child(int (*fn)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		_exit(fn());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
to_stdout(void)
{
	struct ac_file_out *o = NULL;
	enum ac_err err;

	signal(SIGPIPE, SIG_IGN);
	if ((err = ac_file_out_new(&o, "-", 0600, false, NULL)))
		return (int)err;
	if (!(err = say(o, "to standard output", NULL)))
		err = ac_file_out_commit(o, NULL);
	ac_file_out_free(o);
	return (int)err;
}

static int
stdout_full(void)
{
	int fd = open("/dev/full", O_WRONLY);

	return fd < 0 || dup2(fd, 1) < 0 ? 101 : to_stdout();
}

static int
stdout_file(void)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	return fd < 0 || dup2(fd, 1) < 0 ? 101 : to_stdout();
}

static int
stdout_closed(void)
{
	close(1);
	return to_stdout();
}

static int
stdout_broken_pipe(void)
{
	int p[2];

	return pipe(p) || close(p[0]) || dup2(p[1], 1) < 0 ? 101 : to_stdout();
}

/* What /dev/stdout is: a link that ends at the file standard output goes to. */
static int
dev_stdout(void)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	if (fd < 0 || dup2(fd, 1) < 0)
		return 101;
	return (int)ac_file_put(under("stdout"), "by name", 7, 0600, NULL);
}

static void
standard_output(void **state)
{
	(void)state;
	assert_int_equal(in_child(stdout_full), AC_EIO);
	assert_int_equal(in_child(stdout_closed), AC_EIO);
	assert_int_equal(in_child(stdout_broken_pipe), AC_EIO);
	assert_int_equal(in_child(stdout_file), AC_OK);
	assert_holds(path, "to standard output");
	assert_int_equal(symlink("/proc/self/fd/1", under("stdout")), 0);
	assert_int_equal(in_child(dev_stdout), AC_OK);
	assert_holds(path, "by name");
	assert_link(under("stdout"));
	assert_int_equal(entries(bench), 2);
}

static int
too_large(void)
{
	static unsigned char big[100000];
	struct rlimit r = { 50000, 50000 };

	signal(SIGXFSZ, SIG_IGN);
	return setrlimit(RLIMIT_FSIZE, &r) ? 101 : (int)ac_file_put(path, big, sizeof big, 0600, NULL);
}

static int
read_only(void)
{
	if (chmod(bench, 0555) || (geteuid() == 0 && setuid(65534)))
		return 101;
	return (int)ac_file_put(path, "new", 3, 0600, NULL);
}

static int
no_space(void)
{
	static unsigned char big[200000];
	int rc;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", bench, "tmpfs", 0, "size=64k"))
		return 77;
	if (ac_file_put(path, "old", 3, 0600, NULL))
		return 102;
	if ((rc = (int)ac_file_put(path, big, sizeof big, 0600, NULL)) != AC_EIO)
		return rc;
	return entries(bench) == 1 && !access(path, F_OK) ? rc : 103;
}

static void
hostile_places(void **state)
{
	int rc;

	(void)state;
	assert_int_equal(ac_file_put(path, "old", 3, 0600, NULL), AC_OK);
	assert_int_equal(in_child(too_large), AC_EIO);
	assert_holds(path, "old");
	assert_int_equal(in_child(read_only), AC_EIO);
	assert_int_equal(chmod(bench, 0777), 0);
	assert_holds(path, "old");
	assert_int_equal(entries(bench), 1);
	if ((rc = in_child(no_space)) == 77)
		print_message("# no rights to mount: the full disk was not tried\n");
	else
		assert_int_equal(rc, AC_EIO);
}

static int
rewrite_for_ever(void)
{
	static unsigned char big[200000];
	int i;

	for (i = 0; ; i++) {
		memset(big, 'a' + i % 26, sizeof big);
		if (ac_file_put(path, big, sizeof big, 0600, NULL))
			return 1;
	}
}

/* Killed anywhere, the file is one that was put whole. */
static void
killed(void **state)
{
	struct ac_buf b = { 0 };
	int i, status;
	size_t k;

	(void)state;
	for (i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(rewrite_for_ever());
		while (access(path, F_OK))
			usleep(1000);
		usleep(1000u * (unsigned)(i % 7) + 137u * (unsigned)i);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		ac_buf_reset(&b);
		assert_int_equal(ac_file_read(&b, path, 1000000, NULL), AC_OK);
		assert_int_equal(b.len, 200000);
		for (k = 1; k < b.len; k++)
			if (b.p[k] != b.p[0])
				fail_msg("a mixed file");
	}
	ac_buf_free(&b);
}

/* ----------------------------------------------------------------- folders */

static void
mkdirs(void **state)
{
	struct ac_fault f;
	struct stat st;

	(void)state;
	assert_int_equal(ac_file_mkdirs(under("a/b//c/"), 0700, NULL), AC_OK);
	assert_string_equal(trace, "ddd");
	assert_int_equal(stat(under("a/b/c"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(ac_file_mkdirs(under("a/b/c"), 0700, NULL), AC_OK);
	assert_string_equal(trace, "ddd");
	assert_int_equal(ac_file_mkdirs("/", 0700, NULL), AC_OK);
	assert_int_equal(ac_file_mkdirs("", 0700, &f), AC_ENOTFOUND);
	assert_int_equal(ac_file_put(path, "x", 1, 0600, NULL), AC_OK);
	assert_int_equal(ac_file_mkdirs(path, 0700, &f), AC_EUSAGE);
	assert_int_equal(ac_file_mkdirs(under("file/x"), 0700, &f), AC_EUSAGE);
	assert_non_null(strstr(f.text, "file"));
	fail_on("d", EIO);
	assert_int_equal(ac_file_mkdirs(under("z"), 0700, &f), AC_EIO);
}

static void
remove_tree(void **state)
{
	struct ac_fault f;
	char deep[1024];
	int i;

	(void)state;
	assert_int_equal(ac_file_mkdirs(under("keep"), 0700, NULL), AC_OK);
	assert_int_equal(ac_file_put(under("keep/x"), "x", 1, 0600, NULL), AC_OK);
	snprintf(deep, sizeof deep, "%s/t", bench);
	for (i = 0; i < 200; i++)
		strcat(deep, "/d");
	assert_int_equal(ac_file_mkdirs(deep, 0700, NULL), AC_OK);
	assert_int_equal(ac_file_put(under("t/d/x"), "x", 1, 0400, NULL), AC_OK);
	assert_int_equal(symlink("../keep", under("t/link")), 0);
	assert_int_equal(symlink("keep", under("link")), 0);
	assert_int_equal(mkfifo(under("t/fifo"), 0600), 0);
	assert_int_equal(ac_file_remove_tree(under("t"), NULL), AC_OK);
	assert_int_equal(access(under("t"), F_OK), -1);
	assert_int_equal(ac_file_remove_tree(under("link"), NULL), AC_OK);
	assert_holds(under("keep/x"), "x");
	assert_int_equal(ac_file_remove_tree(under("t"), NULL), AC_OK);
	assert_int_equal(ac_file_remove_tree(under("no/t"), NULL), AC_OK);
	assert_int_equal(ac_file_remove_tree(under("keep/."), &f), AC_EUSAGE);
	assert_int_equal(ac_file_remove_tree(under("keep/x"), NULL), AC_OK);
	assert_int_equal(entries(under("keep")), 0);
	assert_int_equal(entries(bench), 1);
}

/* ------------------------------------------------------------------- locks */

static int
hold_a_while(void)
{
	int fd;

	if (ac_file_lock(&fd, path, true, 0, NULL))
		return 1;
	usleep(200000);
	return 0;               /* the end of the process gives it back */
}

static void
locks(void **state)
{
	int a = -1, b = -1, c = -1, status;
	struct ac_fault f;
	pid_t pid;

	(void)state;
	assert_int_equal(ac_file_lock(&a, path, true, 0, NULL), AC_OK);
	assert_true(fcntl(a, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(ac_file_lock(&b, path, true, 0, &f), AC_EBUSY);
	assert_int_equal(ac_file_lock(&b, path, false, 50, &f), AC_EBUSY);
	assert_int_equal(b, -1);
	assert_non_null(strstr(f.text, "another aftercare"));
	/* a lock on a file that is gone holds off nobody who comes after */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(ac_file_lock(&b, path, false, 0, NULL), AC_OK);
	assert_int_equal(ac_file_lock(&c, path, false, 0, NULL), AC_OK);
	ac_file_unlock(a);
	assert_int_equal(ac_file_lock(&a, path, true, 0, NULL), AC_EBUSY);
	ac_file_unlock(b);
	ac_file_unlock(c);
	ac_file_unlock(-1);
	strcpy(vanish, path);
	assert_int_equal(ac_file_lock(&a, path, true, 0, NULL), AC_OK);
	assert_int_equal(ac_file_lock(&b, path, true, 0, NULL), AC_EBUSY);
	/* a child that has a copy of it does not keep it */
	assert_true((pid = fork()) >= 0);
	if (!pid)
		_exit((int)sleep(3));
	ac_file_unlock(a);
	assert_int_equal(ac_file_lock(&a, path, true, 0, NULL), AC_OK);
	ac_file_unlock(a);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);

	assert_true((pid = fork()) >= 0);
	if (!pid)
		_exit(hold_a_while());
	usleep(100000);
	assert_int_equal(ac_file_lock(&a, path, true, 0, NULL), AC_EBUSY);
	assert_int_equal(ac_file_lock(&a, path, true, 5000, NULL), AC_OK);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	ac_file_unlock(a);
	assert_int_equal(ac_file_lock(&a, under("no/file"), true, 0, &f), AC_ENOTFOUND);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(put), TEST(put_relative), TEST(put_refused), TEST(put_failing), TEST(links),
		TEST(read_bounds), TEST(stream), TEST(stream_keeps), TEST(device),
		TEST(standard_output), TEST(hostile_places), TEST(killed), TEST(mkdirs),
		TEST(remove_tree), TEST(locks),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
