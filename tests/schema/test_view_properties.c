/* SPDX-License-Identifier: ISC */
/*
 * What must hold of the view whatever happened, on histories by chance.
 *
 * Method. All cases are made once and each property looks at each; a property
 * keeps its own count of the cases that it had something to say on, and of those
 * in which it did not hold, so that one that is broken does not hide the others.
 * Then each is a test: it held, and it was tried often enough.
 *
 * AC_CASES is how many graphs are tried, AC_SEED where they begin. A failure
 * says its number; AC_SEED=NUMBER AC_CASES=1 AC_SHOW=1 repeats it and tells it.
 */
#include "cases.h"
#include "tables.h"

#ifdef __SANITIZE_ADDRESS__
#define CASES 3000
#else
#define CASES 150000
#endif

enum property {
	ARRIVALS, SURVIVES, WHOLE, UNITES, CONFLICTS, RESOLVE, UNKNOWN_WHOLE, MISSING, FORKS, MODEL, PROPERTIES
};

static struct {
	const char *name;
	uint32_t cases, failed;
	char first[400];
} property[PROPERTIES] = {
	{ "any order, grouping and split over chains gives the same view" },
	{ "a change that nobody contradicts survives" },
	{ "no atom appears that no one hand wrote whole" },
	{ "no allergy or problem disappears" },
	{ "conflicts are exactly the atoms with several latest writers" },
	{ "only resolve ends a safety-critical conflict" },
	{ "unknown types and elements are whole atoms" },
	{ "missing parents mark incomplete, never a conflict" },
	{ "forks of two come out as the tables say" },
	{ "the brute-force model agrees" },
};

static uint32_t ncases, number;     /* of the case in hand */
static uint32_t crisscrosses, reverts, conflicts, criticals, proposals;

/* A view, and what its body holds. `of`: the graph's version, by the view's. */
struct seen {
	struct ac_view view;
	uint32_t of[NODES];
	row st;
	uint32_t place[SLOTS];
};

AC_PRINTF(3, 4) static void
check(enum property p, bool holds, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (holds)
		return;
	if (!property[p].failed++) {
		n = snprintf(property[p].first, sizeof property[p].first, "case %u, %s: ", number, S->type);
		va_start(ap, fmt);
		vsnprintf(property[p].first + n, sizeof property[p].first - (size_t)n, fmt, ap);
		va_end(ap);
	}
}

/* ------------------------------------------------------------------ looking */

/* Each number stands with one unit in all that the shapes ever say. */
static struct { const struct ac_val *number, *unit; } units[64];
static struct ac_arena unit_arena;

static bool
unit_fits(const struct ac_val *n, const struct ac_val *unit)
{
	uint32_t i;

	for (i = 0; i < 64 && units[i].number && !history_same(units[i].number, n); i++)
		;
	assert_true(i < 64);
	if (!units[i].number) {
		units[i].number = ac_val_copy(&unit_arena, n);
		units[i].unit = ac_val_copy(&unit_arena, unit);
	}
	return history_same(units[i].unit, unit);
}

/* Whether every quantity in a value is one that somebody wrote. */
static bool
quantities_whole(const struct ac_val *v)
{
	const struct ac_val *n = ac_val_get(v, "value"), *unit = ac_val_get(v, "unit");
	uint32_t i;

	if (n && unit && !unit_fits(n, unit))
		return false;
	for (i = 0; i < v->n && (v->kind == AC_MAP || v->kind == AC_ARR); i++)
		if (!quantities_whole(v->kind == AC_MAP ? &v->pairs[i].val : &v->items[i]))
			return false;
	return true;
}

/* Learns them, before any merge can have mixed them up. */
static void
learn_units(void)
{
	uint32_t s, a, k;

	for (s = 0; s < SHAPES; s++)
		for (use(&shapes[s], "x"), a = 1; a < nslot; a++)
			for (k = 1; k <= nvalue[a]; k++)
				assert_true(quantities_whole(value[a][k]));
}

/* The view of these nodes; false: its body holds what nobody wrote. */
static bool
look(struct seen *s, const struct ac_node *nodes, uint32_t n, const uint32_t *of)
{
	struct ac_fault f = { 0 };
	uint32_t i;

	memset(s, 0, sizeof *s);
	if (ac_view_make(&s->view, &view_arena, S->type, nodes, n, &f))
		fail_msg("case %u: no view: %s", number, f.text);
	for (i = 0; i < n; i++)
		s->of[i] = of ? of[i] : i;
	if (read_body(s->view.body, s->st, s->place))
		return true;
	check(WHOLE, false, "the body holds what is no atom of anybody's");
	return false;
}

/* "activity[1].detail" of a box or item; fields: of what they stand in */
static void
slot_path(char *out, size_t size, uint32_t a, const uint32_t *place)
{
	bool matched = false;
	uint32_t b, v;
	size_t n;

	*out = 0;
	if (!a)
		return;
	slot_path(out, size, (uint32_t)S->slot[a].box, place);
	if (S->slot[a].kind == FIELDS)
		return;
	for (b = 1; b < nslot && S->slot[a].kind == REST; b++)
		for (v = 0; same_array(a, b) && S->slot[b].kind != REST && v < G.n; v++)
			matched |= here(v, b) && G.state[v][b];
	n = strlen(out);
	if (S->slot[a].kind == OBJECT || (S->slot[a].kind == REST && !matched))
		snprintf(out + n, size - n, "%s%s", n ? "." : "", key_of(a));
	else
		snprintf(out + n, size - n, "%s%s[%u]", n ? "." : "", key_of(a), place[a]);
}

