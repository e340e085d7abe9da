/* HTTP/1.1 (RFC 9112) on one side of one connection. What is read is taken apart into the fields of
 * a message and written anew, so of a peer's framing nothing survives; where the RFC leaves a
 * recipient the choice to repair, this one refuses. Lines are only looked at when they are whole,
 * and sizes are checked in the order of the bytes: how the bytes were cut changes nothing. */
#include "codec.h"

#include <stdio.h>
#include <strings.h>

/* A head as it came: names, values and target, and what stands between them. */
#define HEAD_BYTES     (SEL_HEAD_MAX + SEL_TARGET_MAX + (size_t)2 * 1024)
#define TRAILERS_BYTES ((size_t)16 * 1024)
#define AUTHORITY_MAX  300
#define OPTIONS_MAX    32 /* elements of Connection */
#define OPTION_MAX     64
#define INTERIM_MAX    32		   /* 1xx before one response */
#define WINDOW	       SEL_OUT_MAX	   /* of data events that were not consumed */
#define DRAIN_MAX      ((uint64_t)8 << 20) /* of a body that was answered already */

enum reading {
	RD_START,    /* where a message may begin; a server passes over one empty line */
	RD_START_LF, /* ... and has its CR */
	RD_HEAD,
	RD_FIXED,
	RD_SIZE, /* a chunk's */
	RD_SIZE_LF,
	RD_CHUNK,
	RD_CHUNK_CR,
	RD_CHUNK_LF,
	RD_TRAILERS,
	RD_UNTIL_CLOSE, /* of a response, or of an upgraded connection */
	RD_DONE,	/* the message; the next begins when the exchange is over */
	RD_CLOSED	/* whatever comes now is thrown away */
};
enum writing {
	WR_NONE,
	WR_FIXED,
	WR_CHUNKED,
	WR_RAW,	 /* until the connection is closed */
	WR_SKIP, /* no body may be sent: what is given is dropped */
	WR_DONE
};

struct http1 {
	struct sel_codec c;
	bool server;
	uint32_t stream;
	bool open;	 /* `stream` is */
	bool must_close; /* after this exchange */
	bool tunnel;	 /* upgraded */
	bool blocked;	 /* send_data took less than all */
	bool answered;	 /* in part at least: what could not be read */
	bool more;	 /* bytes follow, in this feed, on what an event is about */
	int failed;	 /* 0 or what feed returned */
	const char *why;

	enum reading reading;
	struct sel_buffer in; /* of a head or trailers that came in pieces */
	size_t line;	      /* bytes of the line that has not ended */
	char last;	      /* the one before */
	bool skipped;	      /* an empty line before this message */
	bool drain;	      /* the request was answered: its rest is of no interest */
	uint64_t left;	      /* bytes of body or chunk to be read; digits of a size so far */
	unsigned digits;
	uint64_t drained;
	size_t unconsumed;
	unsigned interim;

	enum writing writing;
	uint64_t owed; /* bytes of body to be sent */

	/* What the exchange's request was: a response is framed by it. */
	bool http10, keep_alive10, is_head, upgrading, expecting;
};

static struct http1 *of(struct sel_codec *c)
{
	return (struct http1 *)c;
}

static const struct http1 *of_const(const struct sel_codec *c)
{
	return (const struct http1 *)c;
}

static int fail(struct http1 *h, int r, const char *why)
{
	h->why = why;
	return r;
}
#define refuse(h, why) fail(h, -EBADMSG, why)

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

static void maybe_over(struct http1 *h)
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

/* --- heads ------------------------------------------------------------------------------------ */

struct parse {
	struct http1 *h;
	struct sel_head *head;
	int minor;
	bool has_length, has_coding, has_host;
	uint64_t length;
	bool close, keep_alive, upgrade; /* options of Connection */
	unsigned n_upgrade;
	bool websocket, expect;
	struct {
		const char *p;
		size_t n;
	} named[OPTIONS_MAX];
	size_t n_named;
};

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static void trim(const char **p, size_t *n)
{
	while (*n > 0 && blank((*p)[*n - 1]))
		--*n;
	while (*n > 0 && blank((*p)[0]))
		++*p, --*n;
}

static bool visible(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < 0x21 || p[i] > 0x7e)
			return false;
	return n > 0;
}

static bool is_word(const char *p, size_t n, const char *word)
{
	return strlen(word) == n && strncasecmp(p, word, n) == 0;
}

