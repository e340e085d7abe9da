/* Prints, for a table of calls on a table of paths, what each call returned and whether the tree
 * changed. Run natively and inside, the two outputs must be equal.
 * usage: errnos FOLDER [READ-ONLY-FOLDER]   FOLDER is made and emptied for every call */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

static char name255[256], name256[257], longpath[4200], almost[4096];
static uint64_t base;
static void *volatile nowhere = (void *)1; /* unmapped, and the compiler must not know */

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void must(int r, const char *what)
{
	if (r < 0)
		die(what);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	must(fd, path);
	must((int)write(fd, text, strlen(text)), path);
	(void)close(fd);
}

/* --- the tree ------------------------------------------------------------------------------- */

static int drop(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	if (ftw->level > 0)
		must(remove(path), path);
	return 0;
}

static void make_socket(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	must(fd, "socket");
	(void)snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path);
	must(bind(fd, (struct sockaddr *)&sa, sizeof sa), path);
	(void)close(fd); /* nobody listens: connect says ECONNREFUSED */
}

static void build(void)
{
	must(nftw(".", drop, 16, FTW_DEPTH | FTW_PHYS), "empty the folder");
	put("f", "file");
	put("g", "another");
	must(mkdir("d", 0755), "d");
	put("d/f", "in d");
	must(mkdir("empty", 0755), "empty");
	must(mkdir("full", 0755), "full");
	must(mkdir("full/sub", 0755), "full/sub");
	put("full/sub/x", "x");
	must(symlink("f", "lnk"), "lnk");
	must(symlink("d", "dirlnk"), "dirlnk");
	must(symlink("nowhere", "dangling"), "dangling");
	must(symlink("loop", "loop"), "loop");
	must(mkfifo("fifo", 0644), "fifo");
	make_socket("sock");
	put("readonly", "read only");
	must(chmod("readonly", 0444), "readonly");
}

static void mix(uint64_t *h, const void *p, size_t n)
{
	for (const unsigned char *b = p; n > 0; b++, n--)
		*h = (*h ^ *b) * 1099511628211U;
}

static uint64_t sum;

static int fingerprint(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	char target[256];
	uint64_t own = 14695981039346656037U;
	uint64_t fact[] = {st->st_mode, S_ISDIR(st->st_mode) ? 0 : st->st_nlink,
			   S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0};

	(void)flag;
	if (ftw->level == 0)
		return 0;
	mix(&own, path, strlen(path));
	mix(&own, fact, sizeof fact);
	if (S_ISLNK(st->st_mode)) {
		ssize_t n = readlink(path, target, sizeof target);

		mix(&own, target, n > 0 ? (size_t)n : 0);
	}
	sum += own; /* order-free */
	return 0;
}

static uint64_t state(void)
{
	sum = 0;
	must(nftw(".", fingerprint, 16, FTW_PHYS), "read the folder");
	return sum;
}

/* --- reporting ------------------------------------------------------------------------------ */

static void report(const char *call, const char *a, const char *b, long r, int e)
{
	uint64_t now = state();

	printf("%s %.24s%s%s %.24s -> %s", call, a, strlen(a) > 24 ? "..." : "", b ? "," : "",
	       b ? b : "", r < 0 ? strerrorname_np(e) : "ok");
	if (now != base) {
		printf(" changed %016llx", (unsigned long long)now);
		build();
	}
	printf("\n");
}

static const char *const paths[] = {
	"f",	    "d",	  "lnk",      "dangling", "loop",   "dirlnk",
	"fifo",	    "sock",	  "readonly", "none",	  "f/x",    "none/x",
	"d/none",   "d/f",	  "d/",	      "f/",	  "none/",  "dirlnk/f",
	"dirlnk/n", "lnk/",	  "./d/../f", "d/.",	  "d/..",   ".",
	"..",	    "/",	  "//",	      "",	  "empty",  "full",
	"loop/x",   "dangling/x", name255,    name256,	  longpath, almost,
};

/* --- calls on one path ------------------------------------------------------------------------ */

