/* A verdict on one action. Pure: the policy snapshot and the facts in, a verdict and its one-line
 * reason out. Order, first match wins: invariants, denial memory of this session, secrets and
 * protected files (asked unless granted by name), scope, grants and rules, question. */
#pragma once

#include "protected.h"
#include "scope.h"
#include "seldom/action.h"

/* An answer that stays: from a person in this session (a grant) or from the store (a rule). */
struct sel_grant {
	int64_t rule;
	enum sel_source source;	 /* GRANT or RULE */
	enum sel_op op;		 /* INVALID: every modifying one */
	enum sel_rung_kind kind; /* FILE: `path` itself; else: it and all below */
	char *path, *exe;	 /* exe NULL: any program */
	enum sel_decision decision;
	uint64_t uses_left; /* UINT64_MAX: any number */
};

struct sel_policy {
	struct sel_scope scope;
	struct sel_places places;
	char **own;	/* seldom's files: nothing may change them; NULL-terminated */
	char **secrets; /* canonical paths of masked files and folders; NULL-terminated */
	char **floors;	/* protected files bound read-only inside: changes there are performed */
	struct sel_grant *grants; /* newest first */
	size_t n_grants;
};

/* What is about to happen to one path. */
struct sel_subject {
	enum sel_op op;
	const char *path; /* canonical, or "tcp:ADDRESS:PORT", "unix:PATH" */
	const char *exe;  /* of the acting program */
	bool exists;	  /* the object is there already */
	bool ours;	  /* made by this run */
	bool folder;	  /* the object is one, or shall be */
	bool link;	  /* a symlink: it may stand for a folder and all that is in it */
	const char *from; /* where a renamed object comes from; NULL: nowhere */
	bool destroys;	  /* existing content is lost: unlink, rename away or over, truncate */
	bool plants; /* content or a name appears: create, write, the receiving side of a rename */
	bool judged_content; /* protected, but its content was judged harmless */
};

struct sel_verdict {
	enum sel_decision decision;
	enum sel_source source;
	enum sel_tier tier;
	int64_t rule;
	int error;		 /* positive errno for a denial */
	const char *why;	 /* static or from the policy's tables */
	const char *consequence; /* static; for a question */
};

/* True if `path` is one of `list` or below one. */
bool sel_path_listed(char *const *list, const char *path);

/* The prefix of temporary names under which the broker installs judged content. */
#define SEL_INSTALL_PREFIX ".seldom-install-"

void sel_judge(const struct sel_policy *policy, const struct sel_subject *subject,
	       struct sel_verdict *ret);

/* The stricter of two verdicts on one call (rename, link): a denial wins over a question wins over
 * an allow; between questions the higher tier. */
const struct sel_verdict *sel_stricter(const struct sel_verdict *a, const struct sel_verdict *b);

int sel_policy_copy(const struct sel_policy *p, struct sel_policy **ret);
int sel_policy_grant(struct sel_policy *p, const struct sel_grant *grant);
void sel_policy_free(struct sel_policy *p);
