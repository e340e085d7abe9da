/* seldom-egress itself, confined as always: clients, the broker and upstreams around it are played
 * here, in a network namespace of the test's own. What an upstream saw is the proof. */
#include "test.h"

#include "codec.h"
#include "egress_rig.h"
#include "tls.h"

#include <arpa/inet.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define REAL	  "sk-real-value-of-the-credential"
#define PORT_HTTP 9080
#define PORT_TLS  9443
#define PORT_TEXT 9025

/* What upstreams saw, from another process. */
struct seen {
	size_t n, requests, flooded;
	char text[65536];
};

static struct {
	char top[PATH_MAX], egress[PATH_MAX + 64], ca[PATH_MAX + 16], roots[PATH_MAX + 16];
	pid_t upstreams[3];
	struct seen *seen;
	struct sel_ca *other; /* upstream's authority */
	struct rig rig;
	char phantom[SEL_PHANTOM_MAX];
	/* how the broker answers */
	enum sel_net_why open, ask;
	const char *ask_grant;
	bool ask_once, no_value, ask_silent;
	/* what it heard */
	enum sel_net_why decided, asked, incident;
	unsigned int n_overload, n_decided, n_allowed, n_asked, n_incident, n_dial, n_give_up,
		n_open;
} t;

static bool ready; /* a namespace and a program to run */

/* --- a namespace in which 198.18.0.0/15 leads to our listeners ------------------------------- */

static bool lo_address(int s, unsigned long call, const char *address)
{
	struct ifreq r = {.ifr_name = "lo"};
	struct sockaddr_in a = {.sin_family = AF_INET};

	(void)inet_pton(AF_INET, address, &a.sin_addr);
	memcpy(&r.ifr_addr, &a, sizeof a);
	return ioctl(s, call, &r) == 0;
}

static bool own_network(void)
{
	struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	struct ifreq second = {.ifr_name = "lo:1"};
	struct sockaddr_in a = {.sin_family = AF_INET};

	if (unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	_cleanup_close_ int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0 || ioctl(s, SIOCSIFFLAGS, &up) < 0 || !lo_address(s, SIOCSIFADDR, "127.0.0.1"))
		return false;
	(void)inet_pton(AF_INET, "198.18.0.1", &a.sin_addr);
	memcpy(&second.ifr_addr, &a, sizeof a);
	if (ioctl(s, SIOCSIFADDR, &second) < 0)
		return false;
	(void)inet_pton(AF_INET, "255.254.0.0", &a.sin_addr); /* all of it is local then */
	memcpy(&second.ifr_netmask, &a, sizeof a);
	return ioctl(s, SIOCSIFNETMASK, &second) == 0;
}

/* --- TLS on a descriptor, by turns ----------------------------------------------------------- */

struct line {
	int fd;
	struct sel_tls *tls;
};

static void wait_for(int fd, short events)
{
	struct pollfd p = {fd, events, 0};

	(void)poll(&p, 1, 5000);
}

static bool line_shake(struct line *l)
{
	int r;

	while ((r = sel_tls_handshake(l->tls)) == 0)
		wait_for(l->fd, sel_tls_wants(l->tls));
	return r > 0;
}

static ssize_t line_get(struct line *l, void *p, size_t n)
{
	for (;;) {
		ssize_t r = l->tls ? sel_tls_read(l->tls, p, n) : read(l->fd, p, n);

		if (r >= 0 || (l->tls ? r != -EAGAIN : errno != EAGAIN))
			return r;
		struct pollfd poll_in = {l->fd, POLLIN, 0};
		if (poll(&poll_in, 1, 5000) == 0)
			return -ETIMEDOUT;
	}
}

static bool line_put(struct line *l, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t r = l->tls ? sel_tls_write(l->tls, p, n) : send(l->fd, p, n, MSG_NOSIGNAL);

		if (r < 0 && (l->tls ? r != -EAGAIN : errno != EAGAIN))
			return false;
		if (r < 0)
			wait_for(l->fd, POLLOUT);
		else {
			p += r;
			n -= (size_t)r;
		}
	}
	return true;
}

