/* SPDX-License-Identifier: ISC */
/* What epochs are good for that an owner made who was removed by somebody who had not seen them:
 * they open, however many he makes, and nothing is sealed under them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/vault.h"

#define MUST(x) do { if (x) fail_msg("%s", fault.text); } while (0)

static const unsigned char xenia[8] = "xenia..", yuri[8] = "yuri...";
static struct ac_fault fault;
static struct ac_member members[3];
static struct ac_cut cuts[2];

static void
branch_of(unsigned char out[static 16], const unsigned char writer[static 8], char name)
{
	memset(out, name, 8);
	memcpy(out + 8, writer, 8);
}

static void
epoch(struct ac_space *s, const unsigned char *writer, char name, int64_t seq,
	const unsigned char key[static 32], size_t junk)
{
	struct ac_index *ix = s->home->index;
	struct ac_arena a = { 0 };
	struct ac_val *e = ac_entry_list(&a, 8), *earlier = ac_entry_list(&a, junk);
	unsigned char hash[32], keys[32] = { 0 };
	unsigned char branch[16];
	struct ac_buf b = { 0 };
	int64_t chain = 0;
	size_t i;

	branch_of(branch, writer, name);
	ac_space_key_hash(hash, key);
	if (ac_index_int(&chain, ix, &fault, "SELECT id FROM chain WHERE branch = ?", "b", branch, (size_t)16)) {
		MUST(ac_index_run(ix, &fault, "INSERT INTO chain(space, branch, writer, incarnation, seq, hash, oid, clock)"
			" VALUES(?,?,?,1,0,x'',x'',0)", "ibb", s->id, branch, (size_t)16, writer, (size_t)8));
		chain = ac_index_last_id(ix);
	}
	for (i = 0; i < junk; i++)
		*ac_entry_at(earlier, i) = ac_val_bytes(keys, 32);
	*ac_entry_at(e, 0) = ac_val_int(AC_ENTRY_KEYS);
	for (i = 1; i < 4; i++)
		*ac_entry_at(e, i) = ac_val_bytes(hash, 32);
	*ac_entry_at(e, 4) = *earlier;
	*ac_entry_at(e, 5) = ac_val_bytes(keys, 32);
	*ac_entry_at(e, 6) = *ac_entry_at(e, 7) = *ac_entry_list(&a, 0);
	MUST(ac_mp_write(&b, e));
	MUST(ac_index_run(ix, &fault, "INSERT INTO segment VALUES(?,?,?,x'',2,0,?)", "iibb", chain, seq, hash, (size_t)32, key,
		(size_t)32));
	MUST(ac_index_run(ix, &fault, "INSERT INTO epoch VALUES(?,?,?,?,?,?)", "iiibbb", s->id, chain, seq, hash, (size_t)32, key,
		(size_t)32, b.p, b.len));
	ac_buf_free(&b);
	ac_arena_free(&a);
}

static void
removed(struct ac_member *m, struct ac_cut *c, const unsigned char id[static 8])
{
	memset(m, 0, sizeof *m);
	memcpy(m->id, id, 8);
	m->role = AC_OWNER;
	memset(c, 0, sizeof *c);
	memcpy(c->member, id, 8);
	branch_of(c->branch, id, 'f');
	c->seq = 3;
}

static size_t
newest(const struct ac_space *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->epochs.n; i++)
		n += s->epochs.keys[i].newest;
	return n;
}

/* Is the key of these three (or two) tried? */
static bool
tried(const struct ac_space *s, const unsigned char *a, const unsigned char *b, const unsigned char *c)
{
	struct ac_key k[3];
	const struct ac_key *set[3] = { &k[0], &k[1], &k[2] };
	unsigned char key[32], hash[32];

	memcpy(k[0].key, a, 32);
	memcpy(k[1].key, b, 32);
	if (c)
		memcpy(k[2].key, c, 32);
	ac_epochs_derive(key, set, c ? 3 : 2);
	ac_space_key_hash(hash, key);
	return ac_space_ring_find(&s->derived, hash) != NULL;
}

static void
many(void **state)
{
	struct ac_space *s = ((struct vault *)*state)->s;
	unsigned char ours[32], now[32], hers[32] = "hers", his[32] = "his", early[32] = "early", key[32] = "junk", long_[32] = "long";
	unsigned char hash[32];
	size_t i;

	MUST(ac_space_seal_key(ours, s, false, &fault));
	MUST(ac_index_begin(s->home->index, &fault));
	members[0] = s->members.m[0];
	removed(&members[1], &cuts[0], xenia);
	removed(&members[2], &cuts[1], yuri);
	s->members.m = members;
	s->members.n = 3;
	s->members.cuts = cuts;
	s->members.ncuts = 2;
	/* what others may have sealed under stands first; then hundreds of junk, here and in a branch
	 * that sorts before; one under our own key, and one that is too long to be looked at */
	epoch(s, xenia, 'f', 4, hers, 0);
	epoch(s, yuri, 'f', 4, his, 0);
	for (i = 0; i < 400; i++) {
		key[8] = (unsigned char)i;
		key[9] = (unsigned char)(i >> 8);
		epoch(s, i % 2 ? xenia : yuri, i < 200 ? 'f' : 'a', (int64_t)i + 5, key, 0);
	}
	epoch(s, xenia, 'a', 0, ours, 0);
	epoch(s, xenia, 'f', 3, early, 0);
	epoch(s, xenia, 'f', 5, long_, 2000);

	MUST(ac_epochs_load(s, &fault));
	MUST(ac_space_seal_key(now, s, false, &fault));
	assert_int_equal(newest(s), 2); /* ours, and hers from before the cut */
	ac_space_key_hash(hash, early);
	assert_true(ac_space_ring_find(&s->epochs, hash)->newest);
	assert_true(tried(s, ours, early, NULL) && tried(s, ours, hers, NULL) && tried(s, ours, his, NULL));
	assert_true(tried(s, ours, hers, his) && tried(s, hers, his, NULL));
	assert_true(s->uncarried);
	assert_true(s->epochs.n <= 2 + 2 * 64);
	assert_true(s->derived.n <= 3 * 1024);
	ac_space_key_hash(hash, long_);
	assert_null(ac_space_ring_find(&s->epochs, hash));

	/* as if the removals did not count after all */
	s->members.ncuts = 0;
	MUST(ac_epochs_load(s, &fault));
	assert_true(newest(s) > 400);
	assert_true(s->derived.n <= 1024);
	s->members.ncuts = 2;
	MUST(ac_epochs_load(s, &fault));
	assert_int_equal(newest(s), 2);

	/* without the junk the same */
	MUST(ac_index_run(s->home->index, &fault, "DELETE FROM epoch WHERE key NOT IN (?, ?)", "bb", ours, (size_t)32, hers, (size_t)32));
	MUST(ac_epochs_load(s, &fault));
	assert_int_equal(newest(s), 1);
	MUST(ac_space_seal_key(now, s, false, &fault));
	assert_memory_equal(now, ours, 32);
	assert_true(s->uncarried && tried(s, ours, hers, NULL));
	ac_index_abort(s->home->index);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(many, vault_setup, vault_teardown) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
