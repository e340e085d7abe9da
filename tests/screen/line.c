/* The question in lines, as a person meets it: the real `seldom run` in a pseudo-terminal, its
 * screen read back through libvterm. Argument 1 is the `seldom` to test: one whose broker is the
 * fake one of this folder (argument 2 is "fake"), or the real one ("real"). What decides a test is
 * whether the file outside the scope was made, never what was printed. */
#include "test.h"

#include "../../tui/terminal.c"

#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <utmp.h>
#include <vterm.h>

#define PATIENCE                                                                                   \
	(30 * USEC_PER_SEC) /* an upper bound for a loaded machine; nothing is timed by it */

static const char *seldom;
static const char *base; /* not below /tmp or /var/tmp: programs inside have their own */
static bool fake;

struct screen {
	VTerm *vt;
	VTermScreen *cells;
	struct sel_screen modes; /* what the run has switched on */
	int master, slave;
	pid_t pid;
	int rows, columns, bells;
	struct termios before;
	char dir[256], target[512], target_dir[300];
	char raw[64 * 1024]; /* what came first */
	size_t raw_n;
	bool ended, mute; /* mute: it does not say that it is well */
	int status;
};

/* --- the terminal --------------------------------------------------------------------------- */

static int on_bell(void *user)
{
	((struct screen *)user)->bells++;
	return 1;
}

static const VTermScreenCallbacks callbacks = {.bell = on_bell};

static void pump(struct screen *s, usec_t for_usec)
{
	usec_t end = sel_now_monotonic() + for_usec;

	do {
		struct pollfd p = {.fd = s->master, .events = POLLIN};
		char bytes[4096];
		ssize_t n;

		if (poll(&p, 1, 10) <= 0)
			continue;
		n = read(s->master, bytes, sizeof bytes);
		if (n <= 0)
			continue;
		sel_screen_feed(&s->modes, bytes, (size_t)n);
		for (ssize_t i = 0; i < n && s->raw_n + 1 < sizeof s->raw; i++)
			if (bytes[i]) /* a text to search in */
				s->raw[s->raw_n++] = bytes[i];
		(void)vterm_input_write(s->vt, bytes, (size_t)n);
	} while (sel_now_monotonic() < end);
}

static void screen_text(struct screen *s, char *out, size_t cap)
{
	size_t n = 0;

	for (int row = 0; row < s->rows && n + 4 < cap; row++) {
		VTermRect rect = {row, row + 1, 0, s->columns};

		n += vterm_screen_get_text(s->cells, out + n, cap - n - 2, rect);
		out[n++] = '\n';
	}
	out[n] = '\0';
}

static bool shows(struct screen *s, const char *text)
{
	static char all[65536];

	screen_text(s, all, sizeof all);
	return strstr(all, text) != NULL;
}

static void wait_for(struct screen *s, const char *text)
{
	static char all[65536];
	usec_t end = sel_now_monotonic() + PATIENCE;

	while (!shows(s, text)) {
		pump(s, 10 * USEC_PER_MSEC);
		if (sel_now_monotonic() < end)
			continue;
		screen_text(s, all, sizeof all);
		fail_msg("'%s' was never shown; the screen is:\n%s", text, all);
	}
}

