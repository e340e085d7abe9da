#include "evidence.h"
#include "test.h"
#include "tiredness.h"

#include <math.h>
#include <stdio.h>

#define S	   USEC_PER_SEC
#define MIN	   (60 * S)
#define H	   (60 * MIN)
#define START	   (1000 * 24 * H)
#define HISTORIES  100
#define LONGEST	   120
#define NEAR(a, b) (fabs((a) - (b)) < 1e-9)

static uint64_t seed = 88172645463325252u;
static uint64_t any(void) /* xorshift64* (Vigna 2016): the same everywhere */
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * 2685821657736338717u;
}
static unsigned below(unsigned n)
{
	return (unsigned)((any() >> 33) % n);
}
static double uniform(void)
{
	return (double)(any() >> 11) / 9007199254740992.0;
}

/* --- by hand -----------------------------------------------------------------------------------
 */

static struct sel_past slow(usec_t at)
{
	return (struct sel_past){.at = at,
				 .said = SEL_SAID_ALLOW,
				 .tier = SEL_T2,
				 .response = 20 * S,
				 .words = 20,
				 .measured = true};
}
static struct sel_past quick(usec_t at)
{
	struct sel_past p = slow(at);

	p.response = 300 * USEC_PER_MSEC;
	return p;
}
static struct sel_past decoy(usec_t at, bool hit)
{
	struct sel_past p = slow(at);

	p.decoy = true;
	p.said = hit ? SEL_SAID_DENY : SEL_SAID_ALLOW;
	return p;
}

static struct sel_tiredness of(const struct sel_past *past, size_t n, usec_t now)
{
	struct sel_tiredness t;

	sel_tiredness(past, n, now, &t);
	return t;
}

static void a_quick_unread_allow_is_rapid(void **state)
{
	static const struct {
		enum sel_said said;
		enum sel_tier tier;
		unsigned ms, words;
		bool expanded, unmeasured;
		double own;
		bool rapid;
		const char *why;
	} row[] = {
		{SEL_SAID_ALLOW, SEL_T1, 799, 0, false, false, 0, true, "below the floor"},
		{SEL_SAID_ALLOW, SEL_T1, 800, 0, false, false, 0, false, "at the floor"},
		{SEL_SAID_ALLOW, SEL_T2, 800, 12, false, false, 0, false, "12 words: 0.756 s"},
		{SEL_SAID_ALLOW, SEL_T2, 1259, 20, false, false, 0, true, "20 words: 1.26 s"},
		{SEL_SAID_ALLOW, SEL_T2, 1261, 20, false, false, 0, false, "20 words: 1.26 s"},
		{SEL_SAID_ALLOW, SEL_T3, 1499, 0, false, false, 0, true, "floor of tier 3"},
		{SEL_SAID_ALLOW, SEL_T3, 1500, 0, false, false, 0, false, "at it"},
		{SEL_SAID_ALLOW, SEL_T3, 2519, 20, false, false, 0, true, "half of reading"},
		{SEL_SAID_ALLOW, SEL_T3, 2521, 20, false, false, 0, false, "half of reading"},
		{SEL_SAID_ALLOW, SEL_T1, 100, 0, true, false, 0, false, "details were opened"},
		{SEL_SAID_ALLOW, SEL_T1, 0, 0, false, false, 0, false, "time unknown"},
		{SEL_SAID_ALLOW, SEL_T1, 100, 0, false, true, 0, false, "a script is not quick"},
		{SEL_SAID_DENY, SEL_T1, 100, 0, false, false, 0, false, "a denial"},
		{SEL_SAID_NARROW, SEL_T1, 100, 0, false, false, 0, false, "a narrowing"},
		{SEL_SAID_NOTHING, SEL_T1, 100, 0, false, false, 0, false, "no answer"},
		{SEL_SAID_ALLOW, SEL_T2, 1999, 20, false, false, 0.1, true, "own: 2 s"},
		{SEL_SAID_ALLOW, SEL_T2, 2001, 20, false, false, 0.1, false, "own: 2 s"},
		{SEL_SAID_ALLOW, SEL_T3, 3999, 20, false, false, 0.1, true, "own, twice: 4 s"},
		{SEL_SAID_ALLOW, SEL_T3, 5041, 20, false, false, 0.126, false, "who reads reads"},
		{SEL_SAID_ALLOW, SEL_T2, 1259, 20, false, false, NAN, true, "no own: general"},
		{SEL_SAID_ALLOW, SEL_T2, 1261, 20, false, false, INFINITY, false, "general"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		struct sel_past p = {.said = row[i].said,
				     .tier = row[i].tier,
				     .response = row[i].ms * USEC_PER_MSEC,
				     .words = row[i].words,
				     .expanded = row[i].expanded,
				     .measured = !row[i].unmeasured};

		if (sel_rapid(&p, row[i].own) != row[i].rapid)
			fail_msg("row %zu: %s", i, row[i].why);
	}
}

static void nobody_is_fresh_without_a_history(void **state)
{
	struct sel_tiredness t = of(NULL, 0, START);

	(void)state;
	assert_int_equal(t.state, SEL_FRESH);
	assert_true(t.rte == 1 && t.rte_n == 0 && t.load == 0 && t.since == 0);
	assert_true(isnan(t.d_prime) && isnan(t.criterion) && isnan(t.criterion_rise));
	assert_true(t.hit_low == 0 && t.hit_high == 1);
	assert_false(t.spent);
}

static void load_halves_in_half_an_hour_and_a_night_leaves_a_quarter(void **state)
{
	struct sel_past p[8];

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		p[i] = slow(START);
	assert_true(NEAR(of(p, 4, START).load, 4));
	assert_true(NEAR(of(p, 4, START + 30 * MIN).load, 2));
	assert_true(NEAR(of(p, 4, START + 90 * MIN).load, 0.5));
	assert_true(NEAR(of(p, 4, START + 8 * H).load, 1));
	assert_true(NEAR(of(p, 4, START + 32 * H).load, 0.25)); /* two nights */
	p[4] = slow(START + 8 * H);
	assert_true(NEAR(of(p, 5, START + 8 * H).load, 2));
	assert_true(NEAR(of(p, 5, START + 8 * H + 30 * MIN).load, 1));
}

static void a_clock_that_steps_back_is_no_time(void **state)
{
	struct sel_past p[3] = {slow(START), slow(START - 5 * H), slow(START - 5 * H + 30 * MIN)};

	(void)state;
	assert_true(NEAR(of(p, 2, START - 5 * H).load, 2));
	assert_true(NEAR(of(p, 3, START - 5 * H + 30 * MIN).load, 2));
	assert_true(NEAR(of(p, 3, 0).load, 0)); /* far from all of them */
	assert_true(NEAR(of(p, 3, START - 6 * H).load, 2));
}

/* What only a script answered leaves no trace at all. */
static void unmeasured_answers_tire_nobody(void **state)
{
	struct sel_past p[200];
	struct sel_tiredness t;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		p[i] = i % 2 ? quick(START + i) : decoy(START + i, false);
		p[i].measured = false;
	}
	t = of(p, 200, START + 200);
	assert_int_equal(t.state, SEL_FRESH);
	assert_true(t.load == 0 && t.rte_n == 0 && t.allow_n == 0 && t.decoys == 0);
	assert_true(t.last_30min == 0 && t.last_day == 0 && !t.spent);
}

