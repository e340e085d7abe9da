#include "test.h"

#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define HOME "/home/ana"

static int parse(struct sel_config *c, const char *text, size_t n, bool admin, char **error)
{
	*error = NULL;
	return sel_config_parse(c, "FILE", text, n, admin, "agent", HOME, error);
}

static void takes_what_the_manual_says(void **state)
{
	static const char text[] = "# a comment\n"
				   "; another\n"
				   "\n"
				   "[scope]\n"
				   "rw = ~/src\n"
				   "rw=$HOME/work/\n"
				   "\trw-no-delete =  /srv/data dir  \n"
				   "ro = ~\n"
				   "secret = /etc/keys#1\n"
				   "env = ANTHROPIC_API_KEY\n"
				   "[ profile agent ]\n"
				   "rw = /opt/agent\n"
				   "[profile other]\n"
				   "rw = /opt/other\n"
				   "env = OTHER\n"
				   "[ask]\n"
				   "timeout = 2m\n"
				   "popup = no\ntmux = yes\nlearn = no\ndecoys = yes\n"
				   "[network]\nnet = no\n"
				   "[notify]\nenabled = no\nterminal = foot --title  seldom";
	struct sel_config c;
	char *error;

	(void)state;
	assert_int_equal(sel_config_init(&c), 0);
	assert_int_equal(c.popup, -1);
	assert_int_equal(c.tmux, -1);
	assert_int_equal(c.learn, -1);
	assert_int_equal(c.decoys, -1);
	assert_int_equal(c.net, -1);
	assert_int_equal(c.notify, -1);
	assert_null(c.terminal);
	assert_null(c.rw[0]);
	assert_int_equal(parse(&c, text, sizeof text - 1, false, &error), 0);
	assert_null(error);
	assert_string_equal(c.rw[0], HOME "/src");
	assert_string_equal(c.rw[1], HOME "/work");
	assert_string_equal(c.rw[2], "/opt/agent");
	assert_null(c.rw[3]);
	assert_string_equal(c.nd[0], "/srv/data dir");
	assert_string_equal(c.ro[0], HOME);
	assert_string_equal(c.secret[0], "/etc/keys#1");
	assert_string_equal(c.env[0], "ANTHROPIC_API_KEY");
	assert_null(c.env[1]);
	assert_true(c.ask_timeout == 120 * USEC_PER_SEC);
	assert_int_equal(c.popup, 0);
	assert_int_equal(c.tmux, 1);
	assert_int_equal(c.learn, 0);
	assert_int_equal(c.decoys, 1);
	assert_int_equal(c.net, 0);
	assert_int_equal(c.notify, 0);
	assert_string_equal(c.terminal, "foot --title  seldom");
	assert_true(c.profile_found);
	sel_config_done(&c);
	sel_config_done(&c); /* twice is fine */
}

