#include "launch.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define START_TIMEOUT 30000 /* ms */

const char *sel_bwrap_path(void)
{
	static const char *const places[] = {"/usr/bin/bwrap", "/bin/bwrap",
					     "/usr/local/bin/bwrap"};

	for (size_t i = 0; i < SEL_N(places); i++)
		if (access(places[i], X_OK) == 0)
			return places[i];
	return NULL;
}

/* Descriptors have fixed numbers in the child, above those of the program. */
enum { FD_CONTROL = 3, FD_FILTERS, FD_TTY, FD_INIT, FD_ARGS, FD_FIRST_FREE };

/* bubblewrap reads its arguments from a descriptor: what is masked is nobody's business inside. */
struct args {
	int fd;
	bool failed;
};

static void put(struct args *a, const char *s)
{
	size_t n = strlen(s) + 1;

	if (write(a->fd, s, n) != (ssize_t)n)
		a->failed = true;
}

static void put_all(struct args *a, const char *const *list)
{
	for (; *list; list++)
		put(a, *list);
}

static int outermost_first(const void *a, const void *b)
{
	const struct sel_bind *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static void put_bind(struct args *a, const struct sel_bind *b)
{
	switch (b->how) {
	case SEL_BIND_RO:
	case SEL_BIND_RW:
		put(a, b->how == SEL_BIND_RW ? "--bind" : "--ro-bind");
		put(a, b->from ? b->from : b->path);
		break;
	case SEL_BIND_EMPTY:
		put(a, "--perms");
		put(a, "0700");
		put(a, "--tmpfs");
		break;
	case SEL_BIND_BLANK:
		put(a, "--ro-bind");
		put(a, "/dev/null");
		break;
	}
	put(a, b->path);
}

/* /run holds the sockets of every service of this machine; inside it is empty but for the
 * resolver's configuration. */
static int write_args(const struct sel_launch *l)
{
	static const char *const fixed[] = {"--unshare-user",
					    "--unshare-pid",
					    "--unshare-ipc",
					    "--unshare-uts",
					    "--unshare-net",
					    "--unshare-cgroup-try",
					    "--disable-userns",
					    "--die-with-parent",
					    "--cap-drop",
					    "ALL",
					    "--ro-bind",
					    "/",
					    "/",
					    "--dev",
					    "/dev",
					    "--proc",
					    "/proc",
					    "--perms",
					    "1777",
					    "--tmpfs",
					    "/tmp",
					    "--perms",
					    "1777",
					    "--tmpfs",
					    "/var/tmp",
					    "--tmpfs",
					    "/run",
					    "--ro-bind-try",
					    "/run/systemd/resolve/resolv.conf",
					    "/run/systemd/resolve/resolv.conf",
					    NULL};
	_cleanup_close_ int fd = memfd_create("seldom-bwrap", MFD_CLOEXEC);
	struct args a = {.fd = fd};
	struct sel_bind *sorted = calloc(l->n_binds + 1, sizeof *sorted);

	if (fd < 0 || !sorted) {
		free(sorted);
		return fd < 0 ? -errno : -ENOMEM;
	}
	put_all(&a, fixed);
	if (l->n_binds) /* an empty list has no address to copy from */
		memcpy(sorted, l->binds, l->n_binds * sizeof *sorted);
	qsort(sorted, l->n_binds, sizeof *sorted, outermost_first);
	for (size_t i = 0; i < l->n_binds; i++)
		put_bind(&a, &sorted[i]);
	free(sorted);
	put(&a, "--chdir");
	put(&a, l->cwd);
	if (a.failed || lseek(fd, 0, SEEK_SET) < 0)
		return -EIO;
	return sel_steal_fd(&fd);
}

/* In the child: the program's descriptors and ours get their numbers; everything else goes. */
static int arrange(const struct sel_launch *l, int control, int args, int init)
{
	int from[FD_FIRST_FREE] = {l->stdio[0], l->stdio[1], l->stdio[2], control,
				   l->filters,	l->tty,	     init,	  args};
	int high[FD_FIRST_FREE];

	for (int i = 0; i < FD_FIRST_FREE; i++) {
		high[i] = from[i] < 0 ? -1 : fcntl(from[i], F_DUPFD_CLOEXEC, 100);
		if (from[i] >= 0 && high[i] < 0)
			return -errno;
	}
	for (int i = 0; i < FD_FIRST_FREE; i++) {
		if (high[i] < 0)
			(void)close(i);
		else if (dup2(high[i], i) < 0)
			return -errno;
	}
	return syscall(SYS_close_range, (unsigned)FD_FIRST_FREE, ~0U, 0U) < 0 ? -errno : 0;
}

static _Noreturn void child(const struct sel_launch *l, int control, int args, int init)
{
	char tty[16], n_control[16], n_filters[16], n_args[16];
	const char *bwrap = sel_bwrap_path();
	size_t n = 0;
	sigset_t none;

	while (l->command[n])
		n++;
	const char **argv = calloc(n + 12, sizeof *argv);
	if (!argv || arrange(l, control, args, init) < 0)
		_exit(SEL_EXIT_SETUP);
	(void)snprintf(tty, sizeof tty, "%d", l->tty < 0 ? -1 : FD_TTY);
	(void)snprintf(n_control, sizeof n_control, "%d", FD_CONTROL);
	(void)snprintf(n_filters, sizeof n_filters, "%d", FD_FILTERS);
	(void)snprintf(n_args, sizeof n_args, "%d", FD_ARGS);
	const char *const head[] = {"bwrap",	       "--args",  n_args,    "--",
				    "/proc/self/fd/6", n_control, n_filters, tty};
	_Static_assert(FD_INIT == 6, "named in the arguments");
	memcpy(argv, head, sizeof head);
	memcpy(argv + SEL_N(head), l->command, n * sizeof *argv);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (bwrap)
		(void)execve(bwrap, (char *const *)argv, l->environment);
	(void)dprintf(STDERR_FILENO, "seldom: cannot run bwrap: %s\n", strerror(errno));
	_exit(SEL_EXIT_SETUP);
}

/* seldom-init says "R"; the kernel adds its number in our namespace. */
static int receive_ready(int control, pid_t *ret)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} u;
	char c = 0;
	struct iovec iov = {&c, 1};
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof u};
	struct pollfd p = {.fd = control, .events = POLLIN};
	struct ucred cred;

	if (poll(&p, 1, START_TIMEOUT) != 1)
		return -ETIMEDOUT;
	if (recvmsg(control, &m, MSG_CMSG_CLOEXEC) != 1 || c != 'R' ||
	    m.msg_controllen < sizeof u.head)
		return -ECHILD;
	if (u.head.cmsg_type != SCM_CREDENTIALS)
		return -EBADMSG;
	memcpy(&cred, CMSG_DATA(&u.head), sizeof cred);
	*ret = cred.pid;
	return cred.pid > 0 ? 0 : -ESRCH;
}

