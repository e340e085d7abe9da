/* The HTTP/2 codec against itself, and against a client of nghttp2 that does what it should not. */
#include "test.h"

#include "codec.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>

/* --- two ends ------------------------------------------------------------------------------------
 */

struct seen {
	uint32_t stream;
	struct sel_head *head;
	size_t n_heads, n_data, n_ends, n_resets, n_writable;
	bool ended;
	char trailer[64];
	uint32_t code;
	struct sel_codec *codec; /* what was taken is said to be used, unless `hold` */
	bool hold;
	int answer;   /* of the events */
	bool refuses; /* gives every stream up as soon as it begins, and at its end */
	char first[32];
};

static int on_head(void *ctx, uint32_t stream, struct sel_head *head, bool end)
{
	struct seen *s = ctx;

	sel_head_free(s->head);
	s->head = head;
	s->stream = stream;
	s->n_heads++;
	s->ended = end;
	if (s->refuses)
		s->codec->ops->reset(s->codec, stream, SEL_H2_REFUSED);
	return s->answer;
}

static int on_data(void *ctx, uint32_t stream, const void *p, size_t n)
{
	struct seen *s = ctx;

	for (size_t i = 0; i < n && s->n_data + i < sizeof s->first - 1; i++)
		s->first[s->n_data + i] = ((const char *)p)[i];
	s->n_data += n;
	if (!s->hold)
		s->codec->ops->consumed(s->codec, stream, n);
	return s->answer;
}

static int on_end(void *ctx, uint32_t stream, struct sel_headers *trailers)
{
	struct seen *s = ctx;

	(void)stream;
	s->n_ends++;
	s->ended = true;
	if (trailers->n)
		(void)snprintf(s->trailer, sizeof s->trailer, "%s=%s", trailers->item[0].name,
			       trailers->item[0].value);
	return s->answer;
}

static void on_reset(void *ctx, uint32_t stream, uint32_t code)
{
	struct seen *s = ctx;

	(void)stream;
	s->n_resets++;
	s->code = code;
}

static void on_writable(void *ctx, uint32_t stream)
{
	struct seen *s = ctx;

	(void)stream;
	s->n_writable++;
}

static const struct sel_codec_events events = {on_head, on_data, on_end, on_reset, on_writable};

struct ends {
	struct sel_codec *server, *client;
	struct seen at_server, at_client;
	size_t step; /* bytes moved at once */
};

static void begin(struct ends *e)
{
	*e = (struct ends){.step = 65536};
	assert_int_equal(sel_http2_new(true, &events, &e->at_server, &e->server), 0);
	assert_int_equal(sel_http2_new(false, &events, &e->at_client, &e->client), 0);
	e->at_server.codec = e->server;
	e->at_client.codec = e->client;
}

static void finish(struct ends *e)
{
	e->server->ops->free(e->server);
	e->client->ops->free(e->client);
	sel_head_free(e->at_server.head);
	sel_head_free(e->at_client.head);
}

static ssize_t move(struct sel_codec *from, struct sel_codec *to, size_t step)
{
	size_t n = from->out.n < step ? from->out.n : step;
	const char *why = NULL;
	_cleanup_free_ uint8_t *copy = malloc(n + 1);

	if (n == 0)
		return 0;
	memcpy(copy, sel_buffer_at(&from->out), n); /* of exactly that size: ASan looks on */
	sel_buffer_take(&from->out, n);
	ssize_t used = to->ops->feed(to, copy, n, &why);
	if (used < 0)
		assert_non_null(why);
	return used;
}

/* Until neither has anything to say. */
static int pump(struct ends *e)
{
	while (e->server->out.n || e->client->out.n) {
		ssize_t a = move(e->client, e->server, e->step);
		ssize_t b = move(e->server, e->client, e->step);

		if (a < 0 || b < 0)
			return (int)(a < 0 ? a : b);
	}
	return 0;
}

static void add(struct sel_head *h, const char *name, const char *value)
{
	assert_int_equal(sel_headers_add(&h->headers, name, strlen(name), value, strlen(value)), 0);
}

