/* SPDX-License-Identifier: ISC */
/*
 * Faults that a test asks for by name, to see that it would notice them. Only
 * builds with AC_FAULTS (make V=test, V=asan) have them; elsewhere no name is
 * ever on and the compiler drops what depends on it.
 *
 * AFTERCARE_FAULT names one: import join view share attachment restore receive plan push; or a
 * place to die at: repack-written repack-removing.
 * AFTERCARE_CONNECT_SECONDS and AFTERCARE_STALL_SECONDS shorten a carrier's waits;
 * AFTERCARE_PORTION makes one push to a server smaller.
 * AFTERCARE_SCANS says on standard error which tables of the index are read from end to end.
 * AFTERCARE_EDITION, AFTERCARE_NUMBER, AFTERCARE_FORMAT and AFTERCARE_DICTIONARY are another merge
 * edition, document number, segment format and dictionary, as of a later program; AFTERCARE_READS
 * is a later format that it reads and does not write. AFTERCARE_LATER names what it writes besides,
 * of: kind items op ext (store/append.c), role standing (store/invite.c), filter (sync/share.c).
 * AFTERCARE_TEMPLATES names files of templates, with colons between, that a later program has besides.
 * AFTERCARE_DOCUMENT is what the versions of one document may weigh (store/docs_limit.c),
 * AFTERCARE_VERSION what one of them may, and
 * AFTERCARE_PLACES another AC_MAX_PLACES.
 * AFTERCARE_STEPS is how many steps of a push to a server go one by one (sync/push.c).
 * AFTERCARE_UNREAD is the REF of a document whose reading fails (store/show.c).
 * AFTERCARE_TEXTS is which text of a command finds no memory (schema/arena.c).
 * ceiling lets a sync take three of a clinician's versions at most.
 */
#ifndef AC_FAULTS_H
#define AC_FAULTS_H

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool
ac_faults_on(const char *name)
{
#ifdef AC_FAULTS
	const char *on = getenv("AFTERCARE_FAULT");

	return on && !strcmp(on, name);
#else
	(void)name;
	return false;
#endif
}

/* Does the environment name just this? */
static inline bool
ac_faults_named(const char *name, const char *what)
{
#ifdef AC_FAULTS
	const char *on = getenv(name);

	return on && !strcmp(on, what);
#else
	(void)name;
	(void)what;
	return false;
#endif
}

/* `usual`, or the number that the environment gives in a test build. */
static inline unsigned
ac_faults_number(const char *name, unsigned usual)
{
#ifdef AC_FAULTS
	const char *s = getenv(name);
	int n = s ? atoi(s) : 0;

	return n > 0 ? (unsigned)n : usual;
#else
	(void)name;
	return usual;
#endif
}

/* Does a later program, as which this one is to write, write this? */
static inline bool
ac_faults_later(const char *what)
{
#ifdef AC_FAULTS
	const char *on = getenv("AFTERCARE_LATER");

	return on && strstr(on, what);
#else
	(void)what;
	return false;
#endif
}

/* As a kill would, just there. */
static inline void
ac_faults_die(const char *name)
{
	if (ac_faults_on(name))
		raise(SIGKILL);
}

/* A ceiling that a test sets lower than is real. */
static inline size_t
ac_faults_limit(const char *variable, size_t real)
{
#ifdef AC_FAULTS
	const char *s = getenv(variable);

	return s ? strtoul(s, NULL, 10) : real;
#else
	(void)variable;
	return real;
#endif
}

#endif
