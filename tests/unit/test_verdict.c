#include "test.h"
#include "verdict.h"

static char *own[] = {"/home/ana/.local/state/seldom", "/opt/seldom/seldom-broker", NULL};
static char *secrets[] = {"/home/ana/.ssh", "/home/ana/.netrc", NULL};
static const char *const roots[] = {"/w", NULL};

static struct sel_policy policy(void)
{
	struct sel_policy p = {
		.own = own, .secrets = secrets, .places = {.home = "/home/ana", .roots = roots}};

	assert_int_equal(sel_scope_add(&p.scope, "/w", SEL_MODE_RW, 0), 0);
	assert_int_equal(sel_scope_add(&p.scope, "/w/keep", SEL_MODE_ND, 0), 0);
	assert_int_equal(sel_scope_add(&p.scope, "/w/fixed", SEL_MODE_RO, 0), 0);
	assert_int_equal(sel_scope_add(&p.scope, "/tmp", SEL_MODE_PRIVATE, 0), 0);
	return p;
}

static void done(struct sel_policy *p)
{
	sel_policy_done(p);
}

static void each_kind_of_action_gets_its_verdict(void **state)
{
	static const struct {
		struct sel_subject s;
		enum sel_decision decision;
		enum sel_tier tier;
		const char *why;
	} row[] = {
		{{.op = SEL_OP_CREATE, .path = "/w/a", .plants = true},
		 SEL_ALLOW,
		 SEL_T0,
		 "in scope"},
		{{.op = SEL_OP_DELETE, .path = "/w/a", .exists = true, .destroys = true},
		 SEL_ALLOW,
		 SEL_T0,
		 "in scope"},
		{{.op = SEL_OP_WRITE, .path = "/w/keep/a", .exists = true, .plants = true},
		 SEL_ALLOW,
		 SEL_T0,
		 "ND allows writing"},
		{{.op = SEL_OP_WRITE,
		  .path = "/w/keep/a",
		  .exists = true,
		  .plants = true,
		  .destroys = true},
		 SEL_DENY,
		 SEL_T2,
		 "ND: truncation"},
		{{.op = SEL_OP_DELETE, .path = "/w/keep/a", .exists = true, .destroys = true},
		 SEL_DENY,
		 SEL_T2,
		 "ND: removal"},
		{{.op = SEL_OP_DELETE,
		  .path = "/w/keep/a",
		  .exists = true,
		  .destroys = true,
		  .ours = true},
		 SEL_ALLOW,
		 SEL_T0,
		 "ND: made by this run"},
		{{.op = SEL_OP_CREATE, .path = "/w/fixed/a", .plants = true},
		 SEL_DENY,
		 SEL_T1,
		 "--ro is said, not asked"},
		{{.op = SEL_OP_CREATE, .path = "/home/ana/x/a", .plants = true},
		 SEL_ASK,
		 SEL_T1,
		 "outside, new"},
		{{.op = SEL_OP_WRITE, .path = "/home/ana/x/a", .exists = true, .plants = true},
		 SEL_ASK,
		 SEL_T2,
		 "outside, existing"},
		{{.op = SEL_OP_WRITE,
		  .path = "/home/ana/x/a",
		  .exists = true,
		  .plants = true,
		  .ours = true},
		 SEL_ALLOW,
		 SEL_T0,
		 "outside, made by this run"},
		{{.op = SEL_OP_CREATE, .path = "/etc/hosts.new", .plants = true},
		 SEL_ASK,
		 SEL_T3,
		 "the system"},
		{{.op = SEL_OP_WRITE,
		  .path = "/proc/sys/kernel/core_pattern",
		  .exists = true,
		  .plants = true},
		 SEL_DENY,
		 SEL_T3,
		 "kernel settings"},
		{{.op = SEL_OP_READ, .path = "/home/ana/.ssh/id", .exists = true},
		 SEL_ASK,
		 SEL_T3,
		 "a secret"},
		{{.op = SEL_OP_WRITE, .path = "/home/ana/.ssh/id", .exists = true, .plants = true},
		 SEL_DENY,
		 SEL_T3,
		 "I3: never changed"},
		{{.op = SEL_OP_RENAME,
		  .path = "/home/ana",
		  .exists = true,
		  .folder = true,
		  .destroys = true},
		 SEL_DENY,
		 SEL_T3,
		 "carries secrets away"},
		{{.op = SEL_OP_WRITE,
		  .path = "/opt/seldom/seldom-broker",
		  .exists = true,
		  .plants = true},
		 SEL_DENY,
		 SEL_T3,
		 "I1"},
		{{.op = SEL_OP_RENAME,
		  .path = "/opt",
		  .exists = true,
		  .folder = true,
		  .destroys = true},
		 SEL_DENY,
		 SEL_T3,
		 "I1, from above"},
		{{.op = SEL_OP_CREATE, .path = "/w/.seldom-install-1", .plants = true},
		 SEL_DENY,
		 SEL_T3,
		 "the broker's temporary names"},
		{{.op = SEL_OP_CREATE, .path = "/w/.git/hooks/pre-commit", .plants = true},
		 SEL_ASK,
		 SEL_T2,
		 "a hook"},
		{{.op = SEL_OP_CREATE, .path = "/w/.git/hooks/pre-commit.sample", .plants = true},
		 SEL_ALLOW,
		 SEL_T0,
		 "a sample"},
		{{.op = SEL_OP_CREATE, .path = "/w/.git", .plants = true, .folder = true},
		 SEL_ALLOW,
		 SEL_T0,
		 "git init"},
		{{.op = SEL_OP_RENAME,
		  .path = "/w/.git",
		  .from = "/w/g",
		  .plants = true,
		  .folder = true},
		 SEL_ASK,
		 SEL_T2,
		 "a prepared folder"},
		{{.op = SEL_OP_CREATE, .path = "/w/.git", .plants = true, .link = true},
		 SEL_ASK,
		 SEL_T2,
		 "a link stands for a folder"},
		{{.op = SEL_OP_RENAME,
		  .path = "/w/.git/config",
		  .plants = true,
		  .judged_content = true},
		 SEL_ALLOW,
		 SEL_T0,
		 "harmless content"},
		{{.op = SEL_OP_DELETE,
		  .path = "/w/.git/hooks/pre-commit",
		  .exists = true,
		  .destroys = true},
		 SEL_ALLOW,
		 SEL_T0,
		 "taking away plants nothing"},
		{{.op = SEL_OP_CREATE, .path = "/tmp/x/.git/hooks/pre-commit", .plants = true},
		 SEL_ALLOW,
		 SEL_T0,
		 "gone with the run"},
		{{.op = SEL_OP_CONNECT, .path = "/w/docker.sock", .exists = true},
		 SEL_ASK,
		 SEL_T3,
		 "a program outside"},
		{{.op = SEL_OP_CREATE, .path = "/home/ana/.lesshsQ", .plants = true},
		 SEL_DENY,
		 SEL_T1,
		 "not worth a question"},
		{{.op = SEL_OP_CREATE, .path = "/w/../home/ana/a", .plants = true},
		 SEL_ASK,
		 SEL_T2,
		 "not clean: nowhere in scope"},
	};
	struct sel_policy p = policy();

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sel_verdict v;

		sel_judge(&p, &row[i].s, 0, &v);
		if (v.decision != row[i].decision || v.tier != row[i].tier)
			fail_msg("row %zu (%s): decision %d tier %d: %s", i, row[i].why, v.decision,
				 v.tier, v.why);
	}
	done(&p);
}

