/* Strict INI configuration, read in this order: /etc/seldom/config (wins; may lock keys),
 * $XDG_CONFIG_HOME/seldom/config. Unknown section, key or value: -EINVAL and "file:line: what, what to
 * do". Keys (docs/seldom.5): in [scope] and [profile NAME]: rw, rw-no-delete, ro, secret, env (each
 * repeatable; ~ and $HOME expand; relative paths are refused); in [ask]: timeout = 5s..1h (seconds,
 * or with suffix s, m, h), popup = yes|no; in [lock] (only /etc): key = yes. */
#pragma once

#include "seldom/base.h"

struct sel_config {
	char **rw, **nd, **ro, **secret, **env; /* NULL-terminated, never NULL */
	usec_t ask_timeout;			 /* 0: not set */
	int popup;				 /* -1: not set */
};
/* `text` of `name` (for messages) is parsed into *c on top of what it has. `profile` NULL: none; a
 * named profile that no file has is found by sel_config_load only. */
int sel_config_parse(struct sel_config *c, const char *name, const char *text, size_t n, bool admin,
		     const char *profile, const char *home, char **ret_error);
/* Reads both files (absent ones are fine). -ENOENT and a message for an unknown profile. */
int sel_config_load(const char *profile, const char *home, struct sel_config *ret, char **ret_error);
void sel_config_done(struct sel_config *c);
