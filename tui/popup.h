/* The question as a panel over a program's screen: the console's own model, rules and view, drawn
 * as escape sequences over what the shadow knows of the program. No clock, no terminal, no socket:
 * bytes and messages come out.
 *
 * What it adds to the console's rules: keys that come while nothing may count yet put that moment
 * off, so that who goes on typing at the program never answers; and what comes as several keys at
 * once was not typed at a question. */
#pragma once

#include "shadow.h"
#include "view_canvas.h"
#include <jansson.h>

struct sel_popup;

enum sel_popup_event {
	SEL_POPUP_NOTHING,
	SEL_POPUP_REDRAW,
	SEL_POPUP_CLOSE,   /* it has no question any more, or was put off */
	SEL_POPUP_SUSPEND, /* ^Z: the program is to be stopped, as a shell's job */
};

/* `send` takes messages for the broker. SEL_THEME_ASK: as $COLORFGBG says, else dark. */
int sel_popup_new(bool utf8, enum sel_theme theme, void (*send)(void *ctx, json_t *take), void *ctx,
		  struct sel_popup **ret);
void sel_popup_free(struct sel_popup *p);

/* What the broker says: questions, their ends, results. */
enum sel_popup_event sel_popup_message(struct sel_popup *p, const char *session, json_t *m,
				       usec_t now, usec_t real);

/* True if there is something to ask now. */
bool sel_popup_wants(struct sel_popup *p, usec_t now);
bool sel_popup_is_open(const struct sel_popup *p);
/* Opens on the gravest question; the caller draws. */
void sel_popup_open(struct sel_popup *p, usec_t now);
/* It is gone from the screen. `program`: what the program is to be told (its focus). */
void sel_popup_close(struct sel_popup *p, const struct sel_shadow *s, usec_t now,
		     struct sel_bytes *program);

/* Everything (also after a resize), or what has changed since the last drawing. */
void sel_popup_draw(struct sel_popup *p, struct sel_shadow *s, bool all, usec_t now, usec_t real,
		    struct sel_bytes *out);
/* The last drawing has reached the terminal. True: it must be drawn once more. */
bool sel_popup_drawn(struct sel_popup *p, usec_t now);

/* Bytes of ONE read. What the terminal replies to the program is added to `program`; no key ever
 * is. */
enum sel_popup_event sel_popup_input(struct sel_popup *p, struct sel_shadow *s, const char *bytes,
				     size_t n, usec_t now, struct sel_bytes *program);
/* Typed before it stood there: only the replies are kept. */
void sel_popup_swallow(struct sel_popup *p, struct sel_shadow *s, const char *bytes, size_t n,
		       struct sel_bytes *program);
/* Read while none is open, and on its way to the program: is looked at only. */
void sel_popup_pass(struct sel_popup *p, struct sel_shadow *s, const char *bytes, size_t n);
/* True shortly after an answer: what repeats its key, and Enter, is still meant for the panel. */
bool sel_popup_lingers(const struct sel_popup *p, usec_t now);
/* Read in that time: all else goes to the program, and the first other key ends it. */
void sel_popup_linger(struct sel_popup *p, struct sel_shadow *s, const char *bytes, size_t n,
		      struct sel_bytes *program);

/* Time has passed: a lone Esc, a guard's end, the countdown. */
enum sel_popup_event sel_popup_tick(struct sel_popup *p, usec_t now);
/* When to call it, microseconds from now; USEC_INFINITY: never. */
usec_t sel_popup_wait(const struct sel_popup *p, usec_t now);
