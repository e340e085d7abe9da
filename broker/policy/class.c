#include "class.h"

#include "scope.h"

struct row {
	const char *name, *words;
	bool generalises;
	enum sel_tier least;
};

/* Columns are the point */
/* clang-format off */
static const struct row rows[SEL_CLASS_N] = {
	[SEL_CLASS_OTHER]          = { "other",          "a place of no known kind",         false, SEL_T1 },
	[SEL_CLASS_PROJECT_SOURCE] = { "project-source", "this project's files",             true, SEL_T1 },
	[SEL_CLASS_PROJECT_BUILD]  = { "project-build",  "this project's build output",      true, SEL_T1 },
	[SEL_CLASS_PROJECT_VCS]    = { "project-vcs",    "this project's version control",   false, SEL_T1 },
	[SEL_CLASS_EXEC_CONFIG]    = { "exec-config",    "a file that becomes code later",   false, SEL_T2 },
	[SEL_CLASS_SECRET]         = { "secret",         "a secret",                         false, SEL_T2 },
	[SEL_CLASS_TOOL_CACHE]     = { "tool-cache",     "a tool's cache",                   true, SEL_T1 },
	[SEL_CLASS_TOOL_DATA]      = { "tool-data",      "a tool's data",                    true, SEL_T1 },
	[SEL_CLASS_TEMP]           = { "temp",           "a temporary place",                true, SEL_T1 },
	[SEL_CLASS_HOME_CONFIG]    = { "home-config",    "a program's configuration",        false, SEL_T1 },
	[SEL_CLASS_HOME]           = { "home",           "the home folder",                  false, SEL_T1 },
	[SEL_CLASS_OTHER_PROJECT]  = { "other-project",  "another project",                  false, SEL_T1 },
	[SEL_CLASS_SYSTEM]         = { "system",         "the system",                       false, SEL_T1 },
	[SEL_CLASS_DEVICE]         = { "device",         "a device",                         false, SEL_T3 },
	[SEL_CLASS_SOCKET]         = { "socket",         "a program outside, by its socket", false, SEL_T3 },
	[SEL_CLASS_HOST]           = { "host",           "a host",                           false, SEL_T2 },
};

/* Where the unit of a place ends. */
enum unit {
	UNIT_ROOT,   /* the place itself */
	UNIT_CHILD,  /* each entry of the place is its own: ~/.cache/NAME */
	UNIT_FOLDER, /* the folder that the object lies in, below the place */
};
struct place {
	const char *dir;
	enum sel_class class;
	enum unit unit;
};

/* Below the home folder; the first that fits decides. */
static const struct place at_home[] = {
	{ ".ssh",                  SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".gnupg",                SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".aws",                  SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".azure",                SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".kube",                 SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".docker",               SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".password-store",       SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".mozilla",              SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".thunderbird",          SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".netrc",                SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".pgpass",               SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".git-credentials",      SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".config/gh",            SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".config/gcloud",        SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".config/google-chrome", SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".config/chromium",      SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".local/share/keyrings", SEL_CLASS_SECRET, UNIT_ROOT },
	{ ".local/share/kwalletd", SEL_CLASS_SECRET, UNIT_ROOT },

	{ ".cache",                    SEL_CLASS_TOOL_CACHE, UNIT_CHILD },
	{ ".npm",                      SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".pnpm-store",               SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".yarn/cache",               SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".yarn/berry/cache",         SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".bun/install/cache",        SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".node-gyp",                 SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".electron-gyp",             SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".m2/repository",            SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".m2/wrapper/dists",         SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".gradle/caches",            SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".gradle/wrapper/dists",     SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".gradle/daemon",            SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".gradle/native",            SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".ivy2/cache",               SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".cargo/registry",           SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".cargo/git",                SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ "go/pkg",                    SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".nuget/packages",           SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".bundle/cache",             SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".composer/cache",           SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".cabal/packages",           SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".opam/download-cache",      SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".conda/pkgs",               SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".pub-cache",                SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".android/cache",            SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".terraform.d/plugin-cache", SEL_CLASS_TOOL_CACHE, UNIT_ROOT },
	{ ".ccache",                   SEL_CLASS_TOOL_CACHE, UNIT_ROOT },

	{ ".local/share", SEL_CLASS_TOOL_DATA, UNIT_CHILD },
	{ ".local/state", SEL_CLASS_TOOL_DATA, UNIT_CHILD },
	{ ".var/app",     SEL_CLASS_TOOL_DATA, UNIT_CHILD },
	{ ".rustup",      SEL_CLASS_TOOL_DATA, UNIT_ROOT },
	{ ".gem",         SEL_CLASS_TOOL_DATA, UNIT_ROOT },
	{ ".nuget",       SEL_CLASS_TOOL_DATA, UNIT_ROOT },
	{ ".stack",       SEL_CLASS_TOOL_DATA, UNIT_ROOT },
	{ ".julia",       SEL_CLASS_TOOL_DATA, UNIT_ROOT },

	{ ".config", SEL_CLASS_HOME_CONFIG, UNIT_CHILD },
	{ ".*",      SEL_CLASS_HOME_CONFIG, UNIT_FOLDER },
	{ "",        SEL_CLASS_HOME,        UNIT_FOLDER },
};

