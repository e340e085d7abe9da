/* Landlock and seccomp around the network's processes. */
#include "confine.h"

#include "kernel.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* --- Landlock ------------------------------------------------------------------------------------
 */

#define READ_FILE LANDLOCK_ACCESS_FS_READ_FILE
#define READ_TREE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* Every right of ABI 1: bits 0 (execute) to 12 (make symlink). */
#define ALL_ABI1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#ifndef LANDLOCK_ACCESS_NET_BIND_TCP /* ABI 4, 6.7 */
#define LANDLOCK_ACCESS_NET_BIND_TCP	(1ULL << 0)
#define LANDLOCK_ACCESS_NET_CONNECT_TCP (1ULL << 1)
#endif

/* seldom-keys reads files whose names it is told; it looks for none. */
static int allow_reading(enum sel_confined as, int ruleset, const char *path)
{
	_cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {.parent_fd = fd};
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 0; /* not there, so not needed */
	rule.allowed_access =
		S_ISDIR(st.st_mode) && as != SEL_CONFINED_KEYS ? READ_TREE : READ_FILE;
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0
		       ? -errno
		       : 0;
}

static int landlock(enum sel_confined as, const char *const *read)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct sel_landlock_ruleset_attr attr = {.handled_access_fs = ALL_ABI1};
	size_t size = sizeof attr.handled_access_fs;

	if (abi < 0)
		return -errno;
	if (abi >= 2)
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
	if (abi >= 5)
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
	if (abi >= 4) {
		attr.handled_access_net = LANDLOCK_ACCESS_NET_BIND_TCP;
		if (as != SEL_CONFINED_DIAL)
			attr.handled_access_net |= LANDLOCK_ACCESS_NET_CONNECT_TCP;
		size = offsetof(struct sel_landlock_ruleset_attr, scoped);
	}
	if (abi >= 6) {
		attr.scoped = LANDLOCK_SCOPE_SIGNAL;
		if (as == SEL_CONFINED_EGRESS) /* a session bus may listen there */
			attr.scoped |= LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET;
		size = sizeof attr;
	}
	_cleanup_close_ int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	int r = fd < 0 ? -errno : 0;
	for (; r >= 0 && read && *read; read++)
		r = allow_reading(as, fd, *read);
	if (r < 0)
		return r;
	return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}

/* --- seccomp -------------------------------------------------------------------------------------
 */

enum {
	E = 1 << SEL_CONFINED_EGRESS,
	D = 1 << SEL_CONFINED_DIAL,
	K = 1 << SEL_CONFINED_KEYS,
	ALL = E | D | K
};
#define CALL(name) SCMP_SYS(name)

/* Whatever is neither here nor in `refused` kills the process; in seldom-keys it fails, because
 * what libsecret brings along tries much (and reads nothing hostile). */
