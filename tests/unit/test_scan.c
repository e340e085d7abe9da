/* A credential is found in whatever spelling, however the bytes are cut. */
#include "test.h"

#include "credential.h"

#include <stdio.h>
#include <zlib.h>

static const char value[] = "sk-live-Zk9+q/7\"Pp\\3=w_Xy8.R2t<V5uA&1b!C";
static const char filler[] = "{\"text\":\"The quick brown fox says sk-live- and nothing else\"}";

static const char *const alphabets[] = {
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

static size_t base64(const char *p, size_t n, const char *alphabet, char *ret)
{
	unsigned bits = 0, have = 0;
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | (unsigned char)p[i];
		for (have += 8; have >= 6; have -= 6)
			ret[to++] = alphabet[bits >> (have - 6) & 63];
	}
	if (have)
		ret[to++] = alphabet[bits << (6 - have) & 63];
	return to;
}

/* The `how`-th way in which an echo may spell it. */
enum { WAYS = 20 };
static size_t spelled(int how, char *ret)
{
	char plain[256];
	size_t n = 0;

	if (how < 6) { /* with neighbours of any length around it */
		int m = snprintf(plain, sizeof plain, "%.*s%s:x", how % 3, "ab", value);

		return base64(plain, (size_t)m, alphabets[how / 3], ret);
	}
	for (const char *p = value; *p; p++) {
		unsigned char c = (unsigned char)*p;
		bool safe = strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "-_.~",
				   c);

		switch (how) {
		case 6:
			ret[n++] = *p;
			break;
		case 7:
		case 8:
			n += (size_t)sprintf(ret + n,
					     safe	? "%c"
					     : how == 7 ? "%%%02X"
							: "%%%02x",
					     c);
			break;
		case 9:
			n += (size_t)sprintf(ret + n, "%%%02X", c);
			break;
		case 10:
			n += (size_t)sprintf(ret + n, "%02x", c);
			break;
		case 11:
			n += (size_t)sprintf(ret + n, "%02X", c);
			break;
		case 12:
			n += (size_t)sprintf(ret + n, strchr("\"\\/", c) ? "\\%c" : "%c", c);
			break;
		case 13: /* Gson */
			n += (size_t)sprintf(ret + n,
					     strchr("\"\\", c)	  ? "\\%c"
					     : strchr("<>&='", c) ? "\\u%04x"
								  : "%c",
					     c);
			break;
		case 14: /* .NET */
			n += (size_t)sprintf(ret + n,
					     strchr("\\", c)	     ? "\\%c"
					     : strchr("<>&\"'+`", c) ? "\\u%04X"
								     : "%c",
					     c);
			break;
		case 15:
		case 16:
			n += (size_t)sprintf(ret + n, how == 15 ? "\\u%04x" : "\\u%04X", c);
			break;
		case 17: /* UTF-16 */
		case 18:
			ret[n + (how == 17)] = '\0';
			ret[n + (how == 18)] = *p;
			n += 2;
			break;
		default: /* encodeURIComponent */
			n += (size_t)sprintf(ret + n, safe || strchr("!'()*", c) ? "%c" : "%%%02X",
					     c);
		}
	}
	return n;
}

/* Feeds in pieces of `step`; what was passed on is checked to hold nothing. */
static int run(struct sel_scan *s, const char *p, size_t n, size_t step, size_t *ret_safe)
{
	size_t safe = 0;

	for (size_t at = 0; at < n; at += step) {
		int r = sel_scan_feed(s, p + at, n - at < step ? n - at : step, &safe);

		if (r != 0)
			return r;
		assert_true(safe <= at + step && safe >= *ret_safe);
		*ret_safe = safe;
	}
	return sel_scan_end(s);
}

