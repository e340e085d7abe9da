/* Between the broker and its three network processes, one struct a SOCK_SEQPACKET message, at most
 * one descriptor with it. Both ends are the same build. The broker trusts nothing that egress says:
 * every text is checked (wire.c), names must be canonical, numbers are looked up.
 *
 *   seldom-egress  parses what comes from inside and from upstreams; opens no socket itself
 *   seldom-dial    resolves names, guards addresses, connects; parses nothing but DNS by libc
 *   seldom-keys    holds real credentials
 *
 * The death of any of them ends its connections and refuses new ones; it is started again never. */
#pragma once

#include "grant.h"

enum sel_wire_kind {
	SEL_WIRE_INVALID,
	/* broker -> egress */
	SEL_WIRE_LISTENER, /* + fd, made inside: `what`, `port`; of every address */
	SEL_WIRE_GRANT,	   /* `number`, `rule`, `from`, `phantom`, `expires`, text: its line */
	SEL_WIRE_REVOKE,   /* `number` */
	SEL_WIRE_OPENED_R, /* `conn`, `why`: may this connection be served? `port`: what the program
			      connected to, which a listener's may stand for */
	SEL_WIRE_ASKED_R,  /* `id`, `why`: OK: match again (a grant came first), else refused */
	SEL_WIRE_DIALLED,  /* `id`, `why`, `text` for the log; + fd when OK (connected) */
	SEL_WIRE_VALUE,	   /* `number`, `why`; text: the credential. From seldom-keys, never the
			      broker */
	/* egress -> broker */
	SEL_WIRE_READY,	 /* text: "" ; + fd: memfd with the authority's certificate (PEM) */
	SEL_WIRE_OPENED, /* `conn`, `source`, `target`, `name`, `port`: accepted */
	SEL_WIRE_CLOSED, /* `conn`: every ASK of it is given up by that */
	SEL_WIRE_ASK, /* `id`, `conn`, `name`, `port`, `why`, `what` (SEL_ASKS_...), `method`, text:
			 path without query */
	SEL_WIRE_GIVE_UP, /* `id` of an ASK or DIAL: the client is gone */
	SEL_WIRE_DIAL,	  /* `id`, `conn`, `name`, `port`, `number` of the grant it rests on */
	SEL_WIRE_DECIDED, /* `conn`, `name`, `port`, `why`, `number` (0 none), `method`, text: path;
			     `count`: so many of the same */
	SEL_WIRE_INCIDENT, /* `conn`, `name`, `why`, `number`, text: which slot */
	/* egress -> keys */
	SEL_WIRE_WANT, /* `number` of a grant */
	/* broker -> keys: GRANT (source and name in the line), REVOKE; broker -> dial: GRANT, DIAL
	 */
	SEL_WIRE_KIND_N,
};
enum sel_wire_what { SEL_WHAT_TCP, SEL_WHAT_DNS_UDP, SEL_WHAT_DNS_TCP };
/* What a grant for an ASK would have to say besides its route, and what the query, which is not
 * told, says of git's service; bits. */
enum {
	SEL_ASKS_PLAIN = 1,
	SEL_ASKS_WEBSOCKET = 2,
	SEL_ASKS_FETCH = 4, /* GET .../info/refs?service=git-upload-pack, exactly */
	SEL_ASKS_PUSH = 8,  /* ... git-receive-pack */
	SEL_ASKS_ALL = 15
};

#define SEL_PATH_TOLD 2048 /* bytes of a path that an ASK tells; a longer one is cut there */
#define SEL_WIRE_TEXT (20 * 1024)
struct sel_wire {
	uint32_t kind;
	uint32_t conn, number, what, why, from;
	uint64_t id, count;
	int64_t rule;
	uint64_t expires;
	uint16_t port;
	char name[SEL_NAME_MAX];
	char method[SEL_METHOD_MAX];
	char phantom[160];
	struct sockaddr_storage source, target;
	uint32_t n;		  /* bytes of text, without an end */
	char text[SEL_WIRE_TEXT]; /* only that many are sent */
};
/* -EAGAIN: the peer does not read; -EPIPE; -EINVAL: no message that the peer would take (a name not
 * canonical, a control character in a text but SEL_WIRE_VALUE's, a text or a descriptor that the
 * kind has not, or none where it has one). Only what the fields say is sent, nothing of what lay
 * around it. Does not take `fd` (-1: none). */
int sel_wire_send(int sock, const struct sel_wire *w, int fd);
/* 1 and a checked message (text has an end behind it), 0: closed, -EAGAIN, -EBADMSG. *ret_fd is -1
 * or a descriptor that the caller owns; a kind that has none and brings one is -EBADMSG. */
int sel_wire_recv(int sock, struct sel_wire *ret, int *ret_fd);

/* Descriptors the processes are started with. */
enum { SEL_WIRE_FD_BROKER = 3, SEL_WIRE_FD_KEYS = 4 /* egress <-> keys */ };
