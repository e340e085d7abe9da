/* Inside broker/ask only. */
#pragma once

#include "ask.h"
#include "claim.h"
#include "registries.h"
#include "tiredness.h"

#define CLIENTS_MAX   32
#define QUESTIONS_MAX 64
#define PARKED_MAX    256 /* the kernel's list of waiting calls is linear */
#define BATCH_MAX     QUESTIONS_MAX
#define HOLDS_MAX     3 /* how often a person who is acting may start the time-out anew */
#define LINGER	      (60 * USEC_PER_SEC) /* of a question whose program gave up; programs try again */
#define KEPT_MAX      16
/* Whoever wants to be asked in spite of all means what is tried again soon. */
#define WANTED_BY_HAND	    5
#define WANTED_BY_HAND_TIME (5 * 60 * USEC_PER_SEC)

/* What waits for an answer: a call that a thread sleeps in, the opener of a secret, a request to a
 * host. */
enum waits { WAITS_CALL, WAITS_SECRET, WAITS_HOST };
struct parked {
	struct parked *next;
	enum waits kind;
	struct sel_asked *asked;  /* a call; else NULL */
	uint64_t id;		  /* a secret or request, as its asker knows it; 0: gone */
	pid_t pid;		  /* who opens the secret */
	enum sel_net_why refusal; /* of a request */
	char *object;
	struct question *about; /* below a summary: what would have been asked about it */
};

/* What is asked of a host. Strings are owned. */
struct request {
	char *name, *method, *path; /* the path without its query */
	uint16_t port;
	bool plain; /* http without TLS */
	enum sel_net_why why;
	enum sel_host_way way;
	enum sel_host_known known;
	const char *proposal; /* borrowed from what is known; or NULL */
	bool disguised;	      /* its name is not what it looks like */
	enum sel_host_git git;
	uint64_t job;	  /* ask_job of who asks */
	char reason[256]; /* why it is asked */
};

struct question {
	struct question *next;
	uint32_t number;
	int64_t row; /* in the store, 0: not kept */
	enum sel_op op;
	enum sel_tier tier;
	bool secret, by_name;
	struct request *request; /* to a host; NULL: it is none */
	char *object, *object2, *detail, *exe;
	const char *why, *consequence;
	char fresh[256];
	struct sel_who who;
	struct sel_rungs rungs;
	struct parked *parked;
	unsigned waiting;
	usec_t asked_real, deadline; /* monotonic */
	int holds;
	char token[16]; /* a word to repeat: T3, and T2 when the person is tired */

	/* judgement: what the question is evidence of (owned) and how it was put */
	struct sel_identified identified;
	struct sel_keys *keys;	    /* NULL: nobody knows who acts */
	struct sel_key_facts facts; /* its pointers are into this */
	char *program, *subject;    /* facts.object */
	struct sel_support support;
	usec_t denied_at; /* it is tried again after a denial; 0: it is not */
	char nearest[160], headline[160];
	enum sel_state state;
	unsigned words;
	bool short_terms; /* no "30d" */
	bool decoy;	  /* a check: no program made it, nothing is done */
	bool flood;	  /* stands for many: allow is "one by one" */
	bool grown;	  /* ... and there are more than was shown */
	usec_t shown;	  /* monotonic */
	usec_t left;	  /* of a request: since when nobody waits, monotonic; 0: somebody does */
	bool gave_up;	  /* ... and that was told */
	json_t *claim;	  /* what who asks is said to do; NULL. Shown, never used */
	bool settled;	  /* ... because a grant that came answered it */
};

/* "Once", answered when nobody waited: for the next try of the very same. Strings are owned. */
struct kept {
	usec_t until; /* monotonic; 0: there is none */
	char *exe, *digest, *subject, *object, *grant;
	pid_t pid;
	enum sel_tier tier;
	int64_t row;
};

struct client {
	struct client *next;
	struct sel_ask *ask;
	int fd;
	sd_event_source *io;
	bool hello, run;
	bool dead; /* freed by reap, never while somebody may hold it */
	char front[16];
};

