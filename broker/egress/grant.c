#include "grant.h"

#include "seldom/text.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#define WORDS_MAX     512 /* of a clause */
#define SHAPE_MAX     64
#define DEFAULT_SHAPE "seldom-"
#define EXPIRES_MAX   ((usec_t)3650 * 86400) /* s */

#define DIGITS "0123456789"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

struct parser {
	const char *name, *at, *end;
	size_t line;
	enum sel_grant_from from;
	usec_t now;
	struct sel_net_grant *list; /* of this text; owned */
	size_t n;
	struct sel_net_grant *g; /* the last of them */
	uint32_t seen;		 /* its clauses, by index */
	char **ret_error;
};

static int fail(struct parser *p, const char *fmt, ...) _printf_(2, 3);
static int fail(struct parser *p, const char *fmt, ...)
{
	_cleanup_free_ char *what = NULL;
	va_list ap;
	int n;

	if (!p->ret_error)
		return -EINVAL;
	va_start(ap, fmt);
	n = vasprintf(&what, fmt, ap);
	va_end(ap);
	if (n < 0 || asprintf(p->ret_error, "%s:%zu: %s", p->name, p->line, what) < 0)
		*p->ret_error = NULL;
	return -EINVAL;
}

/* The same with a piece of the text in it. */
static int fail_text(struct parser *p, const char *what, const char *text, const char *todo)
{
	char safe[125];
	bool cut = sel_text_escape(text, strlen(text), safe, sizeof safe, NULL) >= sizeof safe;

	return fail(p, "%s '%s%s'; %s", what, safe, cut ? "..." : "", todo);
}

static bool only(const char *text, const char *letters)
{
	return *text != '\0' && strspn(text, letters) == strlen(text);
}

/* RFC 9110, 5.6.2 */
static bool is_token(const char *text)
{
	return only(text, LOWER UPPER DIGITS "!#$%&'*+-.^_`|~");
}

static int dup_lower(const char *text, char **ret)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	for (char *c = copy; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
	*ret = copy;
	return 0;
}

static int dup_to(const char *text, char **ret)
{
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

/* One more, all zero, at the end of an array. */
static void *grow(void *array, size_t *n, size_t size)
{
	char *more = reallocarray(array, *n + 1, size);

	if (more)
		memset(more + *n * size, 0, size);
	return more;
}
#define GROW(array, n)                                                                             \
	({                                                                                         \
		__typeof__(array) _more = grow((array), &(n), sizeof *(array));                    \
		if (_more)                                                                         \
			(array) = _more;                                                           \
		_more ? &(array)[(n)++] : NULL;                                                    \
	})

/* --- host and port --- */

static int take_host(struct parser *p, char **w, size_t n)
{
	bool wildcard = strncmp(w[0], "*.", 2) == 0;
	const char *host = w[0] + (wildcard ? 2 : 0);
	char name[SEL_NAME_MAX];

	(void)n;
	if (sel_name_canonical(host, strlen(host), name) < 0)
		return fail_text(p, "not a host:", w[0],
				 "write a name or an address, without scheme, port and path");
	if (wildcard && !sel_name_wildcard_ok(name))
		return fail_text(p, "too wide:", w[0],
				 "a wildcard stands below a name that one owner has");
	p->g->wildcard = wildcard;
	return dup_to(name, &p->g->host);
}

static int take_port(struct parser *p, char **w, size_t n)
{
	unsigned long port = only(w[0], DIGITS) && strlen(w[0]) < 6 ? strtoul(w[0], NULL, 10) : 0;

	(void)n;
	if (port == 0 || port > UINT16_MAX || w[0][0] == '0')
		return fail_text(p, "not a port:", w[0], "write a number from 1 to 65535");
	p->g->port = (uint16_t)port;
	return 0;
}

static int take_address(struct parser *p, char **w, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(w[i]);
		struct sockaddr_storage *a;
		char name[SEL_NAME_MAX];
		uint16_t port = 0;

		if ((sel_name_canonical(w[i], len, name) < 0 &&
		     sel_name_authority(w[i], len, 0, name, &port) < 0) ||
		    !sel_name_is_literal(name))
			return fail_text(p, "not an address:", w[i],
					 "write 203.0.113.7, 203.0.113.7:443, 2001:db8::7 or "
					 "[2001:db8::7]:443");
		a = GROW(p->g->addresses, p->g->n_addresses);
		if (!a)
			return -ENOMEM;
		if (strchr(name, ':')) {
			struct sockaddr_in6 *six = (struct sockaddr_in6 *)a;

			six->sin6_family = AF_INET6;
			six->sin6_port = htons(port);
			(void)inet_pton(AF_INET6, name, &six->sin6_addr);
		} else {
			struct sockaddr_in *four = (struct sockaddr_in *)a;

			four->sin_family = AF_INET;
			four->sin_port = htons(port);
			(void)inet_pton(AF_INET, name, &four->sin_addr);
		}
	}
	return 0;
}

