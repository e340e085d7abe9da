/* The reader's side: the journal is played through in names, oldest first. What comes out is one
 * item an object that existed before: its name then, its name now, what is kept of it. */
#include "internal.h"
#include "seldom/text.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/syscall.h>

/* A killed broker wrote no end: what changed later than this after its last line changed later. */
#define KILLED_SLACK (2 * USEC_PER_SEC)

/* --- looking at what is there, never through links
 * ------------------------------------------------- */

bool undo_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static int open_beneath(int dir, const char *path, uint64_t flags)
{
	struct open_how how = {.flags = flags | O_CLOEXEC,
			       .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
					  RESOLVE_BENEATH};
	int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);

	return fd < 0 ? -errno : fd;
}

static mode_t folder_mode(const struct sel_undo_plan *p, const char *path)
{
	json_t *at = p ? json_object_get(p->by_orig, path) : NULL;
	const struct undo_item *it = at ? &p->items[json_integer_value(at)] : NULL;

	return it && S_ISDIR(it->first.m.mode) ? it->first.m.mode & 07777 : 0777;
}

/* One step down, made if it is missing and may be. */
static int step(int at, const char *name, const char *path, bool make,
		const struct sel_undo_plan *p)
{
	int fd = open_beneath(at, name, O_PATH | O_DIRECTORY);

	if (fd != -ENOENT || !make)
		return fd;
	mode_t mode = folder_mode(p, path);
	if (mkdirat(at, name, mode & 0777) < 0 && errno != EEXIST)
		return -errno;
	fd = open_beneath(at, name, O_PATH | O_DIRECTORY);
	if (fd >= 0 && mode != 0777) {
		_cleanup_close_ int real = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		(void)fchmod(real, mode);
	}
	return fd;
}

/* O_PATH of the folder of `path`. */
int undo_parent(const char *path, bool make, const struct sel_undo_plan *p, const char **ret_name)
{
	char buf[PATH_MAX];
	_cleanup_close_ int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *name = buf + 1, *slash;

	if (at < 0 || (size_t)snprintf(buf, sizeof buf, "%s", path) >= sizeof buf)
		return at < 0 ? -errno : -ENAMETOOLONG;
	*ret_name = strrchr(path, '/') + 1;
	if (**ret_name == '\0' || strcmp(*ret_name, ".") == 0 || strcmp(*ret_name, "..") == 0)
		return -EINVAL;
	slash = strrchr(buf, '/');
	if (!make) {
		*slash = '\0';
		return slash == buf ? sel_steal_fd(&at)
				    : open_beneath(at, buf + 1, O_PATH | O_DIRECTORY);
	}
	for (; (slash = strchr(name, '/')) != NULL; name = slash + 1) {
		*slash = '\0';
		int next = strcmp(name, "..") == 0 ? -EINVAL : step(at, name, buf, make, p);

		if (next < 0)
			return next;
		(void)close(at);
		at = next;
		*slash = '/';
	}
	return sel_steal_fd(&at);
}

int undo_look(const char *path, struct stat *ret, int *ret_fd)
{
	const char *name;
	_cleanup_close_ int parent = undo_parent(path, false, NULL, &name), fd = -1;

	if (parent < 0)
		return parent == -ENOENT || parent == -ENOTDIR || parent == -ELOOP ? 0 : parent;
	fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, ret) < 0)
		return -errno;
	if (ret_fd)
		*ret_fd = sel_steal_fd(&fd);
	return 1;
}

/* --- names
 * ------------------------------------------------------------------------------------------ */

static void index_set(json_t *index, const char *path, size_t i)
{
	(void)json_object_set_new_nocheck(index, path, json_integer((json_int_t)i));
}

static struct undo_item *index_get(const struct sel_undo_plan *p, json_t *index, const char *path)
{
	json_t *at = json_object_get(index, path);

	return at ? &p->items[json_integer_value(at)] : NULL;
}

static void set_cur(struct sel_undo_plan *p, struct undo_item *it, const char *cur)
{
	if (it->cur && index_get(p, p->by_cur, it->cur) == it)
		(void)json_object_del(p->by_cur, it->cur);
	free(it->cur);
	it->cur = cur ? strdup(cur) : NULL;
	if (it->cur)
		index_set(p->by_cur, it->cur, (size_t)(it - p->items));
}

