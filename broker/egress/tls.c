/* TLS on non-blocking descriptors, towards clients inside and towards upstreams. */
#include "authority.h"
#include "buffer.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define ROOTS_BYTES_MAX ((off_t)16 * 1024 * 1024)
#define ROOTS_N_MAX	16
#define RECORD_MAX	((size_t)16 * 1024)
#define TURN_MAX	((size_t)64 * 1024) /* bytes that one call encrypts */
#define ROOM		(TURN_MAX + (size_t)8 * 1024)
#define UNSENT_MAX	((size_t)256 * 1024)

struct sel_tls {
	SSL *ssl;
	int fd;
	const char *error; /* static */
	short wants;
	bool server, h2_offered, refused_leaf;
	bool broken; /* nothing can be sent any more */
	bool dry;    /* the socket gave all that it had */
	bool over;   /* `end` is all that is left to be read */
	ssize_t end;
	struct sel_buffer unread; /* received, and not yet OpenSSL's turn */
	struct sel_buffer unsent; /* encrypted, and the socket had no room for it */
};

/* --- roots: read before confinement, parsed when the first upstream is verified ------------------
 */

static struct roots {
	char *path; /* NULL: the host's */
	char *text;
	size_t n;
	SSL_CTX *ctx;
} loaded[ROOTS_N_MAX];
static size_t n_loaded;

static struct roots *find_roots(const char *path)
{
	for (size_t i = 0; i < n_loaded; i++)
		if (path ? loaded[i].path && strcmp(loaded[i].path, path) == 0 : !loaded[i].path)
			return &loaded[i];
	return NULL;
}

static int slurp(const char *path, char **ret, size_t *ret_n)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_free_ char *text = NULL;
	struct stat st;
	size_t n = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > ROOTS_BYTES_MAX)
		return S_ISREG(st.st_mode) ? -EFBIG : -EINVAL;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, text + n, (size_t)st.st_size - n);

		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*ret = sel_steal_ptr(&text);
	*ret_n = n;
	return 0;
}

int sel_tls_load_roots(const char *path)
{
	struct roots *r = &loaded[n_loaded];
	const char *from = path ? path : sel_trust_roots();
	int rc;

	if (find_roots(path))
		return 0;
	if (n_loaded == ROOTS_N_MAX)
		return -ENOSPC;
	if (!from)
		return -ENOENT;
	*r = (struct roots){0};
	rc = slurp(from, &r->text, &r->n);
	if (rc < 0)
		return rc;
	if (path && !(r->path = strdup(path))) {
		free(r->text);
		return -ENOMEM;
	}
	n_loaded++;
	return 0;
}

static void trust_all(X509_STORE *store, const struct roots *r)
{
	BIO *bio = BIO_new_mem_buf(r->text, (int)r->n);
	X509 *cert;

	while (bio && (cert = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL))) {
		(void)X509_STORE_add_cert(store, cert); /* the same one twice is fine */
		X509_free(cert);
	}
	BIO_free(bio);
	ERR_clear_error(); /* the end of the text */
}

/* --- many records at once ------------------------------------------------------------------------
 *
 * By itself OpenSSL receives a record in two reads and sends it in a write. Here what a call
 * decrypts comes from the socket in one piece, and what it encrypts goes in one. Between calls
 * these rooms, which all connections share, are empty; what is left over stays with its connection.
 */

static struct room {
	uint8_t p[ROOM];
	size_t at, n;
	size_t want; /* bytes to be received into it; 0: OpenSSL receives by itself */
	bool filled; /* once a call: the other connections have their turns */
} coming, going;

