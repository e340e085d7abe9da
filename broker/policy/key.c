#include "key.h"

static const char *const names[SEL_EFFECT_N] = {
	[SEL_EFFECT_ADD] = "add",	[SEL_EFFECT_CHANGE] = "change",
	[SEL_EFFECT_REMOVE] = "remove", [SEL_EFFECT_REVEAL] = "reveal",
	[SEL_EFFECT_TALK] = "talk",
};

const char *sel_effect_name(enum sel_effect e)
{
	return (size_t)e < SEL_N(names) ? names[e] : "?";
}

enum sel_effect sel_effect_of(enum sel_op op, bool exists)
{
	(void)op;
	(void)exists;
	return SEL_EFFECT_TALK;
}

int sel_keys_build(const struct sel_key_facts *f, struct sel_keys **ret)
{
	struct sel_keys *keys = calloc(1, sizeof *keys);

	(void)f;
	if (!keys)
		return -ENOMEM;
	*ret = keys;
	return 0;
}