static bool
path_fits(const char *path, uint32_t a, const uint32_t *place)
{
	char want[256];
	uint32_t k;
	size_t n;

	slot_path(want, sizeof want, a, place);
	if (S->slot[a].kind != FIELDS)
		return !strcmp(path, want);
	n = strlen(want);
	if (strncmp(path, want, n) || (n && path[n] != '.'))
		return false;
	for (path += n + (n > 0), k = 0; k < nkey; k++)
		if (keys[k].slot == a && !strcmp(keys[k].name + (*keys[k].name == '_'), path))
			return true;
	return false;
}

/* Whether what the slot stands in, or the item that it is, is shown. An object
 * that the merge left empty is not in the body, but its elements may be in dispute. */
static bool
has_place(const struct seen *s, uint32_t a)
{
	if (S->slot[a].kind == FIELDS)
		a = (uint32_t)S->slot[a].box;
	while (S->slot[a].kind == OBJECT)
		a = (uint32_t)S->slot[a].box;
	return s->st[a];
}

static const struct ac_dispute *
dispute_of(const struct seen *s, uint32_t a, bool proposal)
{
	uint32_t i;

	for (i = 0; (!a || has_place(s, a)) && i < s->view.ndisputes; i++)
		if (s->view.disputes[i].proposal == proposal && path_fits(s->view.disputes[i].path, a, s->place))
			return &s->view.disputes[i];
	return NULL;
}

/* Whether a side holds the slot's value, whole. */
static bool
side_holds(const struct ac_side *side, uint32_t a, uint32_t val)
{
	const struct ac_val *v = value[a][val];

	if (!val || !side->value)
		return !val && !side->value;
	if (is_box(a))
		return true; /* what is in it are atoms of their own */
	return history_same(side->value, v)
		|| (S->slot[a].kind == FIELDS && v->n == 1 && history_same(side->value, &v->pairs[0].val));
}

static set
bit_of(uint32_t v)
{
	return 1u << v;
}

/* --------------------------------------------------- conflicts and the model */

/* The latest writer of each value but those in `not`, earliest first. */
static uint32_t
sides_of(uint32_t *want, uint32_t n, uint32_t a, set s, vals not)
{
	uint32_t from = n, k, i, t;

	for (k = 0; k <= nvalue[a]; k++)
		if (!(not >> k & 1) && holding(s, a, k))
			want[n++] = (uint32_t)latest(holding(s, a, k));
	for (i = from; i < n; i++)
		for (k = i; k > from && is_later(want[k - 1], want[k]); k--) {
			t = want[k];
			want[k] = want[k - 1];
			want[k - 1] = t;
		}
	return n;
}

/* absent: the first side is nobody's writing, but the document's writer's. */
static void
check_sides(enum property p, const struct seen *s, const struct ac_dispute *d, uint32_t a,
	const uint32_t *want, uint32_t n, bool absent)
{
	uint32_t i;

	check(p, d && d->nsides == n, "no dispute of %u sides on slot %u", n, a);
	for (i = 0; d && d->nsides == n && i < n; i++) {
		check(p, s->of[d->sides[i].node] == want[i], "side %u of %s is version %u's, not %u's", i,
			d->path, s->of[d->sides[i].node], want[i]);
		check(p, side_holds(&d->sides[i], a, absent && !i ? 0 : G.state[want[i]][a]),
			"side %u of %s has another value", i, d->path);
	}
}

static void
exact_conflicts(const struct seen *s)
{
	uint32_t a, i, n, want[NODES], total = 0, said_so = 0;
	const struct ac_dispute *d;
	bool safety = false;
	set w;
	row st;

	property[CONFLICTS].cases++;
	model_shows(everybody(), st);
	for (a = 0; a < nslot; a++) {
		w = latest_writers(everybody(), a);
		d = dispute_of(s, a, false);
		if ((a && !st[S->slot[a].box]) || S->slot[a].rule == SILENT || !many(values(w, a)))
			continue;
		n = sides_of(want, 0, a, w, 0);
		check_sides(CONFLICTS, s, d, a, want, n, false);
		check(CONFLICTS, d && d->safety == is_critical(a, values(w, a)), "safety of slot %u", a);
		safety |= is_critical(a, values(w, a));
		total++;
	}
	for (i = 0; i < s->view.ndisputes; i++)
		said_so += !s->view.disputes[i].proposal;
	check(CONFLICTS, said_so == total, "%u conflicts, not %u", said_so, total);
	check(CONFLICTS, s->view.conflict == (total > 0) && s->view.safety == safety, "the view's marks");
	conflicts += total > 0;
	criticals += safety;
}

static void
model_proposals(const struct seen *s)
{
	uint32_t a, n, old, want[2 * NODES], total = 0, said_so = 0, i;
	set w, all = everybody();
	const struct ac_dispute *d;
	bool absent;
	row st;

	model_shows(all, st);
	for (a = 0; a < nslot; a++) {
		if (a && !st[S->slot[a].box])
			continue;
		w = latest_writers(all, a);
		n = sides_of(want, 0, a, w, 0);
		absent = !w && latest_writers(all, 0);
		if (absent)
			want[n++] = (uint32_t)latest(latest_writers(all, 0));
		old = n;
		n = sides_of(want, n, a, open_proposals(all, a), absent ? 1 : values(w, a));
		if (n == old)
			continue;
		d = dispute_of(s, a, true);
		check_sides(MODEL, s, d, a, want, n, absent);
		check(MODEL, d && d->safety, "a proposal of slot %u that is not safety-critical", a);
		total++;
	}
	for (i = 0; i < s->view.ndisputes; i++)
		said_so += s->view.disputes[i].proposal;
	check(MODEL, said_so == total, "%u proposals, not %u", said_so, total);
	proposals += total > 0;
}

