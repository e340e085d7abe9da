/* The broker's end of the network, with the three processes played by the test: who is told what,
 * who is refused, and that nobody is forgotten. */
#include "network/internal.h"

#include "test.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>

struct world {
	sd_event *loop;
	struct sel_network *n;
	int egress, dial, keys; /* their ends */
	struct sel_wire got;
	unsigned asked, gone, lost, decided;
	uint64_t question;
	enum sel_net_why why;
	char name[SEL_NAME_MAX], method[32], path[64];
	pid_t pid;
	bool incident;
};

static void on_ask(void *ctx, const struct sel_net_asked *asked)
{
	struct world *w = ctx;

	w->asked++;
	w->question = asked->id;
	w->pid = asked->caller->pid;
	w->why = asked->why;
	(void)snprintf(w->name, sizeof w->name, "%s", asked->name);
	(void)snprintf(w->path, sizeof w->path, "%s", asked->path);
}

static void on_gone(void *ctx, uint64_t id)
{
	struct world *w = ctx;

	w->gone++;
	assert_int_equal(id, w->question);
}

static void on_decided(void *ctx, const struct sel_net_decided *d)
{
	struct world *w = ctx;

	w->decided++;
	w->why = d->why;
	w->pid = d->caller->pid;
	w->incident = d->incident;
	(void)snprintf(w->path, sizeof w->path, "%s", d->path);
}

static void on_lost(void *ctx, const char *what)
{
	struct world *w = ctx;

	w->lost++;
	assert_non_null(strstr(what, "seldom-"));
}

static int connect_peer(struct sel_network *n, struct peer *p, const char *name,
			void (*handle)(struct sel_network *, const struct sel_wire *, int))
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(peer_open(p, n, name, pair[0], handle), 0);
	return pair[1];
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	assert_non_null(w);
	assert_true(sd_event_new(&w->loop) >= 0);
	struct sel_network_config config = {.loop = w->loop,
					    .ctx = w,
					    .ask = on_ask,
					    .gone = on_gone,
					    .decided = on_decided,
					    .lost = on_lost};
	assert_int_equal(network_new(&config, &w->n), 0);
	w->egress = connect_peer(w->n, &w->n->egress, "seldom-egress", network_from_egress);
	w->dial = connect_peer(w->n, &w->n->dial, "seldom-dial", network_from_dial);
	w->keys = connect_peer(w->n, &w->n->keys, "seldom-keys", network_from_keys);
	w->n->attached = true;
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	sel_network_free(w->n);
	sel_closep(&w->egress);
	sel_closep(&w->dial);
	sel_closep(&w->keys);
	sd_event_unref(w->loop);
	free(w);
	return 0;
}

/* Until nothing is left to do. */
static void turn(struct world *w)
{
	while (sd_event_run(w->loop, 0) > 0)
		;
}

/* The next message to the one that holds `sock`; INVALID: none. */
static enum sel_wire_kind next(struct world *w, int sock)
{
	_cleanup_close_ int fd = -1;

	turn(w);
	return sel_wire_recv(sock, &w->got, &fd) == 1 ? w->got.kind : SEL_WIRE_INVALID;
}

static void say(struct world *w, int sock, const struct sel_wire *m)
{
	while (sel_wire_send(sock, m, -1) == -EAGAIN)
		(void)sd_event_run(w->loop, 0);
}

static struct sel_wire message(enum sel_wire_kind kind, uint32_t conn, uint64_t id)
{
	struct sel_wire m;

	memset(&m, 0, offsetof(struct sel_wire, text));
	m.kind = kind;
	m.conn = conn;
	m.id = id;
	return m;
}

static void set_text(struct sel_wire *m, const char *text)
{
	m->n = (uint32_t)strlen(text);
	memcpy(m->text, text, m->n);
}

static struct sockaddr_storage at(const char *host, uint16_t port)
{
	struct sockaddr_storage ss = {0};
	struct sockaddr_in *in = (void *)&ss;
	struct sockaddr_in6 *in6 = (void *)&ss;

