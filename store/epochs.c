/* SPDX-License-Identifier: ISC */
/*
 * Method: each keys segment of a chain has a row, whoever was believed when it came;
 * what it is good for is judged here, by the members of now. An epoch that is not
 * verified (its owner was removed by somebody who had not seen it) opens what others
 * wrote while they believed him, and does nothing else. Its maker may make any number
 * of them to give others work, or to hide one among many: so some are looked at and
 * no more, and those first before which nothing can be put later.
 */
#include <stdlib.h>
#include <string.h>

#include "store/home.h"

#define DERIVED_MAX 1024     /* keys of sets of verified epochs; of one other with them; of several others */
#define DERIVED_EACH 64      /* keys of sets of the same other one with verified ones */
#define UNVERIFIED_MAX 64    /* epochs of one writer that are not verified */
#define UNVERIFIED_ENTRY 65536 /* bytes of the keys entry of such */

struct epoch {
	unsigned char hash[32], key[32], branch[16], writer[8];
	int64_t chain, seq;
	const struct ac_val *e;
	bool verified, forked;
	bool named;                  /* in a branch that the remover knew */
	bool carried, older;         /* by a verified one; by one that is past no fork either */
	size_t place;                /* of one that is not verified, among its writer's */
};

struct epochs {
	struct ac_space *s;
	struct ac_arena a;
	struct epoch *e; size_t n;   /* those that are not verified first */
	size_t others;               /* how many are not */
	bool *apart;                 /* [i][j]: epoch i does not carry j */
};

/* ------------------------------------------------------------------ the rows */

static bool
named(const struct ac_members *m, const struct epoch *e)
{
	size_t i;

	for (i = 0; i < m->ncuts; i++)
		if (!memcmp(m->cuts[i].member, e->writer, 8) && !memcmp(m->cuts[i].branch, e->branch, 16))
			return m->cuts[i].seq >= 0;
	return false;
}

/* The keys segments of owners, and of those whom a cancel or a removal left no members at
 * all: others believed them before they knew. */
static enum ac_err
read_rows(struct epochs *x, struct ac_fault *f)
{
	struct ac_space *s = x->s;
	struct ac_index *ix = s->home->index;
	const struct ac_member *m;
	struct ac_rows q;
	struct epoch *e;
	int64_t count = 0;
	enum ac_err err = ac_index_int(&count, ix, f, "SELECT count(*) FROM epoch WHERE space = ?", "i", s->id);
	size_t n;

	if (err)
		return err;
	if (!(x->e = ac_arena_get(&x->a, ((size_t)count + 1) * sizeof *x->e)))
		return AC_ENOMEM;
	q = ac_index_query(ix, "SELECT e.hash, e.key, c.branch, c.writer, e.chain, e.seq, g.hash, " PAST_FORK("e.")
		", length(e.entry) FROM epoch e JOIN chain c ON c.id = e.chain JOIN segment g ON g.chain = e.chain AND g.seq = e.seq"
		" WHERE e.space = ?", "i", s->id);
	while (ac_rows_next(&q) && x->n < (size_t)count) {
		e = &x->e[x->n];
		memcpy(e->hash, ac_rows_blob(&q, 0, &n), 32);
		memcpy(e->key, ac_rows_blob(&q, 1, &n), 32);
		memcpy(e->branch, ac_rows_blob(&q, 2, &n), 16);
		memcpy(e->writer, ac_rows_blob(&q, 3, &n), 8);
		e->chain = ac_rows_int(&q, 4);
		e->seq = ac_rows_int(&q, 5);
		e->forked = ac_rows_int(&q, 7) != 0;
		m = ac_members_find(&s->members, e->writer);
		e->verified = !memcmp(ac_rows_blob(&q, 6, &n), s->root, 32) || (m && m->role == AC_OWNER && !m->suspended
			&& !ac_members_cut(&s->members, m->id, e->branch, (uint32_t)e->seq));
		e->named = !e->verified && named(&s->members, e);
		if (e->verified || ((!m || m->role == AC_OWNER) && ac_rows_int(&q, 8) <= UNVERIFIED_ENTRY))
			x->n++;
	}
	return ac_rows_end(&q, f);
}

/* Verified first. Of the others each writer's first before anybody's second: among them those
 * of a branch that the remover knew, where nothing can be put before them any more. */
static int
order(const void *p, const void *q)
{
	const struct epoch *a = p, *b = q;
	int c;

	if (a->verified != b->verified)
		return b->verified - a->verified;
	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	if ((c = memcmp(a->writer, b->writer, 8)))
		return c;
	if (a->named != b->named)
		return b->named - a->named;
	if ((c = memcmp(a->branch, b->branch, 16)))
		return c;
	return (a->seq > b->seq) - (a->seq < b->seq);
}

