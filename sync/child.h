/* SPDX-License-Identifier: ISC */
/*
 * A program run beside this one, spoken to over its standard input and output.
 * Every wait is bounded, its end is always collected, and what it said on
 * standard error is kept, as far as the last words go, and made printable.
 * A child that closes early is a failed write, never a signal.
 */
#ifndef AFTERCARE_SYNC_CHILD_H
#define AFTERCARE_SYNC_CHILD_H

#include <sys/types.h>

#include "schema/schema.h"

/* The last words of somebody else, made printable: what a person may be shown. */
#define AC_WORDS_MAX 300
struct ac_words { char s[AC_WORDS_MAX + 1]; size_t n; };
void ac_words_keep(struct ac_words *w, const char *p, size_t n);

struct ac_child {
	pid_t pid;                     /* 0: none */
	int io, err;                   /* a socket for both ways; a pipe */
	struct ac_words words;         /* of its standard error */
};

enum ac_child_end { AC_CHILD_OK, AC_CHILD_EOF, AC_CHILD_LATE, AC_CHILD_ERROR };

/* argv[0] is looked for in PATH; env NULL: ours. 0, or an errno (ENOENT: no such
 * program). `c` needs no initialising; after a failure ac_child_stop is harmless. */
AC_MUST int ac_child_start(struct ac_child *c, char *const argv[], char *const env[]);
/* Some bytes, at most *n; AC_CHILD_EOF: it says no more. ms bounds the wait. */
AC_MUST enum ac_child_end ac_child_read(struct ac_child *c, void *p, size_t *n, int ms);
/* All bytes; ms bounds each wait. AC_CHILD_EOF: it listens no more. */
AC_MUST enum ac_child_end ac_child_write(struct ac_child *c, const void *p, size_t n, int ms);
/* No more input for it. */
void ac_child_shut(struct ac_child *c);
/* Waits ms for its end, then ends it. Its exit status as the shell would say it
 * (128 + signal); -1: there was none. May be called again. */
int ac_child_stop(struct ac_child *c, int ms);

#endif
