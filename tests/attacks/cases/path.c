/* Roundabout ways to a file outside, one each. argv[1]: the way. */
#include "attack.h"
#include <linux/openat2.h>

static char *proc_fd(int fd)
{
	char *p = NULL;

	if (asprintf(&p, "/proc/self/fd/%d", fd) < 0)
		abort();
	return p;
}

static void reopen(int flags)
{
	int fd = open(in("O", "out.txt"), flags);

	say("first open", fd);
	write_fd(open(proc_fd(fd), O_WRONLY | O_TRUNC));
}

static void reopen_ro(void)
{
	reopen(O_RDONLY);
}

static void reopen_opath(void)
{
	reopen(O_PATH);
}

static void dirfd_write(void)
{
	int dir = open(var("O"), O_PATH | O_DIRECTORY);

	write_fd(openat(dir, "out.txt", O_WRONLY | O_TRUNC));
}

static void proc_dirfd(void)
{
	int dir = open(var("O"), O_PATH | O_DIRECTORY);

	write_fd(open(at(proc_fd(dir), "out.txt"), O_WRONLY | O_TRUNC));
}

static void tmpfile_link(void)
{
	int fd = open(var("P"), O_TMPFILE | O_RDWR, 0644);

	(void)!write(fd, "planted", 7);
	say("linkat",
	    linkat(AT_FDCWD, proc_fd(fd), AT_FDCWD, in("O", "planted"), AT_SYMLINK_FOLLOW));
}

static void tmpfile_empty(void)
{
	int fd = open(var("P"), O_TMPFILE | O_RDWR, 0644);

	(void)!write(fd, "planted", 7);
	if (linkat(fd, "", AT_FDCWD, in("O", "planted"), AT_EMPTY_PATH) < 0 && errno == ENOENT)
		attack_skip("AT_EMPTY_PATH needs a capability here");
}

static void tmpfile_outside(void)
{
	int fd = open(var("O"), O_TMPFILE | O_RDWR, 0644);

	(void)!write(fd, "planted", 7);
	say("linkat",
	    linkat(AT_FDCWD, proc_fd(fd), AT_FDCWD, in("O", "planted"), AT_SYMLINK_FOLLOW));
}

static void hardlink(void)
{
	say("link", link(in("O", "out.txt"), in("P", "h")));
	write_fd(open(in("P", "h"), O_WRONLY | O_TRUNC));
}

static void hardlink_fd(void)
{
	int fd = open(in("O", "out.txt"), O_RDONLY);

	say("linkat", linkat(AT_FDCWD, proc_fd(fd), AT_FDCWD, in("P", "h"), AT_SYMLINK_FOLLOW));
	write_fd(open(in("P", "h"), O_WRONLY | O_TRUNC));
}

static void exchange(void)
{
	say("renameat2",
	    syscall(SYS_renameat2, AT_FDCWD, in("P", "a.txt"), AT_FDCWD, in("O", "out.txt"), 2));
}

static void whiteout(void)
{
	say("renameat2",
	    syscall(SYS_renameat2, AT_FDCWD, in("O", "out.txt"), AT_FDCWD, in("P", "w"), 4));
	say("rename", rename(in("O", "out.txt"), in("P", "w")));
}

static void raw_open(void)
{
	write_fd((int)syscall(SYS_open, in("O", "out.txt"), O_WRONLY | O_TRUNC, 0));
}

static void raw_creat(void)
{
	write_fd((int)syscall(SYS_creat, in("O", "out.txt"), 0644));
}

static void raw_openat2(void)
{
	struct open_how how = {.flags = O_WRONLY | O_TRUNC};

	write_fd((int)syscall(SYS_openat2, AT_FDCWD, in("O", "out.txt"), &how, sizeof how));
}

static void openat2_in_root(void)
{
	struct open_how how = {.flags = O_WRONLY | O_TRUNC, .resolve = RESOLVE_IN_ROOT};
	int root = open("/", O_PATH | O_DIRECTORY);

	write_fd((int)syscall(SYS_openat2, root, in("O", "out.txt"), &how, sizeof how));
}

