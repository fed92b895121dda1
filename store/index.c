/* SPDX-License-Identifier: ISC */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/index.h"
#include "store/vfs.h"

#define KEPT 192

struct ac_index {
	sqlite3 *db;
	bool broken;
	struct { const char *sql; sqlite3_stmt *stmt; bool busy; } kept[KEPT];
};

static const char tables[] =
	"CREATE TABLE meta(key TEXT PRIMARY KEY, val) WITHOUT ROWID;"
	"CREATE TABLE space(id INTEGER PRIMARY KEY, sid BLOB UNIQUE NOT NULL);"
	/* seq: number of the last segment applied; oid: commit it came in; ahead: the clock up to
	 * which it is known that its writer's is ahead */
	"CREATE TABLE chain(id INTEGER PRIMARY KEY, space INT NOT NULL, branch BLOB NOT NULL, writer BLOB NOT NULL,"
	" incarnation INT NOT NULL, seq INT NOT NULL, hash BLOB NOT NULL, oid BLOB NOT NULL, clock INT NOT NULL,"
	" ahead INT NOT NULL DEFAULT 0, edition INT NOT NULL DEFAULT 0, UNIQUE(space, branch));"
	"CREATE TABLE segment(chain INT, seq INT, hash BLOB NOT NULL, blob BLOB NOT NULL, kind INT NOT NULL,"
	" clock INT NOT NULL, key BLOB NOT NULL, PRIMARY KEY(chain, seq)) WITHOUT ROWID;"
	"CREATE TABLE seen(chain INT, other BLOB, seq INT, oseq INT NOT NULL, ohash BLOB NOT NULL,"
	" PRIMARY KEY(chain, other, seq)) WITHOUT ROWID;"
	/* segments of other arms of forks, and where they are carried; what no key opened yet
	 * has no number, writer, kind and key */
	"CREATE TABLE arm(space INT, branch BLOB, hash BLOB, chain INT, rseq INT, seq INT, writer BLOB, kind INT, key BLOB,"
	" PRIMARY KEY(chain, rseq)) WITHOUT ROWID;"
	/* the number from which on a chain is in more than one state */
	"CREATE VIEW fork AS SELECT c.id AS chain, min(a.seq) AS seq FROM arm a JOIN chain c ON c.space = a.space AND"
	" c.branch = a.branch WHERE a.key IS NOT NULL AND (EXISTS(SELECT 1 FROM arm b WHERE b.space = a.space AND"
	" b.branch = a.branch AND b.seq = a.seq AND b.hash != a.hash) OR EXISTS(SELECT 1 FROM segment g WHERE"
	" g.chain = c.id AND g.seq = a.seq AND g.hash != a.hash)) GROUP BY c.id;"
	/* entries that membership is computed from */
	"CREATE TABLE mlog(space INT, chain INT, seq INT, n INT, writer BLOB NOT NULL, clock INT NOT NULL,"
	" hash BLOB NOT NULL, entry BLOB NOT NULL, PRIMARY KEY(space, chain, seq, n)) WITHOUT ROWID;"
	/* keys entries, whoever was believed when they came */
	"CREATE TABLE epoch(space INT, chain INT, seq INT, hash BLOB NOT NULL, key BLOB NOT NULL, entry BLOB NOT NULL,"
	" PRIMARY KEY(space, chain, seq)) WITHOUT ROWID;"
	"CREATE TABLE owners(id INTEGER PRIMARY KEY, space INT, hash BLOB, key BLOB NOT NULL, UNIQUE(space, hash));"
	"CREATE TABLE doc(id INTEGER PRIMARY KEY, space INT NOT NULL, source TEXT NOT NULL, type TEXT NOT NULL,"
	" rid TEXT NOT NULL, url TEXT, date TEXT NOT NULL, title TEXT NOT NULL, flags INT NOT NULL,"
	" heads BLOB NOT NULL, time INT NOT NULL, author BLOB, proposals INT NOT NULL, conflicts INT NOT NULL,"
	" wording INT NOT NULL DEFAULT 0, body BLOB, weight INT NOT NULL DEFAULT 0, omitted INT NOT NULL DEFAULT 0,"
	" omits BLOB);"
	/* tag: ac_index_tag of vid */
	"CREATE TABLE version(id INTEGER PRIMARY KEY, doc INT NOT NULL, vid BLOB NOT NULL, tag INT NOT NULL, parents BLOB,"
	" time INT NOT NULL, author BLOB, op INT NOT NULL, guest INT NOT NULL, chain INT NOT NULL, seq INT NOT NULL,"
	" n INT NOT NULL, shown INT NOT NULL DEFAULT 1, weight INT NOT NULL);"
	/* further places of a version */
	"CREATE TABLE also(version INT, chain INT, seq INT, n INT, PRIMARY KEY(version, chain, seq, n)) WITHOUT ROWID;"
	"CREATE TABLE wanted(space INT, vid BLOB, doc INT, PRIMARY KEY(space, vid, doc)) WITHOUT ROWID;"
	/* every entry about an attachment: any of them may be false */
	"CREATE TABLE blob(space INT, hash BLOB, chain INT, seq INT, n INT, size INT NOT NULL, key BLOB NOT NULL,"
	" branch BLOB NOT NULL, chunks BLOB NOT NULL, PRIMARY KEY(space, hash, chain, seq, n)) WITHOUT ROWID;"
	"CREATE TABLE holds(space INT, hash BLOB, doc INT, PRIMARY KEY(space, doc, hash)) WITHOUT ROWID;"
	/* Words of the text, and one for each code (ac_facts_code). No text is kept, so no row can be
	 * taken back: a document's row is wording << 32 | id, and the rows of its wordings before are
	 * passed over. */
	"CREATE VIRTUAL TABLE words USING fts5(w, content='', detail=none, columnsize=0,"
	" tokenize='unicode61 remove_diacritics 2');"
	/* words that wait in memory: a batch becomes one run of them, and few runs are merged */
	"INSERT INTO words(words, rank) VALUES('hashsize', 16777216);"
	"CREATE TABLE share(space INT, sid BLOB, closed INT NOT NULL, PRIMARY KEY(space, sid)) WITHOUT ROWID;"
	"CREATE TABLE slog(space INT, chain INT, seq INT, n INT, kind INT NOT NULL, writer BLOB NOT NULL,"
	" clock INT NOT NULL, entry BLOB NOT NULL, PRIMARY KEY(space, chain, seq, n)) WITHOUT ROWID;";

