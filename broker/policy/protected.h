/* Files that become code later: names whose content runs, or redirects what runs, outside the
 * boundary after the session (git hooks, .envrc, start-up files ...). One table. Pure. */
#pragma once

#include "seldom/base.h"

enum sel_guard {
	SEL_GUARD_NONE,
	SEL_GUARD_GITCONFIG, /* judged by content: sel_gitconfig_judge */
	SEL_GUARD_HOOK,	     /* a git hook: *.sample is free (NONE), the rest asks */
	SEL_GUARD_ASK,	     /* asks, with the content shown */
};
struct sel_protected {
	enum sel_guard guard;
	const char *why; /* "git runs it", "direnv runs it when a shell enters the folder" ... static */
};

struct sel_places {
	const char *home;
	const char *const *roots; /* NULL-terminated: workspace roots, for names that count only there */
};

/* What `path` (canonical, lexical) is. Names count in every folder unless the table says otherwise
 * (below the home folder only, at a workspace root only, not below node_modules). */
struct sel_protected sel_protected_of(const char *path, const struct sel_places *places);

/* True if a *folder* renamed or linked to `path` could bring protected names along, because `path` is
 * a leading part of a protected pattern (".git", ".github", ".vscode", "~/.config" ...). */
bool sel_protected_prefix(const char *path, const struct sel_places *places);

/* Judges a git configuration: 0 if `now` can neither run nor redirect anything that `old` (may be
 * empty) did not already; 1 if it can, with the key in `ret_key`; -EINVAL if it does not parse as git
 * reads it (then it asks as well). */
int sel_gitconfig_judge(const char *now, size_t now_len, const char *old, size_t old_len,
			char *ret_key, size_t cap);
