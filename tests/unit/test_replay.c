/* Replay: hand-made sessions with known answers, under each policy. */
#include "test.h"

#include "report/replay.h"

#include <stdio.h>

#define HOME	"/home/u"
#define PROJECT "/home/u/p"
#define MONDAY	(1767600000 * USEC_PER_SEC)

static const struct sel_identity tool = {.exe = "/usr/bin/ccache",
					 .digest = "aa",
					 .package = "ccache",
					 .version = "4",
					 .verified = true,
					 .subcommand = "gcc"};
static const struct sel_identity other = {.exe = "/usr/bin/git",
					  .digest = "bb",
					  .package = "git",
					  .version = "2",
					  .verified = true,
					  .subcommand = "clone"};

struct person {
	bool denies;
	usec_t response;
	unsigned asked, reviewed, accepted;
	int flags; /* what review says */
};

static void answer(void *ctx, const struct sel_replay_question *q, struct sel_replay_answer *ret)
{
	struct person *p = ctx;

	p->asked++;
	*ret = (struct sel_replay_answer){.allow = !p->denies,
					  .rung = q->verdict->tier == SEL_T1 ? q->rungs->recommended
									     : 0,
					  .term = SEL_FOR_SESSION,
					  .response = p->response,
					  .measured = true};
}

static int review(void *ctx, const void *mark, usec_t at)
{
	struct person *p = ctx;

	(void)mark;
	(void)at;
	p->reviewed++;
	return p->flags;
}

static struct sel_scope scope;
static char *secrets[] = {HOME "/.ssh", NULL};
static struct sel_replay_place place = {
	.home = HOME, .cwd = PROJECT, .project = PROJECT, .scope = &scope, .secrets = secrets};

static int group_setup(void **state)
{
	(void)state;
	return sel_scope_add(&scope, PROJECT, SEL_MODE_RW, 0);
}

static int group_teardown(void **state)
{
	(void)state;
	sel_scope_done(&scope);
	return 0;
}

static struct sel_replay *replay(enum sel_replay_policy policy, struct person *p)
{
	struct sel_replay_config config = {
		.policy = policy, .ctx = p, .answer = answer, .review = review, .seed = 1};
	struct sel_replay *r = NULL;

	p->response = p->response ? p->response : 6 * USEC_PER_SEC;
	assert_int_equal(sel_replay_new(&config, &r), 0);
	return r;
}

static struct sel_subject creates(const char *path, const struct sel_identity *id)
{
	return (struct sel_subject){
		.op = SEL_OP_CREATE, .path = path, .exe = id->exe, .id = id, .plants = true};
}

static struct sel_replay_result act(struct sel_replay *r, const struct sel_subject *s, usec_t at)
{
	struct sel_replay_result o;

	assert_int_equal(sel_replay_act(r, s, at, NULL, &o), 0);
	return o;
}

static struct sel_replay_result acts(struct sel_replay *r, const char *path, usec_t at)
{
	struct sel_subject s = creates(path, &tool);

	return act(r, &s, at);
}

static void ends(struct sel_replay *r, usec_t at)
{
	struct sel_replay_end end;

	assert_int_equal(sel_replay_end(r, at, &end), 0);
}

/* One build in scope and in the tool's cache: three folders. */
static unsigned build(enum sel_replay_policy policy, unsigned sessions)
{
	struct person p = {0};
	struct sel_replay *r = replay(policy, &p);

	for (unsigned k = 0; k < sessions; k++) {
		usec_t at = MONDAY + k * SEL_DAYS(1);
		char a[64], b[64];

		(void)snprintf(a, sizeof a, HOME "/.cache/ccache/a/%u.o", k);
		(void)snprintf(b, sizeof b, HOME "/.cache/ccache/b/%u.o", k);
		assert_int_equal(sel_replay_begin(r, &place, at), 0);
		(void)acts(r, PROJECT "/build/x.o", at);
		(void)acts(r, PROJECT "/build/y.o", at);
		(void)acts(r, PROJECT "/src/z.c", at);
		(void)acts(r, a, at + 1);
		(void)acts(r, b, at + 2);
		ends(r, at + SEL_MINUTES(1));
	}
	sel_replay_free(r);
	return p.asked;
}