static void type(struct screen *s, const char *bytes)
{
	assert_int_equal(write(s->master, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
}

/* A key as a hand at rest presses it: after the guard and apart from others. */
static void press(struct screen *s, const char *bytes)
{
	pump(s, 600 * USEC_PER_MSEC);
	type(s, bytes);
	pump(s, 200 * USEC_PER_MSEC);
}

static int end_of(struct screen *s)
{
	usec_t end = sel_now_monotonic() + PATIENCE;

	while (!s->ended) {
		pump(s, 10 * USEC_PER_MSEC);
		if (waitpid(s->pid, &s->status, WNOHANG) == s->pid)
			s->ended = true;
		else if (sel_now_monotonic() > end) {
			static char all[65536];

			screen_text(s, all, sizeof all);
			fail_msg("the run does not end; the screen is:\n%s", all);
		}
	}
	pump(s, 100 * USEC_PER_MSEC);
	return s->status;
}

static bool done(const struct screen *s)
{
	return access(s->target, F_OK) == 0;
}

static void modes_as_before(struct screen *s)
{
	struct termios now;

	assert_int_equal(tcgetattr(s->slave, &now), 0);
	assert_int_equal(now.c_iflag, s->before.c_iflag);
	assert_int_equal(now.c_oflag, s->before.c_oflag);
	assert_int_equal(now.c_cflag, s->before.c_cflag);
	assert_int_equal(now.c_lflag, s->before.c_lflag);
	assert_memory_equal(now.c_cc, s->before.c_cc, sizeof now.c_cc);
	assert_false(s->modes.paste);
	assert_false(s->modes.focus);
	assert_false(s->modes.alternate);
}

/* --- the run ---------------------------------------------------------------------------------- */

static void put_env(const struct screen *s, const char *name, const char *below)
{
	char path[300];

	(void)snprintf(path, sizeof path, "%s/%s", s->dir, below);
	(void)mkdir(path, 0700);
	(void)setenv(name, path, 1);
}

/* Of one group, as in a script: both are in the foreground of one terminal. */
#define TWO_RUNS                                                                                   \
	"\"$SELDOM\" run -- sh -c 'echo x >\"$TARGET\"' <&0 & "                                    \
	"\"$SELDOM\" run -- sh -c 'echo x >\"$TARGET.2\"'; wait"

/* The first holds the terminal raw and asks nothing. */
#define BESIDE_ANOTHER                                                                             \
	"\"$SELDOM\" run -- sh -c 'echo up >up; sleep 600' <&0 & "                                 \
	"until [ -s up ]; do sleep 0.1; done; "                                                    \
	"\"$SELDOM\" run -- sh -c 'echo x >\"$TARGET\"'; kill $!; wait"

#define STOPPED_JOB                                                                                \
	"set -m; \"$SELDOM\" run -- sh -c 'kill -STOP $$; echo ba''ck'; echo stopped=$?; stty "    \
	"-a; "                                                                                     \
	"read -r go; fg; echo ended=$?"

static void child(const struct screen *s, const char *options, int tier, const char *script)
{
	char number[4], path[300];
	const char *argv[16] = {seldom, "run"};
	char words[256];
	size_t n = 2;
	char *save = NULL;

	put_env(s, "HOME", "home");
	put_env(s, "XDG_RUNTIME_DIR", "run");
	put_env(s, "XDG_STATE_HOME", "state");
	put_env(s, "XDG_CONFIG_HOME", "config");
	(void)setenv("LANG", "C.UTF-8", 1);
	(void)unsetenv("LC_ALL");
	(void)setenv("TERM", getenv("SCREEN_TERM") ? getenv("SCREEN_TERM") : "xterm", 1);
	(void)setenv("TARGET", s->target, 1);
	(void)snprintf(number, sizeof number, "%d", tier);
	(void)setenv("FAKE_TIER", number, 1);
	(void)setenv("FAKE_OBJECT", s->target, 1);
	(void)snprintf(path, sizeof path, "%s/work", s->dir);
	if (mkdir(path, 0700) < 0 || chdir(path) < 0)
		_exit(99);
	if (strchr(options, '"')) { /* a script of its own around the runs */
		(void)setenv("SELDOM", seldom, 1);
		(void)execl("/bin/sh", "sh", "-c", options, NULL);
		_exit(97);
	}
	(void)snprintf(words, sizeof words, "%s", options);
	for (char *w = strtok_r(words, " ", &save); w && n < 10; w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	argv[n++] = "--";
	argv[n++] = "sh";
	argv[n++] = "-c";
	argv[n++] = script;
	argv[n] = NULL;
	(void)execv(seldom, (char *const *)argv);
	_exit(98);
}

/* "Are you well?", as every terminal answers it: only then does a question take keys. */
static void answer(const char *bytes, size_t n, void *user)
{
	const struct screen *s = user;

	if (!s->mute && n == 4 && memcmp(bytes, "\033[0n", 4) == 0)
		(void)!write(s->master, bytes, n);
}

static void start(struct screen *s, int rows, int columns, const char *options, int tier,
		  const char *script)
{
	static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};

	s->rows = rows;
	s->columns = columns;
	s->vt = vterm_new(rows, columns);
	vterm_set_utf8(s->vt, 1);
	vterm_output_set_callback(s->vt, answer, s);
	s->cells = vterm_obtain_screen(s->vt);
	vterm_screen_enable_altscreen(s->cells, 1);
	vterm_screen_set_callbacks(s->cells, &callbacks, s);
	vterm_screen_reset(s->cells, 1);
	assert_int_equal(openpty(&s->master, &s->slave, NULL, NULL, &size), 0);
	assert_int_equal(tcgetattr(s->slave, &s->before), 0);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0) {
		(void)close(s->master);
		(void)login_tty(s->slave);
		/* behind nohup or in the background of a shell they may be ignored, and stay so */
		for (size_t i = 0; i < SEL_N(ends); i++)
			(void)signal(ends[i], SIG_DFL);
		child(s, options, tier, script);
	}
}

#define WRITE_IT "{ echo x >\"$TARGET\"; } 2>/dev/null; echo finished"

static void ask(struct screen *s, int rows, int columns)
{
	start(s, rows, columns, "", 2, WRITE_IT);
}

static void resize(struct screen *s, int rows, int columns)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};

	s->rows = rows;
	s->columns = columns;
	vterm_set_size(s->vt, rows, columns);
	assert_int_equal(ioctl(s->master, TIOCSWINSZ, &size), 0);
}

