/* What is read of a process is what it cannot choose: the program file is opened through its /proc
 * folder, never by a name, and /proc/TID/exe names what was mapped at exec; to point it elsewhere
 * (PR_SET_MM_EXE_FILE) takes a capability that nothing inside has. The caller asks the kernel
 * afterwards whether the call still waits: if it does, no exec came between.
 *
 * Its arguments, and with them the script, are its own to rewrite. An interpreter that does so
 * passes for running another script: that is why interpreters never generalise (I13), and an
 * approval for a script covers no more than the very object it was about. A script may also have
 * changed since it was read; one that programs inside can change is `ours` and has no evidence.
 *
 * The identity says what was started, not what else came in. Libraries and variables that bring in
 * code of the run are looked for (brought.c); a debugger inside, or code that hides what brought it
 * in, is not found. Evidence allows tier 1 only; against such a program scope and invariants count,
 * not evidence. */
#include "parts.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#define CACHE_SIZE  512		       /* files; found by number, a newcomer takes the place */
#define COMMAND_MAX (32 * 1024)	       /* bytes of arguments that are read */
#define SETTLED_FOR (2 * USEC_PER_SEC) /* a younger file may change again within its time stamp */

struct entry {
	bool used;
	bool partial; /* the package manager was not asked */
	struct sel_identity_row row;
};
struct sel_identities {
	struct sel_store *store;
	bool (*writable)(const char *path, void *ctx);
	void *ctx;
	pthread_mutex_t lock; /* cache */
	pthread_mutex_t slow; /* one at a time is hashed and looked up */
	struct entry cache[CACHE_SIZE];
};

int sel_identities_new(struct sel_store *store, bool (*writable)(const char *path, void *ctx),
		       void *ctx, struct sel_identities **ret)
{
	struct sel_identities *ids = calloc(1, sizeof *ids);

	if (!ids)
		return -ENOMEM;
	ids->store = store;
	ids->writable = writable;
	ids->ctx = ctx;
	(void)pthread_mutex_init(&ids->lock, NULL);
	(void)pthread_mutex_init(&ids->slow, NULL);
	*ret = ids;
	return 0;
}

void sel_identities_free(struct sel_identities *ids)
{
	if (!ids)
		return;
	(void)pthread_mutex_destroy(&ids->lock);
	(void)pthread_mutex_destroy(&ids->slow);
	free(ids);
}

/* --- one file
 * -------------------------------------------------------------------------------------- */

static struct entry *slot_of(struct sel_identities *ids, const struct sel_identity_row *row)
{
	uint64_t h = (row->ino * 0x9E3779B97F4A7C15ULL) ^ (row->dev * 0xC2B2AE3D27D4EB4FULL);

	return &ids->cache[(h >> 32) % CACHE_SIZE];
}

static bool cache_get(struct sel_identities *ids, bool partial_will_do,
		      struct sel_identity_row *row)
{
	struct entry *e = slot_of(ids, row);
	bool found;

	(void)pthread_mutex_lock(&ids->lock);
	found = e->used && e->row.dev == row->dev && e->row.ino == row->ino &&
		e->row.ctime_ns == row->ctime_ns && (partial_will_do || !e->partial);
	if (found)
		*row = e->row;
	(void)pthread_mutex_unlock(&ids->lock);
	return found;
}

static void cache_put(struct sel_identities *ids, bool partial, const struct sel_identity_row *row)
{
	struct entry *e = slot_of(ids, row);

	(void)pthread_mutex_lock(&ids->lock);
	*e = (struct entry){.used = true, .partial = partial, .row = *row};
	(void)pthread_mutex_unlock(&ids->lock);
}

