/* A request: judged by grants and credentials, asked about where that may help, and sent on with
 * the real credential in the place of the phantom. Nothing of it leaves before all of that is done.
 */
#include "engine.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <sys/random.h>

static struct exchange *of_ask(struct call *a)
{
	return (struct exchange *)((char *)a - offsetof(struct exchange, ask));
}

static struct sel_codec *client(const struct exchange *x)
{
	return x->conn->link.codec;
}

static struct exchange *find(struct conn *c, uint32_t stream)
{
	struct exchange *x = c->exchanges;

	while (x && x->stream != stream)
		x = x->next;
	return x;
}

/* --- the end --- */

static void pay_client(struct exchange *x)
{
	if (x->up_owed > 0 && client(x)) {
		client(x)->ops->consumed(client(x), x->stream, x->up_owed);
		link_touch(&x->conn->link);
	}
	x->up_owed = 0;
}

static void unlink_exchange(struct exchange *x)
{
	struct exchange **p = &x->conn->exchanges;

	while (*p && *p != x)
		p = &(*p)->next;
	if (*p)
		*p = x->next;
	x->conn->n_exchanges--;
}

void exchange_weigh(struct exchange *x, size_t more)
{
	x->weight += more;
	x->conn->engine->weight += more;
}

/* With what its upstream holds; one of HTTP/2 counts for each of its exchanges. */
size_t exchange_held(const struct exchange *x)
{
	size_t n = x->weight + x->up_held.cap + x->down_held.cap + x->head->headers.bytes +
		   x->trailers.bytes;

	if (x->kept)
		n += x->kept->headers.bytes;
	return x->up && x->state == EX_SENT ? n + link_held(&x->up->link) : n;
}

static void finish(struct exchange *x, bool broken)
{
	struct engine *e = x->conn->engine;

	if (x->state == EX_DONE)
		return;
	x->state = EX_DONE;
	if (x->conn->state == CONN_DEAD)
		call_forget(e, &x->ask);
	else
		call_cancel(e, &x->ask);
	upstream_leave(x, broken);
	pay_client(x);
	unlink_exchange(x);
	e->weight -= x->weight;
	x->conn->link.finish |= x->upgraded && !x->conn->h2;
	conn_active(x->conn);
	link_touch(&x->conn->link); /* the next request may wait there */
	sel_head_free(x->head);
	sel_head_free(sel_steal_ptr(&x->kept));
	sel_buffer_done(&x->up_held);
	sel_buffer_done(&x->down_held);
	sel_scan_free(sel_steal_ptr(&x->scan));
	sel_headers_done(&x->trailers);
	loop_bury(&e->loop, x);
}

void exchange_gone(struct exchange *x)
{
	finish(x, !(x->request_sent && x->response_ended));
}

void exchange_abort(struct exchange *x, uint32_t code)
{
	struct conn *c = x->conn;

	if (x->state == EX_DONE)
		return;
	client(x)->ops->reset(client(x), x->stream, code);
	if (!c->h2) /* the end must not look like the end of the message */
		c->cut = true;
	finish(x, true);
}

/* Clients lose an answer that is followed by "send no more" (curl does): they may finish what they
 * send, which nobody reads, for a while. */
static bool linger(struct exchange *x)
{
	if (x->request_ended || !x->conn->h2 || x->upgraded || x->lingered > LINGER_TICKS)
		return false;
	if (x->state != EX_ANSWERED) {
		upstream_leave(x, x->up && !x->request_sent);
		x->state = EX_ANSWERED;
		sel_buffer_done(&x->up_held);
		pay_client(x);
	}
	return true;
}

bool exchange_settle(struct exchange *x)
{
	if (x->state == EX_DONE)
		return true;
	if (!x->response_sent || linger(x))
		return false;
	if (!x->request_ended && x->conn->h2)
		client(x)->ops->reset(client(x), x->stream, SEL_H2_NO_ERROR);
	finish(x, x->up && !x->request_sent);
	return true;
}

/* --- saying no --- */

