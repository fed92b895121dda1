/* SPDX-License-Identifier: ISC */
/*
 * Method. The atoms are independent of one another but for one thing: a write
 * inside a box is also a word for the box ("it is there"). So the boxes are
 * walked inner ones first, and for each atom all nodes, parents first. A node's
 * state for an atom is the list of the writers that nobody in its past (itself
 * included) supersedes, and the list of the guests' proposals that nobody
 * there settles. Whether u supersedes w does not depend on where one stands,
 * so the state of a union of pasts is: who is in the list of every past that
 * contains him. Lists are shared until they change.
 */
#include <stdlib.h>
#include <string.h>

#include "schema/atoms.h"
#include "schema/build.h"
#include "schema/faults.h"
#include "schema/graph.h"

enum { TOUCHED = 1, PROPOSED = 2 };  /* what happened inside a box */

struct list {
	uint32_t n;
	uint32_t w[];
};

static const struct list nobody = { 0 };

/* Writers and proposals of an atom in all the versions, by time, then id. */
struct outcome {
	const struct ac_entry *acc, *prop; /* value 0 and at NULL: absent */
	uint32_t nacc, nprop;
};

struct run {
	struct ac_atoms atoms;
	struct ac_graph graph;
	const struct ac_node *nodes;
	uint32_t n;
	struct ac_arena arena;       /* what lives as long as the run */
	struct ac_arena lists;       /* of the atom in hand */
	bool *guarded;               /* a guest's node in a document that is not his */
	uint32_t base;               /* whose order the body keeps; AC_NONE: no body at all */
	struct outcome *outcome;
	struct ac_shown *shown;
	/* the atom in hand, by node */
	uint32_t atom;
	uint32_t *value, *place;
	const struct ac_val **at;
	const struct list **acc, **prop;
	/* for joining, by node */
	uint32_t *stamp, *count, *found, now;
	struct ac_arena *out;
	struct ac_dispute *dispute;
	uint32_t ndispute;
};

/* -------------------------------------------------------------------- lists */

static const struct list *
list_of(struct run *r, const uint32_t *w, uint32_t n)
{
	struct list *l = n ? ac_arena_get(&r->lists, sizeof *l + n * sizeof *l->w) : NULL;

	if (!n)
		return &nobody;
	if (!l)
		return NULL;
	l->n = n;
	memcpy(l->w, w, n * sizeof *w);
	return l;
}

/* The state of the union of these pasts. NULL: no memory. */
static const struct list *
join(struct run *r, const struct list *const *state, const uint32_t *node, uint32_t n)
{
	uint32_t i, k, w, all, kept = 0, nfound = 0;

	for (i = 1; i < n && state[node[i]] == state[node[0]]; i++)
		;
	if (!n)
		return &nobody;
	if (i >= n)
		return state[node[0]];
	r->now++;
	for (i = 0; i < n; i++)
		for (k = 0; k < state[node[i]]->n; k++) {
			w = state[node[i]]->w[k];
			if (r->stamp[w] != r->now) {
				r->stamp[w] = r->now;
				r->count[w] = 0;
				r->found[nfound++] = w;
			}
			r->count[w]++;
		}
	for (k = 0; k < nfound; k++) {
		for (i = all = 0; i < n; i++)
			all += ac_graph_reaches(&r->graph, r->found[k], node[i]);
		if (r->count[r->found[k]] == all)
			r->found[kept++] = r->found[k];
	}
	return list_of(r, r->found, kept);
}

/* The list without the author's, and with the node if it is one. NULL: no memory. */
static const struct list *
change(struct run *r, const struct list *l, const uint32_t *author, uint32_t add)
{
	uint32_t i, n = 0;

	for (i = 0; i < l->n; i++)
		if (!author || r->nodes[l->w[i]].author != *author)
			r->found[n++] = l->w[i];
	if (add != AC_NONE)
		r->found[n++] = add;
	return n == l->n && add == AC_NONE ? l : list_of(r, r->found, n);
}

static bool
holds(const struct run *r, const struct list *l, uint32_t value)
{
	uint32_t i;

	for (i = 0; i < l->n; i++)
		if (r->value[l->w[i]] == value)
			return true;
	return false;
}

