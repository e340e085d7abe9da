/* What the person does: keys in, at most one effect out. Pure; every rule about what may count as
 * an answer lives here and nowhere else:
 *  - no decision key counts before the question has stood on the screen, whole, for the guard time;
 *  - only 'y' allows, in a question, on a whole one; a word must have been typed where one is
 * asked;
 *  - a paste, a click, Enter and Space are no answers (the first two never get here). */
#pragma once

#include "console_model.h"
#include "console_script.h"
#include "keys.h"

#define SEL_GUARD_USEC	  (400 * USEC_PER_MSEC)
#define SEL_GUARD_T3_USEC (1500 * USEC_PER_MSEC)
#define SEL_MIN_ROWS	  10
#define SEL_MIN_COLS	  40

enum sel_view { SEL_VIEW_NOW, SEL_VIEW_DIALOG, SEL_VIEW_FULL, SEL_VIEW_HELP, SEL_VIEW_STATS };
enum sel_pane { SEL_PANE_QUESTIONS, SEL_PANE_SESSIONS, SEL_PANE_HISTORY, SEL_PANE_N };

/* What a draw showed of the question: sel_ui_drawn() takes it back. */
struct sel_drawn {
	char id[48];	/* the question that was drawn, "" for none */
	int total;	/* lines it has */
	int first, end; /* of them shown: first .. end - 1 */
	int page;	/* lines a page has room for, in any view */
	int rows, cols;
	bool failed; /* could not be drawn whole for another reason */
};

struct sel_ui {
	enum sel_view view, behind;
	enum sel_pane pane;
	char selected[48];  /* the question under the cursor */
	size_t selected_at; /* where it was, for when it is gone */
	int list_top;	    /* may be negative: rows left blank so that nothing moves */
	int list_rows;	    /* set by the draw */
	int session_at, history_at, help_at, stats_at;
	usec_t list_guard;
	usec_t fresh_until; /* the cursor was put there just now: nobody reads there yet */

	/* the question that is open */
	char id[48];
	size_t rung, term;
	bool typing;
	char typed[128];
	unsigned revision; /* of the question, as far as it was taken notice of */
	int scroll, seen, total, page;
	bool whole; /* every line has been on the screen */
	bool expanded, focus_lost;
	bool blurred; /* the focus was lost meanwhile: how long it was read is unknown */
	uint64_t guard_key;
	usec_t guard_until; /* 0: not drawn yet */
	usec_t shown_at;    /* first drawn; 0: not yet */
	int holds;

	size_t feedback_n; /* of the model, as far as it was said */

	bool filtering;
	char filter[64];
	char note[256]; /* one line for the person */
	enum sel_role note_role;
	usec_t note_until;
};

enum sel_effect_kind {
	SEL_EFFECT_NONE,
	SEL_EFFECT_ANSWER,
	SEL_EFFECT_HOLD,
	SEL_EFFECT_OPENED, /* hold, and throw away what is typed ahead */
	SEL_EFFECT_QUIT,
	SEL_EFFECT_SUSPEND,
	SEL_EFFECT_REDRAW,
	SEL_EFFECT_STATS, /* read them (again) from the store */
};
struct sel_ui_effect {
	enum sel_effect_kind kind;
	char id[48], session[33];
	struct sel_reply reply; /* token points into `token` */
	char token[128];
};

void sel_ui_init(struct sel_ui *ui);
void sel_ui_key(struct sel_ui *ui, struct sel_model *m, int key, usec_t now,
		struct sel_ui_effect *ret);
/* After messages: what is gone closes, the cursor stays on its question. */
void sel_ui_sync(struct sel_ui *ui, struct sel_model *m, usec_t now);
/* The question that must stay where it is: the open one, or the one under the cursor. "": none. */
const char *sel_ui_reading(const struct sel_ui *ui, usec_t now);
/* After a draw has reached the screen. */
void sel_ui_drawn(struct sel_ui *ui, const struct sel_model *m, const struct sel_drawn *drawn,
		  usec_t now);
/* After a stop or a resize: whatever was read must be read again. */
void sel_ui_again(struct sel_ui *ui);
/* Why 'y' does nothing now; NULL: it allows (or, where a word is asked, starts the typing). */
const char *sel_ui_allow_off(const struct sel_ui *ui, const struct sel_model *m, usec_t now,
			     char *buf, size_t cap);
/* When something changes by itself: a guard ends, a note goes. USEC_INFINITY: nothing. */
usec_t sel_ui_wait(const struct sel_ui *ui, usec_t now);
enum sel_where sel_ui_where(const struct sel_ui *ui);
/* True if the filter shows this question. */
bool sel_ui_shows(const struct sel_ui *ui, const struct sel_question *q);
void sel_ui_note(struct sel_ui *ui, usec_t now, enum sel_role role, const char *fmt, ...)
	_printf_(4, 5);
