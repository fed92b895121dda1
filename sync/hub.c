/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "store/file.h"
#include "store/home.h"
#include "sync/exchange.h"
#include "sync/sync.h"

enum ac_err
ac_hub_init(const char *dir, struct ac_fault *f)
{
	struct ac_repo *r = NULL;
	struct stat st;
	char head[4200];
	enum ac_err err;

	if (strlen(dir) > 4000)
		return ac_fault(f, AC_EUSAGE, "the path of the hub is too long");
	snprintf(head, sizeof head, "%s/HEAD", dir);
	if (!stat(dir, &st) && stat(head, &st) && !ac_exchange_empty_folder(dir))
		return ac_fault(f, AC_EEXIST, "%s holds other things; name a new or empty folder for the hub", dir);
	if (!(err = ac_crypto_init(f)))
		err = ac_repo_open(&r, dir, true, f);
	ac_repo_close(r);
	return err;
}

struct prune {
	struct ac_home *h;
	struct ac_repo *hub;
	uint64_t removed;
};

/* Does a tombstone of a verified chain name this branch? */
static bool
buried(struct ac_home *h, const unsigned char space[static 8], const unsigned char branch[static 16])
{
	struct ac_rows q = ac_index_query(h->index, "SELECT s.entry, s.writer, s.space FROM slog s WHERE s.kind = ?", "i",
		(int64_t)AC_ENTRY_TOMBSTONE);
	const unsigned char *sid, *b;
	struct ac_arena a = { 0 };
	const struct ac_member *m;
	const struct ac_val *e;
	bool yes = false;
	const void *p;
	size_t n, i;

	while (!yes && ac_rows_next(&q)) {
		p = ac_rows_blob(&q, 0, &n);
		if (ac_mp_read(&e, &a, p, n, NULL) || !ac_entry_is(e, AC_ENTRY_TOMBSTONE, 3)
		    || !ac_entry_bin(&sid, e, 1, 8) || !ac_entry_bin(&b, e, 2, 16)
		    || memcmp(sid, space, 8) || memcmp(b, branch, 16))
			continue;
		p = ac_rows_blob(&q, 1, &n);
		for (i = 0; i < h->nspaces && !yes; i++)
			if (h->spaces[i]->id == ac_rows_int(&q, 2) && n == 8
			    && (m = ac_members_find(&h->spaces[i]->members, p)))
				yes = m->role == AC_OWNER;
	}
	ac_arena_free(&a);
	return !ac_rows_end(&q, NULL) && yes;
}

static enum ac_err
prune_one(void *ctx, const char *name, const struct ac_oid *at, struct ac_fault *f)
{
	struct prune *p = ctx;
	unsigned char space[8], branch[16];
	enum ac_err err;

	(void)at;
	if (!ac_repo_ref_parse(space, branch, name) || !buried(p->h, space, branch))
		return AC_OK;
	if (!(err = ac_repo_ref_delete(p->hub, name, f)))
		p->removed++;
	return err;
}

enum ac_err
ac_hub_prune(struct ac_home *h, const char *dir, uint64_t *removed, struct ac_fault *f)
{
	struct prune p = { .h = h };
	enum ac_err err;

	if ((err = ac_repo_open(&p.hub, dir, false, f)))
		return ac_fault(f, err, "there is no hub at %s; hub init makes one", dir);
	if (!(err = ac_repo_refs(p.hub, "refs/heads/", prune_one, &p, f)))
		*removed = p.removed;
	ac_repo_close(p.hub);
	return err;
}
