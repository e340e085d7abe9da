/* Starts the sandbox: bubblewrap makes the namespaces and mounts, seldom-init waits inside. */
#pragma once

#include "seldom/base.h"

enum sel_bind_how {
	SEL_BIND_RO,
	SEL_BIND_RW,
	SEL_BIND_EMPTY /* tmpfs over a folder */,
	SEL_BIND_BLANK /* /dev/null over a file */
};
struct sel_bind {
	char *path; /* canonical */
	enum sel_bind_how how;
	char *from; /* RO only: what is shown there; NULL: what is there */
};

struct sel_launch {
	const char *init; /* path of seldom-init */
	const char *cwd;
	char *const *command, *const *environment;
	const struct sel_bind *binds; /* applied from the outermost inwards */
	size_t n_binds;
	int stdio[3];
	int tty;     /* becomes the controlling terminal; -1: none */
	int filters; /* from sel_filter_memfd */
};

struct sel_launched {
	pid_t bwrap; /* child to wait for; its status is CMD's */
	pid_t init;  /* seldom-init, later CMD, in our pid namespace; leads CMD's process group */
	int control; /* stream to seldom-init (owned) */
};

/* bubblewrap's program file: from a fixed list, never $PATH, which may name folders that a program
 * inside can write. NULL: not installed. */
const char *sel_bwrap_path(void);

/* Starts making the sandbox and returns at once. */
int sel_launch(const struct sel_launch *l, struct sel_launched *ret);
/* Returns when seldom-init is inside and waits. -errno if the sandbox could not be made (then there
 * is no child any more); bubblewrap has said why on the stderr of the program. */
int sel_launch_ready(struct sel_launched *l);
/* Lets it install Landlock and the filters; returns the listener (CLOEXEC). CMD waits still. */
int sel_launch_listener(const struct sel_launched *l);
/* CMD runs from here on. */
int sel_launch_go(struct sel_launched *l);
