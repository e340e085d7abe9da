#include "tiredness.h"

#include <math.h>
#include <stdio.h>

#include "constants.h"
#include "guarantee.h"

/* Columns are the point */
/* clang-format off */
/* name, value, unit, reason */
#define TIREDNESS(_)                                                                               \
	_(READING, 0.252, "s/word", "adults read 238 words a minute (Brysbaert 2019)")             \
	_(SKIM_SHARE, 0.25, "share", "nobody takes words in four times as fast as reading")        \
	_(SKIM_T3, 2, "factor", "what cannot be undone is read, not skimmed: half of reading")     \
	_(FLOOR, 0.8, "s", "seeing, deciding and pressing a key take that long without a word")    \
	_(FLOOR_T3, 1.5, "s", "the guard time of a tier 3 question")                               \
	_(FIT_MIN, 30, "allows", "fewer cannot tell two habits from one")                          \
	_(FIT_BIC, 6, "BIC", "strong evidence for two components (Kass and Raftery 1995)")         \
	_(FIT_SLOW, 0.4, "share", "of the slow component: else the fast one is the habit")         \
	_(FIT_SD, 0.1, "ln s/word", "narrower is one answer repeated, not a habit")                \
	_(OWN_MIN, 0.0315, "s/word", "eight times reading speed is no reading of anybody")         \
	_(OWN_MAX, 0.126, "s/word", "who takes half the usual time is never called rapid")          \
	_(RTE_FEW, 10, "allows", "of tier 2 and up; with fewer all tiers speak")                   \
	_(RTE_MIN, 10, "allows", "before the share of rapid ones says anything of a state")        \
	_(RTE_TIRED, 0.7, "share", "three in ten unread")                                          \
	_(RTE_EXHAUSTED, 0.4, "share", "most unread")                                              \
	_(LOAD_HALF, 30, "min", "a break of half an hour restores about half")                     \
	_(LOAD_TIRED, 8, "questions", "at once; a steady five in half an hour stay at seven")      \
	_(LOAD_EXHAUSTED, 15, "questions", "nobody weighs fifteen in a row")                       \
	_(NIGHT, 6, "h", "without a question: the person slept, and a day begins")                 \
	_(NIGHT_REST, 0.25, "share", "of the evening's load is still there: recovery is partial")  \
	_(SAME_SHARE, 0.95, "share", "of allows: always yes ...")                                  \
	_(SAME_MIN, 15, "questions", "... over enough of them ...")                                \
	_(FASTER, -0.5, "ln s", "... and in 60 % of the morning's time")                           \
	_(MISSED_TIRED, 1, "decoys", "of the last three")                                          \
	_(MISSED_EXHAUSTED, 2, "decoys", "of the last four")                                       \
	_(RAPID_RUN, 10, "allows", "a reflex")                                                     \
	_(REST, 45, "min", "without a question: one state better")                                 \
	_(SIGNAL_MIN, SEL_SIGNAL_MIN, "answers", "decoys, and audited, before F5 says anything")   \
	_(BUDGET_30MIN, 5, "questions", "people tire of more; what waits can be reviewed")         \
	_(BUDGET_DAY, 12, "questions", "what a person can weigh beside other work")                \
	_(CHAIN_TIME, 2, "min", "what a program asks of one host in it is one errand ...")         \
	_(CHAIN_MAX, 3, "questions", "... that costs the budget one, up to so many: then anew")    \
	_(WEIGHT_TIRED, 0.25, "weight", "four tired approvals say as much as one attentive")       \
	_(MEMORY, 90, "days", "a quarter: habits older than that are another's")                   \
	_(FLOOD_N, 5, "questions", "of one session in a minute: no person keeps up")               \
	_(FLOOD_CLASS, 3, "questions", "into the same class after it was denied: insistence")      \
	_(FLOOD_TIME, 60, "s", "quiet for so long, and it is over")
/* clang-format on */

#define ROW(name, value, unit, reason) {#name, value, unit, reason},
#define ID(name, value, unit, reason)  K_##name,
enum { TIREDNESS(ID) };
static const struct sel_constant_row table[] = {TIREDNESS(ROW)};
#define K(name) (table[K_##name].value)

#define USEC(name, unit) ((usec_t)(K(name) * (double)(unit)))
#define SECOND		 USEC_PER_SEC
#define MINUTE		 (60 * SECOND)
#define HOUR		 (60 * MINUTE)
#define DAY		 (24 * HOUR)

