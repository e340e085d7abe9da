/* What programs say that they do: an agent knows which tool call it runs, and its hook reports it.
 * A question shows it as claimed. It proves nothing, so nothing is decided, learned or preselected
 * by it. Pure. */
#pragma once

#include "seldom/base.h"

#define SEL_CLAIM_MAX	  4096 /* bytes of a message */
#define SEL_CLAIM_CHAIN	  32
#define SEL_CLAIMS_MAX	  16
#define SEL_CLAIM_COLUMNS 120
#define SEL_CLAIM_AGE_MAX (600 * USEC_PER_SEC)
#define SEL_CLAIM_HOOK_TIME                                                                        \
	USEC_PER_SEC /* within it a hook is over, and who waited for it is left */

struct sel_process {
	pid_t pid;
	unsigned long long started; /* clock ticks since boot */
};
struct sel_claim {
	char tool[128], text[512];		   /* safe text */
	struct sel_process chain[SEL_CLAIM_CHAIN]; /* the sender, then its ancestors inside */
	size_t n_chain;
	usec_t at;    /* monotonic */
	bool settled; /* the first of the chain is who waited for the hook */
};
struct sel_claims {
	struct sel_claim item[SEL_CLAIMS_MAX]; /* a ring */
	size_t n;			       /* that ever came */
};
typedef bool (*sel_alive_fn)(const struct sel_process *p);

/* Reads {"tool":S,"text":S}; other keys are ignored. Fills tool and text alone. -EBADMSG. */
int sel_claim_parse(const char *bytes, size_t n, struct sel_claim *ret);
/* The oldest makes room. One without a chain is dropped. */
void sel_claims_add(struct sel_claims *c, const struct sel_claim *claim);
/* Of those whose hook must be over: who is left of the chain is remembered. */
void sel_claims_settle(struct sel_claims *c, sel_alive_fn alive, usec_t now);
/* The newest by somebody whom the asker (`chain`, itself first) was started by; NULL: none. */
const struct sel_claim *sel_claims_match(const struct sel_claims *c,
					 const struct sel_process *chain, size_t n,
					 sel_alive_fn alive, usec_t now);
