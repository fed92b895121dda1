/* SPDX-License-Identifier: ISC */
/*
 * Method: each datatype has a function that makes one text of a value; a text is
 * never NULL, "" says that there is nothing to say. Whatever has no function, or
 * gives no text, is told element by element, and as short JSON when nobody knows
 * what its elements are. Every piece has a ceiling, so that no value, however
 * large or deep, takes more than a few of them.
 */
#include <stdio.h>
#include <string.h>

#include "schema/utf8.h"
#include "schema/words.h"

#define DEEP  8u                   /* levels that are told */
#define PIECE (4u * AC_MAX_WORDS)  /* bytes after which a list is long enough */
#define JSON  300u                 /* characters of a value that nobody knows */

/* -------------------------------------------------------------------- texts */

size_t
ac_words_point(const char *s, size_t n, uint32_t *point)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t len = ac_utf8_step(u, u + n), i;

	*point = len == 1 ? u[0] : len ? u[0] & (0x7fu >> len) : 0;
	for (i = 1; i < len; i++)
		*point = *point << 6 | (u[i] & 0x3fu);
	return len ? len : 1;
}

bool
ac_words_hidden(uint32_t p)
{
	return p < 0x20 || (p >= 0x7f && p < 0xa0) || p == 0xad || p == 0x61c || p == 0x200b
		|| p == 0x200e || p == 0x200f || (p >= 0x2028 && p <= 0x202e) || (p >= 0x2060 && p <= 0x206f)
		|| p == 0xfeff || (p >= 0xfff9 && p <= 0xfffb);
}

static const char *
keep(struct ac_words *w, const struct ac_buf *b)
{
	const char *s = w->err ? NULL : ac_arena_text(w->a, b->len ? (const char *)b->p : "", b->len);

	if (!s && !w->err)
		w->err = AC_ENOMEM;
	return s ? s : "";
}

static void
put(struct ac_words *w, struct ac_buf *b, const char *s, size_t n)
{
	if (!w->err)
		w->err = ac_buf_add(b, s, n);
}

static const char *
cut(struct ac_words *w, const char *s, size_t n, size_t max)
{
	struct ac_buf b = { 0 };
	const char *out;
	size_t i, len, chars = 0;
	uint32_t p;

	for (i = 0; i < n && !w->err; i += len, chars++) {
		len = ac_words_point(s + i, n - i, &p);
		if (chars == max - 1 && i + len < n) {
			put(w, &b, "\xe2\x80\xa6", 3);
			break;
		}
		if (p == '\n' || p == '\t')
			put(w, &b, " ", 1);
		else if (p == '\r')
			chars--;
		else if (ac_words_hidden(p))
			put(w, &b, "\xef\xbf\xbd", 3);
		else
			put(w, &b, s + i, len);
	}
	out = keep(w, &b);
	ac_buf_free(&b);
	return out;
}

const char *
ac_words_text(struct ac_words *w, const char *s, size_t n)
{
	return cut(w, s, n, AC_MAX_WORDS);
}

bool
ac_words_blank(const char *s)
{
	return !s[strspn(s, " ")];
}

const char *
ac_words_str(struct ac_words *w, const struct ac_val *map, const char *key)
{
	const struct ac_val *v = ac_val_get(map, key);

	return v && v->kind == AC_STR ? ac_words_text(w, v->s, v->n) : "";
}

/* The argument of the place at *p, which is behind the '%'; NULL: it is no place. */
static const char *
place(const char **p, const char *const *args, size_t n, size_t *next)
{
	const char *s = *p;
	size_t i = *next;

	if (*s >= '1' && *s <= '9' && s[1] == '$') {
		i = (size_t)(*s - '1');
		s += 2;
	} else if (*s == 's') {
		(*next)++;
	}
	if (*s != 's' || i >= n)
		return NULL;
	*p = s + 1;
	return args[i];
}