static bool authority_valid(const char *p, size_t n)
{
	if (!visible(p, n) || n > AUTHORITY_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strchr("/?#@\\,\"<>;", p[i]))
			return false;
	return true;
}

static int take_host(struct parse *q, const char *p, size_t n)
{
	if (!q->h->server)
		return 0;
	if (q->has_host)
		return refuse(q->h, "more than one Host");
	if (!authority_valid(p, n))
		return refuse(q->h, "the Host is none");
	q->has_host = true;
	q->head->authority = strndup(p, n);
	return q->head->authority ? 0 : -ENOMEM;
}

static int take_length(struct parse *q, const char *p, size_t n)
{
	uint64_t value = 0;

	if (q->has_length)
		return refuse(q->h, "more than one Content-Length");
	if (n == 0 || n > 18 || (p[0] == '0' && n > 1))
		return refuse(q->h, "the Content-Length is no plain number");
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return refuse(q->h, "the Content-Length is no plain number");
		value = value * 10 + (uint64_t)(p[i] - '0');
	}
	q->has_length = true;
	q->length = value;
	return 0;
}

static int take_coding(struct parse *q, const char *p, size_t n)
{
	if (q->has_coding)
		return refuse(q->h, "more than one Transfer-Encoding");
	if (!is_word(p, n, "chunked"))
		return refuse(q->h, "a Transfer-Encoding other than chunked");
	q->has_coding = true;
	return 0;
}

static int take_option(struct parse *q, const char *p, size_t n)
{
	static const char *const never[] = {"host", "content-length", "transfer-encoding"};

	if (n == 0)
		return 0;
	if (!sel_is_token(p, n) || n > OPTION_MAX)
		return refuse(q->h, "a Connection option that is none");
	for (size_t i = 0; i < SEL_N(never); i++)
		if (is_word(p, n, never[i]))
			return refuse(q->h, "a Connection option that names the framing");
	q->close |= is_word(p, n, "close");
	q->keep_alive |= is_word(p, n, "keep-alive");
	q->upgrade |= is_word(p, n, "upgrade");
	q->named[q->n_named].p = p;
	q->named[q->n_named].n = n;
	q->n_named++;
	return 0;
}

static int take_connection(struct parse *q, const char *p, size_t n)
{
	const char *end = p + n;

	for (;;) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		const char *option = p;
		size_t len = (size_t)((comma ? comma : end) - p);
		int r;

		if (q->n_named >= OPTIONS_MAX)
			return refuse(q->h, "too many Connection options");
		trim(&option, &len);
		r = take_option(q, option, len);
		if (r < 0 || !comma)
			return r;
		p = comma + 1;
	}
}

/* Other protocols are passed over in silence, as a server may (RFC 9110, section 7.8). */
static int take_upgrade(struct parse *q, const char *p, size_t n)
{
	q->n_upgrade++;
	q->websocket = q->n_upgrade == 1 && is_word(p, n, "websocket");
	return 0;
}

static int take_expect(struct parse *q, const char *p, size_t n)
{
	if (!q->h->server)
		return 0;
	if (!is_word(p, n, "100-continue"))
		return refuse(q->h, "an Expect other than 100-continue");
	q->expect = true;
	return 0;
}

static int take_nothing(struct parse *q, const char *p, size_t n)
{
	(void)q, (void)p, (void)n;
	return 0;
}

/* What frames a message or belongs to the connection: never among the headers. */
static const struct framing {
	const char *name;
	int (*take)(struct parse *q, const char *p, size_t n);
} framing[] = {
	{"host", take_host},
	{"content-length", take_length},
	{"transfer-encoding", take_coding},
	{"connection", take_connection},
	{"upgrade", take_upgrade},
	{"expect", take_expect},
	{"keep-alive", take_nothing},
	{"te", take_nothing},
	{"trailer", take_nothing},
	{"proxy-connection", take_nothing},
	{"http2-settings", take_nothing},
};

/* '_' counts as '-': there are servers that make one of the other. *ret_exact: it had none. */
static const struct framing *framing_find(const char *p, size_t n, bool *ret_exact)
{
	for (size_t i = 0; i < SEL_N(framing); i++) {
		const char *name = framing[i].name;
		size_t at = 0;

		if (strlen(name) != n)
			continue;
		*ret_exact = true;
		for (; at < n; at++) {
			char c = p[at] == '_' ? '-' : p[at];

			if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != name[at])
				break;
			*ret_exact &= p[at] != '_';
		}
		if (at == n)
			return &framing[i];
	}
	return NULL;
}

