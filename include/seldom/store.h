/* The store: one SQLite file per user ($XDG_STATE_HOME/seldom/seldom.db), WAL, several brokers
 * write at once. The schema and the statements live in db/; this is all that others see of it.
 *
 * Thread-safe: one sel_store may be used from several threads (a mutex inside); not across fork.
 * Times are real microseconds. Strings are hostile bytes unless said otherwise; they are bound,
 * never printed into SQL.
 *
 * Errors of every write: -ENOENT if a session, question or rule it names is not there, -EEXIST if
 * it was written before (a second answer), -EINVAL for a word out of range, -EROFS in READ mode,
 * -ENOSPC, -EBUSY if others held the file for 5 s, -EUCLEAN if it is damaged, -EIO. Nothing is
 * written then.
 *
 * What the hash chain proves: an event, or a row that it vouches for, that was changed, added or
 * taken away by hand is found by sel_store_verify. Whoever can write the file and recomputes every
 * hash from there to the end, or cuts the end off in all tables, is NOT found: it is evidence of
 * partial edits and damage, not a seal. Not chained: counted work, `repeats`, how often a rule was
 * used, the sums by day, the cache of identities. What was pruned was checked before it went; after
 * that only its sums and the hashes around it are left. */
#pragma once

#include "seldom/action.h"
#include <jansson.h>
#include <stdatomic.h>

struct sel_store;

enum sel_store_mode { SEL_STORE_READ, SEL_STORE_WRITE, SEL_STORE_MEMORY /* --ephemeral */ };

/* Opens (and in WRITE makes or migrates) the store. `path` NULL: the user's. A store from a newer
 * seldom is refused with -ENOTSUP and never touched; a damaged one -EUCLEAN; another program's
 * -EMEDIUMTYPE; a file or folder that is not ours alone (0600 in 0700, no links) -EPERM, -ELOOP or
 * -EMLINK; READ where there is none yet -ENOENT. *ret_error (optional, caller frees) gets one line
 * that says what failed, on what, and what to do. */
int sel_store_open(const char *path, enum sel_store_mode mode, struct sel_store **ret,
		   char **ret_error);
void sel_store_free(struct sel_store *s);
/* Whatever the store is asked ends with -EINTR soon after `cancel` became true, from any thread.
 * Borrowed; NULL: no longer. */
void sel_store_cancel(struct sel_store *s, const atomic_bool *cancel);

/* --- what a broker writes ------------------------------------------------------------------- */

struct sel_session_row {
	const char *id;	 /* 8 characters of base32: a-z, 2-7 (at most 32 of a-z, 0-9 are taken) */
	json_t *command; /* array of strings, escaped; borrowed */
	const char *cwd, *profile /* or NULL */, *version;
	const char *project; /* its root; NULL: sums go by cwd */
	pid_t broker_pid;
	usec_t started;
};
int sel_store_session_begin(struct sel_store *s, const struct sel_session_row *row);
/* `summary`: the object of `--summary` (borrowed). */
int sel_store_session_end(struct sel_store *s, const char *session, usec_t ended, int exit_code,
			  json_t *summary);

/* One judged action (not scope-allowed work: that is counted). Durable when this returns:
 * synchronous=FULL for the first action that rests on a person's answer (`question`) or on a rule
 * or grant (`rule`), NORMAL for its later ones and for denials. Every row also appends to the
 * hash-chained event table in the same transaction. */
struct sel_action_row {
	const char *session;
	usec_t at;
	pid_t pid;
	enum sel_op op;
	enum sel_tier tier;
	enum sel_decision decision; /* DENY or ALLOW */
	enum sel_source source;
	const char *exe, *comm;	      /* may be hostile */
	const char *object, *object2; /* canonical; object2 NULL but for renames and links */
	const char *reason;	      /* the one-line explanation */
	int64_t question;	      /* row id of the question, 0: none */
	int64_t rule;		      /* row id of the rule or grant, 0: none */
	const char *program, *key;    /* learned: sel_program_name, the key it rests on; or NULL */
	int step;		      /* learned: of the learning grid */
	uint64_t repeats;	      /* how many more identical ones this row stands for */
};
int sel_store_action(struct sel_store *s, const struct sel_action_row *row, int64_t *ret_id);
/* Identical later refusals: adds to `repeats`. */
int sel_store_action_repeat(struct sel_store *s, int64_t id, uint64_t more);

