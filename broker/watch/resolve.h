/* Resolution of a path as the target sees it, on pinned descriptors: the answer names an object and
 * the folder it lies in, never a string to be walked again. */
#pragma once

#include "target.h"

#include <limits.h>
#include <sys/stat.h>

struct sel_view {
	int root;      /* O_PATH of the sandbox's root */
	int tty;       /* the session's terminal, or -1 */
	pid_t session; /* the terminal session of the program */
};

struct sel_place {
	int parent; /* O_PATH of the folder; -1 if the object is only known by descriptor */
	int fd;	    /* O_PATH of the object, links not followed beyond what was asked; -1: absent */
	bool exists;
	bool slash;   /* the path ended in a slash: only a folder will do */
	bool special; /* the last component was ".", ".." or "/": name is "" */
	bool magic;   /* reached through /proc/PID/fd or the like */
	bool proc;    /* lies in procfs */
	int magic_fd; /* for magic: a copy of the very descriptor, or -1 */
	char name[NAME_MAX + 1];
	char path[PATH_MAX]; /* canonical, in the sandbox's view */
	struct stat st;	     /* of the object, if it exists */
};
#define SEL_PLACE_INIT ((struct sel_place){.parent = -1, .fd = -1, .magic_fd = -1})

enum {
	SEL_FOLLOW = 1 << 0, /* the last component may be a symlink: go on */
	SEL_EMPTY = 1 << 1,  /* "" means dirfd itself */
};

/* -errno is what the kernel would have answered (ENOENT, ENOTDIR, ELOOP, EACCES ...). */
int sel_resolve(const struct sel_view *view, struct sel_target *t, int dirfd, const char *path,
		int flags, struct sel_place *ret);
void sel_place_done(struct sel_place *p);

/* The canonical path if it can be told from strings alone: no "..", the current folder or dirfd
 * read once. What it says can be wrong by the time of use: only where every outcome is harmless. */
int sel_resolve_lexical(struct sel_target *t, int dirfd, const char *path, char *ret, size_t cap);

/* The same folder or object on the host's side of the mounts: device and inode are compared.
 * -EROFS if it is not there or another one (private /tmp, masks). A descriptor (O_PATH). */
int sel_host_view(const char *path, int like_fd);
