/* SPDX-License-Identifier: ISC */
/*
 * Method: everything that is asked is asked on /dev/tty, so that pipes on the
 * standard streams do not matter. "There is a terminal" means that a person can
 * be asked: /dev/tty opens and standard input or standard error is a terminal
 * (a cron job or a test harness under somebody's session has neither).
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static int tty = -1;
static struct termios before;
static volatile sig_atomic_t changed;
static const int SIGNALS[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

bool
prompt_there(void)
{
	if (isatty(STDIN_FILENO) != 1 && isatty(STDERR_FILENO) != 1)
		return false;
	if (tty < 0)
		tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	return tty >= 0;
}

/* Leaves the terminal as it was found, then lets the signal do its work. */
static void
restore_and_die(int sig)
{
	if (changed)
		(void)tcsetattr(tty, TCSANOW, &before);
	changed = 0;
	signal(sig, SIG_DFL);
	raise(sig);
}

static void
hide(bool on)
{
	struct termios t;

	if (on) {
		if (tcgetattr(tty, &before) != 0)
			return;
		for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++)
			signal(SIGNALS[i], restore_and_die);
		/* Who stops us here would come back to a prompt that shows what is typed. */
		signal(SIGTSTP, SIG_IGN);
		t = before;
		t.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
		changed = 1;
		(void)tcsetattr(tty, TCSAFLUSH, &t);
	} else if (changed) {
		(void)tcsetattr(tty, TCSAFLUSH, &before);
		changed = 0;
		for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++)
			signal(SIGNALS[i], SIG_DFL);
		signal(SIGTSTP, SIG_DFL);
	}
}

int
prompt_width(void)
{
	return prompt_there() ? out_width_of(tty) : INT_MAX;
}

void
prompt_say(const char *s)
{
	size_t n = strlen(s);

	while (n > 0) {
		ssize_t w = write(tty, s, n);

		if (w <= 0)
			return;
		s += w;
		n -= (size_t)w;
	}
}

static enum ac_err
read_line(struct ac_buf *out, struct ac_fault *f)
{
	char ch;

	for (;;) {
		ssize_t r = read(tty, &ch, 1);
		enum ac_err err;

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0 && out->len == 0)
			return ac_fault(f, AC_EUSAGE, "Nothing was answered, and nothing was done.");
		if (r <= 0 || ch == '\n')
			return AC_OK;
		if ((err = ac_buf_add(out, &ch, 1)) != AC_OK)
			return err;
	}
}

enum ac_err
prompt_line(struct cli *c, struct ac_buf *out, const char *question, bool hidden)
{
	enum ac_err err;

	if (!prompt_there())
		return ac_fault(&c->fault, AC_ELOCKED, "There is no terminal to ask on.");
	progress_clear();
	ac_buf_reset(out);
	if (hidden)
		hide(true);
	prompt_say(question);
	err = read_line(out, &c->fault);
	if (hidden) {
		hide(false);
		prompt_say("\n");
	}
	if (err == AC_OK)
		err = ac_buf_add(out, "", 1); /* a NUL behind, not counted */
	if (err == AC_OK)
		out->len--;
	return err;
}

bool
prompt_yes(struct cli *c, const char *question, bool preset)
{
	struct ac_buf b = { 0 };
	bool yes = false;

	if (prompt_line(c, &b, question, false) == AC_OK)
		yes = b.len == 0 ? preset : strchr(_("yY"), b.p[0]) != NULL;
	ac_buf_free(&b);
	return yes;
}

int
prompt_confirm(struct cli *c, const char *fmt, ...)
{
	char q[1024];
	const char *ask;
	va_list ap;

	if (c->yes)
		return DONE;
	va_start(ap, fmt);
	vsnprintf(q, sizeof q, _(fmt), ap);
	va_end(ap);
	if (!prompt_there())
		return fail_with(c, USAGE, "%s Confirm it with --yes.", q);
	ask = text_wrap(c, text_of(c, _("%s Go on? [y/N]"), clean(c, q)), prompt_width() - 2, 0);
	ask = text_of(c, "%.*s ", (int)strlen(ask) - 1, ask);
	return prompt_yes(c, ask, false) ? DONE : fail_with(c, FAILED, "Nothing was done.");
}
