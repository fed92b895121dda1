/* SPDX-License-Identifier: ISC */
/*
 * Method: each tip is walked back to what is applied, then its commits are tried
 * oldest first, each under a savepoint: a commit is taken whole or not at all. A
 * commit may wait (its writer's admission or its key has not arrived) while others
 * go on; rounds are made until none moves. A commit that cannot be right stops its
 * chain and is reported. Documents are computed once, at the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/apply.h"

#define COMMITS_MAX ((size_t)1 << 20)

/* ------------------------------------------------------------------ findings */

static void
report(struct ac_apply_work *w, const struct ac_apply_chain *c, const char *kind, int64_t seq, const char *text)
{
	struct ac_finding fd = { .kind = kind, .seq = (uint32_t)seq };

	memcpy(fd.place.space, c->tip->s->sid, 8);
	memcpy(fd.place.branch, c->tip->branch, 16);
	snprintf(fd.text, sizeof fd.text, "%s", ac_words(text));
	c->tip->stopped = true;
	if (w->ap->finding)
		w->ap->finding(w->ap->ctx, &fd);
}

/* A clock that is ahead is told once: not again for what is written before this device's
 * own time has caught up with it. The chain goes on. */
static enum ac_err
report_clock(struct ac_apply_work *w, const struct ac_apply_chain *c, int64_t seq, uint64_t clock)
{
	bool was = c->tip->stopped;
	int64_t known = 0;
	enum ac_err err;

	if ((err = ac_index_int(&known, w->h->index, w->f, "SELECT ahead FROM chain WHERE id = ?", "i", c->id)))
		return err;
	if (known >> 16 < ac_clock_ms()) {
		report(w, c, "clock", seq, "its times are over an hour ahead of this device's clock");
		c->tip->stopped = was;
	}
	return ac_index_run(w->h->index, w->f, "UPDATE chain SET ahead = ? WHERE id = ?", "ii",
		clock > INT64_MAX ? INT64_MAX : (int64_t)clock, c->id);
}

/* ----------------------------------------------------------- segments */

enum ac_err
ac_apply_note_chain(struct ac_apply_work *w, struct ac_apply_chain *c, const unsigned char writer[static 8],
	uint32_t incarnation)
{
	enum ac_err err;

	if (c->id)
		return AC_OK;
	err = ac_index_run(w->h->index, w->f, "INSERT INTO chain(space, branch, writer, incarnation, seq, hash, oid,"
		" clock) VALUES(?,?,?,?,-1,x'',x'',0)", "ibbi", c->tip->s->id, c->tip->branch, (size_t)16, writer, (size_t)8,
		(int64_t)incarnation);
	c->id = ac_index_last_id(w->h->index);
	return err;
}

enum ac_err
ac_apply_note_segment(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_apply_opening *o,
	const struct ac_oid *blob)
{
	struct ac_space *s = c->tip->s;
	struct ac_index *ix = w->h->index;
	bool ahead;
	enum ac_err err;

	if ((err = ac_apply_note_chain(w, c, o->seg.writer, o->seg.incarnation)))
		return err;
	c->seq = o->seg.seq;
	memcpy(c->hash, o->seg.hash, 32);
	if ((err = ac_index_run(ix, w->f, "INSERT INTO segment VALUES(?,?,?,?,?,?,?)", "iibbiib", c->id,
		(int64_t)o->seg.seq, o->seg.hash, (size_t)32, blob->id, (size_t)20, (int64_t)o->seg.kind,
		(int64_t)o->seg.clock, o->key, (size_t)32)))
		return err;
	if ((err = ac_clock_saw(w->h, o->seg.clock, &ahead, w->f)))
		return err;
	if (ahead && memcmp(o->seg.writer, s->me, 8) && (err = report_clock(w, c, o->seg.seq, o->seg.clock)))
		return err;
	return ac_index_run(ix, w->f, "UPDATE chain SET seq = ?, hash = ?, clock = ?, edition = max(edition, ?) WHERE id = ?",
		"ibiii", (int64_t)o->seg.seq, o->seg.hash, (size_t)32, (int64_t)o->seg.clock,
		(int64_t)o->seg.edition, c->id);
}

