/* Does a grant cover a request? On the way of every request: allocates nothing. */
#include "grant.h"

#define UNESCAPE_MAX 5 /* times: who escapes more often than that hides something */

/* --- why not --- */

/* clang-format off */
static const struct {
	const char *code;
	int status;
	bool askable;
	const char *words;
} whys[SEL_NET_WHY_N] = {
	[SEL_NET_OK] = {"ok", 200, false, "allowed"},
	[SEL_NET_UNDECIDED] = {"not-decided", 403, true,
		"nothing is granted for this host"},
	[SEL_NET_NOT_GRANTED] = {"not-granted", 403, true,
		"this method and path are not granted for this host"},
	[SEL_NET_QUERY] = {"query-not-granted", 403, true,
		"this path is granted, but not with these query parameters"},
	[SEL_NET_AMBIGUOUS_PATH] = {"ambiguous-path", 400, false,
		"the path could be read in two ways; send it plain, without dot segments and "
		"encoded slashes"},
	[SEL_NET_METHOD] = {"method-refused", 405, false,
		"CONNECT, TRACE, TRACK and headers that change the method or the path are never "
		"passed on"},
	[SEL_NET_HOST] = {"host-mismatch", 421, false,
		"the request names another host than the connection"},
	[SEL_NET_NO_SNI] = {"no-server-name", 403, false,
		"the TLS greeting names no host; use a client that sends the server name"},
	[SEL_NET_PLAIN] = {"plain-http", 403, true,
		"http without TLS is not granted for this host; use https"},
	[SEL_NET_NOT_HTTP] = {"not-http", 403, true,
		"neither TLS nor HTTP, and no opaque grant for this host"},
	[SEL_NET_PINNED] = {"certificate-pinned", 403, true,
		"the client trusts only certificates of its own; an opaque grant would let it pass "
		"unread"},
	[SEL_NET_FOREIGN] = {"credential-not-owned", 403, false,
		"the request holds a credential that this session did not hand out"},
	[SEL_NET_NO_CREDENTIAL] = {"no-session-credential", 403, false,
		"this host is granted only with the session's credential, and the request has none"},
	[SEL_NET_PHANTOM] = {"credential-of-another-grant", 403, false,
		"the request holds a credential that belongs to another host"},
	[SEL_NET_BODY] = {"body-too-big", 413, false,
		"the body is bigger than the grant allows"},
	[SEL_NET_TYPE] = {"type-not-granted", 415, false,
		"the body is of another type than the grant allows"},
	[SEL_NET_RATE] = {"rate-exceeded", 429, false,
		"more requests a minute than the grant allows"},
	[SEL_NET_TOTAL] = {"total-exceeded", 403, false,
		"this session sent as many bytes as the grant allows"},
	[SEL_NET_RESPONSE] = {"response-too-big", 502, false,
		"the response is bigger than the grant allows"},
	[SEL_NET_UPGRADE] = {"upgrade-not-granted", 403, true,
		"changing the protocol is not granted for this host"},
	[SEL_NET_REFLECTED] = {"credential-reflected", 502, false,
		"the response held the session's credential and was stopped"},
	[SEL_NET_MALFORMED] = {"malformed", 400, false,
		"the request is not well formed"},
	[SEL_NET_ADDRESS] = {"address-refused", 502, false,
		"the name leads to an address that is not public"},
	[SEL_NET_RESOLVE] = {"name-not-found", 502, false,
		"the name has no address"},
	[SEL_NET_DIAL] = {"not-reachable", 502, false,
		"the host did not answer"},
	[SEL_NET_UPSTREAM_TLS] = {"upstream-tls", 502, false,
		"the host could not prove that it is this host"},
	[SEL_NET_UPSTREAM] = {"upstream-failed", 502, false,
		"the host's answer broke off or was not well formed"},
	[SEL_NET_DENIED] = {"denied", 403, false,
		"a person denied this, now or earlier"},
	[SEL_NET_AFTER_SECRET] = {"new-host-after-secret", 403, false,
		"a secret was read in this session, so no new host is reached"},
	[SEL_NET_EXPIRED] = {"grant-expired", 403, true,
		"what was granted for this host is over"},
	[SEL_NET_LITERAL] = {"address-not-granted", 403, false,
		"an address without a name; use the host's name, or a grant for the address"},
	[SEL_NET_OVERLOAD] = {"overload", 503, false,
		"too many connections or streams at once"},
	[SEL_NET_UNKNOWN_CALLER] = {"caller-not-known", 403, false,
		"it is not known which program connected"},
	[SEL_NET_KEYS] = {"credential-missing", 502, false,
		"the session's credential for this host cannot be had"},
	[SEL_NET_UNANSWERED] = {"not-answered", 403, false,
		"a person was asked about this, and nobody answered in time"},
	[SEL_NET_NOT_ASKED] = {"not-asked", 403, false,
		"nobody can be asked about this now; try again later"},
};
/* clang-format on */