/* The number has high bits that the kernel throws away and a careless filter looks at. */
static void raw_high_bits(void)
{
	long ret;
	const char *path = in("O", "out.txt");
	register long flags __asm__("rsi") = O_WRONLY | O_TRUNC;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(0x100000000L | SYS_open), "D"(path), "r"(flags), "d"(0L)
			 : "rcx", "r11", "memory");
	write_fd(ret < 0 ? -1 : (int)ret);
}

/* Flags with high bits, and O_RDONLY | O_TRUNC, which truncates all the same. */
static void rdonly_trunc(void)
{
	say("open", open(in("O", "out.txt"), O_RDONLY | O_TRUNC));
}

static void flags_high_bits(void)
{
	say("open",
	    syscall(SYS_open, in("O", "out.txt"), 0x7f00000000000000L | O_WRONLY | O_TRUNC, 0));
}

static void access_mode_3(void)
{
	int fd = open(in("O", "out.txt"), 3 | O_TRUNC);

	say("open", fd);
}

static void deep_path(void)
{
	char buf[PATH_MAX] = "";

	for (int i = 0; i < 18; i++) /* two links each; the kernel follows forty */
		strcat(buf, "/proc/self/root");
	strcat(buf, in("O", "out.txt"));
	write_fd(open(buf, O_WRONLY | O_TRUNC));
}

static void page_end(void)
{
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const char *path = in("O", "out.txt");

	munmap(p + 4096, 4096);
	char *s = p + 4096 - strlen(path) - 1;
	strcpy(s, path);
	write_fd(open(s, O_WRONLY | O_TRUNC));
}

static void readonly_page(void)
{
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	strcpy(p, in("O", "out.txt"));
	mprotect(p, 4096, PROT_EXEC);
	write_fd(open(p, O_WRONLY | O_TRUNC));
}

static void mmap_shared(void)
{
	int fd = open(in("O", "out.txt"), O_RDWR);
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p != MAP_FAILED)
		memcpy(p, "mapped", 6);
}

static void cwd_outside(void)
{
	(void)!chdir(var("O"));
	write_fd(open("out.txt", O_WRONLY | O_TRUNC));
	write_fd(open("/proc/self/cwd/out.txt", O_WRONLY | O_TRUNC));
	write_fd(open("/proc/thread-self/cwd/out.txt", O_WRONLY | O_TRUNC));
}

static void fifo_rename(void)
{
	mkfifo(in("P", "fifo"), 0644);
	say("rename", rename(in("P", "fifo"), in("O", "out.txt")));
}

static void trailing(void)
{
	mkdir(in("O", "slash/"), 0755);
	rmdir(in("O", "empty//."));
	rmdir(in("O", "empty///"));
	rename(in("O", "dir/"), in("O", "dir2/"));
}

static void mknod_device(void)
{
	if (mknod(in("P", "disk"), S_IFBLK | 0600, 0xfe00) < 0)
		attack_skip("device nodes need root here");
}

static const struct {
	const char *name;
	void (*way)(void);
} ways[] = {
	{"reopen-ro", reopen_ro},	  {"reopen-opath", reopen_opath},
	{"dirfd", dirfd_write},		  {"proc-dirfd", proc_dirfd},
	{"tmpfile-link", tmpfile_link},	  {"tmpfile-empty", tmpfile_empty},
	{"tmpfile-out", tmpfile_outside}, {"hardlink", hardlink},
	{"hardlink-fd", hardlink_fd},	  {"exchange", exchange},
	{"whiteout", whiteout},		  {"raw-open", raw_open},
	{"raw-creat", raw_creat},	  {"raw-openat2", raw_openat2},
	{"in-root", openat2_in_root},	  {"raw-high-bits", raw_high_bits},
	{"rdonly-trunc", rdonly_trunc},	  {"flags-high-bits", flags_high_bits},
	{"mode-3", access_mode_3},	  {"deep-path", deep_path},
	{"page-end", page_end},		  {"unreadable-page", readonly_page},
	{"mmap-shared", mmap_shared},	  {"cwd", cwd_outside},
	{"fifo-rename", fifo_rename},	  {"trailing", trailing},
	{"mknod-device", mknod_device},
};

int main(int argc, char **argv)
{
	attack_begin();
	for (size_t i = 0; argc > 1 && i < sizeof ways / sizeof ways[0]; i++)
		if (strcmp(ways[i].name, argv[1]) == 0) {
			ways[i].way();
			return 0;
		}
	return 2;
}
