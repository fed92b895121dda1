/* SPDX-License-Identifier: ISC */
/* From a PATH of JSON's names to FHIRPath, which names elements. */
#include <string.h>

#include "schema/fhir.h"
#include "schema/path.h"

enum ac_err
ac_fhirpath(const char **out, bool *differs, struct ac_arena *a, const char *type, const char *path)
{
	struct ac_path_step steps[AC_MAX_DEPTH];
	unsigned i, n = *path ? ac_path_split(steps, path) : 0;
	const struct ac_r4_frame *frame = ac_fhir_frame(type);
	struct ac_buf b = { 0 };
	enum ac_err err = ac_buf_addf(&b, "%s", type);
	bool other = false;
	const char *s;

	for (i = 0; i < n && !err; i++) {
		const char *key = steps[i].key;
		struct ac_fhir_hit hit = { 0 };

		if (!key) {
			err = ac_buf_addf(&b, "[%u]", (unsigned)steps[i].n);
			continue;
		}
		if (frame && ac_fhir_find(&hit, frame, key, steps[i].n)) {
			s = ac_fhir_elem_name(hit.elem);
			other = other || strlen(s) != steps[i].n || memcmp(s, key, steps[i].n);
			err = ac_buf_addf(&b, ".%s", s);
		} else {
			err = ac_buf_addf(&b, ".%.*s", (int)steps[i].n, key);
		}
		frame = hit.type;
	}
	s = err ? NULL : ac_arena_text(a, (const char *)b.p, b.len);
	ac_buf_free(&b);
	if (!s)
		return err ? err : AC_ENOMEM;
	*out = s;
	*differs = other;
	return AC_OK;
}
