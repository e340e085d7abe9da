/* What one mask shows: a pinned file, or a pinned folder with everything below it. Knows files and
 * names, nothing of FUSE. One thread.
 *
 * A node is a name below a parent plus the device and inode it had when it was looked up; it holds
 * no descriptor, so a listing of 50,000 files costs memory, not descriptors. Whoever needs the
 * object walks to it again, below the pinned root and through no symlink, and gets -ESTALE if it
 * became another. */
#pragma once

#include "seldom/base.h"

#include <sys/stat.h>

struct sel_tree;
struct sel_node;

/* Pins `path` (canonical). -ELOOP: a symlink; -ENOTDIR, -EISDIR: not what `folder` says. */
int sel_tree_open(const char *path, bool folder, struct sel_tree **ret);
void sel_tree_free(struct sel_tree *t); /* with all its nodes */

struct sel_node *sel_tree_root(struct sel_tree *t);

/* Finds `name` in the folder `parent` and counts one reference; *ret_st are its attributes.
 * -ENFILE: too many nodes are alive. */
int sel_tree_lookup(struct sel_tree *t, struct sel_node *parent, const char *name,
		    struct sel_node **ret, struct stat *ret_st);
void sel_tree_forget(struct sel_tree *t, struct sel_node *node, uint64_t count);

/* An O_PATH descriptor of the node as it was looked up, and its attributes. The caller owns it. */
int sel_tree_pin(struct sel_tree *t, const struct sel_node *node, struct stat *ret_st);
/* Canonical path on the host, below the path given at the start. */
int sel_tree_path(const struct sel_tree *t, const struct sel_node *node, char *ret, size_t cap);
