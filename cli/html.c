/* SPDX-License-Identifier: ISC */
#include "html.h"

#include <string.h>

static void
add(struct html *h, const char *s, size_t n)
{
	if (h->err == AC_OK)
		h->err = ac_buf_add(h->b, s, n);
}

static const char *
entity(char ch)
{
	switch (ch) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

static void
escaped(struct html *h, const char *s)
{
	/* no character has more than four bytes: what lies beyond is not looked at */
	size_t n = s != NULL ? strnlen(s, (size_t)HTML_LONGEST * 4) : 0, i = 0, chars = 0;
	const char *t = clean(h->c, text_of(h->c, "%.*s", (int)n, s != NULL ? s : ""));

	for (; t[i] != '\0' && chars < HTML_LONGEST; chars++) {
		const char *e = entity(t[i]);
		uint32_t p;
		size_t len = text_decode(t + i, strnlen(t + i, 4), &p);

		len = len != 0 ? len : 1;
		add(h, e != NULL ? e : t + i, e != NULL ? strlen(e) : len);
		i += len;
	}
	if (t[i] != '\0')
		add(h, "…", strlen("…"));
}

void
html(struct html *h, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	while (*fmt != '\0') {
		size_t n = strcspn(fmt, "%");

		add(h, fmt, n);
		fmt += n;
		if (*fmt == '%' && fmt[1] == 's')
			escaped(h, va_arg(ap, const char *));
		else if (*fmt == '%')
			add(h, "%", 1);
		fmt += *fmt != '\0' ? 2 : 0;
	}
	va_end(ap);
}