static struct sel_head request(const char *method, const char *target, uint64_t length)
{
	return (struct sel_head){.method = strdup(method),
				 .authority = strdup("api.example.test"),
				 .target = strdup(target),
				 .length = length};
}

static uint32_t ask(struct ends *e, const char *method, const char *target, uint64_t length)
{
	struct sel_head h = request(method, target, length);
	uint32_t stream = 0;

	add(&h, "X-Test", "yes");
	assert_int_equal(e->client->ops->send_head(e->client, 0, &h, length == 0, &stream), 0);
	sel_head_done(&h);
	return stream;
}

static void reply(struct ends *e, uint32_t stream, int status, uint64_t length)
{
	struct sel_head h = {.status = status, .length = length};

	add(&h, "content-type", "text/plain");
	assert_int_equal(e->server->ops->send_head(e->server, stream, &h, length == 0, NULL), 0);
	sel_head_done(&h);
}

/* --- messages ------------------------------------------------------------------------------------
 */

static void a_request_and_its_response_arrive(void **state)
{
	static const size_t steps[] = {1, 2, 7, 100, 65536};
	struct sel_headers trailers = {0};
	struct ends e;

	(void)state;
	for (size_t i = 0; i < SEL_N(steps); i++) {
		begin(&e);
		e.step = steps[i];
		assert_int_equal(pump(&e), 0);
		uint32_t stream = ask(&e, "POST", "/v1/messages?beta=true", 5);
		assert_int_equal(e.client->ops->send_data(e.client, stream, "hello", 5), 5);
		assert_int_equal(e.client->ops->send_end(e.client, stream, NULL), 0);
		assert_int_equal(pump(&e), 0);
		assert_int_equal(e.at_server.n_heads, 1);
		assert_string_equal(e.at_server.head->method, "POST");
		assert_string_equal(e.at_server.head->target, "/v1/messages?beta=true");
		assert_string_equal(e.at_server.head->authority, "api.example.test");
		assert_string_equal(sel_headers_get(&e.at_server.head->headers, "x-test"), "yes");
		assert_null(sel_headers_get(&e.at_server.head->headers, "content-length"));
		assert_int_equal(e.at_server.head->length, 5);
		assert_false(e.at_server.head->plain);
		assert_string_equal(e.at_server.first, "hello");
		assert_int_equal(e.at_server.n_ends, 1);

		reply(&e, e.at_server.stream, 200, SEL_LENGTH_UNKNOWN);
		assert_int_equal(e.server->ops->send_data(e.server, e.at_server.stream, "world", 5),
				 5);
		assert_int_equal(sel_headers_add(&trailers, "grpc-status", 11, "0", 1), 0);
		assert_int_equal(e.server->ops->send_end(e.server, e.at_server.stream, &trailers),
				 0);
		sel_headers_done(&trailers);
		trailers = (struct sel_headers){0};
		assert_int_equal(pump(&e), 0);
		assert_int_equal(e.at_client.head->status, 200);
		assert_string_equal(e.at_client.first, "world");
		assert_string_equal(e.at_client.trailer, "grpc-status=0");
		assert_int_equal(e.at_client.n_resets + e.at_server.n_resets, 0);
		assert_true(e.client->ops->idle(e.client));
		assert_true(e.server->ops->idle(e.server));
		finish(&e);
	}
}

static void a_length_may_be_said_without_a_body(void **state)
{
	struct ends e;

	(void)state;
	for (int late = 0; late < 2; late++) {
		struct sel_head h = {.status = 200, .length = late ? SEL_LENGTH_UNKNOWN : 3000000};

		begin(&e);
		assert_int_equal(pump(&e), 0);
		(void)ask(&e, "HEAD", "/big", 0);
		assert_int_equal(pump(&e), 0);
		assert_int_equal(
			e.server->ops->send_head(e.server, e.at_server.stream, &h, !late, NULL), 0);
		if (late) /* the end comes in a frame of its own */
			assert_int_equal(
				e.server->ops->send_end(e.server, e.at_server.stream, NULL), 0);
		assert_int_equal(pump(&e), 0);
		assert_true(e.at_client.ended);
		assert_int_equal(e.at_client.n_ends, 0);
		assert_true(e.at_client.head->length == h.length);
		assert_int_equal(e.at_client.n_resets + e.at_server.n_resets, 0);
		assert_true(e.client->ops->idle(e.client) && e.server->ops->idle(e.server));
		finish(&e);
	}
}

