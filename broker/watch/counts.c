#include "internal.h"

#include "seldom/hash.h"

/* Open addressing over a fixed table: the store gets sums per program, folder, operation and
 * source. Bounded: when the table is full, what does not fit is added to one row with folder "...".
 */
#define COUNTS_MAX 4096

struct sel_counts {
	pthread_mutex_t lock;
	size_t used;
	struct sel_counted slot[COUNTS_MAX];
};

struct sel_counts *sel_counts_new(void)
{
	struct sel_counts *c = calloc(1, sizeof *c);

	if (c)
		(void)pthread_mutex_init(&c->lock, NULL);
	return c;
}

void sel_counted_free(struct sel_counted *counts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(counts[i].exe);
		free(counts[i].folder);
	}
	free(counts);
}

void sel_counts_free(struct sel_counts *c)
{
	for (size_t i = 0; c && i < COUNTS_MAX; i++) {
		free(c->slot[i].exe);
		free(c->slot[i].folder);
	}
	free(c);
}

static struct sel_counted *find(struct sel_counts *c, const char *exe, const char *folder, size_t n,
				enum sel_op op, enum sel_source source, int64_t rule)
{
	uint64_t h = sel_hash(sel_hash(SEL_HASH_BEGIN, exe, strlen(exe)), folder, n) + op * 31U +
		     source + (uint64_t)rule * 0x9E3779B97F4A7C15ULL;

	for (size_t i = 0; i < COUNTS_MAX; i++) {
		struct sel_counted *s = &c->slot[(h + i) % COUNTS_MAX];

		if (!s->exe) {
			if (c->used >= COUNTS_MAX / 2 && strcmp(folder, "...") != 0)
				return find(c, exe, "...", 3, op, source, rule);
			if (c->used >= COUNTS_MAX - 1)
				return NULL;
			*s = (struct sel_counted){.exe = strdup(exe),
						  .folder = strndup(folder, n),
						  .op = op,
						  .source = source,
						  .rule = rule};
			if (!s->exe || !s->folder) {
				free(s->exe);
				free(s->folder);
				*s = (struct sel_counted){0};
				return NULL;
			}
			c->used++;
			return s;
		}
		if (s->op == op && s->source == source && s->rule == rule && s->folder &&
		    strncmp(s->folder, folder, n) == 0 && s->folder[n] == '\0' &&
		    strcmp(s->exe, exe) == 0)
			return s;
	}
	return NULL;
}

void sel_counts_add(struct sel_counts *c, const char *exe, const char *folder, size_t folder_len,
		    enum sel_op op, enum sel_source source, int64_t rule)
{
	struct sel_counted *s;

	(void)pthread_mutex_lock(&c->lock);
	s = find(c, exe, folder, folder_len, op, source, rule);
	if (s)
		s->count++;
	(void)pthread_mutex_unlock(&c->lock);
}

int sel_counts_take(struct sel_counts *c, struct sel_counted **ret, size_t *ret_n)
{
	struct sel_counted *out;
	size_t n = 0;

	(void)pthread_mutex_lock(&c->lock);
	out = calloc(c->used + 1, sizeof *out);
	for (size_t i = 0; out && i < COUNTS_MAX; i++)
		if (c->slot[i].exe) {
			out[n++] = c->slot[i];
			c->slot[i] = (struct sel_counted){0};
		}
	if (out)
		c->used = 0;
	(void)pthread_mutex_unlock(&c->lock);
	if (!out)
		return -ENOMEM;
	*ret = out;
	*ret_n = n;
	return 0;
}
