#include "test.h"

#include "grant.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define NOW ((usec_t)1700000000 * USEC_PER_SEC)

/* --- helpers --- */

static bool same_string(const char *a, const char *b)
{
	return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

static bool same_routes(const struct sel_net_grant *a, const struct sel_net_grant *b)
{
	if (a->n_routes != b->n_routes)
		return false;
	for (size_t i = 0; i < a->n_routes; i++)
		if (!same_string(a->routes[i].method, b->routes[i].method) ||
		    !same_string(a->routes[i].path, b->routes[i].path) ||
		    !same_string(a->routes[i].tail, b->routes[i].tail) ||
		    a->routes[i].below != b->routes[i].below)
			return false;
	return true;
}

static bool same_queries(const struct sel_net_grant *a, const struct sel_net_grant *b)
{
	if (a->n_queries != b->n_queries || a->any_query != b->any_query)
		return false;
	for (size_t i = 0; i < a->n_queries; i++)
		if (!same_string(a->queries[i].name, b->queries[i].name) ||
		    !same_string(a->queries[i].value, b->queries[i].value))
			return false;
	return true;
}

static bool same_credential(const struct sel_net_grant *a, const struct sel_net_grant *b)
{
	if (a->credential != b->credential || a->n_slots != b->n_slots ||
	    !same_string(a->credential_name, b->credential_name) ||
	    !same_string(a->phantom_shape, b->phantom_shape))
		return false;
	for (size_t i = 0; i < a->n_slots; i++)
		if (!same_string(a->slots[i].header, b->slots[i].header) ||
		    !same_string(a->slots[i].scheme, b->slots[i].scheme) ||
		    !same_string(a->slots[i].user, b->slots[i].user))
			return false;
	return true;
}

static bool same_strip(const struct sel_net_grant *a, const struct sel_net_grant *b)
{
	size_t i = 0;

	if (!a->strip || !b->strip)
		return !a->strip && !b->strip;
	while (a->strip[i] && same_string(a->strip[i], b->strip[i]))
		i++;
	return !a->strip[i] && !b->strip[i];
}

static bool same_limits(const struct sel_net_grant *a, const struct sel_net_grant *b)
{
	return a->body_max == b->body_max && a->total_max == b->total_max &&
	       a->response_max == b->response_max && a->rate == b->rate &&
	       same_string(a->type, b->type) && same_strip(a, b) && a->scan == b->scan;
}

/* All that a line says. */
static bool same(const struct sel_net_grant *a, const struct sel_net_grant *b)
{
	return same_string(a->name, b->name) && same_string(a->host, b->host) &&
	       a->wildcard == b->wildcard && a->port == b->port && same_routes(a, b) &&
	       same_queries(a, b) && same_credential(a, b) && same_limits(a, b) &&
	       a->websocket == b->websocket && a->opaque == b->opaque && a->plain == b->plain &&
	       a->n_addresses == b->n_addresses &&
	       (a->n_addresses == 0 ||
		memcmp(a->addresses, b->addresses, a->n_addresses * sizeof *a->addresses) == 0) &&
	       same_string(a->roots, b->roots) && a->expires == b->expires;
}

struct grants {
	struct sel_net_grant *list;
	size_t n;
	char *error;
	int r;
};

static struct grants parse_n(const char *text, size_t n)
{
	struct grants g = {0};

	g.r = sel_grants_parse("grants", text, n, SEL_GRANT_FILE, NOW, &g.list, &g.n, &g.error);
	return g;
}

static struct grants parse(const char *text)
{
	return parse_n(text, strlen(text));
}

static struct grants parse_ok(const char *text)
{
	struct grants g = parse(text);

	if (g.r < 0)
		fail_msg("refused: %s: %s", g.error ? g.error : "no message", text);
	return g;
}

static void done(struct grants *g)
{
	sel_net_grants_free(g->list, g->n);
	free(g->error);
	*g = (struct grants){0};
}

/* What was taken is printed, and what was printed is taken for the same. */
static void check_round(const struct sel_net_grant *g)
{
	char line[SEL_GRANT_LINE_MAX], again[SEL_GRANT_LINE_MAX], small[SEL_GRANT_LINE_MAX];
	struct grants back;
	int r = sel_grant_line(g, line, sizeof line);

	if (r < 0)
		fail_msg("%s cannot be printed: %d", g->name, r);
	assert_null(strpbrk(line, "\n\r\t"));
	back = parse(line);
	if (back.r < 0 || back.n != 1)
		fail_msg("not taken back: %s: %s", line, back.error ? back.error : "?");
	if (!same(g, back.list))
		fail_msg("taken back as another: %s", line);
	assert_int_equal(sel_grant_line(back.list, again, sizeof again), 0);
	assert_string_equal(line, again);
	assert_int_equal(sel_grant_line(g, small, strlen(line)), -ENOSPC);
	assert_int_equal(sel_grant_line(g, small, strlen(line) + 1), 0);
	done(&back);
}

/* --- reading --- */

static const char example[] =
	"# the API\n"
	"grant example-api {\n"
	"  host api.Example.test   # its name\n"
	"  port 8443\n"
	"  http GET /v1/models POST /v1/messages GET,HEAD /files/* GET /*/info/refs\n"
	"  query beta=true page=* q=a%20b\n"
	"  credential keyring:example\n"
	"  in header:X-Api-Key header:authorization:Bearer basic:git basic:\n"
	"  phantom sk-ex-\n"
	"  request body<=32M type=Application/JSON rate<=60/m total<=100M\n"
	"  response body<=1G strip=Set-Cookie,alt-svc no-scan\n"
	"  upgrade websocket\n"
	"  address 203.0.113.7 203.0.113.7:8443 2001:db8::7 [2001:db8::7]:8443\n"
	"  roots /etc/ssl/own.pem\n"
	"  expires 2026-12-31\n"
	"}\n"
	"\n"
	"grant tunnel host *.example.test; port 22; opaque yes; expires 30d\n"
	"grant old { host old.test; http * /*; query *; plain yes; expires session }\n";

static void every_clause_is_taken(void **state)
{
	struct grants g = parse_ok(example);
	const struct sel_net_grant *a = &g.list[0], *b = &g.list[1], *c = &g.list[2];

	(void)state;
	assert_int_equal(g.n, 3);
	assert_string_equal(a->name, "example-api");
	assert_string_equal(a->where, "grants:2");
	assert_string_equal(a->host, "api.example.test");
	assert_int_equal(a->port, 8443);
	assert_int_equal(a->n_routes, 5);
	assert_string_equal(a->routes[0].method, "GET");
	assert_string_equal(a->routes[0].path, "/v1/models");
	assert_false(a->routes[0].below);
	assert_string_equal(a->routes[3].method, "HEAD");
	assert_string_equal(a->routes[3].path, "/files/");
	assert_true(a->routes[3].below);
	assert_null(a->routes[3].tail);
	assert_string_equal(a->routes[4].path, "/");
	assert_string_equal(a->routes[4].tail, "/info/refs");
	assert_int_equal(a->n_queries, 3);
	assert_string_equal(a->queries[0].value, "true");
	assert_null(a->queries[1].value);
	assert_string_equal(a->queries[2].value, "a b");
	assert_int_equal(a->credential, SEL_CRED_KEYRING);
	assert_string_equal(a->credential_name, "example");
	assert_int_equal(a->n_slots, 4);
	assert_string_equal(a->slots[0].header, "x-api-key");
	assert_null(a->slots[0].scheme);
	assert_string_equal(a->slots[1].scheme, "Bearer");
	assert_string_equal(a->slots[2].header, "authorization");
	assert_string_equal(a->slots[2].user, "git");
	assert_string_equal(a->slots[3].user, "");
	assert_string_equal(a->phantom_shape, "sk-ex-");
	assert_int_equal(a->body_max, 32 << 20);
	assert_string_equal(a->type, "application/json");
	assert_int_equal(a->rate, 60);
	assert_int_equal(a->total_max, 100 << 20);
	assert_int_equal(a->response_max, 1 << 30);
	assert_string_equal(a->strip[0], "set-cookie");
	assert_string_equal(a->strip[1], "alt-svc");
	assert_null(a->strip[2]);
	assert_false(a->scan);
	assert_true(a->websocket);
	assert_int_equal(a->n_addresses, 4);
	assert_int_equal(a->addresses[3].ss_family, AF_INET6);
	assert_string_equal(a->roots, "/etc/ssl/own.pem");
	assert_int_equal(a->expires, (usec_t)1798761600 * USEC_PER_SEC); /* 2027-01-01 */
	assert_true(b->wildcard && b->opaque);
	assert_string_equal(b->host, "example.test");
	assert_int_equal(b->expires, NOW + 30 * 86400 * USEC_PER_SEC);
	assert_string_equal(b->where, "grants:18");
	assert_true(c->any_query && c->plain && c->scan);
	assert_int_equal(c->expires, 0);
	for (size_t i = 0; i < g.n; i++)
		check_round(&g.list[i]);
	done(&g);
}

static void what_is_not_said_has_the_safe_value(void **state)
{
	struct grants g = parse_ok("grant a { host a.test; http GET / }");
	const struct sel_net_grant *a = g.list;

	(void)state;
	assert_int_equal(a->port, 0);
	assert_false(a->wildcard || a->any_query || a->opaque || a->plain || a->websocket);
	assert_true(a->scan);
	assert_int_equal(a->n_queries, 0);
	assert_int_equal(a->credential, SEL_CRED_NONE);
	assert_null(a->phantom_shape);
	assert_int_equal(a->from, SEL_GRANT_FILE);
	assert_true(a->expires == USEC_INFINITY);
	assert_true(a->body_max == UINT64_MAX && a->response_max == UINT64_MAX);
	done(&g);
	g.r = sel_grants_parse("x", "grant a host a.test; http GET /", 31, SEL_GRANT_PERSON, NOW,
			       &g.list, &g.n, NULL);
	assert_int_equal(g.r, 0);
	assert_int_equal(g.list->expires, 0); /* a person's: the session's */
	done(&g);
	g = parse_ok("grant a { host a.test; http GET /; credential variable:A; in header:b }");
	assert_string_equal(g.list->phantom_shape, "seldom-");
	check_round(g.list);
	done(&g);
}

static void anything_else_is_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} row[] = {
		{"grunt a {}", "not the beginning of a grant"},
		{"}", "not the beginning of a grant: '}'"},
		{"{", "not the beginning of a grant: '{'"},
		{"grant", "not a name for a grant"},
		{"grant {", "not a name for a grant"},
		{"grant A { host a.test; http GET / }", "not a name for a grant: 'A'"},
		{"grant a", "no host"},
		{"grant a {}", "no host"},
		{"grant a {", "no '}' at the end of grant a"},
		{"grant a { host a.test", "no '}'"},
		{"grant a { host a.test }", "it grants nothing"},
		{"grant a { http GET / }", "no host"},
		{"grant a host a.test; http GET / }", "a '}' without the other"},
		{"grant a { host a.test { }", "a '{' inside a grant"},
		{"grant a { host a.test; { }", "a '{' without the other"},
		{"grant a { host a.test; http GET / }\ngrant a { host b.test; http GET / }",
		 "grants:2: two grants named 'a'"},
		{"grant a {\n host a.test\n host b.test\n http GET /\n}", "grants:3: given twice"},
		{"grant a {\n host a.test\n frob 1\n}", "grants:3: unknown word 'frob'"},
		{"grant a { host }", "nothing behind 'host'"},
		{"grant a { host a.test b.test; http GET / }", "too much behind 'host'"},
		{"grant a { host https://a.test; http GET / }", "not a host"},
		{"grant a { host a.test:443; http GET / }", "not a host"},
		{"grant a { host 127.1; http GET / }", "not a host"},
		{"grant a { host *; http GET / }", "not a host"},
		{"grant a { host *.test; http GET / }", "too wide"},
		{"grant a { host *.co.uk; http GET / }", "too wide"},
		{"grant a { host a.*.test; http GET / }", "not a host"},
		{"grant a { host *.127.0.0.1; http GET / }", "too wide"},
		{"grant a { host a.test; port 0; http GET / }", "not a port"},
		{"grant a { host a.test; port 65536; http GET / }", "not a port"},
		{"grant a { host a.test; port 0443; http GET / }", "not a port"},
		{"grant a { host a.test; port 4a; http GET / }", "not a port"},
		{"grant a { host a.test; http GET }", "a method without a path"},
		{"grant a { host a.test; http get / }", "not a method: 'get'"},
		{"grant a { host a.test; http CONNECT / }", "not a method"},
		{"grant a { host a.test; http TRACE / }", "not a method"},
		{"grant a { host a.test; http GET,TRACK / }", "not a method: 'TRACK'"},
		{"grant a { host a.test; http GET, / }", "not a method: ''"},
		{"grant a { host a.test; http GET v1 }", "not a path"},
		{"grant a { host a.test; http GET * }", "not a path"},
		{"grant a { host a.test; http GET //v1 }", "not a path"},
		{"grant a { host a.test; http GET /a/../b }", "not a path"},
		{"grant a { host a.test; http GET /%2e%2E/b }", "not a path"},
		{"grant a { host a.test; http GET /a%2fb }", "not a path"},
		{"grant a { host a.test; http GET /a%2 }", "not a path"},
		{"grant a { host a.test; http GET /a?b }", "not a path"},
		{"grant a { host a.test; http GET /a*b*c }", "not a path"},
		{"grant a { host a.test; http GET /b\xc3\xbc }", "not a path"},
		{"grant a { host a.test; http GET /; query a }", "not a parameter"},
		{"grant a { host a.test; http GET /; query =a }", "not a parameter"},
		{"grant a { host a.test; http GET /; query a=b* }", "not a parameter"},
		{"grant a { host a.test; http GET /; query a=1 * }", "not a parameter"},
		{"grant a { host a.test; http GET /; query a=%zz }", "no plain parameter"},
		{"grant a { host a.test; http GET /; query a=%00 }", "no plain parameter"},
		{"grant a { host a.test; http GET /; query a=1&b=2 }", "no plain parameter"},
		{"grant a { host a.test; http GET /; query a=%2B }", "no plain parameter"},
		{"grant a { host a.test; http GET /; credential key }", "not a place of a"},
		{"grant a { host a.test; http GET /; credential keyring: }", "not a place of a"},
		{"grant a { host a.test; http GET /; credential file:key }", "not a place of a"},
		{"grant a { host a.test; http GET /; credential file:/a/../b }", "not a place of"},
		{"grant a { host a.test; http GET /; credential file:~ }", "not a place of"},
		{"grant a { host a.test; http GET /; credential file:~/ }", "not a place of"},
		{"grant a { host a.test; http GET /; credential file:~b/c }", "not a place of"},
		{"grant a { host a.test; http GET /; credential file:~/../b }", "not a place of"},
		{"grant a { host a.test; http GET /; credential file:/~/~ b }", "too much behind"},
		{"grant a { host a.test; http GET /; credential variable:1A }", "not a place of"},
		{"grant a { host a.test; http GET /; credential keyring:k }", "go together"},
		{"grant a { host a.test; http GET /; in header:x-key }", "go together"},
		{"grant a { host a.test; http GET /; phantom sk- }", "a phantom of no credential"},
		{"grant a { host a.test; http GET /; credential keyring:k; in query:key }",
		 "not a place in a request"},
		{"grant a { host a.test; http GET /; credential keyring:k; in header:host }",
		 "not a place in a request"},
		{"grant a { host a.test; http GET /; credential keyring:k; in header:cookie }",
		 "not a place in a request"},
		{"grant a { host a.test; http GET /; credential keyring:k; in header:a:b:c }",
		 "not a place in a request"},
		{"grant a { host a.test; http GET /; credential keyring:k; in header: }",
		 "not a place in a request"},
		{"grant a { host a.test; http GET /; credential keyring:k; in header:a: }",
		 "not a place in a request"},
		{"grant a { host a.test; http GET /; credential keyring:k; in "
		 "header:authorization:basic }",
		 "not a place in a request"},
		{"grant a { host a.test; http GET /; credential keyring:k; in basic:a:b }",
		 "not a place in a request"},
		{"grant a { host a.test; http GET /; credential keyring:k; in header:k; phantom "
		 "\"a b\" }",
		 "no beginning of a phantom"},
		{"grant a { host *.a.test; http GET /; credential keyring:k; in header:k }",
		 "a credential for a wildcard"},
		{"grant a { host a.test; http GET /; plain yes; credential keyring:k; in header:k "
		 "}",
		 "a credential without TLS"},
		{"grant a { host a.test; http GET /; opaque yes }", "'http' cannot hold"},
		{"grant a { host a.test; query *; opaque yes }", "'query' cannot hold"},
		{"grant a { host a.test; opaque yes; credential keyring:k; in header:k }",
		 "'credential' cannot hold"},
		{"grant a { host a.test; opaque yes; request body<=1 }", "'request' cannot hold"},
		{"grant a { host a.test; opaque yes; plain yes }", "'plain' cannot hold"},
		{"grant a { host a.test; opaque maybe }", "neither yes nor no"},
		{"grant a { host a.test; http GET /; upgrade h2c }", "neither websocket nor none"},
		{"grant a { host a.test; http GET /; request body<=1X }", "not a size"},
		{"grant a { host a.test; http GET /; request body<= }", "not a size"},
		{"grant a { host a.test; http GET /; request body<=99999999999G }", "not a size"},
		{"grant a { host a.test; http GET /; request body<=-1 }", "not a size"},
		{"grant a { host a.test; http GET /; request body=1 }", "unknown limit"},
		{"grant a { host a.test; http GET /; request body<=1 body<=2 }", "set twice"},
		{"grant a { host a.test; http GET /; request rate<=0/m }", "not a rate"},
		{"grant a { host a.test; http GET /; request rate<=5 }", "not a rate"},
		{"grant a { host a.test; http GET /; request type=json }", "not a media type"},
		{"grant a { host a.test; http GET /; request type=*/* }", "not a media type"},
		{"grant a { host a.test; http GET /; response strip=a,,b }",
		 "not a list of headers"},
		{"grant a { host a.test; http GET /; response no-scanning }", "behind no-scan"},
		{"grant a { host a.test; http GET /; address a.test }", "not an address"},
		{"grant a { host a.test; http GET /; address 1.2.3.4:0 }", "not an address"},
		{"grant a { host a.test; http GET /; address ::ffff:1.2.3.4 }", "not an address"},
		{"grant a { host a.test; http GET /; roots own.pem }", "not a whole, plain path"},
		{"grant a { host a.test; http GET /; expires soon }", "not a time"},
		{"grant a { host a.test; http GET /; expires 2026-02-30 }", "not a time"},
		{"grant a { host a.test; http GET /; expires 2026-13-01 }", "not a time"},
		{"grant a { host a.test; http GET /; expires 0d }", "not a time"},
		{"grant a { host a.test; http GET /; expires 9999999d }", "not a time"},
		{"grant a { host a.test; http GET /; expires @0 }", "not a time"},
		{"grant a { host a.test; http GET /; expires @1.5 }", "not a time"},
		{"grant a { host a.test; http GET /x\\y }", "a backslash"},
		{"grant a { host \"a.test; http GET / }", "no second \""},
		{"grant a { host \"a.test\"x; http GET / }", "right behind a second \""},
		{"grant a { host a\"b; http GET / }", "a '\"' inside a word"},
		{"grant a { host a}; http GET / }", "a '}' inside a word"},
		{"grant a { host a.test;\r\n }", "CR LF"},
		{"grant a {\n\x1b }", "grants:2: a control character (0x1b)"},
		{"grant a { host a.test; credential \"keyring:a\xe2\x80\xae"
		 "b\" }",
		 "not shown as itself"},
		{"grant a { host a.test; credential keyring:\xff }", "not shown as itself"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct grants g = parse(row[i].text);

		if (g.r != -EINVAL || g.n != 0 || g.list)
			fail_msg("%d for: %s", g.r, row[i].text);
		if (!g.error || !strstr(g.error, row[i].message))
			fail_msg("'%s' for: %s", g.error ? g.error : "nothing", row[i].text);
		done(&g);
	}
	/* as a NUL would end what is looked at */
	{
		struct grants g = parse_n("grant a host a.test\0; opaque yes", 32);

		assert_int_equal(g.r, -EINVAL);
		done(&g);
	}
}

