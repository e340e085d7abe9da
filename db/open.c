/* Opening the store: whose file it is, hardening, migrations. */
#include "internal.h"

#include "seldom/proto.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#define BUSY_MAX_USEC	(5 * USEC_PER_SEC) /* how long a write waits for other brokers */
#define VALUE_MAX_BYTES (8 * 1024 * 1024)  /* a value or row above this is refused */

struct opening {
	enum sel_store_mode mode;
	char *path; /* parent resolved, last component as given */
	char *parent;
	char *error; /* one line for the person */
};

static void opening_done(struct opening *o)
{
	free(o->path);
	free(o->parent);
	free(o->error);
}

/* Notes the line (the first one stays) and returns r. */
static int _printf_(3, 4) complain(struct opening *o, int r, const char *fmt, ...)
{
	va_list ap;

	if (o->error)
		return r;
	va_start(ap, fmt);
	if (vasprintf(&o->error, fmt, ap) < 0)
		o->error = NULL;
	va_end(ap);
	return r;
}

/* --- the file --------------------------------------------------------------------------------- */

/* SQLite's NOFOLLOW refuses a symlink anywhere in the path. A home folder behind one is fine, the
 * file or its own folder being one is not: so the part above the folder is resolved here. */
static int resolve(struct opening *o, const char *path)
{
	_cleanup_free_ char *copy = NULL;
	char *slash;
	int r = 0;

	if (path)
		copy = strdup(path);
	else {
		_cleanup_free_ char *state = NULL;

		r = sel_state_dir(&state);
		if (r < 0)
			return complain(o, r,
					"Cannot use the state folder ($XDG_STATE_HOME/seldom, else "
					"~/.local/state/seldom): %s",
					strerror(-r));
		if (asprintf(&copy, "%s/seldom.db", state) < 0)
			copy = NULL;
	}
	if (!copy)
		return -ENOMEM;
	slash = strrchr(copy, '/');
	if (!slash || !slash[1])
		return complain(o, -EINVAL, "The store's path '%s' is not an absolute file name",
				copy);
	*slash = '\0';
	o->parent = realpath(*copy ? copy : "/", NULL);
	if (!o->parent)
		return complain(o, -errno, "Cannot open the store's folder '%s': %m", copy);
	if (asprintf(&o->path, "%s/%s", o->parent, slash + 1) < 0) {
		o->path = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int check_parent(struct opening *o, int *ret_fd)
{
	struct stat st;
	_cleanup_close_ int fd = open(o->parent, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		return complain(o, -errno, "Cannot open the store's folder '%s': %m", o->parent);
	if (st.st_uid != geteuid())
		return complain(
			o, -EPERM,
			"The store's folder '%s' belongs to uid %u, not to you: run seldom as "
			"that user, or give it your own XDG_STATE_HOME",
			o->parent, st.st_uid);
	if (st.st_mode & 077)
		return complain(
			o, -EPERM,
			"The store's folder '%s' is open to others (mode %04o): chmod 700 '%s'",
			o->parent, st.st_mode & 07777, o->parent);
	*ret_fd = sel_steal_fd(&fd);
	return 0;
}

/* Looks without opening: closing any descriptor of the file would drop the locks that another
 * connection of this process holds on it (fcntl locks belong to the process). 1: it is there. */
static int check_file(struct opening *o, int parent, struct stat *ret)
{
	const char *name = strrchr(o->path, '/') + 1;
	struct stat st;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0
				       : complain(o, -errno, "Cannot look at '%s': %m", o->path);
	if (S_ISLNK(st.st_mode))
		return complain(o, -ELOOP,
				"The store '%s' is a symbolic link: remove the link, or "
				"put the file itself there",
				o->path);
	if (!S_ISREG(st.st_mode))
		return complain(o, -EMEDIUMTYPE, "The store '%s' is not a regular file", o->path);
	if (st.st_uid != geteuid())
		return complain(o, -EPERM,
				"The store '%s' belongs to uid %u, not to you: run seldom "
				"as that user, or move the file away",
				o->path, st.st_uid);
	if (st.st_mode & 077)
		return complain(o, -EPERM,
				"The store '%s' is open to others (mode %04o): chmod 600 "
				"'%s'",
				o->path, st.st_mode & 07777, o->path);
	if (st.st_nlink != 1)
		return complain(o, -EMLINK,
				"The store '%s' has %lu names (hard links): remove the "
				"others (find -inum %lu)",
				o->path, (unsigned long)st.st_nlink, (unsigned long)st.st_ino);
	*ret = st;
	return 1;
}

/* Makes sure a fitting file is there; mknod makes it with its mode and without opening it. */
static int prepare_file(struct opening *o, struct stat *ret)
{
	_cleanup_close_ int parent = -1;
	const char *name = strrchr(o->path, '/') + 1;
	int r = check_parent(o, &parent);

	if (r >= 0)
		r = check_file(o, parent, ret);
	if (r != 0)
		return r < 0 ? r : 0;
	if (o->mode == SEL_STORE_READ)
		return complain(o, -ENOENT,
				"There is no store '%s' yet: nothing was recorded, "
				"`seldom run` makes it",
				o->path);
	if (mknodat(parent, name, S_IFREG | 0600, 0) < 0 && errno != EEXIST)
		return complain(o, -errno, "Cannot make the store '%s': %m", o->path);
	r = check_file(o, parent, ret);
	return r == 0 ? complain(o, -ENOENT, "The store '%s' vanished", o->path) : r < 0 ? r : 0;
}

/* --- the connection --------------------------------------------------------------------------- */

/* Decisions wait for this: shorter and steadier naps than SQLite's own (up to 100 ms). */
static int busy(void *ctx, int tries)
{
	static const long nap[] = {100, 200, 400, 800, 1500, 3000};
	size_t i = (size_t)tries < SEL_N(nap) ? (size_t)tries : SEL_N(nap) - 1;
	usec_t now = sel_now_monotonic(), *since = ctx;

	if (tries == 0)
		*since = now;
	if (now - *since > BUSY_MAX_USEC)
		return 0;
	(void)nanosleep(&(struct timespec){.tv_nsec = nap[i] * 1000 + (long)(now % 97) * 1000},
			NULL);
	return 1;
}

static int harden(struct sel_store *s)
{
	static const struct {
		int option, value;
	} config[] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},
		{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_ENABLE_TRIGGER,
		 0}, /* ours has none: a file that does is not ours */
		{SQLITE_DBCONFIG_ENABLE_VIEW, 0},
		{SQLITE_DBCONFIG_DQS_DML, 0},
		{SQLITE_DBCONFIG_DQS_DDL, 0},
		{SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
		{SQLITE_DBCONFIG_ENABLE_FKEY, 1},
		{SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1}, /* until the file is known to be ours */
	};
	int rc = SQLITE_OK;

	for (size_t i = 0; i < SEL_N(config) && rc == SQLITE_OK; i++)
		rc = sqlite3_db_config(s->db, config[i].option, config[i].value, NULL);
	(void)sqlite3_extended_result_codes(s->db, 1);
	(void)sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, VALUE_MAX_BYTES);
	(void)sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
	(void)sqlite3_limit(s->db, SQLITE_LIMIT_WORKER_THREADS, 0);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_handler(s->db, busy, &s->busy_since);
	return rc == SQLITE_OK ? sel_reason_register(s) : sel_store_error(s->db, rc);
}

static int connect_file(struct sel_store *s, const char *name, int flags)
{
	int rc = sqlite3_open_v2(name, &s->db,
				 flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
					 SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE,
				 NULL);

	if (rc == SQLITE_OK)
		return harden(s);
	if (!s->db)
		return -ENOMEM;
	return sel_store_error(s->db, rc);
}

static int query_number(struct sel_store *s, const char *sql, int64_t *ret)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : sel_store_error(s->db, rc);
}

