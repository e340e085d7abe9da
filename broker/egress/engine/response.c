/* A response on its way inside: what must not come along is taken out, and where a credential went
 * up, nothing comes down that was not looked through for it. Also the responses of our own. */
#include "engine.h"

#include <stdio.h>

#define TEXT_MAX 1024

static struct sel_codec *client(const struct exchange *x)
{
	return x->conn->link.codec;
}

/* --- our own ------------------------------------------------------------------------------------
 */

/* Grants that name the host, in words; no word of the client's. */
static void granted_words(const struct conn *c, char *ret, size_t cap)
{
	const struct engine *e = c->engine;
	size_t n = 0;

	for (size_t i = 0; i < e->lasting.n && n < cap; i++) {
		const struct sel_net_grant *g = &e->lasting.grants[i];
		char words[256];
		int r;

		if (g->wildcard || strcmp(g->host, c->name) != 0)
			continue;
		sel_grant_words(g, words, sizeof words);
		r = snprintf(ret + n, cap - n, "%s%s", n ? "; " : " Granted here: ", words);
		if (r < 0 || (size_t)r >= cap - n)
			break;
		n += (size_t)r;
	}
	(void)snprintf(ret + n, cap - n, "%s", n ? "." : "");
}

static void one_line(const struct conn *c, enum sel_net_why why, char ret[TEXT_MAX])
{
	bool grant_helps = sel_net_askable(why) || why == SEL_NET_DENIED ||
			   why == SEL_NET_UNANSWERED || why == SEL_NET_NOT_ASKED;
	char granted[TEXT_MAX / 2] = "";

	if (grant_helps)
		granted_words(c, granted, sizeof granted);
	(void)snprintf(ret, TEXT_MAX, "seldom: %s.%s%s\n", sel_net_words(why), granted,
		       grant_helps ? " To grant more: seldom grants add." : "");
}

static int add(struct sel_headers *h, const char *name, const char *value)
{
	return sel_headers_add(h, name, strlen(name), value, strlen(value));
}

/* Some programs (git, curl) say no credential before they were asked for one. */
static int challenge(struct sel_head *head)
{
	head->status = 401;
	return add(&head->headers, "www-authenticate", "Basic realm=\"seldom\", charset=\"UTF-8\"");
}

int response_refuse(struct conn *c, const struct exchange *x, enum sel_net_why why,
		    struct sel_buffer *held)
{
	struct sel_codec *codec = c->link.codec;
	bool bodyless = x && strcmp(x->head->method, "HEAD") == 0;
	struct sel_head head = {.status = sel_net_status(why), .close = !x || !x->request_ended};
	char text[TEXT_MAX];
	int r;

	one_line(c, why, text);
	head.length = bodyless ? 0 : strlen(text);
	r = add(&head.headers, "seldom-reason", sel_net_code(why));
	if (r == 0)
		r = add(&head.headers, "content-type", "text/plain; charset=utf-8");
	if (r == 0)
		r = add(&head.headers, "cache-control", "no-store");
	if (r == 0 && x && x->challenged)
		r = challenge(&head);
	if (r == 0 && !bodyless)
		r = sel_buffer_append(held, text, strlen(text));
	if (r == 0)
		r = codec->ops->send_head(codec, x ? x->stream : 0, &head, bodyless, NULL);
	sel_headers_done(&head.headers);
	link_touch(&c->link);
	return r;
}

/* --- down ---------------------------------------------------------------------------------------
 */

static void owe_down(struct exchange *x, size_t n)
{
	struct upstream *u = x->up;

	x->down_owed += n;
	/* What cannot go before more is known must not keep that from coming. */
	if (!u || !u->link.codec || x->down_owed == 0 || (x->down_held.n >= HELD_PAUSE && x->safe))
		return;
	u->link.codec->ops->consumed(u->link.codec, x->up_stream, x->down_owed);
	x->down_owed = 0;
	link_touch(&u->link);
}

void exchange_pump_down(struct exchange *x)
{
	struct sel_codec *codec = client(x);

	if (x->state == EX_DONE || !x->answered || x->response_sent)
		return;
	link_touch(&x->conn->link);
	if (x->conn->link.feeding) {
		x->conn->link.pump = true;
		return;
	}
	while (x->safe > 0) {
		ssize_t n = codec->ops->send_data(codec, x->stream, sel_buffer_at(&x->down_held),
						  x->safe);

		if (n < 0) {
			exchange_abort(x, SEL_H2_INTERNAL);
			return;
		}
		if (n == 0)
			break;
		sel_buffer_take(&x->down_held, (size_t)n);
		x->safe -= (size_t)n;
		x->down_passed += (uint64_t)n;
	}
	owe_down(x, 0);
	if (x->down_held.n > 0 || !x->response_ended)
		return;
	x->response_sent = true;
	if (!x->ended_by_head &&
	    codec->ops->send_end(codec, x->stream, x->trailers.n ? &x->trailers : NULL) < 0)
		exchange_abort(x, SEL_H2_INTERNAL);
	else
		(void)exchange_settle(x);
}

