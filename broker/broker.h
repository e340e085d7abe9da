/* The broker: one per run, parent of everything it watches. */
#pragma once

#include "ask.h"
#include "config.h"
#include "environ.h"
#include "identify.h"
#include "joiner.h"
#include "launch.h"
#include "mask.h"
#include "network.h"
#include "secrets.h"
#include "seldom/proto.h"
#include "trace.h"
#include "undo.h"
#include "watch.h"

#include <sys/stat.h>

struct options {
	struct sel_config config; /* command line on top of the files */
	char **net;
	const char *profile;
	const char *record; /* where to write a trace; NULL: nowhere */
	int control, stdio[3], tty;
	bool ephemeral, explain, no_net;
	char **command;
};

#define RECENT_MAX  512
#define DENIALS_MAX 100 /* listed in the summary */
/* The summary is one message, as long as the program makes its names and the caller the command. */
#define DENIALS_BYTES ((size_t)24 * 1024) /* of JSON */
#define COMMAND_MAX   ((size_t)8 * 1024)  /* bytes of text: three times that as JSON, at most */
#define NOTICES_MAX   20		  /* refusals that are said while the program runs */
#define LEARNED_MAX   128		  /* keys whose automatic allows are told apart */

/* A refusal that may come again: the log counts, it does not repeat rows. */
struct recent {
	uint64_t hash;
	int64_t row;
	uint64_t more;
};

/* Automatic allows by one learned key: a row each at first, then the last row counts on. */
struct learned {
	uint64_t hash;
	int64_t row;
	unsigned rows;
	uint64_t more;
};

/* Requests that were allowed, until they are stored. */
struct net_allowed {
	char *exe, *what; /* "GET api.example.test:443 (grant NAME)" */
	enum sel_source source;
	uint64_t count;
};
#define NET_ALLOWED_MAX 256
#define NET_HOSTS_MAX	4096
#define NET_ROWS_MAX	64 /* refused requests to one host that have a row of their own */
struct net_counts {
	uint64_t requests, refused, failed, incidents;
	json_t *hosts; /* names that something was asked of, and how many refusals have a row */
	struct net_allowed allowed[NET_ALLOWED_MAX];
	size_t n_allowed;
	bool tainted;
};

struct broker {
	struct options o;
	char id[9];
	char *home, *cwd, *init_path;
	usec_t started_real, started;

	sd_event *loop;
	struct sel_store *store; /* NULL only before it is open */
	struct sel_ask *ask;
	struct sel_watch *watch;
	struct sel_joiner *joiner;
	struct sel_mask *mask;
	pthread_mutex_t mounts; /* the joiner answers one request at a time */

	/* setup.c */
	struct sel_secrets secrets;
	struct sel_policy *policy; /* given to the watch */
	struct sel_bind *binds;
	size_t n_binds;
	int64_t *stored; /* rules of earlier sessions that became scope, sorted */
	size_t n_stored;
	char **environment, **dropped;
	bool fuse;

	/* net.c */
	struct sel_network *network; /* NULL: loopback only */
	char *net_folder, *net_failed;
	struct sel_net_grant *first_grants;
	size_t n_first_grants;
	bool java;
	char **unused;	      /* grants that this run does without, and why; NULL-terminated */
	int64_t refused_rule; /* the last whose grant was refused while the program ran */

	/* judgement: made by setup.c, shared with the watch */
	char *project;
	struct sel_places places;
	struct sel_world world;
	struct sel_identities *identities;
	struct sel_undo *undo; /* NULL: nothing is kept, so what overwrites is asked about */
	struct sel_trace *trace;

	/* claim.c */
	int claim; /* listens; -1: nobody can report what it does */
	char *claim_path;
	struct stat claim_stat;

	struct sel_launched launched;
	int listener, init_pidfd, bwrap_pidfd, root;
	bool stopped, ended;
	int exit_code, status; /* ours; as wait gives it */
	uint64_t heard;	       /* requests, when it was last looked whether all were told */
	usec_t quiet_until;    /* monotonic */

	/* record.c, under `lock` */
	pthread_mutex_t lock;
	struct recent recent[RECENT_MAX];
	struct learned learned[LEARNED_MAX];
	uint64_t by_source[SEL_SRC_N], denied;
	json_t *denials;
	size_t denials_bytes;
	unsigned notices;
	char *pending_notice[NOTICES_MAX]; /* said by the loop */
	size_t n_pending;
	struct net_counts net; /* on the loop only */
};

/* For qsort and bsearch over int64_t. */
int broker_compare_ids(const void *a, const void *b);

/* Adds a copy to a NULL-terminated list. */
int broker_append(char ***list, const char *value);

/* setup.c: everything that is decided before anything runs. -errno after it was said why. */
int broker_setup(struct broker *b);
json_t *broker_explain(const struct broker *b);

/* Shows the host's `from` (a file or folder, read-only) at `path` inside. */
int broker_show(struct broker *b, const char *path, const char *from);

/* net.c: closed where anything fails, which is said once. */
/* Early: the processes start while the rest is set up. -errno after it was said why: a bad grant.
 */
int broker_net_start(struct broker *b);
/* Before the sandbox is made: adds to its mounts and its environment. */
int broker_net_show(struct broker *b);
/* Inside: routes, addresses, names. Before the program begins. */
void broker_net_attach(struct broker *b);
void broker_net_end(struct broker *b);
/* Of struct sel_ask_config: host_grant, host_answer. */
int broker_net_grant(void *ctx, struct sel_net_grant *take, uint64_t once);
void broker_net_answer(void *ctx, uint64_t id, enum sel_net_why why);
/* Rules changed elsewhere: those of hosts are looked at anew (setup.c). */
void broker_net_rules(void *ctx);

/* credentials.c */
/* Of all grants that there are: appends to `secrets` what is to be masked. -errno after it was said
 * why: a file that the program could replace. */
int broker_credentials_hide(struct broker *b, char ***secrets);
/* May a grant be added now? False after it was said why not. */
bool broker_credential_hidden(struct broker *b, const struct sel_net_grant *g);

/* record.c */
int broker_decided(struct broker *b, const struct sel_decided *d, int64_t question);
/* On the loop: what became of requests to hosts. */
void broker_net_decided(struct broker *b, const struct sel_net_decided *d);
void broker_take_counts(struct broker *b);
void broker_say_notices(struct broker *b);
json_t *broker_status(struct broker *b);
json_t *broker_summary(struct broker *b);
void broker_flush(struct broker *b);

/* claim.c: where programs report what they do. Without it nothing is claimed. */
void broker_claim_show(struct broker *b);
void broker_claim_end(struct broker *b);

/* remask.c */
int broker_watch_masks(struct broker *b);

/* life.c */
int broker_begin(struct broker *b); /* the loop: before broker_setup */
int broker_live(struct broker *b);
/* The command's words, safe to print; behind `max` bytes of them "..." stands for the rest. */
json_t *broker_command(const struct broker *b, size_t max);
void broker_kill(struct broker *b); /* everything inside, at once */

/* Says one line to `seldom run` (or stderr if it is not there yet) and returns r. */
int broker_fail(struct broker *b, int r, const char *fmt, ...) _printf_(3, 4);
