/* How long one head takes, from bytes to a message and back to bytes, and how fast a body passes.
 * Of processor time; printed, never asserted. */
#include "egress/codec.h"

#include <stdio.h>
#include <time.h>

/* Of the processor: others may be busy beside it. */
static usec_t cpu_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (usec_t)t.tv_sec * USEC_PER_SEC + (usec_t)t.tv_nsec / 1000;
}

static int on_head(void *ctx, uint32_t stream, struct sel_head *head, bool end)
{
	struct sel_codec *c = *(struct sel_codec **)ctx;
	struct sel_head answer = {.status = 204};

	(void)end;
	sel_head_free(head);
	return c->ops->send_head(c, stream, &answer, true, NULL);
}

static int on_data(void *ctx, uint32_t stream, const void *p, size_t n)
{
	(void)ctx, (void)stream, (void)p, (void)n;
	return 0;
}

static int on_end(void *ctx, uint32_t stream, struct sel_headers *trailers)
{
	(void)ctx, (void)stream, (void)trailers;
	return 0;
}

static void on_other(void *ctx, uint32_t stream, uint32_t code)
{
	(void)ctx, (void)stream, (void)code;
}

static void on_writable(void *ctx, uint32_t stream)
{
	(void)ctx, (void)stream;
}

/* What a coding agent sends to its API, about 1 KiB. */
static const char head[] =
	"POST /v1/messages?beta=true HTTP/1.1\r\nHost: api.example.test\r\n"
	"Accept: application/json\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
	"Accept-Language: *\r\nAnthropic-Beta: one-2025-01-01,two-2025-02-02,three-2025-03-03\r\n"
	"Anthropic-Version: 2023-06-01\r\nAuthorization: Bearer "
	"seldom-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG\r\n"
	"Connection: keep-alive\r\nContent-Length: 0\r\nContent-Type: application/json\r\n"
	"Sec-Fetch-Mode: cors\r\nUser-Agent: some-agent/2.1.0 (external, cli)\r\n"
	"X-App: cli\r\nX-Stainless-Arch: x64\r\nX-Stainless-Lang: js\r\nX-Stainless-OS: Linux\r\n"
	"X-Stainless-Package-Version: 0.60.0\r\nX-Stainless-Retry-Count: 0\r\n"
	"X-Stainless-Runtime: node\r\nX-Stainless-Runtime-Version: v22.0.0\r\n"
	"X-Stainless-Timeout: 600\r\nX-Request-Id: 01234567-89ab-cdef-0123-456789abcdef\r\n"
	"Traceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01\r\n"
	"Baggage: session=0123456789abcdef,turn=42,tool=bash,kind=primary,region=none\r\n\r\n";

static double read_heads(size_t piece, unsigned times)
{
	static const struct sel_codec_events events = {on_head, on_data, on_end, on_other,
						       on_writable};
	struct sel_codec *c = NULL;
	usec_t begin;

	if (sel_http1_new(true, &events, &c, &c) < 0)
		return -1;
	begin = cpu_now();
	for (unsigned i = 0; i < times; i++) {
		for (size_t at = 0; at < sizeof head - 1; at += piece) {
			size_t left = sizeof head - 1 - at;
			size_t n = piece < left ? piece : left;

			if (c->ops->feed(c, head + at, n, NULL) != (ssize_t)n)
				return -1;
		}
		sel_buffer_take(&c->out, c->out.n);
	}
	begin = cpu_now() - begin;
	c->ops->free(c);
	return (double)begin / times;
}

/* --- a body on its way through: read by a client codec, written by a server codec --- */

struct through {
	struct sel_codec *up, *down;
	uint64_t n;
};

static int up_head(void *ctx, uint32_t stream, struct sel_head *answer, bool end)
{
	struct through *t = ctx;
	int r = t->down->ops->send_head(t->down, stream, answer, end, NULL);

	sel_head_free(answer);
	return r;
}

static int up_data(void *ctx, uint32_t stream, const void *p, size_t n)
{
	struct through *t = ctx;
	const char *at = p;

	t->up->ops->consumed(t->up, stream, n);
	while (n > 0) {
		ssize_t took = t->down->ops->send_data(t->down, stream, at, n);

		if (took < 0)
			return (int)took;
		at += took;
		n -= (size_t)took;
		t->n += (uint64_t)took;
		sel_buffer_take(&t->down->out, t->down->out.n); /* as if it were sent */
	}
	return 0;
}

static int down_head(void *ctx, uint32_t stream, struct sel_head *asked, bool end)
{
	struct through *t = ctx;
	int r;

	(void)stream;
	r = t->up->ops->send_head(t->up, 0, asked, end, &(uint32_t){0});
	sel_head_free(asked);
	return r;
}

#define BODY  ((size_t)64 * 1024)
#define TIMES 16384

static double pass_on(const char *answer, const char *before, const char *after)
{
	static const struct sel_codec_events up = {up_head, up_data, on_end, on_other, on_writable};
	static const struct sel_codec_events down = {down_head, on_data, on_end, on_other,
						     on_writable};
	static char body[BODY + 64];
	struct through t = {0};
	size_t n = (size_t)(stpcpy(body, before) - body);
	usec_t begin;

	memset(body + n, 'x', BODY);
	n = (size_t)(stpcpy(body + n + BODY, after) - body);
	if (sel_http1_new(false, &up, &t, &t.up) < 0 || sel_http1_new(true, &down, &t, &t.down) < 0)
		return -1;
	(void)t.down->ops->feed(t.down, head, sizeof head - 1, NULL);
	(void)t.up->ops->feed(t.up, answer, strlen(answer), NULL);
	begin = cpu_now();
	for (int i = 0; i < TIMES; i++)
		if (t.up->ops->feed(t.up, body, n, NULL) != (ssize_t)n)
			return -1;
	begin = cpu_now() - begin;
	t.up->ops->free(t.up);
	t.down->ops->free(t.down);
	return t.n == (uint64_t)TIMES * BODY ? (double)t.n / (double)begin / 1000 : -1;
}

int main(void)
{
	static const size_t pieces[] = {4096, 100, 1};
	double known = pass_on("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", "", "");
	double chunked = pass_on("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
				 "10000\r\n", "\r\n");

	printf("a head of %zu bytes, read and answered:\n", sizeof head - 1);
	for (size_t i = 0; i < SEL_N(pieces); i++) {
		double usec = read_heads(pieces[i], 100000);

		if (usec < 0)
			return 1;
		printf("  in pieces of %4zu: %6.2f us\n", pieces[i], usec);
	}
	printf("a body, read and written again:\n  known length: %6.2f GB/s\n  chunked: %11.2f "
	       "GB/s\n",
	       known, chunked);
	return known < 0 || chunked < 0;
}