static void every_spelling_is_found_across_any_cut(void **state)
{
	struct sel_scan *s;
	char text[2048], word[1024];

	(void)state;
	assert_int_equal(sel_scan_new(value, strlen(value), &s), 0);
	for (int how = 0; how < WAYS; how++) {
		size_t n = spelled(how, word);

		for (size_t step = 1; step < 80; step += step < 8 ? 1 : 13) {
			size_t around = strlen(filler), safe = 0;

			memcpy(text, filler, around);
			memcpy(text + around, word, n);
			memcpy(text + around + n, filler, around);
			assert_int_equal(sel_scan_begin(s, NULL), 0);
			if (run(s, text, 2 * around + n, step, &safe) != 1)
				fail_msg("spelling %d, pieces of %zu", how, step);
			/* what was passed on ends before it, but for neighbours in base64 and what
			 * is shown */
			assert_true(safe <= strlen(filler) + 4 + 3);
		}
	}
	sel_scan_free(s);
}

static void what_is_not_it_passes_at_once(void **state)
{
	struct sel_scan *s;
	size_t safe = 0;
	char text[256];

	(void)state;
	assert_int_equal(sel_scan_new(value, strlen(value), &s), 0);
	assert_int_equal(sel_scan_begin(s, "identity"), 0);
	/* nothing of an event is held back when nothing of it can begin a word */
	assert_int_equal(sel_scan_feed(s, "data: {\"a\": 1}\n\n", 16, &safe), 0);
	assert_int_equal(safe, 16);
	assert_int_equal(sel_scan_feed(s, "data: sk", 8, &safe), 0); /* nor for so little */
	assert_int_equal(safe, 16 + 8);
	assert_int_equal(sel_scan_feed(s, "-o\n", 3, &safe), 0);
	assert_int_equal(safe, 16 + 11);
	assert_int_equal(sel_scan_begin(s, "identity"), 0);
	assert_int_equal(sel_scan_feed(s, "data: {\"a\": 1}\n\n", 16, &safe), 0);
	assert_int_equal(sel_scan_feed(s, "data: sk-li", 11, &safe), 0);
	assert_int_equal(safe, 16 + 6);
	assert_int_equal(sel_scan_feed(s, "fe\n", 3, &safe), 0);
	assert_int_equal(safe, 16 + 14);
	assert_int_equal(sel_scan_end(s), 0);
	for (size_t cut = 1; cut < strlen(value); cut++) { /* parts of it */
		int n = snprintf(text, sizeof text, "%s %.*s %s", filler, (int)cut, value,
				 value + strlen(value) - cut);

		safe = 0;
		assert_int_equal(sel_scan_begin(s, NULL), 0);
		assert_int_equal(run(s, text, (size_t)n, 7, &safe), 0);
	}
	sel_scan_free(s);
}

static size_t compress_text(const char *text, size_t n, int bits, char *ret, size_t cap)
{
	z_stream z = {0};

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)text;
	z.avail_in = (uInt)n;
	z.next_out = (Bytef *)ret;
	z.avail_out = (uInt)cap;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	cap -= z.avail_out;
	(void)deflateEnd(&z);
	return cap;
}

static void compression_hides_nothing(void **state)
{
	static const struct {
		const char *name;
		int bits;
	} coding[] = {
		{"gzip", 31}, {"x-gzip", 31}, {"deflate", 15}, {"deflate", -15}, {"GZIP", 31}};
	struct sel_scan *s;
	char text[512], packed[1024];

	(void)state;
	assert_int_equal(sel_scan_new(value, strlen(value), &s), 0);
	for (size_t c = 0; c < SEL_N(coding); c++)
		for (int with = 0; with < 2; with++)
			for (size_t step = 2; step < 200; step += 31) {
				int len = snprintf(text, sizeof text, "%s%s%s", filler,
						   with ? value : "no value at all", filler);
				size_t n = compress_text(text, (size_t)len, coding[c].bits, packed,
							 sizeof packed);
				size_t safe = 0;

				assert_int_equal(sel_scan_begin(s, coding[c].name), 0);
				assert_int_equal(run(s, packed, n, step, &safe), with);
				if (!with)
					assert_int_equal(safe, n);
			}
	sel_scan_free(s);
}

