/* What the parts of the shadow have of each other. */
#pragma once

#include "shadow.h"
#include "terminal.h"

#include <vterm.h>

#define SEL_SHADOW_LINKS 64

enum {
	PEN_BOLD = 1 << 0,
	PEN_DIM = 1 << 1,
	PEN_ITALIC = 1 << 2,
	PEN_BLINK = 1 << 3,
	PEN_REVERSE = 1 << 4,
	PEN_CONCEAL = 1 << 5,
	PEN_STRIKE = 1 << 6,
	PEN_OVERLINE = 1 << 7,
};
struct sel_pen {
	VTermColor fg, bg;
	uint8_t line_kind; /* 0: the text's colour; 2: red, green, blue; 5: index in blue */
	uint8_t line[3];
	uint8_t attrs, underline, font;
	uint8_t link; /* index into links; 0: none */
};
#define CELL_CHARS VTERM_MAX_CHARS_PER_CELL
struct sel_shadow_cell {
	uint32_t ch[CELL_CHARS]; /* ch[0] 0: erased */
	bool wide, tail, guarded;
	struct sel_pen pen;
};

struct sel_shadow {
	VTerm *vt;
	VTermState *state;
	int rows, cols;
	struct sel_shadow_cell *cells[2]; /* main, alternate */
	bool alternate;			  /* of what libvterm has read */
	struct sel_pen pen, saved[2];
	char *links[SEL_SHADOW_LINKS];
	unsigned links_n;

	/* The last character printed, and whether nothing since has moved the cursor or changed
	 * the cells: printed there once more, it brings back a pending wrap, too. */
	bool fresh;
	VTermPos last;
	int last_width;

	struct sel_screen modes; /* of all that was fed */
	struct sel_screen lex;	 /* of what libvterm has read: it lags behind */
	char *lag;
	size_t lag_n;
	bool lag_cut;

	bool open, open_alternate;
	struct sel_bytes *reply; /* where libvterm's answer goes; NULL: nowhere */
};

/* NULL: it is not on the screen. */
static inline struct sel_shadow_cell *sel_shadow_cell(const struct sel_shadow *s, int row, int col)
{
	return row < 0 || col < 0 || row >= s->rows || col >= s->cols
		       ? NULL
		       : &s->cells[s->alternate][(size_t)row * (size_t)s->cols + (size_t)col];
}

/* --- shadow_read.c: what libvterm gets to read ------------------------------------------------ */

extern const VTermStateCallbacks sel_shadow_callbacks;
/* One piece of output; `ctx` is the shadow. */
void sel_shadow_token(void *ctx, const struct sel_token *t);
/* A few bytes of our own. */
void sel_shadow_vt(struct sel_shadow *s, const char *fmt, ...) _printf_(2, 3);

/* --- shadow.c --------------------------------------------------------------------------------- */

/* libvterm reads what was kept. */
void sel_shadow_catch_up(struct sel_shadow *s);

/* --- shadow_paint.c --------------------------------------------------------------------------- */

struct sel_painter {
	const struct sel_shadow *s;
	struct sel_bytes *out;
	struct sel_pen pen;
	bool pen_known, guarded;
	int row, col; /* where the terminal's cursor surely is; -1: not known */
};

void sel_paint_pen(struct sel_painter *p, const struct sel_pen *pen);
void sel_paint_guard(struct sel_painter *p, bool guarded);
void sel_paint_link(const struct sel_shadow *s, struct sel_bytes *out, uint8_t link);
/* Cells from .. to - 1 of a row. */
void sel_paint_cells(struct sel_painter *p, int row, int from, int to);
