/* What judgement shows on a terminal: statistics, the digest, questions to the tired, checks. The
 * real program; argument 2 fills a store with weeks of use and hostile names. */
#include "console_rig.h"

#include "seldom/store.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static char *seldom, *fill;

static void store_path(const struct rig *r, char path[static 128])
{
	(void)snprintf(path, 128, "%s/seldom/seldom.db", r->runtime);
}

static void fill_store(struct rig *r, const char *how)
{
	char path[128], command[512];

	store_path(r, path);
	(void)snprintf(command, sizeof command, "'%s' '%s' %s", fill, path, how);
	assert_int_equal(system(command), 0);
}

struct counts {
	int labels, flags, sampled, harmful;
};

static int count_label(const struct sel_label_row *row, const char *program, const char *key,
		       void *ctx)
{
	struct counts *n = ctx;

	(void)program;
	(void)key;
	n->labels++;
	n->flags += row->flagged;
	n->sampled += row->sampled;
	n->harmful += row->harmful;
	return 0;
}

static int count_looked_over(const struct sel_fact_row *row, void *ctx)
{
	struct counts *n = ctx;

	n->labels += row->labelled;
	n->flags += row->flagged;
	return 0;
}

/* Of learned allows, or of answers. */
static struct counts count(const struct rig *r, bool answers)
{
	struct counts n = {0};
	struct sel_store *s;
	char path[128];

	store_path(r, path);
	assert_int_equal(sel_store_open(path, SEL_STORE_READ, &s, NULL), 0);
	assert_int_equal(answers ? sel_store_facts(s, 0, 0, count_looked_over, &n)
				 : sel_store_labels(s, count_label, &n),
			 0);
	sel_store_free(s);
	return n;
}

static struct counts labels(const struct rig *r)
{
	return count(r, false);
}

static struct counts looked_over(const struct rig *r)
{
	return count(r, true);
}

static void start_console(struct rig *r, int rows, int cols)
{
	char *argv[] = {seldom, NULL};

	rig_start(r, rows, cols, argv, NULL);
	rig_until(r, rig_shows, "seldom");
	rig_until(r, rig_fronted, NULL);
}

static void start_digest_of(struct rig *r, const char *how, int rows, int cols)
{
	char *argv[] = {seldom, "digest", NULL};

	fill_store(r, how);
	rig_start(r, rows, cols, argv, NULL);
	rig_until(r, rig_shows, "Would you have allowed these?");
}

static void start_digest(struct rig *r, int rows, int cols)
{
	start_digest_of(r, "", rows, cols);
}

static void wait_msec(struct rig *r, int msec)
{
	usec_t end = sel_now_monotonic() + (usec_t)msec * USEC_PER_MSEC;

	while (sel_now_monotonic() < end)
		rig_turn(r, 20);
}

/* Long enough on a loaded machine, too: keys inside the guard are no keys. */
static void past_guard(struct rig *r)
{
	wait_msec(r, 2500);
}

/* --- statistics ------------------------------------------------------------------------------ */

static void statistics_are_a_view_of_the_console(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	fill_store(&r, "");
	rig_ask(&r, rig_question(1, 2, "/out/file-1"));
	start_console(&r, 60, 80);
	rig_until(&r, rig_shows, "/out/file-1");
	rig_keys(&r, "5");
	rig_until(&r, rig_shows, "tool-cache, /home/ana/.m2/repository");
	rig_until(&r, rig_shows, "asked a day");
	rig_keys(&r, "d");
	rig_until(&r, rig_shows, "in 2 sessions");
	rig_until(&r, rig_shows, "1 waits: 1 T2"); /* what waits stays in sight */
	rig_until(&r, rig_shows, "now               FRESH");
	rig_resize(&r, 20, 80);
	rig_until(&r, rig_shows_not, "learned wrongly");
	rig_keys(&r, "G");
	rig_until(&r, rig_shows, "learned wrongly");
	rig_keys(&r, "yn\r ");
	rig_keys(&r, "g");
	rig_until(&r, rig_shows, "in 2 sessions");
	rig_keys(&r, "q");
	rig_until(&r, rig_shows, "Asks most");
	rig_keys(&r, "q");
	rig_until(&r, rig_shows, "/out/file-1");
	assert_int_equal(json_array_size(r.answers), 0);
	rig_resize(&r, 12, 44);
	rig_keys(&r, "5");
	rig_until(&r, rig_shows, "allowed");
	rig_keys(&r, "qq");
	rig_until(&r, rig_ended, NULL);
	rig_assert_restored(&r);
	rig_close(&r);
}

