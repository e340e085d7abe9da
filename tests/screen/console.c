/* The real console in a terminal, against a broker that speaks the protocol over a real socket. */
#include "console_rig.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static char *seldom; /* the program under test */

static void start(struct rig *r, int rows, int cols)
{
	char *argv[] = {seldom, NULL};

	rig_start(r, rows, cols, argv, NULL);
	rig_until(r, rig_shows, "1 Now");
	rig_until(r, rig_fronted, NULL);
}

/* One question, open in the dialog. */
static void reading(struct rig *r, int rows, int cols, int tier)
{
	rig_open(r);
	rig_ask(r, rig_question(1, tier, "/out/file-1"));
	start(r, rows, cols);
	rig_until(r, rig_shows, "/out/file-1");
	rig_keys(r, "\r");
	rig_until(r, rig_shows, "denied once in");
}

static int row_of(struct rig *r, const char *text)
{
	int rows, cols;

	vterm_get_size(r->vt, &rows, &cols);
	for (int row = 0; row < rows; row++) {
		_cleanup_free_ char *line = rig_row(r, row);

		if (strstr(line, text))
			return row;
	}
	return -1;
}

static VTermPos cursor(struct rig *r)
{
	VTermPos pos;

	vterm_state_get_cursorpos(vterm_obtain_state(r->vt), &pos);
	return pos;
}

static const char *text_of(json_t *m, const char *key)
{
	const char *s = json_string_value(json_object_get(m, key));

	return s ? s : "";
}

static bool cursor_on_row_with(struct rig *r, const char *text)
{
	int row = row_of(r, text);

	return row >= 0 && cursor(r).row == row;
}

/* No decision can have come in the guard time: it would say how long the question was read. */
static void assert_no_early_answer(struct rig *r, int guard_ms)
{
	json_t *m;
	size_t i;

	json_array_foreach(r->answers, i, m)
		assert_true(json_integer_value(json_object_get(m, "response_ms")) >= guard_ms);
}

static void the_list_groups_by_tier_and_follows_what_changes(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	rig_ask(&r, rig_question(1, 1, "/out/small"));
	rig_ask(&r, rig_question(2, 3, "/out/grave"));
	start(&r, 24, 80);
	rig_until(&r, rig_shows, "2 wait: 1 T3, 1 T1");
	rig_until(&r, rig_shows, "T3 pip          create   /out/grave");
	rig_until(&r, rig_shows, "T1 pip          create   /out/small");
	assert_true(row_of(&r, "/out/grave") < row_of(&r, "/out/small"));
	rig_until(&r, cursor_on_row_with, "/out/grave");
	rig_until(&r, rig_shows, "321 done");
	rig_ask(&r, rig_question(3, 2, "/out/late"));
	rig_until(&r, rig_shows, "/out/late");
	rig_closed(&r, "testaaaa.1", "gone", "");
	rig_until(&r, rig_shows, "gone, its program ended: pip create /out/small");
	rig_closed(&r, "testaaaa.3", "allow", "line");
	rig_until(&r, rig_shows, "answered elsewhere (line), allowed: pip create /out/late");
	rig_session_end(&r);
	rig_until(&r, rig_shows, "Nothing runs under seldom");
	rig_keys(&r, "q");
	rig_until(&r, rig_ended, NULL);
	assert_int_equal(r.status, 0);
	rig_assert_restored(&r);
	rig_close(&r);
}

