/* SPDX-License-Identifier: ISC */
#include "made.h"

static struct ac_home *home;
static struct ac_space *space;
static struct ac_buf said;

static int
setup(void **state)
{
	unsigned char kit[32];

	if (made_setup(state))
		return -1;
	home = made_make("home", &space, kit);
	made_fill(space);
	return 0;
}

static int
teardown(void **state)
{
	ac_home_close(home);
	home = NULL;
	ac_buf_free(&said);
	return made_teardown(state);
}

static void
keep_bad(void *ctx, const struct ac_bad *b)
{
	(void)ctx;
	assert_true(b->what[0] && b->affects[0] && b->message[0]);
	MUST(ac_buf_addf(&said, "%s | %s | %s\n", b->what, b->affects, b->message));
}

static struct ac_verified
verify(void)
{
	struct ac_verified v;

	ac_buf_reset(&said);
	MUST(ac_verify(&v, home, keep_bad, NULL, NULL, &fault));
	MUST(ac_buf_add(&said, "", 1));
	return v;
}

static void
expect(const char *words)
{
	if (!strstr((char *)said.p, words))
		fail_msg("verify does not say \"%s\", but: %s", words, (char *)said.p);
}

/* The object file of the segment at a place of the chain. */
static void
object(char out[static 400], int64_t seq, const char *column)
{
	struct ac_rows q = ac_index_query(home->index, "SELECT g.blob, c.oid FROM segment g JOIN chain c ON c.id = g.chain"
		" WHERE g.seq = ? ORDER BY c.id LIMIT 1", "i", seq);
	const unsigned char *p;
	char hex[41];
	size_t n;

	assert_true(ac_rows_next(&q));
	p = ac_rows_blob(&q, !strcmp(column, "commit"), &n);
	assert_int_equal(n, 20);
	ac_crypto_hex(hex, p, 20);
	snprintf(out, 400, "%s/home/repo.git/objects/%.2s/%s", made_top, hex, hex + 2);
	MUST(ac_rows_end(&q, &fault));
	assert_true(made_exists(out));
}

/* What libgit2 remembers of objects must not hide the damage. */
static void
reopen(void)
{
	MUST(ac_repo_reopen(home->repo, &fault));
}

static void
sound(void **state)
{
	static const char end[] = ",\"signature\":\"";
	struct ac_buf b = { .max = 1 << 20 };
	struct ac_verified v = verify();
	struct ac_arena a = { 0 };
	const struct ac_val *c;
	unsigned char sig[64], pk[32];
	char *at;

	(void)state;
	assert_int_equal(v.bad, 0);
	assert_int_equal(v.versions, 7);
	assert_true(v.segments >= 8);
	MUST(ac_file_read(&b, v.certificate, 1 << 20, &fault));
	MUST(ac_json_read(&c, &a, b.p, b.len, &fault));
	assert_string_equal(ac_val_str(c, "format"), "aftercare certificate 1");
	assert_true(ac_crypto_unhex(pk, 32, ac_val_str(c, "device")));
	assert_memory_equal(pk, space->sign_pk, 32);
	assert_int_equal(ac_val_get(c, "versions")->i, 7);
	assert_int_equal(ac_val_get(c, "chains")->n, 1);
	assert_true(ac_crypto_unhex(sig, 64, ac_val_str(c, "signature")));
	MUST(ac_buf_add(&b, "", 1));
	assert_non_null(at = strstr((char *)b.p, end));
	assert_true(ac_crypto_verify(sig, b.p, (size_t)(at - (char *)b.p), pk));
	b.p[20] ^= 1;
	assert_false(ac_crypto_verify(sig, b.p, (size_t)(at - (char *)b.p), pk));
	/* each run has one of its own */
	MUST(ac_buf_addf(&b, "%s", v.certificate));
	v = verify();
	assert_null(strstr((char *)b.p + b.len - strlen(v.certificate), v.certificate));
	ac_arena_free(&a);
	ac_buf_free(&b);
}

static void
attachments(void **state)
{
	char path[400] = "", cmd[700];
	struct ac_verified v;
	unsigned char *big = malloc(200000);
	struct ac_wrote w;

	(void)state;
	ac_crypto_random(big, 200000);
	MUST(ac_file_put(made_path("scan.bin"), big, 200000, 0600, &fault));
	MUST(ac_attachment_add(&w, space, made_path("scan.bin"), NULL, "Scan", &fault));
	free(big);
	v = verify();
	if (v.bad)
		fail_msg("%s", (char *)said.p);
	assert_int_equal(v.attachments, 1);
	/* its largest object is the sealed chunk: one bit of it */
	snprintf(cmd, sizeof cmd, "find %s/home/repo.git/objects -type f -size +180k >%s/found", made_top, made_top);
	assert_int_equal(system(cmd), 0);
	{
		struct ac_buf b = { 0 };

		MUST(ac_file_read(&b, made_path("found"), 1000, &fault));
		assert_true(b.len > 10 && b.len < 399);
		memcpy(path, b.p, b.len - 1);
		ac_buf_free(&b);
	}
	{
		struct ac_buf b = { .max = 1 << 20 };

		MUST(ac_file_read(&b, path, 1 << 20, &fault));
		b.p[b.len / 2] ^= 4;
		assert_int_equal(unlink(path), 0);
		MUST(ac_file_put(path, b.p, b.len, 0444, &fault));
		reopen();
		v = verify();
		assert_true(v.bad >= 1);
		assert_int_equal(v.attachments, 0);
		b.p[b.len / 2] ^= 4;
		assert_int_equal(unlink(path), 0);
		MUST(ac_file_put(path, b.p, b.len, 0444, &fault));
		ac_buf_free(&b);
	}
	reopen();
	assert_int_equal(verify().bad, 0);
}

