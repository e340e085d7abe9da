/* How attentively a person answers, from the answers alone. Pure. Formulae F1-F5 and the table of
 * states are in docs/judgement.md; constants, with unit and reason, in one table in tiredness.c.
 *
 * A day begins with the first question after six hours without one: no clock on the wall, no time
 * zone. A clock that steps back counts as no time.
 *
 * Tiredness only ever makes seldom stricter, or quieter by denying. */
#pragma once

#include "seldom/action.h"

enum sel_state { SEL_FRESH, SEL_TIRED, SEL_EXHAUSTED, SEL_STATE_N };
const char *sel_state_name(enum sel_state s); /* "FRESH" */

enum sel_said { SEL_SAID_ALLOW, SEL_SAID_DENY, SEL_SAID_NARROW, SEL_SAID_NOTHING /* time-out */ };

/* One question that a person was shown. Answers by `seldom answer` and by scripts are not measured:
 * they are neither quick nor a reflex, and load nobody. */
struct sel_past {
	usec_t at; /* of the answer, real time */
	enum sel_said said;
	enum sel_tier tier;
	usec_t response; /* from first shown with focus to the key; 0: unknown, then not used */
	unsigned words;	 /* in the question, not seen in the last 24 h */
	bool expanded;	 /* details were opened, a rung chosen, a note written */
	bool measured;	 /* by a front with a person at it */
	bool decoy;
	bool audited;	/* real, and a digest said later that it was benign */
	uint64_t about; /* of a request: the same for one program at one host; 0: stands alone */
};

struct sel_tiredness {
	enum sel_state state;
	usec_t since; /* when that state was entered; 0: always */
	double rte;   /* 1 - rapid/allows over the last 20 allows; 1 if there were none */
	unsigned rte_n;
	bool rapid_last; /* the last one was rapid */
	unsigned rapid_run;
	double load;		  /* F2 at `now` */
	double allow_share;	  /* A20 */
	unsigned allow_n, run;	  /* S: current run of allows */
	double drt;		  /* F4; 0 where there is too little */
	unsigned hits, decoys;	  /* F3, last 20 in 90 days */
	double hit_low, hit_high; /* Wilson's interval at 90 %: show this, not a share, below 20 */
	double own_floor; /* F1: e^crossing in seconds a word, 0: the general floor is used */
	uint64_t checks, caught;    /* F5: all decoys of 90 days ... */
	uint64_t confirmed, alarms; /* ... and benign questions, and those that were denied */
	double d_prime, criterion;  /* NAN below SEL_SIGNAL_MIN of each */
	double criterion_rise;	    /* of the last 20 and 20 over the first; NAN below 40 and 40 */
	unsigned last_30min, last_day; /* questions shown: the budget; a day has at most 24 h */
	bool spent;		       /* the budget is */
};
#define SEL_SIGNAL_MIN 20
/* `past` oldest first, of one person; what is more than 90 days from `now` is left out. Linear in
 * n, and some milliseconds from 30 allows on (the fit): for questions, not for every action. */
void sel_tiredness(const struct sel_past *past, size_t n, usec_t now, struct sel_tiredness *ret);
/* Is this answer a rapid allow, given all before it (`own_floor` of sel_tiredness or 0)? */
bool sel_rapid(const struct sel_past *p, double own_floor);
/* The weight of an answer as evidence: `before` is the state it was given in. Denials 1. Allows 1
 * FRESH, 1/4 TIRED, 0 rapid, EXHAUSTED, by a script (`scripted`) or in a flood. A narrowing
 * approves of less: for that it weighs as an allow that is never rapid; whoever counts it against
 * what it left out counts it as a denial. */
double sel_attention_weight(const struct sel_past *p, const struct sel_tiredness *before,
			    bool flooded, bool scripted);
/* "fatigue: TIRED (RTE 0.55 over 20, load 9.1) - approvals count 1/4" */
void sel_tiredness_line(const struct sel_tiredness *t, char *ret, size_t cap);

/* What happens to a question that would be asked now. */
enum sel_gate {
	SEL_GATE_ASK,
	SEL_GATE_TOKEN, /* an allow must be typed */
	SEL_GATE_DEFER, /* denied once with its reason, and kept for the next review */
};
/* `ret_why` (may be NULL): static; NULL for ASK. That a T3 is always typed is not said here. */
enum sel_gate sel_gate(const struct sel_tiredness *t, enum sel_tier tier, const char **ret_why);
bool sel_terms_hidden(const struct sel_tiredness *t); /* no "30d" */

/* FLOODED: five questions of one session in 60 s, or three with the same class after a denial.
 * Then one summary question stands for all. */
struct sel_flood {
	usec_t at[8];
	unsigned n;
	unsigned char after_denial[32]; /* by class, since its last denial; 0xff: none denied */
	usec_t until;			/* a quiet minute ends it, but for insistence; 0: none */
};
void sel_flood_init(struct sel_flood *f); /* and again once the person looked at the summary */
void sel_flood_denied(struct sel_flood *f, unsigned class);
/* One more question would be put: true if it and its like become the summary. */
bool sel_flood_step(struct sel_flood *f, unsigned class, usec_t now);
