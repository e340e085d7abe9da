/* Finding a credential in a response, in every spelling that an echo gives it, across any split of
 * the bytes and inside compression. Wu and Manber's search for many words: most positions are never
 * looked at. What a split may have cut in two is held back, and nothing else, so that events which
 * a server sends one by one arrive one by one. */
#include "credential.h"

#include <stdio.h>
#include <strings.h>
#include <zlib.h>

#define SHORTEST     8	 /* bytes; less is found by chance */
#define LONGEST	     256 /* of the value; of a longer one its end, which is what differs */
#define WORDS	     28
#define BLOCK	     2
#define TABLE	     4096 /* a power of two */
#define EXPANDED_MAX ((uint64_t)1 << 30)
#define RATIO_MAX    1000
#define SLICE	     1024 /* of compressed bytes: behind each it may show that all is harmless */
/* Bytes that begin a word and are not held back for that: else a message that ends in one of them
 * by chance would wait for the next, which may be an answer to it. So much of a beginning is no
 * key. */
#define SHOWN 3

enum coding { IDENTITY, GZIP, DEFLATE };

struct word {
	char *p;
	size_t n;
};
/* The end of what was seen, which may begin a word. */
struct tail {
	char *p;
	size_t n;
};
struct sel_scan {
	struct word word[WORDS];
	size_t n_words, shortest, longest;
	uint16_t shift[TABLE]; /* by the last two bytes of a window */
	uint32_t begins[256];  /* which words begin with that byte, a bit each */
	struct tail tail, inside;
	char *joined; /* tail and what follows */
	size_t joined_cap;
	/* one message */
	enum coding coding;
	z_stream z;
	bool inflating, ended, raw;
	uint64_t seen, safe, expanded;
	uint64_t clear;	  /* of a body that does not say that it is compressed, and is */
	uint8_t magic[2]; /* how it begins */
	bool found;
};

/* --- words ---------------------------------------------------------------------------------------
 */

static int add_word(struct sel_scan *s, const char *p, size_t n)
{
	for (size_t i = 0; i < s->n_words; i++)
		if (s->word[i].n == n && memcmp(s->word[i].p, p, n) == 0)
			return 0;
	if (n < SHORTEST || s->n_words == WORDS)
		return 0;
	s->word[s->n_words].p = malloc(n);
	if (!s->word[s->n_words].p)
		return -ENOMEM;
	memcpy(s->word[s->n_words].p, p, n);
	s->word[s->n_words++].n = n;
	if (n < s->shortest)
		s->shortest = n;
	if (n > s->longest)
		s->longest = n;
	return 0;
}

