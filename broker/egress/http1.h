/* Shared by the parts of the HTTP/1.1 codec, and by nobody else: http1_head.c reads heads and
 * trailers, http1_write.c writes messages, http1.c is the rest.
 *
 * Refused, in both roles: a line that ends otherwise than in CR LF, or goes on in the next; any
 * version but 1.1 and 1.0; a header name that is no token (white space before the colon), or a
 * value with a control character; a header that is one of the framing but for '_' in the place of
 * '-'; Content-Length with Transfer-Encoding, either of them twice, a length that is not plainly
 * decimal (signs, lists, zeros in front), a coding other than exactly "chunked", or in HTTP/1.0; a
 * chunk extension, a chunk size of more than 16 digits or 2^63; more than 32 options of Connection,
 * or one that names the framing; heads, targets and trailers over their limits. Of requests: more
 * than one empty line before them, none or more than one Host (in HTTP/1.0 too) or one that cannot
 * be a host, a target that is neither a path nor "*" with OPTIONS (a whole URL, also of the same
 * host: there is no proxy here) or not visible ASCII, Expect other than 100-continue, CONNECT with
 * a body, an upgrade to websocket that is no GET or has a body. Of responses: anything before them,
 * a status out of 100..599, a body where there is none (1xx, 204), 101 that was not asked for or is
 * not exactly to websocket, more than 32 of 1xx. Passed over: Upgrade to other protocols;
 * hop-by-hop headers and what Connection names; trailers that belong to the head; 1xx other than
 * 101 and an awaited 100; bytes behind a response (the connection is not used again). CONNECT,
 * TRACE and odd methods are passed up for the matcher. */
#pragma once

#include "codec.h"

#define SEL_HTTP1_OPTIONS_MAX 32 /* elements of Connection */

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

static inline int sel_http1_fail(struct http1 *h, int r, const char *why)
{
	h->why = why;
	return r;
}

static inline struct http1 *sel_http1_of(struct sel_codec *c)
{
	return (struct http1 *)c;
}

static inline bool sel_http1_never_a_body(int status)
{
	return status < 200 || status == 204 || status == 304;
}

/* --- http1.c --- */

/* Both halves of the exchange may be over: then what follows from it. */
void sel_http1_maybe_over(struct http1 *h);

/* --- http1_head.c --- */

/* What one head says; all but `head`, `minor` and `has_coding` is for the parser itself. */
struct sel_http1_parse {
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
	} named[SEL_HTTP1_OPTIONS_MAX];
	size_t n_named;
};

/* `p`: lines, each with CRLF, the last one empty. The caller owns `q->head`. What feed returns,
 * with h->why. */
int sel_http1_parse_head(struct http1 *h, const char *p, size_t n, struct sel_http1_parse *q);
int sel_http1_parse_trailers(struct http1 *h, const char *p, size_t n, struct sel_headers *to);
bool sel_http1_is_framing(const char *name);
/* Never of use behind a body (RFC 9110, section 6.5.1): framing, routing, credentials, and what
 * says how to read the body. */
bool sel_http1_trailer_forbidden(const char *name, size_t n);
bool sel_http1_authority_valid(const char *p, size_t n);
bool sel_http1_visible(const char *p, size_t n); /* ASCII without spaces, one at least */

/* --- http1_write.c: of sel_codec_ops --- */

int sel_http1_send_head(struct sel_codec *c, uint32_t stream, const struct sel_head *head, bool end,
			uint32_t *ret_stream);
ssize_t sel_http1_send_data(struct sel_codec *c, uint32_t stream, const void *p, size_t n);
int sel_http1_send_end(struct sel_codec *c, uint32_t stream, const struct sel_headers *trailers);
