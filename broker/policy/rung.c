#include "rung.h"

#include "scope.h"

/* Folders below home that belong to one tool: ~/.cache/NAME, ~/.local/share/NAME ..., ~/.npm. */
static const struct {
	const char *dir;
	bool children; /* each folder in it is one tool's */
} caches[] = {
	{".cache", true},	    {".local/share", true},
	{".local/state", true},	    {".npm", false},
	{".cargo/registry", false}, {".cargo/git", false},
	{".rustup", false},	    {".m2", false},
	{".gradle", false},	    {"go/pkg", false},
	{".nuget", false},	    {".gem", false},
	{".bundle", false},	    {".pnpm-store", false},
	{".yarn/cache", false},	    {".ccache", false},
	{".terraform.d", false},    {".composer", false},
};

bool sel_grantable_folder(const char *path, const char *home)
{
	if (!sel_path_clean(path) || strchr(path + 1, '/') == NULL)
		return false;
	return !home || !sel_path_below(home, path);
}

bool sel_rung_covers(const struct sel_rung *rung, const char *path)
{
	return rung->kind == SEL_RUNG_FILE ? strcmp(rung->path, path) == 0
					   : sel_path_below(path, rung->path);
}

static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return !slash ? NULL : slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/* The tool's own folder that `path` lies in, or NULL. */
static char *cache_of(const char *path, const char *home)
{
	size_t home_len = home ? strlen(home) : 0;

	if (!home || !sel_path_below(path, home) || strcmp(path, home) == 0)
		return NULL;
	for (size_t i = 0; i < SEL_N(caches); i++) {
		const char *rest = path + home_len + 1;
		size_t len = strlen(caches[i].dir);

		if (strncmp(rest, caches[i].dir, len) != 0 ||
		    (rest[len] != '/' && rest[len] != '\0'))
			continue;
		if (!caches[i].children)
			return strndup(path, home_len + 1 + len);
		if (rest[len] == '\0' || !strchr(rest + len + 1, '/'))
			return NULL;
		return strndup(path, home_len + 1 + len + 1 + strcspn(rest + len + 1, "/"));
	}
	return NULL;
}

/* The folder that holds the folders of many tools: nobody's to grant as a whole. */
static bool holds_many(const char *path, const char *home)
{
	size_t home_len = home ? strlen(home) : 0;

	if (!home || !sel_path_below(path, home) || strcmp(path, home) == 0)
		return false;
	path += home_len + 1;
	for (size_t i = 0; i < SEL_N(caches); i++)
		if (caches[i].children && strcmp(path, caches[i].dir) == 0)
			return true;
	return strcmp(path, ".config") == 0 || strcmp(path, ".local") == 0;
}

static int add(struct sel_rungs *r, enum sel_rung_kind kind, char *take, const char *label,
	       const char *exposes)
{
	if (!take)
		return -ENOMEM;
	for (size_t i = 0; i < r->n; i++)
		if (r->item[i].kind != SEL_RUNG_FILE && strcmp(r->item[i].path, take) == 0) {
			r->item[i].kind = kind; /* the same folder under a better name */
			r->item[i].label = label;
			free(take);
			return 0;
		}
	r->item[r->n++] =
		(struct sel_rung){.kind = kind, .path = take, .label = label, .exposes = exposes};
	return 0;
}

static int add_folders(const struct sel_surroundings *s, struct sel_rungs *r)
{
	const char *below = "files here and below may be written, replaced and removed";
	char *folder = s->folder ? strdup(s->object) : parent_of(s->object);
	const char *tree = NULL, *label = "this project";
	char *cache;
	int rc = 0;

	if (!folder)
		return -ENOMEM;
	if (sel_grantable_folder(folder, s->home) && !holds_many(folder, s->home))
		rc = add(r, SEL_RUNG_FOLDER, folder, "this folder", below);
	else
		free(folder);
	cache = cache_of(s->object, s->home);
	if (rc >= 0 && cache)
		return add(r, SEL_RUNG_CACHE, cache, "this tool's own folder", below);
	if (s->project && sel_path_below(s->object, s->project)) {
		tree = s->project;
	} else if (s->cwd && sel_path_below(s->object, s->cwd)) {
		tree = s->cwd; /* its own choice: not to be called more than that */
		label = "where the program stands";
	}
	if (rc >= 0 && tree && sel_grantable_folder(tree, s->home) && !holds_many(tree, s->home))
		rc = add(r, SEL_RUNG_TREE, strdup(tree), label, below);
	return rc;
}

int sel_rungs_build(const struct sel_surroundings *s, struct sel_rungs *ret)
{
	struct sel_rungs r = {0};
	int rc = add(&r, SEL_RUNG_FILE, strdup(s->object), s->folder ? "this one" : "this file",
		     "nothing else");

	if (rc >= 0 && !s->by_name)
		rc = add_folders(s, &r);
	if (rc < 0) {
		sel_rungs_done(&r);
		return rc;
	}
	r.recommended = r.n - 1;
	*ret = r;
	return 0;
}

void sel_rungs_done(struct sel_rungs *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->item[i].path);
		free(r->item[i].grant);
	}
	*r = (struct sel_rungs){0};
}
