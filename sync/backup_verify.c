/* SPDX-License-Identifier: ISC */
/*
 * Method: the backup is restored, but for joining, into a folder that is thrown away
 * and that holds sealed things only; there the proof of a home is made. Then it is held
 * against the living record: neither may say other things than the other of one
 * segment, and what the writers in the backup had seen must be in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/file.h"
#include "store/verify.h"
#include "sync/backup.h"
#include "sync/files.h"
#include "sync/freshness.h"

struct proof {
	struct ac_verified v;
	void (*each)(void *ctx, const struct ac_bad *bad);
	void *ctx;
	struct ac_backup_opened o;
	struct ac_verify_heads heads;
	uint64_t findings;     /* told while the chains were taken in */
	const char *file;
};

static void
bad(struct proof *p, const char *what, const char *affects, const char *message)
{
	struct ac_bad b = { .what = what, .affects = affects, .message = ac_words(message) };

	p->v.bad++;
	if (p->each)
		p->each(p->ctx, &b);
}

static void
bad_chain(struct proof *p, const unsigned char branch[static 16], const char *message)
{
	char what[64], hex[33];

	ac_crypto_hex(hex, branch, 16);
	snprintf(what, sizeof what, ac_words("chain %s"), hex);
	bad(p, what, p->o.space ? p->o.space->patient : ac_words("the backup"), message);
}

static void
found(void *ctx, const struct ac_finding *fd)
{
	struct proof *p = ctx;

	char text[200];

	if (!strcmp(fd->kind, "later")) {
		p->findings++;
		snprintf(text, sizeof text, ac_words("it ends in a form of a newer version of aftercare (%.100s), which can prove it"),
			fd->text);
		bad_chain(p, fd->place.branch, text);
	} else if (strcmp(fd->kind, "clock")) {
		p->findings++;
		bad_chain(p, fd->place.branch, fd->text);
	}
}

/* ------------------------------------------------- what the writers had seen */

static bool
has_segment(struct ac_space *s, const unsigned char *branch, int64_t seq, const void *hash)
{
	int64_t one;

	return !ac_index_int(&one, s->home->index, NULL, "SELECT 1 FROM segment g JOIN chain c ON c.id = g.chain WHERE "
		"c.space = ? AND c.branch = ? AND g.seq = ? AND g.hash = ?", "ibib", s->id, branch, (size_t)16, seq,
		hash, (size_t)32);
}

static enum ac_err
check_seen(struct proof *p, struct ac_space *s, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT n.other, max(n.oseq), n.ohash FROM seen n JOIN chain c ON"
		" c.id = n.chain WHERE c.space = ? GROUP BY n.other", "i", s->id);
	unsigned char branch[16], hash[32];
	const void *b;
	size_t n;

	while (ac_rows_next(&q)) {
		if (!(b = ac_rows_blob(&q, 0, &n)) || n != 16)
			continue;
		memcpy(branch, b, 16);
		if (!(b = ac_rows_blob(&q, 2, &n)) || n != 32)
			continue;
		memcpy(hash, b, 32);
		if (!has_segment(s, branch, ac_rows_int(&q, 1), hash))
			bad_chain(p, branch, "the backup lacks segments of it that other devices in the backup had seen");
	}
	return ac_rows_end(&q, f);
}

/* ------------------------------------------------- attachments that are not in it */

struct missing { struct proof *p; struct ac_space *s; };

static bool
listed(const struct missing *m, const unsigned char *hash)
{
	const struct ac_backup_opened *o = &m->p->o;
	size_t i;

	for (i = 0; i < o->nmissing; i++)
		if (!memcmp(o->missing[i].space, m->s->sid, 8) && !memcmp(o->missing[i].hash, hash, 32))
			return true;
	return false;
}

struct naming { char hex[65], affects[400]; };

static int
name_it(void *ctx, const struct ac_attachment *a)
{
	struct naming *n = ctx;

	if (strcmp(a->hash, n->hex))
		return 0;
	snprintf(n->affects, sizeof n->affects, "%.200s (%.150s)", a->title, a->ref);
	return 1;
}

static enum ac_err
check_attachment(void *ctx, const unsigned char hash[static 32], uint64_t size, struct ac_fault *f)
{
	struct missing *m = ctx;
	struct naming n = { 0 };
	struct ac_bad b = { .affects = n.affects, .listed = true };
	enum ac_err err;
	char what[100];

	if (ac_chunks_here(m->s, hash))
		return AC_OK;
	snprintf(n.affects, sizeof n.affects, "%s", ac_words("an earlier version, or a deleted document"));
	ac_crypto_hex(n.hex, hash, 32);
	if ((err = ac_attachment_list(m->s, name_it, &n, f)))
		return err;
	snprintf(what, sizeof what, ac_words("attachment %.16s of %llu bytes"), n.hex, (unsigned long long)size);
	if (!listed(m, hash))
		bad(m->p, what, n.affects, "the backup lacks it and does not say so");
	else if (m->p->each) {
		b.what = what;
		b.message = ac_words("it was not at hand when the backup was made, and is not in it");
		m->p->each(m->p->ctx, &b);
	}
	return AC_OK;
}

