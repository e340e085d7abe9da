/* What was denied in this session, and who tries again. Pure; not thread-safe.
 *
 * The same rung-1 key is denied silently for the rest of the session. For the next 20 decisions an
 * action on the same object, or with the same effect on the same class, by *another* program is not
 * allowed by anything learned, and its question is headed "you denied ... 2 min ago". */
#pragma once

#include "key.h"

struct sel_memory;
int sel_memory_new(struct sel_memory **ret);
void sel_memory_free(struct sel_memory *m);

/* A person denied it. */
int sel_memory_deny(struct sel_memory *m, const struct sel_key_facts *f,
		    const struct sel_keys *keys, usec_t now);
/* One more decision by a person or a learned rule was made. */
void sel_memory_step(struct sel_memory *m);

struct sel_recalled {
	bool denied;	     /* this rung-1 key: deny without a question */
	bool workaround;     /* another program after a denial */
	usec_t at;	     /* of that denial */
	const char *program; /* who was denied then: borrowed until the next change */
	unsigned consecutive, recent50, total; /* denials: pause at 3, 10, 20 */
};
void sel_memory_recall(const struct sel_memory *m, const struct sel_key_facts *f,
		       const struct sel_keys *keys, struct sel_recalled *ret);
