/* What a confined process can still do, tried in a child. */
#include "test.h"

#include "confine.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { NOT = 1000 }; /* not confined at all: the canary */

/* Each returns 0 where it worked, else an errno. */
static int read_other(void)
{
	return open("/proc/self/status", O_RDONLY) < 0 ? errno : 0;
}
static int read_named(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
}
static int list_named(void)
{
	return open("/etc", O_RDONLY | O_DIRECTORY) < 0 ? errno : 0;
}
/* Tried on no descriptor: whether the kernel was asked is what counts. */
static int type_into_terminal(void)
{
	return ioctl(-1, TIOCSTI, "x") < 0 && errno != EBADF ? errno : 0;
}
static int type_with_high_bits(void)
{
	return syscall(SYS_ioctl, -1, 0x890000000000 | TIOCSTI, "x") < 0 && errno != EBADF ? errno
											   : 0;
}
static int ask_for_bytes(void)
{
	int n;

	return ioctl(-1, FIONREAD, &n) < 0 && errno != EBADF ? errno : 0;
}
static int search_keyring(void)
{
	return syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user",
		       "seldom-test-absent", 0) < 0 &&
			       errno == EFAULT
		       ? errno
		       : 0;
}
static int empty_keyring(void)
{
	return syscall(SYS_keyctl, KEYCTL_CLEAR, -1000000) < 0 && errno == EPERM ? errno : 0;
}
static int make_file(void)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/tmp/seldom-confine-%d", (int)getpid());
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return errno;
	(void)unlink(path);
	return 0;
}
static int make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
}
static int make_local_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0;
}
static int make_vsock(void)
{
	return socket(AF_VSOCK, SOCK_STREAM, 0) < 0 && errno != EAFNOSUPPORT ? errno : 0;
}
static int pair[2];
static int send_plainly(void)
{
	struct msghdr m = {.msg_iov = &(struct iovec){"x", 1}, .msg_iovlen = 1};

	return send(pair[0], "x", 1, MSG_NOSIGNAL) < 0 || sendmsg(pair[0], &m, MSG_NOSIGNAL) < 0
		       ? errno
		       : 0;
}
static int send_to_connect(void)
{
	return send(pair[0], "x", 1, MSG_FASTOPEN) < 0 ? errno : 0;
}
static int send_message_to_connect(void)
{
	struct msghdr m = {.msg_iov = &(struct iovec){"x", 1}, .msg_iovlen = 1};

	return sendmsg(pair[0], &m, MSG_FASTOPEN) < 0 ? errno : 0;
}
static int run_program(void)
{
	(void)execl("/bin/true", "true", (char *)NULL);
	return errno;
}
static int make_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}
static void *nothing(void *p)
{
	return p;
}
static int make_thread(void)
{
	pthread_t t;
	int r = pthread_create(&t, NULL, nothing, NULL);

	return r ? r : pthread_join(t, NULL);
}
static int map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			       MAP_FAILED
		       ? errno
		       : 0;
}
static int use_memory(void)
{
	char *p = malloc(1 << 20);

	if (!p)
		return ENOMEM;
	memset(p, 1, 1 << 20);
	return mlock(p, 4096) < 0 ? errno : 0;
}
static int look_up(void)
{
	struct addrinfo *list = NULL;

	return getaddrinfo("localhost", "443", NULL, &list) == 0 ? 0 : EIO;
}
static int trace_parent(void)
{
	return kill(getppid(), 0) < 0 ? errno : 0;
}

#define KILLED 256
static int in_child(int as, int (*fn)(void))
{
	static const char *const read[] = {"/etc", "/usr", "/lib", "/lib64", "/absent", NULL};
	static const char *const none[] = {NULL};
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (as != NOT &&
		    sel_confine((enum sel_confined)as, as == SEL_CONFINED_EGRESS ? none : read) < 0)
			_exit(255);
		_exit(fn());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGSYS);
		return KILLED;
	}
	assert_int_not_equal(WEXITSTATUS(status), 255);
	return WEXITSTATUS(status);
}

static void each_can_do_what_its_work_needs_and_no_more(void **state)
{
	enum { OK = 0, DENIED = EACCES };
	static const struct {
		const char *what;
		int (*fn)(void);
		int bare, egress, dial, keys;
	} row[] = {
		{"read another file", read_other, OK, DENIED, DENIED, DENIED},
		{"read a named file", read_named, OK, DENIED, OK, OK},
		{"make a file", make_file, OK, DENIED, DENIED, DENIED},
		{"list a named folder", list_named, OK, DENIED, OK, DENIED},
		{"type into a terminal", type_into_terminal, OK, ENOTTY, KILLED, EPERM},
		{"type, hidden", type_with_high_bits, OK, ENOTTY, KILLED, EPERM},
		{"ask how much may be read", ask_for_bytes, OK, ENOTTY, OK, OK},
		{"search a keyring", search_keyring, OK, KILLED, KILLED, OK},
		{"empty a keyring", empty_keyring, OK, KILLED, KILLED, EPERM},
		{"make a local socket", make_local_socket, OK, KILLED, OK, OK},
		{"make a socket", make_socket, OK, KILLED, OK, EPERM},
		{"make a socket that no work needs", make_vsock, OK, KILLED, KILLED, EPERM},
		{"send", send_plainly, OK, OK, OK, OK},
		{"connect by sending", send_to_connect, OK, KILLED, OK, OK},
		{"connect by sending a message", send_message_to_connect, OK, KILLED, OK, OK},
		{"run a program", run_program, OK, KILLED, KILLED, EPERM},
		{"make a process", make_child, OK, KILLED, KILLED, EPERM},
		{"make a thread", make_thread, OK, KILLED, OK, OK},
		{"map code", map_code, OK, KILLED, OK, OK},
		{"use memory", use_memory, OK, OK, OK, OK},
		{"look up a name", look_up, OK, KILLED, OK, OK},
		{"signal its parent", trace_parent, OK, KILLED, KILLED, EPERM},
	};

	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	print_message("no filter with a sanitizer, whose own calls it would end\n");
	skip();
#endif
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	for (size_t i = 0; i < SEL_N(row); i++) {
		const int expected[] = {row[i].bare, row[i].egress, row[i].dial, row[i].keys};
		const int as[] = {NOT, SEL_CONFINED_EGRESS, SEL_CONFINED_DIAL, SEL_CONFINED_KEYS};

		for (size_t j = 0; j < SEL_N(as); j++) {
			int got = in_child(as[j], row[i].fn);

			if (got != expected[j])
				fail_msg("%s, process %zu: %d, not %d", row[i].what, j, got,
					 expected[j]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_can_do_what_its_work_needs_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