	if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
	} else {
		assert_int_equal(inet_pton(AF_INET6, host, &in6->sin6_addr), 1);
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
	}
	return ss;
}

static struct address address(const char *host, uint16_t port)
{
	struct sockaddr_storage ss = at(host, port);
	struct address a;

	assert_int_equal(address_of((struct sockaddr *)&ss, sizeof ss, &a), 0);
	return a;
}

static const struct sel_net_caller curl = {.pid = 77, .exe = "/usr/bin/curl", .comm = "curl"};

/* As sel_network_connect leaves it behind. */
static void connected_to(struct world *w, uint16_t from, uint16_t port)
{
	struct address source = address("198.18.0.1", from),
		       target = address("198.18.1.0", stand_in(port));

	assert_int_equal(
		callers_put(&w->n->callers, &source, &target, port, &curl, sel_now_monotonic()), 0);
}

static void connected(struct world *w, uint16_t from)
{
	connected_to(w, from, 443);
}

static void opened_at(struct world *w, uint32_t conn, uint16_t from, const char *target,
		      uint16_t port, const char *name)
{
	struct sel_wire m = message(SEL_WIRE_OPENED, conn, 0);

	m.source = at("198.18.0.1", from);
	m.target = at(target, port);
	m.port = port;
	(void)snprintf(m.name, sizeof m.name, "%s", name);
	say(w, w->egress, &m);
}

static void opened(struct world *w, uint32_t conn, uint16_t from, const char *target,
		   const char *name)
{
	opened_at(w, conn, from, target, 443, name);
}

static void open_one(struct world *w, uint32_t conn)
{
	connected(w, (uint16_t)(20000 + conn));
	opened(w, conn, (uint16_t)(20000 + conn), "198.18.1.0", "api.example.test");
	assert_int_equal(next(w, w->egress), SEL_WIRE_OPENED_R);
	assert_int_equal(w->got.why, SEL_NET_OK);
}

static struct sel_wire ask_for(uint32_t conn, uint64_t id, const char *method, const char *path)
{
	struct sel_wire m = message(SEL_WIRE_ASK, conn, id);

	m.why = SEL_NET_UNDECIDED;
	m.port = 443;
	(void)snprintf(m.name, sizeof m.name, "api.example.test");
	(void)snprintf(m.method, sizeof m.method, "%s", method);
	set_text(&m, path);
	return m;
}

static uint32_t grant(struct world *w, const char *line, uint64_t once)
{
	struct sel_net_grant *list = NULL;
	uint32_t number = 0;
	char *error = NULL;
	size_t n = 0;

	if (sel_grants_parse("test", line, strlen(line), SEL_GRANT_COMMAND, sel_now_real(), &list,
			     &n, &error) < 0)
		fail_msg("%s", error);
	assert_int_equal(n, 1);
	assert_int_equal(sel_network_grant(w->n, &list[0], once, &number), 0);
	free(list);
	return number;
}

/* --- who connects --- */

static void an_address_is_one_however_it_is_spelt(void **state)
{
	struct address four = address("198.18.1.0", 443),
		       mapped = address("::ffff:198.18.1.0", 443);
	struct sockaddr_storage ss;
	char name[SEL_NAME_MAX];

	(void)state;
	assert_memory_equal(&four, &mapped, sizeof four);
	assert_int_equal(address_put(&mapped, &ss), sizeof(struct sockaddr_in));
	address_name(&mapped, name);
	assert_string_equal(name, "198.18.1.0");
	ss = at("fd73:656c:646f:6d::1:0", 443);
	assert_int_equal(address_of((struct sockaddr *)&ss, 4, &four), -EAFNOSUPPORT);
}

