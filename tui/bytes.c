#include "bytes.h"

#include <stdarg.h>
#include <stdio.h>

void sel_bytes_done(struct sel_bytes *b)
{
	free(b->s);
	*b = (struct sel_bytes){0};
}

void sel_bytes_add(struct sel_bytes *b, const char *s, size_t n)
{
	if (b->n + n > b->cap) {
		size_t cap = 2 * (b->n + n) + 256;
		char *grown = realloc(b->s, cap);

		if (!grown) {
			b->failed = true;
			return;
		}
		b->s = grown;
		b->cap = cap;
	}
	if (n)
		memcpy(b->s + b->n, s, n);
	b->n += n;
}

void sel_bytes_str(struct sel_bytes *b, const char *s)
{
	sel_bytes_add(b, s, strlen(s));
}

void sel_bytes_printf(struct sel_bytes *b, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof text)
		b->failed = true;
	else
		sel_bytes_add(b, text, (size_t)n);
}

size_t sel_utf8(uint32_t cp, char out[static 4])
{
	if (cp < 0x80)
		return out[0] = (char)cp, 1;
	if (cp < 0x800)
		return out[0] = (char)(0xc0 | cp >> 6), out[1] = (char)(0x80 | (cp & 0x3f)), 2;
	if (cp < 0x10000)
		return out[0] = (char)(0xe0 | cp >> 12), out[1] = (char)(0x80 | (cp >> 6 & 0x3f)),
		       out[2] = (char)(0x80 | (cp & 0x3f)), 3;
	return out[0] = (char)(0xf0 | cp >> 18), out[1] = (char)(0x80 | (cp >> 12 & 0x3f)),
	       out[2] = (char)(0x80 | (cp >> 6 & 0x3f)), out[3] = (char)(0x80 | (cp & 0x3f)), 4;
}

void sel_bytes_utf8(struct sel_bytes *b, uint32_t cp)
{
	char text[4];
	size_t n = sel_utf8(cp, text);

	sel_bytes_add(b, text, n);
}
