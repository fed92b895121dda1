/* SPDX-License-Identifier: ISC */
/*
 * libgit2 1.5 never returns from reading a loose object whose file was cut short: it asks
 * zlib for more output for ever. So the end of the stream is looked for before it reads.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "store/crypto.h"
#include "store/loose.h"

void
ac_loose_path(char out[static 4300], const char *objects, const struct ac_oid *id)
{
	char hex[41];

	ac_crypto_hex(hex, id->id, 20);
	snprintf(out, 4300, "%.4200s/%.2s/%s", objects, hex, hex + 2);
}

/* Reads on to the stream's end, or to that of the file. */
static bool
ends(int fd)
{
	unsigned char in[16384], out[16384];
	z_stream z = { 0 };
	int rc = inflateInit(&z);
	ssize_t n;

	if (rc != Z_OK)
		return true; /* no memory: libgit2 says so too */
	while (rc == Z_OK && (n = read(fd, in, sizeof in)) > 0) {
		z.next_in = in;
		z.avail_in = (unsigned)n;
		do {
			z.next_out = out;
			z.avail_out = sizeof out;
			rc = inflate(&z, Z_NO_FLUSH);
		} while (rc == Z_OK && (z.avail_in || !z.avail_out));
		if (rc == Z_BUF_ERROR) /* it only wants more */
			rc = Z_OK;
	}
	inflateEnd(&z);
	ac_wipe(out, sizeof out);
	return rc == Z_STREAM_END;
}

bool
ac_loose_short(const char *objects, const struct ac_oid *id)
{
	char path[4300];
	bool whole;
	int fd;

	ac_loose_path(path, objects, id);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return false;
	whole = ends(fd);
	close(fd);
	return !whole;
}