static void who_connected_is_known_until_it_is_closed(void **state)
{
	struct world *w = *state;

	open_one(w, 5);
	assert_int_equal(callers_conn(&w->n->callers, 5)->pid, 77);
	assert_int_equal(w->n->callers.unaccepted, 0);
	struct sel_wire closed = message(SEL_WIRE_CLOSED, 5, 0);
	say(w, w->egress, &closed);
	turn(w);
	assert_null(callers_conn(&w->n->callers, 5));
	assert_int_equal(w->n->callers.n, 0);
}

static void the_same_ports_again_are_the_last_who_connected(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 3; i++)
		connected(w, 1234);
	assert_int_equal(w->n->callers.n, 1);
	assert_int_equal(w->n->callers.unaccepted, 1);
}

static void a_connection_that_nobody_made_is_refused(void **state)
{
	struct world *w = *state;
	const struct {
		uint16_t from;
		const char *target, *name;
		enum sel_net_why why;
	} row[] = {
		{2000, "198.18.1.0", "api.example.test", SEL_NET_UNKNOWN_CALLER}, /* other port */
		{1234, "198.18.1.0", "", SEL_NET_LITERAL},	       /* no name stands for it */
		{1234, "198.18.1.0", "198.18.1.0", SEL_NET_LITERAL},   /* nor is it one */
		{1234, "203.0.113.7", "203.0.113.7", SEL_NET_LITERAL}, /* no grant */
		{1234, "203.0.113.7", "api.example.test", SEL_NET_LITERAL},
		{1234, "198.18.1.0", "api.example.test", SEL_NET_OK},		  /* this one is */
		{1234, "198.18.1.0", "api.example.test", SEL_NET_UNKNOWN_CALLER}, /* once */
	};

	struct address source = address("198.18.0.1", 1234), literal = address("203.0.113.7", 443);

	connected(w, 1234);
	assert_int_equal(
		callers_put(&w->n->callers, &source, &literal, 443, &curl, sel_now_monotonic()), 0);
	for (uint32_t i = 0; i < SEL_N(row); i++) {
		opened(w, i + 1, row[i].from, row[i].target, row[i].name);
		assert_int_equal(next(w, w->egress), SEL_WIRE_OPENED_R);
		assert_int_equal(w->got.conn, i + 1);
		if (w->got.why != row[i].why)
			fail_msg("row %u: %s", i, sel_net_code((enum sel_net_why)w->got.why));
	}
	assert_int_equal(w->decided, 6); /* each refusal is a row */
}

static void a_connection_accepted_too_early_waits_for_who_made_it(void **state)
{
	struct world *w = *state;
	struct address target = address("198.18.1.0", 443);
	struct listener *l = listener_of(&w->n->callers, &target);

	l->connecting = 2;
	opened(w, 1, 1234, "198.18.1.0", "api.example.test");
	opened(w, 2, 1235, "198.18.1.0", "api.example.test");
	assert_int_equal(next(w, w->egress), SEL_WIRE_INVALID);
	connected(w, 1234);
	l->connecting = 1;
	network_early(w->n);
	assert_int_equal(next(w, w->egress), SEL_WIRE_OPENED_R);
	assert_int_equal(w->got.conn, 1);
	assert_int_equal(w->got.why, SEL_NET_OK);
	assert_int_equal(next(w, w->egress), SEL_WIRE_INVALID); /* one still connects */
	l->connecting = 0;
	network_early(w->n);
	assert_int_equal(next(w, w->egress), SEL_WIRE_OPENED_R);
	assert_int_equal(w->got.conn, 2);
	assert_int_equal(w->got.why, SEL_NET_UNKNOWN_CALLER);
}

