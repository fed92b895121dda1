/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "sync/exchange.h"

#define DAY ((int64_t)24 * 3600 * 1000)

static const char *
state_of(const struct ac_member *m)
{
	return m->removed ? "revoked" : m->suspended ? "pending" : "active";
}

const char *
ac_device_role(enum ac_role role)
{
	return role == AC_OWNER ? "owner" : role == AC_WRITER ? "writer" : "reader";
}

void
ac_device_name(char out[static AC_DEVICE_NAME], const struct ac_space *s, const struct ac_member *m)
{
	bool plain = m->device[0] && !strchr(m->device, '~');
	char hex[17];
	size_t i;

	/* who joins with a stolen kit may take any name, and must be nameable all the same */
	for (i = 0; i < s->members.n && plain && !m->removed; i++)
		plain = &s->members.m[i] == m || s->members.m[i].removed || strcmp(s->members.m[i].device, m->device);
	ac_crypto_hex(hex, m->id, 8);
	snprintf(out, AC_DEVICE_NAME, plain ? "%s" : "%s~%s", m->device, hex);
}

/* What its device wrote after it was removed, and is kept unshown. */
static enum ac_err
count_late(uint64_t *out, struct ac_space *s, const struct ac_member *m, struct ac_fault *f)
{
	int64_t n = 0;
	enum ac_err err = AC_OK;

	if (m->removed)
		err = ac_index_int(&n, s->home->index, f, "SELECT count(*) FROM version v JOIN chain c ON c.id = v.chain WHERE"
			" c.space = ? AND c.writer = ? AND v.shown = 0", "ib", s->id, m->id, (size_t)8);
	*out = (uint64_t)n;
	return err;
}

enum ac_err
ac_device_list(struct ac_space *s, int (*each)(void *ctx, const struct ac_member_row *m), void *ctx, struct ac_fault *f)
{
	char name[AC_DEVICE_NAME];
	struct ac_member_row row;
	uint64_t late;
	enum ac_err err;
	size_t i;

	for (i = 0; i < s->members.n; i++) {
		const struct ac_member *m = &s->members.m[i];

		if ((err = count_late(&late, s, m, f)))
			return err;
		ac_device_name(name, s, m);
		row = (struct ac_member_row){ .name = name, .late = late, .person = m->given[0] ? m->given : m->person,
			.role = m->role, .state = state_of(m), .since = (int64_t)(m->since >> 16),
			.here = !memcmp(m->id, s->me, 8) };
		if (each(ctx, &row))
			break;
	}
	return AC_OK;
}

static enum ac_err
find(const struct ac_member **out, struct ac_space *s, const char *name, struct ac_fault *f)
{
	char shown[AC_DEVICE_NAME];
	size_t i, fits = 0;

	for (i = 0; i < s->members.n; i++) {
		ac_device_name(shown, s, &s->members.m[i]);
		if (!s->members.m[i].removed && !strcmp(shown, name)) {
			*out = &s->members.m[i];
			return AC_OK;
		}
		fits += !s->members.m[i].removed && !strcmp(s->members.m[i].device, name);
	}
	return ac_fault(f, fits ? AC_EAMBIGUOUS : AC_ENOTFOUND, fits ? "%.80s does not name one device; device list shows how"
		" each is named" : "there is no device %.80s; device list shows them", name);
}

static size_t
owners(const struct ac_space *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->members.n; i++)
		n += s->members.m[i].role == AC_OWNER && !s->members.m[i].removed;
	return n;
}

/* [[branch, last number, hash]…] of a member's chains, as far as they were taken here. Of
 * one of two who came by one invite nothing was ever taken. */
static enum ac_err
cut_list(struct ac_val *out, struct ac_arena *a, struct ac_space *s, const struct ac_member *m, struct ac_fault *f)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT branch, seq, hash FROM chain WHERE space = ? AND writer = ?",
		"ib", s->id, m->id, (size_t)8);
	struct ac_val *list = ac_entry_list(a, 0), *one;
	unsigned char *copy;
	const void *p;
	size_t n;

	while (list && !m->suspended && ac_rows_next(&q)) {
		one = ac_entry_list(a, 3);
		copy = ac_arena_get(a, 48);
		if (!one || !copy) {
			list = NULL;
			break;
		}
		if ((p = ac_rows_blob(&q, 0, &n)) && n == 16)
			memcpy(copy, p, 16);
		if ((p = ac_rows_blob(&q, 2, &n)) && n == 32)
			memcpy(copy + 16, p, 32);
		*ac_entry_at(one, 0) = ac_val_bytes(copy, 16);
		*ac_entry_at(one, 1) = ac_val_int(ac_rows_int(&q, 1));
		*ac_entry_at(one, 2) = ac_val_bytes(copy + 16, 32);
		list = (struct ac_val *)ac_val_append(a, list, one);
	}
	if (ac_rows_end(&q, f))
		return q.err;
	if (!list)
		return AC_ENOMEM;
	*out = *list;
	return AC_OK;
}

