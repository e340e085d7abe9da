/* The popup, as a person meets it: the real `seldom run` in a pseudo-terminal, over vim, less, htop
 * and a program that reads keys on the main screen. Terminal B shows what the run wrote. Terminal A
 * shows what the program wrote and nothing else: `script`, between the two, keeps every byte of it.
 * After each popup the two must be equal: cells, cursor, modes. Whether something was allowed is
 * decided by the file outside the scope, never by what was printed.
 *
 * Argument 1 is the `seldom` to test, argument 2 a folder that is not below /tmp. */
#include "test.h"

#include "../../tui/terminal.c"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <utmp.h>
#include <vterm.h>

/* Not an expectation: how long a loaded machine may take before the test says that it hangs. */
#define PATIENCE (60 * USEC_PER_SEC)

static const char *seldom, *base;

struct terminal {
	VTerm *vt;
	VTermScreen *cells;
	struct sel_screen modes;
	int answers; /* where its answers go; -1: it gives none */
};

struct popup {
	struct terminal a, b;
	int master, slave, raw;
	bool header; /* the recording's first line has been read */
	pid_t pid;
	int rows, cols, status;
	bool ended;
	struct termios before;
	char dir[256], target[300];
	size_t bytes; /* of the run's output so far */
};

/* --- terminals -------------------------------------------------------------------------------- */

static void terminal_open(struct terminal *t, int rows, int cols)
{
	*t = (struct terminal){.vt = vterm_new(rows, cols), .answers = -1};
	vterm_set_utf8(t->vt, 1);
	t->cells = vterm_obtain_screen(t->vt);
	vterm_screen_enable_altscreen(t->cells, 1);
	vterm_screen_reset(t->cells, 1);
}

/* libvterm 0.1 stumbles over half a character and half a sequence: it gets whole ones. */
static void terminal_feed(struct terminal *t, const char *bytes, size_t n)
{
	sel_screen_feed(&t->modes, bytes, n);
}

/* And of several modes in one sequence it reads the first only. */
static void terminal_token(void *ctx, const struct sel_token *token)
{
	struct terminal *t = ctx;
	const struct sel_csi *csi = token->csi;

	if (token->kind == SEL_TOKEN_STRING)
		return;
	/* "Are you well?", as every terminal answers it: only then does a panel take keys. */
	if (csi && csi->final == 'n' && csi->arg[0] == 5 && t->answers >= 0)
		(void)!write(t->answers, "\033[0n", 4);
	if (!csi || csi->n < 2 || csi->leader != '?' || !strchr("hl", csi->final)) {
		(void)vterm_input_write(t->vt, token->bytes, token->n);
		return;
	}
	for (unsigned i = 0; i < csi->n; i++) {
		char one[32];
		int n = snprintf(one, sizeof one, "\033[?%d%c", csi->arg[i], csi->final);

		(void)vterm_input_write(t->vt, one, (size_t)n);
	}
}

static void terminal_text(const struct terminal *t, char *out, size_t cap)
{
	int rows, cols;
	size_t n = 0;

	vterm_get_size(t->vt, &rows, &cols);
	for (int row = 0; row < rows && n + 4 < cap; row++) {
		VTermRect rect = {row, row + 1, 0, cols};

		n += vterm_screen_get_text(t->cells, out + n, cap - n - 2, rect);
		out[n++] = '\n';
	}
	out[n] = '\0';
}

static bool shows(const struct terminal *t, const char *text)
{
	static char all[65536];

	terminal_text(t, all, sizeof all);
	return strstr(all, text) != NULL;
}

static bool cells_differ(const VTermScreenCell *a, const VTermScreenCell *b)
{
	bool no_a = a->chars[0] == 0 || a->chars[0] == (uint32_t)-1,
	     no_b = b->chars[0] == 0 || b->chars[0] == (uint32_t)-1;

	if (no_a || no_b)
		return no_a != no_b || (a->chars[0] == 0 && b->chars[0] == 0 &&
					!vterm_color_is_equal(&a->bg, &b->bg));
	for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && (a->chars[i] || b->chars[i]); i++)
		if (a->chars[i] != b->chars[i])
			return true;
	return !vterm_color_is_equal(&a->fg, &b->fg) || !vterm_color_is_equal(&a->bg, &b->bg) ||
	       a->attrs.bold != b->attrs.bold || a->attrs.underline != b->attrs.underline ||
	       a->attrs.italic != b->attrs.italic || a->attrs.reverse != b->attrs.reverse;
}

