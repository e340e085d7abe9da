/* Every number that judgement rests on, in one table with its unit and its reason. */
#pragma once

#include "seldom/base.h"

#define SEL_DAYS(n)    ((usec_t)(n) * 24 * 3600 * USEC_PER_SEC)
#define SEL_MINUTES(n) ((usec_t)(n) * 60 * USEC_PER_SEC)

/* name, value, unit, reason */
#define SEL_CONSTANTS(_)                                                                           \
	_(PRIOR_STRENGTH, 10, "answers", "the parent rung's mean counts like so many answers")     \
	_(PRIOR_MEAN, 0.05, "share", "of denials above the last rung: people deny about 7 %")      \
	_(HALF_LIFE_DAYS, 30, "days", "habits of a project change in weeks")                       \
	_(APPROVALS_MIN, 3, "weight", "two may be one slip twice")                                 \
	_(DENIAL_DAYS, 30, "days", "a denial outlasts a task")                                     \
	_(UNUSED_DAYS, 90, "days", "what nobody used for a quarter is asked again")

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
