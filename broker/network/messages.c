/* What the processes say. Egress parses hostile bytes, so all it says is looked up, not believed.
 */
#include "internal.h"

#include <stdio.h>

const struct sel_net_grant *network_grant(const struct sel_network *n, uint32_t number)
{
	for (size_t i = 0; i < n->n_grants; i++)
		if (n->grants[i].number == number)
			return &n->grants[i];
	return NULL;
}

static bool any_covers(const struct sel_network *n, const char *name, uint16_t port)
{
	usec_t now = sel_now_real();

	for (size_t i = 0; i < n->n_grants; i++)
		if (sel_grant_covers(&n->grants[i], name, port, now))
			return true;
	return false;
}

static void send_answer(struct sel_network *n, const struct sel_wire *w)
{
	(void)pthread_mutex_lock(&n->lock);
	(void)peer_send(&n->egress, w, -1);
	(void)pthread_mutex_unlock(&n->lock);
}

static void answer(struct sel_network *n, enum sel_wire_kind kind, uint32_t conn, uint64_t id,
		   enum sel_net_why why)
{
	static struct sel_wire w; /* on the loop only */

	memset(&w, 0, offsetof(struct sel_wire, text));
	w.kind = kind;
	w.conn = conn;
	w.id = id;
	w.why = why;
	send_answer(n, &w);
}

static void answer_opened(struct sel_network *n, uint32_t conn, uint16_t port, enum sel_net_why why)
{
	static struct sel_wire w; /* on the loop only */

	memset(&w, 0, offsetof(struct sel_wire, text));
	w.kind = SEL_WIRE_OPENED_R;
	w.conn = conn;
	w.port = port;
	w.why = why;
	send_answer(n, &w);
}

/* Who is behind a connection; pid 0: nobody knows. What is said of a connection must be of the name
 * and port that it was accepted for. */
static void caller_of(struct sel_network *n, const struct sel_wire *w, struct sel_net_caller *ret)
{
	const struct caller *c;

	ret->pid = 0;
	ret->exe[0] = ret->comm[0] = '\0';
	(void)pthread_mutex_lock(&n->lock);
	c = callers_conn(&n->callers, w->conn);
	if (c && c->port == w->port && strcmp(c->name, w->name) == 0) {
		ret->pid = c->pid;
		(void)snprintf(ret->exe, sizeof ret->exe, "%s", c->exe);
		(void)snprintf(ret->comm, sizeof ret->comm, "%s", c->comm);
	}
	(void)pthread_mutex_unlock(&n->lock);
}

static void say_decided(struct sel_network *n, const struct sel_net_decided *d)
{
	if (n->config.decided)
		n->config.decided(n->config.ctx, d);
}

/* --- connections --- */

/* May it be served? -EAGAIN: who connected is not known yet, but will be. Under the lock. */
static int judge_opened(struct sel_network *n, struct early *e, enum sel_net_why *ret)
{
	struct caller *who = callers_find(&n->callers, &e->from, &e->to);
	struct sockaddr_storage at;
	char literal[SEL_NAME_MAX];
	bool named;

	(void)address_put(&e->to, &at);
	address_name(&e->to, literal);
	named = sel_synth_is((struct sockaddr *)&at);
	e->port = who ? who->port : e->to.port;
	*ret = SEL_NET_LITERAL;
	if (e->name[0] == '\0' || callers_conn(&n->callers, e->conn) ||
	    (named ? sel_name_is_literal(e->name) : strcmp(literal, e->name) != 0))
		return 0;
	*ret = SEL_NET_UNKNOWN_CALLER;
	if (!who)
		return e->to.port <= STAND_IN && listener_of(&n->callers, &e->to)->connecting
			       ? -EAGAIN
			       : 0;
	*ret = SEL_NET_LITERAL;
	if (!named && !any_covers(n, e->name, e->port))
		return 0;
	*ret = SEL_NET_UNKNOWN_CALLER;
	if (callers_accepted(&n->callers, who, e->conn, e->name) == 0)
		*ret = SEL_NET_OK;
	return 0;
}

static void tell_opened(struct sel_network *n, const struct early *e, enum sel_net_why why)
{
	static const struct sel_net_caller nobody;
	struct sel_net_decided d = {.caller = &nobody,
				    .name = e->name,
				    .port = e->port,
				    .why = why,
				    .method = "",
				    .path = "",
				    .count = 1};

	answer_opened(n, e->conn, e->port, why);
	if (why != SEL_NET_OK)
		say_decided(n, &d);
}

static void on_opened(struct sel_network *n, const struct sel_wire *w)
{
	struct early *e = calloc(1, sizeof *e);
	enum sel_net_why why = SEL_NET_UNKNOWN_CALLER;
	int r;

	if (!e || address_of((const struct sockaddr *)&w->source, sizeof w->source, &e->from) < 0 ||
	    address_of((const struct sockaddr *)&w->target, sizeof w->target, &e->to) < 0) {
		answer_opened(n, w->conn, w->port, why);
		free(e);
		return;
	}
	e->conn = w->conn;
	memcpy(e->name, w->name, sizeof e->name);
	(void)pthread_mutex_lock(&n->lock);
	r = judge_opened(n, e, &why);
	if (r == -EAGAIN) {
		e->next = n->early;
		n->early = e;
	}
	(void)pthread_mutex_unlock(&n->lock);
	if (r == -EAGAIN)
		return;
	tell_opened(n, e, why);
	free(e);
}

