#include "propose.h"
#include "test.h"

#include <stdio.h>

#define DAY   ((usec_t)24 * 3600 * USEC_PER_SEC)
#define NOW   (1000 * DAY)
#define HOME  "/home/ana"
#define MANY  20000
#define NPM   "pkg:npm /usr/bin/node /usr/bin/npm"
#define CACHE HOME "/.npm"

static const char *const roots[] = {HOME "/p", NULL};
static const struct sel_places places = {.home = HOME, .roots = roots};
static const struct sel_world world = {.home = HOME, .project = HOME "/p", .places = &places};

/* An approval a day ago, attentive; its class as the ladder has it. */
static struct sel_asked_fact asked(const char *object)
{
	struct sel_asked_fact f = {.at = NOW - DAY,
				   .program = NPM,
				   .exe = "/usr/bin/node",
				   .object = object,
				   .shape = "1 npm install create",
				   .op = SEL_OP_CREATE,
				   .tier = SEL_T1,
				   .said = SEL_SAID_ALLOW,
				   .weight = 1};

	sel_classify(object, NULL, &world, &f.where);
	return f;
}

static int propose(const struct sel_asked_fact *f, size_t n, struct sel_proposal *ret, size_t cap)
{
	return sel_propose(f, n, &world, NULL, NULL, NOW, ret, cap);
}

static void two_attentive_approvals_make_one_proposal(void **state)
{
	struct sel_asked_fact f[] = {
		asked(CACHE "/_cacache/content/aa/1"),
		asked(CACHE "/_cacache/content/bb/2"),
		asked(CACHE "/_logs/3"),
		asked("/data/elsewhere/4"),
		asked(CACHE "/_cacache/x"),
	};
	struct sel_proposal p[4];

	(void)state;
	f[2].weight = 0.25;
	f[3].shape = "other";
	f[4].program = "sha:someone else";
	assert_int_equal(propose(f, 5, p, 4), 1);
	assert_string_equal(p[0].folder, CACHE);
	assert_string_equal(p[0].program, NPM);
	assert_int_equal(p[0].would, 3);
	assert_int_equal(p[0].of, 4);
	assert_int_equal(p[0].attentive, 2);
	assert_false(p[0].often);
	assert_int_equal(p[0].tier, SEL_T1);
	assert_int_equal(p[0].expires_after, 30 * DAY);
	assert_int_equal(strlen(p[0].id), 8);
	sel_proposals_done(p, 1);
	assert_null(p[0].folder);

	f[1].weight = 0.25; /* one attentive and two tired ones: three questions in a week do */
	assert_int_equal(propose(f, 5, p, 4), 1);
	assert_true(p[0].often);
	assert_int_equal(p[0].attentive, 1);
	sel_proposals_done(p, 1);
	f[2].at = NOW - 9 * DAY; /* but not in nine days */
	assert_int_equal(propose(f, 5, p, 4), 0);
	assert_int_equal(propose(f, 0, p, 4), 0);
}

