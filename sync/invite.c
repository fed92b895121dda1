/* SPDX-License-Identifier: ISC */
/*
 * Method: an invite is an entry on the inviter's chain (public halves, role, name,
 * expiry, boxed symmetric secret) and one segment on a branch of its own, sealed
 * under a key that only the code derives: the name key and the keys of now. From the
 * next epoch on, keys segments are wrapped for the invite itself.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "sync/bech32.h"
#include "sync/exchange.h"

#define HRP "aftercare"
#define CODE_MAX 1200  /* bytes of a code's body */

static struct ac_val
strings(struct ac_arena *a, const char *const *s, size_t n)
{
	struct ac_val *list = ac_entry_list(a, n);
	size_t i;

	for (i = 0; list && i < n; i++)
		*ac_entry_at(list, i) = ac_val_text(s[i]);
	return list ? *list : (struct ac_val){ .kind = AC_NIL };
}

/* [1, share, secret, space, root, expires, branch, seq, hash, patient, person, remotes] */
enum ac_err
ac_code_write(char out[static 2048], const struct ac_code *c, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct ac_buf b = { 0 };
	struct ac_val e[12], list = { .kind = AC_ARR, .n = 12, .items = e };
	enum ac_err err;

	e[0] = ac_val_int(1);
	e[1] = ac_val_bool(c->share);
	e[2] = ac_val_bytes(c->secret, 32);
	e[3] = ac_val_bytes(c->space, 8);
	e[4] = ac_val_bytes(c->root, 32);
	e[5] = ac_val_int(c->expires);
	e[6] = ac_val_bytes(c->branch, 16);
	e[7] = ac_val_int(c->seq);
	e[8] = ac_val_bytes(c->hash, 32);
	e[9] = ac_val_text(c->patient);
	e[10] = ac_val_text(c->person);
	e[11] = strings(&a, c->remotes, c->nremotes * 2);
	if ((err = ac_mp_write(&b, &list)))
		goto out;
	if (b.len > CODE_MAX) {
		err = ac_fault(f, AC_ELIMIT, "the code would be too long: remove a remote, or shorten its URL");
		goto out;
	}
	ac_bech32_encode(out, HRP, b.p, b.len);
out:
	ac_buf_free(&b);
	ac_arena_free(&a);
	return err;
}

static bool
squeeze(char out[static 2048], const char *text)
{
	size_t n = 0;
	int lines = 0;

	for (; *text; text++) {
		/* an empty line ends the code: what is printed with it may stand below */
		lines = *text == '\n' ? lines + 1 : isspace((unsigned char)*text) ? lines : 0;
		if (lines > 1 && n)
			break;
		if (isspace((unsigned char)*text))
			continue;
		if (n == 2047)
			return false;
		out[n++] = (char)tolower((unsigned char)*text);
	}
	out[n] = 0;
	return true;
}

enum ac_err
ac_code_read(struct ac_code *out, struct ac_arena *a, const char *text, struct ac_fault *f)
{
	unsigned char body[CODE_MAX + 8];
	const unsigned char *secret, *space, *root, *branch, *hash;
	const struct ac_val *v, *remotes;
	struct ac_code c = { 0 };
	char plain[2048];
	size_t len, n;
	int64_t version;
	enum ac_err err = AC_EINVAL;
	uint32_t i;

	if (!squeeze(plain, text) || strncmp(plain, HRP "1", sizeof HRP))
		return ac_fault(f, AC_EINVAL, "that is no code of aftercare; a code begins with aftercare1");
	len = strlen(plain);
	n = len > sizeof HRP + 6 ? (len - sizeof HRP - 6) * 5 / 8 : 0;
	if (!n || n > CODE_MAX || !ac_bech32_decode(body, n, HRP, plain)) {
		ac_wipe(plain, sizeof plain);
		return ac_fault(f, AC_EINVAL, "the code has a wrong or missing character; compare it with the other device");
	}
	ac_wipe(plain, sizeof plain);
	if (ac_mp_read(&v, a, body, n, NULL) || v->kind != AC_ARR || !ac_entry_int(&version, v, 0))
		goto bad;
	if (version != 1) {
		err = ac_fault(f, AC_EVERSION, "the code has format %lld: get a version of aftercare that reads it here first",
			(long long)version);
		goto out;
	}
	if (v->n != 12 || v->items[1].kind != AC_BOOL || !ac_entry_bin(&secret, v, 2, 32)
	    || !ac_entry_bin(&space, v, 3, 8) || !ac_entry_bin(&root, v, 4, 32) || !ac_entry_int(&c.expires, v, 5)
	    || !ac_entry_bin(&branch, v, 6, 16) || !ac_entry_int(&c.seq, v, 7) || !ac_entry_bin(&hash, v, 8, 32)
	    || !ac_entry_text(&c.patient, v, 9) || !ac_entry_text(&c.person, v, 10)
	    || !(remotes = ac_entry_arr(v, 11)) || remotes->n % 2)
		goto bad;
	c.share = v->items[1].b;
	memcpy(c.secret, secret, 32);
	memcpy(c.space, space, 8);
	memcpy(c.root, root, 32);
	memcpy(c.branch, branch, 16);
	memcpy(c.hash, hash, 32);
	if (!(c.remotes = ac_arena_get(a, (remotes->n + 1) * sizeof *c.remotes))) {
		err = AC_ENOMEM;
		goto out;
	}
	c.nremotes = remotes->n / 2;
	for (i = 0; i < remotes->n; i++)
		if (!ac_entry_text(&c.remotes[i], remotes, i))
			goto bad;
	*out = c;
	err = AC_OK;
	goto out;
bad:
	err = ac_fault(f, AC_EINVAL, "the code is whole and yet holds no invite");
out:
	ac_wipe(body, sizeof body);
	ac_wipe(&c, sizeof c);
	return err;
}

