/* dup2() swaps what a folder's descriptor means between check and use. argv[1]: the call. */
#include "attack.h"

static int p_fd, o_fd, swap_fd;
static volatile bool done;

static void *flip(void *arg)
{
	while (!done) {
		dup2(o_fd, swap_fd);
		dup2(p_fd, swap_fd);
	}
	return arg;
}

static void call(const char *name)
{
	if (strcmp(name, "openat") == 0) {
		int fd = openat(swap_fd, "out.txt", O_WRONLY | O_TRUNC);

		if (fd >= 0)
			close(fd);
	} else if (strcmp(name, "unlinkat") == 0) {
		unlinkat(swap_fd, "out.txt", 0);
		put(in("P", "out.txt"), "again");
	} else if (strcmp(name, "mkdirat") == 0) {
		mkdirat(swap_fd, "folder", 0755);
		unlinkat(p_fd, "folder", AT_REMOVEDIR);
	} else if (strcmp(name, "renameat") == 0) {
		renameat(swap_fd, "out.txt", p_fd, "moved");
		put(in("P", "out.txt"), "again");
	} else if (strcmp(name, "fchmodat") == 0) {
		fchmodat(swap_fd, "out.txt", 0606, 0);
	} else if (strcmp(name, "linkat") == 0) {
		linkat(swap_fd, "out.txt", p_fd, "linked", 0);
		unlinkat(p_fd, "linked", 0);
	}
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	attack_begin();
	p_fd = open(var("P"), O_PATH | O_DIRECTORY);
	o_fd = open(var("O"), O_PATH | O_DIRECTORY);
	if (o_fd < 0)
		attack_skip("cannot open the folder outside");
	swap_fd = dup(p_fd);
	(void)thread(flip, NULL);
	while (racing())
		call(argv[1]);
	done = true;
	return 0;
}
