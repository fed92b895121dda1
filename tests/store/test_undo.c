/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/vault.h"
#include "store/query.h"
#include "store/write.h"

#define MUST(e) do { enum ac_err err_ = (e); if (err_) fail_msg("%s: error %d: %s", #e, err_, f.text); } while (0)

static struct ac_fault f;

static void
step(struct ac_write_doc docs[static 3], struct vault *v, struct ac_arena *a)
{
	static const char *const json[3] = { "{\"resourceType\":\"Basic\",\"id\":\"a\",\"code\":{\"text\":\"a\"}}",
		"{\"resourceType\":\"Basic\",\"id\":\"b\",\"code\":{\"text\":\"b\"}}", "{\"resourceType\":\"Basic\",\"id\":\"c\",\"code\":{\"text\":\"c\"}}" };
	size_t i;

	for (i = 0; i < 3; i++) {
		docs[i] = (struct ac_write_doc){ .ref = NULL };
		MUST(ac_json_read(&docs[i].body, a, json[i], strlen(json[i]), &f));
	}
	MUST(ac_write_docs(docs, 3, v->s, &f));
}

/* As a program does that takes back documents and not steps. */
static void
take_back_alone(struct vault *v, struct ac_arena *a, const char *ref)
{
	struct ac_append b;
	struct ac_doc_row r;
	struct ac_val head, parents = { .kind = AC_ARR, .n = 1, .items = &head };
	struct ac_version ver = { .op = AC_OP_UNDO, .parents = &parents, .member = v->s->me };
	char full[AC_REF_MAX];
	unsigned char vid[32];
	int64_t doc;

	MUST(ac_query_ref(full, &doc, v->s, ref, &f));
	MUST(ac_query_doc(&r, a, v->s, doc, &f));
	head = ac_val_bytes(r.heads, 32);
	ver.source = r.source;
	ver.type = r.type;
	ver.id = r.id;
	MUST(ac_append_begin(&b, v->s, &f));
	ver.time = b.clock;
	MUST(ac_append_version(&b, vid, &ver, &f));
	MUST(ac_append_commit(&b, &f));
	ac_append_end(&b);
}

/* What is left of a step is taken back, first to last, and what was written before it after that. */
static void
part_of_a_step(void **state)
{
	struct vault *v = *state;
	struct ac_arena a = { 0 };
	struct ac_write_doc docs[3];
	const struct ac_wrote *w = NULL;
	struct ac_wrote one;
	static const char before[] = "{\"resourceType\":\"Basic\",\"id\":\"z\",\"code\":{\"text\":\"z\"}}";
	size_t n = 0;

	MUST(ac_put(&one, v->s, before, sizeof before - 1, 0, &f));
	step(docs, v, &a);
	take_back_alone(v, &a, "Basic/b");
	MUST(ac_undo(&w, &n, &a, v->s, &f));
	assert_int_equal(n, 2);
	assert_string_equal(w[0].ref, "Basic/a");
	assert_string_equal(w[1].ref, "Basic/c");
	MUST(ac_undo(&w, &n, &a, v->s, &f));
	assert_int_equal(n, 1);
	assert_string_equal(w[0].ref, "Basic/z");
	assert_int_equal(ac_undo(&w, &n, &a, v->s, &f), AC_ENOTFOUND);
	ac_arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(part_of_a_step, vault_setup, vault_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