static void large_bodies_wait_for_room(void **state)
{
	static uint8_t body[3 * 1024 * 1024];
	struct ends e;
	size_t sent = 0;

	(void)state;
	memset(body, 'x', sizeof body);
	begin(&e);
	assert_int_equal(pump(&e), 0);
	e.at_server.hold = true;
	uint32_t stream = ask(&e, "PUT", "/big", sizeof body);
	for (int i = 0; i < 64; i++) { /* nobody takes it: it ends at the window */
		ssize_t n = e.client->ops->send_data(e.client, stream, body, sizeof body - sent);

		assert_true(n >= 0);
		sent += (size_t)n;
		assert_true(e.client->out.n <= SEL_OUT_MAX);
		assert_int_equal(pump(&e), 0);
	}
	assert_true(sent >= 65535 && sent < 2 * 1024 * 1024);
	assert_int_equal(e.at_server.n_data, sent);
	size_t before = e.at_client.n_writable;
	e.at_server.hold = false;
	e.server->ops->consumed(e.server, e.at_server.stream, sent);
	assert_int_equal(pump(&e), 0);
	assert_true(e.at_client.n_writable > before);
	while (sent < sizeof body) {
		ssize_t n = e.client->ops->send_data(e.client, stream, body, sizeof body - sent);

		assert_true(n > 0);
		sent += (size_t)n;
		assert_int_equal(pump(&e), 0);
	}
	assert_int_equal(e.client->ops->send_end(e.client, stream, NULL), 0);
	assert_int_equal(pump(&e), 0);
	assert_int_equal(e.at_server.n_data, sizeof body);
	assert_int_equal(e.at_server.n_ends, 1);
	finish(&e);
}

static void promised_lengths_are_kept(void **state)
{
	struct ends e;

	(void)state;
	begin(&e);
	assert_int_equal(pump(&e), 0);
	uint32_t stream = ask(&e, "PUT", "/x", 4);
	assert_int_equal(e.client->ops->send_data(e.client, stream, "12345", 5), -EPROTO);
	assert_int_equal(e.client->ops->send_data(e.client, stream, "123", 3), 3);
	assert_int_equal(e.client->ops->send_end(e.client, stream, NULL), -EPROTO);
	assert_int_equal(e.client->ops->send_data(e.client, stream, "4", 1), 1);
	assert_int_equal(e.client->ops->send_end(e.client, stream, NULL), 0);
	assert_int_equal(e.client->ops->send_end(e.client, stream, NULL), -EPROTO);
	assert_int_equal(pump(&e), 0);
	assert_int_equal(e.at_server.n_ends, 1);
	finish(&e);
}

static void many_streams_at_once_up_to_the_limit(void **state)
{
	struct ends e;
	unsigned n = 0;

	(void)state;
	begin(&e);
	assert_int_equal(pump(&e), 0);
	while (e.client->ops->can_open(e.client)) {
		(void)ask(&e, "GET", "/", 0);
		n++;
	}
	assert_int_equal(n, 128);
	struct sel_head h = request("GET", "/", 0);
	assert_int_equal(e.client->ops->send_head(e.client, 0, &h, true, &(uint32_t){0}), -EBUSY);
	sel_head_done(&h);
	assert_int_equal(pump(&e), 0);
	assert_int_equal(e.at_server.n_heads, 128);
	reply(&e, e.at_server.stream, 204, 0);
	assert_int_equal(pump(&e), 0);
	assert_true(e.client->ops->can_open(e.client));
	finish(&e);
}

