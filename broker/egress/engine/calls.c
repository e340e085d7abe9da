/* Messages to and from the broker and seldom-keys. What cannot be sent now waits in a queue; either
 * socket's end is the end of egress: nothing goes out that nobody watches. */
#include "engine.h"

#include <sys/socket.h>

struct packet {
	struct packet *next;
	struct sel_wire wire; /* only as much of it as is used */
};

static struct engine *of_broker(struct source *s)
{
	return (struct engine *)((char *)s - offsetof(struct engine, calls.source));
}

static struct engine *of_keys(struct source *s)
{
	return (struct engine *)((char *)s - offsetof(struct engine, keys));
}

/* --- sending --- */

static void put(char *to, size_t cap, const char *from)
{
	if (from)
		memcpy(to, from, strnlen(from, cap - 1));
}

struct sel_wire *wire_new(struct engine *e, enum sel_wire_kind kind, const struct conn *c)
{
	struct sel_wire *w = &e->wire;

	memset(w, 0, offsetof(struct sel_wire, text) + 1);
	w->kind = kind;
	if (c) {
		w->conn = c->id;
		w->port = c->port;
		put(w->name, sizeof w->name, c->name);
	}
	return w;
}

/* Of the target only the path; of that only what may be shown. */
void wire_path(struct engine *e, const struct sel_head *head)
{
	struct sel_wire *w = &e->wire;
	size_t n = strcspn(head->target, "?");

	put(w->method, sizeof w->method, head->method);
	if (n > PATH_SHOWN)
		n = PATH_SHOWN;
	for (size_t i = 0; i < n; i++) {
		char c = head->target[i];

		w->text[i] = c > 0x20 && c < 0x7f ? c : '?';
	}
	w->text[n] = '\0';
	w->n = grants_harmless(e, w->text) ? (uint32_t)n : 0;
	if (w->n == 0)
		explicit_bzero(w->text, n);
}

static void queue(struct engine *e)
{
	size_t size = offsetof(struct packet, wire.text) + e->wire.n + 1;
	struct packet *p = e->calls.n < WIRE_QUEUE_MAX ? malloc(size) : NULL;

	if (!p) {
		loop_stop(&e->loop, -ENOBUFS);
		return;
	}
	memcpy(&p->wire, &e->wire, size - offsetof(struct packet, wire));
	p->next = NULL;
	if (e->calls.last)
		e->calls.last->next = p;
	else
		e->calls.first = p;
	e->calls.last = p;
	e->calls.n++;
	source_want(&e->loop, &e->calls.source, EPOLLIN | EPOLLOUT);
	if (e->calls.n == WIRE_QUEUE_SOFT) {
		e->calls.full = true;
		listeners_pause(e, true);
	}
}

void wire_send(struct engine *e)
{
	int r = -EAGAIN;

	if (!e->calls.first)
		r = sel_wire_send(e->calls.source.fd, &e->wire, -1);
	if (r == -EAGAIN)
		queue(e);
	else if (r == -EINVAL)
		(void)sel_warn(0, "A message of kind %u could not be said", e->wire.kind);
	else if (r < 0)
		loop_stop(&e->loop, r);
}

static void flush(struct engine *e)
{
	struct packet *p;

	while ((p = e->calls.first)) {
		int r = sel_wire_send(e->calls.source.fd, &p->wire, -1);

		if (r == -EAGAIN)
			return;
		if (r < 0 && r != -EINVAL) {
			loop_stop(&e->loop, r);
			return;
		}
		e->calls.first = p->next;
		if (!p->next)
			e->calls.last = NULL;
		e->calls.n--;
		free(p);
	}
	source_want(&e->loop, &e->calls.source, EPOLLIN);
	listeners_pause(e, false);
	if (e->calls.full) {
		e->calls.full = false;
		conns_resume(e);
	}
}

/* --- questions --- */

static struct call **slot(struct engine *e, uint64_t id)
{
	struct call **p = &e->calls.open[id % SEL_N(e->calls.open)];

	while (*p && (*p)->id != id)
		p = &(*p)->next;
	return p;
}

void call_start(struct engine *e, struct call *c)
{
	struct call **p;

	c->id = ++e->last_call;
	e->wire.id = c->id;
	p = slot(e, c->id);
	c->next = NULL;
	*p = c;
	wire_send(e);
}

