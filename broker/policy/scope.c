#include "scope.h"

#include "hash.h"

#define FEW 16 /* so few are looked through faster than hashed */

/* The names of entries: a list that only grows, so that a copy of the entries keeps all of them
 * with one reference. */
struct name {
	struct name *older;
	unsigned refs;
	char path[];
};

struct sel_scope_table {
	unsigned refs;
	struct sel_scope_entry *entries;
	size_t n, cap;
	struct name *names;
	uint32_t *slots; /* index + 1 of an entry; NULL while there are few */
	unsigned bits;
	uint64_t seed;
};

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

/* --- the table ----------------------------------------------------------------------------------
 */

static void names_unref(struct name *x)
{
	while (x && __atomic_sub_fetch(&x->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		struct name *older = x->older;

		free(x);
		x = older;
	}
}

static void table_unref(struct sel_scope_table *t)
{
	if (!t || __atomic_sub_fetch(&t->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	names_unref(t->names);
	free(t->entries);
	free(t->slots);
	free(t);
}

static uint32_t *slot_of(const struct sel_scope_table *t, uint64_t hash, const char *path,
			 size_t len)
{
	size_t mask = ((size_t)1 << t->bits) - 1;

	for (size_t i = sel_hash_slot(hash, t->bits);; i = (i + 1) & mask) {
		const struct sel_scope_entry *e = t->slots[i] ? &t->entries[t->slots[i] - 1] : NULL;

		if (!e || (e->len == len && memcmp(e->path, path, len) == 0))
			return &t->slots[i];
	}
}

/* Hashes all entries anew, into room for twice as many. */
static int rehash(struct sel_scope_table *t, unsigned bits)
{
	uint32_t *slots = calloc((size_t)1 << bits, sizeof *slots);

	if (!slots)
		return -ENOMEM;
	free(t->slots);
	t->slots = slots;
	t->bits = bits;
	for (size_t i = 0; i < t->n; i++) {
		const struct sel_scope_entry *e = &t->entries[i];

		*slot_of(t, sel_hash_text(0, e->path, e->len, t->seed), e->path, e->len) =
			(uint32_t)i + 1;
	}
	return 0;
}

static int table_new(const struct sel_scope_table *like, struct sel_scope_table **ret)
{
	struct sel_scope_table *t = calloc(1, sizeof *t);
	int r = 0;

	if (!t)
		return -ENOMEM;
	t->refs = 1;
	if (!like) {
		r = sel_hash_seed(&t->seed);
	} else {
		t->seed = like->seed;
		t->entries = reallocarray(NULL, like->n + 1, sizeof *t->entries);
		r = t->entries ? 0 : -ENOMEM;
	}
	if (r >= 0 && like) {
		memcpy(t->entries, like->entries, like->n * sizeof *t->entries);
		t->n = like->n;
		t->cap = like->n + 1;
		t->names = like->names;
		if (t->names)
			(void)__atomic_add_fetch(&t->names->refs, 1, __ATOMIC_RELAXED);
		r = like->slots ? rehash(t, like->bits) : 0;
	}
	if (r < 0)
		table_unref(t);
	else
		*ret = t;
	return r;
}

/* A table that no copy shares, with room for one more. */
static int make_ours(struct sel_scope *s)
{
	struct sel_scope_table *t = s->table;
	int r = 0;

	if (!t || __atomic_load_n(&t->refs, __ATOMIC_ACQUIRE) > 1) {
		r = table_new(t, &t);
		if (r < 0)
			return r;
		table_unref(s->table);
		s->table = t;
	}
	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : FEW;
		struct sel_scope_entry *entries = reallocarray(t->entries, cap, sizeof *entries);

		if (!entries)
			r = -ENOMEM;
		else {
			t->entries = entries;
			t->cap = cap;
		}
	}
	if (r >= 0 && t->n >= FEW && (!t->slots || t->n + 1 > ((size_t)1 << t->bits) / 2))
		r = t->n < UINT32_MAX - 1 ? rehash(t, t->slots ? t->bits + 1 : 6) : -ENOSPC;
	s->entries = t->entries;
	return r;
}

static int keep_name(struct sel_scope_table *t, const char *path, size_t len, char **ret)
{
	struct name *x = malloc(sizeof *x + len + 1);

	if (!x)
		return -ENOMEM;
	*x = (struct name){.older = t->names, .refs = 1};
	*ret = memcpy(x->path, path, len + 1);
	t->names = x;
	return 0;
}

/* Where the entry is, or belongs. */
static size_t find_place(const struct sel_scope_table *t, const char *path, size_t len,
			 bool *ret_found)
{
	size_t i = 0;

	*ret_found = false;
	if (t->slots) {
		uint32_t at = *slot_of(t, sel_hash_text(0, path, len, t->seed), path, len);

		*ret_found = at > 0;
		return at > 0 ? at - 1 : t->n;
	}
	for (; i < t->n && t->entries[i].len >= len; i++)
		if (t->entries[i].len == len && memcmp(t->entries[i].path, path, len) == 0) {
			*ret_found = true;
			break;
		}
	return i;
}

int sel_scope_add(struct sel_scope *s, const char *path, enum sel_mode mode, int64_t rule)
{
	struct sel_scope_entry e = {.len = strlen(path), .mode = mode, .rule = rule};
	struct sel_scope_table *t;
	bool found;
	size_t at;
	int r;

	if (!sel_path_clean(path))
		return -EINVAL;
	r = make_ours(s);
	if (r < 0)
		return r;
	t = s->table;
	at = find_place(t, path, e.len, &found);
	if (found) {
		t->entries[at].mode = mode;
		t->entries[at].rule = rule;
		return 0;
	}
	r = keep_name(t, path, e.len, &e.path);
	if (r < 0)
		return r;
	memmove(&t->entries[at + 1], &t->entries[at], (t->n - at) * sizeof e);
	t->entries[at] = e;
	s->n = ++t->n;
	if (t->slots)
		*slot_of(t, sel_hash_text(0, path, e.len, t->seed), path, e.len) = (uint32_t)t->n;
	return 0;
}

int sel_scope_bound(struct sel_scope *s, const char *path)
{
	const struct sel_scope_entry *e = sel_scope_find(s, path);
	bool found;
	int r;

	if (!e || strcmp(e->path, path) != 0)
		return -ENOENT;
	r = make_ours(s);
	if (r < 0)
		return r;
	s->table->entries[find_place(s->table, path, strlen(path), &found)].bound = true;
	return 0;
}

int sel_scope_moved(struct sel_scope *s, const char *path)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < s->n; i++) {
		if (!s->entries[i].bound || !sel_path_below(s->entries[i].path, path))
			continue;
		r = make_ours(s);
		if (r >= 0)
			s->table->entries[i].bound = false;
	}
	return r;
}

