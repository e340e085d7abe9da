/* FNV-1a, 64 bit (draft-eastlake-fnv): for tables in memory and never against somebody who looks
 * for collisions; what that costs is said where it is used. */
#pragma once

#include "seldom/base.h"

#define SEL_HASH_BEGIN 0xCBF29CE484222325ULL

/* Goes on with `h`, or with SEL_HASH_BEGIN. */
static inline uint64_t sel_hash(uint64_t h, const void *p, size_t n)
{
	const unsigned char *byte = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ byte[i]) * 0x100000001B3ULL;
	return h;
}
