/* SPDX-License-Identifier: ISC */
/* replay.c: gives each file named to a fuzz harness, where libFuzzer is not
 * linked. No file is a failure: a corpus that moved must not pass. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static int
replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p = NULL;
	long n = -1;

	if (f && !fseek(f, 0, SEEK_END) && (n = ftell(f)) >= 0 && !fseek(f, 0, SEEK_SET)
	    && (p = malloc(n ? (size_t)n : 1)) && fread(p, 1, (size_t)n, f) == (size_t)n)
		LLVMFuzzerTestOneInput(p, (size_t)n);
	else
		n = -1;
	if (f)
		fclose(f);
	free(p);
	if (n < 0)
		fprintf(stderr, "%s: cannot be read\n", path);
	return n < 0;
}

int
main(int argc, char **argv)
{
	int i, bad = 0;

	for (i = 1; i < argc; i++)
		bad += replay(argv[i]);
	printf("# files %d\n", argc - 1 - bad);
	return bad || argc < 2;
}
