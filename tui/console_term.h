/* The terminal: taken and given back, on every way out; canvases shown. The only file of the
 * console that knows ncurses. */
#pragma once

#include "view_canvas.h"

/* -ENOTTY without a terminal, -ENOENT if $TERM is unknown. */
int sel_term_open(enum sel_theme theme, bool mouse);
/* The terminal has said which it is; without effect unless it was asked. */
void sel_term_theme(bool light);
/* May be called twice. */
void sel_term_close(void);
void sel_term_show(const struct sel_canvas *c);
void sel_term_size(int *ret_rows, int *ret_cols);
/* After SIGWINCH and Ctrl-L: the next show draws everything. */
void sel_term_redraw(void);
/* Gives the terminal back, stops the process, takes the terminal again. */
void sel_term_suspend(void);
/* Blocks the signals that end, stop or resize; -errno or a descriptor for sel_term_signal. */
int sel_term_signals(void);
/* The next of them; 0: none is there. */
int sel_term_signal(int fd);
/* Standard error while the terminal is ours: what a library says there must not lie over the
 * screen. A descriptor to poll and read, or -1. */
int sel_term_errors(void);
/* What was typed so far and not read is thrown away. */
void sel_term_flush_input(void);
