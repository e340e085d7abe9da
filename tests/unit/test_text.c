#include "test.h"

#include "seldom/text.h"

#include <locale.h>
#include <stdio.h>

static void escape_eq(const char *in, size_t n, const char *want, const char *why)
{
	char out[512];
	bool changed = false;
	size_t len = sel_text_escape(in, n, out, sizeof out, &changed);

	if (strcmp(out, want) != 0)
		fail_msg("%s: got '%s', not '%s'", why, out, want);
	assert_int_equal(len, strlen(want));
	assert_int_equal(changed, strlen(want) != n || memcmp(want, in, n) != 0);
}

static void escapes_what_could_deceive(void **state)
{
#define ROW(in, want, why)                                                                         \
	{                                                                                          \
		in, sizeof(in) - 1, want, why                                                      \
	}
	static const struct {
		const char *in;
		size_t n;
		const char *want, *why;
	} row[] = {
		ROW("", "", "nothing"),
		ROW("/home/ana/a b.c", "/home/ana/a b.c", "plain text passes"),
		ROW("naïve – 日本語 ✓ 🙂", "naïve – 日本語 ✓ 🙂",
		    "visible UTF-8 passes"),
		ROW("e\xcc\x81", "e\xcc\x81", "one accent on a letter: names from macOS"),
		ROW("a\xcc\x81\xcc\x82\xcc\x83", "a\xcc\x81\xcc\x82\\u{303}",
		    "the third of a pile"),
		ROW("\xcc\x81x", "\\u{301}x", "an accent would sit on what stands before the text"),
		ROW("\n\xcc\x81", "\\x0A\\u{301}", "nor on an escape"),
		ROW("a\\x1b", "a\\\\x1b", "a backslash must not fake an escape"),
		ROW("\\u{202E}", "\\\\u{202E}", "nor the long form"),
		ROW("\x1b[2J", "\\x1B[2J", "clears the screen"),
		ROW("a\0b", "a\\x00b", "NUL inside"),
		ROW("\t\r\n\x7f", "\\x09\\x0D\\x0A\\x7F", "C0 and DEL"),
		ROW("\xc2\x9b"
		    "2J",
		    "\\u{9B}2J", "C1 CSI in UTF-8"),
		ROW("\x9b"
		    "2J",
		    "\\x9B2J", "C1 CSI as a byte is told apart from it"),
		ROW("exe\xe2\x80\xaegpj", "exe\\u{202E}gpj", "right-to-left override"),
		ROW("\xe2\x81\xa6\xe2\x81\xa9", "\\u{2066}\\u{2069}", "isolates"),
		ROW("\xd8\x9c", "\\u{61C}", "Arabic letter mark"),
		ROW("a\xe2\x80\x8b", "a\\u{200B}", "zero width space"),
		ROW("a\xe2\x80\x8d", "a\\u{200D}", "zero width joiner"),
		ROW("\xc2\xa0", "\\u{A0}", "no-break space"),
		ROW("\xe3\x80\x80", "\\u{3000}", "ideographic space"),
		ROW("\xe3\x85\xa4", "\\u{3164}", "Hangul filler"),
		ROW("\xef\xb8\x8f", "\\u{FE0F}", "variation selector"),
		ROW("\xf3\xa0\x81\x81", "\\u{E0041}", "tag A: hidden ASCII"),
		ROW("\xf3\xa0\x84\x80", "\\u{E0100}", "variation selector of the supplement"),
		ROW("\xef\xbb\xbf", "\\u{FEFF}", "byte order mark"),
		ROW("\xee\x80\x80", "\\u{E000}", "private use"),
		ROW("\xef\xbf\xbf", "\\u{FFFF}", "noncharacter"),
		ROW("\xf4\x8f\xbf\xbf", "\\u{10FFFF}", "the last one"),
		ROW("\xc0\xaf", "\\xC0\\xAF", "overlong slash"),
		ROW("\xe0\x80\xaf", "\\xE0\\x80\\xAF", "overlong in three"),
		ROW("\xed\xa0\x80", "\\xED\\xA0\\x80", "surrogate"),
		ROW("\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80", "above U+10FFFF"),
		ROW("\xf8\x88\x80\x80\x80", "\\xF8\\x88\\x80\\x80\\x80", "five-byte form"),
		ROW("\xe2\x82", "\\xE2\\x82", "cut short at the end"),
		ROW("\xe2\x82z", "\\xE2\\x82z", "cut short before a letter"),
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++)
		escape_eq(row[i].in, row[i].n, row[i].want, row[i].why);
}

