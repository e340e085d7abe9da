/* Questions and the fronts that answer them. Everything here runs on the event loop but
 * sel_ask_park, sel_ask_secret and sel_ask_widen, which other threads call. */
#pragma once

#include "network.h"
#include "rung.h"
#include "seldom/store.h"
#include "tiredness.h"
#include "trace.h"
#include "watch.h"

#include <jansson.h>
#include <systemd/sd-event.h>

struct sel_ask;

struct sel_ask_config {
	sd_event *loop;
	const char *session;	 /* id; outlives it */
	json_t *welcome;	 /* the message of that name; taken */
	struct sel_store *store; /* NULL: nothing is kept */
	usec_t timeout;
	const char *home;
	const struct sel_world *world; /* outlives it; NULL: nothing is learned */
	/* As configured. The policy's own must be off: nothing learned is used before it was read,
	 * which waits for the first call that is not in scope (then judged again). */
	struct sel_learning learning;
	struct sel_trace *trace; /* answers go there too; NULL: nowhere. Borrowed */
	bool decoys;		 /* now and then a question is a check */
	bool terminal;		 /* `seldom run` has one: a person may sit there */
	int run_fd;		 /* the socketpair of `seldom run`; taken */
	int claim_fd;		 /* listens for what programs say that they do; taken; -1 */
	void *ctx;
	/* A folder became writable by an answer: mounts follow. */
	int (*rebind)(void *ctx, const char *path);
	void (*secret_answer)(void *ctx, uint64_t id, int error);
	/* A decision that no watching thread makes: refused by a person or the time-out, a secret.
	 */
	int (*decided)(void *ctx, const struct sel_decided *d, int64_t question);
	/* A host was allowed: its grant is taken over (all zero after) and known to the network
	 * when this returns. `once`: it ends with the request that asked as that; 0: it stays. */
	int (*host_grant)(void *ctx, struct sel_net_grant *take, uint64_t once);
	/* Rules were added or revoked elsewhere: those of hosts take effect, or end. */
	void (*host_rules)(void *ctx);
	/* What sel_ask_host asked has its answer: OK (its grant was given before) or why not. */
	void (*host_answer)(void *ctx, uint64_t id, enum sel_net_why why);
	bool (*signal)(void *ctx, int sig); /* from `seldom run` */
	void (*run_gone)(void *ctx);	    /* `seldom run` is dead */
	json_t *(*status)(void *ctx);
};

int sel_ask_new(const struct sel_ask_config *config, struct sel_ask **ret);
void sel_ask_set_watch(struct sel_ask *a, struct sel_watch *w);
/* FRESH if nobody had to be asked. */
enum sel_state sel_ask_state(const struct sel_ask *a);
/* Opens $XDG_RUNTIME_DIR/seldom/<session>.sock; it goes with sel_ask_free. */
int sel_ask_listen(struct sel_ask *a);
void sel_ask_free(struct sel_ask *a);

/* From watching threads: parks a call until somebody answers. Takes it. */
void sel_ask_park(struct sel_ask *a, struct sel_asked *asked);
/* From the mask thread: somebody opens a secret. */
void sel_ask_secret(struct sel_ask *a, uint64_t id, pid_t pid, const char *path);
void sel_ask_secret_gone(struct sel_ask *a, uint64_t id);

/* On the loop: no grant covers a request. Answered once by host_answer, perhaps before this
 * returns; after sel_ask_host_gone never. */
void sel_ask_host(struct sel_ask *a, const struct sel_net_asked *asked);
void sel_ask_host_gone(struct sel_ask *a, uint64_t id);
/* There are new grants: questions that they settle are answered by them. `list` is all there are.
 */
void sel_ask_host_granted(struct sel_ask *a, const struct sel_net_grant *list, size_t n);
/* What is known of a host apart from grants: UNKNOWN, REGISTRY or REMOTE, as the configuration of
 * this machine and project said before the program ran. */
enum sel_host_known sel_ask_host_known(const struct sel_ask *a, const char *name, uint16_t port);

/* How a question about such a request ended, for the record of those that waited for it. */
struct sel_host_end {
	enum sel_decision decision;
	enum sel_source source;
	enum sel_tier tier;
	int64_t question; /* row id; 0: nobody was asked */
	char why[160];
	usec_t at; /* real; 0: there was none */
	char name[SEL_NAME_MAX];
	uint16_t port;
	enum sel_host_way way;
};
/* The last that ended with `decision`. `method` "": of a connection that is not read. NULL: none.
 * Borrowed until the loop goes on. */
const struct sel_host_end *sel_ask_host_end(const struct sel_ask *a, const char *name,
					    uint16_t port, const char *method,
					    enum sel_decision decision);

/* From watching threads: a folder is writable from now on, by `rule` (0: none that is stored). */
int sel_ask_widen(struct sel_ask *a, const char *folder, int64_t rule);

/* To `seldom run` alone, waiting for so long until its queue has room; and one line to every front.
 */
int sel_ask_tell_run(struct sel_ask *a, json_t *take, int msec);
void sel_ask_notice(struct sel_ask *a, const char *text);

struct sel_ask_totals {
	uint64_t asked, allowed, denied, timeout, gone;
	uint64_t deferred; /* denied without a question: the person is tired */
};
struct sel_ask_totals sel_ask_totals(const struct sel_ask *a);

/* One concrete change that would have answered what was asked: its hint ({"kind":"proposal",...})
 * or NULL. At the end of a run; offered at most once in 7 days. */
json_t *sel_ask_proposal(struct sel_ask *a);