/* What other threads hand over. */
struct handed {
	struct handed *next;
	struct sel_asked *asked;
	uint64_t secret;
	pid_t pid;
	char *path;
	bool gone;
};

/* person.c: whoever answers, from what they answered before, here and in other sessions. */
#define WORDS_MAX 8192 /* a power of two */
#define SEEN_MAX  256
struct person {
	struct sel_past *past; /* oldest first, 90 days */
	size_t n, cap;
	int64_t last;		/* greatest row id of a question that was read */
	int64_t seen[SEEN_MAX]; /* row ids read lately: questions are not answered in order */
	size_t n_seen;
	struct sel_tiredness now;
	usec_t looked; /* monotonic: when `now` was made */
	struct {
		uint64_t hash;
		usec_t at;
	} words[WORDS_MAX];
	unsigned n_words;
};

/* What was called wrong in the digest: evidence at all the rungs of some question like it. */
#define FLAGS_MAX 64
struct flag {
	usec_t at;
	bool harmful;
	char *key;
	char *rung[SEL_RUNGS];
};

/* Denials by a person in this session: for "you denied this ... via", and for a pause. */
#define DENIALS_KEPT 16
struct denied {
	usec_t at;
	char via[32];
	char *object;
};

/* Denied unasked since the person was asked enough: told with how to be asked all the same. */
#define REFUSED_MAX 16
struct refused {
	usec_t at; /* real */
	enum sel_tier tier;
	enum sel_op op;
	char via[32], object[256];
	const char *why; /* static */
};

/* Connections that said nothing yet. */
#define CLAIMANTS_MAX 8
struct claimant {
	int fd;
	bool used;
	sd_event_source *io;
};

#define EARLY_MAX 64
#define HOST_ENDS 64
struct sel_ask {
	struct sel_ask_config config;
	struct sel_watch *watch;
	struct question *questions; /* oldest first */
	struct client *clients;
	unsigned n_clients, n_parked, n_questions;
	uint32_t last_number;
	struct sel_ask_totals totals;
	int listen_fd;
	char *socket_path;
	sd_event_source *listen_io, *wake_io, *tick;
	int wake_fd;
	pthread_mutex_t lock; /* handed */
	struct handed *handed, **handed_last;
	unsigned n_handed;

	struct person person;
	bool loaded;
	struct sel_evidence *evidence; /* while loading */
	struct flag *flags;	       /* while loading */
	size_t n_flags, n_loaded;
	usec_t flags_heard;   /* when the newest of them was made */
	usec_t labels_looked; /* monotonic */
	usec_t early_until;   /* monotonic: what comes before may have been judged before that */
	uint64_t early[EARLY_MAX]; /* calls that were judged again */
	size_t n_early;
	struct sel_flood flood;
	struct question
		*gathered; /* a summary of one, which is none yet; not among the questions */
	struct denied denied[DENIALS_KEPT];
	size_t n_denied;
	unsigned denied_run, denied_total;
	uint64_t denied_mask; /* of the last 50 answers, newest lowest */
	unsigned wanted;      /* questions that the person asked for, one by one */
	usec_t wanted_until;  /* monotonic */
	const char *pause;    /* why the next question becomes a summary; NULL: it does not */
	usec_t decoy_at;      /* monotonic; 0: none is due */
	unsigned decoy_gap;
	struct sel_who decoy_who;     /* of the last real question: a copy */
	struct sel_known_host *known; /* read before the program ran */
	size_t n_known;
	struct sel_host_end ends[HOST_ENDS]; /* the newest; a ring */
	size_t n_ends;
	struct kept kept[KEPT_MAX];
	size_t n_kept;
	struct refused refused[REFUSED_MAX]; /* without a question; the newest; a ring */
	size_t n_refused;
	usec_t told_refused; /* monotonic: when the person was told of it */
	struct sel_claims claims;
	struct claimant claimants[CLAIMANTS_MAX];
	size_t next_claimant;
	sd_event_source *claim_io;
};

