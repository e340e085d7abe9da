#include "name.h"

#include "seldom/text.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <libpsl.h>
#include <stdio.h>

#define TEXT_MAX  1024 /* bytes of a name as it came: U-labels are longer than A-labels */
#define LABEL_MAX 63
#define IDN_FLAGS (IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

/* --- literals --- */

static int canonical_v6(const char *text, char ret[SEL_NAME_MAX])
{
	struct in6_addr a;

	if (inet_pton(AF_INET6, text, &a) != 1 || IN6_IS_ADDR_V4MAPPED(&a))
		return -EINVAL;
	return inet_ntop(AF_INET6, &a, ret, SEL_NAME_MAX) ? 0 : -EINVAL;
}

static int canonical_v4(const char *text, char ret[SEL_NAME_MAX])
{
	struct in_addr a;

	if (inet_pton(AF_INET, text, &a) != 1 || !inet_ntop(AF_INET, &a, ret, SEL_NAME_MAX))
		return -EINVAL;
	return strcmp(text, ret) == 0 ? 0 : -EINVAL;
}

/* The last label makes the whole an address to some resolvers (inet_aton, the WHATWG's parser):
 * digits only, or 0x and hexadecimal digits. */
static bool ends_in_number(const char *text)
{
	const char *label = strrchr(text, '.');
	size_t n;

	label = label ? label + 1 : text;
	n = strlen(label);
	if (strspn(label, "0123456789") == n)
		return n > 0;
	if (label[0] != '0' || label[1] != 'x')
		return false;
	for (size_t i = 2; i < n; i++)
		if (!is_hex(label[i]))
			return false;
	return true;
}

bool sel_name_is_literal(const char *canonical)
{
	return strchr(canonical, ':') || ends_in_number(canonical);
}

/* --- labels --- */

/* What begins with xn-- must be what libidn2 makes of what it stands for. */
static bool a_label_ok(const char *label, size_t n)
{
	char copy[LABEL_MAX + 1];
	uint8_t *again = NULL;
	bool ok;

	memcpy(copy, label, n);
	copy[n] = '\0';
	ok = idn2_lookup_u8((const uint8_t *)copy, &again, IDN_FLAGS) == IDN2_OK &&
	     strcmp((const char *)again, copy) == 0;
	idn2_free(again);
	return ok;
}

