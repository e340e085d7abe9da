/* Sockets made inside and passed out: listeners of TCP, and the name service's. */
#include "engine.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define ACCEPTS	    64 /* a round, so that the rest gets its turn */
#define QUERIES	    64
#define DNS_CLIENTS 64 /* of TCP; more are closed */
#define DNS_USEC    (10 * USEC_PER_SEC)
#define QUERY_MAX   4096

struct listener {
	struct listener *next;
	struct source source;
	struct engine *engine;
	enum sel_wire_what what;
	uint16_t port; /* that it is bound to */
	size_t clients;
};

struct dns_client {
	void *grave;
	struct source source;
	struct timer timer;
	struct listener *listener;
	size_t n, out_n;
	uint8_t in[2 + QUERY_MAX], out[2 + SEL_DNS_MAX];
};

static struct listener *of_source(struct source *s)
{
	return (struct listener *)((char *)s - offsetof(struct listener, source));
}

/* --- TCP --- */

static bool full(const struct engine *e)
{
	return e->n_conns >= CONNS_MAX;
}

static void tcp_ready(struct source *s, uint32_t events)
{
	const struct listener *l = of_source(s);
	struct engine *e = l->engine;

	(void)events;
	for (int i = 0; i < ACCEPTS && !e->paused; i++) {
		struct sockaddr_storage from = {0};
		socklen_t n = sizeof from;
		int fd;

		if (full(e)) {
			listeners_pause(e, true);
			return;
		}
		fd = accept4(s->fd, (struct sockaddr *)&from, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) {
			/* No descriptors: goes on when a connection ends, or at the next tick. */
			if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS)
				listeners_pause(e, true);
			return;
		}
		conn_accept(e, fd, &from, l->port);
	}
}

void listeners_pause(struct engine *e, bool pause)
{
	if (!pause && (full(e) || e->calls.n >= WIRE_QUEUE_SOFT))
		return;
	if (e->paused == pause)
		return;
	e->paused = pause;
	for (struct listener *l = e->listeners; l; l = l->next)
		if (l->what == SEL_WHAT_TCP)
			source_want(&e->loop, &l->source, pause ? 0 : EPOLLIN);
}

/* --- names --- */

/* Names of one label only where a grant has them: they are typing errors and search lists. */
static bool name_known(void *ctx, const char *canonical)
{
	struct engine *e = ctx;

	if (grants_speak_of(e, canonical))
		return sel_synth_keep(e->synth, canonical) == 0;
	return strchr(canonical, '.');
}

static ssize_t dns_answer(struct engine *e, const void *query, size_t n, uint8_t *ret)
{
	char name[SEL_NAME_MAX];

	return sel_dns_answer(e->synth, query, n, name_known, e, ret, name);
}

/* From the address that was asked: some resolvers drop any other. */
static void answer_from(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof info);
			info.ipi_spec_dst = info.ipi_addr;
			info.ipi_ifindex = 0;
			memcpy(CMSG_DATA(c), &info, sizeof info);
			return;
		}
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof info);
			info.ipi6_ifindex = 0;
			memcpy(CMSG_DATA(c), &info, sizeof info);
			return;
		}
	}
	msg->msg_control = NULL;
	msg->msg_controllen = 0;
}

