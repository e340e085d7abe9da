#include "console_term.h"

#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
/* last: its macros are many */
#include <curses.h>
#include <term.h>

/* Pastes are marked, focus is told; a mouse mode that another program left on is ended. */
#define MODES_ON                                                                                   \
	"\033[?1000l\033[?1002l\033[?1003l\033[?1006l"                                             \
	"\033[?2004h\033[?1004h"
#define MODES_OFF      "\033[?2004l\033[?1004l\033[?1000l\033[?1006l"
#define MOUSE_ON       "\033[?1000h\033[?1006h"
#define ASK_BACKGROUND "\033]11;?\033\\"

/* What a signal handler needs to give the terminal back: no allocation, no ncurses. */
static struct {
	bool open;
	struct termios before;
	char bytes[256];
	size_t n;
} back;

static void put(const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = write(STDOUT_FILENO, bytes, n);

		if (done < 0 && errno != EINTR)
			return;
		bytes += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
}

/* --- standard error --------------------------------------------------------------------------- */

static struct {
	int saved, from;
} errors = {-1, -1};

static void errors_take(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return;
	errors.saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (errors.saved >= 0 && dup2(ends[1], STDERR_FILENO) >= 0)
		errors.from = ends[0];
	else
		(void)close(ends[0]);
	(void)close(ends[1]);
}

static void errors_give_back(void)
{
	if (errors.saved >= 0)
		(void)dup2(errors.saved, STDERR_FILENO);
	sel_closep(&errors.saved);
	sel_closep(&errors.from);
	errors.saved = errors.from = -1;
}

int sel_term_errors(void)
{
	return errors.from;
}

/* --- giving it back -------------------------------------------------------------------------- */

static struct {
	bool mouse;
} modes;

static void modes_on(void)
{
	put(MODES_ON, sizeof MODES_ON - 1);
	if (modes.mouse)
		put(MOUSE_ON, sizeof MOUSE_ON - 1);
}

static void crashed(int signal)
{
	if (back.open) {
		if (errors.saved >= 0) /* for what a sanitizer or the C library says now */
			(void)dup2(errors.saved, STDERR_FILENO);
		put(back.bytes, back.n);
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &back.before);
	}
	/* SA_RESETHAND and no mask: this ends the process as it would have ended */
	(void)raise(signal);
}

static void back_prepare(void)
{
	const char *parts[] = {MODES_OFF, "\033[0m", exit_ca_mode, cursor_normal, "\r"};

	back.n = 0;
	for (size_t i = 0; i < SEL_N(parts); i++) {
		size_t n = parts[i] && parts[i] != (char *)-1 ? strlen(parts[i]) : 0;

		if (back.n + n <= sizeof back.bytes) {
			memcpy(back.bytes + back.n, parts[i] ? parts[i] : "", n);
			back.n += n;
		}
	}
}

static void catch_crashes(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGSYS, SIGTRAP};
	struct sigaction sa = {.sa_handler = crashed, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};

	for (size_t i = 0; i < SEL_N(signals); i++)
		(void)sigaction(signals[i], &sa, NULL);
}

/* --- colours --------------------------------------------------------------------------------- */

static attr_t attrs[SEL_ROLE_N];
static short pairs[SEL_ROLE_N];

static struct {
	bool on, asked;
} colours;

static attr_t attr_of(uint8_t look)
{
	return (look & SEL_LOOK_BOLD ? A_BOLD : 0) | (look & SEL_LOOK_DIM ? A_DIM : 0) |
	       (look & SEL_LOOK_REVERSE ? A_REVERSE : 0);
}

static void colours_set(bool light)
{
	for (int i = 0; i < SEL_ROLE_N; i++) {
		int fg = colours.on ? sel_look_color((enum sel_role)i, COLORS, light) : -1;

		attrs[i] = attr_of(colours.on ? sel_looks[i].attr : sel_looks[i].mono);
		pairs[i] = 0;
		if (fg >= 0 && i + 1 < COLOR_PAIRS) {
			pairs[i] = (short)(i + 1);
			(void)init_pair(pairs[i], (short)fg, -1);
		}
	}
}

/* What knows no OSC at all would show it. */
static bool may_ask(void)
{
	static const char *const deaf[] = {"linux", "dumb", "vt", "cons", "ansi"};
	const char *term = getenv("TERM");

	for (size_t i = 0; term && i < SEL_N(deaf); i++)
		if (strncmp(term, deaf[i], strlen(deaf[i])) == 0)
			return false;
	return term != NULL;
}

