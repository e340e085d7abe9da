/* The bytes of a path change between the check and the use: one thread swaps a good and a forbidden
 * path of the same length, others make the call. argv[1]: the call, argv[2] "shared": the swapping
 * is done by another process through a shared page. */
#include "attack.h"
#include <linux/openat2.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <utime.h>

static volatile char *path;
static char good[512], bad[512];
static volatile int *stop;

static void put_bytes(const char *from)
{
	for (size_t i = 0; i < sizeof good; i++)
		path[i] = from[i];
}

static void *flip(void *arg)
{
	while (!*stop) {
		put_bytes(bad);
		put_bytes(good);
	}
	return arg;
}

#define NAME ((const char *)path)

static void open_write(void)
{
	int fd = open(NAME, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd >= 0) {
		(void)!write(fd, "raced", 5);
		close(fd);
	}
}

static void open_append(void)
{
	int fd = open(NAME, O_WRONLY | O_APPEND);

	if (fd >= 0) {
		(void)!write(fd, "raced", 5);
		close(fd);
	}
}

static void open_how2(void)
{
	struct open_how how = {.flags = O_WRONLY | O_TRUNC};
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, NAME, &how, sizeof how);

	if (fd >= 0)
		close(fd);
}

static void do_creat(void)
{
	int fd = (int)syscall(SYS_creat, NAME, 0644);

	if (fd >= 0)
		close(fd);
}

static void do_unlink(void)
{
	unlink(NAME);
	put(good, "again");
}

static void do_rename_from(void)
{
	rename(NAME, in("P", "renamed"));
	put(good, "again");
}

static void do_rename_to(void)
{
	put(in("P", "source"), "source");
	rename(in("P", "source"), NAME);
}

static void do_link_from(void)
{
	link(NAME, in("P", "linked"));
	unlink(in("P", "linked"));
}

static void do_link_to(void)
{
	link(in("P", "a.txt"), NAME);
	unlink(good);
}

static void do_mkdir(void)
{
	mkdir(NAME, 0755);
	rmdir(good);
}

static void do_rmdir(void)
{
	rmdir(NAME);
	mkdir(good, 0755);
}

static void do_symlink(void)
{
	symlink("x", NAME);
	unlink(good);
}

static void do_mknod(void)
{
	mknod(NAME, S_IFIFO | 0644, 0);
	unlink(good);
}

static void do_truncate(void)
{
	truncate(NAME, 1);
}

static void do_chmod(void)
{
	chmod(NAME, 0606);
}

static void do_chown(void)
{
	chown(NAME, getuid(), getgid());
}

static void do_utimes(void)
{
	utimes(NAME, NULL);
}

static void do_setxattr(void)
{
	setxattr(NAME, "user.raced", "1", 1, 0);
}

static const struct {
	const char *name;
	void (*call)(void);
	const char *bad; /* below $O, or all of it with a leading slash: below $P */
} calls[] = {
	{"open-write", open_write, "out.txt"},
	{"open-append", open_append, "out.txt"},
	{"open-create", open_write, "created.txt"},
	{"open-hook", open_write, "/.git/hooks/pre-commit"},
	{"rename-hook", do_rename_to, "/.git/hooks/pre-commit"},
	{"openat2", open_how2, "out.txt"},
	{"creat", do_creat, "out.txt"},
	{"unlink", do_unlink, "out.txt"},
	{"rename-from", do_rename_from, "out.txt"},
	{"rename-to", do_rename_to, "out.txt"},
	{"link-from", do_link_from, "out.txt"},
	{"link-to", do_link_to, "linked.txt"},
	{"mkdir", do_mkdir, "folder"},
	{"rmdir", do_rmdir, "empty"},
	{"symlink", do_symlink, "symlink"},
	{"mknod", do_mknod, "fifo"},
	{"truncate", do_truncate, "out.txt"},
	{"chmod", do_chmod, "out.txt"},
	{"chown", do_chown, "out.txt"},
	{"utimes", do_utimes, "out.txt"},
	{"setxattr", do_setxattr, "out.txt"},
};

/* Two paths of one length: the shorter's folder gets slashes. */
static void make_paths(const char *forbidden)
{
	char *b = forbidden[0] == '/' ? at(var("P"), forbidden + 1) : in("O", forbidden);
	const char *dir = in("P", "build");
	size_t len = strlen(b) > strlen(dir) + 4 ? strlen(b) : strlen(dir) + 4;

	snprintf(bad, sizeof bad, "/%*s", (int)(len - strlen(b)), "");
	for (char *c = bad; *c; c++)
		*c = '/';
	strcat(bad, b + 1);
	snprintf(good, sizeof good, "%s", dir);
	while (strlen(good) < strlen(bad) - 2)
		strcat(good, "/");
	strcat(good, "ok");
}

int main(int argc, char **argv)
{
	bool shared = argc > 2 && strcmp(argv[2], "shared") == 0;
	pid_t pid = 0;

	attack_begin();
	path = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	stop = (volatile int *)(path + 4096);
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		if (strcmp(calls[i].name, argv[1]) != 0)
			continue;
		make_paths(calls[i].bad);
		put_bytes(good);
		if (shared && (pid = fork()) == 0) {
			flip(NULL);
			_exit(0);
		}
		if (!shared)
			(void)thread(flip, NULL);
		long tries = 0;
		for (; racing(); tries++)
			calls[i].call();
		*stop = 1;
		if (pid > 0)
			waitpid(pid, NULL, 0);
		say("tries", tries);
		return 0;
	}
	return 2;
}