/* NULL: they are equal. */
static const char *difference(const struct popup *p)
{
	static char text[160];
	const struct sel_screen *a = &p->a.modes, *b = &p->b.modes;
	VTermPos pa, pb;

	for (int row = 0; row < p->rows; row++)
		for (int col = 0; col < p->cols; col++) {
			const VTermPos pos = {row, col};
			VTermScreenCell ca, cb;

			(void)vterm_screen_get_cell(p->a.cells, pos, &ca);
			(void)vterm_screen_get_cell(p->b.cells, pos, &cb);
			if (!cells_differ(&ca, &cb))
				continue;
			(void)snprintf(text, sizeof text, "row %d column %d is U+%X, not U+%X", row,
				       col, cb.chars[0], ca.chars[0]);
			return text;
		}
	vterm_state_get_cursorpos(vterm_obtain_state(p->a.vt), &pa);
	vterm_state_get_cursorpos(vterm_obtain_state(p->b.vt), &pb);
	if (pa.row != pb.row || pa.col != pb.col) {
		(void)snprintf(text, sizeof text, "the cursor is at %d,%d, not %d,%d", pb.row,
			       pb.col, pa.row, pa.col);
		return text;
	}
	if (a->alternate != b->alternate || a->paste != b->paste || a->focus != b->focus ||
	    a->mouse != b->mouse || a->mouse_format != b->mouse_format || a->hidden != b->hidden ||
	    a->origin != b->origin || a->no_wrap != b->no_wrap || a->insert != b->insert ||
	    a->keypad != b->keypad || a->cursor_keys != b->cursor_keys || a->sync != b->sync ||
	    a->modify_keys != b->modify_keys || a->kitty_depth != b->kitty_depth ||
	    a->shape != b->shape || a->charsets.gl != b->charsets.gl)
		return "a mode differs";
	return NULL;
}

/* --- the run ---------------------------------------------------------------------------------- */

static void read_recording(struct popup *p)
{
	char bytes[4096];
	ssize_t n;

	if (p->raw < 0) {
		char path[300];

		(void)snprintf(path, sizeof path, "%s/work/raw", p->dir);
		p->raw = open(path, O_RDONLY | O_CLOEXEC);
	}
	while (p->raw >= 0 && (n = read(p->raw, bytes, sizeof bytes)) > 0) {
		const char *from = bytes;

		if (!p->header) { /* "Script started on ..." */
			from = memchr(bytes, '\n', (size_t)n);
			assert_non_null(from);
			from++;
			p->header = true;
		}
		terminal_feed(&p->a, from, (size_t)(bytes + n - from));
	}
}

static void pump(struct popup *p, usec_t for_usec)
{
	usec_t end = sel_now_monotonic() + for_usec;

	do {
		struct pollfd fd = {.fd = p->master, .events = POLLIN};
		char bytes[4096];
		ssize_t n;

		if (poll(&fd, 1, 10) > 0 && (n = read(p->master, bytes, sizeof bytes)) > 0) {
			terminal_feed(&p->b, bytes, (size_t)n);
			p->bytes += (size_t)n;
		}
		read_recording(p);
		if (!p->ended && waitpid(p->pid, &p->status, WNOHANG) == p->pid)
			p->ended = true;
	} while (sel_now_monotonic() < end);
}

static void fail_with_screen(const struct popup *p, const char *what)
{
	static char all[65536];

	terminal_text(&p->a, all, sizeof all);
	(void)fprintf(stderr, "the program alone:\n%s", all);
	terminal_text(&p->b, all, sizeof all);
	fail_msg("%s; the screen is:\n%s", what, all);
}

