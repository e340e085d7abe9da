#include "buffer.h"

#define SMALLEST ((size_t)512)

static size_t held; /* one thread */

size_t sel_buffers_held(void)
{
	return held;
}

/* Twice what is needed, so that appending is linear in all; never more than `max`. */
static size_t better_cap(const struct sel_buffer *b, size_t need)
{
	size_t cap = need < SMALLEST ? SMALLEST : need;

	if (cap < b->cap * 2)
		cap = b->cap * 2;
	return cap > b->max && need <= b->max ? b->max : cap;
}

static void release(struct sel_buffer *b)
{
	if (b->secret && b->p)
		explicit_bzero(b->p, b->cap);
	held -= b->p ? b->cap : 0;
	free(b->p);
}

static int make_room(struct sel_buffer *b, size_t n)
{
	uint8_t *p;
	size_t cap;

	if (b->n > b->max || n > b->max - b->n)
		return -ENOBUFS;
	if (b->p && n <= b->cap - b->start - b->n)
		return 0;
	/* Moving costs what was taken since: never more than once for each byte. */
	if (b->p && b->start >= b->n && n <= b->cap - b->n) {
		memmove(b->p, b->p + b->start, b->n);
		b->start = 0;
		return 0;
	}
	cap = better_cap(b, b->n + n);
	p = malloc(cap);
	if (!p)
		return -ENOMEM;
	held += cap;
	if (b->p)
		memcpy(p, b->p + b->start, b->n);
	release(b);
	*b = (struct sel_buffer){.p = p, .n = b->n, .cap = cap, .max = b->max, .secret = b->secret};
	return 0;
}

uint8_t *sel_buffer_room(struct sel_buffer *b, size_t n)
{
	int r = make_room(b, n > 0 ? n : 1);

	if (r < 0) {
		errno = -r;
		return NULL;
	}
	return b->p + b->start + b->n;
}

void sel_buffer_filled(struct sel_buffer *b, size_t n)
{
	b->n += n;
}

int sel_buffer_append(struct sel_buffer *b, const void *p, size_t n)
{
	int r;

	if (n == 0)
		return 0;
	r = make_room(b, n);
	if (r < 0)
		return r;
	memcpy(b->p + b->start + b->n, p, n);
	b->n += n;
	return 0;
}

void sel_buffer_take(struct sel_buffer *b, size_t n)
{
	b->start += n;
	b->n -= n;
	if (b->n == 0)
		sel_buffer_done(b);
}

void sel_buffer_done(struct sel_buffer *b)
{
	release(b);
	*b = (struct sel_buffer){.max = b->max};
}