/* Scope-allowed work since the last call for the same key: adds `count`. */
struct sel_count_row {
	const char *exe, *folder;
	enum sel_op op;
	enum sel_source source; /* SCOPE, GRANT, RULE, LEARNED */
	uint64_t count;
};
int sel_store_counts(struct sel_store *s, const char *session, const struct sel_count_row *rows,
		     size_t n);

struct sel_question_row {
	const char *session;
	uint32_t number; /* the n of "<session>.<n>" */
	usec_t asked;
	enum sel_op op;
	enum sel_tier tier;
	const char *exe, *object, *fresh; /* `fresh`: the difference shown first */
	json_t *rungs;			  /* as sent to the fronts; borrowed */
	int recommended;
	/* For judgement; strings may be NULL. */
	const char *project, *program, *digest, *package, *version, *subcommand;
	const char *keys[5];	   /* the ladder (broker/policy/key.h), rung 0 first */
	const char *class_, *unit; /* sel_class_name; the folder */
	bool exists;
	unsigned words;	   /* in the question, not seen in the last 24 h */
	const char *state; /* sel_state_name when it was asked */
	double predicted;  /* the broker's own P(deny), for bits */
	int support;	   /* rung of support, 5: none */
	bool decoy, flood;
};
int sel_store_question(struct sel_store *s, const struct sel_question_row *row, int64_t *ret_id);

struct sel_answer_row {
	int64_t question;
	usec_t at;
	enum sel_decision decision;
	enum sel_source source; /* PERSON, TIMEOUT; DEFAULT: the asking programs are gone */
	const char *front;	/* "run", "line", "console", "answer", "script", ... */
	int rung;		/* index into the question's rungs; -1: a denial */
	enum sel_for term;
	const char *note; /* or NULL */
	usec_t response;  /* from first shown with focus to the key; 0: unknown */
	bool expanded;
	uint32_t settled; /* how many parked calls it settled */
	bool measured;	  /* a person at a front, not a command or a script */
	bool rapid;
	double weight; /* as evidence */
};
int sel_store_answer(struct sel_store *s, const struct sel_answer_row *row);

/* A rule (term 30d) or grant (term session): what a rung covers. */
struct sel_rule_row {
	int64_t id;	     /* out */
	const char *session; /* grant: only there. NULL: rule for every session */
	enum sel_op op;	     /* the class asked about; SEL_OP_INVALID: every modifying one */
	enum sel_rung_kind kind;
	const char *object; /* canonical path: the file, or the folder whose tree is meant */
	const char *exe;    /* NULL: any program */
	enum sel_decision decision;
	usec_t created, expires; /* 0: with the session */
	int64_t question;
};
int sel_store_rule_add(struct sel_store *s, struct sel_rule_row *row);
/* `n` more actions rested on it, the last at `at`. */
int sel_store_rule_used(struct sel_store *s, int64_t id, usec_t at, uint64_t n);
/* Calls fn for each rule that is alive at `now` (made by then, not expired, not revoked, session
 * NULL); fn != 0 stops. A rule in words this seldom does not know: -EUCLEAN. */
int sel_store_rules_alive(struct sel_store *s, usec_t now,
			  int (*fn)(const struct sel_rule_row *row, void *ctx), void *ctx);
/* 1: that rule or grant of a session is in force at `now`; 0: it is not. */
int sel_store_rule_alive(struct sel_store *s, int64_t id, usec_t now);
/* -ENOENT if it is not there or already revoked. Appends an event. */
int sel_store_rule_revoke(struct sel_store *s, int64_t id, usec_t at);

/* Appends to the audit chain: kind is a short word (a-z, 0-9, -; not one kept for rows: session,
 * end, action, question, answer, rule, revoke, label, proposal, rolled-up), body an object of at
 * most 64 KiB (borrowed). */
int sel_store_event(struct sel_store *s, const char *session, const char *kind, json_t *body);
/* Checks the file, walks the chain and compares every row with its event: 0, or -EUCLEAN and
 * *ret_bad = the first broken sequence number (one past the last: rows without an event, or a cut).
 */
int sel_store_verify(struct sel_store *s, uint64_t *ret_events, uint64_t *ret_bad);

/* --- what judgement reads and keeps ----------------------------------------------------------- */

/* One answered question, as far as judgement looks at it. Strings are borrowed until fn returns. */
struct sel_fact_row {
	int64_t question;
	const char *session;
	usec_t asked, answered;
	struct sel_question_row q; /* 0 or NULL: number, rungs, state, predicted, support */
	struct sel_answer_row a;   /* 0 or NULL: front, note, settled, rapid */
	bool labelled, flagged;	   /* looked over in a digest; it was wrong */
};
/* In the order they were asked; fn != 0 stops. `since`: asked then or later; `after`: only
 * questions with a greater row id (one that was open then and is answered later is not seen so).
 * Questions from before judgement have no program, keys or weight. */
