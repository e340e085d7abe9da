/* HTTP/2 by nghttp2, which holds the line on framing, HPACK, flow control and the rules of RFC 9113
 * for messages. Here its streams become the proxy's exchanges.
 *
 * No body waits in here: data goes from the caller into `out` or stays with the caller. Data may
 * fill half of `out`; the other half is for frames that cannot wait, and a peer that makes us send
 * more of those than it reads is cut off. */
#include "codec.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <strings.h>

#define STREAMS_MAX    128
#define STREAM_WINDOW  (256 * 1024)
#define SESSION_WINDOW (1024 * 1024)
#define DATA_FILL      (SEL_OUT_MAX / 2)
#define COOKIES_MAX    ((size_t)32 * 1024)
#define STATUS_DIGITS  4

struct stream {
	struct stream *next;
	uint32_t id;
	struct sel_head *head; /* being received, until it is handed on */
	bool got_final;	       /* a head was handed on: what comes now are trailers */
	struct sel_headers trailers;
	bool peer_ended, ours; /* ours: we gave it up */
	unsigned int cookies;
	bool to_head; /* the request is HEAD: a length is said, and no body follows */
	/* sending */
	const uint8_t *pending; /* the caller's, while in send_data */
	size_t n_pending;
	uint64_t left; /* of the promised length */
	bool started, ended, wanting;
	bool kept_waiting; /* it wanted to send while nghttp2 was at work */
	struct sel_headers out_trailers;
};

struct http2 {
	struct sel_codec base;
	nghttp2_session *session;
	bool server;
	struct stream *streams;
	size_t n_streams;
	bool busy;  /* nghttp2 is at work: it may be told, never run, from within its callbacks */
	int error;  /* of an event: ends the connection */
	int broken; /* bytes of ours were lost: what follows would be read wrongly */
	const char *why;
};

static struct http2 *self(struct sel_codec *c)
{
	return (struct http2 *)c;
}

/* --- streams -------------------------------------------------------------------------------------
 */

static struct stream *find(const struct http2 *h, int32_t id)
{
	return nghttp2_session_get_stream_user_data(h->session, id);
}

static struct stream *add_stream(struct http2 *h)
{
	struct stream *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->next = h->streams;
	h->streams = s;
	h->n_streams++;
	return s;
}

static void drop_stream(struct http2 *h, struct stream *s)
{
	struct stream **at = &h->streams;

	while (*at && *at != s)
		at = &(*at)->next;
	if (*at) {
		*at = s->next;
		h->n_streams--;
	}
	sel_head_free(s->head);
	sel_headers_done(&s->trailers);
	sel_headers_done(&s->out_trailers);
	free(s);
}

/* The next bytes that nghttp2 has to send. It frees streams on the way, and calls back. */
static ssize_t next_frame(struct http2 *h, const uint8_t **ret)
{
	h->busy = true;
	ssize_t n = nghttp2_session_mem_send(h->session, ret);
	h->busy = false;
	return n;
}

static int fill(struct http2 *h)
{
	const uint8_t *p;
	ssize_t n = 0;

	while (!h->broken && (n = next_frame(h, &p)) > 0)
		h->broken = sel_buffer_append(&h->base.out, p, (size_t)n);
	if (h->broken)
		return h->broken;
	return n == NGHTTP2_ERR_NOMEM ? -ENOMEM : n < 0 ? -EIO : 0;
}

/* Who was kept waiting may go on. An event may end any stream: each time from the beginning. */
static void go_on(struct http2 *h)
{
	struct stream *s = h->streams;

	while (s) {
		if (!s->kept_waiting) {
			s = s->next;
			continue;
		}
		s->kept_waiting = false;
		h->base.events.writable(h->base.ctx, s->id);
		s = h->streams;
	}
}

/* Moves what nghttp2 has to send into `out`; from within its callbacks whoever runs it does so
 * afterwards. -ENOBUFS: the peer makes us answer and does not read. */
