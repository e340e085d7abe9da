/* Text from outside is hostile. Everything that shows it goes through here. */
#pragma once

#include "seldom/base.h"
#include <jansson.h>

/* Writes `n` bytes as text that is safe on a terminal, in a log and in JSON: valid UTF-8 passes;
 * invalid bytes, C0, DEL, C1, bidirectional controls (U+061C, 200E-F, 202A-E, 2066-9), zero-width,
 * tag, variation-selector and other invisible characters become \xHH or \u{HEX}; a backslash
 * becomes \\. Nothing is dropped. Never splits an escape at the end of `out`; always terminates it.
 * Returns the length the whole text needs (as snprintf); `ret_changed` (optional) says whether the
 * result differs from the input. */
size_t sel_text_escape(const char *bytes, size_t n, char *out, size_t cap, bool *ret_changed);

/* The same, allocated. NULL only when memory is out. */
char *sel_text_dup(const char *bytes, size_t n);

/* Columns that UTF-8 `text` takes on a terminal (wcwidth; escaped text has no negative widths). */
int sel_text_columns(const char *text);

/* Shortens safe text in its middle to `columns` with "…" ("..." if !utf8). Returns true if it cut. */
bool sel_text_elide(const char *text, int columns, bool utf8, char *out, size_t cap);

/* obj[key] = safe text; if that differs from the bytes, obj[key "_b64"] = base64 of the bytes. */
int sel_json_set_bytes(json_t *obj, const char *key, const char *bytes, size_t n);
/* The bytes behind `key` again (the *_b64 form wins); NULL if absent. The caller frees. */
char *sel_json_get_bytes(const json_t *obj, const char *key);
