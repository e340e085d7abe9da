/* Secrets behind masks, in a real sandbox: what is shown, what waits, what is refused. */
#include "mask_box.h"

#include "boundary/joiner.h"
#include "mask/mask.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/mman.h>

#define ASKED_MAX 512
#define PATIENCE  1500 /* times 20 ms: only a broken mask waits so long */

struct fixture {
	struct box box;
	struct sel_joiner *joiner;
	struct sel_mask *mask;
	size_t fds; /* open before */
	pthread_mutex_t lock;
	int verdict; /* what ask returns */
	size_t asked, gone;
	struct {
		uint64_t id;
		pid_t pid;
		char path[PATH_MAX];
		char comm[32];
	} ask[ASKED_MAX];
	uint64_t gone_id[ASKED_MAX];
};

static size_t count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n;
}

static void read_comm(pid_t pid, char *ret, size_t cap)
{
	char name[64];
	ssize_t n;

	(void)snprintf(name, sizeof name, "/proc/%d/comm", pid);
	_cleanup_close_ int fd = open(name, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, ret, cap - 1);
	ret[n > 0 ? n - 1 : 0] = '\0';
}

static int on_ask(const struct sel_mask_request *req, void *ctx)
{
	struct fixture *f = ctx;
	int verdict;

	(void)pthread_mutex_lock(&f->lock);
	if (f->asked < ASKED_MAX) {
		f->ask[f->asked].id = req->id;
		f->ask[f->asked].pid = req->pid;
		(void)snprintf(f->ask[f->asked].path, PATH_MAX, "%s", req->path);
		read_comm(req->pid, f->ask[f->asked].comm, sizeof f->ask[f->asked].comm);
		f->asked++;
	}
	verdict = f->verdict;
	(void)pthread_mutex_unlock(&f->lock);
	return verdict;
}

static void on_gone(uint64_t id, void *ctx)
{
	struct fixture *f = ctx;

	(void)pthread_mutex_lock(&f->lock);
	if (f->gone < ASKED_MAX)
		f->gone_id[f->gone++] = id;
	(void)pthread_mutex_unlock(&f->lock);
}

static size_t peek(struct fixture *f, const size_t *counter)
{
	size_t n;

	(void)pthread_mutex_lock(&f->lock);
	n = *counter;
	(void)pthread_mutex_unlock(&f->lock);
	return n;
}

static void await(struct fixture *f, const size_t *counter, size_t n)
{
	for (int i = 0; i < PATIENCE && peek(f, counter) < n; i++)
		(void)usleep(20000);
	assert_int_equal(peek(f, counter), n);
}

static void decide(struct fixture *f, int verdict)
{
	(void)pthread_mutex_lock(&f->lock);
	f->verdict = verdict;
	(void)pthread_mutex_unlock(&f->lock);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (!f)
		return -1;
	f->fds = count_fds();
	(void)pthread_mutex_init(&f->lock, NULL);
	box_init(&f->box);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sel_joiner_free(f->joiner);
	box_done(&f->box);
	sel_mask_free(f->mask);
	assert_int_equal(count_fds(), f->fds);
	free(f);
	return 0;
}

/* Masks `rel` (a file, or with a '/' at its end a folder) and lets the sandbox go. */
static void start(struct fixture *f, const char *rel)
{
	char path[PATH_MAX];
	size_t n = (size_t)snprintf(path, sizeof path, "%s/%s", f->box.root, rel);
	bool folder = path[n - 1] == '/';

	if (folder)
		path[n - 1] = '\0';
	struct sel_mask_mount mount = {.path = path, .folder = folder};
	box_start(&f->box, NULL);
	assert_int_equal(sel_joiner_start(f->box.child, &mount, 1, &f->joiner), 0);
	assert_int_equal(mount.error, 0);
	struct sel_mask_item item = {.path = path, .folder = folder, .fuse_fd = mount.fuse_fd};
	assert_int_equal(sel_mask_start(&item, 1, on_ask, on_gone, f, &f->mask), 0);
	box_release(&f->box);
	box_send(&f->box, "cd %s", f->box.root);
}

