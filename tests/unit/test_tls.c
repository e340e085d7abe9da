/* The session's authority, ClientHello, and connections of both kinds over real sockets. */
#include "test.h"

#include "tls.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define HOUR (3600 * USEC_PER_SEC)

static char scratch[] = "/tmp/seldom-tls-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	return mkdtemp(scratch) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -rf %s", scratch);
	return system(command); /* a name of our own making */
}

static const char *file(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof path, "%s/%s", scratch, name);
	return path;
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* --- ClientHello ---------------------------------------------------------------------------------
 */

/* What OpenSSL's own client sends first. */
static size_t client_hello(const char *sni, const char *alpn, uint8_t *ret, size_t cap)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(ctx);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	SSL_set_bio(ssl, in, out);
	SSL_set_connect_state(ssl);
	if (sni)
		assert_int_equal(SSL_set_tlsext_host_name(ssl, sni), 1);
	if (alpn)
		assert_int_equal(SSL_set_alpn_protos(ssl, (const unsigned char *)alpn,
						     (unsigned int)strlen(alpn)),
				 0);
	assert_int_equal(SSL_do_handshake(ssl), -1);
	int n = BIO_read(out, ret, (int)cap);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	assert_true(n > 100);
	return (size_t)n;
}

static void a_hello_says_whom_it_wants(void **state)
{
	uint8_t bytes[4096];
	struct sel_hello h;
	size_t n = client_hello("API.Example.Test", "\2h2\x8http/1.1", bytes, sizeof bytes);

	(void)state;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(sel_hello_look(bytes, i, &h), 0);
	assert_int_equal(sel_hello_look(bytes, n, &h), 1);
	assert_string_equal(h.sni, "api.example.test");
	assert_true(h.h2 && h.http1 && !h.other && !h.ech);
	n = client_hello(NULL, NULL, bytes, sizeof bytes);
	assert_int_equal(sel_hello_look(bytes, n, &h), 1);
	assert_string_equal(h.sni, "");
	assert_false(h.h2 || h.http1 || h.other);
}

static void what_is_no_hello_is_refused(void **state)
{
	uint8_t bytes[4096];
	struct sel_hello h;
	size_t n = client_hello("api.example.test", "\3foo", bytes, sizeof bytes);

	(void)state;
	assert_int_equal(sel_hello_look(bytes, n, &h), 1); /* the canary */
	assert_true(h.other);
	assert_int_equal(sel_hello_look("GET / HTTP/1.1\r\n", 16, &h), -EBADMSG);
	assert_int_equal(sel_hello_look("\x16\x02", 2, &h), -EBADMSG);
	n = client_hello("bad_name..test", NULL, bytes, sizeof bytes);
	assert_int_equal(sel_hello_look(bytes, n, &h), -EBADMSG);
	n = client_hello("192.0.2.1", NULL, bytes, sizeof bytes);
	assert_int_equal(sel_hello_look(bytes, n, &h), -EBADMSG);
	for (size_t i = 0; i < n; i++) { /* nothing of it may hurt; ASan looks on */
		uint8_t was = bytes[i];

		bytes[i] ^= 0x55;
		(void)sel_hello_look(bytes, n, &h);
		bytes[i] = was;
	}
}

/* --- connections ---------------------------------------------------------------------------------
 */

struct pair {
	struct sel_ca *ca;
	int fd[2];
	struct sel_tls *server, *client;
};

static void connect_pair(struct pair *p, const char *leaf, const char *wants, const char *roots,
			 bool h2)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, p->fd),
			 0);
	assert_int_equal(sel_tls_accept(p->ca, p->fd[0], leaf, h2, &p->server), 0);
	assert_int_equal(sel_tls_connect(p->fd[1], wants, roots, true, true, &p->client), 0);
}

/* Until both are done, or one failed. */
static void shake(struct pair *p, int *ret_server, int *ret_client)
{
	*ret_server = *ret_client = 0;
	for (int i = 0; i < 50 && (*ret_server == 0 || *ret_client == 0); i++) {
		if (*ret_client == 0)
			*ret_client = sel_tls_handshake(p->client);
		if (*ret_server == 0)
			*ret_server = sel_tls_handshake(p->server);
		if (*ret_client < 0)
			(void)shutdown(p->fd[1], SHUT_WR);
	}
}

static void hang_up(struct pair *p)
{
	sel_tls_free(p->server);
	sel_tls_free(p->client);
	(void)close(p->fd[0]);
	(void)close(p->fd[1]);
}