const char *
ac_words_fill(struct ac_words *w, const char *pattern, const char *const *args, size_t n)
{
	struct ac_buf b = { 0 };
	const char *p = pattern, *arg, *out;
	size_t next = 0, len;

	while (*p) {
		len = strcspn(p, "%");
		put(w, &b, p, len);
		p += len;
		if (*p && *++p) {
			if ((arg = place(&p, args, n, &next)))
				put(w, &b, arg, strlen(arg));
			else
				put(w, &b, p++, 1);
		}
	}
	out = keep(w, &b);
	ac_buf_free(&b);
	return out;
}

void
ac_words_add(struct ac_words *w, struct ac_words_list *l, const char *s)
{
	if (ac_words_blank(s) || l->b.len > PIECE)
		return;
	if (l->b.len)
		put(w, &l->b, _(", "), strlen(_(", ")));
	put(w, &l->b, s, strlen(s));
	if (l->b.len > PIECE)
		put(w, &l->b, "\xe2\x80\xa6", 3);
}

const char *
ac_words_joined(struct ac_words *w, struct ac_words_list *l)
{
	const char *out = keep(w, &l->b);

	ac_buf_free(&l->b);
	return out;
}

const char *
ac_words_child(struct ac_words *w, const struct ac_val *map, const char *key, const char *type)
{
	return ac_words_say(w, type, ac_val_get(map, key));
}

/* The first that is not blank; "" if none is. */
static const char *
either(const char *a, const char *b)
{
	return ac_words_blank(a) ? b : a;
}

static enum ac_err
no_bytes(void *ctx, struct ac_buf *raw, const struct ac_blob *blob, struct ac_fault *f)
{
	(void)ctx, (void)raw, (void)blob, (void)f;
	return AC_OK;
}

static const char *
spelled(struct ac_words *w, const struct ac_val *v, size_t max)
{
	const struct ac_blob_source none = { no_bytes, NULL };
	struct ac_buf b = { .max = SIZE_MAX / 2 };
	const char *out = "";

	if (!w->err)
		w->err = ac_json_write(&b, v, &none, NULL);
	if (!w->err)
		out = cut(w, (const char *)b.p, b.len, max);
	ac_buf_free(&b);
	return out;
}

static const char *
json(struct ac_words *w, const struct ac_val *v)
{
	return spelled(w, v, JSON);
}

/* -------------------------------------------------------- concepts and names */

static const char *
coding(struct ac_words *w, const struct ac_val *v)
{
	return either(ac_words_str(w, v, "display"), ac_words_str(w, v, "code"));
}

static const char *
concept(struct ac_words *w, const struct ac_val *v)
{
	const struct ac_val *list = ac_val_get(v, "coding");
	const char *out = ac_words_str(w, v, "text");
	uint32_t i, n = list && list->kind == AC_ARR ? list->n : 0;

	for (i = 0; ac_words_blank(out) && i < n; i++)
		out = ac_words_str(w, &list->items[i], "display");
	for (i = 0; ac_words_blank(out) && i < n; i++)
		out = ac_words_str(w, &list->items[i], "code");
	return out;
}

static const char *
identifier(struct ac_words *w, const struct ac_val *v)
{
	const char *type = ac_words_child(w, v, "type", "CodeableConcept"), *value = ac_words_str(w, v, "value");

	return ac_words_blank(type) || ac_words_blank(value) ? either(value, type)
		: AC_FILL(w, _("%s %s"), type, value);
}

static const char *
reference(struct ac_words *w, const struct ac_val *v)
{
	const char *out = either(ac_words_str(w, v, "display"), ac_words_str(w, v, "reference"));

	return either(either(out, ac_words_child(w, v, "identifier", "Identifier")), ac_words_str(w, v, "type"));
}

static const char *
human_name(struct ac_words *w, const struct ac_val *v)
{
	static const char *const keys[] = { "prefix", "given", "family", "suffix" };
	const char *s = ac_words_str(w, v, "text"), *out = "", *part;
	const struct ac_val *list;
	uint32_t i;
	size_t k;

	if (!ac_words_blank(s))
		return s;
	for (k = 0; k < sizeof keys / sizeof *keys; k++) {
		list = ac_val_get(v, keys[k]);
		for (i = 0; list && i < (list->kind == AC_ARR ? list->n : 1) && strlen(out) < PIECE; i++) {
			part = ac_words_say(w, "string", list->kind == AC_ARR ? &list->items[i] : list);
			out = ac_words_blank(out) ? part : ac_words_blank(part) ? out
				: AC_FILL(w, _("%s %s"), out, part);
		}
	}
	return out;
}

