/* Heads and trailers of HTTP/1.1, line by line. */
#include "http1.h"

#include <strings.h>

#define AUTHORITY_MAX  300
#define OPTION_MAX     64
#define refuse(h, why) sel_http1_fail(h, -EBADMSG, why)

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static void trim(const char **p, size_t *n)
{
	while (*n > 0 && blank((*p)[*n - 1]))
		--*n;
	while (*n > 0 && blank((*p)[0]))
		++*p, --*n;
}

bool sel_http1_visible(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < 0x21 || p[i] > 0x7e)
			return false;
	return n > 0;
}

static bool is_word(const char *p, size_t n, const char *word)
{
	return strlen(word) == n && strncasecmp(p, word, n) == 0;
}

bool sel_http1_authority_valid(const char *p, size_t n)
{
	if (!sel_http1_visible(p, n) || n > AUTHORITY_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strchr("/?#@\\,\"<>;", p[i]))
			return false;
	return true;
}

static int take_host(struct sel_http1_parse *q, const char *p, size_t n)
{
	if (!q->h->server)
		return 0;
	if (q->has_host)
		return refuse(q->h, "more than one Host");
	if (!sel_http1_authority_valid(p, n))
		return refuse(q->h, "the Host is none");
	q->has_host = true;
	q->head->authority = strndup(p, n);
	return q->head->authority ? 0 : -ENOMEM;
}

static int take_length(struct sel_http1_parse *q, const char *p, size_t n)
{
	uint64_t value = 0;

	if (q->has_length)
		return refuse(q->h, "more than one Content-Length");
	if (n == 0 || n > 18 || (p[0] == '0' && n > 1))
		return refuse(q->h, "the Content-Length is no plain number");
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return refuse(q->h, "the Content-Length is no plain number");
		value = value * 10 + (uint64_t)(p[i] - '0');
	}
	q->has_length = true;
	q->length = value;
	return 0;
}

static int take_coding(struct sel_http1_parse *q, const char *p, size_t n)
{
	if (q->has_coding)
		return refuse(q->h, "more than one Transfer-Encoding");
	if (!is_word(p, n, "chunked"))
		return refuse(q->h, "a Transfer-Encoding other than chunked");
	q->has_coding = true;
	return 0;
}

static int take_option(struct sel_http1_parse *q, const char *p, size_t n)
{
	static const char *const never[] = {"host", "content-length", "transfer-encoding"};

	if (n == 0)
		return 0;
	if (!sel_is_token(p, n) || n > OPTION_MAX)
		return refuse(q->h, "a Connection option that is none");
	for (size_t i = 0; i < SEL_N(never); i++)
		if (is_word(p, n, never[i]))
			return refuse(q->h, "a Connection option that names the framing");
	q->close |= is_word(p, n, "close");
	q->keep_alive |= is_word(p, n, "keep-alive");
	q->upgrade |= is_word(p, n, "upgrade");
	q->named[q->n_named].p = p;
	q->named[q->n_named].n = n;
	q->n_named++;
	return 0;
}

static int take_connection(struct sel_http1_parse *q, const char *p, size_t n)
{
	const char *end = p + n;

	for (;;) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		const char *option = p;
		size_t len = (size_t)((comma ? comma : end) - p);
		int r;

		if (q->n_named >= SEL_HTTP1_OPTIONS_MAX)
			return refuse(q->h, "too many Connection options");
		trim(&option, &len);
		r = take_option(q, option, len);
		if (r < 0 || !comma)
			return r;
		p = comma + 1;
	}
}

/* Other protocols are passed over in silence, as a server may (RFC 9110, section 7.8). */
static int take_upgrade(struct sel_http1_parse *q, const char *p, size_t n)
{
	q->n_upgrade++;
	q->websocket = q->n_upgrade == 1 && is_word(p, n, "websocket");
	return 0;
}

static int take_expect(struct sel_http1_parse *q, const char *p, size_t n)
{
	if (!q->h->server)
		return 0;
	if (!is_word(p, n, "100-continue"))
		return refuse(q->h, "an Expect other than 100-continue");
	q->expect = true;
	return 0;
}

