/* SPDX-License-Identifier: ISC */
/*
 * graph.h: who descends from whom (private to schema/).
 *
 * The nodes are laid on as few chains as a greedy walk finds, each chain a
 * line of descent; a node then knows of each chain how far back it has seen
 * it. That is one small number per node and chain where a bit per pair of
 * nodes would be 125 GB for the million versions that are allowed.
 */
#ifndef AFTERCARE_GRAPH_H
#define AFTERCARE_GRAPH_H

#include "schema/schema.h"

struct ac_graph {
	const struct ac_node *nodes;
	uint32_t n;
	uint32_t *topo;              /* node indexes, parents first */
	uint32_t *heads, nheads;     /* by id ascending */
	uint32_t *chain, *place;     /* of a node; place counts from 1 */
	uint32_t **seen, *nseen;     /* of a node: by chain, the furthest place it descends from */
};

/* AC_EINVAL: a cycle, or a parent outside. AC_ELIMIT: over AC_MAX_PLACES. Everything lives in the arena. */
AC_MUST enum ac_err ac_graph_make(struct ac_graph *g, struct ac_arena *a,
	const struct ac_node *nodes, uint32_t n, struct ac_fault *f);

/* Whether `of` is `node` or descends from it. */
bool ac_graph_reaches(const struct ac_graph *g, uint32_t node, uint32_t of);

/* Order among the concurrent: time, then id. */
int ac_graph_order(const struct ac_graph *g, uint32_t a, uint32_t b);

#endif
