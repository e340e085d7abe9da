/* pending, sessions, answer and its scripts: the real program, against a broker inside the test. */
#include "console_rig.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static char *seldom; /* the program under test */

struct command {
	pid_t pid;
	int out, err;
	char text[65536], error[8192];
	size_t n, n_error;
	int status;
	bool ended;
};

static void command_start(struct rig *r, struct command *c, char *const argv[])
{
	int out[2], err[2];

	*c = (struct command){0};
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	(void)fflush(NULL);
	c->pid = fork();
	assert_true(c->pid >= 0);
	if (c->pid == 0) {
		(void)dup2(out[1], 1);
		(void)dup2(err[1], 2);
		(void)setenv("XDG_RUNTIME_DIR", r->runtime, 1);
		(void)setenv("XDG_STATE_HOME", r->runtime, 1);
		(void)setenv("LC_ALL", "C.UTF-8", 1);
		(void)execv(seldom, argv);
		_exit(127);
	}
	(void)close(out[1]);
	(void)close(err[1]);
	c->out = out[0];
	c->err = err[0];
	(void)fcntl(c->out, F_SETFL, O_NONBLOCK);
	(void)fcntl(c->err, F_SETFL, O_NONBLOCK);
}

static void drain(int fd, char *text, size_t cap, size_t *n)
{
	ssize_t got;

	while (*n < cap - 1 && (got = read(fd, text + *n, cap - 1 - *n)) > 0)
		*n += (size_t)got;
	text[*n] = '\0';
}

static void command_turn(struct rig *r, struct command *c)
{
	rig_turn(r, 10);
	if (!c->ended && waitpid(c->pid, &c->status, WNOHANG) == c->pid)
		c->ended = true;
	drain(c->out, c->text, sizeof c->text, &c->n);
	drain(c->err, c->error, sizeof c->error, &c->n_error);
}

/* Patience only, no expectation. */
static void command_until(struct rig *r, struct command *c, const char *text)
{
	usec_t end = sel_now_monotonic() + 10 * USEC_PER_SEC;

	while (text ? !strstr(c->text, text) && !strstr(c->error, text) : !c->ended) {
		if (sel_now_monotonic() > end)
			fail_msg("waited in vain for '%s'; out: %s; err: %s",
				 text ? text : "its end", c->text, c->error);
		command_turn(r, c);
	}
}

static int command_end(struct rig *r, struct command *c)
{
	command_until(r, c, NULL);
	command_turn(r, c);
	(void)close(c->out);
	(void)close(c->err);
	return WIFEXITED(c->status) ? WEXITSTATUS(c->status) : -1;
}

#define RUN(r, c, ...)                                                                             \
	({                                                                                         \
		char *const _argv[] = {"seldom", __VA_ARGS__, NULL};                               \
		command_start(r, c, _argv);                                                        \
		command_end(r, c);                                                                 \
	})

static void script_write(struct rig *r, char *path, size_t cap, const char *text)
{
	int fd;

	(void)snprintf(path, cap, "%s/script", r->runtime);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
}

static const char *text_of(json_t *m, const char *key)
{
	const char *s = json_string_value(json_object_get(m, key));

	return s ? s : "";
}

static void pending_lists_what_waits(void **state)
{
	struct command c;
	struct rig r;
	json_t *first;
	char *end;

	(void)state;
	rig_open(&r);
	assert_int_equal(RUN(&r, &c, "pending"), 0);
	assert_string_equal(c.text, "No question waits.\n");
	assert_int_equal(RUN(&r, &c, "pending", "--json"), 0);
	assert_string_equal(c.text, "");
	rig_ask(&r, rig_question(1, 1, "/out/a\033[2Jb"));
	rig_ask(&r, rig_question(2, 3, "/out/c"));
	assert_int_equal(RUN(&r, &c, "pending"), 0);
	assert_non_null(strstr(c.text, "/out/a\\x1B[2Jb"));
	assert_null(strchr(c.text, '\033'));
	assert_int_equal(RUN(&r, &c, "pending", "--json"), 0);
	assert_int_equal(strncmp(c.text, "{\"v\":1,\"id\":\"testaaaa.1\"", 24), 0);
	end = strchr(c.text, '\n');
	assert_non_null(end);
	first = json_loadb(c.text, (size_t)(end - c.text), JSON_REJECT_DUPLICATES, NULL);
	assert_string_equal(text_of(first, "object"), "/out/a\\x1B[2Jb");
	json_decref(first);
	assert_int_equal(RUN(&r, &c, "pending", "--plain", "--session", "testaaaa"), 0);
	assert_non_null(strstr(c.text, "testaaaa.2\tT3\tpip\tcreate\t/out/c\t3\t300000\n"));
	assert_int_equal(RUN(&r, &c, "pending", "--session", "nosuch"), 1);
	assert_int_equal(RUN(&r, &c, "pending", "--nosuch"), 2);
	rig_close(&r);
}

