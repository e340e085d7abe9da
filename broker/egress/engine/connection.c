/* One connection from inside: may it be served, who it is handed to, and how it ends. */
#include "engine.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#define TOLD_MAX    32 /* a second and connection, one by one; the rest is counted */
#define DISCARD_MAX 64 /* reads of what a refused client still sends */

static struct conn *of_source(struct source *s)
{
	return (struct conn *)((char *)s - offsetof(struct conn, link.source));
}

static struct conn *of_timer(struct timer *t)
{
	return (struct conn *)((char *)t - offsetof(struct conn, timer));
}

static struct conn *of_ask(struct call *a)
{
	return (struct conn *)((char *)a - offsetof(struct conn, ask));
}

void conn_want(struct conn *c, uint32_t events)
{
	source_want(&c->engine->loop, &c->link.source, events);
}

void conn_deadline(struct conn *c, usec_t in)
{
	timer_set(&c->engine->loop, &c->timer, in);
}

/* --- what was decided --- */

static void tell(struct conn *c, uint32_t number, enum sel_net_why why, uint64_t count,
		 const char *method, const struct sel_head *head)
{
	struct sel_wire *w = wire_new(c->engine, SEL_WIRE_DECIDED, c);

	if (head)
		wire_path(c->engine, head);
	else
		memcpy(w->method, method, strnlen(method, sizeof w->method - 1));
	w->number = number;
	w->why = why;
	w->count = count;
	wire_send(c->engine);
}

void conn_told(struct conn *c)
{
	if (c->told.count > 0)
		tell(c, c->told.number, c->told.why, c->told.count, c->told.method, NULL);
	c->told.count = 0;
}

/* The first of its kind is told at once; those that follow are counted, and refusals only where
 * there are very many. */
void conn_decided(struct conn *c, uint32_t number, enum sel_net_why why,
		  const struct sel_head *head)
{
	const char *method = head && head->method ? head->method : "";
	struct told *t = &c->told;
	bool same =
		t->any && t->number == number && t->why == why && strcmp(t->method, method) == 0;

	if (!same) {
		conn_told(c);
		*t = (struct told){.any = true, .number = number, .why = why};
		memcpy(t->method, method, strnlen(method, sizeof t->method - 1));
	}
	if ((!same || why != SEL_NET_OK) && c->told_now < TOLD_MAX) {
		c->told_now++;
		tell(c, number, why, 1, "", head);
		return;
	}
	t->count++;
}

/* --- the end --- */

static void leave(struct conn *c)
{
	struct engine *e = c->engine;

	if (c->next)
		c->next->prev = c->prev;
	if (c->prev)
		c->prev->next = c->next;
	else
		e->conns = c->next;
	e->n_conns--;
	listeners_pause(e, false);
}

static void drop(struct conn *c, bool reset)
{
	struct engine *e = c->engine;

	if (c->state == CONN_DEAD)
		return;
	c->state = CONN_DEAD;
	while (c->exchanges)
		exchange_gone(c->exchanges);
	relay_free(c->relay);
	c->relay = NULL;
	call_forget(e, &c->ask);
	timer_stop(&e->loop, &c->timer);
	link_close(&c->link, reset);
	conn_told(c);
	wire_new(e, SEL_WIRE_CLOSED, c);
	wire_send(e);
	leave(c);
	free(c->name);
	c->name = NULL;
	loop_bury(&e->loop, c);
}

void conn_close(struct conn *c)
{
	drop(c, false);
}

void conn_refuse(struct conn *c, enum sel_net_why why)
{
	if (c->state == CONN_DEAD)
		return;
	conn_decided(c, 0, why, NULL);
	drop(c, true);
}

void conn_refuse_quietly(struct conn *c)
{
	drop(c, true);
}

static void linger_ready(struct source *s, uint32_t events)
{
	struct conn *c = of_source(s);

	for (int i = 0; i < DISCARD_MAX; i++) {
		ssize_t n =
			recv(s->fd, c->engine->scratch, sizeof c->engine->scratch, MSG_DONTWAIT);

		if (n > 0) { /* it has not come to reading yet */
			if (c->engine->loop.now - c->active < LINGER_MAX)
				conn_deadline(c, LINGER_USEC);
			continue;
		}
		if (n == 0 || errno != EAGAIN || events & EPOLLERR)
			conn_close(c);
		return;
	}
}

