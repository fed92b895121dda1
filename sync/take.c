/* SPDX-License-Identifier: ISC */
/*
 * Method: everything is verified inside one index transaction while it still lies in
 * the quarantine. Then the good commits are copied into our repository, the branches
 * move, and the transaction is committed; a crash between any two of these leaves a
 * home whose next command catches up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/closed.h"
#include "sync/later.h"

/* The commits of one arm past the point where it parts from another, newest first. */
struct arm {
	unsigned char branch[16];
	struct ac_oid *commits;
	size_t n;
};

struct taking {
	struct ac_quarantine *q;
	struct ac_space *s;
	const char *remote;
	const struct ac_sync_events *e;
	struct ac_taken *out;
	struct ac_tip *tips;
	struct ac_oid *before;     /* what each branch was here; parallel to tips */
	bool *had;
	size_t n;
	bool blocked;              /* this device's branch cannot go on here */
	int64_t after;             /* past this number nobody will see it */
	bool other_arm;            /* and the hub has another arm of it, which is as good */
	struct ac_oid was, arm;    /* what the branch is here; that arm */
	struct arm *arms;          /* of others' forks: to be carried, so that both are read */
	size_t narms;
	struct arm better;         /* of a removed writer: theirs leads to where he was cut, ours does not */
	struct ac_finding *found;  /* owned */
	size_t nfound, capfound;
	struct ac_later_branch later[64]; /* what waits for a later version of this program */
	size_t nlater;
	struct ac_fault *f;
};

static void
finding(void *ctx, const struct ac_finding *fd)
{
	struct taking *t = ctx;
	struct ac_finding *more;

	/* all of them: whoever fills the first places must not hide another's */
	if (t->nfound == t->capfound) {
		if (!(more = realloc(t->found, (2 * t->capfound + 16) * sizeof *more)))
			return;
		t->found = more;
		t->capfound = 2 * t->capfound + 16;
	}
	t->found[t->nfound++] = *fd;
}

static enum ac_err
alert(struct taking *t, const char *kind, const unsigned char *branch, int64_t seq, const char *text)
{
	char sentence[700];
	struct ac_rows q = ac_index_query(t->s->home->index, "SELECT writer FROM chain WHERE space = ? AND branch = ?", "ib",
		t->s->id, branch, (size_t)16);
	const struct ac_member *m = NULL;
	const void *p;
	bool fresh;
	enum ac_err err;
	size_t n;

	if (ac_rows_next(&q) && (p = ac_rows_blob(&q, 0, &n)) && n == 8)
		m = ac_members_find(&t->s->members, p);
	if ((err = ac_rows_end(&q, t->f)))
		return err;
	if (m)
		snprintf(sentence, sizeof sentence, ac_words("%s: the chain of %.100s on %.100s, segment %lld: %s"), t->remote, m->person,
			m->device, (long long)seq, ac_words(text));
	else
		snprintf(sentence, sizeof sentence, ac_words("%s: the chain, segment %lld: %s"), t->remote, (long long)seq,
			ac_words(text));
	if ((err = ac_alert_add(t->s, kind, branch, seq, t->remote, sentence, t->e, &fresh, t->f)))
		return err;
	t->out->alerts += fresh;
	return AC_OK;
}

/* What a remote served last time, if it was ever seen. */
static bool
served(struct ac_oid *out, struct taking *t, const unsigned char branch[static 16])
{
	char name[128];
	size_t i;

	ac_remote_ref(name, t->remote, t->s->sid, branch);
	for (i = 0; i < t->q->nshown; i++)
		if (!strcmp(t->q->shown[i].name, name)) {
			*out = t->q->shown[i].at;
			return true;
		}
	return false;
}

static bool
ancestor(struct taking *t, const struct ac_oid *old, const struct ac_oid *of)
{
	struct ac_oid *commits = NULL;
	uint64_t segments;
	bool found = false;
	size_t n;

	if (ac_lineage(&commits, &n, &segments, &found, t->s->home->repo, of, old, NULL))
		found = false;
	free(commits);
	return found;
}

