// Grants for hosts: what a program may ask of a host, not merely that it may reach it. Pure.
//
// Text (docs/seldom.5 is the reference), in files and in one line for the store:
//
//   grant NAME {
//     host        api.example.test | *.example.test | 203.0.113.7 | 2001:db8::7
//     port        443
//     http        GET /v1/models   POST /v1/messages   GET,HEAD /files/*
//                                             one "*" stands for one character or more; last, also
//                                             for none: that prefix and what follows
//     query       beta=true  page=*          every parameter must match one; none listed: no query;
//                                            "query *": any. Escaped as in a request
//     credential  keyring:SERVICE | kernel:DESCRIPTION | file:PATH | variable:NAME
//                                            PATH from '/' on, or "~/" and below the home of the
//                                            user: stays "~/" here, seldom-keys looks it up
//     in          header:x-api-key  header:authorization:Bearer  basic:USER
//     phantom     sk-ant-                     what the phantom begins with; default "seldom-"
//     request     body<=32M  type=application/json  rate<=60/m  total<=100M
//     response    body<=1G  strip=set-cookie,alt-svc  no-scan
//     upgrade     websocket
//     opaque      yes                         TLS or anything else passed on unread
//     plain       yes                         http without TLS; never with a credential
//     address     203.0.113.7[:PORT] ...      dial exactly these (also what the dial guard forbids)
//     roots       PATH                        verify against these instead of the host's roots
//     expires     2026-12-31 | session | project | 30d | 10m | @SECONDS (real)
//   }
//
// One line: the same words, "grant NAME host H; port P; http M P ...; ...". A word that holds a
// blank or one of ; { } # stands between '"'; no word holds '"', a backslash, or what is not shown
// as itself. Unknown words, a clause given twice, a wildcard with a credential, opaque with http,
// credential or query, plain with a credential: refused.
#pragma once

#include "message.h"
#include "name.h"

#define SEL_GRANTS_FILE_MAX ((size_t)256 * 1024)
#define SEL_GRANTS_N_MAX    1024
#define SEL_GRANT_LINE_MAX  4096

enum sel_cred_source {
	SEL_CRED_NONE,
	SEL_CRED_KEYRING,
	SEL_CRED_KERNEL,
	SEL_CRED_FILE,
	SEL_CRED_VARIABLE
};
struct sel_slot {
	char *header; /* lower case; owned. "authorization" for basic */
	char *scheme; /* "Bearer", "Basic", or NULL: the value is the credential. Owned */
	char *user;   /* Basic: the user name that must stand before the phantom, "" any; owned */
};
struct sel_route {
	char *method; /* upper case, or "*": any but CONNECT, TRACE, TRACK; owned */
	char *path;   /* canonical, up to the "*"; owned */
	bool below;   /* there was a "*": that prefix, and what follows */
	char *tail;   /* and this behind it; NULL: nothing; owned */
};
struct sel_query {
	char *name, *value; /* decoded but for '+'; value NULL: any; owned */
};

enum sel_grant_from {
	SEL_GRANT_FILE,
	SEL_GRANT_ADMIN,
	SEL_GRANT_COMMAND /* --net, grants add */,
	SEL_GRANT_PERSON /* a rung */,
	SEL_GRANT_ONCE
};

