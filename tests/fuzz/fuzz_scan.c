/* An upstream that hands the credential back, in pieces of its choosing and compressed. The first
 * byte says how; the rest is text in which some bytes stand for a spelling of the credential, or is
 * taken as compressed bytes as it is. */
#include "fuzz.h"

#include "egress/credential.h"

#include <zlib.h>

enum how { PLAIN, GZIP, ZLIB, BARE, HOSTILE_GZIP, HOSTILE_DEFLATE, HOW_N };

static const char value[] = "seldom+real/VALUE=01~x\"y";
#define VALUE_N (sizeof value - 1)

struct text {
	uint8_t p[256 * 1024];
	size_t n;
	bool holds; /* the credential, in one of the spellings */
};
static struct text plain, sent;

static void add(struct text *t, const void *p, size_t n)
{
	if (n <= sizeof t->p - t->n) {
		memcpy(t->p + t->n, p, n);
		t->n += n;
	}
}

static void add_base64(struct text *t, size_t offset, const char *alphabet)
{
	uint8_t raw[2 + sizeof value + 2] = "ab";
	char coded[2 * sizeof raw];
	size_t n = offset + VALUE_N + 2, at = 0;

	memcpy(raw + offset, value, VALUE_N);
	memcpy(raw + offset + VALUE_N, "yz", 2);
	for (size_t bit = 0; bit + 6 <= n * 8; bit += 6) {
		unsigned v = (unsigned)raw[bit / 8] << 8 | raw[bit / 8 + 1];

		coded[at++] = alphabet[v >> (10 - bit % 8) & 63];
	}
	add(t, coded, at);
}

static void add_hex(struct text *t, bool upper, bool percent)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	for (size_t i = 0; i < VALUE_N; i++) {
		const char one[] = {'%', digits[value[i] >> 4 & 15], digits[value[i] & 15]};

		add(t, one + !percent, sizeof one - !percent);
	}
}

static void add_op(struct text *t, uint8_t op)
{
	static const char *const alphabet[] = {
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"};
	static const char json[] = "seldom+real/VALUE=01~x\\\"y";
	size_t before = t->n;
	bool part = op == 0xf0 || op == 0xf1;

	if (op < 0xf0) {
		add(t, &op, 1);
		return;
	}
	if (part)
		add(t, value + (op & 1 ? VALUE_N / 2 : 0), VALUE_N / 2);
	else if (op < 0xf8)
		add_base64(t, op % 3, alphabet[op & 1]);
	else if (op < 0xfc)
		add_hex(t, op & 1, op & 2);
	else if (op == 0xfc)
		add(t, json, sizeof json - 1);
	else
		add(t, value, VALUE_N);
	t->holds |= !part && t->n > before;
}

static void compress_plain(enum how how, unsigned seed)
{
	static const int window[] = {[GZIP] = 15 + 16, [ZLIB] = 15, [BARE] = -15};
	z_stream z = {0};
	size_t at = 0;

	MUST(deflateInit2(&z, (int)(seed % 10), Z_DEFLATED, window[how], 8, Z_DEFAULT_STRATEGY) ==
	     Z_OK);
	z.next_out = sent.p;
	z.avail_out = sizeof sent.p;
	while (at < plain.n) { /* flushed here and there, as a server does that streams */
		size_t n = 1 + (seed >> 8) % 100;

		n = n < plain.n - at ? n : plain.n - at;
		z.next_in = plain.p + at;
		z.avail_in = (uInt)n;
		MUST(deflate(&z, seed & 0x80 ? Z_SYNC_FLUSH : Z_NO_FLUSH) == Z_OK);
		MUST(z.avail_in == 0);
		at += n;
		seed = seed * 1103515245u + 12345u;
	}
	MUST(deflate(&z, Z_FINISH) == Z_STREAM_END);
	sent.n = sizeof sent.p - z.avail_out;
	(void)deflateEnd(&z);
}

static int scan(struct sel_scan *s, enum how how, unsigned max, unsigned seed)
{
	static const char *const coding[HOW_N] = {NULL,	     "gzip",   "deflate",
						  "deflate", "x-gzip", "deflate"};
	const uint8_t *first = how == PLAIN ? memmem(sent.p, sent.n, value, VALUE_N) : NULL;
	size_t safe = 0, last = 0, at = 0;
	int r;

	MUST(sel_scan_begin(s, coding[how]) == 0);
	while (at < sent.n) {
		size_t n = max ? 1 + seed % max : sent.n;

		n = n < sent.n - at ? n : sent.n - at;
		r = sel_scan_feed(s, sent.p + at, n, &safe);
		at += n;
		seed = seed * 1103515245u + 12345u;
		if (r != 0)
			return r;
		MUST(safe >= last && safe <= at);
		MUST(!first || safe <= (size_t)(first - sent.p) + 3); /* so little is shown */
		last = safe;
	}
	return sel_scan_end(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	enum how how = n > 0 ? (enum how)(p[0] % HOW_N) : PLAIN;
	unsigned seed = fuzz_seed(p, n);
	struct sel_scan *s;
	int whole, cut;

	plain.n = sent.n = 0;
	plain.holds = false;
	if (n > 16 * 1024)
		return 0;
	for (size_t i = 1; i < n; i++)
		add_op(&plain, p[i]);
	if (how == PLAIN)
		add(&sent, plain.p, plain.n);
	else if (how < HOSTILE_GZIP)
		compress_plain(how, seed);
	else if (n > 1)
		add(&sent, p + 1, n - 1);
	MUST(sel_scan_new(value, VALUE_N, &s) == 0);
	whole = scan(s, how, 0, 0);
	MUST(whole <= 1);
	for (unsigned max = 1; max <= 1000; max *= 10) {
		cut = scan(s, how, max, seed);
		MUST(whole != 1 || cut != 0);
		MUST(cut != 1 || whole != 0);
	}
	if (how < HOSTILE_GZIP && plain.holds)
		MUST(whole == 1);
	if (how < HOSTILE_GZIP && memmem(plain.p, plain.n, value, VALUE_N))
		MUST(whole == 1);
	if (how == PLAIN || how == GZIP)
		MUST(cut == whole);
	sel_scan_free(s);
	return 0;
}