static void wait_shows(struct popup *p, const char *text, bool wanted)
{
	usec_t end = sel_now_monotonic() + PATIENCE;

	while (shows(&p->b, text) != wanted) {
		pump(p, 10 * USEC_PER_MSEC);
		if (sel_now_monotonic() > end)
			fail_with_screen(p, text);
	}
}

/* Both have read all there is. */
static void wait_equal(struct popup *p)
{
	usec_t end = sel_now_monotonic() + PATIENCE;
	const char *what;

	while ((what = difference(p)) != NULL || shows(&p->b, "y allow")) {
		pump(p, 20 * USEC_PER_MSEC);
		if (sel_now_monotonic() > end)
			fail_with_screen(p, what ? what : "the popup is still there");
	}
	assert_true(p->bytes > 0 && p->header);
}

static void type_bytes(struct popup *p, const char *bytes, size_t n)
{
	while (n) {
		ssize_t w = write(p->master, bytes, n);

		assert_true(w > 0);
		bytes += w;
		n -= (size_t)w;
	}
}

static void type(struct popup *p, const char *bytes)
{
	type_bytes(p, bytes, strlen(bytes));
}

/* A key as a hand at rest presses it. */
static void press(struct popup *p, const char *bytes)
{
	pump(p, 700 * USEC_PER_MSEC);
	type(p, bytes);
	pump(p, 100 * USEC_PER_MSEC);
}

static bool made(const struct popup *p)
{
	return access(p->target, F_OK) == 0;
}

static void put_env(const struct popup *p, const char *name, const char *below)
{
	char path[300];

	(void)snprintf(path, sizeof path, "%s/%s", p->dir, below);
	(void)mkdir(path, 0700);
	(void)setenv(name, path, 1);
}

static void write_text(const char *path)
{
	FILE *file = fopen(path, "we");

	for (int i = 0; file && i < 100; i++)
		(void)fprintf(file, "line %d: %s\n", i,
			      i % 4 == 0   ? "plain"
			      : i % 4 == 1 ? "ünïcödé 日本語"
			      : i % 4 == 2 ? "e\u0301 and \U0001F642"
					   : "a\ttab and much more than what one row has room for "
					     "on a narrow terminal");
	if (file)
		(void)fclose(file);
}

static void child(const struct popup *p, const char *program)
{
	char path[300], command[1024];

	put_env(p, "HOME", "home");
	put_env(p, "XDG_RUNTIME_DIR", "run");
	put_env(p, "XDG_STATE_HOME", "state");
	put_env(p, "XDG_CONFIG_HOME", "config");
	(void)setenv("LC_ALL", "C.UTF-8", 1);
	(void)setenv("TERM", "xterm-256color", 1);
	(void)setenv("TARGET", p->target, 1);
	(void)setenv("SHELL", "/bin/sh", 1); /* script's: an account may have none */
	(void)unsetenv("NO_COLOR");
	(void)unsetenv("LINES");
	(void)unsetenv("COLUMNS");
	(void)unsetenv("TMUX");
	(void)snprintf(path, sizeof path, "%s/work", p->dir);
	if (mkdir(path, 0700) < 0 || chdir(path) < 0)
		_exit(99);
	write_text("text");
	/* What asks is a process beside the program, once the test says so; no child of it, for
	 * script(1) stops relaying when a child that it does not know ends. */
	(void)snprintf(
		command, sizeof command,
		"((until [ -e go ]; do sleep 0.05; done; echo x >\"$TARGET\") 2>/dev/null &); "
		"exec %s '%s' raw",
		program[0] == '!' ? "sh -c" : "script -qfe -c", program + (program[0] == '!'));
	(void)execl(seldom, seldom, "run", "--no-net", "--", "sh", "-c", command, NULL);
	_exit(98);
}

