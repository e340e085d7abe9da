/* The network of a run: starts seldom-egress, seldom-dial and seldom-keys, gives the sandbox's
 * namespace its addresses and listeners, lets watching threads connect, and judges what egress
 * asks. Everything runs on the event loop but sel_network_connect, which watching threads call. */
#pragma once

#include "grant.h"
#include "joiner.h"
#include "watch.h"

#include <jansson.h>
#include <systemd/sd-event.h>

struct sel_network;

/* Who is behind a connection: known since its connect was performed for it. */
struct sel_net_caller {
	pid_t pid; /* tgid; 0: not known */
	char exe[PATH_MAX], comm[17];
};

/* No grant covers it, and it may be asked about. Strings are borrowed until the call returns. */
struct sel_net_asked {
	uint64_t id;
	const struct sel_net_caller *caller;
	const char *name; /* canonical */
	uint16_t port;
	enum sel_net_why why;
	const char *method, *path; /* "" where it is no HTTP request (yet) */
	bool plain, websocket;	   /* it came without TLS; it asks for a WebSocket */
	bool fetch, push;	   /* it begins git's exchange of that service */
};
/* A decision worth a row: every refusal; allowed requests are counted by (grant, host, method). */
struct sel_net_decided {
	const struct sel_net_caller *caller;
	const char *name;
	uint16_t port;
	enum sel_net_why why;		   /* OK: allowed */
	const struct sel_net_grant *grant; /* it rests on; or NULL */
	const char *method, *path;
	uint64_t count;
	bool incident;
	const char *detail; /* static or checked words; or NULL */
};

struct sel_network_config {
	sd_event *loop;
	const char *runtime;	  /* the session's own folder, 0700: trust/ is made in it */
	bool java;		  /* write a Java trust store too */
	const char *const *roots; /* NULL-terminated: all that grants of this session may name as
				     `roots`; NULL: none */
	void *ctx;
	/* On the loop. */
	void (*ask)(void *ctx, const struct sel_net_asked *asked);
	void (*gone)(void *ctx, uint64_t id); /* nobody waits for that question any more */
	void (*decided)(void *ctx, const struct sel_net_decided *d);
	void (*lost)(void *ctx, const char *what); /* a process died: the network is closed now */
};

/* Starts the three processes; does not wait for them. -errno and nothing was started. */
int sel_network_start(const struct sel_network_config *config, struct sel_network **ret);
/* The trust folder (tls.h), borrowed. It and `certs` in it are there at once, what is in them only
 * after sel_network_ready: folders can be bound into a sandbox before, files cannot. */
const char *sel_network_trust(const struct sel_network *n);
/* Waits (at most 5 s) until seldom-egress has written it and is confined. -errno: it does not
 * start. */
int sel_network_ready(struct sel_network *n);
/* Routes, addresses and name service inside; before the program runs. `mounts` is held around every
 * use of the joiner. */
int sel_network_attach(struct sel_network *n, struct sel_joiner *joiner, pthread_mutex_t *mounts);
void sel_network_free(struct sel_network *n);

/* Takes over `take`, which is all zero after, also where this fails (its number is given here and
 * returned). Known to egress, dial and keys when this returns. `once`: the question it answers: it
 * is for the first request that waits for that, and ends with it. -ENOENT: nobody waits any more.
 */
int sel_network_grant(struct sel_network *n, struct sel_net_grant *take, uint64_t once,
		      uint32_t *ret_number);
void sel_network_revoke(struct sel_network *n, uint32_t number);
/* The answer to `ask`: OK (its grant was given before) or why not. */
void sel_network_answer(struct sel_network *n, uint64_t id, enum sel_net_why why);
const struct sel_net_grant *sel_network_grants(const struct sel_network *n, size_t *ret_n);
/* What stands inside for the credential of that grant; NULL: it has none. Borrowed until the list
 * changes. */
const char *sel_network_phantom(const struct sel_network *n, uint32_t number);

/* From a watching thread, for a stream socket (a copy of the caller's) and a copied address that is
 * not loopback: makes the listener if there is none, connects, and remembers who it was. 0 or the
 * errno that the caller gets; -EINPROGRESS is one. -ENETUNREACH and *ret_why: refused (a literal
 * address without a grant, no network). May block for the joiner (a few ms). */
int sel_network_connect(struct sel_network *n, int sock, const struct sockaddr *address,
			socklen_t len, const struct sel_net_caller *caller,
			enum sel_net_why *ret_why);
/* From any thread. Is there a network now? NULL is fine. */
bool sel_network_open(struct sel_network *n);
/* So many connections wait to be accepted that the next may have to wait for its place. */
bool sel_network_crowded(struct sel_network *n);