static int join(char *ret, size_t cap, const char *a, const char *b)
{
	int n = snprintf(ret, cap, "%s%s", a, b);

	return n < 0 || (size_t)n >= cap ? -ENAMETOOLONG : 0;
}

/* The name before the session of what has the name `path` now. */
static int orig_of(const struct sel_undo_plan *p, const char *path, char ret[PATH_MAX])
{
	char above[PATH_MAX];
	char *slash;

	if (join(above, sizeof above, path, "") < 0)
		return -ENAMETOOLONG;
	while (json_object_size(p->by_cur) && above[0]) {
		const struct undo_item *it = index_get(p, p->by_cur, above);

		if (it)
			return join(ret, PATH_MAX, it->orig, path + strlen(above));
		slash = strrchr(above, '/');
		*slash = '\0';
	}
	return join(ret, PATH_MAX, path, "");
}

int undo_slot_now(const struct sel_undo_plan *p, const struct undo_item *it, char ret[PATH_MAX])
{
	char above[PATH_MAX];
	char *slash;

	if (join(above, sizeof above, it->orig, "") < 0)
		return -ENAMETOOLONG;
	while (json_object_size(p->by_cur) && (slash = strrchr(above, '/')) != NULL) {
		*slash = '\0';
		const struct undo_item *folder = index_get(p, p->by_orig, above);

		if (folder && folder->cur)
			return join(ret, PATH_MAX, folder->cur, it->orig + strlen(above));
	}
	return join(ret, PATH_MAX, it->orig, "");
}

int undo_name_now(const struct sel_undo_plan *p, const struct undo_item *it, char ret[PATH_MAX])
{
	return it->cur ? join(ret, PATH_MAX, it->cur, "") : undo_slot_now(p, it, ret);
}

void undo_shift(struct sel_undo_plan *p, const char *from, const char *to)
{
	struct undo_item *it = index_get(p, p->by_cur, from);
	char next[PATH_MAX];

	if (it && !S_ISDIR(it->first.m.mode)) {
		set_cur(p, it, to);
		return;
	}
	for (size_t i = 0; p->items && i < p->n; i++) {
		it = &p->items[i];
		if (it->cur && undo_below(it->cur, from) &&
		    join(next, sizeof next, to, it->cur + strlen(from)) >= 0)
			set_cur(p, it, next);
	}
}

void undo_swap_names(struct sel_undo_plan *p, const char *a, const char *b)
{
	static const char aside[] = "//"; /* no path is below it */

	undo_shift(p, a, aside);
	undo_shift(p, b, a);
	undo_shift(p, aside, b);
}

/* --- playing the journal through
 * -------------------------------------------------------------------- */

static uint64_t again_key(const char *orig, uint64_t ino)
{
	return undo_hash(ino, orig, strlen(orig));
}

static struct undo_item *item_new(struct sel_undo_plan *p, const char *orig, struct undo_line *l,
				  bool again)
{
	struct undo_item *it;

	if (!p->items || p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 64;
		struct undo_item *grown = reallocarray(p->items, cap, sizeof *grown);

		if (!grown)
			return NULL;
		p->items = grown;
		p->cap = cap;
	}
	it = &p->items[p->n];
	*it = (struct undo_item){.first = *l,
				 .orig = strdup(orig),
				 .kept = l->kept,
				 .attr_only = true,
				 .why = l->why,
				 .again = again};
	*l = (struct undo_line){0};
	if (!it->orig) {
		undo_line_done(&it->first);
		return NULL;
	}
	/* Another name of a file that is known: what it was is what that was first. */
	uint64_t ino = undo_hash(0, &it->first.m.ino, sizeof it->first.m.ino),
		 known = undo_map_get(&p->first, ino);
	if (known && S_ISREG(it->first.m.mode) && p->items[known - 1].kept == it->kept)
		it->first.m = p->items[known - 1].first.m;
	else if (!known)
		(void)undo_map_set(&p->first, ino, p->n + 1);
	/* The first object of a name owns it; what took it later is listed beside it. */
	if (!again)
		index_set(p->by_orig, orig, p->n);
	else
		(void)undo_map_set(&p->again, again_key(orig, it->first.m.ino), p->n + 1);
	p->n++;
	return it;
}