static void a_question_is_allowed_as_far_as_was_chosen(void **state)
{
	struct rig r;
	json_t *a;

	(void)state;
	reading(&r, 24, 80, 2);
	rig_until(&r, rig_held, "testaaaa.1");
	rig_until(&r, rig_shows, "y allows, once: /out/file-1");
	rig_keys(&r, "2");
	rig_until(&r, rig_shows, "y allows, this session: /out"); /* a folder: at least that */
	rig_until(&r, cursor_on_row_with, "2 this folder");
	rig_keys(&r, "t");
	rig_until(&r, rig_shows, "y allows, 30 days: /out");
	rig_keys(&r, "y");
	rig_until(&r, rig_answered, "testaaaa.1");
	a = rig_answer(&r, "testaaaa.1");
	assert_string_equal(text_of(a, "verdict"), "allow");
	assert_string_equal(text_of(a, "for"), "30d");
	assert_int_equal(json_integer_value(json_object_get(a, "rung")), 1);
	rig_until(&r, rig_shows, "allowed here: pip create /out/file-1");
	rig_keys(&r, "q");
	rig_until(&r, rig_ended, NULL);
	rig_assert_restored(&r);
	rig_close(&r);
}

static void denying_is_one_key(void **state)
{
	struct rig r;

	(void)state;
	reading(&r, 24, 80, 1);
	rig_until(&r, rig_shows, "y allows");
	rig_keys(&r, "n");
	rig_until(&r, rig_answered, "testaaaa.1");
	assert_string_equal(text_of(rig_answer(&r, "testaaaa.1"), "verdict"), "deny");
	rig_close(&r);
}

static void a_grave_question_wants_its_word_typed(void **state)
{
	struct rig r;

	(void)state;
	reading(&r, 24, 80, 3);
	rig_until(&r, rig_shows, "y, then the word, allows");
	rig_keys(&r, "y");
	rig_until(&r, rig_shows, "type happy:");
	rig_keys(&r, "happ\r y");
	rig_until(&r, rig_shows, "type happy: happ y");
	rig_keys(&r, "\x15happy\r ");
	rig_until(&r, rig_shows, "type happy: happy");
	rig_keys(&r, "\x7f");
	rig_until(&r, rig_shows, "then y allows");
	assert_int_equal(json_array_size(r.answers), 0);
	assert_int_equal(cursor(&r).row, 22);
	assert_int_equal(cursor(&r).col, (int)strlen("type happy: happy"));
	rig_keys(&r, "y");
	rig_until(&r, rig_answered, "testaaaa.1");
	assert_string_equal(text_of(rig_answer(&r, "testaaaa.1"), "token"), "happy");
	rig_close(&r);
}

static void two_hundred_random_keys_allow_nothing(void **state)
{
	unsigned next = 11;

	(void)state;
	for (int tier = 1; tier <= 3; tier++) {
		struct rig r;
		char keys[201] = "\r";

		for (int i = 1; i < 201; i++) {
			next = next * 1103515245u + 12345u;
			keys[i] = (char)(' ' + (next >> 16) % 95);
			if (keys[i] == 'q')
				keys[i] = 'y';
		}
		rig_open(&r);
		rig_ask(&r, rig_question(1, tier, "/out/file-1"));
		start(&r, 24, 80);
		rig_until(&r, rig_shows, "/out/file-1");
		/* typed ahead, in one piece with the key that opens */
		rig_bytes(&r, keys, 201);
		rig_until(&r, rig_held, "testaaaa.1");
		/* and again as soon as the question is there */
		rig_bytes(&r, keys + 1, 200);
		for (int i = 0; i < 20; i++)
			rig_turn(&r, 10);
		assert_no_early_answer(&r, tier == 3 ? 1500 : 400);
		rig_close(&r);
	}
}

static void enter_space_paste_and_mouse_never_allow(void **state)
{
	static const char *const harmless[] = {
		"\r\r\r",
		"   ",
		"\033[200~y\ry\ryes\r\033[201~",
		"\033[Myyy\033[M yy",
		"\033[<0;5;5M\033[<0;5;5m",
		"\033y\033Y",
		"\033]0;y\007\033P1$ry\033\\",
	};
	struct rig r;

	(void)state;
	reading(&r, 24, 80, 1);
	rig_until(&r, rig_shows, "y allows");
	for (size_t i = 0; i < SEL_N(harmless); i++) {
		rig_keys(&r, harmless[i]);
		/* the next key is seen, so all before it was */
		rig_keys(&r, "1");
		rig_until(&r, rig_shows, "y allows, once: /out/file-1");
		rig_keys(&r, "2");
		rig_until(&r, rig_shows_not, "y allows, once: /out/file-1");
	}
	assert_int_equal(json_array_size(r.answers), 0);
	rig_close(&r);
}