/* From the root; the first that fits decides. */
static const struct place at_slash[] = {
	{ "/tmp",     SEL_CLASS_TEMP,   UNIT_FOLDER}, {"/var/tmp", SEL_CLASS_TEMP,   UNIT_FOLDER },
	{ "/dev/shm", SEL_CLASS_TEMP,   UNIT_FOLDER}, {"/dev",     SEL_CLASS_DEVICE, UNIT_FOLDER },
	{ "/bin",     SEL_CLASS_SYSTEM, UNIT_FOLDER}, {"/boot",    SEL_CLASS_SYSTEM, UNIT_FOLDER },
	{ "/etc",     SEL_CLASS_SYSTEM, UNIT_FOLDER}, {"/lib",     SEL_CLASS_SYSTEM, UNIT_FOLDER },
	{ "/lib32",   SEL_CLASS_SYSTEM, UNIT_FOLDER}, {"/lib64",   SEL_CLASS_SYSTEM, UNIT_FOLDER },
	{ "/libx32",  SEL_CLASS_SYSTEM, UNIT_FOLDER}, {"/nix",     SEL_CLASS_SYSTEM, UNIT_FOLDER },
	{ "/opt",     SEL_CLASS_SYSTEM, UNIT_FOLDER}, {"/proc",    SEL_CLASS_SYSTEM, UNIT_FOLDER },
	{ "/root",    SEL_CLASS_SYSTEM, UNIT_FOLDER }, /* of somebody whose home is elsewhere */
	{ "/run",     SEL_CLASS_SYSTEM, UNIT_FOLDER}, {"/sbin",    SEL_CLASS_SYSTEM, UNIT_FOLDER },
	{ "/snap",    SEL_CLASS_SYSTEM, UNIT_FOLDER}, {"/srv",     SEL_CLASS_SYSTEM, UNIT_FOLDER },
	{ "/sys",     SEL_CLASS_SYSTEM, UNIT_FOLDER}, {"/usr",     SEL_CLASS_SYSTEM, UNIT_FOLDER },
	{ "/var",     SEL_CLASS_SYSTEM, UNIT_FOLDER}, {"/",        SEL_CLASS_OTHER,  UNIT_FOLDER },
};

