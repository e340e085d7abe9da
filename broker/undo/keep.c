/* The broker's side: what is about to be lost is kept first. A line is in the journal before the
 * action takes effect, so a killed broker leaves a journal from which all can be put back. */
#include "internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#define MADE_MAX    ((size_t)1 << 20) /* objects made by the run that are known; 16 MiB */
#define OBJECTS_MAX ((size_t)1 << 20)
#define ORIGINS_MAX ((size_t)16 << 20) /* bytes of names */
#define END_TIME    (10 * USEC_PER_SEC)

struct sel_undo {
	char *dir, *path;
	char session[64];
	pthread_mutex_t lock;
	pthread_cond_t settled; /* something is no longer BUSY */
	int folder, journal;	/* -1: nothing was kept yet */
	usec_t started;
	uint64_t seed, n, used, journal_bytes;
	bool moved; /* an older object has another name now */
	struct sel_undo_totals totals;
	struct undo_map made;  /* object: of this run */
	struct undo_map names; /* path: a further name that this run gave; index + 1 of: */
	char **origins;	       /* the names that they stand for */
	size_t n_origins, origin_bytes;
	struct undo_map objects; /* object: number of its kept content, and: */
};
enum {
	BUSY = 1 << 0,
	LINKED = 1 << 1, /* what is kept is the very inode, by another name */
	SEEN = 1 << 2,	 /* a line says what it was */
	LOST = 1 << 3,
	KEPT_SHIFT = 8,
};

/* What an action hits. */
struct thing {
	struct undo_meta m;
	uint64_t key; /* of device, inode and birth */
	bool born;    /* the birth time is known */
};

static int thing_of(const struct sel_undo *u, int fd, struct thing *ret)
{
	struct statx st;
	uint64_t id[3] = {0};

	if (statx(fd, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME,
		  &st) < 0)
		return -errno;
	ret->born = st.stx_mask & STATX_BTIME;
	ret->m = (struct undo_meta){
		.dev = makedev(st.stx_dev_major, st.stx_dev_minor),
		.ino = st.stx_ino,
		.size = st.stx_size,
		.blocks = st.stx_blocks,
		.mode = st.stx_mode,
		.uid = st.stx_uid,
		.gid = st.stx_gid,
		.nlink = st.stx_nlink,
		.mtime = {.tv_sec = st.stx_mtime.tv_sec, .tv_nsec = st.stx_mtime.tv_nsec},
	};
	id[0] = ret->m.dev;
	id[1] = ret->m.ino;
	if (ret->born)
		id[2] = (uint64_t)st.stx_btime.tv_sec * 1000000000U + st.stx_btime.tv_nsec;
	ret->key = undo_hash(u->seed, id, sizeof id);
	return 0;
}

int sel_undo_new(const char *dir, const char *session, struct sel_undo **ret)
{
	struct sel_undo *u;
	int r;

	if (!undo_session_ok(session))
		return -EINVAL;
	u = calloc(1, sizeof *u);
	if (!u)
		return -ENOMEM;
	u->folder = u->journal = -1;
	u->made = UNDO_MAP_INIT(MADE_MAX);
	u->names = UNDO_MAP_INIT(MADE_MAX);
	u->objects = UNDO_MAP_INIT(OBJECTS_MAX);
	u->started = sel_now_real();
	(void)snprintf(u->session, sizeof u->session, "%s", session);
	(void)pthread_mutex_init(&u->lock, NULL);
	(void)pthread_cond_init(&u->settled, NULL);
	r = getrandom(&u->seed, sizeof u->seed, 0) == (ssize_t)sizeof u->seed ? 0 : -EIO;
	if (r >= 0)
		r = undo_dir(dir, &u->dir);
	if (r < 0)
		sel_undo_free(u);
	else
		*ret = u;
	return r;
}

void sel_undo_free(struct sel_undo *u)
{
	if (!u)
		return;
	sel_closep(&u->folder);
	sel_closep(&u->journal);
	undo_map_done(&u->made);
	undo_map_done(&u->names);
	undo_map_done(&u->objects);
	for (size_t i = 0; i < u->n_origins; i++)
		free(u->origins[i]);
	free(u->origins);
	(void)pthread_mutex_destroy(&u->lock);
	(void)pthread_cond_destroy(&u->settled);
	free(u->dir);
	free(u->path);
	free(u);
}

