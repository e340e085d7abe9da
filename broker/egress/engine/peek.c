/* What is spoken on a connection: its first bytes are looked at where they are, so that whoever
 * gets it reads them again. */
#include "engine.h"

#include <ctype.h>
#include <strings.h>
#include <sys/socket.h>

static struct conn *of_ask(struct call *a)
{
	return (struct conn *)((char *)a - offsetof(struct conn, ask));
}

enum spoken { SPOKEN_MORE, SPOKEN_TLS, SPOKEN_HTTP, SPOKEN_H2, SPOKEN_OTHER, SPOKEN_BROKEN };

static bool method_char(uint8_t c)
{
	return isalpha(c) || c == '-' || c == '_';
}

/* "GET /": a method, a space and the beginning of a target. Other protocols have words, too, but
 * not that. */
static enum spoken look_http(const uint8_t *p, size_t n)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	size_t i = 0;

	if (memcmp(p, preface, n < sizeof preface - 1 ? n : sizeof preface - 1) == 0)
		return n < sizeof preface - 1 ? SPOKEN_MORE : SPOKEN_H2;
	while (i < n && i < SEL_METHOD_MAX && method_char(p[i]))
		i++;
	if (i == n && i < SEL_METHOD_MAX)
		return SPOKEN_MORE;
	if (i == 0 || p[i] != ' ')
		return SPOKEN_OTHER;
	if (++i == n)
		return SPOKEN_MORE;
	if (p[i] == '/' || p[i] == '*')
		return SPOKEN_HTTP;
	if (n - i < 5)
		return strncasecmp((const char *)p + i, "http:", n - i) == 0 ? SPOKEN_MORE
									     : SPOKEN_OTHER;
	return strncasecmp((const char *)p + i, "http:", 5) == 0 ||
			       strncmp((const char *)p, "CONNECT ", 8) == 0
		       ? SPOKEN_HTTP
		       : SPOKEN_OTHER;
}

static enum spoken look(const uint8_t *p, size_t n, struct sel_hello *hello)
{
	int r;

	if (p[0] != 0x16)
		return look_http(p, n);
	if (n >= 2 && p[1] != 3)
		return SPOKEN_OTHER;
	r = sel_hello_look(p, n, hello);
	return r > 0 ? SPOKEN_TLS : r == 0 && n < SEL_HELLO_MAX ? SPOKEN_MORE : SPOKEN_BROKEN;
}

static void peek_until(struct conn *c, size_t n)
{
	int lowat = (int)n;

	(void)setsockopt(c->link.source.fd, SOL_SOCKET, SO_RCVLOWAT, &lowat, sizeof lowat);
}

static void not_http(struct conn *c);

static const struct sel_net_grant *opaque(struct conn *c, enum sel_net_why *ret_why)
{
	return grants_match(c->engine, c->name, c->port, NULL, c->asked, ret_why);
}

static void pass_on(struct conn *c, const struct sel_net_grant *g)
{
	uint32_t number = g->number;
	int r;

	peek_until(c, 1);
	conn_active(c);
	conn_deadline(c, RELAY_USEC);
	c->state = CONN_RELAY;
	r = relay_start(c, g);
	if (r < 0) {
		conn_refuse(c, SEL_NET_OVERLOAD);
		return;
	}
	conn_decided(c, number, SEL_NET_OK, NULL);
}

static void not_http_answer(struct call *a, enum sel_net_why why, int fd, const char *text)
{
	struct conn *c = of_ask(a);
	const struct sel_net_grant *g;

	(void)text;
	if (fd >= 0)
		(void)close(fd);
	if (why != SEL_NET_OK) {
		conn_refuse(c, why);
		return;
	}
	c->asked = a->was;
	g = opaque(c, &why);
	if (g)
		pass_on(c, g);
	else
		conn_refuse(c, SEL_NET_NOT_HTTP);
}

/* What is passed on unread needs a grant that says so. */
static void not_http(struct conn *c)
{
	enum sel_net_why why;
	const struct sel_net_grant *g = opaque(c, &why);

	if (g) {
		pass_on(c, g);
		return;
	}
	if (!sel_net_askable(SEL_NET_NOT_HTTP)) {
		conn_refuse(c, SEL_NET_NOT_HTTP);
		return;
	}
	timer_stop(&c->engine->loop, &c->timer);
	c->state = CONN_ASKED;
	c->ask.answer = not_http_answer;
	conn_want(c, c->silent ? EPOLLIN | EPOLLRDHUP : 0);
	wire_new(c->engine, SEL_WIRE_ASK, c)->why = SEL_NET_NOT_HTTP;
	call_start(c->engine, &c->ask);
}

/* RFC 6066, 3: no name is sent for a literal address. */
static enum sel_net_why sni_fits(const struct conn *c, const struct sel_hello *h)
{
	if (!h->sni[0])
		return sel_name_is_literal(c->name) ? SEL_NET_OK : SEL_NET_NO_SNI;
	return strcmp(h->sni, c->name) == 0 ? SEL_NET_OK : SEL_NET_HOST;
}

