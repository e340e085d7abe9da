#include "dial.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>

static void set_port(struct sockaddr_storage *ss, uint16_t port)
{
	if (ss->ss_family == AF_INET)
		((struct sockaddr_in *)ss)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)ss)->sin6_port = htons(port);
}

static bool has_port(const struct sockaddr_storage *ss)
{
	return ss->ss_family == AF_INET ? ((const struct sockaddr_in *)ss)->sin_port
					: ((const struct sockaddr_in6 *)ss)->sin6_port;
}

static enum sel_net_why named(const struct sel_net_grant *g, uint16_t port, struct addresses *ret)
{
	ret->named = true;
	for (size_t i = 0; i < g->n_addresses && ret->n < ADDRESSES_MAX; i++) {
		ret->list[ret->n] = g->addresses[i];
		if (!has_port(&ret->list[ret->n]))
			set_port(&ret->list[ret->n], port);
		ret->n++;
	}
	return SEL_NET_OK;
}

static void show(const struct sockaddr *sa, const char *name, const char *why, char *words,
		 size_t cap)
{
	char text[INET6_ADDRSTRLEN] = "?";
	const void *p = sa->sa_family == AF_INET6
				? (const void *)&((const struct sockaddr_in6 *)sa)->sin6_addr
				: (const void *)&((const struct sockaddr_in *)sa)->sin_addr;

	(void)inet_ntop(sa->sa_family, p, text, sizeof text);
	(void)snprintf(words, cap, "%s leads to %s: %s", name, text, why);
}

/* What the guard lets through. */
static enum sel_net_why guard(const struct addrinfo *found, const char *name, struct addresses *ret,
			      char *words, size_t cap)
{
	enum sel_net_why why = SEL_NET_RESOLVE;

	(void)snprintf(words, cap, "%s has no address", name);
	for (const struct addrinfo *a = found; a && ret->n < ADDRESSES_MAX; a = a->ai_next) {
		if (a->ai_family != AF_INET && a->ai_family != AF_INET6)
			continue;
		const char *forbidden = sel_dial_forbidden(a->ai_addr);

		if (forbidden) {
			show(a->ai_addr, name, forbidden, words, cap);
			why = SEL_NET_ADDRESS;
		} else {
			memcpy(&ret->list[ret->n++], a->ai_addr, a->ai_addrlen);
		}
	}
	return ret->n ? SEL_NET_OK : why;
}

enum sel_net_why dial_resolve(const struct sel_net_grant *g, const char *name, uint16_t port,
			      struct addresses *ret, char *words, size_t cap)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_STREAM,
				 .ai_protocol = IPPROTO_TCP,
				 .ai_flags = AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	enum sel_net_why why;
	char service[8];
	int r;

	*ret = (struct addresses){.n = 0};
	if (g->n_addresses)
		return named(g, port, ret);
	if (sel_name_is_literal(name))
		hints.ai_flags |= AI_NUMERICHOST;
	(void)snprintf(service, sizeof service, "%u", port);
	r = getaddrinfo(name, service, &hints, &found);
	if (r != 0) {
		(void)snprintf(words, cap, "%s: %s", name, gai_strerror(r));
		return SEL_NET_RESOLVE;
	}
	why = guard(found, name, ret, words, cap);
	freeaddrinfo(found);
	return why;
}