/* What the program connected to is told by who connected for it, not by where it arrived. */
static void ports_that_no_program_can_take_stand_for_all_others(void **state)
{
	static const uint16_t ports[] = {1, 443, 1022, 1023, 1024, 8443, 65535};
	struct world *w = *state;

	for (uint32_t i = 0; i < SEL_N(ports); i++) {
		uint16_t from = (uint16_t)(1234 + i);

		connected_to(w, from, ports[i]);
		opened_at(w, 1 + i, from, "198.18.1.0", ports[i] < 1023 ? ports[i] : 1023,
			  "api.example.test");
		assert_int_equal(next(w, w->egress), SEL_WIRE_OPENED_R);
		assert_int_equal(w->got.why, SEL_NET_OK);
		assert_int_equal(w->got.port, ports[i]);
		assert_int_equal(callers_conn(&w->n->callers, 1 + i)->port, ports[i]);
	}
	/* Who is not known at that port is not known at any. */
	opened_at(w, 100, 4000, "198.18.1.0", 1023, "api.example.test");
	assert_int_equal(next(w, w->egress), SEL_WIRE_OPENED_R);
	assert_int_equal(w->got.why, SEL_NET_UNKNOWN_CALLER);
}

/* --- questions --- */

static void two_thousand_requests_are_one_question_and_each_has_its_answer(void **state)
{
	struct world *w = *state;
	enum { N = 2000 };
	static bool seen[N + 1];

	for (uint32_t i = 1; i <= N; i++)
		open_one(w, i);
	for (uint32_t i = 1; i <= N; i++) {
		struct sel_wire m = ask_for(i, 10000 + i, "GET", "/v1");
		say(w, w->egress, &m);
	}
	turn(w);
	assert_int_equal(w->asked, 1);
	assert_int_equal(w->pid, 77);
	assert_string_equal(w->name, "api.example.test");
	sel_network_answer(w->n, w->question, SEL_NET_DENIED); /* more than a socket holds */
	for (uint32_t i = 1; i <= N; i++) {
		assert_int_equal(next(w, w->egress), SEL_WIRE_ASKED_R);
		assert_int_equal(w->got.why, SEL_NET_DENIED);
		assert_in_range(w->got.id, 10001, 10000 + N);
		assert_false(seen[w->got.id - 10000]);
		seen[w->got.id - 10000] = true;
	}
	assert_int_equal(next(w, w->egress), SEL_WIRE_INVALID);
	assert_int_equal(w->n->questions.n, 0);
	assert_int_equal(w->n->questions.n_waiters, 0);
	sel_network_answer(w->n, w->question, SEL_NET_OK); /* again: nobody is left */
	assert_int_equal(next(w, w->egress), SEL_WIRE_INVALID);
}

static void what_differs_in_kind_is_another_question(void **state)
{
	struct world *w = *state;
	const struct {
		const char *method, *path;
		enum sel_net_why why;
		uint32_t what;
		uint16_t port;
		unsigned asked;
	} row[] = {
		{"GET", "/a", SEL_NET_UNDECIDED, 0, 443, 1},
		{"HEAD", "/b", SEL_NET_UNDECIDED, 0, 443, 1},
		{"GET", "/c", SEL_NET_NOT_GRANTED, 0, 443, 1},
		{"POST", "/a", SEL_NET_UNDECIDED, 0, 443, 2},
		{"PUT", "/d", SEL_NET_QUERY, 0, 443, 2},
		{"GET", "/a", SEL_NET_PLAIN, SEL_ASKS_PLAIN, 443, 3},
		{"GET", "/b", SEL_NET_UNDECIDED, SEL_ASKS_PLAIN, 443, 3}, /* the same of a grant */
		{"GET", "/a", SEL_NET_UNDECIDED, 0, 8443, 3}, /* not what was connected to */
		{"GET", "/a", SEL_NET_UPGRADE, SEL_ASKS_WEBSOCKET, 443, 4},
		{"GET", "/a", SEL_NET_UNDECIDED, SEL_ASKS_WEBSOCKET, 443, 4},
		{"GET", "/a", SEL_NET_PINNED, 0, 443, 5},
		{"GET", "/a", SEL_NET_NOT_HTTP, 0, 443, 5},
	};

	open_one(w, 1);
	for (uint64_t i = 0; i < SEL_N(row); i++) {
		struct sel_wire m = ask_for(1, 100 + i, row[i].method, row[i].path);

		m.why = row[i].why;
		m.what = row[i].what;
		m.port = row[i].port;
		say(w, w->egress, &m);
		turn(w);
		assert_int_equal(w->asked, row[i].asked);
	}
}