/* The texts of those elements, joined. */
static const char *
listed(struct ac_words *w, const struct ac_val *v, const char *const *keys, size_t n)
{
	struct ac_words_list l = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		ac_words_add(w, &l, ac_words_child(w, v, keys[i], "string"));
	return ac_words_joined(w, &l);
}

static const char *
address(struct ac_words *w, const struct ac_val *v)
{
	static const char *const keys[] = { "line", "city", "district", "state", "postalCode", "country" };

	return either(ac_words_str(w, v, "text"), listed(w, v, keys, sizeof keys / sizeof *keys));
}

static const char *
contact_point(struct ac_words *w, const struct ac_val *v)
{
	const char *value = ac_words_str(w, v, "value"), *use = ac_words_child(w, v, "use", "code");

	return ac_words_blank(value) ? "" : ac_words_blank(use) ? value : AC_FILL(w, _("%s (%s)"), value, use);
}

static const char *
contact_detail(struct ac_words *w, const struct ac_val *v)
{
	struct ac_words_list l = { 0 };

	ac_words_add(w, &l, ac_words_str(w, v, "name"));
	ac_words_add(w, &l, ac_words_child(w, v, "telecom", "ContactPoint"));
	return ac_words_joined(w, &l);
}

static const char *
annotation(struct ac_words *w, const struct ac_val *v)
{
	return ac_words_str(w, v, "text");
}

static const char *
attachment(struct ac_words *w, const struct ac_val *v)
{
	const char *out = either(ac_words_str(w, v, "title"), ac_words_str(w, v, "url"));

	return either(out, ac_words_str(w, v, "contentType"));
}

static const char *
signature(struct ac_words *w, const struct ac_val *v)
{
	const char *who = ac_words_child(w, v, "who", "Reference"), *when = ac_words_child(w, v, "when", "instant");

	return ac_words_blank(who) ? when : AC_FILL(w, _("signed by %s, %s"), who, when);
}

static const char *
related(struct ac_words *w, const struct ac_val *v)
{
	const char *out = either(ac_words_str(w, v, "display"), ac_words_str(w, v, "label"));

	return either(either(out, ac_words_str(w, v, "citation")), ac_words_child(w, v, "url", "url"));
}

static const char *
expression(struct ac_words *w, const struct ac_val *v)
{
	return either(ac_words_str(w, v, "description"), ac_words_str(w, v, "expression"));
}

static const char *
usage(struct ac_words *w, const struct ac_val *v)
{
	static const struct { const char *key, *type; } values[] = { { "valueCodeableConcept", "CodeableConcept" },
		{ "valueQuantity", "Quantity" }, { "valueRange", "Range" }, { "valueReference", "Reference" } };
	const char *code = ac_words_child(w, v, "code", "Coding"), *value = "";
	size_t i;

	for (i = 0; i < sizeof values / sizeof *values; i++)
		value = either(value, ac_words_child(w, v, values[i].key, values[i].type));
	return ac_words_blank(code) || ac_words_blank(value) ? "" : AC_FILL(w, _("%s %s"), code, value);
}