static void a_denial_wins_over_every_grant(void **state)
{
	struct sel_policy p = policy();
	struct sel_grant allow = {.rule = 1,
				  .source = SEL_SRC_GRANT,
				  .kind = SEL_RUNG_TREE,
				  .path = (char *)"/home/ana/x",
				  .decision = SEL_ALLOW,
				  .uses_left = UINT64_MAX};
	struct sel_grant deny = {.rule = 2,
				 .source = SEL_SRC_MEMORY,
				 .kind = SEL_RUNG_FILE,
				 .path = (char *)"/home/ana/x/a",
				 .decision = SEL_DENY,
				 .uses_left = UINT64_MAX};
	struct sel_subject s = {.op = SEL_OP_CREATE, .path = "/home/ana/x/a", .plants = true};
	struct sel_verdict v;

	(void)state;
	assert_int_equal(sel_policy_grant(&p, &deny), 0);
	assert_int_equal(sel_policy_grant(&p, &allow), 0); /* later, and still */
	sel_judge(&p, &s, 0, &v);
	assert_int_equal(v.decision, SEL_DENY);
	assert_int_equal(v.source, SEL_SRC_MEMORY);
	s.path = "/home/ana/x/b";
	sel_judge(&p, &s, 0, &v);
	assert_int_equal(v.decision, SEL_ALLOW);
	assert_int_equal(v.rule, 1);
	done(&p);
}