#define WINDOW	20  /* the 20 of RTE20 and A20, and of decoys */
#define SAMPLE	10  /* allows of which F4 takes a median */
#define FIT_MAX 256 /* allows, the newest: more change nothing and cost time */

static const char *const state_names[SEL_STATE_N] = {
	[SEL_FRESH] = "FRESH",
	[SEL_TIRED] = "TIRED",
	[SEL_EXHAUSTED] = "EXHAUSTED",
};

const char *sel_state_name(enum sel_state s)
{
	return (unsigned)s < SEL_STATE_N ? state_names[s] : "?";
}

/* --- F1: was it read ------------------------------------------------------------------------- */

bool sel_rapid(const struct sel_past *p, double own_floor)
{
	double rate = isfinite(own_floor) && own_floor > 0 ? own_floor : K(SKIM_SHARE) * K(READING);
	double least = K(FLOOR);

	if (p->said != SEL_SAID_ALLOW || !p->measured || p->expanded || p->response == 0)
		return false;
	if (p->tier >= SEL_T3) {
		rate = fmin(rate * K(SKIM_T3), K(READING));
		least = K(FLOOR_T3);
	}
	return (double)p->response < fmax(least, rate * p->words) * (double)SECOND;
}

struct normal {
	double weight, mean, var;
};

static double log_density(const struct normal *c, double x)
{
	double d = x - c->mean;

	return log(c->weight) - 0.5 * (log(2 * M_PI * c->var) + d * d / c->var);
}

/* Of a part of the sample, or of all of it with its share in each component. */
static struct normal moments(const double *x, const double *share, size_t n, size_t of)
{
	double sum = 0, mean = 0, var = 0, floor = K(FIT_SD) * K(FIT_SD);

	for (size_t i = 0; i < n; i++) {
		sum += share ? share[i] : 1;
		mean += x[i] * (share ? share[i] : 1);
	}
	if (!(sum > 0))
		return (struct normal){1e-9, x[0], floor};
	mean /= sum;
	for (size_t i = 0; i < n; i++)
		var += (x[i] - mean) * (x[i] - mean) * (share ? share[i] : 1);
	return (struct normal){fmin(fmax(sum / (double)of, 1e-9), 1), mean, fmax(var / sum, floor)};
}

/* One round of expectation and maximisation; returns the log-likelihood before it. */
static double em_round(const double *x, size_t n, struct normal c[2])
{
	double share[2][FIT_MAX], likelihood = 0;

	for (size_t i = 0; i < n; i++) {
		double a = log_density(&c[0], x[i]), b = log_density(&c[1], x[i]);

		likelihood += fmax(a, b) + log1p(exp(-fabs(a - b)));
		share[0][i] = 1 / (1 + exp(b - a));
		share[1][i] = 1 - share[0][i];
	}
	for (int k = 0; k < 2; k++)
		c[k] = moments(x, share[k], n, n);
	return likelihood;
}

