/* The joiner: a small process that entered the sandbox's user and mount namespaces from outside and
 * does what needs capabilities there: FUSE masks before the program starts, and re-binds when a
 * scope grows. Forked while the broker has one thread; it ends when its socket closes.
 *
 * Order of joining (bubblewrap 0.8): the owner of the mount namespace is found by
 * ioctl(mntns_fd, NS_GET_USERNS) because the processes sit in a nested user namespace; /dev/fuse is
 * opened after joining that user namespace (else mount says EINVAL) and before the mount namespace.
 */
#pragma once

#include "seldom/base.h"

#include <sys/socket.h>

struct sel_joiner;

struct sel_mask_mount {
	const char *path; /* inside the sandbox, canonical */
	bool folder;
	int fuse_fd; /* out: the /dev/fuse descriptor of this mount (caller owns), or -1 */
	int error;   /* out: 0 or -errno if this one could not be mounted */
};

/* Joins the namespaces of `pid` (a process inside) and mounts a FUSE file system on every item.
 * Returns -errno only if nothing can be done at all; single failures are in the items.
 *
 * The sandbox needs a /proc of its own (bwrap --proc /proc): by it the finished root is told from
 * one that bwrap still builds, and is waited for up to 10 s (-ETIMEDOUT). As root, bwrap needs
 * --cap-drop ALL, or the program has every capability over its own mounts. */
int sel_joiner_start(pid_t pid, struct sel_mask_mount *items, size_t n, struct sel_joiner **ret);

/* All below are for one thread at a time and take a few milliseconds; a helper that does not
 * answer within 20 s is given up (-ETIMEDOUT, then -EPIPE). A symlink on the way is -ELOOP, "/"
 * -EINVAL.
 *
 * A `path` that is a mount already changes in place, for everybody. Else programs that stand in it,
 * or have it open, stay on the read-only mount: for their relative paths the broker goes on acting.
 *
 * Makes `path` (canonical, inside) writable: open_tree(OPEN_TREE_CLONE|AT_RECURSIVE) of it,
 * mount_setattr clearing MOUNT_ATTR_RDONLY on the top mount only, move_mount onto itself; masks and
 * read-only binds below stay. -EPERM where the host's own mount is read-only. */
int sel_joiner_rebind(struct sel_joiner *j, const char *path);
/* Binds `path` (file or folder) read-only onto itself. */
int sel_joiner_protect(struct sel_joiner *j, const char *path);
/* Masks one more file or folder, or one again. A mount is lost when the file it lies on is replaced
 * or removed *outside* (an editor's or git's rename, also the broker's own): the kernel then
 * detaches it here, and the new file lies bare - masks and protected binds alike. Whoever lets a
 * file be replaced masks or protects it again; writing in place keeps the mount. As in
 * sel_joiner_start for one item; -EEXIST below a mask. Waits for whoever serves the masks: never
 * call it from that thread. */
int sel_joiner_mask(struct sel_joiner *j, struct sel_mask_mount *item);

/* A NETLINK_SOCK_DIAG socket of the sandbox's network namespace: tells which sockets were made
 * inside. A descriptor (the caller closes it). */
int sel_joiner_sockets(struct sel_joiner *j);

/* Once, before the program runs: makes every address of IPv4 and IPv6 lead to this namespace's own
 * `lo` (AnyIP) and gives it `own4` and `own6`, so that clients that look for an address of their
 * family find one. *ret_six: IPv6 too; false where the kernel has none. After it the helper can no
 * longer change the network. Nothing there reaches outside before and after. */
int sel_joiner_network(struct sel_joiner *j, const char *own4, const char *own6, bool *ret_six);
/* Sockets of the sandbox's network namespace: non-blocking, CLOEXEC, the caller closes them. Ports
 * below 1024 too. A v6 socket is for v6 only. -EADDRINUSE: a program inside has it. */
int sel_joiner_listen(struct sel_joiner *j, const struct sockaddr *address, socklen_t len);
/* For datagrams; says with each (IP_PKTINFO) where it was sent to, and may answer from there. */
int sel_joiner_datagrams(struct sel_joiner *j, const struct sockaddr *address, socklen_t len);

pid_t sel_joiner_pid(const struct sel_joiner *j);
void sel_joiner_free(struct sel_joiner *j);
