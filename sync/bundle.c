/* SPDX-License-Identifier: ISC */
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/crypto.h"
#include "sync/bundle.h"

static const char magic[] = "# v2 git bundle\n";

/* libgit2 keeps one last error per thread: it is copied here, at once. */
static enum ac_err
failed(struct ac_fault *f, enum ac_err err, const char *what)
{
	const git_error *e = git_error_last();

	return ac_fault(f, err, "%s: %s", ac_words(what), e && e->message ? e->message : ac_words("unknown failure"));
}

void
ac_bundle_refs_free(struct ac_bundle_refs *l)
{
	free(l->ref);
	memset(l, 0, sizeof *l);
}

static enum ac_err
add(void *ctx, const char *name, const struct ac_oid *at, struct ac_fault *f)
{
	struct ac_bundle_refs *l = ctx;
	unsigned char space[8], branch[16];
	struct ac_bundle_ref *more;

	if (!ac_repo_ref_parse(space, branch, name))
		return AC_OK;
	if (l->n == AC_BUNDLE_REFS)
		return ac_fault(f, AC_ELIMIT, "a bundle has too many branches");
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 16;
		if (!(more = realloc(l->ref, l->cap * sizeof *more)))
			return AC_ENOMEM;
		l->ref = more;
	}
	snprintf(l->ref[l->n].name, sizeof l->ref->name, "%s", name);
	l->ref[l->n++].at = *at;
	return AC_OK;
}

enum ac_err
ac_bundle_refs_add(struct ac_bundle_refs *l, struct ac_repo *r, const unsigned char space[static 8], struct ac_fault *f)
{
	char prefix[32], hex[17];

	ac_crypto_hex(hex, space, 8);
	snprintf(prefix, sizeof prefix, "refs/heads/%s/", hex);
	return ac_repo_refs(r, prefix, add, l, f);
}

/* ------------------------------------------------------------------- writing */

struct out {
	const struct ac_sink *to;
	struct ac_fault *f;
	enum ac_err err;
};

static int
pack_bytes(void *p, size_t n, void *ctx)
{
	struct out *o = ctx;

	o->err = o->to->write(o->to->ctx, p, n, o->f);
	return o->err ? -1 : 0;
}

static enum ac_err
header(const struct ac_sink *to, const struct ac_bundle_refs *l, struct ac_fault *f)
{
	struct ac_buf b = { 0 };
	char hex[41];
	enum ac_err err;
	size_t i;

	err = ac_buf_add(&b, magic, sizeof magic - 1);
	for (i = 0; i < l->n && !err; i++) {
		ac_crypto_hex(hex, l->ref[i].at.id, 20);
		err = ac_buf_addf(&b, "%s %s\n", hex, l->ref[i].name);
	}
	if (!err)
		err = ac_buf_add(&b, "\n", 1);
	if (!err)
		err = to->write(to->ctx, b.p, b.len, f);
	ac_buf_free(&b);
	return err;
}

static int
gather(git_packbuilder *pb, git_repository *git, const struct ac_bundle_refs *l)
{
	git_revwalk *walk = NULL;
	git_oid oid;
	size_t i;
	int rc = git_revwalk_new(&walk, git);

	for (i = 0; i < l->n && !rc; i++) {
		memcpy(oid.id, l->ref[i].at.id, 20);
		rc = git_revwalk_push(walk, &oid);
	}
	if (!rc)
		rc = git_packbuilder_insert_walk(pb, walk);
	git_revwalk_free(walk);
	return rc;
}

enum ac_err
ac_bundle_write(const struct ac_sink *to, struct ac_repo *r, const struct ac_bundle_refs *l, struct ac_fault *f)
{
	struct out o = { to, f, AC_OK };
	git_packbuilder *pb = NULL;
	enum ac_err err;
	int rc;

	if (!l->n)
		return ac_fault(f, AC_ENOTFOUND, "there is no chain to put into a bundle");
	rc = git_packbuilder_new(&pb, ac_repo_git(r));
	if (!rc) {
		git_packbuilder_set_threads(pb, 1);
		rc = gather(pb, ac_repo_git(r), l);
	}
	if (rc) {
		err = failed(f, AC_ECORRUPT, "the chains could not be gathered; run verify");
		goto out;
	}
	if ((err = header(to, l, f)))
		goto out;
	if (git_packbuilder_foreach(pb, pack_bytes, &o))
		err = o.err ? o.err : failed(f, AC_ECORRUPT, "the chains could not be packed; run verify");
out:
	git_packbuilder_free(pb);
	return err;
}

