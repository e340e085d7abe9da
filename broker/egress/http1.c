/* HTTP/1.1 (RFC 9112) on one side of one connection. What is read is taken apart into the fields of
 * a message and written anew, so of a peer's framing nothing survives; where the RFC leaves a
 * recipient the choice to repair, this one refuses. Lines are only looked at when they are whole,
 * and sizes are checked in the order of the bytes: how the bytes were cut changes nothing. */
#include "http1.h"

/* A head as it came: names, values and target, and what stands between them. */
#define HEAD_BYTES     (SEL_HEAD_MAX + SEL_TARGET_MAX + (size_t)2 * 1024)
#define TRAILERS_BYTES ((size_t)16 * 1024)
#define INTERIM_MAX    32		   /* 1xx before one response */
#define WINDOW	       SEL_OUT_MAX	   /* of data events that were not consumed */
#define DRAIN_MAX      ((uint64_t)8 << 20) /* of a body that was answered already */
#define refuse(h, why) sel_http1_fail(h, -EBADMSG, why)

static const struct http1 *of_const(const struct sel_codec *c)
{
	return (const struct http1 *)c;
}

/* --- an exchange's end --------------------------------------------------------------------------
 */

static bool read_over(const struct http1 *h)
{
	return h->reading == RD_DONE || h->reading == RD_CLOSED;
}

static void begin_reading(struct http1 *h)
{
	sel_buffer_done(&h->in);
	h->reading = RD_START;
	h->line = 0;
	h->last = 0;
	h->skipped = h->drain = false;
	h->unconsumed = 0;
	h->drained = 0;
}

void sel_http1_maybe_over(struct http1 *h)
{
	if (!h->open || h->writing != WR_DONE)
		return;
	if (h->server && !read_over(h)) {
		/* Whether a body that was to wait for "100" still comes cannot be known. */
		if (h->expecting || (h->must_close && !h->tunnel))
			h->reading = RD_CLOSED;
		else
			h->drain = !h->tunnel;
	}
	if (!read_over(h))
		return;
	h->open = false;
	h->writing = WR_NONE;
	if (h->reading == RD_CLOSED || h->tunnel)
		h->must_close = true;
	begin_reading(h);
	if (h->must_close)
		h->reading = RD_CLOSED;
}

/* --- reading ----------------------------------------------------------------------------------
 *
 * Each step gets n > 0 bytes and says how many it used; 0 and the same state: it waits for
 * something else. The callee of an event may have answered, and the exchange be over, or given up.
 */

static ssize_t message_read(struct http1 *h, struct sel_headers *trailers, size_t used)
{
	struct sel_headers none = {0};
	uint32_t stream = h->stream;
	bool drained = h->drain;
	int r = 0;

	h->reading = RD_DONE;
	/* What follows a response before the next request is somebody's trick; and an upstream that
	 * answered before it had heard everything may not listen to the rest. */
	if (!h->server && (h->more || h->writing != WR_DONE))
		h->must_close = true;
	/* Before the event: a client may then open the next exchange in it. */
	sel_http1_maybe_over(h);
	if (!drained)
		r = h->c.events.end(h->c.ctx, stream, trailers ? trailers : &none);
	return r < 0 ? r : (ssize_t)used;
}

static void give_up_reading(struct http1 *h)
{
	h->reading = RD_CLOSED;
	h->must_close = true;
	sel_http1_maybe_over(h);
}

static ssize_t step_start(struct http1 *h, const char *p)
{
	if (!h->server && !h->open) {
		give_up_reading(h); /* an answer that nobody asked for is none to the next */
		return 0;
	}
	if (h->server && h->c.out.n > SEL_OUT_MAX / 2)
		return 0; /* whoever does not read answers may not ask on */
	if (h->server && !h->skipped && *p == '\r') {
		h->reading = RD_START_LF;
		return 1;
	}
	if (!sel_is_token(p, 1))
		return refuse(h, "no HTTP");
	h->reading = RD_HEAD; /* which begins with the same byte */
	return 0;
}

/* Finds the end of a block of lines, over as many pieces as it takes: how many bytes of `p` belong
 * to it when the empty line was among them, 0: not yet. */
