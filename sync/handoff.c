/* SPDX-License-Identifier: ISC */
/*
 * Method: what says how large it is (a member of a tar does) is written twice where it must
 * be, first to count. A folder is made beside its place under another name and gets its own
 * when all in it is on the disk; so it is whole, or nowhere.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/file.h"
#include "store/home.h"
#include "sync/age.h"
#include "sync/sync.h"
#include "sync/tar.h"

/* A part's bytes; *n: how many. to NULL: only counts. */
static enum ac_err
part_bytes(uint64_t *n, struct ac_space *s, const struct ac_handoff_options *o, const struct ac_handoff_part *p,
	const struct ac_sink *to, struct ac_fault *f)
{
	struct ac_tar_counted c = { .to = to };
	struct ac_sink count = { ac_tar_count, &c };
	uint64_t resources, disputed;
	enum ac_err err;

	if (!p->write)
		err = ac_export_with(s, NULL, 0, NULL, AC_BUNDLE, o->choice, &count, &resources, &disputed, f);
	else
		err = p->write(p->ctx, &count, f);
	*n = c.n;
	return err;
}

static enum ac_err
changed(struct ac_fault *f)
{
	return ac_fault(f, AC_EBUSY, "the record changed while it was handed over; do it again");
}

/* --------------------------------------------------------------------- sealed */

static enum ac_err
put_part(const struct ac_sink *to, struct ac_space *s, const struct ac_handoff_options *o, const struct ac_handoff_part *p,
	struct ac_fault *f)
{
	char name[AC_TAR_NAME + 1];
	uint64_t size = p->size, n;
	enum ac_err err;

	if ((size_t)snprintf(name, sizeof name, "%s/%s", o->folder, p->name) >= AC_TAR_NAME)
		return ac_fault(f, AC_EUSAGE, "%s is too long a name", p->name);
	if ((!p->write && (err = part_bytes(&size, s, o, p, NULL, f)))
	    || (err = ac_tar_head(to, name, size, ac_clock_ms() / 1000, f)) || (err = part_bytes(&n, s, o, p, to, f)))
		return err;
	return n == size ? ac_tar_pad(to, size, f) : changed(f);
}

static enum ac_err
put_parts(const struct ac_sink *to, struct ac_space *s, const struct ac_handoff_options *o, struct ac_fault *f)
{
	enum ac_err err = AC_OK;
	size_t i;

	for (i = 0; i < o->nparts && !err; i++)
		err = put_part(to, s, o, &o->parts[i], f);
	return err ? err : ac_tar_end(to, f);
}

static enum ac_err
recipients(unsigned char *keys, size_t *n, const struct ac_handoff_options *o, struct ac_fault *f)
{
	unsigned char pk[32];
	enum ac_err err;
	size_t i, k;

	for (*n = i = 0; i < o->nto; i++) {
		if ((err = ac_age_recipient_parse(pk, o->to[i], f)))
			return err;
		for (k = 0; k < *n && memcmp(keys + k * 32, pk, 32); k++)
			;
		if (k == AC_MAX_AGE_RECIPIENTS)
			return ac_fault(f, AC_EUSAGE, "a file can be sealed to %u keys at most", AC_MAX_AGE_RECIPIENTS);
		memcpy(keys + k * 32, pk, 32);
		*n += k == *n;
	}
	return AC_OK;
}

static enum ac_err
sealed(struct ac_handoff_done *done, struct ac_space *s, const char *path, const struct ac_handoff_options *o, struct ac_fault *f)
{
	unsigned char keys[(AC_MAX_AGE_RECIPIENTS + 1) * 32];
	struct ac_age_recipients r = { .pass = o->passphrase, .npass = o->npassphrase };
	struct ac_age_seal *seal = NULL;
	struct ac_file_out *file = NULL;
	struct ac_tar_counted c = { 0 };
	struct ac_sink under, counting = { ac_tar_count, &c }, inner;
	enum ac_err err;

	if ((err = recipients(keys, &r.nkeys, o, f)) || (err = ac_file_out_new(&file, path, 0600, false, f)))
		return err;
	r.keys = r.nkeys ? keys : NULL;
	under = ac_file_out_sink(file);
	c.to = &under;
	if ((err = ac_age_seal_new(&seal, &r, &counting, f)))
		goto out;
	inner = ac_age_seal_sink(seal);
	if ((err = put_parts(&inner, s, o, f)) || (err = ac_age_seal_end(seal, f)) || (err = ac_file_out_commit(file, f)))
		goto out;
	*done = (struct ac_handoff_done){ c.n, o->passphrase ? 1 : r.nkeys };
out:
	ac_age_seal_free(seal);
	ac_file_out_free(file);
	return err;
}

