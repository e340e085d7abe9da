#include "syscalls.h"

#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>

/* Columns are the point */
/* clang-format off */
#define BOUNDED "mounts bound it: only names in folders mounted writable can change, and it can neither create a name nor change content"

#define CALL(c) .name = #c, .nr = SCMP_SYS(c)
static const struct sel_syscall table[] = {
	/*                                      dirfd path dirfd2 path2 flags mode implied */
	{ CALL(open),         SEL_CALL_OPEN,       -1,  0, -1, -1,  1,  2, 0, NULL },
	{ CALL(openat),       SEL_CALL_OPEN,        0,  1, -1, -1,  2,  3, 0, NULL },
	{ CALL(creat),        SEL_CALL_OPEN,       -1,  0, -1, -1, -1,  1, O_CREAT | O_WRONLY | O_TRUNC, NULL },
	{ CALL(mkdir),        SEL_CALL_MKDIR,      -1,  0, -1, -1, -1,  1, 0, NULL },
	{ CALL(mkdirat),      SEL_CALL_MKDIR,       0,  1, -1, -1, -1,  2, 0, NULL },
	{ CALL(mknod),        SEL_CALL_MKNOD,      -1,  0, -1, -1, -1,  1, 0, NULL },
	{ CALL(mknodat),      SEL_CALL_MKNOD,       0,  1, -1, -1, -1,  2, 0, NULL },
	{ CALL(symlink),      SEL_CALL_SYMLINK,    -1,  1, -1,  0, -1, -1, 0, NULL },
	{ CALL(symlinkat),    SEL_CALL_SYMLINK,     1,  2, -1,  0, -1, -1, 0, NULL },
	{ CALL(link),         SEL_CALL_LINK,       -1,  0, -1,  1, -1, -1, 0, NULL },
	{ CALL(linkat),       SEL_CALL_LINK,        0,  1,  2,  3,  4, -1, 0, NULL },
	{ CALL(rename),       SEL_CALL_RENAME,     -1,  0, -1,  1, -1, -1, 0, NULL },
	{ CALL(renameat),     SEL_CALL_RENAME,      0,  1,  2,  3, -1, -1, 0, NULL },
	{ CALL(renameat2),    SEL_CALL_RENAME,      0,  1,  2,  3,  4, -1, 0, NULL },
	{ CALL(truncate),     SEL_CALL_TRUNCATE,   -1,  0, -1, -1, -1, -1, 0, NULL },
	{ CALL(unlink),       SEL_CALL_UNLINK,     -1,  0, -1, -1, -1, -1, 0, BOUNDED },
	{ CALL(rmdir),        SEL_CALL_UNLINK,     -1,  0, -1, -1, -1, -1, AT_REMOVEDIR, BOUNDED },
	{ CALL(unlinkat),     SEL_CALL_UNLINK,      0,  1, -1, -1,  2, -1, 0, BOUNDED },
	{ CALL(chmod),        SEL_CALL_CHMOD,      -1,  0, -1, -1, -1,  1, 0, BOUNDED },
	{ CALL(fchmodat),     SEL_CALL_CHMOD,       0,  1, -1, -1, -1,  2, 0, BOUNDED },
	{ CALL(chown),        SEL_CALL_CHOWN,      -1,  0, -1, -1, -1, -1, 0, BOUNDED },
	{ CALL(lchown),       SEL_CALL_CHOWN,      -1,  0, -1, -1, -1, -1, AT_SYMLINK_NOFOLLOW, BOUNDED },
	{ CALL(fchownat),     SEL_CALL_CHOWN,       0,  1, -1, -1,  4, -1, 0, BOUNDED },
	{ CALL(utime),        SEL_CALL_UTIME,      -1,  0, -1, -1, -1, -1, 0, BOUNDED },
	{ CALL(utimes),       SEL_CALL_UTIME,      -1,  0, -1, -1, -1, -1, 0, BOUNDED },
	{ CALL(futimesat),    SEL_CALL_UTIME,       0,  1, -1, -1, -1, -1, 0, BOUNDED },
	{ CALL(utimensat),    SEL_CALL_UTIME,       0,  1, -1, -1,  3, -1, 0, BOUNDED },
	{ CALL(setxattr),     SEL_CALL_SETXATTR,   -1,  0, -1, -1, -1, -1, 0, BOUNDED },
	{ CALL(lsetxattr),    SEL_CALL_SETXATTR,   -1,  0, -1, -1, -1, -1, AT_SYMLINK_NOFOLLOW, BOUNDED },
	{ CALL(removexattr),  SEL_CALL_REMOVEXATTR,-1,  0, -1, -1, -1, -1, 0, BOUNDED },
	{ CALL(lremovexattr), SEL_CALL_REMOVEXATTR,-1,  0, -1, -1, -1, -1, AT_SYMLINK_NOFOLLOW, BOUNDED },
	{ CALL(connect),      SEL_CALL_CONNECT,    -1, -1, -1, -1, -1, -1, 0, NULL },
	{ CALL(sendto),       SEL_CALL_SENDTO,     -1, -1, -1, -1, -1, -1, 0,
	  "nothing leads out of the network namespace, and a unix datagram socket cannot be made" },
	{ CALL(umask),        SEL_CALL_UMASK,      -1, -1, -1, -1, -1,  0, 0, "its only argument is a number" },
};

