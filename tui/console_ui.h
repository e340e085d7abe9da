/* What the person does: keys in, at most one effect out. Pure; every rule about what may count as
 * an answer lives here and nowhere else:
 *  - no decision key counts before the question has stood on the screen, whole, for the guard time;
 *  - only 'y' allows, in a question, on a whole one; a word must have been typed where one is
 * asked;
 *  - a paste, a click, Enter and Space are no answers (the first two never get here). */
#pragma once

#include "batch.h"
#include "console_script.h"
#include "keys.h"
#include "view_table.h"

#define SEL_GUARD_USEC	  (400 * USEC_PER_MSEC)
#define SEL_GUARD_T3_USEC (1500 * USEC_PER_MSEC)
#define SEL_MIN_ROWS	  10
#define SEL_MIN_COLS	  40

#define AS_ENUM(id, key, name, title) SEL_VIEW_##id,
enum sel_view {
	SEL_VIEWS(AS_ENUM) SEL_VIEW_TABS, /* below are those without a key of their own */
	SEL_VIEW_DIALOG = SEL_VIEW_TABS,
	SEL_VIEW_FULL,
	SEL_VIEW_BATCH,
	SEL_VIEW_EXPLAIN,
	SEL_VIEW_NUMBERS, /* all statistics, as text */
	SEL_VIEW_PLAN,
	SEL_VIEW_DIFFERENCE,
	SEL_VIEW_PROPOSALS,
	SEL_VIEW_N,
};
#undef AS_ENUM
enum sel_pane { SEL_PANE_QUESTIONS, SEL_PANE_SESSIONS, SEL_PANE_HISTORY, SEL_PANE_N };

/* What a draw showed of the question: sel_ui_drawn() takes it back. */
struct sel_drawn {
	char id[48];	/* the question that was drawn, or the first of a batch; "" for none */
	int total;	/* lines it has */
	int first, end; /* of them shown: first .. end - 1 */
	int page;	/* lines a page has room for, in any view */
	int rows, cols;
	bool failed; /* could not be drawn whole for another reason */
};

/* Where one is in a list or page. */
struct sel_place {
	char id[48];   /* the row under the cursor */
	int at, top;   /* its number among the shown ones; the first on the screen */
	int rows, row; /* set by the draw: how many there are, and where the first is */
	bool filtering;
	char filter[64];
	uint64_t limit; /* rows asked for; 0: the first page */
};

/* A change that waits for its word. */
struct sel_confirm {
	enum sel_deed deed; /* SEL_DEED_NONE: no change waits */
	char id[48];
	char what[4096]; /* safe text: what it would do */
	char typed[32];
	bool whole;	    /* all of it is on the screen */
	usec_t guard_until; /* 0: not drawn yet */
};

struct sel_ui {
	enum sel_view view, behind;
	/* Only this question matters: when it closes or is left, the front is done. */
	bool single;
	struct sel_place places[SEL_VIEW_N];
	struct sel_confirm confirm;
	char log_session[33];	/* only this run; "": all */
	int64_t log_rule;	/* only what rested on it; 0: all */
	enum sel_view log_from; /* where Esc leads from there */
	bool every_rule, every_proposal;
	char explained[48], planned[48]; /* ids: of a decision, of a session */
	uint64_t differing;		 /* number of an entry of the plan */
	enum sel_pane pane;
	char selected[48];	 /* the question under the cursor */
	size_t selected_at;	 /* where it was, for when it is gone */
	int list_top;		 /* may be negative: rows left blank so that nothing moves */
	int list_rows, list_row; /* set by the draw */
	int session_at, history_at, help_at;
	usec_t list_guard;
	usec_t fresh_until; /* the cursor was put there just now: nobody reads there yet */

	/* the question that is open, or the batch: never both */
	char id[48];
	struct sel_batch batch;
	size_t rung, term;
	bool typing;
	char typed[128];
	bool noting; /* a note is typed; Enter denies */
	char reason[200];
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
	SEL_EFFECT_READ, /* `want` from the store */
	SEL_EFFECT_DO,	 /* `deed` on `id` */
};
struct sel_ui_effect {
	enum sel_effect_kind kind;
	char id[48], session[33];
	/* Holds and answers: for these, too, of the same session. Only the console makes any. */
	char also[SEL_BATCH_MAX][48];
	size_t n_also;
	struct sel_reply reply; /* its texts point into these: */
	char token[128], note[200];
	struct sel_want want;
	enum sel_deed deed;
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
/* A question or a batch is open: what is typed may answer it. */
bool sel_ui_answering(const struct sel_ui *ui);
/* Why 'a' does nothing now; NULL: it opens a batch. Static. */
const char *sel_ui_batch_off(const struct sel_ui *ui, const struct sel_model *m);
/* Opens a question that is there, as if it had been chosen: false if it is not. */
bool sel_ui_open(struct sel_ui *ui, struct sel_model *m, const char *id, usec_t now,
		 struct sel_ui_effect *ret);
/* Shows a view; what it has to read is the effect. */
void sel_ui_view(struct sel_ui *ui, struct sel_model *m, enum sel_view view, usec_t now,
		 struct sel_ui_effect *ret);
/* The row of a list that was clicked is selected; nothing else ever. */
void sel_ui_click(struct sel_ui *ui, const struct sel_model *m, int row, usec_t now);
/* Reads anew what is looked at. */
void sel_ui_reread(struct sel_ui *ui, struct sel_model *m, usec_t now, struct sel_ui_effect *ret);
/* What is looked at changes by itself, and nobody waits for it yet. */
bool sel_ui_live(const struct sel_ui *ui, const struct sel_model *m);
/* After sel_model_got: the cursor stays on its row. */
void sel_ui_got(struct sel_ui *ui, const struct sel_model *m, enum sel_read what);
/* One key typed into a line of its own. */
void sel_ui_type(char *text, size_t cap, int key);
/* The word that must be typed for a deed. */
const char *sel_deed_word(enum sel_deed deed);
/* When something changes by itself: a guard ends, a note goes. USEC_INFINITY: nothing. */
usec_t sel_ui_wait(const struct sel_ui *ui, usec_t now);
enum sel_where sel_ui_where(const struct sel_ui *ui);
/* True if the filter shows this question. */
bool sel_ui_shows(const struct sel_ui *ui, const struct sel_question *q);
void sel_ui_note(struct sel_ui *ui, usec_t now, enum sel_role role, const char *fmt, ...)
	_printf_(4, 5);