/* A narrative's text: tags left out, the entities of XML and numbers read. */
static const char *
narrative(struct ac_words *w, const struct ac_val *v)
{
	static const struct { const char *name, *text; } entities[] = { { "&amp;", "&" }, { "&lt;", "<" },
		{ "&gt;", ">" }, { "&quot;", "\"" }, { "&apos;", "'" }, { "&#39;", "'" }, { "&nbsp;", " " }, { "&#160;", " " } };
	const char *s = ac_val_str(v, "div"), *out;
	struct ac_buf b = { 0 };
	bool gap = false;
	size_t i, k;

	for (i = 0; s && s[i] && b.len < PIECE; i++) {
		if (s[i] == '<' || strchr(" \t\r\n", s[i])) {
			gap = b.len > 0;
			if (s[i] == '<')
				i += strcspn(s + i, ">");
			if (!s[i])
				break;
			continue;
		}
		if (gap)
			put(w, &b, " ", 1);
		gap = false;
		for (k = 0; k < sizeof entities / sizeof *entities; k++)
			if (!strncmp(s + i, entities[k].name, strlen(entities[k].name)))
				break;
		if (k == sizeof entities / sizeof *entities) {
			put(w, &b, s + i, 1);
		} else {
			put(w, &b, entities[k].text, 1);
			i += strlen(entities[k].name) - 1;
		}
	}
	out = ac_words_text(w, b.len ? (const char *)b.p : "", b.len);
	ac_buf_free(&b);
	return out;
}

/* ---------------------------------------------------------------- quantities */

static const char *
unit(struct ac_words *w, const struct ac_val *v)
{
	const char *s = either(ac_words_str(w, v, "unit"), ac_words_str(w, v, "code"));

	return *s == '{' || !strcmp(s, "1") ? "" : s;
}

static const char *
with_unit(struct ac_words *w, const char *value, const char *u)
{
	return ac_words_blank(u) ? value : !strcmp(u, "%") ? AC_FILL(w, _("%s%%"), value)
		: AC_FILL(w, _("%s %s"), value, u);
}

static const char *
amount(struct ac_words *w, const struct ac_val *v)
{
	const char *value = ac_words_child(w, v, "value", "decimal"), *comparator = ac_words_str(w, v, "comparator");

	return ac_words_blank(value) || ac_words_blank(comparator) ? value
		: AC_FILL(w, _("%s%s"), comparator, value);
}

static const char *
quantity(struct ac_words *w, const struct ac_val *v)
{
	const char *value = amount(w, v);

	return ac_words_blank(value) ? "" : with_unit(w, value, unit(w, v));
}

/* Of an Age or Duration a code is enough: "mo" is months. */
static const char *
duration(struct ac_words *w, const struct ac_val *v)
{
	const char *value = amount(w, v), *span;

	if (ac_words_blank(value) || !ac_words_blank(ac_words_str(w, v, "unit")))
		return quantity(w, v);
	span = ac_words_span(w, value, ac_words_str(w, v, "code"));
	return either(span, quantity(w, v));
}

static const char *
money(struct ac_words *w, const struct ac_val *v)
{
	const char *value = ac_words_child(w, v, "value", "decimal");

	return ac_words_blank(value) ? "" : with_unit(w, value, ac_words_str(w, v, "currency"));
}

static const char *
range(struct ac_words *w, const struct ac_val *v)
{
	const struct ac_val *low = ac_val_get(v, "low"), *high = ac_val_get(v, "high");
	const char *l = quantity(w, low), *h = quantity(w, high);

	if (ac_words_blank(l))
		return ac_words_blank(h) ? "" : AC_FILL(w, _("up to %s"), h);
	if (ac_words_blank(h))
		return AC_FILL(w, _("%s or more"), l);
	if (!strcmp(unit(w, low), unit(w, high)))
		l = amount(w, low);
	return AC_FILL(w, _("%s to %s"), l, h);
}

static const char *
ratio(struct ac_words *w, const struct ac_val *v)
{
	const struct ac_val *x = ac_val_get(v, "numerator"), *y = ac_val_get(v, "denominator");
	const char *a = quantity(w, x), *b = quantity(w, y);

	if (ac_words_blank(a) || ac_words_blank(b))
		return either(a, b);
	if (ac_words_blank(unit(w, x)) && ac_words_blank(unit(w, y)))
		return AC_FILL(w, _("%s:%s"), a, b);
	return AC_FILL(w, _("%s per %s"), a, !strcmp(amount(w, y), "1") && !ac_words_blank(unit(w, y)) ? unit(w, y) : b);
}