/* openat2 has its flags in memory and could not be continued; ENOSYS makes its callers use openat.
 * clone3 likewise. io_uring would open files without passing the filter. */
static const struct sel_refusal refusals[] = {
#define NO(c, e) { #c, SCMP_SYS(c), e }
	NO(openat2, ENOSYS), NO(clone3, ENOSYS),
	NO(io_uring_setup, ENOSYS), NO(io_uring_enter, ENOSYS), NO(io_uring_register, ENOSYS),
	NO(add_key, ENOSYS), NO(request_key, ENOSYS), NO(keyctl, ENOSYS),
	NO(open_by_handle_at, EPERM), NO(open_tree, EPERM), NO(move_mount, EPERM), NO(fsopen, EPERM),
	NO(fsconfig, EPERM), NO(fsmount, EPERM), NO(fspick, EPERM), NO(mount_setattr, EPERM),
	NO(mount, EPERM), NO(umount, EPERM), NO(umount2, EPERM), NO(pivot_root, EPERM),
	NO(chroot, EPERM), NO(setns, EPERM), NO(swapon, EPERM), NO(swapoff, EPERM), NO(acct, EPERM),
	NO(quotactl, EPERM), NO(quotactl_fd, EPERM), NO(fanotify_init, EPERM), NO(fanotify_mark, EPERM),
	NO(userfaultfd, EPERM), NO(bpf, EPERM), NO(perf_event_open, EACCES),
	NO(kexec_load, EPERM), NO(kexec_file_load, EPERM), NO(init_module, EPERM),
	NO(finit_module, EPERM), NO(delete_module, EPERM), NO(create_module, EPERM),
	NO(reboot, EPERM), NO(iopl, EPERM), NO(ioperm, EPERM), NO(syslog, EPERM),
	NO(settimeofday, EPERM), NO(clock_settime, EPERM), NO(clock_adjtime, EPERM),
	NO(adjtimex, EPERM), NO(sethostname, EPERM), NO(setdomainname, EPERM),
	NO(lookup_dcookie, EPERM), NO(uselib, EPERM), NO(vhangup, EPERM), NO(nfsservctl, EPERM),
	NO(modify_ldt, EPERM), NO(_sysctl, ENOSYS),
};