static ssize_t block_end(struct http1 *h, const char *p, size_t n)
{
	size_t at = 0;
	const char *lf;

	while ((lf = memchr(p + at, '\n', n - at))) {
		size_t len = h->line + (size_t)(lf - p) - at;
		char before = lf > p ? lf[-1] : h->last;

		if (len == 0 || before != '\r')
			return refuse(h, "a line that ends without CR");
		at = (size_t)(lf - p) + 1;
		h->line = 0;
		if (len == 1)
			return (ssize_t)at;
	}
	h->line += n - at;
	h->last = p[n - 1];
	return 0;
}

static int head_event(struct http1 *h, struct sel_http1_parse *q);
static int trailers_event(struct http1 *h, const char *p, size_t n);

static int block_event(struct http1 *h, const char *p, size_t n)
{
	struct sel_http1_parse q;
	int r;

	if (h->reading == RD_TRAILERS)
		return trailers_event(h, p, n);
	r = sel_http1_parse_head(h, p, n, &q);
	return r < 0 ? r : head_event(h, &q);
}

static ssize_t step_block(struct http1 *h, const char *p, size_t n, size_t max,
			  const char *too_long)
{
	size_t part = n < max - h->in.n ? n : max - h->in.n;
	ssize_t end = part > 0 ? block_end(h, p, part) : 0;
	int r;

	if (end < 0)
		return end;
	if (end == 0 && part < n)
		return sel_http1_fail(h, -E2BIG, too_long);
	h->more = end > 0 && (size_t)end < n;
	if (end > 0 && h->in.n == 0) {
		r = block_event(h, p, (size_t)end);
		return r < 0 ? r : end;
	}
	h->in.secret = true; /* there may be credentials in it */
	r = sel_buffer_append(&h->in, p, end > 0 ? (size_t)end : part);
	if (r < 0)
		return r;
	if (end > 0) {
		struct sel_buffer whole = h->in;

		h->in = (struct sel_buffer){.max = whole.max};
		r = block_event(h, (const char *)whole.p + whole.start, whole.n);
		sel_buffer_done(&whole);
	}
	return r < 0 ? r : end > 0 ? end : (ssize_t)part;
}

static void request_begins(struct http1 *h, const struct sel_http1_parse *q)
{
	const struct sel_head *head = q->head;

	h->stream++;
	h->open = true;
	h->writing = WR_NONE;
	h->http10 = q->minor == 0;
	h->keep_alive10 = h->http10 && !head->close;
	h->is_head = strcmp(head->method, "HEAD") == 0;
	h->upgrading = head->upgrade != NULL;
	h->expecting = head->expect;
}

static int interim_event(struct http1 *h, struct sel_head *head)
{
	bool awaited = head->status == 100 && h->expecting;

	begin_reading(h);
	if (++h->interim > INTERIM_MAX || !awaited)
		sel_head_free(head);
	if (h->interim > INTERIM_MAX)
		return refuse(h, "too many responses that are none yet");
	if (!awaited)
		return 0;
	h->expecting = false;
	return h->c.events.head(h->c.ctx, h->stream, head, false);
}

static void body_begins(struct http1 *h, const struct sel_http1_parse *q)
{
	const struct sel_head *head = q->head;
	bool none =
		!h->server && !h->tunnel && (h->is_head || sel_http1_never_a_body(head->status));

	h->left = 0;
	h->digits = 0;
	if (none || (head->length == 0 && !q->has_coding))
		h->reading = RD_DONE;
	else if (q->has_coding)
		h->reading = RD_SIZE;
	else if (head->length == SEL_LENGTH_UNKNOWN) /* an upgrade as well */
		h->reading = RD_UNTIL_CLOSE;
	else {
		h->reading = RD_FIXED;
		h->left = head->length;
	}
}

static int head_event(struct http1 *h, struct sel_http1_parse *q)
{
	struct sel_head *head = q->head;
	uint32_t stream;
	bool end;

	if (!h->server && head->status < 200 && head->status != 101)
		return interim_event(h, head);
	if (h->server)
		request_begins(h, q);
	if (head->status == 101) {
		h->tunnel = true;
		h->writing = WR_RAW;
	}
	h->must_close |= head->close;
	body_begins(h, q);
	stream = h->stream;
	end = h->reading == RD_DONE;
	if (end && !h->server) {
		h->must_close |= h->more || h->writing != WR_DONE;
		sel_http1_maybe_over(h);
	}
	return h->c.events.head(h->c.ctx, stream, head, end);
}

