/* One HTTP message, whatever carried it: HTTP/1.1 and HTTP/2 are read into this and written from
 * it, so that nothing of the framing that a client chose reaches the upstream, or the other way. */
#pragma once

#include "seldom/base.h"

#define SEL_HEADERS_MAX	   128
#define SEL_HEAD_MAX	   ((size_t)64 * 1024) /* bytes of all names and values */
#define SEL_TARGET_MAX	   ((size_t)16 * 1024)
#define SEL_LENGTH_UNKNOWN UINT64_MAX
#define SEL_METHOD_MAX	   32

struct sel_header {
	char *name;  /* owned; lower case, a token of RFC 9110, never a pseudo header */
	char *value; /* owned; no CR, LF or NUL; white space around it is gone */
};
struct sel_headers {
	struct sel_header *item;
	size_t n, cap, bytes;
};

/* -EINVAL: not a header (name no token, value with a control character other than tab);
 * -E2BIG: more than SEL_HEADERS_MAX or SEL_HEAD_MAX; -ENOMEM. Copies; `name` in any case. */
int sel_headers_add(struct sel_headers *h, const char *name, size_t name_len, const char *value,
		    size_t value_len);
/* The first of that lower-case name, or NULL. Borrowed. */
const char *sel_headers_get(const struct sel_headers *h, const char *name);
size_t sel_headers_count(const struct sel_headers *h, const char *name);
void sel_headers_remove(struct sel_headers *h, const char *name); /* all of that name */
/* Replaces the value of item `i`. -EINVAL, -E2BIG, -ENOMEM: it is as it was. */
int sel_headers_set_at(struct sel_headers *h, size_t i, const char *value, size_t value_len);
/* A token (RFC 9110, section 5.6.2); text without control characters other than tab. */
bool sel_is_token(const char *p, size_t n);
bool sel_is_field_text(const char *p, size_t n);
/* Bytes that all headers of the process occupy, about. */
size_t sel_headers_held(void);
void sel_headers_done(struct sel_headers *h); /* values are wiped: they may be credentials */

/* What frames a message on one connection is not among `headers` (host, content-length,
 * transfer-encoding, connection and what it names, keep-alive, te, trailer, upgrade,
 * proxy-connection, http2-settings): it is in the fields below, and written anew. */
struct sel_head {
	/* a request */
	char *method;	 /* owned; a token, at most SEL_METHOD_MAX */
	char *authority; /* owned; Host or :authority as it came, at most 300 bytes */
	char *target;	 /* owned; origin form: begins with '/', or "*" with OPTIONS */
	bool plain;	 /* scheme http: it came without TLS, or says so in :scheme */
	char *upgrade;	 /* owned; lower case; "websocket" (RFC 6455, also RFC 8441) or NULL */
	bool expect;	 /* 100-continue: the client waits before the body */
	/* a response */
	int status; /* 0: this is a request */

	struct sel_headers headers;
	uint64_t length; /* of the body: 0 none, SEL_LENGTH_UNKNOWN: until its end */
	bool close;	 /* the connection ends with this message (HTTP/1.1) */
};
void sel_head_done(struct sel_head *h);
void sel_head_free(struct sel_head *h); /* done and free; NULL is fine */
/* -ENOMEM. */
int sel_head_copy(const struct sel_head *h, struct sel_head **ret);