static int64_t change_of(const struct stat *st)
{
	return (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
}

/* A regular file, opened to be read. What FUSE serves is not opened: one of our own masks would
 * wait for a person, asking for us. */
static int reopen(int fd, const struct stat *st)
{
	char name[32];
	struct statfs fs;

	if (!S_ISREG(st->st_mode))
		return -EINVAL;
	if (fstatfs(fd, &fs) < 0)
		return -errno;
	if (fs.f_type == FUSE_SUPER_MAGIC)
		return -EOPNOTSUPP;
	(void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	int copy = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return copy < 0 ? -errno : copy;
}

/* Fills the row of `fd`, whose key it holds. `whole`: all of it could be found out. */
static void examine(int fd, const struct stat *st, const char *path, bool with_package,
		    struct sel_identity_row *row, bool *whole)
{
	struct sel_digests digests;
	struct sel_package package = {0};
	_cleanup_close_ int in = reopen(fd, st);
	int r = in < 0 ? in : sel_digest_file(in, &digests);

	*whole = false;
	if (r < 0) {
		sel_dbg("'%s' has no digest: %s", path, strerror(-r));
		return;
	}
	(void)snprintf(row->digest, sizeof row->digest, "%s", digests.sha256);
	if (!with_package)
		return;
	r = sel_package_of(path, st, &digests, &package);
	if (r < 0) {
		sel_dbg("the package manager does not say whose '%s' is: %s", path, strerror(-r));
		return;
	}
	(void)snprintf(row->package, sizeof row->package, "%s", package.name);
	(void)snprintf(row->version, sizeof row->version, "%s", package.version);
	row->verified = package.verified;
	*whole = true;
}

static void examine_and_keep(struct sel_identities *ids, int fd, const struct stat *st,
			     const char *path, bool ours, struct sel_identity_row *row)
{
	usec_t now = sel_now_real();
	bool whole;

	if (ids->store && sel_store_identity_get(ids->store, row) == 1) {
		cache_put(ids, false, row);
		return;
	}
	examine(fd, st, path, !ours, row, &whole);
	/* As git does with its index: the stamp does not tell two changes in one tick apart. Of
	 * what is ours nothing follows from its digest. */
	if (!ours && row->ctime_ns / 1000 + (int64_t)SETTLED_FOR > (int64_t)now)
		return;
	cache_put(ids, ours, row);
	if (ids->store && whole)
		(void)sel_store_identity_put(ids->store, row, now);
}

/* 0 with a row (its digest is empty if there is none); -EAGAIN. */
static int look_up(struct sel_identities *ids, int fd, const char *path, bool ours, bool may_block,
		   struct sel_identity_row *ret)
{
	struct sel_identity_row row = {0};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	row.dev = st.st_dev;
	row.ino = st.st_ino;
	row.ctime_ns = change_of(&st);
	if (!cache_get(ids, ours, &row)) {
		if (!may_block)
			return -EAGAIN;
		(void)pthread_mutex_lock(&ids->slow);
		if (!cache_get(ids, ours, &row))
			examine_and_keep(ids, fd, &st, path, ours, &row);
		(void)pthread_mutex_unlock(&ids->slow);
	}
	*ret = row;
	return 0;
}

/* --- one process
 * ----------------------------------------------------------------------------------- */

/* One of the files that make a program: itself, or its script. */
struct part {
	int fd; /* O_PATH; -1: there is none */
	char path[PATH_MAX];
	bool ours;
	struct sel_identity_row row;
};

static int path_of(int dir, const char *link, char ret[PATH_MAX])
{
	ssize_t n = readlinkat(dir, link, ret, PATH_MAX - 1);

	if (n < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	ret[n] = '\0';
	return 0;
}

/* The kernel adds a word to the name of what was removed; the name alone decides the family. */
static void strip_deleted(char *path)
{
	static const char word[] = " (deleted)";
	size_t n = strlen(path), w = sizeof word - 1;

	if (n > w && strcmp(path + n - w, word) == 0 && access(path, F_OK) < 0)
		path[n - w] = '\0';
}

static int open_program(int proc, struct part *ret)
{
	int r = path_of(proc, "exe", ret->path);

	if (r < 0)
		return r;
	strip_deleted(ret->path);
	ret->fd = openat(proc, "exe", O_PATH | O_CLOEXEC);
	return ret->fd < 0 ? -errno : 0;
}

/* As the process sees it; never through /proc/PID/fd. */
static int open_script(int proc, const char *name, struct part *ret)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	_cleanup_close_ int root = openat(proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[PATH_MAX], cwd[PATH_MAX] = "", self[32];
	int r = name[0] == '/' ? 0 : path_of(proc, "cwd", cwd);

	if (root < 0)
		return -errno;
	if (r < 0)
		return r;
	if (snprintf(path, sizeof path, "%s/%s", cwd, name) >= (int)sizeof path)
		return -ENAMETOOLONG;
	_cleanup_close_ int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
	if (fd < 0)
		return -errno;
	(void)snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	r = path_of(AT_FDCWD, self, ret->path);
	if (r < 0)
		return r;
	ret->fd = sel_steal_fd(&fd);
	return 0;
}

ssize_t sel_read_proc(int proc, const char *name, char *buf, size_t cap)
{
	_cleanup_close_ int fd = openat(proc, name, O_RDONLY | O_CLOEXEC);
	size_t have = 0;

	while (fd >= 0 && have < cap) {
		ssize_t n = read(fd, buf + have, cap - have);

		if (n <= 0)
			break;
		have += (size_t)n;
	}
	return fd < 0 ? -errno : (ssize_t)have;
}

bool sel_may_write(const struct sel_identities *ids, const char *path)
{
	return ids->writable && ids->writable(path, ids->ctx);
}

struct asking {
	struct sel_identities *ids;
	bool (*ours)(int fd, void *ctx);
	void *ctx;
	bool may_block;
};

/* Without a name (memfd, O_TMPFILE, removed) anybody may have made it. */
static int look_at_part(const struct asking *a, struct part *p)
{
	struct stat st;

	if (fstat(p->fd, &st) < 0)
		return -errno;
	p->ours = st.st_nlink == 0 || sel_may_write(a->ids, p->path) ||
		  (a->ours && a->ours(p->fd, a->ctx));
	return look_up(a->ids, p->fd, p->path, p->ours, a->may_block, &p->row);
}

static char *keep(struct sel_identified *i, size_t at, const char *text)
{
	i->strings[at] = strdup(text);
	return i->strings[at];
}

enum { KEEP_EXE, KEEP_DIGEST, KEEP_PACKAGE, KEEP_VERSION, KEEP_SCRIPT, KEEP_SUBCOMMAND };

/* One identity of both. Either unowned: both are; the script's package says what program it is. */
static int combine(const struct part *program, const struct part *script, const char *code_digest,
		   const struct sel_arguments *args, struct sel_identified *ret)
{
	const struct part *owner = script ? script : program;
	bool owned = program->row.package[0] && owner->row.package[0];
	const char *second = script ? script->row.digest : code_digest;
	struct sel_identified i = {0};
	char digest[2 * 64 + 2];
	bool ok;

	(void)snprintf(digest, sizeof digest, "%s%s%s", program->row.digest, second ? "+" : "",
		       second ? second : "");
	ok = (i.id.exe = keep(&i, KEEP_EXE, program->path)) &&
	     (i.id.subcommand = keep(&i, KEEP_SUBCOMMAND, args->subcommand));
	if (program->row.digest[0] && (!script || script->row.digest[0]))
		ok = ok && (i.id.digest = keep(&i, KEEP_DIGEST, digest));
	if (script)
		ok = ok && (i.id.script = keep(&i, KEEP_SCRIPT, script->path));
	if (owned && (script || args->code == SEL_CODE_BINARY))
		ok = ok && (i.id.package = keep(&i, KEEP_PACKAGE, owner->row.package)) &&
		     (i.id.version = keep(&i, KEEP_VERSION, owner->row.version));
	i.id.ours = program->ours || (script && script->ours);
	i.id.verified = i.id.package && program->row.verified && owner->row.verified && !i.id.ours;
	if (!ok) {
		sel_identified_done(&i);
		return -ENOMEM;
	}
	*ret = i;
	return 0;
}

/* Somebody whose files cannot be read: known by name only, so nothing is learned of it. */
static int unknown(const char *path, struct sel_identified *ret)
{
	struct sel_identified i = {0};

	i.id.exe = keep(&i, KEEP_EXE, *path ? path : "?");
	i.id.subcommand = keep(&i, KEEP_SUBCOMMAND, "");
	if (!i.id.exe || !i.id.subcommand) {
		sel_identified_done(&i);
		return -ENOMEM;
	}
	*ret = i;
	return 0;
}

/* With the script that the arguments name, if they name one. */
static int identify_code(const struct asking *a, int proc, const struct part *program,
			 const struct sel_arguments *args, struct sel_identified *ret)
{
	struct sel_arguments said = *args;
	struct part script = {.fd = -1};
	char code[65];
	int r = 0;

	if (said.code == SEL_CODE_INLINE) {
		r = sel_digest_bytes(said.text, strlen(said.text), code);
		return r < 0 ? r : combine(program, NULL, code, &said, ret);
	}
	if (said.code == SEL_CODE_FILE && open_script(proc, said.text, &script) < 0)
		said.code = SEL_CODE_UNKNOWN;
	if (said.code == SEL_CODE_FILE)
		r = look_at_part(a, &script);
	if (r >= 0)
		r = combine(program, said.code == SEL_CODE_FILE ? &script : NULL, NULL, &said, ret);
	sel_closep(&script.fd);
	return r;
}

int sel_identify(struct sel_identities *ids, int proc, bool (*ours)(int fd, void *ctx), void *ctx,
		 bool may_block, struct sel_identified *ret)
{
	struct asking a = {ids, ours, ctx, may_block};
	struct part program = {.fd = -1};
	struct sel_arguments args;
	_cleanup_free_ char *words = malloc(COMMAND_MAX + 1);
	ssize_t n = 0;
	int r = words ? open_program(proc, &program) : -ENOMEM;

	if (r == -EACCES || r == -EPERM) /* not dumpable, or a file that only may be run */
		return unknown(program.path, ret);
	if (r >= 0)
		r = look_at_part(&a, &program);
	if (r >= 0 && !program.ours)
		program.ours = sel_brings_code(ids, proc, sel_family_of(program.path));
	if (r >= 0) {
		n = sel_read_proc(proc, "cmdline", words, COMMAND_MAX);
		r = n < 0 ? (int)n : 0;
	}
	if (r >= 0) {
		words[n] = '\0';
		sel_arguments(words, (size_t)n, n == COMMAND_MAX, program.path, &args);
		r = identify_code(&a, proc, &program, &args, ret);
	}
	sel_closep(&program.fd);
	return r;
}

void sel_identified_done(struct sel_identified *i)
{
	for (size_t n = 0; n < SEL_N(i->strings); n++)
		free(i->strings[n]);
	*i = (struct sel_identified){0};
}