void exchange_refuse(struct exchange *x, enum sel_net_why why)
{
	struct conn *c = x->conn;

	if (x->state == EX_DONE || x->state == EX_ANSWERED)
		return;
	conn_decided(c, x->number, why, x->head);
	if (x->answered) {
		exchange_abort(x, SEL_H2_INTERNAL);
		return;
	}
	call_cancel(c->engine, &x->ask);
	upstream_leave(x, true);
	sel_buffer_done(&x->up_held); /* of a client that does not take its answer it would stay */
	pay_client(x);
	sel_buffer_done(&x->down_held);
	sel_scan_free(sel_steal_ptr(&x->scan));
	sel_head_free(sel_steal_ptr(&x->kept));
	x->state = EX_ANSWERED;
	x->answered = x->response_ended = true;
	if (response_refuse(c, x, why, &x->down_held) < 0) {
		exchange_abort(x, SEL_H2_INTERNAL);
		return;
	}
	x->safe = x->down_held.n;
	exchange_pump_down(x);
}

static void incident(struct exchange *x, enum sel_net_why why, uint32_t number, const char *where)
{
	struct sel_wire *w = wire_new(x->conn->engine, SEL_WIRE_INCIDENT, x->conn);

	w->why = why;
	w->number = number;
	w->n = (uint32_t)strnlen(where ? where : "", 200);
	memcpy(w->text, where ? where : "", w->n);
	wire_send(x->conn->engine);
}

/* --- judging --- */

/* Host is the name that was connected to, on every request. */
static enum sel_net_why place(const struct exchange *x)
{
	const struct conn *c = x->conn;
	char name[SEL_NAME_MAX];
	uint16_t port;

	if (!x->head->authority || x->head->plain == c->tls)
		return SEL_NET_HOST;
	if (sel_name_authority(x->head->authority, strlen(x->head->authority), c->tls ? 443 : 80,
			       name, &port) < 0)
		return SEL_NET_HOST;
	return strcmp(name, c->name) == 0 && port == c->port ? SEL_NET_OK : SEL_NET_HOST;
}

static bool wants_basic(const struct sel_net_grant *g)
{
	for (size_t i = 0; i < g->n_slots; i++)
		if (g->slots[i].user)
			return true;
	return false;
}

/* git has one credential for a host, whatever it asks of it: no theft, where each service has a
 * grant of its own. */
static bool of_this_host(const struct exchange *x, uint32_t number)
{
	const struct sel_net_grant *g = grants_find(x->conn->engine, number);

	return g && strcmp(g->host, x->conn->name) == 0 &&
	       (g->port ? g->port : 443) == x->conn->port;
}

static enum sel_net_why credential(struct exchange *x, const struct sel_net_grant *g)
{
	struct engine *e = x->conn->engine;

	sel_cred_check(g, e->phantoms, e->n_phantoms, x->head, &x->found);
	x->challenged = x->found.why == SEL_NET_NO_CREDENTIAL && wants_basic(g);
	if (x->found.why == SEL_NET_PHANTOM && of_this_host(x, x->found.stolen))
		x->found.why = SEL_NET_FOREIGN;
	if (x->found.why == SEL_NET_PHANTOM)
		incident(x, SEL_NET_PHANTOM, x->found.stolen, x->found.where);
	return x->found.why;
}

/* Bytes of the body count when they come, and what was announced is judged before that. */
static enum sel_net_why body_fits(struct exchange *x, const struct sel_net_grant *g,
				  uint64_t announced)
{
	const struct grant_state *s = grants_state(x->conn->engine, g->number);
	uint64_t n = x->up_seen > announced ? x->up_seen : announced;

	if (n > g->body_max && !x->upgraded)
		return SEL_NET_BODY;
	if (!s || s->total > g->total_max || n - x->up_counted > g->total_max - s->total)
		return SEL_NET_TOTAL;
	return SEL_NET_OK;
}

static void body_count(struct exchange *x)
{
	struct grant_state *s = grants_state(x->conn->engine, x->number);

	if (s)
		s->total += x->up_seen - x->up_counted;
	x->up_counted = x->up_seen;
}

