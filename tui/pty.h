/* The user's terminal and the pseudo-terminal that a watched program gets in its place. */
#pragma once

#include "seldom/base.h"

#include <signal.h>
#include <termios.h>

struct sel_tty {
	int fd;	     /* an open description of our own, non-blocking; -1: there is no terminal */
	int lock;    /* the device, for flock: one prompt on a terminal at a time; or -1 */
	bool std[3]; /* which of 0, 1, 2 are this terminal */
	bool shared; /* 1 is a pipe: a pager at its other end may use the same terminal */
	bool raw;    /* we made it raw */
	bool gone;   /* hung up */
	struct termios saved;
};

/* Several runs may share one terminal (a script, jobs of one pipeline). */
enum sel_tty_lock {
	SEL_TTY_PROMPT, /* who asks: others neither ask nor read keys meanwhile */
	SEL_TTY_MODES,	/* who made it raw: only that one restores it */
};
int sel_tty_lock(const struct sel_tty *tty, enum sel_tty_lock what); /* -EAGAIN: another has it */
void sel_tty_unlock(const struct sel_tty *tty, enum sel_tty_lock what);
bool sel_tty_locked(const struct sel_tty *tty, enum sel_tty_lock what); /* by another */

/* Finds the terminal behind 0, 1 and 2. 0 also when there is none (fd is -1 then). */
int sel_tty_open(struct sel_tty *tty);
void sel_tty_done(struct sel_tty *tty); /* restores and closes */

/* A new pseudo-terminal with the terminal's modes and size; both ends CLOEXEC, master non-blocking.
 */
int sel_pty_make(const struct sel_tty *tty, int *ret_master, int *ret_slave);
/* Gives `master` the terminal's present size. */
int sel_pty_resize(const struct sel_tty *tty, int master);
/* Does the program read keys rather than lines? (its terminal is not in canonical mode) */
bool sel_pty_raw(int master);

/* Are we the terminal's foreground group? A terminal that is not our controlling one has no groups.
 */
bool sel_tty_foreground(const struct sel_tty *tty);
/* Is it in a state that another program has set (raw, by no run of ours)? */
bool sel_tty_taken(const struct sel_tty *tty);
int sel_tty_raw(struct sel_tty *tty); /* -EAGAIN: another run has made it so */
/* Back to what it was; also ends the modes a prompt may have set. Only the foreground may do it. */
void sel_tty_restore(struct sel_tty *tty);
/* Rows and columns; 24 x 80 if the terminal does not say. */
void sel_tty_size(const struct sel_tty *tty, int *ret_rows, int *ret_columns);
/* On SIGSEGV, SIGABRT and their like: the terminal first, then the default. One terminal a process.
 */
int sel_tty_guard(struct sel_tty *tty);
/* What the guard writes first; copied, what is too long is left out. */
void sel_tty_guard_bytes(const char *bytes, size_t n);
