/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store/crypto.h"
#include "store/vfs.h"

#define BLOCK 8192
#define SECRET "hemoglobin-of-nobody-at-all"

static const unsigned char key[32] = "the key of the index in its test";
static const unsigned char other[32] = "another key of another test here";
static char dir[] = "/tmp/ac-vfs-XXXXXX";
static char path[64], marker[72];

/* ----------------------------------------------------------------- helpers */

static void
run(sqlite3 *db, const char *sql)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	if (rc)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

/* The first column of the first row; -1 and *rc where there is none. */
static int64_t
number(sqlite3 *db, const char *sql, int *rc)
{
	sqlite3_stmt *st = NULL;
	int64_t n = -1;

	*rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
	if (!*rc && (*rc = sqlite3_step(st)) == SQLITE_ROW) {
		n = sqlite3_column_int64(st, 0);
		*rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	return n;
}

static int64_t
count(sqlite3 *db, const char *sql)
{
	int rc;
	int64_t n = number(db, sql, &rc);

	if (rc)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	return n;
}

static sqlite3 *
open_ok(bool create)
{
	struct ac_fault f = { 0 };
	sqlite3 *db = NULL;
	enum ac_err err = ac_vfs_open(&db, path, key, create, &f);

	if (err)
		fail_msg("open: %d %s", err, f.text);
	return db;
}

static enum ac_err
open_only(const unsigned char *k)
{
	struct ac_fault f = { 0 };
	sqlite3 *db = NULL;
	enum ac_err err = ac_vfs_open(&db, path, k, false, &f);

	if (err)
		assert_null(db);
	assert_int_equal(err == 0, f.text[0] == 0);
	ac_vfs_close(db);
	return err;
}

static unsigned char *
slurp(const char *name, size_t *n)
{
	FILE *in = fopen(name, "rb");
	unsigned char *p;

	assert_non_null(in);
	fseek(in, 0, SEEK_END);
	*n = (size_t)ftell(in);
	rewind(in);
	p = malloc(*n + 1);
	assert_int_equal(fread(p, 1, *n, in), *n);
	fclose(in);
	return p;
}

static void
spit(const char *name, const unsigned char *p, size_t n)
{
	FILE *out = fopen(name, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(p, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
}

static bool
there(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0;
}

#define ROWS 60

/* A small database with a b-tree, overflow pages, an index and FTS5. */
static void
fill(void)
{
	sqlite3 *db = open_ok(true);

	run(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT UNIQUE, body BLOB);"
		"CREATE VIRTUAL TABLE words USING fts5(body, content='')");
	run(db, "BEGIN; WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n<60)"
		"INSERT INTO t SELECT n, '" SECRET "'||n, zeroblob(n*100) FROM c;"
		"INSERT INTO words(rowid, body) SELECT id, 'result '||name FROM t; COMMIT");
	ac_vfs_close(db);
}

/* Every row of every table; the result says whether all read well. *sum is only
 * compared when it did. */
static int
read_all(sqlite3 *db, int64_t *sum)
{
	static const char *const sql[] = {
		"SELECT sum(id*length(body)) FROM t",
		"SELECT count(*) FROM t INDEXED BY sqlite_autoindex_t_1 WHERE name > 'a'",
		"SELECT sum(length(quote(body))) FROM t",
		"SELECT sum(length(block)) FROM words_data",
		"SELECT count(*) FROM words('hemoglobin')",
		"SELECT count(*) FROM words_docsize",
	};
	size_t i;
	int rc;

	*sum = 0;
	for (i = 0; i < sizeof sql / sizeof *sql; i++) {
		*sum = *sum * 31 + number(db, sql[i], &rc);
		if (rc)
			return rc;
	}
	return SQLITE_OK;
}

static int64_t
sum_good(void)
{
	sqlite3 *db = open_ok(false);
	int64_t sum;

	assert_int_equal(read_all(db, &sum), SQLITE_OK);
	ac_vfs_close(db);
	return sum;
}

/* ------------------------------------------------------------ sealed at rest */

static void
round_trip(void **state)
{
	sqlite3 *db;
	size_t n, i;
	unsigned char *p;

	(void)state;
	fill();
	assert_false(there(marker));
	db = open_ok(false);
	assert_int_equal(count(db, "SELECT count(*) FROM t"), ROWS);
	assert_int_equal(count(db, "SELECT count(*) FROM words('\"" SECRET "7\"')"), 1);
	assert_int_equal(count(db, "PRAGMA page_size"), BLOCK);
	run(db, "DELETE FROM t WHERE id > 10; VACUUM");
	ac_vfs_close(db);
	db = open_ok(false);
	assert_int_equal(count(db, "SELECT count(*) FROM t"), 10);
	/* what would leave the sealed file is refused */
	assert_int_not_equal(sqlite3_exec(db, "ATTACH '/tmp/ac-vfs-plain' AS x", NULL, NULL, NULL), 0);
	assert_int_not_equal(sqlite3_exec(db, "VACUUM INTO '/tmp/ac-vfs-plain'", NULL, NULL, NULL), 0);
	assert_false(there("/tmp/ac-vfs-plain"));
	assert_int_not_equal(sqlite3_exec(db, "PRAGMA journal_mode=DELETE; DELETE FROM t", NULL, NULL, NULL), 0);
	sqlite3_exec(db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
	run(db, "PRAGMA journal_mode=MEMORY; DELETE FROM t WHERE id > 5");
	assert_int_equal(count(db, "SELECT count(*) FROM t"), 5);
	ac_vfs_close(db);
	fill();
	p = slurp(path, &n);
	assert_int_equal(n % BLOCK, 0);
	assert_true(n > 20 * BLOCK);
	for (i = 0; i + sizeof SECRET < n; i++) {
		assert_false(!memcmp(p + i, SECRET, sizeof SECRET - 1));
		assert_false(!memcmp(p + i, "SQLite", 6) || !memcmp(p + i, "CREATE", 6));
		assert_false(!memcmp(p + i, "aftercare", 9));
		assert_false(!memcmp(p + i, "\0\0\0\0\0\0\0", 8));
	}
	free(p);
}

static void
wrong_key(void **state)
{
	sqlite3 *db;

	(void)state;
	fill();
	assert_int_equal(open_only(key), AC_OK);
	assert_int_equal(open_only(other), AC_ECORRUPT);
	unlink(path);
	assert_int_equal(open_only(key), AC_ENOTFOUND);
	assert_false(there(path));
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(open_only(key), AC_EIO);
	rmdir(path);
	db = open_ok(true);
	ac_vfs_close(db);
	assert_int_equal(open_only(key), AC_OK);
	assert_int_equal(open_only(other), AC_ECORRUPT);
}

/* Opens and reads what lies there: refused, or exactly the good data. */
static bool
refused(int64_t good)
{
	sqlite3 *db = NULL;
	enum ac_err err = ac_vfs_open(&db, path, key, false, NULL);
	int64_t sum;
	int rc;

	if (err) {
		assert_int_equal(err, AC_ECORRUPT);
		return true;
	}
	rc = read_all(db, &sum);
	ac_vfs_close(db);
	if (!rc)
		assert_int_equal(sum, good);
	else
		assert_true(ac_vfs_err(rc) == AC_ECORRUPT);
	return rc != 0;
}

static void
flipped_bits(void **state)
{
	static const size_t at[] = { 0, 16, 20, 100, 2000, BLOCK - 41, BLOCK - 40, BLOCK - 17, BLOCK - 16, BLOCK - 1 };
	size_t n, block, i, unread = 0;
	unsigned char *p;
	int64_t good;

	(void)state;
	fill();
	good = sum_good();
	p = slurp(path, &n);
	for (block = 0; block < n / BLOCK; block++)
		for (i = 0; i < sizeof at / sizeof *at; i++) {
			p[block * BLOCK + at[i]] ^= 1 << (i % 8);
			spit(path, p, n);
			unread += !refused(good);
			p[block * BLOCK + at[i]] ^= 1 << (i % 8);
		}
	spit(path, p, n);
	assert_false(refused(good));
	free(p);
	printf("# flipped %zu bits in %zu blocks\n", n / BLOCK * (sizeof at / sizeof *at), n / BLOCK);
	assert_int_equal(unread, 0);
}

static void
cut_short(void **state)
{
	static const size_t keep[] = { 0, 1, 100, BLOCK - 1, BLOCK, BLOCK + 1, BLOCK + 100, 2 * BLOCK - 1,
		2 * BLOCK, 2 * BLOCK + 100 };
	size_t n, i;
	unsigned char *p;
	int64_t good;

	(void)state;
	fill();
	good = sum_good();
	p = slurp(path, &n);
	for (i = 0; i < sizeof keep / sizeof *keep; i++) {
		spit(path, p, keep[i]);
		assert_true(refused(good));
	}
	for (i = 1; i < 4; i++) {
		spit(path, p, n - i * BLOCK);
		assert_true(refused(good));
		spit(path, p, n - i * BLOCK + 1);
		assert_true(refused(good));
	}
	free(p);
}

static void
swapped_pages(void **state)
{
	size_t n, n2, blocks, i, j, bad = 0;
	unsigned char *p, *q, *old;
	int64_t good;

	(void)state;
	fill();
	old = slurp(path, &n);
	fill(); /* the same key, the same content, another file */
	good = sum_good();
	p = slurp(path, &n2);
	assert_int_equal(n, n2);
	q = malloc(n);
	blocks = n / BLOCK;
	for (i = 0; i < blocks; i++) {
		j = (i + 1) % blocks;
		memcpy(q, p, n);
		memcpy(q + i * BLOCK, p + j * BLOCK, BLOCK);
		memcpy(q + j * BLOCK, p + i * BLOCK, BLOCK);
		spit(path, q, n);
		bad += !refused(good);
		memcpy(q, p, n);
		memcpy(q + i * BLOCK, old + i * BLOCK, BLOCK);
		spit(path, q, n);
		bad += !refused(good);
		memcpy(q, p, n);
		memset(q + i * BLOCK, 0, BLOCK);
		spit(path, q, n);
		bad += !refused(good);
	}
	assert_int_equal(bad, 0);
	free(p);
	free(q);
	free(old);
}

/* --------------------------------------------------- faults under SQLite's feet */

typedef ssize_t pwrite_fn(int, const void *, size_t, off_t);
static pwrite_fn *real_pwrite;
static const char *pwrite_name;
static int writes_left = -1, syncs_left = -1; /* counts down; at zero the fault strikes; < 0 never */
static enum { STRIKE_FULL, STRIKE_ONCE, STRIKE_STALL, STRIKE_KILL, STRIKE_TEAR } strike;
static int stalled; /* where to tell */
static int writes_seen, writes_unmarked, syncs_seen;

static ssize_t
fake_pwrite(int fd, const void *p, size_t n, off_t at)
{
	writes_seen++;
	writes_unmarked += !there(marker);
	if (writes_left < 0 || writes_left-- > 0)
		return real_pwrite(fd, p, n, at);
	writes_left = strike == STRIKE_FULL ? 0 : -1;
	if (strike == STRIKE_TEAR || strike == STRIKE_STALL)
		real_pwrite(fd, p, n / 2, at);
	while (strike == STRIKE_STALL)
		if (write(stalled, "x", 1) != 1 || sleep(60) == 0)
			_exit(1);
	if (strike >= STRIKE_KILL)
		raise(SIGKILL);
	errno = ENOSPC;
	return -1;
}

/* SQLite's unix VFS offers no hook for this one: we stand before the C library. */
int fdatasync(int fd);
int
fdatasync(int fd)
{
	syncs_seen++;
	if (syncs_left < 0 || syncs_left-- > 0)
		return (int)syscall(SYS_fdatasync, fd);
	syncs_left = -1;
	if (strike >= STRIKE_KILL)
		raise(SIGKILL);
	errno = EIO;
	return -1;
}

static void
faults_on(void)
{
	sqlite3_vfs *u = sqlite3_vfs_find("unix");

	pwrite_name = u->xGetSystemCall(u, "pwrite64") ? "pwrite64" : "pwrite";
	real_pwrite = (pwrite_fn *)(void (*)(void))u->xGetSystemCall(u, pwrite_name);
	assert_int_equal(u->xSetSystemCall(u, pwrite_name, (sqlite3_syscall_ptr)fake_pwrite), SQLITE_OK);
	writes_left = syncs_left = -1;
	writes_seen = writes_unmarked = syncs_seen = 0;
	strike = STRIKE_FULL;
}

static void
faults_off(void)
{
	sqlite3_vfs *u = sqlite3_vfs_find("unix");

	u->xSetSystemCall(u, pwrite_name, NULL);
}

/* The ledger: every row has the same generation, in two tables. */
static void
ledger_make(int rows)
{
	sqlite3 *db = open_ok(true);
	char sql[300];

	snprintf(sql, sizeof sql, "CREATE TABLE l(id INTEGER PRIMARY KEY, gen INT, pad BLOB);"
		"CREATE TABLE m(gen INT); INSERT INTO m VALUES(0); BEGIN;"
		"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n<%d)"
		"INSERT INTO l SELECT n, 0, zeroblob(300) FROM c; COMMIT", rows);
	run(db, sql);
	ac_vfs_close(db);
}

static int
ledger_turn(sqlite3 *db)
{
	return sqlite3_exec(db, "BEGIN IMMEDIATE; UPDATE m SET gen=gen+1;"
		"UPDATE l SET gen=(SELECT gen FROM m); COMMIT", NULL, NULL, NULL);
}

/* -1: the database is to be rebuilt; else the generation of all of it. */
static int64_t
ledger_read(void)
{
	struct ac_fault f = { 0 };
	sqlite3 *db = NULL;
	enum ac_err err = ac_vfs_open(&db, path, key, false, &f);
	int64_t gen;

	if (err == AC_ECORRUPT)
		return -1;
	if (err)
		fail_msg("ledger: %d %s", err, f.text);
	gen = count(db, "SELECT gen FROM m");
	assert_int_equal(count(db, "SELECT min(gen) FROM l"), gen);
	assert_int_equal(count(db, "SELECT max(gen) FROM l"), gen);
	assert_int_equal(count(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check<>'ok'"), 0);
	ac_vfs_close(db);
	return gen;
}

static void
marker_first(void **state)
{
	sqlite3 *db;

	(void)state;
	ledger_make(400);
	faults_on();
	db = open_ok(false);
	assert_int_equal(ledger_turn(db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA synchronous=OFF", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(ledger_turn(db), SQLITE_OK);
	assert_false(there(marker));
	assert_true(writes_seen > 20);
	assert_true(syncs_seen >= 2);
	/* a lock without a write, and a rollback, leave nothing behind */
	run(db, "BEGIN EXCLUSIVE");
	assert_true(there(marker));
	run(db, "COMMIT");
	assert_false(there(marker));
	run(db, "BEGIN; UPDATE l SET gen=99; ROLLBACK");
	assert_false(there(marker));
	/* also where the lock is never given up */
	run(db, "PRAGMA locking_mode=EXCLUSIVE");
	assert_int_equal(ledger_turn(db), SQLITE_OK);
	assert_int_equal(ledger_turn(db), SQLITE_OK);
	assert_false(there(marker));
	assert_int_equal(writes_unmarked, 0);
	ac_vfs_close(db);
	faults_off();
	assert_int_equal(ledger_read(), 4);
}

/* The n-th write of a commit fails for want of space: the transaction is undone
 * when the undoing can be written, else the marker stays. */
static void
full_in_the_middle(void **state)
{
	int n, undone = 0, torn = 0, done = 0, rc;
	sqlite3 *db;
	int64_t gen;

	(void)state;
	for (n = 0; done < 2; n++) {
		ledger_make(40);
		faults_on();
		db = open_ok(false);
		strike = n & 1 ? STRIKE_ONCE : STRIKE_FULL;
		writes_left = n / 2;
		rc = ledger_turn(db);
		writes_left = -1;
		ac_vfs_close(db);
		faults_off();
		gen = ledger_read();
		done += rc == SQLITE_OK;
		if (!rc)
			assert_int_equal(gen, 1);
		else
			assert_true(gen <= 0);
		undone += gen == 0;
		torn += gen < 0;
		assert_int_equal(gen < 0, there(marker));
	}
	printf("# full: %d undone, %d torn\n", undone, torn);
	assert_true(undone > 0 && torn > 0);
}

/* Dies at each write of a commit, between two or in the middle of one. */
static void
dies_at_each_write(void **state)
{
	int n, tear, status, died = 0, corrupt = 0;
	sqlite3 *db;
	pid_t pid;

	(void)state;
	for (tear = 0; tear < 2; tear++)
		for (n = 0;; n++) {
			ledger_make(120);
			if (!(pid = fork())) {
				faults_on();
				db = open_ok(false);
				strike = tear ? STRIKE_TEAR : STRIKE_KILL;
				writes_left = n;
				_exit(ledger_turn(db) != SQLITE_OK);
			}
			assert_int_equal(waitpid(pid, &status, 0), pid);
			if (!WIFSIGNALED(status))
				break;
			died++;
			assert_true(there(marker));
			corrupt += ledger_read() < 0;
		}
	printf("# died at %d writes\n", died);
	assert_true(died > 10);
	assert_int_equal(corrupt, died);
	assert_int_equal(ledger_read(), 1);
}

/* The sync fails: undone, or torn, never believed. */
static void
sync_fails(void **state)
{
	sqlite3 *db;
	int kill_it, status;
	pid_t pid;

	(void)state;
	for (kill_it = 0; kill_it < 2; kill_it++) {
		ledger_make(60);
		if (!(pid = fork())) {
			db = open_ok(false);
			strike = kill_it ? STRIKE_KILL : STRIKE_FULL;
			syncs_left = 0;
			_exit(ledger_turn(db) == SQLITE_OK || syncs_seen < 2 || there(marker));
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(kill_it ? WIFSIGNALED(status) : status == 0);
		assert_int_equal(ledger_read(), kill_it ? -1 : 0);
	}
}

static int
deadly_truncate(int fd, off_t n)
{
	(void)fd;
	(void)n;
	raise(SIGKILL);
	return -1;
}

/* A commit that shrinks the file cuts it after the sync, under the marker again. */
static void
dies_shrinking(void **state)
{
	sqlite3_vfs *u = sqlite3_vfs_find("unix");
	sqlite3 *db;
	int status;
	pid_t pid;

	(void)state;
	ledger_make(200);
	if (!(pid = fork())) {
		db = open_ok(false);
		run(db, "DELETE FROM l WHERE id > 10");
		u->xSetSystemCall(u, "ftruncate", (sqlite3_syscall_ptr)deadly_truncate);
		run(db, "VACUUM");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_true(there(marker));
	assert_int_equal(ledger_read(), -1);
}

static void
writer_forever(int ack, long pause_us)
{
	const struct timespec nap = { 0, pause_us * 1000 };
	sqlite3 *db = NULL;
	int64_t gen;

	if (ac_vfs_open(&db, path, key, false, NULL))
		_exit(1);
	for (;;) {
		if (ledger_turn(db))
			_exit(2);
		gen = count(db, "SELECT gen FROM m");
		if (write(ack, &gen, sizeof gen) != sizeof gen)
			_exit(3);
		nanosleep(&nap, NULL);
	}
}

static void
killed_writers(void **state)
{
	int tries = 0, landed = 0, pipes[2], status;
	int64_t gen, acked, g;
	struct timespec nap = { 0 };
	pid_t pid;

	(void)state;
	ledger_make(400);
	while (landed < 100 && ++tries < 2000) {
		assert_int_equal(pipe(pipes), 0);
		if (!(pid = fork()))
			writer_forever(pipes[1], 0);
		close(pipes[1]);
		/* the first answer says that it is at work */
		assert_int_equal(read(pipes[0], &acked, sizeof acked), sizeof acked);
		nap.tv_nsec = (tries * 7919 % 5000) * 1000;
		nanosleep(&nap, NULL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		while (read(pipes[0], &g, sizeof g) == sizeof g)
			acked = g;
		close(pipes[0]);
		if (there(marker)) {
			landed++;
			assert_int_equal(ledger_read(), -1);
			ledger_make(400);
		} else {
			gen = ledger_read();
			assert_true(gen == acked || gen == acked + 1);
		}
	}
	printf("# %d of %d kills landed between marker and sync\n", landed, tries);
	assert_true(landed >= 100);
}

/* ------------------------------------------------------------ two processes */

static void
readers_beside_a_writer(void **state)
{
	int pipes[2], status, i;
	int64_t gen, last = 0, acked;
	sqlite3 *db;
	pid_t pid;

	(void)state;
	ledger_make(200);
	assert_int_equal(pipe(pipes), 0);
	if (!(pid = fork()))
		writer_forever(pipes[1], 2000);
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &acked, sizeof acked), sizeof acked);
	db = open_ok(false);
	for (i = 0; i < 60; i++) {
		if (i % 3 == 0) { /* a fresh opening, too, in the middle of writes */
			ac_vfs_close(db);
			db = open_ok(false);
		}
		run(db, "BEGIN");
		gen = count(db, "SELECT gen FROM m");
		assert_int_equal(count(db, "SELECT min(gen) FROM l"), gen);
		assert_int_equal(count(db, "SELECT max(gen) FROM l"), gen);
		run(db, "COMMIT");
		assert_true(gen >= last);
		last = gen;
		while (last > acked && read(pipes[0], &acked, sizeof acked) == sizeof acked)
			;
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(pipes[0]);
	ac_vfs_close(db);
	assert_true(last > 1);
	printf("# read %d times beside a writer, to generation %d\n", i, (int)last);
}

static void
two_writers(void **state)
{
	int i, status, k;
	sqlite3 *db;
	pid_t pid[2];

	(void)state;
	ledger_make(20);
	for (k = 0; k < 2; k++)
		if (!(pid[k] = fork())) {
			db = open_ok(false);
			for (i = 0; i < 25; i++)
				if (ledger_turn(db))
					_exit(1);
			_exit(0);
		}
	for (k = 0; k < 2; k++) {
		assert_int_equal(waitpid(pid[k], &status, 0), pid[k]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(ledger_read(), 50);
}

static void
made_anew_below(void **state)
{
	sqlite3 *old, *db;
	int rc;

	(void)state;
	ledger_make(20);
	old = open_ok(false);
	assert_int_equal(count(old, "SELECT gen FROM m"), 0);
	db = open_ok(true);
	number(old, "SELECT gen FROM m", &rc);
	assert_int_equal(rc, SQLITE_READONLY_DBMOVED);
	assert_int_equal(ac_vfs_err(rc), AC_EBUSY);
	assert_int_equal(ledger_turn(old), SQLITE_READONLY_DBMOVED);
	run(db, "CREATE TABLE n(x)");
	ac_vfs_close(old);
	ac_vfs_close(db);
	assert_false(there(marker));
	/* in the middle of a transaction: it must not write, nor mark the new one */
	ledger_make(20);
	old = open_ok(false);
	run(old, "BEGIN IMMEDIATE; UPDATE l SET gen=7");
	db = open_ok(true);
	assert_int_not_equal(sqlite3_exec(old, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	assert_false(there(marker));
	ac_vfs_close(old);
	run(db, "CREATE TABLE n(x)");
	ac_vfs_close(db);
	assert_int_equal(open_only(key), AC_OK);
}

/* A writer that is halfway through page 1. */
static pid_t
writer_stalls(void)
{
	int go[2];
	sqlite3 *db;
	pid_t pid;
	char c;

	assert_int_equal(pipe(go), 0);
	if (!(pid = fork())) {
		faults_on();
		db = open_ok(false);
		strike = STRIKE_STALL;
		stalled = go[1];
		writes_left = 0;
		_exit(ledger_turn(db));
	}
	assert_int_equal(read(go[0], &c, 1), 1);
	close(go[0]);
	close(go[1]);
	return pid;
}

/* While a writer lives its marker is no damage, and it is not built over. */
static void
living_writer(void **state)
{
	struct ac_fault f = { 0 };
	sqlite3 *db = NULL;
	int status;
	pid_t pid, builder;

	(void)state;
	ledger_make(20);
	pid = writer_stalls();
	assert_true(there(marker));
	if (!(builder = fork()))
		_exit(ac_vfs_open(&db, path, key, true, NULL) != AC_EBUSY);
	assert_int_equal(ac_vfs_open(&db, path, key, false, &f), AC_EBUSY);
	assert_null(db);
	assert_int_equal(waitpid(builder, &status, 0), builder);
	assert_int_equal(status, 0);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	assert_int_equal(open_only(key), AC_ECORRUPT);
	db = open_ok(true);
	ac_vfs_close(db);
	assert_false(there(marker));
	assert_int_equal(open_only(key), AC_OK);
}

/* ------------------------------------------------------- unkind file systems */

static void
read_only_directory(void **state)
{
	int status, rc;
	sqlite3 *db = NULL;
	pid_t pid;

	(void)state;
	ledger_make(20);
	assert_int_equal(chmod(dir, 0555), 0);
	assert_int_equal(chmod(path, 0666), 0);
	if (!(pid = fork())) {
		/* permissions bind nobody, not root */
		if (getuid() == 0 && setuid(65534) != 0)
			_exit(77);
		if (ac_vfs_open(&db, path, key, false, NULL) || number(db, "SELECT gen FROM m", &rc) != 0)
			_exit(1);
		if (ledger_turn(db) != SQLITE_READONLY_DIRECTORY)
			_exit(2);
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		if (number(db, "SELECT gen FROM m", &rc) != 0)
			_exit(3);
		ac_vfs_close(db);
		_exit(ac_vfs_open(&db, path, key, true, NULL) != AC_EIO);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(status, 0);
	assert_int_equal(ledger_read(), 0);
}

static void
disk_full(void **state)
{
	char mount_at[64], full_path[80], keep[64], keep_marker[72];
	sqlite3 *db;
	int rc = 0, i;
	int64_t n;

	(void)state;
	snprintf(mount_at, sizeof mount_at, "%s/tmpfs", dir);
	mkdir(mount_at, 0700);
	if (getuid() != 0 || mount("none", mount_at, "tmpfs", 0, "size=600k") != 0) {
		print_message("# no tmpfs: not root\n");
		rmdir(mount_at);
		skip();
	}
	memcpy(keep, path, sizeof keep);
	memcpy(keep_marker, marker, sizeof keep_marker);
	snprintf(full_path, sizeof full_path, "%s/index", mount_at);
	memcpy(path, full_path, sizeof path);
	snprintf(marker, sizeof marker, "%s.dirty", path);
	db = open_ok(true);
	run(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, body BLOB)");
	for (i = 0; i < 1000 && !rc; i++)
		rc = sqlite3_exec(db, "BEGIN; INSERT INTO t(body) VALUES(randomblob(30000));"
			"INSERT INTO t(body) VALUES(randomblob(30000)); COMMIT", NULL, NULL, NULL);
	assert_int_equal(rc & 0xff, SQLITE_FULL);
	assert_int_equal(ac_vfs_err(rc), AC_EIO);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	n = number(db, "SELECT count(*) FROM t", &rc);
	ac_vfs_close(db);
	if (!rc) {
		db = open_ok(false);
		assert_int_equal(count(db, "SELECT count(*) FROM t"), n);
		assert_int_equal(n, 2 * (i - 1));
		ac_vfs_close(db);
	} else {
		assert_int_equal(open_only(key), AC_ECORRUPT);
	}
	printf("# full after %d transactions, %s\n", i, rc ? "to be rebuilt" : "undone");
	umount(mount_at);
	rmdir(mount_at);
	memcpy(path, keep, sizeof keep);
	memcpy(marker, keep_marker, sizeof keep_marker);
}

/* ----------------------------------------------------------------- the cost */

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
load(sqlite3 *db, int rows, double *cpu_s)
{
	static const char *const words[] = { "leukocytes", "platelets", "visit", "blood", "echocardiography",
		"final", "result", "of", "clinic", "laboratory", "mass", "volume" };
	sqlite3_stmt *st, *ft;
	unsigned seed = 1;
	char body[401];
	double t;
	int i, n;

	run(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, body TEXT); CREATE VIRTUAL TABLE w USING"
		" fts5(body, content='', detail=none); BEGIN");
	assert_int_equal(sqlite3_prepare_v2(db, "INSERT INTO t VALUES(?,?)", -1, &st, NULL), 0);
	assert_int_equal(sqlite3_prepare_v2(db, "INSERT INTO w(rowid,body) VALUES(?,?)", -1, &ft, NULL), 0);
	t = cpu();
	for (i = 1; i <= rows; i++) {
		for (n = 0; n < 380;) {
			seed = seed * 1103515245u + 12345u;
			n += snprintf(body + n, 21, "%.16s%u ", words[seed >> 16 & 7], seed >> 28);
		}
		sqlite3_bind_int(st, 1, i);
		sqlite3_bind_text(st, 2, body, n, SQLITE_STATIC);
		sqlite3_bind_int(ft, 1, i);
		sqlite3_bind_text(ft, 2, body, n < 80 ? n : 80, SQLITE_STATIC);
		assert_int_equal(sqlite3_step(st), SQLITE_DONE);
		assert_int_equal(sqlite3_step(ft), SQLITE_DONE);
		sqlite3_reset(st);
		sqlite3_reset(ft);
	}
	sqlite3_finalize(st);
	sqlite3_finalize(ft);
	run(db, "COMMIT");
	*cpu_s = cpu() - t;
}

/* Opening and one read, in a process of its own. */
static double
cold(const char *plain)
{
	double t, took = 0;
	int pipes[2], status, rc;
	sqlite3 *db = NULL;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	if (!(pid = fork())) {
		t = now();
		rc = plain ? sqlite3_open(plain, &db) : (int)ac_vfs_open(&db, path, key, false, NULL);
		if (rc || number(db, "SELECT length(body) FROM t WHERE id=777", &rc) < 1)
			_exit(1);
		took = now() - t;
		_exit(write(pipes[1], &took, sizeof took) != sizeof took);
	}
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &took, sizeof took), sizeof took);
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return took;
}

static void
overhead(void **state)
{
	double t, plain, sealed, plain_cpu, sealed_cpu, cp = 1, cs = 1, one;
	const char *rows_env = getenv("AFTERCARE_ROWS");
	int rows = rows_env ? atoi(rows_env) : 100000, i;
	char plain_path[64];
	sqlite3 *db;

	(void)state;
	snprintf(plain_path, sizeof plain_path, "%s/plain", dir);
	assert_int_equal(sqlite3_open(plain_path, &db), SQLITE_OK);
	run(db, "PRAGMA journal_mode=MEMORY; PRAGMA cache_spill=OFF; PRAGMA synchronous=NORMAL");
	t = now();
	load(db, rows, &plain_cpu);
	plain = now() - t;
	sqlite3_close(db);
	db = open_ok(true);
	t = now();
	load(db, rows, &sealed_cpu);
	sealed = now() - t;
	ac_vfs_close(db);
	for (i = 0; i < 5; i++) {
		one = cold(plain_path);
		cp = one < cp ? one : cp;
		one = cold(NULL);
		cs = one < cs ? one : cs;
	}
	printf("# ratio %.2f time, %.2f processor: %d rows sealed in %.2f s, plain in %.2f s\n",
		sealed / plain, sealed_cpu / plain_cpu, rows, sealed, plain);
	printf("# cold open and one read: sealed %.2f ms, plain %.2f ms\n", cs * 1e3, cp * 1e3);
	db = open_ok(false);
	t = now();
	for (i = 0; i < 50; i++)
		run(db, "UPDATE t SET body='x' WHERE id=9");
	printf("# one small transaction: %.2f ms\n", (now() - t) * 1e3 / 50);
	ac_vfs_close(db);
	unlink(plain_path);
}

static int
set_up(void **state)
{
	(void)state;
	if (ac_crypto_init(NULL) || !mkdtemp(dir))
		return -1;
	/* the one who reads beside root must get in */
	chmod(dir, 0755);
	snprintf(path, sizeof path, "%s/index", dir);
	snprintf(marker, sizeof marker, "%s.dirty", path);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(path);
	unlink(marker);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(wrong_key),
		cmocka_unit_test(flipped_bits),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(swapped_pages),
		cmocka_unit_test(marker_first),
		cmocka_unit_test(full_in_the_middle),
		cmocka_unit_test(dies_at_each_write),
		cmocka_unit_test(sync_fails),
		cmocka_unit_test(dies_shrinking),
		cmocka_unit_test(killed_writers),
		cmocka_unit_test(readers_beside_a_writer),
		cmocka_unit_test(two_writers),
		cmocka_unit_test(made_anew_below),
		cmocka_unit_test(living_writer),
		cmocka_unit_test(read_only_directory),
		cmocka_unit_test(disk_full),
		cmocka_unit_test(overhead),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
