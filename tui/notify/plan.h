/* Which bubbles there are to be, one step at a time, and what a press on a button means. Pure (time
 * is an argument, monotonic microseconds): every rule about when a bubble disturbs, and when it
 * answers, lives here.
 *
 *  - A question is shown when it has waited for SEL_GRACE_USEC: who sits at the terminal has
 * answered by then, and a burst is seen as one.
 *  - At most SEL_BUBBLES_MAX bubbles of single questions and one of all others: three is what the
 *    strictest desktop keeps of one program.
 *  - A press counts if it came SEL_GUARD_USEC or more after what it answers was shown, and if
 * nothing changed since. Otherwise the bubble is shown again.
 *  - What a person closed is not shown again. */
#pragma once

#include "../console_ui.h" /* SEL_GUARD_USEC */
#include "bubble.h"

#define SEL_GRACE_USEC	   (1500 * USEC_PER_MSEC)
#define SEL_BUBBLES_MAX	   2
#define SEL_MANY_GAP_USEC  (5 * USEC_PER_SEC) /* between two changes of "N questions wait" */
#define SEL_AGAIN_GAP_USEC USEC_PER_SEC	      /* between two changes of one bubble */
/* A bubble that was pressed in vain comes again after this, and twice as long each time: some
 * servers take it away first. */
#define SEL_PRESSED_GAP_USEC (200 * USEC_PER_MSEC)
#define SEL_RATE_MAX	     6			 /* new bubbles of single questions ... */
#define SEL_RATE_USEC	     (60 * USEC_PER_SEC) /* ... in so long */
#define SEL_OPEN_GAP_USEC    USEC_PER_SEC	 /* between two terminals */
/* Beyond it nobody knows when the person began to read, and no response time is told. */
#define SEL_RESPONSE_MAX_USEC (60 * USEC_PER_SEC)
#define SEL_PLAN_MAX	      1024 /* questions; more are left to the other fronts */
#define SEL_KEY_MANY	      "many"
#define SEL_KEY_WORDS	      "words"

struct sel_plan;
struct sel_plan *sel_plan_new(void);
void sel_plan_free(struct sel_plan *p);

/* --- what brokers say ------------------------------------------------------------------------ */

/* Takes the question (safe text). One that cannot be shown is left out. */
void sel_plan_question(struct sel_plan *p, const char *session, json_t *take, usec_t now);
void sel_plan_closed(struct sel_plan *p, const char *id);
void sel_plan_left(struct sel_plan *p, const char *session);
/* The reply to an answer: a refused one is said, and its question is asked again without an allow.
 */
void sel_plan_result(struct sel_plan *p, const char *id, bool ok, const char *error, usec_t now);
/* One line for the person: the last one given is shown once. */
void sel_plan_words(struct sel_plan *p, const char *text);

/* --- what is to be shown --------------------------------------------------------------------- */

enum sel_step_kind { SEL_STEP_NONE, SEL_STEP_SHOW, SEL_STEP_CLOSE };
struct sel_step {
	enum sel_step_kind kind;
	char key[48];
	unsigned revision; /* of what is shown; comes back with everything that is said of it */
	int expire_ms;
	struct sel_bubble bubble; /* of SHOW; sel_bubble_done() */
};
/* The next step; the caller does it and says sel_plan_done(), then asks for another. */
void sel_plan_next(struct sel_plan *p, const struct sel_server *server, bool can_open, usec_t now,
		   struct sel_step *ret);
void sel_plan_done(struct sel_plan *p, const struct sel_step *step, bool ok, usec_t now);
/* Until sel_plan_next() may have something to do by itself; USEC_INFINITY: nothing. */
usec_t sel_plan_wait(const struct sel_plan *p, usec_t now);

/* --- what the server says -------------------------------------------------------------------- */

enum sel_press_kind { SEL_PRESS_NONE, SEL_PRESS_ANSWER, SEL_PRESS_OPEN };
struct sel_press {
	enum sel_press_kind kind;
	char id[48], session[33]; /* OPEN: "" for the list of all */
	struct sel_reply reply;
};
/* `what`: "allow", "deny", "open"; anything else is ignored. */
void sel_plan_pressed(struct sel_plan *p, const char *key, unsigned revision, const char *what,
		      usec_t now, struct sel_press *ret);
/* A bubble is gone: the person closed it, or its time was over; or it was taken away because it was
 * pressed, which is told first. */
void sel_plan_gone(struct sel_plan *p, const char *key, unsigned revision);
/* The server is gone, with all that it showed. */
void sel_plan_lost(struct sel_plan *p, usec_t now);
/* Questions that are open, as far as they are known. */
size_t sel_plan_count(const struct sel_plan *p);