static void udp_ready(struct source *s, uint32_t events)
{
	struct engine *e = of_source(s)->engine;

	(void)events;
	for (int i = 0; i < QUERIES; i++) {
		uint8_t query[QUERY_MAX], answer[SEL_DNS_MAX];
		struct sockaddr_storage from;
		union {
			struct cmsghdr align;
			char space[CMSG_SPACE(sizeof(struct in6_pktinfo)) +
				   CMSG_SPACE(sizeof(struct in_pktinfo))];
		} control;
		struct iovec iov = {query, sizeof query};
		struct msghdr msg = {.msg_name = &from,
				     .msg_namelen = sizeof from,
				     .msg_iov = &iov,
				     .msg_iovlen = 1,
				     .msg_control = &control,
				     .msg_controllen = sizeof control};
		ssize_t n = recvmsg(s->fd, &msg, MSG_DONTWAIT);

		if (n < 0)
			return;
		n = dns_answer(e, query, (size_t)n, answer);
		if (n < 0)
			continue;
		iov = (struct iovec){answer, (size_t)n};
		answer_from(&msg);
		(void)sendmsg(s->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
}

static struct dns_client *of_client(struct source *s)
{
	return (struct dns_client *)((char *)s - offsetof(struct dns_client, source));
}

static void client_close(struct dns_client *c)
{
	struct loop *l = &c->listener->engine->loop;

	c->listener->clients--;
	timer_stop(l, &c->timer);
	source_close(l, &c->source);
	loop_bury(l, c);
}

static void client_late(struct timer *t)
{
	client_close((struct dns_client *)((char *)t - offsetof(struct dns_client, timer)));
}

/* 1: answered; 0: more is needed, or room; -errno. One query at a time. */
static int client_answer(struct dns_client *c)
{
	size_t n = c->n >= 2 ? (size_t)c->in[0] << 8 | c->in[1] : 0;
	ssize_t got;

	if (c->out_n > 0 || c->n < 2 || c->n < 2 + n)
		return c->n >= 2 && n > QUERY_MAX ? -EMSGSIZE : 0;
	got = dns_answer(c->listener->engine, c->in + 2, n, c->out + 2);
	if (got < 0)
		return (int)got;
	c->out[0] = (uint8_t)(got >> 8);
	c->out[1] = (uint8_t)got;
	c->out_n = 2 + (size_t)got;
	c->n -= 2 + n;
	memmove(c->in, c->in + 2 + n, c->n);
	return 1;
}

/* An answer is far smaller than any socket's buffer: what does not fit is not waited for. */
static int client_turn(struct dns_client *c)
{
	ssize_t n = recv(c->source.fd, c->in + c->n, sizeof c->in - c->n, MSG_DONTWAIT);
	int r;

	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (n == 0)
		return -EPIPE;
	c->n += (size_t)n;
	while ((r = client_answer(c)) > 0) {
		if (send(c->source.fd, c->out, c->out_n, MSG_DONTWAIT | MSG_NOSIGNAL) !=
		    (ssize_t)c->out_n)
			return -EPIPE;
		c->out_n = 0;
	}
	return r;
}

static void client_ready(struct source *s, uint32_t events)
{
	struct dns_client *c = of_client(s);

	if (events & (EPOLLERR | EPOLLHUP) || client_turn(c) < 0)
		client_close(c);
}

static void dns_tcp_ready(struct source *s, uint32_t events)
{
	struct listener *l = of_source(s);
	struct dns_client *c;
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0)
		return;
	c = l->clients < DNS_CLIENTS ? calloc(1, sizeof *c) : NULL;
	if (!c) {
		(void)close(fd);
		return;
	}
	l->clients++;
	c->listener = l;
	c->source = (struct source){.fd = fd, .ready = client_ready};
	c->timer.fire = client_late;
	timer_set(&l->engine->loop, &c->timer, DNS_USEC);
	source_want(&l->engine->loop, &c->source, EPOLLIN);
}

/* --- both --- */

static void (*const ready_of[])(struct source *, uint32_t) = {
	[SEL_WHAT_TCP] = tcp_ready,
	[SEL_WHAT_DNS_UDP] = udp_ready,
	[SEL_WHAT_DNS_TCP] = dns_tcp_ready,
};

/* Either may fail: the socket has one family. */
static void want_pktinfo(int fd)
{
	int on = 1;

	(void)setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
}

int listener_add(struct engine *e, const struct sel_wire *w, int fd)
{
	int flags = fcntl(fd, F_GETFL), r = 0;
	struct listener *l = calloc(1, sizeof *l);

	if (!l)
		r = -ENOMEM;
	else if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		r = -errno;
	if (r < 0) {
		free(l);
		(void)close(fd);
		return r;
	}
	l->engine = e;
	l->what = (enum sel_wire_what)w->what;
	l->port = w->port;
	l->source = (struct source){.fd = fd, .ready = ready_of[w->what]};
	if (l->what == SEL_WHAT_DNS_UDP)
		want_pktinfo(fd);
	l->next = e->listeners;
	e->listeners = l;
	source_want(&e->loop, &l->source, l->what == SEL_WHAT_TCP && e->paused ? 0 : EPOLLIN);
	return 0;
}

void listeners_free(struct engine *e)
{
	while (e->listeners) {
		struct listener *l = e->listeners;

		e->listeners = l->next;
		source_close(&e->loop, &l->source);
		free(l);
	}
}
