/* See mask.h. One thread owns every session, every node and every open file; the other threads only
 * put an answer into a slot and ring a bell.
 *
 * Why a refused opener reads nothing, whatever is cached. The kernel caches pages by inode, and
 * several programs may have the same masked file open. But it reads (or maps, or splices) only
 * through an open file, an open file comes only from a FUSE_OPEN that we answered with success, and
 * each open(2) is one FUSE_OPEN: cached pages can never be reached by somebody whose open was
 * refused. Two things would break that, and are kept out: answering FUSE_OPEN with ENOSYS (the
 * kernel then stops asking and lets every open through: see wire_error()), and executing the file
 * (the mount is noexec). A descriptor handed on by the program that was allowed is that program's
 * own doing: it could as well hand on the bytes. So no FOPEN_DIRECT_IO: mmap, shared or private,
 * works as natively. And no FOPEN_KEEP_CACHE: each open drops the cached pages, so that what was
 * changed outside is seen. */
#include "mask.h"
#include "tree.h"

#define FUSE_USE_VERSION 35
#include <dirent.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/statvfs.h>

#define WAITING_MAX 256	 /* a power of two: ids end in the slot */
#define OPEN_MAX    1024 /* files and folders open at once, over all masks */
#define READ_MAX    (128U << 10)
#define BURST	    64	/* requests taken from one mask before the next has its turn */
#define WATCH_MSEC  200 /* see must_go() */

/* An id no user namespace of ours maps: shown inside as "nobody". */
#define UID_FOREIGN ((uid_t)-2)
#define GID_FOREIGN ((gid_t)-2)

/* open(2) for execution, in the file's flags; not in the C library's headers. */
#define FLAG_EXEC 040

struct session {
	struct session *next;
	struct sel_mask *mask;
	struct fuse_session *fuse;
	struct sel_tree *tree;
};

struct waiting {
	uint64_t id; /* 0: free; changed and read under the lock, as the two below */
	bool answered;
	int error;
	/* the mask thread's own */
	fuse_req_t req;
	struct session *session;
	fuse_ino_t node;
	int pin; /* O_PATH of what was asked about */
	dev_t dev;
	ino_t ino;
	pid_t tid;
	bool interrupted;
};

/* An open file or folder; the kernel knows it by its place in the table. */
struct handle {
	const struct session *session; /* NULL: free */
	fuse_ino_t ino;
	int fd;
	DIR *dir; /* NULL for a file; else the owner of `fd` */
};

struct sel_mask {
	struct session *sessions; /* added to under the lock, taken away only at the end */
	sel_mask_ask_fn ask;
	sel_mask_gone_fn gone;
	void *ctx;
	pthread_t thread;
	int epoll, bell;
	_Atomic bool stop;
	bool interrupts; /* came since the last sweep */
	bool restless;	 /* somebody was interrupted and still waits: go on looking */
	struct handle handles[OPEN_MAX];
	uint64_t generation;
	struct fuse_buf buf;
	char *data; /* READ_MAX */
	pthread_mutex_t lock;
	struct waiting waiting[WAITING_MAX];
};

/* Numbers the kernel takes from a server, as the positive number libfuse wants. Outside 1..511 the
 * kernel throws the whole answer away and the opener hangs; ENOSYS would end all asking for good.
 */
static int wire_error(int error)
{
	return error < 0 && error > -512 && error != -ENOSYS ? -error : EACCES;
}

static struct session *session_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

static struct sel_node *node_of(const struct session *s, fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? sel_tree_root(s->tree) : (struct sel_node *)(uintptr_t)ino;
}

static void reply_error(fuse_req_t req, int error)
{
	(void)fuse_reply_err(req, wire_error(error));
}

/* Inside, exactly one user and one group are mapped: the sandbox's own, which outside is the
 * broker's. The request tells its number inside. */
static struct stat shown(fuse_req_t req, const struct stat *st)
{
	const struct fuse_ctx *caller = fuse_req_ctx(req);
	struct stat as = *st;