static void a_folder_grant_covers_no_secret_and_no_protected_file(void **state)
{
	struct sel_policy p = policy();
	struct sel_grant tree = {.rule = 1,
				 .source = SEL_SRC_GRANT,
				 .kind = SEL_RUNG_TREE,
				 .path = (char *)"/home/ana",
				 .decision = SEL_ALLOW,
				 .uses_left = UINT64_MAX};
	struct sel_grant read = tree, file = tree;
	struct sel_subject secret = {.op = SEL_OP_READ, .path = "/home/ana/.netrc", .exists = true};
	struct sel_subject hook = {
		.op = SEL_OP_CREATE, .path = "/home/ana/p/.git/hooks/x", .plants = true};
	struct sel_verdict v;

	(void)state;
	read.op = SEL_OP_READ;
	file.kind = SEL_RUNG_FILE;
	file.path = (char *)hook.path;
	assert_int_equal(sel_policy_grant(&p, &tree), 0);
	assert_int_equal(sel_policy_grant(&p, &read), 0);
	sel_judge(&p, &secret, 0, &v);
	assert_int_equal(v.decision, SEL_ASK);
	sel_judge(&p, &hook, 0, &v);
	assert_int_equal(v.decision, SEL_ASK);
	assert_int_equal(sel_policy_grant(&p, &file), 0);
	sel_judge(&p, &hook, 0, &v);
	assert_int_equal(v.decision, SEL_ALLOW); /* by name */
	done(&p);
}

static void a_grant_of_changes_is_no_grant_to_read_or_to_connect(void **state)
{
	struct sel_policy p = policy();
	struct sel_grant any = {.rule = 1,
				.source = SEL_SRC_GRANT,
				.op = SEL_OP_INVALID,
				.kind = SEL_RUNG_FILE,
				.path = (char *)"/home/ana/.netrc",
				.decision = SEL_ALLOW,
				.uses_left = UINT64_MAX};
	struct sel_subject read = {.op = SEL_OP_READ, .path = "/home/ana/.netrc", .exists = true};
	struct sel_subject connect = {
		.op = SEL_OP_CONNECT, .path = "/home/ana/.netrc", .exists = true};
	struct sel_verdict v;

	(void)state;
	assert_int_equal(sel_policy_grant(&p, &any), 0);
	sel_judge(&p, &read, 0, &v);
	assert_int_equal(v.decision, SEL_ASK);
	sel_judge(&p, &connect, 0, &v);
	assert_int_not_equal(v.decision, SEL_ALLOW);
	done(&p);
}

static void a_grant_for_one_program_serves_no_other(void **state)
{
	struct sel_policy p = policy();
	struct sel_grant g = {.rule = 1,
			      .source = SEL_SRC_GRANT,
			      .kind = SEL_RUNG_FILE,
			      .path = (char *)"/home/ana/a",
			      .exe = (char *)"/usr/bin/make",
			      .decision = SEL_ALLOW,
			      .uses_left = UINT64_MAX};
	struct sel_subject s = {
		.op = SEL_OP_CREATE, .path = "/home/ana/a", .exe = "/usr/bin/make", .plants = true};
	struct sel_verdict v;

	(void)state;
	assert_int_equal(sel_policy_grant(&p, &g), 0);
	sel_judge(&p, &s, 0, &v);
	assert_int_equal(v.decision, SEL_ALLOW);
	s.exe = "/usr/bin/curl";
	sel_judge(&p, &s, 0, &v);
	assert_int_equal(v.decision, SEL_ASK);
	s.exe = NULL;
	sel_judge(&p, &s, 0, &v);
	assert_int_equal(v.decision, SEL_ASK);
	done(&p);
}

static void the_stricter_of_two_verdicts_holds(void **state)
{
	static const struct sel_verdict allow = {.decision = SEL_ALLOW},
					deny = {.decision = SEL_DENY};
	static const struct sel_verdict ask1 = {.decision = SEL_ASK, .tier = SEL_T1},
					ask3 = {.decision = SEL_ASK, .tier = SEL_T3};

	(void)state;
	assert_ptr_equal(sel_stricter(&allow, &deny), &deny);
	assert_ptr_equal(sel_stricter(&ask3, &deny), &deny);
	assert_ptr_equal(sel_stricter(&allow, &ask1), &ask1);
	assert_ptr_equal(sel_stricter(&ask1, &ask3), &ask3);
}

static void nothing_said_is_no_allow(void **state)
{
	struct sel_policy p = {
		.places = {.home = "/home/ana", .roots = (const char *const[]){NULL}}};
	struct sel_subject s = {.path = "/w/a"};
	struct sel_verdict v;

	(void)state;
	for (int op = 0; op < SEL_OP_N; op++) {
		s.op = (enum sel_op)op;
		sel_judge(&p, &s, 0, &v);
		assert_int_not_equal(v.decision, SEL_ALLOW);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_action_gets_its_verdict),
		cmocka_unit_test(a_denial_wins_over_every_grant),
		cmocka_unit_test(a_folder_grant_covers_no_secret_and_no_protected_file),
		cmocka_unit_test(a_grant_of_changes_is_no_grant_to_read_or_to_connect),
		cmocka_unit_test(a_grant_for_one_program_serves_no_other),
		cmocka_unit_test(the_stricter_of_two_verdicts_holds),
		cmocka_unit_test(nothing_said_is_no_allow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
