/* TLS by OpenSSL: the session's own authority, connections from clients and to upstreams. The
 * process ignores SIGPIPE. */
#pragma once

#include "name.h"

/* --- the authority ---------------------------------------------------------------------------- */

#define SEL_LEAVES_MAX 256 /* kept, least recently used goes */
struct sel_ca;
/* A new EC P-256 key that never leaves this process, CA:TRUE, pathlen:0, critical name constraints
 * that exclude all addresses (permitted: DNS names only), valid from 5 minutes ago for `valid`. */
int sel_ca_new(usec_t valid, struct sel_ca **ret);
void sel_ca_free(struct sel_ca *ca);
/* Certificate as PEM; borrowed. */
const char *sel_ca_pem(const struct sel_ca *ca);

/* --- delivery: written once before the program starts, on the host's side ------------------------
 */

/* Fills the existing folder `dir` (an fd) with what is bound over the places where programs look:
 *   bundle.pem  session's certificate + host roots     ca.pem  that certificate alone
 *   certs/      what /etc/ssl/certs holds (links kept; an empty folder may be there), plus HASH.0,
 * ca-certificates.crt = bundle java.p12    trust store (password "changeit") with the same roots,
 * entries marked trusted `roots`: the host's bundle (PATH), NULL: the first of the usual places
 * that is there. Files 0444. java.p12 only with `java` (a JVM is installed): it costs milliseconds.
 * -errno and *ret_what. */
int sel_trust_write(int dir, const char *ca_pem, const char *roots, bool java,
		    const char **ret_what);
/* The host's bundle: $SSL_CERT_FILE, else the first that is there. NULL: none. Borrowed. */
const char *sel_trust_roots(void);

/* --- connections ---------------------------------------------------------------------------------
 */

/* What a ClientHello says, by OpenSSL's own parser. `p` was peeked, not read. 1: whole; 0: more is
 * needed (at most SEL_HELLO_MAX); -EBADMSG: not TLS, or broken. */
#define SEL_HELLO_MAX ((size_t)32 * 1024)
struct sel_hello {
	char sni[SEL_NAME_MAX]; /* canonical; "" none; a bad one is -EBADMSG */
	bool h2, http1, other;	/* offered by ALPN; none: all false */
	bool ech; /* a real encrypted_client_hello may be there (GREASE looks alike) */
};
int sel_hello_look(const void *p, size_t n, struct sel_hello *ret);

struct sel_tls;
/* The server's side towards a client inside. The leaf is for `name` (from our own map). ALPN: h2 if
 * `h2` and offered, else http/1.1. -ENOMEM, -EIO. */
int sel_tls_accept(struct sel_ca *ca, int fd, const char *name, bool h2, struct sel_tls **ret);
/* Towards an upstream: verified against `roots` (NULL: the host's; else a path that was loaded with
 * sel_tls_load_roots before confinement), TLS 1.2 at least, SNI = `name`, ALPN h2 and http/1.1 as
 * asked for, no resumption, no client certificate, no renegotiation. */
int sel_tls_connect(int fd, const char *name, const char *roots, bool h2, bool http1,
		    struct sel_tls **ret);
int sel_tls_load_roots(const char *path); /* NULL: the host's. Several may be loaded. */
void sel_tls_free(struct sel_tls *t);	  /* does not close the descriptor */
/* 1: done; 0: wait for sel_tls_wants; -EPROTO: failed, see sel_tls_error; -EPIPE: closed. */
int sel_tls_handshake(struct sel_tls *t);
/* As read(2) and write(2) on a non-blocking descriptor: -EAGAIN: wait for sel_tls_wants; 0: the
 * peer said goodbye; -EPIPE: cut off without it; -EPROTO. With room for a few records (64 KiB) a
 * call takes or sends several at once. What was taken to be written and the socket had no room for
 * is `unsent`: a write of 0 bytes, too, goes on with it, and nothing else is taken before. */
ssize_t sel_tls_read(struct sel_tls *t, void *p, size_t n);
ssize_t sel_tls_write(struct sel_tls *t, const void *p, size_t n);
bool sel_tls_unsent(const struct sel_tls *t);
size_t sel_tls_held(const struct sel_tls *t);  /* bytes of buffers; NULL: none */
bool sel_tls_pending(const struct sel_tls *t); /* something is to be read: no event will come */
/* The last read took all that had come: the next one would only say -EAGAIN. */
bool sel_tls_dry(const struct sel_tls *t);
void sel_tls_goodbye(struct sel_tls *t);
short sel_tls_wants(const struct sel_tls *t); /* EPOLLIN, EPOLLOUT or both */
bool sel_tls_h2(const struct sel_tls *t);     /* negotiated by ALPN */
/* Static words: "certificate unknown (the client trusts only its own)", "expired" ... */
const char *sel_tls_error(const struct sel_tls *t);
/* The client sent an alert about our certificate: it pins, or does not know the authority. */
bool sel_tls_refused_leaf(const struct sel_tls *t);
