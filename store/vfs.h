/* SPDX-License-Identifier: ISC */
/*
 * store/vfs.h: SQLite databases that are sealed on disk.
 *
 * What it is: a layer over SQLite's unix VFS that seals every page of one
 * database file with XChaCha20-Poly1305, and a marker file that tells a clean
 * database from one whose writer died. What it is not: proof of freshness. Who
 * can write to the disk can put back an older page of the same file under the
 * same key; a rebuild draws a new key, and no page outlives that.
 *
 * File, in blocks of 8192 bytes. Each block is 8152 sealed bytes, the nonce
 * (24, random at each write) and the tag (16). Nothing is in the clear.
 *
 *   block 0      "aftercare index", NUL, edition (u32, little endian, 1), 16
 *                random bytes that name the file, zeros; associated data is 16
 *                zeros and the offset 2^64-1
 *   block n      SQLite's page n, which leaves its last 40 bytes to us;
 *                associated data is the file's name and the page's offset in
 *                SQLite's eyes, 8192 * (n - 1), u64 little endian
 *
 * The marker is PATH.dirty, an empty file. It is durable before the first page
 * of a transaction is written and goes when the database is synced; its maker
 * holds a flock on it. Whoever finds it and gets the lock knows that the maker
 * died; pages of two transactions then lie mixed, which no check of SQLite's
 * would notice. Journal and temporary tables stay in memory, so nothing could
 * be rolled back: the database is rebuilt.
 *
 * SQLite answers SQLITE_CORRUPT for a marker of the dead or a page that does
 * not open, SQLITE_READONLY_DBMOVED when another process made the database
 * anew (close and open again), SQLITE_BUSY while a writer is at work.
 */
#ifndef AC_STORE_VFS_H
#define AC_STORE_VFS_H

#include <sqlite3.h>

#include "schema/schema.h"

/*
 * Opens the database at path; create: makes it anew, and what lay there is gone.
 * The key is copied into secret memory. ac_crypto_init must have been called. A
 * connection must not be carried through fork. Writers wait for each other for
 * five seconds (sqlite3_busy_timeout changes that).
 *
 * AC_ENOTFOUND: no file there. AC_ECORRUPT: the marker was found, the key does
 * not fit, or a block does not open: rebuild. AC_EBUSY: another process writes,
 * or made it anew in this moment. AC_EIO, AC_ENOMEM.
 */
AC_MUST enum ac_err ac_vfs_open(sqlite3 **out, const char *path, const unsigned char key[static 32],
	bool create, struct ac_fault *f);

/* Finalises nothing: the caller has finalised its statements. NULL is allowed. */
void ac_vfs_close(sqlite3 *db);

/* What an (extended) result code of SQLite means for a database of ours. */
enum ac_err ac_vfs_err(int rc);

#endif