static void reflected(struct exchange *x, const char *where)
{
	struct sel_wire *w = wire_new(x->conn->engine, SEL_WIRE_INCIDENT, x->conn);

	w->why = SEL_NET_REFLECTED;
	w->number = x->number;
	w->n = (uint32_t)strlen(where);
	memcpy(w->text, where, w->n);
	wire_send(x->conn->engine);
	exchange_refuse(x, SEL_NET_REFLECTED);
}

/* For a request that carries a credential: what comes back must be something that can be looked
 * into. */
void response_scan(struct exchange *x, const struct sel_net_grant *g, struct sel_head *request)
{
	struct grant_state *s = grants_state(x->conn->engine, g->number);
	const char *accepts = sel_headers_get(&request->headers, "accept-encoding");
	bool gzip = accepts && strstr(accepts, "gzip");

	if (g->credential == SEL_CRED_NONE || !g->scan || !s || !s->value)
		return;
	sel_headers_remove(&request->headers, "accept-encoding");
	sel_headers_remove(&request->headers, "sec-websocket-extensions");
	sel_headers_remove(&request->headers, "range"); /* two halves would each pass */
	sel_headers_remove(&request->headers, "if-range");
	(void)add(&request->headers, "accept-encoding", gzip ? "gzip" : "identity");
	x->scanned = true;
	if (x->scan)
		return;
	if (sel_scan_new(s->value, s->value_n, &x->scan) < 0)
		x->scan = NULL; /* refused when the response comes */
	else
		exchange_weigh(x, SCAN_HELD);
}

static void strip(const struct sel_net_grant *g, struct sel_headers *h)
{
	sel_headers_remove(h, "alt-svc"); /* HTTP/3 is not for inside */
	for (char **p = g->strip; p && *p; p++)
		sel_headers_remove(h, *p);
}

/* 0: it may be passed on; else why not. */
static enum sel_net_why head_fits(struct exchange *x, struct sel_head *head)
{
	struct sel_headers *h = &head->headers;
	const char *encoding = sel_headers_get(h, "content-encoding");

	if (head->length != SEL_LENGTH_UNKNOWN && head->length > x->down_max)
		return SEL_NET_RESPONSE;
	if (!x->scanned)
		return SEL_NET_OK;
	if (!x->scan || head->status == 206 || sel_headers_count(h, "content-encoding") > 1)
		return SEL_NET_RESPONSE;
	if (sel_scan_headers(x->scan, h))
		return SEL_NET_REFLECTED;
	return sel_scan_begin(x->scan, encoding) < 0 ? SEL_NET_RESPONSE : SEL_NET_OK;
}

/* Only what was asked for: an upstream cannot turn a request into a tunnel. */
static bool upgrade_fits(struct exchange *x, struct sel_head *head)
{
	if (head->status != 101)
		return true;
	if (!x->head->upgrade)
		return false;
	x->upgraded = true;
	x->request_sent = false;
	if (x->conn->h2)
		sel_headers_remove(&head->headers, "sec-websocket-accept");
	else
		x->request_ended = false;
	return true;
}

static struct exchange *find(const struct upstream *u, uint32_t stream)
{
	struct exchange *x = u->open;

	while (x && x->up_stream != stream)
		x = x->up_next;
	return x;
}

static int pass_head(struct exchange *x, const struct sel_head *head, bool end)
{
	int r = client(x)->ops->send_head(client(x), x->stream, head, end, NULL);

	link_touch(&x->conn->link);
	if (r == 0 && head->status >= 101) {
		x->answered = true;
		x->response_ended = x->ended_by_head = end;
	}
	return r;
}

/* A response that turns out to hold the credential at once can still be told in words. */
static int pass_kept(struct exchange *x)
{
	struct sel_head *head = sel_steal_ptr(&x->kept);
	int r = head ? pass_head(x, head, false) : 0;

	sel_head_free(head);
	return r;
}

/* Streams may say nothing for long: their heads do not wait for that. */
void response_tick(struct exchange *x)
{
	if (x->state == EX_DONE) /* by what became of the one before */
		return;
	if (x->kept && ++x->kept_ticks > 1 && pass_kept(x) < 0)
		exchange_refuse(x, SEL_NET_UPSTREAM);
	else if (x->response_sent && ++x->lingered > LINGER_TICKS)
		(void)exchange_settle(x);
}

/* The credential was turned down: the next request asks for it anew. */
static void maybe_forget(struct exchange *x, int status)
{
	struct grant_state *s = grants_state(x->conn->engine, x->number);

	if (status == 401 && s && s->value) {
		explicit_bzero(s->value, s->value_n);
		s->value = NULL;
	}
}

