/* One function per trapped call: resolve on pinned descriptors, answer what the kernel would answer
 * anyway, judge, perform on the same descriptors. */
#include "internal.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <utime.h>

#define CONTENT_MAX (1024 * 1024) /* bytes of a protected file that are judged */

static uint64_t arg(const struct sel_job *job, int i)
{
	return job->call->notif.data.args[i];
}

static int arg_dirfd(const struct sel_job *job, int8_t i)
{
	return i < 0 ? AT_FDCWD : (int)arg(job, i);
}

static int arg_flags(const struct sel_job *job)
{
	const struct sel_syscall *row = job->call->row;

	return row->implied | (row->flags >= 0 ? (int)arg(job, row->flags) : 0);
}

/* "/proc/self/fd/N": the one way to act on an object by its O_PATH descriptor with calls that want
 * a name. */
struct fd_name {
	char s[32];
};
static struct fd_name by_fd(int fd)
{
	struct fd_name n;

	(void)snprintf(n.s, sizeof n.s, "/proc/self/fd/%d", fd);
	return n;
}

static int resolve_a(struct sel_job *job, int flags)
{
	const struct sel_syscall *row = job->call->row;

	return sel_resolve(&job->hand->w->view, job->target, arg_dirfd(job, row->dirfd),
			   job->call->path, flags, &job->a);
}

static int resolve_b(struct sel_job *job, int flags)
{
	const struct sel_syscall *row = job->call->row;

	return sel_resolve(&job->hand->w->view, job->target, arg_dirfd(job, row->dirfd2),
			   job->call->path2, flags, &job->b);
}

static int set_umask(struct sel_job *job)
{
	struct sel_watch *w = job->hand->w;
	uint32_t generation = __atomic_load_n(&w->umask_generation, __ATOMIC_ACQUIRE);
	mode_t mask = w->config.umask;
	int r = 0;

	if (generation != 1)
		r = sel_target_umask(job->target, generation, &mask);
	if (r >= 0 && mask != job->hand->umask) {
		(void)umask(mask);
		job->hand->umask = mask;
	}
	return r;
}

static struct sel_subject subject(const struct sel_job *job, const struct sel_place *p,
				  enum sel_op op)
{
	return (struct sel_subject){
		.op = op,
		.path = p->path,
		.exe = sel_target_exe(job->target),
		.exists = p->exists,
		.folder = p->exists && S_ISDIR(p->st.st_mode),
	};
}

static enum sel_mode mode_of(struct sel_job *job, const char *path)
{
	enum sel_mode mode = sel_scope_mode(&sel_watch_policy(job->hand->w)->scope, path);

	sel_watch_policy_release(job->hand->w);
	return mode;
}

/* Who made it matters outside the scope and in rw-no-delete only. */
static void find_ours(struct sel_job *job, const struct sel_place *p, struct sel_subject *s)
{
	if (p->exists && mode_of(job, p->path) < SEL_MODE_RW)
		s->ours = sel_ours_has(job->hand->w->ours, p->fd);
}

/* --- acting: first where the target sees it, where mounts bound us; then, if that is read-only and
 * the verdict covers it, on the host's side of the same objects
 * ----------------------------------------- */

struct acting {
	int parent_a, fd_a, parent_b, fd_b;
};
typedef int (*act_fn)(struct sel_job *job, const struct acting *at);

static int host_parent(const struct sel_place *p)
{
	char dir[PATH_MAX];
	char *slash;

	if (p->parent < 0)
		return -EROFS;
	(void)snprintf(dir, sizeof dir, "%s", p->path);
	slash = strrchr(dir, '/');
	if (!slash)
		return -EROFS;
	slash[slash == dir] = '\0';
	return sel_host_view(dir, p->parent);
}

static int host_object(const struct sel_place *p)
{
	if (!p->exists)
		return -1;
	/* O_TMPFILE: no name to look for, and made by us on whichever side it had to be. */
	if (p->magic && p->st.st_nlink == 0)
		return fcntl(p->fd, F_DUPFD_CLOEXEC, 3);
	return sel_host_view(p->path, p->fd);
}

static int act_on_host(struct sel_job *job, act_fn fn, int first)
{
	_cleanup_close_ int parent_a = -1, fd_a = -1, parent_b = -1, fd_b = -1;
	bool two = job->b.parent >= 0;

	parent_a = host_parent(&job->a);
	fd_a = host_object(&job->a);
	/* What is there must be what was judged: another entry may have taken the name. */
	if (job->a.exists ? fd_a < 0 : parent_a < 0)
		return first;
	if (two) {
		parent_b = host_parent(&job->b);
		fd_b = host_object(&job->b);
		if (parent_b < 0 || (job->b.exists && fd_b < 0))
			return first;
	}
	return fn(job, &(struct acting){parent_a, fd_a, parent_b, fd_b});
}

/* May we go round the mounts? Not for what is allowed by its folder alone: there they are the bound
 * of our own mistakes. */
static bool beyond_mounts(struct sel_job *job, const struct sel_place *p)
{
	const struct sel_policy *policy = sel_watch_policy(job->hand->w);
	enum sel_mode mode = sel_scope_mode(&policy->scope, p->path);
	bool floor = sel_path_listed(policy->floors, p->path);

	sel_watch_policy_release(job->hand->w);
	return mode != SEL_MODE_PRIVATE && mode != SEL_MODE_RO &&
	       (job->verdict.source != SEL_SRC_SCOPE || mode == SEL_MODE_ND || floor ||
		job->content ||
		(mode == SEL_MODE_NONE && p->exists && sel_ours_has(job->hand->w->ours, p->fd)));
}

