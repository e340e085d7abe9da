/* Grants as text again, for the store and for people, and what is left when they are gone. */
#include "grant.h"

#include "seldom/text.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct writer {
	char *to;
	size_t cap, n;
	int r;
	bool clauses; /* there is one already */
};

static void put(struct writer *w, const char *fmt, ...) _printf_(2, 3);
static void put(struct writer *w, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (w->r < 0)
		return;
	va_start(ap, fmt);
	n = vsnprintf(w->to + w->n, w->cap - w->n, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= w->cap - w->n)
		w->r = -ENOSPC;
	else
		w->n += (size_t)n;
}

/* A blank and a word, between "" if it has to be. */
static void word(struct writer *w, const char *fmt, ...) _printf_(2, 3);
static void word(struct writer *w, const char *fmt, ...)
{
	char text[SEL_GRANT_LINE_MAX];
	bool changed = false;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof text) {
		w->r = w->r < 0 ? w->r : -ENOSPC;
		return;
	}
	(void)sel_text_escape(text, (size_t)n, NULL, 0, &changed); /* a backslash too */
	if (changed || strchr(text, '"'))
		w->r = -EINVAL;
	else
		put(w, strpbrk(text, " ;{}#") || n == 0 ? " \"%s\"" : " %s", text);
}

static void clause(struct writer *w, const char *name)
{
	put(w, w->clauses ? "; %s" : " %s", name);
	w->clauses = true;
}

static void clause_word(struct writer *w, const char *name, const char *text)
{
	clause(w, name);
	word(w, "%s", text);
}

/* --- clauses --- */

static void put_http(struct writer *w, const struct sel_net_grant *g)
{
	clause(w, "http");
	for (size_t i = 0; i < g->n_routes; i++) {
		const struct sel_route *route = &g->routes[i];

		if (strchr(route->path, '*') || (route->tail && strchr(route->tail, '*')))
			w->r = -EINVAL;
		word(w, "%s", route->method);
		word(w, "%s%s%s", route->path, route->below ? "*" : "",
		     route->tail ? route->tail : "");
	}
}