static void a_failed_text_changes_nothing(void **state)
{
	static const char good[] = "grant a { host a.test; http GET / }";
	static const char bad[] = "grant b { host b.test; http GET / }\ngrant c { host c.test }";
	struct grants g = parse_ok(good);
	struct sel_net_grant *before = g.list;

	(void)state;
	assert_int_equal(sel_grants_parse("x", bad, sizeof bad - 1, SEL_GRANT_FILE, NOW, &g.list,
					  &g.n, NULL),
			 -EINVAL);
	assert_ptr_equal(g.list, before);
	assert_int_equal(g.n, 1);
	assert_int_equal(sel_grants_parse("x", "grant b host b.test; opaque yes", 31,
					  SEL_GRANT_FILE, NOW, &g.list, &g.n, NULL),
			 0);
	assert_int_equal(g.n, 2);
	assert_string_equal(g.list[0].name, "a");
	assert_string_equal(g.list[1].name, "b");
	done(&g);
}

static void numbers_and_sizes_are_bounded(void **state)
{
	static const char one[] = "grant g%d host a%d.test; opaque yes\n";
	size_t cap = SEL_GRANTS_FILE_MAX * 2, n = 0;
	char *text = malloc(cap);
	struct grants g;

	(void)state;
	for (int i = 0; i < SEL_GRANTS_N_MAX; i++)
		n += (size_t)snprintf(text + n, cap - n, one, i, i);
	g = parse_n(text, n);
	assert_int_equal(g.r, 0);
	assert_int_equal(g.n, SEL_GRANTS_N_MAX);
	done(&g);
	n += (size_t)snprintf(text + n, cap - n, one, SEL_GRANTS_N_MAX, 1);
	g = parse_n(text, n);
	assert_int_equal(g.r, -EINVAL);
	assert_non_null(strstr(g.error, "more than 1024 grants"));
	done(&g);
	memset(text, '\n', cap);
	g = parse_n(text, SEL_GRANTS_FILE_MAX);
	assert_int_equal(g.r, 0);
	done(&g);
	g = parse_n(text, SEL_GRANTS_FILE_MAX + 1);
	assert_int_equal(g.r, -EINVAL);
	done(&g);
	n = (size_t)snprintf(text, cap, "grant a host a.test; http");
	for (int i = 0; i < 255; i++)
		n += (size_t)snprintf(text + n, cap - n, " GET /%d", i);
	g = parse_n(text, n);
	assert_int_equal(g.r, 0);
	check_round(g.list);
	done(&g);
	for (int i = 0; i < 3; i++)
		n += (size_t)snprintf(text + n, cap - n, " GET /%d", i);
	g = parse_n(text, n);
	assert_int_equal(g.r, -EINVAL);
	done(&g);
	n = (size_t)snprintf(text, cap, "grant a host a.test; http GET /");
	memset(text + n, 'x', SEL_GRANT_LINE_MAX);
	g = parse_n(text, n + SEL_GRANT_LINE_MAX);
	assert_non_null(strstr(g.error, "longer than 4096 bytes"));
	done(&g);
	free(text);
}