static void refuses_everything_else_with_file_and_line(void **state)
{
#define ROW(text, start, why)                                                                      \
	{                                                                                          \
		text, sizeof(text) - 1, start, why                                                 \
	}
	static const struct {
		const char *text;
		size_t n;
		const char *start, *why;
	} row[] = {
		ROW("rw = /x\n", "FILE:1: a key before any section: 'rw'; ", "no section"),
		ROW("[scop]\n", "FILE:1: unknown section 'scop'; ", "a typing error"),
		ROW("[Scope]\n", "FILE:1: unknown section 'Scope'; ", "case"),
		ROW("[scope\n", "FILE:1: no ']' at the end of '[scope'; ", "bracket"),
		ROW("[scope] # x\n", "FILE:1: no ']' at the end of", "no comments behind"),
		ROW("[]\n", "FILE:1: unknown section ''; ", "empty"),
		ROW("[", "FILE:1: no ']' at the end of '['; ", "only the bracket"),
		ROW("[scope]\n\nrww = /x\n", "FILE:3: unknown key 'rww'; ", "a typing error"),
		ROW("[scope]\nRW = /x\n", "FILE:2: unknown key 'RW'; ", "case"),
		ROW("[scope]\n= /x\n", "FILE:2: unknown key ''; ", "no key"),
		ROW("[scope]\npopup = yes\n", "FILE:2: unknown key 'popup'; ",
		    "key of another section"),
		ROW("[ask]\nrw = /x\n", "FILE:2: unknown key 'rw'; ", "key of another section"),
		ROW("[scope]\nrw /x\n", "FILE:2: neither a section nor KEY = VALUE: 'rw /x'; ",
		    "no ="),
		ROW("[scope]\nrw =\n", "FILE:2: no value for 'rw'; ", "no value"),
		ROW("[scope]\nrw = src\n", "FILE:2: not an absolute path: 'src'; ", "relative"),
		ROW("[scope]\nrw = ./src\n", "FILE:2: not an absolute path: './src'; ", "relative"),
		ROW("[scope]\nrw = ~bob/src\n", "FILE:2: not an absolute path: '~bob/src'; ",
		    "another's home"),
		ROW("[scope]\nrw = $HOMEX/src\n", "FILE:2: not an absolute path: '$HOMEX/src'; ",
		    "another variable"),
		ROW("[scope]\nrw = $TMPDIR\n", "FILE:2: not an absolute path: '$TMPDIR'; ",
		    "another variable"),
		ROW("[scope]\nrw = \"/x\"\n", "FILE:2: not an absolute path: '\"/x\"'; ", "quotes"),
		ROW("[scope]\nrw = /a/../b\n", "FILE:2: not a plain path: '/a/../b'; ", "dot-dot"),
		ROW("[scope]\nrw = ~/../b\n", "FILE:2: not a plain path: '~/../b'; ", "dot-dot"),
		ROW("[scope]\nrw = /a//b\n", "FILE:2: not a plain path: '/a//b'; ", "two slashes"),
		ROW("[scope]\nenv = A=b\n", "FILE:2: not the name of a variable: 'A=b'; ",
		    "a value"),
		ROW("[scope]\nenv = $A\n", "FILE:2: not the name of a variable: '$A'; ", "dollar"),
		ROW("[scope]\nenv = A B\n", "FILE:2: not the name of a variable: 'A B'; ",
		    "two names"),
		ROW("[scope]\nenv = 1A\n", "FILE:2: not the name of a variable: '1A'; ",
		    "digit in front"),
		ROW("[scope]\nenv = *\n", "FILE:2: not the name of a variable: '*'; ",
		    "no patterns"),
		ROW("[ask]\ntimeout = 4\n", "FILE:2: not a time from 5s to 1h: '4'; ", "too short"),
		ROW("[ask]\ntimeout = 0\n", "FILE:2: not a time", "zero is not for ever"),
		ROW("[ask]\ntimeout = 3601\n", "FILE:2: not a time", "too long"),
		ROW("[ask]\ntimeout = 2h\n", "FILE:2: not a time", "too long"),
		ROW("[ask]\ntimeout = -5\n", "FILE:2: not a time", "negative"),
		ROW("[ask]\ntimeout = 5 m\n", "FILE:2: not a time", "a blank inside"),
		ROW("[ask]\ntimeout = 5d\n", "FILE:2: not a time", "unknown unit"),
		ROW("[ask]\ntimeout = m\n", "FILE:2: not a time", "no number"),
		ROW("[ask]\ntimeout = 18446744073709551621\n", "FILE:2: not a time",
		    "wraps around to 5"),
		ROW("[ask]\ntimeout = 0x10\n", "FILE:2: not a time", "hexadecimal"),
		ROW("[ask]\ntimeout = 10\ntimeout = 20\n", "FILE:3: set twice: 'timeout'; ",
		    "which one?"),
		ROW("[ask]\nlearn = maybe\n", "FILE:2: neither yes nor no: 'maybe'; ", "learn"),
		ROW("[scope]\ndecoys = yes\n", "FILE:2: unknown key 'decoys'; ", "section"),
		ROW("[ask]\nnet = no\n", "FILE:2: unknown key 'net'; ", "section"),
		ROW("[network]\ndecoys = yes\n", "FILE:2: unknown key 'decoys'; the key of",
		    "section"),
		ROW("[notify]\nnotify = no\n", "FILE:2: unknown key 'notify'; keys of",
		    "of [lock]"),
		ROW("[ask]\nenabled = no\n", "FILE:2: unknown key 'enabled'; ", "section"),
		ROW("[notify]\nterminal = sh -c \"x\"\n", "FILE:2: not plain words: ", "quotes"),
		ROW("[notify]\nterminal = $TERMINAL\n", "FILE:2: not plain words: ", "no shell"),
		ROW("[notify]\nterminal = foot\nterminal = st\n", "FILE:3: set twice: ", "which?"),
		ROW("[network]\nnet = open\n", "FILE:2: neither yes nor no: 'open'; ", "a word"),
		ROW("[network]\nnet = no\nnet = yes\n", "FILE:3: set twice: 'net'; ", "which?"),
		ROW("[ask]\npopup = true\n", "FILE:2: neither yes nor no: 'true'; ",
		    "another word"),
		ROW("[ask]\npopup = Yes\n", "FILE:2: neither yes nor no: 'Yes'; ", "case"),
		ROW("[lock]\nrw = yes\n", "FILE:1: [lock] counts in /etc/seldom/config only; ",
		    "a user's lock"),
		ROW("[profile]\n", "FILE:1: unknown section 'profile'; ", "no name"),
		ROW("[profile a b]\n", "FILE:1: not a name for a profile: 'a b'; ", "blank in it"),
		ROW("[profile ../x]\n", "FILE:1: not a name for a profile: '../x'; ",
		    "slash in it"),
		ROW("[profile other]\nrww = /x\n", "FILE:2: unknown key 'rww'; ",
		    "profiles not chosen are read too"),
		ROW("[profile other]\nrw = x\n", "FILE:2: not an absolute path: 'x'; ",
		    "and their values"),
		ROW("[scope]\r\nrw = /x\r\n", "FILE:1: the line ends in CR LF; ", "CR LF"),
		ROW("[scope]\nrw = /x\0/y\n", "FILE:2: a control character (0x00); ",
		    "NUL hides the rest"),
		ROW("[scope]\nrw = /x\x1b[2J\n", "FILE:2: a control character (0x1b); ", "escape"),
		ROW("[scope]\nrw\xe2\x80\xae = /x\n", "FILE:2: unknown key 'rw\\u{202E}'; ",
		    "shown escaped"),
		ROW("\xef\xbb\xbf[scope]\n", "FILE:1: neither a section nor", "byte order mark"),
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sel_config c;
		char *error;
		int r;

		assert_int_equal(sel_config_init(&c), 0);
		r = parse(&c, row[i].text, row[i].n, false, &error);
		if (r != -EINVAL || !error ||
		    strncmp(error, row[i].start, strlen(row[i].start)) != 0)
			fail_msg("%s: %d %s", row[i].why, r, error ? error : "(none)");
		if (!strstr(error, "; ")) /* says what to do */
			fail_msg("%s: %s", row[i].why, error);
		free(error);
		sel_config_done(&c);
	}
}

