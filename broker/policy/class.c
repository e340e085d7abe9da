#include "class.h"

#include "scope.h"

static const char *const names[SEL_CLASS_N] = {
	[SEL_CLASS_OTHER] = "other",
	[SEL_CLASS_PROJECT_SOURCE] = "project-source",
	[SEL_CLASS_PROJECT_BUILD] = "project-build",
	[SEL_CLASS_PROJECT_VCS] = "project-vcs",
	[SEL_CLASS_EXEC_CONFIG] = "exec-config",
	[SEL_CLASS_SECRET] = "secret",
	[SEL_CLASS_TOOL_CACHE] = "tool-cache",
	[SEL_CLASS_TOOL_DATA] = "tool-data",
	[SEL_CLASS_TEMP] = "temp",
	[SEL_CLASS_HOME_CONFIG] = "home-config",
	[SEL_CLASS_HOME] = "home",
	[SEL_CLASS_OTHER_PROJECT] = "other-project",
	[SEL_CLASS_SYSTEM] = "system",
	[SEL_CLASS_DEVICE] = "device",
	[SEL_CLASS_SOCKET] = "socket",
	[SEL_CLASS_HOST] = "host",
};

static const char *const words[SEL_CLASS_N] = {
	[SEL_CLASS_OTHER] = "a place of no known kind",
	[SEL_CLASS_PROJECT_SOURCE] = "this project's files",
	[SEL_CLASS_PROJECT_BUILD] = "this project's build output",
	[SEL_CLASS_PROJECT_VCS] = "this project's version control",
	[SEL_CLASS_EXEC_CONFIG] = "a file that becomes code later",
	[SEL_CLASS_SECRET] = "a secret",
	[SEL_CLASS_TOOL_CACHE] = "a tool's cache",
	[SEL_CLASS_TOOL_DATA] = "a tool's data",
	[SEL_CLASS_TEMP] = "a temporary place",
	[SEL_CLASS_HOME_CONFIG] = "a program's configuration",
	[SEL_CLASS_HOME] = "the home folder",
	[SEL_CLASS_OTHER_PROJECT] = "another project",
	[SEL_CLASS_SYSTEM] = "the system",
	[SEL_CLASS_DEVICE] = "a device",
	[SEL_CLASS_SOCKET] = "a program outside, by its socket",
	[SEL_CLASS_HOST] = "a host",
};

const char *sel_class_name(enum sel_class c)
{
	return (size_t)c < SEL_N(names) ? names[c] : "other";
}

const char *sel_class_words(enum sel_class c)
{
	return (size_t)c < SEL_N(words) ? words[c] : words[SEL_CLASS_OTHER];
}

int sel_class_from_name(const char *name)
{
	for (size_t i = 0; i < SEL_N(names); i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -EINVAL;
}

void sel_classify(const char *object, const char *other_project, const struct sel_world *world,
		  struct sel_classified *ret)
{
	(void)object;
	(void)other_project;
	(void)world;
	*ret = (struct sel_classified){.class = SEL_CLASS_OTHER};
}