/* A byte of each sealed object in turn, and the object gone. */
static void
damaged_objects(void **state)
{
	struct ac_buf b = { .max = 1 << 20 };
	char path[400];
	struct ac_verified v;
	size_t at;
	int64_t seq;

	(void)state;
	for (seq = 0; seq < 5; seq += 2) {
		object(path, seq, "blob");
		ac_buf_reset(&b);
		MUST(ac_file_read(&b, path, 1 << 20, &fault));
		for (at = 3; at < b.len; at += b.len / 3) {
			b.p[at] ^= 1;
			assert_int_equal(unlink(path), 0);
			MUST(ac_file_put(path, b.p, b.len, 0444, &fault));
			reopen();
			v = verify();
			assert_true(v.bad >= 1);
			expect("segment");
			b.p[at] ^= 1;
		}
		assert_int_equal(unlink(path), 0);
		reopen();
		v = verify();
		assert_int_equal(v.bad, 1);
		assert_true(v.segments >= 7);
		if (seq == 2)
			expect("Observation/o0");
		MUST(ac_file_put(path, b.p, b.len, 0444, &fault));
	}
	reopen();
	assert_int_equal(verify().bad, 0);
	/* the commit that the branch names */
	object(path, 0, "commit");
	ac_buf_reset(&b);
	MUST(ac_file_read(&b, path, 1 << 20, &fault));
	assert_int_equal(unlink(path), 0);
	reopen();
	v = verify();
	assert_true(v.bad >= 1);
	expect("nothing before it can be reached");
	MUST(ac_file_put(path, b.p, b.len, 0444, &fault));
	ac_buf_free(&b);
	reopen();
	assert_int_equal(verify().bad, 0);
}

/* Somebody who can write to the disk, and knows git, and no key: a chain of his own making. */
static void
forged_chain(void **state)
{
	struct ac_buf seg = { 0 };
	struct ac_oid was, at;
	struct ac_batch *batch = malloc(sizeof *batch);
	char name[80];

	(void)state;
	ac_repo_ref_name(name, space->sid, space->branch);
	MUST(ac_repo_ref_get(&was, home->repo, name, &fault));
	/* the last batch lost, as an older copy of the branch would have it */
	MUST(ac_repo_read(batch, home->repo, &was, &fault));
	MUST(ac_repo_ref_set(home->repo, name, &batch->parent, &was, &fault));
	assert_true(verify().bad >= 1);
	MUST(ac_repo_ref_set(home->repo, name, &was, &batch->parent, &fault));
	/* a branch gone */
	MUST(ac_repo_ref_delete(home->repo, name, &fault));
	assert_int_equal(verify().bad, 1);
	expect("its branch is gone");
	MUST(ac_repo_ref_set(home->repo, name, &was, NULL, &fault));
	/* a segment twice: the number does not follow */
	MUST(ac_repo_blob(&seg, home->repo, &batch->blobs[0], 1 << 20, &fault));
	MUST(ac_repo_write(&at, home->repo, &was, &seg, 1, &fault));
	MUST(ac_repo_ref_set(home->repo, name, &at, &was, &fault));
	assert_true(verify().bad >= 1);
	expect("its number does not follow");
	MUST(ac_repo_ref_set(home->repo, name, &was, &at, &fault));
	assert_int_equal(verify().bad, 0);
	ac_buf_free(&seg);
	free(batch);
}

