/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <ftw.h>
#include <git2.h>
#include <git2/sys/repository.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/crypto.h"
#include "store/loose.h"

#define PERSON "a <a> 0 +0000"

struct ac_repo {
	git_repository *git;
	git_odb *odb;
	char path[4096], objects[4200];
};

/* libgit2 keeps one last error per thread: it is copied here, at once. */
static enum ac_err
failed(struct ac_fault *f, int rc, const char *what, const char *where)
{
	const git_error *e = git_error_last();
	enum ac_err err = rc == GIT_ENOTFOUND ? AC_ENOTFOUND
	    : rc == GIT_ELOCKED || rc == GIT_EMODIFIED || rc == GIT_EEXISTS ? AC_EBUSY
	    : e && e->klass == GIT_ERROR_NOMEMORY ? AC_ENOMEM : AC_EIO;

	return ac_fault(f, err, "%s in %s: %s", ac_words(what), where, e && e->message ? e->message : ac_words("unknown failure"));
}

enum ac_err
ac_repo_init(struct ac_fault *f)
{
	static bool done;

	if (done)
		return AC_OK;
	if (git_libgit2_init() < 0)
		return ac_fault(f, AC_EINTERNAL, "libgit2 could not start");
	/* objects and refs reach the disk before the call returns; hubs on sticks
	 * belong to whoever made them, and their config and hooks are never used */
	git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
	git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
	/* else the whole of a pack is mapped, however large the attachments in it are */
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)16 << 20);
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)64 << 20);
	/* a home's own config is all that is read of git's settings */
	done = true;
	return AC_OK;
}

/* Sealed bytes neither compress nor delta. libgit2 1.5's pack builder reads its
 * big-file threshold from pack.deltaCacheSize: small turns its delta search off. */
static int
settings(git_repository *git)
{
	git_config *c = NULL;
	int rc = git_repository_config(&c, git);

	if (!rc)
		rc = git_config_set_int64(c, "core.compression", 0);
	if (!rc)
		rc = git_config_set_int64(c, "core.loosecompression", 0);
	if (!rc)
		rc = git_config_set_int64(c, "pack.deltaCacheSize", 1);
	if (!rc)
		rc = git_config_set_int64(c, "pack.window", 0);
	if (!rc)
		rc = git_config_set_int64(c, "gc.auto", 0);
	if (!rc)
		rc = git_config_set_bool(c, "receive.denyNonFastForwards", 1);
	git_config_free(c);
	return rc;
}

enum ac_err
ac_repo_open(struct ac_repo **out, const char *path, bool create, struct ac_fault *f)
{
	git_repository_init_options o = GIT_REPOSITORY_INIT_OPTIONS_INIT;
	struct ac_repo *r;
	enum ac_err err;
	int rc;

	if ((err = ac_repo_init(f)))
		return err;
	if (!(r = calloc(1, sizeof *r)))
		return AC_ENOMEM;
	snprintf(r->path, sizeof r->path, "%s", path);
	snprintf(r->objects, sizeof r->objects, "%s/objects", r->path);
	rc = git_repository_open_ext(&r->git, path, GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE, NULL);
	if (rc == GIT_ENOTFOUND && create) {
		o.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKDIR | GIT_REPOSITORY_INIT_MKPATH
		    | GIT_REPOSITORY_INIT_NO_REINIT;
		o.initial_head = "none";
		rc = git_repository_init_ext(&r->git, path, &o);
		if (!rc)
			rc = settings(r->git);
	}
	if (!rc)
		rc = git_repository_odb(&r->odb, r->git);
	if (rc) {
		err = failed(f, rc, "could not open the repository", path);
		ac_repo_close(r);
		return err;
	}
	*out = r;
	return AC_OK;
}

void
ac_repo_close(struct ac_repo *r)
{
	if (!r)
		return;
	git_odb_free(r->odb);
	git_repository_free(r->git);
	free(r);
}

struct git_repository *
ac_repo_git(struct ac_repo *r)
{
	return r->git;
}

const char *
ac_repo_path(const struct ac_repo *r)
{
	return r->path;
}

enum ac_err
ac_repo_alternate(struct ac_repo *r, const char *objects, struct ac_fault *f)
{
	int rc = git_odb_add_disk_alternate(r->odb, objects);

	return rc ? failed(f, rc, "could not read what was fetched", r->path) : AC_OK;
}