struct sel_net_grant {
	uint32_t number; /* in this session, from 1; given by the broker */
	int64_t rule;	 /* row id of the rule it rests on; 0: none */
	enum sel_grant_from from;
	char *name; /* [a-z0-9._-]{1,64}; owned */
	char *host; /* canonical; owned. With `wildcard` the parent of "*.PARENT" */
	bool wildcard;
	uint16_t port;		  /* 0: 443, and 80 with `plain` */
	struct sel_route *routes; /* none: no request (only opaque makes sense then) */
	size_t n_routes;
	struct sel_query *queries;
	size_t n_queries;
	bool any_query;
	enum sel_cred_source credential;
	char *credential_name; /* owned */
	struct sel_slot *slots;
	size_t n_slots;
	char *phantom_shape;			    /* owned */
	uint64_t body_max, total_max, response_max; /* bytes; UINT64_MAX: any. total: request bodies
						       of the session */
	uint32_t rate;				    /* requests a minute; 0: any */
	char *type;				    /* of request bodies; NULL: any; owned */
	char **strip; /* response headers, NULL-terminated, lower case; NULL: none; owned */
	bool scan;    /* responses for the credential: yes unless no-scan */
	bool websocket, opaque, plain;
	struct sockaddr_storage *addresses; /* port 0: the grant's; owned */
	size_t n_addresses;
	char *roots;	/* owned; NULL: the host's */
	usec_t expires; /* real; 0: with the session; USEC_INFINITY: never */
	char *where;	/* "PATH:LINE" for messages; owned; may be NULL */
};

/* Parses a file's or a line's text; appends to *list. -EINVAL and *ret_error (the caller frees)
 * "NAME:LINE: what; what to do", safe to print; the list is then as before. `now` real. */
int sel_grants_parse(const char *name, const char *text, size_t n, enum sel_grant_from from,
		     usec_t now, struct sel_net_grant **list, size_t *n_list, char **ret_error);
/* Owner, links, mode and size checked as for the configuration (sel_config_read); 0 if absent. */
int sel_grants_read(const char *path, enum sel_grant_from from, usec_t now,
		    struct sel_net_grant **list, size_t *n_list, char **ret_error);
/* The one-line form; parsing it gives the same grant (but for number, rule, from and where).
 * -ENOSPC; -EINVAL: it holds what no text can say (a path with '"', with a "*" that is none). */
int sel_grant_line(const struct sel_net_grant *g, char *ret, size_t cap);
// For people: "GET, HEAD of api.example.test/v1/*".
void sel_grant_words(const struct sel_net_grant *g, char *ret, size_t cap);
// For a glance: "GET, HEAD api.example.test/v1/*", without what it says of query and credential.
void sel_grant_brief(const struct sel_net_grant *g, char *ret, size_t cap);
/* The line of a grant for exactly this, for proposals: `methods` "GET" or "GET,HEAD"; `path`
 * without query, taken literally (a request's may hold anything that sel_target_check lets pass),
 * or with `below` as a prefix that ends in '/'; with or without any query; for the session.
 * -EINVAL: it cannot be said; -ENOSPC. */
int sel_grant_propose(const char *name, const char *host, uint16_t port, const char *methods,
		      const char *path, bool below, bool any_query, char *ret, size_t cap);
/* Deep; `where` too. -ENOMEM. */
int sel_grant_copy(const struct sel_net_grant *g, struct sel_net_grant *ret);
void sel_grant_done(struct sel_net_grant *g); /* frees what it owns, not *g; all zero after */
void sel_net_grants_free(struct sel_net_grant *list, size_t n);

/* Presets: text of the same grammar for the APIs of coding agents (names of vendors' API hosts are
 * not registries) and for git over https to a given host. -ENOENT: no such preset. `host`
 * ("HOST[:PORT]") only for "git" (clone, fetch), "git-push" and "git-private" (both, with a
 * credential); -EINVAL without, or with another. *ret is owned by the caller. */
int sel_grant_preset(const char *preset, const char *host, char **ret);
extern const char *const sel_grant_presets[]; /* names, NULL-terminated */

/* --- matching ------------------------------------------------------------------------------------
 */

