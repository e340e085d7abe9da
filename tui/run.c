#include "run.h"
#include "commands.h"
#include "config.h"
#include "run_summary.h"
#include "seldom/proto.h"
#include "seldom/text.h"

#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#define AT(field) offsetof(struct run_options, field)
static const struct sel_option rows[] = {
	/* clang-format off: columns are the point */
	{"profile", 0, SEL_OPT_STRING, "NAME", "use the scope profile NAME", AT(profile), 0},
	{"rw", 0, SEL_OPT_LIST, "DIR", "the command may change DIR (default: the current folder)",
	 AT(rw), 0},
	{"ro", 0, SEL_OPT_LIST, "DIR", "the command may only read DIR", AT(ro), 0},
	{"rw-no-delete", 0, SEL_OPT_LIST, "DIR", "it may add and change there, but not delete",
	 AT(rw_no_delete), 0},
	{"secret", 0, SEL_OPT_LIST, "PATH", "hide PATH; reading it is a question", AT(secret), 0},
	{"net", 0, SEL_OPT_LIST, "HOST[:PORT]", "it may read there without a question", AT(net), 0},
	{"no-net", 0, SEL_OPT_FLAG, NULL, "loopback only: no host is reached or asked about",
	 AT(no_net), 0},
	{"env", 0, SEL_OPT_LIST, "NAME", "pass this variable although it looks like a credential",
	 AT(env), 0},
	{"ephemeral", 0, SEL_OPT_FLAG, NULL, "remember nothing of this run", AT(ephemeral), 0},
	{"no-popup", 0, SEL_OPT_FLAG, NULL, "never ask in this terminal", AT(no_popup), 0},
	{"tmux", 0, SEL_OPT_FLAG, NULL, "in tmux, ask in a popup of tmux", AT(tmux), 0},
	{"ask-timeout", 0, SEL_OPT_UINT, "SECONDS", "deny an unanswered question after so long",
	 AT(ask_timeout), 86400},
	{"summary", 0, SEL_OPT_STRING, "FILE", "write what happened there at the end (JSON)",
	 AT(summary), 0},
	{"record", 0, SEL_OPT_STRING, "FILE", "write each judged action there (JSON lines)",
	 AT(record), 0},
	{"status", 0, SEL_OPT_FLAG, NULL, "count questions and decisions in the terminal's title",
	 AT(status), 0},
	{"explain", 0, SEL_OPT_FLAG, NULL, "show the boundary and run nothing", AT(explain), 0},
	{"plain", 0, SEL_OPT_FLAG, NULL, "ask line by line, without escape sequences", AT(plain),
	 0},
	{0},
}; /* clang-format on */
#undef AT

const struct sel_usage sel_usage_run = {
	.name = "run",
	.synopsis = "[OPTION...] -- COMMAND [ARG...]",
	.example = "seldom run --rw ~/src/app -- make test",
	.does = "Runs COMMAND inside the boundary and asks when it wants something new. DIR, "
		"PATH,\n"
		"HOST, NAME: any number. Exit: as COMMAND; 128+N: signal N; 125-127: it did not "
		"run.",
	.options = rows,
	.rest = true,
};

/* --- the summary file ------------------------------------------------------------------------- */

/* A name for a descriptor that we have. Opening it anew would start at the beginning of the file.
 */
static int descriptor_named(const char *path)
{
	uint64_t fd;

	if (strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	if (strncmp(path, "/dev/fd/", 8) == 0 && sel_parse_uint(path + 8, INT_MAX, &fd) == 0)
		return (int)fd;
	return -1;
}

static int summary_open(const char *path)
{
	int named = descriptor_named(path);
	int fd = named >= 0
			 ? fcntl(named, F_DUPFD_CLOEXEC, 3)
			 : open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0666);

	return fd < 0 ? -errno : fd;
}

static json_t *summary_of_failure(const struct run *r)
{
	json_t *command = json_array();

	for (char **arg = r->opt.command; *arg; arg++) {
		_cleanup_free_ char *safe = sel_text_dup(*arg, strlen(*arg));

		(void)json_array_append_new(command, json_string(safe ? safe : "?"));
	}
	return json_pack("{s:i, s:s, s:o, s:i, s:s, s:s}", "v", 1, "session", r->session, "command",
			 command, "exit", r->exit_code, "error",
			 "the broker ended without a summary", "seldom", SELDOM_VERSION);
}

