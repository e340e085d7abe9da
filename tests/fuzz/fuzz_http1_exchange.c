/* Calls in any order, also from within events, between pieces of bytes: what the proxy does at the
 * wrong time. Each operation is one byte, some take a length and that many bytes from behind it. */
#include "fuzz.h"

#include "egress/codec.h"

struct play {
	struct sel_codec *codec;
	const uint8_t *p;
	size_t n;
	bool server, feeding;
	uint32_t stream; /* the newest */
	unsigned heads, ends;
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
	const uint8_t *p = play->p;

	*ret_n = next(play);
	p = play->p;
	if (*ret_n > play->n)
		*ret_n = play->n;
	play->p += *ret_n;
	play->n -= *ret_n;
	return p;
}

static void send_head(struct play *play, uint8_t how)
{
	static const int status[] = {200, 100, 101, 204, 304, 403, 103, 99};
	static const char *const method[] = {"GET", "HEAD", "POST", "CONNECT"};
	struct sel_head head = {.length = how & 8    ? SEL_LENGTH_UNKNOWN
					  : how & 16 ? 3
						     : 0,
				.close = how & 32};
	bool end = how & 64;
	uint32_t stream = play->stream;
	int r;

	if (play->server)
		head.status = status[how & 7];
	else {
		head.method = (char *)method[how & 3];
		head.authority = (char *)"a.test";
		head.target = (char *)"/";
		head.upgrade = how & 4 ? (char *)"websocket" : NULL;
		head.expect = how & 128;
	}
	r = play->codec->ops->send_head(play->codec, stream, &head, end, &stream);
	MUST(r <= 0);
	if (!play->server && r == 0) {
		MUST(stream == play->stream + 1);
		play->stream = stream;
	}
}

static void feed(struct play *play, const uint8_t *p, size_t n)
{
	const struct sel_codec_ops *ops = play->codec->ops;
	const char *why = NULL;
	uint8_t *exact;
	size_t used = 0;
	ssize_t r;

	if (play->feeding)
		return; /* never from within an event */
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
	MUST(r >= 0 || (why && ops->closing(play->codec)));
	free(exact);
}

static void act(struct play *play)
{
	const struct sel_codec_ops *ops = play->codec->ops;
	struct sel_codec *c = play->codec;
	uint8_t op = next(play);
	const uint8_t *p;
	size_t n;
	ssize_t r;

	switch (op & 7) {
	case 0:
	case 1:
		p = next_bytes(play, &n);
		feed(play, p, n);
		break;
	case 2:
		send_head(play, next(play));
		break;
	case 3:
		p = next_bytes(play, &n);
		r = ops->send_data(c, play->stream, p, n);
		MUST(r <= (ssize_t)n);
		break;
	case 4:
		(void)ops->send_end(c, play->stream, NULL);
		break;
	case 5:
		ops->reset(c, op & 8 ? play->stream : next(play), 0);
		break;
	case 6:
		ops->consumed(c, play->stream, next(play));
		break;
	default:
		sel_buffer_take(&c->out, op & 8 ? c->out.n : c->out.n / 2);
		break;
	}
	MUST(c->out.n <= SEL_OUT_MAX);
	if (ops->can_open(c))
		MUST(!play->server && ops->idle(c) && !ops->closing(c));
}

static int on_head(void *ctx, uint32_t stream, struct sel_head *head, bool end)
{
	struct play *play = ctx;

	(void)end;
	MUST(play->feeding);
	MUST((head->status == 0) == play->server);
	MUST(!play->server || stream == play->stream + 1);
	MUST(play->server || stream == play->stream);
	MUST(play->server ? head->method && head->authority && head->target : !head->method);
	play->stream = stream;
	sel_head_free(head);
	act(play);
	return 0;
}

static int on_data(void *ctx, uint32_t stream, const void *p, size_t n)
{
	struct play *play = ctx;

	MUST(play->feeding && n > 0 && stream == play->stream);
	(void)((const volatile uint8_t *)p)[n - 1];
	act(play);
	return 0;
}

static int on_end(void *ctx, uint32_t stream, struct sel_headers *trailers)
{
	struct play *play = ctx;

	MUST(play->feeding && stream == play->stream && trailers);
	act(play);
	return 0;
}

static void on_reset(void *ctx, uint32_t stream, uint32_t code)
{
	(void)ctx, (void)stream, (void)code;
	abort();
}

static void on_writable(void *ctx, uint32_t stream)
{
	struct play *play = ctx;

	(void)stream;
	MUST(play->feeding);
	act(play);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct sel_codec_events events = {on_head, on_data, on_end, on_reset,
						       on_writable};
	struct play play = {.p = p, .n = n};

	play.server = next(&play) & 1;
	MUST(sel_http1_new(play.server, &events, &play, &play.codec) == 0);
	while (play.n > 0)
		act(&play);
	feed(&play, NULL, 0);
	play.codec->ops->free(play.codec);
	return 0;
}