/* Egress reads hostile bytes: what it says is compared with what is known here. */
static void what_is_said_of_a_host_is_looked_up(void **state)
{
	struct world *w = *state;
	struct sel_wire m = ask_for(1, 100, "GET", "/");

	open_one(w, 1);
	(void)snprintf(m.name, sizeof m.name, "other.example.test");
	say(w, w->egress, &m);
	assert_int_equal(next(w, w->egress), SEL_WIRE_ASKED_R);
	assert_int_equal(w->got.why, SEL_NET_UNKNOWN_CALLER);
	assert_int_equal(w->asked, 0);

	m = ask_for(1, 101, "GET", "/");
	m.why = SEL_NET_NOT_GRANTED; /* as if a grant spoke of it */
	say(w, w->egress, &m);
	turn(w);
	assert_int_equal(w->asked, 1);
	assert_int_equal(w->why, SEL_NET_UNDECIDED);
	sel_network_answer(w->n, w->question, SEL_NET_DENIED);
	assert_int_equal(next(w, w->egress), SEL_WIRE_ASKED_R);

	(void)grant(w, "grant a host api.example.test; http GET /only", 0);
	assert_int_equal(next(w, w->egress), SEL_WIRE_GRANT);
	m.id = 102;
	say(w, w->egress, &m);
	turn(w);
	assert_int_equal(w->asked, 2);
	assert_int_equal(w->why, SEL_NET_NOT_GRANTED);
}

static void what_may_not_be_asked_about_is_denied_at_once(void **state)
{
	struct world *w = *state;
	struct sel_wire m = ask_for(1, 100, "GET", "/");

	open_one(w, 1);
	m.why = SEL_NET_FOREIGN;
	say(w, w->egress, &m);
	assert_int_equal(next(w, w->egress), SEL_WIRE_ASKED_R);
	assert_int_equal(w->got.why, SEL_NET_NOT_ASKED);
	m = ask_for(2, 101, "GET", "/"); /* a connection that is not open */
	say(w, w->egress, &m);
	assert_int_equal(next(w, w->egress), SEL_WIRE_ASKED_R);
	assert_int_equal(w->got.why, SEL_NET_UNKNOWN_CALLER);
	assert_int_equal(w->asked, 0);
}

static void a_question_goes_when_nobody_waits_any_more(void **state)
{
	struct world *w = *state;
	struct sel_wire m;

	open_one(w, 1);
	for (uint64_t id = 100; id < 103; id++) {
		m = ask_for(1, id, "GET", "/");
		say(w, w->egress, &m);
	}
	turn(w);
	for (uint64_t id = 102; id >= 100; id--) {
		assert_int_equal(w->gone, 0);
		m = message(SEL_WIRE_GIVE_UP, 1, id);
		say(w, w->egress, &m);
		turn(w);
	}
	assert_int_equal(w->gone, 1);
	m = ask_for(1, 200, "GET", "/");
	say(w, w->egress, &m);
	turn(w);
	assert_int_equal(w->asked, 2);
}

static void the_end_of_a_connection_gives_up_all_it_asked(void **state)
{
	struct world *w = *state;
	struct sel_wire m;

	open_one(w, 1);
	open_one(w, 2);
	for (uint64_t id = 100; id < 110; id++) {
		m = ask_for(1 + id % 2, id, "GET", "/");
		say(w, w->egress, &m);
		m = ask_for(1, 100 + id, "POST", "/");
		say(w, w->egress, &m);
	}
	turn(w);
	assert_int_equal(w->asked, 2);
	m = message(SEL_WIRE_CLOSED, 1, 0);
	say(w, w->egress, &m);
	turn(w);
	assert_int_equal(w->gone, 1); /* the other still waits for the first question */
	assert_int_equal(w->n->questions.n_waiters, 5);
	m = ask_for(2, 300, "GET", "/");
	say(w, w->egress, &m); /* behind those that are left */
	turn(w);
	assert_int_equal(w->n->questions.n_waiters, 6);
	w->question--; /* the one that was asked first is left */
	m = message(SEL_WIRE_CLOSED, 2, 0);
	say(w, w->egress, &m);
	turn(w);
	assert_int_equal(w->gone, 2);
	assert_int_equal(w->n->questions.n_waiters, 0);
}

