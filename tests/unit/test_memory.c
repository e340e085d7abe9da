#include "test.h"

#include <stdio.h>

#include "constants.h"
#include "memory.h"

static const struct sel_identity npm = {.exe = "/usr/bin/npm", .digest = "aa", .subcommand = "ci"};
static const struct sel_identity curl = {.exe = "/usr/bin/curl", .digest = "bb", .subcommand = ""};
static const struct sel_identity unknown = {.exe = "/home/ana/x", .subcommand = ""};

static struct sel_key_facts facts(const struct sel_identity *id, const char *object)
{
	struct sel_key_facts f = {
		.id = id, .op = SEL_OP_CREATE, .object = object, .project = "/home/ana/app"};
	const char *slash = strrchr(object, '/');

	f.where = (struct sel_classified){SEL_CLASS_TOOL_CACHE, (size_t)(slash - object)};
	return f;
}

static struct sel_recalled recall(const struct sel_memory *m, const struct sel_key_facts *f)
{
	struct sel_keys *keys;
	struct sel_recalled r;

	assert_int_equal(sel_keys_build(f, &keys), 0);
	sel_memory_recall(m, f, keys, &r);
	free(keys);
	return r;
}

static void deny(struct sel_memory *m, const struct sel_key_facts *f, usec_t now)
{
	struct sel_keys *keys;

	assert_int_equal(sel_keys_build(f, &keys), 0);
	assert_int_equal(sel_memory_deny(m, f, keys, now), 0);
	free(keys);
}

static struct sel_memory *memory(void)
{
	struct sel_memory *m;

	assert_int_equal(sel_memory_new(&m), 0);
	return m;
}

static void the_same_shape_is_denied_for_the_session(void **state)
{
	struct sel_memory *m = memory();
	struct sel_key_facts f = facts(&npm, "/c/a/x"), other = facts(&npm, "/c/a/y");
	struct sel_key_facts far = facts(&npm, "/c/b/x"), op = facts(&npm, "/c/a/y");
	struct sel_recalled r;

	(void)state;
	assert_false(recall(m, &f).denied);
	deny(m, &f, 7);
	for (int i = 0; i < 100; i++)
		sel_memory_step(m);
	r = recall(m, &other); /* another object of that shape */
	assert_true(r.denied);
	assert_int_equal(r.at, 7);
	assert_false(recall(m, &far).denied);
	op.op = SEL_OP_DELETE;
	assert_false(recall(m, &op).denied);
	sel_memory_free(m);
}

static void a_program_without_a_name_is_remembered_by_its_path(void **state)
{
	struct sel_memory *m = memory();
	struct sel_key_facts f = facts(&unknown, "/c/a/x"), other = facts(&unknown, "/c/a/y");
	struct sel_key_facts nobody = facts(NULL, "/c/b/x");

	(void)state;
	deny(m, &f, 7);
	assert_true(recall(m, &other).denied);
	assert_false(recall(m, &nobody).denied);
	/* Nobody is not the same as nobody: asked again, and by nothing learned. */
	deny(m, &nobody, 8);
	assert_false(recall(m, &nobody).denied);
	assert_true(recall(m, &nobody).workaround);
	sel_memory_free(m);
}

static void another_program_on_the_same_way_is_noticed(void **state)
{
	struct sel_memory *m = memory();
	struct sel_key_facts f = facts(&npm, "/c/a/x"), near = facts(&curl, "/c/b/y");
	struct sel_key_facts same = facts(&curl, "/c/a/x"), mine = facts(&npm, "/c/b/y");
	unsigned n = (unsigned)SEL_K(WORKAROUND_DECISIONS);

	(void)state;
	deny(m, &f, 7);
	assert_true(recall(m, &near).workaround);
	assert_false(recall(m, &near).denied);
	assert_int_equal(recall(m, &near).at, 7);
	assert_false(recall(m, &mine).workaround); /* the same program in another place */
	near.op = SEL_OP_DELETE;
	assert_false(recall(m, &near).workaround); /* another effect */
	near.op = SEL_OP_CREATE;
	near.where.class = SEL_CLASS_HOME;
	assert_false(recall(m, &near).workaround); /* another class */
	near.where.class = SEL_CLASS_TOOL_CACHE;
	for (unsigned i = 0; i < n; i++) {
		assert_true(recall(m, &near).workaround);
		sel_memory_step(m);
	}
	assert_false(recall(m, &near).workaround);
	assert_true(recall(m, &same).workaround); /* I19: the object itself, all session */
	same.id = &npm;
	same.op = SEL_OP_WRITE; /* the same program by another operation */
	assert_true(recall(m, &same).workaround);
	sel_memory_free(m);
}