/* --- printing: properties --- */

static uint64_t random_state;

static uint32_t any(uint32_t below)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % below;
}

#define PICK(list) ((list)[any(SEL_N(list))])

static void words_of(char *text, size_t cap, size_t *n, const char *const *words, size_t n_words,
		     uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		*n += (size_t)snprintf(text + *n, cap - *n, " %s", words[any((uint32_t)n_words)]);
}
#define SOME(words, count) words_of(text, cap, &n, words, SEL_N(words), count)

/* A text that is a grant, of all that a grant may say. */
static void make_text(char *text, size_t cap)
{
	static const char *const hosts[] = {"a.test",
					    "*.example.test",
					    "203.0.113.7",
					    "2001:db8::7",
					    ("b\xc3\xbc"
					     "cher.test"),
					    "A.B.C.test."};
	static const char *const routes[] = {"GET /",
					     "GET /*",
					     "POST,PUT /a/b/*",
					     "* /x",
					     "HEAD /%20/%c3%bc",
					     "GET /*/info/refs",
					     "GET \"/a;b{c}d*\"",
					     "M-SEARCH \"/~!$&'()+,;=:@\"",
					     "GET /@a%2fb",
					     "PATCH /v*:run"};
	static const char *const queries[] = {
		"a=1",	       "b=*",	"c=",	      "d=%20%26%3d%25", "%2a=%2A",
		"\"e={%3b}\"", "f=a+b", "g=\xc3\xbc", "h=%01%7f%ff%22"};
	static const char *const sources[] = {"keyring:a",  "\"keyring:a b; c\"", "kernel:user:x",
					      "file:/a/b",  "\"file:/a b\"",	  "variable:A_1",
					      "file:~/.k/a"};
	static const char *const slots[] = {"header:x-key",  "header:Authorization:Bearer",
					    "basic:git",     "basic:",
					    "\"basic:a b\"", "header:authorization:Token"};
	static const char *const limits[] = {"body<=1", "body<=32M", "body<=1025K", "body<=0"};
	static const char *const addresses[] = {"203.0.113.7", "203.0.113.7:1", "2001:db8::7",
						"[2001:db8::7]:65535", "[::1]"};
	static const char *const times[] = {"session", "project", "2030-01-01", "5s",	    "10m",
					    "12h",     "30d",	  "@1",		"@1.000001"};
	const char *sep = any(2) ? "; " : "\n";
	bool credential = any(2), opaque = any(4) == 0;
	size_t n = (size_t)snprintf(text, cap, "grant a.b_c-%u {%s", any(100), sep);
#define PUT(...) (n += (size_t)snprintf(text + n, cap - n, __VA_ARGS__))
	PUT("host %s%s", credential && !opaque ? hosts[2] : PICK(hosts), sep);
	if (any(2))
		PUT("port %u%s", any(65535) + 1, sep);
	if (opaque) {
		PUT("opaque yes%s", sep);
	} else {
		PUT("http");
		SOME(routes, any(5) + 1);
		PUT("%s", sep);
		if (any(2)) {
			PUT("query");
			SOME(queries, any(5) + 1);
			PUT("%s", sep);
		} else if (any(2)) {
			PUT("query *%s", sep);
		}
		if (credential) {
			PUT("credential %s%sin", PICK(sources), sep);
			SOME(slots, any(4) + 1);
			PUT("%s%s%s", sep, any(2) ? "phantom sk-a_b." : "plain no", sep);
		} else if (any(2)) {
			PUT("plain yes%s", sep);
		}
		if (any(2))
			PUT("request %s%s%s%s%s", PICK(limits), any(2) ? " rate<=7/m" : "",
			    any(2) ? " type=text/x+y" : "", any(2) ? " total<=3K" : "", sep);
		if (any(2))
			PUT("response %s%s%s%s", PICK(limits), any(2) ? " strip=a,B" : "",
			    any(2) ? " no-scan" : "", sep);
		if (any(2))
			PUT("upgrade websocket%sroots \"/a b/{c};#\"%s", sep, sep);
	}
	if (any(2)) {
		PUT("address");
		SOME(addresses, any(4) + 1);
		PUT("%s", sep);
	}
	PUT("expires %s\n}", PICK(times));
#undef PUT
}