static void either_end_gives_up(void **state)
{
	struct ends e;

	(void)state;
	begin(&e);
	assert_int_equal(pump(&e), 0);
	uint32_t stream = ask(&e, "POST", "/a", SEL_LENGTH_UNKNOWN);
	assert_int_equal(pump(&e), 0);
	e.client->ops->reset(e.client, stream, SEL_H2_CANCEL);
	assert_int_equal(pump(&e), 0);
	assert_int_equal(e.at_server.n_resets, 1);
	assert_int_equal(e.at_server.code, SEL_H2_CANCEL);
	assert_int_equal(e.at_client.n_resets, 0);
	stream = ask(&e, "POST", "/b", SEL_LENGTH_UNKNOWN);
	assert_int_equal(pump(&e), 0);
	e.server->ops->reset(e.server, e.at_server.stream, SEL_H2_REFUSED);
	assert_int_equal(pump(&e), 0);
	assert_int_equal(e.at_client.n_resets, 1);
	assert_int_equal(e.at_client.code, SEL_H2_REFUSED);
	assert_int_equal(e.client->ops->send_data(e.client, stream, "x", 1), -EPROTO);
	assert_true(e.client->ops->idle(e.client) && e.server->ops->idle(e.server));
	finish(&e);
}

static void an_end_in_the_middle_is_told(void **state)
{
	struct ends e;
	const char *why;

	(void)state;
	begin(&e);
	assert_int_equal(pump(&e), 0);
	assert_int_equal(e.server->ops->feed(e.server, NULL, 0, &why), 0);
	(void)ask(&e, "GET", "/", 0);
	assert_int_equal(pump(&e), 0);
	assert_int_equal(e.client->ops->feed(e.client, NULL, 0, &why), -EPIPE);
	e.at_server.answer = -ECANCELED;
	(void)ask(&e, "GET", "/", 0);
	assert_int_equal(pump(&e), -ECANCELED);
	finish(&e);
}

/* --- a client that breaks rules ------------------------------------------------------------------
 */

struct rude {
	nghttp2_session *session;
	struct sel_codec *server;
	struct seen seen;
	uint32_t reset_code;
};

static int rude_frame(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
	struct rude *r = ctx;

	(void)session;
	if (frame->hd.type == NGHTTP2_RST_STREAM)
		r->reset_code = frame->rst_stream.error_code;
	return 0;
}

static void rude_begin(struct rude *r)
{
	nghttp2_session_callbacks *cb;
	nghttp2_option *option;

	*r = (struct rude){0};
	assert_int_equal(nghttp2_session_callbacks_new(&cb), 0);
	assert_int_equal(nghttp2_option_new(&option), 0);
	nghttp2_option_set_no_http_messaging(option, 1); /* it checks nothing of what it says */
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, rude_frame);
	assert_int_equal(nghttp2_session_client_new2(&r->session, cb, r, option), 0);
	nghttp2_session_callbacks_del(cb);
	nghttp2_option_del(option);
	assert_int_equal(nghttp2_submit_settings(r->session, 0, NULL, 0), 0);
	assert_int_equal(sel_http2_new(true, &events, &r->seen, &r->server), 0);
	r->seen.codec = r->server;
}

static int rude_pump(struct rude *r)
{
	const uint8_t *p;
	const char *why;
	ssize_t n;

	for (int i = 0; i < 20; i++) {
		while ((n = nghttp2_session_mem_send(r->session, &p)) > 0) {
			ssize_t used = r->server->ops->feed(r->server, p, (size_t)n, &why);

			if (used < 0)
				return (int)used;
		}
		if (r->server->out.n == 0)
			break;
		assert_true(nghttp2_session_mem_recv(r->session, sel_buffer_at(&r->server->out),
						     r->server->out.n) >= 0);
		sel_buffer_take(&r->server->out, r->server->out.n);
	}
	return 0;
}

static void rude_end(struct rude *r)
{
	nghttp2_session_del(r->session);
	r->server->ops->free(r->server);
	sel_head_free(r->seen.head);
}

/* NO_COPY_NAME: else it would write names in lower case */
#define NV(n, v)                                                                                   \
	{                                                                                          \
		(uint8_t *)(uintptr_t)(n), (uint8_t *)(uintptr_t)(v), strlen(n), strlen(v),        \
			NGHTTP2_NV_FLAG_NO_COPY_NAME                                               \
	}

