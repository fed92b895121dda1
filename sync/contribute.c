/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "sync/files.h"
#include "sync/share_rows.h"

#define PER_SYNC 20000  /* versions taken from one share in one run */

struct taking {
	struct ac_space *share, *vault;
	const struct ac_share_record *r;
	struct ac_append b;
	struct ac_arena a;
	bool open;
	uint64_t n;
	struct ac_fault *f;
};

/* Was a document of this key published there by an owner? */
static bool
published(struct taking *t, const struct ac_version *v)
{
	int64_t n = 0;

	return !ac_index_int(&n, t->share->home->index, NULL, "SELECT count(*) FROM version w JOIN doc d ON d.id = w.doc WHERE"
		" d.space = ? AND d.type = ? AND d.rid = ? AND d.source = ? AND w.guest = 0", "ittt", t->share->id, v->type,
		v->id, v->source) && n > 0;
}

static bool
type_shared(struct taking *t, const char *type)
{
	const struct ac_val *types = &t->r->filter->items[0];
	uint32_t i;

	if (!types->n)
		return true;
	for (i = 0; i < types->n; i++)
		if (types->items[i].kind == AC_STR && !strcmp(types->items[i].s, type))
			return true;
	return false;
}

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
	if (!type_shared(t, v.type) && !published(t, &v))
		return AC_OK; /* neither asked for nor ours: it stays in the share */
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
	t->n++;
	return ac_append_entry(&t->b, &entry, 1500, t->f);
}

enum ac_err
ac_share_contributions(struct ac_space *share, struct ac_space *vault, const struct ac_share_record *r,
	const struct ac_sync_events *e, uint64_t *taken, struct ac_fault *f)
{
	struct taking t = { .share = share, .vault = vault, .r = r, .f = f };
	struct ac_rows q;
	unsigned char vid[32];
	char sentence[400];
	int64_t first = 0;
	enum ac_err err;
	const void *p;
	size_t n;

	if ((err = ac_home_lock(share->home, f)))
		return err;
	q = ac_index_query(share->home->index, "SELECT v.chain, v.seq, v.n, v.vid, v.id FROM version v JOIN doc d ON d.id = v.doc WHERE"
		" d.space = ? AND v.guest AND v.shown AND NOT EXISTS(SELECT 1 FROM version w JOIN doc x ON x.id = w.doc WHERE"
		" w.vid = v.vid AND x.space = ?) ORDER BY v.id LIMIT ?", "iii", share->id, vault->id, (int64_t)PER_SYNC);
	while (!err && ac_rows_next(&q)) {
		if (!(p = ac_rows_blob(&q, 3, &n)) || n != 32)
			continue;
		memcpy(vid, p, 32);
		if (!t.n)
			first = ac_rows_int(&q, 4);
		err = take_one(&t, ac_rows_int(&q, 0), (uint32_t)ac_rows_int(&q, 1), (uint32_t)ac_rows_int(&q, 2), vid);
	}
	if (ac_rows_end(&q, f))
		err = q.err;
	if (!err && t.open)
		err = ac_append_commit(&t.b, f);
	if (!err && t.n) /* their attachments follow: share_files.c */
		err = ac_share_files_again(share, first, f);
	if (!err && taken)
		*taken += t.n;
	if (!err && t.n && e && e->notice) {
		snprintf(sentence, sizeof sentence, "%s wrote %llu version%s", r->name, (unsigned long long)t.n, t.n == 1 ? "" : "s");
		e->notice(e->ctx, sentence);
	}
	if (t.b.s)
		ac_append_end(&t.b);
	ac_home_unlock(share->home);
	ac_arena_free(&t.a);
	return err;
}