static void start(struct popup *p, int rows, int cols, const char *program)
{
	static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

	*p = (struct popup){.rows = rows, .cols = cols, .raw = -1};
	(void)snprintf(p->dir, sizeof p->dir, "%s/popup.XXXXXX", base);
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->target, sizeof p->target, "%s/outside", p->dir);
	terminal_open(&p->a, rows, cols);
	terminal_open(&p->b, rows, cols);
	p->a.modes.token = p->b.modes.token = terminal_token;
	p->a.modes.ctx = &p->a;
	p->b.modes.ctx = &p->b;
	assert_int_equal(openpty(&p->master, &p->slave, NULL, NULL, &size), 0);
	assert_int_equal(tcgetattr(p->slave, &p->before), 0);
	p->b.answers = p->master;
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* also where a test fails */
		(void)close(p->master);
		(void)login_tty(p->slave);
		for (size_t i = 0; i < SEL_N(ends); i++)
			(void)signal(ends[i], SIG_DFL);
		child(p, program);
	}
}

static void go(struct popup *p)
{
	char path[300];
	int fd;

	(void)snprintf(path, sizeof path, "%s/work/go", p->dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	wait_shows(p, "outside", true);
	wait_shows(p, "asked ", true);
}

static void wait_end(struct popup *p)
{
	usec_t end = sel_now_monotonic() + PATIENCE;

	while (!p->ended) {
		pump(p, 10 * USEC_PER_MSEC);
		if (sel_now_monotonic() > end)
			fail_with_screen(p, "the run does not end");
	}
	pump(p, 100 * USEC_PER_MSEC);
}

static void finish(struct popup *p)
{
	char command[400];

	if (!p->ended) {
		(void)kill(p->pid, SIGTERM);
		for (int i = 0; i < 600 && !p->ended; i++) /* the broker tidies up */
			pump(p, 20 * USEC_PER_MSEC);
	}
	if (!p->ended) {
		(void)kill(p->pid, SIGKILL);
		(void)waitpid(p->pid, NULL, 0);
	}
	vterm_free(p->a.vt);
	vterm_free(p->b.vt);
	(void)close(p->master);
	(void)close(p->slave);
	if (p->raw >= 0)
		(void)close(p->raw);
	(void)snprintf(command, sizeof command, "rm -rf -- '%s' 2>/dev/null", p->dir);
	for (int i = 0; i < 100 && system(command) != 0; i++)
		(void)usleep(50000); /* the broker is still tidying up */
}

/* --- over the programs ------------------------------------------------------------------------ */

static const struct program {
	const char *command, *ready, *keys, *after;
} programs[] = {
	{"exec vim.tiny -u NONE -N text", "line 3", "20jihello wörld\033", "20joafter\033"},
	{"exec vim.tiny -u NONE -N -c \"set nu hls\" -c \"split\" -c \"/tab\" text", "line 3", "j",
	 ":vsplit\rG"},
	{"exec less text", "line 3", "jjj/tab\r", " "},
	{"HTOPRC=htoprc exec htop -d 100", "F10", "\033[B", "\033[B"},
};

/* In raw mode on the main screen, as readline and coding agents are: lines above, a prompt, and
 * the cursor in the middle of it. */
#define INK                                                                                        \
	"stty raw -echo; seq -f \"row %g\" 1 9 | sed \"s/$/\\r/\"; "                               \
	"printf \"\\033[?2004h\\033[?25l\\033[1;36m> prompt\\033[0m tail\\033[4D\"; "              \
	"while :; do c=$(dd bs=1 count=1 2>/dev/null); printf \"<%s>\" \"$c\"; done"

static void over(const struct program *program, int rows, int cols, const char *answer)
{
	struct popup p;
	bool allow = answer[0] == 'y';

	start(&p, rows, cols, program->command);
	wait_shows(&p, program->ready, true);
	type(&p, program->keys);
	pump(&p, 500 * USEC_PER_MSEC);
	wait_equal(&p);
	go(&p);
	assert_false(made(&p));
	assert_non_null(difference(&p)); /* the canary: a popup is a difference */
	press(&p, answer);
	wait_equal(&p);
	if (allow)
		for (int i = 0; i < 500 && !made(&p); i++)
			pump(&p, 10 * USEC_PER_MSEC);
	assert_int_equal(made(&p), allow);
	pump(&p, 400 * USEC_PER_MSEC);
	type(&p, program->after);
	pump(&p, 500 * USEC_PER_MSEC);
	wait_equal(&p);
	finish(&p);
}

static void a_popup_over_a_full_screen_program_leaves_no_trace(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEL_N(programs); i++) {
		over(&programs[i], 24, 80, i % 2 ? "y" : "n");
		over(&programs[i], 40, 120, i % 2 ? "n" : "y");
	}
	over(&programs[0], 10, 40, "\033");
}