/* ------------------------------------------------------------------ the branch */

void
ac_invite_ref(char out[static 80], const unsigned char space[static 8], const unsigned char secret[static 32])
{
	unsigned char branch[16], ns[8];
	struct ac_invite_keys k;

	ac_invite_derive(&k, secret);
	ac_invite_branch(branch, space, &k);
	ac_space_invites(ns, space);
	ac_repo_ref_name(out, ns, branch);
	ac_wipe(&k, sizeof k);
}

static struct ac_val
ring(struct ac_arena *a, const struct ac_keyring *r)
{
	struct ac_val *list = ac_entry_list(a, r->n);
	size_t i;

	for (i = 0; list && i < r->n; i++)
		*ac_entry_at(list, i) = ac_val_bytes(r->keys[i].key, 32);
	return list ? *list : (struct ac_val){ .kind = AC_NIL };
}

/* entries: [[], [name key, epoch keys, owners keys]] */
static enum ac_err
write_branch(struct ac_space *s, const struct ac_invite_keys *k, enum ac_role role, uint64_t clock, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct ac_segment seg = { .kind = AC_SEGMENT_INVITE, .incarnation = s->incarnation, .clock = clock,
		.edition = ac_segment_edition(), .number = ac_segment_number() };
	struct ac_val *list = ac_entry_list(&a, 2), *keys = ac_entry_list(&a, 3), *none = ac_entry_list(&a, 0);
	struct ac_buf out = { .max = AC_SEGMENT_MAX };
	struct ac_keyring empty = { 0 };
	struct ac_place at;
	struct ac_oid oid;
	char name[80];
	enum ac_err err = AC_ENOMEM;

	if (!list || !keys || !none)
		goto out;
	*ac_entry_at(keys, 0) = ac_val_bytes(s->secret->name_key, 32);
	*ac_entry_at(keys, 1) = ring(&a, &s->epochs);
	*ac_entry_at(keys, 2) = ring(&a, role == AC_OWNER ? &s->owners : &empty);
	*ac_entry_at(list, 0) = *none;
	*ac_entry_at(list, 1) = *keys;
	seg.entries = list;
	memcpy(seg.writer, s->me, 8);
	ac_space_invites(at.space, s->sid);
	ac_invite_branch(at.branch, s->sid, k);
	if ((err = ac_segment_seal(&out, &seg, NULL, &at, k->branch_key, s->secret->seed, f)))
		goto out;
	if ((err = ac_repo_write(&oid, s->home->repo, NULL, &out, 1, f)))
		goto out;
	ac_repo_ref_name(name, at.space, at.branch);
	err = ac_repo_ref_set(s->home->repo, name, &oid, NULL, f);
out:
	ac_buf_free(&out);
	ac_arena_free(&a);
	return err;
}