static bool label_ok(const char *label, size_t n)
{
	if (n == 0 || n > LABEL_MAX || label[0] == '-' || label[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = label[i];

		if (!is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' && c != '_')
			return false;
	}
	return n < 4 || memcmp(label, "xn--", 4) != 0 || a_label_ok(label, n);
}

static bool labels_ok(const char *name)
{
	const char *at = name;

	for (;;) {
		size_t n = strcspn(at, ".");

		if (!label_ok(at, n))
			return false;
		if (at[n] == '\0')
			break;
		at += n + 1;
	}
	/* Service names (_sip._tcp.x) are names too; what can be bought has none. */
	return !strchr(name, '_') || !strchr(sel_name_registrable(name), '_');
}

/* Lower case; by libidn2 if there is a byte above ASCII. */
static int fold(const char *text, size_t n, char *ret, size_t cap)
{
	uint8_t *ascii = NULL;
	char copy[TEXT_MAX + 1];
	bool wide = false;
	size_t len;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c <= 0x20 || c == 0x7f)
			return -EINVAL;
		wide |= c >= 0x80;
		copy[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	copy[n] = '\0';
	if (wide && idn2_lookup_u8((const uint8_t *)copy, &ascii, IDN_FLAGS) != IDN2_OK)
		return -EINVAL;
	len = wide ? strlen((const char *)ascii) : n;
	if (len < cap)
		memcpy(ret, wide ? (const char *)ascii : copy, len + 1);
	idn2_free(ascii);
	/* Wide digits and dots are another spelling of an address. */
	return len >= cap || (wide && ends_in_number(ret)) ? -EINVAL : 0;
}

int sel_name_canonical(const char *text, size_t n, char ret[SEL_NAME_MAX])
{
	char name[SEL_NAME_MAX + 1]; /* a trailing dot may come on top */
	int r;

	if (n == 0 || n > TEXT_MAX)
		return -EINVAL;
	r = fold(text, n, name, sizeof name);
	if (r < 0)
		return r;
	if (strchr(name, ':'))
		return canonical_v6(name, ret);
	if (ends_in_number(name))
		return canonical_v4(name, ret);
	n = strlen(name);
	if (n > 0 && name[n - 1] == '.') /* nothing is left of a soft hyphen */
		name[--n] = '\0';
	if (n >= SEL_NAME_MAX || ends_in_number(name) || !labels_ok(name))
		return -EINVAL;
	memcpy(ret, name, n + 1);
	return 0;
}

/* --- host and port --- */

static int parse_port(const char *text, size_t n, uint16_t *ret)
{
	uint32_t port = 0;

	if (n == 0 || n > 5 || *text == '0')
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (!is_digit(text[i]))
			return -EINVAL;
		port = port * 10 + (uint32_t)(text[i] - '0');
	}
	if (port > UINT16_MAX)
		return -EINVAL;
	*ret = (uint16_t)port;
	return 0;
}

int sel_name_authority(const char *text, size_t n, uint16_t default_port, char ret[SEL_NAME_MAX],
		       uint16_t *ret_port)
{
	const char *end = text + n, *host = text, *after, *close;
	uint16_t port = default_port;
	char name[SEL_NAME_MAX];

	if (n > 0 && *text == '[') {
		host++;
		close = memchr(text, ']', n);
		if (!close || !memchr(host, ':', (size_t)(close - host)))
			return -EINVAL;
		after = close + 1;
	} else {
		close = memchr(text, ':', n);
		after = close = close ? close : end;
	}
	if (after < end &&
	    (*after != ':' || parse_port(after + 1, (size_t)(end - after) - 1, &port) < 0))
		return -EINVAL;
	if (sel_name_canonical(host, (size_t)(close - host), name) < 0)
		return -EINVAL;
	memcpy(ret, name, strlen(name) + 1);
	*ret_port = port;
	return 0;
}

/* --- public suffixes --- */

bool sel_name_wildcard_ok(const char *parent)
{
	const psl_ctx_t *list = psl_builtin();

	return list && !sel_name_is_literal(parent) &&
	       !psl_is_public_suffix2(list, parent, PSL_TYPE_ANY);
}

bool sel_name_below(const char *name, const char *parent)
{
	size_t n = strlen(name), m = strlen(parent);
	const psl_ctx_t *list;
	const char *suffix;

	if (m == 0 || n < m + 2 || name[n - m - 1] != '.' || memcmp(name + n - m, parent, m) != 0 ||
	    sel_name_is_literal(name))
		return false;
	list = psl_builtin();
	suffix = list ? psl_unregistrable_domain(list, name) : NULL;
	return suffix && strlen(suffix) < m;
}

const char *sel_name_registrable(const char *canonical)
{
	const psl_ctx_t *list = psl_builtin();
	const char *part = NULL;

	if (list && !sel_name_is_literal(canonical))
		part = psl_registrable_domain(list, canonical);
	return part ? part : canonical;
}

/* --- for people --- */

enum script {
	NO_SCRIPT, /* or one whose letters turn direction, or that is not known well enough here */
	COMMON,
	LATIN,
	GREEK,
	CYRILLIC,
	ARMENIAN,
	DEVANAGARI,
	THAI,
	GEORGIAN,
	HAN_KANA, /* Japanese writes them together */
	HANGUL,
};

/* Sorted. Only letters that names are made of; what is not here is shown as its A-label. */
static const struct {
	uint32_t first, last;
	enum script script;
} scripts[] = {
	{'-', '-', COMMON},	    {'0', '9', COMMON},		{'_', '_', COMMON},
	{'a', 'z', LATIN},	    {0x00df, 0x00f6, LATIN},	{0x00f8, 0x0130, LATIN},
	{0x0132, 0x0137, LATIN},    {0x0139, 0x017e, LATIN},	{0x0390, 0x03ce, GREEK},
	{0x0430, 0x045f, CYRILLIC}, {0x0561, 0x0586, ARMENIAN}, {0x0904, 0x096f, DEVANAGARI},
	{0x0e01, 0x0e5b, THAI},	    {0x10d0, 0x10fa, GEORGIAN}, {0x3041, 0x3096, HAN_KANA},
	{0x30a1, 0x30bc, HAN_KANA}, {0x30be, 0x30cd, HAN_KANA}, {0x30cf, 0x30f2, HAN_KANA},
	{0x30f4, 0x30fa, HAN_KANA}, {0x30fc, 0x30fc, HAN_KANA}, {0x3400, 0x4db5, HAN_KANA},
	{0x4e01, 0x4e35, HAN_KANA}, {0x4e37, 0x4e3e, HAN_KANA}, {0x4e40, 0x9fa5, HAN_KANA},
	{0xac00, 0xd7a3, HANGUL},
};

/* Letters that pass for a letter or digit of ASCII, in any of the scripts above. A label that has
 * no other is as good as the ASCII name it looks like (Unicode UTS 39, confusables). */
static const uint32_t lookalikes[] = {
	0x0131, 0x03b1, 0x03b3, 0x03b9, 0x03ba, 0x03bd, 0x03bf, 0x03c1, 0x03c3, 0x03c4, 0x03c5,
	0x03c7, 0x03c9, 0x0430, 0x0433, 0x0435, 0x043a, 0x043c, 0x043d, 0x043e, 0x043f, 0x0440,
	0x0441, 0x0442, 0x0443, 0x0445, 0x044c, 0x0455, 0x0456, 0x0457, 0x0458, 0x045a, 0x0501,
	0x051b, 0x051d, 0x0561, 0x0563, 0x0566, 0x0570, 0x0578, 0x057d, 0x0581, 0x0584, 0x0585,
	0x0966, 0x0e50, 0x10d0, 0x10e7, 0x10ff, 0x3007, 0x4e28, 0x5de5, 0x4e0b,
};

static enum script script_of(uint32_t c)
{
	for (size_t i = 0; i < SEL_N(scripts); i++)
		if (c >= scripts[i].first && c <= scripts[i].last)
			return scripts[i].script;
	return NO_SCRIPT;
}

static bool lookalike(uint32_t c)
{
	for (size_t i = 0; i < SEL_N(lookalikes); i++)
		if (lookalikes[i] == c)
			return true;
	return c < 0x80;
}

/* One script, and some letter that is no ASCII in disguise. */
static bool shown_as_is(const uint32_t *label, size_t n)
{
	enum script all = COMMON;
	bool own = false, ascii = true;

	for (size_t i = 0; i < n; i++) {
		enum script s = script_of(label[i]);

		if (s == NO_SCRIPT || (s != COMMON && all != COMMON && s != all))
			return false;
		if (s != COMMON)
			all = s;
		ascii &= label[i] < 0x80;
		own |= !lookalike(label[i]);
	}
	return ascii || own;
}

static bool all_shown_as_is(const char *canonical)
{
	uint32_t *wide = NULL, *at;
	bool ok = idn2_to_unicode_8z4z(canonical, &wide, 0) == IDN2_OK;

	for (at = wide; ok;) {
		size_t n = 0;

		while (at[n] != 0 && at[n] != '.')
			n++;
		ok = shown_as_is(at, n);
		if (at[n] == 0)
			break;
		at += n + 1;
	}
	idn2_free(wide);
	return ok;
}

void sel_name_words(const char *canonical, char *ret, size_t cap)
{
	char *words = NULL;
	bool changed = false;

	if (cap == 0)
		return;
	(void)snprintf(ret, cap, "%s", canonical);
	if (!strstr(canonical, "xn--") || !all_shown_as_is(canonical) ||
	    idn2_to_unicode_8z8z(canonical, &words, 0) != IDN2_OK)
		return;
	(void)sel_text_escape(words, strlen(words), NULL, 0, &changed);
	if (!changed && strlen(canonical) + strlen(words) + sizeof " ()" <= cap)
		(void)snprintf(ret, cap, "%s (%s)", canonical, words);
	idn2_free(words);
}
