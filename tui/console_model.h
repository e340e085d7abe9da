/* What the console knows: sessions, open questions, what happened. Built from messages; pure (time
 * is an argument). All text in it is safe to show. */
#pragma once

#include "question.h"

#define SEL_QUESTIONS_MAX 1024
#define SEL_HISTORY_MAX	  200

/* What the store (or the undo folder) is asked for; the shapes of the answers. */
enum sel_read {
	SEL_READ_SESSIONS,  /* {"rows":[sel_report_sessions], "more":B} newest first */
	SEL_READ_LOG,	    /* {"rows":[sel_report_log], "more":B} newest first; of a
			     * search also "filter":S, and on its way "looked", "of":N */
	SEL_READ_EXPLAIN,   /* sel_report_explain */
	SEL_READ_RULES,	    /* {"rows":[sel_report_rules with "finding", "detail"]} */
	SEL_READ_STATS,	    /* sel_stats_gather */
	SEL_READ_UNDO,	    /* {"rows":[{"id","started_unix","state","files","bytes"}]} */
	SEL_READ_PLAN,	    /* {"rows":[sel_undo_row], "session", "ready","conflicts","lost":N} */
	SEL_READ_PROPOSALS, /* {"rows":[sel_proposals_read], "tired":S|absent} */
	SEL_READ_DIFF,	    /* {"lines":[S]} */
	SEL_READ_N,
};
struct sel_want {
	enum sel_read what;
	char id[48];	 /* of the session or decision; "": all */
	int64_t rule;	 /* LOG: what rested on it; 0: all */
	bool every;	 /* RULES, PROPOSALS: also those that ended or were declined */
	uint64_t rows;	 /* at most so many, the newest */
	char filter[64]; /* LOG: only what contains it */
	uint64_t entry;	 /* DIFF: its number in the plan */
};
/* What changes something, each after a typed word. */
enum sel_deed { SEL_DEED_NONE, SEL_DEED_REVOKE, SEL_DEED_UNDO, SEL_DEED_ACCEPT, SEL_DEED_DECLINE };
struct sel_got {
	json_t *data;	/* NULL: nothing came yet */
	int error;	/* of the last try */
	bool waiting;	/* it was asked for and is still on its way */
	unsigned count; /* how many answers came */
};

struct sel_entry { /* an open question */
	struct sel_question q;
	usec_t deadline; /* monotonic: denied once then */
	usec_t arrived;
	unsigned revision; /* grows when what a person reads changed */
	bool sent;	   /* answered here, the broker has not said so yet */
};
struct sel_live { /* a session */
	char id[33];
	json_t *welcome, *status;
	usec_t started; /* real time */
};
struct sel_event_line {
	usec_t at; /* real time */
	enum sel_role role;
	char *text;
};
struct sel_model {
	bool utf8;
	struct sel_entry *questions; /* in the order of the list */
	size_t n_questions;
	struct sel_live *sessions;
	size_t n_sessions;
	struct sel_event_line history[SEL_HISTORY_MAX]; /* a ring; newest at history_n - 1 */
	size_t history_n;
	struct sel_got got[SEL_READ_N];
	char feedback[256]; /* the last word on a check by seldom itself */
	size_t feedback_n;  /* how many there were */
};

void sel_model_init(struct sel_model *m, bool utf8);
void sel_model_done(struct sel_model *m);

/* `now` monotonic, `real` wall time; both microseconds. */
int sel_model_joined(struct sel_model *m, const char *session, json_t *welcome, usec_t real);
void sel_model_left(struct sel_model *m, const char *session, usec_t real);
/* `reading`: the id of the question under the cursor, "" for none: nothing is put before it. */
void sel_model_message(struct sel_model *m, const char *session, json_t *message,
		       const char *reading, usec_t now, usec_t real);
/* By tier, the gravest first; by program; the newest last. For when nobody reads. */
void sel_model_sort(struct sel_model *m);

/* It was asked for. */
void sel_model_wanted(struct sel_model *m, enum sel_read what);
/* What came; takes `data` (its text is made safe to show; NULL: `error` says why). `more`: this is
 * not the last word on it. */
void sel_model_got(struct sel_model *m, enum sel_read what, json_t *data, int error, bool more);
/* The rows of a list; NULL: none came. Borrowed. */
json_t *sel_model_rows(const struct sel_model *m, enum sel_read what);

struct sel_entry *sel_model_find(struct sel_model *m, const char *id);
void sel_model_say(struct sel_model *m, usec_t real, enum sel_role role, const char *fmt, ...)
	_printf_(4, 5);
/* The i-th newest line, or NULL. */
const struct sel_event_line *sel_model_history(const struct sel_model *m, size_t i);