static int parse_field(struct parse *q, const char *p, size_t n)
{
	const char *colon = memchr(p, ':', n);
	const struct framing *f;
	const char *value;
	size_t name_len, value_len;
	bool exact;
	int r;

	if (blank(p[0]))
		return refuse(q->h, "a header that goes on in a second line");
	if (!colon)
		return refuse(q->h, "a header without a colon");
	name_len = (size_t)(colon - p);
	value = colon + 1;
	value_len = n - name_len - 1;
	trim(&value, &value_len);
	f = framing_find(p, name_len, &exact);
	if (f && !exact)
		return refuse(q->h, "a header that others read as one of the framing");
	if (f && !sel_is_field_text(value, value_len))
		return refuse(q->h, "a header with a control character");
	if (f)
		return f->take(q, value, value_len);
	r = sel_headers_add(&q->head->headers, p, name_len, value, value_len);
	if (r == -EINVAL)
		return refuse(q->h, "a header that is none");
	return r == -E2BIG ? fail(q->h, r, "too many headers, or too long ones") : r;
}

static int parse_version(struct parse *q, const char *p, size_t n)
{
	if (n == 8 && memcmp(p, "HTTP/1.1", 8) == 0)
		q->minor = 1;
	else if (n == 8 && memcmp(p, "HTTP/1.0", 8) == 0)
		q->minor = 0;
	else
		return refuse(q->h, "neither HTTP/1.1 nor HTTP/1.0");
	return 0;
}

static int parse_target(struct parse *q, const char *p, size_t n)
{
	const char *method = q->head->method;
	bool connect = strcmp(method, "CONNECT") == 0;

	if (n > SEL_TARGET_MAX)
		return fail(q->h, -E2BIG, "the request target is too long");
	if (!visible(p, n))
		return refuse(q->h, "a request target with a character that may not be in one");
	if (connect && (!authority_valid(p, n) || !memchr(p, ':', n)))
		return refuse(q->h, "a CONNECT to no host and port");
	if (!connect && n == 1 && p[0] == '*' && strcmp(method, "OPTIONS") != 0)
		return refuse(q->h, "a request target '*' with a method other than OPTIONS");
	if (!connect && p[0] != '/' && !(n == 1 && p[0] == '*'))
		return refuse(q->h, "a whole URL as request target: there is no proxy here");
	q->head->target = strndup(p, n);
	return q->head->target ? 0 : -ENOMEM;
}

static int parse_request_line(struct parse *q, const char *p, size_t n)
{
	const char *first = memchr(p, ' ', n), *last = memrchr(p, ' ', n);
	int r;

	if (!first || first == last)
		return refuse(q->h, "no request line");
	if (!sel_is_token(p, (size_t)(first - p)))
		return refuse(q->h, "a method that is none");
	if (first - p >= SEL_METHOD_MAX)
		return fail(q->h, -E2BIG, "the method is too long");
	r = parse_version(q, last + 1, n - (size_t)(last + 1 - p));
	if (r < 0)
		return r;
	q->head->method = strndup(p, (size_t)(first - p));
	if (!q->head->method)
		return -ENOMEM;
	return parse_target(q, first + 1, (size_t)(last - first - 1));
}

static int parse_status_line(struct parse *q, const char *p, size_t n)
{
	int status = 0, r;

	if (n < 12 || p[8] != ' ' || (n > 12 && p[12] != ' '))
		return refuse(q->h, "no status line");
	r = parse_version(q, p, 8);
	if (r < 0)
		return r;
	for (size_t i = 9; i < 12; i++) {
		if (p[i] < '0' || p[i] > '9')
			return refuse(q->h, "a status that is none");
		status = status * 10 + (p[i] - '0');
	}
	if (status < 100 || status > 599)
		return refuse(q->h, "a status that is none");
	if (!sel_is_field_text(p + 12, n - 12))
		return refuse(q->h, "a reason with a control character");
	q->head->status = status;
	return 0;
}

