/* Hosts that this machine and this project already use, read from the configuration of package
 * managers and version control: npmrc, yarn, pip.conf, uv, poetry, PIP_*, sources.list, cargo and
 * go settings, Maven's settings.xml, git remotes. What is found is only ever proposed, narrowly
 * (host, methods, paths), and never active by itself. No registry's name is written here: where a
 * tool's built-in default is meant, nothing is known. */
#pragma once

#include "seldom/base.h"

struct sel_known_host {
	char *host; /* canonical */
	uint16_t port;
	const char *what; /* static: "registry", "code remote", "package archive" */
	const char *tool; /* static: "npm", "pip", "apt", "cargo", "go", "maven", "git" */
	char *from;	  /* file (and line) it was read from */
	char *proposal;	  /* one line of grant.h that covers its usual use and no more */
	bool project;	  /* the project says so, which the program may have written: said aloud */
};
/* `home`, `project`, `environment` (NULL-terminated NAME=VALUE) may be NULL. Files are read with
 * bounds and without following links out of `project`. Credentials in them are never taken over.
 * *ret owned; -ENOMEM. Unreadable files are skipped. */
int sel_registries_read(const char *home, const char *project, const char *const *environment,
			struct sel_known_host **ret, size_t *ret_n);
/* The same with the machine's own files (/etc) below `root`, absolute; "" is the real one. */
int sel_registries_read_below(const char *root, const char *home, const char *project,
			      const char *const *environment, struct sel_known_host **ret,
			      size_t *ret_n);
/* What is known of `name` and `port`: that whose proposal covers `method` and `path` (without
 * query; both may be ""), else the first. NULL: nothing. Borrowed. */
const struct sel_known_host *sel_known_host_of(const struct sel_known_host *hosts, size_t n,
					       const char *name, uint16_t port, const char *method,
					       const char *path);
void sel_known_hosts_free(struct sel_known_host *hosts, size_t n);