enum ac_err
ac_member_remove(struct ac_space *s, const unsigned char id[static 8], struct ac_fault *f)
{
	struct ac_val e[3], entry = { .kind = AC_ARR, .n = 3, .items = e };
	const struct ac_member *m;
	struct ac_append b = { 0 };
	struct ac_arena a = { 0 };
	enum ac_err err;

	if ((err = ac_append_begin(&b, s, f)))
		goto out;
	if (!(m = ac_members_find(&s->members, id)) || m->removed)
		goto out;
	e[0] = ac_val_int(AC_ENTRY_REMOVE);
	e[1] = ac_val_bytes(id, 8);
	if ((err = cut_list(&e[2], &a, s, m, f)))
		goto out;
	/* under the epoch of now, so that the one removed can read that it was */
	if ((err = ac_append_entry(&b, &entry, 100, f)) || (err = ac_append_commit(&b, f)))
		goto out;
	ac_append_end(&b);
	err = ac_append_rotate(s, f);
out:
	ac_append_end(&b);
	ac_arena_free(&a);
	return err;
}

static bool
is_guest(const struct ac_member *m)
{
	return m->role != AC_OWNER && !m->removed;
}

static bool
is_open_code(const struct ac_invite *v)
{
	return v->standing == AC_SINGLE && !v->uses && !v->cancelled;
}

bool
ac_member_guests(const struct ac_space *s)
{
	size_t i;

	for (i = 0; i < s->members.n; i++)
		if (is_guest(&s->members.m[i]))
			return true;
	for (i = 0; i < s->members.ni; i++)
		if (is_open_code(&s->members.i[i]))
			return true;
	return false;
}

static enum ac_err
close_codes(struct ac_append *b, struct ac_fault *f)
{
	const struct ac_members *all = &b->s->members;
	struct ac_val e[2], entry = { .kind = AC_ARR, .n = 2, .items = e };
	enum ac_err err = AC_OK;
	size_t i;

	e[0] = ac_val_int(AC_ENTRY_CANCEL);
	for (i = 0; i < all->ni && !err; i++) {
		if (!is_open_code(&all->i[i]))
			continue;
		e[1] = ac_val_bytes(all->i[i].pk, 32);
		err = ac_append_entry(b, &entry, 50, f);
	}
	return err;
}

enum ac_err
ac_member_close(struct ac_space *s, struct ac_fault *f)
{
	struct ac_val e[3], entry = { .kind = AC_ARR, .n = 3, .items = e };
	struct ac_append b = { 0 };
	struct ac_arena a = { 0 };
	enum ac_err err;
	size_t i;

	if ((err = ac_append_alone(&b, s, f)) || (err = close_codes(&b, f)))
		goto out;
	e[0] = ac_val_int(AC_ENTRY_REMOVE);
	for (i = 0; i < s->members.n && !err; i++) {
		if (!is_guest(&s->members.m[i]))
			continue;
		e[1] = ac_val_bytes(s->members.m[i].id, 8);
		if (!(err = cut_list(&e[2], &a, s, &s->members.m[i], f)))
			err = ac_append_entry(&b, &entry, 100, f);
	}
	/* under the epoch of now, so that those removed can read it */
	if (err || (err = ac_append_commit(&b, f)))
		goto out;
	ac_append_end(&b);
	err = ac_append_rotate(s, f);
out:
	ac_append_end(&b);
	ac_arena_free(&a);
	return err;
}

enum ac_err
ac_device_remove(struct ac_space *s, const char *name, struct ac_fault *f)
{
	const struct ac_member *m = NULL;
	unsigned char id[8];
	enum ac_err err;

	if (ac_space_role(s) != AC_OWNER)
		return ac_fault(f, AC_EREFUSED, "only an owner's device can remove another from the record of %s", s->patient);
	if ((err = find(&m, s, name, f)))
		return err;
	if (m->role == AC_OWNER && owners(s) == 1)
		return ac_fault(f, AC_EREFUSED, "%.80s is the last owner's device: invite another first, then remove this one", name);
	if (!memcmp(m->id, s->me, 8))
		return ac_fault(f, AC_EREFUSED, "%.80s is this device: remove it from another one", name);
	memcpy(id, m->id, 8);
	return ac_member_remove(s, id, f);
}

