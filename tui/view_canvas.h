/* A screen as data: cells with a role, filled by the views, shown by the terminal or read by a
 * test. Colour is a role here, never a number. */
#pragma once

#include "seldom/base.h"
#include <wchar.h>

#define SEL_ROLES(_)                                                                               \
	_(NORMAL)                                                                                  \
	_(DIM)                                                                                     \
	_(TITLE)                                                                                   \
	_(HEADER)                                                                                  \
	_(SALIENT) /* what is new: the first thing to read */                                      \
	_(OBJECT)                                                                                  \
	_(SELECTED)                                                                                \
	_(TIER1)                                                                                   \
	_(TIER2)                                                                                   \
	_(TIER3)                                                                                   \
	_(KEY)                                                                                     \
	_(KEY_OFF)                                                                                 \
	_(NOTE)                                                                                    \
	_(WARN)                                                                                    \
	_(ADDED)                                                                                   \
	_(REMOVED)
#define AS_ENUM(id) SEL_ROLE_##id,
enum sel_role { SEL_ROLES(AS_ENUM) SEL_ROLE_N };
#undef AS_ENUM

enum { SEL_LOOK_BOLD = 1, SEL_LOOK_DIM = 2, SEL_LOOK_REVERSE = 4 };
/* Colours are numbers of the terminal's palette; -1: its own. */
struct sel_look {
	int16_t dark256, dark16, light256, light16;
	int16_t fg8;	    /* on either background */
	uint8_t attr, mono; /* SEL_LOOK_*, the second instead, without colours */
};
extern const struct sel_look sel_looks[SEL_ROLE_N];

enum sel_theme {
	SEL_THEME_NONE, /* no colours */
	SEL_THEME_DARK,
	SEL_THEME_LIGHT,
	SEL_THEME_ASK, /* COLORFGBG says it, or the terminal does when it likes (OSC 11) */
};
/* What the configuration calls it; SEL_THEME_ASK if that is no name. */
enum sel_theme sel_theme_named(const char *name);
/* What $COLORFGBG says of the background, "15;0" or "0;default;15": 1 light, 0 dark, -1 nothing. */
int sel_background_named(void);
/* $NO_COLOR is set and not empty. */
bool sel_colorless(void);
/* The color of a role where the terminal has `colors` of them; -1: its own. */
int sel_look_color(enum sel_role role, int colors, bool light);

#define SEL_CELL_CHARS 4 /* a letter and its accents */
struct sel_cell_data {
	wchar_t ch[SEL_CELL_CHARS]; /* ch[0] 0: the right half of a wide one, or blank */
	uint8_t role;
	bool tail;
};
struct sel_canvas {
	int rows, cols;
	bool utf8;
	struct sel_cell_data *cells;
	int cursor_row, cursor_col;
};

int sel_canvas_init(struct sel_canvas *c, int rows, int cols, bool utf8);
void sel_canvas_done(struct sel_canvas *c);
void sel_canvas_clear(struct sel_canvas *c);
/* Draws UTF-8 at most `max` columns wide; returns the columns used. *cut (optional) becomes true if
 * something had no room. */
int sel_canvas_text(struct sel_canvas *c, int row, int col, int max, enum sel_role role,
		    const char *text, bool *cut);
int sel_canvas_printf(struct sel_canvas *c, int row, int col, int max, enum sel_role role,
		      const char *fmt, ...) _printf_(6, 7);
/* The same, shortened in the middle. */
int sel_canvas_elide(struct sel_canvas *c, int row, int col, int max, enum sel_role role,
		     const char *text);
/* `n` times the first character of `glyph`. */
void sel_canvas_fill(struct sel_canvas *c, int row, int col, int n, enum sel_role role,
		     const char *glyph);
/* Gives a piece of a row another role. */
void sel_canvas_paint(struct sel_canvas *c, int row, int col, int n, enum sel_role role);
/* A row as UTF-8 without trailing blanks, for tests. The caller frees. */
char *sel_canvas_row(const struct sel_canvas *c, int row);

/* One character of UTF-8: its bytes (0 at the end), *ret the code point and *columns its width.
 * Text that is not UTF-8 is a byte at a time, as '?'. */
size_t sel_utf8_next(const char *text, uint32_t *ret, int *columns);

struct sel_glyphs {
	const char *ellipsis, *chain, *mark, *on, *off, *more_up, *more_down, *times, *dot;
	/* frames by tier: corners tl tr bl br, then across, down */
	const char *frame[3][6];
	const char *rule;
};
const struct sel_glyphs *sel_glyphs(bool utf8);