static void the_narrowest_folder_that_covers_is_proposed(void **state)
{
	static const struct {
		const char *a, *b, *want, *why;
	} row[] = {
		{HOME "/.cache/pip/http/a/b", HOME "/.cache/pip/http/a/c", HOME "/.cache/pip",
		 "a tool's whole cache"},
		{HOME "/.cache/pip", HOME "/.cache/pip", HOME "/.cache/pip", "made anew"},
		{HOME "/.local/share/foo/x", HOME "/.local/share/foo/y/z", HOME "/.local/share/foo",
		 "a tool's data"},
		{HOME "/.config/foo/a/1", HOME "/.config/foo/a/2", HOME "/.config/foo/a",
		 "what they have in common"},
		{HOME "/.config/foo/a/1", HOME "/.config/foo/b/2", HOME "/.config/foo",
		 "no wider than the unit"},
		{HOME "/.config/foo/ab/1", HOME "/.config/foo/a/2", HOME "/.config/foo",
		 "whole components"},
		{"/data/set/a", "/data/set/b", "/data/set", "outside home"},
		{"/data/set/a", "/data/set/a/b", NULL, "two units are two sources"},
		{HOME "/notes/a", HOME "/notes/b", HOME "/notes", "a folder in home"},
		{HOME "/a", HOME "/b", NULL, "never home itself"},
		{HOME "/.cache/x", HOME "/.cache/x", HOME "/.cache/x", "not the folder of all"},
		{"/data/a", "/data/b", NULL, "nor a first-level folder"},
		{"/etc/foo/a", "/etc/foo/b", NULL, "nor the system"},
		{HOME "/.ssh/a", HOME "/.ssh/b", NULL, "nor secrets"},
		{HOME "/p/.git/hooks/a", HOME "/p/.git/hooks/b", NULL, "nor what becomes code"},
		{HOME "/p/.git/a", HOME "/p/.git/b", NULL, "nor version control"},
		{HOME "/.config/systemd/user/a", HOME "/.config/systemd/user/b", NULL,
		 "nor what starts programs"},
		{"unix:/run/x", "unix:/run/x", NULL, "nor sockets"},
		{"/data/../etc/a", "/data/../etc/b", NULL, "nor what is no clean path"},
	};
	struct sel_proposal p[4];

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sel_asked_fact f[] = {asked(row[i].a), asked(row[i].b)};
		int n = propose(f, 2, p, 4);

		if (n != (row[i].want != NULL) || (n == 1 && strcmp(p[0].folder, row[i].want) != 0))
			fail_msg("%s: %d, %s", row[i].why, n, n > 0 ? p[0].folder : "-");
		sel_proposals_done(p, (size_t)n);
	}
}

static bool covered_by(const char *folder, void *ctx)
{
	return strcmp(folder, ctx) == 0;
}

static void what_speaks_against_it_is_heard(void **state)
{
	struct sel_asked_fact f[4] = {asked(HOME "/notes/a"), asked(HOME "/notes/b")};
	struct sel_asked_fact again[2] = {f[0], f[1]};
	struct sel_world other = world;
	struct sel_proposal p[4];
	char notes[] = HOME "/notes";

	(void)state;
	assert_int_equal(propose(f, 2, p, 4), 1);
	sel_proposals_done(p, 1);

	f[2] = asked(HOME "/notes/deep/c"); /* denied to somebody else */
	f[2].program = "sha:x";
	f[2].said = SEL_SAID_DENY;
	assert_int_equal(propose(f, 3, p, 4), 0);
	f[2].said = SEL_SAID_NARROW;
	assert_int_equal(propose(f, 3, p, 4), 0);
	f[2].at = NOW + DAY; /* a clock that stepped */
	assert_int_equal(propose(f, 3, p, 4), 0);
	f[2].at = NOW - 31 * DAY;
	assert_int_equal(propose(f, 3, p, 4), 1);
	sel_proposals_done(p, 1);
	f[2].at = NOW - DAY;
	f[2].object = HOME "/notesbook/c";
	assert_int_equal(propose(f, 3, p, 4), 1);
	sel_proposals_done(p, 1);

	assert_int_equal(sel_propose(f, 2, &world, covered_by, notes, NOW, p, 4), 0);
	assert_int_equal(sel_propose(f, 2, NULL, NULL, NULL, NOW, p, 4), 0);
	assert_int_equal(propose(f, 2, p, 0), 0);
	other.project = HOME "/notes/project"; /* ours lies below */
	assert_int_equal(sel_propose(f, 2, &other, NULL, NULL, NOW, p, 4), 0);
	f[2] = asked(HOME "/notes/their/x"); /* another's does */
	sel_classify(f[2].object, HOME "/notes/their", &world, &f[2].where);
	assert_int_equal(propose(f, 3, p, 4), 0);

	for (int i = 0; i < 2; i++) {
		again[i].tier = SEL_T2;
		assert_int_equal(propose(again, 2, p, 4), 0);
		again[i] = f[i];
		again[i].op = SEL_OP_READ;
		assert_int_equal(propose(again, 2, p, 4), 0);
		again[i] = f[i];
		again[i].program = i ? "" : NULL;
		assert_int_equal(propose(again, 2, p, 4), 0);
		again[i] = f[i];
	}
	/* Who is not known has no evidence, but may be offered a folder by name. */
	again[0].program = again[1].program = NULL;
	assert_int_equal(propose(again, 2, p, 4), 1);
	assert_string_equal(p[0].program, again[0].exe);
	sel_proposals_done(p, 1);
}