static enum ac_err
check_attachments(struct proof *p, struct ac_space *s, struct ac_fault *f)
{
	struct missing m = { p, s };

	return ac_files_each(s, check_attachment, &m, f);
}

/* --------------------------------------------------------- the living record */

/* What `s` has of a chain as number `seq`, else as its last below it. */
static bool
segment_at(int64_t *at, unsigned char hash[static 32], struct ac_space *s, const unsigned char *branch, int64_t seq)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT g.seq, g.hash FROM segment g JOIN chain c ON c.id = g.chain"
		" WHERE c.space = ? AND c.branch = ? AND g.seq <= ? ORDER BY g.seq DESC LIMIT 1", "ibi", s->id, branch,
		(size_t)16, seq);
	bool got = false;
	const void *b;
	size_t n;

	if (ac_rows_next(&q) && (b = ac_rows_blob(&q, 1, &n)) && n == 32) {
		*at = ac_rows_int(&q, 0);
		memcpy(hash, b, 32);
		got = true;
	}
	return !ac_rows_end(&q, NULL) && got;
}

/* The shorter of the two must be the beginning of the longer. */
static void
compare_chain(struct proof *p, const struct ac_verify_head *head, struct ac_space *then, struct ac_space *live)
{
	unsigned char a[32], b[32];
	int64_t at, same;

	if (!segment_at(&at, a, live, head->branch, head->seq))
		return; /* the living record has not heard of it: the backup has more */
	if (!segment_at(&same, b, then, head->branch, at) || same != at || memcmp(a, b, 32))
		bad_chain(p, head->branch, "the backup and the living record hold different segments of one number");
}

static enum ac_err
compare_docs(struct proof *p, struct ac_space *then, struct ac_space *live, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(then->home->index, "SELECT type, rid, source, heads, body, flags FROM doc WHERE"
		" space = ?", "i", then->id), l;
	const void *ah, *ab, *bh, *bb;
	size_t nah, nab, nbh, nbb;
	enum ac_err err = AC_OK;
	char ref[400];
	bool same;

	while (!err && ac_rows_next(&q)) {
		l = ac_index_query(live->home->index, "SELECT heads, body, flags FROM doc WHERE space = ? AND type = ? AND rid = ?"
			" AND source = ?", "ittt", live->id, ac_rows_text(&q, 0), ac_rows_text(&q, 1), ac_rows_text(&q, 2));
		same = true;
		if (ac_rows_next(&l)) {
			ah = ac_rows_blob(&q, 3, &nah);
			ab = ac_rows_blob(&q, 4, &nab);
			bh = ac_rows_blob(&l, 0, &nbh);
			bb = ac_rows_blob(&l, 1, &nbb);
			if (nah == nbh && (!nah || !memcmp(ah, bh, nah)))
				same = nab == nbb && (!nab || !memcmp(ab, bb, nab))
				    && ac_rows_int(&q, 5) == ac_rows_int(&l, 2);
		}
		err = ac_rows_end(&l, f);
		if (!err && !same) {
			snprintf(ref, sizeof ref, "%.120s/%.200s", ac_rows_text(&q, 0), ac_rows_text(&q, 1));
			bad(p, ref, ref, "the backup and the living record show different texts of the same versions");
		}
	}
	return ac_rows_end(&q, f) ? q.err : err;
}

static enum ac_err
compare(struct proof *p, struct ac_space *live, struct ac_fault *f)
{
	struct ac_home *h = p->o.home;
	struct ac_space *then, *now;
	const struct ac_invite *i;
	enum ac_err err = AC_OK;
	size_t n;

	if (memcmp(p->o.space->sid, live->sid, 8) || memcmp(p->o.space->root, live->root, 32)) {
		bad(p, p->file, p->o.space->patient, "it is a backup of another record than the one it was compared with");
		return AC_OK;
	}
	for (n = 0; n < p->heads.n; n++)
		if ((then = ac_space_find(h, p->heads.head[n].space)) && (now = ac_space_find(live->home, then->sid)))
			compare_chain(p, &p->heads.head[n], then, now);
	for (n = 0; n < h->nspaces && !err; n++)
		if ((now = ac_space_find(live->home, h->spaces[n]->sid)))
			err = compare_docs(p, h->spaces[n], now, f);
	if (!err && p->o.has_invite && (i = ac_members_invite(&live->members, p->o.invite)) && i->cancelled)
		bad(p, p->file, live->patient, "its invite was cancelled: what it restores can be read, and not be written to");
	return err;
}

