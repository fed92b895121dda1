/* SPDX-License-Identifier: ISC */
/*
 * Method: what a version needs to be put together with others is known when it comes, and
 * is a number that every device finds alike, whatever its memory. Where the sum is too
 * much, the author who brought most is cut, and of his versions the eldest: so a member
 * who writes without end leaves what the others wrote as it was, and who writes next is
 * seen. What is left out is as if it had not come.
 */
#include <stdlib.h>
#include <string.h>

#include "schema/faults.h"
#include "store/docs_limit.h"

#define LIMIT   ((int64_t)256 << 20)
#define ONE     ((int64_t)512 << 20)
#define TYPE    127  /* bytes */
#define ID      511
#define SOURCE  511
#define VERSION 4096
#define PARENT  128
#define VALUE   64   /* and each name */
#define BYTE    4    /* of texts and names: what is put together stays under AC_MAX_BODY */

int64_t
ac_docs_limit(void)
{
	return (int64_t)ac_faults_limit("AFTERCARE_DOCUMENT", (size_t)LIMIT);
}

int64_t
ac_docs_limit_one(void)
{
	return (int64_t)ac_faults_limit("AFTERCARE_VERSION", (size_t)ONE);
}

bool
ac_docs_limit_may(const struct ac_version *v)
{
	return strlen(v->type) <= TYPE && strlen(v->id) <= ID && strlen(v->source) <= SOURCE
	    && ac_docs_limit_version(v) <= ac_docs_limit_one();
}

int64_t
ac_docs_limit_body(const struct ac_val *v)
{
	int64_t sum = VALUE;
	uint32_t i;

	switch (v->kind) {
	case AC_ARR:
		for (i = 0; i < v->n; i++)
			sum += ac_docs_limit_body(&v->items[i]);
		break;
	case AC_MAP:
		for (i = 0; i < v->n; i++)
			sum += VALUE + (int64_t)v->pairs[i].nkey * BYTE + ac_docs_limit_body(&v->pairs[i].val);
		break;
	case AC_NUM: case AC_STR: case AC_BIN: case AC_LATER:
		sum += (int64_t)v->n * BYTE;
		break;
	default:
		break;
	}
	return sum;
}

int64_t
ac_docs_limit_version(const struct ac_version *v)
{
	if (v->weight)
		return v->weight;
	return VERSION + (int64_t)v->parents->n * PARENT + (v->url ? (int64_t)strlen(v->url) * BYTE : 0)
	    + (v->facts ? v->facts->weight : v->body ? ac_docs_limit_body(v->body) : 0);
}

/* ------------------------------------------------------------ what is left out */

static int
by_author(const struct ac_docs_cand *x, const struct ac_docs_cand *y)
{
	if (x->guest != y->guest)
		return x->guest ? 1 : -1;
	if (x->named != y->named)
		return x->named ? 1 : -1;
	return memcmp(x->author, y->author, 8);
}

static int
by_author_and_age(const void *a, const void *b)
{
	const struct ac_docs_cand *x = *(const struct ac_docs_cand *const *)a, *y = *(const struct ac_docs_cand *const *)b;
	int c = by_author(x, y);

	if (!c && x->time != y->time)
		c = x->time < y->time ? -1 : 1;
	return c ? c : memcmp(x->vid, y->vid, 32);
}

struct group { int64_t sum; size_t next, end; };

/* The groups of a sorted list; returns how many. */
static size_t
group(struct group *g, struct ac_docs_cand *const *list, size_t n)
{
	size_t i, ng = 0;

	for (i = 0; i < n; i++) {
		if (!i || by_author(list[i - 1], list[i]))
			g[ng++] = (struct group){ .next = i };
		g[ng - 1].sum += list[i]->weight;
		g[ng - 1].end = i + 1;
	}
	return ng;
}

enum ac_err
ac_docs_limit_cut(struct ac_docs_cand *c, size_t n)
{
	struct ac_docs_cand **list = NULL;
	struct group *g = NULL;
	enum ac_err err = AC_OK;
	int64_t total = 0;
	size_t i, ng, most, left = n;

	for (i = 0; i < n; i++)
		total += c[i].weight;
	if (total <= ac_docs_limit() || n < 2)
		return AC_OK;
	list = malloc(n * sizeof *list);
	g = calloc(n, sizeof *g);
	if (!list || !g) {
		err = AC_ENOMEM;
		goto out;
	}
	for (i = 0; i < n; i++)
		list[i] = &c[i];
	qsort(list, n, sizeof *list, by_author_and_age);
	ng = group(g, list, n);
	while (total > ac_docs_limit() && left > 1) {
		for (i = 1, most = 0; i < ng; i++)
			if (g[i].sum > g[most].sum)
				most = i;
		list[g[most].next]->out = true;
		g[most].sum -= list[g[most].next]->weight;
		total -= list[g[most].next++]->weight;
		left--;
	}
out:
	free(list);
	free(g);
	return err;
}

static bool
before(const struct ac_docs_cand *x, const struct ac_docs_cand *y)
{
	return x->time != y->time ? x->time < y->time : memcmp(x->vid, y->vid, 32) < 0;
}

/* open[v]: it goes on from nothing, or somebody went on from there before. */
static enum ac_err
find_open(bool *open, const struct ac_node *nodes, const struct ac_docs_cand *c, uint32_t n)
{
	uint32_t *first = malloc(((size_t)n + 1) * sizeof *first), v, p, at;

	if (!first)
		return AC_ENOMEM;
	memset(first, 0xff, (size_t)n * sizeof *first);
	for (v = 0; v < n; v++)
		for (p = 0; p < nodes[v].nparents; p++) {
			at = nodes[v].parents[p];
			if (first[at] == UINT32_MAX || before(&c[v], &c[first[at]]))
				first[at] = v;
		}
	for (v = 0; v < n; v++) {
		open[v] = true;
		for (p = 0; p < nodes[v].nparents; p++)
			open[v] &= first[nodes[v].parents[p]] != v;
	}
	free(first);
	return AC_OK;
}

enum ac_err
ac_docs_limit_widest(bool *any, struct ac_docs_cand *c, const struct ac_node *nodes, uint32_t n)
{
	struct ac_docs_cand **list = calloc((size_t)n + 1, sizeof *list);
	struct group *g = calloc((size_t)n + 1, sizeof *g);
	bool *open = calloc((size_t)n + 1, sizeof *open);
	size_t i, k, ng, most = 0, newest = 0;
	enum ac_err err = list && g && open ? find_open(open, nodes, c, n) : AC_ENOMEM;

	*any = n > 1;
	if (err || n < 2)
		goto out;
	for (i = 0; i < n; i++) {
		list[i] = &c[i];
		newest = before(&c[newest], &c[i]) ? i : newest;
	}
	qsort(list, n, sizeof *list, by_author_and_age);
	ng = group(g, list, n);
	for (i = 0; i < ng; i++) {
		g[i].sum = 0;
		for (k = g[i].next; k < g[i].end; k++)
			g[i].sum += open[list[k] - c];
		most = g[i].sum > g[most].sum ? i : most;
	}
	for (k = g[most].next; k < g[most].end; k++)
		list[k]->out = ng > 1 || list[k] != &c[newest];
out:
	free(list);
	free(g);
	free(open);
	return err;
}
