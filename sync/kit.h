/* SPDX-License-Identifier: ISC */
/*
 * sync/kit.h: for the other files of sync: age identities in a text, and the public
 * key that a backup is sealed to for a kit which is not at hand.
 */
#ifndef AC_SYNC_KIT_H
#define AC_SYNC_KIT_H

#include "store/home.h"
#include "sync/sync.h"

#define AC_KIT_KEYS 16

/* Every AGE-SECRET-KEY-1… in a text (a kit sheet, a file of age-keygen), white space
 * and case ignored: up to AC_KIT_KEYS. AC_EINVAL: none, or one with a wrong
 * character. Wipe them. */
AC_MUST enum ac_err ac_kit_find(unsigned char keys[static AC_KIT_KEYS * 32], size_t *n, const char *text,
	struct ac_fault *f);
/* The age public key of a kit's invite, from its person field. */
bool ac_kit_public(unsigned char pk[static 32], const struct ac_invite *i);
/* The kit's standing invite; NULL: this secret is none of the space's open kits. */
const struct ac_invite *ac_kit_invite(const struct ac_space *s, const unsigned char kit[static 32]);

#endif