/* What a folder of this name in a project holds; '*' at the end: begins so. */
static const struct {
	const char *name;
	enum sel_class class;
} in_project[] = {
	{ ".git",          SEL_CLASS_PROJECT_VCS },
	{ ".hg",           SEL_CLASS_PROJECT_VCS },
	{ ".svn",          SEL_CLASS_PROJECT_VCS },
	{ ".jj",           SEL_CLASS_PROJECT_VCS },
	{ ".bzr",          SEL_CLASS_PROJECT_VCS },
	{ "build",         SEL_CLASS_PROJECT_BUILD },
	{ "_build",        SEL_CLASS_PROJECT_BUILD },
	{ "builddir",      SEL_CLASS_PROJECT_BUILD },
	{ "cmake-build-*", SEL_CLASS_PROJECT_BUILD },
	{ "CMakeFiles",    SEL_CLASS_PROJECT_BUILD },
	{ "target",        SEL_CLASS_PROJECT_BUILD },
	{ "dist",          SEL_CLASS_PROJECT_BUILD },
	{ "out",           SEL_CLASS_PROJECT_BUILD },
	{ "obj",           SEL_CLASS_PROJECT_BUILD },
	{ "node_modules",  SEL_CLASS_PROJECT_BUILD },
	{ "__pycache__",   SEL_CLASS_PROJECT_BUILD },
	{ "venv",          SEL_CLASS_PROJECT_BUILD },
	{ ".venv",         SEL_CLASS_PROJECT_BUILD },
	{ ".tox",          SEL_CLASS_PROJECT_BUILD },
	{ ".nox",          SEL_CLASS_PROJECT_BUILD },
	{ ".eggs",         SEL_CLASS_PROJECT_BUILD },
	{ ".mypy_cache",   SEL_CLASS_PROJECT_BUILD },
	{ ".pytest_cache", SEL_CLASS_PROJECT_BUILD },
	{ ".ruff_cache",   SEL_CLASS_PROJECT_BUILD },
	{ ".hypothesis",   SEL_CLASS_PROJECT_BUILD },
	{ "coverage",      SEL_CLASS_PROJECT_BUILD },
	{ "htmlcov",       SEL_CLASS_PROJECT_BUILD },
	{ ".nyc_output",   SEL_CLASS_PROJECT_BUILD },
	{ ".cache",        SEL_CLASS_PROJECT_BUILD },
	{ ".parcel-cache", SEL_CLASS_PROJECT_BUILD },
	{ ".turbo",        SEL_CLASS_PROJECT_BUILD },
	{ ".next",         SEL_CLASS_PROJECT_BUILD },
	{ ".nuxt",         SEL_CLASS_PROJECT_BUILD },
	{ ".svelte-kit",   SEL_CLASS_PROJECT_BUILD },
	{ ".angular",      SEL_CLASS_PROJECT_BUILD },
	{ ".gradle",       SEL_CLASS_PROJECT_BUILD },
	{ ".dart_tool",    SEL_CLASS_PROJECT_BUILD },
	{ ".zig-cache",    SEL_CLASS_PROJECT_BUILD },
	{ "zig-out",       SEL_CLASS_PROJECT_BUILD },
	{ ".stack-work",   SEL_CLASS_PROJECT_BUILD },
	{ "dist-newstyle", SEL_CLASS_PROJECT_BUILD },
	{ "bazel-*",       SEL_CLASS_PROJECT_BUILD },
};
/* clang-format on */

static const struct row *row_of(enum sel_class c)
{
	return &rows[(size_t)c < SEL_N(rows) ? c : SEL_CLASS_OTHER];
}

const char *sel_class_name(enum sel_class c)
{
	return row_of(c)->name;
}

const char *sel_class_words(enum sel_class c)
{
	return row_of(c)->words;
}

enum sel_tier sel_class_tier(enum sel_class c)
{
	return row_of(c)->least;
}

bool sel_class_generalises(enum sel_class c)
{
	return row_of(c)->generalises;
}

