/* Hashes for tables whose keys come from outside: a polynomial over the field of 2^61 - 1 at a
 * point drawn at random (Carter and Wegman 1979). Two different keys of n bytes collide with a
 * probability of at most n / 2^61, whoever chose them, so nobody can make a table slow by its
 * names. Only where to look depends on it: keys are compared whole. */
#pragma once

#include "seldom/base.h"

#include <sys/random.h>

__extension__ typedef unsigned __int128 sel_wide;

static inline int sel_hash_seed(uint64_t *ret)
{
	if (getrandom(ret, sizeof *ret, 0) != (ssize_t)sizeof *ret)
		return -EIO;
	*ret = (*ret >> 3) | 1;
	return 0;
}

static inline uint64_t sel_hash_step(uint64_t h, uint64_t value, uint64_t seed)
{
	const uint64_t p = ((uint64_t)1 << 61) - 1;
	sel_wide x = (sel_wide)h * seed + value + 1;
	uint64_t r = (uint64_t)(x & p) + (uint64_t)(x >> 61);

	return r >= p ? r - p : r;
}

/* Byte by byte, so that each prefix of a path has its hash on the way. */
static inline uint64_t sel_hash_text(uint64_t h, const char *s, size_t n, uint64_t seed)
{
	for (size_t i = 0; i < n; i++)
		h = sel_hash_step(h, (unsigned char)s[i], seed);
	return h;
}

/* Seven bytes at a time, and how many there were. */
static inline uint64_t sel_hash_bytes(const char *s, size_t n, uint64_t seed)
{
	uint64_t h = sel_hash_step(0, n, seed);

	for (size_t i = 0; i < n; i += 7) {
		uint64_t chunk = 0;

		memcpy(&chunk, s + i, n - i < 7 ? n - i : 7);
		h = sel_hash_step(h, chunk, seed);
	}
	return h;
}

/* Its place in a table of 2^bits slots. */
static inline size_t sel_hash_slot(uint64_t h, unsigned bits)
{
	return (size_t)((h * 0x9E3779B97F4A7C15ULL) >> (64 - bits));
}