static void final_head(struct exchange *x, struct sel_head *head, bool end)
{
	const struct sel_net_grant *g = grants_find(x->conn->engine, x->number);
	enum sel_net_why why = g ? SEL_NET_OK : SEL_NET_EXPIRED;

	if (g)
		strip(g, &head->headers);
	if (why == SEL_NET_OK)
		why = upgrade_fits(x, head) ? head_fits(x, head) : SEL_NET_UPSTREAM;
	if (why == SEL_NET_REFLECTED) {
		reflected(x, "response header");
		return;
	}
	maybe_forget(x, head->status);
	head->close = false; /* was about the other connection */
	if (why == SEL_NET_OK && x->scanned && !end && !x->upgraded) {
		if (sel_head_copy(head, &x->kept) == 0)
			return;
		why = SEL_NET_UPSTREAM;
	}
	if (why == SEL_NET_OK && pass_head(x, head, end) < 0)
		why = SEL_NET_UPSTREAM;
	if (why != SEL_NET_OK) {
		exchange_refuse(x, why);
		return;
	}
	if (x->upgraded)
		exchange_pump_up(x);
	if (end)
		exchange_pump_down(x);
}

static int up_head(void *ctx, uint32_t stream, struct sel_head *head, bool end)
{
	struct upstream *u = ctx;
	struct exchange *x = find(u, stream);

	if (x && x->state == EX_SENT && !x->answered && !x->kept) {
		if (head->status == 100) { /* nothing but that is for the client */
			sel_headers_done(&head->headers);
			head->headers = (struct sel_headers){0};
			if (x->head->expect)
				(void)pass_head(x, head, false);
		} else {
			final_head(x, head, end);
		}
	}
	sel_head_free(head);
	return 0;
}

/* Scanned bytes wait in `down_held` until they are known to be harmless. */
static int scan_data(struct exchange *x, const void *p, size_t n)
{
	size_t safe = 0;
	int r = sel_scan_feed(x->scan, p, n, &safe);

	if (r != 0)
		return r;
	r = sel_buffer_append(&x->down_held, p, n);
	if (r == 0 && safe >= x->down_passed)
		x->safe = (size_t)(safe - x->down_passed);
	if (r == 0 && x->safe > 0)
		r = pass_kept(x);
	return r;
}

static int plain_data(struct exchange *x, const uint8_t *p, size_t n)
{
	if (x->down_held.n == 0 && !x->conn->link.feeding) {
		ssize_t sent = client(x)->ops->send_data(client(x), x->stream, p, n);

		if (sent < 0)
			return (int)sent;
		p += sent;
		n -= (size_t)sent;
		x->down_passed += (uint64_t)sent;
	}
	if (n > 0 && sel_buffer_append(&x->down_held, p, n) < 0)
		return -ENOBUFS;
	x->safe = x->down_held.n;
	return 0;
}

static int up_data(void *ctx, uint32_t stream, const void *p, size_t n)
{
	struct upstream *u = ctx;
	struct exchange *x = find(u, stream);
	int r;

	if (!x || x->state != EX_SENT || (!x->answered && !x->kept)) {
		u->link.codec->ops->consumed(u->link.codec, stream, n);
		return 0;
	}
	x->down_seen += n;
	x->down_owed += n;
	if (x->down_seen > x->down_max) {
		exchange_refuse(x, SEL_NET_RESPONSE);
		return 0;
	}
	r = x->scanned ? scan_data(x, p, n) : plain_data(x, p, n);
	if (r > 0)
		reflected(x, "response body");
	else if (r < 0)
		exchange_refuse(x, SEL_NET_RESPONSE);
	else
		exchange_pump_down(x);
	return 0;
}

static int copy_trailers(struct exchange *x, const struct sel_headers *from)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < from->n; i++)
		r = add(&x->trailers, from->item[i].name, from->item[i].value);
	return r;
}

static int up_end(void *ctx, uint32_t stream, struct sel_headers *trailers)
{
	struct upstream *u = ctx;
	struct exchange *x = find(u, stream);
	const struct sel_net_grant *g;
	int r = 0;

	if (!x || x->state != EX_SENT || (!x->answered && !x->kept))
		return 0;
	g = grants_find(u->engine, x->number);
	if (x->scanned) {
		r = sel_scan_end(x->scan);
		if (r == 0 && sel_scan_headers(x->scan, trailers))
			r = 1;
		if (r == 0)
			x->safe = x->down_held.n;
	}
	if (r == 0)
		r = pass_kept(x);
	if (x->state == EX_DONE)
		return 0;
	if (r == 0)
		r = copy_trailers(x, trailers);
	x->response_ended = true;
	if (g)
		strip(g, &x->trailers);
	if (r > 0)
		reflected(x, "response trailers");
	else if (r < 0)
		exchange_refuse(x, SEL_NET_RESPONSE);
	else
		exchange_pump_down(x);
	return 0;
}

static void up_reset(void *ctx, uint32_t stream, uint32_t code)
{
	struct exchange *x = find(ctx, stream);

	if (!x || (x->answered && x->response_ended))
		return;
	if (x->answered)
		exchange_abort(x, code);
	else if (code != SEL_H2_REFUSED || !upstream_retry(x))
		exchange_refuse(x, SEL_NET_UPSTREAM);
}

static void up_writable(void *ctx, uint32_t stream)
{
	struct upstream *u = ctx;

	(void)stream;
	u->link.pump = true;
}

const struct sel_codec_events upstream_events = {
	.head = up_head,
	.data = up_data,
	.end = up_end,
	.reset = up_reset,
	.writable = up_writable,
};
