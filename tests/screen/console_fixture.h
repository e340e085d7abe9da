/* A store, and what undo keeps, that look the same on every day: all times are of January 2026,
 * rules last until 2098, and names try everything. */
#pragma once

#include "seldom/store.h"
#include "seldom/text.h"

/* Below `state` as $XDG_STATE_HOME; files that a run changed are in `state`/files. */
void fixture_fill(const char *state);
/* How many events the chain has: grows with every change. */
uint64_t fixture_events(const char *state);
