/* SPDX-License-Identifier: ISC */
/*
 * Method: small loose objects become one pack, when there are many that no pack has. The
 * pack is written, synced and read back; then each loose object that a pack has goes. So
 * every object is readable at every moment, and whoever dies in between leaves some of
 * them twice, which the next run mends. Nothing is ever dropped for being referenced by
 * nobody: somebody may be about to.
 *
 * A home's lock keeps its writers out, and libgit2 looks for new packs when a reader
 * misses an object. A hub has no lock, and others may see a shared folder's changes late
 * or in another order: there a loose object goes only when its pack is old, and neither
 * packs nor folders go. Large objects (chunks of attachments) stay as they are: they are
 * few, and writing them again costs more than their files.
 */
#include <dirent.h>
#include <fcntl.h>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/faults.h"
#include "store/loose.h"

#define LARGE      ((off_t)512 << 10)  /* an object's file from here on stays loose */
#define PACK_SMALL ((off_t)1 << 20)    /* packs up to this are put together, */
#define PACKS_MANY 24                  /* when there are so many */
#define NAME       64                  /* of a pack, without its ending: pack-<40 hex> */

struct pack {
	char name[NAME];
	bool small, old;
};
struct repack {
	struct ac_repo *r;
	const char *objects;
	unsigned grace;
	git_odb *all, *packed, *safe; /* every object; in packs; in packs that are old enough */
	git_repository *git;          /* over `all`, with the home's settings */
	git_packbuilder *pb;
	git_oid *loose; size_t n, cap;
	struct pack *packs; size_t npacks, capp;
	bool merging;                 /* small packs too */
	char made[NAME];              /* the new pack */
	struct ac_fault *f;
};

static enum ac_err
failed(struct repack *w, const char *what)
{
	const git_error *e = git_error_last();

	return ac_fault(w->f, AC_EIO, "%s in %s: %s", ac_words(what), w->objects, e && e->message ? e->message : ac_words("unknown failure"));
}

static bool
has(git_odb *odb, const git_oid *id)
{
	return git_odb_exists_ext(odb, id, GIT_ODB_LOOKUP_NO_REFRESH) == 1;
}

/* ------------------------------------------------------------------ what is there */

static enum ac_err
add_loose(struct repack *w, const char *folder, DIR *d)
{
	struct dirent *e;
	struct stat st;
	char hex[41];
	git_oid *more;

	while ((e = readdir(d))) {
		if (strlen(e->d_name) != 38 || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode)
		    || st.st_size >= LARGE)
			continue;
		snprintf(hex, sizeof hex, "%.2s%.38s", folder, e->d_name);
		if (w->n == w->cap) {
			w->cap = w->cap ? 2 * w->cap : 4096;
			if (!(more = realloc(w->loose, w->cap * sizeof *more)))
				return AC_ENOMEM;
			w->loose = more;
		}
		if (!git_oid_fromstr(&w->loose[w->n], hex))
			w->n++;
	}
	return AC_OK;
}

static enum ac_err
list_loose(struct repack *w)
{
	enum ac_err err = AC_OK;
	char path[4200], two[8];
	unsigned i;
	DIR *d;

	for (i = 0; i < 256 && !err; i++) {
		snprintf(two, sizeof two, "%02x", i);
		snprintf(path, sizeof path, "%.4100s/%s", w->objects, two);
		if (!(d = opendir(path)))
			continue;
		err = add_loose(w, two, d);
		closedir(d);
	}
	return err;
}

/* The time of a folder is that of who keeps it, and not ours. */
static time_t
folder_time(const char *dir)
{
	char path[4300];
	struct stat st = { 0 };
	int fd;

	snprintf(path, sizeof path, "%.4200s/tmp_time_XXXXXX", dir);
	if ((fd = mkostemp(path, O_CLOEXEC)) < 0)
		return 0;
	if (fstat(fd, &st))
		st.st_mtime = 0;
	close(fd);
	unlink(path);
	return st.st_mtime;
}

static enum ac_err
list_packs(struct repack *w)
{
	char path[4300], dir[4200];
	struct pack *more;
	struct dirent *e;
	struct stat st;
	time_t now = 0;
	DIR *d;
	size_t len;

	snprintf(dir, sizeof dir, "%.4100s/pack", w->objects);
	if (w->grace)
		now = folder_time(dir);
	if (!(d = opendir(dir)))
		return AC_OK;
	while ((e = readdir(d))) {
		len = strlen(e->d_name);
		if (len < 10 || len - 4 >= NAME || strcmp(e->d_name + len - 4, ".idx"))
			continue;
		snprintf(path, sizeof path, "%s/%.*s.pack", dir, (int)len - 4, e->d_name);
		if (stat(path, &st))
			continue;
		if (w->npacks == w->capp) {
			w->capp = w->capp ? 2 * w->capp : 64;
			if (!(more = realloc(w->packs, w->capp * sizeof *more))) {
				closedir(d);
				return AC_ENOMEM;
			}
			w->packs = more;
		}
		w->packs[w->npacks].small = st.st_size < PACK_SMALL;
		w->packs[w->npacks].old = !w->grace || (now && st.st_mtime + (time_t)w->grace < now);
		snprintf(w->packs[w->npacks++].name, NAME, "%.*s", (int)len - 4, e->d_name);
	}
	closedir(d);
	return AC_OK;
}

