/* SPDX-License-Identifier: ISC */
/*
 * The view against a model, on random version graphs.
 *
 * The model knows nothing of JSON: a document is a row of slots, each with a
 * few possible values, and it takes the words of FORMAT.md literally, with sets
 * of versions as bit masks and every pair looked at. The shapes say which JSON
 * a slot's values are, so that they check the splitting, too.
 *
 * AC_CASES is how many graphs are tried, AC_SEED where they begin.
 */
#include "history.h"

enum kind { DOC, OBJECT, BOX, FIELDS, ITEM, REST };
enum rule { PLAIN, ALWAYS, VERIFIED, IN_ERROR, SILENT };

#define VALUES 6
#define SLOTS 16
#define NODES 12

/* A value is an object of the slot's elements (FIELDS), an item, or an array of
 * items (REST). Its first character is taken off: e marks an entered-in-error
 * status, a digit what is verified. */
struct slot {
	enum kind kind;
	int box;               /* an earlier slot */
	const char *key;       /* of the array or object; BOX: also `id` */
	const char *id;
	enum rule rule;
	const char *value[VALUES];
};

struct shape {
	const char *type, *constant;
	struct slot slot[SLOTS];
};

#define STATUS(s) "'verificationStatus':{'coding':[{'code':'" s "'}]}"

