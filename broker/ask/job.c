/* What the person started a program with. In an agent's session that is the agent, and all of it is
 * one job. In `seldom run -- bash` the person types: what one line started has nothing to do with
 * what another did, though both are children of the same shell. So a job is a child of that shell,
 * with all below it.
 *
 * A hostile program wants to pass for another job after a denial. It cannot become a child of the
 * shell: CLONE_PARENT is refused (boundary), whoever loses its parent becomes a child of init, not
 * of the shell, and belongs to nobody then; and a shell with a script, or one that was replaced by
 * exec, is not the person's. Whatever cannot be told is 0, which is every job. */
#include "internal.h"

#include <fcntl.h>
#include <stdio.h>

#define DEPTH_MAX 64

static int read_below(pid_t pid, const char *name, char *ret, size_t cap)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, cap - 1);
	if (n <= 0)
		return -ESRCH;
	ret[n] = '\0';
	return 0;
}

int ask_process_read(pid_t pid, struct process *ret)
{
	char text[1024];
	const char *rest;
	int r = read_below(pid, "stat", text, sizeof text);

	rest = r < 0 ? NULL
		     : strrchr(text, ')'); /* the name before it is the program's to choose */
	if (!rest || sscanf(rest + 1,
			    " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
			    "%*d %*d %llu",
			    &ret->state, &ret->parent, &ret->started) != 3)
		return -ESRCH;
	return 0;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool among(const char *const *list, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], text) == 0)
			return true;
	return false;
}

static bool is_shell(const char *path)
{
	static const char *const names[] = {"bash", "zsh",  "fish", "dash",   "sh",
					    "ksh",  "mksh", "ash",  "busybox"};

	return among(names, SEL_N(names), base_of(path));
}

/* As the person gave it: a shell and nothing for it to run. */
static bool types_in_shell(const struct sel_ask *a)
{
	static const char *const harmless[] = {"-i",	  "-l",	    "-il",	   "-li",    "-f",
					       "--login", "--norc", "--noprofile", "--posix"};
	const json_t *command = json_object_get(a->config.welcome, "command"), *word;
	const char *shell = json_string_value(json_array_get(command, 0));
	size_t i;

	if (!a->config.terminal || !shell || !is_shell(shell))
		return false;
	json_array_foreach(command, i,
			   word) if (i > 0 && !among(harmless, SEL_N(harmless),
						     json_string_value(word))) return false;
	return true;
}

/* What was started, and it is still a shell. */
static bool is_the_shell(pid_t pid)
{
	char link[64], exe[PATH_MAX];
	ssize_t n;

	(void)snprintf(link, sizeof link, "/proc/%d/exe", pid);
	n = readlink(link, exe, sizeof exe - 1);
	if (n <= 0)
		return false;
	exe[n] = '\0';
	return is_shell(exe);
}

uint64_t ask_job(const struct sel_ask *a, pid_t pid)
{
	pid_t top = a->watch ? sel_watch_init(a->watch) : 0; /* the run's command */
	struct process p;

	if (pid <= 0 || top <= 0 || !types_in_shell(a) || !is_the_shell(top))
		return 0;
	for (int i = 0; i < DEPTH_MAX && ask_process_read(pid, &p) == 0 && p.parent > 1; i++) {
		if (p.parent == top)
			return (uint64_t)pid << 40 | (p.started & ((1ULL << 40) - 1)) | 1ULL << 63;
		pid = p.parent;
	}
	return 0;
}
