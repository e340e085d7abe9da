/* What lies on the disk around a path. */
#pragma once

/* The nearest folder at or above `path`, and above `object`, that looks like a project (and is
 * neither the home folder, above it, nor of the system). The caller frees; NULL: none. Looks at the
 * host's side. */
char *sel_project_root(const char *path, const char *home);
char *sel_find_project(const char *object, const char *home);