static void colours_init(enum sel_theme theme)
{
	int named = sel_background_named();

	colours.on = theme != SEL_THEME_NONE && !sel_colorless() && has_colors() &&
		     start_color() == OK && use_default_colors() == OK;
	colours.asked = colours.on && theme == SEL_THEME_ASK && named < 0 && may_ask();
	colours_set(theme == SEL_THEME_LIGHT || (theme == SEL_THEME_ASK && named == 1));
}

void sel_term_theme(bool light)
{
	if (!colours.asked)
		return;
	colours.asked = false; /* once: a program beside us must not make it flicker */
	colours_set(light);
	sel_term_redraw();
}

/* --- life ------------------------------------------------------------------------------------ */

int sel_term_open(enum sel_theme theme, bool mouse)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    tcgetattr(STDIN_FILENO, &back.before) < 0)
		return -ENOTTY;
	if (!newterm(NULL, stdout, stdin))
		return -ENOENT;
	back.open = true;
	back_prepare();
	catch_crashes();
	(void)atexit(sel_term_close);
	(void)cbreak();
	(void)noecho();
	(void)nonl();
	(void)intrflush(stdscr, FALSE);
	(void)curs_set(1);
	colours_init(theme);
	(void)refresh();
	modes.mouse = mouse;
	modes_on();
	errors_take();
	if (colours.asked)
		put(ASK_BACKGROUND, sizeof ASK_BACKGROUND - 1);
	return 0;
}

void sel_term_close(void)
{
	if (!back.open)
		return;
	back.open = false;
	errors_give_back();
	put(MODES_OFF, sizeof MODES_OFF - 1);
	(void)endwin();
	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &back.before);
}

void sel_term_size(int *ret_rows, int *ret_cols)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row > 0 && ws.ws_col > 0) {
		*ret_rows = ws.ws_row < 500 ? ws.ws_row : 500;
		*ret_cols = ws.ws_col < 1000 ? ws.ws_col : 1000;
		if (*ret_rows != LINES || *ret_cols != COLS)
			(void)resizeterm(*ret_rows, *ret_cols);
	} else {
		*ret_rows = LINES;
		*ret_cols = COLS;
	}
}

void sel_term_redraw(void)
{
	(void)clearok(stdscr, TRUE);
}

void sel_term_flush_input(void)
{
	(void)flushinp();
}

void sel_term_suspend(void)
{
	struct sigaction def = {.sa_handler = SIG_DFL}, old;
	sigset_t set, before;

	put(MODES_OFF, sizeof MODES_OFF - 1);
	(void)endwin();
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTSTP);
	(void)sigaction(SIGTSTP, &def, &old);
	(void)kill(getpid(), SIGTSTP);
	(void)sigprocmask(SIG_UNBLOCK, &set, &before); /* here it stops, and later goes on */
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	(void)sigaction(SIGTSTP, &old, NULL);
	(void)refresh();
	modes_on();
	sel_term_redraw();
}

/* --- signals --------------------------------------------------------------------------------- */

int sel_term_signals(void)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP};
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < SEL_N(signals); i++)
		(void)sigaddset(&set, signals[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

int sel_term_signal(int fd)
{
	struct signalfd_siginfo info;

	return read(fd, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

/* --- showing --------------------------------------------------------------------------------- */

static void show_cell(int row, int col, const struct sel_cell_data *cell)
{
	wchar_t text[SEL_CELL_CHARS + 1] = {L' '};
	cchar_t ch;

	for (int i = 0; i < SEL_CELL_CHARS && cell->ch[i]; i++)
		text[i] = cell->ch[i];
	if (setcchar(&ch, text, attrs[cell->role], pairs[cell->role], NULL) != OK)
		(void)setcchar(&ch, L"?", attrs[cell->role], pairs[cell->role], NULL);
	(void)mvadd_wch(row, col, &ch);
}

void sel_term_show(const struct sel_canvas *c)
{
	for (int row = 0; row < c->rows; row++)
		for (int col = 0; col < c->cols; col++) {
			const struct sel_cell_data *cell =
				&c->cells[(size_t)row * (size_t)c->cols + (size_t)col];

			if (!cell->tail)
				show_cell(row, col, cell);
		}
	(void)move(c->cursor_row, c->cursor_col);
	(void)refresh();
}
