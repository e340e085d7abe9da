#include "test.h"

#include <math.h>
#include <stdio.h>

#include "constants.h"
#include "seldom/text.h"
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
				  .decision = SEL_ALLOW};
	struct sel_grant deny = {.rule = 2,
				 .source = SEL_SRC_MEMORY,
				 .kind = SEL_RUNG_FILE,
				 .path = (char *)"/home/ana/x/a",
				 .decision = SEL_DENY};
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
				 .decision = SEL_ALLOW};
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
				.decision = SEL_ALLOW};
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
			      .decision = SEL_ALLOW};
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

/* --- judgement -----------------------------------------------------------------------------------
 */

#define NOW SEL_DAYS(1000)

static const struct sel_identity npm = {.exe = "/usr/bin/npm",
					.digest = "d1",
					.package = "npm",
					.verified = true,
					.subcommand = "ci"};
static const struct sel_identity curl = {
	.exe = "/usr/bin/curl", .digest = "d2", .package = "curl", .verified = true};

struct judging {
	struct sel_policy p;
	struct sel_world world;
};

static void judging_init(struct judging *j)
{
	*j = (struct judging){.p = policy()};
	j->world = (struct sel_world){.home = "/home/ana", .project = "/w", .places = &j->p.places};
	j->p.world = &j->world;
	j->p.learning.promote = true;
	assert_int_equal(sel_evidence_new(&j->p.evidence), 0);
	assert_int_equal(sel_memory_new(&j->p.memory), 0);
}

static void judging_done(struct judging *j)
{
	sel_evidence_free(j->p.evidence);
	sel_memory_free(j->p.memory);
	done(&j->p);
}

static struct sel_verdict judge(const struct judging *j, const struct sel_subject *s)
{
	struct sel_verdict v;

	sel_judge(&j->p, s, NOW, &v);
	return v;
}

static void answer_weighing(struct judging *j, const struct sel_subject *s, bool allow,
			    unsigned times, double weight)
{
	struct sel_verdict v = judge(j, s);
	struct sel_key_facts facts = sel_subject_facts(&j->p, s, &v.where);
	struct sel_keys *keys;

	assert_int_equal(sel_keys_build(&facts, &keys), 0);
	for (unsigned i = 0; i < times; i++) {
		struct sel_fact f = {.at = NOW - SEL_MINUTES(5),
				     .keys = keys,
				     .digest = s->id ? s->id->digest : NULL,
				     .denied = !allow,
				     .weight = weight};

		assert_int_equal(sel_evidence_add(j->p.evidence, &f), 0);
		if (!allow)
			assert_int_equal(
				sel_memory_deny(j->p.memory, &facts, keys, NOW - SEL_MINUTES(4)),
				0);
	}
	free(keys);
}

static void answer(struct judging *j, const struct sel_subject *s, bool allow, unsigned times)
{
	answer_weighing(j, s, allow, times, 1);
}

static struct sel_subject creation(const struct sel_identity *id, const char *path)
{
	return (struct sel_subject){.op = SEL_OP_CREATE,
				    .path = path,
				    .exe = id ? id->exe : NULL,
				    .plants = true,
				    .id = id};
}

static void what_was_approved_often_is_allowed(void **state)
{
	struct sel_subject s = creation(&npm, "/home/ana/.npm/a"),
			   next = creation(&npm, "/home/ana/.npm/b");
	struct sel_subject nobody = creation(NULL, "/home/ana/.npm/b");
	struct sel_identity made = npm;
	struct judging j;
	struct sel_verdict v;

	(void)state;
	judging_init(&j);
	v = judge(&j, &s);
	assert_int_equal(v.decision, SEL_ASK);
	assert_true(v.support.novel);
	assert_int_equal(v.support.rung, SEL_RUNGS);
	assert_int_equal(v.where.class, SEL_CLASS_TOOL_CACHE);
	answer(&j, &s, true, 4);
	v = judge(&j, &next);
	assert_int_equal(v.decision, SEL_ALLOW);
	assert_int_equal(v.source, SEL_SRC_LEARNED);
	assert_int_equal(v.tier, SEL_T1);
	assert_int_equal(v.rule, 0);
	assert_int_equal(v.support.learned_rung, 1);
	/* Not for a program that is not known, made here (I14), or another. */
	assert_int_equal(judge(&j, &nobody).decision, SEL_ASK);
	made.ours = true;
	next.id = &made;
	assert_int_equal(judge(&j, &next).decision, SEL_ASK);
	next.id = &curl;
	assert_int_equal(judge(&j, &next).decision, SEL_ASK);
	/* Nor where nothing may be learned. */
	next.id = &npm;
	j.p.learning.off = true;
	assert_int_equal(judge(&j, &next).decision, SEL_ASK);
	j.p.learning.off = false;
	j.p.world = NULL;
	assert_int_equal(judge(&j, &next).decision, SEL_ASK);
	j.p.world = &j.world;
	judging_done(&j);
}

