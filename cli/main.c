/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Nothing of this process may end in a core file or a stranger's debugger, and
 * nothing that it makes is anyone else's to read. */
static void
harden(void)
{
	struct rlimit none = { 0, 0 };

	/* Where a standard stream is closed the next file would get its number, and our
	 * answer or a sentence. Such an answer fails: what is opened can only be read. */
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
	umask(077);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* A remote that hangs up is an error of that remote, not our end. */
	signal(SIGPIPE, SIG_IGN);
	tzset();
}

static int
run(struct cli *c, int argc, char **argv)
{
	int rc = args_read(c, argc, argv);

	if (rc != 0)
		return rc;
	if (c->version) {
		out_printf("aftercare %s\n", AC_VERSION);
		return DONE;
	}
	if (c->help || c->command == NULL)
		return cmd_help(c);
	if (home_path(c) != AC_OK && !command_homeless(c->command))
		return fail(c, AC_EUSAGE);
	return c->command->run(c);
}

int
main(int argc, char **argv)
{
	static struct cli c;
	int rc;

	harden();
	words_begin(argc, argv);
	mapped_guard();
	rc = run(&c, argc, argv);
	progress_clear();
	rc = out_finish(&c, rc);
	if (c.home != NULL)
		ac_home_close(c.home);
	ac_buf_free(&c.passphrase);
	ac_arena_free(&c.arena);
	args_free(&c);
	return rc;
}
