#include "popup_tmux.h"

#include <fcntl.h>
#include <stdio.h>

bool sel_tmux_here(void)
{
	const char *tmux = getenv("TMUX"), *pane = getenv("TMUX_PANE");

	return tmux && *tmux && pane && *pane;
}

/* tmux starts the console with its server's environment: these say where we are. */
static const char *const kept[] = {"XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME",
				   "LC_ALL",	      "LANG",		"NO_COLOR"};

/* No shell reads any of it: tmux runs several arguments as they are. */
static void child(const char *self, const char *id, const sigset_t *mask)
{
	static char variables[SEL_N(kept)][1024];
	const char *argv[16 + 2 * SEL_N(kept)] = {
		"tmux", "display-popup", "-E", "-w", "90%", "-h", "90%", "-t", getenv("TMUX_PANE")};
	size_t n = 9;
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; null >= 0 && fd < 3; fd++)
		(void)dup2(null, fd);
	for (size_t i = 0; i < SEL_N(kept); i++) {
		const char *value = getenv(kept[i]);

		if (!value || snprintf(variables[i], sizeof variables[i], "%s=%s", kept[i],
				       value) >= (int)sizeof variables[i])
			continue;
		argv[n++] = "-e";
		argv[n++] = variables[i];
	}
	argv[n++] = self;
	argv[n++] = "--question";
	argv[n++] = id;
	argv[n] = NULL;
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, mask, NULL);
	(void)execvp("tmux", (char *const *)argv);
	_exit(127);
}

int sel_tmux_popup(const char *id, const sigset_t *mask, pid_t *ret)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	pid_t pid;

	if (n < 0)
		return -errno;
	self[n] = '\0';
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child(self, id, mask);
	*ret = pid;
	return 0;
}