/* The order is the base's: of the latest head with a body, else of the latest
 * version with one. What it lacks comes last, or behind its own of one group. */
static void
model_order(const struct seen *s)
{
	uint32_t v, a, b, i, k, last = 0, place[SLOTS], of, other;
	set heads = model_heads(), bodies_of = 0;
	const struct ac_val *base, *body = s->view.body;
	bool late = false, mine;
	row st;

	for (v = 0; v < G.n; v++)
		bodies_of |= G.node[v].body ? 1u << v : 0;
	if (!bodies_of || !body)
		return;
	base = G.node[latest(heads & bodies_of ? heads & bodies_of : bodies_of)].body;
	for (i = 0; i < body->n; i++) {
		for (k = 0; k < base->n && strcmp(base->pairs[k].key, body->pairs[i].key); k++)
			;
		if (k < base->n) {
			check(MODEL, k >= last && !late, "%s is out of its base's order", body->pairs[i].key);
			last = k;
			continue;
		}
		for (of = 0; of < nkey && (keys[of].box || strcmp(keys[of].name, body->pairs[i].key)); of++)
			;
		for (mine = false, other = 0; of < nkey && other < nkey; other++)
			mine |= keys[other].slot == keys[of].slot && ac_val_get(base, keys[other].name);
		late |= !mine;
	}
	if (!read_body(base, st, place))
		fail_msg("a body that is none");
	for (a = 1; a < nslot; a++)
		for (b = 1; b < nslot; b++)
			if (S->slot[a].kind != OBJECT && S->slot[a].kind != FIELDS && S->slot[a].kind != REST
			    && S->slot[b].kind != REST && same_array(a, b) && s->st[a] && s->st[b] && st[a])
				check(MODEL, (!st[b] || place[a] < place[b]) == (s->place[a] < s->place[b]) || a == b,
					"items %u and %u are out of order", a, b);
}

static void
model_agrees(const struct seen *s)
{
	uint32_t a, v, n = 0;
	bool incomplete = false;
	row st;

	property[MODEL].cases++;
	model_shows(everybody(), st);
	for (a = 0; a < nslot; a++)
		check(MODEL, s->st[a] == st[a] || (S->slot[a].kind == OBJECT && !s->st[a]),
			"slot %u is %u, not %u", a, s->st[a], st[a]);
	for (v = 0; v < G.n; v++) {
		incomplete |= G.node[v].incomplete;
		n += in(model_heads(), v);
	}
	check(MODEL, s->view.nheads == n, "%u heads, not %u", s->view.nheads, n);
	for (v = 0; v < s->view.nheads; v++)
		check(MODEL, in(model_heads(), s->of[s->view.heads[v]]), "version %u is no head",
			s->of[s->view.heads[v]]);
	check(MODEL, s->view.incomplete == incomplete, "incomplete");
	if (n == 1 && !s->view.ndisputes)
		check(MODEL, s->view.body == G.node[latest(model_heads())].body, "one head is not itself");
	model_proposals(s);
	model_order(s);
}

/* ----------------------------------------------------------------- arrivals */

/* Both are the same, to the byte and to the last side. */
static void
same_view(const struct seen *a, const struct seen *b)
{
	const struct ac_view *x = &a->view, *y = &b->view;
	const struct ac_dispute *d, *e;
	bool same = x->nheads == y->nheads && x->ndisputes == y->ndisputes && x->conflict == y->conflict
		&& x->safety == y->safety && x->incomplete == y->incomplete && !x->body == !y->body
		&& (!x->body || ac_val_equal(x->body, y->body));
	uint32_t i, k;

	for (i = 0; same && i < x->nheads; i++)
		same = a->of[x->heads[i]] == b->of[y->heads[i]];
	for (i = 0; same && i < x->ndisputes; i++) {
		d = &x->disputes[i];
		e = &y->disputes[i];
		same = !strcmp(d->path, e->path) && d->safety == e->safety && d->proposal == e->proposal
			&& d->nsides == e->nsides;
		for (k = 0; same && k < d->nsides; k++)
			same = a->of[d->sides[k].node] == b->of[e->sides[k].node]
				&& !d->sides[k].value == !e->sides[k].value
				&& (!d->sides[k].value || ac_val_equal(d->sides[k].value, e->sides[k].value));
	}
	check(ARRIVALS, same, "the view depends on the order, or on whose chain it came by");
}

/* The versions in this order; parents the other way round, sometimes with what
 * they descend from anyway; owners' versions on any owner's chain. */
static void
arrange(struct ac_node *node, uint32_t parents[NODES][NODES], const uint32_t *order)
{
	uint32_t at[NODES], i, k, v, n;
	bool more = !rnd(3), moved = !rnd(2);
	set all;

	for (i = 0; i < G.n; i++)
		at[order[i]] = i;
	for (i = 0; i < G.n; i++) {
		v = order[i];
		for (all = 0, k = 0; k < G.node[v].nparents; k++)
			all |= bit_of(G.parents[v][k]);
		all |= more ? past[v] & rnd(1u << G.n) : 0;
		for (n = 0, k = G.n; k-- > 0;)
			if (in(all, k))
				parents[i][n++] = at[k];
		node[i] = G.node[v];
		node[i].parents = parents[i];
		node[i].nparents = n;
		if (moved) /* guests keep apart, whatever their numbers */
			node[i].author = G.node[v].guest ? 40 - G.node[v].author : 1 + rnd(20);
	}
}

