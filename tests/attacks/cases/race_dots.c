/* The folder that `..` starts from moves up while the kernel or the broker walks: three levels
 * above it is sometimes inside the project, sometimes the home folder. */
#include "attack.h"

static char *deep, *shallow;
static volatile bool done;

static void *flip(void *arg)
{
	while (!done) {
		rename(deep, shallow);
		rename(shallow, deep);
	}
	return arg;
}

int main(void)
{
	attack_begin();
	mkdir(in("P", "1"), 0755);
	mkdir(in("P", "1/2"), 0755);
	mkdir(in("P", "1/2/3"), 0755);
	mkdir(in("P", "outside"), 0755);
	mkdir(in("P", "1/outside"), 0755);
	deep = in("P", "1/2/3/m");
	shallow = in("P", "m");
	mkdir(deep, 0755);
	int m = open(deep, O_PATH | O_DIRECTORY);

	(void)thread(flip, NULL);
	while (racing()) {
		int fd = openat(m, "../../../outside/out.txt", O_WRONLY | O_CREAT | O_TRUNC, 0644);

		if (fd >= 0) {
			(void)!write(fd, "raced", 5);
			close(fd);
		}
		unlinkat(m, "../../../outside/dir/inner.txt", 0);
	}
	done = true;
	return 0;
}