	as.st_uid = st->st_uid == geteuid() ? caller->uid : UID_FOREIGN;
	as.st_gid = st->st_gid == getegid() ? caller->gid : GID_FOREIGN;
	return as;
}

/* Takes `fd` (and the `dir` that owns it) on success. */
static int handle_add(struct session *s, fuse_ino_t ino, int fd, DIR *dir, uint64_t *ret)
{
	struct handle *all = s->mask->handles;

	for (size_t i = 0; i < OPEN_MAX; i++)
		if (!all[i].session) {
			all[i] = (struct handle){.session = s, .ino = ino, .fd = fd, .dir = dir};
			*ret = i;
			return 0;
		}
	return -EMFILE;
}

static void handle_close(struct handle *h)
{
	if (h->dir)
		(void)closedir(h->dir);
	else
		(void)close(h->fd);
	*h = (struct handle){.fd = -1};
}

/* Answers an open with the handle, or closes it if the opener is gone: nobody would release it. */
static void reply_open(struct session *s, fuse_req_t req, uint64_t handle)
{
	struct fuse_file_info fi = {.fh = handle};

	if (fuse_reply_open(req, &fi) < 0)
		handle_close(&s->mask->handles[handle]);
}

static void reply_release(fuse_req_t req, const struct fuse_file_info *fi)
{
	handle_close(&session_of(req)->mask->handles[fi->fh]);
	(void)fuse_reply_err(req, 0);
}

/* Attributes of what is open under `ino`: they outlive its name, as natively. */
static int stat_open(const struct session *s, fuse_ino_t ino, struct stat *ret)
{
	const struct handle *all = s->mask->handles;

	for (size_t i = 0; i < OPEN_MAX; i++)
		if (all[i].session == s && all[i].ino == ino)
			return fstat(all[i].fd, ret) < 0 ? -errno : 0;
	return -ESTALE;
}

/* --- names and attributes: visible without asking --- */

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
	conn->max_write = READ_MAX; /* also bounds a read: it sets the pages of one request */
	conn->max_readahead = READ_MAX;
	conn->want &= ~(unsigned int)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
				      FUSE_CAP_SPLICE_MOVE);
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct session *s = session_of(req);
	struct sel_node *node = NULL;
	struct stat st;
	int r = sel_tree_lookup(s->tree, node_of(s, parent), name, &node, &st);

	if (r < 0) {
		reply_error(req, r);
		return;
	}
	struct fuse_entry_param e = {
		.ino = (fuse_ino_t)(uintptr_t)node,
		.attr = shown(req, &st),
	};
	if (fuse_reply_entry(req, &e) < 0) /* the kernel did not take the reference */
		sel_tree_forget(s->tree, node, 1);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t count)
{
	struct session *s = session_of(req);

	sel_tree_forget(s->tree, node_of(s, ino), count);
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t n, struct fuse_forget_data *all)
{
	struct session *s = session_of(req);

	for (size_t i = 0; i < n; i++)
		sel_tree_forget(s->tree, node_of(s, all[i].ino), all[i].nlookup);
	fuse_reply_none(req);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct session *s = session_of(req);
	struct stat st;

	(void)fi;
	_cleanup_close_ int fd = sel_tree_pin(s->tree, node_of(s, ino), &st);
	if (fd < 0 && stat_open(s, ino, &st) < 0) {
		reply_error(req, fd);
		return;
	}
	st = shown(req, &st);
	(void)fuse_reply_attr(req, &st, 0);
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct session *s = session_of(req);
	char target[PATH_MAX];
	struct stat st;
	ssize_t n;

	_cleanup_close_ int fd = sel_tree_pin(s->tree, node_of(s, ino), &st);
	n = fd < 0 ? fd : readlinkat(fd, "", target, sizeof target - 1);
	if (n < 0) {
		reply_error(req, fd < 0 ? fd : -errno);
		return;
	}
	target[n] = '\0';
	(void)fuse_reply_readlink(req, target);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct session *s = session_of(req);
	struct statvfs fs;
	struct stat st;

	(void)ino;
	_cleanup_close_ int fd = sel_tree_pin(s->tree, sel_tree_root(s->tree), &st);
	if (fd < 0 || fstatvfs(fd, &fs) < 0) {
		reply_error(req, fd < 0 ? fd : -errno);
		return;
	}
	(void)fuse_reply_statfs(req, &fs);
}

