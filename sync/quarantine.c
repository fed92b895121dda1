/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/file.h"
#include "sync/bundle.h"
#include "sync/exchange.h"
#include "sync/transport.h"

#define BYTES_MAX ((uint64_t)8 << 30) /* of one fetch */
#define LISTING_MAX ((uint64_t)64 << 20)  /* of what a server says before it */

/* Names the remote without what a URL may hold of a password. */
static void
bare_url(char out[static 300], const char *url)
{
	const char *at = strrchr(url, '@'), *scheme = strstr(url, "://");

	if (scheme && at && at > scheme)
		snprintf(out, 300, "%.*s%.250s", (int)(scheme + 3 - url > 20 ? 20 : scheme + 3 - url), url, at + 1);
	else
		snprintf(out, 300, "%.290s", url);
}

static enum ac_err
failed(struct ac_fault *f, int rc, const char *url)
{
	const git_error *e = git_error_last();
	const char *own = ac_transport_error();
	char bare[300];

	if (own[0])
		return ac_fault(f, AC_ENET, "%s", own);
	bare_url(bare, url);
	if (rc == GIT_ENOTFOUND)
		return ac_fault(f, AC_ENET, "there is no hub at %s; hub init makes one", bare);
	return ac_fault(f, AC_ENET, "%s: %s", bare, e && e->message ? e->message : ac_words("it could not be reached"));
}

static enum ac_err
alternates(struct ac_quarantine *q, struct ac_fault *f)
{
	char path[4300], line[4300];

	snprintf(path, sizeof path, "%s/objects/info", q->dir);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/objects/info/alternates", q->dir);
	snprintf(line, sizeof line, "%s/objects\n", ac_repo_path(q->h->repo));
	return ac_file_put(path, line, strlen(line), 0600, f);
}

/* Our branches by name, so that the other side need not send what we have. */
static enum ac_err
copy_ref(void *ctx, const char *name, const struct ac_oid *at, struct ac_fault *f)
{
	struct ac_quarantine *q = ctx;
	git_reference *ref = NULL;
	git_oid oid;
	int rc;

	memcpy(oid.id, at->id, 20);
	rc = git_reference_create(&ref, q->git, name, &oid, 1, NULL);
	git_reference_free(ref);
	return rc ? ac_fault(f, AC_EIO, "the quarantine %s could not be made", q->dir) : AC_OK;
}

/* Removes what killed processes left: a quarantine lives as long as the flock on it. */
static void
sweep(const char *home)
{
	DIR *d = opendir(home);
	struct dirent *e;
	char path[4400];
	int fd;

	while (d && (e = readdir(d))) {
		if (strncmp(e->d_name, "quarantine-", 11))
			continue;
		snprintf(path, sizeof path, "%.4000s/%.255s", home, e->d_name);
		if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
			continue;
		if (!flock(fd, LOCK_EX | LOCK_NB))
			(void)!ac_file_remove_tree(path, NULL);
		close(fd);
	}
	if (d)
		closedir(d);
}

/* The folder, and the flock on it. The home's own flock is held meanwhile, so that
 * nobody sweeps what is not yet locked. */