/* A file of 300,001 bytes that are not all the same; gives its `cksum` line as run() would show it.
 */
static const char *write_big(const struct box *b, const char *rel)
{
	static char expect[256];
	char *text = calloc(1, 300002), command[PATH_MAX + 32];
	FILE *p;

	assert_non_null(text);
	for (uint32_t i = 0, x = 1; i < 300001; i++, x = x * 1664525 + 1013904223)
		text[i] = (char)('!' + (x >> 24) % 90);
	box_write(b, rel, text, 0600);
	free(text);
	(void)snprintf(command, sizeof command, "cksum < %s", box_path(b, rel));
	p = popen(command, "re");
	assert_non_null(p);
	assert_non_null(fgets(expect, sizeof expect - 8, p));
	(void)pclose(p);
	(void)strcpy(strchr(expect, '\n'), "|0");
	return expect;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in '%s'", part, text);
}

/* --- a file --- */

static void an_open_waits_for_the_answer_and_then_reads_the_same_bytes(void **state)
{
	struct fixture *f = *state;
	const char *expect = write_big(&f->box, "secret");

	start(f, "secret");
	box_send(&f->box, "cksum < secret; echo '#done'");
	await(f, &f->asked, 1);
	assert_true(box_quiet(&f->box, 200));
	assert_string_equal(f->ask[0].path, box_path(&f->box, "secret"));
	sel_mask_answer(f->mask, f->ask[0].id, 0);
	assert_memory_equal(box_line(&f->box), expect, strlen(expect) - 2);
	assert_string_equal(box_line(&f->box), "#done");
	assert_int_equal(peek(f, &f->gone), 0);
}

static void a_refused_open_fails_with_the_errno_of_the_answer(void **state)
{
	struct fixture *f = *state;

	box_write(&f->box, "secret", "s3cret", 0600);
	start(f, "secret");
	box_send(&f->box, "cat secret 2>&1");
	await(f, &f->asked, 1);
	assert_string_equal(f->ask[0].comm, "cat");
	sel_mask_answer(f->mask, f->ask[0].id, -EACCES);
	assert_has(box_line(&f->box), "Permission denied");
	decide(f, -EPERM);
	assert_has(box_run(&f->box, "cat secret"), "Operation not permitted");
}

static void each_open_is_asked_about_and_a_refused_one_reads_nothing_cached(void **state)
{
	struct fixture *f = *state;

	box_write(&f->box, "secret", "s3cret", 0600);
	start(f, "secret");
	decide(f, 1);
	assert_string_equal(box_run(&f->box, "exec 5< secret; cat secret"), "s3cret|0");
	decide(f, -EACCES);
	assert_has(box_run(&f->box, "cat secret"), "Permission denied");
	assert_has(box_run(&f->box, "cat /proc/$$/fd/5"), "Permission denied"); /* opens anew */
	assert_string_equal(box_run(&f->box, "cat <&5"), "s3cret|0"); /* that one was allowed */
	assert_int_equal(peek(f, &f->asked), 4);
}

static void no_answer_can_switch_the_asking_off(void **state)
{
	static const struct {
		int verdict;
		const char *why;
	} row[] = {
		{-ENOSYS, "ENOSYS to an open makes the kernel let every later one through"},
		{-1000, "out of the range the kernel takes: the opener would hang"},
		{7, "neither now, nor later, nor an error"},
		{INT32_MIN, "has no positive counterpart"},
	};
	struct fixture *f = *state;

	box_write(&f->box, "secret", "s3cret", 0600);
	start(f, "secret");
	for (size_t i = 0; i < SEL_N(row); i++) {
		decide(f, row[i].verdict);
		if (strcmp(box_run(&f->box, "cat secret"), "cat: secret: Permission denied|1") != 0)
			fail_msg("%s", row[i].why);
		decide(f, 0);
		box_send(&f->box, "cat secret 2>&1");
		await(f, &f->asked, 2 * i + 2);
		sel_mask_answer(f->mask, f->ask[2 * i + 1].id, row[i].verdict);
		assert_string_equal(box_line(&f->box), "cat: secret: Permission denied");
	}
}