static void drop_named(struct parse *q)
{
	for (size_t i = 0; i < q->n_named; i++) {
		char name[OPTION_MAX + 1];

		for (size_t k = 0; k < q->named[i].n; k++) {
			char c = q->named[i].p[k];

			name[k] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
		}
		name[q->named[i].n] = '\0';
		sel_headers_remove(&q->head->headers, name);
	}
}

/* What holds for both; *ret: how long the body is if there is one. */
static int finish_framing(struct parse *q, uint64_t absent, uint64_t *ret)
{
	if (q->has_coding && q->has_length)
		return refuse(q->h, "Content-Length and Transfer-Encoding in one message");
	if (q->has_coding && q->minor == 0)
		return refuse(q->h, "Transfer-Encoding in HTTP/1.0");
	q->head->close = q->close || (q->minor == 0 && !q->keep_alive);
	drop_named(q);
	*ret = q->has_coding ? SEL_LENGTH_UNKNOWN : q->has_length ? q->length : absent;
	return 0;
}

static int take_websocket(struct parse *q)
{
	q->head->upgrade = strdup("websocket");
	return q->head->upgrade ? 0 : -ENOMEM;
}

static int finish_request(struct parse *q)
{
	struct sel_head *head = q->head;
	bool upgrade = q->websocket && q->upgrade && q->minor == 1;
	int r;

	if (!q->has_host)
		return refuse(q->h, "no Host");
	r = finish_framing(q, 0, &head->length);
	if (r < 0)
		return r;
	if (strcmp(head->method, "CONNECT") == 0) {
		if (head->length > 0)
			return refuse(q->h, "a CONNECT with a body");
		head->close = true; /* a tunnel's bytes may follow: they are no requests */
	}
	if (upgrade && (head->length > 0 || strcmp(head->method, "GET") != 0))
		return refuse(q->h, "an upgrade to websocket that is no GET, or has a body");
	head->expect = q->expect && q->minor == 1 && head->length > 0;
	return upgrade ? take_websocket(q) : 0;
}

static bool never_a_body(int status)
{
	return status < 200 || status == 204 || status == 304;
}

static int finish_response(struct parse *q)
{
	struct sel_head *head = q->head;
	struct http1 *h = q->h;
	int r = finish_framing(q, SEL_LENGTH_UNKNOWN, &head->length);

	if (r < 0)
		return r;
	if ((head->status < 200 || head->status == 204) &&
	    (q->has_coding || (q->has_length && q->length > 0)))
		return refuse(h, "a body in a response that has none");
	if (head->status == 101) {
		if (!h->upgrading || !q->websocket || !q->upgrade || q->minor == 0)
			return refuse(h, "an upgrade that was not asked for");
		return take_websocket(q);
	}
	if (h->is_head)
		return 0; /* the length is told, and nothing follows */
	if (never_a_body(head->status))
		head->length = 0;
	else if (head->length == SEL_LENGTH_UNKNOWN && !q->has_coding)
		head->close = true;
	return 0;
}

/* Every line of p ends in CRLF, the last one is empty. */
static int parse_lines(struct parse *q, const char *p, size_t n)
{
	const char *end = p + n - 2;
	int r = 0;

	for (bool first = true; r == 0 && p < end; first = false) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)(lf - p) - 1;

		if (!first)
			r = parse_field(q, p, len);
		else if (q->h->server)
			r = parse_request_line(q, p, len);
		else
			r = parse_status_line(q, p, len);
		p = lf + 1;
	}
	return r;
}

static int parse_head(struct http1 *h, const char *p, size_t n, struct parse *q)
{
	int r;

	/* The rest of a parse is only read up to n_named. */
	memset(q, 0, offsetof(struct parse, named));
	q->n_named = 0;
	q->h = h;
	q->head = calloc(1, sizeof *q->head);
	if (!q->head)
		return -ENOMEM;
	r = parse_lines(q, p, n);
	if (r == 0)
		r = h->server ? finish_request(q) : finish_response(q);
	if (r < 0)
		sel_head_free(q->head);
	return r;
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
	maybe_over(h); /* before the event: a client may then open the next exchange in it */
	if (!drained)
		r = h->c.events.end(h->c.ctx, stream, trailers ? trailers : &none);
	return r < 0 ? r : (ssize_t)used;
}

