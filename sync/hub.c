/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "store/file.h"
#include "store/home.h"
#include "sync/exchange.h"
#include "sync/sync.h"
#include "sync/tombstone.h"

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

static bool
buried(struct ac_home *h, const unsigned char space[static 8], const unsigned char branch[static 16])
{
	size_t i;

	for (i = 0; i < h->nspaces; i++)
		if (ac_tombstone_names(h->spaces[i], space, branch))
			return true;
	return false;
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