static bool same_object(const struct undo_item *it, uint64_t ino)
{
	return it->first.m.ino == ino;
}

/* The item of what is at `path`, at the time of this line. Takes what it needs of the line. */
static struct undo_item *item_of(struct sel_undo_plan *p, const char *path, struct undo_line *l)
{
	char orig[PATH_MAX];
	struct undo_item *it;
	uint64_t ino = l->m.ino;

	if (orig_of(p, path, orig) < 0)
		return NULL;
	it = index_get(p, p->by_orig, orig);
	if (it && !same_object(it, ino)) {
		uint64_t at = undo_map_get(&p->again, again_key(orig, ino));

		it = at ? &p->items[at - 1] : NULL;
		return it && same_object(it, ino) && strcmp(it->orig, orig) == 0
			       ? it
			       : item_new(p, orig, l, true);
	}
	if (!it)
		return item_new(p, orig, l, false);
	if (!it->kept && l->kept && !it->first.lost)
		it->kept = l->kept;
	if (!it->first.xattrs)
		it->first.xattrs = json_incref(l->xattrs);
	if (!it->first.link && l->link)
		it->first.link = sel_steal_ptr(&l->link);
	if (!it->first.lost && l->lost && !it->kept)
		it->first.lost = sel_steal_ptr(&l->lost);
	return it;
}

static int play_move(struct sel_undo_plan *p, struct undo_line *l)
{
	_cleanup_free_ char *from = strdup(l->path), *to = strdup(l->to);
	bool folder = S_ISDIR(l->m.mode), fresh = l->fresh;
	struct undo_item *it = fresh || !from || !to ? NULL : item_of(p, from, l);

	if (!fresh && !it)
		return -ENOMEM;
	if (it) {
		set_cur(p, it, to);
		it->attr_only = false;
		it->why = it->cur ? SEL_UNDO_MOVE : it->why;
	}
	if (folder)
		undo_shift(p, from, to);
	return 0;
}

static int play_swap(struct sel_undo_plan *p, struct undo_line *l)
{
	_cleanup_free_ char *a = strdup(l->path), *b = strdup(l->to);
	struct undo_line other = {.n = l->n + 1, .why = l->why, .at = l->at, .m = l->m2};
	unsigned old = l->old;
	size_t at[2] = {SIZE_MAX, SIZE_MAX};
	struct undo_item *it;

	if (!a || !b)
		return -ENOMEM;
	if ((old & 1) && (it = item_of(p, a, l)))
		at[0] = (size_t)(it - p->items);
	if ((old & 2) && (it = item_of(p, b, &other)))
		at[1] = (size_t)(it - p->items);
	undo_line_done(&other);
	undo_swap_names(p, a, b);
	for (int i = 0; i < 2; i++)
		if (at[i] != SIZE_MAX) {
			it = &p->items[at[i]];
			set_cur(p, it, i == 0 ? b : a);
			it->attr_only = false;
			it->why = SEL_UNDO_MOVE;
		}
	return 0;
}

static int play(struct sel_undo_plan *p, struct undo_line *l)
{
	enum sel_undo_why why = l->why;
	struct undo_item *it;

	if (why == SEL_UNDO_MOVE)
		return play_move(p, l);
	if (why == SEL_UNDO_SWAP)
		return play_swap(p, l);
	_cleanup_free_ char *path = strdup(l->path);
	it = path ? item_of(p, path, l) : NULL;
	if (!it)
		return -ENOMEM;
	it->attr_only &= why == SEL_UNDO_ATTR;
	if (why == SEL_UNDO_REMOVE || why == SEL_UNDO_REPLACE || why == SEL_UNDO_RMDIR) {
		set_cur(p, it, NULL);
		it->gone = true;
		it->why = why;
	} else if (it->why == SEL_UNDO_ATTR) {
		it->why = why;
	}
	return 0;
}

static struct undo_was was_of(const json_t *o)
{
	return (struct undo_was){
		.known = o != NULL,
		.there = json_is_array(o),
		.ino = (uint64_t)json_integer_value(json_array_get(o, 0)),
		.size = (uint64_t)json_integer_value(json_array_get(o, 1)),
		.mtime_ns = json_integer_value(json_array_get(o, 2)),
		.mode = (mode_t)json_integer_value(json_array_get(o, 3)),
	};
}

