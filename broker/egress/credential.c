/* Which credentials a request carries, and in what places. */
#include "credential.h"

#include <stdio.h>
#include <strings.h>
#include <sys/random.h>

#define PHANTOM_RANDOM 32 /* bytes: 256 bits */
#define PHANTOM_CHARS  43 /* of base64url for those */
#define ESCAPED_MAX    3  /* times: a fixed number, so that it takes linear time */

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int sel_phantom_new(const char *shape, char ret[SEL_PHANTOM_MAX])
{
	uint8_t bytes[PHANTOM_RANDOM + 1] = {0};
	size_t n = strlen(shape);
	unsigned have = 0, bits = 0;
	const uint8_t *p = bytes;

	if (n + PHANTOM_CHARS >= SEL_PHANTOM_MAX)
		return -EINVAL;
	if (getrandom(bytes, PHANTOM_RANDOM, 0) != PHANTOM_RANDOM)
		return -EIO;
	memcpy(ret, shape, n);
	for (size_t i = 0; i < PHANTOM_CHARS; i++) {
		if (have < 6) {
			bits = bits << 8 | *p++;
			have += 8;
		}
		have -= 6;
		ret[n + i] = base64url[bits >> have & 63];
	}
	ret[n + PHANTOM_CHARS] = '\0';
	explicit_bzero(bytes, sizeof bytes);
	return 0;
}

/* --- formats of tokens ---------------------------------------------------------------------------
 */

enum set { SET_ALNUM, SET_TOKEN, SET_DOTTED, SET_UPPER, SET_HEX, SET_BASE64 };

/* A fixed head, then at least so many characters of a set. Public documentation of each issuer; the
 * lengths and sets are as narrow as it allows, because names of packages begin like that too
 * (hf_transfer-0.1.9.tar.gz, pypi-attestations-0.0.21-py3-none-any.whl, sk-video). */
