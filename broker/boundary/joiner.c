/* See joiner.h. The helper is single-threaded, executes nothing, and after joining holds three
 * capabilities in the sandbox's user namespace (one goes as soon as the network is set up) and none
 * outside it. The sandbox cannot see it: it
 * stays in the broker's pid namespace and is not dumpable.
 *
 * Once the sandbox runs, every path handed in is walked through folders a hostile program may be
 * swapping. So a path is walked exactly once, without symlinks, and everything after that acts on
 * the descriptor it gave. */
#include "joiner.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <linux/rtnetlink.h>
#include <linux/stat.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

/* The mount interface of Linux 5.2 and 5.12, by number: the C library of older distributions has no
 * names for it. The numbers are the same on every architecture. */
#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_move_mount
#define SYS_move_mount 429
#endif
#ifndef SYS_fsopen
#define SYS_fsopen 430
#endif
#ifndef SYS_fsconfig
#define SYS_fsconfig 431
#endif
#ifndef SYS_fsmount
#define SYS_fsmount 432
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#endif
#ifndef MOVE_MOUNT_T_EMPTY_PATH
#define MOVE_MOUNT_T_EMPTY_PATH 0x00000040
#endif
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x00001000U
#endif
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x00002000
#endif
/* Enumerators in some headers, macros in others, absent in old ones: own names for all. */
enum {
	TREE_CLONE = 1,	 /* OPEN_TREE_CLONE */
	FS_SET_FLAG = 0, /* FSCONFIG_* */
	FS_SET_STRING = 1,
	FS_CMD_CREATE = 6,
	FS_CLOEXEC = 1,	   /* FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC */
	ATTR_RDONLY = 0x1, /* MOUNT_ATTR_* */
	ATTR_NOSUID = 0x2,
	ATTR_NODEV = 0x4,
	ATTR_NOEXEC = 0x8,
};
struct attr_change { /* struct mount_attr, first version */
	uint64_t set, clear, propagation, userns_fd;
};
#define PROC_MAGIC 0x9fa0
#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78
#endif

/* How long the sandbox may take to finish its own mounts, and one request here. Both only matter
 * when something is broken: a dead network file system, a bwrap that hangs. */
#define READY_MSEC   10000
#define READY_STEP   2
#define REPLY_SEC    20
#define PATH_CAP     4096
#define BACKLOG	     4096
#define TABLE_CAP    (4U << 20) /* bytes of mountinfo looked at */
#define MASK_MODE(f) ((f) ? "40000" : "100000")

enum op {
	OP_INVALID,
	OP_REBIND,
	OP_PROTECT,
	OP_MASK_FILE,
	OP_MASK_FOLDER,
	OP_SOCKETS,
	OP_NETWORK,
	OP_LISTEN,
	OP_DATAGRAMS,
	OP_N
};

struct request {
	uint32_t op;
	socklen_t len; /* of address; 0: none */
	struct sockaddr_storage address, second;
	char path[PATH_CAP];
};
struct reply {
	uint32_t index; /* of the mask, or REPLY_DONE */
	int32_t error;
};
#define REPLY_DONE UINT32_MAX

struct sel_joiner {
	pid_t pid;
	int sock;
	bool broken; /* a request got no answer: the next one must not take that answer for its own
		      */
};

/* What the helper process knows. */
struct helper {
	int sock;
	int proc; /* the host's /proc/self of the helper: the sandbox's /proc does not show it */
	int mntns;
	int netns;
	dev_t host_proc; /* st_dev of the host's /proc */
	int device;	 /* the host's /dev/fuse, O_PATH, for masks that come later */
	int give;	 /* descriptor to send with the answer, or -1 */
	char **masks;
	size_t n_masks;
};

static int sys_errno(long r)
{
	return r < 0 ? -errno : (int)r;
}

static int sys_setattr(int fd, unsigned int flags, struct attr_change change)
{
	return sys_errno(
		syscall(SYS_mount_setattr, fd, "", flags | AT_EMPTY_PATH, &change, sizeof change));
}