static int write_all(int fd, const char *text, size_t n)
{
	while (n) {
		ssize_t w = write(fd, text, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		text += w;
		n -= (size_t)w;
	}
	return 0;
}

static int summary_write(struct run *r, int fd)
{
	json_t *summary = r->summary ? json_incref(r->summary) : summary_of_failure(r);
	char *text = summary ? json_dumps(summary, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
	struct stat st;
	int e = text ? 0 : -ENOMEM;

	/* Not at the opening: a run that never was leaves the file as it found it. */
	if (e == 0 && descriptor_named(r->opt.summary) < 0 && fstat(fd, &st) == 0 &&
	    S_ISREG(st.st_mode) && ftruncate(fd, 0) < 0)
		e = -errno;
	if (e == 0)
		e = write_all(fd, text, strlen(text));
	if (e == 0)
		e = write_all(fd, "\n", 1);
	free(text);
	json_decref(summary);
	return e;
}

/* --- the last words --------------------------------------------------------------------------- */

static void say_summary(const struct run *r)
{
	struct winsize w = {0};
	bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;

	if (!isatty(STDERR_FILENO))
		return;
	(void)ioctl(STDERR_FILENO, TIOCGWINSZ, &w);
	_cleanup_free_ char *text =
		run_summary_text(r->summary, r->session, w.ws_col ? w.ws_col : 80, utf8);
	(void)fputs(text ? text : "", stderr);
}

/* --- set-up ----------------------------------------------------------------------------------- */

/* Descriptors 0 to 2 must be something, or the pty or the socket would become one of them. */
static int std_open(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_WRONLY : O_RDONLY) != fd)
			return -EBADF;
	return 0;
}

/* Those that the caller had ignored (nohup) stay ignored, here and in the program. */
static int signals_open(struct run *r)
{
	static const int forwarded[] = {SIGINT,	 SIGTERM, SIGHUP,   SIGQUIT, SIGUSR1,
					SIGUSR2, SIGTSTP, SIGWINCH, SIGCONT};
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < SEL_N(forwarded); i++) {
		struct sigaction sa;

		if (sigaction(forwarded[i], NULL, &sa) < 0)
			return -errno;
		if (sa.sa_handler != SIG_IGN)
			(void)sigaddset(&set, forwarded[i]);
	}
	if (sigprocmask(SIG_BLOCK, &set, &r->old_mask) < 0)
		return -errno;
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return r->signals < 0 ? -errno : 0;
}

static int terminal_open(struct run *r)
{
	int e = r->opt.explain ? 0 : sel_tty_open(&r->tty);

	if (e < 0)
		return sel_err(e, "Cannot open the terminal");
	if (r->tty.fd < 0)
		return 0;
	r->prompt.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	r->prompt.plain = r->opt.plain;
	e = sel_tty_guard(&r->tty);
	if (e >= 0)
		e = sel_pty_make(&r->tty, &r->master, &r->slave);
	if (e >= 0)
		e = run_popup_open(r);
	return e < 0 ? sel_err(e, "Cannot make a terminal for the program") : 0;
}

static void run_done(struct run *r)
{
	sel_tty_done(&r->tty);
	sel_prompt_close(&r->prompt);
	json_decref(r->questions);
	json_decref(r->summary);
	for (size_t i = 0; i < r->outbox_n; i++)
		json_decref(r->outbox[i]);
	for (size_t i = 0; i < r->notices_n; i++)
		free(r->notices[i]);
	sel_popup_free(r->popup);
	sel_shadow_free(r->shadow);
	free(r->ui);
	free(r->rang);
	free(r->decided);
	free(r->title);
	sel_closep(&r->master);
	sel_closep(&r->slave);
	sel_closep(&r->control);
	sel_closep(&r->errors);
	sel_closep(&r->signals);
	sel_closep(&r->pidfd);
	sel_list_done(&r->opt.rw);
	sel_list_done(&r->opt.ro);
	sel_list_done(&r->opt.rw_no_delete);
	sel_list_done(&r->opt.secret);
	sel_list_done(&r->opt.net);
	sel_list_done(&r->opt.env);
}