/* What is none of them is a denial. */
static enum sel_net_why valid(enum sel_net_why why)
{
	return why < SEL_NET_WHY_N ? why : SEL_NET_DENIED;
}

const char *sel_net_code(enum sel_net_why why)
{
	return whys[valid(why)].code;
}

int sel_net_status(enum sel_net_why why)
{
	return whys[valid(why)].status;
}

const char *sel_net_words(enum sel_net_why why)
{
	return whys[valid(why)].words;
}

bool sel_net_askable(enum sel_net_why why)
{
	return whys[valid(why)].askable;
}

static bool among(const char *const *list, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], text) == 0)
			return true;
	return false;
}

enum sel_net_class sel_net_class(const char *method)
{
	static const char *const reads[] = {"GET", "HEAD", "OPTIONS"};

	return among(reads, SEL_N(reads), method) ? SEL_NET_READ : SEL_NET_WRITE;
}

/* --- targets --- */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that an escape stands for, or -1. `at` ends in NUL somewhere. */
static int escaped(const char *at)
{
	int high = hex(at[1]), low = high < 0 ? -1 : hex(at[2]);

	return low < 0 ? -1 : high * 16 + low;
}

/* Escapes that must not be in a path: what some server takes for the end of a segment, of the path
 * or of a line. 0xc0 and 0xc1 begin overlong forms of these, and no valid UTF-8. */
static bool escape_ok_in_path(int byte)
{
	return byte >= 0x20 && byte != 0x7f && byte != '/' && byte != '\\' && byte != 0xc0 &&
	       byte != 0xc1;
}

/* One '/' written %2f after "@scope": both readings name the same thing below the same prefix. */
static bool scope_slash(const char *segment, const char *at)
{
	return *segment == '@' && at > segment + 1 &&
	       !memchr(segment, '%', (size_t)(at - segment)) && at[3] != '\0' &&
	       !strchr("/?.%;", at[3]);
}

/* Undoes escapes once, in place; what is no escape stays. False: there was none. */
static bool unescape(char *text, size_t *n)
{
	size_t to = 0;

	for (size_t at = 0; at < *n; at++) {
		int byte = text[at] == '%' && at + 2 < *n ? escaped(text + at) : -1;

		text[to++] = byte < 0 ? text[at] : (char)byte;
		at += byte < 0 ? 0 : 2;
	}
	if (to == *n)
		return false;
	*n = to;
	return true;
}

/* Dots and blanks only, one or two of the first, up to ';', as the whole or between slashes. */
static bool has_dots(const char *text, size_t n)
{
	bool other = false, parameters = false;
	size_t count = 0;

	for (size_t i = 0; i <= n; i++) {
		char c = (char)(i < n ? text[i] : '/');

		if (c == '/' || c == '\\') {
			if (!other && (count == 1 || count == 2))
				return true;
			other = parameters = false;
			count = 0;
		} else if (c == ';') {
			parameters = true;
		} else if (!parameters) {
			count += c == '.';
			other |= c != '.' && c != ' ';
		}
	}
	return false;
}

/* Would "." or ".." be in the segment for anybody? Servers, and what stands before them, undo
 * escapes more than once, and take off parameters (;x) and blanks. */
static bool dots(const char *segment, size_t n)
{
	char text[SEL_TARGET_MAX];

	if (!memchr(segment, '.', n) && !memchr(segment, '%', n))
		return false;
	memcpy(text, segment, n);
	for (int round = 0; round < UNESCAPE_MAX; round++) {
		if (has_dots(text, n))
			return true;
		if (!unescape(text, &n))
			return false;
	}
	return true;
}

/* A segment of a path, up to '/', '?' or the end; NULL: not plain. */
static const char *segment_end(const char *segment)
{
	bool scope = false; /* its one %2f was there */
	const char *at = segment;

	while (*at != '\0' && *at != '/' && *at != '?') {
		if (*at < 0x21 || *at > 0x7e || *at == '\\' || *at == '#')
			return NULL;
		if (*at == '%') {
			int byte = escaped(at);

			if (byte == '/' && !scope && scope_slash(segment, at))
				scope = true;
			else if (byte < 0 || !escape_ok_in_path(byte))
				return NULL;
			at += 2;
		}
		at++;
	}
	return dots(segment, (size_t)(at - segment)) ? NULL : at;
}