static json_t *numbers_of_the_command(const struct rig *r)
{
	char command[512];
	json_t *o;
	FILE *f;

	(void)snprintf(command, sizeof command, "XDG_STATE_HOME='%s' '%s' stats --json", r->runtime,
		       seldom);
	f = popen(command, "re");
	assert_non_null(f);
	o = json_loadf(f, 0, NULL);
	assert_int_equal(pclose(f), 0);
	assert_non_null(o);
	return o;
}

static bool shows_numbers(struct rig *r, const char *row)
{
	int rows, cols;

	vterm_get_size(r->vt, &rows, &cols);
	for (int i = 0; i < rows; i++) {
		_cleanup_free_ char *line = rig_row(r, i);
		const char *at = line;
		char squeezed[512];
		size_t n = 0;

		for (; *at && n < sizeof squeezed - 1; at++)
			if (*at != ' ' || n == 0 || squeezed[n - 1] != ' ')
				squeezed[n++] = *at;
		squeezed[n] = '\0';
		if (strstr(squeezed, row))
			return true;
	}
	return false;
}

static void the_view_has_the_numbers_of_the_command(void **state)
{
	json_t *o, *row;
	size_t i, compared = 0;
	char wanted[256];
	struct rig r;

	(void)state;
	rig_open(&r);
	fill_store(&r, "");
	o = numbers_of_the_command(&r);
	start_console(&r, 60, 100);
	rig_keys(&r, "5");
	json_array_foreach(json_object_get(o, "noisy"), i, row)
	{
		const char *unit = json_string_value(json_object_get(row, "unit"));

		if (strchr(unit, '\\')) /* escaped, and cut where there is no room */
			continue;
		(void)snprintf(wanted, sizeof wanted, " %lld %lld %lld ",
			       json_integer_value(json_object_get(row, "asked")),
			       json_integer_value(json_object_get(row, "allowed")),
			       json_integer_value(json_object_get(row, "denied")));
		rig_until(&r, shows_numbers, wanted);
		(void)snprintf(wanted, sizeof wanted, "%s, %s",
			       json_string_value(json_object_get(row, "class")), unit);
		rig_until(&r, rig_shows, wanted);
		compared++;
	}
	assert_true(compared > 0);
	row = json_object_get(o, "approval");
	(void)snprintf(wanted, sizeof wanted, "%%, %lld of %lld (95",
		       json_integer_value(json_object_get(row, "k")),
		       json_integer_value(json_object_get(row, "of")));
	rig_keys(&r, "d");
	rig_until(&r, rig_shows, wanted);
	json_decref(o);
	rig_close(&r);
}

static void statistics_of_nothing_are_a_view_too(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	start_console(&r, 40, 80);
	rig_keys(&r, "5");
	rig_until(&r, rig_shows, "Nothing was asked yet");
	rig_keys(&r, "d");
	rig_until(&r, rig_shows, "in 0 sessions");
	rig_keys(&r, "\033");
	rig_until(&r, rig_shows, "Asks most");
	rig_keys(&r, "\033");
	rig_until(&r, rig_shows, "No question waits");
	rig_close(&r);
}

/* --- the digest ------------------------------------------------------------------------------ */

static void a_digest_that_was_not_read_keeps_only_marks(void **state)
{
	struct rig r;
	struct counts n;

	(void)state;
	rig_open(&r);
	start_digest(&r, 24, 80);
	past_guard(&r);
	rig_keys(&r, "f");
	rig_until(&r, rig_shows, "unwanted");
	rig_keys(&r, "h");
	rig_until(&r, rig_shows, "HARMFUL");
	rig_keys(&r, "kh");
	rig_until(&r, rig_shows_not, "HARMFUL"); /* taken back */
	rig_keys(&r, "\r");
	rig_until(&r, rig_ended, NULL);
	rig_until(&r, rig_shows,
		  "Rows without a mark do not count: not all rows were on the screen");
	rig_until(&r, rig_shows, "1 label kept");
	rig_until(&r, rig_shows, "1 of 1 not wanted");
	n = labels(&r);
	assert_int_equal(n.labels, 1);
	assert_int_equal(n.flags, 1);
	assert_int_equal(n.harmful, 0);
	assert_int_equal(r.status, 0);
	rig_assert_restored(&r);
	rig_close(&r);
}

