/* The folders below $XDG_STATE_HOME/seldom/undo: one a session, flat. */
#include "internal.h"
#include "seldom/proto.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>

#define PRUNE_EVERY (3600 * USEC_PER_SEC)

bool undo_session_ok(const char *session)
{
	size_t n = strlen(session);

	return n > 0 && n < 64 && session[0] != '.' &&
	       strspn(session,
		      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == n;
}

int undo_dir(const char *dir, char **ret)
{
	_cleanup_free_ char *state = NULL;
	int r;

	if (dir) {
		*ret = strdup(dir);
		return *ret ? 0 : -ENOMEM;
	}
	r = sel_state_dir(&state);
	if (r < 0)
		return r;
	return asprintf(ret, "%s/undo", state) < 0 ? -ENOMEM : 0;
}

int undo_folder_open(const char *path, bool make)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	/* The umask of a thread of the broker is the program's. */
	if (make && mkdir(path, 0700) == 0)
		(void)chmod(path, 0700);
	else if (make && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() || st.st_mode & 077)
		return -EPERM;
	return sel_steal_fd(&fd);
}

int undo_session_open(const char *dir, const char *session, bool make, char **ret_path)
{
	_cleanup_close_ int above = -1;
	_cleanup_free_ char *path = NULL;
	int r;

	if (!undo_session_ok(session))
		return -EINVAL;
	above = undo_folder_open(dir, make);
	if (above < 0)
		return above;
	if (asprintf(&path, "%s/%s", dir, session) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = undo_folder_open(path, make);
	if (r >= 0 && ret_path)
		*ret_path = sel_steal_ptr(&path);
	return r;
}

/* --- sessions
 * -------------------------------------------------------------------------------------- */

struct found {
	struct sel_undo_session s;
	char id[64];
};

static int on_line(json_t *object, void *ctx)
{
	struct found *f = ctx;
	json_int_t started = json_integer_value(json_object_get(object, "started"));
	json_int_t ended = json_integer_value(json_object_get(object, "ended"));

	if (started > 0)
		f->s.started = (usec_t)started;
	if (ended > 0)
		f->s.ended = (usec_t)ended;
	f->s.files += json_object_get(object, "n") && !json_object_get(object, "lost");
	return 0;
}

/* What the folder takes on the disk: an inode that has its old name as well is not counted. */
static uint64_t bytes_of(int folder)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	uint64_t bytes = 0;
	struct dirent *e;
	struct stat st;

	while (dir && (e = readdir(dir)) != NULL)
		if (fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && st.st_nlink == 1)
			bytes += (uint64_t)st.st_blocks * 512;
	if (dir)
		(void)closedir(dir);
	else
		sel_closep(&copy);
	return bytes;
}

