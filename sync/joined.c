/* SPDX-License-Identifier: ISC */
/*
 * Method: the state remembers of which members this device has told that they joined,
 * as a list of [member id, ms when told] for each space. Whoever is not in it is news,
 * whatever the joiner's own clock says. A device that joins notes everybody whom it
 * finds, without a word. What is to be seen of a kit's use afterwards also counts from
 * the telling, since a thief could date his joining back.
 */
#include <stdio.h>
#include <string.h>

#include "sync/exchange.h"
#include "sync/joined.h"

#define NAME "joined"
#define VISIBLE ((int64_t)30 * 24 * 3600 * 1000)
#define WORD 1300  /* of a name that has at most 300 bytes */
#define TEXT 4700  /* of a sentence */

/* When it was told; -1: it was not. */
static int64_t
told(const struct ac_val *list, const unsigned char id[static 8])
{
	const unsigned char *p;
	int64_t ms;
	uint32_t i;

	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++)
		if (list->items[i].kind == AC_ARR && ac_entry_bin(&p, &list->items[i], 0, 8) && !memcmp(p, id, 8)
		    && ac_entry_int(&ms, &list->items[i], 1))
			return ms;
	return -1;
}

static bool
long_told(const struct ac_val *list, const unsigned char id[static 8])
{
	int64_t ms = told(list, id);

	return ms >= 0 && ms < ac_clock_ms() - VISIBLE;
}

static const struct ac_val *
add(struct ac_arena *a, const struct ac_val *list, const struct ac_member *m, int64_t ms)
{
	struct ac_val *one = ac_entry_list(a, 2);

	if (!one || !list)
		return NULL;
	*ac_entry_at(one, 0) = ac_val_bytes(m->id, 8);
	*ac_entry_at(one, 1) = ac_val_int(ms);
	return ac_val_append(a, list, one);
}

enum ac_err
ac_joined_known(struct ac_space *s, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	const struct ac_val *list;
	enum ac_err err;
	size_t i;

	if (s->kind != AC_SPACE_VAULT) /* nothing is told in another's share */
		return AC_OK;
	list = ac_entry_list(&a, 0);
	for (i = 0; i < s->members.n; i++)
		list = add(&a, list, &s->members.m[i], 0);
	err = list ? ac_mark_put(s, NAME, list, f) : AC_ENOMEM;
	ac_arena_free(&a);
	return err;
}

/* ------------------------------------------------------------------- sentences */

/* A name as a word of a command, which may be copied into a shell: a stranger chose it. */
static void
word(char out[static WORD], const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-";
	size_t n = 0;

	if (name[0] && name[0] != '-' && name[0] != '~' && !name[strspn(name, plain)]) {
		snprintf(out, WORD, "%s", name);
		return;
	}
	out[n++] = '\'';
	for (; *name && n < WORD - 8; name++)
		if (*name == '\'')
			n += (size_t)snprintf(out + n, WORD - n, "'\\''");
		else
			out[n++] = *name;
	snprintf(out + n, WORD - n, "'");
}

static const char *
end_of_options(const char *name)
{
	return name[0] == '-' ? "-- " : "";
}

static void
say_standing(char out[static TEXT], struct ac_space *s, const struct ac_member *m, const struct ac_invite *i,
	const char *when)
{
	char name[AC_DEVICE_NAME], device[WORD], invite[WORD], close[WORD + 20] = "kit renew";

	ac_device_name(name, s, m);
	word(device, name);
	word(invite, i->name);
	if (i->standing == AC_BACKUP)
		snprintf(close, sizeof close, "invite cancel %s", invite);
	snprintf(out, TEXT, ac_words("somebody joined the record of %s with %s as device %s on %.10s; if this was not you: device"
		" remove %s%s, then %s"), s->patient, i->standing == AC_KIT ? ac_words("the recovery kit") : i->name, device, when,
		end_of_options(name), device, close);
}

static void
say_invited(char out[static TEXT], struct ac_space *s, const struct ac_member *m, const struct ac_invite *i,
	const char *when)
{
	const struct ac_member *by = ac_members_find(&s->members, i->by);
	const char *who = m->given[0] ? m->given : m->person;
	char name[AC_DEVICE_NAME], device[WORD], share[WORD];

	word(share, who);
	ac_device_name(name, s, m);
	word(device, name);
	if (s->kind == AC_SPACE_SHARE_OWN)
		snprintf(out, TEXT, ac_words("%s joined the share of the record of %s as %s on %.10s; if this was not them: share revoke"
			" %s"), who, s->patient, ac_words(ac_device_role(m->role)), when, share);
	else
		snprintf(out, TEXT, ac_words("device %s of %s joined the record of %s as %s on %.10s, by a code of %s; if this was not"
			" you, and not somebody you invited: device remove %s%s"), device, who, s->patient, ac_words(ac_device_role(m->role)),
			when, by ? by->device : ac_words("a device that is not here"), end_of_options(name), device);
}

static void
say(struct ac_space *s, const struct ac_member *m, const struct ac_sync_events *e)
{
	const struct ac_invite *i = ac_members_invite(&s->members, m->invite);
	char when[32], text[TEXT];

	if (!i)
		return;
	ac_time_write(when, (int64_t)(m->since >> 16));
	if (m->standing == AC_SINGLE)
		say_invited(text, s, m, i, when);
	else
		say_standing(text, s, m, i, when);
	e->notice(e->ctx, text);
}