static const struct {
	int call;
	int who;
} allowed[] = {
	/* bytes on descriptors that are there already */
	{CALL(read), ALL},
	{CALL(readv), ALL},
	{CALL(write), ALL},
	{CALL(writev), ALL},
	{CALL(recvfrom), ALL},
	{CALL(recvmsg), ALL},
	{CALL(recvmmsg), ALL},
	{CALL(sendto), D | K},
	{CALL(sendmsg), D | K},
	{CALL(sendmmsg), D | K},
	{CALL(splice), E},
	{CALL(tee), E},
	{CALL(pipe2), ALL},
	{CALL(accept4), E},
	{CALL(shutdown), ALL},
	{CALL(close), ALL},
	{CALL(close_range), ALL},
	{CALL(dup), D | K},
	{CALL(fcntl), ALL},
	{CALL(getsockname), ALL},
	{CALL(getpeername), ALL},
	{CALL(getsockopt), ALL},
	{CALL(setsockopt), ALL},
	{CALL(fstat), ALL},
	{CALL(newfstatat), ALL},
	{CALL(statx), D | K},
	{CALL(lseek), ALL},
	{CALL(pread64), D | K},
	/* waiting */
	{CALL(epoll_create1), ALL},
	{CALL(epoll_ctl), ALL},
	{CALL(epoll_wait), ALL},
	{CALL(epoll_pwait), ALL},
	{CALL(epoll_pwait2), ALL},
	{CALL(poll), ALL},
	{CALL(ppoll), ALL},
	{CALL(select), D | K},
	{CALL(pselect6), D | K},
	{CALL(eventfd2), ALL},
	{CALL(timerfd_create), ALL},
	{CALL(timerfd_settime), ALL},
	{CALL(futex), ALL},
	{CALL(restart_syscall), ALL},
	{CALL(sched_yield), ALL},
	{CALL(nanosleep), ALL},
	{CALL(clock_nanosleep), ALL},
	/* time and chance */
	{CALL(clock_gettime), ALL},
	{CALL(clock_getres), ALL},
	{CALL(gettimeofday), ALL},
	{CALL(time), ALL},
	{CALL(getrandom), ALL},
	/* memory; never executable for egress, see below */
	{CALL(brk), ALL},
	{CALL(munmap), ALL},
	{CALL(mremap), ALL},
	{CALL(madvise), ALL},
	{CALL(mlock), ALL},
	{CALL(mlock2), ALL},
	{CALL(munlock), ALL},
	{CALL(mmap), D | K}, /* name service modules are loaded when they are needed */
	{CALL(mprotect), D | K},
	/* itself */
	{CALL(exit), ALL},
	{CALL(exit_group), ALL},
	{CALL(getpid), ALL},
	{CALL(gettid), ALL},
	{CALL(getuid), ALL},
	{CALL(geteuid), ALL},
	{CALL(getgid), ALL},
	{CALL(getegid), ALL},
	{CALL(getresuid), D | K},
	{CALL(getresgid), D | K},
	{CALL(rt_sigaction), ALL},
	{CALL(rt_sigprocmask), ALL},
	{CALL(rt_sigreturn), ALL},
	{CALL(sigaltstack), ALL},
	{CALL(set_robust_list), D | K},
	{CALL(rseq), D | K},
	{CALL(uname), D | K},
	{CALL(prctl), D | K}, /* names of threads */
	{CALL(sched_getaffinity), D | K},
	{CALL(sysinfo), D | K},
	/* names, and what they lead to */
	{CALL(openat), D | K},
	{CALL(openat2), K},
	{CALL(open), D | K},
	{CALL(access), D | K},
	{CALL(faccessat), D | K},
	{CALL(readlink), D | K},
	{CALL(getdents64), D | K},
	{CALL(bind), D}, /* netlink: which families the host has */
	{CALL(connect), D | K},
	{CALL(socketpair), K},
};

/* These only with one of so many values; `mask` says what the kernel looks at. */
static const struct {
	int call;
	int who;
	unsigned argument;
	uint64_t mask, value;
} conditions[] = {
	{CALL(clone), D | K, 0, CLONE_THREAD, CLONE_THREAD},
	{CALL(socket), D, 0, UINT32_MAX, AF_INET},
	{CALL(socket), D, 0, UINT32_MAX, AF_INET6},
	{CALL(socket), D, 0, UINT32_MAX, AF_NETLINK},
	{CALL(socket), D | K, 0, UINT32_MAX, AF_UNIX}, /* nscd, resolved, the session's bus */
	/* not what writes into a terminal */
	{CALL(ioctl), D | K, 1, UINT32_MAX, FIONREAD},
	{CALL(ioctl), D | K, 1, UINT32_MAX, FIONBIO},
	{CALL(ioctl), D | K, 1, UINT32_MAX, FIOCLEX},
	{CALL(ioctl), D | K, 1, UINT32_MAX, TCGETS}, /* isatty */
	{CALL(ioctl), D, 1, 0xffffff00, 0x8900},     /* of sockets and interfaces */
	{CALL(keyctl), K, 0, UINT32_MAX, KEYCTL_SEARCH},
	{CALL(keyctl), K, 0, UINT32_MAX, KEYCTL_READ},
	{CALL(keyctl), K, 0, UINT32_MAX, KEYCTL_UNLINK},
	/* a dialled socket could be reset and connected anew by sending (TCP Fast Open) */
	{CALL(sendto), E, 3, MSG_FASTOPEN, 0},
	{CALL(sendmsg), E, 2, MSG_FASTOPEN, 0},
	{CALL(mmap), E, 2, PROT_EXEC, 0},
	{CALL(mprotect), E, 2, PROT_EXEC, 0},
};

