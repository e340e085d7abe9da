#include "probe.h"

#include "kernel.h"
#include "landlock.h"
#include "launch.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void set(struct sel_probe *p, enum sel_probe_state state, const char *detail,
		const char *fix)
{
	p->state = state;
	(void)snprintf(p->detail, sizeof p->detail, "%s", detail);
	p->fix = fix;
}

/* Runs fn in a child; its exit status, or -1. */
static int in_child(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn());
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void probe_bwrap(struct sel_probe *p)
{
	if (sel_bwrap_path())
		set(p, SEL_PROBE_OK, "bwrap found", "");
	else
		set(p, SEL_PROBE_MISSING, "bwrap is not installed", "apt-get install bubblewrap");
}

static int run_bwrap(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)dup2(null, STDERR_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	(void)execl(sel_bwrap_path(), "bwrap", "--unshare-user", "--unshare-pid", "--unshare-net",
		    "--unshare-ipc", "--unshare-uts", "--disable-userns", "--ro-bind", "/", "/",
		    "--proc", "/proc", "--dev", "/dev", "/bin/true", (char *)NULL);
	return 1;
}

static const char *namespaces_fix(void)
{
	if (access("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", F_OK) == 0)
		return "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
	if (access("/proc/sys/kernel/unprivileged_userns_clone", F_OK) == 0)
		return "sysctl -w kernel.unprivileged_userns_clone=1";
	return "sysctl -w user.max_user_namespaces=15000";
}

static void probe_namespaces(struct sel_probe *p)
{
	if (!sel_bwrap_path())
		set(p, SEL_PROBE_MISSING, "cannot be tried without bwrap",
		    "apt-get install bubblewrap");
	else if (in_child(run_bwrap) == 0)
		set(p, SEL_PROBE_OK, "user, mount, pid, network namespaces can be made", "");
	else
		set(p, SEL_PROBE_MISSING, "user namespaces cannot be made by this user",
		    namespaces_fix());
}

static void probe_landlock(struct sel_probe *p)
{
	int abi = sel_landlock_abi();

	if (abi >= 6)
		(void)snprintf(p->detail, sizeof p->detail, "ABI %d", abi);
	else if (abi > 0) {
		(void)snprintf(
			p->detail, sizeof p->detail,
			"ABI %d: signals and abstract sockets are bounded by namespaces alone",
			abi);
		p->state = SEL_PROBE_WEAKER;
		p->fix = "use a kernel of 6.12 or newer";
	} else
		set(p, SEL_PROBE_MISSING, "the kernel has no Landlock, or it is switched off",
		    "add landlock to the lsm= parameter of the kernel and restart");
}

/* Exit status of the child: bit 0 listener works, bit 1 killable waits, bit 2 synchronous wake-up.
 */
static int try_listener(void)
{
	struct sock_filter allow[] = {{0x06 /* RET */, 0, 0, 0x7fff0000U /* ALLOW */}};
	struct sock_fprog prog = {1, allow};
	uint64_t flags = SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP;
	int bits = 0, fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return 0;
	fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			  SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
			  &prog);
	if (fd >= 0)
		bits |= 2;
	else
		fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				  SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
	if (fd < 0)
		return 0;
	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags) == 0)
		bits |= 4;
	return bits | 1;
}

static int listener_bits(void)
{
	int bits = in_child(try_listener);

	return bits < 0 ? 0 : bits;
}

static void probe_listener(struct sel_probe *p)
{
	if (listener_bits() & 1)
		set(p, SEL_PROBE_OK, "system calls can be trapped", "");
	else
		set(p, SEL_PROBE_MISSING,
		    "seccomp user notification cannot be had (nested in another broker or "
		    "container?)",
		    "run seldom outside of the other sandbox");
}

static void probe_killable(struct sel_probe *p)
{
	if (listener_bits() & 2)
		set(p, SEL_PROBE_OK, "signals do not cut a waiting call", "");
	else
		set(p, SEL_PROBE_WEAKER, "a signal may repeat a call that was performed already",
		    "use a kernel of 5.19 or newer");
}

static void probe_wake(struct sel_probe *p)
{
	if (listener_bits() & 4)
		set(p, SEL_PROBE_OK, "trapped calls take the short way", "");
	else
		set(p, SEL_PROBE_WEAKER, "trapped calls cost three to four times more",
		    "use a kernel of 6.6 or newer");
}

static void probe_fuse(struct sel_probe *p)
{
	_cleanup_close_ int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		set(p, SEL_PROBE_OK, "secrets can be asked about", "");
	else if (errno == ENOENT)
		set(p, SEL_PROBE_WEAKER,
		    "no /dev/fuse: secrets are hidden and cannot be asked about", "modprobe fuse");
	else
		set(p, SEL_PROBE_WEAKER,
		    "/dev/fuse is not for this user: secrets are hidden, not asked about",
		    "chmod 0666 /dev/fuse");
}

static void probe_x86(struct sel_probe *p)
{
#if defined(__x86_64__) || defined(__aarch64__)
	set(p, SEL_PROBE_OK, "system-call table for this architecture", "");
#else
	set(p, SEL_PROBE_MISSING, "no system-call table for this architecture",
	    "use x86-64 or arm64");
#endif
}

static const struct {
	const char *name, *what;
	void (*fn)(struct sel_probe *p);
} probes[SEL_PROBES] = {
	{"architecture", "numbers of system calls", probe_x86},
	{"bubblewrap", "makes the namespaces and mounts", probe_bwrap},
	{"namespaces", "the boundary itself", probe_namespaces},
	{"landlock", "the ceiling that never moves", probe_landlock},
	{"notification", "trapping of system calls", probe_listener},
	{"killable", "waiting calls and signals", probe_killable},
	{"wakeup", "speed of trapped calls", probe_wake},
	{"fuse", "masks over secrets", probe_fuse},
};

int sel_probe_all(struct sel_probe ret[SEL_PROBES])
{
	int missing = 0;

	for (size_t i = 0; i < SEL_PROBES; i++) {
		ret[i] = (struct sel_probe){
			.name = probes[i].name, .what = probes[i].what, .fix = ""};
		probes[i].fn(&ret[i]);
		missing += ret[i].state == SEL_PROBE_MISSING;
	}
	return missing;
}

bool sel_probe_quick(struct sel_probe *ret)
{
	void (*const quick[])(struct sel_probe *) = {probe_x86, probe_bwrap, probe_landlock};

	for (size_t i = 0; i < SEL_N(quick); i++) {
		*ret = (struct sel_probe){.fix = ""};
		quick[i](ret);
		if (ret->state == SEL_PROBE_MISSING)
			return true;
	}
	return false;
}
