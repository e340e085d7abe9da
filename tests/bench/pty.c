/* What the second terminal of `seldom run` costs: a program writes through it to a terminal, and
 * straight to one. pty SELDOM [MEGABYTES [ROUNDS]]. The terminal at the end either only drains or
 * parses what it reads, as a real one must (libvterm). `relay`, a loop that reads and writes, shows
 * what any second pty costs; `script` is such a program in use. Then a key is sent and its echo
 * awaited. It measures: it passes nothing and fails nothing by time. */
#include "seldom/base.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <vterm.h>

#define ROWS	   50
#define COLS	   160
#define ROUNDS_MAX 50
#define END	   "\033]7777;end\a"

/* --- what is written -------------------------------------------------------------------------- */

static size_t text_line(char *out, size_t cap, unsigned i)
{
	return (size_t)snprintf(out, cap,
				"%08u a line of a log that a build or a test writes, of the "
				"length that such lines have\r\n",
				i);
}

static size_t coloured_line(char *out, size_t cap, unsigned i)
{
	return (size_t)snprintf(
		out, cap,
		"\033[1;3%um%08u\033[0m \033[38;5;%um/usr/include/sys/file.h\033[0m:"
		"\033[36m%u\033[0m: int \033[4mname\033[24m(void);\r\n",
		i % 8, i, i % 256, i % 1000);
}

/* One row of a full-screen program that redraws. */
static size_t screen_row(char *out, size_t cap, unsigned i)
{
	return (size_t)snprintf(
		out, cap,
		"\033[%u;1H\033[3%um%5u root      20   0 %8u %7u S  0.%u  1.0 "
		"\033[0m 0:%02u.00 \033[1m/usr/sbin/daemon --with options\033[0m\033[K",
		1 + i % ROWS, i % 8, i % 65536, i, i / 3, i % 10, i % 60);
}

static const struct work {
	const char *name, *before, *after;
	size_t (*line)(char *out, size_t cap, unsigned i);
} works[] = {
	{"text", "", "", text_line},
	{"coloured", "", "", coloured_line},
	{"full-screen", "\033[?1049h\033[H", "\033[?1049l", screen_row},
};

static int put(const char *bytes, size_t n)
{
	while (n) {
		ssize_t w = write(STDOUT_FILENO, bytes, n);

		if (w < 0)
			return -errno;
		bytes += w;
		n -= (size_t)w;
	}
	return 0;
}

static int write_work(const struct work *work, size_t bytes)
{
	static char block[16384];
	unsigned i = 0;
	size_t n = 0;
	int r = put(work->before, strlen(work->before));

	while (r >= 0 && bytes) {
		while (n + 256 < sizeof block)
			n += work->line(block + n, sizeof block - n, i++);
		r = put(block, n);
		bytes -= n < bytes ? n : bytes;
		n = 0;
	}
	if (r >= 0)
		r = put(work->after, strlen(work->after));
	return r < 0 ? r : put(END, sizeof END - 1);
}

/* --- how it is written ------------------------------------------------------------------------ */

static const char *seldom;
static char self[512];

enum way { DIRECT, RELAY, SCRIPT, SELDOM, WAY_N };
static const char *const way_names[] = {"direct", "relay", "script", "seldom"};

/* The least that a program between two ptys can do. */
static void relay(char **argv)
{
	static char buffer[65536];
	struct winsize size = {.ws_row = ROWS, .ws_col = COLS};
	struct termios raw;
	struct pollfd p[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.events = POLLIN}};
	int master;
	pid_t pid = forkpty(&master, NULL, NULL, &size);

	if (pid == 0) {
		(void)execv(argv[0], argv);
		_exit(127);
	}
	if (tcgetattr(STDIN_FILENO, &raw) == 0) {
		cfmakeraw(&raw);
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	p[1].fd = master;
	while (poll(p, 2, -1) >= 0) {
		bool key = p[0].revents != 0;
		ssize_t n = read(key ? STDIN_FILENO : master, buffer, sizeof buffer);

		if (n <= 0)
			break;
		for (ssize_t at = 0, w; at < n; at += w) {
			w = write(key ? master : STDOUT_FILENO, buffer + at, (size_t)(n - at));
			if (w <= 0)
				break;
		}
	}
	(void)close(master);
	(void)waitpid(pid, NULL, 0);
	_exit(0);
}

static void child(enum way way, const char *work, const char *bytes)
{
	char command[1024];

	(void)setenv("TERM", "xterm-256color", 1);
	if (way == DIRECT)
		(void)execl(self, self, "--write", work, bytes, NULL);
	(void)snprintf(command, sizeof command, "'%s' --write %s %s", self, work, bytes);
	if (way == RELAY)
		relay((char *[]){self, "--write", (char *)work, (char *)bytes, NULL});
	if (way == SCRIPT)
		(void)execlp("script", "script", "-q", "-c", command, "/dev/null", NULL);
	if (way == SELDOM)
		(void)execl(seldom, seldom, "run", "--no-net", "--", self, "--write", work, bytes,
			    NULL);
	_exit(127);
}