static long c_mkdir(const char *p)
{
	return mkdir(p, 0751);
}
static long c_rmdir(const char *p)
{
	return rmdir(p);
}
static long c_unlink(const char *p)
{
	return unlink(p);
}
static long c_mknod(const char *p)
{
	return mknod(p, S_IFREG | 0640, 0);
}
static long c_mkfifo(const char *p)
{
	return mkfifo(p, 0640);
}
static long c_symlink(const char *p)
{
	return symlink("target", p);
}
static long c_truncate(const char *p)
{
	return truncate(p, 2);
}
static long c_truncate_neg(const char *p)
{
	return truncate(p, -1);
}
static long c_chmod(const char *p)
{
	return chmod(p, 0700);
}
static long c_chown(const char *p)
{
	return chown(p, getuid(), getgid());
}
static long c_lchown(const char *p)
{
	return lchown(p, getuid(), getgid());
}
static long c_access(const char *p)
{
	return access(p, R_OK);
}
static long c_chdir(const char *p)
{
	int here = open(".", O_PATH | O_DIRECTORY), r = chdir(p), e = errno;

	must(fchdir(here), "back");
	(void)close(here);
	errno = e;
	return r;
}
static long c_setxattr(const char *p)
{
	return setxattr(p, "user.t", "v", 1, 0);
}
static long c_lsetxattr(const char *p)
{
	return lsetxattr(p, "user.t", "v", 1, 0);
}
static long c_removexattr(const char *p)
{
	return removexattr(p, "user.none");
}
static long c_utimens(const char *p)
{
	return utimensat(AT_FDCWD, p, NULL, 0);
}
static long c_utimens_link(const char *p)
{
	return utimensat(AT_FDCWD, p, NULL, AT_SYMLINK_NOFOLLOW);
}
static long c_unlinkat_dir(const char *p)
{
	return unlinkat(AT_FDCWD, p, AT_REMOVEDIR);
}
static long c_unlinkat_bad(const char *p)
{
	return unlinkat(AT_FDCWD, p, 0x4000);
}
static long c_bind(const char *p)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), r, e;

	(void)snprintf(sa.sun_path, sizeof sa.sun_path, "%s", p);
	r = bind(fd, (struct sockaddr *)&sa, sizeof sa), e = errno;
	(void)close(fd);
	errno = e;
	return *p ? r : 0; /* an empty name asks for an abstract address */
}
static long c_connect(const char *p)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), r, e;

	(void)snprintf(sa.sun_path, sizeof sa.sun_path, "%s", p);
	r = connect(fd, (struct sockaddr *)&sa, sizeof sa), e = errno;
	(void)close(fd);
	errno = e;
	return r;
}
static long c_creat(const char *p)
{
	struct stat st;
	int fd;

	if (stat(p, &st) == 0 && S_ISFIFO(st.st_mode))
		return 0; /* would wait for a reader */
	fd = creat(p, 0640);
	return fd < 0 ? fd : close(fd);
}

static const struct {
	const char *name;
	long (*call)(const char *path);
} singles[] = {
	{"mkdir", c_mkdir},
	{"rmdir", c_rmdir},
	{"unlink", c_unlink},
	{"mknod", c_mknod},
	{"mkfifo", c_mkfifo},
	{"symlink", c_symlink},
	{"truncate", c_truncate},
	{"truncate-1", c_truncate_neg},
	{"chmod", c_chmod},
	{"chown", c_chown},
	{"lchown", c_lchown},
	{"access", c_access},
	{"chdir", c_chdir},
	{"setxattr", c_setxattr},
	{"lsetxattr", c_lsetxattr},
	{"removexattr", c_removexattr},
	{"utimens", c_utimens},
	{"utimens-link", c_utimens_link},
	{"unlinkat-dir", c_unlinkat_dir},
	{"unlinkat-bad", c_unlinkat_bad},
	{"bind", c_bind},
	{"connect", c_connect},
	{"creat", c_creat},
};

/* The root folder and above are not ours to change: only calls that must fail go there. */
static bool ours(const char *name, const char *path)
{
	static const char *const harmless[] = {
		"mkdir",	"rmdir",	"unlink", "mknod", "mkfifo",  "symlink", "truncate",
		"unlinkat-dir", "unlinkat-bad", "access", "bind",  "connect", "creat"};

	if (path[0] != '/' && strcmp(path, "..") != 0)
		return true;
	for (size_t i = 0; i < N(harmless); i++)
		if (strcmp(name, harmless[i]) == 0)
			return true;
	return false;
}

