/* SPDX-License-Identifier: ISC */
/*
 * A document as a sheet of rows, with everything that it holds.
 *
 * Method: a value whose type has a text of one line is one row; what that text leaves out
 * (a code's system, who wrote a note) is the row's note, and whatever is in neither becomes
 * rows beneath it. All other objects are opened: their name, and their elements beneath.
 * The narrative alone is left out, for it tells the same; it stands where nothing else does.
 */
#include <stdio.h>
#include <string.h>

#include "schema/form.h"
#include "schema/say_parts.h"

struct sheet {
	struct ac_say w;
	struct ac_sheet_row *row;
	size_t n, cap;
	const struct ac_val *doc, *template; /* template: the text of one in it; NULL: none */
	const struct ac_sheet_titles *titles;
	bool small;
};

static void element(struct sheet *s, unsigned depth, const struct ac_r4_frame *frame, const struct ac_pair *p);

static const char *
raw(const struct ac_val *map, const char *key)
{
	const char *s = ac_val_str(map, key);

	return s ? s : "";
}

static void
put(struct sheet *s, unsigned depth, const char *label, const char *text, const char *note)
{
	size_t cap = s->cap ? s->cap * 2 : 64;
	struct ac_sheet_row *more;

	if (s->w.err)
		return;
	if (s->n == s->cap) {
		if (!(more = ac_arena_get(s->w.a, cap * sizeof *more))) {
			s->w.err = AC_ENOMEM;
			return;
		}
		if (s->n)
			memcpy(more, s->row, s->n * sizeof *more);
		s->row = more;
		s->cap = cap;
	}
	s->row[s->n++] = (struct ac_sheet_row){ depth, label, text, note, s->small };
}

/* ---------------------------------------------------------------------- codes */

static const struct { const char *system, *name; } systems[] = {
	{ "http://loinc.org", "LOINC" }, { "http://snomed.info/sct", "SNOMED CT" },
	{ "http://www.nlm.nih.gov/research/umls/rxnorm", "RxNorm" }, { "http://hl7.org/fhir/sid/icd-10", "ICD-10" },
	{ "http://hl7.org/fhir/sid/icd-10-cm", "ICD-10-CM" }, { "http://hl7.org/fhir/sid/icd-9-cm", "ICD-9-CM" },
	{ "http://hl7.org/fhir/sid/cvx", "CVX" }, { "http://hl7.org/fhir/sid/ndc", "NDC" },
	{ "http://www.ama-assn.org/go/cpt", "CPT" }, { "http://www.whocc.no/atc", "ATC" },
	{ "http://terminology.hl7.org/CodeSystem/icd-o-3", "ICD-O-3" },
};

static const char *
system_name(const char *url)
{
	const char *p;
	size_t i;

	for (i = 0; i < sizeof systems / sizeof *systems; i++)
		if (!strcmp(systems[i].system, url))
			return systems[i].name;
	/* the systems of FHIR itself go by their last word */
	if ((!strncmp(url, "http://terminology.hl7.org/", 27) || !strncmp(url, "http://hl7.org/fhir/", 20))
	    && (p = strrchr(url, '/')) && p[1])
		return p + 1;
	return url;
}

/* The same words, whatever stands between them: "entered-in-error", "Entered in error". */
static bool
alike(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (*a == '-' || *a == ' ')
			a++;
		while (*b == '-' || *b == ' ')
			b++;
		if ((*a | (*a >= 'A' && *a <= 'Z' ? 32 : 0)) != (*b | (*b >= 'A' && *b <= 'Z' ? 32 : 0)))
			return false;
		if (!*a)
			return true;
	}
}

static bool
own_system(const char *url)
{
	return !*url || !strncmp(url, "http://terminology.hl7.org/", 27) || !strncmp(url, "http://hl7.org/fhir/", 20);
}