static int run_all(struct run *r)
{
	_cleanup_close_ int summary = -1;
	int e;

	if (r->opt.summary) {
		summary = summary_open(r->opt.summary);
		if (summary < 0) {
			(void)sel_err(summary, "Cannot write the summary to '%s'; nothing was run",
				      r->opt.summary);
			return SEL_EXIT_SETUP;
		}
	}
	r->questions = json_array();
	if (!r->questions || signals_open(r) < 0 || terminal_open(r) < 0)
		return SEL_EXIT_SETUP;
	e = run_spawn(r);
	if (e < 0)
		return SEL_EXIT_SETUP;
	r->exit_code = run_loop(r);
	sel_tty_done(&r->tty);
	run_say_kept(r);
	if (r->summary)
		say_summary(r);
	if (summary >= 0 && (r->summary || r->started)) {
		e = summary_write(r, summary);
		if (e < 0)
			(void)sel_err(e, "Cannot write the summary to '%s'", r->opt.summary);
	}
	return r->exit_code;
}

static int options_check(const struct run_options *opt)
{
	static const struct {
		size_t offset;
		const char *name;
	} lists[] = {
		{offsetof(struct run_options, rw), "rw"},
		{offsetof(struct run_options, ro), "ro"},
		{offsetof(struct run_options, rw_no_delete), "rw-no-delete"},
		{offsetof(struct run_options, secret), "secret"},
		{offsetof(struct run_options, net), "net"},
		{offsetof(struct run_options, env), "env"},
	};

	if (opt->ask_timeout == 0)
		return sel_usage_error(&sel_usage_run, "--ask-timeout: at least one second");
	for (size_t i = 0; i < SEL_N(lists); i++) {
		const struct sel_list *list = (const void *)((const char *)opt + lists[i].offset);

		for (size_t k = 0; k < list->n; k++)
			if (!*list->v[k])
				return sel_usage_error(&sel_usage_run, "--%s: an empty value",
						       lists[i].name);
	}
	return 0;
}

/* What the files say of how it is asked; what is wrong in them the broker says. */
static int settings(struct run *r)
{
	struct sel_config config;
	bool locked;

	if (sel_config_load(NULL, getenv("HOME"), &config, NULL) < 0)
		return 0;
	locked = r->opt.no_popup && config.locked[SEL_CONFIG_POPUP];
	r->opt.no_popup |= config.popup == 0;
	r->opt.tmux |= config.tmux == 1;
	r->theme =
		config.theme < 0 ? SEL_THEME_ASK : sel_theme_named(sel_config_themes[config.theme]);
	sel_config_done(&config);
	return locked ? sel_usage_error(&sel_usage_run,
					"the administrator locked 'popup' in " SEL_CONFIG_ADMIN
					"; leave --no-popup out")
		      : 0;
}

/* A mistaken command line runs nothing either, and 1 or 2 could be the command's own status. */
int sel_cmd_run(int argc, char **argv)
{
	static struct run r; /* its buffers are large */
	int first, code;

	r = (struct run){.tty = {.fd = -1, .lock = -1},
			 .master = -1,
			 .slave = -1,
			 .control = -1,
			 .errors = -1,
			 .signals = -1,
			 .pidfd = -1,
			 .opt.ask_timeout = UINT64_MAX};
	if (std_open() < 0)
		return SEL_EXIT_SETUP;
	first = sel_options_parse(&sel_usage_run, argc, argv, &r.opt);
	if (first < 0) {
		code = first == -ECANCELED ? 0 : SEL_EXIT_SETUP;
	} else if (options_check(&r.opt) || settings(&r)) {
		code = SEL_EXIT_SETUP;
	} else if (first >= argc && !r.opt.explain) {
		(void)sel_usage_error(&sel_usage_run, "a command is needed after --");
		code = SEL_EXIT_SETUP;
	} else {
		r.opt.command = argv + first;
		code = run_all(&r);
	}
	run_done(&r);
	return code;
}