static void nonblocking(int fd)
{
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* --- upstreams ------------------------------------------------------------------------------- */

static void note(const char *p, size_t n)
{
	struct seen *s = t.seen;

	if (n > sizeof s->text - 1 - s->n)
		n = sizeof s->text - 1 - s->n;
	memcpy(s->text + s->n, p, n);
	s->n += n;
	s->text[s->n] = '\0';
}

/* A whole request with a body as long as it says; 0: the end. */
static size_t read_request(struct line *l, char *buf, size_t cap)
{
	size_t n = 0, want = SIZE_MAX;

	while (n < want && n < cap - 1) {
		ssize_t r = line_get(l, buf + n, cap - 1 - n);
		const char *end, *length;

		if (r <= 0)
			return 0;
		n += (size_t)r;
		buf[n] = '\0';
		end = strstr(buf, "\r\n\r\n");
		if (end && want == SIZE_MAX) {
			length = strcasestr(buf, "\r\ncontent-length:");
			want = (size_t)(end - buf) + 4 +
			       (length ? strtoul(length + 17, NULL, 10) : 0);
		}
	}
	return n;
}

/* Sends until nobody takes it. */
static void flood(int fd)
{
	static const char water[65536];
	ssize_t n;

	for (;;) {
		n = send(fd, water, sizeof water, MSG_NOSIGNAL);
		if (n > 0)
			t.seen->flooded += (size_t)n;
		else if (n < 0 && errno == EAGAIN)
			(void)poll(&(struct pollfd){fd, POLLOUT, 0}, 1, 1000);
		else
			return;
	}
}

/* Answers that have no end, and one who listens to nothing. */
static bool answer_for_ever(int fd, const char *request)
{
	static const char begin[] = "HTTP/1.1 200 OK\r\n\r\n",
			  upgrade[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
				      "Connection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n";

	if (strncmp(request, "GET /endless", 12) == 0) {
		(void)send(fd, begin, sizeof begin - 1, MSG_NOSIGNAL);
		flood(fd);
		return true;
	}
	if (strncmp(request, "GET /ws-", 8) != 0)
		return false;
	(void)send(fd, upgrade, sizeof upgrade - 1, MSG_NOSIGNAL);
	if (strncmp(request, "GET /ws-endless", 15) == 0)
		flood(fd);
	else
		(void)poll(NULL, 0, 3000);
	return true;
}

/* "/echo" says back what it was sent; everything else says hello. */
static void answer_http(struct line *l)
{
	static char request[32768], response[40000], body[33000];
	size_t n;

	while ((n = read_request(l, request, sizeof request))) {
		int len;

		note(request, n);
		t.seen->requests++;
		if (answer_for_ever(l->fd, request))
			return;
		(void)snprintf(body, sizeof body, "%s",
			       strncmp(request, "GET /echo", 9) == 0 ? request
								     : "hello from above");
		len = snprintf(response, sizeof response,
			       "HTTP/1.1 %s\r\ncontent-length: %zu\r\nalt-svc: h3=\":443\"\r\n"
			       "location: https://elsewhere.example.test/\r\n\r\n%s",
			       strncmp(request, "GET /moved", 10) == 0 ? "302 Found" : "200 OK",
			       strlen(body), body);
		if (!line_put(l, response, (size_t)len))
			return;
	}
}

/* Speaks first, then says how much it heard when the other half is closed. */
static void answer_text(struct line *l)
{
	char buf[1000], end[64];
	size_t heard = 0;
	ssize_t n;
	int len;

	(void)line_put(l, "220 ready\r\n", 11);
	while ((n = line_get(l, buf, sizeof buf)) > 0)
		heard += (size_t)n;
	len = snprintf(end, sizeof end, "heard %zu\r\n", heard);
	(void)line_put(l, end, (size_t)len);
}

static void serve_one(int fd, uint16_t port)
{
	struct line l = {.fd = fd};

	nonblocking(fd);
	if (port == PORT_TLS &&
	    (sel_tls_accept(t.other, fd, "api.example.test", false, &l.tls) < 0 || !line_shake(&l)))
		return;
	if (port == PORT_TEXT)
		answer_text(&l);
	else
		answer_http(&l);
	if (l.tls)
		sel_tls_goodbye(l.tls);
	sel_tls_free(l.tls);
}

static pid_t upstream(uint16_t port)
{
	int s = rig_socket(SOCK_STREAM, INADDR_LOOPBACK, port);
	pid_t pid;

	assert_true(s >= 0);
	pid = fork();
	if (pid != 0) {
		(void)close(s);
		return pid;
	}
	(void)signal(SIGCHLD, SIG_IGN);
	(void)alarm(120);
	for (;;) {
		int fd = accept4(s, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0 && fork() == 0) {
			(void)alarm(30);
			serve_one(fd, port);
			_exit(0);
		}
		(void)close(fd);
	}
}

/* --- the broker ------------------------------------------------------------------------------ */

static uint16_t dial_port(uint16_t port)
{
	return port == 443 ? PORT_TLS : port == 25 ? PORT_TEXT : port == 80 ? PORT_HTTP : 0;
}

static void on_ask(const struct sel_wire *in)
{
	uint64_t id = in->id;
	char none[SEL_PHANTOM_MAX];

	t.asked = (enum sel_net_why)in->why;
	t.n_asked++;
	if (t.ask_grant)
		assert_int_not_equal(rig_grant(&t.rig, t.ask_grant, t.ask_once ? id : 0, none), 0);
	if (!t.ask_silent)
		rig_answer(&t.rig, id, t.ask);
}

static void on_message(const struct sel_wire *in)
{
	uint64_t id = in->id;
	uint32_t conn = in->conn, number = in->number;

	switch (in->kind) {
	case SEL_WIRE_OPENED:
		t.n_open++;
		rig_opened(&t.rig, conn, in->port, t.open);
		return;
	case SEL_WIRE_ASK:
		on_ask(in);
		return;
	case SEL_WIRE_DIAL:
		t.n_dial++;
		rig_dialled(&t.rig, id, INADDR_LOOPBACK, dial_port(in->port));
		return;
	case SEL_WIRE_DECIDED:
		assert_null(memchr(in->text, '?', in->n));
		if (in->why == SEL_NET_OK) {
			t.n_allowed++;
			return;
		}
		t.decided = (enum sel_net_why)in->why;
		t.n_decided++;
		t.n_overload += in->why == SEL_NET_OVERLOAD;
		return;
	case SEL_WIRE_INCIDENT:
		t.incident = (enum sel_net_why)in->why;
		t.n_incident++;
		return;
	case SEL_WIRE_CLOSED:
		t.n_open--;
		return;
	case SEL_WIRE_GIVE_UP:
		t.n_give_up++;
		return;
	case SEL_WIRE_WANT:
		rig_value(&t.rig, number, t.no_value ? NULL : REAL);
		return;
	default:
		return;
	}
}

/* False: egress is gone. */
static bool broker_turn(int msec)
{
	int fd, r = rig_recv(&t.rig, msec, &fd);

	if (r == 1)
		on_message(&t.rig.in);
	return r == 1 || r == -EAGAIN;
}

/* All is said about a connection when it is closed. */
static void settle(void)
{
	for (int i = 0; i < 1000 && t.n_open > 0; i++)
		assert_true(broker_turn(10));
	assert_int_equal(t.n_open, 0);
}

/* --- clients --------------------------------------------------------------------------------- */

struct call {
	const char *name; /* asked of the name service */
	uint16_t port;
	const char *sni;    /* NULL: no TLS */
	const char *trusts; /* NULL: the session's authority */
	const char *say;    /* NULL: listens only */
	bool half;	    /* closes its half behind it */
	bool urgent;	    /* an urgent byte goes first */
};

static size_t question(const char *name, uint8_t *to)
{
	static const uint8_t head[12] = {7, 7, 1, 0, 0, 1};
	size_t n = sizeof head;

	memcpy(to, head, sizeof head);
	while (*name) {
		size_t l = strcspn(name, ".");

		to[n++] = (uint8_t)l;
		memcpy(to + n, name, l);
		n += l;
		name += l + (name[l] == '.');
	}
	memcpy(to + n, "\0\0\1\0\1", 5);
	return n + 5;
}

/* Connected, so that an answer from any other address than the one asked is not seen. */
static struct in_addr resolve(const char *name, const char *server)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};
	_cleanup_close_ int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct in_addr a = {0};
	uint8_t buf[600];
	ssize_t n;

	(void)inet_pton(AF_INET, server, &to.sin_addr);
	if (connect(s, (struct sockaddr *)&to, sizeof to) == 0 &&
	    send(s, buf, question(name, buf), 0) > 0) {
		wait_for(s, POLLIN);
		n = recv(s, buf, sizeof buf, MSG_DONTWAIT);
		if (n > 16 && (buf[3] & 15) == 0 && buf[7] > 0)
			memcpy(&a, buf + n - 4, 4);
		if (n > 16 && buf[11] > 0) /* a record behind the answer */
			a.s_addr = 0;
	}
	return a;
}

