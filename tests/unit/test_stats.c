/* Statistics as text: shares are honest, shapes that lack something and names made to break lines
 * are survived. The page and the monitor's file are read by tests/cli. */
#include "test.h"

#include <locale.h>

#include "../../tui/console_fleet.c"
#include "../../tui/question.c"
#include "../../tui/view_canvas.c"
#include "../../tui/view_facts.c"
#include "../../tui/view_stats.c"
#include "../../tui/view_table.c"

static void a_share_below_20_has_no_percentage(void **state)
{
	static const struct {
		uint64_t k, n;
		const char *text;
	} row[] = {
		{0, 0, "none"},
		{0, 1, "0 of 1 (95 %: 0 to 79 %)"},
		{8, 8, "8 of 8 (95 %: 68 to 100 %)"},
		{4, 8, "4 of 8 (95 %: 22 to 78 %)"},
		{19, 19, "19 of 19 (95 %: 83 to 100 %)"},
		{10, 20, "50 %, 10 of 20 (95 %: 30 to 70 %)"},
		{0, 400, "0 %, 0 of 400 (95 %: 0 to 1 %)"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		char text[128];

		sel_share_of(row[i].k, row[i].n, text, sizeof text);
		assert_string_equal(text, row[i].text);
	}
}

static void a_bound_below_20_labels_has_no_rate(void **state)
{
	struct sel_labels l = {0};
	char line[160];

	(void)state;
	sel_labels_line(&l, line, sizeof line);
	assert_string_equal(line, "no label yet: nothing is known about what was wanted");
	l.all = (struct sel_stream){.labels = 19, .flags = 1};
	sel_labels_line(&l, line, sizeof line);
	assert_null(strstr(line, "(5."));
	assert_non_null(strstr(line, "1 of 19 not wanted; at most "));
	l.all = (struct sel_stream){.labels = 187};
	sel_labels_line(&l, line, sizeof line);
	assert_non_null(strstr(line, "0 of 187 not wanted (0.0 %); at most 2.0 % are"));
}

static void days_are_numbers_and_back(void **state)
{
	static const char *const broken[] = {"",	   "2026-11-2",	 "2026-11-23x",
					     "x026-11-23", "2026/11/23", "20261123--",
					     "2026-11-"};
	char day[16];

	(void)state;
	assert_int_equal(sel_day_number("1970-01-01"), 0);
	assert_int_equal(sel_day_number("2024-02-29") + 1, sel_day_number("2024-03-01"));
	sel_day_text(sel_day_number("2026-11-23"), day);
	assert_string_equal(day, "2026-11-23");
	for (size_t i = 0; i < SEL_N(broken); i++)
		assert_int_equal(sel_day_number(broken[i]), -1);
}

/* Every width, on terminals of both kinds: inside the width, and nothing that is no text. */
static void check_lines(json_t *stats)
{
	for (int width = 1; width < 130; width += 3)
		for (int utf8 = 0; utf8 < 2; utf8++) {
			struct sel_lines l;

			sel_stats_lines(stats, width, utf8, &l);
			assert_false(l.failed);
			for (size_t i = 0; i < l.n; i++) {
				const struct sel_span *s = &l.spans[i];

				if (width >= 20)
					assert_true(s->col + sel_text_columns(s->text) <= width);
				for (const char *p = s->text; *p; p++) {
					assert_false((uint8_t)*p < 0x20 || *p == 0x7f);
					assert_true(utf8 || (uint8_t)*p < 0x80);
				}
			}
			sel_lines_done(&l);
		}
}

static void what_is_missing_is_survived(void **state)
{
	static const char *const shapes[] = {
		"{}",
		"{\"questions\":7,\"approval\":[],\"fatigue\":{},\"noisy\":\"x\",\"automatic\":"
		"null}",
		"{\"fatigue\":[{\"day\":\"never\",\"asked\":-3},7,null],\"approval\":{\"k\":-1,"
		"\"of\":-9,"
		"\"by_tier\":[null,{}]}}",
		"{\"automatic\":{\"of\":100,\"k\":90,\"by_source\":{\"scope\":1e300,\"x\":null,"
		"\"y\":-5}},"
		"\"noisy\":[{},null]}",
		"{\"approval\":{\"k\":50,\"of\":20},\"guarantee\":{\"labels\":5,\"flags\":9,"
		"\"upper\":null}}",
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(shapes); i++) {
		json_t *stats = json_loads(shapes[i], 0, NULL);

		assert_non_null(stats);
		check_lines(stats);
		json_decref(stats);
	}
}

static void hostile_names_stay_text(void **state)
{
	static const char evil[] = "a\x1b[2J\n\xe2\x80\xae"
				   "b/cccccccccccccccccccccccccccccccccccccccccccccccccc";
	json_t *stats =
		json_pack("{s:[{s:s, s:s, s:s, s:i}], s:{s:i, s:i, s:{s:i}}, s:{s:s}}", "noisy",
			  "program", evil, "class", evil, "unit", evil, "asked", 3, "automatic",
			  "of", 30, "k", 20, "by_source", evil, 20, "fatigue_now", "line", evil);

	(void)state;
	assert_non_null(stats);
	assert_true(sel_fleet_safe(stats) >= 0);
	check_lines(stats);
	json_decref(stats);
}

static int setup(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_share_below_20_has_no_percentage),
		cmocka_unit_test(a_bound_below_20_labels_has_no_rate),
		cmocka_unit_test(days_are_numbers_and_back),
		cmocka_unit_test(what_is_missing_is_survived),
		cmocka_unit_test(hostile_names_stay_text),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
