/* SPDX-License-Identifier: ISC */
/*
 * Method: every epoch is wrapped for the recovery kit, so its 32 bytes and a hub are
 * enough. Keys segments show themselves as such; one that the kit's identity opens
 * gives the epoch key, the earlier keys and the name key. Only who knows the kit's
 * symmetric secret could have made it. From there it is a join by a standing invite:
 * all chains are verified from the root.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/file.h"
#include "sync/exchange.h"
#include "sync/freshness.h"
#include "sync/joined.h"
#include "sync/kit.h"
#include "sync/recover.h"

struct recovering {
	struct ac_home *h;
	struct ac_space *s;
	const struct ac_restore *r;
	const struct ac_sync_events *e;
	struct ac_quarantine q;
	unsigned char kits[AC_KIT_KEYS * 32];
	size_t nkits;
	struct ac_batch *batch;
	/* found */
	unsigned char sid[8], root[32], name_key[32], secret[32];
	bool has_root, has_keys;
	char later[AC_SEGMENT_MADE]; /* some segment is made in this, of a later version; "": none */
	const struct ac_val *epochs;
	struct ac_arena a;
	struct ac_fault *f;
};

/* One keys segment, tried with each kit. */
static enum ac_err
try_keys(struct recovering *x, const struct ac_buf *bytes, const struct ac_place *at, const struct ac_wraps *w)
{
	unsigned char epoch[32], owners[32];
	struct ac_invite_keys k;
	struct ac_identity id = { k.dh, k.dh_pk, k.psk };
	struct ac_segment seg = { 0 };
	const unsigned char *name;
	const struct ac_val *e, *more;
	struct ac_val key;
	bool has_owners;
	enum ac_err err = AC_OK;
	uint32_t n;
	size_t i;

	for (i = 0; i < x->nkits && !x->has_keys && !err; i++) {
		ac_invite_derive(&k, x->kits + i * 32);
		if (ac_keys_unwrap(epoch, owners, &has_owners, w, at, &id))
			continue;
		if (ac_segment_open(&seg, &x->a, bytes->p, bytes->len, at, epoch, NULL))
			continue;
		for (n = 1; n < seg.entries->n; n++) {
			e = &seg.entries->items[n];
			if (!ac_entry_is(e, AC_ENTRY_KEYS, 8) || !ac_entry_bin(&name, e, 2, 32) || !ac_entry_arr(e, 4))
				continue;
			memcpy(x->name_key, name, 32);
			memcpy(x->secret, x->kits + i * 32, 32);
			memcpy(x->sid, at->space, 8);
			key = ac_val_bytes(epoch, 32);
			more = ac_val_append(&x->a, ac_entry_arr(e, 4), &key);
			x->epochs = more ? ac_val_copy(&x->a, more) : NULL;
			x->has_keys = x->epochs != NULL;
			err = x->has_keys ? AC_OK : AC_ENOMEM;
		}
		ac_segment_close(&seg);
	}
	ac_wipe(&k, sizeof k);
	ac_wipe(epoch, 32);
	return err;
}

/* Does a first keys segment open with what was found? Then it is the root. */
static void
try_root(struct recovering *x, const struct ac_buf *bytes, const struct ac_place *at)
{
	struct ac_segment seg = { 0 };
	uint32_t i;

	for (i = 0; i < x->epochs->n && !x->has_root; i++) {
		if (x->epochs->items[i].kind != AC_BIN || x->epochs->items[i].n != 32
		    || ac_segment_open(&seg, &x->a, bytes->p, bytes->len, at, x->epochs->items[i].bin, NULL))
			continue;
		/* the founder's admission names no invite */
		if (seg.seq == 0 && seg.entries->n > 2 && ac_entry_is(&seg.entries->items[2], AC_ENTRY_JOIN, 8)
		    && seg.entries->items[2].items[5].kind == AC_NIL) {
			memcpy(x->root, seg.hash, 32);
			x->has_root = true;
		}
		ac_segment_close(&seg);
	}
}