static void sessions_lists_what_runs(void **state)
{
	struct command c;
	struct rig r;
	json_t *row;

	(void)state;
	rig_open(&r);
	rig_ask(&r, rig_question(1, 1, "/out/a"));
	assert_int_equal(RUN(&r, &c, "sessions", "--json"), 0);
	row = json_loads(c.text, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, NULL);
	assert_string_equal(text_of(row, "id"), "testaaaa");
	assert_string_equal(text_of(row, "state"), "running");
	assert_int_equal(json_integer_value(json_object_get(row, "waiting")), 1);
	assert_int_equal(json_integer_value(json_object_get(row, "actions")), 321);
	json_decref(row);
	rig_close(&r);
}

static void status_is_one_line_a_run(void **state)
{
	struct command c;
	struct rig r;
	json_t *row;

	(void)state;
	rig_open(&r);
	assert_int_equal(RUN(&r, &c, "status"), 0);
	assert_non_null(strstr(c.text, "questions 5 (2 allowed, 1 denied)"));
	assert_non_null(strstr(c.text, "automatic 0"));
	assert_non_null(strstr(c.text, "refused 0"));
	assert_null(strstr(c.text, "wait"));
	assert_ptr_equal(strchr(c.text, '\n'), c.text + strlen(c.text) - 1);
	rig_ask(&r, rig_question(1, 1, "/out/a"));
	assert_int_equal(RUN(&r, &c, "status"), 0);
	assert_int_equal(strncmp(c.text, "1 waits", 7), 0);
	rig_ask(&r, rig_question(2, 2, "/out/b"));
	assert_int_equal(RUN(&r, &c, "status", "--session", "testaaaa"), 0);
	assert_int_equal(strncmp(c.text, "2 wait", 6), 0);
	assert_int_equal(RUN(&r, &c, "status", "--json"), 0);
	row = json_loads(c.text, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, NULL);
	assert_string_equal(text_of(row, "id"), "testaaaa");
	assert_int_equal(json_integer_value(json_object_get(row, "waiting")), 2);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(row, "questions"), "asked")), 5);
	json_decref(row);
	assert_int_equal(RUN(&r, &c, "status", "--session", "nosuch"), 1);
	assert_non_null(strstr(c.error, "No session 'nosuch'"));
	rig_close(&r);
}

static void answer_says_what_it_decided(void **state)
{
	struct command c;
	struct rig r;
	json_t *a;

	(void)state;
	rig_open(&r);
	rig_ask(&r, rig_question(1, 1, "/out/a"));
	rig_ask(&r, rig_question(2, 2, "/out/b"));
	assert_int_equal(RUN(&r, &c, "answer", "testaaaa.1", "allow", "--rung", "recommended",
			     "--for", "session", "--note", "n"),
			 0);
	assert_string_equal(c.text,
			    "testaaaa.1 allowed: pip create /out/a (folder /out, session)\n");
	a = rig_answer(&r, "testaaaa.1");
	assert_string_equal(text_of(a, "rung"), "recommended");
	assert_string_equal(text_of(a, "for"), "session");
	assert_string_equal(text_of(a, "note"), "n");
	assert_int_equal(RUN(&r, &c, "answer", "testaaaa.2", "deny", "--json"), 0);
	assert_int_equal(strncmp(c.text, "{\"v\":1,\"id\":\"testaaaa.2\",\"ok\":true", 34), 0);
	assert_int_equal(RUN(&r, &c, "answer", "testaaaa.2", "deny"), 1);
	assert_non_null(strstr(c.error, "No question 'testaaaa.2' is open"));
	assert_int_equal(RUN(&r, &c, "answer", "nosuch.2", "deny"), 1);
	rig_close(&r);
}