static bool
several(const struct run *r, const struct list *l)
{
	uint32_t i;

	for (i = 1; i < l->n; i++)
		if (r->value[l->w[i]] != r->value[l->w[0]])
			return true;
	return false;
}

/* Whether the view has this value: nobody ever wrote the atom is absent, but
 * where nobody ever wrote the document there is nothing yet, not a deletion. */
static bool
in_view(const struct run *r, const struct list *acc, uint32_t value)
{
	return acc->n ? holds(r, acc, value) : !value && r->atom;
}

/* ----------------------------------------------------------- who writes what */

enum act {
	NOTHING,
	WRITES,   /* and supersedes all before it */
	SIDES,    /* writes into a conflict: one more side */
	TOUCHES,  /* says only that the box is there: settles no proposal */
	PROPOSES,
	HINTS     /* a proposal inside the box: proposes that the box is there */
};

static bool
silent(const struct run *r)
{
	const struct ac_atom *a = &r->atoms.atom[r->atom];

	return a->group && a->group->silent;
}

static bool
disputed(const struct run *r, const struct list *acc, const struct list *prop)
{
	uint32_t i;

	if (several(r, acc) && !silent(r))
		return true;
	for (i = 0; i < prop->n; i++)
		if (!in_view(r, acc, r->value[prop->w[i]]))
			return true;
	return false;
}

/* Whether node v's departure from the accepted values is safety-critical. */
static enum ac_err
critical(const struct run *r, bool *out, uint32_t v, const struct list *acc)
{
	const struct ac_atom *a = &r->atoms.atom[r->atom];
	const struct ac_val **maps;
	uint32_t i;

	*out = !r->atom && (!r->value[v] || acc->n);
	if (a->kind != AC_ATOM_FIELDS || a->box)
		return AC_OK;
	if (!(maps = calloc(acc->n + 2, sizeof *maps)))
		return AC_ENOMEM;
	maps[0] = r->at[v];
	for (i = 0; i < acc->n; i++)
		maps[i + 1] = r->at[acc->w[i]];
	*out = ac_merge_critical(a->group, maps, acc->n ? acc->n + 1 : 2);
	free(maps);
	return AC_OK;
}

/* His own pending proposal of the same value. */
static bool
proposed_before(const struct run *r, uint32_t v, const struct list *prop, uint32_t value)
{
	uint32_t i;

	for (i = 0; i < prop->n; i++)
		if (r->nodes[prop->w[i]].author == r->nodes[v].author
		    && r->value[prop->w[i]] == value)
			return true;
	return false;
}

static enum ac_err
decide(struct run *r, enum act *act, uint32_t v, const struct list *acc, const struct list *prop,
	uint32_t inside)
{
	const struct ac_node *node = &r->nodes[v];
	bool resolves = node->op == AC_OP_RESOLVE && !node->guest, many = several(r, acc), crit;
	enum ac_err err;

	*act = NOTHING;
	if ((resolves && disputed(r, acc, prop)) || (many && (silent(r) || node->settled))) {
		*act = WRITES;
		return AC_OK;
	}
	if (in_view(r, acc, r->value[v])) {
		if (many || !r->value[v] || !inside)
			return AC_OK;
		if (inside & TOUCHED)
			*act = TOUCHES;
		else if (!proposed_before(r, v, prop, r->value[v]))
			*act = HINTS;
		return AC_OK;
	}
	if (!r->guarded[v]) {
		*act = many ? SIDES : WRITES;
		return AC_OK;
	}
	if ((err = critical(r, &crit, v, acc)))
		return err;
	if (!crit)
		*act = many ? SIDES : WRITES;
	else if (!proposed_before(r, v, prop, r->value[v]))
		*act = PROPOSES;
	return AC_OK;
}