/* The best of three starts: a quarter, a half and three quarters are the fast ones. `x` sorted. */
static double fit_two(const double *x, size_t n, struct normal best[2])
{
	double highest = -INFINITY;

	for (size_t quarter = 1; quarter <= 3; quarter++) {
		size_t cut = n * quarter / 4;
		struct normal c[2] = {moments(x, NULL, cut, n), moments(x + cut, NULL, n - cut, n)};
		double last = -INFINITY, now = em_round(x, n, c);

		for (int i = 0; i < 100 && now - last > 1e-4; i++) {
			last = now;
			now = em_round(x, n, c);
		}
		if (now > highest) {
			highest = now;
			best[0] = c[0];
			best[1] = c[1];
		}
	}
	return highest;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Where the slow habit becomes the likelier one; NAN if it nowhere does between the two. */
static double crossing(const struct normal *fast, const struct normal *slow)
{
	double low = fast->mean, high = slow->mean;

	if (log_density(fast, low) <= log_density(slow, low) ||
	    log_density(slow, high) <= log_density(fast, high))
		return NAN;
	for (int i = 0; i < 50; i++) {
		double x = (low + high) / 2;

		if (log_density(fast, x) > log_density(slow, x))
			low = x;
		else
			high = x;
	}
	return high;
}

/* The person's own threshold in seconds a word, or 0. `x`: ln of them, any order. */
static double own_floor(double *x, size_t n)
{
	struct normal one, two[2], *fast = &two[0], *slow = &two[1];
	double likelihood = 0, gain, at;

	if (n < (size_t)K(FIT_MIN))
		return 0;
	qsort(x, n, sizeof *x, by_value);
	one = moments(x, NULL, n, n);
	for (size_t i = 0; i < n; i++)
		likelihood += log_density(&one, x[i]);
	gain = 2 * (fit_two(x, n, two) - likelihood) - 3 * log((double)n); /* 5 parameters, not 2 */
	if (two[0].mean > two[1].mean) {
		fast = &two[1];
		slow = &two[0];
	}
	at = crossing(fast, slow);
	if (!(gain >= K(FIT_BIC)) || slow->weight < K(FIT_SLOW) || isnan(at))
		return 0;
	return fmin(fmax(exp(at), K(OWN_MIN)), K(OWN_MAX));
}

/* --- time: hostile to nothing but sense --------------------------------------------------------
 */

static usec_t distance(usec_t a, usec_t b)
{
	return a > b ? a - b : b - a;
}

static usec_t elapsed(usec_t from, usec_t to)
{
	return to > from ? to - from : 0;
}

/* F2. A night leaves a quarter of the evening's load; else half is gone each half hour. */
static double decayed(double load, usec_t gap)
{
	usec_t night = USEC(NIGHT, HOUR), nights = gap > night ? 1 + (gap - night) / DAY : 0;

	if (nights)
		return load * pow(K(NIGHT_REST), (double)nights);
	return load * exp2(-(double)gap / (double)USEC(LOAD_HALF, MINUTE));
}

/* --- the walk through the answers --------------------------------------------------------------
 */

struct ring { /* the last WINDOW of a kind: yes or no */
	bool yes[WINDOW];
	size_t n; /* ever */
};

static void ring_put(struct ring *r, bool yes)
{
	r->yes[r->n++ % WINDOW] = yes;
}

static unsigned ring_has(const struct ring *r)
{
	return r->n < WINDOW ? (unsigned)r->n : WINDOW;
}

/* How many of the last `of` are so. */
static unsigned ring_count(const struct ring *r, unsigned of)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < of && i < ring_has(r); i++)
		sum += r->yes[(r->n - 1 - i) % WINDOW];
	return sum;
}

struct pace { /* F4: ln seconds of the day's allows of one tier */
	double first[SAMPLE], last[SAMPLE];
	size_t n;
};

#define CHAINS 8 /* at once: what is forgotten costs the budget more */
struct chain {	 /* what one program asked of one host */
	uint64_t about;
	usec_t at; /* the first: it does not grow by going on */
	unsigned n;
};

struct walk {
	struct sel_tiredness t;
	bool any;
	usec_t last; /* question */
	struct ring high, all, allowed, missed, refused;
	struct pace pace[SEL_TIER_N];
	struct chain chain[CHAINS];
	unsigned n_chain;
	unsigned base_hits, base_denied; /* F5: of the first WINDOW */
};

static double median(const double *x)
{
	double sorted[SAMPLE];

	memcpy(sorted, x, sizeof sorted);
	qsort(sorted, SAMPLE, sizeof *sorted, by_value);
	return (sorted[SAMPLE / 2 - 1] + sorted[SAMPLE / 2]) / 2;
}

static void see_pace(struct walk *w, const struct sel_past *p)
{
	struct pace *pace = &w->pace[p->tier];
	double x = log((double)p->response / (double)SECOND);

	if (pace->n < SAMPLE)
		pace->first[pace->n] = x;
	pace->last[pace->n++ % SAMPLE] = x;
	w->t.drt = pace->n > SAMPLE ? median(pace->last) - median(pace->first) : 0;
}

/* F1: an allow whose time is known. */
static void see_allow(struct walk *w, const struct sel_past *p)
{
	bool rapid = sel_rapid(p, w->t.own_floor);
	const struct ring *r;

	ring_put(&w->all, rapid);
	if (p->tier >= SEL_T2)
		ring_put(&w->high, rapid);
	r = (double)w->high.n < K(RTE_FEW) ? &w->all : &w->high;
	w->t.rte_n = ring_has(r);
	w->t.rte = (double)(w->t.rte_n - ring_count(r, WINDOW)) / w->t.rte_n;
	w->t.rapid_last = rapid;
	w->t.rapid_run = rapid ? w->t.rapid_run + 1 : 0;
	see_pace(w, p);
}