/* --- requests --- */

static bool method_ok(const char *method)
{
	static const char *const never[] = {"CONNECT", "TRACE", "TRACK"};

	for (size_t i = 0; i < SEL_N(never); i++)
		if (strcmp(method, never[i]) == 0)
			return false;
	return strcmp(method, "*") == 0 ||
	       (only(method, UPPER "-") && strlen(method) < SEL_METHOD_MAX);
}

/* PATH, PREFIX* or PREFIX*TAIL, in the form that a request's path must have. */
static int split_path(struct parser *p, char *text, struct sel_route *route)
{
	char *star = strchr(text, '*'), *tail = NULL;
	size_t len;
	int r;

	if (star)
		*star = 'x'; /* any letter: the rest must be fine around it */
	r = strchr(text, '*') ? -EINVAL : sel_target_check(text, &len);
	if (star)
		*star = '*';
	if (r < 0 || len != strlen(text))
		return fail_text(p, "not a path:", text,
				 "write it as requests do, from the first / on, without query, "
				 "and with one * at most");
	if (star) {
		*star = '\0';
		tail = star[1] ? star + 1 : NULL;
	}
	route->below = star != NULL;
	route->path = strdup(text);
	route->tail = tail ? strdup(tail) : NULL;
	if (star)
		*star = '*';
	return route->path && (!tail || route->tail) ? 0 : -ENOMEM;
}

static int take_route(struct parser *p, const char *method, char *path)
{
	struct sel_route *route;

	if (!method_ok(method))
		return fail_text(p, "not a method:", method,
				 "write it in capitals, or * for all but CONNECT, TRACE and TRACK");
	route = GROW(p->g->routes, p->g->n_routes);
	if (!route)
		return -ENOMEM;
	route->method = strdup(method);
	return route->method ? split_path(p, path, route) : -ENOMEM;
}

static int take_http(struct parser *p, char **w, size_t n)
{
	int r = 0;

	if (n % 2 != 0)
		return fail_text(p, "a method without a path, or the other way:", w[n - 1],
				 "write pairs as in 'http GET /v1/models POST /v1/messages'");
	for (size_t i = 0; r >= 0 && i < n; i += 2) {
		char *methods = w[i], *method;

		do {
			method = strsep(&methods, ",");
			r = take_route(p, method, w[i + 1]);
		} while (r >= 0 && methods);
	}
	return r;
}

static int hex(char c)
{
	static const char digits[] = DIGITS "abcdef" DIGITS "ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)((at - digits) % 16) : -1;
}

/* In place. A '+' stays one and is not written %2B: some servers read a blank in it, and a grant is
 * for one spelling. */
static int unescape(char *text)
{
	char *to = text;

	for (const char *c = text; *c; c++) {
		int high, low;

		if (*c == '&' || *c == ';' || *c == '#')
			return -EINVAL;
		if (*c != '%') {
			*to++ = *c;
			continue;
		}
		high = hex(c[1]);
		low = high < 0 ? -1 : hex(c[2]);
		if (low < 0 || (high == 0 && low == 0) || high * 16 + low == '+')
			return -EINVAL;
		*to++ = (char)(high * 16 + low);
		c += 2;
	}
	*to = '\0';
	return 0;
}

static int take_query(struct parser *p, char **w, size_t n)
{
	if (n == 1 && strcmp(w[0], "*") == 0) {
		p->g->any_query = true;
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		char *value = strchr(w[i], '=');
		struct sel_query *q;
		bool any = value && strcmp(value, "=*") == 0;

		if (!value || value == w[i] || (!any && strchr(value, '*')))
			return fail_text(p, "not a parameter:", w[i],
					 "write NAME=VALUE, NAME=* for any value, or 'query *'");
		*value++ = '\0';
		if (unescape(w[i]) < 0 || unescape(value) < 0)
			return fail_text(p, "no plain parameter:", w[i],
					 "write it as in a request: blanks as %20, + as it is");
		q = GROW(p->g->queries, p->g->n_queries);
		if (!q)
			return -ENOMEM;
		q->name = strdup(w[i]);
		q->value = any ? NULL : strdup(value);
		if (!q->name || (!any && !q->value))
			return -ENOMEM;
	}
	return 0;
}

/* --- credentials --- */

