/* The last thing seldom-egress, seldom-dial and seldom-keys do before they look at anything
 * hostile: no new privileges, not dumpable, Landlock without a file but those named, and a seccomp
 * allowlist that kills (in seldom-keys, which loads a desktop's libraries: that refuses). */
#pragma once

#include "seldom/base.h"

enum sel_confined { SEL_CONFINED_EGRESS, SEL_CONFINED_DIAL, SEL_CONFINED_KEYS };
/* `read`: NULL-terminated paths that may still be read (absent ones are skipped). -errno: it must
 * not go on. */
int sel_confine(enum sel_confined as, const char *const *read);
