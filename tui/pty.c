#include "pty.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

/* What a prompt switches on: marked pastes and focus reports. Off is harmless where it never was
 * on. */
#define PROMPT_MODES_OFF "\x1b[?2004l\x1b[?1004l"

/* For the crash handler only, which has no other way to find it. */
static struct sel_tty *guarded;
static char guard_bytes[512];
static volatile sig_atomic_t guard_n;

static dev_t tty_device(int fd)
{
	unsigned dev = 0;

	return ioctl(fd, TIOCGDEV, &dev) < 0 ? 0 : (dev_t)dev;
}

static bool same_terminal(int a, int b)
{
	dev_t one = tty_device(a);

	return one != 0 && one == tty_device(b);
}

/* An open description of our own: its O_NONBLOCK must not reach the shell that shares fd 0. */
static int tty_reopen(int std)
{
	char path[32];
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && same_terminal(fd, std))
		return fd;
	if (fd >= 0)
		(void)close(fd);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", std);
	fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Locks of the open description: they end with it, and several runs of one user each have one. */
static int tty_lock_call(const struct sel_tty *tty, int call, struct flock *lock)
{
	int r;

	if (tty->lock < 0)
		return 0;
	do
		r = fcntl(tty->lock, call, lock);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return errno == EACCES ? -EAGAIN : -errno;
	return 0;
}

int sel_tty_lock(const struct sel_tty *tty, enum sel_tty_lock what)
{
	struct flock lock = {.l_type = F_WRLCK, .l_start = what, .l_len = 1};
	int r = tty_lock_call(tty, F_OFD_SETLK, &lock);

	return r == -EAGAIN ? r
			    : 0; /* where terminals cannot be locked there is nobody to wait for */
}

void sel_tty_unlock(const struct sel_tty *tty, enum sel_tty_lock what)
{
	struct flock lock = {.l_type = F_UNLCK, .l_start = what, .l_len = 1};

	(void)tty_lock_call(tty, F_OFD_SETLK, &lock);
}

bool sel_tty_locked(const struct sel_tty *tty, enum sel_tty_lock what)
{
	struct flock lock = {.l_type = F_WRLCK, .l_start = what, .l_len = 1};

	return tty->lock >= 0 && tty_lock_call(tty, F_OFD_GETLK, &lock) == 0 &&
	       lock.l_type != F_UNLCK;
}

int sel_tty_open(struct sel_tty *tty)
{
	struct stat st;
	char path[32];
	int std = -1;

	*tty = (struct sel_tty){.fd = -1, .lock = -1};
	for (int i = 0; i < 3 && std < 0; i++)
		if (isatty(i))
			std = i;
	if (std < 0)
		return 0;
	tty->fd = tty_reopen(std);
	if (tty->fd < 0)
		return tty->fd;
	if (tcgetattr(tty->fd, &tty->saved) < 0)
		return -errno;
	for (int i = 0; i < 3; i++)
		tty->std[i] = isatty(i) && same_terminal(i, tty->fd);
	tty->shared =
		fstat(STDOUT_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
	/* /dev/tty is one file for all terminals; the lock needs the device itself. */
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", std);
	tty->lock = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return 0;
}

void sel_tty_done(struct sel_tty *tty)
{
	sel_tty_restore(tty);
	if (guarded == tty)
		guarded = NULL;
	sel_closep(&tty->lock);
	sel_closep(&tty->fd);
	tty->fd = tty->lock = -1;
}

int sel_pty_make(const struct sel_tty *tty, int *ret_master, int *ret_slave)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	/* Raw already: that is another run's doing, and nothing to begin with. */
	const struct termios *modes = tty->saved.c_lflag & ICANON ? &tty->saved : NULL;
	int master, slave;

	(void)ioctl(tty->fd, TIOCGWINSZ, &size);
	if (openpty(&master, &slave, NULL, modes, &size) < 0)
		return -errno;
	if (fcntl(master, F_SETFD, FD_CLOEXEC) < 0 || fcntl(slave, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) < 0) {
		int saved = -errno;

		(void)close(master);
		(void)close(slave);
		return saved;
	}
	*ret_master = master;
	*ret_slave = slave;
	return 0;
}

