/* The three processes: how they are started, and what is said to them. */
#include "internal.h"

#include "seldom/proto.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* In the child: as root without any capability, which execve would otherwise give back. */
static int no_capabilities(void)
{
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EPERM)
			return -errno;
	return 0;
}

static int arrange(int sock, int other)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int high = fcntl(sock, F_DUPFD_CLOEXEC, 100);
	int high_other = other < 0 ? -1 : fcntl(other, F_DUPFD_CLOEXEC, 100);

	if (null < 0 || high < 0 || (other >= 0 && high_other < 0))
		return -errno;
	if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(high, SEL_WIRE_FD_BROKER) < 0)
		return -errno;
	if (other >= 0 && dup2(high_other, SEL_WIRE_FD_KEYS) < 0)
		return -errno;
	unsigned first = other < 0 ? SEL_WIRE_FD_KEYS : SEL_WIRE_FD_KEYS + 1;

	return syscall(SYS_close_range, first, ~0U, 0U) < 0 ? -errno : 0;
}

static _Noreturn void child(const char *path, char *const *argv, char *const *env, int sock,
			    int other, pid_t parent)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
	    arrange(sock, other) == 0 && no_capabilities() == 0 &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		(void)execve(path, argv, env);
	_exit(SEL_EXIT_SETUP);
}

pid_t process_start(const char *program, const char *const *arguments, char *const *env, int sock,
		    int other)
{
	_cleanup_free_ char *path = NULL;
	size_t n = 0;
	pid_t parent = getpid(), pid;
	int r = sel_helper_path(program, &path);

	if (r < 0)
		return r;
	while (arguments[n])
		n++;
	_cleanup_free_ const char **argv = calloc(n + 2, sizeof *argv);
	if (!argv)
		return -ENOMEM;
	argv[0] = program;
	memcpy(argv + 1, arguments, n * sizeof *argv);
	pid = fork();
	if (pid == 0)
		child(path, (char *const *)argv, env, sock, other, parent);
	return pid < 0 ? -errno : pid;
}

/* --- the socket --- */

static int take_messages(struct peer *p)
{
	static struct sel_wire w; /* 21 KiB; on the loop only */
	int r = 1;

	for (int i = 0; r > 0 && i < TURN_MAX && p->sock >= 0; i++) {
		_cleanup_close_ int fd = -1;

		r = sel_wire_recv(p->sock, &w, &fd);
		if (r > 0)
			p->handle(p->network, &w, fd);
	}
	return r == -EAGAIN || r > 0 ? 0 : r < 0 ? r : -EPIPE;
}

static int on_io(sd_event_source *src, int fd, uint32_t events, void *ctx)
{
	struct peer *p = ctx;

	(void)src;
	(void)fd;
	if (events & EPOLLOUT)
		peer_flush(p);
	if (events & ~(uint32_t)EPOLLOUT && take_messages(p) < 0)
		network_lost(p->network, p->name);
	return 0;
}

static int on_child(sd_event_source *src, const siginfo_t *si, void *ctx)
{
	struct peer *p = ctx;

	(void)src;
	(void)si;
	p->pid = 0;
	network_lost(p->network, p->name);
	return 0;
}

int peer_open(struct peer *p, struct sel_network *n, const char *name, int sock,
	      void (*handle)(struct sel_network *n, const struct sel_wire *w, int fd))
{
	int r;

	p->network = n;
	p->name = name;
	p->sock = sock;
	p->last = &p->first;
	p->handle = handle;
	r = sd_event_add_io(n->config.loop, &p->io, sock, EPOLLIN, on_io, p);
	if (r >= 0 && p->pid > 0)
		r = sd_event_add_child(n->config.loop, &p->child, p->pid, WEXITED, on_child, p);
	return r < 0 ? r : 0;
}

static void drop_queue(struct peer *p)
{
	for (struct packet *q = p->first, *next; q; q = next) {
		next = q->next;
		sel_closep(&q->fd);
		explicit_bzero(q->wire.phantom, sizeof q->wire.phantom);
		free(q);
	}
	p->first = NULL;
	p->last = &p->first;
	p->queued = 0;
}

void peer_close(struct peer *p)
{
	p->io = sd_event_source_unref(p->io);
	p->child = sd_event_source_unref(p->child);
	drop_queue(p);
	sel_closep(&p->sock);
	p->sock = -1;
	if (p->pid > 0) {
		(void)kill(p->pid, SIGKILL);
		while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	p->pid = 0;
}

static int enqueue(struct peer *p, const struct sel_wire *w, int fd)
{
	size_t n = offsetof(struct packet, wire.text) + w->n + 1;
	struct packet *q;

	if (p->queued >= QUEUE_MAX)
		return -ENOBUFS;
	q = malloc(n < sizeof *q ? n : sizeof *q);
	if (!q)
		return -ENOMEM;
	memcpy(&q->wire, w, offsetof(struct sel_wire, text) + w->n);
	q->next = NULL;
	q->fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (fd >= 0 && q->fd < 0) {
		free(q);
		return -errno;
	}
	*p->last = q;
	p->last = &q->next;
	p->queued++;
	return 0;
}

/* A message that is lost would leave somebody waiting for ever: then rather no network. */
int peer_send(struct peer *p, const struct sel_wire *w, int fd)
{
	int r = -EAGAIN;

	if (p->sock < 0 || p->broken)
		return -EPIPE;
	if (!p->first)
		r = sel_wire_send(p->sock, w, fd);
	if (r == -EAGAIN)
		r = enqueue(p, w, fd);
	if (r == -EINVAL) /* what is told cannot be said in this form: the caller's failure */
		return r;
	if (r < 0)
		p->broken = true;
	if (p->first || p->broken) /* the loop waits for room, or closes it */
		(void)eventfd_write(p->network->wake, 1);
	return r;
}

void peer_flush(struct peer *p)
{
	int r = 0;

	(void)pthread_mutex_lock(&p->network->lock);
	while (p->first && r >= 0) {
		struct packet *q = p->first;

		r = sel_wire_send(p->sock, &q->wire, q->fd);
		if (r < 0)
			break;
		p->first = q->next;
		if (!p->first)
			p->last = &p->first;
		p->queued--;
		sel_closep(&q->fd);
		explicit_bzero(q->wire.phantom, sizeof q->wire.phantom);
		free(q);
	}
	p->broken |= r < 0 && r != -EAGAIN;
	(void)sd_event_source_set_io_events(p->io, p->first ? EPOLLIN | EPOLLOUT : EPOLLIN);
	bool broken = p->broken;
	(void)pthread_mutex_unlock(&p->network->lock);
	if (broken)
		network_lost(p->network, p->name);
}
