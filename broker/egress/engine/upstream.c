/* Connections to the world, made by seldom-dial and used under one grant only: sharing one between
 * grants would share what the other end thinks of it. */
#include "engine.h"

#include <fcntl.h>

#define WAITING_MAX 64 /* for one connection that is being made */

static struct upstream *of_source(struct source *s)
{
	return (struct upstream *)((char *)s - offsetof(struct upstream, link.source));
}

static struct upstream *of_timer(struct timer *t)
{
	return (struct upstream *)((char *)t - offsetof(struct upstream, timer));
}

static struct upstream *of_dial(struct call *d)
{
	return (struct upstream *)((char *)d - offsetof(struct upstream, dial));
}

/* --- lists --- */

static void push(struct exchange **list, size_t *n, struct exchange *x)
{
	x->up_next = *list;
	*list = x;
	(*n)++;
}

static bool take(struct exchange **list, size_t *n, struct exchange *x)
{
	for (struct exchange **p = list; *p; p = &(*p)->up_next)
		if (*p == x) {
			*p = x->up_next;
			(*n)--;
			return true;
		}
	return false;
}

/* --- the end --- */

static void drop(struct upstream *u)
{
	struct engine *e = u->engine;

	if (u->state == UP_DEAD)
		return;
	if (u->state != UP_READY)
		e->n_dials--;
	u->state = UP_DEAD;
	call_cancel(e, &u->dial);
	timer_stop(&e->loop, &u->timer);
	link_close(&u->link, false);
	if (u->next)
		u->next->prev = u->prev;
	if (u->prev)
		u->prev->next = u->next;
	else
		e->upstreams = u->next;
	free(u->name);
	u->name = NULL;
	loop_bury(&e->loop, u);
}

/* It cannot be had: everybody who waits for it is told. */
static void fail_waiting(struct upstream *u, enum sel_net_why why)
{
	struct exchange *x;

	while ((x = u->waiting)) {
		(void)take(&u->waiting, &u->n_waiting, x);
		x->up = NULL;
		exchange_refuse(x, why);
	}
	drop(u);
}

static bool safe_method(const char *m)
{
	static const char *const methods[] = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"};

	for (size_t i = 0; i < SEL_N(methods); i++)
		if (strcmp(m, methods[i]) == 0)
			return true;
	return false;
}

bool upstream_retry(struct exchange *x)
{
	struct upstream *u = x->up;

	if (x->retried || x->answered || x->kept || !u || !u->used ||
	    !safe_method(x->head->method) || x->up_seen > 0 || !x->request_ended)
		return false;
	upstream_leave(x, false);
	x->retried = true;
	x->state = EX_UPSTREAM;
	x->request_sent = false;
	upstream_get(x);
	return true;
}

/* A pooled connection may be closed by the other end at the very moment it is used again. */
static void open_lost(struct exchange *x)
{
	if (x->answered && x->response_ended) {
		upstream_leave(x, false); /* all of it came; the client is slow */
		return;
	}
	if (x->answered && x->upgraded) {
		x->response_ended = true;
		upstream_leave(x, false);
		x->safe = x->down_held.n;
		exchange_pump_down(x);
		return;
	}
	if (x->answered)
		exchange_abort(x, SEL_H2_INTERNAL);
	else if (!upstream_retry(x))
		exchange_refuse(x, SEL_NET_UPSTREAM);
}

static void link_lost(void *owner, int r, const char *why)
{
	struct upstream *u = owner;
	struct exchange *x;

	sel_dbg("upstream %s: %s", u->name, why ? why : r < 0 ? strerror(-r) : "closed");
	if (u->n_open == 0)
		u->used = true;
	while ((x = u->open)) {
		open_lost(x);
		if (u->open == x) { /* whatever became of it, it is not here */
			(void)take(&u->open, &u->n_open, x);
			x->up = NULL;
		}
	}
	drop(u);
}

static bool link_paused(void *owner)
{
	const struct upstream *u = owner;

	return !u->h2 && u->open && u->open->down_held.n >= HELD_PAUSE && u->open->safe > 0;
}

static bool link_in_use(void *owner)
{
	const struct upstream *u = owner;

	return u->open;
}

static void link_drained(void *owner)
{
	struct upstream *u = owner;
	struct exchange *next;

	for (struct exchange *x = u->open; x && u->state == UP_READY; x = next) {
		next = x->up_next;
		exchange_pump_up(x);
	}
}

