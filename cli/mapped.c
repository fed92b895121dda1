/* SPDX-License-Identifier: ISC */
/*
 * Method: git's packs are read, and made, through the memory that they are mapped into.
 * Where such a file is cut short, or its disk fails or is pulled out, an access has no error
 * to return, and the system ends the process by SIGBUS. Nothing can go on from there: locks
 * are held. So it ends as by a kill, which a home is made for, but with a sentence and the
 * exit code of a failure. Only calls that are safe in a signal's handler are made.
 */
#include "cli.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const char *a_file, *cut;

static void
say(const char *s)
{
	(void)!write(STDERR_FILENO, s, strlen(s));
}

static const char *
hex(uintptr_t *out, const char *s)
{
	for (*out = 0; (*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'f'); s++)
		*out = *out * 16 + (uintptr_t)(*s <= '9' ? *s - '0' : *s - 'a' + 10);
	return s;
}

/* A line "begin-end rights offset device inode name" of the list of mappings: the name, if
 * it is a file's that lies at this address. */
static const char *
name_in(const char *line, uintptr_t address)
{
	uintptr_t begin, end = 0;
	const char *s = hex(&begin, line);

	if (*s == '-')
		(void)hex(&end, s + 1);
	return begin <= address && address < end ? strchr(line, '/') : NULL;
}

/* Which file it was; NULL where that cannot be told. */
static const char *
file_at(char line[static 600], uintptr_t address)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	const char *name = NULL;
	char bytes[1024];
	ssize_t got, i;
	size_t n = 0;

	while (fd >= 0 && name == NULL && (got = read(fd, bytes, sizeof bytes)) > 0)
		for (i = 0; i < got && name == NULL; i++) {
			if (bytes[i] == '\n') {
				line[n] = '\0';
				n = 0;
				name = name_in(line, address);
			} else if (n < 599) {
				/* who named the file may be a stranger */
				line[n++] = bytes[i] >= ' ' && bytes[i] < 127 ? bytes[i] : '?';
			}
		}
	if (fd >= 0)
		close(fd);
	return name;
}

static void
lost(int sig, siginfo_t *info, void *context)
{
	char line[600];
	const char *name;

	(void)context;
	if (info->si_code <= 0 || info->si_code == BUS_ADRALN) { /* somebody's kill, or a fault of ours */
		raise(sig); /* its usual end: the handler was taken away as it began */
		return;
	}
	file_abandon();
	name = file_at(line, (uintptr_t)info->si_addr);
	if (isatty(STDERR_FILENO))
		say("\r\033[K");
	say("aftercare: ");
	say(name != NULL ? name : a_file);
	say(cut);
	_exit(FAILED);
}

void
mapped_guard(void)
{
	/* looked up now: a handler may not */
	a_file = _("A file");
	cut = _(" could not be read or written to its end: it was cut short, or its disk is full, fails or was taken away; the command"
		" ended there, what was done until then is kept, and it can be given again.\n");
	struct sigaction act = { .sa_sigaction = lost, .sa_flags = SA_SIGINFO | SA_RESETHAND | SA_NODEFER };

	(void)sigaction(SIGBUS, &act, NULL);
}
