#include "evidence.h"

#include "constants.h"
#include "guarantee.h"
#include "hash.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

/* Approvals are summed three times, since what counts is asked three ways. */
enum count {
	WEIGHED, /* by attention */
	FRESH,	 /* only those of weight 1 */
	EQUAL,	 /* each 1, for comparison */
	COUNTS
};

#define PARTS_MAX 8   /* digests told apart under one key; older ones are taken together */
#define NARROW	  3   /* rungs 0 to 2 belong to a program and block or are learned */
#define EXE_MARK  'x' /* leads a key that is a program's path */

/* Approvals of one digest of the program, decayed to `ref`. */
struct part {
	char *digest; /* "": several older ones */
	double sum[COUNTS];
	usec_t ref;
	unsigned n[COUNTS]; /* not decayed */
};

struct entry {
	uint64_t hash;
	char *key;
	struct part *parts;
	unsigned n_parts;
	double denials; /* decayed to denied_ref; each weighs 1 */
	usec_t denied_ref;
	usec_t denied_at;	   /* the last that blocks this key */
	uint64_t seen;		   /* facts */
	unsigned children[COUNTS]; /* rung 2: distinct approved keys of rung 1 */
	usec_t newest[COUNTS][2];
	usec_t used, flagged_at;
	unsigned flags;
};

struct sel_evidence {
	struct entry **slots;
	unsigned bits;
	size_t n;
	uint64_t seed;
	uint64_t facts[SEL_RUNGS], singles[SEL_RUNGS];
};

int sel_evidence_new(struct sel_evidence **ret)
{
	struct sel_evidence *e = calloc(1, sizeof *e);
	int r;

	if (!e)
		return -ENOMEM;
	r = sel_hash_seed(&e->seed);
	e->bits = 8;
	e->slots = calloc((size_t)1 << e->bits, sizeof(struct entry *));
	if (r >= 0 && !e->slots)
		r = -ENOMEM;
	if (r < 0)
		sel_evidence_free(e);
	else
		*ret = e;
	return r;
}

static void entry_free(struct entry *x)
{
	for (unsigned i = 0; i < x->n_parts; i++)
		free(x->parts[i].digest);
	free(x->parts);
	free(x->key);
	free(x);
}

void sel_evidence_free(struct sel_evidence *e)
{
	if (!e)
		return;
	for (size_t i = 0; e->slots && i < (size_t)1 << e->bits; i++)
		if (e->slots[i])
			entry_free(e->slots[i]);
	free(e->slots);
	free(e);
}

/* --- the table ----------------------------------------------------------------------------------
 */

static struct entry **slot_of(struct entry **slots, unsigned bits, uint64_t hash, const char *key)
{
	size_t mask = ((size_t)1 << bits) - 1, i = sel_hash_slot(hash, bits);

	while (slots[i] && (slots[i]->hash != hash || strcmp(slots[i]->key, key) != 0))
		i = (i + 1) & mask;
	return &slots[i];
}

static struct entry *find(const struct sel_evidence *e, const char *key)
{
	if (!key)
		return NULL;
	return *slot_of(e->slots, e->bits, sel_hash_bytes(key, strlen(key), e->seed), key);
}

static int grow(struct sel_evidence *e)
{
	struct entry **slots;

	if (e->n + 1 <= ((size_t)1 << e->bits) / 2)
		return 0;
	slots = calloc((size_t)1 << (e->bits + 1), sizeof(struct entry *));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < (size_t)1 << e->bits; i++)
		if (e->slots[i])
			*slot_of(slots, e->bits + 1, e->slots[i]->hash, e->slots[i]->key) =
				e->slots[i];
	free(e->slots);
	e->slots = slots;
	e->bits++;
	return 0;
}

static int find_or_make(struct sel_evidence *e, const char *key, struct entry **ret)
{
	uint64_t hash = sel_hash_bytes(key, strlen(key), e->seed);
	struct entry **slot, *x;
	int r = grow(e);

	if (r < 0)
		return r;
	slot = slot_of(e->slots, e->bits, hash, key);
	if (!*slot) {
		x = calloc(1, sizeof *x);
		if (!x || !(x->key = strdup(key))) {
			free(x);
			return -ENOMEM;
		}
		x->hash = hash;
		*slot = x;
		e->n++;
	}
	*ret = *slot;
	return 0;
}