static void a_client_that_trusts_the_session_is_served(void **state)
{
	struct pair p;
	int server, client;
	char buf[64];

	(void)state;
	assert_int_equal(sel_ca_new(HOUR, &p.ca), 0);
	write_text(file("own.pem"), sel_ca_pem(p.ca));
	assert_int_equal(sel_tls_load_roots(file("own.pem")), 0);
	for (int h2 = 0; h2 < 2; h2++) {
		connect_pair(&p, "api.example.test", "api.example.test", file("own.pem"), h2);
		shake(&p, &server, &client);
		assert_int_equal(server, 1);
		assert_int_equal(client, 1);
		assert_int_equal(sel_tls_h2(p.server), h2);
		assert_int_equal(sel_tls_h2(p.client), h2);
		assert_int_equal(sel_tls_read(p.server, buf, sizeof buf), -EAGAIN);
		assert_int_equal(sel_tls_wants(p.server), EPOLLIN);
		assert_int_equal(sel_tls_write(p.client, "hello", 5), 5);
		assert_int_equal(sel_tls_read(p.server, buf, 2), 2);
		assert_true(sel_tls_pending(p.server));
		assert_int_equal(sel_tls_read(p.server, buf, sizeof buf), 3);
		sel_tls_goodbye(p.client);
		assert_int_equal(sel_tls_read(p.server, buf, sizeof buf), 0);
		hang_up(&p);
	}
	sel_ca_free(p.ca);
}

static void another_name_or_authority_is_refused(void **state)
{
	struct pair p;
	int server, client;
	struct sel_ca *other;

	(void)state;
	assert_int_equal(sel_ca_new(HOUR, &p.ca), 0);
	assert_int_equal(sel_ca_new(HOUR, &other), 0);
	write_text(file("p.pem"), sel_ca_pem(p.ca));
	write_text(file("other.pem"), sel_ca_pem(other));
	assert_int_equal(sel_tls_load_roots(file("p.pem")), 0);
	assert_int_equal(sel_tls_load_roots(file("other.pem")), 0);
	assert_int_equal(sel_tls_load_roots(file("none.pem")), -ENOENT);

	connect_pair(&p, "api.example.test", "www.example.test", file("p.pem"), false);
	shake(&p, &server, &client);
	assert_int_equal(client, -EPROTO);
	assert_non_null(strstr(sel_tls_error(p.client), "hostname mismatch"));
	assert_true(server < 0);
	hang_up(&p);

	connect_pair(&p, "api.example.test", "api.example.test", file("other.pem"), false);
	shake(&p, &server, &client);
	assert_int_equal(client, -EPROTO);
	assert_true(server < 0);
	assert_true(sel_tls_refused_leaf(p.server)); /* it said so, or just left */
	hang_up(&p);
	sel_ca_free(p.ca);
	sel_ca_free(other);
}

static void a_cut_is_no_goodbye(void **state)
{
	struct pair p;
	int server, client;
	char buf[8];

	(void)state;
	assert_int_equal(sel_ca_new(HOUR, &p.ca), 0);
	write_text(file("cut.pem"), sel_ca_pem(p.ca));
	assert_int_equal(sel_tls_load_roots(file("cut.pem")), 0);
	connect_pair(&p, "a.test", "a.test", file("cut.pem"), false);
	shake(&p, &server, &client);
	assert_int_equal(client, 1);
	(void)shutdown(p.fd[1], SHUT_RDWR);
	assert_int_equal(sel_tls_read(p.server, buf, sizeof buf), -EPIPE);
	hang_up(&p);
	sel_ca_free(p.ca);
}

/* --- many records at once ------------------------------------------------------------------------
 */

#define MUCH ((size_t)1024 * 1024)

static void connect_own(struct pair *p, const char *roots)
{
	int server, client;

	assert_int_equal(sel_ca_new(HOUR, &p->ca), 0);
	write_text(file(roots), sel_ca_pem(p->ca));
	assert_int_equal(sel_tls_load_roots(file(roots)), 0);
	connect_pair(p, "a.test", "a.test", file(roots), false);
	shake(p, &server, &client);
	assert_int_equal(client, 1);
	assert_int_equal(server, 1);
}

static uint8_t byte_at(size_t i)
{
	return (uint8_t)(i * 7 + i / 251 + i / 65521);
}