void network_early(struct sel_network *n)
{
	struct early *ready = NULL;

	(void)pthread_mutex_lock(&n->lock);
	for (struct early **at = &n->early; *at;) {
		struct early *e = *at;
		enum sel_net_why why;

		if (judge_opened(n, e, &why) == -EAGAIN) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		e->next = ready;
		e->why = why;
		ready = e;
	}
	(void)pthread_mutex_unlock(&n->lock);
	for (struct early *e = ready, *next; e; e = next) {
		next = e->next;
		tell_opened(n, e, e->why);
		free(e);
	}
}

static void early_gone(struct sel_network *n, uint32_t conn)
{
	for (struct early **at = &n->early; *at; at = &(*at)->next)
		if ((*at)->conn == conn) {
			struct early *old = *at;

			*at = old->next;
			free(old);
			return;
		}
}

/* A grant for once goes with the connection that took it. */
static void once_closed(struct sel_network *n, uint32_t conn)
{
	for (struct once **at = &n->onces; *at;) {
		struct once *o = *at;

		if (o->conn != conn) {
			at = &o->next;
			continue;
		}
		*at = o->next;
		sel_network_revoke(n, o->number);
		free(o);
	}
}

static void gone(struct sel_network *n, struct question *q)
{
	if (q && n->config.gone)
		n->config.gone(n->config.ctx, q->id);
	question_free(q);
}

static void on_closed(struct sel_network *n, const struct sel_wire *w)
{
	struct question *next;

	if (w->conn == 0)
		return;
	for (struct question *q = questions_leave_all(&n->questions, w->conn); q; q = next) {
		next = q->next;
		gone(n, q);
	}
	(void)pthread_mutex_lock(&n->lock);
	early_gone(n, w->conn);
	callers_closed(&n->callers, w->conn);
	(void)pthread_mutex_unlock(&n->lock);
	once_closed(n, w->conn);
}

/* --- questions --- */

/* A grant may have come while the question was on its way. It is told to match again once, so that
 * nobody asks in circles. */
static bool decided_meanwhile(struct sel_network *n, const struct sel_wire *w)
{
	bool yes;

	if (w->why != SEL_NET_UNDECIDED)
		return false;
	(void)pthread_mutex_lock(&n->lock);
	yes = any_covers(n, w->name, w->port);
	(void)pthread_mutex_unlock(&n->lock);
	return yes;
}

/* Whether a grant speaks of the host decides how strictly it is asked about: that is looked up
 * here, whatever egress says. */
static enum sel_net_why why_asked(struct sel_network *n, const struct sel_wire *w)
{
	enum sel_net_why why = (enum sel_net_why)w->why, here;

	if (why != SEL_NET_NOT_GRANTED && why != SEL_NET_QUERY && why != SEL_NET_UPGRADE)
		return why;
	(void)pthread_mutex_lock(&n->lock);
	(void)sel_net_match(n->grants, n->n_grants, w->name, w->port, NULL, sel_now_real(), &here);
	(void)pthread_mutex_unlock(&n->lock);
	return here == SEL_NET_OK || here == SEL_NET_NOT_GRANTED ? why : SEL_NET_UNDECIDED;
}

static void on_ask(struct sel_network *n, const struct sel_wire *w)
{
	static struct sel_net_caller caller; /* on the loop only */
	struct question *q;
	bool new;

	caller_of(n, w, &caller);
	if (caller.pid == 0) {
		answer(n, SEL_WIRE_ASKED_R, w->conn, w->id, SEL_NET_UNKNOWN_CALLER);
		return;
	}
	if (w->name[0] == '\0' || w->port == 0 || !sel_net_askable((enum sel_net_why)w->why) ||
	    !n->config.ask) {
		answer(n, SEL_WIRE_ASKED_R, w->conn, w->id, SEL_NET_NOT_ASKED);
		return;
	}
	if (decided_meanwhile(n, w)) {
		answer(n, SEL_WIRE_ASKED_R, w->conn, w->id, SEL_NET_OK);
		return;
	}
	if (questions_join(&n->questions, w, &q, &new) < 0) {
		answer(n, SEL_WIRE_ASKED_R, w->conn, w->id, SEL_NET_OVERLOAD);
		return;
	}
	if (!new)
		return;
	struct sel_net_asked asked = {.id = q->id,
				      .caller = &caller,
				      .name = q->name,
				      .port = q->port,
				      .why = why_asked(n, w),
				      .method = w->method,
				      .path = w->text,
				      .plain = w->what & SEL_ASKS_PLAIN,
				      .websocket = w->what & SEL_ASKS_WEBSOCKET,
				      .fetch = w->what & SEL_ASKS_FETCH,
				      .push = w->what & SEL_ASKS_PUSH};
	n->config.ask(n->config.ctx, &asked);
}