static void talk(const struct call *c, int out)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(c->port)};
	struct line l = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	const char *trusts = c->trusts ? c->trusts : t.ca;
	char buf[65536];
	ssize_t n;

	to.sin_addr = resolve(c->name, "127.0.0.1");
	if (connect(l.fd, (struct sockaddr *)&to, sizeof to) < 0)
		return;
	nonblocking(l.fd);
	if (c->sni) {
		if (sel_tls_load_roots(trusts) < 0 ||
		    sel_tls_connect(l.fd, c->sni, trusts, false, true, &l.tls) < 0)
			return;
		if (!line_shake(&l)) {
			dprintf(out, "[%s]", sel_tls_error(l.tls));
			return;
		}
	}
	if (c->urgent)
		assert_int_equal(send(l.fd, "!", 1, MSG_OOB | MSG_NOSIGNAL), 1);
	if (c->say && !line_put(&l, c->say, strlen(c->say))) {
		dprintf(out, "[reset]"); /* sooner than it could be said */
		return;
	}
	if (c->half)
		(void)shutdown(l.fd, SHUT_WR);
	while ((n = line_get(&l, buf, sizeof buf)) > 0)
		if (write(out, buf, (size_t)n) != n)
			return;
	if (n < 0 && !l.tls)
		dprintf(out, "[%s]", errno == ECONNRESET ? "reset" : "broken");
}

static char reply[1 << 20];

/* What the client heard. */
static const char *call(const struct call *c)
{
	size_t n = 0;
	int p[2];
	pid_t pid;

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)alarm(20);
		(void)close(p[0]);
		talk(c, p[1]);
		_exit(0);
	}
	(void)close(p[1]);
	nonblocking(p[0]);
	for (;;) {
		ssize_t r = read(p[0], reply + n, sizeof reply - 1 - n);

		if (r == 0)
			break;
		if (r > 0)
			n += (size_t)r;
		assert_true(broker_turn(5));
	}
	reply[n] = '\0';
	(void)close(p[0]);
	(void)waitpid(pid, NULL, 0);
	settle();
	return reply;
}

static const char *get(const char *name, bool tls, const char *path, const char *header)
{
	static char say[4096];

	(void)snprintf(say, sizeof say,
		       "GET %s HTTP/1.1\r\nHost: %s\r\n%sConnection: close\r\n\r\n", path, name,
		       header ? header : "");
	return call(&(struct call){
		.name = name, .port = tls ? 443 : 80, .sni = tls ? name : NULL, .say = say});
}

#define STATUS(reply, code)                                                                        \
	assert_memory_equal((reply), "HTTP/1.1 " code, sizeof("HTTP/1.1 " code) - 1)

static bool upstream_saw(const char *text)
{
	return strstr(t.seen->text, text) != NULL;
}