static void link_quiet(void *owner)
{
	drop(owner);
}

static void link_moved(void *owner)
{
	struct upstream *u = owner;

	for (struct exchange *x = u->open; x; x = x->up_next)
		conn_active(x->conn);
}

static const struct link_ops link_ops = {
	.lost = link_lost,
	.paused = link_paused,
	.in_use = link_in_use,
	.drained = link_drained,
	.quiet = link_quiet,
	.moved = link_moved,
};

/* Nobody uses it: kept for a while. */
static void rest(struct upstream *u)
{
	if (u->state != UP_READY || u->n_open > 0)
		return;
	u->used = true;
	timer_set(&u->engine->loop, &u->timer, POOL_USEC);
	link_touch(&u->link);
}

void upstream_leave(struct exchange *x, bool broken)
{
	struct upstream *u = x->up;
	struct sel_codec *codec;

	x->up = NULL;
	if (!u || u->state == UP_DEAD)
		return;
	if (take(&u->waiting, &u->n_waiting, x)) {
		if (!u->waiting && u->state != UP_READY)
			drop(u); /* nobody wants it any more */
		return;
	}
	if (!take(&u->open, &u->n_open, x))
		return;
	codec = u->link.codec;
	if (codec && x->down_owed > 0)
		codec->ops->consumed(codec, x->up_stream, x->down_owed);
	x->down_owed = 0;
	if (codec && broken)
		codec->ops->reset(codec, x->up_stream, SEL_H2_CANCEL);
	if (broken && !u->h2)
		drop(u);
	else
		rest(u);
}

/* --- the beginning --- */

static void give(struct upstream *u, struct exchange *x)
{
	x->up = u;
	push(&u->open, &u->n_open, x);
	timer_stop(&u->engine->loop, &u->timer);
	exchange_send(x);
}

static bool usable(const struct upstream *u)
{
	return u->state == UP_READY && !u->link.lost && !u->link.eof &&
	       u->link.codec->ops->can_open(u->link.codec);
}

static void ready(struct upstream *u, bool h2)
{
	struct grant_state *s = grants_state(u->engine, u->number);
	struct exchange *x;

	u->state = UP_READY;
	u->engine->n_dials--;
	u->h2 = h2;
	timer_stop(&u->engine->loop, &u->timer);
	if (s && !u->upgrade)
		*(h2 ? &s->http2 : &s->http1) = true;
	if (link_codec(&u->link, false, h2, &upstream_events) < 0) {
		u->engine->n_dials++;
		u->state = UP_HANDSHAKE;
		fail_waiting(u, SEL_NET_OVERLOAD);
		return;
	}
	source_want(&u->engine->loop, &u->link.source, EPOLLIN);
	while ((x = u->waiting)) { /* what becomes of one may end others */
		(void)take(&u->waiting, &u->n_waiting, x);
		x->up = NULL;
		if (usable(u))
			give(u, x);
		else
			upstream_get(x); /* HTTP/1.1 carries one at a time */
	}
	rest(u);
}

static void handshake(struct upstream *u)
{
	int r = sel_tls_handshake(u->link.tls);

	if (r == 0) {
		source_want(&u->engine->loop, &u->link.source,
			    (uint32_t)(unsigned short)sel_tls_wants(u->link.tls));
		return;
	}
	if (r < 0) {
		sel_dbg("upstream %s: %s", u->name, sel_tls_error(u->link.tls));
		fail_waiting(u, SEL_NET_UPSTREAM_TLS);
		return;
	}
	ready(u, sel_tls_h2(u->link.tls));
}

static void up_ready(struct source *s, uint32_t events)
{
	struct upstream *u = of_source(s);

	(void)events;
	if (u->state == UP_HANDSHAKE)
		handshake(u);
}

static void secure(struct upstream *u)
{
	const struct sel_net_grant *g = grants_find(u->engine, u->number);
	int r;

	if (!g) {
		fail_waiting(u, SEL_NET_EXPIRED);
		return;
	}
	r = sel_tls_connect(u->link.source.fd, u->name, g->roots, !u->upgrade, true, &u->link.tls);
	if (r < 0) {
		fail_waiting(u, SEL_NET_UPSTREAM_TLS);
		return;
	}
	timer_set(&u->engine->loop, &u->timer, HANDSHAKE_USEC);
	handshake(u);
}

