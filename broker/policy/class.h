/* Object classes: what kind of place an object lies in. The middle of the ladder of keys
 * (key.h): a generalisation goes one step, from the object to its unit to its class. Pure. */
#pragma once

#include "protected.h"
#include "seldom/action.h"

enum sel_class {
	SEL_CLASS_OTHER,
	SEL_CLASS_PROJECT_SOURCE,
	SEL_CLASS_PROJECT_BUILD, /* build, target, node_modules, dist ... */
	SEL_CLASS_PROJECT_VCS,	 /* below .git, .hg ... */
	SEL_CLASS_EXEC_CONFIG,	 /* becomes code later: sel_protected_of */
	SEL_CLASS_SECRET,
	SEL_CLASS_TOOL_CACHE, /* ~/.cache/X, ~/.npm, ~/.m2/repository, ~/.cargo/registry ... */
	SEL_CLASS_TOOL_DATA,  /* ~/.local/share/X, ~/.local/state/X */
	SEL_CLASS_TEMP,
	SEL_CLASS_HOME_CONFIG, /* ~/.config/X, dotfiles */
	SEL_CLASS_HOME,	       /* anything else below home that is no project */
	SEL_CLASS_OTHER_PROJECT,
	SEL_CLASS_SYSTEM,
	SEL_CLASS_DEVICE,
	SEL_CLASS_SOCKET, /* unix:PATH */
	SEL_CLASS_HOST,	  /* tcp:ADDRESS:PORT, and requests (sel_host_subject) */
	SEL_CLASS_N,
};
const char *sel_class_name(enum sel_class c);  /* "tool-cache" */
const char *sel_class_words(enum sel_class c); /* "a tool's cache" */
int sel_class_from_name(const char *name);     /* -EINVAL */
/* One kind of place, so that three approved folders may speak for all of them (rung 2). "The home
 * folder" or "the system" is none: that would be "everywhere". */
bool sel_class_generalises(enum sel_class c);

/* What does not change during a run. Borrowed. */
struct sel_world {
	const char *home;		 /* canonical */
	const char *project;		 /* root of the project of the current folder, or NULL */
	const struct sel_places *places; /* may be NULL: no protected names are known */
};

/* The least tier of a change there: what becomes code, holds secrets or is a device is never of
 * tier 1. */
enum sel_tier sel_class_tier(enum sel_class c);

struct sel_classified {
	enum sel_class class;
	/* The object's first so many bytes name its unit: the folder that an approval of this shape
	 * reaches (~/.cache/foo, a project's root, else the folder it lies in). 0: the object is
	 * its own unit (sockets, hosts, secrets, what becomes code). */
	size_t unit;
};
/* `object`: canonical path, "unix:PATH" or "tcp:..."; `other_project`: the root of a project that
 * the caller found above it, or NULL. Allocates nothing. */
void sel_classify(const char *object, const char *other_project, const struct sel_world *world,
		  struct sel_classified *ret);
