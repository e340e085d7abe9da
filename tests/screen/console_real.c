/* The console in a terminal, a real run beside it, and the effect on a real file. */
#include "console_rig.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char *seldom; /* the program under test */

struct run {
	char base[128], file[192], command[512], log[192];
	pid_t pid;
	int status;
	bool ended;
};

/* Not below /tmp: the boundary has its own. */
static void folders(struct run *run)
{
	const char *home = getenv("HOME");
	static const char *const names[] = {"work", "out", "home"};
	char path[192];

	if (geteuid() == 0)
		(void)snprintf(run->base, sizeof run->base, "/var/cache/seldom-screen-XXXXXX");
	else
		(void)snprintf(run->base, sizeof run->base, "%.90s/seldom-screen-XXXXXX",
			       home ? home : "/nonexistent");
	if (!mkdtemp(run->base)) {
		print_message("skipped: no folder outside /tmp\n");
		skip();
	}
	for (size_t i = 0; i < SEL_N(names); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", run->base, names[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	(void)snprintf(run->file, sizeof run->file, "%s/out/file-1", run->base);
	(void)snprintf(run->log, sizeof run->log, "%s/log", run->base);
	(void)snprintf(run->command, sizeof run->command, "echo hello > '%s'", run->file);
}

static void run_child(const struct rig *r, const struct run *run)
{
	char *const argv[] = {"seldom", "run", "--no-popup",	     "--",
			      "sh",	"-c",  (char *)run->command, NULL};
	int log = open(run->log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600),
	    none = open("/dev/null", O_RDONLY);
	char path[192];

	(void)dup2(none, 0);
	(void)dup2(log, 1);
	(void)dup2(log, 2);
	(void)setenv("XDG_RUNTIME_DIR", r->runtime, 1);
	(void)setenv("XDG_STATE_HOME", r->runtime, 1);
	(void)snprintf(path, sizeof path, "%s/home", run->base);
	(void)setenv("HOME", path, 1);
	(void)snprintf(path, sizeof path, "%s/work", run->base);
	if (chdir(path) == 0)
		(void)execv(seldom, argv);
	_exit(127);
}

static bool run_ended(struct rig *r, const char *run)
{
	struct run *of = (struct run *)(uintptr_t)run;

	(void)r;
	if (!of->ended && waitpid(of->pid, &of->status, WNOHANG) == of->pid)
		of->ended = true;
	return of->ended;
}

static bool asks_or_ended(struct rig *r, const char *run)
{
	return run_ended(r, run) || rig_shows(r, "1 waits");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path);
	return 0;
}

/* A run that asks, and the console on its question. */
static void asked(struct rig *r, struct run *run)
{
	char *argv[] = {seldom, NULL};

	*run = (struct run){0};
	folders(run);
	rig_open(r);
	rig_session_end(r); /* only the real broker */
	(void)fflush(NULL);
	run->pid = fork();
	if (run->pid == 0)
		run_child(r, run);
	rig_start(r, 24, 100, argv, NULL);
	rig_until(r, asks_or_ended, (const char *)run);
	if (run->ended && WIFEXITED(run->status) && WEXITSTATUS(run->status) == 125) {
		char why[256] = "";
		int log = open(run->log, O_RDONLY | O_CLOEXEC);

		(void)!read(log, why, sizeof why - 1);
		(void)close(log);
		print_message("skipped: this machine cannot set the boundary up: %s\n", why);
		rig_close(r);
		(void)nftw(run->base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
		skip();
	}
	rig_keys(r, "\r");
	rig_until(r, rig_shows, "y allows");
}

static void done(struct rig *r, struct run *run)
{
	rig_until(r, run_ended, (const char *)run);
	rig_until(r, rig_shows, "Nothing runs under seldom");
	rig_keys(r, "q");
	rig_until(r, rig_ended, NULL);
	rig_assert_restored(r);
	rig_close(r);
	(void)nftw(run->base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void what_is_allowed_happens(void **state)
{
	struct run run;
	struct rig r;

	(void)state;
	asked(&r, &run);
	assert_int_not_equal(access(run.file, F_OK), 0);
	rig_keys(&r, "1");
	rig_until(&r, rig_shows, "y allows, once: ");
	rig_keys(&r, "y");
	rig_until(&r, run_ended, (const char *)&run);
	assert_true(WIFEXITED(run.status) && WEXITSTATUS(run.status) == 0);
	assert_int_equal(access(run.file, F_OK), 0);
	done(&r, &run);
}

static void what_is_denied_does_not_happen(void **state)
{
	struct run run;
	struct rig r;

	(void)state;
	asked(&r, &run);
	rig_keys(&r, "n");
	rig_until(&r, run_ended, (const char *)&run);
	assert_true(WIFEXITED(run.status) && WEXITSTATUS(run.status) != 0);
	assert_int_not_equal(access(run.file, F_OK), 0);
	done(&r, &run);
}

/* Killed while one reads: the question leaves, and nothing was done. */
static void a_run_that_is_killed_leaves_the_screen(void **state)
{
	struct run run;
	struct rig r;

	(void)state;
	asked(&r, &run);
	assert_int_equal(kill(run.pid, SIGKILL), 0);
	rig_until(&r, rig_shows, "Nothing runs under seldom");
	assert_int_not_equal(access(run.file, F_OK), 0);
	done(&r, &run);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_allowed_happens),
		cmocka_unit_test(what_is_denied_does_not_happen),
		cmocka_unit_test(a_run_that_is_killed_leaves_the_screen),
	};

	if (argc != 2) {
		(void)fprintf(stderr, "usage: %s PROGRAM\n", argv[0]);
		return 2;
	}
	seldom = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
