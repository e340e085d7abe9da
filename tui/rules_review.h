#pragma once

#include "seldom/store.h"

/* What approvals had taught and time took back: {"v":1,"id":null,"finding":"decayed","object":S,
 * "exe":S,"detail":S}, beside the rows of sel_report_review. */
int sel_rules_faded(struct sel_store *s, usec_t now, sel_row_fn fn, void *ctx);
