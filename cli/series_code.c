/* SPDX-License-Identifier: ISC */
/* What a person types, as codes: a code itself, a common test, or what the record calls so. */
#include "series_read.h"

#include <string.h>

static bool
looks_like_code(const char *s)
{
	size_t n = strspn(s, "0123456789");

	if (strchr(s, '|') != NULL)
		return true;
	return n > 0 && (s[n] == '\0' || (s[n] == '-' && strspn(s + n + 1, "0123456789") == 1 && s[n + 2] == '\0'));
}

static void
note_name(struct reading *r, const char *code, const char *title)
{
	struct names *list;

	for (size_t i = 0; i < r->nfound; i++)
		if (strcmp(r->found[i].code, code) == 0)
			return;
	list = series_more(r, r->found, r->nfound, &r->cfound, sizeof *list);
	if (list == NULL)
		return;
	r->found = list;
	r->found[r->nfound].code = text_of(r->c, "%s", code);
	r->found[r->nfound].title = code == title ? r->found[r->nfound].code : text_of(r->c, "%s", title);
	r->nfound++;
}

/* The code of a document or component whose name has all the words. */
static void
names_of(struct reading *r, const struct ac_val *v, const char *words)
{
	const struct ac_val *codings = ac_val_get(ac_val_get(v, "code"), "coding");
	const char *text = ac_val_str(ac_val_get(v, "code"), "text"), *name;
	bool coded = codings != NULL && codings->kind == AC_ARR && codings->n > 0 && ac_val_str(&codings->items[0], "code") != NULL;
	bool fits = text != NULL && text_has(text, words);

	for (uint32_t i = 0; coded && i < codings->n && !fits; i++)
		fits = (name = ac_val_str(&codings->items[i], "display")) != NULL && text_has(name, words);
	if (!fits)
		return;
	name = text != NULL ? text : ac_val_str(&codings->items[0], "display");
	if (coded)
		note_name(r, ac_val_str(&codings->items[0], "code"), name);
	else
		note_name(r, text, text);
}

/* A name that no table has: whatever in the record is called so. */
static enum ac_err
by_words(struct reading *r, const char *words)
{
	enum ac_err err = series_find(r, NULL, words);

	series_sort(r);
	for (size_t i = 0; i < r->nrefs && err == AC_OK; i++) {
		struct ac_shown s = { 0 };
		const struct ac_val *parts;

		ac_arena_reset(&r->one);
		err = ac_show(&s, &r->one, r->c->space, r->refs[i], NULL, &r->c->fault);
		if (err == AC_ENOTFOUND || (err == AC_OK && s.merged == NULL)) {
			err = AC_OK;
			continue;
		}
		if (err != AC_OK)
			break;
		names_of(r, s.merged, words);
		parts = ac_val_get(s.merged, "component");
		for (uint32_t k = 0; parts != NULL && parts->kind == AC_ARR && k < parts->n; k++)
			names_of(r, &parts->items[k], words);
	}
	r->nrefs = 0;
	return err != AC_OK ? err : r->err;
}

static enum ac_err
several(struct reading *r, const char *word)
{
	const char *list = "";

	for (size_t i = 0; i < r->nfound && i < 6; i++)
		list = text_of(r->c, *list != '\0' ? "%s, %s (%s)" : "%s%s (%s)", list, clean(r->c, r->found[i].code),
			clean(r->c, r->found[i].title));
	return ac_fault(&r->c->fault, AC_EAMBIGUOUS, "%s fits several measurements: %s%s. Name one by its code.", clean(r->c, word),
		list, r->nfound > 6 ? ", …" : "");
}

/* LOINC's codes of a common test, and what stands for one that it has none for. */
static enum ac_err
lab_codes(struct reading *r, const char ***out)
{
	const struct ac_lab *lab = r->lab;
	const char *p = lab->codes;
	size_t n = sizeof lab->units / sizeof *lab->units + 3, k = 0;
	const char **codes;

	for (; *p != '\0'; p++)
		n += *p == '|';
	codes = ac_arena_get(&r->c->arena, (n + r->nfound + 1) * sizeof *codes);
	if (codes == NULL)
		return AC_ENOMEM;
	for (const struct ac_lab_unit *u = lab->units; u->unit != NULL; u++)
		if (u->loinc != NULL && (k == 0 || strcmp(codes[k - 1], u->loinc) != 0))
			codes[k++] = u->loinc;
	for (p = lab->codes; *p != '\0'; p += strcspn(p, "|"), p += *p == '|')
		codes[k++] = text_of(r->c, "%.*s", (int)strcspn(p, "|"), p);
	codes[k++] = text_of(r->c, "%s|%s", AC_LAB_SYSTEM, lab->name);
	for (size_t i = 0; i < r->nfound; i++) /* what has that name and no code */
		if (r->found[i].code == r->found[i].title && ac_lab_find(r->found[i].title) == lab)
			codes[k++] = r->found[i].code;
	*out = codes;
	return AC_OK;
}

/* The codes that a word stands for; NULL-ended, empty where it names nothing here. */
enum ac_err
series_codes(struct reading *r, const char *word)
{
	const char **codes = ac_arena_get(&r->c->arena, 2 * sizeof *codes), *bar = strrchr(word, '|');
	enum ac_err err = AC_OK;

	if (codes == NULL)
		return AC_ENOMEM;
	r->lab = ac_lab_find(bar != NULL ? bar + 1 : word);
	if (looks_like_code(word))
		codes[0] = word;
	else if ((err = by_words(r, word)) == AC_OK && r->lab != NULL)
		err = lab_codes(r, &codes);
	else if (err == AC_OK && r->nfound > 1)
		err = several(r, word);
	else if (err == AC_OK && r->nfound == 1)
		codes[0] = r->found[0].code;
	r->codes = codes;
	return err;
}
