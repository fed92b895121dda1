/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/file.h"
#include "store/home.h"

#define MAGIC "ACST\1"
#define MAX_FILE ((size_t)16 << 20)

struct ac_state {
	struct ac_arena arena;
	const struct ac_val *map;
};

static void
seal_key(unsigned char key[static 32], const struct ac_home *h)
{
	static const char label[] = "aftercare state";

	ac_crypto_hash(key, 32, label, sizeof label - 1, h->inner, 32);
}

static void
path_of(char out[static 4200], const struct ac_home *h)
{
	snprintf(out, 4200, "%s/state", h->path);
}

static enum ac_err
open_state(struct ac_state *st, struct ac_home *h, struct ac_buf *b, struct ac_fault *f)
{
	unsigned char key[32];
	enum ac_err err;
	bool ok;

	if (b->len > 4 && !memcmp(b->p, MAGIC, 4) && b->p[4] > 1)
		return ac_fault(f, AC_EVERSION, "%s/state has format %u; get a version of aftercare that reads it", h->path, b->p[4]);
	seal_key(key, h);
	ok = b->len >= 5 + 40 && !memcmp(b->p, MAGIC, 5)
	    && ac_crypto_xopen(b->p + 29, b->p + 29, b->len - 45, b->p + b->len - 16, MAGIC, 5, b->p + 5, key);
	ac_wipe(key, sizeof key);
	if (!ok)
		return ac_fault(f, AC_ECORRUPT, "%s/state is damaged: remotes and alerts are listed there; remove it "
			"and add the remotes again", h->path);
	err = ac_mp_read(&st->map, &st->arena, b->p + 29, b->len - 45, f);
	return err == AC_EINVAL || (!err && st->map->kind != AC_MAP) ? AC_ECORRUPT : err;
}

enum ac_err
ac_state_load(struct ac_home *h, struct ac_fault *f)
{
	static const struct ac_val empty = { .kind = AC_MAP };
	struct ac_buf b = { .max = MAX_FILE };
	struct ac_state *st = calloc(1, sizeof *st);
	char path[4200];
	enum ac_err err;

	if (!st)
		return AC_ENOMEM;
	path_of(path, h);
	err = ac_file_read(&b, path, MAX_FILE, f);
	if (err == AC_ENOTFOUND) {
		st->map = &empty;
		err = ac_fault_past(f);
	} else if (!err)
		err = open_state(st, h, &b, f);
	ac_buf_free(&b);
	if (err) {
		ac_arena_free(&st->arena);
		free(st);
		return err;
	}
	ac_state_free(h);
	h->state = st;
	return AC_OK;
}

enum ac_err
ac_state_save(struct ac_home *h, struct ac_fault *f)
{
	struct ac_buf plain = { .max = MAX_FILE }, file = { .max = MAX_FILE };
	unsigned char key[32], nonce[24], tag[16];
	char path[4200];
	enum ac_err err;

	if ((err = ac_mp_write(&plain, h->state->map)))
		goto out;
	seal_key(key, h);
	ac_crypto_random(nonce, sizeof nonce);
	ac_crypto_xseal(plain.p, tag, plain.p, plain.len, MAGIC, 5, nonce, key);
	ac_wipe(key, sizeof key);
	if ((err = ac_buf_add(&file, MAGIC, 5)) || (err = ac_buf_add(&file, nonce, 24))
	    || (err = ac_buf_add(&file, plain.p, plain.len)) || (err = ac_buf_add(&file, tag, 16)))
		goto out;
	path_of(path, h);
	err = ac_file_put(path, file.p, file.len, 0600, f);
out:
	ac_buf_free(&plain);
	ac_buf_free(&file);
	return err;
}

const struct ac_val *
ac_state_get(struct ac_home *h, const char *name)
{
	return ac_val_get(h->state->map, name);
}

enum ac_err
ac_state_put(struct ac_home *h, const char *name, const struct ac_val *v, struct ac_fault *f)
{
	const struct ac_val *was, *now;
	struct ac_arena a = { 0 };
	enum ac_err err;

	/* v may be part of the state that is loaded anew below */
	if (v && !(v = ac_val_copy(&a, v)))
		return AC_ENOMEM;
	/* another process may have written since: what it wrote under other names stays */
	if ((err = ac_home_lock(h, f))) {
		ac_arena_free(&a);
		return err;
	}
	if ((err = ac_state_load(h, f)))
		goto out;
	was = h->state->map;
	if (v && !(v = ac_val_copy(&h->state->arena, v))) {
		err = AC_ENOMEM;
		goto out;
	}
	now = v ? ac_val_set(&h->state->arena, was, name, v) : ac_val_unset(&h->state->arena, was, name);
	if (!now) {
		err = AC_ENOMEM;
		goto out;
	}
	h->state->map = now;
	if ((err = ac_state_save(h, f)))
		h->state->map = was;
out:
	ac_home_unlock(h);
	ac_arena_free(&a);
	return err;
}

void
ac_state_free(struct ac_home *h)
{
	if (!h->state)
		return;
	ac_arena_free(&h->state->arena);
	free(h->state);
	h->state = NULL;
}