static const struct {
	const char *head;
	enum set set;
	size_t least;
} formats[] = {
	{"-----BEGIN ", SET_UPPER, 2},
	{"ABSK", SET_BASE64, 60},
	{"AGE-SECRET-KEY-1", SET_UPPER, 40},
	{"AIza", SET_TOKEN, 30},
	{"AKIA", SET_UPPER, 16},
	{"ASIA", SET_UPPER, 16},
	{"ATATT", SET_TOKEN, 20},
	{"ATCTT", SET_TOKEN, 20},
	{"AccountKey=", SET_BASE64, 32},
	{"CCIPAT_", SET_TOKEN, 20},
	{"GOCSPX-", SET_TOKEN, 20},
	{"LTAI", SET_ALNUM, 12},
	{"NRAK-", SET_ALNUM, 20},
	{"PMAK-", SET_TOKEN, 30},
	{"SG.", SET_DOTTED, 30},
	{"SharedAccessKey=", SET_BASE64, 32},
	{"cio", SET_ALNUM, 32},
	{"dapi", SET_HEX, 32},
	{"dckr_oat_", SET_TOKEN, 16},
	{"dckr_pat_", SET_TOKEN, 16},
	{"dop_v1_", SET_HEX, 32},
	{"dp.pt.", SET_ALNUM, 30},
	{"figd_", SET_TOKEN, 30},
	{"github_pat_", SET_TOKEN, 20},
	{"ghp_", SET_ALNUM, 20},
	{"gho_", SET_ALNUM, 20},
	{"ghr_", SET_ALNUM, 20},
	{"ghs_", SET_DOTTED, 20},
	{"ghu_", SET_ALNUM, 20},
	{"glagent-", SET_TOKEN, 16},
	{"glcbt-", SET_TOKEN, 16},
	{"gldt-", SET_TOKEN, 16},
	{"glft-", SET_TOKEN, 16},
	{"glimt-", SET_TOKEN, 16},
	{"gloas-", SET_TOKEN, 16},
	{"glpat-", SET_TOKEN, 16},
	{"glptt-", SET_TOKEN, 16},
	{"glrt-", SET_TOKEN, 16},
	{"glsa_", SET_TOKEN, 30},
	{"glsoat-", SET_TOKEN, 16},
	{"gsk_", SET_ALNUM, 30},
	{"hf_", SET_ALNUM, 30},
	{"hvb.", SET_TOKEN, 24},
	{"hvs.", SET_TOKEN, 24},
	{"key-", SET_HEX, 32},
	{"lin_api_", SET_ALNUM, 16},
	{"lin_oauth_", SET_ALNUM, 16},
	{"nfp_", SET_ALNUM, 30},
	{"npm_", SET_ALNUM, 30},
	{"ntn_", SET_ALNUM, 30},
	{"nvapi-", SET_TOKEN, 30},
	{"oy2", SET_ALNUM, 40},
	{"pplx-", SET_ALNUM, 30},
	{"pul-", SET_HEX, 32},
	{"pypi-AgE", SET_TOKEN, 30},
	{"r8_", SET_ALNUM, 30},
	{"rk_live_", SET_ALNUM, 16},
	{"rk_test_", SET_ALNUM, 16},
	{"rubygems_", SET_HEX, 32},
	{"sbp_", SET_HEX, 32},
	{"secret_", SET_ALNUM, 30},
	{"shpat_", SET_HEX, 16},
	{"shpca_", SET_HEX, 16},
	{"shppa_", SET_HEX, 16},
	{"shpss_", SET_HEX, 16},
	{"sk-", SET_TOKEN, 20},
	{"sk_live_", SET_ALNUM, 16},
	{"sk_test_", SET_ALNUM, 16},
	{"sntrys_", SET_BASE64, 20},
	{"sntryu_", SET_HEX, 20},
	{"tskey-", SET_TOKEN, 16},
	{"whsec_", SET_BASE64, 20},
	{"xai-", SET_ALNUM, 30},
	{"xapp-", SET_TOKEN, 16},
	{"xoxa-", SET_TOKEN, 16},
	{"xoxb-", SET_TOKEN, 16},
	{"xoxc-", SET_TOKEN, 16},
	{"xoxd-", SET_TOKEN, 16},
	{"xoxe-", SET_TOKEN, 16},
	{"xoxe.", SET_TOKEN, 16},
	{"xoxp-", SET_TOKEN, 16},
	{"xoxr-", SET_TOKEN, 16},
	{"xoxs-", SET_TOKEN, 16},
	{"ya29.", SET_TOKEN, 20},
};
/* What those begin with, so that most characters cost one look. */
static const bool begins[256] = {
	['-'] = true, ['A'] = true, ['C'] = true, ['G'] = true, ['L'] = true, ['N'] = true,
	['P'] = true, ['S'] = true, ['c'] = true, ['d'] = true, ['f'] = true, ['g'] = true,
	['h'] = true, ['k'] = true, ['l'] = true, ['n'] = true, ['o'] = true, ['p'] = true,
	['r'] = true, ['s'] = true, ['t'] = true, ['w'] = true, ['x'] = true, ['y'] = true};

static bool alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool in_set(unsigned char c, enum set set)
{
	bool digit = c >= '0' && c <= '9', upper = c >= 'A' && c <= 'Z';

	switch (set) {
	case SET_ALNUM:
		return alnum(c);
	case SET_UPPER:
		return digit || upper || c == ' ';
	case SET_HEX:
		return digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
	case SET_BASE64:
		return alnum(c) || c == '+' || c == '/' || c == '-' || c == '_' || c == '=';
	case SET_DOTTED:
		return alnum(c) || c == '_' || c == '-' || c == '.';
	case SET_TOKEN:
		break;
	}
	return alnum(c) || c == '_' || c == '-';
}