static void a_short_buffer_gets_whole_escapes_and_an_end(void **state)
{
	static const char in[] = "ab\x1b\xe2\x80\xae"
				 "c";
	static const char *const want[] = {"", "a", "ab", "ab", "ab", "ab", "ab\\x1B", "ab\\x1B"};
	char out[64];

	(void)state;
	for (size_t cap = 1; cap <= SEL_N(want); cap++) {
		memset(out, '#', sizeof out);
		assert_int_equal(sel_text_escape(in, sizeof in - 1, out, cap, NULL), 15);
		assert_string_equal(out, want[cap - 1]);
		assert_int_equal(out[cap], '#');
	}
	memset(out, '#', sizeof out);
	assert_int_equal(sel_text_escape(in, sizeof in - 1, out, 0, NULL), 15);
	assert_int_equal(out[0], '#');
	/* What is short enough for the rest must not jump the queue: text is cut, never holed. */
	assert_int_equal(sel_text_escape("\x1b"
					 "a",
					 2, out, 3, NULL),
			 5);
	assert_string_equal(out, "");
}

/* The inverse of the escape, written here a second time on purpose. */
static size_t unescape(const char *text, char *out)
{
	size_t n = 0;

	for (const char *p = text; *p;) {
		unsigned v;

		if (*p != '\\') {
			out[n++] = *p++;
		} else if (p[1] == '\\') {
			out[n++] = '\\';
			p += 2;
		} else if (p[1] == 'x') {
			assert_int_equal(sscanf(p + 2, "%2x", &v), 1);
			out[n++] = (char)v;
			p += 4;
		} else {
			assert_int_equal(sscanf(p, "\\u{%x}", &v), 1);
			if (v >= 0x10000) {
				out[n++] = (char)(0xf0 | v >> 18);
				out[n++] = (char)(0x80 | (v >> 12 & 63));
			} else if (v >= 0x800) {
				out[n++] = (char)(0xe0 | v >> 12);
			} else {
				out[n++] = (char)(0xc0 | v >> 6);
			}
			if (v >= 0x800)
				out[n++] = (char)(0x80 | (v >> 6 & 63));
			out[n++] = (char)(0x80 | (v & 63));
			p = strchr(p, '}') + 1;
		}
	}
	return n;
}

/* Bytes that hit sequences, their borders and their ruins far more often than plain noise would. */
static size_t random_bytes(char *out, size_t cap)
{
	static const char *const bits[] = {"\x1b",
					   "\\",
					   "\\u{",
					   "\xe2\x80",
					   "\xe2\x80\xae",
					   "\xcc\x81",
					   "\xf0\x9f\x99\x82",
					   "\xf3\xa0",
					   "\xc2",
					   "a",
					   "\xed\xa0\x80",
					   "\xef\xbb\xbf",
					   "\xf4",
					   "}",
					   "\x80",
					   " "};
	size_t n = (size_t)random() % cap, used = 0;

	while (used < n) {
		const char *bit = bits[random() % (long)SEL_N(bits)];
		size_t len = strlen(bit);

		if (random() % 3 == 0 || len > cap - used) {
			out[used++] = (char)random();
			continue;
		}
		memcpy(out + used, bit, len);
		used += len;
	}
	return used;
}

