/* Inside broker/network only. */
#pragma once

#include "covers.h"
#include "network.h"
#include "wire.h"

#define QUEUE_MAX     16384 /* messages that a process has not taken: it is as good as dead */
#define TURN_MAX      64    /* messages handled before the loop does something else */
#define CALLERS_MAX   65536 /* connections that are known: made, or open */
#define CROWD	      2048  /* made and not yet accepted: more may have to wait for it */
#define QUESTIONS_MAX 512
#define WAITERS_MAX   16384
#define TRUST_MSEC    20000		      /* a machine under load starts processes slowly */
#define ONCE_USEC     (5 * 60 * USEC_PER_SEC) /* a grant for once that nobody took */
#define BUCKETS	      4096
#define STAND_IN      1023 /* the highest that no program inside can bind */

/* --- process.c: a process and the socket to it --- */

struct packet {
	struct packet *next;
	int fd;
	struct sel_wire wire; /* no more of its text than there is */
};
struct peer {
	struct sel_network *network;
	const char *name; /* static */
	pid_t pid;	  /* 0: none */
	int sock;	  /* -1: gone */
	sd_event_source *io, *child;
	/* under the network's lock */
	struct packet *first, **last;
	size_t queued;
	bool broken;
	void (*handle)(struct sel_network *n, const struct sel_wire *w, int fd);
};
/* Starts `program` beside us: `sock` is its descriptor 3, `other` (-1: none) its 4. Its environment
 * is `env`. The pid, or -errno. Takes neither descriptor. */
pid_t process_start(const char *program, const char *const *arguments, char *const *env, int sock,
		    int other);
/* `sock` is taken. */
int peer_open(struct peer *p, struct sel_network *n, const char *name, int sock,
	      void (*handle)(struct sel_network *n, const struct sel_wire *w, int fd));
void peer_close(struct peer *p);
/* From any thread, under the lock; `fd` (-1: none) is copied. -EPIPE: it is not there. */
int peer_send(struct peer *p, const struct sel_wire *w, int fd);
/* On the loop: what was queued. */
void peer_flush(struct peer *p);

/* --- callers.c: who made which connection. All under the network's lock --- */

struct address { /* v4-mapped is v4; comparable as bytes */
	uint8_t bytes[16];
	uint16_t port; /* host order */
	uint16_t family;
};
int address_of(const struct sockaddr *sa, socklen_t len, struct address *ret);
/* For connecting and binding. */
socklen_t address_put(const struct address *a, struct sockaddr_storage *ret);
/* Canonical name of the address as a literal. */
void address_name(const struct address *a, char ret[SEL_NAME_MAX]);

/* Of every address of a family, at a port below 1024: no program inside can bind one, so that its
 * own servers and ours are never in each other's way, and no program can make them many. */
struct listener {
	bool there;
	unsigned connecting; /* connects under way, whose source is not known yet */
};
struct caller {
	struct caller *by_source, *by_conn;
	struct address from, to; /* as the kernel has it: see stand_in */
	usec_t at;		 /* monotonic: when it was connected */
	uint32_t conn;		 /* 0: not accepted yet */
	pid_t pid;
	char comm[17];
	uint16_t port; /* that the program connected to */
	char *name;    /* once accepted: what it stands for; owned */
	char exe[];
};
struct callers {
	struct listener listeners[2][STAND_IN + 1]; /* v4, v6; by port */
	struct caller *source[BUCKETS], *conn[BUCKETS];
	size_t n, unaccepted;
	usec_t swept; /* when those were forgotten that nobody accepted */
};
/* The port below 1024 at which connections to `port` are taken: its own, or one for all others. A
 * program that asks who its peer is sees it; egress is told what was meant. */
uint16_t stand_in(uint16_t port);
struct listener *listener_of(struct callers *c, const struct address *to);
/* A connect from `from` to `to` (with its stand-in), for `port`, was performed at `now`. One that
 * is known and not accepted is replaced; what was not accepted within a minute never will be, and
 * is forgotten. */