enum ac_err
ac_repo_reopen(struct ac_repo *r, struct ac_fault *f)
{
	git_repository *git = NULL;
	git_odb *odb = NULL;
	int rc = git_repository_open_ext(&git, r->path, GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE, NULL);

	if (!rc)
		rc = git_repository_odb(&odb, git);
	if (rc) {
		git_repository_free(git);
		return failed(f, rc, "could not open the repository", r->path);
	}
	git_odb_free(r->odb);
	git_repository_free(r->git);
	r->git = git;
	r->odb = odb;
	return AC_OK;
}

static enum ac_err
write_object(struct ac_oid *out, struct ac_repo *r, const void *p, size_t n, git_object_t type,
	struct ac_fault *f)
{
	git_oid oid;
	int rc = git_odb_hash(&oid, p, n, type);

	if (rc)
		return failed(f, rc, "could not write", r->path);
	memcpy(out->id, oid.id, 20);
	if (git_odb_exists_ext(r->odb, &oid, GIT_ODB_LOOKUP_NO_REFRESH) == 1)
		return AC_OK;
	return ac_loose_write(r->objects, out, git_object_type2string(type), p, n, f);
}

static enum ac_err
commit_text(struct ac_buf *out, const struct ac_oid *tree, const struct ac_oid *parent)
{
	char hex[41];
	enum ac_err err;

	ac_crypto_hex(hex, tree->id, 20);
	if ((err = ac_buf_addf(out, "tree %s\n", hex)))
		return err;
	if (parent) {
		ac_crypto_hex(hex, parent->id, 20);
		if ((err = ac_buf_addf(out, "parent %s\n", hex)))
			return err;
	}
	return ac_buf_addf(out, "author " PERSON "\ncommitter " PERSON "\n\n");
}

static enum ac_err
tree_entry(struct ac_buf *out, size_t i, const struct ac_oid *blob)
{
	enum ac_err err = ac_buf_addf(out, "100644 %04zx", i);

	if (!err)
		err = ac_buf_add(out, "", 1);
	return err ? err : ac_buf_add(out, blob->id, 20);
}

enum ac_err
ac_repo_write(struct ac_oid *out, struct ac_repo *r, const struct ac_oid *parent,
	const struct ac_buf *segments, size_t n, struct ac_fault *f)
{
	struct ac_buf tree = { 0 }, commit = { 0 };
	struct ac_oid id;
	enum ac_err err = AC_OK;
	size_t i;

	if (!n || n > AC_BATCH_MAX)
		return ac_fault(f, AC_ELIMIT, "a batch of %zu segments cannot be written", n);
	for (i = 0; i < n; i++) {
		if ((err = write_object(&id, r, segments[i].p, segments[i].len, GIT_OBJECT_BLOB, f))
		    || (err = tree_entry(&tree, i, &id)))
			goto out;
	}
	if ((err = write_object(&id, r, tree.p, tree.len, GIT_OBJECT_TREE, f))
	    || (err = commit_text(&commit, &id, parent)))
		goto out;
	err = write_object(out, r, commit.p, commit.len, GIT_OBJECT_COMMIT, f);
out:
	ac_buf_free(&tree);
	ac_buf_free(&commit);
	return err;
}

static enum ac_err
odd(struct ac_fault *f)
{
	return ac_fault(f, AC_ECORRUPT, "a commit is not what segments determine");
}

static enum ac_err
cut_short(struct ac_fault *f)
{
	return ac_fault(f, AC_ECORRUPT, "an object is damaged: its file is cut short");
}

static enum ac_err
read_object(git_odb_object **out, struct ac_repo *r, const struct ac_oid *id, git_object_t type,
	struct ac_fault *f)
{
	git_oid oid;
	int rc;

	if (ac_loose_short(r->objects, id))
		return cut_short(f);
	memcpy(oid.id, id->id, 20);
	rc = git_odb_read(out, r->odb, &oid);
	if (rc)
		return failed(f, rc, "could not read", r->path);
	if (git_odb_object_type(*out) != type) {
		git_odb_object_free(*out);
		*out = NULL;
		return odd(f);
	}
	return AC_OK;
}

static bool
oid_at(struct ac_oid *out, const char *p, size_t n, size_t at)
{
	return n >= at + 40 && ac_crypto_unhex(out->id, 20, p + at);
}

