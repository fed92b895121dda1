/* SPDX-License-Identifier: ISC */
#include "schema/schema.h"

const char *
ac_op_name(enum ac_op op)
{
	static const char *const name[] = {
		[AC_OP_IMPORT] = "import", [AC_OP_PUT] = "put", [AC_OP_SET] = "set",
		[AC_OP_EDIT] = "edit", [AC_OP_RM] = "rm", [AC_OP_REVERT] = "revert",
		[AC_OP_RESOLVE] = "resolve", [AC_OP_CONTRIBUTE] = "contribute",
		[AC_OP_UNDO] = "revert", /* a person sees that an earlier state is back */
	};
	size_t i = (size_t)op;

	return i < sizeof name / sizeof *name ? name[i] : "unknown";
}