static const char indexes[] =
	"CREATE UNIQUE INDEX doc_key ON doc(space, type, rid, source);"
	/* a listing goes by date; of another type it passes over without a look at the row */
	"CREATE INDEX doc_date ON doc(space, date, type);"
	"CREATE INDEX doc_url ON doc(url) WHERE url IS NOT NULL;"
	"CREATE INDEX doc_flags ON doc(space, flags) WHERE flags != 0;"
	"CREATE INDEX version_tag ON version(tag);"
	"CREATE INDEX version_doc ON version(doc);"
	"CREATE INDEX version_place ON version(chain, seq);"
	"CREATE INDEX version_hidden ON version(chain) WHERE shown = 0;";

static enum ac_err
failed(struct ac_index *ix, int rc, struct ac_fault *f)
{
	enum ac_err err = ac_vfs_err(rc);

	if (err == AC_ECORRUPT) {
		ix->broken = true;
		return ac_fault(f, err, "the index is damaged; it is rebuilt at the next command");
	}
	if (err == AC_EBUSY)
		return ac_fault(f, err, "another command is writing to this home; try again");
	if ((rc & 0xff) == SQLITE_FULL)
		return ac_fault(f, AC_EIO, "the disk is full; free some space and try again");
	return ac_fault(f, err, "the index refused: %s", sqlite3_errmsg(ix->db));
}

enum ac_err
ac_index_open(struct ac_index **out, const char *path, const unsigned char key[static 32], bool create,
	struct ac_fault *f)
{
	struct ac_index *ix = calloc(1, sizeof *ix);
	enum ac_err err;
	int rc;

