/* Finding out who acts: the content of the program file behind /proc/PID/exe, of an interpreter's
 * script, and the package manager's word for both. */
#pragma once

#include "identity.h"
#include "seldom/store.h"

struct sel_identities;

/* `store`: where results are kept across sessions (NULL: only in memory). `writable`: may a program
 * inside have written a file at this path (scope), for I14. Thread-safe. */
int sel_identities_new(struct sel_store *store, bool (*writable)(const char *path, void *ctx),
		       void *ctx, struct sel_identities **ret);
void sel_identities_free(struct sel_identities *ids);

/* An identity whose strings it owns. */
struct sel_identified {
	struct sel_identity id;
	char *strings[8];
};
/* Of the process whose /proc folder is `proc` (O_PATH). `ours`: was this file (descriptor)
 * made by the run. `may_block` false: -EAGAIN when something must be hashed or the package manager
 * asked first. */
int sel_identify(struct sel_identities *ids, int proc, bool (*ours)(int fd, void *ctx), void *ctx,
		 bool may_block, struct sel_identified *ret);
void sel_identified_done(struct sel_identified *i);