struct sel_answer {
	bool allow;
	size_t rung;
	enum sel_for term;
	const char *note, *token;
	usec_t response;
	bool expanded;
	unsigned batch;		/* questions that one key answered, each with such an answer; 1 */
	enum sel_source source; /* PERSON, TIMEOUT, DEFAULT (gone) */
	const char *by;
	/* filled by ask_weigh */
	bool measured, rapid;
	double weight;
};

/* question.c */
void ask_take_handed(struct sel_ask *a);
void ask_question_free(struct question *q);
void ask_unlink(struct sel_ask *a, struct question *q);
void ask_append(struct sel_ask *a, struct question *q, struct parked *p);
void ask_refuse(struct sel_ask *a, struct parked *p);
void ask_parked_free(struct parked *p);
/* A word that an allow must repeat. */
int ask_token(struct question *q);
/* Nobody waits for that one any more. */
void ask_gone(struct sel_ask *a, enum waits kind, uint64_t id);
/* What waits is told: allowed or not. */
void ask_reply(struct sel_ask *a, const struct parked *p, bool allow);
/* NULL: no room, no memory. */
struct parked *ask_parked_new(const struct sel_ask *a, enum waits kind, const char *object);
/* Those that are gone, out of the question. */
void ask_drop_vanished(struct sel_ask *a, struct question *q);
/* The person wants to be asked about what was denied unasked, when it is tried again. */
void ask_wanted(struct sel_ask *a);
/* What was denied unasked, for fronts. */
json_t *ask_refused_json(const struct sel_ask *a);
/* Adds what waits to `q`, or makes a question of `fresh`. Whatever fails refuses it. */
void ask_place(struct sel_ask *a, struct question *q, struct question *fresh, struct parked *p);
/* The same without a summary: it was to be one, and is alone. */
void ask_single(struct sel_ask *a, struct question *fresh, struct parked *p);
/* Numbers it, stores it, shows it. -errno: it cannot be put. */
int ask_open(struct sel_ask *a, struct question *q, bool token);
/* A secret is opened: granted already, or asked about. `again`: it was put before. */
void ask_secret(struct sel_ask *a, uint64_t id, pid_t pid, const char *path, bool again);
struct question *ask_secret_question(struct sel_who *take, const char *path);

/* host.c */
void ask_hosts_read(struct sel_ask *a);
void ask_request_free(struct request *r);
int ask_host_rungs(struct sel_ask *a, struct question *q);
/* It waited below a summary: judged anew. Takes both. */
void ask_host_again(struct sel_ask *a, struct question *q, struct parked *p);
/* The answer, once it is stored: a rule, a grant. -errno: nothing was granted. */
int ask_host_keep(struct sel_ask *a, const struct question *q, const struct sel_answer *answer);
/* A person's grant for this session, as a line. -errno and one line for the front. */
int ask_host_add(struct sel_ask *a, const char *line, char *error, size_t cap);
void ask_host_ended(struct sel_ask *a, const struct question *q, int64_t row,
		    enum sel_decision decision, enum sel_source source, const char *why);
/* "first request by curl to this host" */
const char *ask_host_verb(const struct question *q);
/* Nobody waits for it: does it stay open for the program's next try? */
bool ask_host_lingers(struct sel_ask *a, struct question *q, usec_t now);
void ask_kept_done(struct sel_ask *a);
/* The question's first line begins with what is more urgent than that; 0: nothing is. */
size_t ask_host_warning(const struct question *q, bool secret_read, char *ret, size_t cap);

/* answer.c */
/* A changed copy takes the place of the policy. */
struct policy_change {
	const struct sel_grant *grant; /* NULL: none is added */
	const char *folder;	       /* becomes writable; NULL: none does */
	int64_t rule;		       /* that it rests on; 0: none that is stored */
	struct sel_evidence *evidence; /* in place of what was there; NULL: that stays */
};
int ask_change_policy(struct sel_ask *a, const struct policy_change *c);
void ask_tick(struct sel_ask *a);
/* 0, or -errno and one line for the front in `error`; *ret_feedback (static) if it was a check. */
int ask_answer(struct sel_ask *a, uint32_t number, const struct sel_answer *answer, char *error,
	       size_t cap, const char **ret_feedback);
