#include "guarantee.h"
#include "test.h"

#include <math.h>

/* Reference values: mpmath 1.3.0 at 40 digits (betainc, regularized; for whole a and b of a
 * thousand and more the sum of the binomial distribution's tail instead, I_x(a, b) = P(Bin(a+b-1,
 * x) >= a)).
 */
static void the_incomplete_beta_function_is_right(void **state)
{
	static const struct {
		double x, a, b, want;
	} row[] = {
		{0.1, 0.5, 0.5, 0.204832764699133},
		{0.999, 0.5, 0.5, 0.979864958366623},
		{0.3, 1, 1, 0.3},
		{0.01, 1, 9.5, 0.0910618151735583},
		{0.05, 0.5, 9.5, 0.670123199078875},
		{0.1, 0.5, 9.5, 0.837450000970273},
		{1e-06, 2, 3, 5.999992000003e-12},
		{0.9, 2, 3, 0.9963},
		{0.1, 4.5, 9.5, 0.015403086081941},
		{0.1, 0.5, 13.5, 0.905323898995337},
		{0.01, 5, 50, 0.00021038263382405},
		{0.1, 5, 50, 0.638552860272622},
		{0.1, 50, 5, 2.093121325e-45},
		{0.9, 50, 5, 0.361447139727378},
		{0.01, 0.5, 50, 0.682695602125802},
		{0.05, 0.5, 50, 0.976127294503009},
		{0.5, 0.5, 50, 1.0},
		{1e-06, 0.01, 0.02, 0.580829363019417},
		{0.5, 0.01, 0.02, 0.666719461041272},
		{0.999, 0.01, 0.02, 0.709579681012473},
		{1e-06, 0.001, 1000, 0.993687151271397},
		{0.999, 1000, 0.001, 0.000219608112053249},
		{0.0001, 3.25, 10000.0, 0.0572320584088715},
		{0.99, 100.5, 0.25, 0.0672857038410524},
		{0.5, 1e-08, 1e-08, 0.5},
		{0.49, 1000, 1000, 0.185552659431512},
		{0.5, 1000, 1000, 0.5},
		{0.55, 1000, 1000, 0.999996316801131},
		{0.1, 100000, 900000, 0.500354615427558},
		{0.0995, 100000, 900000, 0.0476326822799667},
		{0.5005, 1000000, 1000000, 0.921350422419098},
		{1e-06, 1, 1000000, 0.632120742768355},
		{1e-05, 20, 1000000, 0.00345488317685116},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		double got = sel_beta_cdf(row[i].x, row[i].a, row[i].b);
		double mirror = 1 - sel_beta_cdf(1 - row[i].x, row[i].b, row[i].a);

		/* The logarithms of the gamma function cost digits where a and b are large. */
		if (!(fabs(got - row[i].want) <= 1e-8 * row[i].want))
			fail_msg("I_%g(%g, %g) is %.15g, not %.15g", row[i].x, row[i].a, row[i].b,
				 got, row[i].want);
		if (!(fabs(mirror - row[i].want) <= 1e-8))
			fail_msg("mirrored I_%g(%g, %g) is %.15g", row[i].x, row[i].a, row[i].b,
				 mirror);
	}
}

static void what_makes_no_sense_allows_least(void **state)
{
	static const double odd[] = {NAN, -1, -INFINITY, INFINITY};
	double low, high;

	(void)state;
	for (size_t i = 0; i < SEL_N(odd); i++) {
		assert_true(sel_beta_cdf(0.5, odd[i], 1) == 0);
		assert_true(sel_beta_cdf(0.5, 1, odd[i]) == 0);
		assert_true(sel_beta_quantile(0.5, odd[i], 1) == 1);
		assert_true(sel_beta_quantile(0.5, 1, odd[i]) == 1);
		assert_true(sel_anytime_upper(0, 100, odd[i]) == 1);
		assert_true(sel_anytime_lower(50, 100, odd[i]) == 0);
		sel_clopper_pearson(3, 10, odd[i], &low, &high);
		assert_true(low == 0 && high == 1);
	}
	assert_true(sel_beta_cdf(0.5, 0, 1) == 0 && sel_beta_cdf(0.5, 1, 0) == 0);
	assert_true(sel_beta_cdf(NAN, 1, 1) == 0 && sel_beta_cdf(-3, 1, 1) == 0);
	assert_true(sel_beta_cdf(0, 1, 1) == 0 && sel_beta_cdf(1, 1, 1) == 1);
	assert_true(sel_beta_cdf(2, 1, 1) == 1);
	assert_true(sel_beta_quantile(NAN, 1, 1) == 1);
	assert_true(isnan(sel_normal_quantile(NAN)));
	assert_true(sel_normal_quantile(0) == -INFINITY && sel_normal_quantile(1) == INFINITY);
	/* More flags than labels: all were flagged. */
	assert_true(sel_anytime_upper(11, 10, 0.05) == sel_anytime_upper(10, 10, 0.05));
}

