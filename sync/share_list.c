/* SPDX-License-Identifier: ISC */
/* Shares as the patient sees them, and patients as a clinician does. */
#include <stdio.h>
#include <string.h>

#include "sync/share.h"
#include "sync/share_rows.h"

static const struct ac_member *
reader_of(const struct ac_space *share)
{
	size_t i;

	for (i = 0; share && i < share->members.n; i++)
		if (share->members.m[i].role != AC_OWNER)
			return &share->members.m[i];
	return NULL;
}

static const char *
state_of(const struct ac_share_record *r, const struct ac_space *share)
{
	if (r->state == AC_SHARE_CLOSED)
		return r->expires && (int64_t)(r->closed_at >> 16) >= r->expires ? AC_WORD("expired") : "revoked";
	/* the next sync closes it; nothing is published any more */
	if (r->expires && r->expires < ac_clock_ms())
		return AC_WORD("expired");
	return reader_of(share) ? "active" : "pending";
}

static enum ac_err
counts(struct ac_share_row *row, struct ac_space *share, struct ac_fault *f)
{
	int64_t published = 0, withdrawn = 0;
	enum ac_err err;

	if ((err = ac_index_int(&published, share->home->index, f, "SELECT count(*) FROM version v JOIN doc d ON d.id = v.doc"
	    " WHERE d.space = ? AND v.guest != 1 AND (d.flags & 64) = 0", "i", share->id))
	    || (err = ac_index_int(&withdrawn, share->home->index, f, "SELECT count(*) FROM doc INDEXED BY doc_flags WHERE space = ? AND flags != 0 AND"
	    " (flags & 64) != 0", "i", share->id)))
		return err;
	row->published = (uint64_t)published;
	row->withdrawn = (uint64_t)withdrawn;
	return AC_OK;
}

enum ac_err
ac_share_list(struct ac_space *s, const char *name, int (*each)(void *ctx, const struct ac_share_row *r), void *ctx,
	struct ac_fault *f)
{
	struct ac_share_record *r;
	struct ac_arena a = { 0 };
	struct ac_share_row row;
	const struct ac_member *m;
	struct ac_space *share;
	const char **types;
	enum ac_err err;
	size_t n, i, found = 0;
	uint32_t j;

	if ((err = ac_share_rows(&r, &n, &a, s, f)))
		goto out;
	for (i = 0; i < n && !err; i++) {
		if (name && strcmp(name, r[i].name))
			continue;
		found++;
		share = ac_space_find(s->home, r[i].sid);
		m = reader_of(share);
		row = (struct ac_share_row){ .name = r[i].name, .state = state_of(&r[i], share), .role = (enum ac_role)r[i].role,
			.expires = r[i].expires, .remote = "", .own_name = m ? m->person : "", .space = r[i].sid };
		if (!(types = ac_arena_get(&a, (r[i].filter->items[0].n + 1) * sizeof *types))) {
			err = AC_ENOMEM;
			break;
		}
		for (j = 0; j < r[i].filter->items[0].n; j++)
			if (!ac_entry_text(&types[j], &r[i].filter->items[0], j))
				types[j] = "";
		row.types = types;
		if ((err = ac_share_remote(&row.remote, &a, s, &r[i])) || (share && (err = counts(&row, share, f))))
			break;
		if (each(ctx, &row))
			break;
	}
	if (!err && name && !found)
		err = ac_fault(f, AC_ENOTFOUND, "there is no share %.80s; share list shows them", name);
out:
	ac_arena_free(&a);
	return err;
}

/* [kind, role, expires] in the share's first segment: when the patient said it ends, 0: not. */
static int64_t
terms(struct ac_space *s)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT g.entry FROM slog g JOIN segment x ON x.chain = g.chain AND x.seq ="
		" g.seq WHERE g.space = ? AND g.kind = ? AND x.hash = ?", "iib", s->id, (int64_t)AC_ENTRY_TERMS, s->root, (size_t)32);
	struct ac_arena a = { 0 };
	const struct ac_val *e;
	int64_t expires = 0;
	const void *p;
	size_t n;

	if (ac_rows_next(&q) && (p = ac_rows_blob(&q, 0, &n)) && !ac_mp_read(&e, &a, p, n, NULL)
	    && !ac_entry_int(&expires, e, 2))
		expires = 0;
	ac_arena_free(&a);
	return ac_rows_end(&q, NULL) ? 0 : expires;
}

