/* SPDX-License-Identifier: ISC */
/*
 * Method: whoever can write to a hub can put something on a branch of attachments there,
 * also before its writer does, and nothing is forced. A branch that this device wrote, and
 * that a hub shows at what is no beginning of it, is covered. It is fetched, to see how much
 * of it stands below; of what the hub has not got, entries name another branch besides, whose
 * name nobody can tell before it is there. What is stored later goes there too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/closed.h"
#include "sync/files.h"

/* What one of this device's entries says of a file, copied. */
struct said {
	unsigned char hash[32];
	int64_t size;
	const unsigned char *key;
	const struct ac_val *chunks;
};
struct answering {
	struct ac_space *s;
	const struct ac_remote *r;
	const struct ac_sync_events *e;
	struct ac_covered_branch *b;
	struct ac_arena a;
	struct said *said; size_t n;
	bool now;                /* its entries stand in this device's present incarnation */
	bool own;                /* the hub has there what this device wrote, before an older copy took its place */
	struct ac_fault *f;
};

enum ac_err
ac_covered_find(struct ac_covered *out, struct ac_space *s, const struct ac_quarantine *q, struct ac_fault *f)
{
	struct ac_repo *r = s->home->repo;
	struct ac_covered_branch b, *more;
	unsigned char files[8], ns[8];
	size_t i;

	(void)f;
	memset(out, 0, sizeof *out);
	ac_space_files(files, s);
	for (i = 0; i < q->n; i++) {
		b.theirs = q->refs[i].at;
		if (!ac_repo_ref_parse(ns, b.branch, q->refs[i].name) || memcmp(ns, files, 8)
		    || ac_repo_ref_get(&b.ours, r, q->refs[i].name, NULL) || !memcmp(&b.ours, &b.theirs, sizeof b.ours)
		    || (ac_repo_has(r, &b.theirs) && (ac_files_contains(r, &b.ours, &b.theirs) || ac_files_contains(r, &b.theirs, &b.ours))))
			continue;
		if (!(more = realloc(out->b, (out->n + 1) * sizeof *more))) {
			ac_covered_free(out);
			return AC_ENOMEM;
		}
		out->b = more;
		out->b[out->n++] = b;
	}
	return AC_OK;
}

void
ac_covered_free(struct ac_covered *c)
{
	free(c->b);
	memset(c, 0, sizeof *c);
}

/* ------------------------------------------------------------------- this device's */

/* An arm of another's fork that stands in this device's chain is not its word. */
#define NOT_CARRIED " AND NOT EXISTS(SELECT 1 FROM arm a WHERE a.chain = b.chain AND a.rseq = b.seq)"

static enum ac_err
copy_row(struct answering *w, struct said *one, struct ac_rows *q)
{
	unsigned char *key = ac_arena_get(&w->a, 32);
	const void *p;
	size_t n;

	one->size = ac_rows_int(q, 1);
	if (!key)
		return AC_ENOMEM;
	if (!(p = ac_rows_blob(q, 0, &n)) || n != 32)
		return AC_EINVAL;
	memcpy(one->hash, p, 32);
	if (!(p = ac_rows_blob(q, 2, &n)) || n != 32)
		return AC_EINVAL;
	memcpy(key, p, 32);
	one->key = key;
	if (!(p = ac_rows_blob(q, 3, &n)))
		return AC_EINVAL;
	return ac_mp_read(&one->chunks, &w->a, p, n, NULL);
}

/* Which of them did this device write on? One look for all: most are others', who went on. */
static enum ac_err
keep_own(struct ac_covered *c, struct ac_space *s, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT DISTINCT b.branch FROM blob b JOIN chain c ON c.id = b.chain WHERE"
		" b.space = ? AND c.writer = ?" NOT_CARRIED, "ib", s->id, s->me, (size_t)8);
	struct ac_covered_branch one;
	size_t own = 0, n, i;
	const void *p;

	while (ac_rows_next(&q)) {
		if (!(p = ac_rows_blob(&q, 0, &n)) || n != 16)
			continue;
		for (i = own; i < c->n && memcmp(c->b[i].branch, p, 16); i++)
			;
		if (i == c->n)
			continue;
		one = c->b[own];
		c->b[own++] = c->b[i];
		c->b[i] = one;
	}
	c->n = own;
	return ac_rows_end(&q, f);
}