static const char *const alphabets[] = {
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

/* Within a longer text the value begins at one of three places of a group; the characters that its
 * neighbours have a part in are left out. */
static int add_base64(struct sel_scan *s, const char *value, size_t n)
{
	char room[4 * (LONGEST + 4) / 3 + 8];
	int r = 0;

	for (size_t a = 0; a < SEL_N(alphabets); a++)
		for (size_t offset = 0; offset < 3; offset++) {
			size_t first = (offset * 8 + 5) / 6, last = (offset * 8 + n * 8) / 6;

			for (size_t i = first; i < last; i++) {
				unsigned bits = 0;

				for (size_t b = i * 6; b < i * 6 + 6; b++) {
					size_t at = b - offset * 8;
					unsigned char c = (unsigned char)value[at / 8];

					bits = bits << 1 | ((unsigned)c >> (7 - at % 8) & 1U);
				}
				room[i - first] = alphabets[a][bits];
			}
			r = r < 0 ? r : add_word(s, room, last - first);
		}
	explicit_bzero(room, sizeof room);
	return r;
}

enum spelling {
	PERCENT,
	PERCENT_LOWER,
	PERCENT_SCRIPT,
	PERCENT_ALL,
	PERCENT_ALL_LOWER,
	HEX,
	HEX_UPPER,
	JSON,
	JSON_SLASH,
	JSON_GSON,
	JSON_NET,
	JSON_ALL,
	JSON_ALL_UPPER,
	UTF16_LE,
	UTF16_BE,
	SPELLINGS
};

static size_t percent(unsigned char c, bool lower, char *ret)
{
	return (size_t)sprintf(ret, lower ? "%%%02x" : "%%%02X", c);
}

/* What an encoder for strings of JSON writes. PHP escapes slashes too; Go and Gson what HTML or a
 * script in it would act on, .NET more than that and in upper case. */
static size_t json(enum spelling how, unsigned char c, char *ret)
{
	if (how == JSON_GSON && strchr("<>&='", c))
		return (size_t)sprintf(ret, "\\u%04x", c);
	if (how == JSON_NET && strchr("<>&'+\"`", c))
		return (size_t)sprintf(ret, "\\u%04X", c);
	if (c == '"' || c == '\\' || (how == JSON_SLASH && c == '/'))
		return (size_t)sprintf(ret, "\\%c", c);
	*ret = (char)c;
	return 1;
}

static size_t spell(enum spelling how, unsigned char c, char *ret)
{
	bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		     strchr(how == PERCENT_SCRIPT ? "-_.~!'()*" : "-_.~", c);

	switch (how) {
	case PERCENT:
	case PERCENT_LOWER:
	case PERCENT_SCRIPT: /* encodeURIComponent */
		if (!plain)
			return percent(c, how == PERCENT_LOWER, ret);
		*ret = (char)c;
		return 1;
	case PERCENT_ALL:
	case PERCENT_ALL_LOWER:
		return percent(c, how == PERCENT_ALL_LOWER, ret);
	case HEX:
	case HEX_UPPER:
		return (size_t)sprintf(ret, how == HEX ? "%02x" : "%02X", c);
	case JSON_ALL:
	case JSON_ALL_UPPER:
		return (size_t)sprintf(ret, how == JSON_ALL ? "\\u%04x" : "\\u%04X", c);
	case UTF16_LE:
	case UTF16_BE:
		ret[how == UTF16_LE ? 0 : 1] = (char)c;
		ret[how == UTF16_LE ? 1 : 0] = '\0';
		return 2;
	case JSON:
	case JSON_SLASH:
	case JSON_GSON:
	case JSON_NET:
	case SPELLINGS:
		break;
	}
	return json(how, c, ret);
}

static int add_spellings(struct sel_scan *s, const char *value, size_t n)
{
	char room[6 * LONGEST + 1];
	int r = 0;

	for (int how = 0; r >= 0 && how < SPELLINGS; how++) {
		size_t at = 0;

		for (size_t i = 0; i < n; i++)
			at += spell((enum spelling)how, (unsigned char)value[i], room + at);
		r = add_word(s, room, at);
	}
	explicit_bzero(room, sizeof room);
	return r;
}

static unsigned block(const char *p)
{
	return ((unsigned)(unsigned char)p[0] << 5 ^ (unsigned char)p[1]) & (TABLE - 1);
}

static void make_table(struct sel_scan *s)
{
	for (size_t w = 0; w < s->n_words; w++)
		s->begins[(unsigned char)s->word[w].p[0]] |= 1U << w;
	for (size_t i = 0; i < TABLE; i++)
		s->shift[i] = (uint16_t)(s->shortest - BLOCK + 1);
	for (size_t w = 0; w < s->n_words; w++)
		for (size_t at = BLOCK; at <= s->shortest; at++) {
			uint16_t *shift = &s->shift[block(s->word[w].p + at - BLOCK)];

			if (s->shortest - at < *shift)
				*shift = (uint16_t)(s->shortest - at);
		}
}

int sel_scan_new(const char *value, size_t n, struct sel_scan **ret)
{
	struct sel_scan *s;
	int r;

	if (n < SHORTEST)
		return -EINVAL;
	if (n > LONGEST) {
		value += n - LONGEST;
		n = LONGEST;
	}
	s = calloc(1, sizeof *s);
	if (!s)
		return -ENOMEM;
	s->shortest = SIZE_MAX;
	r = add_word(s, value, n);
	if (r >= 0)
		r = add_base64(s, value, n);
	if (r >= 0)
		r = add_spellings(s, value, n);
	if (r >= 0 && (!(s->tail.p = malloc(s->longest)) || !(s->inside.p = malloc(s->longest))))
		r = -ENOMEM;
	if (r < 0) {
		sel_scan_free(s);
		return r;
	}
	make_table(s);
	*ret = s;
	return 0;
}

static void wipe(char *p, size_t n)
{
	if (p)
		explicit_bzero(p, n);
	free(p);
}

void sel_scan_free(struct sel_scan *s)
{
	if (!s)
		return;
	if (s->inflating)
		(void)inflateEnd(&s->z);
	for (size_t i = 0; i < s->n_words; i++)
		wipe(s->word[i].p, s->word[i].n);
	wipe(s->joined, s->joined_cap);
	wipe(s->tail.p, s->tail.p ? s->longest : 0);
	wipe(s->inside.p, s->inside.p ? s->longest : 0);
	wipe((char *)s, sizeof *s);
}

/* --- search --------------------------------------------------------------------------------------
 */

static bool word_at(const struct sel_scan *s, const char *p, size_t n)
{
	for (size_t i = 0; i < s->n_words; i++)
		if (s->word[i].n <= n && memcmp(s->word[i].p, p, s->word[i].n) == 0)
			return true;
	return false;
}

static bool search(const struct sel_scan *s, const char *p, size_t n)
{
	size_t at = s->shortest;

	while (at <= n) {
		unsigned shift = s->shift[block(p + at - BLOCK)];

		if (shift == 0) {
			if (word_at(s, p + at - s->shortest, n - (at - s->shortest)))
				return true;
			shift = 1;
		}
		at += shift;
	}
	return false;
}

/* How many bytes at the end may begin a word. */
static size_t cut_off(const struct sel_scan *s, const char *p, size_t n)
{
	size_t most = n < s->longest - 1 ? n : s->longest - 1;

	for (size_t k = most; k > 0; k--)
		for (uint32_t left = s->begins[(unsigned char)p[n - k]]; left; left &= left - 1) {
			const struct word *w = &s->word[__builtin_ctz(left)];

			if (w->n > k && memcmp(w->p, p + n - k, k) == 0)
				return k;
		}
	return 0;
}

/* Text as the client will read it. True: found. */
static int take_text(struct sel_scan *s, struct tail *t, const char *p, size_t n)
{
	size_t all = t->n + n;

	if (n == 0)
		return s->found;
	if (all > s->joined_cap) {
		wipe(s->joined, s->joined_cap);
		s->joined_cap = 0;
		s->joined = malloc(all);
		if (!s->joined)
			return -ENOMEM;
		s->joined_cap = all;
	}
	memcpy(s->joined, t->p, t->n);
	memcpy(s->joined + t->n, p, n);
	s->found = s->found || search(s, s->joined, all);
	t->n = cut_off(s, s->joined, all);
	memcpy(t->p, s->joined + all - t->n, t->n);
	return s->found;
}

static size_t held_back(const struct tail *t)
{
	return t->n > SHOWN ? t->n : 0;
}

/* --- messages ------------------------------------------------------------------------------------
 */

static int coding_of(const char *name)
{
	static const struct {
		const char *name;
		enum coding coding;
	} known[] = {{"", IDENTITY},
		     {"identity", IDENTITY},
		     {"gzip", GZIP},
		     {"x-gzip", GZIP},
		     {"deflate", DEFLATE}};

	for (size_t i = 0; i < SEL_N(known); i++)
		if (strcasecmp(known[i].name, name ? name : "") == 0)
			return (int)known[i].coding;
	return -ENOTSUP;
}

int sel_scan_begin(struct sel_scan *s, const char *encoding)
{
	int coding = coding_of(encoding);

	if (coding < 0)
		return coding;
	if (s->inflating)
		(void)inflateEnd(&s->z);
	s->inflating = s->ended = s->found = s->raw = false;
	s->coding = (enum coding)coding;
	s->seen = s->safe = s->expanded = s->clear = 0;
	s->tail.n = s->inside.n = 0;
	if (s->coding == IDENTITY)
		return 0;
	s->z = (z_stream){0};
	/* deflate means zlib's format (RFC 9110, section 8.4.1.2); some send it bare. */
	if (inflateInit2(&s->z, s->coding == GZIP ? 15 + 16 : 15) != Z_OK)
		return -ENOMEM;
	s->inflating = true;
	return 0;
}

/* After the end of one member another may follow (RFC 1952, section 2.2). */
static int next_member(struct sel_scan *s)
{
	if (s->coding == DEFLATE)
		return -EBADMSG; /* bytes behind the end: some would read them */
	return inflateReset(&s->z) == Z_OK ? 0 : -EBADMSG;
}

static int inflate_step(struct sel_scan *s, char *out, size_t cap, size_t *ret_n)
{
	int z;

	s->z.next_out = (Bytef *)out;
	s->z.avail_out = (uInt)cap;
	z = inflate(&s->z, Z_SYNC_FLUSH);
	if (z == Z_DATA_ERROR && s->coding == DEFLATE && s->expanded == 0 && !s->raw &&
	    s->z.total_out == 0)
		return -EAGAIN;
	*ret_n = cap - s->z.avail_out;
	s->ended = z == Z_STREAM_END;
	return z == Z_OK || z == Z_STREAM_END || z == Z_BUF_ERROR ? 0
	       : z == Z_MEM_ERROR				  ? -ENOMEM
								  : -EBADMSG;
}

static int take_slice(struct sel_scan *s, struct tail *t, const void *p, size_t n, char *out,
		      size_t cap)
{
	size_t got;
	int r = 0;

	s->z.next_in = (Bytef *)(uintptr_t)p;
	s->z.avail_in = (uInt)n;
	do {
		if (s->ended && s->z.avail_in > 0)
			r = next_member(s);
		if (r >= 0)
			r = inflate_step(s, out, cap, &got);
		if (r == -EAGAIN) { /* once: the same bytes without zlib's head */
			s->raw = true;
			if (s->seen > 0 || inflateReset2(&s->z, -15) != Z_OK)
				return -EBADMSG;
			s->z.next_in = (Bytef *)(uintptr_t)p;
			s->z.avail_in = (uInt)n;
			r = 0;
			continue;
		}
		if (r < 0)
			return r;
		s->expanded += got;
		if (s->expanded > EXPANDED_MAX || s->expanded > (s->seen + n) * RATIO_MAX + cap)
			return -EFBIG;
		r = take_text(s, t, out, got);
	} while (r == 0 && (s->z.avail_in > 0 || s->z.avail_out == 0));
	return r;
}

/* Compressed bytes cannot be cut at a character: all so far are harmless, or only those before. As
 * they stand they are text as well: a gzip file has fields for a name and a comment in its head. */
static int take_compressed(struct sel_scan *s, const char *p, size_t n)
{
	char out[16384];
	int r = 0;

	for (size_t at = 0; r == 0 && at < n; at += SLICE) {
		size_t slice = n - at < SLICE ? n - at : SLICE;

		r = take_text(s, &s->inside, p + at, slice);
		if (r == 0)
			r = take_slice(s, &s->tail, p + at, slice, out, sizeof out);
		s->seen += slice;
		if (r == 0 && held_back(&s->tail) == 0 && held_back(&s->inside) == 0)
			s->safe = s->seen;
	}
	explicit_bzero(out, sizeof out);
	return r;
}

/* Archives begin like that, and bodies that were compressed in silence. */
static bool is_packed(const uint8_t magic[2])
{
	unsigned int both = (unsigned int)magic[0] << 8 | magic[1];

	return both == 0x1f8b || (magic[0] == 0x78 && both % 31 == 0);
}

/* What breaks or grows too large is an archive, or none: it is text then, and nothing else. */
static int take_inside(struct sel_scan *s, const void *p, size_t n)
{
	uint64_t seen = s->seen;
	char out[16384];
	int r = 0;

	for (size_t at = 0; r == 0 && at < n; at += SLICE) {
		size_t slice = n - at < SLICE ? n - at : SLICE;

		r = take_slice(s, &s->inside, (const char *)p + at, slice, out, sizeof out);
		s->seen += slice;
		if (r == 0 && held_back(&s->inside) == 0)
			s->clear = s->seen;
	}
	s->seen = seen;
	explicit_bzero(out, sizeof out);
	if (r >= 0)
		return r;
	(void)inflateEnd(&s->z);
	s->inflating = false;
	return r == -ENOMEM ? r : 0;
}

static int look_inside(struct sel_scan *s, const char *p, size_t n)
{
	size_t had = s->seen < 2 ? (size_t)s->seen : 2;

	for (size_t i = had; i < 2 && i - had < n; i++)
		s->magic[i] = (uint8_t)p[i - had];
	if (had < 2 && had + n >= 2 && is_packed(s->magic)) {
		s->z = (z_stream){0};
		if (inflateInit2(&s->z, 15 + 32) != Z_OK)
			return -ENOMEM;
		s->inflating = true;
		if (had == 1)
			(void)take_inside(s, s->magic, 1);
	}
	return s->inflating ? take_inside(s, p, n) : 0;
}

static int take_identity(struct sel_scan *s, const char *p, size_t n)
{
	int r = look_inside(s, p, n);
	uint64_t safe;

	if (r == 0)
		r = take_text(s, &s->tail, p, n);
	s->seen += n;
	if (!s->inflating)
		s->clear = s->seen;
	safe = s->seen - held_back(&s->tail);
	if (safe > s->clear)
		safe = s->clear;
	if (safe > s->safe) /* what was said to be is */
		s->safe = safe;
	return r;
}

int sel_scan_feed(struct sel_scan *s, const void *p, size_t n, size_t *ret_safe)
{
	int r = n > UINT32_MAX		? -EFBIG
		: s->coding == IDENTITY ? take_identity(s, p, n)
					: take_compressed(s, p, n);

	if (r == 0)
		*ret_safe = (size_t)s->safe;
	return r;
}

int sel_scan_end(struct sel_scan *s)
{
	if (s->found)
		return 1;
	return s->coding == IDENTITY || s->ended || s->seen == 0 ? 0 : -EBADMSG;
}

/* Names come in lower case, whatever the upstream wrote. The first word is the value itself. */
static bool in_name(const struct sel_scan *s, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i + s->word[0].n <= n; i++)
		if (strncasecmp(name + i, s->word[0].p, s->word[0].n) == 0)
			return true;
	return false;
}

bool sel_scan_headers(struct sel_scan *s, const struct sel_headers *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (search(s, h->item[i].value, strlen(h->item[i].value)) ||
		    search(s, h->item[i].name, strlen(h->item[i].name)) ||
		    in_name(s, h->item[i].name))
			return true;
	return false;
}