/* --- sums ---------------------------------------------------------------------------------------
 */

static double halved(usec_t from, usec_t to)
{
	/* A clock set back makes nothing heavier. */
	return to <= from
		       ? 1
		       : exp2(-(double)(to - from) / (double)SEL_DAYS(1) / SEL_K(HALF_LIFE_DAYS));
}

/* Adds `w` made at `at` to sums that stand at `*ref`. */
static void add_decayed(double *sum, const double *w, size_t n, usec_t *ref, usec_t at)
{
	double old = halved(*ref, at), new = halved(at, *ref);

	for (size_t i = 0; i < n; i++)
		sum[i] = sum[i] * old + w[i] * new;
	if (at > *ref)
		*ref = at;
}

static void merge_oldest(struct entry *x)
{
	unsigned a = 0, b = 1;

	for (unsigned i = 1; i < x->n_parts; i++)
		if (x->parts[i].ref < x->parts[a].ref) {
			b = a;
			a = i;
		} else if (b == a || x->parts[i].ref < x->parts[b].ref) {
			b = i;
		}
	double w[COUNTS];
	for (int c = 0; c < COUNTS; c++) {
		w[c] = x->parts[a].sum[c] * SEL_K(CHANGED_SHARE);
		x->parts[b].n[c] += x->parts[a].n[c];
	}
	add_decayed(x->parts[b].sum, w, COUNTS, &x->parts[b].ref, x->parts[a].ref);
	x->parts[b].digest[0] = '\0';
	free(x->parts[a].digest);
	x->parts[a] = x->parts[--x->n_parts];
}

static int part_of(struct entry *x, const char *digest, struct part **ret)
{
	struct part *parts;
	char *copy;

	for (unsigned i = 0; i < x->n_parts; i++)
		if (strcmp(x->parts[i].digest, digest) == 0) {
			*ret = &x->parts[i];
			return 0;
		}
	copy = strdup(digest);
	parts = reallocarray(x->parts, x->n_parts + 1, sizeof *parts);
	if (parts)
		x->parts = parts;
	if (!copy || !parts) {
		free(copy);
		return -ENOMEM;
	}
	if (x->n_parts == PARTS_MAX)
		merge_oldest(x);
	parts[x->n_parts] = (struct part){.digest = copy};
	*ret = &parts[x->n_parts++];
	return 0;
}

/* --- facts --------------------------------------------------------------------------------------
 */

/* Where one fact goes: found before anything is changed, so that it is added whole or not. */
struct target {
	struct entry *entry[SEL_RUNGS + 1]; /* and of the program's path */
	struct part *part[SEL_RUNGS + 1];
};

static int find_targets(struct sel_evidence *e, const struct sel_fact *f, struct target *t)
{
	char path[SEL_KEY_MAX];
	int r = 0;

	for (int i = 0; r >= 0 && i < SEL_RUNGS; i++) {
		if (!f->keys->rung[i])
			continue;
		r = find_or_make(e, f->keys->rung[i], &t->entry[i]);
		if (r >= 0)
			r = part_of(t->entry[i], i < NARROW && f->digest ? f->digest : "",
				    &t->part[i]);
	}
	/* Many programs have an interpreter's path. */
	if (r >= 0 && f->exe && f->digest && !f->denied && !strchr(f->digest, '+') &&
	    snprintf(path, sizeof path, "%c\t%s", EXE_MARK, f->exe) < (int)sizeof path) {
		r = find_or_make(e, path, &t->entry[SEL_RUNGS]);
		if (r >= 0)
			r = part_of(t->entry[SEL_RUNGS], f->digest, &t->part[SEL_RUNGS]);
	}
	return r;
}

static void add_time(struct entry *x, enum count c, usec_t at)
{
	if (at > x->newest[c][0]) {
		x->newest[c][1] = x->newest[c][0];
		x->newest[c][0] = at;
	} else if (at > x->newest[c][1]) {
		x->newest[c][1] = at;
	}
}