static void
arrive(const struct seen *s, const uint32_t *order)
{
	uint32_t parents[NODES][NODES];
	struct ac_node node[NODES];
	struct seen t;

	arrange(node, parents, order);
	if (look(&t, node, G.n, order))
		same_view(s, &t);
}

/* The next order of them; false: it was the last. */
static bool
next_order(uint32_t *order, uint32_t n)
{
	uint32_t i = n, k, t;

	while (--i > 0 && order[i - 1] > order[i])
		;
	if (!i)
		return false;
	for (k = n - 1; order[k] < order[i - 1]; k--)
		;
	t = order[k];
	order[k] = order[i - 1];
	order[i - 1] = t;
	for (k = n - 1; i < k; i++, k--) {
		t = order[i];
		order[i] = order[k];
		order[k] = t;
	}
	return true;
}

static void
shuffle(uint32_t *order)
{
	uint32_t i, k, t;

	for (i = 0; i < G.n; i++)
		order[i] = i;
	for (i = G.n; i-- > 1;) {
		k = rnd(i + 1);
		t = order[i];
		order[i] = order[k];
		order[k] = t;
	}
}

/* All orders of few, an order or two of more. */
static void
any_arrival(const struct seen *s)
{
	uint32_t order[NODES], i;

	property[ARRIVALS].cases++;
	for (i = 0; i < G.n; i++)
		order[i] = i;
	if (G.n <= 3 || (G.n == 4 && !rnd(8))) {
		while (next_order(order, G.n))
			arrive(s, order);
		arrive(s, order);
		return;
	}
	for (i = 1 + !rnd(4); i; i--) {
		shuffle(order);
		arrive(s, order);
	}
}

/* ------------------------------------------------------------ what must stay */

/* Whether a value of the slot is in the body or is somebody's side. */
static bool
is_seen(const struct seen *s, uint32_t a, uint32_t val)
{
	uint32_t i, k;

	if (s->st[a] == val)
		return true;
	for (i = 0; i < s->view.ndisputes; i++)
		for (k = 0; k < s->view.disputes[i].nsides; k++)
			if (has_place(s, a) && path_fits(s->view.disputes[i].path, a, s->place)
			    && side_holds(&s->view.disputes[i].sides[k], a, val))
				return true;
	return false;
}

/* Whether what the slot stands in was in conflict when v was written. An edit
 * there only names a side, and is no word against a resolve that it did not
 * know of; the program takes nothing there but a resolve. */
static bool
whole_in_conflict(uint32_t v, uint32_t a)
{
	for (; a; a = (uint32_t)S->slot[a].box)
		if (many(view_had(past[v], (uint32_t)S->slot[a].box)))
			return true;
	return false;
}

/* Whether v says something in the slot that its parents did not show. */
static bool
is_change(uint32_t v, uint32_t a)
{
	vals had = view_had(past[v], a);
	uint32_t k;

	for (k = 0; k < G.node[v].nparents; k++)
		if (!here(G.parents[v][k], a) || G.state[G.parents[v][k]][a] == G.state[v][a])
			return false;
	return G.node[v].nparents && here(v, a) && !many(had) && !whole_in_conflict(v, a) && had != 1u << G.state[v][a]
		&& S->slot[a].rule != SILENT && S->slot[a].kind != OBJECT;
}

static void
survives(const struct seen *s)
{
	bool any = false, again;
	uint32_t v, u, a;

	for (v = 0; v < G.n; v++)
		for (a = 1; a < nslot && !G.node[v].guest; a++) {
			if (!is_change(v, a))
				continue;
			for (again = false, u = 0; u < G.n; u++)
				again |= in(after[v], u) && (!here(u, a) || G.state[u][a] != G.state[v][a]);
			any |= !again;
			check(SURVIVES, again || is_seen(s, a, G.state[v][a]), "version %u's change of slot %u is lost",
				v, a);
		}
	property[SURVIVES].cases += any;
}

static void
whole(const struct seen *s)
{
	uint32_t a, v, i, k;
	bool wrote;

	property[WHOLE].cases += s->view.body != NULL;
	for (a = 1; a < nslot; a++) {
		for (wrote = !s->st[a], v = 0; v < G.n; v++)
			wrote |= G.state[v][a] == s->st[a];
		check(WHOLE, wrote, "nobody wrote what slot %u has", a);
	}
	check(WHOLE, !s->view.body || quantities_whole(s->view.body), "a number with another's unit");
	for (i = 0; i < s->view.ndisputes; i++)
		for (k = 0; k < s->view.disputes[i].nsides; k++)
			check(WHOLE, !s->view.disputes[i].sides[k].value
				|| quantities_whole(s->view.disputes[i].sides[k].value), "a side with another's unit");
}

/* The document: whoever said something in it was seen by who deleted it. Its
 * items: one that nobody took away is there. */