static const struct shape shapes[] = {
	{ "MedicationRequest", "{'resourceType':'MedicationRequest','id':'x'}", {
	  { DOC },
	  { FIELDS, .rule = ALWAYS, .value = {
	    " {'status':'active','medicationCodeableConcept':{'text':'a'},'dosageInstruction':[{'text':'1'}]}",
	    " {'status':'active','medicationReference':{'reference':'#m'},'dosageInstruction':[{'text':'1'}],"
	      "'contained':[{'resourceType':'Medication','id':'m'}]}",
	    " {'status':'stopped','statusReason':{'text':'rash'},'medicationCodeableConcept':{'text':'a'}}",
	    " {'medicationCodeableConcept':{'text':'a'},'doNotPerform':true}",
	    " {'_status':{'id':'q'},'medicationCodeableConcept':{'text':'b'}}" } },
	  { FIELDS, .value = { " {'priority':'asap'}", " {'_priority':{'id':'q'}}",
	    " {'priority':'stat','_priority':{'id':'q'}}" } },
	  { REST, .key = "note", .value = { " [{'text':'a'}]", " [{'text':'a'},{'text':'b'}]" } },
	  { ITEM, .key = "identifier", .value = { " {'value':'1'}", " {'value':'1','use':'old'}" } },
	  { ITEM, .key = "identifier", .value = { " {'system':'s','value':'1'}",
	    " {'system':'s','value':'1','use':'old'}" } } } },
	{ "Observation", "{'resourceType':'Observation','id':'x'}", {
	  { DOC },
	  { FIELDS, .rule = ALWAYS, .value = { " {'status':'final','code':{'text':'a'},'valueInteger':1}",
	    " {'status':'final','code':{'text':'a'},'valueQuantity':{'value':1.0}}",
	    " {'status':'final','code':{'text':'a'},'valueQuantity':{'value':1.00}}",
	    "e{'status':'entered-in-error','code':{'text':'a'},'_valueString':{'id':'q'}}",
	    " {'status':'final','code':{'text':'b'},'component':[{'code':{'text':'c'}}]}",
	    " {'effectiveDateTime':'2020','referenceRange':[{'text':'r'}],'valueInteger':1}" } },
	  { ITEM, .key = "category", .value = { " {'coding':[{'system':'s','code':'lab'}]}",
	    " {'coding':[{'system':'s','code':'lab'}],'text':'t'}" } },
	  { REST, .key = "category", .value = { " [{'text':'a'}]", " [{'text':'b'}]" } },
	  { FIELDS, .value = { " {'subject':{'reference':'a'}}", " {'subject':{'reference':'b'}}" } } } },
	{ "AllergyIntolerance", "{'resourceType':'AllergyIntolerance'}", {
	  { DOC },
	  { FIELDS, .rule = ALWAYS, .value = { " {'code':{'text':'a'},'criticality':'low'}",
	    " {'code':{'text':'a'},'criticality':'high'}",
	    " {'code':{'text':'b'},'reaction':[{'severity':'mild'}]}",
	    "e{'code':{'text':'a'}," STATUS("entered-in-error") "}",
	    " {'clinicalStatus':{'coding':[{'code':'active'}]}}" } },
	  { FIELDS, .value = { " {'onsetString':'a'}", " {'onsetDateTime':'2001'}",
	    " {'_onsetString':{'id':'q'}}" } },
	  { FIELDS, .value = { " {'category':['food']}", " {'category':['food',null],'_category':[null,"
	    "{'id':'q'}]}" } },
	  { FIELDS, .value = { " {'notOfR4':{'a':1}}", " {'notOfR4':{'a':2}}" } } } },
	{ "Condition", "{'resourceType':'Condition','id':'x'}", {
	  { DOC },
	  { FIELDS, .rule = VERIFIED, .value = { "1{'code':{'text':'a'}," STATUS("confirmed") "}",
	    "1{'code':{'text':'b'}," STATUS("confirmed") "}", "2{'code':{'text':'b'}," STATUS("refuted") "}",
	    "0{'code':{'text':'b'}}", "3{" STATUS("entered-in-error") "}" } },
	  { FIELDS, .value = { " {'clinicalStatus':{'coding':[{'code':'active'}]}}",
	    " {'clinicalStatus':{'coding':[{'code':'resolved'}]},'abatementDateTime':'2020'}" } },
	  { FIELDS, .value = { " {'onsetAge':{'value':3}}", " {'onsetDateTime':'2001'}" } },
	  { ITEM, .key = "category", .value = { " {'coding':[{'code':'c'}]}" } },
	  { REST, .key = "stage", .value = { " [{'summary':{'text':'1'}}]", " [{'summary':{'text':'2'}}]" } } } },
	{ "Encounter", "{'resourceType':'Encounter','id':'x'}", {
	  { DOC },
	  { FIELDS, .rule = IN_ERROR, .value = { " {'status':'planned'}", " {'status':'finished'}",
	    "e{'status':'entered-in-error'}" } },
	  { FIELDS, .value = { " {'class':{'code':'a'}}", " {'class':{'code':'b'}}" } },
	  { ITEM, .key = "participant", .value = { " {'individual':{'reference':'a'}}",
	    " {'individual':{'reference':'a'},'period':{'start':'2020'}}" } },
	  { ITEM, .key = "participant", .value = { " {'individual':{'reference':'b'}}",
	    " {'individual':{'reference':'b'},'period':{'start':'2020'}}" } } } },
	{ "CarePlan", "{'resourceType':'CarePlan','id':'x'}", {
	  { DOC },
	  { FIELDS, .rule = IN_ERROR, .value = { " {'status':'active'}", "e{'status':'entered-in-error'}" } },
	  { BOX, .key = "activity", .id = "p", .value = { " {}" } },
	  { FIELDS, .box = 2, .value = { " {'reference':{'reference':'a'}}", " {'reference':{'reference':'b'}}" } },
	  { OBJECT, .box = 2, .key = "detail", .value = { " {}" } },
	  { FIELDS, .box = 4, .value = { " {'status':'scheduled'}", " {'status':'completed'}",
	    " {'status':'cancelled','statusReason':{'text':'r'}}" } },
	  { FIELDS, .box = 4, .value = { " {'kind':'Task','code':{'text':'a'}}",
	    " {'kind':'Task','code':{'text':'a'},'doNotPerform':true}" } },
	  { ITEM, .box = 4, .key = "goal", .value = { " {'reference':'a'}", " {'reference':'a','display':'b'}" } },
	  { BOX, .key = "activity", .id = "q", .value = { " {}" } },
	  { FIELDS, .box = 8, .value = { " {'reference':{'reference':'a'}}", " {'reference':{'reference':'b'}}" } },
	  { REST, .box = 8, .key = "progress", .value = { " [{'text':'a'}]", " [{'text':'a'},{'text':'b'}]" } },
	  { REST, .key = "activity", .value = { " [{'reference':{'reference':'c'}}]" } } } },
	{ "List", "{'resourceType':'List','id':'x'}", {
	  { DOC },
	  { FIELDS, .rule = IN_ERROR, .value = { " {'status':'current'}", "e{'status':'entered-in-error'}" } },
	  { ITEM, .key = "entry", .value = { " {'item':{'reference':'a'}}", " {'item':{'reference':'a'},'deleted':true}" } },
	  { ITEM, .key = "entry", .value = { " {'item':{'reference':'b'}}", " {'item':{'reference':'b'},'date':'2020'}" } },
	  { ITEM, .key = "entry", .value = { " {'item':{'reference':'c'}}" } } } },
	{ "FutureThing", "{'resourceType':'FutureThing'}", {
	  { DOC },
	  { FIELDS, .rule = IN_ERROR, .value = { " {'status':'a','b':1}", " {'status':'a','b':2}",
	    " {'valueString':'a','value':[{'id':'q'}]}", "e{'status':'entered-in-error'}" } } } },
	{ "Patient", "{'resourceType':'Patient','id':'x'}", {
	  { DOC },
	  { OBJECT, .key = "meta", .value = { " {}" } },
	  { FIELDS, .box = 1, .rule = SILENT, .value = { " {'versionId':'1','lastUpdated':'2001'}",
	    " {'versionId':'2','lastUpdated':'2002'}", " {'lastUpdated':'2003'}" } },
	  { ITEM, .box = 1, .key = "tag", .value = { " {'system':'s','code':'c'}",
	    " {'system':'s','code':'c','display':'d'}" } },
	  { FIELDS, .value = { " {'birthDate':'1970'}", " {'_birthDate':{'id':'q'}}" } },
	  { FIELDS, .value = { " {'deceasedBoolean':true}", " {'deceasedDateTime':'2020'}" } },
	  { REST, .key = "name", .value = { " [{'family':'a'}]", " [{'family':'b'}]" } },
	  { ITEM, .key = "contact", .value = { " {'id':'k','name':{'text':'a'}}", " {'id':'k','name':{'text':'b'}}" } } } },
};

static const struct shape *S;
static uint32_t nslot, nvalue[SLOTS];           /* nvalue: absent not counted */
static const struct ac_val *value[SLOTS][VALUES + 1];
static struct ac_arena shape_arena;
static struct history H;
static int state[NODES][SLOTS];                 /* 0: absent; a box: 0 or 1 */

/* ------------------------------------------------------------------ chance */

static uint64_t seed;

static uint32_t
rnd(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed * 0x2545f4914f6cdd1du) >> 33) % below;
}

/* ------------------------------------------------------------------ bodies */

static bool
is_box(uint32_t a)
{
	return S->slot[a].kind <= BOX;
}

static void
use(const struct shape *s)
{
	uint32_t a, k;

	S = s;
	ac_arena_free(&shape_arena);
	for (a = 0; a < SLOTS && (!a || s->slot[a].kind != DOC); a++) {
		for (k = 0; k < VALUES && s->slot[a].value[k]; k++)
			value[a][k + 1] = history_json(&shape_arena, s->slot[a].value[k] + 1);
		nvalue[a] = is_box(a) ? 1 : k;
	}
	nslot = a;
}

