/* The table of system calls: one place says what the filter does with each, how its arguments are
 * read and who handles it. A call that is in no list is refused with ENOSYS, so that the C library
 * falls back: new calls keep appearing, and an unknown one may open, mount or move anything. */
#pragma once

#include "seldom/base.h"

/* How the broker handles a trapped call (broker/watch). */
enum sel_call {
	SEL_CALL_INVALID,
	SEL_CALL_OPEN,
	SEL_CALL_MKDIR,
	SEL_CALL_MKNOD,
	SEL_CALL_SYMLINK,
	SEL_CALL_LINK,
	SEL_CALL_RENAME,
	SEL_CALL_UNLINK,
	SEL_CALL_TRUNCATE,
	SEL_CALL_CHMOD,
	SEL_CALL_CHOWN,
	SEL_CALL_UTIME,
	SEL_CALL_SETXATTR,
	SEL_CALL_REMOVEXATTR,
	SEL_CALL_CONNECT,
	SEL_CALL_SENDTO,
	SEL_CALL_UMASK,
	SEL_CALL_N,
};

struct sel_syscall {
	const char *name;
	int nr;
	enum sel_call call;
	/* Argument numbers; -1: the call has none (dirfd: the current folder). */
	int8_t dirfd, path, dirfd2, path2, flags, mode;
	/* Extra facts: flags that the call implies, or SEL_UTIME_* / no-follow of the l* forms. */
	int implied;
	/* CONTINUE lets the kernel read the caller's memory again after our check, so such a row
	 * must say why every outcome of that race is harmless. NULL: performed on the caller's
	 * behalf. */
	const char *continue_because;
};

/* Trapped calls. NULL if `nr` is not one of them (then it is refused). */
const struct sel_syscall *sel_syscall_find(int nr);
const struct sel_syscall *sel_syscall_table(size_t *ret_n);

struct sel_refusal {
	const char *name;
	int nr; /* -1: the kernel headers know no such call here */
	int error;
};
/* Refused whatever the arguments. */
const struct sel_refusal *sel_refusal_table(size_t *ret_n);
/* Never trapped (arguments may still be refused: filter.c). Names; NULL-terminated. */
const char *const *sel_allowed_names(void);

/* Open flags that make an open more than reading. O_RDONLY|O_TRUNC truncates. */
#define SEL_OPEN_TRAPPED                                                                           \
	((uint64_t[]){O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_TMPFILE & ~O_DIRECTORY})