static void spoken_tls(struct conn *c, const struct sel_hello *h)
{
	enum sel_net_why why = sni_fits(c, h);
	const struct sel_net_grant *g;

	if (why != SEL_NET_OK) {
		conn_refuse_tls(c, why);
		return;
	}
	g = opaque(c, &why);
	if (g) {
		pass_on(c, g);
		return;
	}
	if (h->other && !h->h2 && !h->http1) {
		not_http(c);
		return;
	}
	peek_until(c, 1);
	if (sel_tls_accept(c->engine->ca, c->link.source.fd, c->name, true, &c->link.tls) < 0) {
		conn_refuse(c, SEL_NET_OVERLOAD);
		return;
	}
	c->tls = true;
	c->state = CONN_HANDSHAKE;
	conn_deadline(c, HANDSHAKE_USEC);
	conn_handshake(c);
}

static void spoken(struct conn *c, enum spoken what, const struct sel_hello *h)
{
	enum sel_net_why why;

	switch (what) {
	case SPOKEN_TLS:
		spoken_tls(c, h);
		return;
	case SPOKEN_HTTP:
	case SPOKEN_H2:
		if (opaque(c, &why)) {
			not_http(c);
			return;
		}
		peek_until(c, 1);
		conn_serve(c, what == SPOKEN_H2);
		return;
	case SPOKEN_OTHER:
		not_http(c);
		return;
	case SPOKEN_BROKEN:
		conn_refuse_tls(c, SEL_NET_MALFORMED);
		return;
	case SPOKEN_MORE:
		return;
	}
}

/* The beginning of something, and nothing after it. */
void conn_no_more(struct conn *c)
{
	if (c->greets)
		conn_refuse(c, SEL_NET_MALFORMED);
	else
		not_http(c);
}

/* Gone again: nobody is asked about that. Or it only wants to listen. */
static void nothing_said(struct conn *c, bool half)
{
	enum sel_net_why why;
	const struct sel_net_grant *g = half ? opaque(c, &why) : NULL;

	if (g)
		pass_on(c, g);
	else
		conn_close(c);
}

void conn_peek(struct conn *c, uint32_t events)
{
	struct sel_hello hello = {0};
	uint8_t *p = c->engine->scratch;
	ssize_t n = recv(c->link.source.fd, p, SEL_HELLO_MAX, MSG_PEEK | MSG_DONTWAIT);
	enum spoken what;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		nothing_said(c, n == 0);
		return;
	}
	what = look(p, (size_t)n, &hello);
	if (what != SPOKEN_MORE) {
		call_cancel(c->engine, &c->ask); /* a slow start, and not a silent protocol */
		c->silent = false;
		spoken(c, what, &hello);
		return;
	}
	c->greets = p[0] == 0x16;
	if (events & EPOLLRDHUP) {
		conn_no_more(c);
	} else {
		peek_until(c, (size_t)n + 1);
		if (!c->begun && c->state == CONN_PEEK)
			conn_deadline(c, c->greets ? HANDSHAKE_USEC : WORD_USEC);
		c->begun = true;
	}
}

int conn_first_bytes(struct conn *c)
{
	struct sel_hello hello = {0};
	uint8_t *p = c->engine->scratch;
	ssize_t n = recv(c->link.source.fd, p, SEL_HELLO_MAX, MSG_PEEK | MSG_DONTWAIT);
	enum spoken what;

	if (n <= 0)
		return n < 0 && errno == EAGAIN ? 0 : 1; /* the end is the relay's to see */
	what = p[0] == 0x16 ? look(p, (size_t)n, &hello) : SPOKEN_OTHER;
	if (what == SPOKEN_MORE)
		peek_until(c, (size_t)n + 1);
	else
		peek_until(c, 1);
	if (what == SPOKEN_TLS)
		return sni_fits(c, &hello) == SEL_NET_OK ? 1 : -EPERM;
	return what == SPOKEN_MORE ? 0 : what == SPOKEN_BROKEN ? -EPERM : 1;
}

/* The server may be the one to begin. Where that is granted the wait is short; where a question
 * would have to be put it is longer; and where TLS and HTTP are at home nobody is asked at all: it
 * is a connection made ahead of its use. */
void conn_silent(struct conn *c)
{
	struct engine *e = c->engine;
	enum sel_net_why why;
	const struct sel_net_grant *g;

	if (!c->silent) {
		c->silent = true;
		g = opaque(c, &why);
		if (g)
			pass_on(c, g);
		else
			conn_deadline(c, SILENT_ASK_USEC);
		return;
	}
	if (c->port != 443 && c->port != 80 && !grants_http(e, c->name, c->port))
		not_http(c);
	else if (e->loop.now - c->active < HEAD_USEC)
		conn_deadline(c, HEAD_USEC);
	else
		conn_close(c);
}
