/* SPDX-License-Identifier: ISC */
/*
 * Faults that a test asks for by name, to see that it would notice them. Only
 * builds with AC_FAULTS (make V=test, V=asan) have them; elsewhere no name is
 * ever on and the compiler drops what depends on it.
 *
 * AFTERCARE_FAULT names one: import join view share attachment restore receive; ceiling
 * lets a sync take three of a clinician's versions at most.
 */
#ifndef AC_FAULTS_H
#define AC_FAULTS_H

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

#endif
