/* SPDX-License-Identifier: ISC */
/*
 * Method: a random inner key seals the body; the passphrase (through Argon2id) and
 * each vault's recovery kit wrap the inner key. So a passphrase changes without the
 * kit, and a forgotten one is reset with it. store/FORMAT.md, "Key file".
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "store/bytes.h"
#include "store/file.h"
#include "store/home.h"

#define MAGIC  "ACKF"
#define HEAD   104
#define SLOT   72
#define KIB    65536u
#define QUICK_KIB 8192u
#define MAX_FILE ((size_t)16 << 20)
#define MAX_KIB  (4u << 20)
#define MAX_PASSES 1000u

static void
path_of(char out[static 4200], const struct ac_home *h)
{
	snprintf(out, 4200, "%s/keys", h->path);
}

void
ac_keyfile_machine(unsigned char out[static 32], const struct ac_home *h)
{
	struct ac_buf id = { 0 };
	struct stat st = { 0 };
	unsigned char ino[16];
	struct ac_hash hash;

	ac_crypto_hash_init(&hash, 32, NULL, 0);
	if (!ac_file_read(&id, "/etc/machine-id", 4096, NULL))
		ac_crypto_hash_add(&hash, id.p, id.len);
	if (!stat(h->path, &st)) {
		ac_bytes_put64(ino, (uint64_t)st.st_ino);
		ac_bytes_put64(ino + 8, (uint64_t)st.st_dev);
		/* the device number may change at each boot of one machine; the inode does not */
		ac_crypto_hash_add(&hash, ino, 8);
	}
	ac_crypto_hash_end(&hash, out, 32);
	ac_buf_free(&id);
}

static void
wrap(unsigned char out[static SLOT], const unsigned char inner[static 32], const unsigned char key[static 32],
	const void *ad, size_t nad)
{
	ac_crypto_random(out, 24);
	ac_crypto_xseal(out + 24, out + 56, inner, 32, ad, nad, out, key);
}

static bool
unwrap(unsigned char inner[static 32], const unsigned char in[static SLOT], const unsigned char key[static 32],
	const void *ad, size_t nad)
{
	return ac_crypto_xopen(inner, in + 24, 32, in + 56, ad, nad, in, key);
}