static void see_decoy(struct walk *w, const struct sel_past *p)
{
	bool hit = p->said == SEL_SAID_DENY; /* a narrowed decoy was let through as well */

	ring_put(&w->missed, !hit);
	w->base_hits += hit && w->t.checks < WINDOW;
	w->t.checks++;
	w->t.caught += hit;
}

static void see_real(struct walk *w, const struct sel_past *p)
{
	bool allow = p->said == SEL_SAID_ALLOW, denied = p->said == SEL_SAID_DENY;

	ring_put(&w->allowed, allow);
	w->t.allow_n = ring_has(&w->allowed);
	w->t.allow_share = (double)ring_count(&w->allowed, WINDOW) / w->t.allow_n;
	w->t.run = allow ? w->t.run + 1 : 0;
	if (!p->audited)
		return;
	ring_put(&w->refused, denied);
	w->base_denied += denied && w->t.confirmed < WINDOW;
	w->t.confirmed++;
	w->t.alarms += denied;
}

/* A decoy loads like any question; its answer has a measure of its own (F3): a slow miss must not
 * look better than a hit. */
static void see_answer(struct walk *w, const struct sel_past *p)
{
	if (p->said == SEL_SAID_NOTHING)
		return;
	if (p->said != SEL_SAID_ALLOW) {
		w->t.rapid_last = false;
		w->t.rapid_run = 0;
	} else if (p->response > 0 && !p->decoy) {
		see_allow(w, p);
	}
	if (p->decoy)
		see_decoy(w, p);
	else
		see_real(w, p);
}

/* Each rest betters the state by one; a night makes anybody fresh. */
static void rest(struct walk *w, usec_t gap)
{
	usec_t one = USEC(REST, MINUTE);

	for (usec_t at = one; w->t.state > SEL_FRESH && at <= gap; at += one) {
		w->t.state--;
		w->t.since = w->last + at;
	}
}

static void pass_time(struct walk *w, usec_t now)
{
	usec_t gap = w->any ? elapsed(w->last, now) : 0;

	w->t.load = decayed(w->t.load, gap);
	rest(w, gap);
	if (gap <= USEC(NIGHT, HOUR))
		return;
	w->t.last_day = 0;
	w->t.drt = 0;
	for (size_t i = 0; i < SEL_N(w->pace); i++)
		w->pace[i].n = 0;
}

/* The table of states, its right to enter. */
static enum sel_state signs(const struct walk *w)
{
	const struct sel_tiredness *t = &w->t;
	bool counted = t->rte_n >= K(RTE_MIN);
	int tired = (counted && t->rte < K(RTE_TIRED)) + (t->load > K(LOAD_TIRED)) +
		    (t->allow_n >= K(SAME_MIN) && t->allow_share >= K(SAME_SHARE) &&
		     t->drt < K(FASTER)) +
		    (ring_count(&w->missed, 3) >= K(MISSED_TIRED));

	if ((counted && t->rte < K(RTE_EXHAUSTED)) ||
	    ring_count(&w->missed, 4) >= K(MISSED_EXHAUSTED) || t->rapid_run >= K(RAPID_RUN) ||
	    t->load > K(LOAD_EXHAUSTED))
		return SEL_EXHAUSTED;
	return tired >= 2 ? SEL_TIRED : SEL_FRESH;
}

/* Does it go on with an errand that the budget was charged for? */
static bool goes_on(struct walk *w, const struct sel_past *p)
{
	for (size_t i = 0; p->about && i < CHAINS; i++) {
		struct chain *c = &w->chain[i];

		if (c->about == p->about && c->n < K(CHAIN_MAX) &&
		    distance(c->at, p->at) < USEC(CHAIN_TIME, MINUTE)) {
			c->n++;
			return true;
		}
	}
	if (p->about)
		w->chain[w->n_chain++ % CHAINS] =
			(struct chain){.about = p->about, .at = p->at, .n = 1};
	return false;
}