static bool fits(const char *p, size_t n, size_t format)
{
	size_t head = strlen(formats[format].head), i = head;

	if (n < head + formats[format].least || memcmp(p, formats[format].head, head) != 0)
		return false;
	while (i < head + formats[format].least && in_set((unsigned char)p[i], formats[format].set))
		i++;
	return i == head + formats[format].least;
}

/* Where a run of base64url ends that began before or at `from`. */
static size_t run_end(const char *p, size_t n, size_t from)
{
	while (from < n && in_set((unsigned char)p[from], SET_TOKEN))
		from++;
	return from;
}

/* A JWS or JWE: an object in base64url ("{" is "ey"), a dot, more, and another dot. What is merely
 * an object, such as a cursor for the next page, has no dots. */
static bool is_jwt(const char *p, size_t n, size_t at, size_t first)
{
	size_t second;

	if (n - at < 3 || memcmp(p + at, "ey", 2) != 0 || first - at < 10 || first == n ||
	    p[first] != '.')
		return false;
	second = run_end(p, n < first + 64 ? n : first + 64, first + 1);
	return second == first + 64 || (second > first + 1 && second < n && p[second] == '.');
}

bool sel_cred_looks_like(const char *text, size_t n)
{
	size_t end = 0; /* of the run that `i` is in */

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		/* In the middle of a word it is a coincidence ("task-..."). */
		if (i > 0 && alnum((unsigned char)text[i - 1]))
			continue;
		if (end <= i)
			end = run_end(text, n, i);
		if (c == 'e' && is_jwt(text, n, i, end))
			return true;
		for (size_t f = 0; begins[c] && f < SEL_N(formats); f++)
			if (text[i] == formats[f].head[0] && fits(text + i, n - i, f))
				return true;
	}
	return false;
}

/* Of letters; most words differ in their first. */
static bool same_letter(char a, char b)
{
	return (a | 0x20) == (b | 0x20);
}

/* A scheme of RFC 9110 with a credential behind it, where none belongs. */
static bool has_scheme(const char *value)
{
	static const char *const schemes[] = {
		"bearer ",    "basic ",	 "token ",     "apikey ", "aws4-hmac-sha256 ",
		"negotiate ", "digest ", "sharedkey ", "hawk ",	  "dpop ",
		"ntlm "};

	for (size_t i = 0; i < SEL_N(schemes); i++)
		if (same_letter(value[0], schemes[i][0]) &&
		    strncasecmp(value, schemes[i], strlen(schemes[i])) == 0)
			return true;
	return false;
}

/* "://user:password@". */
static bool has_userinfo(const char *p, size_t n)
{
	for (size_t i = 0; i + 3 <= n; i++) {
		bool colon = false;

		if (memcmp(p + i, "://", 3) != 0)
			continue;
		for (size_t k = i + 3; k < n && p[k] && !strchr("/?# \"", p[k]); k++) {
			if (p[k] == '@' && colon)
				return true;
			colon |= p[k] == ':';
		}
	}
	return false;
}

/* --- names of slots ------------------------------------------------------------------------------
 */

/* Whose names do not tell. */
static const char *const slot_names[] = {
	"cookie2", "x-ms-authorization-auxiliary", "x-honeycomb-team", "x-jfrog-art-api", "x-pat",
};
/* A part of a name: what stands between other characters than letters and digits, or ends before
 * an upper case letter (accessToken). */
static const char *const slot_parts[] = {
	"auth",	      "authorization", "authentication", "tokens",    "keys",	     "pwd",
	"passphrase", "passcode",      "credential",	 "jwt",	      "credentials", "bearer",
	"sid",	      "sig",	       "signature",	 "otp",	      "cookie",	     "hmac",
	"assertion",  "samlresponse",  "jsessionid",	 "phpsessid",
};
/* What a part ends with (apikey, authtoken, clientsecret). */
static const char *const slot_ends[] = {"token", "secret", "password", "passwd", "key"};
/* Words that end like that. */
static const char *const no_parts[] = {
	"monkey",   "turkey",  "hotkey",    "hockey",	 "whiskey",    "jockey",   "sortkey",
	"cachekey", "passkey", "pagetoken", "skiptoken", "deltatoken", "synctoken"};