static void the_table_of_states_holds(void **state)
{
	/* One letter an answer, `gap` apart: s slow, q quick allow, d denial, H and M decoys hit
	 * and missed, t time-out, 1 quick allow of tier 1. */
	static const struct {
		const char *answers;
		usec_t gap;
		enum sel_state want;
		const char *why;
	} row[] = {
		{"", 0, SEL_FRESH, "nothing"},
		{"qqqqqqqqq", 20 * MIN, SEL_FRESH, "nine rapid are too few to say"},
		{"qqqqqqqqqq", 20 * MIN, SEL_EXHAUSTED, "ten rapid in a row"},
		{"1111111111", 20 * MIN, SEL_EXHAUSTED, "of any tier"},
		{"ssssssssddssqqqqqqqqq", 50 * MIN, SEL_FRESH, "nine in a row"},
		{"ssssssssddssqqqqqqqqqq", 50 * MIN, SEL_EXHAUSTED, "ten in a row, RTE 0.50"},
		{"qqqqqdqqqqq", 20 * MIN, SEL_EXHAUSTED, "RTE 0 over ten"},
		{"sssssssssqddqqqqqsssss", 20 * MIN, SEL_FRESH, "RTE 0.70 is not below 0.70"},
		{"ssssssssqqddqqqqqsssss", 20 * MIN, SEL_FRESH, "RTE 0.65 alone is one sign"},
		{"ssssssssqqddqqqqqsssss", 1 * MIN, SEL_EXHAUSTED, "and load above 15"},
		{"ssssssssqqddqqqqqsssssM", 20 * MIN, SEL_TIRED, "RTE and a missed decoy"},
		{"ssssssssqqddqqqqqsssssMHHH", 20 * MIN, SEL_TIRED, "it stays until a rest"},
		{"ssssssssssqqqMHHH", 20 * MIN, SEL_FRESH, "a missed decoy alone"},
		{"ssssssssqqqqqqqsssss", 20 * MIN, SEL_TIRED, "RTE, and always yes, faster"},
		{"sdsdsdsssssqqqqqqqqqs", 20 * MIN, SEL_FRESH, "RTE 0.50"},
		{"sssdsssdsqqqqqqqqqsqqq", 20 * MIN, SEL_FRESH, "RTE 0.40 is not below it"},
		{"sssdsssdsqqqqqqqqqsqqqd", 20 * MIN, SEL_FRESH, "nor after a denial"},
		{"sssdsssdsqqqqqqqqqsqqqq", 20 * MIN, SEL_EXHAUSTED, "RTE 0.35"},
		{"sqsqsqsqqqqqqqqqqqqq", 20 * MIN, SEL_EXHAUSTED, "RTE below 0.40"},
		{"tttttttt", 0, SEL_FRESH, "load 8 is not above 8, and one sign"},
		{"tttttttM", 0, SEL_FRESH, "with a miss it is one sign, too"},
		{"tttttttttM", 0, SEL_TIRED, "load and a missed decoy"},
		{"ttttttttttttttt", 0, SEL_FRESH, "load 15"},
		{"tttttttttttttttt", 0, SEL_EXHAUSTED, "load above 15"},
		{"dddddddddddddddd", 0, SEL_EXHAUSTED, "denials load as well"},
		{"MHHM", 20 * MIN, SEL_EXHAUSTED, "two of the last four missed"},
		{"MHHHM", 20 * MIN, SEL_FRESH, "not of the last five"},
		{"qqqqqqqqq"
		 "MM",
		 46 * MIN, SEL_EXHAUSTED, "decoys after rests too"},
	};
	struct sel_past p[64];

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		size_t n = strlen(row[i].answers);
		usec_t at = START;
		struct sel_tiredness t;

		for (size_t k = 0; k < n; k++, at += row[i].gap) {
			char c = row[i].answers[k];

			p[k] = c == 'q' || c == '1'   ? quick(at)
			       : c == 'H' || c == 'M' ? decoy(at, c == 'H')
						      : slow(at);
			if (c == 'd')
				p[k].said = SEL_SAID_DENY;
			if (c == 't')
				p[k].said = SEL_SAID_NOTHING;
			if (c == '1')
				p[k].tier = SEL_T1;
		}
		t = of(p, n, n ? at - row[i].gap : at);
		if (t.state != row[i].want)
			fail_msg("%s: %s (RTE %.2f over %u, load %.2f)", row[i].why,
				 sel_state_name(t.state), t.rte, t.rte_n, t.load);
	}
}

