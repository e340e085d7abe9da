/* What the parts of seldom-egress share. One thread; nothing here is locked. */
#pragma once

#include "codec.h"
#include "credential.h"
#include "dns.h"
#include "loop.h"
#include "tls.h"
#include "wire.h"

#define OPENED_USEC    (30 * USEC_PER_SEC)
#define HANDSHAKE_USEC (15 * USEC_PER_SEC)
#define HEAD_USEC      (30 * USEC_PER_SEC)
#define IDLE_USEC      (300 * USEC_PER_SEC)
#define POOL_USEC      (60 * USEC_PER_SEC)   /* an upstream connection nobody uses */
#define DIAL_USEC      (60 * USEC_PER_SEC)   /* seldom-dial gives up before that */
#define RELAY_USEC     (3600 * USEC_PER_SEC) /* opaque, without a byte */
#define LINGER_USEC    (2 * USEC_PER_SEC)
#define LINGER_MAX     (30 * USEC_PER_SEC) /* of a client that goes on sending */
#define LINGER_TICKS   3		   /* of a stream that does, and has its answer */
#define TICK_USEC      (1 * USEC_PER_SEC)
/* Without a byte from the client: a protocol in which the server begins. */
#define SILENT_USEC	(300 * USEC_PER_MSEC)
#define SILENT_ASK_USEC (1 * USEC_PER_SEC)
#define WORD_USEC	(3 * USEC_PER_SEC) /* the beginning of a method, and no more */

#define CONNS_MAX   4096 /* more wait in the listeners' backlogs */
#define ASKS_MAX    3	 /* of one request: an answer for once may have gone to another */
#define STREAMS_MAX 256	 /* exchanges of one client connection */
#define DIALS_MAX   2048 /* upstream connections being made */
#define HELD_PAUSE  ((size_t)64 * 1024)	      /* bytes held for one side before the other waits */
#define HELD_MAX    ((size_t)4 * 1024 * 1024) /* windows keep below it; more is an error */
#define READ_MAX    ((size_t)64 * 1024)
/* Bytes held for whoever is slow, all connections together: beyond it the connection that has most
 * of them is ended, and above three quarters no new request is begun. Far more than a program has
 * in flight (windows are 1 MiB), and nothing to a machine that runs one. */
#define HELD_TOTAL	((size_t)64 * 1024 * 1024)
#define SCAN_HELD	((size_t)64 * 1024) /* of one search, about: its tables, zlib's window */
#define WIRE_QUEUE_MAX	8192 /* messages the broker has not taken: it is gone, or worse */
#define WIRE_QUEUE_SOFT 256  /* no new connections above this */

struct engine;
struct conn;
struct exchange;
struct upstream;
struct relay;

/* --- grants.c --- */

struct grant_state {
	uint32_t number;
	char phantom[SEL_PHANTOM_MAX];
	char *value; /* of the credential, in locked memory; NULL: not asked for or gone */
	size_t value_n;
	char *room; /* where it stands; kept for the next one */
	size_t room_n;
	bool wanted;			/* keys was asked */
	uint64_t total;			/* bytes of request bodies */
	usec_t rate_at;			/* where the minute began that is counted */
	uint64_t rate_now, rate_before; /* requests of it, and of the one before */
	bool http1, http2;		/* what its host was last seen to speak */
	uint64_t once;			/* a grant for once: the question it answers, or 0: any */
	bool spent;			/* and it was used */
};
struct grant_list {
	struct sel_net_grant *grants; /* in one piece, as the matcher wants them */
	struct grant_state **states;  /* by the same index */
	size_t n;
};
int grants_add(struct engine *e, const struct sel_wire *w);
void grants_revoke(struct engine *e, uint32_t number);
void grants_value(struct engine *e, const struct sel_wire *w);
void grants_free(struct engine *e);
const struct sel_net_grant *grants_find(const struct engine *e, uint32_t number);
struct grant_state *grants_state(const struct engine *e, uint32_t number);
/* What covers it. The head's authority and scheme are the caller's to check. `asked`: the question
 * that was answered for it, which may have brought a grant for once; 0: none. */