/* The number of a commit's last segment. */
static int64_t
number(struct taking *t, const struct ac_oid *at)
{
	struct ac_oid *commits = NULL;
	uint64_t segments = 0;
	bool found;
	size_t n;

	if (ac_lineage(&commits, &n, &segments, &found, t->s->home->repo, at, NULL, NULL))
		segments = 0;
	free(commits);
	return (int64_t)segments - 1;
}

/* Nobody will see through this hub what our branch holds past that number. */
static void
block(struct taking *t, const unsigned char branch[static 16], int64_t after)
{
	if (memcmp(branch, t->s->branch, 16) || (t->blocked && t->after <= after))
		return;
	t->blocked = true;
	t->after = after;
}

/* Is it a branch of this device, of this incarnation or an earlier one? */
static bool
of_this_device(struct taking *t, const unsigned char branch[static 16])
{
	int64_t n = 0;

	return !memcmp(branch, t->s->branch, 16) || (!ac_index_int(&n, t->s->home->index, NULL, "SELECT count(*) FROM chain WHERE"
	    " space = ? AND branch = ? AND writer = ?", "ibb", t->s->id, branch, (size_t)16, t->s->me, (size_t)8) && n > 0);
}

static void
waits(struct taking *t, const unsigned char branch[static 16], int64_t next, const char *made)
{
	struct ac_later_branch *b = &t->later[t->nlater];

	if (t->nlater == sizeof t->later / sizeof *t->later)
		return;
	memcpy(b->branch, branch, 16);
	b->next = next;
	b->named = 0;
	snprintf(b->made, sizeof b->made, "%s", made);
	t->nlater++;
}

static const char foreign_text[] = AC_WORD("the hub holds a segment of a later format on it, which this device did not write");
static const char junk_text[] = AC_WORD("the hub holds something on it that is no segment, or not whole");
static const char fork_text[] = AC_WORD("the hub has a branch that is neither a beginning nor a continuation of what this device"
	" has; documents of both are read");

static enum ac_err
hash_at(unsigned char out[static 32], struct taking *t, const unsigned char branch[static 16], int64_t seq)
{
	struct ac_rows q = ac_index_query(t->s->home->index, "SELECT g.hash FROM segment g JOIN chain c ON c.id = g.chain"
		" WHERE c.space = ? AND c.branch = ? AND g.seq = ?", "ibi", t->s->id, branch, (size_t)16, seq);
	const void *p;
	size_t n;

	memset(out, 0, 32);
	if (ac_rows_next(&q) && (p = ac_rows_blob(&q, 0, &n)) && n == 32)
		memcpy(out, p, 32);
	return ac_rows_end(&q, t->f);
}

static enum ac_err
note_arm(struct taking *t, const unsigned char branch[static 16], const struct ac_oid *commits, size_t n)
{
	struct arm *more = realloc(t->arms, (t->narms + 1) * sizeof *more);

	if (!more)
		return AC_ENOMEM;
	t->arms = more;
	more += t->narms;
	if (!(more->commits = calloc(n + 1, sizeof *commits)))
		return AC_ENOMEM;
	memcpy(more->commits, commits, n * sizeof *commits);
	memcpy(more->branch, branch, 16);
	more->n = n;
	t->narms++;
	return AC_OK;
}

/* Of two arms of a removed writer the one that his remover had counts. */
static enum ac_err
better(struct taking *t, const unsigned char branch[static 16], const struct ac_oid *commits, size_t n,
	const struct ac_oid *ours)
{
	const struct ac_members *all = &t->s->members;
	size_t i;

	for (i = 0; i < all->ncuts && !t->better.n; i++) {
		const struct ac_cut *c = &all->cuts[i];

		if (memcmp(c->branch, branch, 16) || c->seq >= 0 || !ac_lineage_holds(t->s->home->repo, commits, n, c->hash))
			continue;
		if (!(t->better.commits = calloc(n, sizeof *commits)))
			return AC_ENOMEM;
		memcpy(t->better.commits, commits, n * sizeof *commits);
		memcpy(t->better.branch, branch, 16);
		t->better.n = n;
		t->was = *ours;
	}
	return AC_OK;
}