static const struct ac_val *
with(struct ac_arena *a, const struct ac_val *obj, const char *key, const struct ac_val *v)
{
	struct ac_val *empty = ac_arena_get(a, sizeof *empty);

	*empty = (struct ac_val){ .kind = AC_MAP };
	return ac_val_set(a, obj ? obj : empty, key, v);
}

static const struct ac_val *
build(struct ac_arena *mem, const int *st, uint32_t box)
{
	const struct slot *s = S->slot;
	const struct ac_val *o = box ? NULL : history_json(mem, S->constant), *v, *arr;
	struct ac_val text;
	uint32_t a, k;

	if (s[box].kind == BOX) {
		text = ac_val_text(s[box].id);
		o = with(mem, o, "id", &text);
	}
	for (a = 1; a < nslot; a++) {
		if ((uint32_t)s[a].box != box || !st[a])
			continue;
		v = is_box(a) ? build(mem, st, a) : value[a][st[a]];
		if (s[a].kind == FIELDS) {
			for (k = 0; k < v->n; k++)
				o = with(mem, o, v->pairs[k].key, &v->pairs[k].val);
		} else if (s[a].kind == OBJECT) {
			o = with(mem, o, s[a].key, v);
		} else {
			arr = ac_val_get(o, s[a].key);
			if (s[a].kind != REST)
				arr = ac_val_append(mem, arr, v);
			for (k = 0; s[a].kind == REST && k < v->n; k++)
				arr = ac_val_append(mem, arr, &v->items[k]);
			o = with(mem, o, s[a].key, arr);
		}
	}
	if (!o) {
		text = (struct ac_val){ .kind = AC_MAP };
		o = ac_val_copy(mem, &text);
	}
	return o;
}

static bool
of_slot(uint32_t a, const char *key)
{
	uint32_t k;

	for (k = 1; k <= nvalue[a]; k++)
		if (ac_val_get(value[a][k], key))
			return true;
	return false;
}

static int
read_fields(const struct ac_val *obj, uint32_t a)
{
	struct ac_arena mem = { 0 };
	const struct ac_val *m = NULL;
	uint32_t k;
	int found = 0;

	for (k = 0; k < obj->n; k++)
		if (of_slot(a, obj->pairs[k].key))
			m = with(&mem, m, obj->pairs[k].key, &obj->pairs[k].val);
	for (k = 1; m && k <= nvalue[a]; k++)
		if (history_same(m, value[a][k]))
			found = (int)k;
	if (m && !found)
		fail_msg("a value of slot %u that nobody wrote", a);
	ac_arena_free(&mem);
	return found;
}

/* Whether this item of the slot's array is the slot's; which value. */
static int
read_item(const struct ac_val *item, uint32_t a)
{
	const char *id = ac_val_str(item, "id");
	uint32_t k;

	if (S->slot[a].kind == BOX)
		return id && !strcmp(id, S->slot[a].id);
	for (k = 1; S->slot[a].kind == ITEM && k <= nvalue[a]; k++)
		if (history_same(item, value[a][k]))
			return (int)k;
	return 0;
}

static bool
same_array(uint32_t a, uint32_t b)
{
	return S->slot[a].box == S->slot[b].box && S->slot[b].key && S->slot[b].kind != OBJECT
		&& !strcmp(S->slot[a].key, S->slot[b].key);
}

static int
read_rest(const struct ac_val *arr, uint32_t a, uint32_t *place)
{
	struct ac_arena mem = { 0 };
	const struct ac_val *rest = NULL;
	uint32_t i, b, k;
	int found = 0;
	bool other;

	for (i = 0; arr && i < arr->n; i++) {
		for (other = false, b = 1; b < nslot; b++)
			other |= same_array(a, b) && read_item(&arr->items[i], b);
		if (!other && !rest)
			*place = i;
		if (!other)
			rest = ac_val_append(&mem, rest, &arr->items[i]);
	}
	for (k = 1; rest && k <= nvalue[a]; k++)
		if (history_same(rest, value[a][k]))
			found = (int)k;
	if (rest && !found)
		fail_msg("items of slot %u that nobody wrote", a);
	ac_arena_free(&mem);
	return found;
}

/* What a body holds in each slot, and where each item stands. */
static void
read_body(const struct ac_val *obj, uint32_t box, int *st, uint32_t *place)
{
	const struct ac_val *arr;
	uint32_t a, i;
	int k;

	for (a = 1; a < nslot; a++) {
		if ((uint32_t)S->slot[a].box != box)
			continue;
		st[a] = 0;
		arr = S->slot[a].key ? ac_val_get(obj, S->slot[a].key) : NULL;
		if (S->slot[a].kind == FIELDS)
			st[a] = obj ? read_fields(obj, a) : 0;
		else if (S->slot[a].kind == OBJECT)
			st[a] = arr != NULL;
		else if (S->slot[a].kind == REST)
			st[a] = read_rest(arr, a, &place[a]);
		for (i = 0; S->slot[a].kind >= BOX && arr && i < arr->n; i++) {
			k = read_item(&arr->items[i], a);
			if (k && st[a] && S->slot[a].kind != REST)
				fail_msg("slot %u is there twice", a);
			if (k) {
				st[a] = k;
				place[a] = i;
			}
		}
		if (is_box(a))
			read_body(st[a] ? S->slot[a].kind == OBJECT ? arr : &arr->items[place[a]] : NULL,
				a, st, place);
	}
}

/* ------------------------------------------------------------------- model */

enum act { NONE, WRITE, SIDE, TOUCH, PROPOSE, HINT };
typedef uint32_t set;  /* of nodes */

static set past[NODES];
static enum act act[NODES][SLOTS];

static bool
in(set s, uint32_t v)
{
	return s >> v & 1;
}