	if (!ix)
		return AC_ENOMEM;
	if ((err = ac_vfs_open(&ix->db, path, key, create, f)))
		goto out;
	sqlite3_busy_timeout(ix->db, 20000);
	sqlite3_exec(ix->db, "PRAGMA cache_size=-32768", NULL, NULL, NULL); /* a page costs opening it */
	if (create) {
		rc = sqlite3_exec(ix->db, "BEGIN", NULL, NULL, NULL);
		if (!rc)
			rc = sqlite3_exec(ix->db, tables, NULL, NULL, NULL);
		if (!rc)
			rc = sqlite3_exec(ix->db, indexes, NULL, NULL, NULL);
		if (!rc)
			rc = sqlite3_exec(ix->db, "COMMIT", NULL, NULL, NULL);
		if (rc) {
			err = failed(ix, rc, f);
			goto out;
		}
	}
	*out = ix;
	ix = NULL;
out:
	ac_index_close(ix);
	return err;
}

void
ac_index_close(struct ac_index *ix)
{
	size_t i;

	if (!ix)
		return;
	for (i = 0; i < KEPT; i++)
		sqlite3_finalize(ix->kept[i].stmt);
	ac_vfs_close(ix->db);
	free(ix);
}

bool
ac_index_broken(const struct ac_index *ix)
{
	return ix->broken;
}

#ifdef AC_FAULTS
/* AFTERCARE_SCANS: says which tables a statement reads from end to end, or all documents of a space. */
static void
say_scans(struct ac_index *ix, const char *sql)
{
	char *explain = getenv("AFTERCARE_SCANS") ? sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql) : NULL;
	sqlite3_stmt *stmt = NULL;
	const char *plan;

	if (explain && !sqlite3_prepare_v2(ix->db, explain, -1, &stmt, NULL))
		while (sqlite3_step(stmt) == SQLITE_ROW)
			if ((plan = (const char *)sqlite3_column_text(stmt, 3))
			    && (!strncmp(plan, "SCAN ", 5) || strstr(plan, " doc_key (space=?)")))
				fprintf(stderr, "# SCAN %s: %s\n", plan + strcspn(plan, " ") + 1, sql);
	sqlite3_finalize(stmt);
	sqlite3_free(explain);
}
#else
#define say_scans(ix, sql) ((void)0)
#endif

/* The prepared statement of a literal; one already under way is prepared anew. *slot:
 * where it is kept, or KEPT. */
static int
statement(sqlite3_stmt **out, size_t *slot, struct ac_index *ix, const char *sql)
{
	size_t i, at = ((uintptr_t)sql >> 3) % KEPT;
	int rc;

	for (i = 0; i < KEPT; i++, at = (at + 1) % KEPT)
		if (!ix->kept[at].sql || ix->kept[at].sql == sql)
			break;
	*slot = KEPT;
	if (i < KEPT && ix->kept[at].sql == sql && !ix->kept[at].busy) {
		ix->kept[at].busy = true;
		*slot = at;
		*out = ix->kept[at].stmt;
		return SQLITE_OK;
	}
	if ((rc = sqlite3_prepare_v3(ix->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL)))
		return rc;
	say_scans(ix, sql);
	if (i < KEPT && !ix->kept[at].sql) {
		ix->kept[at].sql = sql;
		ix->kept[at].stmt = *out;
		ix->kept[at].busy = true;
		*slot = at;
	}
	return SQLITE_OK;
}

static void
done(struct ac_index *ix, sqlite3_stmt *stmt, size_t slot)
{
	if (slot == KEPT) {
		sqlite3_finalize(stmt);
		return;
	}
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	ix->kept[slot].busy = false;
}

/* keep: SQLITE_STATIC where the arguments outlive the statement. */
static int
bind(sqlite3_stmt *stmt, const char *types, va_list ap, sqlite3_destructor_type keep)
{
	const char *text;
	const void *blob;
	size_t n;
	int i, rc = SQLITE_OK;

	for (i = 1; *types && !rc; types++, i++) {
		switch (*types) {
		case 'i':
			rc = sqlite3_bind_int64(stmt, i, va_arg(ap, int64_t));
			break;
		case 't':
			text = va_arg(ap, const char *);
			rc = text ? sqlite3_bind_text(stmt, i, text, -1, keep)
			    : sqlite3_bind_null(stmt, i);
			break;
		default:
			blob = va_arg(ap, const void *);
			n = va_arg(ap, size_t);
			rc = blob ? sqlite3_bind_blob64(stmt, i, blob, n, keep)
			    : sqlite3_bind_null(stmt, i);
		}
	}
	return rc;
}