static enum ac_err
apply(struct run *r, enum act act, uint32_t v)
{
	const struct ac_node *node = &r->nodes[v];
	const uint32_t *own = node->guest ? &node->author : NULL;
	const struct list *acc = r->acc[v], *prop = r->prop[v];

	if (act == WRITES || act == TOUCHES)
		acc = list_of(r, &v, 1);
	if (act == SIDES)
		acc = change(r, acc, NULL, v);
	if (act == WRITES && !node->guest)
		prop = &nobody;
	if ((act == WRITES || act == SIDES) && node->guest)
		prop = change(r, prop, own, AC_NONE);
	if (act == PROPOSES || act == HINTS)
		prop = change(r, prop, act == PROPOSES ? own : NULL, v);
	if (!acc || !prop)
		return AC_ENOMEM;
	r->acc[v] = acc;
	r->prop[v] = prop;
	return AC_OK;
}

static void
load(struct run *r, uint32_t atom)
{
	const struct ac_atom *a = &r->atoms.atom[atom];
	const struct ac_entry *e;
	uint32_t i;

	r->atom = atom;
	memset(r->value, 0, r->n * sizeof *r->value);
	memset(r->at, 0, r->n * sizeof *r->at);
	for (i = a->begin; i < a->end; i++) {
		e = &r->atoms.entry[i];
		r->value[e->node] = e->value;
		r->at[e->node] = e->at;
		r->place[e->node] = e->place;
	}
}

static int
by_order(const void *a, const void *b, void *graph)
{
	return ac_graph_order(graph, ((const struct ac_entry *)a)->node,
		((const struct ac_entry *)b)->node);
}

static enum ac_err
keep(struct run *r, const struct ac_entry **out, uint32_t *n, const struct list *l)
{
	struct ac_entry *e = ac_arena_get(&r->arena, l->n * sizeof *e);
	uint32_t i;

	if (!e)
		return AC_ENOMEM;
	for (i = 0; i < l->n; i++)
		e[i] = (struct ac_entry){ r->atom, l->w[i], r->value[l->w[i]], r->place[l->w[i]],
			r->at[l->w[i]] };
	qsort_r(e, l->n, sizeof *e, by_order, &r->graph);
	*out = e;
	*n = l->n;
	return AC_OK;
}

/* What the view shows: the latest; but what is a whole thing (a document, an
 * object, an item) is kept where somebody still wants it. */
static void
show(struct run *r, struct ac_shown *w, const struct outcome *o)
{
	enum ac_atom_kind kind = r->atoms.atom[r->atom].kind;
	uint32_t i = o->nacc;

	while (i-- > 0 && !w->at) {
		*w = (struct ac_shown){ o->acc[i].at, o->acc[i].node, o->acc[i].value,
			o->acc[i].place, 0 };
		if (kind == AC_ATOM_FIELDS)
			break;
	}
	/* the same in the base's own spelling */
	if (w->at && r->base != AC_NONE && r->value[r->base] == w->value) {
		w->at = r->at[r->base];
		w->node = r->base;
		w->place = r->place[r->base];
	}
}

/* Runs one atom over all nodes. `there`: in which nodes its box is (NULL: the
 * document itself); `inside`: for a box, what happened in it; `outside`: that
 * of the box around, added to. */
static enum ac_err
run_atom(struct run *r, uint32_t atom, const unsigned char *there, const unsigned char *inside,
	unsigned char *outside)
{
	struct outcome *o = &r->outcome[atom];
	const struct list *acc, *prop;
	enum ac_err err = AC_OK;
	enum act act;
	uint32_t i, v;

	load(r, atom);
	for (i = 0; !err && i < r->n; i++) {
		v = r->graph.topo[i];
		r->acc[v] = join(r, r->acc, r->nodes[v].parents, r->nodes[v].nparents);
		r->prop[v] = join(r, r->prop, r->nodes[v].parents, r->nodes[v].nparents);
		if (!r->acc[v] || !r->prop[v])
			err = AC_ENOMEM;
		if (err || (there && !there[v]))
			continue;
		if ((err = decide(r, &act, v, r->acc[v], r->prop[v], inside ? inside[v] : 0))
		    || (err = apply(r, act, v)))
			break;
		if (outside) {
			outside[v] |= inside ? inside[v] : 0;
			if (act == PROPOSES || act == HINTS)
				outside[v] |= PROPOSED;
			else if (act != NOTHING && !silent(r))
				outside[v] |= TOUCHED;
		}
	}
	if (!err && (!(acc = join(r, r->acc, r->graph.heads, r->graph.nheads))
	             || !(prop = join(r, r->prop, r->graph.heads, r->graph.nheads))))
		err = AC_ENOMEM;
	if (!err && !(err = keep(r, &o->acc, &o->nacc, acc))
	    && !(err = keep(r, &o->prop, &o->nprop, prop)))
		show(r, &r->shown[atom], o);
	ac_arena_free(&r->lists);
	return err;
}

