/* Moves bytes between a descriptor (perhaps TLS) and a codec. Reads only while whoever gets the
 * bytes has room for them; writes as the codec's buffer fills. */
#include "engine.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#define READS  1 /* a turn: what was read is sent while it is in the cache */
#define WRITES 16

static struct link *of_job(struct job *j)
{
	return (struct link *)((char *)j - offsetof(struct link, job));
}

void link_touch(struct link *l)
{
	if (l->source.fd >= 0)
		job_queue(&l->engine->loop, &l->job);
}

static void lost(struct link *l, int r, const char *why)
{
	if (l->lost)
		return;
	l->lost = true;
	l->ops->lost(l->owner, r, why);
}

/* --- writing --- */

static ssize_t put(struct link *l, const void *p, size_t n)
{
	ssize_t r;

	if (l->tls)
		return sel_tls_write(l->tls, p, n);
	r = send(l->source.fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	return r < 0 ? -errno : r;
}

static bool unsent(const struct link *l)
{
	return l->codec->out.n > 0 || (l->tls && sel_tls_unsent(l->tls));
}

/* 0: all went; -EAGAIN: not now. */
static int write_out(struct link *l)
{
	struct sel_buffer *out = &l->codec->out;
	size_t before = out->n;
	bool kept = l->tls && sel_tls_unsent(l->tls);
	ssize_t r = 0;

	while (unsent(l)) {
		r = put(l, sel_buffer_at(out), out->n);
		if (r < 0)
			break;
		sel_buffer_take(out, (size_t)r);
	}
	if (out->n < before || (kept && !sel_tls_unsent(l->tls))) {
		l->ops->moved(l->owner);
		if (out->n < SEL_OUT_MAX / 4)
			l->ops->drained(l->owner); /* may close it */
	}
	return r < 0 ? (int)r : 0;
}

/* Draining makes room for more, which may go at once. */
static bool flush(struct link *l)
{
	for (int i = 0; i < WRITES && l->codec && unsent(l); i++) {
		int r = write_out(l);

		if (r == -EAGAIN)
			break;
		if (r < 0) {
			lost(l, r, NULL);
			return false;
		}
	}
	return !l->lost && l->source.fd >= 0;
}

/* --- reading --- */

static void free_codec(struct link *l)
{
	if (l->codec)
		l->codec->ops->free(l->codec);
	l->codec = NULL;
	sel_buffer_done(&l->left);
}

/* How much the codec took, < 0: it is over. An event may close the link; the codec then goes when
 * it is out of its own functions. */
static ssize_t feed(struct link *l, const void *p, size_t n)
{
	const char *why = NULL;
	ssize_t r;

	l->feeding = true;
	r = l->codec->ops->feed(l->codec, p, n, &why);
	l->feeding = false;
	if (l->source.fd < 0)
		free_codec(l);
	else if (r < 0 || n == 0)
		lost(l, (int)r, why);
	return l->lost ? -ECANCELED : r;
}

static int feed_left(struct link *l)
{
	while (l->left.n > 0 && !l->ops->paused(l->owner)) {
		ssize_t used = feed(l, sel_buffer_at(&l->left), l->left.n);

		if (used < 0)
			return (int)used;
		if (used == 0)
			break;
		sel_buffer_take(&l->left, (size_t)used);
	}
	return 0;
}

static ssize_t get(struct link *l, void *p, size_t n)
{
	ssize_t r;

	if (l->tls)
		return sel_tls_read(l->tls, p, n);
	r = recv(l->source.fd, p, n, MSG_DONTWAIT);
	return r < 0 ? -errno : r;
}

/* What else there is will be an event. */
static bool emptied(const struct link *l, size_t n)
{
	return l->tls ? sel_tls_dry(l->tls) : n < sizeof l->engine->scratch;
}

static bool readable(const struct link *l)
{
	return l->readable || (l->tls && sel_tls_pending(l->tls));
}

static void at_end(struct link *l, int r)
{
	l->eof = true;
	if (r < 0 || l->left.n > 0) /* what is left will never have its turn */
		lost(l, r < 0 ? r : -EPIPE, NULL);
	else
		(void)feed(l, NULL, 0);
}

/* false: the link is gone, or was said to be. */
static bool read_in(struct link *l)
{
	struct engine *e = l->engine;

	for (int i = 0; i < READS; i++) {
		ssize_t n, used;

		if (l->left.n > 0 || l->eof || !readable(l) || l->ops->paused(l->owner))
			return true;
		n = get(l, e->scratch, sizeof e->scratch);
		if (n == -EAGAIN || (n > 0 && emptied(l, (size_t)n)))
			l->readable = false;
		if (n == -EAGAIN)
			return true;
		if (n <= 0) {
			at_end(l, (int)n);
			return false;
		}
		l->ops->moved(l->owner);
		used = feed(l, e->scratch, (size_t)n);
		if (used < 0)
			return false;
		if (used < n &&
		    sel_buffer_append(&l->left, e->scratch + used, (size_t)(n - used)) < 0) {
			lost(l, -ENOMEM, NULL);
			return false;
		}
	}
	link_touch(l); /* there may be more, and TLS may hold it where epoll cannot see it */
	return true;
}

static uint32_t wanted(struct link *l)
{
	uint32_t want = 0;

	if (l->left.n == 0 && !l->eof && !l->ops->paused(l->owner))
		want |= EPOLLIN;
	if (unsent(l))
		want |= EPOLLOUT;
	return want;
}

/* What the codec's own events could not do. */
static bool pump(struct link *l)
{
	if (l->pump) {
		l->pump = false;
		l->ops->drained(l->owner);
	}
	return !l->lost && l->source.fd >= 0;
}

/* What did not fit into `out` may wait in `left`, and nothing else would tell when it does. */
static bool flush_last(struct link *l)
{
	bool full = l->codec->out.n > SEL_OUT_MAX / 2;

	if (!flush(l))
		return false;
	if (full && l->left.n > 0 && l->codec->out.n <= SEL_OUT_MAX / 2)
		link_touch(l);
	return true;
}

static void one_turn(struct link *l)
{
	if (l->source.fd < 0 || l->lost || !l->codec)
		return;
	/* An upstream may answer and go before all was sent: what it said is read before it shows
	 * that nobody takes the rest. */
	if (!pump(l) || (l->server && !flush(l)) || feed_left(l) < 0 || !read_in(l) || !pump(l) ||
	    !flush_last(l))
		return;
	source_want(&l->engine->loop, &l->source, wanted(l));
	if (l->tls && sel_tls_pending(l->tls) && l->source.want & EPOLLIN)
		link_touch(l);
	if (!unsent(l) && (l->finish || l->codec->ops->closing(l->codec)) &&
	    !l->ops->in_use(l->owner) && !l->ended) {
		l->ended = true;
		l->ops->quiet(l->owner);
	}
}

static void turn(struct link *l)
{
	struct engine *e = l->engine;

	one_turn(l);
	conns_relieve(e);
}

static void turn_later(struct job *j)
{
	turn(of_job(j));
}

void link_ready(struct source *s, uint32_t events)
{
	struct link *l = (struct link *)((char *)s - offsetof(struct link, source));

	/* Not listening, and the peer is gone for good: nothing else would end this. */
	if (events & (EPOLLERR | EPOLLHUP) && !(s->want & EPOLLIN)) {
		lost(l, -EPIPE, NULL);
		return;
	}
	l->readable |= (events & ~(uint32_t)EPOLLOUT) != 0;
	turn(l);
}

/* --- beginning and end --- */

void link_start(struct link *l, struct engine *e, const struct link_ops *ops, void *owner)
{
	l->engine = e;
	l->ops = ops;
	l->owner = owner;
	l->job.run = turn_later;
	l->left.max = 2 * READ_MAX;
	l->readable = true;
}

int link_codec(struct link *l, bool server, bool h2, const struct sel_codec_events *events)
{
	int r = h2 ? sel_http2_new(server, events, l->owner, &l->codec)
		   : sel_http1_new(server, events, l->owner, &l->codec);

	if (r < 0)
		return r;
	l->server = server;
	l->source.ready = link_ready;
	link_touch(l);
	return 0;
}

void socket_prepare(int fd)
{
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
}

void link_last_words(struct link *l)
{
	if (l->codec && l->codec->out.n > 0)
		(void)put(l, sel_buffer_at(&l->codec->out), l->codec->out.n);
}

size_t link_held(const struct link *l)
{
	return l->left.cap + sel_tls_held(l->tls) + (l->codec ? l->codec->ops->held(l->codec) : 0);
}

void link_close(struct link *l, bool reset)
{
	static const struct linger now = {.l_onoff = 1};

	l->lost = true;
	job_drop(&l->engine->loop, &l->job);
	if (l->tls && !reset && l->source.fd >= 0)
		sel_tls_goodbye(l->tls);
	if (reset && l->source.fd >= 0)
		(void)setsockopt(l->source.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	source_close(&l->engine->loop, &l->source);
	sel_tls_free(l->tls);
	l->tls = NULL;
	if (!l->feeding)
		free_codec(l);
}