const struct sel_net_grant *grants_match(struct engine *e, const char *name, uint16_t port,
					 const struct sel_head *head, uint64_t asked,
					 enum sel_net_why *ret_why);
/* A grant names that host, whatever of it. */
bool grants_speak_of(const struct engine *e, const char *name);
/* A grant for requests names it: TLS or HTTP is what will be spoken. */
bool grants_http(const struct engine *e, const char *name, uint16_t port);
/* Counts one request. */
bool grants_rate(struct engine *e, const struct sel_net_grant *g);
/* A text that is safe to hand out of the process: no phantom, nothing that looks like a key. */
bool grants_harmless(const struct engine *e, const char *text);
void grants_sweep(struct engine *e); /* what has expired */

/* --- secret.c: values in memory that is never swapped nor dumped; wiped, not reused --- */

struct secrets {
	char *p;
	size_t n, cap;
};
void secrets_open(struct secrets *s); /* none: every value is refused */
char *secrets_keep(struct secrets *s, const char *value, size_t n);

/* --- calls.c: the broker and keys --- */

/* A question to the broker that is answered once: ASK or DIAL. */
struct call {
	struct call *next;
	uint64_t id, was; /* 0: not under way; what it was */
	/* `fd` is the callee's */
	void (*answer)(struct call *c, enum sel_net_why why, int fd, const char *text);
};
struct calls {
	struct source source;
	struct packet *first, *last;
	size_t n;
	bool full; /* clients are not read until all is sent */
	struct call *open[256];
};
void calls_start(struct engine *e);
void calls_free(struct engine *e);
#define PATH_SHOWN SEL_PATH_TOLD /* bytes of a path that are told to the broker */
/* The zeroed message to fill and to send before the next one is begun. */
struct sel_wire *wire_new(struct engine *e, enum sel_wire_kind kind, const struct conn *c);
void wire_send(struct engine *e);
void wire_path(struct engine *e, const struct sel_head *head);
void call_start(struct engine *e, struct call *c); /* sends what wire_new began */
void call_cancel(struct engine *e, struct call *c);
void call_forget(struct engine *e, struct call *c); /* the connection's end says it */
void keys_want(struct engine *e, uint32_t number);

/* --- listen.c --- */

struct listener;
int listener_add(struct engine *e, const struct sel_wire *w, int fd);
void listeners_pause(struct engine *e, bool pause);
void listeners_free(struct engine *e);

/* --- link.c: a descriptor, perhaps TLS, and a codec on top of it --- */

struct link_ops {
	void (*lost)(void *owner, int r, const char *why); /* 0: the end; -errno. Once */
	bool (*paused)(void *owner);
	bool (*in_use)(void *owner);  /* an exchange is going on */
	void (*drained)(void *owner); /* there is room in `out` again */
	void (*quiet)(void *owner);   /* all is written; the codec wants no more */
	void (*moved)(void *owner);   /* bytes came or went */
};
struct link {
	struct source source;
	struct job job;
	struct engine *engine;
	struct sel_tls *tls;
	struct sel_codec *codec;
	struct sel_buffer left; /* read, and not yet the codec's turn */
	const struct link_ops *ops;
	void *owner;
	bool server, eof, lost, feeding, ended;
	bool readable; /* by what is known since the last event */
	bool finish;   /* to be closed when all is written */
	bool pump;     /* something was kept back while the codec was in `feed` */
};
void link_start(struct link *l, struct engine *e, const struct link_ops *ops, void *owner);
int link_codec(struct link *l, bool server, bool h2, const struct sel_codec_events *events);
void link_ready(struct source *s, uint32_t events);
void link_touch(struct link *l); /* flush, feed and watch, soon */
size_t link_held(const struct link *l);
/* What is written goes at once: buffers and flow control see to the sizes. Urgent bytes come in
 * their place: else they would be neither read nor forgotten. */