/* Every keys segment of a branch, newest first. */
static enum ac_err
each_keys(struct recovering *x, const struct ac_ref *ref, bool roots)
{
	struct ac_buf bytes = { .max = AC_SEGMENT_MAX };
	struct ac_oid at = ref->good;
	enum ac_segment_kind kind;
	struct ac_place place;
	struct ac_wraps w;
	enum ac_err err = AC_OK, told;
	size_t i;

	if (!ac_repo_ref_parse(place.space, place.branch, ref->name) || !ref->has_good)
		return AC_OK;
	while (!err && !(roots ? x->has_root : x->has_keys)) {
		if (ac_repo_read(x->batch, x->h->repo, &at, NULL))
			break;
		for (i = 0; i < x->batch->n && !err; i++) {
			ac_buf_reset(&bytes);
			if (ac_repo_blob(&bytes, x->h->repo, &x->batch->blobs[i], AC_SEGMENT_MAX, NULL))
				continue;
			if ((told = ac_segment_peek(&kind, &w, bytes.p, bytes.len, NULL)) == AC_EVERSION)
				ac_segment_made(x->later, bytes.p, bytes.len);
			if (told || kind != AC_SEGMENT_KEYS)
				continue;
			if (!roots)
				err = try_keys(x, &bytes, &place, &w);
			else if (w.seq == 0 && !memcmp(place.space, x->sid, 8))
				try_root(x, &bytes, &place);
		}
		if (!x->batch->has_parent)
			break;
		at = x->batch->parent;
	}
	ac_buf_free(&bytes);
	return err;
}

/* A sheet names the root: 64 hex digits. A bare key names none. */
static bool
root_named(const char *text, const char *root)
{
	size_t n;
	bool any = false;

	for (; *text; text += n ? n : 1) {
		n = strspn(text, "0123456789abcdef");
		if (n != 64)
			continue;
		any = true;
		if (!strncmp(text, root, 64))
			return true;
	}
	return !any;
}

static enum ac_err
search(struct recovering *x)
{
	enum ac_err err = AC_OK;
	char root[65];
	size_t i;

	for (i = 0; i < x->q.n && !err && !x->has_keys; i++)
		err = each_keys(x, &x->q.refs[i], false);
	for (i = 0; i < x->q.n && !err && x->has_keys && !x->has_root; i++)
		err = each_keys(x, &x->q.refs[i], true);
	if (err)
		return err;
	if (!(x->has_keys && x->has_root) && x->later[0])
		return ac_fault(x->f, AC_EVERSION, "%.200s holds the record in a form of a newer version of aftercare (%s): get that"
			" version first", x->r->remote, x->later);
	if (!x->has_keys)
		return ac_fault(x->f, AC_EREFUSED, "%.200s holds no record that this recovery kit opens; it may have been retired by a "
			"newer kit", x->r->remote);
	if (!x->has_root)
		return ac_fault(x->f, AC_EREFUSED, "%.200s does not hold the beginning of the record; try another remote", x->r->remote);
	ac_crypto_hex(root, x->root, 32);
	if (!root_named(x->r->identity, root))
		return ac_fault(x->f, AC_EFORGED, "%.200s holds another record than the one that the kit's sheet names", x->r->remote);
	return AC_OK;
}

/* The namespaces that the remote shows: which one is the record's is not known yet. */
static enum ac_err
fetch(struct recovering *x)
{
	unsigned char (*spaces)[8] = NULL, branch[16];
	enum ac_err err;
	size_t n = 0, i;

	if ((err = ac_quarantine_list(&x->q, x->r->remote, x->f)))
		return err;
	if (!(spaces = calloc(x->q.n + 1, sizeof *spaces)))
		return AC_ENOMEM;
	for (i = 0; i < x->q.n; i++)
		n += ac_repo_ref_parse(spaces[n], branch, x->q.refs[i].name);
	err = ac_quarantine_fetch(&x->q, x->r->remote, (const unsigned char (*)[8])spaces, n, NULL, x->f);
	free(spaces);
	return err;
}

