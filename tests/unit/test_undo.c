/* What is kept comes back: on real files, without a broker. */
#include "test.h"
#include "undo.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/fs.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct rig {
	char top[64], work[80], kept[80];
	struct sel_undo *u;
};
static struct rig rig;

static const char *at(const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned i;
	char *p = paths[i++ % 8];

	(void)snprintf(p, PATH_MAX, "%s/%s", rig.work, name);
	return p;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(rig.top, sizeof rig.top, "/var/tmp/seldom-undo-XXXXXX");
	assert_non_null(mkdtemp(rig.top));
	(void)snprintf(rig.work, sizeof rig.work, "%s/work", rig.top);
	(void)snprintf(rig.kept, sizeof rig.kept, "%s/kept", rig.top);
	assert_int_equal(mkdir(rig.work, 0755), 0);
	assert_int_equal(sel_undo_new(rig.kept, "s1", &rig.u), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sel_undo_free(rig.u);
	rig.u = NULL;
	return nftw(rig.top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *name, const char *text)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static const char *get(const char *name)
{
	static char buf[4096];
	int fd = open(at(name), O_RDONLY | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf - 1);

	if (fd >= 0)
		(void)close(fd);
	buf[n < 0 ? 0 : n] = '\0';
	return n < 0 ? "(absent)" : buf;
}

static int keep(enum sel_undo_why why, const char *name, const char *to)
{
	char path[PATH_MAX], path2[PATH_MAX];
	_cleanup_close_ int fd = -1;

	(void)snprintf(path, sizeof path, "%s", at(name));
	(void)snprintf(path2, sizeof path2, "%s", to ? at(to) : "");
	fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : sel_undo_keep(rig.u, why, path, fd, to ? path2 : NULL);
}

/* The journal's end, as a broker that ends, or that is killed, leaves it. */
static void end(bool killed)
{
	if (!killed)
		sel_undo_end(rig.u);
	sel_undo_free(rig.u);
	rig.u = NULL;
}

static struct sel_undo_plan *plan(const char *session)
{
	struct sel_undo_plan *p = NULL;

	assert_int_equal(sel_undo_plan_read(rig.kept, session, &p), 0);
	return p;
}

static void append_to_journal(const char *line)
{
	char journal[PATH_MAX];
	int fd;

	(void)snprintf(journal, sizeof journal, "%s/s1/journal", rig.kept);
	fd = open(journal, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, line, strlen(line)), strlen(line));
	assert_int_equal(close(fd), 0);
}

struct found {
	const char *path;
	struct sel_undo_entry e;
	size_t n, not_same;
	uint64_t all[512];
};
static int find(const struct sel_undo_entry *e, void *ctx)
{
	struct found *f = ctx;

	if (f->path && strcmp(e->path, f->path) == 0)
		f->e = *e;
	assert_true(f->n < SEL_N(f->all));
	f->all[f->n++] = e->n;
	f->not_same += e->state != SEL_UNDO_SAME;
	return 0;
}
static struct found look(struct sel_undo_plan *p, const char *name)
{
	struct found f = {.path = name ? at(name) : NULL};

	assert_int_equal(sel_undo_plan_each(p, find, &f), 0);
	return f;
}

/* All of them; how many failed. */
static size_t restore_all(const char *session, bool force)
{
	struct sel_undo_plan *p = plan(session);
	struct found f = look(p, NULL);
	size_t failed = 0;

	for (size_t i = 0; i < f.n; i++)
		failed += sel_undo_restore(p, f.all[i], force) < 0;
	sel_undo_plan_free(p);
	return failed;
}

static enum sel_undo_state state_of(const char *name)
{
	struct sel_undo_plan *p = plan("s1");
	struct found f = look(p, name);

	assert_non_null(f.e.path); /* it is in the list */
	enum sel_undo_state s = f.e.state;
	sel_undo_plan_free(p);
	return s;
}

/* --- one object each
 * --------------------------------------------------------------------------------- */

static void nothing_is_made_before_something_is_kept(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(rig.kept, &st), -1);
	put("f", "old");
	assert_true(keep(SEL_UNDO_WRITE, "f", NULL) > 0);
	assert_int_equal(stat(rig.kept, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void what_was_overwritten_comes_back(void **state)
{
	struct timespec then[2] = {{.tv_sec = 1000000000, .tv_nsec = 123456789},
				   {.tv_sec = 1000000000, .tv_nsec = 123456789}};
	struct stat st;

	(void)state;
	put("f", "old");
	assert_int_equal(chmod(at("f"), 0640), 0);
	assert_int_equal(utimensat(AT_FDCWD, at("f"), then, 0), 0);
	assert_true(keep(SEL_UNDO_WRITE, "f", NULL) > 0);
	put("f", "new and longer");
	assert_int_equal(keep(SEL_UNDO_WRITE, "f", NULL), 0); /* once */
	put("f", "newer");
	assert_int_equal(chmod(at("f"), 0600), 0);
	end(false);
	assert_int_equal(restore_all("s1", false), 0);
	assert_string_equal(get("f"), "old");
	assert_int_equal(stat(at("f"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_mtim.tv_sec, 1000000000);
	assert_int_equal(st.st_mtim.tv_nsec, 123456789);
	assert_int_equal(state_of("f"), SEL_UNDO_SAME);
}

static void what_was_removed_comes_back_as_the_same_file(void **state)
{
	struct stat before, after;

	(void)state;
	put("f", "old");
	assert_int_equal(stat(at("f"), &before), 0);
	assert_true(keep(SEL_UNDO_REMOVE, "f", NULL) > 0);
	assert_int_equal(unlink(at("f")), 0);
	end(false);
	assert_int_equal(restore_all("s1", false), 0);
	assert_int_equal(stat(at("f"), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(after.st_nlink, 1); /* no second name is left */
}

static void links_folders_and_fifos_come_back(void **state)
{
	char target[16] = "";
	struct stat st;

	(void)state;
	assert_int_equal(symlink("no/where", at("link")), 0);
	assert_int_equal(mkdir(at("d"), 0750), 0);
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	put("empty", "");
	assert_true(keep(SEL_UNDO_REMOVE, "link", NULL) > 0);
	assert_true(keep(SEL_UNDO_REMOVE, "fifo", NULL) > 0); /* never waits */
	assert_true(keep(SEL_UNDO_RMDIR, "d", NULL) > 0);
	assert_true(keep(SEL_UNDO_REMOVE, "empty", NULL) > 0);
	assert_int_equal(unlink(at("link")), 0);
	assert_int_equal(unlink(at("fifo")), 0);
	assert_int_equal(rmdir(at("d")), 0);
	assert_int_equal(unlink(at("empty")), 0);
	end(false);
	assert_int_equal(restore_all("s1", false), 0);
	assert_int_equal(readlink(at("link"), target, sizeof target - 1), 8);
	assert_string_equal(target, "no/where");
	assert_int_equal(stat(at("d"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	assert_int_equal(lstat(at("fifo"), &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_string_equal(get("empty"), "");
}

static void holes_stay_holes(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	put("sparse", "");
	fd = open(at("sparse"), O_WRONLY);
	assert_int_equal(ftruncate(fd, 200 << 20), 0); /* larger than what is copied of one file */
	assert_int_equal(pwrite(fd, "data", 4, 100 << 20), 4);
	assert_int_equal(close(fd), 0);
	assert_true(keep(SEL_UNDO_WRITE, "sparse", NULL) > 0);
	put("sparse", "x");
	end(false);
	assert_int_equal(restore_all("s1", false), 0);
	assert_int_equal(stat(at("sparse"), &st), 0);
	assert_int_equal(st.st_size, 200 << 20);
	assert_true(st.st_blocks * 512 < 1 << 20);
	char buf[5] = "";
	fd = open(at("sparse"), O_RDONLY);
	assert_int_equal(pread(fd, buf, 4, 100 << 20), 4);
	assert_int_equal(close(fd), 0);
	assert_string_equal(buf, "data");
}

static void several_names_stay_one_file(void **state)
{
	struct stat a, b;

	(void)state;
	put("a", "old");
	assert_int_equal(link(at("a"), at("b")), 0);
	assert_true(keep(SEL_UNDO_REMOVE, "a", NULL) > 0);
	assert_int_equal(unlink(at("a")), 0);
	/* What is kept is that very file: from now on it must be a copy. */
	assert_true(keep(SEL_UNDO_WRITE, "b", NULL) > 0);
	put("b", "new");
	end(false);
	assert_int_equal(restore_all("s1", false), 0);
	assert_string_equal(get("a"), "old");
	assert_string_equal(get("b"), "old");
	assert_int_equal(stat(at("a"), &a), 0);
	assert_int_equal(stat(at("b"), &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
}

static void what_the_run_made_is_not_kept(void **state)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;

	(void)state;
	put("mine", "x");
	put("old", "y");
	fd = open(at("mine"), O_PATH);
	sel_undo_made(rig.u, fd);
	assert_int_equal(close(fd), 0);
	assert_int_equal(keep(SEL_UNDO_WRITE, "mine", NULL), 0);
	assert_int_equal(keep(SEL_UNDO_REMOVE, "mine", NULL), 0);
	(void)snprintf(path, sizeof path, "%s", at("old"));
	assert_int_equal(link(path, at("alias")), 0);
	fd = open(path, O_PATH);
	sel_undo_linked(rig.u, fd, path, at("alias"));
	assert_int_equal(close(fd), 0);
	assert_int_equal(keep(SEL_UNDO_MOVE, "alias", "alias2"), 0);
	assert_int_equal(rename(at("alias"), at("alias2")), 0);
	assert_int_equal(keep(SEL_UNDO_REMOVE, "alias2", NULL), 0);
	assert_int_equal(stat(rig.kept, &st), -1);
}

/* --- limits
 * -------------------------------------------------------------------------------------------- */

static void allocate_or_skip(const char *name, uint64_t size)
{
	int fd = open(at(name), O_WRONLY | O_CREAT, 0600), r = posix_fallocate(fd, 0, (off_t)size);

	assert_int_equal(close(fd), 0);
	if (r != 0) {
		print_message("skipped: no room for %llu bytes: %s\n", (unsigned long long)size,
			      strerror(r));
		skip();
	}
}

static void too_large_a_file_is_not_kept_and_said(void **state)
{
	struct stat st;

	(void)state;
	allocate_or_skip("large", SEL_UNDO_FILE_MAX + 4096);
	assert_int_equal(stat(at("large"), &st), 0);
	assert_false(sel_undo_can(rig.u, &st));
	assert_int_equal(keep(SEL_UNDO_WRITE, "large", NULL), -EFBIG);
	assert_int_equal(keep(SEL_UNDO_WRITE, "large", NULL), -EFBIG); /* and again */
	put("large", "new");
	assert_int_equal(sel_undo_totals(rig.u).not_kept, 1);
	end(false);
	assert_int_equal(state_of("large"), SEL_UNDO_LOST);
	assert_int_equal(restore_all("s1", true), 1);
	assert_string_equal(get("large"), "new");
}

static void a_second_name_needs_no_copy_and_has_no_such_limit(void **state)
{
	struct stat st;

	(void)state;
	allocate_or_skip("large", SEL_UNDO_FILE_MAX + 4096);
	assert_true(keep(SEL_UNDO_REMOVE, "large", NULL) > 0);
	assert_int_equal(unlink(at("large")), 0);
	end(false);
	assert_int_equal(restore_all("s1", false), 0);
	assert_int_equal(stat(at("large"), &st), 0);
	assert_int_equal(st.st_size, SEL_UNDO_FILE_MAX + 4096);
}

static void a_session_keeps_so_much(void **state)
{
	struct stat st;

	(void)state;
	put("small", "x");
	allocate_or_skip("huge", SEL_UNDO_SESSION_MAX);
	assert_true(keep(SEL_UNDO_REMOVE, "small", NULL) > 0);
	assert_int_equal(keep(SEL_UNDO_REMOVE, "huge", NULL), -EDQUOT);
	assert_int_equal(stat(at("huge"), &st), 0);
	assert_false(sel_undo_can(rig.u, &st));
}

static void what_cannot_be_read_is_not_kept_and_said(void **state)
{
	(void)state;
	if (geteuid() == 0) {
		print_message("skipped: root reads it\n");
		skip();
	}
	put("f", "old");
	assert_int_equal(chmod(at("f"), 0200), 0);
	assert_int_equal(keep(SEL_UNDO_WRITE, "f", NULL), -EACCES);
	assert_true(keep(SEL_UNDO_REMOVE, "f", NULL) != 0);
	assert_int_equal(sel_undo_totals(rig.u).files, 0);
}

static void a_full_disk_keeps_nothing_by_halves(void **state)
{
	char text[65537], fill[PATH_MAX];
	int fd;

	(void)state;
	if (geteuid() != 0 || mkdir(rig.kept, 0700) < 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", rig.kept, "tmpfs", 0, "size=64k,mode=0700") < 0) {
		print_message("skipped: no mount of our own can be made\n");
		skip();
	}
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	put("small", "old");
	put("f", text);
	/* Not even the journal can begin; as soon as it can, it does. */
	(void)snprintf(fill, sizeof fill, "%s/fill", rig.kept);
	fd = open(fill, O_WRONLY | O_CREAT, 0600);
	while (write(fd, text, 4096) > 0)
		;
	(void)close(fd);
	assert_int_equal(keep(SEL_UNDO_WRITE, "small", NULL), -ENOSPC);
	assert_int_equal(unlink(fill), 0);
	assert_true(keep(SEL_UNDO_WRITE, "small", NULL) > 0);
	assert_int_equal(keep(SEL_UNDO_WRITE, "f", NULL), -ENOSPC);
	assert_int_equal(sel_undo_totals(rig.u).not_kept, 2);
	put("small", "new");
	put("f", "new");
	end(false);
	assert_int_equal(restore_all("s1", false), 1);
	assert_string_equal(get("small"), "old");
	assert_int_equal(umount2(rig.kept, MNT_DETACH), 0);
}

/* --- conflicts
 * ------------------------------------------------------------------------------------------- */

static void what_changed_since_is_a_conflict(void **state)
{
	struct sel_undo_plan *p;
	struct found f;

	(void)state;
	put("changed", "old");
	put("came", "old");
	put("went", "old");
	assert_true(keep(SEL_UNDO_WRITE, "changed", NULL) > 0);
	assert_true(keep(SEL_UNDO_REMOVE, "came", NULL) > 0);
	assert_true(keep(SEL_UNDO_WRITE, "went", NULL) > 0);
	put("changed", "run");
	put("went", "run");
	assert_int_equal(unlink(at("came")), 0);
	end(false);
	put("changed", "mine, later");
	put("came", "mine");
	assert_int_equal(unlink(at("went")), 0);
	p = plan("s1");
	f = look(p, "changed");
	for (size_t i = 0; i < f.n; i++)
		assert_int_equal(sel_undo_restore(p, f.all[i], false), -EUCLEAN);
	assert_int_equal(f.n, 3);
	assert_string_equal(get("changed"), "mine, later");
	assert_string_equal(get("came"), "mine");
	assert_string_equal(get("went"), "(absent)");
	for (size_t i = 0; i < f.n; i++)
		assert_int_equal(sel_undo_restore(p, f.all[i], true), 1);
	assert_string_equal(get("changed"), "old");
	assert_string_equal(get("came"), "old");
	char backup[64];
	(void)snprintf(backup, sizeof backup, "%s", sel_undo_plan_backup(p));
	sel_undo_plan_free(p);
	assert_int_equal(restore_all(backup, false), 0);
	assert_string_equal(get("changed"), "mine, later");
	assert_string_equal(get("came"), "mine");
}

/* Who held it open, or has it by another name, writes to the very inode that is kept. */
static void what_was_written_to_after_its_removal_is_a_conflict(void **state)
{
	int fd;

	(void)state;
	put("held", "old");
	put("linked", "old");
	put("left", "old");
	assert_int_equal(link(at("linked"), at("other")), 0);
	fd = open(at("held"), O_WRONLY | O_APPEND);
	assert_true(keep(SEL_UNDO_REMOVE, "held", NULL) > 0);
	assert_true(keep(SEL_UNDO_REMOVE, "linked", NULL) > 0);
	assert_true(keep(SEL_UNDO_REMOVE, "left", NULL) > 0);
	assert_int_equal(unlink(at("held")), 0);
	assert_int_equal(unlink(at("linked")), 0);
	assert_int_equal(unlink(at("left")), 0);
	assert_int_equal(write(fd, " and new", 8), 8);
	assert_int_equal(close(fd), 0);
	put("other", "new");
	end(false);
	assert_int_equal(state_of("held"), SEL_UNDO_CONFLICT);
	assert_int_equal(state_of("linked"), SEL_UNDO_CONFLICT);
	assert_int_equal(state_of("left"), SEL_UNDO_READY);
	assert_int_equal(restore_all("s1", false), 2);
	assert_string_equal(get("held"), "(absent)");
	assert_string_equal(get("left"), "old");
	assert_int_equal(restore_all("s1", true), 0);
	assert_string_equal(get("held"), "old and new"); /* all that there is of it */
}

static void a_killed_broker_leaves_enough(void **state)
{
	(void)state;
	put("f", "old");
	put("g", "old");
	assert_true(keep(SEL_UNDO_WRITE, "f", NULL) > 0);
	assert_true(keep(SEL_UNDO_REMOVE, "g", NULL) > 0);
	put("f", "new");
	assert_int_equal(unlink(at("g")), 0);
	end(true);
	append_to_journal("{\"n\":3,\"why\":\"wri"); /* the line it was writing */
	assert_int_equal(restore_all("s1", false), 0);
	assert_string_equal(get("f"), "old");
	assert_string_equal(get("g"), "old");
}

static void a_plan_of_a_running_session_restores_nothing(void **state)
{
	struct sel_undo_plan *early, *one, *two;
	struct found f;

	(void)state;
	put("f", "old");
	assert_true(keep(SEL_UNDO_WRITE, "f", NULL) > 0);
	put("f", "new");
	early = plan("s1");
	assert_true(sel_undo_plan_running(early));
	f = look(early, "f");
	assert_int_equal(sel_undo_restore(early, f.all[0], true), -EBUSY);
	end(false);
	/* It has not seen the end. */
	assert_int_equal(sel_undo_restore(early, f.all[0], true), -EBUSY);
	sel_undo_plan_free(early);
	/* Of two that read it, neither goes on while the other might. */
	one = plan("s1");
	two = plan("s1");
	assert_int_equal(sel_undo_restore(one, f.all[0], false), -EBUSY);
	assert_string_equal(get("f"), "new");
	sel_undo_plan_free(one);
	assert_int_equal(sel_undo_restore(two, f.all[0], false), 1);
	assert_string_equal(get("f"), "old");
	sel_undo_plan_free(two);
}

/* --- attacks
 * --------------------------------------------------------------------------------------------- */

static void a_symlink_in_a_parents_place_is_not_followed(void **state)
{
	(void)state;
	assert_int_equal(mkdir(at("d"), 0755), 0);
	assert_int_equal(mkdir(at("victim"), 0755), 0);
	put("d/f", "old");
	put("d/g", "old");
	put("victim/f", "precious");
	assert_true(keep(SEL_UNDO_WRITE, "d/f", NULL) > 0);
	assert_true(keep(SEL_UNDO_REMOVE, "d/g", NULL) > 0);
	put("d/f", "run");
	assert_int_equal(unlink(at("d/g")), 0);
	end(false);
	assert_int_equal(rename(at("d"), at("away")), 0);
	assert_int_equal(symlink("victim", at("d")), 0);
	assert_int_equal(restore_all("s1", true), 2);
	assert_string_equal(get("victim/f"), "precious");
	assert_string_equal(get("victim/g"), "(absent)");
}

static void a_journal_cannot_lead_elsewhere(void **state)
{
	static const char *const lines[] = {
		("{\"n\":7,\"why\":\"rmdir\",\"path\":\"/var/tmp/../etc/"
		 "x\",\"mode\":16877,\"ino\":1}\n"),
		"{\"n\":8,\"why\":\"rmdir\",\"path\":\"relative\",\"mode\":16877,\"ino\":1}\n",
		"{\"n\":9,\"why\":\"move\",\"path\":\"/x\",\"mode\":16877,\"ino\":1}\n",
		"{\"n\":-1,\"why\":\"rmdir\",\"path\":\"/x\"}\n",
		"{\"n\":10,\"why\":\"nonsense\",\"path\":\"/x\"}\n",
		"not json\n",
		"[1,2]\n",
		"{\"end\":99,\"was\":7,\"orig\":{}}\n{\"undone\":-3}\n{\"shift\":5}\n",
	};
	struct sel_undo_plan *p;

	(void)state;
	put("f", "old");
	assert_true(keep(SEL_UNDO_WRITE, "f", NULL) > 0);
	put("f", "new");
	end(false);
	for (size_t i = 0; i < SEL_N(lines); i++)
		append_to_journal(lines[i]);
	p = plan("s1");
	assert_int_equal(look(p, NULL).n, 1);
	sel_undo_plan_free(p);
	assert_int_equal(restore_all("s1", false), 0);
	assert_string_equal(get("f"), "old");
}

static void nor_can_the_names_that_it_gives(void **state)
{
	static const char *const to[] = {"rel", "", "/..", "/var/tmp/../../etc/x", "//x"};
	char line[2 * PATH_MAX + 2048];
	struct sel_undo_plan *p;

	(void)state;
	put("g", "old");
	assert_true(keep(SEL_UNDO_MOVE, "g", "h") > 0);
	assert_int_equal(rename(at("g"), at("h")), 0);
	end(false);
	for (size_t i = 0; i < SEL_N(to); i++) {
		(void)snprintf(line, sizeof line, "{\"shift\":{\"from\":\"%s\",\"to\":\"%s\"}}\n",
			       at("h"), to[i]);
		append_to_journal(line);
	}
	/* longer than any path */
	(void)snprintf(line, sizeof line,
		       "{\"n\":9,\"why\":\"remove\",\"mode\":33188,\"ino\":1,\"path\":\"/%0*d\"}\n",
		       PATH_MAX, 0);
	append_to_journal(line);
	p = plan("s1");
	assert_string_equal(look(p, "g").e.to, at("h"));
	assert_int_equal(look(p, NULL).n, 1);
	sel_undo_plan_free(p);
	assert_int_equal(restore_all("s1", false), 0);
	assert_string_equal(get("g"), "old");
}

static void names_of_sessions_are_names(void **state)
{
	static const char *const bad[] = {"", ".", "..", "../x", "a/b", ".hidden", "a b", "\n"};
	struct sel_undo *u;
	struct sel_undo_plan *p;

	(void)state;
	for (size_t i = 0; i < SEL_N(bad); i++) {
		assert_int_equal(sel_undo_new(rig.kept, bad[i], &u), -EINVAL);
		assert_int_equal(sel_undo_plan_read(rig.kept, bad[i], &p), -ENOENT);
	}
	assert_int_equal(sel_undo_plan_read(rig.kept, "last", &p), -ENOENT);
}

/* --- several at once
 * --------------------------------------------------------------------------------------- */

static void *keep_them(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100; i++) {
		char path[PATH_MAX];
		int fd;

		(void)snprintf(path, sizeof path, "%s/f%d", rig.work, i);
		fd = open(path, O_PATH);
		if (fd < 0 || sel_undo_keep(rig.u, SEL_UNDO_WRITE, path, fd, NULL) < 0)
			return "failed";
		(void)close(fd);
		/* whoever was second must have waited for the first */
		fd = open(path, O_WRONLY | O_TRUNC);
		if (fd < 0 || write(fd, "new", 3) != 3)
			return "failed";
		(void)close(fd);
	}
	return NULL;
}

static void threads_keep_each_once_and_whole(void **state)
{
	pthread_t threads[6];
	char name[16], text[3000];

	(void)state;
	memset(text, 'o', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof name, "f%d", i);
		put(name, text);
	}
	for (size_t i = 0; i < SEL_N(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, keep_them, NULL), 0);
	for (size_t i = 0; i < SEL_N(threads); i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(sel_undo_totals(rig.u).files, 100);
	end(false);
	assert_int_equal(restore_all("s1", false), 0);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof name, "f%d", i);
		assert_string_equal(get(name), text);
	}
}

/* --- pruning
 * ------------------------------------------------------------------------------------------------
 */

static int count(const struct sel_undo_session *s, void *ctx)
{
	(void)s;
	++*(int *)ctx;
	return 0;
}
static int sessions(void)
{
	int n = 0;

	assert_int_equal(sel_undo_sessions(rig.kept, count, &n), 0);
	return n;
}

static void old_sessions_go_running_ones_stay(void **state)
{
	struct sel_undo *running = NULL;
	usec_t now = sel_now_real(), day = 24 * 3600 * USEC_PER_SEC;

	(void)state;
	assert_int_equal(sel_undo_prune(rig.kept, now), 0); /* there is nothing yet */
	put("f", "old");
	assert_true(keep(SEL_UNDO_REMOVE, "f", NULL) > 0);
	assert_int_equal(unlink(at("f")), 0);
	end(false);
	assert_int_equal(sel_undo_new(rig.kept, "s2", &running), 0);
	put("g", "old");
	int fd = open(at("g"), O_PATH);
	assert_true(sel_undo_keep(running, SEL_UNDO_WRITE, at("g"), fd, NULL) > 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(sessions(), 2);
	assert_int_equal(sel_undo_prune_to(rig.kept, now + day, 2 * day, SEL_UNDO_TOTAL_MAX), 0);
	assert_int_equal(sessions(), 2);
	assert_int_equal(sel_undo_prune(rig.kept, now + 31 * day), 1);
	assert_int_equal(sessions(), 1);
	assert_int_equal(sel_undo_prune_to(rig.kept, now + 90 * day, 0, 0), 0); /* it runs */
	sel_undo_free(running);
	assert_int_equal(sel_undo_prune(rig.kept, now + 31 * day), 0); /* once an hour */
	assert_int_equal(sel_undo_prune_to(rig.kept, now + 90 * day, 0, 0), 1);
	assert_int_equal(sessions(), 0);
}

static void the_oldest_go_when_it_is_too_much(void **state)
{
	static const char *const ids[] = {"s1", "s2", "s3"};
	usec_t now = sel_now_real(), year = 365 * 24 * 3600 * USEC_PER_SEC;
	char text[20001], path[PATH_MAX];
	struct stat st;

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	for (size_t i = 0; i < SEL_N(ids); i++) {
		if (i > 0)
			assert_int_equal(sel_undo_new(rig.kept, ids[i], &rig.u), 0);
		put("f", text);
		assert_true(keep(SEL_UNDO_WRITE, "f", NULL) > 0);
		assert_true(keep(SEL_UNDO_REMOVE, "f", NULL) >= 0);
		assert_int_equal(unlink(at("f")), 0);
		end(false);
	}
	/* One that cannot be removed keeps no other from it. */
	(void)snprintf(path, sizeof path, "%s/s2/folder", rig.kept);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(sel_undo_prune_to(rig.kept, now, year, 200000), 0);
	assert_int_equal(sel_undo_prune_to(rig.kept, now, year, 40000), 1);
	(void)snprintf(path, sizeof path, "%s/s3", rig.kept);
	assert_int_equal(stat(path, &st), 0); /* the newest stays */
	(void)snprintf(path, sizeof path, "%s/s1", rig.kept);
	assert_int_equal(stat(path, &st), -1);
}

/* --- any order of things: names, contents and removals mixed, against what was there before
 * ------------------ */

#define N_NAMES 9
static const char *const names[N_NAMES] = {"a",	   "b",	   "c",	     "d1/a",  "d1/b",
					   "d2/a", "d2/b", "d1/s/a", "d2/s/a"};
static const char *const folders[] = {"d1", "d2", "d1/s", "d2/s", "d3", "d1/t"};

static unsigned next(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % n;
}

static void new_file(const char *name, unsigned seed)
{
	char text[32];
	int fd = open(at(name), O_PATH | O_NOFOLLOW);
	struct stat st;

	(void)snprintf(text, sizeof text, "new %u", seed);
	if (fd >= 0) { /* an old one, or ours: opened for writing */
		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
			assert_true(sel_undo_keep(rig.u, SEL_UNDO_WRITE, at(name), fd, NULL) >= 0);
			put(name, text);
		}
		(void)close(fd);
		return;
	}
	fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return; /* no such folder now */
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	sel_undo_made(rig.u, fd);
	(void)close(fd);
}

static void any_rename(const char *from, const char *to, bool swap)
{
	char a[PATH_MAX], b[PATH_MAX];
	struct stat sa, sb;
	int moved = 0, taken = 0;

	(void)snprintf(a, sizeof a, "%s", at(from));
	(void)snprintf(b, sizeof b, "%s", at(to));
	_cleanup_close_ int fa = open(a, O_PATH | O_NOFOLLOW), fb = open(b, O_PATH | O_NOFOLLOW);
	if (fa < 0 || (swap && fb < 0) || strcmp(a, b) == 0 || fstat(fa, &sa) < 0)
		return;
	if (fb >= 0 && fstat(fb, &sb) == 0 && sa.st_ino == sb.st_ino)
		return;
	if (swap) {
		moved = sel_undo_swap(rig.u, a, fa, b, fb);
	} else {
		if (fb >= 0)
			taken = sel_undo_keep(
				rig.u, S_ISDIR(sb.st_mode) ? SEL_UNDO_RMDIR : SEL_UNDO_REPLACE, b,
				fb, NULL);
		moved = sel_undo_keep(rig.u, SEL_UNDO_MOVE, a, fa, b);
	}
	assert_true(moved >= 0 && taken >= 0);
	if (syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, swap ? RENAME_EXCHANGE : 0) < 0) {
		sel_undo_cancel(rig.u, taken);
		sel_undo_cancel(rig.u, moved);
	}
}

static void any_removal(const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof path, "%s", at(name));
	_cleanup_close_ int fd = open(path, O_PATH | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	int kept = sel_undo_keep(rig.u, S_ISDIR(st.st_mode) ? SEL_UNDO_RMDIR : SEL_UNDO_REMOVE,
				 path, fd, NULL);
	assert_true(kept >= 0);
	if (remove(path) < 0)
		sel_undo_cancel(rig.u, kept);
}

static void any_folder(const char *name)
{
	if (mkdir(at(name), 0755) < 0)
		return;
	int fd = open(at(name), O_PATH);
	sel_undo_made(rig.u, fd);
	(void)close(fd);
}

static void any_step(unsigned *seed)
{
	const char *name = names[next(seed, N_NAMES)], *other = names[next(seed, N_NAMES)];
	const char *folder = folders[next(seed, SEL_N(folders))];
	const char *folder2 = folders[next(seed, SEL_N(folders))];

	switch (next(seed, 9)) {
	case 0:
	case 1:
		new_file(name, *seed);
		break;
	case 2:
		any_removal(name);
		break;
	case 3:
	case 4:
		any_rename(name, other, false);
		break;
	case 5:
		any_rename(folder, folder2, false);
		break;
	case 6:
		/* One draw a statement: arguments are evaluated in any order. */
		name = next(seed, 2) ? name : folder;
		other = next(seed, 2) ? other : folder2;
		any_rename(name, other, true);
		break;
	case 7:
		any_removal(folder);
		break;
	default:
		any_folder(folder);
		break;
	}
}

static void play_and_undo(unsigned start, void **state)
{
	unsigned seed = start;

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(mkdir(at(folders[i]), 0755), 0);
	for (size_t i = 0; i < N_NAMES; i++)
		put(names[i], names[i]);
	for (unsigned i = 0; i < 4 + start / 16; i++)
		any_step(&seed);
	end(start % 3 == 0);
	size_t failed = 0;
	struct stat st;
	char session[PATH_MAX];
	(void)snprintf(session, sizeof session, "%s/s1", rig.kept);
	if (stat(session, &st) == 0)
		failed = restore_all("s1", false);
	for (size_t i = 0; i < N_NAMES; i++)
		if (strcmp(get(names[i]), names[i]) != 0)
			fail_msg("seed %u: '%s' is '%s'", start, names[i], get(names[i]));
	if (failed)
		fail_msg("seed %u: %zu could not be brought back", start, failed);
	assert_int_equal(tear_down(state), 0);
	assert_int_equal(set_up(state), 0);
}

static void any_order_of_things_comes_back(void **state)
{
	/* Longer ones, each of which once did not. */
	static const unsigned more[] = {647,  706,  760,  796,	820,  883,  967,  983,
					1000, 1037, 1074, 1131, 1167, 1184, 1194, 1207,
					1234, 1303, 1322, 1392, 1442, 1452, 1454};

	for (unsigned start = 1; start <= 600; start++)
		play_and_undo(start, state);
	for (size_t i = 0; i < SEL_N(more); i++)
		play_and_undo(more[i], state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_made_before_something_is_kept),
		TEST(what_was_overwritten_comes_back),
		TEST(what_was_removed_comes_back_as_the_same_file),
		TEST(links_folders_and_fifos_come_back),
		TEST(holes_stay_holes),
		TEST(several_names_stay_one_file),
		TEST(what_the_run_made_is_not_kept),
		TEST(too_large_a_file_is_not_kept_and_said),
		TEST(a_second_name_needs_no_copy_and_has_no_such_limit),
		TEST(a_session_keeps_so_much),
		TEST(what_cannot_be_read_is_not_kept_and_said),
		TEST(what_changed_since_is_a_conflict),
		TEST(what_was_written_to_after_its_removal_is_a_conflict),
		TEST(a_killed_broker_leaves_enough),
		TEST(a_plan_of_a_running_session_restores_nothing),
		TEST(a_symlink_in_a_parents_place_is_not_followed),
		TEST(a_journal_cannot_lead_elsewhere),
		TEST(nor_can_the_names_that_it_gives),
		TEST(names_of_sessions_are_names),
		TEST(threads_keep_each_once_and_whole),
		TEST(old_sessions_go_running_ones_stay),
		TEST(the_oldest_go_when_it_is_too_much),
		TEST(any_order_of_things_comes_back),
		TEST(a_full_disk_keeps_nothing_by_halves), /* last: it leaves the mount namespace */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
