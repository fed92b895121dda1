/* SPDX-License-Identifier: ISC */
/*
 * Method: each segment that holds versions is judged by its writer and by its place, and
 * its versions are shown or hidden accordingly. One that stands in several places is
 * shown while one of them counts. Of a chain whose writer was never removed, only what is
 * hidden and what it carries for others is looked at.
 */
#include <string.h>

#include "store/home.h"

/* Had the segment `seq` of this branch seen the removal that made a cut? */
static bool
had_seen(struct ac_space *s, const struct ac_cut *cut, const unsigned char *branch, int64_t seq)
{
	int64_t saw = -1;

	if (!memcmp(branch, cut->by_branch, 16))
		return seq >= (int64_t)cut->by_seq;
	return !ac_index_int(&saw, s->home->index, NULL, "SELECT max(e.oseq) FROM seen e JOIN chain c ON c.id = e.chain WHERE"
	    " c.space = ? AND c.branch = ? AND e.other = ? AND e.seq <= ? HAVING max(e.oseq) IS NOT NULL", "ibbi", s->id,
	    branch, (size_t)16, cut->by_branch, (size_t)16, seq) && saw >= (int64_t)cut->by_seq;
}

/* Has an owner, who had not seen the removal, named this segment as seen? */
static bool
adopted(struct ac_space *s, const struct ac_cut *cut, const unsigned char *branch, int64_t seq)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT c.writer, e.seq, c.branch FROM seen e JOIN chain c"
		" ON c.id = e.chain WHERE c.space = ? AND e.other = ? AND e.oseq >= ?", "ibi", s->id, branch,
		(size_t)16, seq);
	const struct ac_member *m;
	bool yes = false;
	const void *p;
	size_t n;

	while (!yes && ac_rows_next(&q)) {
		if (!(p = ac_rows_blob(&q, 0, &n)) || n != 8 || !(m = ac_members_find(&s->members, p))
		    || m->role != AC_OWNER || m->removed)
			continue;
		yes = (p = ac_rows_blob(&q, 2, &n)) && n == 16 && !had_seen(s, cut, p, ac_rows_int(&q, 1));
	}
	return ac_rows_end(&q, NULL) == AC_OK && yes;
}

/* Does what stands at this place count? Not what a member wrote whose admission was voided. */
static bool
should_show(struct ac_space *s, const unsigned char writer[static 8], const unsigned char *branch, int64_t seq)
{
	const struct ac_member *m = ac_members_find(&s->members, writer);
	size_t i;

	if (!m || m->suspended)
		return false;
	if (!ac_members_cut(&s->members, m->id, branch, (uint32_t)seq))
		return true;
	/* one of two who came by one invite was never believed, so it was never named in good faith */
	for (i = 0; i < s->members.ncuts && !m->reused; i++)
		if (!memcmp(s->members.cuts[i].member, m->id, 8) && adopted(s, &s->members.cuts[i], branch, seq))
			return true;
	return false;
}

/* A relayed segment counts while its writer does. Of a removed one it is like a segment
 * past the cut: an owner who had not seen the removal must have carried it. */
static bool
relay_counts(struct ac_space *s, const unsigned char writer[static 8], const unsigned char carrier[static 8],
	const unsigned char branch[static 16], int64_t seq)
{
	const struct ac_member *m = ac_members_find(&s->members, writer), *by = ac_members_find(&s->members, carrier);
	size_t i;

	if (!m || m->suspended)
		return false;
	if (!m->removed)
		return true;
	if (!by || by->role != AC_OWNER || by->removed || by->suspended || m->reused)
		return false;
	for (i = 0; i < s->members.ncuts; i++)
		if (!memcmp(s->members.cuts[i].member, m->id, 8) && !had_seen(s, &s->members.cuts[i], branch, seq))
			return true;
	return false;
}

/* Does what stands at this place count, in its writer's chain or carried in another's? */
static bool
place_counts(struct ac_space *s, int64_t chain, const unsigned char writer[static 8], const unsigned char branch[static 16],
	int64_t seq)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT writer FROM arm WHERE chain = ? AND rseq = ? AND writer IS NOT"
		" NULL", "ii", chain, seq);
	bool relayed, counts = false;
	const void *p;
	size_t n;

	if ((relayed = ac_rows_next(&q)))
		counts = (p = ac_rows_blob(&q, 0, &n)) && n == 8 && relay_counts(s, p, writer, branch, seq);
	if (ac_rows_end(&q, NULL))
		return false;
	return relayed ? counts : should_show(s, writer, branch, seq);
}

