/* SPDX-License-Identifier: ISC */
/* A vault in a folder of its own, thrown away after each test. */
#ifndef TESTS_STORE_VAULT_H
#define TESTS_STORE_VAULT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/file.h"
#include "store/home.h"

struct vault {
	char dir[64];
	struct ac_home *h;
	struct ac_space *s;
};

static inline void
vault_open(struct vault *v, const char *person)
{
	struct ac_fault f = { 0 };
	unsigned char kit[32];
	char path[128];

	strcpy(v->dir, "/tmp/aftercare-test-XXXXXX");
	if (!mkdtemp(v->dir))
		abort();
	snprintf(path, sizeof path, "%s/home", v->dir);
	if (ac_home_create(&v->h, path, "pass", 4, AC_HOME_QUICK, &f)
	    || ac_vault_create(&v->s, v->h, person, "laptop", kit, &f)) {
		fprintf(stderr, "%s\n", f.text);
		abort();
	}
}

static inline void
vault_close(struct vault *v)
{
	ac_home_close(v->h);
	if (ac_file_remove_tree(v->dir, NULL))
		abort();
}

static inline int
vault_setup(void **state)
{
	static struct vault v;

	vault_open(&v, "Ana Ruiz");
	*state = &v;
	return 0;
}

static inline int
vault_teardown(void **state)
{
	vault_close(*state);
	return 0;
}

static inline void
vault_file(char path[static 4200], const struct vault *v, const char *name, const void *p, size_t n)
{
	struct ac_fault f = { 0 };

	snprintf(path, 4200, "%s/%.4000s", v->dir, name);
	if (ac_file_put(path, p, n, 0600, &f)) {
		fprintf(stderr, "%s\n", f.text);
		abort();
	}
}

#endif
