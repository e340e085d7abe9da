/* Many texts of one reading: each is fetched once, and from the table's pages in their order. */
#include "texts.h"

#define READ_AHEAD 256	       /* ids this close are stepped to: cheaper than to seek them */
#define CHUNK	   (64 * 1024) /* of the memory that holds them */

static const char cut[] = ""; /* stands for a text with a NUL in it: none of ours has one */

struct sel_texts_chunk {
	struct sel_texts_chunk *next;
	size_t used, size;
	char bytes[];
};

void sel_texts_done(struct sel_texts *t)
{
	sel_query_done(&t->q);
	free(t->slots);
	for (struct sel_texts_chunk *c = t->chunks, *next; c; c = next) {
		next = c->next;
		free(c);
	}
}

/* Numbers that follow one another lie together, as they are mostly met together. */
static struct sel_text_slot *slot_of(const struct sel_texts *t, int64_t id)
{
	uint64_t block = ((uint64_t)id >> 4) * 0x9E3779B97F4A7C15ULL;
	size_t i = (size_t)((block >> 32 << 4) | ((uint64_t)id & 15));

	for (;; i++) {
		struct sel_text_slot *slot = &t->slots[i & (t->cap - 1)];

		if (slot->id == id || slot->id == 0)
			return slot;
	}
}

static int make_room(struct sel_texts *t)
{
	struct sel_texts grown = {.cap = t->cap ? 2 * t->cap : 1024};

	if (2 * t->n < t->cap)
		return 0;
	grown.slots = calloc(grown.cap, sizeof *grown.slots);
	if (!grown.slots)
		return -ENOMEM;
	for (size_t i = 0; i < t->cap; i++)
		if (t->slots[i].id)
			*slot_of(&grown, t->slots[i].id) = t->slots[i];
	free(t->slots);
	t->slots = grown.slots;
	t->cap = grown.cap;
	return 0;
}

static char *copy(struct sel_texts *t, const char *bytes, size_t n)
{
	struct sel_texts_chunk *c = t->chunks;
	char *to;

	if (!c || c->size - c->used <= n) {
		size_t size = n < CHUNK ? CHUNK : n + 1;

		c = malloc(sizeof *c + size);
		if (!c)
			return NULL;
		*c = (struct sel_texts_chunk){.next = t->chunks, .size = size};
		t->chunks = c;
	}
	to = c->bytes + c->used;
	if (n > 0)
		memcpy(to, bytes, n);
	to[n] = '\0';
	c->used += n + 1;
	return to;
}

/* `bytes` NULL: there is none. */
static int put(struct sel_texts *t, int64_t id, const char *bytes, size_t n)
{
	const char *text = NULL;
	struct sel_text_slot *slot;
	int r = make_room(t);

	if (r < 0 || id == 0)
		return r;
	slot = slot_of(t, id);
	if (slot->id == id)
		return 0;
	if (n > 0 && memchr(bytes, '\0', n))
		text = cut;
	else if (bytes)
		text = copy(t, bytes, n);
	if (bytes && !text)
		return -ENOMEM;
	*slot = (struct sel_text_slot){id, text};
	t->n++;
	return 0;
}

/* The next row of the table. 0: there is none. */
static int advance(struct sel_texts *t)
{
	const char *bytes;
	int r = sel_query_step(&t->q);

	if (r <= 0) {
		t->at = INT64_MAX;
		return r;
	}
	t->at = sqlite3_column_int64(t->q.stmt, 0);
	bytes = sqlite3_column_blob(t->q.stmt, 1);
	r = put(t, t->at, bytes ? bytes : "", (size_t)sqlite3_column_bytes(t->q.stmt, 1));
	return r < 0 ? r : 1;
}

static int seek(struct sel_texts *t, int64_t id)
{
	sel_query_done(&t->q);
	sel_query_init(&t->q, t->s, STMT_TEXTS_FROM);
	sel_bind_int(&t->q, id);
	return advance(t);
}

/* Reads on until `id` was met, or passed. */
static int fetch(struct sel_texts *t, int64_t id)
{
	int r = 1;

	if (!t->q.stmt || id <= t->at || (uint64_t)id - (uint64_t)t->at > READ_AHEAD)
		r = seek(t, id);
	while (r == 1 && t->at < id)
		r = advance(t);
	return r < 0 ? r : put(t, id, NULL, 0); /* none: not asked for again */
}

int sel_texts_get(struct sel_texts *t, int64_t id, const char **ret)
{
	const struct sel_text_slot *slot = t->cap ? slot_of(t, id) : NULL;
	int r = 0;

	*ret = NULL;
	if (id == 0)
		return 0;
	if (!slot || slot->id != id) {
		r = fetch(t, id);
		if (r < 0)
			return r;
		slot = slot_of(t, id);
	}
	if (slot->text == cut)
		return -EUCLEAN;
	*ret = slot->text;
	return 0;
}
