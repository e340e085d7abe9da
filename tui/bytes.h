#pragma once

#include "seldom/base.h"

/* Bytes for the terminal. Grows; failed: memory is out, and they are not all there. */
struct sel_bytes {
	char *s;
	size_t n, cap;
	bool failed;
};
void sel_bytes_done(struct sel_bytes *b);
void sel_bytes_add(struct sel_bytes *b, const char *s, size_t n);
void sel_bytes_str(struct sel_bytes *b, const char *s);
void sel_bytes_printf(struct sel_bytes *b, const char *fmt, ...) _printf_(2, 3);
/* One character, as UTF-8. */
size_t sel_utf8(uint32_t cp, char out[static 4]);
void sel_bytes_utf8(struct sel_bytes *b, uint32_t cp);