static int open_folder(struct session *s, fuse_ino_t ino, uint64_t *ret)
{
	struct stat st;
	int r;

	_cleanup_close_ int pin = sel_tree_pin(s->tree, node_of(s, ino), &st);
	if (pin < 0)
		return pin;
	_cleanup_close_ int fd = openat(pin, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	DIR *dir = fdopendir(fd);
	if (!dir)
		return -errno;
	r = handle_add(s, ino, sel_steal_fd(&fd), dir, ret);
	if (r < 0)
		(void)closedir(dir);
	return r;
}

static void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct session *s = session_of(req);
	uint64_t handle = 0;
	int r = open_folder(s, ino, &handle);

	(void)fi;
	if (r < 0)
		reply_error(req, r);
	else
		reply_open(s, req, handle);
}

static size_t fill(fuse_req_t req, DIR *dir, char *buf, size_t size)
{
	size_t used = 0;

	for (const struct dirent *d; (d = readdir(dir));) {
		struct stat st = {.st_ino = d->d_ino, .st_mode = (mode_t)DTTOIF(d->d_type)};
		size_t need =
			fuse_add_direntry(req, buf + used, size - used, d->d_name, &st, d->d_off);

		if (need > size - used)
			break; /* the kernel comes back with the offset of the last that fitted */
		used += need;
	}
	return used;
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		       struct fuse_file_info *fi)
{
	struct sel_mask *m = session_of(req)->mask;
	DIR *dir = m->handles[fi->fh].dir;
	char *buf = m->data;

	(void)ino;
	if (off == 0)
		rewinddir(dir);
	else if (off != telldir(dir))
		seekdir(dir, off);
	(void)fuse_reply_buf(req, buf, fill(req, dir, buf, size < READ_MAX ? size : READ_MAX));
}

static void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	reply_release(req, fi);
}

/* --- content: asked about --- */

/* Reads one line "Name:\tvalue" of /proc/PID/status in the given base. */
static bool status_field(const char *text, const char *name, int base, uint64_t *ret)
{
	const char *p = strstr(text, name);

	if (!p)
		return false;
	*ret = strtoull(p + strlen(name), NULL, base);
	return true;
}

static bool read_status(pid_t tid, char *text, size_t cap)
{
	char name[64];
	ssize_t n;

	(void)snprintf(name, sizeof name, "/proc/%d/status", tid);
	_cleanup_close_ int fd = tid > 0 ? open(name, O_RDONLY | O_CLOEXEC) : -1;
	n = fd < 0 ? -1 : read(fd, text, cap - 1);
	text[n < 0 ? 0 : n] = '\0';
	return n > 0;
}

/* The kernel names the thread, by its number in the pid namespace of whoever mounted: the joiner,
 * which stayed in the broker's. 0 if the opener is not visible there. */
static pid_t process_of(pid_t tid)
{
	char text[4096];
	uint64_t tgid;

	if (!read_status(tid, text, sizeof text) || !status_field(text, "\nTgid:", 10, &tgid))
		return tid;
	return (pid_t)tgid;
}

#define BIT(sig) (UINT64_C(1) << ((sig)-1))

/* Whether an interrupted opener has to be let go. A plain file's open is never interrupted, and few
 * programs know EINTR there; so the signals of housekeeping (Go sends itself SIGURG all the time,
 * shells get SIGCHLD) leave it waiting, while what means "stop" ends the wait. The kernel tells
 * only the first interruption, not a SIGKILL after it: an opener once interrupted is looked at
 * again and again. */