/* 0: all went; -EAGAIN; -EPIPE. */
static int send_kept(struct sel_tls *t)
{
	while (t->unsent.n > 0 && !t->broken) {
		ssize_t r = send(t->fd, sel_buffer_at(&t->unsent), t->unsent.n,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (r < 0 && errno == EAGAIN)
			return -EAGAIN;
		if (r < 0)
			t->broken = true;
		else
			sel_buffer_take(&t->unsent, (size_t)r);
	}
	if (t->broken)
		sel_buffer_done(&t->unsent);
	return t->broken ? -EPIPE : 0;
}

/* Empties the room, behind what was kept before. As send_kept. */
static int send_room(struct sel_tls *t)
{
	int r = send_kept(t);
	size_t n = going.n, sent = 0;

	going.n = 0;
	if (r == 0 && n > 0) {
		ssize_t done = send(t->fd, going.p, n, MSG_NOSIGNAL | MSG_DONTWAIT);

		t->broken = done < 0 && errno != EAGAIN;
		sent = done > 0 ? (size_t)done : 0;
	}
	if (!t->broken && sel_buffer_append(&t->unsent, going.p + sent, n - sent) < 0)
		t->broken = true; /* there would be a gap */
	return t->broken ? -EPIPE : t->unsent.n > 0 ? -EAGAIN : 0;
}

static int bio_write(BIO *b, const char *p, size_t n, size_t *ret)
{
	struct sel_tls *t = BIO_get_data(b);

	BIO_clear_retry_flags(b);
	if (n > sizeof going.p - going.n)
		(void)send_room(t);
	if (t->broken)
		return 0;
	*ret = n < sizeof going.p ? n : sizeof going.p;
	memcpy(going.p + going.n, p, *ret);
	going.n += *ret;
	return 1;
}

static ssize_t from_room(struct sel_tls *t, void *p, size_t n)
{
	size_t part;

	if (!coming.filled) {
		ssize_t r = recv(t->fd, coming.p, coming.want, MSG_DONTWAIT);

		coming.filled = true;
		coming.n = r > 0 ? (size_t)r : 0;
		t->dry = r < (ssize_t)coming.want && r != 0;
		if (r <= 0)
			return r;
	}
	part = coming.n - coming.at < n ? coming.n - coming.at : n;
	memcpy(p, coming.p + coming.at, part);
	coming.at += part;
	errno = EAGAIN;
	return part > 0 ? (ssize_t)part : -1;
}

static ssize_t from_unread(struct sel_tls *t, void *p, size_t n)
{
	size_t part = t->unread.n < n ? t->unread.n : n;

	memcpy(p, sel_buffer_at(&t->unread), part);
	sel_buffer_take(&t->unread, part);
	return (ssize_t)part;
}

static int bio_read(BIO *b, char *p, size_t n, size_t *ret)
{
	struct sel_tls *t = BIO_get_data(b);
	ssize_t r = t->unread.n > 0   ? from_unread(t, p, n)
		    : coming.want > 0 ? from_room(t, p, n)
				      : recv(t->fd, p, n, MSG_DONTWAIT);

	BIO_clear_retry_flags(b);
	if (r < 0 && errno == EAGAIN)
		BIO_set_retry_read(b);
	if (r == 0)
		BIO_set_flags(b, BIO_FLAGS_IN_EOF);
	*ret = r > 0 ? (size_t)r : 0;
	return r > 0;
}

static long bio_ctrl(BIO *b, int what, long n, void *p)
{
	(void)n;
	(void)p;
	if (what == BIO_CTRL_EOF)
		return BIO_test_flags(b, BIO_FLAGS_IN_EOF) != 0;
	return what == BIO_CTRL_FLUSH; /* every call does, when it is done */
}

static BIO *new_bio(struct sel_tls *t)
{
	static BIO_METHOD *method;
	BIO *b;

	if (!method &&
	    (method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "room"))) {
		(void)BIO_meth_set_write_ex(method, bio_write);
		(void)BIO_meth_set_read_ex(method, bio_read);
		(void)BIO_meth_set_ctrl(method, bio_ctrl);
	}
	b = method ? BIO_new(method) : NULL;
	if (b) {
		BIO_set_data(b, t);
		BIO_set_init(b, 1);
	}
	return b;
}

/* --- contexts ------------------------------------------------------------------------------------
 */

static void common(SSL_CTX *ctx)
{
	(void)SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
					       SSL_OP_NO_COMPRESSION |
					       SSL_OP_CIPHER_SERVER_PREFERENCE);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
					    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_read_ahead(ctx, 0);
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		       const unsigned char *in, unsigned int in_len, void *arg)
{
	static const unsigned char both[] = "\2h2\x8http/1.1", http1[] = "\x8http/1.1";
	const struct sel_tls *t = SSL_get_app_data(ssl);
	const unsigned char *own = t->h2_offered ? both : http1;
	unsigned int own_len = t->h2_offered ? sizeof both - 1 : sizeof http1 - 1;

	(void)arg;
	if (SSL_select_next_proto((unsigned char **)out, out_len, own, own_len, in, in_len) ==
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_OK;
	return SSL_TLSEXT_ERR_ALERT_FATAL; /* RFC 7301: no_application_protocol */
}

static SSL_CTX *server_context(void)
{
	static SSL_CTX *ctx;

	if (!ctx && (ctx = SSL_CTX_new(TLS_server_method()))) {
		common(ctx);
		SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, NULL);
	}
	return ctx;
}

static SSL_CTX *client_context(struct roots *r)
{
	if (!r->ctx && (r->ctx = SSL_CTX_new(TLS_client_method()))) {
		common(r->ctx);
		SSL_CTX_set_verify(r->ctx, SSL_VERIFY_PEER, NULL);
		trust_all(SSL_CTX_get_cert_store(r->ctx), r);
	}
	return r->ctx;
}

