/* SPDX-License-Identifier: ISC */
/*
 * sync/keysjson.h: keys.json, the member of a backup that opens its chains
 * (sync/PROTOCOL.md, "Backups"). Text in memory only: it holds every key of a record.
 */
#ifndef AC_SYNC_KEYSJSON_H
#define AC_SYNC_KEYSJSON_H

#include "store/home.h"

#define AC_KEYSJSON_MAX ((size_t)64 << 20)
#define AC_KEYSJSON_SPACES 4096

struct ac_keysjson_space {
	unsigned char sid[8], root[32], name_key[32], vault[8];
	enum ac_space_kind kind;
	const struct ac_val *epochs, *owners;  /* AC_ARR of 32-byte AC_BIN, oldest first */
	unsigned char invite[32];              /* the backup's; a share's own standing secret */
	bool has_invite;
	const struct ac_val *remotes;          /* AC_ARR of [name, url] */
	const struct ac_val *missing;          /* AC_ARR of hashes: attachments that are not in the backup; or NULL */
};
struct ac_keysjson {                           /* lives in an arena */
	int64_t time;                          /* ms */
	const char *patient, *person;          /* person: whose device made it */
	struct ac_keysjson_space *space;       /* the first is the one backed up */
	size_t n;
};

AC_MUST enum ac_err ac_keysjson_write(struct ac_buf *out, const struct ac_keysjson *k, struct ac_fault *f);
/* AC_EINVAL: it is not what its format says. AC_EVERSION: of a later format. */
AC_MUST enum ac_err ac_keysjson_read(struct ac_keysjson *out, struct ac_arena *a, const void *p, size_t n,
	struct ac_fault *f);

#endif