static void a_denial_of_this_session_comes_before_grants_and_learning(void **state)
{
	struct sel_subject s = creation(&npm, "/home/ana/.npm/a"),
			   next = creation(&npm, "/home/ana/.npm/b");
	struct sel_subject other = creation(&curl, "/home/ana/.npm/c");
	struct sel_grant tree = {.source = SEL_SRC_GRANT,
				 .kind = SEL_RUNG_TREE,
				 .path = (char *)"/home/ana/.npm",
				 .decision = SEL_ALLOW};
	struct judging j;
	struct sel_verdict v;

	(void)state;
	judging_init(&j);
	answer(&j, &other, true, 9);
	assert_int_equal(judge(&j, &other).source, SEL_SRC_LEARNED);
	answer(&j, &s, false, 1);
	v = judge(&j, &next);
	assert_int_equal(v.decision, SEL_DENY);
	assert_int_equal(v.source, SEL_SRC_MEMORY);
	/* Another program on the same way: asked, though it was learned. */
	v = judge(&j, &other);
	assert_int_equal(v.decision, SEL_ASK);
	assert_true(v.workaround);
	assert_int_equal(v.denied_at, NOW - SEL_MINUTES(4));
	assert_int_equal(sel_policy_grant(&j.p, &tree), 0);
	assert_int_equal(judge(&j, &next).decision, SEL_DENY);
	assert_int_equal(judge(&j, &other).decision, SEL_ALLOW); /* a person said so */
	/* What became scope since was granted since. */
	assert_int_equal(sel_scope_add(&j.p.scope, "/home/ana/.npm", SEL_MODE_RW, 1), 0);
	assert_int_equal(judge(&j, &next).decision, SEL_ALLOW);
	judging_done(&j);
}

static void what_can_be_undone_is_tier_one(void **state)
{
	struct sel_subject s = {.op = SEL_OP_DELETE,
				.path = "/home/ana/.cache/x/a",
				.exe = "/usr/bin/npm",
				.id = &npm,
				.exists = true,
				.destroys = true};
	struct judging j;

	(void)state;
	judging_init(&j);
	assert_int_equal(judge(&j, &s).tier, SEL_T2);
	answer(&j, &s, true, 50);
	assert_int_equal(judge(&j, &s).decision, SEL_ASK); /* T2 is never learned */
	s.undoable = true;
	assert_int_equal(judge(&j, &s).tier, SEL_T1);
	assert_int_equal(judge(&j, &s).source, SEL_SRC_LEARNED);
	s.path = "/home/ana/.bashrc"; /* I4: becomes code, whatever is kept of it */
	assert_int_equal(judge(&j, &s).tier, SEL_T2);
	judging_done(&j);
}

/* What is missing, or no number, or no time allows nothing; the same with all of it does. */
static void half_the_facts_are_no_allow(void **state)
{
	static const struct sel_identity nameless = {.subcommand = NULL};
	struct sel_subject s = creation(&npm, "/home/ana/.npm/a");
	struct sel_evidence *evidence;
	struct judging j;
	struct sel_verdict v;

	(void)state;
	judging_init(&j);
	answer(&j, &s, true, 50);
	assert_int_equal(judge(&j, &s).source, SEL_SRC_LEARNED);
	sel_judge(&j.p, &s, 0, &v); /* the clock was set back */
	assert_int_equal(v.decision, SEL_ASK);
	sel_judge(&j.p, &s, NOW - SEL_DAYS(2), &v);
	assert_int_equal(v.decision, SEL_ASK);
	sel_judge(&j.p, &s, UINT64_MAX, &v); /* or far ahead */
	assert_int_equal(v.decision, SEL_ASK);
	s.id = NULL;
	assert_int_equal(judge(&j, &s).decision, SEL_ASK);
	s.id = &nameless;
	assert_int_equal(judge(&j, &s).decision, SEL_ASK);
	s.id = &npm;
	s.exe = NULL; /* of a grant alone */
	assert_int_equal(judge(&j, &s).source, SEL_SRC_LEARNED);
	evidence = j.p.evidence;
	j.p.evidence = NULL;
	assert_int_equal(judge(&j, &s).decision, SEL_ASK);
	j.p.evidence = evidence;
	judging_done(&j);
}

