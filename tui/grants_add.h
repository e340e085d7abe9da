/* `seldom grants add`, and telling runs of it. */
#pragma once

#include "options.h"
#include "registries.h"

struct grants_options {
	const char *preset, *host, *known, *term;
	bool json, plain, all;
};
/* An exit code. `line` NULL: none was given. */
int sel_grants_add_command(const struct grants_options *opt, const char *line);
/* Hosts that this machine and the project of the current folder name. */
int sel_grants_known(struct sel_known_host **ret, size_t *ret_n);

/* cmd_rules.c: an exit code. */
int sel_rules_revoke(const struct sel_usage *usage, const char *id, bool json);
/* Rules changed: runs look at them again. Who does not listen hears of it when it next starts. */
void sel_rules_changed(void);
