#include "seldom/text.h"

#include <limits.h>
#include <stdio.h>
#include <wchar.h>

enum escape_rule {
	RULE_ALWAYS,	/* never shown as itself */
	RULE_COMBINING, /* shown, but neither first nor in a pile */
};
#define COMBINING_MAX 2 /* an accent on an accent: decomposed Vietnamese */

struct range {
	uint32_t first, last;
	enum escape_rule rule;
	const char *why;
};

/* Sorted and without overlap: what may not pass as itself although it is valid UTF-8. A table of
 * our own, because iswprint() and wcwidth() follow the locale, and the same bytes must be escaped
 * in the same way whatever LANG the caller of the broker chose. */
/* clang-format off */
static const struct range ranges[] = {
	{ 0x000000, 0x00001f, RULE_ALWAYS,    "C0: moves the cursor, starts escape sequences" },
	{ 0x00007f, 0x00009f, RULE_ALWAYS,    "DEL and C1: U+009B is a whole CSI" },
	{ 0x0000a0, 0x0000a0, RULE_ALWAYS,    "no-break space: looks like a space, is none" },
	{ 0x0000ad, 0x0000ad, RULE_ALWAYS,    "soft hyphen: invisible but at a line's end" },
	{ 0x000300, 0x00034e, RULE_COMBINING, "accents: a pile covers the rows above" },
	{ 0x00034f, 0x00034f, RULE_ALWAYS,    "combining grapheme joiner: invisible" },
	{ 0x000350, 0x00036f, RULE_COMBINING, "accents" },
	{ 0x000483, 0x000489, RULE_COMBINING, "Cyrillic accents and enclosing marks" },
	{ 0x00061c, 0x00061c, RULE_ALWAYS,    "Arabic letter mark: turns direction" },
	{ 0x00070f, 0x00070f, RULE_ALWAYS,    "Syriac abbreviation mark: no width of its own" },
	{ 0x00115f, 0x001160, RULE_ALWAYS,    "Hangul fillers: blank letters" },
	{ 0x001680, 0x001680, RULE_ALWAYS,    "Ogham space: blank in many fonts" },
	{ 0x0017b4, 0x0017b5, RULE_ALWAYS,    "Khmer inherent vowels: invisible" },
	{ 0x00180b, 0x00180f, RULE_ALWAYS,    "Mongolian variation selectors, vowel separator" },
	{ 0x001ab0, 0x001aff, RULE_COMBINING, "accents, extended" },
	{ 0x001dc0, 0x001dff, RULE_COMBINING, "accents, supplement" },
	{ 0x002000, 0x00200f, RULE_ALWAYS,    "spaces, zero width, joiners, direction marks" },
	{ 0x002028, 0x00202f, RULE_ALWAYS,    "line breaks, direction overrides, narrow space" },
	{ 0x00205f, 0x00206f, RULE_ALWAYS,    "invisible operators, direction isolates" },
	{ 0x0020d0, 0x0020ff, RULE_COMBINING, "enclosing marks" },
	{ 0x002800, 0x002800, RULE_ALWAYS,    "empty Braille cell: a blank" },
	{ 0x003000, 0x003000, RULE_ALWAYS,    "ideographic space" },
	{ 0x003164, 0x003164, RULE_ALWAYS,    "Hangul filler: a blank letter" },
	{ 0x00e000, 0x00f8ff, RULE_ALWAYS,    "private use: the font decides what it looks like" },
	{ 0x00fdd0, 0x00fdef, RULE_ALWAYS,    "noncharacters" },
	{ 0x00fe00, 0x00fe0f, RULE_ALWAYS,    "variation selectors: can carry hidden data" },
	{ 0x00fe20, 0x00fe2f, RULE_COMBINING, "half marks" },
	{ 0x00feff, 0x00feff, RULE_ALWAYS,    "byte order mark, zero width no-break space" },
	{ 0x00ffa0, 0x00ffa0, RULE_ALWAYS,    "halfwidth Hangul filler" },
	{ 0x00fff0, 0x00fffc, RULE_ALWAYS,    "ignorable, annotations, object replacement" },
	{ 0x00fffe, 0x00ffff, RULE_ALWAYS,    "noncharacters" },
	{ 0x013430, 0x01345f, RULE_ALWAYS,    "hieroglyph format controls" },
	{ 0x016fe4, 0x016fe4, RULE_ALWAYS,    "Khitan filler" },
	{ 0x01bca0, 0x01bca3, RULE_ALWAYS,    "shorthand format controls" },
	{ 0x01d159, 0x01d159, RULE_ALWAYS,    "musical null notehead" },
	{ 0x01d173, 0x01d17a, RULE_ALWAYS,    "musical format controls" },
	{ 0x01fffe, 0x01ffff, RULE_ALWAYS,    "noncharacters" },
	{ 0x0e0000, 0x0e0fff, RULE_ALWAYS,    "tags (hidden ASCII), variation selectors" },
	{ 0x0f0000, 0x10ffff, RULE_ALWAYS,    "private use, noncharacters" },
};
/* clang-format on */