/* The same version may stand in a chain that counts: two devices imported one file. */
static enum ac_err
shown_elsewhere(bool *out, struct ac_space *s, int64_t version, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT c.writer, c.branch, a.seq, a.chain FROM also a JOIN chain c"
		" ON c.id = a.chain WHERE a.version = ?", "i", version);
	const void *w, *b;
	size_t nw, nb;

	*out = false;
	while (!*out && ac_rows_next(&q)) {
		w = ac_rows_blob(&q, 0, &nw);
		b = ac_rows_blob(&q, 1, &nb);
		*out = w && b && nw == 8 && nb == 16 && place_counts(s, ac_rows_int(&q, 3), w, b, ac_rows_int(&q, 2));
	}
	return ac_rows_end(&q, f);
}

struct cutting {
	struct ac_space *s;
	enum ac_err (*touch)(void *ctx, int64_t doc);
	void *ctx;
	struct ac_fault *f;
};

/* The versions of one segment, or (hidden) only those of a chain that are hidden. */
static enum ac_err
judge_versions(struct cutting *c, int64_t chain, int64_t seq, bool counts, bool hidden)
{
	struct ac_rows q = hidden ? ac_index_query(c->s->home->index, "SELECT id, doc, shown FROM version WHERE chain = ?1"
		" AND shown = 0 AND seq NOT IN (SELECT rseq FROM arm WHERE chain = ?1)", "i", chain)
	    : ac_index_query(c->s->home->index, "SELECT id, doc, shown FROM version WHERE chain = ? AND seq = ?", "ii", chain,
		seq);
	enum ac_err err = AC_OK;
	bool show;

	while (!err && ac_rows_next(&q)) {
		show = counts;
		if (!show && (err = shown_elsewhere(&show, c->s, ac_rows_int(&q, 0), c->f)))
			break;
		if (show == (ac_rows_int(&q, 2) != 0))
			continue;
		if (!(err = ac_index_run(c->s->home->index, c->f, "UPDATE version SET shown = ? WHERE id = ?", "ii",
		    (int64_t)show, ac_rows_int(&q, 0))))
			err = c->touch(c->ctx, ac_rows_int(&q, 1));
	}
	return ac_rows_end(&q, c->f) ? q.err : err;
}

static enum ac_err
judge_chain(struct cutting *c, int64_t chain, const unsigned char branch[static 16], const unsigned char writer[static 8])
{
	const struct ac_member *m = ac_members_find(&c->s->members, writer);
	bool whole = m && !m->removed && !m->suspended;
	enum ac_err err = AC_OK;
	struct ac_rows q;

	if (whole && (err = judge_versions(c, chain, 0, true, true)))
		return err;
	q = whole ? ac_index_query(c->s->home->index, "SELECT rseq FROM arm WHERE chain = ?", "i", chain)
	    : ac_index_query(c->s->home->index, "SELECT DISTINCT seq FROM version WHERE chain = ?", "i", chain);
	while (!err && ac_rows_next(&q))
		err = judge_versions(c, chain, ac_rows_int(&q, 0),
			place_counts(c->s, chain, writer, branch, ac_rows_int(&q, 0)), false);
	return ac_rows_end(&q, c->f) ? q.err : err;
}

enum ac_err
ac_docs_cuts(struct ac_space *s, enum ac_err (*touch)(void *ctx, int64_t doc), void *ctx, struct ac_fault *f)
{
	struct cutting c = { s, touch, ctx, f };
	struct ac_rows q = ac_index_query(s->home->index, "SELECT id, branch, writer FROM chain WHERE space = ?", "i", s->id);
	enum ac_err err = AC_OK;
	const void *b, *w;
	size_t nb, nw;

	while (!err && ac_rows_next(&q)) {
		b = ac_rows_blob(&q, 1, &nb);
		w = ac_rows_blob(&q, 2, &nw);
		if (b && w && nb == 16 && nw == 8)
			err = judge_chain(&c, ac_rows_int(&q, 0), b, w);
	}
	return ac_rows_end(&q, f) ? q.err : err;
}