static bool clean_path(const char *text)
{
	const char *at = text;

	if (*text != '/' || strlen(text) >= PATH_MAX)
		return false;
	while (*at == '/') {
		size_t n = strcspn(++at, "/");

		if (n == 0 || (n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.'))
			return false;
		at += n;
	}
	return true;
}

/* Or below the home of whoever runs seldom: kept as it stands, looked up when it is read. */
static bool credential_path(const char *text)
{
	return clean_path(*text == '~' ? text + 1 : text);
}

static bool variable(const char *text)
{
	return only(text, LOWER UPPER DIGITS "_") && !(*text >= '0' && *text <= '9');
}

static bool words(const char *text)
{
	return *text != '\0';
}

static int take_credential(struct parser *p, char **w, size_t n)
{
	static const struct {
		const char *begins;
		enum sel_cred_source source;
		bool (*ok)(const char *name);
	} sources[] = {{"keyring:", SEL_CRED_KEYRING, words},
		       {"kernel:", SEL_CRED_KERNEL, words},
		       {"file:", SEL_CRED_FILE, credential_path},
		       {"variable:", SEL_CRED_VARIABLE, variable}};

	(void)n;
	for (size_t i = 0; i < SEL_N(sources); i++) {
		size_t len = strlen(sources[i].begins);

		if (strncmp(w[0], sources[i].begins, len) != 0 || !sources[i].ok(w[0] + len))
			continue;
		p->g->credential = sources[i].source;
		return dup_to(w[0] + len, &p->g->credential_name);
	}
	return fail_text(p, "not a place of a credential:", w[0],
			 "write keyring:SERVICE, kernel:DESCRIPTION, file:/PATH, file:~/PATH or "
			 "variable:NAME");
}

/* Headers that frame or address a message, or that may hold several credentials at once. */
static bool slot_header_ok(const char *header)
{
	static const char *const never[] = {
		"host",		"content-length", "transfer-encoding", "connection",
		"te",		"trailer",	  "upgrade",	       "proxy-authorization",
		"cookie",	"keep-alive",	  "http2-settings",    "proxy-connection",
		"content-type", "expect"};

	for (size_t i = 0; i < SEL_N(never); i++)
		if (strcmp(header, never[i]) == 0)
			return false;
	return is_token(header);
}

static int fail_slot(struct parser *p, const char *text)
{
	return fail_text(p, "not a place in a request:", text,
			 "write header:NAME, header:NAME:SCHEME or basic:USER");
}

static int take_header_slot(struct parser *p, const char *text, struct sel_slot *slot)
{
	char *scheme;
	int r = dup_lower(text + strlen("header:"), &slot->header);

	if (r < 0)
		return r;
	scheme = strchr(slot->header, ':');
	if (scheme)
		*scheme = '\0';
	if (!slot_header_ok(slot->header))
		return fail_slot(p, text);
	if (!scheme)
		return 0;
	scheme = strrchr(text, ':') + 1;
	if (!only(scheme, LOWER UPPER DIGITS "-") || strcasecmp(scheme, "Basic") == 0 ||
	    strlen(scheme) != strlen(text) - strlen("header:") - strlen(slot->header) - 1)
		return fail_slot(p, text);
	return dup_to(scheme, &slot->scheme);
}

static int take_basic_slot(struct parser *p, const char *text, struct sel_slot *slot)
{
	const char *user = text + strlen("basic:");

	if (strchr(user, ':'))
		return fail_slot(p, text);
	slot->header = strdup("authorization");
	slot->scheme = strdup("Basic");
	slot->user = strdup(user);
	return slot->header && slot->scheme && slot->user ? 0 : -ENOMEM;
}

static int take_in(struct parser *p, char **w, size_t n)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++) {
		struct sel_slot *slot = GROW(p->g->slots, p->g->n_slots);

		if (!slot)
			return -ENOMEM;
		if (strncmp(w[i], "header:", 7) == 0)
			r = take_header_slot(p, w[i], slot);
		else if (strncmp(w[i], "basic:", 6) == 0)
			r = take_basic_slot(p, w[i], slot);
		else
			r = fail_slot(p, w[i]);
	}
	return r;
}

static int take_phantom(struct parser *p, char **w, size_t n)
{
	(void)n;
	if (!only(w[0], LOWER UPPER DIGITS "._-") || strlen(w[0]) > SHAPE_MAX)
		return fail_text(p, "no beginning of a phantom:", w[0],
				 "use up to 64 letters, digits, '.', '_' and '-'");
	return dup_to(w[0], &p->g->phantom_shape);
}

/* --- limits --- */

