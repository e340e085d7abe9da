#include "test.h"

#include <math.h>
#include <stdio.h>

#include "constants.h"
#include "evidence.h"
#include "guarantee.h"

#define NOW SEL_DAYS(1000)

static const char *const home_units[] = {"/home/ana/.cache/a", "/home/ana/.cache/b",
					 "/home/ana/.cache/c", "/home/ana/.cache/d"};
static const struct sel_identity tool = {.exe = "/usr/bin/tool",
					 .digest = "d1",
					 .package = "tool",
					 .verified = true,
					 .subcommand = ""};

struct act {
	const struct sel_identity *id;
	const char *unit, *name, *project;
	enum sel_op op;
	enum sel_class class;
};

static struct act standard(void)
{
	return (struct act){.id = &tool,
			    .unit = home_units[0],
			    .name = "x",
			    .project = "/home/ana/app",
			    .op = SEL_OP_CREATE,
			    .class = SEL_CLASS_TOOL_CACHE};
}

static struct sel_keys *keys_of(const struct act *a)
{
	char object[256];
	struct sel_key_facts f = {.id = a->id, .op = a->op, .project = a->project};
	struct sel_keys *keys;

	(void)snprintf(object, sizeof object, "%s/%s", a->unit, a->name);
	f.object = object;
	f.where = (struct sel_classified){a->class, strlen(a->unit)};
	assert_int_equal(sel_keys_build(&f, &keys), 0);
	return keys;
}

struct say {
	struct act act;
	usec_t at;
	double weight;
	bool denied, flagged;
};

static void add(struct sel_evidence *e, const struct say *s)
{
	struct sel_keys *keys = keys_of(&s->act);
	struct sel_fact f = {.at = s->at,
			     .keys = keys,
			     .digest = s->act.id->digest,
			     .exe = s->act.id->exe,
			     .denied = s->denied,
			     .weight = s->weight,
			     .flagged = s->flagged};

	assert_int_equal(sel_evidence_add(e, &f), 0);
	free(keys);
}

static void approve(struct sel_evidence *e, const struct act *act, usec_t at, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		add(e, &(struct say){.act = *act, .at = at + i, .weight = 1});
}

static void deny(struct sel_evidence *e, const struct act *act, usec_t at)
{
	add(e, &(struct say){.act = *act, .at = at, .denied = true});
}

static const struct sel_learning fresh = {.promote = true};

static struct sel_support ask(const struct sel_evidence *e, const struct act *act, usec_t now,
			      enum sel_tier tier, const struct sel_learning *how)
{
	struct sel_keys *keys = keys_of(act);
	struct sel_support s;

	sel_evidence_support(e, keys, act->id, tier, how, now, &s);
	free(keys);
	return s;
}

static bool learned(const struct sel_evidence *e, const struct act *act, usec_t now)
{
	return ask(e, act, now, SEL_T1, &fresh).learned;
}

static struct sel_evidence *evidence(void)
{
	struct sel_evidence *e;

	assert_int_equal(sel_evidence_new(&e), 0);
	return e;
}

static void each_constant_has_its_unit_and_its_reason(void **state)
{
	(void)state;
	for (int i = 0; i < SEL_K_N; i++) {
		assert_true(strlen(sel_constants[i].name) > 0);
		assert_true(sel_constants[i].value > 0);
		assert_true(strlen(sel_constants[i].unit) > 0);
		assert_true(strlen(sel_constants[i].reason) > 0);
	}
	/* Each step of the grid is at least as loose as the one before. */
	for (int i = SEL_K_LIMIT_0; i < SEL_K_LIMIT_3; i++)
		assert_true(sel_constants[i].value <= sel_constants[i + 1].value);
	for (int i = SEL_K_DELTA_0; i < SEL_K_DELTA_3; i++)
		assert_true(sel_constants[i].value <= sel_constants[i + 1].value);
}

/* --- the numbers of the specification -----------------------------------------------------------
 */

static void the_posterior_needs_as_many_approvals_as_published(void **state)
{
	static const struct {
		double mean, limit, delta;
		unsigned needs;
	} row[] = {{.05, .10, .10, 4}, {.10, .05, .05, 50}, {.20, .03, .05, 148}};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		double s = SEL_K(PRIOR_STRENGTH), a = s * row[i].mean, b = s - a;
		unsigned n = 0;

		while (1 - sel_beta_cdf(row[i].limit, a, b + n) > row[i].delta)
			n++;
		assert_int_equal(n, row[i].needs);
	}
}

