#include "target.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#ifndef PIDFD_THREAD /* 6.9 */
#define PIDFD_THREAD O_EXCL
#endif

#define CACHE_SIZE 128 /* entries; a descriptor each */
#define EXE_FRESH  USEC_PER_SEC

struct sel_targets {
	struct sel_target entry[CACHE_SIZE];
};

struct sel_targets *sel_targets_new(void)
{
	struct sel_targets *c = calloc(1, sizeof *c);

	for (size_t i = 0; c && i < CACHE_SIZE; i++)
		c->entry[i].proc = -1;
	return c;
}

static void drop(struct sel_target *t)
{
	sel_closep(&t->proc);
	free(t->exe);
	*t = (struct sel_target){.proc = -1};
}

void sel_targets_free(struct sel_targets *c)
{
	for (size_t i = 0; c && i < CACHE_SIZE; i++)
		drop(&c->entry[i]);
	free(c);
}

static int open_target(pid_t tid, struct sel_target *t)
{
	char path[32];
	long tgid;
	int r;

	drop(t); /* `tid` is a copy */
	(void)snprintf(path, sizeof path, "/proc/%d", tid);
	t->proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (t->proc < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	r = sel_target_status(t, "Tgid:", 10, &tgid);
	if (r < 0) {
		drop(t);
		return -ESRCH;
	}
	t->tid = tid;
	t->tgid = (pid_t)tgid;
	return 0;
}

int sel_targets_get(struct sel_targets *c, pid_t tid, struct sel_target **ret)
{
	struct sel_target *t = &c->entry[(unsigned)tid % CACHE_SIZE];
	int r = 0;

	if (t->tid != tid)
		r = open_target(tid, t);
	if (r >= 0)
		*ret = t;
	return r;
}

int sel_mem_read(pid_t tid, uint64_t address, void *ret, size_t n)
{
	struct iovec to = {ret, n}, from = {(void *)(uintptr_t)address, n};
	ssize_t got = process_vm_readv(tid, &to, 1, &from, 1, 0);

	if (got < 0)
		return -errno;
	return (size_t)got == n ? 0 : -EFAULT;
}

int sel_mem_string(pid_t tid, uint64_t address, char *ret, size_t cap)
{
	size_t have = 0, page = (size_t)sysconf(_SC_PAGESIZE);

	while (have < cap) {
		size_t n = page - (size_t)((address + have) % page);

		/* Most paths are short: do not copy a page for twenty bytes. */
		if (have == 0 && n > 256)
			n = 256;
		if (n > cap - have)
			n = cap - have;
		int r = sel_mem_read(tid, address + have, ret + have, n);
		if (r < 0)
			return r;
		if (memchr(ret + have, '\0', n))
			return 0;
		have += n;
	}
	return -ENAMETOOLONG;
}

static int read_link(int proc, const char *name, char **ret)
{
	char buf[PATH_MAX];
	ssize_t n = readlinkat(proc, name, buf, sizeof buf - 1);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	*ret = strdup(buf);
	return *ret ? 0 : -ENOMEM;
}

/* A dead task's folder answers ESRCH or ENOENT even if its number is used again. */
bool sel_target_alive(const struct sel_target *t)
{
	return faccessat(t->proc, "cwd", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int sel_target_refresh(struct sel_target *t)
{
	t->exe_at = 0;
	return sel_target_alive(t) ? 0 : open_target(t->tid, t);
}

const char *sel_target_exe(struct sel_target *t)
{
	usec_t now = sel_now_monotonic();

	if (!t->exe || now - t->exe_at > EXE_FRESH) {
		free(t->exe);
		t->exe = NULL;
		if (read_link(t->proc, "exe", &t->exe) == -ENOENT && open_target(t->tid, t) >= 0)
			(void)read_link(t->proc, "exe", &t->exe);
		t->exe_at = now;
	}
	return t->exe ? t->exe : "?";
}

const char *sel_target_comm(struct sel_target *t)
{
	const char *exe = sel_target_exe(t), *slash = strrchr(exe, '/');

	return slash ? slash + 1 : exe;
}

static ssize_t read_file(int proc, const char *name, char *buf, size_t cap)
{
	_cleanup_close_ int fd = openat(proc, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, cap - 1);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return n;
}

int sel_target_status(const struct sel_target *t, const char *field, int base, long *ret)
{
	char buf[4096], *p, *end;
	ssize_t n = read_file(t->proc, "status", buf, sizeof buf);

	if (n < 0)
		return (int)n;
	/* The name on the first line is the program's to choose: fields are looked for behind it.
	 */
	p = strchr(buf, '\n');
	while (p && strncmp(p + 1, field, strlen(field)) != 0)
		p = strchr(p + 1, '\n');
	if (!p)
		return -ENODATA;
	p += 1 + strlen(field);
	end = strchr(p, '\n');
	for (char *next; p < end; p = next) {
		long value = strtol(p, &next, base);

		if (next == p)
			break;
		*ret = value;
		n = 0;
	}
	return n == 0 ? 0 : -EBADMSG;
}

int sel_target_umask(struct sel_target *t, uint32_t generation, mode_t *ret)
{
	long value;
	int r;

	if (t->umask_generation != generation) {
		r = sel_target_status(t, "Umask:", 8, &value);
		if (r < 0)
			return r;
		t->umask = (mode_t)value & 0777;
		t->umask_generation = generation;
	}
	*ret = t->umask;
	return 0;
}

int sel_target_getfd(const struct sel_target *t, int fd)
{
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, t->tid, PIDFD_THREAD);

	if (pidfd < 0) /* before 6.9: the process's table, which threads nearly always share */
		pidfd = (int)syscall(SYS_pidfd_open, t->tgid, 0);
	if (pidfd < 0)
		return -errno;
	int copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	return copy < 0 ? -errno : copy;
}

static pid_t parent_of(int proc, char comm[16])
{
	char buf[512], *open_paren, *close_paren;
	int parent = 0;

	if (read_file(proc, "stat", buf, sizeof buf) <= 0)
		return 0;
	open_paren = strchr(buf, '(');
	close_paren = strrchr(buf, ')');
	if (!open_paren || !close_paren || close_paren < open_paren)
		return 0;
	*close_paren = '\0';
	(void)snprintf(comm, 16, "%s", open_paren + 1);
	return sscanf(close_paren + 1, " %*c %d", &parent) == 1 ? parent : 0;
}

int sel_who_read(pid_t tid, pid_t stop_at, struct sel_who *ret)
{
	struct sel_who who = {0};
	struct sel_target t = {.proc = -1};
	int r = open_target(tid, &t);
	pid_t pid;

	if (r < 0)
		return r;
	who.pid = t.tgid;
	(void)read_link(t.proc, "exe", &who.exe);
	(void)read_link(t.proc, "cwd", &who.cwd);
	pid = parent_of(t.proc, who.comm);
	drop(&t);
	while (who.pid != stop_at && pid > 1 && who.n_chain < SEL_N(who.chain)) {
		char path[32], comm[16] = "";
		pid_t up;

		(void)snprintf(path, sizeof path, "/proc/%d", pid);
		_cleanup_close_ int proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (proc < 0)
			break;
		up = parent_of(proc, comm);
		who.chain[who.n_chain] = strdup(comm);
		if (!who.chain[who.n_chain++] || pid == stop_at)
			break;
		pid = up;
	}
	*ret = who;
	return 0;
}

void sel_who_done(struct sel_who *who)
{
	free(who->exe);
	free(who->cwd);
	for (size_t i = 0; i < who->n_chain; i++)
		free(who->chain[i]);
	*who = (struct sel_who){0};
}