static int act(struct sel_job *job, act_fn fn)
{
	int r = fn(job, &(struct acting){job->a.parent, job->a.fd, job->b.parent, job->b.fd});
	bool two = job->b.parent >= 0;

	if ((r == -EROFS || (r == -EXDEV && two)) &&
	    (beyond_mounts(job, &job->a) || (two && beyond_mounts(job, &job->b))))
		r = act_on_host(job, fn, r);
	return r;
}

/* What this run made needs no question before it is changed, and is not kept. */
static void made(struct sel_job *job, int fd)
{
	enum sel_mode mode = mode_of(job, job->a.path);

	if (mode < SEL_MODE_RW)
		sel_ours_add(job->hand->w->ours, fd);
	if (mode != SEL_MODE_PRIVATE)
		sel_undo_made(job->hand->w->config.undo, fd);
}

static void created(struct sel_job *job, int parent, const char *name)
{
	_cleanup_close_ int fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		made(job, fd);
}

/* --- keeping what will be lost, before it is
 * ---------------------------------------------------------------------------------------- */

/* Private folders are gone with the run; a secret's mask would make us wait for ourselves, and
 * secrets are never changed. */
static bool worth_keeping(struct sel_job *job, const char *path)
{
	const struct sel_policy *policy = sel_watch_policy(job->hand->w);
	bool worth = path[0] == '/' && sel_scope_mode(&policy->scope, path) != SEL_MODE_PRIVATE &&
		     !sel_path_listed(policy->secrets, path) && !sel_path_listed(policy->own, path);

	sel_watch_policy_release(job->hand->w);
	return worth;
}

/* Allowed only because it can be undone: then it must be. */
static bool must_be_kept(const struct sel_job *job, const struct sel_subject *s)
{
	const struct sel_verdict *v = &job->verdict;

	return v->source == SEL_SRC_LEARNED ||
	       (v->source == SEL_SRC_PERSON && v->tier == SEL_T1 && s->undoable);
}

/* -errno only if the call must then be refused; positive: a number for sel_undo_cancel. */
static int keep(struct sel_job *job, enum sel_undo_why why, const struct sel_place *p,
		const char *to, const struct sel_subject *s)
{
	struct sel_undo *undo = job->hand->w->config.undo;
	int r;

	if (!undo || !p->exists || p->proc || (p->st.st_nlink == 0 && !S_ISDIR(p->st.st_mode)))
		return 0;
	/* A rename carries along what was moved into a folder of the run's own. */
	if ((why != SEL_UNDO_MOVE && sel_undo_is_made(undo, p->fd)) || !worth_keeping(job, p->path))
		return 0;
	r = sel_undo_keep(undo, why, p->path, p->fd, to);
	return r < 0 && !must_be_kept(job, s) ? 0 : r;
}

/* Would the kernel let a call change it? What it refuses must not get another link on the way: the
 * path may lead out of the scope. */
static bool may_be_lost(struct sel_job *job, const char *real)
{
	const struct sel_policy *policy = sel_watch_policy(job->hand->w);
	bool may = sel_scope_mode(&policy->scope, real) == SEL_MODE_RW &&
		   !sel_path_listed(policy->floors, real);

	sel_watch_policy_release(job->hand->w);
	return may && worth_keeping(job, real);
}

/* Before a call that the kernel goes on with. Another thread may change the path afterwards: then
 * what is lost was not kept. Undo is a convenience, the mounts are the boundary. */
static void keep_and_continue(struct sel_job *job, enum sel_undo_why why, const char *path,
			      bool follow)
{
	struct sel_undo *undo = job->hand->w->config.undo;
	struct open_how how = {.flags = O_PATH | O_CLOEXEC | (follow ? 0 : (uint64_t)O_NOFOLLOW),
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	char real[PATH_MAX];
	ssize_t n;

	if (!undo || why >= SEL_UNDO_N)
		return;
	_cleanup_close_ int fd =
		(int)syscall(SYS_openat2, job->hand->w->view.root, path, &how, sizeof how);
	if (fd < 0 || sel_undo_is_made(undo, fd))
		return;
	n = readlink(by_fd(fd).s, real, sizeof real - 1);
	if (n <= 0)
		return;
	real[n] = '\0';
	if (may_be_lost(job, real))
		(void)sel_undo_keep(undo, why, real, fd, NULL);
}

/* --- open
 * ----------------------------------------------------------------------------------------- */

/* Devices that a program may open for writing: null, zero, full, random, urandom, pseudo terminals.
 */
static bool device_ok(const struct stat *st)
{
	unsigned ma = major(st->st_rdev), mi = minor(st->st_rdev);

	if (!S_ISCHR(st->st_mode))
		return false;
	return (ma == 1 && (mi == 3 || mi == 5 || mi == 7 || mi == 8 || mi == 9)) ||
	       (ma == 5 && mi == 2) || (ma >= 136 && ma <= 143);
}

/* Files of a process that it may write to itself; what they mean is checked by the kernel at write.
 */
static bool own_proc_file(const char *path)
{
	static const char *const names[] = {
		"comm",	      "oom_score_adj", "oom_adj", "timerslack_ns", "coredump_filter",
		"clear_refs", "autogroup",     "sched"};
	const char *name = strrchr(path, '/');
	int pid;

	if (sscanf(path, "/proc/%d/", &pid) != 1 || pid <= 1 || !name)
		return false;
	for (size_t i = 0; i < SEL_N(names); i++)
		if (strcmp(name + 1, names[i]) == 0)
			return true;
	return false;
}

#define KNOWN_FLAGS                                                                                \
	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC |      \
	 O_ASYNC | O_DIRECT | 0100000 /* O_LARGEFILE */ | O_DIRECTORY | O_NOFOLLOW | O_NOATIME |   \
	 O_CLOEXEC | O_TMPFILE)