static void what_is_printed_reads_back(void **state)
{
	char text[8192];

	(void)state;
	random_state = 1;
	for (int i = 0; i < 3000; i++) {
		struct sel_net_grant copy;
		struct grants g;

		make_text(text, sizeof text);
		g = parse_ok(text);
		assert_int_equal(g.n, 1);
		check_round(g.list);
		assert_int_equal(sel_grant_copy(g.list, &copy), 0);
		assert_true(same(g.list, &copy));
		assert_string_equal(copy.where, g.list->where);
		done(&g);
		check_round(&copy);
		sel_grant_done(&copy);
	}
}

static void mutate(char *text, size_t *n)
{
	static const char *const pieces[] = {
		";", "{",     "}",	 "\"",	       "*",    "\n", " ",    "#", "%",
		"=", "grant", "host",	 "opaque yes", "http", "\\", "\xff", ":", "..",
		"/", "%2f",   "expires", ",",	       "@",    "[",  "]"};

	for (uint32_t k = any(4) + 1; k > 0 && *n > 0; k--) {
		size_t at = any((uint32_t)*n);
		const char *piece = PICK(pieces);
		size_t len = strlen(piece);

		switch (any(4)) {
		case 0:
			text[at] = (char)any(256);
			break;
		case 1:
			memmove(text + at, text + at + 1, --*n - at);
			break;
		case 2:
			*n = at + 1;
			break;
		default:
			memmove(text + at + len, text + at, *n - at);
			memcpy(text + at, piece, len);
			*n += len;
		}
	}
}

/* Whatever is read, it is a grant that can be said again, or a refusal with a safe message. */
static void broken_texts_break_nothing(void **state)
{
	size_t taken = 0;

	(void)state;
	random_state = 2;
	for (int i = 0; i < 20000; i++) {
		char text[9000];
		size_t n;
		char *exact;
		struct grants g;

		make_text(text, 8192);
		n = strlen(text);
		mutate(text, &n);
		exact = malloc(n + !n); /* so that reading over the end is seen */
		memcpy(exact, text, n);
		g = parse_n(exact, n);
		free(exact);
		assert_true(g.r == 0 || g.r == -EINVAL);
		for (size_t k = 0; k < g.n; k++)
			check_round(&g.list[k]);
		for (const char *c = g.error; c && *c; c++)
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
		assert_int_equal(g.r < 0, g.error != NULL);
		taken += g.n;
		done(&g);
	}
	assert_in_range(taken, 500, 19000); /* both were tried */
}

static void a_proposal_is_what_it_says(void **state)
{
	static const struct {
		const char *path;
		bool below;
		int r;
	} row[] = {{"/v1/models", false, 0},   {"/", true, 0},
		   {"/a;b", false, 0},	       {"/a{b}", false, 0},
		   {"/v1", true, -EINVAL},     {"/x/*", false, -EINVAL},
		   {"/a*b/c", false, -EINVAL}, {"/a\"b", false, -EINVAL},
		   {"/../a", false, -EINVAL},  {"/a?b=1", false, -EINVAL},
		   {"/a b", false, -EINVAL},   {"", false, -EINVAL},
		   {"/a\nb", false, -EINVAL},  {"", true, -EINVAL}};
	char line[SEL_GRANT_LINE_MAX];

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		int r = sel_grant_propose("ask", "a.test", 443, "GET,HEAD", row[i].path,
					  row[i].below, false, line, sizeof line);
		struct grants g;

		if (r != row[i].r)
			fail_msg("'%s': %d", row[i].path, r);
		if (r < 0)
			continue;
		g = parse_ok(line);
		assert_int_equal(g.n, 1);
		assert_int_equal(g.list->n_routes, 2);
		assert_string_equal(g.list->routes[0].path, row[i].path);
		assert_int_equal(g.list->routes[0].below, row[i].below);
		assert_int_equal(g.list->port, 0);
		assert_false(g.list->any_query);
		done(&g);
	}
	assert_int_equal(sel_grant_propose("ask", "a.test", 8443, "POST", "/", false, true, line,
					   sizeof line),
			 0);
	assert_string_equal(line, "grant ask host a.test; port 8443; http POST /; query *; "
				  "expires session");
	assert_int_equal(sel_grant_propose("ask", "a.test", 1, "TRACE", "/", false, false, line,
					   sizeof line),
			 -EINVAL);
	assert_int_equal(sel_grant_propose("ask", "a.test; opaque", 1, "GET", "/", false, false,
					   line, sizeof line),
			 -EINVAL);
	assert_int_equal(sel_grant_propose("ask", "a.test", 1, "GET", "/", false, false, line, 20),
			 -ENOSPC);
}