static void the_distribution_rises_and_the_quantile_undoes_it(void **state)
{
	static const double p[] = {1e-6, 0.001, 0.025, 0.3, 0.5, 0.9, 0.975, 0.9999};
	static const double size[] = {0.05, 0.5, 1, 3.5, 20, 300, 4e4};

	(void)state;
	for (size_t a = 0; a < SEL_N(size); a++)
		for (size_t b = 0; b < SEL_N(size); b++) {
			double last = 0;

			for (int i = 0; i <= 400; i++) {
				double v = sel_beta_cdf(i / 400.0, size[a], size[b]);

				if (!(v >= last - 1e-9 && v >= 0 && v <= 1))
					fail_msg("I_%g(%g, %g) = %g falls below %g", i / 400.0,
						 size[a], size[b], v, last);
				last = v;
			}
			for (size_t i = 0; i < SEL_N(p); i++) {
				double x = sel_beta_quantile(p[i], size[a], size[b]);

				/* From above, and no further than the bisection's last step. */
				assert_true(sel_beta_cdf(x, size[a], size[b]) >= p[i] - 1e-9);
				if (x > 2e-12)
					assert_true(sel_beta_cdf(x - 2e-12, size[a], size[b]) <=
						    p[i] + 1e-9);
			}
		}
}

/* 59, 149 and 299 clean trials are the textbook numbers for 5, 2 and 1 % at 95 % (one-sided); the
 * others: mpmath. */
static void exact_intervals_are_those_of_the_tables(void **state)
{
	static const struct {
		uint64_t k, n;
		double alpha, low, high;
	} row[] = {
		{0, 59, 0.1, 0, 0.0495076098882},
		{0, 149, 0.1, 0, 0.0199048162207},
		{0, 299, 0.1, 0, 0.0099691467929},
		{1, 10, 0.05, 0.00252857854446, 0.445016117028},
		{5, 20, 0.05, 0.0865714691014, 0.491045871708},
		{10, 10, 0.05, 0.691502892181, 1},
		{0, 10, 0.05, 0, 0.308497107819},
		{3, 400, 0.05, 0.00154935894991, 0.0217606685144},
		{37, 1000, 0.05, 0.0261827088437, 0.0506411230599},
		{0, 0, 0.05, 0, 1},
	};
	double low, high;

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		sel_clopper_pearson(row[i].k, row[i].n, row[i].alpha, &low, &high);
		if (!(fabs(low - row[i].low) <= 1e-9 && fabs(high - row[i].high) <= 1e-9))
			fail_msg("%u of %u: %.12g to %.12g", (unsigned)row[i].k, (unsigned)row[i].n,
				 low, high);
	}
	for (unsigned n = 58; n <= 59; n++) {
		sel_clopper_pearson(0, n, 0.1, &low, &high);
		assert_int_equal(high <= 0.05, n == 59);
	}
}

/* mpmath: the root of erfc(-z/sqrt 2)/2 = p by bisection. */
static void the_normal_quantile_is_right_into_the_tails(void **state)
{
	static const struct {
		double p, z;
	} row[] = {
		{0.5, 0},
		{0.025, -1.9599639845400542},
		{0.975, 1.9599639845400542},
		{0.075, -1.4395314709384559},
		{0.0749, -1.4402382675279636},
		{0.92501, 1.4396021182393162},
		{0.25, -0.67448975019608174},
		{0.001, -3.0902323061678135},
		{0.999, 3.0902323061678135},
		{1e-10, -6.3613409024040562},
		{1e-12, -7.0344838253011319},
		{1e-100, -21.273453560965324},
		{1e-300, -37.047096299361199},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++)
		if (!(fabs(sel_normal_quantile(row[i].p) - row[i].z) <=
		      1e-13 * (1 + fabs(row[i].z))))
			fail_msg("z(%g) = %.17g", row[i].p, sel_normal_quantile(row[i].p));
}

