/* SPDX-License-Identifier: ISC */
/* sync/recover.h: a home from a recovery kit and a hub alone. */
#ifndef AC_SYNC_RECOVER_H
#define AC_SYNC_RECOVER_H

#include "sync/sync.h"

AC_MUST enum ac_err ac_recover(struct ac_home **out, struct ac_space **space, const struct ac_restore *r,
	const struct ac_sync_events *e, struct ac_fault *f);

#endif
