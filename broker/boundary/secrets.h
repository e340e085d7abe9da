/* Files and folders that hold credentials. One table, resolved against the home folder, the
 * environment and the workspace at start. */
#pragma once

#include "seldom/base.h"

struct sel_secret {
	char *path; /* canonical: a mask lies on the file itself, whatever link led there */
	bool folder;
	const char *what;  /* "SSH keys", static */
	uint64_t dev, ino; /* of the file or folder: a hard link elsewhere has the same */
};
struct sel_secrets {
	struct sel_secret *items; /* sorted by path */
	size_t n;
	bool cut; /* the search of the workspaces ended at its limit: tell the person */
};

/* Finds what exists:
 *  - the table below `home` (NULL: none) and where the environment moves its rows
 *    (XDG_CONFIG_HOME, GNUPGHOME, KUBECONFIG ...): ~/.ssh ~/.aws ~/.gnupg ~/.netrc ~/.config/gh
 *    ~/.kube, browser profiles, keyrings ...; ~/.npmrc and the like if they hold a token. What
 *    this user could neither read nor make readable is left out.
 *  - `extra` paths (NULL-terminated); *ret_bad is the one at fault: -ENOENT if it is missing,
 *    -EINVAL if it is neither file nor folder, or "/".
 *  - .env and .env.* files in each workspace root down to `depth` folders (0: the root only), not
 *    *.example, *.sample, *.template, *.dist; and .npmrc with a token. Not below node_modules or
 *    .git; at most 10,000 entries are looked at, the upper folders first.
 *  - files that links in a secret folder (or one below) lead to, but not in browser profiles and
 *    the like; hard links in the workspaces, as far as they are searched, of files found so.
 * A secret below another is left out. */
int sel_secrets_find(const char *home, const char *const *extra, const char *const *roots,
		     int depth, struct sel_secrets *ret, const char **ret_bad);
void sel_secrets_done(struct sel_secrets *s);