static void all_singles(void)
{
	for (size_t c = 0; c < N(singles); c++)
		for (size_t p = 0; p < N(paths); p++) {
			long r;

			if (!ours(singles[c].name, paths[p]))
				continue;
			errno = 0;
			r = singles[c].call(paths[p]);
			report(singles[c].name, paths[p], NULL, r, errno);
		}
}

/* --- open ----------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int flags;
} opens[] = {
	{"RDONLY", O_RDONLY},
	{"WRONLY", O_WRONLY},
	{"RDWR", O_RDWR},
	{"WR|CREAT", O_WRONLY | O_CREAT},
	{"RD|CREAT", O_RDONLY | O_CREAT},
	{"CREAT|EXCL", O_WRONLY | O_CREAT | O_EXCL},
	{"RD|CREAT|EXCL", O_RDONLY | O_CREAT | O_EXCL},
	{"WR|TRUNC", O_WRONLY | O_TRUNC},
	{"RD|TRUNC", O_RDONLY | O_TRUNC},
	{"CREAT|TRUNC", O_WRONLY | O_CREAT | O_TRUNC},
	{"WR|APPEND", O_WRONLY | O_APPEND},
	{"WR|NOFOLLOW", O_WRONLY | O_NOFOLLOW},
	{"CREAT|NOFOLLOW", O_WRONLY | O_CREAT | O_NOFOLLOW},
	{"DIRECTORY", O_RDONLY | O_DIRECTORY},
	{"WR|DIRECTORY", O_WRONLY | O_DIRECTORY},
	{"PATH|CREAT", O_PATH | O_CREAT},
	{"WR|PATH", O_WRONLY | O_PATH},
	{"TMPFILE|RDWR", O_TMPFILE | O_RDWR},
	{"TMPFILE|RDONLY", O_TMPFILE | O_RDONLY},
	{"TMPFILE|EXCL", O_TMPFILE | O_WRONLY | O_EXCL},
	{"ACCMODE3", 3},
};

static void all_opens(void)
{
	for (size_t o = 0; o < N(opens); o++)
		for (size_t p = 0; p < N(paths); p++) {
			int fd;

			/* A nameless file below the root would be an action out of scope. */
			if ((opens[o].flags & O_TMPFILE) == O_TMPFILE && paths[p][0] == '/')
				continue;
			fd = open(paths[p], opens[o].flags | O_NONBLOCK, 0640);

			report(opens[o].name, paths[p], NULL, fd, errno);
			if (fd >= 0)
				(void)close(fd);
		}
}

/* --- calls on two paths ----------------------------------------------------------------------- */

static long p_rename(const char *a, const char *b)
{
	return rename(a, b);
}
static long p_noreplace(const char *a, const char *b)
{
	return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_NOREPLACE);
}
static long p_exchange(const char *a, const char *b)
{
	return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}
static long p_badflags(const char *a, const char *b)
{
	return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_NOREPLACE | RENAME_EXCHANGE);
}
static long p_link(const char *a, const char *b)
{
	return link(a, b);
}
static long p_linkfollow(const char *a, const char *b)
{
	return linkat(AT_FDCWD, a, AT_FDCWD, b, AT_SYMLINK_FOLLOW);
}

static const struct {
	const char *name;
	long (*call)(const char *a, const char *b);
} pairs[] = {
	{"rename", p_rename},
	{"rename-noreplace", p_noreplace},
	{"rename-exchange", p_exchange},
	{"rename-bad", p_badflags},
	{"link", p_link},
	{"link-follow", p_linkfollow},
};
static const char *const ends[] = {
	"f",	  "g",	   "d",	  "empty", "full",     "lnk",	       "dangling", "loop", "none",
	"none/x", "f/x",   "d/f", "d/new", "full/sub", "full/sub/new", "dirlnk/f", "fifo", "f/",
	"d/",	  "none/", ".",	  "",	   name255,    name256,	       longpath};

static void all_pairs(void)
{
	for (size_t c = 0; c < N(pairs); c++)
		for (size_t a = 0; a < N(ends); a++)
			for (size_t b = 0; b < N(ends); b++) {
				long r = pairs[c].call(ends[a], ends[b]);

				report(pairs[c].name, ends[a], ends[b], r, errno);
			}
}