struct undo_item *undo_item_n(const struct sel_undo_plan *p, uint64_t n)
{
	/* Items are in the order of their first lines; a swap has two numbers. */
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (p->items[mid].first.n < n)
			low = mid + 1;
		else
			high = mid;
	}
	return low < p->n && p->items[low].first.n == n ? &p->items[low] : NULL;
}

static int find_cancelled(json_t *o, void *ctx)
{
	struct sel_undo_plan *p = ctx;
	json_int_t n = json_integer_value(json_object_get(o, "cancel"));

	if (n > 0)
		(void)undo_map_set(&p->cancelled, undo_hash(0, &n, sizeof n), 1);
	return 0;
}

static void on_shift(struct sel_undo_plan *p, const json_t *shift)
{
	_cleanup_free_ char *from = sel_json_get_bytes(shift, "from");
	_cleanup_free_ char *to = sel_json_get_bytes(shift, "to");
	uint64_t aside = (uint64_t)json_integer_value(json_object_get(shift, "aside"));

	if (aside)
		(void)undo_map_set(&p->aside, undo_hash(0, &aside, sizeof aside), 1);
	if (!from || !to || !undo_path_ok(from) || !undo_path_ok(to))
		return;
	if (json_is_true(json_object_get(shift, "swap")))
		undo_swap_names(p, from, to);
	else
		undo_shift(p, from, to);
}

static void on_mark(struct sel_undo_plan *p, json_t *o)
{
	json_t *end = json_object_get(o, "end"), *undone = json_object_get(o, "undone");
	json_t *shift = json_object_get(o, "shift");
	struct undo_item *it = undo_item_n(p, (uint64_t)json_integer_value(end ? end : undone));

	if (it && end) {
		it->was = was_of(json_object_get(o, "was"));
		it->was_orig = was_of(json_object_get(o, "orig"));
	} else if (it && undone) {
		it->done = true;
	}
	if (shift)
		on_shift(p, shift);
}

static uint64_t version(uint64_t size, const struct timespec *mtime)
{
	const uint64_t is[] = {size, (uint64_t)mtime->tv_sec, (uint64_t)mtime->tv_nsec};

	return undo_hash(0, is, sizeof is);
}

bool undo_too_late(const struct sel_undo_plan *p)
{
	return p->until && sel_now_monotonic() > p->until;
}

static int on_line(json_t *o, void *ctx)
{
	struct sel_undo_plan *p = ctx;
	json_int_t n = json_integer_value(json_object_get(o, "n"));
	json_int_t started = json_integer_value(json_object_get(o, "started"));
	json_int_t ended = json_integer_value(json_object_get(o, "ended"));
	struct undo_line l;
	int r;

	if (undo_too_late(p))
		return -ETIME;
	if (started > 0)
		p->started = (usec_t)started;
	if (ended > 0)
		p->ended = (usec_t)ended;
	if (n <= 0) {
		on_mark(p, o);
		return 0;
	}
	/* Numbers rise; another order was not written by us. */
	bool cancelled = undo_map_get(&p->cancelled, undo_hash(0, &n, sizeof n));

	if (undo_line_get(o, &l) < 0 || (p->n && p->items[p->n - 1].first.n > l.n))
		return 0;
	p->touched = l.at > p->touched ? l.at : p->touched;
	if (l.kept == l.n)
		(void)undo_map_set(&p->versions, undo_hash(0, &l.kept, sizeof l.kept),
				   version(l.m.size, &l.m.mtime));
	/* It kept its name; its content was kept all the same, and later lines count on that. */
	if (cancelled && l.kept)
		l.why = SEL_UNDO_WRITE;
	r = cancelled && !l.kept ? 0 : play(p, &l);
	undo_line_done(&l);
	return r;
}

/* --- order
 * ------------------------------------------------------------------------------------------ */