static void counts_by_policy(void **state)
{
	(void)state;
	/* build, src and two folders of the cache; each session anew */
	assert_int_equal(build(SEL_REPLAY_ASK_ALWAYS, 1), 4);
	assert_int_equal(build(SEL_REPLAY_ASK_ALWAYS, 3), 12);
	/* the cache is one place to a question */
	assert_int_equal(build(SEL_REPLAY_SCOPE_ONLY, 1), 1);
	assert_int_equal(build(SEL_REPLAY_SCOPE_ONLY, 8), 8);
	assert_int_equal(build(SEL_REPLAY_NO_LEARNING, 8), 8);
	/* other names each time: an exact rule never answers */
	assert_int_equal(build(SEL_REPLAY_EXACT, 8), 8);
	assert_int_equal(build(SEL_REPLAY_PREFIX, 8), 1);
}

static void exact_rules_answer_the_same(void **state)
{
	struct person p = {0};
	struct sel_replay *r = replay(SEL_REPLAY_EXACT, &p);
	struct sel_subject s = creates(HOME "/.cache/x/f", &tool);

	(void)state;
	for (unsigned k = 0; k < 3; k++) {
		assert_int_equal(sel_replay_begin(r, &place, MONDAY + k * SEL_DAYS(1)), 0);
		assert_true(act(r, &s, MONDAY + k * SEL_DAYS(1)).allow);
	}
	assert_int_equal(p.asked, 1);
	s.op = SEL_OP_DELETE; /* another operation, another program: not the same */
	s.exists = s.destroys = true;
	(void)act(r, &s, MONDAY + SEL_DAYS(3));
	s = creates(HOME "/.cache/x/f", &other);
	(void)act(r, &s, MONDAY + SEL_DAYS(3));
	assert_int_equal(p.asked, 3);
	sel_replay_free(r);
}

static void prefix_rules_reach_below(void **state)
{
	struct person p = {0};
	struct sel_replay *r = replay(SEL_REPLAY_PREFIX, &p);
	struct sel_subject s = creates(HOME "/.cache/x/a/f", &tool);

	(void)state;
	assert_int_equal(sel_replay_begin(r, &place, MONDAY), 0);
	(void)act(r, &s, MONDAY);
	assert_int_equal(sel_replay_begin(r, &place, MONDAY + 1), 0);
	assert_int_equal(acts(r, HOME "/.cache/x/a/deep/g", MONDAY + 1).how, SEL_REPLAY_ALLOWED);
	assert_int_equal(acts(r, HOME "/.cache/x/ab", MONDAY + 1).how, SEL_REPLAY_ASKED);
	s = creates(HOME "/.cache/x/a/g", &other);
	assert_int_equal(act(r, &s, MONDAY + 1).how, SEL_REPLAY_ASKED);
	sel_replay_free(r);
}

/* From the log: each was a question of its own, whatever was said before it. */
static void asking_always_asks_what_was_asked(void **state)
{
	static const enum sel_replay_policy plain[] = {SEL_REPLAY_ASK_ALWAYS,
						       SEL_REPLAY_SCOPE_ONLY};

	(void)state;
	for (size_t k = 0; k < SEL_N(plain); k++) {
		struct person p = {.response = 6 * USEC_PER_SEC};
		struct sel_replay_config config = {
			.policy = plain[k], .ctx = &p, .answer = answer, .questions = true};
		struct sel_replay *r = NULL;

		assert_int_equal(sel_replay_new(&config, &r), 0);
		assert_int_equal(sel_replay_begin(r, &place, MONDAY), 0);
		(void)acts(r, HOME "/.cache/x/a", MONDAY);
		(void)acts(r, HOME "/.cache/x/b", MONDAY + 1); /* the same folder */
		(void)acts(r, HOME "/.cache/x/b", MONDAY + 2); /* the same file */
		(void)acts(r, PROJECT "/a", MONDAY + 3);       /* in a scope of today */
		p.denies = true;
		(void)acts(r, HOME "/.cache/y", MONDAY + 4);
		(void)acts(r, HOME "/.cache/y/below", MONDAY + 5);
		(void)acts(r, HOME "/.ssh/id", MONDAY + 6); /* denied without one, today */
		assert_int_equal(p.asked, 7);
		sel_replay_free(r);
	}
}