/* Bytes that are not there, or not what they were, stop their chain and no other. */
static bool
unreadable(enum ac_err err)
{
	return err == AC_ECORRUPT || err == AC_ENOTFOUND || err == AC_EIO || err == AC_ELIMIT;
}

static enum ac_err
take_segment(enum ac_verdict *verdict, struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_oid *blob)
{
	struct ac_buf bytes = { .max = AC_SEGMENT_MAX };
	struct ac_apply_opening o = { 0 };
	struct ac_fault said = { 0 };
	enum ac_segment_kind kind;
	struct ac_wraps wraps;
	const char *why = "";
	enum ac_err err;

	memcpy(o.at.branch, c->tip->branch, 16);
	*verdict = AC_BAD;
	if (!(err = ac_repo_blob(&bytes, w->h->repo, blob, AC_SEGMENT_MAX, &said)))
		err = ac_apply_open(&o, c->tip->s, &bytes, &said);
	if (err == AC_EVERSION) {
		/* its beginning is in the clear: a hub may have made it, so nobody is accused */
		*verdict = AC_PENDING;
		ac_segment_made(c->tip->later, bytes.p, bytes.len);
		err = AC_OK;
		goto out;
	}
	if (err == AC_ELOCKED) {
		*verdict = AC_PENDING;
		c->tip->sealed = true;
		if (!ac_segment_peek(&kind, &wraps, bytes.p, bytes.len, NULL) && kind == AC_SEGMENT_KEYS)
			c->tip->uncovered = ac_keys_signed(&wraps, &o.at, c->tip->s->secret->name_key, &c->tip->s->members);
		err = AC_OK;
		goto out;
	}
	if (unreadable(err)) {
		report(w, c, "corrupt", c->seq + 1, said.text);
		err = AC_OK;
		goto out;
	}
	if (err) {
		err = ac_fault(w->f, err, "%s", said.text[0] ? said.text : ac_words("a segment could not be read"));
		goto out;
	}
	*verdict = ac_apply_check(c, &o, &why);
	if (*verdict == AC_BAD)
		report(w, c, "forged", o.seg.seq, why);
	if (*verdict != AC_TAKEN)
		goto out;
	if ((err = ac_apply_note_segment(w, c, &o, blob)) || (err = ac_apply_heads(w, c, &o))
	    || (err = ac_apply_entries(w, c, &o)))
		goto out;
	w->ap->segments++;
	if (w->reload) {
		w->reload = false;
		err = ac_space_load(c->tip->s, w->f);
	}
out:
	ac_apply_close(&o);
	ac_buf_free(&bytes);
	return err;
}

/* -------------------------------------------------------------- one commit */

static enum ac_err
take_commit(enum ac_verdict *verdict, struct ac_apply_work *w, struct ac_apply_chain *c)
{
	const struct ac_oid *commit = &c->commits[c->n - 1];
	struct ac_apply_chain was = *c;
	uint64_t versions = w->ap->versions, segments = w->ap->segments;
	size_t ndocs = w->ndocs, i;
	struct ac_fault said = { 0 };
	enum ac_err err;

	err = ac_repo_read(w->batch, w->h->repo, commit, &said);
	if (unreadable(err)) {
		*verdict = AC_BAD;
		report(w, c, "corrupt", c->seq + 1, said.text);
		return AC_OK;
	}
	if (err)
		return ac_fault(w->f, err, "%s", said.text);
	if ((err = ac_index_run(w->h->index, w->f, "SAVEPOINT batch", "")))
		return err;
	*verdict = AC_TAKEN;
	for (i = 0; i < w->batch->n && *verdict == AC_TAKEN && !err; i++)
		err = take_segment(verdict, w, c, &w->batch->blobs[i]);
	if (err)
		return err;
	if (*verdict == AC_TAKEN) {
		c->n--;
		c->tip->verified = *commit;
		c->tip->moved = true;
		if ((err = ac_index_run(w->h->index, w->f, "UPDATE chain SET oid = ? WHERE id = ?", "bi", commit->id,
			(size_t)20, c->id)))
			return err;
	} else {
		if ((err = ac_index_run(w->h->index, w->f, "ROLLBACK TO batch", "")))
			return err;
		w->ap->versions = versions;
		w->ap->segments = segments;
		w->ndocs = ndocs;
		*c = was;
		if ((err = ac_space_load(c->tip->s, w->f)))
			return err;
	}
	return ac_index_run(w->h->index, w->f, "RELEASE batch", "");
}