static void always_yes_and_ever_faster_is_a_sign(void **state)
{
	struct sel_past p[40], q[16];
	size_t n = 0;

	(void)state;
	for (; n < 30; n++) {
		p[n] = slow(START + n * 10 * MIN);
		p[n].response = n < 15 ? 20 * S : 5 * S;
	}
	assert_true(NEAR(of(p, n, p[n - 1].at).drt, log(5) - log(20)));
	assert_int_equal(of(p, n, p[n - 1].at).state, SEL_FRESH);
	p[n] = decoy(p[n - 1].at + 10 * MIN, false);
	assert_int_equal(of(p, n + 1, p[n].at).state, SEL_TIRED);
	/* 15 questions are enough, and 11.5 s for 20, but not 12.5 s. */
	memcpy(q, p + 5, 16 * sizeof *p);
	q[15] = decoy(p[20].at, false);
	assert_int_equal(of(q, 16, q[15].at).state, SEL_TIRED);
	for (unsigned k = 0; k < 2; k++) {
		for (size_t i = 15; i < 30; i++)
			p[i].response = (k ? 125 : 115) * S / 10;
		assert_int_equal(of(p, n + 1, p[n].at).state, k ? SEL_FRESH : SEL_TIRED);
	}
	/* Two denials among the last twenty: somebody still thinks. */
	p[20].said = p[25].said = SEL_SAID_DENY;
	assert_int_equal(of(p, n + 1, p[n].at).state, SEL_FRESH);
	/* The morning is compared with itself. */
	assert_true(of(p, n, p[n - 1].at + 7 * H).drt == 0);
}

static void a_rest_betters_by_one_state(void **state)
{
	struct sel_past p[16];

	(void)state;
	for (unsigned i = 0; i < 16; i++)
		p[i] = quick(START);
	assert_int_equal(of(p, 16, START).state, SEL_EXHAUSTED);
	assert_int_equal(of(p, 16, START).since, START);
	assert_int_equal(of(p, 16, START + 45 * MIN - 1).state, SEL_EXHAUSTED);
	assert_int_equal(of(p, 16, START + 45 * MIN).state, SEL_TIRED);
	assert_int_equal(of(p, 16, START + 45 * MIN).since, START + 45 * MIN);
	assert_int_equal(of(p, 16, START + 90 * MIN).state, SEL_FRESH);
	assert_int_equal(of(p, 16, START + 90 * MIN).since, START + 90 * MIN);
	assert_int_equal(of(p, 16, START + 9 * H).state, SEL_FRESH);
	/* A clock that steps back is no rest. */
	assert_int_equal(of(p, 16, START - 9 * H).state, SEL_EXHAUSTED);
}

static void effort_counts_tier_two_and_up_where_there_are_ten(void **state)
{
	struct sel_past p[64];
	size_t n = 0;
	struct sel_tiredness t;

	(void)state;
	for (; n < 30; n++) {
		p[n] = quick(START + n * H);
		p[n].tier = SEL_T1;
	}
	for (; n < 39; n++)
		p[n] = slow(START + n * H);
	t = of(p, n, p[n - 1].at);
	assert_int_equal(t.rte_n, 20);
	assert_true(NEAR(t.rte, 9.0 / 20));
	p[n] = slow(START + n * H);
	n++;
	t = of(p, n, p[n - 1].at);
	assert_int_equal(t.rte_n, 10);
	assert_true(t.rte == 1);
	p[n] = quick(START + n * H);
	p[n].response = 0; /* time unknown: not used */
	t = of(p, n + 1, p[n].at);
	assert_int_equal(t.rte_n, 10);
	assert_false(t.rapid_last);
}

/* --- the person's own threshold -----------------------------------------------------------------
 */

static double normal(void) /* Irwin and Hall */
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += uniform();
	return sum;
}

/* `n` allows; the share `fast` of them comes from ln-seconds-a-word N(fast_mean, 0.25), the others
 * from N(slow_mean, 0.35). */
static double own_of(size_t n, double fast, double fast_mean, double slow_mean)
{
	struct sel_past p[300];

	for (size_t i = 0; i < n; i++) {
		double x = (double)i < fast * (double)n ? fast_mean + 0.25 * normal()
							: slow_mean + 0.35 * normal();

		p[i] = slow(START + i * H);
		p[i].words = 10 + below(30);
		p[i].response = (usec_t)(exp(x) * p[i].words * (double)S);
	}
	return of(p, n, START + n * H).own_floor;
}