/* ------------------------------------------------------------------- answering */

static bool
standing(const struct ac_space *s, const struct ac_member *m)
{
	return m->standing != AC_SINGLE && !m->removed && !m->suspended && memcmp(m->id, s->me, 8);
}

/* Is there one whom this device has seen, and whose joining its own chain does not name? */
static enum ac_err
unanswered(bool *yes, struct ac_space *s, struct ac_fault *f)
{
	enum ac_err err = AC_OK;
	int64_t n;
	size_t i;

	*yes = false;
	for (i = 0; i < s->members.n && !err && !*yes; i++) {
		if (!standing(s, &s->members.m[i]))
			continue;
		n = 0;
		err = ac_index_int(&n, s->home->index, f, "SELECT count(*) FROM seen e JOIN chain c ON c.id = e.chain WHERE"
			" c.space = ? AND c.writer = ? AND e.other = ?", "ibb", s->id, s->me, (size_t)8,
			s->members.m[i].branch, (size_t)16);
		*yes = !n;
	}
	return err;
}

enum ac_err
ac_joined_answer(struct ac_space *s, struct ac_fault *f)
{
	struct ac_append b = { 0 };
	enum ac_err err;
	bool yes;

	if (s->kind != AC_SPACE_VAULT || ac_space_role(s) != AC_OWNER || ac_space_closed(s))
		return AC_OK;
	if ((err = unanswered(&yes, s, f)) || !yes)
		return err;
	/* beginning may have to write, and so say it */
	if (!(err = ac_append_begin(&b, s, f)) && !(err = unanswered(&yes, s, f)) && yes) {
		ac_append_heads(&b);
		err = ac_append_commit(&b, f);
	}
	ac_append_end(&b);
	return err;
}

/* --------------------------------------------------------------------- telling */

/* In an own share the owners' devices come and go by themselves; clinicians are news. One
 * who joined before this device was a member of the vault was told to the others. */
static bool
is_news(struct ac_space *s, const struct ac_member *m, const struct ac_space *vault, bool first)
{
	const struct ac_member *me = ac_members_find(&vault->members, vault->me);

	if (!memcmp(m->id, s->me, 8) || m->removed)
		return false;
	return s == vault || (m->standing == AC_SINGLE && me && (!first || m->since > me->since));
}

static enum ac_err
tell_space(struct ac_space *s, struct ac_space *vault, const struct ac_sync_events *e, struct ac_fault *f)
{
	struct ac_arena a = { 0 };
	const struct ac_val *was, *list;
	enum ac_err err;
	size_t i, n = 0;

	/* one of two processes that learn it at once tells it */
	if ((err = ac_home_lock(s->home, f)))
		return err;
	if ((err = ac_state_load(s->home, f)))
		goto out;
	was = ac_mark_get(s, NAME);
	list = was ? ac_val_copy(&a, was) : ac_entry_list(&a, 0);
	was = was ? list : NULL;
	for (i = 0; i < s->members.n && list; i++)
		if (told(was, s->members.m[i].id) < 0) {
			list = add(&a, list, &s->members.m[i], ac_clock_ms());
			n++;
		}
	if (!list)
		err = AC_ENOMEM;
	if (err || !n || (err = ac_mark_put(s, NAME, list, f)))
		goto out;
	for (i = 0; i < s->members.n; i++)
		if (told(was, s->members.m[i].id) < 0 && is_news(s, &s->members.m[i], vault, !was))
			say(s, &s->members.m[i], e);
out:
	ac_home_unlock(s->home);
	ac_arena_free(&a);
	return err;
}

enum ac_err
ac_joined_tell(struct ac_space *s, const struct ac_sync_events *e, struct ac_fault *f)
{
	struct ac_home *h = s->home;
	enum ac_err err;
	size_t i;

	if (!e || !e->notice || s->kind != AC_SPACE_VAULT || ac_space_closed(s))
		return AC_OK;
	err = tell_space(s, s, e, f);
	for (i = 0; i < h->nspaces && !err; i++)
		if (h->spaces[i]->kind == AC_SPACE_SHARE_OWN && !memcmp(h->spaces[i]->vault, s->sid, 8))
			err = tell_space(h->spaces[i], s, e, f);
	return err;
}

enum ac_err
ac_joined(struct ac_space *s, int (*each)(void *ctx, const struct ac_joined *j), void *ctx, struct ac_fault *f)
{
	const struct ac_val *list = ac_mark_get(s, NAME);
	char name[AC_DEVICE_NAME];
	struct ac_joined row;
	size_t i;

	(void)f;
	for (i = 0; i < s->members.n; i++) {
		const struct ac_member *m = &s->members.m[i];
		const struct ac_invite *v = m->standing != AC_SINGLE ? ac_members_invite(&s->members, m->invite) : NULL;

		if (!v || m->removed || !memcmp(m->id, s->me, 8) || s->kind != AC_SPACE_VAULT
		    || (!ac_members_open(v) && long_told(list, m->id)))
			continue;
		ac_device_name(name, s, m);
		row = (struct ac_joined){ .device = name, .person = m->person, .kit = v->standing == AC_KIT,
			.invite = v->name, .since = (int64_t)(m->since >> 16) };
		if (each(ctx, &row))
			break;
	}
	return AC_OK;
}