/* --- descriptors, pointers, sizes ----------------------------------------------------------- */

#define SHOW(what, expression)                                                                     \
	do {                                                                                       \
		long r_ = (expression);                                                            \
		report((what), "", NULL, r_, errno);                                               \
	} while (0)

static void bad_descriptors(void)
{
	int file = open("f", O_RDONLY), dir = open("d", O_RDONLY | O_DIRECTORY),
	    path = open("d", O_PATH), fpath = open("f", O_PATH), closed = dup(file);

	(void)close(closed);
	SHOW("openat fd -1", openat(-1, "x", O_WRONLY | O_CREAT, 0644));
	SHOW("openat fd -1, absolute", openat(-1, "/none/x", O_WRONLY | O_CREAT, 0644));
	SHOW("openat closed", openat(closed, "x", O_WRONLY | O_CREAT, 0644));
	SHOW("openat 9999", openat(9999, "x", O_WRONLY | O_CREAT, 0644));
	SHOW("openat file", openat(file, "x", O_WRONLY | O_CREAT, 0644));
	SHOW("openat O_PATH file", openat(fpath, "x", O_WRONLY | O_CREAT, 0644));
	SHOW("openat dir", openat(dir, "x", O_WRONLY | O_CREAT, 0644));
	SHOW("openat O_PATH dir", openat(path, "x", O_WRONLY | O_CREAT, 0644));
	SHOW("openat dir ..", openat(dir, "../f", O_WRONLY));
	SHOW("mkdirat file", mkdirat(file, "x", 0755));
	SHOW("mkdirat dir", mkdirat(dir, "x", 0755));
	SHOW("unlinkat -1", unlinkat(-1, "f", 0));
	SHOW("unlinkat dir", unlinkat(dir, "f", 0));
	SHOW("renameat dir", renameat(dir, "f", AT_FDCWD, "moved"));
	SHOW("renameat file", renameat(file, "f", AT_FDCWD, "moved"));
	SHOW("linkat fd of /proc",
	     linkat(AT_FDCWD, "/proc/self/fd/9999", AT_FDCWD, "l", AT_SYMLINK_FOLLOW));
	SHOW("symlinkat -1", symlinkat("t", -1, "x"));
	SHOW("fchmodat -1", fchmodat(-1, "f", 0600, 0));
	SHOW("fchownat bad flag", fchownat(AT_FDCWD, "f", getuid(), getgid(), 0x40000));
	SHOW("utimensat bad nsec",
	     utimensat(AT_FDCWD, "f", (struct timespec[]){{0, 2000000000}, {0, 0}}, 0));
	SHOW("utimensat empty path", utimensat(file, "", NULL, AT_EMPTY_PATH));
	SHOW("fchmod O_PATH", fchmod(fpath, 0600));
	SHOW("ftruncate read-only fd", ftruncate(file, 0));
	(void)close(file);
	(void)close(dir);
	(void)close(path);
	(void)close(fpath);
}

static void bad_pointers(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *two =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *end = two + page;

	must(mprotect(end, page, PROT_NONE), "mprotect");
	memset(two, 'a', page);
	SHOW("open NULL", syscall(SYS_openat, AT_FDCWD, NULL, O_WRONLY | O_CREAT, 0644));
	SHOW("open 1", syscall(SYS_openat, AT_FDCWD, nowhere, O_WRONLY, 0644));
	SHOW("open kernel address", syscall(SYS_openat, AT_FDCWD, (char *)-4096L, O_WRONLY, 0644));
	SHOW("open, no NUL before the hole", open(end - 3, O_WRONLY | O_CREAT, 0644));
	memcpy(end - 4, "new", 4);
	SHOW("open, NUL is the last byte", open(end - 4, O_WRONLY | O_CREAT | O_EXCL, 0644));
	SHOW("rename NULL", rename("f", nowhere));
	SHOW("mkdir 1", mkdir(nowhere, 0755));
	SHOW("unlink 1", unlink(nowhere));
	SHOW("symlink 1", symlink(nowhere, "x"));
	SHOW("link 1", link("f", nowhere));
	SHOW("connect, bad address", connect(socket(AF_UNIX, SOCK_STREAM, 0), nowhere, 16));
	SHOW("connect, short address", connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)two, 1));
	SHOW("connect, long address", connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)two, 4096));
	SHOW("connect, no socket", connect(0, (void *)two, 16));
	SHOW("connect, fd 9999", connect(9999, (void *)two, 16));
	SHOW("setxattr bad value", setxattr("f", "user.x", nowhere, 8, 0));
	SHOW("setxattr long", setxattr("f", "user.x", two, 70000, 0));
	SHOW("setxattr bad flags", setxattr("f", "user.x", "v", 1, 99));
	SHOW("setxattr no space", setxattr("f", "nonsense", "v", 1, 0));
	(void)munmap(two, 2 * page);
}