static void a_popup_over_keys_on_the_main_screen_leaves_no_trace(void **state)
{
	static const struct program ink = {INK, "prompt tail", "ab", "cd"};

	(void)state;
	over(&ink, 24, 80, "n");
	over(&ink, 24, 80, "y");
}

/* Typed in the popup; what is said of it waits until the program no longer fills the screen. */
static void a_note_is_typed_and_leaves_no_trace(void **state)
{
	struct popup p;

	(void)state;
	start(&p, 24, 80, "less text");
	wait_shows(&p, "line 3", true);
	wait_equal(&p);
	go(&p);
	press(&p, "N");
	wait_shows(&p, "with the note", true);
	for (const char *c = "say y"; *c; c++)
		press(&p, (char[]){*c, '\0'});
	wait_shows(&p, "with the note: say y", true);
	press(&p, "\r");
	wait_equal(&p);
	assert_false(made(&p));
	assert_false(shows(&p.b, "denied: say y"));
	finish(&p);
}

static void keys_of_the_first_moment_allow_nothing(void **state)
{
	struct popup p;
	unsigned seed = 4711;

	(void)state;
	start(&p, 24, 80, programs[0].command);
	wait_shows(&p, "line 3", true);
	wait_equal(&p);
	go(&p);
	for (int i = 0; i < 200; i++) { /* some 400 ms, and every third an allow */
		char key;

		seed = seed * 1103515245 + 12345;
		key = (char)(i % 3 ? ' ' + (int)(seed >> 16) % 95 : 'y');
		type_bytes(&p, &key, 1);
		pump(&p, USEC_PER_MSEC);
	}
	assert_false(made(&p));
	wait_shows(&p, "y allow", true); /* nobody types any more */
	type(&p, "\033[200~y\033[201~");
	pump(&p, 600 * USEC_PER_MSEC);
	type(&p, "yyyyyyy"); /* several at once */
	pump(&p, 200 * USEC_PER_MSEC);
	type(&p, "\r");
	press(&p, " ");
	press(&p, "\t");
	assert_false(made(&p));
	assert_true(shows(&p.b, "y allow"));
	press(&p, "y"); /* and the canary */
	for (int i = 0; i < 500 && !made(&p); i++)
		pump(&p, 10 * USEC_PER_MSEC);
	assert_true(made(&p));
	wait_equal(&p);
	finish(&p);
}

static void what_is_written_meanwhile_is_shown_afterwards(void **state)
{
	struct popup p;

	(void)state;
	start(&p, 24, 80,
	      "stty raw -echo; printf \"\\033[?1049hready\"; until [ -e go ]; do sleep 0.05; done; "
	      "sleep 1; seq -f \"number %g\" 1 2000 | sed \"s/$/\\r/\"; printf END; cat "
	      ">/dev/null");
	wait_shows(&p, "ready", true);
	go(&p);
	pump(&p, 2 * USEC_PER_SEC);
	assert_false(shows(&p.b, "number"));
	press(&p, "n");
	wait_shows(&p, "END", true);
	wait_equal(&p);
	assert_true(shows(&p.b, "number 2000"));
	finish(&p);
}