void socket_prepare(int fd);
void link_last_words(struct link *l); /* writes what it can, once */
void link_close(struct link *l, bool reset);

/* --- connection.c --- */

enum conn_state {
	CONN_OPENED, /* may it be served? The broker says */
	CONN_PEEK,   /* what will be spoken? */
	CONN_ASKED,  /* no HTTP: waits for an answer */
	CONN_HANDSHAKE,
	CONN_HTTP,
	CONN_RELAY,
	CONN_LINGER, /* said no; the peer may still send */
	CONN_PINNED, /* gone; only its question is still open */
	CONN_DEAD,
};
struct told { /* the last decision; `count` more of the same are not told yet */
	bool any;
	uint32_t number;
	enum sel_net_why why;
	char method[SEL_METHOD_MAX];
	uint64_t count;
};
struct conn {
	void *grave;
	struct conn *next, *prev;
	struct engine *engine;
	enum conn_state state;
	uint32_t id;
	char *name; /* canonical; owned */
	uint16_t port;
	bool tls, h2, served, silent, begun, greets; /* `served`: a request was read */
	bool cut;				     /* the last response is not whole */
	unsigned int told_now;			     /* since the last tick */
	uint64_t asked;
	struct link link;
	struct timer timer;
	usec_t active, head_since;
	struct call ask;
	struct exchange *exchanges;
	size_t n_exchanges;
	struct relay *relay;
	struct told told;
};
/* `port`: what was connected to; the socket may be bound to another. */
void conn_accept(struct engine *e, int fd, const struct sockaddr_storage *source, uint16_t port);
void conn_opened(struct engine *e, const struct sel_wire *w);
void conn_close(struct conn *c);			/* quietly */
void conn_refuse(struct conn *c, enum sel_net_why why); /* no HTTP is spoken: tells, and RST */
void conn_refuse_quietly(struct conn *c);		/* RST */
void conn_decided(struct conn *c, uint32_t number, enum sel_net_why why,
		  const struct sel_head *head);
void conn_told(struct conn *c); /* sends what is still to be told */
void conn_active(struct conn *c);
void conn_pinned(struct conn *c);
void conn_want(struct conn *c, uint32_t events);
void conn_deadline(struct conn *c, usec_t in);
void conn_serve(struct conn *c, bool h2);
void conn_handshake(struct conn *c);
void conn_refuse_tls(struct conn *c, enum sel_net_why why); /* by an alert */
void conns_revoked(struct engine *e, uint32_t number);
void conns_value(struct engine *e, uint32_t number); /* keys answered */
void conns_tick(struct engine *e);
size_t engine_held(const struct engine *e);
void conns_relieve(struct engine *e); /* while too much is held; from within no event */
void conns_resume(struct engine *e);  /* there is room for messages again */
extern const struct link_ops conn_link_ops;

/* --- peek.c --- */

void conn_peek(struct conn *c, uint32_t events);
void conn_silent(struct conn *c);  /* not a byte in time */
void conn_no_more(struct conn *c); /* the beginning of something, and nothing after it */
/* Of a client that was silent at first: 1: nothing against it; 0: more is needed; -EPERM. */
int conn_first_bytes(struct conn *c);

/* --- relay.c: bytes passed on unread --- */

int relay_start(struct conn *c, const struct sel_net_grant *g);
void relay_free(struct relay *r);
uint32_t relay_grant(const struct relay *r);

/* --- exchange.c, response.c: one request and its response --- */