/* openat2 is refused inside with ENOSYS, as an old kernel would: its callers fall back. */
static long open2(const char *path, uint64_t flags, uint64_t mode)
{
	struct open_how how = {.flags = flags, .mode = mode};
	long r = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);

	return r < 0 && errno == ENOSYS ? open(path, (int)flags, mode) : r;
}

static void openat2s(void)
{
	SHOW("openat2 or openat", open2("f", O_WRONLY, 0));
	SHOW("openat2 or openat, create", open2("x", O_WRONLY | O_CREAT, 0640));
	SHOW("openat2 or openat, link", open2("loop", O_WRONLY, 0));
}

static void limits(void)
{
	struct rlimit old, none;

	must(getrlimit(RLIMIT_NOFILE, &old), "getrlimit");
	none = (struct rlimit){.rlim_cur = 3, .rlim_max = old.rlim_max};
	must(setrlimit(RLIMIT_NOFILE, &none), "setrlimit");
	long write_r = open("f", O_WRONLY), write_e = errno;
	long creat_r = open("created", O_WRONLY | O_CREAT, 0644), creat_e = errno;
	must(setrlimit(RLIMIT_NOFILE, &old), "setrlimit");
	report("open, no descriptor left", "f", NULL, write_r, (int)write_e);
	/* natively the name is not made either */
	report("create, no descriptor left", "created", NULL, creat_r, (int)creat_e);
}

static void read_only_mount(const char *ro)
{
	char in[300], out[300];

	(void)snprintf(in, sizeof in, "%s/f", ro);
	(void)snprintf(out, sizeof out, "%s/new", ro);
	SHOW("ro mount: write", open(in, O_WRONLY));
	SHOW("ro mount: truncate", truncate(in, 0));
	SHOW("ro mount: create", open(out, O_WRONLY | O_CREAT, 0644));
	SHOW("ro mount: create what is there", open(in, O_WRONLY | O_CREAT | O_EXCL, 0644));
	SHOW("ro mount: mkdir", mkdir(out, 0755));
	SHOW("ro mount: mkdir what is there", mkdir(in, 0755));
	SHOW("ro mount: unlink", unlink(in));
	SHOW("ro mount: unlink nothing", unlink(out));
	SHOW("ro mount: rename", rename(in, out));
	SHOW("ro mount: link across", link(in, "l"));
	SHOW("ro mount: rename across", rename("f", out));
	SHOW("ro mount: symlink", symlink("t", out));
	SHOW("ro mount: chmod", chmod(in, 0600));
	SHOW("ro mount: utimes", utimensat(AT_FDCWD, in, NULL, 0));
	SHOW("ro mount: setxattr", setxattr(in, "user.x", "v", 1, 0));
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	memset(name255, 'n', 255);
	memset(name256, 'm', 256);
	for (size_t i = 0; i < 4096 + 50; i += 2)
		memcpy(longpath + i, "d/", 3);
	for (size_t i = 0; i + 3 < 4095; i += 2) /* as long as a path may be: ./././f */
		memcpy(almost + i, "./", 3);
	strcat(almost, "f");
	umask(022);
	(void)mkdir(argv[1], 0755);
	must(chdir(argv[1]), argv[1]);
	build();
	base = state();
	all_singles();
	all_opens();
	all_pairs();
	bad_descriptors();
	bad_pointers();
	openat2s();
	limits();
	if (argc > 2)
		read_only_mount(argv[2]);
	return 0;
}