static void allowing_a_grave_question_names_the_word_it_wants(void **state)
{
	struct command c;
	struct rig r;

	(void)state;
	rig_open(&r);
	rig_ask(&r, rig_question(1, 3, "/out/a"));
	assert_int_equal(RUN(&r, &c, "answer", "testaaaa.1", "allow"), 1);
	assert_non_null(strstr(c.error, "--token happy"));
	assert_int_equal(RUN(&r, &c, "answer", "testaaaa.1", "allow", "--token", "sad"), 1);
	assert_int_equal(RUN(&r, &c, "answer", "testaaaa.1", "allow", "--token", "happy"), 0);
	rig_close(&r);
}

static void bad_usage_is_two(void **state)
{
	struct command c;
	struct rig r;

	(void)state;
	rig_open(&r);
	rig_ask(&r, rig_question(1, 1, "/out/a"));
	assert_int_equal(RUN(&r, &c, "answer"), 2);
	assert_int_equal(RUN(&r, &c, "answer", "testaaaa.1"), 2);
	assert_int_equal(RUN(&r, &c, "answer", "testaaaa.1", "yes"), 2);
	assert_int_equal(RUN(&r, &c, "answer", "testaaaa.1", "allow", "--rung", "x"), 2);
	assert_int_equal(RUN(&r, &c, "answer", "testaaaa.1", "allow", "--for", "ever"), 2);
	assert_int_equal(RUN(&r, &c, "answer", "../x.1", "allow"), 2);
	assert_int_equal(RUN(&r, &c, "answer", "testaaaa.1", "allow", "--once"), 2);
	assert_int_equal(RUN(&r, &c, "answer", "--script", "/nonexistent"), 2);
	assert_int_equal(RUN(&r, &c, "answer", "--script", "/x", "testaaaa.1", "allow"), 2);
	assert_int_equal(json_array_size(r.answers), 0);
	rig_close(&r);
}

static void a_script_answers_as_its_lines_say(void **state)
{
	struct command c;
	struct rig r;
	char path[128];

	(void)state;
	rig_open(&r);
	script_write(&r, path, sizeof path,
		     "{\"match\":{\"object\":\"/out/keep*\"},\"answer\":\"deny\"}\n"
		     "{\"match\":{\"tier\":\"T3\"},\"answer\":\"allow\",\"token\":true}\n"
		     "{\"match\":{\"op\":\"create\",\"object\":\"/out/*\"},\"answer\":\"allow\","
		     "\"rung\":\"recommended\"}\n");
	rig_ask(&r, rig_question(1, 1, "/out/keep-me"));
	rig_ask(&r, rig_question(2, 1, "/else"));
	command_start(&r, &c, (char *const[]){"seldom", "answer", "--script", path, NULL});
	command_until(&r, &c, "testaaaa.1 denied");
	rig_ask(&r, rig_question(3, 3, "/grave"));
	command_until(&r, &c, "testaaaa.3 allowed");
	rig_ask(&r, rig_question(4, 2, "/out/x"));
	command_until(&r, &c, "testaaaa.4 allowed: pip create /out/x (folder /out, session)");
	/* the same session ends, and another begins */
	rig_session_end(&r);
	json_object_clear(r.open);
	rig_session_begin(&r);
	rig_until(&r, rig_fronted, NULL);
	rig_ask(&r, rig_question(5, 1, "/out/y"));
	command_until(&r, &c, "testaaaa.5 allowed");
	assert_false(rig_answered(&r, "testaaaa.2"));
	assert_int_equal(json_array_size(r.answers), 4);
	assert_int_equal(kill(c.pid, SIGTERM), 0);
	assert_int_equal(command_end(&r, &c), 0);
	(void)unlink(path);
	rig_close(&r);
}

static void a_broken_script_answers_nothing(void **state)
{
	struct command c;
	struct rig r;
	char path[128];

	(void)state;
	rig_open(&r);
	script_write(&r, path, sizeof path, "{\"answer\":\"allow\"}\n{\"anwser\":\"allow\"}\n");
	rig_ask(&r, rig_question(1, 1, "/out/a"));
	assert_int_equal(RUN(&r, &c, "answer", "--script", path), 2);
	assert_non_null(strstr(c.error, "script:2: unknown key 'anwser'"));
	assert_int_equal(json_array_size(r.answers), 0);
	(void)unlink(path);
	rig_close(&r);
}