static bool query_ok(const char *at, const char *end)
{
	for (; at < end; at++) {
		if (*at < 0x21 || *at > 0x7e || *at == '\\' || *at == '#')
			return false;
		if (*at != '%')
			continue;
		if (escaped(at) <= 0)
			return false;
		at += 2;
	}
	return true;
}

int sel_target_check(const char *target, size_t *ret_path_len)
{
	size_t n = strnlen(target, SEL_TARGET_MAX + 1);
	const char *at = target;

	if (n > SEL_TARGET_MAX || *target != '/' || target[1] == '/')
		return -EINVAL;
	while (*at == '/') {
		at = segment_end(at + 1);
		if (!at)
			return -EINVAL;
	}
	if (!query_ok(at, target + n))
		return -EINVAL;
	*ret_path_len = (size_t)(at - target);
	return 0;
}

/* --- routes --- */

/* Escapes are the same in both cases of their digits. */
static bool same_path(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i] == b[i])
			continue;
		if (hex(a[i]) < 0 || hex(a[i]) != hex(b[i]) ||
		    !((i >= 1 && a[i - 1] == '%') || (i >= 2 && a[i - 2] == '%')))
			return false;
	}
	return true;
}

static bool path_covered(const struct sel_route *route, const char *path, size_t n)
{
	size_t head = strlen(route->path), tail = route->tail ? strlen(route->tail) : 0;

	if (!route->below)
		return n == head && same_path(route->path, path, n);
	return n >= head + tail + (tail > 0) && same_path(route->path, path, head) &&
	       (tail == 0 || same_path(route->tail, path + n - tail, tail));
}

static bool route_covered(const struct sel_net_grant *g, const char *method, const char *path,
			  size_t n)
{
	for (size_t i = 0; i < g->n_routes; i++)
		if ((strcmp(g->routes[i].method, "*") == 0 ||
		     strcmp(g->routes[i].method, method) == 0) &&
		    path_covered(&g->routes[i], path, n))
			return true;
	return false;
}

/* --- queries --- */

/* The escaped bytes are `plain`. A '+' is only itself: %2B is another spelling of it for some
 * servers and another character for the rest. */
static bool same_text(const char *at, const char *end, const char *plain)
{
	for (; at < end; at++, plain++) {
		int c = (unsigned char)*at;

		if (c == '%') {
			c = escaped(at);
			at += 2;
			if (c == '+')
				return false;
		}
		if (*plain == '\0' || c != (unsigned char)*plain)
			return false;
	}
	return *plain == '\0';
}

static bool parameter_covered(const struct sel_net_grant *g, const char *at, const char *end)
{
	const char *eq = memchr(at, '=', (size_t)(end - at)), *value;

	value = eq ? eq + 1 : end;
	eq = eq ? eq : end;
	if (memchr(at, ';', (size_t)(end - at))) /* separates parameters for some */
		return false;
	for (size_t i = 0; i < g->n_queries; i++)
		if (same_text(at, eq, g->queries[i].name) &&
		    (!g->queries[i].value || same_text(value, end, g->queries[i].value)))
			return true;
	return false;
}

/* Behind '?': "a=1&b". */
static bool query_covered(const struct sel_net_grant *g, const char *query)
{
	const char *at = query, *end;

	if (g->any_query)
		return true;
	for (;; at = end + 1) {
		end = strchrnul(at, '&');
		if (!parameter_covered(g, at, end))
			return false;
		if (*end == '\0')
			return true;
	}
}

/* --- grants --- */

/* Many servers read '_' and '-' in names alike (RFC 3875, section 4.1.18). */
static bool same_header(const char *name, const char *with_hyphens)
{
	for (; *name && *with_hyphens; name++, with_hyphens++)
		if (*name != *with_hyphens && !(*name == '_' && *with_hyphens == '-'))
			return false;
	return *name == *with_hyphens;
}

/* Headers by which servers let another method, path or host take the place of the request's own. */
static bool overridden(const struct sel_headers *headers)
{
	static const char *const overrides[] = {"x-http-method-override", "x-http-method",
						"x-method-override",	  "x-original-method",
						"x-original-url",	  "x-original-uri",
						"x-original-path",	  "x-rewrite-url",
						"x-forwarded-uri",	  "x-forwarded-path",
						"x-forwarded-prefix",	  "x-forwarded-host",
						"x-original-host",	  "x-host",
						"x-http-host-override",	  "x-forwarded-server",
						"x-override-url",	  "x-envoy-original-path",
						"x-envoy-original-host",  "x-ms-original-url",
						"x-http-destinationurl",  "forwarded"};

	for (size_t i = 0; i < headers->n; i++)
		for (size_t o = 0; o < SEL_N(overrides); o++)
			if (same_header(headers->item[i].name, overrides[o]))
				return true;
	return false;
}

