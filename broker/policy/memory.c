#include "memory.h"

struct sel_memory {
	unsigned steps;
};

int sel_memory_new(struct sel_memory **ret)
{
	struct sel_memory *m = calloc(1, sizeof *m);

	if (!m)
		return -ENOMEM;
	*ret = m;
	return 0;
}

void sel_memory_free(struct sel_memory *m)
{
	free(m);
}

int sel_memory_deny(struct sel_memory *m, const struct sel_key_facts *f,
		    const struct sel_keys *keys, usec_t now)
{
	(void)f;
	(void)keys;
	(void)now;
	m->steps++;
	return 0;
}

void sel_memory_step(struct sel_memory *m)
{
	m->steps++;
}

void sel_memory_recall(const struct sel_memory *m, const struct sel_key_facts *f,
		       const struct sel_keys *keys, struct sel_recalled *ret)
{
	(void)m;
	(void)f;
	(void)keys;
	*ret = (struct sel_recalled){0};
}