static bool must_go(pid_t tid)
{
	static const uint64_t patient = BIT(SIGCHLD) | BIT(SIGURG) | BIT(SIGWINCH) | BIT(SIGCONT) |
					BIT(SIGPROF) | BIT(SIGVTALRM) | BIT(SIGIO) | BIT(SIGPWR) |
					BIT(SIGSTOP) | BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU) |
					BIT(SIGUSR1) | BIT(SIGUSR2) | ~UINT64_C(0) << 31;
	uint64_t own, group, blocked;
	char text[4096];

	if (!read_status(tid, text, sizeof text) || !status_field(text, "\nSigPnd:", 16, &own) ||
	    !status_field(text, "\nShdPnd:", 16, &group) ||
	    !status_field(text, "\nSigBlk:", 16, &blocked))
		return true; /* cannot be seen: do not hold what may be dying */
	return (own | group) & ~blocked & ~patient;
}

/* Called by libfuse while it holds locks of its own: only notes it. */
static void on_interrupt(fuse_req_t req, void *data)
{
	struct waiting *w = data;

	(void)req;
	w->interrupted = true;
	((struct session *)fuse_req_userdata(req))->mask->interrupts = true;
}

static struct waiting *slot_take(struct sel_mask *m)
{
	struct waiting *w = NULL;

	(void)pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < WAITING_MAX && !w; i++)
		if (m->waiting[i].id == 0)
			w = &m->waiting[i];
	if (w)
		*w = (struct waiting){
			.id = ++m->generation * WAITING_MAX + (uint64_t)(w - m->waiting),
			.pin = -1,
		};
	(void)pthread_mutex_unlock(&m->lock);
	return w;
}

static void slot_free(struct sel_mask *m, struct waiting *w)
{
	sel_closep(&w->pin);
	(void)pthread_mutex_lock(&m->lock);
	*w = (struct waiting){.pin = -1};
	(void)pthread_mutex_unlock(&m->lock);
}

/* The content is opened only here, after the answer, by the descriptor that was asked about. */
static int open_content(const struct waiting *w, uint64_t *ret_handle)
{
	char name[64];
	struct stat st;
	int r;

	(void)snprintf(name, sizeof name, "/proc/self/fd/%d", w->pin);
	_cleanup_close_ int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_dev != w->dev || st.st_ino != w->ino)
		return -ESTALE;
	r = handle_add(w->session, w->node, fd, NULL, ret_handle);
	if (r >= 0)
		(void)sel_steal_fd(&fd);
	return r;
}

/* Gives the one answer of this opener, and its slot back. */
static void conclude(struct sel_mask *m, struct waiting *w, int error)
{
	uint64_t handle = 0;
	int r = error < 0 ? error : open_content(w, &handle);

	fuse_req_interrupt_func(w->req, NULL, NULL);
	if (r < 0)
		reply_error(w->req, r);
	else
		reply_open(w->session, w->req, handle);
	slot_free(m, w);
}

static int refuse_flags(int flags)
{
	if ((flags & O_ACCMODE) != O_RDONLY || flags & (O_TRUNC | O_CREAT))
		return -EROFS;
	return flags & FLAG_EXEC ? -EACCES : 0;
}