static int flush(struct http2 *h)
{
	int r;

	if (h->busy)
		return 0;
	r = fill(h);
	if (r >= 0)
		go_on(h);
	return r;
}

static int event_failed(struct http2 *h, int r)
{
	h->error = r;
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* --- receiving -----------------------------------------------------------------------------------
 */

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
	struct http2 *h = ctx;
	struct stream *s = find(h, frame->hd.stream_id);

	if (!s && h->server) {
		s = add_stream(h);
		if (!s)
			return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
		s->id = (uint32_t)frame->hd.stream_id;
		(void)nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, s);
	}
	if (!s)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (!s->got_final && !s->head) {
		s->head = calloc(1, sizeof *s->head);
		if (!s->head)
			return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
		s->head->length = SEL_LENGTH_UNKNOWN;
	}
	return 0;
}

/* Copies a pseudo header; false: it is too long, or there is no memory. */
static bool take(char **ret, const uint8_t *p, size_t n, size_t max)
{
	if (n > max || *ret)
		return false;
	*ret = strndup((const char *)p, n);
	return *ret != NULL;
}

static bool take_scheme(struct sel_head *head, const uint8_t *p, size_t n)
{
	head->plain = n == 4 && memcmp(p, "http", 4) == 0;
	return head->plain || (n == 5 && memcmp(p, "https", 5) == 0);
}

static bool take_protocol(struct sel_head *head, const uint8_t *p, size_t n)
{
	return n == 9 && memcmp(p, "websocket", 9) == 0 && take(&head->upgrade, p, n, 9);
}

static bool take_pseudo(struct sel_head *head, const uint8_t *name, size_t name_len,
			const uint8_t *p, size_t n)
{
#define IS(text) (name_len == sizeof(text) - 1 && memcmp(name, text, sizeof(text) - 1) == 0)
	if (IS(":method"))
		return take(&head->method, p, n, SEL_METHOD_MAX);
	if (IS(":path"))
		return take(&head->target, p, n, SEL_TARGET_MAX);
	if (IS(":authority"))
		return take(&head->authority, p, n, 300);
	if (IS(":scheme"))
		return take_scheme(head, p, n);
	if (IS(":protocol"))
		return take_protocol(head, p, n);
	if (IS(":status")) { /* nghttp2 saw to it that these are three digits */
		head->status = n == 3 ? (p[0] - '0') * 100 + (p[1] - '0') * 10 + p[2] - '0' : 0;
		return head->status >= 100;
	}
	return false;
}

/* HTTP/2 may split cookies over several fields; one field is what everybody else knows. */
static int join_cookie(struct sel_headers *list, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->item[i].name, "cookie") != 0)
			continue;
		size_t had = strlen(list->item[i].value);
		if (had + 2 + n > COOKIES_MAX)
			return -E2BIG;
		_cleanup_free_ char *joined = malloc(had + 2 + n);
		if (!joined)
			return -ENOMEM;
		memcpy(joined, list->item[i].value, had);
		joined[had] = ';';
		joined[had + 1] = ' ';
		memcpy(joined + had + 2, p, n);
		return sel_headers_set_at(list, i, joined, had + 2 + n);
	}
	return sel_headers_add(list, "cookie", 6, (const char *)p, n);
}

static int take_length(struct sel_head *head, const uint8_t *p, size_t n)
{
	uint64_t length = 0;

	if (n == 0 || n > 18)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -EINVAL;
		length = length * 10 + (uint64_t)(p[i] - '0');
	}
	head->length = length; /* twice, or not as many bytes: nghttp2 refuses it */
	return 0;
}

/* A host beside :authority must be the same (RFC 9113, section 8.3.1). */
static int take_host(struct sel_head *head, const uint8_t *p, size_t n)
{
	if (!head->authority)
		return take(&head->authority, p, n, 300) ? 0 : -EINVAL;
	return strlen(head->authority) == n && memcmp(head->authority, p, n) == 0 ? 0 : -EINVAL;
}

