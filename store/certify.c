/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "store/file.h"
#include "store/verify.h"

static const struct ac_val *
text(struct ac_arena *a, const struct ac_val *map, const char *key, const char *s)
{
	struct ac_val v = ac_val_text(s);

	return map ? ac_val_set(a, map, key, &v) : NULL;
}

static const struct ac_val *
count(struct ac_arena *a, const struct ac_val *map, const char *key, int64_t n)
{
	struct ac_val v = ac_val_int(n);

	return map ? ac_val_set(a, map, key, &v) : NULL;
}

static const struct ac_val *
hex(struct ac_arena *a, const struct ac_val *map, const char *key, const unsigned char *p, size_t n)
{
	char *s = ac_arena_get(a, 2 * n + 1);

	if (s)
		ac_crypto_hex(s, p, n);
	return s ? text(a, map, key, s) : NULL;
}

static const struct ac_val *
chains(struct ac_arena *a, const struct ac_verify_heads *heads)
{
	static const struct ac_val empty = { .kind = AC_MAP };
	struct ac_val *list = ac_entry_list(a, heads->n);
	const struct ac_verify_head *h;
	const struct ac_val *one;
	size_t i;

	for (i = 0; list && i < heads->n; i++) {
		h = &heads->head[i];
		one = hex(a, &empty, "space", h->space, 8);
		one = hex(a, one, "chain", h->branch, 16);
		one = count(a, one, "segments", h->seq + 1);
		one = hex(a, one, "head", h->hash, 32);
		if (!(one = hex(a, one, "commit", h->commit.id, 20)))
			return NULL;
		*ac_entry_at(list, i) = *one;
	}
	return list;
}

static const struct ac_val *
certificate(struct ac_arena *a, const struct ac_verified *v, const struct ac_verify_heads *heads,
	const struct ac_space *by, const char *file, const char *now)
{
	static const struct ac_val empty = { .kind = AC_MAP };
	const struct ac_val *c, *list = chains(a, heads);

	c = text(a, &empty, "format", "aftercare certificate 1");
	c = text(a, c, "time", now);
	c = text(a, c, "of", file ? "backup" : "home");
	if (file)
		c = text(a, c, "file", file);
	c = hex(a, c, "space", by->sid, 8);
	c = hex(a, c, "root", by->root, 32);
	c = count(a, c, "segments", (int64_t)v->segments);
	c = count(a, c, "versions", (int64_t)v->versions);
	c = count(a, c, "attachments", (int64_t)v->attachments);
	c = count(a, c, "bad", (int64_t)v->bad);
	c = c && list ? ac_val_set(a, c, "chains", list) : NULL;
	return hex(a, c, "device", by->sign_pk, 32);
}

/* A name that is not taken: two in one millisecond are told apart. */
static enum ac_err
put(char path[static 4096], const struct ac_home *h, const char *now, const struct ac_buf *b, struct ac_fault *f)
{
	struct ac_file_out *o = NULL;
	struct ac_sink to;
	enum ac_err err;
	char dir[4200], stamp[32];
	size_t i, n = 0;
	unsigned again;

	for (i = 0; now[i] && n < sizeof stamp - 1; i++)
		if (now[i] != ':' && now[i] != '-' && now[i] != '.')
			stamp[n++] = now[i];
	stamp[n] = 0;
	snprintf(dir, sizeof dir, "%s/certificates", h->path);
	if ((err = ac_file_mkdirs(dir, 0700, f)))
		return err;
	for (again = 0; again < 100; again++) {
		snprintf(path, 4096, again ? "%.4000s/verify-%s-%u.json" : "%.4000s/verify-%s.json", dir, stamp, again);
		if ((err = ac_file_out_new(&o, path, 0600, false, f)) != AC_EEXIST)
			break;
	}
	if (err)
		return err;
	to = ac_file_out_sink(o);
	if (!(err = to.write(to.ctx, b->p, b->len, f)))
		err = ac_file_out_commit(o, f);
	ac_file_out_free(o);
	return err;
}

enum ac_err
ac_certify(struct ac_verified *v, const struct ac_verify_heads *heads, const struct ac_space *by,
	const char *file, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct ac_buf b = { 0 };
	unsigned char sig[64];
	char now[32], sighex[129];
	const struct ac_val *c;
	enum ac_err err;

	ac_time_write(now, ac_clock_ms());
	if (!(c = certificate(&a, v, heads, by, file, now))) {
		err = AC_ENOMEM;
		goto out;
	}
	if ((err = ac_json_write(&b, c, NULL, f)))
		goto out;
	b.len--; /* the closing brace comes after the signature */
	ac_crypto_sign(sig, b.p, b.len, by->secret->seed);
	ac_crypto_hex(sighex, sig, sizeof sig);
	if (!(err = ac_buf_addf(&b, ",\"signature\":\"%s\"}\n", sighex)))
		err = put(v->certificate, by->home, now, &b, f);
out:
	if (err)
		v->certificate[0] = 0;
	ac_buf_free(&b);
	ac_arena_free(&a);
	return err;
}
