/* SPDX-License-Identifier: ISC */
/*
 * Method: a path hub is written by us: objects first, then each branch by compare and
 * swap with the value just read, never backwards. Other hubs get a push without force.
 * Branches go in causal order, the others' before our own, so that a hub that shows a
 * segment shows what it was written upon.
 */
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/closed.h"
#include "sync/transport.h"

struct branch {
	char name[80];
	unsigned char branch[16];
	struct ac_oid ours, theirs;
	bool there;
	struct ac_oid *commits;
	size_t n;
	uint64_t versions;
};
struct pushing {
	struct ac_quarantine *q;
	struct ac_space *s;
	const char *remote, *url;
	struct branch *b;
	size_t n, cap;
	bool *again;
	unsigned char sid[8];    /* the namespace: of chains or of invites */
	struct ac_closed over;   /* a share that was closed: hardly anything of it goes */
	bool is_over;
	struct ac_fault *f;
};

/* Versions in the last k segments of a chain. */
static enum ac_err
versions_in(uint64_t *out, struct ac_space *s, const unsigned char branch[static 16], uint64_t segments,
	struct ac_fault *f)
{
	int64_t n = 0;
	enum ac_err err = ac_index_int(&n, s->home->index, f, "SELECT count(*) FROM version v JOIN chain c ON c.id = v.chain "
		"WHERE c.space = ? AND c.branch = ? AND v.seq > c.seq - ?", "ibi", s->id, branch, (size_t)16, (int64_t)segments);

	*out += (uint64_t)n;
	return err;
}

static enum ac_err
consider(void *ctx, const char *name, const struct ac_oid *at, struct ac_fault *f)
{
	struct pushing *p = ctx;
	const struct ac_oid *theirs = ac_quarantine_ref(p->q, name);
	struct branch b = { .ours = *at, .there = theirs != NULL }, *more;
	unsigned char sid[8];
	uint64_t segments = 0;
	bool found = true;
	enum ac_err err;

	if (!ac_repo_ref_parse(sid, b.branch, name) || memcmp(sid, p->sid, 8))
		return AC_OK;
	if (p->is_over && ac_closed_names(&p->over, sid, b.branch))
		return AC_OK;
	if (theirs && !memcmp(theirs, at, sizeof *at))
		return AC_OK;
	snprintf(b.name, sizeof b.name, "%s", name);
	if (theirs) {
		b.theirs = *theirs;
		if (!ac_repo_has(p->s->home->repo, theirs))
			return AC_OK; /* it has more than was verified here, or something else: take says so */
	}
	if ((err = ac_lineage(&b.commits, &b.n, &segments, &found, p->s->home->repo, at, theirs, f)))
		return err;
	if (!found) { /* theirs is no beginning of ours */
		free(b.commits);
		return AC_OK;
	}
	if (p->n == p->cap) {
		p->cap = p->cap ? 2 * p->cap : 16;
		if (!(more = realloc(p->b, p->cap * sizeof *more))) {
			free(b.commits);
			return AC_ENOMEM;
		}
		p->b = more;
	}
	err = versions_in(&b.versions, p->s, b.branch, segments, f);
	p->b[p->n++] = b;
	return err;
}

static const unsigned char *order_own; /* our branch goes last */

static int
causal(const void *a, const void *b)
{
	const struct branch *x = a, *y = b;
	int ox = !memcmp(x->branch, order_own, 16), oy = !memcmp(y->branch, order_own, 16);

	return ox != oy ? ox - oy : strcmp(x->name, y->name);
}

/* A process that died while it moved this branch leaves git's lock file, which nobody
 * else removes. One that was seen unchanged for so long is taken for left over: whoever
 * moves a branch holds it for some milliseconds. Seen by us, because the clock of a
 * shared folder is not ours. */
#define STALE_MS 3000

static void
wait_for_lock(const char *path, const char *ref)
{
	char lock[4300];
	struct stat was, now;
	int ms;

	snprintf(lock, sizeof lock, "%.4000s/%s.lock", path, ref);
	if (stat(lock, &was))
		return;
	for (ms = 0; ms < STALE_MS; ms += 50) {
		usleep(50000);
		if (stat(lock, &now) || now.st_ino != was.st_ino || now.st_mtim.tv_sec != was.st_mtim.tv_sec
		    || now.st_mtim.tv_nsec != was.st_mtim.tv_nsec)
			return;
	}
	unlink(lock);
}