static void a_digest_that_was_read_counts_whole(void **state)
{
	struct rig r;
	struct counts n;

	(void)state;
	rig_open(&r);
	start_digest(&r, 50, 100);
	past_guard(&r);
	rig_keys(&r, "jjjh");
	rig_until(&r, rig_shows, "HARMFUL");
	rig_keys(&r, "G");
	wait_msec(&r, 10000);
	rig_keys(&r, "q");
	rig_until(&r, rig_ended, NULL);
	rig_until(&r, rig_shows, "1 of 10 not wanted");
	n = labels(&r);
	assert_true(n.labels >= 10);
	assert_int_equal(n.sampled, 10);
	assert_int_equal(n.flags, 1);
	assert_int_equal(n.harmful, 1);
	rig_assert_restored(&r);
	rig_close(&r);
}

/* One is marked, the other is confirmed by who read it; neither is a label of what was learned. */
static void answers_are_looked_over_in_a_digest(void **state)
{
	struct counts before, after;
	struct rig r;

	(void)state;
	rig_open(&r);
	start_digest_of(&r, "watched", 70, 120);
	rig_until(&r, rig_shows, "you denied this: was that right?");
	rig_until(&r, rig_shows, "you allowed this: was that right?");
	before = looked_over(&r);
	past_guard(&r);
	rig_keys(&r, "Gf");
	rig_until(&r, rig_shows, "wrong   ");
	wait_msec(&r, 12000);
	rig_keys(&r, "q");
	rig_until(&r, rig_ended, NULL);
	rig_until(&r, rig_shows, "0 of 10 not wanted");
	after = looked_over(&r);
	assert_int_equal(after.labels, before.labels + 2);
	assert_int_equal(after.flags, before.flags + 1);
	assert_int_equal(labels(&r).sampled, 10);
	assert_int_equal(labels(&r).flags, 0);
	rig_assert_restored(&r);
	rig_close(&r);
}

static void a_digest_beside_another_window_does_not_count(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	start_digest(&r, 50, 100);
	past_guard(&r);
	rig_keys(&r, "\033[O");
	wait_msec(&r, 5500);
	rig_keys(&r, "\033[I");
	rig_keys(&r, "\r");
	rig_until(&r, rig_ended, NULL);
	rig_until(&r, rig_shows, "lost the focus");
	assert_int_equal(labels(&r).labels, 0);
	rig_close(&r);
}

static void a_digest_that_is_left_keeps_nothing(void **state)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

	(void)state;
	for (size_t i = 0; i < SEL_N(signals); i++) {
		struct rig r;

		rig_open(&r);
		start_digest(&r, 24, 80);
		past_guard(&r);
		rig_keys(&r, "f");
		rig_until(&r, rig_shows, "unwanted");
		assert_int_equal(kill(r.pid, signals[i]), 0);
		rig_until(&r, rig_ended, NULL);
		assert_true(WIFEXITED(r.status) && WEXITSTATUS(r.status) == 1);
		assert_int_equal(labels(&r).labels, 0);
		rig_assert_restored(&r);
		rig_close(&r);
	}
}

static void a_digest_shows_hostile_names_as_escapes(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	start_digest(&r, 60, 140);
	rig_until(&r, rig_shows, "x\\x1B[2J<script>");
	rig_until(&r, rig_shows, "\\u{202E}");
	assert_true(r.alternate);
	rig_resize(&r, 4, 20); /* whatever the size: no crash, nothing kept */
	past_guard(&r);
	rig_resize(&r, 24, 80);
	rig_until(&r, rig_shows, "Would you have allowed these?");
	rig_keys(&r, "\r");
	rig_until(&r, rig_ended, NULL);
	rig_assert_restored(&r);
	rig_close(&r);
}

/* --- questions ------------------------------------------------------------------------------- */