static int take_regular(struct sel_head *head, const uint8_t *name, size_t name_len,
			const uint8_t *p, size_t n)
{
	if (IS("cookie"))
		return join_cookie(&head->headers, p, n);
	if (IS("content-length"))
		return take_length(head, p, n);
	if (IS("host") && head->status == 0)
		return take_host(head, p, n);
	if (IS("expect")) {
		head->expect = true;
		return n == 12 && strncasecmp((const char *)p, "100-continue", 12) == 0 ? 0
											: -EINVAL;
	}
	if (IS("te") || IS("trailer"))
		return 0; /* framing */
	return sel_headers_add(&head->headers, (const char *)name, name_len, (const char *)p, n);
#undef IS
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		     size_t name_len, const uint8_t *value, size_t n, uint8_t flags, void *ctx)
{
	struct http2 *h = ctx;
	struct stream *s = find(h, frame->hd.stream_id);
	int r;

	(void)session;
	(void)flags;
	if (!s)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (s->got_final)
		r = sel_headers_add(&s->trailers, (const char *)name, name_len, (const char *)value,
				    n);
	else if (!s->head)
		r = -EINVAL;
	else if (name_len == 6 && memcmp(name, "cookie", 6) == 0 && ++s->cookies > SEL_HEADERS_MAX)
		r = -E2BIG; /* each is joined to all before */
	else if (name_len > 0 && name[0] == ':')
		r = take_pseudo(s->head, name, name_len, value, n) ? 0 : -EINVAL;
	else
		r = take_regular(s->head, name, name_len, value, n);
	return r < 0 ? NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE : 0;
}

/* An extended CONNECT (RFC 8441) is what a GET with Upgrade is in HTTP/1.1. */
static bool complete(struct sel_head *head, bool server)
{
	if (!server)
		return head->status != 0;
	if (!head->method)
		return false;
	if (strcmp(head->method, "CONNECT") == 0) {
		if (!head->upgrade) { /* refused by whoever looks at methods */
			if (!head->target)
				head->target = strdup("/");
		} else {
			free(head->method);
			head->method = strdup("GET");
		}
	} else if (head->upgrade) {
		return false;
	}
	return head->method && head->target && head->authority;
}

static int give_up(struct http2 *h, struct stream *s, uint32_t code)
{
	s->ours = true;
	return nghttp2_submit_rst_stream(h->session, NGHTTP2_FLAG_NONE, (int32_t)s->id, code);
}

static int head_received(struct http2 *h, struct stream *s, bool end)
{
	if (!complete(s->head, h->server))
		return give_up(h, s, NGHTTP2_PROTOCOL_ERROR);
	if (s->head->status >= 102 && s->head->status < 200) { /* nothing for anybody here */
		sel_head_free(sel_steal_ptr(&s->head));
		return 0;
	}
	s->got_final = s->head->status == 0 || s->head->status >= 200;
	if (h->server)
		s->to_head = strcmp(s->head->method, "HEAD") == 0;
	bool no_body = !h->server && s->to_head && s->got_final;
	if (end && !no_body)
		s->head->length = 0;
	s->peer_ended = end;
	int r = h->base.events.head(h->base.ctx, s->id, sel_steal_ptr(&s->head), end || no_body);
	return r < 0 ? event_failed(h, r) : 0;
}

static int message_ended(struct http2 *h, struct stream *s)
{
	s->peer_ended = true;
	if (!h->server && s->to_head) /* that was said with the head */
		return 0;
	int r = h->base.events.end(h->base.ctx, s->id, &s->trailers);
	return r < 0 ? event_failed(h, r) : 0;
}