static int trailers_event(struct http1 *h, const char *p, size_t n)
{
	struct sel_headers trailers = {0};
	int r = sel_http1_parse_trailers(h, p, n, &trailers);

	if (r == 0)
		r = (int)message_read(h, &trailers, 0);
	sel_headers_done(&trailers);
	return r;
}

static ssize_t drained(struct http1 *h, size_t n)
{
	h->drained += n;
	if (h->drained > DRAIN_MAX)
		give_up_reading(h);
	else if (h->reading == RD_FIXED && h->left == 0)
		return message_read(h, NULL, n);
	return (ssize_t)n;
}

static ssize_t step_data(struct http1 *h, const void *p, size_t n)
{
	bool bounded = h->reading != RD_UNTIL_CLOSE;
	size_t part = bounded && h->left < n ? (size_t)h->left : n;
	int r;

	if (!h->drain && part > WINDOW - h->unconsumed)
		part = WINDOW - h->unconsumed;
	if (part == 0)
		return 0;
	h->more = part < n;
	h->expecting &= !h->server; /* it did not wait */
	if (bounded)
		h->left -= part;
	if (bounded && h->left == 0 && h->reading == RD_CHUNK)
		h->reading = RD_CHUNK_CR;
	if (h->drain)
		return drained(h, part);
	h->unconsumed += part;
	r = h->c.events.data(h->c.ctx, h->stream, p, part);
	if (r < 0)
		return r;
	if (h->reading == RD_FIXED && h->left == 0)
		return message_read(h, NULL, part);
	return (ssize_t)part;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Extensions are refused: nobody uses them, and parsers differ on where they end. */
static ssize_t step_size(struct http1 *h, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int v = hex_value(p[i]);

		if (v < 0 && p[i] == '\r' && h->digits > 0) {
			h->reading = RD_SIZE_LF;
			return (ssize_t)i + 1;
		}
		if (v < 0 && h->digits > 0 && p[i] && strchr("; \t", p[i]))
			return refuse(h, "a chunk with an extension");
		if (v < 0 || ++h->digits > 16 || h->left >> 59)
			return refuse(h, "a chunk size that is none");
		h->left = h->left << 4 | (uint64_t)v;
	}
	return (ssize_t)n;
}

static ssize_t step_end_of_line(struct http1 *h, char c)
{
	if (c != (h->reading == RD_CHUNK_CR ? '\r' : '\n'))
		return refuse(h, h->reading == RD_CHUNK_CR || h->reading == RD_CHUNK_LF
					 ? "a chunk that is longer than its size"
					 : "a line that ends without CR and LF");
	if (h->reading == RD_START_LF) {
		h->skipped = true;
		h->reading = RD_START;
	} else if (h->reading == RD_CHUNK_CR) {
		h->reading = RD_CHUNK_LF;
	} else if (h->reading == RD_CHUNK_LF) {
		h->reading = RD_SIZE;
		h->digits = 0;
	} else if (h->left > 0) {
		h->reading = RD_CHUNK;
	} else {
		h->reading = RD_TRAILERS;
		h->line = 0;
		h->last = 0;
	}
	return 1;
}

static ssize_t step_done(struct http1 *h)
{
	if (h->server)
		return 0; /* the next request, when this one is answered */
	give_up_reading(h);
	return 0;
}

static ssize_t step(struct http1 *h, const char *p, size_t n)
{
	switch (h->reading) {
	case RD_START:
		return step_start(h, p);
	case RD_HEAD:
		return step_block(h, p, n, HEAD_BYTES, "the head is too long");
	case RD_FIXED:
	case RD_CHUNK:
	case RD_UNTIL_CLOSE:
		return step_data(h, p, n);
	case RD_SIZE:
		return step_size(h, p, n);
	case RD_START_LF:
	case RD_SIZE_LF:
	case RD_CHUNK_CR:
	case RD_CHUNK_LF:
		return step_end_of_line(h, *p);
	case RD_TRAILERS:
		return step_block(h, p, n, TRAILERS_BYTES, "the trailers are too long");
	case RD_DONE:
		return step_done(h);
	case RD_CLOSED:
		return (ssize_t)n;
	}
	return -EBADMSG;
}

