/* The real seldom-keys, with the broker and seldom-egress played. */
#include "test.h"

#include "credential.h"
#include "wire.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>

#define SECRET	    "real-Zk9q7Pp3w"
#define PATIENCE_MS 30000 /* for a busy machine; nothing waits for it to pass */

static struct keys {
	pid_t pid;
	int broker, egress, log;
	struct sel_wire in, out;
} k;
static char folder[] = "keys-XXXXXX";
static char home[PATH_MAX];
static rlim_t lockable = RLIM_INFINITY; /* bytes that the next one may lock */

/* --- playing the others --- */

static void program(char ret[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", ret, PATH_MAX - 64);

	assert_true(n > 0);
	ret[n] = '\0';
	for (int up = 0; up < 3; up++)
		*strrchr(ret, '/') = '\0';
	(void)strcat(ret, "/broker/keys/seldom-keys");
}

static void child(int broker, int egress, char *const *env)
{
	char path[PATH_MAX];
	char *argv[] = {(char *)"seldom-keys", NULL};
	int b = fcntl(broker, F_DUPFD, 20), e = fcntl(egress, F_DUPFD, 20);
	int log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);

	program(path);
	if (lockable != RLIM_INFINITY &&
	    setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){lockable, lockable}) < 0)
		_exit(125);
	if (dup2(b, SEL_WIRE_FD_BROKER) < 0 || dup2(e, SEL_WIRE_FD_KEYS) < 0 || dup2(log, 2) < 0)
		_exit(125);
	(void)close_range(5, ~0U, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)execve(path, argv, env);
	_exit(127);
}

static void start(char *const *more)
{
	static char home_text[PATH_MAX + 8], *env[16];
	int broker[2], egress[2], n = 0;

	(void)unlink("log");
	(void)snprintf(home_text, sizeof home_text, "HOME=%s", home);
	env[n++] = home_text;
	/* What may not be traced cannot look for leaks in itself. */
	env[n++] = (char *)"ASAN_OPTIONS=detect_leaks=0";
	for (; more && *more; more++)
		env[n++] = *more;
	env[n] = NULL;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, broker), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, egress), 0);
	k.pid = fork();
	assert_true(k.pid >= 0);
	if (k.pid == 0)
		child(broker[1], egress[1], env);
	(void)close(broker[1]);
	(void)close(egress[1]);
	k.broker = broker[0];
	k.egress = egress[0];
}