/* Have such a part and hold no credential, or one that is worth nothing without another. */
static const char *const no_slots[] = {
	"idempotency-key",
	"x-idempotency-key",
	"idempotencykey",
	"idempotency_key",
	"sec-websocket-key",
	"npm-auth-type",
	"x-stainless-auth-type",
	"surrogate-key",
	"x-csrf-token",
	"x-xsrf-token",
	"max_tokens",
	"max-tokens",
	"maxtokens",
	"page_token",
	"page-token",
	"pagetoken",
	"next_token",
	"nexttoken",
	"next_page_token",
	"nextpagetoken",
	"continuation-token",
	"continuation_token",
	"continuationtoken",
	"sync_token",
	"synctoken",
	"sort_key",
	"sortkey",
	"project_key",
	"projectkey",
	"issue_key",
	"issuekey",
	"cache_key",
	"cachekey",
	"partition_key",
	"partitionkey",
	"$skiptoken",
	"skiptoken",
	"$deltatoken",
	"deltatoken",
};

static bool listed(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (same_letter(list[i][0], name[0]) && strcasecmp(list[i], name) == 0)
			return true;
	return false;
}

static bool listed_part(const char *const *list, size_t n, const char *p, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (same_letter(list[i][0], p[0]) && strlen(list[i]) == len &&
		    strncasecmp(list[i], p, len) == 0)
			return true;
	return false;
}

static bool is_part(const char *p, size_t n)
{
	if (listed_part(slot_parts, SEL_N(slot_parts), p, n))
		return true;
	for (size_t i = 0; i < SEL_N(slot_ends); i++) {
		size_t end = strlen(slot_ends[i]);

		if (n >= end && same_letter(p[n - 1], slot_ends[i][end - 1]) &&
		    strncasecmp(p + n - end, slot_ends[i], end) == 0)
			return !listed_part(no_parts, SEL_N(no_parts), p, n);
	}
	return false;
}

static bool has_part(const char *name)
{
	const char *p = name;

	while (*p) {
		size_t n = 0, camel = 0; /* where the last word of the part begins */

		for (; alnum((unsigned char)p[n]); n++) {
			bool upper = p[n] >= 'A' && p[n] <= 'Z';

			if (!upper || n == 0 || (p[n - 1] >= 'A' && p[n - 1] <= 'Z'))
				continue;
			if (is_part(p + camel, n - camel))
				return true;
			camel = n;
		}
		if (n > 0 && (is_part(p, n) || (camel > 0 && is_part(p + camel, n - camel))))
			return true;
		p += n + (p[n] != '\0');
	}
	return false;
}

static bool is_slot(const char *name)
{
	return listed(slot_names, SEL_N(slot_names), name) ||
	       (has_part(name) && !listed(no_slots, SEL_N(no_slots), name));
}

/* Also names that mean it without a part. */
static bool is_query_slot(const char *name)
{
	static const char *const names[] = {"awsaccesskeyid", "googleaccessid", "ossaccesskeyid",
					    "accesskeyid",    "pass",		"x-amz-credential"};

	return is_slot(name) || listed(names, SEL_N(names), name) ||
	       strncasecmp(name, "x-amz-", 6) == 0 || strncasecmp(name, "x-goog-", 7) == 0;
}

/* --- values --------------------------------------------------------------------------------------
 */

static bool equal(const char *a, const char *b, size_t n)
{
	unsigned char different = 0;

	for (size_t i = 0; i < n; i++)
		different |= (unsigned char)(a[i] ^ b[i]);
	return different == 0;
}

