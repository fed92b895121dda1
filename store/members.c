/* SPDX-License-Identifier: ISC */
/*
 * Method: membership is grown from the founder by a fixed point over invites and
 * joins, under a list of cuts. Removals are then applied one at a time, the most
 * senior remover's first; each changes what counts, so all is grown anew after
 * each. The entries are few: one for each member that ever was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/crypto.h"
#include "store/members.h"

struct grow {
	const struct ac_mentry *e;
	size_t n;
	const unsigned char *root_branch;
	const struct ac_members_chains *chains;
	struct ac_members *m;
	bool *applied;      /* removals by entry */
	unsigned char (*mute)[8]; size_t nmute; /* members found suspended: nothing of theirs counts */
};

const struct ac_member *
ac_members_find(const struct ac_members *m, const unsigned char id[static 8])
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (!memcmp(m->m[i].id, id, 8))
			return &m->m[i];
	return NULL;
}

const struct ac_invite *
ac_members_invite(const struct ac_members *m, const unsigned char pk[static 32])
{
	size_t i;

	for (i = 0; i < m->ni; i++)
		if (!memcmp(m->i[i].pk, pk, 32))
			return &m->i[i];
	return NULL;
}

bool
ac_members_cut(const struct ac_members *m, const unsigned char id[static 8],
	const unsigned char branch[static 16], uint32_t seq)
{
	bool removed = false;
	size_t i;

	for (i = 0; i < m->ncuts; i++) {
		if (memcmp(m->cuts[i].member, id, 8))
			continue;
		removed = true;
		if (!memcmp(m->cuts[i].branch, branch, 16))
			return (int64_t)seq > m->cuts[i].seq;
	}
	/* a branch of a removed member that the remover had not seen */
	return removed;
}

static struct ac_member *
member(struct grow *g, const unsigned char *id)
{
	return (struct ac_member *)ac_members_find(g->m, id);
}

/* Is this entry by an owner, and does it count? */
static bool
by_owner(struct grow *g, const struct ac_mentry *e)
{
	const struct ac_member *w = member(g, e->writer);
	size_t i;

	if (e->forked)
		return false;
	for (i = 0; i < g->nmute; i++)
		if (!memcmp(g->mute[i], e->writer, 8))
			return false;
	return w && w->role == AC_OWNER && !ac_members_cut(g->m, e->writer, e->branch, e->seq);
}

static void
text(char out[static 256], const struct ac_val *e, size_t i)
{
	const char *s;

	if (ac_entry_text(&s, e, i))
		snprintf(out, 256, "%s", s);
}

static bool
add_invite(struct grow *g, const struct ac_mentry *e)
{
	const unsigned char *pk, *dh, *branch;
	int64_t role, standing, expires;
	struct ac_invite *i;

	if (!ac_entry_bin(&pk, e->e, 1, 32) || !ac_entry_bin(&dh, e->e, 2, 32) || !ac_entry_int(&role, e->e, 3)
	    || !ac_entry_int(&standing, e->e, 4) || !ac_entry_int(&expires, e->e, 7)
	    || role < AC_OWNER || standing < AC_SINGLE
	    || ac_members_invite(g->m, pk) || !by_owner(g, e))
		return false;
	i = &g->m->i[g->m->ni++];
	memset(i, 0, sizeof *i);
	memcpy(i->pk, pk, 32);
	memcpy(i->dh, dh, 32);
	memcpy(i->by, e->writer, 8);
	text(i->name, e->e, 5);
	text(i->person, e->e, 6);
	/* of a later version the least, but never shut out: an epoch without him could not be read */
	i->role = role > AC_READER ? AC_READER : (enum ac_role)role;
	i->standing = standing > AC_BACKUP ? AC_BACKUP : (enum ac_standing)standing;
	i->expires = expires;
	i->since = e->clock;
	if ((i->has_branch = ac_entry_bin(&branch, e->e, 9, 16)))
		memcpy(i->branch, branch, 16);
	i->box = e->e->n > 8 && e->e->items[8].kind == AC_BIN ? &e->e->items[8] : NULL;
	return true;
}

/* Was this invite closed by an owner who had not seen the join? */
static bool
closed_before(struct grow *g, const unsigned char *pk, const struct ac_mentry *join)
{
	const unsigned char *c;
	size_t i;

	for (i = 0; i < g->n; i++) {
		const struct ac_mentry *e = &g->e[i];

		if (!ac_entry_is(e->e, AC_ENTRY_CANCEL, 2) || !ac_entry_bin(&c, e->e, 1, 32)
		    || memcmp(c, pk, 32) || !by_owner(g, e))
			continue;
		if (g->chains->seen(g->chains->ctx, e->branch, e->seq, join->branch) < (int64_t)join->seq)
			return true;
	}
	return false;
}