static void window_opened(struct http2 *h, int32_t id)
{
	struct stream *next;

	for (struct stream *s = h->streams; s; s = next) {
		next = s->next;
		if (s->wanting && (id == 0 || s->id == (uint32_t)id)) {
			s->wanting = false;
			h->base.events.writable(h->base.ctx, s->id);
		}
	}
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
	struct http2 *h = ctx;
	bool end = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
	struct stream *s;

	(void)session;
	if (frame->hd.type == NGHTTP2_WINDOW_UPDATE || frame->hd.type == NGHTTP2_SETTINGS) {
		window_opened(h, frame->hd.stream_id);
		return 0;
	}
	if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
		return 0;
	s = find(h, frame->hd.stream_id);
	if (!s || s->ours)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS && s->head)
		return head_received(h, s, end);
	return end ? message_ended(h, s) : 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *p, size_t n,
		   void *ctx)
{
	struct http2 *h = ctx;
	struct stream *s = find(h, id);
	int r;

	(void)flags;
	if (!s || s->ours) { /* nobody will say that it was used */
		(void)nghttp2_session_consume(session, id, n);
		return 0;
	}
	r = h->base.events.data(h->base.ctx, s->id, p, n);
	return r < 0 ? event_failed(h, r) : 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *ctx)
{
	struct http2 *h = ctx;
	struct stream *s = find(h, id);

	(void)session;
	if (!s)
		return 0;
	bool whole = s->peer_ended && s->ended;
	bool silent = s->ours || whole || (!s->got_final && h->server);
	uint32_t number = s->id;
	drop_stream(h, s);
	(void)nghttp2_session_set_stream_user_data(h->session, id, NULL);
	if (!silent)
		h->base.events.reset(h->base.ctx, number, code);
	return 0;
}

static ssize_t feed(struct sel_codec *c, const void *p, size_t n, const char **ret_why)
{
	struct http2 *h = self(c);
	ssize_t used;
	int r;

	*ret_why = "the HTTP/2 connection broke the protocol";
	if (n == 0)
		return h->n_streams ? -EPIPE : 0;
	h->error = 0;
	h->busy = true;
	used = nghttp2_session_mem_recv(h->session, p, n);
	h->busy = false;
	if (h->error < 0)
		return h->error;
	if (used < 0)
		return used == NGHTTP2_ERR_NOMEM ? -ENOMEM : -EBADMSG;
	r = flush(h);
	if (r == -ENOBUFS)
		*ret_why = "the peer asks for more than it reads";
	return r == -ENOBUFS ? -E2BIG : r < 0 ? r : used;
}

/* --- sending -------------------------------------------------------------------------------------
 */

static ssize_t on_read(nghttp2_session *session, int32_t id, uint8_t *buf, size_t cap,
		       uint32_t *flags, nghttp2_data_source *source, void *ctx);

struct fields {
	nghttp2_nv item[SEL_HEADERS_MAX + 8];
	size_t n;
};

/* What must not stay in the tables of either end (RFC 7541, section 7.1). */
static bool sensitive(const char *name)
{
	static const char *const parts[] = {"auth", "cookie", "key", "token", "secret"};

	for (size_t i = 0; i < SEL_N(parts); i++)
		if (strstr(name, parts[i]))
			return true;
	return false;
}

static void add_field(struct fields *f, const char *name, const char *value)
{
	if (f->n < SEL_N(f->item))
		f->item[f->n++] = (nghttp2_nv){
			.name = (uint8_t *)(uintptr_t)name, /* nghttp2 copies */
			.value = (uint8_t *)(uintptr_t)value,
			.namelen = strlen(name),
			.valuelen = strlen(value),
			.flags = sensitive(name) ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE};
}

static void add_headers(struct fields *f, const struct sel_headers *list)
{
	for (size_t i = 0; i < list->n; i++)
		add_field(f, list->item[i].name, list->item[i].value);
}

