/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "sync/exchange.h"

/* The state "alerts": an array of [id, kind, space, chain, remote, time, message, cleared]. */
#define ITEMS 8

/* Whoever keeps a hub can make up conditions without end. So many of one kind at one remote
 * are kept, so that a flood of one hides no other; of those put away the eldest go. */
#define OPEN_MAX 256u
#define ALL_MAX  4096u

static void
name_it(char id[static 17], const struct ac_space *s, const char *kind, const unsigned char *branch, int64_t seq,
	const char *remote)
{
	unsigned char hash[16];
	char text[400], sid[17], b[33] = "";

	ac_crypto_hex(sid, s->sid, 8);
	if (branch)
		ac_crypto_hex(b, branch, 16);
	snprintf(text, sizeof text, "%s %s %s %lld %.100s", kind, sid, b, (long long)seq, remote);
	ac_crypto_hash(hash, 16, text, strlen(text), NULL, 0);
	ac_crypto_hex(id, hash, 4);
}

static bool
parse(struct ac_alert *out, bool *cleared, const struct ac_val *v)
{
	if (v->kind != AC_ARR || v->n != ITEMS || !ac_entry_text(&out->id, v, 0) || !ac_entry_text(&out->kind, v, 1)
	    || !ac_entry_text(&out->space, v, 2) || !ac_entry_text(&out->chain, v, 3)
	    || !ac_entry_text(&out->remote, v, 4) || !ac_entry_int(&out->time, v, 5)
	    || !ac_entry_text(&out->message, v, 6) || v->items[7].kind != AC_BOOL)
		return false;
	*cleared = v->items[7].b;
	return true;
}

/* The list and room for one more, without the eldest that were put away where it is long. */
static struct ac_val *
recent(struct ac_arena *a, const struct ac_val *all)
{
	uint32_t n = all ? all->n : 0, over = n >= ALL_MAX ? n - ALL_MAX + 1 : 0, i, kept = 0;
	struct ac_val *out = ac_entry_list(a, n + 1);
	struct ac_alert al;
	bool cleared;

	for (i = 0; out && i < n; i++) {
		if (over && parse(&al, &cleared, &all->items[i]) && cleared)
			over--;
		else
			*ac_entry_at(out, kept++) = all->items[i];
	}
	if (out)
		out->n = kept + 1;
	return out;
}

enum ac_err
ac_alert_add(struct ac_space *s, const char *kind, const unsigned char *branch, int64_t seq, const char *remote,
	const char *message, const struct ac_sync_events *e, bool *fresh, struct ac_fault *f)
{
	struct ac_val items[ITEMS], row = { .kind = AC_ARR, .n = ITEMS, .items = items };
	const struct ac_val *all;
	struct ac_val *list;
	struct ac_arena a = { 0 };
	struct ac_alert al = { 0 };
	char id[17], sid[17], b[33] = "";
	bool cleared;
	enum ac_err err;
	uint32_t i, like = 0;

	*fresh = false;
	name_it(id, s, kind, branch, seq, remote);
	if ((err = ac_home_lock(s->home, f)))
		return err;
	if ((err = ac_state_load(s->home, f)))
		goto out;
	all = ac_state_get(s->home, "alerts");
	for (i = 0; all && i < all->n; i++) {
		if (!parse(&al, &cleared, &all->items[i]))
			continue;
		if (!strcmp(al.id, id))
			goto out; /* told already */
		like += !cleared && !strcmp(al.kind, kind) && !strcmp(al.remote, remote);
	}
	if (like >= OPEN_MAX)
		goto out;
	ac_crypto_hex(sid, s->sid, 8);
	if (branch)
		ac_crypto_hex(b, branch, 16);
	items[0] = ac_val_text(id);
	items[1] = ac_val_text(kind);
	items[2] = ac_val_text(sid);
	items[3] = ac_val_text(b);
	items[4] = ac_val_text(remote);
	items[5] = ac_val_int(ac_clock_ms());
	items[6] = ac_val_text(message);
	items[7] = ac_val_bool(false);
	if (!(list = recent(&a, all))) {
		err = AC_ENOMEM;
		goto out;
	}
	*ac_entry_at(list, list->n - 1) = row;
	if ((err = ac_state_put(s->home, "alerts", list, f)))
		goto out;
	*fresh = true;
	if (e && e->alert && parse(&al, &cleared, &row))
		e->alert(e->ctx, &al);
out:
	ac_home_unlock(s->home);
	ac_arena_free(&a);
	return err;
}

enum ac_err
ac_alerts(struct ac_home *h, int (*each)(void *ctx, const struct ac_alert *a), void *ctx, struct ac_fault *f)
{
	const struct ac_val *all = ac_state_get(h, "alerts");
	struct ac_alert al;
	bool cleared;
	uint32_t i;

	(void)f;
	for (i = 0; all && i < all->n; i++)
		if (parse(&al, &cleared, &all->items[i]) && !cleared && each(ctx, &al))
			break;
	return AC_OK;
}

enum ac_err
ac_alert_clear(struct ac_home *h, const char *id, struct ac_fault *f)
{
	const struct ac_val *all;
	struct ac_arena a = { 0 };
	struct ac_val *list, *row;
	struct ac_alert al;
	bool cleared;
	enum ac_err err;
	uint32_t i, found = 0;

	if ((err = ac_home_lock(h, f)))
		return err;
	if ((err = ac_state_load(h, f)))
		goto out;
	all = ac_state_get(h, "alerts");
	if (!(list = ac_entry_list(&a, all ? all->n : 0))) {
		err = AC_ENOMEM;
		goto out;
	}
	for (i = 0; all && i < all->n; i++) {
		*ac_entry_at(list, i) = all->items[i];
		if (!parse(&al, &cleared, &all->items[i]) || cleared || strlen(id) < 4 || strncmp(al.id, id, strlen(id)))
			continue;
		if (!(row = ac_entry_list(&a, ITEMS))) {
			err = AC_ENOMEM;
			goto out;
		}
		memcpy(ac_entry_at(row, 0), all->items[i].items, ITEMS * sizeof *row);
		*ac_entry_at(row, 7) = ac_val_bool(true);
		*ac_entry_at(list, i) = *row;
		found++;
	}
	err = found == 1 ? ac_state_put(h, "alerts", list, f)
	    : ac_fault(f, found ? AC_EAMBIGUOUS : AC_ENOTFOUND, "there is no open alert %.40s; status shows them", id);
out:
	ac_home_unlock(h);
	ac_arena_free(&a);
	return err;
}
