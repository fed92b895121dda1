/* SPDX-License-Identifier: ISC */
/*
 * store/index.h: the local SQLite file that answers queries: its tables, and
 * the few calls by which the rest of the store speaks to it. Everything in it
 * can be made again from the chains. Its pages are sealed by store/vfs.c.
 */
#ifndef AC_STORE_INDEX_H
#define AC_STORE_INDEX_H

#include "schema/schema.h"
#include "store/bytes.h"

struct ac_index;

/* create: throws away what is there. AC_ECORRUPT: to be rebuilt. */
AC_MUST enum ac_err ac_index_open(struct ac_index **out, const char *path, const unsigned char key[static 32],
	bool create, struct ac_fault *f);
void ac_index_close(struct ac_index *ix);
bool ac_index_broken(const struct ac_index *ix);  /* a call met damage: rebuild */

AC_MUST enum ac_err ac_index_begin(struct ac_index *ix, struct ac_fault *f);
AC_MUST enum ac_err ac_index_commit(struct ac_index *ix, struct ac_fault *f);
void ac_index_abort(struct ac_index *ix);

/* Arguments follow `types`, a letter each: i int64_t; t const char * (NULL: null);
 * b const void *, size_t (NULL: null). */
AC_MUST enum ac_err ac_index_run(struct ac_index *ix, struct ac_fault *f, const char *sql,
	const char *types, ...);
int64_t ac_index_last_id(struct ac_index *ix);

/* Rows: query, then next until false, then end (which returns what went wrong). The
 * SQL text must be a literal: prepared statements are kept by its address. One
 * statement can be under way once at a time. */
struct ac_rows {
	void *stmt;
	size_t slot;
	struct ac_index *ix;
	enum ac_err err;
};
struct ac_rows ac_index_query(struct ac_index *ix, const char *sql, const char *types, ...);
bool ac_rows_next(struct ac_rows *q);
AC_MUST enum ac_err ac_rows_end(struct ac_rows *q, struct ac_fault *f);
int64_t ac_rows_int(struct ac_rows *q, int col);
const char *ac_rows_text(struct ac_rows *q, int col);              /* never NULL */
const void *ac_rows_blob(struct ac_rows *q, int col, size_t *n);   /* NULL: null or empty */

/* The beginning of a version's name. Versions are found by it: an index on numbers takes a
 * third of one on names. Two may have the same, so the name is to be asked for too. */
static inline int64_t
ac_index_tag(const unsigned char vid[static 32])
{
	return (int64_t)ac_bytes_get64(vid);
}

/* One value: AC_ENOTFOUND when there is no row. */
AC_MUST enum ac_err ac_index_int(int64_t *out, struct ac_index *ix, struct ac_fault *f, const char *sql,
	const char *types, ...);

#endif