static void a_grant_that_came_meanwhile_is_an_answer(void **state)
{
	struct world *w = *state;
	struct sel_wire m = ask_for(1, 100, "GET", "/");

	open_one(w, 1);
	(void)grant(w, "grant a host api.example.test; http GET /*", 0);
	assert_int_equal(next(w, w->egress), SEL_WIRE_GRANT);
	say(w, w->egress, &m);
	assert_int_equal(next(w, w->egress), SEL_WIRE_ASKED_R);
	assert_int_equal(w->got.why, SEL_NET_OK);
	assert_int_equal(w->asked, 0);
	m.why = SEL_NET_NOT_GRANTED; /* it has matched again */
	say(w, w->egress, &m);
	turn(w);
	assert_int_equal(w->asked, 1);
}

/* --- grants --- */

static void a_grant_is_told_to_those_who_need_it(void **state)
{
	struct world *w = *state;
	uint32_t number = grant(w, "grant a host api.example.test; http GET /*", 0);

	assert_int_equal(next(w, w->egress), SEL_WIRE_GRANT);
	assert_int_equal(w->got.number, number);
	assert_int_equal(next(w, w->dial), SEL_WIRE_GRANT);
	assert_int_equal(next(w, w->keys), SEL_WIRE_INVALID); /* it has no credential */
	assert_null(sel_network_phantom(w->n, number));
	number = grant(w,
		       "grant b host key.example.test; http GET /*; credential variable:KEY; "
		       "in header:authorization:Bearer; phantom sk-",
		       0);
	assert_int_equal(next(w, w->keys), SEL_WIRE_GRANT);
	assert_int_equal(next(w, w->egress), SEL_WIRE_GRANT);
	assert_string_equal(w->got.phantom, sel_network_phantom(w->n, number));
	assert_int_equal(strncmp(w->got.phantom, "sk-", 3), 0);
	sel_network_revoke(w->n, number);
	assert_int_equal(next(w, w->keys), SEL_WIRE_REVOKE);
	assert_int_equal(w->got.number, number);
	assert_int_equal(next(w, w->egress), SEL_WIRE_REVOKE);
}

static void only_what_is_granted_is_dialled(void **state)
{
	struct world *w = *state;
	uint32_t number = grant(w, "grant a host api.example.test; http GET /*", 0);
	uint32_t wild = grant(w, "grant b host *.wild.example.test; port 8443; http GET /*", 0);
	const struct {
		const char *name;
		uint16_t port;
		uint32_t number;
		bool dialled;
	} row[] = {
		{"api.example.test", 443, number, true},
		{"api.example.test", 80, number, false}, /* not without `plain` */
		{"api.example.test", 8443, number, false},
		{"x.api.example.test", 443, number, false},
		{"other.example.test", 443, number, false},
		{"api.example.test", 443, wild, false}, /* another's number */
		{"api.example.test", 443, 99, false},	/* nobody's */
		{"a.wild.example.test", 8443, wild, true},
		{"wild.example.test", 8443, wild, false},
		{"127.0.0.1", 443, number, false},
		{"", 443, number, false},
	};

	while (next(w, w->egress) || next(w, w->dial))
		;
	for (uint64_t i = 0; i < SEL_N(row); i++) {
		struct sel_wire m = message(SEL_WIRE_DIAL, 1, 50 + i);

		m.number = row[i].number;
		m.port = row[i].port;
		(void)snprintf(m.name, sizeof m.name, "%s", row[i].name);
		say(w, w->egress, &m);
		if ((next(w, w->dial) == SEL_WIRE_DIAL) != row[i].dialled)
			fail_msg("row %u", (unsigned)i);
		if (row[i].dialled)
			continue;
		assert_int_equal(next(w, w->egress), SEL_WIRE_DIALLED);
		assert_int_equal(w->got.id, 50 + i);
		assert_int_equal(w->got.why, SEL_NET_NOT_GRANTED);
	}
	sel_network_revoke(w->n, number);
	struct sel_wire m = message(SEL_WIRE_DIAL, 1, 90);
	m.number = number;
	m.port = 443;
	(void)snprintf(m.name, sizeof m.name, "api.example.test");
	say(w, w->egress, &m);
	assert_int_equal(next(w, w->dial), SEL_WIRE_REVOKE);
	assert_int_equal(next(w, w->dial), SEL_WIRE_INVALID);
}

