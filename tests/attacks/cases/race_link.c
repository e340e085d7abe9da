/* A symbolic link (or a folder exchanged with one) flips between the project and outside while
 * calls go through it. argv[1]: the call; argv[2]: "file" (link to a file), "dir" (link to a
 * folder) or "exchange" (a real folder and a link change places),
 * "hooks" (two folders of the project, one of which is git's hooks). */
#include "attack.h"
#include <sys/time.h>
#include <sys/xattr.h>

static const char *mode, *l, *tmp_good, *tmp_bad;
static volatile bool done;

static void flip_link(const char *target, const char *tmp)
{
	symlink(target, tmp);
	rename(tmp, l);
}

static void *flip(void *arg)
{
	const char *in_scope = strcmp(mode, "file") == 0 ? "a.txt" : "build";
	const char *outside = strcmp(mode, "file") == 0	   ? in("O", "out.txt")
			      : strcmp(mode, "hooks") == 0 ? ".git/hooks"
							   : var("O");

	while (!done) {
		if (strcmp(mode, "exchange") == 0) {
			syscall(SYS_renameat2, AT_FDCWD, l, AT_FDCWD, in("P", "e"),
				2 /* EXCHANGE */);
			continue;
		}
		flip_link(outside, tmp_bad);
		flip_link(in_scope, tmp_good);
	}
	return arg;
}

static void do_open(const char *p)
{
	int fd = open(p, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd >= 0) {
		(void)!write(fd, "raced", 5);
		close(fd);
	}
}

static void do_chmod(const char *p)
{
	chmod(p, 0601);
}

static void do_truncate(const char *p)
{
	truncate(p, 2);
}

static void do_utimes(const char *p)
{
	utimes(p, NULL);
}

static void do_setxattr(const char *p)
{
	setxattr(p, "user.raced", "1", 1, 0);
}

static void do_unlink(const char *p)
{
	unlink(p);
}

static void do_rename(const char *p)
{
	rename(p, in("P", "moved"));
}

static void do_mkdir(const char *p)
{
	(void)p;
	mkdir(in("P", "l/raced"), 0755);
	rmdir(in("P", "build/raced"));
}

static void do_rename_in(const char *p)
{
	put(in("P", "source"), "#!/bin/sh\n");
	rename(in("P", "source"), p);
}

static void do_link_in(const char *p)
{
	link(in("P", "a.txt"), p);
	unlink(in("P", "build/pre-commit"));
}

static const struct {
	const char *name;
	void (*call)(const char *);
} calls[] = {{"open", do_open},		{"chmod", do_chmod},   {"truncate", do_truncate},
	     {"utimes", do_utimes},	{"unlink", do_unlink}, {"rename", do_rename},
	     {"setxattr", do_setxattr}, {"mkdir", do_mkdir},   {"rename-in", do_rename_in},
	     {"link-in", do_link_in}};

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	attack_begin();
	mode = argv[2];
	l = in("P", "l");
	tmp_good = in("P", "l1");
	tmp_bad = in("P", "l2");
	if (strcmp(mode, "exchange") == 0) {
		mkdir(l, 0755);
		symlink(var("O"), in("P", "e"));
	}
	const char *inner = strcmp(mode, "hooks") == 0 ? "pre-commit" : "out.txt";
	const char *target = strcmp(mode, "file") == 0 ? l : at(l, inner);

	(void)thread(flip, NULL);
	while (racing()) {
		put(in("P", "build/out.txt"), "again");
		for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
			if (strcmp(calls[i].name, argv[1]) == 0)
				calls[i].call(target);
	}
	done = true;
	usleep(1000);
	return 0;
}
