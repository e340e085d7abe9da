/* Where a name leads, and what is connected to: the guard, the grant's own addresses, one address
 * after the other. Only numbers are resolved here, and only loopback is connected to. */
#include "dial/dial.h"

#include "test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

static struct sel_net_grant *parse(const char *line, size_t *ret_n)
{
	struct sel_net_grant *list = NULL;
	char *error = NULL;

	*ret_n = 0;
	if (sel_grants_parse("test", line, strlen(line), SEL_GRANT_COMMAND, sel_now_real(), &list,
			     ret_n, &error) < 0)
		fail_msg("%s", error);
	return list;
}

static enum sel_net_why resolve(const char *line, const char *name, uint16_t port,
				struct addresses *ret, char words[512])
{
	size_t n;
	struct sel_net_grant *g = parse(line, &n);
	enum sel_net_why why = dial_resolve(&g[0], name, port, ret, words, 512);

	sel_net_grants_free(g, n);
	return why;
}

static void addresses_that_are_not_public_are_refused_and_named(void **state)
{
	static const char *const forbidden[] = {"127.0.0.1",   "10.1.2.3", "169.254.169.254",
						"192.168.0.1", "::1",	   "fd00::1",
						"fe80::1"};
	struct addresses to;
	char words[512];

	(void)state;
	for (size_t i = 0; i < SEL_N(forbidden); i++) {
		char line[128];

		(void)snprintf(line, sizeof line, "grant a host %s; http GET /*", forbidden[i]);
		words[0] = '\0';
		assert_int_equal(resolve(line, forbidden[i], 443, &to, words), SEL_NET_ADDRESS);
		assert_non_null(strstr(words, forbidden[i]));
		assert_int_equal(to.n, 0);
	}
	/* The same way lets through what is public. */
	assert_int_equal(resolve("grant a host 9.9.9.9; http GET /*", "9.9.9.9", 443, &to, words),
			 SEL_NET_OK);
	assert_int_equal(to.n, 1);
	assert_false(to.named);
}

static void a_grant_may_name_the_addresses_itself(void **state)
{
	struct addresses to;
	char words[512], text[64];

	(void)state;
	assert_int_equal(resolve("grant a host inner.example.test; http GET /*; "
				 "address 127.0.0.1:8080 10.0.0.1",
				 "inner.example.test", 443, &to, words),
			 SEL_NET_OK);
	assert_int_equal(to.n, 2);
	assert_true(to.named);
	const struct sockaddr_in *in = (const void *)&to.list[0];
	assert_string_equal(inet_ntop(AF_INET, &in->sin_addr, text, sizeof text), "127.0.0.1");
	assert_int_equal(ntohs(in->sin_port), 8080);
	in = (const void *)&to.list[1];
	assert_int_equal(ntohs(in->sin_port), 443); /* the port that was asked for */
}

static struct sockaddr_in server(int *ret_fd)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof in;

	*ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(*ret_fd, (struct sockaddr *)&in, len), 0);
	assert_int_equal(getsockname(*ret_fd, (struct sockaddr *)&in, &len), 0);
	return in;
}

static void the_next_address_is_tried_when_one_fails(void **state)
{
	_cleanup_close_ int listening, deaf;
	struct sockaddr_in good = server(&listening), bad = server(&deaf), peer;
	struct addresses to = {.n = 2, .named = true};
	socklen_t len = sizeof peer;
	bool cancelled = false;

	(void)state;
	assert_int_equal(listen(listening, 4), 0);
	memcpy(&to.list[0], &bad, sizeof bad);
	memcpy(&to.list[1], &good, sizeof good);
	_cleanup_close_ int fd = dial_connect(&to, &cancelled);
	assert_true(fd >= 0);
	assert_int_equal(getpeername(fd, (struct sockaddr *)&peer, &len), 0);
	assert_int_equal(peer.sin_port, good.sin_port);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	to.n = 1;
	assert_int_equal(dial_connect(&to, &cancelled), -ECONNREFUSED);
}

static void what_is_connected_is_guarded_again(void **state)
{
	_cleanup_close_ int listening;
	struct sockaddr_in in = server(&listening);
	struct addresses to = {.n = 1};
	bool cancelled = false;

	(void)state;
	assert_int_equal(listen(listening, 4), 0);
	memcpy(&to.list[0], &in, sizeof in);
	assert_int_equal(dial_connect(&to, &cancelled), -EADDRNOTAVAIL);
	to.named = true; /* unless the grant says so */
	_cleanup_close_ int fd = dial_connect(&to, &cancelled);
	assert_true(fd >= 0);
}

static void who_gave_up_is_not_connected(void **state)
{
	struct addresses to = {.n = 0};
	bool cancelled = true;

	(void)state;
	assert_true(dial_connect(&to, &cancelled) < 0);
}

int main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(addresses_that_are_not_public_are_refused_and_named),
		cmocka_unit_test(a_grant_may_name_the_addresses_itself),
		cmocka_unit_test(the_next_address_is_tried_when_one_fails),
		cmocka_unit_test(what_is_connected_is_guarded_again),
		cmocka_unit_test(who_gave_up_is_not_connected),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
