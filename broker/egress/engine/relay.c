/* Opaque grants: bytes go through a pipe from socket to socket and are never seen here. A half that
 * is closed is closed on the other side when all before it went. */
#include "engine.h"

#include <fcntl.h>
#include <sys/socket.h>

#define PIPE_BYTES (512 * 1024)
#define PIPES_BIG  32 /* what a user's pipes may hold together is limited (pipe(7)) */
#define MOVES	   16 /* a turn */

struct flow {
	int pipe[2]; /* only while bytes are in it */
	size_t in_pipe;
	uint64_t moved;
	bool eof, shut, urgent;
};
struct relay {
	struct conn *conn;
	struct source up;
	struct call dial;
	uint32_t number;
	uint64_t total_max;
	bool looked; /* at the client's first bytes */
	struct flow out, in;
};

uint32_t relay_grant(const struct relay *r)
{
	return r->number;
}

/* --- pipes --- */

static bool pipe_get(struct engine *e, struct flow *f)
{
	if (f->pipe[0] >= 0)
		return true;
	if (e->n_pipes > 0) {
		e->n_pipes--;
		f->pipe[0] = e->pipes[e->n_pipes][0];
		f->pipe[1] = e->pipes[e->n_pipes][1];
		return true;
	}
	if (pipe2(f->pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		f->pipe[0] = f->pipe[1] = -1;
		return false;
	}
	if (e->pipes_made++ < PIPES_BIG)
		(void)fcntl(f->pipe[1], F_SETPIPE_SZ, PIPE_BYTES);
	return true;
}

static void pipe_put(struct engine *e, struct flow *f)
{
	if (f->pipe[0] >= 0 && f->in_pipe == 0 && e->n_pipes < SEL_N(e->pipes)) {
		e->pipes[e->n_pipes][0] = f->pipe[0];
		e->pipes[e->n_pipes][1] = f->pipe[1];
		e->n_pipes++;
	} else if (f->pipe[0] >= 0) {
		e->pipes_made--;
		sel_closep(&f->pipe[0]);
		sel_closep(&f->pipe[1]);
	}
	f->pipe[0] = f->pipe[1] = -1;
}

/* --- moving --- */

/* Bytes into the empty pipe. splice(2) stops before an urgent byte for ever, and calls that the end
 * where the end is behind it. */
static ssize_t take(struct engine *e, struct flow *f, int from)
{
	ssize_t n = f->urgent ? 0
			      : splice(from, NULL, f->pipe[1], NULL, PIPE_BYTES,
				       SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	f->urgent = false;
	if (n != 0)
		return n;
	n = recv(from, e->scratch, sizeof e->scratch, MSG_DONTWAIT);
	return n > 0 ? write(f->pipe[1], e->scratch, (size_t)n) : n;
}

/* 1: go on; 0: not now; -errno. */
static int flow_once(struct engine *e, struct flow *f, int from, int to)
{
	ssize_t n;

	if (f->in_pipe == 0) {
		if (f->eof)
			return 0;
		if (!pipe_get(e, f))
			return -errno;
		n = take(e, f, from);
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		f->eof = n == 0;
		f->in_pipe = (size_t)n;
		return n > 0;
	}
	n = splice(f->pipe[0], NULL, to, NULL, f->in_pipe, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	f->in_pipe -= (size_t)n;
	f->moved += (uint64_t)n;
	return 1;
}

static int flow_turn(struct engine *e, struct flow *f, int from, int to)
{
	int r = 1;

	for (int i = 0; i < MOVES && r > 0; i++)
		r = flow_once(e, f, from, to);
	if (r < 0)
		return r;
	if (f->in_pipe == 0)
		pipe_put(e, f);
	if (f->eof && f->in_pipe == 0 && !f->shut) {
		f->shut = true;
		if (shutdown(to, SHUT_WR) < 0 && errno != ENOTCONN)
			return -errno;
	}
	return 0;
}

/* A socket that is closed on both sides reports that for ever: it is only watched while something
 * is wanted of it. */
static void watch(struct engine *e, struct source *s, const struct flow *from_it,
		  const struct flow *to_it)
{
	uint32_t events = 0;

	if (from_it->in_pipe == 0 && !from_it->eof)
		events |= EPOLLIN | EPOLLPRI;
	if (to_it->in_pipe > 0)
		events |= EPOLLOUT;
	if (events)
		source_want(&e->loop, s, events);
	else
		source_forget(&e->loop, s);
}

static void turn(struct relay *r)
{
	struct conn *c = r->conn;
	struct engine *e = c->engine;
	int inside = c->link.source.fd, x = 0;
	uint64_t before = r->out.moved + r->in.moved;

	if (!r->looked)
		x = conn_first_bytes(c);
	if (x < 0) {
		conn_refuse(c, SEL_NET_HOST);
		return;
	}
	r->looked |= x > 0;
	if (r->looked && (x = flow_turn(e, &r->out, inside, r->up.fd)) == 0 &&
	    r->out.moved > r->total_max) {
		conn_refuse(c, SEL_NET_TOTAL);
		return;
	}
	if (x < 0 || flow_turn(e, &r->in, r->up.fd, inside) < 0) {
		conn_refuse_quietly(c);
		return;
	}
	if (r->out.shut && r->in.shut) {
		conn_close(c);
		return;
	}
	if (r->out.moved + r->in.moved != before)
		conn_active(c);
	watch(e, &c->link.source, &r->out, &r->in);
	watch(e, &r->up, &r->in, &r->out);
}

static void client_ready(struct source *s, uint32_t events)
{
	struct conn *c = (struct conn *)((char *)s - offsetof(struct conn, link.source));

	if (events & EPOLLERR || c->relay->up.fd < 0) {
		conn_refuse_quietly(c);
		return;
	}
	c->relay->out.urgent = events & EPOLLPRI;
	turn(c->relay);
}

static void up_ready(struct source *s, uint32_t events)
{
	struct relay *r = (struct relay *)((char *)s - offsetof(struct relay, up));

	if (events & EPOLLERR) {
		conn_refuse_quietly(r->conn);
		return;
	}
	r->in.urgent = events & EPOLLPRI;
	turn(r);
}

static void dialled(struct call *d, enum sel_net_why why, int fd, const char *text)
{
	struct relay *r = (struct relay *)((char *)d - offsetof(struct relay, dial));
	int flags = fd >= 0 ? fcntl(fd, F_GETFL) : -1;

	(void)text;
	if (why != SEL_NET_OK || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
		sel_closep(&fd);
		conn_refuse(r->conn, why == SEL_NET_OK ? SEL_NET_DIAL : why);
		return;
	}
	socket_prepare(fd);
	r->up.fd = fd;
	turn(r);
}

/* --- beginning and end --- */

int relay_start(struct conn *c, const struct sel_net_grant *g)
{
	struct engine *e = c->engine;
	struct relay *r = calloc(1, sizeof *r);

	if (!r)
		return -ENOMEM;
	r->conn = c;
	r->number = g->number;
	r->total_max = g->total_max;
	r->looked = !c->silent;
	r->up = (struct source){.fd = -1, .ready = up_ready};
	r->out.pipe[0] = r->out.pipe[1] = r->in.pipe[0] = r->in.pipe[1] = -1;
	r->dial.answer = dialled;
	c->relay = r;
	c->link.source.ready = client_ready;
	source_want(&e->loop, &c->link.source, 0);
	wire_new(e, SEL_WIRE_DIAL, c)->number = r->number;
	call_start(e, &r->dial);
	return 0;
}

void relay_free(struct relay *r)
{
	struct engine *e;

	if (!r)
		return;
	e = r->conn->engine;
	call_cancel(e, &r->dial);
	source_close(&e->loop, &r->up);
	pipe_put(e, &r->out);
	pipe_put(e, &r->in);
	loop_bury(&e->loop, r);
}