enum ac_err
ac_invite_open(struct ac_space *s, const struct ac_buf *segment, const struct ac_code *c, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct ac_segment seg = { 0 };
	struct ac_invite_keys k;
	const struct ac_val *keys, *epochs, *owners;
	const unsigned char *name_key;
	struct ac_val *start, *own;
	struct ac_place at;
	enum ac_err err;

	ac_invite_derive(&k, c->secret);
	ac_space_invites(at.space, c->space);
	ac_invite_branch(at.branch, c->space, &k);
	err = ac_segment_open(&seg, &a, segment->p, segment->len, &at, k.branch_key, f);
	if (err == AC_EVERSION)
		goto out;
	if (err) {
		err = ac_fault(f, AC_EFORGED, "the invite on the hub is not the one that the code names");
		goto out;
	}
	keys = seg.entries->n == 2 ? &seg.entries->items[1] : NULL;
	if (!keys || keys->kind != AC_ARR || !ac_entry_bin(&name_key, keys, 0, 32) || !(epochs = ac_entry_arr(keys, 1))
	    || !(owners = ac_entry_arr(keys, 2)) || !(start = ac_entry_list(&s->home->arena, 3))
	    || !(own = ac_entry_list(&s->home->arena, 1))) {
		err = ac_fault(f, AC_ECORRUPT, "the invite opens and yet holds no keys");
		goto out;
	}
	*ac_entry_at(start, 0) = *epochs;
	*ac_entry_at(start, 1) = *owners;
	/* epochs begun since the code was made are wrapped for the invite */
	*ac_entry_at(own, 0) = ac_val_bytes(c->secret, 32);
	*ac_entry_at(start, 2) = *own;
	if (!(s->start_keys = (struct ac_val *)ac_val_copy(&s->home->arena, start))) {
		err = AC_ENOMEM;
		goto out;
	}
	memcpy(s->secret->name_key, name_key, 32);
	memcpy(s->secret->psk, k.psk, 32);
	ac_space_derive(s);
out:
	ac_wipe(&k, sizeof k);
	ac_segment_close(&seg);
	ac_arena_free(&a);
	return err;
}

/* ------------------------------------------------------------------ making one */

static enum ac_err
floor_of(struct ac_code *code, struct ac_space *s, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT seq, hash FROM chain WHERE space = ? AND branch = ?", "ib",
		s->id, s->branch, (size_t)16);
	const void *p;
	size_t n;

	memcpy(code->branch, s->branch, 16);
	if (ac_rows_next(&q)) {
		code->seq = ac_rows_int(&q, 0);
		if ((p = ac_rows_blob(&q, 1, &n)) && n == 32)
			memcpy(code->hash, p, 32);
	}
	return ac_rows_end(&q, f);
}

enum ac_err
ac_invite_make(struct ac_code *code, struct ac_arena *a, struct ac_space *s, const char *name, const char *person,
	enum ac_role role, int64_t expires, struct ac_fault *f)
{
	struct ac_val e[10], list = { .kind = AC_ARR, .n = 10, .items = e };
	struct ac_append b = { 0 };
	struct ac_invite_keys k;
	struct ac_remote *r;
	uint64_t clock;
	enum ac_err err;
	size_t i, n;

	ac_crypto_random(code->secret, 32);
	ac_invite_derive(&k, code->secret);
	if (ac_space_role(s) != AC_OWNER)
		return ac_fault(f, AC_EREFUSED, "only the patient's own devices can invite to the record of %s", s->patient);
	if ((err = ac_append_begin(&b, s, f)))
		goto out;
	clock = b.clock;
	if ((err = ac_invite_entry(e, a, s, &k, role, AC_SINGLE, name, person, expires, f))
	    || (err = write_branch(s, &k, role, clock, f)) || (err = ac_append_entry(&b, &list, 300, f))
	    || (err = ac_append_commit(&b, f)))
		goto out;
	memcpy(code->space, s->sid, 8);
	memcpy(code->root, s->root, 32);
	code->expires = expires;
	code->patient = s->patient;
	code->person = person;
	if ((err = floor_of(code, s, f)) || (err = ac_remote_load(&r, &n, a, s, f)))
		goto out;
	if (!(code->remotes = ac_arena_get(a, (2 * n + 1) * sizeof *code->remotes))) {
		err = AC_ENOMEM;
		goto out;
	}
	code->nremotes = n;
	for (i = 0; i < n; i++) {
		code->remotes[2 * i] = r[i].name;
		code->remotes[2 * i + 1] = r[i].url;
	}
out:
	ac_append_end(&b);
	ac_wipe(&k, sizeof k);
	return err;
}