int sel_launch(const struct sel_launch *l, struct sel_launched *ret)
{
	int pair[2], on = 1;
	_cleanup_close_ int args = write_args(l), init = -1, ours = -1, theirs = -1;

	if (args < 0)
		return args;
	init = open(l->init, O_PATH | O_CLOEXEC);
	if (init < 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	if (setsockopt(ours, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
		return -errno;
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child(l, theirs, args, init);
	*ret = (struct sel_launched){.bwrap = pid, .control = sel_steal_fd(&ours)};
	return 0;
}

int sel_launch_ready(struct sel_launched *l)
{
	int r = receive_ready(l->control, &l->init);

	if (r < 0) {
		(void)kill(l->bwrap, SIGKILL);
		(void)waitpid(l->bwrap, NULL, 0);
		l->bwrap = 0;
	}
	return r;
}

int sel_launch_listener(const struct sel_launched *l)
{
	struct pollfd p = {.fd = l->control, .events = POLLIN};
	int number = -1;

	if (send(l->control, "G", 1, MSG_NOSIGNAL) != 1)
		return -errno;
	if (poll(&p, 1, START_TIMEOUT) != 1)
		return -ETIMEDOUT;
	if (recv(l->control, &number, sizeof number, 0) != (ssize_t)sizeof number || number < 0)
		return -ECHILD;
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, l->init, 0);
	if (pidfd < 0)
		return -errno;
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
	return fd < 0 ? -errno : fd;
}

int sel_launch_go(struct sel_launched *l)
{
	int r = send(l->control, "A", 1, MSG_NOSIGNAL) == 1 ? 0 : -errno;

	sel_closep(&l->control);
	l->control = -1;
	return r;
}
