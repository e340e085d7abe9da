/* One bubble to see whether this desktop shows any, and hands back what is pressed. */
#pragma once

#include "seldom/base.h"

/* So long the person may take. */
#define SEL_TRIAL_SEC 30

/* 0: its button was pressed. 1: not within SEL_TRIAL_SEC, or there can be none; stderr says why. */
int sel_trial_run(void);