static void random_bytes_become_valid_printable_bounded_text(void **state)
{
	char in[64], out[4 * sizeof in + 1], back[sizeof out], part[32];

	(void)state;
	srandom(20261123);
	for (int round = 0; round < 20000; round++) {
		size_t n = random_bytes(in, sizeof in), len, cut;
		bool changed;

		len = sel_text_escape(in, n, out, sizeof out, &changed);
		assert_true(len <= 4 * n && len == strlen(out));
		assert_int_equal(changed, len != n || memcmp(in, out, n) != 0);
		/* jansson is the second opinion on UTF-8. */
		json_t *string = json_string(out);
		assert_non_null(string);
		json_decref(string);
		for (size_t i = 0; i < len; i++)
			assert_true((unsigned char)out[i] >= 0x20 && out[i] != 0x7f);
		/* Nothing dropped, nothing ambiguous: the bytes can be had again. */
		assert_int_equal(unescape(out, back), n);
		assert_memory_equal(back, in, n);
		/* A short buffer holds a leading part of the same text. */
		cut = 1 + (size_t)random() % (sizeof part - 1);
		assert_int_equal(sel_text_escape(in, n, part, cut, NULL), len);
		assert_true(strlen(part) < cut);
		assert_int_equal(strncmp(part, out, strlen(part)), 0);
		assert_true(unescape(part, back) <= n);
	}
}

/* One pass over all that is assigned and a sample of the rest; a sum of all that came out. */
static uint64_t escape_all(void)
{
	uint64_t sum = 14695981039346656037u; /* FNV-1a */
	char utf8[4], text[16], name[16];

	for (uint32_t cp = 0x80; cp <= 0x10ffff; cp += cp < 0x20000 || cp >> 12 == 0xe0 ? 1 : 251) {
		size_t n, len;

		if (cp >= 0xd800 && cp <= 0xdfff)
			continue;
		(void)snprintf(name, sizeof name, "\\u{%X}", (unsigned)cp);
		n = unescape(name, utf8);
		len = sel_text_escape(utf8, n, text, sizeof text, NULL);
		if (strcmp(text, name) != 0 && (len != n || memcmp(text, utf8, n) != 0))
			fail_msg("U+%X became '%s'", (unsigned)cp, text);
		for (size_t i = 0; i < len; i++)
			sum = (sum ^ (uint8_t)text[i]) * 1099511628211u;
	}
	return sum;
}

static void every_code_point_is_shown_or_escaped_the_same_in_every_locale(void **state)
{
	uint64_t sum = escape_all();

	(void)state;
	if (!setlocale(LC_ALL, "C.UTF-8"))
		skip();
	assert_true(escape_all() == sum);
	(void)setlocale(LC_ALL, "C");
}

static void columns_follow_the_terminal(void **state)
{
	static const struct {
		const char *text;
		int columns;
		const char *why;
	} row[] = {
		{"", 0, "nothing"},	      {"abc", 3, "ASCII"},
		{"日本", 4, "wide"},	      {"e\xcc\x81", 1, "accent takes none"},
		{"\\x1B", 4, "an escape"},    {"\\u{202E}", 8, "a long escape"},
		{"a\\\\b", 4, "backslash"},   {"\\", 1, "lone backslash"},
		{"\xff\xfe", 2, "not UTF-8"}, {"\\u{1234567890}", 14, "no escape of ours"},
	};

	(void)state;
	if (!setlocale(LC_ALL, "C.UTF-8"))
		skip();
	for (size_t i = 0; i < SEL_N(row); i++)
		if (sel_text_columns(row[i].text) != row[i].columns)
			fail_msg("%s: %d", row[i].why, sel_text_columns(row[i].text));
	(void)setlocale(LC_ALL, "C");
	assert_int_equal(sel_text_columns("é"),
			 1); /* unknown to the C locale, yet never negative */
}