static int execute(struct sel_store *s, const char *sql)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : sel_store_error(s->db, rc);
}

/* --- whose and which version ------------------------------------------------------------------ */

/* Inside a transaction. 0: an empty file; 1: ours, *ret_version; else an error. */
static int identify(struct opening *o, struct sel_store *s, int64_t *ret_version)
{
	int64_t app = 0, version = 0, objects = 0;
	int r = query_number(s, "PRAGMA application_id", &app);

	if (r >= 0)
		r = query_number(s, "PRAGMA user_version", &version);
	if (r >= 0)
		r = query_number(s, "SELECT count(*) FROM sqlite_schema", &objects);
	if (r < 0)
		return r;
	if (app == 0 && version == 0 && objects == 0) {
		*ret_version = 0;
		return 0;
	}
	if (app != SEL_STORE_APPLICATION_ID)
		return complain(o, -EMEDIUMTYPE,
				"'%s' is another program's database, not seldom's: move it away",
				o->path);
	if (version > sel_schema_version)
		return complain(o, -ENOTSUP,
				"The store '%s' is of version %lld, this seldom (" SELDOM_VERSION
				") knows up to %d: install the newer seldom, or move the file away",
				o->path, (long long)version, sel_schema_version);
	if (version <= 0)
		return complain(o, -EUCLEAN,
				"The store '%s' has the impossible version %lld: move it "
				"away",
				o->path, (long long)version);
	*ret_version = version;
	return 1;
}

