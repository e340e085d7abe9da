/* Answers that stay, found by the place that they speak of. Pure.
 *
 * Copies are cheap: what is old is shared and never changed, what is new is short. */
#pragma once

#include "seldom/action.h"

/* From a person in this session (a grant) or from the store (a rule). */
struct sel_grant {
	int64_t rule;
	enum sel_source source;	 /* GRANT or RULE; MEMORY for a denial of this session */
	enum sel_op op;		 /* INVALID: every modifying one */
	enum sel_rung_kind kind; /* FILE: `path` itself; else: it and all below */
	char *path, *exe;	 /* exe NULL: any program */
	enum sel_decision decision;
};

struct sel_grant_table;
struct sel_grants {
	struct sel_grant_table *base, *top; /* shared; ours alone and newer */
	size_t n, denials;
	uint64_t serial;
};

int sel_grants_add(struct sel_grants *g, const struct sel_grant *grant); /* copies; -ENOMEM */
int sel_grants_copy(const struct sel_grants *g, struct sel_grants *ret); /* -ENOMEM */
void sel_grants_done(struct sel_grants *g);
/* 0 is the newest; NULL behind the oldest. */
const struct sel_grant *sel_grants_at(const struct sel_grants *g, size_t i);

/* The newest that covers an action, or NULL: that denies it, that allows it (`by_name`: and names
 * this very file). Borrowed until the next change. */
const struct sel_grant *sel_grants_denial(const struct sel_grants *g, enum sel_op op,
					  const char *path, const char *exe);
const struct sel_grant *sel_grants_allow(const struct sel_grants *g, enum sel_op op,
					 const char *path, const char *exe, bool by_name);