static int take_nothing(struct sel_http1_parse *q, const char *p, size_t n)
{
	(void)q, (void)p, (void)n;
	return 0;
}

/* What frames a message or belongs to the connection: never among the headers. */
static const struct framing {
	const char *name;
	int (*take)(struct sel_http1_parse *q, const char *p, size_t n);
} framing[] = {
	{"host", take_host},
	{"content-length", take_length},
	{"transfer-encoding", take_coding},
	{"connection", take_connection},
	{"upgrade", take_upgrade},
	{"expect", take_expect},
	{"keep-alive", take_nothing},
	{"te", take_nothing},
	{"trailer", take_nothing},
	{"proxy-connection", take_nothing},
	{"http2-settings", take_nothing},
};

/* '_' counts as '-': there are servers that make one of the other. *ret_exact: it had none. */
static const struct framing *framing_find(const char *p, size_t n, bool *ret_exact)
{
	for (size_t i = 0; i < SEL_N(framing); i++) {
		const char *name = framing[i].name;
		size_t at = 0;

		if (strlen(name) != n)
			continue;
		*ret_exact = true;
		for (; at < n; at++) {
			char c = p[at] == '_' ? '-' : p[at];

			if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != name[at])
				break;
			*ret_exact &= p[at] != '_';
		}
		if (at == n)
			return &framing[i];
	}
	return NULL;
}

bool sel_http1_is_framing(const char *name)
{
	bool exact;

	return framing_find(name, strlen(name), &exact) != NULL;
}

static int parse_field(struct sel_http1_parse *q, const char *p, size_t n)
{
	const char *colon = memchr(p, ':', n);
	const struct framing *f;
	const char *value;
	size_t name_len, value_len;
	bool exact;
	int r;

	if (blank(p[0]))
		return refuse(q->h, "a header that goes on in a second line");
	if (!colon)
		return refuse(q->h, "a header without a colon");
	name_len = (size_t)(colon - p);
	value = colon + 1;
	value_len = n - name_len - 1;
	trim(&value, &value_len);
	f = framing_find(p, name_len, &exact);
	if (f && !exact)
		return refuse(q->h, "a header that others read as one of the framing");
	if (f && !sel_is_field_text(value, value_len))
		return refuse(q->h, "a header with a control character");
	if (f)
		return f->take(q, value, value_len);
	r = sel_headers_add(&q->head->headers, p, name_len, value, value_len);
	if (r == -EINVAL)
		return refuse(q->h, "a header that is none");
	return r == -E2BIG ? sel_http1_fail(q->h, r, "too many headers, or too long ones") : r;
}

static int parse_version(struct sel_http1_parse *q, const char *p, size_t n)
{
	if (n == 8 && memcmp(p, "HTTP/1.1", 8) == 0)
		q->minor = 1;
	else if (n == 8 && memcmp(p, "HTTP/1.0", 8) == 0)
		q->minor = 0;
	else
		return refuse(q->h, "neither HTTP/1.1 nor HTTP/1.0");
	return 0;
}

static int parse_target(struct sel_http1_parse *q, const char *p, size_t n)
{
	const char *method = q->head->method;
	bool connect = strcmp(method, "CONNECT") == 0;

	if (n > SEL_TARGET_MAX)
		return sel_http1_fail(q->h, -E2BIG, "the request target is too long");
	if (!sel_http1_visible(p, n))
		return refuse(q->h, "a request target with a character that may not be in one");
	if (connect && (!sel_http1_authority_valid(p, n) || !memchr(p, ':', n)))
		return refuse(q->h, "a CONNECT to no host and port");
	if (!connect && n == 1 && p[0] == '*' && strcmp(method, "OPTIONS") != 0)
		return refuse(q->h, "a request target '*' with a method other than OPTIONS");
	if (!connect && p[0] != '/' && !(n == 1 && p[0] == '*'))
		return refuse(q->h, "a whole URL as request target: there is no proxy here");
	q->head->target = strndup(p, n);
	return q->head->target ? 0 : -ENOMEM;
}