/* Said all there is to say. Closing over unread bytes would take the last ones of ours with it. */
static void linger(struct conn *c)
{
	if (c->link.tls)
		sel_tls_goodbye(c->link.tls);
	(void)shutdown(c->link.source.fd, SHUT_WR);
	c->state = CONN_LINGER;
	c->link.lost = true;
	c->link.source.ready = linger_ready;
	conn_active(c);
	conn_want(c, EPOLLIN);
	conn_deadline(c, LINGER_USEC);
}

/* A fatal alert, unrecognized_name: there is no connection yet to send it on (RFC 8446, 6). */
void conn_refuse_tls(struct conn *c, enum sel_net_why why)
{
	static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 112};

	conn_decided(c, 0, why, NULL);
	(void)send(c->link.source.fd, alert, sizeof alert, MSG_NOSIGNAL | MSG_DONTWAIT);
	linger(c);
}

/* --- HTTP --- */

static bool complain(struct conn *c);

static void link_lost(void *owner, int r, const char *why)
{
	struct conn *c = owner;

	if (c->link.tls && sel_tls_refused_leaf(c->link.tls) && !c->served) {
		conn_pinned(c);
		return;
	}
	if (r < 0 && why) {
		sel_dbg("connection %u: %s", c->id, why);
		conn_decided(c, 0, SEL_NET_MALFORMED, NULL);
		if (complain(c))
			link_last_words(&c->link);
		if (c->link.source.fd >= 0) {
			linger(c);
			return;
		}
	}
	conn_close(c);
}

static bool link_paused(void *owner)
{
	struct conn *c = owner;

	if (c->engine->calls.full) /* what it asks for would be more to tell the broker */
		return true;
	if (c->link.codec->ops->closing(c->link.codec) && !c->exchanges)
		return true;
	return !c->h2 && c->exchanges && c->exchanges->up_held.n >= HELD_PAUSE;
}

static bool link_in_use(void *owner)
{
	struct conn *c = owner;

	return c->exchanges;
}

static void link_drained(void *owner)
{
	struct conn *c = owner;
	struct exchange *next;

	for (struct exchange *x = c->exchanges; x && c->state == CONN_HTTP; x = next) {
		next = x->next;
		exchange_pump_down(x);
	}
}

static void link_quiet(void *owner)
{
	struct conn *c = owner;

	if (c->cut)
		conn_refuse_quietly(c);
	else
		linger(c);
}

static void link_moved(void *owner)
{
	struct conn *c = owner;

	c->active = c->engine->loop.now;
	if (!c->h2 && !c->exchanges && c->head_since == 0)
		c->head_since = c->active;
}

const struct link_ops conn_link_ops = {
	.lost = link_lost,
	.paused = link_paused,
	.in_use = link_in_use,
	.drained = link_drained,
	.quiet = link_quiet,
	.moved = link_moved,
};

void conn_serve(struct conn *c, bool h2)
{
	c->state = CONN_HTTP;
	c->h2 = h2;
	c->active = c->engine->loop.now;
	if (link_codec(&c->link, true, h2, &client_events) < 0) {
		conn_close(c);
		return;
	}
	conn_want(c, EPOLLIN);
	conn_deadline(c, HEAD_USEC);
}

/* An answer to what could not be read: a page, and the end. False: it cannot be said. */
static bool complain(struct conn *c)
{
	struct sel_buffer held = {.max = HELD_MAX};
	struct sel_codec *codec = c->link.codec;
	bool said;

	if (!codec || c->link.source.fd < 0 || c->h2)
		return false;
	while (c->exchanges)
		exchange_gone(c->exchanges);
	said = response_refuse(c, NULL, SEL_NET_MALFORMED, &held) == 0 &&
	       codec->ops->send_data(codec, 0, sel_buffer_at(&held), held.n) == (ssize_t)held.n &&
	       codec->ops->send_end(codec, 0, NULL) == 0;
	sel_buffer_done(&held);
	return said;
}

/* --- TLS --- */

static void pinned_answer(struct call *a, enum sel_net_why why, int fd, const char *text)
{
	(void)why, (void)text;
	if (fd >= 0)
		(void)close(fd);
	conn_close(of_ask(a)); /* the next connection will find the grant, if there is one */
}

static bool pinned_asked(const struct conn *c)
{
	for (const struct conn *o = c->engine->conns; o; o = o->next)
		if (o->state == CONN_PINNED && o->port == c->port && strcmp(o->name, c->name) == 0)
			return true;
	return false;
}