static void dialled(struct call *d, enum sel_net_why why, int fd, const char *text)
{
	struct upstream *u = of_dial(d);
	int flags = fd >= 0 ? fcntl(fd, F_GETFL) : -1;

	(void)text;
	if (why != SEL_NET_OK || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
		sel_closep(&fd);
		fail_waiting(u, why == SEL_NET_OK ? SEL_NET_DIAL : why);
		return;
	}
	socket_prepare(fd);
	u->link.source = (struct source){.fd = fd, .ready = up_ready};
	u->state = UP_HANDSHAKE;
	if (u->plain)
		ready(u, u->prior_h2);
	else
		secure(u);
}

static void late(struct timer *t)
{
	struct upstream *u = of_timer(t);

	if (u->state == UP_DIALLING)
		fail_waiting(u, SEL_NET_DIAL);
	else if (u->state == UP_HANDSHAKE)
		fail_waiting(u, SEL_NET_UPSTREAM_TLS);
	else if (u->n_open == 0)
		drop(u);
}

static struct upstream *make(struct exchange *x)
{
	struct conn *c = x->conn;
	struct engine *e = c->engine;
	struct upstream *u = e->n_dials < DIALS_MAX ? calloc(1, sizeof *u) : NULL;

	if (!u || !(u->name = strdup(c->name))) {
		free(u);
		return NULL;
	}
	u->engine = e;
	u->number = x->number;
	u->port = c->port;
	u->plain = !c->tls;
	u->upgrade = x->head->upgrade;
	u->prior_h2 = u->plain && c->h2 && !u->upgrade;
	u->link.source.fd = -1;
	link_start(&u->link, e, &link_ops, u);
	u->timer.fire = late;
	u->dial.answer = dialled;
	u->next = e->upstreams;
	if (e->upstreams)
		e->upstreams->prev = u;
	e->upstreams = u;
	e->n_dials++;
	return u;
}

static bool same(const struct upstream *u, const struct exchange *x)
{
	const struct conn *c = x->conn;

	return u->number == x->number && u->port == c->port && u->plain == !c->tls && !u->upgrade &&
	       !x->head->upgrade && (!u->plain || u->prior_h2 == c->h2) &&
	       strcmp(u->name, c->name) == 0;
}

/* One that is there, one that is being made and may carry more than one, or a new one. */
static struct upstream *find(const struct exchange *x)
{
	struct engine *e = x->conn->engine;
	const struct grant_state *s = grants_state(e, x->number);
	struct upstream *soon = NULL;

	for (struct upstream *u = e->upstreams; u; u = u->next) {
		if (u->state == UP_DEAD || !same(u, x))
			continue;
		if (usable(u))
			return u;
		if (u->state != UP_READY && (!s || !s->http1) && u->n_waiting < WAITING_MAX)
			soon = u;
	}
	return soon;
}

void upstream_get(struct exchange *x)
{
	struct upstream *u = find(x);

	if (u && u->state == UP_READY) {
		give(u, x);
		return;
	}
	if (!u) {
		u = make(x);
		if (!u) {
			exchange_refuse(x, SEL_NET_OVERLOAD);
			return;
		}
		wire_new(u->engine, SEL_WIRE_DIAL, x->conn)->number = u->number;
		call_start(u->engine, &u->dial);
		timer_set(&u->engine->loop, &u->timer, DIAL_USEC);
	}
	x->up = u;
	push(&u->waiting, &u->n_waiting, x);
}

/* --- all of them --- */

static void end_all(struct upstream *u)
{
	struct exchange *x;

	while (u->state != UP_DEAD && (x = u->open)) {
		exchange_refuse(x, SEL_NET_EXPIRED);
		if (u->open == x) {
			(void)take(&u->open, &u->n_open, x);
			x->up = NULL;
		}
	}
	if (u->state != UP_DEAD)
		fail_waiting(u, SEL_NET_EXPIRED);
}

void upstreams_revoked(struct engine *e, uint32_t number)
{
	struct upstream *next;

	for (struct upstream *u = e->upstreams; u; u = next) {
		next = u->next;
		if (u->number == number)
			end_all(u);
	}
}

void upstreams_free(struct engine *e)
{
	while (e->upstreams)
		drop(e->upstreams);
}
