#include "scope.h"

bool sel_path_clean(const char *path)
{
	const char *p = path;

	if (*p != '/')
		return false;
	if (p[1] == '\0')
		return true;
	while (*p) {
		const char *name = ++p; /* p stood on a slash */
		size_t len;

		while (*p && *p != '/')
			p++;
		len = (size_t)(p - name);
		if (len == 0 || (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'))))
			return false;
	}
	return true;
}

/* `dir` is `len` bytes long, clean, and so is `path`, `path_len` bytes long. */
static bool below(const char *path, size_t path_len, const char *dir, size_t len)
{
	if (len == 1) /* "/" */
		return true;
	/* The byte after the prefix decides most cases without comparing any. */
	return path_len >= len && (path[len] == '/' || path[len] == '\0') &&
	       memcmp(path, dir, len) == 0;
}

bool sel_path_below(const char *path, const char *dir)
{
	return *path == '/' && *dir == '/' && below(path, strlen(path), dir, strlen(dir));
}

static size_t find_place(const struct sel_scope *s, const char *path, size_t len, bool *ret_found)
{
	size_t i = 0;

	*ret_found = false;
	for (; i < s->n && s->entries[i].len >= len; i++)
		if (s->entries[i].len == len && memcmp(s->entries[i].path, path, len) == 0) {
			*ret_found = true;
			break;
		}
	return i;
}

int sel_scope_add(struct sel_scope *s, const char *path, enum sel_mode mode, int64_t rule)
{
	struct sel_scope_entry *entries;
	size_t len = strlen(path), at;
	bool found;
	char *copy;

	if (!sel_path_clean(path))
		return -EINVAL;
	at = find_place(s, path, len, &found);
	if (found) {
		s->entries[at].mode = mode;
		s->entries[at].rule = rule;
		return 0;
	}
	copy = strdup(path);
	entries = reallocarray(s->entries, s->n + 1, sizeof *entries);
	if (entries)
		s->entries = entries;
	if (!copy || !entries) {
		free(copy);
		return -ENOMEM;
	}
	memmove(&entries[at + 1], &entries[at], (s->n - at) * sizeof *entries);
	entries[at] =
		(struct sel_scope_entry){.path = copy, .len = len, .mode = mode, .rule = rule};
	s->n++;
	return 0;
}

void sel_scope_done(struct sel_scope *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->entries[i].path);
	free(s->entries);
	*s = (struct sel_scope){0};
}

int sel_scope_copy(const struct sel_scope *s, struct sel_scope *ret)
{
	struct sel_scope copy = {0};

	for (size_t i = 0; i < s->n; i++) {
		int r = sel_scope_add(&copy, s->entries[i].path, s->entries[i].mode,
				      s->entries[i].rule);

		if (r < 0) {
			sel_scope_done(&copy);
			return r;
		}
	}
	*ret = copy;
	return 0;
}

const struct sel_scope_entry *sel_scope_find(const struct sel_scope *s, const char *path)
{
	size_t len;

	/* ".." could lead out of every entry: what is not clean is in none. */
	if (!sel_path_clean(path))
		return NULL;
	len = strlen(path);
	for (size_t i = 0; i < s->n; i++)
		if (below(path, len, s->entries[i].path, s->entries[i].len))
			return &s->entries[i];
	return NULL;
}

enum sel_mode sel_scope_mode(const struct sel_scope *s, const char *path)
{
	const struct sel_scope_entry *entry = sel_scope_find(s, path);

	return entry ? entry->mode : SEL_MODE_NONE;
}