static int set_up(void **state)
{
	struct screen *s = calloc(1, sizeof *s);

	(void)snprintf(s->dir, sizeof s->dir, "%s/seldom-screen-XXXXXX", base);
	if (!mkdtemp(s->dir))
		return -1;
	(void)snprintf(s->target_dir, sizeof s->target_dir, "%s/out", s->dir);
	(void)snprintf(s->target, sizeof s->target, "%s/file", s->target_dir);
	s->master = s->slave = -1;
	*state = s;
	return mkdir(s->target_dir, 0700);
}

static int tear_down(void **state)
{
	struct screen *s = *state;
	char command[400];

	if (s->pid > 0 && !s->ended) {
		(void)kill(s->pid, SIGKILL);
		(void)waitpid(s->pid, NULL, 0);
	}
	if (s->vt)
		vterm_free(s->vt);
	(void)close(s->master);
	(void)close(s->slave);
	/* the broker may still be tidying its store */
	(void)snprintf(
		command, sizeof command,
		"for i in 1 2 3 4 5; do rm -rf '%s' 2>/dev/null && exit; sleep 1; done; exit 1",
		s->dir);
	free(s);
	return system(command);
}

/* Denies and checks that the question had really been open: `n` is what ended it. */
static void still_open_and_denied_now(struct screen *s)
{
	assert_false(done(s));
	press(s, "n");
	wait_for(s, "denied once");
	(void)end_of(s);
	assert_false(done(s));
	modes_as_before(s);
}

/* --- what must work -----------------------------------------------------------------------------
 */

static void y_allows_what_was_shown_in_full(void **state)
{
	struct screen *s = *state;

	ask(s, 24, 80);
	wait_for(s, "y allow");
	assert_true(shows(s, "wants to CREATE"));
	press(s, "y");
	/* the real broker preselects the folder, and a folder is allowed for the session at least
	 */
	wait_for(s, fake ? "allowed once" : "allowed for this session");
	assert_true(WIFEXITED(end_of(s)));
	assert_true(done(s));
	assert_true(shows(s, "finished"));
	modes_as_before(s);
}

/* A terminal that is behind with what a program wrote: who types 'y' at a prompt of the program has
 * not seen the question. */
static void keys_count_once_the_terminal_shows_the_question(void **state)
{
	struct screen *s = *state;

	s->mute = true;
	ask(s, 24, 80);
	wait_for(s, "y allow");
	press(s, "y");
	pump(s, 600 * USEC_PER_MSEC);
	assert_false(done(s));
	type(s, "\033[0n");
	press(s, "y"); /* the canary */
	assert_true(done(s));
}

static void two_hundred_early_keys_decide_nothing(void **state)
{
	struct screen *s = *state;
	usec_t end;

	ask(s, 24, 80);
	type(s, "yyyyyyyyyyyyyyyyyyyy"); /* typed ahead */
	wait_for(s, "y allow");
	end = sel_now_monotonic() + 350 * USEC_PER_MSEC;
	srand(20260101);
	for (int i = 0; i < 200 && sel_now_monotonic() < end; i++) {
		/* those that go to the program would end it: no allow either, but another test */
		char key[2] = {(char)(rand() % 127 + 1), '\0'};

		if (strchr("\x03\x1a\x1c", key[0]))
			key[0] = 'y';
		type(s, key);
		if (i % 3 == 0) {
			type(s, "y");
			pump(s, 0);
		}
	}
	pump(s, 700 * USEC_PER_MSEC);
	still_open_and_denied_now(s);
}

static void only_y_alone_allows(void **state)
{
	static const struct {
		const char *bytes, *why;
	} row[] = {
		{"\r", "Enter"},
		{"\n", "line feed"},
		{" ", "Space"},
		{"\t", "Tab"},
		{"Y", "a capital"},
		{"yy", "two at once are no key"},
		{"y\r", "nor is a pasted line"},
		{"\x1by", "Alt-y"},
		{"\x1bOy", "the keypad's 9"},
		{"\x1b[A", "an arrow"},
		{"\x1b[200~y\x1b[201~", "a marked paste"},
		{"\x1b[M y!", "an old mouse report with a y in it"},
		{"\x1b[<0;5;5M", "a mouse report"},
		{"\x1b]11;rgb:y/y/y\a", "an answer of the terminal"},
	};
	struct screen *s = *state;

	ask(s, 24, 80);
	wait_for(s, "y allow");
	for (size_t i = 0; i < SEL_N(row); i++) {
		press(s, row[i].bytes);
		if (done(s) || shows(s, "seldom: allowed"))
			fail_msg("%s allowed it", row[i].why);
	}
	still_open_and_denied_now(s);
}

static void keys_of_another_window_decide_nothing(void **state)
{
	struct screen *s = *state;

	ask(s, 24, 80);
	wait_for(s, "y allow");
	press(s, "\x1b[O"); /* the terminal lost focus */
	press(s, "y");
	press(s, "n");
	assert_false(shows(s, "denied once:"));
	press(s, "\x1b[I");
	still_open_and_denied_now(s);
}

