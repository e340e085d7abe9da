/* Putting back. Parents are walked without links, a new file takes its name by a rename, and what
 * is there now is kept first, in the journal of a session of its own. */
#include "internal.h"
#include "seldom/text.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/syscall.h>

/* One name in a pinned folder. */
struct spot {
	int parent;
	const char *name, *path;
	int fd; /* O_PATH of what is there; -1: nothing */
	struct stat st;
};
#define SPOT_INIT ((struct spot){.parent = -1, .fd = -1})
static void spot_done(struct spot *s)
{
	sel_closep(&s->parent);
	sel_closep(&s->fd);
	s->parent = s->fd = -1;
}
#define _cleanup_spot_ __attribute__((cleanup(spot_done)))

static int spot_look(struct spot *s)
{
	sel_closep(&s->fd);
	s->fd = openat(s->parent, s->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (s->fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return fstat(s->fd, &s->st) < 0 ? -errno : 1;
}

static int spot_open(const struct sel_undo_plan *p, const char *path, bool make, struct spot *ret)
{
	ret->path = path;
	ret->parent = undo_parent(path, make, p, &ret->name);
	return ret->parent < 0 ? ret->parent : spot_look(ret);
}

struct proc_name {
	char s[32];
};
static struct proc_name by_fd(int fd)
{
	struct proc_name n;

	(void)snprintf(n.s, sizeof n.s, "/proc/self/fd/%d", fd);
	return n;
}

static int rename_to(const struct spot *from, int parent, const char *name, unsigned flags)
{
	return syscall(SYS_renameat2, from->parent, from->name, parent, name, flags) < 0 ? -errno
											 : 0;
}

/* --- what is there now
 * -------------------------------------------------------------------------------- */

static int backup_begin(struct sel_undo_plan *p)
{
	char name[64];
	int r;

	if (p->backup)
		return 0;
	(void)snprintf(name, sizeof name, SEL_UNDO_BACKUP "%llu",
		       (unsigned long long)sel_now_real());
	r = sel_undo_new(p->dir, name, &p->backup);
	if (r >= 0 && !(p->backup_name = strdup(name)))
		r = -ENOMEM;
	return r;
}

static int backup(struct sel_undo_plan *p, enum sel_undo_why why, const struct spot *s,
		  const char *to, bool force)
{
	int r = sel_undo_keep(p->backup, why, s->path, s->fd, to);

	return r < 0 && !force ? r : 0;
}

/* A folder with content cannot be kept: it steps aside, under a name that is free. */
static int step_aside(struct sel_undo_plan *p, const struct spot *s, bool force)
{
	for (unsigned i = 1; i < 100; i++) {
		char name[NAME_MAX + 1];
		_cleanup_free_ char *to = NULL;
		int r, n = snprintf(name, sizeof name, "%.230s.seldom-undo-%u", s->name, i);

		if (n < 0 || asprintf(&to, "%.*s%s", (int)(s->name - s->path), s->path, name) < 0) {
			to = NULL;
			return -ENOMEM;
		}
		r = backup(p, SEL_UNDO_MOVE, s, to, force);
		if (r >= 0)
			r = rename_to(s, s->parent, name, RENAME_NOREPLACE);
		if (r != -EEXIST)
			return r;
	}
	return -EEXIST;
}

/* Makes room for what may not be renamed over it. */
static int clear(struct sel_undo_plan *p, struct spot *s, bool force)
{
	int r;

	if (s->fd < 0)
		return 0;
	if (!S_ISDIR(s->st.st_mode)) {
		r = backup(p, SEL_UNDO_REPLACE, s, NULL, force);
		return r < 0 ? r : unlinkat(s->parent, s->name, 0) < 0 ? -errno : 0;
	}
	r = backup(p, SEL_UNDO_RMDIR, s, NULL, force);
	if (r >= 0 && unlinkat(s->parent, s->name, AT_REMOVEDIR) < 0)
		r = errno == ENOTEMPTY || errno == EEXIST ? step_aside(p, s, force) : -errno;
	return r;
}

/* --- attributes
 * ---------------------------------------------------------------------------------------- */

static int set_attributes(const struct undo_meta *m, int fd)
{
	struct proc_name name = by_fd(fd);
	mode_t mode = m->mode & 07777;
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, m->mtime};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_uid != m->uid || st.st_gid != m->gid) &&
	    fchownat(fd, "", m->uid, m->gid, AT_EMPTY_PATH) < 0 &&
	    fchownat(fd, "", (uid_t)-1, m->gid, AT_EMPTY_PATH) < 0)
		mode &= 0777; /* another's rights are not handed to us */
	if (S_ISLNK(st.st_mode))
		return 0;
	if ((st.st_mode & 07777) != mode && chmod(name.s, mode) < 0)
		return -errno;
	/* The times of a folder follow what happens in it. */
	if (!S_ISDIR(st.st_mode) && utimensat(AT_FDCWD, name.s, times, 0) < 0)
		return -errno;
	return 0;
}