static int make(SSL_CTX *ctx, int fd, struct sel_tls **ret)
{
	struct sel_tls *t = calloc(1, sizeof *t);
	BIO *bio = t ? new_bio(t) : NULL;

	if (!bio || !ctx || !(t->ssl = SSL_new(ctx))) {
		BIO_free(bio);
		sel_tls_free(t);
		ERR_clear_error();
		return -ENOMEM;
	}
	SSL_set_bio(t->ssl, bio, bio);
	t->fd = fd;
	t->unread.max = ROOM;
	t->unsent.max = UNSENT_MAX;
	(void)SSL_set_app_data(t->ssl, t);
	t->wants = EPOLLIN;
	t->error = "";
	*ret = t;
	return 0;
}

int sel_tls_accept(struct sel_ca *ca, int fd, const char *name, bool h2, struct sel_tls **ret)
{
	struct sel_tls *t = NULL;
	X509 *leaf = sel_ca_leaf(ca, name);
	int r = leaf ? make(server_context(), fd, &t) : -EIO;

	if (r < 0)
		return r;
	t->server = true;
	t->h2_offered = h2;
	SSL_set_accept_state(t->ssl);
	if (SSL_use_certificate(t->ssl, leaf) != 1 ||
	    SSL_use_PrivateKey(t->ssl, sel_ca_leaf_key(ca)) != 1) {
		sel_tls_free(t);
		ERR_clear_error();
		return -EIO;
	}
	*ret = t;
	return 0;
}

static bool expect_name(SSL *ssl, const char *name)
{
	if (sel_name_is_literal(name))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

int sel_tls_connect(int fd, const char *name, const char *roots, bool h2, bool http1,
		    struct sel_tls **ret)
{
	static const unsigned char both[] = "\2h2\x8http/1.1";
	const unsigned char *alpn = h2 ? both : both + 3;
	unsigned int alpn_len = (h2 ? 3U : 0U) + (http1 ? 9U : 0U);
	struct roots *from = find_roots(roots);
	struct sel_tls *t;
	int r = from ? make(client_context(from), fd, &t) : -ENOENT;

	if (r < 0)
		return r;
	SSL_set_connect_state(t->ssl);
	if (!expect_name(t->ssl, name) ||
	    (alpn_len && SSL_set_alpn_protos(t->ssl, alpn, alpn_len) != 0)) {
		sel_tls_free(t);
		ERR_clear_error();
		return -EIO;
	}
	*ret = t;
	return 0;
}

void sel_tls_free(struct sel_tls *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	sel_buffer_done(&t->unread);
	sel_buffer_done(&t->unsent);
	free(t);
}

/* --- bytes ---------------------------------------------------------------------------------------
 */

/* Alerts by which a client says that it does not take our certificate. */
static bool about_our_leaf(int reason)
{
	static const int alerts[] = {
		SSL_R_TLSV1_ALERT_UNKNOWN_CA,	       SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
		SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
		SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
		SSL_R_TLSV1_ALERT_ACCESS_DENIED,
	};

	for (size_t i = 0; i < SEL_N(alerts); i++)
		if (reason == alerts[i])
			return true;
	return false;
}

/* In the middle of the handshake, after our certificate went out. */
static bool saw_our_leaf(const struct sel_tls *t)
{
	OSSL_HANDSHAKE_STATE state = SSL_get_state(t->ssl);

	return t->server && (state == TLS_ST_SW_FINISHED || state == TLS_ST_SR_FINISHED ||
			     state == TLS_ST_SW_SRVR_DONE || state == TLS_ST_SR_KEY_EXCH ||
			     state == TLS_ST_EARLY_DATA);
}

static int failed(struct sel_tls *t)
{
	unsigned long e = ERR_peek_error();
	long verify = SSL_get_verify_result(t->ssl);
	const char *words = ERR_reason_error_string(e);

	if (!t->server && verify != X509_V_OK)
		words = X509_verify_cert_error_string(verify);
	if (t->server && about_our_leaf(ERR_GET_REASON(e))) {
		t->refused_leaf = true;
		words = "the client does not take the session's certificate";
	}
	t->error = words ? words : "TLS failed";
	ERR_clear_error();
	return -EPROTO;
}

/* What a result that is no success means; as sel_tls_read. */
static int explain(struct sel_tls *t, int result)
{
	bool eof = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;

	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		t->wants = EPOLLIN;
		return -EAGAIN;
	case SSL_ERROR_WANT_WRITE:
		t->wants = EPOLLOUT;
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		ERR_clear_error();
		t->error = "the connection was cut off";
		return -EPIPE;
	case SSL_ERROR_SSL:
		if (!eof)
			return failed(t);
		ERR_clear_error();
		t->error = "the connection was cut off";
		return -EPIPE;
	default:
		ERR_clear_error();
		t->error = "TLS failed";
		return -EPROTO;
	}
}