static void
unites(const struct seen *s)
{
	uint32_t a, v, u;
	bool had, taken, gone, says;

	property[UNITES].cases += S->problems;
	for (v = 0; v < G.n && !s->view.body; v++) {
		for (says = G.node[v].body && !G.node[v].guest && !G.node[v].nparents, a = 1; a < nslot; a++)
			says |= G.node[v].body && !G.node[v].guest && is_change(v, a);
		for (gone = !says, u = 0; u < G.n; u++)
			gone |= in(after[v], u) && !G.node[u].body && !is_guarded(u);
		check(UNITES, gone, "the document is gone, and version %u with it", v);
	}
	for (a = 1; a < nslot && s->view.body; a++) {
		if (S->slot[a].kind != ITEM && S->slot[a].kind != BOX)
			continue;
		for (had = taken = false, v = 0; v < G.n; v++) {
			had |= here(v, a) && G.state[v][a] && !whole_in_conflict(v, a);
			for (u = 0; u < G.n; u++)
				taken |= in(after[u], v) && G.node[v].body && G.state[u][a] && !G.state[v][a];
		}
		check(UNITES, !had || taken || s->st[a], "item %u is gone, and nobody took it", a);
	}
}

/* --------------------------------------------------------------- only resolve */

static set
heads_of(const struct seen *s)
{
	set out = 0;
	uint32_t i;

	for (i = 0; i < s->view.nheads; i++)
		out |= bit_of(s->of[s->view.heads[i]]);
	return out;
}

/* No edit ends a conflict, whoever makes it and whatever it says; nor does a
 * guest's resolve. */
static void
edit_ends_nothing(const struct seen *s)
{
	const struct ac_dispute *d, *e;
	uint32_t a, n = G.n;
	struct ac_node *v;
	struct seen t;
	row st;

	if (!s->view.conflict)
		return;
	memcpy(st, rnd(2) ? s->st : G.state[s->view.heads[0]], SLOTS);
	change_some(st, rnd(4));
	st[0] = rnd(4) > 0;
	v = add(heads_of(s), AC_OP_PUT, st);
	if (!rnd(3)) {
		make_guest(v);
		v->op = rnd(2) ? AC_OP_RESOLVE : AC_OP_CONTRIBUTE;
	}
	model_run();
	property[RESOLVE].cases += s->view.safety;
	if (look(&t, G.node, G.n, NULL)) {
		model_agrees(&t);
		for (a = 0; a < nslot; a++) {
			if (!(d = dispute_of(s, a, false)) || !t.st[a ? S->slot[a].box : 0])
				continue;
			e = dispute_of(&t, a, false);
			check(RESOLVE, e && e->nsides >= d->nsides && e->safety >= d->safety,
				"an edit ended the conflict of %s", d->path);
		}
	}
	G.n = n;
	model_run();
}

/* Taking what one head has of each dispute and resolving ends all of them. */
static void
take_and_resolve(const struct seen *s)
{
	uint32_t i, a, n = G.n, from = s->view.heads[rnd(s->view.nheads)], place[SLOTS];
	const struct ac_val *body = s->view.body;
	enum ac_err err;
	struct seen t;
	row st;

	if (!s->view.ndisputes)
		return;
	for (i = 0; i < s->view.ndisputes; i++) {
		err = ac_view_take(&body, &view_arena, S->type, body, s->view.disputes[i].path,
			G.node[from].body, NULL);
		/* a head that deleted the document has nothing to take */
		if (err && (err != AC_EUSAGE || G.node[from].body)) {
			check(RESOLVE, false, "%s cannot be taken", s->view.disputes[i].path);
			return;
		}
	}
	property[RESOLVE].cases += s->view.safety;
	if (!read_body(body, st, place)) {
		check(WHOLE, false, "what was taken is no atom of anybody's");
		return;
	}
	add(heads_of(s), AC_OP_RESOLVE, st)->body = body;
	model_run();
	if (look(&t, G.node, G.n, NULL)) {
		check(RESOLVE, !t.view.ndisputes && t.view.body == body, "a resolve ended not all");
		model_agrees(&t);
		for (i = 0; body && G.node[from].body && i < s->view.ndisputes; i++)
			for (a = 1; a < nslot; a++)
				if (path_fits(s->view.disputes[i].path, a, s->place) && !is_box(a)
				    && has_place(s, a) && here(from, a) && here(n, a))
					check(RESOLVE, st[a] == G.state[from][a], "slot %u is not as taken", a);
	}
	G.n = n;
	model_run();
}

/* A version that says just what is seen anyway changes nothing. */
static void
saying_it_again(const struct seen *s)
{
	uint32_t n = G.n;
	struct seen t;

	if (s->view.ndisputes || !s->view.body || rnd(4))
		return;
	add(heads_of(s), AC_OP_PUT, s->st)->body = s->view.body;
	model_run();
	if (look(&t, G.node, G.n, NULL)) {
		check(SURVIVES, !t.view.ndisputes && t.view.body == s->view.body, "saying it again changed it");
		model_agrees(&t);
	}
	G.n = n;
	model_run();
}

/* ------------------------------------------------------------------- unknown */

/* Whether two bodies hold the same in a slot's elements; of a type that is not
 * known, in all but the type, the id and the meta. */
static bool
holds_same(const struct ac_val *a, const struct ac_val *b, uint32_t slot)
{
	const struct ac_val *v;
	uint32_t i, k;
	bool mine;

	for (i = 0; a && i < a->n; i++) {
		mine = !strcmp(S->slot[slot].row ? S->slot[slot].row : "", "unknown type")
			&& strcmp(a->pairs[i].key, "resourceType") && strcmp(a->pairs[i].key, "id")
			&& strcmp(a->pairs[i].key, "meta");
		for (k = 0; k < nkey; k++)
			mine |= keys[k].slot == slot && !strcmp(keys[k].name, a->pairs[i].key);
		if (mine && (!(v = ac_val_get(b, a->pairs[i].key)) || !history_same(v, &a->pairs[i].val)))
			return false;
	}
	return true;
}

