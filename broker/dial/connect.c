#include "dial.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

struct attempts {
	struct pollfd fd[ADDRESSES_MAX];
	usec_t until[ADDRESSES_MAX];
	size_t n; /* begun */
	int error;
};

static socklen_t length(const struct sockaddr_storage *ss)
{
	return ss->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static bool same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;
	const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	return a6->sin6_port == b6->sin6_port &&
	       memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof a6->sin6_addr) == 0;
}

static void begin(struct attempts *a, const struct addresses *to)
{
	const struct sockaddr_storage *address = &to->list[a->n];
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)address, length(address)) < 0 &&
	    errno != EINPROGRESS)
		sel_closep(&fd), fd = -1; /* errno stays */
	if (fd < 0)
		a->error = -errno;
	a->fd[a->n] = (struct pollfd){.fd = fd, .events = POLLOUT};
	a->until[a->n++] = sel_now_monotonic() + ATTEMPT_USEC;
}

static void give_up(struct attempts *a, size_t i, int error)
{
	a->error = error;
	sel_closep(&a->fd[i].fd);
	a->fd[i].fd = -1;
}

/* Is it connected, and to whom it should be? What connect was told is what the guard looked at; the
 * kernel's own word is asked for all the same. */
static int finished(const struct attempts *a, size_t i, const struct addresses *to)
{
	struct sockaddr_storage peer = {0};
	socklen_t len = sizeof peer, error_len = sizeof(int);
	int error = 0;

	if (getsockopt(a->fd[i].fd, SOL_SOCKET, SO_ERROR, &error, &error_len) < 0)
		return -errno;
	if (error)
		return -error;
	if (getpeername(a->fd[i].fd, (struct sockaddr *)&peer, &len) < 0)
		return -errno;
	if (!same_address(&peer, &to->list[i]) ||
	    (!to->named && sel_dial_forbidden((struct sockaddr *)&peer)))
		return -EADDRNOTAVAIL;
	return 0;
}

/* The first that is connected, taken out; -1: none yet. */
static int look(struct attempts *a, const struct addresses *to)
{
	usec_t now = sel_now_monotonic();

	for (size_t i = 0; i < a->n; i++) {
		if (a->fd[i].fd < 0)
			continue;
		int r = a->fd[i].revents     ? finished(a, i, to)
			: now >= a->until[i] ? -ETIMEDOUT
					     : -EAGAIN;
		if (r == 0)
			return sel_steal_fd(&a->fd[i].fd);
		if (r != -EAGAIN)
			give_up(a, i, r);
	}
	return -1;
}

static bool any(const struct attempts *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->fd[i].fd >= 0)
			return true;
	return false;
}

/* The next address starts a little after the one before, or at once if that failed. */
int dial_connect(const struct addresses *to, const bool *cancelled)
{
	struct attempts a = {.error = -EHOSTUNREACH};
	usec_t end = sel_now_monotonic() + DIAL_USEC, next = 0;
	int fd = -1, on = 1;

	while (fd < 0 && !__atomic_load_n(cancelled, __ATOMIC_RELAXED)) {
		usec_t now = sel_now_monotonic();

		if (now >= end)
			a.error = -ETIMEDOUT;
		if (now >= end || (a.n == to->n && !any(&a)))
			break;
		if (a.n < to->n && (now >= next || !any(&a))) {
			begin(&a, to);
			next = now + STAGGER_USEC;
			continue;
		}
		(void)poll(a.fd, (nfds_t)a.n, 100);
		fd = look(&a, to);
	}
	for (size_t i = 0; i < a.n; i++)
		sel_closep(&a.fd[i].fd);
	if (fd < 0)
		return a.error;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	return fd;
}
