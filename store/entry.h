/* SPDX-License-Identifier: ISC */
/*
 * store/entry.h: what a segment carries, entry by entry, as values
 * (store/FORMAT.md, "Entries"). Shapes only: no keys, no rules.
 */
#ifndef AC_STORE_ENTRY_H
#define AC_STORE_ENTRY_H

#include "store/facts.h"

enum ac_entry_kind { /* numbers are the format's; the first item of each entry */
	AC_ENTRY_VERSION = 1,
	AC_ENTRY_BLOB = 2,
	AC_ENTRY_INVITE = 3,
	AC_ENTRY_CANCEL = 4,
	AC_ENTRY_REMOVE = 5,
	AC_ENTRY_JOIN = 6,
	AC_ENTRY_KEYS = 7,
	AC_ENTRY_INCARNATION = 8,
	AC_ENTRY_SHARE = 9,
	AC_ENTRY_CONTRIBUTED = 10,
	AC_ENTRY_AUTHOR = 11,
	AC_ENTRY_WITHDRAWN = 12,
	AC_ENTRY_TERMS = 13,
	AC_ENTRY_TOMBSTONE = 15,
	AC_ENTRY_RELAY = 16,
	AC_ENTRY_HERE = 17,
	AC_ENTRY_SHARE_OWNER = 18
};

/* An import's name, with the salt derived, and the size of its canonical bytes. */
struct ac_name {
	unsigned char id[32];
	size_t size;
};

/* A version (schema/FORMAT.md, "Versions"). Everything is borrowed. */
struct ac_version {
	const char *source, *type, *id;
	const struct ac_val *parents;     /* AC_ARR of 32-byte AC_BIN */
	uint64_t time;                    /* hybrid logical clock */
	const unsigned char *member;      /* 8 bytes; NULL: an import's */
	enum ac_op op;
	const unsigned char *salt;        /* 16 bytes */
	const char *url;                  /* fullUrl, or NULL */
	const struct ac_val *body;        /* NULL: deleted, or in facts alone */
	int64_t weight;                   /* docs_limit.h; 0: not known */
	/* not of the version, but what its writer knows: */
	const struct ac_facts *facts;     /* of the body, where they are at hand; else NULL */
	const struct ac_name *name;       /* what ac_docs_name gives, or NULL */
	bool first;                       /* the index has no document of this key, as seen in this transaction */
	bool unwanted;                    /* nor one that waits for this version */
	bool guest;                       /* in a share: the vault has it of another's clinician */
	const struct ac_val *more;        /* items of a later version, which a version that is said again keeps */
	uint32_t nmore;
};

/* Bytes that a name is made of. What an entry leaves out is said in them, so they may be more than
 * those of the entry, which are AC_MAX_BODY at most. */
#define AC_ENTRY_NAMED_MAX ((size_t)AC_MAX_BODY + 8192)

enum { AC_ENTRY_VERSION_ITEMS = 12 };  /* all that are known here */

/* Appends the version's canonical msgpack, whose last AC_ENTRY_SALT bytes are the salt. */
#define AC_ENTRY_SALT 16
AC_MUST enum ac_err ac_entry_version_bytes(struct ac_buf *out, const struct ac_version *v);
/* The version's name: BLAKE2b-256 of its canonical msgpack. */
AC_MUST enum ac_err ac_entry_version_id(unsigned char id[static 32], const struct ac_version *v);

/* The entry in a segment whose writer is `writer` and whose clock is `clock`; a
 * salt equal to `derived` (16 bytes, or NULL) is left out. */
AC_MUST enum ac_err ac_entry_version_write(struct ac_val *out, struct ac_arena *a, const struct ac_version *v,
	const unsigned char writer[static 8], uint64_t clock, bool derived);
/* The reverse; *derived says that the salt was left out (v->salt is NULL then, to be
 * computed by the caller). Items behind those known are passed over. AC_ECORRUPT: not a
 * version entry. */
AC_MUST enum ac_err ac_entry_version_read(struct ac_version *v, bool *derived, const struct ac_val *e,
	const unsigned char writer[static 8], uint64_t clock);

/* The head of an array of n items, in canonical msgpack. */
AC_MUST enum ac_err ac_entry_array(struct ac_buf *out, size_t n);
/* Building: arrays in an arena. NULL: no memory. */
struct ac_val *ac_entry_list(struct ac_arena *a, size_t n);  /* an AC_ARR of n nils */
struct ac_val *ac_entry_at(struct ac_val *list, size_t i);   /* to fill */

/* Reading, each false where the item is not what is asked for. */
bool ac_entry_is(const struct ac_val *e, enum ac_entry_kind kind, size_t items);
bool ac_entry_bin(const unsigned char **out, const struct ac_val *e, size_t i, size_t n);
bool ac_entry_int(int64_t *out, const struct ac_val *e, size_t i);
bool ac_entry_text(const char **out, const struct ac_val *e, size_t i);
const struct ac_val *ac_entry_arr(const struct ac_val *e, size_t i); /* NULL: no array there */

#endif
