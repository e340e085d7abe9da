/* One question: read from its message, and as the lines a person reads. Pure.
 *
 * Nothing is ever left out of the lines and nothing in them is shortened: what does not fit the
 * screen is for the view to say, and to refuse to allow. */
#pragma once

#include "seldom/action.h"
#include "view_canvas.h"
#include <jansson.h>

#define SEL_RUNGS_MAX 9 /* a digit chooses one */

struct sel_rung {
	int n;
	const char *kind, *label, *object, *exposes;
	long long covers;
};
struct sel_question {
	json_t *json; /* owned; the strings below are inside */
	char id[48], session[33];
	int tier;
	const char *op, *object, *object2;
	long long pid;
	const char *comm, *exe, *cwd;
	const json_t *chain;
	const char *claim_tool, *claim; /* what it says that it does; "" if it says nothing */
	const char *fresh, *consequence, *why, *token, *detail;
	const char *headline, *nearest; /* "" if there is none */
	bool flood;			/* one question for many: an allow allows none of them */
	const char *allow, *deny;	/* what the answers are called */
	struct sel_rung rungs[SEL_RUNGS_MAX];
	size_t n_rungs;
	int recommended, preselected; /* n of a rung */
	enum sel_for terms[SEL_FOR_N];
	size_t n_terms;
	long long waiting, remaining_ms;
};

/* Takes the object (safe text, see sel_fleet_safe). -EBADMSG if it is not a whole question of
 * `session`: what cannot be shown cannot be answered. */
int sel_question_parse(json_t *take, const char *session, struct sel_question *ret);
void sel_question_done(struct sel_question *q);
/* True if both read the same to a person: only then does an answer to one hold for the other. */
bool sel_question_same(const struct sel_question *a, const struct sel_question *b);
/* The rung that is preselected: the narrowest, or for T1 what the broker says. */
size_t sel_question_first_rung(const struct sel_question *q);

/* The term that an allow really gets: beyond a file a broker grants for the session at least. Takes
 * and returns an index into q->terms. */
size_t sel_question_term(const struct sel_question *q, size_t rung, size_t term);
/* "once", "this session", "30 days". */
const char *sel_term_words(enum sel_for term);

struct sel_span {
	int row, col;
	enum sel_role role;
	char *text;
};
struct sel_lines {
	struct sel_span *spans;
	size_t n;
	int rows, rung_row[SEL_RUNGS_MAX], term_row;
	bool failed; /* memory is out: shown as clipped */
};
void sel_question_lines(const struct sel_question *q, size_t rung, size_t term, int width,
			bool utf8, struct sel_lines *ret);
/* What of it is neither the object nor the choice: consequence, reason, who. The row after. */
int sel_question_about(struct sel_lines *l, int row, const struct sel_question *q, int width,
		       bool utf8);
void sel_lines_done(struct sel_lines *lines);
/* An object that ends in a space looks like another one: then its ends are marked. NULL when
 * memory is out; the caller frees. */
char *sel_visible_ends(const char *object);
/* Wraps safe text from `col` on; continued lines start at `col`, too. Returns the row after. */
int sel_lines_wrap(struct sel_lines *l, int row, int col, int width, enum sel_role role,
		   const char *text);
