/* SPDX-License-Identifier: ISC */
/* Small homes for tests: made in a folder of their own, which is removed at the end. */
#ifndef AC_TESTS_MADE_H
#define AC_TESTS_MADE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "store/file.h"
#include "store/home.h"

#define PASS "correct horse battery"

static char made_top[64];

static inline int
made_setup(void **state)
{
	(void)state;
	snprintf(made_top, sizeof made_top, "/tmp/aftercare-test-XXXXXX");
	return mkdtemp(made_top) ? 0 : -1;
}

static inline int
made_teardown(void **state)
{
	(void)state;
	return ac_file_remove_tree(made_top, NULL) ? -1 : 0;
}

/* A path in the folder; good until the 16th call after. */
static inline const char *
made_path(const char *name)
{
	static char path[16][256];
	static unsigned at;
	char *p = path[at++ % 16];

	snprintf(p, 256, "%s/%s", made_top, name);
	return p;
}

#define MUST(call) made_must((call), &fault, #call, __LINE__)
static struct ac_fault fault;

static inline void
made_must(enum ac_err err, const struct ac_fault *f, const char *call, int line)
{
	if (err)
		fail_msg("line %d: %s: error %d: %s", line, call, err, f->text);
}

static inline struct ac_home *
made_make(const char *name, struct ac_space **s, unsigned char kit[static 32])
{
	struct ac_home *h = NULL;

	MUST(ac_home_create(&h, made_path(name), PASS, strlen(PASS), AC_HOME_QUICK, &fault));
	MUST(ac_vault_create(s, h, "Ana Ruiz", "laptop", kit, &fault));
	return h;
}

static inline void
made_put(struct ac_space *s, const char *json)
{
	struct ac_wrote w;

	MUST(ac_put(&w, s, json, strlen(json), AC_FORCE, &fault));
}

/* Some documents, one of them in several versions, one deleted. */
static inline void
made_fill(struct ac_space *s)
{
	struct ac_wrote w;
	char json[400];
	int i;

	made_put(s, "{\"resourceType\":\"Patient\",\"id\":\"ana\",\"name\":[{\"family\":\"Ruiz\",\"given\":[\"Ana\"]}]}");
	for (i = 0; i < 5; i++) {
		snprintf(json, sizeof json, "{\"resourceType\":\"Observation\",\"id\":\"o%d\",\"status\":\"final\",\"code\":"
			"{\"text\":\"Neutrophils\"},\"valueQuantity\":{\"value\":%d.50,\"unit\":\"10*9/L\"}}", i % 4, i);
		made_put(s, json);
	}
	MUST(ac_rm(&w, s, "Observation/o3", &fault));
}

/* Everything that a table row says of the documents and versions, as one text. */
static inline void
made_dump(struct ac_buf *out, struct ac_space *s)
{
	struct ac_rows q = ac_index_query(s->home->index, "SELECT type || '/' || rid || '~' || source || ' ' || date || ' ' ||"
		" title || ' ' || flags || ' ' || hex(heads) || ' ' || time || ' ' || hex(coalesce(author, '')) || ' ' ||"
		" hex(coalesce(body, '')) FROM doc WHERE space = ? ORDER BY type, rid, source", "i", s->id);

	while (ac_rows_next(&q))
		MUST(ac_buf_addf(out, "%s\n", ac_rows_text(&q, 0)));
	MUST(ac_rows_end(&q, &fault));
	q = ac_index_query(s->home->index, "SELECT d.rid || ' ' || hex(v.vid) || ' ' || hex(coalesce(v.parents, '')) || ' ' ||"
		" v.time || ' ' || hex(coalesce(v.author, '')) || ' ' || v.op || ' ' || v.seq || ' ' || v.n FROM version v"
		" JOIN doc d ON d.id = v.doc WHERE d.space = ? ORDER BY v.vid", "i", s->id);
	while (ac_rows_next(&q))
		MUST(ac_buf_addf(out, "%s\n", ac_rows_text(&q, 0)));
	MUST(ac_rows_end(&q, &fault));
}

static inline void
made_same(struct ac_space *a, struct ac_space *b)
{
	struct ac_buf x = { 0 }, y = { 0 };

	made_dump(&x, a);
	made_dump(&y, b);
	assert_true(x.len > 1000);
	assert_int_equal(x.len, y.len);
	assert_memory_equal(x.p, y.p, x.len);
	ac_buf_free(&x);
	ac_buf_free(&y);
}

static inline bool
made_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

#endif
