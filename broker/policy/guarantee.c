#include "guarantee.h"

#include <math.h>

#include "constants.h"

/* name, value, unit, reason */
#define GUARANTEE(_)                                                                               \
	_(MIX_A, 0.5, "labels",                                                                    \
	  "flags of the mixture: the bound is tightest where few are flagged")                     \
	_(MIX_B, 50, "labels", "and where about one in a hundred is: 5 % at 67 clean labels")      \
	_(DELTA, 0.05, "probability", "that a bound was ever wrong, over all labels of a step")    \
	_(TARGET_FIRST, 0.05, "share", "people deny about 7 %: learning must do better than that") \
	_(TARGET_LATER, 0.02, "share", "what is looser has to prove more: 187 clean labels")       \
	_(STEPS_BACK, 2, "steps", "one could be where it went wrong already")

#define ROW(name, value, unit, reason) {#name, value, unit, reason},
#define ID(name, value, unit, reason)  K_##name,
enum { GUARANTEE(ID) };
static const struct sel_constant_row table[] = {GUARANTEE(ROW)};
#define K(name) (table[K_##name].value)

#define ROUNDS	2000   /* of the continued fraction: about sqrt(max(a, b)) are needed */
#define TINY	1e-300 /* instead of zero, as Lentz has it */
#define BISECTS 60

static double log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign); /* lgamma writes a global */
}

static double log_beta(double a, double b)
{
	return log_gamma(a) + log_gamma(b) - log_gamma(a + b);
}

static double not_zero(double x)
{
	return fabs(x) < TINY ? TINY : x;
}

/* The continued fraction of DLMF 8.17.22 for x below (a + 1)/(a + b + 2), where it converges fast.
 */
static double fraction(double x, double a, double b)
{
	double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1)), h = d;

	for (int m = 1; m <= ROUNDS; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		d = 1 / not_zero(1 + even * d);
		c = not_zero(1 + even / c);
		h *= d * c;
		d = 1 / not_zero(1 + odd * d);
		c = not_zero(1 + odd / c);
		step = d * c;
		h *= step;
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return h;
}

static bool shape(double a)
{
	return isfinite(a) && a > 0;
}

double sel_beta_cdf(double x, double a, double b)
{
	double front, r;

	if (isnan(x) || !shape(a) || !shape(b) || x <= 0)
		return 0;
	if (x >= 1)
		return 1;
	front = exp(a * log(x) + b * log1p(-x) - log_beta(a, b));
	if (x < (a + 1) / (a + b + 2))
		r = front * fraction(x, a, b) / a;
	else
		r = 1 - front * fraction(1 - x, b, a) / b;
	return r > 0 ? fmin(r, 1) : 0;
}

double sel_beta_quantile(double p, double a, double b)
{
	double low = 0, high = 1;

	if (isnan(p) || !shape(a) || !shape(b) || p >= 1)
		return 1;
	if (p <= 0)
		return 0;
	for (int i = 0; i < BISECTS && high - low > 1e-12; i++) {
		double x = (low + high) / 2;

		if (sel_beta_cdf(x, a, b) < p)
			low = x;
		else
			high = x;
	}
	return high;
}

void sel_clopper_pearson(uint64_t k, uint64_t n, double alpha, double *ret_low, double *ret_high)
{
	double d_k, d_n;

	if (k > n)
		k = n;
	d_k = (double)k;
	d_n = (double)n;
	*ret_low = 0;
	*ret_high = 1;
	if (!(alpha > 0 && alpha < 1))
		return;
	if (k > 0)
		*ret_low = sel_beta_quantile(alpha / 2, d_k, d_n - d_k + 1);
	if (k < n)
		*ret_high = sel_beta_quantile(1 - alpha / 2, d_k + 1, d_n - d_k);
}

/* Numerator and denominator of AS 241 (PPND16), highest power first. */
struct rational {
	double top[8], bottom[8];
};
static const struct rational central = {
	{2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
	 13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608},
	{5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
	 5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1},
};
static const struct rational middle = {
	{7.7454501427834140764e-4, .0227238449892691845833, .24178072517745061177,
	 1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055,
	 4.6303378461565452959, 1.42343711074968357734},
	{1.05075007164441684324e-9, 5.475938084995344946e-4, .0151986665636164571966,
	 .14810397642748007459, .68976733498510000455, 1.6763848301838038494,
	 2.05319162663775882187, 1},
};
static const struct rational tail = {
	{2.01033439929228813265e-7, 2.71155556874348757815e-5, .0012426609473880784386,
	 .026532189526576123093, .29656057182850489123, 1.7848265399172913358,
	 5.4637849111641143699, 6.6579046435011037772},
	{2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
	 7.868691311456132591e-4, .0148753612908506148525, .13692988092273580531,
	 .59983220655588793769, 1},
};

