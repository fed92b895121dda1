/* SPDX-License-Identifier: ISC */
/*
 * Method: a version names its attachments by hash, and their bytes stand in the space where
 * it was written, under its keys. In the other they are sealed anew, like any file that is
 * added. Into the vault: small ones with the sync that brings a contribution, large ones
 * when somebody asks for them, and all before a share is closed, for then its branches go.
 * Into a share: whenever a device that publishes has the bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "store/chunks.h"
#include "sync/share_rows.h"

#define AT_A_TIME 1000

struct file { unsigned char hash[32]; uint64_t size; };

/* A clinician who knows a file's hash does not get the file by naming it: into a share go
 * those alone that its owners named. */
static enum ac_err
missing(struct file *out, size_t *n, struct ac_space *from, struct ac_space *to, const unsigned char *only,
	struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(to->home->index, "SELECT DISTINCT h.hash, b.size FROM holds h JOIN blob b ON b.space = ?2"
		" AND b.hash = h.hash WHERE h.space = ?1 AND NOT EXISTS(SELECT 1 FROM blob x WHERE x.space = ?1 AND x.hash = h.hash)"
		" AND (?4 IS NULL OR h.hash = ?4) AND (?5 OR NOT EXISTS(SELECT 1 FROM version w WHERE w.doc = h.doc AND w.guest = 1))"
		" LIMIT ?3", "iiibi", to->id, from->id, (int64_t)AT_A_TIME, only, (size_t)32, (int64_t)(to->kind == AC_SPACE_VAULT));
	const void *p;
	size_t size;

	*n = 0;
	while (ac_rows_next(&q) && *n < AT_A_TIME)
		if ((p = ac_rows_blob(&q, 0, &size)) && size == 32) {
			memcpy(out[*n].hash, p, 32);
			out[(*n)++].size = (uint64_t)ac_rows_int(&q, 1);
		}
	return ac_rows_end(&q, f);
}

enum ac_err
ac_share_attachments(struct ac_space *from, struct ac_space *to, const unsigned char *only, uint64_t size,
	struct ac_fault *f)
{
	struct file *files = calloc(AT_A_TIME, sizeof *files);
	struct ac_append b = { 0 };
	enum ac_err err = files ? AC_OK : AC_ENOMEM;
	bool open = false;
	size_t n = 0, i;

	if (!err)
		err = missing(files, &n, from, to, only, f);
	for (i = 0; i < n && !err; i++) {
		if (!ac_chunks_here(from, files[i].hash)
		    && (files[i].size > size || ac_attachment_bring(from, files[i].hash, NULL)))
			continue;
		if (!open && (err = ac_append_begin(&b, to, f)))
			break;
		open = true;
		err = ac_chunks_copy(&b, from, files[i].hash, f);
		if (err == AC_ENET || err == AC_ENOTFOUND)
			err = AC_OK;
	}
	if (!err && open)
		err = ac_append_commit(&b, f);
	if (b.s)
		ac_append_end(&b);
	free(files);
	return err;
}
