/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/faults.h"
#include "sync/files.h"
#include "sync/share_rows.h"

#define PER_SYNC ((size_t)20000) /* versions taken from one share in one run */
#define AT_ONCE 8                /* segments of a commit */

struct taking {
	struct ac_space *share, *vault;
	const struct ac_share_record *r;
	struct ac_append b;
	struct ac_arena a;
	bool open;
	size_t most;             /* of one run */
	uint64_t taken;
	struct ac_fault *f;
};

/* The signature that the writer put beside the version in the share. */
static enum ac_err
signature(const unsigned char **sig, struct taking *t, int64_t chain, uint32_t seq, uint32_t n)
{
	const struct ac_val *e;
	enum ac_err err = ac_docs_entry(&e, &t->a, t->share, chain, seq, n, t->f);

	if (err)
		return err;
	return ac_entry_bin(sig, e, 11, 64) ? AC_OK : AC_ENOTFOUND;
}

static enum ac_err
take_one(struct taking *t, int64_t chain, uint32_t seq, uint32_t n, const unsigned char *vid)
{
	struct ac_val e[9], entry = { .kind = AC_ARR, .n = 9, .items = e };
	const unsigned char *sig;
	const struct ac_member *m;
	unsigned char in[65];
	struct ac_version v;
	char own[600];
	enum ac_err err;

	if ((err = ac_docs_version(&v, &t->a, t->share, chain, seq, n, t->f)))
		return err;
	if (!v.member || !(m = ac_members_find(&t->share->members, v.member)) || m->role != AC_WRITER)
		return AC_OK;
	if (signature(&sig, t, chain, seq, n))
		return AC_OK;
	ac_contributed_input(in, vid, t->share->sid, m->role);
	if (!ac_crypto_verify(sig, in, sizeof in, m->sign))
		return AC_OK;
	if (!t->open && (err = ac_append_begin(&t->b, t->vault, t->f)))
		return err;
	t->open = true;
	/* the name that the owner gave, the writer's own beside it in quotes */
	if (strcmp(t->r->name, m->person))
		snprintf(own, sizeof own, "%s (\"%s\")", t->r->name, m->person);
	else
		snprintf(own, sizeof own, "%s", t->r->name);
	e[0] = ac_val_int(AC_ENTRY_CONTRIBUTED);
	if ((err = ac_entry_version_write(&e[1], &t->a, &v, v.member, v.time, false)))
		return err;
	e[2] = ac_val_bytes(t->share->sid, 8);
	e[3] = ac_val_bytes(m->sign, 32);
	e[4] = ac_val_bytes(sig, 64);
	e[5] = ac_val_int(m->role);
	e[6] = ac_val_text(own);
	e[7] = ac_val_text(m->device);
	e[8] = ac_val_int((int64_t)v.time);
	t->taken++;
	return ac_append_entry(&t->b, &entry, 1500, t->f);
}

/* Where a version stands, in the order in which they came. */
struct candidate { int64_t id, chain; uint32_t seq, n; unsigned char vid[32]; };

/* Of the filter's types, or of a document that an owner published there: what could be taken. */
static enum ac_err
candidates(struct candidate **out, size_t *n, struct taking *t)
{
	struct ac_buf types = { 0 };
	struct ac_rows q;
	const void *p;
	enum ac_err err;
	size_t size;

	*n = 0;
	if (!(*out = calloc(2 * t->most, sizeof **out)))
		return AC_ENOMEM;
	if ((err = ac_json_write(&types, &t->r->filter->items[0], NULL, t->f)) || (err = ac_buf_add(&types, "", 1)))
		goto out;
	/* the versions of a chain are all a guest's, or none is: owners' chains are not gone through */
	q = ac_index_query(t->share->home->index, "SELECT v.chain, v.seq, v.n, v.vid, v.id FROM chain c JOIN version v ON v.chain = c.id JOIN"
		" doc d ON d.id = v.doc WHERE c.space = ?1 AND (SELECT g.guest FROM version g WHERE g.chain = c.id ORDER BY g.seq LIMIT 1)"
		" = 1 AND v.guest = 1 AND v.shown AND (?3 = '[]' OR d.type IN (SELECT value FROM json_each(?3)) OR EXISTS("
		"SELECT 1 FROM version o WHERE o.doc = d.id AND o.guest != 1)) AND NOT EXISTS(SELECT 1 FROM version w JOIN doc x ON"
		" x.id = w.doc WHERE w.tag = v.tag AND w.vid = v.vid AND x.space = ?2) ORDER BY v.id LIMIT ?4", "iiti", t->share->id, t->vault->id,
		(const char *)types.p, (int64_t)(2 * t->most));
	while (ac_rows_next(&q) && *n < 2 * t->most) {
		struct candidate *c = &(*out)[*n];

		if (!(p = ac_rows_blob(&q, 3, &size)) || size != 32)
			continue;
		memcpy(c->vid, p, 32);
		c->chain = ac_rows_int(&q, 0);
		c->seq = (uint32_t)ac_rows_int(&q, 1);
		c->n = (uint32_t)ac_rows_int(&q, 2);
		c->id = ac_rows_int(&q, 4);
		++*n;
	}
	err = ac_rows_end(&q, t->f);
out:
	ac_buf_free(&types);
	return err;
}

static void
tell(const struct taking *t, bool more, const struct ac_sync_events *e)
{
	char sentence[700];

	if (!t->taken || !e || !e->notice)
		return;
	snprintf(sentence, sizeof sentence, more ? ac_words_plural("%.200s wrote more than %llu version, the most of one sync: the"
		" rest comes with the next", "%.200s wrote more than %llu versions, the most of one sync: the rest comes with the next",
		t->taken) : ac_words_plural("%.200s wrote %llu version", "%.200s wrote %llu versions", t->taken), t->r->name,
		(unsigned long long)t->taken);
	e->notice(e->ctx, sentence);
}

enum ac_err
ac_share_contributions(struct ac_space *share, struct ac_space *vault, const struct ac_share_record *r,
	const struct ac_sync_events *e, uint64_t *taken, struct ac_fault *f)
{
	struct taking t = { .share = share, .vault = vault, .r = r, .most = ac_faults_on("ceiling") ? 3 : PER_SYNC, .f = f };
	struct candidate *list = NULL;
	enum ac_err err;
	size_t n = 0, i;

	if ((err = ac_home_lock(share->home, f)))
		return err;
	err = candidates(&list, &n, &t);
	for (i = 0; i < n && t.taken < t.most && !err; i++) {
		err = take_one(&t, list[i].chain, list[i].seq, list[i].n, list[i].vid);
		ac_arena_free(&t.a);
		if (!err && ac_sealer_count(t.b.sealer) >= AT_ONCE)
			err = ac_append_commit(&t.b, f);
	}
	if (!err && t.open)
		err = ac_append_commit(&t.b, f);
	if (!err && t.taken) /* their attachments follow: share_files.c */
		err = ac_share_files_again(share, list[0].id, f);
	if (t.b.s)
		ac_append_end(&t.b);
	ac_home_unlock(share->home);
	if (!err && taken)
		*taken += t.taken;
	if (!err)
		tell(&t, i < n, e);
	ac_arena_free(&t.a);
	free(list);
	return err;
}
