/* dup2() swaps what a folder's descriptor means between check and use. argv[1]: the call; argv[2]
 * "hooks": the swap is between two folders of the project, one of which is git's hooks; "keep":
 * with the folder where nothing may be lost. */
#include "attack.h"

static int p_fd, o_fd, swap_fd;
static const char *name = "out.txt";
static volatile bool done;

static void *flip(void *arg)
{
	while (!done) {
		dup2(o_fd, swap_fd);
		dup2(p_fd, swap_fd);
	}
	return arg;
}

static void do_openat(void)
{
	int fd = openat(swap_fd, name, O_WRONLY | O_TRUNC);

	if (fd >= 0)
		close(fd);
}

static void do_create(void)
{
	int fd = openat(swap_fd, name, O_WRONLY | O_CREAT, 0755);

	if (fd >= 0)
		close(fd);
	unlinkat(p_fd, name, 0);
}

static void do_unlinkat(void)
{
	unlinkat(swap_fd, name, 0);
	put(in("P", name), "again");
}

static void do_mkdirat(void)
{
	mkdirat(swap_fd, "folder", 0755);
	unlinkat(p_fd, "folder", AT_REMOVEDIR);
}

static void do_renameat(void)
{
	renameat(swap_fd, name, p_fd, "moved");
	put(in("P", name), "again");
}

static void do_rename_in(void)
{
	put(in("P", "source"), "#!/bin/sh\n");
	renameat(AT_FDCWD, "source", swap_fd, name);
}

static void do_fchmodat(void)
{
	fchmodat(swap_fd, name, 0606, 0);
}

static void do_linkat(void)
{
	linkat(swap_fd, name, p_fd, "linked", 0);
	unlinkat(p_fd, "linked", 0);
}

static void do_link_in(void)
{
	linkat(AT_FDCWD, "a.txt", swap_fd, name, 0);
	unlinkat(p_fd, name, 0);
}

static void do_symlinkat(void)
{
	symlinkat("../../a.txt", swap_fd, name);
	unlinkat(p_fd, name, 0);
}

static const struct {
	const char *name;
	void (*call)(void);
} calls[] = {
	{"openat", do_openat},	     {"create", do_create},	{"unlinkat", do_unlinkat},
	{"mkdirat", do_mkdirat},     {"renameat", do_renameat}, {"rename-in", do_rename_in},
	{"fchmodat", do_fchmodat},   {"linkat", do_linkat},	{"link-in", do_link_in},
	{"symlinkat", do_symlinkat},
};

int main(int argc, char **argv)
{
	bool hooks = argc == 3 && strcmp(argv[2], "hooks") == 0;
	bool keep = argc == 3 && !hooks;

	if (argc < 2)
		return 2;
	attack_begin();
	if (hooks)
		name = "pre-commit";
	if (keep) {
		name = "keep.txt";
		put(in("P", name), "mine");
	}
	p_fd = open(hooks ? in("P", "build") : var("P"), O_PATH | O_DIRECTORY);
	o_fd = open(hooks ? in("P", ".git/hooks") : var(keep ? "N" : "O"), O_PATH | O_DIRECTORY);
	if (o_fd < 0)
		attack_skip("cannot open the other folder");
	swap_fd = dup(p_fd);
	(void)thread(flip, NULL);
	while (racing())
		for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
			if (strcmp(calls[i].name, argv[1]) == 0)
				calls[i].call();
	done = true;
	return 0;
}