/* The client trusts only its own certificates. It is gone, but its question is put: the connection
 * stays known to the broker until that is answered. */
void conn_pinned(struct conn *c)
{
	conn_decided(c, 0, SEL_NET_PINNED, NULL);
	while (c->exchanges)
		exchange_gone(c->exchanges);
	if (pinned_asked(c)) {
		conn_close(c);
		return;
	}
	timer_stop(&c->engine->loop, &c->timer);
	link_close(&c->link, false);
	c->state = CONN_PINNED;
	c->ask.answer = pinned_answer;
	wire_new(c->engine, SEL_WIRE_ASK, c)->why = SEL_NET_PINNED;
	call_start(c->engine, &c->ask);
}

void conn_handshake(struct conn *c)
{
	int r = sel_tls_handshake(c->link.tls);

	if (r == 0) {
		conn_want(c, (uint32_t)(unsigned short)sel_tls_wants(c->link.tls));
		return;
	}
	if (r > 0) {
		conn_serve(c, sel_tls_h2(c->link.tls));
		return;
	}
	sel_dbg("connection %u: handshake: %s", c->id, sel_tls_error(c->link.tls));
	if (sel_tls_refused_leaf(c->link.tls))
		conn_pinned(c);
	else
		conn_close(c);
}

/* --- events --- */

static void conn_ready(struct source *s, uint32_t events)
{
	struct conn *c = of_source(s);

	if (c->state == CONN_HANDSHAKE) { /* a refusal may be the last that was sent */
		conn_handshake(c);
		return;
	}
	if (events & EPOLLERR || (events & EPOLLHUP && !(events & EPOLLIN))) {
		conn_close(c);
		return;
	}
	if (c->state == CONN_PEEK || (c->state == CONN_ASKED && c->silent))
		conn_peek(c, events);
	else if (events & EPOLLHUP)
		conn_close(c);
}

static bool waits(const struct conn *c)
{
	for (const struct exchange *x = c->exchanges; x; x = x->next)
		if (x->state == EX_ASKED || x->state == EX_KEYS || x->state == EX_UPSTREAM)
			return true;
	return false;
}

static void http_late(struct conn *c)
{
	usec_t now = c->engine->loop.now;
	bool head = !c->exchanges && c->head_since && now - c->head_since >= HEAD_USEC;
	bool idle = !waits(c) && now - c->active >= IDLE_USEC;

	if (head || idle)
		conn_close(c);
	else
		conn_deadline(c, HEAD_USEC);
}

static void late(struct timer *t)
{
	struct conn *c = of_timer(t);

	if (c->state == CONN_OPENED)
		conn_refuse(c, SEL_NET_UNKNOWN_CALLER);
	else if (c->state == CONN_PEEK && !c->begun)
		conn_silent(c);
	else if (c->state == CONN_PEEK)
		conn_no_more(c);
	else if (c->state == CONN_HTTP)
		http_late(c);
	else if (c->state == CONN_RELAY && c->engine->loop.now - c->active < RELAY_USEC)
		conn_deadline(c, RELAY_USEC);
	else
		conn_close(c);
}

void conn_active(struct conn *c)
{
	c->active = c->engine->loop.now;
}

/* --- the beginning --- */

