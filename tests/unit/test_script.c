/* Scripts of `seldom answer`: parsed whole or not at all, matched line by line. */
#include "test.h"

#include "../../tui/console_script.c"

static int parse(const char *text, struct sel_script *script, char **error)
{
	*error = NULL;
	return sel_script_parse(text, strlen(text), script, error);
}

static void a_whole_line_is_read(void **state)
{
	struct sel_script script;
	char *error;

	(void)state;
	assert_int_equal(
		parse("# a comment\n\n"
		      "{\"match\":{\"op\":\"create\",\"tier\":\"T2\",\"object\":\"/srv/*\"},"
		      "\"answer\":\"allow\",\"rung\":\"recommended\",\"for\":\"session\","
		      "\"note\":\"why\",\"token\":true}\n"
		      "{\"match\":{\"tier\":3},\"answer\":\"deny\"}",
		      &script, &error),
		0);
	assert_int_equal(script.n, 2);
	assert_true(script.lines[0].reply.allow);
	assert_true(script.lines[0].token);
	assert_int_equal(script.lines[0].reply.rung, SEL_RUNG_RECOMMENDED);
	assert_int_equal(script.lines[0].reply.term, SEL_FOR_SESSION);
	assert_string_equal(script.lines[0].reply.note, "why");
	assert_string_equal(script.lines[0].match[SEL_MATCH_TIER], "2");
	assert_string_equal(script.lines[1].match[SEL_MATCH_TIER], "3");
	assert_false(script.lines[1].reply.allow);
	assert_int_equal(script.lines[1].reply.rung, 0);
	sel_script_done(&script);
}

