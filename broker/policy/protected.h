/* Files that become code later: names whose content runs, or redirects what runs, outside the
 * boundary after the session (git hooks, .envrc, start-up files ...). One table. Pure. */
#pragma once

#include "seldom/base.h"

enum sel_guard {
	SEL_GUARD_NONE,
	SEL_GUARD_GITCONFIG, /* judged by content: sel_gitconfig_judge */
	SEL_GUARD_HOOK,	     /* a git hook (samples are NONE): asks */
	SEL_GUARD_ASK,	     /* asks, with the content shown */
};
struct sel_protected {
	enum sel_guard guard;
	const char *why; /* "git runs it" ... static; NULL for NONE */
};

struct sel_places {
	const char *home; /* canonical; or NULL */
	const char *const
		*roots; /* NULL-terminated: workspace roots, for names that count only there */
};

/* What `path` (canonical, lexical) is, as the name of anything but a folder: file, link, socket. A
 * folder without content is no code (git init makes ".git"), so mkdir, rmdir and chmod of a folder
 * need not ask here; a folder with content takes a name by sel_protected_moves. What does not begin
 * with a slash is NONE; a path that is not clean ASKs. Allocates nothing. */
struct sel_protected sel_protected_of(const char *path, const struct sel_places *places);

/* True if a *folder* renamed or linked to `path` could bring protected names along, because `path`
 * is a leading part of a protected pattern (".git", ".github", ".vscode", "~/.config" ...), lies
 * within one (".vscode/x"), or is home, a root or above one. */
bool sel_protected_prefix(const char *path, const struct sel_places *places);

/* The same for a folder that comes from `from`: also true if it leaves a folder of packages
 * (node_modules ...), where names are free that count elsewhere. */
bool sel_protected_moves(const char *from, const char *to, const struct sel_places *places);

/* Judges a git configuration: 0 if `now` can neither run nor redirect anything that `old` (may be
 * empty) did not already; 1 if it can, with the key in `ret_key` (as git names it, cut to fit,
 * hostile: escape it); -EINVAL if it does not parse as git reads it (then it asks as well;
 * `ret_key` is empty). -ENOMEM too must ask.
 *
 * `old` should be what a person last accepted (the file when the session began, then each approved
 * version), not merely what is there: else a remote's address could be removed in one harmless step
 * and set to another place in a second one. */
int sel_gitconfig_judge(const char *now, size_t now_len, const char *old, size_t old_len,
			char *ret_key, size_t cap);
