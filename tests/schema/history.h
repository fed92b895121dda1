/* SPDX-License-Identifier: ISC */
/* A small version graph, built line by line, and its view as text. */
#ifndef HISTORY_H
#define HISTORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "schema/schema.h"

#define HISTORY_MAX 64

struct history {
	struct ac_arena arena;
	struct ac_node node[HISTORY_MAX];
	uint32_t parents[HISTORY_MAX][HISTORY_MAX];
	uint32_t n;
	const char *type;
	struct ac_view view;
};

/* JSON for tests is written with ' for ". */
static inline const struct ac_val *
history_json(struct ac_arena *a, const char *text)
{
	char *s = ac_arena_text(a, text, strlen(text)), *p;
	const struct ac_val *v = NULL;
	struct ac_fault f = { 0 };

	for (p = s; *p; p++)
		if (*p == '\'')
			*p = '"';
	if (ac_json_read(&v, a, s, strlen(s), &f))
		fail_msg("%s: %s", text, f.text);
	return v;
}

/* Adds a version; `from` lists parents as letters: "" none, "a" the first node,
 * "bc" the second and third. time is the order of adding unless set after. */
static inline struct ac_node *
history_add(struct history *h, const char *from, enum ac_op op, const char *json)
{
	uint32_t i = h->n++, k;
	struct ac_node *v = &h->node[i];

	for (k = 0; from[k]; k++)
		h->parents[i][k] = (uint32_t)(from[k] - 'a');
	memset(v, 0, sizeof *v);
	v->id[0] = (unsigned char)(i * 37 + 11);
	v->id[31] = (unsigned char)i;
	v->parents = h->parents[i];
	v->nparents = k;
	v->time = i + 1;
	v->author = 1;
	v->op = op;
	v->body = json ? history_json(&h->arena, json) : NULL;
	return v;
}

static inline void
history_text(struct ac_buf *out, const struct ac_val *v)
{
	size_t i, from = out->len;

	if (!v) {
		assert_int_equal(ac_buf_addf(out, "-"), AC_OK);
		return;
	}
	assert_int_equal(ac_json_write(out, v, NULL, NULL), AC_OK);
	for (i = from; i < out->len; i++)
		if (out->p[i] == '"')
			out->p[i] = '\'';
}

/* "PATH!=a:1|b:2;..." with ! for safety, ? for a proposal */
static inline char *
history_disputes(struct history *h)
{
	const struct ac_view *v = &h->view;
	struct ac_buf b = { 0 };
	uint32_t i, k;
	char *s;

	for (i = 0; i < v->ndisputes; i++) {
		assert_int_equal(ac_buf_addf(&b, "%s%s%s%s=", i ? ";" : "", v->disputes[i].path,
			v->disputes[i].safety ? "!" : "", v->disputes[i].proposal ? "?" : ""), AC_OK);
		for (k = 0; k < v->disputes[i].nsides; k++) {
			assert_int_equal(ac_buf_addf(&b, "%s%c:", k ? "|" : "",
				'a' + (char)v->disputes[i].sides[k].node), AC_OK);
			/* a whole document is long: say that it is there */
			if (!*v->disputes[i].path && v->disputes[i].sides[k].value)
				assert_int_equal(ac_buf_addf(&b, "+"), AC_OK);
			else
				history_text(&b, v->disputes[i].sides[k].value);
		}
	}
	s = ac_arena_text(&h->arena, (const char *)b.p, b.len);
	ac_buf_free(&b);
	return s;
}

static inline void
history_view(struct history *h)
{
	struct ac_fault f = { 0 };

	if (ac_view_make(&h->view, &h->arena, h->type, h->node, h->n, &f))
		fail_msg("no view: %s", f.text);
}

static inline char *
history_body(struct history *h)
{
	struct ac_buf b = { 0 };
	char *s;

	history_text(&b, h->view.body);
	s = ac_arena_text(&h->arena, (const char *)b.p, b.len);
	ac_buf_free(&b);
	return s;
}

/* The same value, keys in any order. */
static inline bool
history_same(const struct ac_val *a, const struct ac_val *b)
{
	const struct ac_val *v;
	uint32_t i;

	if (!a || !b)
		return a == b;
	if (a->kind != b->kind || (a->kind != AC_ARR && a->kind != AC_MAP))
		return ac_val_equal(a, b);
	if (a->n != b->n)
		return false;
	if (a->items == b->items) /* of a list or a map: one and the same */
		return true;
	for (i = 0; i < a->n; i++) {
		v = a->kind == AC_ARR ? &b->items[i] : ac_val_get(b, a->pairs[i].key);
		if (!v || !history_same(a->kind == AC_ARR ? &a->items[i] : &a->pairs[i].val, v))
			return false;
	}
	return true;
}

static inline void
history_free(struct history *h)
{
	ac_arena_free(&h->arena);
	memset(&h->view, 0, sizeof h->view);
	h->n = 0;
}

#endif
