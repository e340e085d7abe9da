/* Runs bytes through an HTTP/1.1 codec, cut in any way, and says in a text what came of it. What
 * was read is also written again by a codec of the other role. For the unit test and the fuzz
 * targets: needs no test framework, and aborts where the codec breaks its own contract. */
#pragma once

#include "egress/codec.h"

#include <stdio.h>

/* A client asks like this, once: when it asks on is a matter of when bytes arrive. */
enum h1_ask { H1_GET, H1_HEAD, H1_POST, H1_EXPECT, H1_WEBSOCKET, H1_ASK_N };

struct h1_run {
	struct sel_codec *codec;
	bool server;
	enum h1_ask ask;

	FILE *log;
	char *text;
	size_t text_n;
	bool in_data;
	uint32_t stream;
	size_t events;

	/* The mirror writes what `codec` reads. */
	struct sel_codec *mirror;
	bool mirroring;
	uint32_t mirror_stream;
	struct sel_buffer rewritten;
};

#define H1_MUST(what)                                                                              \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                 \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static inline void h1_log_headers(struct h1_run *run, const struct sel_headers *headers)
{
	for (size_t i = 0; i < headers->n; i++)
		fprintf(run->log, "  %s: %s\n", headers->item[i].name, headers->item[i].value);
}

static inline void h1_log_head(struct h1_run *run, const struct sel_head *head, bool end)
{
	if (run->in_data)
		fputc('\n', run->log);
	run->in_data = false;
	if (head->status)
		fprintf(run->log, "%d", head->status);
	else
		fprintf(run->log, "%s %s %s%s", head->method, head->authority, head->target,
			head->expect ? " expect" : "");
	fprintf(run->log, "%s%s", head->upgrade ? " upgrade=" : "",
		head->upgrade ? head->upgrade : "");
	if (head->length == SEL_LENGTH_UNKNOWN)
		fprintf(run->log, " length=?%s\n", end ? " end" : "");
	else
		fprintf(run->log, " length=%llu%s\n", (unsigned long long)head->length,
			end ? " end" : "");
	h1_log_headers(run, &head->headers);
}

static inline void h1_collect(struct h1_run *run)
{
	struct sel_buffer *out = &run->mirror->out;

	if (out->n == 0)
		return;
	H1_MUST(sel_buffer_append(&run->rewritten, sel_buffer_at(out), out->n) == 0);
	sel_buffer_take(out, out->n);
}

static inline void h1_feed_all(struct sel_codec *c, const char *bytes, size_t n)
{
	const char *why = NULL;

	H1_MUST(c->ops->feed(c, bytes, n, &why) == (ssize_t)n);
}

/* --- the mirror --- */

static inline void h1_mirror_head(struct h1_run *run, const struct sel_head *head, bool end)
{
	struct sel_head *copy = NULL;
	int r;

	if (head->method && strcmp(head->method, "CONNECT") == 0)
		run->mirroring = false; /* is never forwarded */
	if (!run->mirroring)
		return;
	H1_MUST(sel_head_copy(head, &copy) == 0);
	copy->close = false; /* belongs to the connection it came on */
	r = run->mirror->ops->send_head(run->mirror, run->mirror_stream, copy, end,
					&run->mirror_stream);
	H1_MUST(r == 0);
	sel_head_free(copy);
	h1_collect(run);
}

static inline void h1_mirror_data(struct h1_run *run, const void *p, size_t n)
{
	const char *at = p;

	while (run->mirroring && n > 0) {
		ssize_t took = run->mirror->ops->send_data(run->mirror, run->mirror_stream, at, n);

		H1_MUST(took > 0 && (size_t)took <= n);
		at += took;
		n -= (size_t)took;
		h1_collect(run);
	}
}

static inline void h1_mirror_end(struct h1_run *run, const struct sel_headers *trailers)
{
	if (!run->mirroring)
		return;
	H1_MUST(run->mirror->ops->send_end(run->mirror, run->mirror_stream, trailers) == 0);
	h1_collect(run);
}

/* The mirrored request is answered, so that the next can be written. */
static inline void h1_mirror_next(struct h1_run *run)
{
	static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\n";

	if (run->mirroring && run->server)
		h1_feed_all(run->mirror, answer, sizeof answer - 1);
}

/* --- the two roles --- */

static inline int h1_answer(struct h1_run *run, uint32_t stream, bool upgrade)
{
	struct sel_codec *c = run->codec;
	struct sel_head head = {.status = upgrade ? 101 : 200, .length = 2};

	if (upgrade)
		run->mirroring = false;
	if (c->ops->send_head(c, stream, &head, false, NULL) < 0)
		return -EIO;
	H1_MUST(c->ops->send_data(c, stream, "ok", 2) == 2);
	if (upgrade)
		return 0;
	H1_MUST(c->ops->send_end(c, stream, NULL) == 0);
	return 0;
}

