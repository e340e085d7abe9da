/* What a person has after three weeks of use, for the pictures of the console. */
#pragma once

#define PICTURES_NOW 1772808127 /* 2026-03-06 14:42:07 UTC, a Friday */

/* Below $XDG_STATE_HOME; what undo keeps is of files in $HOME. */
void pictures_store_fill(const char *state, const char *home);