static void people_read_words(void **state)
{
	static const struct {
		const char *text, *words;
	} row[] = {
		{"host api.test; http GET,HEAD /v1/*", "GET, HEAD of api.test/v1/*"},
		{"host api.test; port 8443; http GET /a POST /b; query *",
		 "GET of api.test:8443/a; POST of api.test:8443/b, any query"},
		{"host *.api.test; http * /*; plain yes",
		 "any method of *.api.test/*, also without TLS"},
		{"host 2001:db8::7; port 22; opaque yes", "anything to [2001:db8::7]:22, not read"},
		{"host a.test; http POST /v1; credential \"keyring:a b\"; in header:k",
		 "POST of a.test/v1, with the credential keyring:a b"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		char text[256], words[SEL_GRANT_LINE_MAX];
		struct grants g;

		(void)snprintf(text, sizeof text, "grant a %s", row[i].text);
		g = parse_ok(text);
		sel_grant_words(g.list, words, sizeof words);
		assert_string_equal(words, row[i].words);
		for (size_t cap = 1; cap < 60; cap++) {
			memset(words, 'x', sizeof words);
			sel_grant_words(g.list, words, cap);
			assert_non_null(memchr(words, '\0', cap));
		}
		done(&g);
	}
}

/* --- presets --- */

static struct grants preset(const char *name, const char *host)
{
	char *text = NULL;
	struct grants g;

	assert_int_equal(sel_grant_preset(name, host, &text), 0);
	g = parse_ok(text);
	free(text);
	assert_int_equal(g.n, 1);
	check_round(g.list);
	return g;
}

static void at_a_glance(void **state)
{
	static const struct {
		const char *line, *brief;
	} row[] = {
		{"grant a host a.test; http GET /x POST /x GET /y/*",
		 "GET, POST a.test/x; GET a.test/y/*"},
		{"grant a host *.a.test; http * /*; query *; upgrade websocket",
		 "any method *.a.test/*, WebSocket"},
		{"grant a host 2001:db8::7; port 80; http GET /; plain yes",
		 "GET [2001:db8::7]:80/, without TLS"},
		{"grant a host a.test; port 22; opaque yes", "a.test:22, unread"},
	};
	char brief[256], small[8];

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct grants g = {0};

		assert_int_equal(sel_grants_parse("", row[i].line, strlen(row[i].line),
						  SEL_GRANT_PERSON, 0, &g.list, &g.n, NULL),
				 0);
		sel_grant_brief(g.list, brief, sizeof brief);
		assert_string_equal(brief, row[i].brief);
		sel_grant_brief(g.list, small, sizeof small);
		assert_true(strlen(small) < sizeof small);
		sel_grant_brief(g.list, small, 0);
		done(&g);
	}
}

static void every_preset_is_a_grant(void **state)
{
	char *text;

	(void)state;
	for (size_t i = 0; sel_grant_presets[i]; i++) {
		bool git = strncmp(sel_grant_presets[i], "git", 3) == 0;
		struct grants g = preset(sel_grant_presets[i], git ? "code.test" : NULL);

		assert_false(g.list->any_query || g.list->wildcard || g.list->opaque);
		assert_true(g.list->expires == USEC_INFINITY);
		assert_non_null(g.list->strip);
		assert_string_equal(g.list->strip[0], "set-cookie");
		assert_string_equal(g.list->strip[1], "alt-svc");
		assert_true(g.list->scan);
		if (strcmp(sel_grant_presets[i], "git") != 0)
			assert_int_equal(g.list->credential, SEL_CRED_KEYRING);
		done(&g);
		assert_int_equal(
			sel_grant_preset(sel_grant_presets[i], git ? NULL : "a.test", &text),
			-EINVAL);
	}
	assert_int_equal(sel_grant_preset("none", NULL, &text), -ENOENT);
	assert_int_equal(sel_grant_preset("git", "code.test/x", &text), -EINVAL);
	assert_int_equal(sel_grant_preset("git", "a\n}", &text), -EINVAL);
	assert_int_equal(sel_grant_preset("git", "", &text), -EINVAL);
}

static struct sel_head *request(const char *method, const char *target);
static const struct sel_net_grant *ask(const struct grants *g, const char *name, uint16_t port,
				       struct sel_head *take, enum sel_net_why *why);

static void presets_cover_their_use_and_no_more(void **state)
{
	static const struct {
		const char *preset, *host, *method, *target;
		enum sel_net_why why;
	} row[] = {
		{"anthropic", "api.anthropic.com", "POST", "/v1/messages?beta=true", SEL_NET_OK},
		{"anthropic", "api.anthropic.com", "GET", "/v1/models?limit=10", SEL_NET_OK},
		{"anthropic", "api.anthropic.com", "POST", "/v1/files", SEL_NET_NOT_GRANTED},
		{"anthropic", "api.anthropic.com", "POST", "/v1/messages/batches",
		 SEL_NET_NOT_GRANTED},
		{"openai", "api.openai.com", "POST", "/v1/responses", SEL_NET_OK},
		{"openai", "api.openai.com", "POST", "/v1/files", SEL_NET_NOT_GRANTED},
		{"google", "generativelanguage.googleapis.com", "POST",
		 "/v1beta/models/some-1.5:streamGenerateContent?alt=sse", SEL_NET_OK},
		{"google", "generativelanguage.googleapis.com", "POST",
		 "/v1beta/models/:generateContent", SEL_NET_NOT_GRANTED},
		{"google", "generativelanguage.googleapis.com", "POST", "/upload/v1beta/files",
		 SEL_NET_NOT_GRANTED},
		{"google", "generativelanguage.googleapis.com", "GET", "/v1beta/models?key=x",
		 SEL_NET_QUERY},
		{"git", "code.test", "GET", "/a/b.git/info/refs?service=git-upload-pack",
		 SEL_NET_OK},
		{"git", "code.test", "POST", "/a/b.git/git-upload-pack", SEL_NET_OK},
		{"git", "code.test", "GET", "/a/b.git/info/refs?service=git-receive-pack",
		 SEL_NET_QUERY},
		{"git", "code.test", "POST", "/a/b.git/git-receive-pack", SEL_NET_NOT_GRANTED},
		{"git", "code.test", "GET", "/a/b.git/HEAD", SEL_NET_NOT_GRANTED},
		{"git-push", "code.test", "POST", "/a/b.git/git-receive-pack", SEL_NET_OK},
		{"git-push", "code.test", "POST", "/a/b.git/git-upload-pack", SEL_NET_NOT_GRANTED},
		{"git-private", "code.test", "POST", "/a/b.git/git-upload-pack", SEL_NET_OK},
		{"git-private", "code.test", "POST", "/a/b.git/git-receive-pack", SEL_NET_OK},
		{"git-private", "code.test", "GET", "/a/b.git/info/refs?service=git-receive-pack",
		 SEL_NET_OK},
		{"git-private", "code.test", "GET", "/a/b.git/HEAD", SEL_NET_NOT_GRANTED},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		bool git = strncmp(row[i].preset, "git", 3) == 0;
		struct grants g = preset(row[i].preset, git ? row[i].host : NULL);
		enum sel_net_why why;

		(void)ask(&g, row[i].host, 443, request(row[i].method, row[i].target), &why);
		if (why != row[i].why)
			fail_msg("%s: %s %s: %s", row[i].preset, row[i].method, row[i].target,
				 sel_net_code(why));
		done(&g);
	}
	{
		struct grants g = preset("git", "[2001:db8::7]:8443");

		assert_string_equal(g.list->name, "git-2001-db8--7");
		assert_string_equal(g.list->host, "2001:db8::7");
		assert_int_equal(g.list->port, 8443);
		done(&g);
	}
}