/* What this device said of files on the branch. */
static enum ac_err
load(struct answering *w)
{
	struct ac_rows q = ac_index_query(w->s->home->index, "SELECT b.hash, b.size, b.key, b.chunks, c.branch = ?4 FROM blob b JOIN"
		" chain c ON c.id = b.chain WHERE b.space = ?1 AND b.branch = ?2 AND c.writer = ?3" NOT_CARRIED
		" ORDER BY b.chain, b.seq, b.n", "ibbb", w->s->id, w->b->branch, (size_t)16, w->s->me, (size_t)8, w->s->branch, (size_t)16);
	struct said *more;
	enum ac_err err = AC_OK;

	w->n = 0;
	w->now = false;
	while (!err && ac_rows_next(&q)) {
		if (!(more = realloc(w->said, (w->n + 1) * sizeof *more))) {
			err = AC_ENOMEM;
			break;
		}
		w->said = more;
		w->now |= ac_rows_int(&q, 4) != 0;
		if (!(err = copy_row(w, &w->said[w->n], &q)))
			w->n++;
		else if (err != AC_ENOMEM)
			err = AC_OK;
	}
	return ac_rows_end(&q, w->f) ? q.err : err;
}

/* The branch and what is said of it, of one moment: another process may be storing a file. */
static enum ac_err
read_own(struct answering *w)
{
	unsigned char files[8];
	char name[80];
	enum ac_err err;

	ac_space_files(files, w->s);
	ac_repo_ref_name(name, files, w->b->branch);
	if ((err = ac_home_lock(w->s->home, w->f)))
		return err;
	if (!(err = ac_repo_ref_get(&w->b->ours, w->s->home->repo, name, w->f)))
		err = load(w);
	ac_home_unlock(w->s->home);
	return err;
}

/* Will it go on in a new incarnation, because it may be a copy? Then another device may rightly
 * have gone on with the branch, as it may with those of earlier incarnations. */
static bool
may_be_copied(const struct ac_space *s)
{
	unsigned char now[32];

	ac_keyfile_machine(now, s->home);
	return s->renew || memcmp(now, s->home->machine, 32) != 0;
}

/* ------------------------------------------------------------ what was answered */

/* One state of hub and home is answered once. */
static void
mark_of(char key[static 80], int64_t *val, const struct answering *w)
{
	unsigned char hash[16], both[40];
	char remote[17], branch[33];
	uint64_t n = 0;
	int i;

	ac_crypto_hash(hash, 16, w->r->name, strlen(w->r->name), NULL, 0);
	ac_crypto_hex(remote, hash, 8);
	ac_crypto_hex(branch, w->b->branch, 16);
	snprintf(key, 80, "covered:%s:%s", remote, branch);
	memcpy(both, w->b->theirs.id, 20);
	memcpy(both + 20, w->b->ours.id, 20);
	ac_crypto_hash(hash, 16, both, sizeof both, NULL, 0);
	for (i = 0; i < 8; i++)
		n = n << 8 | hash[i];
	*val = (int64_t)(n >> 1);
}

/* -------------------------------------------------------------- what the hub has */

/* Their blobs, in order. */
static enum ac_err
blobs_of(struct ac_oid **out, size_t *n, struct ac_repo *r, const struct ac_oid *commits, size_t k, struct ac_fault *f)
{
	struct ac_batch *b = malloc(sizeof *b);
	struct ac_oid *list = NULL, *more;
	enum ac_err err = b ? AC_OK : AC_ENOMEM;
	size_t i;

	*n = 0;
	for (i = 0; i < k && !err; i++) {
		if ((err = ac_repo_read(b, r, &commits[i], f)))
			break;
		if (!(more = realloc(list, (*n + b->n) * sizeof *more))) {
			err = AC_ENOMEM;
			break;
		}
		list = more;
		memcpy(list + *n, b->blobs, b->n * sizeof *list);
		*n += b->n;
	}
	free(b);
	if (err) {
		free(list);
		return err;
	}
	if (*n)
		qsort(list, *n, sizeof *list, ac_files_by_id);
	*out = list;
	return AC_OK;
}