static void a_connection_that_was_given_up_is_not_handed_on(void **state)
{
	struct world *w = *state;
	struct sel_wire m = message(SEL_WIRE_DIAL, 1, 50),
			answer = message(SEL_WIRE_DIALLED, 0, 50);

	m.number = grant(w, "grant a host api.example.test; http GET /*", 0);
	m.port = 443;
	(void)snprintf(m.name, sizeof m.name, "api.example.test");
	assert_int_equal(next(w, w->egress), SEL_WIRE_GRANT);
	assert_int_equal(next(w, w->dial), SEL_WIRE_GRANT);
	say(w, w->egress, &m);
	assert_int_equal(next(w, w->dial), SEL_WIRE_DIAL);
	m = message(SEL_WIRE_GIVE_UP, 1, 50);
	say(w, w->egress, &m);
	assert_int_equal(next(w, w->dial), SEL_WIRE_GIVE_UP);
	assert_int_equal(sel_wire_send(w->dial, &answer, STDIN_FILENO), 0);
	assert_int_equal(next(w, w->egress), SEL_WIRE_INVALID);
	assert_int_equal(w->lost, 0);
}

static void a_grant_for_once_is_for_one_request_and_goes_with_it(void **state)
{
	struct world *w = *state;
	struct sel_wire m;
	uint32_t number;

	open_one(w, 1);
	for (uint64_t id = 100; id < 102; id++) {
		m = ask_for(1, id, "GET", "/");
		say(w, w->egress, &m);
	}
	turn(w);
	number = grant(w, "grant a host api.example.test; http GET /*", w->question);
	assert_int_equal(next(w, w->egress), SEL_WIRE_GRANT);
	assert_int_equal(w->got.from, SEL_GRANT_ONCE);
	assert_int_equal(w->got.id, 100); /* the first that asked */
	m = message(SEL_WIRE_DECIDED, 1, 0);
	m.number = number;
	say(w, w->egress, &m);
	assert_int_equal(next(w, w->egress), SEL_WIRE_INVALID);
	m = message(SEL_WIRE_CLOSED, 1, 0);
	say(w, w->egress, &m);
	assert_int_equal(next(w, w->egress), SEL_WIRE_REVOKE);
	assert_int_equal(w->got.number, number);
	struct sel_net_grant nobody = {.host = NULL};
	assert_int_equal(sel_network_grant(w->n, &nobody, 999, NULL), -ENOENT);
}

/* --- the record, and the end --- */

static void refusals_and_incidents_are_told_without_a_query(void **state)
{
	struct world *w = *state;
	struct sel_wire m = message(SEL_WIRE_DECIDED, 1, 0);

	open_one(w, 1);
	m.why = SEL_NET_FOREIGN;
	m.port = 443;
	(void)snprintf(m.name, sizeof m.name, "api.example.test");
	set_text(&m, "/v1?key=abc");
	say(w, w->egress, &m);
	turn(w);
	assert_int_equal(w->decided, 1);
	assert_int_equal(w->pid, 77);
	assert_string_equal(w->path, "/v1");
	assert_false(w->incident);
	m.kind = SEL_WIRE_INCIDENT;
	m.why = SEL_NET_PHANTOM;
	say(w, w->egress, &m);
	turn(w);
	assert_true(w->incident);
}