static const char *const allowed[] = {
	"accept", "accept4", "access", "alarm", "arch_prctl", "bind", "brk", "capget", "capset",
	"chdir", "clock_getres", "clock_gettime", "clock_nanosleep", "clone", "close", "close_range",
	"copy_file_range", "dup", "dup2", "dup3", "epoll_create", "epoll_create1", "epoll_ctl",
	"epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd", "eventfd2", "execve", "execveat",
	"exit", "exit_group", "faccessat", "faccessat2", "fadvise64", "fallocate", "fchdir",
	"fchmod", "fchown", "fcntl", "fdatasync", "fgetxattr", "flistxattr", "flock", "fork",
	"fremovexattr", "fsetxattr", "fstat", "fstatfs", "fsync", "ftruncate", "futex",
	"futex_waitv", "get_mempolicy", "get_robust_list", "get_thread_area", "getcpu", "getcwd",
	"getdents", "getdents64", "getegid", "geteuid", "getgid", "getgroups", "getitimer",
	"getpeername", "getpgid", "getpgrp", "getpid", "getppid", "getpriority", "getrandom",
	"getresgid", "getresuid", "getrlimit", "getrusage", "getsid", "getsockname", "getsockopt",
	"gettid", "gettimeofday", "getuid", "getxattr", "inotify_add_watch", "inotify_init",
	"inotify_init1", "inotify_rm_watch", "io_cancel", "io_destroy", "io_getevents",
	"io_pgetevents", "io_setup", "io_submit", "ioctl", "ioprio_get", "ioprio_set", "kcmp",
	"kill", "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self",
	"lgetxattr", "listen", "listxattr", "llistxattr", "lseek", "lstat", "madvise", "mbind",
	"membarrier", "memfd_create", "memfd_secret", "migrate_pages", "mincore", "mlock", "mlock2",
	"mlockall", "mmap", "move_pages", "mprotect", "mq_getsetattr", "mq_notify", "mq_open",
	"mq_timedreceive", "mq_timedsend", "mq_unlink", "mremap", "msgctl", "msgget", "msgrcv",
	"msgsnd", "msync", "munlock", "munlockall", "munmap", "name_to_handle_at", "nanosleep",
	"newfstatat", "pause", "pidfd_getfd", "pidfd_open", "pidfd_send_signal", "pipe", "pipe2",
	"pkey_alloc", "pkey_free", "pkey_mprotect", "poll", "ppoll", "prctl", "pread64", "preadv",
	"preadv2", "prlimit64", "process_madvise", "process_mrelease", "process_vm_readv",
	"process_vm_writev", "pselect6", "ptrace", "pwrite64", "pwritev", "pwritev2", "read",
	"readahead", "readlink", "readlinkat", "readv", "recvfrom", "recvmmsg", "recvmsg",
	"remap_file_pages", "restart_syscall", "rseq", "rt_sigaction", "rt_sigpending",
	"rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
	"rt_tgsigqueueinfo", "sched_get_priority_max", "sched_get_priority_min",
	"sched_getaffinity", "sched_getattr", "sched_getparam", "sched_getscheduler",
	"sched_rr_get_interval", "sched_setaffinity", "sched_setattr", "sched_setparam",
	"sched_setscheduler", "sched_yield", "seccomp", "select", "semctl", "semget", "semop",
	"semtimedop", "sendfile", "sendmmsg", "sendmsg", "set_mempolicy",
	"set_mempolicy_home_node", "set_robust_list", "set_thread_area", "set_tid_address",
	"setfsgid", "setfsuid", "setgid", "setgroups", "setitimer", "setpgid", "setpriority",
	"setregid", "setresgid", "setresuid", "setreuid", "setrlimit", "setsid", "setsockopt",
	"setuid", "shmat", "shmctl", "shmdt", "shmget", "shutdown", "sigaltstack", "signalfd",
	"signalfd4", "socket", "socketpair", "splice", "stat", "statfs", "statx", "sync",
	"sync_file_range", "syncfs", "sysfs", "sysinfo", "tee", "tgkill", "time", "timer_create",
	"timer_delete", "timer_getoverrun", "timer_gettime", "timer_settime", "timerfd_create",
	"timerfd_gettime", "timerfd_settime", "times", "tkill", "uname", "unshare", "ustat",
	"vfork", "vmsplice", "wait4", "waitid", "write", "writev", NULL,
};
/* clang-format on */

#define NR_MAX 1024
static const struct sel_syscall *by_nr[NR_MAX];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void index_table(void)
{
	for (size_t i = 0; i < SEL_N(table); i++)
		if (table[i].nr >= 0 && table[i].nr < NR_MAX)
			by_nr[table[i].nr] = &table[i];
}

const struct sel_syscall *sel_syscall_find(int nr)
{
	(void)pthread_once(&once, index_table);
	return nr >= 0 && nr < NR_MAX ? by_nr[nr] : NULL;
}

const struct sel_syscall *sel_syscall_table(size_t *ret_n)
{
	*ret_n = SEL_N(table);
	return table;
}

const struct sel_refusal *sel_refusal_table(size_t *ret_n)
{
	*ret_n = SEL_N(refusals);
	return refusals;
}

const char *const *sel_allowed_names(void)
{
	return allowed;
}