static void what_two_could_read_differently_is_refused(void **state)
{
	static const struct {
		const char *what;
		bool accepted;
		const char *field[10][2];
	} row[] = {
		{"canary",
		 true,
		 {{":method", "GET"},
		  {":scheme", "https"},
		  {":path", "/"},
		  {":authority", "a.test"}}},
		{"host beside it, the same",
		 true,
		 {{":method", "GET"},
		  {":scheme", "https"},
		  {":path", "/"},
		  {":authority", "a.test"},
		  {"host", "a.test"}}},
		{"host beside it, another",
		 false,
		 {{":method", "GET"},
		  {":scheme", "https"},
		  {":path", "/"},
		  {":authority", "a.test"},
		  {"host", "b.test"}}},
		{"two hosts",
		 false,
		 {{":method", "GET"},
		  {":scheme", "https"},
		  {":path", "/"},
		  {"host", "a.test"},
		  {"host", "b.test"}}},
		{"no authority", false, {{":method", "GET"}, {":scheme", "https"}, {":path", "/"}}},
		{"no path",
		 false,
		 {{":method", "GET"}, {":scheme", "https"}, {":authority", "a.test"}}},
		{"two paths",
		 false,
		 {{":method", "GET"},
		  {":scheme", "https"},
		  {":path", "/"},
		  {":path", "/x"},
		  {":authority", "a.test"}}},
		{"another scheme",
		 false,
		 {{":method", "GET"},
		  {":scheme", "gopher"},
		  {":path", "/"},
		  {":authority", "a.test"}}},
		{"upper case",
		 false,
		 {{":method", "GET"},
		  {":scheme", "https"},
		  {":path", "/"},
		  {":authority", "a.test"},
		  {"X-Upper", "1"}}},
		{"transfer-encoding",
		 false,
		 {{":method", "POST"},
		  {":scheme", "https"},
		  {":path", "/"},
		  {":authority", "a.test"},
		  {"transfer-encoding", "chunked"}}},
		{"connection",
		 false,
		 {{":method", "GET"},
		  {":scheme", "https"},
		  {":path", "/"},
		  {":authority", "a.test"},
		  {"connection", "close"}}},
		{"line in a value",
		 false,
		 {{":method", "GET"},
		  {":scheme", "https"},
		  {":path", "/"},
		  {":authority", "a.test"},
		  {"x", "a\r\nb: c"}}},
		{"space in the method",
		 false,
		 {{":method", "GET /"},
		  {":scheme", "https"},
		  {":path", "/"},
		  {":authority", "a.test"}}},
		{"two lengths",
		 false,
		 {{":method", "GET"},
		  {":scheme", "https"},
		  {":path", "/"},
		  {":authority", "a.test"},
		  {"content-length", "0"},
		  {"content-length", "1"}}},
		{"length of what is not there",
		 false,
		 {{":method", "GET"},
		  {":scheme", "https"},
		  {":path", "/"},
		  {":authority", "a.test"},
		  {"content-length", "5"}}},
		{"unknown pseudo header",
		 false,
		 {{":method", "GET"},
		  {":scheme", "https"},
		  {":path", "/"},
		  {":authority", "a.test"},
		  {":evil", "1"}}},
		{"pseudo header behind",
		 false,
		 {{":method", "GET"},
		  {":scheme", "https"},
		  {"x", "1"},
		  {":path", "/"},
		  {":authority", "a.test"}}},
		{"websocket",
		 true,
		 {{":method", "CONNECT"},
		  {":protocol", "websocket"},
		  {":scheme", "https"},
		  {":path", "/"},
		  {":authority", "a.test"}}},
		{"another protocol",
		 false,
		 {{":method", "CONNECT"},
		  {":protocol", "connect-udp"},
		  {":scheme", "https"},
		  {":path", "/"},
		  {":authority", "a.test"}}},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct rude r;
		nghttp2_nv nv[10];
		size_t n = 0;

		for (; row[i].field[n][0]; n++)
			nv[n] = (nghttp2_nv)NV(row[i].field[n][0], row[i].field[n][1]);
		rude_begin(&r);
		assert_int_equal(rude_pump(&r), 0);
		assert_true(nghttp2_submit_request(r.session, NULL, nv, n, NULL, NULL) > 0);
		(void)rude_pump(&r);
		if (r.seen.n_heads != row[i].accepted)
			fail_msg("%s: %zu heads", row[i].what, r.seen.n_heads);
		rude_end(&r);
	}
}