/* ------------------------------------------------------------------ chains */

/* The commits from the tip back to what is applied, newest first. */
static enum ac_err
walk(struct ac_apply_work *w, struct ac_apply_chain *c, const struct ac_oid *applied, bool has_applied)
{
	struct ac_oid at = c->tip->oid, *more;
	struct ac_fault said = { 0 };
	size_t cap = 0;
	enum ac_err err;

	while (!has_applied || memcmp(&at, applied, sizeof at)) {
		if (c->n == cap) {
			cap = cap ? 2 * cap : 64;
			if (cap > COMMITS_MAX || !(more = realloc(c->commits, cap * sizeof *more)))
				return AC_ENOMEM;
			c->commits = more;
		}
		c->commits[c->n++] = at;
		err = ac_repo_read(w->batch, w->h->repo, &at, &said);
		if (unreadable(err)) {
			/* nothing before it can be found through it */
			c->n = 0;
			report(w, c, "corrupt", c->seq + 1, said.text);
			return AC_OK;
		}
		if (err)
			return ac_fault(w->f, err, "%s", said.text);
		if (!w->batch->has_parent) {
			if (!has_applied)
				return AC_OK;
			c->n = 0;
			report(w, c, "fork", c->seq + 1, "a branch does not continue what this device has of it");
			return AC_OK;
		}
		at = w->batch->parent;
	}
	return AC_OK;
}

enum ac_err
ac_apply_find_chain(struct ac_apply_work *w, struct ac_apply_chain *c, struct ac_oid *applied, bool *has)
{
	struct ac_rows q;
	const void *p;
	size_t n;

	*has = false;
	c->seq = -1;
	q = ac_index_query(w->h->index, "SELECT id, seq, hash, oid FROM chain WHERE space = ? AND branch = ?", "ib",
		c->tip->s->id, c->tip->branch, (size_t)16);
	if (ac_rows_next(&q)) {
		c->id = ac_rows_int(&q, 0);
		c->seq = ac_rows_int(&q, 1);
		if ((p = ac_rows_blob(&q, 2, &n)) && n == 32)
			memcpy(c->hash, p, 32);
		if ((p = ac_rows_blob(&q, 3, &n)) && n == 20) {
			memcpy(applied->id, p, 20);
			c->tip->verified = *applied;
			*has = true;
		}
	}
	return ac_rows_end(&q, w->f);
}

static enum ac_err
start(struct ac_apply_work *w, struct ac_apply_chain *c)
{
	struct ac_oid applied;
	bool has;
	enum ac_err err = ac_apply_find_chain(w, c, &applied, &has);

	return err ? err : walk(w, c, &applied, has);
}

/* Candidate keys out of every keys segment that waits, so that the earlier segments of
 * a space open for a device that joined late. They are candidates: only what verifies
 * from the root makes a key one to seal under. */