static void two_habits_give_a_threshold_of_ones_own(void **state)
{
	double own = own_of(200, 0.4, -3.2, -1.5); /* 0.04 and 0.22 s a word */

	(void)state;
	if (!(own > exp(-3.2) && own < exp(-1.5)))
		fail_msg("the threshold %g is not between the habits", own);
	/* Where the densities 0.4 N(-3.2, 0.25) and 0.6 N(-1.5, 0.35) are equal: -2.495. */
	if (!(fabs(log(own) + 2.495) <= 0.25))
		fail_msg("crossing at %g", log(own));
	assert_true(own_of(30, 0.5, -3.2, -1.5) > 0);
	assert_true(own_of(29, 0.5, -3.2, -1.5) == 0);	/* too few */
	assert_true(own_of(200, 0, -3.2, -1.5) == 0);	/* one habit */
	assert_true(own_of(200, 0.54, -3.2, -1.5) > 0); /* the slow one still holds 46 % */
	assert_true(own_of(200, 0.66, -3.2, -1.5) == 0);
	assert_true(NEAR(own_of(200, 0.4, -1.8, 0.5), 0.126)); /* slowness is no measure */
	assert_true(NEAR(own_of(200, 0.4, -6, -3.2), 0.0315)); /* nor is haste */
}

static void the_fit_survives_any_sample(void **state)
{
	struct sel_past p[300];

	(void)state;
	for (unsigned kind = 0; kind < 6; kind++) {
		for (size_t i = 0; i < 300; i++) {
			p[i] = slow(START + i * H);
			p[i].words = kind == 1 ? 0 : kind == 2 ? (unsigned)-1 : 20;
			p[i].response = kind == 3   ? UINT64_MAX
					: kind == 4 ? (i % 2 ? 1 : UINT64_MAX)
					: kind == 5 ? 1 + any() % (1000 * S)
						    : 5 * S;
		}
		double own = of(p, 300, START + 300 * H).own_floor;

		if (!(own == 0 || (own >= 0.0315 && own <= 0.126)))
			fail_msg("kind %u: %g", kind, own);
	}
}

/* --- decoys and detection ------------------------------------------------------------------------
 */

static void decoys_are_told_with_their_interval(void **state)
{
	struct sel_past p[60];
	struct sel_tiredness t;

	(void)state;
	for (unsigned i = 0; i < 60; i++)
		p[i] = decoy(START + i * H, i < 20 || i % 2);
	t = of(p, 8, p[7].at);
	assert_true(t.hits == 8 && t.decoys == 8);
	assert_true(fabs(t.hit_low - 0.7472764) < 1e-6 && t.hit_high == 1);
	t = of(p + 20, 8, p[27].at);
	assert_true(t.hits == 4 && t.decoys == 8);
	assert_true(fabs(t.hit_low - 0.2486419) < 1e-6 && fabs(t.hit_high - 0.7513581) < 1e-6);
	t = of(p, 60, p[59].at);
	assert_true(t.hits == 10 && t.decoys == 20); /* the last twenty */
	t = of(p, 60, p[0].at + (usec_t)91 * 24 * H);
	assert_int_equal(t.decoys, 20); /* 36 are left */
	t = of(p, 60, p[59].at + (usec_t)91 * 24 * H);
	assert_int_equal(t.decoys, 0);
}

/* Python's statistics.NormalDist().inv_cdf. */
static void sensitivity_and_criterion_are_right(void **state)
{
	struct sel_past p[160];
	struct sel_tiredness t;

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		p[i] = i % 2 ? decoy(START + i * H, i > 4) : slow(START + i * H);
		if (i % 2 == 0) {
			p[i].audited = true;
			p[i].said = i < 8 ? SEL_SAID_DENY : SEL_SAID_ALLOW;
		}
	}
	t = of(p, 40, p[39].at); /* hits 18 of 20, false alarms 4 of 20 */
	if (!(fabs(t.d_prime - 1.9713997253552349) <= 1e-12) ||
	    !(fabs(t.criterion + 0.19406125493424287) <= 1e-12))
		fail_msg("d' %.17g, c %.17g", t.d_prime, t.criterion);
	assert_true(isnan(t.criterion_rise));
	t = of(p, 39, p[39].at);
	assert_true(isnan(t.d_prime));
	for (unsigned i = 40; i < 80; i++) { /* then nothing is denied any more */
		p[i] = i % 2 ? decoy(START + i * H, false) : slow(START + i * H);
		p[i].audited = i % 2 == 0;
	}
	t = of(p, 80, p[79].at);
	assert_true(t.criterion_rise > 1.5);
}

/* --- budget, gates, weights, words
 * ----------------------------------------------------------------- */

static void the_budget_is_five_in_half_an_hour_and_twelve_a_day(void **state)
{
	struct sel_past p[16];

	(void)state;
	for (unsigned i = 0; i < 16; i++)
		p[i] = slow(START + i * 40 * S);
	assert_false(of(p, 4, p[3].at).spent);
	assert_true(of(p, 5, p[4].at).spent);
	assert_false(of(p, 5, p[0].at + 30 * MIN).spent);
	for (unsigned i = 0; i < 16; i++)
		p[i] = slow(START + i * H);
	assert_false(of(p, 11, p[10].at).spent);
	assert_true(of(p, 12, p[11].at).spent);
	assert_true(of(p, 12, p[11].at + 6 * H).spent);
	assert_false(of(p, 12, p[11].at + 6 * H + 1).spent); /* a new day */
	assert_int_equal(of(p, 12, p[11].at + 6 * H + 1).last_day, 0);
}