static enum ac_err
to_path(struct pushing *p, const char *path)
{
	struct ac_repo *hub = NULL;
	char objects[4200];
	enum ac_err err;
	size_t i;

	if ((err = ac_repo_open(&hub, path, false, p->f)))
		return ac_fault(p->f, AC_ENET, "there is no hub at %.300s; plug it in, or make one with hub init", path);
	snprintf(objects, sizeof objects, "%.4000s/objects", path);
	for (i = 0; i < p->n && !err; i++)
		err = ac_repo_copy(p->s->home->repo, objects, p->b[i].commits, p->b[i].n, &p->q->bytes_out, p->f);
	for (i = 0; i < p->n && !err; i++) {
		err = ac_repo_ref_set(hub, p->b[i].name, &p->b[i].ours, p->b[i].there ? &p->b[i].theirs : NULL, p->f);
		if (err == AC_EBUSY) { /* somebody moved it, or is about to: fetch and try again */
			wait_for_lock(path, p->b[i].name);
			*p->again = true;
			p->b[i].versions = 0;
			err = AC_OK;
		}
		p->q->bytes_out += 100;
	}
	ac_repo_close(hub);
	return err;
}

static int
count_pushed(unsigned int current, unsigned int total, size_t bytes, void *ctx)
{
	(void)current;
	(void)total;
	*(uint64_t *)ctx = bytes;
	return 0;
}

static int
refused(const char *ref, const char *status, void *ctx)
{
	struct pushing *p = ctx;

	(void)ref;
	if (status)
		*p->again = true;
	return 0;
}

struct push_ctx { struct pushing *p; uint64_t bytes; };

static int
push_bytes(unsigned int current, unsigned int total, size_t bytes, void *ctx)
{
	return count_pushed(current, total, bytes, &((struct push_ctx *)ctx)->bytes);
}

static int
push_status(const char *ref, const char *status, void *ctx)
{
	return refused(ref, status, ((struct push_ctx *)ctx)->p);
}

static enum ac_err
to_server(struct pushing *p)
{
	git_push_options o;
	git_remote *remote = NULL;
	git_strarray specs = { 0 };
	struct push_ctx ctx = { p, 0 };
	const git_error *e;
	enum ac_err err = AC_OK;
	size_t i;
	int rc;

	if (!(specs.strings = calloc(p->n + 1, sizeof *specs.strings)))
		return AC_ENOMEM;
	for (i = 0; i < p->n; i++)
		if (asprintf(&specs.strings[i], "%s:%s", p->b[i].name, p->b[i].name) >= 0)
			specs.count++;
	git_push_options_init(&o, GIT_PUSH_OPTIONS_VERSION);
	o.pb_parallelism = 1;
	o.callbacks.push_transfer_progress = push_bytes;
	o.callbacks.push_update_reference = push_status;
	o.callbacks.payload = &ctx;
	ac_transport_reset();
	rc = ac_transport_remote(&remote, ac_repo_git(p->s->home->repo), p->url);
	if (!rc)
		rc = git_remote_push(remote, &specs, &o);
	p->q->bytes_out += ctx.bytes + p->n * 100;
	if (rc == GIT_ENONFASTFORWARD)
		*p->again = true;
	else if (rc) {
		e = git_error_last();
		err = ac_fault(p->f, AC_ENET, "%s", ac_transport_error()[0] ? ac_transport_error()
			: e && e->message ? e->message : "the hub refused what was sent");
	}
	git_remote_free(remote);
	for (i = 0; i < specs.count; i++)
		free(specs.strings[i]);
	free(specs.strings);
	return err;
}

