/* SPDX-License-Identifier: ISC */
/* The attachments of a handoff: which go along, under which names, and their bytes. */
#include "handoff.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 60 /* of an attachment's title in its file's name */

static bool
base64_bytes(unsigned char *out, size_t *n, const char *s)
{
	static const char ABC[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, have = 0;

	for (*n = 0; *s != '\0' && *s != '='; s++) {
		const char *p = strchr(ABC, *s);

		if (isspace((unsigned char)*s))
			continue;
		if (p == NULL)
			return false;
		bits = bits << 6 | (unsigned)(p - ABC);
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[(*n)++] = (unsigned char)(bits >> have);
		}
	}
	return *n > 0;
}

/* The i-th value that holds bytes and says of what kind they are; *i counts down. */
static const struct ac_val *
find(const struct ac_val *v, size_t *i, const struct ac_val **in)
{
	const struct ac_val *data = v->kind == AC_MAP && ac_val_str(v, "contentType") != NULL ? ac_val_get(v, "data") : NULL;
	const struct ac_val *out = NULL;

	if (data != NULL && (data->kind == AC_BLOB || data->kind == AC_BIN || (data->kind == AC_STR && data->n > 0)) && (*i)-- == 0) {
		*in = v;
		return data;
	}
	for (uint32_t k = 0; out == NULL && (v->kind == AC_MAP || v->kind == AC_ARR) && k < v->n; k++)
		out = find(v->kind == AC_MAP ? &v->pairs[k].val : &v->items[k], i, in);
	return out;
}

static enum ac_err
data_bytes(const struct ac_val *data, struct cli *c, const struct ac_sink *to, uint64_t *size, struct ac_fault *f)
{
	unsigned char *p;
	size_t n = 0;

	if (data->kind == AC_BIN) {
		*size = data->n;
		return to != NULL ? to->write(to->ctx, data->bin, data->n, f) : AC_OK;
	}
	p = ac_arena_get(&c->arena, data->n + 1);
	if (p == NULL)
		return AC_ENOMEM;
	if (!base64_bytes(p, &n, data->s))
		n = 0;
	*size = n;
	return to != NULL ? to->write(to->ctx, p, n, f) : AC_OK;
}

/* While a handoff is written, signals wait until here (handoff.c). */
static bool
stopped(void)
{
	sigset_t now;

	return sigpending(&now) == 0 && (sigismember(&now, SIGINT) == 1 || sigismember(&now, SIGTERM) == 1
		|| sigismember(&now, SIGHUP) == 1 || sigismember(&now, SIGQUIT) == 1);
}

/* From the document again, so that no more than one is held. */
enum ac_err
handoff_files_write(void *ctx, const struct ac_sink *to, struct ac_fault *f)
{
	struct scan *s = ctx;
	struct ac_arena a = { 0 };
	struct ac_shown now = { 0 };
	const struct ac_val *data, *in;
	size_t i = s->i;
	uint64_t n;
	enum ac_err err;

	if (stopped())
		return ac_fault(f, AC_EREFUSED, "%s", _("Nothing was handed over."));
	if (s->hash[0] != '\0')
		return ac_attachment_bytes(s->h->c->space, s->hash, to, f);
	if ((err = ac_show(&now, &a, s->h->c->space, s->ref, NULL, f)) == AC_OK) {
		data = now.body != NULL ? find(now.body, &i, &in) : NULL;
		err = data != NULL && data->kind != AC_BLOB ? data_bytes(data, s->h->c, to, &n, f)
			: ac_fault(f, AC_EBUSY, _("the record changed while it was handed over; do it again"));
	}
	ac_arena_free(&a);
	return err;
}

static const char *
ending(const char *type)
{
	static const struct { const char *type, *end; } ENDS[] = {
		{ "application/pdf", ".pdf" }, { "image/png", ".png" }, { "image/jpeg", ".jpg" }, { "image/tiff", ".tif" },
		{ "image/gif", ".gif" }, { "image/svg+xml", ".svg" }, { "text/plain", ".txt" }, { "text/html", ".html" },
		{ "application/xml", ".xml" }, { "text/xml", ".xml" }, { "application/json", ".json" }, { "application/dicom", ".dcm" },
		{ "text/rtf", ".rtf" }, { "application/rtf", ".rtf" }, { "application/zip", ".zip" }, { "text/csv", ".csv" },
	};
	size_t n = strcspn(type, "; ");

	for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++)
		if (strlen(ENDS[i].type) == n && strncmp(ENDS[i].type, type, n) == 0)
			return ENDS[i].end;
	return "";
}