static void an_errand_at_one_host_costs_the_budget_once_in_three(void **state)
{
	struct sel_past p[16];

	(void)state;
	for (unsigned i = 0; i < 16; i++) {
		p[i] = slow(START + i * 10 * S);
		p[i].about = 7;
	}
	assert_int_equal(of(p, 3, p[2].at).last_30min, 1);
	assert_int_equal(of(p, 4, p[3].at).last_30min, 2); /* going on does not make it longer */
	assert_int_equal(of(p, 12, p[11].at).last_30min, 4);
	assert_true(of(p, 13, p[12].at).spent);
	assert_true(of(p, 13, p[12].at).load > 12); /* each was read all the same */
	for (unsigned i = 0; i < 5; i++)
		p[i].about = i + 1;
	assert_true(of(p, 5, p[4].at).spent);
	p[0].about = p[1].about = 9;
	p[1].at = p[0].at + 2 * MIN;
	assert_int_equal(of(p, 2, p[1].at).last_30min, 2); /* two minutes later it is another */
}

static void gates_and_weights_are_those_of_the_table(void **state)
{
	static const enum sel_gate want[SEL_STATE_N][SEL_TIER_N] = {
		[SEL_FRESH] = {SEL_GATE_ASK, SEL_GATE_ASK, SEL_GATE_ASK, SEL_GATE_ASK},
		[SEL_TIRED] = {SEL_GATE_DEFER, SEL_GATE_DEFER, SEL_GATE_TOKEN, SEL_GATE_TOKEN},
		[SEL_EXHAUSTED] = {SEL_GATE_DEFER, SEL_GATE_DEFER, SEL_GATE_DEFER, SEL_GATE_TOKEN},
	};
	static const double weight[SEL_STATE_N] = {1, 0.25, 0};
	struct sel_past p = slow(START), check = decoy(START, false), less = quick(START);

	(void)state;
	less.said = SEL_SAID_NARROW;
	for (int s = SEL_FRESH; s < SEL_STATE_N; s++) {
		struct sel_tiredness t = {.state = (enum sel_state)s};

		for (int tier = SEL_T0; tier < SEL_TIER_N; tier++)
			assert_int_equal(sel_gate(&t, (enum sel_tier)tier, NULL), want[s][tier]);
		assert_true(sel_attention_weight(&p, &t, false, false) == weight[s]);
		assert_true(sel_attention_weight(&check, &t, false, false) == 0);
		/* Less than was offered is approved of: no reflex, but no more either. */
		assert_true(sel_attention_weight(&less, &t, false, false) == weight[s]);
		assert_true(sel_attention_weight(&less, &t, true, false) == 0);
		assert_true(sel_attention_weight(&less, &t, false, true) == 0);
	}
}

static void what_tires_gates_and_weighs_stricter(void **state)
{
	struct sel_past p = slow(START), q = quick(START);

	(void)state;
	for (int spent = 0; spent < 2; spent++)
		for (int tier = SEL_T0; tier < SEL_TIER_N; tier++) {
			int last = -1;
			double weight = 1;

			for (int s = SEL_FRESH; s < SEL_STATE_N; s++) {
				struct sel_tiredness t = {.state = (enum sel_state)s,
							  .spent = spent};
				const char *why;
				int gate = (int)sel_gate(&t, (enum sel_tier)tier, &why);

				assert_true(gate >= last);
				assert_true((why == NULL) == (gate == SEL_GATE_ASK));
				/* Tier 3 is never kept from a person. */
				assert_true(tier < SEL_T3 || gate != SEL_GATE_DEFER);
				assert_true(!spent || tier == SEL_T3 || gate == SEL_GATE_DEFER);
				last = gate;
				assert_true(sel_attention_weight(&p, &t, false, false) <= weight);
				weight = sel_attention_weight(&p, &t, false, false);
				assert_true(sel_attention_weight(&p, &t, true, false) == 0);
				assert_true(sel_attention_weight(&p, &t, false, true) == 0);
				assert_true(sel_attention_weight(&q, &t, false, false) == 0);
				assert_int_equal(sel_terms_hidden(&t), s != SEL_FRESH);
			}
			assert_true(weight == 0);
		}
}

static void what_is_spent_is_named(void **state)
{
	struct sel_tiredness t = {.spent = true, .last_30min = 5, .last_day = 7};
	const char *why = NULL;

	(void)state;
	assert_int_equal(sel_gate(&t, SEL_T1, &why), SEL_GATE_DEFER);
	assert_non_null(strstr(why, "5 questions in 30 minutes"));
	t = (struct sel_tiredness){.spent = true, .last_30min = 1, .last_day = 12};
	assert_int_equal(sel_gate(&t, SEL_T2, &why), SEL_GATE_DEFER);
	assert_non_null(strstr(why, "12 questions in a day"));
}

static void what_a_person_refuses_always_counts_whole(void **state)
{
	struct sel_past p = slow(START);

	(void)state;
	for (int s = SEL_FRESH; s < SEL_STATE_N; s++) {
		struct sel_tiredness t = {.state = (enum sel_state)s};

		p.said = SEL_SAID_DENY;
		assert_true(sel_attention_weight(&p, &t, true, true) == 1);
		p.said = SEL_SAID_NOTHING;
		assert_true(sel_attention_weight(&p, &t, false, false) == 0);
	}
}