/* Read back: what the remote shows now is at least what we have. */
static enum ac_err
read_back(struct pushing *p, uint64_t *versions)
{
	const struct ac_oid *now;
	char name[128];
	struct ac_oid was;
	enum ac_err err = ac_quarantine_list(p->q, p->url, p->f);
	size_t i;
	bool had;

	for (i = 0; i < p->n && !err; i++) {
		now = ac_quarantine_ref(p->q, p->b[i].name);
		if (!now || memcmp(now, &p->b[i].ours, sizeof *now)) {
			*p->again = true;
			continue;
		}
		*versions += p->b[i].versions;
		ac_remote_ref(name, p->remote, p->sid, p->b[i].branch);
		had = !ac_repo_ref_get(&was, p->s->home->repo, name, NULL);
		err = ac_repo_ref_set(p->s->home->repo, name, now, had ? &was : NULL, p->f);
		if (err == AC_EBUSY)
			err = AC_OK; /* another sync of this home said so already */
	}
	return err;
}

static enum ac_err
push_namespace(struct pushing *p, uint64_t *versions)
{
	char prefix[64], hex[17];
	const char *path;
	enum ac_err err;
	size_t i;

	p->n = 0;
	ac_crypto_hex(hex, p->sid, 8);
	snprintf(prefix, sizeof prefix, "refs/heads/%s/", hex);
	if ((err = ac_repo_refs(p->s->home->repo, prefix, consider, p, p->f)) || !p->n)
		goto out;
	order_own = p->s->branch;
	qsort(p->b, p->n, sizeof *p->b, causal);
	for (i = 0; i < p->n && !err; i++)
		err = ac_closed_carry(p->s, p->b[i].name, &p->b[i].ours, p->f);
	if (err)
		goto out;
	err = ac_remote_is_path(p->url, &path) ? to_path(p, path) : to_server(p);
	if (!err)
		err = read_back(p, versions);
out:
	for (i = 0; i < p->n; i++)
		free(p->b[i].commits);
	return err;
}

enum ac_err
ac_push(struct ac_quarantine *q, struct ac_space *s, const char *remote, const char *url, uint64_t *versions,
	bool *again, struct ac_fault *f)
{
	struct pushing p = { .q = q, .s = s, .remote = remote, .url = url, .again = again, .f = f };
	uint64_t none = 0;
	enum ac_err err;

	*again = false;
	p.is_over = ac_closed_is(&p.over, s);
	/* invites and attachments first: what is published may need them */
	ac_space_invites(p.sid, s->sid);
	if ((err = push_namespace(&p, &none)))
		goto out;
	ac_space_files(p.sid, s);
	if ((err = push_namespace(&p, &none)))
		goto out;
	memcpy(p.sid, s->sid, 8);
	err = push_namespace(&p, versions);
out:
	free(p.b);
	return err;
}

struct unsent { struct ac_space *s; const char *remote; uint64_t n; };

static enum ac_err
count_unsent(void *ctx, const char *name, const struct ac_oid *at, struct ac_fault *f)
{
	struct unsent *u = ctx;
	unsigned char sid[8], branch[16];
	struct ac_oid theirs, *commits = NULL;
	char remote[128];
	uint64_t segments = 0;
	bool found, known;
	enum ac_err err;
	size_t n;

	if (!ac_repo_ref_parse(sid, branch, name) || memcmp(sid, u->s->sid, 8))
		return AC_OK;
	ac_remote_ref(remote, u->remote, sid, branch);
	known = !ac_repo_ref_get(&theirs, u->s->home->repo, remote, NULL);
	if (known && !memcmp(&theirs, at, sizeof theirs))
		return AC_OK;
	if (known && !ac_repo_has(u->s->home->repo, &theirs))
		known = false;
	if ((err = ac_lineage(&commits, &n, &segments, &found, u->s->home->repo, at, known ? &theirs : NULL, f)))
		return err;
	free(commits);
	return found ? versions_in(&u->n, u->s, branch, segments, f) : AC_OK;
}

enum ac_err
ac_push_unsent(uint64_t *out, struct ac_space *s, const char *remote, struct ac_fault *f)
{
	struct unsent u = { s, remote, 0 };
	char prefix[64], hex[17];
	enum ac_err err;

	ac_crypto_hex(hex, s->sid, 8);
	snprintf(prefix, sizeof prefix, "refs/heads/%s/", hex);
	if (!(err = ac_repo_refs(s->home->repo, prefix, count_unsent, &u, f)))
		*out = u.n;
	return err;
}
