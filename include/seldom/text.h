/* Text from outside is hostile. Everything that shows it goes through here. */
#pragma once

#include "seldom/base.h"
#include <jansson.h>

/* Writes `n` bytes as text that is safe on a terminal, in a log and in JSON. Valid UTF-8 passes.
 * Invalid bytes, C0 and DEL become \xHH; C1, bidirectional controls (U+061C, 200E-F, 202A-E,
 * 2066-9), zero-width, tag, variation-selector and other invisible or blank characters (all spaces
 * but U+0020), private use and noncharacters become \u{HEX}; so do accents with no letter before
 * them and every third on one letter (a pile would cover other rows). A backslash becomes \\.
 * Nothing is dropped and no two inputs give the same text. Does not depend on the locale. Never
 * splits an escape at the end of `out`; always terminates it (if cap > 0). Returns the length the
 * whole text needs (as snprintf; at most 4 * n); `ret_changed` (optional) says whether the whole
 * text differs from the input. */
size_t sel_text_escape(const char *bytes, size_t n, char *out, size_t cap, bool *ret_changed);

/* The same, allocated. NULL only when memory is out. */
char *sel_text_dup(const char *bytes, size_t n);
/* For messages that quote text which may be escaped or not: as sel_text_escape, but a backslash
 * stays one. Cut to `cap`. Allocates nothing. */
void sel_text_escape_message(const char *text, char *out, size_t cap);

/* Columns that UTF-8 `text` takes on a terminal (wcwidth; what the locale does not know counts 1).
 */
int sel_text_columns(const char *text);

/* Shortens safe text in its middle to `columns` with "…" ("..." if !utf8), and further if `cap` is
 * too small for that; never inside an escape or between a letter and its accents. Returns true if
 * it cut. */
bool sel_text_elide(const char *text, int columns, bool utf8, char *out, size_t cap);

/* obj[key] = safe text; if that differs from the bytes, obj[key "_b64"] = base64 of the bytes (else
 * that key is removed). `key`: at most 59 bytes, ours. */
int sel_json_set_bytes(json_t *obj, const char *key, const char *bytes, size_t n);
/* The bytes behind `key` again (the *_b64 form wins); NULL if absent, not a string, not base64, or
 * with a NUL inside. The caller frees. */
char *sel_json_get_bytes(const json_t *obj, const char *key);
