/* What an HTTP/1.1 connection and an HTTP/2 connection are to the proxy: bytes in, events out;
 * messages in, bytes out. Never touches a descriptor. A stream is one exchange: a request and its
 * response. HTTP/1.1 has one at a time, numbered 1, 2, 3 ...; pipelined bytes stay unread until the
 * exchange before is over.
 *
 * A codec is for one side of one connection: a server codec reads requests from the client and
 * writes responses; a client codec writes requests to the upstream and reads responses.
 *
 * Strict (http1.h lists every refusal): whatever two parsers could read differently is an error of
 * the connection and never repaired. */
#pragma once

#include "buffer.h"
#include "message.h"

struct sel_codec;

/* Events are called from within `feed`; the callee may call send_* and reset, never `feed` or
 * `free`. < 0 ends the connection with that error. */
struct sel_codec_events {
	/* A request (server) or response (client) begins. Takes `head`. `end`: no body follows and
	 * `end` is not called. 1xx other than 100 and 101 are dropped and never seen here. */
	int (*head)(void *ctx, uint32_t stream, struct sel_head *head, bool end);
	/* Some of the body (or, after an accepted upgrade, of what follows). Borrowed. Counted
	 * against the peer's window until `consumed`. */
	int (*data)(void *ctx, uint32_t stream, const void *p, size_t n);
	/* The message is complete. `trailers`: empty or not; borrowed. */
	int (*end)(void *ctx, uint32_t stream, struct sel_headers *trailers);
	/* The peer gave the stream up (RST_STREAM; GOAWAY that excludes it): nothing follows. */
	void (*reset)(void *ctx, uint32_t stream, uint32_t code);
	/* After send_data took less than all: there is room again. */
	void (*writable)(void *ctx, uint32_t stream);
};

struct sel_codec_ops {
	/* Reads up to `n` bytes; how many were used (less: a message must end first, data be
	 * consumed, or `out` be written: the rest is given again after that), or -EBADMSG
	 * with one plain line, free of the peer's bytes, in *ret_why (static), -E2BIG likewise,
	 * -ENOMEM. `n` 0: the peer closed; -EPIPE if that was in the middle of a message. */
	ssize_t (*feed)(struct sel_codec *c, const void *p, size_t n, const char **ret_why);
	/* A server answers `stream`; a client opens one (*ret_stream; NULL for a server). After
	 * feed failed, an HTTP/1.1 server answers what could not be read as stream 0, once. A
	 * response to HEAD tells a `length` (UNKNOWN: none) though it ends with the head.
	 * `head->close` is honoured by a server, and of no meaning in a request that is sent.
	 * `end`: no body. Borrows `head`. -EBUSY: no more streams now (HTTP/1.1: one is open;
	 * HTTP/2: the peer's limit); -EPROTO: out of order. `head->length` is trusted to be what
	 * will be sent.
	 */
	int (*send_head)(struct sel_codec *c, uint32_t stream, const struct sel_head *head,
			 bool end, uint32_t *ret_stream);
	/* Takes at most `n` bytes of the body; how many (0: not now). */
	ssize_t (*send_data)(struct sel_codec *c, uint32_t stream, const void *p, size_t n);
	/* The message is complete. `trailers` NULL: none. -EPROTO: not as many bytes as promised.
	 */
	int (*send_end)(struct sel_codec *c, uint32_t stream, const struct sel_headers *trailers);
	/* Gives the stream up. HTTP/1.1: the connection must be closed after `out`. */
	void (*reset)(struct sel_codec *c, uint32_t stream, uint32_t code);
	/* `n` bytes of `data` events were passed on: the peer may send as many more. */
	void (*consumed)(struct sel_codec *c, uint32_t stream, size_t n);
	/* May another stream be opened (client)? Is anything open? Must the connection be closed
	 * once `out` is written and nothing is open? */
	bool (*can_open)(const struct sel_codec *c);
	bool (*idle)(const struct sel_codec *c);
	bool (*closing)(const struct sel_codec *c);
	size_t (*held)(
		const struct sel_codec *c); /* bytes of memory for what the peer sent, about */
	void (*free)(struct sel_codec *c);
};
struct sel_codec {
	const struct sel_codec_ops *ops;
	struct sel_codec_events events;
	void *ctx;
	struct sel_buffer out; /* to be written to the peer; the engine takes from it. May hold
				  SEL_OUT_MAX; a codec stops taking data above half of that */
};
#define SEL_OUT_MAX ((size_t)256 * 1024)

/* HTTP/2 error codes used with reset (RFC 9113, section 7); HTTP/1.1 ignores the number. */
enum {
	SEL_H2_NO_ERROR = 0,
	SEL_H2_INTERNAL = 2,
	SEL_H2_REFUSED = 7,
	SEL_H2_CANCEL = 8,
	SEL_H2_HTTP11_REQUIRED = 13
};

/* http1.c, http2.c. -ENOMEM. `events` is copied. */
int sel_http1_new(bool server, const struct sel_codec_events *events, void *ctx,
		  struct sel_codec **ret);
int sel_http2_new(bool server, const struct sel_codec_events *events, void *ctx,
		  struct sel_codec **ret);
