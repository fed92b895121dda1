/* SPDX-License-Identifier: ISC */
/*
 * Method: one socket pair carries both ways, because a socket can be written to
 * with MSG_NOSIGNAL, which spares us the process's signal settings. Standard
 * error is drained whenever we wait, or a talkative child would stop at a full
 * pipe; its end is not waited for, as a grandchild (ssh's shared connection)
 * may hold it open for hours.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sync/child.h"
#include "sync/transport.h"

extern char **environ;

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* A child starts with no signal blocked and SIGPIPE deadly, whatever we have. */
static int
plain_signals(posix_spawnattr_t *a)
{
	sigset_t none, pipe_only;
	int rc;

	sigemptyset(&none);
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	if ((rc = posix_spawnattr_setsigmask(a, &none)) ||
	    (rc = posix_spawnattr_setsigdefault(a, &pipe_only)))
		return rc;
	return posix_spawnattr_setflags(a, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int
spawn(pid_t *pid, int io, int err, char *const argv[], char *const env[])
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t a;
	int rc;

	if ((rc = posix_spawn_file_actions_init(&fa)))
		return rc;
	if ((rc = posix_spawnattr_init(&a))) {
		posix_spawn_file_actions_destroy(&fa);
		return rc;
	}
	if ((rc = plain_signals(&a)) ||
	    (rc = posix_spawn_file_actions_adddup2(&fa, io, 0)) ||
	    (rc = posix_spawn_file_actions_adddup2(&fa, io, 1)) ||
	    (rc = posix_spawn_file_actions_adddup2(&fa, err, 2)))
		goto out;
	rc = posix_spawnp(pid, argv[0], &fa, &a, argv, env ? env : environ);
out:
	posix_spawnattr_destroy(&a);
	posix_spawn_file_actions_destroy(&fa);
	return rc;
}

int
ac_child_start(struct ac_child *c, char *const argv[], char *const env[])
{
	int pair[2] = { -1, -1 }, err[2] = { -1, -1 }, rc = 0;

	*c = (struct ac_child){ .io = -1, .err = -1 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) || pipe2(err, O_CLOEXEC) ||
	    fcntl(pair[0], F_SETFL, O_NONBLOCK) || fcntl(err[0], F_SETFL, O_NONBLOCK)) {
		rc = errno;
		goto out;
	}
	if ((rc = spawn(&c->pid, pair[1], err[1], argv, env))) {
		c->pid = 0;
		goto out;
	}
	c->io = pair[0];
	c->err = err[0];
	pair[0] = err[0] = -1;
out:
	close_fd(&pair[0]);
	close_fd(&pair[1]);
	close_fd(&err[0]);
	close_fd(&err[1]);
	return rc;
}

void
ac_words_keep(struct ac_words *w, const char *p, size_t n)
{
	char ch;

	for (; n; n--, p++) {
		ch = *p > ' ' && *p <= '~' ? *p : *p < 0 || *p > '~' ? '?' : ' ';
		if (ch == ' ' && (!w->n || w->s[w->n - 1] == ' '))
			continue;
		if (w->n == AC_WORDS_MAX)
			memmove(w->s, w->s + 1, --w->n);
		w->s[w->n++] = ch;
	}
	w->s[w->n] = 0;
}

static void
drain_words(struct ac_child *c)
{
	char b[4096];
	ssize_t n;
	int i;

	for (i = 0; i < 16 && c->err >= 0; i++) {
		n = read(c->err, b, sizeof b);
		if (n > 0)
			ac_words_keep(&c->words, b, (size_t)n);
		else if (n == 0)
			close_fd(&c->err);
		else if (errno != EINTR)
			return;
	}
}

/* Waits until the socket is ready for `events`, at most until `end`. */
static enum ac_child_end
wait_for(struct ac_child *c, short events, uint64_t end)
{
	struct pollfd p[2];
	uint64_t now;

	for (;;) {
		now = ac_transport_clock();
		if (now >= end)
			return AC_CHILD_LATE;
		p[0] = (struct pollfd){ .fd = c->io, .events = events };
		p[1] = (struct pollfd){ .fd = c->err, .events = POLLIN };
		if (poll(p, 2, end - now > 1000000 ? 1000000 : (int)(end - now)) < 0 && errno != EINTR)
			return AC_CHILD_ERROR;
		if (p[1].revents)
			drain_words(c);
		if (p[0].revents)
			return AC_CHILD_OK;
	}
}

enum ac_child_end
ac_child_read(struct ac_child *c, void *p, size_t *n, int ms)
{
	uint64_t end = ac_transport_clock() + (uint64_t)ms;
	enum ac_child_end r;
	ssize_t got;

	if (c->io < 0)
		return AC_CHILD_EOF;
	for (;;) {
		got = recv(c->io, p, *n, 0);
		if (got > 0) {
			*n = (size_t)got;
			return AC_CHILD_OK;
		}
		if (got == 0 || errno == ECONNRESET)
			return AC_CHILD_EOF;
		if (errno != EAGAIN && errno != EINTR)
			return AC_CHILD_ERROR;
		if ((r = wait_for(c, POLLIN, end)))
			return r;
	}
}

enum ac_child_end
ac_child_write(struct ac_child *c, const void *p, size_t n, int ms)
{
	const char *s = p;
	enum ac_child_end r;
	ssize_t put;

	if (c->io < 0)
		return AC_CHILD_EOF;
	while (n) {
		put = send(c->io, s, n, MSG_NOSIGNAL);
		if (put > 0) {
			s += put;
			n -= (size_t)put;
			continue;
		}
		if (errno == EPIPE || errno == ECONNRESET)
			return AC_CHILD_EOF;
		if (errno != EAGAIN && errno != EINTR)
			return AC_CHILD_ERROR;
		if ((r = wait_for(c, POLLOUT, ac_transport_clock() + (uint64_t)ms)))
			return r;
	}
	return AC_CHILD_OK;
}

void
ac_child_shut(struct ac_child *c)
{
	if (c->io >= 0)
		shutdown(c->io, SHUT_WR);
}

/* True: its end is collected. A process that ignores SIGCHLD has none to collect. */
static bool
reap(struct ac_child *c, int *status, uint64_t end)
{
	pid_t got;

	for (;;) {
		got = waitpid(c->pid, status, WNOHANG);
		drain_words(c);
		if (got == c->pid)
			return true;
		if (got < 0 && errno != EINTR) {
			*status = 0;
			return true;
		}
		if (ac_transport_clock() >= end)
			return false;
		poll(NULL, 0, 5);
	}
}

int
ac_child_stop(struct ac_child *c, int ms)
{
	int status = 0, rc = -1;
	uint64_t now = ac_transport_clock();

	close_fd(&c->io);
	if (!c->pid)
		goto out;
	if (!reap(c, &status, now + (uint64_t)ms)) {
		kill(c->pid, SIGTERM);
		if (!reap(c, &status, ac_transport_clock() + 1000)) {
			kill(c->pid, SIGKILL);
			while (!reap(c, &status, UINT64_MAX))
				;
		}
	}
	rc = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	c->pid = 0;
out:
	close_fd(&c->err);
	return rc;
}
