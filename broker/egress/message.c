#include "message.h"

#define HEADER_ALL 64 /* bytes of a header beside its text: two allocations and an item */

static size_t held; /* one thread */

size_t sel_headers_held(void)
{
	return held;
}

/* tchar of RFC 9110, section 5.6.2; the value is its lower case. */
static const char token[256] = {
	['!'] = '!', ['#'] = '#', ['$'] = '$', ['%'] = '%', ['&'] = '&', ['\''] = '\'', ['*'] = '*',
	['+'] = '+', ['-'] = '-', ['.'] = '.', ['^'] = '^', ['_'] = '_', ['`'] = '`',	['|'] = '|',
	['~'] = '~', ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',	['5'] = '5',
	['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9', ['A'] = 'a', ['B'] = 'b',	['C'] = 'c',
	['D'] = 'd', ['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i',	['J'] = 'j',
	['K'] = 'k', ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p',	['Q'] = 'q',
	['R'] = 'r', ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w',	['X'] = 'x',
	['Y'] = 'y', ['Z'] = 'z', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd',	['e'] = 'e',
	['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k',	['l'] = 'l',
	['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r',	['s'] = 's',
	['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y',	['z'] = 'z',
};

bool sel_is_token(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!token[(unsigned char)p[i]])
			return false;
	return n > 0;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static void trim(const char **p, size_t *n)
{
	while (*n > 0 && blank((*p)[*n - 1]))
		--*n;
	while (*n > 0 && blank((*p)[0]))
		++*p, --*n;
}

/* field-content of RFC 9110, section 5.5, with obs-text: what is above ASCII is opaque. */
bool sel_is_field_text(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)p[i] < 0x20 && p[i] != '\t') || p[i] == 0x7f)
			return false;
	return true;
}

static void wipe_free(char *p)
{
	if (p)
		explicit_bzero(p, strlen(p));
	free(p);
}

static int grow(struct sel_headers *h)
{
	size_t cap = h->cap ? h->cap * 2 : 16;
	struct sel_header *item;

	if (h->n < h->cap)
		return 0;
	item = reallocarray(h->item, cap, sizeof *item);
	if (!item)
		return -ENOMEM;
	h->item = item;
	h->cap = cap;
	return 0;
}

static char *lower_token(const char *p, size_t n)
{
	char *ret = malloc(n + 1);

	if (!ret)
		return NULL;
	for (size_t i = 0; i < n; i++)
		ret[i] = token[(unsigned char)p[i]];
	ret[n] = '\0';
	return ret;
}

int sel_headers_add(struct sel_headers *h, const char *name, size_t name_len, const char *value,
		    size_t value_len)
{
	struct sel_header new;
	int r;

	trim(&value, &value_len);
	if (!sel_is_token(name, name_len) || !sel_is_field_text(value, value_len))
		return -EINVAL;
	if (h->n >= SEL_HEADERS_MAX || name_len > SEL_HEAD_MAX || value_len > SEL_HEAD_MAX ||
	    h->bytes + name_len + value_len > SEL_HEAD_MAX)
		return -E2BIG;
	r = grow(h);
	if (r < 0)
		return r;
	new.name = lower_token(name, name_len);
	new.value = strndup(value, value_len);
	if (!new.name || !new.value) {
		free(new.name);
		wipe_free(new.value);
		return -ENOMEM;
	}
	h->item[h->n++] = new;
	h->bytes += name_len + value_len;
	held += name_len + value_len + HEADER_ALL;
	return 0;
}

const char *sel_headers_get(const struct sel_headers *h, const char *name)
{
	for (size_t i = 0; i < h->n; i++)
		if (strcmp(h->item[i].name, name) == 0)
			return h->item[i].value;
	return NULL;
}

size_t sel_headers_count(const struct sel_headers *h, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < h->n; i++)
		count += strcmp(h->item[i].name, name) == 0;
	return count;
}

void sel_headers_remove(struct sel_headers *h, const char *name)
{
	size_t n = 0;

	/* What goes is freed last: `name` may be of one of them. */
	for (size_t i = 0; i < h->n; i++)
		if (strcmp(h->item[i].name, name) != 0) {
			struct sel_header stays = h->item[i];

			h->item[i] = h->item[n];
			h->item[n++] = stays;
		}
	while (h->n > n) {
		struct sel_header *item = &h->item[--h->n];

		size_t n_item = strlen(item->name) + strlen(item->value);

		h->bytes -= n_item;
		held -= n_item + HEADER_ALL;
		free(item->name);
		wipe_free(item->value);
	}
}

int sel_headers_set_at(struct sel_headers *h, size_t i, const char *value, size_t value_len)
{
	size_t old;
	char *new;

	if (i >= h->n)
		return -EINVAL;
	trim(&value, &value_len);
	if (!sel_is_field_text(value, value_len))
		return -EINVAL;
	old = strlen(h->item[i].value);
	if (value_len > SEL_HEAD_MAX || h->bytes - old + value_len > SEL_HEAD_MAX)
		return -E2BIG;
	new = strndup(value, value_len);
	if (!new)
		return -ENOMEM;
	wipe_free(h->item[i].value);
	h->item[i].value = new;
	h->bytes = h->bytes - old + value_len;
	held = held - old + value_len;
	return 0;
}

void sel_headers_done(struct sel_headers *h)
{
	held -= h->bytes + h->n * HEADER_ALL;
	for (size_t i = 0; i < h->n; i++) {
		free(h->item[i].name);
		wipe_free(h->item[i].value);
	}
	free(h->item);
	*h = (struct sel_headers){0};
}

void sel_head_done(struct sel_head *h)
{
	free(h->method);
	free(h->authority);
	wipe_free(h->target); /* a query may hold a credential as well */
	free(h->upgrade);
	sel_headers_done(&h->headers);
	*h = (struct sel_head){0};
}

void sel_head_free(struct sel_head *h)
{
	if (!h)
		return;
	sel_head_done(h);
	free(h);
}

static int copy_text(const char *from, char **ret)
{
	*ret = from ? strdup(from) : NULL;
	return from && !*ret ? -ENOMEM : 0;
}

static int copy_headers(const struct sel_headers *from, struct sel_headers *to)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < from->n; i++)
		r = sel_headers_add(to, from->item[i].name, strlen(from->item[i].name),
				    from->item[i].value, strlen(from->item[i].value));
	return r;
}

int sel_head_copy(const struct sel_head *h, struct sel_head **ret)
{
	struct sel_head *copy = malloc(sizeof *copy);

	if (!copy)
		return -ENOMEM;
	*copy = (struct sel_head){.plain = h->plain,
				  .expect = h->expect,
				  .status = h->status,
				  .length = h->length,
				  .close = h->close};
	if (copy_text(h->method, &copy->method) < 0 ||
	    copy_text(h->authority, &copy->authority) < 0 ||
	    copy_text(h->target, &copy->target) < 0 || copy_text(h->upgrade, &copy->upgrade) < 0 ||
	    copy_headers(&h->headers, &copy->headers) < 0) {
		sel_head_free(copy);
		return -ENOMEM;
	}
	*ret = copy;
	return 0;
}