/* Libraries try these and go on without. */
static const struct {
	int call;
	int error;
} refused[] = {
	{CALL(clone3), ENOSYS}, /* its flags cannot be seen: clone is used then */
	{CALL(openat), EACCES},
	{CALL(open), EACCES},
	{CALL(stat), EACCES},
	{CALL(lstat), EACCES},
	{CALL(access), EACCES},
	{CALL(faccessat), EACCES},
	{CALL(faccessat2), EACCES},
	{CALL(statx), EACCES},
	{CALL(readlink), EACCES},
	{CALL(readlinkat), EACCES},
	{CALL(ioctl), ENOTTY},
	{CALL(sysinfo), EPERM},
	{CALL(getrusage), EPERM},
	{CALL(prlimit64), EPERM},
	{CALL(sched_getaffinity), EPERM},
	{CALL(sched_getparam), EPERM},
	{CALL(sched_getattr), EPERM},
	{CALL(getppid), EPERM},
	{CALL(uname), EPERM},
	{CALL(socketpair), EPERM},
	{CALL(sched_getscheduler), EPERM},
	{CALL(get_mempolicy), EPERM},
	{CALL(inotify_init1), EPERM},
	{CALL(prctl), EPERM},
	{CALL(membarrier), EPERM},
	{CALL(fadvise64), EPERM},
	{CALL(memfd_create), EPERM},
};

static bool is_allowed(int call, enum sel_confined as)
{
	for (size_t i = 0; i < SEL_N(allowed); i++)
		if (allowed[i].call == call && (allowed[i].who & (1 << as)))
			return true;
	for (size_t i = 0; i < SEL_N(conditions); i++)
		if (conditions[i].call == call && (conditions[i].who & (1 << as)))
			return true;
	return false;
}

static int add_conditions(scmp_filter_ctx f, enum sel_confined as)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < SEL_N(conditions); i++)
		if (conditions[i].who & (1 << as))
			r = seccomp_rule_add(f, SCMP_ACT_ALLOW, conditions[i].call, 1,
					     SCMP_CMP(conditions[i].argument, SCMP_CMP_MASKED_EQ,
						      conditions[i].mask, conditions[i].value));
	if (r == 0) /* abort, and what the C library sends to its own threads */
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(tgkill), 1,
				     SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	return r;
}

static int filter(enum sel_confined as)
{
	const uint32_t otherwise =
		as == SEL_CONFINED_KEYS ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS;
	scmp_filter_ctx f = seccomp_init(otherwise);
	int r = f ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < SEL_N(allowed); i++)
		if (allowed[i].who & (1 << as))
			r = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i].call, 0);
	for (size_t i = 0; r == 0 && i < SEL_N(refused); i++) {
		uint32_t action = SCMP_ACT_ERRNO((uint16_t)refused[i].error);

		if (!is_allowed(refused[i].call, as) && action != otherwise)
			r = seccomp_rule_add(f, action, refused[i].call, 0);
	}
	if (r == 0)
		r = add_conditions(f, as);
	if (r == 0)
		r = seccomp_load(f);
	seccomp_release(f);
	return r;
}

/* --- all of it -----------------------------------------------------------------------------------
 */

/* Root's powers would reach beyond Landlock. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0}};

	return syscall(SYS_capset, &head, none) < 0 ? -errno : 0;
}

int sel_confine(enum sel_confined as, const char *const *read)
{
	const struct rlimit no_core = {0, 0};
	int r;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_CORE, &no_core) < 0)
		return -errno;
	r = drop_capabilities();
	if (r >= 0)
		r = landlock(as, read);
#if defined(__SANITIZE_ADDRESS__)
	(void)filter;
	return r; /* the sanitizer's own calls are not on the list */
#else
	return r < 0 ? r : filter(as);
#endif
}
