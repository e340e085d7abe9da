/* How a run ended, in three lines at most: what was asked and decided, what was refused and why,
 * where to read on. Pure. */
#pragma once

#include "seldom/base.h"
#include <jansson.h>

/* "questions 3 (2 allowed, 1 denied) · automatic 312 · refused 2": of a summary or a status
 * message. The caller frees; NULL: no memory. */
char *run_counts_text(const json_t *counts, bool utf8);
/* The same for a status line: before it "1 waits · ", if a question does. */
char *run_status_text(const json_t *counts, size_t waiting, bool utf8);
/* Lines that begin with "seldom: ", "" if there is nothing to say: what only worked in its scope
 * ends without a word. `columns`: of the terminal. The caller frees; NULL: no memory. */
char *run_summary_text(const json_t *summary, const char *session, int columns, bool utf8);