enum exchange_state {
	EX_ASKED,    /* a person is asked */
	EX_KEYS,     /* waits for the credential */
	EX_UPSTREAM, /* waits for a connection */
	EX_SENT,     /* the request is on its way */
	EX_ANSWERED, /* by us */
	EX_DONE,
};
struct exchange {
	void *grave;
	struct exchange *next;	  /* of the connection */
	struct exchange *up_next; /* of the upstream, waiting or open */
	struct conn *conn;
	struct upstream *up;
	uint32_t stream, up_stream;
	enum exchange_state state;
	struct sel_head *head;
	struct call ask;
	uint64_t asked; /* its question, once answered */
	unsigned int asks;
	uint32_t number; /* of the grant it rests on */
	struct sel_cred_check found;
	bool challenged; /* the credential that is missing would be Basic: it is asked for */
	bool request_ended, request_sent;   /* all came; all went */
	bool answered;			    /* a final head went to the client */
	bool response_ended, response_sent; /* all came; all went */
	bool upgraded, retried, scanned, ended_by_head;
	struct sel_buffer up_held, down_held;
	size_t up_owed, down_owed; /* taken from the codec but not yet `consumed` */
	uint64_t up_seen, up_counted, down_seen, down_max;
	struct sel_scan *scan;
	struct sel_head
		*kept; /* of a response, until something of its body is known to be harmless */
	unsigned int kept_ticks, lingered;
	size_t weight; /* bytes that are in no buffer and in no header */
	size_t safe;   /* bytes at the front of down_held that may go */
	uint64_t down_passed;
	struct sel_headers trailers;
};
extern const struct sel_codec_events client_events;
void exchange_send(struct exchange *x); /* its upstream is ready */
void exchange_weigh(struct exchange *x, size_t more);
size_t exchange_held(const struct exchange *x);
void exchange_value(struct exchange *x, bool ok);
void exchange_refuse(struct exchange *x, enum sel_net_why why);
void exchange_abort(struct exchange *x, uint32_t code); /* in the midst of a response */
void exchange_gone(struct exchange *x);			/* the client is gone */
void exchange_pump_up(struct exchange *x);
void exchange_pump_down(struct exchange *x);
bool exchange_settle(struct exchange *x); /* true: it was done, and is no more */
void exchange_owe_up(struct exchange *x, size_t n);
extern const struct sel_codec_events upstream_events;
/* Says no to the client, as a response; the body is a line. `x` NULL: to what could not be read. */
int response_refuse(struct conn *c, const struct exchange *x, enum sel_net_why why,
		    struct sel_buffer *held);
void response_tick(struct exchange *x);
void response_scan(struct exchange *x, const struct sel_net_grant *g, struct sel_head *request);

/* --- upstream.c --- */

enum upstream_state { UP_DIALLING, UP_HANDSHAKE, UP_READY, UP_DEAD };
struct upstream {
	void *grave;
	struct upstream *next, *prev;
	struct engine *engine;
	enum upstream_state state;
	uint32_t number;
	char *name;
	uint16_t port;
	bool plain, prior_h2, upgrade, used, h2;
	struct link link;
	struct call dial;
	struct timer timer;
	struct exchange *waiting, *open;
	size_t n_waiting, n_open;
};
void upstream_get(struct exchange *x); /* later exchange_send, or it is refused */
void upstream_leave(struct exchange *x, bool broken);
/* It failed while in use: tried again where that is safe. */
bool upstream_retry(struct exchange *x);
void upstreams_revoked(struct engine *e, uint32_t number);
void upstreams_free(struct engine *e);

/* --- the whole --- */

struct engine {
	struct loop loop;
	struct sel_ca *ca;
	struct sel_synth *synth;
	struct calls calls;
	struct source keys;
	struct grant_list lasting, once;
	struct sel_phantom *phantoms; /* of revoked grants too: they stay incidents */
	size_t n_phantoms;
	struct secrets secrets;
	struct listener *listeners;
	bool paused;
	struct conn *conns;
	size_t n_conns;
	size_t weight; /* of all exchanges */
	uint32_t last_conn;
	uint64_t last_call;
	struct upstream *upstreams;
	size_t n_dials;
	int pipes[64][2]; /* empty ones, for relays */
	size_t n_pipes, pipes_made;
	struct timer tick;
	struct sel_wire wire;
	uint8_t scratch[READ_MAX];
};