/* The peer closed. */
static int step_eof(struct http1 *h)
{
	bool between = h->reading == RD_START && !h->open;

	h->more = false;
	if (h->reading == RD_UNTIL_CLOSE) {
		h->must_close = true;
		return (int)message_read(h, NULL, 0);
	}
	if (!between && !read_over(h) && !h->drain)
		return sel_http1_fail(h, -EPIPE, "closed in the middle of a message");
	if (!read_over(h))
		give_up_reading(h);
	h->must_close = true;
	return 0;
}

static ssize_t http1_feed(struct sel_codec *c, const void *p, size_t n, const char **ret_why)
{
	struct http1 *h = sel_http1_of(c);
	ssize_t r = h->failed;
	size_t used = 0;

	if (h->blocked && c->out.n < SEL_OUT_MAX / 2) {
		h->blocked = false;
		c->events.writable(c->ctx, h->stream);
	}
	if (r == 0 && n == 0)
		r = step_eof(h);
	while (r >= 0 && used < n) {
		enum reading was = h->reading;

		r = step(h, (const char *)p + used, n - used);
		if (r == 0 && h->reading == was)
			break;
		used += r > 0 ? (size_t)r : 0;
	}
	h->more = false;
	if (r >= 0)
		return (ssize_t)used;
	h->failed = (int)r;
	h->reading = RD_CLOSED;
	h->answered = h->open && h->writing != WR_NONE;
	sel_http1_maybe_over(h);
	if (!h->why)
		h->why = "it could not be handled";
	if (ret_why)
		*ret_why = h->why;
	return r;
}

static void http1_reset(struct sel_codec *c, uint32_t stream, uint32_t code)
{
	struct http1 *h = sel_http1_of(c);

	(void)code;
	if (!h->open || stream != h->stream)
		return;
	h->open = false;
	h->must_close = true;
	h->answered |= h->writing != WR_NONE;
	h->reading = RD_CLOSED;
	h->writing = WR_NONE;
}

static void http1_consumed(struct sel_codec *c, uint32_t stream, size_t n)
{
	struct http1 *h = sel_http1_of(c);

	if (h->open && stream == h->stream)
		h->unconsumed -= n < h->unconsumed ? n : h->unconsumed;
}

static bool http1_can_open(const struct sel_codec *c)
{
	const struct http1 *h = of_const(c);

	return !h->server && !h->open && !h->must_close && !h->failed;
}

static bool http1_idle(const struct sel_codec *c)
{
	const struct http1 *h = of_const(c);

	return !h->open && (h->failed || h->reading == RD_START || h->reading == RD_CLOSED);
}

static bool http1_closing(const struct sel_codec *c)
{
	const struct http1 *h = of_const(c);

	return h->must_close || h->failed;
}

static size_t http1_held(const struct sel_codec *c)
{
	return c->out.cap + of_const(c)->in.cap;
}

static void http1_free(struct sel_codec *c)
{
	struct http1 *h = sel_http1_of(c);

	sel_buffer_done(&h->in);
	sel_buffer_done(&h->c.out);
	free(h);
}

int sel_http1_new(bool server, const struct sel_codec_events *events, void *ctx,
		  struct sel_codec **ret)
{
	static const struct sel_codec_ops ops = {
		.feed = http1_feed,
		.send_head = sel_http1_send_head,
		.send_data = sel_http1_send_data,
		.send_end = sel_http1_send_end,
		.reset = http1_reset,
		.consumed = http1_consumed,
		.can_open = http1_can_open,
		.idle = http1_idle,
		.closing = http1_closing,
		.held = http1_held,
		.free = http1_free,
	};
	struct http1 *h = calloc(1, sizeof *h);

	if (!h)
		return -ENOMEM;
	h->c.ops = &ops;
	h->c.events = *events;
	h->c.ctx = ctx;
	h->c.out.max = SEL_OUT_MAX;
	h->in.max = HEAD_BYTES;
	h->server = server;
	*ret = &h->c;
	return 0;
}