static set
accepted(set s, uint32_t a)
{
	set out = 0;
	uint32_t w, u;
	bool over;

	for (w = 0; w < H.n; w++) {
		if (!in(s, w) || (act[w][a] != WRITE && act[w][a] != SIDE && act[w][a] != TOUCH))
			continue;
		for (over = false, u = 0; u < H.n; u++)
			over |= in(s, u) && in(past[u], w) && (act[u][a] == WRITE || act[u][a] == TOUCH);
		if (!over)
			out |= 1u << w;
	}
	return out;
}

static set
pending(set s, uint32_t a)
{
	set out = 0;
	uint32_t w, u;
	bool over;

	for (w = 0; w < H.n; w++) {
		if (!in(s, w) || (act[w][a] != PROPOSE && act[w][a] != HINT))
			continue;
		for (over = false, u = 0; u < H.n; u++) {
			if (!in(s, u) || !in(past[u], w))
				continue;
			if (!H.node[u].guest)
				over |= act[u][a] == WRITE;
			else if (H.node[u].author == H.node[w].author)
				over |= act[u][a] == WRITE || act[u][a] == SIDE || act[u][a] == PROPOSE;
		}
		if (!over)
			out |= 1u << w;
	}
	return out;
}

/* The distinct values of these writers, as bits. */
static uint32_t
values(set s, uint32_t a)
{
	uint32_t v, out = 0;

	for (v = 0; v < H.n; v++)
		if (in(s, v))
			out |= 1u << state[v][a];
	return out;
}

static bool
many(uint32_t bits)
{
	return bits & (bits - 1);
}

static bool
here(uint32_t v, uint32_t a)
{
	return a ? state[v][S->slot[a].box] && here(v, (uint32_t)S->slot[a].box) : true;
}

/* Whether a set of values (bits; bit 0 is absent) differs in what is critical. */
static bool
is_critical(uint32_t a, uint32_t bits)
{
	uint32_t k, marks = 0;
	char c;

	if (!a || S->slot[a].rule == ALWAYS)
		return true;
	if (S->slot[a].rule != VERIFIED && S->slot[a].rule != IN_ERROR)
		return false;
	for (k = 0; k <= nvalue[a]; k++) {
		c = k ? S->slot[a].value[k - 1][0] : '0';
		if (bits >> k & 1)
			marks |= c == 'e' ? 1u << 9 : c == ' ' ? 1 : 1u << (c - '0');
	}
	return many(marks);
}

/* A guest's in a document that he did not begin. */
static bool
is_guarded(uint32_t v)
{
	uint32_t u;

	if (!H.node[v].guest)
		return false;
	for (u = 0; u < H.n; u++)
		if (!H.node[u].nparents && (!H.node[u].guest
		    || ((u == v || in(past[v], u)) && H.node[u].author != H.node[v].author)))
			return true;
	return false;
}

static bool
own_pending(uint32_t v, uint32_t a, int val)
{
	set p = pending(past[v], a);
	uint32_t w;

	for (w = 0; w < H.n; w++)
		if (in(p, w) && H.node[w].author == H.node[v].author && state[w][a] == val)
			return true;
	return false;
}

static enum act
model_act(uint32_t v, uint32_t a, bool touched, bool hinted)
{
	uint32_t vals = values(accepted(past[v], a), a);
	uint32_t asked = values(pending(past[v], a), a);
	bool silent = S->slot[a].rule == SILENT, conflict = many(vals), critical;
	uint32_t val = (uint32_t)state[v][a];

	if (!vals && a)
		vals = 1;
	if (silent && conflict)
		return WRITE;
	if (H.node[v].op == AC_OP_RESOLVE && !H.node[v].guest && (conflict || (asked & ~vals)))
		return WRITE;
	if (vals >> val & 1) {
		if (conflict || !val || !is_box(a))
			return NONE;
		return touched ? TOUCH : hinted && !own_pending(v, a, (int)val) ? HINT : NONE;
	}
	critical = a ? is_critical(a, vals | 1u << val) : !val || vals;
	if (is_guarded(v) && critical)
		return own_pending(v, a, (int)val) ? NONE : PROPOSE;
	return conflict ? SIDE : WRITE;
}

static void
model_run(void)
{
	uint32_t v, a, k;
	bool touched[SLOTS], hinted[SLOTS];

	for (v = 0; v < H.n; v++) {
		past[v] = 0;
		for (k = 0; k < H.node[v].nparents; k++)
			past[v] |= past[H.parents[v][k]] | 1u << H.parents[v][k];
		memset(touched, 0, sizeof touched);
		memset(hinted, 0, sizeof hinted);
		/* boxes stand before what is in them: from the end */
		for (a = nslot; a-- > 0;) {
			act[v][a] = here(v, a) ? model_act(v, a, touched[a], hinted[a]) : NONE;
			k = (uint32_t)S->slot[a].box;
			touched[k] |= touched[a] || (S->slot[a].rule != SILENT
				&& (act[v][a] == WRITE || act[v][a] == SIDE || act[v][a] == TOUCH));
			hinted[k] |= hinted[a] || act[v][a] == PROPOSE || act[v][a] == HINT;
		}
	}
}

static bool
later(uint32_t a, uint32_t b)
{
	const struct ac_node *v = &H.node[a], *w = &H.node[b];

	return v->time != w->time ? v->time > w->time : memcmp(v->id, w->id, 32) > 0;
}

/* The latest of a set; -1: of none. */
static int
latest(set s)
{
	int out = -1;
	uint32_t v;

	for (v = 0; v < H.n; v++)
		if (in(s, v) && (out < 0 || later(v, (uint32_t)out)))
			out = (int)v;
	return out;
}

static set
holding(set s, uint32_t a, int val)
{
	set out = 0;
	uint32_t v;

	for (v = 0; v < H.n; v++)
		if (in(s, v) && state[v][a] == val)
			out |= 1u << v;
	return out;
}

