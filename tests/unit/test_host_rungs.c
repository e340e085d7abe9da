/* How far an answer about a host reaches. */
#include "ask/host_rungs.h"

#include "test.h"
#include "wire.h"

#include <stdio.h>

#define NOW ((usec_t)1764000000 * USEC_PER_SEC)

static struct sel_host_wish wish(enum sel_host_way way, const char *method, const char *path)
{
	return (struct sel_host_wish){.way = way,
				      .name = "api.example.test",
				      .port = 443,
				      .method = method,
				      .path = path};
}

static bool allows(const struct sel_rung *rung, const char *host, uint16_t port, const char *method,
		   const char *target, bool plain)
{
	struct sel_head head = {.method = (char *)method, .target = (char *)target, .plain = plain};
	struct sel_net_grant g;
	enum sel_net_why why;

	assert_int_equal(sel_host_grant(rung->grant, NOW, &g), 0);
	bool yes = sel_net_match(&g, 1, host, port, *method ? &head : NULL, NOW, &why) != NULL;
	sel_grant_done(&g);
	return yes;
}

#define ALLOWS(rung, method, target) allows(rung, "api.example.test", 443, method, target, false)

static void from_one_request_to_any(void **state)
{
	struct sel_host_wish w = wish(SEL_WAY_READ, "GET", "/v1/models");
	struct sel_rungs r;

	(void)state;
	assert_int_equal(sel_host_rungs(&w, "kq3fx7ab.2", NOW, &r), 0);
	assert_int_equal(r.n, 4);
	assert_int_equal(r.item[0].kind, SEL_RUNG_REQUEST);
	assert_true(ALLOWS(&r.item[0], "GET", "/v1/models?a=b"));
	assert_false(ALLOWS(&r.item[0], "GET", "/v1/models/x"));
	assert_false(ALLOWS(&r.item[0], "HEAD", "/v1/models"));
	assert_true(ALLOWS(&r.item[1], "GET", "/v1/others/x"));
	assert_false(ALLOWS(&r.item[1], "GET", "/v2"));
	assert_false(ALLOWS(&r.item[1], "POST", "/v1/models"));
	assert_true(ALLOWS(&r.item[2], "HEAD", "/"));
	assert_true(ALLOWS(&r.item[2], "OPTIONS", "/v2"));
	assert_false(ALLOWS(&r.item[2], "POST", "/v1/models"));
	assert_true(ALLOWS(&r.item[3], "POST", "/x"));
	assert_non_null(strstr(r.item[3].exposes, "may upload what it can read"));
	assert_int_equal(r.recommended, 2);
	assert_string_equal(r.item[0].path, "GET api.example.test/v1/models");
	assert_string_equal(r.item[1].path, "GET api.example.test/v1/*");
	assert_string_equal(r.item[2].path, "GET, HEAD, OPTIONS api.example.test/*");
	assert_string_equal(r.item[3].path, "any method api.example.test/*");
	for (size_t i = 0; i < r.n; i++) {
		assert_int_equal(r.item[i].kind == SEL_RUNG_REQUEST, i == 0);
		assert_false(allows(&r.item[i], "example.test", 443, "GET", "/v1/models", false));
		assert_false(
			allows(&r.item[i], "api.example.test", 8443, "GET", "/v1/models", false));
		assert_false(
			allows(&r.item[i], "api.example.test", 443, "GET", "/v1/models", true));
		assert_false(ALLOWS(&r.item[i], "", ""));
		assert_false(ALLOWS(&r.item[i], "TRACE", "/v1/models"));
	}
	sel_rungs_done(&r);
}

static void writing_is_never_a_whole_host_by_itself(void **state)
{
	struct sel_host_wish w = wish(SEL_WAY_WRITE, "POST", "/v1/upload");
	struct sel_rungs r;

	(void)state;
	assert_int_equal(sel_host_rungs(&w, "a", NOW, &r), 0);
	assert_int_equal(r.n, 3); /* reading would not cover it */
	assert_int_equal(r.recommended, 1);
	assert_false(ALLOWS(&r.item[1], "POST", "/v2"));
	sel_rungs_done(&r);
	w.narrow = true;
	assert_int_equal(sel_host_rungs(&w, "a", NOW, &r), 0);
	assert_int_equal(r.n, 2);
	for (size_t i = 0; i < r.n; i++)
		assert_false(ALLOWS(&r.item[i], "POST", "/elsewhere"));
	sel_rungs_done(&r);
	w.path = "/upload"; /* its folder is the whole host */
	assert_int_equal(sel_host_rungs(&w, "a", NOW, &r), 0);
	assert_int_equal(r.n, 1);
	sel_rungs_done(&r);
}

