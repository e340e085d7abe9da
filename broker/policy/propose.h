/* Scope proposals: one concrete change that would have answered what was asked, with what it would
 * newly allow. Pure. */
#pragma once

#include "class.h"
#include "tiredness.h"

/* One question of the last weeks. Borrowed. */
struct sel_asked_fact {
	usec_t at;
	const char *program; /* sel_program_name */
	const char *exe, *object;
	const char *shape; /* the rung-1 key; may be NULL: for the review of rules, not proposals */
	enum sel_op op;
	enum sel_tier tier;
	struct sel_classified where;
	enum sel_said said;
	double weight; /* of an allow */
};
struct sel_proposal {
	char *folder; /* what becomes writable: the narrowest folder that covers them */
	char *program;
	char *id; /* the same program and folder make the same id, 8 letters a-z */
	/* "would have answered 14 of your last 16": questions by this program */
	unsigned would, of;
	unsigned attentive; /* approvals among them */
	bool often;	    /* three questions in 7 days made it, not two attentive approvals */
	enum sel_tier tier;
	usec_t expires_after; /* 30 days */
};
/* At most `cap` proposals, the most useful first. From two attentive approvals of one source (a
 * program in one unit), or three questions about it within 7 days. The folder is a tool's own place
 * as a whole (its unit), else what the approved ones have in common, never wider than their unit.
 *
 * None for T2/T3 places (protected, secret, system, version control), the home folder itself, a
 * first-level folder, one above a project, one where anything was denied or narrowed in the last 30
 * days, or what `covered` (NULL or a callback: folder is writable already) says. Without `world`
 * there are none. Returns how many; free with sel_proposals_done. -ENOMEM. O(n log n), and 64 times
 * n at most. */
int sel_propose(const struct sel_asked_fact *facts, size_t n, const struct sel_world *world,
		bool (*covered)(const char *folder, void *ctx), void *ctx, usec_t now,
		struct sel_proposal *ret, size_t cap);
void sel_proposals_done(struct sel_proposal *list, size_t n);