static int depth(const char *path)
{
	int n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* Names first (folders that come back, things that move back), from the top down; then contents. */
static int rank(const struct undo_item *it)
{
	return S_ISDIR(it->first.m.mode) || it->cur ? depth(it->orig) : 1 << 20;
}

static int by_order(const void *a, const void *b, void *ctx)
{
	const struct sel_undo_plan *p = ctx;
	const struct undo_item *x = &p->items[*(const size_t *)a],
			       *y = &p->items[*(const size_t *)b];
	int d = rank(x) - rank(y);

	if (d == 0)
		d = strcmp(x->orig, y->orig);
	return d != 0 ? d : x->first.n < y->first.n ? -1 : 1;
}

uint64_t undo_kept_users(struct sel_undo_plan *p, uint64_t kept, int more)
{
	uint64_t key = undo_hash(0, &kept, sizeof kept), n = undo_map_get(&p->users, key);

	n = more < 0 && n == 0 ? 0 : n + (uint64_t)(int64_t)more;
	(void)undo_map_set(&p->users, key, n);
	return n;
}

/* Its name is the old one, and so is the folder: not another that took the folder's name. */
static bool is_back(const struct sel_undo_plan *p, const struct undo_item *it)
{
	char above[PATH_MAX], orig[PATH_MAX];
	size_t n = (size_t)(strrchr(it->orig, '/') - it->orig);

	if (!it->cur || undo_slot_now(p, it, above) < 0 || strcmp(above, it->cur) != 0)
		return false;
	*strrchr(above, '/') = '\0';
	return orig_of(p, above, orig) >= 0 && strlen(orig) == n && strncmp(orig, it->orig, n) == 0;
}

static int put_in_order(struct sel_undo_plan *p)
{

	/* Back where it was: no other name. Only now, since a folder above may have moved, too. */
	for (size_t i = 0; i < p->n; i++)
		if (is_back(p, &p->items[i]))
			set_cur(p, &p->items[i], NULL);
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].kept && !p->items[i].done)
			(void)undo_kept_users(p, p->items[i].kept, 1);
	p->order = calloc(p->n + 1, sizeof *p->order);
	if (!p->order)
		return -ENOMEM;
	for (size_t i = 0; i < p->n; i++)
		p->order[i] = i;
	qsort_r(p->order, p->n, sizeof *p->order, by_order, p);
	return 0;
}

/* --- reading
 * ---------------------------------------------------------------------------------------- */

static int newest(const struct sel_undo_session *s, void *ctx)
{
	char *id = ctx;

	if (strncmp(s->id, SEL_UNDO_BACKUP, strlen(SEL_UNDO_BACKUP)) == 0)
		return 0;
	(void)snprintf(id, 64, "%s", s->id);
	return 1;
}

