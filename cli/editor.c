/* SPDX-License-Identifier: ISC */
/*
 * Method: the text lies in a folder of its own (editors leave copies beside a
 * file), mode 0700, in memory where the system has such a place. While the editor
 * runs, signals that would end us are held as a mark: everything is wiped first.
 */
#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define TMPFS 0x01021994
#define WORDS 32

static volatile sig_atomic_t pending;

static void
mark(int sig)
{
	pending = sig;
}

static bool
in_memory(const char *dir)
{
	struct statfs s;

	return dir != NULL && *dir == '/' && access(dir, W_OK | X_OK) == 0
		&& statfs(dir, &s) == 0 && s.f_type == TMPFS;
}

enum ac_err
editor_start(struct cli *c, struct editor *e, const void *text, size_t n)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	struct ac_fault *f = &c->fault;
	struct file_out o = { .fd = -1 };
	struct ac_sink sink;
	enum ac_err err;

	/* Without a place in memory the home is the next best: only its owner reads it. */
	if (snprintf(e->dir, sizeof e->dir, "%s/aftercare-edit-XXXXXX", in_memory(run) ? run
	    : in_memory("/dev/shm") ? "/dev/shm" : c->home_path) >= (int)sizeof e->dir) {
		e->dir[0] = '\0';
		return ac_fault(f, AC_EUSAGE, "The name of the home's folder is too long.");
	}
	if (mkdtemp(e->dir) == NULL)
		return ac_fault(f, AC_EIO, "No folder for the editor could be made (%s).", ac_words_error(errno));
	snprintf(e->file, sizeof e->file, "%s/document.json", e->dir);
	strcpy(o.path, _("the text for the editor"));
	o.fd = open(e->file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (o.fd < 0)
		return ac_fault(f, AC_EIO, "No file for the editor could be made (%s).", ac_words_error(errno));
	sink = file_out_sink(&o);
	err = sink.write(sink.ctx, text, n, f);
	if (close(o.fd) != 0 && err == AC_OK)
		err = ac_fault(f, AC_EIO, "The text for the editor could not be written (%s).", ac_words_error(errno));
	return err;
}

static const char *
which_editor(struct cli *c)
{
	const char *names[] = { getenv("VISUAL"), getenv("EDITOR"), ac_config_get(c->home, "editor"), "vi" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i] != NULL && names[i][strspn(names[i], " ")] != '\0')
			return names[i];
	return "vi";
}

/* Runs the words of the editor's setting; no shell reads them. */
static void
become(char *setting, char *file)
{
	char *argv[WORDS + 2], *save = NULL;
	int n = 0;

	for (char *w = strtok_r(setting, " ", &save); w != NULL && n < WORDS; w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	argv[n++] = file;
	argv[n] = NULL;
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	_exit(127);
}

static int
run_and_wait(char *setting, char *file)
{
	static const int SIGNALS[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT };
	struct sigaction old[4], act = { .sa_handler = mark };
	int status = 0;
	pid_t pid;

	/* The editor's own Ctrl-C is the editor's: we only wait on. */
	pending = 0;
	for (int i = 0; i < 4; i++)
		sigaction(SIGNALS[i], &act, &old[i]);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 4; i++)
			sigaction(SIGNALS[i], &old[i], NULL);
		become(setting, file);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		if (pending == SIGTERM || pending == SIGHUP) {
			kill(pid, SIGTERM);
			break;
		}
	for (int i = 0; i < 4; i++)
		sigaction(SIGNALS[i], &old[i], NULL);
	return pid < 0 ? -1 : status;
}

enum ac_err
editor_run(struct cli *c, struct editor *e, struct ac_buf *out)
{
	const char *set = which_editor(c);
	char *setting = strdup(set);
	int status;

	if (setting == NULL)
		return AC_ENOMEM;
	status = run_and_wait(setting, e->file);
	free(setting);
	if (pending == SIGTERM || pending == SIGHUP) {
		editor_end(e);
		signal(pending, SIG_DFL);
		raise(pending);
	}
	if (status != 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return ac_fault(&c->fault, AC_EIO, "The editor %s cannot be run; name one in $EDITOR.", set);
	if (status != 0)
		return ac_fault(&c->fault, AC_EIO, "The editor %s ended with an error, and nothing was changed.", set);
	ac_buf_reset(out);
	out->max = AC_MAX_JSON;
	return file_read(c, out, e->file, "the edited text");
}

static void
wipe_file(int dir, const char *name)
{
	static const char ZEROS[4096];
	int fd = openat(dir, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		for (off_t left = st.st_size; left > 0; ) {
			ssize_t w = write(fd, ZEROS, left < 4096 ? (size_t)left : sizeof ZEROS);

			if (w <= 0)
				break;
			left -= w;
		}
	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
	}
	(void)unlinkat(dir, name, 0);
}

void
editor_end(struct editor *e)
{
	DIR *d = e->dir[0] != '\0' ? opendir(e->dir) : NULL;
	const struct dirent *f;

	while (d != NULL && (f = readdir(d)) != NULL)
		if (strcmp(f->d_name, ".") != 0 && strcmp(f->d_name, "..") != 0)
			wipe_file(dirfd(d), f->d_name);
	if (d != NULL)
		closedir(d);
	if (e->dir[0] != '\0')
		(void)rmdir(e->dir);
	e->dir[0] = '\0';
}
