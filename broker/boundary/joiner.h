/* The joiner: a small process that entered the sandbox's user and mount namespaces from outside and
 * does what needs capabilities there: FUSE masks before the program starts, and re-binds when a scope
 * grows. Forked while the broker has one thread; it ends when its socket closes.
 *
 * Order of joining (bubblewrap 0.8): the owner of the mount namespace is found by
 * ioctl(mntns_fd, NS_GET_USERNS) because the processes sit in a nested user namespace; /dev/fuse is
 * opened after joining that user namespace (else mount says EINVAL) and before the mount namespace. */
#pragma once

#include "seldom/base.h"

struct sel_joiner;

struct sel_mask_mount {
	const char *path; /* inside the sandbox, canonical */
	bool folder;
	int fuse_fd;	  /* out: the /dev/fuse descriptor of this mount (caller owns), or -1 */
	int error;	  /* out: 0 or -errno if this one could not be mounted */
};

/* Joins the namespaces of `pid` (a process inside) and mounts a FUSE file system on every item.
 * Returns -errno only if nothing can be done at all; single failures are in the items. */
int sel_joiner_start(pid_t pid, struct sel_mask_mount *items, size_t n, struct sel_joiner **ret);

/* Makes `path` (canonical, inside) writable: open_tree(OPEN_TREE_CLONE|AT_RECURSIVE) of it,
 * mount_setattr clearing MOUNT_ATTR_RDONLY on the top mount only, move_mount onto itself; masks and
 * read-only binds below stay. -EPERM where the host's own mount is read-only. */
int sel_joiner_rebind(struct sel_joiner *j, const char *path);
/* Binds `path` (file or folder) read-only onto itself. */
int sel_joiner_protect(struct sel_joiner *j, const char *path);

pid_t sel_joiner_pid(const struct sel_joiner *j);
void sel_joiner_free(struct sel_joiner *j);
