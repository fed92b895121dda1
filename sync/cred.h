/* SPDX-License-Identifier: ISC */
/*
 * Passwords from git's credential helpers, by the protocol that git documents
 * (gitcredentials, git-credential): credential.helper and credential.URL.helper
 * of the person's git configuration, in its order, until one gives a password.
 * A name is git-credential-NAME in PATH or beside git's own programs, an
 * absolute path is that program, and !… is a shell's line. We never ask a
 * person ourselves; a helper may.
 */
#ifndef AFTERCARE_SYNC_CRED_H
#define AFTERCARE_SYNC_CRED_H

#include "schema/schema.h"

/* What the password is for. user, path: NULL for none; path without its first
 * slash, used where credential.useHttpPath is set. */
struct ac_cred_for {
	const char *protocol, *host, *path, *user;
};

/* NUL-ended, wiped when freed. */
struct ac_cred {
	struct ac_buf user, pass;
};

/* AC_ENOTFOUND: no helper is set or none knows. AC_EUSAGE: the address has
 * characters that the protocol cannot carry. */
AC_MUST enum ac_err ac_cred_get(struct ac_cred *out, const struct ac_cred_for *w);
/* Tells every helper that it worked (to keep) or did not (to forget). */
void ac_cred_tell(const struct ac_cred_for *w, const struct ac_cred *c, bool worked);
void ac_cred_free(struct ac_cred *c);

#endif
