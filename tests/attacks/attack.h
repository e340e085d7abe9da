/* What every C attack shares: the fixture's names, the mark that it really ran, loot, and time.
 * The fixture comes in environment variables (see fixture.py): P R N O S LISTEN_* VICTIM ... */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

static const char *UNUSED var(const char *name)
{
	const char *v = getenv(name);

	return v ? v : "";
}

static int UNUSED var_int(const char *name)
{
	return atoi(var(name));
}

/* dir/name, in one of several buffers that are never freed: attacks are short. */
static char *UNUSED at(const char *dir, const char *name)
{
	char *p = NULL;

	if (asprintf(&p, "%s/%s", dir, name) < 0)
		abort();
	return p;
}

static char *UNUSED in(const char *place, const char *name)
{
	return at(var(place), name);
}

/* A sandbox in which nothing starts would pass every check: this mark says that it did start. */
static void UNUSED attack_begin(void)
{
	int fd = open(in("P", "attack-ran"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0) {
		perror("attack-ran");
		exit(3);
	}
	close(fd);
}

/* Natively: this machine cannot show the effect, the case is skipped. Inside, it counts as tried.
 */
static void UNUSED attack_skip(const char *why)
{
	fprintf(stderr, "skip: %s (%s)\n", why, strerror(errno));
	exit(77);
}

static void UNUSED say(const char *what, long r)
{
	fprintf(stderr, "%s = %ld (%s)\n", what, r, r < 0 ? strerror(errno) : "ok");
}

static void UNUSED put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0)
		return;
	(void)!write(fd, text, strlen(text));
	close(fd);
}

static void UNUSED write_fd(int fd)
{
	say("write", write(fd, "attacked\n", 9));
}

/* What was stolen goes where the program may write; the runner finds it there. */
static void UNUSED loot(const void *bytes, ssize_t n)
{
	int fd = open(in("P", "loot"), O_WRONLY | O_CREAT | O_APPEND, 0644);

	if (fd >= 0 && n > 0)
		(void)!write(fd, bytes, (size_t)n);
	say("loot", n);
	if (fd >= 0)
		close(fd);
}

static void UNUSED loot_fd(int fd)
{
	char buf[4096];

	if (fd < 0)
		say("open", fd);
	else
		loot(buf, read(fd, buf, sizeof buf));
}

static double UNUSED now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double deadline;
static bool UNUSED racing(void)
{
	if (deadline <= 0)
		deadline = now() + atof(var("SECONDS_RACE"));
	return now() < deadline;
}

/* Holds what was got so that the runner, looking at descriptors and namespaces, sees it. */
static void UNUSED hold(void)
{
	usleep(800000);
}

static struct sockaddr_un UNUSED unix_addr(const char *path, socklen_t *len)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t n = strlen(path);

	if (n >= sizeof a.sun_path)
		n = sizeof a.sun_path - 1;
	memcpy(a.sun_path, path, n);
	if (a.sun_path[0] == '@')
		a.sun_path[0] = 0; /* abstract */
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (path[0] != '@'));
	return a;
}

static pthread_t UNUSED thread(void *(*fn)(void *), void *arg)
{
	pthread_t t;

	if (pthread_create(&t, NULL, fn, arg) != 0)
		exit(3);
	return t;
}