/* mpmath: both ends of the set by bisection at 40 digits. 67, 187 and 409 clean labels are the
 * first that reach 5, 2 and 1 %. */
static void the_bound_of_the_digest_is_right(void **state)
{
	static const struct {
		uint64_t k, n;
		double upper, lower;
	} row[] = {
		{0, 1, 0.95049504950495, 0},
		{0, 66, 0.05046885050417, 0},
		{0, 67, 0.049795637272855, 0},
		{0, 186, 0.020083788578172, 0},
		{0, 187, 0.019988560165789, 0},
		{0, 408, 0.010011757071422, 0},
		{0, 409, 0.0099900421935278, 0},
		{1, 67, 0.093827342728663, 0.00014201139203665},
		{3, 100, 0.10980512511598, 0.0027966157161108},
		{10, 10, 1, 0.051369357906431},
		{1, 1, 1, 0.0004950495049505},
		{2, 3, 0.99998626732033, 0.0037126102902},
		{50, 1000, 0.079176945992547, 0.028752842459572},
		{30, 600, 0.088223003928781, 0.024390578351775},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		double upper = sel_anytime_upper(row[i].k, row[i].n, 0.05);
		double lower = sel_anytime_lower(row[i].k, row[i].n, 0.05);

		if (!(fabs(upper - row[i].upper) <= 1e-10 && fabs(lower - row[i].lower) <= 1e-10))
			fail_msg("%u of %u: %.14g down to %.14g", (unsigned)row[i].k,
				 (unsigned)row[i].n, upper, lower);
	}
	assert_true(sel_anytime_upper(0, 0, 0.05) == 1 && sel_anytime_lower(0, 0, 0.05) == 0);
	assert_true(sel_anytime_upper(7, 1000000000, 0.05) < 1e-7);
}

static void a_flag_raises_and_a_clean_label_lowers_the_bound(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 300; n += 7)
		for (uint64_t k = 0; k < n && k < 40; k++) {
			double u = sel_anytime_upper(k, n, 0.05), l = sel_anytime_lower(k, n, 0.05);

			assert_true(l <= (double)k / (double)n && (double)k / (double)n <= u);
			assert_true(sel_anytime_upper(k + 1, n, 0.05) >= u);
			assert_true(sel_anytime_upper(k, n + 1, 0.05) <= u);
			assert_true(sel_anytime_lower(k + 1, n, 0.05) >= l);
			assert_true(sel_anytime_upper(k, n, 0.01) >= u);
		}
}

static uint64_t seed = 88172645463325252u;
static double uniform(void) /* xorshift64* (Vigna 2016): the same everywhere */
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (double)((seed * 2685821657736338717u) >> 11) / 9007199254740992.0;
}

/* The truth is to lie under the bound at *every* n of a run in 95 % of runs. Of 300 runs 15 may
 * miss in the mean; 28 are the 99.9 % quantile of Bin(300, 0.05). tests/bench/coverage.c is the
 * large one.
 */
static void the_bound_holds_at_all_times_at_once(void **state)
{
	static const double rates[] = {0.01, 0.03, 0.05, 0.1};

	(void)state;
	for (size_t i = 0; i < SEL_N(rates); i++) {
		unsigned missed = 0;

		for (unsigned run = 0; run < 300; run++) {
			uint64_t k = 0;

			for (uint64_t n = 1; n <= 600; n++) {
				k += uniform() < rates[i];
				if (sel_anytime_upper(k, n, 0.05) >= rates[i] &&
				    sel_anytime_lower(k, n, 0.05) <= rates[i])
					continue;
				missed++;
				break;
			}
		}
		if (missed > 28)
			fail_msg("rate %g: missed in %u of 300 runs", rates[i], missed);
	}
}

static void clean(struct sel_control *c, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		sel_control_label(c, c->step, false, false);
}

