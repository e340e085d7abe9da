/* A target is one function, called with hostile bytes; it aborts where what it looks at breaks its
 * own promises. libFuzzer calls it with what it makes up, replay.c with the files of a folder. */
#pragma once

#include "seldom/base.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                 \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* Of the bytes: what a target does at random is the same again for the same input. */
static inline unsigned fuzz_seed(const uint8_t *p, size_t n)
{
	unsigned seed = 2166136261u;

	for (size_t i = 0; i < n; i++)
		seed = (seed ^ p[i]) * 16777619u;
	return seed;
}