static void open_question(struct rig *r, json_t *q)
{
	rig_open(r);
	rig_ask(r, q);
	start_console(r, 30, 100);
	rig_until(r, rig_shows, "pip");
	rig_keys(r, "\r");
	rig_until(r, rig_shows, "denied once in");
}

static void the_tired_type_a_word_and_get_no_30_days(void **state)
{
	struct rig r;
	json_t *q = rig_question(1, 2, "/out/file-1");

	(void)state;
	(void)json_object_set_new(q, "headline",
				  json_string("fatigue: TIRED (RTE 0.55 over 20, load 9.1) - "
					      "approvals count 1/4"));
	(void)json_object_set_new(q, "token", json_string("file"));
	(void)json_object_set_new(q, "terms", json_pack("[s,s]", "once", "session"));
	open_question(&r, q);
	rig_until(&r, rig_shows, "fatigue: TIRED (RTE 0.55 over 20, load 9.1)");
	assert_false(rig_shows(&r, "30 days"));
	rig_until(&r, rig_shows, "y, then the word, allows");
	rig_keys(&r, "y");
	rig_until(&r, rig_shows, "type file:");
	rig_keys(&r, "file");
	rig_until(&r, rig_shows, "then y allows");
	rig_keys(&r, "y");
	rig_until(&r, rig_answered, "testaaaa.1");
	assert_string_equal(
		json_string_value(json_object_get(rig_answer(&r, "testaaaa.1"), "token")), "file");
	rig_close(&r);
}

static void one_question_for_many_is_answered_in_its_own_words(void **state)
{
	struct rig r;
	json_t *q = rig_question(1, 1, "12 actions");

	(void)state;
	(void)json_object_set_new(q, "op", json_string("other"));
	(void)json_object_set_new(q, "kind", json_string("flood"));
	(void)json_object_set_new(q, "detail", json_string("create /out/a\ncreate /out/b\033[2J"));
	(void)json_object_set_new(q, "terms", json_pack("[s]", "once"));
	(void)json_object_set_new(
		q, "words",
		json_pack("{s:s, s:s}", "allow", "ask me one by one", "deny", "deny all of them"));
	open_question(&r, q);
	rig_until(&r, rig_shows, "y: ask me one by one   n: deny all of them");
	rig_until(&r, rig_shows, "create /out/b\\x1B[2J");
	assert_false(rig_shows(&r, "An allow reaches"));
	rig_keys(&r, "n");
	rig_until(&r, rig_answered, "testaaaa.1");
	rig_until(&r, rig_shows, "deny all of them: pip 12 actions");
	rig_close(&r);
}

static void a_check_is_explained_at_once(void **state)
{
	struct rig r;
	json_t *q = rig_question(1, 1, "/out/file-1");

	(void)state;
	(void)json_object_set_new(q, "rig_feedback",
				  json_string("that was a check by seldom; nothing was done"));
	open_question(&r, q);
	rig_until(&r, rig_shows, "y allows");
	rig_keys(&r, "n");
	rig_until(&r, rig_shows, "that was a check by seldom; nothing was done");
	rig_close(&r);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statistics_are_a_view_of_the_console),
		cmocka_unit_test(the_view_has_the_numbers_of_the_command),
		cmocka_unit_test(statistics_of_nothing_are_a_view_too),
		cmocka_unit_test(a_digest_that_was_not_read_keeps_only_marks),
		cmocka_unit_test(a_digest_that_was_read_counts_whole),
		cmocka_unit_test(answers_are_looked_over_in_a_digest),
		cmocka_unit_test(a_digest_beside_another_window_does_not_count),
		cmocka_unit_test(a_digest_that_is_left_keeps_nothing),
		cmocka_unit_test(a_digest_shows_hostile_names_as_escapes),
		cmocka_unit_test(the_tired_type_a_word_and_get_no_30_days),
		cmocka_unit_test(one_question_for_many_is_answered_in_its_own_words),
		cmocka_unit_test(a_check_is_explained_at_once),
	};

	if (argc != 3) {
		(void)fprintf(stderr, "usage: %s PROGRAM FILL-STORE\n", argv[0]);
		return 2;
	}
	seldom = argv[1];
	fill = argv[2];
	if (getenv("ONLY"))
		cmocka_set_test_filter(getenv("ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