static inline int h1_ask_once(struct h1_run *run)
{
	static const char *const method[H1_ASK_N] = {"GET", "HEAD", "POST", "POST", "GET"};
	struct sel_codec *c = run->codec;
	struct sel_head head = {.method = (char *)method[run->ask],
				.authority = (char *)"a.test",
				.target = (char *)"/",
				.upgrade = run->ask == H1_WEBSOCKET ? (char *)"websocket" : NULL,
				.expect = run->ask == H1_EXPECT};
	bool body = run->ask == H1_POST || run->ask == H1_EXPECT;

	head.length = body ? 2 : 0;
	H1_MUST(c->ops->can_open(c));
	H1_MUST(c->ops->send_head(c, 0, &head, !body, &run->stream) == 0);
	if (run->mirroring) {
		h1_feed_all(run->mirror, (const char *)sel_buffer_at(&c->out), c->out.n);
		run->mirror_stream = run->stream;
	}
	sel_buffer_take(&c->out, c->out.n);
	if (!body)
		return 0;
	H1_MUST(c->ops->send_data(c, run->stream, "hi", 2) == 2);
	H1_MUST(c->ops->send_end(c, run->stream, NULL) == 0);
	if (run->mirroring)
		h1_feed_all(run->mirror, (const char *)sel_buffer_at(&c->out), c->out.n);
	sel_buffer_take(&c->out, c->out.n);
	return 0;
}

static inline int h1_over(struct h1_run *run, uint32_t stream, bool upgrade)
{
	h1_mirror_next(run);
	return run->server ? h1_answer(run, stream, upgrade) : 0;
}

/* --- events --- */

static inline int h1_on_head(void *ctx, uint32_t stream, struct sel_head *head, bool end)
{
	struct h1_run *run = ctx;
	bool upgrade = head->upgrade && head->method;
	int r = 0;

	run->events++;
	H1_MUST(run->server == (head->status == 0));
	H1_MUST(!head->upgrade || strcmp(head->upgrade, "websocket") == 0);
	h1_log_head(run, head, end);
	h1_mirror_head(run, head, end);
	sel_head_free(head);
	if (end)
		r = h1_over(run, stream, upgrade);
	return r;
}

static inline int h1_on_data(void *ctx, uint32_t stream, const void *p, size_t n)
{
	struct h1_run *run = ctx;

	run->events++;
	H1_MUST(n > 0);
	if (!run->in_data)
		fputs("< ", run->log);
	run->in_data = true;
	fwrite(p, 1, n, run->log);
	h1_mirror_data(run, p, n);
	run->codec->ops->consumed(run->codec, stream, n);
	return 0;
}

static inline int h1_on_end(void *ctx, uint32_t stream, struct sel_headers *trailers)
{
	struct h1_run *run = ctx;

	run->events++;
	fprintf(run->log, "%send\n", run->in_data ? "\n" : "");
	run->in_data = false;
	h1_log_headers(run, trailers);
	h1_mirror_end(run, trailers);
	if (run->server && run->codec->ops->idle(run->codec))
		return 0;
	/* After an upgrade the other half ends as well. */
	if (run->server && run->codec->ops->send_end(run->codec, stream, NULL) == 0)
		return 0;
	return h1_over(run, stream, false);
}

static inline void h1_on_reset(void *ctx, uint32_t stream, uint32_t code)
{
	(void)ctx, (void)stream, (void)code;
	abort(); /* HTTP/1.1 has none */
}

static inline void h1_on_writable(void *ctx, uint32_t stream)
{
	(void)ctx, (void)stream;
}

static int h1_sink_head(void *ctx, uint32_t stream, struct sel_head *head, bool end)
{
	(void)ctx, (void)stream, (void)end;
	sel_head_free(head);
	return 0;
}

static int h1_sink_data(void *ctx, uint32_t stream, const void *p, size_t n)
{
	struct h1_run *run = ctx;

	(void)p;
	run->mirror->ops->consumed(run->mirror, stream, n);
	return 0;
}

static int h1_sink_end(void *ctx, uint32_t stream, struct sel_headers *trailers)
{
	(void)ctx, (void)stream, (void)trailers;
	return 0;
}

/* --- a run --- */