static void four_attentive_approvals_are_learned(void **state)
{
	struct sel_evidence *e = evidence();
	struct act act = standard(), other = standard();
	struct sel_support s;

	(void)state;
	other.name = "never seen";
	for (unsigned n = 1; n <= 4; n++) {
		approve(e, &act, NOW + n, 1);
		assert_int_equal(learned(e, &act, NOW + 10), n == 4);
	}
	s = ask(e, &other, NOW + 10, SEL_T1, &fresh); /* the shape, not only the object */
	assert_true(s.learned);
	assert_int_equal(s.learned_rung, 1);
	assert_int_equal(s.rung, 1);
	assert_int_equal(s.approvals, 4);
	assert_false(s.novel);
	assert_int_equal(s.last, NOW + 4);
	/* risk: what theta exceeds with probability 10 %, here just below the limit of 10 % */
	assert_true(s.risk > .08 && s.risk <= .10);
	assert_true(s.mean > 0 && s.mean < .05);
	sel_evidence_free(e);
}

static void what_other_shapes_taught_is_a_prior_and_no_permission(void **state)
{
	struct sel_evidence *e = evidence();
	struct act act = standard(), sibling = standard();
	struct sel_support s;

	(void)state;
	sibling.unit = home_units[1];
	approve(e, &sibling, NOW, 200);
	s = ask(e, &act, NOW + 10, SEL_T1, &fresh);
	assert_false(s.learned);
	assert_true(s.novel);
	assert_int_equal(s.rung, 2);
	assert_true(s.mean < .01);
	approve(e, &act, NOW, 2);
	assert_false(learned(e, &act, NOW + 10)); /* never below three */
	approve(e, &act, NOW, 1);
	assert_false(learned(e, &act, NOW + SEL_DAYS(1))); /* three, a little less after a day */
	approve(e, &act, NOW, 1);
	assert_true(learned(e, &act, NOW + SEL_DAYS(1)));
	sel_evidence_free(e);
}

static void evidence_halves_in_thirty_days(void **state)
{
	struct sel_evidence *e = evidence();
	struct act act = standard();
	struct sel_support s;

	(void)state;
	approve(e, &act, NOW, 8);
	s = ask(e, &act, NOW + SEL_DAYS(30), SEL_T1, &fresh);
	assert_true(fabs(s.allows - 4) < 1e-6);
	assert_int_equal(s.approvals, 8);
	s = ask(e, &act, NOW + SEL_DAYS(60), SEL_T1, &fresh);
	assert_true(fabs(s.allows - 2) < 1e-6);
	assert_false(s.learned);
	sel_evidence_free(e);
}

/* --- who may be learned -------------------------------------------------------------------------
 */

static void only_tier_one_is_learned(void **state)
{
	struct sel_evidence *e = evidence();
	struct act act = standard();

	(void)state;
	approve(e, &act, NOW, 100);
	for (int t = SEL_T0; t < SEL_TIER_N; t++) {
		struct sel_support s = ask(e, &act, NOW + 100, (enum sel_tier)t, &fresh);

		assert_int_equal(s.learned, t == SEL_T1);
		assert_int_equal(s.novel, t == SEL_T3);
	}
	sel_evidence_free(e);
}

static void an_interpreter_is_learned_for_the_very_object_only(void **state)
{
	static const char *const exes[] = {"/usr/bin/python3.11", "/bin/bash", "/usr/bin/xargs"};

	(void)state;
	for (size_t i = 0; i < SEL_N(exes); i++) {
		struct sel_evidence *e = evidence();
		struct sel_identity id = tool;
		struct act act = standard(), other;
		struct sel_support s;

		id.exe = exes[i];
		act.id = &id;
		other = act;
		other.name = "y";
		approve(e, &act, NOW, 100);
		s = ask(e, &act, NOW + 100, SEL_T1, &fresh);
		assert_true(s.learned);
		assert_int_equal(s.learned_rung, 0);
		s = ask(e, &other, NOW + 100, SEL_T1, &fresh);
		assert_false(s.learned);
		assert_true(s.novel);
		sel_evidence_free(e);
	}
}