static struct call *call_take(struct engine *e, uint64_t id)
{
	struct call **p = slot(e, id), *c = *p;

	if (c) {
		*p = c->next;
		c->was = c->id;
		c->id = 0;
	}
	return c;
}

void call_cancel(struct engine *e, struct call *c)
{
	uint64_t id = c->id;

	if (id == 0)
		return;
	(void)call_take(e, id);
	wire_new(e, SEL_WIRE_GIVE_UP, NULL)->id = id;
	wire_send(e);
}

void call_forget(struct engine *e, struct call *c)
{
	if (c->id)
		(void)call_take(e, c->id);
}

static void answered(struct engine *e, const struct sel_wire *w, int fd)
{
	struct call *c = w->id ? call_take(e, w->id) : NULL;

	if (c)
		c->answer(c, (enum sel_net_why)w->why, fd, w->text);
	else if (fd >= 0) /* nobody waits any more */
		(void)close(fd);
}

/* --- receiving --- */

static void added(struct engine *e, const struct sel_wire *w)
{
	int r = grants_add(e, w);

	if (r < 0) /* what is not known is not granted */
		(void)sel_warn(r, "Cannot use grant %u", w->number);
}

static void got(struct engine *e, const struct sel_wire *w, int fd)
{
	switch (w->kind) {
	case SEL_WIRE_LISTENER:
		if (listener_add(e, w, fd) < 0)
			(void)sel_warn(0, "Cannot use a listener on port %u", w->port);
		return;
	case SEL_WIRE_GRANT:
		added(e, w);
		return;
	case SEL_WIRE_REVOKE:
		grants_revoke(e, w->number);
		return;
	case SEL_WIRE_OPENED_R:
		conn_opened(e, w);
		return;
	case SEL_WIRE_ASKED_R:
	case SEL_WIRE_DIALLED:
		answered(e, w, fd);
		return;
	default: /* not for us */
		loop_stop(&e->loop, -EBADMSG);
		if (fd >= 0)
			(void)close(fd);
	}
}

static void broker_ready(struct source *s, uint32_t events)
{
	struct engine *e = of_broker(s);
	struct sel_wire w; /* not e->wire: answering writes there */

	if (events & EPOLLOUT)
		flush(e);
	for (int i = 0; i < 64 && !e->loop.stop; i++) {
		int fd = -1, r = sel_wire_recv(s->fd, &w, &fd);

		if (r == -EAGAIN)
			return;
		if (r <= 0) {
			loop_stop(&e->loop, r); /* 0: the session is over */
			return;
		}
		got(e, &w, fd);
		explicit_bzero(w.phantom, sizeof w.phantom);
	}
}

static void keys_ready(struct source *s, uint32_t events)
{
	struct engine *e = of_keys(s);
	struct sel_wire w;
	int fd = -1, r = sel_wire_recv(s->fd, &w, &fd);

	(void)events;
	if (r == -EAGAIN)
		return;
	if (r <= 0 || w.kind != SEL_WIRE_VALUE) {
		if (fd >= 0)
			(void)close(fd);
		loop_stop(&e->loop, r < 0 ? r : r == 0 ? -EPIPE : -EBADMSG);
		return;
	}
	grants_value(e, &w);
	explicit_bzero(w.text, w.n);
	conns_value(e, w.number);
}

void keys_want(struct engine *e, uint32_t number)
{
	struct grant_state *s = grants_state(e, number);
	int r;

	if (!s || s->wanted)
		return;
	s->wanted = true;
	wire_new(e, SEL_WIRE_WANT, NULL)->number = number;
	r = sel_wire_send(e->keys.fd, &e->wire, -1);
	if (r < 0) /* keys answers one at a time and always reads: it is broken */
		loop_stop(&e->loop, r);
}

void calls_start(struct engine *e)
{
	e->calls.source.ready = broker_ready;
	e->keys.ready = keys_ready;
	source_want(&e->loop, &e->calls.source, EPOLLIN);
	source_want(&e->loop, &e->keys, EPOLLIN);
}

void calls_free(struct engine *e)
{
	while (e->calls.first) {
		struct packet *p = e->calls.first;

		e->calls.first = p->next;
		free(p);
	}
	source_close(&e->loop, &e->calls.source);
	source_close(&e->loop, &e->keys);
}