static int parse_request_line(struct sel_http1_parse *q, const char *p, size_t n)
{
	const char *first = memchr(p, ' ', n), *last = memrchr(p, ' ', n);
	int r;

	if (!first || first == last)
		return refuse(q->h, "no request line");
	if (!sel_is_token(p, (size_t)(first - p)))
		return refuse(q->h, "a method that is none");
	if (first - p >= SEL_METHOD_MAX)
		return sel_http1_fail(q->h, -E2BIG, "the method is too long");
	r = parse_version(q, last + 1, n - (size_t)(last + 1 - p));
	if (r < 0)
		return r;
	q->head->method = strndup(p, (size_t)(first - p));
	if (!q->head->method)
		return -ENOMEM;
	return parse_target(q, first + 1, (size_t)(last - first - 1));
}

static int parse_status_line(struct sel_http1_parse *q, const char *p, size_t n)
{
	int status = 0, r;

	if (n < 12 || p[8] != ' ' || (n > 12 && p[12] != ' '))
		return refuse(q->h, "no status line");
	r = parse_version(q, p, 8);
	if (r < 0)
		return r;
	for (size_t i = 9; i < 12; i++) {
		if (p[i] < '0' || p[i] > '9')
			return refuse(q->h, "a status that is none");
		status = status * 10 + (p[i] - '0');
	}
	if (status < 100 || status > 599)
		return refuse(q->h, "a status that is none");
	if (!sel_is_field_text(p + 12, n - 12))
		return refuse(q->h, "a reason with a control character");
	q->head->status = status;
	return 0;
}

static void drop_named(struct sel_http1_parse *q)
{
	for (size_t i = 0; i < q->n_named; i++) {
		char name[OPTION_MAX + 1];

		for (size_t k = 0; k < q->named[i].n; k++) {
			char c = q->named[i].p[k];

			name[k] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
		}
		name[q->named[i].n] = '\0';
		sel_headers_remove(&q->head->headers, name);
	}
}

/* What holds for both; *ret: how long the body is if there is one. */
static int finish_framing(struct sel_http1_parse *q, uint64_t absent, uint64_t *ret)
{
	if (q->has_coding && q->has_length)
		return refuse(q->h, "Content-Length and Transfer-Encoding in one message");
	if (q->has_coding && q->minor == 0)
		return refuse(q->h, "Transfer-Encoding in HTTP/1.0");
	q->head->close = q->close || (q->minor == 0 && !q->keep_alive);
	drop_named(q);
	*ret = q->has_coding ? SEL_LENGTH_UNKNOWN : q->has_length ? q->length : absent;
	return 0;
}

static int take_websocket(struct sel_http1_parse *q)
{
	q->head->upgrade = strdup("websocket");
	return q->head->upgrade ? 0 : -ENOMEM;
}

static int finish_request(struct sel_http1_parse *q)
{
	struct sel_head *head = q->head;
	bool upgrade = q->websocket && q->upgrade && q->minor == 1;
	int r;

	if (!head->method || !q->has_host)
		return refuse(q->h, "no Host");
	r = finish_framing(q, 0, &head->length);
	if (r < 0)
		return r;
	if (strcmp(head->method, "CONNECT") == 0) {
		if (head->length > 0)
			return refuse(q->h, "a CONNECT with a body");
		head->close = true; /* a tunnel's bytes may follow: they are no requests */
	}
	if (upgrade && (head->length > 0 || strcmp(head->method, "GET") != 0))
		return refuse(q->h, "an upgrade to websocket that is no GET, or has a body");
	head->expect = q->expect && q->minor == 1 && head->length > 0;
	return upgrade ? take_websocket(q) : 0;
}