/* ------------------------------------------------------------------- reading */

static enum ac_err
not_one(struct ac_fault *f)
{
	return ac_fault(f, AC_EINVAL, "the chains of the backup are no git bundle of this program's");
}

/* A line without its end; a byte at a time, for nothing behind it may be taken. */
static enum ac_err
line(char *out, size_t max, const struct ac_source *from, struct ac_fault *f)
{
	enum ac_err err;
	size_t at, n;

	for (at = 0; at < max; at++) {
		n = 1;
		if ((err = from->read(from->ctx, out + at, &n, f)))
			return err;
		if (!n)
			return not_one(f);
		if (out[at] == '\n') {
			out[at] = 0;
			return AC_OK;
		}
	}
	return not_one(f);
}

static enum ac_err
read_header(struct ac_bundle_refs *l, const struct ac_source *from, struct ac_fault *f)
{
	unsigned char space[8], branch[16];
	struct ac_oid at;
	char text[160];
	enum ac_err err;

	if ((err = line(text, sizeof text, from, f)))
		return err;
	if (!strncmp(text, "# v", 3) && strstr(text, " git bundle") && strncmp(text, magic, sizeof magic - 2))
		return ac_fault(f, AC_EVERSION, "the chains stand in a git bundle of version %.8s; get a version of aftercare that reads"
			" it (this one reads 2)", text + 3);
	if (strncmp(text, magic, sizeof magic - 2) || text[sizeof magic - 2])
		return not_one(f);
	while (!(err = line(text, sizeof text, from, f)) && text[0]) {
		if (strlen(text) < 42 || text[40] != ' ' || !ac_crypto_unhex(at.id, 20, text)
		    || !ac_repo_ref_parse(space, branch, text + 41))
			return not_one(f);
		if ((err = add(l, text + 41, &at, f)))
			return err;
	}
	return err;
}

/* libgit2 met bytes that are no pack, or the system took no more of them. */
static enum ac_err
not_taken(struct ac_fault *f)
{
	const git_error *e = git_error_last();

	if (e && e->klass == GIT_ERROR_OS)
		return failed(f, AC_EIO, "the chains could not be written here");
	return failed(f, AC_ECORRUPT, "the pack of the bundle is damaged");
}

static enum ac_err
read_pack(git_odb_writepack *wp, const struct ac_source *from, struct ac_fault *f)
{
	git_indexer_progress stats = { 0 };
	unsigned char *p = malloc(1 << 16);
	enum ac_err err = p ? AC_OK : AC_ENOMEM;
	size_t n;

	while (!err) {
		n = 1 << 16;
		if ((err = from->read(from->ctx, p, &n, f)) || !n)
			break;
		if (wp->append(wp, p, n, &stats))
			err = not_taken(f);
	}
	if (!err && wp->commit(wp, &stats))
		err = not_taken(f);
	free(p);
	return err;
}

enum ac_err
ac_bundle_read(struct ac_bundle_refs *l, struct ac_repo *r, const struct ac_source *from, struct ac_fault *f)
{
	git_odb_writepack *wp = NULL;
	git_odb *odb = NULL;
	enum ac_err err;

	if ((err = read_header(l, from, f)))
		return err;
	if (git_repository_odb(&odb, ac_repo_git(r)) || git_odb_write_pack(&wp, odb, NULL, NULL)) {
		err = failed(f, AC_EIO, "the chains could not be taken in");
		goto out;
	}
	err = read_pack(wp, from, f);
out:
	if (wp)
		wp->free(wp);
	git_odb_free(odb);
	return err;
}