static void weights_that_are_no_numbers_teach_nothing(void **state)
{
	static const double weights[] = {NAN, -INFINITY, -1, 0, -NAN};
	struct sel_subject s = creation(&npm, "/home/ana/.npm/a");
	struct judging j;

	(void)state;
	judging_init(&j);
	for (size_t i = 0; i < SEL_N(weights); i++) {
		answer_weighing(&j, &s, true, 50, weights[i]);
		assert_int_equal(judge(&j, &s).decision, SEL_ASK);
	}
	answer(&j, &s, true, 4);
	assert_int_equal(judge(&j, &s).source, SEL_SRC_LEARNED);
	judging_done(&j);
}

/* I8 */
static void bulk_deletion_and_whole_folders_are_tier_three(void **state)
{
	static const char *const folders[] = {"/home", "/srv", "/w"};
	struct sel_subject s = {.op = SEL_OP_DELETE,
				.path = "/home/ana/.cache/x/a",
				.id = &npm,
				.exists = true,
				.destroys = true,
				.undoable = true};
	struct judging j;

	(void)state;
	judging_init(&j);
	answer(&j, &s, true, 50);
	j.p.deletions = (unsigned)SEL_K(BULK_DELETIONS) - 1;
	assert_int_equal(judge(&j, &s).decision, SEL_ALLOW); /* the fiftieth */
	j.p.deletions++;
	assert_int_equal(judge(&j, &s).decision, SEL_ASK);
	assert_int_equal(judge(&j, &s).tier, SEL_T3);
	s.ours = true; /* made by this run */
	assert_int_equal(judge(&j, &s).decision, SEL_ALLOW);
	s.ours = false;
	j.p.deletions = 0;
	sel_scope_done(&j.p.scope);
	j.p.own = j.p.secrets = NULL;
	s.op = SEL_OP_RENAME;
	s.folder = true;
	for (size_t i = 0; i < SEL_N(folders); i++) {
		s.path = folders[i];
		assert_int_equal(judge(&j, &s).decision, SEL_ASK);
		assert_int_equal(judge(&j, &s).tier, SEL_T3);
	}
	judging_done(&j);
}

/* I10 */
static void after_a_secret_no_new_host(void **state)
{
	struct sel_subject s = {.op = SEL_OP_CONNECT,
				.path = "tcp:192.0.2.1:443",
				.exe = "/usr/bin/npm",
				.id = &npm};
	struct sel_subject other = s;
	struct judging j;
	struct sel_verdict v;

	(void)state;
	judging_init(&j);
	other.path = "tcp:192.0.2.2:443";
	v = judge(&j, &s);
	assert_int_equal(v.decision, SEL_ASK);
	assert_int_equal(v.tier, SEL_T3);
	assert_int_equal(v.where.class, SEL_CLASS_HOST);
	j.p.tainted = true;
	assert_int_equal(judge(&j, &s).tier, SEL_T3);
	answer(&j, &other, true, 50);
	assert_int_equal(judge(&j, &other).decision, SEL_ASK); /* never learned */
	j.p.secret_read = true;
	v = judge(&j, &s);
	assert_int_equal(v.decision, SEL_DENY);
	assert_int_equal(v.source, SEL_SRC_INVARIANT);
	assert_int_equal(judge(&j, &other).decision, SEL_ASK); /* approved here before */
	other.id = &curl;				       /* by another program */
	assert_int_equal(judge(&j, &other).decision, SEL_DENY);
	judging_done(&j);
}

