#include "notify_start.h"

#include "seldom/proto.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* The same two places that D-Bus looks at; no bus is started where there is none. */
static bool bus_there(void)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS"), *dir = getenv("XDG_RUNTIME_DIR");
	_cleanup_free_ char *path = NULL;

	if (address && *address)
		return true;
	return dir && *dir == '/' && asprintf(&path, "%s/bus", dir) >= 0 && access(path, F_OK) == 0;
}

/* Only saves starting one in vain: it takes the lock itself. */
static bool runs_already(void)
{
	_cleanup_free_ char *dir = NULL, *path = NULL;
	_cleanup_close_ int fd = -1;

	if (sel_runtime_dir(&dir) < 0 || asprintf(&path, "%s/%s", dir, SEL_NOTIFY_LOCK) < 0)
		return true;
	fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0;
}

static void become(const char *program, const sigset_t *mask)
{
	char *const argv[] = {(char *)program, NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* nothing of the run's: not its terminal, its descriptors, its folder */
	if (setsid() < 0 || null < 0 || chdir("/") < 0)
		_exit(1);
	for (int fd = 0; fd < 3; fd++)
		(void)dup2(null, fd);
	if (close_range(3, ~0U, 0) < 0 || signal(SIGPIPE, SIG_DFL) == SIG_ERR ||
	    sigprocmask(SIG_SETMASK, mask, NULL) < 0)
		_exit(1);
	(void)execv(program, argv);
	_exit(1);
}

void sel_notify_start(const sigset_t *mask)
{
	_cleanup_free_ char *program = NULL;
	pid_t pid;

	if (!bus_there() || runs_already() || sel_helper_path("seldom-notify", &program) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		if (fork() == 0) /* a grandchild: nobody here waits for it */
			become(program, mask);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