static int identify_in_txn(struct opening *o, struct sel_store *s, int64_t *ret_version)
{
	int r = execute(s, "BEGIN"), known;

	if (r < 0)
		return r;
	known = identify(o, s, ret_version);
	r = execute(s, "COMMIT");
	return known < 0 ? known : r < 0 ? r : known;
}

/* Two that switch a new file to WAL at once: SQLite tells one of them "busy" without waiting. */
static int make_wal(struct sel_store *s)
{
	usec_t since = sel_now_monotonic();
	int r;

	for (int tries = 0;; tries++) {
		r = execute(s, "PRAGMA journal_mode = WAL");
		if (r != -EBUSY || sel_now_monotonic() - since > BUSY_MAX_USEC)
			return r;
		(void)nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
}

static int step_up(struct opening *o, struct sel_store *s, int64_t *version)
{
	char tail[128];
	int64_t next;
	int r = identify(o, s, version); /* again, now that nobody else can write */

	if (r < 0 || *version >= sel_schema_version)
		return r < 0 ? r : 0;
	next = *version == 0 ? sel_schema_version : *version + 1;
	r = execute(s, *version == 0 ? sel_schema_newest : sel_migrations[*version]);
	if (r < 0)
		return r;
	(void)snprintf(tail, sizeof tail, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
		       SEL_STORE_APPLICATION_ID, (int)next);
	r = execute(s, tail);
	if (r >= 0)
		*version = next;
	return r;
}

static int migrate(struct opening *o, struct sel_store *s, int64_t version)
{
	int r = 0;

	while (r >= 0 && version < sel_schema_version) {
		int64_t next = version;

		r = execute(s, "BEGIN IMMEDIATE");
		if (r < 0)
			return r;
		r = step_up(o, s, &next);
		if (r >= 0)
			r = execute(s, "COMMIT");
		if (r < 0 && !sqlite3_get_autocommit(s->db))
			(void)execute(s, "ROLLBACK");
		if (r >= 0)
			version = next;
	}
	return r;
}

/* A migration leaves the old tables' pages behind, and version 1 could not give pages back. Best
 * effort: pages are used again anyway, and another broker may be at work. */
static void compact(struct sel_store *s)
{
	int attached = sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 1); /* VACUUM builds a copy */

	(void)execute(s, "PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
	(void)sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, attached);
}

static int bring_up(struct opening *o, struct sel_store *s, int64_t version)
{
	int r = 0;

	if (version == 0) /* takes effect on an empty file only; and there is nothing yet to lose */
		r = execute(s, "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA synchronous = NORMAL");
	if (r >= 0 && o->mode == SEL_STORE_WRITE)
		r = make_wal(s);
	if (r >= 0)
		r = migrate(o, s, version);
	if (r >= 0 && version > 0 && version < sel_schema_version)
		compact(s);
	return r;
}