static int reopen(int fd, int flags, bool patient)
{
	struct fd_name name = by_fd(fd);
	int copy = open(name.s, (flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW)) | O_NOCTTY | O_CLOEXEC |
					(patient ? O_NONBLOCK : 0));

	if (copy < 0)
		return -errno;
	if (patient && !(flags & O_NONBLOCK))
		(void)fcntl(copy, F_SETFL, flags & (O_APPEND | O_DIRECT | O_NOATIME));
	return copy;
}

static int act_open(struct sel_job *job, const struct acting *at)
{
	int flags = arg_flags(job) & KNOWN_FLAGS, fd, r;
	mode_t mode =
		job->call->row->mode >= 0 ? (mode_t)arg(job, job->call->row->mode) & 01777 : 0;

	if ((flags & O_TMPFILE) == O_TMPFILE) {
		r = set_umask(job);
		if (r < 0)
			return r;
		fd = openat(at->fd_a, ".", (flags & ~O_NOFOLLOW) | O_CLOEXEC, mode);
		if (fd < 0)
			return -errno;
		sel_undo_made(job->hand->w->config.undo, fd);
		return fd;
	}
	if (job->a.exists)
		return reopen(at->fd_a, flags, !S_ISREG(job->a.st.st_mode));
	r = set_umask(job);
	if (r < 0)
		return r;
	fd = openat(at->parent_a, job->a.name, flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    mode);
	if (fd < 0)
		return -errno;
	made(job, fd);
	job->made = true;
	return fd;
}

/* What open would say before any permission is looked at. 0: go on. */
static int open_natively(const struct sel_job *job, int flags)
{
	const struct sel_place *a = &job->a;
	bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);

	if (!a->exists)
		return !(flags & O_CREAT) ? -ENOENT : a->slash ? -EISDIR : 0;
	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	if (S_ISLNK(a->st.st_mode))
		return -ELOOP;
	if ((flags & O_TMPFILE) == O_TMPFILE)
		return S_ISDIR(a->st.st_mode) ? 0 : -ENOTDIR;
	if (S_ISDIR(a->st.st_mode))
		return writes || (flags & O_CREAT) ? -EISDIR : 0;
	if (a->slash || (flags & O_DIRECTORY))
		return -ENOTDIR;
	return S_ISSOCK(a->st.st_mode) ? -ENXIO : 0;
}

/* The terminal of the caller: opened by us it would be ours. */
static int open_terminal(struct sel_job *job, int flags)
{
	char path[64];
	const struct sel_view *view = &job->hand->w->view;
	char buf[512], *p;
	int session = 0, tty = 0;
	_cleanup_close_ int fd = openat(job->target->proc, "stat", O_RDONLY | O_CLOEXEC), pts = -1;

	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf - 1);
	if (n <= 0)
		return -ENXIO;
	buf[n] = '\0';
	p = strrchr(buf, ')');
	if (!p || sscanf(p + 1, " %*c %*d %*d %d %d", &session, &tty) != 2 || tty == 0)
		return -ENXIO;
	if (session == view->session && view->tty >= 0)
		return reopen(view->tty, flags, true);
	(void)snprintf(path, sizeof path, "dev/pts/%u", minor((dev_t)(unsigned)tty));
	pts = openat(view->root, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return pts < 0 ? -ENXIO : reopen(pts, flags, true);
}

/* Reached through /proc/self/fd/N: whoever holds it writable may open it again. */
static bool holds_writable(const struct sel_job *job)
{
	int flags = job->a.magic_fd >= 0 ? fcntl(job->a.magic_fd, F_GETFL) : -1;

	return flags >= 0 && !(flags & O_PATH) && (flags & O_ACCMODE) != O_RDONLY;
}

/* Objects that are not files in a folder. True: the reply is filled. */
static bool open_special(struct sel_job *job, struct sel_reply *reply, int flags)
{
	const struct sel_place *a = &job->a;
	int r = 1;

	if (!a->exists)
		return false;
	if (S_ISCHR(a->st.st_mode) && a->st.st_rdev == makedev(5, 0))
		r = open_terminal(job, flags);
	else if (S_ISCHR(a->st.st_mode) || S_ISBLK(a->st.st_mode))
		r = device_ok(&a->st) ? reopen(a->fd, flags, true) : -EACCES;
	else if (a->proc)
		r = own_proc_file(a->path) ? reopen(a->fd, flags, false) : -EACCES;
	else if (a->magic && (S_ISFIFO(a->st.st_mode) || holds_writable(job)))
		r = reopen(a->fd, flags, S_ISFIFO(a->st.st_mode));
	else if (a->path[0] != '/')
		r = -EACCES; /* memfd, anonymous: no path to judge */
	if (r == 1)
		return false;
	if (r < 0)
		sel_reply_error(reply, r);
	else
		*reply = (struct sel_reply){
			.kind = SEL_REPLY_FD, .fd = r, .cloexec = flags & O_CLOEXEC};
	return true;
}

static int handle_open_once(struct sel_job *job, struct sel_reply *reply, int flags)
{
	bool exclusive = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
	struct sel_subject s;
	int r = resolve_a(job, (flags & O_NOFOLLOW) || exclusive ? 0 : SEL_FOLLOW);

	if (r >= 0)
		r = open_natively(job, flags);
	if (r < 0) {
		sel_reply_error(reply, r);
		return 0;
	}
	if (open_special(job, reply, flags))
		return 0;
	bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
	bool temporary = (flags & O_TMPFILE) == O_TMPFILE;

	s = subject(job, &job->a, job->a.exists && !temporary ? SEL_OP_WRITE : SEL_OP_CREATE);
	s.plants = true;
	s.folder = false;
	s.destroys = (flags & O_TRUNC) && job->a.exists && job->a.st.st_size > 0;
	find_ours(job, &job->a, &s);
	job->op = s.op;
	/* O_CREAT on what exists, without writing, is reading; a mask would make us wait for
	 * ourselves. */
	if (!writes && job->a.exists && !temporary) {
		sel_reply_error(reply, -EACCES);
		const struct sel_policy *policy = sel_watch_policy(job->hand->w);
		bool secret = sel_path_listed(policy->secrets, job->a.path);

		sel_watch_policy_release(job->hand->w);
		if (secret)
			return 0;
	} else if (!sel_allowed(job, reply, &s, NULL)) {
		return 0;
	} else if (!temporary && job->a.exists && S_ISREG(job->a.st.st_mode)) {
		r = keep(job, SEL_UNDO_WRITE, &job->a, NULL, &s);
		if (r < 0) {
			sel_reply_error(reply, r);
			return 0;
		}
	}
	r = act(job, act_open);
	if (r == -EEXIST && !exclusive)
		return -EAGAIN; /* appeared meanwhile: judge what is there now */
	if (r < 0)
		sel_reply_error(reply, r);
	else
		*reply = (struct sel_reply){
			.kind = SEL_REPLY_FD, .fd = r, .cloexec = flags & O_CLOEXEC};
	return 0;
}

