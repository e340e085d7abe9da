/* What a bubble says, and what its buttons may do. Pure. */
#pragma once

#include "../question.h"

/* What a notification server told of itself. Differences are handled by these, never by name. */
struct sel_server {
	char name[64], version[64]; /* safe text */
	bool actions;		    /* shows buttons */
	bool body;		    /* shows more than the first line */
	bool markup;		    /* takes the body as markup: it must be escaped */
};

struct sel_bubble {
	char *title, *body; /* owned; `body` escaped as the server wants it */
	char *allow, *deny; /* the words of the buttons; NULL: there is none. Owned */
	bool open;	    /* a button that opens the console */
	bool grave;	    /* stays until it is answered, where servers know such a thing */
};

/* Columns of a line and of all lines up to which a bubble is taken for shown whole. What is longer
 * is shortened by us, or else by the server where we do not see it, and cannot be allowed. */
#define SEL_BUBBLE_LINE 120
#define SEL_BUBBLE_ALL	420

/* The rung that a bubble allows: the narrowest. */
size_t sel_bubble_rung(const struct sel_question *q);
/* Why a bubble about `q` offers no allow; NULL: it does. Static. */
const char *sel_bubble_allow_off(const struct sel_question *q, const struct sel_server *server);

/* About one question. `note`: one more line, safe, or NULL; `locked`: no allow whatever the
 * question is. `can_open`: there is a terminal to open. -ENOMEM. */
int sel_bubble_question(const struct sel_question *q, const struct sel_server *server,
			const char *note, bool locked, bool can_open, struct sel_bubble *ret);
/* "N questions wait", N more than 0; `more`: besides others that are shown; `grave` of them are.
 * `programs`: the names, safe, with their counts in words, or "". */
int sel_bubble_many(size_t n, bool more, size_t grave, const char *programs,
		    const struct sel_server *server, bool can_open, struct sel_bubble *ret);
/* One line for the person, without buttons. */
int sel_bubble_words(const char *text, const struct sel_server *server, struct sel_bubble *ret);
void sel_bubble_done(struct sel_bubble *b);