/* I14 */
static void what_is_made_here_or_unknown_has_no_evidence(void **state)
{
	struct sel_evidence *e = evidence();
	struct sel_identity ours = tool, unknown = tool;
	struct act act = standard();
	struct sel_keys *keys = keys_of(&act);
	struct sel_support s;

	(void)state;
	ours.ours = true;
	unknown.digest = NULL;
	approve(e, &act, NOW, 100);
	act.id = &ours;
	assert_int_equal(ask(e, &act, NOW + 100, SEL_T1, &fresh).rung, SEL_RUNGS);
	assert_false(learned(e, &act, NOW + 100));
	act.id = &unknown;
	assert_false(learned(e, &act, NOW + 100));
	/* Not even with keys that were built for another. */
	sel_evidence_support(e, keys, &ours, SEL_T1, &fresh, NOW + 100, &s);
	assert_false(s.learned);
	sel_evidence_support(e, keys, &unknown, SEL_T1, &fresh, NOW + 100, &s);
	assert_false(s.learned);
	sel_evidence_support(e, keys, NULL, SEL_T1, &fresh, NOW + 100, &s);
	assert_false(s.learned);
	assert_int_equal(s.rung, SEL_RUNGS);
	free(keys);
	sel_evidence_free(e);
}

static void three_shapes_teach_their_class(void **state)
{
	struct sel_evidence *e = evidence();
	struct act act = standard(), fourth = standard();
	struct sel_support s;

	(void)state;
	fourth.unit = home_units[3];
	for (int i = 0; i < 3; i++) {
		act.unit = home_units[i];
		assert_false(learned(e, &fourth, NOW + 10));
		approve(e, &act, NOW, 2);
	}
	s = ask(e, &fourth, NOW + 10, SEL_T1, &fresh);
	assert_true(s.learned);
	assert_int_equal(s.learned_rung, 2);
	assert_false(s.novel);
	fourth.class = SEL_CLASS_HOME; /* another class */
	assert_false(learned(e, &fourth, NOW + 10));
	fourth.class = act.class;
	fourth.project = "/home/ana/other"; /* another project */
	assert_false(learned(e, &fourth, NOW + 10));
	sel_evidence_free(e);
}

static void everywhere_is_no_class_to_learn(void **state)
{
	static const enum sel_class wide[] = {SEL_CLASS_HOME, SEL_CLASS_OTHER, SEL_CLASS_SYSTEM,
					      SEL_CLASS_HOME_CONFIG, SEL_CLASS_HOST};

	(void)state;
	for (size_t k = 0; k < SEL_N(wide); k++) {
		struct sel_evidence *e = evidence();
		struct act act = standard();

		act.class = wide[k];
		for (int i = 0; i < 3; i++) {
			act.unit = home_units[i];
			approve(e, &act, NOW, 50);
		}
		act.unit = home_units[3];
		assert_false(learned(e, &act, NOW + 100));
		sel_evidence_free(e);
	}
}

/* --- attention ----------------------------------------------------------------------------------
 */

static void rapid_approvals_teach_nothing(void **state)
{
	struct sel_evidence *e = evidence();
	struct act act = standard();
	struct sel_learning equal = {.promote = true, .equal_weights = true};
	struct sel_support s;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		add(e, &(struct say){.act = act, .at = NOW + i, .weight = i % 2 ? 0 : NAN});
	s = ask(e, &act, NOW + 200, SEL_T1, &fresh);
	assert_false(s.learned);
	assert_int_equal(s.rung, SEL_RUNGS);
	assert_int_equal(s.approvals, 0);
	s = ask(e, &act, NOW + 200, SEL_T1, &equal); /* the comparison would have */
	assert_true(s.learned);
	assert_int_equal(s.approvals, 100);
	sel_evidence_free(e);
}

static void tired_approvals_count_a_quarter_and_promote_nothing(void **state)
{
	struct sel_evidence *e = evidence();
	struct act act = standard();
	struct sel_learning tired = {0};

	(void)state;
	for (unsigned i = 0; i < 17; i++) {
		assert_int_equal(learned(e, &act, NOW + 100), i >= 15); /* 3.75 of at least 3.6 */
		add(e, &(struct say){.act = act, .at = NOW + 100 - i, .weight = .25});
	}
	assert_true(learned(e, &act, NOW + 100));
	assert_false(ask(e, &act, NOW + 100, SEL_T1, &tired).learned);
	/* What was earned while FRESH stays. */
	approve(e, &act, NOW, 5);
	assert_true(ask(e, &act, NOW + 100, SEL_T1, &tired).learned);
	sel_evidence_free(e);
}

/* --- denials, flags, change ---------------------------------------------------------------------
 */