static enum ac_err
make_folder(struct ac_quarantine *q, struct ac_fault *f)
{
	const char *home = ac_home_path(q->h);
	int fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned char r[8];
	char hex[17];

	ac_crypto_random(r, sizeof r);
	ac_crypto_hex(hex, r, 8);
	snprintf(q->dir, sizeof q->dir, "%.4000s/quarantine-%s", home, hex);
	if (fd >= 0)
		flock(fd, LOCK_EX);
	sweep(home);
	if (!mkdir(q->dir, 0700) && (q->lock = open(q->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0)
		flock(q->lock, LOCK_EX);
	ac_file_unlock(fd);
	return q->lock >= 0 ? AC_OK : ac_fault(f, AC_EIO, "%s could not be made: %s", q->dir, ac_words_error(errno));
}

enum ac_err
ac_quarantine_open(struct ac_quarantine *q, struct ac_home *h, struct ac_fault *f)
{
	char path[4300];
	enum ac_err err;

	memset(q, 0, sizeof *q);
	q->lock = -1;
	if ((err = ac_transport_register(f)))
		return err;
	q->h = h;
	if ((err = make_folder(q, f)))
		goto out;
	if (git_repository_init(&q->git, q->dir, 1)) {
		err = ac_fault(f, AC_EIO, "%s could not be made", q->dir);
		goto out;
	}
	/* libgit2 reads the alternates when it opens the object database */
	if ((err = alternates(q, f)))
		goto out;
	git_repository_free(q->git);
	q->git = NULL;
	if (git_repository_open_bare(&q->git, q->dir)) {
		err = ac_fault(f, AC_EIO, "%s could not be opened", q->dir);
		goto out;
	}
	if ((err = ac_repo_refs(h->repo, "refs/heads/", copy_ref, q, f)))
		goto out;
	if ((err = ac_repo_open(&q->ours, ac_repo_path(h->repo), false, f)))
		goto out;
	snprintf(path, sizeof path, "%s/objects", q->dir);
	err = ac_repo_alternate(h->repo, path, f);
out:
	if (err)
		ac_quarantine_close(q);
	return err;
}

void
ac_quarantine_close(struct ac_quarantine *q)
{
	if (!q->h)
		return;
	git_repository_free(q->git);
	ac_repo_close(q->ours);
	/* forget the alternate before its folder goes */
	if (ac_repo_reopen(q->h->repo, NULL) == AC_OK)
		(void)!ac_file_remove_tree(q->dir, NULL);
	ac_file_unlock(q->lock);
	free(q->refs);
	free(q->shown);
	memset(q, 0, sizeof *q);
}

static enum ac_err
note_shown(void *ctx, const char *name, const struct ac_oid *at, struct ac_fault *f)
{
	struct ac_quarantine *q = ctx;
	struct ac_ref *more = realloc(q->shown, (q->nshown + 1) * sizeof *more);

	(void)f;
	if (!more)
		return AC_ENOMEM;
	q->shown = more;
	more += q->nshown++;
	memset(more, 0, sizeof *more);
	snprintf(more->name, sizeof more->name, "%s", name);
	more->at = *at;
	return AC_OK;
}

enum ac_err
ac_quarantine_shown(struct ac_quarantine *q, const struct ac_space *s, const char *remote, struct ac_fault *f)
{
	static const unsigned char any[16];
	char prefix[128];

	ac_remote_ref(prefix, remote, s->sid, any);
	prefix[strlen(prefix) - 2 * sizeof any] = 0;
	q->nshown = 0;
	return ac_repo_refs(q->h->repo, prefix, note_shown, q, f);
}

static enum ac_err
add_ref(struct ac_quarantine *q, const char *name, const git_oid *oid)
{
	struct ac_ref *more;

	if (strlen(name) >= sizeof more->name)
		return AC_OK; /* none of ours */
	if (q->n == q->cap) {
		q->cap = q->cap ? 2 * q->cap : 32;
		if (q->cap > 1u << 20 || !(more = realloc(q->refs, q->cap * sizeof *more)))
			return AC_ENOMEM;
		q->refs = more;
	}
	memset(&q->refs[q->n], 0, sizeof *q->refs);
	snprintf(q->refs[q->n].name, sizeof q->refs->name, "%s", name);
	memcpy(q->refs[q->n++].at.id, oid->id, 20);
	return AC_OK;
}

const struct ac_oid *
ac_quarantine_ref(const struct ac_quarantine *q, const char *name)
{
	size_t i;

	for (i = 0; i < q->n; i++)
		if (!strcmp(q->refs[i].name, name))
			return &q->refs[i].at;
	return NULL;
}

static int
ceiling(const git_indexer_progress *stats, void *ctx)
{
	(void)ctx;
	return stats->received_bytes > BYTES_MAX ? -1 : 0;
}

static void
callbacks(git_remote_callbacks *cb, struct ac_quarantine *q)
{
	git_remote_init_callbacks(cb, GIT_REMOTE_CALLBACKS_VERSION);
	cb->transfer_progress = ceiling;
	cb->payload = q;
}

static enum ac_err
list(struct ac_quarantine *q, git_remote *remote, const char *url, struct ac_fault *f)
{
	const git_remote_head **heads;
	size_t n, i;
	enum ac_err err = AC_OK;
	int rc = git_remote_ls(&heads, &n, remote);

	if (rc)
		return failed(f, rc, url);
	q->n = 0;
	for (i = 0; i < n && !err; i++)
		if (!strncmp(heads[i]->name, "refs/heads/", 11))
			err = add_ref(q, heads[i]->name, &heads[i]->oid);
	return err;
}

static enum ac_err
connect_to(git_remote **remote, struct ac_quarantine *q, const char *url, struct ac_fault *f)
{
	git_remote_callbacks cb;
	git_proxy_options proxy = GIT_PROXY_OPTIONS_INIT;
	struct stat st;
	const char *path;
	int rc;

	ac_transport_reset();
	ac_transport_limits(&(struct ac_transport_limits){ .max_bytes = LISTING_MAX });
	if (ac_remote_is_path(url, &path) && stat(path, &st))
		return ac_fault(f, AC_ENET, "there is no hub at %.300s; plug it in, or make one with hub init", path);
	callbacks(&cb, q);
	rc = ac_transport_remote(remote, q->git, url);
	if (!rc)
		rc = git_remote_connect(*remote, GIT_DIRECTION_FETCH, &cb, &proxy, NULL);
	return rc ? failed(f, rc, url) : AC_OK;
}

static void
count(struct ac_quarantine *q, git_remote *remote)
{
	const git_indexer_progress *stats = git_remote_stats(remote);

	q->bytes_in += stats ? stats->received_bytes : 0;
}

/* Which of the branches that the remote has are new to us. */
static bool
wanted(const struct ac_quarantine *q, const struct ac_ref *ref, const unsigned char (*spaces)[8], size_t n,
	const char *only)
{
	unsigned char sid[8], branch[16];
	size_t i;

	if (!ac_repo_ref_parse(sid, branch, ref->name) || (only && strcmp(only, ref->name)))
		return false;
	for (i = 0; i < n; i++)
		if (!memcmp(spaces[i], sid, 8))
			return !ac_repo_has(q->ours, &ref->at);
	return false;
}

/* Did libgit2 fail because the system did? Else what it met is damaged, or not there. */
static bool
system_failed(void)
{
	const git_error *e = git_error_last();

	return e && e->klass == GIT_ERROR_OS;
}

/* Is the batch whole in r? AC_ECORRUPT: no. AC_EIO: that cannot be told. */
static enum ac_err
whole(struct ac_repo *r, struct ac_batch *b, const struct ac_oid *commit, struct ac_fault *f)
{
	enum ac_err err;
	size_t i;

	git_error_clear();
	if ((err = ac_repo_read(b, r, commit, f)))
		return err != AC_ENOTFOUND && system_failed() ? AC_EIO : AC_ECORRUPT;
	for (i = 0; i < b->n; i++)
		if (!ac_repo_fits(r, &b->blobs[i], AC_SEGMENT_MAX))
			return system_failed() ? ac_fault(f, AC_EIO, "%s", git_error_last()->message) : AC_ECORRUPT;
	return AC_OK;
}

struct pile { struct ac_oid *list; size_t n, cap; };

static bool
put(struct pile *p, const struct ac_oid *id)
{
	struct ac_oid *more;

	if (p->n == p->cap) {
		p->cap = p->cap ? 2 * p->cap : 64;
		if (p->cap > 1u << 20 || !(more = realloc(p->list, p->cap * sizeof *more)))
			return false;
		p->list = more;
	}
	p->list[p->n++] = *id;
	return true;
}

/* Walks a branch in r down to what is known here. What lies above anything that is no
 * whole batch is passed over: the chain below it is still good. */
static enum ac_err
look_through(struct ac_ref *ref, struct pile *p, struct ac_repo *ours, struct ac_repo *r, struct ac_fault *f)
{
	struct ac_batch *b = malloc(sizeof *b);
	struct ac_oid at = ref->at, parent;
	enum ac_err err = AC_OK;

	if (!b)
		return AC_ENOMEM;
	ref->looked = true;
	p->n = 0;
	while (!ac_repo_has(ours, &at)) {
		if ((err = whole(r, b, &at, f)) == AC_EIO)
			goto out;
		if (err) {
			err = AC_OK;
			ref->junk = true;
			p->n = 0;
			if (ac_repo_parent(&parent, r, &at))
				goto out;
			at = parent;
			continue;
		}
		if (!put(p, &at)) {
			err = AC_ENOMEM;
			goto out;
		}
		if (!b->has_parent)
			break;
		at = b->parent;
	}
	ref->has_good = true;
	ref->good = p->n ? p->list[0] : at;
out:
	free(b);
	return err;
}

/* The sentence for an errno. Full or write-protected may be this device's disk or the hub's. */
static enum ac_err
hub_failed(int no, const char *path, bool reading, struct ac_fault *f)
{
	switch (no) {
	case ENOSPC: case EDQUOT:
		if (reading)
			return ac_fault(f, AC_EIO, "what came from the hub at %.300s could not be kept: make room on this device's disk, it"
				" is full", path);
		return ac_fault(f, AC_ENET, "the hub at %.300s is full: make room there and sync again", path);
	case EROFS:
		if (reading)
			return ac_fault(f, AC_EIO, "what came from the hub at %.300s could not be kept: this device's disk cannot be written",
				path);
		return ac_fault(f, AC_ENET, "the hub at %.300s cannot be written: make it writable and sync again", path);
	case EACCES: case EPERM:
		return ac_fault(f, AC_ENET, "the hub at %.300s is not open to you: ask for the right to read and write there", path);
	case EIO:
		return ac_fault(f, AC_ENET, "the hub at %.300s fails: try another stick or disk, nothing is lost here", path);
	default:
		return ac_fault(f, AC_ENET, "the hub at %.300s has gone away: plug it in and sync again", path);
	}
}

enum ac_err
ac_hub_failed(const char *path, bool reading, enum ac_err err, struct ac_fault *f)
{
	static const int known[] = { ENOSPC, EDQUOT, EROFS, EACCES, EPERM, EIO, ENOENT, ENODEV, ENXIO, ESTALE };
	size_t i;

	if (err == AC_ENOMEM || !f)
		return err;
	for (i = 0; i < sizeof known / sizeof *known; i++)
		/* libgit2's sentence, or one of ours */
		if (strstr(f->text, strerror(known[i])) || strstr(f->text, ac_words_error(known[i])))
			return hub_failed(known[i], path, reading, f);
	return err;
}

/* What seems to be missing on a hub that is being pulled out is no reason for an alert. */
static enum ac_err
still_there(const char *path, struct ac_fault *f)
{
	char head[4300], c;
	int fd, no;

	snprintf(head, sizeof head, "%.4000s/HEAD", path);
	fd = open(head, O_RDONLY | O_CLOEXEC);
	no = fd < 0 || read(fd, &c, 1) < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	snprintf(head, sizeof head, "%.4000s/objects", path);
	if (!no && access(head, R_OK | X_OK))
		no = errno;
	return no ? ac_fault(f, AC_EIO, "%s: %s", path, ac_words_error(no)) : AC_OK;
}

static enum ac_err
list_path_one(void *ctx, const char *name, const struct ac_oid *at, struct ac_fault *f)
{
	git_oid oid;

	(void)f;
	memcpy(oid.id, at->id, 20);
	return add_ref(ctx, name, &oid);
}

static enum ac_err
open_path(struct ac_repo **hub, struct ac_quarantine *q, const char *path, struct ac_fault *f)
{
	enum ac_err err;

	if (ac_repo_open(hub, path, false, NULL))
		return ac_fault(f, AC_ENET, "there is no hub at %.300s; plug it in, or make one with hub init", path);
	q->n = 0;
	if ((err = ac_repo_refs(*hub, "refs/heads/", list_path_one, q, f))) {
		ac_repo_close(*hub);
		*hub = NULL;
		err = ac_hub_failed(path, true, err, f);
	}
	return err;
}

/* From a folder: ours to read, object by object. */
static enum ac_err
fetch_path(struct ac_quarantine *q, const char *path, const unsigned char (*spaces)[8], size_t n, const char *only,
	struct ac_fault *f)
{
	struct ac_repo *hub = NULL;
	struct pile p = { 0 };
	char objects[4300];
	enum ac_err err;
	size_t i;

	if ((err = open_path(&hub, q, path, f)))
		return err;
	snprintf(objects, sizeof objects, "%s/objects", q->dir);
	for (i = 0; i < q->n && !err; i++) {
		if (!wanted(q, &q->refs[i], spaces, n, only))
			continue;
		err = look_through(&q->refs[i], &p, q->ours, hub, f);
		if (!err && q->refs[i].junk)
			err = still_there(path, f);
		if (!err && p.n)
			err = ac_repo_copy(hub, objects, p.list, p.n, &q->bytes_in, f);
	}
	free(p.list);
	ac_repo_close(hub);
	return err ? ac_hub_failed(path, true, err, f) : AC_OK;
}

/* What a server or a file brought lies in the quarantine already. */
static enum ac_err
look_through_all(struct ac_quarantine *q, const unsigned char (*spaces)[8], size_t n, const char *only,
	struct ac_fault *f)
{
	struct ac_repo *r = NULL;
	struct pile p = { 0 };
	enum ac_err err = ac_repo_open(&r, q->dir, false, f);
	size_t i;

	for (i = 0; i < q->n && !err; i++)
		if (!spaces || wanted(q, &q->refs[i], spaces, n, only))
			err = look_through(&q->refs[i], &p, q->ours, r, f);
	free(p.list);
	ac_repo_close(r);
	return err;
}

enum ac_err
ac_quarantine_list(struct ac_quarantine *q, const char *url, struct ac_fault *f)
{
	git_remote *remote = NULL;
	struct ac_repo *hub = NULL;
	const char *path;
	enum ac_err err;

	if (ac_remote_is_path(url, &path)) {
		if (!(err = open_path(&hub, q, path, f)))
			ac_repo_close(hub);
		return err;
	}
	if (!(err = connect_to(&remote, q, url, f)))
		err = list(q, remote, url, f);
	git_remote_free(remote);
	return err;
}

static enum ac_err
download(struct ac_quarantine *q, git_remote *remote, const char *url, const unsigned char (*spaces)[8], size_t n,
	const char *only, struct ac_fault *f)
{
	git_fetch_options o;
	git_strarray specs = { 0 };
	enum ac_err err = AC_OK;
	size_t i;
	int rc;

	if (!(specs.strings = calloc(q->n + 1, sizeof *specs.strings)))
		return AC_ENOMEM;
	for (i = 0; i < q->n; i++)
		if (wanted(q, &q->refs[i], spaces, n, only)
		    && asprintf(&specs.strings[specs.count], "+%s:refs/fetched/%zu", q->refs[i].name, i) >= 0)
			specs.count++;
	if (specs.count) {
		git_fetch_options_init(&o, GIT_FETCH_OPTIONS_VERSION);
		callbacks(&o.callbacks, q);
		o.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
		o.update_fetchhead = 0;
		ac_transport_limits(&(struct ac_transport_limits){ .max_bytes = BYTES_MAX + LISTING_MAX });
		rc = git_remote_download(remote, &specs, &o);
		count(q, remote);
		if (rc)
			err = failed(f, rc, url);
	}
	for (i = 0; i < specs.count; i++)
		free(specs.strings[i]);
	free(specs.strings);
	return err;
}

enum ac_err
ac_quarantine_fetch(struct ac_quarantine *q, const char *url, const unsigned char (*spaces)[8], size_t n,
	const char *only, struct ac_fault *f)
{
	git_remote *remote = NULL;
	const char *path;
	enum ac_err err;

	if (ac_remote_is_path(url, &path))
		return fetch_path(q, path, spaces, n, only, f);
	if (!(err = connect_to(&remote, q, url, f)) && !(err = list(q, remote, url, f))
	    && !(err = download(q, remote, url, spaces, n, only, f)))
		err = look_through_all(q, spaces, n, only, f);
	git_remote_free(remote);
	return err;
}

static enum ac_err
read_file(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	*n = fread(p, 1, *n, ctx);
	return ferror((FILE *)ctx) ? ac_fault(f, AC_EIO, "a file could not be read to its end") : AC_OK;
}

enum ac_err
ac_quarantine_file(struct ac_quarantine *q, const char *path, struct ac_fault *f)
{
	struct ac_bundle_refs refs = { 0 };
	struct ac_source from = { read_file, NULL };
	struct ac_repo *r = NULL;
	FILE *file = fopen(path, "rbe");
	struct stat st;
	git_oid oid;
	enum ac_err err;
	size_t i;

	if (!file)
		return ac_fault(f, AC_ENOTFOUND, "%.300s cannot be opened: %s", path, ac_words_error(errno));
	from.ctx = file;
	if (!fstat(fileno(file), &st))
		q->bytes_in += (uint64_t)st.st_size;
	if ((err = ac_repo_open(&r, q->dir, false, f)) || (err = ac_bundle_read(&refs, r, &from, f)))
		goto out;
	for (i = 0; i < refs.n && !err; i++) {
		memcpy(oid.id, refs.ref[i].at.id, 20);
		err = add_ref(q, refs.ref[i].name, &oid);
	}
	if (!err)
		err = look_through_all(q, NULL, 0, NULL, f);
out:
	ac_bundle_refs_free(&refs);
	ac_repo_close(r);
	fclose(file);
	return err;
}