static void a_process_that_ends_closes_the_network(void **state)
{
	struct world *w = *state;
	struct sel_wire m = ask_for(1, 100, "GET", "/");

	open_one(w, 1);
	say(w, w->egress, &m);
	turn(w);
	assert_true(sel_network_open(w->n));
	sel_closep(&w->keys); /* even the one that nobody needs now */
	w->keys = -1;
	turn(w);
	assert_int_equal(w->lost, 1);
	assert_int_equal(w->gone, 1);
	assert_false(sel_network_open(w->n));
	assert_int_equal(recv(w->egress, &m, 1, MSG_DONTWAIT), 0);
	struct sel_net_grant nobody = {.host = NULL};
	assert_int_equal(sel_network_grant(w->n, &nobody, 0, NULL), -EPIPE);
}

static void egress_that_says_what_is_not_its_to_say_is_not_heard_again(void **state)
{
	struct world *w = *state;
	struct sel_wire m = message(SEL_WIRE_GRANT, 0, 0);

	say(w, w->egress, &m);
	turn(w);
	assert_int_equal(w->lost, 1);
}

/* A handshake that the program keeps from ending leaves a caller behind that nobody accepts. */
static void who_is_never_accepted_is_forgotten(void **state)
{
	struct address to = address("198.18.1.0", 443);
	static struct callers c;
	usec_t now = 1000 * USEC_PER_SEC;

	(void)state;
	for (uint16_t port = 1; port <= 1000; port++) {
		struct address from = address("198.18.0.1", port);

		assert_int_equal(callers_put(&c, &from, &to, 443, &curl, now), 0);
	}
	struct address first = address("198.18.0.1", 1), last = address("198.18.0.1", 2000);
	assert_int_equal(callers_accepted(&c, callers_find(&c, &first, &to), 5, "a.test"), 0);
	assert_int_equal(callers_put(&c, &last, &to, 443, &curl, now + 59 * USEC_PER_SEC), 0);
	assert_int_equal(c.unaccepted, 1000);
	assert_int_equal(callers_put(&c, &last, &to, 443, &curl, now + 61 * USEC_PER_SEC), 0);
	assert_int_equal(c.unaccepted, 1);
	assert_int_equal(c.n, 2);
	assert_non_null(callers_conn(&c, 5));
	assert_non_null(callers_find(&c, &last, &to));
	callers_done(&c);
}

int main(void)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test(who_is_never_accepted_is_forgotten),
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		CASE(an_address_is_one_however_it_is_spelt),
		CASE(who_connected_is_known_until_it_is_closed),
		CASE(the_same_ports_again_are_the_last_who_connected),
		CASE(a_connection_that_nobody_made_is_refused),
		CASE(ports_that_no_program_can_take_stand_for_all_others),
		CASE(a_connection_accepted_too_early_waits_for_who_made_it),
		CASE(two_thousand_requests_are_one_question_and_each_has_its_answer),
		CASE(what_differs_in_kind_is_another_question),
		CASE(what_is_said_of_a_host_is_looked_up),
		CASE(what_may_not_be_asked_about_is_denied_at_once),
		CASE(a_question_goes_when_nobody_waits_any_more),
		CASE(the_end_of_a_connection_gives_up_all_it_asked),
		CASE(a_grant_that_came_meanwhile_is_an_answer),
		CASE(a_grant_is_told_to_those_who_need_it),
		CASE(only_what_is_granted_is_dialled),
		CASE(a_connection_that_was_given_up_is_not_handed_on),
		CASE(a_grant_for_once_is_for_one_request_and_goes_with_it),
		CASE(refusals_and_incidents_are_told_without_a_query),
		CASE(a_process_that_ends_closes_the_network),
		CASE(egress_that_says_what_is_not_its_to_say_is_not_heard_again),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}
