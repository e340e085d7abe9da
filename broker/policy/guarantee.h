/* Numbers with their uncertainty: intervals, the anytime-valid bound of the digest and what it lets
 * the learning do. Pure. Nothing here returns NaN but for NaN given to sel_normal_quantile; what
 * makes no sense gets the answer that allows least. */
#pragma once

#include "seldom/base.h"

/* Regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (DLMF 8.17.22).
 * 0 if x, a or b is no number, or a or b not above zero and finite: a risk 1 - I is then 1. */
double sel_beta_cdf(double x, double a, double b);
/* Its inverse in x, by bisection to 1e-12; from above. 1 if p, a or b makes no sense. */
double sel_beta_quantile(double p, double a, double b);
/* Clopper and Pearson (1934), two-sided at level 1 - alpha; one-sided 95 %: alpha 0.1. */
void sel_clopper_pearson(uint64_t k, uint64_t n, double alpha, double *ret_low, double *ret_high);
/* Inverse of the standard normal distribution (Wichura, AS 241). -INFINITY at 0, INFINITY at 1. */
double sel_normal_quantile(double p);

/* U_n = sup { p : B(a+k, b+n-k)/B(a, b) p^-k (1-p)^-(n-k) <= 1/delta }, a = 0.5, b = 50: valid at
 * all n at once (beta-binomial mixture martingale and Ville's inequality). 1 for n = 0. */
double sel_anytime_upper(uint64_t k, uint64_t n, double delta);
/* The lower end of the same set: both ends together miss the truth, ever, with probability at most
 * delta. 0 for n = 0. */
double sel_anytime_lower(uint64_t k, uint64_t n, double delta);

/* Fixed-sequence control (Learn then Test): the learning limit starts at the strictest step of the
 * grid; one step looser only when U_n of *that step's own stream* is <= target; two steps back when
 * a lower bound is above it or a flag was "harmful". */
#define SEL_STEPS 4
struct sel_stream {
	uint64_t labels, flags, harmful;
};
struct sel_control {
	/* All labels ever, by the step under which the action was allowed: never restarted, so each
	 * step is tested once and its 5 % are spent once. */
	struct sel_stream stream[SEL_STEPS];
	/* Those of the present step since it was entered: after a step back it must be earned anew.
	 */
	struct sel_stream since;
	unsigned step;
	/* Even the strictest step was shown to be wrong too often: nothing learned is to be used
	 * (sel_learning.off) until a person clears it by leaving out old labels. */
	bool halted;
};
/* One label of the digest: given in the order they were made. `step`: under which the action was
 * allowed; one that there is not counts as the loosest. */
void sel_control_label(struct sel_control *c, unsigned step, bool flagged, bool harmful);