/* The hub and this device have different ends of a branch. Junk is named as such; what
 * its writer did sign is another arm of a fork. */
static enum ac_err
parted(struct taking *t, const unsigned char branch[static 16], const struct ac_oid *at, const struct ac_oid *ours)
{
	struct ac_repo *r = t->s->home->repo;
	struct ac_oid *theirs = NULL, *mine = NULL;
	size_t n = 0, m = 0, i, j = 0, good = 0, base;
	const char *kind = "corrupt", *text = junk_text;
	char later[AC_SEGMENT_MADE] = "";
	unsigned char hash[32];
	uint64_t segments;
	int64_t seq = -1;
	bool found;
	enum ac_err err;

	if (ac_lineage(&theirs, &n, &segments, &found, r, at, NULL, NULL)) {
		base = 0;
		goto tell;
	}
	if ((err = ac_lineage(&mine, &m, &segments, &found, r, ours, NULL, t->f)))
		goto out;
	/* oldest last in both: what they share is a tail */
	for (i = n, j = m; i && j && !memcmp(&theirs[i - 1], &mine[j - 1], sizeof *mine); i--)
		j--;
	base = i;
	if (base < n)
		seq = number(t, &theirs[base]);
	if ((err = hash_at(hash, t, branch, seq)))
		goto out;
	if ((err = ac_apply_judge(&good, &kind, later, t->s, branch, theirs, base, seq, hash, t->f)))
		goto out;
tell:
	block(t, branch, seq);
	if (good && !memcmp(branch, t->s->branch, 16)) {
		t->other_arm = true;
		t->was = *ours;
		t->arm = theirs[base - good];
	} else if (good && ((err = better(t, branch, theirs + base - good, n - base + good, ours))
	    || (err = note_arm(t, branch, theirs + base - good, good)) || (err = note_arm(t, branch, mine, j))))
		goto out;
	if (good) {
		kind = "fork";
		text = fork_text;
	} else if (later[0] && !of_this_device(t, branch)) {
		/* from there on it goes another way than here, in a form that cannot be judged */
		waits(t, branch, INT64_MAX, later);
		goto out;
	} else if (later[0]) {
		kind = "corrupt";
		text = foreign_text;
	}
	err = alert(t, kind, branch, seq + 1, text);
out:
	free(theirs);
	free(mine);
	return err;
}

static enum ac_err
add_tip(struct taking *t, const unsigned char branch[static 16], const struct ac_oid *at, const struct ac_oid *ours)
{
	/* somebody continued this device's own chain: a copy of it, or the hub */
	if (ours && !memcmp(branch, t->s->branch, 16))
		t->s->renew = true;
	if (!ours && !ac_apply_is_chain(t->s->home->repo, at))
		return AC_OK;
	t->tips[t->n] = (struct ac_tip){ .s = t->s, .oid = *at };
	memcpy(t->tips[t->n].branch, branch, 16);
	t->had[t->n] = ours != NULL;
	if (ours)
		t->before[t->n] = *ours;
	t->n++;
	return AC_OK;
}

/* A branch of the remote against ours: what is there to take? */
static enum ac_err
compare(struct taking *t, const struct ac_ref *ref, const unsigned char branch[static 16])
{
	const struct ac_oid *at = ref->looked ? &ref->good : &ref->at;
	struct ac_oid ours, last;
	char name[80];
	bool here;
	enum ac_err err;

	ac_repo_ref_name(name, t->s->sid, branch);
	err = ac_repo_ref_get(&ours, t->s->home->repo, name, NULL);
	if (err && err != AC_ENOTFOUND)
		return ac_fault(t->f, err, "the branch %s could not be read", name);
	here = !err;
	if (here && !memcmp(&ours, &ref->at, sizeof ours))
		return AC_OK;
	if (ref->looked && ref->junk) {
		block(t, branch, here && ref->has_good && ancestor(t, at, &ours) ? number(t, at) : here ? -1 : INT64_MAX);
		if ((err = alert(t, "corrupt", branch, 0, junk_text)))
			return err;
	}
	if (ref->looked && !ref->has_good)
		return AC_OK;
	if (here && !memcmp(&ours, at, sizeof ours))
		return AC_OK;
	if (here && ancestor(t, at, &ours)) {
		if (!ref->junk && !ac_closed_over(t->s) && served(&last, t, branch) && memcmp(&last, at, sizeof last) && ancestor(t, at, &last))
			return alert(t, "rollback", branch, number(t, at), "the hub went back: it serves less than it did before");
		return AC_OK; /* it lacks what push will bring */
	}
	if (here && !ancestor(t, &ours, at))
		return parted(t, branch, at, &ours);
	return add_tip(t, branch, at, here ? &ours : NULL);
}