static void request_fields(struct fields *f, const struct sel_head *head)
{
	const char *type = sel_headers_get(&head->headers, "content-type");

	add_field(f, ":method", head->method);
	add_field(f, ":scheme", head->plain ? "http" : "https");
	add_field(f, ":authority", head->authority);
	add_field(f, ":path", head->target);
	if (type && strncmp(type, "application/grpc", 16) == 0)
		add_field(f, "te", "trailers"); /* gRPC's test for proxies that drop them */
}

/* Lengths of bodies that are there, or would be (HEAD). */
static bool says_length(const struct sel_head *head, bool end, bool to_head)
{
	if (head->length == SEL_LENGTH_UNKNOWN)
		return false;
	if (head->status)
		return head->status >= 200 && head->status != 204 &&
		       (!end || to_head || head->length == 0);
	return !end || (head->length == 0 &&
			(strcmp(head->method, "POST") == 0 || strcmp(head->method, "PUT") == 0));
}

static int submit(struct http2 *h, struct stream *s, const struct sel_head *head, bool end)
{
	nghttp2_data_provider source = {.read_callback = on_read};
	char status[STATUS_DIGITS], length[24];
	struct fields f = {.n = 0};
	bool between = head->status >= 100 && head->status < 200 && head->status != 101;

	if (h->server) {
		(void)snprintf(status, sizeof status, "%u",
			       (unsigned)(head->status == 101 ? 200 : head->status) % 1000);
		add_field(&f, ":status", status);
	} else {
		request_fields(&f, head);
	}
	add_headers(&f, &head->headers);
	if (says_length(head, end, s->to_head)) {
		(void)snprintf(length, sizeof length, "%llu", (unsigned long long)head->length);
		add_field(&f, "content-length", length);
	}
	if (h->server && between)
		return nghttp2_submit_headers(h->session, NGHTTP2_FLAG_NONE, (int32_t)s->id, NULL,
					      f.item, f.n, NULL);
	if (h->server)
		return nghttp2_submit_response(h->session, (int32_t)s->id, f.item, f.n,
					       end ? NULL : &source);
	return nghttp2_submit_request(h->session, NULL, f.item, f.n, end ? NULL : &source, s);
}