int sel_pty_resize(const struct sel_tty *tty, int master)
{
	struct winsize size;

	if (ioctl(tty->fd, TIOCGWINSZ, &size) < 0 || ioctl(master, TIOCSWINSZ, &size) < 0)
		return -errno;
	return 0;
}

bool sel_pty_raw(int master)
{
	struct termios t;

	/* On a master this reads the modes of the slave. */
	return tcgetattr(master, &t) == 0 && !(t.c_lflag & ICANON);
}

bool sel_tty_foreground(const struct sel_tty *tty)
{
	pid_t group = tcgetpgrp(tty->fd);

	return group < 0 ? errno == ENOTTY : group == getpgrp();
}

bool sel_tty_taken(const struct sel_tty *tty)
{
	struct termios t;

	return !tty->raw && tcgetattr(tty->fd, &t) == 0 && !(t.c_lflag & ICANON) &&
	       !sel_tty_locked(tty, SEL_TTY_MODES);
}

int sel_tty_raw(struct sel_tty *tty)
{
	struct termios t;

	if (tty->raw)
		return 0;
	if (sel_tty_lock(tty, SEL_TTY_MODES) < 0)
		return -EAGAIN;
	/* Anew each time: after a stop the shell may have changed them. */
	if (tcgetattr(tty->fd, &tty->saved) < 0)
		return -errno;
	t = tty->saved;
	cfmakeraw(&t);
	if (tcsetattr(tty->fd, TCSANOW, &t) < 0)
		return -errno;
	tty->raw = true;
	return 0;
}

void sel_tty_restore(struct sel_tty *tty)
{
	if (tty->fd < 0 || !tty->raw)
		return;
	tty->raw = false;
	/* In the background the shell has it already, and would be disturbed. Not TCSADRAIN: after
	 * ^S it would wait for ever. */
	if (sel_tty_foreground(tty))
		(void)tcsetattr(tty->fd, TCSANOW, &tty->saved);
	sel_tty_unlock(tty, SEL_TTY_MODES);
}

void sel_tty_size(const struct sel_tty *tty, int *ret_rows, int *ret_columns)
{
	struct winsize size = {0};

	(void)ioctl(tty->fd, TIOCGWINSZ, &size);
	*ret_rows = size.ws_row ? size.ws_row : 24;
	*ret_columns = size.ws_col ? size.ws_col : 80;
}

/* Only calls that are safe in a handler; the disposition is the default again (SA_RESETHAND). */
static void crash(int signo)
{
	if (guarded && guarded->fd >= 0 && guarded->raw) {
		(void)!write(guarded->fd, PROMPT_MODES_OFF, sizeof PROMPT_MODES_OFF - 1);
		(void)!write(guarded->fd, guard_bytes, (size_t)guard_n);
		(void)tcsetattr(guarded->fd, TCSANOW, &guarded->saved);
	}
	(void)raise(signo);
}

void sel_tty_guard_bytes(const char *bytes, size_t n)
{
	guard_n = 0;
	if (n > sizeof guard_bytes)
		return;
	if (n)
		memcpy(guard_bytes, bytes, n);
	guard_n = (sig_atomic_t)n;
}

int sel_tty_guard(struct sel_tty *tty)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
	static char stack[16 * 1024];
	const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
	struct sigaction sa = {.sa_handler = crash, .sa_flags = (int)SA_RESETHAND | SA_ONSTACK};

	guarded = tty;
	if (sigaltstack(&alternate, NULL) < 0)
		return -errno;
	for (size_t i = 0; i < SEL_N(signals); i++)
		if (sigaction(signals[i], &sa, NULL) < 0)
			return -errno;
	return 0;
}
