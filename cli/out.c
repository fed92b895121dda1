/* SPDX-License-Identifier: ISC */
/*
 * Method: the answer gathers in one wiping buffer and leaves it when the command
 * has done its work. An answer past HOLD bytes starts to leave earlier, at the
 * end of a row: by then what could be wrong with the question has been said.
 */
#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define HOLD (64u << 20)

static struct ac_buf answer = { .max = SIZE_MAX / 2 };
static bool lost;         /* memory ran out */
static int broken;        /* errno of a write that failed */

struct ac_buf *
out_buf(void)
{
	return &answer;
}

void
out_lost(void)
{
	lost = true;
}

bool
out_is_lost(void)
{
	return lost;
}

void
out_write(const void *p, size_t n)
{
	if (ac_buf_add(&answer, p, n) != AC_OK)
		lost = true;
}

void
out_printf(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0) {
		lost = true;
		return;
	}
	out_write(s, (size_t)n);
	ac_wipe(s, (size_t)n);
	free(s);
}

static bool
write_all(const void *p, size_t n)
{
	const char *s = p;

	while (n > 0 && broken == 0) {
		ssize_t w = write(STDOUT_FILENO, s, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0) {
			broken = errno;
			break;
		}
		s += w;
		n -= (size_t)w;
	}
	return broken == 0;
}

void
out_row_end(void)
{
	if (answer.len >= HOLD && write_all(answer.p, answer.len))
		ac_buf_reset(&answer);
}

static void
close_stdout(void)
{
	int fd = dup(STDOUT_FILENO);

	/* Some file systems say only here that nothing was kept. */
	if (fd >= 0 && close(fd) != 0 && broken == 0)
		broken = errno;
}

int
out_now(struct cli *c, const char *then)
{
	bool good = !lost && write_all(answer.p, answer.len);

	ac_buf_reset(&answer);
	if (good)
		return 0;
	return fail_with(c, FAILED, "The answer could not be written to standard output (%s)%s",
		lost ? _("no memory") : ac_words_error(broken), then);
}

int
out_finish(struct cli *c, int code)
{
	bool good = code == DONE || code == NOTED;

	if (good && !lost && answer.len > 0 && write_all(answer.p, answer.len))
		close_stdout();
	ac_buf_free(&answer);
	if (good && broken == EPIPE) {
		/* The reader has seen enough: leave as any program in a pipe does. */
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	if (good && lost)
		return fail_with(c, FAILED, "There is no memory left for the answer; ask for less of it.");
	if (good && broken != 0)
		return fail_with(c, FAILED, "The answer could not be written to standard output (%s).",
			ac_words_error(broken));
	return code;
}

static enum ac_err
sink_buffer(void *ctx, const void *p, size_t n, struct ac_fault *f)
{
	(void)ctx;
	out_write(p, n);
	out_row_end();
	if (lost)
		return ac_fault(f, AC_ENOMEM, "There is no memory left.");
	if (broken != 0)
		return ac_fault(f, AC_EIO, "The answer could not be written to standard output (%s).", ac_words_error(broken));
	return AC_OK;
}

static enum ac_err
sink_direct(void *ctx, const void *p, size_t n, struct ac_fault *f)
{
	(void)ctx;
	if (!write_all(p, n))
		return ac_fault(f, AC_EIO, "Standard output could not be written (%s).", ac_words_error(broken));
	return AC_OK;
}

struct ac_sink
out_sink(void)
{
	return (struct ac_sink){ sink_buffer, NULL };
}

struct ac_sink
out_direct(void)
{
	return (struct ac_sink){ sink_direct, NULL };
}

bool
out_terminal(void)
{
	return isatty(STDOUT_FILENO) == 1;
}

bool
out_color(const struct cli *c)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM"), *set = NULL;

	if (c->no_color || !out_terminal() || (no != NULL && *no != '\0'))
		return false;
	if (term == NULL || *term == '\0' || strcmp(term, "dumb") == 0)
		return false;
	if (c->home != NULL)
		set = ac_config_get(c->home, "color");
	return set == NULL || (strcmp(set, "never") != 0 && strcmp(set, "off") != 0);
}

int
out_width_of(int fd)
{
	struct winsize w;

	if (isatty(fd) != 1)
		return INT_MAX; /* another program reads: cut nothing */
	if (ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col >= 20)
		return w.ws_col;
	return 80;
}

int
out_width(void)
{
	return out_width_of(STDOUT_FILENO);
}

void
out_line(struct cli *c, int indent, const char *line)
{
	const char *s = text_wrap(c, line, out_width(), indent);

	out_write(s, strlen(s));
}

int
exit_of(enum ac_err err)
{
	switch (err) {
	case AC_OK: return DONE;
	case AC_ELOCKED: return LOCKED;
	case AC_EUSAGE:
	case AC_EAMBIGUOUS: return USAGE;
	default: return FAILED;
	}
}

static const char *
plain_words(enum ac_err err)
{
	switch (err) {
	case AC_ENOMEM: return _("There is no memory left.");
	case AC_ELIMIT: return _("That is larger than Aftercare takes.");
	case AC_ENOTFOUND: return _("There is nothing by that name.");
	case AC_EEXIST: return _("Something is there by that name already.");
	case AC_EAMBIGUOUS: return _("Several names begin so; give more of it.");
	case AC_ELOCKED: return _("The passphrase is missing or wrong.");
	case AC_ECORRUPT: return _("Stored bytes are damaged; run `aftercare verify`.");
	case AC_EFORGED: return _("These bytes were not written by who they claim.");
	case AC_EVERSION: return _("A newer Aftercare wrote this; update the program.");
	case AC_EREFUSED: return _("That is not allowed here.");
	case AC_EBUSY: return _("Another process is writing to this home; try again.");
	case AC_ENET: return _("The remote could not be reached.");
	default: return _("It failed, and nothing was changed.");
	}
}

static void
sentence(struct cli *c, const char *s)
{
	progress_clear();
	fputs(text_wrap(c, text_of(c, "aftercare: %s", clean(c, s)), out_width_of(STDERR_FILENO), 0), stderr);
}

int
fail(struct cli *c, enum ac_err err)
{
	sentence(c, c->fault.text[0] != '\0' ? c->fault.text : plain_words(err));
	return exit_of(err);
}

int
fail_with(struct cli *c, int code, const char *fmt, ...)
{
	char s[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s, sizeof s, _(fmt), ap);
	va_end(ap);
	sentence(c, s);
	return code;
}

void
note(struct cli *c, const char *fmt, ...)
{
	char s[2048];
	va_list ap;

	if (c->quiet)
		return;
	va_start(ap, fmt);
	vsnprintf(s, sizeof s, _(fmt), ap);
	va_end(ap);
	progress_clear();
	fputs(text_wrap(c, clean(c, s), out_width_of(STDERR_FILENO), 0), stderr);
}