static void a_denial_stops_its_shape_and_its_siblings(void **state)
{
	struct sel_evidence *e = evidence();
	struct act act = standard(), sibling = standard(), far = standard();
	usec_t month = NOW + SEL_DAYS(30);

	(void)state;
	sibling.unit = home_units[1];
	far.unit = "/home/ana/.local/share/a";
	far.class = SEL_CLASS_TOOL_DATA;
	approve(e, &act, NOW, 60);
	approve(e, &sibling, NOW, 60);
	approve(e, &far, NOW, 60);
	assert_true(learned(e, &act, NOW + 100));
	assert_true(learned(e, &sibling, NOW + 100));
	deny(e, &act, NOW + 100);
	assert_false(learned(e, &act, NOW + 101));
	assert_true(learned(e, &sibling, NOW + 101)); /* that very object */
	act.name = sibling.name = "new";
	assert_false(learned(e, &act, NOW + 101));
	assert_false(learned(e, &sibling, NOW + 101));
	assert_true(learned(e, &far, NOW + 101)); /* another class */

	/* Not before 30 days *and* two new approvals. */
	approve(e, &sibling, NOW + SEL_DAYS(1), 2);
	assert_false(learned(e, &sibling, month - SEL_DAYS(1)));
	assert_true(learned(e, &sibling, month + SEL_DAYS(1)));
	assert_false(learned(e, &act, month + SEL_DAYS(1)));
	approve(e, &act, month, 1);
	assert_false(learned(e, &act, month + SEL_DAYS(1)));
	add(e,
	    &(struct say){.act = act, .at = month + 1, .weight = .25}); /* not attentive enough */
	assert_false(learned(e, &act, month + SEL_DAYS(1)));
	approve(e, &act, month + 5, 1);
	assert_true(learned(e, &act, month + SEL_DAYS(1)));
	sel_evidence_free(e);
}

static void a_denied_object_stays_out_when_its_shape_is_learned_again(void **state)
{
	struct sel_evidence *e = evidence();
	struct act act = standard(), denied = standard();

	(void)state;
	denied.name = "evil";
	deny(e, &denied, NOW);
	approve(e, &act, NOW + SEL_DAYS(31), 60);
	assert_true(learned(e, &act, NOW + SEL_DAYS(32)));
	assert_false(learned(e, &denied, NOW + SEL_DAYS(32)));
	approve(e, &denied, NOW + SEL_DAYS(31), 2);
	assert_true(learned(e, &denied, NOW + SEL_DAYS(32)));
	sel_evidence_free(e);
}

static void a_denial_weighs_less_on_wider_rungs(void **state)
{
	struct sel_evidence *e = evidence();
	struct act act = standard(), sibling = standard(), stranger = standard();
	struct sel_identity id = tool;
	double own, beside, other;

	(void)state;
	id.exe = "/usr/bin/other";
	id.package = "other";
	stranger.id = &id;
	sibling.unit = home_units[1];
	deny(e, &act, NOW);
	own = ask(e, &act, NOW, SEL_T1, &fresh).mean;
	beside = ask(e, &sibling, NOW, SEL_T1, &fresh).mean;
	other = ask(e, &stranger, NOW, SEL_T1, &fresh).mean;
	assert_true(own > beside && beside > other && other > SEL_K(PRIOR_MEAN));
	/* (0.5 + 1) / 11, the prior untouched: nothing counts twice */
	assert_true(fabs(own - 1.5 / 11) < 1e-9);
	assert_true(fabs(beside - 1.0 / 10.5) < 1e-9);
	sel_evidence_free(e);
}

static void a_harmful_flag_halves_what_is_above(void **state)
{
	struct sel_evidence *e = evidence(), *late = evidence();
	struct act act = standard(), flagged = standard();
	double before, after;

	(void)state;
	for (int i = 1; i < 3; i++) {
		act.unit = home_units[i];
		approve(e, &act, NOW, 8);
		approve(late, &act, NOW, 8);
	}
	act.unit = home_units[3];
	before = ask(e, &act, NOW + 100, SEL_T1, &fresh).allows;
	add(e, &(struct say){.act = flagged, .at = NOW + 100, .denied = true, .flagged = true});
	after = ask(e, &act, NOW + 100, SEL_T1, &fresh).allows;
	assert_true(fabs(after - before / 2) < 1e-6);
	/* An older approval that comes after the flag is halved too; a newer one is not. */
	act.unit = home_units[1];
	approve(e, &act, NOW + 50, 2);
	approve(e, &act, NOW + 101, 1);
	act.unit = home_units[3];
	assert_true(fabs(ask(e, &act, NOW + 102, SEL_T1, &fresh).allows - (after + 2)) < 1e-6);
	sel_evidence_free(e);
	sel_evidence_free(late);
}