static void a_script_for_one_session_ends_with_it(void **state)
{
	struct command c;
	struct rig r;
	char path[128];

	(void)state;
	rig_open(&r);
	script_write(&r, path, sizeof path, "{\"answer\":\"deny\"}\n");
	rig_session_end(&r);
	command_start(&r, &c,
		      (char *const[]){"seldom", "answer", "--script", path, "--session", "testaaaa",
				      NULL});
	for (int i = 0; i < 20; i++)
		command_turn(&r, &c); /* it waits for a session that is not there yet */
	assert_false(c.ended);
	rig_session_begin(&r);
	rig_until(&r, rig_fronted, NULL);
	rig_ask(&r, rig_question(1, 1, "/out/a"));
	command_until(&r, &c, "testaaaa.1 denied");
	rig_session_end(&r);
	assert_int_equal(command_end(&r, &c), 0);
	(void)unlink(path);
	rig_close(&r);
}

static void once_answers_what_is_open_and_ends(void **state)
{
	struct command c;
	struct rig r;
	char path[128];

	(void)state;
	rig_open(&r);
	script_write(&r, path, sizeof path, "{\"answer\":\"allow\"}\n");
	rig_ask(&r, rig_question(1, 1, "/out/a"));
	rig_ask(&r, rig_question(2, 3, "/out/b"));
	assert_int_equal(RUN(&r, &c, "answer", "--script", path, "--once"),
			 1); /* a word is missing */
	assert_int_equal(json_array_size(r.answers), 2);
	assert_int_equal(json_object_size(r.open), 1);
	(void)unlink(path);
	rig_close(&r);
}

static void the_console_needs_a_terminal(void **state)
{
	struct command c;
	struct rig r;

	(void)state;
	rig_open(&r);
	command_start(&r, &c, (char *const[]){"seldom", NULL});
	assert_int_equal(command_end(&r, &c), 2);
	assert_non_null(strstr(c.error, "needs a terminal"));
	rig_close(&r);
}

/* Nothing was recorded yet: empty is an answer. */
static void reports_of_nothing_are_empty(void **state)
{
	static char *const commands[][4] = {
		{"sessions", "--json"}, {"log", "--json"}, {"rules", "--json"},
		{"log", "--plain"},	{"stats"},	   {"log", "--verify"}};
	struct command c;
	struct rig r;

	(void)state;
	rig_open(&r);
	rig_session_end(&r);
	for (size_t i = 0; i < SEL_N(commands); i++) {
		int code = RUN(&r, &c, commands[i][0], commands[i][1]);

		if (code != 0 || c.n_error)
			fail_msg("%s: %d: %s", commands[i][0], code, c.error);
	}
	assert_int_equal(RUN(&r, &c, "explain", "1"), 1);
	assert_int_equal(RUN(&r, &c, "explain"), 2);
	assert_int_equal(RUN(&r, &c, "log", "--session", "last"), 1);
	assert_int_equal(RUN(&r, &c, "log", "--op", "fly"), 2);
	assert_int_equal(RUN(&r, &c, "log", "--since", "ever"), 2);
	assert_int_equal(RUN(&r, &c, "rules", "revoke", "7"), 1);
	assert_int_equal(RUN(&r, &c, "rules", "revoke", "x"), 2);
	rig_close(&r);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pending_lists_what_waits),
		cmocka_unit_test(status_is_one_line_a_run),
		cmocka_unit_test(sessions_lists_what_runs),
		cmocka_unit_test(answer_says_what_it_decided),
		cmocka_unit_test(allowing_a_grave_question_names_the_word_it_wants),
		cmocka_unit_test(bad_usage_is_two),
		cmocka_unit_test(a_script_answers_as_its_lines_say),
		cmocka_unit_test(a_broken_script_answers_nothing),
		cmocka_unit_test(a_script_for_one_session_ends_with_it),
		cmocka_unit_test(once_answers_what_is_open_and_ends),
		cmocka_unit_test(the_console_needs_a_terminal),
		cmocka_unit_test(reports_of_nothing_are_empty),
	};

	if (argc != 2) {
		(void)fprintf(stderr, "usage: %s PROGRAM\n", argv[0]);
		return 2;
	}
	seldom = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
