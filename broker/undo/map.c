#include "internal.h"

#define FIRST_CAP 1024

/* splitmix64's mixing over 8-byte words */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xBF58476D1CE4E5B9ULL;
	x ^= x >> 27;
	x *= 0x94D049BB133111EBULL;
	return x ^ x >> 31;
}

uint64_t undo_hash(uint64_t seed, const void *bytes, size_t n)
{
	const char *p = bytes;
	uint64_t h = mix(seed ^ n), word;

	for (; n >= sizeof word; n -= sizeof word, p += sizeof word) {
		memcpy(&word, p, sizeof word);
		h = mix(h ^ word) + seed;
	}
	word = 0;
	memcpy(&word, p, n);
	h = mix(h ^ word);
	return h ? h : 1; /* 0 marks a free slot */
}

static uint64_t *slot_of(const struct undo_map *m, uint64_t key)
{
	size_t i = (size_t)key & (m->cap - 1);

	while (m->slots[2 * i] && m->slots[2 * i] != key)
		i = (i + 1) & (m->cap - 1);
	return &m->slots[2 * i];
}

uint64_t undo_map_get(const struct undo_map *m, uint64_t key)
{
	return m->cap ? slot_of(m, key)[1] : 0;
}

static bool grow(struct undo_map *m)
{
	struct undo_map next = {.cap = m->cap ? 2 * m->cap : FIRST_CAP, .max = m->max};

	next.slots = calloc(next.cap, 2 * sizeof *next.slots);
	if (!next.slots)
		return false;
	for (size_t i = 0; i < m->cap; i++) {
		uint64_t *from = &m->slots[2 * i];

		if (from[0] && from[1]) { /* what was removed is left behind */
			memcpy(slot_of(&next, from[0]), from, 2 * sizeof *from);
			next.n++;
		}
	}
	free(m->slots);
	*m = next;
	return true;
}

bool undo_map_set(struct undo_map *m, uint64_t key, uint64_t value)
{
	uint64_t *slot = m->cap ? slot_of(m, key) : NULL;

	if (!slot || !slot[0]) {
		if (!value)
			return true;
		if (m->n >= m->max || (4 * (m->n + 1) > 3 * m->cap && !grow(m)))
			return false;
		slot = slot_of(m, key);
		slot[0] = key;
		m->n++;
	}
	slot[1] = value;
	return true;
}

void undo_map_done(struct undo_map *m)
{
	free(m->slots);
	*m = (struct undo_map){.max = m->max};
}