static void handle_open(struct sel_job *job, struct sel_reply *reply)
{
	int flags = arg_flags(job);

	if (flags & O_PATH) { /* a number: the kernel ignores every flag that writes */
		sel_reply_continue(reply);
		return;
	}
	for (int tries = 0; tries < 16; tries++) {
		if (handle_open_once(job, reply, flags) != -EAGAIN)
			return;
		sel_place_done(&job->a);
		job->a = SEL_PLACE_INIT;
	}
	sel_reply_error(reply, -EAGAIN);
}

/* --- names
 * ---------------------------------------------------------------------------------------- */

static int act_mkdir(struct sel_job *job, const struct acting *at)
{
	int r = set_umask(job);

	if (r < 0)
		return r;
	if (mkdirat(at->parent_a, job->a.name, (mode_t)arg(job, job->call->row->mode)) < 0)
		return -errno;
	created(job, at->parent_a, job->a.name);
	return 0;
}

static int act_mknod(struct sel_job *job, const struct acting *at)
{
	int r = set_umask(job);

	if (r < 0)
		return r;
	if (mknodat(at->parent_a, job->a.name, (mode_t)arg(job, job->call->row->mode) & ~07000U,
		    0) < 0)
		return -errno;
	created(job, at->parent_a, job->a.name);
	return 0;
}

static int act_symlink(struct sel_job *job, const struct acting *at)
{
	if (symlinkat(job->call->path2, at->parent_a, job->a.name) < 0)
		return -errno;
	created(job, at->parent_a, job->a.name);
	return 0;
}

/* The very folder of a grant, which was not there to be mounted when it was granted. */
static bool granted_before(struct sel_job *job, const char *path)
{
	const struct sel_policy *policy = sel_watch_policy(job->hand->w);
	const struct sel_scope_entry *entry = sel_scope_find(&policy->scope, path);
	bool it = entry && entry->rule && !entry->bound && strcmp(entry->path, path) == 0;

	sel_watch_policy_release(job->hand->w);
	return it;
}

/* mkdir, mknod and symlink: a new name that must not exist. */
static void handle_create(struct sel_job *job, struct sel_reply *reply, bool folder, act_fn fn)
{
	struct sel_subject s;
	int r = resolve_a(job, 0);

	if (r >= 0 && (job->a.exists || job->a.special))
		r = -EEXIST;
	if (r >= 0 && job->a.slash && !folder)
		r = -ENOENT;
	if (r < 0) {
		sel_reply_error(reply, r);
		return;
	}
	s = subject(job, &job->a, SEL_OP_CREATE);
	s.plants = true;
	s.folder = folder;
	s.link = job->call->row->call == SEL_CALL_SYMLINK;
	job->op = SEL_OP_CREATE;
	job->folder = folder;
	if (!sel_allowed(job, reply, &s, NULL))
		return;
	r = act(job, fn);
	sel_reply_value(reply, r);
	if (r >= 0 && folder &&
	    (job->verdict.source == SEL_SRC_PERSON || granted_before(job, job->a.path)))
		job->hand->w->config.grow(job->hand->w->config.ctx, job->a.path, job->verdict.rule);
}

static void handle_mkdir(struct sel_job *job, struct sel_reply *reply)
{
	handle_create(job, reply, true, act_mkdir);
}

static void handle_mknod(struct sel_job *job, struct sel_reply *reply)
{
	mode_t type = (mode_t)arg(job, job->call->row->mode) & S_IFMT;

	if (type == S_IFCHR || type == S_IFBLK) {
		sel_reply_error(reply, -EPERM);
		return;
	}
	handle_create(job, reply, false, act_mknod);
}

static void handle_symlink(struct sel_job *job, struct sel_reply *reply)
{
	handle_create(job, reply, false, act_symlink);
}

static int act_link(struct sel_job *job, const struct acting *at)
{
	struct fd_name from = by_fd(at->fd_a);

	if (linkat(AT_FDCWD, from.s, at->parent_b, job->b.name, AT_SYMLINK_FOLLOW) < 0)
		return -errno;
	sel_undo_linked(job->hand->w->config.undo, job->a.fd, job->a.path, job->b.path);
	return 0;
}