static void
unknown_whole(const struct seen *s)
{
	uint32_t a, v;
	bool whose;

	for (a = 1; a < nslot; a++) {
		if (!S->slot[a].unknown || !many(values(everybody(), a)))
			continue;
		property[UNKNOWN_WHOLE].cases++;
		for (whose = !s->view.body, v = 0; v < G.n; v++)
			whose |= holds_same(s->view.body, G.node[v].body, a) && holds_same(G.node[v].body, s->view.body, a);
		check(UNKNOWN_WHOLE, whose, "slot %u is of several hands", a);
		/* two who said different things and do not know of each other are both heard */
		if (many(values(latest_writers(everybody(), a), a)) && s->view.body)
			check(UNKNOWN_WHOLE, dispute_of(s, a, false) != NULL, "slot %u is not in conflict", a);
	}
}

/* ------------------------------------------------------------------- missing */

/* Some of the versions, in some order; who misses a parent descends from all
 * that was here of what its writer had seen. */
static uint32_t
arrived(struct graph *part, uint32_t *of, bool *missing)
{
	uint32_t order[NODES], at[NODES], n = 1 + rnd(G.n - 1), i, k, v, u;
	set got = 0, seen_by;

	shuffle(order);
	for (i = 0; i < n; i++)
		got |= bit_of(order[i]);
	memset(part, 0, sizeof *part);
	*missing = false;
	for (v = 0; v < G.n; v++) {
		if (!in(got, v))
			continue;
		i = part->n++;
		at[v] = i;
		of[i] = v;
		part->node[i] = G.node[v];
		memcpy(part->state[i], G.state[v], SLOTS);
		for (seen_by = 0, k = 0; k < G.node[v].nparents; k++)
			seen_by |= bit_of(G.parents[v][k]);
		if (seen_by & ~got) {
			part->node[i].incomplete = *missing = true;
			/* a chain's writer may have seen more than he went on from */
			u = rnd(v);
			seen_by = past[v] | (rnd(3) ? 0 : past[u] | bit_of(u));
		}
		part->node[i].nparents = 0;
		for (k = 0; k < v; k++)
			if (in(seen_by & got, k))
				part->parents[i][part->node[i].nparents++] = at[k];
		part->node[i].parents = part->parents[i];
	}
	return got;
}

/* Two of them that truly know nothing of each other. */
static bool
two_apart(set s)
{
	uint32_t v, w;

	for (v = 0; v < G.n; v++)
		for (w = 0; w < v; w++)
			if (in(s, v) && in(s, w) && concurrent(v, w))
				return true;
	return false;
}

static void
missing_parents(void)
{
	static struct graph part, full;
	bool missing, marked = false;
	uint32_t of[NODES], i, k, a;
	set got, apart[NODES], writers;
	struct seen s;

	if (G.n < 2)
		return;
	got = arrived(&part, of, &missing);
	if (!missing)
		got = arrived(&part, of, &missing);
	for (i = 0; i < part.n; i++)
		marked |= part.node[i].incomplete;
	if (!look(&s, part.node, part.n, of))
		return;
	property[MISSING].cases += missing;
	check(MISSING, s.view.incomplete == marked, "incomplete is not marked");
	check(MISSING, !s.view.conflict || two_apart(got), "versions of one line are in conflict");
	for (i = 0; i < part.n; i++)
		for (apart[i] = 0, k = 0; k < part.n; k++)
			apart[i] |= concurrent(of[i], of[k]) ? bit_of(k) : 0;
	/* and the model says of those that are here what the view says */
	memcpy(&full, &G, sizeof G);
	memcpy(&G, &part, sizeof G);
	for (i = 0; i < G.n; i++) {
		G.node[i].parents = G.parents[i];
		s.of[i] = i;
	}
	model_run();
	for (a = 0; a < nslot; a++) {
		if (!dispute_of(&s, a, false))
			continue;
		writers = latest_writers(everybody(), a);
		for (i = k = 0; i < G.n; i++)
			k |= in(writers, i) && (apart[i] & writers);
		check(MISSING, k, "slot %u is in conflict between versions of one line", a);
	}
	model_agrees(&s);
	exact_conflicts(&s);
	unites(&s);
	whole(&s);
	unknown_whole(&s);
	memcpy(&G, &full, sizeof G);
	model_run();
}

/* --------------------------------------------------------------------- forks */

static const char *row_name[ROWS];
static uint32_t nrow, cells[ROWS][CELLS];

static uint32_t
row_number(const char *name)
{
	uint32_t i;

	for (i = 0; i < nrow && strcmp(row_name[i], name); i++)
		;
	assert_true(i < ROWS);
	row_name[i] = name;
	nrow += i == nrow;
	return i;
}

/* Of three versions, of which two began at the first: what is different in a
 * slot, and in a box in all that is in it. */
static bool
differ(uint32_t v, uint32_t w, uint32_t a)
{
	uint32_t b;

	for (b = a; b < nslot; b++)
		if (is_within(b, a) && G.state[v][b] != G.state[w][b])
			return true;
	return false;
}

static bool
has_box(uint32_t a)
{
	return here(0, a) && here(1, a) && here(2, a);
}

/* The whole that one side deleted and the other changed something in; the
 * document's number is 0, and -1 is none. */
static int
whole_gone(uint32_t a)
{
	uint32_t b = (uint32_t)S->slot[a].box, gone = !G.state[1][b] ? 1 : 2, v = 3 - gone;

	if (!G.state[gone][b] && here(v, a) && here(0, a) && differ(0, v, a)
	    && (!b || (here(gone, b) && S->slot[b].kind == BOX)))
		return (int)b;
	if (b && !here(gone, b) && whole_gone(b) >= 0)
		return here(v, a) && here(0, a) && differ(0, v, a) ? whole_gone(b) : -1;
	return -1;
}