/* The phantom that `p` is, the whole of it. */
static const struct sel_phantom *phantom_is(const struct sel_phantom *list, size_t n, const char *p,
					    size_t len)
{
	const struct sel_phantom *found = NULL;

	for (size_t i = 0; i < n; i++)
		if (strlen(list[i].text) == len && equal(list[i].text, p, len))
			found = &list[i];
	return found;
}

/* Whoever guesses may measure how long it took: what is compared first is 48 bits at once. */
static bool holds(const char *p, size_t len, const char *text)
{
	size_t n = strlen(text);
	uint64_t last, at;

	if (n < PHANTOM_CHARS)
		return false;
	memcpy(&last, text + n - sizeof last, sizeof last);
	for (size_t end = n; end <= len; end++) {
		memcpy(&at, p + end - sizeof at, sizeof at);
		if (at == last && equal(p + end - n, text, n))
			return true;
	}
	return false;
}

static const struct sel_phantom *phantom_in(const struct sel_phantom *list, size_t n, const char *p,
					    size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (holds(p, len, list[i].text))
			return &list[i];
	return NULL;
}

static int base64_value(char c)
{
	const char *at = c ? strchr(base64, c) : NULL;

	if (c == '-')
		return 62;
	if (c == '_')
		return 63;
	return at ? (int)(at - base64) : -1;
}

/* How many bytes; -EINVAL. */
static ssize_t decode64(const char *p, size_t n, char *ret, size_t cap)
{
	unsigned bits = 0, have = 0;
	size_t got = 0;

	while (n > 0 && p[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++) {
		int v = base64_value(p[i]);

		if (v < 0)
			return -EINVAL;
		bits = bits << 6 | (unsigned)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			if (got == cap)
				return -EINVAL;
			ret[got++] = (char)(bits >> have);
			bits &= (1U << have) - 1;
		}
	}
	return (ssize_t)got;
}

static int hex(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* In place. A '+' is a space in queries only. */
static size_t decode_percent(char *p, size_t n, bool query)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '%' && i + 2 < n && hex(p[i + 1]) >= 0 && hex(p[i + 2]) >= 0) {
			p[to++] = (char)(hex(p[i + 1]) << 4 | hex(p[i + 2]));
			i += 2;
		} else {
			p[to++] = query && p[i] == '+' ? ' ' : p[i];
		}
	}
	return to;
}

/* --- the check -----------------------------------------------------------------------------------
 */

struct look {
	const struct sel_net_grant *g;
	const struct sel_phantom *phantoms;
	size_t n;
	struct sel_cred_check *ret;
	bool found; /* the grant's phantom, in one of its slots */
	bool named; /* in one of them stands a name alone */
};

static bool refuse(struct look *l, enum sel_net_why why, const char *where, uint32_t stolen)
{
	/* An incident is worth more than what else is wrong. */
	if (l->ret->why == SEL_NET_OK || (why == SEL_NET_PHANTOM && l->ret->why != why)) {
		l->ret->why = why;
		l->ret->where = where;
		l->ret->stolen = stolen;
	}
	return false;
}

/* A phantom where none belongs. */
static bool misplaced(struct look *l, const char *p, size_t n, const char *where)
{
	const struct sel_phantom *ph = phantom_in(l->phantoms, l->n, p, n);

	if (!ph)
		return false;
	(void)refuse(l, ph->grant == l->g->number ? SEL_NET_FOREIGN : SEL_NET_PHANTOM, where,
		     ph->grant);
	return true;
}

/* Some services take a token for the name, whatever the password: what a program may choose is a
 * name, not a key. */
static bool user_fits(const char *wanted, const char *p, size_t n)
{
	size_t run = 0, digits = 0;

	if (*wanted)
		return strlen(wanted) == n && memcmp(wanted, p, n) == 0;
	for (size_t i = 0; i < n; i++) {
		run = alnum((unsigned char)p[i]) ? run + 1 : 0;
		digits = run == 0 ? 0 : digits + (p[i] >= '0' && p[i] <= '9');
		if ((unsigned char)p[i] < 0x21 || p[i] == 0x7f || (run >= 20 && digits > 0))
			return false;
	}
	return n <= 64 && !sel_cred_looks_like(p, n);
}