/* --- content
 * -------------------------------------------------------------------------------------------- */

struct temporary {
	char s[40];
};
static struct temporary temporary_name(void)
{
	struct temporary t;
	uint64_t random = 0;

	if (getrandom(&random, sizeof random, 0) < 0)
		random = sel_now_real(); /* only a name: it is made with O_EXCL */
	(void)snprintf(t.s, sizeof t.s, ".seldom-undo-%016llx", (unsigned long long)random);
	return t;
}

static int open_kept(const struct sel_undo_plan *p, const struct undo_item *it, struct stat *ret)
{
	char name[32];
	_cleanup_close_ int fd = -1;

	(void)snprintf(name, sizeof name, "%llu", (unsigned long long)it->kept);
	fd = openat(p->folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ENODATA : -errno;
	if (fstat(fd, ret) < 0)
		return -errno;
	return S_ISREG(ret->st_mode) ? sel_steal_fd(&fd) : -ENODATA;
}

static int make_copy(const struct undo_item *it, int kept, int parent, const char *name)
{
	_cleanup_close_ int from = undo_reopen(kept, O_RDONLY), to = -1;
	int r;

	if (from < 0)
		return from;
	to = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	r = undo_copy(from, to, UINT64_MAX);
	if (r >= 0)
		undo_xattrs_write(to, it->first.xattrs);
	return r;
}

static uint64_t inode_key(const struct undo_item *it)
{
	return undo_hash(0, &it->first.m.ino, sizeof it->first.m.ino);
}

/* It had several names, and another of them is back: this is one of the same file again. */
static int link_to_other(struct sel_undo_plan *p, const struct undo_item *it, int parent,
			 const char *name)
{
	uint64_t at = it->first.m.nlink > 1 ? undo_map_get(&p->back, inode_key(it)) : 0;
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	struct stat st;

	if (!at || p->items[at - 1].kept != it->kept ||
	    undo_name_now(p, &p->items[at - 1], path) < 0 || undo_look(path, &st, &fd) <= 0 ||
	    !S_ISREG(st.st_mode))
		return -ENOENT;
	return linkat(AT_FDCWD, by_fd(fd).s, parent, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

/* A new name for the object as it was, not yet the one it shall have. */
static int make_aside(struct sel_undo_plan *p, const struct undo_item *it, int parent,
		      const char *name)
{
	const struct undo_meta *m = &it->first.m;
	_cleanup_close_ int kept = -1, fd = -1;
	struct stat st;
	int r;

	if (S_ISLNK(m->mode)) {
		r = symlinkat(it->first.link ? it->first.link : "", parent, name) < 0 ? -errno : 0;
	} else if (S_ISFIFO(m->mode)) {
		r = mknodat(parent, name, S_IFIFO | 0600, 0) < 0 ? -errno : 0;
	} else if ((r = link_to_other(p, it, parent, name)) < 0) {
		r = kept = open_kept(p, it, &st);
		/* The very inode, with whatever other names it has. */
		if (r >= 0 && (st.st_ino != m->ino || linkat(AT_FDCWD, by_fd(kept).s, parent, name,
							     AT_SYMLINK_FOLLOW) < 0))
			r = make_copy(it, kept, parent, name);
	}
	if (r < 0)
		return r;
	if (S_ISLNK(m->mode)) {
		struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, m->mtime};

		(void)utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW);
	}
	fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : set_attributes(m, fd);
}

/* The inode is still there and has other names: a new file would part them. */
static int write_in_place(struct sel_undo_plan *p, struct undo_item *it, struct spot *s, bool force)
{
	_cleanup_close_ int kept = -1, from = -1, to = -1;
	struct stat st;
	int r = backup(p, SEL_UNDO_WRITE, s, NULL, force);

	if (r >= 0)
		r = kept = open_kept(p, it, &st);
	if (r >= 0)
		r = from = undo_reopen(kept, O_RDONLY);
	if (r >= 0)
		r = to = undo_reopen(s->fd, O_WRONLY | O_TRUNC);
	if (r >= 0)
		r = undo_copy(from, to, UINT64_MAX);
	return r < 0 ? r : set_attributes(&it->first.m, s->fd);
}

static int put_folder(struct sel_undo_plan *p, struct undo_item *it, struct spot *s, bool force)
{
	int r = 0;

	if (s->fd < 0 || !S_ISDIR(s->st.st_mode)) {
		r = clear(p, s, force);
		if (r >= 0 && mkdirat(s->parent, s->name, 0700) < 0)
			r = -errno;
		if (r >= 0)
			r = spot_look(s);
	} else {
		r = backup(p, SEL_UNDO_ATTR, s, NULL, force);
	}
	return r < 0 ? r : set_attributes(&it->first.m, s->fd);
}

static int put_object(struct sel_undo_plan *p, struct undo_item *it, struct spot *s, bool force)
{
	struct temporary name = temporary_name();
	struct stat st;
	int r = 0;

	/* The number of an inode that is gone may be a new folder's by now. */
	if (S_ISREG(it->first.m.mode) && s->fd >= 0 && S_ISREG(s->st.st_mode) &&
	    s->st.st_ino == it->first.m.ino && s->st.st_nlink > 1) {
		_cleanup_close_ int kept = open_kept(p, it, &st);

		if (kept < 0)
			return kept;
		if (st.st_ino != s->st.st_ino)
			return write_in_place(p, it, s, force);
	}
	r = make_aside(p, it, s->parent, name.s);
	if (r >= 0 && s->fd >= 0 && S_ISDIR(s->st.st_mode)) {
		r = clear(p, s, force);
		spot_done(&(struct spot){.parent = -1, .fd = sel_steal_fd(&s->fd)});
	} else if (r >= 0 && s->fd >= 0) {
		r = backup(p, SEL_UNDO_REPLACE, s, NULL, force);
	}
	if (r >= 0 && syscall(SYS_renameat2, s->parent, name.s, s->parent, s->name,
			      s->fd < 0 ? RENAME_NOREPLACE : 0) < 0)
		r = -errno;
	/* A rename between two names of one inode does nothing. */
	(void)unlinkat(s->parent, name.s, 0);
	return r;
}

static int put_back(struct sel_undo_plan *p, struct undo_item *it, bool force)
{
	_cleanup_spot_ struct spot s = SPOT_INIT;
	bool content = it->kept || it->gone;
	char path[PATH_MAX];
	int r = undo_name_now(p, it, path);

	if (r >= 0)
		r = spot_open(p, path, content, &s);
	if (r < 0)
		return r;
	if (S_ISDIR(it->first.m.mode) && content)
		return put_folder(p, it, &s, force);
	if (content)
		return put_object(p, it, &s, force);
	if (s.fd < 0 || s.st.st_ino != it->first.m.ino)
		return it->attr_only ? -ENODATA : 0;
	r = backup(p, SEL_UNDO_ATTR, &s, NULL, force);
	return r < 0 ? r : set_attributes(&it->first.m, s.fd);
}

/* --- names
 * -----------------------------------------------------------------------------------------------
 */

static int mark_names(struct sel_undo_plan *p, const char *from, const char *to, bool swap,
		      uint64_t aside)
{
	json_t *o = json_object();

	if (sel_json_set_bytes(o, "from", from, strlen(from)) < 0 ||
	    sel_json_set_bytes(o, "to", to, strlen(to)) < 0)
		return json_decref(o), -ENOMEM;
	if (swap) {
		(void)json_object_set_new(o, "swap", json_true());
		(void)json_object_set_new(o, "aside", json_integer((json_int_t)aside));
		(void)undo_map_set(&p->aside, undo_hash(0, &aside, sizeof aside), 1);
	}
	return undo_json_put(p->journal, json_pack("{s:o}", "shift", o));
}

/* An outer and an inner folder cannot be renamed into each other: it waits beside them. */
static int step_out(struct sel_undo_plan *p, const char *slot, char **cur)
{
	_cleanup_spot_ struct spot from = SPOT_INIT, to = SPOT_INIT;
	const char *outer = strlen(slot) < strlen(*cur) ? slot : *cur;
	struct temporary name = temporary_name();
	_cleanup_free_ char *path = NULL;
	int r;

	if (asprintf(&path, "%.*s/%s", (int)(strrchr(outer, '/') - outer), outer, name.s) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = spot_open(p, *cur, false, &from);
	if (r >= 0)
		r = spot_open(p, path, false, &to);
	if (r >= 0)
		r = backup(p, SEL_UNDO_MOVE, &from, path, true);
	if (r >= 0)
		r = rename_to(&from, to.parent, to.name, RENAME_NOREPLACE);
	if (r < 0)
		return r;
	undo_shift(p, *cur, path);
	r = mark_names(p, *cur, path, false, 0);
	free(*cur);
	*cur = sel_steal_ptr(&path);
	return r;
}

static int move_back(struct sel_undo_plan *p, struct undo_item *it, bool force)
{
	_cleanup_spot_ struct spot from = SPOT_INIT, to = SPOT_INIT;
	_cleanup_free_ char *cur = strdup(it->cur);
	char slot[PATH_MAX];
	bool swap = false;
	int r = cur ? undo_slot_now(p, it, slot) : -ENOMEM;

	if (r >= 0 && (undo_below(slot, cur) || undo_below(cur, slot)))
		r = step_out(p, slot, &cur);
	if (r >= 0)
		r = spot_open(p, cur, false, &from);

	if (r >= 0 && (from.fd < 0 || from.st.st_ino != it->first.m.ino))
		r = -ENODATA;
	if (r >= 0)
		r = spot_open(p, slot, true, &to);
	if (r < 0)
		return r;
	/* Two that changed names, or a new folder with content: then it takes the other name. */
	swap = to.fd >= 0 && (json_object_get(p->by_cur, slot) || S_ISDIR(to.st.st_mode));
	if (swap)
		r = sel_undo_swap(p->backup, from.path, from.fd, to.path, to.fd);
	else
		r = clear(p, &to, force);
	if (r >= 0 && !swap)
		r = backup(p, SEL_UNDO_MOVE, &from, slot, force);
	if (r >= 0)
		r = rename_to(&from, to.parent, to.name, swap ? RENAME_EXCHANGE : RENAME_NOREPLACE);
	if (r < 0)
		return r;
	if (swap)
		undo_swap_names(p, cur, slot);
	else
		undo_shift(p, cur, slot);
	return mark_names(p, cur, slot, swap, swap ? to.st.st_ino : 0);
}

/* The very inode that was kept has its own name again: the second one would show as a hard link. */
static void let_go(struct sel_undo_plan *p, const struct undo_item *it)
{
	struct stat st;
	char name[32];
	_cleanup_close_ int fd = it->kept ? open_kept(p, it, &st) : -1;

	if (!it->kept || undo_kept_users(p, it->kept, -1) > 0 || fd < 0 ||
	    st.st_ino != it->first.m.ino || st.st_nlink < 2)
		return;
	(void)snprintf(name, sizeof name, "%llu", (unsigned long long)it->kept);
	(void)unlinkat(p->folder, name, 0);
}

static uint64_t n_of(const struct sel_undo_plan *p, const struct undo_item *it)
{
	return (uint64_t)(it - p->items);
}

/* Others took the name of a lost object: they go back first. Where one goes, the next may come
 * from.
 */
static int make_way(struct sel_undo_plan *p, const struct undo_item *it, bool force)
{
	char slot[PATH_MAX];
	struct undo_item *other;
	int r = 1;

	/* Each that moved is done; one that need not move is left. */
	while (r > 0 && !it->cur && undo_slot_now(p, it, slot) >= 0 &&
	       (other = undo_occupant(p, it, slot)) != NULL)
		r = sel_undo_restore(p, other->first.n, force);
	return r < 0 ? r : 0;
}

int sel_undo_restore(struct sel_undo_plan *p, uint64_t n, bool force)
{
	struct undo_item *it = undo_item_n(p, n);
	const char *because;
	enum sel_undo_state state;
	int r = 0;

	if (!it)
		return -ENOENT;
	/* A plan of a session that ran is half of it, even if it has ended meanwhile. */
	if (p->running || flock(p->journal, LOCK_EX | LOCK_NB) < 0)
		return -EBUSY;
	r = make_way(p, it, force);
	if (r < 0)
		return r;
	state = undo_state(p, it, &because);
	if (state == SEL_UNDO_SAME)
		return 0;
	if (state == SEL_UNDO_LOST)
		return -ENODATA;
	if (state == SEL_UNDO_CONFLICT && !force)
		return -EUCLEAN;
	r = backup_begin(p);
	if (r >= 0 && it->cur)
		r = move_back(p, it, force);
	if (r >= 0)
		r = put_back(p, it, force);
	if (r >= 0) {
		it->done = true;
		(void)undo_map_set(&p->back, inode_key(it), n_of(p, it) + 1);
		r = undo_json_put(p->journal, json_pack("{s:I}", "undone", (json_int_t)n));
		let_go(p, it);
	}
	return r < 0 ? r : 1;
}
