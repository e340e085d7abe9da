/* The digest without a terminal or a store: what is drawn, what keys do, what counts as read. */
#include "test.h"

#include <locale.h>

#include "../../tui/console_fleet.c"
#include "../../tui/digest.c"
#include "../../tui/question.c"
#include "../../tui/view_canvas.c"
#include "../../tui/view_table.c"

#define T0 (1000 * USEC_PER_SEC)

static const char evil[] = "/srv/a\x1b[2J\n\xe2\x80\xae"
			   "b\xff";

static void gather(struct sel_digest_pool *pool, int64_t action, const char *object, bool first)
{
	const struct sel_learned_row row = {.action = action,
					    .session = "aaaaaaaa",
					    .at = (usec_t)action * 7919 + T0,
					    .op = SEL_OP_CREATE,
					    .exe = "/usr/bin/mvn",
					    .object = object,
					    .reason = "shape approved 5x",
					    .step = 2,
					    .first = first};

	assert_int_equal(sel_digest_gather(&row, pool), 0);
}

static void fill(struct sel_digest *d, int n, int first)
{
	struct sel_digest_pool pool = {0};

	*d = (struct sel_digest){.utf8 = true};
	for (int i = 1; i <= n; i++) {
		char object[64];

		(void)snprintf(object, sizeof object, "/home/ana/.m2/repository/%d", i);
		gather(&pool, i, object, i <= first);
	}
	sel_digest_draw_rows(d, &pool);
	assert_int_equal(pool.n, 0);
}

static void show(struct sel_digest *d, int rows, int cols, usec_t now)
{
	struct sel_canvas c;

	assert_int_equal(sel_canvas_init(&c, rows, cols, true), 0);
	sel_digest_draw(d, &c);
	assert_true(c.cursor_row >= 0 && c.cursor_row < rows);
	for (int row = 0; row < rows; row++) {
		_cleanup_free_ char *line = sel_canvas_row(&c, row);

		for (const char *p = line; *p; p++)
			assert_false((uint8_t)*p < 0x20 || *p == 0x7f);
		assert_null(strstr(line, "\xe2\x80\xae"));
	}
	sel_canvas_done(&c);
	sel_digest_drawn(d, now);
}

static void what_is_drawn_is_drawn_again(void **state)
{
	struct sel_digest a, b;

	(void)state;
	fill(&a, 200, 0);
	fill(&b, 200, 0);
	assert_int_equal(a.n, SEL_DIGEST_ROWS);
	assert_int_equal(a.of, 200);
	for (size_t i = 0; i < a.n; i++) {
		assert_true(a.row[i].sampled);
		assert_int_equal(a.row[i].action, b.row[i].action);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(a.row[i].action, a.row[k].action);
	}
	sel_digest_done(&a);
	sel_digest_done(&b);
}

static void few_are_all_shown(void **state)
{
	(void)state;
	for (int n = 0; n <= SEL_DIGEST_ROWS; n++) {
		struct sel_digest d;

		fill(&d, n, n);
		assert_int_equal(d.n, n);
		sel_digest_done(&d);
	}
}

/* Each action is as likely as any other: over many pools, the counts of each place stay within
 * five standard deviations of the mean. */
static void the_draw_is_uniform(void **state)
{
	enum { POOLS = 4000, PLACES = 40 };
	int hits[PLACES] = {0};

	(void)state;
	for (int p = 0; p < POOLS; p++) {
		struct sel_digest_pool pool = {0};
		struct sel_digest d = {0};

		for (int i = 0; i < PLACES; i++)
			gather(&pool, (int64_t)p * 1000 + i, "/x", false);
		sel_digest_draw_rows(&d, &pool);
		for (size_t i = 0; i < d.n; i++)
			hits[d.row[i].action % 1000]++;
		sel_digest_done(&d);
	}
	/* mean 1000, variance 4000 * .25 * .75 = 750 */
	for (int i = 0; i < PLACES; i++)
		if (hits[i] < 863 || hits[i] > 1137)
			fail_msg("place %d was drawn %d times of 4000, not about 1000", i, hits[i]);
}

static void first_uses_are_shown_beside_the_draw(void **state)
{
	struct sel_digest d;
	int sampled = 0, first = 0;

	(void)state;
	fill(&d, 200, 50);
	assert_int_equal(d.n, SEL_DIGEST_ROWS + SEL_DIGEST_FIRST);
	for (size_t i = 0; i < d.n; i++) {
		sampled += d.row[i].sampled;
		first += d.row[i].first && !d.row[i].sampled;
		assert_int_equal(json_is_true(json_object_get(d.row[i].json, "sampled")),
				 d.row[i].sampled);
	}
	assert_int_equal(sampled, SEL_DIGEST_ROWS);
	assert_int_equal(first, SEL_DIGEST_FIRST);
	sel_digest_done(&d);
}