/* The terminal's answer to the program's question; a key that looks like another one's. */
static void replies_reach_the_program_and_keys_do_not(void **state)
{
	struct popup p;

	(void)state;
	start(&p, 24, 80,
	      "stty raw -echo; printf \"\\033[?1049hready \\033[c\\033[6n\"; "
	      "while :; do dd bs=1 count=1 2>/dev/null | od -An -c | tr -d \"\\n\"; done");
	wait_shows(&p, "ready", true);
	go(&p);
	pump(&p, 500 * USEC_PER_MSEC);
	type(&p, "\033[?62;4c");
	type(&p, "\033[12;7R");
	type(&p, "\033[1;2R"); /* Shift-F3 */
	type(&p, "x\033[A");
	press(&p, "n");
	wait_shows(&p, "1   2   ;   7   R", true);
	pump(&p, 500 * USEC_PER_MSEC);
	wait_equal(&p);
	assert_true(shows(&p.b, "?   6   2   ;   4   c"));
	assert_false(shows(&p.b, "1   ;   2   R"));
	assert_false(shows(&p.b, "x"));
	assert_false(shows(&p.b, "A"));
	finish(&p);
}

/* At once, and not only after a while: who has answered types on. */
static void the_first_key_after_an_answer_is_the_programs(void **state)
{
	struct popup p;

	(void)state;
	start(&p, 24, 80, "!stty raw -echo; printf \"\\033[?1049hready \"; exec cat -v");
	wait_shows(&p, "ready", true);
	go(&p);
	pump(&p, 700 * USEC_PER_MSEC);
	type(&p, "n");
	wait_shows(&p, "y allow", false);
	assert_false(shows(&p.b, "ready x"));
	type(&p, "x");
	wait_shows(&p, "ready x", true);
	assert_false(made(&p));
	finish(&p);
}

static void a_resize_under_the_popup_is_followed(void **state)
{
	static const int sizes[][2] = {{30, 100}, {10, 40}, {8, 30}, {24, 80}};
	struct popup p;

	(void)state;
	start(&p, 24, 80, programs[0].command);
	wait_shows(&p, "line 3", true);
	wait_equal(&p);
	go(&p);
	for (size_t i = 0; i < SEL_N(sizes); i++) {
		struct winsize size = {.ws_row = (unsigned short)sizes[i][0],
				       .ws_col = (unsigned short)sizes[i][1]};

		p.rows = sizes[i][0];
		p.cols = sizes[i][1];
		vterm_set_size(p.a.vt, p.rows, p.cols);
		vterm_set_size(p.b.vt, p.rows, p.cols);
		assert_int_equal(ioctl(p.master, TIOCSWINSZ, &size), 0);
		if (p.rows >= 10)
			wait_shows(&p, "outside", true);
		else
			wait_shows(&p, "too small", true);
		pump(&p, 100 * USEC_PER_MSEC);
		type(&p, "y"); /* what was read must be read again */
		pump(&p, 50 * USEC_PER_MSEC);
		if (p.rows < 10)
			press(&p, "y"); /* after the guard, too: it cannot be read here */
		assert_false(made(&p));
	}
	assert_false(made(&p));
	press(&p, "n");
	type(&p, "\f"); /* what a terminal does to cells at its edge is its own affair */
	wait_equal(&p);
	assert_false(made(&p));
	finish(&p);
}

/* A terminal that is behind with what a program wrote: who types 'y' at a prompt of the program has
 * not seen the panel. */
static void keys_count_once_the_terminal_shows_the_panel(void **state)
{
	struct popup p;

	(void)state;
	start(&p, 24, 80, programs[0].command);
	wait_shows(&p, "line 3", true);
	p.b.answers = -1;
	go(&p);
	press(&p, "y");
	pump(&p, 600 * USEC_PER_MSEC);
	assert_false(made(&p));
	assert_true(shows(&p.b, "y off"));
	type(&p, "\033[0n");
	wait_shows(&p, "y allow", true);
	press(&p, "y"); /* the canary */
	wait_equal(&p);
	for (int i = 0; i < 500 && !made(&p); i++)
		pump(&p, 10 * USEC_PER_MSEC);
	assert_true(made(&p));
	finish(&p);
}

