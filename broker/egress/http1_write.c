/* Messages of HTTP/1.1, framed anew. */
#include "http1.h"

#include <stdio.h>

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

		if (sel_http1_is_framing(item->name))
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
	int r;

	out->secret = true;
	r = put(out, first);
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
	const char *fixed = "";
	enum writing ret = WR_DONE;

	if (end)
		fixed = say_none ? "Content-Length: 0\r\n" : "";
	else if (length != SEL_LENGTH_UNKNOWN)
		ret = WR_FIXED;
	else if (h->server && h->http10)
		ret = WR_RAW;
	else {
		ret = WR_CHUNKED;
		fixed = "Transfer-Encoding: chunked\r\n";
	}
	if (ret == WR_FIXED)
		(void)snprintf(line, 64, "Content-Length: %llu\r\n", (unsigned long long)length);
	else
		(void)snprintf(line, 64, "%s", fixed);
	return ret;
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
	bool none = h->is_head || sel_http1_never_a_body(head->status), close, raw;
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
	sel_http1_maybe_over(h);
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
	if (lies && !h->is_head && !sel_http1_never_a_body(head->status))
		return -EINVAL;
	return send_final(h, head, end);
}

static bool request_valid(const struct sel_head *head, bool end)
{
	bool star;

	if (!head->method || !head->target)
		return false;
	if (!sel_is_token(head->method, strlen(head->method)) ||
	    strlen(head->method) >= SEL_METHOD_MAX || strcmp(head->method, "CONNECT") == 0)
		return false;
	star = strcmp(head->target, "*") == 0;
	if (!sel_http1_visible(head->target, strlen(head->target)) ||
	    strlen(head->target) > SEL_TARGET_MAX ||
	    (star ? strcmp(head->method, "OPTIONS") != 0 : head->target[0] != '/'))
		return false;
	if (!head->authority ||
	    !sel_http1_authority_valid(head->authority, strlen(head->authority)))
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

int sel_http1_send_head(struct sel_codec *c, uint32_t stream, const struct sel_head *head, bool end,
			uint32_t *ret_stream)
{
	struct http1 *h = sel_http1_of(c);

	return h->server ? send_response(h, stream, head, end)
			 : send_request(h, head, end, ret_stream);
}

#define CHUNK_AROUND 24 /* its size in hexadecimal, and two ends of line */

static ssize_t put_body(struct http1 *h, const void *p, size_t n)
{
	bool chunked = h->writing == WR_CHUNKED;
	struct sel_buffer *out = &h->c.out;
	char *begin = (char *)sel_buffer_room(out, n + (chunked ? CHUNK_AROUND : 0)), *to = begin;

	if (!begin)
		return -errno;
	if (chunked)
		to += snprintf(to, CHUNK_AROUND, "%zx\r\n", n);
	to = mempcpy(to, p, n);
	if (chunked)
		to = mempcpy(to, "\r\n", 2);
	sel_buffer_filled(out, (size_t)(to - begin));
	if (h->writing == WR_FIXED)
		h->owed -= n;
	return (ssize_t)n;
}

static bool may_write(const struct http1 *h, uint32_t stream)
{
	return h->open && (stream == h->stream || (h->server && h->failed)) &&
	       h->writing != WR_NONE && h->writing != WR_DONE;
}

ssize_t sel_http1_send_data(struct sel_codec *c, uint32_t stream, const void *p, size_t n)
{
	struct http1 *h = sel_http1_of(c);
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

		if (!sel_http1_trailer_forbidden(item->name, strlen(item->name)))
			r = sel_headers_add(&some, item->name, strlen(item->name), item->value,
					    strlen(item->value));
	}
	if (r == 0)
		r = put_head(h, "0\r\n", &some, "");
	sel_headers_done(&some);
	return r;
}

int sel_http1_send_end(struct sel_codec *c, uint32_t stream, const struct sel_headers *trailers)
{
	struct http1 *h = sel_http1_of(c);
	int r;

	if (!may_write(h, stream) || (h->writing == WR_FIXED && h->owed > 0))
		return -EPROTO;
	if (h->writing == WR_CHUNKED) {
		r = put_trailers(h, trailers);
		if (r < 0)
			return r;
	}
	h->writing = WR_DONE;
	sel_http1_maybe_over(h);
	return 0;
}