/* Trains until nothing is asked; returns the number of questions. */
static unsigned trained(struct sel_replay *r, struct person *p, unsigned sessions)
{
	for (unsigned k = 0; k < sessions; k++) {
		usec_t at = MONDAY + k * SEL_DAYS(1);
		char a[64];

		(void)snprintf(a, sizeof a, HOME "/.cache/ccache/a/%u.o", k);
		assert_int_equal(sel_replay_begin(r, &place, at), 0);
		(void)acts(r, a, at);
		ends(r, at + SEL_MINUTES(1));
	}
	return p->asked;
}

static void learns_from_attention(void **state)
{
	struct person p = {0}, hurried = {.response = 300 * USEC_PER_MSEC};
	struct sel_replay *r = replay(SEL_REPLAY_OURS, &p);
	struct sel_replay_result o;

	(void)state;
	/* four, and one more for what a day takes of each */
	assert_in_range(trained(r, &p, 12), 3, 5);
	assert_true(p.reviewed > 0);
	assert_int_equal(sel_replay_begin(r, &place, MONDAY + SEL_DAYS(13)), 0);
	o = acts(r, HOME "/.cache/ccache/a/new.o", MONDAY + SEL_DAYS(13));
	assert_int_equal(o.source, SEL_SRC_LEARNED);
	assert_int_equal(o.learned_rung, 1);
	sel_replay_free(r);

	/* A reflex is no evidence; without weights it would be. */
	r = replay(SEL_REPLAY_OURS, &hurried);
	assert_int_equal(trained(r, &hurried, 9), 9);
	sel_replay_free(r);
	hurried.asked = 0;
	r = replay(SEL_REPLAY_NO_WEIGHTS, &hurried);
	assert_true(trained(r, &hurried, 9) < 9);
	sel_replay_free(r);
}

static const struct sel_subject never[] = {
	{.op = SEL_OP_READ, .path = HOME "/.ssh/id", .exists = true},
	{.op = SEL_OP_WRITE,
	 .path = HOME "/.bashrc",
	 .exists = true,
	 .plants = true,
	 .destroys = true},
	{.op = SEL_OP_CREATE, .path = PROJECT "/.git/hooks/pre-commit", .plants = true},
	{.op = SEL_OP_CREATE, .path = HOME "/.local/bin/git", .plants = true},
	{.op = SEL_OP_WRITE,
	 .path = "/etc/passwd",
	 .exists = true,
	 .plants = true,
	 .destroys = true},
	{.op = SEL_OP_CONNECT, .path = "unix:/run/docker.sock", .exists = true},
	{.op = SEL_OP_WRITE,
	 .path = HOME "/notes",
	 .exists = true,
	 .plants = true,
	 .destroys = true},
};