static int take_size(struct parser *p, const char *text, uint64_t *ret)
{
	static const struct {
		const char *suffix;
		uint64_t unit;
	} units[] = {{"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}};
	size_t digits = strspn(text, DIGITS);

	for (size_t i = 0; digits > 0 && digits < 12 && i < SEL_N(units); i++) {
		if (strcmp(text + digits, units[i].suffix) != 0 ||
		    __builtin_mul_overflow(strtoull(text, NULL, 10), units[i].unit, ret))
			continue;
		return 0;
	}
	return fail_text(p, "not a size:", text, "write bytes, or a number with K, M or G");
}

static int take_request_body(struct parser *p, const char *value)
{
	return take_size(p, value, &p->g->body_max);
}

static int take_total(struct parser *p, const char *value)
{
	return take_size(p, value, &p->g->total_max);
}

static int take_response_body(struct parser *p, const char *value)
{
	return take_size(p, value, &p->g->response_max);
}

static int take_rate(struct parser *p, const char *value)
{
	size_t digits = strspn(value, DIGITS);
	unsigned long rate = digits > 0 && digits < 9 ? strtoul(value, NULL, 10) : 0;

	if (rate == 0 || strcmp(value + digits, "/m") != 0)
		return fail_text(p, "not a rate:", value, "write requests a minute, as 60/m");
	p->g->rate = (uint32_t)rate;
	return 0;
}

static int take_type(struct parser *p, const char *value)
{
	char *slash;
	int r = dup_lower(value, &p->g->type);

	if (r < 0)
		return r;
	slash = strchr(p->g->type, '/');
	if (slash) {
		*slash = '\0';
		r = is_token(p->g->type) && is_token(slash + 1) ? 0 : -EINVAL;
		*slash = '/';
	}
	return slash && r >= 0 && !strchr(value, '*')
		       ? 0
		       : fail_text(p, "not a media type:", value,
				   "write it as application/json, without parameters");
}

static int take_strip(struct parser *p, const char *value)
{
	_cleanup_free_ char *copy = NULL;
	char *rest, *header;
	size_t n = 0;
	int r = dup_lower(value, &copy);

	for (rest = copy; r >= 0 && (header = strsep(&rest, ","));) {
		char **more;

		if (!is_token(header))
			return fail_text(p, "not a list of headers:", value,
					 "write names with commas between, as set-cookie,alt-svc");
		more = reallocarray(p->g->strip, n + 2, sizeof *more);
		if (!more)
			return -ENOMEM;
		p->g->strip = more;
		more[n + 1] = NULL;
		more[n] = strdup(header);
		r = more[n++] ? 0 : -ENOMEM;
	}
	return r;
}

static int take_no_scan(struct parser *p, const char *value)
{
	if (*value != '\0')
		return fail_text(p, "something behind no-scan:", value, "remove it");
	p->g->scan = false;
	return 0;
}

struct option {
	const char *begins;
	int (*take)(struct parser *p, const char *value);
};

static int take_options(struct parser *p, char **w, size_t n, const struct option *options,
			size_t n_options, const char *todo)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < n; i++) {
		size_t o = 0;
		int r;

		while (o < n_options &&
		       strncmp(w[i], options[o].begins, strlen(options[o].begins)) != 0)
			o++;
		if (o == n_options)
			return fail_text(p, "unknown limit", w[i], todo);
		if (seen & 1u << o)
			return fail_text(p, "set twice:", w[i], "keep one of the two");
		seen |= 1u << o;
		r = options[o].take(p, w[i] + strlen(options[o].begins));
		if (r < 0)
			return r;
	}
	return 0;
}

static int take_request(struct parser *p, char **w, size_t n)
{
	static const struct option options[] = {{"body<=", take_request_body},
						{"type=", take_type},
						{"rate<=", take_rate},
						{"total<=", take_total}};

	return take_options(p, w, n, options, SEL_N(options),
			    "limits of requests are body<=SIZE, type=TYPE, rate<=N/m, total<=SIZE");
}

static int take_response(struct parser *p, char **w, size_t n)
{
	static const struct option options[] = {
		{"body<=", take_response_body}, {"strip=", take_strip}, {"no-scan", take_no_scan}};

	return take_options(p, w, n, options, SEL_N(options),
			    "limits of responses are body<=SIZE, strip=NAME,NAME and no-scan");
}

/* --- the rest --- */

static int take_switch(struct parser *p, const char *value, const char *on, const char *off,
		       bool *ret)
{
	if (strcmp(value, on) != 0 && strcmp(value, off) != 0)
		return fail(p, "neither %s nor %s; write one of them", on, off);
	*ret = strcmp(value, on) == 0;
	return 0;
}

static int take_upgrade(struct parser *p, char **w, size_t n)
{
	(void)n;
	return take_switch(p, w[0], "websocket", "none", &p->g->websocket);
}

