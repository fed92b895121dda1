/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "store/file.h"
#include "store/home.h"
#include "sync/exchange.h"
#include "sync/sync.h"
#include "sync/closed.h"
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
	uint64_t removed, kept;
};

/* Named by an owner; kept: and yet not to go, for what is on it is not here. */
static bool
buried(bool *kept, struct ac_home *h, const unsigned char space[static 8], const unsigned char branch[static 16],
	const struct ac_oid *at)
{
	struct ac_closed c;
	size_t i;

	*kept = false;
	for (i = 0; i < h->nspaces; i++) {
		if (ac_tombstone_names(h->spaces[i], space, branch))
			return true;
		if (!ac_closed_is(&c, h->spaces[i]) || !ac_closed_names(&c, space, branch))
			continue;
		*kept = !ac_closed_held(&c, space, branch, at);
		return true;
	}
	return false;
}

static enum ac_err
prune_one(void *ctx, const char *name, const struct ac_oid *at, struct ac_fault *f)
{
	struct prune *p = ctx;
	unsigned char space[8], branch[16];
	enum ac_err err = AC_OK;
	bool kept;

	if (!ac_repo_ref_parse(space, branch, name) || !buried(&kept, p->h, space, branch, at))
		return AC_OK;
	p->kept += kept;
	if (!kept && !(err = ac_repo_ref_drop(p->hub, name, at, f)))
		p->removed++;
	p->kept += err == AC_EBUSY;
	return err == AC_EBUSY ? AC_OK : err;
}

enum ac_err
ac_hub_prune(struct ac_home *h, const char *dir, uint64_t *removed, uint64_t *kept, struct ac_fault *f)
{
	struct prune p = { .h = h };
	enum ac_err err;

	if ((err = ac_repo_open(&p.hub, dir, false, f)))
		return ac_fault(f, err, "there is no hub at %s; hub init makes one", dir);
	if (!(err = ac_repo_refs(p.hub, "refs/heads/", prune_one, &p, f))) {
		*removed = p.removed;
		*kept = p.kept;
	}
	ac_repo_close(p.hub);
	return err;
}