/* Stopped and continued from outside, as by a debugger or a frozen laptop. */
static void stopped_under_a_panel_it_goes_on(void **state)
{
	(void)state;
	for (int allow = 0; allow < 2; allow++) {
		struct popup p;

		start(&p, 24, 80, programs[0].command);
		wait_shows(&p, "line 3", true);
		go(&p);
		assert_int_equal(kill(p.pid, SIGSTOP), 0);
		type(&p, "y"); /* while nothing is there to show a question */
		pump(&p, 300 * USEC_PER_MSEC);
		assert_false(made(&p));
		assert_int_equal(kill(p.pid, SIGCONT), 0);
		wait_shows(&p, "asked ", true);
		press(&p, allow ? "y" : "n");
		wait_equal(&p);
		for (int i = 0; allow && i < 500 && !made(&p); i++)
			pump(&p, 10 * USEC_PER_MSEC);
		assert_int_equal(made(&p), allow);
		finish(&p);
	}
}

static void put_off_it_comes_back(void **state)
{
	struct popup p;

	(void)state;
	start(&p, 24, 80, programs[0].command);
	wait_shows(&p, "line 3", true);
	go(&p);
	press(&p, "\033");
	wait_equal(&p);
	type(&p, "onew\033");
	wait_shows(&p, "new", true);
	wait_equal(&p);
	assert_false(made(&p));
	wait_shows(&p, "y allow", true);
	press(&p, "y");
	wait_equal(&p);
	for (int i = 0; i < 500 && !made(&p); i++)
		pump(&p, 10 * USEC_PER_MSEC);
	assert_true(made(&p));
	finish(&p);
}

/* --- ends ------------------------------------------------------------------------------------- */

static pid_t broker_of(const struct popup *p)
{
	char path[64];
	long pid = 0;
	FILE *file;

	(void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)p->pid, (int)p->pid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld", &pid), 1);
	(void)fclose(file);
	assert_true(pid > 1);
	return (pid_t)pid;
}

static void terminal_given_back(struct popup *p)
{
	struct termios now;

	assert_int_equal(tcgetattr(p->slave, &now), 0);
	assert_int_equal(now.c_lflag, p->before.c_lflag);
	assert_int_equal(now.c_iflag, p->before.c_iflag);
	assert_int_equal(now.c_oflag, p->before.c_oflag);
	assert_false(p->b.modes.alternate);
	assert_false(p->b.modes.paste);
	assert_false(p->b.modes.focus);
	assert_false(p->b.modes.hidden);
	assert_false(p->b.modes.no_wrap);
	assert_int_equal(p->b.modes.mouse, 0);
	assert_int_equal(p->b.modes.modify_keys, 0);
	assert_false(made(p));
}

static void after_every_end_the_terminal_is_given_back(void **state)
{
	static const struct {
		const char *what, *program, *ready;
		bool broker;
		int signal;
	} row[] = {
		{"the broker is killed, over vim", "exec vim.tiny -u NONE -N text", "line 3", true,
		 SIGKILL},
		{"the broker is killed, over htop", "HTOPRC=htoprc exec htop -d 100", "F10", true,
		 SIGKILL},
		{"the broker is killed, on the main screen", INK, "prompt tail", true, SIGKILL},
		{"SIGTERM, over vim", "exec vim.tiny -u NONE -N text", "line 3", false, SIGTERM},
		{"SIGTERM, on the main screen", INK, "prompt tail", false, SIGTERM},
		{"SIGHUP, over less", "!exec less text", "line 3", false, SIGHUP},
		{"SIGSEGV, over vim", "exec vim.tiny -u NONE -N text", "line 3", false, SIGSEGV},
		{"SIGSEGV, over htop", "HTOPRC=htoprc exec htop -d 100", "F10", false, SIGSEGV},
		{"SIGSEGV, on the main screen", INK, "prompt tail", false, SIGSEGV},
		{"SIGABRT, over less", "exec less text", "line 3", false, SIGABRT},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct popup p;

		(void)fprintf(stderr, "  %s\n", row[i].what);
		start(&p, 24, 80, row[i].program);
		wait_shows(&p, row[i].ready, true);
		pump(&p, 200 * USEC_PER_MSEC);
		go(&p);
		assert_int_equal(kill(row[i].broker ? broker_of(&p) : p.pid, row[i].signal), 0);
		wait_end(&p);
		terminal_given_back(&p);
		finish(&p);
	}
}