/* What is shown in a slot. */
static int
model_shown(uint32_t a)
{
	set s = accepted((1u << H.n) - 1, a);
	int w;

	if (a && !model_shown((uint32_t)S->slot[a].box))
		return 0;
	if (S->slot[a].kind != FIELDS && values(s, a) & ~1u)
		s &= ~holding(s, a, 0);
	w = latest(s);
	return w < 0 ? 0 : state[w][a];
}

/* --------------------------------------------------------------- comparing */

/* "activity[1].detail" of a box or item; FIELDS: of what they stand in */
static void
slot_path(char *out, uint32_t a, const uint32_t *place)
{
	char mine[64] = "";
	bool matched = false;
	uint32_t b;

	*out = 0;
	if (!a)
		return;
	slot_path(out, (uint32_t)S->slot[a].box, place);
	for (b = 1; b < nslot && S->slot[a].kind == REST; b++)
		if (same_array(a, b) && b != a && S->slot[b].kind != REST)
			for (uint32_t v = 0; v < H.n; v++)
				matched |= H.node[v].body && here(v, b) && state[v][b];
	if (S->slot[a].kind == OBJECT || (S->slot[a].kind == REST && !matched))
		snprintf(mine, sizeof mine, "%s", S->slot[a].key);
	else if (S->slot[a].kind != FIELDS)
		snprintf(mine, sizeof mine, "%s[%u]", S->slot[a].key, place[a]);
	snprintf(out + strlen(out), 80, "%s%s", *out && *mine ? "." : "", mine);
}

static bool
path_fits(const char *path, uint32_t a, const uint32_t *place)
{
	char want[256], key[64];
	size_t n;

	slot_path(want, a, place);
	if (S->slot[a].kind != FIELDS)
		return !strcmp(path, want);
	n = strlen(want);
	if (strncmp(path, want, n) || (n && path[n] != '.'))
		return false;
	snprintf(key, sizeof key, "_%s", path + n + (n > 0));
	return of_slot(a, key) || of_slot(a, key + 1);
}

static bool
side_fits(const struct ac_side *s, uint32_t a, int val)
{
	const struct ac_val *v = value[a][val];

	if (!val || !s->value)
		return !val && !s->value;
	if (!a || S->slot[a].kind == OBJECT || S->slot[a].kind == BOX)
		return true;
	return history_same(s->value, v)
		|| (S->slot[a].kind == FIELDS && v->n == 1 && history_same(s->value, &v->pairs[0].val));
}

/* Adds to want[] the sides of these writers that are not there: latest first. */
static uint32_t
model_sides(uint32_t *want, uint32_t n, uint32_t a, set s, uint32_t not)
{
	uint32_t from = n, k, i;

	for (k = 0; k <= nvalue[a]; k++)
		if (!(not >> k & 1) && holding(s, a, (int)k))
			want[n++] = (uint32_t)latest(holding(s, a, (int)k));
	for (i = from; i < n; i++)
		for (k = i; k > from && later(want[k - 1], want[k]); k--) {
			uint32_t t = want[k];

			want[k] = want[k - 1];
			want[k - 1] = t;
		}
	return n;
}

static void
check_dispute(const uint32_t *index, const uint32_t *place, uint32_t a, bool proposal,
	bool safety, const uint32_t *want, uint32_t n, bool implied)
{
	const struct ac_dispute *d = NULL;
	uint32_t i;

	for (i = 0; i < H.view.ndisputes && !d; i++)
		if (H.view.disputes[i].proposal == proposal && path_fits(H.view.disputes[i].path, a, place))
			d = &H.view.disputes[i];
	if (!d)
		fail_msg("no dispute on slot %u of %s", a, S->type);
	assert_int_equal(d->safety, safety);
	assert_int_equal(d->nsides, n);
	for (i = 0; i < n; i++) {
		assert_int_equal(index[d->sides[i].node], want[i]);
		if (!side_fits(&d->sides[i], a, implied && !i ? 0 : state[want[i]][a]))
			fail_msg("side %u of slot %u of %s", i, a, S->type);
	}
}

/* The view is what the model says. index: of the model's node, by the view's. */
static void
compare(const uint32_t *index)
{
	uint32_t a, n, old, place[SLOTS] = { 0 }, want[2 * NODES], ndisputes = 0;
	bool conflict = false, safety = false, implied;
	int st[SLOTS] = { 0 };
	set all = (1u << H.n) - 1, acc, prop;

	st[0] = H.view.body != NULL;
	read_body(H.view.body, 0, st, place);
	for (a = 0; a < nslot; a++) {
		acc = accepted(all, a);
		prop = pending(all, a);
		if (st[a] != model_shown(a) && S->slot[a].kind != OBJECT)
			fail_msg("slot %u of %s is %d, not %d", a, S->type, st[a], model_shown(a));
		if (a && !model_shown((uint32_t)S->slot[a].box))
			continue;
		n = model_sides(want, 0, a, acc, 0);
		if (n > 1 && S->slot[a].rule != SILENT) {
			conflict = true;
			safety |= is_critical(a, values(acc, a));
			check_dispute(index, place, a, false, is_critical(a, values(acc, a)), want, n, false);
			ndisputes++;
		}
		implied = !acc && accepted(all, 0);
		if (implied)
			want[n++] = (uint32_t)latest(accepted(all, 0));
		old = n;
		n = model_sides(want, n, a, prop, implied ? 1 : values(acc, a));
		if (n > old) {
			check_dispute(index, place, a, true, true, want, n, implied);
			ndisputes++;
		}
	}
	assert_int_equal(H.view.ndisputes, ndisputes);
	assert_int_equal(H.view.conflict, conflict);
	assert_int_equal(H.view.safety, safety);
}

/* -------------------------------------------------------------- generating */

static void
clear_hidden(int *st)
{
	uint32_t a;

	for (a = 1; a < nslot; a++)
		if (!st[S->slot[a].box])
			st[a] = 0;
}

