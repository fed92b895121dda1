/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "sync/age.h"
#include "sync/exchange.h"
#include "sync/kit.h"

#define PREFIX "AGE-SECRET-KEY-1"
#define FAMILY "AGE-SECRET-KEY-"
#define LETTERS 58   /* behind the prefix: 52 of the key, 6 of the checksum */

/* Upper case, without white space. */
static enum ac_err
squeeze(struct ac_buf *out, const char *text)
{
	enum ac_err err = AC_OK;
	char c;

	for (; *text && !err; text++) {
		c = *text;
		if (c == ' ' || (c >= '\t' && c <= '\r'))
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		err = ac_buf_add(out, &c, 1);
	}
	return err ? err : ac_buf_add(out, "", 1);
}

/* age's other kinds of keys have a word of their own before the 1. */
static bool
later_form(const char *text)
{
	const char *at = strstr(text, FAMILY);
	size_t n = at ? strspn(at + sizeof FAMILY - 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") : 0;

	return n && !strncmp(at + sizeof FAMILY - 1 + n, "-1", 2);
}

enum ac_err
ac_kit_find(unsigned char keys[static AC_KIT_KEYS * 32], size_t *n, const char *text, struct ac_fault *f)
{
	struct ac_buf b = { 0 };
	char one[sizeof PREFIX + LETTERS], *at;
	size_t got = 0;
	enum ac_err err;

	if ((err = squeeze(&b, text)))
		goto out;
	for (at = (char *)b.p; (at = strstr(at, PREFIX)) && got < AC_KIT_KEYS; at += sizeof PREFIX - 1) {
		snprintf(one, sizeof one, "%s", at);
		if (ac_age_identity_parse(keys + got * 32, one, NULL)) {
			err = ac_fault(f, AC_EINVAL, "a secret key is not as it was printed: a character is wrong or missing");
			goto out;
		}
		got++;
	}
	if (!got && later_form((char *)b.p))
		err = ac_fault(f, AC_EVERSION, "the secret key is of a later form than %s; get a version of aftercare that reads it",
			PREFIX);
	else if (!got)
		err = ac_fault(f, AC_EINVAL, "there is no secret key here: it begins with %s", PREFIX);
	else
		*n = got;
out:
	ac_wipe(one, sizeof one);
	ac_buf_free(&b);
	return err;
}

enum ac_err
ac_kit_secret(unsigned char kit[static 32], const char *secret, struct ac_fault *f)
{
	unsigned char keys[AC_KIT_KEYS * 32];
	enum ac_err err;
	size_t n;

	if (!(err = ac_kit_find(keys, &n, secret, f)))
		memcpy(kit, keys, 32);
	ac_wipe(keys, sizeof keys);
	return err;
}

bool
ac_kit_public(unsigned char pk[static 32], const struct ac_invite *i)
{
	return i->standing == AC_KIT && strlen(i->person) == 64 && ac_crypto_unhex(pk, 32, i->person);
}

/* ------------------------------------------------------------------- the sheet */

static enum ac_err
remotes(struct ac_kit *out, struct ac_arena *a, struct ac_space *s, struct ac_fault *f)
{
	struct ac_remote *r;
	const char **url;
	enum ac_err err;
	size_t n;

	if ((err = ac_remote_load(&r, &n, a, s, f)))
		return err;
	if (!(url = ac_arena_get(a, (n + 1) * sizeof *url)))
		return AC_ENOMEM;
	for (; out->nremotes < n; out->nremotes++)
		url[out->nremotes] = r[out->nremotes].url;
	out->remotes = url;
	return AC_OK;
}

enum ac_err
ac_kit_sheet(struct ac_kit *out, struct ac_arena *a, struct ac_space *s, const unsigned char kit[static 32],
	struct ac_fault *f)
{
	struct ac_kit k = { 0 };
	enum ac_err err;

	if ((err = remotes(&k, a, s, f)))
		return err;
	ac_age_identity_format(k.secret, kit);
	ac_crypto_hex(k.space, s->sid, 8);
	ac_crypto_hex(k.root, s->root, 32);
	snprintf(k.person, sizeof k.person, "%s", s->patient);
	*out = k;
	ac_wipe(&k, sizeof k);
	return AC_OK;
}

/* --------------------------------------------------------------- check, renew */

static const struct ac_invite *
find(const struct ac_space *s, const unsigned char kit[static 32])
{
	struct ac_invite_keys k;
	const struct ac_invite *i;

	ac_invite_derive(&k, kit);
	i = ac_members_invite(&s->members, k.pk);
	ac_wipe(&k, sizeof k);
	return i;
}

const struct ac_invite *
ac_kit_invite(const struct ac_space *s, const unsigned char kit[static 32])
{
	const struct ac_invite *i = find(s, kit);

	return i && i->standing == AC_KIT && ac_members_open(i) ? i : NULL;
}

enum ac_err
ac_kit_check(struct ac_space *s, const char *secret, struct ac_fault *f)
{
	unsigned char kit[32];
	const struct ac_invite *i;
	enum ac_err err;

	if ((err = ac_kit_secret(kit, secret, f)))
		return err;
	i = find(s, kit);
	if (!i || i->standing != AC_KIT)
		err = ac_fault(f, AC_EREFUSED, "this sheet is not a recovery kit of the record of %s", s->patient);
	else if (!ac_members_open(i))
		err = ac_fault(f, AC_EREFUSED, "this recovery kit was retired by a newer one; destroy the sheet");
	ac_wipe(kit, sizeof kit);
	return err;
}

/* The old kits go, the new one comes, in one batch. */
static enum ac_err
exchange(struct ac_append *b, struct ac_space *s, const unsigned char kit[static 32], struct ac_fault *f)
{
	struct ac_val e[10], cancel[2] = { ac_val_int(AC_ENTRY_CANCEL) };
	struct ac_val list = { .kind = AC_ARR, .n = 2, .items = cancel };
	struct ac_arena a = { 0 };
	struct ac_invite_keys k;
	char pk[65];
	enum ac_err err = AC_OK;
	size_t i;

	ac_invite_derive(&k, kit);
	ac_invite_kit_text(pk, kit);
	for (i = 0; i < s->members.ni && !err; i++) {
		if (s->members.i[i].standing != AC_KIT || !ac_members_open(&s->members.i[i]))
			continue;
		cancel[1] = ac_val_bytes(s->members.i[i].pk, 32);
		err = ac_append_entry(b, &list, 64, f);
	}
	if (err)
		goto out;
	if ((err = ac_invite_entry(e, &a, s, &k, AC_OWNER, AC_KIT, "recovery kit", pk, 0, f)))
		goto out;
	list = (struct ac_val){ .kind = AC_ARR, .n = 10, .items = e };
	if (!(err = ac_append_entry(b, &list, 300, f)))
		err = ac_append_commit(b, f);
out:
	ac_wipe(&k, sizeof k);
	ac_arena_free(&a);
	return err;
}

enum ac_err
ac_kit_renew(struct ac_space *s, unsigned char kit[static 32], struct ac_fault *f)
{
	struct ac_home *h = s->home;
	struct ac_append b = { 0 };
	unsigned char secret[32], slots[sizeof h->kits];
	size_t nslots;
	enum ac_err err;

	if (s->kind != AC_SPACE_VAULT || ac_space_role(s) != AC_OWNER)
		return ac_fault(f, AC_EREFUSED, "only an owner of the record of %s can renew its recovery kit", s->patient);
	ac_crypto_random(secret, sizeof secret);
	if ((err = ac_append_begin(&b, s, f)))
		goto out;
	/* the key file first: a kit that the chain knows must not be one that nobody was shown */
	memcpy(slots, h->kits, sizeof slots);
	nslots = h->nkits;
	if (!(err = ac_keyfile_kit(h, s->sid, secret, f)) && !(err = ac_keyfile_save(h, f)))
		err = exchange(&b, s, secret, f);
	if (err) {
		memcpy(h->kits, slots, sizeof slots);
		h->nkits = nslots;
		if (ac_keyfile_save(h, NULL))
			ac_fault(f, err, "the recovery kit was not renewed, and the old one no longer resets the passphrase;"
				" run kit renew again");
		goto out;
	}
	memcpy(kit, secret, 32);
	ac_append_end(&b);
	/* from here on the new kit counts; a new epoch that fails now comes before the next write */
	if (ac_append_rotate(s, NULL))
		goto out;
out:
	ac_append_end(&b);
	ac_wipe(secret, sizeof secret);
	return err;
}
