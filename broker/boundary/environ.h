/* The environment the program gets: the caller's without variables that look like credentials or
 * name sockets outside (SSH_AUTH_SOCK, DBUS_*, TMUX, *_TOKEN, *_SECRET ...). One table of patterns.
 */
#pragma once

#include "seldom/base.h"

/* `keep`: names given by --env (NULL-terminated, or NULL) that stay all the same. *ret: a
 * NULL-terminated "NAME=value" array (free each and all); *ret_dropped: the NAMES that were
 * dropped, likewise, for the person to see (bytes from outside: escape them). Dropped by name, or
 * by a value that looks like a credential whatever its name: a known token, a private key, a
 * password in an address. Entries without a name, and repeated names, go without a word. */
int sel_environ_scrub(char *const *env, const char *const *keep, char ***ret, char ***ret_dropped);

/* For a run with a network, on top of that: proxies' variables go (names lead to ours by
 * themselves), and what each tool calls the file of certificate authorities points into `dir`, a
 * folder as sel_trust_write makes it, as it is called inside. `java`: Java's too. Grows both lists
 * of sel_environ_scrub. -ENOMEM. */
int sel_environ_network(char ***env, char ***dropped, const char *dir, bool java);
/* NAME=value, in place of what had the name. */
int sel_environ_set(char ***env, const char *name, const char *value);