static void
change_some(int *st, uint32_t n)
{
	uint32_t a;

	while (n-- > 0) {
		a = 1 + rnd(nslot - 1);
		st[a] = (int)rnd(nvalue[a] + 1);
		if (st[a] && S->slot[a].box)
			st[S->slot[a].box] = 1;
	}
	clear_hidden(st);
}

/* A box without anything in it is not FHIR. */
static void
fill_boxes(int *st)
{
	uint32_t a, b;
	bool any;

	for (a = nslot; a-- > 1;) {
		if (S->slot[a].kind != OBJECT || !st[a])
			continue;
		for (any = false, b = a + 1; b < nslot; b++)
			any |= (uint32_t)S->slot[b].box == a && st[b];
		if (!any)
			st[a] = 0;
	}
}

static void
pick_parents(char *from)
{
	uint32_t i, n = H.n, k, want = rnd(10) < 6 ? 1 : 2 + rnd(2);
	set used = 0;

	if (n && !rnd(14))
		n = 0;
	for (i = k = 0; n && i < want; i++) {
		/* mostly the newest, so that heads join */
		uint32_t p = rnd(2) ? n - 1 - rnd(n < 3 ? n : 3) : rnd(n);

		if (!in(used, p))
			from[k++] = (char)('a' + p);
		used |= 1u << p;
	}
	from[k] = 0;
}

static void
pick_state(int *st, const char *from)
{
	struct history save = H;
	uint32_t place[SLOTS], index[NODES], k;
	struct ac_arena mem = { 0 };

	memset(st, 0, sizeof state[0]);
	st[0] = 1;
	if (!*from) {
		change_some(st, 1 + rnd(nslot));
		return;
	}
	if (rnd(2) || from[1]) {
		/* what a device shows of these parents is what it edits */
		set seen = 0;

		for (k = 0; from[k]; k++)
			seen |= past[from[k] - 'a'] | 1u << (from[k] - 'a');
		for (H.n = k = 0; k < save.n; k++)
			if (in(seen, k)) {
				index[k] = H.n;
				H.node[H.n] = save.node[k];
				H.node[H.n].parents = H.parents[H.n];
				for (uint32_t p = 0; p < save.node[k].nparents; p++)
					H.parents[H.n][p] = index[save.parents[k][p]];
				H.n++;
			}
		H.arena = mem;
		history_view(&H);
		mem = H.arena;
		if (H.view.body)
			read_body(H.view.body, 0, st, place);
		H = save;
		for (k = 0; k < H.n; k++)
			H.node[k].parents = H.parents[k];
	} else {
		memcpy(st, state[*from - 'a'], sizeof state[0]);
		st[0] = 1;
	}
	ac_arena_free(&mem);
	change_some(st, rnd(3));
}

static void
finish_state(int *st)
{
	clear_hidden(st);
	fill_boxes(st);
	clear_hidden(st);
}

static void
add_node(const char *from, enum ac_op op, const int *st, bool deleted)
{
	uint32_t i = H.n, k;
	struct ac_node *v = history_add(&H, from, op, NULL);

	memcpy(state[i], st, sizeof state[i]);
	if (deleted)
		memset(state[i], 0, sizeof state[i]);
	v->body = deleted ? NULL : build(&H.arena, state[i], 0);
	for (k = 0; k < 32; k++)
		v->id[k] = (unsigned char)rnd(256);
	v->time = 1 + rnd(5);
	v->author = 1 + rnd(2);
	if (!rnd(3)) {
		v->guest = true;
		v->author = 7 + rnd(2);
	}
	v->incomplete = !rnd(30);
	model_run();
}

static void
generate(void)
{
	uint32_t n = 1 + rnd(NODES - 3), owners = rnd(3);
	char from[NODES];
	int st[SLOTS];

	history_free(&H);
	H.type = S->type;
	while (H.n < n) {
		pick_parents(from);
		pick_state(st, from);
		finish_state(st);
		add_node(from, rnd(5) ? (enum ac_op)rnd(6) : AC_OP_RESOLVE, st, !rnd(8));
		if (!owners) { /* a third without guests */
			H.node[H.n - 1].guest = false;
			H.node[H.n - 1].author = 1;
			model_run();
		}
	}
}

/* -------------------------------------------------------------- properties */

static uint32_t same_index[NODES];

/* Any order of the nodes gives the same body, byte for byte, and disputes. */
static void
shuffled(void)
{
	uint32_t to[NODES], back[NODES], i, k, t;
	struct ac_view first = H.view;
	struct ac_node node[NODES];
	uint32_t parents[NODES][NODES];

	for (i = 0; i < H.n; i++)
		to[i] = i;
	for (i = H.n; i-- > 1;) {
		k = rnd(i + 1);
		t = to[i];
		to[i] = to[k];
		to[k] = t;
	}
	for (i = 0; i < H.n; i++) {
		back[to[i]] = i;
		node[to[i]] = H.node[i];
		for (k = 0; k < H.node[i].nparents; k++)
			parents[to[i]][k] = to[H.parents[i][H.node[i].nparents - 1 - k]];
		node[to[i]].parents = parents[to[i]];
	}
	assert_int_equal(ac_view_make(&H.view, &H.arena, S->type, node, H.n, NULL), AC_OK);
	compare(back);
	assert_true(ac_val_equal(first.body, H.view.body));
	assert_int_equal(first.nheads, H.view.nheads);
	for (i = 0; i < first.nheads; i++)
		assert_int_equal(first.heads[i], back[H.view.heads[i]]);
	for (i = 0; i < first.ndisputes; i++) {
		assert_string_equal(first.disputes[i].path, H.view.disputes[i].path);
		for (k = 0; k < first.disputes[i].nsides; k++) {
			assert_int_equal(first.disputes[i].sides[k].node,
				back[H.view.disputes[i].sides[k].node]);
			if (first.disputes[i].sides[k].value)
				assert_true(ac_val_equal(first.disputes[i].sides[k].value,
					H.view.disputes[i].sides[k].value));
		}
	}
	assert_int_equal(first.incomplete, H.view.incomplete);
	H.view = first;
}