int sel_store_facts(struct sel_store *s, usec_t since, int64_t after,
		    int (*fn)(const struct sel_fact_row *row, void *ctx), void *ctx);

/* The digest: automatic allows that rest on learning, and what the person says of them. */
struct sel_learned_row {
	int64_t action;
	const char *session;
	usec_t at;
	enum sel_op op;
	const char *exe, *object, *reason, *program, *key;
	int step;
	bool first; /* first use of this key ever */
	uint64_t repeats;
	bool answered, denied; /* not learned: what a person answered, and that it was "deny" */
};
/* Not labelled yet; `session` NULL: all; newest first. */
int sel_store_learned(struct sel_store *s, const char *session, usec_t since,
		      int (*fn)(const struct sel_learned_row *row, void *ctx), void *ctx);
/* The same of what a person at a front answered to real questions, each question once: did they
 * mean it? Only for F5 (tiredness.h). */
int sel_store_answered(struct sel_store *s, const char *session, usec_t since,
		       int (*fn)(const struct sel_learned_row *row, void *ctx), void *ctx);
/* Each key that a learned allow rested on since then, and when the last one was; labelled or not.
 */
int sel_store_learned_used(struct sel_store *s, usec_t since,
			   int (*fn)(const char *key, usec_t at, void *ctx), void *ctx);
struct sel_label_row {
	int64_t action;
	usec_t at;
	bool flagged, harmful;
	bool sampled; /* drawn uniformly: counts for U_n; else shown because it was a first use */
	int step;
};
/* -ENOENT: nothing to label; -EEXIST: it has one. -EINVAL: an answer that is sampled, harmful or of
 * a step. */
int sel_store_label(struct sel_store *s, const struct sel_label_row *row);
/* Those of learned allows, in the order they were made; what was said of answers is in
 * sel_fact_row. `key` and `program` of the action come with it. */
int sel_store_labels(struct sel_store *s,
		     int (*fn)(const struct sel_label_row *row, const char *program,
			       const char *key, void *ctx),
		     void *ctx);

/* Program identities, by file: found again while device, inode and ctime stay. */
struct sel_identity_row {
	uint64_t dev, ino;
	int64_t ctime_ns;
	char digest[65];
	char package[128], version[128]; /* empty: unowned */
	bool verified;
};
int sel_store_identity_get(struct sel_store *s, struct sel_identity_row *row); /* 1, 0: not there */
int sel_store_identity_put(struct sel_store *s, const struct sel_identity_row *row, usec_t at);

/* What became of a proposal (propose.h): "offered", "accepted", "declined". */
int sel_store_proposal(struct sel_store *s, const char *id, const char *folder, const char *what,
		       usec_t at);
/* The last word on it; 0: never offered. `ret_what` NULL or one of the words (static). */
int sel_store_proposal_get(struct sel_store *s, const char *id, const char **ret_what,
			   usec_t *ret_at);

/* At the end of a run; at most once a day it does something, for at most about 2 s (`more`: the
 * rest is left for another day). Rolls judged actions older than `rows_before` up to sums a day,
 * removes sums older than `sums_before`; questions, answers, rules, labels and what a rule or
 * question rests on stay. The chain keeps an event that says what was rolled up, so that verify
 * still holds. */
struct sel_pruned {
	uint64_t actions, sums;
	uint64_t bytes; /* by which the file shrank; else its pages are used again */
	bool more;
};
int sel_store_prune(struct sel_store *s, usec_t rows_before, usec_t sums_before, usec_t now,
		    struct sel_pruned *ret);

/* --- what reports read: objects in the shape that --json prints ------------------------------- */

#define SEL_CONTAINS_MAX 255

struct sel_filter {
	const char *session;	   /* id, "last", or NULL: all */
	usec_t since;		   /* real time; 0: all */
	const char *op, *decision; /* names or NULL */
	uint64_t limit;		   /* the newest so many, shown oldest first; 0: all */
	/* Of the log only: what rested on this rule, 0: all; what shows this text in any field, in
	 * ASCII letters of any case, or was decided at a local time that begins so ("2026-11-23",
	 * "11-23 09:4"); NULL or "": all; at most SEL_CONTAINS_MAX
	 * bytes, else -EINVAL. */
	int64_t rule;
	const char *contains;
};
/* Each calls fn once a row with an object it borrows (first key "v":1). fn != 0 stops and is
 * returned. fn must not use the store (-EBUSY). -ENOENT: no such session; -EINVAL: no such word. */