static void give_up_reading(struct http1 *h)
{
	h->reading = RD_CLOSED;
	h->must_close = true;
	maybe_over(h);
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

static int head_event(struct http1 *h, struct parse *q);
static int trailers_event(struct http1 *h, const char *p, size_t n);

static int block_event(struct http1 *h, const char *p, size_t n)
{
	struct parse q;
	int r;

	if (h->reading == RD_TRAILERS)
		return trailers_event(h, p, n);
	r = parse_head(h, p, n, &q);
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
		return fail(h, -E2BIG, too_long);
	h->more = end > 0 && (size_t)end < n;
	if (end > 0 && h->in.n == 0) {
		r = block_event(h, p, (size_t)end);
		return r < 0 ? r : end;
	}
	r = sel_buffer_append(&h->in, p, end > 0 ? (size_t)end : part);
	if (r < 0)
		return r;
	if (end > 0) {
		struct sel_buffer whole = h->in;

		h->in = (struct sel_buffer){.max = whole.max};
		r = block_event(h, (const char *)whole.p + whole.start, whole.n);
		explicit_bzero(whole.p, whole.cap); /* there may be credentials in it */
		sel_buffer_done(&whole);
	}
	return r < 0 ? r : end > 0 ? end : (ssize_t)part;
}

static void request_begins(struct http1 *h, const struct parse *q)
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

static void body_begins(struct http1 *h, const struct parse *q)
{
	const struct sel_head *head = q->head;

	h->left = 0;
	h->digits = 0;
	if (h->tunnel)
		h->reading = RD_UNTIL_CLOSE;
	else if (!h->server && (h->is_head || never_a_body(head->status)))
		h->reading = RD_DONE;
	else if (q->has_coding)
		h->reading = RD_SIZE;
	else if (head->length == SEL_LENGTH_UNKNOWN)
		h->reading = RD_UNTIL_CLOSE;
	else if (head->length == 0)
		h->reading = RD_DONE;
	else {
		h->reading = RD_FIXED;
		h->left = head->length;
	}
}

static int head_event(struct http1 *h, struct parse *q)
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
		maybe_over(h);
	}
	return h->c.events.head(h->c.ctx, stream, head, end);
}

/* Never of use behind a body (RFC 9110, section 6.5.1): framing, routing, credentials, and what
 * says how to read the body. Dropped. */
static bool trailer_forbidden(const char *p, size_t n)
{
	static const char *const names[] = {
		"authorization",
		"proxy-authorization",
		"www-authenticate",
		"proxy-authenticate",
		"cookie",
		"set-cookie",
		"cookie2",
		"set-cookie2",
		"x-api-key",
		"api-key",
		"content-encoding",
		"content-type",
		"content-range",
		"content-disposition",
		"content-location",
		"cache-control",
		"max-forwards",
		"range",
		"if-match",
		"if-none-match",
		"if-range",
		"if-modified-since",
		"if-unmodified-since",
		"location",
		"date",
		"expires",
		"age",
		"pragma",
		"retry-after",
		"vary",
		"warning",
		"alt-svc",
		"x-http-method-override",
	};
	bool exact;

	if (framing_find(p, n, &exact))
		return true;
	for (size_t i = 0; i < SEL_N(names); i++)
		if (is_word(p, n, names[i]))
			return true;
	return false;
}

static int parse_trailer(struct http1 *h, struct sel_headers *to, const char *p, size_t n)
{
	const char *colon = memchr(p, ':', n);
	size_t name_len = colon ? (size_t)(colon - p) : 0;
	size_t had = to->n;
	int r;

	if (!colon || blank(p[0]))
		return refuse(h, "a trailer that is none");
	r = sel_headers_add(to, p, name_len, colon + 1, n - name_len - 1);
	if (r == -EINVAL)
		return refuse(h, "a trailer that is none");
	if (r == -E2BIG)
		return fail(h, r, "too many trailers");
	if (r == 0 && trailer_forbidden(p, name_len) && to->n > had)
		sel_headers_remove(to, to->item[to->n - 1].name);
	return r;
}

static int trailers_event(struct http1 *h, const char *p, size_t n)
{
	struct sel_headers trailers = {0};
	const char *end = p + n - 2;
	ssize_t r = 0;

	while (r == 0 && p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));

		r = parse_trailer(h, &trailers, p, (size_t)(lf - p) - 1);
		p = lf + 1;
	}
	if (r == 0)
		r = message_read(h, &trailers, 0);
	sel_headers_done(&trailers);
	return (int)r;
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
		if (v < 0 && h->digits > 0 && (p[i] == ';' || blank(p[i])))
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
		return fail(h, -EPIPE, "closed in the middle of a message");
	if (!read_over(h))
		give_up_reading(h);
	h->must_close = true;
	return 0;
}

