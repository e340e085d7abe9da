/* Starts the broker and hands it what the program is to have. */
#include "notify_start.h"
#include "run.h"
#include "seldom/proto.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/socket.h>

/* What the broker finds its descriptors under. */
enum { CONTROL_FD = 3, STDIN_FD, STDOUT_FD, STDERR_FD, TTY_FD, FIRST_OTHER_FD };

struct args {
	char **v;
	size_t n;
	bool failed;
};

static void args_take(struct args *a, char *arg)
{
	char **grown = reallocarray(a->v, a->n + 2, sizeof *grown);

	if (!grown || !arg) {
		a->v = grown ? grown : a->v;
		a->failed = true;
		free(arg);
		return;
	}
	a->v = grown;
	a->v[a->n++] = arg;
	a->v[a->n] = NULL;
}

static void args_add(struct args *a, const char *fmt, ...) _printf_(2, 3);
static void args_add(struct args *a, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	args_take(a, text);
}

static void args_list(struct args *a, const char *name, const struct sel_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		args_add(a, "--%s=%s", name, list->v[i]);
}

static void args_done(struct args *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i]);
	free(a->v);
}

/* The long form of each option; what only concerns the front (--plain, --no-popup, --tmux,
 * --summary) stays. */
static void args_build(struct args *a, const struct run *r, const char *program)
{
	const struct run_options *o = &r->opt;

	args_add(a, "%s", program);
	args_add(a, "--control=%d", CONTROL_FD);
	args_add(a, "--stdin=%d", STDIN_FD);
	args_add(a, "--stdout=%d", STDOUT_FD);
	args_add(a, "--stderr=%d", STDERR_FD);
	if (r->slave >= 0)
		args_add(a, "--tty=%d", TTY_FD);
	if (o->profile)
		args_add(a, "--profile=%s", o->profile);
	args_list(a, "rw", &o->rw);
	args_list(a, "ro", &o->ro);
	args_list(a, "rw-no-delete", &o->rw_no_delete);
	args_list(a, "secret", &o->secret);
	args_list(a, "net", &o->net);
	args_list(a, "env", &o->env);
	if (o->record)
		args_add(a, "--record=%s", o->record);
	if (o->no_net)
		args_add(a, "--no-net");
	if (o->ephemeral)
		args_add(a, "--ephemeral");
	if (o->explain)
		args_add(a, "--explain");
	if (o->ask_timeout != UINT64_MAX)
		args_add(a, "--ask-timeout=%ju", (uintmax_t)o->ask_timeout);
	args_add(a, "--");
	for (char **arg = o->command; *arg; arg++)
		args_take(a, strdup(*arg));
}

/* Everything goes out of the way first: a source may sit where another one is to go. */
static int place(const int *from, const int *to, size_t n)
{
	int moved[8];

	for (size_t i = 0; i < n; i++) {
		moved[i] = fcntl(from[i], F_DUPFD_CLOEXEC, FIRST_OTHER_FD + 8);
		if (moved[i] < 0)
			return -errno;
	}
	for (size_t i = 0; i < n; i++)
		if (dup2(moved[i], to[i]) < 0)
			return -errno;
	return 0;
}

static int child_descriptors(const struct run *r, int control, int errors)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int from[8] = {null, errors, errors, control}, to[8] = {0, 1, 2, CONTROL_FD};
	size_t n = 4;
	int e;

	if (null < 0)
		return -errno;
	for (int i = 0; i < 3; i++, n++) {
		from[n] = r->slave >= 0 && r->tty.std[i] ? r->slave : i;
		to[n] = STDIN_FD + i;
	}
	if (r->slave >= 0) {
		from[n] = r->slave;
		to[n++] = TTY_FD;
	}
	e = place(from, to, n);
	if (e < 0)
		return e;
	/* Whatever else our caller left open is not for the sandbox. */
	return close_range(r->slave >= 0 ? TTY_FD + 1 : TTY_FD, ~0U, CLOSE_RANGE_CLOEXEC) < 0
		       ? -errno
		       : 0;
}

static int child(const struct run *r, const struct args *args, int control, int errors)
{
	int e;

	/* A session of its own: ^C at our terminal is for us to pass on, not for the broker. */
	if (setsid() < 0)
		return -errno;
	e = child_descriptors(r, control, errors);
	if (e < 0)
		return e;
	if (signal(SIGPIPE, SIG_DFL) == SIG_ERR || sigprocmask(SIG_SETMASK, &r->old_mask, NULL) < 0)
		return -errno;
	(void)execv(args->v[0], args->v);
	return -errno;
}

/* The child's failure comes back through a pipe that a successful exec closes. */
static int spawn(struct run *r, const struct args *args, int control, int errors)
{
	_cleanup_close_ int report = -1, failure = -1;
	int pipe_fd[2], e = 0;
	ssize_t n;

	if (pipe2(pipe_fd, O_CLOEXEC) < 0)
		return -errno;
	failure = pipe_fd[0];
	report = pipe_fd[1];
	r->broker = fork();
	if (r->broker < 0)
		return -errno;
	if (r->broker == 0) {
		int keep = fcntl(report, F_DUPFD_CLOEXEC, 64);

		e = child(r, args, control, errors);
		(void)!write(keep, &e, sizeof e);
		_exit(SEL_EXIT_SETUP);
	}
	sel_closep(&report);
	report = -1;
	do
		n = read(failure, &e, sizeof e);
	while (n < 0 && errno == EINTR);
	if (n == sizeof e)
		return e;
	r->pidfd = pidfd_open(r->broker, 0);
	return r->pidfd < 0 ? -errno : 0;
}

/* A raw terminal shows bare line feeds as stairs, so the broker's own words pass through us then.
 */
static int errors_open(struct run *r, int *ret)
{
	int fd[2];

	*ret = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (*ret < 0)
		return -errno;
	if (r->master < 0 || !r->tty.std[2])
		return 0;
	if (pipe2(fd, O_CLOEXEC) < 0)
		return -errno;
	(void)close(*ret);
	*ret = fd[1];
	r->errors = fd[0];
	return fcntl(r->errors, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

int run_spawn(struct run *r)
{
	_cleanup_close_ int control = -1, errors = -1;
	_cleanup_free_ char *program = NULL;
	struct args args = {0};
	int pair[2];
	int e = sel_helper_path("seldom-broker", &program);

	if (e < 0)
		return sel_err(e, "Cannot find 'seldom-broker' beside this program; is seldom "
				  "installed whole?");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return sel_err(-errno, "Cannot make a socket for the broker");
	r->control = pair[0];
	control = pair[1];
	e = errors_open(r, &errors);
	args_build(&args, r, program);
	if (e >= 0)
		e = args.failed ? -ENOMEM : spawn(r, &args, control, errors);
	args_done(&args);
	/* The program's end of the terminal must have no other owner, or its end would not show. */
	sel_closep(&r->slave);
	r->slave = -1;
	if (e >= 0 && !r->opt.explain)
		sel_notify_start(&r->old_mask);
	return e < 0 ? sel_err(e, "Cannot start '%s'", program) : 0;
}
