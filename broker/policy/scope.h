/* Scope: folders with a mode, decided before the run and widened only by answers. Pure. */
#pragma once

#include "seldom/base.h"

enum sel_mode {
	SEL_MODE_NONE, /* nothing said: read, and ask before a change */
	SEL_MODE_RO,   /* said to be read-only: a change is refused, not asked about */
	SEL_MODE_ND,   /* rw-no-delete */
	SEL_MODE_RW,
	SEL_MODE_PRIVATE, /* writable and gone with the run: /tmp inside */
};

struct sel_scope_entry {
	char *path; /* canonical, no trailing slash but "/" itself */
	size_t len;
	enum sel_mode mode;
	int64_t rule; /* the rule or grant it came from; 0: the run's own scope */
	bool bound;   /* mounted writable inside; a grant is not before its folder was there */
};
struct sel_scope_table;
struct sel_scope {
	struct sel_scope_entry *entries; /* longest path first, as long as there are few (16) */
	size_t n;
	struct sel_scope_table *table; /* holds them; copies share it until one of them changes */
};

/* Copies `path`; the same path again: its mode is replaced. -EINVAL if it is not clean. */
int sel_scope_add(struct sel_scope *s, const char *path, enum sel_mode mode, int64_t rule);
/* It is mounted writable now. -ENOENT if there is no such entry. */
int sel_scope_bound(struct sel_scope *s, const char *path);
/* The folder was removed or renamed, and the mounts at and below it with it. */
int sel_scope_moved(struct sel_scope *s, const char *path);
void sel_scope_done(struct sel_scope *s);
int sel_scope_copy(const struct sel_scope *s, struct sel_scope *ret);
/* The longest entry that is `path` or an ancestor of it; NULL if none, and NULL if `path` is not
 * clean (callers need not check that first). Allocates nothing: it runs on every trapped call. */
const struct sel_scope_entry *sel_scope_find(const struct sel_scope *s, const char *path);
/* Its mode; NONE if none. */
enum sel_mode sel_scope_mode(const struct sel_scope *s, const char *path);

/* True if `path` is `dir` or below it ("/a" is not above "/ab"). Both must be clean. */
bool sel_path_below(const char *path, const char *dir);
/* True if absolute and without empty, "." and ".." components and no trailing slash. */
bool sel_path_clean(const char *path);