static int take_opaque(struct parser *p, char **w, size_t n)
{
	(void)n;
	return take_switch(p, w[0], "yes", "no", &p->g->opaque);
}

static int take_plain(struct parser *p, char **w, size_t n)
{
	(void)n;
	return take_switch(p, w[0], "yes", "no", &p->g->plain);
}

static int take_roots(struct parser *p, char **w, size_t n)
{
	(void)n;
	if (!clean_path(w[0]))
		return fail_text(p, "not a whole, plain path:", w[0],
				 "write it from / on, without '.', '..' and '//'");
	return dup_to(w[0], &p->g->roots);
}

/* "2026-12-31": to the end of that day, UTC. */
static bool parse_date(const char *text, usec_t *ret)
{
	static const char shape[] = "0000-00-00";
	struct tm tm = {0}, back;
	time_t t;

	for (size_t i = 0; i < sizeof shape; i++)
		if (shape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i])
			return false;
	tm.tm_year = atoi(text) - 1900;
	tm.tm_mon = atoi(text + 5) - 1;
	tm.tm_mday = atoi(text + 8);
	back = tm;
	t = timegm(&back);
	if (t < 0 || tm.tm_year < 70 || back.tm_mon != tm.tm_mon || back.tm_mday != tm.tm_mday)
		return false;
	*ret = ((usec_t)t + 86400) * USEC_PER_SEC;
	return true;
}

/* "@SECONDS" or "@SECONDS.MICROSECONDS" */
static bool parse_instant(const char *text, usec_t *ret)
{
	size_t n = strspn(text + (*text == '@'), DIGITS);
	const char *rest = text + 1 + n;
	usec_t fraction = 0;

	if (*text != '@' || n == 0 || n > 12)
		return false;
	if (*rest == '.') {
		if (!only(rest + 1, DIGITS) || strlen(rest + 1) != 6)
			return false;
		fraction = strtoull(rest + 1, NULL, 10);
	} else if (*rest != '\0') {
		return false;
	}
	*ret = strtoull(text + 1, NULL, 10) * USEC_PER_SEC + fraction;
	return *ret > 0;
}