static unsigned approvals(const struct entry *x, enum count c)
{
	unsigned n = 0;

	for (unsigned i = 0; x && i < x->n_parts; i++)
		n += x->parts[i].n[c];
	return n;
}

static void add_approval(struct entry *x, struct part *part, const double *w, usec_t at)
{
	double left[COUNTS];

	for (int c = 0; c < COUNTS; c++) {
		left[c] = w[c];
		if (at <= x->flagged_at)
			left[c] *= pow(SEL_K(FLAG_SHARE), x->flags);
		if (w[c] > 0) {
			part->n[c]++;
			add_time(x, (enum count)c, at);
		}
	}
	add_decayed(part->sum, left, COUNTS, &part->ref, at);
}

static void add_denial(struct entry *x, int rung, usec_t at)
{
	double one = 1;

	add_decayed(&x->denials, &one, 1, &x->denied_ref, at);
	if (rung < NARROW && at > x->denied_at)
		x->denied_at = at;
}

static void add_flag(struct entry *x, usec_t at)
{
	for (unsigned i = 0; i < x->n_parts; i++)
		for (int c = 0; c < COUNTS; c++)
			x->parts[i].sum[c] *= SEL_K(FLAG_SHARE);
	x->flags++;
	if (at > x->flagged_at)
		x->flagged_at = at;
}

int sel_evidence_add(struct sel_evidence *e, const struct sel_fact *f)
{
	double weight = f->weight > 0 ? fmin(f->weight, 1) : 0; /* NAN too is 0 */
	const double w[COUNTS] = {weight, weight >= 1 ? 1 : 0, 1};
	struct target t = {0};
	int r = find_targets(e, f, &t);

	if (r < 0)
		return r;
	for (int c = 0; !f->denied && t.entry[1] && t.entry[2] && c < COUNTS; c++)
		if (w[c] > 0 && approvals(t.entry[1], (enum count)c) == 0)
			t.entry[2]->children[c]++;
	for (int i = 0; i <= SEL_RUNGS; i++) {
		struct entry *x = t.entry[i];

		if (!x)
			continue;
		if (f->denied)
			add_denial(x, i, f->at);
		else
			add_approval(x, t.part[i], w, f->at);
		if (f->flagged && i > 1 && i < SEL_RUNGS)
			add_flag(x, f->at);
		x->seen++;
		if (i < SEL_RUNGS) {
			e->facts[i]++;
			e->singles[i] += x->seen == 1;
			e->singles[i] -= x->seen == 2;
		}
	}
	return 0;
}

void sel_evidence_used(struct sel_evidence *e, const char *key, usec_t at)
{
	struct entry *x = find(e, key);

	if (x && at > x->used)
		x->used = at;
}

/* --- conclusions --------------------------------------------------------------------------------
 */

struct step {
	double limit, delta;
};

static struct step step_of(unsigned step)
{
	const struct step grid[SEL_STEPS] = {{SEL_K(LIMIT_0), SEL_K(DELTA_0)},
					     {SEL_K(LIMIT_1), SEL_K(DELTA_1)},
					     {SEL_K(LIMIT_2), SEL_K(DELTA_2)},
					     {SEL_K(LIMIT_3), SEL_K(DELTA_3)}};

	return grid[step < SEL_STEPS ? step : 0];
}

/* One question to the evidence. */
struct query {
	struct entry *entry[SEL_RUNGS]; /* NULL: nothing known */
	const struct sel_identity *id;
	const struct sel_learning *how;
	enum count count; /* what may be learned rests on it; support is told by attention */
	usec_t now;
	struct step step;
	double alpha[SEL_RUNGS], beta[SEL_RUNGS]; /* posterior of each rung */
	double allows[SEL_RUNGS], denials[SEL_RUNGS];
};

/* The weight that is left after changes of the program: the current version's counts whole, the one
 * before it half, the one before that a quarter. (A program that no package vouches for has its
 * digest for a name: nothing of another version is found.) */
