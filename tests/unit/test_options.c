/* The table that parses every command's options. */
#include "test.h"

#include "../../tui/options.c"

struct values {
	bool json;
	const char *session;
	struct sel_list rw;
	uint64_t seconds;
};

static const struct sel_option rows[] = {
	{"json", 'j', SEL_OPT_FLAG, NULL, "objects", offsetof(struct values, json), 0},
	{"session", 's', SEL_OPT_STRING, "ID", "one session", offsetof(struct values, session), 0},
	{"rw", 0, SEL_OPT_LIST, "DIR", "writable", offsetof(struct values, rw), 0},
	{"seconds", 0, SEL_OPT_UINT, "N", "wait", offsetof(struct values, seconds), 3600},
	{0},
};
static const struct sel_usage one = {.name = "try",
				     .synopsis = "[X]",
				     .example = "seldom try",
				     .does = "Tries.",
				     .options = rows,
				     .operands = 1};
static const struct sel_usage rest = {.name = "run",
				      .synopsis = "-- CMD",
				      .example = "seldom run -- true",
				      .does = "Runs.",
				      .options = rows,
				      .rest = true};

static int parse(const struct sel_usage *usage, const char *line, struct values *v, char **argv)
{
	static char buffer[256];
	int argc = 0;
	char *save = NULL;

	(void)snprintf(buffer, sizeof buffer, "try %s", line);
	for (char *word = strtok_r(buffer, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	argv[argc] = NULL;
	*v = (struct values){0};
	return sel_options_parse(usage, argc, argv, v);
}

static void every_usage_error_is_refused(void **state)
{
	static const struct {
		const char *line;
		const char *why;
	} row[] = {
		{"--nosuch", "unknown word"},
		{"-x", "unknown letter"},
		{"--se 3", "ambiguous: session or seconds"},
		{"--session", "value missing"},
		{"--json=1", "a flag takes no value"},
		{"--help=1", "nor does help"},
		{"--seconds -1", "a sign"},
		{"--seconds 1x", "not a number"},
		{"--seconds=", "empty"},
		{"--seconds 3601", "above the greatest"},
		{"--seconds 99999999999999999999999", "above any number"},
		{"a b", "one operand too many"},
		{"a --json b", "also around an option"},
	};
	struct values v;
	char *argv[16];

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		int r = parse(&one, row[i].line, &v, argv);

		if (r != -EINVAL || sel_options_exit(r) != 2)
			fail_msg("%s: %d", row[i].why, r);
		sel_list_done(&v.rw);
	}
}

static void values_land_where_the_table_says(void **state)
{
	struct values v;
	char *argv[16];
	int r;

	(void)state;
	r = parse(&one, "--rw a word --json --rw=b --seconds 3600 -s last", &v, argv);
	assert_int_equal(argv[r] ? 0 : 1, 0);
	assert_string_equal(argv[r], "word");
	assert_true(v.json);
	assert_string_equal(v.session, "last");
	assert_int_equal(v.seconds, 3600);
	assert_int_equal(v.rw.n, 2);
	assert_string_equal(v.rw.v[0], "a");
	assert_string_equal(v.rw.v[1], "b");
	sel_list_done(&v.rw);
}

static void a_command_line_that_is_passed_on_keeps_its_options(void **state)
{
	struct values v;
	char *argv[16];
	int r;

	(void)state;
	r = parse(&rest, "--json -- ls --nosuch -x", &v, argv);
	assert_string_equal(argv[r], "ls");
	assert_string_equal(argv[r + 1], "--nosuch");
	r = parse(&rest, "ls --json", &v, argv);
	assert_string_equal(argv[r], "ls");
	assert_false(v.json);
}

static void help_is_no_error(void **state)
{
	struct values v;
	char *argv[16];

	(void)state;
	assert_int_equal(parse(&one, "--help", &v, argv), -ECANCELED);
	assert_int_equal(parse(&one, "-h", &v, argv), -ECANCELED);
	assert_int_equal(sel_options_exit(-ECANCELED), 0);
}

static void spans_have_units(void **state)
{
	static const struct {
		const char *text;
		int r;
		usec_t seconds;
	} row[] = {
		{"90", 0, 90},
		{"90s", 0, 90},
		{"15min", 0, 900},
		{"36h", 0, 129600},
		{"30d", 0, 2592000},
		{"2w", 0, 1209600},
		{"0", 0, 0},
		{"", -EINVAL, 0},
		{"d", -EINVAL, 0},
		{"-1d", -EINVAL, 0},
		{"1y", -EINVAL, 0},
		{"1.5h", -EINVAL, 0},
		{"1 d", -EINVAL, 0},
		{"99999999999999999w", -ERANGE, 0},
		{"9999999999999999999999999999999d", -ERANGE, 0},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		usec_t got = 0;
		int r = sel_parse_span(row[i].text, &got);

		if (r != row[i].r || got != row[i].seconds * USEC_PER_SEC)
			fail_msg("'%s': %d, %ju", row[i].text, r, (uintmax_t)got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_usage_error_is_refused),
		cmocka_unit_test(values_land_where_the_table_says),
		cmocka_unit_test(a_command_line_that_is_passed_on_keeps_its_options),
		cmocka_unit_test(help_is_no_error),
		cmocka_unit_test(spans_have_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
