/* Replay: what would have been asked, allowed and denied, had another policy judged. The engine is
 * the broker's own (sel_judge, evidence, memory, tiredness, flood, proposals, digest control); here
 * are only a person who answers, a clock that is told and the policies to compare with. Nothing is
 * read or written but what is given. Not thread-safe. */
#pragma once

#include "constants.h"
#include "guarantee.h"
#include "propose.h"
#include "rung.h"
#include "tiredness.h"
#include "trace.h"

enum sel_replay_policy {
	SEL_REPLAY_ASK_ALWAYS, /* every program's step in every folder, scope or not */
	SEL_REPLAY_SCOPE_ONLY, /* the scope; beyond it every step asks every time */
	SEL_REPLAY_EXACT,      /* "don't ask again" for this program, operation and object */
	SEL_REPLAY_PREFIX,     /* one approval allows the program the folder and all below */
	SEL_REPLAY_NO_WEIGHTS, /* ours; every approval weighs 1 */
	SEL_REPLAY_NO_LEARNING,
	SEL_REPLAY_OURS,
	SEL_REPLAY_N,
};
const char *sel_replay_policy_name(enum sel_replay_policy p); /* "ask-always" */
const char *sel_replay_policy_words(enum sel_replay_policy p);
int sel_replay_policy_from(const char *name); /* -EINVAL */

struct sel_replay_question {
	usec_t at;
	const struct sel_subject *subject;
	const struct sel_verdict *verdict;
	const struct sel_keys *keys;
	const struct sel_rungs *rungs;
	enum sel_gate gate;
	double load;	  /* F2, before this one */
	bool flood;	  /* a summary that stands for all of its kind */
	const void *mark; /* of the act */
	unsigned words;
	double predicted; /* the broker's own P(deny) */
};
struct sel_replay_answer {
	bool allow;
	size_t rung;
	enum sel_for term;
	usec_t response; /* 0: unknown */
	bool expanded, measured;
};

struct sel_replay_config {
	enum sel_replay_policy policy;
	void *ctx;
	/* The person. */
	void (*answer)(void *ctx, const struct sel_replay_question *q,
		       struct sel_replay_answer *ret);
	/* Accepts a proposal? NULL: none are made. */
	bool (*accept)(void *ctx, const struct sel_proposal *p, usec_t at);
	/* One row of the digest: flagged? -1: not read attentively, dropped. NULL: no digest. */
	int (*review)(void *ctx, const void *mark, usec_t at);
	uint64_t seed; /* of the digest's sample */
	/* Each act is a question that was put, as the log keeps them: none is part of another, none
	 * is moot, and no policy but ours or one that remembers answers knows a reason not to ask.
	 */
	bool questions;
};

/* The surroundings of one session; borrowed until its end. */
struct sel_replay_place {
	const char *home, *cwd, *project;
	const struct sel_scope *scope;
	char *const *secrets, *const *own, *const *roots; /* NULL-terminated or NULL */
};

enum sel_replay_how {
	SEL_REPLAY_ALLOWED,  /* without a person, by `source` */
	SEL_REPLAY_DENIED,   /* without a person */
	SEL_REPLAY_DEFERRED, /* denied: tired, spent or flooded */
	SEL_REPLAY_ASKED,    /* and `allow` */
	SEL_REPLAY_SAME,     /* part of a question that was put already: and `allow` */
	SEL_REPLAY_MOOT,     /* what it acts on was refused before: it would not come to this */
};
struct sel_replay_result {
	enum sel_replay_how how;
	bool allow; /* in the end */
	enum sel_source source;
	enum sel_tier tier;
	int learned_rung; /* source LEARNED */
	bool informative; /* ASKED: denied, narrowed, or the first of its shape */
	bool rapid;
	double bits; /* ASKED: entropy of the broker's own prediction */
	usec_t response;
	enum sel_state state; /* ASKED, DEFERRED */
};

struct sel_replay;
int sel_replay_new(const struct sel_replay_config *config, struct sel_replay **ret);
void sel_replay_free(struct sel_replay *r);
int sel_replay_begin(struct sel_replay *r, const struct sel_replay_place *place, usec_t at);
/* Judges one action at real time `at`; times never go back. `mark` is handed through. -ENOMEM. */
int sel_replay_act(struct sel_replay *r, const struct sel_subject *s, usec_t at, const void *mark,
		   struct sel_replay_result *ret);
/* Judges without asking, learning or remembering: what a policy covers by now. */
void sel_replay_probe(struct sel_replay *r, const struct sel_subject *s, usec_t at,
		      struct sel_replay_result *ret);
/* The digest and proposals. */
struct sel_replay_end {
	unsigned offered, accepted, labels, flags;
	double upper; /* U_n of the step's stream; 1 without labels */
	unsigned step;
};
int sel_replay_end(struct sel_replay *r, usec_t at, struct sel_replay_end *ret);