static enum ac_err
scan_keys(struct ac_apply_work *w, struct ac_apply_chain *c)
{
	struct ac_buf bytes = { .max = AC_SEGMENT_MAX };
	enum ac_segment_kind kind;
	struct ac_apply_opening o;
	enum ac_err err = AC_OK;
	struct ac_wraps wr;
	size_t i, j;
	uint32_t k;

	for (i = 0; i < c->n && !err; i++) {
		/* what cannot be read is judged when its turn comes */
		if (ac_repo_read(w->batch, w->h->repo, &c->commits[i], NULL))
			break;
		for (j = 0; j < w->batch->n && !err; j++) {
			ac_buf_reset(&bytes);
			if (ac_repo_blob(&bytes, w->h->repo, &w->batch->blobs[j], AC_SEGMENT_MAX, NULL)
			    || ac_segment_peek(&kind, &wr, bytes.p, bytes.len, NULL) || kind != AC_SEGMENT_KEYS)
				continue;
			memset(&o, 0, sizeof o);
			memcpy(o.at.branch, c->tip->branch, 16);
			if (!ac_apply_open(&o, c->tip->s, &bytes, NULL))
				for (k = 1; k < o.seg.entries->n && !err; k++)
					if (ac_entry_is(&o.seg.entries->items[k], AC_ENTRY_KEYS, 8))
						err = ac_apply_earlier_keys(c->tip->s, &o.seg.entries->items[k]);
			ac_apply_close(&o);
		}
	}
	ac_buf_free(&bytes);
	return err;
}

/* Takes what one chain has, as far as it goes. *moved: at least one commit. */
static enum ac_err
advance(struct ac_apply_work *w, struct ac_apply_chain *c, bool *moved)
{
	enum ac_verdict verdict = AC_TAKEN;
	enum ac_err err = AC_OK;

	c->tip->waiting = c->tip->sealed = c->tip->uncovered = false;
	c->tip->later[0] = 0;
	while (c->n && !c->tip->stopped && !err) {
		if ((err = take_commit(&verdict, w, c)) || verdict == AC_BAD)
			break;
		if (verdict == AC_PENDING) {
			c->tip->waiting = true;
			break;
		}
		*moved = true;
	}
	c->tip->next = c->seq + 1;
	return err;
}

/* The tips of one space. */
static enum ac_err
apply_space(struct ac_apply_work *w, struct ac_apply_chain *chains, size_t n, struct ac_space *s)
{
	enum ac_err err = AC_OK;
	bool moved = true;
	size_t i;

	for (i = 0; i < n && !err; i++)
		if (chains[i].tip->s == s && !(err = start(w, &chains[i])) && chains[i].n)
			err = scan_keys(w, &chains[i]);
	while (moved && !err) {
		moved = false;
		for (i = 0; i < n && !err; i++)
			if (chains[i].tip->s == s)
				err = advance(w, &chains[i], &moved);
		/* a removed member's branch may have come to where it was cut */
		if (!err && moved && s->members.ncuts)
			err = ac_space_load(s, w->f);
	}
	for (moved = !err; moved && !err;)
		err = ac_apply_relay_retry(&moved, w, s);
	if (err || (err = ac_apply_settle(w, s)))
		return err;
	for (i = 0; i < n; i++)
		if (chains[i].tip->s == s && chains[i].tip->waiting)
			w->ap->pending += chains[i].n;
	return s->kind == AC_SPACE_VAULT ? AC_OK : ac_withdrawn_settle(s, w->f);
}

enum ac_err
ac_apply_tips(struct ac_apply *ap, struct ac_tip *tips, size_t n, struct ac_fault *f)
{
	struct ac_apply_work w = { .ap = ap, .h = ap->h, .f = f };
	struct ac_apply_chain *chains = calloc(n ? n : 1, sizeof *chains);
	enum ac_err err = AC_OK;
	size_t i, j;

	w.batch = malloc(sizeof *w.batch);
	if (!chains || !w.batch) {
		err = AC_ENOMEM;
		goto out;
	}
	for (i = 0; i < n; i++) {
		chains[i].tip = &tips[i];
		tips[i].moved = tips[i].stopped = tips[i].waiting = false;
		tips[i].later[0] = 0;
	}
	for (i = 0; i < n && !err; i++) {
		for (j = 0; j < i; j++)
			if (tips[j].s == tips[i].s)
				break;
		if (j == i)
			err = apply_space(&w, chains, n, tips[i].s);
	}
out:
	for (i = 0; chains && i < n; i++)
		free(chains[i].commits);
	free(chains);
	free(w.batch);
	free(w.docs);
	return err;
}