static void what_a_tool_usually_asks_is_recommended_if_it_covers(void **state)
{
	struct sel_host_wish w = wish(SEL_WAY_READ, "GET", "/npm/left-pad");
	struct sel_rungs r;

	(void)state;
	w.proposal = "grant npm host api.example.test; http GET,HEAD /npm/*";
	assert_int_equal(sel_host_rungs(&w, "a", NOW, &r), 0);
	assert_int_equal(r.item[r.recommended].kind, SEL_RUNG_HOST);
	assert_string_equal(r.item[r.recommended].grant, w.proposal);
	sel_rungs_done(&r);
	w.narrow = true;
	assert_int_equal(sel_host_rungs(&w, "a", NOW, &r), 0);
	assert_string_equal(r.item[r.recommended].grant, w.proposal);
	sel_rungs_done(&r);
	/* another place, another host, not a grant at all: as if there was none */
	static const char *const others[] = {
		"grant npm host api.example.test; http GET,HEAD /else/*",
		"grant npm host other.test; http GET,HEAD /npm/*", "grant npm", "",
		"grant a host api.example.test; http GET /npm/*\ngrant b host x.test; http GET /"};
	for (size_t i = 0; i < SEL_N(others); i++) {
		w.proposal = others[i];
		assert_int_equal(sel_host_rungs(&w, "a", NOW, &r), 0);
		for (size_t k = 0; k < r.n; k++)
			assert_string_not_equal(r.item[k].grant, others[i]);
		sel_rungs_done(&r);
	}
}

static void each_way_needs_its_own_words(void **state)
{
	struct sel_host_wish plain = wish(SEL_WAY_PLAIN_READ, "GET", "/a/b");
	struct sel_host_wish tunnel = wish(SEL_WAY_TUNNEL, "", "");
	struct sel_host_wish socket = wish(SEL_WAY_WEBSOCKET, "GET", "/ws/a");
	struct sel_rungs r;

	(void)state;
	plain.port = 80;
	assert_int_equal(sel_host_rungs(&plain, "a", NOW, &r), 0);
	for (size_t i = 0; i < r.n; i++) {
		assert_true(allows(&r.item[i], "api.example.test", 80, "GET", "/a/b", true));
		assert_non_null(strstr(r.item[i].path, "without TLS"));
	}
	sel_rungs_done(&r);
	tunnel.port = 5432;
	assert_int_equal(sel_host_rungs(&tunnel, "a", NOW, &r), 0);
	assert_int_equal(r.n, 1);
	assert_true(allows(&r.item[0], "api.example.test", 5432, "", "", false));
	assert_false(allows(&r.item[0], "api.example.test", 443, "", "", false));
	assert_string_equal(r.item[0].path, "api.example.test:5432, unread");
	sel_rungs_done(&r);
	for (int without = 0; without < 2; without++) {
		socket.plain = without;
		assert_int_equal(sel_host_rungs(&socket, "a", NOW, &r), 0);
		assert_true(r.n > 0);
		for (size_t i = 0; i < r.n; i++) {
			assert_non_null(strstr(r.item[i].path, "WebSocket"));
			assert_int_equal(strstr(r.item[i].path, "without TLS") != NULL, without);
		}
		sel_rungs_done(&r);
	}
	tunnel.name = "2001:db8::7";
	assert_int_equal(sel_host_rungs(&tunnel, "a", NOW, &r), 0);
	assert_true(allows(&r.item[0], "2001:db8::7", 5432, "", "", false));
	sel_rungs_done(&r);
}

/* Hostile methods and paths: each rung that is offered is one grant of this host and port that
 * covers the request; and what cannot be said is not offered. */
