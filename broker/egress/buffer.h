/* Bytes on their way: appended at the end, taken from the front, never more than `max`. */
#pragma once

#include "seldom/base.h"

struct sel_buffer {
	uint8_t *p; /* owned; NULL while empty */
	size_t start, n, cap;
	size_t max;  /* bytes it may hold; set by the owner before the first append */
	bool secret; /* wiped when it is empty or moves; says so only until then */
};

/* -ENOBUFS: it would hold more than `max`, and holds what it held; -ENOMEM. */
int sel_buffer_append(struct sel_buffer *b, const void *p, size_t n);
/* Room for `n` more behind the end, to be filled and then counted by sel_buffer_filled. NULL: as
 * above, errno says which. */
uint8_t *sel_buffer_room(struct sel_buffer *b, size_t n);
void sel_buffer_filled(struct sel_buffer *b, size_t n);
static inline const uint8_t *sel_buffer_at(const struct sel_buffer *b)
{
	return b->p ? b->p + b->start : NULL;
}
void sel_buffer_take(struct sel_buffer *b, size_t n); /* n <= b->n; frees the memory when empty */
void sel_buffer_done(struct sel_buffer *b);
/* Bytes that all buffers of the process occupy. */
size_t sel_buffers_held(void);
