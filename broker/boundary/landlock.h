/* Landlock as the ceiling that never moves: no tracing of and no signals to processes outside the
 * domain (bubblewrap's own process 1 among them), no abstract sockets outside, no device nodes and
 * no changes of the mount tree, whatever the broker decides later. */
#pragma once

#include "seldom/base.h"

/* The kernel's Landlock ABI, or -errno (-ENOSYS, -EOPNOTSUPP: not there or switched off). */
int sel_landlock_abi(void);
/* Restricts the calling thread for good; needs no_new_privs. */
int sel_landlock_restrict(void);
