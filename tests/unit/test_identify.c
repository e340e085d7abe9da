/* Identities of real processes: the program file, its script, its package. */
#include "test.h"

#include "identity/parts.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static char top[PATH_MAX]; /* canonical; not below /tmp */
static struct sel_store *store;

/* --- files
 * ----------------------------------------------------------------------------------------- */

static const char *at(const char *name)
{
	static char paths[16][PATH_MAX + 64];
	static unsigned next;
	char *path = paths[next++ % SEL_N(paths)];

	(void)snprintf(path, sizeof paths[0], "%s/%s", top, name);
	return path;
}

static void put(const char *name, const char *text, mode_t mode)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
}

/* A copy of `from`, with `more` behind it: another content that still runs. */
static void copy(const char *from, const char *name, const char *more)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	char buf[65536];
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, buf, sizeof buf)) > 0)
		assert_int_equal(write(out, buf, (size_t)n), n);
	assert_int_equal(write(out, more, strlen(more)), (ssize_t)strlen(more));
	(void)close(in);
	(void)close(out);
}

/* Its stamp is older than what two changes in one tick could hide. */
static void settle(void)
{
	(void)nanosleep(&(struct timespec){.tv_sec = 2, .tv_nsec = 50000000}, NULL);
}

static void sha256_of(const char *path, char ret[65])
{
	struct sel_digests d;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(sel_digest_file(fd, &d), 0);
	(void)close(fd);
	memcpy(ret, d.sha256, 65);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int make(void **state)
{
	const char *scratch = getenv("SELDOM_SCRATCH"), *home = getenv("HOME");
	char name[PATH_MAX], *error = NULL;

	(void)state;
	(void)snprintf(name, sizeof name, "%s%s/seldom-identify.XXXXXX",
		       scratch		? scratch
		       : geteuid() == 0 ? "/var/cache"
		       : home		? home
					: ".",
		       !scratch && geteuid() != 0 ? "/.cache" : "");
	if (!mkdtemp(name)) {
		(void)snprintf(name, sizeof name, "./seldom-identify.XXXXXX");
		assert_non_null(mkdtemp(name));
	}
	assert_non_null(realpath(name, top));
	assert_int_equal(sel_store_open(NULL, SEL_STORE_MEMORY, &store, &error), 0);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	sel_store_free(store);
	return nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* --- processes
 * ------------------------------------------------------------------------------------- */

struct child {
	pid_t pid;
	int proc;
};

/* Starts `argv` in `top` and waits until it is that program (its program file is no longer ours, or
 * the exec failed). Its input is a pipe that never says anything. */
static struct child start(const char *path, const char *const argv[])
{
	struct child c = {.proc = -1};
	char proc[32];
	int said[2], quiet[2];
	char byte;

	assert_int_equal(pipe2(said, O_CLOEXEC), 0);
	assert_int_equal(pipe2(quiet, O_CLOEXEC), 0);
	c.pid = fork();
	assert_true(c.pid >= 0);
	if (c.pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(quiet[0], 0);
		if (fcntl(quiet[1], F_DUPFD, 10) >= 0 && chdir(top) == 0)
			(void)execv(path, (char *const *)argv);
		_exit(127);
	}
	(void)close(said[1]);
	(void)close(quiet[0]);
	(void)close(quiet[1]);
	assert_int_equal(read(said[0], &byte, 1), 0); /* closed by exec */
	(void)close(said[0]);
	(void)snprintf(proc, sizeof proc, "/proc/%d", c.pid);
	c.proc = open(proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(c.proc >= 0);
	return c;
}

static void stop(struct child *c)
{
	(void)kill(c->pid, SIGKILL);
	assert_int_equal(waitpid(c->pid, NULL, 0), c->pid);
	(void)close(c->proc);
	*c = (struct child){.proc = -1};
}

static struct sel_identities *new_identities(bool (*writable)(const char *, void *), void *ctx)
{
	struct sel_identities *ids = NULL;

	assert_int_equal(sel_identities_new(store, writable, ctx, &ids), 0);
	return ids;
}

static int ask(struct sel_identities *ids, const struct child *c, struct sel_identified *ret)
{
	return sel_identify(ids, c->proc, NULL, NULL, true, ret);
}

/* Starts, identifies, ends. */
static void identify(const char *path, const char *const argv[], struct sel_identified *ret)
{
	struct sel_identities *ids = new_identities(NULL, NULL);
	struct child c = start(path, argv);

	assert_int_equal(ask(ids, &c, ret), 0);
	stop(&c);
	sel_identities_free(ids);
}

/* --- the program file
 * ------------------------------------------------------------------------------ */

static void test_a_program_is_its_content(void **state)
{
	struct sel_identified a, b, c;
	char digest[65];

	(void)state;
	copy("/bin/sleep", "one", "");
	copy("/bin/sleep", "two", "");
	copy("/bin/sleep", "other", "x");
	identify(at("one"), (const char *const[]){"sleep", "60", NULL}, &a);
	identify(at("two"), (const char *const[]){"/usr/bin/git", "60", NULL}, &b);
	identify(at("other"), (const char *const[]){"sleep", "60", NULL}, &c);
	sha256_of("/bin/sleep", digest);
	assert_string_equal(a.id.digest, digest);
	assert_string_equal(b.id.digest, digest); /* whatever it calls itself */
	assert_string_not_equal(c.id.digest, digest);
	assert_string_equal(a.id.exe, at("one"));
	assert_null(a.id.package);
	assert_false(a.id.verified);
	assert_null(a.id.script);
	sel_identified_done(&a);
	sel_identified_done(&b);
	sel_identified_done(&c);
	assert_null(a.id.exe);
}

static void test_a_removed_program(void **state)
{
	struct sel_identities *ids = new_identities(NULL, NULL);
	struct sel_identified i;
	char digest[65];
	struct child c;

	(void)state;
	copy("/bin/sleep", "gone", "gone");
	sha256_of(at("gone"), digest);
	c = start(at("gone"), (const char *const[]){"gone", "60", NULL});
	assert_int_equal(unlink(at("gone")), 0);
	assert_int_equal(ask(ids, &c, &i), 0);
	assert_string_equal(i.id.digest, digest);
	assert_string_equal(i.id.exe, at("gone")); /* not "gone (deleted)": the name has a family */
	assert_true(i.id.ours);			   /* nobody can tell whose it was */
	sel_identified_done(&i);
	stop(&c);
	sel_identities_free(ids);
}

/* A program that never had a name. */
static void test_a_memory_file(void **state)
{
	struct sel_identities *ids = new_identities(NULL, NULL);
	struct sel_identified i;
	char path[32], digest[65];
	struct child c;
	int fd = memfd_create("git", MFD_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	copy("/bin/sleep", "m", "m");
	sha256_of(at("m"), digest);
	int in = open(at("m"), O_RDONLY | O_CLOEXEC);
	while (sendfile(fd, in, NULL, 1 << 20) > 0)
		;
	(void)close(in);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	c = start(path, (const char *const[]){"/usr/bin/git", "60", NULL});
	assert_int_equal(ask(ids, &c, &i), 0);
	assert_string_equal(i.id.digest, digest);
	assert_true(i.id.ours);
	assert_null(i.id.package);
	sel_identified_done(&i);
	stop(&c);
	(void)close(fd);
	sel_identities_free(ids);
}

static void test_a_replaced_program(void **state)
{
	struct sel_identities *ids = new_identities(NULL, NULL);
	struct sel_identified i;
	char digest[65];
	struct child c;

	(void)state;
	copy("/bin/sleep", "tool", "old");
	sha256_of(at("tool"), digest);
	c = start(at("tool"), (const char *const[]){"tool", "60", NULL});
	copy("/bin/sleep", "new", "new");
	assert_int_equal(rename(at("new"), at("tool")), 0);
	assert_int_equal(ask(ids, &c, &i), 0);
	assert_string_equal(i.id.digest, digest); /* what runs, not what has its name now */
	sel_identified_done(&i);
	stop(&c);
	sel_identities_free(ids);
}

static void test_changed_in_place(void **state)
{
	struct sel_identities *ids = new_identities(NULL, NULL);
	struct sel_identified before, after;
	const char *const argv[] = {"tool", "60", NULL};
	struct child c;

	(void)state;
	copy("/bin/sleep", "same", "");
	settle();
	c = start(at("same"), argv);
	assert_int_equal(ask(ids, &c, &before), 0);
	stop(&c);
	copy("/bin/sleep", "same", "more"); /* the same inode */
	c = start(at("same"), argv);
	assert_int_equal(ask(ids, &c, &after), 0);
	stop(&c);
	assert_string_not_equal(before.id.digest, after.id.digest);
	sel_identified_done(&before);
	sel_identified_done(&after);
	sel_identities_free(ids);
}

static void test_a_dead_process(void **state)
{
	struct sel_identities *ids = new_identities(NULL, NULL);
	struct sel_identified i;
	struct child c = start("/bin/sleep", (const char *const[]){"sleep", "60", NULL});
	int proc = fcntl(c.proc, F_DUPFD_CLOEXEC, 3);

	(void)state;
	stop(&c);
	assert_int_equal(sel_identify(ids, proc, NULL, NULL, true, &i), -ESRCH);
	(void)close(proc);
	sel_identities_free(ids);
}

static void test_too_large_to_hash(void **state)
{
	struct sel_identified i;

	(void)state;
	copy("/bin/sleep", "large", "");
	assert_int_equal(truncate(at("large"), SEL_IDENTITY_SIZE_MAX + 1), 0);
	identify(at("large"), (const char *const[]){"large", "60", NULL}, &i);
	assert_null(i.id.digest);
	assert_string_equal(i.id.exe, at("large"));
	sel_identified_done(&i);
	assert_int_equal(unlink(at("large")), 0);
}

/* --- caches
 * ---------------------------------------------------------------------------------------- */

static void test_blocks_only_when_it_may(void **state)
{
	struct sel_identities *ids = new_identities(NULL, NULL), *next;
	struct sel_identified i, again;
	struct child c;

	(void)state;
	copy("/bin/sleep", "slow", "slow");
	settle();
	c = start(at("slow"), (const char *const[]){"slow", "60", NULL});
	assert_int_equal(sel_identify(ids, c.proc, NULL, NULL, false, &i), -EAGAIN);
	assert_int_equal(ask(ids, &c, &i), 0);
	assert_int_equal(sel_identify(ids, c.proc, NULL, NULL, false, &again), 0);
	assert_string_equal(i.id.digest, again.id.digest);
	sel_identified_done(&again);
	/* Another session finds it in the store; that too is a wait. */
	next = new_identities(NULL, NULL);
	assert_int_equal(sel_identify(next, c.proc, NULL, NULL, false, &again), -EAGAIN);
	assert_int_equal(ask(next, &c, &again), 0);
	assert_string_equal(i.id.digest, again.id.digest);
	sel_identified_done(&again);
	sel_identified_done(&i);
	stop(&c);
	sel_identities_free(next);
	sel_identities_free(ids);
}

struct crowd {
	struct sel_identities *ids;
	const struct child *child;
	char digest[130];
	int r;
};

static void *one_of_many(void *arg)
{
	struct crowd *c = arg;
	struct sel_identified i;

	c->r = ask(c->ids, c->child, &i);
	if (c->r >= 0) {
		(void)snprintf(c->digest, sizeof c->digest, "%s", i.id.digest ? i.id.digest : "");
		sel_identified_done(&i);
	}
	return NULL;
}

static void test_many_ask_at_once(void **state)
{
	struct sel_identities *ids = new_identities(NULL, NULL);
	struct crowd crowd[8];
	pthread_t thread[8];
	char digest[65];
	struct child c;

	(void)state;
	copy("/bin/sleep", "many", "many");
	sha256_of(at("many"), digest);
	c = start(at("many"), (const char *const[]){"many", "60", NULL});
	for (size_t i = 0; i < SEL_N(crowd); i++) {
		crowd[i] = (struct crowd){.ids = ids, .child = &c};
		assert_int_equal(pthread_create(&thread[i], NULL, one_of_many, &crowd[i]), 0);
	}
	for (size_t i = 0; i < SEL_N(crowd); i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		assert_int_equal(crowd[i].r, 0);
		assert_string_equal(crowd[i].digest, digest);
	}
	stop(&c);
	sel_identities_free(ids);
}

static void test_the_store_remembers(void **state)
{
	struct sel_identities *ids = new_identities(NULL, NULL);
	struct sel_identity_row row = {0};
	struct sel_identified i;
	struct child c;
	struct stat st;

	(void)state;
	copy("/bin/sleep", "kept", "kept");
	settle();
	assert_int_equal(stat(at("kept"), &st), 0);
	row.dev = st.st_dev;
	row.ino = st.st_ino;
	row.ctime_ns = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
	c = start(at("kept"), (const char *const[]){"kept", "60", NULL});
	assert_int_equal(ask(ids, &c, &i), 0);
	assert_int_equal(sel_store_identity_get(store, &row), 1);
	assert_string_equal(row.digest, i.id.digest);
	sel_identified_done(&i);
	stop(&c);
	sel_identities_free(ids);
}

/* --- who wrote it
 * ---------------------------------------------------------------------------------- */

static bool below_top(const char *path, void *ctx)
{
	(void)ctx;
	return strncmp(path, top, strlen(top)) == 0;
}

static bool made(int fd, void *ctx)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_ino == *(const ino_t *)ctx;
}

static void test_ours(void **state)
{
	struct sel_identities *ids = new_identities(below_top, NULL), *none;
	struct sel_identified i;
	struct child c, other;
	struct stat st;

	(void)state;
	copy("/bin/sleep", "mine", "mine");
	c = start(at("mine"), (const char *const[]){"mine", "60", NULL});
	other = start("/bin/sleep", (const char *const[]){"sleep", "60", NULL});
	assert_int_equal(ask(ids, &c, &i), 0);
	assert_true(i.id.ours); /* it lies where programs inside may write */
	assert_non_null(i.id.digest);
	sel_identified_done(&i);
	assert_int_equal(ask(ids, &other, &i), 0);
	assert_false(i.id.ours);
	sel_identified_done(&i);
	none = new_identities(NULL, NULL);
	assert_int_equal(stat(at("mine"), &st), 0);
	assert_int_equal(sel_identify(none, c.proc, made, &st.st_ino, true, &i), 0);
	assert_true(i.id.ours); /* this run made it */
	sel_identified_done(&i);
	assert_int_equal(sel_identify(none, other.proc, made, &st.st_ino, true, &i), 0);
	assert_false(i.id.ours);
	sel_identified_done(&i);
	stop(&c);
	stop(&other);
	sel_identities_free(none);
	sel_identities_free(ids);
}

static void test_a_script_of_ours(void **state)
{
	struct sel_identities *ids = new_identities(below_top, NULL);
	struct sel_identified i;
	struct child c;

	(void)state;
	put("w.sh", "read line; exit\n", 0644);
	c = start("/bin/sh", (const char *const[]){"sh", "w.sh", NULL});
	assert_int_equal(ask(ids, &c, &i), 0);
	assert_true(i.id.ours);
	assert_false(i.id.verified);
	assert_string_equal(i.id.script, at("w.sh"));
	sel_identified_done(&i);
	stop(&c);
	sel_identities_free(ids);
}

/* --- scripts
 * --------------------------------------------------------------------------------------- */

static void test_scripts(void **state)
{
	struct sel_identified i, j;
	char shell[65], script[65], both[160];

	(void)state;
	put("s.sh", "#!/bin/sh\nread line\nexit 0\n", 0755);
	assert_int_equal(symlink("s.sh", at("link.sh")), 0);
	sha256_of("/bin/sh", shell);
	sha256_of(at("s.sh"), script);
	(void)snprintf(both, sizeof both, "%s+%s", shell, script);
	/* by its first line, from the folder it stands in, and by a link */
	identify(at("s.sh"), (const char *const[]){"s.sh", "install", "now", NULL}, &i);
	assert_string_equal(i.id.digest, both);
	assert_string_equal(i.id.script, at("s.sh"));
	assert_string_equal(i.id.subcommand, "install");
	assert_null(i.id.package); /* the script has none, so the whole has none */
	assert_false(i.id.verified);
	identify("/bin/sh", (const char *const[]){"sh", "-e", "./link.sh", "-n", "up", NULL}, &j);
	assert_string_equal(j.id.digest, both);
	assert_string_equal(j.id.script, at("s.sh"));
	assert_string_equal(j.id.subcommand, "up");
	sel_identified_done(&i);
	sel_identified_done(&j);
	/* what it is told on its command line, and by a pipe */
	identify("/bin/sh", (const char *const[]){"sh", "-ec", "read line; exit", NULL}, &i);
	assert_memory_equal(i.id.digest, shell, 64);
	assert_int_equal(strlen(i.id.digest), 129);
	assert_null(i.id.script);
	assert_null(i.id.package);
	identify("/bin/sh", (const char *const[]){"sh", "-ec", "read other; exit", NULL}, &j);
	assert_string_not_equal(i.id.digest, j.id.digest);
	sel_identified_done(&i);
	sel_identified_done(&j);
	identify("/bin/sh", (const char *const[]){"sh", NULL}, &i);
	assert_string_equal(i.id.digest, shell);
	assert_false(i.id.verified);
	assert_null(i.id.package);
	sel_identified_done(&i);
}

/* A /proc folder of a process that says of itself what it likes. */
static void put_bytes(const char *name, const char *bytes, size_t n)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	(void)close(fd);
}

static int fake_proc(const char *exe, const char *words, size_t n)
{
	int fd;

	(void)mkdir(at("proc"), 0755);
	(void)unlink(at("proc/exe"));
	(void)unlink(at("proc/cwd"));
	(void)unlink(at("proc/root"));
	assert_int_equal(symlink(exe, at("proc/exe")), 0);
	assert_int_equal(symlink(top, at("proc/cwd")), 0);
	assert_int_equal(symlink("/", at("proc/root")), 0);
	put_bytes("proc/cmdline", words, n);
	put_bytes("proc/environ", "", 0);
	put_bytes("proc/maps", "", 0);
	fd = open(at("proc"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void identify_fake(struct sel_identities *ids, const char *exe, const char *words, size_t n,
			  struct sel_identified *ret)
{
	int proc = fake_proc(exe, words, n);

	assert_int_equal(sel_identify(ids, proc, NULL, NULL, true, ret), 0);
	(void)close(proc);
}

static void test_hostile_scripts(void **state)
{
	/* What is no regular file has no digest; what is not there is no script. */
	static const struct {
		const char *name;
		bool script;
	} cases[] = {
		{"fifo", true},	       {"/dev/zero", true},    {"folder", true},
		{"absent", false},     {"loop", false},	       {"/proc/self/fd/0", false},
		{"fifo/x", false},     {"\xff\x1b[0m", false}, {"../../../../../../../etc", true},
		{"/dev/stdin", false},
	};
	struct sel_identities *ids = new_identities(NULL, NULL);
	struct sel_identified i;
	char shell[65];

	(void)state;
	sha256_of("/bin/sh", shell);
	assert_int_equal(mkfifo(at("fifo"), 0644), 0);
	assert_int_equal(mkdir(at("folder"), 0755), 0);
	assert_int_equal(symlink("loop", at("loop")), 0);
	for (size_t n = 0; n < SEL_N(cases); n++) {
		char words[256];
		size_t len = (size_t)snprintf(words, sizeof words, "sh%c%s", 0, cases[n].name) + 1;

		identify_fake(ids, "/bin/sh", words, len, &i);
		if (cases[n].script)
			assert_null(i.id.digest);
		else
			assert_string_equal(i.id.digest, shell);
		assert_int_equal(i.id.script != NULL, cases[n].script);
		assert_false(i.id.verified);
		assert_null(i.id.package);
		sel_identified_done(&i);
	}
	sel_identities_free(ids);
}

/* A writer that waits for a reader of the FIFO still waits: it was not opened. */
static void test_a_fifo_is_left_alone(void **state)
{
	struct sel_identities *ids = new_identities(NULL, NULL);
	struct sel_identified i;

	(void)state;
	(void)mkfifo(at("fifo"), 0644);
	identify_fake(ids, "/bin/sh", "sh\0fifo", 8, &i);
	sel_identified_done(&i);
	assert_int_equal(open(at("fifo"), O_WRONLY | O_NONBLOCK | O_CLOEXEC), -1);
	assert_int_equal(errno, ENXIO);
	sel_identities_free(ids);
}

static void test_hostile_command_lines(void **state)
{
	struct sel_identities *ids = new_identities(NULL, NULL);
	struct sel_identified i;
	size_t n = 200000;
	char *words = malloc(n);

	(void)state;
	assert_non_null(words);
	for (int kind = 0; kind < 4; kind++) {
		memset(words, kind == 0 ? 0 : kind == 1 ? '-' : kind == 2 ? 'a' : 0xff, n);
		identify_fake(ids, kind & 1 ? "/bin/sh" : "/bin/sleep", words, n, &i);
		assert_non_null(i.id.digest);
		assert_string_equal(i.id.subcommand, "");
		sel_identified_done(&i);
	}
	/* nothing at all */
	identify_fake(ids, "/bin/sleep", "", 0, &i);
	assert_string_equal(i.id.subcommand, "");
	sel_identified_done(&i);
	free(words);
	sel_identities_free(ids);
}

static void test_hostile_names(void **state)
{
	static const char *const names[] = {"a\nb: c", "*", "\x1b[31m\xff", "-e", "x (deleted)"};
	struct sel_identified i;
	char digest[65];

	(void)state;
	for (size_t n = 0; n < SEL_N(names); n++) {
		copy("/bin/sleep", names[n], "h");
		sha256_of(at(names[n]), digest);
		identify(at(names[n]), (const char *const[]){names[n], "60", NULL}, &i);
		assert_string_equal(i.id.digest, digest);
		assert_string_equal(i.id.exe, at(names[n]));
		assert_null(i.id.package);
		sel_identified_done(&i);
	}
}

/* --- what else was brought in -------------------------------------------------------------- */

static bool fake_is_ours(struct sel_identities *ids)
{
	struct sel_identified i;
	int proc = open(at("proc"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool ours;

	assert_true(proc >= 0);
	assert_int_equal(sel_identify(ids, proc, NULL, NULL, true, &i), 0);
	ours = i.id.ours;
	sel_identified_done(&i);
	(void)close(proc);
	return ours;
}

static void test_variables_bring_code(void **state)
{
	char here[PATH_MAX + 32], slashes[PATH_MAX + 32], both[PATH_MAX + 64];
	const struct {
		const char *variable;
		bool ours;
	} cases[] = {
		{"HOME=/root", false},
		{"PYTHONPATH=", false},
		{"PYTHONPATH=/usr/lib/x", false},
		{"PYTHONPATH=src", true},
		{"PYTHONPATH=/usr/../x", true},
		{"PYTHONPATH=/usr/..", true},
		{"PYTHONPATH=/usr/./x", true},
		{"PYTHONPATH=/usr//x", true},
		{"PYTHONUSERBASE=/root/.local/..x", false},
		{here, true},
		{slashes, true},
		{both, true},
		{"XPYTHONPATH=src", false},
		{"NODE_OPTIONS=--max-old-space-size=4096", false},
		{"NODE_OPTIONS=--require ./x.js", true},
		{"NODE_OPTIONS=-r x", true},
		{"NODE_OPTIONS=--import=x", true},
		{"PERL5OPT=-MEvil", true},
		{"LUA_INIT=", false},
		{"LUA_INIT=x()", true},
		{"BASH_ENV=x", true},
		{"LUA_PATH=/usr/share/lua/5.4/?.lua;;", false},
		{"LUA_PATH=./?.lua;;", true},
		{"GEM_HOME=vendor", true},
		{"_JAVA_OPTIONS=-Xmx1g", false},
		{"_JAVA_OPTIONS=-javaagent:x.jar", true},
	};
	struct sel_identities *ids = new_identities(below_top, NULL);
	char *huge = calloc(1, 300000);

	(void)state;
	(void)snprintf(here, sizeof here, "PYTHONPATH=%s/lib", top);
	(void)snprintf(slashes, sizeof slashes, "PYTHONPATH=%s///", top);
	(void)snprintf(both, sizeof both, "PYTHONPATH=/usr/lib:%s", top);
	(void)close(fake_proc("/bin/sh", "sh", 3));
	assert_false(fake_is_ours(ids));
	for (size_t i = 0; i < SEL_N(cases); i++) {
		char text[2 * PATH_MAX];
		int n = snprintf(text, sizeof text, "A=1%c%s%cB=2%c", 0, cases[i].variable, 0, 0);

		put_bytes("proc/environ", text, (size_t)n);
		if (fake_is_ours(ids) != cases[i].ours)
			fail_msg("%s", cases[i].variable);
	}
	/* what is too much to be looked through */
	assert_non_null(huge);
	put_bytes("proc/environ", huge, 300000);
	assert_true(fake_is_ours(ids));
	/* what cannot be */
	assert_int_equal(unlink(at("proc/environ")), 0);
	assert_true(fake_is_ours(ids));
	free(huge);
	sel_identities_free(ids);
}

static void test_mappings_bring_code(void **state)
{
	struct sel_identities *ids = new_identities(below_top, NULL);
	char text[PATH_MAX + 256];

	(void)state;
	(void)close(fake_proc("/bin/sleep", "sleep", 6));
	assert_false(fake_is_ours(ids));
	(void)snprintf(
		text, sizeof text,
		"7f00-7f01 r-xp 00000000 00:2a 12      /usr/lib/libc.so.6\n"
		"7f01-7f02 r--p 00000000 00:2a 13      %s/data\n"
		"7f02-7f03 rwxp 00000000 00:00 0 \n7f03-7f04 r-xp 00000000 00:00 0  [vdso]\n",
		top);
	put_bytes("proc/maps", text, strlen(text));
	assert_false(fake_is_ours(ids));
	(void)snprintf(text, sizeof text, "7f01-7f02 r-xp 00000000 00:2a 13      %s/lib.so\n", top);
	put_bytes("proc/maps", text, strlen(text));
	assert_true(fake_is_ours(ids));
	/* a folder whose name holds a line feed, as the kernel writes it */
	(void)snprintf(text, sizeof text, "7f01-7f02 r-xp 0 00:2a 13      /usr/a\\012b/lib.so\n");
	put_bytes("proc/maps", text, strlen(text));
	assert_true(fake_is_ours(ids));
	(void)snprintf(text, sizeof text, "7f01-7f02 r-xp 0 00:01 13      /memfd:x (deleted)\n");
	put_bytes("proc/maps", text, strlen(text));
	assert_true(fake_is_ours(ids));
	assert_int_equal(unlink(at("proc/maps")), 0);
	assert_true(fake_is_ours(ids));
	sel_identities_free(ids);
}

/* A library of the run in a program of the system. */
static void test_a_preloaded_library(void **state)
{
	struct sel_identities *ids = new_identities(below_top, NULL);
	struct sel_identified i = {0};
	char line[PATH_MAX + 128], *library = NULL;
	FILE *f = fopen("/proc/self/maps", "re");
	struct child c;

	(void)state;
	assert_non_null(f);
	while (!library && fgets(line, sizeof line, f))
		if (strstr(line, "libcmocka"))
			library = strchr(line, '/');
	(void)fclose(f);
	if (!library) {
		print_message("skipped: cmocka is no library here\n");
		skip();
	}
	library[strcspn(library, "\n")] = '\0';
	copy(library, "lib.so", "");
	assert_int_equal(setenv("LD_PRELOAD", at("lib.so"), 1), 0);
	c = start("/bin/sleep", (const char *const[]){"sleep", "60", NULL});
	assert_int_equal(unsetenv("LD_PRELOAD"), 0);
	/* It is loaded after the exec that `start` waits for. */
	for (int tries = 0; tries < 1000 && !i.id.ours; tries++) {
		sel_identified_done(&i);
		(void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
		assert_int_equal(ask(ids, &c, &i), 0);
	}
	assert_true(i.id.ours);
	assert_false(i.id.verified);
	sel_identified_done(&i);
	stop(&c);
	sel_identities_free(ids);
}

/* --- arguments
 * ------------------------------------------------------------------------------------- */

static void test_arguments(void **state)
{
	static const struct {
		const char *exe, *words; /* separated by '|' */
		enum sel_code code;
		const char *text, *subcommand;
	} cases[] = {
		{"/usr/bin/git", "git|status", SEL_CODE_BINARY, NULL, "status"},
		{"/usr/bin/git", "git|--no-pager|log", SEL_CODE_BINARY, NULL, "log"},
		{"/usr/bin/git", "git|-C|/x|log", SEL_CODE_BINARY, NULL, ""},
		{"/usr/bin/git", "git", SEL_CODE_BINARY, NULL, ""},
		{"/usr/bin/git", "git|Commit", SEL_CODE_BINARY, NULL, ""},
		{"/usr/bin/git", "git|aaaaaaaaaaaaaaaaaaaaaaaa", SEL_CODE_BINARY, NULL,
		 "aaaaaaaaaaaaaaaaaaaaaaaa"},
		{"/usr/bin/git", "git|aaaaaaaaaaaaaaaaaaaaaaaaa", SEL_CODE_BINARY, NULL, ""},
		{"/usr/bin/git", "git|sta\ntus", SEL_CODE_BINARY, NULL, ""},
		{"/usr/bin/git", "git|-c|x", SEL_CODE_BINARY, NULL, "x"},
		{"/bin/bash", "bash|x.sh|go", SEL_CODE_FILE, "x.sh", "go"},
		{"/bin/bash", "bash|-c|echo hi|name", SEL_CODE_INLINE, "echo hi", "name"},
		{"/bin/bash", "bash|-c|-e|echo hi", SEL_CODE_INLINE, "echo hi", ""},
		{"/bin/bash", "bash|-ce|echo hi", SEL_CODE_INLINE, "echo hi", ""},
		{"/bin/bash", "bash|-o|pipefail|x.sh", SEL_CODE_FILE, "x.sh", ""},
		{"/bin/bash", "bash|+e|x.sh", SEL_CODE_FILE, "x.sh", ""},
		{"/bin/bash", "bash|--rcfile|/r|x.sh", SEL_CODE_FILE, "x.sh", ""},
		{"/bin/bash", "bash|--norc|--|-x", SEL_CODE_FILE, "-x", ""},
		{"/bin/bash", "bash|--unheard-of|x.sh", SEL_CODE_UNKNOWN, NULL, ""},
		{"/bin/bash", "bash|-s|x.sh", SEL_CODE_UNKNOWN, NULL, ""},
		{"/bin/bash", "bash", SEL_CODE_UNKNOWN, NULL, ""},
		{"/bin/bash", "bash|-c", SEL_CODE_UNKNOWN, NULL, ""},
		{"/bin/bash", "bash|-", SEL_CODE_UNKNOWN, NULL, ""},
		{"/bin/bash", "", SEL_CODE_UNKNOWN, NULL, ""},
		{"/usr/bin/python3.11", "python3|x.py|go", SEL_CODE_FILE, "x.py", "go"},
		{"/usr/bin/python3.11", "python3|-c|print()|go", SEL_CODE_INLINE, "print()", "go"},
		{"/usr/bin/python3.11", "python3|-Bcprint()", SEL_CODE_INLINE, "print()", ""},
		{"/usr/bin/python3.11", "python3|-W|error|-X|dev|x.py", SEL_CODE_FILE, "x.py", ""},
		{"/usr/bin/python3.11", "python3|-Werror|x.py", SEL_CODE_FILE, "x.py", ""},
		{"/usr/bin/python3.11", "python3|-m|pip|install", SEL_CODE_UNKNOWN, NULL,
		 "install"},
		{"/usr/bin/python3.11", "python3|-mpip|install", SEL_CODE_UNKNOWN, NULL, "install"},
		{"/usr/bin/python3.11", "python3|-|install", SEL_CODE_UNKNOWN, NULL, "install"},
		{"/usr/bin/node", "node|x.js", SEL_CODE_FILE, "x.js", ""},
		{"/usr/bin/node", "node|-e|1+1", SEL_CODE_INLINE, "1+1", ""},
		{"/usr/bin/node", "node|-pe|1+1", SEL_CODE_INLINE, "1+1", ""},
		{"/usr/bin/node", "node|--eval=1+1", SEL_CODE_INLINE, "1+1", ""},
		{"/usr/bin/node", "node|--require|./evil.js|x.js", SEL_CODE_FILE, "x.js", ""},
		{"/usr/bin/node", "node|--no-warnings|x.js|ci", SEL_CODE_FILE, "x.js", "ci"},
		{"/usr/bin/perl", "perl|-ne|print|f", SEL_CODE_INLINE, "print", "f"},
		{"/usr/bin/perl", "perl|-Mstrict|-w|x.pl", SEL_CODE_FILE, "x.pl", ""},
		{"/lib/ld-linux-x86-64.so.2", "ld|/bin/git|status", SEL_CODE_UNKNOWN, NULL, ""},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(cases); i++) {
		struct sel_arguments got;
		char words[256];
		size_t n = strlen(cases[i].words);

		(void)snprintf(words, sizeof words, "%s", cases[i].words);
		for (size_t p = 0; p < n; p++)
			if (words[p] == '|')
				words[p] = '\0';
		sel_arguments(words, n ? n + 1 : 0, false, cases[i].exe, &got);
		if (got.code != cases[i].code || strcmp(got.subcommand, cases[i].subcommand) != 0)
			fail_msg("%s: code %d, sub-command '%s'", cases[i].words, got.code,
				 got.subcommand);
		if (cases[i].text)
			assert_string_equal(got.text, cases[i].text);
		else
			assert_null(got.text);
	}
}

static void test_a_cut_command_line(void **state)
{
	struct sel_arguments got;

	(void)state;
	/* Half a script's name is no name. */
	sel_arguments("bash\0-e\0/very/long", 17, true, "/bin/bash", &got);
	assert_int_equal(got.code, SEL_CODE_UNKNOWN);
	/* No NUL at the end, as from a program that rewrote its own. */
	sel_arguments("bash\0x.sh", 9, false, "/bin/bash", &got);
	assert_int_equal(got.code, SEL_CODE_FILE);
	assert_string_equal(got.text, "x.sh");
}

/* --- packages
 * -------------------------------------------------------------------------------------- */

static void test_dpkg_answers(void **state)
{
	char owners[] = "diversion by dash from: /bin/sh\ndiversion by dash to: /bin/sh.distrib\n"
			"dash: /bin/sh\n";
	char two[] = "libc6:amd64, libc6:i386: /x/y\nother: /x/y/z\nbad name: /x/y\n";
	char local[] = "local diversion from: /x/y\nlocal diversion to: /x/z\n";
	char sums[] = "00000000000000000000000000000000  usr/bin/a\n"
		      "11111111111111111111111111111111  usr/bin/b\n";
	char again[sizeof sums], third[sizeof sums];
	char ret[4][128];

	(void)state;
	assert_int_equal(sel_dpkg_owners(owners, "/bin/sh", ret, 4), 1);
	assert_string_equal(ret[0], "dash");
	assert_int_equal(sel_dpkg_owners(two, "/x/y", ret, 4), 2);
	assert_string_equal(ret[0], "libc6:amd64");
	assert_string_equal(ret[1], "libc6:i386");
	assert_int_equal(sel_dpkg_owners(local, "/x/y", ret, 4), 0);
	memcpy(again, sums, sizeof sums);
	memcpy(third, sums, sizeof sums);
	assert_true(sel_dpkg_md5_matches(sums, "/usr/bin/b", "11111111111111111111111111111111"));
	assert_false(sel_dpkg_md5_matches(again, "/usr/bin/a", "11111111111111111111111111111111"));
	assert_false(sel_dpkg_md5_matches(third, "/usr/bin/c", "11111111111111111111111111111111"));
}

static void test_rpm_answers(void **state)
{
	char good[] = "git-core\t2.43.0-1.fc39\t8\nab  \nabcd /usr/bin/git\nef /usr/bin/x\n";
	char changed[] = "git-core\t2.43.0-1.fc39\t8\nabce /usr/bin/git\n";
	char no_file[] = "file /x is not owned by any package\n";
	struct sel_digests d = {.sha256 = "abcd", .md5 = "ef"};
	struct sel_package p = {0};

	(void)state;
	assert_true(sel_rpm_owner(good, "/usr/bin/git", &d, &p));
	assert_string_equal(p.name, "git-core");
	assert_string_equal(p.version, "2.43.0-1.fc39");
	assert_true(p.verified);
	p = (struct sel_package){0};
	assert_true(sel_rpm_owner(changed, "/usr/bin/git", &d, &p));
	assert_false(p.verified);
	assert_false(sel_rpm_owner(no_file, "/x", &d, &p));
}

static void test_package_of_git(void **state)
{
	const char *path = access("/usr/bin/git", X_OK) == 0 ? "/usr/bin/git" : "/bin/ls";
	struct sel_digests d, other;
	struct sel_package p = {0};
	struct stat st, wrong;
	int fd;

	(void)state;
	if (access("/usr/bin/dpkg-query", X_OK) < 0) {
		print_message("skipped: there is no dpkg here\n");
		skip();
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(sel_digest_file(fd, &d), 0);
	assert_int_equal(sel_package_of(path, &st, &d, &p), 0);
	assert_string_equal(p.name, strcmp(path, "/bin/ls") == 0 ? "coreutils" : "git");
	assert_true(p.version[0]);
	assert_true(p.verified);
	/* other bytes under its name */
	other = d;
	other.md5[0] = other.md5[0] == '0' ? '1' : '0';
	assert_int_equal(sel_package_of(path, &st, &other, &p), 0);
	assert_false(p.verified);
	/* the name of another file */
	wrong = st;
	wrong.st_ino++;
	assert_int_equal(sel_package_of(path, &wrong, &d, &p), 0);
	assert_string_equal(p.name, "");
	assert_int_equal(close(fd), 0);
	/* a pattern is no path */
	assert_int_equal(sel_package_of("/usr/bin/gi*", &st, &d, &p), 0);
	assert_string_equal(p.name, "");
}

/* dpkg knows it as /bin/sleep or /usr/bin/sleep; the kernel says one of them. */
static void test_package_of_a_process(void **state)
{
	struct sel_identified i;

	(void)state;
	if (access("/usr/bin/dpkg-query", X_OK) < 0) {
		print_message("skipped: there is no dpkg here\n");
		skip();
	}
	identify("/bin/sleep", (const char *const[]){"sleep", "60", NULL}, &i);
	assert_non_null(i.id.package);
	assert_string_equal(i.id.package, "coreutils");
	assert_non_null(i.id.version);
	assert_true(i.id.verified);
	sel_identified_done(&i);
}

/* Both files are a package's: the script's says what program it is. */
static void test_package_of_a_script(void **state)
{
	static const char words[] = "bash\0/usr/bin/ldd\0-v\0/bin/ls";
	struct sel_identities *ids = new_identities(NULL, NULL);
	struct sel_identified i;

	(void)state;
	if (access("/usr/bin/dpkg-query", X_OK) < 0 || access("/usr/bin/ldd", R_OK) < 0 ||
	    access("/usr/bin/bash", X_OK) < 0) {
		print_message("skipped: no dpkg, ldd or bash here\n");
		skip();
	}
	identify_fake(ids, "/usr/bin/bash", words, sizeof words, &i);
	assert_string_equal(i.id.script, "/usr/bin/ldd");
	assert_non_null(i.id.package);
	assert_string_equal(i.id.package, "libc-bin");
	assert_true(i.id.verified);
	assert_int_equal(strlen(i.id.digest), 129);
	sel_identified_done(&i);
	sel_identities_free(ids);
}

static void test_kept_by_root(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat("/usr/bin/env", &st), 0);
	assert_true(sel_kept_by_root("/usr/bin/env", &st));
	put("world", "x", 0755);
	assert_int_equal(chmod(at("world"), 0757), 0);
	assert_int_equal(stat(at("world"), &st), 0);
	assert_false(sel_kept_by_root(at("world"), &st));
	assert_int_equal(mkdir(at("open"), 0755), 0);
	assert_int_equal(chmod(at("open"), 0777), 0);
	put("open/x", "x", 0755);
	assert_int_equal(stat(at("open/x"), &st), 0);
	assert_false(sel_kept_by_root(at("open/x"), &st)); /* anybody may put another there */
	if (geteuid() == 0) {
		assert_int_equal(chmod(at("open"), 0755), 0);
		assert_int_equal(chown(at("open/x"), 12345, 12345), 0);
		assert_int_equal(stat(at("open/x"), &st), 0);
		assert_false(sel_kept_by_root(at("open/x"), &st)); /* the owner may */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_program_is_its_content),
		cmocka_unit_test(test_a_removed_program),
		cmocka_unit_test(test_a_memory_file),
		cmocka_unit_test(test_a_replaced_program),
		cmocka_unit_test(test_changed_in_place),
		cmocka_unit_test(test_a_dead_process),
		cmocka_unit_test(test_too_large_to_hash),
		cmocka_unit_test(test_blocks_only_when_it_may),
		cmocka_unit_test(test_many_ask_at_once),
		cmocka_unit_test(test_the_store_remembers),
		cmocka_unit_test(test_ours),
		cmocka_unit_test(test_a_script_of_ours),
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_hostile_scripts),
		cmocka_unit_test(test_a_fifo_is_left_alone),
		cmocka_unit_test(test_hostile_command_lines),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_variables_bring_code),
		cmocka_unit_test(test_mappings_bring_code),
		cmocka_unit_test(test_a_preloaded_library),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_a_cut_command_line),
		cmocka_unit_test(test_dpkg_answers),
		cmocka_unit_test(test_rpm_answers),
		cmocka_unit_test(test_package_of_git),
		cmocka_unit_test(test_package_of_a_process),
		cmocka_unit_test(test_package_of_a_script),
		cmocka_unit_test(test_kept_by_root),
	};

	return cmocka_run_group_tests(tests, make, clean);
}
