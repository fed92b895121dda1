/* SPDX-License-Identifier: ISC */
/*
 * Each allocation of the view, the diff and the taking fails once: the call says
 * so, leaves its outputs alone and keeps nothing. Under a sanitiser, which has
 * its own allocator, only the caller's arena runs out.
 */
#include "history.h"

static long live, countdown;

#ifndef __SANITIZE_ADDRESS__
#define COUNTED 1
void *__libc_calloc(size_t n, size_t size);
void *__libc_malloc(size_t n);
void __libc_free(void *p);
void *calloc(size_t n, size_t size);
void *malloc(size_t n);
void free(void *p);

static bool
fails(void)
{
	return countdown > 0 && !--countdown;
}

void *
calloc(size_t n, size_t size)
{
	void *p = fails() ? NULL : __libc_calloc(n, size);

	live += p != NULL;
	return p;
}

void *
malloc(size_t n)
{
	void *p = fails() ? NULL : __libc_malloc(n);

	live += p != NULL;
	return p;
}

void
free(void *p)
{
	live -= p != NULL;
	__libc_free(p);
}
#endif

static struct history H;

static void
fill(void)
{
	H.type = "CarePlan";
	history_add(&H, "", AC_OP_PUT, "{'resourceType':'CarePlan','status':'active','activity':[{'id':'p',"
		"'detail':{'status':'scheduled'}},{'progress':[{'text':'a'}]}],'note':[{'text':'n'}]}");
	history_add(&H, "a", AC_OP_SET, "{'resourceType':'CarePlan','status':'entered-in-error','activity':"
		"[{'id':'p','detail':{'status':'completed'}},{'progress':[{'text':'b'}]}]}");
	history_add(&H, "a", AC_OP_SET, "{'resourceType':'CarePlan','status':'revoked','activity':[{'id':"
		"'p','detail':{'status':'cancelled','goal':[{'reference':'g'}]}},{'progress':[{'text':'c'}]}]}");
	history_add(&H, "a", AC_OP_SET, "{'resourceType':'CarePlan','status':'entered-in-error'}")->guest = true;
	H.node[3].author = 9;
}

struct call {
	enum ac_err err;
	struct ac_view view;
	const struct ac_change *change;
	const struct ac_val *taken;
	size_t n;
};

static void
make(struct call *c, struct ac_arena *a)
{
	c->err = ac_view_make(&c->view, a, H.type, H.node, H.n, NULL);
}

static void
diff(struct call *c, struct ac_arena *a)
{
	c->err = ac_diff(&c->change, &c->n, a, H.node[1].body, H.node[2].body);
}

static void
take(struct call *c, struct ac_arena *a)
{
	c->err = ac_view_take(&c->taken, a, H.type, H.node[1].body, "activity[0].detail.status",
		H.node[2].body, NULL);
}

static void
take_rest(struct call *c, struct ac_arena *a)
{
	c->err = ac_view_take(&c->taken, a, H.type, H.node[1].body, "activity[1]", H.node[2].body, NULL);
}

static void (*const calls[])(struct call *c, struct ac_arena *a) = { make, diff, take, take_rest };

static void
expect_nothing(const struct call *c)
{
	struct call none = { .err = AC_ENOMEM };

	assert_memory_equal(c, &none, sizeof none);
}

static void
each_allocation(void **state)
{
	long n = 0, before;
	size_t i;

	(void)state;
#ifndef COUNTED
	skip();
#endif
	fill();
	for (i = 0; i < sizeof calls / sizeof *calls; i++)
		for (n = 1;; n++) {
			struct ac_arena a = { 0 };
			struct call c;

			memset(&c, 0, sizeof c);
			before = live;
			countdown = n;
			calls[i](&c, &a);
			if (countdown > 0) {
				countdown = 0;
				assert_int_equal(c.err, AC_OK);
				ac_arena_free(&a);
				assert_int_equal(live, before);
				break;
			}
			ac_arena_free(&a);
			expect_nothing(&c);
			assert_int_equal(live, before);
		}
	assert_true(n > 3);
	history_free(&H);
}

static void
arena_runs_out(void **state)
{
	size_t i, max = 0;

	(void)state;
	fill();
	for (i = 0; i < sizeof calls / sizeof *calls; i++)
		for (max = 1;; max += 8) {
			struct ac_arena a = { .max = max };
			struct call c;

			memset(&c, 0, sizeof c);
			calls[i](&c, &a);
			ac_arena_free(&a);
			if (!c.err)
				break;
			expect_nothing(&c);
		}
	history_free(&H);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation),
		cmocka_unit_test(arena_runs_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