static void much_that_waits_for_room_comes_whole(void **state)
{
	static uint8_t sent[MUCH], got[MUCH];
	static const size_t rooms[] = {1, 100, 16384, 32769, 65536, MUCH};
	size_t out = 0, in = 0, turn = 0;
	bool waited = false;
	struct pair p;

	(void)state;
	connect_own(&p, "much.pem");
	for (size_t i = 0; i < MUCH; i++)
		sent[i] = byte_at(i);
	while (in < MUCH) {
		size_t room = rooms[turn++ % SEL_N(rooms)];
		ssize_t r = 0;

		while (r >= 0 && (out < MUCH || sel_tls_unsent(p.server))) {
			r = sel_tls_write(p.server, sent + out, MUCH - out);
			out += r > 0 ? (size_t)r : 0;
		}
		if (sel_tls_unsent(p.server)) { /* nothing more is taken, and it is said so */
			waited = true;
			assert_int_equal(r, -EAGAIN);
			assert_true(sel_tls_wants(p.server) & EPOLLOUT);
			assert_in_range(sel_tls_held(p.server), 1, 256 * 1024);
		}
		r = sel_tls_read(p.client, got + in, room < MUCH - in ? room : MUCH - in);
		assert_true(r > 0 || r == -EAGAIN); /* a part of a record */
		in += r > 0 ? (size_t)r : 0;
		assert_true(turn < MUCH);
	}
	assert_true(waited);
	assert_memory_equal(got, sent, MUCH);
	assert_int_equal(sel_tls_held(p.server), 0);
	assert_int_equal(sel_tls_held(p.client), 0);
	assert_int_equal(sel_tls_read(p.client, got, 1), -EAGAIN);
	sel_tls_goodbye(p.server);
	assert_int_equal(sel_tls_read(p.client, got, sizeof got), 0);
	hang_up(&p);
	sel_ca_free(p.ca);
}

/* One read takes all of it; then it says so, and that there was an end behind it. */
static void what_came_together_is_read_together(void **state)
{
	static uint8_t much[40000], got[65536];
	struct pair p;

	(void)state;
	connect_own(&p, "together.pem");
	assert_int_equal(sel_tls_write(p.server, much, sizeof much), sizeof much);
	assert_int_equal(sel_tls_read(p.client, got, sizeof got), sizeof much);
	assert_true(sel_tls_dry(p.client));
	assert_false(sel_tls_pending(p.client));
	assert_int_equal(sel_tls_write(p.server, "last", 4), 4);
	sel_tls_goodbye(p.server);
	assert_int_equal(sel_tls_read(p.client, got, sizeof got), 4);
	assert_true(sel_tls_pending(p.client)); /* no event tells of the goodbye */
	assert_int_equal(sel_tls_read(p.client, got, sizeof got), 0);
	assert_int_equal(sel_tls_read(p.client, got, sizeof got), 0);
	hang_up(&p);
	sel_ca_free(p.ca);
}

/* Half a record is nothing to be read: whoever goes on as if it were never sleeps. */
static void half_a_record_waits_for_the_rest(void **state)
{
	static uint8_t bytes[65536], got[65536];
	struct pair p;

	(void)state;
	connect_own(&p, "half.pem");
	assert_int_equal(sel_tls_write(p.server, "hello", 5), 5);
	ssize_t n = recv(p.fd[1], bytes, sizeof bytes, 0);
	assert_true(n > 10);
	for (ssize_t i = 0; i < n; i++) {
		assert_int_equal(sel_tls_read(p.client, got, i % 2 ? 10 : sizeof got), -EAGAIN);
		assert_false(sel_tls_pending(p.client));
		assert_int_equal(send(p.fd[0], bytes + i, 1, 0), 1);
	}
	assert_int_equal(sel_tls_read(p.client, got, sizeof got), 5);
	assert_memory_equal(got, "hello", 5);
	hang_up(&p);
	sel_ca_free(p.ca);
}

/* What came before a broken record is given; then that it broke, as often as one asks. */
static void a_broken_record_ends_what_is_read(void **state)
{
	static uint8_t bytes[65536], got[65536];
	struct pair p;

	(void)state;
	connect_own(&p, "broken.pem");
	assert_int_equal(sel_tls_write(p.server, "good", 4), 4);
	assert_int_equal(sel_tls_write(p.server, "bad", 3), 3);
	ssize_t n = recv(p.fd[1], bytes, sizeof bytes, 0);
	assert_true(n > 10);
	bytes[n - 1] ^= 1;
	assert_int_equal(send(p.fd[0], bytes, (size_t)n, 0), n);
	assert_int_equal(sel_tls_read(p.client, got, sizeof got), 4);
	assert_true(sel_tls_pending(p.client));
	for (int i = 0; i < 3; i++)
		assert_int_equal(sel_tls_read(p.client, got, sizeof got), -EPROTO);
	assert_true(*sel_tls_error(p.client));
	hang_up(&p);
	sel_ca_free(p.ca);
}

static void nobody_there_is_a_broken_pipe(void **state)
{
	static uint8_t much[65536];
	struct pair p;

	(void)state;
	connect_own(&p, "gone.pem");
	assert_int_equal(sel_tls_write(p.server, "x", 1), 1); /* the canary */
	(void)close(p.fd[1]);
	assert_int_equal(sel_tls_write(p.server, much, sizeof much), -EPIPE);
	assert_int_equal(sel_tls_write(p.server, NULL, 0), -EPIPE);
	assert_false(sel_tls_unsent(p.server));
	p.fd[1] = dup(p.fd[0]);
	hang_up(&p);
	sel_ca_free(p.ca);
}