static enum ac_err
gather(struct taking *t)
{
	unsigned char sid[8], branch[16];
	enum ac_err err = AC_OK;
	size_t i;

	for (i = 0; i < t->q->n && !err; i++)
		if (ac_repo_ref_parse(sid, branch, t->q->refs[i].name) && !memcmp(sid, t->s->sid, 8))
			err = compare(t, &t->q->refs[i], branch);
	return err;
}

/* The verified commits into our objects, then the branches. */
static enum ac_err
move_in(struct taking *t)
{
	struct ac_home *h = t->s->home;
	struct ac_oid *commits;
	char objects[4200], name[80];
	uint64_t segments, bytes = 0;
	bool found;
	enum ac_err err = AC_OK;
	size_t i, n;

	snprintf(objects, sizeof objects, "%.4000s/objects", ac_repo_path(h->repo));
	for (i = 0; i < t->n && !err; i++) {
		if (!t->tips[i].moved)
			continue;
		if ((err = ac_lineage(&commits, &n, &segments, &found, h->repo, &t->tips[i].verified,
		    t->had[i] ? &t->before[i] : NULL, t->f)))
			break;
		err = ac_repo_copy(h->repo, objects, commits, n, &bytes, t->f);
		free(commits);
	}
	for (i = 0; i < t->n && !err; i++) {
		if (!t->tips[i].moved)
			continue;
		ac_repo_ref_name(name, t->s->sid, t->tips[i].branch);
		err = ac_repo_ref_set(h->repo, name, &t->tips[i].verified, t->had[i] ? &t->before[i] : NULL, t->f);
	}
	return err;
}

/* Where something waits for a later version of this program, others may have seen what cannot
 * be read here, and name it by the hash of its bytes, which is the same in every format. What
 * the hub shows is not withheld, nor what another remote shows. What somebody else than its
 * writer made up has another hash. */
static bool
shown_unread(struct taking *t, const unsigned char branch[static 16], int64_t seq, const unsigned char hash[static 32])
{
	struct ac_repo *r = t->s->home->repo;
	struct ac_oid *commits = NULL;
	uint64_t segments;
	bool found, yes = false;
	size_t n, i;

	for (i = 0; i < t->n && t->nlater && !yes; i++) {
		if (!t->tips[i].waiting || memcmp(t->tips[i].branch, branch, 16)
		    || ac_lineage(&commits, &n, &segments, &found, r, &t->tips[i].oid, t->had[i] ? &t->before[i] : NULL, NULL))
			continue;
		yes = ac_lineage_holds(r, commits, n, hash);
		free(commits);
	}
	for (i = 0; i < t->nlater && yes; i++)
		if (!memcmp(t->later[i].branch, branch, 16) && t->later[i].named < seq + 1)
			t->later[i].named = seq + 1;
	return yes || ac_later_elsewhere(t->s, t->remote, branch, seq);
}

/* Segments that others say they have seen, and that nobody shows us. A chain whose
 * writer's admission was voided is taken by nobody who knows; it is not missed. */
