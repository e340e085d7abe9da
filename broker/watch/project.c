#include "watch.h"

#include "rung.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

static bool has_any(const char *dir, const char *const *names)
{
	char path[PATH_MAX];
	struct stat st;

	for (; *names; names++)
		if (snprintf(path, sizeof path, "%s/%s", dir, *names) < (int)sizeof path &&
		    lstat(path, &st) == 0)
			return true;
	return false;
}

char *sel_find_project(const char *object, const char *home)
{
	static const char *const marks[] = {".git",	      "package.json",	"Cargo.toml",
					    "go.mod",	      "pyproject.toml", "setup.py",
					    "CMakeLists.txt", "Makefile",	"pom.xml",
					    "build.gradle",   "meson.build",	NULL};
	char dir[PATH_MAX];
	char *slash;

	if (snprintf(dir, sizeof dir, "%s", object) >= (int)sizeof dir)
		return NULL;
	while ((slash = strrchr(dir, '/')) && slash > dir) {
		*slash = '\0';
		if (!sel_grantable_folder(dir, home))
			break;
		if (has_any(dir, marks))
			return strdup(dir);
	}
	return NULL;
}
