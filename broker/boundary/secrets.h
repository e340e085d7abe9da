/* Files and folders that hold credentials. One table, resolved against the home folder, the
 * environment and the workspace at start. */
#pragma once

#include "seldom/base.h"

struct sel_secret {
	char *path; /* canonical */
	bool folder;
	const char *what; /* "SSH keys", static */
	uint64_t dev, ino;
};
struct sel_secrets {
	struct sel_secret *items;
	size_t n;
};

/* Finds what exists: the table below `home` (~/.ssh ~/.aws ~/.gnupg ~/.netrc ~/.config/gh
 * ~/.config/gcloud ~/.kube ~/.docker/config.json, ~/.npmrc if it holds a token, browser profiles,
 * keyrings ...), `extra` paths (NULL-terminated; -ENOENT and *ret_bad if one is missing) and .env*
 * files in each workspace root down to `depth` folders (not *.example, *.sample, *.template; not below
 * node_modules or .git; at most 10,000 entries looked at). A secret below another is left out. */
int sel_secrets_find(const char *home, const char *const *extra, const char *const *roots, int depth,
		     struct sel_secrets *ret, const char **ret_bad);
void sel_secrets_done(struct sel_secrets *s);