static enum sel_net_why limits(struct exchange *x, const struct sel_net_grant *g)
{
	uint64_t announced = x->head->length == SEL_LENGTH_UNKNOWN ? 0 : x->head->length;
	enum sel_net_why why = body_fits(x, g, announced);

	if (why != SEL_NET_OK)
		return why;
	return grants_rate(x->conn->engine, g) ? SEL_NET_OK : SEL_NET_RATE;
}

static void judge(struct exchange *x);

static void asked(struct call *a, enum sel_net_why why, int fd, const char *text)
{
	struct exchange *x = of_ask(a);

	(void)text;
	if (fd >= 0)
		(void)close(fd);
	x->asked = a->was;
	if (why != SEL_NET_OK)
		exchange_refuse(x, why);
	else
		judge(x);
}

/* Git's smart http begins with a request whose query alone says which service is meant. */
static uint32_t git_service(const struct sel_head *head)
{
	static const struct {
		const char *end;
		uint32_t bit;
	} services[] = {{"/info/refs?service=git-upload-pack", SEL_ASKS_FETCH},
			{"/info/refs?service=git-receive-pack", SEL_ASKS_PUSH}};
	size_t n = strlen(head->target);

	for (size_t i = 0; i < SEL_N(services) && strcmp(head->method, "GET") == 0; i++) {
		size_t end = strlen(services[i].end);

		if (n > end && strcmp(head->target + n - end, services[i].end) == 0 &&
		    strcspn(head->target, "?") == n - end + strlen("/info/refs"))
			return services[i].bit;
	}
	return 0;
}

/* A question that no answer could help is not put: what is in the request would be refused under
 * any grant. */
static void ask(struct exchange *x, enum sel_net_why why)
{
	static const struct sel_net_grant none = {.scan = true};
	struct engine *e = x->conn->engine;
	enum sel_net_why own = credential(x, &none);
	struct sel_wire *w;

	if (own != SEL_NET_OK) {
		bool ours = own == SEL_NET_FOREIGN && of_this_host(x, x->found.stolen);

		exchange_refuse(x, ours ? why : own);
		return;
	}
	x->state = EX_ASKED;
	x->asks++;
	x->ask.answer = asked;
	w = wire_new(e, SEL_WIRE_ASK, x->conn);
	w->why = why;
	w->what = (x->head->plain ? SEL_ASKS_PLAIN : 0) |
		  (x->head->upgrade ? SEL_ASKS_WEBSOCKET : git_service(x->head));
	wire_path(e, x->head);
	call_start(e, &x->ask);
}

static void proceed(struct exchange *x, const struct sel_net_grant *g)
{
	struct grant_state *s = grants_state(x->conn->engine, g->number);

	x->number = g->number;
	body_count(x);
	if (g->credential == SEL_CRED_NONE || (s && s->value)) {
		x->state = EX_UPSTREAM;
		upstream_get(x);
		return;
	}
	x->state = EX_KEYS;
	keys_want(x->conn->engine, g->number);
}

static void judge(struct exchange *x)
{
	struct conn *c = x->conn;
	const struct sel_net_grant *g = NULL;
	enum sel_net_why why = place(x);

	if (why == SEL_NET_OK)
		g = grants_match(c->engine, c->name, c->port, x->head, x->asked, &why);
	if (why != SEL_NET_OK && sel_net_askable(why) && x->asks < ASKS_MAX) {
		ask(x, why);
		return;
	}
	if (why == SEL_NET_OK && g->opaque) /* it came to TLS after all: not what was granted */
		why = SEL_NET_NOT_GRANTED;
	if (why == SEL_NET_OK)
		why = credential(x, g);
	if (why == SEL_NET_OK)
		why = limits(x, g);
	if (why == SEL_NET_OK)
		proceed(x, g);
	else
		exchange_refuse(x, why);
}

void exchange_value(struct exchange *x, bool ok)
{
	if (!ok) {
		exchange_refuse(x, SEL_NET_KEYS);
		return;
	}
	x->state = EX_UPSTREAM;
	upstream_get(x);
}

/* --- sending --- */