/* Somebody who reads, and so holds the keys, writes in the owner's name. */
static void
forged_signature(void **state)
{
	struct ac_val none = { .kind = AC_ARR }, list = { .kind = AC_ARR, .n = 1, .items = &none };
	struct ac_segment seg = { .kind = AC_SEGMENT_DATA, .incarnation = space->incarnation, .clock = (uint64_t)1 << 40,
		.edition = AC_MERGE_EDITION, .entries = &list };
	struct ac_buf bytes = { .max = 1 << 20 };
	unsigned char key[32], seed[32];
	struct ac_place place;
	struct ac_oid was, at;
	struct ac_rows q;
	char name[80];
	const void *p;
	size_t n;

	(void)state;
	q = ac_index_query(home->index, "SELECT seq, hash FROM chain WHERE branch = ?", "b", space->branch, (size_t)16);
	assert_true(ac_rows_next(&q));
	seg.seq = (uint32_t)ac_rows_int(&q, 0) + 1;
	p = ac_rows_blob(&q, 1, &n);
	memcpy(seg.prev, p, 32);
	MUST(ac_rows_end(&q, &fault));
	memcpy(seg.writer, space->me, 8);
	memcpy(place.space, space->sid, 8);
	memcpy(place.branch, space->branch, 16);
	MUST(ac_space_seal_key(key, space, false, &fault));
	ac_crypto_random(seed, 32);
	MUST(ac_segment_seal(&bytes, &seg, NULL, &place, key, seed, &fault));
	ac_repo_ref_name(name, space->sid, space->branch);
	MUST(ac_repo_ref_get(&was, home->repo, name, &fault));
	MUST(ac_repo_write(&at, home->repo, &was, &bytes, 1, &fault));
	MUST(ac_repo_ref_set(home->repo, name, &at, &was, &fault));
	assert_int_equal(verify().bad, 1);
	expect("its signature is not its writer's");
	MUST(ac_repo_ref_set(home->repo, name, &was, &at, &fault));
	assert_int_equal(verify().bad, 0);
	ac_buf_free(&bytes);
}

/* The index is held against the chains. */
static void
false_index(void **state)
{
	struct ac_verified v;

	(void)state;
	MUST(ac_index_run(home->index, &fault, "UPDATE doc SET body = (SELECT body FROM doc WHERE rid = 'o1') WHERE rid = 'o2'",
		""));
	v = verify();
	assert_int_equal(v.bad, 1);
	expect("the index shows another text");
	expect("Observation/o2");
	MUST(ac_index_run(home->index, &fault, "DELETE FROM version WHERE doc = (SELECT id FROM doc WHERE rid = 'o1')", ""));
	v = verify();
	assert_int_equal(v.bad, 2);
	expect("the index lacks a version");
}

/* What a clinician wrote, as an owner takes it in; `bent`: and not as it was signed. */
static void
contribute(const char *id, bool bent)
{
	static const char json[] = "{\"resourceType\":\"Basic\",\"code\":{\"text\":\"x\"}}";
	struct ac_val e[9], entry = { .kind = AC_ARR, .n = 9, .items = e };
	unsigned char seed[32] = { 7 }, pk[32], hash[32], vid[32], in[65], sig[64], share[8] = { 1 }, salt[16] = { 2 };
	struct ac_append b = { 0 };
	struct ac_arena a = { 0 };
	struct ac_version v = { .source = "", .type = "Basic", .id = id, .op = AC_OP_PUT, .salt = salt, .member = hash };

	ac_crypto_sign_public(pk, seed);
	ac_crypto_hash(hash, 32, pk, 32, NULL, 0);
	MUST(ac_append_begin(&b, space, &fault));
	v.time = b.clock;
	v.parents = ac_entry_list(&a, 0);
	MUST(ac_json_read(&v.body, &a, json, strlen(json), &fault));
	MUST(ac_entry_version_id(vid, &v));
	ac_contributed_input(in, vid, share, AC_WRITER);
	ac_crypto_sign(sig, in, sizeof in, seed);
	sig[3] ^= bent;
	e[0] = ac_val_int(AC_ENTRY_CONTRIBUTED);
	MUST(ac_entry_version_write(&e[1], &a, &v, hash, v.time, false));
	e[2] = ac_val_bytes(share, 8);
	e[3] = ac_val_bytes(pk, 32);
	e[4] = ac_val_bytes(sig, 64);
	e[5] = ac_val_int(AC_WRITER);
	e[6] = ac_val_text("Dr Lee (\"Mina Lee\")");
	e[7] = ac_val_text("office");
	e[8] = ac_val_int((int64_t)v.time);
	MUST(ac_append_entry(&b, &entry, 500, &fault));
	MUST(ac_append_commit(&b, &fault));
	ac_append_end(&b);
	ac_arena_free(&a);
}

/* The share is long gone: the vault alone proves who wrote it, or says that nothing does. */
static void
contributions(void **state)
{
	struct ac_shown sh;
	struct ac_arena a = { 0 };

	(void)state;
	contribute("signed", false);
	assert_int_equal(verify().bad, 0);
	MUST(ac_show(&sh, &a, space, "Basic/signed", NULL, &fault));
	assert_string_equal(sh.author, "Dr Lee (\"Mina Lee\")");
	assert_string_equal(sh.device, "office");
	contribute("bent", true);
	assert_int_equal(ac_show(&sh, &a, space, "Basic/bent", NULL, &fault), AC_ENOTFOUND);
	assert_int_equal(verify().bad, 1);
	expect("not signed by its writer");
	ac_arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound), cmocka_unit_test(damaged_objects), cmocka_unit_test(attachments),
		cmocka_unit_test(forged_chain), cmocka_unit_test(forged_signature),
		cmocka_unit_test(false_index),
	}, again[] = { cmocka_unit_test(contributions) };
	int failed = cmocka_run_group_tests(tests, setup, teardown);

	return failed + cmocka_run_group_tests(again, setup, teardown);
}