void sel_scope_done(struct sel_scope *s)
{
	table_unref(s->table);
	*s = (struct sel_scope){0};
}

int sel_scope_copy(const struct sel_scope *s, struct sel_scope *ret)
{
	if (s->table)
		(void)__atomic_add_fetch(&s->table->refs, 1, __ATOMIC_RELAXED);
	*ret = *s;
	return 0;
}

/* Each folder above `path` from the root down: the last that is an entry is the longest. */
static const struct sel_scope_entry *find_hashed(const struct sel_scope_table *t, const char *path)
{
	const struct sel_scope_entry *best = NULL;
	uint64_t hash = 0;

	for (size_t i = 0; path[i]; i++) {
		uint32_t at;

		hash = sel_hash_step(hash, (unsigned char)path[i], t->seed);
		if (path[i + 1] && path[i + 1] != '/' && i > 0)
			continue;
		at = *slot_of(t, hash, path, i + 1);
		if (at > 0)
			best = &t->entries[at - 1];
	}
	return best;
}

const struct sel_scope_entry *sel_scope_find(const struct sel_scope *s, const char *path)
{
	size_t len;

	/* ".." could lead out of every entry: what is not clean is in none. */
	if (!sel_path_clean(path))
		return NULL;
	if (s->n > FEW)
		return find_hashed(s->table, path);
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