void sel_network_answer(struct sel_network *n, uint64_t id, enum sel_net_why why)
{
	struct question *q = n ? questions_take(&n->questions, id) : NULL;

	for (const struct waiter *w = q ? q->waiters : NULL; w; w = w->next)
		answer(n, SEL_WIRE_ASKED_R, 0, w->id, why);
	question_free(q);
}

static void on_give_up(struct sel_network *n, const struct sel_wire *w)
{
	struct question *q = questions_leave(&n->questions, w->id);

	if (q) {
		gone(n, q);
		return;
	}
	for (struct dial **at = &n->dials; *at; at = &(*at)->next)
		if ((*at)->id == w->id) {
			struct dial *old = *at;

			*at = old->next;
			free(old);
			(void)pthread_mutex_lock(&n->lock);
			(void)peer_send(&n->dial, w, -1);
			(void)pthread_mutex_unlock(&n->lock);
			return;
		}
}

/* --- upstream connections --- */

static void dial_refused(struct sel_network *n, const struct sel_wire *w, enum sel_net_why why)
{
	answer(n, SEL_WIRE_DIALLED, w->conn, w->id, why);
}

static void on_dial(struct sel_network *n, const struct sel_wire *w)
{
	const struct sel_net_grant *g;
	struct dial *d = calloc(1, sizeof *d);
	bool covered;
	int r = -EPIPE;

	(void)pthread_mutex_lock(&n->lock);
	g = network_grant(n, w->number);
	covered = g && w->name[0] && sel_grant_covers(g, w->name, w->port, sel_now_real());
	if (d && covered)
		r = peer_send(&n->dial, w, -1);
	(void)pthread_mutex_unlock(&n->lock);
	if (r < 0) {
		free(d);
		dial_refused(n, w, covered ? SEL_NET_OVERLOAD : SEL_NET_NOT_GRANTED);
		return;
	}
	d->id = w->id;
	d->next = n->dials;
	n->dials = d;
}

void network_from_dial(struct sel_network *n, const struct sel_wire *w, int fd)
{
	struct dial **at = &n->dials;

	while (*at && (*at)->id != w->id)
		at = &(*at)->next;
	if (w->kind != SEL_WIRE_DIALLED || !*at)
		return; /* given up meanwhile: the descriptor is closed by who received it */
	struct dial *old = *at;

	*at = old->next;
	free(old);
	(void)pthread_mutex_lock(&n->lock);
	(void)peer_send(&n->egress, w, fd);
	(void)pthread_mutex_unlock(&n->lock);
}

void network_from_keys(struct sel_network *n, const struct sel_wire *w, int fd)
{
	(void)n;
	(void)w;
	(void)fd; /* it has nothing to say to us */
}

/* --- the record --- */

static void on_decided(struct sel_network *n, const struct sel_wire *w)
{
	static struct sel_net_caller caller; /* on the loop only */
	static char path[SEL_WIRE_TEXT];
	struct sel_net_grant *g = NULL;

	caller_of(n, w, &caller);
	bool incident = w->kind == SEL_WIRE_INCIDENT;
	/* No query is ever recorded; egress sends none. */
	(void)snprintf(path, sizeof path, "%.*s", (int)strcspn(w->text, "?"), w->text);
	(void)pthread_mutex_lock(&n->lock);
	for (size_t i = 0; i < n->n_grants; i++)
		if (n->grants[i].number == w->number)
			g = &n->grants[i]; /* only the loop changes the list */
	(void)pthread_mutex_unlock(&n->lock);
	for (struct once *o = n->onces; o; o = o->next)
		if (o->number == w->number && o->conn == 0)
			o->conn = w->conn;
	struct sel_net_decided d = {.caller = &caller,
				    .name = w->name,
				    .port = w->port,
				    .why = (enum sel_net_why)w->why,
				    .grant = g,
				    .method = w->method,
				    .path = incident ? "" : path,
				    .count = w->count ? w->count : 1,
				    .incident = incident,
				    .detail = incident ? path : NULL};
	say_decided(n, &d);
}

static void on_ready(struct sel_network *n, const struct sel_wire *w)
{
	(void)w;
	n->ready = true;
}

void network_from_egress(struct sel_network *n, const struct sel_wire *w, int fd)
{
	static void (*const handlers[SEL_WIRE_KIND_N])(struct sel_network *,
						       const struct sel_wire *) = {
		[SEL_WIRE_READY] = on_ready,	 [SEL_WIRE_OPENED] = on_opened,
		[SEL_WIRE_CLOSED] = on_closed,	 [SEL_WIRE_ASK] = on_ask,
		[SEL_WIRE_GIVE_UP] = on_give_up, [SEL_WIRE_DIAL] = on_dial,
		[SEL_WIRE_DECIDED] = on_decided, [SEL_WIRE_INCIDENT] = on_decided,
	};

	(void)fd;
	if (handlers[w->kind])
		handlers[w->kind](n, w);
	else
		network_lost(n, "seldom-egress"); /* it says what is not its to say */
}
