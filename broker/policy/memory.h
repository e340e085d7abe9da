/* What was denied in this session, and who tries again. Pure; not thread-safe.
 *
 * The same rung-1 key is denied silently for the rest of the session. For the next 20 decisions an
 * action with the same effect on the same class by *another* program is not allowed by anything
 * learned, and its question is headed "you denied ... 2 min ago"; one on the same object is not for
 * the rest of the session (I19), whoever tries.
 *
 * Of hosts there are many, and a person works with several: another host is the same end only for
 * the program that was denied and for what it was started with (facts.job). The host itself, and
 * names below it, are for whoever tries, all session. */
#pragma once

#include "key.h"

struct sel_memory;
int sel_memory_new(struct sel_memory **ret);
void sel_memory_free(struct sel_memory *m);

/* A person denied it (or narrowed it). This is one decision: no sel_memory_step() for it. */
int sel_memory_deny(struct sel_memory *m, const struct sel_key_facts *f,
		    const struct sel_keys *keys, usec_t now);
/* It was taken back, whoever was denied it. */
void sel_memory_forget(struct sel_memory *m, const char *object);
/* One more decision was made that is no denial: a person or a learned rule allowed. */
void sel_memory_step(struct sel_memory *m);

bool sel_memory_empty(const struct sel_memory *m); /* nothing was denied: nothing to recall */

struct sel_recalled {
	bool denied;	 /* this rung-1 key: deny without a question */
	bool workaround; /* the same end by another way, after a denial */
	bool object;	 /* this very object, whoever was denied it */
	usec_t at;	 /* of that denial, the newest */
};
void sel_memory_recall(const struct sel_memory *m, const struct sel_key_facts *f,
		       const struct sel_keys *keys, struct sel_recalled *ret);