static const char *
period(struct ac_words *w, const struct ac_val *v)
{
	const char *from = ac_words_child(w, v, "start", "dateTime"), *to = ac_words_child(w, v, "end", "dateTime");

	if (ac_words_blank(from))
		return ac_words_blank(to) ? "" : AC_FILL(w, _("until %s"), to);
	return ac_words_blank(to) ? AC_FILL(w, _("since %s"), from) : AC_FILL(w, _("%s to %s"), from, to);
}

static const char *
reference_range(struct ac_words *w, const struct ac_val *v)
{
	const char *text = ac_words_str(w, v, "text"), *type = ac_words_child(w, v, "type", "CodeableConcept");

	text = either(text, range(w, v));
	return ac_words_blank(text) || ac_words_blank(type) ? text : AC_FILL(w, _("%s (%s)"), text, type);
}

static const char *
sampled(struct ac_words *w, const struct ac_val *v)
{
	const struct ac_val *data = ac_val_get(v, "data");
	size_t n = 0, i;
	char s[24];

	if (!data || data->kind != AC_STR)
		return "";
	for (i = 0; i < data->n; i++)
		n += data->s[i] != ' ' && (!i || data->s[i - 1] == ' ');
	snprintf(s, sizeof s, "%zu", n);
	return AC_FILL(w, _("a series of %s values"), s);
}

/* ------------------------------------------------------------------- dosages */

static void
dose_and_rate(struct ac_words *w, struct ac_words_list *l, const struct ac_val *v)
{
	const struct ac_val *list = ac_val_get(v, "doseAndRate"), *one;
	const char *rate;
	uint32_t i, n = list && list->kind == AC_ARR ? list->n : 1;

	for (i = 0; i < n; i++) {
		one = !list ? v : list->kind == AC_ARR ? &list->items[i] : list;
		ac_words_add(w, l, ac_words_child(w, one, "doseQuantity", "Quantity"));
		ac_words_add(w, l, ac_words_child(w, one, "doseRange", "Range"));
		ac_words_add(w, l, ac_words_child(w, one, "dose", "Quantity"));
		rate = either(ac_words_child(w, one, "rateQuantity", "Quantity"),
			either(ac_words_child(w, one, "rateRatio", "Ratio"), ac_words_child(w, one, "rateRange", "Range")));
		if (!ac_words_blank(rate))
			ac_words_add(w, l, AC_FILL(w, _("at a rate of %s"), rate));
	}
}

static const char *
as_needed(struct ac_words *w, const struct ac_val *v)
{
	const struct ac_val *b = ac_val_get(v, "asNeededBoolean");
	const char *why = ac_words_child(w, v, "asNeededCodeableConcept", "CodeableConcept");

	return !ac_words_blank(why) ? AC_FILL(w, _("as needed for %s"), why)
		: b && b->kind == AC_BOOL && b->b ? _("as needed") : "";
}

static const char *
dosage(struct ac_words *w, const struct ac_val *v)
{
	const char *text = ac_words_str(w, v, "text"), *most;
	struct ac_words_list l = { 0 };

	if (!ac_words_blank(text))
		return text;
	dose_and_rate(w, &l, v);
	ac_words_add(w, &l, ac_words_child(w, v, "timing", "Timing"));
	ac_words_add(w, &l, ac_words_child(w, v, "route", "CodeableConcept"));
	ac_words_add(w, &l, ac_words_child(w, v, "site", "CodeableConcept"));
	ac_words_add(w, &l, ac_words_child(w, v, "method", "CodeableConcept"));
	ac_words_add(w, &l, as_needed(w, v));
	ac_words_add(w, &l, ac_words_child(w, v, "additionalInstruction", "CodeableConcept"));
	ac_words_add(w, &l, ac_words_str(w, v, "patientInstruction"));
	if (!ac_words_blank(most = ac_words_child(w, v, "maxDosePerPeriod", "Ratio")))
		ac_words_add(w, &l, AC_FILL(w, _("at most %s"), most));
	return ac_words_joined(w, &l);
}

/* ------------------------------------------------------- element by element */