/* Its exit code; 1000 and the signal. */
static int reap(void)
{
	int status;

	assert_int_equal(waitpid(k.pid, &status, 0), k.pid);
	(void)close(k.broker);
	(void)close(k.egress);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int stop(void)
{
	(void)shutdown(k.broker, SHUT_RDWR);
	return reap();
}

static struct sel_wire *message(enum sel_wire_kind kind, uint32_t number)
{
	memset(&k.out, 0, sizeof k.out);
	k.out.kind = kind;
	k.out.number = number;
	return &k.out;
}

static void grant(uint32_t number, const char *credential, usec_t expires)
{
	struct sel_wire *w = message(SEL_WIRE_GRANT, number);

	w->expires = expires;
	w->n = (uint32_t)snprintf(w->text, sizeof w->text,
				  "grant g%u host api.example.test; http GET /*; credential %s; in "
				  "header:x-api-key",
				  number, credential);
	assert_int_equal(sel_wire_send(k.broker, w, -1), 0);
}

static void take_back(uint32_t number)
{
	assert_int_equal(sel_wire_send(k.broker, message(SEL_WIRE_REVOKE, number), -1), 0);
}

static void want(uint32_t number)
{
	assert_int_equal(sel_wire_send(k.egress, message(SEL_WIRE_WANT, number), -1), 0);
}

static void get(void)
{
	struct pollfd p = {.fd = k.egress, .events = POLLIN};
	int fd;

	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	assert_int_equal(sel_wire_recv(k.egress, &k.in, &fd), 1);
	assert_int_equal(fd, -1);
	assert_int_equal(k.in.kind, SEL_WIRE_VALUE);
}

static void expect(uint32_t number, const char *value)
{
	get();
	assert_int_equal(k.in.number, number);
	assert_int_equal(k.in.why, value ? SEL_NET_OK : SEL_NET_KEYS);
	assert_string_equal(k.in.text, value ? value : "");
}

static void ask(uint32_t number, const char *value)
{
	want(number);
	expect(number, value);
}

static const char *log_text(void)
{
	static char text[8192];
	int fd = open("log", O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

	(void)close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void put(const char *name, const char *text, size_t n, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
}

static const char *file(const char *name)
{
	static char ret[PATH_MAX + 64];

	(void)snprintf(ret, sizeof ret, "file:%s/%s", home, name);
	return ret;
}

/* --- sources --- */

static void files_are_read_if_nobody_else_could(void **state)
{
	static char large[SEL_CREDENTIAL_MAX + 2];
	char path[PATH_MAX + 16];
	const char *refused[] = {"group", "others", "linked", "way/good", "absent", "large",
				 "empty", "lines",  "fifo",   "folder",	  "nul"};

	(void)state;
	memset(large, 'x', sizeof large);
	put("good", SECRET "\n", strlen(SECRET) + 1, 0600);
	put("bare", SECRET, strlen(SECRET), 0400);
	put("group", SECRET, strlen(SECRET), 0640);
	put("others", SECRET, strlen(SECRET), 0604);
	put("large", large, sizeof large, 0600);
	put("full", large, SEL_CREDENTIAL_MAX, 0600);
	put("empty", "\n", 1, 0600);
	put("lines", SECRET "\nmore\n", strlen(SECRET) + 6, 0600);
	put("nul", SECRET "\0x", strlen(SECRET) + 2, 0600);
	(void)snprintf(path, sizeof path, "%s/good", home);
	assert_int_equal(symlink(path, "linked"), 0);
	assert_int_equal(symlink(".", "way"), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(mkdir("folder", 0700), 0);
	start(NULL);
	grant(1, file("good"), 0);
	grant(2, file("bare"), 0);
	grant(3, file("full"), 0);
	ask(1, SECRET);
	ask(2, SECRET);
	want(3);
	get();
	assert_int_equal(k.in.why, SEL_NET_OK);
	assert_int_equal(k.in.n, SEL_CREDENTIAL_MAX);
	for (uint32_t i = 0; i < SEL_N(refused); i++) {
		grant(10 + i, file(refused[i]), 0);
		ask(10 + i, NULL);
	}
	assert_int_equal(stop(), 0);
	assert_null(strstr(log_text(), SECRET));
	for (size_t i = 0; i < SEL_N(refused); i++) { /* and each is said */
		(void)snprintf(path, sizeof path, "/%s: ", refused[i]);
		assert_non_null(strstr(log_text(), path));
	}
}

static void another_users_file_is_not_read(void **state)
{
	(void)state;
	put("foreign", SECRET, strlen(SECRET), 0644);
	if (geteuid() != 0 || chown("foreign", 65534, 65534) < 0) {
		print_message("not root: no file of another user's can be made\n");
		skip();
	}
	start(NULL);
	grant(1, file("foreign"), 0);
	ask(1, NULL);
	assert_int_equal(stop(), 0);
	assert_non_null(strstr(log_text(), "another user"));
}

static void a_value_is_read_once_and_again_after_it_was_revoked(void **state)
{
	(void)state;
	put("changing", "first-value", 11, 0600);
	start(NULL);
	grant(1, file("changing"), 0);
	ask(1, "first-value");
	put("changing", "second-value", 12, 0600);
	ask(1, "first-value");
	take_back(1);
	ask(1, NULL);
	grant(2, file("changing"), 0);
	ask(2, "second-value");
	(void)unlink("changing");
	grant(3, file("changing"), 0);
	ask(3, NULL);
	put("changing", "third-value", 11, 0600);
	ask(3, "third-value"); /* what failed is tried again */
	assert_int_equal(stop(), 0);
}

/* What the kernel shows of the process's first environment. */
static size_t environment_of(pid_t pid, char *ret, size_t cap)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
	int fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, ret, cap);
	(void)close(fd);
	return n < 0 ? 0 : (size_t)n;
}

static void variables_are_had_and_seen_by_nobody(void **state)
{
	static char room[8192];
	char *const env[] = {(char *)"MY_TOKEN=" SECRET, (char *)"OTHER_TOKEN=other-" SECRET,
			     (char *)"EMPTY=", (char *)"MY_TOKEN=second", NULL};
	size_t n;

	(void)state;
	start(env);
	grant(1, "variable:MY_TOKEN", 0);
	grant(2, "variable:ABSENT", 0);
	grant(3, "variable:EMPTY", 0);
	grant(4, "variable:HOME", 0);
	grant(5, "variable:OTHER_TOKEN", 0);
	grant(6, "variable:MY", 0);
	ask(1, SECRET); /* the first, as getenv(3) */
	ask(2, NULL);
	ask(3, NULL);
	ask(4, home);
	ask(5, "other-" SECRET);
	ask(6, NULL);
	n = environment_of(k.pid, room, sizeof room);
	assert_null(memmem(room, n, SECRET, strlen(SECRET)));
	assert_null(memmem(room, n, "TOKEN", 5));
	if (geteuid() == 0) /* the canary: it could be read, and what is needed is there */
		assert_non_null(memmem(room, n, "HOME=", 5));
	assert_int_equal(stop(), 0);
	assert_null(strstr(log_text(), SECRET));
}

static void kernel_keys_are_found_by_description(void **state)
{
	static const char mine[] = "seldom-test-session", users[] = "seldom-test-user";
	long ring, key, user;

	(void)state;
	ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	key = ring < 0 ? -1
		       : syscall(SYS_add_key, "user", mine, SECRET, strlen(SECRET),
				 KEY_SPEC_SESSION_KEYRING);
	user = key < 0 ? -1
		       : syscall(SYS_add_key, "user", users, "user-" SECRET, strlen(SECRET) + 5,
				 KEY_SPEC_USER_KEYRING);
	if (key < 0 || user < 0) {
		print_message("no kernel keyring here: %s\n", strerror(errno));
		skip();
	}
	start(NULL);
	grant(1, "kernel:seldom-test-session", 0);
	grant(2, "kernel:seldom-test-user", 0);
	grant(3, "kernel:seldom-test-absent", 0);
	ask(1, SECRET);
	ask(2, "user-" SECRET);
	ask(3, NULL);
	assert_int_equal(stop(), 0);
	(void)syscall(SYS_keyctl, KEYCTL_UNLINK, user, KEY_SPEC_USER_KEYRING);
	(void)syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_SESSION_KEYRING);
	assert_null(strstr(log_text(), SECRET));
}

static void without_a_bus_a_keyring_is_refused_at_once(void **state)
{
	static const char *const buses[] = {
		"", "autolaunch:", "unixexec:path=/bin/sh",
		"unix:path=/nonexistent;autolaunch:", "unix:path=/nonexistent"};
	char text[128], *env[] = {text, NULL};

	(void)state;
	for (size_t i = 0; i < SEL_N(buses); i++) {
		(void)snprintf(text, sizeof text, "DBUS_SESSION_BUS_ADDRESS=%s", buses[i]);
		start(env);
		grant(1, "keyring:service", 0);
		ask(1, NULL);
		assert_int_equal(stop(), 0);
		assert_non_null(strstr(log_text(), "keyring:service"));
	}
}

/* A bus that takes connections and never says a word. */
static void a_hung_bus_delays_nobody_else(void **state)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char text[PATH_MAX + 64], *env[] = {text, NULL};
	int bus = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	(void)unlink("bus");
	(void)snprintf(at.sun_path, sizeof at.sun_path, "bus");
	assert_int_equal(bind(bus, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(bus, 8), 0);
	(void)snprintf(text, sizeof text, "DBUS_SESSION_BUS_ADDRESS=unix:path=%s/bus", home);
	put("good", SECRET, strlen(SECRET), 0600);
	start(env);
	grant(1, "keyring:one", 0);
	grant(2, "keyring:two", 0);
	grant(3, file("good"), 0);
	grant(4, "keyring:revoked", 0);
	want(1);
	want(2);
	want(4);
	want(3);
	expect(3, SECRET); /* the last one asked for comes first */
	take_back(4);
	expect(4, NULL); /* nor does that wait for the bus */
	for (int i = 0; i < 2; i++) {
		get();
		assert_int_equal(k.in.why, SEL_NET_KEYS);
	}
	ask(3, SECRET);
	assert_non_null(strstr(log_text(), "no answer within 5 seconds"));
	assert_int_equal(stop(), 0);
	(void)close(bus);
}

/* --- who may have what --- */

static void only_what_the_broker_granted_is_given(void **state)
{
	(void)state;
	put("good", SECRET, strlen(SECRET), 0600);
	start(NULL);
	grant(1, file("good"), 0);
	grant(2, file("good"), 1); /* is over */
	ask(1, SECRET);
	ask(2, NULL);
	ask(0, NULL);
	ask(3, NULL);
	ask(UINT32_MAX, NULL);
	ask(1, SECRET);
	assert_int_equal(stop(), 0);
}

/* Told before egress could hear of it, however much was told. */
static void what_is_wanted_at_once_is_known(void **state)
{
	(void)state;
	put("good", SECRET, strlen(SECRET), 0600);
	start(NULL);
	assert_int_equal(kill(k.pid, SIGSTOP), 0);
	for (uint32_t i = 1; i <= 20; i++)
		grant(i, file("good"), 0);
	want(20);
	assert_int_equal(kill(k.pid, SIGCONT), 0);
	expect(20, SECRET);
	assert_int_equal(stop(), 0);
}

static void every_want_has_its_answer_even_from_who_does_not_read(void **state)
{
	enum { MANY = 2000 };
	uint32_t sent = 0, got = 0;

	(void)state;
	put("good", SECRET, strlen(SECRET), 0600);
	start(NULL);
	grant(1, file("good"), 0);
	ask(1, SECRET);
	/* Until nothing goes in any more: it waits for us, and still hears the broker. */
	for (int idle = 0; sent < MANY && idle < 200;) {
		int r = sel_wire_send(k.egress, message(SEL_WIRE_WANT, 7), -1);

		assert_true(r == 0 || r == -EAGAIN);
		sent += r == 0;
		idle = r == 0 ? 0 : idle + 1;
		if (r < 0)
			(void)poll(NULL, 0, 1);
	}
	take_back(1);
	while (got < sent) {
		expect(7, NULL);
		got++;
	}
	ask(1, NULL);
	assert_int_equal(stop(), 0);
}

static void whoever_breaks_the_rules_ends_it(void **state)
{
	static const uint32_t kinds[] = {SEL_WIRE_GRANT, SEL_WIRE_REVOKE, SEL_WIRE_VALUE,
					 SEL_WIRE_DIAL,	 SEL_WIRE_ASK,	  SEL_WIRE_READY};
	static char noise[SEL_WIRE_TEXT + 4096];

	(void)state;
	put("good", SECRET, strlen(SECRET), 0600);
	for (size_t i = 0; i < SEL_N(kinds); i++) { /* egress plays the broker, and others */
		int fd = kinds[i] == SEL_WIRE_READY ? open("good", O_RDONLY) : -1;

		start(NULL);
		grant(1, file("good"), 0);
		ask(1, SECRET);
		struct sel_wire *w = message(kinds[i], 2);
		if (kinds[i] == SEL_WIRE_GRANT)
			w->n = (uint32_t)sprintf(w->text,
						 "grant x host a.test; http GET /*; credential "
						 "file:/etc/shadow; in header:x-api-key");
		assert_int_equal(sel_wire_send(k.egress, w, fd), 0);
		assert_int_equal(reap(), 1);
		assert_null(strstr(log_text(), SECRET));
		(void)close(fd);
	}
	for (size_t n = 1; n < sizeof noise; n = n * 3 + 1) {
		for (size_t i = 0; i < n; i++)
			noise[i] = (char)(i * 37 + n);
		start(NULL);
		assert_int_equal(send(k.egress, noise, n, 0), (ssize_t)n);
		assert_int_equal(reap(), 1);
	}
	start(NULL); /* the broker says what cannot be */
	struct sel_wire *w = message(SEL_WIRE_GRANT, 1);
	w->n = (uint32_t)sprintf(w->text, "grant x nonsense");
	assert_int_equal(sel_wire_send(k.broker, w, -1), 0);
	assert_int_equal(reap(), 1);
	start(NULL);
	grant(1, file("good"), 0);
	grant(1, file("good"), 0);
	assert_int_equal(reap(), 1);
}

static void it_ends_with_either_side(void **state)
{
	(void)state;
	put("good", SECRET, strlen(SECRET), 0600);
	start(NULL);
	grant(1, file("good"), 0);
	ask(1, SECRET);
	(void)shutdown(k.egress, SHUT_RDWR);
	assert_int_equal(reap(), 0);
	start(NULL);
	ask(1, NULL);
	assert_int_equal(kill(k.pid, SIGTERM), 0);
	assert_int_equal(reap(), 0);
}

/* --- confinement --- */

static unsigned long status_of(const char *field)
{
	char path[64], line[256];
	unsigned long ret = 0;
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)k.pid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof line, f))
		if (strncmp(line, field, strlen(field)) == 0)
			ret = strtoul(line + strlen(field), NULL, 10);
	(void)fclose(f);
	return ret;
}

