#include "grants.h"

#include "hash.h"
#include "scope.h"

#define FEW	16  /* so few are looked through faster than hashed */
#define TOP_MAX 256 /* new ones that each copy of a policy copies along */

struct node {
	struct sel_grant grant;
	size_t path_len;
	uint64_t serial; /* later ones are greater */
	unsigned refs;
	char text[];
};

struct item {
	struct node *node;
	uint64_t hash; /* of path and program */
	uint32_t next; /* index + 1 of an older one with the same path and program; 0: none */
};

struct sel_grant_table {
	unsigned refs;
	struct item *items; /* in the order of adding */
	size_t n, cap;
	uint32_t *slots; /* index + 1 of the newest of a path and program; 0: free */
	unsigned bits;
	uint64_t seed;
};

/* --- tables -------------------------------------------------------------------------------------
 */

static void node_unref(struct node *x)
{
	if (__atomic_sub_fetch(&x->refs, 1, __ATOMIC_ACQ_REL) == 0)
		free(x);
}

static int node_new(const struct sel_grant *g, uint64_t serial, struct node **ret)
{
	size_t path = strlen(g->path) + 1, exe = g->exe ? strlen(g->exe) + 1 : 0;
	struct node *x = malloc(sizeof *x + path + exe);

	if (!x)
		return -ENOMEM;
	*x = (struct node){.grant = *g, .path_len = path - 1, .serial = serial, .refs = 1};
	x->grant.path = memcpy(x->text, g->path, path);
	if (exe)
		x->grant.exe = memcpy(x->text + path, g->exe, exe);
	*ret = x;
	return 0;
}