/* Nothing says that it is compressed, as with an archive. What is none, or broken, is text. */
static void compression_in_silence_hides_nothing(void **state)
{
	static const int bits[] = {31, 15};
	static char large[1 << 18], packed[1 << 18];
	struct sel_scan *s;

	(void)state;
	assert_int_equal(sel_scan_new(value, strlen(value), &s), 0);
	for (int with = 0; with < 3; with++)
		for (size_t step = 1; step < 5000; step += 1 + step * 3) {
			size_t n, half, safe = 0;

			memset(large, '.', sizeof large); /* far smaller when packed */
			n = compress_text(large, sizeof large, bits[with % 2], packed,
					  sizeof packed);
			if (with == 1)
				memcpy(large + sizeof large / 2, value, strlen(value));
			half = compress_text(large, sizeof large, bits[with % 2], packed,
					     sizeof packed);
			if (with == 2) { /* in a second member */
				half += compress_text(value, strlen(value), 31, packed + half,
						      sizeof packed - half);
				n = half;
			}
			assert_int_equal(sel_scan_begin(s, NULL), 0);
			assert_int_equal(run(s, packed, half, step, &safe), with > 0);
			if (with == 0) {
				assert_int_equal(safe, n);
				packed[n / 2] ^= 0x55;
				safe = 0;
				assert_int_equal(sel_scan_begin(s, NULL), 0);
				assert_int_equal(run(s, packed, n, step, &safe), 0);
				assert_int_equal(safe, n);
			}
		}
	assert_int_equal(sel_scan_begin(s, NULL), 0);
	assert_int_equal(run(s, "x\x9c no such thing", 17, 3, &(size_t){0}), 0);
	sel_scan_free(s);
}

static void members_bombs_and_rubbish(void **state)
{
	static char zeros[4 << 20];
	struct sel_scan *s;
	char packed[16384];
	size_t n, safe = 0;

	(void)state;
	assert_int_equal(sel_scan_new(value, strlen(value), &s), 0);
	n = compress_text(filler, strlen(filler), 31, packed, sizeof packed);
	n += compress_text(value, strlen(value), 31, packed + n, sizeof packed - n);
	assert_int_equal(sel_scan_begin(s, "gzip"), 0);
	assert_int_equal(run(s, packed, n, 50, &safe), 1); /* in the second member */
	n = compress_text(filler, strlen(filler), 31, packed, sizeof packed);
	memcpy(packed + n, filler, strlen(filler));
	assert_int_equal(sel_scan_begin(s, "gzip"), 0);
	safe = 0;
	assert_int_equal(run(s, packed, n + strlen(filler), 5000, &safe), -EBADMSG);
	assert_int_equal(sel_scan_begin(s, "gzip"), 0);
	safe = 0;
	assert_int_equal(run(s, packed, n - 3, 5000, &safe), -EBADMSG); /* cut off */
	n = compress_text(zeros, sizeof zeros, 31, packed, sizeof packed);
	assert_int_equal(sel_scan_begin(s, "gzip"), 0);
	safe = 0;
	assert_int_equal(run(s, packed, n, 64, &safe), -EFBIG);
	assert_int_equal(sel_scan_begin(s, "br"), -ENOTSUP);
	assert_int_equal(sel_scan_begin(s, "gzip, gzip"), -ENOTSUP);
	sel_scan_free(s);
	assert_int_equal(sel_scan_new("short", 5, &s), -EINVAL);
}

/* Unpacking leaves out the comment in a gzip file's head (RFC 1952, section 2.3.1); its reader need
 * not. */
static void the_head_of_what_is_compressed_is_text(void **state)
{
	static const char head[] = "\x1f\x8b\x08\x10\0\0\0\0\0\3";
	struct sel_scan *s;
	char plain[256], packed[512];
	size_t n, at, safe;

	(void)state;
	n = compress_text(filler, strlen(filler), 31, plain, sizeof plain);
	assert_int_equal(sel_scan_new(value, strlen(value), &s), 0);
	for (int with = 0; with < 2; with++)
		for (size_t step = 1; step < 100; step += 7) {
			const char *comment = with ? value : "nothing";

			memcpy(packed, head, 10);
			at = 10 + strlen(comment) + 1;
			memcpy(packed + 10, comment, strlen(comment) + 1);
			memcpy(packed + at, plain + 10, n - 10);
			safe = 0;
			assert_int_equal(sel_scan_begin(s, "gzip"), 0);
			assert_int_equal(run(s, packed, at + n - 10, step, &safe), with);
			if (with)
				assert_true(safe < 10 + strlen(value));
		}
	sel_scan_free(s);
}

