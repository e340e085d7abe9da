/* Who made which connection: put down by the thread that connected, found when it was accepted. */
#include "internal.h"

#include "seldom/hash.h"

#include <arpa/inet.h>
#include <stdio.h>

#define ACCEPT_TIME (60 * USEC_PER_SEC)
#define SWEEP_EVERY (1 * USEC_PER_SEC)
#define SWEEP_ABOVE 256 /* fewer cost nothing worth looking for */

int address_of(const struct sockaddr *sa, socklen_t len, struct address *ret)
{
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;
	struct address a = {.family = AF_INET};

	if (len >= sizeof *in && sa->sa_family == AF_INET) {
		memcpy(a.bytes, &in->sin_addr, sizeof in->sin_addr);
		a.port = ntohs(in->sin_port);
	} else if (len >= sizeof *in6 && sa->sa_family == AF_INET6) {
		bool mapped = IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr);

		a.family = mapped ? AF_INET : AF_INET6;
		memcpy(a.bytes, in6->sin6_addr.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
		a.port = ntohs(in6->sin6_port);
	} else {
		return -EAFNOSUPPORT;
	}
	*ret = a;
	return 0;
}

socklen_t address_put(const struct address *a, struct sockaddr_storage *ret)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(a->port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(a->port)};

	*ret = (struct sockaddr_storage){0};
	if (a->family == AF_INET) {
		memcpy(&in.sin_addr, a->bytes, sizeof in.sin_addr);
		memcpy(ret, &in, sizeof in);
		return sizeof in;
	}
	memcpy(&in6.sin6_addr, a->bytes, sizeof in6.sin6_addr);
	memcpy(ret, &in6, sizeof in6);
	return sizeof in6;
}

void address_name(const struct address *a, char ret[SEL_NAME_MAX])
{
	if (!inet_ntop(a->family, a->bytes, ret, SEL_NAME_MAX))
		ret[0] = '\0';
}

static bool same(const struct address *a, const struct address *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}
_Static_assert(sizeof(struct address) == 20, "no gaps: it is compared as bytes");

/* Ports and addresses are the program's choice, so buckets may be made to collide: that slows down
 * its own connections only, bounded by CALLERS_MAX. */
static size_t bucket(const struct address *a, const struct address *b)
{
	uint64_t h = sel_hash(SEL_HASH_BEGIN, a, sizeof *a);

	if (b)
		h = sel_hash(h, b, sizeof *b);
	return (h >> 32 ^ h) % BUCKETS;
}

uint16_t stand_in(uint16_t port)
{
	return port < STAND_IN ? port : STAND_IN;
}

struct listener *listener_of(struct callers *c, const struct address *to)
{
	return &c->listeners[to->family == AF_INET6][stand_in(to->port)];
}

static struct caller **source_slot(struct callers *c, const struct address *from,
				   const struct address *to)
{
	struct caller **at = &c->source[bucket(from, to)];

	while (*at && !(same(&(*at)->from, from) && same(&(*at)->to, to)))
		at = &(*at)->by_source;
	return at;
}

static void take_out(struct callers *c, struct caller **at)
{
	struct caller *old = *at;

	if (!old)
		return;
	*at = old->by_source;
	c->n--;
	c->unaccepted--;
	free(old);
}

/* A program may connect so that it is never accepted (a handshake that cannot end), or be gone. */
static void sweep(struct callers *c, usec_t now)
{
	if (c->unaccepted < SWEEP_ABOVE || now - c->swept < SWEEP_EVERY)
		return;
	c->swept = now;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct caller **at = &c->source[i]; *at;)
			if (now - (*at)->at > ACCEPT_TIME)
				take_out(c, at);
			else
				at = &(*at)->by_source;
}

int callers_put(struct callers *c, const struct address *from, const struct address *to,
		uint16_t port, const struct sel_net_caller *who, usec_t now)
{
	size_t n = strlen(who->exe) + 1;
	struct caller *new;

	take_out(c, source_slot(c, from, to));
	sweep(c, now);
	if (c->n >= CALLERS_MAX)
		return -ENOBUFS;
	new = malloc(sizeof *new + n);
	if (!new)
		return -ENOMEM;
	*new = (struct caller){.from = *from, .to = *to, .at = now, .port = port, .pid = who->pid};
	(void)snprintf(new->comm, sizeof new->comm, "%s", who->comm);
	memcpy(new->exe, who->exe, n);
	struct caller **at = &c->source[bucket(from, to)];
	new->by_source = *at;
	*at = new;
	c->n++;
	c->unaccepted++;
	return 0;
}

struct caller *callers_find(const struct callers *c, const struct address *from,
			    const struct address *to)
{
	struct caller *w = c->source[bucket(from, to)];

	while (w && !(same(&w->from, from) && same(&w->to, to)))
		w = w->by_source;
	return w;
}

int callers_accepted(struct callers *c, struct caller *who, uint32_t conn, const char *name)
{
	struct caller **at = source_slot(c, &who->from, &who->to);

	who->name = strdup(name);
	if (!who->name)
		return -ENOMEM;
	*at = who->by_source;
	who->by_source = NULL;
	who->conn = conn;
	who->by_conn = c->conn[conn % BUCKETS];
	c->conn[conn % BUCKETS] = who;
	c->unaccepted--;
	return 0;
}

struct caller *callers_conn(const struct callers *c, uint32_t conn)
{
	struct caller *w = c->conn[conn % BUCKETS];

	while (w && w->conn != conn)
		w = w->by_conn;
	return w;
}

void callers_closed(struct callers *c, uint32_t conn)
{
	struct caller **at = &c->conn[conn % BUCKETS];

	while (*at && (*at)->conn != conn)
		at = &(*at)->by_conn;
	if (*at) {
		struct caller *old = *at;

		*at = old->by_conn;
		c->n--;
		free(old->name);
		free(old);
	}
}

void callers_done(struct callers *c)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct caller *w = c->source[i], *next; w; w = next) {
			next = w->by_source;
			free(w);
		}
		for (struct caller *w = c->conn[i], *next; w; w = next) {
			next = w->by_conn;
			free(w->name);
			free(w);
		}
	}
	*c = (struct callers){0};
}
