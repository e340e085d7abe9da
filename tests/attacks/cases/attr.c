/* What is not content: mode, owner, times, attributes, flags; by path and by a read-only
 * descriptor. Landlock covers none of these. argv[1]: the call; argv[2]: where (O or R). */
#include "attack.h"
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/xattr.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#define NR_SETXATTRAT	463
#define NR_FILE_SETATTR 469

static const char *file;
static int fd;

static void do_chmod(void)
{
	say("chmod", chmod(file, 0601));
}

static void do_fchmod(void)
{
	say("fchmod", fchmod(fd, 0601));
}

static void do_fchmodat2(void)
{
	long r = syscall(SYS_fchmodat2, AT_FDCWD, file, 0601, 0);

	if (r < 0 && errno == ENOSYS)
		attack_skip("no fchmodat2 in this kernel");
	syscall(SYS_fchmodat2, fd, "", 0601, AT_EMPTY_PATH);
}

static void do_chmod_proc(void)
{
	char name[64];

	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	say("chmod", chmod(name, 0601));
}

static void do_chown(void)
{
	say("chown", chown(file, getuid(), getgid()));
}

static void do_lchown(void)
{
	say("lchown", lchown(file, getuid(), getgid()));
	say("fchownat", fchownat(fd, "", getuid(), getgid(), AT_EMPTY_PATH));
}

static void do_fchown(void)
{
	say("fchown", fchown(fd, getuid(), getgid()));
}

static void do_utimes(void)
{
	say("utimes", utimes(file, NULL));
}

static void do_utimensat(void)
{
	struct timespec t[2] = {{1, 0}, {1, 0}};

	say("utimensat", utimensat(AT_FDCWD, file, t, AT_SYMLINK_NOFOLLOW));
}

static void do_futimens(void)
{
	struct timespec t[2] = {{1, 0}, {1, 0}};

	say("futimens", futimens(fd, t));
}

static void do_setxattr(void)
{
	say("setxattr", setxattr(file, "user.attack", "1", 1, 0));
}

static void do_fsetxattr(void)
{
	say("fsetxattr", fsetxattr(fd, "user.attack", "1", 1, 0));
}

static void do_setxattrat(void)
{
	struct {
		uint64_t value;
		uint32_t size, flags;
	} args = {(uint64_t)(uintptr_t) "1", 1, 0};

	if (syscall(NR_SETXATTRAT, AT_FDCWD, file, 0, "user.attack", &args, sizeof args) < 0)
		attack_skip("setxattrat");
}

static void do_setflags(void)
{
	long flags = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		attack_skip("this file system has no flags");
	flags |= FS_NODUMP_FL;
	say("FS_IOC_SETFLAGS", ioctl(fd, FS_IOC_SETFLAGS, &flags));
	say("with high bits", syscall(SYS_ioctl, fd, 0xdead00000000UL | FS_IOC_SETFLAGS, &flags));
}

static void do_fssetxattr(void)
{
	struct fsxattr x = {.fsx_xflags = 0};

	if (ioctl(fd, FS_IOC_FSGETXATTR, &x) < 0)
		attack_skip("this file system has no flags");
	x.fsx_xflags |= FS_XFLAG_NODUMP;
	say("FS_IOC_FSSETXATTR", ioctl(fd, FS_IOC_FSSETXATTR, &x));
}

static void do_file_setattr(void)
{
	struct {
		uint64_t xflags;
		uint32_t extsize, nextents, projid, cowextsize;
	} a = {.xflags = FS_XFLAG_NODUMP};

	if (syscall(NR_FILE_SETATTR, AT_FDCWD, file, &a, sizeof a, 0) < 0)
		attack_skip("file_setattr");
}

static const struct {
	const char *name;
	void (*call)(void);
} calls[] = {
	{"chmod", do_chmod},	       {"fchmod", do_fchmod},
	{"fchmodat2", do_fchmodat2},   {"chmod-proc", do_chmod_proc},
	{"chown", do_chown},	       {"lchown", do_lchown},
	{"fchown", do_fchown},	       {"utimes", do_utimes},
	{"utimensat", do_utimensat},   {"futimens", do_futimens},
	{"setxattr", do_setxattr},     {"fsetxattr", do_fsetxattr},
	{"setxattrat", do_setxattrat}, {"setflags", do_setflags},
	{"fssetxattr", do_fssetxattr}, {"file_setattr", do_file_setattr},
};

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	attack_begin();
	file = in(argv[2], strcmp(argv[2], "R") == 0 ? "ro.txt" : "out.txt");
	fd = open(file, O_RDONLY);
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (strcmp(calls[i].name, argv[1]) == 0)
			calls[i].call();
	return 0;
}