static void it_is_confined_and_its_memory_locked(void **state)
{
	(void)state;
	put("good", SECRET, strlen(SECRET), 0600);
	start(NULL);
	grant(1, file("good"), 0);
	ask(1, SECRET);
#if !defined(__SANITIZE_ADDRESS__)
	assert_int_equal(status_of("Seccomp:"), 2);
	assert_true(status_of("VmLck:") > 0); /* KiB */
#endif
	assert_int_equal(status_of("NoNewPrivs:"), 1);
	assert_int_equal(stop(), 0);
}

/* For tests/live/egress_keys.sh: a line a credential ("keyring:NAME"), a line its answer. */
static int play(void)
{
	static const char *const passed[] = {"DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"};
	static char room[2][PATH_MAX];
	char *env[3] = {NULL}, line[1024];
	size_t n = 0;

	for (size_t i = 0; i < SEL_N(passed); i++)
		if (getenv(passed[i])) {
			(void)snprintf(room[n], sizeof room[n], "%s=%s", passed[i],
				       getenv(passed[i]));
			env[n] = room[n];
			n++;
		}
	start(env);
	for (uint32_t number = 1; fgets(line, sizeof line, stdin); number++) {
		line[strcspn(line, "\n")] = '\0';
		grant(number, line, 0);
		want(number);
		get();
		(void)printf("%s\n", k.in.why == SEL_NET_OK ? k.in.text : "refused");
		(void)fflush(stdout);
	}
	return stop();
}

