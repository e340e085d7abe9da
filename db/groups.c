#include "groups.h"

int sel_numbers_add(struct sel_numbers *a, int64_t value)
{
	if (a->n == a->cap) {
		size_t cap = a->cap > 0 ? 2 * a->cap : 16;
		int64_t *items = reallocarray(a->items, cap, sizeof *items);

		if (!items)
			return -ENOMEM;
		a->items = items;
		a->cap = cap;
	}
	a->items[a->n++] = value;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void sel_numbers_sort(struct sel_numbers *a)
{
	if (a->n > 1)
		qsort(a->items, a->n, sizeof *a->items, by_value);
}

double sel_numbers_median(const struct sel_numbers *a)
{
	size_t half = a->n / 2;

	if (a->n % 2 == 1)
		return (double)a->items[half];
	return ((double)a->items[half - 1] + (double)a->items[half]) / 2;
}

double sel_numbers_p90(const struct sel_numbers *a)
{
	size_t last_of_nine_tenths = (a->n * 9 + 9) / 10 - 1;

	return (double)a->items[last_of_nine_tenths];
}

double sel_numbers_mean(const struct sel_numbers *a)
{
	double sum = 0;

	for (size_t i = 0; i < a->n; i++)
		sum += (double)a->items[i];
	return sum / (double)a->n;
}

/* --- groups -------------------------------------------------------------------------------------
 */

static int by_key(const void *a, const void *b)
{
	const struct sel_group *x = a, *y = b;
	size_t n = x->key_n < y->key_n ? x->key_n : y->key_n;
	int order = n > 0 ? memcmp(x->key, y->key, n) : 0;

	return order != 0 ? order : (x->key_n > y->key_n) - (x->key_n < y->key_n);
}

static struct sel_group *group_new(const void *key, size_t n)
{
	struct sel_group *g = calloc(1, sizeof *g);

	if (!g)
		return NULL;
	g->key = malloc(n + 1);
	if (!g->key) {
		free(g);
		return NULL;
	}
	if (n > 0)
		memcpy(g->key, key, n);
	g->key[n] = '\0';
	g->key_n = n;
	return g;
}

static void group_free(struct sel_group *g)
{
	free(g->key);
	free(g->responses.items);
	free(g);
}

/* FNV-1a. Names are hostile: who makes them collide makes only the statistics slow. */
static uint64_t hash_of(const uint8_t *key, size_t n)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ key[i]) * 1099511628211u;
	return h ^ h >> 29;
}

/* The slot that has the key, or the empty one where it would be; slots hold numbers from 1. */
static size_t slot_of(const struct sel_groups *g, const uint8_t *key, size_t n)
{
	size_t i = hash_of(key, n) & (g->slots_n - 1);

	while (g->slots[i]) {
		const struct sel_group *at = g->list[g->slots[i] - 1];

		if (at->key_n == n && (n == 0 || memcmp(at->key, key, n) == 0))
			break;
		i = (i + 1) & (g->slots_n - 1);
	}
	return i;
}

struct sel_group *sel_groups_find(struct sel_groups *g, const void *key, size_t n)
{
	size_t i;

	if (g->slots_n == 0)
		return NULL;
	i = slot_of(g, key, n);
	return g->slots[i] ? g->list[g->slots[i] - 1] : NULL;
}

/* Room for one more: at most half of the slots are taken. */
static int groups_grow(struct sel_groups *g)
{
	size_t cap = g->cap > 0 ? 2 * g->cap : 16;
	struct sel_group **list;
	size_t *slots;

	if (g->n < g->cap)
		return 0;
	slots = calloc(2 * cap, sizeof *slots);
	list = slots ? reallocarray(g->list, cap, sizeof(struct sel_group *)) : NULL;
	if (!list) {
		free(slots);
		return -ENOMEM;
	}
	free(g->slots);
	g->slots = slots;
	g->slots_n = 2 * cap;
	g->list = list;
	g->cap = cap;
	for (size_t i = 0; i < g->n; i++)
		slots[slot_of(g, list[i]->key, list[i]->key_n)] = i + 1;
	return 0;
}

struct sel_group *sel_groups_get(struct sel_groups *g, const void *key, size_t n)
{
	struct sel_group *made = sel_groups_find(g, key, n);

	if (made)
		return made;
	if (groups_grow(g) < 0)
		return NULL;
	made = group_new(key, n);
	if (!made)
		return NULL;
	g->list[g->n++] = made;
	g->slots[slot_of(g, made->key, n)] = g->n;
	return made;
}

struct sel_group *sel_groups_number(struct sel_groups *g, int64_t key)
{
	return sel_groups_get(g, &key, sizeof key);
}

int64_t sel_group_number(const struct sel_group *g)
{
	int64_t number;

	memcpy(&number, g->key, sizeof number);
	return number;
}

static int more_asked(const void *a, const void *b)
{
	const struct sel_group *x = *(struct sel_group *const *)a;
	const struct sel_group *y = *(struct sel_group *const *)b;

	if (x->asked != y->asked)
		return x->asked > y->asked ? -1 : 1;
	if (x->automatic != y->automatic)
		return x->automatic > y->automatic ? -1 : 1;
	return by_key(x, y);
}

static int lesser_number(const void *a, const void *b)
{
	int64_t x = sel_group_number(*(struct sel_group *const *)a);
	int64_t y = sel_group_number(*(struct sel_group *const *)b);

	return (x > y) - (x < y);
}

void sel_groups_by_asked(struct sel_groups *g)
{
	if (g->n > 1)
		qsort(g->list, g->n, sizeof(struct sel_group *), more_asked);
}

void sel_groups_by_number(struct sel_groups *g)
{
	if (g->n > 1)
		qsort(g->list, g->n, sizeof(struct sel_group *), lesser_number);
}

void sel_groups_done(struct sel_groups *g)
{
	for (size_t i = 0; i < g->n; i++)
		group_free(g->list[i]);
	free(g->list);
	free(g->slots);
}