/* ------------------------------------------------------------------- invites */

static const char *
invite_state(const struct ac_invite *i)
{
	/* what expired is closed too, by the first owner's device that notices */
	if (i->cancelled && (!i->expires || (int64_t)(i->cancelled_at >> 16) < i->expires))
		return "revoked";
	if (i->standing == AC_SINGLE && i->uses)
		return "active";
	if (i->expires && i->expires < ac_clock_ms())
		return AC_WORD("expired");
	return "pending";
}

enum ac_err
ac_invite_list(struct ac_space *s, int (*each)(void *ctx, const struct ac_member_row *m), void *ctx, struct ac_fault *f)
{
	struct ac_member_row row;
	size_t i;

	(void)f;
	for (i = 0; i < s->members.ni; i++) {
		const struct ac_invite *v = &s->members.i[i];

		/* the kit is no invite to anybody; a backup's is listed, to be cancelled one day */
		if (v->standing == AC_KIT || (v->standing == AC_SINGLE && v->uses))
			continue;
		row = (struct ac_member_row){ .name = v->name, .person = v->standing == AC_SINGLE ? v->person : "",
			.role = v->role, .state = invite_state(v), .since = (int64_t)(v->since >> 16) };
		if (each(ctx, &row))
			break;
	}
	return AC_OK;
}

enum ac_err
ac_invite_close(struct ac_space *s, const unsigned char pk[static 32], struct ac_fault *f)
{
	struct ac_val e[2], entry = { .kind = AC_ARR, .n = 2, .items = e };
	struct ac_append b = { 0 };
	enum ac_err err;

	if ((err = ac_append_begin(&b, s, f)))
		goto out;
	e[0] = ac_val_int(AC_ENTRY_CANCEL);
	e[1] = ac_val_bytes(pk, 32);
	if ((err = ac_append_entry(&b, &entry, 50, f)) || (err = ac_append_commit(&b, f)))
		goto out;
	ac_append_end(&b);
	err = ac_append_rotate(s, f);
out:
	ac_append_end(&b);
	return err;
}

enum ac_err
ac_invite_cancel(struct ac_space *s, const char *name, struct ac_fault *f)
{
	unsigned char pk[32];
	size_t i, fits = 0;
	bool kit = false;

	if (ac_space_role(s) != AC_OWNER)
		return ac_fault(f, AC_EREFUSED, "only an owner's device can cancel an invite to the record of %s", s->patient);
	for (i = 0; i < s->members.ni; i++) {
		const struct ac_invite *v = &s->members.i[i];

		if (v->cancelled || (v->standing == AC_SINGLE && v->uses) || strcmp(v->name, name))
			continue;
		memcpy(pk, v->pk, 32);
		kit = v->standing == AC_KIT;
		fits++;
	}
	if (kit)
		return ac_fault(f, AC_EREFUSED, "the recovery kit is retired with kit renew");
	if (fits != 1)
		return ac_fault(f, fits ? AC_EAMBIGUOUS : AC_ENOTFOUND, fits ? "several invites are called %.80s"
			: "there is no open invite %.80s; invite list shows them", name);
	return ac_invite_close(s, pk, f);
}

enum ac_err
ac_device_invite(struct ac_invited *out, struct ac_space *s, const char *as, enum ac_role role, int64_t expires,
	struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	struct ac_code code = { 0 };
	const char *person = as ? as : s->patient;
	int64_t until = ac_clock_ms() + (expires ? expires : DAY);
	struct ac_sync_result r;
	char name[64], when[32];
	enum ac_err err;

	if (s->kind != AC_SPACE_VAULT)
		return ac_fault(f, AC_EREFUSED, "only the patient's own devices can invite to the record of %s", s->patient);
	ac_time_write(when, ac_clock_ms());
	snprintf(name, sizeof name, "device %s", when);
	if ((err = ac_invite_make(&code, &a, s, name, person, role, until, f)) || (err = ac_code_write(out->code, &code, f)))
		goto out;
	out->expires = until;
	/* on a remote before the code is shown, so that the joiner finds it */
	out->published = code.nremotes && !ac_sync(&r, s, NULL, NULL, NULL) && r.failed < r.tried;
out:
	ac_wipe(&code, sizeof code);
	ac_arena_free(&a);
	return err;
}