static void
single_head(void)
{
	if (H.view.nheads == 1 && !H.view.ndisputes)
		assert_ptr_equal(H.view.body, H.node[H.view.heads[0]].body);
}

/* Whether somebody's value is in the body or in a dispute. */
static bool
is_seen(uint32_t a, int val)
{
	uint32_t place[SLOTS] = { 0 }, i, k;
	int st[SLOTS] = { 0 };

	st[0] = H.view.body != NULL;
	read_body(H.view.body, 0, st, place);
	if (st[a] == val)
		return true;
	for (i = 0; i < H.view.ndisputes; i++)
		for (k = 0; k < H.view.disputes[i].nsides; k++)
			if ((st[a] || S->slot[a].kind == FIELDS)
			    && path_fits(H.view.disputes[i].path, a, place)
			    && side_fits(&H.view.disputes[i].sides[k], a, val))
				return true;
	/* in a whole that was taken away; that is said of the whole */
	for (k = (uint32_t)S->slot[a].box; a; k = (uint32_t)S->slot[k].box) {
		if (!st[k])
			return true;
		if (!k)
			break;
	}
	return false;
}

/* A change that nobody who knew of it changed again is seen. */
static void
survives(void)
{
	uint32_t v, u, a, k, saw;
	bool changed, again;

	for (v = 0; v < H.n; v++)
		for (a = 1; a < nslot; a++) {
			if (H.node[v].guest || !here(v, a) || S->slot[a].rule == SILENT
			    || S->slot[a].kind == OBJECT)
				continue;
			changed = H.node[v].nparents > 0;
			for (k = 0; k < H.node[v].nparents; k++)
				changed &= state[H.parents[v][k]][a] != state[v][a]
					&& here(H.parents[v][k], a);
			/* it is a change of what was seen, not a choice of a side */
			saw = values(accepted(past[v], a), a);
			changed &= !many(saw) && (saw ? saw : 1) != 1u << state[v][a];
			for (again = false, u = 0; u < H.n; u++)
				again |= in(past[u], v) && (!here(u, a) || state[u][a] != state[v][a]);
			if (changed && !again && !is_seen(a, state[v][a]))
				fail_msg("version %u's change of slot %u of %s is lost", v, a, S->type);
		}
}

/* No matched item disappears that nobody took away. */
static void
none_dropped(void)
{
	uint32_t a, v, u, place[SLOTS] = { 0 };
	int st[SLOTS] = { 0 };
	bool had, taken;

	if (!H.view.body)
		return;
	st[0] = 1;
	read_body(H.view.body, 0, st, place);
	for (a = 1; a < nslot; a++) {
		if (S->slot[a].kind != ITEM || S->slot[a].box)
			continue;
		for (had = taken = false, v = 0; v < H.n; v++) {
			had |= state[v][a] > 0;
			for (u = 0; u < H.n; u++)
				taken |= in(past[v], u) && H.node[v].body && state[u][a] && !state[v][a];
		}
		if (had && !taken && !st[a])
			fail_msg("item %u of %s is dropped", a, S->type);
	}
}

static void
all_heads(char *from)
{
	uint32_t i;

	for (i = 0; i < H.view.nheads; i++)
		from[i] = (char)('a' + H.view.heads[i]);
	from[i] = 0;
}

static uint32_t
critical_conflicts(uint32_t *slots, uint32_t *place)
{
	uint32_t i, a, n = 0;
	int st[SLOTS] = { 0 };

	st[0] = H.view.body != NULL;
	read_body(H.view.body, 0, st, place);
	for (i = 0; i < H.view.ndisputes; i++)
		for (a = 0; a < nslot; a++)
			if (H.view.disputes[i].safety && !H.view.disputes[i].proposal
			    && path_fits(H.view.disputes[i].path, a, place))
				slots[n++] = a;
	return n;
}

/* No edit ends a safety-critical conflict, whoever makes it and whatever it says. */
static void
edit_ends_nothing(void)
{
	uint32_t slots[SLOTS], place[SLOTS] = { 0 }, i, k, n = critical_conflicts(slots, place);
	struct ac_view before = H.view;
	char from[NODES + 1];
	bool found;
	int st[SLOTS];

	if (!n)
		return;
	all_heads(from);
	memcpy(st, state[H.view.heads[0]], sizeof st);
	st[0] = 1;
	change_some(st, rnd(4));
	finish_state(st);
	add_node(from, AC_OP_PUT, st, !rnd(4));
	if (H.node[H.n - 1].guest && rnd(2))
		H.node[H.n - 1].op = AC_OP_RESOLVE;
	model_run();
	history_view(&H);
	compare(same_index);
	memset(st, 0, sizeof st);
	st[0] = H.view.body != NULL;
	read_body(H.view.body, 0, st, place);
	for (i = 0; i < n; i++) {
		for (found = false, k = 0; k < H.view.ndisputes; k++)
			found |= path_fits(H.view.disputes[k].path, slots[i], place)
				&& H.view.disputes[k].safety && !H.view.disputes[k].proposal;
		if (slots[i] && !model_shown((uint32_t)S->slot[slots[i]].box))
			found = true;
		if (!found)
			fail_msg("an edit ended the conflict of slot %u of %s", slots[i], S->type);
	}
	H.n--;
	H.view = before;
	model_run();
}