/* A name on any system: what a title has beside letters and digits becomes a dash. */
static const char *
file_name(struct cli *c, size_t number, const char *title, const char *type)
{
	const char *s = clean(c, title), *end = ending(type);
	char out[NAME_MAX_BYTES + 1];
	size_t k = 0, len;
	uint32_t p;

	for (; *s != '\0' && (len = text_decode(s, strlen(s), &p)) != 0 && k + len <= NAME_MAX_BYTES; s += len) {
		if (p == 0xFFFD || (p < 0x80 && !isalnum((int)p) && (p != '.' || k == 0 || out[k - 1] == '.') && p != '_')) {
			if (k > 0 && out[k - 1] != '-')
				out[k++] = '-';
			continue;
		}
		memcpy(out + k, s, len);
		k += len;
	}
	while (k > 0 && (out[k - 1] == '-' || out[k - 1] == '.'))
		k--;
	out[k] = '\0';
	len = strlen(end);
	if (k >= len && strcasecmp(out + k - len, end) == 0)
		end = "";
	return text_of(c, "attachments/%03zu%s%s%s", number, k > 0 ? "-" : "", out, end);
}

static bool
chosen(const struct handoff *h, const char *ref)
{
	for (size_t i = 0; i < h->nonly; i++)
		if (strcmp(h->only[i], ref) == 0)
			return true;
	return h->only == NULL && !h->none;
}

static void
add_scan(struct handoff *h, const struct ac_row *r, size_t i, const struct ac_val *in, const struct ac_val *data)
{
	struct cli *c = h->c;
	struct scan *s = ac_arena_get(&c->arena, sizeof *s);
	const char *title = ac_val_str(in, "title");

	if (s == NULL) {
		h->err = AC_ENOMEM;
		return;
	}
	s->h = h;
	s->i = i;
	s->ref = text_of(c, "%s", r->ref);
	s->title = text_of(c, "%s", title != NULL && *title != '\0' ? title : r->title);
	s->type = text_of(c, "%s", ac_val_str(in, "contentType"));
	if (data->kind == AC_BLOB) {
		for (size_t k = 0; k < 32; k++)
			sprintf(s->hash + 2 * k, "%02x", data->blob->hash[k]);
		s->size = data->blob->size;
		s->missing = !ac_attachment_here(c->space, s->hash);
	} else if ((h->err = data_bytes(data, c, NULL, &s->size, &c->fault)) != AC_OK || s->size == 0) {
		return;
	}
	s->name = file_name(c, ++h->nscans, s->title, s->type);
	*h->last = s;
	h->last = &s->next;
}

static int
each_row(void *ctx, const struct ac_row *r)
{
	struct handoff *h = ctx;

	h->records++;
	if (r->body == NULL)
		return 0;
	for (size_t i = 0; chosen(h, r->ref) && h->err == AC_OK; i++) {
		const struct ac_val *data, *in;
		size_t k = i;

		if ((data = find(r->body, &k, &in)) == NULL)
			break;
		add_scan(h, r, i, in, data);
	}
	return h->err != AC_OK;
}

/* What is chosen and not here is asked for; a document once. */
static enum ac_err
fetch(struct handoff *h)
{
	struct cli *c = h->c;
	const char *asked = "";

	for (struct scan *s = h->first; s != NULL; s = s->next) {
		enum ac_err err = AC_OK;

		if (!s->missing)
			continue;
		if (strcmp(asked, s->ref) != 0)
			err = ac_attachment_fetch(c->space, s->ref, NULL, &c->fault);
		if (err != AC_OK && err != AC_ENET && err != AC_ENOTFOUND && err != AC_ECORRUPT)
			return err;
		asked = s->ref;
		(void)ac_fault_past(&c->fault);
		s->missing = !ac_attachment_here(c->space, s->hash);
		h->nmissing += s->missing;
	}
	return AC_OK;
}

bool
handoff_files_with(void *ctx, const char hash[static 65])
{
	const struct handoff *h = ctx;

	if (h->only == NULL && !h->none) /* of sides in dispute too, which have no file here */
		return ac_attachment_here(h->c->space, hash);
	for (const struct scan *s = h->first; s != NULL; s = s->next)
		if (strcmp(s->hash, hash) == 0)
			return !s->missing;
	return false;
}

enum ac_err
handoff_files_choose(struct handoff *h)
{
	struct ac_filter q = { .bodies = true };
	struct cli *c = h->c;
	enum ac_err err = ac_list(c->space, &q, each_row, h, &c->fault);

	if (err == AC_OK)
		err = h->err;
	for (size_t i = 0; i < h->nonly && err == AC_OK; i++) {
		struct scan *s = h->first;

		while (s != NULL && strcmp(s->ref, h->only[i]) != 0)
			s = s->next;
		if (s == NULL)
			err = ac_fault(&c->fault, AC_ENOTFOUND,
				_("%s has no attachment; `aftercare attachment list` shows which documents have one."), clean(c, h->only[i]));
	}
	return err == AC_OK ? fetch(h) : err;
}