static void what_is_clipped_cannot_be_allowed(void **state)
{
	struct screen *s = *state;

	ask(s, 8, 40);
	wait_for(s, "y is off");
	press(s, "y");
	assert_false(done(s));
	wait_for(s, "Not yet:");
	for (int i = 0; i < 40 && shows(s, "y is off"); i++)
		press(s, "d");
	assert_false(done(s));
	press(s, "y");
	(void)end_of(s);
	assert_true(done(s));
	modes_as_before(s);
}

static void a_terminal_too_small_for_anything_can_only_deny(void **state)
{
	struct screen *s = *state;

	ask(s, 3, 19);
	wait_for(s, "n deny?");
	press(s, "y");
	press(s, "d");
	press(s, "y");
	assert_false(done(s));
	press(s, "n");
	(void)end_of(s);
	assert_false(done(s));
	modes_as_before(s);
}

static void a_smaller_window_takes_the_allow_away(void **state)
{
	struct screen *s = *state;

	ask(s, 24, 80);
	wait_for(s, "y allow");
	pump(s, 600 * USEC_PER_MSEC);
	resize(s, 8, 40);
	wait_for(s, "y is off");
	press(s, "y");
	assert_false(done(s));
	resize(s, 24, 80);
	wait_for(s, "y allow");
	still_open_and_denied_now(s);
}

static void hostile_names_are_shown_as_escapes(void **state)
{
	struct screen *s = *state;

	(void)snprintf(s->target, sizeof s->target, "%s/%s", s->target_dir,
		       "\x1b[2J\x1b[1;1Hsafe\xe2\x80\xae"
		       "elif\x01");
	ask(s, 24, 200); /* wide: what is looked for must stand in one line */
	wait_for(s, "y allow");
	assert_true(shows(s, "\\x1B[2J") || shows(s, "\\x1b[2J") || shows(s, "\\u{1B}[2J"));
	assert_true(shows(s, "\\u{202E}"));
	assert_true(shows(s, "wants to CREATE"));
	still_open_and_denied_now(s);
}

static void nobody_answers_and_it_is_denied(void **state)
{
	struct screen *s = *state;

	(void)setenv("FAKE_TIMEOUT_MS", "2000", 1);
	start(s, 24, 80, "--ask-timeout 2", 2, WRITE_IT);
	(void)unsetenv("FAKE_TIMEOUT_MS");
	wait_for(s, "unanswered: denied once");
	(void)end_of(s);
	assert_false(done(s));
	modes_as_before(s);
}

static void no_popup_never_asks_here(void **state)
{
	struct screen *s = *state;

	(void)setenv("FAKE_TIMEOUT_MS", "2000", 1);
	start(s, 24, 80, "--no-popup --ask-timeout 2", 2, WRITE_IT);
	(void)unsetenv("FAKE_TIMEOUT_MS");
	wait_for(s, "seldom answer");
	press(s, "y");
	assert_false(shows(s, "y allow"));
	(void)end_of(s);
	assert_false(done(s));
	modes_as_before(s);
}

