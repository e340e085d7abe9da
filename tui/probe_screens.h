/* Rows of `seldom doctor` about where questions are shown. None of them keeps a run from starting.
 */
#pragma once

#include "probe.h"

#define SEL_SCREEN_PROBES 3 /* notification server, tmux, terminal */
void sel_probe_screens(struct sel_probe ret[SEL_SCREEN_PROBES]);