typedef int (*sel_row_fn)(json_t *row, void *ctx);
int sel_report_sessions(struct sel_store *s, const struct sel_filter *f, sel_row_fn fn, void *ctx);
int sel_report_log(struct sel_store *s, const struct sel_filter *f, sel_row_fn fn, void *ctx);
/* The same as the rows are found, the newest first. `looked` (or NULL) is called now and then, with
 * how many rows were looked at, of how many (0: of an unknown number); != 0 stops as well. */
typedef int (*sel_looked_fn)(uint64_t rows, uint64_t of, void *ctx);
int sel_search_log(struct sel_store *s, const struct sel_filter *f, sel_row_fn fn,
		   sel_looked_fn looked, void *ctx);
int sel_report_rules(struct sel_store *s, bool all, sel_row_fn fn, void *ctx);
/* Rules that a person should look at again, by rule, one row a finding: the rule's own keys as in
 * sel_report_rules, then "finding": "unused" (90 days) | "decayed" (30) | "never-used" (14, since
 * it was made) | "expiring" (in use, within 7 days) | "contradicted" (a person denied later what it
 * allows), "detail":S in words, "denials":N with "last_denied", "last_denied_unix". */
int sel_report_review(struct sel_store *s, usec_t now, sel_row_fn fn, void *ctx);
/* One action (its number in the log) or question ("<session>.<n>"), with all evidence. -ENOENT. */
int sel_report_explain(struct sel_store *s, const char *id, json_t **ret);
/* How people answer and what was decided without them. Every share carries its numerator and
 * denominator, "low" and "high" are its 95 % Wilson interval; what is not known is null, never 0.
 * Only a person's answers at a front count as a person's; scripts ("script") and decoys do not.
 * SHARE below stands for "k":N,"of":N,"low":X|null,"high":X|null.
 *
 * {"v":1,"sessions":N,
 *  "questions":{"asked","allowed","denied","timeout","gone","open","scripted": N (as before: decoys
 *	excluded; allowed and denied count scripts), "narrowed":N (a rung below the recommended one
 *was chosen), "floods":N (summaries), "decoys":N},
 *  "approval":{"rate":X|null,SHARE,"by_tier":[{"tier":0..3,"rate":X|null,SHARE}] (asked ones
 *only)}, "questions_per_session":{"mean","median","p90","max": X|null,"of":N (sessions)},
 *  "questions_per_hour":{"rate":X|null,"hours":X} (of sessions that ended; null below an hour),
 *  "response_ms":{"median","p90": N|null,"of":N} (measured only),
 *  "rapid":{"share":X|null,SHARE,"under_ms":800} (of measured allows),
 *  "automatic":{"share":X|null,"k":N,"of":N,"by_source":{"scope":N,...},"allowed":N,"denied":N
 *	(of the automatic ones)},
 *  "informative":{"share":X|null,SHARE (of answers by people),"denied":N,"narrowed":N,"first":N
 *	(attentive approvals wider supported than their tier may learn at),
 *	"bits":X|null,"bits_of":N (mean binary entropy of the predicted answer)},
 *  "noisy":[{"program","class","unit":
 *S|null,"asked","allowed","denied":N,"last":TIME,"last_unix"}] (10, most asked first),
 *  "fatigue":[{"day":"2026-11-23","asked":N,"fresh","tired","exhausted","flood","unknown":N,
 *	"rapid":{"share":X|null,SHARE}}] (days with questions, the last 90 of them, oldest first),
 *  "decoys":{"rate":X|null,SHARE} (k: denied, of: answered by a person),
 *  "labels":{"rate":X|null,SHARE (k flags of sampled labels),"harmful":N,"shown":N (not sampled)},
 *  "by_program":[{"exe":S,"program":S|null,"asked","allowed","denied":N,"automatic":N,
 *	"response_ms":N|null (median)}] (10, most asked first),
 *  "by_project":[{"project":S,...the same}] (10), "by_week":[{"week":"2026-11-16" (its Monday),...
 *	the same}] (the last 26, oldest first)}
 *
 * Sums of what was automatic are by day (UTC): a `since` within a day before the last prune counts
 * that day whole. */
int sel_report_stats(struct sel_store *s, const struct sel_filter *f, json_t **ret);

/* Wilson score interval (Wilson 1927) for k of n at z = 1.96; 0..1 if n = 0. */
void sel_wilson(uint64_t k, uint64_t n, double *ret_low, double *ret_high);