static uint32_t grant(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static uint32_t grant(const char *fmt, ...)
{
	char line[2 * PATH_MAX];
	va_list ap;
	uint32_t number;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	number = rig_grant(&t.rig, line, 0, t.phantom);
	assert_int_not_equal(number, 0);
	return number;
}

static const char *phantom_header(void)
{
	static char header[SEL_PHANTOM_MAX + 32];

	(void)snprintf(header, sizeof header, "X-Api-Key: %s\r\n", t.phantom);
	return header;
}

static uint32_t grant_credential(void)
{
	return grant("grant c host api.example.test; http GET /*; credential variable:NONE; in "
		     "header:x-api-key; roots %s; expires session",
		     t.roots);
}

/* --- set-up ---------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void find_program(void)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n < 0)
		return;
	self[n] = '\0';
	for (int i = 0; i < 3 && strrchr(self, '/'); i++)
		*strrchr(self, '/') = '\0';
	(void)snprintf(t.egress, sizeof t.egress, "%s/broker/egress/seldom-egress", self);
}

static int group_set_up(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	find_program();
	ready = access(t.egress, X_OK) == 0 && own_network();
	if (!ready)
		return 0;
	(void)snprintf(t.top, sizeof t.top, "%s/seldom-engine-XXXXXX",
		       tmp && *tmp ? tmp : "/var/tmp");
	assert_non_null(mkdtemp(t.top));
	(void)snprintf(t.ca, sizeof t.ca, "%s/ca.pem", t.top);
	(void)snprintf(t.roots, sizeof t.roots, "%s.roots", t.top);
	assert_int_equal(sel_ca_new(3600 * USEC_PER_SEC, &t.other), 0);
	write_file(t.roots, sel_ca_pem(t.other));
	t.seen = mmap(NULL, sizeof *t.seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	assert_true(t.seen != MAP_FAILED);
	t.upstreams[0] = upstream(PORT_HTTP);
	t.upstreams[1] = upstream(PORT_TLS);
	t.upstreams[2] = upstream(PORT_TEXT);
	return 0;
}

static void remove_tree(const char *path)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)execlp("rm", "rm", "-rf", path, (char *)NULL);
		_exit(1);
	}
	(void)waitpid(pid, NULL, 0);
}

static int group_tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; ready && i < SEL_N(t.upstreams); i++) {
		(void)kill(t.upstreams[i], SIGKILL);
		(void)waitpid(t.upstreams[i], NULL, 0);
	}
	if (ready) {
		sel_ca_free(t.other);
		(void)unlink(t.roots);
		remove_tree(t.top);
	}
	return 0;
}

static int set_up(void **state)
{
	char roots[PATH_MAX + 32];
	char *argv[] = {t.egress, roots, t.top, NULL};

	(void)state;
	if (!ready)
		return 0;
	remove_tree(t.top);
	assert_int_equal(mkdir(t.top, 0700), 0);
	(void)snprintf(roots, sizeof roots, "--roots=%s", t.roots);
	memset(t.seen, 0, sizeof *t.seen);
	memset(&t.open, 0, sizeof t - offsetof(__typeof__(t), open));
	t.ask = SEL_NET_DENIED;
	assert_int_equal(rig_start(&t.rig, argv), 0);
	assert_true(rig_listen(&t.rig, SEL_WHAT_DNS_UDP, INADDR_ANY, 53));
	assert_true(rig_listen(&t.rig, SEL_WHAT_TCP, INADDR_ANY, 443));
	assert_true(rig_listen(&t.rig, SEL_WHAT_TCP, INADDR_ANY, 80));
	assert_true(rig_listen(&t.rig, SEL_WHAT_TCP, INADDR_ANY, 25));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (ready)
		(void)rig_stop(&t.rig);
	return 0;
}

#define NEEDS_ALL                                                                                  \
	do {                                                                                       \
		(void)state;                                                                       \
		if (!ready) {                                                                      \
			print_message("no seldom-egress beside this test, or no namespaces\n");    \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

/* --- tests ----------------------------------------------------------------------------------- */

static void names_are_answered_from_the_address_asked(void **state)
{
	NEEDS_ALL;
	struct in_addr one = resolve("one.example.test", "127.0.0.1");

	assert_int_equal(ntohl(one.s_addr) & 0xfffe0000U, 0xc6120000U);
	assert_int_equal(resolve("one.example.test", "198.18.0.53").s_addr, one.s_addr);
	assert_int_not_equal(resolve("two.example.test", "127.0.0.1").s_addr, one.s_addr);
	assert_int_equal(resolve("typo", "127.0.0.1").s_addr, 0);
}

static void requests_are_covered_or_asked_about(void **state)
{
	NEEDS_ALL;
	grant("grant p host api.example.test; port 80; plain yes; http GET /v1/*; expires session");
	STATUS(get("api.example.test", false, "/v1/models", NULL), "200");
	assert_true(upstream_saw("GET /v1/models HTTP/1.1\r\nHost: api.example.test\r\n"));
	assert_int_equal(t.n_asked, 0);
	assert_int_equal(t.n_allowed, 1);

	STATUS(get("api.example.test", false, "/v2/models?page=1", NULL), "403");
	assert_int_equal(t.asked, SEL_NET_NOT_GRANTED);
	assert_int_equal(t.decided, SEL_NET_DENIED);
	STATUS(get("new.example.test", false, "/v1/models", NULL), "403");
	assert_non_null(strcasestr(reply, "\r\nseldom-reason: denied\r\n"));
	assert_int_equal(t.asked, SEL_NET_UNDECIDED);
	assert_int_equal(t.seen->requests, 1);
}

static void an_answer_lets_the_waiting_request_go(void **state)
{
	NEEDS_ALL;
	t.ask = SEL_NET_OK;
	t.ask_grant =
		"grant a host new.example.test; port 80; plain yes; http GET /x; expires session";
	STATUS(get("new.example.test", false, "/x", NULL), "200");
	STATUS(get("new.example.test", false, "/x", NULL), "200");
	assert_int_equal(t.n_asked, 1);
	assert_int_equal(t.seen->requests, 2);
}

static void once_is_once(void **state)
{
	NEEDS_ALL;
	t.ask = SEL_NET_OK;
	t.ask_once = true;
	t.ask_grant =
		"grant a host new.example.test; port 80; plain yes; http GET /x; expires session";
	STATUS(get("new.example.test", false, "/x", NULL), "200");
	t.ask = SEL_NET_DENIED;
	t.ask_grant = NULL;
	STATUS(get("new.example.test", false, "/x", NULL), "403");
	assert_int_equal(t.n_asked, 2);
	assert_int_equal(t.seen->requests, 1);
}

static void what_is_revoked_is_over(void **state)
{
	NEEDS_ALL;
	uint32_t n =
		grant("grant p host api.example.test; port 80; plain yes; http GET /*; expires "
		      "session");

	STATUS(get("api.example.test", false, "/x", NULL), "200");
	rig_new(&t.rig, SEL_WIRE_REVOKE)->number = n;
	rig_send(&t.rig, -1);
	STATUS(get("api.example.test", false, "/x", NULL), "403");
	assert_int_equal(t.seen->requests, 1);
}

static void an_unknown_caller_is_not_served(void **state)
{
	NEEDS_ALL;
	grant("grant p host api.example.test; port 80; plain yes; http GET /*; expires session");
	t.open = SEL_NET_UNKNOWN_CALLER;
	assert_string_equal(get("api.example.test", false, "/x", NULL), "[reset]");
	assert_int_equal(t.seen->requests, 0);
	t.open = SEL_NET_OK;
	STATUS(get("api.example.test", false, "/x", NULL), "200");
}

static void the_credential_takes_the_place_of_the_phantom(void **state)
{
	NEEDS_ALL;
	(void)grant_credential();
	STATUS(get("api.example.test", true, "/v1", phantom_header()), "200");
	assert_true(upstream_saw(": " REAL "\r\n"));
	assert_false(upstream_saw(t.phantom));
	assert_null(strstr(reply, REAL));
}

static void other_credentials_are_refused(void **state)
{
	NEEDS_ALL;
	(void)grant_credential();
	STATUS(get("api.example.test", true, "/v1", NULL), "403");
	assert_int_equal(t.decided, SEL_NET_NO_CREDENTIAL);
	STATUS(get("api.example.test", true, "/v1", "X-Api-Key: my-own-key-0123456789\r\n"), "403");
	assert_int_equal(t.decided, SEL_NET_FOREIGN);
	STATUS(get("new.example.test", true, "/v1", "X-Api-Key: my-own-key-0123456789\r\n"), "403");
	assert_int_equal(t.decided, SEL_NET_FOREIGN);
	assert_int_equal(t.n_asked, 0); /* no answer would help */
	assert_int_equal(t.n_incident, 0);
	STATUS(get("new.example.test", true, "/v1", phantom_header()), "403");
	assert_int_equal(t.incident, SEL_NET_PHANTOM);
	assert_int_equal(t.seen->requests, 0);
	STATUS(get("api.example.test", true, "/v1", phantom_header()), "200");
}

static void a_basic_credential_is_asked_for(void **state)
{
	NEEDS_ALL;
	grant("grant b host api.example.test; http GET /*; credential variable:NONE; in "
	      "basic:me; roots %s; expires session",
	      t.roots);
	STATUS(get("api.example.test", true, "/v1", NULL), "401");
	assert_non_null(strcasestr(reply, "\r\nwww-authenticate: Basic realm="));
	assert_int_equal(t.decided, SEL_NET_NO_CREDENTIAL);
	STATUS(get("api.example.test", true, "/v1", "Authorization: Basic bWU6\r\n"), "401");
	STATUS(get("api.example.test", true, "/v1", "Authorization: Basic bWU6eA==\r\n"), "403");
	assert_null(strcasestr(reply, "www-authenticate"));
	assert_int_equal(t.seen->requests, 0);
}

/* Its own host already has it: where it does not fit it is refused, but nobody stole it. */
static void a_phantom_at_its_own_host_is_no_theft(void **state)
{
	NEEDS_ALL;
	grant("grant o host api.example.test; http GET /open; roots %s; expires session", t.roots);
	(void)grant_credential();
	STATUS(get("api.example.test", true, "/open", phantom_header()), "403");
	assert_int_equal(t.decided, SEL_NET_FOREIGN);
	STATUS(get("api.example.test", true, "/v1?other=1", phantom_header()), "403");
	assert_int_equal(t.decided, SEL_NET_QUERY);
	assert_int_equal(t.n_incident, 0);
	assert_int_equal(t.n_asked, 0); /* no answer brings a credential */
	assert_int_equal(t.seen->requests, 0);
	STATUS(get("api.example.test", true, "/v1", phantom_header()), "200");
}

static void a_credential_that_cannot_be_had_refuses(void **state)
{
	NEEDS_ALL;
	(void)grant_credential();
	t.no_value = true;
	STATUS(get("api.example.test", true, "/v1", phantom_header()), "502");
	assert_int_equal(t.decided, SEL_NET_KEYS);
	assert_int_equal(t.seen->requests, 0);
	t.no_value = false;
	STATUS(get("api.example.test", true, "/v1", phantom_header()), "200");
}

static void what_is_reflected_stays_outside(void **state)
{
	NEEDS_ALL;
	(void)grant_credential();
	STATUS(get("api.example.test", true, "/echo", phantom_header()), "502");
	assert_non_null(strcasestr(reply, "\r\nseldom-reason: credential-reflected\r\n"));
	assert_true(upstream_saw(REAL));
	assert_null(strstr(reply, REAL));
	assert_int_equal(t.incident, SEL_NET_REFLECTED);
	assert_int_equal(t.decided, SEL_NET_REFLECTED);
}

static void responses_lose_what_leads_elsewhere(void **state)
{
	NEEDS_ALL;
	(void)grant_credential();
	STATUS(get("api.example.test", true, "/moved", phantom_header()), "302");
	assert_null(strcasestr(reply, "alt-svc"));
	assert_non_null(strcasestr(reply, "location: https://elsewhere.example.test/"));
	assert_int_equal(t.seen->requests, 1); /* not followed */
}

static void names_must_agree(void **state)
{
	NEEDS_ALL;
	struct call c = {.name = "api.example.test",
			 .port = 443,
			 .sni = "other.example.test",
			 .say = "GET / HTTP/1.1\r\nHost: api.example.test\r\n\r\n"};

	(void)grant_credential();
	(void)call(&c);
	assert_null(strstr(reply, "HTTP/"));
	assert_int_equal(t.decided, SEL_NET_HOST);
	c.sni = "api.example.test";
	c.say = "GET / HTTP/1.1\r\nHost: other.example.test\r\nConnection: close\r\n\r\n";
	STATUS(call(&c), "421");
	assert_int_equal(t.seen->requests, 0);
	STATUS(get("api.example.test", true, "/v1", phantom_header()), "200");
}

static void the_upstream_must_prove_its_name(void **state)
{
	NEEDS_ALL;
	grant("grant h host api.example.test; http GET /*; expires session"); /* host's own roots */
	STATUS(get("api.example.test", true, "/v1", NULL), "502");
	assert_int_equal(t.decided, SEL_NET_UPSTREAM_TLS);
	assert_int_equal(t.seen->requests, 0);
	grant("grant w host wrong.example.test; http GET /*; roots %s; expires session", t.roots);
	STATUS(get("wrong.example.test", true, "/v1", NULL), "502");
	assert_int_equal(t.decided, SEL_NET_UPSTREAM_TLS);
	assert_int_equal(t.seen->requests, 0);
}

static void a_client_that_pins_is_told_of(void **state)
{
	NEEDS_ALL;
	struct call c = {.name = "api.example.test",
			 .port = 443,
			 .sni = "api.example.test",
			 .trusts = t.roots,
			 .say = "GET / HTTP/1.1\r\nHost: api.example.test\r\n\r\n"};

	(void)call(&c);
	assert_null(strstr(reply, "HTTP/"));
	assert_int_equal(t.decided, SEL_NET_PINNED);
	assert_int_equal(t.asked, SEL_NET_PINNED);
	grant("grant o host api.example.test; opaque yes; expires session");
	c.say = "GET /own HTTP/1.1\r\nHost: api.example.test\r\nConnection: close\r\n\r\n";
	c.half = true;
	STATUS(call(&c), "200");
	assert_true(upstream_saw("GET /own"));
}

static void opaque_keeps_the_order_and_the_halves(void **state)
{
	NEEDS_ALL;
	struct call c = {.name = "mail.example.test", .port = 25, .half = true, .say = "hello"};

	assert_string_equal(call(&c), "[reset]");
	assert_int_equal(t.asked, SEL_NET_NOT_HTTP);
	assert_int_equal(t.n_dial, 0);
	grant("grant m host mail.example.test; port 25; opaque yes; expires session");
	assert_string_equal(call(&c), "220 ready\r\nheard 5\r\n");
	c.urgent = true; /* it is a byte like the others, and holds up none */
	assert_string_equal(call(&c), "220 ready\r\nheard 6\r\n");
	c.urgent = false;
	c.say = NULL; /* waits for the server's greeting */
	assert_string_equal(call(&c), "220 ready\r\nheard 0\r\n");
}

static void bodies_have_limits(void **state)
{
	NEEDS_ALL;
	static const char fits[] = "POST /up HTTP/1.1\r\nHost: api.example.test\r\n"
				   "Content-Length: 10\r\nConnection: close\r\n\r\n0123456789";
	static const char said[] = "POST /up HTTP/1.1\r\nHost: api.example.test\r\n"
				   "Content-Length: 11\r\nConnection: close\r\n\r\n0123456789a";
	static const char unsaid[] = "POST /up HTTP/1.1\r\nHost: api.example.test\r\n"
				     "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
				     "b\r\n0123456789a\r\n0\r\n\r\n";
	struct call c = {.name = "api.example.test", .port = 80, .say = fits};

	grant("grant p host api.example.test; port 80; plain yes; http POST /up; request body<=10; "
	      "expires session");
	STATUS(call(&c), "200");
	c.say = said;
	STATUS(call(&c), "413");
	c.say = unsaid;
	STATUS(call(&c), "413");
	assert_int_equal(t.decided, SEL_NET_BODY);
	assert_int_equal(t.seen->requests, 1);
}

static void requests_have_a_rate(void **state)
{
	NEEDS_ALL;
	grant("grant p host api.example.test; port 80; plain yes; http GET /*; request rate<=2/m; "
	      "expires session");
	STATUS(get("api.example.test", false, "/1", NULL), "200");
	STATUS(get("api.example.test", false, "/2", NULL), "200");
	STATUS(get("api.example.test", false, "/3", NULL), "429");
	assert_int_equal(t.seen->requests, 2);
}

static void what_could_be_read_twice_is_refused(void **state)
{
	NEEDS_ALL;
	struct call c = {
		.name = "api.example.test",
		.port = 80,
		.say = "POST /up HTTP/1.1\r\nHost: api.example.test\r\nContent-Length: 4\r\n"
		       "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n"};

	grant("grant p host api.example.test; port 80; plain yes; http * /*; expires session");
	STATUS(call(&c), "400");
	assert_int_equal(t.decided, SEL_NET_MALFORMED);
	assert_int_equal(t.seen->requests, 0);
	STATUS(get("api.example.test", false, "/x", NULL), "200");
}

/* --- clients of HTTP/2 without TLS, many requests each ------------------------------------------
 */

struct asker {
	struct sel_codec *codec;
	int fd;
	unsigned int answers;
	int status;
};

static int asker_head(void *ctx, uint32_t stream, struct sel_head *head, bool end)
{
	struct asker *a = ctx;

	(void)stream, (void)end;
	a->answers++;
	a->status = head->status;
	sel_head_free(head);
	return 0;
}

static int asker_data(void *ctx, uint32_t stream, const void *p, size_t n)
{
	struct asker *a = ctx;

	(void)p;
	a->codec->ops->consumed(a->codec, stream, n);
	return 0;
}

static int asker_end(void *ctx, uint32_t stream, struct sel_headers *trailers)
{
	(void)ctx, (void)stream, (void)trailers;
	return 0;
}

static void asker_nothing(void *ctx, uint32_t stream)
{
	(void)ctx, (void)stream;
}

static void asker_reset(void *ctx, uint32_t stream, uint32_t code)
{
	(void)code;
	asker_nothing(ctx, stream);
}

static bool asker_turn(struct asker *a)
{
	char buf[16384];
	const char *why;
	struct pollfd p = {a->fd, POLLIN, 0};
	ssize_t n;

	if (a->codec->out.n > 0) {
		n = send(a->fd, sel_buffer_at(&a->codec->out), a->codec->out.n, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			return false;
		sel_buffer_take(&a->codec->out, n > 0 ? (size_t)n : 0);
	}
	(void)poll(&p, 1, 1);
	n = recv(a->fd, buf, sizeof buf, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN;
	return n > 0 && a->codec->ops->feed(a->codec, buf, (size_t)n, &why) == n;
}

static bool asker_open(struct asker *a, const char *name)
{
	static const struct sel_codec_events events = {asker_head, asker_data, asker_end,
						       asker_reset, asker_nothing};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(80)};

	*a = (struct asker){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	to.sin_addr = resolve(name, "127.0.0.1");
	if (connect(a->fd, (struct sockaddr *)&to, sizeof to) < 0)
		return false;
	nonblocking(a->fd);
	return sel_http2_new(false, &events, a, &a->codec) == 0;
}

/* One request with `n` bytes of headers, and perhaps a body to come. */
static bool asker_ask(struct asker *a, const char *name, const char *path, size_t n, bool end,
		      uint32_t *ret_stream)
{
	struct sel_head h = {.method = strdup(end ? "GET" : "POST"),
			     .authority = strdup(name),
			     .target = strdup(path),
			     .length = end ? 0 : SEL_LENGTH_UNKNOWN,
			     .plain = true};
	char *value = malloc(n + 1);
	int r;

	memset(value, 'x', n);
	r = sel_headers_add(&h.headers, "x-long", 6, value, n);
	while (r == 0 && !a->codec->ops->can_open(a->codec))
		if (!asker_turn(a))
			r = -EPIPE;
	if (r == 0)
		r = a->codec->ops->send_head(a->codec, 0, &h, end, ret_stream);
	while (r == 0 && a->codec->out.n > 0)
		if (!asker_turn(a))
			r = -EPIPE;
	sel_head_done(&h);
	free(value);
	return r == 0;
}

/* Asks for much and waits for the answers to none of it. */
static void hoard(int out)
{
	static struct asker askers[24];
	uint32_t stream;
	size_t n = 0;

	for (size_t i = 0; i < SEL_N(askers); i++)
		if (asker_open(&askers[i], "new.example.test"))
			for (size_t k = 0; k < 100; k++)
				n += asker_ask(&askers[i], "new.example.test", "/x", 50000, true,
					       &stream);
	dprintf(out, "%zu", n);
	(void)poll(NULL, 0, 20000);
}

/* As much of a body as the other end takes; false: it is gone. */
static bool asker_send(struct asker *a, uint32_t stream)
{
	static const char body[16384];

	for (int waited = 0; waited < 4;) {
		ssize_t n = a->codec->ops->send_data(a->codec, stream, body, sizeof body);

		if (n < 0 || !asker_turn(a))
			return false;
		waited = n > 0 ? 0 : waited + 1;
	}
	return true;
}

/* Begins what is little, and then sends bodies that are not. */
static void hoard_bodies(int out)
{
	static struct asker askers[100];
	static uint32_t streams[100][4];
	size_t n = 0, gone = 0;

	for (size_t i = 0; i < SEL_N(askers); i++)
		if (asker_open(&askers[i], "new.example.test"))
			for (size_t k = 0; k < 4; k++)
				n += asker_ask(&askers[i], "new.example.test", "/x", 10, false,
					       &streams[i][k]);
	for (size_t i = 0; i < SEL_N(askers); i++)
		for (size_t k = 0; k < 4; k++)
			if (!asker_send(&askers[i], streams[i][k])) {
				gone++;
				break;
			}
	dprintf(out, "%zu %zu", n, gone);
	(void)poll(NULL, 0, 20000);
}

static size_t resident(pid_t pid)
{
	char path[64], text[200] = "";
	unsigned long all, pages = 0;

	(void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof text - 1) <= 0 ||
	    sscanf(text, "%lu %lu", &all, &pages) != 2)
		fail_msg("%s cannot be read", path);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void hoards(void (*how)(int out), bool ended)
{
	size_t before = resident(t.rig.pid), after;
	char said[32] = "";
	int p[2];
	pid_t pid;

	grant("grant p host api.example.test; port 80; plain yes; http GET /*; expires session");
	t.ask_silent = true;
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)alarm(60);
		how(p[1]);
		_exit(0);
	}
	(void)close(p[1]);
	nonblocking(p[0]);
	while (read(p[0], said, sizeof said - 1) < 0)
		assert_true(broker_turn(5));
	after = resident(t.rig.pid);
	print_message("%s requests were sent; resident %zu MiB before, %zu after; %u stopped\n",
		      said, before >> 20, after >> 20, t.n_overload);
	assert_true(strtoul(said, NULL, 10) > 300);
	assert_true(t.n_overload > 0);
	assert_true(!ended || t.n_open < 100);
#if !defined __SANITIZE_ADDRESS__
	assert_true(after - before < (size_t)110 << 20);
#endif
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)close(p[0]);
	settle();
	STATUS(get("api.example.test", false, "/v1", NULL), "200");
}

