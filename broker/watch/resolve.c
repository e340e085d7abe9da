#include "resolve.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#define MAX_LINKS 40 /* as the kernel's */

static int open2(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = resolve};
	int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);

	return fd < 0 ? -errno : fd;
}

void sel_place_done(struct sel_place *p)
{
	sel_closep(&p->parent);
	sel_closep(&p->fd);
	sel_closep(&p->magic_fd);
	p->parent = p->fd = p->magic_fd = -1;
}

static int fd_path(int fd, char *ret, size_t cap)
{
	char link[32];
	ssize_t n;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, ret, cap - 1);
	if (n < 0)
		return -errno;
	ret[n] = '\0';
	return 0;
}

static bool on_procfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) < 0 || fs.f_type == PROC_SUPER_MAGIC;
}

static int join(char *buf, size_t cap, const char *dir, const char *name)
{
	const char *slash = strcmp(dir, "/") == 0 ? "" : "/";
	int n = snprintf(buf, cap, "%s%s%s", dir, slash, name);

	return n < 0 || (size_t)n >= cap ? -ENAMETOOLONG : 0;
}

static int open_base(const struct sel_target *t, int dirfd)
{
	char name[32] = "cwd";
	int fd;

	if (dirfd != AT_FDCWD)
		(void)snprintf(name, sizeof name, "fd/%d", dirfd);
	fd = openat(t->proc, name, O_PATH | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return !sel_target_alive(t) ? -ESRCH : dirfd == AT_FDCWD ? -ENOENT : -EBADF;
	return fd < 0 ? -errno : fd;
}

/* The last component, in its folder: what is there? */
static int look(struct sel_place *p)
{
	char dir[PATH_MAX];
	int r;

	p->fd = openat(p->parent, p->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (p->fd < 0 && errno != ENOENT)
		return -errno;
	p->exists = p->fd >= 0;
	if (p->exists && fstat(p->fd, &p->st) < 0)
		return -errno;
	r = fd_path(p->parent, dir, sizeof dir);
	return r < 0 ? r : join(p->path, sizeof p->path, dir, p->name);
}

static int settle_on_fd(int fd, struct sel_place *p)
{
	p->fd = fd;
	p->exists = true;
	p->special = true;
	p->name[0] = '\0';
	if (fstat(fd, &p->st) < 0)
		return -errno;
	return fd_path(fd, p->path, sizeof p->path);
}

/* --- the slow walk: component by component, links by hand ----------------------------------------
 */

struct walk {
	const struct sel_view *view;
	struct sel_target *t;
	int at; /* O_PATH of the folder reached */
	int links;
	char rest[PATH_MAX];
	int flags;
};

static void step_to(struct walk *w, int fd)
{
	sel_closep(&w->at);
	w->at = fd;
}

/* /proc/self and /proc/thread-self are the target's, never the broker's. */
static int own_proc_name(struct walk *w, const char *name, char *ret, size_t cap)
{
	long tgid, tid;
	int r = sel_target_status(w->t, "NStgid:", 10, &tgid);

	if (r >= 0)
		r = sel_target_status(w->t, "NSpid:", 10, &tid);
	if (r < 0)
		return r;
	if (strcmp(name, "self") == 0)
		(void)snprintf(ret, cap, "%ld", tgid);
	else
		(void)snprintf(ret, cap, "%ld/task/%ld", tgid, tid);
	return 0;
}

static int push_rest(struct walk *w, const char *front)
{
	char old[PATH_MAX];

	memcpy(old, w->rest, sizeof old);
	int n = snprintf(w->rest, sizeof w->rest, "%s%s%s", front, *old ? "/" : "", old);
	return n < 0 || (size_t)n >= sizeof w->rest ? -ENAMETOOLONG : 0;
}

static int pid_of_proc_folder(int dir)
{
	char path[PATH_MAX];
	int pid = -1;

	if (fd_path(dir, path, sizeof path) < 0 || sscanf(path, "/proc/%d", &pid) != 1)
		return -1;
	return pid;
}

/* A magic link of a process inside. bubblewrap's process 1 is not of the program's domain: the
 * kernel refuses its links to the program, so do we. */
static int follow_magic(struct walk *w, const char *name, bool last, struct sel_place *p)
{
	char path[PATH_MAX];
	int pid = pid_of_proc_folder(w->at), number, fd;

	if (pid <= 1)
		return -EACCES;
	fd = openat(w->at, name, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!last) {
		step_to(w, fd);
		return 0;
	}
	p->magic = true;
	if (fd_path(w->at, path, sizeof path) >= 0 && strlen(path) > 3 &&
	    strcmp(path + strlen(path) - 3, "/fd") == 0 && sscanf(name, "%d", &number) == 1 &&
	    w->t->proc >= 0) {
		long own;

		if (sel_target_status(w->t, "NStgid:", 10, &own) >= 0 && own == pid)
			p->magic_fd = sel_target_getfd(w->t, number);
	}
	return settle_on_fd(fd, p);
}

static int follow_link(struct walk *w, int link, const char *name, bool last, struct sel_place *p)
{
	char target[PATH_MAX];
	struct stat dir;

	if (++w->links > MAX_LINKS)
		return -ELOOP;
	if (on_procfs(link)) {
		if (fstat(w->at, &dir) < 0)
			return -errno;
		if (dir.st_ino != 1) /* not the root of procfs: PID/fd/N, PID/cwd ... */
			return follow_magic(w, name, last, p);
		if (strcmp(name, "self") == 0 || strcmp(name, "thread-self") == 0) {
			int r = own_proc_name(w, name, target, sizeof target);

			return r < 0 ? r : push_rest(w, target);
		}
	}
	ssize_t n = readlinkat(link, "", target, sizeof target - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (n == 0)
		return -ENOENT;
	if (target[0] == '/') {
		int root = fcntl(w->view->root, F_DUPFD_CLOEXEC, 3);

		if (root < 0)
			return -errno;
		step_to(w, root);
	}
	return push_rest(w, target);
}

/* Takes the next component off the rest. Returns its length, 0 if none is left. */
static int next_component(struct walk *w, char name[NAME_MAX + 1], bool *ret_last, bool *ret_slash)
{
	char *p = w->rest;
	size_t len, skip;

	p += strspn(p, "/");
	len = strcspn(p, "/");
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, p, len);
	name[len] = '\0';
	skip = strspn(p + len, "/");
	*ret_slash = skip > 0;
	p += len + skip;
	*ret_last = *p == '\0';
	memmove(w->rest, p, strlen(p) + 1);
	return (int)len;
}

static int finish(struct walk *w, const char *name, struct sel_place *p)
{
	if (strlen(name) == 0 || strcmp(name, ".") == 0) {
		int fd = sel_steal_fd(&w->at);

		return settle_on_fd(fd, p);
	}
	p->parent = sel_steal_fd(&w->at);
	(void)snprintf(p->name, sizeof p->name, "%s", name);
	return look(p);
}

static int slow_walk(struct walk *w, struct sel_place *p)
{
	char name[NAME_MAX + 1];
	bool last = false, slash = false;

	for (;;) {
		int r = next_component(w, name, &last, &slash);

		if (r < 0)
			return r;
		p->slash |= last && slash;
		if (r == 0 || (last && strcmp(name, ".") == 0))
			return finish(w, "", p);
		_cleanup_close_ int fd = openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		struct stat st = {0};

		if (fd < 0 && (errno != ENOENT || !last))
			return -errno;
		if (fd >= 0 && fstat(fd, &st) < 0)
			return -errno;
		if (fd >= 0 && S_ISLNK(st.st_mode) && (!last || slash || (w->flags & SEL_FOLLOW))) {
			r = follow_link(w, fd, name, last, p);
			if (r < 0 || p->exists)
				return r;
			continue;
		}
		if (last && strcmp(name, "..") != 0)
			return finish(w, name, p);
		if (!S_ISDIR(st.st_mode))
			return -ENOTDIR;
		step_to(w, sel_steal_fd(&fd));
		if (last)
			return finish(w, "", p);
	}
}

/* --- the quick way: the kernel walks the folders, and says so if a link is in the way
 * ------------- */

/* `take_base` (or NULL): the base may become the folder of the object. */
static int quick_walk(int base, int *take_base, const char *path, int flags, struct sel_place *p)
{
	char dir[PATH_MAX];
	size_t len = strlen(path);
	const char *name;
	int r;

	while (len > 1 && path[len - 1] == '/') {
		p->slash = true;
		len--;
	}
	for (name = path + len; name > path && name[-1] != '/';)
		name--;
	size_t n = (size_t)(path + len - name);
	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(p->name, name, n);
	p->name[n] = '\0';
	if (n == 0 || strcmp(p->name, ".") == 0 || strcmp(p->name, "..") == 0)
		return -ELOOP; /* the slow walk knows what these mean */
	/* Absolute paths start from the root descriptor. */
	size_t skip = *path == '/' ? 1 : 0, folders = (size_t)(name - path) - skip;
	if (folders == 0 && !skip && take_base) {
		p->parent = sel_steal_fd(take_base);
	} else {
		(void)snprintf(dir, sizeof dir, "./%.*s", (int)folders, path + skip);
		r = open2(base, dir, O_PATH | O_DIRECTORY,
			  RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
		if (r < 0)
			return r;
		p->parent = r;
	}
	r = look(p);
	if (r >= 0 && p->exists && S_ISLNK(p->st.st_mode) && ((flags & SEL_FOLLOW) || p->slash))
		return -ELOOP;
	return r;
}

int sel_resolve(const struct sel_view *view, struct sel_target *t, int dirfd, const char *path,
		int flags, struct sel_place *ret)
{
	struct walk w = {.view = view, .t = t, .at = -1, .flags = flags};
	struct sel_place p = SEL_PLACE_INIT;
	int r;

	if (*path == '\0' && !(flags & SEL_EMPTY))
		return -ENOENT;
	if (*path != '/') {
		w.at = open_base(t, dirfd);
		if (w.at == -ESRCH && sel_target_refresh(t) >= 0)
			w.at = open_base(t, dirfd);
		if (w.at < 0)
			return w.at;
	}
	if (*path == '\0') {
		r = settle_on_fd(sel_steal_fd(&w.at), &p);
	} else {
		r = quick_walk(*path == '/' ? view->root : w.at, *path == '/' ? NULL : &w.at, path,
			       flags, &p);
		if (r == -ELOOP) {
			if (w.at < 0) /* not yet, or taken */
				w.at = fcntl(*path == '/' ? view->root : p.parent, F_DUPFD_CLOEXEC,
					     3);
			r = w.at < 0 ? -errno : r;
		}
		if (r == -ELOOP) {
			sel_place_done(&p);
			p = SEL_PLACE_INIT;
			(void)snprintf(w.rest, sizeof w.rest, "%s", path);
			r = slow_walk(&w, &p);
		}
	}
	sel_closep(&w.at);
	if (r >= 0) {
		size_t n = strlen(p.path);

		/* The folder was removed or belongs to nothing we can name. */
		if (p.path[0] == '/' && n > 10 && strcmp(p.path + n - 10, " (deleted)") == 0 &&
		    !p.magic && p.parent >= 0)
			r = -ENOENT;
		p.proc = p.path[0] == '/' && strncmp(p.path, "/proc/", 6) == 0;
	}
	if (r < 0)
		sel_place_done(&p);
	else
		*ret = p;
	return r;
}

int sel_resolve_lexical(struct sel_target *t, int dirfd, const char *path, char *ret, size_t cap)
{
	char dir[PATH_MAX], name[32] = "cwd";
	ssize_t n;

	if (*path == '/') {
		n = snprintf(ret, cap, "%s", path);
		return n < 0 || (size_t)n >= cap ? -ENAMETOOLONG : 0;
	}
	while (path[0] == '.' && path[1] == '/')
		path += 2 + strspn(path + 2, "/");
	if (dirfd != AT_FDCWD)
		(void)snprintf(name, sizeof name, "fd/%d", dirfd);
	n = readlinkat(t->proc, name, dir, sizeof dir - 1);
	if (n < 0 && (errno == ESRCH || errno == ENOENT) && sel_target_refresh(t) >= 0)
		n = readlinkat(t->proc, name, dir, sizeof dir - 1);
	if (n < 0)
		return -errno;
	dir[n] = '\0';
	return join(ret, cap, dir, path);
}

int sel_host_view(const char *path, int like_fd)
{
	struct stat a, b;
	_cleanup_close_ int fd = -1;

	fd = open2(AT_FDCWD, path, O_PATH | O_NOFOLLOW,
		   RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	if (fd == -ELOOP) /* the object itself may be a link: its folder may not be one */
		fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -EROFS;
	if (fstat(fd, &a) < 0 || fstat(like_fd, &b) < 0)
		return -EROFS;
	if (a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return -EROFS;
	return sel_steal_fd(&fd);
}
