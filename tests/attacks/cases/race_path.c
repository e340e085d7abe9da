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

static void do_mknod_file(void)
{
	mknod(NAME, S_IFREG | 0755, 0);
	unlink(good);
}

static void do_rename_dir(void)
{
	mkdir(in("P", "folder"), 0755);
	put(in("P", "folder/tasks.json"), "{}");
	rename(in("P", "folder"), NAME);
	unlink(at(good, "tasks.json"));
	rmdir(good);
}

static void do_rename_evil(void)
{
	put(in("P", "source"), "[core]\n\tfsmonitor = ./evil\n");
	rename(in("P", "source"), NAME);
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

#define HOOK "P", ".git/hooks/pre-commit"
static const struct {
	const char *name;
	void (*call)(void);
	const char *place, *bad; /* the forbidden path */
	const char *home;	 /* where the good path lies; NULL: $P/build */
} calls[] = {
	/* clang-format off */
	{ "open-write",     open_write,     "O", "out.txt", NULL },
	{ "open-append",    open_append,    "O", "out.txt", NULL },
	{ "open-create",    open_write,     "O", "created.txt", NULL },
	{ "openat2",        open_how2,      "O", "out.txt", NULL },
	{ "creat",          do_creat,       "O", "out.txt", NULL },
	{ "unlink",         do_unlink,      "O", "out.txt", NULL },
	{ "rename-from",    do_rename_from, "O", "out.txt", NULL },
	{ "rename-to",      do_rename_to,   "O", "out.txt", NULL },
	{ "link-from",      do_link_from,   "O", "out.txt", NULL },
	{ "link-to",        do_link_to,     "O", "linked.txt", NULL },
	{ "mkdir",          do_mkdir,       "O", "folder", NULL },
	{ "rmdir",          do_rmdir,       "O", "empty", NULL },
	{ "symlink",        do_symlink,     "O", "symlink", NULL },
	{ "mknod",          do_mknod,       "O", "fifo", NULL },
	{ "truncate",       do_truncate,    "O", "out.txt", NULL },
	{ "chmod",          do_chmod,       "O", "out.txt", NULL },
	{ "chown",          do_chown,       "O", "out.txt", NULL },
	{ "utimes",         do_utimes,      "O", "out.txt", NULL },
	{ "setxattr",       do_setxattr,    "O", "out.txt", NULL },
	/* in scope, but protected by their name */
	{ "hook-open",      open_write,     HOOK, NULL },
	{ "hook-creat",     do_creat,       HOOK, NULL },
	{ "hook-rename",    do_rename_to,   HOOK, NULL },
	{ "hook-link",      do_link_to,     HOOK, NULL },
	{ "hook-symlink",   do_symlink,     HOOK, NULL },
	{ "hook-mknod",     do_mknod_file,  HOOK, NULL },
	{ "hook-old",       open_append,    "P", ".git/hooks/post-merge", NULL },
	{ "envrc-open",     open_write,     "P", ".envrc", NULL },
	{ "envrc-rename",   do_rename_to,   "P", ".envrc", NULL },
	{ "folder-rename",  do_rename_dir,  "P", ".vscode", NULL },
	{ "config-rename",  do_rename_evil, "P", ".git/config", NULL },
	/* in a scope where nothing that existed may be lost */
	{ "keep-unlink",    do_unlink,      "N", "keep.txt", "N" },
	{ "keep-rename-to", do_rename_to,   "N", "keep.txt", "N" },
	{ "keep-rename",    do_rename_from, "N", "keep.txt", "N" },
	{ "keep-open",      open_write,     "N", "keep.txt", "N" },
	{ "keep-truncate",  do_truncate,    "N", "keep.txt", "N" },
	/* and from a scope where all is allowed into that one */
	{ "cross-unlink",    do_unlink,      "N", "keep.txt", NULL },
	{ "cross-rename-to", do_rename_to,   "N", "keep.txt", NULL },
	{ "cross-rename",    do_rename_from, "N", "keep.txt", NULL },
	{ "cross-open",      open_write,     "N", "keep.txt", NULL },
	{ "cross-truncate",  do_truncate,    "N", "keep.txt", NULL },
	{ "cross-rmdir",     do_rmdir,       "N", "bare", NULL },
	{ "vendor-unlink",   do_unlink,      "P", "vendor/lib/x.txt", NULL },
	{ "vendor-open",     open_write,     "P", "vendor/lib/x.txt", NULL },
	{ "vendor-chmod",    do_chmod,       "P", "vendor/lib/x.txt", NULL },
	{ "vendor-rename",   do_rename_to,   "P", "vendor/lib/x.txt", NULL },
}; /* clang-format on */

/* Two paths of one length: the shorter's folder gets slashes. */
static void make_paths(const char *b, const char *dir)
{
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
		const char *dir = calls[i].home ? var(calls[i].home) : in("P", "build");

		make_paths(in(calls[i].place, calls[i].bad), dir);
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