int sel_class_from_name(const char *name)
{
	for (size_t i = 0; i < SEL_N(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return (int)i;
	return -EINVAL;
}

static bool fits(const char *name, size_t len, const char *pattern)
{
	size_t n = strlen(pattern);

	if (n > 0 && pattern[n - 1] == '*')
		return len >= n && strncmp(name, pattern, n - 1) == 0;
	return len == n && memcmp(name, pattern, n) == 0;
}

static size_t unit_of(const char *path, const struct place *p, size_t above, size_t root)
{
	const char *slash = strrchr(path, '/');

	if (p->class == SEL_CLASS_SECRET)
		return 0;
	if (p->unit == UNIT_ROOT)
		return root;
	if (p->unit == UNIT_CHILD)
		return path[root] ? root + 1 + strcspn(path + root + 1, "/") : root;
	return (size_t)(slash - path) > above ? (size_t)(slash - path) : 0;
}

/* The first row of `list` that `path` is below; the rows hang from its first `above` bytes. */
static void from_list(const char *path, size_t above, const struct place *list, size_t n,
		      struct sel_classified *ret)
{
	const char *rest = path + above + (path[above] == '/');

	for (size_t i = 0; i < n; i++) {
		const char *dir = list[i].dir + (*list[i].dir == '/');
		size_t len = strlen(dir);

		if (strcmp(dir, ".*") == 0 && *rest == '.')
			len = strcspn(rest, "/");
		else if (strncmp(rest, dir, len) != 0 ||
			 (len > 0 && rest[len] != '/' && rest[len] != '\0'))
			continue;
		ret->class = list[i].class;
		ret->unit = unit_of(path, &list[i], above, (size_t)(rest - path) + len);
		return;
	}
}

/* A folder that is one project: not home or one above it, nor a folder of the system. */
static bool is_project(const char *root, const char *home)
{
	if (!root || !sel_path_clean(root) || (home && sel_path_below(home, root)))
		return false;
	for (size_t i = 0; i < SEL_N(at_slash); i++)
		if (strcmp(root, at_slash[i].dir) == 0)
			return false;
	return true;
}

static void from_project(const char *path, size_t root, struct sel_classified *ret)
{
	*ret = (struct sel_classified){SEL_CLASS_PROJECT_SOURCE, root};
	for (const char *name = path + root; *name == '/';) {
		size_t len = strcspn(++name, "/");

		for (size_t i = 0; i < SEL_N(in_project); i++)
			if (fits(name, len, in_project[i].name)) {
				ret->class = in_project[i].class;
				return;
			}
		name += len;
	}
}

static void from_place(const char *path, const char *other_project, const struct sel_world *w,
		       struct sel_classified *ret)
{
	bool home = w->home && sel_path_clean(w->home) && sel_path_below(path, w->home);

	if (home)
		from_list(path, strlen(w->home), at_home, SEL_N(at_home), ret);
	else
		from_list(path, 0, at_slash, SEL_N(at_slash), ret);
	/* A package's checkout in a cache is the cache's, a checkout in /usr the system's. */
	if ((ret->class == SEL_CLASS_HOME || ret->class == SEL_CLASS_HOME_CONFIG ||
	     ret->class == SEL_CLASS_TEMP || ret->class == SEL_CLASS_OTHER) &&
	    is_project(other_project, w->home) && sel_path_below(path, other_project))
		*ret = (struct sel_classified){SEL_CLASS_OTHER_PROJECT, strlen(other_project)};
}

void sel_classify(const char *object, const char *other_project, const struct sel_world *world,
		  struct sel_classified *ret)
{
	*ret = (struct sel_classified){.class = SEL_CLASS_OTHER};
	if (*object != '/') {
		ret->class = strncmp(object, "unix:", 5) == 0 ? SEL_CLASS_SOCKET : SEL_CLASS_HOST;
		return;
	}
	if (!sel_path_clean(object))
		return;
	from_place(object, other_project, world, ret);
	if (ret->class == SEL_CLASS_SECRET)
		return;
	if (world->places && sel_protected_of(object, world->places).guard != SEL_GUARD_NONE)
		*ret = (struct sel_classified){.class = SEL_CLASS_EXEC_CONFIG};
	else if (is_project(world->project, world->home) && sel_path_below(object, world->project))
		from_project(object, strlen(world->project), ret);
}
