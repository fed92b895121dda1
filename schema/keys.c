/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "schema/keys.h"

#define FEW 16u /* up to here comparing all pairs is quicker than sorting */

static bool
same(const struct ac_pair *a, const struct ac_pair *b)
{
	return a->nkey == b->nkey && !memcmp(a->key, b->key, a->nkey);
}

static int
order(const void *x, const void *y)
{
	const struct ac_pair *a = *(const struct ac_pair *const *)x, *b = *(const struct ac_pair *const *)y;
	int c;

	if (a->nkey != b->nkey)
		return a->nkey < b->nkey ? -1 : 1;
	if ((c = memcmp(a->key, b->key, a->nkey)))
		return c;
	return a < b ? -1 : a > b;
}

static uint32_t
few(const struct ac_pair *pairs, uint32_t n)
{
	uint32_t i, k;

	for (i = 1; i < n; i++)
		for (k = 0; k < i; k++)
			if (same(&pairs[i], &pairs[k]))
				return i;
	return n;
}

enum ac_err
ac_keys_twice(uint32_t *index, const struct ac_pair *pairs, uint32_t n)
{
	const struct ac_pair **sorted;
	uint32_t i, first = n;

	if (n <= FEW) {
		*index = few(pairs, n);
		return AC_OK;
	}
	if (!(sorted = malloc(n * sizeof *sorted)))
		return AC_ENOMEM;
	for (i = 0; i < n; i++)
		sorted[i] = &pairs[i];
	qsort(sorted, n, sizeof *sorted, order);
	for (i = 1; i < n; i++)
		if (same(sorted[i - 1], sorted[i]) && sorted[i] - pairs < first)
			first = (uint32_t)(sorted[i] - pairs);
	free(sorted);
	*index = first;
	return AC_OK;
}