static enum ac_err
read_tree(struct ac_batch *out, struct ac_repo *r, const struct ac_oid *tree, struct ac_fault *f)
{
	git_odb_object *o = NULL;
	const unsigned char *p;
	enum ac_err err = AC_OK;
	char name[32];
	size_t n, i;

	if ((err = read_object(&o, r, tree, GIT_OBJECT_TREE, f)))
		return err;
	p = git_odb_object_data(o);
	n = git_odb_object_size(o);
	/* every entry is "100644 xxxx", a NUL, 20 bytes */
	if (!n || n % 32 || n / 32 > AC_BATCH_MAX) {
		err = odd(f);
		goto out;
	}
	for (i = 0; i < n / 32; i++, p += 32) {
		snprintf(name, sizeof name, "100644 %04zx", i);
		if (memcmp(p, name, 12)) {
			err = odd(f);
			goto out;
		}
		memcpy(out->blobs[i].id, p + 12, 20);
	}
	out->n = n / 32;
out:
	git_odb_object_free(o);
	return err;
}

enum ac_err
ac_repo_read(struct ac_batch *out, struct ac_repo *r, const struct ac_oid *commit, struct ac_fault *f)
{
	struct ac_buf again = { 0 };
	git_odb_object *o = NULL;
	struct ac_oid tree;
	const char *p;
	enum ac_err err;
	size_t n;

	if ((err = read_object(&o, r, commit, GIT_OBJECT_COMMIT, f)))
		return err;
	p = git_odb_object_data(o);
	n = git_odb_object_size(o);
	out->has_parent = n > 54 && !memcmp(p + 46, "parent ", 7);
	if (!oid_at(&tree, p, n, 5) || (out->has_parent && !oid_at(&out->parent, p, n, 53))) {
		err = odd(f);
		goto out;
	}
	if ((err = commit_text(&again, &tree, out->has_parent ? &out->parent : NULL)))
		goto out;
	if (again.len != n || memcmp(again.p, p, n)) {
		err = odd(f);
		goto out;
	}
	err = read_tree(out, r, &tree, f);
out:
	ac_buf_free(&again);
	git_odb_object_free(o);
	return err;
}

enum ac_err
ac_repo_parent(struct ac_oid *out, struct ac_repo *r, const struct ac_oid *commit)
{
	git_odb_object *o = NULL;
	enum ac_err err = AC_ENOTFOUND;
	const char *p;

	if (read_object(&o, r, commit, GIT_OBJECT_COMMIT, NULL))
		return AC_ENOTFOUND;
	p = git_odb_object_data(o);
	if (git_odb_object_size(o) > 93 && !memcmp(p + 46, "parent ", 7) && ac_crypto_unhex(out->id, 20, p + 53))
		err = AC_OK;
	git_odb_object_free(o);
	return err;
}

enum ac_err
ac_repo_blob(struct ac_buf *out, struct ac_repo *r, const struct ac_oid *id, size_t max, struct ac_fault *f)
{
	git_odb_object *o = NULL;
	git_object_t type;
	git_oid oid;
	enum ac_err err;
	size_t n;
	int rc;

	if (ac_loose_short(r->objects, id))
		return cut_short(f);
	memcpy(oid.id, id->id, 20);
	rc = git_odb_read_header(&n, &type, r->odb, &oid);
	if (rc)
		return failed(f, rc, "could not read", r->path);
	if (n > max)
		return ac_fault(f, AC_ELIMIT, "a segment of %zu bytes is over the ceiling", n);
	if ((err = read_object(&o, r, id, GIT_OBJECT_BLOB, f)))
		return err;
	err = ac_buf_add(out, git_odb_object_data(o), git_odb_object_size(o));
	git_odb_object_free(o);
	return err;
}

bool
ac_repo_fits(struct ac_repo *r, const struct ac_oid *id, size_t max)
{
	git_object_t type;
	git_oid oid;
	size_t n;

	memcpy(oid.id, id->id, 20);
	return !ac_loose_short(r->objects, id) && !git_odb_read_header(&n, &type, r->odb, &oid) && type == GIT_OBJECT_BLOB
	    && n <= max;
}

bool
ac_repo_has(struct ac_repo *r, const struct ac_oid *id)
{
	git_oid oid;

	memcpy(oid.id, id->id, 20);
	return git_odb_exists(r->odb, &oid) == 1;
}