/* Each refusal: one row of one table says the code, the HTTP status and the line for the client. */
enum sel_net_why {
	SEL_NET_OK,
	SEL_NET_UNDECIDED,	/* no grant speaks of this host and port: a person may be asked */
	SEL_NET_NOT_GRANTED,	/* one does, but not of this method and path: may be asked */
	SEL_NET_QUERY,		/* ... not with this query: may be asked */
	SEL_NET_AMBIGUOUS_PATH, /* the rest is never asked about */
	SEL_NET_METHOD,		/* TRACE, TRACK, CONNECT, or a method override header */
	SEL_NET_HOST,		/* Host differs from the name, or SNI does */
	SEL_NET_NO_SNI,
	SEL_NET_PLAIN,	       /* http without TLS and no grant for that: may be asked */
	SEL_NET_NOT_HTTP,      /* no TLS, no HTTP, no opaque grant: may be asked */
	SEL_NET_PINNED,	       /* the client refused the certificate: may be asked (opaque) */
	SEL_NET_FOREIGN,       /* a credential that is not this session's for this grant */
	SEL_NET_NO_CREDENTIAL, /* the grant has one and the request has none */
	SEL_NET_PHANTOM,       /* a phantom of another grant: an incident */
	SEL_NET_BODY,
	SEL_NET_TYPE,
	SEL_NET_RATE,
	SEL_NET_TOTAL,
	SEL_NET_RESPONSE,
	SEL_NET_UPGRADE,   /* may be asked */
	SEL_NET_REFLECTED, /* the response held the credential: an incident */
	SEL_NET_MALFORMED,
	SEL_NET_ADDRESS, /* the dial guard */
	SEL_NET_RESOLVE,
	SEL_NET_DIAL,
	SEL_NET_UPSTREAM_TLS,
	SEL_NET_UPSTREAM,     /* 502 */
	SEL_NET_DENIED,	      /* by a person, now or earlier, or by a rule */
	SEL_NET_AFTER_SECRET, /* I10 */
	SEL_NET_EXPIRED,      /* only grants whose time is over speak of this host: may be asked */
	SEL_NET_LITERAL,      /* an address that no name stands for and no grant names */
	SEL_NET_OVERLOAD,     /* 503: too many connections or streams */
	SEL_NET_UNKNOWN_CALLER, /* who connected is not known */
	SEL_NET_KEYS,		/* the credential cannot be had */
	SEL_NET_UNANSWERED,	/* a person was asked, and nobody answered in time */
	SEL_NET_NOT_ASKED,	/* nobody can be asked: the person is tired, too many questions */
	SEL_NET_WHY_N,
};
const char *sel_net_code(enum sel_net_why why);	 /* "credential-not-owned": in header and log */
int sel_net_status(enum sel_net_why why);	 /* 403, 400, 429, 502 ... */
const char *sel_net_words(enum sel_net_why why); /* one line, static, no client's text in it */
bool sel_net_askable(enum sel_net_why why);

enum sel_net_class { SEL_NET_READ /* GET HEAD OPTIONS */, SEL_NET_WRITE };
enum sel_net_class sel_net_class(const char *method);

/* 0, or -EINVAL: ambiguous (empty, no leading '/', "//" in front, "." or ".." segments also
 * encoded, encoded again, or before a ';' or blanks, %2f, %5c, %00 and other controls, %c0 and %c1,
 * backslash, '#', a raw byte outside 0x21..0x7e, bad escapes, over SEL_TARGET_MAX):
 * canonicalisation would change it. One %2f may stand inside a segment that begins with '@' (npm
 * asks so for /@scope%2fname): both readings are below the same prefix. In the query only raw
 * bytes, '#', backslash, %00 and bad escapes count. *ret_path_len: up to '?' or the end. Allocates
 * nothing. */
int sel_target_check(const char *target, size_t *ret_path_len);

/* Does a grant of the list cover it? The first that says yes; *ret_why then OK, else NULL and the
 * best reason (one that may be asked about wins, then the one that came nearest). `head` NULL: is
 * the connection as such covered (by an opaque grant, which is returned)? else UNDECIDED if none
 * speaks of the host, NOT_GRANTED if one does. Judged here: target, method, overrides of either in
 * headers, plain, route, query, upgrade, type and declared length of the body. Left to the caller:
 * authority, SNI, rate, total, bytes as they come; credentials to credential.h. Allocates nothing.
 */
const struct sel_net_grant *sel_net_match(const struct sel_net_grant *list, size_t n,
					  const char *name, uint16_t port,
					  const struct sel_head *head, usec_t now,
					  enum sel_net_why *ret_why);
