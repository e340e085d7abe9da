/* TLS on non-blocking descriptors, towards clients inside and towards upstreams. */
#include "authority.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#define ROOTS_BYTES_MAX ((off_t)16 * 1024 * 1024)
#define ROOTS_N_MAX	16

struct sel_tls {
	SSL *ssl;
	const char *error; /* static */
	short wants;
	bool server, h2_offered, refused_leaf;
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

	if (!t || !ctx || !(t->ssl = SSL_new(ctx)) || SSL_set_fd(t->ssl, fd) != 1) {
		sel_tls_free(t);
		ERR_clear_error();
		return -ENOMEM;
	}
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

ssize_t sel_tls_read(struct sel_tls *t, void *p, size_t n)
{
	size_t got = 0;

	ERR_clear_error();
	int r = SSL_read_ex(t->ssl, p, n, &got);
	if (r == 1)
		return (ssize_t)got;
	return explain(t, r);
}

ssize_t sel_tls_write(struct sel_tls *t, const void *p, size_t n)
{
	size_t done = 0;

	if (n == 0)
		return 0;
	ERR_clear_error();
	int r = SSL_write_ex(t->ssl, p, n, &done);
	if (r == 1)
		return (ssize_t)done;
	r = explain(t, r);
	return r == 0 ? -EPIPE : r;
}

bool sel_tls_pending(const struct sel_tls *t)
{
	return SSL_has_pending(t->ssl) == 1;
}

void sel_tls_goodbye(struct sel_tls *t)
{
	ERR_clear_error();
	(void)SSL_shutdown(t->ssl);
	ERR_clear_error();
}

short sel_tls_wants(const struct sel_tls *t)
{
	return t->wants;
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