static void learning_loosens_step_by_step_and_only_on_proof(void **state)
{
	struct sel_control c = {0};

	(void)state;
	clean(&c, 66);
	assert_int_equal(c.step, 0);
	clean(&c, 1);
	assert_int_equal(c.step, 1);
	clean(&c, 186);
	assert_int_equal(c.step, 1);
	clean(&c, 1);
	assert_int_equal(c.step, 2);
	/* Labels of stricter steps prove nothing about this one. */
	for (unsigned i = 0; i < 1000; i++)
		sel_control_label(&c, 0, false, false);
	assert_int_equal(c.step, 2);
	clean(&c, 187);
	assert_int_equal(c.step, 3);
	clean(&c, 5000);
	assert_int_equal(c.step, 3);
	assert_false(c.halted);
}

static void harm_steps_back_two_and_must_be_earned_anew(void **state)
{
	struct sel_control c = {0};

	(void)state;
	clean(&c, 67 + 187 + 187);
	assert_int_equal(c.step, 3);
	sel_control_label(&c, 3, true, true);
	assert_int_equal(c.step, 1);
	/* Step 1 was proven long ago; that alone does not lift it again. */
	clean(&c, 186);
	assert_int_equal(c.step, 1);
	clean(&c, 1);
	assert_int_equal(c.step, 2);
	sel_control_label(&c, 0, false, true); /* harm in any step, and harm is a flag */
	assert_int_equal(c.step, 0);
	assert_int_equal(c.stream[0].flags, 1);
	sel_control_label(&c, 0, true, true);
	assert_int_equal(c.step, 0);
}

static void what_was_refuted_is_not_tried_again(void **state)
{
	struct sel_control c = {0};
	unsigned flags = 0;

	(void)state;
	clean(&c, 67);
	while (c.step == 1 && flags < 100) {
		sel_control_label(&c, 1, true, false);
		flags++;
	}
	assert_int_equal(c.step, 0);
	assert_true(flags >= 2 && flags < 20);
	clean(&c, 5000);
	assert_int_equal(c.step, 0);
	assert_false(c.halted);
}

static void a_strictest_step_that_errs_too_often_ends_learning(void **state)
{
	struct sel_control c = {0};

	(void)state;
	for (unsigned i = 0; i < 30; i++)
		sel_control_label(&c, 0, true, false);
	assert_true(c.halted);
	clean(&c, 5000);
	assert_true(c.halted);
	assert_int_equal(c.step, 0);
}

static void a_step_out_of_range_loosens_nothing(void **state)
{
	struct sel_control c = {.step = 77};

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		sel_control_label(&c, 4 + i, false, false);
	assert_int_equal(c.step, 0);
	assert_int_equal(c.stream[SEL_STEPS - 1].labels, 1000);
}

/* With a true rate above the target the step after it is reached in at most 5 % of lives; 24 of 200
 * is the 99.99 % quantile. */
static void a_bad_step_is_seldom_passed(void **state)
{
	unsigned passed = 0;

	(void)state;
	for (unsigned run = 0; run < 200; run++) {
		struct sel_control c = {0};

		for (unsigned i = 0; i < 400 && c.step == 0; i++)
			sel_control_label(&c, 0, uniform() < 0.06, false);
		passed += c.step > 0;
	}
	if (passed > 24)
		fail_msg("passed in %u of 200 lives", passed);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_incomplete_beta_function_is_right),
		cmocka_unit_test(what_makes_no_sense_allows_least),
		cmocka_unit_test(the_distribution_rises_and_the_quantile_undoes_it),
		cmocka_unit_test(exact_intervals_are_those_of_the_tables),
		cmocka_unit_test(the_normal_quantile_is_right_into_the_tails),
		cmocka_unit_test(the_bound_of_the_digest_is_right),
		cmocka_unit_test(a_flag_raises_and_a_clean_label_lowers_the_bound),
		cmocka_unit_test(the_bound_holds_at_all_times_at_once),
		cmocka_unit_test(learning_loosens_step_by_step_and_only_on_proof),
		cmocka_unit_test(harm_steps_back_two_and_must_be_earned_anew),
		cmocka_unit_test(what_was_refuted_is_not_tried_again),
		cmocka_unit_test(a_strictest_step_that_errs_too_often_ends_learning),
		cmocka_unit_test(a_step_out_of_range_loosens_nothing),
		cmocka_unit_test(a_bad_step_is_seldom_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
