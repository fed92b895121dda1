/* SPDX-License-Identifier: ISC */
#include "standing.h"

#include <string.h>

static bool
among(const char *s, const char *const *words)
{
	for (; s != NULL && *words != NULL; words++)
		if (strcmp(s, *words) == 0)
			return true;
	return false;
}

/* Is it one of the words, or has it a coding with one? */
static bool
has(const struct ac_val *doc, const char *key, const char *const *words)
{
	const struct ac_val *list = ac_val_get(ac_val_get(doc, key), "coding");

	for (uint32_t i = 0; list != NULL && list->kind == AC_ARR && i < list->n; i++)
		if (among(ac_val_str(&list->items[i], "code"), words))
			return true;
	return among(ac_val_str(doc, key), words);
}

/* Parts of words that names of cancers have, in English and Spanish. */
static bool
names_cancer(const char *s)
{
	static const char *const parts[] = { "leukaem", "leukem", "leucemi", "lymphom", "linfom", "carcinom", "neoplas", "cancer",
		"c\xc3\xa1ncer", "malign", "sarcom", "melanom", "myelom", "mielom", "blastom", "gliom", "myelodysplas", "mielodisplas",
		"tumor", "tumour" };

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strcasestr(s, parts[i]) != NULL)
			return true;
	return false;
}

/* ICD-10: malignant C00 to C97, in situ D00 to D09, of unsure behaviour D37 to D48. */
static void
look_at_code(void *ctx, const char *system, const char *code)
{
	bool *is = ctx;
	int n = code[0] != '\0' && code[1] >= '0' && code[1] <= '9' && code[2] >= '0' && code[2] <= '9'
		? (code[1] - '0') * 10 + code[2] - '0' : -1;

	*is = *is || strstr(system, "icd-o") != NULL || (strstr(system, "icd-10") != NULL && n >= 0
		&& (code[0] == 'C' || (code[0] == 'D' && (n < 10 || (n >= 37 && n <= 48)))));
}

bool
standing_cancer(const struct ac_val *condition, const char *title)
{
	bool is = names_cancer(title);

	ac_doc_codes(condition, look_at_code, &is);
	return is;
}

bool
standing_over(const struct ac_val *doc)
{
	static const char *const over[] = { "resolved", "inactive", NULL };

	return has(doc, "clinicalStatus", over) || ac_val_get(doc, "abatementDateTime") != NULL || ac_val_get(doc, "abatementPeriod") != NULL;
}

bool
standing_wrong(const struct ac_val *doc)
{
	static const char *const wrong[] = { "refuted", "entered-in-error", NULL };

	return has(doc, "verificationStatus", wrong);
}

bool
standing_taken(const struct ac_val *doc, const char *today)
{
	static const char *const now[] = { "active", "intended", "on-hold", "unknown", NULL };
	const char *end = ac_val_str(ac_val_get(doc, "effectivePeriod"), "end");

	return among(ac_val_str(doc, "status"), now) && (end == NULL || strncmp(end, today, strlen(end) < 10 ? strlen(end) : 10) >= 0);
}