/* The panel goes with the program that it stood over, and nothing is allowed by that. */
static void a_program_that_is_killed_under_a_panel_takes_it_along(void **state)
{
	struct popup p;
	char path[300];
	int fd;

	(void)state;
	start(&p, 24, 80,
	      "!(until [ -e die ]; do sleep 0.05; done; kill -KILL $$) & exec vim.tiny -u NONE -N "
	      "text");
	wait_shows(&p, "line 3", true);
	go(&p);
	(void)snprintf(path, sizeof path, "%s/work/die", p.dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	wait_end(&p);
	assert_true(WIFEXITED(p.status));
	terminal_given_back(&p);
	finish(&p);
}

/* What the program wrote last is still on its way when it has ended. Not every round shows it. */
static void a_slow_terminal_gets_the_last_line(void **state)
{
	static char bytes[16 + 65536]; /* the end of the last piece, and a piece */

	(void)state;
	for (int round = 0; round < 4; round++) {
		struct popup p;
		bool last = false;
		ssize_t n;

		start(&p, 24, 80,
		      "!exec seq -f \"a line that is longer than others, for there to be much of "
		      "all that is written here: number %g\" 1 21000");
		(void)close(p.slave); /* or the end would not be one */
		while ((n = read(p.master, bytes + 16, sizeof bytes - 16)) > 0) {
			last |= memmem(bytes, 16 + (size_t)n, "number 21000", 12) != NULL;
			memmove(bytes, bytes + n, 16);
			(void)usleep(2000);
		}
		p.slave = open("/dev/null", O_RDWR | O_CLOEXEC);
		assert_true(last);
		finish(&p);
	}
}

/* The person closes the window. */
static void a_terminal_that_goes_ends_it_all(void **state)
{
	struct popup p;

	(void)state;
	start(&p, 24, 80, "!exec vim.tiny -u NONE -N text"); /* script would spin */
	wait_shows(&p, "line 3", true);
	go(&p);
	(void)close(p.slave);
	(void)close(p.master);
	for (int i = 0; i < 1500 && !p.ended; i++) {
		(void)usleep(20000);
		p.ended = waitpid(p.pid, &p.status, WNOHANG) == p.pid;
	}
	assert_true(p.ended);
	assert_false(made(&p));
	p.master = open("/dev/null", O_RDWR | O_CLOEXEC);
	p.slave = open("/dev/null", O_RDWR | O_CLOEXEC);
	finish(&p);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_popup_over_a_full_screen_program_leaves_no_trace),
		cmocka_unit_test(a_popup_over_keys_on_the_main_screen_leaves_no_trace),
		cmocka_unit_test(a_note_is_typed_and_leaves_no_trace),
		cmocka_unit_test(keys_of_the_first_moment_allow_nothing),
		cmocka_unit_test(what_is_written_meanwhile_is_shown_afterwards),
		cmocka_unit_test(replies_reach_the_program_and_keys_do_not),
		cmocka_unit_test(the_first_key_after_an_answer_is_the_programs),
		cmocka_unit_test(a_resize_under_the_popup_is_followed),
		cmocka_unit_test(keys_count_once_the_terminal_shows_the_panel),
		cmocka_unit_test(stopped_under_a_panel_it_goes_on),
		cmocka_unit_test(put_off_it_comes_back),
		cmocka_unit_test(after_every_end_the_terminal_is_given_back),
		cmocka_unit_test(a_program_that_is_killed_under_a_panel_takes_it_along),
		cmocka_unit_test(a_slow_terminal_gets_the_last_line),
		cmocka_unit_test(a_terminal_that_goes_ends_it_all),
	};

	if (argc < 3)
		return 2;
	seldom = argv[1];
	base = argv[2];
	if (argc > 3)
		cmocka_set_test_filter(argv[3]);
	if (strncmp(base, "/tmp/", 5) == 0 || strncmp(base, "/var/tmp/", 9) == 0) {
		(void)printf("SKIP: '%s' is not seen inside: programs have a /tmp of their own\n",
			     base);
		return 77;
	}
	if (system("command -v vim.tiny htop less script >/dev/null") != 0) {
		(void)printf("SKIP: vim.tiny, htop, less or script is missing\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