/* How often `text` is in the process's memory; `*ret_open`: where it is not locked, or would be in
 * a dump. -1: we may not look. */
static int copies(const char *text, int *ret_open)
{
	static char page[1 << 16];
	char path[64], line[512];
	unsigned long from = 0, to = 0;
	int found = 0, here = 0;

	*ret_open = 0;
	(void)snprintf(path, sizeof path, "/proc/%d/mem", (int)k.pid);
	int mem = open(path, O_RDONLY);
	(void)snprintf(path, sizeof path, "/proc/%d/smaps", (int)k.pid);
	FILE *maps = fopen(path, "re");
	if (mem < 0 || !maps)
		return -1;
	while (fgets(line, sizeof line, maps)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2) {
			here = 0;
			for (unsigned long at = from; at < to; at += sizeof page - 64) {
				size_t most = to - at < sizeof page ? to - at : sizeof page;
				ssize_t n = pread(mem, page, most, (off_t)at);

				for (char *p = page; n > 0 && p; p++) {
					p = memmem(p, (size_t)(page + n - p), text, strlen(text));
					if (!p)
						break;
					here++;
				}
			}
			found += here;
		} else if (strncmp(line, "VmFlags:", 8) == 0 &&
			   !(strstr(line, " lo") && strstr(line, " dd"))) {
			*ret_open += here;
		}
	}
	(void)fclose(maps);
	(void)close(mem);
	return found;
}