static void hostile_requests_stay_in_their_grant(void **state)
{
	static const char *const methods[] = {"GET",   "POST",	  "PURGE", "GET; host evil.test",
					      "get",   "G\nET",	  "*",	   "GET,POST",
					      "TRACE", "CONNECT", "",	   "\"GET\""};
	static const char *const paths[] = {"/",
					    "/a b",
					    "/a;opaque yes",
					    "/a\"; opaque yes",
					    "/a\nb",
					    "/*",
					    "/a*b/c",
					    "/../x",
					    "/%2e%2e/x",
					    "//x",
					    "/a#b",
					    "/{a}/b",
					    "/a;b/c",
					    "/ä/b",
					    "",
					    "x",
					    "/a/",
					    "/@a%2fb/c",
					    "/a?b"};
	unsigned offered = 0;

	(void)state;
	for (size_t m = 0; m < SEL_N(methods); m++)
		for (size_t p = 0; p < SEL_N(paths); p++) {
			struct sel_host_wish w = wish(SEL_WAY_READ, methods[m], paths[p]);
			struct sel_rungs r;

			if (sel_host_rungs(&w, "a", NOW, &r) < 0)
				continue;
			offered++;
			for (size_t i = 0; i < r.n; i++) {
				struct sel_net_grant g;

				assert_int_equal(sel_host_grant(r.item[i].grant, NOW, &g), 0);
				assert_string_equal(g.host, "api.example.test");
				assert_true(g.port == 0 || g.port == 443);
				assert_false(g.opaque || g.plain || g.wildcard || g.websocket);
				assert_int_equal(g.credential, SEL_CRED_NONE);
				assert_int_equal(g.n_addresses, 0);
				sel_grant_done(&g);
				assert_true(ALLOWS(&r.item[i], methods[m], paths[p]));
			}
			assert_false(ALLOWS(&r.item[0], "DELETE", paths[p]));
			assert_false(ALLOWS(&r.item[0], methods[m], "/elsewhere"));
			sel_rungs_done(&r);
		}
	assert_true(offered >= 10);
	assert_true(offered < SEL_N(methods) * SEL_N(paths));
}

static void a_path_that_was_cut_is_its_folder(void **state)
{
	char path[SEL_PATH_TOLD + 1] = "/v1/";
	struct sel_host_wish w = wish(SEL_WAY_READ, "GET", path);
	struct sel_rungs r;

	(void)state;
	memset(path + 4, 'a', SEL_PATH_TOLD - 5);
	assert_int_equal(sel_host_rungs(&w, "a", NOW, &r), 0);
	assert_true(ALLOWS(&r.item[0], "GET", path));
	assert_false(ALLOWS(&r.item[0], "GET", "/v1/a"));
	sel_rungs_done(&r);
	path[SEL_PATH_TOLD - 1] = 'a';
	assert_int_equal(sel_host_rungs(&w, "a", NOW, &r), 0);
	assert_int_equal(r.item[0].kind, SEL_RUNG_REQUEST);
	assert_string_equal(r.item[0].path, "GET api.example.test/v1/*");
	assert_false(ALLOWS(&r.item[0], "GET", "/v2"));
	assert_false(ALLOWS(&r.item[0], "POST", path));
	sel_rungs_done(&r);
}

static bool sends(const struct sel_rung *rung, const char *method, const char *target,
		  const char *type, uint64_t length)
{
	struct sel_head head = {
		.method = (char *)method, .target = (char *)target, .length = length};
	struct sel_net_grant g;
	enum sel_net_why why;

	assert_int_equal(sel_host_grant(rung->grant, NOW, &g), 0);
	if (*type)
		assert_int_equal(
			sel_headers_add(&head.headers, "content-type", 12, type, strlen(type)), 0);
	bool yes = sel_net_match(&g, 1, "api.example.test", 443, &head, NOW, &why) != NULL;
	sel_headers_done(&head.headers);
	sel_grant_done(&g);
	return yes;
}

