/* "Open": the console, in a terminal. */
#pragma once

#include "seldom/base.h"

/* Fills `ret` (NULL-terminated, at most SEL_OPENER_WORDS, the caller frees each) with the
 * terminal's command, to which the program to run is appended: the words of `configured`, split at
 * blanks, or, if that is NULL, the first terminal there is. -ENOENT: none; -E2BIG: too many words.
 */
#define SEL_OPENER_WORDS 16
int sel_opener_find(const char *configured, char *ret[static SEL_OPENER_WORDS + 1]);
void sel_opener_done(char **words);

/* Starts `terminal` with `seldom` on question `id` ("": the list), detached: nobody waits for it,
 * and it lives on without us. `token` (or NULL): the desktop's permission to raise a window. */
int sel_opener_start(char *const terminal[], const char *seldom, const char *id, const char *token);