static void write_settings(const struct screen *s, const char *text)
{
	static const char *const below[] = {"config", "config/seldom"};
	char path[300];
	FILE *f;

	for (size_t i = 0; i < SEL_N(below); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", s->dir, below[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	(void)snprintf(path, sizeof path, "%s/config/seldom/config", s->dir);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void the_settings_say_whether_it_asks_here(void **state)
{
	static const bool here[] = {false, true};

	(void)state;
	for (size_t i = 0; i < SEL_N(here); i++) {
		void *other = NULL;
		struct screen *s;

		assert_int_equal(set_up(&other), 0);
		s = other;
		write_settings(s, here[i] ? "[ask]\npopup = yes\n" : "[ask]\npopup = no\n");
		ask(s, 24, 80);
		wait_for(s, here[i] ? "y allow" : "a question waits: seldom answer");
		press(s, "y");
		assert_int_equal(done(s), here[i]);
		assert_int_equal(tear_down(&other), 0);
	}
}

static void plain_mode_sends_no_sequences(void **state)
{
	struct screen *s = *state;

	start(s, 24, 80, "--plain", 2, WRITE_IT);
	wait_for(s, "y allow");
	assert_false(s->modes.paste || s->modes.focus);
	press(s, "1");
	press(s, "t");
	press(s, "y");
	wait_for(s, "allowed for this session");
	(void)end_of(s);
	assert_true(done(s));
	modes_as_before(s);
}

static int asking(struct screen *s)
{
	static char all[65536];
	int n = 0;

	screen_text(s, all, sizeof all);
	for (const char *at = all; (at = strstr(at, "seldom asks")) != NULL; at++)
		n++;
	return n;
}

static void two_runs_on_one_terminal_ask_one_after_the_other(void **state)
{
	struct screen *s = *state;

	start(s, 40, 80, TWO_RUNS, 2, "");
	wait_for(s, "y allow");
	pump(s, USEC_PER_SEC);
	assert_int_equal(asking(s), 1);
	press(s, "n");
	/* The last words of the first may scroll a header away: that the second was asked is shown
	 * by its end, which only an answer brings. */
	for (usec_t end = sel_now_monotonic() + PATIENCE / 2;
	     asking(s) < 2 && sel_now_monotonic() < end;)
		pump(s, 10 * USEC_PER_MSEC);
	wait_for(s, "y allow");
	press(s, "n");
	(void)end_of(s);
	assert_false(done(s));
	modes_as_before(s);
}

static void who_asks_gets_the_keys_of_a_terminal_that_another_run_holds(void **state)
{
	struct screen *s = *state;

	if (fake) {
		print_message("skipped: the fake broker asks in every run\n");
		skip();
	}
	start(s, 40, 80, BESIDE_ANOTHER, 2, "");
	wait_for(s, "y allow");
	press(s, "n");
	(void)end_of(s);
	assert_false(done(s));
	modes_as_before(s);
}

/* --- the ways out -------------------------------------------------------------------------------
 */

static void the_terminal_is_restored_after_every_signal(void **state)
{
	static const struct {
		int signo;
		bool dies; /* of the signal; else it passes it on and ends with the program */
	} row[] = {{SIGSEGV, true},  {SIGABRT, true}, {SIGBUS, true},
		   {SIGTERM, false}, {SIGHUP, false}, {SIGINT, false}};
	struct screen *s = *state;

	for (size_t i = 0; i < SEL_N(row); i++) {
		void *other = NULL;
		int status;

		assert_int_equal(set_up(&other), 0);
		s = other;
		ask(s, 24, 80);
		wait_for(s, "y allow");
		assert_true(s->modes.paste && s->modes.focus);
		assert_int_equal(kill(s->pid, row[i].signo), 0);
		status = end_of(s);
		if (row[i].dies)
			assert_true(WIFSIGNALED(status) && WTERMSIG(status) == row[i].signo);
		else
			assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 128 + row[i].signo);
		assert_false(done(s));
		modes_as_before(s);
		assert_int_equal(tear_down(&other), 0);
	}
}

static pid_t broker_of(pid_t run)
{
	char path[64], text[64] = "";
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", run, run);
	f = fopen(path, "re");
	if (f && !fgets(text, sizeof text, f))
		text[0] = '\0';
	if (f)
		(void)fclose(f);
	return (pid_t)atoi(text);
}

static void a_broker_that_is_killed_allows_nothing(void **state)
{
	struct screen *s = *state;
	pid_t broker;
	int status;

	ask(s, 24, 80);
	wait_for(s, "y allow");
	broker = broker_of(s->pid);
	if (broker <= 0)
		skip();
	assert_int_equal(kill(broker, SIGKILL), 0);
	status = end_of(s);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 137);
	assert_true(shows(s, "the broker ended"));
	assert_false(done(s));
	modes_as_before(s);
}

static void a_program_s_modes_and_last_words_arrive(void **state)
{
	struct screen *s = *state;

	(void)setenv("FAKE_TIER", "", 1);
	start(s, 24, 80, "", 0, "stty size; stty -echo; seq 1 3000; printf last");
	if (fake) { /* tier 0 asks, too; there it is only a way to get on */
		wait_for(s, "y allow");
		press(s, "y");
	}
	assert_int_equal(end_of(s), 0);
	assert_true(shows(s, "3000"));
	assert_true(shows(s, "last"));
	modes_as_before(s);
}

/* Where it could not be put back; where it can, a popup asks: see popup.c. */
static void a_full_screen_program_is_not_written_over(void **state)
{
	struct screen *s = *state;

	if (fake)
		skip(); /* it asks before the program starts */
	(void)setenv("SCREEN_TERM", "linux", 1);
	start(s, 24, 80, "--ask-timeout 2", 2,
	      "printf '\\033[?1049h\\033[Hdrawing'; sleep .3; " WRITE_IT "; printf '\\033[?1049l'");
	(void)unsetenv("SCREEN_TERM");
	wait_for(s, "drawing");
	press(s, "y");
	press(s, "y");
	assert_false(shows(s, "y allow"));
	(void)end_of(s);
	assert_true(s->bells > 0);
	assert_false(done(s));
	modes_as_before(s);
}

/* --- judgement, as the fake broker shows it ------------------------------------------------------
 */

static json_t *recorded(const struct screen *s)
{
	char path[300];
	json_t *answer;

	(void)snprintf(path, sizeof path, "%s/answers", s->dir);
	answer = json_load_file(path, 0, NULL);
	assert_non_null(answer);
	return answer;
}