static X509 *parse(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	assert_non_null(cert);
	return cert;
}

static void the_authority_is_one_level_and_names_only(void **state)
{
	struct sel_ca *ca;

	(void)state;
	assert_int_equal(sel_ca_new(HOUR, &ca), 0);
	X509 *cert = parse(sel_ca_pem(ca));
	assert_int_equal(X509_check_ca(cert), 1);
	assert_int_equal(X509_get_pathlen(cert), 0);
	assert_true(X509_get_ext_by_NID(cert, NID_name_constraints, -1) >= 0);
	assert_int_equal(X509_cmp_time(X509_get0_notAfter(cert), &(time_t){time(NULL) + 3700}), -1);
	X509_free(cert);
	assert_null(strstr(sel_ca_pem(ca), "PRIVATE"));
	sel_ca_free(ca);
}

static void more_names_than_are_kept_are_served(void **state)
{
	struct pair p;
	int server, client;
	char name[64];

	(void)state;
	assert_int_equal(sel_ca_new(HOUR, &p.ca), 0);
	write_text(file("many.pem"), sel_ca_pem(p.ca));
	assert_int_equal(sel_tls_load_roots(file("many.pem")), 0);
	for (int i = 0; i < SEL_LEAVES_MAX + 20; i++) {
		(void)snprintf(name, sizeof name, "h%d.example.test", i % (SEL_LEAVES_MAX + 10));
		connect_pair(&p, name, name, file("many.pem"), false);
		shake(&p, &server, &client);
		assert_int_equal(client, 1);
		hang_up(&p);
	}
	sel_ca_free(p.ca);
}

/* --- delivery ------------------------------------------------------------------------------------
 */

static bool holds(const char *path, const char *text)
{
	static char buf[1 << 20];
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(buf, 1, sizeof buf - 1, f) : 0;

	if (f)
		(void)fclose(f);
	buf[n] = '\0';
	return strstr(buf, text) != NULL;
}

static void the_folder_has_what_programs_look_for(void **state)
{
	struct sel_ca *ca, *host;
	const char *what = NULL;
	char path[192];

	(void)state;
	assert_int_equal(sel_ca_new(HOUR, &ca), 0);
	assert_int_equal(sel_ca_new(HOUR, &host), 0);
	write_text(file("host.pem"), sel_ca_pem(host));
	assert_int_equal(mkdir(file("trust"), 0700), 0);
	int dir = open(file("trust"), O_RDONLY | O_DIRECTORY);
	assert_int_equal(sel_trust_write(dir, sel_ca_pem(ca), file("host.pem"), true, &what), 0);
	assert_true(holds(file("trust/ca.pem"), sel_ca_pem(ca)));
	assert_false(holds(file("trust/ca.pem"), sel_ca_pem(host)));
	assert_true(holds(file("trust/bundle.pem"), sel_ca_pem(ca)));
	assert_true(holds(file("trust/bundle.pem"), sel_ca_pem(host)));
	assert_true(holds(file("trust/certs/ca-certificates.crt"), sel_ca_pem(host)));
	X509 *cert = parse(sel_ca_pem(ca));
	(void)snprintf(path, sizeof path, "trust/certs/%08lx.0", X509_subject_name_hash(cert));
	X509_free(cert);
	assert_true(holds(file(path), sel_ca_pem(ca)));
	assert_int_equal(access(file("trust/java.p12"), R_OK), 0);
	/* written once: nobody may have put something there before */
	assert_int_equal(sel_trust_write(dir, sel_ca_pem(ca), file("host.pem"), true, &what),
			 -EEXIST);
	assert_string_equal(what, "ca.pem");
	(void)close(dir);
	sel_ca_free(ca);
	sel_ca_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_says_whom_it_wants),
		cmocka_unit_test(what_is_no_hello_is_refused),
		cmocka_unit_test(a_client_that_trusts_the_session_is_served),
		cmocka_unit_test(another_name_or_authority_is_refused),
		cmocka_unit_test(a_cut_is_no_goodbye),
		cmocka_unit_test(much_that_waits_for_room_comes_whole),
		cmocka_unit_test(what_came_together_is_read_together),
		cmocka_unit_test(half_a_record_waits_for_the_rest),
		cmocka_unit_test(a_broken_record_ends_what_is_read),
		cmocka_unit_test(nobody_there_is_a_broken_pipe),
		cmocka_unit_test(the_authority_is_one_level_and_names_only),
		cmocka_unit_test(more_names_than_are_kept_are_served),
		cmocka_unit_test(the_folder_has_what_programs_look_for),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
