/* Git's configuration syntax, as git itself reads it. Pure. What it means: sel_gitconfig_judge in
 * protected.h. */
#pragma once

#include "seldom/base.h"

#define SEL_GITCONFIG_MAX                                                                          \
	((size_t)1 << 20) /* bytes: some repositories list thousands of branches */

/* Calls fn for each variable in the order of the file. `name` is "section.sub.key" with section and
 * key in lower case; `value` is NULL for a key without "=" (true). A negative result of fn ends it
 * and is returned. -EINVAL for what git would refuse, for a NUL (git would see only half of it) and
 * for more than SEL_GITCONFIG_MAX bytes; fn may have been called for what stands before. */
typedef int (*sel_gitconfig_fn)(const char *name, const char *value, void *ctx);
int sel_gitconfig_parse(const char *text, size_t n, sel_gitconfig_fn fn, void *ctx);