static void cookies_are_one_field_again(void **state)
{
	const nghttp2_nv nv[] = {NV(":method", "GET"), NV(":scheme", "https"),
				 NV(":path", "/"),     NV(":authority", "a.test"),
				 NV("cookie", "a=1"),  NV("cookie", "b=2")};
	struct rude r;

	(void)state;
	rude_begin(&r);
	assert_true(nghttp2_submit_request(r.session, NULL, nv, SEL_N(nv), NULL, NULL) > 0);
	assert_int_equal(rude_pump(&r), 0);
	assert_string_equal(sel_headers_get(&r.seen.head->headers, "cookie"), "a=1; b=2");
	rude_end(&r);
}

/* Each is joined to those before: as many as there may be headers, and no more. */
static void cookies_are_not_without_end(void **state)
{
	(void)state;
	for (size_t n = SEL_HEADERS_MAX; n <= SEL_HEADERS_MAX + 1; n++) {
		nghttp2_nv nv[4 + SEL_HEADERS_MAX + 1] = {
			NV(":method", "GET"), NV(":scheme", "https"), NV(":authority", "a.test"),
			NV(":path", "/")};
		struct rude r;

		for (size_t i = 0; i < n; i++)
			nv[4 + i] = (nghttp2_nv)NV("cookie", "a=b");
		rude_begin(&r);
		assert_true(nghttp2_submit_request(r.session, NULL, nv, 4 + n, NULL, NULL) > 0);
		assert_int_equal(rude_pump(&r), 0);
		assert_int_equal(r.seen.n_heads, n == SEL_HEADERS_MAX);
		rude_end(&r);
	}
}

/* Bytes that found no room are gone, and the peer's tables with them: nothing may follow. */
static void what_finds_no_room_is_the_end(void **state)
{
	struct sel_head h = {.status = 200, .length = SEL_LENGTH_UNKNOWN};
	static char large[30000];
	const char *why;
	struct ends e;
	uint32_t id = 1;
	int r = 0;

	(void)state;
	begin(&e);
	assert_int_equal(pump(&e), 0);
	for (size_t i = 0; i < 40; i++)
		(void)ask(&e, "GET", "/", 0);
	assert_int_equal(pump(&e), 0);
	assert_int_equal(e.at_server.n_heads, 40);
	memset(large, 'x', sizeof large - 1);
	add(&h, "x-large", large);
	for (; r == 0 && id < 80; id += 2)
		r = e.server->ops->send_head(e.server, id, &h, false, NULL);
	assert_true(r < 0);
	sel_buffer_take(&e.server->out, e.server->out.n); /* there is room again */
	assert_true(e.server->ops->closing(e.server));
	assert_true(e.server->ops->send_data(e.server, 1, "x", 1) < 0);
	assert_true(e.server->ops->send_head(e.server, id, &h, true, NULL) < 0);
	(void)ask(&e, "GET", "/", 0);
	assert_true(e.server->ops->feed(e.server, sel_buffer_at(&e.client->out), e.client->out.n,
					&why) < 0);
	assert_int_equal(e.server->out.n, 0);
	sel_head_done(&h);
	finish(&e);
}

static void heads_have_an_end(void **state)
{
	static char big[40000];
	nghttp2_nv nv[] = {NV(":method", "GET"),       NV(":scheme", "https"), NV(":path", "/"),
			   NV(":authority", "a.test"), NV("x", big),	       NV("y", big)};
	struct rude r;

	(void)state;
	memset(big, 'x', sizeof big - 1);
	nv[4] = (nghttp2_nv)NV("x", big);
	nv[5] = (nghttp2_nv)NV("y", big);
	for (size_t n = 5; n <= 6; n++) { /* one fits */
		rude_begin(&r);
		assert_int_equal(rude_pump(&r), 0);
		assert_true(nghttp2_submit_request(r.session, NULL, nv, n, NULL, NULL) > 0);
		(void)rude_pump(&r);
		assert_int_equal(r.seen.n_heads, n == 5);
		rude_end(&r);
	}
}