/* --- files --- */

static char folder[128];

static const char *at(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static int read_file(const char *name, enum sel_grant_from from, struct grants *g)
{
	*g = (struct grants){0};
	return sel_grants_read(at(name), from, NOW, &g->list, &g->n, &g->error);
}

static void only_the_owner_s_files_are_read(void **state)
{
	static const char text[] = "grant a { host a.test; http GET / }\n";
	const char *tmp = getenv("TMPDIR");
	_cleanup_close_ int fd = -1;
	char target[256];
	struct grants g;

	(void)state;
	(void)snprintf(folder, sizeof folder, "%s/seldom-grant-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(read_file("none", SEL_GRANT_FILE, &g), 0);
	assert_null(g.list);
	fd = open(at("grants"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(write(fd, text, sizeof text - 1) == sizeof text - 1);
	assert_int_equal(read_file("grants", SEL_GRANT_FILE, &g), 0); /* the canary */
	assert_int_equal(g.n, 1);
	done(&g);
	assert_int_equal(read_file("grants", SEL_GRANT_ADMIN, &g), geteuid() == 0 ? 0 : -EPERM);
	done(&g);
	assert_int_equal(fchmod(fd, 0620), 0);
	assert_int_equal(read_file("grants", SEL_GRANT_FILE, &g), -EPERM);
	assert_non_null(strstr(g.error, "others may write to it"));
	done(&g);
	assert_int_equal(fchmod(fd, 0600), 0);
	(void)snprintf(target, sizeof target, "%s", at("grants"));
	assert_int_equal(symlink(target, at("link")), 0);
	assert_int_equal(read_file("link", SEL_GRANT_FILE, &g), -EPERM);
	done(&g);
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	assert_int_equal(read_file("fifo", SEL_GRANT_FILE, &g), -EPERM);
	done(&g);
	assert_int_equal(ftruncate(fd, (off_t)SEL_GRANTS_FILE_MAX + 1), 0);
	assert_int_equal(read_file("grants", SEL_GRANT_FILE, &g), -EFBIG);
	done(&g);
	assert_int_equal(unlink(at("fifo")), 0);
	assert_int_equal(unlink(at("link")), 0);
	assert_int_equal(unlink(at("grants")), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* --- targets --- */

static void a_target_has_one_reading(void **state)
{
	static const struct {
		const char *target;
		size_t path_len; /* 0: refused */
	} row[] = {
		{"/", 1},
		{"/a/b", 4},
		{"/a/b/", 5},
		{"/a//b", 5},
		{"/a?b=/../c", 2},
		{"/a?%2f%5c%2e", 2},
		{"/?", 1},
		{"/a%20b%C3%BC", 12},
		{"/...", 4},
		{"/.a", 3},
		{"/a..", 4},
		{"/a.%2e", 6},
		{"/%2ehidden", 10},
		{"/~!$&'()*+,;=:@", 15},
		{"/@types%2fnode", 14},
		{"/@types%2Fnode/-/node-1.tgz", 27},
		{"/a%252fb", 8},
		{"/100%25", 7},
		{"/%2", 0},
		{"/a%20.", 6},
		{"/%20/", 5},
		{"/..%20/a", 0},
		{"/.%20", 0},
		{"/%252e%252E/a", 0},
		{"/%25252e./a", 0},
		{"/%25%32%65/a", 0},
		{"/a%2525252525252541", 0},
		{"/..%252fa", 0},
		{"/a%255c..", 0},
		{"/a%252f.;x%252fb", 0},
		{"", 0},
		{"*", 0},
		{"a", 0},
		{"http://a.test/", 0},
		{"//a", 0},
		{"//", 0},
		{"/.", 0},
		{"/..", 0},
		{"/./a", 0},
		{"/a/..", 0},
		{"/a/../b", 0},
		{"/a/.?x", 0},
		{"/%2e", 0},
		{"/%2E%2e/a", 0},
		{"/.%2e/a", 0},
		{"/a/%2e./b", 0},
		{"/..;/a", 0},
		{"/a/..;x=1/b", 0},
		{"/a/..%3bx/b", 0},
		{"/a/%2e%2E;/b", 0},
		{"/a%2fb", 0},
		{"/a%2Fb", 0},
		{"/@a%2f..", 0},
		{"/@a%2f%2e%2e", 0},
		{"/@a%2f", 0},
		{"/@a%2f/b", 0},
		{"/@%2fb", 0},
		{"/@a%2fb%2fc", 0},
		{"/@a%20%2fb", 0},
		{"/@a%2f;b", 0},
		{"/x@a%2fb", 0},
		{"/a%5cb", 0},
		{"/a%5Cb", 0},
		{"/a\\b", 0},
		{"/a?b\\c", 0},
		{"/a%00", 0},
		{"/a?%00", 0},
		{"/a%0d%0ab", 0},
		{"/a%7f", 0},
		{"/%c0%ae%c0%ae/", 0},
		{"/%c1%9c", 0},
		{"/a#b", 0},
		{"/a?b#c", 0},
		{"/a b", 0},
		{"/a\tb", 0},
		{"/a\x7f", 0},
		{"/b\xc3\xbc", 0},
		{"/a?b\xc3\xbc", 0},
		{"/%", 0},
		{"/%2", 0},
		{"/%zz", 0},
		{"/%%41", 0},
		{"/a?%4", 0},
		{"/a?%g0", 0},
	};
	char *big = calloc(1, SEL_TARGET_MAX + 2);
	size_t len;

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		/* no byte behind the end is looked at */
		char *exact = strdup(row[i].target);
		int r = sel_target_check(exact, &len);

		if (r != (row[i].path_len ? 0 : -EINVAL) || (r == 0 && len != row[i].path_len))
			fail_msg("'%s': %d, %zu", row[i].target, r, len);
		free(exact);
	}
	memset(big, 'a', SEL_TARGET_MAX + 1);
	big[0] = '/';
	assert_int_equal(sel_target_check(big, &len), -EINVAL);
	big[SEL_TARGET_MAX] = '\0';
	assert_int_equal(sel_target_check(big, &len), 0);
	assert_int_equal(len, SEL_TARGET_MAX);
	free(big);
}

/* --- matching --- */

static struct sel_head *request(const char *method, const char *target)
{
	struct sel_head *h = calloc(1, sizeof *h);

	h->method = strdup(method);
	h->authority = strdup("unused.test");
	h->target = strdup(target);
	return h;
}

static const struct sel_net_grant *ask(const struct grants *g, const char *name, uint16_t port,
				       struct sel_head *take, enum sel_net_why *why)
{
	const struct sel_net_grant *found =
		sel_net_match(g->list, g->n, name, port, take, NOW, why);

	sel_head_free(take);
	assert_int_equal(*why == SEL_NET_OK, found != NULL);
	return found;
}

static const char rules[] =
	"grant a { host api.test; http GET /v1/models POST /v1/messages GET /files/*; query "
	"beta=true page=* }\n"
	"grant b { host api.test; http PUT /any; query * }\n"
	"grant w { host *.example.test; http * /pub/*; }\n"
	"grant p { host plain.test; http GET /*; plain yes }\n"
	"grant q { host api.test; port 8443; http GET / }\n"
	"grant g { host code.test; http GET /*/info/refs POST /*/git-upload-pack; query "
	"service=git-upload-pack }\n"
	"grant o { host tunnel.test; port 22; opaque yes }\n"
	"grant e { host over.test; http GET /*; expires @1 }\n"
	"grant s { host ws.test; http GET /live; upgrade websocket }\n"
	"grant n { host npm.test; http GET /@a%2f* GET /%c3%bc GET /@b/* }\n"
	"grant t { host typed.test; http POST,GET /x; request body<=10 type=application/json }\n"
	"grant sp { host sp.test; http GET /; query \"q=a b\" r=a+b t=%2a }\n";

static void a_request_is_covered_or_not(void **state)
{
	static const struct {
		const char *host;
		uint16_t port;
		const char *method, *target;
		enum sel_net_why why;
	} row[] = {
		{"api.test", 443, "GET", "/v1/models", SEL_NET_OK},
		{"api.test", 443, "GET", "/v1/models?beta=true", SEL_NET_OK},
		{"api.test", 443, "GET", "/v1/models?beta=true&page=7&page=", SEL_NET_OK},
		{"api.test", 443, "GET", "/v1/models?%62eta=%74rue", SEL_NET_OK},
		{"api.test", 443, "POST", "/v1/messages", SEL_NET_OK},
		{"api.test", 443, "GET", "/files/", SEL_NET_OK},
		{"api.test", 443, "GET", "/files/a/b?page", SEL_NET_OK},
		{"api.test", 443, "PUT", "/any?x=1;y=2&&z", SEL_NET_OK},
		{"api.test", 8443, "GET", "/", SEL_NET_OK},
		{"x.example.test", 443, "DELETE", "/pub/x", SEL_NET_OK},
		{"a.b.example.test", 443, "GET", "/pub/", SEL_NET_OK},
		{"plain.test", 443, "GET", "/a", SEL_NET_OK},
		{"plain.test", 80, "GET", "/a", SEL_NET_OK},
		{"code.test", 443, "GET", "/a/b.git/info/refs?service=git-upload-pack", SEL_NET_OK},
		{"code.test", 443, "POST", "/a/b/git-upload-pack", SEL_NET_OK},
		{"npm.test", 443, "GET", "/@a%2fb", SEL_NET_OK},
		{"npm.test", 443, "GET", "/@a%2Fb", SEL_NET_OK},
		{"npm.test", 443, "GET", "/%C3%bC", SEL_NET_OK},
		{"sp.test", 443, "GET", "/?q=a%20b", SEL_NET_OK},
		{"sp.test", 443, "GET", "/?r=a+b", SEL_NET_OK},
		{"sp.test", 443, "GET", "/?t=*", SEL_NET_OK},

		{"api.test", 443, "GET", "/v1/modelsx", SEL_NET_NOT_GRANTED},
		{"api.test", 443, "GET", "/v1/model", SEL_NET_NOT_GRANTED},
		{"api.test", 443, "GET", "/v1/models/", SEL_NET_NOT_GRANTED},
		{"api.test", 443, "GET", "/V1/models", SEL_NET_NOT_GRANTED},
		{"api.test", 443, "GET", "/v1/%6dodels", SEL_NET_NOT_GRANTED},
		{"api.test", 443, "GET", "/files", SEL_NET_NOT_GRANTED},
		{"api.test", 443, "HEAD", "/v1/models", SEL_NET_NOT_GRANTED},
		{"api.test", 443, "get", "/v1/models", SEL_NET_NOT_GRANTED},
		{"api.test", 443, "POST", "/v1/models", SEL_NET_NOT_GRANTED},
		{"api.test", 443, "GET", "/v1/models?alpha=1", SEL_NET_QUERY},
		{"api.test", 443, "GET", "/v1/models?beta=false", SEL_NET_QUERY},
		{"api.test", 443, "GET", "/v1/models?beta=tru", SEL_NET_QUERY},
		{"api.test", 443, "GET", "/v1/models?beta=truee", SEL_NET_QUERY},
		{"api.test", 443, "GET", "/v1/models?beta=true&x=1", SEL_NET_QUERY},
		{"api.test", 443, "GET", "/v1/models?beta=true;x=1", SEL_NET_QUERY},
		{"api.test", 443, "GET", "/v1/models?page=1;x=1", SEL_NET_QUERY},
		{"api.test", 443, "GET", "/v1/models?", SEL_NET_QUERY},
		{"api.test", 443, "GET", "/v1/models?beta=true&", SEL_NET_QUERY},
		{"api.test", 443, "GET", "/v1/models?Beta=true", SEL_NET_QUERY},
		{"api.test", 443, "GET", "/v1/models?beta%3dtrue", SEL_NET_QUERY},
		{"api.test", 443, "GET", "/v1/models?page%26x=1", SEL_NET_QUERY},
		{"sp.test", 443, "GET", "/?q=a+b", SEL_NET_QUERY},
		{"sp.test", 443, "GET", "/?r=a%2Bb", SEL_NET_QUERY},
		{"sp.test", 443, "GET", "/?r=a%20b", SEL_NET_QUERY},
		{"sp.test", 443, "GET", "/?t=x", SEL_NET_QUERY},
		{"api.test", 80, "GET", "/v1/models", SEL_NET_UNDECIDED},
		{"api.test", 444, "GET", "/v1/models", SEL_NET_UNDECIDED},
		{"other.test", 443, "GET", "/", SEL_NET_UNDECIDED},
		{"xapi.test", 443, "GET", "/v1/models", SEL_NET_UNDECIDED},
		{"a.api.test", 443, "GET", "/v1/models", SEL_NET_UNDECIDED},
		{"example.test", 443, "GET", "/pub/x", SEL_NET_UNDECIDED},
		{"x.example.test", 443, "GET", "/private", SEL_NET_NOT_GRANTED},
		{"code.test", 443, "GET", "/info/refs", SEL_NET_NOT_GRANTED},
		{"code.test", 443, "GET", "//info/refs", SEL_NET_AMBIGUOUS_PATH},
		{"code.test", 443, "POST", "/a/git-receive-pack", SEL_NET_NOT_GRANTED},
		{"code.test", 443, "GET", "/a/info/refs?service=git-receive-pack", SEL_NET_QUERY},
		{"tunnel.test", 22, "GET", "/", SEL_NET_NOT_GRANTED},
		{"over.test", 443, "GET", "/", SEL_NET_EXPIRED},
		{"npm.test", 443, "GET", "/@b%2fc", SEL_NET_NOT_GRANTED},
		{"npm.test", 443, "GET", "/@a/b", SEL_NET_NOT_GRANTED},
		{"api.test", 443, "GET", "/files/../v1", SEL_NET_AMBIGUOUS_PATH},
		{"api.test", 443, "GET", "/files/%2e%2e/v1", SEL_NET_AMBIGUOUS_PATH},
		{"other.test", 443, "GET", "/..", SEL_NET_AMBIGUOUS_PATH},
		{"api.test", 443, "OPTIONS", "*", SEL_NET_AMBIGUOUS_PATH},
		{"x.example.test", 443, "TRACE", "/pub/x", SEL_NET_METHOD},
		{"x.example.test", 443, "trace", "/pub/x", SEL_NET_METHOD},
		{"x.example.test", 443, "TRACK", "/pub/x", SEL_NET_METHOD},
		{"x.example.test", 443, "CONNECT", "/pub/x", SEL_NET_METHOD},
	};
	struct grants g = parse_ok(rules);

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		enum sel_net_why why;

		(void)ask(&g, row[i].host, row[i].port, request(row[i].method, row[i].target),
			  &why);
		if (why != row[i].why)
			fail_msg("%s %s:%u%s: %s", row[i].method, row[i].host, row[i].port,
				 row[i].target, sel_net_code(why));
	}
	done(&g);
}

static struct sel_head *with(struct sel_head *h, const char *name, const char *value)
{
	assert_int_equal(sel_headers_add(&h->headers, name, strlen(name), value, strlen(value)), 0);
	return h;
}

static void what_is_not_in_the_target_counts_too(void **state)
{
	struct grants g = parse_ok(rules);
	enum sel_net_why why;
	struct sel_head *h;

	(void)state;
	h = request("GET", "/v1/models");
	h->plain = true;
	(void)ask(&g, "api.test", 443, h, &why);
	assert_int_equal(why, SEL_NET_PLAIN);
	h = request("GET", "/a");
	h->plain = true;
	(void)ask(&g, "plain.test", 80, h, &why);
	assert_int_equal(why, SEL_NET_OK);
	h = request("GET", "/a");
	h->upgrade = strdup("websocket");
	(void)ask(&g, "plain.test", 443, h, &why);
	assert_int_equal(why, SEL_NET_UPGRADE);
	h = request("GET", "/live");
	h->upgrade = strdup("websocket");
	(void)ask(&g, "ws.test", 443, h, &why);
	assert_int_equal(why, SEL_NET_OK);
	h = request("GET", "/live");
	h->upgrade = strdup("h2c");
	(void)ask(&g, "ws.test", 443, h, &why);
	assert_int_equal(why, SEL_NET_UPGRADE);
	done(&g);
}

static void bodies_have_a_type_and_a_size(void **state)
{
	static const struct {
		const char *type;
		uint64_t length;
		enum sel_net_why why;
	} row[] = {
		{"application/json", 10, SEL_NET_OK},
		{"Application/JSON; charset=utf-8", 1, SEL_NET_OK},
		{"application/json", SEL_LENGTH_UNKNOWN, SEL_NET_OK},
		{NULL, 0, SEL_NET_OK},
		{"application/json", 11, SEL_NET_BODY},
		{"application/jsonx", 1, SEL_NET_TYPE},
		{"text/plain", 1, SEL_NET_TYPE},
		{"multipart/form-data; x=application/json", 1, SEL_NET_TYPE},
		{NULL, 1, SEL_NET_TYPE},
	};
	struct grants g = parse_ok(rules);
	enum sel_net_why why;
	struct sel_head *h;

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		h = request("POST", "/x");
		h->length = row[i].length;
		if (row[i].type)
			h = with(h, "content-type", row[i].type);
		(void)ask(&g, "typed.test", 443, h, &why);
		if (why != row[i].why)
			fail_msg("%zu: %s", i, sel_net_code(why));
	}
	h = with(with(request("POST", "/x"), "content-type", "application/json"), "content-type",
		 "text/plain");
	h->length = 1;
	(void)ask(&g, "typed.test", 443, h, &why);
	assert_int_equal(why, SEL_NET_TYPE);
	done(&g);
}

static void nothing_overrides_method_or_path(void **state)
{
	static const char *const headers[] = {"X-HTTP-Method-Override", "x-http-method",
					      "X-Method-Override",	"X-Original-URL",
					      "x-rewrite-url",		"x-forwarded-prefix",
					      "X-Forwarded-Host",	"x_http_method_override",
					      "X-Original_URL",		"x-original-path"};
	struct grants g = parse_ok(rules);
	enum sel_net_why why;

	(void)state;
	(void)ask(&g, "api.test", 443, with(request("GET", "/v1/models"), "x-other", "DELETE"),
		  &why);
	assert_int_equal(why, SEL_NET_OK);
	for (size_t i = 0; i < SEL_N(headers); i++) {
		(void)ask(&g, "api.test", 443,
			  with(request("GET", "/v1/models"), headers[i], "DELETE"), &why);
		assert_int_equal(why, SEL_NET_METHOD);
	}
	done(&g);
}

static void the_first_that_covers_it_is_named(void **state)
{
	struct grants g = parse_ok(rules);
	enum sel_net_why why;

	(void)state;
	assert_string_equal(ask(&g, "api.test", 443, request("PUT", "/any"), &why)->name, "b");
	assert_string_equal(ask(&g, "api.test", 8443, request("GET", "/"), &why)->name, "q");
	done(&g);
	g = parse_ok("grant a { host a.test; http GET /*; expires @1 }\n"
		     "grant b { host a.test; http GET /x }\n"
		     "grant c { host a.test; http POST /y; request body<=1 }");
	assert_string_equal(ask(&g, "a.test", 443, request("GET", "/x"), &why)->name, "b");
	(void)ask(&g, "a.test", 443, request("GET", "/y"), &why);
	assert_int_equal(why, SEL_NET_NOT_GRANTED);
	done(&g);
	g = parse_ok("grant c { host a.test; http POST /y; request body<=1 }");
	{
		struct sel_head *h = request("POST", "/y");

		h->length = 2;
		(void)ask(&g, "a.test", 443, h, &why);
		assert_int_equal(why, SEL_NET_BODY);
	}
	done(&g);
}

static void a_connection_is_covered_by_an_opaque_grant_only(void **state)
{
	struct grants g = parse_ok(rules);
	enum sel_net_why why;

	(void)state;
	assert_string_equal(ask(&g, "tunnel.test", 22, NULL, &why)->name, "o");
	(void)ask(&g, "tunnel.test", 443, NULL, &why);
	assert_int_equal(why, SEL_NET_UNDECIDED);
	(void)ask(&g, "api.test", 443, NULL, &why);
	assert_int_equal(why, SEL_NET_NOT_GRANTED);
	(void)sel_net_match(g.list, g.n, "tunnel.test", 22, NULL, NOW, &why);
	done(&g);
	g = parse_ok("grant o { host a.test; opaque yes; expires @1 }");
	(void)ask(&g, "a.test", 443, NULL, &why);
	assert_int_equal(why, SEL_NET_UNDECIDED);
	done(&g);
}

static void every_reason_can_be_said(void **state)
{
	(void)state;
	for (int why = 0; why < SEL_NET_WHY_N; why++) {
		const char *code = sel_net_code((enum sel_net_why)why);

		assert_non_null(code);
		assert_true(strspn(code, "abcdefghijklmnopqrstuvwxyz-") == strlen(code));
		assert_non_null(sel_net_words((enum sel_net_why)why));
		assert_null(strchr(sel_net_words((enum sel_net_why)why), '\n'));
		assert_in_range(sel_net_status((enum sel_net_why)why), why ? 400 : 200, 599);
		for (int other = 0; other < why; other++)
			assert_string_not_equal(code, sel_net_code((enum sel_net_why)other));
	}
	assert_string_equal(sel_net_code((enum sel_net_why)999), "denied");
	assert_false(sel_net_askable((enum sel_net_why)999));
	assert_true(sel_net_askable(SEL_NET_UNDECIDED));
	assert_false(sel_net_askable(SEL_NET_FOREIGN));
	assert_string_equal(sel_net_code(SEL_NET_FOREIGN), "credential-not-owned");
	assert_int_equal(sel_net_class("HEAD"), SEL_NET_READ);
	assert_int_equal(sel_net_class("get"), SEL_NET_WRITE);
	assert_int_equal(sel_net_class("PROPFIND"), SEL_NET_WRITE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_clause_is_taken),
		cmocka_unit_test(what_is_not_said_has_the_safe_value),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(a_failed_text_changes_nothing),
		cmocka_unit_test(numbers_and_sizes_are_bounded),
		cmocka_unit_test(what_is_printed_reads_back),
		cmocka_unit_test(broken_texts_break_nothing),
		cmocka_unit_test(a_proposal_is_what_it_says),
		cmocka_unit_test(people_read_words),
		cmocka_unit_test(at_a_glance),
		cmocka_unit_test(every_preset_is_a_grant),
		cmocka_unit_test(presets_cover_their_use_and_no_more),
		cmocka_unit_test(only_the_owner_s_files_are_read),
		cmocka_unit_test(a_target_has_one_reading),
		cmocka_unit_test(a_request_is_covered_or_not),
		cmocka_unit_test(what_is_not_in_the_target_counts_too),
		cmocka_unit_test(bodies_have_a_type_and_a_size),
		cmocka_unit_test(nothing_overrides_method_or_path),
		cmocka_unit_test(the_first_that_covers_it_is_named),
		cmocka_unit_test(a_connection_is_covered_by_an_opaque_grant_only),
		cmocka_unit_test(every_reason_can_be_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
