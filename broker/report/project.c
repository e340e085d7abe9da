#include "project.h"

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

char *sel_project_root(const char *path, const char *home)
{
	static const char *const marks[] = {".git",	      "package.json",	"Cargo.toml",
					    "go.mod",	      "pyproject.toml", "setup.py",
					    "CMakeLists.txt", "Makefile",	"pom.xml",
					    "build.gradle",   "meson.build",	NULL};
	char dir[PATH_MAX];

	if (snprintf(dir, sizeof dir, "%s", path) >= (int)sizeof dir)
		return NULL;
	while (sel_grantable_folder(dir, home)) {
		if (has_any(dir, marks))
			return strdup(dir);
		*strrchr(dir, '/') = '\0';
	}
	return NULL;
}

char *sel_find_project(const char *object, const char *home)
{
	const char *slash = strrchr(object, '/');
	_cleanup_free_ char *dir =
		slash && slash > object ? strndup(object, (size_t)(slash - object)) : NULL;

	return dir ? sel_project_root(dir, home) : NULL;
}