static void elides_in_the_middle_and_never_inside_a_piece(void **state)
{
	static const struct {
		const char *text;
		int columns;
		bool utf8;
		size_t cap;
		const char *want;
		bool cut;
		const char *why;
	} row[] = {
		{"abcdef", 6, true, 64, "abcdef", false, "fits"},
		{"abcdef", 5, true, 64, "ab…ef", true, "middle"},
		{"abcdef", 4, true, 64, "a…ef", true, "the end gets the odd column"},
		{"abcdef", 5, false, 64, "a...f", true, "ASCII dots"},
		{"abcdef", 1, true, 64, "…", true, "only the mark"},
		{"abcdef", 2, false, 64, "..", true, "less than the mark"},
		{"abcdef", 0, true, 64, "", true, "no room"},
		{"abcdef", -5, true, 64, "", true, "less than no room"},
		{"", 0, true, 64, "", false, "nothing to cut"},
		{"\\u{202E}abc", 6, true, 64, "…abc", true, "the escape is left out whole"},
		{"abc\\u{202E}", 6, true, 64, "ab…", true, "at the end as well"},
		{"日本語日本語", 7, true, 64, "日…本語", true, "wide characters are not halved"},
		{"ae\xcc\x81zzzzzz", 5, true, 64, "ae\xcc\x81…zz", true,
		 "the accent stays on its letter"},
		{"abcdefghij", 10, true, 8, "ab…ij", true, "cut further for the buffer"},
		{"abcdefghij", 10, true, 1, "", true, "room for the end only"},
		{"abcdefghij", 10, true, 2, "", true, "the mark has three bytes"},
		{"abcdefghij", 10, false, 2, ".", true, "a dot fits"},
	};
	char out[64];

	(void)state;
	if (!setlocale(LC_ALL, "C.UTF-8"))
		skip();
	for (size_t i = 0; i < SEL_N(row); i++) {
		bool cut =
			sel_text_elide(row[i].text, row[i].columns, row[i].utf8, out, row[i].cap);

		if (cut != row[i].cut || strcmp(out, row[i].want) != 0)
			fail_msg("%s: '%s' %d", row[i].why, out, cut);
	}
	(void)setlocale(LC_ALL, "C");
}

static void eliding_random_text_keeps_to_its_bounds(void **state)
{
	char in[64], text[4 * sizeof in + 1], out[sizeof text + 4];

	(void)state;
	if (!setlocale(LC_ALL, "C.UTF-8"))
		skip();
	srandom(7);
	for (int round = 0; round < 20000; round++) {
		size_t n = random_bytes(in, sizeof in),
		       cap = 1 + (size_t)random() % (sizeof out - 1);
		int columns = (int)(random() % 60);
		bool utf8 = random() % 2, cut;

		(void)sel_text_escape(in, n, text, sizeof text, NULL);
		memset(out, '#', sizeof out);
		cut = sel_text_elide(text, columns, utf8, out, cap);
		assert_true(strlen(out) < cap);
		assert_true(sel_text_columns(out) <= columns);
		assert_int_equal(cut, strcmp(out, text) != 0);
		json_t *string = json_string(out); /* no character was cut apart */
		assert_non_null(string);
		json_decref(string);
	}
	(void)setlocale(LC_ALL, "C");
}

static void bytes_round_trip_through_json(void **state)
{
	char in[64];

	(void)state;
	srandom(42);
	for (int round = 0; round < 5000; round++) {
		json_t *obj = json_object();
		size_t n = random_bytes(in, sizeof in - 1);
		char *back, *dumped;

		for (size_t i = 0; i < n; i++)
			if (in[i] == '\0')
				in[i] = 'n';
		in[n] = '\0';
		assert_int_equal(sel_json_set_bytes(obj, "object", in, n), 0);
		/* Through the text form, as a front gets it. */
		dumped = json_dumps(obj, 0);
		json_decref(obj);
		obj = json_loads(dumped, JSON_REJECT_DUPLICATES, NULL);
		free(dumped);
		assert_non_null(obj);
		back = sel_json_get_bytes(obj, "object");
		assert_non_null(back);
		assert_string_equal(back, in);
		free(back);
		json_decref(obj);
	}
}