/* What a server counts for itself is not said against deletion. */
static bool
only_silent(uint32_t v)
{
	uint32_t a;

	for (a = 1; a < nslot; a++)
		if (S->slot[a].rule != SILENT && G.state[0][a] != G.state[v][a])
			return false;
	return true;
}

static void
check_gone(const struct seen *s, uint32_t a, uint32_t box)
{
	uint32_t gone = !G.state[1][box] ? 1 : 2, v = 3 - gone, b;
	const struct ac_dispute *d = dispute_of(s, box, false);

	if (only_silent(v)) {
		check(FORKS, !s->view.body && !s->view.ndisputes, "bookkeeping is said against deletion");
		return;
	}
	check(FORKS, s->st[box] && d && d->safety == !box && d->nsides == 2,
		"slot %u: deletion against edit is not a conflict", a);
	for (b = a; b < nslot; b++)
		if (is_within(b, a))
			check(FORKS, s->st[b] == G.state[v][b], "slot %u is not the editor's", b);
}

static void
check_leaf(const struct seen *s, uint32_t a, enum cell cell)
{
	uint32_t one = G.state[1][a], two = G.state[2][a], later = is_later(1, 2) ? one : two;
	const struct ac_dispute *d = dispute_of(s, a, false);
	uint32_t want = cell == ONE ? (one == G.state[0][a] ? two : one) : later;

	if (cell == BOTH && S->slot[a].kind != FIELDS && !later)
		want = one + two; /* an item is kept where somebody wants it */
	check(FORKS, s->st[a] == want, "slot %u is %u, not %u", a, s->st[a], want);
	if (cell != BOTH || S->slot[a].rule == SILENT)
		check(FORKS, !d, "slot %u is in conflict", a);
	else
		check(FORKS, d && d->nsides == 2 && d->safety == is_critical(a, 1u << one | 1u << two)
			&& d->sides[0].node + d->sides[1].node == 3 && side_holds(&d->sides[0], a,
			G.state[d->sides[0].node][a]) && side_holds(&d->sides[1], a, G.state[d->sides[1].node][a]),
			"slot %u is not in conflict as it should be", a);
}

/* Whether one of the three says entered in error. */
static bool
in_error(uint32_t a)
{
	uint32_t v;

	for (v = 0; v < 3; v++)
		if (!is_box(a) && G.state[v][a] && S->slot[a].value[G.state[v][a] - 1][0] == 'e')
			return true;
	return false;
}

static void
check_cell(const struct seen *s, uint32_t a)
{
	bool one = differ(0, 1, a), two = differ(0, 2, a);
	enum cell cell;
	uint32_t b;
	int box = whole_gone(a);

	if (box >= 0) {
		cell = GONE;
		check_gone(s, a, (uint32_t)box);
	} else if (has_box(a) && (one || two)) {
		cell = one && two ? differ(1, 2, a) ? BOTH : SAME : ONE;
		if (!is_box(a))
			check_leaf(s, a, cell);
		for (b = a; is_box(a) && cell != BOTH && b < nslot; b++)
			if (is_within(b, a))
				check(FORKS, s->st[b] == G.state[one ? 1 : 2][b], "slot %u of a whole", b);
	} else {
		return;
	}
	cells[row_number(S->slot[a].row)][cell]++;
	if (in_error(a))
		cells[row_number("entered in error")][cell]++;
	property[FORKS].cases++;
}

/* Three versions taken out of the rest, owners' edits: of[0], and two that began there. */
static void
fork_of(const struct graph *full, const uint32_t *of)
{
	uint32_t i, a;
	struct seen s;

	for (G.n = i = 0; i < 3; i++, G.n++) {
		G.node[i] = full->node[of[i]];
		memcpy(G.state[i], full->state[of[i]], SLOTS);
		G.parents[i][0] = 0;
		G.node[i].parents = G.parents[i];
		G.node[i].nparents = i > 0;
		G.node[i].guest = false;
		G.node[i].op = AC_OP_PUT;
	}
	model_run();
	if (look(&s, G.node, G.n, NULL))
		for (a = 1; a < nslot; a++)
			if (S->slot[a].row)
				check_cell(&s, a);
}

/* Of the forks of the graph, two at most. */
static void
forks(void)
{
	static struct graph full;
	uint32_t v, w, p, n = 0;

	memcpy(&full, &G, sizeof G);
	for (v = 1; n < 2 && v < full.n; v++) {
		p = full.parents[v][0];
		for (w = 1; n < 2 && w < v && full.node[v].nparents == 1 && full.node[p].body; w++)
			if (full.node[w].nparents == 1 && full.parents[w][0] == p) {
				fork_of(&full, (const uint32_t[]){ p, w, v });
				n++;
			}
	}
	memcpy(&G, &full, sizeof G);
	model_run();
}

/* -------------------------------------------------------------------- cases */