static void the_most_useful_comes_first_and_names_are_stable(void **state)
{
	struct sel_asked_fact f[] = {
		asked(HOME "/notes/a"), asked(HOME "/notes/b"), asked(CACHE "/1"),
		asked(CACHE "/2"),	asked(CACHE "/3"),	asked(CACHE "/4"),
	};
	struct sel_proposal p[4], q[4];

	(void)state;
	assert_int_equal(propose(f, 6, p, 4), 2);
	assert_string_equal(p[0].folder, CACHE);
	assert_int_equal(p[0].would, 4);
	assert_int_equal(p[0].attentive, 4);
	assert_int_equal(p[0].of, 6);
	assert_string_equal(p[1].folder, HOME "/notes");
	assert_string_not_equal(p[0].id, p[1].id);
	assert_int_equal(propose(f, 6, q, 1), 1);
	assert_string_equal(p[0].id, q[0].id);
	sel_proposals_done(q, 1);
	/* In another order, with more of the same: the same names. */
	struct sel_asked_fact swap = f[0];
	f[0] = f[5];
	f[5] = swap;
	f[1].at = NOW - 2 * DAY;
	assert_int_equal(propose(f, 6, q, 4), 2);
	assert_string_equal(p[0].id, q[0].id);
	assert_string_equal(p[1].id, q[1].id);
	sel_proposals_done(p, 2);
	sel_proposals_done(q, 2);
}

static void a_wider_folder_that_answers_no_more_is_left_out(void **state)
{
	struct sel_asked_fact f[] = {
		asked("/data/set/a/1"), asked("/data/set/a/2"), asked("/data/set/b/3"),
		asked("/data/set/a/4"), asked("/data/set/b/5"),
	};
	struct sel_proposal p[4];

	(void)state;
	f[0].shape = f[1].shape = "a";
	f[2].shape = "b";
	for (int i = 2; i < 5; i++) {
		f[i].shape = "wide";
		f[i].where.unit = strlen("/data/set");
	}
	assert_int_equal(propose(f, 2, p, 4), 1);
	assert_string_equal(p[0].folder, "/data/set/a");
	sel_proposals_done(p, 1);
	assert_int_equal(propose(f, 5, p, 4), 2);
	assert_string_equal(p[0].folder, "/data/set");
	assert_int_equal(p[0].would, 5);
	assert_string_equal(p[1].folder, "/data/set/a");
	assert_int_equal(p[1].would, 3);
	sel_proposals_done(p, 2);
}

/* Twenty thousand questions of as many folders and shapes; hostile bytes in all names. */
static void many_questions_are_weighed_in_bounds(void **state)
{
	struct sel_asked_fact *f = calloc(MANY, sizeof *f);
	char(*text)[64] = calloc(MANY, sizeof *text);
	struct sel_proposal p[8];
	int n;

	(void)state;
	assert_non_null(f);
	assert_non_null(text);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(text[i], sizeof text[i], "/data/\x1b[2J\xff%u/%u", i / 3, i);
		f[i] = asked(text[i]);
		f[i].shape = text[i - i % 3];
	}
	n = propose(f, MANY, p, 8);
	assert_int_equal(n, 8);
	for (int i = 0; i < n; i++) {
		assert_int_equal(p[i].would, 3);
		assert_int_equal(p[i].of, MANY);
		for (int k = 0; k < 8; k++)
			assert_true(p[i].id[k] >= 'a' && p[i].id[k] <= 'z');
		for (int k = 0; k < i; k++)
			assert_string_not_equal(p[i].id, p[k].id);
	}
	sel_proposals_done(p, (size_t)n);
	free(text);
	free(f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_attentive_approvals_make_one_proposal),
		cmocka_unit_test(the_narrowest_folder_that_covers_is_proposed),
		cmocka_unit_test(what_speaks_against_it_is_heard),
		cmocka_unit_test(the_most_useful_comes_first_and_names_are_stable),
		cmocka_unit_test(a_wider_folder_that_answers_no_more_is_left_out),
		cmocka_unit_test(many_questions_are_weighed_in_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