static void names_and_attributes_are_shown_without_asking(void **state)
{
	struct fixture *f = *state;

	box_write(&f->box, "secret", "s3cret", 0600);
	start(f, "secret");
	assert_string_equal(box_run(&f->box, "stat -c '%s %a' secret; test -O secret; echo $?"),
			    "6 600/0|0");
	assert_string_equal(box_run(&f->box, "test -r secret && ! test -w secret"), "|0");
	assert_int_equal(peek(f, &f->asked), 0);
}

static void what_fails_natively_is_not_asked_about(void **state)
{
	struct fixture *f = *state;

	box_write(&f->box, "secret", "s3cret", 0200);
	start(f, "secret");
	decide(f, 1);
	assert_has(box_run(&f->box, "cat secret"), "Permission denied");
	assert_int_equal(peek(f, &f->asked), 0);
}

static void a_change_outside_is_seen(void **state)
{
	struct fixture *f = *state;

	box_write(&f->box, "secret", "old", 0600);
	start(f, "secret");
	decide(f, 1);
	assert_string_equal(box_run(&f->box, "cat secret"), "old|0");
	box_write(&f->box, "secret", "new and longer", 0600);
	assert_string_equal(box_run(&f->box, "cat secret"), "new and longer|0");
	assert_string_equal(box_run(&f->box, "stat -c %s secret"), "14|0");
}

static void it_can_be_mapped(void **state)
{
	struct fixture *f = *state;

	(void)write_big(&f->box, "secret");
	start(f, "secret");
	decide(f, 1);
	assert_string_equal(box_run(&f->box, "/proc/self/fd/90 --map secret"), "|0");
}

static void nothing_can_be_written_or_executed(void **state)
{
	static const char *const command[] = {
		"echo x > secret",	  "echo x >> secret",	   "truncate -s 0 secret",
		"chmod 777 secret",	  "touch secret",	   "rm -f secret",
		"mv secret other",	  "ln secret other",	   "echo x > keys/new",
		"rm -f keys/script",	  "mkdir keys/d",	   "mv keys/script keys/x",
		"ln -s a keys/l",	  "chmod 777 keys/script", "mv keys gone",
		"ln keys/script keys/ln", "rmdir keys/sub",	   "echo x <> keys/script >&0",
	};
	struct fixture *f = *state;
	struct box *b = &f->box;

	box_write(b, "secret", "s3cret", 0600);
	box_mkdir(b, "keys");
	box_mkdir(b, "keys/sub");
	box_write(b, "keys/script", "#!/bin/sh\necho ran\n", 0755);
	start(f, "keys/");
	decide(f, 1);
	for (size_t i = 0; i < SEL_N(command); i++) {
		const char *out = box_run(b, command[i]);
		if (strstr(out, "|0") || !(strstr(out, "Read-only") || strstr(out, "busy")))
			fail_msg("%s: %s", command[i], out);
	}
	assert_has(box_run(b, "keys/script"), "Permission denied|126");
	assert_int_equal(peek(f, &f->asked), 0);
	assert_string_equal(box_run(b, "cat keys/script"), "#!/bin/sh/echo ran|0");
}

/* --- waiting --- */

static void a_flood_of_opens_is_bounded(void **state)
{
	struct fixture *f = *state;
	size_t in = 0, out = 0;

	box_write(&f->box, "secret", "s3cret", 0600);
	start(f, "secret");
	box_send(&f->box,
		 "for i in $(seq 300); do (exec 5< secret && echo in) 2>&1 & done; wait; echo end");
	await(f, &f->asked, 256);
	for (; out < 44; out++)
		assert_has(box_line(&f->box), "Too many open files");
	assert_true(box_quiet(&f->box, 100));
	for (size_t i = 0; i < 256; i++)
		sel_mask_answer(f->mask, f->ask[i].id, 0);
	while (strcmp(box_line(&f->box), "in") == 0)
		in++;
	assert_int_equal(in, 256);
	/* and the places are free again */
	decide(f, 1);
	assert_string_equal(box_run(&f->box, "cat secret"), "s3cret|0");
}

