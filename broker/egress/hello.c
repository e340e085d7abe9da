/* Looks at a ClientHello that was peeked and stays where it is. OpenSSL reads it; here only two of
 * its extensions are taken apart. */
#include "tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#define EXT_ECH 0xfe0d /* draft-ietf-tls-esni */

/* A list of two bytes' length that fills the whole extension. */
static bool open_list(const uint8_t **p, size_t *n)
{
	if (*n < 2 || (size_t)((*p)[0] << 8 | (*p)[1]) != *n - 2)
		return false;
	*p += 2;
	*n -= 2;
	return true;
}

/* RFC 6066, section 3: exactly one name, of type host_name. */
static bool take_sni(const uint8_t *p, size_t n, struct sel_hello *h)
{
	if (!open_list(&p, &n) || n < 3 || p[0] != TLSEXT_NAMETYPE_host_name)
		return false;
	if ((size_t)(p[1] << 8 | p[2]) != n - 3)
		return false;
	return sel_name_canonical((const char *)p + 3, n - 3, h->sni) >= 0 &&
	       !sel_name_is_literal(h->sni);
}

/* RFC 7301, section 3.1 */
static bool take_alpn(const uint8_t *p, size_t n, struct sel_hello *h)
{
	if (!open_list(&p, &n))
		return false;
	while (n > 0) {
		size_t len = p[0];

		if (len == 0 || len > n - 1)
			return false;
		if (len == 2 && memcmp(p + 1, "h2", 2) == 0)
			h->h2 = true;
		else if (len == 8 && memcmp(p + 1, "http/1.1", 8) == 0)
			h->http1 = true;
		else
			h->other = true;
		p += len + 1;
		n -= len + 1;
	}
	return true;
}

struct look {
	struct sel_hello *hello;
	int result; /* 0: not seen whole */
};

static int on_hello(SSL *ssl, int *alert, void *arg)
{
	struct look *look = SSL_get_app_data(ssl);
	const unsigned char *p;
	size_t n;

	(void)arg;
	*alert = SSL_AD_INTERNAL_ERROR;
	look->result = 1;
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &p, &n) == 1 &&
	    !take_sni(p, n, look->hello))
		look->result = -EBADMSG;
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &p,
				      &n) == 1 &&
	    !take_alpn(p, n, look->hello))
		look->result = -EBADMSG;
	look->hello->ech = SSL_client_hello_get0_ext(ssl, EXT_ECH, &p, &n) == 1;
	return SSL_CLIENT_HELLO_ERROR; /* seen: it goes no further here */
}

static SSL_CTX *context(void)
{
	static SSL_CTX *ctx;

	if (!ctx) {
		ctx = SSL_CTX_new(TLS_server_method());
		if (ctx)
			SSL_CTX_set_client_hello_cb(ctx, on_hello, NULL);
	}
	return ctx;
}

int sel_hello_look(const void *p, size_t n, struct sel_hello *ret)
{
	const uint8_t *bytes = p;
	struct look look = {.hello = ret};
	SSL_CTX *ctx = context();

	*ret = (struct sel_hello){.sni = ""};
	if ((n > 0 && bytes[0] != SSL3_RT_HANDSHAKE) || (n > 1 && bytes[1] != SSL3_VERSION_MAJOR))
		return -EBADMSG;
	if (n > SEL_HELLO_MAX)
		return -EBADMSG;
	SSL *ssl = ctx ? SSL_new(ctx) : NULL;
	BIO *in = ssl ? BIO_new_mem_buf(p, (int)n) : NULL, *out = in ? BIO_new(BIO_s_null()) : NULL;
	if (!out) {
		BIO_free(in);
		SSL_free(ssl);
		return -ENOMEM;
	}
	(void)BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(ssl, in, out);
	(void)SSL_set_app_data(ssl, &look);
	SSL_set_accept_state(ssl);
	ERR_clear_error();
	int r = SSL_do_handshake(ssl);
	bool more = SSL_get_error(ssl, r) == SSL_ERROR_WANT_READ;
	SSL_free(ssl);
	ERR_clear_error();
	if (look.result != 0)
		return look.result;
	return more && n < SEL_HELLO_MAX ? 0 : -EBADMSG;
}