/* --------------------------------------------------------------------- the proof */

static enum ac_err
prove(struct proof *p, struct ac_space *live, struct ac_fault *f)
{
	struct ac_home *h = p->o.home;
	const struct ac_invite *i;
	struct ac_verified v;
	enum ac_err err;
	uint64_t before;
	size_t n;

	before = p->v.bad;
	if ((err = ac_verify_run(&v, &p->heads, h, p->each, p->ctx, NULL, f)))
		return err;
	p->v = v;
	p->v.bad += before;
	for (n = 0; n < h->nspaces && !err; n++)
		if (!(err = check_seen(p, h->spaces[n], f)))
			err = check_attachments(p, h->spaces[n], f);
	if (!err && p->o.has_invite && (!(i = ac_members_invite(&p->o.space->members, p->o.invite))
	    || i->standing != AC_BACKUP || i->role != AC_OWNER || !ac_members_open(i)))
		bad(p, p->file, p->o.space->patient, "the chains do not know the invite by which it would be restored");
	if (err || !live)
		return err;
	if ((err = ac_home_lock(live->home, f)))
		return err;
	err = compare(p, live, f);
	ac_home_unlock(live->home);
	return err;
}

/* Damage is the answer; not being able to look is a failure. */
static bool
damaged(enum ac_err err)
{
	return err == AC_ECORRUPT || err == AC_EINVAL || err == AC_EFORGED || err == AC_ELIMIT;
}

static enum ac_err
certify(struct proof *p, struct ac_space *live, struct ac_fault *f)
{
	char *full = realpath(p->file, NULL);
	const char *name = full ? full : p->file;
	struct ac_backup_mark last;
	enum ac_err err;

	if ((err = ac_certify(&p->v, &p->heads, live, name, f)) || p->v.bad || (err = ac_backup_last(&last, live, f)))
		goto out;
	if (p->o.time >= last.time) /* an old backup does not take the place of the last */
		err = ac_backup_note(live, name, p->o.time, ac_clock_ms(), f);
	if (!err)
		err = ac_freshness_backup(live, &p->heads, p->o.time, f);
out:
	free(full);
	return err;
}

static enum ac_err
folder(char out[static 4096], struct ac_fault *f)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(out, 4096, "%.4000s/aftercare-XXXXXX", tmp && tmp[0] == '/' ? tmp : "/tmp");
	return mkdtemp(out) ? AC_OK : ac_fault(f, AC_EIO, "no temporary folder could be made at %s", out);
}

enum ac_err
ac_backup_verify(struct ac_verified *out, const struct ac_restore *r, struct ac_space *live,
	void (*each)(void *ctx, const struct ac_bad *bad), void *ctx, struct ac_fault *f)
{
	struct proof p = { .each = each, .ctx = ctx, .file = r->file };
	unsigned char random[32], age[32];
	struct ac_restore at = *r;
	char dir[4096], pass[65];
	struct ac_fault said = { 0 };
	enum ac_err err;

	if (!r->file)
		return ac_fault(f, AC_EUSAGE, "name the backup to verify");
	if ((err = ac_crypto_init(f)) || (err = folder(dir, f)))
		return err;
	ac_crypto_random(random, sizeof random);
	ac_crypto_hex(pass, random, sizeof random);
	at.home = dir;
	at.passphrase = pass;
	at.npassphrase = 64;
	at.home_flags = AC_HOME_QUICK;
	if (live)
		ac_home_age(live->home, age);
	err = ac_backup_open(&p.o, &at, live && !r->identity && !r->sealed ? age : NULL, false, found, &p, &said);
	if (!err)
		err = prove(&p, live, &said);
	else if (damaged(err)) {
		bad(&p, r->file, ac_words("the whole backup"), said.text);
		err = AC_OK;
	}
	if (err)
		ac_fault(f, err, "%s", said.text);
	else if (live)
		err = certify(&p, live, f);
	if (!err)
		*out = p.v;
	ac_home_close(p.o.home);
	if (ac_file_remove_tree(dir, err ? NULL : f) && !err)
		err = AC_EIO;
	free(p.heads.head);
	ac_wipe(pass, sizeof pass);
	ac_wipe(random, sizeof random);
	ac_wipe(age, sizeof age);
	return err;
}
