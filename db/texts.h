/* The texts (table `text`) that one reading meets, by number. All calls inside one transaction. */
#pragma once

#include "internal.h"

struct sel_text_slot {
	int64_t id; /* 0: free */
	const char *text;
};
struct sel_texts_chunk;

struct sel_texts {
	struct sel_store *s; /* set by the caller, the rest 0 */
	struct sel_query q;
	int64_t at; /* the number that q stands at */
	struct sel_text_slot *slots;
	size_t n, cap; /* a power of 2 */
	struct sel_texts_chunk *chunks;
};
void sel_texts_done(struct sel_texts *t);
/* *ret lives until done; NULL: 0, or it is not there. -EUCLEAN, -ENOMEM. */
int sel_texts_get(struct sel_texts *t, int64_t id, const char **ret);
#define _cleanup_texts_ __attribute__((cleanup(sel_texts_done)))
