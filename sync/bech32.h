/* SPDX-License-Identifier: ISC */
/*
 * sync/bech32.h: bytes as text that a person can type and a checksum guards
 * (BIP 173's Bech32, without its limit of 90 characters).
 */
#ifndef AC_SYNC_BECH32_H
#define AC_SYNC_BECH32_H

#include "schema/schema.h"

/* Characters, with the NUL, for n bytes behind a prefix of `hrp` characters. */
#define AC_BECH32_SIZE(hrp, n) ((hrp) + 1 + ((n) * 8 + 4) / 5 + 6 + 1)

/* n > 0. Writes `hrp`, "1", the bytes and the checksum, in the case that hrp is in. */
void ac_bech32_encode(char *out, const char *hrp, const void *p, size_t n);

/* True when `text` is what ac_bech32_encode writes for n bytes under this hrp;
 * only then are they stored. The case must be hrp's. */
AC_MUST bool ac_bech32_decode(void *p, size_t n, const char *hrp, const char *text);

#endif