static int sys_attach(int tree, int target)
{
	return sys_errno(syscall(SYS_move_mount, tree, "", target, "",
				 MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

static int sys_clone_tree(int fd)
{
	return sys_errno(syscall(SYS_open_tree, fd, "",
				 TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE));
}

/* Walks `path` in the sandbox's own tree. A symlink anywhere is an answer (-ELOOP), not a way. */
static int pin(const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	struct stat st;

	_cleanup_close_ int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
	if (fd < 0)
		return -errno;
	/* O_PATH|O_NOFOLLOW may hand out a link itself. Nothing else than files and folders is
	 * ours. */
	if (fstatat(fd, "", &st, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return -EINVAL;
	return sel_steal_fd(&fd);
}

/* Id of the mount `fd` lies on; *ret_root: it is that mount's root. */
static int mount_of(int fd, uint64_t *ret_id, bool *ret_root)
{
	struct statx sx;

	/* By the C library's struct statx; no file system is asked. */
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &sx) < 0)
		return -errno;
	if (!(sx.stx_mask & STATX_MNT_ID) || !(sx.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT))
		return -EOPNOTSUPP;
	*ret_id = sx.stx_mnt_id;
	*ret_root = sx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	return 0;
}

/* --- joining --- */

static void sleep_msec(long msec)
{
	struct timespec ts = {.tv_sec = msec / 1000, .tv_nsec = msec % 1000 * 1000000};

	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

/* The parent's death must end the helper; its terminal's signals must not: a Ctrl-C meant for the
 * program would take the session's only way to widen or mask. */
static int live_and_die(pid_t parent)
{
	static const int ignored[] = {SIGINT,  SIGQUIT, SIGHUP,	 SIGTSTP, SIGTTIN,
				      SIGTTOU, SIGPIPE, SIGUSR1, SIGUSR2};
	struct rlimit none = {0, 0};
	sigset_t empty;

	for (int s = 1; s < NSIG; s++) /* handlers of the broker have no meaning here */
		(void)signal(s, SIG_DFL);
	for (size_t i = 0; i < SEL_N(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)sigemptyset(&empty);
	(void)sigprocmask(SIG_SETMASK, &empty, NULL);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_NAME, "seldom-joiner");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return getppid() == parent ? 0 : -ESRCH;
}

/* Everything but `*keep`, which moves to 3; 0 to 2 become /dev/null, so that no stray message ends
 * in a descriptor that means something else here. */
static int close_all_but(int *keep)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -errno;
	for (int fd = 0; fd <= 2;
	     fd++) /* the socket was made beside a /dev/null of its own: above 2 */
		if (dup2(null, fd) < 0)
			return -errno;
	if (*keep != 3 && dup3(*keep, 3, O_CLOEXEC) < 0)
		return -errno;
	*keep = 3;
	return syscall(SYS_close_range, 4, ~0U, 0) < 0 ? -errno : 0;
}

static bool same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* bwrap makes itself dumpable only after it dropped its capabilities; until then its namespaces
 * cannot be opened by an ordinary user. */
static int open_mntns(pid_t pid)
{
	char name[64];
	int fd;

	(void)snprintf(name, sizeof name, "/proc/%d/ns/mnt", pid);
	for (long waited = 0;; waited += READY_STEP) {
		fd = open(name, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 || (errno != EACCES && errno != EPERM) || waited >= READY_MSEC)
			return fd < 0 ? -errno : fd;
		sleep_msec(READY_STEP);
	}
}

static int open_netns(pid_t pid)
{
	char name[64];
	int fd;

	(void)snprintf(name, sizeof name, "/proc/%d/ns/net", pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Enters the user namespace that owns the mount namespace - not the one the processes sit in. */
static int join_owner(struct helper *h)
{
	_cleanup_close_ int here = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (here < 0)
		return -errno;
	if (same_file(here, h->mntns))
		return -EINVAL; /* no sandbox: never mount over the host */

	_cleanup_close_ int owner = ioctl(h->mntns, NS_GET_USERNS);
	if (owner < 0)
		return -errno;
	_cleanup_close_ int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return -errno;
	if (!same_file(own, owner) && setns(owner, CLONE_NEWUSER) < 0)
		return -errno;
	/* The change of credentials took the death signal away. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? -errno : 0;
}

/* Whether the root joined last is the sandbox's finished one. While bwrap still builds, the
 * namespace's root is first the host's and then a scaffold; a mask mounted there would be lost and
 * the secret bare. The finished root has a /proc of its own pid namespace; neither of the others
 * has. */
static bool is_ready(const struct helper *h)
{
	struct statfs fs;
	struct stat st;

	return stat("/proc", &st) == 0 && st.st_dev != h->host_proc && statfs("/proc", &fs) == 0 &&
	       fs.f_type == PROC_MAGIC;
}

static int join_mounts(const struct helper *h)
{
	for (long waited = 0; waited <= READY_MSEC; waited += READY_STEP) {
		if (setns(h->mntns, CLONE_NEWNS) < 0) /* takes root and cwd along, anew each time */
			return -errno;
		if (is_ready(h))
			return chdir("/") < 0 ? -errno : 0;
		sleep_msec(READY_STEP);
	}
	return -ETIMEDOUT;
}

/* Mounting is all that is left to do, addresses and routes once, and ports below 1024. */
static const uint32_t caps_set_up =
	1U << CAP_SYS_ADMIN | 1U << CAP_NET_ADMIN | 1U << CAP_NET_BIND_SERVICE;
static const uint32_t caps_running = 1U << CAP_SYS_ADMIN | 1U << CAP_NET_BIND_SERVICE;

static int keep_caps(uint32_t keep)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	data[0].effective = data[0].permitted = keep;
	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

/* What the host mounts later (a stick, an autofs home) would otherwise arrive in the sandbox with
 * the host's flags, that is, writable; and an unbindable mask would stay behind in a re-bind. */
static int cut_propagation(void)
{
	struct attr_change change = {.propagation = MS_PRIVATE};

	return sys_errno(
		syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &change, sizeof change));
}

/* --- masks --- */

static int send_reply(int sock, uint32_t index, int error, int fd)
{
	struct reply reply = {.index = index, .error = error};
	struct iovec iov = {.iov_base = &reply, .iov_len = sizeof reply};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof control;
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int set_option(int fs, const char *key, const char *value)
{
	return sys_errno(syscall(SYS_fsconfig, fs, FS_SET_STRING, key, value, 0));
}

static int set_number(int fs, const char *key, unsigned int value)
{
	char text[16];

	(void)snprintf(text, sizeof text, "%u", value);
	return set_option(fs, key, text);
}

/* A detached FUSE mount served through `fuse`. `default_permissions`: what the file's mode refuses
 * is refused by the kernel, as it would be without a mask, and nobody is asked about it. */
static int make_mask(int fuse, bool folder)
{
	_cleanup_close_ int fs = (int)syscall(SYS_fsopen, "fuse", FS_CLOEXEC);
	int r;

	if (fs < 0)
		return -errno;
	if ((r = set_option(fs, "source", "seldom")) < 0 ||
	    (r = set_option(fs, "subtype", "seldom")) < 0 ||
	    (r = set_number(fs, "fd", (unsigned int)fuse)) < 0 ||
	    (r = set_option(fs, "rootmode", MASK_MODE(folder))) < 0 ||
	    (r = set_number(fs, "user_id", geteuid())) <
		    0 || /* as this user namespace numbers us */
	    (r = set_number(fs, "group_id", getegid())) < 0)
		return r;
	r = sys_errno(syscall(SYS_fsconfig, fs, FS_SET_FLAG, "default_permissions", NULL, 0));
	if (r >= 0)
		r = sys_errno(syscall(SYS_fsconfig, fs, FS_CMD_CREATE, NULL, NULL, 0));
	if (r < 0)
		return r;
	return sys_errno(syscall(SYS_fsmount, fs, FS_CLOEXEC,
				 ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC));
}

static int mount_mask(int fuse, int target, bool folder)
{
	struct stat st;

	if (fuse < 0)
		return fuse;
	if (target < 0)
		return target;
	if (fstat(target, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode) != folder)
		return folder ? -ENOTDIR : -EISDIR;
	_cleanup_close_ int mask = make_mask(fuse, folder);
	return mask < 0 ? mask : sys_attach(mask, target);
}

static int remember_mask(struct helper *h, const char *path)
{
	for (size_t i = 0; i < h->n_masks; i++)
		if (strcmp(h->masks[i], path) == 0)
			return 0;
	char **more = realloc(h->masks, (h->n_masks + 1) * sizeof *more);

	if (!more)
		return -ENOMEM;
	h->masks = more;
	more[h->n_masks] = strdup(path);
	return more[h->n_masks] ? (int)h->n_masks++ : -ENOMEM;
}

/* Nobody serves the masks yet, so a walk through one would wait for ever: all targets are pinned
 * before the first mask is mounted. */
static int mount_masks(struct helper *h, const struct sel_mask_mount *items, size_t n, int *fuse)
{
	_cleanup_free_ int *target = calloc(n + 1, sizeof *target);
	int r = 0;

	if (!target)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		target[i] = pin(items[i].path);
	for (size_t i = 0; i < n && r >= 0; i++) {
		int e = mount_mask(fuse[i], target[i], items[i].folder);

		if (e >= 0)
			e = remember_mask(h, items[i].path);

		r = send_reply(h->sock, (uint32_t)i, e, e < 0 ? -1 : fuse[i]);
		/* Ours must close, or the mask would outlive its server and hang instead of
		 * failing. */
		if (fuse[i] >= 0)
			(void)close(fuse[i]);
		if (target[i] >= 0)
			(void)close(target[i]);
	}
	return r;
}

static int set_up(struct helper *h, pid_t pid, pid_t parent, const struct sel_mask_mount *items,
		  size_t n)
{
	_cleanup_free_ int *fuse = calloc(n + 1, sizeof *fuse);
	struct stat st;
	int r;

	if (!fuse)
		return -ENOMEM;
	if ((r = live_and_die(parent)) < 0 || (r = close_all_but(&h->sock)) < 0)
		return r;
	if (stat("/proc", &st) < 0 || (h->proc = open("/proc/self", O_PATH | O_CLOEXEC)) < 0)
		return -errno;
	h->host_proc = st.st_dev;
	if ((h->mntns = open_mntns(pid)) < 0)
		return h->mntns;
	if ((h->netns = open_netns(pid)) < 0)
		return h->netns;
	if ((r = join_owner(h)) < 0)
		return r;
	if (getppid() != parent) /* died while the death signal was off */
		return -ESRCH;
	h->device = open("/dev/fuse", O_PATH | O_CLOEXEC);
	for (size_t i = 0; i < n; i++) {
		fuse[i] = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
		if (fuse[i] < 0)
			fuse[i] = -errno;
	}
	if ((r = join_mounts(h)) < 0 || (r = keep_caps(caps_set_up)) < 0 ||
	    (r = cut_propagation()) < 0)
		return r;
	(void)close(sel_steal_fd(&h->mntns));
	return mount_masks(h, items, n, fuse);
}

/* --- the table of mounts --- */

struct mount_row {
	uint64_t id, parent;
	char *point; /* as mountinfo escapes it; inside the text */
	char *flags;
};
struct mount_table {
	char *text;
	struct mount_row *rows;
	size_t n;
};

static void table_done(struct mount_table *t)
{
	free(t->text);
	free(t->rows);
}
#define _cleanup_table_ __attribute__((cleanup(table_done)))

static int read_table(int proc, char **ret)
{
	_cleanup_close_ int fd = openat(proc, "mountinfo", O_RDONLY | O_CLOEXEC);
	size_t used = 0, cap = 16384;

	if (fd < 0)
		return -errno;
	_cleanup_free_ char *text = malloc(cap);
	for (;;) {
		if (!text)
			return -ENOMEM;
		ssize_t n = read(fd, text + used, cap - used - 1);
		if (n < 0)
			return -errno;
		used += (size_t)n;
		if (n == 0)
			break;
		if (used + 1 < cap)
			continue;
		if (cap >= TABLE_CAP)
			return -E2BIG;
		char *more = realloc(text, cap *= 2);
		if (!more)
			return -ENOMEM;
		text = more;
	}
	text[used] = '\0';
	*ret = sel_steal_ptr(&text);
	return 0;
}

/* "36 35 98:0 /root /point ro,nosuid shared:1 - ext4 /dev/x rw": id, parent, device, root, point,
 * flags */
static int parse_row(char *line, struct mount_row *ret)
{
	char *field[6], *save = NULL;

	for (size_t i = 0; i < SEL_N(field); i++)
		if (!(field[i] = strtok_r(i ? NULL : line, " ", &save)))
			return -EBADMSG;
	ret->id = strtoull(field[0], NULL, 10);
	ret->parent = strtoull(field[1], NULL, 10);
	ret->point = field[4];
	ret->flags = field[5];
	return 0;
}

static int table_load(int proc, struct mount_table *t)
{
	size_t lines = 0;
	char *save = NULL;
	int r = read_table(proc, &t->text);

	if (r < 0)
		return r;
	for (const char *p = t->text; p && *p; p++)
		lines += *p == '\n';
	t->rows = calloc(lines + 1, sizeof *t->rows);
	if (!t->rows)
		return -ENOMEM;
	for (char *line = strtok_r(t->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (t->n < lines + 1 && (r = parse_row(line, &t->rows[t->n++])) < 0)
			return r;
	return 0;
}

/* Writes `path` as mountinfo escapes it. */
static int escape(const char *path, char *out, size_t cap)
{
	size_t n = 0;

	for (; *path; path++) {
		if (n + 5 > cap)
			return -ENAMETOOLONG;
		if (strchr(" \t\n\\", *path))
			n += (size_t)snprintf(out + n, cap - n, "\\%03o", (unsigned char)*path);
		else
			out[n++] = *path;
	}
	out[n] = '\0';
	return 0;
}

static bool is_below(const char *path, const char *top)
{
	size_t n = strlen(top);

	return strncmp(path, top, n) == 0 && path[n] == '/';
}

/* Marks in `in` the mounts that hang, at any depth, below `point` on mount `id`. Rows come in no
 * promised order, so it runs until nothing changes. */
static void mark_below(const struct mount_table *t, uint64_t id, const char *point, bool *in)
{
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < t->n; i++) {
			bool hangs = t->rows[i].parent == id && is_below(t->rows[i].point, point);

			for (size_t k = 0; k < t->n && !hangs && !in[i]; k++)
				hangs = in[k] && t->rows[i].parent == t->rows[k].id;
			if (hangs && !in[i])
				in[i] = again = true;
		}
	}
}

static size_t count_like(const struct mount_table *t, const bool *in, const struct mount_row *like)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += in[i] && strcmp(t->rows[i].point, like->point) == 0 &&
		     strcmp(t->rows[i].flags, like->flags) == 0;
	return n;
}

/* Whether the mounts below `path` on the new mount are exactly those that were below it on the old:
 * same places, same flags. */
static int compare_below(int proc, uint64_t old, uint64_t new, const char *path)
{
	_cleanup_table_ struct mount_table t = {0};
	char point[4 * PATH_CAP];
	int r = escape(path, point, sizeof point);

	if (r >= 0)
		r = table_load(proc, &t);
	if (r < 0)
		return r;
	_cleanup_free_ bool *a = calloc(t.n + 1, sizeof *a), *b = calloc(t.n + 1, sizeof *b);
	if (!a || !b)
		return -ENOMEM;
	mark_below(&t, old, point, a);
	mark_below(&t, new, point, b);
	for (size_t i = 0; i < t.n; i++)
		if ((a[i] || b[i]) &&
		    count_like(&t, a, &t.rows[i]) != count_like(&t, b, &t.rows[i]))
			return -EIO;
	return 0;
}

/* --- re-binding --- */

/* By the mount's flags and the file system's own. */
static int check_writable(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_flags & ST_RDONLY ? -EPERM : 0;
}

static void detach(int tree)
{
	if (fchdir(tree) == 0)
		(void)umount2(".", MNT_DETACH);
	if (chdir("/") < 0)
		return;
}

/* A folder that is no mount of its own gets one: a clone of it and of all below, the clone's top
 * made writable before anybody can see it. Programs that already stand in the folder, or hold a
 * descriptor of it, stay on the read-only mount; for them the broker goes on acting. */
static int rebind_clone(const struct helper *h, const char *path, int fd, uint64_t old)
{
	struct attr_change change = {.clear = ATTR_RDONLY};
	uint64_t new;
	bool root;
	int r;

	_cleanup_close_ int tree = sys_clone_tree(fd);
	if (tree < 0)
		return tree;
	if ((r = sys_setattr(tree, 0, change)) < 0 || (r = check_writable(tree)) < 0 ||
	    (r = sys_attach(tree, fd)) < 0)
		return r;
	r = mount_of(tree, &new, &root);
	if (r >= 0)
		r = compare_below(h->proc, old, new, path);
	if (r < 0)
		detach(tree);
	return r;
}

/* Where the folder is a mount already, its flag is changed in place: that reaches everybody in it.
 */
static int rebind_here(int fd)
{
	struct attr_change change = {.clear = ATTR_RDONLY};
	int r = sys_setattr(fd, 0, change);

	return r < 0 ? r : check_writable(fd);
}

static bool under_mask(const struct helper *h, const char *path)
{
	for (size_t i = 0; i < h->n_masks; i++)
		if (strcmp(path, h->masks[i]) == 0 || is_below(path, h->masks[i]))
			return true;
	return false;
}

static int op_rebind(struct helper *h, const struct request *q)
{
	const char *path = q->path;
	uint64_t id;
	bool root;
	int r;

	if (strcmp(path, "/") == 0)
		return -EINVAL;
	if (under_mask(h, path))
		return -EPERM; /* a mask is read-only for ever; walking into it could wait on us */
	_cleanup_close_ int fd = pin(path);
	if (fd < 0)
		return fd;
	r = mount_of(fd, &id, &root);
	if (r < 0)
		return r;
	return root ? rebind_here(fd) : rebind_clone(h, path, fd, id);
}

static int op_protect(struct helper *h, const struct request *q)
{
	const char *path = q->path;
	struct attr_change change = {.set = ATTR_RDONLY};
	int r;

	if (strcmp(path, "/") == 0)
		return -EINVAL;
	if (under_mask(h, path))
		return 0; /* read-only already */
	_cleanup_close_ int fd = pin(path);
	if (fd < 0)
		return fd;
	_cleanup_close_ int tree = sys_clone_tree(fd);
	if (tree < 0)
		return tree;
	r = sys_setattr(tree, AT_RECURSIVE, change);
	if (r >= 0 && check_writable(tree) != -EPERM)
		r = -EIO;
	return r < 0 ? r : sys_attach(tree, fd);
}

/* The device is opened anew, so that it belongs to the user namespace joined since. */
static int open_device(const struct helper *h)
{
	char name[32];

	if (h->device < 0)
		return -ENODEV;
	(void)snprintf(name, sizeof name, "fd/%d", h->device);
	int fd = openat(h->proc, name, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static int mask_later(struct helper *h, const char *path, bool folder)
{
	int r;

	for (size_t i = 0; i < h->n_masks; i++)
		if (is_below(path, h->masks[i]))
			return -EEXIST; /* covered; the same path again is what this is for */
	_cleanup_close_ int target = pin(path);
	if (target < 0)
		return target;
	_cleanup_close_ int fuse = open_device(h);
	r = mount_mask(fuse, target, folder);
	if (r >= 0)
		r = remember_mask(h, path);
	if (r < 0)
		return r;
	h->give = sel_steal_fd(&fuse);
	return 0;
}

static int op_mask_file(struct helper *h, const struct request *q)
{
	return mask_later(h, q->path, false);
}

static int op_mask_folder(struct helper *h, const struct request *q)
{
	return mask_later(h, q->path, true);
}

/* --- the network --- */

static int enter_network(struct helper *h)
{
	if (h->netns < 0)
		return 0; /* long ago */
	if (setns(h->netns, CLONE_NEWNET) < 0)
		return -errno;
	(void)close(sel_steal_fd(&h->netns));
	return 0;
}

/* A socket keeps the network namespace it was made in, whoever uses it later. */
static int op_sockets(struct helper *h, const struct request *q)
{
	int r = enter_network(h);

	(void)q;
	if (r < 0)
		return r;
	h->give = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	return h->give < 0 ? -errno : 0;
}

/* One request of rtnetlink: 0 or what the kernel says. */
static int rt_ask(int rt, struct nlmsghdr *h)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char more[512];
	} answer;
	ssize_t n;

	h->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (send(rt, h, h->nlmsg_len, 0) < 0)
		return -errno;
	n = recv(rt, &answer, sizeof answer, 0);
	if (n < 0)
		return -errno;
	if ((size_t)n < sizeof answer.head + sizeof answer.error.error ||
	    answer.head.nlmsg_type != NLMSG_ERROR)
		return -EBADMSG;
	return answer.error.error;
}

static void rt_put(struct nlmsghdr *h, unsigned short type, const void *data, size_t n)
{
	struct rtattr *a = (void *)((char *)h + NLMSG_ALIGN(h->nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(n);
	memcpy(RTA_DATA(a), data, n);
	h->nlmsg_len = (uint32_t)(NLMSG_ALIGN(h->nlmsg_len) + RTA_ALIGN(a->rta_len));
}

static size_t address_bytes(const struct sockaddr_storage *ss, const void **ret)
{
	bool six = ss->ss_family == AF_INET6;

	*ret = six ? (const void *)&((const struct sockaddr_in6 *)ss)->sin6_addr
		   : (const void *)&((const struct sockaddr_in *)ss)->sin_addr;
	return six ? sizeof(struct in6_addr) : sizeof(struct in_addr);
}

static int rt_up(int rt, unsigned lo)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
	} q = {{.nlmsg_len = sizeof q, .nlmsg_type = RTM_NEWLINK},
	       {.ifi_index = (int)lo, .ifi_flags = IFF_UP, .ifi_change = IFF_UP}};

	return rt_ask(rt, &q.head);
}

static int rt_address(int rt, unsigned lo, const struct sockaddr_storage *ss)
{
	struct {
		struct nlmsghdr head;
		struct ifaddrmsg info;
		char more[64];
	} q = {.head = {.nlmsg_len = NLMSG_LENGTH(sizeof q.info),
			.nlmsg_type = RTM_NEWADDR,
			.nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE}};
	const void *address;
	size_t n = address_bytes(ss, &address);

	q.info = (struct ifaddrmsg){.ifa_family = (uint8_t)ss->ss_family,
				    .ifa_prefixlen = (uint8_t)(n * 8),
				    .ifa_flags = IFA_F_PERMANENT | IFA_F_NODAD,
				    .ifa_scope = RT_SCOPE_UNIVERSE,
				    .ifa_index = lo};
	rt_put(&q.head, IFA_LOCAL, address, n);
	rt_put(&q.head, IFA_ADDRESS, address, n);
	return rt_ask(rt, &q.head);
}

/* `local default dev lo`: whatever is not more narrowly routed is an address of this host. */
static int rt_all_local(int rt, unsigned lo, int family)
{
	struct {
		struct nlmsghdr head;
		struct rtmsg info;
		char more[64];
	} q = {.head = {.nlmsg_len = NLMSG_LENGTH(sizeof q.info),
			.nlmsg_type = RTM_NEWROUTE,
			.nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE}};

	q.info = (struct rtmsg){.rtm_family = (uint8_t)family,
				.rtm_table = RT_TABLE_LOCAL,
				.rtm_protocol = RTPROT_STATIC,
				.rtm_scope = family == AF_INET ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
				.rtm_type = RTN_LOCAL};
	rt_put(&q.head, RTA_OIF, &lo, sizeof lo);
	return rt_ask(rt, &q.head);
}

/* By the host's /proc: what it shows below /proc/sys/net is of the caller's network namespace.
 * Without fast open a first packet carries nothing, whatever a program asks for. */
static void no_fast_open(const struct helper *h)
{
	int fd = openat(h->proc, "../sys/net/ipv4/tcp_fastopen", O_WRONLY | O_CLOEXEC);

	/* Read-only in some containers: its use is refused by the filter, too. */
	if (fd >= 0 && write(fd, "0", 1) != 1)
		(void)0;
	sel_closep(&fd);
}

static int family_up(int rt, unsigned lo, const struct sockaddr_storage *own)
{
	int r = rt_address(rt, lo, own);

	return r < 0 ? r : rt_all_local(rt, lo, own->ss_family);
}

/* The answer is 0: IPv4 alone, 1: IPv6 too. */
static int op_network(struct helper *h, const struct request *q)
{
	int r = enter_network(h);

	if (r < 0)
		return r;
	if (q->address.ss_family != AF_INET || q->second.ss_family != AF_INET6)
		return -EAFNOSUPPORT;
	_cleanup_close_ int rt = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	unsigned lo = if_nametoindex("lo");
	if (rt < 0 || lo == 0)
		return -errno;
	no_fast_open(h);
	r = rt_up(rt, lo);
	if (r >= 0)
		r = family_up(rt, lo, &q->address);
	if (r < 0)
		return r;
	r = family_up(rt, lo, &q->second) >= 0;
	int caps = keep_caps(caps_running);
	return caps < 0 ? caps : r;
}

/* An address of an AnyIP route is on no interface, which IPv6 looks at (and at the source that an
 * answer names); IPv4 does not. */
static int set_options(int fd, int family, bool datagrams)
{
	static const int on = 1;
	static const struct {
		int family;
		bool datagrams;
		int level, option;
	} wanted[] = {
		{AF_INET6, false, IPPROTO_IPV6, IPV6_V6ONLY},
		{AF_INET6, false, IPPROTO_IPV6, IPV6_FREEBIND},
		{AF_INET6, true, IPPROTO_IPV6, IPV6_RECVPKTINFO},
		{AF_INET, true, IPPROTO_IP, IP_PKTINFO},
	};

	for (size_t i = 0; i < SEL_N(wanted); i++)
		if (wanted[i].family == family && (datagrams || !wanted[i].datagrams) &&
		    setsockopt(fd, wanted[i].level, wanted[i].option, &on, sizeof on) < 0)
			return -errno;
	return 0;
}

static int make_socket(struct helper *h, const struct request *q, bool datagrams)
{
	int r = enter_network(h);

	if (r < 0)
		return r;
	_cleanup_close_ int fd =
		socket(q->address.ss_family,
		       (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	r = set_options(fd, q->address.ss_family, datagrams);
	if (r < 0)
		return r;
	if (bind(fd, (const struct sockaddr *)&q->address, q->len) < 0 ||
	    (!datagrams && listen(fd, BACKLOG) < 0))
		return -errno;
	h->give = sel_steal_fd(&fd);
	return 0;
}

static int op_listen(struct helper *h, const struct request *q)
{
	return make_socket(h, q, false);
}

static int op_datagrams(struct helper *h, const struct request *q)
{
	return make_socket(h, q, true);
}

static int (*const handler[OP_N])(struct helper *h, const struct request *q) = {
	[OP_REBIND] = op_rebind,       [OP_PROTECT] = op_protect,
	[OP_MASK_FILE] = op_mask_file, [OP_MASK_FOLDER] = op_mask_folder,
	[OP_SOCKETS] = op_sockets,     [OP_NETWORK] = op_network,
	[OP_LISTEN] = op_listen,       [OP_DATAGRAMS] = op_datagrams,
};

static int handle(struct helper *h, const struct request *q, size_t got)
{
	size_t room =
		got > offsetof(struct request, path) ? got - offsetof(struct request, path) : 0;

	if (room == 0 || q->op >= OP_N || !handler[q->op] || q->len > sizeof q->address)
		return -EPROTO;
	if (strnlen(q->path, room) >= room || q->path[0] != '/')
		return -EINVAL;
	return handler[q->op](h, q);
}

static _Noreturn void helper_main(int sock, pid_t pid, pid_t parent,
				  const struct sel_mask_mount *masks, size_t n)
{
	struct helper h = {
		.sock = sock, .proc = -1, .mntns = -1, .netns = -1, .device = -1, .give = -1};
	static struct request q;
	int r = set_up(&h, pid, parent, masks, n);

	while (send_reply(h.sock, REPLY_DONE, r, h.give) >= 0 && r != -EPROTO) {
		sel_closep(&h.give);
		h.give = -1;
		ssize_t got = recv(h.sock, &q, sizeof q, 0);
		if (got <= 0) /* the broker let go of us */
			break;
		r = handle(&h, &q, (size_t)got);
	}
	_exit(0);
}

/* --- the broker's side --- */

static void close_sent(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		int fd;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
		(void)close(fd);
	}
}

/* One reply; *ret_fd is the descriptor that came with it, or -1. */
static int receive(int sock, struct reply *ret, int *ret_fd)
{
	struct iovec iov = {.iov_base = ret, .iov_len = sizeof *ret};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control,
	};
	ssize_t n;

	*ret_fd = -1;
	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? -ETIMEDOUT : -errno;
	if (n == 0)
		return -EPIPE;
	if (n != sizeof *ret || msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		close_sent(&msg);
		return -EPROTO;
	}
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof *ret_fd))
		memcpy(ret_fd, CMSG_DATA(c), sizeof *ret_fd);
	return 0;
}

static int collect(int sock, struct sel_mask_mount *items, size_t n)
{
	struct reply reply;
	int fd, r;

	while ((r = receive(sock, &reply, &fd)) >= 0) {
		if (reply.index == REPLY_DONE && fd < 0)
			return reply.error;
		if (reply.index >= n || items[reply.index].fuse_fd >= 0 ||
		    (reply.error < 0) == (fd >= 0)) {
			sel_closep(&fd);
			return -EPROTO;
		}
		items[reply.index].error = reply.error < 0 ? reply.error : 0;
		items[reply.index].fuse_fd = fd;
	}
	return r;
}

/* A socket above descriptor 2, whatever the broker has open there. */
static int make_pair(int pair[2])
{
	struct timeval limit = {.tv_sec = REPLY_SEC};

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	for (size_t i = 0; i < 2; i++) {
		int fd = fcntl(pair[i], F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			return -errno;
		(void)close(pair[i]);
		pair[i] = fd;
	}
	if (setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0)
		return -errno;
	return 0;
}

static void end_helper(pid_t pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		; /* ECHILD: the broker's loop was quicker */
}

static void drop_items(struct sel_mask_mount *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sel_closep(&items[i].fuse_fd);
		items[i].fuse_fd = -1;
	}
}

int sel_joiner_start(pid_t pid, struct sel_mask_mount *items, size_t n, struct sel_joiner **ret)
{
	_cleanup_free_ struct sel_joiner *j = calloc(1, sizeof *j);
	pid_t parent = getpid();
	int pair[2] = {-1, -1}, r;

	if (!j)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		items[i].fuse_fd = -1;
		items[i].error = -ECANCELED;
	}
	r = make_pair(pair);
	if (r >= 0 && (j->pid = fork()) < 0)
		r = -errno;
	if (r >= 0 && j->pid == 0)
		helper_main(pair[1], pid, parent, items, n);
	sel_closep(&pair[1]);
	if (r >= 0)
		r = collect(pair[0], items, n);
	if (r < 0) {
		end_helper(j->pid);
		sel_closep(&pair[0]);
		drop_items(items, n);
		return r;
	}
	j->sock = pair[0];
	*ret = sel_steal_ptr(&j);
	return 0;
}

/* `ret_fd`: where the descriptor goes that comes with success; NULL if none does. */
static int send_request(struct sel_joiner *j, struct request *q, const char *path, int *ret_fd)
{
	size_t n = strlen(path) + 1;
	struct reply reply;
	int fd, r;

	if (n > sizeof q->path)
		return -ENAMETOOLONG;
	if (j->broken)
		return -EPIPE;
	memcpy(q->path, path, n);
	r = send(j->sock, q, offsetof(struct request, path) + n, MSG_NOSIGNAL) < 0 ? -errno : 0;
	if (r >= 0)
		r = receive(j->sock, &reply, &fd);
	if (r >= 0 && ((fd >= 0) != (ret_fd && reply.error >= 0) || reply.index != REPLY_DONE)) {
		sel_closep(&fd);
		r = -EPROTO;
	}
	if (r < 0)
		j->broken = true;
	if (r >= 0 && ret_fd && fd >= 0)
		*ret_fd = fd;
	return r < 0 ? r : reply.error;
}

static int ask(struct sel_joiner *j, enum op op, const char *path, int *ret_fd)
{
	struct request q;

	memset(&q, 0, offsetof(struct request, path));
	q.op = op;
	return send_request(j, &q, path, ret_fd);
}

int sel_joiner_rebind(struct sel_joiner *j, const char *path)
{
	return ask(j, OP_REBIND, path, NULL);
}

int sel_joiner_protect(struct sel_joiner *j, const char *path)
{
	return ask(j, OP_PROTECT, path, NULL);
}

int sel_joiner_mask(struct sel_joiner *j, struct sel_mask_mount *item)
{
	item->fuse_fd = -1;
	item->error =
		ask(j, item->folder ? OP_MASK_FOLDER : OP_MASK_FILE, item->path, &item->fuse_fd);
	return item->error;
}

int sel_joiner_sockets(struct sel_joiner *j)
{
	int fd = -1, r = ask(j, OP_SOCKETS, "/", &fd);

	return r < 0 ? r : fd;
}

int sel_joiner_network(struct sel_joiner *j, const char *own4, const char *own6, bool *ret_six)
{
	struct request q;
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	int r;

	if (inet_pton(AF_INET, own4, &four.sin_addr) != 1 ||
	    inet_pton(AF_INET6, own6, &six.sin6_addr) != 1)
		return -EINVAL;
	memset(&q, 0, offsetof(struct request, path));
	q.op = OP_NETWORK;
	memcpy(&q.address, &four, sizeof four);
	memcpy(&q.second, &six, sizeof six);
	r = send_request(j, &q, "/", NULL);
	if (r >= 0)
		*ret_six = r > 0;
	return r < 0 ? r : 0;
}

static int ask_socket(struct sel_joiner *j, enum op op, const struct sockaddr *address,
		      socklen_t len)
{
	struct request q;
	int fd = -1, r;

	if (len > sizeof q.address)
		return -EINVAL;
	memset(&q, 0, offsetof(struct request, path));
	q.op = op;
	q.len = len;
	memcpy(&q.address, address, len);
	r = send_request(j, &q, "/", &fd);
	return r < 0 ? r : fd;
}

int sel_joiner_listen(struct sel_joiner *j, const struct sockaddr *address, socklen_t len)
{
	return ask_socket(j, OP_LISTEN, address, len);
}

int sel_joiner_datagrams(struct sel_joiner *j, const struct sockaddr *address, socklen_t len)
{
	return ask_socket(j, OP_DATAGRAMS, address, len);
}

pid_t sel_joiner_pid(const struct sel_joiner *j)
{
	return j->pid;
}

void sel_joiner_free(struct sel_joiner *j)
{
	if (!j)
		return;
	sel_closep(&j->sock);
	end_helper(j->pid);
	free(j);
}