static bool
add_join(struct grow *g, const struct ac_mentry *e)
{
	const unsigned char *sign, *dh, *pk = NULL;
	struct ac_invite *inv = NULL;
	const struct ac_member *by;
	struct ac_member *m;
	bool founder;

	if (!ac_entry_bin(&sign, e->e, 1, 32) || !ac_entry_bin(&dh, e->e, 2, 32) || member(g, e->writer))
		return false;
	founder = !memcmp(e->branch, g->root_branch, 16) && e->seq == 0;
	if (!founder) {
		if (!ac_entry_bin(&pk, e->e, 5, 32) || !(inv = (struct ac_invite *)ac_members_invite(g->m, pk))
		    || closed_before(g, pk, e))
			return false;
		if (inv->expires && (int64_t)(e->clock >> 16) > inv->expires)
			return false;
	}
	m = &g->m->m[g->m->n++];
	memset(m, 0, sizeof *m);
	memcpy(m->id, e->writer, 8);
	memcpy(m->sign, sign, 32);
	memcpy(m->dh, dh, 32);
	memcpy(m->first, e->hash, 32);
	memcpy(m->branch, e->branch, 16);
	text(m->person, e->e, 3);
	text(m->device, e->e, 4);
	m->since = e->clock;
	m->role = AC_OWNER;
	m->rank = 1;
	m->box = founder && e->e->n > 7 && e->e->items[7].kind == AC_BIN ? &e->e->items[7] : NULL;
	if (inv) {
		memcpy(m->invite, pk, 32);
		memcpy(m->given, inv->standing == AC_SINGLE ? inv->person : "", inv->standing == AC_SINGLE ? 256 : 1);
		m->role = inv->role;
		m->standing = inv->standing;
		by = member(g, inv->by);
		m->rank = inv->standing == AC_KIT ? 0 : by ? by->rank + 1 : 2;
		inv->uses++;
	}
	return true;
}

/* Two joins by one single invite: both can only read until an owner removes one. */
static void
suspend(struct grow *g)
{
	size_t i, j, live;

	for (i = 0; i < g->m->ni; i++) {
		if (g->m->i[i].standing != AC_SINGLE || g->m->i[i].uses < 2)
			continue;
		for (j = 0; j < g->m->n; j++)
			if (!memcmp(g->m->m[j].invite, g->m->i[i].pk, 32))
				g->m->m[j].reused = true;
		live = 0;
		for (j = 0; j < g->m->n; j++)
			if (!memcmp(g->m->m[j].invite, g->m->i[i].pk, 32) && !g->m->m[j].removed)
				live++;
		for (j = 0; live > 1 && j < g->m->n; j++)
			if (!memcmp(g->m->m[j].invite, g->m->i[i].pk, 32))
				g->m->m[j].suspended = true;
	}
}

static void
mark_removed(struct grow *g)
{
	size_t i, j;

	for (i = 0; i < g->m->n; i++) {
		g->m->m[i].removed = false;
		for (j = 0; j < g->m->ncuts; j++)
			if (!memcmp(g->m->cuts[j].member, g->m->m[i].id, 8))
				g->m->m[i].removed = true;
	}
}

static void
grow_once(struct grow *g)
{
	const unsigned char *pk;
	struct ac_invite *inv;
	bool more = true;
	size_t i;

	g->m->n = g->m->ni = 0;
	while (more) {
		more = false;
		for (i = 0; i < g->n; i++) {
			if (ac_entry_is(g->e[i].e, AC_ENTRY_JOIN, 8))
				more |= add_join(g, &g->e[i]);
			else if (ac_entry_is(g->e[i].e, AC_ENTRY_INVITE, 9))
				more |= add_invite(g, &g->e[i]);
		}
		mark_removed(g);
		suspend(g);
	}
	for (i = 0; i < g->n; i++)
		if (ac_entry_is(g->e[i].e, AC_ENTRY_CANCEL, 2) && ac_entry_bin(&pk, g->e[i].e, 1, 32)
		    && by_owner(g, &g->e[i]) && (inv = (struct ac_invite *)ac_members_invite(g->m, pk))
		    && (!inv->cancelled || g->e[i].clock < inv->cancelled_at)) {
			inv->cancelled = true;
			inv->cancelled_at = g->e[i].clock;
		}
}

/* Whoever turns out to be suspended was counted on the way: so again without them, until
 * nobody more is. */
static void
grow(struct grow *g)
{
	size_t before, i, j;

	g->nmute = 0;
	do {
		before = g->nmute;
		grow_once(g);
		for (i = 0; i < g->m->n; i++) {
			for (j = 0; j < g->nmute && memcmp(g->mute[j], g->m->m[i].id, 8); j++)
				;
			if (g->m->m[i].suspended && j == g->nmute)
				memcpy(g->mute[g->nmute++], g->m->m[i].id, 8);
		}
	} while (g->nmute > before);
}

/* a is senior to b */
static bool
senior(const struct ac_member *a, const struct ac_member *b)
{
	return a->rank != b->rank ? a->rank < b->rank : memcmp(a->first, b->first, 32) < 0;
}