static void the_line_says_numbers(void **state)
{
	struct sel_tiredness t = {.state = SEL_TIRED, .rte = 0.55, .rte_n = 20, .load = 9.1};
	char line[160], small[8];

	(void)state;
	sel_tiredness_line(&t, line, sizeof line);
	assert_string_equal(line,
			    "fatigue: TIRED (RTE 0.55 over 20, load 9.1) - approvals count 1/4");
	t = of(NULL, 0, START);
	sel_tiredness_line(&t, line, sizeof line);
	assert_string_equal(line,
			    "fatigue: FRESH (nothing measured yet, load 0.0) - approvals count 1");
	t.spent = true;
	t.last_30min = 5;
	t.last_day = 7;
	sel_tiredness_line(&t, line, sizeof line);
	assert_non_null(strstr(line, "; questions spent: 5 in 30 min, 7 today"));
	sel_tiredness_line(&t, small, sizeof small);
	assert_string_equal(small, "fatigue");
}

/* --- floods
 * --------------------------------------------------------------------------------------- */

static void five_in_a_minute_are_a_flood(void **state)
{
	struct sel_flood f;

	(void)state;
	sel_flood_init(&f);
	for (unsigned i = 0; i < 4; i++)
		assert_false(sel_flood_step(&f, 1, START + i * S));
	assert_true(sel_flood_step(&f, 2, START + 4 * S));
	assert_true(sel_flood_step(&f, 3, START + 63 * S)); /* lasts a minute */
	assert_true(sel_flood_step(&f, 3, START + 122 * S));
	assert_false(sel_flood_step(&f, 3, START + 183 * S)); /* it was quiet */
	sel_flood_init(&f);
	for (unsigned i = 0; i < 100; i++) /* one every 16 s never is */
		assert_false(sel_flood_step(&f, 1, START + i * 16 * S));
	for (unsigned i = 0; i < 4; i++)
		(void)sel_flood_step(&f, 1, START);
	assert_true(sel_flood_step(&f, 1, START));
	sel_flood_init(&f);
	assert_false(sel_flood_step(&f, 1, START));
}

static void insisting_after_a_denial_is_a_flood(void **state)
{
	struct sel_flood f;

	(void)state;
	sel_flood_init(&f);
	sel_flood_denied(&f, 6);
	sel_flood_denied(&f, 4000); /* no such class */
	assert_false(sel_flood_step(&f, 6, START));
	assert_false(sel_flood_step(&f, 6, START + H));
	assert_false(sel_flood_step(&f, 7, START + 2 * H));
	assert_false(sel_flood_step(&f, 4000, START + 2 * H));
	assert_true(sel_flood_step(&f, 6, START + 3 * H));
	assert_true(sel_flood_step(&f, 6, START + 9 * H)); /* until somebody looks */
	assert_false(sel_flood_step(&f, 7, START + 12 * H));
	sel_flood_init(&f);
	assert_false(sel_flood_step(&f, 6, START + 13 * H));
}

/* --- properties over generated histories
 * ------------------------------------------------------------ */

/* Moods, so that all states are visited. */
static size_t history(struct sel_past *p)
{
	size_t n = 1 + below(LONGEST);
	unsigned hurry = below(5), dense = below(4), scripted = below(3) ? 0 : 20;
	usec_t at = START;

	for (size_t i = 0; i < n; i++) {
		static const usec_t gaps[] = {S, 2 * MIN, 20 * MIN, 70 * MIN};

		if (below(15) == 0)
			hurry = below(5);
		at += below(40) == 0 ? 8 * H : gaps[dense] / 2 + any() % gaps[dense];
		if (below(60) == 0)
			at -= 3 * H; /* the clock steps */
		p[i] = below(4) < hurry ? quick(at) : slow(at);
		p[i].tier = (enum sel_tier)(1 + below(3));
		p[i].words = below(60);
		p[i].response += any() % (2 * S);
		p[i].said = (enum sel_said)(below(8) < 5 ? 0 : below(4));
		p[i].expanded = below(9) == 0;
		p[i].decoy = below(8) == 0;
		p[i].audited = !p[i].decoy && below(3) == 0;
		p[i].measured = below(100) >= scripted;
		if (below(12) == 0)
			p[i].response = 0;
	}
	return n;
}

static bool same_number(double a, double b)
{
	return (isnan(a) && isnan(b)) || a == b;
}

static void assert_same(const struct sel_tiredness *a, const struct sel_tiredness *b)
{
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->since, b->since);
	assert_int_equal(a->rte_n, b->rte_n);
	assert_int_equal(a->rapid_run, b->rapid_run);
	assert_int_equal(a->allow_n, b->allow_n);
	assert_int_equal(a->run, b->run);
	assert_int_equal(a->hits, b->hits);
	assert_int_equal(a->decoys, b->decoys);
	assert_int_equal(a->last_30min, b->last_30min);
	assert_int_equal(a->last_day, b->last_day);
	assert_true(same_number(a->rte, b->rte) && same_number(a->load, b->load) &&
		    same_number(a->drt, b->drt) && same_number(a->own_floor, b->own_floor) &&
		    same_number(a->d_prime, b->d_prime) &&
		    same_number(a->allow_share, b->allow_share));
}

