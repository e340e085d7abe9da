/* A screen as a text that was looked at once and is kept: letters, looks, cursor.
 * SELDOM_GOLDEN=write writes them anew. */
#pragma once

#include "console_rig.h"

extern const char *golden_folder;

/* The terminal comes to look like the file `name`, in ten seconds. Digits of what `pattern` (or
 * NULL) matches, an extended expression, are of today and do not count. */
void assert_golden(struct rig *r, const char *name, const char *pattern);
/* Nothing of what makes a text lie may be in a cell, wherever it came from. */
void assert_no_hostile_cell(struct rig *r);
/* The index in the palette, or -1 for the terminal's own color. */
int golden_color(const VTermColor *c);