static void who_asks_without_reading_is_cut_off(void **state)
{
	struct rude r;
	const uint8_t *p;
	const char *why = NULL;
	ssize_t n = 0, used = 0;

	(void)state;
	rude_begin(&r);
	assert_int_equal(rude_pump(&r), 0);
	for (int i = 0; i < 100000 && used >= 0; i++) {
		assert_int_equal(nghttp2_submit_ping(r.session, 0, (const uint8_t *)"12345678"), 0);
		while (used >= 0 && (n = nghttp2_session_mem_send(r.session, &p)) > 0)
			used = r.server->ops->feed(r.server, p, (size_t)n, &why);
	}
	assert_true(used < 0);
	assert_true(r.server->out.n <= SEL_OUT_MAX);
	assert_non_null(why);
	rude_end(&r);
}

/* nghttp2 must not be run from within its own callbacks: it would go on with what was freed. With
 * much to be sent before it, the end of the stream used to go out in the middle of a callback.
 * AddressSanitizer and valgrind look on. */
static void streams_may_be_given_up_from_within_events(void **state)
{
	const nghttp2_nv nv[] = {NV(":method", "GET"), NV(":scheme", "https"), NV(":path", "/"),
				 NV(":authority", "a.test")};

	(void)state;
	for (int pings = 0; pings < 600; pings += 100) {
		struct rude r;
		const uint8_t *p;
		const char *why;
		ssize_t n;

		rude_begin(&r);
		assert_int_equal(rude_pump(&r), 0);
		r.seen.refuses = true;
		for (int i = 0; i < pings; i++)
			assert_int_equal(
				nghttp2_submit_ping(r.session, 0, (const uint8_t *)"12345678"), 0);
		for (int i = 0; i < 20; i++)
			assert_true(nghttp2_submit_request(r.session, NULL, nv, SEL_N(nv), NULL,
							   NULL) > 0);
		while ((n = nghttp2_session_mem_send(r.session, &p)) > 0)
			assert_int_equal(r.server->ops->feed(r.server, p, (size_t)n, &why), n);
		assert_int_equal(r.seen.n_heads, 20);
		assert_int_equal(rude_pump(&r), 0);
		assert_int_equal(r.reset_code, SEL_H2_REFUSED);
		assert_true(r.server->ops->idle(r.server));
		rude_end(&r);
	}
}

static void noise_is_an_error(void **state)
{
	struct sel_codec *c;
	struct seen seen = {0};
	const char *why = NULL;

	(void)state;
	assert_int_equal(sel_http2_new(true, &events, &seen, &c), 0);
	seen.codec = c;
	assert_int_equal(c->ops->feed(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, &why), -EBADMSG);
	assert_non_null(why);
	c->ops->free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_and_its_response_arrive),
		cmocka_unit_test(a_length_may_be_said_without_a_body),
		cmocka_unit_test(large_bodies_wait_for_room),
		cmocka_unit_test(promised_lengths_are_kept),
		cmocka_unit_test(many_streams_at_once_up_to_the_limit),
		cmocka_unit_test(either_end_gives_up),
		cmocka_unit_test(an_end_in_the_middle_is_told),
		cmocka_unit_test(what_two_could_read_differently_is_refused),
		cmocka_unit_test(cookies_are_one_field_again),
		cmocka_unit_test(cookies_are_not_without_end),
		cmocka_unit_test(what_finds_no_room_is_the_end),
		cmocka_unit_test(heads_have_an_end),
		cmocka_unit_test(who_asks_without_reading_is_cut_off),
		cmocka_unit_test(streams_may_be_given_up_from_within_events),
		cmocka_unit_test(noise_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
