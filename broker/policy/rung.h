/* Rungs: how widely an answer may apply, built from the object's surroundings. Pure: what lies on
 * the disk is told by the caller. */
#pragma once

#include "seldom/action.h"

struct sel_rung {
	enum sel_rung_kind kind;
	char *path;	     /* shown, and what a rule is of; of a host: its grant in words */
	char *grant;	     /* of a host: the grant, one line; else NULL */
	const char *label;   /* static */
	const char *exposes; /* static: what it newly allows */
};
#define SEL_RUNGS_BUILT 6
struct sel_rungs {
	struct sel_rung item[SEL_RUNGS_BUILT]; /* narrowest first */
	size_t n;
	size_t recommended; /* the narrowest that covers what this tool can be expected to do next
			     */
};

struct sel_surroundings {
	const char *object; /* canonical */
	bool folder;	    /* the object is (or becomes) a folder */
	bool by_name;	    /* secrets, protected files, sockets, T3: only the object itself */
	const char *cwd, *home;
	const char *project; /* nearest folder upwards with .git or a manifest; NULL: none */
};

int sel_rungs_build(const struct sel_surroundings *s, struct sel_rungs *ret);
void sel_rungs_done(struct sel_rungs *r);
bool sel_rung_covers(const struct sel_rung *rung, const char *path);

/* A folder of which a whole may be granted: not the root, a first-level folder, the home folder or
 * one above it. */
bool sel_grantable_folder(const char *path, const char *home);
