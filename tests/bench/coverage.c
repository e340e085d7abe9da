/* How often the bound of the digest is ever wrong, and what a tiring person lets through: two
 * tables for docs/judgement.md. Standalone, from the root of the tree:
 *
 * cc -std=gnu17 -O2 -D_GNU_SOURCE -Iinclude -Ibroker/policy -o /tmp/coverage tests/bench/coverage.c
 *    broker/policy/guarantee.c -lm && /tmp/coverage [RUNS [LABELS [SEED]]]
 *
 * A simulation, not a test: it passes nothing and fails nothing. The same seed prints the same. */
#include "guarantee.h"

#include <math.h>
#include <stdio.h>

#define DELTA 0.05

static uint64_t seed = 88172645463325252u;
static double uniform(void) /* xorshift64* (Vigna 2016) */
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (double)((seed * 2685821657736338717u) >> 11) / 9007199254740992.0;
}

/* The bound does not depend on the run: each is worked out once. */
static double upper(double *cache, uint64_t labels, uint64_t k, uint64_t n)
{
	double *u = &cache[k * (labels + 1) + n];

	if (*u == 0)
		*u = sel_anytime_upper(k, n, DELTA);
	return *u;
}

/* In how many runs the truth was above the bound after at least one label; *ret_end: after the
 * last; *ret_mean: the mean bound then. */
static uint64_t missed(double *cache, uint64_t runs, uint64_t labels, double rate,
		       uint64_t *ret_end, double *ret_mean)
{
	uint64_t ever = 0;

	*ret_end = 0;
	*ret_mean = 0;
	for (uint64_t run = 0; run < runs; run++) {
		uint64_t k = 0;
		bool was = false;

		for (uint64_t n = 1; n <= labels; n++) {
			k += uniform() < rate;
			was |= upper(cache, labels, k, n) < rate;
		}
		ever += was;
		*ret_end += upper(cache, labels, k, labels) < rate;
		*ret_mean += upper(cache, labels, k, labels) / (double)runs;
	}
	return ever;
}

static int coverage(uint64_t runs, uint64_t labels)
{
	static const double rates[] = {0.005, 0.01, 0.02, 0.03, 0.05, 0.1};
	double *cache = calloc((labels + 1) * (labels + 1), sizeof *cache);

	if (!cache)
		return -ENOMEM;
	printf("U_n, 95 %%: %llu runs of %llu labels\n", (unsigned long long)runs,
	       (unsigned long long)labels);
	printf("  true rate  ever missed  exact 95 %% interval  missed at the end  mean bound "
	       "then\n");
	for (size_t i = 0; i < SEL_N(rates); i++) {
		uint64_t end, ever;
		double low, high, mean;

		ever = missed(cache, runs, labels, rates[i], &end, &mean);
		sel_clopper_pearson(ever, runs, 0.05, &low, &high);
		printf("  %7.1f %%  %9.1f %%  %8.1f to %4.1f %%  %15.1f %%  %13.1f %%\n",
		       100 * rates[i], 100.0 * (double)ever / (double)runs, 100 * low, 100 * high,
		       100.0 * (double)end / (double)runs, 100 * mean);
	}
	free(cache);
	return 0;
}

/* P(catch) = g + (h0 - g) 2^(-L / L_half): an assumption about people, shown for three of them. */
static void sensitivity(void)
{
	static const double half[] = {4, 8, 16}, fresh = 0.95, rest = 0.25;
	static const struct {
		double load;
		const char *what;
	} row[] = {
		{0, "the first question after a rest"},
		{1, "one question before"},
		{5, "the budget of half an hour is spent: tier 1 and 2 are not asked"},
		{8, "above: TIRED with one more sign, an allow is typed"},
		{15, "above: EXHAUSTED, only tier 3 is asked"},
		{100, "a hundred benign questions before, if nothing stopped them"},
	};

	printf("\nFA_h, share of bad requests that a tiring person allows (assumed: h0 .95, g "
	       ".25)\n"
	       "   load   L_half 4   L_half 8  L_half 16\n");
	for (size_t i = 0; i < SEL_N(row); i++) {
		printf("  %5.0f", row[i].load);
		for (size_t k = 0; k < SEL_N(half); k++)
			printf("  %7.1f %%",
			       100 * (1 - rest - (fresh - rest) * exp2(-row[i].load / half[k])));
		printf("   %s\n", row[i].what);
	}
}

int main(int argc, char **argv)
{
	uint64_t runs = argc > 1 ? strtoull(argv[1], NULL, 10) : 1500;
	uint64_t labels = argc > 2 ? strtoull(argv[2], NULL, 10) : 1500;

	if (argc > 3)
		seed = strtoull(argv[3], NULL, 10) | 1;
	if (runs == 0 || labels == 0 || labels > 20000 || argc > 4) {
		fprintf(stderr, "usage: coverage [RUNS [LABELS up to 20000 [SEED]]]\n");
		return 2;
	}
	if (coverage(runs, labels) < 0) {
		fprintf(stderr, "coverage: out of memory\n");
		return 1;
	}
	sensitivity();
	return 0;
}
