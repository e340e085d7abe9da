/* The HTTP/2 codec, from either end: bytes of the peer in any pieces, and what the proxy does at
 * any time between them and from within events. The first byte says which end; then each operation
 * is one byte, some with a length and that many bytes behind it. A preface and settings that are
 * right stand before what is fed, unless the first byte says that there are none. */
#include "fuzz.h"

#include "egress/codec.h"

#define STREAMS 8

struct play {
	struct sel_codec *codec;
	const uint8_t *p;
	size_t n, depth;
	bool server, feeding, over;
	uint32_t stream[STREAMS]; /* the newest, by turns */
	size_t heads;
};

static uint8_t next(struct play *play)
{
	if (play->n == 0)
		return 0;
	play->n--;
	return *play->p++;
}

static const uint8_t *next_bytes(struct play *play, size_t *ret_n)
{
	const uint8_t *p;

	*ret_n = next(play);
	p = play->p;
	if (*ret_n > play->n)
		*ret_n = play->n;
	play->p += *ret_n;
	play->n -= *ret_n;
	return p;
}

static uint32_t any_stream(struct play *play, uint8_t op)
{
	return op & 128 ? next(play) : play->stream[op >> 4 & (STREAMS - 1)];
}

static void send_head(struct play *play, uint8_t how)
{
	static const int status[] = {200, 100, 101, 204, 304, 403, 103, 99};
	static const char *const method[] = {"GET", "HEAD", "POST", "OPTIONS"};
	struct sel_head head = {.length = how & 8 ? SEL_LENGTH_UNKNOWN : how & 16 ? 3 : 0};
	uint32_t stream = play->stream[how >> 5 & (STREAMS - 1)];
	bool end = how & 4;

	if (play->server)
		head.status = status[how & 7];
	else {
		head.method = (char *)method[how & 3];
		head.authority = (char *)"a.test";
		head.target = (char *)"/";
	}
	if (sel_headers_add(&head.headers, "x-authorization", 15, "value", 5) == 0 &&
	    play->codec->ops->send_head(play->codec, stream, &head, end, &stream) == 0 &&
	    !play->server) {
		MUST(stream & 1);
		play->stream[play->heads++ % STREAMS] = stream;
	}
	sel_headers_done(&head.headers);
}

static void feed(struct play *play, const uint8_t *p, size_t n)
{
	const struct sel_codec_ops *ops = play->codec->ops;
	const char *why = NULL;
	uint8_t *exact;
	size_t used = 0;
	ssize_t r;

	if (play->feeding || play->over)
		return; /* never from within an event, nor after the end */
	exact = malloc(n ? n : 1);
	MUST(exact);
	if (n > 0)
		memcpy(exact, p, n);
	play->feeding = true;
	do {
		r = ops->feed(play->codec, exact + used, n - used, &why);
		MUST(r <= (ssize_t)(n - used));
		used += r > 0 ? (size_t)r : 0;
	} while (r > 0 && used < n);
	play->feeding = false;
	MUST(r >= 0 || why);
	play->over = r < 0 || n == 0;
	free(exact);
}

static void act(struct play *play)
{
	const struct sel_codec_ops *ops = play->codec->ops;
	struct sel_codec *c = play->codec;
	uint8_t op = next(play);
	struct sel_headers trailers = {0};
	const uint8_t *p;
	uint32_t stream;
	size_t n;
	ssize_t r;

	switch (op & 7) {
	case 0:
	case 1:
		p = next_bytes(play, &n);
		if (n > 0)
			feed(play, p, n);
		break;
	case 2:
		send_head(play, next(play));
		break;
	case 3:
		stream = any_stream(play, op);
		p = next_bytes(play, &n);
		r = ops->send_data(c, stream, p, n);
		MUST(r <= (ssize_t)n);
		break;
	case 4:
		if (op & 8)
			MUST(sel_headers_add(&trailers, "grpc-status", 11, "0", 1) == 0);
		(void)ops->send_end(c, any_stream(play, op), &trailers);
		sel_headers_done(&trailers);
		break;
	case 5:
		ops->reset(c, any_stream(play, op), next(play));
		break;
	case 6:
		stream = any_stream(play, op);
		ops->consumed(c, stream, next(play) * 256U);
		break;
	default:
		sel_buffer_take(&c->out, op & 8 ? c->out.n : c->out.n / 2);
		break;
	}
	MUST(c->out.n <= SEL_OUT_MAX);
	MUST(ops->held(c) >= c->out.n);
	MUST(!ops->can_open(c) || !play->server);
	(void)ops->closing(c);
	(void)ops->idle(c);
}

/* Events may act, which may lead to events. */
static void react(struct play *play)
{
	if (++play->depth < 4)
		act(play);
	play->depth--;
}

static int on_head(void *ctx, uint32_t stream, struct sel_head *head, bool end)
{
	struct play *play = ctx;

	(void)end;
	MUST(play->feeding && stream > 0);
	MUST((head->status == 0) == play->server);
	MUST(play->server ? head->method && head->authority && head->target : !head->method);
	for (size_t i = 0; i < head->headers.n; i++) {
		const struct sel_header *h = &head->headers.item[i];

		MUST(sel_is_token(h->name, strlen(h->name)) && h->name[0] != ':');
		MUST(sel_is_field_text(h->value, strlen(h->value)));
	}
	if (play->server)
		play->stream[play->heads++ % STREAMS] = stream;
	sel_head_free(head);
	react(play);
	return play->n > 0 && *play->p == 255 ? -EIO : 0;
}

static int on_data(void *ctx, uint32_t stream, const void *p, size_t n)
{
	struct play *play = ctx;

	MUST(play->feeding && n > 0 && stream > 0);
	(void)((const volatile uint8_t *)p)[n - 1];
	react(play);
	return 0;
}

static int on_end(void *ctx, uint32_t stream, struct sel_headers *trailers)
{
	MUST(stream > 0 && trailers);
	react(ctx);
	return 0;
}

static void on_reset(void *ctx, uint32_t stream, uint32_t code)
{
	(void)code;
	MUST(stream > 0);
	react(ctx);
}

static void on_writable(void *ctx, uint32_t stream)
{
	MUST(stream > 0);
	react(ctx);
}

static void say_hello(struct play *play)
{
	static const uint8_t preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	static const uint8_t settings[] = {0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0};

	if (play->server)
		feed(play, preface, sizeof preface - 1);
	feed(play, settings, sizeof settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct sel_codec_events events = {on_head, on_data, on_end, on_reset,
						       on_writable};
	struct play play = {.p = p, .n = n};
	uint8_t how = next(&play);

	play.server = how & 1;
	MUST(sel_http2_new(play.server, &events, &play, &play.codec) == 0);
	if (!(how & 2))
		say_hello(&play);
	while (play.n > 0)
		act(&play);
	feed(&play, NULL, 0);
	play.codec->ops->free(play.codec);
	MUST(sel_buffers_held() == 0 && sel_headers_held() == 0); /* counted as it is */
	return 0;
}
