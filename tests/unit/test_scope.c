#include "test.h"

#include <stdio.h>

#include "scope.h"

static void knows_a_clean_path(void **state)
{
	static const struct {
		const char *path;
		bool clean;
		const char *why;
	} row[] = {
		{"/", true, "the root itself"},
		{"/a", true, "one name"},
		{"/a/b.c/..d/e..", true, "dots inside names are names"},
		{"/.../....", true, "three dots are a name"},
		{"/ /\n/\xff", true, "bytes are not judged, only components"},
		{"", false, "empty"},
		{"a", false, "relative"},
		{"./a", false, "relative"},
		{"//", false, "empty component"},
		{"/a/", false, "trailing slash"},
		{"//a", false, "empty component in front"},
		{"/a//b", false, "empty component inside"},
		{"/.", false, "dot"},
		{"/a/.", false, "dot at the end"},
		{"/a/./b", false, "dot inside"},
		{"/..", false, "dot-dot"},
		{"/a/..", false, "dot-dot at the end"},
		{"/a/../b", false, "dot-dot inside"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++)
		if (sel_path_clean(row[i].path) != row[i].clean)
			fail_msg("'%s': %s", row[i].path, row[i].why);
}

static void below_counts_whole_components(void **state)
{
	static const struct {
		const char *path, *dir;
		bool below;
		const char *why;
	} row[] = {
		{"/a", "/a", true, "itself"},
		{"/a/b", "/a", true, "child"},
		{"/a/b/c/d", "/a/b", true, "far below"},
		{"/a", "/", true, "all is below the root"},
		{"/", "/", true, "the root itself"},
		{"/", "/a", false, "the root is above"},
		{"/ab", "/a", false, "a name that only begins alike"},
		{"/a", "/ab", false, "shorter name"},
		{"/a", "/a/b", false, "parent is not below its child"},
		{"/b/a", "/a", false, "other place"},
		{"/a.b", "/a", false, "a dot is part of the name"},
		{"a", "/", false, "a relative path is nowhere"},
		{"", "/", false, "nor is an empty one"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++)
		if (sel_path_below(row[i].path, row[i].dir) != row[i].below)
			fail_msg("'%s' below '%s': %s", row[i].path, row[i].dir, row[i].why);
}

static void add_all(struct sel_scope *s)
{
	/* Shortest first on purpose: the order of adding must not matter. */
	assert_int_equal(sel_scope_add(s, "/w", SEL_MODE_RW, 0), 0);
	assert_int_equal(sel_scope_add(s, "/w/keep", SEL_MODE_RO, 0), 0);
	assert_int_equal(sel_scope_add(s, "/w/keep/build", SEL_MODE_ND, 0), 0);
	assert_int_equal(sel_scope_add(s, "/v/long/folder/name", SEL_MODE_RW, 0), 0);
}

static void the_longest_entry_wins(void **state)
{
	static const struct {
		const char *path;
		enum sel_mode mode;
		const char *why;
	} row[] = {
		{"/w", SEL_MODE_RW, "the entry itself"},
		{"/w/x/y", SEL_MODE_RW, "below it"},
		{"/w/keep", SEL_MODE_RO, "a tighter entry inside"},
		{"/w/keep/x", SEL_MODE_RO, "below the tighter one"},
		{"/w/keep/build/o", SEL_MODE_ND, "a wider one inside that"},
		{"/w/keeper", SEL_MODE_RW, "begins like the tighter one only"},
		{"/w2", SEL_MODE_NONE, "begins like the workspace only"},
		{"/", SEL_MODE_NONE, "above all"},
		{"/v/long/folder", SEL_MODE_NONE, "above an entry"},
		{"/v/long/folder/name/x", SEL_MODE_RW, "below a long one"},
		{"/w/../etc/passwd", SEL_MODE_NONE, "dot-dot leads out"},
		{"/w//x", SEL_MODE_NONE, "not clean"},
		{"/w/x/", SEL_MODE_NONE, "not clean"},
		{"w/x", SEL_MODE_NONE, "relative"},
		{"", SEL_MODE_NONE, "empty"},
	};
	struct sel_scope s = {0}, copy;

	(void)state;
	assert_int_equal(sel_scope_mode(&s, "/w"),
			 SEL_MODE_NONE); /* nothing is in an empty scope */
	add_all(&s);
	assert_int_equal(sel_scope_copy(&s, &copy), 0);
	for (size_t i = 0; i < SEL_N(row); i++)
		if (sel_scope_mode(&s, row[i].path) != row[i].mode ||
		    sel_scope_mode(&copy, row[i].path) != row[i].mode)
			fail_msg("'%s': %s", row[i].path, row[i].why);
	sel_scope_done(&copy);
	sel_scope_done(&s);
}

static void a_root_entry_covers_everything_absolute(void **state)
{
	struct sel_scope s = {0};

	(void)state;
	assert_int_equal(sel_scope_add(&s, "/", SEL_MODE_ND, 0), 0);
	assert_int_equal(sel_scope_add(&s, "/a", SEL_MODE_RW, 0), 0);
	assert_int_equal(sel_scope_mode(&s, "/"), SEL_MODE_ND);
	assert_int_equal(sel_scope_mode(&s, "/b"), SEL_MODE_ND);
	assert_int_equal(sel_scope_mode(&s, "/a/b"), SEL_MODE_RW);
	assert_int_equal(sel_scope_mode(&s, "b"), SEL_MODE_NONE);
	sel_scope_done(&s);
}

static void the_same_path_is_replaced_and_bad_ones_are_refused(void **state)
{
	static const char *const bad[] = {"", "a", "/a/", "/a/../b", "//", "/./a"};
	struct sel_scope s = {0}, copy;

	(void)state;
	assert_int_equal(sel_scope_add(&s, "/a", SEL_MODE_RW, 0), 0);
	assert_int_equal(sel_scope_add(&s, "/b", SEL_MODE_RW, 0), 0);
	assert_int_equal(sel_scope_add(&s, "/a", SEL_MODE_RO, 0), 0);
	for (size_t i = 0; i < SEL_N(bad); i++)
		if (sel_scope_add(&s, bad[i], SEL_MODE_RW, 0) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(s.n, 2);
	assert_int_equal(sel_scope_mode(&s, "/a/x"), SEL_MODE_RO);
	assert_int_equal(sel_scope_mode(&s, "/b/x"), SEL_MODE_RW);

	/* A copy is its own: an answer widens a new snapshot while threads read the old one. */
	assert_int_equal(sel_scope_copy(&s, &copy), 0);
	assert_int_equal(sel_scope_add(&copy, "/a", SEL_MODE_RW, 0), 0);
	assert_int_equal(sel_scope_mode(&s, "/a"), SEL_MODE_RO);
	sel_scope_done(&copy);
	sel_scope_done(&s);
	assert_int_equal(s.n, 0);
}

static void an_entry_names_the_rule_it_came_from(void **state)
{
	struct sel_scope s = {0}, copy;

	(void)state;
	assert_int_equal(sel_scope_add(&s, "/w", SEL_MODE_RW, 0), 0);
	assert_int_equal(sel_scope_add(&s, "/w/out", SEL_MODE_RW, 7), 0);
	assert_int_equal(sel_scope_copy(&s, &copy), 0);
	assert_int_equal(sel_scope_find(&copy, "/w/x")->rule, 0);
	assert_int_equal(sel_scope_find(&copy, "/w/out/x")->rule, 7);
	assert_null(sel_scope_find(&copy, "/v"));
	assert_null(sel_scope_find(&copy, "/w/out/../x"));
	sel_scope_done(&copy);
	sel_scope_done(&s);
}

static void few_entries_stay_sorted_whatever_the_order_of_adding(void **state)
{
	struct sel_scope s = {0};
	char path[64];

	(void)state;
	srandom(1);
	for (int i = 0; i < 16; i++) {
		(void)snprintf(path, sizeof path, "/%ld/%ld", random() % 1000, random() % 100000);
		assert_int_equal(sel_scope_add(&s, path, SEL_MODE_RW, 0), 0);
	}
	for (size_t i = 0; i < s.n; i++) {
		assert_int_equal(s.entries[i].len, strlen(s.entries[i].path));
		if (i > 0)
			assert_true(s.entries[i - 1].len >= s.entries[i].len);
	}
	sel_scope_done(&s);
}

/* The longest entry above a path, the slow way. */
static const struct sel_scope_entry *slowly(const struct sel_scope *s, const char *path)
{
	const struct sel_scope_entry *best = NULL;

	for (size_t i = 0; sel_path_clean(path) && i < s->n; i++)
		if (sel_path_below(path, s->entries[i].path) &&
		    (!best || s->entries[i].len > best->len))
			best = &s->entries[i];
	return best;
}

static void random_path(char *ret, size_t cap)
{
	int depth = 1 + (int)(random() % 5);

	*ret = '\0';
	for (int i = 0; i < depth; i++) {
		size_t n = strlen(ret);

		(void)snprintf(ret + n, cap - n, "/%c%ld", 'a' + (int)(random() % 3), random() % 4);
	}
}

static void many_entries_answer_as_few_do(void **state)
{
	struct sel_scope s = {0}, old = {0};
	char path[128];

	(void)state;
	srandom(2);
	for (int i = 0; i < 600; i++) {
		random_path(path, sizeof path);
		if (i == 300) {
			sel_scope_done(&old);
			assert_int_equal(sel_scope_copy(&s, &old), 0);
		}
		assert_int_equal(sel_scope_add(&s, path, SEL_MODE_RW, i), 0);
		for (int k = 0; k < 20; k++) {
			random_path(path, sizeof path);
			assert_ptr_equal(sel_scope_find(&s, path), slowly(&s, path));
		}
	}
	assert_true(s.n > 100);
	assert_null(sel_scope_find(&s, "/a0/../b0"));
	assert_null(sel_scope_find(&s, "/zzz"));
	assert_int_equal(sel_scope_add(&s, "/", SEL_MODE_ND, 0), 0);
	assert_int_equal(sel_scope_mode(&s, "/zzz"), SEL_MODE_ND);
	assert_int_equal(sel_scope_mode(&s, "/"), SEL_MODE_ND);
	/* The copy did not change with it. */
	assert_int_equal(sel_scope_mode(&old, "/zzz"), SEL_MODE_NONE);
	for (size_t i = 0; i < old.n; i++)
		assert_true(old.entries[i].rule < 300);
	assert_int_equal(sel_scope_add(&s, "/", SEL_MODE_RO, 0), 0);
	assert_int_equal(sel_scope_mode(&s, "/zzz"), SEL_MODE_RO);
	sel_scope_done(&s);
	for (size_t i = 0; i < old.n; i++) /* still its own */
		assert_ptr_equal(sel_scope_find(&old, old.entries[i].path), &old.entries[i]);
	sel_scope_done(&old);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_a_clean_path),
		cmocka_unit_test(below_counts_whole_components),
		cmocka_unit_test(the_longest_entry_wins),
		cmocka_unit_test(a_root_entry_covers_everything_absolute),
		cmocka_unit_test(the_same_path_is_replaced_and_bad_ones_are_refused),
		cmocka_unit_test(an_entry_names_the_rule_it_came_from),
		cmocka_unit_test(few_entries_stay_sorted_whatever_the_order_of_adding),
		cmocka_unit_test(many_entries_answer_as_few_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