/* From now, to the second. */
static bool parse_span(const char *text, usec_t now, usec_t *ret)
{
	static const struct {
		const char *suffix;
		usec_t unit;
	} units[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
	size_t digits = strspn(text, DIGITS);
	usec_t n = digits > 0 && digits < 10 ? strtoull(text, NULL, 10) : 0;

	for (size_t i = 0; n > 0 && i < SEL_N(units); i++)
		if (strcmp(text + digits, units[i].suffix) == 0 &&
		    n * units[i].unit <= EXPIRES_MAX) {
			*ret = (now / USEC_PER_SEC + n * units[i].unit) * USEC_PER_SEC;
			return true;
		}
	return false;
}

static int take_expires(struct parser *p, char **w, size_t n)
{
	usec_t *expires = &p->g->expires;

	(void)n;
	if (strcmp(w[0], "session") == 0)
		*expires = 0;
	else if (strcmp(w[0], "project") == 0)
		*expires = USEC_INFINITY;
	else if (!parse_date(w[0], expires) && !parse_instant(w[0], expires) &&
		 !parse_span(w[0], p->now, expires))
		return fail_text(p, "not a time:", w[0],
				 "write 2026-12-31, 30d, 12h, 10m, session or project");
	return 0;
}

/* --- clauses --- */

enum clause_index {
	HOST,
	PORT,
	HTTP,
	QUERY,
	CREDENTIAL,
	IN,
	PHANTOM,
	REQUEST,
	RESPONSE,
	UPGRADE,
	OPAQUE,
	PLAIN,
	ADDRESS,
	ROOTS,
	EXPIRES,
	CLAUSE_N,
};
static const struct clause {
	const char *name;
	size_t max;  /* words */
	bool opaque; /* means something for a connection that is not read */
	int (*take)(struct parser *p, char **w, size_t n);
} clauses[CLAUSE_N] = {
	[HOST] = {"host", 1, true, take_host},
	[PORT] = {"port", 1, true, take_port},
	[HTTP] = {"http", WORDS_MAX, false, take_http},
	[QUERY] = {"query", 64, false, take_query},
	[CREDENTIAL] = {"credential", 1, false, take_credential},
	[IN] = {"in", 8, false, take_in},
	[PHANTOM] = {"phantom", 1, false, take_phantom},
	[REQUEST] = {"request", 4, false, take_request},
	[RESPONSE] = {"response", 3, false, take_response},
	[UPGRADE] = {"upgrade", 1, false, take_upgrade},
	[OPAQUE] = {"opaque", 1, true, take_opaque},
	[PLAIN] = {"plain", 1, false, take_plain},
	[ADDRESS] = {"address", 16, true, take_address},
	[ROOTS] = {"roots", 1, false, take_roots},
	[EXPIRES] = {"expires", 1, true, take_expires},
};
#define SEEN(p, clause) (((p)->seen & 1u << (clause)) != 0)

static int take_clause(struct parser *p, char **w, size_t n)
{
	size_t i = 0;

	if (n == 0 || !w[0])
		return fail(p, "a clause is empty; it has a name and words");
	while (i < CLAUSE_N && strcmp(w[0], clauses[i].name) != 0)
		i++;
	if (i == CLAUSE_N)
		return fail_text(p, "unknown word", w[0],
				 "a grant has host, port, http, query, credential, in, phantom, "
				 "request, response, upgrade, opaque, plain, address, roots and "
				 "expires");
	if (SEEN(p, i))
		return fail_text(p, "given twice:", w[0], "put both into one");
	p->seen |= 1u << i;
	if (n < 2)
		return fail_text(p, "nothing behind", w[0], "write what it is, or remove it");
	if (n - 1 > clauses[i].max)
		return fail_text(p, "too much behind", w[0], "remove what does not belong to it");
	return clauses[i].take(p, w + 1, n - 1);
}

/* What single clauses cannot know. */
static int check_grant(struct parser *p)
{
	const struct sel_net_grant *g = p->g;
	const bool credential = g->credential != SEL_CRED_NONE;
	char line[SEL_GRANT_LINE_MAX];
	const struct {
		bool broken;
		const char *what;
	} rules[] = {
		{!SEEN(p, HOST), "no host; say which one"},
		{!SEEN(p, HTTP) && !g->opaque, "it grants nothing; add http METHOD PATH"},
		{g->wildcard && credential,
		 "a credential for a wildcard; name the one host that may get it"},
		{g->plain && credential, "a credential without TLS; remove one of them"},
		{credential != SEEN(p, IN), "credential and in go together; add the other"},
		{!credential && SEEN(p, PHANTOM), "a phantom of no credential; remove it"},
	};

	for (size_t i = 0; i < SEL_N(rules); i++)
		if (rules[i].broken)
			return fail(p, "grant %s: %s", g->name, rules[i].what);
	for (size_t i = 0; g->opaque && i < CLAUSE_N; i++)
		if (SEEN(p, i) && !clauses[i].opaque)
			return fail(p,
				    "grant %s: opaque is not read, so '%s' cannot hold; "
				    "remove one of them",
				    g->name, clauses[i].name);
	if (sel_grant_line(g, line, sizeof line) < 0)
		return fail(p, "grant %s: longer than %d bytes; make two of it", g->name,
			    SEL_GRANT_LINE_MAX);
	return 0;
}

/* --- words --- */

enum token { WORD, SEMICOLON, LINE_END, OPEN, CLOSE, STOP };

static int take_token(struct parser *p, const char *from, size_t n, char **ret)
{
	bool changed;

	if (memchr(from, '\\', n))
		return fail(p, "a backslash; remove it");
	(void)sel_text_escape(from, n, NULL, 0, &changed);
	if (changed)
		return fail(p, "a character that is not shown as itself; remove it");
	*ret = strndup(from, n);
	return *ret ? WORD : -ENOMEM;
}

/* "..." with anything in it but '"' and a line's end. */
static int quoted(struct parser *p, char **ret)
{
	const char *from = ++p->at;

	while (p->at < p->end && *p->at != '"' && *p->at != '\n')
		p->at++;
	if (p->at == p->end || *p->at != '"')
		return fail(p, "no second \" in this line; close the word");
	p->at++;
	if (p->at < p->end && !strchr(" \t\n;{}", *p->at))
		return fail(p, "something right behind a second \"; put a blank between");
	return take_token(p, from, (size_t)(p->at - 1 - from), ret);
}

static int bare(struct parser *p, char **ret)
{
	const char *from = p->at;

	while (p->at < p->end && !strchr(" \t\n;", *p->at)) {
		if (strchr("\"{}", *p->at))
			return fail(p, "a '%c' inside a word; put it between \"\"", *p->at);
		p->at++;
	}
	return take_token(p, from, (size_t)(p->at - from), ret);
}

/* Only WORD gives *ret, which the caller frees. */
static int next_token(struct parser *p, char **ret)
{
	static const char marks[] = ";\n{}";
	static const enum token kinds[] = {SEMICOLON, LINE_END, OPEN, CLOSE};
	const char *mark;

	while (p->at < p->end && (*p->at == ' ' || *p->at == '\t'))
		p->at++;
	if (p->at < p->end && *p->at == '#')
		while (p->at < p->end && *p->at != '\n')
			p->at++;
	if (p->at == p->end)
		return STOP;
	mark = memchr(marks, *p->at, sizeof marks - 1);
	if (!mark)
		return *p->at == '"' ? quoted(p, ret) : bare(p, ret);
	p->at++;
	return (int)kinds[mark - marks];
}

/* The rest of a clause whose first word is there; what ended it. A line's end is not counted yet:
 * messages about the clause name its own line. */
static int read_clause(struct parser *p, char **w)
{
	size_t n = 1;
	int r;

	for (;;) {
		r = next_token(p, &w[n]);
		if (r != WORD)
			break;
		if (++n == WORDS_MAX)
			return fail_text(p, "too much behind", w[0], "make two grants of it");
	}
	if (r == OPEN)
		return fail(p, "a '{' inside a grant; remove it");
	if (r >= 0) {
		int taken = take_clause(p, w, n);

		r = taken < 0 ? taken : r;
	}
	return r;
}

/* What ended it. */
static int one_clause(struct parser *p, char *take_first)
{
	char *w[WORDS_MAX] = {take_first};
	int r = read_clause(p, w);

	for (size_t i = 0; i < WORDS_MAX && w[i]; i++)
		free(w[i]);
	return r;
}

/* Up to '}', or without '{' up to the line's end. */
static int read_clauses(struct parser *p)
{
	bool braces = false, first = true;

	for (;;) {
		char *word = NULL;
		int r = next_token(p, &word);

		if (r == OPEN && first) {
			braces = true;
			first = false;
			continue;
		}
		first = false;
		if (r == WORD)
			r = one_clause(p, word);
		if (r == LINE_END)
			p->line++;
		if (r < 0 || (braces && r == CLOSE) || (!braces && (r == STOP || r == LINE_END)))
			return r;
		if (r == STOP)
			return fail(p, "no '}' at the end of grant %s; close it", p->g->name);
		if (r == CLOSE || r == OPEN)
			return fail(p, "a '%c' without the other; remove it", "}{"[r == OPEN]);
	}
}

static int take_name(struct parser *p)
{
	_cleanup_free_ char *name = NULL;
	int r = next_token(p, &name);

	if (r < 0)
		return r;
	if (r != WORD || !only(name, LOWER DIGITS "._-") || strlen(name) > 64)
		return fail_text(p, "not a name for a grant:", r == WORD ? name : "",
				 "use up to 64 of a-z, 0-9, '.', '_' and '-'");
	for (size_t i = 0; i + 1 < p->n; i++)
		if (strcmp(p->list[i].name, name) == 0)
			return fail_text(p, "two grants named", name, "rename one of them");
	p->g->name = sel_steal_ptr(&name);
	return asprintf(&p->g->where, "%s:%zu", p->name, p->line) < 0 ? -ENOMEM : 0;
}

static int defaults(struct sel_net_grant *g)
{
	if (g->credential == SEL_CRED_NONE || g->phantom_shape)
		return 0;
	return dup_to(DEFAULT_SHAPE, &g->phantom_shape);
}

/* After the word "grant". */
static int read_grant(struct parser *p)
{
	size_t begin = p->line, end;
	int r;

	p->g = GROW(p->list, p->n);
	if (!p->g)
		return -ENOMEM;
	p->seen = 0;
	p->g->from = p->from;
	p->g->body_max = p->g->total_max = p->g->response_max = UINT64_MAX;
	p->g->scan = true;
	p->g->expires = p->from <= SEL_GRANT_ADMIN ? USEC_INFINITY : 0;
	r = take_name(p);
	if (r >= 0)
		r = read_clauses(p);
	if (r >= 0)
		r = defaults(p->g);
	if (r < 0)
		return r;
	end = p->line;
	p->line = begin; /* what is wrong with the whole is said of its first line */
	r = check_grant(p);
	p->line = r < 0 ? begin : end;
	return r;
}

static int read_all(struct parser *p)
{
	for (;;) {
		_cleanup_free_ char *word = NULL;
		int r = next_token(p, &word);

		if (r < 0 || r == STOP)
			return r < 0 ? r : 0;
		if (r == LINE_END)
			p->line++;
		if (r == LINE_END || r == SEMICOLON)
			continue;
		if (r != WORD || !word || strcmp(word, "grant") != 0)
			return fail_text(p, "not the beginning of a grant:",
					 r == WORD   ? word
					 : r == OPEN ? "{"
						     : "}",
					 "write 'grant NAME {' above it");
		r = read_grant(p);
		if (r < 0)
			return r;
	}
}

/* Tabs and line ends are all that may be there of control characters. */
static int check_bytes(struct parser *p)
{
	for (const char *c = p->at; c < p->end; c++) {
		if (*c == '\n')
			p->line++;
		else if (*c == '\r' && c + 1 < p->end && c[1] == '\n')
			return fail(p, "the line ends in CR LF; save the file with Unix line ends");
		else if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
			return fail(p, "a control character (0x%02x); remove it",
				    (unsigned char)*c);
	}
	p->line = 1;
	return 0;
}

static int append(struct parser *p, struct sel_net_grant **list, size_t *n_list)
{
	struct sel_net_grant *all;

	if (p->n == 0)
		return 0;
	if (*n_list + p->n > SEL_GRANTS_N_MAX)
		return fail(p, "more than %d grants; remove some", SEL_GRANTS_N_MAX);
	all = reallocarray(*list, *n_list + p->n, sizeof *all);
	if (!all)
		return -ENOMEM;
	memcpy(all + *n_list, p->list, p->n * sizeof *all);
	*list = all;
	*n_list += p->n;
	free(p->list);
	p->list = NULL;
	p->n = 0;
	return 0;
}

int sel_grants_parse(const char *name, const char *text, size_t n, enum sel_grant_from from,
		     usec_t now, struct sel_net_grant **list, size_t *n_list, char **ret_error)
{
	struct parser p = {.name = name,
			   .at = text,
			   .end = text + n,
			   .line = 1,
			   .from = from,
			   .now = now,
			   .ret_error = ret_error};
	int r;

	if (ret_error)
		*ret_error = NULL;
	if (n > SEL_GRANTS_FILE_MAX)
		return fail(&p, "bigger than 256 KiB; shorten it");
	r = check_bytes(&p);
	if (r >= 0)
		r = read_all(&p);
	if (r >= 0)
		r = append(&p, list, n_list);
	sel_net_grants_free(p.list, p.n);
	return r;
}

/* --- files, as sel_config_read does --- */

static int fail_file(const char *path, char **ret_error, int r, const char *what)
{
	char safe[PATH_MAX];

	(void)sel_text_escape(path, strlen(path), safe, sizeof safe, NULL);
	if (ret_error && asprintf(ret_error, "%s: %s", safe, what) < 0)
		*ret_error = NULL;
	return r;
}

static int check_file(int fd, const char *path, bool admin, char **ret_error)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_file(path, ret_error, -errno,
				 "cannot be looked at; check the file system");
	if (!S_ISREG(st.st_mode))
		return fail_file(path, ret_error, -EPERM,
				 "is no regular file; put a plain file there");
	if (st.st_uid != 0 && (admin || st.st_uid != geteuid()))
		return fail_file(path, ret_error, -EPERM,
				 admin ? "does not belong to root; run chown root on it"
				       : "belongs to somebody else; run chown on it, or remove it");
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return fail_file(path, ret_error, -EPERM,
				 "others may write to it; run chmod go-w on it");
	return 0;
}