static void a_value_lies_in_locked_memory_and_nowhere_once_revoked(void **state)
{
	char *const env[] = {(char *)"TOKEN=variable-" SECRET, NULL};
	int open_copies, n;

#if defined(__SANITIZE_ADDRESS__)
	skip(); /* terabytes of shadow */
#endif
	(void)state;
	put("good", "file-" SECRET, strlen(SECRET) + 5, 0600);
	start(env);
	grant(1, file("good"), 0);
	grant(2, "variable:TOKEN", 0);
	ask(1, "file-" SECRET);
	ask(2, "variable-" SECRET);
	ask(2, "variable-" SECRET);
	n = copies("file-" SECRET, &open_copies);
	if (n < 0) {
		(void)stop();
		print_message("its memory cannot be read: not root\n");
		skip();
	}
	assert_int_equal(n, 1);
	assert_int_equal(open_copies, 0);
	assert_int_equal(copies("variable-" SECRET, &open_copies), 2); /* the environment's */
	assert_int_equal(open_copies, 0);
	take_back(1);
	take_back(2);
	ask(1, NULL);
	assert_int_equal(copies("file-" SECRET, &open_copies), 0);
	assert_int_equal(copies("variable-" SECRET, &open_copies), 1);
	assert_int_equal(stop(), 0);
}