static void too_many_files_held_open_are_refused_and_cost_nothing_later(void **state)
{
	struct fixture *f = *state;

	box_write(&f->box, "secret", "s3cret", 0600);
	start(f, "secret");
	decide(f, 1);
	/* The limit is the masks' own or the broker's on descriptors, whichever is met first. */
	assert_has(box_run(&f->box, "ulimit -n 4096; (for i in $(seq 100 1200); do "
				    "eval \"exec $i< secret\" || exit 3; done) 2>&1 | tail -n 1"),
		   "Too many open files");
	assert_string_equal(box_run(&f->box, "cat secret"), "s3cret|0");
}

static void a_killed_opener_is_reported_gone(void **state)
{
	struct fixture *f = *state;

	box_write(&f->box, "secret", "s3cret", 0600);
	start(f, "secret");
	for (size_t i = 0; i < 3; i++) {
		box_send(&f->box, "cat secret & p=$!");
		await(f, &f->asked, i + 1);
		box_send(&f->box, "kill -9 $p; wait $p; echo $?");
		assert_string_equal(box_line(&f->box), "137");
		await(f, &f->gone, i + 1);
		assert_true(f->gone_id[i] == f->ask[i].id);
		sel_mask_answer(f->mask, f->ask[i].id, 0); /* too late: nobody there */
	}
	sel_mask_answer(f->mask, 0, 0);
	sel_mask_answer(f->mask, UINT64_MAX, 0);
	decide(f, -EACCES);
	assert_has(box_run(&f->box, "cat secret"), "Permission denied");
}

static void housekeeping_signals_leave_it_waiting_and_stopping_ones_do_not(void **state)
{
	static const char opener[] =
		"bash -c 'trap : USR1 CHLD WINCH TERM; exec 5< secret; cat <&5; echo' 2>&1 & p=$!";
	struct fixture *f = *state;

	box_write(&f->box, "secret", "s3cret", 0600);
	start(f, "secret");
	box_send(&f->box, opener);
	await(f, &f->asked, 1);
	box_send(&f->box, "kill -USR1 $p; kill -CHLD $p; kill -WINCH $p");
	assert_true(box_quiet(&f->box, 500));
	assert_int_equal(peek(f, &f->gone), 0);
	sel_mask_answer(f->mask, f->ask[0].id, 0);
	assert_string_equal(box_line(&f->box), "s3cret");

	box_send(&f->box, opener);
	await(f, &f->asked, 2);
	box_send(&f->box, "kill -USR1 $p; sleep 0.3; kill -9 $p; wait $p; echo $?");
	assert_string_equal(box_line(&f->box), "137"); /* though the kernel told of the USR1 only */
	await(f, &f->gone, 1);

	/* not a shell: bash opens again and again after EINTR */
	box_send(&f->box, "/proc/self/fd/90 --handler secret & p=$!");
	await(f, &f->asked, 3);
	box_send(&f->box, "kill -TERM $p");
	assert_has(box_line(&f->box), "Interrupted system call");
	await(f, &f->gone, 2);
}

static void the_end_of_the_sandbox_ends_the_waiting(void **state)
{
	struct fixture *f = *state;

	box_write(&f->box, "secret", "s3cret", 0600);
	start(f, "secret");
	decide(f, 1);
	assert_string_equal(box_run(&f->box, "exec 5< secret"), "|0"); /* never closed inside */
	decide(f, 0);
	box_send(&f->box, "cat secret");
	await(f, &f->asked, 2);
	sel_joiner_free(sel_steal_ptr(&f->joiner));
	assert_int_equal(kill(f->box.bwrap, SIGKILL), 0);
	await(f, &f->gone, 1);
}

