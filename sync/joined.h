/* SPDX-License-Identifier: ISC */
/* sync/joined.h: who joined, told once on every device. */
#ifndef AC_SYNC_JOINED_H
#define AC_SYNC_JOINED_H

#include "sync/exchange.h"

/* Everybody who is a member now is known to this device: when it joins. */
AC_MUST enum ac_err ac_joined_known(struct ac_space *s, struct ac_fault *f);
/* An owner says in its chain that it has seen who came by the kit or a backup: what was
 * restored learns by that whether it is the newest. */
AC_MUST enum ac_err ac_joined_answer(struct ac_space *s, struct ac_fault *f);
/* A notice of each who joined the vault or one of its shares since. Without somebody to
 * tell nothing is marked as told. */
AC_MUST enum ac_err ac_joined_tell(struct ac_space *s, const struct ac_sync_events *e, struct ac_fault *f);

#endif