/* ---------------------------------------------------------------------- plain */

static enum ac_err
refused(const char *path, struct ac_fault *f)
{
	int e = errno;

	if (e == EEXIST || e == ENOTEMPTY)
		return ac_fault(f, AC_EEXIST, "%s is there already, and nothing is replaced; name a new folder", path);
	return ac_fault(f, AC_EIO, "%s could not be made: %s", path, ac_words_error(e));
}

static enum ac_err
plain_part(uint64_t *bytes, struct ac_space *s, const char *dir, const struct ac_handoff_options *o,
	const struct ac_handoff_part *p, struct ac_fault *f)
{
	const char *slash = strchr(p->name, '/');
	struct ac_file_out *file = NULL;
	struct ac_sink to;
	char path[8192];
	uint64_t n;
	enum ac_err err;

	if (slash) {
		snprintf(path, sizeof path, "%s/%.*s", dir, (int)(slash - p->name), p->name);
		if (mkdir(path, 0700) && errno != EEXIST)
			return refused(path, f);
	}
	if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, p->name) >= sizeof path)
		return ac_fault(f, AC_EUSAGE, "%s is too long a name", p->name);
	if ((err = ac_file_out_new(&file, path, 0600, false, f)))
		return err;
	to = ac_file_out_sink(file);
	if (!(err = part_bytes(&n, s, o, p, &to, f)) && p->write && n != p->size)
		err = changed(f);
	if (!err)
		err = ac_file_out_commit(file, f);
	ac_file_out_free(file);
	*bytes += n;
	return err;
}

static bool
is_empty(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	bool empty = true;

	while (d && empty && (e = readdir(d)))
		empty = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..");
	if (d)
		closedir(d);
	return d && empty;
}

/* A new name, or that of an empty folder: rename takes no other. */
static enum ac_err
take_place(const char *tmp, const char *path, struct ac_fault *f)
{
	char up[4200];
	char *slash;
	int fd;

	if (rename(tmp, path))
		return refused(path, f);
	snprintf(up, sizeof up, "%s", path);
	slash = strrchr(up, '/');
	if (slash)
		slash[slash == up] = 0;
	if ((fd = open(slash ? up : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0) {
		(void)fsync(fd);
		close(fd);
	}
	return AC_OK;
}

static enum ac_err
plain(struct ac_handoff_done *done, struct ac_space *s, const char *path, const struct ac_handoff_options *o, struct ac_fault *f)
{
	char clean[4097], tmp[4112];
	size_t len = strlen(path), i;
	uint64_t bytes = 0;
	struct stat st;
	enum ac_err err = AC_OK;

	while (len > 1 && path[len - 1] == '/')
		len--;
	if (!len || len >= sizeof clean)
		return ac_fault(f, AC_EUSAGE, "that is no name for a folder");
	memcpy(clean, path, len);
	clean[len] = 0;
	if (!lstat(clean, &st) && (!S_ISDIR(st.st_mode) || !is_empty(clean))) {
		errno = EEXIST;
		return refused(clean, f);
	}
	snprintf(tmp, sizeof tmp, "%s.XXXXXX", clean);
	if (!mkdtemp(tmp))
		return refused(clean, f);
	for (i = 0; i < o->nparts && !err; i++)
		err = plain_part(&bytes, s, tmp, o, &o->parts[i], f);
	if (!err)
		err = take_place(tmp, clean, f);
	if (err)
		(void)!ac_file_remove_tree(tmp, NULL);
	else
		*done = (struct ac_handoff_done){ bytes, 0 };
	return err;
}

/* ----------------------------------------------------------------------- both */

enum ac_err
ac_recipient_check(const char *text, struct ac_fault *f)
{
	unsigned char pk[32];

	return ac_age_recipient_parse(pk, text, f);
}

enum ac_err
ac_handoff(struct ac_handoff_done *out, struct ac_space *s, const char *path, const struct ac_handoff_options *o,
	struct ac_fault *f)
{
	if (o->passphrase && o->nto)
		return ac_fault(f, AC_EUSAGE, "a file is sealed either to keys or to a passphrase; leave one of the two out");
	if (!strcmp(path, "-"))
		return ac_fault(f, AC_EUSAGE, "what is handed over needs a file or a folder of its own");
	return o->passphrase || o->nto ? sealed(out, s, path, o, f) : plain(out, s, path, o, f);
}