static double current_weight(const struct entry *x, const char *digest, enum count c, usec_t now)
{
	double sum = 0;

	for (unsigned i = 0; x && i < x->n_parts; i++) {
		const struct part *p = &x->parts[i];
		double w = p->sum[c] * halved(p->ref, now);

		if (digest && strcmp(p->digest, digest) != 0) {
			w *= SEL_K(CHANGED_SHARE);
			for (unsigned k = 0; k < x->n_parts; k++)
				if (x->parts[k].ref > p->ref &&
				    strcmp(x->parts[k].digest, digest) != 0)
					w *= SEL_K(CHANGED_SHARE);
		}
		sum += w;
	}
	return sum;
}

/* From the widest rung down: each rung's posterior mean is the next one's prior mean. Evidence of a
 * narrower rung is left out of the wider one's mean, or it would count twice. */
static void compute_posteriors(struct query *q)
{
	const char *digest = q->id && q->id->digest ? q->id->digest : "";
	double mu = SEL_K(PRIOR_MEAN), s = SEL_K(PRIOR_STRENGTH), share[SEL_RUNGS] = {1, 1};

	for (int r = 0; r < SEL_RUNGS; r++) {
		const struct entry *x = q->entry[r];

		if (r > 1)
			share[r] = share[r - 1] * SEL_K(DENIAL_PARENT);
		q->allows[r] = current_weight(x, r < NARROW ? digest : NULL, q->count, q->now);
		q->denials[r] = x ? x->denials * halved(x->denied_ref, q->now) : 0;
	}
	for (int r = SEL_RUNGS - 1; r >= 0; r--) {
		double plus = q->allows[r], minus = q->denials[r];

		q->alpha[r] = s * mu + share[r] * minus;
		q->beta[r] = s * (1 - mu) + plus;
		if (r > 0) {
			plus = fmax(0, plus - q->allows[r - 1]);
			minus = share[r] * fmax(0, minus - q->denials[r - 1]);
		}
		mu = (s * mu + minus) / (s + minus + plus);
	}
}

static usec_t later(usec_t at, double days)
{
	return at + (usec_t)(days * (double)SEL_DAYS(1));
}

/* Denied lately, or not approved again often enough since. */
static bool blocked(const struct query *q, int rung)
{
	enum count c = q->count == EQUAL ? EQUAL : FRESH;

	for (int r = 0; r <= rung + 1 && r < NARROW; r++) {
		const struct entry *x = q->entry[r];
		const struct entry *again = q->entry[r <= rung ? r : rung];

		if (!x || !x->denied_at)
			continue;
		if (later(x->denied_at, SEL_K(DENIAL_DAYS)) > q->now)
			return true;
		if (!again || again->newest[c][1] <= x->denied_at)
			return true;
	}
	return false;
}

static bool reaches(const struct query *q, const struct sel_keys *keys, int rung)
{
	if (rung == 0)
		return true;
	if (!sel_identity_generalises(q->id))
		return false;
	return rung == 1 ||
	       (keys->wide && q->entry[rung]->children[q->count] >= (unsigned)SEL_K(CHILDREN_MIN));
}

static bool is_learned(const struct query *q, const struct sel_keys *keys, int rung)
{
	const struct entry *x = q->entry[rung];
	usec_t used;

	if (!x || !reaches(q, keys, rung) || q->allows[rung] < SEL_K(APPROVALS_MIN) ||
	    blocked(q, rung))
		return false;
	used = x->used > x->newest[q->count][0] ? x->used : x->newest[q->count][0];
	if (later(used, SEL_K(UNUSED_DAYS)) < q->now)
		return false;
	/* Before what was answered: a clock that was set back tells no ages (I16). */
	if (later(q->now, SEL_K(CLOCK_DAYS)) < used)
		return false;
	return 1 - sel_beta_cdf(q->step.limit, q->alpha[rung], q->beta[rung]) <= q->step.delta;
}

/* The whole per cent that theta exceeds with probability `delta` at most; `most` of them is known
 * to be enough. (Each trial costs a continued fraction, and each learned verdict wants the number.)
 */
static double upper_quantile(double delta, double a, double b, int most)
{
	int low = 0;

	while (most - low > 1) {
		int mid = (low + most) / 2;

		if (1 - sel_beta_cdf(mid / 100., a, b) <= delta)
			most = mid;
		else
			low = mid;
	}
	return most / 100.;
}