static void handle_link(struct sel_job *job, struct sel_reply *reply)
{
	int flags = arg_flags(job), r;
	bool follow = job->call->row->flags >= 0 && (flags & AT_SYMLINK_FOLLOW);
	struct sel_subject from, to;

	r = flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH) ? -EINVAL : 0;
	if (r >= 0)
		r = resolve_a(job,
			      (follow ? SEL_FOLLOW : 0) | (flags & AT_EMPTY_PATH ? SEL_EMPTY : 0));
	if (r >= 0 && !job->a.exists)
		r = -ENOENT;
	if (r >= 0 && job->a.slash && !S_ISDIR(job->a.st.st_mode))
		r = -ENOTDIR;
	if (r >= 0)
		r = resolve_b(job, 0);
	if (r >= 0 && (job->b.exists || job->b.special))
		r = -EEXIST;
	if (r >= 0 && job->b.slash)
		r = -ENOENT;
	if (r >= 0 && S_ISDIR(job->a.st.st_mode))
		r = -EPERM;
	/* A file that only another mount or no folder holds (memfd): the kernel says the same. */
	if (r >= 0 && job->a.path[0] != '/')
		r = -EXDEV;
	if (r < 0) {
		sel_reply_error(reply, r);
		return;
	}
	/* A second name lets later writes in scope change the first: it is judged as a write there.
	 */
	from = subject(job, &job->a, SEL_OP_WRITE);
	if (job->a.st.st_nlink == 0) /* O_TMPFILE: this run's, it has no other name */
		from.path = job->b.path;
	find_ours(job, &job->a, &from);
	from.plants = job->a.st.st_nlink > 0;
	/* Out of a no-delete folder it could be emptied by its other name. */
	from.destroys = from.plants && mode_of(job, job->b.path) != SEL_MODE_ND;
	to = subject(job, &job->b, SEL_OP_CREATE);
	to.plants = true;
	job->op = SEL_OP_CREATE;
	if (sel_allowed(job, reply, &from, &to))
		sel_reply_value(reply, act(job, act_link));
}

/* --- rename
 * --------------------------------------------------------------------------------------- */