static void little_memory_to_lock_is_enough_and_none_is_refused(void **state)
{
	char *const env[] = {(char *)"TOKEN=variable-" SECRET, NULL};

	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	skip(); /* it locks nothing */
#endif
	put("good", SECRET, strlen(SECRET), 0600);
	lockable = 65536; /* as kernels before 5.16 have it */
	start(env);
	for (uint32_t i = 1; i <= 4; i++) {
		grant(i, i == 4 ? "variable:TOKEN" : file("good"), 0);
		ask(i, i == 4 ? "variable-" SECRET : SECRET);
	}
	for (uint32_t i = 5; i <= 20; i++)
		grant(i, file("good"), 0);
	want(20);
	get(); /* whether it fits or not, there is an answer */
	for (uint32_t i = 5; i < 20; i++) {
		want(i);
		get();
	}
	assert_int_equal(k.in.why, SEL_NET_KEYS); /* the last does not fit */
	assert_non_null(strstr(log_text(), "no memory can be locked"));
	assert_int_equal(stop(), 0);
	lockable = 4096;
	start(NULL);
	assert_int_equal(reap(), 1);
	assert_non_null(strstr(log_text(), "Cannot lock memory"));
	lockable = RLIM_INFINITY;
}

static int set_up(void **state)
{
	char path[PATH_MAX];

	(void)state;
	program(path);
	if (access(path, X_OK) < 0) {
		print_message("seldom-keys is not built\n");
		exit(77);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	if (chdir(getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp") < 0 || !mkdtemp(folder) ||
	    chdir(folder) < 0 || !getcwd(home, sizeof home))
		return -1;
	return 0;
}

static int remove_all(void **state)
{
	static const char *const names[] = {
		"good", "bare",	  "group", "others", "large", "full",	"empty",   "lines",
		"nul",	"linked", "fifo",  "log",    "bus",   "folder", "foreign", "changing"};

	(void)state;
	for (size_t i = 0; i < SEL_N(names); i++)
		if (unlink(names[i]) < 0)
			(void)rmdir(names[i]);
	return rmdir(home);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_read_if_nobody_else_could),
		cmocka_unit_test(another_users_file_is_not_read),
		cmocka_unit_test(a_value_is_read_once_and_again_after_it_was_revoked),
		cmocka_unit_test(variables_are_had_and_seen_by_nobody),
		cmocka_unit_test(kernel_keys_are_found_by_description),
		cmocka_unit_test(without_a_bus_a_keyring_is_refused_at_once),
		cmocka_unit_test(a_hung_bus_delays_nobody_else),
		cmocka_unit_test(only_what_the_broker_granted_is_given),
		cmocka_unit_test(what_is_wanted_at_once_is_known),
		cmocka_unit_test(every_want_has_its_answer_even_from_who_does_not_read),
		cmocka_unit_test(whoever_breaks_the_rules_ends_it),
		cmocka_unit_test(it_ends_with_either_side),
		cmocka_unit_test(it_is_confined_and_its_memory_locked),
		cmocka_unit_test(little_memory_to_lock_is_enough_and_none_is_refused),
		cmocka_unit_test(a_value_lies_in_locked_memory_and_nowhere_once_revoked),
	};

	if (argc == 2 && strcmp(argv[1], "--play") == 0)
		return play();
	return cmocka_run_group_tests(tests, set_up, remove_all);
}