static struct sel_subject request(enum sel_host_known known)
{
	return (struct sel_subject){.op = SEL_OP_CONNECT,
				    .path = "read:api.example.test:443",
				    .exe = "/usr/bin/npm",
				    .id = &npm,
				    .host = known};
}

static void strangers_are_tier_three_once_something_was_read(void **state)
{
	struct sel_subject stranger = request(SEL_HOST_UNKNOWN);
	struct judging j;

	(void)state;
	judging_init(&j);
	for (int known = SEL_HOST_UNKNOWN; known < SEL_HOST_KNOWN_N; known++) {
		struct sel_subject s = request((enum sel_host_known)known);
		struct sel_verdict v = judge(&j, &s);

		assert_int_equal(v.decision, SEL_ASK);
		assert_int_equal(v.tier, SEL_T2);
		assert_int_equal(v.where.class, SEL_CLASS_HOST);
		assert_non_null(strstr(v.consequence, "can send what it read"));
		j.p.tainted = true;
		v = judge(&j, &s);
		assert_int_equal(v.decision, SEL_ASK);
		assert_int_equal(v.tier, known == SEL_HOST_UNKNOWN ? SEL_T3 : SEL_T2);
		j.p.tainted = false;
	}
	answer(&j, &stranger, true, 50);
	assert_int_equal(judge(&j, &stranger).decision, SEL_ASK); /* never learned */
	judging_done(&j);
}

/* I10, by name */
static void after_a_secret_only_hosts_that_were_approved(void **state)
{
	struct sel_subject s = request(SEL_HOST_UNKNOWN), write = s;
	struct judging j;
	struct sel_verdict v;

	(void)state;
	judging_init(&j);
	j.p.secret_read = true;
	for (int known = SEL_HOST_UNKNOWN; known < SEL_HOST_GRANTED; known++) {
		s.host = (enum sel_host_known)known;
		v = judge(&j, &s);
		assert_int_equal(v.decision, SEL_DENY);
		assert_int_equal(v.source, SEL_SRC_INVARIANT);
		assert_non_null(strstr(v.why, "I10"));
	}
	s.host = SEL_HOST_GRANTED;
	v = judge(&j, &s);
	assert_int_equal(v.decision, SEL_ASK);
	assert_int_equal(v.tier, SEL_T3);
	s.host = SEL_HOST_UNKNOWN;
	answer(&j, &s, true, 1);
	assert_int_equal(judge(&j, &s).decision, SEL_ASK); /* approved here, to read */
	write.path = "write:api.example.test:443";
	assert_int_equal(judge(&j, &write).decision, SEL_DENY);
	judging_done(&j);
}

static void a_host_denied_is_denied_to_that_program_and_asked_for_another(void **state)
{
	struct sel_subject s = request(SEL_HOST_REGISTRY), write = s, other = s;
	struct judging j;
	struct sel_verdict v;

	(void)state;
	judging_init(&j);
	answer(&j, &s, false, 1);
	v = judge(&j, &s);
	assert_int_equal(v.decision, SEL_DENY);
	assert_int_equal(v.source, SEL_SRC_MEMORY);
	other.id = &curl;
	other.exe = curl.exe;
	v = judge(&j, &other); /* whoever asks: it was about the host */
	assert_int_equal(v.decision, SEL_DENY);
	assert_int_equal(v.source, SEL_SRC_MEMORY);
	assert_true(v.denied_at);
	write.path = "write:api.example.test:443";
	assert_int_equal(judge(&j, &write).decision, SEL_ASK);
	judging_done(&j);
}

static unsigned below(unsigned n)
{
	return (unsigned)random() % n;
}

/* How much stands between the action and its being done. */
static int strictness(const struct sel_verdict *v)
{
	return v->decision == SEL_ALLOW ? 0 : v->decision == SEL_ASK ? 1 + (int)v->tier : 10;
}

/* Whatever is learned of a session or of a host to its disadvantage never makes a verdict milder,
 * and no history allows a host. */
