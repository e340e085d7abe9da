/* The cost of single operations: prints one JSON object with the median of each in nanoseconds.
 * usage: ops FOLDER COUNT     FOLDER is made, used and left empty
 * The same program runs natively, under bubblewrap and under seldom; see bench.py. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define MAX  20000
#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct sockaddr_in served = {.sin_family = AF_INET}, refused = {.sin_family = AF_INET};
static int server;

static void must(long r, const char *what)
{
	if (r < 0) {
		perror(what);
		exit(1);
	}
}

static const char *numbered(unsigned i)
{
	static char name[32];

	(void)snprintf(name, sizeof name, "new%u", i);
	return name;
}

/* --- the operations; each is timed alone, `i` counts up ------------------------------------- */

static void op_stat(unsigned i)
{
	struct stat st;

	(void)i;
	must(stat("file", &st), "stat");
}
static void op_open_read(unsigned i)
{
	int fd = open("file", O_RDONLY);

	(void)i;
	must(fd, "open to read");
	(void)close(fd);
}
static void op_open_write(unsigned i)
{
	int fd = open("file", O_WRONLY);

	(void)i;
	must(fd, "open to write");
	(void)close(fd);
}
static void op_create(unsigned i)
{
	int fd = open(numbered(i), O_WRONLY | O_CREAT | O_EXCL, 0644);

	must(fd, "create");
	(void)close(fd);
}
static void op_unlink(unsigned i)
{
	must(unlink(numbered(i)), "unlink");
}
static void op_mkdir(unsigned i)
{
	(void)i;
	must(mkdir("folder", 0755), "mkdir");
	must(rmdir("folder"), "rmdir");
}
static void op_rename(unsigned i)
{
	must(i & 1 ? rename("moved", "other") : rename("other", "moved"), "rename");
}
static void op_chmod(unsigned i)
{
	must(chmod("file", i & 1 ? 0644 : 0600), "chmod");
}
static void op_connect(unsigned i)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)i;
	must(connect(fd, (struct sockaddr *)&served, sizeof served), "connect");
	(void)close(fd);
	(void)close(accept(server, NULL, NULL));
}
static void op_connect_refused(unsigned i)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)i;
	if (connect(fd, (struct sockaddr *)&refused, sizeof refused) == 0 || errno != ECONNREFUSED)
		must(-1, "a refused connection");
	(void)close(fd);
}
static void op_exec(unsigned i)
{
	char *const argv[] = {"true", NULL};
	pid_t pid;

	(void)i;
	must(-posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ), "posix_spawn");
	must(waitpid(pid, NULL, 0), "waitpid");
}

static const struct {
	const char *name;
	void (*op)(unsigned i);
	unsigned part; /* 1/part of COUNT times: the slow ones */
} ops[] = {
	{"stat", op_stat, 1},
	{"open ro + close", op_open_read, 1},
	{"open write + close", op_open_write, 1},
	{"create + close", op_create, 1},
	{"unlink", op_unlink, 1}, /* of what create made: keep the order */
	{"mkdir + rmdir", op_mkdir, 1},
	{"rename", op_rename, 1},
	{"chmod", op_chmod, 1},
	{"connect, loopback", op_connect, 2},
	{"connect, refused", op_connect_refused, 2},
	{"fork + exec + wait", op_exec, 10},
};

/* --- measuring ------------------------------------------------------------------------------ */

static double took[MAX];

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double median_of(void (*op)(unsigned), unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		double from = now();

		op(i);
		took[i] = now() - from;
	}
	qsort(took, count, sizeof took[0], by_value);
	return took[count / 2];
}

static void make_sockets(void)
{
	socklen_t len = sizeof served;
	int closed = socket(AF_INET, SOCK_STREAM, 0);

	served.sin_addr.s_addr = refused.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server = socket(AF_INET, SOCK_STREAM, 0);
	must(bind(server, (struct sockaddr *)&served, sizeof served), "bind");
	must(listen(server, 64), "listen");
	must(getsockname(server, (struct sockaddr *)&served, &len), "getsockname");
	must(bind(closed, (struct sockaddr *)&refused, sizeof refused), "bind");
	len = sizeof refused;
	must(getsockname(closed, (struct sockaddr *)&refused, &len), "getsockname");
	(void)close(closed);
}

static void touch(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT, 0644);

	must(fd, name);
	(void)close(fd);
}

int main(int argc, char **argv)
{
	unsigned count = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;

	if (count < 10 || count > MAX) {
		(void)fprintf(stderr, "usage: ops FOLDER COUNT (10 to %d)\n", MAX);
		return 2;
	}
	must(mkdir(argv[1], 0755), argv[1]);
	must(chdir(argv[1]), argv[1]);
	make_sockets();
	touch("file");
	touch("other");
	(void)printf("{");
	for (size_t i = 0; i < N(ops); i++)
		(void)printf("%s\"%s\": %.0f", i ? ", " : "", ops[i].name,
			     median_of(ops[i].op, count / ops[i].part & ~1U));
	(void)printf("}\n");
	for (const char *const *name = (const char *const[]){"file", "other", "moved", NULL}; *name;
	     name++)
		(void)unlink(*name);
	must(chdir(".."), "..");
	must(rmdir(argv[1]), argv[1]);
	return 0;
}