static const struct range *range_of(uint32_t cp)
{
	size_t lo = 0, hi = SEL_N(ranges);

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (cp > ranges[mid].last)
			lo = mid + 1;
		else if (cp < ranges[mid].first)
			hi = mid;
		else
			return &ranges[mid];
	}
	return NULL;
}

/* Length of the valid UTF-8 sequence at `p` (shortest form, no surrogates, up to U+10FFFF), else 0.
 */
static size_t utf8_decode(const uint8_t *p, size_t n, uint32_t *ret)
{
	static const struct {
		uint8_t mask, lead;
		uint32_t min;
	} form[] = {
		{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

	for (size_t k = 0; k < SEL_N(form) && k < n; k++) {
		uint32_t cp = p[0] & (uint8_t)~form[k].mask;

		if ((p[0] & form[k].mask) != form[k].lead)
			continue;
		for (size_t i = 1; i <= k; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return 0;
			cp = cp << 6 | (p[i] & 0x3f);
		}
		if (cp < form[k].min || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
			return 0;
		*ret = cp;
		return k + 1;
	}
	return 0;
}

/* One input character (or one invalid byte) and how it is shown. */
struct unit {
	size_t taken, len;
	char text[sizeof "\\u{10FFFF}"];
};

static struct unit next_unit(const uint8_t *p, size_t n, int *combining)
{
	struct unit u = {.taken = 1};
	const struct range *range;
	uint32_t cp = 0;
	size_t taken = utf8_decode(p, n, &cp);
	int marks = *combining; /* accents on the character before */

	*combining = COMBINING_MAX; /* no accent on an escape, nor on what stands before the text */
	if (taken == 0 || cp < 0x20 || cp == 0x7f) {
		u.len = (size_t)snprintf(u.text, sizeof u.text, "\\x%02X", p[0]);
		return u;
	}
	u.taken = taken;
	range = range_of(cp);
	if (cp == '\\') {
		u.len = (size_t)snprintf(u.text, sizeof u.text, "\\\\");
		return u;
	}
	if (range && (range->rule == RULE_ALWAYS || marks >= COMBINING_MAX)) {
		u.len = (size_t)snprintf(u.text, sizeof u.text, "\\u{%X}", (unsigned)cp);
		return u;
	}
	*combining = range ? marks + 1 : 0;
	memcpy(u.text, p, taken);
	u.len = taken;
	return u;
}

size_t sel_text_escape(const char *bytes, size_t n, char *out, size_t cap, bool *ret_changed)
{
	const uint8_t *p = (const uint8_t *)bytes;
	int combining = COMBINING_MAX;
	size_t total = 0, used = 0;
	bool changed = false;

	for (size_t i = 0; i < n;) {
		struct unit u = next_unit(p + i, n - i, &combining);

		changed |= u.len != u.taken || memcmp(u.text, p + i, u.len) != 0;
		/* Once one did not fit, none after it is written: text is cut, never holed. */
		if (used == total && cap > 0 && u.len < cap - used) {
			memcpy(out + used, u.text, u.len);
			used += u.len;
		}
		total += u.len;
		i += u.taken;
	}
	if (cap > 0)
		out[used] = '\0';
	if (ret_changed)
		*ret_changed = changed;
	return total;
}

void sel_text_escape_message(const char *text, char *out, size_t cap)
{
	size_t used = 0;

	if (cap == 0)
		return;
	out[0] = '\0';
	while (*text && used + 1 < cap) {
		size_t piece = strcspn(text, "\\");

		used += sel_text_escape(text, piece, out + used, cap - used, NULL);
		text += piece;
		if (*text && used + 1 < cap) {
			out[used++] = *text++;
			out[used] = '\0';
		}
	}
}

char *sel_text_dup(const char *bytes, size_t n)
{
	size_t cap = sel_text_escape(bytes, n, NULL, 0, NULL) + 1;
	char *text = malloc(cap);

	if (text)
		(void)sel_text_escape(bytes, n, text, cap, NULL);
	return text;
}

static int columns_of(uint32_t cp)
{
	int width = wcwidth((wchar_t)cp);

	if (width >= 0)
		return width;
	return cp < 0x20 ? 0 : 1; /* unknown to the locale: one column is what terminals use */
}

/* One piece that must not be cut apart: an escape, or a character with the accents on it. */
static size_t next_piece(const char *text, size_t n, int *ret_columns)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t len = 0, more;
	uint32_t cp;

	if (n >= 2 && p[0] == '\\') {
		const char *end = p[1] == 'u' ? memchr(text, '}', n < 10 ? n : 10) : NULL;

		if (end)
			len = (size_t)(end - text) + 1;
		else if (p[1] == '\\')
			len = 2;
		else if (p[1] == 'x' && n >= 4)
			len = 4;
		*ret_columns = (int)len;
		if (len > 0)
			return len;
	}
	len = utf8_decode(p, n, &cp);
	*ret_columns = len == 0 ? 1 : columns_of(cp);
	if (len == 0)
		return 1;
	while ((more = utf8_decode(p + len, n - len, &cp)) > 0 && cp >= 0x80 && columns_of(cp) == 0)
		len += more;
	return len;
}

/* Length of the longest run of whole pieces that takes at most `columns`. */
static size_t run_within(const char *text, size_t n, int columns, int *ret_columns)
{
	size_t at = 0;
	int used = 0;

	while (at < n) {
		int width;
		size_t len = next_piece(text + at, n - at, &width);

		if (width > columns - used)
			break;
		used += width;
		at += len;
	}
	*ret_columns = used;
	return at;
}

int sel_text_columns(const char *text)
{
	int columns;

	(void)run_within(text, strlen(text), INT_MAX, &columns);
	return columns;
}

static bool elide_into(const char *text, size_t n, int total, int columns, bool utf8, char *out,
		       size_t cap)
{
	const char *mark = utf8 ? "…" : "...";
	int mark_columns = utf8 ? 1 : 3, head_columns, skipped;
	size_t head, tail, mark_len = strlen(mark);

	if (columns < mark_columns) { /* not even the mark: dots, or nothing */
		size_t dots = columns < 0 ? 0 : (size_t)columns;

		if (dots >= cap)
			return false;
		memset(out, '.', dots);
		out[dots] = '\0';
		return true;
	}
	columns -= mark_columns;
	head = run_within(text, n, columns / 2, &head_columns);
	columns -= head_columns; /* what the head did not need goes to the tail: names end paths */
	tail = run_within(text, n, total - columns, &skipped);
	while (tail < n && total - skipped > columns) { /* the next piece would begin too early */
		int width;

		tail += next_piece(text + tail, n - tail, &width);
		skipped += width;
	}
	if (head + mark_len + (n - tail) >= cap)
		return false;
	memcpy(out, text, head);
	memcpy(out + head, mark, mark_len);
	memcpy(out + head + mark_len, text + tail, n - tail + 1);
	return true;
}

bool sel_text_elide(const char *text, int columns, bool utf8, char *out, size_t cap)
{
	size_t n = strlen(text);
	int total = sel_text_columns(text);

	if (cap == 0)
		return true;
	if (total <= columns && n < cap) {
		memcpy(out, text, n + 1);
		return false;
	}
	if (columns >= total) /* it is the buffer that is short */
		columns = total - 1;
	while (columns > 0 && !elide_into(text, n, total, columns, utf8, out, cap))
		columns--;
	if (columns <= 0)
		*out = '\0';
	return true;
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *base64_encode(const uint8_t *p, size_t n)
{
	char *text = malloc(n / 3 * 4 + 5), *o = text;

	if (!text)
		return NULL;
	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t v = (uint32_t)p[i] << 16;

		v |= left > 1 ? (uint32_t)p[i + 1] << 8 : 0;
		v |= left > 2 ? p[i + 2] : 0;
		*o++ = base64_digits[v >> 18];
		*o++ = base64_digits[v >> 12 & 63];
		*o++ = left > 1 ? base64_digits[v >> 6 & 63] : '=';
		*o++ = left > 2 ? base64_digits[v & 63] : '=';
	}
	*o = '\0';
	return text;
}

/* Strict: whole groups, padding only at the end. NULL if it is not base64 or memory is out. */
static char *base64_decode(const char *text, size_t n, size_t *ret_n)
{
	size_t pad =
		n >= 4 ? (size_t)(text[n - 1] == '=') + (text[n - 1] == '=' && text[n - 2] == '=')
		       : 0;
	char *bytes = n % 4 == 0 ? malloc(n / 4 * 3 + 1) : NULL;
	size_t used = 0;
	uint32_t v = 0;

	if (!bytes)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const char *digit = i < n - pad ? strchr(base64_digits, text[i]) : base64_digits;

		if (!digit || *digit == '\0') {
			free(bytes);
			return NULL;
		}
		v = v << 6 | (uint32_t)(digit - base64_digits);
		if (i % 4 != 3)
			continue;
		bytes[used++] = (char)(v >> 16 & 0xff);
		bytes[used++] = (char)(v >> 8 & 0xff);
		bytes[used++] = (char)(v & 0xff);
	}
	used -= pad;
	bytes[used] = '\0';
	*ret_n = used;
	return bytes;
}

#define KEY_MAX 64

int sel_json_set_bytes(json_t *obj, const char *key, const char *bytes, size_t n)
{
	_cleanup_free_ char *text = sel_text_dup(bytes, n), *base64 = NULL;
	char key_b64[KEY_MAX];

	if (!text)
		return -ENOMEM;
	if ((size_t)snprintf(key_b64, sizeof key_b64, "%s_b64", key) >= sizeof key_b64)
		return -EINVAL;
	if (json_object_set_new(obj, key, json_string(text)) < 0)
		return -ENOMEM;
	(void)json_object_del(obj, key_b64); /* of an earlier value; absent is fine */
	if (strlen(text) == n && memcmp(text, bytes, n) == 0)
		return 0;
	base64 = base64_encode((const uint8_t *)bytes, n);
	if (!base64 || json_object_set_new(obj, key_b64, json_string(base64)) < 0) {
		/* The text alone would be taken for the bytes. */
		(void)json_object_del(obj, key);
		return -ENOMEM;
	}
	return 0;
}

char *sel_json_get_bytes(const json_t *obj, const char *key)
{
	char key_b64[KEY_MAX], *bytes;
	const json_t *text, *base64;
	size_t n;

	if ((size_t)snprintf(key_b64, sizeof key_b64, "%s_b64", key) >= sizeof key_b64)
		return NULL;
	base64 = json_object_get(obj, key_b64);
	text = json_object_get(obj, key);
	if (!base64)
		return json_is_string(text) ? strdup(json_string_value(text)) : NULL;
	if (!json_is_string(base64))
		return NULL;
	bytes = base64_decode(json_string_value(base64), json_string_length(base64), &n);
	if (bytes && strlen(bytes) != n) { /* a caller would see only the part before the NUL */
		free(bytes);
		return NULL;
	}
	return bytes;
}
