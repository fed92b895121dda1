/* SPDX-License-Identifier: ISC */
/*
 * Method: `unlock` forks before anything secret is read. The child waits on a
 * pair of sockets for 32 bytes, keeps them in one locked page that no core file
 * or child gets, listens on a socket of mode 0600 in the home, and ends at its
 * time or when told. Both ends check that the other is the same user. One byte
 * asks: 'k' for the key, 'q' to end. The clock is the one that runs in sleep.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define KEY 32

struct letter { unsigned char key[KEY]; int64_t ms; };

/* Names are kept short through the folder's descriptor: a home may lie deeper
 * than a socket's name is long. */
static bool
address(struct sockaddr_un *a, int dir)
{
	memset(a, 0, sizeof *a);
	a->sun_family = AF_UNIX;
	return snprintf(a->sun_path, sizeof a->sun_path, "/proc/self/fd/%d/agent", dir) < (int)sizeof a->sun_path;
}

static bool
same_user(int fd)
{
	struct ucred who;
	socklen_t n = sizeof who;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 && who.uid == geteuid();
}

static void
time_out(int fd)
{
	struct timeval t = { .tv_sec = 2 };

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
}

static int64_t
boot_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool
read_exactly(int fd, void *p, size_t n)
{
	unsigned char *b = p;

	while (n > 0) {
		ssize_t r = recv(fd, b, n, 0);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return false;
		b += r;
		n -= (size_t)r;
	}
	return true;
}

/* ------------------------------------------------------------------ asking */

static int
call(const struct cli *c)
{
	struct sockaddr_un a;
	int dir = open(c->home_path, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;

	if (dir < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		time_out(fd);
		if (!address(&a, dir) || connect(fd, (struct sockaddr *)&a, sizeof a) != 0 || !same_user(fd)) {
			close(fd);
			fd = -1;
		}
	}
	close(dir);
	return fd;
}

bool
agent_key(const struct cli *c, unsigned char key[static 32])
{
	int fd = call(c);
	bool got;

	if (fd < 0)
		return false;
	got = send(fd, "k", 1, MSG_NOSIGNAL) == 1 && read_exactly(fd, key, KEY);
	close(fd);
	if (!got)
		ac_wipe(key, KEY);
	return got;
}

bool
agent_stop(const struct cli *c)
{
	int fd = call(c);
	char done;
	bool ok;

	if (fd < 0)
		return false;
	ok = send(fd, "q", 1, MSG_NOSIGNAL) == 1 && read_exactly(fd, &done, 1);
	close(fd);
	return ok;
}

/* ----------------------------------------------------------------- serving */

/* False: it was told to end. */
static bool
serve(int fd, const struct letter *l)
{
	char ask = 0;
	bool go_on = true;

	time_out(fd);
	if (same_user(fd) && read_exactly(fd, &ask, 1)) {
		if (ask == 'k')
			(void)send(fd, l->key, KEY, MSG_NOSIGNAL);
		go_on = ask != 'q';
	}
	if (go_on)
		close(fd);
	else
		(void)send(fd, "q", 1, MSG_NOSIGNAL); /* closed by our end, after the wiping */
	return go_on;
}

static void
serve_until(int server, struct letter *l)
{
	int64_t end = boot_ms() + l->ms;

	for (;;) {
		struct pollfd p = { .fd = server, .events = POLLIN };
		int64_t left = end - boot_ms();
		int fd;

		if (left <= 0)
			break;
		/* Woken each second: a sleeping machine does not count poll's time. */
		if (poll(&p, 1, left < 1000 ? (int)left : 1000) <= 0)
			continue;
		if (boot_ms() >= end)
			break;
		fd = accept4(server, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0 && !serve(fd, l))
			break;
	}
}

static int
listen_at(int dir)
{
	struct sockaddr_un a;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || !address(&a, dir))
		return -1;
	(void)unlinkat(dir, "agent", 0);
	/* umask 077 makes it 0700 from the beginning */
	if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || fchmodat(dir, "agent", 0600, 0) != 0
	    || listen(fd, 8) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Removes the name only while it is still this agent's. */
static void
unlisten(int dir, const struct stat *mine)
{
	struct stat st;

	if (fstatat(dir, "agent", &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == mine->st_ino)
		(void)unlinkat(dir, "agent", 0);
}

static void
leave_terminal(int keep1, int keep2)
{
	int null = open("/dev/null", O_RDWR);

	(void)setsid();
	if (chdir("/") != 0)
		_exit(1);
	for (int fd = 0; fd < 3; fd++)
		(void)dup2(null, fd);
	for (int fd = 3; fd < 256; fd++)
		if (fd != keep1 && fd != keep2)
			close(fd);
}

static void
agent_main(int fd, int dir)
{
	struct letter *l = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct stat st;
	int server;

	leave_terminal(fd, dir);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (l == MAP_FAILED)
		_exit(1);
	(void)mlock(l, 4096);
	(void)madvise(l, 4096, MADV_DONTDUMP);
	(void)madvise(l, 4096, MADV_WIPEONFORK);
	if (!read_exactly(fd, l, sizeof *l))
		_exit(0); /* the home did not open */
	server = listen_at(dir);
	if (server >= 0 && fstatat(dir, "agent", &st, AT_SYMLINK_NOFOLLOW) == 0) {
		(void)send(fd, "y", 1, MSG_NOSIGNAL);
		close(fd);
		serve_until(server, l);
		unlisten(dir, &st);
	}
	ac_wipe(l, sizeof *l);
	_exit(0);
}

enum ac_err
agent_prepare(struct cli *c, struct agent *a)
{
	int pair[2], dir = open(c->home_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid;

	a->fd = -1;
	if (dir < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		if (dir >= 0)
			close(dir);
		return ac_fault(&c->fault, AC_EIO, "The agent could not be started (%s).", ac_words_error(errno));
	}
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		agent_main(pair[1], dir);
	}
	close(pair[1]);
	close(dir);
	if (pid < 0) {
		close(pair[0]);
		return ac_fault(&c->fault, AC_EIO, "The agent could not be started (%s).", ac_words_error(errno));
	}
	a->fd = pair[0];
	return AC_OK;
}

enum ac_err
agent_give(struct cli *c, struct agent *a, const unsigned char key[static 32], int64_t ms)
{
	struct letter l;
	char ready = 0;
	bool ok;

	(void)agent_stop(c); /* an older one */
	memset(&l, 0, sizeof l);
	memcpy(l.key, key, KEY);
	l.ms = ms;
	ok = send(a->fd, &l, sizeof l, MSG_NOSIGNAL) == (ssize_t)sizeof l && read_exactly(a->fd, &ready, 1);
	ac_wipe(&l, sizeof l);
	agent_drop(a);
	if (!ok)
		return ac_fault(&c->fault, AC_EIO,
			"The agent could not listen in %s; does that folder take sockets?", c->home_path);
	return AC_OK;
}

void
agent_drop(struct agent *a)
{
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
}