void
ac_repo_ref_name(char out[static 80], const unsigned char space[static 8],
	const unsigned char branch[static 16])
{
	char s[17], b[33];

	ac_crypto_hex(s, space, 8);
	ac_crypto_hex(b, branch, 16);
	snprintf(out, 80, "refs/heads/%s/%s", s, b);
}

bool
ac_repo_ref_parse(unsigned char space[static 8], unsigned char branch[static 16], const char *name)
{
	return strlen(name) == 11 + 16 + 1 + 32 && !memcmp(name, "refs/heads/", 11) && name[27] == '/'
	    && ac_crypto_unhex(space, 8, name + 11) && ac_crypto_unhex(branch, 16, name + 28);
}

enum ac_err
ac_repo_ref_get(struct ac_oid *out, struct ac_repo *r, const char *name, struct ac_fault *f)
{
	git_oid oid;
	int rc = git_reference_name_to_id(&oid, r->git, name);

	if (rc)
		return failed(f, rc, "could not read a branch", r->path);
	memcpy(out->id, oid.id, 20);
	return AC_OK;
}

enum ac_err
ac_repo_ref_set(struct ac_repo *r, const char *name, const struct ac_oid *to, const struct ac_oid *old,
	struct ac_fault *f)
{
	git_reference *ref = NULL;
	git_oid o, was;
	int rc;

	memcpy(o.id, to->id, 20);
	if (old) {
		memcpy(was.id, old->id, 20);
		rc = git_reference_create_matching(&ref, r->git, name, &o, 1, &was, NULL);
	} else
		rc = git_reference_create(&ref, r->git, name, &o, 0, NULL);
	git_reference_free(ref);
	return rc ? failed(f, rc, "could not move a branch", r->path) : AC_OK;
}

enum ac_err
ac_repo_ref_delete(struct ac_repo *r, const char *name, struct ac_fault *f)
{
	int rc = git_reference_remove(r->git, name);

	return rc ? failed(f, rc, "could not remove a branch", r->path) : AC_OK;
}

enum ac_err
ac_repo_ref_drop(struct ac_repo *r, const char *name, const struct ac_oid *was, struct ac_fault *f)
{
	git_reference *ref = NULL;
	enum ac_err err = AC_OK;
	int rc;

	if ((rc = git_reference_lookup(&ref, r->git, name)))
		return rc == GIT_ENOTFOUND ? AC_OK : failed(f, rc, "could not read a branch", r->path);
	if (!git_reference_target(ref) || memcmp(git_reference_target(ref)->id, was->id, 20))
		err = AC_EBUSY;
	else if ((rc = git_reference_delete(ref))) /* compares once more, under its lock */
		err = rc == GIT_EMODIFIED || rc == GIT_ELOCKED ? AC_EBUSY : failed(f, rc, "could not remove a branch", r->path);
	git_reference_free(ref);
	return err;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

enum ac_err
ac_repo_refs(struct ac_repo *r, const char *prefix,
	enum ac_err (*each)(void *ctx, const char *name, const struct ac_oid *at, struct ac_fault *f),
	void *ctx, struct ac_fault *f)
{
	git_strarray names = { 0 };
	struct ac_oid at;
	enum ac_err err = AC_OK;
	size_t i;
	int rc = git_reference_list(&names, r->git);

	if (rc)
		return failed(f, rc, "could not list the branches", r->path);
	qsort(names.strings, names.count, sizeof *names.strings, by_name);
	for (i = 0; i < names.count && !err; i++) {
		if (strncmp(names.strings[i], prefix, strlen(prefix)))
			continue;
		err = ac_repo_ref_get(&at, r, names.strings[i], f);
		if (err == AC_ENOTFOUND) /* removed since it was listed */
			err = ac_fault_past(f);
		else if (!err)
			err = each(ctx, names.strings[i], &at, f);
	}
	git_strarray_dispose(&names);
	return err;
}

static int
unlock_one(const char *path, const struct stat *st, int type, struct FTW *w)
{
	size_t n = strlen(path);

	(void)st;
	(void)w;
	if (type == FTW_F && n > 5 && !strcmp(path + n - 5, ".lock"))
		unlink(path);
	return 0;
}

/* Half-written objects and packs, by the names that libgit2 gives them. */
static void
remove_begun(const char *folder, const char *prefix)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (!strncmp(e->d_name, prefix, strlen(prefix)))
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}