/* An object database of one pack, or of all that are old enough. */
static int
add_pack(git_odb *odb, const struct repack *w, const char *name)
{
	git_odb_backend *b = NULL;
	char path[4300];
	int rc;

	snprintf(path, sizeof path, "%.4100s/pack/%s.idx", w->objects, name);
	if (!(rc = git_odb_backend_one_pack(&b, path)))
		rc = git_odb_add_backend(odb, b, 1);
	return rc;
}

static enum ac_err
open_all(struct repack *w)
{
	git_odb_backend *loose = NULL, *pack = NULL, *again = NULL;
	git_config *c = NULL;
	char path[4300];
	int rc;

	snprintf(path, sizeof path, "%.4200s/config", ac_repo_path(w->r));
	rc = git_odb_new(&w->all);
	if (!rc)
		rc = git_odb_new(&w->packed);
	if (!rc)
		rc = git_odb_backend_loose(&loose, w->objects, 0, 1, 0, 0);
	if (!rc)
		rc = git_odb_backend_pack(&pack, w->objects);
	if (!rc)
		rc = git_odb_backend_pack(&again, w->objects);
	if (!rc && !(rc = git_odb_add_backend(w->all, loose, 1)))
		rc = git_odb_add_backend(w->all, pack, 2);
	if (!rc)
		rc = git_odb_add_backend(w->packed, again, 1);
	if (!rc)
		rc = git_repository_wrap_odb(&w->git, w->all);
	/* without these settings the builder searches sealed bytes for deltas */
	if (!rc && !(rc = git_config_open_ondisk(&c, path)))
		rc = git_repository_set_config(w->git, c);
	git_config_free(c);
	if (!rc)
		rc = git_packbuilder_new(&w->pb, w->git);
	if (rc)
		return failed(w, "the objects could not be opened");
	git_packbuilder_set_threads(w->pb, 1);
	return AC_OK;
}

static enum ac_err
open_safe(struct repack *w)
{
	size_t i;

	if (git_odb_new(&w->safe))
		return failed(w, "the packs could not be opened");
	for (i = 0; i < w->npacks; i++)
		if (w->packs[i].old && add_pack(w->safe, w, w->packs[i].name))
			return failed(w, "a pack could not be opened");
	return AC_OK;
}

/* ------------------------------------------------------------------------- packing */

/* One that cannot be read, or is not what its name says, stays where it is for verify. */
static enum ac_err
insert(struct repack *w, const git_oid *id)
{
	git_odb_object *o = NULL;
	struct ac_oid name;
	bool sound;

	memcpy(name.id, id->id, 20);
	sound = !ac_loose_short(w->objects, &name) && !git_odb_read(&o, w->all, id);

	git_odb_object_free(o);
	return sound && git_packbuilder_insert(w->pb, id, NULL) ? failed(w, "an object could not be packed") : AC_OK;
}

static int
insert_packed(const git_oid *id, void *ctx)
{
	struct repack *w = ctx;

	return git_packbuilder_insert(w->pb, id, NULL);
}

/* A pack that is damaged stays: what was taken of it is taken twice. */
static enum ac_err
insert_packs(struct repack *w)
{
	git_odb *one = NULL;
	enum ac_err err = AC_OK;
	size_t i;

	for (i = 0; i < w->npacks && !err; i++) {
		if (!w->packs[i].small)
			continue;
		if (git_odb_new(&one) || add_pack(one, w, w->packs[i].name))
			w->packs[i].small = false;
		else if (git_odb_foreach(one, insert_packed, w))
			err = failed(w, "a pack could not be read");
		git_odb_free(one);
		one = NULL;
	}
	return err;
}

static void
sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

static int
read_one(const git_oid *id, void *ctx)
{
	git_odb_object *o = NULL;
	int rc = git_odb_read(&o, ctx, id);

	git_odb_object_free(o);
	return rc;
}

/* Written, synced, and every object of it read back: only then does it count. */
static enum ac_err
write_pack(struct repack *w)
{
	git_odb *made = NULL;
	enum ac_err err = AC_OK;
	char path[4200];

	snprintf(path, sizeof path, "%.4100s/pack", w->objects);
	mkdir(path, 0777);
	if (git_packbuilder_write(w->pb, path, 0444, NULL, NULL))
		return failed(w, "a pack could not be written");
	snprintf(w->made, NAME, "pack-%.50s", git_packbuilder_name(w->pb));
	ac_faults_die("repack-written");
	sync_folder(path);
	if (git_odb_new(&made) || add_pack(made, w, w->made) || git_odb_foreach(made, read_one, made))
		err = failed(w, "a pack does not read back");
	else if (!w->grace && add_pack(w->safe, w, w->made))
		err = failed(w, "a pack could not be opened");
	git_odb_free(made);
	return err;
}