static void step(struct walk *w, const struct sel_past *p, usec_t now)
{
	bool charged = !goes_on(w, p);
	enum sel_state entered;

	pass_time(w, p->at);
	w->any = true;
	w->last = p->at;
	w->t.load += 1;
	w->t.last_30min += charged && distance(p->at, now) < 30 * MINUTE;
	w->t.last_day += charged && distance(p->at, now) < DAY;
	see_answer(w, p);
	entered = signs(w);
	if (entered > w->t.state) {
		w->t.state = entered;
		w->t.since = p->at;
	}
}

/* Wilson (1927) at 90 %. */
static void interval(double k, double n, double *ret_low, double *ret_high)
{
	double z2 = 1.6448536269514722 * 1.6448536269514722, middle, half;

	*ret_low = 0;
	*ret_high = 1;
	if (!(n > 0))
		return;
	middle = (k + z2 / 2) / (n + z2);
	half = sqrt(z2 * (k * (n - k) / n + z2 / 4)) / (n + z2);
	*ret_low = fmax(middle - half, 0);
	*ret_high = fmin(middle + half, 1);
}

/* F5 with the log-linear correction (Hautus 1995): no share is 0 or 1. */
static double z_of(double k, double n)
{
	return sel_normal_quantile((k + 0.5) / (n + 1));
}

static void signal_detection(struct walk *w)
{
	double enough = K(SIGNAL_MIN), h, f, now;

	w->t.d_prime = w->t.criterion = w->t.criterion_rise = NAN;
	if ((double)w->t.checks < enough || (double)w->t.confirmed < enough)
		return;
	h = z_of((double)w->t.caught, (double)w->t.checks);
	f = z_of((double)w->t.alarms, (double)w->t.confirmed);
	w->t.d_prime = h - f;
	w->t.criterion = -(h + f) / 2;
	if (w->t.checks < 2 * WINDOW || w->t.confirmed < 2 * WINDOW)
		return;
	now = z_of(WINDOW - ring_count(&w->missed, WINDOW), WINDOW) +
	      z_of(ring_count(&w->refused, WINDOW), WINDOW);
	w->t.criterion_rise = (z_of(w->base_hits, WINDOW) + z_of(w->base_denied, WINDOW) - now) / 2;
}

static bool counts(const struct sel_past *p, usec_t now)
{
	return p->measured && (unsigned)p->tier < SEL_TIER_N &&
	       distance(p->at, now) < USEC(MEMORY, DAY);
}

static double fit(const struct sel_past *past, size_t n, usec_t now)
{
	double x[FIT_MAX];
	size_t found = 0;

	for (size_t i = n; i-- > 0 && found < FIT_MAX;)
		if (counts(&past[i], now) && past[i].said == SEL_SAID_ALLOW && !past[i].decoy &&
		    past[i].response > 0)
			x[found++] = log((double)past[i].response / (double)SECOND /
					 (past[i].words > 1 ? past[i].words : 1));
	return own_floor(x, found);
}

void sel_tiredness(const struct sel_past *past, size_t n, usec_t now, struct sel_tiredness *ret)
{
	struct walk w = {.t = {.rte = 1}};

	w.t.own_floor = fit(past, n, now);
	for (size_t i = 0; i < n; i++)
		if (counts(&past[i], now))
			step(&w, &past[i], now);
	pass_time(&w, now);
	w.t.decoys = ring_has(&w.missed);
	w.t.hits = w.t.decoys - ring_count(&w.missed, WINDOW);
	interval(w.t.hits, w.t.decoys, &w.t.hit_low, &w.t.hit_high);
	signal_detection(&w);
	w.t.spent = w.t.last_30min >= K(BUDGET_30MIN) || w.t.last_day >= K(BUDGET_DAY);
	*ret = w.t;
}

/* --- what follows from it ----------------------------------------------------------------------
 */

double sel_attention_weight(const struct sel_past *p, const struct sel_tiredness *before,
			    bool flooded, bool scripted)
{
	static const double approval[SEL_STATE_N] = {[SEL_FRESH] = 1};

	if (p->said == SEL_SAID_DENY)
		return 1;
	if (p->said == SEL_SAID_NOTHING || p->decoy || flooded || scripted ||
	    sel_rapid(p, before->own_floor))
		return 0;
	if (before->state == SEL_TIRED)
		return K(WEIGHT_TIRED);
	return (unsigned)before->state < SEL_STATE_N ? approval[before->state] : 0;
}

