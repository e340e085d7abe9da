/* Numbers with their uncertainty: intervals, the anytime-valid bound of the digest and what it lets
 * the learning do. Pure. */
#pragma once

#include "seldom/base.h"

/* Regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (DLMF 8.17.22). */
double sel_beta_cdf(double x, double a, double b);
/* Its inverse in x, by bisection to 1e-10. */
double sel_beta_quantile(double p, double a, double b);
/* Clopper and Pearson (1934), two-sided at level 1 - alpha. */
void sel_clopper_pearson(uint64_t k, uint64_t n, double alpha, double *ret_low, double *ret_high);
/* Inverse of the standard normal distribution (Wichura, AS 241). */
double sel_normal_quantile(double p);

/* U_n = sup { p : B(a+k, b+n-k)/B(a, b) p^-k (1-p)^-(n-k) <= 1/delta }, a = 0.5, b = 50: valid at
 * all n at once (beta-binomial mixture martingale and Ville's inequality). 1 for n = 0. */
double sel_anytime_upper(uint64_t k, uint64_t n, double delta);
/* The mirrored lower bound. */
double sel_anytime_lower(uint64_t k, uint64_t n, double delta);

/* Fixed-sequence control (Learn then Test): the learning limit starts at the strictest step of the
 * grid; one step looser only when U_n of *that step's own stream* is <= target; two steps back when
 * a lower bound is above it or a flag was "harmful". */
#define SEL_STEPS 4
struct sel_stream {
	uint64_t labels, flags, harmful;
};
struct sel_control {
	struct sel_stream stream[SEL_STEPS];
	unsigned step;
};
/* One label of the digest: given in the order they were made. */
void sel_control_label(struct sel_control *c, unsigned step, bool flagged, bool harmful);
