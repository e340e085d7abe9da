/* What a person took back after it had been allowed: a flag in a digest, a rule revoked. Nobody is
 * offered it again soon. */
#pragma once

#include "seldom/store.h"

struct sel_keys;

struct sel_refused {
	usec_t at;
	char *key;   /* that was flagged; NULL: a rule was revoked */
	char *place; /* folder or file, escaped (sel_text_escape); NULL: none is known */
};
struct sel_refusals {
	struct sel_refused *item;
	size_t n;
	char *home; /* escaped */
};

/* Flags made and allowing rules revoked since `since`. A flagged key of rung 0 or 1 names its
 * place; of a wider one it is the object of the action. -errno of the store, -ENOMEM: nothing was
 * read. */
int sel_refusals_read(struct sel_store *s, usec_t since, const char *home,
		      struct sel_refusals *ret);
void sel_refusals_done(struct sel_refusals *r);

/* Does one of them speak against making `folder` (bytes) writable: at it, below it, or above it in
 * a folder that could have been granted? True if memory is out. */
bool sel_refusals_bar(const struct sel_refusals *r, const char *folder);
/* When one of the keys, or their parent up to rung 2, was flagged last; 0: never. */
usec_t sel_refusals_flagged(const struct sel_refusals *r, const struct sel_keys *keys);
