/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "schema/schema.h"

void
ac_wipe(void *p, size_t n)
{
	if (n)
		explicit_bzero(p, n);
}