static void what_is_clipped_is_opened_before_it_is_allowed(void **state)
{
	struct rig r;
	json_t *q = rig_question(1, 2, "/out/file-1");

	(void)state;
	rig_open(&r);
	rig_ask(&r, q);
	start(&r, 10, 40);
	rig_until(&r, rig_shows, "file-1");
	rig_keys(&r, "\r");
	rig_until(&r, rig_shows, "y is off: too long here; d shows all");
	rig_keys(&r, "y\r y");
	rig_keys(&r, "d");
	rig_until(&r, rig_shows, "lines unseen");
	assert_int_equal(json_array_size(r.answers), 0);
	for (int i = 0; i < 60 && !rig_shows(&r, "y allows"); i++) {
		rig_keys(&r, "j");
		for (int j = 0; j < 3; j++)
			rig_turn(&r, 10);
	}
	rig_until(&r, rig_shows, "y allows");
	rig_keys(&r, "y");
	rig_until(&r, rig_answered, "testaaaa.1");
	assert_true(json_is_true(json_object_get(rig_answer(&r, "testaaaa.1"), "expanded")));
	rig_close(&r);
}

static void hostile_text_reaches_no_terminal(void **state)
{
	static const char evil[] = "x\033]0;owned\007\033[2J\033[?1049l\u202ez";
	static const char *const fields[] = {"op",  "object",	   "object2", "new",
					     "why", "consequence", "detail"};
	struct rig r;
	json_t *q = rig_question(1, 2, evil), *who = json_object_get(q, "who");

	(void)state;
	for (size_t i = 0; i < SEL_N(fields); i++)
		(void)json_object_set_new(q, fields[i], json_string(evil));
	(void)json_object_set_new(who, "comm", json_string(evil));
	(void)json_object_set_new(who, "exe", json_string(evil));
	(void)json_object_set_new(who, "chain", json_pack("[s]", evil));
	(void)json_object_set_new(json_array_get(json_object_get(q, "rungs"), 1), "label",
				  json_string(evil));
	rig_open(&r);
	rig_ask(&r, q);
	start(&r, 50, 120);
	rig_until(&r, rig_shows, "\\x1B[2J");
	rig_keys(&r, "\r");
	rig_until(&r, rig_shows, "wants to act on");
	assert_true(rig_shows(&r, "x\\x1B]0;owned\\x07\\x1B[2J\\x1B[?1049l\\u{202E}z"));
	assert_true(r.alternate);
	rig_keys(&r, "n");
	rig_until(&r, rig_shows, "hard to undo");
	rig_close(&r);
}

static void the_window_may_change_at_any_time(void **state)
{
	struct rig r;

	(void)state;
	reading(&r, 24, 80, 2);
	rig_until(&r, rig_shows, "y allows");
	rig_resize(&r, 8, 30);
	rig_until(&r, rig_shows, "too small");
	rig_keys(&r, "yyy");
	rig_resize(&r, 24, 80);
	rig_until(&r, rig_shows, "y allows, once: /out/file-1");
	assert_int_equal(json_array_size(r.answers), 0);
	rig_resize(&r, 10, 40);
	rig_until(&r, rig_shows, "too long here");
	rig_resize(&r, 60, 200);
	rig_until(&r, rig_shows, "y allows");
	rig_close(&r);
}