static void the_raw_form_is_there_only_if_it_differs(void **state)
{
	json_t *obj = json_object();
	char *back, key[80];

	(void)state;
	assert_int_equal(sel_json_set_bytes(obj, "p", "a\x1b", 2), 0);
	assert_string_equal(json_string_value(json_object_get(obj, "p")), "a\\x1B");
	assert_string_equal(json_string_value(json_object_get(obj, "p_b64")), "YRs=");
	/* A stale raw form would win over the new text. */
	assert_int_equal(sel_json_set_bytes(obj, "p", "plain", 5), 0);
	assert_null(json_object_get(obj, "p_b64"));
	back = sel_json_get_bytes(obj, "p");
	assert_string_equal(back, "plain");
	free(back);
	assert_null(sel_json_get_bytes(obj, "absent"));
	assert_int_equal(sel_json_set_bytes(obj, "nul", "a\0b", 3), 0);
	assert_null(sel_json_get_bytes(obj, "nul")); /* "a" would be another file */
	memset(key, 'k', sizeof key);
	key[sizeof key - 1] = '\0';
	assert_int_equal(sel_json_set_bytes(obj, key, "x", 1), -EINVAL);
	json_decref(obj);
}

static void refuses_what_is_not_base64(void **state)
{
	static const struct {
		const char *base64, *bytes, *why;
	} row[] = {
		{"", "", "empty"},
		{"YQ==", "a", "one byte"},
		{"YWI=", "ab", "two"},
		{"YWJj", "abc", "three"},
		{"YWJjZA==", "abcd", "four"},
		{"YQ", NULL, "padding missing"},
		{"YQ=", NULL, "half the padding"},
		{"=", NULL, "padding only"},
		{"====", NULL, "a group of padding"},
		{"Y===", NULL, "three of padding"},
		{"YQ==YQ==", NULL, "padding inside"},
		{"Y Q=", NULL, "a space"},
		{"YW-_", NULL, "the other alphabet"},
		{"YQ==\n", NULL, "a line end"},
	};

	(void)state;
	for (size_t i = 0; i < SEL_N(row); i++) {
		json_t *obj = json_pack("{s:s,s:s}", "p", "text", "p_b64", row[i].base64);
		char *back = sel_json_get_bytes(obj, "p");

		if (!back != !row[i].bytes || (back && strcmp(back, row[i].bytes) != 0))
			fail_msg("%s", row[i].why);
		free(back);
		json_decref(obj);
	}
	json_t *obj = json_pack("{s:i,s:i}", "p", 1, "q_b64", 2);
	assert_null(sel_json_get_bytes(obj, "p"));
	assert_null(sel_json_get_bytes(obj, "q"));
	json_decref(obj);
}

static void a_copy_is_the_whole_text(void **state)
{
	char *text = sel_text_dup("\x1b\xff", 2);

	(void)state;
	assert_string_equal(text, "\\x1B\\xFF");
	free(text);
	text = sel_text_dup("", 0);
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_what_could_deceive),
		cmocka_unit_test(a_short_buffer_gets_whole_escapes_and_an_end),
		cmocka_unit_test(random_bytes_become_valid_printable_bounded_text),
		cmocka_unit_test(every_code_point_is_shown_or_escaped_the_same_in_every_locale),
		cmocka_unit_test(columns_follow_the_terminal),
		cmocka_unit_test(elides_in_the_middle_and_never_inside_a_piece),
		cmocka_unit_test(eliding_random_text_keeps_to_its_bounds),
		cmocka_unit_test(bytes_round_trip_through_json),
		cmocka_unit_test(the_raw_form_is_there_only_if_it_differs),
		cmocka_unit_test(refuses_what_is_not_base64),
		cmocka_unit_test(a_copy_is_the_whole_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