/* As ask(), with the fake broker told what to say. */
static void ask_judged(struct screen *s, const char *question, const char *feedback)
{
	char path[300];

	(void)snprintf(path, sizeof path, "%s/answers", s->dir);
	(void)setenv("FAKE_RECORD", path, 1);
	(void)setenv("FAKE_QUESTION", question, 1);
	if (feedback)
		(void)setenv("FAKE_FEEDBACK", feedback, 1);
	ask(s, 30, 90);
	(void)unsetenv("FAKE_RECORD");
	(void)unsetenv("FAKE_QUESTION");
	(void)unsetenv("FAKE_FEEDBACK");
}

static void the_tired_type_a_word(void **state)
{
	struct screen *s = *state;
	json_t *answer;

	if (!fake)
		skip(); /* nobody is tired in a new store */
	ask_judged(s,
		   "{\"new\":\"you denied /x 2 min ago\",\"headline\":\"fatigue: TIRED (RTE "
		   "0.55)\",\"token\":\"go\",\"terms\":[\"once\",\"session\"]}",
		   NULL);
	wait_for(s, "fatigue: TIRED (RTE 0.55)");
	assert_true(shows(s, "new: you denied /x 2 min ago"));
	assert_false(shows(s, "30d"));
	press(s, "y");
	wait_for(s, "to allow, type  go");
	assert_false(done(s));
	press(s, "g");
	press(s, "o");
	press(s, "\r");
	(void)end_of(s);
	assert_true(done(s));
	answer = recorded(s);
	assert_string_equal(json_string_value(json_object_get(answer, "token")), "go");
	json_decref(answer);
	modes_as_before(s);
}

static void one_question_for_many_is_answered_in_its_own_words(void **state)
{
	struct screen *s = *state;

	if (!fake)
		skip(); /* tests/live has floods of real programs */
	ask_judged(s,
		   "{\"kind\":\"flood\",\"op\":\"other\",\"object\":\"7 actions\",\"terms\":["
		   "\"once\"],\"words\":{\"allow\":\"ask me one by one\",\"deny\":\"deny all\"}}",
		   NULL);
	wait_for(s, "y ask me one by one   n deny all");
	assert_false(shows(s, "this folder"));
	press(s, "n");
	wait_for(s, "answered: deny all");
	(void)end_of(s);
	assert_false(done(s));
	modes_as_before(s);
}

static void a_check_is_explained_at_once(void **state)
{
	struct screen *s = *state;

	if (!fake)
		skip();
	ask_judged(s, "{}", "that was a check\x1b[2J by seldom; nothing was done");
	wait_for(s, "y allow");
	press(s, "n");
	wait_for(s, "that was a check\\x1B[2J by seldom; nothing was done");
	(void)end_of(s);
	modes_as_before(s);
}

static void a_time_without_focus_is_not_told(void **state)
{
	static const bool lost[] = {false, true};

	for (size_t i = 0; fake && i < SEL_N(lost); i++) {
		void *other = NULL;
		struct screen *s;
		json_t *answer;

		(void)state;
		assert_int_equal(set_up(&other), 0);
		s = other;
		ask_judged(s, "{}", NULL);
		wait_for(s, "y allow");
		if (lost[i]) {
			press(s, "\x1b[O");
			press(s, "\x1b[I");
		}
		press(s, "n");
		(void)end_of(s);
		answer = recorded(s);
		assert_int_equal(json_object_get(answer, "response_ms") == NULL, lost[i]);
		json_decref(answer);
		assert_int_equal(tear_down(&other), 0);
	}
}

static void hints_come_last_and_only_to_the_fresh(void **state)
{
	static const struct {
		const char *summary;
		bool shown;
	} row[] = {
		{"{\"state\":\"FRESH\",\"hints\":[{\"text\":\"first\\u001b[2J\",\"command\":"
		 "\"seldom "
		 "digest\"},{\"text\":\"second\",\"command\":\"\"},{\"text\":\"third\"}]}",
		 true},
		{"{\"state\":\"TIRED\",\"hints\":[{\"text\":\"first\",\"command\":\"seldom "
		 "digest\"}]}",
		 false},
		{"{\"hints\":\"none\",\"state\":7}", false},
	};

	for (size_t i = 0; fake && i < SEL_N(row); i++) {
		void *other = NULL;
		struct screen *s;

		(void)state;
		assert_int_equal(set_up(&other), 0);
		s = other;
		(void)setenv("FAKE_SUMMARY", row[i].summary, 1);
		ask(s, 24, 80);
		(void)unsetenv("FAKE_SUMMARY");
		wait_for(s, "y allow");
		press(s, "n");
		wait_for(s, "all of it: seldom log");
		(void)end_of(s);
		assert_int_equal(shows(s, "seldom: first\\x1B[2J: seldom digest"), row[i].shown);
		assert_int_equal(shows(s, "seldom: second"), row[i].shown);
		assert_false(shows(s, "third"));
		assert_int_equal(tear_down(&other), 0);
	}
}

