/* Callers that are killed, stopped or interrupted in the middle of forbidden calls. argv[1]: how.
 */
#include "attack.h"

static void child(void)
{
	for (;;) {
		unlink(in("O", "out.txt"));
		mkdir(in("O", "killed"), 0755);
		int fd = open(in("O", "out.txt"), O_WRONLY | O_TRUNC);

		if (fd >= 0)
			close(fd);
	}
}

static void ignore(int sig)
{
	(void)sig;
}

static void once(const char *how)
{
	pid_t pid = fork();

	if (pid == 0)
		child();
	for (int i = 0; i < 20; i++) {
		usleep((useconds_t)(200 + rand() % 1500));
		if (strcmp(how, "stop") == 0) {
			kill(pid, SIGSTOP);
			usleep(300);
			kill(pid, SIGCONT);
		} else if (strcmp(how, "signals") == 0) {
			kill(pid, SIGURG);
		} else {
			break;
		}
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	attack_begin();
	struct sigaction sa = {.sa_handler = ignore};

	sigaction(SIGURG, &sa, NULL);
	while (racing())
		once(argv[1]);
	return 0;
}
