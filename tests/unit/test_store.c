/* The store on real files: what it refuses to open, what survives, who may write at once. */
#include "store_place.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define SECOND USEC_PER_SEC
#define THEN   ((usec_t)1763888400 * SECOND) /* a time for rows; the tests read no clock */

/* Opening must fail with `want`, with a line that has `word` in it. */
static void open_refused(const struct place *p, enum sel_store_mode mode, int want,
			 const char *word)
{
	struct sel_store *s = NULL;
	char *error = NULL;
	int r = sel_store_open(p->db, mode, &s, &error);

	if (r != want)
		fail_msg("got %d (%s: %s), want %d", r, strerror(-r), error ? error : "", want);
	assert_null(s);
	assert_non_null(error);
	if (!strstr(error, word) || strchr(error, '\n'))
		fail_msg("'%s' is no line that says '%s'", error, word);
	free(error);
}

static int begin_session(struct sel_store *s, const char *id)
{
	json_auto_t *command = json_pack("[ss]", "make", "all");

	return sel_store_session_begin(s, &(struct sel_session_row){
						  .id = id,
						  .command = command,
						  .cwd = "/home/ana/app",
						  .version = "0.1.0",
						  .broker_pid = getpid(),
						  .started = THEN,
					  });
}

static int deny(struct sel_store *s, const char *session, const char *object, int64_t *ret_id)
{
	return sel_store_action(s,
				&(struct sel_action_row){
					.session = session,
					.at = THEN + SECOND,
					.pid = 4711,
					.op = SEL_OP_DELETE,
					.tier = SEL_T2,
					.decision = SEL_DENY,
					.source = SEL_SRC_DEFAULT,
					.exe = "/usr/bin/make",
					.comm = "make",
					.object = object,
					.reason = "nothing allowed it",
				},
				ret_id);
}

static int64_t ask(struct sel_store *s, const char *session, uint32_t number)
{
	json_auto_t *rungs = json_pack("[{s:i,s:s}]", "n", 0, "label", "this file");
	int64_t id = 0;

	assert_int_equal(sel_store_question(s,
					    &(struct sel_question_row){
						    .session = session,
						    .number = number,
						    .asked = THEN,
						    .op = SEL_OP_WRITE,
						    .tier = SEL_T1,
						    .exe = "/usr/bin/make",
						    .object = "/etc/motd",
						    .fresh = "first write there",
						    .rungs = rungs,
					    },
					    &id),
			 0);
	return id;
}

static void verify_ok(struct sel_store *s, uint64_t at_least)
{
	uint64_t events = 0, bad = 0;
	int r = sel_store_verify(s, &events, &bad);

	if (r < 0)
		fail_msg("the chain is broken at %lu: %s", (unsigned long)bad, strerror(-r));
	if (events < at_least)
		fail_msg("%lu events, at least %lu were written", (unsigned long)events,
			 (unsigned long)at_least);
}

/* --- refusals -----------------------------------------------------------------------------------
 */

static void a_newer_store_is_refused_and_left_alone(void **state)
{
	const struct place *p = *state;

	sel_store_free(open_ok(p, SEL_STORE_WRITE));
	raw_sql(p->db, "PRAGMA user_version = 99");
	open_refused(p, SEL_STORE_WRITE, -ENOTSUP, "version 99");
	open_refused(p, SEL_STORE_READ, -ENOTSUP, "install the newer seldom");
	assert_int_equal(raw_number(p->db, "PRAGMA user_version"), 99);
	assert_int_equal(raw_number(p->db, "SELECT count(*) FROM session"), 0);
}

static void another_programs_database_is_refused_and_left_alone(void **state)
{
	const struct place *p = *state;

	raw_sql(p->db, "CREATE TABLE bookmarks (url TEXT)");
	assert_int_equal(chmod(p->db, 0600), 0);
	open_refused(p, SEL_STORE_WRITE, -EMEDIUMTYPE, "another program");
	raw_sql(p->db, "PRAGMA application_id = 12345; PRAGMA user_version = 1");
	open_refused(p, SEL_STORE_WRITE, -EMEDIUMTYPE, "another program");
	open_refused(p, SEL_STORE_READ, -EMEDIUMTYPE, "another program");
	assert_int_equal(raw_number(p->db, "SELECT count(*) FROM sqlite_schema"), 1);
	/* 1 and 2: the file's write and read version, 2 would be WAL */
	int fd = open(p->db, O_RDONLY | O_CLOEXEC);
	uint8_t header[20];

	assert_int_equal(read(fd, header, sizeof header), sizeof header);
	(void)close(fd);
	assert_int_equal(header[18], 1);
}

static void write_file(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	(void)close(fd);
}

static void a_file_that_is_no_database_is_refused(void **state)
{
	static const char text[] =
		"#!/bin/sh\necho this is no database, but a script that is longer "
		"than the hundred bytes of a database's header, to be read as one\n";
	const struct place *p = *state;
	struct stat st;

	write_file(p->db, text, sizeof text - 1);
	open_refused(p, SEL_STORE_WRITE, -EUCLEAN, "damaged");
	open_refused(p, SEL_STORE_READ, -EUCLEAN, "damaged");
	assert_int_equal(stat(p->db, &st), 0);
	assert_int_equal(st.st_size, sizeof text - 1);
}