static void without_its_server_a_mask_refuses(void **state)
{
	struct fixture *f = *state;

	box_write(&f->box, "secret", "s3cret", 0600);
	start(f, "secret");
	box_send(&f->box, "cat secret 2>&1");
	await(f, &f->asked, 1);
	sel_mask_free(sel_steal_ptr(&f->mask));
	assert_has(box_line(&f->box), "Permission denied");
	assert_has(box_run(&f->box, "cat secret"), "not connected");
}

static void the_opener_is_named_by_its_process_as_the_broker_numbers_it(void **state)
{
	struct fixture *f = *state;

	box_write(&f->box, "secret", "s3cret", 0600);
	start(f, "secret");
	/* The opener is a thread of its process, not the first. */
	box_send(&f->box, "/proc/self/fd/90 --thread secret");
	await(f, &f->asked, 1);
	char name[64], line[256];
	(void)snprintf(name, sizeof name, "/proc/%d/status", f->ask[0].pid);
	FILE *status = fopen(name, "re");
	assert_non_null(status);
	bool tgid = false, leader = false;
	while (fgets(line, sizeof line, status)) {
		tgid |= strncmp(line, "Tgid:", 5) == 0 && atoi(line + 5) == f->ask[0].pid;
		leader |= strncmp(line, "Threads:", 8) == 0 && atoi(line + 8) == 2;
	}
	(void)fclose(status);
	assert_true(tgid && leader);
	sel_mask_answer(f->mask, f->ask[0].id, 0);
	assert_string_equal(box_run(&f->box, "true"), "|0");
}

/* --- a folder --- */

static void a_folder_lists_and_what_appears_later_is_covered(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;

	box_mkdir(b, "keys");
	box_mkdir(b, "keys/sub");
	box_write(b, "keys/id", "one", 0600);
	start(f, "keys/");
	assert_string_equal(box_run(b, "ls -A keys"), "id/sub|0");
	assert_int_equal(peek(f, &f->asked), 0);
	box_write(b, "keys/sub/later", "two", 0600);
	assert_string_equal(box_run(b, "ls keys/sub"), "later|0");
	box_send(b, "cat keys/sub/../sub/later; echo");
	await(f, &f->asked, 1);
	assert_string_equal(f->ask[0].path, box_path(b, "keys/sub/later"));
	sel_mask_answer(f->mask, f->ask[0].id, 0);
	assert_string_equal(box_line(b), "two");
	decide(f, -EACCES);
	assert_has(box_run(b, "cat keys/id"), "Permission denied");
	assert_int_equal(unlink(box_path(b, "keys/id")), 0);
	assert_has(box_run(b, "cat keys/id"), "No such file");
}

static void a_folder_of_thousands_lists_whole(void **state)
{
	struct fixture *f = *state;
	char name[64];

	box_mkdir(&f->box, "keys");
	for (int i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof name, "keys/a-name-of-some-length-%d", i);
		box_write(&f->box, name, "", 0600);
	}
	start(f, "keys/");
	assert_string_equal(box_run(&f->box, "ls -l keys | grep -c a-name"), "3000|0");
	assert_string_equal(box_run(&f->box, "find keys -type f | sort -u | wc -l"), "3000|0");
}

static void nothing_below_leads_out_of_the_folder(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;

	box_mkdir(b, "keys");
	box_mkdir(b, "keys/sub");
	box_mkdir(b, "out");
	box_write(b, "keys/sub/f", "inside", 0600);
	box_write(b, "out/f", "outside", 0600);
	assert_int_equal(symlink("../out/f", box_path(b, "keys/link")), 0);
	start(f, "keys/");
	decide(f, 1);
	/* A link is shown as a link: the sandbox's kernel follows it in the sandbox's own tree. */
	assert_string_equal(box_run(b, "readlink keys/link; cat keys/link"), "../out/f/outside|0");
	assert_string_equal(box_run(b, "cat keys/../out/f"), "outside|0");
	assert_int_equal(peek(f, &f->asked), 0);
	/* A folder on the way becomes a link, outside, while the sandbox stands in it. */
	assert_string_equal(box_run(b, "cd keys/sub; cat f"), "inside|0");
	assert_int_equal(rename(box_path(b, "keys/sub"), box_path(b, "keys/was")), 0);
	assert_int_equal(symlink("../out", box_path(b, "keys/sub")), 0);
	const char *out = box_run(b, "cat f");
	assert_null(strstr(out, "outside"));
	assert_null(strstr(out, "|0"));
}

