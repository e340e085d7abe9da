/* What the console knows: sessions, open questions, what happened. Built from messages; pure (time
 * is an argument). All text in it is safe to show. */
#pragma once

#include "question.h"

#define SEL_QUESTIONS_MAX 1024
#define SEL_HISTORY_MAX	  200

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
	json_t *stats;	    /* sel_stats_gather(); NULL: not read */
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

/* What sel_stats_gather() said; NULL: it could not be read. Borrows. */
void sel_model_stats(struct sel_model *m, json_t *stats);

struct sel_entry *sel_model_find(struct sel_model *m, const char *id);
void sel_model_say(struct sel_model *m, usec_t real, enum sel_role role, const char *fmt, ...)
	_printf_(4, 5);
/* The i-th newest line, or NULL. */
const struct sel_event_line *sel_model_history(const struct sel_model *m, size_t i);
