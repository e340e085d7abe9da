/* Evidence: what people answered, weighed by how attentively they did, and what may be concluded.
 * Pure: no clock, no files; `now` is real time. Not thread-safe: the watch's lock guards it.
 *
 * For a key k, theta is the probability that an attentive person would deny. Prior:
 * Beta(s mu, s (1 - mu)) with mu the posterior mean of the parent rung and s = 10, so evidence
 * flows down the ladder as a prior and never as a permission. n+ and n- are sums of weights, halved
 * every 30 days. Learned: P(theta > limit) <= delta, n+ >= 3, no denial at the key or its parent
 * rung for 30 days, used within 90 days and not after `now`, tier 1, a program that generalises
 * (else: rung 0 only), not `ours`. Rung 1 is as wide as it gets, rung 2 after three distinct rung-1
 * keys below it were approved.
 *
 * Made exact where the words leave room:
 *  - The parent's mean leaves out what is the key's own: else each approval would count twice.
 *  - A denial is one of its shape: it weighs 1 at rungs 0 and 1, 1/2 at rung 2 (the parent), and
 *    half of that for each rung above, which only shifts priors.
 *  - A key is blocked by a denial at it, at a narrower key of the same action and at its parent (up
 *    to rung 2): until 30 days are over *and* two approvals in FRESH are newer than the denial.
 *  - Without `promote` only what was approved while FRESH counts (weight 1): what was learned from
 *    that stays learned, and nothing said since can add to it.
 * All of it but `flagged` does not depend on the order in which facts are added; a flag added late
 * halves more than it had to. */
#pragma once

#include "key.h"

struct sel_evidence;

int sel_evidence_new(struct sel_evidence **ret);
void sel_evidence_free(struct sel_evidence *e);

/* One answer of a person (or a flag in the digest). */
struct sel_fact {
	usec_t at;
	const struct sel_keys *keys;
	const char *digest; /* sel_identity.digest; NULL: unknown */
	const char *exe;    /* of the program, or NULL: lets `changed` be told of programs that no
			       package vouches for, whose name goes with their content (not of their
			       scripts: one interpreter runs many) */
	bool denied;   /* denied, narrowed or flagged: weight 1 at its key, 1/2 at the parent */
	double weight; /* of an approval: sel_attention_weight */
	bool flagged;  /* harmful in the digest: halves the approvals of its ancestors too */
};
/* -ENOMEM: nothing was added. */
int sel_evidence_add(struct sel_evidence *e, const struct sel_fact *f);
/* A learned rule was used: one key (of rungs 0 to 2). Keeps it from lapsing, adds no weight. */
void sel_evidence_used(struct sel_evidence *e, const char *key, usec_t at);

/* How a learned allow is decided; `step` loosens within the grid of constants.h under the control
 * of guarantee.h. */
struct sel_learning {
	bool off;	    /* nothing is learned; support is told all the same */
	bool equal_weights; /* for comparison: every approval weighs 1 */
	bool promote;	    /* FRESH only: keys not learned before may become learned now */
	unsigned step;
};

struct sel_support {
	int rung; /* lowest with attentive approval in this project by this program; SEL_RUNGS:
		     none */
	double allows, denials; /* decayed weights at that rung */
	unsigned approvals;	/* number of attentive approvals at that rung, undecayed */
	usec_t last;		/* of them; 0: none */
	double mean;		/* posterior mean of theta at the narrowest rung with evidence */
	double risk;		/* what theta exceeds with probability delta, in whole per cent,
				   upwards: "risk <= x" of the line */
	bool novel;		/* support is wider than the tier may learn at */
	bool changed;		/* there was evidence, of another digest of this program */
	unsigned lost;		/* then: approvals that count half or not at all any more */
	bool learned;		/* the conditions above hold */
	int learned_rung;
};
void sel_evidence_support(const struct sel_evidence *e, const struct sel_keys *keys,
			  const struct sel_identity *id, enum sel_tier tier,
			  const struct sel_learning *how, usec_t now, struct sel_support *ret);

/* Good-Turing missing mass n1/n at a rung: how many of the next actions will be new. `ret_bound` at
 * confidence 1 - delta by the margin (2 sqrt 2 + sqrt 3) sqrt(ln(3/delta) / n) of McAllester and
 * Schapire ("On the Convergence Rate of Good-Turing Estimators", COLT 2000). That it holds can be
 * seen without their proof: n1/n stays above its mean minus sqrt(2 ln(1/d) / n) (McDiarmid: one
 * action moves it by 2/n), the missing mass below its own, which is smaller, plus sqrt(ln(1/d) / n)
 * (McAllester and Ortiz, JMLR 2003); d = delta/2 gives 1 + sqrt 2 < 2 sqrt 2 + sqrt 3. */
void sel_evidence_novelty(const struct sel_evidence *e, int rung, double delta, double *ret_mass,
			  double *ret_bound, uint64_t *ret_n);