static int prepare(struct session *s, fuse_req_t req, fuse_ino_t ino, struct waiting *w, char *path)
{
	const struct sel_node *node = node_of(s, ino);
	struct stat st;

	w->pin = sel_tree_pin(s->tree, node, &st);
	if (w->pin < 0)
		return w->pin;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	w->req = req;
	w->session = s;
	w->node = ino;
	w->dev = st.st_dev;
	w->ino = st.st_ino;
	w->tid = fuse_req_ctx(req)->pid;
	return sel_tree_path(s->tree, node, path, PATH_MAX);
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct session *s = session_of(req);
	struct sel_mask *m = s->mask;
	char path[PATH_MAX];
	int r = refuse_flags(fi->flags);
	struct waiting *w = r < 0 ? NULL : slot_take(m);

	if (!w) {
		reply_error(req, r < 0 ? r : -EMFILE);
		return;
	}
	r = prepare(s, req, ino, w, path);
	if (r < 0) {
		slot_free(m, w);
		reply_error(req, r);
		return;
	}
	struct sel_mask_request q = {
		.id = w->id,
		.pid = process_of(w->tid),
		.path = path,
		.flags = fi->flags,
	};
	fuse_req_interrupt_func(req, on_interrupt, w);
	r = m->ask(&q, m->ctx);
	if (r != 0) /* else it waits; the answer may be there already, and has rung */
		conclude(m, w, r == 1 ? 0 : r < 0 ? r : -EACCES);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	struct sel_mask *m = session_of(req)->mask;
	int fd = m->handles[fi->fh].fd;
	char *buf = m->data;
	size_t used = 0;
	ssize_t n = 0;

	(void)ino;
	/* A short answer means end of file, so what does not fit is an error; op_init() sees that
	 * it does. */
	if (size > READ_MAX) {
		reply_error(req, -EIO);
		return;
	}
	while (used < size && (n = pread(fd, buf + used, size - used, off + (off_t)used)) != 0)
		if (n > 0)
			used += (size_t)n;
		else if (errno != EINTR)
			break;
	if (n < 0)
		reply_error(req, -errno);
	else
		(void)fuse_reply_buf(req, buf, used);
}

static void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	reply_release(req, fi);
}

/* --- everything that writes: the mount is read-only, so the kernel refuses first; this is the
 * second refusal --- */

/* clang-format off: columns are the point */
#define REFUSE(name, ...)                                                                          \
	static void op_##name(fuse_req_t req, __VA_ARGS__)                                         \
	{                                                                                          \
		reply_error(req, -EROFS);                                                          \
	}
#define U __attribute__((unused))
REFUSE(setattr, U fuse_ino_t i, U struct stat *s, U int set, U struct fuse_file_info *f)
REFUSE(mknod, U fuse_ino_t p, U const char *n, U mode_t m, U dev_t d)
REFUSE(mkdir, U fuse_ino_t p, U const char *n, U mode_t m)
REFUSE(unlink, U fuse_ino_t p, U const char *n)
REFUSE(rmdir, U fuse_ino_t p, U const char *n)
REFUSE(symlink, U const char *l, U fuse_ino_t p, U const char *n)
REFUSE(rename, U fuse_ino_t p, U const char *n, U fuse_ino_t q, U const char *o, U unsigned int f)
REFUSE(link, U fuse_ino_t i, U fuse_ino_t p, U const char *n)
REFUSE(write, U fuse_ino_t i, U const char *b, U size_t n, U off_t o, U struct fuse_file_info *f)
REFUSE(create, U fuse_ino_t p, U const char *n, U mode_t m, U struct fuse_file_info *f)
REFUSE(setxattr, U fuse_ino_t i, U const char *n, U const char *v, U size_t s, U int f)
REFUSE(removexattr, U fuse_ino_t i, U const char *n)
REFUSE(fallocate, U fuse_ino_t i, U int m, U off_t o, U off_t n, U struct fuse_file_info *f)

static const struct fuse_lowlevel_ops ops = {
	.init = op_init,
	.statfs = op_statfs,
	.lookup = op_lookup,
	.getattr = op_getattr,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.readlink = op_readlink,
	.opendir = op_opendir,
	.readdir = op_readdir,
	.releasedir = op_releasedir,
	.open = op_open,
	.read = op_read,
	.release = op_release,
	.setattr = op_setattr,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.unlink = op_unlink,
	.rmdir = op_rmdir,
	.symlink = op_symlink,
	.rename = op_rename,
	.link = op_link,
	.write = op_write,
	.create = op_create,
	.setxattr = op_setxattr,
	.removexattr = op_removexattr,
	.fallocate = op_fallocate,
}; /* clang-format on */

/* --- the thread --- */

static bool take_answer(struct sel_mask *m, struct waiting *w, int *ret_error)
{
	bool answered;

	(void)pthread_mutex_lock(&m->lock);
	answered = w->id != 0 && w->answered;
	*ret_error = w->error;
	(void)pthread_mutex_unlock(&m->lock);
	return answered;
}

