/* What this machine can enforce, found by doing it in a throw-away child, never by a version
 * number. */
#pragma once

#include "seldom/base.h"

enum sel_probe_state {
	SEL_PROBE_OK,
	SEL_PROBE_WEAKER,  /* works; what is lost is said aloud */
	SEL_PROBE_MISSING, /* `seldom run` refuses to start */
};
struct sel_probe {
	const char *name; /* stable word for --json */
	const char *what; /* what it is for; static */
	enum sel_probe_state state;
	char detail[160];
	const char *fix; /* the exact command or step; "" if nothing is to be mended; static */
};

#define SEL_PROBES 8
/* Runs all; returns the number of missing ones. */
int sel_probe_all(struct sel_probe ret[SEL_PROBES]);
/* The quick ones that every run makes before anything starts (bubblewrap there, Landlock there):
 * true and *ret filled if one is missing. */
bool sel_probe_quick(struct sel_probe *ret);