static int read_all(int path_fd, char **ret, size_t *ret_n)
{
	struct fd_name name = by_fd(path_fd);
	_cleanup_close_ int fd = open(name.s, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_free_ char *buf = NULL;
	struct stat st;
	size_t n = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > CONTENT_MAX)
		return -EFBIG;
	buf = malloc((size_t)st.st_size + 1);
	if (!buf)
		return -ENOMEM;
	while (n < (size_t)st.st_size) {
		ssize_t got = pread(fd, buf + n, (size_t)st.st_size - n, (off_t)n);

		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	buf[n] = '\0';
	*ret = sel_steal_ptr(&buf);
	*ret_n = n;
	return 0;
}

static struct sel_protected guard_of(struct sel_job *job, const char *path)
{
	const struct sel_policy *policy = sel_watch_policy(job->hand->w);
	struct sel_protected guard = {.guard = SEL_GUARD_NONE};

	if (sel_scope_mode(&policy->scope, path) != SEL_MODE_PRIVATE)
		guard = sel_protected_of(path, &policy->places);
	sel_watch_policy_release(job->hand->w);
	return guard;
}

/* A regular file takes a protected name: its bytes are read once, judged, and installed as a copy.
 */
static int judge_content(struct sel_job *job, struct sel_subject *to)
{
	struct sel_protected guard = guard_of(job, job->b.path);
	_cleanup_free_ char *old = NULL, *base = NULL;
	size_t old_len = 0, base_len = 0;
	char key[256];
	int r;

	if (guard.guard == SEL_GUARD_NONE || !S_ISREG(job->a.st.st_mode))
		return 0;
	r = read_all(job->a.fd, &job->content, &job->content_len);
	if (r < 0)
		return r;
	if (guard.guard != SEL_GUARD_GITCONFIG)
		return 0;
	if (job->b.exists)
		(void)read_all(job->b.fd, &old, &old_len);
	r = sel_baselines_get(job->hand->w->baselines, job->b.path, old ? old : "", old_len, &base,
			      &base_len);
	if (r >= 0)
		r = sel_gitconfig_judge(job->content, job->content_len, base, base_len, key,
					sizeof key);
	to->judged_content = r == 0;
	return 0;
}

static int write_copy(int parent, const char *name, const struct sel_job *job)
{
	_cleanup_close_ int fd =
		openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	size_t n = 0;

	if (fd < 0)
		return -errno;
	while (n < job->content_len) {
		ssize_t put = write(fd, job->content + n, job->content_len - n);

		if (put < 0)
			return -errno;
		n += (size_t)put;
	}
	if (fchmod(fd, job->a.st.st_mode & 0777) < 0)
		return -errno;
	sel_undo_made(job->hand->w->config.undo, fd);
	return 0;
}

/* The judged bytes become a new file: a descriptor kept open on the old one changes nothing. */
static int install_copy(struct sel_job *job, const struct acting *at, unsigned flags)
{
	char name[64];
	uint64_t random;
	int r;

	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		return -EIO;
	(void)snprintf(name, sizeof name, SEL_INSTALL_PREFIX "%016llx", (unsigned long long)random);
	r = write_copy(at->parent_b, name, job);
	if (r >= 0 &&
	    syscall(SYS_renameat2, at->parent_b, name, at->parent_b, job->b.name, flags) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(at->parent_b, name, 0);
	else
		(void)unlinkat(at->parent_a, job->a.name, 0);
	return r;
}

static int act_rename(struct sel_job *job, const struct acting *at)
{
	unsigned flags = (unsigned)arg_flags(job);

	if (job->content)
		return flags & RENAME_EXCHANGE ? -EPERM : install_copy(job, at, flags);
	if (syscall(SYS_renameat2, at->parent_a, job->a.name, at->parent_b, job->b.name, flags) < 0)
		return -errno;
	return 0;
}

static int rename_natively(const struct sel_job *job, unsigned flags)
{
	const struct sel_place *a = &job->a, *b = &job->b;
	bool folder = a->exists && S_ISDIR(a->st.st_mode);

	if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	if (a->special || b->special)
		return flags & RENAME_NOREPLACE && b->special ? -EEXIST : -EBUSY;
	if (!a->exists)
		return -ENOENT;
	if (b->exists && (flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (!b->exists && (flags & RENAME_EXCHANGE))
		return -ENOENT;
	if (flags & RENAME_EXCHANGE)
		return (a->slash && !folder) || (b->slash && !S_ISDIR(b->st.st_mode)) ? -ENOTDIR
										      : 0;
	return !folder && (a->slash || b->slash) ? -ENOTDIR : 0;
}

/* A judged copy took the name: it is the new baseline if a person said so, and its read-only bind,
 * which went with the old file, is made anew. */
static void installed(struct sel_job *job)
{
	struct sel_watch *w = job->hand->w;
	const struct sel_policy *policy = sel_watch_policy(w);
	bool floor = sel_path_listed(policy->floors, job->b.path);

	sel_watch_policy_release(w);
	if (job->verdict.source == SEL_SRC_PERSON)
		sel_baselines_approved(w->baselines, job->b.path, job->content, job->content_len);
	if (floor)
		w->config.protect(w->config.ctx, job->b.path);
}

/* What loses its content, then what changes its name. `judged`: the stricter of the two subjects;
 * `ret`: for sel_undo_cancel. */
static int keep_names(struct sel_job *job, unsigned flags, const struct sel_subject *judged,
		      int ret[2])
{
	struct sel_undo *undo = job->hand->w->config.undo;
	const struct sel_place *a = &job->a, *b = &job->b;

	if (flags & RENAME_EXCHANGE) {
		if (worth_keeping(job, a->path) && worth_keeping(job, b->path))
			ret[1] = sel_undo_swap(undo, a->path, a->fd, b->path, b->fd);
		return ret[1] < 0 && must_be_kept(job, judged) ? ret[1] : 0;
	}
	if (b->exists)
		ret[0] = keep(job, S_ISDIR(b->st.st_mode) ? SEL_UNDO_RMDIR : SEL_UNDO_REPLACE, b,
			      NULL, judged);
	if (ret[0] < 0)
		return ret[0];
	/* Judged content is installed as a copy: the old file goes. */
	ret[1] = job->content ? keep(job, SEL_UNDO_REMOVE, a, NULL, judged)
			      : keep(job, SEL_UNDO_MOVE, a, b->path, judged);
	return ret[1] < 0 ? ret[1] : 0;
}

static void handle_rename(struct sel_job *job, struct sel_reply *reply)
{
	unsigned flags = (unsigned)arg_flags(job);
	struct sel_subject from, to;
	int r = resolve_a(job, 0), kept[2] = {0};

	if (r >= 0)
		r = resolve_b(job, 0);
	if (r >= 0)
		r = rename_natively(job, flags);
	if (r >= 0 && job->b.exists && job->a.st.st_ino == job->b.st.st_ino &&
	    job->a.st.st_dev == job->b.st.st_dev && !(flags & RENAME_EXCHANGE)) {
		sel_reply_value(reply, 0); /* two names of one file: nothing happens */
		return;
	}
	if (r < 0) {
		sel_reply_error(reply, r);
		return;
	}
	from = subject(job, &job->a, SEL_OP_RENAME);
	from.destroys = true;
	find_ours(job, &job->a, &from);
	to = subject(job, &job->b, SEL_OP_RENAME);
	to.destroys = to.exists;
	to.plants = true;
	to.folder = from.folder;
	to.link = S_ISLNK(job->a.st.st_mode);
	to.from = job->a.path;
	find_ours(job, &job->b, &to);
	if (flags & RENAME_EXCHANGE) {
		from.plants = true;
		from.folder = S_ISDIR(job->b.st.st_mode);
		from.link = S_ISLNK(job->b.st.st_mode);
		from.from = job->b.path;
	}
	job->op = SEL_OP_RENAME;
	r = judge_content(job, &to);
	if (r < 0) {
		sel_reply_error(reply, r);
		return;
	}
	if (!sel_allowed(job, reply, &from, &to))
		return;
	r = keep_names(job, flags, to.undoable ? &to : &from, kept);
	if (r >= 0)
		r = act(job, act_rename);
	for (size_t i = 0; r < 0 && i < SEL_N(kept); i++)
		sel_undo_cancel(job->hand->w->config.undo, kept[i]);
	sel_reply_value(reply, r);
	if (r >= 0 && to.folder) /* as `a` was */
		sel_moved(job->hand->w, job->a.path);
	if (r >= 0 && (flags & RENAME_EXCHANGE) && from.folder)
		sel_moved(job->hand->w, job->b.path);
	if (r >= 0 && job->content)
		installed(job);
}

/* --- calls that can be continued in scope
 * ----------------------------------------------------------- */

/* In scope by its text, not protected, not bound read-only: mounts bound whatever the race makes of
 * it, so the kernel may go on at once. */
static bool continue_in_scope(struct sel_job *job, struct sel_reply *reply, enum sel_op op,
			      enum sel_undo_why why, bool follow)
{
	const struct sel_syscall *row = job->call->row;
	char path[PATH_MAX];
	bool ok;

	if (!row->continue_because || job->call->path[0] == '\0' ||
	    sel_resolve_lexical(job->target, arg_dirfd(job, row->dirfd), job->call->path, path,
				sizeof path) < 0)
		return false;
	const struct sel_policy *policy = sel_watch_policy(job->hand->w);
	const struct sel_scope_entry *entry = sel_scope_find(&policy->scope, path);

	/* A folder that became writable while the program ran: who stood in it before stands on the
	 * old, read-only mount still; its own name lies in a folder that is read-only; and where it
	 * was not there when it was granted, so does all of it. */
	bool granted = entry && entry->rule;
	bool stays_read_only = granted && (!entry->bound || job->call->path[0] != '/' ||
					   (op == SEL_OP_DELETE && strcmp(entry->path, path) == 0));

	ok = entry && entry->mode >= SEL_MODE_RW && !stays_read_only &&
	     !sel_path_listed(policy->floors, path) && !sel_path_listed(policy->own, path);
	enum sel_source source = entry && entry->rule ? SEL_SRC_GRANT : SEL_SRC_SCOPE;
	int64_t rule = entry ? entry->rule : 0;
	sel_watch_policy_release(job->hand->w);
	if (!ok)
		return false;
	sel_count(job, op, path, source, rule);
	keep_and_continue(job, why, path, follow);
	sel_reply_continue(reply);
	return true;
}

static int act_unlink(struct sel_job *job, const struct acting *at)
{
	return unlinkat(at->parent_a, job->a.name, arg_flags(job) & AT_REMOVEDIR) < 0 ? -errno : 0;
}

static void handle_unlink(struct sel_job *job, struct sel_reply *reply)
{
	int flags = arg_flags(job), r, kept;
	enum sel_undo_why why = flags & AT_REMOVEDIR ? SEL_UNDO_RMDIR : SEL_UNDO_REMOVE;
	struct sel_subject s;

	if (continue_in_scope(job, reply, SEL_OP_DELETE, why, false))
		return;
	r = flags & ~AT_REMOVEDIR ? -EINVAL : resolve_a(job, 0);
	if (r >= 0 && job->a.special)
		r = flags & AT_REMOVEDIR ? -EINVAL : -EISDIR;
	if (r >= 0 && !job->a.exists)
		r = -ENOENT;
	if (r >= 0 && S_ISDIR(job->a.st.st_mode) != !!(flags & AT_REMOVEDIR))
		r = S_ISDIR(job->a.st.st_mode) ? -EISDIR : -ENOTDIR;
	if (r >= 0 && job->a.slash && !S_ISDIR(job->a.st.st_mode))
		r = -ENOTDIR;
	if (r < 0) {
		sel_reply_error(reply, r);
		return;
	}
	s = subject(job, &job->a, SEL_OP_DELETE);
	s.destroys = true;
	find_ours(job, &job->a, &s);
	job->op = SEL_OP_DELETE;
	job->folder = s.folder;
	if (!sel_allowed(job, reply, &s, NULL))
		return;
	r = kept = keep(job, why, &job->a, NULL, &s);
	if (r >= 0)
		r = act(job, act_unlink);
	if (r < 0)
		sel_undo_cancel(job->hand->w->config.undo, kept);
	else if (job->folder)
		sel_moved(job->hand->w, job->a.path);
	sel_reply_value(reply, r);
}

static int act_truncate(struct sel_job *job, const struct acting *at)
{
	struct fd_name name = by_fd(at->fd_a);

	return truncate(name.s, (off_t)arg(job, 1)) < 0 ? -errno : 0;
}

/* Calls on an existing object whose name does not change. */
static void handle_object(struct sel_job *job, struct sel_reply *reply, enum sel_op op,
			  enum sel_undo_why why, bool follow, act_fn fn)
{
	struct sel_subject s;
	int r;

	if (continue_in_scope(job, reply, op, why, follow))
		return;
	if (job->call->row->flags >= 0 &&
	    (arg_flags(job) & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))) {
		sel_reply_error(reply, -EINVAL);
		return;
	}
	r = resolve_a(job, (follow ? SEL_FOLLOW : 0) |
				   (job->call->row->flags >= 0 && (arg_flags(job) & AT_EMPTY_PATH)
					    ? SEL_EMPTY
					    : 0));
	if (r >= 0 && !job->a.exists)
		r = -ENOENT;
	if (r >= 0 && job->a.slash && !S_ISDIR(job->a.st.st_mode))
		r = -ENOTDIR;
	if (r >= 0 && op == SEL_OP_WRITE && !S_ISREG(job->a.st.st_mode))
		r = S_ISDIR(job->a.st.st_mode) ? -EISDIR : -EINVAL; /* truncate */
	if (r >= 0 && job->a.path[0] != '/')
		r = -EACCES;
	if (r < 0) {
		sel_reply_error(reply, r);
		return;
	}
	s = subject(job, &job->a, op);
	s.plants = op == SEL_OP_WRITE;
	s.destroys = op == SEL_OP_WRITE;
	find_ours(job, &job->a, &s);
	job->op = op;
	if (!sel_allowed(job, reply, &s, NULL))
		return;
	r = why < SEL_UNDO_N ? keep(job, why, &job->a, NULL, &s) : 0;
	sel_reply_value(reply, r < 0 ? r : act(job, fn));
}

static void handle_truncate(struct sel_job *job, struct sel_reply *reply)
{
	if ((int64_t)arg(job, 1) < 0)
		sel_reply_error(reply, -EINVAL);
	else
		handle_object(job, reply, SEL_OP_WRITE, SEL_UNDO_WRITE, true, act_truncate);
}

static int act_chmod(struct sel_job *job, const struct acting *at)
{
	struct fd_name name = by_fd(at->fd_a);
	mode_t mode = (mode_t)arg(job, job->call->row->mode) & 03777;

	if (!S_ISDIR(job->a.st.st_mode))
		mode &= 01777; /* no set-group-ID programs out of scope */
	return chmod(name.s, mode) < 0 ? -errno : 0;
}

static void handle_chmod(struct sel_job *job, struct sel_reply *reply)
{
	handle_object(job, reply, SEL_OP_ATTR, SEL_UNDO_ATTR, true, act_chmod);
}

static int act_chown(struct sel_job *job, const struct acting *at)
{
	int first = job->call->row->dirfd >= 0 ? 2 : 1;

	return fchownat(at->fd_a, "", (uid_t)arg(job, first), (gid_t)arg(job, first + 1),
			AT_EMPTY_PATH) < 0
		       ? -errno
		       : 0;
}

static void handle_chown(struct sel_job *job, struct sel_reply *reply)
{
	handle_object(job, reply, SEL_OP_ATTR, SEL_UNDO_ATTR,
		      !(arg_flags(job) & AT_SYMLINK_NOFOLLOW), act_chown);
}

/* Four calls, one meaning: fills times[2]; NULL in the caller means now. */
static int read_times(const struct sel_job *job, struct timespec times[2])
{
	int nr = job->call->row->nr, at = job->call->row->dirfd >= 0 ? 2 : 1;
	pid_t tid = job->target->tid;
	struct timeval tv[2];
	struct utimbuf ut;
	int r;

	times[0] = times[1] = (struct timespec){.tv_nsec = UTIME_NOW};
	if (arg(job, at) == 0)
		return 0;
#ifdef SYS_utime
	if (nr == SYS_utime) {
		r = sel_mem_read(tid, arg(job, at), &ut, sizeof ut);
		times[0] = (struct timespec){.tv_sec = ut.actime};
		times[1] = (struct timespec){.tv_sec = ut.modtime};
		return r;
	}
#endif
	if (nr == SYS_utimensat)
		return sel_mem_read(tid, arg(job, at), times, 2 * sizeof times[0]);
	r = sel_mem_read(tid, arg(job, at), tv, sizeof tv);
	for (int i = 0; r >= 0 && i < 2; i++) {
		if (tv[i].tv_usec < 0 || tv[i].tv_usec >= 1000000)
			return -EINVAL;
		times[i] = (struct timespec){tv[i].tv_sec, tv[i].tv_usec * 1000};
	}
	return r;
}

static int act_utime(struct sel_job *job, const struct acting *at)
{
	struct timespec times[2];
	int r = read_times(job, times);

	if (r < 0)
		return r;
	if (S_ISLNK(job->a.st.st_mode)) /* only by name: the folder is pinned, the link cannot be
					   opened */
		return utimensat(at->parent_a, job->a.name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno
											    : 0;
	struct fd_name name = by_fd(at->fd_a);
	return utimensat(AT_FDCWD, name.s, times, 0) < 0 ? -errno : 0;
}

static void handle_utime(struct sel_job *job, struct sel_reply *reply)
{
	handle_object(job, reply, SEL_OP_ATTR, SEL_UNDO_ATTR,
		      !(arg_flags(job) & AT_SYMLINK_NOFOLLOW), act_utime);
}

/* security.* and trusted.* are not set on anybody's behalf. */
static bool attribute_ok(const char *name)
{
	return strncmp(name, "user.", 5) == 0 || strncmp(name, "system.posix_acl_", 17) == 0;
}

static int attribute_error(const char *name)
{
	bool known = strncmp(name, "security.", 9) == 0 || strncmp(name, "trusted.", 8) == 0 ||
		     strncmp(name, "system.", 7) == 0;

	return known ? -EPERM : -EOPNOTSUPP;
}

static int act_setxattr(struct sel_job *job, const struct acting *at)
{
	struct fd_name name = by_fd(at->fd_a);
	_cleanup_free_ char *value = NULL;
	size_t size = arg(job, 3);
	int r;

	if (!attribute_ok(job->call->detail_name))
		return attribute_error(job->call->detail_name);
	if (size > XATTR_SIZE_MAX)
		return -E2BIG;
	value = malloc(size + 1);
	if (!value)
		return -ENOMEM;
	r = size ? sel_mem_read(job->target->tid, arg(job, 2), value, size) : 0;
	if (r < 0)
		return r;
	return setxattr(name.s, job->call->detail_name, value, size, (int)arg(job, 4)) < 0 ? -errno
											   : 0;
}

static void handle_setxattr(struct sel_job *job, struct sel_reply *reply)
{
	handle_object(job, reply, SEL_OP_ATTR, SEL_UNDO_N, !(arg_flags(job) & AT_SYMLINK_NOFOLLOW),
		      act_setxattr);
}

static int act_removexattr(struct sel_job *job, const struct acting *at)
{
	struct fd_name name = by_fd(at->fd_a);

	if (!attribute_ok(job->call->detail_name))
		return attribute_error(job->call->detail_name);
	return removexattr(name.s, job->call->detail_name) < 0 ? -errno : 0;
}

static void handle_removexattr(struct sel_job *job, struct sel_reply *reply)
{
	handle_object(job, reply, SEL_OP_ATTR, SEL_UNDO_N, !(arg_flags(job) & AT_SYMLINK_NOFOLLOW),
		      act_removexattr);
}

static void handle_umask(struct sel_job *job, struct sel_reply *reply)
{
	(void)__atomic_add_fetch(&job->hand->w->umask_generation, 1, __ATOMIC_RELEASE);
	sel_reply_continue(reply);
}

void sel_handle(struct sel_job *job, struct sel_reply *reply)
{
	static void (*const handlers[SEL_CALL_N])(struct sel_job *, struct sel_reply *) = {
		[SEL_CALL_OPEN] = handle_open,
		[SEL_CALL_MKDIR] = handle_mkdir,
		[SEL_CALL_MKNOD] = handle_mknod,
		[SEL_CALL_SYMLINK] = handle_symlink,
		[SEL_CALL_LINK] = handle_link,
		[SEL_CALL_RENAME] = handle_rename,
		[SEL_CALL_UNLINK] = handle_unlink,
		[SEL_CALL_TRUNCATE] = handle_truncate,
		[SEL_CALL_CHMOD] = handle_chmod,
		[SEL_CALL_CHOWN] = handle_chown,
		[SEL_CALL_UTIME] = handle_utime,
		[SEL_CALL_SETXATTR] = handle_setxattr,
		[SEL_CALL_REMOVEXATTR] = handle_removexattr,
		[SEL_CALL_CONNECT] = sel_handle_connect,
		[SEL_CALL_SENDTO] = sel_handle_sendto,
		[SEL_CALL_UMASK] = handle_umask,
	};

	sel_reply_error(reply, -EPERM);
	if (handlers[job->call->row->call])
		handlers[job->call->row->call](job, reply);
}