static int open_plan(struct sel_undo_plan *p)
{
	p->folder = undo_session_open(p->dir, p->session, false, &p->path);
	if (p->folder < 0)
		return p->folder;
	p->journal = openat(p->folder, "journal", O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	if (p->journal < 0)
		return -errno;
	p->running = flock(p->journal, LOCK_SH | LOCK_NB) < 0;
	return 0;
}

int undo_plan_read_until(const char *dir, const char *session, usec_t until,
			 struct sel_undo_plan **ret)
{
	struct sel_undo_plan *p = calloc(1, sizeof *p);
	char last[64] = "";
	int r;

	if (!p)
		return -ENOMEM;
	p->folder = p->journal = -1;
	p->until = until;
	p->cancelled = UNDO_MAP_INIT((size_t)1 << 24);
	p->users = UNDO_MAP_INIT((size_t)1 << 24);
	p->back = UNDO_MAP_INIT((size_t)1 << 24);
	p->aside = UNDO_MAP_INIT((size_t)1 << 24);
	p->first = UNDO_MAP_INIT((size_t)1 << 24);
	p->again = UNDO_MAP_INIT((size_t)1 << 24);
	p->versions = UNDO_MAP_INIT((size_t)1 << 24);
	p->by_orig = json_object();
	p->by_cur = json_object();
	r = undo_dir(dir, &p->dir);
	if (r >= 0 && strcmp(session, "last") == 0) {
		r = sel_undo_sessions(p->dir, newest, last);
		r = r < 0 ? r : r == 0 ? -ENOENT : 0;
		session = last;
	}
	if (r >= 0 && !undo_session_ok(session))
		r = -ENOENT;
	if (r >= 0 && !(p->session = strdup(session)))
		r = -ENOMEM;
	if (r >= 0)
		r = open_plan(p);
	if (r >= 0)
		r = undo_journal_read(p->journal, find_cancelled, p);
	if (r >= 0)
		r = undo_journal_read(p->journal, on_line, p);
	if (r >= 0)
		r = put_in_order(p);
	if (r < 0)
		sel_undo_plan_free(p);
	else
		*ret = p;
	return r;
}

int sel_undo_plan_read(const char *dir, const char *session, struct sel_undo_plan **ret)
{
	return undo_plan_read_until(dir, session, 0, ret);
}

void sel_undo_plan_free(struct sel_undo_plan *p)
{
	if (!p)
		return;
	sel_undo_end(p->backup);
	sel_undo_free(p->backup);
	for (size_t i = 0; i < p->n; i++) {
		undo_line_done(&p->items[i].first);
		free(p->items[i].orig);
		free(p->items[i].cur);
		free(p->items[i].kept_path);
	}
	json_decref(p->by_orig);
	json_decref(p->by_cur);
	undo_map_done(&p->cancelled);
	undo_map_done(&p->users);
	undo_map_done(&p->back);
	undo_map_done(&p->aside);
	undo_map_done(&p->first);
	undo_map_done(&p->again);
	undo_map_done(&p->versions);
	sel_closep(&p->folder);
	sel_closep(&p->journal);
	free(p->items);
	free(p->order);
	free(p->backup_name);
	free(p->dir);
	free(p->session);
	free(p->path);
	free(p);
}

const char *sel_undo_plan_session(const struct sel_undo_plan *p)
{
	return p->session;
}

bool sel_undo_plan_running(const struct sel_undo_plan *p)
{
	return p->running;
}

const char *sel_undo_plan_backup(const struct sel_undo_plan *p)
{
	return p->backup_name;
}

/* --- states
 * ----------------------------------------------------------------------------------------- */

static const char *const state_names[] = {
	[SEL_UNDO_READY] = "ready",
	[SEL_UNDO_SAME] = "same",
	[SEL_UNDO_CONFLICT] = "conflict",
	[SEL_UNDO_LOST] = "lost",
};

const char *sel_undo_state_name(enum sel_undo_state state)
{
	return state_names[state];
}

static bool as_it_was(const struct undo_was *was, int there, const struct stat *st)
{
	if (!was->there || there <= 0)
		return !was->there && there == 0;
	if ((st->st_mode & S_IFMT) != (was->mode & S_IFMT) || st->st_ino != was->ino)
		return false;
	return S_ISDIR(st->st_mode) ||
	       ((uint64_t)st->st_size == was->size &&
		(int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec == was->mtime_ns);
}

/* Is it an object of this plan, where the plan says that it is? */
static bool at_its_name(const struct sel_undo_plan *p, uint64_t ino, const char *path,
			bool *ret_known)
{
	uint64_t at = undo_map_get(&p->first, undo_hash(0, &ino, sizeof ino));
	char now[PATH_MAX];

	*ret_known = at != 0;
	return at && undo_name_now(p, &p->items[at - 1], now) >= 0 && strcmp(now, path) == 0;
}

/* This undo gave a folder above it another name, and with that this one to what is in it. */
static bool came_along(const struct sel_undo_plan *p, const char *path, const struct stat *st)
{
	usec_t changed =
		(usec_t)st->st_ctim.tv_sec * USEC_PER_SEC + (usec_t)st->st_ctim.tv_nsec / 1000;
	char above[PATH_MAX];
	struct stat folder;
	char *slash;

	if (changed > p->ended || join(above, sizeof above, path, "") < 0)
		return false;
	while ((slash = strrchr(above, '/')) != NULL && slash != above) {
		*slash = '\0';
		if (undo_look(above, &folder, NULL) > 0 &&
		    undo_map_get(&p->aside, undo_hash(0, &folder.st_ino, sizeof folder.st_ino)))
			return true;
	}
	return false;
}

/* Did nobody but this undo change it after the session? */
static bool untouched(const struct sel_undo_plan *p, const struct undo_was *was, const char *path,
		      int there, const struct stat *st)
{
	bool known, other;

	if (!was->known)
		return there == 0 || (usec_t)st->st_ctim.tv_sec * USEC_PER_SEC +
						     (usec_t)st->st_ctim.tv_nsec / 1000 <=
					     p->touched + KILLED_SLACK;
	if (as_it_was(was, there, st))
		return true;
	if (there && undo_map_get(&p->aside, undo_hash(0, &st->st_ino, sizeof st->st_ino)))
		return true;
	if (there && came_along(p, path, st))
		return true;
	/* What stood here was moved back already. */
	return was->there && !at_its_name(p, was->ino, path, &known) && known &&
	       (there == 0 || at_its_name(p, st->st_ino, path, &other));
}

int undo_content_same(const struct sel_undo_plan *p, const struct undo_item *it, int fd)
{
	char name[32], a[65536], b[65536];
	_cleanup_close_ int kept = -1, now = undo_reopen(fd, O_RDONLY);
	struct stat sa, sb;

	(void)snprintf(name, sizeof name, "%llu", (unsigned long long)it->kept);
	kept = openat(p->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (kept < 0 || now < 0 || fstat(kept, &sa) < 0 || fstat(now, &sb) < 0)
		return kept < 0 ? -ENODATA : -EACCES;
	if (!S_ISREG(sa.st_mode) || !S_ISREG(sb.st_mode))
		return -ENODATA;
	if (sa.st_ino == sb.st_ino && sa.st_dev == sb.st_dev)
		return 1;
	if (sa.st_size != sb.st_size)
		return 0;
	for (;;) {
		ssize_t n = read(kept, a, sizeof a), m = read(now, b, sizeof b);

		if (n < 0 || m < 0)
			return -EIO;
		if (n != m || memcmp(a, b, (size_t)n) != 0)
			return 0;
		if (n == 0)
			return 1;
	}
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Is what is there what was there before the session? */
static bool same_as_before(const struct sel_undo_plan *p, const struct undo_item *it, int fd,
			   const struct stat *st)
{
	const struct undo_meta *m = &it->first.m;
	char target[PATH_MAX];
	ssize_t n;

	if ((st->st_mode & S_IFMT) != (m->mode & S_IFMT))
		return false;
	if (S_ISLNK(st->st_mode)) {
		n = readlinkat(fd, "", target, sizeof target - 1);
		target[n < 0 ? 0 : n] = '\0';
		return it->first.link && strcmp(target, it->first.link) == 0;
	}
	if ((st->st_mode & 07777) != (m->mode & 07777) || st->st_uid != m->uid ||
	    st->st_gid != m->gid)
		return false;
	if (!S_ISREG(st->st_mode))
		return true;
	if (!same_time(&st->st_mtim, &m->mtime) || (uint64_t)st->st_size != m->size)
		return false;
	return !it->kept || st->st_ino == m->ino || undo_content_same(p, it, fd) == 1;
}

static enum sel_undo_state conflict(const char **ret, const char *because)
{
	*ret = because;
	return SEL_UNDO_CONFLICT;
}
static enum sel_undo_state lost(const char **ret, const char *because)
{
	*ret = because;
	return SEL_UNDO_LOST;
}

/* The very inode was kept, and who had it open or by another name wrote to it. */
static bool kept_changed(const struct sel_undo_plan *p, const struct undo_item *it)
{
	const struct undo_meta *m = &it->first.m;
	char name[32];
	struct stat st;
	uint64_t now;

	(void)snprintf(name, sizeof name, "%llu", (unsigned long long)it->kept);
	if (fstatat(p->folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_dev != m->dev ||
	    st.st_ino != m->ino)
		return false;
	now = version((uint64_t)st.st_size, &st.st_mtim);
	return now != undo_map_get(&p->versions, undo_hash(0, &it->kept, sizeof it->kept)) &&
	       now != version(m->size, &m->mtime); /* put back already, by another name */
}

/* It has another name: is it still there, and is its old name free or as the session left it? */
static enum sel_undo_state state_moved(struct sel_undo_plan *p, struct undo_item *it,
				       const char **ret_because)
{
	struct stat now, old;
	char slot[PATH_MAX];
	int there = undo_look(it->cur, &now, NULL),
	    taken = undo_slot_now(p, it, slot) < 0 ? 0 : undo_look(slot, &old, NULL);

	if (there <= 0 || now.st_ino != it->first.m.ino) {
		if (taken > 0 && old.st_ino == it->first.m.ino)
			return SEL_UNDO_SAME;
		return lost(ret_because, "it is no longer where the session left it");
	}
	if (it->kept && !untouched(p, &it->was, it->cur, there, &now))
		return conflict(ret_because, "it was changed after the session");
	/* What is to move away from there itself, in this undo, is no obstacle. */
	if (taken > 0 && !json_object_get(p->by_cur, slot) &&
	    !untouched(p, &it->was_orig, slot, taken, &old))
		return conflict(ret_because, "something else took its name after the session");
	return SEL_UNDO_READY;
}

struct undo_item *undo_occupant(const struct sel_undo_plan *p, const struct undo_item *it,
				const char *path)
{
	char orig[PATH_MAX], above[PATH_MAX];
	struct undo_item *other = NULL;
	char *slash;

	if (!it->gone || !json_object_size(p->by_cur) || orig_of(p, path, orig) < 0 ||
	    strcmp(orig, it->orig) == 0 || join(above, sizeof above, path, "") < 0)
		return NULL;
	while (!other && (slash = strrchr(above, '/')) != NULL) {
		other = index_get(p, p->by_cur, above);
		*slash = '\0';
	}
	return other && other != it && !other->done ? other : NULL;
}

enum sel_undo_state undo_state(struct sel_undo_plan *p, struct undo_item *it,
			       const char **ret_because)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	struct stat st;
	int there;

	*ret_because = NULL;
	if (it->done)
		return SEL_UNDO_SAME;
	if (it->cur)
		return state_moved(p, it, ret_because);
	there = undo_name_now(p, it, path) < 0 ? -ENAMETOOLONG : undo_look(path, &st, &fd);
	if (there < 0)
		return conflict(ret_because, "it cannot be looked at");
	if (there && undo_occupant(p, it, path))
		return SEL_UNDO_READY; /* it moves away first */
	if (there && same_as_before(p, it, fd, &st))
		return SEL_UNDO_SAME;
	/* It had other names for a while. */
	if (there && it->why == SEL_UNDO_MOVE && !it->kept && !it->first.lost &&
	    st.st_ino == it->first.m.ino)
		return SEL_UNDO_SAME;
	if (it->first.lost && !it->kept)
		return lost(ret_because, it->first.lost);
	if (it->attr_only && (!there || st.st_ino != it->first.m.ino))
		return lost(ret_because, "it is not there any more");
	if (it->again)
		return conflict(ret_because, "it came during the session, from outside");
	if (!untouched(p, &it->was, path, there, &st))
		return conflict(ret_because, there ? "it was changed after the session"
						   : "it was removed after the session");
	if (it->gone && it->kept && kept_changed(p, it))
		return conflict(ret_because, "it was written to after it was removed");
	return SEL_UNDO_READY;
}

/* --- for the reader
 * ---------------------------------------------------------------------------------- */

static int entry_of(struct sel_undo_plan *p, struct undo_item *it, struct sel_undo_entry *ret)
{
	*ret = (struct sel_undo_entry){
		.n = it->first.n,
		.why = it->attr_only ? SEL_UNDO_ATTR : it->why,
		.path = it->orig,
		.to = it->cur,
		.link = it->first.link,
		.at = it->first.at,
		.size = it->first.m.size,
		.mode = it->first.m.mode,
	};
	ret->state = undo_state(p, it, &ret->because);
	if (it->kept && !it->kept_path &&
	    asprintf(&it->kept_path, "%s/%llu", p->path, (unsigned long long)it->kept) < 0) {
		it->kept_path = NULL;
		return -ENOMEM;
	}
	ret->kept = it->kept_path;
	return 0;
}

int sel_undo_plan_each(struct sel_undo_plan *p,
		       int (*fn)(const struct sel_undo_entry *e, void *ctx), void *ctx)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->n; i++) {
		struct sel_undo_entry e;

		r = entry_of(p, &p->items[p->order[i]], &e);
		if (r >= 0)
			r = fn(&e, ctx);
	}
	return r;
}

int sel_undo_list(const char *dir, const char *session,
		  int (*fn)(const struct sel_undo_entry *e, void *ctx), void *ctx)
{
	struct sel_undo_plan *p;
	int r = sel_undo_plan_read(dir, session, &p);

	if (r < 0)
		return r;
	r = sel_undo_plan_each(p, fn, ctx);
	sel_undo_plan_free(p);
	return r;
}