static void git_is_one_repository_and_one_service(void **state)
{
	struct sel_host_wish w = wish(SEL_WAY_READ, "GET", "/a/b.git/info/refs");
	static const char fetch[] = "application/x-git-upload-pack-request";
	static const char push[] = "application/x-git-receive-pack-request";
	struct sel_rungs r;

	(void)state;
	w.git = SEL_GIT_FETCH;
	assert_int_equal(sel_host_rungs(&w, "a", NOW, &r), 0);
	assert_string_equal(r.item[1].label, "clone and fetch this repository");
	assert_non_null(strstr(r.item[1].exposes, "pushing is not included"));
	assert_int_equal(r.recommended, 1);
	const struct sel_rung *one = &r.item[1];
	assert_true(sends(one, "GET", "/a/b.git/info/refs?service=git-upload-pack", "", 0));
	assert_true(sends(one, "POST", "/a/b.git/git-upload-pack", fetch, 500));
	assert_true(sends(one, "POST", "/a/b.git/git-upload-pack", fetch, SEL_LENGTH_UNKNOWN));
	assert_false(sends(one, "POST", "/a/b.git/git-upload-pack", fetch, 17 << 20));
	assert_false(sends(one, "POST", "/a/b.git/git-upload-pack", "text/plain", 500));
	assert_false(sends(one, "POST", "/a/b.git/git-upload-pack?x=y", fetch, 500));
	assert_false(sends(one, "POST", "/a/b.git/git-receive-pack", push, 500));
	assert_false(sends(one, "GET", "/a/b.git/info/refs?service=git-receive-pack", "", 0));
	assert_false(sends(one, "GET", "/a/b.git/info/refs?service=git-upload-pack&x=y", "", 0));
	assert_false(sends(one, "GET", "/a/c.git/info/refs?service=git-upload-pack", "", 0));
	assert_false(sends(one, "GET", "/a/b.git/x/info/refs", "", 0));
	sel_rungs_done(&r);

	w.narrow = true; /* a stranger: the repository is narrow enough to be recommended */
	assert_int_equal(sel_host_rungs(&w, "a", NOW, &r), 0);
	assert_int_equal(r.recommended, 1);
	sel_rungs_done(&r);

	w = wish(SEL_WAY_WRITE, "POST", "/a/b.git/git-upload-pack"); /* begun by another answer */
	w.git = SEL_GIT_FETCH;
	assert_int_equal(sel_host_rungs(&w, "a", NOW, &r), 0);
	assert_string_equal(r.item[1].label, "clone and fetch this repository");
	assert_true(sends(&r.item[1], "POST", "/a/b.git/git-upload-pack", fetch, 500));
	sel_rungs_done(&r);

	w = wish(SEL_WAY_WRITE, "GET", "/a/b.git/info/refs");
	w.git = SEL_GIT_PUSH;
	assert_int_equal(sel_host_rungs(&w, "a", NOW, &r), 0);
	assert_string_equal(r.item[1].label, "push to this repository");
	assert_true(sends(&r.item[1], "POST", "/a/b.git/git-receive-pack", push, 500));
	assert_false(sends(&r.item[1], "POST", "/a/b.git/git-upload-pack", fetch, 500));
	sel_rungs_done(&r);

	static const char *const hostile[] = {"/info/refs",	   "/a*/info/refs",
					      "/a\"; b/info/refs", "/../info/refs",
					      "/git-upload-pack",  "info/refs"};
	for (size_t i = 0; i < SEL_N(hostile); i++) {
		w = wish(SEL_WAY_READ, "GET", hostile[i]);
		w.git = SEL_GIT_FETCH;
		if (sel_host_rungs(&w, "a", NOW, &r) < 0)
			continue;
		for (size_t k = 0; k < r.n; k++)
			assert_false(strstr(r.item[k].label, "repository") &&
				     sends(&r.item[k], "POST", "/x/git-upload-pack", fetch, 5));
		sel_rungs_done(&r);
	}
}

static void one_grant_is_one(void **state)
{
	struct sel_net_grant g;

	(void)state;
	assert_int_equal(sel_host_grant("grant a host a.test; http GET /", NOW, &g), 0);
	sel_grant_done(&g);
	assert_int_equal(sel_host_grant("", NOW, &g), -EINVAL);
	assert_int_equal(sel_host_grant("grant a host a.test; htp GET /", NOW, &g), -EINVAL);
	assert_int_equal(sel_host_grant("grant a host a.test; http GET /\n"
					"grant b host b.test; http GET /",
					NOW, &g),
			 -EINVAL);
	/* what only a file can say, and what is over */
	assert_int_equal(sel_host_grant("grant a host a.test; http GET /; roots /a.pem", NOW, &g),
			 -ENOTSUP);
	assert_int_equal(
		sel_host_grant("grant a host a.test; http GET /; expires @1764000000", NOW, &g),
		-ETIME);
	assert_int_equal(
		sel_host_grant("grant a host a.test; http GET /; expires @1764000001", NOW, &g), 0);
	sel_grant_done(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_one_request_to_any),
		cmocka_unit_test(writing_is_never_a_whole_host_by_itself),
		cmocka_unit_test(what_a_tool_usually_asks_is_recommended_if_it_covers),
		cmocka_unit_test(each_way_needs_its_own_words),
		cmocka_unit_test(hostile_requests_stay_in_their_grant),
		cmocka_unit_test(a_path_that_was_cut_is_its_folder),
		cmocka_unit_test(git_is_one_repository_and_one_service),
		cmocka_unit_test(one_grant_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