static void a_new_version_of_a_package_keeps_half(void **state)
{
	struct sel_evidence *e = evidence();
	struct sel_identity next = tool, third = tool;
	struct act act = standard();
	struct sel_support s;

	(void)state;
	approve(e, &act, NOW, 16);
	next.digest = "d2";
	third.digest = "d3";
	act.id = &next;
	s = ask(e, &act, NOW + 16, SEL_T1, &fresh);
	assert_true(s.changed);
	assert_int_equal(s.lost, 16);
	assert_true(fabs(s.allows - 8) < 1e-6);
	assert_true(s.learned);
	approve(e, &act, NOW + 16, 4);
	s = ask(e, &act, NOW + 20, SEL_T1, &fresh);
	assert_false(s.changed); /* this version was approved */
	assert_true(fabs(s.allows - 12) < 1e-6);
	act.id = &third;
	s = ask(e, &act, NOW + 20, SEL_T1, &fresh);
	assert_true(s.changed);
	assert_true(fabs(s.allows - (4 / 2. + 16 / 4.)) < 1e-6); /* halved at each change */
	/* The old one again is what it was. */
	act.id = &tool;
	assert_true(ask(e, &act, NOW + 20, SEL_T1, &fresh).allows >= 16);
	sel_evidence_free(e);
}

static void a_changed_file_of_nobody_loses_all(void **state)
{
	struct sel_evidence *e = evidence();
	struct sel_identity old = {.exe = "/opt/x/tool", .digest = "d1", .subcommand = ""};
	struct sel_identity new = old;
	struct act act = standard();
	struct sel_support s;

	(void)state;
	act.id = &old;
	approve(e, &act, NOW, 50);
	assert_true(learned(e, &act, NOW + 100));
	new.digest = "d2";
	act.id = &new;
	s = ask(e, &act, NOW + 100, SEL_T1, &fresh);
	assert_false(s.learned);
	assert_true(s.changed);
	assert_int_equal(s.lost, 50);
	assert_int_equal(s.rung, SEL_RUNGS);
	sel_evidence_free(e);
}

static void another_script_of_one_interpreter_is_no_new_version(void **state)
{
	struct sel_evidence *e = evidence();
	struct sel_identity one = {.exe = "/usr/bin/node",
				   .digest = "n+d1",
				   .script = "/opt/one.js",
				   .subcommand = ""};
	struct sel_identity two = one;
	struct act act = standard();
	struct sel_support s;

	(void)state;
	two.script = "/opt/two.js";
	two.digest = "n+d2";
	act.id = &one;
	approve(e, &act, NOW, 50);
	act.id = &two;
	s = ask(e, &act, NOW + 100, SEL_T1, &fresh);
	assert_false(s.changed);
	assert_true(s.novel);
	sel_evidence_free(e);
}

static void many_versions_are_taken_together_and_never_count_more(void **state)
{
	struct sel_evidence *e = evidence();
	struct sel_identity id = tool;
	struct act act = standard();
	char digest[8];

	(void)state;
	act.id = &id;
	id.digest = digest;
	for (int i = 0; i < 40; i++) {
		(void)snprintf(digest, sizeof digest, "v%d", i);
		approve(e, &act, NOW + (usec_t)i * 10, 1);
		assert_true(ask(e, &act, NOW + 1000, SEL_T1, &fresh).allows <= 2);
	}
	assert_int_equal(ask(e, &act, NOW + 1000, SEL_T1, &fresh).approvals, 40);
	sel_evidence_free(e);
}

static void what_nobody_used_for_ninety_days_is_asked(void **state)
{
	struct sel_evidence *e = evidence();
	struct act act = standard();
	struct sel_keys *keys = keys_of(&act);

	(void)state;
	approve(e, &act, NOW, 1000);
	assert_true(learned(e, &act, NOW + SEL_DAYS(89)));
	assert_false(learned(e, &act, NOW + SEL_DAYS(91)));
	sel_evidence_used(e, keys->rung[1], NOW + SEL_DAYS(80));
	assert_true(learned(e, &act, NOW + SEL_DAYS(91)));
	sel_evidence_used(e, "no such key", NOW);
	free(keys);
	sel_evidence_free(e);
}

static void each_step_is_looser_and_an_unknown_one_the_strictest(void **state)
{
	struct sel_evidence *e = evidence();
	struct act act = standard();
	bool before = false;

	(void)state;
	deny(e, &act, NOW - SEL_DAYS(40));
	approve(e, &act, NOW, 3);
	for (unsigned n = 0; n < 40; n++, approve(e, &act, NOW, 1)) {
		before = false;
		for (unsigned step = 0; step < SEL_STEPS; step++) {
			struct sel_learning how = {.promote = true, .step = step};
			bool now = ask(e, &act, NOW, SEL_T1, &how).learned;

			assert_true(now || !before);
			before = now;
		}
		assert_int_equal(ask(e, &act, NOW, SEL_T1,
				     &(struct sel_learning){.promote = true, .step = 99})
					 .learned,
				 learned(e, &act, NOW));
	}
	assert_true(before);
	sel_evidence_free(e);
}