static enum ac_err
withheld(struct taking *t, bool last)
{
	struct ac_rows q;
	unsigned char branch[16], hash[32];
	enum ac_err err = AC_OK;
	const void *p, *w, *seen;
	size_t n, nw, nh;

	q = ac_index_query(t->s->home->index, "SELECT e.other, max(e.oseq), coalesce((SELECT seq FROM chain o WHERE o.space ="
		" c.space AND o.branch = e.other), -1) AS have, (SELECT writer FROM chain o WHERE o.space = c.space"
		" AND o.branch = e.other), e.ohash FROM seen e JOIN chain c ON c.id = e.chain WHERE c.space = ?"
		" GROUP BY e.other HAVING max(e.oseq) > have", "i", t->s->id);
	while (!err && ac_rows_next(&q)) {
		if (!(p = ac_rows_blob(&q, 0, &n)) || n != 16)
			continue;
		memcpy(branch, p, 16);
		if ((w = ac_rows_blob(&q, 3, &nw)) && nw == 8 && !ac_members_find(&t->s->members, w))
			continue;
		if ((seen = ac_rows_blob(&q, 4, &nh)) && nh == 32)
			memcpy(hash, seen, 32);
		if (seen && nh == 32 && shown_unread(t, branch, ac_rows_int(&q, 1), hash))
			continue;
		t->out->retry = true;
		if (last)
			err = alert(t, "withheld", branch, ac_rows_int(&q, 1),
				"another device has seen it and the hub does not show it");
	}
	return ac_rows_end(&q, t->f) ? q.err : err;
}

/* A segment's hash as others report it, against what came here. */
static enum ac_err
forks(struct taking *t)
{
	struct ac_rows q = ac_index_query(t->s->home->index, "SELECT e.other, e.oseq FROM seen e JOIN chain c ON c.id = e.chain"
		" JOIN chain o ON o.space = c.space AND o.branch = e.other JOIN segment g ON g.chain = o.id AND g.seq = e.oseq"
		" WHERE c.space = ? AND g.hash != e.ohash", "i", t->s->id);
	unsigned char branch[16];
	enum ac_err err = AC_OK;
	const void *p;
	size_t n;

	while (!err && ac_rows_next(&q)) {
		if (!(p = ac_rows_blob(&q, 0, &n)) || n != 16)
			continue;
		memcpy(branch, p, 16);
		err = alert(t, "fork", branch, ac_rows_int(&q, 1), "another device has seen something else in its place");
	}
	return ac_rows_end(&q, t->f) ? q.err : err;
}

/* An epoch that was made by an owner who did not know this device yet is not wrapped for
 * it, and waits for the next one. That is over when every owner has seen its joining: a
 * hub that shows what looks like an epoch silences nothing for long. */
static enum ac_err
unknown_to_owners(bool *out, struct taking *t)
{
	const struct ac_members *all = &t->s->members;
	const struct ac_member *me = ac_members_find(all, t->s->me);
	enum ac_err err = AC_OK;
	int64_t saw;
	size_t i;

	*out = !me;
	for (i = 0; i < all->n && me && !err && !*out; i++) {
		if (all->m[i].role != AC_OWNER || all->m[i].removed || &all->m[i] == me)
			continue;
		saw = 0;
		err = ac_index_int(&saw, t->s->home->index, t->f, "SELECT count(*) FROM seen e JOIN chain c ON c.id = e.chain"
			" WHERE c.space = ? AND c.writer = ? AND e.other = ?", "ibb", t->s->id, all->m[i].id, (size_t)8,
			me->branch, (size_t)16);
		*out = !saw;
	}
	return err;
}

/* A branch of which two arms are known was told already. What its writer went on with may
 * wait for ever: an epoch begun there reaches nobody but whom he thought to belong. */
static bool
forked(struct taking *t, const unsigned char branch[static 16])
{
	int64_t n = 0;

	return !ac_index_int(&n, t->s->home->index, NULL, "SELECT count(*) FROM fork k JOIN chain c ON c.id = k.chain WHERE"
	    " c.space = ? AND c.branch = ?", "ib", t->s->id, branch, (size_t)16) && n > 0;
}