static void an_answer_is_for_the_file_that_was_shown(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;

	box_mkdir(b, "keys");
	box_write(b, "keys/f", "shown", 0600);
	box_write(b, "keys/other", "other", 0600);
	start(f, "keys/");
	box_send(b, "cat keys/f 2>&1; echo");
	await(f, &f->asked, 1);
	assert_int_equal(rename(box_path(b, "keys/other"), box_path(b, "keys/f")), 0);
	sel_mask_answer(f->mask, f->ask[0].id, 0);
	assert_null(strstr(box_line(b), "other"));
}

static void an_open_file_outlives_its_name(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;

	box_mkdir(b, "keys");
	box_write(b, "keys/f", "still here", 0600);
	start(f, "keys/");
	decide(f, 1);
	assert_string_equal(box_run(b, "exec 5< keys/f"), "|0");
	assert_int_equal(unlink(box_path(b, "keys/f")), 0);
	assert_string_equal(box_run(b, "stat -L -c %s /proc/self/fd/5; cat <&5"),
			    "10/still here|0");
}

static void re_binding_around_a_mask_keeps_it(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;

	box_mkdir(b, "work");
	box_write(b, "work/.env", "TOKEN=1", 0600);
	start(f, "work/.env");
	assert_int_equal(sel_joiner_rebind(f->joiner, box_path(b, "work")), 0);
	assert_string_equal(box_run(b, "echo x > work/new"), "|0");
	decide(f, -EACCES);
	assert_has(box_run(b, "cat work/.env"), "Permission denied");
	assert_has(box_run(b, "echo x > work/.env"), "Read-only file system");
	assert_has(box_run(b, "rm -f work/.env"), "busy");
	decide(f, 1);
	assert_string_equal(box_run(b, "cat work/.env"), "TOKEN=1|0");
}

/* What the broker has to mend: the kernel takes a mount away when its file is replaced outside. */
static void a_mask_lost_to_a_replaced_file_is_put_up_again(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;
	char path[PATH_MAX];

	box_write(b, "secret", "old", 0600);
	start(f, "secret");
	decide(f, -EACCES);
	assert_has(box_run(b, "cat secret"), "Permission denied");
	box_write(b, "new", "new", 0600);
	(void)snprintf(path, sizeof path, "%s/secret", b->root);
	assert_int_equal(rename(box_path(b, "new"), path), 0);
	assert_string_equal(box_run(b, "cat secret"), "new|0"); /* bare: nothing can hinder that */
	struct sel_mask_mount mount = {.path = path};
	assert_int_equal(sel_joiner_mask(f->joiner, &mount), 0);
	struct sel_mask_item item = {.path = path, .fuse_fd = mount.fuse_fd};
	assert_int_equal(sel_mask_add(f->mask, &item), 0);
	assert_has(box_run(b, "cat secret"), "Permission denied");
	decide(f, 1);
	assert_string_equal(box_run(b, "cat secret"), "new|0");
	assert_int_equal(peek(f, &f->asked), 3);
}