int64_t
ac_share_ended(struct ac_space *s)
{
	const struct ac_member *me = ac_members_find(&s->members, s->me);
	int64_t expires = s->kind == AC_SPACE_SHARE_TAKEN ? terms(s) : 0;

	if (!expires || expires > ac_clock_ms() || (me && me->removed && (int64_t)(me->removed_at >> 16) < expires))
		return 0;
	return expires;
}

static const char *
state_here(struct ac_space *s)
{
	if (ac_share_ended(s))
		return AC_WORD("expired");
	if (ac_space_closed(s))
		return "revoked";
	return ac_members_find(&s->members, s->me) ? "active" : "pending";
}

#define LOOKED "SELECT coalesce((SELECT val FROM meta WHERE key = 'looked:' || hex(?)), 0)"

enum ac_err
ac_patient_looked(struct ac_space *s, struct ac_fault *f)
{
	struct ac_index *ix = s->home->index;
	int64_t last, seen;
	enum ac_err err;

	if ((err = ac_index_int(&last, ix, f, "SELECT coalesce(max(v.id), 0) FROM version v JOIN chain c ON c.id = v.chain WHERE"
	    " c.space = ?", "i", s->id)) || (err = ac_index_int(&seen, ix, f, LOOKED, "b", s->sid, (size_t)8)) || seen >= last)
		return err;
	if ((err = ac_home_lock(s->home, f)))
		return err;
	err = ac_index_run(ix, f, "INSERT OR REPLACE INTO meta VALUES('looked:' || hex(?), ?)", "bi", s->sid, (size_t)8, last);
	ac_home_unlock(s->home);
	return err;
}

/* What of the care plan is overdue; without a plan that is nothing. */
static enum ac_err
overdue(uint64_t *out, struct ac_space *s, const char *today, struct ac_fault *f)
{
	struct ac_fault none = { "", 0, 0 };
	struct ac_arena a = { 0 };
	struct ac_careplan p;
	enum ac_err err = ac_careplan_read(&p, &a, s, today, &none);
	size_t i;

	*out = 0;
	for (i = 0; !err && i < p.plan.nrows; i++)
		*out += p.plan.rows[i].state == AC_PLAN_OVERDUE;
	ac_arena_free(&a);
	if (err && err != AC_ENOTFOUND && f)
		*f = none;
	return err == AC_ENOTFOUND ? AC_OK : err;
}

enum ac_err
ac_patients(struct ac_home *h, const char *today, int (*each)(void *ctx, const struct ac_patient_row *r), void *ctx, struct ac_fault *f)
{
	struct ac_patient_row row;
	struct ac_arena a = { 0 };
	struct ac_counts counts;
	struct ac_remote *r;
	struct ac_space *s;
	int64_t fresh;
	enum ac_err err = AC_OK;
	size_t i, j, n;

	for (i = 0; (s = ac_home_space(h, i)) && !err; i++) {
		if ((err = ac_counts(&counts, s, f)) || (err = ac_remote_load(&r, &n, &a, s, f)))
			break;
		fresh = 0;
		if ((err = ac_index_int(&fresh, h->index, f, "SELECT count(*) FROM version v JOIN chain c ON c.id = v.chain WHERE"
		    " c.space = ?1 AND c.writer != ?2 AND v.id > coalesce((SELECT val FROM meta WHERE key = 'looked:' ||"
		    " hex(?3)), 0)", "ibb", s->id, s->me, (size_t)8, s->sid, (size_t)8)))
			break;
		row = (struct ac_patient_row){ .patient = s->patient, .fresh = (uint64_t)fresh, .conflicts = counts.conflicts,
			.state = state_here(s) };
		if ((err = overdue(&row.overdue, s, today, f)))
			break;
		for (j = 0; j < n; j++)
			if (r[j].last_ok > row.synced)
				row.synced = r[j].last_ok;
		if (each(ctx, &row))
			break;
	}
	ac_arena_free(&a);
	return err;
}
