/* A view is a row: where its keys work, what it shows, what its keys do. One file each
 * (view_NAME.c); console_views.c has the table. All of it is pure: the model and the state of the
 * keys go in, cells and at most one effect come out. */
#pragma once

#include "console_ui.h"

struct sel_draw {
	struct sel_canvas *c;
	const struct sel_glyphs *g;
	struct sel_ui *ui;
	const struct sel_model *m;
	usec_t now, real;
	struct sel_drawn *out;
	bool panel; /* nothing but the question is drawn, in a rectangle over something else */
};
struct sel_acting {
	struct sel_ui *ui;
	struct sel_model *m;
	usec_t now;
	struct sel_ui_effect *effect;
	int key;
};

/* A column of a list. `width` below 0: a share of what is left. Shown from `from` columns of the
 * screen on, and below `until` (0: always). */
struct sel_list_column {
	const char *title, *path;
	enum sel_cell cell;
	int width, from, until;
	/* Instead of the plain cell; NULL: sel_cell_text. Returns an allocated text or NULL. */
	char *(*text)(json_t *row);
	enum sel_role (*role)(json_t *row); /* NULL: normal */
};

struct sel_console_view {
	enum sel_where where;
	enum sel_view above; /* where Esc leads to */
	enum sel_read read;  /* what it shows; SEL_READ_N: nothing of the store */
	/* A list: its columns, what tells its rows apart (a path), what is said of none. */
	const struct sel_list_column *columns;
	const char *id, *empty;
	/* The words in the line above the list; optional. */
	void (*heading)(const struct sel_draw *d, char *out, size_t cap);
	/* Lines below the list about the selected row; optional. */
	void (*about)(const struct sel_draw *d, json_t *row, int width, struct sel_lines *l);
	/* A page: its lines. */
	void (*lines)(const struct sel_draw *d, int width, struct sel_lines *l);
	/* Instead of a list or page: draws rows 1 .. rows - 3. */
	void (*draw)(const struct sel_draw *d);
	/* Completes what is to be read. */
	void (*want)(const struct sel_ui *ui, struct sel_want *want);
	/* Keys beyond moving, filtering and reading anew. */
	void (*act)(struct sel_acting *a, enum sel_act act);
	/* Why a key does nothing there now; NULL: it works. Optional. */
	const char *(*off)(const struct sel_ui *ui, const struct sel_model *m, enum sel_act act);
};

extern const struct sel_console_view sel_view_sessions, sel_view_log, sel_view_rules,
	sel_view_stats, sel_view_undo, sel_view_plan, sel_view_proposals, sel_view_explain,
	sel_view_numbers, sel_view_difference;

/* NULL for Now, Help and the question, which console_ui.c and view.c have themselves. */
const struct sel_console_view *sel_console_view(enum sel_view view);
/* "log" -> SEL_VIEW_LOG; -EINVAL. */
int sel_view_from_name(const char *name);
const char *sel_view_title(enum sel_view view);

/* --- keys: console_views.c ------------------------------------------------------------------- */

/* Goes there and asks for what it shows. */
void sel_views_go(struct sel_acting *a, enum sel_view view);
/* The same without a reset of where the cursor was. */
void sel_views_back(struct sel_acting *a, enum sel_view view);
/* The log of one run, or of what rested on a rule. */
void sel_views_log(struct sel_acting *a, const char *session, int64_t rule);
void sel_views_reread(struct sel_acting *a);
void sel_views_act(struct sel_acting *a, enum sel_act act);
void sel_views_move(struct sel_acting *a, int by);
void sel_views_filter_key(struct sel_acting *a);
/* Asks for `deed`'s word before the deed is done. `what`: safe text, what it would do. */
void sel_views_confirm(struct sel_acting *a, enum sel_deed deed, const char *id, const char *fmt,
		       ...) _printf_(4, 5);
void sel_views_confirm_key(struct sel_acting *a);

/* The row under the cursor of a list, or NULL. Borrowed. */
json_t *sel_views_row(const struct sel_ui *ui, const struct sel_model *m, enum sel_view view);
/* Rows that its filter shows, and how many; fn != NULL is called for each with its number. */
int sel_views_rows(const struct sel_ui *ui, const struct sel_model *m, enum sel_view view,
		   bool (*fn)(json_t *row, int n, void *ctx), void *ctx);
/* Any text of it contains `text`, whatever the case. */
bool sel_views_contains(json_t *value, const char *text);
/* The cursor on the n-th shown row, if there is one. */
void sel_views_select(struct sel_ui *ui, const struct sel_model *m, enum sel_view view, int n);
/* After new data: the cursor stays on its row. */
void sel_views_sync(struct sel_ui *ui, const struct sel_model *m, enum sel_view view);
/* The identity of a row as text. */
void sel_views_id(enum sel_view view, json_t *row, char *out, size_t cap);

/* --- drawing: view_list.c, view.c --------------------------------------------------------------
 */

void sel_list_draw(const struct sel_draw *d, enum sel_view view, int row, int rows);
void sel_views_draw(const struct sel_draw *d);
void sel_confirm_draw(const struct sel_draw *d);
/* A rule with a name and, dim, more words on it. */
void sel_draw_heading(const struct sel_draw *d, int row, bool focused, const char *name,
		      const char *more);
void sel_draw_lines(const struct sel_draw *d, const struct sel_lines *l, int row, int col,
		    int first, int rows, bool *cut);
/* "about the store: busy or failed" as a line for an empty place; NULL: neither. */
const char *sel_draw_state(const struct sel_draw *d, enum sel_read read);
