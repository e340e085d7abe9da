/* How a run ends, in words. */
#include "test.h"

#include "../../tui/line.c"
#include "../../tui/run_summary.c"
#include "../../tui/terminal.c"

#include <locale.h>

static json_t *summary(int asked, int denied, int requests)
{
	json_t *o = json_pack(
		"{s:{s:i,s:i,s:i,s:i},s:{s:{s:i,s:i,s:i,s:i,s:i,s:i}},s:{s:i,s:i,s:i,s:i},s:{s:i},"
		"s:s,s:[],s:[]}",
		"questions", "asked", asked, "allowed", asked - denied, "denied", denied, "timeout",
		0, "actions", "by_source", "scope", 300, "grant", 10, "rule", 1, "learned", 1,
		"person", asked, "denied", denied, "network", "requests", requests, "hosts", 2,
		"refused", 0, "incidents", 0, "undo", "files", 0, "state", "FRESH", "hints",
		"denials");

	assert_non_null(o);
	return o;
}

static void refuse(json_t *o, const char *op, const char *object, const char *reason)
{
	assert_int_equal(json_array_append_new(json_object_get(o, "denials"),
					       json_pack("{s:s,s:s,s:s}", "op", op, "object",
							 object, "reason", reason)),
			 0);
}

static void says(json_t *take, int columns, const char *wanted)
{
	char *text = run_summary_text(take, "kq3fx7ab", columns, true);

	assert_string_equal(text, wanted);
	free(text);
	json_decref(take);
}

static void what_only_worked_ends_without_a_word(void **state)
{
	(void)state;
	says(summary(0, 0, 0), 80, "");
}

static void numbers_refusals_and_where_to_read_on_are_three_lines(void **state)
{
	json_t *o = summary(3, 1, 12);

	(void)state;
	refuse(o, "delete", "/home/ana/x", "you denied it");
	(void)json_object_set_new(json_object_get(o, "undo"), "files", json_integer(4));
	says(o, 80,
	     "seldom: questions 3 (2 allowed, 1 denied) \u00b7 automatic 312 \u00b7 refused 1 "
	     "\u00b7 12 requests to 2 hosts\n"
	     "seldom: refused: DELETE '/home/ana/x' (you denied it)\n"
	     "seldom: all of it: seldom log --session kq3fx7ab \u00b7 put 4 files back: seldom "
	     "undo "
	     "--session kq3fx7ab\n");
}

static void refusals_share_a_line_as_far_as_it_goes(void **state)
{
	json_t *o = summary(1, 1, 0);

	(void)state;
	for (int i = 0; i < 9; i++)
		refuse(o, "write", "/etc/hosts", "no");
	_cleanup_free_ char *text = run_summary_text(o, "a", 90, true);
	_cleanup_free_ char *wide = run_summary_text(o, "a", 400, true);
	const char *line = strstr(text, "seldom: refused: ");
	assert_non_null(line);
	assert_true(strcspn(line, "\n") <= 90);
	assert_non_null(strstr(line, "; and 7 more\n"));
	assert_null(strstr(wide, "more"));
	json_decref(o);
}

static void a_refused_request_is_one(void **state)
{
	json_t *o = summary(1, 1, 0);

	(void)state;
	refuse(o, "connect", "GET files.test/a", "no");
	refuse(o, "connect", "files.test:22", "no");
	refuse(o, "connect", "/run/a socket", "no");
	_cleanup_free_ char *text = run_summary_text(o, "a", 400, true);
	assert_non_null(strstr(text,
			       "refused: REQUEST 'GET files.test/a' (no); "
			       "CONNECT 'files.test:22' (no); CONNECT '/run/a socket' (no)\n"));
	json_decref(o);
}

static void a_refusal_too_long_for_the_line_is_told_whole(void **state)
{
	char path[600] = "/";
	json_t *o = summary(1, 1, 0);

	(void)state;
	memset(path + 1, 'x', sizeof path - 2);
	refuse(o, "write", path, "no");
	refuse(o, "write", "/b", "no");
	_cleanup_free_ char *text = run_summary_text(o, "a", 40, true);
	assert_non_null(strstr(text, path));
	assert_non_null(strstr(text, "; and 1 more\n"));
	json_decref(o);
}

static void names_cannot_write_to_the_terminal(void **state)
{
	json_t *o = summary(1, 1, 0);
	size_t lines = 0;

	(void)state;
	refuse(o, "wr\033[2Jite", "/a\nseldom: all is well\x1b[1A", "\u202eno");
	_cleanup_free_ char *text = run_summary_text(o, "a", 80, true);
	for (const char *c = text; *c; c++) {
		assert_true(*c == '\n' || ((unsigned char)*c >= 0x20 && *c != 0x7f));
		lines += *c == '\n';
	}
	assert_int_equal(lines, 3);
	assert_null(strstr(text, "\u202e"));
	json_decref(o);
}

static void hints_follow_only_for_the_fresh(void **state)
{
	json_t *o = summary(0, 0, 0), *hints = json_object_get(o, "hints");
	static const char *const kinds[] = {"undo", "digest", "proposal"};

	(void)state;
	for (size_t i = 0; i < SEL_N(kinds); i++)
		(void)json_array_append_new(hints, json_pack("{s:s,s:s,s:s}", "kind", kinds[i],
							     "text", kinds[i], "command", "do"));
	says(json_incref(o), 80, "seldom: undo: do\nseldom: digest: do\n");
	(void)json_object_set_new(json_object_get(o, "questions"), "asked", json_integer(1));
	_cleanup_free_ char *told = run_summary_text(o, "a", 80, false);
	assert_null(strstr(told, "undo: do"));
	assert_non_null(strstr(told, "seldom: proposal: do\n"));
	(void)json_object_set_new(o, "state", json_string("TIRED"));
	_cleanup_free_ char *tired = run_summary_text(o, "a", 80, false);
	assert_null(strstr(tired, ": do"));
	for (const char *c = told; *c; c++)
		assert_true((unsigned char)*c < 0x80);
	json_decref(o);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_only_worked_ends_without_a_word),
		cmocka_unit_test(numbers_refusals_and_where_to_read_on_are_three_lines),
		cmocka_unit_test(refusals_share_a_line_as_far_as_it_goes),
		cmocka_unit_test(a_refused_request_is_one),
		cmocka_unit_test(a_refusal_too_long_for_the_line_is_told_whole),
		cmocka_unit_test(names_cannot_write_to_the_terminal),
		cmocka_unit_test(hints_follow_only_for_the_fresh),
	};

	(void)setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
