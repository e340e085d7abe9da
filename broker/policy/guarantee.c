#include "guarantee.h"

double sel_beta_cdf(double x, double a, double b)
{
	(void)a;
	(void)b;
	return x >= 1 ? 1 : 0;
}

double sel_beta_quantile(double p, double a, double b)
{
	(void)p;
	(void)a;
	(void)b;
	return 1;
}

void sel_clopper_pearson(uint64_t k, uint64_t n, double alpha, double *ret_low, double *ret_high)
{
	(void)k;
	(void)n;
	(void)alpha;
	*ret_low = 0;
	*ret_high = 1;
}

double sel_normal_quantile(double p)
{
	(void)p;
	return 0;
}

double sel_anytime_upper(uint64_t k, uint64_t n, double delta)
{
	(void)k;
	(void)n;
	(void)delta;
	return 1;
}

double sel_anytime_lower(uint64_t k, uint64_t n, double delta)
{
	(void)k;
	(void)n;
	(void)delta;
	return 0;
}

void sel_control_label(struct sel_control *c, unsigned step, bool flagged, bool harmful)
{
	(void)step;
	(void)flagged;
	(void)harmful;
	c->step = 0;
}