static int
others_first(const void *p, const void *q)
{
	const struct epoch *a = p, *b = q;

	return a->verified != b->verified ? a->verified - b->verified : order(p, q);
}

/* A key is an epoch once, though another may have sealed a keys segment under it too. */
static void
choose(struct epochs *x)
{
	size_t i, j, n = 0;

	qsort(x->e, x->n, sizeof *x->e, order);
	for (i = 1; i < x->n; i++)
		if (!x->e[i].verified && !x->e[i - 1].verified && !memcmp(x->e[i].writer, x->e[i - 1].writer, 8))
			x->e[i].place = x->e[i - 1].place + 1;
	qsort(x->e, x->n, sizeof *x->e, order);
	for (i = 0; i < x->n; i++) {
		if (x->e[i].place >= UNVERIFIED_MAX)
			continue;
		for (j = 0; j < n && memcmp(x->e[j].key, x->e[i].key, 32); j++)
			;
		if (j == n)
			x->e[n++] = x->e[i];
	}
	x->n = n;
	qsort(x->e, x->n, sizeof *x->e, others_first);
	for (x->others = 0; x->others < x->n && !x->e[x->others].verified; x->others++)
		;
}

static enum ac_err
read_entry(struct epochs *x, struct epoch *e, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(x->s->home->index, "SELECT entry FROM epoch WHERE space = ? AND chain = ? AND seq = ?",
		"iii", x->s->id, e->chain, e->seq);
	enum ac_err err = AC_OK;
	const void *p;
	size_t n;

	if (ac_rows_next(&q)) {
		p = ac_rows_blob(&q, 0, &n);
		err = ac_mp_read(&e->e, &x->a, p, n, f);
	}
	return ac_rows_end(&q, f) ? q.err : err;
}

/* ------------------------------------------------------------ what carries what */

/* The earlier epochs that one carries: none of them was newest together with it, and by a
 * verified one they are known to all. */
static enum ac_err
carry(struct epochs *x, size_t i)
{
	const struct ac_val *earlier = ac_entry_arr(x->e[i].e, 4);
	enum ac_err err = AC_OK;
	uint32_t k;
	size_t j;

	for (k = 0; earlier && k < earlier->n && !err; k++) {
		if (earlier->items[k].kind != AC_BIN || earlier->items[k].n != 32)
			continue;
		for (j = 0; j < x->n && memcmp(x->e[j].key, earlier->items[k].bin, 32); j++)
			;
		if (j < x->n) {
			x->apart[i * x->n + j] = false;
			x->e[j].carried |= x->e[i].verified;
			x->e[j].older |= x->e[i].verified && !x->e[i].forked;
		}
		if (x->e[i].verified)
			err = ac_space_ring_add(&x->s->epochs, earlier->items[k].bin);
	}
	return err;
}

/* Do all who belong know this key, because a verified epoch is it or carries it? */
static bool
known(const struct epochs *x, const unsigned char key[static 32])
{
	const struct ac_val *earlier;
	uint32_t k;
	size_t i;

	for (i = x->others; i < x->n; i++) {
		if (!memcmp(x->e[i].key, key, 32))
			return true;
		earlier = ac_entry_arr(x->e[i].e, 4);
		for (k = 0; earlier && k < earlier->n; k++)
			if (earlier->items[k].kind == AC_BIN && earlier->items[k].n == 32 && !memcmp(earlier->items[k].bin, key, 32))
				return true;
	}
	return false;
}

/* The keys of other arms of forks. */
static enum ac_err
read_arms(struct epochs *x, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(x->s->home->index, "SELECT key FROM arm WHERE space = ? AND kind = 2", "i", x->s->id);
	enum ac_err err = AC_OK;
	const void *p;
	size_t n;

	while (!err && ac_rows_next(&q)) {
		p = ac_rows_blob(&q, 0, &n);
		if (n != 32)
			continue;
		x->s->uncarried |= !known(x, p);
		err = ac_space_ring_add(&x->s->epochs, p);
	}
	return ac_rows_end(&q, f) ? q.err : err;
}

/* ------------------------------------------------------------ derived keys */