static enum ac_err
run_box(struct run *r, uint32_t box, const unsigned char *around, unsigned char *outside)
{
	const struct ac_atom *a = r->atoms.atom;
	unsigned char *there = calloc(r->n + 1, 1), *inside = calloc(r->n + 1, 1);
	enum ac_err err = there && inside ? AC_OK : AC_ENOMEM;
	uint32_t i, k;

	for (i = a[box].begin; !err && i < a[box].end; i++)
		there[r->atoms.entry[i].node] = 1;
	for (k = a[box].first; !err && k != AC_NONE; k = a[k].next)
		err = ac_atoms_is_box(&a[k]) ? run_box(r, k, there, inside)
			: run_atom(r, k, there, NULL, inside);
	if (!err)
		err = run_atom(r, box, around, inside, outside);
	free(there);
	free(inside);
	return err;
}

/* ---------------------------------------------------------------- disputes */

/* The value as it is handed out: a map or list that splitting made is copied. */
static const struct ac_val *
give(struct run *r, const struct ac_val *v)
{
	struct ac_val *c = ac_arena_get(r->out, sizeof *c);
	size_t n = v->kind == AC_MAP ? v->n * sizeof *v->pairs : v->n * sizeof *v->items;
	void *p = ac_arena_get(r->out, n);

	if (!c || !p)
		return NULL;
	*c = *v;
	if (v->kind == AC_MAP)
		c->pairs = memcpy(p, v->pairs, n);
	else
		c->items = memcpy(p, v->items, n);
	return c;
}

static bool
has_value(const struct ac_entry *e, uint32_t n, uint32_t value)
{
	while (n-- > 0)
		if (e[n].value == value)
			return true;
	return false;
}

/* Appends, for each value that is not there yet, its latest writer. */
static void
add_sides(struct ac_entry *side, uint32_t *n, const struct ac_entry *e, uint32_t ne)
{
	uint32_t i, before = *n;

	for (i = 0; i < ne; i++)
		if (!has_value(side, before, e[i].value)
		    && !has_value(e + i + 1, ne - i - 1, e[i].value))
			side[(*n)++] = e[i];
}

static bool
same_or_none(const struct ac_val *a, const struct ac_val *b)
{
	return !a || !b ? a == b : ac_atoms_same(a, b);
}

static bool
pair_differs(const struct ac_entry *side, uint32_t n, const struct ac_pair *p)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (!same_or_none(side[i].at ? ac_val_get(side[i].at, p->key) : NULL, &p->val))
			return true;
	return false;
}

/* The element that names a disputed group: the first of the table's in which
 * the sides differ, as the latest side that has it spells it. */
static const struct ac_pair *
first_difference(const struct ac_entry *side, uint32_t n, const struct ac_atom *atom)
{
	const char *list = atom->name, *name, *base;
	uint32_t nname, nbase, i, k;
	const struct ac_val *m;

	while (ac_merge_next(&list, &name, &nname))
		for (i = n; i-- > 0;)
			for (m = side[i].at, k = 0; m && k < m->n; k++) {
				base = ac_merge_base(m->pairs[k].key, m->pairs[k].nkey, &nbase);
				if (((nbase == nname && !memcmp(base, name, nbase)) || *name == '*')
				    && pair_differs(side, n, &m->pairs[k]))
					return &m->pairs[k];
			}
	return NULL;
}