/* The name as it was judged, in one spelling. */
static int own_authority(const struct conn *c, struct sel_head *head)
{
	bool v6 = strchr(c->name, ':'), usual = c->port == (c->tls ? 443 : 80);
	char *authority = NULL;
	int n = usual ? asprintf(&authority, v6 ? "[%s]" : "%s", c->name)
		      : asprintf(&authority, v6 ? "[%s]:%u" : "%s:%u", c->name, c->port);

	if (n < 0)
		return -ENOMEM;
	free(head->authority);
	head->authority = authority;
	return 0;
}

/* Over HTTP/2 a WebSocket has no key (RFC 8441, section 5); upstream it is opened by HTTP/1.1. */
static int own_key(struct sel_head *head)
{
	uint8_t nonce[16];
	char key[25];

	if (getrandom(nonce, sizeof nonce, 0) != sizeof nonce)
		return -EIO;
	(void)EVP_EncodeBlock((unsigned char *)key, nonce, sizeof nonce);
	sel_headers_remove(&head->headers, "sec-websocket-key");
	return sel_headers_add(&head->headers, "sec-websocket-key", 17, key, strlen(key));
}

/* What is sent is a copy: the real value is in memory no longer than it takes to write it. */
static int prepare(struct exchange *x, const struct sel_net_grant *g, struct sel_head **ret)
{
	struct grant_state *s = grants_state(x->conn->engine, g->number);
	int r = sel_head_copy(x->head, ret);

	if (r == 0)
		r = own_authority(x->conn, *ret);
	if (r == 0 && g->credential != SEL_CRED_NONE)
		r = s && s->value ? sel_cred_inject(g, &x->found, s->value, s->value_n, *ret)
				  : -ENOKEY;
	if (r == 0 && (*ret)->upgrade && x->conn->h2)
		r = own_key(*ret);
	if (r == 0)
		response_scan(x, g, *ret);
	return r;
}

void exchange_send(struct exchange *x)
{
	const struct sel_net_grant *g = grants_find(x->conn->engine, x->number);
	const struct upstream *u = x->up;
	struct sel_codec *codec = u->link.codec;
	struct sel_head *head = NULL;
	bool end = x->request_ended && x->up_held.n == 0 && !x->head->upgrade;
	int r = g ? prepare(x, g, &head) : -ENOKEY;

	if (r == 0)
		r = codec->ops->send_head(codec, 0, head, end, &x->up_stream);
	sel_head_free(head);
	if (x->up != u || x->state != EX_UPSTREAM) /* given up in the midst of it */
		return;
	if (r < 0) {
		sel_dbg("connection %u: cannot send on a request: %s", x->conn->id, strerror(-r));
		exchange_refuse(x, !g		  ? SEL_NET_EXPIRED
				   : r == -EINVAL ? SEL_NET_KEYS
						  : SEL_NET_UPSTREAM);
		return;
	}
	x->state = EX_SENT;
	x->request_sent = end || x->head->upgrade; /* what follows an upgrade waits for it */
	x->down_max = g->response_max;
	conn_decided(x->conn, x->number, SEL_NET_OK, x->head);
	link_touch(&x->up->link);
	exchange_pump_up(x);
}

/* The client may send as many bytes more as were passed on, or will be. */
void exchange_owe_up(struct exchange *x, size_t n)
{
	x->up_owed += n;
	if (x->up_held.n < HELD_PAUSE)
		pay_client(x);
}

void exchange_pump_up(struct exchange *x)
{
	struct sel_codec *codec;

	if (x->state != EX_SENT || !x->up || x->request_sent)
		return;
	if (x->response_ended && !x->upgraded) { /* the rest is for nobody */
		sel_buffer_done(&x->up_held);
		pay_client(x);
		return;
	}
	if (x->up->link.feeding) {
		x->up->link.pump = true;
		return;
	}
	codec = x->up->link.codec;
	while (x->up_held.n > 0) {
		ssize_t n = codec->ops->send_data(codec, x->up_stream, sel_buffer_at(&x->up_held),
						  x->up_held.n);

		if (n < 0) {
			exchange_refuse(x, SEL_NET_UPSTREAM);
			return;
		}
		if (n == 0)
			break;
		sel_buffer_take(&x->up_held, (size_t)n);
	}
	exchange_owe_up(x, 0);
	if (x->up_held.n == 0 && x->request_ended) {
		x->request_sent = true;
		if (codec->ops->send_end(codec, x->up_stream, NULL) < 0) {
			exchange_refuse(x, SEL_NET_UPSTREAM);
			return;
		}
	}
	link_touch(&x->up->link);
}