static int look_at(const char *dir, const char *name, struct found *f)
{
	_cleanup_close_ int folder = undo_session_open(dir, name, false, NULL), journal = -1;
	struct stat st;

	if (folder < 0 || fstat(folder, &st) < 0)
		return -ENOENT;
	(void)snprintf(f->id, sizeof f->id, "%.63s", name);
	f->s.started = (usec_t)st.st_mtim.tv_sec * USEC_PER_SEC;
	f->s.bytes = bytes_of(folder);
	journal = openat(folder, "journal", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (journal < 0)
		return 0;
	f->s.running = flock(journal, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	(void)flock(journal, LOCK_UN); /* or an undo that begins meanwhile would be refused */
	return undo_journal_read(journal, on_line, f);
}

static int newest_first(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->s.started != y->s.started)
		return x->s.started < y->s.started ? 1 : -1;
	return strcmp(y->id, x->id);
}

static int collect(const char *dir, struct found **ret, size_t *ret_n)
{
	_cleanup_close_ int fd = undo_folder_open(dir, false);
	struct found *all = NULL;
	size_t n = 0;
	struct dirent *e;
	DIR *d;

	*ret = NULL;
	*ret_n = 0;
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	d = fdopendir(fd);
	if (!d)
		return -errno;
	(void)sel_steal_fd(&fd);
	while ((e = readdir(d)) != NULL) {
		struct found f = {0}, *grown;

		if (!undo_session_ok(e->d_name) || look_at(dir, e->d_name, &f) < 0)
			continue;
		grown = reallocarray(all, n + 1, sizeof *all);
		if (!grown)
			break;
		all = grown;
		all[n++] = f;
	}
	(void)closedir(d);
	if (n)
		qsort(all, n, sizeof *all, newest_first);
	*ret = all;
	*ret_n = n;
	return 0;
}

int sel_undo_sessions(const char *dir, int (*fn)(const struct sel_undo_session *s, void *ctx),
		      void *ctx)
{
	_cleanup_free_ char *at = NULL;
	_cleanup_free_ struct found *all = NULL;
	size_t n = 0;
	int r = undo_dir(dir, &at);

	if (r >= 0)
		r = collect(at, &all, &n);
	for (size_t i = 0; r == 0 && i < n; i++) {
		all[i].s.id = all[i].id;
		r = fn(&all[i].s, ctx);
	}
	return r;
}

/* --- pruning
 * --------------------------------------------------------------------------------------- */

/* Flat: nothing in it is a folder. The journal goes last, so that what is left is still a session.
 */
static int remove_session(const char *dir, const char *id)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int folder = undo_session_open(dir, id, false, &path);
	_cleanup_close_ int journal =
		folder < 0 ? -1 : openat(folder, "journal", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int copy = folder < 0 ? -1 : openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = NULL;
	struct dirent *e;

	/* Somebody reads it or puts something back. */
	if (journal >= 0 && flock(journal, LOCK_EX | LOCK_NB) < 0)
		return sel_closep(&copy), -EBUSY;
	d = copy < 0 ? NULL : fdopendir(copy);
	if (!d)
		return sel_closep(&copy), folder < 0 ? folder : -EIO;
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    strcmp(e->d_name, "journal") != 0)
			(void)unlinkat(folder, e->d_name, 0);
	(void)closedir(d);
	(void)unlinkat(folder, "journal", 0);
	return rmdir(path) < 0 ? -errno : 0;
}

int sel_undo_prune_to(const char *dir, usec_t now, usec_t age, uint64_t bytes)
{
	_cleanup_free_ char *at = NULL;
	_cleanup_free_ struct found *all = NULL;
	uint64_t total = 0;
	size_t n = 0;
	int r = undo_dir(dir, &at), removed = 0;

	if (r >= 0)
		r = collect(at, &all, &n);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		total += all[i].s.bytes;
		if (all[i].s.running ||
		    (total <= bytes && (all[i].s.started > now || now - all[i].s.started <= age)))
			continue;
		/* One that somebody reads stays, and is no obstacle to the others. */
		if (remove_session(at, all[i].id) >= 0) {
			total -= all[i].s.bytes;
			removed++;
		}
	}
	return r < 0 ? r : removed;
}

int sel_undo_prune(const char *dir, usec_t now)
{
	_cleanup_free_ char *at = NULL;
	_cleanup_close_ int folder = -1, stamp = -1;
	struct stat st;
	int r = undo_dir(dir, &at);

	if (r < 0)
		return r;
	folder = undo_folder_open(at, false);
	if (folder < 0)
		return folder == -ENOENT ? 0 : folder;
	stamp = openat(folder, ".pruned", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (stamp < 0 || fstat(stamp, &st) < 0)
		return -errno;
	if (st.st_size && (usec_t)st.st_mtim.tv_sec * USEC_PER_SEC + PRUNE_EVERY > now &&
	    (usec_t)st.st_mtim.tv_sec * USEC_PER_SEC <= now)
		return 0;
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
				    {.tv_sec = (time_t)(now / USEC_PER_SEC)}};
	if (pwrite(stamp, "\n", 1, 0) != 1 || futimens(stamp, times) < 0)
		return -errno;
	return sel_undo_prune_to(at, now, SEL_UNDO_DAYS * 24 * 3600 * USEC_PER_SEC,
				 SEL_UNDO_TOTAL_MAX);
}