static void assert_sane(const struct sel_tiredness *t)
{
	assert_true((unsigned)t->state < SEL_STATE_N);
	assert_true(t->rte >= 0 && t->rte <= 1 && t->rte_n <= 20);
	assert_true(isfinite(t->load) && t->load >= 0);
	assert_true(t->allow_share >= 0 && t->allow_share <= 1 && t->allow_n <= 20);
	assert_true(isfinite(t->drt));
	assert_true(t->hits <= t->decoys && t->decoys <= 20);
	assert_true(t->hit_low >= 0 && t->hit_low <= t->hit_high && t->hit_high <= 1);
	assert_true(t->own_floor == 0 || (t->own_floor >= 0.0315 && t->own_floor <= 0.126));
	assert_true(!isinf(t->d_prime) && !isinf(t->criterion) && !isinf(t->criterion_rise));
}

/* Every prefix: numbers in their range, scripts without a trace, a rest never stricter. */
static void every_history_is_measured_sanely(void **state)
{
	struct sel_past p[LONGEST], measured[LONGEST];
	unsigned visited[SEL_STATE_N] = {0};

	(void)state;
	for (unsigned h = 0; h < HISTORIES; h++) {
		size_t n = history(p), m = 0;

		for (size_t i = 0; i < n; i++) {
			struct sel_tiredness t = of(p, i + 1, p[i].at), without, later;

			if (p[i].measured)
				measured[m++] = p[i];
			without = of(measured, m, p[i].at);
			assert_sane(&t);
			assert_same(&t, &without);
			visited[t.state]++;
			for (usec_t gap = 10 * MIN; gap < 12 * H; gap *= 4) {
				later = of(p, i + 1, p[i].at + gap);
				assert_true(later.state <= t.state);
				assert_int_equal(later.run, t.run);
			}
		}
	}
	for (int s = 0; s < SEL_STATE_N; s++)
		if (visited[s] < 300)
			fail_msg("%s was visited %u times", sel_state_name((enum sel_state)s),
				 visited[s]);
}

/* A decoy that is missed, or a question more at the same moment, never makes anybody fresher, then
 * or at any later time. */
static void misses_and_load_never_better_a_state(void **state)
{
	struct sel_past p[LONGEST + 1], worse[LONGEST + 1];

	(void)state;
	for (unsigned h = 0; h < HISTORIES; h++) {
		size_t n = history(p), at = below((unsigned)n);

		memcpy(worse, p, n * sizeof *p);
		p[at].decoy = worse[at].decoy = true;
		p[at].audited = worse[at].audited = false;
		p[at].measured = worse[at].measured = true;
		p[at].said = SEL_SAID_DENY;
		worse[at].said = SEL_SAID_ALLOW;
		for (size_t i = at; i < n; i++)
			assert_true(of(worse, i + 1, p[i].at).state >= of(p, i + 1, p[i].at).state);

		memcpy(worse, p, n * sizeof *p);
		memmove(&worse[at + 1], &worse[at], (n - at) * sizeof *worse);
		worse[at].said = SEL_SAID_NOTHING;
		worse[at].measured = worse[at + 1].measured;
		for (size_t i = at; i < n; i++) {
			struct sel_tiredness a = of(p, i + 1, p[i].at);
			struct sel_tiredness b = of(worse, i + 2, p[i].at);

			assert_true(b.state >= a.state);
			assert_true(b.load >= a.load - 1e-9);
			assert_true(b.spent >= a.spent);
		}
	}
}

/* --- the invariant: allowed(EXHAUSTED) is within allowed(TIRED) is within allowed(FRESH)
 * ------------ */

#define ACTIONS 24
#define FACTS	60

struct action {
	struct sel_identity id;
	struct sel_keys *keys;
};

/* Two programs, four kinds of places, three objects each. */
static void actions_make(struct action *a)
{
	static const char *const folders[] = {"/home/ana/.cache/foo", "/home/ana/.cache/bar",
					      "/home/ana/p/build", "/home/ana/.local/share/foo"};
	static const struct sel_world world = {.home = "/home/ana", .project = "/home/ana/p"};

	for (unsigned i = 0; i < ACTIONS; i++) {
		char object[64];
		struct sel_key_facts f = {.op = i % 2 ? SEL_OP_CREATE : SEL_OP_WRITE,
					  .exists = i % 2 == 0,
					  .object = object,
					  .project = world.project,
					  .id = &a[i].id};

		snprintf(object, sizeof object, "%s/%u", folders[i / 2 % 4], i / 8);
		sel_classify(object, NULL, &world, &f.where);
		a[i].id = (struct sel_identity){.exe = i % 3 ? "/usr/bin/gcc" : "/usr/bin/npm",
						.digest = i % 3 ? "d1" : "d2",
						.package = i % 3 ? "gcc" : "npm",
						.version = "1",
						.verified = true,
						.subcommand = ""};
		assert_int_equal(sel_keys_build(&f, &a[i].keys), 0);
	}
}

/* What is allowed without a person, one bit an action. */
static uint32_t allowed(const struct sel_evidence *e, const struct action *a, enum sel_state s,
			usec_t now)
{
	struct sel_learning how = {.promote = s == SEL_FRESH};
	uint32_t set = 0;

	for (unsigned i = 0; i < ACTIONS; i++) {
		struct sel_support support;

		sel_evidence_support(e, a[i].keys, &a[i].id, SEL_T1, &how, now, &support);
		set |= (uint32_t)support.learned << i;
	}
	return set;
}

