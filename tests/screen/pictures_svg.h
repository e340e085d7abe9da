/* A screen as a picture: text in runs, lines and blocks as shapes, so that it looks the same
 * whatever font shows it. The same screen makes the same bytes. */
#pragma once

#include "console_rig.h"

struct svg_cell {
	uint32_t c; /* ' ' where nothing is */
	unsigned fg, bg;
	bool bold, italic, underline;
};
struct svg_screen {
	struct svg_cell *cells; /* rows * cols of them */
	int rows, cols;
	VTermPos cursor;
	bool cursor_shown;
};

/* What is on the screen now; svg_done() gives it back. */
void svg_take(struct rig *r, struct svg_screen *ret);
void svg_done(struct svg_screen *s);
void svg_write(const struct svg_screen *s, const char *title, const char *path);