static void the_terminal_is_given_back_on_signals(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGSEGV, SIGABRT};

	(void)state;
	for (size_t i = 0; i < SEL_N(signals); i++) {
		struct rig r;

		reading(&r, 24, 80, 1);
		assert_true(r.alternate && r.paste_marked);
		assert_int_equal(kill(r.pid, signals[i]), 0);
		rig_until(&r, rig_ended, NULL);
		if (!WIFSIGNALED(r.status) || WTERMSIG(r.status) != signals[i])
			fail_msg("signal %d ended it with status %x", signals[i], r.status);
		rig_assert_restored(&r);
		rig_close(&r);
	}
}

static void a_session_that_begins_later_is_followed(void **state)
{
	struct rig r;
	char *argv[] = {seldom, NULL};

	(void)state;
	rig_open(&r);
	rig_session_end(&r);
	rig_start(&r, 24, 80, argv, NULL);
	rig_until(&r, rig_shows, "Nothing runs under seldom");
	rig_session_begin(&r);
	rig_until(&r, rig_shows, "make all");
	rig_ask(&r, rig_question(1, 1, "/out/file-1"));
	rig_until(&r, rig_shows, "/out/file-1");
	rig_close(&r);
}

static void help_says_every_key_and_why_one_is_off(void **state)
{
	struct rig r;

	(void)state;
	reading(&r, 24, 80, 1);
	rig_keys(&r, "?");
	rig_until(&r, rig_shows, "Allow, as far and as long as is selected");
	rig_keys(&r, "y");
	rig_keys(&r, "G");
	rig_until(&r, rig_shows, "Enter, Space, a paste and the mouse never allow");
	rig_until(&r, rig_shows, "Empty the line that is being typed");
	for (int i = 0; i < 20; i++)
		rig_keys(&r, "k");
	rig_until(&r, rig_shows, "Suspend the console");
	rig_keys(&r, "q");
	rig_until(&r, rig_shows, "y allows");
	assert_int_equal(json_array_size(r.answers), 0);
	rig_close(&r);
}

static void plain_terminals_do(void **state)
{
	static const struct {
		const char *env[4];
		const char *shown;
	} row[] = {
		{{"TERM=vt100", NULL}, "y allows"},
		{{"TERM=linux", NULL}, "y allows"},
		{{"TERM=xterm", "NO_COLOR=1", NULL}, "y allows"},
		{{"LC_ALL=C", NULL}, "=="},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct rig r;
		char *argv[] = {seldom, NULL};

		rig_open(&r);
		rig_ask(&r, rig_question(1, 2, "/out/file-1"));
		rig_start(&r, 24, 80, argv, row[i].env);
		rig_until(&r, rig_shows, "/out/file-1");
		rig_keys(&r, "\r");
		rig_until(&r, rig_shows, row[i].shown);
		rig_until(&r, rig_shows, "y allows");
		rig_keys(&r, "n");
		rig_until(&r, rig_answered, "testaaaa.1");
		rig_keys(&r, "q");
		rig_until(&r, rig_ended, NULL);
		rig_assert_restored(&r);
		rig_close(&r);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_groups_by_tier_and_follows_what_changes),
		cmocka_unit_test(a_question_is_allowed_as_far_as_was_chosen),
		cmocka_unit_test(denying_is_one_key),
		cmocka_unit_test(a_grave_question_wants_its_word_typed),
		cmocka_unit_test(two_hundred_random_keys_allow_nothing),
		cmocka_unit_test(enter_space_paste_and_mouse_never_allow),
		cmocka_unit_test(what_is_clipped_is_opened_before_it_is_allowed),
		cmocka_unit_test(hostile_text_reaches_no_terminal),
		cmocka_unit_test(the_window_may_change_at_any_time),
		cmocka_unit_test(the_terminal_is_given_back_on_signals),
		cmocka_unit_test(a_session_that_begins_later_is_followed),
		cmocka_unit_test(help_says_every_key_and_why_one_is_off),
		cmocka_unit_test(plain_terminals_do),
	};

	if (argc != 2) {
		(void)fprintf(stderr, "usage: %s PROGRAM\n", argv[0]);
		return 2;
	}
	seldom = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
