/* The digest: automatic allows that rest on learning, drawn at random, for a person to look over
 * afterwards; and beside them answers of their own, to be confirmed or taken for wrong. A state
 * machine without a clock, a terminal or a store: keys in, a canvas out.
 *
 * A row that nobody flagged says "this was wanted" only if all rows were on the screen, the
 * terminal kept the focus, and the time was enough to have read them: the same floor that makes an
 * answer to a question a rapid one. Else it says nothing and is dropped. */
#pragma once

#include "question.h"
#include "seldom/store.h"

#define SEL_DIGEST_ROWS	   10 /* drawn for the estimate */
#define SEL_DIGEST_FIRST   5  /* first uses shown beside them, at most */
#define SEL_DIGEST_ANSWERS 2  /* and answers; they never count for the estimate */
#define SEL_DIGEST_GUARD   (400 * USEC_PER_MSEC)

enum sel_mark { SEL_MARK_NONE, SEL_MARK_UNWANTED, SEL_MARK_HARMFUL };

struct sel_digest_row {
	int64_t action;
	usec_t at;
	int step;
	bool sampled, first;
	bool answered; /* by the person: a mark says that it was wrong */
	uint64_t repeats;
	json_t *json; /* owned: what --json prints; its text is safe */
	enum sel_mark mark;
};
struct sel_digest {
	struct sel_digest_row row[SEL_DIGEST_ROWS + SEL_DIGEST_FIRST + SEL_DIGEST_ANSWERS];
	size_t n;
	uint64_t of; /* the rows are drawn from so many */
	bool utf8;

	size_t at;	 /* under the cursor */
	int top;	 /* first line shown */
	int total, page; /* lines there are, lines a page has */
	int seen;	 /* lines 0..seen have been on the screen */
	usec_t shown, guard_until, ended;
	bool blurred; /* the focus was lost meanwhile: how long it was read is unknown */
	bool done, aborted;
};

/* Draws the rows out of all that wait for a label: uniformly, by a hash of what they are, so that
 * asking again shows the same ones. Takes what `add` gathered. */
struct sel_digest_pool {
	struct sel_digest_row *rows;
	uint64_t *order;
	size_t n, cap;
};
int sel_digest_gather(const struct sel_learned_row *row, void *pool); /* for sel_store_* */
void sel_digest_draw_rows(struct sel_digest *d, struct sel_digest_pool *take);
void sel_digest_draw_answers(struct sel_digest *d, struct sel_digest_pool *take); /* after that */
void sel_digest_pool_done(struct sel_digest_pool *pool);
void sel_digest_done(struct sel_digest *d);

/* Different words that a person has to read. */
unsigned sel_digest_words(const struct sel_digest *d);
void sel_digest_draw(struct sel_digest *d, struct sel_canvas *c);
/* After a draw has reached the screen. */
void sel_digest_drawn(struct sel_digest *d, usec_t now);
void sel_digest_key(struct sel_digest *d, int key, usec_t now);
/* Do the rows that were not flagged count? `own_floor`: of sel_tiredness. *ret_why (static) else.
 */
bool sel_digest_attentive(const struct sel_digest *d, double own_floor, const char **ret_why);
