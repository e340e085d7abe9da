/* Namespaces, mounts and roots: whoever can make these can undo what the boundary mounted.
 * argv[1]: the way. Children called ns-parent and ns-child let the runner compare from outside. */
#include "attack.h"
#include <linux/sched.h>
#include <sys/mount.h>

#define NR_OPEN_TREE  428
#define NR_MOVE_MOUNT 429

static void name(const char *comm)
{
	prctl(PR_SET_NAME, comm);
}

/* After any trick: is the floor still there? */
static void rob(void)
{
	put(in("O", "out.txt"), "floor gone");
	loot_fd(open(var("S"), O_RDONLY));
}

static void do_unshare(void)
{
	name("ns-parent");
	if (fork() == 0) {
		name("ns-child");
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
			say("unshare", -1);
		hold();
		_exit(0);
	}
	hold();
	wait(NULL);
}

static int child(void *arg)
{
	name("ns-child");
	hold();
	return arg != NULL;
}

static void do_clone(void)
{
	char *stack = malloc(65536);

	name("ns-parent");
	say("clone", clone(child, stack + 65536, CLONE_NEWUSER | SIGCHLD, NULL));
	hold();
	wait(NULL);
}

static void do_clone3(void)
{
	struct clone_args a = {.flags = CLONE_NEWUSER | CLONE_NEWNET, .exit_signal = SIGCHLD};

	name("ns-parent");
	long pid = syscall(SYS_clone3, &a, sizeof a);

	if (pid == 0) {
		child(NULL);
		_exit(0);
	}
	say("clone3", pid);
	hold();
	wait(NULL);
}

/* Each namespace file of pid 1 and of a process outside, and a pidfd for all of them at once. */
static void do_setns(void)
{
	static const char *const kinds[] = {"user", "mnt", "pid", "net"};
	const char *pids[] = {"1", var("VICTIM")};

	for (size_t p = 0; p < 2; p++) {
		for (size_t k = 0; k < 4; k++) {
			int fd = open(at(at(at("/proc", pids[p]), "ns"), kinds[k]), O_RDONLY);

			if (fd >= 0)
				say(kinds[k], setns(fd, 0));
		}
		int pidfd = (int)syscall(SYS_pidfd_open, atoi(pids[p]), 0);

		say("all", setns(pidfd, CLONE_NEWNS | CLONE_NEWUSER));
	}
	rob();
}

static void do_remount(void)
{
	(void)unshare(CLONE_NEWNS);
	say("remount /", mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL));
	say("remount O", mount(NULL, var("O"), NULL, MS_REMOUNT | MS_BIND, NULL));
	say("bind", mount(var("O"), in("P", "build"), NULL, MS_BIND, NULL));
	put(in("P", "build/out.txt"), "bound");
	rob();
}

static void do_umount(void)
{
	(void)unshare(CLONE_NEWNS);
	say("umount S", umount2(var("S"), MNT_DETACH));
	say("umount .ssh", umount2(in("HOME", ".ssh"), MNT_DETACH));
	say("umount /", umount2("/home", MNT_DETACH));
	rob();
}

static void do_tree(void)
{
	(void)unshare(CLONE_NEWNS);
	int fd = (int)syscall(NR_OPEN_TREE, AT_FDCWD, var("HOME"), 1 /* CLONE */);

	say("open_tree", fd);
	say("move_mount", syscall(NR_MOVE_MOUNT, fd, "", AT_FDCWD, in("P", "build"), 4));
	loot_fd(openat(fd, ".ssh/id_test", O_RDONLY));
	rob();
}

static void do_chroot(void)
{
	name("ns-child");
	if (chroot(var("P")) < 0)
		attack_skip("chroot needs root here");
	hold();
}

static void do_pivot(void)
{
	(void)unshare(CLONE_NEWUSER | CLONE_NEWNS);
	(void)mount(var("P"), var("P"), NULL, MS_BIND, NULL);
	say("pivot_root", syscall(SYS_pivot_root, var("P"), in("P", "build")));
	put(at(at("/build", var("O") + 1), "out.txt"), "pivoted");
	char buf[256] = "";
	int fd = open(at("/build", var("S") + 1), O_RDONLY);

	if (fd >= 0 && read(fd, buf, sizeof buf - 1) > 0)
		put("/build.txt", buf); /* the project is the root now */
	rob();
}

/* The classic: a fresh user namespace gives all capabilities over what is mounted below it. */
static void do_user_mount(void)
{
	if (fork() == 0) {
		say("unshare", unshare(CLONE_NEWUSER | CLONE_NEWNS));
		put("/proc/self/setgroups", "deny");
		say("bind", mount("/", in("P", "build"), NULL, MS_BIND | MS_REC, NULL));
		say("umount", umount2(in("HOME", ".ssh"), MNT_DETACH));
		rob();
		_exit(0);
	}
	wait(NULL);
}

/* Behind a wall natively: the machine's name and a mount that everyone would see. */
static void do_host(void)
{
	say("sethostname", sethostname("attacked", 8));
	put("/proc/sys/kernel/hostname", "attacked");
	say("mount", mount("none", in("P", "build"), "tmpfs", 0, NULL));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*way)(void);
	} ways[] = {
		{"unshare", do_unshare},       {"clone", do_clone},	{"clone3", do_clone3},
		{"setns", do_setns},	       {"remount", do_remount}, {"umount", do_umount},
		{"open-tree", do_tree},	       {"chroot", do_chroot},	{"pivot", do_pivot},
		{"user-mount", do_user_mount}, {"host", do_host},
	};

	attack_begin();
	for (size_t i = 0; argc > 1 && i < sizeof ways / sizeof ways[0]; i++)
		if (strcmp(ways[i].name, argv[1]) == 0)
			ways[i].way();
	return 0;
}