/* What is known to be harmless is passed on, though the last byte may begin a match. */
static void compressed_bytes_are_passed_on_in_slices(void **state)
{
	static char text[1 << 18], packed[1 << 19];
	struct sel_scan *s;
	size_t n, safe = 0;

	(void)state;
	for (uint32_t i = 0, x = 1; i < sizeof text; i++) {
		x = x * 1664525 + 1013904223;
		text[i] = (char)('a' + (x >> 16) % 26);
	}
	memcpy(text + sizeof text - 5, value, 5);
	n = compress_text(text, sizeof text, 31, packed, sizeof packed);
	assert_int_equal(sel_scan_new(value, strlen(value), &s), 0);
	assert_int_equal(sel_scan_begin(s, "gzip"), 0);
	assert_int_equal(sel_scan_feed(s, packed, n, &safe), 0);
	assert_true(safe < n && safe > n / 2);
	assert_int_equal(sel_scan_end(s), 0);
	sel_scan_free(s);
}

static void long_values_are_found_by_their_end(void **state)
{
	char secret[4000], text[8200];
	struct sel_scan *s;
	size_t safe = 0;

	(void)state;
	for (uint32_t i = 0, x = 1; i < sizeof secret; i++) {
		x = x * 1664525 + 1013904223;
		secret[i] = (char)('a' + (x >> 16) % 26);
	}
	assert_int_equal(sel_scan_new(secret, sizeof secret, &s), 0);
	memset(text, '.', sizeof text);
	memcpy(text + 100, secret, sizeof secret);
	assert_int_equal(sel_scan_begin(s, NULL), 0);
	assert_int_equal(run(s, text, sizeof text, 1000, &safe), 1);
	memcpy(text + 100, secret, sizeof secret - 1);
	text[100 + sizeof secret - 1] = '!';
	assert_int_equal(sel_scan_begin(s, NULL), 0);
	safe = 0;
	assert_int_equal(run(s, text, sizeof text, 1000, &safe), 0);
	sel_scan_free(s);
}

static void heads_are_looked_at_too(void **state)
{
	struct sel_headers h = {0};
	struct sel_scan *s;

	(void)state;
	assert_int_equal(sel_scan_new("0123456789abcdef", 16, &s), 0);
	assert_int_equal(sel_headers_add(&h, "x-a", 3, "hello", 5), 0);
	assert_false(sel_scan_headers(s, &h));
	assert_int_equal(sel_headers_add(&h, "location", 8, "/?k=0123456789abcdef&x", 22), 0);
	assert_true(sel_scan_headers(s, &h));
	sel_headers_done(&h);
	h = (struct sel_headers){0};
	sel_scan_free(s);
	assert_int_equal(sel_scan_new("Key-ABCdef-0123", 15, &s), 0);
	assert_int_equal(sel_headers_add(&h, "X-Key-ABCdef-012", 16, "1", 1), 0);
	assert_false(sel_scan_headers(s, &h));
	assert_int_equal(sel_headers_add(&h, "X-Key-ABCdef-0123", 17, "1", 1), 0);
	assert_true(sel_scan_headers(s, &h));
	sel_headers_done(&h);
	sel_scan_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_is_found_across_any_cut),
		cmocka_unit_test(what_is_not_it_passes_at_once),
		cmocka_unit_test(compression_hides_nothing),
		cmocka_unit_test(compression_in_silence_hides_nothing),
		cmocka_unit_test(members_bombs_and_rubbish),
		cmocka_unit_test(the_head_of_what_is_compressed_is_text),
		cmocka_unit_test(compressed_bytes_are_passed_on_in_slices),
		cmocka_unit_test(long_values_are_found_by_their_end),
		cmocka_unit_test(heads_are_looked_at_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