/* --- what the fake broker can show --------------------------------------------------------------
 */

static void a_tier_3_wants_its_word_typed(void **state)
{
	struct screen *s = *state;

	if (!fake)
		skip(); /* tests/unit/test_line.c has the rules; a real T3 needs a secret */
	start(s, 24, 80, "", 3, WRITE_IT);
	wait_for(s, "y allow");
	press(s, "y"); /* still inside its 1,500 ms */
	assert_false(shows(s, "to allow, type"));
	pump(s, 1500 * USEC_PER_MSEC);
	press(s, "y");
	wait_for(s, "to allow, type");
	press(s, "\r");
	press(s, "outfile"); /* pasted */
	press(s, "\r");
	press(s, "x");
	press(s, "\r");
	wait_for(s, "another word");
	assert_false(done(s));
	for (const char *c = "ouut"; *c; c++)
		press(s, (const char[]){*c, '\0'});
	press(s, "\x7f");
	press(s, "\x7f");
	for (const char *c = "tfile"; *c; c++)
		press(s, (const char[]){*c, '\0'});
	assert_false(done(s));
	press(s, "\r");
	wait_for(s, "allowed once");
	(void)end_of(s);
	assert_true(done(s));
}

static void a_stopped_program_stops_its_job_until_it_is_continued(void **state)
{
	struct screen *s = *state;

	if (!fake)
		skip();
	start(s, 60, 80, STOPPED_JOB, 0, "");
	wait_for(s, "y allow");
	press(s, "y");
	wait_for(s, "stopped=");
	wait_for(s, " icanon"); /* not "-icanon": the terminal is the shell's again */
	assert_false(shows(s, "back"));
	press(s, "go\n");
	wait_for(s, "back");
	wait_for(s, "ended=0");
	(void)end_of(s);
	modes_as_before(s);
}

static void a_program_that_nobody_could_continue_is_not_left_stopped(void **state)
{
	struct screen *s = *state;

	if (!fake)
		skip();
	/* Session leader of its terminal: an orphaned group, which SIGTSTP does not stop. */
	start(s, 24, 80, "", 0, "kill -STOP $$; echo ba''ck");
	wait_for(s, "y allow");
	press(s, "y");
	wait_for(s, "back");
	assert_int_equal(end_of(s), 0);
	modes_as_before(s);
}

/* As a person in another terminal: `seldom pending`, then `seldom answer`. */
static void a_note_goes_with_a_denial(void **state)
{
	struct screen *s = *state;

	ask(s, 24, 80);
	wait_for(s, "y allow");
	press(s, "N");
	wait_for(s, "to deny, type a note and Enter");
	for (const char *c = "use y"; *c; c++)
		press(s, (char[]){*c, '\0'});
	assert_false(done(s));
	press(s, "\r");
	wait_for(s, "seldom: denied: use y");
	(void)end_of(s);
	assert_false(done(s));
	modes_as_before(s);
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

/* The last one that was set; libvterm's way of telling it depends on its version. */
static const char *title(const struct screen *s)
{
	static const char set[] = "\033]2;";
	static char last[256];

	last[0] = '\0';
	for (const char *at = s->raw; (at = strstr(at, set)); at += sizeof set - 1)
		(void)snprintf(last, sizeof last, "%.*s",
			       (int)strcspn(at + sizeof set - 1, "\033\a"), at + sizeof set - 1);
	return last;
}

static void wait_for_title(struct screen *s, const char *text)
{
	usec_t end = sel_now_monotonic() + PATIENCE;

	while (!strstr(title(s), text)) {
		if (sel_now_monotonic() > end)
			fail_msg("waited in vain for the title '%s': '%s'", text, title(s));
		pump(s, 20 * USEC_PER_MSEC);
	}
}

/* The title is of the program's terminal: it is given back. */
static void the_status_is_in_the_title(void **state)
{
	struct screen *s = *state;

	start(s, 24, 80, "--status", 2, WRITE_IT "; printf 'go%s\\n' od; read -r _");
	wait_for_title(s, "seldom: 1 waits \u00b7 questions 1");
	assert_non_null(strstr(title(s), "automatic "));
	assert_non_null(strstr(title(s), "refused "));
	wait_for(s, "y allow");
	press(s, "y");
	wait_for(s, "good");
	wait_for_title(s, "seldom: questions 1");
	assert_int_equal(count(s->raw, "\033[22;2t"), 1);
	assert_int_equal(count(s->raw, "\033[23;2t"), 0);
	press(s, "\n");
	(void)end_of(s);
	assert_int_equal(count(s->raw, "\033[23;2t"), 1);
	modes_as_before(s);
}

static void without_being_asked_for_the_title_stays(void **state)
{
	static const char *const options[] = {"--no-net", "--plain --status"};

	(void)state;
	for (size_t i = 0; i < SEL_N(options); i++) {
		void *other = NULL;
		struct screen *s;

		assert_int_equal(set_up(&other), 0);
		s = other;
		start(s, 24, 80, options[i], 2, WRITE_IT);
		wait_for(s, "y allow");
		pump(s, 1500 * USEC_PER_MSEC); /* longer than between two statuses */
		press(s, "y");
		(void)end_of(s);
		assert_true(done(s));
		assert_string_equal(title(s), "");
		assert_null(strstr(s->raw, "\033[22;2t"));
		assert_int_equal(tear_down(&other), 0);
	}
}

static void answer_from_outside(const struct screen *s)
{
	char command[2048];

	(void)snprintf(command, sizeof command,
		       "export HOME='%s/home' XDG_RUNTIME_DIR='%s/run' XDG_STATE_HOME='%s/state'; "
		       "id=$('%s' pending --json | sed -n 's/.*\"id\":\"\\([^\"]*\\)\".*/\\1/p'); "
		       "'%s' answer \"$id\" allow",
		       s->dir, s->dir, s->dir, seldom, seldom);
	assert_int_equal(system(command), 0);
}

static void an_answer_elsewhere_closes_it(void **state)
{
	struct screen *s = *state;
	char path[300];

	if (!fake) {
		ask(s, 24, 80);
		wait_for(s, "y allow");
		answer_from_outside(s);
		wait_for(s, "answered elsewhere: allow, by answer");
		(void)end_of(s);
		assert_true(done(s));
		modes_as_before(s);
		return;
	}
	(void)snprintf(path, sizeof path, "%s/elsewhere", s->dir);
	(void)setenv("FAKE_ELSEWHERE", path, 1);
	ask(s, 24, 80);
	(void)unsetenv("FAKE_ELSEWHERE");
	wait_for(s, "y allow");
	assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0);
	wait_for(s, "answered elsewhere: allow, by console");
	(void)end_of(s);
	assert_true(shows(s, "finished"));
	modes_as_before(s);
}