/* The last word of a URL, in words. */
static const char *
extension_name(struct ac_words *w, const struct ac_val *v)
{
	const char *url = ac_words_str(w, v, "url");
	size_t n = strlen(url);

	while (n && url[n - 1] != '/' && url[n - 1] != ':' && url[n - 1] != '#')
		n--;
	return ac_words_name(w, NULL, url + n, strlen(url + n));
}

const struct ac_r4_frame *
ac_words_frame(const struct ac_r4_frame *f, const struct ac_val *v)
{
	const struct ac_r4_frame *own = ac_fhir_frame(ac_val_str(v, "resourceType"));

	return own && (!f || f->kind == AC_R4_RESOURCE || f->kind == AC_R4_ABSTRACT) ? own : f;
}

static bool
among(const char *key, const char *const *keys, size_t n)
{
	while (n-- > 0)
		if (!strcmp(key, keys[n]))
			return true;
	return false;
}

static const char *
one_element(struct ac_words *w, const struct ac_r4_frame *f, const struct ac_pair *p)
{
	static const char *const telling[] = { "code", "text", "name", "item", "linkId", "extension" };
	struct ac_fhir_hit hit = { 0 };
	bool known = f && ac_fhir_find(&hit, f, p->key, p->nkey);
	const char *text = ac_words_say(w, known ? ac_fhir_name(hit.type) : NULL, &p->val), *base;

	if (ac_words_blank(text) || among(p->key, telling, sizeof telling / sizeof *telling))
		return text;
	base = known ? ac_fhir_elem_name(hit.elem) : p->key;
	return AC_FILL(w, _("%s %s"), ac_words_name(w, f, base, strlen(base)), text);
}

/* Ids and references to a type of resource say nothing to a person. */
static const char *
elements(struct ac_words *w, const struct ac_r4_frame *f, const struct ac_val *v)
{
	struct ac_words_list l = { 0 };
	uint32_t i;

	for (i = 0; i < v->n && l.b.len <= PIECE; i++)
		if (strcmp(v->pairs[i].key, "id") && strcmp(v->pairs[i].key, "resourceType"))
			ac_words_add(w, &l, one_element(w, f, &v->pairs[i]));
	return ac_words_joined(w, &l);
}

static const char *
extension(struct ac_words *w, const struct ac_val *v)
{
	const struct ac_r4_frame *f = ac_fhir_frame("Extension");
	const char *name = extension_name(w, v), *text;
	struct ac_words_list l = { 0 };
	uint32_t i;

	for (i = 0; i < v->n && l.b.len <= PIECE; i++) {
		struct ac_fhir_hit hit = { 0 };

		if (strcmp(v->pairs[i].key, "id") && strcmp(v->pairs[i].key, "url"))
			ac_words_add(w, &l, ac_words_say(w, ac_fhir_find(&hit, f, v->pairs[i].key, v->pairs[i].nkey)
				? ac_fhir_name(hit.type) : NULL, &v->pairs[i].val));
	}
	text = ac_words_joined(w, &l);
	return ac_words_blank(text) ? name : AC_FILL(w, _("%s %s"), name, text);
}

static const char *
resource(struct ac_words *w, const struct ac_val *v)
{
	const char *type = ac_words_str(w, v, "resourceType"), *title = ac_doc_title(w->a, v);

	return ac_words_blank(title) ? type
		: AC_FILL(w, _("%s %s"), ac_words_name(w, NULL, type, strlen(type)), title);
}

/* ------------------------------------------------------------- what it says */

static const struct {
	const char *type;
	const char *(*say)(struct ac_words *w, const struct ac_val *v);
} datatypes[] = {
	{ "Address", address }, { "Age", duration }, { "Annotation", annotation }, { "Attachment", attachment },
	{ "CodeableConcept", concept }, { "Coding", coding }, { "ContactDetail", contact_detail },
	{ "ContactPoint", contact_point }, { "Contributor", contact_detail }, { "Count", quantity },
	{ "Distance", quantity }, { "Dosage", dosage }, { "Duration", duration }, { "Expression", expression },
	{ "Extension", extension }, { "HumanName", human_name }, { "Identifier", identifier },
	{ "MedicationAdministration.dosage", dosage }, { "Money", money }, { "MoneyQuantity", quantity },
	{ "Narrative", narrative }, { "Observation.referenceRange", reference_range }, { "Period", period },
	{ "Quantity", quantity }, { "Range", range }, { "Ratio", ratio }, { "Reference", reference },
	{ "RelatedArtifact", related }, { "SampledData", sampled }, { "Signature", signature },
	{ "SimpleQuantity", quantity }, { "Timing", ac_words_timing }, { "UsageContext", usage },
};

