/* SPDX-License-Identifier: ISC */
/*
 * Method: each connection has a VFS of its own, which carries the key and will
 * open one file only: journals, temporary files and attached databases are
 * refused, so a pragma set wrongly fails and does not leak. Its file methods
 * are version 1: without shared memory there is no WAL, without fetch no mmap.
 *
 * Marker and locks nest: SQLite takes EXCLUSIVE before it writes, the marker is
 * made after that and removed before EXCLUSIVE is given up. So a reader that
 * holds SHARED and sees a marker looks at the leavings of the dead, or at one
 * who is about to put a new file in this one's place; the flock tells which.
 * Who replaces the file holds the marker too, so a writer that holds it and
 * finds its own file at the path knows that it stays there.
 *
 * SQLite reports the end of a transaction's writes (a commit's as well as a
 * rollback's) with SQLITE_FCNTL_SYNC, whatever `synchronous` is. We sync there
 * and remove the marker; a rollback that fails never gets so far.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/crypto.h"
#include "store/vfs.h"

#define BLOCK   8192
#define SEALED  (BLOCK - 40)
#define NONCE   SEALED
#define TAG     (SEALED + 24)
#define ID      16
#define EDITION 5
#define PATIENCE_MS 5000

static const char magic[16] = "aftercare index";

struct vfs {
	sqlite3_vfs base;
	sqlite3_vfs *real;
	unsigned char *key;  /* 32 bytes, secret */
	char *path, *marker, *fresh_path, *dir;
	bool fresh;          /* being made: no page yet is no damage */
	unsigned char nonces[64][24]; /* drawn at once, as a call for each page is dear; a connection is of one process */
	unsigned left;       /* that nobody had yet */
	char name[48];
};

struct file {
	sqlite3_file base;
	struct vfs *v;
	sqlite3_file *real;
	unsigned char id[ID];
	int lock;            /* SQLite's level, as far as we granted it */
	int marker;          /* descriptor while the marker is ours, else -1 */
	bool wrote;          /* since the marker was made */
	unsigned char block[BLOCK];
};

/* ------------------------------------------------------------------ blocks */

struct ad { unsigned char b[ID + 8]; };

static struct ad
ad_of(const unsigned char id[static ID], uint64_t offset)
{
	struct ad ad;
	int i;

	memcpy(ad.b, id, ID);
	for (i = 0; i < 8; i++)
		ad.b[ID + i] = (unsigned char)(offset >> 8 * i);
	return ad;
}

static void
seal(unsigned char *out, const unsigned char *in, const struct ad *ad, struct vfs *v)
{
	if (!v->left) {
		ac_crypto_random(v->nonces, sizeof v->nonces);
		v->left = sizeof v->nonces / sizeof *v->nonces;
	}
	memcpy(out + NONCE, v->nonces[--v->left], 24);
	ac_crypto_xseal(out, out + TAG, in, SEALED, ad->b, sizeof ad->b, out + NONCE, v->key);
}

static bool
unseal(unsigned char *block, const struct ad *ad, const unsigned char *key)
{
	return ac_crypto_xopen(block, block, SEALED, block + TAG, ad->b, sizeof ad->b, block + NONCE, key);
}

static void
head_seal(unsigned char block[static BLOCK], struct vfs *v)
{
	static const unsigned char nobody[ID];
	struct ad ad = ad_of(nobody, UINT64_MAX);
	unsigned char plain[SEALED] = { 0 };

	memcpy(plain, magic, sizeof magic);
	plain[16] = EDITION;
	ac_crypto_random(plain + 20, ID);
	seal(block, plain, &ad, v);
	ac_wipe(plain, sizeof plain);
}

static bool
head_open(unsigned char id[static ID], unsigned char block[static BLOCK], const unsigned char *key)
{
	static const unsigned char nobody[ID], edition[4] = { EDITION };
	struct ad ad = ad_of(nobody, UINT64_MAX);

	if (!unseal(block, &ad, key) || memcmp(block, magic, sizeof magic) != 0 ||
	    memcmp(block + 16, edition, 4) != 0)
		return false;
	memcpy(id, block + 20, ID);
	ac_wipe(block, BLOCK);
	return true;
}

/* ------------------------------------------------------------------ marker */