static ssize_t read_full(int fd, char *text, size_t cap)
{
	size_t n = 0;

	while (n < cap) {
		ssize_t got = read(fd, text + n, cap - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

int sel_grants_read(const char *path, enum sel_grant_from from, usec_t now,
		    struct sel_net_grant **list, size_t *n_list, char **ret_error)
{
	/* Not following a last link, and not waiting for a writer of a FIFO. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	char name[PATH_MAX];
	ssize_t n;
	int r;

	if (ret_error)
		*ret_error = NULL;
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 && errno == ELOOP)
		return fail_file(path, ret_error, -EPERM,
				 "is a symbolic link; put the file itself there");
	if (fd < 0)
		return fail_file(path, ret_error, -errno, "cannot be read; check its permissions");
	r = check_file(fd, path, from == SEL_GRANT_ADMIN, ret_error);
	if (r < 0)
		return r;
	text = malloc(SEL_GRANTS_FILE_MAX + 1);
	if (!text)
		return -ENOMEM;
	n = read_full(fd, text, SEL_GRANTS_FILE_MAX + 1);
	if (n < 0)
		return fail_file(path, ret_error, (int)n, "cannot be read; check the file system");
	if ((size_t)n > SEL_GRANTS_FILE_MAX)
		return fail_file(path, ret_error, -EFBIG, "is bigger than 256 KiB; shorten it");
	(void)sel_text_escape(path, strlen(path), name, sizeof name, NULL);
	return sel_grants_parse(name, text, (size_t)n, from, now, list, n_list, ret_error);
}
