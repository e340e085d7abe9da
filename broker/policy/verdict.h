/* A verdict on one action. Pure: the policy snapshot and the facts in, a verdict and its one-line
 * reason out. Order, first match wins: invariants, stored denials, secrets and protected files
 * (asked unless granted by name), scope, memory of this session's denials, grants and rules, places
 * with a fixed answer, learned (tier 1), question. In scope the memory is not consulted: what is in
 * scope was never asked about, or was granted after it was denied. */
#pragma once

#include "evidence.h"
#include "grants.h"
#include "host.h"
#include "memory.h"
#include "protected.h"
#include "scope.h"
#include "seldom/action.h"

struct sel_policy {
	struct sel_scope scope;
	struct sel_places places;
	char **own;	/* seldom's files: nothing may change them; NULL-terminated */
	char **secrets; /* canonical paths of masked files and folders; NULL-terminated */
	char **floors;	/* protected files bound read-only inside: changes there are performed */
	struct sel_grants grants; /* grants.h; sel_policy_grant() adds */
	/* judgement: shared by all copies of the policy, changed only under the watch's write lock
	 */
	const struct sel_world *world; /* NULL: nothing is learned */
	struct sel_evidence *evidence;
	struct sel_memory *memory;
	struct sel_learning learning;
	bool tainted;	  /* content from outside was read in this session: an unknown host is T3 */
	bool secret_read; /* I10: a host that was never approved here is denied, any other T3 */
	unsigned deletions; /* of what existed before and out of scope: I8 */
};

/* What is about to happen to one path. */
struct sel_subject {
	enum sel_op op;
	const char *path; /* canonical, or "tcp:ADDRESS:PORT", "unix:PATH", sel_host_subject */
	const char *exe;  /* of the acting program */
	bool exists;	  /* the object is there already */
	bool ours;	  /* made by this run */
	bool folder;	  /* the object is one, or shall be */
	bool link;	  /* a symlink: it may stand for a folder and all that is in it */
	const char *from; /* where a renamed object comes from; NULL: nowhere */
	bool destroys;	  /* existing content is lost: unlink, rename away or over, truncate */
	bool plants; /* content or a name appears: create, write, the receiving side of a rename */
	bool judged_content; /* protected, but its content was judged harmless */
	bool undoable;	     /* what is lost will be kept, so that it can be undone: tier 1 */
	const struct sel_identity *id; /* NULL: not known (yet); then nothing learned is used */
	const char *other_project;     /* root of the project it lies in, if not ours; or NULL */
	enum sel_host_known host;      /* NONE: it is no request to a host */
	uint64_t job;		       /* as in sel_key_facts */
};

struct sel_verdict {
	enum sel_decision decision;
	enum sel_source source;
	enum sel_tier tier;
	int64_t rule;
	int error;		     /* positive errno for a denial */
	const char *why;	     /* static or from the policy's tables */
	const char *consequence;     /* static; for a question */
	struct sel_classified where; /* of what is neither an invariant nor in scope */
	struct sel_support support;  /* of an ASK or a LEARNED allow */
	bool workaround;	     /* another program after a denial: say so first */
	usec_t denied_at;
};

/* One line of at most 110 columns, safe to print (ASCII but for the object's own letters), in the
 * fixed grammar "VERDICT  what - why - evidence" (docs/judgement.md). `cap`: 512 is enough; less
 * cuts. */
void sel_verdict_line(const struct sel_verdict *v, const struct sel_subject *s, usec_t now,
		      char *ret, size_t cap);

/* True if `path` is one of `list` or below one. */
bool sel_path_listed(char *const *list, const char *path);

/* The prefix of temporary names under which the broker installs judged content. */
#define SEL_INSTALL_PREFIX ".seldom-install-"

/* What the action is as evidence, as sel_judge sees it. Borrows from all three; `id` may be NULL.
 */
struct sel_key_facts sel_subject_facts(const struct sel_policy *policy,
				       const struct sel_subject *subject,
				       const struct sel_classified *where);

/* `now`: real time. Allocates nothing for what is in scope. */
void sel_judge(const struct sel_policy *policy, const struct sel_subject *subject, usec_t now,
	       struct sel_verdict *ret);

/* The stricter of two verdicts on one call (rename, link): a denial wins over a question wins over
 * an allow; between questions the higher tier. */
const struct sel_verdict *sel_stricter(const struct sel_verdict *a, const struct sel_verdict *b);

/* Cheap, however many rules there are: what is old is shared. -ENOMEM. */
int sel_policy_copy(const struct sel_policy *p, struct sel_policy **ret);
int sel_policy_grant(struct sel_policy *p, const struct sel_grant *grant);
void sel_policy_done(struct sel_policy *p); /* frees what it owns, not `p` */
void sel_policy_free(struct sel_policy *p);