/* "Neutrophils in Blood, LOINC 751-8"; "" where it says no more than the text does. */
static const char *
coding_note(struct ac_say *w, const struct ac_val *v, const char *text)
{
	const char *system = raw(v, "system"), *code = raw(v, "code"), *display = ac_form_display(v);
	struct ac_say_list l = { 0 };

	if (display && *display && !alike(display, text))
		ac_say_add(w, &l, display);
	if (*code && !(alike(code, text) && own_system(system)))
		ac_say_add(w, &l, !*system ? code : AC_SAY_FILL(w, _("%s %s"), system_name(system), code));
	else if (!*code && *system)
		ac_say_add(w, &l, system);
	return ac_say_joined(w, &l);
}

static const char *
concept_note(struct ac_say *w, const struct ac_val *v, const char *text)
{
	const struct ac_val *list = ac_val_get(v, "coding");
	struct ac_buf b = { 0 };
	const char *one, *out;
	uint32_t i;

	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++) {
		one = coding_note(w, &list->items[i], text);
		if (ac_say_blank(one))
			continue;
		if (b.len)
			ac_say_put(w, &b, "; ", 2);
		ac_say_put(w, &b, one, strlen(one));
	}
	out = ac_say_keep(w, &b);
	ac_buf_free(&b);
	return out;
}

/* ----------------------------------------------------------------- references */

static const struct ac_val *
contained(const struct ac_val *doc, const char *reference)
{
	const struct ac_val *list = ac_val_get(doc, "contained");
	uint32_t i;

	for (i = 0; *reference == '#' && list && list->kind == AC_ARR && i < list->n; i++)
		if (!strcmp(raw(&list->items[i], "id"), reference + 1))
			return &list->items[i];
	return NULL;
}

static const char *
reference_text(struct sheet *s, const struct ac_val *v)
{
	const char *display = ac_say_str(&s->w, v, "display"), *reference = raw(v, "reference"), *title = "";
	const struct ac_val *inside = contained(s->doc, reference);

	if (!ac_say_blank(display))
		return display;
	if (inside)
		title = ac_doc_said(s->w.a, inside);
	else if (*reference && s->titles)
		title = s->titles->title(s->titles->ctx, reference);
	return !ac_say_blank(title) ? title : ac_say_reference(&s->w, v);
}

/* ------------------------------------------------------------------- one line */

/* What a text and its note have of a type; the rest is told beneath. */
static const struct { const char *type, *has; } lines[] = {
	{ "Address", "text line city district state postalCode country use" },
	{ "Annotation", "text authorString authorReference time" },
	{ "Attachment", "title url contentType size" },
	{ "CodeableConcept", "text coding" }, { "Coding", "system code display" },
	{ "ContactPoint", "value use system" }, { "HumanName", "text prefix given family suffix use" },
	{ "Identifier", "type value system use" }, { "Money", "value currency" },
	{ "Observation.referenceRange", "low high text type" }, { "Period", "start end" },
	{ "Quantity", "value comparator unit system code" }, { "Range", "low high" },
	{ "Ratio", "numerator denominator" }, { "Reference", "reference display type" },
	{ "Timing", "code event repeat" },
};

static const char *
has_of(const char **type, const struct ac_r4_frame *f)
{
	size_t i;

	for (; f; f = ac_fhir_base(f))
		for (i = 0; i < sizeof lines / sizeof *lines; i++)
			if (!strcmp(lines[i].type, ac_fhir_name(f))) {
				*type = lines[i].type;
				return lines[i].has;
			}
	return NULL;
}

