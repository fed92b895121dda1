/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "schema/schema.h"

enum ac_err
ac_doc_check(const struct ac_val *doc, struct ac_fault *f)
{
	const struct ac_val *type;
	uint32_t i;

	if (!doc || doc->kind != AC_MAP)
		return ac_fault(f, AC_EINVAL, "This is no FHIR resource: its root is not an object.");
	if (!(type = ac_val_get(doc, "resourceType")))
		return ac_fault(f, AC_EINVAL, "This is no FHIR resource: it has no resourceType.");
	if (type->kind != AC_STR || !type->n || type->n > 64 || type->s[0] < 'A' || type->s[0] > 'Z')
		return ac_fault(f, AC_EINVAL, "This is no FHIR resource: its resourceType is no name.");
	for (i = 1; i < type->n; i++)
		if (!((type->s[i] >= 'A' && type->s[i] <= 'Z') || (type->s[i] >= 'a' && type->s[i] <= 'z')
		    || (type->s[i] >= '0' && type->s[i] <= '9')))
			return ac_fault(f, AC_EINVAL, "This is no FHIR resource: its resourceType is no name.");
	return AC_OK;
}