static void a_link_instead_of_the_file_is_refused(void **state)
{
	const struct place *p = *state;
	char other[192];

	(void)snprintf(other, sizeof other, "%s.other", p->db);
	assert_int_equal(symlink(other, p->db), 0);
	open_refused(p, SEL_STORE_WRITE, -ELOOP, "symbolic link");
	assert_int_equal(access(other, F_OK), -1); /* and nothing was made behind it */
	assert_int_equal(unlink(p->db), 0);

	sel_store_free(open_ok(p, SEL_STORE_WRITE));
	assert_int_equal(rename(p->db, other), 0);
	assert_int_equal(symlink(other, p->db), 0);
	open_refused(p, SEL_STORE_READ, -ELOOP, "symbolic link");
	assert_int_equal(unlink(p->db), 0);
	assert_int_equal(link(other, p->db), 0);
	open_refused(p, SEL_STORE_WRITE, -EMLINK, "hard links");
}

static void other_kinds_of_file_are_refused(void **state)
{
	const struct place *p = *state;

	assert_int_equal(mkdir(p->db, 0700), 0);
	open_refused(p, SEL_STORE_WRITE, -EMEDIUMTYPE, "regular");
	assert_int_equal(rmdir(p->db), 0);
	assert_int_equal(mkfifo(p->db, 0600), 0);
	open_refused(p, SEL_STORE_WRITE, -EMEDIUMTYPE, "regular");
}

static void what_others_may_read_or_write_is_refused(void **state)
{
	const struct place *p = *state;

	sel_store_free(open_ok(p, SEL_STORE_WRITE));
	assert_int_equal(chmod(p->db, 0640), 0);
	open_refused(p, SEL_STORE_WRITE, -EPERM, "chmod 600");
	assert_int_equal(chmod(p->db, 0600), 0);
	assert_int_equal(chmod(p->dir, 0770), 0);
	open_refused(p, SEL_STORE_WRITE, -EPERM, "chmod 700");
	open_refused(p, SEL_STORE_READ, -EPERM, "chmod 700");
}

static void another_users_file_or_folder_is_refused(void **state)
{
	const struct place *p = *state;

	if (geteuid() != 0) {
		print_message("SKIPPED: giving a file away takes root\n");
		skip();
	}
	sel_store_free(open_ok(p, SEL_STORE_WRITE));
	assert_int_equal(chown(p->db, 65534, 65534), 0);
	open_refused(p, SEL_STORE_WRITE, -EPERM, "uid 65534");
	assert_int_equal(chown(p->db, 0, 0), 0);
	assert_int_equal(chown(p->dir, 65534, 65534), 0);
	open_refused(p, SEL_STORE_WRITE, -EPERM, "uid 65534");
	assert_int_equal(chown(p->dir, 0, 0), 0);
}

static void reading_needs_a_store_and_makes_none(void **state)
{
	const struct place *p = *state;

	open_refused(p, SEL_STORE_READ, -ENOENT, "nothing was recorded");
	assert_int_equal(access(p->db, F_OK), -1);
	write_file(p->db, "", 0);
	open_refused(p, SEL_STORE_READ, -ENOENT, "empty");
}

static void a_folder_that_is_not_there_is_named(void **state)
{
	struct place gone = *(const struct place *)*state;

	(void)snprintf(gone.db, sizeof gone.db, "%.100s/no/seldom.db", gone.dir);
	open_refused(&gone, SEL_STORE_WRITE, -ENOENT, "/no'");
	(void)snprintf(gone.db, sizeof gone.db, "seldom.db");
	open_refused(&gone, SEL_STORE_WRITE, -EINVAL, "absolute");
}

static void a_read_connection_writes_nothing(void **state)
{
	const struct place *p = *state;
	struct sel_store *s;
	int64_t id = 0;

	s = open_ok(p, SEL_STORE_WRITE);
	assert_int_equal(begin_session(s, "aaaaaaaa"), 0);
	sel_store_free(s);
	s = open_ok(p, SEL_STORE_READ);
	assert_int_equal(begin_session(s, "bbbbbbbb"), -EROFS);
	assert_int_equal(deny(s, "aaaaaaaa", "/x", &id), -EROFS);
	assert_int_equal(sel_store_rule_revoke(s, 1, THEN), -EROFS);
	assert_int_equal(id, 0);
	sel_store_free(s);
}

/* Overwrites whole pages of the file, not the first. */
static void spoil(const char *path, int from_page, int to_page)
{
	uint8_t junk[4096];
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	memset(junk, 0xa5, sizeof junk);
	assert_true(fd >= 0);
	for (int page = from_page; page <= to_page; page++)
		assert_int_equal(pwrite(fd, junk, sizeof junk, (off_t)page * 4096), sizeof junk);
	(void)close(fd);
}

static void damaged_pages_are_an_error_and_no_crash(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	int64_t pages;

	assert_int_equal(begin_session(s, "aaaaaaaa"), 0);
	for (int i = 0; i < 200; i++)
		assert_int_equal(deny(s, "aaaaaaaa", "/home/ana/app/out.o", NULL), 0);
	sel_store_free(s);
	pages = raw_number(p->db, "PRAGMA page_count");
	spoil(p->db, 1, (int)pages - 1);
	s = NULL;
	char *error = NULL;
	int r = sel_store_open(p->db, SEL_STORE_WRITE, &s, &error);

	if (r >= 0) { /* the first page is whole, so opening may still succeed */
		assert_int_equal(deny(s, "aaaaaaaa", "/x", NULL), -EUCLEAN);
		assert_int_equal(sel_store_verify(s, NULL, NULL), -EUCLEAN);
	} else {
		assert_int_equal(r, -EUCLEAN);
		assert_non_null(strstr(error, "damaged"));
	}
	free(error);
	sel_store_free(s);
}

static void a_damaged_first_page_is_refused(void **state)
{
	const struct place *p = *state;

	sel_store_free(open_ok(p, SEL_STORE_WRITE));
	spoil(p->db, 0, 0);
	open_refused(p, SEL_STORE_WRITE, -EUCLEAN, "mv '");
}