/* The credential within a header's value, as the slot wants it; NULL: another scheme. */
static const char *inside(const struct sel_slot *slot, const char *value, char *room, size_t cap,
			  size_t *ret_n)
{
	size_t n = slot->scheme ? strlen(slot->scheme) : 0;
	ssize_t got;
	char *colon;

	if (!slot->scheme) {
		*ret_n = strlen(value);
		return value;
	}
	if (strncasecmp(value, slot->scheme, n) != 0 || value[n] != ' ')
		return NULL;
	value += n;
	value += strspn(value, " ");
	if (!slot->user) {
		*ret_n = strlen(value);
		return value;
	}
	got = decode64(value, strlen(value), room, cap);
	colon = got > 0 ? memchr(room, ':', (size_t)got) : NULL;
	if (!colon || !user_fits(slot->user, room, (size_t)(colon - room)))
		return NULL;
	*ret_n = (size_t)(room + got - colon - 1);
	return colon + 1;
}

/* Is it one of the grant's slots, with its phantom and nothing else in it? */
static bool own_slot(struct look *l, size_t header, const struct sel_header *h)
{
	char room[512];

	for (size_t i = 0; i < l->g->n_slots; i++) {
		const struct sel_phantom *ph;
		const char *p;
		size_t n;

		if (strcmp(l->g->slots[i].header, h->name) != 0)
			continue;
		p = inside(&l->g->slots[i], h->value, room, sizeof room, &n);
		if (p && n == 0 && l->g->slots[i].user) { /* so says curl a name of the address */
			l->named = true;
			return true;
		}
		ph = p ? phantom_is(l->phantoms, l->n, p, n) : NULL;
		if (!ph || ph->grant != l->g->number)
			continue;
		if (l->found)
			return refuse(l, SEL_NET_FOREIGN, "a second copy of the credential", 0);
		l->found = true;
		l->ret->header = header;
		l->ret->slot = i;
		return true;
	}
	return false;
}

/* Basic hides what it carries from everything that looks at text. How many bytes; 0: it is none. */
static size_t basic_decoded(const char *value, char *room, size_t cap)
{
	ssize_t n;

	if (strncasecmp(value, "basic ", 6) != 0)
		return 0;
	value += 6 + strspn(value + 6, " ");
	n = decode64(value, strlen(value), room, cap);
	return n > 0 ? (size_t)n : 0;
}

static bool basic_phantom(struct look *l, const char *value)
{
	char room[512];
	size_t n = basic_decoded(value, room, sizeof room);

	return n > 0 && misplaced(l, room, n, "authorization, basic");
}

static bool is_grants_slot(const struct look *l, const char *name)
{
	for (size_t i = 0; i < l->g->n_slots; i++)
		if (strcmp(l->g->slots[i].header, name) == 0)
			return true;
	return false;
}

static void look_at_slot(struct look *l, size_t i, const struct sel_header *h)
{
	static const char *const known[] = {"authorization", "proxy-authorization", "cookie"};
	const char *where = "a header that is named like a credential";

	for (size_t w = 0; w < SEL_N(known); w++)
		if (strcmp(h->name, known[w]) == 0)
			where = known[w];
	if (own_slot(l, i, h) || misplaced(l, h->value, strlen(h->value), where) ||
	    basic_phantom(l, h->value))
		return;
	if (h->value[0])
		(void)refuse(l, SEL_NET_FOREIGN, where, 0);
}