static ssize_t http1_feed(struct sel_codec *c, const void *p, size_t n, const char **ret_why)
{
	struct http1 *h = of(c);
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
	maybe_over(h);
	if (!h->why)
		h->why = "it could not be handled";
	if (ret_why)
		*ret_why = h->why;
	return r;
}

/* --- writing ---------------------------------------------------------------------------------- */

static bool framing_name(const char *name)
{
	bool exact;

	return framing_find(name, strlen(name), &exact) != NULL;
}

/* In the case that scripts look for. */
static char *put_name(char *to, const char *name)
{
	bool first = true;

	for (; *name; name++) {
		*to++ = (char)(first && *name >= 'a' && *name <= 'z' ? *name - 32 : *name);
		first = *name == '-';
	}
	return to;
}

static int put_headers(struct sel_buffer *out, const struct sel_headers *headers)
{
	char *begin = (char *)sel_buffer_room(out, headers->bytes + 4 * headers->n), *to = begin;

	if (!to)
		return -errno;
	for (size_t i = 0; i < headers->n; i++) {
		const struct sel_header *item = &headers->item[i];

		if (framing_name(item->name))
			continue;
		to = put_name(to, item->name);
		to = mempcpy(to, ": ", 2);
		to = stpcpy(to, item->value);
		to = mempcpy(to, "\r\n", 2);
	}
	sel_buffer_filled(out, (size_t)(to - begin));
	return 0;
}

static int put(struct sel_buffer *out, const char *text)
{
	return sel_buffer_append(out, text, strlen(text));
}

/* All of it or nothing. */
static int put_head(struct http1 *h, const char *first, const struct sel_headers *headers,
		    const char *frame)
{
	struct sel_buffer *out = &h->c.out;
	size_t had = out->n;
	int r = put(out, first);

	if (r == 0)
		r = put_headers(out, headers);
	if (r == 0)
		r = put(out, frame);
	if (r == 0)
		r = put(out, "\r\n");
	if (r < 0)
		out->n = had;
	return r;
}