/* An element by itself may have a blank in its name; it is no list. */
static const struct ac_pair *
naming_pair(const struct ac_entry *side, uint32_t n, const struct ac_atom *atom)
{
	uint32_t i;

	if (atom->group)
		return first_difference(side, n, atom);
	for (i = n; i-- > 0;)
		if (side[i].at)
			return &side[i].at->pairs[0];
	return NULL;
}

/* Whether each side that has the atom holds one and the same element. */
static bool
single(const struct ac_entry *side, uint32_t n, const struct ac_atom *atom,
	const struct ac_pair *pair)
{
	uint32_t i;

	if (atom->group && !atom->group->plain)
		return false;
	for (i = 0; i < n; i++)
		if (side[i].at && (side[i].at->n != 1 || side[i].at->pairs[0].nkey != pair->nkey
		    || memcmp(side[i].at->pairs[0].key, pair->key, pair->nkey)))
			return false;
	return true;
}

/* Whether an array has, in any body, items that are matched. */
static bool
has_matched(const struct run *r, const struct ac_atom *rest)
{
	const struct ac_atom *a;
	uint32_t k;

	for (k = r->atoms.atom[rest->box].first; k != AC_NONE; k = a->next) {
		a = &r->atoms.atom[k];
		if ((a->kind == AC_ATOM_ITEM || a->kind == AC_ATOM_BOX) && a->begin < a->end
		    && a->nname == rest->nname && !memcmp(a->name, rest->name, a->nname))
			return true;
	}
	return false;
}

static enum ac_err
put_path(const struct run *r, struct ac_buf *out, uint32_t atom, const struct ac_pair *pair)
{
	const struct ac_atom *a = &r->atoms.atom[atom];
	const char *name = pair ? pair->key : a->name;
	uint32_t n = pair ? pair->nkey : a->nname;
	enum ac_err err;

	if (!atom)
		return AC_OK;
	if ((err = put_path(r, out, a->box, NULL)))
		return err;
	if (pair && n > 1 && name[0] == '_') {
		name++;
		n--;
	}
	if ((out->len && (err = ac_buf_add(out, ".", 1))) || (err = ac_buf_add(out, name, n)))
		return err;
	if (a->kind == AC_ATOM_ITEM || a->kind == AC_ATOM_BOX
	    || (a->kind == AC_ATOM_REST && has_matched(r, a)))
		return ac_buf_addf(out, "[%u]", r->shown[atom].index);
	return AC_OK;
}

/* Fills path and sides of a dispute. */
static enum ac_err
describe(struct run *r, struct ac_dispute *d, uint32_t atom, const struct ac_entry *side, uint32_t n)
{
	const struct ac_atom *a = &r->atoms.atom[atom];
	const struct ac_pair *pair = a->kind == AC_ATOM_FIELDS ? naming_pair(side, n, a) : NULL;
	bool one = pair && single(side, n, a, pair);
	struct ac_side *s = ac_arena_get(r->out, n * sizeof *s);
	struct ac_buf path = { 0 };
	enum ac_err err = s ? put_path(r, &path, atom, pair) : AC_ENOMEM;
	uint32_t i;

	for (i = 0; !err && i < n; i++) {
		s[i] = (struct ac_side){ side[i].node, side[i].at };
		if (!side[i].at || ac_atoms_is_box(a) || a->kind == AC_ATOM_ITEM)
			continue;
		if (!(s[i].value = give(r, side[i].at)))
			err = AC_ENOMEM;
		else if (one)
			s[i].value = &s[i].value->pairs[0].val;
	}
	if (!err && !(d->path = ac_arena_text(r->out, (const char *)path.p, path.len)))
		err = AC_ENOMEM;
	d->sides = s;
	d->nsides = d->naccepted = n;
	d->fields = a->kind == AC_ATOM_FIELDS && !one;
	ac_buf_free(&path);
	return err;
}

static enum ac_err
sides_critical(const struct run *r, bool *out, uint32_t atom, const struct ac_entry *side, uint32_t n)
{
	const struct ac_atom *a = &r->atoms.atom[atom];
	const struct ac_val **maps;
	uint32_t i;

	*out = !atom;
	if (a->kind != AC_ATOM_FIELDS || a->box)
		return AC_OK;
	if (!(maps = calloc(n, sizeof *maps)))
		return AC_ENOMEM;
	for (i = 0; i < n; i++)
		maps[i] = side[i].at;
	*out = ac_merge_critical(a->group, maps, n);
	free(maps);
	return AC_OK;
}