static void a_store_whose_tables_were_taken_away_is_damaged(void **state)
{
	const struct place *p = *state;
	struct sel_store *s;

	sel_store_free(open_ok(p, SEL_STORE_WRITE));
	raw_sql(p->db, "DROP TABLE session");
	s = open_ok(p, SEL_STORE_WRITE);
	assert_int_equal(begin_session(s, "aaaaaaaa"), -EUCLEAN);
	sel_store_free(s);
}

/* --- odd places: in a mount namespace of its own, so in a child
 * -------------------------------------- */

#define CHILD_SKIP 77

static int write_text(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) > 0 ? 0 : -EPERM;
}

/* An ordinary user gets there by a user namespace, as its root. */
static int become_mapped(uid_t uid, gid_t gid)
{
	char uids[32], gids[32];

	(void)snprintf(uids, sizeof uids, "0 %u 1", uid);
	(void)snprintf(gids, sizeof gids, "0 %u 1", gid);
	if (write_text("/proc/self/setgroups", "deny") < 0 ||
	    write_text("/proc/self/gid_map", gids) < 0)
		return -EPERM;
	return write_text("/proc/self/uid_map", uids);
}

static int own_mounts(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(uid == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	if (uid != 0 && become_mapped(uid, gid) < 0)
		return -EPERM;
	return mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0;
}

/* Runs fn in a child; it says what is wrong, or NULL. */
static void in_child(const struct place *p, const char *(*fn)(const struct place *p))
{
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0) {
		const char *wrong;

		if (own_mounts() < 0)
			_exit(CHILD_SKIP);
		wrong = fn(p);
		if (wrong)
			(void)dprintf(STDERR_FILENO, "%s\n", wrong);
		_exit(wrong ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_SKIP) {
		print_message("SKIPPED: no mount namespace to be had here\n");
		skip();
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("the child says it failed (status %x)", (unsigned)status);
}

static const char *fill_the_disk(const struct place *p)
{
	static char object[3000];
	struct sel_store *s = NULL;
	char *error = NULL;
	uint64_t written = 0, events = 0;
	char filler[192];
	int r = 0, fd;

	if (mount("none", p->dir, "tmpfs", 0, "size=1m,mode=0700") < 0)
		_exit(CHILD_SKIP);
	memset(object, 'x', sizeof object - 1);
	if (sel_store_open(p->db, SEL_STORE_WRITE, &s, &error) < 0)
		return error ? error : "no store on an empty disk";
	if (begin_session(s, "aaaaaaaa") < 0)
		return "no session";
	while ((r = deny(s, "aaaaaaaa", object, NULL)) >= 0)
		if (++written > 100000)
			return "the disk never fills";
	if (r != -ENOSPC)
		return strerror(-r);
	if (deny(s, "aaaaaaaa", object, NULL) != -ENOSPC)
		return "a second write on the full disk does something else";
	r = sel_store_verify(s, &events, NULL);
	if (r < 0 || events != written + 1)
		return "what was written before is not whole";
	sel_store_free(s);
	s = NULL;

	/* a new store on a full disk */
	(void)snprintf(filler, sizeof filler, "%s/filler", p->dir);
	fd = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(fd, object, sizeof object) > 0)
		;
	(void)close(fd);
	struct place other = *p;

	(void)snprintf(other.db, sizeof other.db, "%s/other.db", p->dir);
	r = sel_store_open(other.db, SEL_STORE_WRITE, &s, &error);
	if (r != -ENOSPC || !error || !strstr(error, "No space"))
		return error ? error : "a store on a full disk opens";
	free(error);

	/* and when there is room again, it goes on */
	if (unlink(filler) < 0 || mount("none", p->dir, "tmpfs", MS_REMOUNT, "size=4m") < 0)
		return "remount";
	if (sel_store_open(p->db, SEL_STORE_WRITE, &s, NULL) < 0)
		return "does not open again";
	if (deny(s, "aaaaaaaa", object, NULL) < 0)
		return "does not go on with room";
	r = sel_store_verify(s, &events, NULL);
	if (r < 0 || events != written + 2)
		return "not whole at the end";
	sel_store_free(s);
	return NULL;
}

static void a_full_disk_is_an_error_and_loses_nothing(void **state)
{
	in_child(*state, fill_the_disk);
}

static const char *make_read_only(const struct place *p)
{
	struct sel_store *s = NULL;
	char *error = NULL;
	uint64_t events = 0;
	int r;

	if (mount("none", p->dir, "tmpfs", 0, "size=1m,mode=0700") < 0)
		_exit(CHILD_SKIP);
	if (sel_store_open(p->db, SEL_STORE_WRITE, &s, NULL) < 0 ||
	    begin_session(s, "aaaaaaaa") < 0)
		return "no store";
	sel_store_free(s);
	s = NULL;
	if (mount("none", p->dir, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) < 0)
		return "remount";
	r = sel_store_open(p->db, SEL_STORE_WRITE, &s, &error);
	if (r >= 0 || !error || !strstr(error, "cannot be written"))
		return error ? error : "opens for writing on a read-only disk";
	free(error);
	r = sel_store_open(p->db, SEL_STORE_READ, &s, &error);
	if (r < 0)
		return error ? error : strerror(-r);
	if (sel_store_verify(s, &events, NULL) < 0 || events != 1)
		return "does not read what is there";
	sel_store_free(s);
	return NULL;
}

static void a_read_only_home_can_be_read_and_says_why_not_written(void **state)
{
	in_child(*state, make_read_only);
}

/* --- what is written -----------------------------------------------------------------------------
 */

static void the_file_is_private_and_ours(void **state)
{
	static const char *const names[] = {"", "-wal", "-shm"};
	const struct place *p = *state;
	mode_t mask = umask(0);
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);

	assert_int_equal(begin_session(s, "aaaaaaaa"), 0);
	(void)umask(mask);
	for (size_t i = 0; i < SEL_N(names); i++) {
		char name[192];
		struct stat st;

		(void)snprintf(name, sizeof name, "%s%s", p->db, names[i]);
		assert_int_equal(stat(name, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
	sel_store_free(s);
}

static void a_home_behind_a_symbolic_link_is_fine(void **state)
{
	const struct place *p = *state;
	struct place by_link = *p;
	char target[160];

	(void)snprintf(by_link.dir, sizeof by_link.dir, "%.100s.link", p->db);
	(void)snprintf(target, sizeof target, "%s", p->dir);
	assert_int_equal(symlink(target, by_link.dir), 0);
	(void)snprintf(by_link.db, sizeof by_link.db, "%s/seldom.db", by_link.dir);
	sel_store_free(open_ok(&by_link, SEL_STORE_WRITE));
	assert_int_equal(access(p->db, F_OK), 0);
}

static void a_session_has_one_beginning_and_one_end(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	json_auto_t *summary = json_pack("{s:i}", "v", 1);

	assert_int_equal(sel_store_session_end(s, "aaaaaaaa", THEN, 0, summary), -ENOENT);
	assert_int_equal(begin_session(s, "aaaaaaaa"), 0);
	assert_int_equal(begin_session(s, "aaaaaaaa"), -EEXIST);
	assert_int_equal(begin_session(s, ""), -EINVAL);
	assert_int_equal(begin_session(s, "../../etc"), -EINVAL);
	assert_int_equal(sel_store_session_end(s, "aaaaaaaa", THEN + SECOND, 3, summary), 0);
	assert_int_equal(sel_store_session_end(s, "aaaaaaaa", THEN + SECOND, 3, summary), -ENOENT);
	verify_ok(s, 2);
	sel_store_free(s);
}

static void a_row_that_names_what_is_not_there_is_refused(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	struct sel_action_row row = {.session = "aaaaaaaa",
				     .at = THEN,
				     .op = SEL_OP_WRITE,
				     .decision = SEL_DENY,
				     .question = 12};
	struct sel_answer_row answer = {
		.question = 99, .decision = SEL_DENY, .rung = -1, .source = SEL_SRC_PERSON};
	struct sel_count_row count = {.exe = "/bin/x",
				      .folder = "/",
				      .op = SEL_OP_WRITE,
				      .source = SEL_SRC_SCOPE,
				      .count = 1};
	int64_t id = 77;

	assert_int_equal(deny(s, "aaaaaaaa", "/x", &id), -ENOENT);
	assert_int_equal(sel_store_counts(s, "aaaaaaaa", &count, 1), -ENOENT);
	assert_int_equal(begin_session(s, "aaaaaaaa"), 0);
	assert_int_equal(sel_store_action(s, &row, &id), -ENOENT);
	assert_int_equal(sel_store_answer(s, &answer), -ENOENT);
	assert_int_equal(sel_store_action_repeat(s, 5, 1), -ENOENT);
	assert_int_equal(sel_store_rule_used(s, 5, THEN, 1), -ENOENT);
	assert_int_equal(sel_store_rule_revoke(s, 5, THEN), -ENOENT);
	assert_int_equal(id, 77); /* only written on success */
	verify_ok(s, 1);
	sel_store_free(s);
}

static void words_out_of_range_are_refused(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	struct sel_action_row ok = {.session = "aaaaaaaa",
				    .at = THEN,
				    .op = SEL_OP_WRITE,
				    .tier = SEL_T1,
				    .decision = SEL_DENY};
	struct sel_action_row row;

	assert_int_equal(begin_session(s, "aaaaaaaa"), 0);
	assert_int_equal(sel_store_action(s, &ok, NULL), 0);
	row = ok, row.op = SEL_OP_N;
	assert_int_equal(sel_store_action(s, &row, NULL), -EINVAL);
	row = ok, row.tier = SEL_TIER_N;
	assert_int_equal(sel_store_action(s, &row, NULL), -EINVAL);
	row = ok, row.source = SEL_SRC_N;
	assert_int_equal(sel_store_action(s, &row, NULL), -EINVAL);
	row = ok, row.decision = SEL_ASK; /* no verdict */
	assert_int_equal(sel_store_action(s, &row, NULL), -EINVAL);
	sel_store_free(s);
}

static void only_a_person_can_have_allowed(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	struct sel_answer_row row = {.at = THEN, .decision = SEL_ALLOW, .source = SEL_SRC_TIMEOUT};

	assert_int_equal(begin_session(s, "aaaaaaaa"), 0);
	row.question = ask(s, "aaaaaaaa", 1);
	assert_int_equal(sel_store_answer(s, &row), -EINVAL);
	row.source = SEL_SRC_DEFAULT;
	assert_int_equal(sel_store_answer(s, &row), -EINVAL);
	row.source = SEL_SRC_PERSON;
	assert_int_equal(sel_store_answer(s, &row), 0);
	assert_int_equal(sel_store_answer(s, &row), -EEXIST); /* the first answer wins */
	sel_store_free(s);
}

static void counts_of_one_key_add_up(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	const struct sel_count_row rows[] = {
		{"/usr/bin/gcc", "/home/ana/app", SEL_OP_WRITE, SEL_SRC_SCOPE, 5},
		{"/usr/bin/gcc", "/home/ana/app", SEL_OP_CREATE, SEL_SRC_SCOPE, 1},
		{"/usr/bin/gcc", "/home/ana/app", SEL_OP_WRITE, SEL_SRC_SCOPE, UINT64_MAX},
		{"/usr/bin/gcc", "/home/ana/app", SEL_OP_WRITE, SEL_SRC_SCOPE, UINT64_MAX},
	};

	assert_int_equal(begin_session(s, "aaaaaaaa"), 0);
	assert_int_equal(sel_store_counts(s, "aaaaaaaa", rows, 2), 0);
	assert_int_equal(sel_store_counts(s, "aaaaaaaa", rows, 2), 0);
	assert_int_equal(
		raw_number(p->db,
			   "SELECT n FROM count JOIN what w ON w.id = what WHERE w.op = 'write'"),
		10);
	assert_int_equal(
		raw_number(p->db,
			   "SELECT n FROM count JOIN what w ON w.id = what WHERE w.op = 'create'"),
		2);
	/* absurd numbers are cut, they neither wrap nor fail */
	assert_int_equal(sel_store_counts(s, "aaaaaaaa", rows + 2, 2), 0);
	assert_int_equal(sel_store_counts(s, "aaaaaaaa", rows + 2, 2), 0);
	assert_true(
		raw_number(p->db,
			   "SELECT n FROM count JOIN what w ON w.id = what WHERE w.op = 'write'") >
		1000000);
	sel_store_free(s);
}

static void repeats_add_to_their_row(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	int64_t id = 0;

	assert_int_equal(begin_session(s, "aaaaaaaa"), 0);
	assert_int_equal(deny(s, "aaaaaaaa", "/x", &id), 0);
	assert_int_equal(sel_store_action_repeat(s, id, 3), 0);
	assert_int_equal(sel_store_action_repeat(s, id, 4), 0);
	assert_int_equal(raw_number(p->db, "SELECT repeats FROM action"), 7);
	assert_int_equal(sel_store_action_repeat(s, id, UINT64_MAX), 0);
	assert_int_equal(sel_store_action_repeat(s, id, UINT64_MAX), 0);
	verify_ok(s, 2); /* repeats are not part of what the chain vouches for */
	sel_store_free(s);
}

struct seen {
	int n;
	struct sel_rule_row last;
	char object[64], exe[64];
};

static int see_rule(const struct sel_rule_row *row, void *ctx)
{
	struct seen *seen = ctx;

	seen->n++;
	seen->last = *row;
	(void)snprintf(seen->object, sizeof seen->object, "%s", row->object);
	(void)snprintf(seen->exe, sizeof seen->exe, "%s", row->exe ? row->exe : "(any)");
	return 0;
}

static int alive(struct sel_store *s, usec_t now)
{
	struct seen seen = {0};

	assert_int_equal(sel_store_rules_alive(s, now, see_rule, &seen), 0);
	return seen.n;
}

static void rules_live_from_their_making_to_their_end(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	struct sel_rule_row rule = {.op = SEL_OP_WRITE,
				    .kind = SEL_RUNG_TREE,
				    .object = "/srv/\xff",
				    .exe = "/usr/bin/make",
				    .decision = SEL_ALLOW,
				    .created = THEN,
				    .expires = THEN + 30 * SECOND};
	struct sel_rule_row grant = {.session = "aaaaaaaa",
				     .kind = SEL_RUNG_FILE,
				     .object = "/srv/b",
				     .decision = SEL_ALLOW,
				     .created = THEN};
	struct seen seen = {0};

	assert_int_equal(begin_session(s, "aaaaaaaa"), 0);
	assert_int_equal(sel_store_rule_add(s, &rule), 0);
	assert_int_equal(sel_store_rule_add(s, &grant), 0);
	static const struct {
		usec_t now;
		int alive;
		const char *why;
	} row[] = {
		{THEN, 1, "from its making on; a grant is its session's own"},
		{THEN + 29 * SECOND, 1, "within its term"},
		{THEN + 30 * SECOND, 0, "its term is over"},
		{THEN - 1, 0, "a clock that was set back does not lengthen a term"},
		{USEC_INFINITY, 0, "far off"},
	};
	for (size_t i = 0; i < SEL_N(row); i++)
		if (alive(s, row[i].now) != row[i].alive)
			fail_msg("row %zu: %s", i, row[i].why);
	assert_int_equal(sel_store_rules_alive(s, THEN, see_rule, &seen), 0);
	assert_int_equal(seen.last.id, rule.id);
	assert_int_equal(seen.last.op, SEL_OP_WRITE);
	assert_int_equal(seen.last.kind, SEL_RUNG_TREE);
	assert_int_equal(seen.last.decision, SEL_ALLOW);
	assert_int_equal(seen.last.expires, THEN + 30 * SECOND);
	assert_string_equal(seen.object, "/srv/\xff");
	assert_string_equal(seen.exe, "/usr/bin/make");
	assert_int_equal(sel_store_rule_used(s, rule.id, THEN, 1), 0);
	assert_int_equal(sel_store_rule_revoke(s, rule.id, THEN + SECOND), 0);
	assert_int_equal(sel_store_rule_revoke(s, rule.id, THEN + SECOND), -ENOENT);
	assert_int_equal(alive(s, THEN + SECOND), 0);
	verify_ok(s, 4);
	sel_store_free(s);
}

static void a_rule_for_ever_or_for_nothing_is_refused(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	struct sel_rule_row rule = {
		.kind = SEL_RUNG_TREE, .object = "/srv", .decision = SEL_ALLOW, .created = THEN};

	assert_int_equal(sel_store_rule_add(s, &rule), -EINVAL); /* no session, no end */
	rule.expires = THEN + SECOND;
	rule.object = "";
	assert_int_equal(sel_store_rule_add(s, &rule), -EINVAL);
	rule.object = "/srv";
	rule.decision = SEL_ASK;
	assert_int_equal(sel_store_rule_add(s, &rule), -EINVAL);
	rule.decision = SEL_DENY;
	rule.session = "nosuch";
	assert_int_equal(sel_store_rule_add(s, &rule), -ENOENT);
	assert_int_equal(rule.id, 0);
	sel_store_free(s);
}

static void a_rule_in_words_we_do_not_know_stops_the_loading(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	struct sel_rule_row rule = {.kind = SEL_RUNG_TREE,
				    .object = "/srv",
				    .decision = SEL_DENY,
				    .created = THEN,
				    .expires = THEN + SECOND};
	struct seen seen = {0};

	assert_int_equal(sel_store_rule_add(s, &rule), 0);
	raw_sql(p->db, "UPDATE rule SET op = 'frobnicate'");
	assert_int_equal(sel_store_rules_alive(s, THEN, see_rule, &seen), -EUCLEAN);
	assert_int_equal(seen.n, 0);
	sel_store_free(s);
}

static void a_trigger_that_somebody_planted_does_not_run(void **state)
{
	const struct place *p = *state;
	struct sel_store *s;

	sel_store_free(open_ok(p, SEL_STORE_WRITE));
	raw_sql(p->db, "CREATE TRIGGER t AFTER INSERT ON action BEGIN"
		       " UPDATE what SET decision = 'allow'; END");
	s = open_ok(p, SEL_STORE_WRITE);
	assert_int_equal(begin_session(s, "aaaaaaaa"), 0);
	assert_int_equal(deny(s, "aaaaaaaa", "/x", NULL), 0);
	assert_int_equal(raw_number(p->db, "SELECT decision = 'deny' FROM what"), 1);
	sel_store_free(s);
}

static int see_state(json_t *row, void *ctx)
{
	(void)snprintf(ctx, 16, "%s", json_string_value(json_object_get(row, "state")));
	return 0;
}

static void a_pid_given_to_another_process_is_not_the_broker(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	const struct sel_filter all = {0};
	char word[16] = "";

	assert_int_equal(begin_session(s, "aaaaaaaa"), 0);
	assert_int_equal(sel_report_sessions(s, &all, see_state, word), 0);
	assert_string_equal(word, "running");
	raw_sql(p->db, "UPDATE session SET broker_birth = broker_birth - 1");
	assert_int_equal(sel_report_sessions(s, &all, see_state, word), 0);
	assert_string_equal(word, "lost");
	sel_store_free(s);
}

static void memory_keeps_nothing(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = NULL;

	assert_int_equal(sel_store_open(p->db, SEL_STORE_MEMORY, &s, NULL), 0);
	assert_int_equal(begin_session(s, "aaaaaaaa"), 0);
	assert_int_equal(deny(s, "aaaaaaaa", "/x", NULL), 0);
	verify_ok(s, 2);
	sel_store_free(s);
	assert_int_equal(access(p->db, F_OK), -1);
}

/* Stands before libc's, so SQLite's syncs are seen. */
static int syncs;

int fdatasync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fsync, fd);
}

static void synced(int r, bool want, const char *what)
{
	assert_int_equal(r, 0);
	if ((syncs > 0) != want)
		fail_msg("%s: %d syncs", what, syncs);
	syncs = 0;
}

static void what_a_person_said_is_on_the_disk_and_a_denial_costs_no_sync(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	struct sel_action_row row = {.session = "aaaaaaaa",
				     .at = THEN,
				     .op = SEL_OP_WRITE,
				     .decision = SEL_ALLOW,
				     .source = SEL_SRC_PERSON};
	struct sel_rule_row rule = {.kind = SEL_RUNG_TREE,
				    .object = "/srv",
				    .decision = SEL_ALLOW,
				    .created = THEN,
				    .expires = THEN + SECOND};
	struct sel_answer_row answer = {.at = THEN, .rung = -1, .source = SEL_SRC_TIMEOUT};
	int r = begin_session(s, "aaaaaaaa");

	syncs = 0;
	synced(r < 0 ? r : deny(s, "aaaaaaaa", "/x", NULL), false, "a denial");
	synced(sel_store_action(s, &row, NULL), true, "a person's action");
	synced(sel_store_rule_add(s, &rule), true, "a new rule");
	row.source = SEL_SRC_RULE;
	row.rule = rule.id;
	synced(sel_store_action(s, &row, NULL), true, "the first use of a rule");
	synced(sel_store_action(s, &row, NULL), false, "its second use");
	answer.question = ask(s, "aaaaaaaa", 1);
	synced(sel_store_answer(s, &answer), false, "a time-out");
	answer.question = ask(s, "aaaaaaaa", 2);
	answer.source = SEL_SRC_PERSON;
	synced(sel_store_answer(s, &answer), true, "an answer");
	row.source = SEL_SRC_PERSON;
	row.question = answer.question;
	row.rule = 0;
	synced(sel_store_action(s, &row, NULL), true, "the first call it settles");
	synced(sel_store_action(s, &row, NULL), false, "the second");
	synced(sel_store_rule_revoke(s, rule.id, THEN), true, "a revocation");
	synced(deny(s, "aaaaaaaa", "/x", NULL), false, "a denial after all that");
	sel_store_free(s);
}

/* --- several at once, and sudden ends
 * ---------------------------------------------------------------- */

enum { WRITERS = 4, ROUNDS = 100 };

/* The child's work: everything a session writes. Exit code 0, or the line that failed. */
#define MUST(x)                                                                                    \
	do {                                                                                       \
		int _r = (x);                                                                      \
		if (_r < 0) {                                                                      \
			(void)dprintf(STDERR_FILENO, "line %d: %s\n", __LINE__, strerror(-_r));    \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static void write_a_session(const char *db, const char *id, int rounds)
{
	struct sel_store *s = NULL;
	char *error = NULL;
	struct sel_count_row count = {"/bin/x", "/srv", SEL_OP_WRITE, SEL_SRC_SCOPE, 3};
	json_t *body = json_pack("{s:s}", "text", "a notice");

	if (sel_store_open(db, SEL_STORE_WRITE, &s, &error) < 0) {
		(void)dprintf(STDERR_FILENO, "%s\n", error);
		_exit(1);
	}
	MUST(begin_session(s, id));
	for (int i = 0; rounds < 0 || i < rounds; i++) {
		int64_t action = 0, question = ask(s, id, (uint32_t)i);

		MUST(deny(s, id, "/srv/a", &action));
		MUST(sel_store_action_repeat(s, action, 2));
		MUST(sel_store_counts(s, id, &count, 1));
		MUST(sel_store_event(s, id, "notice", body));
		MUST(sel_store_answer(s,
				      &(struct sel_answer_row){.question = question,
							       .at = THEN,
							       .decision = SEL_DENY,
							       .rung = -1,
							       .source = i % 8 ? SEL_SRC_TIMEOUT
									       : SEL_SRC_PERSON}));
	}
	json_decref(body);
	sel_store_free(s);
	_exit(0);
}

static void four_brokers_that_start_and_write_at_once_keep_one_chain(void **state)
{
	const struct place *p = *state;
	pid_t pids[WRITERS];
	struct sel_store *s;

	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			char id[] = "aaaaaaaa";

			id[0] = (char)('a' + i);
			write_a_session(p->db, id, ROUNDS);
		}
	}
	for (int i = 0; i < WRITERS; i++) {
		int status = 0;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	s = open_ok(p, SEL_STORE_READ);
	verify_ok(s, WRITERS * (1 + 4 * ROUNDS));
	sel_store_free(s);
	assert_int_equal(raw_number(p->db, "SELECT count(*) FROM action"), WRITERS * ROUNDS);
	assert_int_equal(raw_number(p->db, "SELECT count(*) FROM event"),
			 WRITERS * (1 + 4 * ROUNDS));
	assert_int_equal(raw_number(p->db, "SELECT min(n) FROM count"), 3 * ROUNDS);
}

enum { THREADS = 4 };

static void *write_in_a_thread(void *ctx)
{
	struct sel_store *s = ctx;

	for (int i = 0; i < ROUNDS; i++)
		if (deny(s, "aaaaaaaa", "/srv/a", NULL) < 0)
			return s;
	return NULL;
}

static void several_threads_share_one_store(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	pthread_t threads[THREADS];

	assert_int_equal(begin_session(s, "aaaaaaaa"), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_in_a_thread, s), 0);
	for (int i = 0; i < THREADS; i++) {
		void *wrong = s;

		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	verify_ok(s, 1 + THREADS * ROUNDS);
	sel_store_free(s);
}

static void a_broker_killed_at_any_moment_leaves_a_whole_store(void **state)
{
	const struct place *p = *state;
	unsigned seed = 1;

	for (int i = 0; i < 40; i++) {
		char id[16];
		int status = 0;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			(void)snprintf(id, sizeof id, "kill%d", i);
			write_a_session(p->db, id, -1);
		}
		/* anywhere from before its first byte to well into its writing */
		seed = seed * 1103515245 + 12345;
		(void)nanosleep(&(struct timespec){.tv_nsec = (long)(seed >> 8) % 15000000}, NULL);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));

		struct sel_store *s = open_ok(p, SEL_STORE_WRITE);

		verify_ok(s, 0);
		sel_store_free(s);
	}
	assert_true(raw_number(p->db, "SELECT count(*) FROM event") > 0);
}