static enum ac_err
tell(struct taking *t, bool last)
{
	enum ac_err err = AC_OK;
	bool uncovered = false, over = ac_closed_over(t->s);
	size_t i;

	for (i = 0; i < t->nfound && !err; i++) {
		const struct ac_finding *fd = &t->found[i];

		block(t, fd->place.branch, INT64_MAX); /* junk on top of what we have: go on beside it */
		err = alert(t, fd->kind, fd->place.branch, fd->seq, fd->text);
	}
	for (i = 0; i < t->n && !err; i++) {
		if (!t->tips[i].later[0])
			continue;
		if (!of_this_device(t, t->tips[i].branch))
			waits(t, t->tips[i].branch, t->tips[i].next, t->tips[i].later);
		else
			err = alert(t, "corrupt", t->tips[i].branch, t->tips[i].next, foreign_text);
	}
	if (t->nlater)
		memcpy(t->out->later, t->later[0].made, sizeof t->out->later);
	/* an epoch made by somebody who did not know this device yet: it waits for the next */
	for (i = 0; i < t->n; i++)
		uncovered |= t->tips[i].uncovered;
	if (!err && uncovered)
		err = unknown_to_owners(&uncovered, t);
	for (i = 0; i < t->n && !err && !uncovered; i++) {
		/* what a later version began may be the key to it, or bring its writer in */
		if (!t->tips[i].waiting || over || t->nlater || t->tips[i].later[0] || forked(t, t->tips[i].branch))
			continue;
		t->out->retry = true;
		if (!last || !t->tips[i].sealed) /* an admission that was voided since, or is still to come */
			continue;
		block(t, t->tips[i].branch, INT64_MAX);
		err = alert(t, "corrupt", t->tips[i].branch, -1, "it cannot be opened with any key of this record");
	}
	if (!err && !uncovered && !over)
		err = withheld(t, last);
	if (!err)
		err = ac_later_note(t->s, t->remote, t->later, t->nlater, t->f);
	return err ? err : forks(t);
}

/* Is this sealed segment carried already by some chain? */
static bool
carried(struct ac_space *s, const struct ac_buf *bytes)
{
	unsigned char hash[32];
	int64_t n = 0;

	ac_crypto_hash(hash, 32, bytes->p, bytes->len, NULL, 0);
	return !ac_index_int(&n, s->home->index, NULL, "SELECT count(*) FROM arm WHERE space = ? AND hash = ?", "ib", s->id, hash,
	    (size_t)32) && n > 0;
}

static enum ac_err
carry_commit(struct ac_append *b, bool *open, struct taking *t, const unsigned char branch[static 16], const struct ac_oid *commit)
{
	struct ac_batch *batch = malloc(sizeof *batch);
	struct ac_buf bytes = { .max = AC_SEGMENT_MAX };
	struct ac_val e[3], entry = { .kind = AC_ARR, .n = 3, .items = e };
	struct ac_repo *r = t->s->home->repo;
	enum ac_err err = batch ? ac_repo_read(batch, r, commit, t->f) : AC_ENOMEM;
	size_t i;

	for (i = 0; !err && i < batch->n; i++) {
		ac_buf_reset(&bytes);
		if ((err = ac_repo_blob(&bytes, r, &batch->blobs[i], AC_SEGMENT_MAX, t->f)) || carried(t->s, &bytes)
		    || bytes.len > AC_SEGMENT_RAW_MAX - 1000)
			continue;
		if (!*open && (err = ac_append_begin(b, t->s, t->f)))
			break;
		*open = true;
		ac_relay_entry(e, branch, &bytes);
		err = ac_append_single(b, &entry, bytes.len, t->f);
	}
	ac_buf_free(&bytes);
	free(batch);
	return err;
}

/* Who wrote a branch, if what he wrote counts here whole. */
static bool
in_good_standing(struct ac_space *s, const unsigned char branch[static 16])
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT writer FROM chain WHERE space = ? AND branch = ?", "ib", s->id,
		branch, (size_t)16);
	const struct ac_member *m = NULL;
	const void *p;
	size_t n;

	if (ac_rows_next(&q) && (p = ac_rows_blob(&q, 0, &n)) && n == 8)
		m = ac_members_find(&s->members, p);
	return !ac_rows_end(&q, NULL) && m && !m->removed && !m->suspended;
}

/* Of a fork each device has one arm as the chain. Both go into this device's own chain as
 * they are, sealed and signed by their writer: so everybody reads both, whatever becomes of
 * the hubs, and sees that there is a fork. */
