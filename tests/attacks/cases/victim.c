/* The bystander outside: same user, no part in the session. It writes down every signal it gets and
 * whether its memory changed; the runner looks at the rest (alive, priority, limits, tracer). */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int log_fd;
static volatile char memory[16] = "untouched";

static void note(int sig)
{
	char line[32];
	int n = snprintf(line, sizeof line, "signal %d\n", sig);

	(void)!write(log_fd, line, (size_t)n);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	log_fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	(void)open(argv[2], O_RDONLY); /* a secret held open: /proc/PID/fd must not lead there */
	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGCHLD && sig != SIGCONT)
			(void)signal(sig, note);
	printf("%p\n", (void *)memory);
	fflush(stdout);
	for (;;) {
		usleep(20000);
		if (memcmp((const void *)memory, "untouched", 10) != 0) {
			(void)!write(log_fd, "memory\n", 7);
			memcpy((void *)memory, "untouched", 10);
		}
	}
}
