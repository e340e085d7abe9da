/* A real bubblewrap sandbox with a shell in it, for the tests of the joiner and of the masks. The
 * shell reads commands from a pipe, so that a test can act before, between and after. */
#pragma once

#include "seldom/base.h"

#include "test.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define BOX_SKIP     77
#define BOX_PATIENCE 30000 /* ms; only something broken takes so long */
#define BOX_SELF     90	   /* descriptor of this program inside: run as /proc/self/fd/90 */

struct box {
	char root[64];	    /* scratch folder on the host, visible inside at the same place */
	pid_t bwrap, child; /* child: bwrap's process inside, by the host's number */
	int in, out, block;
};

static bool box_disable_userns;

__attribute__((unused)) static char *box_path(const struct box *b, const char *rel)
{
	static char ring[8][PATH_MAX];
	static unsigned int at;
	char *p = ring[at++ % SEL_N(ring)];

	(void)snprintf(p, PATH_MAX, "%s/%s", b->root, rel);
	return p;
}

__attribute__((unused)) static void box_write(const struct box *b, const char *rel,
					      const char *text, mode_t mode)
{
	_cleanup_close_ int fd =
		open(box_path(b, rel), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
}

__attribute__((unused)) static void box_mkdir(const struct box *b, const char *rel)
{
	assert_int_equal(mkdir(box_path(b, rel), 0755), 0);
}

/* The scratch folder is not below /tmp: that is the sandbox's own. */
__attribute__((unused)) static void box_init(struct box *b)
{
	*b = (struct box){.root = "/var/tmp/seldom-live-XXXXXX", .in = -1, .out = -1, .block = -1};
	assert_non_null(mkdtemp(b->root));
	(void)chmod(b->root, 0755);
}

static pid_t read_child_pid(int info)
{
	char text[1024] = "";
	size_t n = 0;
	ssize_t got;

	while (n + 1 < sizeof text && (got = read(info, text + n, sizeof text - 1 - n)) > 0)
		n += (size_t)got;
	const char *p = strstr(text, "\"child-pid\":");
	assert_non_null(p);
	return (pid_t)strtol(p + strlen("\"child-pid\":"), NULL, 10);
}

/* Starts bwrap with `extra` arguments (NULL-terminated) and returns as soon as it has named its
 * child: it may still be mounting, and waits with the shell until box_release(). */
__attribute__((unused)) static void box_start(struct box *b, const char *const *extra)
{
	const char *argv[64] = {"bwrap",
				"--unshare-user",
				"--unshare-pid",
				"--unshare-ipc",
				"--unshare-uts",
				"--cap-drop",
				"ALL",
				"--unshare-net",
				"--die-with-parent",
				"--ro-bind",
				"/",
				"/",
				"--dev",
				"/dev",
				"--proc",
				"/proc",
				"--tmpfs",
				"/tmp"};
	int in[2], out[2], info[2], block[2];
	char info_text[16], block_text[16];
	size_t n = 0;

	while (argv[n])
		n++;
	for (; extra && *extra && n < SEL_N(argv) - 10; extra++)
		argv[n++] = *extra;
	if (box_disable_userns)
		argv[n++] = "--disable-userns";
	assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC) | pipe2(info, O_CLOEXEC) |
				 pipe2(block, O_CLOEXEC),
			 0);
	(void)snprintf(info_text, sizeof info_text, "%d", info[1]);
	(void)snprintf(block_text, sizeof block_text, "%d", block[0]);
	const char *tail[] = {"--info-fd", info_text,	"--block-fd", block_text,
			      "--",	   "/bin/bash", "--norc",     "-s"};
	memcpy(argv + n, tail, sizeof tail);
	b->bwrap = fork();
	assert_true(b->bwrap >= 0);
	if (b->bwrap == 0) {
		(void)dup2(in[0], 0);
		(void)dup2(out[1], 1);
		(void)dup2(open("/proc/self/exe", O_RDONLY | O_CLOEXEC), BOX_SELF);
		(void)fcntl(info[1], F_SETFD, 0);
		(void)fcntl(block[0], F_SETFD, 0);
		execvp("bwrap", (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	(void)close(in[0]);
	(void)close(out[1]);
	(void)close(info[1]);
	(void)close(block[0]);
	b->in = in[1];
	b->out = out[0];
	b->block = block[1];
	b->child = read_child_pid(info[0]);
	(void)close(info[0]);
	assert_true(b->child > 0);
}

__attribute__((unused)) static void box_release(struct box *b)
{
	assert_int_equal(write(b->block, "x", 1), 1);
}

__attribute__((unused)) static void box_send(struct box *b, const char *fmt, ...) _printf_(2, 3);
__attribute__((unused)) static void box_send(struct box *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	assert_true(vdprintf(b->in, fmt, ap) > 0);
	va_end(ap);
	assert_int_equal(write(b->in, "\n", 1), 1);
}

/* One line of the shell's output without its newline; "" at its end. */
__attribute__((unused)) static const char *box_line(struct box *b)
{
	struct pollfd wait = {.fd = b->out, .events = POLLIN};
	static char line[8192];
	size_t n = 0;

	while (n + 1 < sizeof line) {
		if (poll(&wait, 1, BOX_PATIENCE) == 0)
			fail_msg("nothing comes after '%.*s'", (int)n, line);
		if (read(b->out, line + n, 1) != 1 || line[n] == '\n')
			break;
		n++;
	}
	line[n] = '\0';
	return line;
}

/* Runs a command inside, its error output joined, and gives "output|status". */
__attribute__((unused)) static const char *box_run(struct box *b, const char *command)
{
	static char all[65536];
	size_t n = 0;

	box_send(b, "{ %s\n} 2>&1; printf '\\n#end %%s\\n' $?", command);
	for (;;) {
		const char *line = box_line(b);
		if (strncmp(line, "#end ", 5) == 0) {
			(void)snprintf(all + n, sizeof all - n, "|%s", line + 5);
			return all;
		}
		if (*line)
			n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", n ? "/" : "", line);
		assert_true(n < sizeof all - 64);
	}
}

/* Whether output is waiting. */
__attribute__((unused)) static bool box_quiet(struct box *b, int msec)
{
	struct pollfd p = {.fd = b->out, .events = POLLIN};

	return poll(&p, 1, msec) == 0;
}

__attribute__((unused)) static void box_done(struct box *b)
{
	char command[128];

	/* A bwrap that is killed before its child asked for its death signal leaves the child. */
	if (b->child > 0)
		(void)kill(b->child, SIGKILL);
	if (b->bwrap > 0) {
		(void)kill(b->bwrap, SIGKILL);
		(void)waitpid(b->bwrap, NULL, 0);
	}
	sel_closep(&b->in);
	sel_closep(&b->out);
	sel_closep(&b->block);
	(void)snprintf(command, sizeof command, "rm -rf '%s'", b->root);
	assert_int_equal(system(command), 0);
}

/* --- as whom the tests run --- */

/* /dev/fuse is 0666 where udev rules; a bare image has 0600. The ordinary user of this test then
 * gets a device node of its own, in a mount namespace that nobody else sees. */
static int private_fuse_node(void)
{
	static const char dir[] = "/mnt";

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("seldom-test", dir, "tmpfs", 0, "mode=0755") < 0 ||
	    mknod("/mnt/fuse", S_IFCHR | 0666, makedev(10, 229)) < 0 ||
	    chmod("/mnt/fuse", 0666) < 0 ||
	    mount("/mnt/fuse", "/dev/fuse", NULL, MS_BIND, NULL) < 0 ||
	    umount2(dir, MNT_DETACH) < 0)
		return -errno;
	return 0;
}

static int become_nobody(void)
{
	if (access("/dev/fuse", F_OK) < 0)
		return -errno;
	int r = private_fuse_node();
	if (r < 0)
		return r;
	if (setgroups(0, NULL) < 0 || setresgid(65534, 65534, 65534) < 0 ||
	    setresuid(65534, 65534, 65534) < 0)
		return -errno;
	/* As after a login: the change of user made this process opaque to itself. */
	return prctl(PR_SET_DUMPABLE, 1) < 0 ? -errno : 0;
}

static int as_child(int (*tests)(void), const char *who, bool nobody, bool disable_userns)
{
	int status = 0;
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (pid < 0)
		return 1;
	if (pid == 0) {
		int r = nobody ? become_nobody() : 0;

		if (r < 0) {
			(void)printf("SKIPPED as %s: %s\n", who, strerror(-r));
			(void)fflush(stdout);
			_exit(BOX_SKIP);
		}
		box_disable_userns = disable_userns;
		(void)printf("--- as %s%s\n", who, disable_userns ? ", --disable-userns" : "");
		(void)fflush(stdout);
		exit(tests());
	}
	if (waitpid(pid, &status, 0) < 0)
		return 1;
	if (WIFSIGNALED(status))
		(void)printf("killed by signal %d\n", WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* Runs the tests as whoever we are and, where that is root, as an ordinary user too; each with and
 * without nested user namespaces forbidden. */
__attribute__((unused)) static int box_main(int (*tests)(void))
{
	bool root = geteuid() == 0;
	int failed = 0, skipped = 0;

	if (access("/dev/fuse", R_OK | W_OK) < 0) {
		(void)printf("SKIPPED: /dev/fuse: %s\n", strerror(errno));
		return BOX_SKIP;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < (root ? 4 : 2); i++) {
		int r = as_child(tests, i < 2 && root ? "root" : "an ordinary user", i >= 2, i % 2);

		failed += r != 0 && r != BOX_SKIP;
		skipped += r == BOX_SKIP;
	}
	return failed ? 1 : skipped ? BOX_SKIP : 0;
}