static void look_at_header(struct look *l, size_t i, const struct sel_header *h)
{
	size_t n = strlen(h->value);

	if (is_slot(h->name) || is_grants_slot(l, h->name)) {
		look_at_slot(l, i, h);
		return;
	}
	if (misplaced(l, h->value, n, "a header's value") || basic_phantom(l, h->value))
		return;
	if (sel_cred_looks_like(h->value, n) || has_scheme(h->value) || has_userinfo(h->value, n))
		(void)refuse(l, SEL_NET_FOREIGN, "a header's value that looks like a credential",
			     0);
	else if (strcmp(h->name, "sec-websocket-protocol") == 0 && has_part(h->value))
		(void)refuse(l, SEL_NET_FOREIGN, "sec-websocket-protocol", 0);
}

static void look_at_parameter(struct look *l, char *p, size_t n)
{
	char *value = memchr(p, '=', n);
	size_t name_n = value ? (size_t)(value - p) : n;
	size_t value_n = value ? n - name_n - 1 : 0;
	char name[128];

	if (n == 0)
		return;
	if (value)
		value_n = decode_percent(++value, value_n, true);
	/* A server behind a proxy may decode again. */
	for (int round = 0; round < ESCAPED_MAX; round++)
		name_n = decode_percent(p, name_n, true);
	(void)snprintf(name, sizeof name, "%.*s", (int)(name_n < 127 ? name_n : 127), p);
	if (is_query_slot(name) && value_n > 0)
		(void)refuse(l, SEL_NET_FOREIGN, "a parameter that is named like a credential", 0);
	else if (sel_cred_looks_like(p, name_n) ||
		 (value && (sel_cred_looks_like(value, value_n) || has_userinfo(value, value_n))))
		(void)refuse(l, SEL_NET_FOREIGN, "a parameter that looks like a credential", 0);
}

/* What a segment says of itself (";jsessionid=...") is a parameter too. */
static void look_at_path(struct look *l, char *path)
{
	size_t n;

	for (char *p = strchr(path, ';'); p; p = strchr(p, ';')) {
		char room[512];

		n = strcspn(++p, ";/");
		if (n >= sizeof room) {
			(void)refuse(l, SEL_NET_FOREIGN, "a parameter within the path", 0);
			return;
		}
		memcpy(room, p, n);
		look_at_parameter(l, room, n);
		p += n;
	}
	n = decode_percent(path, strlen(path), false);
	if (sel_cred_looks_like(path, n) || has_userinfo(path, n))
		(void)refuse(l, SEL_NET_FOREIGN, "a path that looks like a credential", 0);
}

/* No phantom holds a character that has to be escaped: it is there as it is, or escaped. */
static void look_for_phantoms(struct look *l, const char *target, char *room)
{
	size_t n = strlen(target), was = 0;

	memcpy(room, target, n + 1);
	for (int round = 0; round <= ESCAPED_MAX && was != n; round++) {
		if (misplaced(l, room, n, "the target"))
			return;
		was = n;
		n = decode_percent(room, n, false);
	}
}

static void look_at_target(struct look *l, const char *target)
{
	size_t cap = strlen(target) + 1;
	char *copy = malloc(cap), *query, *next;

	if (!copy) {
		(void)refuse(l, SEL_NET_FOREIGN, "the target (no memory to look at it)", 0);
		return;
	}
	look_for_phantoms(l, target, copy);
	memcpy(copy, target, cap);
	query = strchr(copy, '?');
	if (query)
		*query++ = '\0';
	for (char *p = query; p; p = next) {
		next = strpbrk(p, "&;");
		look_at_parameter(l, p, next ? (size_t)(next - p) : strlen(p));
		next = next ? next + 1 : NULL;
	}
	look_at_path(l, copy);
	explicit_bzero(copy, cap);
	free(copy);
}

