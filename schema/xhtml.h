/* SPDX-License-Identifier: ISC */
/* schema/xhtml.h: the narrative of a resource (Narrative.div). Private to this room. */
#ifndef AC_XHTML_H
#define AC_XHTML_H

#include "schema/schema.h"

/* FHIR's rule txt-1: one <div>, well-formed, formatting only (no script, form,
 * frame or event handler). A sentence, or NULL. */
const char *ac_xhtml_wrong(const char *s, size_t n);
/* The namespace is missing, or there is no text (txt-2, which one of HL7's own
 * examples breaks). */
const char *ac_xhtml_odd(const char *s, size_t n);

/* Appends the text without its tags, references resolved. */
AC_MUST enum ac_err ac_xhtml_text(struct ac_buf *out, const char *s, size_t n);

#endif