static enum ac_err
make_space(struct recovering *x)
{
	struct ac_val *start = ac_entry_list(&x->h->arena, 3), *none = ac_entry_list(&x->h->arena, 0),
	    *one = ac_entry_list(&x->h->arena, 1);
	struct ac_invite_keys k;
	enum ac_err err;

	if (!start || !none || !one || !(x->s = ac_space_new(x->h, AC_SPACE_VAULT)))
		return AC_ENOMEM;
	*ac_entry_at(one, 0) = ac_val_bytes(x->secret, 32);
	*ac_entry_at(start, 0) = *x->epochs;
	*ac_entry_at(start, 1) = *none;
	*ac_entry_at(start, 2) = *one;
	if (!(x->s->start_keys = (struct ac_val *)ac_val_copy(&x->h->arena, start)))
		return AC_ENOMEM;
	ac_invite_derive(&k, x->secret);
	memcpy(x->s->sid, x->sid, 8);
	memcpy(x->s->root, x->root, 32);
	memcpy(x->s->secret->name_key, x->name_key, 32);
	memcpy(x->s->secret->psk, k.psk, 32);
	ac_wipe(&k, sizeof k);
	ac_space_derive(x->s);
	if ((err = ac_keyfile_kit(x->h, x->sid, x->secret, x->f)) || (err = ac_keyfile_save(x->h, x->f)))
		return err;
	return ac_space_load(x->s, x->f);
}

static enum ac_err
join(struct recovering *x)
{
	const char *device = x->r->device ? x->r->device : "restored";
	struct ac_sync_result done;
	char person[256];
	enum ac_err err;

	if (!x->s->members.n)
		return ac_fault(x->f, AC_EFORGED, "the chains at %.200s do not begin where they say they do", x->r->remote);
	if (!ac_kit_invite(x->s, x->secret))
		return ac_fault(x->f, AC_EREFUSED, "this recovery kit was retired; use the newest one");
	if (x->r->fresh && (err = x->r->fresh(x->r->ctx, x->s, x->f)))
		return err;
	snprintf(person, sizeof person, "%s", x->s->members.m[0].person);
	snprintf(x->s->patient, sizeof x->s->patient, "%s", person);
	if ((err = ac_keyfile_save(x->h, x->f)) || (err = ac_freshness_begin(x->s, 0, NULL, x->f))
	    || (err = ac_append_join(x->s, person, device, x->secret, x->f)) || (err = ac_joined_known(x->s, x->f))
	    || (err = ac_append_rotate(x->s, x->f)) || (err = ac_remote_add(x->s, "hub", x->r->remote, x->f)))
		return err;
	/* publishes the new device, and brings the shares; a hub that fails now gets it later */
	(void)!ac_sync(&done, x->s, NULL, x->e, NULL);
	return AC_OK;
}

static enum ac_err
recover(struct recovering *x)
{
	struct ac_taken t;
	enum ac_err err;

	if ((err = ac_home_create(&x->h, x->r->home, x->r->passphrase, x->r->npassphrase, x->r->home_flags, x->f))
	    || (err = ac_quarantine_open(&x->q, x->h, x->f)))
		return err;
	if (!(err = fetch(x)) && !(err = search(x)) && !(err = make_space(x)))
		err = ac_take(&t, &x->q, x->s, "hub", true, x->e, x->f);
	ac_quarantine_close(&x->q);
	return err ? err : join(x);
}

enum ac_err
ac_recover(struct ac_home **out, struct ac_space **space, const struct ac_restore *r, const struct ac_sync_events *e,
	struct ac_fault *f)
{
	struct recovering x = { .r = r, .e = e, .f = f };
	bool there = ac_home_there(r->home);
	enum ac_err err;

	if (!r->identity)
		return ac_fault(f, AC_EUSAGE, "name the recovery kit with --identity to restore from a remote");
	if ((err = ac_kit_find(x.kits, &x.nkits, r->identity, f)))
		goto out;
	if (!(x.batch = malloc(sizeof *x.batch))) {
		err = AC_ENOMEM;
		goto out;
	}
	if (!(err = recover(&x))) {
		*out = x.h;
		*space = x.s;
		x.h = NULL;
	} else if (x.h) {
		ac_home_close(x.h);
		x.h = NULL;
		if (!there)
			(void)!ac_file_remove_tree(r->home, NULL);
	}
out:
	free(x.batch);
	ac_arena_free(&x.a);
	ac_wipe(&x, sizeof x);
	return err;
}
