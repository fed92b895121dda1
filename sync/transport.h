/* SPDX-License-Identifier: ISC */
/*
 * The carriers below libgit2's smart protocol: https by libcurl, ssh by the
 * system's ssh program. libgit2 speaks git; these move its bytes, bound every
 * wait and every sum of bytes, and say in one sentence what went wrong. What
 * the bytes mean is no matter of theirs: packs are judged by those who ask.
 *
 * Addresses:
 *   https://[user[:password]@]host[:port]/path
 *   http://…            only where the host is localhost, 127.0.0.0/8 or [::1]
 *   ssh://[user@]host[:port]/path, [user@]host:path   (~ as git has it)
 *
 * https: certificates are checked against the system's authorities, or against
 * the file that AFTERCARE_CA_FILE names. A proxy comes from git's http.proxy or
 * from the environment. Redirects are followed for the first request of a
 * conversation only, and only from https to https. A server that answers 401
 * gets what git's credential helpers give (sync/cred.h), once; Basic is the one
 * way of proving that we know. HTTP 1.1, no compression.
 *
 * ssh: AFTERCARE_SSH holds the program and its first arguments, split at spaces
 * ("ssh" when unset). Keys, agent, hosts and jumps are ssh's own configuration.
 * Without a terminal it runs in batch mode, so it never waits for a person.
 *
 * Limits, counts and the sentence belong to the calling thread.
 */
#ifndef AFTERCARE_SYNC_TRANSPORT_H
#define AFTERCARE_SYNC_TRANSPORT_H

#include <git2.h>
#include <git2/sys/transport.h>

#include "schema/schema.h"

/* Makes libgit2 use these carriers for every remote of the process, in place of
 * its own. The first call does it, later ones say how that went. AC_EINTERNAL:
 * libgit2 or libcurl would not start. */
AC_MUST enum ac_err ac_transport_register(struct ac_fault *f);

/* A remote by its address alone: git's url.*.insteadOf is not looked at (a hub is where the
 * person says; libgit2 1.5 leaks when it looks). libgit2's result. */
int ac_transport_remote(git_remote **out, git_repository *repo, const char *url);

struct ac_transport_limits {
	unsigned connect_seconds;  /* name, connection and TLS; 0: 20 */
	unsigned stall_seconds;    /* without a byte either way; 0: 60 */
	uint64_t max_bytes;        /* received since the reset; 0: no ceiling */
};
/* NULL: back to the defaults. */
void ac_transport_limits(const struct ac_transport_limits *l);

/* Bytes of git's own conversation since the reset, HTTP headers and ssh's
 * sealing not counted. The reset clears the sentence too. */
void ac_transport_counts(uint64_t *in, uint64_t *out);
void ac_transport_reset(void);

/* After a call of libgit2's failed: why, as far as it was the carrier's doing;
 * "" when it was not (libgit2's own words then say). Names the address without
 * its password. Good until the thread's next conversation. */
const char *ac_transport_error(void);

/* ------------------------------------------- for the carriers (http.c, ssh.c) */

/* Starts a conversation: forgets the sentence. */
void ac_transport_begin(void);
/* Keeps the sentence unless the conversation has one (the first failure is the
 * cause of the others), hands it to libgit2 and returns `code`. */
int ac_transport_fail(int code, const char *fmt, ...) AC_PRINTF(2, 3);
/* Counts; false: over the ceiling. */
AC_MUST bool ac_transport_in(size_t n);
void ac_transport_out(size_t n);
/* As set, with the defaults filled in. */
struct ac_transport_limits ac_transport_limits_now(void);
/* An address fit to be shown: printable, no password, bounded. */
#define AC_TRANSPORT_SHOWN 256
void ac_transport_shown(char out[static AC_TRANSPORT_SHOWN], const char *url);
/* Milliseconds of a clock that only goes forward. */
uint64_t ac_transport_clock(void);

/* libgit2's git_smart_subtransport_cb. */
int ac_http_open(git_smart_subtransport **out, git_transport *owner, void *param);
int ac_ssh_open(git_smart_subtransport **out, git_transport *owner, void *param);
/* Once, before any ac_http_open; false: libcurl would not start. */
AC_MUST bool ac_http_init(void);

#endif