static bool
in_list(const char *list, const char *key)
{
	size_t n = strlen(key);
	const char *p;

	for (p = list; (p = strstr(p, key)); p += n)
		if ((p == list || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

static const char *
who_when(struct sheet *s, const struct ac_val *v)
{
	const struct ac_val *who = ac_val_get(v, "authorReference");
	struct ac_say_list l = { 0 };

	ac_say_add(&s->w, &l, who ? reference_text(s, who) : ac_say_str(&s->w, v, "authorString"));
	ac_say_add(&s->w, &l, ac_say_child(&s->w, v, "time", "dateTime"));
	return ac_say_joined(&s->w, &l);
}

static const char *
two(struct ac_say *w, const char *a, const char *b)
{
	struct ac_say_list l = { 0 };

	ac_say_add(w, &l, a);
	ac_say_add(w, &l, b);
	return ac_say_joined(w, &l);
}

/* A unit whose code is another word than it. */
static const char *
unit_note(struct ac_say *w, const struct ac_val *v)
{
	const char *unit = ac_say_str(w, v, "unit"), *code = ac_say_str(w, v, "code");

	return ac_say_blank(unit) || !strcmp(unit, code) ? "" : code;
}

static const char *
note_of(struct sheet *s, const char *type, const struct ac_val *v, const char *text)
{
	struct ac_say *w = &s->w;

	if (!strcmp(type, "CodeableConcept"))
		return concept_note(w, v, text);
	if (!strcmp(type, "Coding"))
		return coding_note(w, v, text);
	if (!strcmp(type, "Reference"))
		return strcmp(raw(v, "reference"), text) ? ac_say_either(ac_say_str(w, v, "reference"), ac_say_str(w, v, "type")) : "";
	if (!strcmp(type, "Quantity"))
		return unit_note(w, v);
	if (!strcmp(type, "Annotation"))
		return who_when(s, v);
	if (!strcmp(type, "Identifier"))
		return two(w, ac_say_str(w, v, "system"), ac_say_child(w, v, "use", "code"));
	if (!strcmp(type, "HumanName") || !strcmp(type, "Address"))
		return ac_say_child(w, v, "use", "code");
	if (!strcmp(type, "ContactPoint"))
		return ac_say_child(w, v, "system", "code");
	if (!strcmp(type, "Attachment"))
		return two(w, ac_say_child(w, v, "contentType", "code"), ac_say_child(w, v, "size", "unsignedInt"));
	if (!strcmp(type, "Observation.referenceRange") && *raw(v, "text"))
		return ac_say_range(w, v);
	return "";
}

static const char *
note_text(struct sheet *s, const struct ac_val *v)
{
	const char *text = ac_form_note_text(s->w.a, v);

	return text ? text : "";
}

static const char *
text_of(struct sheet *s, const char *type, const struct ac_val *v)
{
	if (!strcmp(type, "Reference"))
		return reference_text(s, v);
	if (!strcmp(type, "Annotation")) /* at its whole length */
		return note_text(s, v);
	return ac_say_of(&s->w, type, v);
}

/* Does a text of its own hide how often it is, as counted? */
static bool
hides_repeat(const char *type, const struct ac_val *v)
{
	return !strcmp(type, "Timing") && *raw(ac_val_get(v, "code"), "text");
}

/* The elements of v that are not in the list. */
static void
rest(struct sheet *s, unsigned depth, const struct ac_r4_frame *f, const struct ac_val *v, const char *has, bool repeat)
{
	uint32_t i;

	for (i = 0; i < v->n && !s->w.err; i++)
		if (!in_list(has, v->pairs[i].key) || (repeat && !strcmp(v->pairs[i].key, "repeat")))
			element(s, depth, f, &v->pairs[i]);
}

/* What a coding has beside code and name: a version, extensions. */
static void
rest_of_codings(struct sheet *s, unsigned depth, const struct ac_val *concept)
{
	const struct ac_r4_frame *f = ac_fhir_frame("Coding");
	const struct ac_val *list = ac_val_get(concept, "coding");
	uint32_t i;

	for (i = 0; list && list->kind == AC_ARR && i < list->n; i++)
		if (list->items[i].kind == AC_MAP)
			rest(s, depth, f, &list->items[i], "system code display", false);
}

/* False: a type without a text of one line, or a value that gives none. */
static bool
line(struct sheet *s, unsigned depth, const char *label, const struct ac_r4_frame *f, const struct ac_val *v)
{
	const char *type = "", *has = has_of(&type, f), *text;

	if (!has || ac_say_blank(text = text_of(s, type, v)) || *text == '{')
		return false;
	put(s, depth, label, text, note_of(s, type, v, text));
	rest(s, depth + 1, f, v, has, hides_repeat(type, v));
	if (!strcmp(type, "CodeableConcept"))
		rest_of_codings(s, depth + 1, v);
	return true;
}

/* --------------------------------------------------------------------- opened */

static void
elements(struct sheet *s, unsigned depth, const struct ac_r4_frame *f, const struct ac_val *v, const char *without)
{
	uint32_t i;

	f = ac_say_frame(f, v);
	for (i = 0; i < v->n && !s->w.err; i++)
		if (!in_list(without, v->pairs[i].key))
			element(s, depth, f, &v->pairs[i]);
}

/* The one pair whose name begins so: a choice. */
static const struct ac_pair *
choice(const struct ac_val *v, const char *base)
{
	size_t n = strlen(base);
	uint32_t i;

	for (i = 0; i < v->n; i++)
		if (v->pairs[i].nkey > n && !memcmp(v->pairs[i].key, base, n) && v->pairs[i].key[n] >= 'A'
		    && v->pairs[i].key[n] <= 'Z')
			return &v->pairs[i];
	return NULL;
}

static const char *
leaf(struct sheet *s, const struct ac_r4_frame *f, const struct ac_val *v)
{
	enum ac_r4_kind kind = f ? (enum ac_r4_kind)f->kind : AC_R4_STRING;

	if (v->kind == AC_STR && kind == AC_R4_BASE64)
		return ac_say_bytes(&s->w, v->n / 4 * 3 - (v->n && v->s[v->n - 1] == '=') - (v->n > 1 && v->s[v->n - 2] == '='));
	if (v == s->template)
		return ac_words(v->s);
	if (v->kind == AC_STR && kind != AC_R4_DATE && kind != AC_R4_DATETIME && kind != AC_R4_INSTANT
	    && kind != AC_R4_TIME && kind != AC_R4_CODE)
		return v->s; /* at its whole length */
	return ac_say_of(&s->w, f ? ac_fhir_name(f) : NULL, v);
}

/* What stands there in one text, with how a result is to be read; "": it has none. */
static const char *
one_text(struct sheet *s, const struct ac_r4_frame *f, const struct ac_pair *p, const char *reading)
{
	struct ac_fhir_hit hit = { 0 };
	const char *text, *type;

	if (!p || !f || p->val.kind == AC_ARR || !ac_fhir_find(&hit, f, p->key, p->nkey)
	    || (p->val.kind == AC_MAP && !has_of(&type, hit.type)))
		return "";
	text = p->val.kind == AC_MAP ? text_of(s, type, &p->val) : leaf(s, hit.type, &p->val);
	if (ac_say_blank(text) || *text == '{')
		return "";
	return ac_say_blank(reading) ? text : AC_SAY_FILL(&s->w, _("%s (%s)"), text, reading);
}

/* What that text leaves out, its note too. */
static void
one_rest(struct sheet *s, unsigned depth, const struct ac_r4_frame *f, const struct ac_pair *p, const char *text)
{
	struct ac_fhir_hit hit = { 0 };
	const char *type, *has, *note;

	if (p->val.kind != AC_MAP || !ac_fhir_find(&hit, f, p->key, p->nkey) || !(has = has_of(&type, hit.type)))
		return;
	if (strcmp(type, "Quantity") && !ac_say_blank(note = note_of(s, type, &p->val, text)))
		put(s, depth, ac_say_name(&s->w, f, ac_fhir_elem_name(hit.elem), strlen(ac_fhir_elem_name(hit.elem))), note, "");
	rest(s, depth, hit.type, &p->val, has, hides_repeat(type, &p->val));
	if (!strcmp(type, "CodeableConcept"))
		rest_of_codings(s, depth, &p->val);
}

/* A part of a result, under the name of what was measured. */
static bool
component(struct sheet *s, unsigned depth, const struct ac_r4_frame *f, const struct ac_val *v)
{
	const struct ac_val *code = ac_val_get(v, "code");
	const char *label = ac_say_of(&s->w, "CodeableConcept", code), *text;
	const struct ac_pair *p = choice(v, "value");

	text = one_text(s, f, p, ac_say_reading(v));
	if (ac_say_blank(text) || ac_say_blank(label) || *label == '{')
		return false;
	put(s, depth, label, text, concept_note(&s->w, code, label));
	one_rest(s, depth + 1, f, p, text);
	rest_of_codings(s, depth + 1, code);
	elements(s, depth + 1, f, v, AC_SAY_FILL(&s->w, "code %s", p->key));
	return true;
}

/* A question with its one answer. */
static bool
answer(struct sheet *s, unsigned depth, const struct ac_r4_frame *f, const struct ac_val *v)
{
	const struct ac_val *list = ac_val_get(v, "answer"), *one;
	const struct ac_r4_frame *in = ac_fhir_frame("QuestionnaireResponse.item.answer");
	const char *question = ac_say_str(&s->w, v, "text"), *id = ac_say_str(&s->w, v, "linkId"), *text;

	if (!list || list->kind != AC_ARR || list->n != 1 || (one = &list->items[0])->kind != AC_MAP || one->n != 1)
		return false;
	text = one_text(s, in, choice(one, "value"), "");
	if (ac_say_blank(text) || ac_say_blank(ac_say_either(question, id)))
		return false;
	put(s, depth, ac_say_either(question, id), text, ac_say_blank(question) ? "" : id);
	one_rest(s, depth + 1, in, choice(one, "value"), text);
	elements(s, depth + 1, f, v, "text linkId answer");
	return true;
}

/* A name for one of several, in front of what is in it. */
static const char *
heading(struct sheet *s, const struct ac_val *v, const char *label, uint32_t index, uint32_t of)
{
	const char *title = ac_val_str(v, "resourceType") ? ac_doc_title(s->w.a, v) : "";
	char number[16];

	if (!ac_say_blank(title))
		return AC_SAY_FILL(&s->w, _("%s: %s"), label, title);
	if (of < 2)
		return label;
	snprintf(number, sizeof number, "%u", index + 1);
	return AC_SAY_FILL(&s->w, _("%s %s"), label, number);
}

static bool
is_named(const struct ac_r4_frame *f, const char *name)
{
	return f && !strcmp(ac_fhir_name(f), name);
}

/* The last word of its URL is its name. */
static void
extension(struct sheet *s, unsigned depth, const struct ac_val *v)
{
	const struct ac_r4_frame *f = ac_fhir_frame("Extension");
	const char *url = raw(v, "url"), *name, *text;
	const struct ac_pair *p = choice(v, "value");
	size_t n = strlen(url);

	while (n && url[n - 1] != '/' && url[n - 1] != ':' && url[n - 1] != '#')
		n--;
	name = ac_say_name(&s->w, NULL, url + n, strlen(url + n));
	text = one_text(s, f, p, "");
	put(s, depth, ac_say_either(name, _("further information")), text, ac_say_cut(&s->w, url, strlen(url), AC_MAX_WORDS));
	if (!ac_say_blank(text))
		one_rest(s, depth + 1, f, p, text);
	elements(s, depth + 1, f, v, ac_say_blank(text) ? "url" : AC_SAY_FILL(&s->w, "url %s", p->key));
}

static void
opened(struct sheet *s, unsigned depth, const char *label, const char *base, const struct ac_r4_frame *f,
	const struct ac_val *v, uint32_t index, uint32_t of)
{
	if (is_named(f, "Extension") && ac_val_str(v, "url")) {
		extension(s, depth, v);
		return;
	}
	if ((is_named(f, "Observation.component") && component(s, depth, f, v))
	    || (is_named(f, "QuestionnaireResponse.item") && answer(s, depth, f, v)))
		return;
	if (!(of < 2 && ac_say_quiet(base)))
		put(s, depth++, heading(s, v, label, index, of), "", "");
	elements(s, depth, f, v, "");
}

/* ------------------------------------------------------------------- any value */

static void
value(struct sheet *s, unsigned depth, const char *label, const char *base, const struct ac_r4_frame *f,
	const struct ac_val *v, uint32_t index, uint32_t of)
{
	uint32_t i;

	if (v->kind == AC_NIL) /* holds a place for what stands beside it */
		return;
	if (depth >= AC_SAY_DEEP && (v->kind == AC_ARR || v->kind == AC_MAP))
		put(s, depth, label, ac_say_spelled(&s->w, v, AC_MAX_WORDS), "");
	else if (v->kind == AC_ARR)
		for (i = 0; i < v->n && !s->w.err; i++)
			value(s, depth, label, base, f, &v->items[i], i, v->n);
	else if (v->kind != AC_MAP)
		put(s, depth, label, leaf(s, f, v), "");
	else if (!line(s, depth, label, ac_say_frame(f, v), v))
		opened(s, depth, label, base, f, v, index, of);
}

static void
element(struct sheet *s, unsigned depth, const struct ac_r4_frame *frame, const struct ac_pair *p)
{
	struct ac_say_element e = ac_say_element_of(frame, p);
	const char *label = ac_say_name(&s->w, frame, e.base, e.n);

	if (e.under)
		label = AC_SAY_FILL(&s->w, _("%s, further information"), label);
	value(s, depth, label, e.base, e.type, &p->val, 0, 1);
}

/* --------------------------------------------------------------------- a sheet */

/* What a person looks for first. */
static const char *const order[] = { "code", "medication", "vaccineCode", "title", "name", "value", "dataAbsentReason",
	"component", "interpretation", "referenceRange", "conclusion", "clinicalStatus", "verificationStatus", "lifecycleStatus",
	"criticality", "severity", "stage", "reaction", "doNotPerform", "dosageInstruction", "dosage", "status", "statusReason",
	"onset", "abatement", "effective", "performed", "occurrence", "start", "end", "period", "authoredOn" };
/* What tells of the record rather than of the patient. */
static const char *const about[] = { "meta", "implicitRules", "language", "identifier", "extension", "contained", "subject",
	"patient", "beneficiary" };
#define COUNT(table) (sizeof (table) / sizeof *(table))

static size_t
place(const char *const *list, size_t n, const struct ac_say_element *e)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strlen(list[i]) == e->n && !memcmp(list[i], e->base, e->n))
			return i;
	return n;
}

/* Of people and places a number is no small print. */
static bool
is_small(const char *type, const struct ac_say_element *e)
{
	static const char *const named[] = { "Patient", "Person", "Practitioner", "Organization", "Coverage", "Device",
		"Location", "RelatedPerson" };
	size_t at = place(about, COUNT(about), e), i;

	for (i = 0; at < COUNT(about) && !strcmp(about[at], "identifier") && i < COUNT(named); i++)
		if (!strcmp(named[i], type))
			return false;
	return at < COUNT(about);
}

/* The rows of all elements that come at that place. */
static void
at_place(struct sheet *s, const struct ac_r4_frame *f, size_t at)
{
	const struct ac_val *v = s->doc;
	struct ac_say_element e;
	const char *reading;
	size_t before;
	uint32_t i;

	for (i = 0; i < v->n && !s->w.err; i++) {
		e = ac_say_element_of(f, &v->pairs[i]);
		if (in_list("resourceType id text", v->pairs[i].key) || is_small(raw(v, "resourceType"), &e) != s->small
		    || (!s->small && place(order, COUNT(order), &e) != at))
			continue;
		before = s->n;
		element(s, 0, f, &v->pairs[i]);
		if (at < COUNT(order) && !strcmp(order[at], "value") && s->n > before && !ac_val_get(v, "interpretation")
		    && !ac_say_blank(reading = ac_say_reading(v)))
			s->row[before].text = AC_SAY_FILL(&s->w, _("%s (%s)"), s->row[before].text, reading);
	}
}

enum ac_err
ac_say_sheet(const struct ac_sheet_row **rows, size_t *n, struct ac_arena *a, const struct ac_val *doc,
	const struct ac_sheet_titles *titles)
{
	struct sheet s = { .w = { .a = a }, .doc = doc, .template = ac_form_plan_text(doc), .titles = titles };
	const struct ac_r4_frame *f = ac_fhir_frame(raw(doc, "resourceType"));
	const char *told;
	size_t i;

	for (i = 0; i <= COUNT(order); i++)
		at_place(&s, f, i);
	if (!s.n && !ac_say_blank(told = ac_say_child(&s.w, doc, "text", "Narrative")))
		put(&s, 0, _("summary"), told, "");
	s.small = true;
	at_place(&s, f, COUNT(order));
	if (!s.w.err) {
		*rows = s.row;
		*n = s.n;
	}
	return s.w.err;
}
