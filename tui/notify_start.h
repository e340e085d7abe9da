/* Starts seldom-notify beside a run. */
#pragma once

#include <signal.h>

/* In the runtime folder; whoever holds it (flock) is the user's one seldom-notify. */
#define SEL_NOTIFY_LOCK "notify.lock"

/* If there is a session bus and none runs yet. Never waits for it, and no failure of it is one of
 * the run's. `mask`: the signals that it blocks at first. */
void sel_notify_start(const sigset_t *mask);