static bool
cut(struct grow *g, const struct ac_mentry *e)
{
	const struct ac_val *list = ac_entry_arr(e->e, 2);
	const unsigned char *id, *branch, *hash;
	struct ac_cut *c, *more;
	int64_t seq;
	uint32_t i;

	if (!list || !ac_entry_bin(&id, e->e, 1, 8))
		return false;
	if (!(more = ac_arena_get(&g->m->arena, (g->m->ncuts + list->n + 1) * sizeof *more)))
		return false;
	if (g->m->ncuts)
		memcpy(more, g->m->cuts, g->m->ncuts * sizeof *more);
	g->m->cuts = more;
	for (i = 0; i < list->n; i++) {
		if (list->items[i].kind != AC_ARR || !ac_entry_bin(&branch, &list->items[i], 0, 16)
		    || !ac_entry_int(&seq, &list->items[i], 1) || !ac_entry_bin(&hash, &list->items[i], 2, 32))
			continue;
		c = &g->m->cuts[g->m->ncuts++];
		memcpy(c->member, id, 8);
		memcpy(c->branch, branch, 16);
		memcpy(c->hash, hash, 32);
		/* what does not lead to the segment that the remover had may be another arm than his */
		c->seq = g->chains->stands(g->chains->ctx, branch, seq, hash) ? seq : -1;
		memcpy(c->by_branch, e->branch, 16);
		c->by_seq = e->seq;
	}
	/* removed even where the remover had seen no branch */
	c = &g->m->cuts[g->m->ncuts++];
	memset(c, 0, sizeof *c);
	memcpy(c->member, id, 8);
	c->seq = -1;
	memcpy(c->by_branch, e->branch, 16);
	c->by_seq = e->seq;
	return true;
}

/* The removal that counts next, or n. */
static size_t
next_removal(struct grow *g)
{
	const struct ac_member *w, *best = NULL;
	const unsigned char *id;
	size_t i, at = g->n;

	for (i = 0; i < g->n; i++) {
		if (g->applied[i] || !ac_entry_is(g->e[i].e, AC_ENTRY_REMOVE, 3)
		    || !ac_entry_bin(&id, g->e[i].e, 1, 8) || !ac_members_find(g->m, id) || !by_owner(g, &g->e[i]))
			continue;
		w = ac_members_find(g->m, g->e[i].writer);
		if (!best || senior(w, best) || (w == best && g->e[i].seq < g->e[at].seq)) {
			best = w;
			at = i;
		}
	}
	return at;
}

static bool
own_boxes(struct ac_members *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->m[i].box && !(m->m[i].box = ac_val_copy(&m->arena, m->m[i].box)))
			return false;
	for (i = 0; i < m->ni; i++)
		if (m->i[i].box && !(m->i[i].box = ac_val_copy(&m->arena, m->i[i].box)))
			return false;
	return true;
}

enum ac_err
ac_members_compute(struct ac_members *out, const struct ac_mentry *entries, size_t n,
	const unsigned char root_branch[static 16], const struct ac_members_chains *chains, struct ac_fault *f)
{
	struct ac_members m = { 0 };
	struct grow g = { entries, n, root_branch, chains, &m, NULL, NULL, 0 };
	const unsigned char *id;
	struct ac_member *who;
	size_t i;

	m.m = ac_arena_get(&m.arena, (n + 1) * sizeof *m.m);
	m.i = ac_arena_get(&m.arena, (n + 1) * sizeof *m.i);
	g.applied = ac_arena_get(&m.arena, n + 1);
	g.mute = ac_arena_get(&m.arena, (n + 1) * sizeof *g.mute);
	if (!m.m || !m.i || !g.applied || !g.mute)
		goto nomem;
	grow(&g);
	while ((i = next_removal(&g)) < n) {
		g.applied[i] = true;
		if (!cut(&g, &entries[i]))
			goto nomem;
		grow(&g);
	}
	for (i = 0; i < n; i++)
		if (g.applied[i] && ac_entry_bin(&id, entries[i].e, 1, 8) && (who = member(&g, id)))
			who->removed_at = entries[i].clock;
	if (!own_boxes(&m))
		goto nomem;
	ac_members_free(out);
	*out = m;
	return AC_OK;
nomem:
	ac_members_free(&m);
	return ac_fault(f, AC_ENOMEM, "out of memory while reading the members");
}

void
ac_members_free(struct ac_members *m)
{
	ac_arena_free(&m->arena);
	memset(m, 0, sizeof *m);
}

bool
ac_members_open(const struct ac_invite *i)
{
	return !i->cancelled && (i->standing != AC_SINGLE || !i->uses);
}

bool
ac_members_covered(const struct ac_members *m, const struct ac_val *covers)
{
	size_t want = 0, i;
	uint32_t j;

	for (i = 0; i < m->n + m->ni; i++) {
		bool in = i < m->n ? !m->m[i].removed : ac_members_open(&m->i[i - m->n]);
		const unsigned char *id = i < m->n ? m->m[i].id : m->i[i - m->n].pk;

		for (j = 0; j < covers->n; j++)
			if (covers->items[j].kind == AC_BIN && covers->items[j].n == 8
			    && !memcmp(covers->items[j].bin, id, 8))
				break;
		if (in != (j < covers->n))
			return false;
		want += in;
	}
	return covers->n == want;
}