void
ac_repo_unlock_stale(struct ac_repo *r)
{
	char path[4200];

	snprintf(path, sizeof path, "%s/objects", r->path);
	remove_begun(path, "tmp_object_git2_");
	snprintf(path, sizeof path, "%s/objects/pack", r->path);
	remove_begun(path, "pack_git2_");

	snprintf(path, sizeof path, "%s/refs", r->path);
	nftw(path, unlock_one, 16, FTW_PHYS);
	snprintf(path, sizeof path, "%s/packed-refs.lock", r->path);
	unlink(path);
}

#define LOOSE_MAX 24  /* more objects than this go into a pack */

struct copying {
	struct ac_repo *r;
	git_odb *to;
	git_packbuilder *pb;
	uint64_t *bytes;
	struct ac_fault *f;
};

static enum ac_err
copy_object(struct copying *c, const struct ac_oid *id)
{
	git_odb_object *o = NULL;
	git_oid oid, wrote;
	int rc;

	memcpy(oid.id, id->id, 20);
	if (c->pb) {
		rc = git_packbuilder_insert(c->pb, &oid, NULL);
		return rc ? failed(c->f, rc, "could not pack", c->r->path) : AC_OK;
	}
	if ((rc = git_odb_read(&o, c->r->odb, &oid)))
		return failed(c->f, rc, "could not read", c->r->path);
	*c->bytes += git_odb_object_size(o);
	rc = git_odb_write(&wrote, c->to, git_odb_object_data(o), git_odb_object_size(o), git_odb_object_type(o));
	git_odb_object_free(o);
	return rc ? failed(c->f, rc, "could not write a copy of", c->r->path) : AC_OK;
}

/* blobs and tree before the commit that needs them */
static enum ac_err
copy_commit(struct copying *c, struct ac_batch *b, const struct ac_oid *commit)
{
	git_odb_object *o = NULL;
	struct ac_oid tree;
	enum ac_err err;
	size_t i;
	bool ok;

	if ((err = ac_repo_read(b, c->r, commit, c->f)))
		return err;
	for (i = 0; i < b->n && !err; i++)
		err = copy_object(c, &b->blobs[i]);
	if (err || (err = read_object(&o, c->r, commit, GIT_OBJECT_COMMIT, c->f)))
		return err;
	ok = oid_at(&tree, git_odb_object_data(o), git_odb_object_size(o), 5);
	git_odb_object_free(o);
	if (!ok)
		return odd(c->f);
	if ((err = copy_object(c, &tree)))
		return err;
	return copy_object(c, commit);
}

static int
count_bytes(void *buf, size_t n, void *ctx)
{
	(void)buf;
	*(uint64_t *)ctx += n;
	return 0;
}

static enum ac_err
write_pack(struct copying *c, const char *objects)
{
	char path[4200];
	int rc;

	snprintf(path, sizeof path, "%s/pack", objects);
	rc = git_packbuilder_write(c->pb, path, 0444, NULL, NULL);
	if (!rc)
		rc = git_packbuilder_foreach(c->pb, count_bytes, c->bytes);
	return rc ? failed(c->f, rc, "could not write a pack into", objects) : AC_OK;
}

enum ac_err
ac_repo_copy(struct ac_repo *r, const char *objects, const struct ac_oid *commits, size_t n, uint64_t *bytes,
	struct ac_fault *f)
{
	struct copying c = { .r = r, .bytes = bytes, .f = f };
	struct ac_batch *b = malloc(sizeof *b);
	size_t i, count = 0;
	enum ac_err err = b ? AC_OK : AC_ENOMEM;
	int rc = 0;

	for (i = 0; i < n && !err && count <= LOOSE_MAX; i++)
		if (!(err = ac_repo_read(b, r, &commits[i], f)))
			count += b->n + 2;
	if (err)
		goto out;
	if (count > LOOSE_MAX)
		rc = git_packbuilder_new(&c.pb, r->git);
	else
		rc = git_odb_open(&c.to, objects);
	if (rc) {
		err = failed(f, rc, "could not write into", objects);
		goto out;
	}
	for (i = n; i-- > 0 && !err;) /* oldest first */
		err = copy_commit(&c, b, &commits[i]);
	if (!err && c.pb)
		err = write_pack(&c, objects);
out:
	git_packbuilder_free(c.pb);
	git_odb_free(c.to);
	free(b);
	return err;
}