static void learning_can_be_off(void **state)
{
	struct sel_evidence *e = evidence();
	struct act act = standard();
	struct sel_support s;

	(void)state;
	approve(e, &act, NOW, 100);
	s = ask(e, &act, NOW + 100, SEL_T1, &(struct sel_learning){.off = true, .promote = true});
	assert_false(s.learned);
	assert_int_equal(s.rung, 0);
	sel_evidence_free(e);
}

/* --- novelty ------------------------------------------------------------------------------------
 */

static void missing_mass_is_the_share_of_what_was_seen_once(void **state)
{
	struct sel_evidence *e = evidence();
	struct act act = standard();
	double mass, bound;
	uint64_t n;
	char name[16];

	(void)state;
	sel_evidence_novelty(e, 0, .05, &mass, &bound, &n);
	assert_true(mass == 1 && bound == 1 && n == 0);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof name, "%d", i < 20 ? i : 20 + i % 10);
		act.name = name;
		approve(e, &act, NOW, 1);
	}
	sel_evidence_novelty(e, 0, .05, &mass, &bound, &n);
	assert_int_equal(n, 100);
	assert_true(fabs(mass - .20) < 1e-12);
	assert_true(bound == 1); /* the margin is wide at n = 100 */
	sel_evidence_novelty(e, 1, .05, &mass, &bound, &n);
	assert_true(mass == 0);
	assert_true(fabs(bound - fmin(1, (2 * sqrt(2) + sqrt(3)) * sqrt(log(60) / 100))) < 1e-12);
	sel_evidence_novelty(e, 7, .05, &mass, &bound, &n);
	assert_true(mass == 1 && n == 0);
	sel_evidence_free(e);
}

/* The margin by simulation: a geometric distribution, whose missing mass is known. */
static void the_margin_covers_the_missing_mass(void **state)
{
	int missed = 0;

	(void)state;
	srandom(11);
	for (int run = 0; run < 60; run++) {
		struct sel_evidence *e = evidence();
		struct act act = standard();
		bool seen[64] = {false};
		double mass, bound, missing = 0;
		uint64_t n;
		char name[16];

		act.name = name;
		for (int i = 0; i < 1500; i++) {
			int k = 0;

			while (k < 63 && random() % 8)
				k++;
			seen[k] = true;
			(void)snprintf(name, sizeof name, "%d", k);
			approve(e, &act, NOW, 1);
		}
		for (int k = 0; k < 63; k++)
			missing += seen[k] ? 0 : pow(7 / 8., k) / 8;
		sel_evidence_novelty(e, 0, .05, &mass, &bound, &n);
		assert_true(bound < 1);
		missed += missing > bound;
		sel_evidence_free(e);
	}
	assert_true(missed <= 3); /* 5 % of 60 */
}

/* --- properties over generated histories --------------------------------------------------------
 */

#define RUNS  400
#define FACTS 40

static unsigned below(unsigned n)
{
	return (unsigned)random() % n;
}

static const char *const programs[] = {"/usr/bin/npm", "/usr/bin/python3", "/usr/bin/tool"};

struct history {
	struct sel_identity id[6];
	struct say fact[FACTS];
	size_t n;
};

static struct act random_act(struct history *h)
{
	static const char *const names[] = {"x", "y"};
	static const char *const projects[] = {"/home/ana/app", "/home/ana/lib"};
	static const enum sel_class classes[] = {SEL_CLASS_TOOL_CACHE, SEL_CLASS_TOOL_CACHE,
						 SEL_CLASS_HOME};

	return (struct act){.id = &h->id[below(6)],
			    .unit = home_units[below(4)],
			    .name = names[below(2)],
			    .project = projects[below(8) == 0],
			    .op = below(8) ? SEL_OP_CREATE : SEL_OP_WRITE,
			    .class = classes[below(3)]};
}

static void generate(struct history *h, unsigned denials_in_100)
{
	static const double weights[] = {1, 1, 1, .25, 0};

	*h = (struct history){.n = 5 + below(FACTS - 5)};
	for (unsigned i = 0; i < 6; i++)
		h->id[i] = (struct sel_identity){.exe = programs[i % 3],
						 .digest = i < 3 ? "d1" : "d2",
						 .package = "p",
						 .verified = i % 3 != 2,
						 .subcommand = ""};
	struct act often = random_act(h);

	for (size_t i = 0; i < h->n; i++) {
		struct act act = below(3) ? often : random_act(h);

		h->fact[i] = (struct say){.act = act,
					  .at = NOW - SEL_DAYS(below(120)) - below(1000),
					  .weight = weights[below(5)],
					  .denied = below(100) < denials_in_100};
		h->fact[i].flagged = h->fact[i].denied && below(4) == 0;
	}
}