static struct sel_key_facts request(const struct sel_identity *id, const char *subject,
				    uint64_t job)
{
	return (struct sel_key_facts){.id = id,
				      .op = SEL_OP_CONNECT,
				      .object = subject,
				      .where = {SEL_CLASS_HOST, 0},
				      .job = job};
}

static void another_host_is_a_workaround_for_the_job_that_was_denied(void **state)
{
	struct sel_memory *m = memory();
	struct sel_key_facts denied = request(&curl, "read:bad.test:443", 1), f;
	unsigned n = (unsigned)SEL_K(WORKAROUND_DECISIONS);

	(void)state;
	deny(m, &denied, 7);
	f = request(&npm, "read:else.test:443", 2); /* what the person started beside it */
	assert_false(recall(m, &f).workaround);
	f = request(&npm, "read:else.test:443", 1); /* a sibling in the same job */
	assert_true(recall(m, &f).workaround);
	assert_false(recall(m, &f).denied);
	f = request(&curl, "read:else.test:443", 2); /* the same program, anew */
	assert_true(recall(m, &f).workaround);
	f = request(&npm, "read:else.test:443", 0); /* whose job cannot be told */
	assert_true(recall(m, &f).workaround);
	/* that host and what is below it, in whatever way, whoever tries */
	static const char *const near[] = {"write:bad.test:443", "read:bad.test:80",
					   "tunnel:a.bad.test:22", "read:x.y.bad.test:443"};
	static const char *const far[] = {"read:notbad.test:443", "read:test:443",
					  "read:bad.test.else.test:443", "read:[::1]:443"};
	for (size_t i = 0; i < SEL_N(near); i++) {
		f = request(&npm, near[i], 2);
		assert_true(recall(m, &f).workaround);
	}
	for (size_t i = 0; i < SEL_N(far); i++) {
		f = request(&npm, far[i], 2);
		assert_false(recall(m, &f).workaround);
	}
	for (unsigned i = 0; i < n; i++)
		sel_memory_step(m);
	f = request(&npm, "read:else.test:443", 1);
	assert_false(recall(m, &f).workaround);
	f = request(&npm, "write:a.bad.test:443", 2);
	assert_true(recall(m, &f).workaround);
	sel_memory_free(m);
}

static void where_nobody_types_all_is_one_job(void **state)
{
	struct sel_memory *m = memory();
	struct sel_key_facts denied = request(&curl, "read:bad.test:443", 0);
	struct sel_key_facts f = request(&npm, "read:else.test:443", 0);

	(void)state;
	deny(m, &denied, 7);
	assert_true(recall(m, &f).workaround);
	f.job = 3; /* who was denied cannot be told: it may be this one */
	assert_true(recall(m, &f).workaround);
	sel_memory_free(m);
}

static void the_newest_denial_is_told(void **state)
{
	struct sel_memory *m = memory();
	struct sel_key_facts f = facts(&npm, "/c/a/x");

	(void)state;
	for (usec_t i = 1; i < 6; i++)
		deny(m, &f, i);
	assert_int_equal(recall(m, &f).at, 5);
	sel_memory_free(m);
	sel_memory_free(NULL);
}

/* A name that looks like the stand-in for a key is not taken for one. */
static void no_name_forges_another_denial(void **state)
{
	static const struct sel_identity a = {.exe = "/a\t/b", .subcommand = ""},
					 b = {.exe = "/a", .subcommand = ""};
	struct sel_memory *m = memory();
	struct sel_key_facts f = facts(&b, "/b\t/c/x"), g = facts(&a, "/c/x");

	(void)state;
	deny(m, &f, 1);
	assert_true(recall(m, &f).denied);
	assert_false(recall(m, &g).denied);
	sel_memory_free(m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_shape_is_denied_for_the_session),
		cmocka_unit_test(a_program_without_a_name_is_remembered_by_its_path),
		cmocka_unit_test(another_program_on_the_same_way_is_noticed),
		cmocka_unit_test(another_host_is_a_workaround_for_the_job_that_was_denied),
		cmocka_unit_test(where_nobody_types_all_is_one_job),
		cmocka_unit_test(the_newest_denial_is_told),
		cmocka_unit_test(no_name_forges_another_denial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