static void learn(struct sel_evidence *e, const struct action *a, const struct sel_past *p,
		  enum sel_state s)
{
	struct sel_tiredness t = {.state = s};
	struct sel_fact f = {.at = p->at,
			     .keys = a->keys,
			     .digest = a->id.digest,
			     .exe = a->id.exe,
			     .denied = p->said == SEL_SAID_DENY,
			     .weight = sel_attention_weight(p, &t, false, false)};

	assert_int_equal(sel_evidence_add(e, &f), 0);
}

/* The same answers twice, the second time given in states as tired or more, and looked at in a
 * state as tired or more: nothing is allowed then that was not before; asked is at least as
 * strictly. */
static void whatever_tires_allows_no_more(void **state)
{
	struct action a[ACTIONS];
	unsigned shrunk = 0, kept = 0;

	(void)state;
	actions_make(a);
	for (unsigned run = 0; run < 300; run++) {
		struct sel_evidence *e, *worse;
		unsigned few = 1 + below(ACTIONS), refusals = below(3) ? 0 : 1 + below(20);
		unsigned mood = below(3), tire = below(3);
		usec_t at = START;

		assert_int_equal(sel_evidence_new(&e), 0);
		assert_int_equal(sel_evidence_new(&worse), 0);
		for (unsigned i = 0; i < FACTS; i++) {
			struct sel_past p = below(5) ? slow(at) : quick(at);
			const struct action *one = &a[below(few)];
			unsigned s = below(mood + 1), s2 = s + below(tire + 1);

			if (refusals && below(100) < refusals)
				p.said = SEL_SAID_DENY;
			learn(e, one, &p, (enum sel_state)s);
			learn(worse, one, &p, (enum sel_state)(s2 > 2 ? 2 : s2));
			at += any() % (20 * H);
			if (i % 6 == 5) {
				uint32_t of[SEL_STATE_N], of_worse[SEL_STATE_N];

				for (int f = 0; f < SEL_STATE_N; f++) {
					of[f] = allowed(e, a, (enum sel_state)f, at);
					of_worse[f] = allowed(worse, a, (enum sel_state)f, at);
					assert_int_equal(of_worse[f] & ~of[f], 0);
					assert_int_equal(f ? of[f] & ~of[f - 1] : 0, 0);
					shrunk += of_worse[f] != of[f];
					kept += of_worse[f] != 0;
				}
			}
		}
		sel_evidence_free(e);
		sel_evidence_free(worse);
	}
	/* It must not hold only because nothing ever was allowed. */
	if (shrunk < 300 || kept < 300)
		fail_msg("shrunk %u times, kept something %u times", shrunk, kept);
	for (unsigned i = 0; i < ACTIONS; i++)
		free(a[i].keys);
}

static void a_hundred_thousand_answers_are_read(void **state)
{
	size_t n = 100000;
	struct sel_past *p = calloc(n, sizeof *p);
	struct sel_tiredness t;

	(void)state;
	assert_non_null(p);
	for (size_t i = 0; i < n; i++) {
		p[i] = i % 3 ? slow(START + i * MIN / 2) : quick(START + i * MIN / 2);
		p[i].decoy = i % 7 == 0;
		p[i].audited = i % 5 == 0 && i % 7;
	}
	t = of(p, n, p[n - 1].at);
	assert_sane(&t);
	assert_int_equal(t.state, SEL_EXHAUSTED);
	assert_true(t.last_30min == 60 && t.last_day == 2880);
	free(p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quick_unread_allow_is_rapid),
		cmocka_unit_test(nobody_is_fresh_without_a_history),
		cmocka_unit_test(load_halves_in_half_an_hour_and_a_night_leaves_a_quarter),
		cmocka_unit_test(a_clock_that_steps_back_is_no_time),
		cmocka_unit_test(unmeasured_answers_tire_nobody),
		cmocka_unit_test(the_table_of_states_holds),
		cmocka_unit_test(always_yes_and_ever_faster_is_a_sign),
		cmocka_unit_test(a_rest_betters_by_one_state),
		cmocka_unit_test(effort_counts_tier_two_and_up_where_there_are_ten),
		cmocka_unit_test(two_habits_give_a_threshold_of_ones_own),
		cmocka_unit_test(the_fit_survives_any_sample),
		cmocka_unit_test(decoys_are_told_with_their_interval),
		cmocka_unit_test(sensitivity_and_criterion_are_right),
		cmocka_unit_test(the_budget_is_five_in_half_an_hour_and_twelve_a_day),
		cmocka_unit_test(an_errand_at_one_host_costs_the_budget_once_in_three),
		cmocka_unit_test(gates_and_weights_are_those_of_the_table),
		cmocka_unit_test(what_tires_gates_and_weighs_stricter),
		cmocka_unit_test(what_is_spent_is_named),
		cmocka_unit_test(what_a_person_refuses_always_counts_whole),
		cmocka_unit_test(the_line_says_numbers),
		cmocka_unit_test(five_in_a_minute_are_a_flood),
		cmocka_unit_test(insisting_after_a_denial_is_a_flood),
		cmocka_unit_test(every_history_is_measured_sanely),
		cmocka_unit_test(misses_and_load_never_better_a_state),
		cmocka_unit_test(whatever_tires_allows_no_more),
		cmocka_unit_test(a_hundred_thousand_answers_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
