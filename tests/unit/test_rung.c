#include "rung.h"
#include "test.h"

#include <stdio.h>

static void rungs_are_built_from_the_surroundings(void **state)
{
	static const struct {
		struct sel_surroundings s;
		const char *want[4]; /* "kind path" */
		size_t recommended;
		const char *why;
	} row[] = {
		{{.object = "/w/p/a", .cwd = "/w/p", .home = "/home/ana"},
		 {"file /w/p/a", "tree /w/p"},
		 1,
		 "folder and tree are one"},
		{{.object = "/w/p/src/a", .cwd = "/", .home = "/home/ana", .project = "/w/p"},
		 {"file /w/p/src/a", "folder /w/p/src", "tree /w/p"},
		 2,
		 "a project"},
		{{.object = "/w/p/.git", .folder = true, .cwd = "/w/p", .home = "/home/ana"},
		 {"file /w/p/.git", "folder /w/p/.git", "tree /w/p"},
		 2,
		 "git init"},
		{{.object = "/home/ana/.foorc", .cwd = "/home/ana", .home = "/home/ana"},
		 {"file /home/ana/.foorc"},
		 0,
		 "the home folder is never granted"},
		{{.object = "/home/ana/.npm/_cacache/x/y", .cwd = "/w/p", .home = "/home/ana"},
		 {"file /home/ana/.npm/_cacache/x/y", "folder /home/ana/.npm/_cacache/x",
		  "cache /home/ana/.npm"},
		 2,
		 "a tool's folder"},
		{{.object = "/home/ana/.cache/pip/x", .cwd = "/home/ana", .home = "/home/ana"},
		 {"file /home/ana/.cache/pip/x", "cache /home/ana/.cache/pip"},
		 1,
		 "one tool of many"},
		{{.object = "/home/ana/.cache/x", .cwd = "/w", .home = "/home/ana"},
		 {"file /home/ana/.cache/x"},
		 0,
		 "the folder of all tools is no one's"},
		{{.object = "/home/ana/.cache/x",
		  .folder = true,
		  .cwd = "/home/ana/.cache",
		  .home = "/home/ana"},
		 {"file /home/ana/.cache/x", "folder /home/ana/.cache/x"},
		 1,
		 "mkdir -p goes into each folder: where it stands is no project"},
		{{.object = "/home/ana/.config/x", .cwd = "/home/ana/.config", .home = "/home/ana"},
		 {"file /home/ana/.config/x"},
		 0,
		 "nor is the folder of all settings"},
		{{.object = "/w/p/.git/hooks/x",
		  .by_name = true,
		  .cwd = "/w/p",
		  .home = "/home/ana",
		  .project = "/w/p"},
		 {"file /w/p/.git/hooks/x"},
		 0,
		 "by name only"},
		{{.object = "/x", .cwd = "/", .home = "/home/ana"},
		 {"file /x"},
		 0,
		 "the root is never granted"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sel_rungs r = {0};
		size_t n = 0;

		assert_int_equal(sel_rungs_build(&row[i].s, &r), 0);
		while (n < SEL_N(row[i].want) && row[i].want[n])
			n++;
		if (r.n != n || r.recommended != row[i].recommended)
			fail_msg("row %zu (%s): %zu rungs, recommended %zu", i, row[i].why, r.n,
				 r.recommended);
		for (size_t k = 0; k < n; k++) {
			char got[512];

			(void)snprintf(got, sizeof got, "%s %s", sel_rung_name(r.item[k].kind),
				       r.item[k].path);
			if (strcmp(got, row[i].want[k]) != 0)
				fail_msg("row %zu (%s): rung %zu is %s", i, row[i].why, k, got);
		}
		sel_rungs_done(&r);
	}
}

static void a_rung_covers_what_it_names_and_nothing_beside_it(void **state)
{
	struct sel_rung file = {.kind = SEL_RUNG_FILE, .path = (char *)"/w/a"},
			tree = {.kind = SEL_RUNG_TREE, .path = (char *)"/w/a"};

	(void)state;
	assert_true(sel_rung_covers(&file, "/w/a"));
	assert_false(sel_rung_covers(&file, "/w/a/b"));
	assert_true(sel_rung_covers(&tree, "/w/a/b"));
	assert_false(sel_rung_covers(&tree, "/w/ab"));
	assert_false(sel_rung_covers(&tree, "/w"));
}

static void a_wider_rung_covers_all_that_a_narrower_one_does(void **state)
{
	static const char *const objects[] = {"/w/p/a/b/c", "/w/p/x", "/home/ana/.cache/t/x/y",
					      "/srv/d/e"};

	(void)state;
	for (size_t i = 0; i < SEL_N(objects); i++) {
		struct sel_surroundings s = {.object = objects[i],
					     .cwd = "/w/p",
					     .home = "/home/ana",
					     .project = "/w/p"};
		struct sel_rungs r = {0};

		assert_int_equal(sel_rungs_build(&s, &r), 0);
		for (size_t k = 1; k < r.n; k++)
			assert_true(sel_rung_covers(&r.item[k], r.item[k - 1].path));
		sel_rungs_done(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rungs_are_built_from_the_surroundings),
		cmocka_unit_test(a_rung_covers_what_it_names_and_nothing_beside_it),
		cmocka_unit_test(a_wider_rung_covers_all_that_a_narrower_one_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
