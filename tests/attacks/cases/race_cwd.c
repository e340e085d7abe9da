/* A sibling that shares the working folder (CLONE_FS) changes it during relative calls. argv[1]
 * "hooks": between two folders of the project, one of which is git's hooks; "keep":
 * with the folder where nothing may be lost. */
#include "attack.h"

static const char *good, *bad;
static volatile bool done;

static void *flip(void *arg)
{
	while (!done) {
		(void)!chdir(bad);
		(void)!chdir(good);
	}
	return arg;
}

int main(int argc, char **argv)
{
	bool hooks = argc == 2 && strcmp(argv[1], "hooks") == 0;
	bool keep = argc == 2 && !hooks;

	attack_begin();
	good = hooks ? in("P", "build") : var("P");
	bad = hooks ? in("P", ".git/hooks") : var(keep ? "N" : "O");
	(void)thread(flip, NULL);
	while (racing()) {
		if (hooks) {
			close(open("pre-commit", O_WRONLY | O_CREAT, 0755));
			unlink("ok");
			continue;
		}
		int fd = open("out.txt", O_WRONLY | O_TRUNC);

		if (fd >= 0)
			close(fd);
		unlink("keep.txt");
		mkdir("raced", 0755);
		rmdir(in("P", "raced"));
		unlink("dir/inner.txt");
	}
	done = true;
	return 0;
}