static void let_go(struct sel_mask *m, struct waiting *w)
{
	uint64_t id = w->id;

	conclude(m, w, -EINTR);
	m->gone(id, m->ctx);
}

/* Looks at every slot: answers that came, openers that were interrupted. */
static void sweep(struct sel_mask *m)
{
	int error;

	m->interrupts = m->restless = false;
	for (size_t i = 0; i < WAITING_MAX; i++) {
		struct waiting *w = &m->waiting[i];

		if (w->id == 0) /* only this thread sets it */
			continue;
		if (take_answer(m, w, &error))
			conclude(m, w, error);
		else if (w->interrupted && must_go(w->tid))
			let_go(m, w);
		else if (w->interrupted)
			m->restless = true;
	}
}

/* Nothing the session had open is released by the kernel any more. */
static void session_close(struct sel_mask *m, struct session *s)
{
	for (size_t i = 0; i < OPEN_MAX; i++)
		if (m->handles[i].session == s)
			handle_close(&m->handles[i]);
	sel_tree_free(sel_steal_ptr(&s->tree));
	if (s->fuse)
		fuse_session_destroy(
			sel_steal_ptr(&s->fuse)); /* closes the descriptor: aborts the mount */
}

/* The mount is gone, and with it everyone who could wait. */
static void bury(struct sel_mask *m, struct session *s)
{
	for (size_t i = 0; i < WAITING_MAX; i++)
		if (m->waiting[i].id != 0 && m->waiting[i].session == s)
			let_go(m, &m->waiting[i]);
	(void)epoll_ctl(m->epoll, EPOLL_CTL_DEL, fuse_session_fd(s->fuse), NULL);
	session_close(m, s);
}

static void serve(struct sel_mask *m, struct session *s)
{
	for (int i = 0; i < BURST; i++) {
		int r = fuse_session_receive_buf(s->fuse, &m->buf);

		if (r == -EINTR)
			continue;
		if (r == -EAGAIN)
			return;
		if (r > 0)
			fuse_session_process_buf(s->fuse, &m->buf);
		if (r <= 0 || fuse_session_exited(s->fuse)) { /* ENODEV: unmounted; or broken */
			bury(m, s);
			return;
		}
		if (m->interrupts)
			sweep(m);
	}
}

static void *run(void *arg)
{
	struct sel_mask *m = arg;
	struct epoll_event event[16];
	uint64_t rings;

	(void)pthread_setname_np(pthread_self(), "seldom-mask");
	while (!m->stop) {
		int n = epoll_wait(m->epoll, event, SEL_N(event), m->restless ? WATCH_MSEC : -1);

		for (int i = 0; i < n; i++)
			if (event[i].data.ptr)
				serve(m, event[i].data.ptr);
			else
				(void)!read(m->bell, &rings, sizeof rings);
		sweep(m);
	}
	return NULL;
}

/* --- start, answer, end --- */

static void quiet(enum fuse_log_level level, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
static void quiet(enum fuse_log_level level, const char *fmt, va_list ap)
{
	char line[512];

	(void)vsnprintf(line, sizeof line, fmt, ap);
	(void)sel_log(level <= FUSE_LOG_CRIT ? LOG_WARNING : LOG_DEBUG, 0, "mask: %s", line);
}

/* Takes `fd` in any case. */
static int session_open(struct sel_mask *m, struct session *s, const struct sel_mask_item *item)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
	char *argv[] = {(char[]){"seldom"}, NULL}, name[32];
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	_cleanup_close_ int fd = item->fuse_fd;
	int r = sel_tree_open(item->path, item->folder, &s->tree);

	s->mask = m;
	if (r < 0)
		return r;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0) /* one thread serves all: it must not wait on one */
		return -errno;
	s->fuse = fuse_session_new(&args, &ops, sizeof ops, s);
	fuse_opt_free_args(&args);
	if (!s->fuse)
		return -ENOMEM;
	(void)snprintf(name, sizeof name, "/dev/fd/%d", fd); /* libfuse: "mounted already" */
	if (fuse_session_mount(s->fuse, name) != 0)
		return -EIO;
	(void)sel_steal_fd(&fd); /* the session's, closed with it */
	return epoll_ctl(m->epoll, EPOLL_CTL_ADD, fuse_session_fd(s->fuse), &event) < 0 ? -errno
											: 0;
}

