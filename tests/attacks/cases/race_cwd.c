/* A sibling that shares the working folder (CLONE_FS) changes it during relative calls. */
#include "attack.h"

static volatile bool done;

static void *flip(void *arg)
{
	while (!done) {
		(void)!chdir(var("O"));
		(void)!chdir(var("P"));
	}
	return arg;
}

int main(void)
{
	attack_begin();
	(void)thread(flip, NULL);
	while (racing()) {
		int fd = open("out.txt", O_WRONLY | O_TRUNC);

		if (fd >= 0)
			close(fd);
		mkdir("raced", 0755);
		rmdir(in("P", "raced"));
		unlink("dir/inner.txt");
	}
	done = true;
	return 0;
}