static bool
same_file(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool
sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* SQLITE_OK: none. SQLITE_CORRUPT: its maker died. SQLITE_BUSY: its maker lives. */
static int
marker_check(const struct vfs *v)
{
	int fd = open(v->marker, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), rc;

	if (fd < 0 && errno == ENOENT)
		return SQLITE_OK;
	if (fd < 0)
		return errno == EMFILE || errno == ENFILE || errno == EINTR ? SQLITE_IOERR_LOCK : SQLITE_CORRUPT;
	if (flock(fd, LOCK_SH | LOCK_NB) != 0)
		rc = errno == EWOULDBLOCK ? SQLITE_BUSY : SQLITE_IOERR_LOCK;
	else
		rc = same_file(fd, v->marker) ? SQLITE_CORRUPT : SQLITE_BUSY;
	close(fd);
	return rc;
}

static int
marker_errno(int e)
{
	switch (e) {
	case ENOSPC: case EDQUOT:
		return SQLITE_FULL;
	case EACCES: case EPERM: case EROFS:
		return SQLITE_READONLY_DIRECTORY;
	default:
		return SQLITE_IOERR_WRITE;
	}
}

static bool
moved(const struct file *p)
{
	int yes = 1;

	return p->real->pMethods->xFileControl(p->real, SQLITE_FCNTL_HAS_MOVED, &yes) != SQLITE_OK || yes;
}

static int
marker_drop(struct file *p)
{
	int rc = unlink(p->v->marker) == 0 ? SQLITE_OK : SQLITE_IOERR_DELETE;

	close(p->marker);
	p->marker = -1;
	return rc;
}

static int
marker_make(struct file *p)
{
	const struct vfs *v = p->v;
	int rc;

	p->wrote = false;
	p->marker = open(v->marker, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (p->marker < 0 && errno == EEXIST)
		return (rc = marker_check(v)) ? rc : SQLITE_BUSY;
	if (p->marker < 0)
		return marker_errno(errno);
	if (flock(p->marker, LOCK_EX | LOCK_NB) != 0)
		rc = SQLITE_IOERR_LOCK;
	else if (fsync(p->marker) != 0 || !sync_dir(v->dir))
		rc = marker_errno(errno);
	else
		rc = moved(p) ? SQLITE_READONLY_DBMOVED : SQLITE_OK;
	if (rc)
		marker_drop(p);
	return rc;
}

/* ----------------------------------------------------------------- methods */

static int
file_close(sqlite3_file *s)
{
	struct file *p = (struct file *)s;
	int rc = p->real->pMethods ? p->real->pMethods->xClose(p->real) : SQLITE_OK;

	/* a marker that is still ours says that the pages are torn: it stays */
	if (p->marker >= 0 && p->wrote)
		close(p->marker);
	else if (p->marker >= 0)
		marker_drop(p);
	p->marker = -1;
	ac_wipe(p->block, BLOCK);
	return rc;
}

/* Before SQLite holds any lock it looks for the page size, and a living writer
 * may just be writing page 1. The answer never varies. */
static int
first_glance(unsigned char *out, int n, sqlite3_int64 at)
{
	unsigned char head[100] = { [16] = BLOCK >> 8, [20] = BLOCK - SEALED };

	if (at != 0 || n > (int)sizeof head)
		return SQLITE_IOERR_READ;
	memcpy(out, head, (size_t)n);
	return SQLITE_OK;
}

static int
file_read(sqlite3_file *s, void *out, int n, sqlite3_int64 at)
{
	struct file *p = (struct file *)s;
	sqlite3_int64 page = at - at % BLOCK;
	struct ad ad = ad_of(p->id, (uint64_t)page);
	/* a whole page is opened where it shall lie */
	unsigned char *block = n == BLOCK ? out : p->block;
	sqlite3_int64 size;
	int rc;

	if (at < 0 || n < 0 || at - page + n > BLOCK)
		return SQLITE_IOERR_READ;
	if (p->lock == SQLITE_LOCK_NONE)
		return first_glance(out, n, at);
	rc = p->real->pMethods->xRead(p->real, block, BLOCK, page + BLOCK);
	if (rc == SQLITE_IOERR_SHORT_READ) {
		memset(out, 0, (size_t)n);
		rc = p->real->pMethods->xFileSize(p->real, &size);
		/* past the end SQLite may look; half a page never was written */
		return rc ? rc : size > page + BLOCK ? SQLITE_CORRUPT : SQLITE_IOERR_SHORT_READ;
	}
	if (rc)
		return rc;
	if (!unseal(block, &ad, p->v->key)) {
		memset(out, 0, (size_t)n);
		return SQLITE_CORRUPT;
	}
	if (block != out) {
		memcpy(out, block + (at - page), (size_t)n);
		ac_wipe(block, BLOCK);
	}
	return SQLITE_OK;
}

/* Only for writes that no xLock went before (locking_mode=EXCLUSIVE). Past the
 * first write SQLite must hear of an I/O error, or it keeps its cache. */
static int
before_write(struct file *p)
{
	int rc = p->marker >= 0 ? SQLITE_OK : marker_make(p);

	if (rc && rc != SQLITE_FULL)
		rc = SQLITE_IOERR_WRITE;
	if (!rc)
		p->wrote = true;
	return rc;
}

static int
file_write(sqlite3_file *s, const void *in, int n, sqlite3_int64 at)
{
	struct file *p = (struct file *)s;
	struct ad ad = ad_of(p->id, (uint64_t)at);
	int rc;

	if (n != BLOCK || at < 0 || at % BLOCK)
		return SQLITE_IOERR_WRITE;
	if ((rc = before_write(p)))
		return rc;
	seal(p->block, in, &ad, p->v);
	return p->real->pMethods->xWrite(p->real, p->block, BLOCK, at + BLOCK);
}

static int
file_truncate(sqlite3_file *s, sqlite3_int64 size)
{
	struct file *p = (struct file *)s;
	int rc = before_write(p);

	return rc ? rc : p->real->pMethods->xTruncate(p->real, size + BLOCK);
}

static int
settle(struct file *p)
{
	int rc;

	if (p->marker < 0)
		return SQLITE_OK;
	if (p->wrote && (rc = p->real->pMethods->xSync(p->real, SQLITE_SYNC_NORMAL)))
		return rc;
	p->wrote = false;
	return marker_drop(p);
}

static int
file_sync(sqlite3_file *s, int flags)
{
	(void)flags;
	return settle((struct file *)s);
}

static int
file_size(sqlite3_file *s, sqlite3_int64 *size)
{
	struct file *p = (struct file *)s;
	int rc = p->real->pMethods->xFileSize(p->real, size);

	if (rc)
		return rc;
	/* a database without pages reads as an empty one: ours has one from birth */
	if (*size <= BLOCK && !p->v->fresh)
		return SQLITE_CORRUPT;
	*size = *size <= BLOCK ? 0 : *size - BLOCK;
	return SQLITE_OK;
}

static int
file_lock(sqlite3_file *s, int level)
{
	struct file *p = (struct file *)s;
	int rc = p->real->pMethods->xLock(p->real, level);

	if (rc)
		return rc;
	if (p->lock == SQLITE_LOCK_NONE) {
		if (!(rc = marker_check(p->v)) && moved(p))
			rc = SQLITE_READONLY_DBMOVED;
		if (rc)
			p->real->pMethods->xUnlock(p->real, SQLITE_LOCK_NONE);
	}
	/* on failure EXCLUSIVE is kept: to lower it would lose RESERVED, and
	 * SQLite, which believes to hold that, rolls back and unlocks itself */
	if (!rc && level == SQLITE_LOCK_EXCLUSIVE && p->marker < 0)
		rc = marker_make(p);
	if (!rc)
		p->lock = level;
	return rc;
}

static int
file_unlock(sqlite3_file *s, int level)
{
	struct file *p = (struct file *)s;
	int rc;

	if (p->marker >= 0 && !p->wrote) {
		marker_drop(p);
	} else if (p->marker >= 0) {
		/* torn: the rollback failed too. The marker stays without an owner. */
		close(p->marker);
		p->marker = -1;
	}
	rc = p->real->pMethods->xUnlock(p->real, level);
	p->lock = level;
	return rc;
}

static int
file_reserved(sqlite3_file *s, int *out)
{
	struct file *p = (struct file *)s;

	return p->real->pMethods->xCheckReservedLock(p->real, out);
}

static int
file_control(sqlite3_file *s, int op, void *arg)
{
	struct file *p = (struct file *)s;

	switch (op) {
	case SQLITE_FCNTL_SYNC:
	case SQLITE_FCNTL_COMMIT_PHASETWO: /* a commit that shrinks the file truncates after the sync */
		return settle(p);
	case SQLITE_FCNTL_LOCKSTATE:
	case SQLITE_FCNTL_LAST_ERRNO:
	case SQLITE_FCNTL_HAS_MOVED:
		return p->real->pMethods->xFileControl(p->real, op, arg);
	default:
		return SQLITE_NOTFOUND;
	}
}

static int
file_sector(sqlite3_file *s)
{
	(void)s;
	return BLOCK;
}

static int
file_traits(sqlite3_file *s)
{
	(void)s;
	return 0;
}

static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_traits,
};

/* --------------------------------------------------------------------- VFS */

static int
vfs_open(sqlite3_vfs *s, const char *name, sqlite3_file *file, int flags, int *outflags)
{
	struct vfs *v = (struct vfs *)s;
	struct file *p = (struct file *)file;
	int rc;

	p->base.pMethods = NULL;
	if (!name || !(flags & SQLITE_OPEN_MAIN_DB) || strcmp(name, v->path) != 0)
		return SQLITE_CANTOPEN;
	p->v = v;
	p->real = (sqlite3_file *)(p + 1);
	p->lock = SQLITE_LOCK_NONE;
	p->marker = -1;
	p->wrote = false;
	if ((rc = v->real->xOpen(v->real, name, p->real, flags, outflags)))
		return rc;
	rc = p->real->pMethods->xRead(p->real, p->block, BLOCK, 0);
	if (rc == SQLITE_IOERR_SHORT_READ || (!rc && !head_open(p->id, p->block, v->key)))
		rc = SQLITE_CORRUPT;
	if (rc)
		p->real->pMethods->xClose(p->real);
	else
		p->base.pMethods = &methods;
	return rc;
}

static int
vfs_delete(sqlite3_vfs *s, const char *name, int sync)
{
	(void)s; (void)name; (void)sync;
	return SQLITE_IOERR_DELETE_NOENT;
}

/* There is no journal, hot or other, whatever lies there under its name. */
static int
vfs_access(sqlite3_vfs *s, const char *name, int flags, int *out)
{
	struct vfs *v = (struct vfs *)s;

	*out = 0;
	return strcmp(name, v->path) == 0 ? v->real->xAccess(v->real, name, flags, out) : SQLITE_OK;
}

static int
vfs_full(sqlite3_vfs *s, const char *name, int n, char *out)
{
	struct vfs *v = (struct vfs *)s;

	return v->real->xFullPathname(v->real, name, n, out);
}

static int
vfs_random(sqlite3_vfs *s, int n, char *out)
{
	(void)s;
	ac_crypto_random(out, (size_t)n);
	return n;
}

static int
vfs_sleep(sqlite3_vfs *s, int us)
{
	struct vfs *v = (struct vfs *)s;

	return v->real->xSleep(v->real, us);
}

static int
vfs_time(sqlite3_vfs *s, double *out)
{
	struct vfs *v = (struct vfs *)s;

	return v->real->xCurrentTime(v->real, out);
}

static int
vfs_time64(sqlite3_vfs *s, sqlite3_int64 *out)
{
	struct vfs *v = (struct vfs *)s;

	return v->real->xCurrentTimeInt64(v->real, out);
}

static int
vfs_error(sqlite3_vfs *s, int n, char *out)
{
	struct vfs *v = (struct vfs *)s;

	return v->real->xGetLastError(v->real, n, out);
}

static void
vfs_free(struct vfs *v)
{
	if (!v)
		return;
	ac_crypto_secret_free(v->key);
	free(v->path);
	free(v->marker);
	free(v->fresh_path);
	free(v->dir);
	free(v);
}

static char *
join(const char *a, const char *b)
{
	char *s;

	return asprintf(&s, "%s%s", a, b) < 0 ? NULL : s;
}

static bool
paths_set(struct vfs *v, const char *full)
{
	char *slash;

	v->path = join(full, "");
	v->marker = join(full, ".dirty");
	v->fresh_path = join(full, ".new");
	v->dir = join(full, "");
	if (!v->path || !v->marker || !v->fresh_path || !v->dir)
		return false;
	if ((slash = strrchr(v->dir, '/')))
		slash[slash == v->dir] = '\0';
	return true;
}

/* SQLite counts no bytes, which costs a lock at each; refused where somebody else has
 * started it already, and then it counts. */
static int
start(void)
{
	static bool done;

	if (!done)
		sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	done = true;
	return sqlite3_initialize();
}

static enum ac_err
vfs_new(struct vfs **out, const char *path, const unsigned char key[static 32], struct ac_fault *f)
{
	sqlite3_vfs *real = start() ? NULL : sqlite3_vfs_find("unix");
	struct vfs *v = calloc(1, sizeof *v);
	char full[4096];

	if (!real || !v) {
		free(v);
		return ac_fault(f, AC_ENOMEM, "SQLite could not start: out of memory");
	}
	v->real = real;
	if (real->mxPathname + 1 > (int)sizeof full ||
	    real->xFullPathname(real, path, sizeof full, full) & 0xff) {
		vfs_free(v);
		return ac_fault(f, AC_EIO, "the index's place %s cannot be resolved", path);
	}
	if (!paths_set(v, full) || !(v->key = ac_crypto_secret_new(32))) {
		vfs_free(v);
		return ac_fault(f, AC_ENOMEM, "out of memory");
	}
	memcpy(v->key, key, 32);
	snprintf(v->name, sizeof v->name, "aftercare-%p", (void *)v);
	v->base = (sqlite3_vfs){
		.iVersion = 2,
		.szOsFile = (int)sizeof(struct file) + real->szOsFile,
		.mxPathname = real->mxPathname,
		.zName = v->name,
		.xOpen = vfs_open, .xDelete = vfs_delete, .xAccess = vfs_access,
		.xFullPathname = vfs_full, .xRandomness = vfs_random, .xSleep = vfs_sleep,
		.xCurrentTime = vfs_time, .xGetLastError = vfs_error, .xCurrentTimeInt64 = vfs_time64,
	};
	*out = v;
	return AC_OK;
}

/* ------------------------------------------------------------------ making */

/* A marker of the living is waited for, one of the dead is taken over. */
static enum ac_err
claim(int *out, bool *found, const struct vfs *v, struct ac_fault *f)
{
	const struct timespec nap = { 0, 20 * 1000 * 1000 };
	int fd, waited, e;

	for (waited = 0; waited <= PATIENCE_MS; waited += 20) {
		*found = false;
		fd = open(v->marker, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0 && errno == EEXIST) {
			*found = true;
			fd = open(v->marker, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		}
		e = errno;
		if (fd < 0 && e != ENOENT)
			return ac_fault(f, AC_EIO, "%s cannot be made: %s", v->marker, ac_words_error(e));
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && same_file(fd, v->marker)) {
			*out = fd;
			return AC_OK;
		}
		if (fd >= 0)
			close(fd);
		nanosleep(&nap, NULL);
	}
	return ac_fault(f, AC_EBUSY, "another process is writing the index %s; try again", v->path);
}

static bool
write_all(int fd, const unsigned char *p, size_t n)
{
	ssize_t k;

	for (; n; p += k, n -= (size_t)k)
		if ((k = write(fd, p, n)) < 0)
			return false;
	return true;
}

static bool
replace(struct vfs *v)
{
	unsigned char block[BLOCK];
	int fd = open(v->fresh_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600), e;
	bool ok;

	if (fd < 0)
		return false;
	head_seal(block, v);
	ok = write_all(fd, block, sizeof block) && fsync(fd) == 0;
	e = errno;
	if (close(fd) != 0 && ok) {
		ok = false;
		e = errno;
	}
	if (ok && rename(v->fresh_path, v->path) == 0 && sync_dir(v->dir))
		return true;
	if (ok)
		e = errno;
	unlink(v->fresh_path);
	errno = e;
	return false;
}

static enum ac_err
make_anew(struct vfs *v, struct ac_fault *f)
{
	enum ac_err err;
	bool found = false, ok;
	int fd = -1, e;

	if ((err = claim(&fd, &found, v, f)))
		return err;
	ok = replace(v);
	e = errno;
	/* a marker that was found speaks of the old file while that is there */
	if (ok || !found)
		unlink(v->marker);
	close(fd);
	return ok ? AC_OK : ac_fault(f, AC_EIO, "the index %s cannot be made: %s", v->path, ac_words_error(e));
}

/* ----------------------------------------------------------------- opening */

enum ac_err
ac_vfs_err(int rc)
{
	if (rc == SQLITE_READONLY_DBMOVED)
		return AC_EBUSY;
	switch (rc & 0xff) {
	case SQLITE_OK: case SQLITE_ROW: case SQLITE_DONE:
		return AC_OK;
	case SQLITE_CORRUPT: case SQLITE_NOTADB: case SQLITE_FORMAT:
		return AC_ECORRUPT;
	case SQLITE_BUSY: case SQLITE_LOCKED:
		return AC_EBUSY;
	case SQLITE_NOMEM:
		return AC_ENOMEM;
	case SQLITE_FULL: case SQLITE_IOERR: case SQLITE_READONLY: case SQLITE_CANTOPEN: case SQLITE_PERM:
		return AC_EIO;
	case SQLITE_TOOBIG:
		return AC_ELIMIT;
	default:
		return AC_EINTERNAL;
	}
}

static enum ac_err
tell(int rc, const struct vfs *v, struct ac_fault *f)
{
	enum ac_err err = ac_vfs_err(rc);

	switch (err) {
	case AC_ECORRUPT:
		return ac_fault(f, err, "the index %s is damaged or was left half written; "
			"it must be rebuilt", v->path);
	case AC_EBUSY:
		return ac_fault(f, err, "another process is writing the index %s; try again", v->path);
	default:
		return ac_fault(f, err, "the index %s cannot be opened: %s", v->path, sqlite3_errstr(rc));
	}
}

static int
prepare(sqlite3 *db, struct vfs *v)
{
	static const char settings[] =
		"PRAGMA journal_mode=MEMORY; PRAGMA temp_store=MEMORY; PRAGMA cache_spill=OFF;"
		"PRAGMA synchronous=NORMAL; PRAGMA mmap_size=0; PRAGMA trusted_schema=OFF;"
		"PRAGMA cell_size_check=ON";
	int rc, reserve = BLOCK - SEALED;
	char size[32];

	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_timeout(db, PATIENCE_MS);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if ((rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve)))
		return rc;
	snprintf(size, sizeof size, "PRAGMA page_size=%d", BLOCK);
	if ((rc = sqlite3_exec(db, size, NULL, NULL, NULL)) || (rc = sqlite3_exec(db, settings, NULL, NULL, NULL)))
		return rc;
	if (v->fresh && (rc = sqlite3_exec(db, "PRAGMA application_id=0x41434978", NULL, NULL, NULL)))
		return rc;
	v->fresh = false;
	return sqlite3_exec(db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
}

/* Of two errors that mean the same to SQLite, a file that is not there. */
static enum ac_err
look(const struct vfs *v, struct ac_fault *f)
{
	struct stat st;

	if (stat(v->path, &st) == 0)
		return S_ISREG(st.st_mode) ? AC_OK :
			ac_fault(f, AC_EIO, "the index's place %s is taken by something that is no file", v->path);
	return ac_fault(f, errno == ENOENT ? AC_ENOTFOUND : AC_EIO, "the index %s cannot be opened: %s",
		v->path, ac_words_error(errno));
}

enum ac_err
ac_vfs_open(sqlite3 **out, const char *path, const unsigned char key[static 32], bool create,
	struct ac_fault *f)
{
	struct vfs *v = NULL;
	sqlite3 *db = NULL;
	enum ac_err err;
	int rc;

	if ((err = vfs_new(&v, path, key, f)))
		return err;
	if ((err = create ? make_anew(v, f) : look(v, f)))
		goto out;
	v->fresh = create;
	if (!(rc = sqlite3_vfs_register(&v->base, 0)))
		rc = sqlite3_open_v2(v->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, v->name);
	if (!rc)
		rc = prepare(db, v);
	if (rc)
		err = tell(rc, v, f);
out:
	if (err) {
		sqlite3_close(db);
		sqlite3_vfs_unregister(&v->base);
		vfs_free(v);
		return err;
	}
	*out = db;
	return AC_OK;
}

void
ac_vfs_close(sqlite3 *db)
{
	sqlite3_vfs *v = NULL;

	if (!db)
		return;
	sqlite3_file_control(db, "main", SQLITE_FCNTL_VFS_POINTER, &v);
	/* an unfinalised statement would keep the file open past its VFS */
	if (sqlite3_close(db) != SQLITE_OK)
		return;
	sqlite3_vfs_unregister(v);
	vfs_free((struct vfs *)v);
}