static enum ac_err
add_conflict(struct run *r, uint32_t atom, const struct ac_entry *side, uint32_t n)
{
	struct ac_dispute *d = &r->dispute[r->ndispute];
	enum ac_err err;

	if ((err = sides_critical(r, &d->safety, atom, side, n)))
		return err;
	if (ac_faults_on("view"))
		d->safety = false;
	r->ndispute++;
	return describe(r, d, atom, side, n);
}

static enum ac_err
add_proposal(struct run *r, uint32_t atom, const struct ac_entry *side, uint32_t n, uint32_t accepted)
{
	struct ac_dispute *d = &r->dispute[r->ndispute++];
	enum ac_err err = describe(r, d, atom, side, n);

	d->safety = true;
	d->proposal = true;
	d->naccepted = accepted;
	return err;
}

/* What nobody wrote is absent: said by the latest who says what the document is. */
static void
add_absent(const struct run *r, struct ac_entry *side, uint32_t *n)
{
	const struct outcome *doc = &r->outcome[0];

	if (doc->nacc)
		side[(*n)++] = (struct ac_entry){ .node = doc->acc[doc->nacc - 1].node };
}

static enum ac_err
dispute(struct run *r, uint32_t atom)
{
	const struct ac_atom *a = &r->atoms.atom[atom];
	const struct outcome *o = &r->outcome[atom];
	struct ac_entry *side = calloc(o->nacc + o->nprop + 1, sizeof *side);
	enum ac_err err = AC_OK;
	uint32_t n = 0, accepted;

	if (!side)
		return AC_ENOMEM;
	add_sides(side, &n, o->acc, o->nacc);
	if (n > 1 && !(a->group && a->group->silent))
		err = add_conflict(r, atom, side, n);
	if (!n)
		add_absent(r, side, &n);
	accepted = n;
	if (!err && o->nprop) {
		add_sides(side, &n, o->prop, o->nprop);
		if (n > accepted)
			err = add_proposal(r, atom, side, n, accepted);
	}
	free(side);
	return err;
}

/*
 * The order of disputes, made so that taking them one by one, from the first,
 * never moves what a later path names: the document first, then by name; in an
 * array from the last item to the first; what is in an item before the item.
 */