/* The lock on the journal says that the session runs; it goes with us. */
static int first_line(const struct sel_undo *u, int journal)
{
	if (flock(journal, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	return undo_json_put(journal, json_pack("{s:i,s:s,s:I}", "v", 1, "session", u->session,
						"started", (json_int_t)u->started));
}

/* On first need; again later if it failed. The journal takes its name when it is locked: whoever
 * looks at sessions locks, too. */
static int start(struct sel_undo *u)
{
	static const char new_name[] = "journal.new";
	_cleanup_close_ int folder = -1, journal = -1;
	int r;

	if (u->journal >= 0)
		return 0;
	folder = undo_session_open(u->dir, u->session, true, u->path ? NULL : &u->path);
	if (folder < 0)
		return folder;
	journal = openat(folder, new_name,
			 O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (journal < 0)
		return -errno;
	r = first_line(u, journal);
	if (r >= 0 &&
	    syscall(SYS_renameat2, folder, new_name, folder, "journal", RENAME_NOREPLACE) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(folder, new_name, 0);
		return r;
	}
	u->folder = sel_steal_fd(&folder);
	u->journal = sel_steal_fd(&journal);
	return 0;
}

/* --- what this run made
 * ----------------------------------------------------------------------------- */

void sel_undo_made(struct sel_undo *u, int fd)
{
	struct thing t;

	/* Without a birth time an inode number that is used again would pass for ours. */
	if (!u || fd < 0 || thing_of(u, fd, &t) < 0 || !t.born)
		return;
	(void)pthread_mutex_lock(&u->lock);
	(void)undo_map_set(&u->made, t.key, 1);
	(void)pthread_mutex_unlock(&u->lock);
}

bool sel_undo_is_made(struct sel_undo *u, int fd)
{
	struct thing t;
	bool made;

	if (!u || fd < 0 || thing_of(u, fd, &t) < 0)
		return false;
	(void)pthread_mutex_lock(&u->lock);
	made = undo_map_get(&u->made, t.key);
	(void)pthread_mutex_unlock(&u->lock);
	return made;
}

static uint64_t name_key(const struct sel_undo *u, const char *path)
{
	return undo_hash(u->seed ^ 1, path, strlen(path));
}

/* The name that an object had before this run gave it `path`, or `path`. */
static const char *first_name(const struct sel_undo *u, const char *path)
{
	uint64_t at = u->names.n ? undo_map_get(&u->names, name_key(u, path)) : 0;

	return at ? u->origins[at - 1] : path;
}

static bool add_origin(struct sel_undo *u, const char *from)
{
	char **grown = u->origins;

	u->origin_bytes += strlen(from) + 1 + sizeof *grown;
	if (u->origin_bytes > ORIGINS_MAX)
		return false;
	if ((u->n_origins & (u->n_origins - 1)) == 0)
		grown = reallocarray(u->origins, u->n_origins ? 2 * u->n_origins : 1,
				     sizeof *grown);
	if (!grown)
		return false;
	u->origins = grown;
	grown[u->n_origins] = strdup(from);
	return grown[u->n_origins++] != NULL;
}

void sel_undo_linked(struct sel_undo *u, int fd, const char *from, const char *path)
{
	struct thing t;

	if (!u || thing_of(u, fd, &t) < 0)
		return;
	(void)pthread_mutex_lock(&u->lock);
	if (!undo_map_get(&u->made, t.key) && add_origin(u, first_name(u, from)))
		(void)undo_map_set(&u->names, name_key(u, path), u->n_origins);
	(void)pthread_mutex_unlock(&u->lock);
}

/* Is only a further name lost, that this run gave? It moves with its renaming. */
static bool only_a_name(struct sel_undo *u, enum sel_undo_why why, const char *path, const char *to)
{
	uint64_t key, at;

	if (!u->names.n || why == SEL_UNDO_WRITE || why == SEL_UNDO_ATTR)
		return false;
	key = name_key(u, path);
	at = undo_map_get(&u->names, key);
	if (!at)
		return false;
	(void)undo_map_set(&u->names, key, 0);
	if (to)
		(void)undo_map_set(&u->names, name_key(u, to), at);
	return true;
}

/* --- keeping content
 * -------------------------------------------------------------------------------- */

static uint64_t cost(const struct undo_meta *m)
{
	uint64_t space = m->blocks * 512;

	return S_ISREG(m->mode) ? (space < m->size ? space : m->size) : 0;
}

bool sel_undo_can(const struct sel_undo *u, const struct stat *st)
{
	struct undo_meta m;

	if (!u || __atomic_load_n(&u->journal_bytes, __ATOMIC_RELAXED) >= SEL_UNDO_JOURNAL_MAX)
		return false;
	undo_meta_of(st, &m);
	if (!S_ISREG(m.mode))
		return S_ISLNK(m.mode) || S_ISDIR(m.mode) || S_ISFIFO(m.mode);
	return cost(&m) <= SEL_UNDO_FILE_MAX &&
	       __atomic_load_n(&u->used, __ATOMIC_RELAXED) + cost(&m) <= SEL_UNDO_SESSION_MAX;
}

struct kept_name {
	char s[32];
};
static struct kept_name kept_name(uint64_t n, const char *suffix)
{
	struct kept_name name;

	(void)snprintf(name.s, sizeof name.s, "%llu%s", (unsigned long long)n, suffix);
	return name;
}

/* Through the host's mounts: a link does not cross from the sandbox's. */
static int keep_link(struct sel_undo *u, const struct undo_meta *m, const char *path,
		     const char *name)
{
	char proc[32];
	struct stat st;
	_cleanup_close_ int host = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (host < 0 || fstat(host, &st) < 0 || st.st_ino != m->ino || st.st_dev != m->dev)
		return -EXDEV;
	(void)snprintf(proc, sizeof proc, "/proc/self/fd/%d", host);
	return linkat(AT_FDCWD, proc, u->folder, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

static int keep_copy(struct sel_undo *u, int fd, const char *name, json_t **ret_xattrs)
{
	_cleanup_close_ int from = undo_reopen(fd, O_RDONLY), to = -1;
	int r;

	if (from < 0)
		return from;
	to = openat(u->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	/* The thread's umask is the program's. */
	if (to < 0 || fchmod(to, 0600) < 0)
		return -errno;
	r = undo_copy(from, to, SEL_UNDO_FILE_MAX);
	if (r < 0)
		(void)unlinkat(u->folder, name, 0);
	else if (ret_xattrs)
		*ret_xattrs = undo_xattrs_read(from);
	return r;
}

/* The kept inode has another name still and is about to be written: from now on a copy is kept. */
static int unshare_kept(struct sel_undo *u, uint64_t n)
{
	struct kept_name name = kept_name(n, ""), copy = kept_name(n, ".copy");
	_cleanup_close_ int fd = openat(u->folder, name.s, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 ? -errno : keep_copy(u, fd, copy.s, NULL);

	if (r >= 0 && renameat(u->folder, copy.s, u->folder, name.s) < 0)
		r = -errno;
	return r;
}

static const char *lost_because(int r)
{
	switch (r) {
	case -EFBIG:
		return "larger than what is kept of one file";
	case -EDQUOT:
		return "the session kept as much as it may";
	case -ENODEV:
		return "a socket or a device";
	default:
		return strerror(-r);
	}
}

/* Unlocked: others with the same object wait until it is no longer BUSY. */
static int keep_content(struct sel_undo *u, const struct undo_line *l, int fd, json_t **ret_xattrs,
			uint64_t *flags)
{
	struct kept_name name = kept_name(l->n, "");
	int r = -EXDEV;

	if (l->why != SEL_UNDO_WRITE)
		r = keep_link(u, &l->m, l->path, name.s);
	if (r >= 0) {
		*flags |= LINKED;
		return 0;
	}
	return cost(&l->m) > SEL_UNDO_FILE_MAX ? -EFBIG : keep_copy(u, fd, name.s, ret_xattrs);
}

static bool wants_content(enum sel_undo_why why)
{
	return why == SEL_UNDO_WRITE || why == SEL_UNDO_REMOVE || why == SEL_UNDO_REPLACE;
}

/* Locked. Fills in what is kept of the content, or why nothing is. */
static int content(struct sel_undo *u, struct undo_line *l, const struct thing *t, int fd)
{
	uint64_t state = undo_map_get(&u->objects, t->key), flags = state & SEEN;
	uint64_t space = cost(&l->m);
	bool unshare = l->why == SEL_UNDO_WRITE && (state & LINKED);
	int r = 0;

	l->kept = state >> KEPT_SHIFT;
	if (state & LOST)
		return -EFBIG;
	if (l->kept && !unshare)
		return 0;
	if (!l->kept && u->used + space > SEL_UNDO_SESSION_MAX)
		r = -EDQUOT;
	if (r >= 0 && !undo_map_set(&u->objects, t->key, state | BUSY))
		r = -EDQUOT;
	if (r < 0)
		return r;
	u->used += space;
	(void)pthread_mutex_unlock(&u->lock);
	r = unshare ? unshare_kept(u, l->kept) : keep_content(u, l, fd, &l->xattrs, &flags);
	(void)pthread_mutex_lock(&u->lock);
	if (r < 0) {
		u->used -= space;
		flags |= unshare ? state & ~(uint64_t)BUSY : LOST;
	} else {
		l->kept = l->kept ? l->kept : l->n;
		flags |= l->kept << KEPT_SHIFT;
		u->totals.bytes += space;
	}
	(void)undo_map_set(&u->objects, t->key, flags ? flags : SEEN);
	(void)pthread_cond_broadcast(&u->settled);
	return r;
}

/* Is there nothing more to say of this object? */
static bool said_before(enum sel_undo_why why, uint64_t state)
{
	if (why == SEL_UNDO_WRITE)
		return (state >> KEPT_SHIFT) && !(state & LINKED);
	/* A removal is always said: one before it did not come about. */
	return why == SEL_UNDO_ATTR && (state & SEEN);
}

static char *link_target(int fd)
{
	char target[4096];
	ssize_t n = readlinkat(fd, "", target, sizeof target - 1);

	if (n < 0)
		return NULL;
	target[n] = '\0';
	return strdup(target);
}

/* Locked. */
static int say(struct sel_undo *u, struct undo_line *l, const struct thing *t, int kept)
{
	uint64_t state = undo_map_get(&u->objects, t->key);
	_cleanup_free_ char *lost = kept < 0 ? strdup(lost_because(kept)) : NULL;
	int r;

	l->lost = lost;
	r = undo_line_put(u->journal, l, &u->journal_bytes);
	l->lost = NULL;
	if (r < 0 && l->kept == l->n) {
		(void)unlinkat(u->folder, kept_name(l->n, "").s, 0);
		(void)undo_map_set(&u->objects, t->key, SEEN);
	} else if (r >= 0 && !l->fresh) {
		(void)undo_map_set(&u->objects, t->key, state | SEEN);
	}
	if (kept < 0 || r < 0)
		u->totals.not_kept++;
	else if (!l->fresh)
		u->totals.files++;
	return r < 0 ? r : kept;
}

static int keep_locked(struct sel_undo *u, struct undo_line *l, const struct thing *t, int fd)
{
	uint64_t state;
	int r, kept = 0;

	while ((state = undo_map_get(&u->objects, t->key)) & BUSY)
		(void)pthread_cond_wait(&u->settled, &u->lock);
	if (said_before(l->why, state))
		return 0;
	if ((state & LOST) && l->why == SEL_UNDO_WRITE)
		return -EFBIG; /* said before, too */
	/* The rest is not told: a program that renames to and fro would fill the disk. */
	r = u->journal_bytes < SEL_UNDO_JOURNAL_MAX ? start(u) : -EDQUOT;
	if (r < 0) {
		u->totals.not_kept++;
		return r;
	}
	l->n = ++u->n;
	u->n += l->why == SEL_UNDO_SWAP; /* one for each of the two */
	l->at = sel_now_real();
	if (S_ISREG(l->m.mode) && wants_content(l->why))
		kept = content(u, l, t, fd);
	else if (S_ISLNK(l->m.mode))
		l->link = link_target(fd);
	else if (wants_content(l->why) && !S_ISFIFO(l->m.mode) && !S_ISDIR(l->m.mode))
		kept = -ENODEV;
	r = say(u, l, t, kept);
	if (r >= 0 && (l->why == SEL_UNDO_MOVE || l->why == SEL_UNDO_SWAP))
		u->moved = true;
	return r < 0 ? r : (int)l->n;
}

/* Removing one that is not empty will fail, and programs try it often. */
static bool has_entries(int fd)
{
	_Alignas(struct dirent64) char buf[512];
	_cleanup_close_ int folder = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t n = folder < 0 ? 0 : syscall(SYS_getdents64, folder, buf, sizeof buf);
	size_t entries = 0;

	for (ssize_t at = 0; at < n; entries++)
		at += ((const struct dirent64 *)(buf + at))->d_reclen;
	return entries > 2;
}

int sel_undo_keep(struct sel_undo *u, enum sel_undo_why why, const char *path, int fd,
		  const char *to)
{
	struct undo_line l = {.why = why, .path = (char *)path, .to = (char *)to};
	struct thing t;
	bool made;
	int r;

	if (!u || fd < 0)
		return 0;
	r = thing_of(u, fd, &t);
	if (r < 0)
		return r;
	/* The kernel will refuse it, too. */
	if (S_ISDIR(t.m.mode) ? why == SEL_UNDO_REMOVE || why == SEL_UNDO_WRITE
			      : why == SEL_UNDO_RMDIR)
		return 0;
	if (why == SEL_UNDO_RMDIR && has_entries(fd))
		return 0;
	l.m = t.m;
	(void)pthread_mutex_lock(&u->lock);
	if (why == SEL_UNDO_WRITE || why == SEL_UNDO_ATTR)
		l.path = (char *)first_name(u, path);
	made = undo_map_get(&u->made, t.key) || only_a_name(u, why, path, to);
	/* A folder of the run's own takes what was moved into it along. */
	l.fresh = made && why == SEL_UNDO_MOVE && S_ISDIR(t.m.mode) && u->moved;
	r = made && !l.fresh ? 0 : keep_locked(u, &l, &t, fd);
	(void)pthread_mutex_unlock(&u->lock);
	free(l.link);
	json_decref(l.xattrs);
	return r;
}

int sel_undo_swap(struct sel_undo *u, const char *path, int fd, const char *path2, int fd2)
{
	struct undo_line l = {
		.why = SEL_UNDO_SWAP, .path = (char *)path, .to = (char *)path2, .old = 0};
	struct thing a, b;
	int r;

	if (!u)
		return 0;
	r = thing_of(u, fd, &a);
	if (r >= 0)
		r = thing_of(u, fd2, &b);
	if (r < 0)
		return r;
	l.m = a.m;
	l.m2 = b.m;
	(void)pthread_mutex_lock(&u->lock);
	l.old = (undo_map_get(&u->made, a.key) ? 0 : 1U) | (undo_map_get(&u->made, b.key) ? 0 : 2U);
	r = l.old || u->moved ? keep_locked(u, &l, &a, fd) : 0;
	(void)pthread_mutex_unlock(&u->lock);
	free(l.link);
	return r;
}

void sel_undo_cancel(struct sel_undo *u, int n)
{
	if (!u || n <= 0)
		return;
	(void)pthread_mutex_lock(&u->lock);
	if (u->journal >= 0)
		(void)undo_json_put(u->journal, json_pack("{s:i}", "cancel", n));
	(void)pthread_mutex_unlock(&u->lock);
}

struct sel_undo_totals sel_undo_totals(struct sel_undo *u)
{
	struct sel_undo_totals t = {0};

	if (!u)
		return t;
	(void)pthread_mutex_lock(&u->lock);
	t = u->totals;
	(void)pthread_mutex_unlock(&u->lock);
	return t;
}

/* --- the end
 * ---------------------------------------------------------------------------------------- */

static json_t *how_it_is(const char *path)
{
	struct stat st;

	if (undo_look(path, &st, NULL) <= 0)
		return json_null();
	return json_pack("[I,I,I,i]", (json_int_t)st.st_ino, (json_int_t)st.st_size,
			 (json_int_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
			 (int)st.st_mode);
}

/* A program that renames a full folder to and fro makes it long work: it does not hold up the end.
 */
static int end_lines(struct sel_undo *u)
{
	struct sel_undo_plan *p;
	char path[PATH_MAX];
	int r = undo_plan_read_until(u->dir, u->session, sel_now_monotonic() + END_TIME, &p);

	if (r < 0)
		return r;
	for (size_t i = 0; r >= 0 && i < p->n; i++) {
		const struct undo_item *it = &p->items[i];
		json_t *o;

		if (undo_too_late(p))
			break;
		if (undo_name_now(p, it, path) < 0)
			continue;
		/* What has its name, and goes back first, does not count. */
		o = json_pack("{s:I,s:o}", "end", (json_int_t)it->first.n, "was",
			      undo_occupant(p, it, path) ? json_null() : how_it_is(path));
		if (o && it->cur && undo_slot_now(p, it, path) >= 0)
			(void)json_object_set_new(o, "orig", how_it_is(path));
		r = o ? undo_json_put(u->journal, o) : -ENOMEM;
	}
	sel_undo_plan_free(p);
	return r;
}

void sel_undo_end(struct sel_undo *u)
{
	int r;

	if (!u || u->journal < 0)
		return;
	(void)pthread_mutex_lock(&u->lock);
	r = end_lines(u);
	/* Without these lines what is there is compared with the time of the last one. */
	if (r >= 0 || r == -ETIME)
		(void)undo_json_put(u->journal,
				    json_pack("{s:I}", "ended", (json_int_t)sel_now_real()));
	sel_closep(&u->journal);
	u->journal = -1;
	(void)pthread_mutex_unlock(&u->lock);
}