static void table_unref(struct sel_grant_table *t)
{
	if (!t || __atomic_sub_fetch(&t->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (size_t i = 0; i < t->n; i++)
		node_unref(t->items[i].node);
	free(t->items);
	free(t->slots);
	free(t);
}

static bool is_shared(const struct sel_grant_table *t)
{
	return __atomic_load_n(&t->refs, __ATOMIC_ACQUIRE) > 1;
}

static int table_new(struct sel_grant_table **ret)
{
	struct sel_grant_table *t = calloc(1, sizeof *t);
	int r;

	if (!t)
		return -ENOMEM;
	t->refs = 1;
	t->bits = 5;
	t->slots = calloc((size_t)1 << t->bits, sizeof *t->slots);
	r = t->slots ? sel_hash_seed(&t->seed) : -ENOMEM;
	if (r < 0)
		table_unref(t);
	else
		*ret = t;
	return r;
}

static bool same_exe(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static uint64_t exe_hash(const char *exe, uint64_t seed)
{
	return sel_hash_bytes(exe, strlen(exe), seed);
}

/* The slot of this path and program, or the free one where it belongs. */
static uint32_t *slot_of(const struct sel_grant_table *t, uint32_t *slots, unsigned bits,
			 uint64_t hash, const char *path, size_t len, const char *exe)
{
	size_t mask = ((size_t)1 << bits) - 1;

	for (size_t i = sel_hash_slot(hash, bits);; i = (i + 1) & mask) {
		const struct item *item = slots[i] ? &t->items[slots[i] - 1] : NULL;

		if (!item || (item->hash == hash && item->node->path_len == len &&
			      memcmp(item->node->grant.path, path, len) == 0 &&
			      same_exe(item->node->grant.exe, exe)))
			return &slots[i];
	}
}

static int table_reserve(struct sel_grant_table *t)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 16;
		struct item *items = reallocarray(t->items, cap, sizeof *items);

		if (!items)
			return -ENOMEM;
		t->items = items;
		t->cap = cap;
	}
	if (t->n + 1 > ((size_t)1 << t->bits) / 2) {
		uint32_t *slots = calloc((size_t)1 << (t->bits + 1), sizeof *slots);

		if (!slots)
			return -ENOMEM;
		for (size_t i = 0; i < (size_t)1 << t->bits; i++) {
			const struct item *item = t->slots[i] ? &t->items[t->slots[i] - 1] : NULL;

			if (item)
				*slot_of(t, slots, t->bits + 1, item->hash, item->node->grant.path,
					 item->node->path_len, item->node->grant.exe) = t->slots[i];
		}
		free(t->slots);
		t->slots = slots;
		t->bits++;
	}
	return 0;
}

/* Takes over one reference to the node. */
static int table_add(struct sel_grant_table *t, struct node *node)
{
	const struct sel_grant *g = &node->grant;
	uint64_t hash;
	uint32_t *slot;
	int r;

	if (t->n >= UINT32_MAX - 1)
		return -ENOSPC;
	r = table_reserve(t);
	if (r < 0)
		return r;
	hash = sel_hash_text(0, g->path, node->path_len, t->seed);
	if (g->exe)
		hash = sel_hash_step(hash, exe_hash(g->exe, t->seed), t->seed);
	slot = slot_of(t, t->slots, t->bits, hash, g->path, node->path_len, g->exe);
	t->items[t->n++] = (struct item){node, hash, *slot};
	*slot = (uint32_t)t->n;
	return 0;
}

static int table_add_all(struct sel_grant_table *t, const struct sel_grant_table *from)
{
	for (size_t i = 0; i < from->n; i++) {
		int r = table_add(t, from->items[i].node);

		if (r < 0)
			return r;
		(void)__atomic_add_fetch(&from->items[i].node->refs, 1, __ATOMIC_RELAXED);
	}
	return 0;
}

static int table_clone(const struct sel_grant_table *t, struct sel_grant_table **ret)
{
	struct sel_grant_table *copy;
	int r = table_new(&copy);

	if (r < 0)
		return r;
	r = table_add_all(copy, t);
	if (r < 0)
		table_unref(copy);
	else
		*ret = copy;
	return r;
}

/* --- sets ---------------------------------------------------------------------------------------
 */

/* What is new has become much: it joins what is old. */
static int merge(struct sel_grants *g)
{
	struct sel_grant_table *base;
	int r = table_clone(g->base, &base);

	if (r < 0)
		return r;
	r = table_add_all(base, g->top);
	if (r < 0) {
		table_unref(base);
		return r;
	}
	table_unref(g->base);
	table_unref(g->top);
	g->base = base;
	g->top = NULL;
	return 0;
}

static int place_for(struct sel_grants *g, struct sel_grant_table **ret)
{
	int r = 0;

	if (g->top && g->top->n >= TOP_MAX)
		r = merge(g);
	if (r >= 0 && !g->base)
		r = table_new(&g->base);
	if (r >= 0 && !g->top && is_shared(g->base))
		r = table_new(&g->top);
	if (r >= 0)
		*ret = g->top ? g->top : g->base;
	return r;
}

int sel_grants_add(struct sel_grants *g, const struct sel_grant *grant)
{
	struct sel_grant_table *t;
	struct node *node;
	int r = place_for(g, &t);

	if (r >= 0)
		r = node_new(grant, g->serial + 1, &node);
	if (r < 0)
		return r;
	r = table_add(t, node);
	if (r < 0) {
		node_unref(node);
		return r;
	}
	g->serial++;
	g->n++;
	g->denials += grant->decision == SEL_DENY;
	return 0;
}

int sel_grants_copy(const struct sel_grants *g, struct sel_grants *ret)
{
	struct sel_grants copy = *g;
	int r;

	if (g->top) {
		r = table_clone(g->top, &copy.top);
		if (r < 0)
			return r;
	}
	if (g->base)
		(void)__atomic_add_fetch(&g->base->refs, 1, __ATOMIC_RELAXED);
	*ret = copy;
	return 0;
}

void sel_grants_done(struct sel_grants *g)
{
	table_unref(g->base);
	table_unref(g->top);
	*g = (struct sel_grants){0};
}

const struct sel_grant *sel_grants_at(const struct sel_grants *g, size_t i)
{
	size_t top = g->top ? g->top->n : 0;

	if (i >= g->n)
		return NULL;
	return i < top ? &g->top->items[top - 1 - i].node->grant
		       : &g->base->items[g->base->n - 1 - (i - top)].node->grant;
}

/* --- looking up ---------------------------------------------------------------------------------
 */

struct look {
	enum sel_op op;
	const char *path, *exe;
	size_t len;
	bool denial, by_name;	 /* what is looked for */
	const struct node *best; /* the newest so far */
};

static bool op_matches(enum sel_op granted, enum sel_op op)
{
	if (granted == op)
		return true;
	return granted == SEL_OP_INVALID && op != SEL_OP_READ && op != SEL_OP_CONNECT;
}

/* `x` speaks of the path itself (`exact`) or of a folder above it, and of the program. */
static void consider(struct look *l, const struct node *x, bool exact)
{
	const struct sel_grant *g = &x->grant;
	bool file = g->kind == SEL_RUNG_FILE;

	if ((g->decision == SEL_DENY) != l->denial || !op_matches(g->op, l->op) ||
	    (file ? !exact : l->by_name) || (l->best && x->serial < l->best->serial))
		return;
	/* ".." could lead out of the folder: that denies, but does not allow. */
	if (l->denial || exact || sel_path_clean(l->path))
		l->best = x;
}

static void look_through(struct look *l, const struct sel_grant_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct node *x = t->items[i].node;
		bool exact = x->path_len == l->len && memcmp(x->grant.path, l->path, l->len) == 0;

		if ((!x->grant.exe || same_exe(x->grant.exe, l->exe)) &&
		    (exact || sel_path_below(l->path, x->grant.path)))
			consider(l, x, exact);
	}
}