/* --- what the client says --- */

static int client_head(void *ctx, uint32_t stream, struct sel_head *head, bool end)
{
	struct conn *c = ctx;
	struct exchange *x = calloc(1, sizeof *x);

	if (!x) {
		sel_head_free(head);
		return -ENOMEM;
	}
	c->served = true;
	c->head_since = 0;
	x->conn = c;
	x->stream = stream;
	x->head = head;
	if (!c->h2) /* only HTTP/2 says it */
		head->plain = !c->tls;
	x->request_ended = end;
	x->up_held.max = x->down_held.max = HELD_MAX;
	x->next = c->exchanges;
	c->exchanges = x;
	exchange_weigh(x, sizeof *x + sizeof *head + strlen(head->target));
	if (++c->n_exchanges > STREAMS_MAX || engine_held(c->engine) > HELD_TOTAL / 4 * 3)
		exchange_refuse(x, SEL_NET_OVERLOAD);
	else
		judge(x);
	return 0;
}

/* Passed on at once where possible; else held, until there is room or an answer. */
static int take_body(struct exchange *x, const uint8_t *p, size_t n)
{
	struct sel_codec *codec = x->up ? x->up->link.codec : NULL;
	size_t all = n;

	if (x->state == EX_SENT && !x->request_sent && x->up_held.n == 0 && codec &&
	    !x->up->link.feeding) {
		ssize_t sent = codec->ops->send_data(codec, x->up_stream, p, n);

		if (sent < 0)
			return (int)sent;
		p += sent;
		n -= (size_t)sent;
		link_touch(&x->up->link);
	}
	if (n > 0 && sel_buffer_append(&x->up_held, p, n) < 0)
		return -ENOBUFS;
	exchange_owe_up(x, all);
	return 0;
}

static int client_data(void *ctx, uint32_t stream, const void *p, size_t n)
{
	struct conn *c = ctx;
	struct exchange *x = find(c, stream);
	const struct sel_net_grant *g;
	enum sel_net_why why = SEL_NET_OK;

	/* It was told no, or has its answer already. */
	if (!x || x->state == EX_ANSWERED || (x->response_ended && !x->upgraded)) {
		c->link.codec->ops->consumed(c->link.codec, stream, n);
		return 0;
	}
	x->up_seen += n;
	g = x->number ? grants_find(c->engine, x->number) : NULL;
	if (g)
		why = body_fits(x, g, 0);
	if (why != SEL_NET_OK) {
		c->link.codec->ops->consumed(c->link.codec, stream, n);
		exchange_refuse(x, why);
		return 0;
	}
	if (g)
		body_count(x);
	if (take_body(x, p, n) < 0)
		exchange_refuse(x, SEL_NET_UPSTREAM);
	return 0;
}

/* Trailers of a request are not passed on: nothing that judges looks at them. */
static int client_end(void *ctx, uint32_t stream, struct sel_headers *trailers)
{
	struct exchange *x = find(ctx, stream);

	(void)trailers;
	if (!x)
		return 0;
	x->request_ended = true;
	if (x->response_sent)
		(void)exchange_settle(x);
	else
		exchange_pump_up(x);
	return 0;
}

static void client_reset(void *ctx, uint32_t stream, uint32_t code)
{
	struct exchange *x = find(ctx, stream);

	(void)code;
	if (x)
		exchange_gone(x);
}

static void client_writable(void *ctx, uint32_t stream)
{
	struct conn *c = ctx;

	(void)stream;
	c->link.pump = true;
}

const struct sel_codec_events client_events = {
	.head = client_head,
	.data = client_data,
	.end = client_end,
	.reset = client_reset,
	.writable = client_writable,
};