int sel_mask_add(struct sel_mask *m, const struct sel_mask_item *item)
{
	struct session *s = calloc(1, sizeof *s);
	int r;

	if (!s) {
		(void)close(item->fuse_fd);
		return -ENOMEM;
	}
	(void)pthread_mutex_lock(&m->lock);
	s->next = m->sessions;
	m->sessions = s;
	(void)pthread_mutex_unlock(&m->lock);
	r = session_open(m, s, item);
	if (r >= 0)
		return 0;
	/* It stays in the list, empty; nothing points the thread to it. */
	sel_tree_free(sel_steal_ptr(&s->tree));
	if (s->fuse)
		fuse_session_destroy(sel_steal_ptr(&s->fuse));
	return r;
}

static void destroy(struct sel_mask *m)
{
	for (size_t i = 0; i < WAITING_MAX; i++)
		if (m->waiting[i].id != 0)
			conclude(m, &m->waiting[i], -EACCES);
	while (m->sessions) {
		struct session *s = m->sessions;

		m->sessions = s->next;
		session_close(m, s);
		free(s);
	}
	sel_closep(&m->epoll);
	sel_closep(&m->bell);
	(void)pthread_mutex_destroy(&m->lock);
	free(m->buf.mem);
	free(m->data);
	free(m);
}

static int prepare_loop(struct sel_mask *m)
{
	struct epoll_event event = {.events = EPOLLIN};

	m->epoll = epoll_create1(EPOLL_CLOEXEC);
	m->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->epoll < 0 || m->bell < 0 || epoll_ctl(m->epoll, EPOLL_CTL_ADD, m->bell, &event) < 0)
		return -errno;
	return 0;
}

/* Signals are the broker's business: its loop takes them in its own thread. */
static int start_thread(struct sel_mask *m)
{
	sigset_t all, old;
	int r;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&m->thread, NULL, run, m);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

int sel_mask_start(const struct sel_mask_item *items, size_t n, sel_mask_ask_fn ask,
		   sel_mask_gone_fn gone, void *ctx, struct sel_mask **ret)
{
	struct sel_mask *m = calloc(1, sizeof *m);
	int r = m ? 0 : -ENOMEM;

	fuse_set_log_func(quiet);
	if (m) {
		*m = (struct sel_mask){
			.epoll = -1, .bell = -1, .ask = ask, .gone = gone, .ctx = ctx};
		m->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
		m->data = malloc(READ_MAX);
		r = m->data ? prepare_loop(m) : -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) /* every descriptor is taken, whatever happens */
		if (r < 0)
			(void)close(items[i].fuse_fd);
		else
			r = sel_mask_add(m, &items[i]);
	if (r >= 0)
		r = start_thread(m);
	if (r < 0) {
		if (m)
			destroy(m);
		return r;
	}
	*ret = m;
	return 0;
}

static void ring(struct sel_mask *m)
{
	uint64_t one = 1;

	(void)!write(m->bell, &one, sizeof one); /* full means it rings already */
}

void sel_mask_answer(struct sel_mask *m, uint64_t id, int error)
{
	struct waiting *w = &m->waiting[id % WAITING_MAX];
	bool known;

	(void)pthread_mutex_lock(&m->lock);
	known = id != 0 && w->id == id && !w->answered;
	if (known) {
		w->answered = true;
		w->error = error <= 0 ? error : -EACCES;
	}
	(void)pthread_mutex_unlock(&m->lock);
	if (known)
		ring(m);
}

void sel_mask_free(struct sel_mask *m)
{
	if (!m)
		return;
	m->stop = true;
	ring(m);
	(void)pthread_join(m->thread, NULL);
	destroy(m);
}