static void
kit_key(unsigned char out[static 32], const unsigned char kit[static 32])
{
	static const char label[] = "aftercare kit keyfile 1";

	ac_crypto_hkdf(out, 32, NULL, 0, kit, 32, label, sizeof label - 1);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* head: 0 magic, 4 version, 5 slots, 6 zero, 8 passes, 12 KiB, 16 salt, 32 wrapped inner key */
static enum ac_err
derive(unsigned char key[static 32], const unsigned char *head, const char *pass, size_t n, struct ac_fault *f)
{
	uint32_t passes = ac_bytes_get32(head + 8), kib = ac_bytes_get32(head + 12);

	if (!passes || passes > MAX_PASSES || kib < 8 || kib > MAX_KIB)
		return ac_fault(f, AC_ECORRUPT, "the key file asks for an impossible key derivation");
	if (ac_crypto_argon2id(key, pass, n, head + 16, passes, (uint64_t)kib << 10))
		return ac_fault(f, AC_ENOMEM, "the passphrase needs %u MiB of memory to check, which is not free",
			kib >> 10);
	return AC_OK;
}

enum ac_err
ac_keyfile_seal(struct ac_home *h, const char *pass, size_t n, bool quick, struct ac_fault *f)
{
	unsigned char *key, *head = h->head, scratch[32];
	uint32_t passes = 3;
	enum ac_err err;
	double t;

	if (!n)
		return ac_fault(f, AC_EUSAGE, "the passphrase is empty; choose one of several words");
	if (!(key = ac_crypto_secret_new(32)))
		return AC_ENOMEM;
	memset(head, 0, HEAD);
	memcpy(head, MAGIC, 4);
	head[4] = 1;
	ac_crypto_random(head + 16, 16);
	ac_bytes_put32(head + 12, quick ? QUICK_KIB : KIB);
	ac_bytes_put32(head + 8, 1);
	if (!quick) {
		t = seconds();
		if ((err = derive(scratch, head, "measure", 7, f)))
			goto out;
		t = seconds() - t;
		while (passes < 64 && t * passes < 0.5)
			passes++;
	}
	ac_bytes_put32(head + 8, passes);
	if ((err = derive(key, head, pass, n, f)))
		goto out;
	wrap(head + 32, h->inner, key, head + 8, 24);
out:
	ac_crypto_secret_free(key);
	return err;
}

enum ac_err
ac_keyfile_kit(struct ac_home *h, const unsigned char sid[static 8], const unsigned char kit[static 32],
	struct ac_fault *f)
{
	unsigned char key[32];
	size_t i;

	for (i = 0; i < h->nkits; i++)
		if (!memcmp(h->kits[i].sid, sid, 8))
			break;
	if (i == sizeof h->kits / sizeof *h->kits)
		return ac_fault(f, AC_ELIMIT, "this home has its fill of vaults");
	if (i == h->nkits)
		h->nkits++;
	memcpy(h->kits[i].sid, sid, 8);
	kit_key(key, kit);
	wrap(h->kits[i].wrapped, h->inner, key, sid, 8);
	ac_wipe(key, sizeof key);
	return AC_OK;
}

static struct ac_val
space_value(struct ac_arena *a, const struct ac_space *s)
{
	struct ac_val *v = ac_entry_list(a, 12);

	if (!v)
		return (struct ac_val){ .kind = AC_NIL };
	*ac_entry_at(v, 0) = ac_val_bytes(s->sid, 8);
	*ac_entry_at(v, 1) = ac_val_bytes(s->root, 32);
	*ac_entry_at(v, 2) = ac_val_bytes(s->vault, 8);
	*ac_entry_at(v, 3) = ac_val_int(s->kind);
	*ac_entry_at(v, 4) = ac_val_text(s->patient);
	*ac_entry_at(v, 5) = ac_val_bytes(s->secret->seed, 32);
	*ac_entry_at(v, 6) = ac_val_bytes(s->secret->dh, 32);
	*ac_entry_at(v, 7) = ac_val_bytes(s->secret->psk, 32);
	*ac_entry_at(v, 8) = ac_val_bytes(s->secret->name_key, 32);
	*ac_entry_at(v, 9) = ac_val_int(s->incarnation);
	*ac_entry_at(v, 10) = ac_val_bool(s->renew);
	*ac_entry_at(v, 11) = s->start_keys ? *s->start_keys : *ac_entry_list(a, 0);
	return *v;
}

static const struct ac_val *
body_value(struct ac_arena *a, const struct ac_home *h)
{
	struct ac_val *v = ac_entry_list(a, 4), *spaces = ac_entry_list(a, h->nspaces);
	size_t i;

	if (!v || !spaces)
		return NULL;
	for (i = 0; i < h->nspaces; i++) {
		*ac_entry_at(spaces, i) = space_value(a, h->spaces[i]);
		if (spaces->items[i].kind == AC_NIL)
			return NULL;
	}
	*ac_entry_at(v, 0) = ac_val_bytes(h->index_key, 32);
	*ac_entry_at(v, 1) = ac_val_bytes(h->age, 32);
	*ac_entry_at(v, 2) = ac_val_bytes(h->machine, 32);
	*ac_entry_at(v, 3) = *spaces;
	return v;
}

enum ac_err
ac_keyfile_save(struct ac_home *h, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct ac_buf plain = { 0 }, file = { .max = MAX_FILE };
	unsigned char nonce[24], tag[16];
	const struct ac_val *v = body_value(&a, h);
	char path[4200];
	enum ac_err err = AC_ENOMEM;
	size_t i;

	if (!v || (err = ac_mp_write(&plain, v)))
		goto out;
	h->head[5] = (unsigned char)h->nkits;
	if ((err = ac_buf_add(&file, h->head, HEAD)))
		goto out;
	for (i = 0; i < h->nkits; i++)
		if ((err = ac_buf_add(&file, h->kits[i].sid, 8))
		    || (err = ac_buf_add(&file, h->kits[i].wrapped, SLOT)))
			goto out;
	ac_crypto_random(nonce, sizeof nonce);
	ac_crypto_xseal(plain.p, tag, plain.p, plain.len, file.p, file.len, nonce, h->inner);
	if ((err = ac_buf_add(&file, nonce, 24)) || (err = ac_buf_add(&file, plain.p, plain.len))
	    || (err = ac_buf_add(&file, tag, 16)))
		goto out;
	path_of(path, h);
	err = ac_file_put(path, file.p, file.len, 0600, f);
out:
	ac_buf_free(&plain);
	ac_buf_free(&file);
	ac_arena_free(&a);
	return err;
}

static bool
load_space(struct ac_home *h, const struct ac_val *v)
{
	const unsigned char *sid, *root, *vault, *seed, *dh, *psk, *name;
	const struct ac_val *start;
	int64_t kind, incarnation;
	const char *patient;
	struct ac_space *s;

	if (v->kind != AC_ARR || v->n != 12 || !ac_entry_bin(&sid, v, 0, 8) || !ac_entry_bin(&root, v, 1, 32)
	    || !ac_entry_bin(&vault, v, 2, 8) || !ac_entry_int(&kind, v, 3) || !ac_entry_text(&patient, v, 4)
	    || !ac_entry_bin(&seed, v, 5, 32) || !ac_entry_bin(&dh, v, 6, 32) || !ac_entry_bin(&psk, v, 7, 32)
	    || !ac_entry_bin(&name, v, 8, 32) || !ac_entry_int(&incarnation, v, 9)
	    || v->items[10].kind != AC_BOOL || !(start = ac_entry_arr(v, 11)))
		return false;
	if (!(s = ac_space_find(h, sid)) && !(s = ac_space_new(h, (enum ac_space_kind)kind)))
		return false;
	memcpy(s->sid, sid, 8);
	memcpy(s->root, root, 32);
	memcpy(s->vault, vault, 8);
	snprintf(s->patient, sizeof s->patient, "%s", patient);
	memcpy(s->secret->seed, seed, 32);
	memcpy(s->secret->dh, dh, 32);
	memcpy(s->secret->psk, psk, 32);
	memcpy(s->secret->name_key, name, 32);
	s->incarnation = (uint32_t)incarnation;
	s->renew = v->items[10].b;
	s->start_keys = (struct ac_val *)ac_val_copy(&h->arena, start);
	ac_space_derive(s);
	return s->start_keys != NULL;
}

static enum ac_err
load_body(struct ac_home *h, const unsigned char *p, size_t n, struct ac_fault *f)
{
	const unsigned char *index, *age, *machine;
	const struct ac_val *v, *spaces;
	struct ac_arena a = { 0 };
	enum ac_err err;
	uint32_t i;

	if ((err = ac_mp_read(&v, &a, p, n, f)))
		goto out;
	err = AC_ECORRUPT;
	if (v->kind != AC_ARR || v->n != 4 || !ac_entry_bin(&index, v, 0, 32) || !ac_entry_bin(&age, v, 1, 32)
	    || !ac_entry_bin(&machine, v, 2, 32) || !(spaces = ac_entry_arr(v, 3)))
		goto out;
	memcpy(h->index_key, index, 32);
	memcpy(h->age, age, 32);
	memcpy(h->machine, machine, 32);
	for (i = 0; i < spaces->n; i++)
		if (!load_space(h, &spaces->items[i]))
			goto out;
	err = AC_OK;
out:
	if (err == AC_ECORRUPT)
		ac_fault(f, err, "the key file opens and yet does not hold what its format says");
	ac_arena_free(&a);
	return err;
}

/* The inner key, from whichever secret is given. */
static enum ac_err
open_inner(struct ac_home *h, const char *pass, size_t n, const unsigned char *key, const unsigned char *kit,
	struct ac_fault *f)
{
	unsigned char *k = ac_crypto_secret_new(32);
	enum ac_err err = AC_OK;
	size_t i;

	if (!k)
		return AC_ENOMEM;
	if (key)
		memcpy(h->inner, key, 32);
	else if (kit) {
		kit_key(k, kit);
		for (i = 0; i < h->nkits; i++)
			if (unwrap(h->inner, h->kits[i].wrapped, k, h->kits[i].sid, 8))
				break;
		if (i == h->nkits)
			err = ac_fault(f, AC_ELOCKED, "this recovery kit is not one that opens this home");
	} else if (!(err = derive(k, h->head, pass, n, f))
	    && !unwrap(h->inner, h->head + 32, k, h->head + 8, 24))
		err = ac_fault(f, AC_ELOCKED, "wrong passphrase for %s", h->path);
	ac_crypto_secret_free(k);
	return err;
}

enum ac_err
ac_keyfile_load(struct ac_home *h, const char *pass, size_t n, const unsigned char *key,
	const unsigned char *kit, struct ac_fault *f)
{
	struct ac_buf file = { .max = MAX_FILE };
	char path[4200];
	enum ac_err err;
	size_t at = HEAD, i;

	path_of(path, h);
	if ((err = ac_file_read(&file, path, MAX_FILE, f))) {
		if (err == AC_ENOTFOUND)
			ac_fault(f, err, "there is no home at %s; make one with init, join or restore", h->path);
		goto out;
	}
	if (file.len < HEAD || memcmp(file.p, MAGIC, 4)) {
		err = ac_fault(f, AC_ECORRUPT, "%s is no key file; put the one from a backup back", path);
		goto out;
	}
	if (file.p[4] != 1) {
		err = ac_fault(f, AC_EVERSION, "%s has key file format %u; get a version of aftercare that reads it",
			path, file.p[4]);
		goto out;
	}
	memcpy(h->head, file.p, HEAD);
	h->nkits = file.p[5];
	if (h->nkits > sizeof h->kits / sizeof *h->kits || file.len < HEAD + h->nkits * (8 + SLOT) + 40) {
		err = ac_fault(f, AC_ECORRUPT, "%s is cut short; put the one from a backup back", path);
		goto out;
	}
	for (i = 0; i < h->nkits; i++, at += 8 + SLOT) {
		memcpy(h->kits[i].sid, file.p + at, 8);
		memcpy(h->kits[i].wrapped, file.p + at + 8, SLOT);
	}
	if ((err = open_inner(h, pass, n, key, kit, f)))
		goto out;
	if (!ac_crypto_xopen(file.p + at + 24, file.p + at + 24, file.len - at - 40, file.p + file.len - 16,
	    file.p, at, file.p + at, h->inner)) {
		err = key ? ac_fault(f, AC_ELOCKED, "the key held for %s is not this home's", h->path)
		    : ac_fault(f, AC_ECORRUPT, "%s is damaged; put the one from a backup back", path);
		goto out;
	}
	err = load_body(h, file.p + at + 24, file.len - at - 40, f);
out:
	ac_buf_free(&file);
	return err;
}
