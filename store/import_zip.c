/* SPDX-License-Identifier: ISC */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>

#include "store/import.h"

struct member { struct archive *zip; const char *path; };

static enum ac_err
read_member(void *ctx, void *p, size_t *n, struct ac_fault *f)
{
	struct member *m = ctx;
	la_ssize_t got = archive_read_data(m->zip, p, *n);

	if (got < 0)
		return ac_fault(f, AC_EINVAL, "the zip is damaged here: it cannot be unpacked; get it again");
	*n = (size_t)got;
	return AC_OK;
}

static enum ac_err
one(struct ac_import *im, const char *path, struct archive *zip, struct archive_entry *e, struct ac_fault *f)
{
	struct member m = { zip, path };
	struct ac_source from = { read_member, &m };
	const char *name = archive_entry_pathname_utf8(e);
	struct ac_import_input *in = NULL;
	struct ac_fault said = { 0 };
	char full[4096];
	enum ac_err err;

	if (archive_entry_filetype(e) != AE_IFREG)
		return AC_OK;
	if (!name || !ac_import_wanted(name)) {
		im->c->skipped++;
		return AC_OK;
	}
	snprintf(full, sizeof full, "%s/%s", path, name);
	err = ac_import_input_spool(&in, ac_home_path(im->s->home), &from, &said);
	if (!err)
		err = ac_import_file(im, full, in, f);
	else if (err == AC_EINVAL || err == AC_ELIMIT) {
		im->c->files++;
		ac_import_refuse(im, full, "", 0, 0, err, said.text);
		err = AC_OK;
	} else if (f)
		*f = said;
	ac_import_input_free(in);
	return err;
}

enum ac_err
ac_import_zip(struct ac_import *im, const char *path, struct ac_fault *f)
{
	struct archive *zip = archive_read_new();
	struct archive_entry *e;
	enum ac_err err = AC_OK;
	int rc = ARCHIVE_OK;

	if (!zip)
		return AC_ENOMEM;
	if (archive_read_support_format_zip(zip) || archive_read_open_filename(zip, path, (size_t)64 << 10)) {
		ac_import_refuse(im, path, "", 0, 0, AC_EINVAL, "it cannot be opened as a zip");
		goto out;
	}
	while (!err && (rc = archive_read_next_header(zip, &e)) >= ARCHIVE_WARN && rc != ARCHIVE_EOF)
		err = one(im, path, zip, e, f);
	if (!err && rc != ARCHIVE_EOF)
		ac_import_refuse(im, path, "", 0, 0, AC_EINVAL, "the zip is damaged; what stands before the damage was read");
out:
	archive_read_free(zip);
	return err;
}