void
ac_epochs_derive(unsigned char out[static 32], const struct ac_key *const *set, size_t n)
{
	static const char label[] = "aftercare epochs";
	const struct ac_key *sorted[AC_EPOCHS_TOGETHER];
	struct ac_hash h;
	size_t i, j;

	for (i = 0; i < n; i++) {
		for (j = i; j && memcmp(sorted[j - 1]->key, set[i]->key, 32) > 0; j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = set[i];
	}
	ac_crypto_hash_init(&h, 32, label, sizeof label - 1);
	for (i = 0; i < n; i++)
		ac_crypto_hash_add(&h, sorted[i]->key, 32);
	ac_crypto_hash_end(&h, out, 32);
}

/* Two that are not verified, of one writer, were not: an honest one's later epoch carries the former. */
static bool
together(const struct epochs *x, size_t i, size_t j)
{
	return x->apart[i * x->n + j] && x->apart[j * x->n + i]
	    && (x->e[i].verified || x->e[j].verified || memcmp(x->e[i].writer, x->e[j].writer, 8) != 0);
}

/* Every set of epochs of which none carries another may have been newest together, once:
 * their key opens what was written then. A set of n grows by what comes from `from` on, while
 * there are keys left to be made. */
static enum ac_err
derive_from(struct epochs *x, size_t *left, size_t *set, size_t n, size_t from)
{
	const struct ac_key *keys[AC_EPOCHS_TOGETHER];
	unsigned char key[32];
	enum ac_err err = AC_OK;
	size_t i, j;

	if (n > 1) {
		for (j = 0; j < n; j++)
			keys[j] = ac_space_ring_find(&x->s->epochs, x->e[set[j]].hash);
		ac_epochs_derive(key, keys, n);
		err = ac_space_ring_add(&x->s->derived, key);
		ac_wipe(key, sizeof key);
		--*left;
	}
	for (i = from; i < x->n && n < AC_EPOCHS_TOGETHER && *left && !err; i++) {
		for (j = 0; j < n && together(x, set[j], i); j++)
			;
		if (j < n)
			continue;
		set[n] = i;
		err = derive_from(x, left, set, n + 1, i + 1);
	}
	return err;
}

/* What the verified ones give comes first and has its own bound, and so has what each of the
 * others gives with them. */
static enum ac_err
derive_all(struct epochs *x)
{
	size_t set[AC_EPOCHS_TOGETHER], i, j, left = DERIVED_MAX, all = DERIVED_MAX, each;
	enum ac_err err;

	x->s->derived.n = 0;
	err = derive_from(x, &left, set, 0, x->others);
	for (i = 0; i < x->others && all && !err; i++) {
		each = left = all < DERIVED_EACH ? all : DERIVED_EACH;
		set[0] = i;
		err = derive_from(x, &left, set, 1, x->others);
		all -= each - left;
	}
	for (i = 0, left = DERIVED_MAX; i < x->others; i++)
		for (j = i + 1; j < x->others && left && !err; j++) {
			if (!together(x, i, j))
				continue;
			set[0] = i;
			set[1] = j;
			err = derive_from(x, &left, set, 2, j + 1);
		}
	return err;
}

/* ------------------------------------------------------------ what is sealed under */

/* Which are newest; which of those are clean: they cover every present member and open
 * invite, and nobody else; and the owners key of the newest. */
static void
judge(struct epochs *x)
{
	struct ac_space *s = x->s;
	const unsigned char *owners;
	const struct ac_val *covers;
	struct ac_key *k;
	size_t i;

	for (i = 0; i < s->epochs.n; i++)
		s->epochs.keys[i].newest = s->epochs.keys[i].clean = false;
	memset(s->owners_now, 0, 32);
	for (i = x->others; i < x->n; i++) {
		if (x->e[i].forked || x->e[i].older)
			continue;
		k = (struct ac_key *)ac_space_ring_find(&s->epochs, x->e[i].hash);
		k->newest = true;
		covers = ac_entry_arr(x->e[i].e, 6);
		k->clean = covers && ac_members_covered(&s->members, covers);
		if (ac_entry_bin(&owners, x->e[i].e, 3, 32) && ac_space_ring_find(&s->owners, owners)
		    && (k->clean || memcmp(owners, s->owners_now, 32) > 0))
			memcpy(s->owners_now, owners, 32);
	}
}

enum ac_err
ac_epochs_load(struct ac_space *s, struct ac_fault *f)
{
	struct epochs x = { .s = s };
	enum ac_err err;
	size_t i;

	s->uncarried = false;
	if ((err = read_rows(&x, f)))
		goto out;
	choose(&x);
	if (!(x.apart = ac_arena_get(&x.a, x.n * x.n + 1))) {
		err = AC_ENOMEM;
		goto out;
	}
	memset(x.apart, 1, x.n * x.n);
	for (i = 0; i < x.n && !err; i++)
		if (!(err = read_entry(&x, &x.e[i], f)))
			err = carry(&x, i);
	if (err || (err = read_arms(&x, f)))
		goto out;
	/* the verified last: they are the likeliest */
	for (i = 0; i < x.n && !err; i++) {
		s->uncarried |= !x.e[i].verified && !x.e[i].carried;
		err = ac_space_ring_add(&s->epochs, x.e[i].key);
	}
	if (!err && !(err = derive_all(&x)))
		judge(&x);
out:
	ac_arena_free(&x.a);
	return err;
}
