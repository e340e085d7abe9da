/* A question asked in lines on the terminal of a program that is not full-screen. A state machine
 * without a clock, a terminal or a socket: bytes to show and events come out.
 *
 * What it promises: no key decides before the whole question has been shown for SEL_GUARD (T3:
 * SEL_GUARD_T3) and while keys keep coming; Enter, Space, sequences, pastes and mouse never allow;
 * what names a word (every T3) is allowed by typing it only; what has not been shown in full cannot
 * be allowed. */
#pragma once

#include "terminal.h"
#include <jansson.h>

#define SEL_GUARD_USEC	  (400 * USEC_PER_MSEC)
#define SEL_GUARD_T3_USEC (1500 * USEC_PER_MSEC)
/* After a key that came too early: so long must the hands rest. */
#define SEL_QUIET_USEC (250 * USEC_PER_MSEC)

enum sel_prompt_event {
	SEL_PROMPT_NOTHING,
	SEL_PROMPT_REDRAW,
	SEL_PROMPT_ALLOW, /* sel_prompt_answer() has the message */
	SEL_PROMPT_DENY,
	SEL_PROMPT_PASS, /* ^C, ^\ or ^Z: for the program, whose terminal signals */
};

struct sel_prompt {
	json_t *question; /* NULL: no prompt is open */
	json_t *shape;	  /* the question without what ticks: a change of it is a new question */
	int rows, columns;
	bool utf8, plain; /* plain: no escape sequences, nothing redrawn in place */
	size_t others;	  /* questions that wait behind this one */

	size_t rung, term; /* selected: indexes */
	bool detail, help, typing;
	bool noting;   /* what is typed is a note that goes with a denial */
	bool expanded; /* it was worked on: details opened, a reach or a term chosen */
	bool blurred;  /* the terminal lost the focus meanwhile: how long it was read is unknown */
	char typed[128];
	size_t typed_n;
	char message[160]; /* why the last key did nothing */

	size_t from, to, total; /* the lines of the last drawing, and how many there are */
	size_t base; /* so many of them are the question itself, before details and help */
	size_t seen; /* lines 0..seen have been on the screen at this size */
	bool too_small;
	size_t height;	 /* lines of the last drawing with its footer, 0: none */
	usec_t shown;	 /* when some of it had reached the terminal; 0: not yet */
	usec_t complete; /* when all of the question had */
	usec_t first;	 /* the first such moment: response time counts from here */
	usec_t quiet_until, deadline;
	usec_t last_hold;
	int holds;
	bool sent; /* an answer is on its way: no key counts */
};

/* Does `question` have the shape of one? Nothing else may be shown. */
bool sel_question_valid(const json_t *question);

/* Keeps a reference. `others`: how many more wait. */
void sel_prompt_open(struct sel_prompt *p, json_t *question, int rows, int columns, usec_t now);
/* The same question again, changed: what the person has read decides whether it starts anew. */
void sel_prompt_update(struct sel_prompt *p, json_t *question, usec_t now);
void sel_prompt_resize(struct sel_prompt *p, int rows, int columns);
void sel_prompt_close(struct sel_prompt *p);

/* The bytes that draw it (over the last drawing unless plain); the caller frees. NULL: no memory.
 */
char *sel_prompt_draw(struct sel_prompt *p, usec_t now);
/* All of it has been written to the terminal. */
void sel_prompt_drawn(struct sel_prompt *p, usec_t now);
enum sel_prompt_event sel_prompt_key(struct sel_prompt *p, struct sel_key key, usec_t now);
/* True if a "hold" is due for the keys so far: the person is at work on it. */
bool sel_prompt_hold(struct sel_prompt *p, usec_t now);
/* The answer message for an event ALLOW or DENY; NULL: no memory. */
json_t *sel_prompt_answer(struct sel_prompt *p, enum sel_prompt_event event, usec_t now);
/* The term that an allow really gets, as an index: beyond a file a broker grants for the session at
 * least. */
size_t sel_prompt_term(const struct sel_prompt *p);
/* When the countdown should be drawn again. */
usec_t sel_prompt_tick(const struct sel_prompt *p, usec_t now);

/* Text of another process for the terminal: escaped, whatever it is; escapes it already has stay as
 * they are. NULL: no memory. The caller frees. */
char *sel_safe(const char *text, bool utf8);
/* What an answer to it is called: "allow", or the question's own word. The caller frees. */
char *sel_answer_word(const json_t *question, bool allow, bool utf8);
/* "WRITE '/path' (this folder)": what an answer was about, in one line. The caller frees. */
char *sel_question_words(const json_t *question, bool utf8);
