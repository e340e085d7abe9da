#include "undo_rows.h"

#include "seldom/text.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static const char *const words[SEL_UNDO_N] = {
	[SEL_UNDO_WRITE] = "changed",	 [SEL_UNDO_REMOVE] = "removed",
	[SEL_UNDO_REPLACE] = "replaced", [SEL_UNDO_MOVE] = "renamed",
	[SEL_UNDO_RMDIR] = "removed",	 [SEL_UNDO_ATTR] = "attributes",
	[SEL_UNDO_SWAP] = "renamed",
};

static int set_path(json_t *row, const char *key, const char *path)
{
	return path ? sel_json_set_bytes(row, key, path, strlen(path)) : 0;
}

json_t *sel_undo_row(const struct sel_undo_plan *p, const struct sel_undo_entry *e)
{
	json_t *row = json_pack("{s:i,s:s,s:I,s:s,s:s,s:I,s:I,s:s}", "v", 1, "session",
				sel_undo_plan_session(p), "n", (json_int_t)e->n, "why",
				sel_undo_why_name(e->why), "was", words[e->why], "size",
				(json_int_t)e->size, "at_unix", (json_int_t)(e->at / USEC_PER_SEC),
				"state", sel_undo_state_name(e->state));

	if (!row || set_path(row, "path", e->path) < 0 || set_path(row, "to", e->to) < 0 ||
	    set_path(row, "kept", e->kept) < 0)
		return json_decref(row), NULL;
	if (e->because)
		(void)json_object_set_new(row, "because", json_string(e->because));
	return row;
}

const char *sel_undo_failure(int r)
{
	switch (r) {
	case -EUCLEAN:
		return "changed after the run; --force brings it back";
	case -ENODATA:
		return "what was kept is gone";
	case -EFBIG:
	case -EDQUOT:
		return "what is there now is too large to be kept first; --force does without";
	case -ELOOP:
	case -EXDEV:
		return "a symlink or another folder stands where its folder was; move that away";
	case -EACCES:
	case -EPERM:
		return "no right to change it; look at the folder's mode";
	case -ENOSPC:
		return "the disk is full; free some space and repeat the command";
	default:
		return strerror(-r);
	}
}

int sel_undo_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

bool sel_undo_binary(int fd)
{
	char buf[8192];
	ssize_t n = fd < 0 ? 0 : pread(fd, buf, sizeof buf, 0);

	return n > 0 && memchr(buf, '\0', (size_t)n);
}

/* Content is as hostile as names. Tabs and backslashes are ordinary in it. */
static char *safe_line(const char *line, size_t n)
{
	char *out = malloc(4 * n + 1), *to = out;

	while (out && n > 0) {
		size_t part = 0;

		while (part < n && line[part] != '\t' && line[part] != '\\')
			part++;
		to += sel_text_escape(line, part, to, 4 * part + 1, NULL);
		if (part < n)
			*to++ = line[part++];
		line += part;
		n -= part;
	}
	if (out)
		*to = '\0';
	return out;
}

/* Takes the descriptor. */
static int read_safely(int fd, int (*fn)(const char *line, void *ctx), void *ctx)
{
	FILE *f = fdopen(fd, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int r = 0;

	if (!f) {
		(void)close(fd);
		return -ENOMEM;
	}
	while (r == 0 && (n = getline(&line, &cap, f)) > 0) {
		_cleanup_free_ char *safe =
			safe_line(line, (size_t)(line[n - 1] == '\n' ? n - 1 : n));

		r = safe ? fn(safe, ctx) : -ENOMEM;
	}
	free(line);
	(void)fclose(f);
	return r;
}

static void run_diff(int now, int before, int out, const char *label)
{
	const char *const argv[] = {"diff",	      "-u", "--label",	 label,	      "--label",
				    "before the run", "--", "/dev/fd/3", "/dev/fd/4", NULL};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int fds[2] = {fcntl(now < 0 ? null : now, F_DUPFD, 10), fcntl(before, F_DUPFD, 10)};

	sigset_t none;

	(void)sigemptyset(&none); /* the console blocks what ends it */
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(out, STDOUT_FILENO) < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(fds[0], 3) < 0 ||
	    dup2(fds[1], 4) < 0)
		_exit(127);
	(void)execvp(argv[0], (char *const *)argv);
	_exit(127);
}

int sel_undo_diff(int now, int before, const char *label, int (*fn)(const char *line, void *ctx),
		  void *ctx)
{
	int pipes[2], status = 0;
	pid_t child;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return 127;
	(void)fflush(stdout);
	child = fork();
	if (child == 0)
		run_diff(now, before, pipes[1], label);
	(void)close(pipes[1]);
	(void)read_safely(pipes[0], fn, ctx);
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}