static void suspicion_only_tightens(void **state)
{
	static const char *const paths[] = {"read:a.test:443", "write:a.test:443",
					    "tunnel:b.test:22", "plain-read:c.test:80"};
	unsigned tightened = 0;

	(void)state;
	srandom(17);
	for (int run = 0; run < 800; run++) {
		struct sel_subject s = request(SEL_HOST_UNKNOWN);
		struct judging j;

		judging_init(&j);
		for (unsigned i = below(6); i > 0; i--) {
			struct sel_subject past = request(SEL_HOST_UNKNOWN);

			past.path = paths[below(SEL_N(paths))];
			past.id = below(2) ? &npm : &curl;
			answer(&j, &past, below(4) > 0, below(8) + 1);
		}
		s.path = paths[below(SEL_N(paths))];
		s.id = below(2) ? &npm : &curl;
		s.host = SEL_HOST_UNKNOWN + below(SEL_HOST_KNOWN_N - SEL_HOST_UNKNOWN);
		j.p.tainted = below(2);
		j.p.secret_read = below(2);
		struct sel_verdict before = judge(&j, &s);
		bool secret = j.p.secret_read;

		assert_int_not_equal(before.decision, SEL_ALLOW);
		j.p.tainted = true;
		struct sel_verdict after = judge(&j, &s);
		assert_true(strictness(&after) >= strictness(&before));
		tightened += strictness(&after) > strictness(&before);
		j.p.secret_read = true;
		struct sel_verdict leak = judge(&j, &s);
		assert_true(strictness(&leak) >= strictness(&after));
		tightened += strictness(&leak) > strictness(&after);
		j.p.secret_read = secret;
		s.host = SEL_HOST_UNKNOWN;
		struct sel_verdict stranger = judge(&j, &s);
		assert_true(strictness(&stranger) >= strictness(&after));
		judging_done(&j);
	}
	assert_true(tightened > 100);
}

static void what_is_compared_of_a_request(void **state)
{
	static const struct {
		enum sel_host_way way;
		const char *name;
		uint16_t port;
		const char *subject;
	} rows[] = {{SEL_WAY_READ, "a.test", 443, "read:a.test:443"},
		    {SEL_WAY_PLAIN_WRITE, "a.test", 80, "plain-write:a.test:80"},
		    {SEL_WAY_TUNNEL, "2001:db8::7", 22, "tunnel:[2001:db8::7]:22"}};
	static const char *const bad[] = {"",
					  "read",
					  "read:",
					  "read:a.test",
					  "read:a.test:0",
					  "read:a.test:65536",
					  "read:a.test:x",
					  "look:a.test:1",
					  "read:[::1:443",
					  "read::443",
					  "read:a.test: 1"};
	char text[SEL_HOST_SUBJECT_MAX], name[SEL_HOST_SUBJECT_MAX], object[64];
	enum sel_host_way way;
	uint16_t port;

	(void)state;
	for (size_t i = 0; i < SEL_N(rows); i++) {
		sel_host_subject(rows[i].way, rows[i].name, rows[i].port, text);
		assert_string_equal(text, rows[i].subject);
		assert_int_equal(sel_host_subject_parse(text, &way, name, &port), 0);
		assert_int_equal(way, rows[i].way);
		assert_int_equal(port, rows[i].port);
		assert_string_equal(name, rows[i].name);
	}
	for (size_t i = 0; i < SEL_N(bad); i++)
		assert_int_equal(sel_host_subject_parse(bad[i], &way, name, &port), -EINVAL);
	sel_host_object("GET", "a.test", 443, "/v1?key=geheim#x", object, sizeof object);
	assert_string_equal(object, "GET a.test/v1");
	sel_host_object("POST", "a.test", 8443, "/", object, sizeof object);
	assert_string_equal(object, "POST a.test:8443/");
	sel_host_object("", "a.test", 443, "", object, sizeof object);
	assert_string_equal(object, "a.test:443");
	assert_string_equal(sel_question_verb(SEL_OP_CONNECT, "host", "GET a.test/"),
			    "wants to REQUEST");
	assert_string_equal(sel_question_verb(SEL_OP_CONNECT, "host", "a.test:22"),
			    "wants to CONNECT, unread, to");
	assert_string_equal(sel_question_verb(SEL_OP_CONNECT, "socket", "unix:/x y"),
			    sel_op_words(SEL_OP_CONNECT));
	for (int k = 0; k < SEL_HOST_KNOWN_N; k++)
		assert_int_equal(
			sel_host_known_from_name(sel_host_known_name((enum sel_host_known)k)), k);
	assert_int_equal(sel_host_known_from_name("friend"), -EINVAL);
	assert_int_equal(sel_host_known_from_name(NULL), SEL_HOST_NONE);
	assert_false(sel_host_taints(SEL_HOST_REGISTRY));
	assert_false(sel_host_taints(SEL_HOST_REMOTE));
	assert_false(sel_host_taints(SEL_HOST_SERVICE));
	assert_true(sel_host_taints(SEL_HOST_UNKNOWN));
	assert_true(sel_host_taints(SEL_HOST_GRANTED));
}

