/* Credentials never enter: inside there are phantoms, random per session and grant. What goes out
 * has the real value in the place of the phantom and nowhere else; any other credential is refused
 * in every slot. Pure but for getrandom. */
#pragma once

#include "grant.h"

#define SEL_PHANTOM_MAX	   160
#define SEL_CREDENTIAL_MAX ((size_t)16 * 1024)

/* shape + 43 characters of base64url (256 bit by getrandom). -EINVAL if the shape is too long. */
int sel_phantom_new(const char *shape, char ret[SEL_PHANTOM_MAX]);

struct sel_phantom {
	uint32_t grant; /* number */
	char text[SEL_PHANTOM_MAX];
};

struct sel_cred_check {
	enum sel_net_why why; /* OK, FOREIGN, NO_CREDENTIAL, PHANTOM */
	size_t header;	      /* OK with a credential: index of the header that holds the phantom */
	size_t slot;	      /* and of the grant's slot that it fits */
	const char *where;    /* else: which slot, static words ("authorization", "query key"), for
				 the log; never a value */
	uint32_t stolen;      /* PHANTOM: the grant it belongs to */
};
/* Looks at every header and query parameter (and userinfo, cookies, Basic decoded, bearer in any
 * scheme, values in a known token format, unknown names that look like credentials) of a request
 * that `g` covers. Constant-time where phantoms are compared. `phantoms`: of all grants. */
void sel_cred_check(const struct sel_net_grant *g, const struct sel_phantom *phantoms, size_t n,
		    const struct sel_head *head, struct sel_cred_check *ret);
/* Writes the real value where the phantom was. -EINVAL if `value` is no header value; -E2BIG. */
int sel_cred_inject(const struct sel_net_grant *g, const struct sel_cred_check *found,
		    const char *value, size_t n, struct sel_head *head);
/* A value in a well-known token format (ghp_, github_pat_, npm_, AKIA, sk-, xox., AIza, PEM, JWT
 * ...), anywhere in the text. Table driven, linear time. */
bool sel_cred_looks_like(const char *text, size_t n);

/* --- reflection ----------------------------------------------------------------------------------
 * A response that holds the credential (raw, base64 at each of three offsets, base64url, percent,
 * JSON-escaped, hex) must not get inside: found across any split of the bytes, and inside gzip and
 * deflate. For grants with a credential the upstream is asked for gzip or identity only; what
 * answers in another coding is refused. */
struct sel_scan;
/* Copies what it needs. `n` below 8: -EINVAL (too short to look for). Of more than 256 bytes the
 * last 256 are looked for: they are what differs between tokens. */
int sel_scan_new(const char *value, size_t n, struct sel_scan **ret);
void sel_scan_free(struct sel_scan *s);
/* One message: begin with its Content-Encoding (NULL: identity). -ENOTSUP: cannot look inside it.
 */
int sel_scan_begin(struct sel_scan *s, const char *encoding);
/* Looks at the next bytes (as they came, compressed or not; what begins like gzip or zlib and does
 * not say so is looked into as far as it is well-formed). 0: how many of the bytes seen so far may
 * be passed on is *ret_safe (the rest may be the start of a match: keep them until the next call or
 * sel_scan_end; up to three bytes of a start are not kept back). 1: found. -EBADMSG: broken
 * compression; -EFBIG: expands over 1000 times or beyond 1 GiB. */
int sel_scan_feed(struct sel_scan *s, const void *p, size_t n, size_t *ret_safe);
int sel_scan_end(struct sel_scan *s); /* 0: all may be passed on; 1: found; -EBADMSG */
/* Of a head or trailers: every name and value; true: it is there. */
bool sel_scan_headers(struct sel_scan *s, const struct sel_headers *h);