/* 24 times 100 requests of 50000 bytes are 120 MB, which nobody may make it hold. */
static void many_heads_are_not_held(void **state)
{
	NEEDS_ALL;
	hoards(hoard, false);
}

/* 100 times a window of 1 MiB. */
static void many_bodies_are_not_held(void **state)
{
	NEEDS_ALL;
	hoards(hoard_bodies, true);
}

/* --- one side sends, the other takes nothing -----------------------------------------------------
 */

static const char upgrade_words[] = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
				    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
				    "dGhlIHNhbXBsZSBub25jZQ==\r\n";

static void deaf_client(const char *path)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(80)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ws = strncmp(path, "/ws-", 4) == 0;
	char say[512], head[512];
	int n = snprintf(say, sizeof say, "GET %s HTTP/1.1\r\nHost: api.example.test\r\n%s\r\n",
			 path, ws ? upgrade_words : "");

	to.sin_addr = resolve("api.example.test", "127.0.0.1");
	if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0 || send(fd, say, (size_t)n, 0) != n)
		return;
	if (strcmp(path, "/ws-deaf") == 0 && recv(fd, head, sizeof head, 0) > 0) {
		nonblocking(fd);
		flood(fd);
	}
	(void)poll(NULL, 0, 20000);
}

/* What is on its way is in the kernel's buffers, and no more than a little of it in egress. */
static void stands_still(void (*client)(const char *), const char *path)
{
	size_t before = resident(t.rig.pid), was = 0;
	pid_t pid;

	t.seen->flooded = 0;
	pid = fork();
	if (pid == 0) {
		(void)alarm(60);
		client(path);
		_exit(0);
	}
	for (int quiet = 0, turns = 0; quiet < 100; turns++) {
		assert_true(broker_turn(5) && turns < 4000);
		quiet = t.seen->flooded == was && was > 0 ? quiet + 1 : 0;
		was = t.seen->flooded;
		assert_true(was < (size_t)100 << 20);
	}
	print_message("%s: %zu KiB were sent, resident grew by %zu KiB\n", path, was >> 10,
		      (resident(t.rig.pid) - before) >> 10);
#if !defined __SANITIZE_ADDRESS__
	assert_true(resident(t.rig.pid) < before + ((size_t)4 << 20));
#endif
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	settle();
}