static int
by_place(const void *pa, const void *pb, void *arg)
{
	const struct run *r = arg;
	const struct ac_atom *x = &r->atoms.atom[*(const uint32_t *)pa];
	const struct ac_atom *y = &r->atoms.atom[*(const uint32_t *)pb];
	uint32_t i = r->shown[*(const uint32_t *)pa].index, k = r->shown[*(const uint32_t *)pb].index;
	int c = memcmp(x->name, y->name, x->nname < y->nname ? x->nname : y->nname);

	if (c || x->nname != y->nname)
		return c ? c : x->nname < y->nname ? -1 : 1;
	if (i != k)
		return i > k ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

static uint32_t
order_children(const struct run *r, uint32_t box, uint32_t *order)
{
	uint32_t k, n = 0;

	for (k = r->atoms.atom[box].first; k != AC_NONE; k = r->atoms.atom[k].next)
		if (r->outcome[k].nacc || r->outcome[k].nprop)
			order[n++] = k;
	qsort_r(order, n, sizeof *order, by_place, (void *)(uintptr_t)r);
	return n;
}

static enum ac_err
dispute_box(struct run *r, uint32_t box)
{
	uint32_t k, n = 0, *order;
	enum ac_err err;

	for (k = r->atoms.atom[box].first; k != AC_NONE; k = r->atoms.atom[k].next)
		n++;
	if (!(order = calloc(n + 1, sizeof *order)))
		return AC_ENOMEM;
	n = order_children(r, box, order);
	err = box ? AC_OK : dispute(r, box);
	for (k = 0; !err && k < n && r->shown[box].at; k++)
		err = ac_atoms_is_box(&r->atoms.atom[order[k]]) ? dispute_box(r, order[k])
			: dispute(r, order[k]);
	free(order);
	return err || !box ? err : dispute(r, box);
}

/* --------------------------------------------------------------- the whole */

/* A guest may write what is his: where all that his version descends from
 * began with him, and no owner began the document too. A second beginning is
 * easily made; it must not make him master of what others wrote. */
static enum ac_err
guard(struct run *r)
{
	uint32_t i, p, v, w, *from = calloc(r->n + 1, sizeof *from);
	bool owners = false;

	if (!from)
		return AC_ENOMEM;
	for (v = 0; v < r->n; v++)
		owners |= !r->nodes[v].nparents && !r->nodes[v].guest;
	for (i = 0; i < r->n; i++) {
		v = r->graph.topo[i];
		/* from: one of the roots that v came from; AC_NONE: of several authors */
		from[v] = r->nodes[v].nparents ? from[r->nodes[v].parents[0]] : v;
		for (p = 1; p < r->nodes[v].nparents; p++) {
			w = from[r->nodes[v].parents[p]];
			if (w == AC_NONE || from[v] == AC_NONE
			    || r->nodes[w].author != r->nodes[from[v]].author)
				from[v] = AC_NONE;
		}
		r->guarded[v] = r->nodes[v].guest && (owners || from[v] == AC_NONE
			|| r->nodes[from[v]].author != r->nodes[v].author);
	}
	free(from);
	return AC_OK;
}

/* The latest head with a body, else the latest version with one. */
static void
find_base(struct run *r)
{
	uint32_t i, v;

	r->base = AC_NONE;
	for (i = 0; i < r->graph.nheads; i++) {
		v = r->graph.heads[i];
		if (r->nodes[v].body && (r->base == AC_NONE || ac_graph_order(&r->graph, r->base, v) < 0))
			r->base = v;
	}
	if (r->base != AC_NONE)
		return;
	for (v = 0; v < r->n; v++)
		if (r->nodes[v].body && (r->base == AC_NONE || ac_graph_order(&r->graph, r->base, v) < 0))
			r->base = v;
}

static enum ac_err
prepare(struct run *r, const char *type, struct ac_fault *f)
{
	enum ac_err err;
	uint32_t v;

	for (v = 0; v < r->n; v++)
		if (r->nodes[v].body && r->nodes[v].body->kind != AC_MAP)
			return ac_fault(f, AC_EINVAL, "A version of this document is not a resource. "
				"Run `aftercare verify`.");
	if ((err = ac_graph_make(&r->graph, &r->arena, r->nodes, r->n, f))
	    || (err = ac_atoms_init(&r->atoms, type)))
		return err;
	for (v = 0; v < r->n; v++)
		ac_atoms_scan(&r->atoms, r->nodes[v].body);
	for (v = 0; v < r->n; v++)
		if ((err = ac_atoms_add(&r->atoms, v, r->nodes[v].body)))
			return err;
	if ((err = ac_atoms_seal(&r->atoms)))
		return err;
	r->guarded = ac_arena_get(&r->arena, r->n * sizeof *r->guarded);
	r->value = ac_arena_get(&r->arena, r->n * sizeof *r->value);
	r->place = ac_arena_get(&r->arena, r->n * sizeof *r->place);
	r->at = ac_arena_get(&r->arena, r->n * sizeof *r->at);
	r->acc = ac_arena_get(&r->arena, r->n * sizeof *r->acc);
	r->prop = ac_arena_get(&r->arena, r->n * sizeof *r->prop);
	r->stamp = ac_arena_get(&r->arena, r->n * sizeof *r->stamp);
	r->count = ac_arena_get(&r->arena, r->n * sizeof *r->count);
	r->found = ac_arena_get(&r->arena, (r->n + (size_t)1) * sizeof *r->found);
	r->outcome = ac_arena_get(&r->arena, r->atoms.natom * sizeof *r->outcome);
	r->shown = ac_arena_get(&r->arena, r->atoms.natom * sizeof *r->shown);
	if (!r->guarded || !r->value || !r->place || !r->at || !r->acc || !r->prop || !r->stamp || !r->count
	    || !r->found || !r->outcome || !r->shown)
		return AC_ENOMEM;
	find_base(r);
	return guard(r);
}

/* Whether a dispute stands in a box that is not shown: a version that has the box again
 * shows it, and is not what it would be by itself. */
static bool
hides_dispute(const struct run *r)
{
	const struct ac_atom *a = r->atoms.atom;
	const struct outcome *o;
	uint32_t k, i, box;
	bool shown;

	for (k = 1; k < r->atoms.natom; k++) {
		for (box = a[k].box, shown = r->shown[0].at; shown && box; box = a[box].box)
			shown = r->shown[box].at;
		if (shown)
			continue;
		o = &r->outcome[k];
		for (i = 1; i < o->nacc && !(a[k].group && a[k].group->silent); i++)
			if (o->acc[i].value != o->acc[0].value)
				return true;
		for (i = 0; i < o->nprop; i++)
			if (!has_value(o->acc, o->nacc, o->prop[i].value))
				return true;
	}
	return false;
}

static enum ac_err
finish(struct run *r, struct ac_view *view)
{
	uint32_t i, *heads = ac_arena_get(r->out, r->graph.nheads * sizeof *heads);
	const struct ac_node *only = r->graph.nheads == 1 ? &r->nodes[r->graph.heads[0]] : NULL;
	enum ac_err err = AC_OK;

	/* an atom has at most a conflict and a proposal */
	r->dispute = ac_arena_get(r->out, (size_t)r->atoms.natom * 2 * sizeof *r->dispute);
	if (!heads || !r->dispute)
		return AC_ENOMEM;
	memcpy(heads, r->graph.heads, r->graph.nheads * sizeof *heads);
	if (r->shown[0].at)
		err = ac_build_body(&view->body, r->out, &r->atoms, &r->graph, r->shown, r->base);
	if (err || (err = dispute_box(r, 0)))
		return err;
	if (only && !r->ndispute)
		view->body = only->body;
	view->heads = heads;
	view->nheads = r->graph.nheads;
	view->disputes = r->dispute;
	view->ndisputes = r->ndispute;
	for (i = 0; i < r->ndispute; i++)
		if (!r->dispute[i].proposal) {
			view->conflict = true;
			view->safety |= r->dispute[i].safety;
		}
	for (i = 0; i < r->n; i++)
		view->incomplete |= r->nodes[i].incomplete;
	view->hidden = hides_dispute(r);
	return AC_OK;
}

/* A version by itself is the view, whatever it needs to be put together with others. */
static enum ac_err
alone(struct ac_view *out, struct ac_arena *a, const struct ac_node *node)
{
	uint32_t *head = ac_arena_get(a, sizeof *head);

	if (!head)
		return AC_ENOMEM;
	*out = (struct ac_view){ .body = node->body, .heads = head, .nheads = 1, .incomplete = node->incomplete };
	return AC_OK;
}

enum ac_err
ac_view_make(struct ac_view *out, struct ac_arena *a, const char *type, const struct ac_node *nodes,
	uint32_t n, struct ac_fault *f)
{
	struct ac_view view = { 0 };
	struct run *r;
	enum ac_err err;

	if (n == 1 && !nodes->nparents && (!nodes->body || nodes->body->kind == AC_MAP))
		return alone(out, a, nodes);
	if (!(r = calloc(1, sizeof *r)))
		return AC_ENOMEM;
	r->nodes = nodes;
	r->n = n;
	r->out = a;
	r->arena.max = r->lists.max = SIZE_MAX / 2;
	err = n > AC_MAX_VERSIONS ? ac_fault(f, AC_ELIMIT, "This document has over %u versions, more "
		"than this program reads.", AC_MAX_VERSIONS) : prepare(r, type, f);
	if (!err)
		err = run_box(r, 0, NULL, NULL);
	if (!err)
		err = finish(r, &view);
	if (!err)
		*out = view;
	ac_atoms_free(&r->atoms);
	ac_arena_free(&r->arena);
	ac_arena_free(&r->lists);
	free(r);
	return err;
}