/* Two answers stand behind the rest, and change nothing of what was drawn there. */
static void answers_stand_beside_the_draw(void **state)
{
	struct sel_learned_row answer = {
		.session = "aaaaaaaa", .op = SEL_OP_CREATE, .object = "/srv/out", .answered = true};
	struct sel_digest_pool pool = {0};
	struct sel_digest with, without;
	usec_t now = T0 + USEC_PER_SEC;

	(void)state;
	fill(&without, 200, 50);
	fill(&with, 200, 50);
	for (int i = 0; i < 7; i++) {
		answer.action = 1000 + i;
		answer.denied = i % 2;
		assert_int_equal(sel_digest_gather(&answer, &pool), 0);
	}
	sel_digest_draw_answers(&with, &pool);
	assert_int_equal(pool.n, 0);
	assert_int_equal(with.of, 200);
	assert_int_equal(with.n, without.n + SEL_DIGEST_ANSWERS);
	for (size_t i = 0; i < without.n; i++) {
		assert_int_equal(with.row[i].action, without.row[i].action);
		assert_int_equal(with.row[i].sampled, without.row[i].sampled);
		assert_false(with.row[i].answered);
	}
	show(&with, 80, 100, T0);
	sel_digest_key(&with, SEL_KEY_END, now);
	sel_digest_key(&with, 'h', now);
	for (size_t i = without.n; i < with.n; i++) {
		const char *said = sel_json_text(with.row[i].json, "answer");

		assert_true(with.row[i].answered && !with.row[i].sampled);
		assert_string_equal(said, with.row[i].action % 2 ? "deny" : "allow");
		assert_non_null(strstr(sel_json_text(with.row[i].json, "reason"),
				       *said == 'd' ? "you denied this" : "you allowed this"));
	}
	assert_int_equal(with.row[with.n - 1].mark, SEL_MARK_UNWANTED); /* no worse than wrong */
	show(&with, 80, 100, T0);
	sel_digest_done(&with);
	sel_digest_done(&without);
}

static void keys_mark_and_move_after_the_guard(void **state)
{
	struct sel_digest d;
	usec_t now = T0;

	(void)state;
	fill(&d, 4, 0);
	sel_digest_key(&d, 'f', now); /* not drawn yet */
	show(&d, 30, 80, now);
	sel_digest_key(&d, 'f', now + 399 * USEC_PER_MSEC);
	sel_digest_key(&d, SEL_KEY_ENTER, now + 399 * USEC_PER_MSEC);
	assert_int_equal(d.row[0].mark, SEL_MARK_NONE);
	assert_false(d.done);
	now += 400 * USEC_PER_MSEC;
	sel_digest_key(&d, 'f', now);
	sel_digest_key(&d, 'h', now);
	assert_int_equal(d.row[0].mark, SEL_MARK_UNWANTED);
	assert_int_equal(d.row[1].mark, SEL_MARK_HARMFUL);
	assert_int_equal(d.at, 2);
	sel_digest_key(&d, SEL_KEY_UP, now);
	sel_digest_key(&d, 'h', now);
	assert_int_equal(d.row[1].mark, SEL_MARK_NONE);
	for (int i = 0; i < 10; i++)
		sel_digest_key(&d, 'j', now);
	assert_int_equal(d.at, 3);
	sel_digest_key(&d, 'y', now);
	sel_digest_key(&d, SEL_KEY_ESC, now);
	assert_false(d.done);
	sel_digest_key(&d, SEL_KEY_ENTER, now);
	assert_true(d.done);
	sel_digest_key(&d, 'f', now);
	assert_int_equal(d.row[3].mark, SEL_MARK_NONE);
	sel_digest_done(&d);
}

static void only_what_was_read_counts(void **state)
{
	static const struct {
		int rows;
		usec_t read;
		bool blurred, counts;
	} row[] = {
		{60, 60 * USEC_PER_SEC, false, true},
		{60, 500 * USEC_PER_MSEC, false, false},
		{60, 60 * USEC_PER_SEC, true, false},
		{10, 60 * USEC_PER_SEC, false, false}, /* the end was never shown */
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sel_digest d;
		const char *why;

		fill(&d, 30, 0);
		show(&d, row[i].rows, 80, T0);
		if (row[i].blurred) {
			sel_digest_key(&d, SEL_KEY_FOCUS_OUT, T0 + 1);
			sel_digest_key(&d, SEL_KEY_FOCUS_IN, T0 + 2);
		}
		sel_digest_key(&d, 'q', T0 + row[i].read);
		assert_true(d.done);
		assert_int_equal(sel_digest_attentive(&d, 0, &why), row[i].counts);
		assert_int_equal(why == NULL, row[i].counts);
		sel_digest_done(&d);
	}
}

static void to_scroll_is_to_see(void **state)
{
	struct sel_digest d;
	const char *why;

	(void)state;
	fill(&d, 30, 0);
	for (size_t i = 0; i < d.n; i++) {
		show(&d, 10, 60, T0);
		sel_digest_key(&d, 'j', T0 + USEC_PER_SEC);
	}
	show(&d, 10, 60, T0);
	sel_digest_key(&d, 'q', T0 + 60 * USEC_PER_SEC);
	assert_true(sel_digest_attentive(&d, 0, &why));
	sel_digest_done(&d);
}

static void any_size_and_any_name_is_survived(void **state)
{
	struct sel_digest_pool pool = {0};
	struct sel_digest d = {.utf8 = true};
	char long_name[3000];

	(void)state;
	memset(long_name, 'x', sizeof long_name - 1);
	long_name[0] = '/';
	long_name[sizeof long_name - 1] = '\0';
	gather(&pool, 1, evil, true);
	gather(&pool, 2, long_name, false);
	gather(&pool, 3, "", false);
	sel_digest_draw_rows(&d, &pool);
	assert_int_equal(d.n, 3);
	for (int rows = 1; rows < 40; rows += 3)
		for (int cols = 1; cols < 120; cols += 7)
			show(&d, rows, cols, T0);
	sel_digest_done(&d);
}

static int setup(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_drawn_is_drawn_again),
		cmocka_unit_test(few_are_all_shown),
		cmocka_unit_test(the_draw_is_uniform),
		cmocka_unit_test(first_uses_are_shown_beside_the_draw),
		cmocka_unit_test(answers_stand_beside_the_draw),
		cmocka_unit_test(keys_mark_and_move_after_the_guard),
		cmocka_unit_test(only_what_was_read_counts),
		cmocka_unit_test(to_scroll_is_to_see),
		cmocka_unit_test(any_size_and_any_name_is_survived),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