static int finish_response(struct sel_http1_parse *q)
{
	struct sel_head *head = q->head;
	struct http1 *h = q->h;
	int r = finish_framing(q, SEL_LENGTH_UNKNOWN, &head->length);

	if (r < 0)
		return r;
	if ((head->status < 200 || head->status == 204) &&
	    (q->has_coding || (q->has_length && q->length > 0)))
		return refuse(h, "a body in a response that has none");
	if (head->status == 101) {
		if (!h->upgrading || !q->websocket || !q->upgrade || q->minor == 0)
			return refuse(h, "an upgrade that was not asked for");
		head->length = SEL_LENGTH_UNKNOWN;
		return take_websocket(q);
	}
	if (h->is_head)
		return 0; /* the length is told, and nothing follows */
	if (sel_http1_never_a_body(head->status))
		head->length = 0;
	else if (head->length == SEL_LENGTH_UNKNOWN && !q->has_coding)
		head->close = true;
	return 0;
}

/* Every line of p ends in CRLF, the last one is empty. */
static int parse_lines(struct sel_http1_parse *q, const char *p, size_t n)
{
	const char *end = p + n - 2;
	int r = 0;

	for (bool first = true; r == 0 && p < end; first = false) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)(lf - p) - 1;

		if (!first)
			r = parse_field(q, p, len);
		else if (q->h->server)
			r = parse_request_line(q, p, len);
		else
			r = parse_status_line(q, p, len);
		p = lf + 1;
	}
	return r;
}

int sel_http1_parse_head(struct http1 *h, const char *p, size_t n, struct sel_http1_parse *q)
{
	int r;

	/* The rest of a parse is only read up to n_named. */
	memset(q, 0, offsetof(struct sel_http1_parse, named));
	q->n_named = 0;
	q->h = h;
	q->head = calloc(1, sizeof *q->head);
	if (!q->head)
		return -ENOMEM;
	r = parse_lines(q, p, n);
	if (r == 0)
		r = h->server ? finish_request(q) : finish_response(q);
	if (r < 0)
		sel_head_free(q->head);
	return r;
}

/* --- trailers --- */

bool sel_http1_trailer_forbidden(const char *p, size_t n)
{
	static const char *const names[] = {
		"authorization",
		"proxy-authorization",
		"www-authenticate",
		"proxy-authenticate",
		"cookie",
		"set-cookie",
		"cookie2",
		"set-cookie2",
		"x-api-key",
		"api-key",
		"content-encoding",
		"content-type",
		"content-range",
		"content-disposition",
		"content-location",
		"cache-control",
		"max-forwards",
		"range",
		"if-match",
		"if-none-match",
		"if-range",
		"if-modified-since",
		"if-unmodified-since",
		"location",
		"date",
		"expires",
		"age",
		"pragma",
		"retry-after",
		"vary",
		"warning",
		"alt-svc",
		"x-http-method-override",
	};
	bool exact;

	if (framing_find(p, n, &exact))
		return true;
	for (size_t i = 0; i < SEL_N(names); i++)
		if (is_word(p, n, names[i]))
			return true;
	return false;
}

static int parse_trailer(struct http1 *h, struct sel_headers *to, const char *p, size_t n)
{
	const char *colon = memchr(p, ':', n);
	size_t name_len = colon ? (size_t)(colon - p) : 0;
	size_t had = to->n;
	int r;

	if (!colon || blank(p[0]))
		return refuse(h, "a trailer that is none");
	r = sel_headers_add(to, p, name_len, colon + 1, n - name_len - 1);
	if (r == -EINVAL)
		return refuse(h, "a trailer that is none");
	if (r == -E2BIG)
		return sel_http1_fail(h, r, "too many trailers");
	if (r == 0 && sel_http1_trailer_forbidden(p, name_len) && to->n > had)
		sel_headers_remove(to, to->item[to->n - 1].name);
	return r;
}

int sel_http1_parse_trailers(struct http1 *h, const char *p, size_t n, struct sel_headers *to)
{
	const char *end = p + n - 2;
	int r = 0;

	while (r == 0 && p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));

		r = parse_trailer(h, to, p, (size_t)(lf - p) - 1);
		p = lf + 1;
	}
	return r;
}