/* Microseconds from the first byte to the last; 0: it did not come. */
static usec_t measure(enum way way, const struct work *work, const char *bytes, bool parse)
{
	struct winsize size = {.ws_row = ROWS, .ws_col = COLS};
	VTerm *vt = vterm_new(ROWS, COLS);
	usec_t from = 0, to = 0;
	static char buffer[65536 + 16];
	size_t kept = 0;
	int master;
	pid_t pid = forkpty(&master, NULL, NULL, &size);

	if (pid == 0)
		child(way, work->name, bytes);
	vterm_set_utf8(vt, 1);
	vterm_screen_enable_altscreen(vterm_obtain_screen(vt), 1);
	vterm_screen_set_damage_merge(vterm_obtain_screen(vt), VTERM_DAMAGE_SCROLL);
	vterm_screen_reset(vterm_obtain_screen(vt), 1);
	for (;;) {
		ssize_t n = read(master, buffer + kept, 65536);

		if (n <= 0)
			break;
		if (!from)
			from = sel_now_monotonic();
		if (parse)
			(void)vterm_input_write(vt, buffer + kept, (size_t)n);
		if (memmem(buffer, kept + (size_t)n, END, sizeof END - 1))
			to = sel_now_monotonic();
		n += (ssize_t)kept; /* the mark may come in two pieces */
		kept = (size_t)n < sizeof END - 2 ? (size_t)n : sizeof END - 2;
		memmove(buffer, buffer + n - (ssize_t)kept, kept);
	}
	(void)close(master);
	(void)waitpid(pid, NULL, 0);
	vterm_free(vt);
	return to > from ? to - from : 0;
}

static int by_size(const void *a, const void *b)
{
	const usec_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void compare(const struct work *work, size_t megabytes, int rounds, bool parse)
{
	usec_t times[WAY_N][ROUNDS_MAX];
	double rate[WAY_N];
	char bytes[32];

	(void)snprintf(bytes, sizeof bytes, "%zu", megabytes << 20);
	for (int round = 0; round < rounds; round++) /* in turns: the machine's speed changes */
		for (enum way way = 0; way < WAY_N; way++)
			times[way][round] = measure(way, work, bytes, parse);
	for (enum way way = 0; way < WAY_N; way++) {
		qsort(times[way], (size_t)rounds, sizeof(usec_t), by_size);
		rate[way] = times[way][rounds / 2]
				    ? (double)(megabytes << 20) / (double)times[way][rounds / 2]
				    : 0;
	}
	(void)printf("%-12s %-7s", work->name, parse ? "parses" : "drains");
	for (enum way way = 0; way < WAY_N; way++)
		(void)printf("  %s %7.1f MB/s", way_names[way], rate[way]);
	(void)printf("\n%20s", "");
	for (enum way way = RELAY; way < WAY_N; way++)
		(void)printf("  %s/direct %.3f", way_names[way], rate[way] / rate[DIRECT]);
	(void)printf("  seldom/relay %.3f\n", rate[SELDOM] / rate[RELAY]);
	(void)fflush(stdout);
}

/* --- a key and its echo ----------------------------------------------------------------------- */

#define KEYS 1000

/* In raw mode every byte comes back at once. */
static int echo_keys(void)
{
	struct termios raw;
	char c;

	if (tcgetattr(STDIN_FILENO, &raw) < 0)
		return 1;
	cfmakeraw(&raw);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0 || put(END, sizeof END - 1) < 0)
		return 1;
	while (read(STDIN_FILENO, &c, 1) == 1 && c != '.')
		if (put(&c, 1) < 0)
			return 1;
	return 0;
}

static bool await(int master, const char *what)
{
	static char buffer[65536];
	size_t n = 0;

	while (n < sizeof buffer) {
		struct pollfd p = {.fd = master, .events = POLLIN};
		ssize_t got =
			poll(&p, 1, 10000) > 0 ? read(master, buffer + n, sizeof buffer - n) : -1;

		if (got <= 0)
			return false;
		n += (size_t)got;
		if (memmem(buffer, n, what, strlen(what)))
			return true;
	}
	return false;
}

static void keys(enum way way)
{
	static usec_t times[KEYS];
	struct winsize size = {.ws_row = ROWS, .ws_col = COLS};
	size_t n = 0;
	int master;
	pid_t pid = forkpty(&master, NULL, NULL, &size);

	if (pid == 0)
		child(way, "echo", "0");
	if (await(master, END)) {
		(void)usleep(300000); /* the terminal between is raw by then */
		while (n < KEYS) {
			usec_t from = sel_now_monotonic();

			if (write(master, "x", 1) != 1 || !await(master, "x"))
				break;
			times[n++] = sel_now_monotonic() - from;
			(void)usleep(1000);
		}
	}
	(void)!write(master, ".", 1);
	(void)usleep(200000);
	(void)kill(pid, SIGHUP);
	(void)close(master);
	(void)waitpid(pid, NULL, 0);
	qsort(times, n, sizeof *times, by_size);
	(void)printf("key and echo  %-7s median %4llu us  p99 %4llu us  of %zu\n", way_names[way],
		     n ? (unsigned long long)times[n / 2] : 0,
		     n ? (unsigned long long)times[n * 99 / 100] : 0, n);
	(void)fflush(stdout);
}

int main(int argc, char **argv)
{
	size_t megabytes = argc > 2 ? strtoul(argv[2], NULL, 10) : 16;
	int rounds = argc > 3 ? atoi(argv[3]) : 5;
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (argc == 4 && strcmp(argv[1], "--write") == 0) {
		if (strcmp(argv[2], "echo") == 0)
			return echo_keys();
		for (size_t i = 0; i < SEL_N(works); i++)
			if (strcmp(works[i].name, argv[2]) == 0)
				return write_work(&works[i], strtoul(argv[3], NULL, 10)) < 0;
		return 2;
	}
	if (argc < 2 || n < 0 || rounds < 1 || rounds > ROUNDS_MAX)
		return 2;
	seldom = argv[1];
	for (size_t i = 0; i < SEL_N(works); i++)
		for (int parse = 0; parse < 2; parse++)
			compare(&works[i], parse ? (megabytes + 3) / 4 : megabytes, rounds, parse);
	for (enum way way = 0; way < WAY_N; way++)
		keys(way);
	return 0;
}