static struct ac_rows
query(struct ac_index *ix, const char *sql, const char *types, va_list ap, sqlite3_destructor_type keep)
{
	struct ac_rows q = { .ix = ix };
	sqlite3_stmt *stmt = NULL;
	int rc = statement(&stmt, &q.slot, ix, sql);

	if (!rc)
		rc = bind(stmt, types, ap, keep);
	if (rc)
		q.err = failed(ix, rc, NULL);
	q.stmt = stmt;
	return q;
}

struct ac_rows
ac_index_query(struct ac_index *ix, const char *sql, const char *types, ...)
{
	struct ac_rows q;
	va_list ap;

	va_start(ap, types);
	q = query(ix, sql, types, ap, SQLITE_TRANSIENT);
	va_end(ap);
	return q;
}

bool
ac_rows_next(struct ac_rows *q)
{
	int rc;

	if (q->err || !q->stmt)
		return false;
	rc = sqlite3_step(q->stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		q->err = failed(q->ix, rc, NULL);
	return rc == SQLITE_ROW;
}

enum ac_err
ac_rows_end(struct ac_rows *q, struct ac_fault *f)
{
	if (q->err && q->err != AC_ENOMEM)
		ac_fault(f, q->err, "%s: %s", q->err == AC_EBUSY ? ac_words("another command is writing to this home; try again")
			: ac_words("the index could not be read"), sqlite3_errmsg(q->ix->db));
	if (q->stmt)
		done(q->ix, q->stmt, q->slot);
	q->stmt = NULL;
	return q->err;
}

int64_t
ac_rows_int(struct ac_rows *q, int col)
{
	return sqlite3_column_int64(q->stmt, col);
}

const char *
ac_rows_text(struct ac_rows *q, int col)
{
	const char *s = (const char *)sqlite3_column_text(q->stmt, col);

	return s ? s : "";
}

const void *
ac_rows_blob(struct ac_rows *q, int col, size_t *n)
{
	const void *p = sqlite3_column_blob(q->stmt, col);

	*n = (size_t)sqlite3_column_bytes(q->stmt, col);
	return p;
}

enum ac_err
ac_index_run(struct ac_index *ix, struct ac_fault *f, const char *sql, const char *types, ...)
{
	struct ac_rows q;
	va_list ap;

	va_start(ap, types);
	q = query(ix, sql, types, ap, SQLITE_STATIC);
	va_end(ap);
	while (ac_rows_next(&q))
		;
	return ac_rows_end(&q, f);
}

int64_t
ac_index_last_id(struct ac_index *ix)
{
	return sqlite3_last_insert_rowid(ix->db);
}

enum ac_err
ac_index_int(int64_t *out, struct ac_index *ix, struct ac_fault *f, const char *sql, const char *types, ...)
{
	struct ac_rows q;
	enum ac_err err;
	bool got;
	va_list ap;

	va_start(ap, types);
	q = query(ix, sql, types, ap, SQLITE_STATIC);
	va_end(ap);
	if ((got = ac_rows_next(&q)))
		*out = ac_rows_int(&q, 0);
	err = ac_rows_end(&q, f);
	return err ? err : got ? AC_OK : ac_fault(f, AC_ENOTFOUND, "nothing there");
}

enum ac_err
ac_index_begin(struct ac_index *ix, struct ac_fault *f)
{
	return ac_index_run(ix, f, "BEGIN IMMEDIATE", "");
}

enum ac_err
ac_index_commit(struct ac_index *ix, struct ac_fault *f)
{
	return ac_index_run(ix, f, "COMMIT", "");
}

void
ac_index_abort(struct ac_index *ix)
{
	if (!sqlite3_get_autocommit(ix->db))
		sqlite3_exec(ix->db, "ROLLBACK", NULL, NULL, NULL);
}