static void feed(struct sel_evidence *e, const struct history *h)
{
	for (size_t i = 0; i < h->n; i++)
		add(e, &h->fact[i]);
}

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fmax(1, fabs(a));
}

static void the_order_of_facts_does_not_matter(void **state)
{
	unsigned seen_learned = 0;

	(void)state;
	srandom(21);
	for (int run = 0; run < RUNS; run++) {
		struct sel_evidence *a = evidence(), *b = evidence();
		struct history h;

		generate(&h, 10);
		for (size_t i = 0; i < h.n; i++)
			h.fact[i].flagged = false;
		feed(a, &h);
		for (size_t i = h.n; i-- > 1;) {
			size_t k = below((unsigned)i + 1);
			struct say swap = h.fact[i];

			h.fact[i] = h.fact[k];
			h.fact[k] = swap;
		}
		feed(b, &h);
		for (int i = 0; i < 20; i++) {
			struct act act = i < 10 ? h.fact[below((unsigned)h.n)].act : random_act(&h);
			struct sel_support x = ask(a, &act, NOW, SEL_T1, &fresh);
			struct sel_support y = ask(b, &act, NOW, SEL_T1, &fresh);

			assert_int_equal(x.rung, y.rung);
			assert_int_equal(x.approvals, y.approvals);
			assert_int_equal(x.novel, y.novel);
			assert_int_equal(x.changed, y.changed);
			assert_int_equal(x.last, y.last);
			assert_true(near(x.allows, y.allows) && near(x.denials, y.denials));
			assert_true(near(x.mean, y.mean));
			assert_int_equal(x.learned, y.learned);
			seen_learned += x.learned;
		}
		for (int r = 0; r < SEL_RUNGS; r++) {
			double m[2], u[2];
			uint64_t n[2];

			sel_evidence_novelty(a, r, .05, &m[0], &u[0], &n[0]);
			sel_evidence_novelty(b, r, .05, &m[1], &u[1], &n[1]);
			assert_true(m[0] == m[1] && u[0] == u[1] && n[0] == n[1]);
		}
		sel_evidence_free(a);
		sel_evidence_free(b);
	}
	assert_true(seen_learned > 100);
}

static void nothing_is_gained_by_waiting(void **state)
{
	unsigned lapsed = 0;

	(void)state;
	srandom(22);
	for (int run = 0; run < RUNS; run++) {
		struct sel_evidence *e = evidence();
		struct history h;

		generate(&h, 0);
		feed(e, &h);
		for (int i = 0; i < 10; i++) {
			struct act act = h.fact[below((unsigned)h.n)].act;
			double allows = INFINITY;
			bool before = true;

			for (unsigned day = 0; day < 120; day += 3) {
				struct sel_support s =
					ask(e, &act, NOW + SEL_DAYS(day), SEL_T1, &fresh);

				assert_true(before || !s.learned);
				assert_true(s.allows <= allows);
				lapsed += before && !s.learned && day > 0;
				before = s.learned;
				allows = s.allows;
			}
		}
		sel_evidence_free(e);
	}
	assert_true(lapsed > 100);
}

/* Less attention never allows more, whatever else was said. */
static void what_is_allowed_shrinks_with_the_weights(void **state)
{
	static const struct sel_learning hows[] = {
		{.promote = true}, {.promote = false}, {.promote = true, .step = 3}};
	unsigned lost = 0;

	(void)state;
	srandom(23);
	for (int run = 0; run < RUNS; run++) {
		struct sel_evidence *full = evidence(), *less = evidence();
		struct history h;

		generate(&h, 4);
		feed(full, &h);
		for (size_t i = 0; i < h.n; i++)
			if (below(3) == 0)
				h.fact[i].weight *= below(2) ? .25 : 0;
		feed(less, &h);
		for (int i = 0; i < 20; i++) {
			struct act act = i < 10 ? h.fact[below((unsigned)h.n)].act : random_act(&h);

			for (size_t k = 0; k < SEL_N(hows); k++) {
				bool x = ask(full, &act, NOW, SEL_T1, &hows[k]).learned;
				bool y = ask(less, &act, NOW, SEL_T1, &hows[k]).learned;

				assert_true(x || !y);
				lost += x && !y;
			}
			/* TIRED allows no more than FRESH. */
			assert_true(ask(full, &act, NOW, SEL_T1, &hows[0]).learned ||
				    !ask(full, &act, NOW, SEL_T1, &hows[1]).learned);
		}
		sel_evidence_free(full);
		sel_evidence_free(less);
	}
	assert_true(lost > 50);
}