/* --- the chain
 * ----------------------------------------------------------------------------------------- */

static void an_edit_by_hand_is_found(void **state)
{
	static const struct {
		const char *sql;
		uint64_t bad;
		const char *why;
	} row[] = {
		{"UPDATE event SET at = at + 1 WHERE seq = 3", 3, "another time"},
		{"UPDATE event SET kind = 'other' WHERE seq = 5", 5, "another kind"},
		{"UPDATE event SET session = NULL WHERE seq = 5", 5, "another session"},
		{"UPDATE event SET body = '{\"a\":2}' WHERE seq = 5", 5, "another body"},
		{"UPDATE event SET body = body || char(0) || 'x' WHERE seq = 5", 5,
		 "hidden behind NUL"},
		{"UPDATE event SET row = 1 WHERE seq = 5", 5, "a row where none was"},
		{"UPDATE event SET row = 1 WHERE seq = 3", 3, "another row"},
		{"UPDATE event SET hash = zeroblob(32) WHERE seq = 4", 4, "another hash"},
		{"DELETE FROM event WHERE seq = 1", 1, "the first gone"},
		{"DELETE FROM event WHERE seq = 4", 4, "one gone"},
		{"DELETE FROM event WHERE seq = 8", 8, "the last gone"},
		{"UPDATE event SET seq = 100 WHERE seq = 8", 8, "moved"},
		{"UPDATE what SET decision = 'allow'", 2, "a denial made an approval"},
		{"UPDATE text SET bytes = x'2f79' WHERE id = (SELECT exe FROM what)", 2,
		 "another program"},
		{"UPDATE action SET object = x'2f79' WHERE id = 2", 3, "another object"},
		{"UPDATE action SET event = 3 WHERE id = 1", 2,
		 "an action that claims another event"},
		{"DELETE FROM action WHERE id = 1", 2, "an action gone"},
		{"INSERT INTO action (session, event, at, pid, what, repeats)"
		 " VALUES (1, 2, 1, 1, 1, 0)",
		 9, "one slipped in"},
		{"UPDATE answer SET decision = 'allow'", 6, "an answer turned"},
		{"UPDATE question SET rungs = '[]'", 4, "other rungs"},
		{"UPDATE rule SET expires = expires + 1", 7, "a longer rule"},
		{"UPDATE rule SET revoked = NULL", 8, "a revoked rule brought back"},
		{"UPDATE session SET command = '[]'", 1, "another command"},
		{"UPDATE chain SET seq = 7", 9, "the end moved back"},
		{"DELETE FROM chain", 9, "the end gone"},
	};

	for (size_t i = 0; i < SEL_N(row); i++) {
		struct place *p = NULL;
		struct sel_store *s;
		uint64_t events = 0, bad = 0;
		struct sel_rule_row rule = {.kind = SEL_RUNG_TREE,
					    .object = "/srv",
					    .created = THEN,
					    .decision = SEL_ALLOW,
					    .expires = THEN + SECOND};
		json_t *body = json_pack("{s:i}", "a", 1);

		(void)state;
		(void)place_set_up((void **)&p);
		s = open_ok(p, SEL_STORE_WRITE);
		assert_int_equal(begin_session(s, "aaaaaaaa"), 0);		   /* 1 */
		assert_int_equal(deny(s, "aaaaaaaa", "/x", NULL), 0);		   /* 2 */
		assert_int_equal(deny(s, "aaaaaaaa", "/x", NULL), 0);		   /* 3 */
		struct sel_answer_row answer = {.question = ask(s, "aaaaaaaa", 1), /* 4 */
						.at = THEN,
						.rung = -1,
						.source = SEL_SRC_PERSON};
		assert_int_equal(sel_store_event(s, "aaaaaaaa", "notice", body), 0); /* 5 */
		assert_int_equal(sel_store_answer(s, &answer), 0);		     /* 6 */
		assert_int_equal(sel_store_rule_add(s, &rule), 0);		     /* 7 */
		assert_int_equal(sel_store_rule_revoke(s, rule.id, THEN), 0);	     /* 8 */
		verify_ok(s, 8);
		sel_store_free(s);
		json_decref(body);

		raw_sql(p->db, row[i].sql);
		s = open_ok(p, SEL_STORE_READ);
		if (sel_store_verify(s, &events, &bad) != -EUCLEAN || bad != row[i].bad)
			fail_msg("row %zu: %s: bad %lu", i, row[i].why, (unsigned long)bad);
		sel_store_free(s);
		(void)place_tear_down((void **)&p);
	}
}