/* ------------------------------------------------------------------------ removing */

static void
remove_loose(struct repack *w)
{
	struct ac_oid name;
	char path[4300];
	size_t i, gone = 0;

	for (i = 0; i < w->n; i++) {
		if (!has(w->safe, &w->loose[i]))
			continue;
		memcpy(name.id, w->loose[i].id, 20);
		ac_loose_path(path, w->objects, &name);
		unlink(path);
		if (++gone == w->n / 2)
			ac_faults_die("repack-removing");
	}
}

static void
remove_packs(struct repack *w)
{
	static const char *const ends[] = { "pack", "idx" };
	char path[4300];
	size_t i, k;

	for (i = 0; i < w->npacks; i++)
		for (k = 0; k < 2 && w->packs[i].small && strcmp(w->packs[i].name, w->made) != 0; k++) {
			snprintf(path, sizeof path, "%.4100s/pack/%s.%s", w->objects, w->packs[i].name, ends[k]);
			unlink(path);
		}
}

/* Half of a pack, which a process that died left: nobody can use it. */
static void
remove_halves(const struct repack *w)
{
	char path[4300], other[4300];
	struct dirent *e;
	DIR *d;
	size_t len;

	snprintf(path, sizeof path, "%.4100s/pack", w->objects);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		len = strlen(e->d_name);
		if (strncmp(e->d_name, "pack-", 5) || len < 10)
			continue;
		if (!strcmp(e->d_name + len - 4, ".idx"))
			snprintf(other, sizeof other, "%.*s.pack", (int)len - 4, e->d_name);
		else if (!strcmp(e->d_name + len - 5, ".pack"))
			snprintf(other, sizeof other, "%.*s.idx", (int)len - 5, e->d_name);
		else
			continue;
		if (faccessat(dirfd(d), other, F_OK, 0))
			unlinkat(dirfd(d), e->d_name, 0);
	}
	if (d)
		closedir(d);
}

static void
remove_folders(const struct repack *w)
{
	char path[4200];
	unsigned i;

	for (i = 0; i < 256; i++) {
		snprintf(path, sizeof path, "%.4100s/%02x", w->objects, i);
		rmdir(path); /* fails where something is in it */
	}
}

/* ----------------------------------------------------------------------------- all */

static enum ac_err
gather(struct repack *w, size_t many)
{
	size_t i, fresh = 0, small = 0;
	enum ac_err err = AC_OK;

	for (i = 0; i < w->npacks; i++)
		small += w->packs[i].small;
	w->merging = !w->grace && small >= PACKS_MANY;
	for (i = 0; i < w->n; i++)
		fresh += !has(w->packed, &w->loose[i]);
	if (fresh < many && !w->merging)
		return AC_OK;
	for (i = 0; i < w->n && !err; i++)
		if (!has(w->packed, &w->loose[i]))
			err = insert(w, &w->loose[i]);
	return err || !w->merging ? err : insert_packs(w);
}

enum ac_err
ac_repo_repack(struct ac_repo *r, const char *objects, size_t many, unsigned grace, struct ac_fault *f)
{
	struct repack w = { .r = r, .objects = objects, .grace = grace, .f = f };
	enum ac_err err;

	if (!grace)
		remove_halves(&w);
	if ((err = list_loose(&w)) || (err = list_packs(&w)) || (err = open_all(&w)) || (err = open_safe(&w))
	    || (err = gather(&w, many)))
		goto out;
	if (git_packbuilder_object_count(w.pb) && (err = write_pack(&w)))
		goto out;
	remove_loose(&w);
	if (!grace) {
		if (w.made[0] && w.merging)
			remove_packs(&w);
		remove_folders(&w);
	}
out:
	git_packbuilder_free(w.pb);
	git_repository_free(w.git);
	git_odb_free(w.all);
	git_odb_free(w.packed);
	git_odb_free(w.safe);
	free(w.loose);
	free(w.packs);
	return err;
}

/* Four folders of the 256 stand for all: names are hashes. Small packs are counted. */
bool
ac_repo_crowded(const char *objects, size_t many)
{
	static const char *const some[] = { "11", "5a", "a3", "ee" };
	size_t n = 0, packs = 0, i, len;
	struct dirent *e;
	struct stat st;
	char path[4200];
	DIR *d;

	for (i = 0; i < sizeof some / sizeof *some; i++) {
		snprintf(path, sizeof path, "%.4100s/%s", objects, some[i]);
		d = opendir(path);
		while (d && (e = readdir(d)))
			n += strlen(e->d_name) == 38;
		if (d)
			closedir(d);
	}
	snprintf(path, sizeof path, "%.4100s/pack", objects);
	d = opendir(path);
	while (d && (e = readdir(d)))
		packs += (len = strlen(e->d_name)) > 5 && !strcmp(e->d_name + len - 5, ".pack")
		    && !fstatat(dirfd(d), e->d_name, &st, 0) && st.st_size < PACK_SMALL;
	if (d)
		closedir(d);
	return n * 64 > many || packs >= PACKS_MANY;
}