static bool never(const char *method)
{
	static const char *const methods[] = {"CONNECT", "TRACE", "TRACK"};

	for (size_t i = 0; i < SEL_N(methods); i++)
		if (strcasecmp(method, methods[i]) == 0)
			return true;
	return false;
}

static bool speaks_of(const struct sel_net_grant *g, const char *name, uint16_t port)
{
	bool here = g->port ? g->port == port : port == 443 || (port == 80 && g->plain);

	return here && (g->wildcard ? sel_name_below(name, g->host) : strcmp(name, g->host) == 0);
}

/* Without parameters, in any case. */
static bool type_covered(const char *type, const struct sel_headers *headers)
{
	const char *value = sel_headers_get(headers, "content-type");
	size_t n = strlen(type);

	return value && sel_headers_count(headers, "content-type") == 1 &&
	       strncasecmp(value, type, n) == 0 &&
	       (value[n] == '\0' || strchr(" \t;", value[n]) != NULL);
}

/* In the order in which a grant says no: what comes later was nearer to a yes. */
static enum sel_net_why judge(const struct sel_net_grant *g, const struct sel_head *head,
			      size_t path_len, usec_t now)
{
	const char *query = head->target + path_len;

	if (g->expires != 0 && now >= g->expires)
		return SEL_NET_EXPIRED;
	if (head->plain && !g->plain)
		return SEL_NET_PLAIN;
	if (!route_covered(g, head->method, head->target, path_len))
		return SEL_NET_NOT_GRANTED;
	if (*query == '?' && !query_covered(g, query + 1))
		return SEL_NET_QUERY;
	if (head->upgrade && (!g->websocket || strcmp(head->upgrade, "websocket") != 0))
		return SEL_NET_UPGRADE;
	if (g->type && head->length != 0 && !type_covered(g->type, &head->headers))
		return SEL_NET_TYPE;
	if (head->length != SEL_LENGTH_UNKNOWN && head->length > g->body_max)
		return SEL_NET_BODY;
	return SEL_NET_OK;
}

/* Of two reasons the one to say: what may be asked about, then what was nearer. */
static int rank(enum sel_net_why why)
{
	static const enum sel_net_why order[] = {
		SEL_NET_UNDECIDED, SEL_NET_EXPIRED, SEL_NET_PLAIN, SEL_NET_NOT_GRANTED,
		SEL_NET_QUERY,	   SEL_NET_UPGRADE, SEL_NET_TYPE,  SEL_NET_BODY};
	int i = 0;

	while (i < (int)SEL_N(order) && order[i] != why)
		i++;
	return i + (sel_net_askable(why) ? 100 : 0);
}

static const struct sel_net_grant *match_connection(const struct sel_net_grant *list, size_t n,
						    const char *name, uint16_t port, usec_t now,
						    enum sel_net_why *ret_why)
{
	*ret_why = SEL_NET_UNDECIDED;
	for (size_t i = 0; i < n; i++) {
		if (!speaks_of(&list[i], name, port) ||
		    (list[i].expires != 0 && now >= list[i].expires))
			continue;
		if (list[i].opaque) {
			*ret_why = SEL_NET_OK;
			return &list[i];
		}
		*ret_why = SEL_NET_NOT_GRANTED;
	}
	return NULL;
}

const struct sel_net_grant *sel_net_match(const struct sel_net_grant *list, size_t n,
					  const char *name, uint16_t port,
					  const struct sel_head *head, usec_t now,
					  enum sel_net_why *ret_why)
{
	bool spoken = false;
	size_t path_len;

	if (!head)
		return match_connection(list, n, name, port, now, ret_why);
	*ret_why = SEL_NET_METHOD;
	if (never(head->method) || overridden(&head->headers))
		return NULL;
	*ret_why = SEL_NET_AMBIGUOUS_PATH;
	if (sel_target_check(head->target, &path_len) < 0)
		return NULL;
	*ret_why = SEL_NET_UNDECIDED;
	for (size_t i = 0; i < n; i++) {
		enum sel_net_why why;

		if (!speaks_of(&list[i], name, port))
			continue;
		why = judge(&list[i], head, path_len, now);
		if (why == SEL_NET_OK) {
			*ret_why = SEL_NET_OK;
			return &list[i];
		}
		if (!spoken || rank(why) > rank(*ret_why))
			*ret_why = why;
		spoken = true;
	}
	return NULL;
}