static void a_long_line_is_taken_whole_or_refused(void **state)
{
	char text[8192], *error;
	struct sel_config c;
	size_t n = (size_t)sprintf(text, "[scope]\nrw = ");

	(void)state;
	assert_int_equal(sel_config_init(&c), 0);
	memset(text + n, '/', 1);
	memset(text + n + 1, 'x', 4094);
	assert_int_equal(parse(&c, text, n + 4095, false, &error), 0);
	assert_int_equal(strlen(c.rw[0]), 4095);
	text[n + 4095] = 'x'; /* one more than a path can have: cutting would name another one */
	assert_int_equal(parse(&c, text, n + 4096, false, &error), -EINVAL);
	assert_int_equal(strncmp(error, "FILE:2: a path longer than 4095 bytes; ", 39), 0);
	free(error);
	memset(text, 'k', sizeof text);
	assert_int_equal(parse(&c, text, sizeof text, false, &error), -EINVAL);
	assert_true(strlen(error) < 256);
	assert_non_null(strstr(error, "kkk...'"));
	free(error);
	sel_config_done(&c);
}

static void times_are_read_in_seconds_minutes_hours(void **state)
{
	static const struct {
		const char *text;
		usec_t seconds;
	} row[] = {{"5", 5},	  {"5s", 5},	{"300", 300},  {"5m", 300},
		   {"60m", 3600}, {"1h", 3600}, {"3600", 3600}};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sel_config c;
		char text[64], *error;
		int n = snprintf(text, sizeof text, "[ask]\ntimeout = %s\n", row[i].text);

		assert_int_equal(sel_config_init(&c), 0);
		assert_int_equal(parse(&c, text, (size_t)n, false, &error), 0);
		assert_true(c.ask_timeout == row[i].seconds * USEC_PER_SEC);
		sel_config_done(&c);
	}
}