static void a_broken_line_is_named_and_nothing_is_read(void **state)
{
	static const struct {
		const char *text, *error, *why;
	} row[] = {
		{"{\"answer\":\"deny\"}\n{", "2: ", "cut off"},
		{"[]", "1: not a JSON object", "an array"},
		{"\"x\"", "1: ", "no object at all"},
		{"{\"match\":{}}", "1: no 'answer'", "nothing to say"},
		{"\n\n{\"answer\":\"maybe\"}", "3: 'answer' must be", "no such answer"},
		{"{\"answer\":true}", "1: 'answer' must be", "not a word"},
		{"{\"answer\":\"allow\",\"rung\":-1}", "1: 'rung'", "a negative rung"},
		{"{\"answer\":\"allow\",\"rung\":\"all\"}", "1: 'rung'", "no such rung"},
		{"{\"answer\":\"allow\",\"for\":\"ever\"}", "1: 'for'", "no such term"},
		{"{\"answer\":\"allow\",\"token\":\"x\"}", "1: 'token'", "a word instead of true"},
		{"{\"answer\":\"allow\",\"not\":1}", "1: unknown key 'not'", "a misspelt key"},
		{"{\"answer\":\"deny\",\"answer\":\"allow\"}", "1: ", "a key twice"},
		{"{\"match\":{\"path\":\"/x\"},\"answer\":\"allow\"}", "1: no field 'path'",
		 "a misspelt field must not match everything"},
		{"{\"match\":{\"object\":7},\"answer\":\"allow\"}", "1: 'object'", "not a pattern"},
		{"{\"match\":[],\"answer\":\"allow\"}", "1: 'match'", "not an object"},
		{"{\"answer\":\"allow\",\"note\":5}", "1: 'note'", "not a text"},
		{"{\"answer\":\"allow\"} {\"answer\":\"allow\"}", "1: ", "two on a line"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sel_script script;
		char *error;

		if (parse(row[i].text, &script, &error) != -EINVAL || !error ||
		    strncmp(error, row[i].error, strlen(row[i].error)) != 0)
			fail_msg("row %zu: %s: got '%s'", i, row[i].why, error ? error : "nothing");
		free(error);
	}
}

static json_t *question(const char *object, const char *object2)
{
	return json_pack("{s:s, s:i, s:s, s:s*, s:s, s:s, s:{s:s, s:s}}", "op", "rename", "tier", 2,
			 "object", object, "object2", object2, "session", "abcdefgh", "new",
			 "first rename", "who", "comm", "mv", "exe", "/usr/bin/mv");
}

static void every_pattern_of_a_line_must_match(void **state)
{
	static const struct {
		const char *line, *object, *object2;
		bool matches;
		const char *why;
	} row[] = {
		{"{\"answer\":\"allow\"}", "/a", NULL, true, "no pattern: everything"},
		{"{\"match\":{\"object\":\"/a/*\"},\"answer\":\"allow\"}", "/a/b/c", NULL, true,
		 "a star crosses slashes"},
		{"{\"match\":{\"object\":\"/a/*\"},\"answer\":\"allow\"}", "/b/a/c", NULL, false,
		 "the whole text is matched"},
		{"{\"match\":{\"object\":\"/a/*\",\"op\":\"create\"},\"answer\":\"allow\"}", "/a/b",
		 NULL, false, "one of two is not all"},
		{"{\"match\":{\"tier\":\"[12]\",\"comm\":\"m?\",\"exe\":\"*/"
		 "mv\",\"session\":\"abc*\","
		 "\"new\":\"first*\"},\"answer\":\"allow\"}",
		 "/a", NULL, true, "all the other fields"},
		{"{\"match\":{\"object\":\"/a/*\"},\"answer\":\"allow\"}", "/a/b", "/etc/passwd",
		 false, "an allow needs both objects of a rename"},
		{"{\"match\":{\"object\":\"/a/*\"},\"answer\":\"deny\"}", "/x", "/a/b", true,
		 "a denial needs either"},
		{"{\"match\":{\"object\":\"/a/*\",\"object2\":\"/b/*\"},\"answer\":\"allow\"}",
		 "/a/x", "/b/x", true, "each its own pattern"},
		{"{\"match\":{\"object\":\"/a/*\",\"object2\":\"/b/*\"},\"answer\":\"allow\"}",
		 "/a/x", NULL, false, "a second object is asked for"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sel_script script;
		json_t *q = question(row[i].object, row[i].object2);
		char *error;

		assert_int_equal(parse(row[i].line, &script, &error), 0);
		if ((sel_script_match(&script, q) != NULL) != row[i].matches)
			fail_msg("row %zu: %s", i, row[i].why);
		sel_script_done(&script);
		json_decref(q);
	}
}

static void the_first_line_that_matches_counts(void **state)
{
	struct sel_script script;
	char *error;
	json_t *q = question("/a/b", NULL);

	(void)state;
	assert_int_equal(parse("{\"match\":{\"object\":\"/z\"},\"answer\":\"allow\"}\n"
			       "{\"match\":{\"object\":\"/a/*\"},\"answer\":\"deny\"}\n"
			       "{\"answer\":\"allow\"}\n",
			       &script, &error),
			 0);
	assert_ptr_equal(sel_script_match(&script, q), &script.lines[1]);
	sel_script_done(&script);
	json_decref(q);
}

static void an_answer_says_only_what_was_given(void **state)
{
	struct sel_reply deny = {.response_ms = -1}, allow = {.allow = true,
							      .rung = SEL_RUNG_RECOMMENDED,
							      .term = SEL_FOR_30D,
							      .token = "w",
							      .response_ms = 1200,
							      .expanded = true};
	json_t *m = sel_reply_message("s.1", &deny);
	char *text = json_dumps(m, JSON_COMPACT);

	(void)state;
	assert_string_equal(
		text, "{\"type\":\"answer\",\"id\":\"s.1\",\"verdict\":\"deny\",\"for\":\"once\"}");
	free(text);
	json_decref(m);
	m = sel_reply_message("s.2", &allow);
	text = json_dumps(m, JSON_COMPACT);
	assert_string_equal(text, "{\"type\":\"answer\",\"id\":\"s.2\",\"verdict\":\"allow\","
				  "\"for\":\"30d\",\"token\":\"w\",\"rung\":\"recommended\","
				  "\"response_ms\":1200,\"expanded\":true}");
	free(text);
	json_decref(m);
}

/* Random bytes and cut lines: an error or a script, never a crash, never half of one. */
static void any_bytes_are_survived(void **state)
{
	static const char seed[] = "{\"match\":{\"op\":\"create\",\"tier\":2},\"answer\":\"allow\","
				   "\"rung\":1,\"for\":\"once\"}\n";
	unsigned next = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[sizeof seed];
		struct sel_script script;
		char *error = NULL;

		memcpy(text, seed, sizeof seed);
		for (int j = 0; j < 3; j++) {
			next = next * 1103515245u + 12345u;
			text[(next >> 8) % (sizeof seed - 1)] = (char)(next >> 16);
		}
		if (sel_script_parse(text, (next >> 4) % sizeof seed, &script, &error) >= 0)
			sel_script_done(&script);
		else
			assert_non_null(error);
		free(error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_line_is_read),
		cmocka_unit_test(a_broken_line_is_named_and_nothing_is_read),
		cmocka_unit_test(every_pattern_of_a_line_must_match),
		cmocka_unit_test(the_first_line_that_matches_counts),
		cmocka_unit_test(an_answer_says_only_what_was_given),
		cmocka_unit_test(any_bytes_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
