#include "identity.h"

#include <stdio.h>

static const char *const names[SEL_FAMILY_N] = {
	[SEL_FAMILY_OTHER] = "other",	    [SEL_FAMILY_PACKAGES] = "packages",
	[SEL_FAMILY_COMPILER] = "compiler", [SEL_FAMILY_VCS] = "vcs",
	[SEL_FAMILY_TESTS] = "tests",	    [SEL_FAMILY_EDITOR] = "editor",
	[SEL_FAMILY_UTIL] = "util",	    [SEL_FAMILY_NETWORK] = "network",
	[SEL_FAMILY_SHELL] = "shell",	    [SEL_FAMILY_INTERPRETER] = "interpreter",
	[SEL_FAMILY_RUNNER] = "runner",
};

const char *sel_family_name(enum sel_family f)
{
	return (size_t)f < SEL_N(names) ? names[f] : "other";
}

enum sel_family sel_family_of(const char *exe)
{
	(void)exe;
	return SEL_FAMILY_OTHER;
}

bool sel_family_generalises(enum sel_family f)
{
	(void)f;
	return false;
}

void sel_program_name(const struct sel_identity *id, char *ret, size_t cap)
{
	(void)id;
	if (cap)
		*ret = '\0';
}