static void
show(const struct seen *s)
{
	uint32_t v, a, k;

	print_message("# case %u: %s %s\n", number, S->type, star);
	for (v = 0; v < G.n; v++) {
		print_message("# %u from", v);
		for (k = 0; k < G.node[v].nparents; k++)
			print_message(" %u", G.parents[v][k]);
		print_message(" time %u by %u%s %s:", (unsigned)G.node[v].time, G.node[v].author,
			G.node[v].guest ? " (guest)" : "", ac_op_name(G.node[v].op));
		for (a = 0; a < nslot; a++)
			print_message(" %u%s", G.state[v][a], in(said[a].joined, v) ? "j"
				: in(said[a].wrote, v) ? "w" : in(said[a].asked, v) ? "?" : "");
		print_message("\n");
	}
	print_message("# seen:");
	for (a = 0; a < nslot; a++)
		print_message(" %u", s->st[a]);
	print_message("\n");
	for (k = 0; k < s->view.ndisputes; k++)
		print_message("# %s%s%s\n", s->view.disputes[k].path, s->view.disputes[k].safety ? "!" : "",
			s->view.disputes[k].proposal ? "?" : "");
}

/* The diff tells versions apart that the model does; it also tells of another order. */
static void
diff_agrees(void)
{
	uint32_t v = rnd(G.n), w = rnd(G.n);
	const struct ac_change *c;
	size_t n;

	if (!G.node[v].body || !G.node[w].body || rnd(4))
		return;
	assert_int_equal(ac_diff(&c, &n, &view_arena, G.node[v].body, G.node[w].body), AC_OK);
	check(MODEL, memcmp(G.state[v], G.state[w], SLOTS) ? n > 0 : n == 0 || G.node[v].body != G.node[w].body,
		"the diff of %u and %u", v, w);
}

static void
one_case(uint32_t i)
{
	struct seen s;
	uint32_t aim;

	number = i;
	chance = ((uint64_t)i << 20) + 0x9e3779b97f4a7c15u;
	rnd(2);
	ac_arena_reset(&view_arena);
	forget();
	aim = 1 + rnd(nslot - 1);
	if (rnd(3))
		for (; !S->slot[aim].row; aim = 1 + rnd(nslot - 1))
			;
	generate(aim, (enum cell)rnd(CELLS));
	crisscrosses += is_crisscross();
	reverts += is_revert();
	if (!look(&s, G.node, G.n, NULL))
		return;
	if (getenv("AC_SHOW"))
		show(&s);
	model_agrees(&s);
	exact_conflicts(&s);
	any_arrival(&s);
	survives(&s);
	whole(&s);
	unites(&s);
	unknown_whole(&s);
	edit_ends_nothing(&s);
	if (s.view.safety)
		edit_ends_nothing(&s);
	take_and_resolve(&s);
	saying_it_again(&s);
	missing_parents();
	forks();
	diff_agrees();
}

static uint32_t
number_of(const char *name, uint32_t otherwise)
{
	const char *s = getenv(name);

	return s ? (uint32_t)strtoul(s, NULL, 10) : otherwise;
}

/* How often a shape comes: problems and allergies more often than others, and
 * those with many rows. */
static uint32_t
turns_of(const struct shape *s)
{
	return !strcmp(s->type, "CarePlan") ? 12 : s->problems ? 8 : !strcmp(s->type, "Patient") ? 8 : 4;
}

static int
all_cases(void **st)
{
	uint32_t first = number_of("AC_SEED", 1), s, i, turn, turns = 0, name, names;
	const char *star_now;

	(void)st;
	read_tables();
	check_tables();
	learn_units();
	ncases = number_of("AC_CASES", CASES);
	for (s = 0; s < SHAPES; s++)
		turns += turns_of(&shapes[s]);
	for (s = turn = 0; s < SHAPES; turn += turns_of(&shapes[s++])) {
		for (names = 0; name_in_turn(&shapes[s], names); names++)
			;
		for (name = 0; (star_now = name_in_turn(&shapes[s], name)); name++)
			for (use(&shapes[s], star_now), i = 0; i < ncases; i++)
				if ((first + i) % turns - turn < turns_of(&shapes[s]) && (first + i) / turns % names == name)
					one_case(first + i);
	}
	ac_arena_free(&view_arena);
	ac_arena_free(&shape_arena);
	ac_arena_free(&unit_arena);
	return 0;
}

/* -------------------------------------------------------------------- tests */

/* Two of three: a hundred thousand times in a hundred and fifty. */
static void
holds(void **state)
{
	enum property p = (enum property)(uintptr_t)*state;

	print_message("# tried %u: %s\n", property[p].cases, property[p].name);
	if (property[p].failed)
		fail_msg("%u times not, first in %s", property[p].failed, property[p].first);
	assert_true(property[p].cases >= ncases / 3 * 2);
}

static void
generator(void **state)
{
	uint32_t i, c, floor = ncases < 150000 ? ncases / 1500 : 500;
	bool ok = true;

	(void)state;
	for (i = 0; i < nrow; i++) {
		print_message("# cells %s:", row_name[i]);
		for (c = 0; c < CELLS; c++) {
			print_message(" %u", cells[i][c]);
			ok &= cells[i][c] >= floor;
		}
		print_message("\n");
	}
	print_message("# cells are: one side, both the same, both different, delete against edit\n");
	print_message("# graphs %u criss-cross %u revert %u conflict %u critical %u proposal %u\n", ncases,
		crisscrosses, reverts, conflicts, criticals, proposals);
	assert_true(ok);
	assert_true(crisscrosses >= ncases / 20 && reverts >= ncases / 20 && proposals >= ncases / 20);
}

int
main(void)
{
	struct CMUnitTest tests[PROPERTIES + 1] = { cmocka_unit_test(generator) };
	uint32_t i;

	for (i = 0; i < PROPERTIES; i++)
		tests[i + 1] = (struct CMUnitTest){ .name = property[i].name, .test_func = holds,
			.initial_state = (void *)(uintptr_t)i };
	return cmocka_run_group_tests(tests, all_cases, NULL);
}
