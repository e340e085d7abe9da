/* Typing into the person's terminal, or writing on another one. argv[1]: the way. */
#include "attack.h"
#include <sys/ioctl.h>
#include <termios.h>

static void inject(unsigned long command)
{
	static const char text[] = "echo typed\n";

	for (const char *c = text; *c; c++)
		if (syscall(SYS_ioctl, 0, command, c) < 0) {
			say("ioctl", -1);
			if (errno == EIO || errno == EPERM)
				attack_skip(
					"TIOCSTI on this terminal needs a kernel or user that may");
			return;
		}
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	attack_begin();
	if (strcmp(argv[1], "sti") == 0)
		inject(TIOCSTI);
	else if (strcmp(argv[1], "sti-high") == 0)
		inject(0x100000000UL | TIOCSTI);
	else if (strcmp(argv[1], "sti-tty") == 0) {
		dup2(open("/dev/tty", O_RDWR), 0);
		inject(0xffffffff00000000UL | TIOCSTI);
	} else if (strcmp(argv[1], "sti-session") == 0) {
		/* A terminal of another session: becomes ours first, if it lets itself. */
		if (fork() == 0) {
			setsid();
			(void)ioctl(0, TIOCSCTTY, 1);
			inject(TIOCSTI);
			_exit(0);
		}
		int status = 0;

		wait(&status);
		return WEXITSTATUS(status);
	} else if (strcmp(argv[1], "other-pts") == 0) {
		int fd = open(var("OTHER_PTS"), O_WRONLY | O_NOCTTY);

		say("open", fd);
		(void)!write(fd, "fake prompt", 11);
	}
	return 0;
}