static const char *reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} known[] = {
		{200, "OK"},
		{201, "Created"},
		{202, "Accepted"},
		{204, "No Content"},
		{206, "Partial Content"},
		{301, "Moved Permanently"},
		{302, "Found"},
		{303, "See Other"},
		{304, "Not Modified"},
		{307, "Temporary Redirect"},
		{308, "Permanent Redirect"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{409, "Conflict"},
		{410, "Gone"},
		{413, "Content Too Large"},
		{415, "Unsupported Media Type"},
		{416, "Range Not Satisfiable"},
		{421, "Misdirected Request"},
		{422, "Unprocessable Content"},
		{429, "Too Many Requests"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
	};

	for (size_t i = 0; i < SEL_N(known); i++)
		if (known[i].status == status)
			return known[i].reason;
	return "";
}

/* How the body goes out, as a line of the head. */
static enum writing choose_body(struct http1 *h, uint64_t length, bool end, bool say_none,
				char line[64])
{
	line[0] = '\0';
	if (end) {
		if (say_none)
			strcpy(line, "Content-Length: 0\r\n");
		return WR_DONE;
	}
	if (length != SEL_LENGTH_UNKNOWN) {
		(void)snprintf(line, 64, "Content-Length: %llu\r\n", (unsigned long long)length);
		return WR_FIXED;
	}
	if (h->server && h->http10)
		return WR_RAW;
	strcpy(line, "Transfer-Encoding: chunked\r\n");
	return WR_CHUNKED;
}

static int send_continue(struct http1 *h)
{
	int r;

	if (!h->expecting)
		return 0; /* nobody waits for it */
	r = put(&h->c.out, "HTTP/1.1 100 Continue\r\n\r\n");
	if (r == 0)
		h->expecting = false;
	return r;
}

static int send_upgraded(struct http1 *h, const struct sel_head *head)
{
	int r;

	if (!h->upgrading || h->reading != RD_DONE)
		return -EPROTO;
	r = put_head(h, "HTTP/1.1 101 Switching Protocols\r\n", &head->headers,
		     "Upgrade: websocket\r\nConnection: Upgrade\r\n");
	if (r < 0)
		return r;
	h->tunnel = true;
	h->reading = RD_UNTIL_CLOSE;
	h->writing = WR_RAW;
	return 0;
}

/* What could not be read is a stream as well, once it is answered. */
static void open_broken(struct http1 *h)
{
	if (!h->failed)
		return;
	h->must_close = true;
	h->reading = RD_CLOSED;
	if (h->open || h->answered)
		return;
	h->answered = h->open = true;
	h->stream++;
	h->writing = WR_NONE;
	h->http10 = h->keep_alive10 = h->is_head = h->upgrading = h->expecting = false;
}

static int send_final(struct http1 *h, const struct sel_head *head, bool end)
{
	bool none = h->is_head || never_a_body(head->status), close, raw;
	char first[64], frame[128], body[64] = "";
	enum writing next;
	int r;

	if (none && h->is_head && head->length != SEL_LENGTH_UNKNOWN)
		(void)choose_body(h, head->length, false, true, body);
	next = none ? end ? WR_DONE : WR_SKIP : choose_body(h, head->length, end, true, body);
	raw = next == WR_RAW;
	close = h->must_close || head->close || h->expecting || raw;
	(void)snprintf(first, sizeof first, "HTTP/1.1 %d %s\r\n", head->status,
		       reason_of(head->status));
	(void)snprintf(frame, sizeof frame, "%s%s", body,
		       close		 ? "Connection: close\r\n"
		       : h->keep_alive10 ? "Connection: keep-alive\r\n"
					 : "");
	r = put_head(h, first, &head->headers, frame);
	if (r < 0)
		return r;
	h->must_close = close;
	h->writing = next;
	h->owed = next == WR_FIXED ? head->length : 0;
	maybe_over(h);
	return 0;
}

static int send_response(struct http1 *h, uint32_t stream, const struct sel_head *head, bool end)
{
	bool lies = end && head->length != 0 && head->length != SEL_LENGTH_UNKNOWN;

	if (head->status < 100 || head->status > 599)
		return -EINVAL;
	open_broken(h);
	if (!h->open || (stream != h->stream && !h->failed) || h->writing != WR_NONE)
		return -EPROTO;
	if (head->status == 100)
		return send_continue(h);
	if (head->status == 101)
		return send_upgraded(h, head);
	if (head->status < 200)
		return 0;
	if (lies && !h->is_head && !never_a_body(head->status))
		return -EINVAL;
	return send_final(h, head, end);
}

static bool request_valid(const struct sel_head *head, bool end)
{
	size_t method_len = head->method ? strlen(head->method) : 0;
	size_t target_len = head->target ? strlen(head->target) : 0;
	bool star = head->target && strcmp(head->target, "*") == 0;

	if (!sel_is_token(head->method, method_len) || method_len >= SEL_METHOD_MAX ||
	    strcmp(head->method, "CONNECT") == 0)
		return false;
	if (!visible(head->target, target_len) || target_len > SEL_TARGET_MAX ||
	    (star ? strcmp(head->method, "OPTIONS") != 0 : head->target[0] != '/'))
		return false;
	if (!head->authority || !authority_valid(head->authority, strlen(head->authority)))
		return false;
	if (head->upgrade &&
	    (strcmp(head->upgrade, "websocket") != 0 || strcmp(head->method, "GET") != 0))
		return false;
	return !end || head->length == 0 || head->length == SEL_LENGTH_UNKNOWN;
}

/* Methods whose body means something say so when there is none (RFC 9110, section 8.6). */
static bool says_none(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
	       strcmp(method, "PATCH") == 0;
}

static int send_request(struct http1 *h, const struct sel_head *head, bool end,
			uint32_t *ret_stream)
{
	_cleanup_free_ char *first = NULL;
	char frame[160], body[64];
	enum writing next;
	int r;

	if (h->open || h->must_close || h->failed)
		return -EBUSY;
	end |= head->upgrade != NULL;
	if (!request_valid(head, end))
		return -EINVAL;
	if (asprintf(&first, "%s %s HTTP/1.1\r\nHost: %s\r\n", head->method, head->target,
		     head->authority) < 0)
		return -ENOMEM;
	next = choose_body(h, head->length, end, says_none(head->method), body);
	(void)snprintf(frame, sizeof frame, "%s%s%s", body,
		       head->expect && !end ? "Expect: 100-continue\r\n" : "",
		       head->upgrade ? "Upgrade: websocket\r\nConnection: Upgrade\r\n" : "");
	r = put_head(h, first, &head->headers, frame);
	explicit_bzero(first, strlen(first));
	if (r < 0)
		return r;
	begin_reading(h);
	h->interim = 0;
	h->stream++;
	h->open = true;
	h->writing = next;
	h->owed = next == WR_FIXED ? head->length : 0;
	h->is_head = strcmp(head->method, "HEAD") == 0;
	h->upgrading = head->upgrade != NULL;
	h->expecting = head->expect && !end;
	*ret_stream = h->stream;
	return 0;
}

static int http1_send_head(struct sel_codec *c, uint32_t stream, const struct sel_head *head,
			   bool end, uint32_t *ret_stream)
{
	struct http1 *h = of(c);

	return h->server ? send_response(h, stream, head, end)
			 : send_request(h, head, end, ret_stream);
}

static ssize_t put_body(struct http1 *h, const void *p, size_t n)
{
	struct sel_buffer *out = &h->c.out;
	size_t had = out->n;
	char size[24];
	int r = 0;

	if (h->writing == WR_CHUNKED) {
		(void)snprintf(size, sizeof size, "%zx\r\n", n);
		r = put(out, size);
	}
	if (r == 0)
		r = sel_buffer_append(out, p, n);
	if (r == 0 && h->writing == WR_CHUNKED)
		r = put(out, "\r\n");
	if (r < 0) {
		out->n = had;
		return r;
	}
	if (h->writing == WR_FIXED)
		h->owed -= n;
	return (ssize_t)n;
}

static bool may_write(const struct http1 *h, uint32_t stream)
{
	return h->open && (stream == h->stream || (h->server && h->failed)) &&
	       h->writing != WR_NONE && h->writing != WR_DONE;
}

static ssize_t http1_send_data(struct sel_codec *c, uint32_t stream, const void *p, size_t n)
{
	struct http1 *h = of(c);
	size_t room = c->out.n < SEL_OUT_MAX / 2 ? SEL_OUT_MAX / 2 - c->out.n : 0;
	size_t part = n < room ? n : room;

	if (!may_write(h, stream) || (h->writing == WR_FIXED && n > h->owed))
		return -EPROTO;
	if (h->writing == WR_SKIP || n == 0)
		return (ssize_t)n;
	h->blocked = part < n;
	return part > 0 ? put_body(h, p, part) : 0;
}

static int put_trailers(struct http1 *h, const struct sel_headers *trailers)
{
	struct sel_headers some = {0};
	int r = 0;

	for (size_t i = 0; trailers && r == 0 && i < trailers->n; i++) {
		const struct sel_header *item = &trailers->item[i];

		if (!trailer_forbidden(item->name, strlen(item->name)))
			r = sel_headers_add(&some, item->name, strlen(item->name), item->value,
					    strlen(item->value));
	}
	if (r == 0)
		r = put_head(h, "0\r\n", &some, "");
	sel_headers_done(&some);
	return r;
}

static int http1_send_end(struct sel_codec *c, uint32_t stream, const struct sel_headers *trailers)
{
	struct http1 *h = of(c);
	int r;

	if (!may_write(h, stream) || (h->writing == WR_FIXED && h->owed > 0))
		return -EPROTO;
	if (h->writing == WR_CHUNKED) {
		r = put_trailers(h, trailers);
		if (r < 0)
			return r;
	}
	h->writing = WR_DONE;
	maybe_over(h);
	return 0;
}

static void http1_reset(struct sel_codec *c, uint32_t stream, uint32_t code)
{
	struct http1 *h = of(c);

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
	struct http1 *h = of(c);

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

static void http1_free(struct sel_codec *c)
{
	struct http1 *h = of(c);

	sel_buffer_done(&h->in);
	sel_buffer_done(&h->c.out);
	free(h);
}

int sel_http1_new(bool server, const struct sel_codec_events *events, void *ctx,
		  struct sel_codec **ret)
{
	static const struct sel_codec_ops ops = {
		.feed = http1_feed,
		.send_head = http1_send_head,
		.send_data = http1_send_data,
		.send_end = http1_send_end,
		.reset = http1_reset,
		.consumed = http1_consumed,
		.can_open = http1_can_open,
		.idle = http1_idle,
		.closing = http1_closing,
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