void sel_cred_check(const struct sel_net_grant *g, const struct sel_phantom *phantoms, size_t n,
		    const struct sel_head *head, struct sel_cred_check *ret)
{
	struct look l = {.g = g, .phantoms = phantoms, .n = n, .ret = ret};

	*ret = (struct sel_cred_check){.why = SEL_NET_OK, .where = ""};
	for (size_t i = 0; i < head->headers.n; i++)
		look_at_header(&l, i, &head->headers.item[i]);
	look_at_target(&l, head->target);
	if (head->authority &&
	    !misplaced(&l, head->authority, strlen(head->authority), "the host") &&
	    strchr(head->authority, '@'))
		(void)refuse(&l, SEL_NET_FOREIGN, "the host", 0);
	if (l.named && l.found)
		(void)refuse(&l, SEL_NET_FOREIGN, "a name beside the credential", 0);
	if (ret->why == SEL_NET_OK && g->credential != SEL_CRED_NONE && !l.found)
		(void)refuse(&l, SEL_NET_NO_CREDENTIAL, "no slot of the grant", 0);
}

/* --- injection -----------------------------------------------------------------------------------
 */

static size_t encode64(const char *p, size_t n, char *ret)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i += 3) {
		unsigned bits = (unsigned)(unsigned char)p[i] << 16;

		bits |= i + 1 < n ? (unsigned)(unsigned char)p[i + 1] << 8 : 0;
		bits |= i + 2 < n ? (unsigned)(unsigned char)p[i + 2] : 0;
		ret[to++] = base64[bits >> 18 & 63];
		ret[to++] = base64[bits >> 12 & 63];
		ret[to++] = i + 1 < n ? base64[bits >> 6 & 63] : '=';
		ret[to++] = i + 2 < n ? base64[bits & 63] : '=';
	}
	return to;
}

static bool sendable(const char *value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)value[i] < 0x20 || value[i] == 0x7f)
			return false;
	return n > 0;
}

/* "user:value" in base64; the user is the grant's, or what the program gave beside the phantom. */
static int basic_value(const struct sel_slot *slot, const char *was, const char *value, size_t n,
		       char *ret, size_t *ret_n)
{
	char room[512], plain[SEL_CREDENTIAL_MAX + sizeof room];
	const char *user = slot->user;
	size_t user_n = strlen(user);
	ssize_t got;
	char *colon, *to;

	if (!slot->scheme)
		return -EINVAL;
	if (!*user) {
		was += strlen(slot->scheme);
		was += strspn(was, " ");
		got = decode64(was, strlen(was), room, sizeof room);
		colon = got > 0 ? memchr(room, ':', (size_t)got) : NULL;
		if (!colon)
			return -EINVAL;
		user = room;
		user_n = (size_t)(colon - room);
	}
	if (user_n + 1 + n > sizeof plain)
		return -E2BIG;
	to = mempcpy(plain, user, user_n);
	*to++ = ':';
	memcpy(to, value, n);
	*ret_n = encode64(plain, user_n + 1 + n, ret);
	explicit_bzero(plain, sizeof plain);
	return 0;
}

int sel_cred_inject(const struct sel_net_grant *g, const struct sel_cred_check *found,
		    const char *value, size_t n, struct sel_head *head)
{
	const struct sel_slot *slot;
	size_t cap = 2 * SEL_CREDENTIAL_MAX, at = 0, len = 0;
	char *text;
	int r = 0;

	if (found->why != SEL_NET_OK || found->slot >= g->n_slots ||
	    found->header >= head->headers.n || !sendable(value, n))
		return -EINVAL;
	if (n > SEL_CREDENTIAL_MAX)
		return -E2BIG;
	slot = &g->slots[found->slot];
	if (strcmp(slot->header, head->headers.item[found->header].name) != 0)
		return -EINVAL;
	text = malloc(cap);
	if (!text)
		return -ENOMEM;
	if (slot->scheme)
		at = (size_t)snprintf(text, cap / 8, "%s ", slot->scheme);
	if (slot->user) {
		r = basic_value(slot, head->headers.item[found->header].value, value, n, text + at,
				&len);
	} else {
		memcpy(text + at, value, n);
		len = n;
	}
	if (r >= 0)
		r = sel_headers_set_at(&head->headers, found->header, text, at + len);
	explicit_bzero(text, cap);
	free(text);
	return r;
}