static bool can_open(const struct sel_codec *c)
{
	const struct http2 *h = (const struct http2 *)c;

	return !h->server && !h->broken && nghttp2_session_check_request_allowed(h->session) != 0 &&
	       h->n_streams < STREAMS_MAX &&
	       h->n_streams < nghttp2_session_get_remote_settings(
				      h->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

static int failure(int r)
{
	return r == NGHTTP2_ERR_NOMEM ? -ENOMEM : r < 0 ? -EPROTO : 0;
}

/* Nothing is sent yet. */
static int begin_message(struct http2 *h, struct stream *s, const struct sel_head *head, bool end)
{
	int r = submit(h, s, head, end);

	if (r < 0)
		return failure(r);
	if (!h->server) {
		s->id = (uint32_t)r;
		s->to_head = strcmp(head->method, "HEAD") == 0;
	}
	if (head->status == 0 || head->status >= 200 || head->status == 101) {
		s->started = true;
		s->ended = end;
		s->left = head->length;
	}
	return 0;
}

static int send_head(struct sel_codec *c, uint32_t stream, const struct sel_head *head, bool end,
		     uint32_t *ret_stream)
{
	struct http2 *h = self(c);
	struct stream *s;
	int r;

	if (h->server) {
		s = find(h, (int32_t)stream);
		if (!s || s->started || s->ours || head->status == 0)
			return -EPROTO;
		r = begin_message(h, s, head, end);
		return r < 0 ? r : flush(h);
	}
	if (head->status != 0 || head->upgrade) /* an upgrade goes by HTTP/1.1 */
		return -EPROTO;
	if (!can_open(c))
		return -EBUSY;
	s = add_stream(h);
	if (!s)
		return -ENOMEM;
	r = begin_message(h, s, head, end);
	if (r < 0) {
		drop_stream(h, s);
		return r;
	}
	*ret_stream = s->id;
	return flush(h); /* which may end the stream */
}

static void submit_trailers(struct http2 *h, struct stream *s)
{
	struct fields f = {.n = 0};

	add_headers(&f, &s->out_trailers);
	(void)nghttp2_submit_trailer(h->session, (int32_t)s->id, f.item, f.n);
}

static ssize_t on_read(nghttp2_session *session, int32_t id, uint8_t *buf, size_t cap,
		       uint32_t *flags, nghttp2_data_source *source, void *ctx)
{
	struct http2 *h = ctx;
	struct stream *s = find(h, id);
	size_t n;

	(void)session;
	(void)source;
	if (!s)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	n = s->n_pending < cap ? s->n_pending : cap;
	if (n > 0) {
		memcpy(buf, s->pending, n);
		s->pending += n;
		s->n_pending -= n;
		return (ssize_t)n;
	}
	if (!s->ended)
		return NGHTTP2_ERR_DEFERRED;
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	if (s->out_trailers.n > 0) {
		*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
		submit_trailers(h, s);
	}
	return 0;
}

static ssize_t send_data(struct sel_codec *c, uint32_t stream, const void *p, size_t n)
{
	struct http2 *h = self(c);
	struct stream *s = find(h, (int32_t)stream);
	size_t asked = n;
	int r = 0;

	if (!s || !s->started || s->ended || s->ours || h->broken)
		return -EPROTO;
	if (s->left != SEL_LENGTH_UNKNOWN && n > s->left)
		return -EPROTO;
	if (h->busy) {
		s->kept_waiting = s->wanting = true;
		return 0;
	}
	s->pending = p;
	s->n_pending = n;
	(void)nghttp2_session_resume_data(h->session, (int32_t)stream);
	while (r >= 0 && s->n_pending > 0 && h->base.out.n < DATA_FILL) {
		const uint8_t *frame;
		ssize_t len = next_frame(h, &frame);

		if (len <= 0) {
			r = len == NGHTTP2_ERR_NOMEM ? -ENOMEM : len < 0 ? -EIO : 0;
			break;
		}
		r = h->broken = sel_buffer_append(&h->base.out, frame, (size_t)len);
		if (!(s = find(h, (int32_t)stream)))
			return r < 0 ? r : -EPROTO;
	}
	asked -= s->n_pending;
	s->pending = NULL;
	s->wanting = s->n_pending > 0;
	s->n_pending = 0;
	if (s->left != SEL_LENGTH_UNKNOWN)
		s->left -= asked;
	if (r < 0)
		return r;
	go_on(h);
	return (ssize_t)asked;
}

static int send_end(struct sel_codec *c, uint32_t stream, const struct sel_headers *trailers)
{
	struct http2 *h = self(c);
	struct stream *s = find(h, (int32_t)stream);
	int r = 0;

	if (!s || !s->started || s->ended || s->ours ||
	    (s->left != SEL_LENGTH_UNKNOWN && s->left != 0))
		return -EPROTO;
	for (size_t i = 0; r >= 0 && trailers && i < trailers->n; i++)
		r = sel_headers_add(&s->out_trailers, trailers->item[i].name,
				    strlen(trailers->item[i].name), trailers->item[i].value,
				    strlen(trailers->item[i].value));
	if (r < 0)
		return r;
	s->ended = true;
	(void)nghttp2_session_resume_data(h->session, (int32_t)stream);
	return flush(h);
}

static void reset(struct sel_codec *c, uint32_t stream, uint32_t code)
{
	struct http2 *h = self(c);
	struct stream *s = find(h, (int32_t)stream);

	if (!s)
		return;
	(void)give_up(h, s, code);
	(void)flush(h); /* full: the next feed says so */
}

static void consumed(struct sel_codec *c, uint32_t stream, size_t n)
{
	struct http2 *h = self(c);

	/* Of a stream that is gone, the connection's window still wants its bytes back. */
	if (nghttp2_session_consume(h->session, (int32_t)stream, n) != 0)
		(void)nghttp2_session_consume_connection(h->session, n);
	(void)flush(h);
}

/* --- the connection ------------------------------------------------------------------------------
 */

static bool idle(const struct sel_codec *c)
{
	return ((const struct http2 *)c)->n_streams == 0;
}

static bool closing(const struct sel_codec *c)
{
	const struct http2 *h = (const struct http2 *)c;

	return h->broken ||
	       (!nghttp2_session_want_read(h->session) &&
		!nghttp2_session_want_write(h->session)) ||
	       (!h->server && !nghttp2_session_check_request_allowed(h->session));
}

static size_t held(const struct sel_codec *c)
{
	size_t n = c->out.cap;

	for (const struct stream *s = ((const struct http2 *)c)->streams; s; s = s->next)
		n += sizeof *s + (s->head ? s->head->headers.bytes : 0) + s->trailers.bytes;
	return n;
}

static void free_codec(struct sel_codec *c)
{
	struct http2 *h = self(c);

	nghttp2_session_del(h->session);
	while (h->streams)
		drop_stream(h, h->streams);
	sel_buffer_done(&h->base.out);
	free(h);
}

static const struct sel_codec_ops ops = {
	.feed = feed,
	.send_head = send_head,
	.send_data = send_data,
	.send_end = send_end,
	.reset = reset,
	.consumed = consumed,
	.can_open = can_open,
	.idle = idle,
	.closing = closing,
	.held = held,
	.free = free_codec,
};

static int make_session(struct http2 *h)
{
	nghttp2_session_callbacks *cb = NULL;
	nghttp2_option *option = NULL;
	int r = nghttp2_session_callbacks_new(&cb);

	if (r == 0)
		r = nghttp2_option_new(&option);
	if (r == 0) {
		nghttp2_session_callbacks_set_on_begin_headers_callback(cb, on_begin_headers);
		nghttp2_session_callbacks_set_on_header_callback(cb, on_header);
		nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame);
		nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data);
		nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_close);
		nghttp2_option_set_no_auto_window_update(option, 1);
		nghttp2_option_set_max_send_header_block_length(option, 2 * SEL_HEAD_MAX);
		nghttp2_option_set_no_closed_streams(option, 1);
		r = (h->server ? nghttp2_session_server_new2
			       : nghttp2_session_client_new2)(&h->session, cb, h, option);
	}
	nghttp2_session_callbacks_del(cb);
	nghttp2_option_del(option);
	return r;
}

static int say_hello(struct http2 *h)
{
	const nghttp2_settings_entry server[] = {
		{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, STREAMS_MAX},
		{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)SEL_HEAD_MAX},
		{NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
	};
	const nghttp2_settings_entry client[] = {
		{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
		{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)SEL_HEAD_MAX},
	};
	int r = nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, h->server ? server : client,
					h->server ? SEL_N(server) : SEL_N(client));

	if (r == 0)
		r = nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0,
							  SESSION_WINDOW);
	return r == 0 ? flush(h) : -ENOMEM;
}

int sel_http2_new(bool server, const struct sel_codec_events *events, void *ctx,
		  struct sel_codec **ret)
{
	struct http2 *h = calloc(1, sizeof *h);

	if (!h)
		return -ENOMEM;
	h->base = (struct sel_codec){.ops = &ops, .events = *events, .ctx = ctx};
	h->base.out.max = SEL_OUT_MAX;
	h->server = server;
	if (make_session(h) != 0) {
		free(h);
		return -ENOMEM;
	}
	if (say_hello(h) < 0) {
		free_codec(&h->base);
		return -ENOMEM;
	}
	*ret = &h->base;
	return 0;
}
