/* seldom-init: the last program before CMD, inside the sandbox. It takes the terminal, waits until
 * the masks are mounted, puts on Landlock and the filters, hands the listener over as a number (a
 * trapped call here would wait for a broker that has no listener yet) and executes CMD. It holds no
 * secrets and decides nothing. */
#include "kernel.h"
#include "landlock.h"
#include "seldom/base.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define MAX_INSNS 4096

struct program {
	uint16_t n;
	struct sock_filter code[MAX_INSNS];
};
static struct program refuse, trap;

static _Noreturn void fail(const char *what, int error)
{
	(void)dprintf(STDERR_FILENO, "seldom: init: %s: %s; nothing was run\n", what,
		      strerror(error));
	_exit(SEL_EXIT_SETUP);
}

static void load(int fd, struct program *p)
{
	if (read(fd, &p->n, sizeof p->n) != (ssize_t)sizeof p->n || p->n == 0 || p->n > MAX_INSNS)
		fail("cannot read the filter", EIO);
	size_t bytes = p->n * sizeof p->code[0];
	if (read(fd, p->code, bytes) != (ssize_t)bytes)
		fail("cannot read the filter", EIO);
}

static int install(struct program *p, unsigned long flags)
{
	struct sock_fprog prog = {.len = p->n, .filter = p->code};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}

static int install_listener(void)
{
	int fd = install(&trap,
			 SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);

	if (fd < 0 && errno == EINVAL) /* before 5.19; `seldom doctor` says what that costs */
		fd = install(&trap, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	return fd;
}

static void expect(int control, char word)
{
	char c = 0;

	if (recv(control, &c, 1, 0) != 1 || c != word)
		_exit(SEL_EXIT_SETUP); /* the broker has said why */
}

/* What the caller ignored (nohup) stays ignored; only the broker's own mask and SIGPIPE go back. */
static void reset_signals(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
}

static void take_terminal(int tty)
{
	if (setsid() < 0)
		fail("setsid", errno);
	if (tty >= 0 && ioctl(tty, TIOCSCTTY, 0) < 0)
		fail("cannot take the terminal", errno);
}

/* Stays behind as leader of the session, so that ^Z can stop the program (a group without a parent
 * in its session ignores it), and ends with the program's status. It wears no filter, but the
 * program's Landlock domain forbids it to trace or signal anything outside of the domain. */
static _Noreturn void lead_session(pid_t program)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
	int status;

	for (size_t i = 0; i < SEL_N(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)prctl(PR_SET_NAME, "seldom-init", 0, 0, 0);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)syscall(SYS_close_range, 0U, ~0U, 0U);
	while (waitpid(program, &status, 0) < 0)
		if (errno != EINTR)
			_exit(SEL_EXIT_SETUP);
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

/* From here on in the program's own process: its group has the terminal. */
static void become_program(int tty)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork", errno);
	if (pid > 0)
		lead_session(pid);
	if (setpgid(0, 0) < 0)
		fail("setpgid", errno);
	if (tty >= 0) {
		void (*old)(int) = signal(SIGTTOU, SIG_IGN);

		if (tcsetpgrp(tty, getpid()) < 0)
			fail("cannot take the foreground of the terminal", errno);
		(void)signal(SIGTTOU, old);
	}
}

int main(int argc, char **argv)
{
	int control, filters, tty, listener;

	/* seldom-init CONTROL FILTERS TTY CMD [ARG...]: only the broker calls it */
	if (argc < 5 || sscanf(argv[1], "%d", &control) != 1 ||
	    sscanf(argv[2], "%d", &filters) != 1 || sscanf(argv[3], "%d", &tty) != 1)
		fail("is started by seldom-broker only", EINVAL);
	reset_signals();
	take_terminal(tty);
	become_program(tty);
	load(filters, &refuse);
	load(filters, &trap);
	/* All that is open goes at exec but the three the program was given. */
	if (syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) < 0)
		fail("close_range", errno);
	if (send(control, "R", 1, 0) != 1)
		fail("the broker is gone", errno);
	expect(control, 'G');

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fail("no_new_privs", errno);
	int r = sel_landlock_restrict();
	if (r < 0)
		fail("Landlock", -r);
	if (install(&refuse, 0) < 0)
		fail("cannot install the filter", errno);
	listener = install_listener();
	if (listener < 0)
		fail("cannot install the trapping filter", errno);
	if (write(control, &listener, sizeof listener) != (ssize_t)sizeof listener)
		_exit(SEL_EXIT_SETUP);
	expect(control, 'A');
	(void)close(listener);

	(void)execvp(argv[4], &argv[4]);
	r = errno;
	(void)dprintf(STDERR_FILENO, "seldom: cannot run '%s': %s\n", argv[4], strerror(r));
	_exit(r == ENOENT ? SEL_EXIT_NOTFOUND : SEL_EXIT_CANNOTRUN);
}