static void look_at(struct look *l, const struct sel_grant_table *t, uint64_t hash, size_t len,
		    const char *exe)
{
	uint32_t at = *slot_of(t, t->slots, t->bits, hash, l->path, len, exe);

	for (; at; at = t->items[at - 1].next)
		consider(l, t->items[at - 1].node, len == l->len);
}

/* The path itself and each folder above it. */
static void look_up(struct look *l, const struct sel_grant_table *t)
{
	uint64_t hash = 0, exe = l->exe ? exe_hash(l->exe, t->seed) : 0;

	for (size_t i = 0; i < l->len; i++) {
		hash = sel_hash_step(hash, (unsigned char)l->path[i], t->seed);
		if (i + 1 < l->len && l->path[i + 1] != '/' && (i > 0 || *l->path != '/'))
			continue;
		look_at(l, t, hash, i + 1, NULL);
		if (l->exe)
			look_at(l, t, sel_hash_step(hash, exe, t->seed), i + 1, l->exe);
	}
}

static const struct sel_grant *find(const struct sel_grants *g, struct look *l)
{
	const struct sel_grant_table *tables[] = {g->top, g->base};

	l->len = strlen(l->path);
	for (size_t i = 0; i < SEL_N(tables); i++) {
		if (!tables[i])
			continue;
		if (tables[i]->n <= FEW)
			look_through(l, tables[i]);
		else
			look_up(l, tables[i]);
	}
	return l->best ? &l->best->grant : NULL;
}

const struct sel_grant *sel_grants_denial(const struct sel_grants *g, enum sel_op op,
					  const char *path, const char *exe)
{
	struct look l = {.op = op, .path = path, .exe = exe, .denial = true};

	return g->denials ? find(g, &l) : NULL;
}

const struct sel_grant *sel_grants_allow(const struct sel_grants *g, enum sel_op op,
					 const char *path, const char *exe, bool by_name)
{
	struct look l = {.op = op, .path = path, .exe = exe, .by_name = by_name};

	return g->n > g->denials ? find(g, &l) : NULL;
}
