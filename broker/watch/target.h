/* The target: the thread that made a trapped call. Its memory is copied once; what names it is
 * opened through one descriptor of its /proc folder, which keeps meaning that task and fails when
 * it is gone. */
#pragma once

#include "seldom/base.h"
#include <sys/types.h>

struct sel_target {
	pid_t tid;
	int proc; /* O_PATH of /proc/TID */
	pid_t tgid;
	uint32_t umask_generation; /* 0: umask not known */
	mode_t umask;
	usec_t exe_at; /* when `exe` was read */
	char *exe;
};

/* A cache of recent targets, one per thread of the broker; no locking. */
struct sel_targets;
struct sel_targets *sel_targets_new(void);
void sel_targets_free(struct sel_targets *c);
/* The entry of `tid`; it may be of a task that is gone and whose number is used again: what is
 * opened below its /proc folder then fails with ESRCH (sel_target_refresh). -ESRCH if there is no
 * such task. */
int sel_targets_get(struct sel_targets *c, pid_t tid, struct sel_target **ret);

bool sel_target_alive(const struct sel_target *t);
/* Makes sure that the entry is of the task that has the number now, and forgets its program file.
 */
int sel_target_refresh(struct sel_target *t);

/* Copies a string or bytes from the task, page by page. -EFAULT, -ENAMETOOLONG (no NUL in `cap`),
 * -EPERM (not dumpable), -ESRCH. The caller asks the kernel afterwards whether the call still
 * stands. */
int sel_mem_string(pid_t tid, uint64_t address, char *ret, size_t cap);
int sel_mem_read(pid_t tid, uint64_t address, void *ret, size_t n);

/* The program file of the process, refreshed when older than a second ("?" if unreadable): good for
 * counting. Before it matters to a verdict, sel_target_refresh. Borrowed. */
const char *sel_target_exe(struct sel_target *t);
/* Its last component. Borrowed. */
const char *sel_target_comm(struct sel_target *t);
/* A number behind `field:` in /proc/TID/status, in `base`; the last one if there are several
 * (NSpid). */
int sel_target_status(const struct sel_target *t, const char *field, int base, long *ret);
/* The umask, read again when `generation` moved on. */
int sel_target_umask(struct sel_target *t, uint32_t generation, mode_t *ret);
/* A copy of descriptor `fd` of the target (pidfd_getfd). */
int sel_target_getfd(const struct sel_target *t, int fd);

/* Who: for questions and the log. Strings are raw bytes; free with sel_who_done. */
struct sel_who {
	pid_t pid;
	char *exe, *cwd;
	char comm[16];
	char *chain[8]; /* comm of the ancestors inside, nearest first */
	size_t n_chain;
};
int sel_who_read(pid_t tid, pid_t stop_at, struct sel_who *ret);
void sel_who_done(struct sel_who *who);