/* Approvals that an earlier version of the program had. */
static unsigned lost_approvals(const struct sel_evidence *e, const struct query *q)
{
	char path[SEL_KEY_MAX];
	const struct entry *x = NULL;
	unsigned lost = 0;

	if (!q->id || !q->id->digest)
		return 0;
	for (int r = 0; r < NARROW && !x; r++)
		x = q->entry[r];
	if (!x && q->id->exe && !strchr(q->id->digest, '+') &&
	    snprintf(path, sizeof path, "%c\t%s", EXE_MARK, q->id->exe) < (int)sizeof path)
		x = find(e, path);
	for (unsigned i = 0; x && i < x->n_parts; i++) {
		if (strcmp(x->parts[i].digest, q->id->digest) == 0)
			return 0;
		lost += x->parts[i].n[WEIGHED];
	}
	return lost;
}

static void tell_support(const struct query *q, struct sel_support *ret)
{
	enum count c = q->how->equal_weights ? EQUAL : WEIGHED;
	const char *digest = q->id && q->id->digest ? q->id->digest : "";
	int narrowest = SEL_RUNGS - 1;

	for (int r = SEL_RUNGS - 1; r >= 0; r--) {
		const struct entry *x = q->entry[r];

		if (!x || (approvals(x, c) == 0 && !(x->denials > 0)))
			continue;
		narrowest = r;
		if (r >= NARROW || approvals(x, c) == 0)
			continue;
		ret->rung = r;
		ret->approvals = approvals(x, c);
		ret->allows = current_weight(x, digest, c, q->now);
		ret->denials = q->denials[r];
		ret->last = x->newest[c][0];
	}
	if (ret->learned)
		narrowest = ret->learned_rung;
	ret->mean = q->alpha[narrowest] / (q->alpha[narrowest] + q->beta[narrowest]);
	ret->risk = upper_quantile(q->step.delta, q->alpha[narrowest], q->beta[narrowest],
				   ret->learned ? (int)ceil(q->step.limit * 100) : 100);
}

/* Support is wider than the tier may learn at. */
static bool is_novel(const struct query *q, const struct sel_keys *keys, enum sel_tier tier,
		     int rung)
{
	if (rung >= NARROW || tier >= SEL_T3)
		return true;
	return tier == SEL_T2 ? rung > 0 : !reaches(q, keys, rung);
}

void sel_evidence_support(const struct sel_evidence *e, const struct sel_keys *keys,
			  const struct sel_identity *id, enum sel_tier tier,
			  const struct sel_learning *how, usec_t now, struct sel_support *ret)
{
	struct query q = {.id = id, .how = how, .now = now, .step = step_of(how->step)};
	bool may = !how->off && tier == SEL_T1 && id && !id->ours && id->digest;

	*ret = (struct sel_support){.rung = SEL_RUNGS, .learned_rung = -1};
	q.count = how->equal_weights ? EQUAL : how->promote ? WEIGHED : FRESH;
	for (int r = 0; r < SEL_RUNGS; r++)
		q.entry[r] = r >= NARROW || id ? find(e, keys->rung[r]) : NULL;
	compute_posteriors(&q);
	for (int r = 0; may && !ret->learned && r < NARROW; r++)
		if (is_learned(&q, keys, r)) {
			ret->learned = true;
			ret->learned_rung = r;
		}
	tell_support(&q, ret);
	ret->novel = is_novel(&q, keys, tier, ret->rung);
	ret->lost = lost_approvals(e, &q);
	ret->changed = ret->lost > 0;
}

void sel_evidence_novelty(const struct sel_evidence *e, int rung, double delta, double *ret_mass,
			  double *ret_bound, uint64_t *ret_n)
{
	uint64_t n = rung >= 0 && rung < SEL_RUNGS ? e->facts[rung] : 0;

	*ret_mass = *ret_bound = 1;
	*ret_n = n;
	if (n == 0)
		return;
	*ret_mass = (double)e->singles[rung] / (double)n;
	*ret_bound =
		fmin(1, *ret_mass + (2 * sqrt(2) + sqrt(3)) * sqrt(log(3 / delta) / (double)n));
}
