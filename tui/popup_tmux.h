/* A question in a popup of tmux: the console, opened on that one question. */
#pragma once

#include "seldom/base.h"

#include <signal.h>

/* Are we in tmux? */
bool sel_tmux_here(void);
/* Starts `tmux display-popup`, which lasts as long as its console does; nobody waits for it. `id`
 * is a question's. `mask`: the signals that it starts with. -errno or its pid in *ret. */
int sel_tmux_popup(const char *id, const sigset_t *mask, pid_t *ret);