static int settle(struct opening *o, struct sel_store *s)
{
	int64_t version = 0;
	int r = identify_in_txn(o, s, &version);

	if (r < 0)
		return r;
	if (o->mode == SEL_STORE_READ && version == 0)
		return complain(o, -ENOENT, "The store '%s' is empty: nothing was recorded yet",
				o->path);
	if (o->mode == SEL_STORE_READ && version < sel_schema_version)
		return complain(o, -ENOTSUP,
				"The store '%s' is of the older version %lld: any `seldom "
				"run` brings it up to date",
				o->path, (long long)version);
	if (o->mode != SEL_STORE_READ)
		(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	if (o->mode != SEL_STORE_READ)
		r = bring_up(o, s, version);
	if (r >= 0)
		r = execute(s, "PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;"
			       "PRAGMA cell_size_check = ON; PRAGMA cache_size = -1024;"
			       "PRAGMA mmap_size = 0; PRAGMA journal_size_limit = 4194304;");
	return r;
}

/* --- the whole -------------------------------------------------------------------------------- */

/* A file name as a URI; only for reading where nothing can be written. */
static char *immutable_uri(const char *path)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = strlen(path);
	char *uri = malloc(3 * n + sizeof "file:?immutable=1"), *p = uri;

	if (!uri)
		return NULL;
	p = stpcpy(p, "file:");
	for (const char *c = path; *c; c++) {
		if (strchr("/-._", *c) || (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
		    (*c >= 'A' && *c <= 'Z')) {
			*p++ = *c;
			continue;
		}
		*p++ = '%';
		*p++ = hex[(uint8_t)*c >> 4];
		*p++ = hex[(uint8_t)*c & 15];
	}
	(void)stpcpy(p, "?immutable=1");
	return uri;
}

/* WAL needs a writable folder even to read. On a read-only file system nobody writes; if no log is
 * left over, the file alone is the whole truth. */
static int reopen_immutable(struct opening *o, struct sel_store *s)
{
	_cleanup_free_ char *wal = NULL, *uri = immutable_uri(o->path);
	struct stat st;

	if (!uri || asprintf(&wal, "%s-wal", o->path) < 0) {
		wal = NULL;
		return -ENOMEM;
	}
	if (lstat(wal, &st) == 0 && st.st_size > 0)
		return complain(o, -EROFS,
				"The store '%s' has unmerged entries in '%s' and its folder "
				"cannot be written: copy both elsewhere to read them",
				o->path, wal);
	(void)sqlite3_close_v2(s->db);
	s->db = NULL;
	return connect_file(s, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

static int open_file(struct opening *o, struct sel_store *s, const char *path)
{
	struct stat before, after;
	int r = resolve(o, path);

	if (r >= 0)
		r = prepare_file(o, &before);
	if (r >= 0)
		r = connect_file(s, o->path,
				 o->mode == SEL_STORE_READ ? SQLITE_OPEN_READONLY
							   : SQLITE_OPEN_READWRITE);
	if (r >= 0 && lstat(o->path, &after) < 0)
		r = -errno;
	if (r >= 0 && (before.st_dev != after.st_dev || before.st_ino != after.st_ino))
		r = complain(o, -ESTALE, "The store '%s' was replaced while it was opened",
			     o->path);
	if (r >= 0)
		r = settle(o, s);
	if ((r == -EROFS || r == -EACCES) && o->mode == SEL_STORE_READ && !o->error) {
		r = reopen_immutable(o, s);
		if (r >= 0)
			r = settle(o, s);
	}
	return r;
}

static int explain_failure(struct opening *o, struct sel_store *s, int r)
{
	const char *path = o->path ? o->path : "(in memory)";
	const char *what = s && s->db ? sqlite3_errmsg(s->db) : strerror(-r);

	switch (r) {
	case -EUCLEAN:
		return complain(o, r,
				"The store '%s' is damaged (%s): keep it with mv '%s' '%s.damaged' "
				"and start anew",
				path, what, path, path);
	case -ENOSPC:
	case -EDQUOT:
		return complain(o, r, "No space left for the store '%s': free some and try again",
				path);
	case -EROFS:
	case -EACCES:
		return complain(o, r,
				"The store '%s' cannot be written (%s): make its folder writable, "
				"or use --ephemeral",
				path, strerror(-r));
	case -EBUSY:
		return complain(o, r, "The store '%s' is held by another process (fuser '%s')",
				path, path);
	default:
		return complain(o, r, "Cannot open the store '%s': %s", path, what);
	}
}

static int store_new(enum sel_store_mode mode, struct sel_store **ret)
{
	pthread_mutexattr_t attr;
	struct sel_store *s = calloc(1, sizeof *s);
	int r;

	if (!s)
		return -ENOMEM;
	s->mode = mode;
	(void)pthread_mutexattr_init(&attr);
	(void)pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	(void)pthread_mutex_init(&s->lock, &attr);
	(void)pthread_mutexattr_destroy(&attr);
	r = sel_hash_new(&s->hash);
	if (r < 0) {
		sel_store_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

int sel_store_open(const char *path, enum sel_store_mode mode, struct sel_store **ret,
		   char **ret_error)
{
	__attribute__((cleanup(opening_done))) struct opening o = {.mode = mode};
	struct sel_store *s = NULL;
	int r = store_new(mode, &s);

	if (r >= 0 && mode == SEL_STORE_MEMORY) {
		r = connect_file(s, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY);
		if (r >= 0)
			r = settle(&o, s);
	} else if (r >= 0) {
		r = open_file(&o, s, path);
	}
	if (r >= 0) {
		*ret = s;
		return 0;
	}
	(void)explain_failure(&o, s, r);
	if (ret_error)
		*ret_error = sel_steal_ptr(&o.error);
	sel_store_free(s);
	return r;
}

#define CANCEL_OPS 1000 /* of SQLite's virtual machine: some ten microseconds */

static int is_cancelled(void *ctx)
{
	return *(const atomic_bool *)ctx;
}

void sel_store_cancel(struct sel_store *s, const atomic_bool *cancel)
{
	SEL_STORE_LOCK(s);
	sqlite3_progress_handler(s->db, cancel ? CANCEL_OPS : 0, cancel ? is_cancelled : NULL,
				 (void *)cancel);
}

void sel_store_free(struct sel_store *s)
{
	if (!s)
		return;
	for (int i = 0; i < STMT_N; i++)
		(void)sqlite3_finalize(s->stmt[i]);
	(void)sqlite3_close_v2(s->db);
	sel_hash_free(s->hash);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}
