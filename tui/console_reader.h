/* What the console reads from the store and from what undo keeps, in a thread of its own: a million
 * actions take their time, and the loop that takes keys and answers never waits for it.
 *
 * A thread, not a child: the store's functions can be used from several, they are those of the
 * commands, and their objects need no second way as text. Paging alone would not do, as a filter
 * and the statistics look at everything. A search that nobody waits for any more is ended at its
 * next row. */
#pragma once

#include "console_ui.h"

#include <stdatomic.h>

struct sel_reader;

struct sel_reader_result {
	enum sel_read what; /* or, if `deed` is not NONE, nothing */
	enum sel_deed deed;
	char id[48];
	json_t *data; /* the caller's */
	int error;
	bool more;	 /* a part of what was wanted: more of it comes */
	char words[256]; /* of a deed: what happened; may hold text of strangers */
};

int sel_reader_new(struct sel_reader **ret);
/* Waits for a deed that is being done; a read is given up. */
void sel_reader_free(struct sel_reader *r);
/* Readable when there is a result. */
int sel_reader_fd(const struct sel_reader *r);
/* Takes the place of an earlier one of the same kind. */
void sel_reader_want(struct sel_reader *r, const struct sel_want *want);
/* -EBUSY while another is being done. */
int sel_reader_do(struct sel_reader *r, enum sel_deed deed, const char *id);
bool sel_reader_doing(struct sel_reader *r);
/* False: nothing came. Results of reads that were wanted anew since are not given out. */
bool sel_reader_take(struct sel_reader *r, struct sel_reader_result *ret);

/* What the thread does, also for tests: `cancel` may become true at any time. `part` gets what was
 * found so far and takes it. */
typedef void (*sel_part_fn)(json_t *take, void *ctx);
int sel_read_store(const struct sel_want *want, const atomic_bool *cancel, sel_part_fn part,
		   void *ctx, json_t **ret);
int sel_do_deed(enum sel_deed deed, const char *id, char *words, size_t cap);