static bool
stands_there(const struct said *one, const struct ac_oid *blobs, size_t n)
{
	const unsigned char *p;
	struct ac_oid id;
	uint32_t i;

	for (i = 0; n && one->chunks->kind == AC_ARR && i < one->chunks->n; i++) {
		if (!ac_entry_bin(&p, one->chunks, i, 20))
			continue;
		memcpy(id.id, p, 20);
		if (bsearch(&id, blobs, n, sizeof id, ac_files_by_id))
			return true;
	}
	return false;
}

/* Does the hub's last batch hold what this device's entries name? Its index has what stood in its
 * own chain on the hub. */
static enum ac_err
look_at_tip(struct answering *w, const struct ac_oid *tip)
{
	struct ac_oid *blobs = NULL;
	enum ac_err err;
	size_t n, i;

	if ((err = blobs_of(&blobs, &n, w->s->home->repo, tip, 1, w->f)))
		return err;
	for (i = 0; i < w->n; i++)
		w->own |= stands_there(&w->said[i], blobs, n);
	free(blobs);
	return AC_OK;
}

/* The commits of ours that do not stand on the hub's branch, as far as that is whole batches. */
static enum ac_err
past(struct ac_oid **out, size_t *n, struct answering *w)
{
	struct ac_repo *r = w->s->home->repo;
	unsigned char files[8];
	struct ac_oid *theirs = NULL, *ours = NULL;
	struct ac_quarantine q;
	uint64_t segments;
	char name[80];
	bool found;
	enum ac_err err;
	size_t m = 0, k, i;

	w->own = false;
	ac_space_files(files, w->s);
	ac_repo_ref_name(name, files, w->b->branch);
	if ((err = ac_quarantine_open(&q, w->s->home, w->f)))
		return err;
	/* what cannot be fetched is nothing that anybody gets */
	err = ac_quarantine_fetch(&q, w->r->url, (const unsigned char (*)[8])files, 1, name, NULL);
	if (err == AC_ENOMEM || err == AC_EINTERNAL)
		goto out;
	for (i = 0; i < q.n && !err; i++) {
		const struct ac_ref *ref = &q.refs[i];

		if (!strcmp(ref->name, name) && (!ref->looked || ref->has_good)
		    && ac_lineage(&theirs, &m, &segments, &found, r, ref->looked ? &ref->good : &ref->at, NULL, NULL))
			m = 0;
	}
	if (m && !memcmp(&theirs[0], &w->b->theirs, sizeof *theirs) && (err = look_at_tip(w, &theirs[0])))
		goto out;
	if ((err = ac_lineage(&ours, &k, &segments, &found, r, &w->b->ours, NULL, w->f)))
		goto out;
	/* oldest last in both: what they share is a tail */
	for (; k && m && !memcmp(&theirs[m - 1], &ours[k - 1], sizeof *ours); k--)
		m--;
	*out = ours;
	*n = k;
out:
	ac_quarantine_close(&q);
	free(theirs);
	return err;
}

/* --------------------------------------------------------------------- saying again */

static bool
said_of(struct answering *w, const unsigned char *hash, const unsigned char *branch)
{
	int64_t n = 0;

	return !ac_index_int(&n, w->s->home->index, NULL, "SELECT count(*) FROM blob b JOIN chain c ON c.id = b.chain WHERE b.space = ?"
	    " AND b.hash = ? AND b.branch = ? AND c.writer = ?", "ibbb", w->s->id, hash, (size_t)32, branch, (size_t)16, w->s->me,
	    (size_t)8) && n > 0;
}

/* An incarnation may have said it after another. */
static bool
said_before(const struct answering *w, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (!memcmp(w->said[j].hash, w->said[i].hash, 32) && !memcmp(w->said[j].key, w->said[i].key, 32))
			return true;
	return false;
}

/* The branch beside this one, which holds all that this one does; made where it is not there. */
static enum ac_err
beside(unsigned char branch[static 16], struct answering *w)
{
	struct ac_repo *r = w->s->home->repo;
	unsigned char files[8];
	struct ac_oid at;
	char name[80];

	ac_space_files(files, w->s);
	memcpy(branch, w->b->branch, 16);
	for (;;) {
		ac_chunks_beside(branch, w->s);
		ac_repo_ref_name(name, files, branch);
		if (ac_repo_ref_get(&at, r, name, NULL))
			return ac_repo_ref_set(r, name, &w->b->ours, NULL, w->f);
		if (ac_files_contains(r, &at, &w->b->ours))
			return AC_OK;
	}
}