static void events_of_ones_own_are_checked(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);
	json_auto_t *body = json_pack("{s:i,s:i}", "b", 1, "a", 2);
	json_auto_t *huge = json_object();
	char *text = calloc(1, 70000);

	assert_non_null(text);
	memset(text, 'x', 69999);
	(void)json_object_set_new(huge, "text", json_string(text));
	free(text);
	assert_int_equal(sel_store_event(s, NULL, "start", body), 0);
	assert_int_equal(sel_store_event(s, "nosuch", "start", body), -ENOENT);
	assert_int_equal(sel_store_event(s, NULL, "action", body), -EINVAL); /* kept for rows */
	assert_int_equal(sel_store_event(s, NULL, "Two words", body), -EINVAL);
	assert_int_equal(sel_store_event(s, NULL, "", body), -EINVAL);
	assert_int_equal(sel_store_event(s, NULL, "start", NULL), -EINVAL);
	assert_int_equal(sel_store_event(s, NULL, "start", huge), -E2BIG);
	verify_ok(s, 1);
	assert_int_equal(raw_number(p->db, "SELECT body = '{\"a\":2,\"b\":1}' FROM event"), 1);
	sel_store_free(s);
}

static void an_empty_chain_is_whole(void **state)
{
	const struct place *p = *state;
	struct sel_store *s = open_ok(p, SEL_STORE_WRITE);

	verify_ok(s, 0);
	sel_store_free(s);
}