int callers_put(struct callers *c, const struct address *from, const struct address *to,
		uint16_t port, const struct sel_net_caller *who, usec_t now);
struct caller *callers_find(const struct callers *c, const struct address *from,
			    const struct address *to);
/* It was accepted as `conn`, which is not known yet. -ENOMEM. */
int callers_accepted(struct callers *c, struct caller *who, uint32_t conn, const char *name);
struct caller *callers_conn(const struct callers *c, uint32_t conn);
void callers_closed(struct callers *c, uint32_t conn);
void callers_done(struct callers *c);

/* --- question.c: one question for all that ask the same --- */

struct waiter {
	struct waiter *next;
	uint64_t id; /* of egress */
	uint32_t conn;
};
struct question {
	struct question *next;
	uint64_t id;
	char name[SEL_NAME_MAX];
	uint16_t port;
	enum sel_net_class class;
	unsigned shape;		       /* of what would have to be granted */
	struct waiter *waiters, *last; /* first come, first answered */
};
struct questions {
	struct question *first;
	size_t n, n_waiters;
	uint64_t last;
};
/* The open question that `w` (an ASK) belongs to, with it joined to it; *ret_new: it is new.
 * -ENOBUFS, -ENOMEM. */
int questions_join(struct questions *q, const struct sel_wire *w, struct question **ret,
		   bool *ret_new);
/* Out of the list, with all who wait; the caller frees it. NULL: there is none. */
struct question *questions_take(struct questions *q, uint64_t id);
/* The request of egress that asked first, of those that still wait; 0: none. */
uint64_t questions_first(const struct questions *q, uint64_t id);
/* The client of request `id` is gone. The question whose last it was, out of the list, or NULL. */
struct question *questions_leave(struct questions *q, uint64_t id);
/* A connection is gone with all its requests: the questions that nobody waits for any more, out of
 * the list and linked by `next`. */
struct question *questions_leave_all(struct questions *q, uint32_t conn);
void question_free(struct question *q);
void questions_done(struct questions *q);

/* --- the whole --- */

struct early { /* accepted before it was told who connected */
	struct early *next;
	uint32_t conn;
	struct address from, to;
	uint16_t port;	      /* that was connected to */
	enum sel_net_why why; /* once it is judged */
	char name[SEL_NAME_MAX];
};
struct dial {
	struct dial *next;
	uint64_t id;
};
struct once { /* by the index of its grant's number */
	struct once *next;
	uint32_t number, conn; /* that took it; 0: nobody yet */
	usec_t until;	       /* monotonic, while nobody has */
};

struct sel_network {
	struct sel_network_config config;
	struct peer egress, dial, keys;
	char *folder; /* of the trust files */
	int folder_fd;
	bool ready, attached;
	int wake; /* eventfd: a watching thread has something for the loop */
	sd_event_source *wake_source, *timer;

	/* On the loop alone. */
	struct questions questions;
	struct dial *dials;
	struct once *onces;

	pthread_mutex_t lock; /* all below; `mounts` is taken before it, never after */
	bool closed;	      /* a process died, or all is over */
	struct sel_net_grant *grants;
	char (*phantoms)[160]; /* by the same index; "": none */
	size_t n_grants;
	uint32_t last_number;
	struct callers callers;
	struct early *early;
	struct sel_joiner *joiner;
	pthread_mutex_t *mounts;
};
/* network.c */
void network_lost(struct sel_network *n, const char *what);
int network_new(const struct sel_network_config *config, struct sel_network **ret);
/* messages.c */
void network_from_egress(struct sel_network *n, const struct sel_wire *w, int fd);
void network_from_dial(struct sel_network *n, const struct sel_wire *w, int fd);
void network_from_keys(struct sel_network *n, const struct sel_wire *w, int fd);
void network_early(struct sel_network *n); /* look again at what came too early */
const struct sel_net_grant *network_grant(const struct sel_network *n, uint32_t number);