static inline void h1_open(struct h1_run *run, bool server, enum h1_ask ask)
{
	static const struct sel_codec_events events = {h1_on_head, h1_on_data, h1_on_end,
						       h1_on_reset, h1_on_writable};
	static const struct sel_codec_events sink = {h1_sink_head, h1_sink_data, h1_sink_end,
						     h1_on_reset, h1_on_writable};

	/* Whoever sent its body did not wait, so a "100" is not passed on to it. */
	*run = (struct h1_run){.server = server, .ask = ask, .mirroring = ask != H1_EXPECT};
	run->rewritten.max = (size_t)64 << 20;
	run->log = open_memstream(&run->text, &run->text_n);
	H1_MUST(run->log);
	H1_MUST(sel_http1_new(server, &events, run, &run->codec) == 0);
	H1_MUST(sel_http1_new(!server, &sink, run, &run->mirror) == 0);
	if (!server)
		(void)h1_ask_once(run);
}

static inline void h1_close(struct h1_run *run)
{
	run->codec->ops->free(run->codec);
	run->mirror->ops->free(run->mirror);
	fclose(run->log);
	free(run->text);
	sel_buffer_done(&run->rewritten);
}

/* How many bytes come at once; NULL: all. */
typedef size_t (*h1_cut_fn)(unsigned *seed);

static inline size_t h1_bytewise(unsigned *seed)
{
	(void)seed;
	return 1;
}

static inline size_t h1_at_random(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return 1 + ((*seed >> 16) & (*seed & 0x8000000 ? 0x3f : 3));
}

static inline ssize_t h1_feed_piece(struct h1_run *run, const uint8_t *p, size_t n,
				    const char **why)
{
	/* Its own memory, so that a read beyond it is seen. */
	uint8_t *piece = malloc(n ? n : 1);
	size_t used = 0;
	ssize_t r = 0;

	H1_MUST(piece);
	if (n > 0)
		memcpy(piece, p, n);
	do {
		r = run->codec->ops->feed(run->codec, piece + used, n - used, why);
		H1_MUST(r <= (ssize_t)(n - used));
		used += r > 0 ? (size_t)r : 0;
		sel_buffer_take(&run->codec->out, run->codec->out.n);
	} while (r > 0 && used < n);
	free(piece);
	return r < 0 ? r : (ssize_t)used;
}

/* What was read and how it ended. The text is the run's. */
static inline const char *h1_read(struct h1_run *run, const void *p, size_t n, h1_cut_fn cut,
				  unsigned seed)
{
	const char *why = NULL;
	size_t at = 0;
	ssize_t r = 0;

	while (r >= 0 && at < n) {
		size_t piece = cut ? cut(&seed) : n;

		piece = piece < n - at ? piece : n - at;
		r = h1_feed_piece(run, (const uint8_t *)p + at, piece, &why);
		if (r >= 0 && (size_t)r < piece) {
			r = -EDEADLK; /* it takes nothing, and nothing is open that could end */
			why = "stuck";
		}
		at += r > 0 ? (size_t)r : 0;
	}
	if (r >= 0)
		r = h1_feed_piece(run, NULL, 0, &why);
	H1_MUST(r >= 0 || why);
	fprintf(run->log, "%s%s%s\n", run->in_data ? "\n" : "", r < 0 ? "! " : ".",
		r < 0 ? why : "");
	H1_MUST(r >= 0 || run->codec->ops->closing(run->codec));
	fflush(run->log);
	return run->text;
}

/* How much of the text is about what was read, without the last line: how it ended. */
static inline size_t h1_without_outcome(const struct h1_run *run)
{
	const char *line;

	H1_MUST(run->text_n > 0 && run->text[run->text_n - 1] == '\n');
	line = memrchr(run->text, '\n', run->text_n - 1);
	return line ? (size_t)(line + 1 - run->text) : 0;
}

static inline void h1_same(const struct h1_run *a, size_t a_n, const struct h1_run *b, size_t b_n)
{
	if (a_n == b_n && memcmp(a->text, b->text, a_n) == 0)
		return;
	fprintf(stderr, "one reads\n%.*s---- the other\n%.*s", (int)a_n, a->text, (int)b_n,
		b->text);
	abort();
}

/* However it is cut, the same comes of it; and written again it reads the same. */
static inline void h1_check(bool server, enum h1_ask ask, const void *p, size_t n, unsigned seed)
{
	struct h1_run whole, cut, again;

	h1_open(&whole, server, ask);
	(void)h1_read(&whole, p, n, NULL, 0);
	for (int i = 0; i < 2; i++) {
		h1_open(&cut, server, ask);
		(void)h1_read(&cut, p, n, i ? h1_at_random : h1_bytewise, seed);
		h1_same(&whole, whole.text_n, &cut, cut.text_n);
		h1_close(&cut);
	}
	if (whole.mirroring) {
		h1_open(&again, server, ask);
		(void)h1_read(&again, sel_buffer_at(&whole.rewritten), whole.rewritten.n, NULL, 0);
		h1_same(&whole, h1_without_outcome(&whole), &again, h1_without_outcome(&again));
		h1_close(&again);
	}
	h1_close(&whole);
}