static void who_is_slow_slows_the_other_side(void **state)
{
	NEEDS_ALL;
	grant("grant p host api.example.test; port 80; plain yes; http GET /*; upgrade websocket; "
	      "expires session");
	stands_still(deaf_client, "/endless");
	stands_still(deaf_client, "/ws-endless");
	stands_still(deaf_client, "/ws-deaf");
	STATUS(get("api.example.test", false, "/v1", NULL), "200");
}

static int wait_end(void)
{
	int status = 0;

	for (int i = 0; i < 500; i++) {
		if (waitpid(t.rig.pid, &status, WNOHANG) == t.rig.pid)
			return status;
		(void)poll(NULL, 0, 10);
	}
	return -1;
}

static void it_ends_with_the_broker(void **state)
{
	NEEDS_ALL;
	(void)close(t.rig.broker);
	assert_int_equal(wait_end(), 0);
	assert_int_equal(set_up(state), 0);
	(void)close(t.rig.keys);
	assert_int_equal(WEXITSTATUS(wait_end()), EXIT_FAILURE);
	assert_int_equal(set_up(state), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(names_are_answered_from_the_address_asked),
		T(requests_are_covered_or_asked_about),
		T(an_answer_lets_the_waiting_request_go),
		T(once_is_once),
		T(what_is_revoked_is_over),
		T(an_unknown_caller_is_not_served),
		T(the_credential_takes_the_place_of_the_phantom),
		T(other_credentials_are_refused),
		T(a_basic_credential_is_asked_for),
		T(a_phantom_at_its_own_host_is_no_theft),
		T(a_credential_that_cannot_be_had_refuses),
		T(what_is_reflected_stays_outside),
		T(responses_lose_what_leads_elsewhere),
		T(names_must_agree),
		T(the_upstream_must_prove_its_name),
		T(a_client_that_pins_is_told_of),
		T(opaque_keeps_the_order_and_the_halves),
		T(bodies_have_limits),
		T(requests_have_a_rate),
		T(what_could_be_read_twice_is_refused),
		T(who_is_slow_slows_the_other_side),
		T(many_heads_are_not_held),
		T(many_bodies_are_not_held),
		T(it_ends_with_the_broker),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, group_set_up, group_tear_down);
}