static enum ac_err
say_again(bool *any, struct answering *w, const struct ac_oid *blobs, size_t nblobs)
{
	struct ac_val e[6], entry = { .kind = AC_ARR, .n = 6, .items = e };
	struct ac_append b = { 0 };
	unsigned char branch[16];
	enum ac_err err;
	size_t i;

	if ((err = ac_append_begin(&b, w->s, w->f)) || (err = beside(branch, w)))
		goto out;
	for (i = 0; i < w->n && !err; i++) {
		const struct said *one = &w->said[i];

		if (!stands_there(one, blobs, nblobs) || said_before(w, i) || said_of(w, one->hash, branch))
			continue;
		e[0] = ac_val_int(AC_ENTRY_BLOB);
		e[1] = ac_val_bytes(one->hash, 32);
		e[2] = ac_val_int(one->size);
		e[3] = ac_val_bytes(one->key, 32);
		e[4] = ac_val_bytes(branch, 16);
		e[5] = *one->chunks;
		err = ac_append_entry(&b, &entry, 128 + (size_t)one->chunks->n * 22, w->f);
	}
	if (!err)
		err = ac_append_commit(&b, w->f);
	*any |= !err;
out:
	ac_append_end(&b);
	/* who may not write now says it when he may */
	return err == AC_EREFUSED || err == AC_EVERSION ? ac_fault_past(w->f) : err;
}

static enum ac_err
tell(struct answering *w, uint64_t *alerts)
{
	char text[500];
	bool fresh;
	enum ac_err err;

	snprintf(text, sizeof text, ac_words("%.100s: a branch of this device's attachments holds something that this device did not"
		" put there; what the hub lacks goes there on another branch"), w->r->name);
	err = ac_alert_add(w->s, "corrupt", w->b->branch, 0, w->r->name, text, w->e, &fresh, w->f);
	*alerts += !err && fresh;
	return err;
}

static enum ac_err
answer(struct answering *w, uint64_t *alerts, bool *again)
{
	struct ac_index *ix = w->s->home->index;
	struct ac_oid *commits = NULL, *blobs = NULL;
	size_t n = 0, nblobs = 0, i;
	int64_t was = -1, val;
	bool lacks = false;
	char key[80];
	enum ac_err err;

	if ((err = read_own(w)) || !w->n)
		return err;
	mark_of(key, &val, w);
	err = ac_index_int(&was, ix, w->f, "SELECT val FROM meta WHERE key = ?", "t", key);
	if (err && err != AC_ENOTFOUND)
		return err;
	if (err == AC_ENOTFOUND)
		err = ac_fault_past(w->f);
	if (err || was == val)
		return err;
	if ((err = past(&commits, &n, w)) || (err = blobs_of(&blobs, &nblobs, w->s->home->repo, commits, n, w->f)))
		goto out;
	if (w->now && !w->own && !may_be_copied(w->s) && (err = tell(w, alerts)))
		goto out;
	for (i = 0; i < w->n; i++)
		lacks |= stands_there(&w->said[i], blobs, nblobs);
	if ((lacks && (err = say_again(again, w, blobs, nblobs))) || (err = ac_home_lock(w->s->home, w->f)))
		goto out;
	err = ac_index_run(ix, w->f, "INSERT OR REPLACE INTO meta VALUES(?, ?)", "ti", key, val);
	ac_home_unlock(w->s->home);
out:
	free(commits);
	free(blobs);
	return err;
}

enum ac_err
ac_covered_answer(struct ac_covered *c, struct ac_space *s, const struct ac_remote *r, const struct ac_sync_events *e,
	uint64_t *alerts, bool *again, struct ac_fault *f)
{
	struct answering w = { .s = s, .r = r, .e = e, .f = f };
	enum ac_role role = ac_space_role(s);
	enum ac_err err = AC_OK;
	size_t i;

	if (!c->n || (role != AC_OWNER && role != AC_WRITER) || ac_closed_over(s) || (err = keep_own(c, s, f)))
		return err;
	for (i = 0; i < c->n && !err; i++) {
		w.b = &c->b[i];
		err = answer(&w, alerts, again);
		ac_arena_free(&w.a);
	}
	free(w.said);
	return err;
}