void sel_tiredness_line(const struct sel_tiredness *t, char *ret, size_t cap)
{
	static const char *const effect[SEL_STATE_N] = {
		[SEL_FRESH] = "approvals count 1",
		[SEL_TIRED] = "approvals count 1/4",
		[SEL_EXHAUSTED] = "approvals count 0, take a break",
	};
	char effort[48] = "nothing measured yet", budget[48] = "";

	if (t->rte_n)
		snprintf(effort, sizeof effort, "RTE %.2f over %u", t->rte, t->rte_n);
	if (t->spent)
		snprintf(budget, sizeof budget, "; questions spent: %u in 30 min, %u today",
			 t->last_30min, t->last_day);
	snprintf(ret, cap, "fatigue: %s (%s, load %.1f) - %s%s", sel_state_name(t->state), effort,
		 t->load, (unsigned)t->state < SEL_STATE_N ? effect[t->state] : "?", budget);
}

/* Rows: state, columns: tier 1 and below, 2, 3. Each column may only grow downwards. */
static const enum sel_gate gates[SEL_STATE_N][3] = {
	[SEL_FRESH] = {SEL_GATE_ASK, SEL_GATE_ASK, SEL_GATE_ASK},
	[SEL_TIRED] = {SEL_GATE_DEFER, SEL_GATE_TOKEN, SEL_GATE_TOKEN},
	[SEL_EXHAUSTED] = {SEL_GATE_DEFER, SEL_GATE_DEFER, SEL_GATE_TOKEN},
};

enum sel_gate sel_gate(const struct sel_tiredness *t, enum sel_tier tier, const char **ret_why)
{
	static const char *const why[SEL_STATE_N][2] = {
		[SEL_TIRED] = {"whoever answers is tired: an approval is typed",
			       "whoever answers is tired: kept for the next review"},
		[SEL_EXHAUSTED] = {"whoever answers is exhausted: an approval is typed",
				   "whoever answers is exhausted: kept for the next review"},
	};
	enum sel_state state = (unsigned)t->state < SEL_STATE_N ? t->state : SEL_EXHAUSTED;
	enum sel_gate gate = gates[state][tier >= SEL_T3 ? 2 : tier == SEL_T2 ? 1 : 0];
	const char *reason = gate == SEL_GATE_ASK ? NULL : why[state][gate == SEL_GATE_DEFER];

	if (t->spent && tier < SEL_T3 && gate != SEL_GATE_DEFER) {
		gate = SEL_GATE_DEFER;
		reason = t->last_30min >= K(BUDGET_30MIN)
				 ? "5 questions in 30 minutes were asked: kept for the next review"
				 : "12 questions in a day were asked: kept for the next review";
	}
	if (ret_why)
		*ret_why = reason;
	return gate;
}

bool sel_terms_hidden(const struct sel_tiredness *t)
{
	return t->state != SEL_FRESH;
}

/* --- floods ------------------------------------------------------------------------------------
 */

#define NOT_DENIED 0xff

void sel_flood_init(struct sel_flood *f)
{
	*f = (struct sel_flood){0};
	memset(f->after_denial, NOT_DENIED, sizeof f->after_denial);
}

void sel_flood_denied(struct sel_flood *f, unsigned class)
{
	if (class < sizeof f->after_denial)
		f->after_denial[class] = 0;
}

/* Third one into a class that was denied? */
static bool insists(struct sel_flood *f, unsigned class)
{
	unsigned char *n;

	if (class >= sizeof f->after_denial || f->after_denial[class] == NOT_DENIED)
		return false;
	n = &f->after_denial[class];
	if (*n < NOT_DENIED - 1)
		(*n)++;
	return *n >= K(FLOOD_CLASS);
}

bool sel_flood_step(struct sel_flood *f, unsigned class, usec_t now)
{
	unsigned recent = 0;
	bool flood = insists(f, class) || (f->until > 0 && now < f->until);

	f->at[f->n++ % SEL_N(f->at)] = now;
	for (unsigned i = 0; i < f->n && i < SEL_N(f->at); i++)
		recent += distance(f->at[i], now) < USEC(FLOOD_TIME, SECOND);
	flood |= recent >= K(FLOOD_N);
	f->until = flood ? now + USEC(FLOOD_TIME, SECOND) : 0;
	return flood;
}
