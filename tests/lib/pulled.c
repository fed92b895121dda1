/* SPDX-License-Identifier: ISC */
/*
 * Loaded before libc (LD_PRELOAD): from call PULLED_AT on, every call that opens, writes,
 * moves or syncs something below the folder PULLED fails with the error number
 * PULLED_ERRNO, like a stick that is pulled out or breaks. Says at the end how many calls
 * there were, in the file PULLED_COUNT. With PULLED_CUT a file there is emptied as soon as it
 * is mapped: what is mapped of it cannot be read then.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static long calls;
static unsigned char below_fd[4096];
static char *path_fd[4096];

static int
below(const char *path)
{
	const char *top = getenv("PULLED");

	return top && path && !strncmp(path, top, strlen(top));
}

static int
fails(void)
{
	const char *at = getenv("PULLED_AT"), *no = getenv("PULLED_ERRNO");

	calls++;
	if (!at || calls < atol(at))
		return 0;
	errno = no ? atoi(no) : EIO;
	return 1;
}

static void __attribute__((destructor))
count(void)
{
	const char *to = getenv("PULLED_COUNT");
	FILE *f = to ? fopen(to, "w") : NULL;

	if (!f)
		return;
	fprintf(f, "%ld\n", calls);
	fclose(f);
}

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int
note(int fd, const char *path, int is)
{
	if (fd >= 0 && fd < (int)sizeof below_fd) {
		below_fd[fd] = (unsigned char)is;
		free(path_fd[fd]);
		path_fd[fd] = is ? strdup(path) : NULL;
	}
	return fd;
}

#define OPEN(name)                                              \
int                                                             \
name(const char *path, int flags, ...)                          \
{                                                               \
	REAL(name);                                             \
	int is = below(path);                                   \
	mode_t mode = 0;                                        \
	va_list ap;                                             \
                                                                \
	if (flags & O_CREAT) {                                  \
		va_start(ap, flags);                            \
		mode = va_arg(ap, mode_t);                      \
		va_end(ap);                                     \
	}                                                       \
	return is && fails() ? -1 : note(real(path, flags, mode), path, is); \
}
OPEN(open)
OPEN(open64)

ssize_t
write(int fd, const void *p, size_t n)
{
	REAL(write);

	return fd >= 0 && fd < (int)sizeof below_fd && below_fd[fd] && fails() ? -1 : real(fd, p, n);
}

int
fsync(int fd)
{
	REAL(fsync);

	return fd >= 0 && fd < (int)sizeof below_fd && below_fd[fd] && fails() ? -1 : real(fd);
}

int
close(int fd)
{
	REAL(close);

	note(fd, NULL, 0);
	return real(fd);
}

int
rename(const char *from, const char *to)
{
	REAL(rename);

	return below(to) && fails() ? -1 : real(from, to);
}

int
link(const char *from, const char *to)
{
	REAL(link);

	return below(to) && fails() ? -1 : real(from, to);
}

int
mkdir(const char *path, mode_t mode)
{
	REAL(mkdir);

	return below(path) && fails() ? -1 : real(path, mode);
}

#define MAP(name, offset)                                       \
void *                                                          \
name(void *at, size_t n, int prot, int flags, int fd, offset from) \
{                                                               \
	REAL(name);                                             \
	void *p = real(at, n, prot, flags, fd, from);           \
                                                                \
	if (fd >= 0 && fd < (int)sizeof below_fd && path_fd[fd] && getenv("PULLED_CUT")) \
		(void)!truncate(path_fd[fd], 0);                \
	return p;                                               \
}
MAP(mmap, off_t)
MAP(mmap64, off64_t)