static void escape(const char *text, char *to)
{
	static const char as_is[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "-._~+:/,@!$()";

	for (; *text; text++)
		to += sprintf(to, strchr(as_is, *text) ? "%c" : "%%%02X", (unsigned char)*text);
	*to = '\0';
}

static void put_query(struct writer *w, const struct sel_net_grant *g)
{
	if (g->any_query || g->n_queries > 0)
		clause(w, "query");
	if (g->any_query)
		word(w, "*");
	for (size_t i = 0; i < g->n_queries; i++) {
		const struct sel_query *q = &g->queries[i];
		char name[SEL_GRANT_LINE_MAX * 3 + 1], value[SEL_GRANT_LINE_MAX * 3 + 1] = "*";

		if (strlen(q->name) > SEL_GRANT_LINE_MAX ||
		    (q->value && strlen(q->value) > SEL_GRANT_LINE_MAX)) {
			w->r = w->r < 0 ? w->r : -ENOSPC;
			return;
		}
		escape(q->name, name);
		if (q->value)
			escape(q->value, value);
		word(w, "%s=%s", name, value);
	}
}

static const char *source_name(enum sel_cred_source source)
{
	static const char *const names[] = {[SEL_CRED_NONE] = "none",
					    [SEL_CRED_KEYRING] = "keyring",
					    [SEL_CRED_KERNEL] = "kernel",
					    [SEL_CRED_FILE] = "file",
					    [SEL_CRED_VARIABLE] = "variable"};

	return names[source];
}

static void put_credential(struct writer *w, const struct sel_net_grant *g)
{
	if (g->credential == SEL_CRED_NONE)
		return;
	clause(w, "credential");
	word(w, "%s:%s", source_name(g->credential), g->credential_name);
	clause(w, "in");
	for (size_t i = 0; i < g->n_slots; i++) {
		const struct sel_slot *s = &g->slots[i];

		if (s->user)
			word(w, "basic:%s", s->user);
		else if (s->scheme)
			word(w, "header:%s:%s", s->header, s->scheme);
		else
			word(w, "header:%s", s->header);
	}
	if (g->phantom_shape)
		clause_word(w, "phantom", g->phantom_shape);
}

static void put_size(struct writer *w, const char *name, uint64_t size)
{
	static const struct {
		char letter[2];
		uint64_t unit;
	} units[] = {{"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}, {"", 1}};
	size_t i = 0;

	if (size == UINT64_MAX)
		return;
	while (size == 0 ? units[i].unit > 1 : size % units[i].unit != 0)
		i++;
	word(w, "%s<=%" PRIu64 "%s", name, size / units[i].unit, units[i].letter);
}

static void put_limits(struct writer *w, const struct sel_net_grant *g)
{
	if (g->body_max != UINT64_MAX || g->total_max != UINT64_MAX || g->rate || g->type)
		clause(w, "request");
	put_size(w, "body", g->body_max);
	if (g->type)
		word(w, "type=%s", g->type);
	if (g->rate)
		word(w, "rate<=%" PRIu32 "/m", g->rate);
	put_size(w, "total", g->total_max);
	if (g->response_max != UINT64_MAX || g->strip || !g->scan)
		clause(w, "response");
	put_size(w, "body", g->response_max);
	if (!g->scan)
		word(w, "no-scan");
	for (size_t i = 0; g->strip && g->strip[i]; i++)
		put(w, i ? ",%s" : " strip=%s", g->strip[i]);
}

static void put_addresses(struct writer *w, const struct sel_net_grant *g)
{
	if (g->n_addresses > 0)
		clause(w, "address");
	for (size_t i = 0; i < g->n_addresses; i++) {
		const struct sockaddr_in *four = (const struct sockaddr_in *)&g->addresses[i];
		const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&g->addresses[i];
		bool v6 = g->addresses[i].ss_family == AF_INET6;
		uint16_t port = ntohs(v6 ? six->sin6_port : four->sin_port);
		char text[INET6_ADDRSTRLEN];

		if (!inet_ntop(g->addresses[i].ss_family,
			       v6 ? (const void *)&six->sin6_addr : (const void *)&four->sin_addr,
			       text, sizeof text)) {
			w->r = -EINVAL;
			return;
		}
		if (port == 0)
			word(w, "%s", text);
		else
			word(w, v6 ? "[%s]:%u" : "%s:%u", text, port);
	}
}

static void put_expires(struct writer *w, usec_t expires)
{
	usec_t fraction = expires % USEC_PER_SEC;

	clause(w, "expires");
	if (expires == 0 || expires == USEC_INFINITY)
		word(w, expires ? "project" : "session");
	else if (fraction == 0)
		word(w, "@%" PRIu64, expires / USEC_PER_SEC);
	else
		word(w, "@%" PRIu64 ".%06" PRIu64, expires / USEC_PER_SEC, fraction);
}

int sel_grant_line(const struct sel_net_grant *g, char *ret, size_t cap)
{
	struct writer w = {.to = ret, .cap = cap};

	if (!g->name || !g->host)
		return -EINVAL;
	put(&w, "grant %s", g->name);
	clause(&w, "host");
	word(&w, "%s%s", g->wildcard ? "*." : "", g->host);
	if (g->port) {
		clause(&w, "port");
		word(&w, "%u", g->port);
	}
	if (g->n_routes > 0)
		put_http(&w, g);
	put_query(&w, g);
	put_credential(&w, g);
	put_limits(&w, g);
	if (g->websocket)
		clause_word(&w, "upgrade", "websocket");
	if (g->opaque)
		clause_word(&w, "opaque", "yes");
	if (g->plain)
		clause_word(&w, "plain", "yes");
	put_addresses(&w, g);
	if (g->roots)
		clause_word(&w, "roots", g->roots);
	put_expires(&w, g->expires);
	return w.r;
}

/* --- proposals --- */

/* A line is only offered if it reads back. */
static int check_line(const char *line)
{
	struct sel_net_grant *list = NULL;
	size_t n = 0;
	int r = sel_grants_parse("", line, strlen(line), SEL_GRANT_PERSON, 0, &list, &n, NULL);

	sel_net_grants_free(list, n);
	return r < 0 ? r : n == 1 ? 0 : -EINVAL;
}

int sel_grant_propose(const char *name, const char *host, uint16_t port, const char *methods,
		      const char *path, bool below, bool any_query, char *ret, size_t cap)
{
	struct sel_route routes[8];
	struct sel_net_grant g = {.name = (char *)name,
				  .host = (char *)host,
				  .port = port == 443 ? 0 : port,
				  .routes = routes,
				  .any_query = any_query,
				  .body_max = UINT64_MAX,
				  .total_max = UINT64_MAX,
				  .response_max = UINT64_MAX,
				  .scan = true};
	char copy[128], *rest = copy, *method;
	size_t len = strlen(path);
	int r;

	if (strlen(methods) >= sizeof copy || (below && (len == 0 || path[len - 1] != '/')))
		return -EINVAL;
	memcpy(copy, methods, strlen(methods) + 1);
	while ((method = strsep(&rest, ","))) {
		if (g.n_routes == SEL_N(routes))
			return -EINVAL;
		routes[g.n_routes++] =
			(struct sel_route){.method = method, .path = (char *)path, .below = below};
	}
	r = sel_grant_line(&g, ret, cap);
	return r < 0 ? r : check_line(ret);
}

/* --- for people --- */

static void words_host(struct writer *w, const struct sel_net_grant *g)
{
	bool v6 = strchr(g->host, ':');

	put(w, "%s%s%s%s", g->wildcard ? "*." : "", v6 ? "[" : "", g->host, v6 ? "]" : "");
	if (g->port && g->port != 443)
		put(w, ":%u", g->port);
}

static bool same_path(const struct sel_route *a, const struct sel_route *b)
{
	return strcmp(a->path, b->path) == 0 && a->below == b->below && !a->tail == !b->tail &&
	       (!a->tail || strcmp(a->tail, b->tail) == 0);
}

static void words_routes(struct writer *w, const struct sel_net_grant *g, const char *of)
{
	for (size_t i = 0; i < g->n_routes; i++) {
		const struct sel_route *route = &g->routes[i];
		bool any = strcmp(route->method, "*") == 0;

		put(w, "%s", any ? "any method" : route->method);
		if (i + 1 < g->n_routes && same_path(route, route + 1)) {
			put(w, ", ");
			continue;
		}
		put(w, "%s", of);
		words_host(w, g);
		put(w, "%s%s%s%s", route->path, route->below ? "*" : "",
		    route->tail ? route->tail : "", i + 1 < g->n_routes ? "; " : "");
	}
}

void sel_grant_words(const struct sel_net_grant *g, char *ret, size_t cap)
{
	char text[SEL_GRANT_LINE_MAX * 2] = "";
	struct writer w = {.to = text, .cap = sizeof text};

	if (cap == 0)
		return;
	if (g->opaque) {
		put(&w, "anything to ");
		words_host(&w, g);
		put(&w, ", not read");
	} else {
		words_routes(&w, g, " of ");
	}
	if (g->any_query)
		put(&w, ", any query");
	if (g->websocket)
		put(&w, ", WebSocket");
	if (g->plain)
		put(&w, ", also without TLS");
	if (g->credential != SEL_CRED_NONE)
		put(&w, ", with the credential %s:%s", source_name(g->credential),
		    g->credential_name);
	sel_text_escape_message(text, ret, cap);
}

void sel_grant_brief(const struct sel_net_grant *g, char *ret, size_t cap)
{
	char text[SEL_GRANT_LINE_MAX * 2] = "";
	struct writer w = {.to = text, .cap = sizeof text};

	if (cap == 0)
		return;
	if (g->opaque) {
		words_host(&w, g);
		put(&w, ", unread");
	} else {
		words_routes(&w, g, " ");
	}
	if (g->websocket)
		put(&w, ", WebSocket");
	if (g->plain)
		put(&w, ", without TLS");
	sel_text_escape_message(text, ret, cap);
}

/* --- copies and ends --- */

/* In a copy made byte by byte: the text becomes the copy's own, or NULL once memory was out. */
static void own(char **text, int *r)
{
	if (!*text)
		return;
	*text = *r < 0 ? NULL : strdup(*text);
	if (!*text)
		*r = -ENOMEM;
}

/* The same with an array, whose elements are the old ones still. */
static void own_array(void *array, size_t *n, size_t size, int *r)
{
	void *old = *(void **)array, *new = *n > 0 && *r >= 0 ? malloc(*n * size) : NULL;

	if (new)
		memcpy(new, old, *n * size);
	else if (*n > 0)
		*r = -ENOMEM;
	*n = new ? *n : 0;
	*(void **)array = new;
}

static void own_strip(char ***strip, int *r)
{
	size_t n = 0;

	while (*strip && (*strip)[n])
		n++;
	n += *strip != NULL; /* the end */
	own_array(strip, &n, sizeof(char *), r);
	for (size_t i = 0; i < n; i++)
		own(&(*strip)[i], r);
}

int sel_grant_copy(const struct sel_net_grant *g, struct sel_net_grant *ret)
{
	struct sel_net_grant c = *g;
	char **const texts[] = {&c.name,  &c.host, &c.credential_name, &c.phantom_shape, &c.type,
				&c.roots, &c.where};
	int r = 0;

	for (size_t i = 0; i < SEL_N(texts); i++)
		own(texts[i], &r);
	own_array(&c.routes, &c.n_routes, sizeof *c.routes, &r);
	for (size_t i = 0; i < c.n_routes; i++) {
		own(&c.routes[i].method, &r);
		own(&c.routes[i].path, &r);
		own(&c.routes[i].tail, &r);
	}
	own_array(&c.queries, &c.n_queries, sizeof *c.queries, &r);
	for (size_t i = 0; i < c.n_queries; i++) {
		own(&c.queries[i].name, &r);
		own(&c.queries[i].value, &r);
	}
	own_array(&c.slots, &c.n_slots, sizeof *c.slots, &r);
	for (size_t i = 0; i < c.n_slots; i++) {
		own(&c.slots[i].header, &r);
		own(&c.slots[i].scheme, &r);
		own(&c.slots[i].user, &r);
	}
	own_strip(&c.strip, &r);
	own_array(&c.addresses, &c.n_addresses, sizeof *c.addresses, &r);
	if (r < 0)
		sel_grant_done(&c);
	else
		*ret = c;
	return r;
}

void sel_grant_done(struct sel_net_grant *g)
{
	char *const texts[] = {g->name,	 g->host, g->credential_name, g->phantom_shape, g->type,
			       g->roots, g->where};

	for (size_t i = 0; i < SEL_N(texts); i++)
		free(texts[i]);
	for (size_t i = 0; i < g->n_routes; i++) {
		free(g->routes[i].method);
		free(g->routes[i].path);
		free(g->routes[i].tail);
	}
	for (size_t i = 0; i < g->n_queries; i++) {
		free(g->queries[i].name);
		free(g->queries[i].value);
	}
	for (size_t i = 0; i < g->n_slots; i++) {
		free(g->slots[i].header);
		free(g->slots[i].scheme);
		free(g->slots[i].user);
	}
	for (size_t i = 0; g->strip && g->strip[i]; i++)
		free(g->strip[i]);
	free(g->routes);
	free(g->queries);
	free(g->slots);
	free(g->strip);
	free(g->addresses);
	*g = (struct sel_net_grant){0};
}

void sel_net_grants_free(struct sel_net_grant *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sel_grant_done(&list[i]);
	free(list);
}