static bool is_private(const char *path)
{
	return strncmp(path, "/tmp/", 5) == 0 || strncmp(path, "/var/tmp/", 9) == 0;
}

/* A build tree below /tmp is no place for what a program inside shall not write. */
static const char *visible_place(void)
{
	const char *places[] = {"/var/cache", getenv("HOME")};

	for (size_t i = 0; i < SEL_N(places); i++)
		if (places[i] && !is_private(places[i]) && access(places[i], W_OK | X_OK) == 0)
			return places[i];
	return NULL;
}

int main(int argc, char **argv)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(y_allows_what_was_shown_in_full),
		T(keys_count_once_the_terminal_shows_the_question),
		T(two_hundred_early_keys_decide_nothing),
		T(only_y_alone_allows),
		T(keys_of_another_window_decide_nothing),
		T(what_is_clipped_cannot_be_allowed),
		T(a_terminal_too_small_for_anything_can_only_deny),
		T(a_smaller_window_takes_the_allow_away),
		T(hostile_names_are_shown_as_escapes),
		T(nobody_answers_and_it_is_denied),
		T(no_popup_never_asks_here),
		cmocka_unit_test(the_settings_say_whether_it_asks_here),
		T(plain_mode_sends_no_sequences),
		T(two_runs_on_one_terminal_ask_one_after_the_other),
		T(who_asks_gets_the_keys_of_a_terminal_that_another_run_holds),
		T(the_terminal_is_restored_after_every_signal),
		T(a_broker_that_is_killed_allows_nothing),
		T(a_program_s_modes_and_last_words_arrive),
		T(a_tier_3_wants_its_word_typed),
		T(the_tired_type_a_word),
		T(one_question_for_many_is_answered_in_its_own_words),
		T(a_check_is_explained_at_once),
		cmocka_unit_test(a_time_without_focus_is_not_told),
		cmocka_unit_test(hints_come_last_and_only_to_the_fresh),
		T(a_note_goes_with_a_denial),
		T(the_status_is_in_the_title),
		cmocka_unit_test(without_being_asked_for_the_title_stays),
		T(an_answer_elsewhere_closes_it),
		T(a_full_screen_program_is_not_written_over),
		T(a_stopped_program_stops_its_job_until_it_is_continued),
		T(a_program_that_nobody_could_continue_is_not_left_stopped),
	};

	if (argc != 4) {
		(void)fprintf(stderr, "usage: %s PATH-OF-SELDOM fake|real FOLDER\n", argv[0]);
		return 2;
	}
	seldom = argv[1];
	fake = strcmp(argv[2], "fake") == 0;
	base = argv[3];
	if (getenv("ONLY"))
		cmocka_set_test_filter(getenv("ONLY"));
	if (!fake && is_private(base))
		base = visible_place();
	if (!base) {
		(void)printf("skipped: no writable folder outside /tmp\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
