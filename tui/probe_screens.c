#include "probe_screens.h"

#include "seldom/proto.h"

#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>

#define PATIENCE_USEC (3 * USEC_PER_SEC)

/* --- a program that may hang ----------------------------------------------------------------- */

/* Until its end, or until there is no more room. -ETIMEDOUT. */
static int read_all(int fd, usec_t end, char *ret, size_t cap)
{
	size_t n = 0;

	while (n < cap - 1) {
		usec_t now = sel_now_monotonic();
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t got;
		int r = now < end ? poll(&p, 1, (int)((end - now) / USEC_PER_MSEC) + 1) : 0;

		if (r == 0)
			return -ETIMEDOUT;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (r < 0)
			continue;
		got = read(fd, ret + n, cap - 1 - n);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			break;
		n += got > 0 ? (size_t)got : 0;
	}
	ret[n] = '\0';
	return 0;
}

/* What it prints, if it does so in time; then it is ended. Its exit code, or -errno. */
static int ask_program(const char *program, const char *const *argv, char *ret, size_t cap)
{
	usec_t end = sel_now_monotonic() + PATIENCE_USEC;
	int fd[2], r, status;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (null >= 0 && dup2(null, 0) >= 0 && dup2(fd[1], 1) >= 0 && dup2(null, 2) >= 0)
			(void)execvp(program, (char *const *)argv);
		_exit(127);
	}
	(void)close(fd[1]);
	r = pid < 0 ? -errno : read_all(fd[0], end, ret, cap);
	(void)close(fd[0]);
	if (pid < 0)
		return r;
	if (r < 0)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return r < 0 ? r : WIFEXITED(status) ? WEXITSTATUS(status) : -EPIPE;
}

static void detail(struct sel_probe *p, enum sel_probe_state state, const char *fix,
		   const char *fmt, ...) _printf_(4, 5);
static void detail(struct sel_probe *p, enum sel_probe_state state, const char *fix,
		   const char *fmt, ...)
{
	va_list ap;

	p->state = state;
	p->fix = fix;
	va_start(ap, fmt);
	(void)vsnprintf(p->detail, sizeof p->detail, fmt, ap);
	va_end(ap);
}

/* --- the rows -------------------------------------------------------------------------------- */

static const char *string_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void notify_found(struct sel_probe *p, const json_t *m)
{
	const char *terminal = string_of(m, "terminal");

	if (!json_is_true(json_object_get(m, "enabled")))
		detail(p, SEL_PROBE_OK, "", "turned off by the configuration");
	else if (strcmp(string_of(m, "type"), "server") != 0)
		detail(p, SEL_PROBE_WEAKER, "start one in the desktop session, for example dunst",
		       "%s: questions are shown in terminals only", string_of(m, "error"));
	else if (!json_is_true(json_object_get(m, "actions")))
		detail(p, SEL_PROBE_WEAKER,
		       "none with this server; answer in a terminal with: seldom",
		       "%s %s, without buttons: it tells of questions, and takes no answers",
		       string_of(m, "name"), string_of(m, "version"));
	else if (!*terminal)
		detail(p, SEL_PROBE_WEAKER, "set [notify] terminal in the configuration",
		       "%s %s, with buttons; no terminal is found for 'Open'", string_of(m, "name"),
		       string_of(m, "version"));
	else
		detail(p, SEL_PROBE_OK, "", "%s %s, with buttons; 'Open' starts %s",
		       string_of(m, "name"), string_of(m, "version"), terminal);
}

static void probe_notify(struct sel_probe *p)
{
	static const char *const argv[] = {"seldom-notify", "--probe", NULL};
	_cleanup_free_ char *program = NULL;
	char text[4096];
	int r = sel_helper_path("seldom-notify", &program);
	json_t *m = NULL;

	if (r >= 0)
		r = ask_program(program, argv, text, sizeof text);
	if (r == 0)
		m = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (m)
		notify_found(p, m);
	else if (r == -ETIMEDOUT)
		detail(p, SEL_PROBE_WEAKER, "restart it",
		       "the notification server does not answer; no run waits for it");
	else
		detail(p, SEL_PROBE_WEAKER, "install seldom whole, and mend its configuration",
		       "seldom-notify does not work");
	json_decref(m);
}

static void tmux_inside(struct sel_probe *p, const char *version)
{
	static const char *const argv[] = {"tmux", "show-options", "-gv", "focus-events", NULL};
	char text[64] = "";
	unsigned major = 0, minor = 0;

	if (sscanf(version, "tmux %*[^0-9]%u.%u", &major, &minor) < 1)
		(void)sscanf(version, "tmux %u.%u", &major, &minor);
	if (major < 3 || (major == 3 && minor < 2))
		detail(p, SEL_PROBE_WEAKER, "update tmux", "%s has no popups (3.2 has)", version);
	else if (ask_program("tmux", argv, text, sizeof text) == 0 && strncmp(text, "off", 3) == 0)
		detail(p, SEL_PROBE_WEAKER, "tmux set-option -g focus-events on",
		       "%s; it keeps the focus to itself, so no response times are known", version);
	else
		detail(p, SEL_PROBE_OK, "", "%s, with popups", version);
}

static void probe_tmux(struct sel_probe *p)
{
	static const char *const argv[] = {"tmux", "-V", NULL};
	char version[64] = "";
	int r = ask_program("tmux", argv, version, sizeof version);

	version[strcspn(version, "\n")] = '\0';
	if (r != 0)
		detail(p, SEL_PROBE_OK, "", "not installed, and not needed");
	else if (!getenv("TMUX"))
		detail(p, SEL_PROBE_OK, "", "%s; this is not inside of it", version);
	else
		tmux_inside(p, version);
}

static void probe_terminal(struct sel_probe *p)
{
	const char *term = getenv("TERM"), *codeset = nl_langinfo(CODESET);
	bool utf8 = strcmp(codeset, "UTF-8") == 0;

	if (!term || !*term || strcmp(term, "dumb") == 0)
		detail(p, SEL_PROBE_WEAKER, "set TERM to what the terminal is",
		       "TERM is '%s': questions are plain lines, and there is no console",
		       term ? term : "");
	else
		detail(p, SEL_PROBE_OK, "", "%s, %s%s", term, utf8 ? "UTF-8" : "plain ASCII",
		       isatty(STDIN_FILENO) ? "" : "; this is not one");
}

void sel_probe_screens(struct sel_probe ret[SEL_SCREEN_PROBES])
{
	static const struct {
		const char *name, *what;
		void (*probe)(struct sel_probe *p);
	} rows[SEL_SCREEN_PROBES] = {
		{"desktop", "questions as notifications", probe_notify},
		{"tmux", "questions in a popup of tmux", probe_tmux},
		{"terminal", "questions in this terminal", probe_terminal},
	};

	for (size_t i = 0; i < SEL_SCREEN_PROBES; i++) {
		ret[i] = (struct sel_probe){.name = rows[i].name, .what = rows[i].what, .fix = ""};
		rows[i].probe(&ret[i]);
	}
}