int sel_tls_handshake(struct sel_tls *t)
{
	ERR_clear_error();
	int r = SSL_do_handshake(t->ssl);
	bool leaf_out = saw_our_leaf(t);

	(void)send_room(t);
	if (r == 1) {
		t->wants = EPOLLIN;
		return 1;
	}
	r = explain(t, r);
	if (r == -EAGAIN)
		return 0;
	if (r == 0)
		r = -EPIPE;
	if (r == -EPIPE && leaf_out) {
		t->refused_leaf = true;
		t->error = "the client went away when it saw the session's certificate";
	}
	return r;
}

static bool more(const struct sel_tls *t)
{
	return SSL_pending(t->ssl) > 0 || t->unread.n > 0 || coming.at < coming.n;
}

/* `p` has room for all that is received, and for the record that was not whole before. */
static void open_room(struct sel_tls *t, size_t n)
{
	size_t fits = n > 2 * RECORD_MAX && t->unread.n == 0 ? n - RECORD_MAX : 0;

	coming.want = fits < sizeof coming.p ? fits : sizeof coming.p;
	coming.at = coming.n = 0;
	coming.filled = t->dry = false;
}

static int close_room(struct sel_tls *t)
{
	size_t left = coming.n - coming.at;
	int r = sel_buffer_append(&t->unread, coming.p + coming.at, left);

	coming.want = coming.at = coming.n = 0;
	if (going.n > 0) /* TLS answers by itself now and then */
		(void)send_room(t);
	return r;
}

ssize_t sel_tls_read(struct sel_tls *t, void *p, size_t n)
{
	size_t all = 0, got;
	ssize_t end = 1;

	if (t->over)
		return t->end;
	ERR_clear_error();
	open_room(t, n);
	do {
		got = 0;
		int r = SSL_read_ex(t->ssl, (char *)p + all, n - all, &got);

		all += got;
		end = r == 1 ? 1 : explain(t, r);
	} while (end == 1 && all < n && more(t));
	if (close_room(t) < 0) {
		t->error = "no memory";
		end = -EPROTO;
	}
	t->over = end != 1 && end != -EAGAIN;
	t->end = end;
	return all > 0 ? (ssize_t)all : end;
}

/* As many records as fit a turn, into the room. */
static ssize_t encrypt(struct sel_tls *t, const uint8_t *p, size_t n)
{
	size_t all = 0, done;
	int r;

	if (n > TURN_MAX)
		n = TURN_MAX;
	ERR_clear_error();
	do {
		done = 0;
		r = SSL_write_ex(t->ssl, p + all, n - all, &done);
		all += done;
	} while (r == 1 && all < n);
	return all > 0 ? (ssize_t)all : explain(t, r);
}

ssize_t sel_tls_write(struct sel_tls *t, const void *p, size_t n)
{
	ssize_t done = send_kept(t);

	if (done == 0 && n > 0) {
		done = encrypt(t, p, n);
		if (send_room(t) == -EPIPE || done == 0)
			done = -EPIPE;
	}
	if (done == -EAGAIN)
		t->wants = EPOLLOUT;
	return done;
}

bool sel_tls_unsent(const struct sel_tls *t)
{
	return t->unsent.n > 0;
}

size_t sel_tls_held(const struct sel_tls *t)
{
	return t ? t->unsent.cap + t->unread.cap : 0;
}

bool sel_tls_pending(const struct sel_tls *t)
{
	return SSL_pending(t->ssl) > 0 || t->unread.n > 0 || t->over;
}

bool sel_tls_dry(const struct sel_tls *t)
{
	return t->dry;
}

void sel_tls_goodbye(struct sel_tls *t)
{
	ERR_clear_error();
	(void)SSL_shutdown(t->ssl);
	(void)send_room(t);
	ERR_clear_error();
}

short sel_tls_wants(const struct sel_tls *t)
{
	return (short)(t->wants | (t->unsent.n > 0 ? EPOLLOUT : 0));
}

bool sel_tls_h2(const struct sel_tls *t)
{
	const unsigned char *p = NULL;
	unsigned int n = 0;

	SSL_get0_alpn_selected(t->ssl, &p, &n);
	return n == 2 && memcmp(p, "h2", 2) == 0;
}

const char *sel_tls_error(const struct sel_tls *t)
{
	return t->error;
}

bool sel_tls_refused_leaf(const struct sel_tls *t)
{
	return t->refused_leaf;
}