int ask_hold(struct sel_ask *a, uint32_t number);
void ask_drop_all(struct sel_ask *a);
/* Records a decision on a parked call that no watching thread makes; `row` of the question that
 * was put, 0: none was. */
int ask_tell(struct sel_ask *a, const struct question *about, int64_t row, const struct parked *p,
	     enum sel_decision decision, enum sel_source source, const char *why);

/* job.c */
struct process {
	pid_t parent;
	unsigned long long started; /* clock ticks since boot */
	char state;		    /* Z: it has ended */
};
/* -ESRCH. */
int ask_process_read(pid_t pid, struct process *ret);
/* What the person started the process with, as a number; 0: not known, or all of it is one. */
uint64_t ask_job(const struct sel_ask *a, pid_t pid);

/* claimants.c */
int ask_claims_begin(struct sel_ask *a);
void ask_claims_done(struct sel_ask *a);
void ask_claims_tick(struct sel_ask *a);
/* What the process is said to do, as a question shows it; NULL: nothing is said. */
json_t *ask_claim_of(struct sel_ask *a, pid_t pid);

/* json.c */
json_t *ask_question_json(const struct sel_ask *a, const struct question *q);

/* front.c */
void ask_broadcast(struct sel_ask *a, json_t *take);
void ask_show(struct sel_ask *a, const struct question *q);
/* A front that a person sits at is attached. */
bool ask_person_there(const struct sel_ask *a);
bool ask_front_measured(const char *front);

/* person.c */
/* Before the first question, once: reads what was answered in the last 180 days. */
void ask_load(struct sel_ask *a);
/* Reads what was answered elsewhere meanwhile, and looks at how tired the person is. */
int ask_person_look(struct sel_ask *a);
void ask_person_tick(struct sel_ask *a);
void ask_person_done(struct person *p);
/* Words of the question that were not shown in the last 24 h; they are from now on. */
unsigned ask_person_words(struct person *p, const struct question *q, usec_t now);
/* How attentive the answer was: fills measured, rapid and weight. */
void ask_weigh(struct sel_ask *a, const struct question *q, struct sel_answer *answer);
/* It may have been judged before everything was loaded: true, once a call. */
bool ask_judged_early(struct sel_ask *a, const struct sel_asked *asked);
/* The answer as evidence. After it was stored. */
void ask_learn(struct sel_ask *a, const struct question *q, const struct sel_answer *answer);

/* describe.c */
/* Fills what the question says first: what differs from what was approved. */
void ask_describe(struct sel_ask *a, struct question *q);

/* flood.c */
/* One more question would be put: true if the summary took both. */
bool ask_flood_takes(struct sel_ask *a, struct question *fresh, struct parked *p);
/* What hangs below the summary is judged and asked anew. */
void ask_flood_release(struct sel_ask *a, struct question *q);
/* A line for each action below it. */
void ask_flood_detail(const struct question *q, char *ret, size_t cap);
/* A person (or a script for one) denied it: the same is denied silently from now on, and enough
 * denials pause the program's questions. */
void ask_denied(struct sel_ask *a, const struct question *q, bool measured);
void ask_allowed(struct sel_ask *a, const struct question *q);
void ask_flood_tick(struct sel_ask *a);
/* Of what is gathered: gone, or refused. */
void ask_flood_drop(struct sel_ask *a);
bool ask_flooded(const struct sel_ask *a);

/* decoy.c */
/* A person answered a real question: a check may follow. */
void ask_decoy_plan(struct sel_ask *a);
void ask_decoy_tick(struct sel_ask *a);
/* Who asked last: a check looks like theirs. Copied. */
void ask_decoy_who(struct sel_ask *a, const struct sel_who *who);
extern const char *const ask_decoy_unanswered;
const char *ask_decoy_feedback(bool allow);