static void the_administrator_wins_and_locks(void **state)
{
	static const char admin[] = "[scope]\nro = /srv\n[ask]\ntimeout = 10\n"
				    "[lock]\nrw = yes\nenv = no\nnotify = yes\n";
	static const char user[] =
		"[scope]\nro = /opt\nenv = A\n[ask]\ntimeout = 1h\npopup = yes\nlearn = no\n";
	static const char locked[] = "[ask]\npopup = no\n[profile agent]\nrw = /x\n";
	static const char enabled[] = "[notify]\nenabled = yes\n";
	struct sel_config c;
	char *error;

	(void)state;
	assert_int_equal(sel_config_init(&c), 0);
	assert_int_equal(parse(&c, admin, sizeof admin - 1, true, &error), 0);
	assert_true(c.locked[SEL_CONFIG_RW]);
	assert_false(c.locked[SEL_CONFIG_ENV]);
	assert_int_equal(parse(&c, user, sizeof user - 1, false, &error), 0);
	assert_string_equal(c.ro[0], "/srv");
	assert_string_equal(c.ro[1], "/opt");		 /* lists add */
	assert_true(c.ask_timeout == 10 * USEC_PER_SEC); /* single values do not change */
	assert_int_equal(c.popup, 1);
	assert_int_equal(c.learn, 0); /* the user said so; the administrator said nothing */
	assert_int_equal(parse(&c, locked, sizeof locked - 1, false, &error), -EINVAL);
	assert_string_equal(error, "FILE:4: locked by /etc/seldom/config: 'rw'; remove this line");
	free(error);
	assert_int_equal(parse(&c, enabled, sizeof enabled - 1, false, &error), -EINVAL);
	assert_non_null(strstr(error, "locked by /etc/seldom/config: 'enabled'"));
	free(error);
	sel_config_done(&c);

	assert_int_equal(sel_config_init(&c), 0);
	assert_int_equal(parse(&c, "[lock]\nrww = yes\n", 17, true, &error), -EINVAL);
	assert_int_equal(strncmp(error, "FILE:2: no key to lock: 'rww'; ", 31), 0);
	free(error);
	assert_int_equal(parse(&c, "[lock]\nrw = maybe\n", 18, true, &error), -EINVAL);
	free(error);
	sel_config_done(&c);
}

static void without_a_home_paths_below_it_are_refused(void **state)
{
	struct sel_config c;
	char *error = NULL;

	(void)state;
	assert_int_equal(sel_config_init(&c), 0);
	assert_int_equal(
		sel_config_parse(&c, "F", "[scope]\nrw = ~/x\n", 17, false, NULL, NULL, &error),
		-EINVAL);
	assert_string_equal(error,
			    "F:2: the home folder is unknown for '~/x'; write the whole path");
	free(error);
	assert_int_equal(sel_config_parse(&c, "F", "[scope]\nx\n", 10, false, NULL, NULL, NULL),
			 -EINVAL);
	sel_config_done(&c);
}

/* --- files --------------------------------------------------------------------------------------
 */

static char folder[256];

static int make_folder(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)snprintf(folder, sizeof folder, "%s/seldom-config-XXXXXX", tmp ? tmp : "/tmp");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {"config", "seldom/config", "seldom",
					    "link",   "fifo",	       "big"};
	char path[320];

	(void)state;
	for (size_t i = 0; i < SEL_N(names); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		(void)remove(path);
	}
	return rmdir(folder);
}