static enum ac_err
carry(struct taking *t)
{
	struct ac_append b = { 0 };
	enum ac_role role = ac_space_role(t->s);
	enum ac_err err = AC_OK;
	bool open = false;
	size_t i, j;

	if ((role != AC_OWNER && role != AC_WRITER) || ac_space_closed(t->s))
		return AC_OK;
	for (i = 0; i < t->narms && !err; i++)
		for (j = t->arms[i].n; j-- > 0 && !err && in_good_standing(t->s, t->arms[i].branch);)
			err = carry_commit(&b, &open, t, t->arms[i].branch, &t->arms[i].commits[j]);
	if (!err && open)
		err = ac_append_commit(&b, t->f);
	ac_append_end(&b);
	return err;
}

/* A branch onto another of its arms. */
static enum ac_err
switch_to(struct taking *t, const unsigned char branch[static 16], const struct ac_oid *arm)
{
	struct ac_home *h = t->s->home;
	struct ac_oid *commits = NULL;
	char objects[4200], name[80];
	uint64_t segments, bytes = 0;
	bool found;
	enum ac_err err;
	size_t n;

	snprintf(objects, sizeof objects, "%.4000s/objects", ac_repo_path(h->repo));
	ac_repo_ref_name(name, t->s->sid, branch);
	if (!(err = ac_lineage(&commits, &n, &segments, &found, h->repo, arm, NULL, t->f))
	    && !(err = ac_repo_copy(h->repo, objects, commits, n, &bytes, t->f)))
		err = ac_home_switch(h, name, arm, &t->was, t->f);
	free(commits);
	return err;
}

/* This device's own branch after a bad hub: its next incarnation says again what the hub
 * cut off, and of two arms ours is left for the hub's, so that both are read. */
static enum ac_err
go_on(struct taking *t, bool renewing)
{
	struct ac_home *h = t->s->home;
	unsigned char branch[16];
	enum ac_err err;

	if (t->better.n)
		return switch_to(t, t->better.branch, &t->better.commits[0]);
	if (ac_space_closed(t->s))
		return AC_OK;
	if (!t->blocked) /* to be remembered: the next write may be another process's */
		return t->s->renew && !renewing ? ac_keyfile_save(h, t->f) : AC_OK;
	memcpy(branch, t->s->branch, 16);
	if ((err = ac_append_renew(t->s, t->after, t->f)) || !t->other_arm)
		return err;
	return switch_to(t, branch, &t->arm);
}

enum ac_err
ac_take(struct ac_taken *out, struct ac_quarantine *q, struct ac_space *s, const char *remote, bool last,
	const struct ac_sync_events *e, struct ac_fault *f)
{
	struct ac_taken done = { 0 };
	struct taking t = { .q = q, .s = s, .remote = remote, .e = e, .out = &done, .f = f };
	struct ac_home *h = s->home;
	struct ac_apply ap = { .h = h, .finding = finding, .ctx = &t };
	bool renewing;
	enum ac_err err;

	if ((err = ac_home_lock(h, f)))
		return err;
	renewing = s->renew;
	t.tips = calloc(q->n + 1, sizeof *t.tips);
	t.before = calloc(q->n + 1, sizeof *t.before);
	t.had = calloc(q->n + 1, sizeof *t.had);
	if (!t.tips || !t.before || !t.had) {
		err = AC_ENOMEM;
		goto out;
	}
	if ((err = gather(&t)))
		goto out;
	if (t.n) {
		if ((err = ac_index_begin(h->index, f)))
			goto out;
		if ((err = ac_apply_tips(&ap, t.tips, t.n, f)) || (err = move_in(&t))
		    || (err = ac_index_commit(h->index, f))) {
			ac_index_abort(h->index);
			goto out;
		}
	}
	done.versions = ap.versions;
	done.conflicts = ap.conflicts;
	if (!(err = tell(&t, last)) && !(err = go_on(&t, renewing)) && !(err = carry(&t)))
		*out = done;
out:
	while (t.narms)
		free(t.arms[--t.narms].commits);
	free(t.arms);
	free(t.better.commits);
	free(t.found);
	free(t.tips);
	free(t.before);
	free(t.had);
	ac_home_unlock(h);
	return err;
}