static const char *
object(struct ac_words *w, const char *type, const struct ac_val *v)
{
	const struct ac_r4_frame *f = ac_words_frame(ac_fhir_frame(type), v);
	const char *out = "";
	size_t i;

	if (w->depth >= DEEP)
		return "\xe2\x80\xa6";
	w->depth++;
	for (i = 0; type && i < sizeof datatypes / sizeof *datatypes; i++)
		if (!strcmp(datatypes[i].type, type))
			out = datatypes[i].say(w, v);
	if (ac_words_blank(out) && f && f->kind == AC_R4_RESOURCE)
		out = resource(w, v);
	if (ac_words_blank(out) && f)
		out = elements(w, f, v);
	w->depth--;
	return ac_words_blank(out) ? json(w, v) : out;
}

/* A code is words with dashes between them: "entered-in-error". */
static const char *
code(struct ac_words *w, const struct ac_val *v)
{
	const char *s = ac_words_text(w, v->s, v->n);
	struct ac_buf b = { 0 };
	size_t i;

	for (i = 0; s[i]; i++) {
		if ((s[i] < 'a' || s[i] > 'z') && s[i] != '-')
			break;
		put(w, &b, s[i] == '-' ? " " : s + i, 1);
	}
	if (!s[i] && i)
		s = keep(w, &b);
	ac_buf_free(&b);
	return s;
}

static const char *
string(struct ac_words *w, const char *type, const struct ac_val *v)
{
	const struct ac_r4_frame *f = ac_fhir_frame(type);

	switch (f ? f->kind : AC_R4_STRING) {
	case AC_R4_DATE:
	case AC_R4_DATETIME:
	case AC_R4_INSTANT:
		return ac_words_date(w, v->s);
	case AC_R4_TIME:
		return ac_words_clock(w, v->s);
	case AC_R4_CODE:
		return code(w, v);
	default:
		return ac_words_text(w, v->s, v->n);
	}
}

static const char *
items(struct ac_words *w, const char *type, const struct ac_val *v)
{
	struct ac_words_list l = { 0 };
	uint32_t i;

	if (w->depth >= DEEP)
		return "\xe2\x80\xa6";
	w->depth++;
	for (i = 0; i < v->n && l.b.len <= PIECE; i++)
		ac_words_add(w, &l, ac_words_say(w, type, &v->items[i]));
	w->depth--;
	return ac_words_joined(w, &l);
}

static const char *
bytes(struct ac_words *w, uint64_t n)
{
	char s[24];

	snprintf(s, sizeof s, "%llu", (unsigned long long)n);
	return AC_FILL(w, _("data of %s bytes"), s);
}

const char *
ac_words_say(struct ac_words *w, const char *type, const struct ac_val *v)
{
	if (!v || w->err)
		return "";
	switch (v->kind) {
	case AC_NIL:
		return "";
	case AC_BOOL:
		return v->b ? _("yes") : _("no");
	case AC_STR:
		return string(w, type, v);
	case AC_BIN:
		return bytes(w, v->n);
	case AC_BLOB:
		return bytes(w, v->blob->size);
	case AC_ARR:
		return type ? items(w, type, v) : json(w, v);
	case AC_MAP:
		return object(w, type, v);
	default:
		return spelled(w, v, AC_MAX_WORDS);
	}
}

enum ac_err
ac_words_value(const char **out, struct ac_arena *a, const char *type, const struct ac_val *v)
{
	struct ac_words w = { .a = a };
	const char *s = ac_words_say(&w, type, v);

	s = cut(&w, s, strlen(s), AC_MAX_WORDS);
	if (!w.err)
		*out = s;
	return w.err;
}
