#include "opener.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

/* The first that is there. The desktop's own choice goes before what merely is installed. */
static const char *const terminals[] = {
	"xdg-terminal-exec", "x-terminal-emulator -e", "foot",	     "kitty",
	"alacritty -e",	     "wezterm start --",       "ghostty -e", "konsole -e",
	"gnome-terminal --", "xfce4-terminal -x",      "ptyxis --",  "kgx --",
	"mate-terminal -x",  "terminator -x",	       "st -e",	     "urxvt -e",
	"xterm -e",
};

static int split(const char *text, char *ret[static SEL_OPENER_WORDS + 1])
{
	size_t n = 0;

	for (;;) {
		size_t len;

		text += strspn(text, " \t");
		len = strcspn(text, " \t");
		if (len == 0)
			break;
		ret[n] = n < SEL_OPENER_WORDS ? strndup(text, len) : NULL;
		if (!ret[n]) {
			sel_opener_done(ret);
			return n < SEL_OPENER_WORDS ? -ENOMEM : -E2BIG;
		}
		ret[++n] = NULL;
		text += len;
	}
	return n > 0 ? 0 : -ENOENT;
}

static bool runs(const char *path)
{
	return access(path, X_OK) == 0;
}

static bool in_path(const char *name)
{
	const char *path = getenv("PATH");
	char file[PATH_MAX];

	if (strchr(name, '/'))
		return runs(name);
	for (path = path ? path : "/usr/local/bin:/usr/bin:/bin"; *path;) {
		size_t n = strcspn(path, ":");

		if (n > 0 && *path == '/' &&
		    (size_t)snprintf(file, sizeof file, "%.*s/%s", (int)n, path, name) <
			    sizeof file &&
		    runs(file))
			return true;
		path += n + (path[n] == ':');
	}
	return false;
}

int sel_opener_find(const char *configured, char *ret[static SEL_OPENER_WORDS + 1])
{
	int r = -ENOENT;

	ret[0] = NULL;
	if (configured)
		return split(configured, ret);
	for (size_t i = 0; r < 0 && i < SEL_N(terminals); i++) {
		r = split(terminals[i], ret);
		if (r >= 0 && !in_path(ret[0])) {
			sel_opener_done(ret);
			r = -ENOENT;
		}
	}
	return r;
}

void sel_opener_done(char **words)
{
	for (char **w = words; *w; w++) {
		free(*w);
		*w = NULL;
	}
}

/* What says that a program is inside of a terminal that the new one is not. */
static const char *const multiplexers[] = {"TMUX", "TMUX_PANE", "STY", "WINDOW"};

static void start(char *const argv[], const char *token)
{
	sigset_t none;
	int null;

	(void)sigemptyset(&none);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (setsid() < 0 || null < 0 || close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ||
	    sigprocmask(SIG_SETMASK, &none, NULL) < 0 || signal(SIGPIPE, SIG_DFL) == SIG_ERR)
		_exit(1);
	for (int fd = 0; fd < 3; fd++)
		(void)dup2(null, fd);
	for (size_t i = 0; i < SEL_N(multiplexers); i++)
		(void)unsetenv(multiplexers[i]);
	if (token) {
		(void)setenv("XDG_ACTIVATION_TOKEN", token, 1);
		(void)setenv("DESKTOP_STARTUP_ID", token, 1);
	}
	(void)execvp(argv[0], argv);
	_exit(127);
}

int sel_opener_start(char *const terminal[], const char *seldom, const char *id, const char *token)
{
	char *argv[SEL_OPENER_WORDS + 4];
	size_t n = 0;
	pid_t pid;

	for (; terminal[n]; n++)
		argv[n] = terminal[n];
	argv[n++] = (char *)seldom;
	if (*id) {
		argv[n++] = (char *)"--question";
		argv[n++] = (char *)id;
	}
	argv[n] = NULL;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		if (fork() == 0) /* a grandchild: nobody here waits for it */
			start(argv, token);
		_exit(0);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}