/* Whatever people approved: only tier 1 is ever allowed by it, and nothing that was denied. */
static void learning_never_leaves_tier_one(void **state)
{
	static const char *const paths[] = {"/home/ana/.npm/a",
					    "/home/ana/.npm/b",
					    "/home/ana/.cache/x/a",
					    "/home/ana/.bashrc",
					    "/home/ana/.ssh/id",
					    "/home/ana/docs/a",
					    "/etc/hosts",
					    "/w/a",
					    "/w/.git/hooks/pre-commit",
					    "/home/ana/.config/x/y",
					    "tcp:192.0.2.1:443",
					    "unix:/run/user/1/bus",
					    "/dev/sda",
					    "/opt/seldom/seldom-broker",
					    "/home/ana/.local/bin/x"};
	static const enum sel_op ops[] = {SEL_OP_CREATE, SEL_OP_WRITE,	 SEL_OP_DELETE, SEL_OP_ATTR,
					  SEL_OP_RENAME, SEL_OP_CONNECT, SEL_OP_READ};
	unsigned allowed = 0;

	(void)state;
	srandom(31);
	for (int run = 0; run < 1500; run++) {
		struct judging j;
		struct sel_subject said[12];
		bool yes[SEL_N(said)];

		judging_init(&j);
		j.p.deletions = below(60);
		j.p.secret_read = below(2);
		j.p.learning.step = below(4);
		j.p.learning.equal_weights = below(2);
		for (size_t i = 0; i < SEL_N(said); i++) {
			bool exists = below(2);

			said[i] = (struct sel_subject){.op = ops[below(SEL_N(ops))],
						       .path = paths[below(SEL_N(paths))],
						       .id = below(3) ? &npm : &curl,
						       .exists = exists,
						       .destroys = exists && below(2),
						       .undoable = below(2),
						       .folder = below(6) == 0,
						       .plants = below(2)};
			said[i].exe = said[i].id->exe;
			yes[i] = below(12) > 0;
			answer(&j, &said[i], yes[i], yes[i] ? 8 : 1);
		}
		for (size_t i = 0; i < SEL_N(said); i++) {
			struct sel_verdict v = judge(&j, &said[i]);

			if (!yes[i] && v.source != SEL_SRC_SCOPE)
				assert_int_not_equal(v.decision, SEL_ALLOW);
			if (v.source != SEL_SRC_LEARNED)
				continue;
			allowed++;
			assert_int_equal(v.decision, SEL_ALLOW);
			assert_int_equal(v.tier, SEL_T1);
			assert_true(sel_class_tier(v.where.class) <= SEL_T1);
			assert_false(sel_path_listed(secrets, said[i].path));
			assert_true(said[i].op != SEL_OP_CONNECT && said[i].op != SEL_OP_READ);
			assert_false(v.workaround);
		}
		judging_done(&j);
	}
	assert_true(allowed > 100);
}

/* --- one line ------------------------------------------------------------------------------------
 */

