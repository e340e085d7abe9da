/* A second terminal beside the real one, fed with the same bytes: what a popup covers is painted
 * anew from it. libvterm does the emulating; which modes are on, the attributes that libvterm does
 * not know, and everything hostile (too many or too large arguments, strings, repeats) are dealt
 * with here before it sees them.
 *
 * In the alternate screen it is exact from the moment that screen was entered; what is written
 * there is read when there is time for it (_read_on), at the latest when it is wanted. On the main
 * screen only the end of what is written is kept, and read when it is wanted: the terminal itself
 * restores that one, so that there it is a backdrop and no more. */
#pragma once

#include "bytes.h"

struct sel_screen;
struct sel_shadow;

/* -ENOMEM, or -EINVAL for a size that no screen has. */
int sel_shadow_new(int rows, int cols, struct sel_shadow **ret);
void sel_shadow_free(struct sel_shadow *s);

/* What has been written to the terminal. */
void sel_shadow_feed(struct sel_shadow *s, const char *bytes, size_t n);
/* Something of the alternate screen is not read yet. */
bool sel_shadow_behind(const struct sel_shadow *s);
/* Reads a little of that: about a millisecond. For when there is nothing else to do. */
void sel_shadow_read_on(struct sel_shadow *s);
int sel_shadow_resize(struct sel_shadow *s, int rows, int cols);
void sel_shadow_size(const struct sel_shadow *s, int *ret_rows, int *ret_cols);
/* The modes as of the last byte fed. */
struct sel_screen *sel_shadow_modes(struct sel_shadow *s);
/* The terminal was told to forget what it had begun to read. */
void sel_shadow_cancel(struct sel_shadow *s);
/* A report of the cursor comes from the terminal: true if the program had asked for it. */
bool sel_shadow_cpr_given(struct sel_shadow *s);
/* Output that is not what it seems was among it: nothing surely follows from what it asked. */
bool sel_shadow_odd(const struct sel_shadow *s);
/* The palette may be the program's: no color of it is sure to be seen. */
bool sel_shadow_recolored(const struct sel_shadow *s);
/* The same for a report that all is well; one that nobody asked for may be ours. */
bool sel_shadow_dsr_given(struct sel_shadow *s);
/* Does the program want to know of the focus? */
bool sel_shadow_tells_focus(const struct sel_shadow *s);

/* Ends what would keep text on the main screen from being read: output that goes elsewhere, and
 * colors that hide it. */
void sel_shadow_legible(const struct sel_shadow *s, struct sel_bytes *out);
/* Prepares the terminal for a panel: nothing of the program's modes gets in the way of drawing or
 * of reading keys; pastes are marked and focus is told. On the main screen it goes to the alternate
 * one. Everything that _close undoes. */
void sel_shadow_open(struct sel_shadow *s, struct sel_bytes *out);
/* Paints cells from .. to - 1 of a row as the program left them, absolutely placed; the pen is the
 * default one afterwards. Only between _open and _close. */
void sel_shadow_paint(struct sel_shadow *s, int row, int from, int to, struct sel_bytes *out);
/* The terminal as the program left it: screen, cursor, pen, modes, unfinished sequence. */
void sel_shadow_close(struct sel_shadow *s, struct sel_bytes *out);

/* Ends whatever mode the program has on, its screen included: for a program that can no longer do
 * it by itself. `open`: a panel is open, too. At most SEL_SANE_MAX bytes; async-signal-safe callers
 * keep a copy. */
#define SEL_SANE_MAX 384
void sel_shadow_sane(const struct sel_shadow *s, bool open, struct sel_bytes *out);
