/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "schema/schema.h"

enum ac_err
ac_fault(struct ac_fault *f, enum ac_err err, const char *fmt, ...)
{
	va_list ap;

	if (f) {
		va_start(ap, fmt);
		vsnprintf(f->text, sizeof f->text, ac_words(fmt), ap);
		va_end(ap);
	}
	return err;
}

enum ac_err
ac_fault_past(struct ac_fault *f)
{
	if (f)
		f->text[0] = '\0';
	return AC_OK;
}