/* Taking one head's values and resolving ends all, with that head's values. */
static void
take_and_resolve(void)
{
	struct ac_view before = H.view;
	uint32_t i, k, with_body = H.view.heads[rnd(H.view.nheads)], place[SLOTS] = { 0 };
	const struct ac_val *body = H.view.body;
	int st[SLOTS] = { 0 }, got[SLOTS] = { 0 };
	char from[NODES + 1];
	enum ac_err err;

	if (!H.view.ndisputes)
		return;
	for (i = 0; i < H.view.ndisputes; i++) {
		err = ac_view_take(&body, &H.arena, S->type, body, H.view.disputes[i].path,
			H.node[with_body].body, NULL);
		if (err) /* it deleted the document: it has nothing to take */
			assert_true(err == AC_EUSAGE && !H.node[with_body].body);
	}
	all_heads(from);
	if (body) {
		st[0] = 1;
		read_body(body, 0, st, place);
	}
	add_node(from, AC_OP_RESOLVE, st, !body);
	H.node[H.n - 1].guest = false;
	H.node[H.n - 1].author = 1;
	H.node[H.n - 1].body = body;
	model_run();
	history_view(&H);
	assert_int_equal(H.view.ndisputes, 0);
	assert_ptr_equal(H.view.body, body);
	/* what was in dispute is the head's; in what it lacks it has no word */
	if (body && H.node[with_body].body) {
		read_body(before.body ? before.body : body, 0, got, place);
		for (i = 0; i < before.ndisputes; i++)
			for (k = 1; k < nslot; k++)
				if (path_fits(before.disputes[i].path, k, place) && !is_box(k)
				    && (got[k] || S->slot[k].kind == FIELDS)
				    && here(with_body, k) && here(H.n - 1, k))
					assert_int_equal(st[k], state[with_body][k]);
	}
	H.n--;
	H.view = before;
	model_run();
}

/* A version that says just what is seen anyway changes nothing. */
static void
saying_it_again(void)
{
	struct ac_view before = H.view;
	uint32_t place[SLOTS] = { 0 };
	int st[SLOTS] = { 0 };
	char from[NODES + 1];

	if (H.view.ndisputes || !H.view.body)
		return;
	st[0] = 1;
	read_body(H.view.body, 0, st, place);
	all_heads(from);
	add_node(from, AC_OP_PUT, st, false);
	H.node[H.n - 1].body = H.view.body;
	model_run();
	history_view(&H);
	assert_int_equal(H.view.ndisputes, 0);
	assert_ptr_equal(H.view.body, before.body);
	H.n--;
	H.view = before;
	model_run();
}

static void
diff_agrees(void)
{
	const struct ac_change *c;
	uint32_t v = rnd(H.n), w = rnd(H.n), a;
	bool same = true;
	size_t n;

	if (!H.node[v].body || !H.node[w].body)
		return;
	for (a = 0; a < nslot; a++)
		same &= state[v][a] == state[w][a];
	assert_int_equal(ac_diff(&c, &n, &H.arena, H.node[v].body, H.node[w].body), AC_OK);
	assert_int_equal(n == 0, same);
}

static uint32_t
number(const char *name, uint32_t otherwise)
{
	const char *s = getenv(name);

	return s ? (uint32_t)strtoul(s, NULL, 10) : otherwise;
}

#ifdef __SANITIZE_ADDRESS__
#define CASES 2000
#else
#define CASES 20000
#endif

static uint32_t last;

static void
dump(void)
{
	uint32_t v, a, k;

	for (v = 0; v < H.n; v++) {
		print_message("# %c from ", 'a' + (char)v);
		for (k = 0; k < H.node[v].nparents; k++)
			print_message("%c", 'a' + (char)H.parents[v][k]);
		print_message(" time %u by %u%s %s:", (unsigned)H.node[v].time, H.node[v].author,
			H.node[v].guest ? "?" : "", ac_op_name(H.node[v].op));
		for (a = 0; a < nslot; a++)
			print_message(" %d%c", state[v][a], "-wst?h"[act[v][a]]);
		print_message("\n");
	}
	print_message("# %s\n", history_disputes(&H));
}

/* AC_SEED=LAST AC_CASES=1 repeats it; AC_SHOW tells it. */
static int
say_last(void **st)
{
	(void)st;
	print_message("# last case %u of %s\n", last, S ? S->type : "none");
	if (getenv("AC_SHOW"))
		dump();
	return 0;
}

static void
random_graphs(void **st)
{
	uint32_t i, n = number("AC_CASES", CASES), first = number("AC_SEED", 1);
	uint32_t conflicts = 0, critical = 0, proposals = 0, k;
	size_t shape;

	(void)st;
	for (k = 0; k < NODES; k++)
		same_index[k] = k;
	for (shape = 0; shape < sizeof shapes / sizeof *shapes; shape++) {
		use(&shapes[shape]);
		for (i = 0; i < n; i++) {
			if ((first + i) % (sizeof shapes / sizeof *shapes) != shape)
				continue;
			last = first + i;
			seed = ((uint64_t)last << 20) + 0x9e3779b97f4a7c15u;
			rnd(2);
			generate();
			history_view(&H);
			compare(same_index);
			single_head();
			shuffled();
			survives();
			none_dropped();
			edit_ends_nothing();
			take_and_resolve();
			saying_it_again();
			diff_agrees();
			conflicts += H.view.conflict;
			critical += H.view.safety;
			for (k = 0; k < H.view.ndisputes; k++)
				proposals += H.view.disputes[k].proposal;
		}
	}
	/* a generator that makes no disputes tests nothing */
	print_message("# cases %u conflicts %u critical %u proposals %u\n", n, conflicts, critical,
		proposals);
	assert_true(n < 100 || (conflicts > n / 10 && critical > n / 20 && proposals > n / 20));
	history_free(&H);
	ac_arena_free(&shape_arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(random_graphs, say_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
