/* Every number that judgement rests on, in one table with its unit and its reason. */
#pragma once

#include "seldom/base.h"

#define SEL_DAYS(n)    ((usec_t)(n)*24 * 3600 * USEC_PER_SEC)
#define SEL_MINUTES(n) ((usec_t)(n)*60 * USEC_PER_SEC)

/* name, value, unit, reason */
/* clang-format off */
#define SEL_CONSTANTS(_)                                                                           \
	_(PRIOR_STRENGTH, 10, "answers", "the parent rung's mean counts like so many answers")     \
	_(PRIOR_MEAN, 0.05, "share", "of denials above the last rung: people deny about 7 %")      \
	_(HALF_LIFE_DAYS, 30, "days", "habits of a project change in weeks")                       \
	_(APPROVALS_MIN, 3, "weight", "two may be one slip twice")                                 \
	_(DENIAL_DAYS, 30, "days", "a denial outlasts a task")                                     \
	_(UNUSED_DAYS, 90, "days", "what nobody used for a quarter is asked again")                \
	_(CLOCK_DAYS, 1, "days", "set back by more, a clock cannot tell what is 30 days old")      \
	_(DENIAL_PARENT, 0.5, "share", "of a denial's weight for each wider rung from rung 2 on")  \
	_(SIBLING_APPROVALS, 2, "approvals", "after a denial beside it, before it is learned again") \
	_(CHILDREN_MIN, 3, "shapes", "approved, before their class is learned as a whole")         \
	_(CHANGED_SHARE, 0.5, "share", "of the weight kept when a package brought a new version")  \
	_(FLAG_SHARE, 0.5, "share", "of the approvals above that a harmful flag leaves")           \
	/* The grid of the learning control, strict to loose (Learn then Test). With a prior mean  \
	 * of 5 % step 0 needs 4 attentive approvals; the later ones matter where the prior is     \
	 * worse or something was denied once. */                                                  \
	_(LIMIT_0, 0.10, "share", "of denials that a learned rule may hide, strictest step")       \
	_(LIMIT_1, 0.10, "share", "next step")                                                     \
	_(LIMIT_2, 0.15, "share", "next step")                                                     \
	_(LIMIT_3, 0.15, "share", "loosest step")                                                  \
	_(DELTA_0, 0.10, "probability", "that the limit is exceeded all the same, strictest step") \
	_(DELTA_1, 0.15, "probability", "next step")                                               \
	_(DELTA_2, 0.15, "probability", "next step")                                               \
	_(DELTA_3, 0.20, "probability", "loosest step")                                            \
	_(BULK_DELETIONS, 50, "deletions", "more than a clean-up by hand (I8)")                    \
	_(WORKAROUND_DECISIONS, 20, "decisions", "how long another way round a denial is looked for")
/* clang-format on */

#define SEL_CONSTANT_ENUM(name, value, unit, reason) SEL_K_##name,
enum sel_constant { SEL_CONSTANTS(SEL_CONSTANT_ENUM) SEL_K_N };
#undef SEL_CONSTANT_ENUM

struct sel_constant_row {
	const char *name;
	double value;
	const char *unit, *reason;
};
extern const struct sel_constant_row sel_constants[SEL_K_N];
#define SEL_K(name) (sel_constants[SEL_K_##name].value)
