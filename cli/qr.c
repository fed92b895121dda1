/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <qrencode.h>
#include <string.h>

#define QUIET 2 /* modules of white around, enough for phones on a screen */

static QRcode *
encode(const char *text)
{
	return QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
}

static bool
dark(const QRcode *q, int x, int y)
{
	if (x < 0 || y < 0 || x >= q->width || y >= q->width)
		return false;
	return (q->data[y * q->width + x] & 1) != 0;
}

static void
release(QRcode *q)
{
	if (q == NULL)
		return;
	ac_wipe(q->data, (size_t)q->width * (size_t)q->width);
	QRcode_free(q);
}

/* Two modules a character: the upper one in the foreground colour. White modules
 * are drawn, dark ones left: right on a dark terminal; with colours on any. */
void
qr_print(struct cli *c, struct ac_buf *b, const char *text)
{
	QRcode *q = encode(text);
	bool color = out_color(c);

	if (q == NULL || q->width + 2 * QUIET > (out_terminal() ? out_width() : 177 + 2 * QUIET)) {
		release(q);
		return;
	}
	for (int y = -QUIET; y < q->width + QUIET; y += 2) {
		bool ok = !color || ac_buf_addf(b, "\033[97;40m") == AC_OK;

		for (int x = -QUIET; ok && x < q->width + QUIET; x++) {
			bool up = !dark(q, x, y), down = !dark(q, x, y + 1) && y + 1 < q->width + QUIET;

			ok = ac_buf_addf(b, "%s", up && down ? "█" : up ? "▀" : down ? "▄" : " ") == AC_OK;
		}
		if (!ok || ac_buf_addf(b, "%s\n", color ? "\033[0m" : "") != AC_OK) {
			out_lost();
			break;
		}
	}
	release(q);
}

enum ac_err
qr_svg(struct ac_buf *b, const char *text)
{
	QRcode *q = encode(text);
	enum ac_err err;

	if (q == NULL)
		return AC_ENOMEM;
	err = ac_buf_addf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-4 -4 %d %d\" width=\"240\""
		" height=\"240\" shape-rendering=\"crispEdges\"><path d=\"", q->width + 8, q->width + 8);
	for (int y = 0; y < q->width; y++)
		for (int x = 0; x < q->width && err == AC_OK; x++)
			if (dark(q, x, y))
				err = ac_buf_addf(b, "M%d %dh1v1h-1z", x, y);
	if (err == AC_OK)
		err = ac_buf_addf(b, "\"/></svg>\n");
	release(q);
	return err;
}