static enum ac_err
judge_segment(enum ac_verdict *verdict, const char **kind, struct ac_apply_work *w, struct ac_apply_chain *c,
	const struct ac_oid *blob)
{
	struct ac_buf bytes = { .max = AC_SEGMENT_MAX };
	struct ac_apply_opening o = { 0 };
	const char *why;
	enum ac_err err;

	*verdict = AC_BAD;
	*kind = "corrupt";
	memcpy(o.at.branch, c->tip->branch, 16);
	if (ac_repo_blob(&bytes, w->h->repo, blob, AC_SEGMENT_MAX, NULL)) {
		err = AC_OK;
		goto out;
	}
	err = ac_apply_open(&o, c->tip->s, &bytes, NULL);
	if (err == AC_ENOMEM || err == AC_EIO)
		goto out;
	if (err == AC_EVERSION) {
		*kind = "later";
		ac_segment_made(c->tip->later, bytes.p, bytes.len);
	}
	if (!err && (*verdict = ac_apply_check(c, &o, &why)) == AC_TAKEN) {
		c->seq = o.seg.seq;
		memcpy(c->hash, o.seg.hash, 32);
	} else if (!err)
		*kind = "forged";
	err = AC_OK;
out:
	ac_apply_close(&o);
	ac_buf_free(&bytes);
	return err;
}

enum ac_err
ac_apply_judge(size_t *good, const char **kind, char later[static AC_SEGMENT_MADE], struct ac_space *s,
	const unsigned char branch[static 16], const struct ac_oid *commits, size_t n, int64_t seq,
	const unsigned char hash[static 32], struct ac_fault *f)
{
	struct ac_tip tip = { .s = s };
	struct ac_apply_chain c = { .tip = &tip, .seq = seq };
	struct ac_batch *b = malloc(sizeof *b);
	struct ac_apply_work w = { .h = s->home, .batch = b, .f = f };
	enum ac_verdict verdict = AC_TAKEN;
	enum ac_err err = b ? AC_OK : AC_ENOMEM;
	size_t i, j;

	memcpy(tip.branch, branch, 16);
	memcpy(c.hash, hash, 32);
	*good = 0;
	*kind = NULL;
	for (i = n; i-- > 0 && !err && verdict == AC_TAKEN; *good += !err && verdict == AC_TAKEN) {
		if (ac_repo_read(b, s->home->repo, &commits[i], NULL)) {
			verdict = AC_BAD;
			*kind = "corrupt";
			break;
		}
		for (j = 0; j < b->n && !err && verdict == AC_TAKEN; j++)
			err = judge_segment(&verdict, kind, &w, &c, &b->blobs[j]);
	}
	if (!err && verdict == AC_TAKEN)
		*kind = NULL;
	memcpy(later, tip.later, sizeof tip.later);
	free(b);
	return err;
}

bool
ac_apply_is_chain(struct ac_repo *r, const struct ac_oid *tip)
{
	struct ac_batch *b = malloc(sizeof *b);
	struct ac_buf bytes = { .max = AC_SEGMENT_MAX };
	enum ac_segment_kind kind;
	bool yes = true;

	/* what cannot be told is treated as a chain, so that it is judged and not passed over */
	if (b && !ac_repo_read(b, r, tip, NULL) && !ac_repo_blob(&bytes, r, &b->blobs[0], AC_SEGMENT_MAX, NULL))
		yes = bytes.len < 4 || memcmp(bytes.p, "ACFC", 4) != 0;
	if (yes && bytes.len && !ac_segment_peek(&kind, NULL, bytes.p, bytes.len, NULL))
		yes = kind != AC_SEGMENT_INVITE;
	ac_buf_free(&bytes);
	free(b);
	return yes;
}