static void each_verdict_has_its_line(void **state)
{
	struct sel_subject s = creation(&npm, "/home/ana/.npm/a");
	struct sel_subject hook = creation(&npm, "/w/.git/hooks/pre-commit");
	struct sel_subject own_file = creation(&npm, "/opt/seldom/seldom-broker");
	struct sel_subject in_scope = creation(&npm, "/w/a.o");
	struct sel_identity next = npm;
	struct judging j;
	char line[512];
	struct sel_verdict v;

	(void)state;
	judging_init(&j);
#define LINE(subject)                                                                              \
	(v = judge(&j, subject), sel_verdict_line(&v, subject, NOW, line, sizeof line), line)
	assert_string_equal(LINE(&in_scope), "allow scope    npm create /w/a.o - in scope");
	assert_string_equal(
		LINE(&s),
		"ASK   new      npm create /home/ana/.npm/a - outside the granted folders");
	assert_string_equal(
		LINE(&own_file),
		"DENY  I1       npm create /opt/seldom/seldom-broker - a file of seldom "
		"itself");
	assert_string_equal(LINE(&hook),
			    "ASK   new      npm create /w/.git/hooks/pre-commit - git runs it");
	answer(&j, &s, true, 5);
	assert_string_equal(LINE(&s),
			    "allow learned  npm create /home/ana/.npm/a - object approved 5x "
			    "(attentive), last 5 min ago - risk <= 10 %");
	assert_true(sel_text_columns(line) <= 110);
	next.digest = "d9";
	s.id = &next;
	j.p.learning.off = true;
	assert_string_equal(
		LINE(&s),
		"ASK   changed  npm create /home/ana/.npm/a - outside the granted folders "
		"- changed: 5 approvals count less");
	s.id = &npm;
	assert_string_equal(
		LINE(&s),
		"ASK   known    npm create /home/ana/.npm/a - outside the granted folders "
		"- approved 5x, last 5 min ago");
	answer(&j, &s, false, 1);
	assert_string_equal(LINE(&s),
			    "deny  memory   npm create /home/ana/.npm/a - denied earlier in "
			    "this session - you denied it 4 min ago");
#undef LINE
	judging_done(&j);
}

/* Whatever the names are: printable, one line, at most 110 columns, never over the buffer. */
static void lines_are_short_and_safe(void **state)
{
	static const enum sel_decision decisions[] = {SEL_DENY, SEL_ALLOW, SEL_ASK};
	char path[300], exe[300];

	(void)state;
	srandom(32);
	for (int run = 0; run < 5000; run++) {
		struct sel_subject s = {
			.op = (enum sel_op)below(SEL_OP_N), .path = path, .exe = exe};
		struct sel_verdict v = {.decision = decisions[below(3)],
					.source = (enum sel_source)below(SEL_SRC_N),
					.why = below(8) == 0 ? NULL
					       : below(2)    ? "I3: it holds credentials"
							     : "it existed before and is outside",
					.rule = below(3),
					.denied_at = below(2) ? NOW : 0,
					.workaround = below(2)};
		size_t cap = 1 + below(520);
		char line[600];

		v.support.approvals = below(3);
		v.support.last = SEL_DAYS(below(2000));
		v.support.changed = below(2);
		for (size_t i = 0; i < sizeof path; i++) {
			path[i] = (char)(1 + below(255));
			exe[i] = (char)(below(4) ? 'a' + (int)below(26) : 1 + (int)below(255));
		}
		path[below(sizeof path)] = exe[below(sizeof exe)] = '\0';
		path[sizeof path - 1] = exe[sizeof exe - 1] = '\0';
		memset(line, 'Z', sizeof line);
		sel_verdict_line(&v, &s, NOW, line, cap);
		assert_true(strlen(line) < cap);
		assert_int_equal(line[cap], 'Z');
		assert_true(sel_text_columns(line) <= 110);
		for (const char *p = line; *p; p++)
			assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
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
		cmocka_unit_test(what_was_approved_often_is_allowed),
		cmocka_unit_test(a_denial_of_this_session_comes_before_grants_and_learning),
		cmocka_unit_test(what_can_be_undone_is_tier_one),
		cmocka_unit_test(half_the_facts_are_no_allow),
		cmocka_unit_test(weights_that_are_no_numbers_teach_nothing),
		cmocka_unit_test(bulk_deletion_and_whole_folders_are_tier_three),
		cmocka_unit_test(after_a_secret_no_new_host),
		cmocka_unit_test(strangers_are_tier_three_once_something_was_read),
		cmocka_unit_test(after_a_secret_only_hosts_that_were_approved),
		cmocka_unit_test(a_host_denied_is_denied_to_that_program_and_asked_for_another),
		cmocka_unit_test(suspicion_only_tightens),
		cmocka_unit_test(what_is_compared_of_a_request),
		cmocka_unit_test(learning_never_leaves_tier_one),
		cmocka_unit_test(each_verdict_has_its_line),
		cmocka_unit_test(lines_are_short_and_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