static double eval(const struct rational *r, double x)
{
	double top = 0, bottom = 0;

	for (size_t i = 0; i < SEL_N(r->top); i++) {
		top = top * x + r->top[i];
		bottom = bottom * x + r->bottom[i];
	}
	return top / bottom;
}

double sel_normal_quantile(double p)
{
	double q = p - 0.5, r, z;

	if (isnan(p))
		return NAN;
	if (p <= 0 || p >= 1)
		return p <= 0 ? -INFINITY : INFINITY;
	if (fabs(q) <= 0.425)
		return q * eval(&central, 0.180625 - q * q);
	r = sqrt(-log(q < 0 ? p : 1 - p));
	z = r <= 5 ? eval(&middle, r - 1.6) : eval(&tail, r - 5);
	return q < 0 ? -z : z;
}

/* ln of the martingale: the mixture's likelihood of these labels over that of `p`. Convex in p,
 * not above zero at k/n. */
static double log_wealth(double marginal, double p, double k, double rest)
{
	return marginal - (k > 0 ? k * log(p) : 0) - (rest > 0 ? rest * log1p(-p) : 0);
}

/* The end of the set on the side of `limit` (0 or 1), from outside. */
static double anytime(uint64_t k, uint64_t n, double delta, double limit)
{
	double d_k, rest, marginal, in, out = limit;

	if (k > n)
		k = n;
	if (n == 0 || !(delta > 0 && delta < 1))
		return limit;
	d_k = (double)k;
	rest = (double)(n - k);
	marginal = log_beta(K(MIX_A) + d_k, K(MIX_B) + rest) - log_beta(K(MIX_A), K(MIX_B));
	in = d_k / (double)n;
	if (!(log_wealth(marginal, limit, d_k, rest) > -log(delta)))
		return limit;
	for (int i = 0; i < BISECTS && fabs(out - in) > 1e-12; i++) {
		double p = (in + out) / 2;

		if (log_wealth(marginal, p, d_k, rest) <= -log(delta))
			in = p;
		else
			out = p;
	}
	return out;
}

double sel_anytime_upper(uint64_t k, uint64_t n, double delta)
{
	return anytime(k, n, delta, 1);
}

double sel_anytime_lower(uint64_t k, uint64_t n, double delta)
{
	return anytime(k, n, delta, 0);
}

/* What U_n must come down to before the step after `step` is tried, and what a step's lower bound
 * must not exceed. */
static double target(unsigned step)
{
	return step == 0 ? K(TARGET_FIRST) : K(TARGET_LATER);
}

static void count(struct sel_stream *s, bool flagged, bool harmful)
{
	s->labels++;
	s->flags += flagged;
	s->harmful += harmful;
}

static bool proven(const struct sel_stream *s, unsigned step)
{
	return sel_anytime_upper(s->flags, s->labels, K(DELTA)) <= target(step);
}

static bool refuted(const struct sel_stream *s, unsigned step)
{
	return sel_anytime_lower(s->flags, s->labels, K(DELTA)) > target(step);
}

static void enter(struct sel_control *c, unsigned step)
{
	c->step = step;
	c->since = (struct sel_stream){0};
}

void sel_control_label(struct sel_control *c, unsigned step, bool flagged, bool harmful)
{
	unsigned back = (unsigned)K(STEPS_BACK), next;

	step = step < SEL_STEPS ? step : SEL_STEPS - 1;
	c->step = c->step < SEL_STEPS ? c->step : 0;
	flagged |= harmful;
	count(&c->stream[step], flagged, harmful);
	if (step == c->step)
		count(&c->since, flagged, harmful);
	/* Without a flag in it a label can only speak for its step. */
	if (flagged && (harmful || refuted(&c->stream[step], step))) {
		if (step == 0 && refuted(&c->stream[0], 0))
			c->halted = true;
		if (harmful || step <= c->step)
			enter(c, c->step > back ? c->step - back : 0);
		return;
	}
	next = c->step + 1;
	if (step != c->step || next >= SEL_STEPS || c->halted)
		return;
	if (proven(&c->stream[step], step) && proven(&c->since, step) &&
	    !refuted(&c->stream[next], next))
		enter(c, next);
}
