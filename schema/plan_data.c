/* SPDX-License-Identifier: ISC */
/* The files of schema/templates/, as they are. The names are relative to the top of the tree,
 * where make runs. */
#include <stdio.h>
#include <string.h>

#include "schema/faults.h"
#include "schema/plan.h"

#define FILE_OF(symbol, path)                                           \
	__asm__(".section .rodata\n"                                    \
		#symbol ":\n"                                           \
		".incbin \"schema/templates/" #path ".json\"\n"         \
		#symbol "_end:\n"                                       \
		".byte 0\n"                                             \
		".previous\n");                                         \
	extern const unsigned char (symbol)[] __attribute__((visibility("hidden"))); \
	extern const unsigned char symbol##_end[] __attribute__((visibility("hidden")))

FILE_OF(adult_all_acs_1, adult-all-acs-1);
FILE_OF(adult_all_ccs_1, adult-all-ccs-1);
FILE_OF(adult_all_nccn_2017_1, adult-all-nccn-2017-1);
FILE_OF(all_in_treatment_1, all-in-treatment-1);
FILE_OF(all_ongoing_1, all-ongoing-1);
FILE_OF(all_relapsed_1, all-relapsed-1);
FILE_OF(late_effects_1, late-effects-1);
FILE_OF(living_1, living-1);
FILE_OF(tests_1, tests-1);

#ifdef AC_FAULTS
enum { MAX_LATER = 16 };

/* Those of a later program, which a test names. */
static size_t
later(struct ac_plan_text *out, struct ac_arena *a)
{
	const char *list = getenv("AFTERCARE_TEMPLATES");
	size_t n = 0, len;
	char *name, *text;
	FILE *f;

	for (; list && *list && n < MAX_LATER; list += len + (list[len] == ':')) {
		len = strcspn(list, ":");
		name = ac_arena_text(a, list, len);
		text = ac_arena_get(a, 1 << 20);
		if (!name || !text || !(f = fopen(name, "rb")))
			continue;
		out[n] = (struct ac_plan_text){ name, text, fread(text, 1, 1 << 20, f) };
		fclose(f);
		n++;
	}
	return n;
}
#else
enum { MAX_LATER = 0 };

static size_t
later(struct ac_plan_text *out, struct ac_arena *a)
{
	(void)out;
	(void)a;
	return 0;
}
#endif

const struct ac_plan_text *
ac_plan_data(struct ac_arena *a, size_t *n)
{
	static const struct { const char *name; const unsigned char *p, *end; } files[] = {
		{ "adult-all-acs-1", adult_all_acs_1, adult_all_acs_1_end },
		{ "adult-all-ccs-1", adult_all_ccs_1, adult_all_ccs_1_end },
		{ "adult-all-nccn-2017-1", adult_all_nccn_2017_1, adult_all_nccn_2017_1_end },
		{ "all-in-treatment-1", all_in_treatment_1, all_in_treatment_1_end },
		{ "all-ongoing-1", all_ongoing_1, all_ongoing_1_end },
		{ "all-relapsed-1", all_relapsed_1, all_relapsed_1_end },
		{ "late-effects-1", late_effects_1, late_effects_1_end },
		{ "living-1", living_1, living_1_end },
		{ "tests-1", tests_1, tests_1_end },
	};
	struct ac_plan_text *out = ac_arena_get(a, (sizeof files / sizeof *files + MAX_LATER) * sizeof *out);
	size_t i;

	for (i = 0; out && i < sizeof files / sizeof *files; i++)
		out[i] = (struct ac_plan_text){ files[i].name, files[i].p,
			(size_t)(files[i].end - files[i].p) };
	*n = out ? i + later(out + i, a) : 0;
	return out;
}