#define T(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_newer_store_is_refused_and_left_alone),
		T(another_programs_database_is_refused_and_left_alone),
		T(a_file_that_is_no_database_is_refused),
		T(a_link_instead_of_the_file_is_refused),
		T(other_kinds_of_file_are_refused),
		T(what_others_may_read_or_write_is_refused),
		T(another_users_file_or_folder_is_refused),
		T(reading_needs_a_store_and_makes_none),
		T(a_folder_that_is_not_there_is_named),
		T(a_read_connection_writes_nothing),
		T(damaged_pages_are_an_error_and_no_crash),
		T(a_damaged_first_page_is_refused),
		T(a_store_whose_tables_were_taken_away_is_damaged),
		T(a_full_disk_is_an_error_and_loses_nothing),
		T(a_read_only_home_can_be_read_and_says_why_not_written),
		T(the_file_is_private_and_ours),
		T(a_home_behind_a_symbolic_link_is_fine),
		T(a_session_has_one_beginning_and_one_end),
		T(a_row_that_names_what_is_not_there_is_refused),
		T(words_out_of_range_are_refused),
		T(only_a_person_can_have_allowed),
		T(counts_of_one_key_add_up),
		T(repeats_add_to_their_row),
		T(rules_live_from_their_making_to_their_end),
		T(a_rule_for_ever_or_for_nothing_is_refused),
		T(a_rule_in_words_we_do_not_know_stops_the_loading),
		T(a_trigger_that_somebody_planted_does_not_run),
		T(a_pid_given_to_another_process_is_not_the_broker),
		T(memory_keeps_nothing),
		T(what_a_person_said_is_on_the_disk_and_a_denial_costs_no_sync),
		T(four_brokers_that_start_and_write_at_once_keep_one_chain),
		T(several_threads_share_one_store),
		T(a_broker_killed_at_any_moment_leaves_a_whole_store),
		T(an_edit_by_hand_is_found),
		T(events_of_ones_own_are_checked),
		T(an_empty_chain_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