/* However often it was allowed: what is learned never covers tiers 2 and 3. */
static void learns_no_harm(void **state)
{
	struct person p = {0};
	struct sel_replay *r = replay(SEL_REPLAY_OURS, &p);
	struct sel_replay_result o;
	usec_t at = MONDAY;

	(void)state;
	for (unsigned k = 0; k < 20; k++, at += SEL_DAYS(1)) {
		assert_int_equal(sel_replay_begin(r, &place, at), 0);
		for (size_t i = 0; i < SEL_N(never); i++) {
			struct sel_subject s = never[i];

			s.id = &tool;
			s.exe = tool.exe;
			o = act(r, &s, at + i * SEL_MINUTES(45));
			assert_true(o.how != SEL_REPLAY_ALLOWED);
		}
		ends(r, at + SEL_MINUTES(600));
	}
	assert_true(p.asked > SEL_N(never));
	assert_int_equal(sel_replay_begin(r, &place, at), 0);
	for (size_t i = 0; i < SEL_N(never); i++) {
		struct sel_subject s = never[i];

		s.id = &tool;
		s.exe = tool.exe;
		sel_replay_probe(r, &s, at, &o);
		assert_false(o.allow);
	}
	sel_replay_free(r);
}

static void a_denial_is_remembered(void **state)
{
	struct person p = {.denies = true};
	struct sel_replay *r = replay(SEL_REPLAY_OURS, &p);
	struct sel_replay_result o;

	(void)state;
	assert_int_equal(sel_replay_begin(r, &place, MONDAY), 0);
	o = acts(r, HOME "/.cache/ccache/d", MONDAY);
	assert_int_equal(o.how, SEL_REPLAY_ASKED);
	assert_false(o.allow);
	assert_true(o.informative);
	/* below what was refused nothing comes to be */
	assert_int_equal(acts(r, HOME "/.cache/ccache/d/f", MONDAY + 1).how, SEL_REPLAY_MOOT);
	/* the same shape: denied without a question */
	o = acts(r, HOME "/.cache/ccache/e", MONDAY + 2);
	assert_int_equal(o.how, SEL_REPLAY_DENIED);
	assert_int_equal(o.source, SEL_SRC_MEMORY);
	assert_int_equal(p.asked, 1);
	sel_replay_free(r);
}

/* Tiredness defers; it allows nothing. */
static void tiredness_only_denies(void **state)
{
	struct person p = {.response = 300 * USEC_PER_MSEC};
	struct sel_replay *r = replay(SEL_REPLAY_OURS, &p);
	unsigned deferred = 0;

	(void)state;
	assert_int_equal(sel_replay_begin(r, &place, MONDAY), 0);
	for (unsigned i = 0; i < 60; i++) {
		char path[64];
		struct sel_replay_result o;

		(void)snprintf(path, sizeof path, HOME "/work%u/f", i);
		o = acts(r, path, MONDAY + i * SEL_MINUTES(1));
		assert_true(o.how != SEL_REPLAY_ALLOWED);
		deferred += o.how == SEL_REPLAY_DEFERRED;
	}
	assert_true(deferred > 30);
	assert_true(p.asked < 20);
	sel_replay_free(r);
}

/* A flag in the digest ends what was learned. */
static void a_flag_unlearns(void **state)
{
	struct person p = {.flags = 1};
	struct sel_replay *r = replay(SEL_REPLAY_OURS, &p);

	(void)state;
	assert_true(trained(r, &p, 8) > 4);
	sel_replay_free(r);
}

static void names_policies(void **state)
{
	(void)state;
	for (int i = 0; i < SEL_REPLAY_N; i++)
		assert_int_equal(
			sel_replay_policy_from(sel_replay_policy_name((enum sel_replay_policy)i)),
			i);
	assert_int_equal(sel_replay_policy_from("nothing"), -EINVAL);
	assert_int_equal(sel_replay_policy_from(NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_by_policy),
		cmocka_unit_test(exact_rules_answer_the_same),
		cmocka_unit_test(prefix_rules_reach_below),
		cmocka_unit_test(asking_always_asks_what_was_asked),
		cmocka_unit_test(learns_from_attention),
		cmocka_unit_test(learns_no_harm),
		cmocka_unit_test(a_denial_is_remembered),
		cmocka_unit_test(tiredness_only_denies),
		cmocka_unit_test(a_flag_unlearns),
		cmocka_unit_test(names_policies),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