static void put(const char *name, const char *text, size_t n, mode_t mode, char *path, size_t cap)
{
	int fd;

	(void)snprintf(path, cap, "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static void check_read(const char *path, bool admin, int want, const char *part)
{
	struct sel_config c;
	char *error = NULL;
	int r;

	assert_int_equal(sel_config_init(&c), 0);
	r = sel_config_read(&c, path, admin, NULL, HOME, &error);
	if (r != want || (part && (!error || !strstr(error, part))))
		fail_msg("%s: %d %s", path, r, error ? error : "(none)");
	free(error);
	sel_config_done(&c);
}

static void a_file_others_may_write_is_refused(void **state)
{
	static const struct {
		mode_t mode;
		int want;
		const char *why;
	} row[] = {
		{0644, 0, NULL},
		{0600, 0, NULL},
		{0664, -EPERM, "others may write to it"},
		{0646, -EPERM, "others may write to it"},
	};
	char path[320], link[320], fifo[320];

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		put("config", "[scope]\n", 8, row[i].mode, path, sizeof path);
		check_read(path, false, row[i].want, row[i].why);
	}
	assert_int_equal(chmod(path, 0644), 0);
	check_read(path, true, geteuid() == 0 ? 0 : -EPERM,
		   geteuid() == 0 ? NULL : "belong to root");

	(void)snprintf(link, sizeof link, "%s/link", folder);
	assert_int_equal(symlink(path, link), 0);
	check_read(link, false, -EPERM, "is a symbolic link; ");
	(void)snprintf(fifo, sizeof fifo, "%s/fifo", folder);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	check_read(fifo, false, -EPERM,
		   "is no regular file; "); /* and does not wait for a writer */
	check_read(folder, false, -EPERM, "is no regular file; ");
	(void)snprintf(path, sizeof path, "%s/absent", folder);
	check_read(path, false, 0, NULL);
	(void)snprintf(path, sizeof path, "%s/config/below-a-file", folder);
	check_read(path, false, 0, NULL);
	if (geteuid() == 0) { /* a file of somebody else */
		put("config", "[scope]\n", 8, 0644, path, sizeof path);
		assert_int_equal(chown(path, 12345, (gid_t)-1), 0);
		check_read(path, false, -EPERM, "belongs to somebody else; ");
	}
}

static void a_big_file_is_refused_not_cut(void **state)
{
	char *text = malloc(SEL_CONFIG_MAX + 1), path[320];

	(void)state;
	assert_non_null(text);
	memset(text, '\n', SEL_CONFIG_MAX + 1);
	put("big", text, SEL_CONFIG_MAX, 0600, path, sizeof path);
	check_read(path, false, 0, NULL);
	put("big", text, SEL_CONFIG_MAX + 1, 0600, path, sizeof path);
	check_read(path, false, -EFBIG, "is bigger than 256 KiB; ");
	free(text);
}

static void load_reads_the_users_file_and_knows_profiles(void **state)
{
	static const char text[] = "[scope]\nro = /a\n[profile agent]\nrw = ~/x\n";
	struct sel_config c;
	char path[320], *error = NULL;

	(void)state;
	if (access(SEL_CONFIG_ADMIN, F_OK) == 0) {
		print_message("this machine has a " SEL_CONFIG_ADMIN "\n");
		skip();
	}
	assert_int_equal(setenv("XDG_CONFIG_HOME", folder, 1), 0);
	assert_int_equal(sel_config_load(NULL, HOME, &c, &error), 0);
	assert_null(c.ro[0]);
	sel_config_done(&c);

	(void)snprintf(path, sizeof path, "%s/seldom", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	put("seldom/config", text, sizeof text - 1, 0600, path, sizeof path);
	assert_int_equal(sel_config_load("agent", HOME, &c, &error), 0);
	assert_string_equal(c.ro[0], "/a");
	assert_string_equal(c.rw[0], HOME "/x");
	sel_config_done(&c);

	assert_int_equal(sel_config_load("agnet", HOME, &c, &error), -ENOENT);
	assert_int_equal(strncmp(error, "no profile 'agnet'; ", 20), 0);
	free(error);
	put("seldom/config", "x", 1, 0600, path, sizeof path);
	assert_int_equal(sel_config_load(NULL, HOME, &c, &error), -EINVAL);
	assert_non_null(strstr(error, "/seldom/config:1: "));
	free(error);
}

static void random_bytes_never_crash_it(void **state)
{
	static const char *const bits[] = {"[scope]\n", "[ask]\n", "[profile agent]\n",
					   "[lock]\n",	"rw",	   "env",
					   "=",		" ",	   "\n",
					   "/",		"~",	   "$HOME",
					   "timeout",	"popup",   "yes",
					   "9",		"[",	   "]",
					   "\t",	"\xff",	   "m",
					   "#"};

	(void)state;
	srandom(5);
	for (int round = 0; round < 20000; round++) {
		char text[512], *error;
		size_t n = 0, left = (size_t)random() % 40;
		struct sel_config c;
		int r;

		while (left-- > 0) {
			const char *bit = bits[random() % (long)SEL_N(bits)];

			memcpy(text + n, bit, strlen(bit));
			n += strlen(bit);
		}
		assert_int_equal(sel_config_init(&c), 0);
		r = parse(&c, text, n, random() % 2, &error);
		assert_true((r == 0 && !error) || (r == -EINVAL && error));
		for (char **path = c.rw; *path; path++)
			assert_int_equal(**path, '/');
		free(error);
		sel_config_done(&c);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_the_manual_says),
		cmocka_unit_test(refuses_everything_else_with_file_and_line),
		cmocka_unit_test(a_long_line_is_taken_whole_or_refused),
		cmocka_unit_test(times_are_read_in_seconds_minutes_hours),
		cmocka_unit_test(the_administrator_wins_and_locks),
		cmocka_unit_test(without_a_home_paths_below_it_are_refused),
		cmocka_unit_test(random_bytes_never_crash_it),
		cmocka_unit_test_setup_teardown(a_file_others_may_write_is_refused, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(a_big_file_is_refused_not_cut, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(load_reads_the_users_file_and_knows_profiles,
						make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