/* One more denial, flag or not, never allows more; and what it is about is not allowed. */
static void a_denial_never_allows_more(void **state)
{
	unsigned lost = 0;

	(void)state;
	srandom(24);
	for (int run = 0; run < RUNS; run++) {
		struct sel_evidence *a = evidence(), *b = evidence();
		struct history h;
		struct say no;

		generate(&h, 4);
		no = h.fact[below((unsigned)h.n)];
		no.denied = true;
		no.flagged = below(2);
		no.at = NOW - SEL_DAYS(below(29));
		feed(a, &h);
		feed(b, &h);
		add(b, &no);
		for (int i = 0; i < 20; i++) {
			struct act act = i < 10 ? h.fact[below((unsigned)h.n)].act : random_act(&h);
			bool x = learned(a, &act, NOW), y = learned(b, &act, NOW);

			assert_true(x || !y);
			lost += x && !y;
		}
		assert_false(learned(b, &no.act, NOW));
		sel_evidence_free(a);
		sel_evidence_free(b);
	}
	assert_true(lost > 50);
}

static void no_history_teaches_tier_two_or_three(void **state)
{
	(void)state;
	srandom(25);
	for (int run = 0; run < RUNS; run++) {
		struct sel_evidence *e = evidence();
		struct history h;

		generate(&h, 2);
		feed(e, &h);
		for (size_t i = 0; i < h.n; i++)
			for (unsigned step = 0; step < 2 * SEL_STEPS; step++) {
				struct sel_learning how = {.promote = true,
							   .equal_weights = step % 2,
							   .step = step / 2};

				assert_false(ask(e, &h.fact[i].act, NOW, SEL_T2, &how).learned);
				assert_false(ask(e, &h.fact[i].act, NOW, SEL_T3, &how).learned);
				assert_true(ask(e, &h.fact[i].act, NOW, SEL_T3, &how).novel);
			}
		sel_evidence_free(e);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_constant_has_its_unit_and_its_reason),
		cmocka_unit_test(the_posterior_needs_as_many_approvals_as_published),
		cmocka_unit_test(four_attentive_approvals_are_learned),
		cmocka_unit_test(what_other_shapes_taught_is_a_prior_and_no_permission),
		cmocka_unit_test(evidence_halves_in_thirty_days),
		cmocka_unit_test(only_tier_one_is_learned),
		cmocka_unit_test(an_interpreter_is_learned_for_the_very_object_only),
		cmocka_unit_test(what_is_made_here_or_unknown_has_no_evidence),
		cmocka_unit_test(three_shapes_teach_their_class),
		cmocka_unit_test(everywhere_is_no_class_to_learn),
		cmocka_unit_test(rapid_approvals_teach_nothing),
		cmocka_unit_test(tired_approvals_count_a_quarter_and_promote_nothing),
		cmocka_unit_test(a_denial_stops_its_shape_and_its_siblings),
		cmocka_unit_test(a_denied_object_stays_out_when_its_shape_is_learned_again),
		cmocka_unit_test(a_denial_weighs_less_on_wider_rungs),
		cmocka_unit_test(a_harmful_flag_halves_what_is_above),
		cmocka_unit_test(a_new_version_of_a_package_keeps_half),
		cmocka_unit_test(a_changed_file_of_nobody_loses_all),
		cmocka_unit_test(another_script_of_one_interpreter_is_no_new_version),
		cmocka_unit_test(many_versions_are_taken_together_and_never_count_more),
		cmocka_unit_test(what_nobody_used_for_ninety_days_is_asked),
		cmocka_unit_test(each_step_is_looser_and_an_unknown_one_the_strictest),
		cmocka_unit_test(learning_can_be_off),
		cmocka_unit_test(missing_mass_is_the_share_of_what_was_seen_once),
		cmocka_unit_test(the_margin_covers_the_missing_mass),
		cmocka_unit_test(the_order_of_facts_does_not_matter),
		cmocka_unit_test(nothing_is_gained_by_waiting),
		cmocka_unit_test(what_is_allowed_shrinks_with_the_weights),
		cmocka_unit_test(a_denial_never_allows_more),
		cmocka_unit_test(no_history_teaches_tier_two_or_three),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