static void a_folder_can_be_masked_while_the_program_runs(void **state)
{
	struct fixture *f = *state;
	struct box *b = &f->box;
	char path[PATH_MAX];

	box_write(b, "secret", "s3cret", 0600);
	box_mkdir(b, "keys");
	box_write(b, "keys/id", "key", 0600);
	start(f, "secret");
	decide(f, -EACCES);
	assert_string_equal(box_run(b, "cat keys/id"), "key|0");
	(void)snprintf(path, sizeof path, "%s/keys", b->root);
	struct sel_mask_mount mount = {.path = path}; /* as a file: it is none */
	assert_int_equal(sel_joiner_mask(f->joiner, &mount), -EISDIR);
	assert_int_equal(mount.fuse_fd, -1);
	mount.folder = true;
	assert_int_equal(sel_joiner_mask(f->joiner, &mount), 0);
	struct sel_mask_item item = {.path = path, .folder = true, .fuse_fd = mount.fuse_fd};
	assert_int_equal(sel_mask_add(f->mask, &item), 0);
	assert_has(box_run(b, "cat keys/id"), "Permission denied");
	struct sel_mask_mount below = {.path = box_path(b, "keys/id")};
	assert_int_equal(sel_joiner_mask(f->joiner, &below), -EEXIST);
	assert_int_equal(sel_joiner_rebind(f->joiner, path), -EPERM);
}

static int tests(void)
{
	const struct CMUnitTest test[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		CASE(an_open_waits_for_the_answer_and_then_reads_the_same_bytes),
		CASE(a_refused_open_fails_with_the_errno_of_the_answer),
		CASE(each_open_is_asked_about_and_a_refused_one_reads_nothing_cached),
		CASE(no_answer_can_switch_the_asking_off),
		CASE(names_and_attributes_are_shown_without_asking),
		CASE(what_fails_natively_is_not_asked_about),
		CASE(a_change_outside_is_seen),
		CASE(it_can_be_mapped),
		CASE(nothing_can_be_written_or_executed),
		CASE(a_flood_of_opens_is_bounded),
		CASE(too_many_files_held_open_are_refused_and_cost_nothing_later),
		CASE(a_killed_opener_is_reported_gone),
		CASE(housekeeping_signals_leave_it_waiting_and_stopping_ones_do_not),
		CASE(the_end_of_the_sandbox_ends_the_waiting),
		CASE(without_its_server_a_mask_refuses),
		CASE(the_opener_is_named_by_its_process_as_the_broker_numbers_it),
		CASE(a_folder_lists_and_what_appears_later_is_covered),
		CASE(a_folder_of_thousands_lists_whole),
		CASE(nothing_below_leads_out_of_the_folder),
		CASE(an_answer_is_for_the_file_that_was_shown),
		CASE(an_open_file_outlives_its_name),
		CASE(re_binding_around_a_mask_keeps_it),
		CASE(a_mask_lost_to_a_replaced_file_is_put_up_again),
		CASE(a_folder_can_be_masked_while_the_program_runs),
	};

	return cmocka_run_group_tests(test, NULL, NULL);
}

/* --- what this program does inside --- */

static int map_file(const char *path)
{
	static char text[300002];
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof text, 0);

	if (n <= 0)
		return 1;
	char *own = mmap(NULL, (size_t)n, PROT_READ, MAP_PRIVATE, fd, 0);
	char *shared = mmap(NULL, (size_t)n, PROT_READ, MAP_SHARED, fd, 0);
	if (own == MAP_FAILED || shared == MAP_FAILED)
		return 2;
	if (mmap(NULL, (size_t)n, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) != MAP_FAILED)
		return 3;
	return memcmp(own, text, (size_t)n) || memcmp(shared, text, (size_t)n) ? 4 : 0;
}

static void *open_it(void *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	sel_closep(&fd);
	return NULL;
}

static int open_in_thread(char *path)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, open_it, path) || pthread_join(thread, NULL);
}

static void on_term(int sig)
{
	(void)sig;
}

static int open_with_handler(const char *path)
{
	struct sigaction act = {.sa_handler = on_term};

	(void)sigaction(SIGTERM, &act, NULL);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	(void)printf("%s\n", fd < 0 ? strerror(errno) : "open");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--handler") == 0)
		return open_with_handler(argv[2]);
	if (argc == 3 && strcmp(argv[1], "--map") == 0)
		return map_file(argv[2]);
	if (argc == 3 && strcmp(argv[1], "--thread") == 0)
		return open_in_thread(argv[2]);
	return box_main(tests);
}