/* A v4 address in a v6 socket is a v4 address. */
static void unmap(struct sockaddr_storage *a)
{
	struct sockaddr_in6 v6;
	struct sockaddr_in v4 = {.sin_family = AF_INET};

	memcpy(&v6, a, sizeof v6);
	if (a->ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
		return;
	v4.sin_port = v6.sin6_port;
	memcpy(&v4.sin_addr, v6.sin6_addr.s6_addr + 12, 4);
	memset(a, 0, sizeof *a);
	memcpy(a, &v4, sizeof v4);
}

static char *name_of(struct engine *e, const struct sockaddr_storage *target)
{
	const char *name = sel_synth_name(e->synth, (const struct sockaddr *)target);
	char text[INET6_ADDRSTRLEN];
	const void *address =
		target->ss_family == AF_INET
			? (const void *)&((const struct sockaddr_in *)target)->sin_addr
			: (const void *)&((const struct sockaddr_in6 *)target)->sin6_addr;

	if (!name)
		name = inet_ntop(target->ss_family, address, text, sizeof text);
	return name ? strdup(name) : NULL;
}

static struct conn *conn_new(struct engine *e, int fd, const struct sockaddr_storage *target,
			     uint16_t port)
{
	struct conn *c = calloc(1, sizeof *c);

	if (!c || !(c->name = name_of(e, target))) {
		free(c);
		return NULL;
	}
	c->engine = e;
	c->id = ++e->last_conn;
	c->port = port;
	c->link.source = (struct source){.fd = fd, .ready = conn_ready};
	link_start(&c->link, e, &conn_link_ops, c);
	c->timer.fire = late;
	c->next = e->conns;
	if (e->conns)
		e->conns->prev = c;
	e->conns = c;
	e->n_conns++;
	return c;
}

/* Served only when the broker says that it knows who connected, and that they may. */
void conn_accept(struct engine *e, int fd, const struct sockaddr_storage *source, uint16_t port)
{
	struct sockaddr_storage from = *source, target = {0};
	socklen_t n = sizeof target;
	struct conn *c = NULL;
	struct sel_wire *w;

	socket_prepare(fd);
	unmap(&from);
	if (getsockname(fd, (struct sockaddr *)&target, &n) == 0) {
		unmap(&target);
		c = conn_new(e, fd, &target, port);
	}
	if (!c) {
		(void)close(fd);
		return;
	}
	w = wire_new(e, SEL_WIRE_OPENED, c);
	w->source = from;
	w->target = target;
	wire_send(e);
	conn_deadline(c, OPENED_USEC);
	conn_want(c, 0);
}

void conn_opened(struct engine *e, const struct sel_wire *w)
{
	struct conn *c = e->conns;

	while (c && c->id != w->conn)
		c = c->next;
	if (!c || c->state != CONN_OPENED)
		return;
	c->port = w->port;
	if (w->why != SEL_NET_OK) { /* the broker knows, and has recorded it */
		conn_refuse_quietly(c);
		return;
	}
	c->state = CONN_PEEK;
	conn_active(c);
	conn_deadline(c, SILENT_USEC);
	conn_want(c, EPOLLIN | EPOLLRDHUP);
}

/* --- all of them --- */

void conns_revoked(struct engine *e, uint32_t number)
{
	struct exchange *after;
	struct conn *next;

	for (struct conn *c = e->conns; c; c = next) {
		next = c->next;
		if (c->relay && relay_grant(c->relay) == number) {
			conn_refuse(c, SEL_NET_EXPIRED);
			continue;
		}
		for (struct exchange *x = c->exchanges; x; x = after) {
			after = x->next;
			if (x->state == EX_KEYS && x->number == number)
				exchange_refuse(x, SEL_NET_EXPIRED);
		}
	}
}

void conns_value(struct engine *e, uint32_t number)
{
	struct grant_state *s = grants_state(e, number);
	struct exchange *after;
	struct conn *next;

	for (struct conn *c = e->conns; c; c = next) {
		next = c->next;
		for (struct exchange *x = c->exchanges; x; x = after) {
			after = x->next;
			if (x->state == EX_KEYS && x->number == number)
				exchange_value(x, s && s->value);
		}
	}
}

void conns_resume(struct engine *e)
{
	for (struct conn *c = e->conns; c; c = c->next)
		if (c->state == CONN_HTTP)
			link_touch(&c->link);
}

/* --- how much is held --- */

size_t engine_held(const struct engine *e)
{
	return sel_buffers_held() + sel_headers_held() + e->weight;
}

static size_t conn_held(const struct conn *c)
{
	size_t n = link_held(&c->link);

	for (const struct exchange *x = c->exchanges; x; x = x->next)
		n += exchange_held(x);
	return n;
}

void conns_relieve(struct engine *e)
{
	while (engine_held(e) > HELD_TOTAL) {
		struct conn *most = NULL;
		size_t n = 0;

		for (struct conn *c = e->conns; c; c = c->next) {
			size_t held = conn_held(c);

			if (held > n) {
				n = held;
				most = c;
			}
		}
		if (!most)
			return;
		sel_dbg("connection %u: ended, it holds %zu bytes", most->id, n);
		conn_refuse(most, SEL_NET_OVERLOAD);
	}
}

void conns_tick(struct engine *e)
{
	struct exchange *after;
	struct conn *next;

	for (struct conn *c = e->conns; c; c = next) {
		next = c->next;
		conn_told(c);
		c->told_now = 0;
		for (struct exchange *x = c->exchanges; x; x = after) {
			after = x->next;
			response_tick(x);
		}
	}
}
