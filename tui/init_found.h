/* What `seldom init` finds before it says anything. */
#pragma once

#include "probe.h"
#include "probe_screens.h"
#include "registries.h"
#include "secrets.h"

#define INIT_AGENTS 4
struct agent {
	const char *title, *command; /* as people call it, and what is started */
	const char *preset, *hook; /* of its API's grant; NULL: it speaks to several. How it calls a
				      hook before a tool call; NULL */
	char *path;		   /* where it is; NULL: not here */
	bool granted;		   /* such a grant is in force */
};

struct found {
	bool person; /* somebody is there to answer */
	char *home, *cwd, *project, *config;
	struct sel_probe probes[SEL_PROBES], screens[SEL_SCREEN_PROBES];
	int missing; /* probes without which nothing runs */
	struct sel_secrets secrets;
	struct sel_known_host *hosts;
	size_t n_hosts;
	struct agent agents[INIT_AGENTS];
};

/* -errno: nothing is to be given back then, too. */
int init_find(struct found *ret);
void init_found_done(struct found *f);
void init_print_json(const struct found *f);
/* 0 after its button was pressed; waits half a minute. */
int init_test_notification(void);
